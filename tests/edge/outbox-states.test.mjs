// What became of a message, its list, and the word that sends one again: docs/messages.md, "States".

import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import {
  ASYNC,
  accepting,
  door,
  email,
  idOf,
  isReplayed,
  isUnknown,
  oldEmail,
  refusing,
  seconds,
  send,
  sends,
  settled,
  shown,
  states,
  until,
  V1,
  withKey,
} from "../outbox.mjs";
import { firstError } from "../worker.mjs";

const it = gate("outbox-states", {
  keys: {
    all: ["*"],
    sender: ["messages:send"],
    one: ["messages:send", "messages:read"],
    other: ["messages:send", "messages:read"],
    reader: ["messages:read"],
    retries: ["messages:send", "messages:read", "messages:retry"],
    "retries-2": { scopes: ["messages:retry"], same_as: "retries" },
    operator: ["messages:admin"],
    looks: ["*:read"],
    nothing: [],
  },
});

beforeEach(() => it.reply(accepting));

const NOBODY = "00000000-0000-4000-8000-000000000000";
const sent = (as = "one", json = email()) => send(it, json, { as }).then(idOf);
const failed = async (as = "one") => {
  it.reply(refusing(404));
  const id = await sent(as);
  it.reply(accepting);
  return id;
};
const unknown = async (as = "one", json = email()) => {
  it.reply({ status: 500 });
  const id = await sent(as, json);
  it.reply(accepting);
  return id;
};
const retry = (id, init = {}) => it.ask(`/edge/messages/${id}/retry`, { method: "POST", as: "operator", ...init });
const list = async (query = "", as = "one") => {
  const answer = await it.ask(`/edge/messages${query}`, { as });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};
const ids = ({ data }) => data.map(({ id }) => id);

describe("one message", () => {
  test("that was sent: everything about it", async () => {
    const began = seconds();
    const body = email();
    const answer = await withKey(it, "order-1", body, { as: "one" });
    const message = await shown(it, idOf(answer), "one");
    const { created_at, history, ...rest } = message;
    expect(rest).toEqual({
      type: "edge.message",
      kind: "message",
      id: idOf(answer),
      caller: "one",
      state: "sent",
      conversation_id: null,
      idempotency_key: "order-1",
      message_id: answer.body.id,
      contact_id: body.to.id,
      recipient_email: null,
      recipient_name: null,
      subject: body.subject,
      batch_id: null,
      copy_of: null,
      confirmed_by: null,
      template: null,
      request: body,
      answer: { status: 200, body: answer.body },
    });
    expect(history.map(({ state, cause }) => ({ state, cause }))).toEqual([
      { state: "queued" },
      { state: "sending" },
      { state: "sent", cause: "Intercom answered 200" },
    ]);
    for (const at of [created_at, ...history.map(({ at }) => at)]) {
      expect(at).toBeGreaterThanOrEqual(began);
      expect(at).toBeLessThanOrEqual(seconds());
    }
  });

  test.each([
    ["a refusal", refusing(404), "failed", /404/],
    ["a 500", { status: 500 }, "unknown", /500/],
    ["a 408", { status: 408 }, "unknown", /408/],
    ["no answer", { cut: "before" }, "unknown", /./],
    ["an answer that can't be read", { body: "<html>" }, "unknown", /./],
  ])("after %s: its state and why, and no id of Intercom's", async (_, reply, state, cause) => {
    it.reply(reply);
    const id = await sent();
    const message = await shown(it, id, "one");
    expect(message).toMatchObject({ state, message_id: null });
    expect(states(message)).toEqual(["queued", "sending", state]);
    expect(message.history.at(-1).cause).toMatch(cause);
    expect(message.answer.status).toBe(state === "failed" ? 404 : 502);
  });

  test("of API 1.x: what was sent is what went out, and to whom", async () => {
    const id = await send(it, oldEmail(), { as: "one", headers: V1 }).then(idOf);
    const message = await shown(it, id, "one");
    expect(message).toMatchObject({ state: "sent", contact_id: "5bb2f45a1e099bf2d553a2d5" });
    expect(message.request).toEqual(JSON.parse(sends(it)[0].body));
  });

  test("of API 1.x, to nobody: failed, and nothing went out", async () => {
    it.reply(({ url }) => (url.startsWith("/messages") ? accepting({ url }, 1) : refusing(404)));
    const answer = await send(it, oldEmail(), { as: "one", headers: V1 });
    expect(answer.status).toBe(404);
    expect(idOf(answer)).toBeTruthy();
    const message = await shown(it, idOf(answer), "one");
    expect(states(message)).toEqual(["queued", "failed"]);
    expect(message).toMatchObject({ contact_id: null, message_id: null, answer: { status: 404 } });
    expect(sends(it)).toEqual([]);
  });

  test("while it is on its way is sending, and no answer stands there", async () => {
    const wait = door();
    it.reply((...request) => wait.opened.then(() => accepting(...request)));
    const body = email();
    const asked = send(it, body, { as: "one" });
    await until(() => sends(it).length === 1);
    const [{ id }] = (await list("?state=sending")).data;
    const message = await shown(it, id, "one");
    wait.open();
    expect(message).toMatchObject({ state: "sending", request: body, answer: null, message_id: null });
    expect(states(message)).toEqual(["queued", "sending"]);
    expect(idOf(await asked)).toBe(id);
  });

  test("whose body is no JSON is shown as a text", async () => {
    const answer = await it.ask("/messages", {
      method: "POST",
      body: "Hello <b>",
      headers: { "intercom-version": "2.14", "content-type": "application/json" },
    });
    expect((await shown(it, idOf(answer))).request).toBe("Hello <b>");
  });
});

