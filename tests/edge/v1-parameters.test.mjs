// Query parameters of API 1.x: each one that a call had is read or rejected by name, and so is every
// unknown one. A filter that is ignored would return everybody's data.

import { describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { firstError } from "../worker.mjs";

const it = gate("v1-parameters", {
  keys: { all: ["*"], people: ["contacts:read"], counts: ["contacts:read", "segments:read"] },
});
const V1 = { "intercom-version": "1.4" };

const ask = (path, init = {}) => it.ask(path, { ...init, headers: { ...V1, ...init.headers } });
const sent = () =>
  it.arrived().map(({ method, url, body }) => [`${method} ${url}`, ...(body.length ? [JSON.parse(body)] : [])]);
/** Answers each request to Intercom in turn. */
const script = (...bodies) => it.reply((_, count) => ({ body: bodies[count - 1] ?? {} }));

const people = (...data) => ({
  type: "list",
  data,
  total_count: data.length,
  pages: { type: "pages", page: 1, per_page: 50, total_pages: 1 },
});
const user = (id, more) => ({
  type: "contact",
  id,
  role: "user",
  external_id: `ext-${id}`,
  email: `${id}@example.com`,
  ...more,
});
const lead = (id) => ({ ...user(id), role: "lead" });

async function rejected(answer, status, field) {
  expect([answer.status, firstError(answer).field], answer.text).toEqual([status, field]);
  expect(answer.headers.get("x-intercom-edge")).toBe("edge");
  expect(it.arrived()).toEqual([]);
}

test.each([
  "GET /users",
  "POST /users",
  "PUT /users",
  "DELETE /users",
  "GET /users/scroll",
  "GET /users/a1",
  "DELETE /users/a1",
  "POST /user_delete_requests",
  "GET /contacts",
  "POST /contacts",
  "PUT /contacts",
  "DELETE /contacts",
  "GET /contacts/scroll",
  "POST /contacts/convert",
  "GET /contacts/a1",
  "PUT /contacts/a1",
  "DELETE /contacts/a1",
  "GET /visitors",
  "POST /visitors",
  "PUT /visitors",
  "POST /visitors/convert",
  "GET /companies",
  "POST /companies",
  "GET /companies/scroll",
  "GET /companies/c1",
  "GET /companies/c1/users",
  "GET /tags",
  "POST /tags",
  "DELETE /tags/1",
  "GET /segments",
  "GET /segments/1",
  "GET /notes",
  "POST /notes",
  "GET /notes/1",
  "GET /events",
  "POST /events",
  "GET /counts",
  "POST /messages",
  "GET /admins",
  "GET /admins/1",
  "PUT /admins/1/away",
  "GET /me",
])("%s rejects a parameter that it doesn't know", async (call) => {
  const [method, path] = call.split(" ");
  await rejected(await ask(`${path}?filter_by=x`, { method }), 400, "filter_by");
});

test.each([
  ["/users?updated_since=1", 410, "updated_since"],
  ["/contacts?updated_since=1", 410, "updated_since"],
  ["/users?type=company", 400, "type"],
  ["/contacts?type=user", 400, "type"],
  ["/users?user_id=a&email=b%40c.d", 400, "email"],
  ["/users?user_id=a&tag_id=1", 400, "tag_id"],
  ["/users?user_id=a&created_since=1", 400, "created_since"],
  ["/users?company_id=a&tag_id=1", 400, "tag_id"],
  ["/users?company_id=a&company_name=b", 400, "company_name"],
  ["/users?company_id=a&order=asc", 400, "order"],
  ["/users?company_id=", 400, "company_id"],
  ["/contacts?per_page=1&starting_after=abc", 400, "starting_after"],
  ["/companies?sort=created_at", 410, "sort"],
  ["/companies?order=asc", 410, "order"],
  ["/companies?order=up", 400, "order"],
  ["/companies?type=user", 400, "type"],
  ["/companies?tag_id=1&type=user", 400, "type"],
  ["/companies?company_id=a&name=b", 400, "name"],
  ["/companies?tag_id=1&segment_id=2", 400, "segment_id"],
  ["/companies?company_id=a&tag_id=1", 400, "tag_id"],
  ["/companies?company_id=a&type=company", 400, "type"],
  ["/tags?page=2", 410, "page"],
  ["/segments?page=2", 410, "page"],
  ["/segments?per_page=5", 410, "per_page"],
  ["/segments?type=company", 410, "type"],
  ["/admins?page=2", 410, "page"],
  ["/admins?per_page=5", 410, "per_page"],
  ["/visitors?id=1", 410, "id"],
  ["/visitors?email=a%40b.c", 410, "email"],
  ["/notes?id=1&email=a%40b.c", 400, "email"],
  ["/events?user_id=a&summary=yes", 400, "summary"],
  ["/events?user_id=a&page=2", 400, "page"],
])("GET %s is %i and names %s", async (path, status, field) => rejected(await ask(path), status, field));

test("DELETE by two names is rejected", async () =>
  rejected(await ask("/users?id=1&user_id=2", { method: "DELETE" }), 400, "user_id"));

test("the error says what the call takes, and which version has others", async () => {
  const { message } = firstError(await ask("/users/scroll?per_page=5"));
  expect(message).toContain("this call takes scroll_param");
  expect(message).toContain("Intercom-Version: 2.14");
});

test("a caller of 2.x, and a call that only 2.x has, are Intercom's to judge", async () => {
  expect((await it.ask("/contacts?anything=1", { headers: { "intercom-version": "2.14" } })).status).toBe(200);
  expect((await ask("/contacts/search?anything=1", { json: {} })).status).toBe(200);
  expect(it.arrived()).toHaveLength(2);
});

describe("the people of a company", () => {
  test.each([
    ["/users?company_id=acme%201&page=2&per_page=20", "/companies?company_id=acme%201", "user.list", ["a1"]],
    ["/users?company_name=Acme&type=users&page=2&per_page=20", "/companies?name=Acme", "user.list", ["a1"]],
    ["/contacts?company_id=acme%201&page=2&per_page=20", "/companies?company_id=acme%201", "contact.list", ["a2"]],
  ])("%s", async (path, lookup, type, ids) => {
    script(
      { type: "company", id: "c1" },
      {
        ...people(user("a1"), lead("a2")),
        total_count: 50,
        pages: { type: "pages", page: 2, per_page: 20, total_pages: 3 },
      },
    );
    const { status, body } = await ask(path);
    expect(status).toBe(200);
    expect(body.type).toBe(type);
    expect((body.users ?? body.contacts).map(({ id }) => id)).toEqual(ids);
    expect(sent()).toEqual([
      [`GET ${lookup}`],
      [expect.stringMatching(/^GET \/companies\/c1\/contacts\?(page=2&per_page=20|per_page=20&page=2)$/)],
    ]);
    expect(body.pages).toMatchObject({ page: 2, per_page: 20, total_pages: 3 });
    const next = new URL(body.pages.next);
    expect([next.pathname, next.searchParams.get("page")]).toEqual([path.split("?")[0], "3"]);
    expect(next.searchParams.get(path.includes("company_name") ? "company_name" : "company_id")).toBeTruthy();
    // n8n adds its own filter and size to that address.
    it.arrived().length = 0;
    script({ type: "company", id: "c1" }, people());
    expect((await ask(`${next.pathname}${next.search}&per_page=60&${path.split("?")[1].split("&")[0]}`)).status).toBe(
      200,
    );
  });

  test("an unknown company is Intercom's 404", async () => {
    it.reply({
      status: 404,
      body: { type: "error.list", errors: [{ code: "company_not_found", message: "Company Not Found" }] },
    });
    const answer = await ask("/users?company_id=nowhere");
    expect([answer.status, firstError(answer).code]).toEqual([404, "company_not_found"]);
  });

  test("needs the scope of companies besides", async () => {
    const answer = await ask("/users?company_id=acme", { as: "people" });
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
      403,
      expect.stringContaining('scope="companies:read"'),
    ]);
    expect(it.arrived()).toEqual([]);
  });
});

