// Replies to conversations, and their creation, go through the outbox: docs/messages.md, "Replies".

import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import {
  ASYNC,
  door,
  idOf,
  isReplayed,
  isUnknown,
  limited,
  refusing,
  seconds,
  settled,
  shown,
  states,
  until,
  V1,
  V2,
} from "../outbox.mjs";
import { firstError } from "../worker.mjs";

const it = gate("outbox-replies", {
  keys: {
    all: ["*"],
    writer: ["conversations:write", "messages:read"],
    agent: ["conversations:write", "conversations:read", "messages:read"],
    sender: ["messages:send", "messages:read"],
    operator: ["messages:admin"],
  },
});

const replies = () => it.arrived().filter(({ method, url }) => method === "POST" && url.startsWith("/conversations"));
const texts = () => replies().map(({ body }) => JSON.parse(body).body);
let made = 0;
const text = () => `Reply ${++made}`;
const reply = (body, { id = "1001", headers, ...init } = {}) =>
  it.ask(`/conversations/${id}/reply`, {
    headers: { ...V2, ...headers },
    json: { type: "admin", admin_id: "1", message_type: "comment", body },
    ...init,
  });
const conversation = ({ url }) => ({ body: { type: "conversation", id: url.split("/")[2], source: { body: "Hi" } } });

beforeEach(() => it.reply(conversation));

describe("a reply", () => {
  test("is answered with Intercom's own answer, and its state can be asked for", async () => {
    const body = text();
    const answer = await reply(body);
    expect([answer.status, answer.headers.get("x-intercom-edge"), answer.body.id]).toEqual([200, "upstream", "1001"]);
    const message = await shown(it, idOf(answer));
    expect(message).toMatchObject({ kind: "conversation", conversation_id: "1001", state: "sent", message_id: null });
    expect(message.request.body).toBe(body);
    expect(replies()).toMatchObject([{ url: "/conversations/1001/reply" }]);
  });

  test.each([
    ["in API 1.x", V1],
    ["without a version", { "intercom-version": "" }],
  ])("%s goes through the outbox, too", async (_, headers) => {
    const answer = await it.ask("/conversations/1001/reply", {
      headers,
      json: { type: "admin", admin_id: "1", message_type: "comment", body: text() },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(idOf(answer)).toBeTruthy();
  });

  test("that is lost on its way is unknown, and the client's own retry doesn't send it again", async () => {
    const body = text();
    it.reply({ status: 502 });
    const first = await reply(body);
    isUnknown(first);
    it.reply(conversation);
    const again = await reply(body);
    isUnknown(again);
    expect([idOf(again), isReplayed(again)]).toEqual([idOf(first), true]);
    expect(replies()).toHaveLength(1);
  });

  test("that comes again while the first is in flight joins it", async () => {
    const [body, wait] = [text(), door()];
    it.reply((request) => wait.opened.then(() => conversation(request)));
    const asked = [reply(body), reply(body), reply(body)];
    await until(() => replies().length === 1);
    await sleep(100);
    wait.open();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(replies()).toHaveLength(1);
  });

  test("with the same words as one that was answered is another reply", async () => {
    const answers = [await reply("Thanks!"), await reply("Thanks!")];
    expect(answers.map(isReplayed)).toEqual([false, false]);
    expect(texts()).toEqual(["Thanks!", "Thanks!"]);
  });

  test("with a key is sent once, however often it comes", async () => {
    const body = text();
    const headers = { "idempotency-key": `reply-${made}` };
    const first = await reply(body, { headers });
    const again = await reply(body, { headers });
    expect([again.status, again.text, isReplayed(again)]).toEqual([200, first.text, true]);
    expect(firstError(await reply(text(), { headers })).code).toBe("idempotency_key_reused");
    expect(replies()).toHaveLength(1);
  });

  test.each([
    ["accepted", conversation],
    ["rejected", () => refusing(404)],
    [
      "rejected without a word of Intercom's",
      () => ({ status: 403, headers: { "content-type": "text/html" }, body: "<html>403 Forbidden</html>" }),
    ],
  ])("of API 1.x that was %s is answered with the same bytes when its key comes again", async (_, answers) => {
    it.reply(answers);
    const body = text();
    const headers = { ...V1, "idempotency-key": `v1-${made}` };
    const first = await reply(body, { headers });
    it.reply({ status: 500 });
    const again = await reply(body, { headers });
    expect([again.status, again.text, isReplayed(again)]).toEqual([first.status, first.text, true]);
    expect(replies()).toHaveLength(1);
  });

  test("that nobody waits for is sent, too", async () => {
    const answer = await reply(text(), { headers: ASYNC });
    expect(answer.status).toBe(202);
    expect((await settled(it, idOf(answer))).state).toBe("sent");
  });

  test("whose body is longer than 1 MiB streams on without a key, and is 413 with one", async () => {
    const body = "x".repeat((1 << 20) + 1);
    const first = await reply(body);
    expect([first.status, idOf(first)]).toEqual([200, null]);
    expect(replies()[0].body.length).toBeGreaterThan(1 << 20);
    const keyed = await reply(body, { headers: { "idempotency-key": "long" } });
    expect(keyed.status).toBe(413);
    expect(replies()).toHaveLength(1);
  });
});

test("a reply without a length goes through the outbox, and streams on if it is longer than 1 MiB", async () => {
  for (const length of [10, (1 << 20) + 1, 3 << 20]) {
    it.arrived().length = 0;
    it.reply(conversation);
    const body = JSON.stringify({ message_type: "comment", type: "admin", admin_id: "1", body: "x".repeat(length) });
    const bytes = new TextEncoder().encode(body);
    const stream = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 50_000) controller.enqueue(bytes.subarray(at, at + 50_000));
        controller.close();
      },
    });
    const headers = { "intercom-version": "2.14", "content-type": "application/json" };
    const answer = await it.ask("/conversations/977/reply", { method: "POST", body: stream, duplex: "half", headers });
    expect([answer.status, idOf(answer) === null], String(length)).toEqual([200, length > 1 << 20]);
    expect(it.arrived().map((request) => String(request.body) === body)).toEqual([true]);
  }
});

