// Nothing that a page or another library does stops the package's WebAssembly, and if it stops all the
// same, the next call starts it again. Each test counts the instances: one that had to be replaced is a
// guard that is missing.

import { runInNewContext } from "node:vm";
import { Intercom, WebAssemblyError } from "intercom-edge";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { instances } from "./instances.mjs";

const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

const admin = { type: "admin", id: "1" };
const answers = (answer) => vi.stubGlobal("fetch", answer);
const working = () => answers(async () => Response.json(admin));
const intercom = new Intercom({ baseUrl: "http://worker.example", auth: "key" });
/** What a promise rejects with, in an array: what is thrown may be odd in itself. */
const outcome = (promise) =>
  promise.then(
    () => [],
    (error) => [error],
  );
const thrown = async (promise) => (await outcome(promise))[0];

beforeAll(async () => {
  working();
  await intercom.me();
});
beforeEach(() => {
  working();
  instances.length = 0;
});
afterEach(async () => {
  working();
  expect(await intercom.me()).toEqual(admin);
  vi.unstubAllGlobals();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(unhandled.splice(0)).toEqual([]);
});

const REASONS = [
  "lost",
  "",
  undefined,
  null,
  7,
  7n,
  Symbol("x"),
  { a: 1 },
  [],
  () => {},
  new TypeError("fetch failed"),
  runInNewContext("new Error('of another realm')"),
  runInNewContext("new TypeError('of another realm')"),
  Object.create(null),
  new Proxy(
    {},
    {
      get: () => {
        throw 7;
      },
    },
  ),
];

test("fetch may reject with anything: that is the cause of a NetworkError", async () => {
  for (const reason of REASONS) {
    answers(() => Promise.reject(reason));
    const error = await thrown(intercom.me({ retries: 0 }));
    expect(error).toMatchObject({ name: "NetworkError", status: 0, code: "network" });
    expect(error.cause === reason).toBe(true);
  }
  expect(instances).toHaveLength(0);
});

test("fetch may throw at once", async () => {
  for (const reason of REASONS) {
    answers(() => {
      throw reason;
    });
    const error = await thrown(intercom.me({ retries: 0 }));
    expect(error).toMatchObject({ name: "NetworkError" });
    expect(error.cause === reason).toBe(true);
  }
  expect(instances).toHaveLength(0);
});

test("fetch may give what is no Response", async () => {
  const odd = [
    undefined,
    null,
    7,
    "x",
    {},
    [],
    { status: 200 },
    { status: "200", text: async () => "{}" },
    { status: 999, text: async () => "{}" },
    {
      status: 200,
      text: () => {
        throw 7;
      },
    },
    {
      status: 200,
      text: async () => {
        throw "no";
      },
    },
    { status: 200, text: async () => "{}", headers: 7 },
    {
      get status() {
        throw "no";
      },
    },
    new Proxy(
      {},
      {
        get: () => {
          throw "no";
        },
      },
    ),
    new Map(),
    new Error("no"),
  ];
  for (const given of odd) {
    answers(async () => given);
    expect(await thrown(intercom.me({ retries: 0 })), String(odd.indexOf(given))).toMatchObject({
      name: "NetworkError",
    });
  }
  expect(instances).toHaveLength(0);
});

test("a Response of another realm or library is one", async () => {
  const headers = new Map([
    ["content-type", "application/json"],
    ["x-intercom-edge-message", "m-1"],
  ]);
  answers(async () => ({ ok: true, status: 200, statusText: "OK", headers, text: async () => JSON.stringify(admin) }));
  expect(await intercom.me()).toEqual({ ...admin, messageId: "m-1" });
  answers(async () => ({
    status: 404,
    headers,
    text: async () => '{"type":"error.list","errors":[{"code":"not_found"}]}',
  }));
  expect(await thrown(intercom.contacts.get("7"))).toMatchObject({
    name: "NotFoundError",
    status: 404,
    code: "not_found",
  });
  answers(async () => ({ status: 204, headers: [], text: async () => "" }));
  expect(await intercom.tags.delete("7")).toBeUndefined();
  expect(instances).toHaveLength(0);
});

