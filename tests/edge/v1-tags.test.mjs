// Tags in the dialect of API 1.x: many people in one call, named as the caller names them.

import { beforeEach, expect, test } from "vitest";
import { everybody, fault, intercom, requests, reset } from "../sandbox.mjs";
import { ask, firstError } from "../worker.mjs";

beforeEach(() => reset());

const john = "5bb2f45a1e099bf2d553a2d5";
const lead = "5bb2f45a1e099bf2d553a2d9";
const collector = "5bb2f45a1e099bf2d553a2da";

const tag = (json) => ask("/tags", { json });
const tagsOf = async (id) => (await intercom("GET", `/contacts/${id}/tags`)).data.map(({ name }) => name);
const writes = async () =>
  (await requests()).filter(({ method, path }) => method !== "GET" && !path.endsWith("/search"));

test("GET /tags is a tag.list", async () => {
  const { status, body } = await ask("/tags");
  expect(status).toBe(200);
  expect(Object.keys(body)).toEqual(["type", "tags"]);
  expect(body.type).toBe("tag.list");
  expect(body.tags[0]).toEqual({ type: "tag", id: "101", name: "VIP" });
  expect(body.tags).toHaveLength(12);
});

test("POST /tags makes, renames, and DELETE removes", async () => {
  const made = (await tag({ name: "Fresh" })).body;
  expect(made).toEqual({ type: "tag", id: expect.any(String), name: "Fresh" });
  expect((await tag({ name: "fresh" })).body.id).toBe(made.id);
  expect((await tag({ id: made.id, name: "Stale" })).body).toEqual({ ...made, name: "Stale" });
  expect((await ask(`/tags/${made.id}`, { method: "DELETE" })).status).toBe(200);
  const gone = await ask(`/tags/${made.id}`, { method: "DELETE" });
  expect([gone.status, gone.headers.get("x-intercom-edge")]).toEqual([404, "upstream"]);
});

