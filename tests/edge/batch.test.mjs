// One template to many people: docs/messages.md, "Batches".

import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { gate, serve, standIn } from "../gate.mjs";
import {
  door,
  email,
  isReplayed,
  limited,
  refusing,
  seconds,
  send,
  sends,
  shown,
  states,
  until,
  windowed,
} from "../outbox.mjs";
import { firstError } from "../worker.mjs";

const SENDER = "1234567";
const it = gate("batch", {
  keys: {
    all: ["*"],
    operator: ["messages:admin", "contacts:read"],
    other: ["messages:admin", "contacts:read"],
    admin: ["messages:admin"],
    sender: ["messages:send", "messages:read"],
    batcher: ["messages:batch", "contacts:read"],
    "batcher-2": { scopes: ["messages:batch", "contacts:read"], same_as: "batcher" },
    stranger: ["messages:batch", "contacts:read"],
    "batch-only": ["messages:batch"],
  },
  vars: { SENDER_ADMIN_ID: SENDER },
});

/** An Intercom in which everybody exists: `ann` is Intercom's `id-ann`, and has `ann@example.com`. */
const person = (name) => ({
  type: "contact",
  id: `id-${name}`,
  external_id: name,
  email: `${name}@example.com`,
  name: null,
  role: "user",
  custom_attributes: {},
});
function workspace({ method, url, body }, count) {
  const [, id] = /^\/contacts\/id-([^/?]+)$/.exec(url) ?? [];
  const [, external] = /^\/contacts\/find_by_external_id\/([^/?]+)$/.exec(url) ?? [];
  const name = decodeURIComponent(id ?? external ?? "");
  if (name.startsWith("nobody")) return refusing(404);
  if (name) return { body: { ...person(name), unsubscribed_from_emails: name.startsWith("unsubscribed") } };
  if (method === "POST" && url === "/contacts/search") {
    const { query } = JSON.parse(body);
    if (query.field === "email")
      return {
        body: {
          type: "list",
          data: [person(query.value.split("@")[0])],
          total_count: 1,
          pages: { type: "pages", next: null },
        },
      };
  }
  if (method === "POST" && url === "/messages")
    return { body: { type: "admin_message", id: `m-${count}`, message_type: "email" } };
  return refusing(404);
}

beforeEach(async () => {
  it.reply(workspace);
  await it.ask("/edge/templates/news", {
    method: "PUT",
    json: { subject: "News", body: "Hi {{ contact.external_id }}, {{ variables.plan | default('none') }}" },
  });
});

const make = (json, { headers, ...init } = {}) =>
  it.ask("/edge/messages/batch", { as: "operator", json: { template: "news", ...json }, headers, ...init });
const read = async (id, as = "operator") => {
  const { status, body, text } = await it.ask(`/edge/messages/batch/${id}`, { as });
  expect(status, text).toBe(200);
  return body;
};
const change = (id, what, as = "operator") => it.ask(`/edge/messages/batch/${id}/${what}`, { method: "POST", as });
const ended = async (id) => {
  await until(async () => ["done", "cancelled"].includes((await read(id)).state), 40_000);
  return read(id);
};
const results = async (id) => {
  const { status, text } = await it.ask(`/edge/messages/batch/${id}/result.ndjson`, { as: "operator" });
  expect(status).toBe(200);
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
};
let made = 0;
/** People nobody else in this file writes to. */
const people = (many) => Array.from({ length: many }, () => ({ user_id: `user${++made}` }));
const readers = () => sends(it).map(({ body }) => JSON.parse(body).to.id);
const counts = ({ total, queued, sending, sent, failed, unknown, duplicates }) => ({
  total,
  queued,
  sending,
  sent,
  failed,
  unknown,
  duplicates,
});
const none = { queued: 0, sending: 0, sent: 0, failed: 0, unknown: 0, duplicates: 0 };

/** Makes messages wait until `open`; how many have come is `sends(it)`. */
function waiting() {
  const wait = door();
  it.reply((...request) =>
    request[0].url === "/messages" ? wait.opened.then(() => workspace(...request)) : workspace(...request),
  );
  return wait.open;
}

