// What API 1.x writes: bodies that would be misread are rejected before anything is sent, and a user
// who exists after all is changed.

import { describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { firstError } from "../worker.mjs";

const it = gate("v1-writes");
const V1 = { "intercom-version": "1.4" };

/** The fields that `POST /contacts` of API 2.14 takes. */
const FIELDS_OF_A_CONTACT = [
  "role",
  "external_id",
  "email",
  "phone",
  "name",
  "avatar",
  "signed_up_at",
  "last_seen_at",
  "owner_id",
  "unsubscribed_from_emails",
  "custom_attributes",
];

const ask = (path, init = {}) => it.ask(path, { ...init, headers: { ...V1, ...init.headers } });
const calls = () => it.arrived().map(({ method, url }) => `${method} ${url}`);
const body = (at) => JSON.parse(it.arrived().at(at).body);
/** Answers each request to Intercom in turn. */
const script = (...answers) => it.reply((_, count) => answers[count - 1] ?? {});

const user = { type: "contact", id: "a1", role: "user", external_id: "u-1", email: "a@example.com", name: "A" };
const lead = { ...user, id: "l1", role: "lead", external_id: "made-by-intercom" };
const errors = (status, code, message, headers) => ({
  status,
  headers,
  body: { type: "error.list", errors: [{ code, message }] },
});
const nobody = errors(404, "not_found", "User Not Found");
const exists = (id, who = "A") =>
  errors(409, "conflict", `${who} contact matching those details already exists with id=${id}`);
const found = (...data) => ({ body: { type: "list", data, total_count: data.length } });

async function rejected(answer, status, field) {
  expect([answer.status, firstError(answer).field], answer.text).toEqual([status, field]);
  expect(it.arrived()).toEqual([]);
}

describe("fields of API 2.x in a body of API 1.x", () => {
  const to = { type: "user", id: "a1" };
  const message = { message_type: "inapp", body: "Hi", from: { type: "admin", id: "1" }, to };
  test.each([
    ["POST", "/contacts", { role: "user", external_id: "9", email: "a@example.com" }, ["role", "external_id"]],
    ["POST", "/contacts", { external_id: null }, ["external_id"]],
    ["POST", "/users", { external_id: "9", role: "lead", email: "a@example.com" }, ["role", "external_id"]],
    ["POST", "/users", { user_id: "9", owner_id: 1 }, ["owner_id"]],
    ["PUT", "/users", { user_id: "9", last_seen_at: 1 }, ["last_seen_at"]],
    ["PUT", "/contacts", { id: "l1", owner_id: "1" }, ["owner_id"]],
    ["PUT", "/contacts/l1", { role: "user" }, ["role"]],
    ["DELETE", "/users", { external_id: "9" }, ["external_id"]],
    ["POST", "/contacts/convert", { contact: { id: "l1" }, user: { external_id: "9" } }, ["user.external_id"]],
    ["POST", "/contacts/convert", { from: "l1", into: "a1" }, ["from", "into"]],
    ["POST", "/tags", { name: "VIP", users: [{ id: "1" }, { external_id: "9" }] }, ["users[1].external_id"]],
    ["POST", "/notes", { contact_id: "a1", body: "N" }, ["contact_id"]],
    ["POST", "/notes", { user: { external_id: "9" }, body: "N" }, ["user.external_id"]],
    ["POST", "/messages", { ...message, to: { type: "user", external_id: "9" } }, ["to.external_id"]],
    [
      "POST",
      "/messages",
      { ...message, create_conversation_without_contact_reply: true },
      ["create_conversation_without_contact_reply"],
    ],
    ["POST", "/messages", { ...message, cc: [to], bcc: [to] }, ["cc", "bcc"]],
    ["PUT", "/visitors", { external_id: "9" }, ["external_id"]],
    ["POST", "/visitors/convert", { type: "user", visitor: { user_id: "v" }, user: { role: "user" } }, ["user.role"]],
  ])("%s %s %j", async (method, path, json, fields) => {
    // Also without a version: that is what a client of 2.x that pins none sends.
    for (const headers of [V1, {}]) {
      const answer = await it.ask(path, { method, json, headers });
      await rejected(answer, 400, fields[0]);
      expect(firstError(answer).fields).toEqual(fields);
      for (const word of [...fields, "API 2.x", "Intercom-Version: 2.14"])
        expect(firstError(answer).message).toContain(word);
    }
  });

  test("a list of recipients", async () => {
    const answer = await ask("/messages", { json: { ...message, to: [to] } });
    await rejected(answer, 400, "to");
    expect(firstError(answer).message).toContain("Intercom-Version: 2.14");
  });

  test("no field that API 2.14 writes of a person is dropped in silence", async () => {
    for (const name of FIELDS_OF_A_CONTACT) {
      const value =
        { signed_up_at: 1, last_seen_at: 1, unsubscribed_from_emails: true, custom_attributes: { a: 1 } }[name] ??
        "x@y.z";
      it.reply(({ url }) =>
        url.includes("external_id") ? nobody : url.endsWith("/search") ? found() : { body: user },
      );
      const answer = await ask("/users", { json: { user_id: "u-1", [name]: value } });
      if (answer.status !== 400) expect(body(-1), name).toHaveProperty(name, value);
      else expect(firstError(answer).field).toBe(name);
    }
  });
});

describe("booleans are true or false", () => {
  const odd = ["true", "false", "yes", "", 1, 0, [], {}];
  const company = (remove) => ({ user_id: "u-1", companies: [{ company_id: "ok" }, { company_id: "1", remove }] });
  test.each(odd)("remove: %j", async (value) =>
    rejected(await ask("/users", { json: company(value) }), 422, "companies[1].remove"),
  );
  test.each(odd)("untag: %j", async (untag) => {
    await rejected(await ask("/tags", { json: { name: "A", users: [{ id: "1", untag }] } }), 422, "users[0].untag");
    await rejected(
      await ask("/tags", { json: { name: "A", companies: [{ id: "1", untag }] } }),
      422,
      "companies[0].untag",
    );
  });
  test.each(["unsubscribed_from_emails", "update_last_request_at"])("%s", async (name) => {
    for (const value of odd)
      await rejected(await ask("/users", { json: { user_id: "u-1", [name]: value } }), 422, name);
  });

  test.each([
    [true, "DELETE /contacts/a1/companies/c1"],
    [false, "POST /contacts/a1/companies"],
    [null, "POST /contacts/a1/companies"],
  ])("remove: %j asks %s", async (remove, call) => {
    it.reply(({ url }) => ({ body: url.startsWith("/companies") ? { type: "company", id: "c1" } : user }));
    const json = { user_id: "u-1", companies: [{ company_id: "1", remove }] };
    expect((await ask("/users", { json })).status).toBe(200);
    expect(calls()).toContain(call);
  });
});

describe("POST /users of somebody who exists after all", () => {
  test.each([
    [
      "who was made meanwhile, by user_id",
      { user_id: "u-1" },
      [nobody, exists("a1"), { body: user }, { body: user }],
      [
        "GET /contacts/find_by_external_id/u-1",
        "POST /contacts",
        "GET /contacts/find_by_external_id/u-1",
        "PUT /contacts/a1",
      ],
    ],
    [
      "who was made meanwhile, by email",
      { email: "a@example.com" },
      [found(), exists("a1"), found(user), { body: user }],
      ["POST /contacts/search", "POST /contacts", "POST /contacts/search", "PUT /contacts/a1"],
    ],
    [
      "whom the search doesn't know yet",
      { email: "A@example.com" },
      [found(), exists("a1"), found(), { body: user }, { body: user }],
      ["POST /contacts/search", "POST /contacts", "POST /contacts/search", "GET /contacts/a1", "PUT /contacts/a1"],
    ],
    [
      "who is archived, by user_id",
      { user_id: "u-1" },
      [nobody, exists("a1", "An archived"), {}, { body: user }],
      ["GET /contacts/find_by_external_id/u-1", "POST /contacts", "POST /contacts/a1/unarchive", "PUT /contacts/a1"],
    ],
    [
      "who is archived, by email",
      { email: "a@example.com" },
      [found(), exists("a1", "An archived"), {}, { body: user }],
      ["POST /contacts/search", "POST /contacts", "POST /contacts/a1/unarchive", "PUT /contacts/a1"],
    ],
    [
      "who is archived, by both",
      { user_id: "u-1", email: "b@example.com" },
      [nobody, found(), exists("a1", "An archived"), { body: user }, {}, { body: user }],
      [
        "GET /contacts/find_by_external_id/u-1",
        "POST /contacts/search",
        "POST /contacts",
        "GET /contacts/a1",
        "POST /contacts/a1/unarchive",
        "PUT /contacts/a1",
      ],
    ],
    [
      "who is archived, by id",
      { id: "a1" },
      [{ body: { ...user, archived: true } }, {}, { body: user }],
      ["GET /contacts/a1", "POST /contacts/a1/unarchive", "PUT /contacts/a1"],
    ],
  ])("%s", async (_, name, answers, asked) => {
    script(...answers);
    const answer = await ask("/users", { json: { ...name, name: "B" } });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ type: "user", id: "a1" });
    expect(calls()).toEqual(asked);
    expect(body(-1)).toMatchObject({ name: "B" });
    expect(body(-1)).not.toHaveProperty("role");
  });

  test.each([
    [
      "another archived person has the address",
      { user_id: "u-2", email: "a@example.com" },
      [nobody, found(), exists("a1", "An archived"), { body: user }],
    ],
    [
      "another person has the address",
      { user_id: "u-2", email: "a@example.com" },
      [nobody, found(), exists("a1"), nobody, found(), { body: user }],
    ],
    ["a lead has the user_id", { user_id: "u-1" }, [nobody, exists("l1"), { body: lead }, { body: lead }]],
    [
      "Intercom names nobody",
      { email: "a@example.com" },
      [found(), errors(409, "conflict", "Multiple existing users match this email address"), found()],
    ],
  ])("stays Intercom's 409 where %s", async (_, json, answers) => {
    script(...answers);
    const answer = await ask("/users", { json });
    expect([answer.status, firstError(answer).code]).toEqual([409, "conflict"]);
    expect(calls().filter((call) => /^PUT|unarchive/.test(call))).toEqual([]);
  });

  test("several people with the address: 409 with their ids", async () => {
    script(found(), exists("a1"), found(user, { ...user, id: "a2" }));
    const answer = await ask("/users", { json: { email: "a@example.com" } });
    expect([answer.status, firstError(answer).ids]).toEqual([409, ["a1", "a2"]]);
  });

  test("the error says so if only the unarchiving was done", async () => {
    script(nobody, exists("a1", "An archived"), {}, { status: 503, headers: { "retry-after": "7" }, body: {} });
    const answer = await ask("/users", { json: { user_id: "u-1" } });
    expect([answer.status, firstError(answer).code, answer.headers.get("retry-after")]).toEqual([
      502,
      "partly_done",
      "7",
    ]);
    expect(firstError(answer).message).toContain("The person was unarchived");
  });

  test("a lead's 409 and that of PUT stay", async () => {
    script(exists("a1"));
    expect((await ask("/contacts", { json: { email: "a@example.com" } })).status).toBe(409);
    script(nobody);
    expect((await ask("/users", { method: "PUT", json: { user_id: "u-1" } })).status).toBe(404);
  });
});

