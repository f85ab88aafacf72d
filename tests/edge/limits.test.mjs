// Limits, Intercom's and the Worker's own: a read waits for the window and is asked again, once; a
// write never is; and no caller takes what the others need.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configWithLimit, gate, serve, standIn } from "../gate.mjs";
import { firstError } from "../worker.mjs";

const V2 = { "intercom-version": "2.14" };
const V1 = { "intercom-version": "1.4" };
const KEPT = 1 << 20;

const it = gate("limits", { vars: { CACHE_SECONDS: "tags=60" } });

const errors = {
  type: "error.list",
  request_id: "of-intercom",
  errors: [{ code: "rate_limit_exceeded", message: "Exceeded rate limit of 1667 in 10_seconds" }],
};
/** Intercom's 429: no Retry-After, and the second at which its window turns. */
const refusal = (reset) => ({
  status: 429,
  headers: {
    "x-ratelimit-limit": "1667",
    "x-ratelimit-remaining": "0",
    "x-request-id": "of-intercom",
    ...(reset && { "x-ratelimit-reset": String(reset) }),
  },
  body: errors,
});
const nextSecond = () => Math.floor(Date.now() / 1000) + 1;
/** The first `times` requests are too many. */
const refuse = (times, reset = nextSecond()) =>
  it.reply((_, count) => (count <= times ? refusal(reset) : { body: { done: true } }));

const search = (body, headers = {}, more = {}) =>
  it.ask("/contacts/search", {
    method: "POST",
    body,
    ...more,
    headers: { ...V2, "content-type": "application/json", ...headers },
  });
/** A body of so many bytes, no two stretches of which are the same. */
const bytes = (length) =>
  Buffer.from(
    JSON.stringify({ query: Array.from({ length: Math.ceil(length / 6) }, (_, at) => at) })
      .slice(0, length)
      .padEnd(length),
  );

function refused(answer) {
  expect(answer.status).toBe(429);
  expect(answer.headers.get("x-intercom-edge")).toBe("upstream");
  expect(answer.body).toEqual(errors);
  expect(answer.headers.get("x-request-id")).toBe("of-intercom");
  expect(answer.headers.get("x-ratelimit-remaining")).toBe("0");
  expect(answer.headers.get("retry-after")).toMatch(/^([1-9]|10)$/);
}

