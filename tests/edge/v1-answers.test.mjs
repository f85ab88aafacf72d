// What Intercom answers, in the dialect of API 1.x: pages go on by any cursor, one odd entry costs no
// other, what isn't known is null, and errors lead nobody to Intercom.

import { describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { firstError } from "../worker.mjs";

const it = gate("v1-answers");
const ask = (path, version = "1.4", init = {}) => it.ask(path, { ...init, headers: { "intercom-version": version } });
const user = (id, more) => ({
  type: "contact",
  id,
  role: "user",
  external_id: `u-${id}`,
  email: "a@example.com",
  name: "A",
  custom_attributes: {},
  ...more,
});
const list = (data, more) => ({
  body: {
    type: "list",
    data,
    total_count: 100,
    pages: { type: "pages", page: 1, per_page: 50, total_pages: 2 },
    ...more,
  },
});
const sent = (at) => JSON.parse(it.arrived().at(at).body);

const CURSORS = [
  "WzE,2",
  "a\nb==\n",
  "x.y:z",
  "a&b=c",
  "ü",
  "a b",
  "a+b",
  "%41",
  "[1]",
  "#?/\\",
  "💥",
  "\u0001",
  "x".repeat(6_000),
];

describe.each(["/users", "/contacts"])("pages.next of %s", (path) => {
  test.each(CURSORS)("carries the cursor %j as it is", async (cursor) => {
    it.reply(list([user("a1")], { pages: { type: "pages", next: { page: 2, starting_after: cursor } } }));
    const { body } = await ask(`${path}?per_page=5&email=a%2Bb%40example.com`);
    const next = new URL(body.pages.next);
    const answer = await ask(next.pathname + next.search);
    expect(answer.status, answer.text).toBe(200);
    expect(sent(-1).pagination).toEqual({ per_page: 5, starting_after: cursor });
    expect(sent(-1).query).toEqual(sent(0).query);
  });

  test("an empty cursor is the end", async () => {
    it.reply(list([user("a1")], { pages: { type: "pages", next: { page: 2, starting_after: "" } } }));
    expect((await ask(path)).body.pages.next).toBe(null);
    const answer = await ask(`${path}?page=2&starting_after=`);
    expect([answer.status, firstError(answer).field]).toEqual([400, "starting_after"]);
  });
});

test.each(CURSORS)("scrolling goes on by the cursor %j", async (cursor) => {
  it.reply(list([user("a1")], { pages: { type: "pages", next: { page: 2, starting_after: cursor } } }));
  const { body } = await ask("/users/scroll");
  expect((await ask(`/users/scroll?scroll_param=${body.scroll_param}`)).status).toBe(200);
  expect(sent(-1).pagination.starting_after).toBe(cursor);
});

test.each(CURSORS)("companies scroll by %j", async (scroll_param) => {
  it.reply({ body: { type: "list", data: [{ type: "company", id: "c1" }], scroll_param } });
  const { body } = await ask("/companies/scroll");
  expect(body.scroll_param).toBe(scroll_param);
  expect((await ask(`/companies/scroll?scroll_param=${encodeURIComponent(scroll_param)}`)).status).toBe(200);
  expect(new URL(it.arrived().at(-1).url, "http://w").searchParams.get("scroll_param")).toBe(scroll_param);
});

test("the Worker takes the addresses of further events that it gives", async () => {
  it.reply({
    body: {
      type: "event.list",
      events: [],
      pages: { next: "https://api.intercom.io/events?type=user&user_id=u&other=1&before=14%2C7%0A" },
    },
  });
  const { body } = await ask("/events?type=user&user_id=u");
  expect(body.pages.next).toBe(`${it.url}/events?type=user&user_id=u&before=14%2C7%0A`);
  expect((await ask(body.pages.next.slice(it.url.length))).status).toBe(200);
  expect(new URL(it.arrived().at(-1).url, "http://w").searchParams.get("before")).toBe("14,7\n");
});

describe("one entry that can't be read costs no other", () => {
  const odd = [null, 7, "text", []];
  const entries = (...items) => [...odd, ...items, ...odd];
  test("of a page of people", async () => {
    it.reply(list(entries(user("a1"), user("a2"))));
    const { status, body } = await ask("/users");
    expect([status, body.users.map(({ id }) => id), body.total_count]).toEqual([200, ["a1", "a2"], 100]);
    const scroll = await ask("/users/scroll");
    expect(scroll.body.users.map(({ id }) => id)).toEqual(["a1", "a2"]);
  });

  test("of what a person has", async () => {
    const nested = (...items) => ({ type: "list", data: entries(...items) });
    it.reply({
      body: user("a1", {
        tags: nested({ id: "1" }),
        companies: nested({ id: "c1" }),
        social_profiles: nested({ name: "x" }),
        segments: nested({ id: "s1" }),
      }),
    });
    const { body } = await ask("/users/a1");
    expect(body.tags.tags).toEqual([{ type: "tag", id: "1", name: null }]);
    expect(body.companies.companies.map(({ id }) => id)).toEqual(["c1"]);
    expect(body.social_profiles.social_profiles.map(({ name }) => name)).toEqual(["x"]);
    expect(body.segments.segments.map(({ id }) => id)).toEqual(["s1"]);
  });

  test.each([
    ["/companies", "companies", { type: "company", id: "1" }],
    ["/companies/scroll", "companies", { type: "company", id: "1" }],
    ["/companies/c1/users", "users", user("1")],
    ["/tags", "tags", { type: "tag", id: "1" }],
    ["/notes?id=a1", "notes", { type: "note", id: "1" }],
  ])("of %s", async (path, key, entry) => {
    it.reply(list(entries(entry)));
    const { status, body } = await ask(path);
    expect([status, body[key].map(({ id }) => id)]).toEqual([200, ["1"]]);
  });

  test("and what is no list is no empty one", async () => {
    it.reply({ body: { type: "something" } });
    for (const path of ["/users", "/companies", "/companies/c1/users", "/tags", "/notes?id=a1"])
      expect((await ask(path)).status, path).toBe(502);
  });
});

describe("what isn't known is null", () => {
  test.each([null, undefined])("total_count %j", async (total_count) => {
    it.reply(list([user("a1")], { total_count, pages: { type: "pages", next: { page: 2, starting_after: "x" } } }));
    const { body } = await ask("/users");
    expect(body).toMatchObject({
      total_count: null,
      pages: { page: 1, per_page: 50, total_pages: null, next: expect.any(String) },
    });
    it.reply(list([{ type: "company", id: "c1" }], { total_count, pages: undefined }));
    const { body: companies } = await ask("/companies?per_page=1");
    expect(companies).toMatchObject({
      total_count: null,
      pages: { total_pages: null, next: expect.stringContaining("page=2") },
    });
    it.reply(list([], { total_count, pages: undefined }));
    expect((await ask("/companies?per_page=1&page=2")).body.pages.next).toBe(null);
  });
});

describe("several people with one address", () => {
  test.each([
    ["1.0", "/users"],
    ["1.1", "/users"],
    ["1.1", "/contacts"],
  ])("are 409 in %s, where %s gives one person", async (version, path) => {
    const role = path === "/users" ? "user" : "lead";
    it.reply(list([user("a1", { role }), user("a2", { role })]));
    const answer = await ask(`${path}?email=a%40example.com`, version);
    expect([answer.status, firstError(answer)]).toEqual([
      409,
      expect.objectContaining({ code: "conflict", field: "email", ids: ["a1", "a2"] }),
    ]);
  });

  test("are a list from 1.2 on, and one of them is one person before", async () => {
    it.reply(list([user("a1"), user("a2")]));
    expect((await ask("/users?email=a%40example.com", "1.2")).body.users).toHaveLength(2);
    it.reply(list([user("a1")]));
    expect((await ask("/users?email=a%40example.com", "1.1")).body).toMatchObject({ type: "user", id: "a1" });
  });
});

describe("somebody who was merged", () => {
  const gone = (link) => ({
    status: 410,
    headers: link ? { link } : {},
    body: { type: "error.list", errors: [{ code: "gone", message: "merged" }] },
  });
  test.each([
    ["GET", "/users/a1"],
    ["GET", "/contacts/a1"],
    ["GET", "/users?user_id=u"],
    ["DELETE", "/users/a1"],
    ["GET", "/notes?id=a1"],
    ["PUT", "/contacts/a1", { name: "x" }],
    ["POST", "/users", { id: "a1" }],
    [
      "POST",
      "/messages",
      { message_type: "inapp", body: "Hi", from: { type: "admin", id: "1" }, to: { type: "user", user_id: "u" } },
    ],
    [
      "POST",
      "/messages",
      { message_type: "inapp", body: "Hi", from: { type: "admin", id: "1" }, to: { type: "user", id: "a1" } },
    ],
  ])("%s %s points to the user who remains, on this Worker", async (method, path, json) => {
    it.reply(gone('<https://api.intercom.io/contacts/b2>; rel="canonical"'));
    const answer = await ask(path, "1.4", { method, ...(json && { json }) });
    expect(answer.status).toBe(410);
    expect(firstError(answer)).toMatchObject({ code: "contact_merged", ids: ["b2"] });
    expect(new URL(answer.headers.get("link").match(/<(.*)>/)[1], `${it.url}${path}`).href).toBe(`${it.url}/users/b2`);
    expect(answer.text + [...answer.headers.values()].join()).not.toContain("api.intercom.io");
  });

  test("without a link that can be read there is none", async () => {
    it.reply(gone("<https://api.intercom.io/>"));
    const answer = await ask("/users/a1");
    expect([answer.status, answer.headers.get("link")]).toEqual([410, null]);
    it.reply(gone());
    expect((await ask("/users/a1")).status).toBe(410);
  });
});

describe("Retry-After", () => {
  const error = (code) => ({ type: "error.list", errors: [{ code, message: "x" }] });
  const window = (remaining) => ({
    "x-ratelimit-limit": "83",
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 600),
  });
  test.each([
    [500, "3"],
    [502, "7"],
    [503, "7"],
    [503, "Fri, 31 Dec 9999 23:59:59 GMT"],
  ])("of a %i is passed on: %s", async (status, after) => {
    it.reply({ status, headers: { "retry-after": after }, body: {} });
    for (const [path, init] of [
      ["/users"],
      ["/users/a1"],
      ["/events", { method: "POST", json: { event_name: "x", user_id: "u" } }],
    ]) {
      const answer = await ask(path, "1.4", init);
      expect([answer.status, answer.headers.get("retry-after")], path).toEqual([502, after]);
    }
  });

  test("isn't made up for a 5xx", async () => {
    it.reply({ status: 503, body: {} });
    expect((await ask("/users")).headers.get("retry-after")).toBe(null);
  });

  test("is made of the window's end, and of nothing else", async () => {
    for (const [reply, after] of [
      // A reset ten minutes away is wrong: a window is ten seconds.
      [{ headers: window(0), body: error("other") }, "10"],
      [{ headers: window(0), body: error("rate_limit_exceeded") }, "10"],
      [{ headers: window(50), body: error("parameter_invalid") }, null],
      [{ body: error("scroll_exists") }, null],
      [{ headers: { ...window(50), "retry-after": "40" }, body: error("other") }, "40"],
    ]) {
      it.reply({ status: 429, ...reply });
      const answer = await ask("/tags", "1.4", { method: "POST", json: { name: "A" } });
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, after]);
    }
  });
});
