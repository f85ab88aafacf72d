// Writing users and leads in the dialect of API 1.x: create or update, remove, convert.

import { beforeEach, describe, expect, test } from "vitest";
import { fault, intercom, requests, reset } from "../sandbox.mjs";
import { ask, firstError } from "../worker.mjs";

beforeEach(() => reset());

const john = "5bb2f45a1e099bf2d553a2d5";
const lead = "5bb2f45a1e099bf2d553a2d9";
const leadUserId = "8d1e5f4c-7a63-4c55-9d0e-000000000004";
const twins = ["5bb2f45a1e099bf2d553a2d6", "5bb2f45a1e099bf2d553a2d7"];

const put = (path, json) => ask(path, { json, method: "PUT" });
const remove = (path) => ask(path, { method: "DELETE" });
/** Requests that change something. */
const writes = async () =>
  (await requests()).filter(({ method, path }) => method !== "GET" && !path.endsWith("/search"));

describe("users", () => {
  test("POST /users makes one whom nobody knows, in the old shape", async () => {
    const { status, body } = await ask("/users", {
      json: {
        user_id: "u-1",
        email: "new@example.com",
        name: "New",
        phone: "+123",
        signed_up_at: 1_700_000_000,
        last_request_at: 1_700_000_100,
        avatar: { type: "avatar", image_url: "https://example.com/1.png" },
        unsubscribed_from_emails: true,
        custom_attributes: { plan: "pro", seats: 3 },
        session_count: 9,
        utm_source: "x",
        last_seen_ip: "1.2.3.4",
        new_session: true,
      },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      type: "user",
      user_id: "u-1",
      email: "new@example.com",
      name: "New",
      phone: "+123",
      anonymous: false,
      signed_up_at: 1_700_000_000,
      remote_created_at: 1_700_000_000,
      last_request_at: 1_700_000_100,
      unsubscribed_from_emails: true,
      session_count: null,
      avatar: { type: "avatar", image_url: "https://example.com/1.png" },
      custom_attributes: { plan: "pro", seats: 3 },
      companies: { type: "company.list", companies: [] },
      tags: { type: "tag.list", tags: [] },
    });
    const [create] = await writes();
    expect([create.method, create.path]).toEqual(["POST", "/contacts"]);
    expect(JSON.parse(create.body)).toEqual({
      external_id: "u-1",
      role: "user",
      email: "new@example.com",
      name: "New",
      phone: "+123",
      avatar: "https://example.com/1.png",
      signed_up_at: 1_700_000_000,
      last_seen_at: 1_700_000_100,
      unsubscribed_from_emails: true,
      custom_attributes: { plan: "pro", seats: 3 },
    });
  });

  test.each([
    ["id", { id: john }],
    ["user_id", { user_id: "john_doe" }],
    ["email", { email: "john@example.com" }],
    ["user_id before email", { user_id: "john_doe", email: "changed@example.com" }],
  ])("POST /users changes the one whom %s names, and no more than it names", async (_, name) => {
    const { status, body } = await ask("/users", {
      json: { ...name, name: "John II", custom_attributes: { seats: 2 } },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      type: "user",
      id: john,
      user_id: "john_doe",
      name: "John II",
      custom_attributes: { seats: 2 },
    });
    expect(body.email).toBe(name.email ?? "john@example.com");
    expect(body.location_data.city_name).toBe("Hachioji");
    expect((await writes()).map(({ method, path }) => `${method} ${path}`)).toEqual([`PUT /contacts/${john}`]);
  });

  test("twice the same user_id is one user", async () => {
    const first = await ask("/users", { json: { user_id: "again", name: "A" } });
    const second = await ask("/users", { json: { user_id: "again", name: "B" } });
    expect(second.body).toMatchObject({ id: first.body.id, name: "B" });
  });

  test("a new user_id goes to the user who has the address and no user_id yet", async () => {
    const made = await intercom("POST", "/contacts", { role: "user", email: "nameless@example.com" });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const { body } = await ask("/users", { json: { user_id: "named-now", email: "nameless@example.com" } });
    expect(body).toMatchObject({ id: made.id, user_id: "named-now" });
  });

  test("somebody made just now, whom the search doesn't know yet, is changed by e-mail", async () => {
    const made = await ask("/users", { json: { email: "hasty@example.com" } });
    const again = await ask("/users", { json: { email: "hasty@example.com", name: "Hasty" } });
    expect(again.body).toMatchObject({ id: made.body.id, name: "Hasty" });
  });

  test.each([{ user_id: "race" }, { email: "race@example.com" }])(
    "twenty at once of %j are one user, and every call is answered",
    async (name) => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) => ask("/users", { json: { ...name, name: `N${at}` } })),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    },
  );

  test("DELETE hides the user, and POST by user_id or id brings them back", async () => {
    for (const name of [{ user_id: "john_doe" }, { id: john }]) {
      expect((await remove(`/users/${john}`)).status).toBe(200);
      expect((await ask(`/users/${john}`)).status).toBe(404);
      expect((await ask("/users?user_id=john_doe")).status).toBe(404);
      expect((await ask("/users", { json: { ...name, name: "Back" } })).body).toMatchObject({
        id: john,
        user_id: "john_doe",
        name: "Back",
      });
      expect((await ask(`/users/${john}`)).body.name).toBe("Back");
      expect((await ask("/users?user_id=john_doe")).status).toBe(200);
    }
  });

  test("update_last_request_at is now, user_id may be a number", async () => {
    const { body } = await ask("/users", { json: { user_id: 42, update_last_request_at: true } });
    expect(body.user_id).toBe("42");
    expect(Math.abs(body.last_request_at - Date.now() / 1000)).toBeLessThan(60);
  });

  test("PUT /users changes, and makes nobody", async () => {
    expect((await put("/users", { user_id: "john_doe", name: "Put" })).body).toMatchObject({ id: john, name: "Put" });
    const nobody = await put("/users", { user_id: "nobody", name: "Put" });
    expect([nobody.status, firstError(nobody).code]).toEqual([404, "not_found"]);
    expect(await writes()).toHaveLength(1);
  });

  test("several people with one address: 409 with their ids, nothing changed", async () => {
    const answer = await ask("/users", { json: { email: "twins@example.com", name: "One" } });
    expect(answer.status).toBe(409);
    expect(firstError(answer).field).toBe("email");
    expect([...firstError(answer).ids].sort()).toEqual(twins);
    expect(answer.text).not.toContain("twins@example.com");
    expect(await writes()).toEqual([]);
  });

  test("an unknown id, and a lead's, is 404", async () => {
    for (const id of ["000000000000000000000000", lead]) {
      const answer = await ask("/users", { json: { id, name: "X" } });
      expect([answer.status, firstError(answer).code]).toEqual([404, "not_found"]);
    }
    expect(await writes()).toEqual([]);
  });

  test("a lead's user_id is no new user's: Intercom's 409", async () => {
    expect((await ask("/users", { json: { user_id: leadUserId } })).status).toBe(409);
  });

  test("companies are made, changed, joined and left", async () => {
    const { status, body } = await ask("/users", {
      json: {
        user_id: "john_doe",
        name: "Boss",
        companies: [
          { company_id: "blue-sun", name: "Blue Sun", monthly_spend: 7, tag_ids: [] },
          { company_id: "company-3" },
          { id: "6762f07a1bb69f9f21930001" },
        ],
      },
    });
    expect(status).toBe(200);
    expect(body.companies.companies).toHaveLength(3);
    const blue = (await ask("/companies?company_id=blue-sun")).body;
    expect(blue).toMatchObject({
      type: "company",
      company_id: "blue-sun",
      name: "Blue Sun",
      monthly_spend: 7,
      user_count: 1,
    });
    const left = await ask("/users", {
      json: { user_id: "john_doe", companies: [{ company_id: "blue-sun", remove: true }] },
    });
    expect(left.body.companies.companies.map(({ id }) => id)).not.toContain(blue.id);
    expect(left.body.companies.companies).toHaveLength(2);
  });

  test("where a company fails, the error says what was done", async () => {
    await fault("status:500", { method: "POST", path: `/contacts/${john}/companies` });
    const companies = [{ company_id: "company-1" }, { company_id: "company-2" }];
    const answer = await ask("/users", { json: { user_id: "john_doe", name: "Half", companies } });
    expect(answer.status).toBe(502);
    expect(firstError(answer)).toMatchObject({ code: "partly_done" });
    expect(firstError(answer).message).toContain("The person was saved, and 0 of 2 companies");
    expect((await ask(`/users/${john}`)).body.name).toBe("Half");
  });

  test.each(["accept_then:502", "reset", "truncate", "empty200"])(
    "a create that %s is reported and not done again",
    async (kind) => {
      await fault(kind, { method: "POST", path: "/contacts" });
      const answer = await ask("/users", { json: { user_id: "doubt" } });
      expect(answer.status).toBe(502);
      expect(firstError(answer).message).toContain("may have been done");
      expect((await writes()).length).toBeLessThanOrEqual(1);
    },
  );

  test("a write that meets a 429 is not sent again by itself; a look-up is", async () => {
    await fault("status:429", { method: "PUT", path: `/contacts/${john}`, times: 5 });
    const answer = await ask("/users", { json: { user_id: "john_doe", name: "Late" } });
    expect(answer.status).toBe(429);
    expect(answer.headers.get("x-ratelimit-reset")).toBeTruthy();
    expect(await writes()).toHaveLength(1);
    await reset();
    await fault("status:429", { path: "/contacts/find_by_external_id/*" });
    expect((await ask("/users", { json: { user_id: "john_doe", name: "Late" } })).status).toBe(200);
  });

  test("a 429 in the middle tells what was done, and the limit's headers", async () => {
    await fault("status:429", { method: "POST", path: "/companies" });
    const answer = await ask("/users", { json: { user_id: "john_doe", companies: [{ company_id: "1" }] } });
    expect([answer.status, firstError(answer).code]).toEqual([429, "partly_done"]);
    expect(firstError(answer).message).not.toContain("may have been done");
    expect(answer.headers.get("x-ratelimit-limit")).toBeTruthy();
  });

  test.each([
    [{}, "user_id"],
    [{ name: "X" }, "user_id"],
    [{ user_id: null, email: null }, "user_id"],
    [{ id: {} }, "id"],
    [{ user_id: [] }, "user_id"],
    [{ user_id: "a/b" }, "user_id"],
    [{ id: "a b" }, "id"],
    [{ id: "💥" }, "id"],
    [{ email: 7 }, "email"],
    [{ email: "nonsense" }, "email"],
    [{ user_id: "x", name: {} }, "name"],
    [{ user_id: "x", custom_attributes: [] }, "custom_attributes"],
    [{ user_id: "x", unsubscribed_from_emails: "yes" }, "unsubscribed_from_emails"],
    [{ user_id: "x", signed_up_at: {} }, "signed_up_at"],
    [{ user_id: "x", avatar: 7 }, "avatar"],
    [{ user_id: "x", companies: {} }, "companies"],
    [{ user_id: "x", companies: ["a"] }, "companies"],
    [{ user_id: "x", companies: [{}] }, "companies[0].company_id"],
    [{ user_id: "x", companies: [{ company_id: "1" }, { id: "a/b" }] }, "companies[1].id"],
    [{ user_id: "x", companies: [{ company_id: {} }] }, "companies[0].company_id"],
    [{ user_id: "x", companies: Array.from({ length: 21 }, (_, at) => ({ company_id: `c${at}` })) }, "companies"],
  ])("what is wrong is named, and nothing reaches Intercom: %j", async (json, field) => {
    const answer = await ask("/users", { json });
    expect([400, 422]).toContain(answer.status);
    expect(answer.body.type).toBe("error.list");
    expect(firstError(answer).field).toBe(field);
    expect(await requests()).toEqual([]);
  });

  test.each(["", "{", "[]", "null", "7"])("a body of %j", async (body) => {
    const answer = await ask("/users", { method: "POST", body, headers: { "content-type": "application/json" } });
    expect([answer.status, firstError(answer).field]).toEqual([400, "body"]);
    expect(await requests()).toEqual([]);
  });

  test("DELETE archives the user, by id, user_id or email, and answers who it was", async () => {
    for (const [path, id] of [
      [`/users/${john}`, john],
      ["/users?user_id=collector", "5bb2f45a1e099bf2d553a2da"],
      ["/users?email=unsubscribed%40example.com", "5bb2f45a1e099bf2d553a2d8"],
    ]) {
      const { status, body } = await remove(path);
      expect(status, path).toBe(200);
      expect(body).toMatchObject({ type: "user", id });
    }
    expect((await writes()).map(({ method, path }) => `${method} ${path.split("/").at(-1)}`)).toEqual(
      Array(3).fill("POST archive"),
    );
  });

  test("DELETE of nobody, of a lead, of several, of no name", async () => {
    for (const [path, status, field] of [
      ["/users/000000000000000000000000", 404],
      [`/users/${lead}`, 404],
      ["/users?user_id=nobody", 404],
      ["/users?email=twins%40example.com", 409, "email"],
      ["/users", 422, "user_id"],
      ["/users?email=nonsense", 422, "email"],
      ["/users/a%20b", 400, "id"],
    ]) {
      const answer = await remove(path);
      expect(answer.status, path).toBe(status);
      expect(firstError(answer).field, path).toBe(field);
    }
    expect(await writes()).toEqual([]);
  });

  test("POST /user_delete_requests deletes a user for good", async () => {
    expect((await ask("/user_delete_requests", { json: { intercom_user_id: john } })).body).toEqual({ id: null });
    expect((await ask(`/users/${john}`)).status).toBe(404);
    expect((await intercom("GET", `/contacts/${john}`)).type).toBe("error.list");
    for (const [json, status] of [
      [{ intercom_user_id: lead }, 404],
      [{}, 422],
      [{ intercom_user_id: [] }, 422],
      [{ intercom_user_id: "a/b" }, 400],
    ]) {
      const answer = await ask("/user_delete_requests", { json });
      expect(answer.status, JSON.stringify(json)).toBe(status);
      if (status !== 404) expect(firstError(answer).field).toBe("intercom_user_id");
    }
  });
});

