// Messages, templates and batches of the package, against a stand-in for the Worker: what is sent,
// what is sent again, and how a batch is watched through connections that break.

import { Intercom, IntercomError } from "intercom-edge";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { broken, error, json, standIn, text } from "../stand-in.mjs";

let worker;
let intercom;

beforeAll(async () => {
  worker = await standIn();
  intercom = new Intercom({ baseUrl: `${worker.url}/api`, auth: "key-of-a-caller" });
});
afterAll(() => worker.close());
beforeEach(() => answering());
afterEach(() => vi.unstubAllGlobals());

/** Begins anew with these answers, in turn. */
const answering = (...answers) => Object.assign(worker, { seen: [], answers });
const requests = () => worker.seen.map(({ method, url }) => `${method} ${url.replace("/api", "")}`);
const keys = () => worker.seen.map(({ headers }) => headers["idempotency-key"]);
const message = { type: "admin_message", id: "403918396" };
const sent = (headers) => json(200, message, { "x-intercom-edge-message": "0b8a5e0e", ...headers });
const email = {
  message_type: "email",
  subject: "Hi",
  body: "Hi",
  template: "plain",
  from: { type: "admin", id: "1" },
  to: { type: "user", id: "2" },
};

/** The calls that write a message, by name. */
const writes = {
  send: (options) => intercom.messages.send(email, options),
  notify: (options) => intercom.notify({ to: { user_id: "john_doe" }, template: "welcome" }, options),
  batch: (options) => intercom.messages.batch({ template: "news", to: [{ id: "1" }] }, options),
};

test.each(Object.entries(writes))("without a key %s is sent once, whatever happens", async (_, write) => {
  for (const answer of [
    broken,
    error(502, { code: "message_unknown" }),
    error(503, {}),
    error(429, {}),
    error(409, {}, { "retry-after": "1" }),
  ]) {
    answering(answer);
    await expect(write()).rejects.toBeInstanceOf(IntercomError);
    expect(keys()).toEqual([undefined]);
  }
});

test.each(Object.entries(writes))(
  "with a key %s is sent again, the same to the byte, until the outbox answers",
  async (_, write) => {
    worker.answers = [broken, error(503, {}), sent({ "idempotency-replayed": "true" })];
    const answer = await write({ idempotencyKey: "order-4711" });
    expect(answer.id).toBe(message.id);
    expect(keys()).toEqual(["order-4711", "order-4711", "order-4711"]);
    expect(new Set(worker.seen.map(({ method, url, body }) => JSON.stringify({ method, url, body }))).size).toBe(1);
  },
);

test("a message that is still on its way is waited for", async () => {
  const busy = error(
    409,
    { code: "idempotency_key_in_use" },
    { "retry-after": "1", "x-intercom-edge-message": "0b8a5e0e" },
  );
  worker.answers = [broken, busy, busy, sent()];
  await expect(writes.send({ idempotencyKey: "order-4711" })).resolves.toEqual({ ...message, messageId: "0b8a5e0e" });
  expect(worker.seen).toHaveLength(4);
});

test("what the outbox has written down is its last word, and names the message", async () => {
  for (const [status, code] of [
    [502, "message_unknown"],
    [504, "message_unknown"],
    [429, "rate_limit_exceeded"],
    [503, "service_unavailable"],
  ]) {
    answering(error(status, { code }, { "x-intercom-edge-message": "0b8a5e0e" }));
    await expect(writes.notify({ idempotencyKey: "order-4711" })).rejects.toMatchObject({
      status,
      code,
      messageId: "0b8a5e0e",
    });
    expect(worker.seen).toHaveLength(1);
  }
});

test("a key that was used for something else is an error, and nothing is repeated", async () => {
  worker.answers = [error(422, { code: "idempotency_key_reused" })];
  await expect(writes.send({ idempotencyKey: "order-4711" })).rejects.toMatchObject({
    status: 422,
    code: "idempotency_key_reused",
  });
  expect(worker.seen).toHaveLength(1);
});

test.each(Object.entries(writes))("%s takes no key that is none", async (_, write) => {
  for (const idempotencyKey of ["", "a b", "ключ", "a\n", "x".repeat(256), null, 7, {}]) {
    await expect(write({ idempotencyKey }), String(idempotencyKey)).rejects.toThrow(TypeError);
  }
  expect(worker.seen).toEqual([]);
});

