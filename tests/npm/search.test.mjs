// A search as TypeScript, and the query that Intercom gets.

import { Intercom } from "intercom-edge";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { json, standIn } from "../stand-in.mjs";

let worker;
let intercom;
beforeAll(async () => {
  worker = await standIn();
  intercom = new Intercom({ baseUrl: worker.url, auth: "key-of-a-caller" });
});
afterAll(() => worker.close());
beforeEach(() => Object.assign(worker, { seen: [], answers: [json(200, { type: "list", data: [] })] }));

const sent = async (list) => {
  await list.toArray({ limit: 1 });
  return worker.seen.at(-1);
};
const query = async (search) => (await sent(intercom.contacts.search(search))).body.query;
const is = (field, operator, value) => ({ field, operator, value });
const date = new Date("2026-01-31T12:00:00.900Z");
const seconds = 1769860800;
/** The longest day of a time zone, in seconds. */
const DAY = 25 * 3600;

test.each([
  [{ role: "user" }, is("role", "=", "user")],
  [{ email: null }, is("email", "=", null)],
  [{ unsubscribed_from_emails: false }, is("unsubscribed_from_emails", "=", false)],
  [{ created_at: date }, is("created_at", "=", seconds)],
  [{ created_at: { after: date } }, is("created_at", ">", seconds - DAY)],
  [{ created_at: { before: date } }, is("created_at", "<", seconds + 1 + DAY)],
  [{ created_at: { greaterThan: date } }, is("created_at", ">", seconds)],
  [{ created_at: { lessThan: 7 } }, is("created_at", "<", 7)],
  [{ email: { endsWith: "@example.com" } }, is("email", "$", "@example.com")],
  [{ email: { startsWith: "ann" } }, is("email", "^", "ann")],
  [{ name: { contains: "日本" } }, is("name", "~", "日本")],
  [{ name: { notContains: "x" } }, is("name", "!~", "x")],
  [{ id: ["1", "2"] }, is("id", "IN", ["1", "2"])],
  [{ id: { notIn: ["1"] } }, is("id", "NIN", ["1"])],
  [{ owner_id: { not: 7 } }, is("owner_id", "!=", 7)],
  [
    { session_count: { greaterThan: 1, lessThan: 9 } },
    { operator: "AND", value: [is("session_count", ">", 1), is("session_count", "<", 9)] },
  ],
  [
    { custom_attributes: { plan: "pro", seats: { greaterThan: 5 } } },
    { operator: "AND", value: [is("custom_attributes.plan", "=", "pro"), is("custom_attributes.seats", ">", 5)] },
  ],
  [
    { or: [{ name: "Ann" }, { name: "Bo", role: "lead" }] },
    {
      operator: "OR",
      value: [is("name", "=", "Ann"), { operator: "AND", value: [is("name", "=", "Bo"), is("role", "=", "lead")] }],
    },
  ],
  [
    { role: "user", or: [{ name: "Ann" }, { name: "Bo" }] },
    {
      operator: "AND",
      value: [is("role", "=", "user"), { operator: "OR", value: [is("name", "=", "Ann"), is("name", "=", "Bo")] }],
    },
  ],
  [{ created_at: { after: "2026-01-31" } }, is("created_at", ">", seconds - 12 * 3600 - DAY)],
  [{ waiting_since: { after: "2026-01-31T12:00:00Z" } }, is("waiting_since", ">", seconds - DAY)],
  [{ created_at: "1769860800" }, is("created_at", "=", "1769860800")],
  [{ created_at: { after: "2026" } }, is("created_at", ">", 1767225600 - DAY)],
  [{ created_at: { after: "1769860800" } }, is("created_at", ">", seconds - DAY)],
  [
    { custom_attributes: { renewal: { before: "2026-01-31T12:00Z" } } },
    is("custom_attributes.renewal", "<", seconds + DAY),
  ],
  [
    { custom_attributes: { renewed_at: "soon", at: 1769860800000 } },
    {
      operator: "AND",
      value: [is("custom_attributes.renewed_at", "=", "soon"), is("custom_attributes.at", "=", 1769860800000)],
    },
  ],
  [{ query: is("anything", "*", "raw") }, is("anything", "*", "raw")],
])("%j", async (search, expected) => {
  expect(await query(search)).toEqual(expected);
});

