// Messages with an Idempotency-Key: docs/messages.md, "Idempotency keys".

import { beforeEach, describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import {
  accepting,
  door,
  email,
  idOf,
  isReplayed,
  isUnknown,
  oldEmail,
  refusing,
  send,
  sends,
  settled,
  shown,
  states,
  until,
  V1,
  V2,
  withKey,
} from "../outbox.mjs";
import { raw } from "../raw.mjs";
import { firstError } from "../worker.mjs";

const it = gate("outbox-keys", {
  keys: {
    all: ["*"],
    one: ["messages:send"],
    other: ["messages:send"],
    "one-2": { scopes: ["messages:send", "messages:read"], same_as: "one" },
  },
});

let made = 0;
const newKey = () => `order-${++made}`;

beforeEach(() => it.reply(accepting));

describe("the key for the first time", () => {
  test("the message is sent, and the answer is Intercom's own, with the message's id in the outbox", async () => {
    const body = email();
    const answer = await withKey(it, "order-4711", body);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-intercom-edge")).toBe("upstream");
    expect(answer.body).toMatchObject({ type: "admin_message", subject: body.subject });
    expect(isReplayed(answer)).toBe(false);
    expect(idOf(answer)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(sends(it).map(({ body }) => JSON.parse(body))).toEqual([body]);
    expect(await shown(it, idOf(answer))).toMatchObject({
      idempotency_key: "order-4711",
      state: "sent",
      message_id: answer.body.id,
    });
  });

  test.each([
    ["1 character", "~"],
    ["255 characters", "k".repeat(255)],
    ["every visible character", String.fromCharCode(...Array.from({ length: 94 }, (_, at) => 33 + at))],
  ])("a key of %s is one", async (_, key) => {
    const answer = await withKey(it, key, email());
    expect(answer.status).toBe(200);
    expect((await shown(it, idOf(answer))).idempotency_key).toBe(key);
  });

  test.each([
    ["none", ""],
    ["256", "k".repeat(256)],
    ["a space in its middle", "a b"],
    ["an umlaut", "schlüssel"],
    ["a tab", "a\tb"],
  ])("a key of %s is an error that names it, and nothing is sent", async (_, key) => {
    const answer = await withKey(it, key, email());
    expect(answer.status).toBe(400);
    expect(firstError(answer)).toMatchObject({ field: "Idempotency-Key" });
    expect(it.arrived()).toEqual([]);
  });

  test("two keys in one request are an error", async () => {
    const body = JSON.stringify(email());
    const { statuses, text } = await raw(
      it.url,
      [
        "POST /messages HTTP/1.1",
        "Host: x",
        `Authorization: Bearer ${it.keys.all}`,
        "Intercom-Version: 2.14",
        "Content-Type: application/json",
        "Idempotency-Key: first",
        "Idempotency-Key: second",
        `Content-Length: ${body.length}`,
        "Connection: close",
        "",
        body,
      ].join("\r\n"),
    );
    expect(statuses).toEqual([400]);
    expect(text).toContain("Idempotency-Key");
    expect(it.arrived()).toEqual([]);
  });
});

describe("the same key, the same request", () => {
  test.each([
    ["a success", accepting, 200],
    ["a refusal", () => refusing(404), 404],
    ["a refusal of another kind", () => refusing(422, "parameter_not_found"), 422],
    [
      "a refusal that is no JSON",
      () => ({ status: 403, body: "<html>", headers: { "content-type": "text/html" } }),
      403,
    ],
    ["an answer that is spoilt", () => ({ body: "<html>" }), 502],
    ["a failure", () => ({ status: 500 }), 502],
    ["a connection that is cut", () => ({ cut: "before" }), 502],
  ])("gets the stored answer of %s, byte for byte, and nothing is sent", async (_, reply, status) => {
    const [key, body] = [newKey(), email()];
    it.reply(reply);
    const first = await withKey(it, key, body);
    expect(first.status, first.text).toBe(status);
    expect(isReplayed(first)).toBe(false);
    it.reply(accepting);
    for (let time = 0; time < 3; time += 1) {
      const again = await withKey(it, key, body);
      expect([again.status, again.text, idOf(again)]).toEqual([first.status, first.text, idOf(first)]);
      expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"));
      expect(again.headers.get("x-intercom-edge")).toBe(first.headers.get("x-intercom-edge"));
      expect(isReplayed(again)).toBe(true);
    }
    expect(sends(it)).toHaveLength(1);
    expect(states(await shown(it, idOf(first)))).toHaveLength(3);
  });

  test.each([
    ["a success", accepting, 200],
    ["a refusal", () => refusing(403, "forbidden"), 403],
    [
      "a refusal that is no JSON",
      () => ({ status: 403, body: "<html>", headers: { "content-type": "text/html" } }),
      502,
    ],
  ])("in API 1.x, too: %s", async (_, reply, status) => {
    const [key, body] = [newKey(), oldEmail()];
    it.reply((request, count) =>
      request.url.startsWith("/messages") ? reply(request, count) : accepting(request, count),
    );
    const first = await withKey(it, key, body, { headers: V1 });
    expect(first.status, first.text).toBe(status);
    const asked = it.arrived().length;
    const again = await withKey(it, key, body, { headers: V1 });
    expect([again.status, again.text, idOf(again), isReplayed(again)]).toEqual([status, first.text, idOf(first), true]);
    expect(it.arrived()).toHaveLength(asked);
  });

  test("whatever else differs in the headers", async () => {
    const [key, body] = [newKey(), email()];
    await withKey(it, key, body, { headers: { "user-agent": "one" } });
    const again = await withKey(it, key, body, {
      headers: { "user-agent": "two", "accept-language": "de", "x-custom": "1" },
    });
    expect([again.status, isReplayed(again)]).toEqual([200, true]);
    expect(sends(it)).toHaveLength(1);
  });
});

describe("the same key, another request", () => {
  const body = email();
  test.each([
    ["body", { json: { ...body, subject: "Other" } }],
    ["bytes of the same JSON", { body: JSON.stringify(body, null, 1) }],
    ["query", { json: body, path: "/messages?preview=1" }],
    ["version", { json: body, headers: { "intercom-version": "2.13" } }],
    ["dialect", { json: oldEmail(), headers: V1 }],
    ["body, empty", { body: "" }],
  ])("another %s: 422, and nothing is sent", async (_, { path = "/messages", headers, ...init }) => {
    const key = newKey();
    const first = await withKey(it, key, body);
    const asked = it.arrived().length;
    const answer = await it.ask(path, {
      method: "POST",
      ...init,
      headers: { ...V2, "content-type": "application/json", "idempotency-key": key, ...headers },
    });
    expect(answer.status, answer.text).toBe(422);
    expect(firstError(answer).code).toBe("idempotency_key_reused");
    expect(isReplayed(answer)).toBe(false);
    expect(it.arrived()).toHaveLength(asked);
    expect((await shown(it, idOf(first))).state).toBe("sent");
    // The first one's answer is still there.
    expect((await withKey(it, key, body)).text).toBe(first.text);
  });

  test("while the first is on its way", async () => {
    const [key, wait] = [newKey(), door()];
    it.reply((...request) => wait.opened.then(() => accepting(...request)));
    const first = withKey(it, key, email());
    await until(() => sends(it).length === 1);
    const answer = await withKey(it, key, email());
    wait.open();
    expect([answer.status, firstError(answer).code]).toEqual([422, "idempotency_key_reused"]);
    expect((await first).status).toBe(200);
    expect(sends(it)).toHaveLength(1);
  });
});

describe("the same key while the first is on its way", () => {
  test("is 409 with Retry-After, and the first goes on", async () => {
    const [key, body, wait] = [newKey(), email(), door()];
    it.reply((...request) => wait.opened.then(() => accepting(...request)));
    const first = withKey(it, key, body);
    await until(() => sends(it).length === 1);
    for (let time = 0; time < 3; time += 1) {
      const early = await withKey(it, key, body);
      expect(early.status).toBe(409);
      expect(firstError(early).code).toBe("idempotency_key_in_use");
      expect(early.headers.get("retry-after")).toMatch(/^[1-9]\d?$/);
    }
    wait.open();
    const { status, text } = await first;
    expect(status).toBe(200);
    const late = await withKey(it, key, body);
    expect([late.status, late.text, isReplayed(late)]).toEqual([200, text, true]);
    expect(sends(it)).toHaveLength(1);
  });

  test("twenty at once send one", async () => {
    const [key, body] = [newKey(), email()];
    const answers = await Promise.all(Array.from({ length: 20 }, () => withKey(it, key, body)));
    expect(sends(it)).toHaveLength(1);
    for (const { status } of answers) expect([200, 409]).toContain(status);
    expect(answers.filter((answer) => answer.status === 200 && !isReplayed(answer))).toHaveLength(1);
  });
});

describe("keys belong to one caller", () => {
  test("another caller's key of the same name is another key", async () => {
    const key = newKey();
    const [body, otherBody] = [email(), email()];
    const first = await withKey(it, key, body, { as: "one" });
    const other = await withKey(it, key, otherBody, { as: "other" });
    expect([first.status, other.status]).toEqual([200, 200]);
    expect(isReplayed(other)).toBe(false);
    expect(idOf(other)).not.toBe(idOf(first));
    expect(sends(it)).toHaveLength(2);
    const [again, otherAgain] = [
      await withKey(it, key, body, { as: "one" }),
      await withKey(it, key, otherBody, { as: "other" }),
    ];
    expect([again.text, otherAgain.text]).toEqual([first.text, other.text]);
    expect(sends(it)).toHaveLength(2);
  });

  test("with the same body as well", async () => {
    const [key, body] = [newKey(), email()];
    const first = await withKey(it, key, body, { as: "one" });
    const other = await withKey(it, key, body, { as: "other" });
    expect([isReplayed(first), isReplayed(other)]).toEqual([false, false]);
    expect(other.body.id).not.toBe(first.body.id);
  });
});

test("a rotated key and the key that it replaces share idempotency keys and messages", async () => {
  const [key, body] = [newKey(), email()];
  const first = await withKey(it, key, body, { as: "one" });
  const again = await withKey(it, key, body, { as: "one-2" });
  expect([again.text, isReplayed(again)]).toEqual([first.text, true]);
  const listed = await it.ask("/edge/messages", { as: "one-2" });
  expect(listed.body.data.map(({ id, caller }) => [id, caller])).toContainEqual([idOf(first), "one"]);
  const [later, other] = [newKey(), email()];
  await withKey(it, later, other, { as: "one-2" });
  expect(isReplayed(await withKey(it, later, other, { as: "one" }))).toBe(true);
  expect(sends(it)).toHaveLength(2);
});

test("the same text twice on purpose: a key of its own for each", async () => {
  const body = email();
  const answers = [await withKey(it, newKey(), body), await withKey(it, newKey(), body)];
  expect(answers.map(isReplayed)).toEqual([false, false]);
  expect(sends(it)).toHaveLength(2);
});

test("what is refused before the outbox uses up no key", async () => {
  const key = newKey();
  const wrong = await withKey(it, key, { ...oldEmail(), body: "" }, { headers: V1 });
  expect([400, 422]).toContain(wrong.status);
  const right = await withKey(it, key, oldEmail(), { headers: V1 });
  expect([right.status, isReplayed(right)]).toEqual([200, false]);
});

describe("a caller who hangs up", () => {
  test("takes nothing along: the message comes to its end, is sent once, and the repeat tells", async () => {
    const [key, body, wait] = [newKey(), email(), door()];
    it.reply((...request) => wait.opened.then(() => accepting(...request)));
    const patience = new AbortController();
    const first = withKey(it, key, body, { signal: patience.signal }).catch(({ name }) => name);
    await until(() => sends(it).length === 1);
    patience.abort();
    expect(await first).toBe("AbortError");
    const during = await withKey(it, key, body);
    expect(during.status).toBe(409);
    wait.open();
    await until(async () => (await withKey(it, key, body)).status !== 409);
    const told = await withKey(it, key, body);
    expect([told.status, isReplayed(told)]).toEqual([200, true]);
    expect((await settled(it, idOf(told))).state).toBe("sent");
    expect(sends(it)).toHaveLength(1);
  });

  test("in the middle of the body sends nothing", async () => {
    const { statuses } = await raw(
      it.url,
      [
        "POST /messages HTTP/1.1",
        "Host: x",
        `Authorization: Bearer ${it.keys.all}`,
        "Intercom-Version: 2.14",
        "Content-Type: application/json",
        "Content-Length: 500",
        "",
        '{"message_type":"email",',
      ].join("\r\n"),
      300,
    );
    expect(statuses.filter((status) => status < 400)).toEqual([]);
    const list = await it.ask("/edge/messages?state=queued");
    expect(list.body.data).toEqual([]);
    expect(sends(it)).toEqual([]);
  });
});

test("what was spoilt is unknown, and says so again", async () => {
  const [key, body] = [newKey(), email()];
  it.reply({ cut: "within", body: '{"type":"admin_mess', headers: { "content-length": "100" } });
  const first = await withKey(it, key, body);
  isUnknown(first);
  const again = await withKey(it, key, body);
  isUnknown(again);
  expect(again.text).toBe(first.text);
});

test("other calls know no key", async () => {
  it.reply({ body: { type: "list", data: [] } });
  for (const [key, path] of [
    ["a b", "/contacts"],
    ["one", "/contacts"],
    ["one", "/admins"],
  ]) {
    const answer = await it.ask(path, { headers: { ...V2, "idempotency-key": key } });
    expect([answer.status, isReplayed(answer), idOf(answer)]).toEqual([200, false, null]);
  }
  expect(it.arrived()).toHaveLength(3);
});

test("a message without a key has none", async () => {
  expect((await shown(it, idOf(await send(it, email())))).idempotency_key).toBeNull();
});
