// Users and leads in the dialect of API 1.x: pages, look-ups, filters, scrolling.

import { beforeAll, expect, test } from "vitest";
import { everybody, fault, intercom, requests, reset } from "../sandbox.mjs";
import { ask, firstError } from "../worker.mjs";

const ids = (people) => people.map(({ id }) => id);
let users;
let leads;

beforeAll(async () => {
  await reset();
  [users, leads] = [await everybody("user"), await everybody("lead")];
  expect(users.length).toBeGreaterThan(300);
  expect(leads.length).toBeGreaterThan(50);
});

test.each([
  ["/users", "users"],
  ["/contacts", "contacts"],
])("following pages.next of %s gives everybody once", async (path, key) => {
  const found = [];
  let next = path;
  let page = 0;
  while (next) {
    const { status, body } = await ask(next);
    expect(status).toBe(200);
    expect(body.pages.page).toBe(++page);
    found.push(...ids(body[key]));
    next = body.pages.next;
    if (next) expect(next.startsWith(process.env.WORKER_URL)).toBe(true);
  }
  const all = key === "users" ? users : leads;
  expect(found).toEqual(ids(all));
  expect(page).toBe(Math.ceil(all.length / 50));
});

test("counting page up gives the same people in the same order, from any page first", async () => {
  for (const [page, perPage] of [
    [7, 50],
    [3, 50],
    [2, 60],
    [1, 60],
    [6, 60],
    [40, 7],
    [41, 7],
    [2, 50],
  ]) {
    const { status, body } = await ask(`/users?page=${page}&per_page=${perPage}`);
    expect(status).toBe(200);
    const from = (page - 1) * perPage;
    expect(ids(body.users), `page ${page} of ${perPage}`).toEqual(ids(users.slice(from, from + perPage)));
    expect(body.total_count).toBe(users.length);
    expect(body.pages).toMatchObject({ page, per_page: perPage, total_pages: Math.ceil(users.length / perPage) });
  }
});

test("a page far on is walked to at 150 a request, and its neighbour needs one", async () => {
  await reset();
  const count = async (path) => {
    const before = (await requests()).length;
    await ask(path);
    return (await requests()).length - before;
  };
  // Nobody has asked for this list before: 306 people come before page 35 of 9.
  expect(await count("/users?per_page=9&page=35&order=asc&sort=updated_at")).toBe(4);
  expect(await count("/users?per_page=9&page=36&order=asc&sort=updated_at")).toBe(1);
});

test("a long walk leaves a fifth of Intercom's window free", async () => {
  await reset({ limit_per_10s: 5 });
  // 336 people come before page 9 of 42: three requests to walk there, and one for the page.
  const { status, headers } = await ask("/users?page=9&per_page=42&order=asc&sort=updated_at");
  expect(status).toBe(200);
  expect(Number(headers.get("x-ratelimit-remaining"))).toBeGreaterThanOrEqual(1);
  const again = await ask("/users?page=9&per_page=42&order=desc&sort=updated_at");
  expect(again.status).toBe(200);
  // One more would be a request that met a 429 and came again.
  expect(await requests()).toHaveLength(8);
  await reset();
});

test("far past the end costs one request: the first answer's count tells", async () => {
  const before = (await requests()).length;
  const { body } = await ask("/users?page=900000&per_page=37&order=asc&sort=signed_up_at");
  expect(body.users).toEqual([]);
  expect(body.total_count).toBe(users.length);
  expect((await requests()).length - before).toBe(1);
});

test("past the end is an empty list", async () => {
  for (const page of [Math.ceil(users.length / 50) + 1, 300, 5000]) {
    const { status, body } = await ask(`/users?page=${page}`);
    expect(status).toBe(200);
    expect(body.users).toEqual([]);
    expect(body.pages.next).toBeNull();
    expect(body.total_count).toBe(users.length);
  }
});

test("sort and order", async () => {
  const { body } = await ask("/users?order=asc&sort=created_at&per_page=60");
  expect(ids(body.users)).toEqual(ids([...users].reverse().slice(0, 60)));
  for (const [sort, field] of [
    ["updated_at", "updated_at"],
    ["signed_up_at", "signed_up_at"],
    ["last_request_at", "last_request_at"],
  ]) {
    const { body } = await ask(`/users?sort=${sort}&per_page=60`);
    const values = body.users.map((user) => user[field]).filter((value) => value !== null);
    expect(values, sort).toEqual([...values].sort((a, b) => b - a));
    expect(values.length).toBeGreaterThan(10);
  }
});

test("an unknown parameter is rejected by name", async () => {
  const answer = await ask("/users?per_page=5&display=all&page=1");
  expect([answer.status, firstError(answer).field]).toEqual([400, "display"]);
});

test("one person by id, and by user_id, without search", async () => {
  await reset();
  const user = users.find(({ external_id }) => external_id);
  const lead = leads[3];
  expect((await ask(`/users/${user.id}`)).body).toMatchObject({ type: "user", id: user.id, user_id: user.external_id });
  expect((await ask(`/users?user_id=${encodeURIComponent(user.external_id)}`)).body).toMatchObject({
    type: "user",
    id: user.id,
  });
  expect((await ask(`/contacts/${lead.id}`)).body).toMatchObject({ type: "contact", id: lead.id, anonymous: true });
  expect((await ask(`/contacts?user_id=${encodeURIComponent(lead.external_id)}`)).body).toMatchObject({
    type: "contact",
    id: lead.id,
  });
  expect((await requests()).filter(({ path }) => path.includes("search"))).toEqual([]);
});

