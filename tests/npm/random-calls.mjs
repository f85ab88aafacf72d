// Random calls of every method of the package, with odd values, against answers that mislead: a process
// of its own, `node --expose-gc tests/npm/random-calls.mjs CALLS SEED`, which prints what came of them.

import { argv } from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { ArgumentError, Intercom, IntercomError, WebAssemblyError } from "intercom-edge";
import { instances } from "./instances.mjs";

const [calls, seed] = argv.slice(2).map(Number);

/** Numbers from 0 to 1, the same for a seed (mulberry32). */
let state = seed;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
const pick = (list) => list[Math.floor(random() * list.length)];

// A retry's pause is none here, and a call that is never answered has its time soon over.
const { setTimeout } = globalThis;
globalThis.setTimeout = (run, milliseconds, ...rest) =>
  setTimeout(run, milliseconds > 1000 ? Math.min(milliseconds / 1000, 50) : 0, ...rest);

const cyclic = {};
cyclic.self = cyclic;
let deep = {};
for (let level = 0; level < 5000; level++) deep = { deep };
const ODD = [
  undefined,
  null,
  true,
  false,
  0,
  -1,
  1.5,
  NaN,
  Infinity,
  2 ** 53,
  7n,
  "",
  ".",
  "..",
  "a/b",
  "a b",
  "日本",
  "\ud800",
  "\0",
  "x".repeat(3000),
  "5bb2f45a",
  "-1",
  "?page=2",
  Symbol("x"),
  () => {},
  () => {
    throw 7;
  },
  {},
  [],
  [[]],
  new Date(),
  new Date(NaN),
  new Map([["a", 1]]),
  new Set([1]),
  new Uint8Array(4),
  cyclic,
  deep,
  {
    get a() {
      throw new RangeError("no");
    },
  },
  new Proxy(
    {},
    {
      get: () => {
        throw 7;
      },
      ownKeys: () => {
        throw 8;
      },
    },
  ),
  Object.create(null),
  { toJSON: () => "x" },
  {
    toString: () => {
      throw 9;
    },
  },
  // biome-ignore lint/suspicious/noThenProperty: a value that is awaited by mistake
  { then: (resolve) => resolve(1) },
  new Error("odd"),
  Promise.resolve("later"),
  new URL("http://x.example"),
  new Headers({ a: "1" }),
  AbortSignal.abort("gone"),
  globalThis,
];
const SENSIBLE = {
  text: ["1", "5bb2f45a1e099bf2d553a2d5", "john_doe", "welcome"],
  body: [
    { name: "Ann" },
    { email: "ann@example.com", role: "lead" },
    { to: { id: "1" }, template: "a" },
    { subject: "a", body: "b" },
    { template: "a", to: [{ id: "1" }] },
    { role: "user" },
    { message_type: "inapp", body: "x", from: { type: "admin", id: "1" }, to: { type: "user", id: "1" } },
    { from: "1", into: "2" },
    { by: "1", to: "2" },
    { companyId: "a" },
    { name: "a" },
    { or: [{ name: "a" }, { and: [{ role: "user" }] }] },
    { query: { field: "a", operator: "=", value: 1 } },
    { event_name: "a", created_at: 1, id: "1" },
    { name: "a", model: "contact", data_type: "string" },
  ],
};

function value(depth = 0) {
  const kind = random();
  if (kind < 0.12) return pick(ODD);
  if (kind < 0.5) return pick(SENSIBLE.text);
  if (kind < 0.8 || depth > 2) return pick(SENSIBLE.body);
  return Object.fromEntries(
    Array.from({ length: Math.floor(random() * 4) }, () => [
      pick(["name", "role", "to", "id", "limit", "sort", "version", "a"]),
      value(depth + 1),
    ]),
  );
}

function options() {
  if (random() < 0.3) return random() < 0.9 ? undefined : pick(ODD);
  const given = {};
  const maybe = (name, sensible) => {
    if (random() < 0.15) given[name] = random() < 0.15 ? pick(ODD) : pick(sensible);
  };
  maybe("signal", [new AbortController().signal, AbortSignal.timeout(3), AbortSignal.abort()]);
  maybe("timeout", [1, 5, 5000]);
  maybe("retries", [0, 1, 5]);
  maybe("headers", [{ "x-a": "1" }, [["b", "2"]], { "intercom-version": "2.11" }]);
  maybe("idempotencyKey", ["a", "order-4711"]);
  maybe("perPage", [1, 50, 150]);
  maybe("startingAfter", ["W+/=", "?page=2&per_page=50", "?", "?a=b&type=lead", "%"]);
  maybe("query", [{ a: 1 }, { a: "b&c" }]);
  maybe("body", SENSIBLE.body);
  maybe("limit", [0, 1, 10]);
  maybe("fields", [["email"], []]);
  maybe("since", [1, new Date(), "token"]);
  maybe("onProgress", [() => {}, () => Promise.reject(pick(ODD))]);
  return given;
}

