// What JavaScript may hand over all the same: each is told by name, the next call works, nothing leaks.

import { execFile } from "node:child_process";
import { getEventListeners } from "node:events";
import { promisify } from "node:util";
import { Intercom } from "intercom-edge";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { json, silent, standIn } from "../stand-in.mjs";

let worker;
let intercom;
beforeAll(async () => {
  worker = await standIn();
  intercom = new Intercom({ baseUrl: worker.url, auth: "key-of-a-caller" });
});
afterAll(() => worker.close());
afterEach(() => vi.unstubAllGlobals());
beforeEach(() => Object.assign(worker, { seen: [], answers: [json(200, { type: "admin", id: "1" })] }));

test("an address is absolute, or a path of the page's own", () => {
  for (const baseUrl of [
    undefined,
    null,
    7,
    {},
    "",
    "https://x.example/?a=1",
    "https://x.example/#a",
    "https://me:pw@x.example",
    "/\\evil.example",
    "localhost",
    "localhost:8787",
    "edge.example.com",
    "www.example.com/api",
    "ftp://x",
    "//x",
    "/api",
    "javascript:alert(1)",
    "http://",
    "http:///",
    Symbol("x"),
  ]) {
    expect(() => new Intercom({ baseUrl, auth: "k" }), String(baseUrl)).toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        argument: "baseUrl",
        expected: expect.stringContaining("http://"),
      }),
    );
  }
  for (const options of [undefined, null, 7, {}]) {
    expect(() => new Intercom(options)).toThrow(
      expect.objectContaining({ name: "ArgumentError", argument: "baseUrl" }),
    );
  }
});

test("in a page, a path of its own is one, and another's address is none", () => {
  vi.stubGlobal("location", new URL("https://dashboard.example/people/"));
  expect(new Intercom({ baseUrl: "/intercom/", auth: "k" }).baseUrl).toBe("https://dashboard.example/intercom");
  for (const baseUrl of ["//evil.example", "/\\evil.example", "\\\\evil.example", "people", "?a", "/a?b=1"]) {
    expect(() => new Intercom({ baseUrl, auth: "k" }), baseUrl).toThrow("baseUrl");
  }
});

test("what a call is about is asked for", async () => {
  for (const [argument, call] of [
    ["companyId", () => intercom.companies.find({ companyId: undefined })],
    ["companyId", () => intercom.companies.find({})],
    ["companyId", () => intercom.companies.find()],
    ["name", () => intercom.companies.find({ name: "" })],
    ["from", () => intercom.contacts.merge()],
    ["into", () => intercom.contacts.merge({ from: "1" })],
    ["by", () => intercom.conversations.close("1")],
    ["by", () => intercom.conversations.open("1", {})],
    ["assignment", () => intercom.conversations.assign("1")],
    ["to", () => intercom.conversations.assign("1", { by: "1" })],
  ])
    await expect(call(), `${call}`).rejects.toMatchObject({ name: "ArgumentError", argument });
  expect(() => intercom.events.list(undefined)).toThrow("contactId");
  expect(worker.seen).toEqual([]);
});

test("an id is a text that leads nowhere else", async () => {
  const calls = [
    (id) => intercom.contacts.get(id),
    (id) => intercom.contacts.findByExternalId(id),
    (id) => intercom.contacts.update(id, {}),
    (id) => intercom.contacts.delete(id),
    (id) => intercom.contacts.tags.remove("1", id),
    (id) => intercom.contacts.notes.list(id).toArray({ limit: 1 }),
    (id) => intercom.companies.get(id),
    (id) => intercom.conversations.close(id, { by: "1" }),
    (id) => intercom.tags.delete(id),
    (id) => intercom.dataAttributes.update(id, {}),
    (id) => intercom.messages.get(id),
    (id) => intercom.templates.get(id),
  ];
  for (const id of [
    undefined,
    null,
    7,
    7n,
    {},
    [],
    new Date(),
    "",
    ".",
    "..",
    "x".repeat(3000),
    "\ud83d",
    "a\ude00",
    "\ud83d\ud83d\ude00",
    Symbol("x"),
    () => {},
  ]) {
    for (const call of calls) {
      await expect(call(id), `${call} ${String(id)}`).rejects.toMatchObject({
        name: "ArgumentError",
        expected: expect.stringContaining("a text"),
      });
    }
  }
  expect(worker.seen).toEqual([]);
  for (const [id, path] of [
    ["../admins", "..%2Fadmins"],
    ["a?b#c", "a%3Fb%23c"],
    ["%2e%2e", "%252e%252e"],
    ["日本", "%E6%97%A5%E6%9C%AC"],
    ["😀", "%F0%9F%98%80"],
    ["a\0b", "a%00b"],
  ]) {
    await intercom.contacts.get(id);
    expect(worker.seen.at(-1).url).toBe(`/contacts/${path}`);
  }
});