describe("replies to one conversation", () => {
  test("go out in the order in which they came", async () => {
    const wait = door();
    let first = true;
    it.reply((request) => {
      if (!first) return conversation(request);
      first = false;
      return wait.opened.then(() => conversation(request));
    });
    const bodies = [text(), text(), text(), text()];
    const asked = [];
    for (const body of bodies) {
      asked.push(reply(body));
      await sleep(50);
    }
    expect(texts()).toEqual(bodies.slice(0, 1));
    wait.open();
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(texts()).toEqual(bodies);
  });

  test("keep their order when the first meets a 429, whether somebody waits or not", async () => {
    let limits = 1;
    const reset = seconds(2);
    it.reply((request) => (limits-- > 0 ? limited(reset) : conversation(request)));
    const bodies = [text(), text(), text()];
    const first = await reply(bodies[0], { headers: ASYNC });
    await until(() => replies().length === 1);
    const second = reply(bodies[1]);
    await sleep(100);
    const third = await reply(bodies[2], { headers: ASYNC });
    expect((await second).status).toBe(200);
    for (const answer of [first, third]) expect((await settled(it, idOf(answer))).state).toBe("sent");
    expect(texts()).toEqual([bodies[0], ...bodies]);
  });

  test("that nobody waits for go out as soon as the one before is over", async () => {
    const wait = door();
    it.reply((request, count) => (count === 1 ? wait.opened.then(() => conversation(request)) : conversation(request)));
    const first = reply(text(), { id: "1007" });
    await until(() => replies().length === 1);
    const ids = [];
    for (let at = 0; at < 3; at += 1) ids.push(idOf(await reply(text(), { id: "1007", headers: ASYNC })));
    wait.open();
    await first;
    for (const id of ids) await settled(it, id, "sent", 10_000);
  });

  test.each([
    ["2.x", V2],
    ["1.x", V1],
  ])("to `last`, which may be anybody's, are put in no order in API %s", async (_, headers) => {
    const wait = door();
    it.reply((request, count) => (count === 1 ? wait.opened.then(() => conversation(request)) : conversation(request)));
    const first = reply(text(), { id: "last", headers });
    await until(() => replies().length === 1);
    const second = await reply(text(), { id: "last", headers });
    expect([second.status, (await shown(it, idOf(second))).conversation_id]).toEqual([200, null]);
    wait.open();
    await first;
  });

  test("hold up no other conversation", async () => {
    const wait = door();
    it.reply((request) =>
      request.url.includes("/1001/") ? wait.opened.then(() => conversation(request)) : conversation(request),
    );
    const slow = reply(text());
    await until(() => replies().length === 1);
    expect((await reply(text(), { id: "1002" })).status).toBe(200);
    wait.open();
    expect((await slow).status).toBe(200);
  });

  test("go on after one that is unknown", async () => {
    it.reply({ status: 500 });
    isUnknown(await reply(text()));
    it.reply(conversation);
    expect((await reply(text())).status).toBe(200);
  });
});

