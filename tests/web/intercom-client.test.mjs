// Intercom's own SDK in a page of another origin, in Chromium: all of its methods, and what CORS lets
// such a page do.
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startWorker } from "../../cli/serve/worker.mjs";
import { logs } from "../../scripts/paths.mjs";
import { methods } from "../sdk/methods.mjs";
import { bundle, startPage } from "../sdk/page.mjs";
import { startRecorder } from "../sdk/recorder.mjs";
import { request, sides, watchedClient } from "../sdk/sides.mjs";
import { launch } from "./chromium.mjs";

const TOKEN = "the-access-token";
// A browser would ask the store of recordings for its leave, which isn't ours to give.
const METHODS = methods().filter(({ name }) => !name.endsWith("showCallRecording"));
/** What a browser says in its own words, or the SDK because it is in a browser. */
const OWN_WORDS = ["accept-language", "user-agent", "x-fern-runtime", "x-fern-runtime-version"];
const READABLE = [
  "etag",
  "intercom-version",
  "link",
  "content-disposition",
  "request-id",
  "x-request-id",
  "retry-after",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-intercom-edge",
];

let recorder;
let worker;
let straight;
let browser;
let servers;
/** A page of a listed origin, one of an origin that isn't, and how to reach the Worker from either. */
let listed;
let stranger;
let door;

beforeAll(async () => {
  recorder = await startRecorder();
  const script = await bundle();
  servers = [await startPage(script), await startPage(script)];
  const [ours, theirs] = servers;
  worker = await startWorker({
    intercom: { url: recorder.url, token: TOKEN },
    vars: { ALLOWED_ORIGINS: `https://dashboard.example, ${ours.origin}` },
    logs: join(logs, "tests", "web-sdk"),
  });
  straight = watchedClient({ url: recorder.url, token: TOKEN });
  door = { url: worker.url, token: worker.callerKey };
  browser = await launch();
  [listed, stranger] = [await open(ours.origin), await open(theirs.origin)];
});
afterAll(() =>
  Promise.all([browser?.close(), worker?.stop(), recorder?.stop(), ...(servers ?? []).map(({ stop }) => stop())]),
);
afterEach(() => {
  Object.assign(recorder, { status: undefined, answer: undefined });
  recorder.take();
});

async function open(origin) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(origin);
  await page.waitForFunction(() => globalThis.outcome);
  return page;
}

const call = (page, method, to = door) => page.evaluate(([to, method]) => outcome(client(to), method), [to, method]);

/** A plain request of a page's; the headers that the page may read. */
const ask = (page, path, init = {}) =>
  page.evaluate(
    async ([url, init]) => {
      const response = await fetch(url, init).catch((error) => ({ refused: error.constructor.name }));
      return response.refused
        ? response
        : { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
    },
    [worker.url + path, init],
  );

const credentials = () => ({ authorization: `Bearer ${worker.callerKey}`, "intercom-version": "2.14" });

/** What a browser asks before it asks. */
const preflight = (
  origin,
  { method = "PUT", headers = "authorization, content-type, intercom-version", path = "/contacts/1" } = {},
) =>
  fetch(worker.url + path, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": method, "access-control-request-headers": headers },
  });