describe("who may see", () => {
  test("messages:read shows the caller's own messages, messages:admin those of all callers", async () => {
    const [mine, others] = [await sent("one"), await sent("other")];
    expect((await it.ask(`/edge/messages/${mine}`, { as: "one" })).status).toBe(200);
    expect((await it.ask(`/edge/messages/${others}`, { as: "one" })).status).toBe(404);
    for (const as of ["operator", "all"]) {
      for (const id of [mine, others]) expect((await it.ask(`/edge/messages/${id}`, { as })).status).toBe(200);
      expect(ids(await list("", as))).toEqual(expect.arrayContaining([mine, others]));
    }
    for (const [as, id] of [
      ["one", mine],
      ["other", others],
    ]) {
      const { data } = await list("?per_page=150", as);
      expect(data.map(({ caller }) => caller)).toEqual(data.map(() => as));
      expect(ids({ data })).toContain(id);
    }
    expect(ids(await list("", "reader"))).toEqual([]);
    expect(ids(await list("", "looks"))).toEqual([]);
  });

  test("another's is as unknown as none: the same answer", async () => {
    const others = await it.ask(`/edge/messages/${await sent("other")}`, { as: "one" });
    const nobodys = await it.ask(`/edge/messages/${NOBODY}`, { as: "one" });
    expect([others.status, firstError(others)]).toEqual([404, firstError(nobodys)]);
  });

  test.each([
    ["/edge/messages", "sender", "messages:read"],
    ["/edge/messages", "nothing", "messages:read"],
    [`/edge/messages/${NOBODY}`, "sender", "messages:read"],
    ["/edge/messages?caller=other", "one", "messages:admin"],
    ["/edge/messages?caller=one", "one", "messages:admin"],
  ])("%s is 403 to %s, and names %s", async (path, as, scope) => {
    const answer = await it.ask(path, { as });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("www-authenticate")).toContain(scope);
  });

  test("a retry needs messages:retry", async () => {
    const id = await unknown("one");
    for (const as of ["one", "reader", "sender", "looks"]) {
      const answer = await retry(id, { as });
      expect(answer.status).toBe(403);
      expect(answer.headers.get("www-authenticate")).toContain("messages:retry");
    }
    expect((await shown(it, id)).state).toBe("unknown");
    expect(sends(it)).toHaveLength(1);
  });

  test("messages:retry retries only the caller's own messages; another's is as unknown as none", async () => {
    const [mine, others] = [await unknown("retries"), await unknown("one")];
    const none = await retry(NOBODY, { as: "retries" });
    for (const as of ["retries", "retries-2"]) {
      const answer = await retry(others, { as });
      expect([answer.status, firstError(answer)]).toEqual([404, firstError(none)]);
      expect(idOf(answer)).toBe(null);
    }
    expect((await shown(it, others)).state).toBe("unknown");
    expect((await retry(mine, { as: "retries" })).status).toBe(200);
    expect((await shown(it, mine, "retries")).state).toBe("sent");
    // messages:admin retries every caller's.
    expect((await retry(others, { as: "operator" })).status).toBe(200);
    expect((await shown(it, others)).state).toBe("sent");
  });

  test("a key that replaces another (same_as) retries the other's messages", async () => {
    const id = await unknown("retries");
    expect((await retry(id, { as: "retries-2" })).status).toBe(200);
    expect((await shown(it, id, "retries")).state).toBe("sent");
  });

  test("strangers see nothing", async () => {
    for (const path of ["/edge/messages", `/edge/messages/${NOBODY}`])
      expect((await it.ask(path, { as: null })).status).toBe(401);
    expect((await retry(NOBODY, { as: null })).status).toBe(401);
  });
});

