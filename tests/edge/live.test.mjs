// Live events: tickets, topics and scopes, acknowledgements, resuming, and the ends of connections. Notifications of
// Intercom's are the events.

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { gate, serve, standIn } from "../gate.mjs";
import { CLIENT_SECRET, ENDED, handshake, notification, notify, OPEN, parseId, requestTicket } from "../live.mjs";
import { firstError } from "../worker.mjs";

const APP = "abc123";
/** The window: the most events without an acknowledgement. */
const WINDOW = 256;
const TICKET_MS = 30_000;
const ME = { body: { type: "admin", id: "1", app: { type: "app", id_code: APP } } };
const VARS = { INTERCOM_CLIENT_SECRET: CLIENT_SECRET };
const KEYS = {
  all: ["*"],
  contacts: ["contacts:read"],
  companies: ["companies:read", "conversations:read"],
  none: ["templates:write"],
};

const it = gate("live", { keys: KEYS, vars: VARS });
beforeEach(() => it.reply(ME));

/** Sends the events of a topic, one after the other, and returns the ids of their notifications. */
async function emit(topic, { count = 1, item = {}, at, worker = it } = {}) {
  const ids = [];
  for (let number = 0; number < count; number++) {
    const id = `notif_${randomUUID()}`;
    const sent = { type: "contact", id: `${number}`, ...item };
    expect(await notify(worker.url, notification({ id, topic, item: sent, app: APP, at }))).toBe(200);
    ids.push(id);
  }
  return ids;
}

const options = ({ as = "all", worker = it, ...more } = {}) => ({ url: worker.url, key: worker.keys[as], ...more });
/** Opens a reader that has its position in the log. */
async function opened(kind, more) {
  const reader = await OPEN[kind](options(more));
  expect(reader.rejection).toBeUndefined();
  return reader.until(({ ready }) => ready);
}
const notificationsOf = ({ events }) => events.map(({ notification_id: id }) => id);
const KINDS = Object.keys(OPEN);

describe("a ticket", () => {
  test("opens one WebSocket, once", async () => {
    const { status, body } = await requestTicket(options({ topics: ["contact.*"] }));
    expect([status, body.type]).toEqual([201, "edge.ticket"]);
    const left = body.expires_at * 1000 - Date.now();
    expect(left).toBeLessThanOrEqual(TICKET_MS + 1000);
    expect(left).toBeGreaterThan(TICKET_MS - 5000);
    const reader = await opened("socket", { ticket: body.ticket });
    const { status: again, text } = await handshake(it.url, `/edge/live?ticket=${body.ticket}`);
    expect([again, text]).toEqual([401, expect.stringContaining("ticket")]);
    reader.close();
  });

  test.each([
    ["an unknown one", "/edge/live?ticket=0123456789abcdef0123456789abcdef", 401],
    ["an empty one", "/edge/live?ticket=", 401],
    ["one with other characters", "/edge/live?ticket=..%2Flive%3Fx", 401],
    ["one with topics", "/edge/live?ticket=abc&topics=contact.*", 400],
    ["none", "/edge/live", 401],
  ])("is needed: %s", async (_, path, expected) => {
    expect((await handshake(it.url, path)).status).toBe(expected);
  });

  test("opens nothing at another path", async () => {
    const { body } = await requestTicket(options());
    for (const path of ["/edge/whoami", "/edge/live/tickets", "/edge/messages", "/me", "/contacts"]) {
      const { status } = await handshake(it.url, `${path}?ticket=${body.ticket}`);
      expect([path, status]).toEqual([path, 401]);
    }
    const reader = await opened("socket", { ticket: body.ticket });
    reader.close();
  });

  test("opens no event stream, and a key no WebSocket", async () => {
    const { body } = await requestTicket(options());
    const stream = await it.ask(`/edge/live?ticket=${body.ticket}`, { as: null });
    expect(stream.status).toBe(426);
    const authorization = `Bearer ${it.keys.all}`;
    expect((await handshake(it.url, "/edge/live", { authorization })).status).toBe(401);
  });

  test("needs no body", async () => {
    const answer = await it.ask("/edge/live/tickets", { method: "POST" });
    expect(answer.status, answer.text).toBe(201);
    const reader = await opened("socket", { ticket: answer.body.ticket });
    const [id] = await emit("company.created", { item: { type: "company" } });
    await reader.untilEvents(1);
    expect(notificationsOf(reader)).toEqual([id]);
    reader.close();
  });

  test.each([
    ["topics that are no list", { topics: 7 }, 422, "topics"],
    ["an empty list of topics", { topics: [] }, 422, "topics"],
    ["a topic that is no text", { topics: [7] }, 422, "topics"],
    ["a star within a topic", { topics: ["contact.*.created"] }, 422, "topics"],
    ["a malformed last id", { last_event_id: "7" }, 400, "last_event_id"],
    ["a field that it does not know", { topic: "contact.*" }, 422, "topic"],
  ])("needs a valid request: %s", async (_, json, status, field) => {
    const answer = await it.ask("/edge/live/tickets", { json });
    expect([answer.status, firstError(answer)?.field]).toEqual([status, expect.stringContaining(field)]);
  });
});

