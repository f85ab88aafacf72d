// Which headers pass, either way, and what becomes of answers that are more than JSON.
import http from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startWorker } from "../../cli/serve/worker.mjs";
import { logs } from "../../scripts/paths.mjs";
import { INFRASTRUCTURE, startRecorder } from "../sdk/recorder.mjs";

const TOKEN = "the-access-token";
let recorder;
let worker;

beforeAll(async () => {
  recorder = await startRecorder();
  worker = await startWorker({
    intercom: { url: recorder.url, token: TOKEN },
    logs: join(logs, "tests", "edge-headers"),
  });
});
afterAll(() => Promise.all([worker?.stop(), recorder?.stop()]));
afterEach(() => {
  recorder.answer = undefined;
  recorder.take();
});

const ask = (path, { headers, ...init } = {}) =>
  fetch(worker.url + path, {
    redirect: "manual",
    ...init,
    headers: { authorization: `Bearer ${worker.callerKey}`, "intercom-version": "2.14", ...headers },
  });

test("of the caller's headers Intercom sees what it needs, and nothing of who is behind them", async () => {
  const kept = {
    cookie: "session=1",
    "x-forwarded-for": "10.0.0.1",
    forwarded: "for=10.0.0.1",
    "cf-connecting-ip": "10.0.0.1",
    "x-real-ip": "10.0.0.1",
    referer: "https://dashboard.example/",
    origin: "https://dashboard.example",
    "x-secret": "1",
    range: "bytes=0-1",
    "proxy-authorization": "Basic eDp5",
    "x-http-method-override": "DELETE",
  };
  const seen = {
    accept: "application/json;q=1, */*;q=0.1",
    "accept-language": "ga-IE, *;q=0.5",
    "user-agent": "a script/1.0",
    "if-none-match": 'W/"1"',
    "x-fern-language": "JavaScript",
    "x-fern-runtime": "node",
    "x-fern-runtime-version": "1",
    "x-fern-sdk-name": "n",
    "x-fern-sdk-version": "7",
  };
  await ask("/contacts", { headers: { ...kept, ...seen } });
  const [{ headers }] = recorder.take();
  expect(headers).toMatchObject({ ...seen, authorization: `Bearer ${TOKEN}`, "intercom-version": "2.14" });
  expect(Object.keys(kept).filter((name) => name in headers)).toEqual([]);
  expect(JSON.stringify(headers)).not.toContain(worker.callerKey);
});

test("a caller who names no agent and takes anything gets a name, and JSON", async () => {
  await new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${worker.callerKey}`, "intercom-version": "2.14" };
    http
      .get(`${worker.url}/contacts`, { headers, agent: false }, (response) => response.resume().on("end", resolve))
      .on("error", reject);
  });
  const [{ headers }] = recorder.take();
  expect(headers.accept).toBe("application/json");
  expect(headers["user-agent"]).toMatch(/^intercom-edge\//);
});

test("of Intercom's headers the caller sees its own, and nothing of its infrastructure", async () => {
  const own = {
    "content-type": "application/vnd.intercom+json; charset=utf-8",
    "content-disposition": 'attachment; filename="a.zip"',
    etag: 'W/"1"',
    "intercom-version": "2.14",
    link: '</contacts/2>; rel="canonical"',
    "request-id": "r1",
    "x-request-id": "r2",
    "retry-after": "7",
    "x-ratelimit-limit": "10000",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": "1700000010",
    "x-intercom-version": "abc",
  };
  recorder.answer = { status: 410, headers: own, body: "{}" };
  const { status, headers } = await ask("/contacts/1");
  expect(status).toBe(410);
  expect(Object.fromEntries(Object.keys(own).map((name) => [name, headers.get(name)]))).toEqual(own);
  expect(Object.keys(INFRASTRUCTURE).filter((name) => headers.has(name))).toEqual([]);
  expect(headers.get("cache-control")).toBe("no-store");
});

test("what Intercom didn't say isn't made up", async () => {
  recorder.answer = { status: 403, headers: { "content-type": "text/html" }, body: "<html>403</html>" };
  const answer = await ask("/contacts");
  expect(answer.status).toBe(403);
  expect(await answer.text()).toBe("<html>403</html>");
  for (const name of [
    "etag",
    "link",
    "request-id",
    "retry-after",
    "x-ratelimit-limit",
    "intercom-version",
    "content-disposition",
  ]) {
    expect(answer.headers.get(name), name).toBe(null);
  }
});

test("a compressed answer is the same answer", async () => {
  const text = `{"data":"${"日本語 ".repeat(5000)}"}`;
  recorder.answer = {
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
    body: gzipSync(text),
  };
  expect(await (await ask("/contacts")).text()).toBe(text);
  expect(await (await ask("/contacts", { headers: { "accept-encoding": "identity" } })).text()).toBe(text);
});

test("an answer without a body stays one", async () => {
  recorder.answer = { status: 204, headers: { "request-id": "r1" } };
  const deleted = await ask("/ai/content_import_sources/1", { method: "DELETE" });
  expect([deleted.status, await deleted.text(), deleted.headers.get("content-type")]).toEqual([204, "", null]);
  recorder.answer = { status: 202, headers: { "content-length": "0" } };
  const accepted = await ask("/events", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect([accepted.status, await accepted.text()]).toEqual([202, ""]);
  recorder.answer = { status: 304, headers: { etag: '"1"' } };
  const unchanged = await ask("/contacts");
  expect([unchanged.status, unchanged.headers.get("etag"), await unchanged.text()]).toEqual([304, '"1"', ""]);
});

test("ids and queries arrive as they were written", async () => {
  for (const target of [
    "/contacts/find_by_external_id/a%20b%E2%80%93%F0%9F%91%8D%3F%23%26",
    "/contacts/find_by_external_id/a+b@c.d:e;f=g,h!",
    "/conversations/123%20or%20%22last%22",
    "/contacts?a=%2f&b=%2F&c=+&d&e=&=f&&a=2&starting_after=WzE2%2BLz0%3D%3D",
    "/contacts?q=%zz&email=a%2Bb%40c.d",
  ]) {
    const answer = await ask(target);
    expect([target, answer.headers.get("x-intercom-edge")]).toEqual([target, "upstream"]);
    expect(recorder.take().map((request) => request.target)).toEqual([target]);
  }
});

test("a redirect within Intercom leads through the Worker", async () => {
  recorder.answer = { status: 301, headers: { location: `${recorder.url}/contacts/2?a=%2F` } };
  const answer = await ask("/contacts/1");
  expect([answer.status, answer.headers.get("location")]).toEqual([301, `${worker.url}/contacts/2?a=%2F`]);
});

test("a recording is where Intercom says it is, and nothing of ours is shown there", async () => {
  const stored = "https://storage.example/recordings/1.mp3?signature=a%2Fb%3D&expires=1";
  recorder.answer = { status: 302, headers: { location: stored } };
  const answer = await ask("/calls/1/recording");
  expect([answer.status, answer.headers.get("location")]).toEqual([302, stored]);
  expect(recorder.take()).toHaveLength(1);
});