test("notify sends what was given and nothing else", async () => {
  worker.answers = [sent()];
  const from = { type: "admin", id: "1" };
  const notifications = [
    {
      to: { user_id: "john_doe" },
      template: "welcome",
      variables: { plan: "прo", n: 1.5, deep: { list: [1, null] } },
      from,
    },
    { to: { email: "ann@example.com" }, subject: "Grüße", body: "<p>日本 👋</p>", style: "personal" },
  ];
  for (const notification of notifications) {
    await expect(intercom.notify(notification)).resolves.toEqual({ ...message, messageId: "0b8a5e0e" });
    expect(worker.seen.at(-1)).toMatchObject({ method: "POST", url: "/api/edge/notify", body: notification });
    expect(worker.seen.at(-1).headers).toMatchObject({
      authorization: "Bearer key-of-a-caller",
      "content-type": "application/json",
    });
  }
});

test("what is wrong with a notification is said by field, before anything is sent", async () => {
  const fine = { to: { email: "ann@example.com" }, subject: "Hi", body: "Hi" };
  for (const [change, field] of [
    [{ to: { emial: "ann@example.com" } }, "to.emial"],
    [{ to: { email: "ann.secret" } }, "to.email"],
    [{ to: { id: "1", email: "ann@example.com" } }, "to"],
    [{ tempalte: "welcome" }, "tempalte"],
    [{ variables: {} }, "variables"],
    [{ subject: undefined }, "subject"],
    [{ subject: "two\nlines" }, "subject"],
    [{ from: { type: "admin", id: "a/b" } }, "from.id"],
  ]) {
    const refused = await intercom.notify({ ...fine, ...change }).catch((error) => error);
    expect(refused, field).toBeInstanceOf(IntercomError);
    expect(refused).toMatchObject({
      status: 422,
      code: "parameter_invalid",
      errors: [{ code: "parameter_invalid", field }],
    });
    expect(refused.message).not.toContain("secret");
  }
  const cyclic = {};
  cyclic.self = cyclic;
  await expect(intercom.notify(cyclic)).rejects.toThrow(TypeError);
  for (const notification of [undefined, null, 7, [], "x"]) {
    await expect(intercom.notify(notification)).rejects.toMatchObject({
      name: "ArgumentError",
      argument: "notification",
    });
  }
  expect(worker.seen).toEqual([]);
});

test("an address of several people tells their ids", async () => {
  const ids = ["5bb2f45a", "5bb2f45b"];
  worker.answers = [error(409, { code: "conflict", field: "to.email", ids })];
  await expect(writes.notify({ idempotencyKey: "order-4711" })).rejects.toMatchObject({
    status: 409,
    code: "conflict",
    errors: [{ ids }],
  });
  expect(worker.seen).toHaveLength(1);
});

test("templates are stored, read, rendered and removed", async () => {
  const template = { type: "edge.template", name: "a b", version: 2 };
  const text = { subject: "News", body: "Hi {{ contact.name }}" };
  worker.answers = [json(200, { type: "list", data: [template], pages: { next: null } })];
  expect(await Array.fromAsync(intercom.templates.list())).toEqual([template]);
  worker.answers = [json(200, template)];
  expect(await intercom.templates.get("a b")).toEqual(template);
  expect(await intercom.templates.get("a b", { version: 2 })).toEqual(template);
  expect(await intercom.templates.put("a b", text)).toEqual(template);
  expect(worker.seen.at(-1).body).toEqual(text);
  expect(await intercom.templates.preview("a b", { to: { user_id: "joe" }, version: 2 })).toEqual(template);
  expect(worker.seen.at(-1).body).toEqual({ to: { user_id: "joe" }, version: 2 });
  expect(await intercom.templates.preview("a b")).toEqual(template);
  worker.answers = [(response) => response.writeHead(204).end()];
  expect(await intercom.templates.delete("a b")).toBeUndefined();
  expect(requests()).toEqual([
    "GET /edge/templates",
    "GET /edge/templates/a%20b",
    "GET /edge/templates/a%20b?version=2",
    "PUT /edge/templates/a%20b",
    "POST /edge/templates/a%20b/preview",
    "POST /edge/templates/a%20b/preview",
    "DELETE /edge/templates/a%20b",
  ]);
});

test("no name or id leads to another path", async () => {
  for (const name of ["", ".", "..", undefined, null, 7]) {
    const calls = [
      intercom.templates.get(name),
      intercom.templates.delete(name),
      intercom.templates.put(name, { subject: "a", body: "b" }),
      intercom.templates.preview(name),
      intercom.messages.get(name),
      intercom.messages.retry(name),
      intercom.messages.batches.get(name),
    ];
    for (const result of await Promise.allSettled(calls)) expect(result.reason).toBeInstanceOf(TypeError);
  }
  expect(worker.seen).toEqual([]);
});

