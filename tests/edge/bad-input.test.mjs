// Whatever the bytes: a 4xx in Intercom's shape that names the field, never a 5xx of our own, and
// nothing reaches Intercom. And whatever Intercom does: a clear 502 or 504, and the next call works.

import http from "node:http";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { fault, requests, reset } from "../sandbox.mjs";
import { ask, firstError } from "../worker.mjs";

beforeEach(() => reset());

async function refused(answer, status, field) {
  expect(answer.status).toBe(status);
  expect(answer.body?.type).toBe("error.list");
  expect(answer.headers.get("x-intercom-edge")).toBe("edge");
  if (field) expect(firstError(answer).field).toBe(field);
  expect(await requests()).toEqual([]);
}

describe("what callers send", () => {
  const odd = ["0", "-1", "61", "abc", "", "1e3", "1.5", "%00", "9".repeat(40), "💥"];
  for (const path of ["/users", "/contacts"]) {
    test.each(odd)(`${path}?per_page=%s`, async (value) =>
      refused(await ask(`${path}?per_page=${encodeURIComponent(value).replace("%2500", "%00")}`), 400, "per_page"),
    );
  }
  test.each(odd.filter((value) => value !== "61"))("page=%s", async (value) =>
    refused(await ask(`/users?page=${encodeURIComponent(value).replace("%2500", "%00")}`), 400, "page"),
  );
  test.each([
    ["/users?order=up", "order"],
    ["/users?sort=name", "sort"],
    ["/users?created_since=soon", "created_since"],
    ["/users?email=", "email"],
    ["/users?email=%00", "email"],
    ["/users?email=%ff", "email"],
    ["/users?tag_id=", "tag_id"],
    ["/users?user_id=a%2Fb", "user_id"],
    ["/users?user_id=..", "user_id"],
    ["/users?user_id=%F0%9F%92%A5", "user_id"],
    ["/users?user_id=%00", "user_id"],
    ["/users?starting_after=%00", "starting_after"],
    ["/users?starting_after=%F0%9F%92%A5", "starting_after"],
    ["/users/a%2Fb", "id"],
    ["/users/%F0%9F%92%A5", "id"],
    ["/users/%00", "id"],
    ["/users/%5C", "id"],
    ["/users/a%20b", "id"],
    [`/users/${"a".repeat(200)}`, "id"],
    ["/contacts/a%2F..%2Fme", "id"],
    ["/users/scroll?scroll_param=%F0%9F%92%A5", "scroll_param"],
  ])("%s names %s", async (path, field) => refused(await ask(path), 400, field));

  test("a scroll that never was, or has expired, is 404 and names scroll_param", async () =>
    refused(await ask("/users/scroll?scroll_param=00000000-0000-4000-8000-000000000000"), 404, "scroll_param"));

  test("an expired cursor is Intercom's 400, which names it", async () => {
    const answer = await ask(`/users?starting_after=${Buffer.from("[1,2,3]").toString("base64")}`);
    expect(answer.status).toBe(400);
    expect(answer.body.type).toBe("error.list");
    expect(JSON.stringify(answer.body.errors)).toContain("starting_after");
  });

  test.each([
    "",
    "{",
    "nonsense",
    "[]",
    "null",
    "7",
    '"text"',
    '{"a":1}}',
    "{'a':1}",
    "\0",
    "\ufeff{}",
    `${"[".repeat(100_000)}`,
  ])("a message of %j", async (body) => {
    const answer = await ask("/messages", {
      method: "POST",
      body: body.slice(0, 200_000),
      headers: { "content-type": "application/json" },
    });
    await refused(answer, 400, "body");
  });

  test.each([
    null,
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "multipart/form-data; boundary=x",
  ])("a message of the type %s", async (type) => {
    const answer = await ask("/messages", {
      method: "POST",
      body: new TextEncoder().encode("{}"),
      headers: { "content-type": type },
    });
    await refused(answer, 415, "Content-Type");
  });

  test("a message over 1 MiB, declared or not", async () => {
    const body = JSON.stringify({ body: "x".repeat(1 << 20) });
    const declared = await ask("/messages", { method: "POST", body, headers: { "content-type": "application/json" } });
    await refused(declared, 413, "body");
    const chunks = new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 65_536)
          controller.enqueue(new TextEncoder().encode(body.slice(at, at + 65_536)));
        controller.close();
      },
    });
    const streamed = await ask("/messages", {
      method: "POST",
      body: chunks,
      duplex: "half",
      headers: { "content-type": "application/json" },
    });
    await refused(streamed, 413, "body");
  });

  test.each([
    ["/users", { user_id: "1" }, "1.4"],
    ["/tags", { name: "a" }, "1.4"],
    ["/messages", {}, "1.4"],
    ["/messages", {}, "2.14"],
    ["/edge/notify", {}],
    ["/edge/messages/batch", {}],
    ["/edge/templates/a", { subject: "a", body: "a" }, null, "PUT"],
  ])("%s doesn't take a compressed body", async (path, body, version = null, method = "POST") => {
    for (const encoding of ["gzip", "br", "Identity, gzip", "x"]) {
      const headers = { "intercom-version": version, "content-type": "application/json", "content-encoding": encoding };
      const answer = await ask(path, { method, body: gzipSync(JSON.stringify(body)), headers });
      await refused(answer, 415, "Content-Encoding");
      expect(answer.headers.get("accept-encoding")).toBe("identity");
    }
    const plain = { "intercom-version": version, "content-type": "application/json", "content-encoding": "identity" };
    expect((await ask(path, { method, body: JSON.stringify(body), headers: plain })).status).not.toBe(415);
  });

  test("a body that the caller cuts off harms nobody", async () => {
    const url = new URL("/messages", process.env.WORKER_URL);
    const headers = {
      authorization: `Bearer ${process.env.CALLER_KEY}`,
      "content-type": "application/json",
      "content-length": 1000,
    };
    await new Promise((resolve) => {
      const request = http.request(url, { method: "POST", headers, agent: false });
      request.on("error", resolve).on("close", resolve);
      request.write('{"message_type":');
      setTimeout(() => request.destroy(), 200);
    });
    expect((await ask("/admins")).status).toBe(200);
    expect((await requests()).filter(({ path }) => path === "/messages")).toEqual([]);
  });
});