test.each(["", ",", "%20"])("an event stream needs a topic if it has the parameter: topics=%s", async (topics) => {
  const answer = await it.ask(`/edge/live?topics=${topics}`);
  const { field, message } = firstError(answer);
  expect([answer.status, field, message]).toEqual([400, "topics", "Name 1 to 100 topics; * selects all"]);
});

describe.each(KINDS)("topics and scopes of a %s", (kind) => {
  test("a reader gets the events that it selects, each once and in order", async () => {
    const reader = await opened(kind, { topics: ["contact.*", "company.created"] });
    const [first] = await emit("contact.user.created", { item: { name: "Zoë 🙂\n", big: 12345678 } });
    await emit("conversation.user.replied", { item: { type: "conversation" } });
    const [second] = await emit("company.created", { item: { type: "company" } });
    await emit("company.updated", { item: { type: "company" } });
    const [third] = await emit("contact.tag.created");
    await reader.untilEvents(3);
    expect(notificationsOf(reader)).toEqual([first, second, third]);
    const sequences = reader.events.map(({ id }) => parseId(id).sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(reader.events[0]).toEqual({
      type: "edge.event",
      id: expect.stringMatching(/^[0-9a-f]{8}-\d+$/),
      topic: "contact.user.created",
      created_at: expect.any(Number),
      notification_id: first,
      outdated: false,
      item: { type: "contact", id: "0", name: "Zoë 🙂\n", big: 12345678 },
    });
    if (kind === "stream") {
      expect(reader.names).toEqual(["edge.ready", "contact.user.created", "company.created", "contact.tag.created"]);
      expect(reader.headers.get("content-type")).toMatch(/^text\/event-stream/);
    }
    reader.close();
  });

  test("a reader without topics gets what its scopes allow, and unknown topics need edge:admin", async () => {
    const [all, contacts, companies] = await Promise.all(
      ["all", "contacts", "companies"].map((as) => opened(kind, { as })),
    );
    const [contact] = await emit("contact.user.created");
    const [user] = await emit("user.created", { item: { type: "user" } });
    const [company] = await emit("company.created", { item: { type: "company" } });
    const [conversation] = await emit("conversation_part.tag.created", { item: { type: "conversation_part" } });
    const [unknown] = await emit("job.finished", { item: { type: "job" } });
    await all.untilEvents(5);
    await contacts.untilEvents(2);
    await companies.untilEvents(2);
    expect(notificationsOf(all)).toEqual([contact, user, company, conversation, unknown]);
    expect(notificationsOf(contacts)).toEqual([contact, user]);
    expect(notificationsOf(companies)).toEqual([company, conversation]);
    for (const reader of [all, contacts, companies]) reader.close();
  });

  test.each([
    ["contacts", ["company.*"], "companies:read"],
    ["contacts", ["contact.*", "conversation.user.replied"], "conversations:read"],
    ["companies", ["contact.created"], "contacts:read"],
    ["contacts", ["unknown.*"], "edge:admin"],
  ])("403 with the scope: %s, %s", async (as, topics, scope) => {
    const { rejection } = await OPEN[kind](options({ as, topics }));
    expect(rejection.status).toBe(403);
    expect(rejection.body.errors[0].message).toContain(scope);
  });

  test("403 for a caller who may read no topic, and 401 without a key", async () => {
    expect((await OPEN[kind](options({ as: "none" }))).rejection.status).toBe(403);
    expect((await OPEN[kind](options({ key: "wrong" }))).rejection.status).toBe(401);
  });
});

describe.each([
  ["socket", undefined],
  ["stream", "header"],
  ["stream", "parameter"],
])("a last event id (%s, %s)", (kind, resume) => {
  test("continues after it, without loss or repetition", async () => {
    const first = await opened(kind, { topics: ["contact.*"] });
    const before = await emit("contact.user.created", { count: 3 });
    await first.untilEvents(3);
    first.close();
    await first.ended;
    const missed = await emit("contact.user.created", { count: 5 });
    await emit("company.created", { item: { type: "company" } });
    const second = await opened(kind, { topics: ["contact.*"], after: first.last, resume });
    expect(second.ready.id).toBe(first.last);
    const after = await emit("contact.user.created", { count: 2 });
    await second.untilEvents(7);
    expect(notificationsOf(second)).toEqual([...missed, ...after]);
    expect(notificationsOf(first)).toEqual(before);
    second.close();
  });

  test("of another log is reported as a gap, and the events after it come", async () => {
    const first = await opened(kind);
    first.close();
    const { last } = first;
    const { log, sequence } = parseId(last);
    const other = log === "00000000" ? "11111111" : "00000000";
    for (const after of [`${other}-3`, `${log}-${sequence + 1_000}`]) {
      const reader = await opened(kind, { after, resume });
      const gap = await reader.until(({ objects }) => objects.length >= 2);
      expect(gap.objects[1]).toMatchObject({ type: "edge.gap", reason: "other_log" });
      const [id] = await emit("contact.user.created");
      await reader.untilEvents(1);
      expect(notificationsOf(reader)).toEqual([id]);
      reader.close();
    }
  });

  test.each(["7", "3f9a7c21", "3f9a7c21-", "3f9a7c21--1", "3f9a7c21-1x", "xyz-1", "3f9a7c2-1"])(
    "400 for %s",
    async (after) => {
      const { rejection } = await OPEN[kind](options({ after, resume }));
      expect([rejection.status, rejection.body.errors[0].field]).toEqual([400, "last_event_id"]);
    },
  );
});

describe.each(KINDS)("events of a %s", (kind) => {
  test("a repeated notification is one event", async () => {
    const reader = await opened(kind);
    const sent = notification({ id: `notif_${randomUUID()}`, topic: "contact.created", item: { id: "1" }, app: APP });
    const statuses = await Promise.all(Array.from({ length: 5 }, () => notify(it.url, sent)));
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    const [next] = await emit("contact.user.created");
    await reader.untilEvents(2);
    expect(notificationsOf(reader)).toEqual([sent.id, next]);
    reader.close();
  });

  test("an older state of an item is outdated", async () => {
    const reader = await opened(kind);
    const id = randomUUID();
    const at = Math.floor(Date.now() / 1000);
    for (const updated_at of [at, at - 10, at, at + 10, at + 5])
      await emit("contact.user.updated", { item: { id, updated_at }, at: updated_at });
    await emit("contact.user.updated", { item: { id: randomUUID(), updated_at: at - 20 }, at: at - 20 });
    await reader.untilEvents(6);
    expect(reader.events.map(({ outdated }) => outdated)).toEqual([false, true, false, false, true, false]);
    reader.close();
  });
});

describe("acknowledgements of a WebSocket", () => {
  test("after 256 events without one there are no more; after one they continue", { timeout: 120_000 }, async () => {
    const [still, fast] = await Promise.all([opened("socket", { acknowledges: false }), opened("socket")]);
    const ids = [];
    for (let sent = 0; sent < WINDOW + 60; sent += 20)
      ids.push(...(await Promise.all(Array.from({ length: 20 }, () => emit("contact.user.created")))).flat());
    await fast.untilEvents(ids.length);
    await still.untilEvents(WINDOW);
    await sleep(500);
    expect(still.events.length).toBe(WINDOW);
    still.send("100");
    await still.untilEvents(ids.length);
    expect(notificationsOf(still)).toEqual(notificationsOf(fast));
    expect(notificationsOf(fast).toSorted()).toEqual(ids.toSorted());
    for (const reader of [still, fast]) reader.close();
  });

  test("large events fill the window earlier", async () => {
    const reader = await opened("socket", { acknowledges: false });
    const text = "x".repeat(60_000);
    await emit("contact.user.created", { count: 6, item: { text } });
    await reader.untilEvents(3);
    await sleep(500);
    expect(reader.events.length).toBe(3);
    reader.send("3");
    await reader.untilEvents(6);
    reader.close();
  });

  test.each([
    ["more than was sent", "2"],
    ["a text", "hello"],
    ["a negative number", "-1"],
    ["an empty text", ""],
    ["bytes", new Uint8Array([49])],
  ])("end the connection with the reason: %s", async (_, message) => {
    const reader = await opened("socket");
    await emit("contact.user.created");
    await reader.untilEvents(1);
    reader.send(message);
    expect(await reader.ended).toEqual({ code: ENDED, reason: "unsupported_message" });
    expect(reader.objects.at(-1)).toEqual({
      type: "edge.end",
      id: reader.events[0].id,
      reason: "unsupported_message",
    });
  });

  test("a ping is answered", async () => {
    const reader = await opened("socket");
    reader.send("ping");
    await expect.poll(() => reader.texts).toEqual(["pong"]);
    const [id] = await emit("contact.user.created");
    await reader.untilEvents(1);
    expect(notificationsOf(reader)).toEqual([id]);
    reader.close();
  });
});

/** Starts a Worker with a store of its own, for one test. */
async function withWorker(name, work, more) {
  const intercom = await standIn();
  intercom.reply = () => ME;
  const state = mkdtempSync(join(tmpdir(), "intercom-edge-state-"));
  const worker = await serve(`live-${name}`, intercom, { keys: KEYS, vars: VARS, state, ...more });
  try {
    await work(worker);
  } finally {
    await worker.stop();
    await intercom.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

test("readers resume after the Worker was killed", () =>
  withWorker("killed", async (worker) => {
    const readers = await Promise.all(KINDS.map((kind) => opened(kind, { worker })));
    const before = await emit("contact.user.created", { worker, count: 5 });
    for (const reader of readers) await reader.untilEvents(5);
    await worker.restart();
    for (const reader of readers) expect((await reader.ended).code).toBe(1006);
    const after = await emit("contact.user.created", { worker, count: 5 });
    for (const [at, kind] of KINDS.entries()) {
      const reader = await opened(kind, { worker, after: readers[at].last });
      await reader.untilEvents(5);
      expect([notificationsOf(readers[at]), notificationsOf(reader)]).toEqual([before, after]);
      expect(reader.objects.filter(({ type }) => type === "edge.gap")).toEqual([]);
      reader.close();
    }
  }));

test("the log of a Worker is its own: ids of another Worker's are a gap", () =>
  withWorker("other", async (worker) => {
    const here = await opened("stream");
    const there = await opened("stream", { worker, after: here.last });
    await there.until(({ objects }) => objects.length >= 2);
    expect(parseId(here.last).log).not.toBe(parseId(there.last).log);
    expect(there.objects[1]).toMatchObject({ type: "edge.gap", reason: "other_log" });
    for (const reader of [here, there]) reader.close();
  }));

describe.concurrent("with time", { timeout: 120_000 }, () => {
  test("a ticket is rejected when it is late", async () => {
    const { body } = await requestTicket(options());
    await sleep(TICKET_MS + 1000);
    expect((await handshake(it.url, `/edge/live?ticket=${body.ticket}`)).status).toBe(401);
  });

  test("a connection ends when its key expires", () => {
    const expires_at = Math.floor(Date.now() / 1000) + 8;
    const keys = { expiring: { scopes: ["contacts:read"], expires_at } };
    const work = async (worker) => {
      const readers = await Promise.all(KINDS.map((kind) => opened(kind, { worker, as: "expiring" })));
      for (const reader of readers) {
        expect((await reader.ended).code).toBe(ENDED);
        expect(reader.objects.at(-1)).toMatchObject({ type: "edge.end", reason: "credential_expired" });
      }
      expect(Date.now() / 1000).toBeGreaterThanOrEqual(expires_at);
      expect((await requestTicket(options({ worker, as: "expiring" }))).status).toBe(401);
    };
    return withWorker("expiring", work, { keys });
  });

  test("the object hibernates, and its WebSockets continue with window and position", () =>
    withWorker("idle", async (worker) => {
      const [still, fast] = await Promise.all(
        [false, true].map((acknowledges) => opened("socket", { worker, acknowledges, topics: ["contact.*"] })),
      );
      const send = (count) => emit("contact.user.created", { worker, count });
      const ids = await send(100);
      await fast.untilEvents(100);
      // workerd removes an object without events after 10 s.
      for (const _ of [1, 2]) {
        await sleep(13_000);
        fast.send("ping");
        ids.push(...(await send(100)));
        await fast.untilEvents(ids.length);
      }
      await still.untilEvents(WINDOW);
      await sleep(300);
      expect(still.events.length).toBe(WINDOW);
      still.send("256");
      await still.untilEvents(ids.length);
      for (const reader of [still, fast]) {
        expect(notificationsOf(reader)).toEqual(ids);
        expect(reader.end).toBeUndefined();
        reader.close();
      }
    }));

  test("a stream gets a heartbeat if there are no events", async () => {
    const reader = await opened("stream", { topics: ["ticket.*"] });
    await reader.until(({ comments }) => comments.length >= 2, 60_000);
    expect(reader.comments).toEqual([": heartbeat", ": heartbeat"]);
    expect(reader.end).toBeUndefined();
    reader.close();
  });

  test("a reader that never reads is ended with the reason, and delays no one", async () => {
    const { body } = await requestTicket(options({ topics: ["company.*"] }));
    const { socket, head } = await handshake(it.url, `/edge/live?ticket=${body.ticket}`);
    socket.pause();
    const fast = await opened("socket", { topics: ["company.*"] });
    const text = "x".repeat(1_000);
    const ids = [];
    for (let sent = 0; sent < WINDOW + 40; sent += 20) {
      const emitted = Array.from({ length: 20 }, () => emit("company.created", { item: { text } }));
      ids.push(...(await Promise.all(emitted)).flat());
    }
    await fast.untilEvents(ids.length);
    await sleep(70_000);
    let received = head.toString("latin1");
    socket.on("data", (chunk) => (received += chunk.toString("latin1")));
    await new Promise((resolve) => {
      socket.on("close", resolve);
      socket.on("end", () => socket.end());
      socket.resume();
      setTimeout(resolve, 5_000).unref();
    });
    socket.destroy();
    expect(received).toContain('"reason":"slow_reader"');
    const got = received.split('"type":"edge.event"').length - 1;
    expect(got).toBeGreaterThan(50);
    expect(got).toBeLessThanOrEqual(WINDOW);
    const [last] = await emit("company.created");
    await fast.untilEvents(ids.length + 1);
    expect(notificationsOf(fast).at(-1)).toBe(last);
    fast.close();
  });
});