test("messages are listed page by page, and one by one retried", async () => {
  const page = (id, next) =>
    json(200, { type: "list", data: [{ type: "edge.message", id }], total_count: 2, pages: { next } });
  worker.answers = [page("a", { page: 2, starting_after: "W+/=" }), page("b", null)];
  const createdAfter = new Date("2026-01-01T00:00:00.900Z");
  const all = await Array.fromAsync(
    intercom.messages.list({
      state: "unknown",
      createdAfter,
      createdBefore: 1800000000,
      batchId: "b/1",
      caller: "news",
      perPage: 1,
    }),
  );
  expect(all.map(({ id }) => id)).toEqual(["a", "b"]);
  const query = "state=unknown&created_after=1767225600&created_before=1800000000&batch_id=b%2F1&caller=news";
  expect(requests()).toEqual([
    `GET /edge/messages?${query}&per_page=1`,
    `GET /edge/messages?${query}&per_page=1&starting_after=W%2B%2F%3D`,
  ]);

  worker.answers = [json(200, { type: "edge.message", id: "a", state: "unknown" })];
  expect(await intercom.messages.get("a")).toMatchObject({ state: "unknown" });
  worker.answers = [broken];
  await expect(intercom.messages.retry("a")).rejects.toMatchObject({ status: 0, code: "network" });
  expect(requests().slice(2)).toEqual(["GET /edge/messages/a", "POST /edge/messages/a/retry"]);
});

const progress = (sent, state = "sending") => ({ type: "edge.batch", id: "b1", state, total: 4, sent });
const event = (body) => `event: progress\ndata: ${JSON.stringify(body)}\n\n`;
/** A stream of these texts, which then stays open, ends, or breaks. */
const stream =
  (chunks, end = "end") =>
  async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    for (const chunk of chunks) {
      response.write(chunk);
      // A packet of its own.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (end === "end") response.end();
    if (end === "break") response.socket.destroy();
  };
const begun = async () => {
  worker.answers = [json(202, progress(0), { location: "/edge/messages/batch/b1" })];
  const batch = await writes.batch();
  worker.seen = [];
  return batch;
};
const told = async (iterable) => (await Array.fromAsync(iterable)).map(({ sent }) => sent);

test("a batch resolves as soon as it is taken over, and is found again", async () => {
  const batch = await begun();
  expect([batch.id, batch.progress]).toEqual(["b1", progress(0)]);
  worker.answers = [json(200, progress(2))];
  const again = await intercom.messages.batches.get("b1");
  expect([again.id, again.progress.sent]).toEqual(["b1", 2]);
  worker.answers = [json(200, { type: "list", data: [progress(2)], pages: {} })];
  expect(await Array.fromAsync(intercom.messages.batches.list({ perPage: 5 }))).toEqual([progress(2)]);
  expect(requests()).toEqual(["GET /edge/messages/batch/b1", "GET /edge/messages/batch?per_page=5"]);
});

test("a batch is watched through connections that break, to its end", async () => {
  const batch = await begun();
  const cut = event(progress(3));
  worker.answers = [
    broken,
    error(503, {}),
    stream([": hello\n\n", event(progress(1))], "break"),
    // The same again is nothing new, and half an event is none.
    stream([event(progress(1)), event(progress(2)), cut.slice(0, -1)]),
    stream([event(progress(3)).replaceAll("\n", "\r\n"), "event: other\ndata: {}\n\n", event(progress(4, "done"))]),
  ];
  expect(await told(batch)).toEqual([1, 2, 3, 4]);
  expect(batch.progress.state).toBe("done");
  expect(requests()).toEqual(Array(5).fill("GET /edge/messages/batch/b1"));
  expect(worker.seen[0].headers).toMatchObject({
    accept: "text/event-stream",
    authorization: "Bearer key-of-a-caller",
  });
  await vi.waitFor(() => expect(worker.open.size).toBe(0));
});

test("an event that comes byte by byte is one event", async () => {
  const batch = await begun();
  worker.answers = [
    stream(
      [
        ...Buffer.from(
          event({ ...progress(1), note: "Grüße 👋\u2028" }) + event(progress(4, "cancelled")).replaceAll("\n", "\r\n"),
        ),
      ].map((byte) => Buffer.of(byte)),
      "open",
    ),
  ];
  const all = await Array.fromAsync(batch);
  expect(all.map(({ sent, note }) => [sent, note])).toEqual([
    [1, "Grüße 👋\u2028"],
    [4, undefined],
  ]);
});