const json = (body, init) => new Response(JSON.stringify(body), init);
const HEADERS = [
  {},
  { "retry-after": "0" },
  { "retry-after": "-1" },
  { "retry-after": "1e99" },
  { "retry-after": "99999999999999999999" },
  { "retry-after": "Fri, 27 Nov 2026 12:00:00 GMT" },
  { "retry-after": "Fri, 99 Foo 0000 99:99:99 GMT" },
  { "x-ratelimit-limit": "10", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" },
  {
    "x-ratelimit-limit": "4294967295",
    "x-ratelimit-remaining": "4294967296",
    "x-ratelimit-reset": "18446744073709551615",
  },
  { "x-intercom-edge-message": "m" },
  { "x-intercom-edge": "edge" },
  { "content-type": "text/event-stream" },
  { "content-type": "application/x-ndjson" },
  { "content-type": "application/x-ndjson" },
  { link: "</contacts/".repeat(50) },
];
const BODIES = [
  "",
  "{",
  "null",
  "7",
  '"x"',
  "[]",
  "{}",
  '{"data":null}',
  '{"data":[]}',
  '{"data":[1,null,"x",{"id":1}]}',
  '{"data":{"length":1e9}}',
  '{"__proto__":{"data":[1]}}',
  '{"type":"list","data":[{}],"total_count":"many","pages":{"next":{"starting_after":"a"}}}',
  '{"data":[],"pages":{"next":{"starting_after":""}}}',
  '{"data":[{"id":"1"}],"pages":{"page":1,"total_pages":1e300,"per_page":-1}}',
  '{"data":[],"pages":{"page":-9223372036854775808,"total_pages":9223372036854775807}}',
  '{"companies":[],"pages":{"next":"https://x.example/?"}}',
  '{"events":[{}],"pages":{"next":"?before=1"}}',
  '{"errors":[null,7,{"code":{"a":1},"ids":[{}]}]}',
  '{"errors":{"a":[]}}',
  '{"type":"edge.batch","id":"1","state":"done"}',
  '{"type":"edge.batch","id":7}',
  "\ud800",
  "event: progress\ndata: {\n\n",
  'event: progress\ndata: {"state":"done"}\n\n',
  '{"type":"edge.export","state":"running","rows":0,"resume":"r"}\n{"id":"1"}\n',
  '{"type":"edge.export","state":"running","rows":0}\n{"id":"1"}\n{"type":"edge.export","state":"done","rows":1}\n',
  '{"type":"edge.export","state":"failed","rows":0,"errors":[null,7,{"code":{}}]}\n',
  "x".repeat(20_000),
];
const misleading = [
  async () => new Response(pick(BODIES), { status: pick([200, 200, 200, 201, 202]), headers: pick(HEADERS) }),
  async () =>
    new Response(pick(BODIES), {
      status: pick([400, 401, 403, 404, 409, 410, 418, 422, 429, 500, 502, 503, 504]),
      headers: pick(HEADERS),
    }),
  async () => new Response(null, { status: pick([204, 205, 304]) }),
  async () => Response.error(),
  async () => json({ data: [{ id: String(random()) }], pages: { next: { starting_after: String(random()) } } }),
  async () => pick(ODD),
  async () => {
    throw pick(ODD);
  },
  () => {
    throw pick(ODD);
  },
  async () => new Response(new ReadableStream({ start: (stream) => stream.error(pick(ODD)) })),
  async () =>
    new Response(
      new ReadableStream({
        pull: (stream) => {
          stream.enqueue(new Uint8Array([123]));
          stream.close();
        },
      }),
    ),
  // Nothing comes, until the call is aborted: as fetch itself, and as a body of its.
  ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  async ({ signal }) =>
    new Response(
      new ReadableStream({ start: (stream) => signal.addEventListener("abort", () => stream.error(signal.reason)) }),
    ),
];
globalThis.fetch = (request) =>
  random() < 0.02
    ? misleading.at(-1 - Math.floor(random() * 2))(request)
    : misleading[Math.floor(random() * (misleading.length - 2))](request);

const auths = [
  "key",
  "key",
  "key",
  "key",
  () => "key",
  () => "key",
  async () => "key",
  () => pick(ODD),
  async () => {
    throw pick(ODD);
  },
];
const hooks = [
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  () => {},
  async () => {},
  () => {
    throw pick(ODD);
  },
  ({ headers }) => headers.set("x-a", "1"),
];
const made = Array.from(
  { length: 8 },
  () =>
    new Intercom({
      baseUrl: "http://worker.example/api",
      auth: pick(auths),
      onRequest: pick(hooks),
      onResponse: pick(hooks),
    }),
);
made.push(new Intercom({ baseUrl: "http://worker.example", auth: "key" }));

/** All methods, by their paths. */
function methodsOf(target, path = "") {
  const prototype = Object.getPrototypeOf(target);
  const names = new Set([
    ...Object.keys(target),
    ...(prototype === Object.prototype ? [] : Object.getOwnPropertyNames(prototype)),
  ]);
  return [...names].flatMap((name) => {
    // A directory runs on and makes requests of its own.
    if (name === "constructor" || name === "directory") return [];
    const member = target[name];
    if (typeof member === "function") return [[`${path}${name}`, member.bind(target)]];
    return typeof member === "object" && member !== null && Object.getPrototypeOf(member) !== null
      ? methodsOf(member, `${path}${name}.`)
      : [];
  });
}
const methods = made.flatMap((intercom) => methodsOf(intercom));

const unhandled = [];
process.on("unhandledRejection", (reason) =>
  unhandled.push(`${typeof reason} ${reason instanceof Error ? reason.stack : ""}`),
);
process.on("uncaughtException", (error) => unhandled.push(`uncaught ${error?.stack}`));

const outcomes = {};
const counted = (name) => (outcomes[name] = (outcomes[name] ?? 0) + 1);
const kindOf = (error) => {
  for (const Class of [IntercomError, ArgumentError]) if (error instanceof Class) return error.name;
  return "what the page's own code threw, or an abort's reason";
};

/** What is on its way, to be told if it hangs. */
const onTheWay = new Map();

async function one() {
  const [name, method] = pick(methods);
  const call = {};
  onTheWay.set(call, name);
  await outcomeOf(name, method, (step) => onTheWay.set(call, `${name} ${step}`));
  onTheWay.delete(call);
}

async function outcomeOf(name, method, note) {
  // As many as the method takes, most of the time, and options last.
  const count = random() < 0.8 ? Math.max(method.length - 1, 0) : Math.floor(random() * 4);
  const args = Array.from({ length: count }, () => value());
  args.push(options());
  try {
    let result = method(...args);
    const list = result !== null && typeof result === "object" && typeof result.toArray === "function";
    if (list) result = random() < 0.5 ? result.toArray({ limit: pick([0, 1, 5, 40]) }) : result.page();
    const given = await result;
    note(`gave ${Object.prototype.toString.call(given)}`);
    // A batch is watched, too, and its result read.
    if (typeof given?.watch === "function") {
      for await (const progress of given.watch({ signal: AbortSignal.timeout(2) }))
        if (progress || random() < 0.5) break;
    } else if (typeof given?.csv === "function") {
      // And an export is read, as rows or as a file.
      if (random() < 0.3) await (await given.csv(options())).body?.cancel();
      else for await (const row of given) if (row || random() < 0.5) break;
    } else if (given instanceof Response) {
      await given.body?.cancel();
    }
    counted("answered");
  } catch (error) {
    counted(kindOf(error));
    if (error instanceof WebAssemblyError) counted(`${name}: ${error.cause?.stack}`);
  }
}

async function round(count) {
  for (let done = 0; done < count; done += 100) {
    const together = Array.from({ length: Math.min(100, count - done) }, one);
    const hung = wait(15_000, "hung");
    if ((await Promise.race([Promise.all(together), hung])) === "hung") {
      counted("hung");
      console.error("hung:", [...onTheWay.values()]);
    }
  }
  await wait(20);
  gc();
  gc();
  return { heap: process.memoryUsage().heapUsed, wasm: instances.map(({ memory }) => memory.buffer.byteLength) };
}

const before = await round(Math.ceil(calls / 4));
const after = await round(Math.floor((calls * 3) / 4));
console.log(
  JSON.stringify({ methods: methods.length / made.length, outcomes, before, after, unhandled: unhandled.slice(0, 5) }),
);
process.exit(0);
