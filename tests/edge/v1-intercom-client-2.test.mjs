// The Node client of API 1.x, intercom-client 2.11, through the Worker: every call that it has.
// It sends the key as Basic credentials and pins no version.

import Intercom from "intercom-client-2";
import { beforeEach, describe, expect, test } from "vitest";
import { everybody, intercom, messages, requests, reset } from "../sandbox.mjs";

const { WORKER_URL, CALLER_KEY } = process.env;
const client = new Intercom.Client({ token: CALLER_KEY }).usePromises().useRequestOpts({ baseUrl: WORKER_URL });
/** With promises on, the client calls no callback. */
const withCallbacks = new Intercom.Client(CALLER_KEY, "").useRequestOpts({ baseUrl: WORKER_URL });

const john = "5bb2f45a1e099bf2d553a2d5";
const lead = "5bb2f45a1e099bf2d553a2d9";
const leadUserId = "8d1e5f4c-7a63-4c55-9d0e-000000000004";

/** What reached Intercom, as `METHOD /path`. */
const arrived = async () => (await requests()).map(({ method, path }) => `${method} ${path.split("?")[0]}`);

/** The status and first message that a refused call ends with. */
async function refusal(call) {
  const error = await call.then(
    () => undefined,
    (error) => error,
  );
  return [error?.statusCode, error?.message];
}

beforeEach(() => reset());

describe("users", () => {
  test("create, and update by user_id, id and e-mail", async () => {
    const made = (
      await client.users.create({ email: "jayne@example.com", user_id: "jayne", custom_attributes: { foo: "bar" } })
    ).body;
    expect(made).toMatchObject({
      type: "user",
      user_id: "jayne",
      email: "jayne@example.com",
      custom_attributes: { foo: "bar" },
    });
    expect((await client.users.update({ user_id: "jayne", name: "Jayne" })).body).toMatchObject({
      id: made.id,
      name: "Jayne",
    });
    expect(
      (await client.users.update({ id: made.id, custom_attributes: { foo: "baz" } })).body.custom_attributes,
    ).toEqual({ foo: "baz" });
    expect(
      (await client.users.create({ email: "john@example.com", custom_attributes: { invited_friend: true } })).body,
    ).toMatchObject({ id: john });
    const [{ body }] = (await requests()).filter(({ method, path }) => method === "POST" && path === "/contacts");
    expect(JSON.parse(body)).toEqual({
      role: "user",
      external_id: "jayne",
      email: "jayne@example.com",
      custom_attributes: { foo: "bar" },
    });
  });

  test("list, listBy and nextPage give everybody once", async () => {
    const all = await everybody("user");
    const found = [];
    let page = await client.users.list();
    for (;;) {
      expect(page.body.type).toBe("user.list");
      found.push(...page.body.users.map(({ id }) => id));
      if (!page.body.pages.next) break;
      page = await client.nextPage(page.body.pages);
    }
    expect(found).toEqual(all.map(({ id }) => id));
    const tagged = (await client.users.listBy({ tag_id: "101", per_page: 60 })).body;
    expect(tagged.total_count).toBe(all.filter(({ tags }) => tags.data.some(({ id }) => id === "101")).length);
  });

  test("scroll.each", async () => {
    const all = await everybody("user");
    const found = [];
    await client.users.scroll.each({}, ({ body }) => void found.push(...body.users.map(({ id }) => id)));
    expect(found).toEqual(all.map(({ id }) => id));
  });

  test("find by id, user_id and e-mail", async () => {
    expect((await client.users.find({ id: john })).body).toMatchObject({ type: "user", user_id: "john_doe" });
    expect((await client.users.find({ user_id: "john_doe" })).body).toMatchObject({ type: "user", id: john });
    expect((await client.users.find({ email: "john@example.com" })).body.users).toMatchObject([{ id: john }]);
    expect(await refusal(client.users.find({ user_id: "nobody" }))).toEqual([404, "User Not Found"]);
  });

  test("archive by id, user_id and e-mail, and permanent deletion", async () => {
    expect((await client.users.archive({ id: john })).body).toMatchObject({ type: "user", id: john });
    expect((await client.users.archive({ user_id: "collector" })).body.user_id).toBe("collector");
    expect((await client.users.archive({ email: "unsubscribed@example.com" })).body.user_id).toBe("unsubscribed");
    const [user] = (await client.users.list()).body.users;
    expect((await client.users.requestPermanentDeletion(user.id)).body).toEqual({ id: null });
    expect(await refusal(client.users.find({ id: user.id }))).toEqual([404, "User Not Found"]);
    expect((await client.users.requestPermanentDeletionByParams({ user_id: "twin_one" })).body).toEqual({ id: null });
    expect((await arrived()).filter((call) => !call.startsWith("GET"))).toEqual([
      `POST /contacts/${john}/archive`,
      "POST /contacts/5bb2f45a1e099bf2d553a2da/archive",
      "POST /contacts/search",
      "POST /contacts/5bb2f45a1e099bf2d553a2d8/archive",
      "POST /contacts/search",
      `DELETE /contacts/${user.id}`,
      "DELETE /contacts/5bb2f45a1e099bf2d553a2d6",
    ]);
  });

  test("bulk is not carried", async () => {
    expect(await refusal(client.users.bulk([{ create: { email: "a@example.com" } }]))).toEqual([
      410,
      expect.stringContaining("POST /users"),
    ]);
    expect(await requests()).toEqual([]);
  });
});

