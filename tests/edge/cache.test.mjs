// Answers that the operator wants kept for a while: nobody's people among them, and nobody without the
// scope gets to see them.

import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gate, serve, standIn, told } from "../gate.mjs";
import { requests, reset } from "../sandbox.mjs";
import { ask, firstError } from "../worker.mjs";

const V2 = { "intercom-version": "2.14" };

const it = gate("cache", {
  keys: { all: ["*"], tags: ["tags:read"], admins: ["admins:read"] },
  vars: { CACHE_SECONDS: "admins=60,me=60,tags=60,segments=1,data_attributes=60" },
});

let number = 0;
/** A query that no other test asks for. */
const fresh = (path) => `${path}${path.includes("?") ? "&" : "?"}n=${++number}`;
const get = (path, headers, as) => it.ask(path, { as, headers: { ...V2, ...headers } });
const count = () => it.arrived().length;

test("nothing is kept unless the operator says so", async () => {
  await reset();
  for (const path of ["/admins", "/me", "/tags", "/segments"]) {
    for (let times = 0; times < 2; times++) {
      const answer = await ask(path, { headers: V2 });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("age")).toBeNull();
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
  }
  expect(await requests()).toHaveLength(8);
});

test.each([
  "/admins",
  "/admins/5",
  "/me",
  "/tags",
  "/tags/5",
  "/segments?include_count=true",
  "/segments/5",
  "/data_attributes?model=contact",
])("%s is asked once, and then kept", async (path) => {
  const target = fresh(path);
  it.reply({
    body: '{"type":"list" , "data":["é"]}',
    headers: { "x-request-id": "first", "x-ratelimit-remaining": "7", "intercom-version": "2.14" },
  });
  const first = await get(target);
  it.reply({ status: 500 });
  const second = await get(target);
  expect(it.arrived().map(({ url }) => url)).toEqual([target]);
  expect(second.status).toBe(200);
  expect(second.text).toBe('{"type":"list" , "data":["é"]}');
  expect(first.text).toBe(second.text);
  for (const { headers } of [first, second]) {
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(headers.get("intercom-version")).toBe("2.14");
    expect(headers.get("x-intercom-edge")).toBe("upstream");
    expect(headers.get("etag")).toBe(first.headers.get("etag"));
    expect(headers.get("cache-control")).toBe("private, no-cache");
    expect(headers.get("age")).toMatch(/^\d+$/);
  }
  expect(first.headers.get("etag")).toMatch(/^"[0-9a-f]{32}"$/);
  // What tells of one moment is told once.
  expect(second.headers.get("x-request-id")).not.toBe("first");
  expect(second.headers.get("x-ratelimit-remaining")).toBeNull();
});

test("an answer is kept for its time and no longer", async () => {
  const target = fresh("/segments");
  await get(target);
  await sleep(1_100);
  await get(target);
  expect(count()).toBe(2);
});

describe("a caller who has it already", () => {
  test.each([
    ["by the tag that was given", (etag) => etag],
    ["weakly", (etag) => `W/${etag}`],
    ["among others", (etag) => `"other", ${etag} , "more"`],
    ["whatever it is", () => "*"],
  ])("says so %s, and is answered 304", async (_, spelt) => {
    const target = fresh("/tags");
    const etag = (await get(target)).headers.get("etag");
    const answer = await get(target, { "if-none-match": spelt(etag) });
    expect(answer.status).toBe(304);
    expect(answer.text).toBe("");
    expect(answer.headers.get("etag")).toBe(etag);
    expect(count()).toBe(1);
  });

  test("is answered 304 by what was only now asked of Intercom, whose own tag is kept", async () => {
    it.reply({ headers: { etag: 'W/"of-intercom"' } });
    const target = fresh("/tags");
    const answer = await get(target, { "if-none-match": '"of-intercom"' });
    expect(answer.status).toBe(304);
    expect(answer.headers.get("etag")).toBe('W/"of-intercom"');
    // Else Intercom might answer 304, and there were nothing to keep.
    expect(it.arrived()[0].headers).not.toHaveProperty("if-none-match");
    expect((await get(target)).status).toBe(200);
    expect(count()).toBe(1);
  });

  test("has something else, and gets the whole", async () => {
    const target = fresh("/tags");
    await get(target);
    for (const tag of ['"other"', "W/", '""', "", "*x", "of-intercom"])
      expect((await get(target, { "if-none-match": tag })).status, tag).toBe(200);
  });
});

