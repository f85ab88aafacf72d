// A key may do what its scopes cover and nothing else, in both dialects; and what is wrong with the
// list of keys locks everybody out.

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { gate, newKey, told } from "../gate.mjs";
import { firstError } from "../worker.mjs";

const V2 = { "intercom-version": "2.14" };
const V1 = { "intercom-version": "1.4" };
const message = { message_type: "inapp", body: "Hi", from: { type: "admin", id: "1" }, to: { type: "user", id: "5" } };

/** Each with the one scope that it needs. */
const OPERATIONS = [
  ["GET", "/contacts", "contacts:read"],
  ["GET", "/contacts/5", "contacts:read"],
  ["GET", "/contacts/find_by_external_id/5", "contacts:read"],
  ["POST", "/contacts/search", "contacts:read"],
  ["GET", "/contacts/5/tags", "contacts:read"],
  ["GET", "/companies/5/contacts", "contacts:read"],
  ["POST", "/contacts", "contacts:write"],
  ["PUT", "/contacts/5", "contacts:write"],
  ["DELETE", "/contacts/5", "contacts:write"],
  ["POST", "/contacts/merge", "contacts:write"],
  ["POST", "/contacts/5/archive", "contacts:write"],
  ["POST", "/contacts/5/tags", "tags:write"],
  ["DELETE", "/contacts/5/tags/7", "tags:write"],
  ["GET", "/contacts/5/notes", "notes:read"],
  ["GET", "/companies", "companies:read"],
  ["POST", "/companies/list", "companies:read"],
  ["GET", "/me", "admins:read"],
  ["GET", "/admins", "admins:read"],
  ["PUT", "/admins/5/away", "admins:write"],
  ["POST", "/messages", "messages:send"],
  ["GET", "/conversations/5", "conversations:read"],
  ["POST", "/conversations/search", "conversations:read"],
  ["POST", "/conversations/5/reply", "conversations:write"],
  ["POST", "/export/content/data", "export:write"],
];

/** Calls of API 1.x. */
const OLD = [
  ["GET", "/users", "contacts:read"],
  ["GET", "/users/5", "contacts:read"],
  ["GET", "/users/scroll", "contacts:read"],
  ["GET", "/users?email=a@example.com", "contacts:read"],
  ["GET", "/contacts", "contacts:read"],
  ["GET", "/contacts/5", "contacts:read"],
  ["GET", "/contacts/scroll", "contacts:read"],
  ["POST", "/messages", "messages:send"],
  ["GET", "/admins", "admins:read"],
  ["GET", "/me", "admins:read"],
  ["POST", "/contacts", "contacts:write"],
  ["GET", "/conversations/5", "conversations:read"],
];

const SCOPES = [...new Set(OPERATIONS.map(([, , scope]) => scope))];
const only = (scope) => scope.replace(":", "-");
const past = Math.floor(Date.now() / 1000) - 1;
const toCome = past + 3600;

const second = newKey("second", ["tags:read"]);
const third = newKey("third", ["segments:read"]);

const it = gate("scopes", {
  keys: {
    all: ["*"],
    looks: ["*:read"],
    nothing: [],
    two: ["contacts:read", "messages:send"],
    expired: { scopes: ["*"], expires_at: past },
    "not-yet": { scopes: ["admins:read"], expires_at: toCome },
    ...Object.fromEntries(SCOPES.map((scope) => [only(scope), [scope]])),
  },
  vars: { CALLER_KEYS_2: JSON.stringify([second.entry]), CALLER_KEYS_3: JSON.stringify([third.entry]) },
});

const init = (method, headers) =>
  method === "GET" || method === "DELETE" ? { method, headers } : { method, headers, json: message };

function lacks(answer, scope) {
  expect(answer.status).toBe(403);
  expect(answer.headers.get("www-authenticate")).toBe(`Bearer error="insufficient_scope", scope="${scope}"`);
  expect(answer.headers.get("x-intercom-edge")).toBe("edge");
  expect(answer.body.type).toBe("error.list");
  expect(answer.body.request_id).toBe(answer.headers.get("x-request-id"));
  expect(firstError(answer)).toEqual({ code: "forbidden", message: `The caller doesn't have the scope ${scope}` });
  expect(it.arrived()).toEqual([]);
}