describe("a batch", () => {
  test("is accepted at once, and everybody gets their message", async () => {
    const to = people(25);
    const answer = await make({ to });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe(`/edge/messages/batch/${answer.body.id}`);
    const { id, created_at, rate, estimated_end_at, ...rest } = answer.body;
    expect(rest).toMatchObject({
      type: "edge.batch",
      caller: "operator",
      state: "sending",
      finished_at: null,
      template: { name: "news", version: 1 },
      ...none,
      total: 25,
      queued: 25,
    });
    expect(Math.abs(created_at - seconds())).toBeLessThan(10);
    expect(typeof rate).toBe("number");
    expect(estimated_end_at).toBeNull();
    const done = await ended(id);
    expect(done).toMatchObject({
      state: "done",
      ...none,
      total: 25,
      sent: 25,
      finished_at: expect.any(Number),
      estimated_end_at: null,
    });
    expect(done.rate).toBeGreaterThan(0);
    expect(readers().sort()).toEqual(to.map(({ user_id }) => `id-${user_id}`).sort());
    for (const { body } of sends(it)) {
      const message = JSON.parse(body);
      expect(message).toEqual({
        message_type: "email",
        subject: "News",
        body: `Hi ${message.to.id.slice(3)}, none`,
        template: "plain",
        from: { type: "admin", id: SENDER },
        to: { type: "user", id: message.to.id },
      });
    }
  });

  test("is listed in the outbox, message by message", async () => {
    const {
      body: { id },
    } = await make({ to: people(3) });
    await ended(id);
    const {
      body: { data },
    } = await it.ask(`/edge/messages?batch_id=${id}`, { as: "operator" });
    expect(data).toHaveLength(3);
    for (const message of data) {
      expect(message).toMatchObject({
        batch_id: id,
        caller: "operator",
        state: "sent",
        template: { name: "news", version: 1 },
        idempotency_key: null,
        contact_id: expect.stringMatching(/^id-user/),
      });
      expect(states(message)).toEqual(["queued", "sending", "sent"]);
    }
    expect((await it.ask(`/edge/messages?batch_id=${id}`, { as: "sender" })).body.data).toEqual([]);
  });

  test("has variables for all, and for some their own", async () => {
    const [first, second, third] = people(3);
    const {
      body: { id },
    } = await make({
      to: [first, { ...second, variables: { plan: "free" } }, { ...third, variables: { other: 1 } }],
      variables: { plan: "pro" },
    });
    await ended(id);
    const texts = Object.fromEntries(sends(it).map(({ body }) => [JSON.parse(body).to.id, JSON.parse(body).body]));
    expect(
      Object.values(texts)
        .map((text) => text.split(", ")[1])
        .sort(),
    ).toEqual(["free", "pro", "pro"]);
    expect(texts[`id-${second.user_id}`]).toContain("free");
  });

  test("is sent by the admin who's named", async () => {
    const {
      body: { id },
    } = await make({ to: people(1), from: { type: "admin", id: "77" } });
    await ended(id);
    expect(JSON.parse(sends(it)[0].body).from).toEqual({ type: "admin", id: "77" });
  });

  test("keeps the version that was the newest when it was made, or the one that's named", async () => {
    const put = (body) => it.ask("/edge/templates/fixed", { method: "PUT", json: { subject: "F", body } });
    await put("one");
    await put("two");
    const open = waiting();
    const {
      body: { id, template },
    } = await make({ template: "fixed", to: people(60) });
    expect(template).toEqual({ name: "fixed", version: 2 });
    await until(() => sends(it).length > 0);
    await put("three");
    open();
    await ended(id);
    const older = await make({ template: "fixed", version: 1, to: people(2) });
    expect(older.body.template).toEqual({ name: "fixed", version: 1 });
    await ended(older.body.id);
    const texts = sends(it).map(({ body }) => JSON.parse(body).body);
    expect(texts).toEqual([...Array(60).fill("two"), "one", "one"]);
    expect((await make({ template: "fixed", version: 9, to: people(1) })).status).toBe(404);
  });

  test("goes on though its template is removed", async () => {
    await it.ask("/edge/templates/gone", { method: "PUT", json: { subject: "G", body: "still" } });
    const open = waiting();
    const {
      body: { id },
    } = await make({ template: "gone", to: people(60) });
    await until(() => sends(it).length > 0);
    await it.ask("/edge/templates/gone", { method: "DELETE" });
    open();
    expect(await ended(id)).toMatchObject({ state: "done", sent: 60 });
  });

  test("lets single messages pass", async () => {
    const open = waiting();
    const {
      body: { id },
    } = await make({ to: people(60) });
    await until(() => sends(it).length > 0);
    it.reply(workspace);
    const answer = await send(it, email());
    expect(answer.status).toBe(200);
    expect((await read(id)).state).toBe("sending");
    open();
    expect(await ended(id)).toMatchObject({ sent: 60 });
  });
});