describe("two calls share an answer only if they are the same", () => {
  test("in version and in every byte of path and query", async () => {
    const target = fresh("/tags");
    const others = [
      target,
      `${target}&`,
      `${target}&a=1`,
      `${target}&a=2`,
      `${target}&a=%31`,
      target.replace("/tags", "/tags/5"),
      target.replace("/tags", "/tags/6"),
    ];
    for (const other of others) await get(other);
    expect(it.arrived().map(({ url }) => url)).toEqual(others);
    await get(target, { "intercom-version": "2.11" });
    await get(target, { "intercom-version": "Unstable" });
    expect(
      it
        .arrived()
        .slice(-2)
        .map(({ headers }) => headers["intercom-version"]),
    ).toEqual(["2.11", "Unstable"]);
    // Tags in the shape of API 1.x are the bridge's.
    await get("/tags", { "intercom-version": null });
    expect(count()).toBe(others.length + 3);
  });

  test("and what else a caller sends colours nothing: it doesn't reach Intercom", async () => {
    const target = fresh("/tags");
    await get(target, {
      "accept-language": "ja",
      accept: "text/html",
      "user-agent": "mine/1",
      "x-fern-language": "C",
      cookie: "a=b",
    });
    const [{ headers }] = it.arrived();
    expect(headers["user-agent"]).toMatch(/^intercom-edge\//);
    expect(headers.accept).toBe("application/json");
    for (const name of ["accept-language", "x-fern-language", "cookie"]) expect(headers).not.toHaveProperty(name);
  });
});

test("the scope is asked for first: what is kept is nobody's without it", async () => {
  for (const [path, as, other] of [
    ["/tags", "tags", "admins"],
    ["/admins", "admins", "tags"],
    ["/me", "admins", "tags"],
  ]) {
    const target = fresh(path);
    expect((await get(target, {}, as)).status).toBe(200);
    const refused = await get(target, {}, other);
    expect(refused.status).toBe(403);
    expect(refused.headers.get("etag")).toBeNull();
    expect((await get(target, { "if-none-match": "*" }, other)).status).toBe(403);
    expect((await it.ask(target, { as: null, headers: V2 })).status).toBe(401);
    expect((await get(target, {}, "all")).status).toBe(200);
  }
  expect(count()).toBe(3);
});

test.each([
  ["POST", "/tags"],
  ["DELETE", "/tags/5"],
  ["PUT", "/admins/5/away"],
  ["POST", "/data_attributes"],
  ["PUT", "/data_attributes/5"],
])("%s %s drops what is kept, whether or not it succeeds", async (method, path) => {
  for (const status of [200, 422]) {
    const target = fresh("/tags");
    await get(target);
    it.reply({ status, body: { written: true } });
    expect(
      (await it.ask(path, { method, headers: V2, ...(method === "DELETE" ? {} : { json: {}, method }) })).status,
    ).toBe(status);
    it.reply({ body: { now: "new" } });
    expect((await get(target)).body).toEqual({ now: "new" });
  }
});

test("what was asked before a write, or while it was on its way, isn't kept", async () => {
  const target = fresh("/tags");
  const held = [];
  it.reply(({ method }) =>
    method === "GET" ? { body: { now: "old" } } : new Promise((resolve) => held.push(resolve)),
  );
  const write = it.ask("/tags", { headers: V2, json: { name: "new" } });
  while (held.length === 0) await sleep(10);
  expect((await get(target)).body).toEqual({ now: "old" });
  held[0]({});
  await write;
  it.reply({ body: { now: "new" } });
  expect((await get(target)).body).toEqual({ now: "new" });

  const slow = fresh("/tags");
  it.reply(({ method }) => (method === "POST" ? {} : new Promise((resolve) => held.push(resolve))));
  const read = get(slow);
  while (held.length === 1) await sleep(10);
  await it.ask("/tags", { headers: V2, json: { name: "newer" } });
  held[1]({ body: { now: "old" } });
  await read;
  it.reply({ body: { now: "newer" } });
  expect((await get(slow)).body).toEqual({ now: "newer" });
});

test("a write elsewhere, or one that isn't let through, drops nothing", async () => {
  const target = fresh("/tags");
  await get(target);
  await it.ask("/contacts/5", { method: "PUT", headers: V2, json: {} });
  expect((await it.ask("/tags", { as: "tags", headers: V2, json: {} })).status).toBe(403);
  await get(target);
  expect(it.arrived().map(({ method }) => method)).toEqual(["GET", "PUT"]);
});

test.each([201, 203, 204, 206, 301, 400, 401, 403, 404, 410, 422, 500, 502, 503])(
  "a %i is passed on and never kept",
  async (status) => {
    const target = fresh("/tags");
    it.reply({
      status,
      body: { status },
      headers: { "x-request-id": "of-intercom", etag: '"a"', ...(status === 301 && { location: "/tags/5" }) },
    });
    for (let times = 1; times <= 2; times++) {
      const answer = await get(target);
      expect(answer.status).toBe(status);
      if (status !== 204) expect(answer.body).toEqual({ status });
      expect(answer.headers.get("x-request-id")).toBe("of-intercom");
      expect(answer.headers.get("age")).toBeNull();
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(count()).toBe(times);
    }
  },
);

test("an answer that is cut off is 502, and never kept", async () => {
  const target = fresh("/tags");
  it.reply({ cut: "within", headers: { "content-length": "1000" }, body: '{"type":"li' });
  const answer = await get(target);
  expect(answer.status).toBe(502);
  expect(answer.headers.get("x-intercom-edge")).toBe("edge");
  expect(firstError(answer).code).toBe("bad_gateway");
  it.reply({ body: { whole: true } });
  expect((await get(target)).body).toEqual({ whole: true });
});

test.each([
  ["no body", ""],
  ["JSON that ends in its middle", '{"type":"list","data":[{'],
  ["HTML", "<html>Bad gateway</html>", { "content-type": "text/html" }],
  ["an array", "[]"],
  ["null", "null"],
  ["a text", '"x"'],
  ["two objects", "{}{}"],
  ["compressed JSON that ends in its middle", gzipSync('{"type":"list"'), { "content-encoding": "gzip" }],
])("%s is passed on as it came, and never kept", async (_, body, headers) => {
  for (const path of ["/admins", "/tags", "/segments", "/me", "/data_attributes"]) {
    it.arrived().length = 0;
    const target = fresh(path);
    it.reply({ body, headers: { "x-request-id": "of-intercom", ...headers } });
    const first = await get(target);
    expect([first.status, first.headers.get("age"), first.headers.get("cache-control")]).toEqual([
      200,
      null,
      "no-store",
    ]);
    if (typeof body === "string") expect(first.text).toBe(body);
    expect(first.headers.get("x-request-id")).toBe("of-intercom");
    expect(first.headers.get("content-type")).toBe(headers?.["content-type"] ?? "application/json; charset=utf-8");
    it.reply({ body: '{"type":"list","data":[]}' });
    for (let times = 0; times < 2; times++) expect((await get(target)).text).toBe('{"type":"list","data":[]}');
    expect(count()).toBe(2);
  }
});

test.each([
  "/contacts",
  "/contacts/5",
  "/contacts/5/tags",
  "/contacts/5/segments",
  "/companies",
  "/conversations",
  "/conversations/5",
  "/admins/activity_logs?created_at_after=1",
  "/teams",
  "/notes/5",
  "/visitors?user_id=5",
  "/edge/whoami",
])("%s is never kept", async (path) => {
  const answers = [await get(path), await get(path)];
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("age")).toBeNull();
  }
  expect(count()).toBe(path.startsWith("/edge/") ? 0 : 2);
});