test("a second id is a text, too, wherever it goes", async () => {
  const long = "x".repeat(5000);
  for (const id of [undefined, null, 101, {}, "", long, "x\ud83d"]) {
    for (const call of [
      () => intercom.contacts.tags.add("1", id),
      () => intercom.contacts.companies.add("1", id),
      () => intercom.contacts.tags.remove("1", id),
      () => intercom.contacts.merge({ from: id, into: "2" }),
      () => intercom.contacts.merge({ from: "1", into: id }),
      () => intercom.companies.find({ companyId: id }),
      async () => intercom.events.list(id).page(),
    ])
      await expect(call(), `${call} ${typeof id}`).rejects.toMatchObject({
        name: "ArgumentError",
        expected: expect.stringContaining("a text"),
      });
  }
  expect(worker.seen).toEqual([]);
});

test("a query's values are what a query can say", async () => {
  for (const value of [{}, [], NaN, Infinity, new Date(), () => {}, Symbol("x"), 7n, "\ud83d"]) {
    await expect(intercom.request("GET", "/x", { query: { a: value } })).rejects.toMatchObject({
      name: "ArgumentError",
      argument: "query.a",
    });
  }
  for (const query of [0, NaN, "", false])
    await expect(intercom.request("GET", "/x", { query })).rejects.toMatchObject({ argument: "query" });
  expect(worker.seen).toEqual([]);
  await intercom.request("GET", "/x", { query: { a: 1, b: true, c: null, d: undefined, e: "ü&=" } });
  expect(worker.seen[0].url).toBe("/x?a=1&b=true&e=%C3%BC%26%3D");
});

test("half a surrogate pair names nobody, wherever it stands", async () => {
  const half = "\ud83d";
  for (const [argument, call] of [
    ["contact_id", () => intercom.contacts.get(half)],
    ["external_id", () => intercom.contacts.findByExternalId(half)],
    ["companyId", () => intercom.companies.find({ companyId: half })],
    ["name", () => intercom.companies.find({ name: half })],
    ["from", () => intercom.contacts.merge({ from: half, into: "1" })],
    ["by", () => intercom.conversations.open("1", { by: half })],
    ["to", () => intercom.conversations.assign("1", { by: "1", to: half })],
    ["body", () => intercom.conversations.close("1", { by: "1", body: half })],
    ["contactId", async () => intercom.events.list(half).page()],
    ["tagId", async () => intercom.companies.list({ tagId: half }).page()],
    ["caller", async () => intercom.messages.list({ caller: half }).page()],
    ["model", async () => intercom.dataAttributes.list({ model: half }).page()],
    ["startingAfter", async () => intercom.users.list({ startingAfter: half }).page()],
    ["path", () => intercom.request("GET", `/contacts/${half}`)],
    ["idempotencyKey", () => intercom.messages.send({}, { idempotencyKey: half })],
  ])
    await expect(call(), `${call}`).rejects.toMatchObject({ name: "ArgumentError", argument });
  expect(worker.seen).toEqual([]);
});

test("what is neither true nor false isn't taken for either", () => {
  for (const value of ["false", "true", 0, 1, {}, NaN]) {
    expect(() => intercom.dataAttributes.list({ includeArchived: value })).toThrow(
      expect.objectContaining({ argument: "includeArchived" }),
    );
    expect(() => intercom.segments.list({ includeCount: value })).toThrow(
      expect.objectContaining({ argument: "includeCount" }),
    );
  }
  expect(worker.seen).toEqual([]);
});

