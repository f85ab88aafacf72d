// What each call can be given, and the session's hooks and keys.

import { Intercom } from "intercom-edge";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { broken, error, json, silent, standIn } from "../stand-in.mjs";

let worker;
let intercom;
const answering = (...answers) => Object.assign(worker, { seen: [], answers });
const using = (options) => new Intercom({ baseUrl: worker.url, auth: "key-of-a-caller", ...options });
const admin = json(200, { type: "admin", id: "1" });
beforeAll(async () => {
  worker = await standIn();
  intercom = using();
});
afterAll(() => worker.close());
beforeEach(() => answering(admin));
afterEach(() => vi.unstubAllGlobals());

/** Lets the package's pauses pass a hundred times as fast, and tells them. */
function hurried() {
  const pauses = [];
  const { setTimeout } = globalThis;
  vi.stubGlobal("setTimeout", (run, milliseconds, ...rest) => {
    pauses.push(milliseconds);
    return setTimeout(run, milliseconds / 100, ...rest);
  });
  return pauses;
}

test("a read is sent again after 429, 502, 503, 504 and no answer, twice unless told otherwise", async () => {
  hurried();
  for (const answer of [error(429, {}), error(502, {}), error(503, {}), error(504, {}), broken]) {
    answering(answer);
    await expect(intercom.me({ timeout: 3_000_000 })).rejects.toThrow();
    expect(worker.seen).toHaveLength(3);
    for (const retries of [0, 1, 4]) {
      answering(answer);
      await expect(intercom.me({ retries, timeout: 3_000_000 })).rejects.toThrow();
      expect(worker.seen).toHaveLength(retries + 1);
    }
  }
  for (const status of [400, 401, 403, 404, 409, 410, 422, 500]) {
    answering(error(status, {}));
    await expect(intercom.me()).rejects.toThrow();
    expect(worker.seen, String(status)).toHaveLength(1);
  }
});

test("a search is a read; what writes is sent once", async () => {
  hurried();
  const calls = {
    search: () => intercom.contacts.search({ role: "user" }).toArray({ limit: 1 }),
    conversations: () => intercom.conversations.search({ state: "open" }).toArray({ limit: 1 }),
    preview: () => intercom.templates.preview("welcome"),
    create: () => intercom.contacts.create({ role: "lead" }, { retries: 5 }),
    update: () => intercom.contacts.update("7", { name: "Ann" }, { retries: 5 }),
    delete: () => intercom.contacts.delete("7", { retries: 5 }),
    reply: () => intercom.conversations.close("7", { by: "1" }, { retries: 5 }),
    tag: () => intercom.contacts.tags.remove("7", "8", { retries: 5 }),
    request: () => intercom.request("POST", "/contacts/7/archive", { retries: 5 }),
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const answer of [broken, error(503, {}), error(429, {})]) {
      answering(answer);
      await expect(call(), name).rejects.toThrow();
      expect(worker.seen, name).toHaveLength(["search", "conversations", "preview"].includes(name) ? 3 : 1);
    }
  }
});

test("after a 429 it waits for the window, and not for one that never comes", async () => {
  const pauses = hurried();
  const limited = (seconds) =>
    error(
      429,
      {},
      {
        "x-ratelimit-limit": "10",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + seconds),
      },
    );
  answering(limited(6), admin);
  await intercom.me();
  expect(Math.max(...pauses.filter((pause) => pause < 30_000))).toBeGreaterThan(4_000);
  answering(limited(3600), admin);
  await expect(intercom.me()).rejects.toMatchObject({ name: "RateLimitError" });
  expect(worker.seen).toHaveLength(1);
});

test("Retry-After is waited for, whatever the clock says, and not when it is far", async () => {
  for (const status of [429, 503]) {
    const pauses = hurried();
    answering(
      error(
        status,
        {},
        {
          "retry-after": "7",
          "x-ratelimit-limit": "10",
          "x-ratelimit-remaining": "0",
          "x-ratelimit-reset": "99999999999",
        },
      ),
      admin,
    );
    await intercom.me();
    expect(Math.max(...pauses.filter((pause) => pause < 30_000))).toBeGreaterThanOrEqual(7_000);
    answering(error(status, {}, { "retry-after": "3600" }), admin);
    await expect(intercom.me()).rejects.toMatchObject({ status });
    expect(worker.seen).toHaveLength(1);
    vi.unstubAllGlobals();
  }
  answering(error(409, {}, { "retry-after": "1" }));
  await expect(intercom.messages.send({ body: "Hi" }, { idempotencyKey: "k", retries: 0 })).rejects.toMatchObject({
    status: 409,
  });
  expect(worker.seen).toHaveLength(1);
});

