// Which API a caller gets, decided before the body is read: docs/api-1.x.md, "Which API version a request gets".

import { describe, expect, test } from "vitest";
import { gate, told } from "../gate.mjs";
import { firstError } from "../worker.mjs";

const it = gate("versions");

const contact = { type: "contact", id: "5", role: "user", external_id: "9", email: "a@example.com", name: "A" };
const list = {
  type: "list",
  data: [contact],
  total_count: 1,
  pages: { type: "pages", page: 1, per_page: 50, total_pages: 1 },
};
const arrived = () =>
  it
    .arrived()
    .map(({ method, url, headers, body }) => [`${method} ${url}`, headers["intercom-version"], body.toString()]);

/** What only a client of API 2.x sends. */
const MARKS = [
  { "user-agent": "IntercomCLI/0.9.0" },
  { "user-agent": "intercom-node-client/3.1.5" },
  { "user-agent": "intercom-node-client/5.0.0" },
  { "user-agent": "python-intercom/5.0.1" },
  { "user-agent": "Intercom-Ruby/4.2.2" },
  { "x-fern-sdk-name": "any" },
  { "x-fern-language": "Java" },
  { "x-fern-anything": "1", "user-agent": "curl/8.5.0" },
];

/** Clients of API 1.x, and those that may speak either. */
const UNMARKED = [
  {},
  { "user-agent": "intercom-node-client/2.0.0" },
  { "user-agent": "python-intercom/3.1.0" },
  { "user-agent": "Intercom-Ruby/3.9.5" },
  { "user-agent": "Intercom-PHP/4.4.0" },
  { "user-agent": "python-httpx/0.28.1" },
  { "x-cli-command": "contacts list" },
];

/** Operations that both APIs have, with the body of API 2.x. */
const BOTH = [
  ["GET", "/contacts?per_page=5"],
  ["GET", "/contacts?per_page=1&starting_after=abc"],
  ["POST", "/contacts", '{"role":"user","external_id":"9"}'],
  ["GET", "/contacts/5"],
  ["DELETE", "/contacts/5"],
  ["GET", "/companies"],
  ["POST", "/companies", '{"company_id":"1"}'],
  ["GET", "/tags"],
  ["POST", "/tags", '{"name":"a"}'],
  ["DELETE", "/tags/5"],
  ["GET", "/events?type=user&user_id=1"],
  ["POST", "/events", '{"event_name":"a"}'],
  ["GET", "/visitors?user_id=1"],
  ["GET", "/notes/5"],
  ["GET", "/companies/scroll"],
];

const init = (method, body, headers) => ({
  method,
  body,
  headers: { ...(body && { "content-type": "application/json" }), ...headers },
});

describe("a caller who pins nothing", () => {
  test.each(MARKS)("and is marked by %j gets API 2.x, byte for byte", async (mark) => {
    for (const [method, path, body] of BOTH) {
      it.arrived().length = 0;
      it.reply({ body: list });
      const answer = await it.ask(path, init(method, body, mark));
      expect([answer.status, answer.body], path).toEqual([200, list]);
      expect(arrived(), path).toEqual([[`${method} ${path}`, "2.14", body ?? ""]]);
    }
  });

  test.each(UNMARKED)("and has no mark but %j gets API 1.x", async (headers) => {
    it.reply(({ url }) => ({
      body: url.startsWith("/contacts/5")
        ? { ...contact, role: "lead" }
        : { ...list, data: [{ ...contact, role: "lead" }] },
    }));
    const all = await it.ask("/contacts", { headers });
    expect([all.status, all.body.type]).toEqual([200, "contact.list"]);
    const one = await it.ask("/contacts/5", { headers });
    expect([one.status, one.body.type, one.body.user_id]).toEqual([200, "contact", "9"]);
  });

  test("an operation that only API 1.x has is bridged, mark or not", async () => {
    it.reply({ body: list });
    for (const headers of [{}, ...MARKS]) {
      const answer = await it.ask("/users", { headers });
      expect([answer.status, answer.body.type]).toEqual([200, "user.list"]);
      expect((await it.ask("/bulk/users", { headers, json: {} })).status).toBe(410);
    }
  });

  test("an operation that only API 2.x has is forwarded, mark or not", async () => {
    for (const headers of [{}, ...MARKS]) {
      for (const [method, path, body] of [
        ["POST", "/contacts/search", '{"query":{}}'],
        ["GET", "/contacts/5/tags"],
        ["GET", "/teams"],
      ]) {
        it.arrived().length = 0;
        expect((await it.ask(path, init(method, body, headers))).status).toBe(200);
        expect(arrived()).toEqual([[`${method} ${path}`, "2.14", body ?? ""]]);
      }
    }
  });

  test("a mark opens nothing: the scope is checked, and what no API has stays 404", async () => {
    expect((await it.ask("/contacts", { as: null, headers: MARKS[0] })).status).toBe(401);
    expect((await it.ask("/fin-sdk/manifest", { headers: MARKS[0] })).status).toBe(404);
    expect(it.arrived()).toEqual([]);
  });
});

describe("Intercom-Version", () => {
  test.each(["1.4", "1.0", "1.4, 1.4", " 1.4 ,1.4"])("%j is API 1.x, also with a mark", async (version) => {
    it.reply({ body: list });
    for (const mark of [{}, ...MARKS]) {
      const answer = await it.ask("/contacts", { headers: { "intercom-version": version, ...mark } });
      expect([answer.status, answer.body.type]).toEqual([200, "contact.list"]);
    }
  });

  test.each([
    ["2.14", "2.14"],
    ["2.11", "2.11"],
    ["2.0", "2.0"],
    ["Unstable", "Unstable"],
    ["Preview", "Preview"],
    ["2.16, 2.16", "2.16"],
  ])("%j goes to Intercom as %j", async (version, sent) => {
    await it.ask("/contacts", { headers: { "intercom-version": version } });
    await it.ask("/messages", { headers: { "intercom-version": version }, json: { from: { type: "admin", id: "1" } } });
    expect(it.arrived().map(({ headers }) => headers["intercom-version"])).toEqual([sent, sent]);
  });

  test.each([
    "1",
    "2",
    "01.4",
    "1.04",
    "1,4",
    "1.5",
    "1.x",
    "1.4.0",
    "2.14.0",
    "v2.14",
    "2.",
    "0.9",
    "2.14, 1.4",
    "1.4, 2.14",
    "1.4, 1.3",
    "1.4,",
    "2.14; x",
    "*",
  ])("%j is 400, and nothing is asked", async (version) => {
    for (const path of ["/contacts", "/users", "/admins", "/contacts/5/tags"]) {
      const answer = await it.ask(path, { headers: { "intercom-version": version } });
      expect([answer.status, firstError(answer).code, firstError(answer).field], path).toEqual([
        400,
        "intercom_version_invalid",
        "Intercom-Version",
      ]);
    }
    expect(it.arrived()).toEqual([]);
  });
});

test("an UPSTREAM_VERSION outside API 2.x is 503, and an invalid DEFAULT_VERSION makes a pin needed", async () => {
  const settings = [{ UPSTREAM_VERSION: "1.4" }, { UPSTREAM_VERSION: "2.14, 2.15" }, { DEFAULT_VERSION: "1.x" }];
  const answers = await told(
    "versions-malformed",
    settings.map((vars) => ({ vars })),
    "/contacts",
  );
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 400]);
  for (const answer of answers.slice(0, 2)) expect(firstError(answer).message).toContain("UPSTREAM_VERSION");
  expect(firstError(answers[2]).field).toBe("Intercom-Version");
});