test("a body is an object that JSON can say", async () => {
  const cyclic = {};
  cyclic.self = cyclic;
  const throwing = {
    get name() {
      throw new RangeError("no");
    },
  };
  for (const body of [
    undefined,
    null,
    7,
    "x",
    [],
    7n,
    () => {},
    Symbol("x"),
    new Date(),
    cyclic,
    throwing,
    { a: 7n },
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw 7;
        },
      },
    ),
  ]) {
    for (const call of [
      () => intercom.messages.send(body),
      () => intercom.contacts.create(body),
      () => intercom.users.create(body),
      () => intercom.leads.create(body),
      () => intercom.contacts.update("1", body),
      () => intercom.notify(body),
      () => intercom.messages.batch(body),
      () => intercom.templates.put("a", body),
      () => intercom.events.create(body),
    ]) {
      await expect(call(), `${call} ${typeof body}`).rejects.toMatchObject({
        name: "ArgumentError",
        argument: expect.stringMatching(/^(body|contact|notification|batch|template)$/),
      });
    }
  }
  expect(worker.seen).toEqual([]);
  await intercom.contacts.create({ signed_up_at: new Date(0), name: "\ud800" });
  expect(worker.seen[0].body).toEqual({ signed_up_at: "1970-01-01T00:00:00.000Z", name: "\ud800" });
});

test("what stands for JSON itself is what is sent", async () => {
  class Model {
    secret = 1;
    toJSON() {
      return { external_id: "a" };
    }
  }
  await intercom.users.create(new Model());
  await intercom.contacts.create(new Model());
  expect(worker.seen.map(({ body }) => body)).toEqual([{ external_id: "a", role: "user" }, { external_id: "a" }]);
});

test("users and leads are made of no other role", async () => {
  for (const [people, role] of [
    [intercom.users, "lead"],
    [intercom.leads, "user"],
    [intercom.users, 7],
  ]) {
    await expect(people.create({ role })).rejects.toMatchObject({ name: "ArgumentError", argument: "role" });
  }
  expect(worker.seen).toEqual([]);
  await intercom.leads.create({ email: "a@example.com" });
  await intercom.contacts.create({ role: "lead" });
  expect(worker.seen.map(({ body }) => body)).toEqual([{ email: "a@example.com", role: "lead" }, { role: "lead" }]);
});

test("what can't be sent isn't tried", async () => {
  await expect(intercom.request("GET", "/admins", { body: {} })).rejects.toMatchObject({
    name: "ArgumentError",
    argument: "body",
  });
  for (const query of [
    new URLSearchParams({ email: "a@b.c" }),
    new Map([["email", "a@b.c"]]),
    ["email"],
    "email=a@b.c",
  ]) {
    await expect(intercom.request("GET", "/contacts", { query })).rejects.toMatchObject({
      name: "ArgumentError",
      argument: "query",
    });
  }
  for (const moment of [Date.now(), "yesterday", new Date(NaN), {}, true]) {
    expect(() => intercom.messages.list({ createdAfter: moment })).toThrow(
      expect.objectContaining({ name: "ArgumentError", argument: "createdAfter" }),
    );
  }
  expect(worker.seen).toEqual([]);
});

test("a list that has nothing for page after page ends", async () => {
  let cursor = 0;
  worker.answers = [
    (response) =>
      json(200, { type: "list", data: [], pages: { next: { starting_after: String(cursor++) } } })(response),
  ];
  await expect(intercom.contacts.list().toArray({ limit: 5 })).rejects.toMatchObject({
    name: "UpstreamError",
    code: "repeats",
  });
  expect(worker.seen.length).toBeLessThan(50);
});

test("a cursor changes nobody's list into another's", async () => {
  worker.answers = [json(200, { type: "event.list", events: [] })];
  await intercom.events.list("1", { startingAfter: "?type=user&intercom_user_id=2&before=7" }).page();
  expect(Object.fromEntries(new URL(worker.seen[0].url, worker.url).searchParams)).toEqual({
    type: "user",
    intercom_user_id: "1",
    before: "7",
  });
});