test("an idempotency key is for messages and replies alone", async () => {
  await expect(intercom.request("POST", "/contacts", { body: {}, idempotencyKey: "k" })).rejects.toMatchObject({
    argument: "idempotencyKey",
  });
  for (const idempotencyKey of ["", "ключ", "a b", "x".repeat(256), null, 7]) {
    await expect(intercom.messages.send({ body: "Hi" }, { idempotencyKey })).rejects.toMatchObject({
      name: "ArgumentError",
      argument: "idempotencyKey",
    });
  }
  expect(worker.seen).toEqual([]);
  answering(broken, json(200, { type: "admin_message", id: "1" }));
  await intercom.request("POST", "/messages", { body: { body: "Hi" }, idempotencyKey: "order-4711" });
  expect(worker.seen.map(({ headers }) => headers["idempotency-key"])).toEqual(["order-4711", "order-4711"]);
  answering(broken, json(200, { type: "conversation", id: "5" }));
  await intercom.conversations.reply(
    "5",
    { type: "admin", admin_id: "1", message_type: "comment", body: "Hi" },
    { idempotencyKey: "reply-1" },
  );
  expect(worker.seen.map(({ method, url, headers }) => [method, url, headers["idempotency-key"]])).toEqual(
    Array(2).fill(["POST", "/conversations/5/reply", "reply-1"]),
  );
});

test("the timeout covers the body and all tries", async () => {
  answering((response) => void response.writeHead(200, { "content-type": "application/json" }).write('{"type":'));
  await expect(intercom.me({ timeout: 300 })).rejects.toMatchObject({ name: "TimeoutError" });
  answering(broken);
  await expect(intercom.me({ timeout: 700, retries: 100 })).rejects.toThrow();
  expect(worker.seen.length).toBeLessThan(4);
  for (const timeout of [0, -1, NaN, "5", null]) {
    await expect(intercom.me({ timeout })).rejects.toMatchObject({ name: "ArgumentError", argument: "timeout" });
  }
  for (const signal of ["x", {}, null, 7]) {
    await expect(intercom.me({ signal })).rejects.toMatchObject({ name: "ArgumentError", argument: "signal" });
  }
  for (const retries of [-1, 1.5, "2", Infinity]) {
    await expect(intercom.me({ retries })).rejects.toMatchObject({ name: "ArgumentError", argument: "retries" });
  }
});