describe("a recipient", () => {
  test("listed twice gets one message, however they are named", async () => {
    const [{ user_id: a }, { user_id: b }, { user_id: c }] = people(3);
    const to = [
      { user_id: a },
      { user_id: a },
      { email: `${b}@example.com` },
      { email: `${b.toUpperCase()}@EXAMPLE.com` },
      { id: `id-${a}` },
      { email: `${a}@example.com` },
      { user_id: c },
      { id: `id-${c}` },
      { user_id: a, variables: { plan: "free" } },
    ];
    const {
      body: { id },
    } = await make({ to });
    expect(counts(await ended(id))).toEqual({ ...none, total: 3, sent: 3, duplicates: 6 });
    expect(readers().sort()).toEqual([`id-${a}`, `id-${b}`, `id-${c}`].sort());
    expect(await results(id)).toHaveLength(3);
  });

  test("can be in two batches", async () => {
    const to = people(2);
    const first = await make({ to });
    const second = await make({ to, variables: { plan: "pro" } });
    await ended(first.body.id);
    await ended(second.body.id);
    expect(readers()).toHaveLength(4);
  });

  test("who isn't there, has unsubscribed, or lacks a value fails, and the others get theirs", async () => {
    await it.ask("/edge/templates/strict", { method: "PUT", json: { subject: "S", body: "{{ variables.plan }}" } });
    const [good, lacking] = people(2);
    const plan = { variables: { plan: "pro" } };
    const to = [{ ...good, ...plan }, { user_id: "nobody1", ...plan }, { user_id: "unsubscribed1", ...plan }, lacking];
    const {
      body: { id },
    } = await make({ template: "strict", to });
    expect(counts(await ended(id))).toEqual({ ...none, total: 4, sent: 1, failed: 3 });
    expect(readers()).toEqual([`id-${good.user_id}`]);
    const found = await results(id);
    expect(found.map(({ state }) => state).sort()).toEqual(["failed", "failed", "failed", "sent"]);
    for (const { state, cause } of found) if (state === "failed") expect(cause).toBeTruthy();
  });

  test("whom Intercom fails over is unknown, and isn't sent to again", async () => {
    const to = people(6);
    const spoilt = `id-${to[2].user_id}`;
    it.reply((...request) =>
      request[0].url === "/messages" && JSON.parse(request[0].body).to.id === spoilt
        ? { status: 502 }
        : workspace(...request),
    );
    const {
      body: { id },
    } = await make({ to });
    expect(counts(await ended(id))).toEqual({ ...none, total: 6, sent: 5, unknown: 1 });
    expect(readers().filter((reader) => reader === spoilt)).toHaveLength(1);
    const { id: message } = (await results(id)).find(({ state }) => state === "unknown");
    it.reply(workspace);
    const answer = await it.ask(`/edge/messages/${message}/retry`, { method: "POST", as: "operator" });
    expect(answer.status, answer.text).toBe(200);
    expect(counts(await read(id))).toEqual({ ...none, total: 6, sent: 6 });
  });
});

describe("Intercom's limit", () => {
  test("is waited for, and nobody is left out or gets two", async () => {
    const to = people(30);
    let refused = 0;
    const reset = seconds(2);
    it.reply((...request) =>
      request[0].url === "/messages" && refused < 3 && ++refused ? limited(reset) : workspace(...request),
    );
    const {
      body: { id },
    } = await make({ to });
    expect(counts(await ended(id))).toEqual({ ...none, total: 30, sent: 30 });
    expect(refused).toBe(3);
    expect(new Set(readers()).size).toBe(30);
    expect(readers()).toHaveLength(33);
  });
});

describe("OUTBOX_FREE_SHARE", () => {
  const TEMPLATE = { subject: "News", body: "Hi" };
  test.concurrent.each([
    [undefined, 0.2],
    ["0.5", 0.5],
    ["0", 0],
  ])("of %s leaves so much of each window to people", async (share, free) => {
    // Windows of two seconds, so that a test can see some.
    const [LIMIT, SECONDS] = [40, 2];
    const intercom = await standIn();
    const windows = windowed(LIMIT, SECONDS, workspace);
    intercom.reply = windows.reply;
    const worker = await serve(`batch-share-${free}`, intercom, {
      vars: { SENDER_ADMIN_ID: SENDER, ...(share && { OUTBOX_FREE_SHARE: share }) },
    });
    try {
      await worker.ask("/edge/templates/news", { method: "PUT", json: TEMPLATE });
      const {
        body: { id },
      } = await worker.ask("/edge/messages/batch", { json: { template: "news", to: people(50) } });
      await until(async () => (await worker.ask(`/edge/messages/batch/${id}`)).body.state === "done", 40_000);
      const used = windows.used();
      const told = JSON.stringify(used);
      expect(
        used.reduce((sum, one) => sum + one, 0),
        told,
      ).toBe(100);
      for (const one of used) expect(one, told).toBeLessThanOrEqual(LIMIT * (1 - free));
      // It isn't slow for fear: but for the first window and the last, most of what it may is used.
      for (const one of used.slice(1, -1)) expect(one, told).toBeGreaterThanOrEqual(LIMIT * (1 - free) * 0.6);
    } finally {
      await worker.stop();
      await intercom.stop();
    }
  });
});

