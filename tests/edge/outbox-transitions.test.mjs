// Each state of a message with each thing that can happen to it: docs/messages.md, "States". The table
// below is the contract; a row is a test.

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
  refusing,
  seconds,
  send,
  sends,
  settled,
  shown,
  states,
  until,
  withKey,
} from "../outbox.mjs";
import { firstError } from "../worker.mjs";

const it = gate("outbox-transitions", { vars: { SENDER_ADMIN_ID: "1" } });
beforeEach(() => it.reply(accepting));

let made = 0;
const newKey = () => `transition-${++made}`;
const retry = (id, init = {}) => it.ask(`/edge/messages/${id}/retry`, { method: "POST", ...init });
/** Intercom's 429, after which a second has to pass. */
const tooMany = () => ({
  ...refusing(429, "rate_limit_exceeded"),
  headers: { "retry-after": "1", "x-ratelimit-reset": String(seconds(1)) },
});

/** Brings a message with a key into a state; gives its key, body and id. */
const reach = {
  async sent() {
    const [key, body] = [newKey(), email()];
    return { key, body, id: idOf(await withKey(it, key, body)) };
  },
  async rejected() {
    const [key, body] = [newKey(), email()];
    it.reply(refusing(422));
    return { key, body, id: idOf(await withKey(it, key, body)) };
  },
  async unknown() {
    const [key, body] = [newKey(), email()];
    it.reply({ status: 500 });
    return { key, body, id: idOf(await withKey(it, key, body)) };
  },
};

describe("retries", () => {
  test.each([
    ["is accepted", accepting, 200, "sent"],
    ["is answered 401", refusing(401), 502, "unknown"],
    ["is answered 403", refusing(403), 502, "unknown"],
    ["is answered 404", refusing(404), 502, "unknown"],
    ["is answered 422", refusing(422), 502, "unknown"],
    ["is answered 500", { status: 500 }, 502, "unknown"],
    ["gets no answer", { cut: "before" }, 502, "unknown"],
  ])("an unknown message whose retry %s", async (_, reply, status, state) => {
    const { key, body, id } = await reach.unknown();
    it.reply(reply);
    const answer = await retry(id);
    expect(answer.status, answer.text).toBe(status);
    if (state === "unknown") isUnknown(answer);
    it.reply(accepting);
    const message = await shown(it, id);
    expect(message.state).toBe(state);
    expect(states(message)).not.toContain("failed");
    // Neither the key nor the same bytes send it again.
    const before = sends(it).length;
    const again = await withKey(it, key, body);
    expect([again.status, isReplayed(again)]).toEqual([state === "sent" ? 200 : 502, true]);
    expect(sends(it)).toHaveLength(before);
    // A failed retry can be retried.
    if (state === "unknown") expect((await retry(id)).status).toBe(200);
  });

  test("that fail are unknown to a repeat without a key, too", async () => {
    const body = email();
    it.reply({ status: 500 });
    const id = idOf(await send(it, body));
    it.reply(refusing(404));
    await retry(id);
    it.reply(accepting);
    const again = await send(it, body);
    isUnknown(again);
    expect([isReplayed(again), idOf(again)]).toEqual([true, id]);
    expect(sends(it)).toHaveLength(2);
  });

  test("say in the history why", async () => {
    const { id } = await reach.unknown();
    it.reply(refusing(404));
    await retry(id);
    expect((await shown(it, id)).history.at(-1)).toMatchObject({
      state: "unknown",
      cause: "Intercom answered 404 (not_found)",
    });
  });
});

describe("a key is used up", () => {
  test.each(["sent", "rejected", "unknown"])("by a message that is %s: its answer is replayed", async (name) => {
    const { key, body, id } = await reach[name]();
    it.reply(accepting);
    const again = await withKey(it, key, body);
    expect([idOf(again), isReplayed(again)]).toEqual([id, true]);
    expect(sends(it)).toHaveLength(1);
    expect(firstError(await withKey(it, key, email())).code).toBe("idempotency_key_reused");
  });
});

