// Limits, Intercom's and the Worker's own: a read waits for the window and is asked again, once; a
// write never is; and no caller takes what the others need.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { logs, root } from "../../scripts/paths.mjs";
import { gate, serve, standIn } from "../gate.mjs";
import { firstError } from "../worker.mjs";

const V2 = { "intercom-version": "2.14" };
const V1 = { "intercom-version": "1.4" };
const KEPT = 1 << 20;

const it = gate("limits", { vars: { CACHE_SECONDS: "tags=60" } });

const errors = { type: "error.list", request_id: "of-intercom", errors: [{ code: "rate_limit_exceeded", message: "Exceeded rate limit of 1667 in 10_seconds" }] };
/** Intercom's 429: no Retry-After, and the second at which its window turns. */
const refusal = (reset) => ({
  status: 429,
  headers: { "x-ratelimit-limit": "1667", "x-ratelimit-remaining": "0", "x-request-id": "of-intercom", ...(reset && { "x-ratelimit-reset": String(reset) }) },
  body: errors,
});
const nextSecond = () => Math.floor(Date.now() / 1000) + 1;
/** The first `times` requests are too many. */
const refuse = (times, reset = nextSecond()) => it.reply((_, count) => (count <= times ? refusal(reset) : { body: { done: true } }));

const search = (body, headers = {}) => it.ask("/contacts/search", { method: "POST", body, headers: { ...V2, "content-type": "application/json", ...headers } });
/** A body of so many bytes, no two stretches of which are the same. */
const bytes = (length) => Buffer.from(JSON.stringify({ query: Array.from({ length: Math.ceil(length / 6) }, (_, at) => at) }).slice(0, length).padEnd(length));

function refused(answer) {
  expect(answer.status).toBe(429);
  expect(answer.headers.get("x-intercom-edge")).toBe("upstream");
  expect(answer.body).toEqual(errors);
  expect(answer.headers.get("x-request-id")).toBe("of-intercom");
  expect(answer.headers.get("x-ratelimit-remaining")).toBe("0");
  expect(answer.headers.get("retry-after")).toMatch(/^([1-9]|10)$/);
}

describe("Intercom's limit, on a read", () => {
  test.each(["/contacts", "/contacts/5", "/admins?per_page=5", "/tags"])("GET %s waits for the window, and then succeeds", async (path) => {
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
  });

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

  test.each(["/contacts", "/tags?more"])("a second refusal of GET %s is passed on, and says when to come back", async (path) => {
    refuse(9);
    refused(await it.ask(path, { headers: V2 }));
    expect(it.arrived()).toHaveLength(2);
  });

  test("a search over 1 MiB is passed on as it streams, whole, and isn't asked again", async () => {
    const body = bytes(KEPT + 1);
    refuse(1);
    refused(await search(body));
    const [arrived, ...more] = it.arrived();
    expect(arrived.body.equals(body)).toBe(true);
    expect(more).toEqual([]);
  });

  test("a search that doesn't say its length isn't asked again", async () => {
    const body = bytes(5000);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(body.subarray(0, 1000));
        controller.enqueue(body.subarray(1000));
        controller.close();
      },
    });
    refuse(1);
    refused(await it.ask("/contacts/search", { method: "POST", body: stream, duplex: "half", headers: { ...V2, "content-type": "application/json" } }));
    const [arrived, ...more] = it.arrived();
    expect(arrived.body.equals(body)).toBe(true);
    expect(more).toEqual([]);
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

  test("what Intercom says of when to come back is left as it is", async () => {
    const { headers, ...rest } = refusal();
    it.reply({ ...rest, headers: { ...headers, "retry-after": "42" } });
    const answer = await it.ask("/contacts", { headers: V2 });
    expect(answer.headers.get("retry-after")).toBe("42");
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
    ["POST", "/contacts"], ["PUT", "/contacts/5"], ["DELETE", "/contacts/5"], ["POST", "/conversations/5/parts"],
    ["POST", "/tags"], ["POST", "/contacts/merge"], ["POST", "/export/content/data"],
  ])("%s %s is passed on at once, and says when to come back", async (method, path) => {
    refuse(1);
    refused(await it.ask(path, { method, headers: V2, ...(method === "DELETE" ? {} : { json: { a: 1 }, method }) }));
    expect(it.arrived()).toHaveLength(1);
  });

  test.each([["1.x", V1], ["2.x", V2]])("a message of API %s is sent when the window turns: then surely nothing was done", async (_, headers) => {
    const person = { type: "contact", id: "5", role: "user" };
    let tries = 0;
    it.reply(({ url }) => (url.startsWith("/messages") ? (tries++ === 0 ? refusal(nextSecond()) : { body: { type: "admin_message", id: "7" } }) : { body: person }));
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
    // The project's own settings, with a limit that a test can reach.
    const config = join(logs, "tests/edge/own-limit.toml");
    const text = readFileSync(join(root, "wrangler.toml"), "utf8");
    const small = text
      .replace(/simple = .*/, `simple = { limit = ${LIMIT}, period = 60 }`)
      .replace(/(main|directory) = "/g, `$1 = "${root}`);
    expect(small).toContain(`limit = ${LIMIT}`);
    mkdirSync(join(logs, "tests/edge"), { recursive: true });
    writeFileSync(config, small);
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
    for (let at = 0; at <= 2 * LIMIT; at++) statuses.push((await worker.ask("/admins", { as: "narrow", headers: V2 })).status);
    expect(statuses.filter((status) => status === 403).length).toBeGreaterThanOrEqual(LIMIT);
    expect(statuses).toContain(429);
  });

  test("isn't used up by somebody who only knows a name", async () => {
    for (let at = 0; at <= 2 * LIMIT; at++) {
      expect((await worker.ask("/admins", { as: null, headers: { ...V2, authorization: "Bearer calm" } })).status).toBe(401);
    }
    expect((await worker.ask("/admins", { as: "calm", headers: V2 })).status).toBe(200);
  });
});