describe("leads", () => {
  test("create with and without attributes, update by id and user_id", async () => {
    const nameless = await new Promise((resolve) => withCallbacks.leads.create((answer) => resolve(answer)));
    expect(nameless.body).toMatchObject({ type: "contact", anonymous: true });
    expect((await client.leads.create({ email: "jayne@example.com" })).body).toMatchObject({
      type: "contact",
      email: "jayne@example.com",
    });
    expect((await client.leads.update({ id: lead, email: "wash@example.com" })).body).toMatchObject({
      id: lead,
      email: "wash@example.com",
    });
    expect((await client.contacts.update({ user_id: leadUserId, name: "Wash" })).body).toMatchObject({
      id: lead,
      name: "Wash",
    });
  });

  test("list, listBy, scroll.each and find", async () => {
    const all = (await everybody("lead")).map(({ id }) => id);
    const first = (await client.leads.list()).body;
    expect(first).toMatchObject({ type: "contact.list", total_count: all.length });
    expect((await client.leads.listBy({ email: "lead@example.com" })).body.contacts.map(({ id }) => id)).toEqual([
      lead,
    ]);
    const found = [];
    await client.leads.scroll.each({}, ({ body }) => void found.push(...body.contacts.map(({ id }) => id)));
    expect(found).toEqual(all);
    expect((await client.leads.find({ id: lead })).body).toMatchObject({ type: "contact", user_id: leadUserId });
    expect((await client.leads.find({ user_id: leadUserId })).body).toMatchObject({ type: "contact", id: lead });
  });

  test("convert and delete", async () => {
    const converted = await client.leads.convert({
      contact: { user_id: leadUserId },
      user: { email: "john@example.com" },
    });
    expect(converted.body).toMatchObject({ type: "user", id: john });
    const made = (await client.leads.create({ email: "soon@example.com" })).body;
    expect((await client.leads.delete({ id: made.id })).body).toMatchObject({ type: "contact", id: made.id });
    expect(await refusal(client.leads.find({ id: made.id }))).toEqual([404, "User Not Found"]);
  });
});

test("admins: list, find, me", async () => {
  const { admins } = (await client.admins.list()).body;
  expect(admins).toHaveLength(5);
  expect((await client.admins.find(admins[0].id)).body).toMatchObject({ type: "admin", name: "John doe" });
  expect((await client.admins.me()).body).toMatchObject({ type: "admin", id: admins[0].id, app: { type: "app" } });
  const status = await new Promise((resolve) => client.ping(resolve));
  expect(status).toBe(200);
});

test("messages: an admin's e-mail and in-app message, to a user and to a lead", async () => {
  const from = { type: "admin", id: "1234567" };
  const email = {
    message_type: "email",
    subject: "Hey",
    body: "How are you ?",
    template: "plain",
    from,
    to: { type: "user", email: "john@example.com" },
  };
  expect((await client.messages.create(email)).body).toMatchObject({
    type: "admin_message",
    message_type: "email",
    subject: "Hey",
    template: "plain",
  });
  const inapp = { message_type: "inapp", body: "Hi", from, to: { type: "contact", user_id: leadUserId } };
  expect((await client.messages.create(inapp)).body).toMatchObject({ type: "admin_message", message_type: "inapp" });
  expect((await messages()).map(({ request }) => request.to)).toEqual([
    { type: "user", id: john },
    { type: "lead", id: lead },
  ]);
  expect(
    (await client.messages.create({ from: { type: "user", id: john }, body: "I have a question" })).body.type,
  ).toBe("user_message");
});

test("companies: create, update, list, listBy, scroll.each, find, listUsers", async () => {
  const made = (await client.companies.create({ company_id: "1234", name: "serenity" })).body;
  expect(made).toMatchObject({ type: "company", company_id: "1234", name: "serenity" });
  expect((await client.companies.update({ company_id: "1234", name: "Serenity" })).body).toMatchObject({
    id: made.id,
    name: "Serenity",
  });
  expect((await client.companies.list()).body).toMatchObject({ type: "company.list", total_count: 121 });
  const tagged = (await client.companies.listBy({ tag_id: "101" })).body.companies;
  expect(tagged.length).toBeGreaterThan(0);
  expect(tagged.every(({ tags }) => tags.tags.some(({ id }) => id === "101"))).toBe(true);
  const found = [];
  await client.companies.scroll.each({}, ({ body }) => void found.push(...body.companies.map(({ id }) => id)));
  expect(new Set(found).size).toBe(121);
  for (const name of [{ id: made.id }, { company_id: "1234" }, { name: "Serenity" }])
    expect((await client.companies.find(name)).body.id).toBe(made.id);
  await client.users.update({ user_id: "john_doe", companies: [{ company_id: "1234" }] });
  for (const name of [{ id: made.id }, { company_id: "1234" }, { name: "Serenity" }]) {
    expect((await client.companies.listUsers(name)).body).toMatchObject({
      type: "user.list",
      users: [{ user_id: "john_doe" }],
    });
  }
});