test("header fields that HTTP can't carry are told by name", async () => {
  for (const headers of [{ "x-name": "Grüße €" }, { ключ: "1" }, { "a b": "1" }, { a: "1\n2" }, [["a"]], 7, "x"]) {
    expect(await thrown(intercom.me({ headers }))).toMatchObject({ name: "ArgumentError", argument: "headers" });
  }
  for (const auth of [() => "ключ", () => "a\nb", async () => 7, () => undefined, () => ({})]) {
    expect(await thrown(new Intercom({ baseUrl: "http://worker.example", auth }).me())).toMatchObject({
      name: "ArgumentError",
      argument: "auth",
    });
  }
  const wrong = new Intercom({
    baseUrl: "http://worker.example",
    auth: "key",
    onRequest: ({ headers }) => headers.set("x-name", "€"),
  });
  expect(await thrown(wrong.me())).toBeInstanceOf(TypeError);
  expect(instances).toHaveLength(0);
});

test("an abort's reason may be anything, wherever it comes", async () => {
  const forever = () => new Promise(() => {});
  const hanging = {
    "fetch that hears nothing": [intercom, forever],
    "a body that never ends": [
      intercom,
      async () => new Response(new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array([123])) })),
    ],
    "a key that never comes": [new Intercom({ baseUrl: "http://worker.example", auth: forever }), forever],
    "a hook that never ends": [
      new Intercom({ baseUrl: "http://worker.example", auth: "key", onRequest: forever }),
      forever,
    ],
    "a pause between two attempts": [intercom, async () => Response.json({}, { status: 503 })],
  };
  for (const [where, [using, answer]] of Object.entries(hanging)) {
    for (const reason of REASONS.filter((reason) => reason !== undefined)) {
      answers(answer);
      const controller = new AbortController();
      const call = outcome(using.me({ signal: controller.signal }));
      await new Promise((resolve) => setTimeout(resolve, 2));
      controller.abort(reason);
      expect((await call)[0] === reason, where).toBe(true);
      expect((await outcome(using.me({ signal: AbortSignal.abort(reason) })))[0] === reason).toBe(true);
    }
  }
  expect(instances).toHaveLength(0);
});

test("the time ends what never does", async () => {
  for (const answer of [() => new Promise(() => {}), async () => new Response(new ReadableStream({}))]) {
    answers(answer);
    expect(await thrown(intercom.me({ timeout: 50 }))).toMatchObject({ name: "TimeoutError", status: 0 });
  }
  expect(instances).toHaveLength(0);
});

test("what hooks and auth throw is what is thrown, whatever it is", async () => {
  for (const reason of REASONS) {
    for (const hook of ["auth", "onRequest", "onResponse"]) {
      for (const fail of [
        () => {
          throw reason;
        },
        () => Promise.reject(reason),
      ]) {
        const hooked = new Intercom({ baseUrl: "http://worker.example", auth: "key", [hook]: fail });
        expect((await outcome(hooked.me()))[0] === reason, hook).toBe(true);
      }
    }
  }
  expect(instances).toHaveLength(0);
});

const deep = (levels) => {
  let body = {};
  for (let level = 0; level < levels; level++) body = { body };
  return body;
};

test("bodies may be cyclic, deep, or of getters that throw", async () => {
  const cyclic = {};
  cyclic.self = cyclic;
  const list = [];
  list.push(list);
  const throwing = {
    get name() {
      throw new RangeError("no");
    },
  };
  const writes = [
    (body) => intercom.contacts.create(body),
    (body) => intercom.contacts.update("1", body),
    (body) => intercom.messages.send(body),
    (body) => intercom.notify(body),
    (body) => intercom.templates.put("a", body),
    (body) => intercom.messages.batch(body),
    (body) => intercom.request("POST", "/x", { body }),
  ];
  for (const write of writes) {
    for (const body of [
      cyclic,
      { list },
      throwing,
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw 7;
          },
        },
      ),
    ]) {
      expect(await thrown(write(body)), `${write}`).toMatchObject({ name: "ArgumentError" });
    }
    // Deeper than the engine's own stack allows is an argument's error; the rest is sent as it is.
    for (const levels of [3000, 5000, 100_000]) {
      expect(["sent", "ValidationError", "ArgumentError"], `${write}`).toContain(
        (await thrown(write(deep(levels))))?.name ?? "sent",
      );
    }
  }
  expect(await intercom.contacts.create(deep(3000))).toEqual(admin);
  // The checks' own instance, which had not been needed before.
  expect(instances.length).toBeLessThan(2);
});