test("a signal has one listener of many calls, and none afterwards", async () => {
  const { signal } = new AbortController();
  const calls = Array.from({ length: 30 }, () => intercom.me({ signal }));
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  await Promise.all(calls);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
  const controller = new AbortController();
  worker.answers = [silent];
  const given = Array.from({ length: 3 }, () => intercom.me({ signal: controller.signal }).catch((reason) => reason));
  controller.abort("gone");
  expect(await Promise.all(given)).toEqual(["gone", "gone", "gone"]);
});

test("a result is a file of one of two kinds", async () => {
  worker.answers = [json(200, { type: "edge.batch", id: "1", state: "done" })];
  const batch = await intercom.messages.batches.get("1");
  await expect(batch.result("csv/../../../contacts?a=")).rejects.toMatchObject({
    name: "ArgumentError",
    argument: "format",
  });
});

test("lists say at once what is wrong with their options", async () => {
  for (const perPage of [0, 151, 1.5, "many", NaN, null]) {
    expect(() => intercom.contacts.list({ perPage })).toThrow(expect.objectContaining({ argument: "perPage" }));
  }
  for (const startingAfter of [null, 7, {}]) {
    expect(() => intercom.contacts.list({ startingAfter })).toThrow(
      expect.objectContaining({ argument: "startingAfter" }),
    );
  }
  for (const options of [undefined, {}, { limit: -1 }, { limit: "5" }, { limit: 2.5 }, { limit: NaN }]) {
    await expect(intercom.contacts.list().toArray(options)).rejects.toMatchObject({
      name: "ArgumentError",
      argument: "limit",
    });
  }
  expect(worker.seen).toEqual([]);
});

test("options are an object or nothing", async () => {
  const list = (options) => [
    () => intercom.companies.list(options),
    () => intercom.conversations.search({ open: true }, options),
    () => intercom.users.search({ email: "a" }, options),
    () => intercom.segments.list(options),
    () => intercom.dataAttributes.list(options),
    () => intercom.messages.list(options),
    () => intercom.tags.list(options),
  ];
  const call = (options) => [
    () => intercom.me(options),
    () => intercom.templates.get("a", options),
    () => intercom.templates.preview("a", options),
    () => intercom.request("GET", "/x", options),
    () => intercom.contacts.create({}, options),
  ];
  for (const options of [7, "x", true, [], () => {}, Symbol("x")]) {
    const wrong = { name: "ArgumentError", argument: "options", expected: "an object" };
    for (const make of list(options)) expect(make, `${make}`).toThrow(expect.objectContaining(wrong));
    for (const make of call(options)) await expect(make(), `${make}`).rejects.toMatchObject(wrong);
  }
  expect(worker.seen).toEqual([]);
  worker.answers = [json(200, { type: "list", data: [{ id: "1" }] })];
  for (const options of [null, undefined]) {
    for (const make of list(options)) expect(await make().toArray({ limit: 1 })).toEqual([{ id: "1" }]);
    for (const make of call(options)) expect(await make()).toMatchObject({ type: "list" });
  }
});

test("an answer without what it is for is told", async () => {
  worker.answers = [(response) => response.writeHead(204).end()];
  for (const call of [
    () => intercom.me(),
    () => intercom.messages.batches.get("1"),
    () => intercom.contacts.get("1"),
  ]) {
    await expect(call(), `${call}`).rejects.toMatchObject({ name: "UpstreamError", status: 204, code: "unreadable" });
  }
  expect(await intercom.templates.delete("a")).toBeUndefined();
});

test("a request's method and path", async () => {
  for (const method of [undefined, "PATCH", "get", "GET /", 7, Symbol("GET"), { toString: () => "GET" }]) {
    await expect(intercom.request(method, "/x")).rejects.toMatchObject({ argument: "method" });
  }
  for (const path of [
    undefined,
    7,
    Symbol("/x"),
    { toString: () => "/x" },
    "",
    "x",
    "https://evil.example/x",
    "https://api.intercom.io.evil.example/x",
    "//evil.example",
    "/a b",
    "/a#b",
    "/a\nb",
    "/a/..\u0001",
    "/a\0",
    "/a\u007f",
    "/../x",
    "/a/%2e%2E/b",
  ]) {
    await expect(intercom.request("GET", path), String(path)).rejects.toMatchObject({
      name: "ArgumentError",
      argument: "path",
    });
  }
  expect(worker.seen).toEqual([]);
  for (const [path, url] of [
    ["/teams", "/teams"],
    ["https://api.eu.intercom.io/contacts?page=2", "/contacts?page=2"],
    ["/contacts/1/notes?per_page=1", "/contacts/1/notes?per_page=1&x=1"],
  ]) {
    await intercom.request("GET", path, url.endsWith("x=1") ? { query: { x: 1, y: undefined } } : {});
    expect(worker.seen.at(-1).url).toBe(url);
  }
});