describe("Intercom's limit, on a read", () => {
  test.each(["/contacts", "/contacts/5", "/admins?per_page=5", "/tags"])(
    "GET %s waits for the window, and then succeeds",
    async (path) => {
      const reset = nextSecond();
      refuse(1, reset);
      const answer = await it.ask(path, { headers: V2 });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ done: true });
      const [first, second, ...more] = it.arrived();
      expect(more).toEqual([]);
      expect([second.method, second.url, second.headers]).toEqual([first.method, first.url, first.headers]);
      // The clocks are one, but each rounds.
      expect(second.at).toBeGreaterThan(reset * 1000 - 50);
    },
  );

  test("the workspace's one scroll is not asked twice, because each request moves it on", async () => {
    refuse(1);
    refused(await it.ask("/companies/scroll", { headers: V2 }));
    expect(it.arrived()).toHaveLength(1);
  });

  test.each([0, 2, 100_000, KEPT])("a search with %i bytes is sent again byte for byte", async (length) => {
    refuse(1);
    const body = bytes(length);
    const answer = await search(body);
    expect(answer.status).toBe(200);
    expect(it.arrived()).toHaveLength(2);
    for (const arrived of it.arrived()) {
      expect(arrived.body.equals(body)).toBe(true);
      expect(arrived.headers["content-length"]).toBe(String(length));
      expect(arrived.headers["content-type"]).toBe("application/json");
    }
  });

  test("a search with bytes that are no text is sent again byte for byte", async () => {
    refuse(1);
    const body = Buffer.from(Array.from({ length: 1024 }, (_, at) => at % 256));
    await search(body);
    for (const arrived of it.arrived()) expect(arrived.body.equals(body)).toBe(true);
    expect(it.arrived()).toHaveLength(2);
  });

  test.each(["/contacts", "/tags?more"])(
    "a second refusal of GET %s is passed on, and says when to come back",
    async (path) => {
      refuse(9);
      refused(await it.ask(path, { headers: V2 }));
      expect(it.arrived()).toHaveLength(2);
    },
  );

  test("a search over 1 MiB is passed on as it streams, whole, and isn't asked again", async () => {
    const body = bytes(KEPT + 1);
    refuse(1);
    refused(await search(body));
    const [arrived, ...more] = it.arrived();
    expect(arrived.body.equals(body)).toBe(true);
    expect(more).toEqual([]);
  });

  /** A body that doesn't say its length, in pieces. */
  const chunked = (body) =>
    search(
      new ReadableStream({
        start(controller) {
          for (let at = 0; at < body.length; at += 60_000) controller.enqueue(body.subarray(at, at + 60_000));
          controller.close();
        },
      }),
      {},
      { duplex: "half" },
    );

  test.each([0, 5_000, KEPT])(
    "a search with %i bytes that doesn't say its length is sent again byte for byte",
    async (length) => {
      refuse(1);
      const body = bytes(length);
      expect((await chunked(body)).status).toBe(200);
      expect(it.arrived()).toHaveLength(2);
      for (const arrived of it.arrived()) expect(arrived.body.equals(body)).toBe(true);
    },
  );

  test.each([KEPT + 1, 5 << 20])("one with %i bytes arrives whole, and isn't asked again", async (length) => {
    refuse(1);
    const body = bytes(length);
    refused(await chunked(body));
    const [arrived, ...more] = it.arrived();
    expect(arrived.body.equals(body)).toBe(true);
    expect(more).toEqual([]);
    expect((await chunked(body)).status).toBe(200);
  });

  test("a refusal without the limit's headers is asked again a moment later", async () => {
    it.reply((_, count) => (count === 1 ? refusal() : {}));
    expect((await it.ask("/contacts", { headers: V2 })).status).toBe(200);
    expect(it.arrived()).toHaveLength(2);
    it.arrived().length = 0;
    it.reply(refusal());
    const answer = await it.ask("/contacts", { headers: V2 });
    refused(answer);
    expect(answer.headers.get("retry-after")).toBe("10");
    expect(it.arrived()).toHaveLength(2);
  });

  /** A 429 with a `Retry-After`, or one of a moment to come. */
  const later = (retryAfter, reset) => {
    const { headers, ...rest } = refusal(reset);
    return {
      ...rest,
      headers: {
        ...headers,
        "retry-after": typeof retryAfter === "string" ? retryAfter : new Date(Date.now() + retryAfter).toUTCString(),
      },
    };
  };
  const calls = [
    ["a read", () => it.ask("/contacts", { headers: V2 })],
    ["a search", () => search("{}")],
    ["a read that may be kept", () => it.ask(`/tags?later=${Math.random()}`, { headers: V2 })],
    ["a read of API 1.x", () => it.ask("/users", { headers: V1 })],
  ];

  test.each(calls)(
    "%s that Intercom wants later than can be waited for is passed on at once, as it came",
    async (_, call) => {
      for (const value of [
        "11",
        "20",
        "3600",
        "1000000000000",
        "99999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
      ]) {
        it.arrived().length = 0;
        it.reply(later(value, nextSecond()));
        const answer = await call();
        expect([answer.status, answer.headers.get("retry-after"), it.arrived().length], value).toEqual([429, value, 1]);
      }
    },
  );

  test.each(calls)(
    "%s is asked again no sooner than Intercom says",
    async (_, call) => {
      for (const [value, least] of [
        ["2", 2_000],
        [2_500, 1_500],
      ]) {
        it.arrived().length = 0;
        // The window turns sooner, which is not what was said.
        it.reply((_, count) => (count === 1 ? later(value, nextSecond()) : { body: { type: "list", data: [] } }));
        expect((await call()).status, String(value)).toBe(200);
        const [first, second] = it.arrived();
        expect(second.at - first.at, String(value)).toBeGreaterThanOrEqual(least - 20);
      }
    },
    20_000,
  );

  test.each(["-1", "abc", "1e12", ""])(
    "a Retry-After of %j says nothing: the window counts, and the value passes as it came",
    async (value) => {
      it.reply(() => later(value, nextSecond()));
      const answer = await it.ask("/contacts", { headers: V2 });
      expect([answer.status, it.arrived().length]).toEqual([429, 2]);
      if (value) expect(answer.headers.get("retry-after")).toBe(value);
    },
  );

  test.each([
    ["without limit headers", {}],
    [
      "with requests left in the window",
      { "x-ratelimit-limit": "1667", "x-ratelimit-remaining": "1600", "x-ratelimit-reset": String(nextSecond() + 5) },
    ],
  ])("a 429 %s is not about the window: nobody is told when to come back", async (_, headers) => {
    it.reply({
      status: 429,
      headers,
      body: { type: "error.list", errors: [{ code: "job_in_progress", message: "One job at a time" }] },
    });
    const write = await it.ask("/export/content/data", { headers: V2, json: {} });
    expect([write.status, write.headers.get("retry-after"), firstError(write).code]).toEqual([
      429,
      null,
      "job_in_progress",
    ]);
    expect((await it.ask("/users", { headers: V1 })).headers.get("retry-after")).toBeNull();
  });

  test("what Intercom says of a 503's end isn't lost where API 1.x makes a 502 of it", async () => {
    for (const value of ["7", "Fri, 31 Dec 9999 23:59:59 GMT"]) {
      it.reply({ status: 503, headers: { "retry-after": value } });
      for (const path of ["/users", "/users/5", "/users/scroll"]) {
        const answer = await it.ask(path, { headers: V1 });
        expect([answer.status, answer.headers.get("retry-after")], path).toEqual([502, value]);
      }
      const passed = await it.ask("/contacts", { headers: V2 });
      expect([passed.status, passed.headers.get("retry-after")]).toEqual([503, value]);
    }
  });

  test.each([500, 502, 503, 504, 408, 403])("a %i isn't asked again", async (status) => {
    it.reply({ status });
    expect((await it.ask("/contacts", { headers: V2 })).status).toBe(status);
    expect((await search("{}")).status).toBe(status);
    expect(it.arrived()).toHaveLength(2);
  });
});