describe("API 2.x", () => {
  test.each(OPERATIONS)("%s %s needs %s and nothing else", async (method, path, scope) => {
    for (const other of SCOPES.filter((other) => other !== scope))
      lacks(await it.ask(path, { as: only(other), ...init(method, V2) }), scope);
    lacks(await it.ask(path, { as: "nothing", ...init(method, V2) }), scope);
    const answer = await it.ask(path, { as: only(scope), ...init(method, V2) });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-intercom-edge")).toBe("upstream");
    expect(it.arrived().map(({ method, url }) => [method, url])).toEqual([[method, path]]);
  });

  test.each(OPERATIONS)("%s %s: * may, and *:read only if it looks", async (method, path, scope) => {
    const looks = await it.ask(path, { as: "looks", ...init(method, V2) });
    if (scope.endsWith(":read")) expect(looks.status).toBe(200);
    else lacks(looks, scope);
    expect((await it.ask(path, { as: "all", ...init(method, V2) })).status).toBe(200);
  });
});

describe("API 1.x", () => {
  test.each(OLD)("%s %s needs %s and nothing else", async (method, path, scope) => {
    for (const other of SCOPES.filter((other) => other !== scope))
      lacks(await it.ask(path, { as: only(other), ...init(method, V1) }), scope);
    for (const as of [only(scope), "all"]) {
      const answer = await it.ask(path, { as, ...init(method, V1) });
      expect([401, 403]).not.toContain(answer.status);
    }
    expect(it.arrived().length).toBeGreaterThan(0);
  });
});

test("a key has all its scopes, and no other", async () => {
  expect((await it.ask("/contacts", { as: "two", headers: V2 })).status).toBe(200);
  expect((await it.ask("/messages", { as: "two", headers: V2, json: message })).status).toBe(200);
  it.arrived().length = 0;
  lacks(await it.ask("/admins", { as: "two", headers: V2 }), "admins:read");
  lacks(await it.ask("/contacts/5", { as: "two", method: "DELETE", headers: V2 }), "contacts:write");
});

test("no scope opens what isn't an operation", async () => {
  for (const path of ["/nothing", "/contacts/5/nothing", "/_sandbox/reset", "/edge/nothing"]) {
    expect((await it.ask(path, { headers: V2 })).status, path).toBe(404);
  }
  expect((await it.ask("/contacts/search", { headers: V2 })).status).toBe(405);
  expect(it.arrived()).toEqual([]);
});

test("what a call of API 1.x does besides needs its own scope", async () => {
  const denied = async (path, scope, { as, ...init }) => {
    const answer = await it.ask(path, { as, ...init });
    expect(answer.status, path).toBe(403);
    expect(firstError(answer).message).toBe(`The caller doesn't have the scope ${scope}`);
  };
  // A company's people.
  it.reply({ body: { type: "company", id: "5", company_id: "acme" } });
  expect((await it.ask("/companies?company_id=acme", { as: "companies-read" })).status).toBe(200);
  await denied("/companies?company_id=acme&type=user", "contacts:read", { as: "companies-read" });
  expect(
    it
      .arrived()
      .map(({ url }) => url)
      .filter((url) => url.includes("/contacts")),
  ).toEqual([]);
  // A person's companies.
  const json = { user_id: "1", companies: [{ company_id: "acme", name: "Renamed" }] };
  it.arrived().length = 0;
  await denied("/users", "companies:write", { as: "contacts-write", json });
  expect(it.arrived()).toEqual([]);
});

test("CALLER_KEYS_2 and _3 hold keys too", async () => {
  const ask = (key, path) => it.ask(path, { headers: { ...V2, authorization: `Bearer ${key}` } });
  expect((await ask(second.key, "/tags")).status).toBe(200);
  expect((await ask(third.key, "/segments")).status).toBe(200);
  it.arrived().length = 0;
  lacks(await ask(second.key, "/segments"), "segments:read");
  lacks(await ask(third.key, "/tags"), "tags:read");
});