test("converting a lead to a user who was made meanwhile merges it", async () => {
  script({ body: lead }, nobody, exists("a1"), { body: user }, { body: user });
  const answer = await ask("/contacts/convert", { json: { contact: { id: "l1" }, user: { user_id: "u-1" } } });
  expect(answer.body).toMatchObject({ type: "user", id: "a1" });
  expect(calls().slice(1)).toEqual([
    "GET /contacts/find_by_external_id/u-1",
    "PUT /contacts/l1",
    "GET /contacts/find_by_external_id/u-1",
    "POST /contacts/merge",
  ]);
});

test("an archived person is not found by id, nor removed again", async () => {
  it.reply({ body: { ...user, archived: true } });
  for (const [method, path] of [
    ["GET", "/users/a1"],
    ["DELETE", "/users/a1"],
  ]) {
    const answer = await ask(path, { method });
    expect([answer.status, firstError(answer).message], method).toEqual([404, "User Not Found"]);
  }
  expect(calls()).toEqual(["GET /contacts/a1", "GET /contacts/a1"]);
});

describe("a person's name in the body", () => {
  const note = { type: "note", id: "n1", body: "<p>N</p>", contact: { id: "a1" } };
  test.each([
    [{ email: "a@example.com" }, found(user), "POST /contacts/search"],
    [{ user_id: "u-1" }, { body: user }, "GET /contacts/find_by_external_id/u-1"],
    [{ id: "a1" }, undefined, undefined],
  ])("POST /notes with %j beside the text", async (name, lookup, call) => {
    script(...(lookup ? [lookup] : []), { body: note });
    const answer = await ask("/notes", { json: { ...name, body: "N", admin_id: 1 } });
    expect(answer.status, answer.text).toBe(200);
    expect(calls()).toEqual([...(call ? [call] : []), "POST /contacts/a1/notes"]);
    expect(body(-1)).toEqual({ body: "N", admin_id: "1" });
  });

  test("POST /notes says which field is wrong", async () => {
    await rejected(await ask("/notes", { json: { body: "N", email: "nonsense" } }), 422, "email");
    await rejected(
      await ask("/notes", { json: { body: "N", user: { id: "a1" }, email: "a@example.com" } }),
      422,
      "user",
    );
    script(found(user, { ...user, id: "a2" }));
    const twins = await ask("/notes", { json: { body: "N", email: "a@example.com" } });
    expect([twins.status, firstError(twins).field]).toEqual([409, "email"]);
  });

  test.each([
    [
      "/users",
      { user_id: "u-1" },
      [{ body: user }, {}],
      ["GET /contacts/find_by_external_id/u-1", "POST /contacts/a1/archive"],
    ],
    ["/users", { email: "a@example.com" }, [found(user), {}], ["POST /contacts/search", "POST /contacts/a1/archive"]],
    ["/contacts", { id: "l1" }, [{ body: lead }, {}], ["GET /contacts/l1", "DELETE /contacts/l1"]],
    [
      "/users?user_id=u-1",
      {},
      [{ body: user }, {}],
      ["GET /contacts/find_by_external_id/u-1", "POST /contacts/a1/archive"],
    ],
  ])("DELETE %s with %j", async (path, json, answers, asked) => {
    script(...answers);
    const answer = await ask(path, { method: "DELETE", json });
    expect(answer.status, answer.text).toBe(200);
    expect(calls()).toEqual(asked);
  });

  test("DELETE that names nobody, in no way", async () => {
    for (const init of [{}, { json: {} }, { body: "", headers: { "content-type": "application/json" } }])
      await rejected(await ask("/users", { method: "DELETE", ...init }), 422, "user_id");
    await rejected(await ask("/users", { method: "DELETE", json: { id: "a/b" } }), 400, "id");
  });
});