test("a search is never kept", async () => {
  for (let times = 0; times < 2; times++) await it.ask("/contacts/search", { headers: V2, json: {} });
  expect(count()).toBe(2);
});

test.each([
  ["just what is kept", 128 << 10, 1],
  ["a byte too long", (128 << 10) + 1, 2],
  ["huge", 8 << 20, 2],
])("an answer that is %s comes whole", async (_, length, asked) => {
  const target = fresh("/tags");
  const body = `{"a":"${"x".repeat(length - 8)}"}`;
  it.reply({ body });
  for (let times = 0; times < 2; times++) expect((await get(target)).text === body).toBe(true);
  expect(count()).toBe(asked);
});

test("an answer that comes compressed is kept as it reads", async () => {
  const target = fresh("/tags");
  it.reply({ body: gzipSync('{"type":"list"}'), headers: { "content-encoding": "gzip" } });
  for (let times = 0; times < 2; times++) expect((await get(target)).body).toEqual({ type: "list" });
  expect(count()).toBe(1);
});

test("more answers than are kept push out the oldest", async () => {
  const targets = Array.from({ length: 65 }, () => fresh("/tags"));
  for (const target of targets) await get(target);
  await get(targets.at(-1));
  expect(count()).toBe(65);
  await get(targets[0]);
  expect(count()).toBe(66);
});

