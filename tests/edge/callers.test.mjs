// Only callers with a known key get in, and nobody gets the access token out.

import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { requests, reset } from "../sandbox.mjs";
import { ask, firstError } from "../worker.mjs";

const { ACCESS_TOKEN, CALLER_KEY } = process.env;

beforeEach(() => reset());

test.each([
  ["missing", null],
  ["empty", ""],
  ["without a scheme", CALLER_KEY],
  ["of another scheme", `Basic ${CALLER_KEY}`],
  ["unknown", "Bearer 0123456789abcdef0123456789abcdef"],
  ["cut short", `Bearer ${CALLER_KEY.slice(0, -1)}`],
  [
    "in another case",
    `Bearer ${CALLER_KEY.toUpperCase() === CALLER_KEY ? CALLER_KEY.toLowerCase() : CALLER_KEY.toUpperCase()}`,
  ],
  ["Intercom's own token", `Bearer ${ACCESS_TOKEN}`],
  [
    "the token that the Worker should have, as the user of Basic",
    `Basic ${Buffer.from(`${ACCESS_TOKEN}:`).toString("base64")}`,
  ],
  ["its own hash", `Bearer ${createHash("sha256").update(CALLER_KEY).digest("hex")}`],
  ["longer by a letter", `Bearer ${CALLER_KEY}a`],
  ["between spaces and more", `Bearer ${CALLER_KEY} x`],
  ["percent-encoded", `Bearer %${CALLER_KEY.charCodeAt(0).toString(16)}${CALLER_KEY.slice(1)}`],
  ["Basic without its colon", `Basic ${Buffer.from(CALLER_KEY).toString("base64")}`],
  ["twice", `Bearer ${CALLER_KEY}, Bearer ${CALLER_KEY}`],
])("a key that is %s is 401 and nothing reaches Intercom", async (_, authorization) => {
  for (const path of ["/users", "/contacts", "/admins", "/me", "/nothing", "/edge/whoami"]) {
    const answer = await ask(path, { headers: { authorization } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(answer.headers.get("x-intercom-edge")).toBe("edge");
    expect(answer.body.type).toBe("error.list");
    expect(answer.body.request_id).toBeTruthy();
    expect(firstError(answer).code).toBe("unauthorized");
  }
  expect(await requests()).toEqual([]);
});

const basic = (pair) => `Basic ${Buffer.from(pair).toString("base64")}`;

test.each([
  ["the user", `${CALLER_KEY}:`],
  ["the password", `:${CALLER_KEY}`],
  ["the password of an app", `abc123:${CALLER_KEY}`],
  ["the user with a password that means nothing", `${CALLER_KEY}:x`],
  ["both", `${CALLER_KEY}:${CALLER_KEY}`],
])("a key that comes by Basic as %s gets in", async (_, pair) => {
  expect((await ask("/users?per_page=1", { headers: { authorization: basic(pair) } })).status).toBe(200);
  const [{ headers }] = await requests();
  expect(headers.authorization).toBe("Bearer sandbox-token");
});

test("what callers send of themselves stays behind, and the token stays in", async () => {
  await ask("/admins", {
    headers: {
      cookie: "session=secret",
      "cf-connecting-ip": "1.2.3.4",
      "x-forwarded-for": "1.2.3.4",
      "x-real-ip": "1.2.3.4",
      "x-custom": "1",
      referer: "http://example.com/?email=a@b.c",
      "user-agent": "old script/1.0",
      "x-fern-language": "JavaScript",
    },
  });
  const [{ headers }] = await requests();
  expect(headers.authorization).toBe("Bearer sandbox-token");
  expect(headers["user-agent"]).toBe("old script/1.0");
  expect(headers["x-fern-language"]).toBe("JavaScript");
  expect(JSON.stringify(headers)).not.toContain(CALLER_KEY);
  for (const name of ["cookie", "x-forwarded-for", "x-real-ip", "x-custom", "referer"]) {
    expect(headers, name).not.toHaveProperty(name);
  }
  for (const [path, init] of [["/users"], ["/me"], ["/users?page=x"], ["/messages", { json: {} }], ["/nothing"]]) {
    const { text, headers } = await ask(path, init);
    expect(text + JSON.stringify([...headers])).not.toContain(ACCESS_TOKEN);
  }
});

test("the scheme's name has no case, and a key may have spaces before it", async () => {
  for (const authorization of [`bearer ${CALLER_KEY}`, `BEARER ${CALLER_KEY}`, `Bearer   ${CALLER_KEY}`]) {
    expect((await ask("/admins", { headers: { authorization } })).status).toBe(200);
  }
});

test("health needs no key and tells nothing", async () => {
  const answer = await ask("/edge/health", { headers: { authorization: null } });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ status: "ok" });
});

describe("two callers", () => {
  const it = gate("callers-basic", { keys: { one: ["admins:read"], other: ["*"] } });

  test("whose keys are the two halves of one Basic credential are nobody", async () => {
    for (const [user, password] of [
      ["one", "other"],
      ["other", "one"],
    ]) {
      const answer = await it.ask("/admins", {
        headers: { authorization: basic(`${it.keys[user]}:${it.keys[password]}`) },
      });
      expect(answer.status).toBe(401);
      expect(firstError(answer).message).toContain("two callers");
    }
    expect(it.arrived()).toEqual([]);
  });

  test("a write of another site's page with a Basic credential is refused, wherever the key stands in it", async () => {
    for (const pair of [`${it.keys.other}:`, `:${it.keys.other}`, `app:${it.keys.other}`]) {
      const headers = {
        authorization: basic(pair),
        origin: "https://evil.example",
        "sec-fetch-site": "cross-site",
        "intercom-version": "2.14",
      };
      expect((await it.ask("/tags", { headers, json: { name: "a" } })).status).toBe(403);
    }
    expect(it.arrived()).toEqual([]);
  });
});