test("page, order and cursor go along", async () => {
  const { url, method, body } = await sent(
    intercom.contacts.search(
      { role: "user" },
      { perPage: 7, startingAfter: "W+/=", sort: { field: "name", order: "ascending" } },
    ),
  );
  expect([method, url]).toEqual(["POST", "/contacts/search"]);
  expect(body).toEqual({
    query: is("role", "=", "user"),
    sort: { field: "name", order: "ascending" },
    pagination: { per_page: 7, starting_after: "W+/=" },
  });
  expect((await sent(intercom.conversations.search({ state: "open" }))).url).toBe("/conversations/search");
});

test("users and leads are searched beside what is asked, and no level deeper than need be", async () => {
  const role = is("role", "=", "user");
  const searched = async (search) => (await sent(intercom.users.search(search))).body.query;
  expect(await searched({ name: "Ann" })).toEqual({ operator: "AND", value: [is("name", "=", "Ann"), role] });
  const or = [{ name: "Ann" }, { name: "Bo" }];
  expect(await searched({ email: "a@b.c", or })).toMatchObject({
    operator: "AND",
    value: [{ field: "email" }, { operator: "OR" }, role],
  });
  expect(await searched({ query: { operator: "OR", value: [is("a", "=", 1), is("b", "=", 2)] } })).toMatchObject({
    operator: "AND",
    value: [{ operator: "OR" }, role],
  });
  // Who names a role all the same gets both: nobody, rather than somebody else.
  expect(await searched({ role: "lead" })).toEqual({ operator: "AND", value: [is("role", "=", "lead"), role] });
});

test("what stands beside an or of groups goes into each, and finds the same people in a level less", async () => {
  const or = [{ name: "Ann", email: "a@b.c" }, { name: "Bo" }];
  const all = (...filters) => ({ operator: "AND", value: filters });
  const [ann, mail, bo, role, phone] = [
    is("name", "=", "Ann"),
    is("email", "=", "a@b.c"),
    is("name", "=", "Bo"),
    is("role", "=", "user"),
    is("phone", "=", "1"),
  ];
  const expected = { operator: "OR", value: [all(ann, mail, role), all(bo, role)] };
  expect((await sent(intercom.users.search({ or }))).body.query).toEqual(expected);
  expect(await query({ role: "user", or })).toEqual(expected);
  expect((await sent(intercom.users.search({ phone: "1", or }))).body.query).toEqual({
    operator: "OR",
    value: [all(ann, mail, phone, role), all(bo, phone, role)],
  });
  expect(await query({ and: [{ or }, { role: "user" }] })).toEqual(expected);
  // Other groups keep their place: each may have 15 filters.
  expect(await query({ phone: "1", and: Array(2).fill(many(8)) }).catch(({ message }) => message)).toBe(
    "search: expected at most 2 levels of groups",
  );
  expect((await query({ ...many(14), and: [{ name: "Ann" }, { name: "Bo" }] })).value).toHaveLength(15);
  // Intercom's own query is Intercom's: nothing beside it, nothing moves.
  expect(await query({ query: all(role, expected.value[0]) })).toEqual(all(role, expected.value[0]));
  expect(() => intercom.users.search({ or: [many(15), { name: "Bo" }] })).toThrow("at most 15 filters in a group");
  expect(() => intercom.users.search({ or, and: [{ or }] })).toThrow("at most 2 levels");
});

const many = (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`field_${index}`, index]));
const cyclic = { operator: "AND", value: [] };
cyclic.value.push(cyclic);