test("five hundred getters that throw, one after the other, stop nothing", async () => {
  const throwing = new Proxy(
    {},
    {
      get: () => {
        throw new RangeError("no");
      },
      ownKeys: () => ["a"],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    },
  );
  await thrown(intercom.notify({}));
  instances.length = 0;
  for (let count = 0; count < 500; count++) {
    await thrown(intercom.contacts.create(throwing));
    await thrown(intercom.notify({ to: throwing }));
    await thrown(intercom.me(throwing));
    await thrown(intercom.request("GET", "/x", { query: throwing }));
    expect(() => intercom.users.search(throwing)).toThrow("no");
  }
  expect(instances).toHaveLength(0);
});

test("numbers that JSON can't say are not sent as null", async () => {
  let sent = 0;
  answers(async () => {
    sent++;
    return Response.json(admin);
  });
  for (const number of [NaN, Infinity, -Infinity]) {
    for (const body of [{ monthly_spend: number }, { custom_attributes: { seats: number } }, { list: [1, number] }]) {
      for (const write of [
        (body) => intercom.contacts.create(body),
        (body) => intercom.companies.save(body),
        (body) => intercom.request("POST", "/x", { body }),
      ]) {
        expect(await thrown(write(body))).toMatchObject({
          name: "ArgumentError",
          expected: expect.stringContaining("no NaN"),
        });
      }
    }
  }
  expect(sent).toBe(0);
});

test("Retry-After may be a date", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"], now: new Date("2026-11-27T12:00:00Z") });
  try {
    const later = "Fri, 27 Nov 2026 12:00:07 GMT";
    let count = 0;
    answers(async () =>
      count++ === 0 ? Response.json({}, { status: 503, headers: { "retry-after": later } }) : Response.json(admin),
    );
    const call = intercom.me();
    await vi.advanceTimersByTimeAsync(6900);
    expect(count).toBe(1);
    await vi.advanceTimersByTimeAsync(1600);
    expect(await call).toEqual(admin);
    expect(count).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

/** Overwrites what an instance remembers: whatever it does next is a trap. */
const damage = ({ memory }) => new Uint8Array(memory.buffer).fill(0xff, 1024);

/** An instance of the test's own, so that it can be damaged. */
async function fresh() {
  if (instances.length === 0) {
    // The one that is there was made before the list of instances was emptied.
    damage(first);
    await thrown(intercom.me());
    await intercom.me();
  }
  return instances.at(-1);
}
let first;
beforeAll(() => {
  [first] = instances.length > 0 ? instances : [first];
});

test("after a trap the next call works, in an instance of its own", async () => {
  let damaged = await fresh();
  for (let time = 0; time < 3; time++) {
    damage(damaged);
    const error = await thrown(intercom.me());
    expect(error).toBeInstanceOf(WebAssemblyError);
    expect(error).toMatchObject({ code: "webassembly", status: 0, cause: expect.any(WebAssembly.RuntimeError) });
    expect(await intercom.me()).toEqual(admin);
    expect(instances.at(-1)).not.toBe(damaged);
    damaged = instances.at(-1);
    first = damaged;
  }
});

test("a trap ends the calls that are on their way, and none hangs", async () => {
  const damaged = await fresh();
  let answer;
  answers(() => new Promise((resolve) => (answer = resolve)));
  const calls = [intercom.me(), intercom.contacts.get("7"), intercom.contacts.list().page()].map(thrown);
  await vi.waitFor(() => expect(answer).toBeTypeOf("function"));
  damage(damaged);
  // The future goes on in a microtask, where nobody would catch what it throws.
  answer(Response.json(admin));
  for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(WebAssemblyError);
  working();
  expect(await intercom.me()).toEqual(admin);
  first = instances.at(-1);
});

test("a list goes on after a trap, from the page where it stood", async () => {
  const damaged = await fresh();
  const asked = [];
  answers(async ({ url }) => {
    const after = new URL(url).searchParams.get("starting_after");
    asked.push(after);
    const page = Number(after ?? 0);
    return Response.json({
      type: "list",
      data: [{ id: String(page) }],
      pages: page < 3 ? { next: { starting_after: String(page + 1) } } : {},
    });
  });
  const people = intercom.contacts.list()[Symbol.asyncIterator]();
  expect((await people.next()).value.id).toBe("0");
  damage(damaged);
  expect(await thrown(intercom.me())).toBeInstanceOf(WebAssemblyError);
  const rest = [];
  for await (const { id } of people) rest.push(id);
  expect(rest).toEqual(["1", "2", "3"]);
  expect(asked).toEqual([null, "1", "2", "3"]);
  first = instances.at(-1);
});