describe("leads", () => {
  test("POST /contacts makes one, from anything or nothing; leads may share an address", async () => {
    const empty = await ask("/contacts", { json: {} });
    expect(empty.body).toMatchObject({ type: "contact", anonymous: true, email: null });
    expect(empty.body.user_id).toMatch(/^[0-9a-f-]{36}$/);
    const second = await ask("/contacts", {
      json: { email: "lead@example.com", name: "Second", update_last_request_at: true },
    });
    expect(second.body).toMatchObject({ type: "contact", email: "lead@example.com", name: "Second" });
    expect(second.body.id).not.toBe(lead);
    expect((await writes()).map(({ body }) => JSON.parse(body).role)).toEqual(["lead", "lead"]);
  });

  test.each([
    ["id", { id: lead }],
    ["user_id", { user_id: leadUserId }],
  ])("POST and PUT /contacts change the one of an %s", async (_, name) => {
    expect(
      (await ask("/contacts", { json: { ...name, name: "Known", email: "known@example.com" } })).body,
    ).toMatchObject({ id: lead, user_id: leadUserId, name: "Known", email: "known@example.com" });
    expect((await put("/contacts", { ...name, name: "Put" })).body).toMatchObject({ id: lead, name: "Put" });
  });

  test("an unknown name, a user's, or none for PUT is 404", async () => {
    for (const json of [
      { id: "000000000000000000000000" },
      { user_id: "nobody" },
      { id: john },
      { user_id: "john_doe" },
    ]) {
      expect((await ask("/contacts", { json })).status, JSON.stringify(json)).toBe(404);
    }
    expect((await put("/contacts", { email: "lead@example.com" })).status).toBe(404);
    expect(await writes()).toEqual([]);
  });

  test("DELETE deletes the lead, by id or user_id, and answers who it was", async () => {
    const { status, body } = await remove(`/contacts?user_id=${leadUserId}`);
    expect([status, body.id, body.type]).toEqual([200, lead, "contact"]);
    expect((await ask(`/contacts/${lead}`)).status).toBe(404);
    const made = (await ask("/contacts", { json: {} })).body;
    expect((await remove(`/contacts/${made.id}`)).body.id).toBe(made.id);
    expect((await remove(`/contacts/${john}`)).status).toBe(404);
    expect((await remove("/contacts")).status).toBe(422);
  });

  test("convert merges a lead into the user who is there", async () => {
    const { status, body } = await ask("/contacts/convert", {
      json: { contact: { user_id: leadUserId }, user: { user_id: "john_doe" } },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ type: "user", id: john, user_id: "john_doe" });
    expect((await ask(`/contacts/${lead}`)).status).toBe(410);
    const [merge] = await writes();
    expect([merge.path, JSON.parse(merge.body)]).toEqual(["/contacts/merge", { from: lead, into: john }]);
  });

  test("convert makes a lead a user where there is none", async () => {
    const byId = await ask("/contacts/convert", {
      json: { contact: { id: lead }, user: { user_id: "was-a-lead", email: "was@example.com" } },
    });
    expect(byId.body).toMatchObject({
      type: "user",
      id: lead,
      user_id: "was-a-lead",
      email: "was@example.com",
      anonymous: false,
    });
    const made = (await ask("/contacts", { json: { name: "L" } })).body;
    const byEmail = await ask("/contacts/convert", {
      json: { contact: { id: made.id }, user: { email: "only@example.com" } },
    });
    expect(byEmail.body).toMatchObject({
      type: "user",
      id: made.id,
      user_id: made.user_id,
      email: "only@example.com",
      name: "L",
    });
  });

  test.each([
    [{}, 422, "contact"],
    [{ contact: { id: lead } }, 422, "user"],
    [{ contact: {}, user: { user_id: "x" } }, 422, "contact"],
    [{ contact: "x", user: {} }, 422, "contact"],
    [{ contact: { id: lead }, user: {} }, 422, "user.user_id"],
    [{ contact: { id: lead }, user: { email: "nonsense" } }, 422, "user.email"],
    [{ contact: { id: "a/b" }, user: { user_id: "x" } }, 400, "contact.id"],
    [{ contact: { id: john }, user: { user_id: "x" } }, 404, undefined],
    [{ contact: { id: lead }, user: { id: "000000000000000000000000" } }, 404, undefined],
    [{ contact: { id: lead }, user: { email: "twins@example.com" } }, 409, "user.email"],
  ])("convert of %j is refused, and nobody changed", async (json, status, field) => {
    const answer = await ask("/contacts/convert", { json });
    expect(answer.status).toBe(status);
    expect(firstError(answer).field).toBe(field);
    expect(await writes()).toEqual([]);
  });

  test("what only API 2.x knows of /contacts is forwarded", async () => {
    const { status, headers, body } = await ask("/contacts/search", {
      json: { query: { field: "role", operator: "=", value: "lead" } },
    });
    expect([status, headers.get("x-intercom-edge"), body.type]).toEqual([200, "upstream", "list"]);
  });
});