test("streams that were read are forgotten, whatever signal they were asked with", async () => {
  const script = `
    import { Intercom } from "intercom-edge";
    globalThis.fetch = async ({ url }) => {
      if (url.includes("result")) return new Response("a,b\\n");
      return Response.json({ type: "edge.batch", id: "1", state: "done" });
    };
    const batch = await new Intercom({ baseUrl: "http://worker.example", auth: "key" }).messages.batches.get("1");
    const { signal } = new AbortController();
    const heaps = [];
    for (let round = 0; round < 4; round++) {
      for (let count = 0; count < 3000; count++) await (await batch.result("csv", { signal })).text();
      for (let pass = 0; pass < 5; pass++) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)); }
      heaps.push(process.memoryUsage().heapUsed);
    }
    console.log(JSON.stringify(heaps));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", "--input-type=module", "-e", script], {
    cwd: new URL("../..", import.meta.url),
  });
  const heaps = JSON.parse(stdout);
  // A listener that stays is 200 bytes a call, and 7 kB with what it holds.
  expect(heaps.at(-1) - heaps[0]).toBeLessThan(1_000_000);
});

test("ten thousand failing calls leave the memory as it was", async () => {
  // A process of its own: its heap is nobody else's, and can be collected.
  const script = `
    import { Intercom } from "intercom-edge";
    import { setTimeout } from "node:timers/promises";
    const answers = [
      () => new Response("{", { status: 200 }),
      () => new Response('{"errors":[]}', { status: 404 }),
      () => { throw new TypeError("lost") },
    ];
    let count = 0;
    globalThis.fetch = async () => answers[count++ % 3]();
    const intercom = new Intercom({ baseUrl: "http://worker.example", auth: "key" });
    const { signal } = new AbortController();
    const cyclic = {}; cyclic.self = cyclic;
    const calls = [
      () => intercom.contacts.get("x".repeat(2000), { signal, retries: 0 }),
      () => intercom.contacts.get(7),
      () => intercom.messages.send(cyclic),
      () => intercom.notify({ to: {} }, { signal }),
      () => intercom.contacts.search({ email: "x".repeat(1000) }).toArray({ limit: 1 }),
      () => intercom.me({ signal: AbortSignal.abort() }),
      () => intercom.messages.send({ body: "x" }, { idempotencyKey: "" }),
      () => intercom.request("GET", "/x", { signal, retries: 0 }),
    ];
    const wasms = [];
    WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
      construct: (Instance, args) => { const made = new Instance(...args); wasms.push(made.exports); return made; },
    });
    let failed = 0;
    const round = async (times) => {
      for (let index = 0; index < times; index++) await calls[index % calls.length]().catch(() => failed++);
      await setTimeout(10);
      gc(); gc();
      return { heap: process.memoryUsage().heapUsed, wasm: wasms.map(({ memory }) => memory.buffer.byteLength) };
    };
    // A retry's pause is none here: only what is kept is of interest.
    const timeout = globalThis.setTimeout;
    globalThis.setTimeout = (run, ms, ...rest) => timeout(run, ms > 30000 ? ms : 0, ...rest);
    const before = await round(2000);
    const after = await round(10000);
    console.log(JSON.stringify({ before, after, failed }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", "--input-type=module", "-e", script], {
    cwd: new URL("../..", import.meta.url),
  });
  const { before, after, failed } = JSON.parse(stdout);
  expect(failed).toBe(12_000);
  expect(before.wasm).toHaveLength(2);
  expect(after.wasm).toEqual(before.wasm);
  // Less than a hundred bytes a call: what is flat still breathes.
  expect(after.heap - before.heap).toBeLessThan(1_000_000);
});