test("tags: create, tag, untag, list, delete", async () => {
  const made = (await client.tags.create({ name: "haven" })).body;
  expect(made).toEqual({ type: "tag", id: expect.any(String), name: "haven" });
  await client.tags.tag({
    name: "haven",
    users: [{ id: lead }, { user_id: "john_doe" }, { email: "unsubscribed@example.com" }],
  });
  expect((await intercom("GET", `/contacts/${john}/tags`)).data.map(({ name }) => name)).toContain("haven");
  await client.tags.untag({ name: "haven", users: [{ user_id: "john_doe" }] });
  expect((await intercom("GET", `/contacts/${john}/tags`)).data.map(({ name }) => name)).not.toContain("haven");
  await client.tags.tag({ name: "haven", companies: [{ company_id: "company-1" }] });
  await client.tags.untag({ name: "haven", companies: [{ company_id: "company-1" }] });
  expect((await client.tags.list()).body).toMatchObject({ type: "tag.list", tags: expect.arrayContaining([made]) });
  expect((await client.tags.delete({ id: made.id })).statusCode).toBe(200);
});

test("segments: list and find", async () => {
  const { segments } = (await client.segments.list()).body;
  expect((await client.segments.find({ id: segments[0].id })).body).toMatchObject({
    type: "segment",
    name: segments[0].name,
  });
});

test("notes: create, list, find", async () => {
  const made = (await client.notes.create({ admin_id: 1234567, body: "Hello notes!", user: { id: john } })).body;
  expect(made).toMatchObject({
    type: "note",
    body: "<p>Hello notes!</p>",
    user: { type: "user", id: john },
    author: { id: "1234567" },
  });
  expect((await client.notes.list({ user_id: "john_doe" })).body).toMatchObject({ type: "note.list", total_count: 3 });
  expect((await client.notes.find({ id: made.id })).body).toEqual(made);
});

test("events: create, listBy; bulk is not carried", async () => {
  const made = await client.events.create({
    event_name: "Foo",
    created_at: 1_439_826_340,
    user_id: "john_doe",
    metadata: { type: "baz" },
  });
  expect(made.statusCode).toBe(202);
  expect((await client.events.listBy({ type: "user", user_id: "john_doe" })).body).toMatchObject({
    type: "event.list",
    events: [{ event_name: "Foo", metadata: { type: "baz" } }],
  });
  expect(await refusal(client.events.bulk([{ create: { event_name: "Foo" } }]))).toEqual([
    410,
    expect.stringContaining("POST /events"),
  ]);
});

test("counts: those that API 2.x can tell", async () => {
  expect((await client.counts.appCounts()).body).toMatchObject({
    type: "count.hash",
    company: { count: 120 },
    tag: { count: 12 },
  });
  expect((await client.counts.userSegmentCounts()).body).toMatchObject({
    type: "count",
    user: { segment: [{ Active: expect.any(Number) }, {}, {}, {}, {}] },
  });
  for (const call of [
    "conversationCounts",
    "conversationAdminCounts",
    "userTagCounts",
    "companyTagCounts",
    "companySegmentCounts",
    "companyUserCounts",
  ]) {
    expect(await refusal(client.counts[call]()), call).toEqual([410, expect.stringContaining("total_count")]);
  }
});

test("visitors: find, update, convert; by id is not carried", async () => {
  const [id, user_id] = ["5bb2f45a1e099bf2d553a2e1", "8d1e5f4c-7a63-4c55-9d0e-0000000000e1"];
  expect((await client.visitors.find({ user_id })).body).toMatchObject({ type: "visitor", id });
  expect((await client.visitors.update({ id, name: "Wash" })).body).toMatchObject({ type: "visitor", name: "Wash" });
  expect(
    (
      await client.visitors.convert({
        visitor: { user_id },
        user: { user_id: "mal", email: "mal@example.com" },
        type: "user",
      })
    ).body,
  ).toMatchObject({ type: "user", user_id: "mal" });
  expect(await refusal(client.visitors.find({ id }))).toEqual([410, expect.stringContaining("GET /visitors?user_id=")]);
  expect(await refusal(client.visitors.delete({ id }))).toEqual([
    410,
    expect.stringContaining("POST /visitors/convert"),
  ]);
});

test("customers.search is not carried", async () => {
  expect(await refusal(client.customers.search({ query: { field: "name", operator: "=", value: "Alice" } }))).toEqual([
    410,
    expect.stringContaining("POST /contacts/search"),
  ]);
});

test("a wrong key is 401", async () => {
  const other = new Intercom.Client({ token: "no key of this Worker, but long enough" })
    .usePromises()
    .useRequestOpts({ baseUrl: WORKER_URL });
  expect((await refusal(other.users.list()))[0]).toBe(401);
});