describe("what isn't there", () => {
  test.each([
    ["POST", "/edge/messages", "GET, HEAD, DELETE"],
    ["PUT", `/edge/messages/${NOBODY}`, "GET, HEAD, DELETE"],
    ["GET", `/edge/messages/${NOBODY}/retry`, "POST"],
    ["PUT", `/edge/messages/${NOBODY}/retry`, "POST"],
  ])("%s %s is 405", async (method, path, allow) => {
    const answer = await it.ask(path, { method });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, allow]);
    expect(answer.body.type).toBe("error.list");
  });

  test.each([
    ["GET", `/edge/messages/${NOBODY}`],
    ["GET", "/edge/messages/x'%20OR%201=1"],
    ["POST", `/edge/messages/${NOBODY}/retry`],
    ["GET", `/edge/messages/${NOBODY}/nothing`],
  ])("%s %s is 404", async (method, path) => {
    const answer = await it.ask(path, { method });
    expect(answer.status).toBe(404);
    expect(firstError(answer).code).toBe("not_found");
    expect(it.arrived()).toEqual([]);
  });

  test("HEAD is GET without a body", async () => {
    const head = await it.ask("/edge/messages", { method: "HEAD" });
    expect([head.status, head.text]).toEqual([200, ""]);
  });
});

describe("the list", () => {
  test("has the newest first, without request and answer", async () => {
    const made = [await sent(), await failed(), await unknown()];
    const { type, data, pages } = await list("?per_page=3");
    expect(type).toBe("list");
    expect(ids({ data })).toEqual(made.toReversed());
    expect(data.map(({ state }) => state)).toEqual(["unknown", "failed", "sent"]);
    expect(pages).toMatchObject({ type: "pages", per_page: 3 });
    for (const message of data) {
      expect(message).not.toHaveProperty("request");
      expect(message).not.toHaveProperty("answer");
      const { request, answer, ...rest } = await shown(it, message.id, "one");
      expect(message).toEqual(rest);
    }
  });

  test("goes page by page, and new messages move nothing", async () => {
    const made = [];
    for (let at = 0; at < 5; at += 1) made.push(await sent("other"));
    const first = await list("?per_page=2", "other");
    expect(first.pages.next).toMatchObject({ per_page: 2, starting_after: expect.any(String) });
    await sent("other");
    const cursor = (page) => `?per_page=2&starting_after=${encodeURIComponent(page.pages.next.starting_after)}`;
    const second = await list(cursor(first), "other");
    const third = await list(cursor(second), "other");
    expect([first, second, third].flatMap(ids).slice(0, 5)).toEqual(made.toReversed());
  });

  test("ends with a page that names no next", async () => {
    const all = [];
    let page = await list("?per_page=3", "operator");
    for (;;) {
      all.push(...ids(page));
      if (!page.pages.next) break;
      page = await list(`?per_page=3&starting_after=${encodeURIComponent(page.pages.next.starting_after)}`, "operator");
    }
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(ids(await list("?per_page=150", "operator")));
  });

  test("has 50 on a page unless told", async () => {
    const { data, pages } = await list("", "operator");
    expect(pages.per_page).toBe(50);
    expect(data.length).toBeLessThanOrEqual(50);
  });

  test("of a state", async () => {
    const made = { sent: await sent(), failed: await failed(), unknown: await unknown() };
    for (const [state, id] of Object.entries(made)) {
      const { data } = await list(`?state=${state}&per_page=150`);
      expect(new Set(data.map((message) => message.state))).toEqual(new Set([state]));
      expect(data[0].id).toBe(id);
    }
  });

  test("of a caller, for who may", async () => {
    const id = await sent("other");
    const { data } = await list("?caller=other&per_page=150", "operator");
    expect(new Set(data.map(({ caller }) => caller))).toEqual(new Set(["other"]));
    expect(data[0].id).toBe(id);
    expect((await list("?caller=nobody-of-that-name", "operator")).data).toEqual([]);
  });

  test("of a time", async () => {
    const turn = () => sleep(1020 - (Date.now() % 1000));
    await turn();
    const before = await sent();
    await turn();
    const id = await sent();
    await turn();
    const after = await sent();
    const { created_at: at } = await shown(it, id);
    const between = ids(await list(`?created_after=${at - 1}&created_before=${at + 1}`));
    expect(between).toEqual([id]);
    expect(ids(await list(`?created_after=${at}`))).toEqual([after]);
    expect(ids(await list(`?created_before=${at}`))[0]).toBe(before);
    expect((await list(`?created_after=${at + 1000}`)).data).toEqual([]);
  });

  test("of several things at once", async () => {
    const id = await unknown("other");
    const { created_at: at } = await shown(it, id);
    expect(ids(await list(`?state=unknown&caller=other&created_after=${at - 1}`, "operator"))).toEqual([id]);
    expect(ids(await list(`?state=sent&caller=other&created_after=${at + 1}`, "operator"))).toEqual([]);
  });

  test("of a batch that isn't there is empty", async () => {
    expect((await list("?batch_id=nothing", "operator")).data).toEqual([]);
  });

  test.each([
    ["state", "gone"],
    ["state", ""],
    ["state", "SENT"],
    ["per_page", "0"],
    ["per_page", "151"],
    ["per_page", "x"],
    ["per_page", "1.5"],
    ["created_after", "yesterday"],
    ["created_after", "-1"],
    ["created_before", "1e9"],
    ["starting_after", "nonsense"],
    ["starting_after", NOBODY],
    ["page", "2"],
  ])("names what is wrong: %s=%s", async (name, value) => {
    const answer = await it.ask(`/edge/messages?${name}=${value}`);
    expect([400, 422]).toContain(answer.status);
    expect(firstError(answer).field).toBe(name);
  });

  test("goes on after nobody else's message", async () => {
    const answer = await it.ask(`/edge/messages?starting_after=${await sent("other")}`, { as: "one" });
    expect([400, 422]).toContain(answer.status);
    expect(firstError(answer).field).toBe("starting_after");
  });
});