describe("pause, resume and cancel", () => {
  test("paused, nothing more goes out; resumed, it goes on", async () => {
    const open = waiting();
    const {
      body: { id },
    } = await make({ to: people(80) });
    await until(() => sends(it).length > 0);
    const paused = await change(id, "pause");
    expect([paused.status, paused.body.state]).toEqual([200, "paused"]);
    open();
    await until(async () => (await read(id)).sending === 0);
    await sleep(500);
    const before = sends(it).length;
    expect(before).toBeLessThan(80);
    const rests = await read(id);
    expect(rests).toMatchObject({ state: "paused", estimated_end_at: null });
    expect(rests.sent + rests.queued).toBe(80);
    await sleep(1_000);
    expect(sends(it)).toHaveLength(before);
    expect((await change(id, "pause")).body.state).toBe("paused");
    const resumed = await change(id, "resume");
    expect([resumed.status, resumed.body.state]).toEqual([200, "sending"]);
    expect(counts(await ended(id))).toEqual({ ...none, total: 80, sent: 80 });
    expect(new Set(readers()).size).toBe(80);
    expect(sends(it)).toHaveLength(80);
  });

  test("cancelled, what waits fails, what is on its way goes on, and no more goes out", async () => {
    const open = waiting();
    const {
      body: { id },
    } = await make({ to: people(80) });
    await until(() => sends(it).length > 0);
    const cancelled = await change(id, "cancel");
    expect(cancelled.status).toBe(200);
    expect(cancelled.body).toMatchObject({ state: "cancelled", queued: 0 });
    open();
    const end = await read(id)
      .then(() => until(async () => (await read(id)).sending === 0))
      .then(() => read(id));
    await sleep(500);
    expect(sends(it).length).toBeLessThanOrEqual(cancelled.body.sending + cancelled.body.sent);
    expect(end).toMatchObject({ state: "cancelled", queued: 0, unknown: 0, total: 80 });
    const { sent, failed } = await read(id);
    expect([sent, sent + failed]).toEqual([sends(it).length, 80]);
    await until(async () => typeof (await read(id)).finished_at === "number");
    for (const { state, cause } of await results(id)) if (state === "failed") expect(cause).toMatch(/cancelled/);
  });

  test("cancelled while people are being found, nothing goes out to them", async () => {
    const wait = door();
    it.reply((...request) =>
      request[0].url.startsWith("/contacts") ? wait.opened.then(() => workspace(...request)) : workspace(...request),
    );
    const {
      body: { id },
    } = await make({ to: people(10) });
    await until(() => it.arrived().length > 0);
    await change(id, "cancel");
    wait.open();
    await until(async () => (await read(id)).failed === 10);
    await sleep(500);
    expect(sends(it)).toEqual([]);
    expect(counts(await read(id))).toEqual({ ...none, total: 10, failed: 10 });
  });

  /** Five messages that wait at Intercom, and twenty people who are being looked for. */
  async function halfway() {
    const [sending, finding] = [door(), door()];
    let found = 0;
    it.reply((...request) => {
      if (request[0].url === "/messages") return sending.opened.then(() => workspace(...request));
      return request[0].url.startsWith("/contacts") && ++found > 5
        ? finding.opened.then(() => workspace(...request))
        : workspace(...request);
    });
    const {
      body: { id },
    } = await make({ to: people(25) });
    await until(() => sends(it).length === 5 && found > 5);
    return { id, send: sending.open, find: finding.open };
  }

  test("cancelled while some are found and others on their way: only those on their way go on", async () => {
    const { id, send, find } = await halfway();
    expect((await change(id, "cancel")).body).toMatchObject({ state: "cancelled", sending: 5, failed: 20 });
    find();
    await sleep(500);
    send();
    await until(async () => (await read(id)).sending === 0);
    await sleep(300);
    expect(counts(await read(id))).toEqual({ ...none, total: 25, sent: 5, failed: 20 });
    expect(sends(it)).toHaveLength(5);
    const {
      body: { data },
    } = await it.ask(`/edge/messages?batch_id=${id}&state=failed`, { as: "operator" });
    for (const message of data) expect(states(message)).toEqual(["queued", "failed"]);
  });

  test("paused while some are found and others sent: only those being sent go on, until it is resumed", async () => {
    const { id, send, find } = await halfway();
    expect((await change(id, "pause")).body).toMatchObject({ state: "paused", sending: 5, queued: 20 });
    find();
    await sleep(500);
    send();
    await until(async () => (await read(id)).sending === 0);
    expect(sends(it)).toHaveLength(5);
    expect(counts(await read(id))).toEqual({ ...none, total: 25, sent: 5, queued: 20 });
    await change(id, "resume");
    expect(counts(await ended(id))).toEqual({ ...none, total: 25, sent: 25 });
    expect(new Set(readers()).size).toBe(25);
    expect(sends(it)).toHaveLength(25);
  });

  test("of a batch that is done are 409, or change nothing", async () => {
    const {
      body: { id },
    } = await make({ to: people(1) });
    await ended(id);
    for (const what of ["pause", "resume"]) {
      const answer = await change(id, what);
      expect([answer.status, answer.body.type]).toEqual([409, "error.list"]);
    }
    const cancel = await change(id, "cancel");
    expect([200, 409]).toContain(cancel.status);
    expect(await read(id)).toMatchObject({ state: "done", sent: 1 });
  });

  test("paused and cancelled is cancelled", async () => {
    const open = waiting();
    const {
      body: { id },
    } = await make({ to: people(60) });
    await until(() => sends(it).length > 0);
    await change(id, "pause");
    await change(id, "cancel");
    open();
    const end = await ended(id);
    expect(end.state).toBe("cancelled");
    expect((await change(id, "resume")).status).toBe(409);
  });
});