describe("a key is not used up", () => {
  const notify = (key, json) => it.ask("/edge/notify", { method: "POST", json, headers: { "idempotency-key": key } });
  const person = { type: "contact", id: "5bb2f45a1e099bf2d553a2d5", role: "user", email: "ann@example.com" };

  test("by a 429: the same request sends the message, under the same id, once the time is over", async () => {
    const [key, body] = [newKey(), email()];
    it.reply(() => ({ ...refusing(429, "rate_limit_exceeded"), headers: { "retry-after": "25" } }));
    const first = await withKey(it, key, body);
    expect([first.status, first.headers.get("retry-after")]).toEqual([429, "25"]);
    expect((await shown(it, idOf(first))).state).toBe("failed");
    expect(sends(it)).toHaveLength(1);
    // What comes meanwhile is told how long there is to wait, and doesn't reach Intercom.
    const meanwhile = await withKey(it, key, body);
    expect([meanwhile.status, isReplayed(meanwhile)]).toEqual([429, false]);
    expect(Number(meanwhile.headers.get("retry-after"))).toBeGreaterThan(20);
    it.reply(accepting);
    await sleep(16_000);
    const again = await withKey(it, key, body);
    expect([again.status, idOf(again), isReplayed(again)]).toEqual([200, idOf(first), false]);
    expect(sends(it)).toHaveLength(2);
    expect(states(await shown(it, idOf(first)))).toEqual([
      "queued",
      "sending",
      "queued",
      "failed",
      "queued",
      "failed",
      "queued",
      "sending",
      "sent",
    ]);
  });

  test("by a person who wasn't found", async () => {
    const [key, body] = [newKey(), { to: { user_id: "u-1" }, subject: `Later ${made}`, body: "b" }];
    it.reply(refusing(404));
    const first = await notify(key, body);
    expect(first.status).toBe(404);
    it.reply(({ url }, count) =>
      url.startsWith("/contacts") ? { body: person } : accepting({ url, body: "{}" }, count),
    );
    const again = await notify(key, body);
    expect([again.status, isReplayed(again), idOf(again)]).toEqual([200, false, idOf(first)]);
    expect(states(await shown(it, idOf(first)))).toEqual(["queued", "failed", "queued", "sending", "sent"]);
    const third = await notify(key, body);
    expect([third.text, isReplayed(third)]).toEqual([again.text, true]);
    expect(sends(it)).toHaveLength(1);
  });

  test("by an address that bounces: another request may use it", async () => {
    const [key, subject] = [newKey(), `Bounced ${made}`];
    it.reply({ body: { ...person, has_hard_bounced: true } });
    const first = await notify(key, { to: { user_id: "u-1" }, subject, body: "b" });
    expect([first.status, firstError(first).code]).toEqual([422, "contact_bounced"]);
    it.reply(({ url }, count) =>
      url.startsWith("/contacts") ? { body: person } : accepting({ url, body: "{}" }, count),
    );
    const other = await notify(key, { to: { user_id: "u-2" }, subject, body: "b" });
    expect([other.status, isReplayed(other)]).toEqual([200, false]);
    expect(sends(it)).toHaveLength(1);
  });

  test("of ten at once that come after a failure, one sends", async () => {
    const [key, body] = [newKey(), { to: { user_id: "u-1" }, subject: `Ten ${made}`, body: "b" }];
    it.reply(refusing(404));
    await notify(key, body);
    it.reply(({ url }, count) =>
      url.startsWith("/contacts") ? { body: person } : accepting({ url, body: "{}" }, count),
    );
    const answers = await Promise.all(Array.from({ length: 10 }, () => notify(key, body)));
    for (const { status } of answers) expect([200, 409]).toContain(status);
    expect(sends(it)).toHaveLength(1);
  });
});