test("break ends the request, and the batch can be watched anew", async () => {
  const batch = await begun();
  worker.answers = [stream([event(progress(1)), event(progress(2))], "open")];
  for await (const { sent } of batch) if (sent === 2) break;
  await vi.waitFor(() => expect(worker.open.size).toBe(0));
  for await (const { sent } of batch) if (sent === 1) break;
  expect(worker.seen).toHaveLength(2);
});

test("a signal ends the watching with its own reason, before, within and between", async () => {
  const batch = await begun();
  for (const reason of [new Error("enough"), "enough", 7]) {
    for (const answer of [stream([event(progress(1))], "open"), broken]) {
      worker.answers = [answer];
      const controller = new AbortController();
      let aborted;
      setTimeout(() => {
        aborted = performance.now();
        controller.abort(reason);
      }, 150);
      expect(await told(batch.watch({ signal: controller.signal })).catch((thrown) => thrown)).toBe(reason);
      expect(performance.now() - aborted, "at once").toBeLessThan(200);
    }
    expect(await told(batch.watch({ signal: AbortSignal.abort(reason) })).catch((thrown) => thrown)).toBe(reason);
  }
  await vi.waitFor(() => expect(worker.open.size).toBe(0));
});

test("what waiting can't cure ends the watching at once", async () => {
  const batch = await begun();
  for (const [answer, expected] of [
    [error(404, { code: "not_found" }), { status: 404, code: "not_found" }],
    [error(401, { code: "unauthorized" }), { status: 401 }],
    [json(200, progress(1)), { code: "unreadable" }],
    [stream(["event: progress\ndata: {\n\n"]), { code: "unreadable" }],
    [stream(["event: progress\ndata: null\n\n"]), { code: "unreadable" }],
  ]) {
    answering(answer);
    await expect(told(batch)).rejects.toMatchObject(expected);
    expect(worker.seen).toHaveLength(1);
  }
});

/** Lets the package's pauses pass a hundred times as fast. */
const hurry = () => {
  const { setTimeout } = globalThis;
  vi.stubGlobal("setTimeout", (run, milliseconds, ...more) => setTimeout(run, milliseconds / 100, ...more));
};

test("a Worker that stays away is an error in the end, and so is one that tells nothing", async () => {
  const batch = await begun();
  hurry();
  for (const answer of [broken, error(503, {}), stream([]), stream([": ping\n\n"], "break")]) {
    answering(answer);
    await expect(told(batch)).rejects.toBeInstanceOf(IntercomError);
    expect(worker.seen).toHaveLength(6);
  }
});

test("a stream that lived for a while is no failure, though it told nothing new", async () => {
  const batch = await begun();
  hurry();
  let minutes = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => ++minutes * 61_000);
  worker.answers = [...Array(9).fill(stream([event(progress(1))], "break")), stream([event(progress(4, "done"))])];
  expect(await told(batch)).toEqual([1, 4]);
  clock.mockRestore();
});

test("a stream that falls silent for a minute is asked for anew", async () => {
  const batch = await begun();
  worker.answers = [stream([event(progress(1))], "open"), stream([event(progress(4, "done"))])];
  hurry();
  const started = performance.now();
  expect(await told(batch)).toEqual([1, 4]);
  expect(performance.now() - started).toBeGreaterThan(600);
});

test("what auth throws is thrown at once and as it is, in calls and in streams", async () => {
  const reason = new Error("signed out");
  let signedIn = true;
  const auth = () => {
    if (!signedIn) throw reason;
    return "key";
  };
  const mine = new Intercom({ baseUrl: worker.url, auth });
  worker.answers = [json(202, progress(0))];
  const batch = await mine.messages.batch({ template: "news", to: [{ id: "1" }] });
  signedIn = false;
  const started = performance.now();
  await expect(told(batch)).rejects.toBe(reason);
  await expect(batch.result("csv")).rejects.toBe(reason);
  await expect(mine.messages.get("a")).rejects.toBe(reason);
  expect(performance.now() - started).toBeLessThan(400);
});

test("a batch is paused, resumed and cancelled, each asked once", async () => {
  const batch = await begun();
  for (const [verb, state] of [
    ["pause", "paused"],
    ["resume", "sending"],
    ["cancel", "cancelled"],
  ]) {
    worker.answers = [json(200, progress(1, state))];
    expect(await batch[verb]()).toMatchObject({ state });
    expect(batch.progress.state).toBe(state);
  }
  worker.answers = [broken];
  await expect(batch.pause()).rejects.toMatchObject({ code: "network" });
  expect(requests()).toEqual(
    ["pause", "resume", "cancel", "pause"].map((verb) => `POST /edge/messages/batch/b1/${verb}`),
  );
});