describe("a search", () => {
  const search = (name) => ({ query: { field: "custom_attributes.plan", operator: "=", value: name } });
  /** An Intercom whose search finds so many people. */
  const finding = (many, name) => (request, count) => {
    const { url, body } = request;
    if (url !== "/contacts/search") return workspace(request, count);
    const {
      query,
      pagination: { per_page, starting_after },
    } = JSON.parse(body);
    expect({ query }).toEqual(search(name));
    const from = Number(starting_after ?? 0);
    const end = Math.min(many, from + per_page);
    const data = Array.from({ length: end - from }, (_, at) => person(`${name}${from + at}`));
    const next = end < many ? { per_page, starting_after: String(end) } : undefined;
    return { body: { type: "list", data, total_count: many, pages: { type: "pages", next } } };
  };

  test("finds the people, page by page", async () => {
    it.reply(finding(320, "found-a"));
    const answer = await make({ search: search("found-a") }, { as: "operator" });
    expect(answer.status, answer.text).toBe(202);
    expect(["collecting", "sending"]).toContain(answer.body.state);
    const end = await ended(answer.body.id);
    expect(counts(end)).toEqual({ ...none, total: 320, sent: 320 });
    expect(new Set(readers()).size).toBe(320);
    expect(sends(it)).toHaveLength(320);
  });

  test("isn't held up by a message that Intercom is slow about", async () => {
    const wait = door();
    const slow = `id-slow${++made}`;
    it.reply((request, count) =>
      request.url === "/messages" && JSON.parse(request.body).to.id === slow
        ? wait.opened.then(() => workspace(request, count))
        : finding(20, "found-c")(request, count),
    );
    const first = await make({ to: [{ id: slow }] });
    await until(() => sends(it).length === 1);
    const {
      body: { id },
    } = await make({ search: search("found-c") }, { as: "operator" });
    try {
      await until(async () => (await read(id)).state === "done", 5_000);
    } finally {
      wait.open();
      await ended(first.body.id);
    }
    expect(await ended(id)).toMatchObject({ total: 20, sent: 20 });
  });

  test("that finds nobody is done", async () => {
    it.reply(finding(0, "none"));
    const {
      body: { id },
    } = await make({ search: search("none") }, { as: "operator" });
    expect(await ended(id)).toMatchObject({ state: "done", total: 0 });
  });

  test("for more than 10,000 is refused", async () => {
    it.reply(finding(10_001, "many"));
    const answer = await make({ search: search("many") }, { as: "operator" });
    expect([answer.status, firstError(answer).field]).toEqual([422, "search"]);
    expect(sends(it)).toEqual([]);
  });

  test("that Intercom refuses is refused, and makes no batch", async () => {
    it.reply(({ url }) => (url === "/contacts/search" ? refusing(400, "invalid_field") : workspace({ url })));
    const before = (await it.ask("/edge/messages/batch?per_page=1", { as: "operator" })).body.data[0]?.id;
    const answer = await make({ search: search("refused") }, { as: "operator" });
    expect(answer.status).toBe(400);
    expect((await it.ask("/edge/messages/batch?per_page=1", { as: "operator" })).body.data[0]?.id).toBe(before);
  });

  test("whose page fails is asked again, and nobody gets two", async () => {
    let asked = 0;
    it.reply((request, count) =>
      request.url === "/contacts/search" && ++asked === 3 ? { status: 500 } : finding(200, "found-b")(request, count),
    );
    const {
      body: { id },
    } = await make({ search: search("found-b") }, { as: "operator" });
    expect(counts(await ended(id))).toEqual({ ...none, total: 200, sent: 200 });
    expect(new Set(readers()).size).toBe(200);
    expect(sends(it)).toHaveLength(200);
  });
});