describe("a batch", () => {
  const template = async () => {
    const name = `transition-${++made}`;
    expect(
      (await it.ask(`/edge/templates/${name}`, { method: "PUT", json: { subject: `S ${name}`, body: "b" } })).status,
    ).toBe(201);
    return name;
  };
  const contact = (id) => ({ body: { type: "contact", id, role: "user", email: `${id}@example.com` } });
  const people = (many) => Array.from({ length: many }, (_, at) => ({ id: `p${at}` }));
  const batch = async (many) => {
    const { status, body, text } = await it.ask("/edge/messages/batch", {
      method: "POST",
      json: { template: await template(), to: people(many) },
    });
    expect(status, text).toBe(202);
    return body.id;
  };
  const change = (id, what) => it.ask(`/edge/messages/batch/${id}/${what}`, { method: "POST" });
  const progress = async (id) => (await it.ask(`/edge/messages/batch/${id}`)).body;
  const over = async (id) => {
    await until(async () => (await progress(id)).finished_at !== null, 30_000);
    return progress(id);
  };
  const replying = (messages) => (request, count) =>
    request.url.startsWith("/contacts/") ? contact(request.url.split("/")[2]) : messages(request, count);

  test.each([
    ["a 429", tooMany(), { failed: 1 }],
    ["a 200", { body: { id: "1" } }, { sent: 1 }],
    ["a 422", refusing(422), { failed: 1 }],
    ["a 500", { status: 500 }, { unknown: 1 }],
  ])("that is cancelled while a message is on its way ends when Intercom answers %s", async (_, reply, counts) => {
    const wait = door();
    it.reply(replying(() => wait.opened.then(() => reply)));
    const id = await batch(1);
    await until(async () => (await progress(id)).sending === 1);
    expect((await change(id, "cancel")).status).toBe(200);
    wait.open();
    expect(await over(id)).toMatchObject({ state: "cancelled", queued: 0, sending: 0, ...counts });
  });

  test("that is cancelled and limited holds up no other batch, and the outbox comes to rest", async () => {
    let limits = true;
    it.reply(replying((request, count) => (limits ? tooMany() : accepting(request, count))));
    const cancelled = await batch(5);
    await until(() => sends(it).length > 0);
    await change(cancelled, "cancel");
    limits = false;
    const other = await batch(20);
    expect(await over(cancelled)).toMatchObject({ state: "cancelled", failed: 5 });
    expect(await over(other)).toMatchObject({ state: "done", sent: 20 });
  });

  test("that is paused while a message meets a 429 keeps it, and sends it when it is resumed", async () => {
    let limits = true;
    const wait = door();
    it.reply(replying((request, count) => wait.opened.then(() => (limits ? tooMany() : accepting(request, count)))));
    const id = await batch(1);
    await until(async () => (await progress(id)).sending === 1);
    await change(id, "pause");
    wait.open();
    await until(async () => (await progress(id)).queued === 1);
    limits = false;
    await change(id, "resume");
    expect(await over(id)).toMatchObject({ state: "done", sent: 1 });
  });

  test("that is cancelled leaves a retry of one of its messages alone", async () => {
    it.reply(replying(() => ({ status: 500 })));
    const id = await batch(1);
    await over(id);
    const [{ id: message }] = (await it.ask(`/edge/messages?batch_id=${id}`)).body.data;
    const wait = door();
    it.reply(replying((request, count) => wait.opened.then(() => accepting(request, count))));
    const asked = retry(message);
    await until(() => sends(it).length > 1);
    await change(id, "cancel");
    wait.open();
    expect((await asked).status).toBe(200);
    expect((await progress(id)).sent).toBe(1);
  });

  test("of a search says why its people can't be had, asks again, and goes on", async () => {
    let broken = true;
    it.reply((request, count) => {
      if (!request.url.startsWith("/contacts/search")) return replying(accepting)(request, count);
      const { per_page } = JSON.parse(request.body).pagination;
      // One is asked for when the batch is made.
      if (broken && per_page > 1) return { body: "<html>" };
      return { body: { type: "list", data: [contact("p0").body], total_count: 1, pages: {} } };
    });
    const search = { query: { field: "role", operator: "=", value: "user" } };
    const made = await it.ask("/edge/messages/batch", { method: "POST", json: { template: await template(), search } });
    expect(made.status, made.text).toBe(202);
    const { id } = made.body;
    await until(async () => (await progress(id)).cause !== undefined);
    expect(await progress(id)).toMatchObject({ state: "collecting", cause: "The search was answered 502" });
    broken = false;
    const end = await over(id);
    expect(end).toMatchObject({ state: "done", sent: 1, total: 1 });
    expect(end.cause).toBeUndefined();
  });

  test("sends in the order in which batches were made", async () => {
    const wait = door();
    it.reply(replying((request, count) => wait.opened.then(() => accepting(request, count))));
    const blocked = await batch(1);
    const order = [];
    for (let at = 0; at < 6; at += 1) order.push(await batch(6));
    wait.open();
    for (const id of [blocked, ...order]) await over(id);
    const templates = await Promise.all(order.map(async (id) => (await progress(id)).template.name));
    const places = templates.map((name) => sends(it).findIndex(({ body }) => JSON.parse(body).subject === `S ${name}`));
    // A few are on their way at once, and may overtake each other.
    for (const [at, place] of places.slice(0, -2).entries()) expect(place, `${places}`).toBeLessThan(places[at + 2]);
  });
});