test("a limit that outlasts the time is told as the limit, of a call that reads", async () => {
  const limited = error(
    429,
    { code: "rate_limit_exceeded" },
    { "retry-after": "0", "x-ratelimit-limit": "10", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000000" },
  );
  answering(limited, silent);
  await expect(intercom.me({ timeout: 1500 })).rejects.toMatchObject({
    name: "RateLimitError",
    status: 429,
    rateLimit: { limit: 10 },
  });
  expect(worker.seen).toHaveLength(2);
  answering(limited, broken, silent);
  await expect(intercom.me({ timeout: 3000 })).rejects.toMatchObject({ name: "TimeoutError" });
  answering(limited, silent);
  await expect(
    intercom.notify({ to: { id: "1" }, template: "a" }, { timeout: 1500, idempotencyKey: "a" }),
  ).rejects.toMatchObject({ name: "TimeoutError", status: 0 });
  expect(worker.seen).toHaveLength(2);
});

test("a signal ends a call wherever it is: while it is sent, read, and between two tries", async () => {
  const half = (response) => void response.writeHead(200).write("{");
  for (const answer of [silent, half, broken]) {
    for (const reason of ["enough", new Error("enough"), 7, { a: 1 }]) {
      answering(answer);
      const controller = new AbortController();
      const call = intercom.me({ signal: controller.signal }).catch((thrown) => thrown);
      await vi.waitFor(() => expect(worker.seen).toHaveLength(1));
      controller.abort(reason);
      expect(await call).toBe(reason);
    }
  }
  await vi.waitFor(() => expect(worker.open.size).toBe(0));
  const hanging = using({ auth: () => new Promise(() => {}) });
  await expect(hanging.me({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: "TimeoutError" });
});

test("headers go along; the key, the type and the idempotency key are the package's", async () => {
  await intercom.me({ headers: { "x-trace": "1", "Intercom-Version": "2.11", authorization: "Bearer stolen" } });
  expect(worker.seen[0].headers).toMatchObject({
    "x-trace": "1",
    "intercom-version": "2.11",
    accept: "application/json",
    authorization: "Bearer key-of-a-caller",
  });
  await expect(intercom.me({ headers: { "x-trace": "Grüße €" } })).rejects.toMatchObject({
    name: "ArgumentError",
    argument: "headers",
  });
  await expect(intercom.me({ headers: { "a b": "1" } })).rejects.toMatchObject({ argument: "headers" });
});

test("without auth no Authorization is sent, and a 401 says what to do, once", async () => {
  const keyless = using({ auth: undefined });
  const asked = [];
  const hooked = using({ auth: undefined, onRequest: ({ headers }) => void asked.push(headers.has("authorization")) });
  const batch = json(200, { id: "7", state: "sending" });
  const stream = (response) =>
    response.writeHead(200, { "content-type": "text/event-stream" }).end('event: progress\ndata: {"state":"done"}\n\n');
  answering(admin, admin, admin, batch, stream);
  await keyless.me();
  await hooked.me();
  await new Intercom({ baseUrl: worker.url }).me();
  for await (const { state } of await keyless.messages.batches.get("7")) expect(state).toBe("done");
  expect(worker.seen).toHaveLength(5);
  for (const { headers } of worker.seen) expect(headers).not.toHaveProperty("authorization");
  expect(asked).toEqual([false]);

  for (const [answer, message] of [
    [error(401, { code: "unauthorized" }), "401 unauthorized (GET /me). Sign in again, or set `auth`"],
    [error(401, { message: "No key" }, { "x-intercom-edge": "edge" }), "No key. Sign in again, or set `auth`"],
    [
      (response) => response.writeHead(302, { location: "/sign-in" }).end(),
      "A redirect, probably to a sign-in page (GET /me). Sign in again, or set `auth`",
    ],
  ]) {
    for (const call of [() => keyless.me(), () => hooked.me()]) {
      answering(answer);
      await expect(call()).rejects.toMatchObject({ name: "UnauthorizedError", status: 401, message });
      expect(worker.seen).toHaveLength(1);
    }
  }
  // A key that a call adds itself is sent.
  answering(admin);
  await keyless.me({ headers: { authorization: "Bearer mine" } });
  expect(worker.seen[0].headers.authorization).toBe("Bearer mine");
});

test("watching a batch ends when the sign-in does", async () => {
  answering(json(200, { id: "7", state: "sending" }), (response) =>
    response.writeHead(302, { location: "/sign-in" }).end(),
  );
  const batch = await using({ auth: undefined }).messages.batches.get("7");
  await expect(batch.watch().next()).rejects.toMatchObject({ name: "UnauthorizedError", code: "redirect" });
  expect(worker.seen).toHaveLength(2);
});

test("hooks see each request and each answer, and never the key", async () => {
  hurried();
  const seen = [];
  const hooked = using({
    onRequest: ({ operation, method, url, headers, attempt }) => {
      seen.push([operation, method, new URL(url).pathname, attempt, headers.get("authorization")]);
      headers.set("x-attempt", String(attempt));
    },
    onResponse: async ({ status, headers, attempt }) => void seen.push([status, headers.get("content-type"), attempt]),
  });
  answering(error(503, {}), json(200, { type: "contact", id: "ann/1" }));
  await hooked.contacts.get("ann/1");
  const request = (attempt) => ["GET /contacts/{contact_id}", "GET", "/contacts/ann%2F1", attempt, null];
  expect(seen).toEqual([request(1), [503, "application/json", 1], request(2), [200, "application/json", 2]]);
  expect(worker.seen.map(({ headers }) => headers["x-attempt"])).toEqual(["1", "2"]);

  // Whoever keeps what a hook was given has no key in it, then or later, and can change nothing any more.
  const kept = [];
  answering(error(503, {}), admin);
  const keeping = using({
    onRequest: (event) => {
      kept.push(event.headers);
      event.headers.set("authorization", "Bearer mine");
      event.headers.delete("accept");
    },
  });
  await keeping.me();
  expect(kept).toHaveLength(2);
  for (const headers of kept) expect(headers.get("authorization")).toBe("Bearer mine");
  for (const { headers } of worker.seen) {
    expect(headers.authorization).toBe("Bearer key-of-a-caller");
    expect(headers.accept).not.toBe("application/json");
  }

  const reason = new Error("not now");
  for (const hook of ["onRequest", "onResponse"]) {
    answering(admin);
    await expect(
      using({
        [hook]: () => {
          throw reason;
        },
      }).me(),
    ).rejects.toBe(reason);
    expect(() => using({ [hook]: 7 })).toThrow(`${hook}: expected a function`);
  }
});

test("a key that is refused is asked for anew, once, and reads and writes go on with it", async () => {
  const keys = () => worker.seen.map(({ headers }) => headers.authorization);
  const guarded = (response) => {
    const { authorization } = worker.seen.at(-1).headers;
    return (authorization === "Bearer new" ? admin : error(401, { code: "unauthorized" }))(response);
  };
  let key = "old";
  const auth = () => {
    const given = key;
    key = "new";
    return given;
  };
  for (const call of [(using) => using.me(), (using) => using.messages.send({ body: "Hi" })]) {
    key = "old";
    answering(guarded);
    await call(using({ auth }));
    expect(keys()).toEqual(["Bearer old", "Bearer new"]);
  }
  let asked = 0;
  const refused = [];
  answering(error(401, {}));
  const another = (key) => {
    refused.push(key);
    return `other-${++asked}`;
  };
  await expect(using({ auth: another }).me()).rejects.toMatchObject({
    name: "UnauthorizedError",
  });
  expect(keys()).toEqual(["Bearer other-1", "Bearer other-2"]);
  expect(refused).toEqual([undefined, "other-1"]);
  // Once a call, however often it is sent.
  hurried();
  answering(error(401, {}), error(503, {}), error(401, {}));
  await expect(using({ auth: () => `more-${++asked}` }).me({ timeout: 3_000_000 })).rejects.toMatchObject({
    status: 401,
  });
  expect(worker.seen).toHaveLength(3);
  answering(error(401, {}));
  await expect(using({ auth: () => "same" }).me()).rejects.toMatchObject({ status: 401 });
  expect(worker.seen).toHaveLength(1);
});