describe("a page of a listed origin", () => {
  it("reads, writes and searches, and an error is the SDK's own", async () => {
    const named = (name) => METHODS.find((method) => method.name === name);
    const [first, second] = (await call(listed, named("contacts.list"))).value;
    expect(first.data).toHaveLength(1);
    expect(second.data).toHaveLength(1);
    expect((await call(listed, named("contacts.search"))).value[0].total_count).toBe(3);
    expect((await call(listed, named("contacts.create"))).value.type).toBe("list");
    recorder.status = 404;
    const { error } = await call(listed, named("companies.find"));
    expect(error).toMatchObject({ kind: "NotFoundError", status: 404, body: { type: "error.list" } });
    expect(error).toEqual((await sides(straight, recorder, named("companies.find"))).error);
  });

  it("learns that its key is wrong, or its path", async () => {
    const { error } = await call(listed, METHODS[0], { ...door, token: "wrong" });
    expect(error).toMatchObject({ kind: "IntercomError", status: 401, body: { type: "error.list" } });
    const nowhere = await ask(listed, "/nowhere", { headers: credentials() });
    expect(nowhere.status).toBe(404);
    expect(nowhere.headers["x-intercom-edge"]).toBe("edge");
  });

  it("calls every method as Node does without a Worker", async () => {
    const differences = [];
    for (const method of METHODS) {
      const direct = await sides(straight, recorder, method);
      const { value, error } = await call(listed, method);
      const relayed = { value, error, upstream: recorder.take() };
      const plain = (side) => ({
        ...side,
        answers: undefined,
        upstream: side.upstream.map(request).map(withoutOwnWords),
      });
      try {
        expect(plain(relayed)).toEqual(plain(direct));
        for (const { headers } of relayed.upstream) {
          expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
          for (const name of ["origin", "referer", "sec-fetch-site", "sec-ch-ua", "cookie"])
            expect(headers[name], name).toBe(undefined);
        }
      } catch ({ message }) {
        differences.push(`${method.name}: ${message}`);
      }
    }
    expect(differences).toEqual([]);
    expect(METHODS.length).toBeGreaterThan(300);
  });

  it("reads the headers that callers decide by", async () => {
    const told = Object.fromEntries(READABLE.map((name) => [name, "7"]));
    recorder.answer = { status: 422, headers: { ...told, "content-type": "application/json" }, body: "{}" };
    const { status, headers } = await ask(listed, "/contacts", { headers: credentials() });
    expect(status).toBe(422);
    expect(headers).toMatchObject({ ...told, "x-intercom-edge": "upstream" });
    expect(Object.keys(headers)).not.toContain("set-cookie");
    // And one that is the Worker's own, whenever it comes.
    const { headers: all } = await fetch(`${worker.url}/contacts`, {
      headers: { ...credentials(), origin: servers[0].origin },
    });
    expect(list(all.get("access-control-expose-headers"))).toContain("idempotency-replayed");
    expect(all.get("vary")?.toLowerCase()).toContain("origin");
    expect(all.get("access-control-allow-credentials")).toBe(null);
  });

  it("has its preflight answered without a key, without Intercom, and for long", async () => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      const headers =
        "authorization,content-type,idempotency-key,intercom-version,user-agent,x-fern-language,x-fern-runtime," +
        "x-fern-runtime-version,x-fern-sdk-name,x-fern-sdk-version";
      const answer = await preflight(servers[0].origin, { method, headers });
      expect(answer.ok, method).toBe(true);
      expect(answer.headers.get("access-control-allow-origin")).toBe(servers[0].origin);
      expect(list(answer.headers.get("access-control-allow-methods"))).toContain(method.toLowerCase());
      expect(list(answer.headers.get("access-control-allow-headers"))).toEqual(expect.arrayContaining(list(headers)));
      expect(Number(answer.headers.get("access-control-max-age"))).toBeGreaterThanOrEqual(600);
      expect(answer.headers.get("vary")?.toLowerCase()).toContain("origin");
    }
    expect(recorder.take()).toEqual([]);
  });

  it("is asked for a preflight once, not before every request", async () => {
    const session = await listed.context().newCDPSession(listed);
    const asked = [];
    session.on("Network.requestWillBeSent", ({ request: { method } }) => asked.push(method));
    await session.send("Network.enable");
    for (const _ of [1, 2, 3]) await ask(listed, "/contacts/asked-for-once", { headers: credentials() });
    await session.detach();
    expect(recorder.take()).toHaveLength(3);
    expect(asked.sort()).toEqual(["GET", "GET", "GET", "OPTIONS"]);
  });
});

describe("a page of any other origin", () => {
  it("can't read anything, and nothing it asks with a key reaches Intercom", async () => {
    const { error } = await call(stranger, METHODS[0]);
    expect(error).toMatchObject({ kind: "IntercomError", message: "Failed to fetch" });
    for (const [path, init] of [
      ["/contacts", { headers: credentials() }],
      ["/contacts", { method: "POST", headers: credentials(), body: "{}" }],
      ["/contacts", {}],
      ["/edge/health", {}],
      ["/nowhere", {}],
      ["/dashboard/", {}],
      ["/messages", { method: "POST", headers: { "content-type": "text/plain" }, body: "{}" }],
    ]) {
      expect(await ask(stranger, path, init), path).toEqual({ refused: "TypeError" });
    }
    expect(recorder.take()).toEqual([]);
  });

  it("isn't taken for a listed one by looking like it", async () => {
    const [{ origin }] = servers;
    for (const other of [
      servers[1].origin,
      "null",
      `${origin}.evil.example`,
      `${origin}/`,
      `${origin}0`,
      origin.replace("http", "https"),
      origin.toUpperCase(),
      `${origin}, https://dashboard.example`,
      origin.replace("localhost", "127.0.0.1"),
      "*",
      "https://dashboard.example.evil.example",
      "http://dashboard.example",
      "https://dashboard.example:443",
      "",
    ]) {
      const answers = [
        await preflight(other),
        await fetch(`${worker.url}/contacts`, { headers: { ...credentials(), origin: other } }),
      ];
      expect([other, ...answers.map(({ headers }) => headers.get("access-control-allow-origin"))]).toEqual([
        other,
        null,
        null,
      ]);
    }
    expect((await preflight("https://dashboard.example")).headers.get("access-control-allow-origin")).toBe(
      "https://dashboard.example",
    );
  });
});

const list = (header) =>
  (header ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());

function withoutOwnWords({ headers, ...rest }) {
  return {
    ...rest,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_WORDS.includes(name))),
  };
}