test("people by id, user_id and email are tagged in one request", async () => {
  const { status, body } = await tag({
    name: "Gold",
    users: [{ id: lead }, { user_id: "john_doe" }, { email: "unsubscribed@example.com" }],
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({ type: "tag", name: "Gold" });
  for (const id of [lead, john, "5bb2f45a1e099bf2d553a2d8"]) expect(await tagsOf(id)).toContain("Gold");
  expect((await writes()).map(({ path }) => path)).toEqual(["/tags"]);
  expect((await ask(`/users?tag_id=${body.id}`)).body.users.map(({ id }) => id)).toContain(john);
});

test("and untagged, also who doesn't have the tag; tagging and untagging mix", async () => {
  const { status, body } = await tag({
    name: "vip",
    users: [
      { user_id: "collector", untag: true },
      { id: john, untag: true },
      { id: lead },
      { email: "unsubscribed@example.com", untag: false },
    ],
  });
  expect(status).toBe(200);
  expect(body).toEqual({ type: "tag", id: "101", name: "VIP" });
  expect(await tagsOf(collector)).not.toContain("VIP");
  expect(await tagsOf(lead)).toContain("VIP");
  expect(await tagsOf("5bb2f45a1e099bf2d553a2d8")).toContain("VIP");
});

test("untagging alone never makes a tag", async () => {
  const answer = await tag({ name: "No such tag", users: [{ id: john, untag: true }] });
  expect([answer.status, firstError(answer).field]).toEqual([404, "name"]);
  expect(await writes()).toEqual([]);
});

test("fifty people by id are one request", async () => {
  const users = (await everybody("user")).slice(0, 50).map(({ id }) => ({ id }));
  const before = (await requests()).length;
  expect((await tag({ name: "Fifty", users })).status).toBe(200);
  expect((await requests()).length - before).toBe(1);
});

test("forty by user_id are looked up, one more is too many, and so are 21 to untag", async () => {
  const known = (await everybody("user"))
    .filter(({ external_id }) => external_id)
    .map(({ external_id }) => external_id);
  const users = (count, untag) => known.slice(0, count).map((user_id) => ({ user_id, ...(untag ? { untag } : {}) }));
  await reset();
  expect((await tag({ name: "Forty", users: users(40) })).status).toBe(200);
  expect(await requests()).toHaveLength(41);
  await reset();
  for (const many of [users(41), users(21, true)]) {
    const answer = await tag({ name: "Forty", users: many });
    expect([answer.status, firstError(answer).field]).toEqual([422, "users"]);
    expect(firstError(answer).message).toContain("40");
  }
  expect(await requests()).toEqual([]);
  expect((await tag({ name: "VIP", users: users(20, true) })).status).toBe(200);
});

test("tagging many leaves room for others in Intercom's window", async () => {
  const known = (await everybody("user")).filter(({ external_id }) => external_id).slice(0, 6);
  await reset({ limit_per_10s: 5 });
  const { status } = await tag({ name: "Slow", users: known.map(({ external_id }) => ({ user_id: external_id })) });
  expect(status).toBe(200);
  // One more would be a request that met a 429 and came again.
  expect(await requests()).toHaveLength(7);
});

test("where somebody can't be found nobody is tagged", async () => {
  for (const [users, status, field] of [
    [[{ id: john }, { user_id: "nobody" }], 404, "users[1]"],
    [[{ email: "twins@example.com" }], 409, "users[0].email"],
    [[{ user_id: "merged" }], 410, undefined],
    [[{ id: john }, { id: "000000000000000000000000", untag: true }], 404, "users[1]"],
    [[{ id: "000000000000000000000000" }], 404, undefined],
  ]) {
    const answer = await tag({ name: "Gold", users });
    expect(answer.status, JSON.stringify(users)).toBe(status);
    expect(firstError(answer).field, JSON.stringify(users)).toBe(field);
  }
  expect(await tagsOf(john)).not.toContain("Gold");
  expect((await ask("/tags")).body.tags.map(({ name }) => name)).not.toContain("Gold");
});

test("where untagging stops in the middle, the error says what was done", async () => {
  await fault("status:500", { method: "DELETE", path: `/contacts/${collector}/tags/101` });
  const answer = await tag({
    name: "VIP",
    users: [{ id: john }, { id: lead, untag: true }, { id: collector, untag: true }],
  });
  expect(answer.status).toBe(502);
  expect(firstError(answer).code).toBe("partly_done");
  expect(firstError(answer).message).toContain("1 people were tagged, and 1 of 2 untagged");
});

test("companies, by id and company_id, are tagged and untagged", async () => {
  const [first] = (await ask("/companies?per_page=1")).body.companies;
  const { body } = await tag({ name: "Key", companies: [{ id: first.id }, { company_id: "company-1" }] });
  const tagged = await ask(`/companies?tag_id=${body.id}`);
  expect(tagged.body.companies.map(({ company_id }) => company_id).sort()).toEqual(
    [first.company_id, "company-1"].sort(),
  );
  expect(tagged.body.companies[0].tags.tags).toEqual([body]);
  await tag({ name: "Key", companies: [{ company_id: "company-1", untag: true }] });
  expect((await ask(`/companies?tag_id=${body.id}`)).body.total_count).toBe(1);
  expect((await tag({ name: "Key", companies: [{ company_id: "nowhere" }] })).status).toBe(404);
});

test.each([
  [{}, "name"],
  [{ name: "" }, "name"],
  [{ name: 7 }, "name"],
  [{ users: [{ id: "1" }] }, "name"],
  [{ name: "A", users: {} }, "users"],
  [{ name: "A", users: [] }, "users"],
  [{ name: "A", users: ["x"] }, "users"],
  [{ name: "A", users: [{}] }, "users[0]"],
  [{ name: "A", users: [{ id: "1" }, { id: "a/b" }] }, "users[1].id"],
  [{ name: "A", users: [{ user_id: "a/../b" }] }, "users[0].user_id"],
  [{ name: "A", users: [{ email: "nonsense" }] }, "users[0].email"],
  [{ name: "A", users: [{ id: {}, email: "john@example.com" }] }, "users[0].id"],
  [{ name: "A", users: [{ id: "1", untag: "yes" }] }, "users[0].untag"],
  [{ name: "A", companies: 7 }, "companies"],
  [{ name: "A", companies: [{}] }, "companies[0].company_id"],
  [{ name: "A", companies: [{ id: "💥" }] }, "companies[0].id"],
  [{ name: "A", companies: [{ id: "1", untag: 1 }] }, "companies[0].untag"],
  [{ name: "A", users: [{ id: "1" }], companies: [{ id: "1" }] }, "companies"],
  [{ name: "A", id: "a/b" }, "id"],
  [{ name: "A", id: [] }, "id"],
])("what is wrong is named, and nothing reaches Intercom: %j", async (json, field) => {
  const answer = await tag(json);
  expect([400, 422]).toContain(answer.status);
  expect(firstError(answer).field).toBe(field);
  expect(await requests()).toEqual([]);
});