test("a result comes as fetch gives it", async () => {
  const batch = await begun();
  const csv = "recipient,state\nann@example.com,sent\n";
  worker.answers = [(response) => response.writeHead(200, { "content-type": "text/csv" }).end(csv)];
  const result = await batch.result("csv");
  expect([result.headers.get("content-type"), await result.text()]).toEqual(["text/csv", csv]);
  expect(requests()).toEqual(["GET /edge/messages/batch/b1/result.csv"]);
  worker.answers = [error(403, { code: "forbidden" })];
  await expect(batch.result("ndjson")).rejects.toMatchObject({ status: 403, code: "forbidden" });

  // An abort ends the body, too.
  const controller = new AbortController();
  worker.answers = [(response) => response.writeHead(200).write("{}\n")];
  const { body } = await batch.result("ndjson", { signal: controller.signal });
  const reader = body.getReader();
  await reader.read();
  const reason = new Error("enough");
  controller.abort(reason);
  await expect(reader.read()).rejects.toBe(reason);
  await vi.waitFor(() => expect(worker.open.size).toBe(0));
});

test("an abort of a send throws the signal's own reason, while it waits and between two tries", async () => {
  for (const [idempotencyKey, answer] of [
    [undefined, () => {}],
    ["order-4711", () => {}],
    ["order-4711", broken],
  ]) {
    const controller = new AbortController();
    worker.answers = [answer];
    setTimeout(() => controller.abort("enough"), 100);
    await expect(writes.notify({ idempotencyKey, signal: controller.signal }).catch((thrown) => thrown)).resolves.toBe(
      "enough",
    );
  }
  const before = worker.seen.length;
  await new Promise((resolve) => setTimeout(resolve, 800));
  expect(worker.seen, "nothing is sent after an abort").toHaveLength(before);
});

test("a list, a count and an export of messages have the same filters", async () => {
  const filter = {
    state: "unknown",
    contactId: "c1",
    template: "news",
    batchId: "b1",
    caller: "mailer",
    createdAfter: "2026-11-28",
    createdBefore: new Date("2026-11-29T00:00:00.500Z"),
  };
  const counts = { type: "edge.message_counts", queued: 0, sending: 0, sent: 0, failed: 0, unknown: 1, total: 1 };
  const message = { type: "edge.message", id: "m1", state: "unknown" };
  answering(
    json(200, { type: "list", data: [message], pages: { type: "pages", next: null } }),
    json(200, counts),
    text(200, `${JSON.stringify(message)}\n`, { "content-type": "application/x-ndjson" }),
  );
  expect(await intercom.messages.list(filter).toArray({ limit: 5 })).toEqual([message]);
  expect(await intercom.messages.counts(filter)).toEqual(counts);
  const exported = [];
  for await (const one of intercom.messages.export(filter)) exported.push(one);
  expect(exported).toEqual([message]);
  const query =
    "state=unknown&created_after=1795824000&created_before=1795910400&batch_id=b1&caller=mailer" +
    "&contact_id=c1&template=news";
  expect(requests()).toEqual(["", "/counts", "/export"].map((path) => `GET /edge/messages${path}?${query}`));
});

test("an export of messages that breaks off is an error, and an invalid filter throws before any request", async () => {
  answering((response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" }).write('{"id":"m1"}\n{"id":');
    setTimeout(() => response.socket.destroy(), 50);
  });
  const ids = [];
  const read = async () => {
    for await (const { id } of intercom.messages.export()) ids.push(id);
  };
  await expect(read()).rejects.toBeInstanceOf(IntercomError);
  expect(ids).toEqual(["m1"]);
  expect(() => intercom.messages.export({ createdAfter: {} })).toThrow(/createdAfter/);
  expect(() => intercom.messages.export({ signal: 5 })).toThrow();
  await expect(intercom.messages.counts({ contactId: {} })).rejects.toThrow(/contactId/);
});

test("an unknown message is confirmed, and a failed one sent as a copy with a key", async () => {
  answering(json(200, { type: "edge.message", id: "m1", state: "sent", confirmed_by: "support" }), broken, sent());
  expect(await intercom.messages.confirm("m1")).toMatchObject({ state: "sent", confirmed_by: "support" });
  await expect(intercom.messages.resend("m1", { idempotencyKey: "again-m1" })).resolves.toMatchObject({
    messageId: "0b8a5e0e",
  });
  expect(requests()).toEqual([
    "POST /edge/messages/m1/confirm",
    "POST /edge/messages/m1/resend",
    "POST /edge/messages/m1/resend",
  ]);
  expect(keys()).toEqual([undefined, "again-m1", "again-m1"]);
});