test("a reply to a ticket goes through the outbox as well", async () => {
  const ask = () =>
    it.ask("/tickets/7/reply", {
      headers: { ...V2, "idempotency-key": "ticket" },
      json: { type: "admin", admin_id: "1", message_type: "comment", body: "Ticket" },
    });
  it.reply({ body: { type: "comment", id: "9" } });
  const first = await ask();
  const again = await ask();
  expect([first.status, again.text, isReplayed(again)]).toEqual([200, first.text, true]);
  expect(it.arrived().map(({ url }) => url)).toEqual(["/tickets/7/reply"]);
  expect(await shown(it, idOf(first))).toMatchObject({ kind: "conversation", conversation_id: "7", state: "sent" });
});

describe("a conversation", () => {
  const create = (headers) =>
    it.ask("/conversations", {
      headers: { ...V2, ...headers },
      json: { from: { type: "user", id: "c1" }, body: `New ${made}` },
    });

  test("is created once, whatever its client repeats", async () => {
    it.reply({ status: 502 });
    isUnknown(await create());
    it.reply({ body: { type: "user_message", id: "5", conversation_id: "1003" } });
    isUnknown(await create());
    expect(replies()).toHaveLength(1);
    const answer = await create({ "idempotency-key": "created" });
    expect(answer.status).toBe(200);
    expect(await shown(it, idOf(answer))).toMatchObject({
      kind: "conversation",
      conversation_id: null,
      message_id: "5",
      state: "sent",
    });
  });

  test("is closed, opened and assigned outside the outbox: to repeat that does no harm", async () => {
    const answer = await it.ask("/conversations/1001/parts", {
      headers: V2,
      json: { message_type: "close", type: "admin", admin_id: "1" },
    });
    expect([answer.status, idOf(answer)]).toEqual([200, null]);
  });
});

describe("who may see a reply", () => {
  test("needs conversations:read besides messages:read", async () => {
    const agent = idOf(await reply(text(), { as: "agent" }));
    const writer = idOf(await reply(text(), { as: "writer" }));
    expect((await it.ask(`/edge/messages/${agent}`, { as: "agent" })).status).toBe(200);
    for (const as of ["writer", "operator"]) {
      const answer = await it.ask(`/edge/messages/${writer}`, { as });
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
        403,
        expect.stringContaining("conversations:read"),
      ]);
    }
    const listed = async (as) => (await it.ask("/edge/messages?per_page=150", { as })).body.data.map(({ id }) => id);
    expect(await listed("agent")).toContain(agent);
    for (const as of ["writer", "operator"]) expect(await listed(as)).not.toContain(writer);
  });

  test("and a reply needs conversations:write, not messages:send", async () => {
    const answer = await reply(text(), { as: "sender" });
    expect(answer.status).toBe(403);
    expect(replies()).toEqual([]);
  });
});

test("a 422 of Intercom's is final for its key, and passes as it came", async () => {
  it.reply(refusing(422, "parameter_invalid"));
  const headers = { "idempotency-key": "rejected-reply" };
  const body = text();
  const first = await reply(body, { headers });
  expect([first.status, firstError(first).code]).toEqual([422, "parameter_invalid"]);
  expect(states(await shown(it, idOf(first)))).toEqual(["queued", "sending", "failed"]);
  it.reply(conversation);
  expect(isReplayed(await reply(body, { headers }))).toBe(true);
});
