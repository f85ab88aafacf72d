// Companies in the dialect of API 1.x: pages, one, its users, scrolling, and changes.

import { beforeEach, expect, test } from "vitest";
import { intercom, requests, reset } from "../sandbox.mjs";
import { ask, firstError } from "../worker.mjs";

beforeEach(() => reset());

const first = "6762f07a1bb69f9f21930001";

test("following pages.next gives every company once", async () => {
  const found = [];
  let next = "/companies?per_page=50";
  let page = 0;
  while (next) {
    const { status, body } = await ask(next);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      type: "company.list",
      total_count: 120,
      pages: { type: "pages", page: ++page, per_page: 50, total_pages: 3 },
    });
    found.push(...body.companies.map(({ id }) => id));
    next = body.pages.next;
    if (next) expect(next.startsWith(`${process.env.WORKER_URL}/companies?`)).toBe(true);
  }
  expect(new Set(found).size).toBe(120);
  expect((await ask("/companies")).body.companies).toHaveLength(50);
});

test("one by id, company_id and name, as API 2.x gives it", async () => {
  const company = await intercom("GET", `/companies/${first}`);
  for (const path of [
    `/companies/${first}`,
    "/companies?company_id=company-1",
    `/companies?name=${encodeURIComponent(company.name)}`,
  ]) {
    expect((await ask(path)).body, path).toEqual(company);
  }
  for (const path of [
    "/companies/000000000000000000000000",
    "/companies?company_id=nowhere",
    "/companies?name=Nowhere&type=user",
  ]) {
    const answer = await ask(path);
    expect([answer.status, firstError(answer).code], path).toEqual([404, "company_not_found"]);
  }
});

test("a company's users, by id and by company_id as the Node client and n8n ask, without its leads", async () => {
  const contacts = (await intercom("GET", `/companies/${first}/contacts?per_page=150`)).data;
  const users = contacts.filter(({ role }) => role === "user").map(({ id }) => id);
  expect(users.length).toBeGreaterThan(0);
  const lead = (await ask("/contacts", { json: { companies: [{ id: first }] } })).body;
  for (const path of [
    `/companies/${first}/users`,
    "/companies?company_id=company-1&type=user",
    "/companies?company_id=company-1&type=users",
  ]) {
    const { body } = await ask(path);
    expect(body).toMatchObject({ type: "user.list", limited: false });
    expect(body.users.map(({ id }) => id).sort()).toEqual([...users].sort());
    expect(body.users.map(({ id }) => id)).not.toContain(lead.id);
    expect(body.users[0]).toMatchObject({ type: "user", segments: { type: "segment.list" } });
  }
  const page = (await ask("/companies?company_id=company-1&type=users&per_page=1")).body;
  expect(page.pages).toMatchObject({
    page: 1,
    per_page: 1,
    next: `${process.env.WORKER_URL}/companies/${first}/users?per_page=1&page=2`,
  });
  expect((await ask("/companies/000000000000000000000000/users")).status).toBe(404);
});

test("by tag and by segment, and the next page keeps the filter", async () => {
  const { body: tag } = await ask("/tags", {
    json: { name: "Key", companies: [1, 2, 3].map((at) => ({ company_id: `company-${at}` })) },
  });
  const { body } = await ask(`/companies?tag_id=${tag.id}&per_page=2`);
  expect([body.companies.length, body.total_count]).toEqual([2, 3]);
  expect((await ask(body.pages.next)).body.companies).toHaveLength(1);
  expect((await ask("/companies?segment_id=5bb2f45a1e099bf2d5530001")).body.companies).toEqual([]);
});

test("scrolling gives every company once, and ends with an empty list", async () => {
  const found = [];
  let answer = await ask("/companies/scroll");
  const scroll = answer.body.scroll_param;
  while (answer.body.companies.length > 0) {
    expect(answer.body.type).toBe("company.list");
    found.push(...answer.body.companies.map(({ id }) => id));
    answer = await ask(`/companies/scroll?scroll_param=${scroll}`);
    expect(answer.body.scroll_param).toBe(scroll);
  }
  expect(new Set(found).size).toBe(120);
  await ask("/companies/scroll");
  const second = await ask("/companies/scroll");
  expect([second.status, firstError(second).code]).toEqual([400, "scroll_exists"]);
});

test("POST /companies makes and changes; what API 2.x can't write is left out", async () => {
  const json = {
    company_id: "blue-sun",
    name: "Blue Sun",
    plan: "Paid",
    monthly_spend: 9,
    size: 85,
    website: "https://example.com",
    industry: "Mining",
    remote_created_at: 1_374_138_000,
    custom_attributes: { a: 1 },
  };
  const made = await ask("/companies", {
    json: { ...json, session_count: 4, user_count: 2, id: undefined, app_id: "x" },
  });
  expect(made.status).toBe(200);
  expect(made.body).toMatchObject({ ...json, type: "company", plan: { name: "Paid" } });
  const sent = (await requests()).at(-1);
  expect([sent.method, sent.path, JSON.parse(sent.body)]).toEqual(["POST", "/companies", json]);
  const changed = await ask("/companies", { json: { company_id: "blue-sun", custom_attributes: { b: 2 } } });
  expect(changed.body).toMatchObject({ id: made.body.id, name: "Blue Sun", custom_attributes: { a: 1, b: 2 } });
  const byId = await ask("/companies", { json: { id: made.body.id, name: "Red Sun" } });
  expect(byId.body).toMatchObject({ company_id: "blue-sun", name: "Red Sun" });
  expect((await ask("/companies", { json: { company_id: 762, name: "Number" } })).body.company_id).toBe("762");
});

test.each([
  [{}, "company_id"],
  [{ name: "X" }, "company_id"],
  [{ company_id: "" }, "company_id"],
  [{ company_id: {} }, "company_id"],
  [{ id: "a/b" }, "id"],
  [{ id: [] }, "id"],
])("a company of %j is refused", async (json, field) => {
  const answer = await ask("/companies", { json });
  expect([400, 422]).toContain(answer.status);
  expect(firstError(answer).field).toBe(field);
  expect(await requests()).toEqual([]);
});

test.each([
  ["page=0", "page"],
  ["page=x", "page"],
  ["per_page=61", "per_page"],
  ["tag_id=", "tag_id"],
  ["company_id=", "company_id"],
  ["name=%00", "name"],
])("GET /companies?%s is refused", async (query, field) => {
  const answer = await ask(`/companies?${query}`);
  expect([answer.status, firstError(answer).field]).toEqual([400, field]);
  expect(await requests()).toEqual([]);
});

test("Intercom's own limit of 10,000 companies passes as it is", async () => {
  const answer = await ask("/companies?page=201&per_page=50");
  expect([answer.status, firstError(answer).message]).toEqual([400, "page limit reached, please use scroll API"]);
});