describe("keys and repeats", () => {
  test("the same key gives the same batch, another request is 422", async () => {
    const json = { to: people(2) };
    const headers = { "idempotency-key": "november" };
    const first = await make(json, { headers });
    const again = await make(json, { headers });
    expect([again.status, again.body.id, isReplayed(again)]).toEqual([202, first.body.id, true]);
    expect(isReplayed(first)).toBe(false);
    await ended(first.body.id);
    const late = await make(json, { headers });
    expect([late.body.id, isReplayed(late)]).toEqual([first.body.id, true]);
    const other = await make({ to: people(2) }, { headers });
    expect([other.status, firstError(other).code]).toEqual([422, "idempotency_key_reused"]);
    const others = await make(json, { headers, as: "other" });
    expect(others.body.id).not.toBe(first.body.id);
    await ended(others.body.id);
    expect(readers()).toHaveLength(4);
  });

  test("the same request without a key is the same batch, also at once", async () => {
    const json = { to: people(5) };
    const answers = await Promise.all([make(json), make(json), make(json)]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const id = answers[0].body.id;
    await ended(id);
    expect((await make(json)).body.id).toBe(id);
    expect(readers()).toHaveLength(5);
  });

  test("a key has 1 to 255 visible characters here, too", async () => {
    const answer = await make({ to: people(1) }, { headers: { "idempotency-key": "a b" } });
    expect([answer.status, firstError(answer).field]).toEqual([400, "Idempotency-Key"]);
  });
});

describe("what became of each", () => {
  test("as CSV: a line each, quoted where it's needed, and nothing that a spreadsheet would run", async () => {
    const [plain] = people(1);
    const ids = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", 'quo"te', "com,ma"];
    let at = 0;
    it.reply((...request) =>
      request[0].url === "/messages"
        ? { body: { type: "admin_message", id: ids[at++ % ids.length] } }
        : workspace(...request),
    );
    const odd = ['=cmd|"C calc"!A0', "+1", "-2+3", "@x", 'a"b', "c,d"].map((user_id) => ({ user_id }));
    const {
      body: { id },
    } = await make({ to: [plain, ...odd, { user_id: "nobody,2" }] });
    await ended(id);
    const answer = await it.ask(`/edge/messages/batch/${id}/result.csv`, { as: "operator" });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(/^text\/csv/);
    const rows = parsed(answer.text);
    expect(rows[0]).toEqual(["recipient", "contact_id", "state", "id", "message_id", "cause", "finished_at"]);
    expect(rows).toHaveLength(9);
    for (const row of rows) {
      expect(row).toHaveLength(7);
      for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    }
    const found = await results(id);
    for (const one of found) expect(Object.keys(one).sort()).toEqual(rows[0].toSorted());
    // The same in both, but for the apostrophes.
    for (const [line, one] of found.entries()) {
      const cells = rows[0].map((name) => (one[name] === null ? "" : String(one[name])));
      expect(rows[line + 1].map((cell, column) => (cell === `'${cells[column]}` ? cells[column] : cell))).toEqual(
        cells,
      );
    }
    expect(
      found
        .filter(({ state }) => state === "sent")
        .map(({ message_id }) => message_id)
        .every((given) => ids.includes(given)),
    ).toBe(true);
    expect(answer.text).toContain("'=1+1");
  });

  test("as lines of JSON, while it still sends, too", async () => {
    const open = waiting();
    const to = people(70);
    const {
      body: { id },
    } = await make({ to });
    await until(() => sends(it).length > 0);
    const early = await results(id);
    expect(early).toHaveLength(70);
    expect(early.some(({ state, finished_at }) => state === "queued" && finished_at === null)).toBe(true);
    open();
    await ended(id);
    const late = await results(id);
    expect(late.map(({ recipient }) => recipient)).toEqual(early.map(({ recipient }) => recipient));
    for (const [at, one] of late.entries()) {
      expect(one).toMatchObject({
        contact_id: `id-${to[at].user_id}`,
        state: "sent",
        message_id: expect.stringMatching(/^m-/),
        finished_at: expect.any(Number),
      });
      expect(one.recipient).toContain(to[at].user_id);
      expect((await shown(it, one.id)).batch_id).toBe(id);
    }
    const answer = await it.ask(`/edge/messages/batch/${id}/result.ndjson`, { as: "operator" });
    expect(answer.headers.get("content-type")).toMatch(/ndjson/);
  });
});

/** The cells of a CSV, RFC 4180. */
function parsed(text) {
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const row = rows.at(-1);
    if (quoted && text[at] === '"' && text[at + 1] === '"') row[row.length - 1] += text[++at];
    else if (text[at] === '"') quoted = !quoted;
    else if (!quoted && text[at] === ",") row.push("");
    else if (!quoted && text.startsWith("\r\n", at)) rows.push([""]) && at++;
    else row[row.length - 1] += text[at];
  }
  expect(quoted).toBe(false);
  return rows.at(-1).join("") === "" ? rows.slice(0, -1) : rows;
}

describe("progress as a stream of events", () => {
  const watch = (id, as = "operator", accept = "text/event-stream") =>
    fetch(`${it.url}/edge/messages/batch/${id}`, { headers: { authorization: `Bearer ${it.keys[as]}`, accept } });
  const events = (text) =>
    text
      .split("\n\n")
      .filter((one) => one.startsWith("event: progress\n"))
      .map((one) => JSON.parse(one.match(/^data: (.*)$/m)[1]));

  test("tells each change, and ends when the batch does", async () => {
    const open = waiting();
    const {
      body: { id },
    } = await make({ to: people(60) });
    await until(() => sends(it).length > 0);
    const response = await watch(id);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(response.headers.get("cache-control")).toContain("no-store");
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const first = await reader.read();
    expect(events(first.value)[0]).toMatchObject({ type: "edge.batch", id, state: "sending", total: 60 });
    open();
    let rest = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value;
    const told = [...events(first.value), ...events(rest)];
    expect(told.at(-1)).toMatchObject({ state: "done", sent: 60 });
    expect(told.at(-1)).toEqual(await read(id).then((body) => ({ ...body, rate: told.at(-1).rate })));
    expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(told.length);
    expect(told.map(({ sent }) => sent)).toEqual(told.map(({ sent }) => sent).sort((a, b) => a - b));
  });

  test("of a batch that is done is one event", async () => {
    const {
      body: { id },
    } = await make({ to: people(1) });
    await ended(id);
    const told = events(await (await watch(id)).text());
    expect(told).toHaveLength(1);
    expect(told[0].state).toBe("done");
  });

  test("that nobody reads on holds up nothing", async () => {
    const open = waiting();
    const {
      body: { id },
    } = await make({ to: people(60) });
    const response = await watch(id);
    await response.body.cancel();
    open();
    expect(await ended(id)).toMatchObject({ sent: 60 });
  });

  test("is 404 where there is no batch, and JSON where nobody asks for events", async () => {
    expect((await watch("nothing")).status).toBe(404);
    const {
      body: { id },
    } = await make({ to: people(1) });
    expect((await watch(id, "operator", "application/json")).headers.get("content-type")).toMatch(/^application\/json/);
    await ended(id);
  });
});