describe("Intercom's limit, on a write", () => {
  test.each([
    ["POST", "/contacts"],
    ["PUT", "/contacts/5"],
    ["DELETE", "/contacts/5"],
    ["POST", "/conversations/5/parts"],
    ["POST", "/tags"],
    ["POST", "/contacts/merge"],
    ["POST", "/export/content/data"],
  ])("%s %s is passed on at once, and says when to come back", async (method, path) => {
    refuse(1);
    refused(await it.ask(path, { method, headers: V2, ...(method === "DELETE" ? {} : { json: { a: 1 }, method }) }));
    expect(it.arrived()).toHaveLength(1);
  });

  test.each([
    ["1.x", V1],
    ["2.x", V2],
  ])("a message of API %s is sent when the window turns: then surely nothing was done", async (_, headers) => {
    const person = { type: "contact", id: "5", role: "user" };
    let tries = 0;
    it.reply(({ url }) =>
      url.startsWith("/messages")
        ? tries++ === 0
          ? refusal(nextSecond())
          : { body: { type: "admin_message", id: "7" } }
        : { body: person },
    );
    const json = { message_type: "inapp", body: "Hi", from: { type: "admin", id: "1" }, to: { type: "user", id: "5" } };
    const answer = await it.ask("/messages", { headers, json });
    expect([answer.status, answer.body.id]).toEqual([200, "7"]);
    expect(it.arrived().filter(({ url }) => url === "/messages")).toHaveLength(2);
  });
});

test("a page of API 1.x that is refused twice says when to come back", async () => {
  refuse(9);
  refused(await it.ask("/users", { headers: V1 }));
});

describe("the Worker's own limit", () => {
  const LIMIT = 5;
  let intercom;
  let worker;

  beforeAll(async () => {
    const config = configWithLimit("own-limit", LIMIT);
    intercom = await standIn();
    worker = await serve("own-limit", intercom, { config, keys: { busy: ["*"], calm: ["*"], narrow: ["tags:read"] } });
  });
  afterAll(async () => {
    await worker?.stop();
    await intercom?.stop();
  });

  test("holds for each caller alone, and what is over it doesn't reach Intercom", async () => {
    const answers = [];
    // Twice the limit and one: a window may turn in the middle.
    for (let at = 0; at <= 2 * LIMIT; at++) answers.push(await worker.ask("/admins", { as: "busy", headers: V2 }));
    const over = answers.filter(({ status }) => status === 429);
    expect(over.length).toBeGreaterThan(0);
    expect(answers.length - over.length).toBeGreaterThanOrEqual(LIMIT);
    expect(intercom.arrived).toHaveLength(answers.length - over.length);
    for (const answer of over) {
      expect(answer.headers.get("x-intercom-edge")).toBe("edge");
      expect(answer.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
      expect(answer.body.type).toBe("error.list");
      expect(firstError(answer).code).toBe("rate_limit_exceeded");
      expect(answer.body.request_id).toBe(answer.headers.get("x-request-id"));
    }
    const calm = await worker.ask("/admins", { as: "calm", headers: V2 });
    expect(calm.status).toBe(200);
  });

  test("counts what is refused as well", async () => {
    const statuses = [];
    for (let at = 0; at <= 2 * LIMIT; at++)
      statuses.push((await worker.ask("/admins", { as: "narrow", headers: V2 })).status);
    expect(statuses.filter((status) => status === 403).length).toBeGreaterThanOrEqual(LIMIT);
    expect(statuses).toContain(429);
  });

  test("isn't used up by somebody who only knows a name", async () => {
    for (let at = 0; at <= 2 * LIMIT; at++) {
      expect((await worker.ask("/admins", { as: null, headers: { ...V2, authorization: "Bearer calm" } })).status).toBe(
        401,
      );
    }
    expect((await worker.ask("/admins", { as: "calm", headers: V2 })).status).toBe(200);
  });
});
