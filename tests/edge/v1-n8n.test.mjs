// n8n's node of API 1.x, by the requests that it sends: an object as body with every method, the
// filters repeated beside the address of the next page, and `type=users` for a company's people.

import { beforeEach, expect, test } from "vitest";
import { everybody, intercom, requests, reset } from "../sandbox.mjs";
import { ask } from "../worker.mjs";

beforeEach(() => reset());

const john = "5bb2f45a1e099bf2d553a2d5";

async function node(method, path, { body = {}, qs = {} } = {}) {
  const url = new URL(path, process.env.WORKER_URL);
  for (const [name, value] of Object.entries(qs)) url.searchParams.append(name, value);
  // fetch sends no body with GET, which the Worker would leave unread.
  const answer = await ask(String(url), { method, ...(method === "GET" ? {} : { json: body }) });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

async function all(property, path, qs = {}) {
  const found = [];
  let body;
  do {
    body = await node("GET", body?.pages.next ?? path, { qs: { ...qs, per_page: 60 } });
    found.push(...body[property]);
  } while (body.pages.next !== null);
  return found;
}

test("user: create, update, get, getAll, delete", async () => {
  const made = await node("POST", "/users", {
    body: {
      email: "n8n@example.com",
      user_id: "n8n",
      phone: "1",
      name: "N",
      unsubscribed_from_emails: true,
      update_last_request_at: true,
      session_count: 3,
      avatar: { type: "avatar", image_url: "https://example.com/n.png" },
      utm_source: "a",
      utm_medium: "b",
      utm_campaign: "c",
      utm_term: "d",
      utm_content: "e",
      companies: [{ company_id: "company-1" }, { company_id: "company-2" }],
      custom_attributes: { plan: "pro" },
    },
  });
  expect(made).toMatchObject({
    type: "user",
    user_id: "n8n",
    utm_source: null,
    session_count: null,
    custom_attributes: { plan: "pro" },
  });
  expect(made.companies.companies).toHaveLength(2);
  for (const name of [{ user_id: "john_doe" }, { id: john }, { email: "john@example.com" }]) {
    expect(await node("POST", "/users", { body: { ...name, name: "N" } })).toMatchObject({ id: john, name: "N" });
  }
  expect((await node("GET", `/users/${john}`)).id).toBe(john);
  expect((await node("GET", "/users", { qs: { user_id: "john_doe" } })).id).toBe(john);
  expect((await all("users", "/users", { tag_id: "101" })).length).toBe(
    (await node("GET", "/users", { qs: { tag_id: "101" } })).total_count,
  );
  expect((await node("DELETE", `/users/${john}`)).id).toBe(john);
});

test("lead: create, update, get, getAll, delete", async () => {
  const made = await node("POST", "/contacts", {
    body: { email: "lead@example.org", name: "L", companies: [{ company_id: "company-1" }] },
  });
  expect(made).toMatchObject({ type: "contact", email: "lead@example.org" });
  for (const name of [{ user_id: made.user_id }, { id: made.id }]) {
    expect(await node("POST", "/contacts", { body: { ...name, phone: "2" } })).toMatchObject({
      id: made.id,
      phone: "2",
    });
  }
  expect((await node("GET", "/contacts", { qs: { email: "lead@example.com" } })).contacts).toHaveLength(1);
  const leads = await everybody("lead");
  const found = await all("contacts", "/contacts");
  expect(leads.map(({ id }) => id).filter((id) => !found.some((lead) => lead.id === id))).toEqual([]);
  expect((await node("DELETE", `/contacts/${made.id}`)).id).toBe(made.id);
  expect((await node("DELETE", "/contacts", { qs: { user_id: "8d1e5f4c-7a63-4c55-9d0e-000000000004" } })).email).toBe(
    "lead@example.com",
  );
});

test("company: create, update, get, getAll, users", async () => {
  const body = {
    company_id: "n8n",
    name: "N8N",
    plan: "Paid",
    size: 4,
    website: "https://example.com",
    industry: "Automation",
    monthly_spend: 5,
    custom_attributes: { a: "b" },
  };
  const made = await node("POST", "/companies", { body });
  expect(await node("POST", "/companies", { body: { company_id: "n8n", name: "n8n" } })).toMatchObject({
    id: made.id,
    name: "n8n",
  });
  for (const [path, qs] of [
    [`/companies/${made.id}`, {}],
    ["/companies", { company_id: "n8n" }],
    ["/companies", { name: "n8n" }],
  ])
    expect((await node("GET", path, { qs })).id).toBe(made.id);
  expect(await all("companies", "/companies")).toHaveLength(121);
  const people = (await intercom("GET", "/companies/6762f07a1bb69f9f21930001/contacts?per_page=150")).data.filter(
    ({ role }) => role === "user",
  );
  expect(await all("users", "/companies/6762f07a1bb69f9f21930001/users")).toHaveLength(people.length);
  expect(await all("users", "/companies", { type: "users", company_id: "company-1" })).toHaveLength(people.length);
  expect(
    (await requests()).filter(({ path }) => path.startsWith("/companies/6762f07a1bb69f9f21930001/contacts")),
  ).toHaveLength(3);
});