describe("a retry", () => {
  test("sends an unknown message once more, the same bytes, and answers what Intercom answers", async () => {
    const id = await unknown();
    const answer = await retry(id);
    expect(answer.status).toBe(200);
    expect(answer.body.type).toBe("admin_message");
    expect(idOf(answer)).toBe(id);
    const [first, second, ...more] = sends(it);
    expect(more).toEqual([]);
    expect(second.body.equals(first.body)).toBe(true);
    expect([second.url, second.headers]).toEqual([first.url, first.headers]);
    const message = await shown(it, id, "one");
    expect(message).toMatchObject({
      state: "sent",
      message_id: answer.body.id,
      answer: { status: 200 },
      caller: "one",
    });
    expect(states(message)).toEqual(["queued", "sending", "unknown", "queued", "sending", "sent"]);
  });

  test("of API 1.x goes to the same person", async () => {
    it.reply((...request) => (request[0].url.startsWith("/messages") ? { status: 500 } : accepting(...request)));
    const id = await send(it, oldEmail(), { as: "one", headers: V1 }).then(idOf);
    it.reply(accepting);
    expect((await retry(id)).status).toBe(200);
    const [first, second] = sends(it);
    expect(second.body.equals(first.body)).toBe(true);
  });

  test("gives its key the new answer", async () => {
    it.reply({ status: 500 });
    const body = email();
    const first = await withKey(it, "retried", body, { as: "one" });
    isUnknown(first);
    it.reply(accepting);
    const { text } = await retry(idOf(first));
    const again = await withKey(it, "retried", body, { as: "one" });
    expect([again.status, again.text, isReplayed(again)]).toEqual([200, text, true]);
    expect(sends(it)).toHaveLength(2);
  });

  test("that fails can be told again: the first attempt may have been sent", async () => {
    const id = await unknown();
    it.reply({ cut: "before" });
    isUnknown(await retry(id));
    it.reply(refusing(404));
    isUnknown(await retry(id));
    expect((await shown(it, id)).state).toBe("unknown");
    it.reply(accepting);
    expect((await retry(id)).status).toBe(200);
    expect((await retry(id)).status).toBe(409);
    expect(sends(it)).toHaveLength(4);
  });

  test("that nobody waits for is 202", async () => {
    const id = await unknown();
    const answer = await retry(id, { headers: ASYNC });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe(`/edge/messages/${id}`);
    expect((await settled(it, id)).state).toBe("sent");
  });

  test.each([
    ["sent", sent],
    ["failed", failed],
  ])("of one that is %s is 409, and nothing is sent", async (state, make) => {
    const id = await make();
    const before = it.arrived().length;
    const answer = await retry(id);
    expect(answer.status).toBe(409);
    expect(firstError(answer).message).toContain(state);
    expect(it.arrived()).toHaveLength(before);
    expect((await shown(it, id)).state).toBe(state);
  });

  test("of one that is on its way is 409", async () => {
    const wait = door();
    it.reply((...request) => wait.opened.then(() => accepting(...request)));
    const asked = send(it, email());
    await until(() => sends(it).length === 1);
    const [id] = ids(await list("?state=sending", "operator"));
    const answer = await retry(id);
    wait.open();
    expect(answer.status).toBe(409);
    await asked;
    expect(sends(it)).toHaveLength(1);
  });

  test("twice at once sends once", async () => {
    const id = await unknown();
    const wait = door();
    it.reply((...request) => wait.opened.then(() => accepting(...request)));
    const asked = [1, 2, 3].map(() => retry(id));
    await until(() => sends(it).length >= 2);
    await sleep(100);
    wait.open();
    const statuses = (await Promise.all(asked)).map(({ status }) => status).sort();
    expect(sends(it)).toHaveLength(2);
    expect(statuses).toEqual([200, 409, 409]);
  });
});

test("what is told of errors has nobody's data in it", async () => {
  it.reply({ status: 500, body: { errors: [{ code: "x", message: "mail to ann@example.com failed" }] } });
  const answer = await send(it, email({ body: "Dear Ann Smith" }));
  isUnknown(answer);
  for (const personal of ["ann@example.com", "Ann Smith", "Subject"]) expect(answer.text).not.toContain(personal);
  expect(it.log()).not.toContain("Ann Smith");
});