describe("what Intercom does", () => {
  test.each([
    ["status:500", 502],
    ["status:503", 502],
    ["html403", 502],
    ["empty200", 502],
    ["truncate", 502],
    ["reset", 502],
    ["status:401", 502],
  ])("%s on a bridged call is %i", async (kind, status) => {
    await fault(kind, { path: "/contacts/search" });
    const answer = await ask("/users");
    expect(answer.status).toBe(status);
    expect(answer.body.type).toBe("error.list");
    expect(answer.headers.get("x-intercom-edge")).toBe("edge");
    expect((await ask("/users")).status).toBe(200);
  });

  test("a 429 is waited out once the window turns", async () => {
    await fault("status:429", { path: "/contacts/search" });
    const answer = await ask("/users");
    expect(answer.status).toBe(200);
    expect(await requests()).toHaveLength(2);
  });

  test("a 429 that stays is given as it is", async () => {
    await fault("status:429", { path: "/contacts/search", times: 100 });
    const answer = await ask("/users");
    expect(answer.status).toBe(429);
    expect(firstError(answer).code).toBe("rate_limit_exceeded");
    expect(answer.headers.get("x-ratelimit-reset")).toBeTruthy();
  });

  test("silence is 504 within 30 seconds, bridged and forwarded, and the next call works", async () => {
    await fault("hang", { path: "/contacts/search" });
    await fault("hang", { path: "/admins" });
    const [bridged, forwarded] = await Promise.all([ask("/users"), ask("/admins")]);
    for (const answer of [bridged, forwarded]) {
      expect(answer.status).toBe(504);
      expect(answer.body.type).toBe("error.list");
    }
    expect((await ask("/users")).status).toBe(200);
    expect((await ask("/admins")).status).toBe(200);
  });
});