test("a list that can't be meant is 503 and names the setting", async () => {
  const lists = ["contacts=60", "admins=60,tags", "admins=86401"];
  for (const answer of await told(
    "cache-malformed",
    lists.map((CACHE_SECONDS) => ({ vars: { CACHE_SECONDS } })),
    "/admins",
  )) {
    expect(answer.status).toBe(503);
    expect(firstError(answer).message).toContain("CACHE_SECONDS");
  }
});

describe("a webhook", () => {
  const SECRET = "client-secret";
  let intercom;
  let worker;
  /** The data that Intercom has now. */
  let data;

  beforeAll(async () => {
    intercom = await standIn();
    intercom.reply = ({ url }) =>
      url === "/me" ? { body: { type: "admin", app: { type: "app", id_code: "ws1" } } } : { body: { data } };
    worker = await serve("cache-webhooks", intercom, {
      vars: { CACHE_SECONDS: "admins=600,tags=600", INTERCOM_CLIENT_SECRET: SECRET },
      twin: true,
    });
  });
  afterAll(async () => {
    await worker?.stop();
    await intercom?.stop();
  });

  async function deliver(topic, to = worker) {
    const item = { type: "contact", id: "5" };
    const body = JSON.stringify({ app_id: "ws1", id: `notif_${randomUUID()}`, topic, data: { item } });
    const signature = `sha1=${createHmac("sha1", SECRET).update(body).digest("hex")}`;
    const headers = { "x-hub-signature": signature };
    const answer = await to.ask("/edge/webhooks/intercom", { as: null, method: "POST", body, headers });
    expect(answer.status, answer.text).toBe(200);
  }
  const shown = async (target) => (await worker.ask(target, { headers: V2 })).body.data;
  const shownByTwin = async (target) => {
    const headers = { ...V2, authorization: `Bearer ${worker.keys.all}` };
    return (await ask(worker.twinUrl + target, { headers })).body.data;
  };

  test.each([
    ["admin.away_mode_updated", "/admins"],
    ["contact.user.tag.created", "/tags"],
    ["user.tag.deleted", "/tags"],
  ])(
    "of topic %s clears the cache of each instance",
    async (topic, path) => {
      const target = fresh(path);
      data = "old";
      expect([await shown(target), await shownByTwin(target)]).toEqual(["old", "old"]);
      data = "new";
      expect([await shown(target), await shownByTwin(target)]).toEqual(["old", "old"]);
      await deliver(topic);
      // The instance that received it shows the change at once, the other one within five seconds.
      expect(await shown(target)).toBe("new");
      await expect.poll(() => shownByTwin(target), { timeout: 8_000, interval: 200 }).toBe("new");
      // From then on the new data is cached.
      data = "newer";
      await sleep(5_100);
      expect(await shownByTwin(target)).toBe("new");
    },
    30_000,
  );

  test("of a contact clears nothing", async () => {
    const target = fresh("/tags");
    data = "old";
    await shownByTwin(target);
    await deliver("contact.user.updated");
    data = "new";
    await sleep(5_100);
    expect(await shownByTwin(target)).toBe("old");
  }, 30_000);

  test("that can't be stored leaves the cache as it is", async () => {
    const unbound = await serve("cache-unbound", intercom, {
      vars: { CACHE_SECONDS: "tags=600", INTERCOM_CLIENT_SECRET: SECRET },
      unbound: ["WEBHOOKS"],
    });
    try {
      data = "old";
      await unbound.ask("/tags", { headers: V2 });
      data = "new";
      expect((await unbound.ask("/tags", { headers: V2 })).body.data).toBe("old");
    } finally {
      await unbound.stop();
    }
  });
});