test("a key that has expired is 401 and says so; one that will expire works until then", async () => {
  const expired = await it.ask("/admins", { as: "expired" });
  expect(expired.status).toBe(401);
  expect(firstError(expired)).toEqual({
    code: "unauthorized",
    message: "The caller key has expired: ask the operator for a new one",
  });
  expect(it.arrived()).toEqual([]);
  expect((await it.ask("/admins", { as: "not-yet" })).status).toBe(200);
  const { body } = await it.ask("/edge/whoami", { as: "not-yet" });
  expect(body).toEqual({ name: "not-yet", scopes: ["admins:read"], expires_at: toCome, credential: "key" });
});

test("a key counts in its header only", async () => {
  const key = it.keys.all;
  for (const path of [
    `/users?access_token=${key}`,
    `/users?authorization=Bearer+${key}`,
    `/users/${key}`,
    `/edge/whoami?key=${key}`,
  ]) {
    const headers = {
      cookie: `authorization=${key}; key=${key}`,
      "x-api-key": key,
      "proxy-authorization": `Bearer ${key}`,
    };
    expect((await it.ask(path, { as: null, headers })).status).toBe(401);
  }
  expect(it.arrived()).toEqual([]);
});

test("a hash is no key", async () => {
  const hash = createHash("sha256").update(it.keys.all).digest("hex");
  expect((await it.ask("/admins", { headers: { authorization: `Bearer ${hash}` } })).status).toBe(401);
});

describe("a list of keys that can't be meant", () => {
  const good = newKey("good", ["*"]);
  const other = newKey("other", ["*"]).entry;
  const without = (key) => Object.fromEntries(Object.entries(other).filter(([name]) => name !== key));
  const lists = (...parts) =>
    Object.fromEntries(
      parts.map((part, at) => [
        at === 0 ? "CALLER_KEYS" : `CALLER_KEYS_${at + 1}`,
        typeof part === "string" ? part : JSON.stringify(part),
      ]),
    );
  const cases = [
    [
      "an unknown scope",
      lists([good.entry, { ...other, scopes: ["contacts:read", "contacts:all"] }]),
      "CALLER_KEYS is malformed: entry 2: a scope is unknown",
    ],
    ["no scopes", lists([good.entry, without("scopes")]), "CALLER_KEYS is malformed: entry 2: "],
    ["an unknown field", lists([good.entry, { ...other, scope: ["*"] }]), "CALLER_KEYS is malformed: entry 2: "],
    [
      "a hash that is none",
      lists([{ ...other, sha256: "abc" }, good.entry]),
      "CALLER_KEYS is malformed: entry 1: sha256 ",
    ],
    [
      "a name twice, in two settings",
      lists([good.entry], [{ ...other, name: "good" }]),
      "CALLER_KEYS_2 is malformed: entry 1: its name is taken",
    ],
    [
      "a key twice",
      lists([good.entry], [], [{ ...good.entry, name: "again", scopes: [] }]),
      "CALLER_KEYS_3 is malformed: entry 1: its key is taken",
    ],
    [
      "an origin with a path",
      lists([good.entry, { ...other, origins: ["https://a.example/"] }]),
      "CALLER_KEYS is malformed: entry 2: an origin ",
    ],
    [
      "no JSON",
      lists([good.entry], "[{"),
      "CALLER_KEYS_2 is malformed: it must be the JSON array that npx intercom-edge key writes",
    ],
    ["no list", { CALLER_KEYS: "[]" }, "No caller key is configured"],
  ];

  test("locks everybody out with a 401 that names the setting and the entry, and no secret", async () => {
    const answers = await told(
      "scopes-malformed",
      cases.map(([, vars]) => ({ keys: {}, vars })),
      "/admins",
      good.key,
    );
    for (const [at, [what, , message]] of cases.entries()) {
      const { status, body, text, headers, health } = answers[at];
      expect(status, what).toBe(401);
      expect(headers.get("www-authenticate"), what).toBe("Bearer");
      expect(body.errors[0].message, what).toContain(message);
      for (const secret of [good.entry.sha256, good.key, other.sha256]) expect(text, what).not.toContain(secret);
      expect(health.body, what).toEqual({ status: "ok" });
    }
  });
});