describe("the list of batches", () => {
  test("has the newest first, page by page", async () => {
    const ids = [];
    for (let at = 0; at < 3; at += 1) ids.push((await make({ to: people(1) })).body.id);
    const list = (query) => it.ask(`/edge/messages/batch?${query}`, { as: "operator" }).then(({ body }) => body);
    const first = await list("per_page=2");
    expect(first.type).toBe("list");
    const second = await list(`per_page=2&starting_after=${encodeURIComponent(first.pages.next.starting_after)}`);
    expect([...first.data, ...second.data].map(({ id }) => id).slice(0, 3)).toEqual(ids.toReversed());
    expect(first.data[0]).toMatchObject({ type: "edge.batch", total: 1 });
    for (const id of ids) await ended(id);
  });

  test.each([
    ["per_page", "0"],
    ["per_page", "151"],
    ["starting_after", "x"],
    ["state", "done"],
  ])("names what is wrong: %s=%s", async (name, value) => {
    const answer = await it.ask(`/edge/messages/batch?${name}=${value}`, { as: "operator" });
    expect([400, 422]).toContain(answer.status);
    expect(firstError(answer).field).toBe(name);
  });
});

describe("what is wrong is named, and nobody gets anything", () => {
  const to = [{ user_id: "a" }];
  test.each([
    ["to", {}],
    ["to", { to: [] }],
    ["to", { to: {} }],
    ["to", { to: "a" }],
    ["search", { to, search: { query: {} } }],
    ["to[0]", { to: [{}] }],
    ["to[0]", { to: ["a"] }],
    ["to[0]", { to: [null] }],
    ["to[1].email", { to: [{ id: "7" }, { email: "ann" }] }],
    ["to[2]", { to: [...to, ...to, { id: "7", email: "a@b.c" }] }],
    ["to[0].plan", { to: [{ id: "7", plan: "x" }] }],
    ["to[0].variables", { to: [{ id: "7", variables: [] }] }],
    ["to[0].user_id", { to: [{ user_id: "a/b" }] }],
    ["template", { to, template: undefined }],
    ["template", { to, template: "No!" }],
    ["version", { to, version: 0 }],
    ["version", { to, version: "1" }],
    ["variables", { to, variables: "x" }],
    ["from.type", { to, from: { id: "1" } }],
    ["subject", { to, subject: "x" }],
    ["search.query", { search: {} }],
    ["search.query", { search: { query: "x" } }],
    ["search.pagination", { search: { query: { field: "a", operator: "=", value: "b" }, pagination: {} } }],
  ])("%s: %j", async (field, json) => {
    const answer = await make(json, { as: "all" });
    expect(answer.status, answer.text).toBe(422);
    expect(firstError(answer).field).toBe(field);
    expect(it.arrived()).toEqual([]);
  });

  test("a template that isn't there is 404", async () => {
    const answer = await make({ template: "nothing", to });
    expect([answer.status, firstError(answer).field]).toEqual([404, "template"]);
  });

  test("10,001 people are too many, 10,000 aren't", async () => {
    const many = Array.from({ length: 10_001 }, (_, at) => ({ user_id: `many-${at}`, variables: { plan: "pro" } }));
    const over = await make({ to: many });
    expect([over.status, firstError(over).field]).toEqual([422, "to"]);
    const open = waiting();
    const began = Date.now();
    const answer = await make({ to: many.slice(1) });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ total: 10_000, state: "sending" });
    expect(Date.now() - began).toBeLessThan(5_000);
    const { id } = answer.body;
    await until(() => sends(it).length > 0);
    expect((await change(id, "cancel")).body.state).toBe("cancelled");
    open();
    await ended(id);
    const csv = await it.ask(`/edge/messages/batch/${id}/result.csv`, { as: "operator" });
    expect(csv.text.trimEnd().split("\r\n")).toHaveLength(10_001);
    expect(sends(it).length).toBeLessThan(200);
  });
});