test("filters of a list of users reach Intercom, each of them", async () => {
  it.reply({ body: people(user("a1")) });
  expect(
    (await ask("/users?email=a%40b.c&phone=1&tag_id=2&segment_id=3&order=asc&sort=updated_at&type=user")).status,
  ).toBe(200);
  const [[, { query, sort }]] = sent();
  expect(query.value.map(({ field, value }) => [field, value])).toEqual([
    ["role", "user"],
    ["email", "a@b.c"],
    ["phone", "1"],
    ["tag_id", "2"],
    ["segment_id", "3"],
  ]);
  expect(sort).toEqual({ field: "updated_at", order: "ascending" });
});

describe("counts show what their lists show", () => {
  test.each([
    ["", "companies:read"],
    ["?type=company", "companies:read"],
    ["?type=tag", "tags:read"],
    ["?type=segment", "segments:read"],
    ["?type=user&count=segment", "segments:read"],
  ])("/counts%s needs %s besides contacts:read", async (query, scope) => {
    const answer = await ask(`/counts${query}`, { as: "people" });
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
      403,
      expect.stringContaining(`scope="${scope}"`),
    ]);
    expect(it.arrived()).toEqual([]);
  });

  test("and nothing more", async () => {
    script(people(user("a1")), {
      type: "segment.list",
      segments: [{ type: "segment", id: "1", name: "Active", count: 3 }],
    });
    expect((await ask("/counts?type=user", { as: "people" })).body).toEqual({ type: "count.hash", user: { count: 1 } });
    expect((await ask("/counts?type=user&count=segment", { as: "counts" })).body.user.segment).toEqual([{ Active: 3 }]);
  });
});