describe("PUT /contacts/{id}", () => {
  test("writes the fields of API 1.x and answers its lead", async () => {
    script({ body: lead }, { body: { ...lead, name: "L" } });
    const answer = await ask("/contacts/l1", {
      method: "PUT",
      json: { id: "l1", user_id: "made-by-intercom", name: "L", last_request_at: 5 },
    });
    expect(answer.body).toMatchObject({
      type: "contact",
      id: "l1",
      user_id: "made-by-intercom",
      anonymous: true,
      name: "L",
    });
    expect(answer.body).not.toHaveProperty("role");
    expect(calls()).toEqual(["GET /contacts/l1", "PUT /contacts/l1"]);
    expect(body(-1)).toEqual({ name: "L", last_seen_at: 5 });
  });

  test("a user is not found, and another id in the body is rejected", async () => {
    await rejected(await ask("/contacts/l1", { method: "PUT", json: { id: "l2", name: "L" } }), 422, "id");
    script({ body: user });
    expect((await ask("/contacts/a1", { method: "PUT", json: { name: "L" } })).status).toBe(404);
    expect(calls()).toEqual(["GET /contacts/a1"]);
  });

  test("with a version of 2.x it is Intercom's own call", async () => {
    it.reply({ body: user });
    const answer = await ask("/contacts/a1", {
      method: "PUT",
      json: { role: "user" },
      headers: { "intercom-version": "2.14" },
    });
    expect([answer.status, answer.headers.get("x-intercom-edge")]).toEqual([200, "upstream"]);
  });
});

describe("events by an address", () => {
  const event = { event_name: "x", created_at: 1, email: "a@example.com" };
  test.each([
    ["POST", "/events"],
    ["GET", "/events?type=user&email=a%40example.com"],
  ])("%s %s of several users is 409", async (method, path) => {
    script(found(user, { ...user, id: "a2" }));
    const answer = await ask(path, { method, ...(method === "POST" ? { json: event } : {}) });
    expect([answer.status, firstError(answer).field, firstError(answer).ids]).toEqual([409, "email", ["a1", "a2"]]);
    expect(calls()).toEqual(["POST /contacts/search"]);
  });

  test("of one, of nobody whom the search knows, and by another name", async () => {
    for (const people of [found(user), found()]) {
      script(people, { status: 202, body: "" });
      expect((await ask("/events", { json: event })).status).toBe(202);
      expect(body(-1)).toEqual(event);
      it.arrived().length = 0;
    }
    script({ status: 202, body: "" });
    expect((await ask("/events", { json: { ...event, user_id: "u-1" } })).status).toBe(202);
    expect(calls()).toEqual(["POST /events"]);
  });
});