describe("the scopes of a batch", () => {
  test("are messages:batch; messages:send and messages:read are not enough", async () => {
    const {
      body: { id },
    } = await make({ to: people(1) });
    for (const [method, path] of [
      ["POST", ""],
      ["GET", ""],
      ["GET", `/${id}`],
      ["GET", `/${id}/result.csv`],
      ["GET", `/${id}/result.ndjson`],
      ["POST", `/${id}/pause`],
      ["POST", `/${id}/resume`],
      ["POST", `/${id}/cancel`],
    ]) {
      const init = { method, ...(method === "POST" && !path ? { json: { template: "news", to: people(1) } } : {}) };
      const answer = await it.ask(`/edge/messages/batch${path}`, { as: "sender", ...init });
      expect(answer.status, path).toBe(403);
      expect(answer.headers.get("www-authenticate")).toContain("messages:batch");
      expect((await it.ask(`/edge/messages/batch${path}`, { as: null, ...init })).status).toBe(401);
    }
    expect(await ended(id)).toMatchObject({ sent: 1 });
  });

  test.each([
    ["messages:admin", "admin"],
    ["messages:batch", "batch-only"],
  ])("creating a batch and reading its result also need contacts:read; the rest needs %s alone", async (_, as) => {
    const {
      body: { id },
    } = await make({ to: people(1) }, { as: as === "admin" ? "operator" : "batcher" });
    await ended(id);
    it.arrived().length = 0;
    const search = { query: { field: "email", operator: "=", value: "ann@example.com" } };
    for (const [path, json] of [
      ["", { template: "news", to: people(1) }],
      ["", { template: "news", search }],
      [`/${id}/result.csv`],
      [`/${id}/result.ndjson`],
    ]) {
      const answer = await it.ask(`/edge/messages/batch${path}`, { as, json });
      expect(answer.status, path).toBe(403);
      expect(answer.headers.get("www-authenticate")).toContain("contacts:read");
    }
    expect(it.arrived()).toEqual([]);
    // The batch is another caller's: it doesn't exist for messages:batch.
    const found = as === "admin" ? 200 : 404;
    expect((await it.ask("/edge/messages/batch", { as })).status).toBe(200);
    expect((await it.ask(`/edge/messages/batch/${id}`, { as })).status).toBe(found);
    for (const what of ["pause", "resume", "cancel"]) expect((await change(id, what, as)).status, what).not.toBe(403);
  });

  test("messages:batch sends, shows and changes the caller's own batches", async () => {
    const open = waiting();
    const answer = await make({ to: people(2) }, { as: "batcher" });
    expect([answer.status, answer.body.caller]).toEqual([202, "batcher"]);
    const { id } = answer.body;
    for (const as of ["batcher", "batcher-2"]) {
      expect((await read(id, as)).state).toBe("sending");
      expect((await change(id, "pause", as)).body.state).toBe("paused");
      expect((await change(id, "resume", as)).body.state).toBe("sending");
    }
    open();
    await ended(id);
    expect(await read(id, "batcher")).toMatchObject({ state: "done", sent: 2 });
    for (const as of ["batcher", "batcher-2"]) {
      for (const end of ["result.csv", "result.ndjson"])
        expect((await it.ask(`/edge/messages/batch/${id}/${end}`, { as })).status).toBe(200);
      const events = await it.ask(`/edge/messages/batch/${id}`, { as, headers: { accept: "text/event-stream" } });
      expect(events.text).toContain("event: progress");
      expect((await it.ask("/edge/messages/batch", { as })).body.data.map((batch) => batch.id)).toContain(id);
    }
  });

  test("messages:batch doesn't reveal another caller's batch: the answer is that of none", async () => {
    const open = waiting();
    const {
      body: { id },
    } = await make({ to: people(1) }, { as: "batcher" });
    const none = "0b8a5e0e-7c1f-4a52-9d8e-0f6f3a1f2b11";
    for (const [method, end, headers] of [
      ["GET", ""],
      ["GET", "", { accept: "text/event-stream" }],
      ["GET", "/result.csv"],
      ["GET", "/result.ndjson"],
      ["POST", "/pause"],
      ["POST", "/resume"],
      ["POST", "/cancel"],
    ]) {
      const [others, nothing] = await Promise.all(
        [id, none].map((id) => it.ask(`/edge/messages/batch/${id}${end}`, { as: "stranger", method, headers })),
      );
      expect([others.status, firstError(others)], `${method} ${end}`).toEqual([404, firstError(nothing)]);
    }
    const after = await it.ask(`/edge/messages/batch?starting_after=${id}`, { as: "stranger" });
    expect([after.status, firstError(after).field]).toEqual([400, "starting_after"]);
    expect((await it.ask("/edge/messages/batch", { as: "stranger" })).body.data).toEqual([]);
    expect((await read(id)).state).toBe("sending");
    open();
    await ended(id);
  });

  test("the list of messages:batch has the caller's own batches alone, page by page", async () => {
    const made = [];
    for (const as of ["batcher", "stranger", "batcher", "operator", "batcher-2"]) {
      const { body } = await make({ to: people(1) }, { as });
      if (as.startsWith("batcher")) made.unshift(body.id);
    }
    const listed = [];
    let after = "";
    do {
      const { body } = await it.ask(`/edge/messages/batch?per_page=2${after}`, { as: "batcher" });
      expect(new Set(body.data.map(({ caller }) => caller))).toEqual(new Set(["batcher"]));
      listed.push(...body.data.map(({ id }) => id));
      after = body.pages.next ? `&starting_after=${body.pages.next.starting_after}` : "";
    } while (after);
    expect(listed.slice(0, 3)).toEqual(made);
    expect(new Set(listed).size).toBe(listed.length);
    const all = await it.ask("/edge/messages/batch", { as: "admin" });
    expect(new Set(all.body.data.map(({ caller }) => caller)).size).toBeGreaterThan(1);
    for (const id of made) await ended(id);
  });

  test.each([
    ["PUT", "", "GET, HEAD, POST"],
    ["DELETE", "/nothing", "GET, HEAD"],
    ["GET", "/nothing/pause", "POST"],
    ["POST", "/nothing/result.csv", "GET, HEAD"],
  ])("%s /edge/messages/batch%s is 405", async (method, path, allow) => {
    const answer = await it.ask(`/edge/messages/batch${path}`, { method, as: "operator" });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow").split(", ").sort()).toEqual(allow.split(", ").sort());
  });

  test.each([
    ["GET", "/nothing"],
    ["GET", "/nothing/result.csv"],
    ["GET", "/nothing/result.ndjson"],
    ["POST", "/nothing/pause"],
    ["POST", "/nothing/cancel"],
    ["GET", "/nothing/more"],
    ["GET", "/nothing/result.xlsx"],
  ])("%s /edge/messages/batch%s is 404", async (method, path) => {
    expect((await it.ask(`/edge/messages/batch${path}`, { method, as: "operator" })).status).toBe(404);
  });
});