describe("a contact that was created a moment ago", () => {
  const created = (ago) => ({
    type: "contact",
    id: "c1",
    role: "user",
    email: "ann@example.com",
    created_at: seconds(-ago),
  });
  const notify = (headers = {}) =>
    it.ask("/edge/notify", {
      method: "POST",
      headers,
      json: { to: { id: "c1" }, subject: `New ${++made}`, body: "b" },
    });
  const answering = (ago, misses) => {
    let left = misses;
    it.reply((request, count) => {
      if (request.url.startsWith("/contacts/")) return { body: created(ago) };
      return left-- > 0 ? refusing(404) : accepting(request, count);
    });
  };

  test.each([
    ["waits", {}],
    ["doesn't wait", ASYNC],
  ])("gets its message though Intercom says 404 at first, if the caller %s", async (_, headers) => {
    answering(1, 2);
    const answer = await notify(headers);
    const message = await settled(it, idOf(answer));
    expect(message.state).toBe("sent");
    expect(states(message)).toEqual(["queued", "sending", "queued", "sending", "queued", "sending", "sent"]);
    expect(sends(it)).toHaveLength(3);
  });

  test("and whom Intercom goes on not to know uses up no key", async () => {
    answering(1, 1000);
    const key = { "idempotency-key": newKey() };
    const [first, subject] = [await notify(key), `New ${made}`];
    expect(first.status).toBe(404);
    answering(1, 0);
    const again = await it.ask("/edge/notify", {
      method: "POST",
      headers: key,
      json: { to: { id: "c1" }, subject, body: "b" },
    });
    expect([again.status, isReplayed(again)]).toEqual([200, false]);
  });

  test("is no longer new after a while: a 404 names the sender, whom Intercom doesn't know", async () => {
    answering(3600, 1);
    const answer = await notify();
    expect([answer.status, firstError(answer).field]).toEqual([404, "from.id"]);
    expect(sends(it)).toHaveLength(1);
  });
});

test("an answer of Intercom's over 2 MB is passed on whole, and kept in short", async () => {
  const [key, body] = [newKey(), email()];
  const whole = { type: "admin_message", id: "77", body: "x".repeat(3 << 20) };
  it.reply({ body: whole });
  const first = await withKey(it, key, body);
  expect([first.status, first.text.length]).toEqual([200, JSON.stringify(whole).length]);
  const again = await withKey(it, key, body);
  expect([again.status, again.body, isReplayed(again)]).toEqual([200, { type: "admin_message", id: "77" }, true]);
  expect((await shown(it, idOf(first))).state).toBe("sent");
});