test.each([
  [{}, "search", "at least one filter"],
  [undefined, "search", "an object"],
  [[], "search", "an object"],
  ["name", "search", "an object"],
  [{ email: undefined }, "email", "a text, a number"],
  [{ email: { endsWith: undefined } }, "email.endsWith", "a text, a number"],
  [{ email: {} }, "email", "a value or an operator"],
  [{ email: { matches: "x" } }, "email.matches", "an operator: equals"],
  [{ email: { toString: "x" } }, "email.toString", "an operator: equals"],
  [{ id: [] }, "id.in", "a list that isn't empty"],
  [{ id: { in: "1" } }, "id.in", "a list"],
  [{ id: ["1", {}] }, "id.in[1]", "a text, a number"],
  [{ size: NaN }, "size", "a text, a number"],
  [{ created_at: { after: 1769860800000 } }, "created_at.after", "a Date, an ISO 8601 text, or seconds"],
  [{ last_seen_at: "yesterday" }, "last_seen_at", "a Date, an ISO"],
  [{ created_at: { before: new Date(NaN) } }, "created_at.before", "a Date, an ISO"],
  [{ created_at: Symbol("now") }, "created_at", "a Date, an ISO"],
  [{ created_at: { after: "" } }, "created_at.after", "a Date, an ISO"],
  [{ created_at: { after: "20240101" } }, "created_at.after", "a Date, an ISO"],
  [{ snoozed_until: { before: 1769860800000 } }, "snoozed_until.before", "a Date, an ISO"],
  [{ custom_attributes: { renewal: { after: 1769860800000 } } }, "custom_attributes.renewal.after", "a Date, an ISO"],
  [{ size: 5n }, "size", "a text, a number"],
  [{ custom_attributes: "pro" }, "custom_attributes", "an object"],
  [{ custom_attributes: { plan: undefined } }, "custom_attributes.plan", "a text, a number"],
  [{ or: [] }, "or", "a list that isn't empty"],
  [{ or: [{}] }, "or[0]", "at least one filter"],
  [{ or: [{ name: "x" }, { name: undefined }] }, "or[1].name", "a text, a number"],
  [many(16), "search", "at most 15 filters"],
  [{ role: "user", or: [many(16)] }, "search", "at most 15 filters"],
  [{ a: 1, or: [{ b: 1 }, { c: 1, or: [{ d: 1 }, { e: 1 }] }] }, "search", "at most 2 levels"],
  [{ query: 7 }, "query", "an object"],
  [{ query: { operator: "OR", value: [] } }, "query.value", "a list that isn't empty"],
  [{ query: cyclic }, "query.value[0].value[0]", "at most 2 levels"],
])("a search that would find others is refused: %o", async (search, argument, expected) => {
  for (const start of [() => intercom.contacts.search(search), () => intercom.conversations.search(search)]) {
    expect(start).toThrow(
      expect.objectContaining({ name: "ArgumentError", argument, expected: expect.stringContaining(expected) }),
    );
  }
  expect(worker.seen).toEqual([]);
});

test("a query that is none is told without quoting it, with a role beside it too", () => {
  for (const query of [7, "ann@example.com", [], null]) {
    expect(() => intercom.users.search({ query })).toThrow(
      expect.objectContaining({ name: "ArgumentError", message: "query: expected an object" }),
    );
  }
});

test("nothing is left out beside a query", () => {
  const query = is("role", "=", "user");
  for (const start of [
    () => intercom.contacts.search({ query, email: "ann@example.com" }),
    () => intercom.users.search({ query, or: [] }),
  ]) {
    expect(start).toThrow(expect.objectContaining({ name: "ArgumentError", argument: "query" }));
  }
  expect(() => intercom.users.search({ query: { operator: "AND" } })).toThrow(
    expect.objectContaining({ argument: "query.value" }),
  );
  intercom.contacts.search({ query, email: undefined });
});

test("groups within groups within groups end in words", () => {
  let filters = { name: "x" };
  for (let depth = 0; depth < 100_000; depth++) filters = { or: [filters, { name: "y" }] };
  expect(() => intercom.contacts.search(filters)).toThrow("at most 2 levels of groups");
});

test("fifteen filters and two levels are taken", async () => {
  expect((await query(many(15))).value).toHaveLength(15);
  expect(await query({ a: 1, or: [many(15), { b: 1 }] }).catch(({ argument }) => argument)).toBe("search");
});