test("someone made just now is found by id and user_id", async () => {
  const made = await intercom("POST", "/contacts", {
    role: "user",
    external_id: "made-just-now",
    email: "new@example.com",
  });
  expect((await ask("/users?user_id=made-just-now")).body.id).toBe(made.id);
  expect((await ask(`/users/${made.id}`)).body.user_id).toBe("made-just-now");
  await reset();
});

test("a lead is no user, and a user no lead", async () => {
  for (const path of [
    `/users/${leads[0].id}`,
    `/contacts/${users[0].id}`,
    "/users/000000000000000000000000",
    "/users?user_id=nobody",
  ]) {
    const answer = await ask(path);
    expect(answer.status, path).toBe(404);
    expect(firstError(answer).code).toBe("not_found");
  }
});

test("a merged person is 410, with the way to the user who remains", async () => {
  for (const path of ["/users?user_id=merged", "/users/5bb2f45a1e099bf2d553a2df"]) {
    const answer = await ask(path);
    expect(answer.status).toBe(410);
    expect(firstError(answer).code).toBe("contact_merged");
    const [id] = firstError(answer).ids;
    expect(answer.headers.get("link")).toBe(`</users/${id}>; rel="canonical"`);
    expect((await ask(`/users/${id}`)).status).toBe(200);
  }
});

test("by e-mail: a list from 1.2 on, one person before", async () => {
  const twins = users.filter(({ email }) => email === "twins@example.com");
  expect(twins).toHaveLength(2);
  const listed = await ask("/users?email=twins%40example.com");
  expect(listed.body.type).toBe("user.list");
  expect(ids(listed.body.users).sort()).toEqual(ids(twins).sort());
  for (const version of ["1.0", "1.1"]) {
    const one = await ask("/users?email=john%40example.com", { headers: { "intercom-version": version } });
    expect(one.body).toMatchObject({ type: "user", email: "john@example.com", user_id: "john_doe" });
  }
  expect((await ask("/users?email=nobody%40example.com")).body.users).toEqual([]);
  expect((await ask("/users?email=nobody%40example.com", { headers: { "intercom-version": "1.1" } })).status).toBe(404);
});

test("by phone, tag and segment", async () => {
  const { phone } = users.find(({ phone }) => phone);
  const byPhone = await ask(`/users?phone=${encodeURIComponent(phone)}`);
  expect(byPhone.body.users.map((user) => user.phone)).toContain(phone);
  expect(byPhone.body.users.length).toBeLessThan(users.length);

  const tagged = users.filter(({ tags }) => tags.data.length > 0);
  const tag = tagged[0].tags.data[0].id;
  const withTag = users.filter(({ tags }) => tags.data.some(({ id }) => id === tag));
  const byTag = await ask(`/users?tag_id=${tag}&per_page=60`);
  expect(byTag.body.total_count).toBe(withTag.length);
  expect(ids(byTag.body.users)).toEqual(ids(withTag.slice(0, 60)));
  for (const user of byTag.body.users) {
    const found = user.tags.tags.find(({ id }) => id === tag);
    expect(found).toEqual({ type: "tag", id: tag, name: null });
  }

  const { segments } = await intercom("GET", "/segments");
  const counts = await Promise.all(
    segments.map(async ({ id }) => (await ask(`/users?segment_id=${id}&per_page=1`)).body.total_count),
  );
  expect(Math.max(...counts)).toBeGreaterThan(0);
  expect(Math.min(...counts)).toBeLessThan(users.length);
});

test("created_since gives whole days, the named one and a day before included", async () => {
  const now = Date.now() / 1000;
  const { body } = await ask("/users?created_since=400&per_page=60");
  const newer = users.filter(({ created_at }) => created_at >= now - 400 * 86_400);
  expect(body.total_count).toBeGreaterThanOrEqual(newer.length);
  for (const { created_at } of body.users) expect(created_at).toBeGreaterThan(now - 402 * 86_400);
});

test("scrolling gives everybody once, by the same scroll_param, and ends with an empty list", async () => {
  const found = [];
  let first = await ask("/users/scroll");
  const scroll = first.body.scroll_param;
  expect(first.body).not.toHaveProperty("pages");
  while (first.body.users.length > 0) {
    expect(first.body.users.length).toBeLessThanOrEqual(100);
    found.push(...ids(first.body.users));
    first = await ask(`/users/scroll?scroll_param=${scroll}`);
    expect(first.status).toBe(200);
    expect(first.body.scroll_param).toBe(scroll);
  }
  expect(found).toEqual(ids(users));
  expect((await ask(`/users/scroll?scroll_param=${scroll}`)).body.users).toEqual([]);
  const other = await ask(`/contacts/scroll?scroll_param=${scroll}`);
  expect(other.status).toBe(404);
  expect(firstError(other).field).toBe("scroll_param");
});

test("a kept cursor that Intercom no longer takes is forgotten, and the page counted anew", async () => {
  await ask("/users?page=2&per_page=33");
  await reset();
  await fault("status:400", { path: "/contacts/search" });
  const { status, body } = await ask("/users?page=2&per_page=33");
  expect(status).toBe(200);
  expect(ids(body.users)).toEqual(ids(users.slice(33, 66)));
});

test("a new person at the front moves the pages on, and nobody is lost", async () => {
  await reset();
  const perPage = 40;
  await ask(`/users?page=1&per_page=${perPage}`);
  await ask(`/users?page=2&per_page=${perPage}`);
  await ask(`/users?page=3&per_page=${perPage}`);
  await intercom("POST", "/contacts", { role: "user", external_id: "newest" });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const after = await everybody("user");
  expect(after[0].external_id).toBe("newest");
  for (const page of [1, 2, 3]) {
    const { body } = await ask(`/users?page=${page}&per_page=${perPage}`);
    expect(ids(body.users), `page ${page}`).toEqual(ids(after.slice((page - 1) * perPage, page * perPage)));
  }
  await reset();
});
