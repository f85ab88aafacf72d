// The sandbox's conversations answer as Intercom's API 2.14 does, directly and through the Worker.

import { beforeEach, describe, expect, test } from "vitest";
import { serve } from "../gate.mjs";
import { ask, reset } from "../sandbox.mjs";

const { SANDBOX_URL } = process.env;
const JOHN = "5bb2f45a1e099bf2d553a2d5";
const LEAD = "5bb2f45a1e099bf2d553a2d9";
const ADMIN = "1234567";
const TEAM = 9999999;

const get = async (id) => (await ask("GET", `/conversations/${id}`)).body;
const reply = (id, body) => ask("POST", `/conversations/${id}/reply`, body);
const manage = (id, body) => ask("POST", `/conversations/${id}/parts`, { admin_id: ADMIN, ...body });
const search = (query, more = {}) => ask("POST", "/conversations/search", { query, ...more });
const where = (field, operator, value) => ({ field, operator, value });
const ids = (answer) => answer.body.conversations.map(({ id }) => id);
const lastPart = (answer) => answer.body.conversation_parts.conversation_parts.at(-1);
const refused = async (answer, ...expected) => {
  const { status, body } = await answer;
  const [{ code, message, field }] = body.errors;
  expect([status, code, expected.length === 3 ? (field ?? message) : undefined].slice(0, expected.length)).toEqual(
    expected,
  );
};

/** Returns all items of a list. */
async function walk(page) {
  const found = [];
  for (let cursor; ; ) {
    const { body } = await page(cursor);
    found.push(...body.conversations);
    cursor = body.pages.next?.starting_after;
    if (cursor === undefined) return found;
  }
}
const all = (query = where("created_at", ">", 0), sort) =>
  walk((starting_after) => search(query, { sort, pagination: { per_page: 20, starting_after } }));

beforeEach(() => reset({ limit_per_10s: 100_000 }));

describe("a range of created_at", () => {
  test("contains each conversation once, oldest first, while conversations change", async () => {
    const sort = { field: "created_at", order: "ascending" };
    const everything = await all(undefined, sort);
    const [from, upTo] = [everything[5].created_at, everything[40].created_at];
    const query = {
      operator: "AND",
      value: [
        where("created_at", ">", from),
        { operator: "OR", value: [where("created_at", "<", upTo), where("created_at", "=", upTo)] },
      ],
    };
    const expected = everything.filter((one) => one.created_at >= from && one.created_at <= upTo).map(({ id }) => id);
    const seen = [];
    const found = await walk(async (starting_after) => {
      const page = await search(query, { sort, pagination: { per_page: 7, starting_after } });
      expect(page.body.total_count).toBe(expected.length);
      seen.push(...ids(page));
      // The updated_at of a conversation that was returned changes, and of one that was not.
      for (const id of [seen[0], expected.find((id) => !seen.includes(id))]) {
        if (id) expect((await ask("PUT", `/conversations/${id}`, { read: true })).status).toBe(200);
      }
      return page;
    });
    expect(found.map(({ id }) => id)).toEqual(expected);
  });
});

describe("GET /conversations", () => {
  test("lists each conversation once, twenty per page, the last changed first, without parts", async () => {
    const first = (await ask("GET", "/conversations")).body;
    expect(first).toMatchObject({
      type: "conversation.list",
      total_count: 48,
      pages: { type: "pages", page: 1, per_page: 20, total_pages: 3, next: { page: 2 } },
    });
    const found = await walk((cursor) =>
      ask("GET", `/conversations${cursor ? `?starting_after=${encodeURIComponent(cursor)}` : ""}`),
    );
    expect(new Set(found.map(({ id }) => id)).size).toBe(48);
    const times = found.map((one) => one.updated_at);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(found.some((one) => "conversation_parts" in one)).toBe(false);
    expect((await ask("GET", "/conversations?per_page=150")).body.conversations).toEqual(found);
    await reset({ limit_per_10s: 100_000 });
    expect((await ask("GET", "/conversations?per_page=150")).body.conversations).toEqual(found);
  });

  test("rejects a page of more than 150 and a cursor of another list", async () => {
    for (const [query, field] of [
      ["per_page=151", "per_page"],
      ["per_page=0", "per_page"],
      ["starting_after=x", "starting_after"],
    ]) {
      await refused(ask("GET", `/conversations?${query}`), 400, "parameter_invalid", field);
    }
    const sort = { field: "updated_at", order: "descending" };
    const people = await ask("POST", "/contacts/search", {
      query: where("role", "=", "user"),
      sort,
      pagination: { per_page: 1 },
    });
    const { starting_after } = people.body.pages.next;
    await refused(
      search(where("open", "=", true), { sort, pagination: { starting_after } }),
      400,
      "parameter_invalid",
      "starting_after",
    );
  });
});

describe("GET /conversations/{id}", () => {
  test("returns the conversation with its parts", async () => {
    const john = await get("1001");
    expect(john).toMatchObject({
      type: "conversation",
      id: "1001",
      open: true,
      state: "open",
      read: false,
      priority: "priority",
      admin_assignee_id: null,
      team_assignee_id: null,
      snoozed_until: null,
      waiting_since: john.created_at,
      title: null,
      source: {
        type: "conversation",
        delivered_as: "customer_initiated",
        author: { type: "user", id: JOHN, name: null, email: "john@example.com" },
      },
      contacts: { type: "contact.list", contacts: [{ type: "contact", id: JOHN, external_id: "john_doe" }] },
      first_contact_reply: { type: "conversation", created_at: john.created_at, url: null },
      teammates: { type: "admin.list", teammates: [{ type: "admin", id: ADMIN }] },
      tags: { type: "tag.list", tags: [] },
      custom_attributes: {},
      linked_objects: { type: "list", data: [], total_count: 0, has_more: false },
    });
    const { type, total_count, conversation_parts: parts } = john.conversation_parts;
    expect([type, total_count, parts.length]).toEqual(["conversation_part.list", 1, 1]);
    expect(parts[0]).toMatchObject({
      type: "conversation_part",
      part_type: "note",
      author: { type: "admin", id: ADMIN, name: "John doe" },
    });
    expect(await get("1002")).toMatchObject({ state: "closed", open: false, admin_assignee_id: 1234568 });
    expect(await get("1003")).toMatchObject({
      state: "snoozed",
      open: true,
      team_assignee_id: TEAM,
      snoozed_until: 4102444800,
    });
    expect(await get("1004")).toMatchObject({
      source: { delivered_as: "admin_initiated", author: { type: "admin", id: ADMIN } },
      admin_assignee_id: 1234567,
      tags: { tags: [{ type: "tag", id: "101", name: "VIP", applied_by: { type: "admin", id: ADMIN } }] },
    });
  });

  test("is 404 for an unknown id", async () => {
    const close = { message_type: "close", type: "admin", admin_id: ADMIN };
    for (const [method, path, body] of [
      ["GET", "/conversations/1"],
      ["GET", "/conversations/x"],
      ["PUT", "/conversations/1", { read: true }],
      ["DELETE", "/conversations/1"],
      ["POST", "/conversations/1/reply", { message_type: "comment", type: "admin", admin_id: ADMIN, body: "x" }],
      ["POST", "/conversations/1/parts", close],
    ]) {
      await refused(ask(method, path, body), 404, "not_found", "Resource Not Found");
    }
    await refused(
      ask("POST", "/conversations/1/tags", { id: "101", admin_id: ADMIN }),
      404,
      "not_found",
      "Conversation not found",
    );
  });
});

describe("POST /conversations/search", () => {
  const has = (list, id) => list.some((one) => one.id === id);

  test.each([
    ["id", "=", "1001", (c) => c.id === "1001"],
    ["id", ">", "1040", (c) => Number(c.id) > 1040],
    ["id", "<", 1003, (c) => Number(c.id) < 1003],
    ["id", "IN", ["1001", "1003", "x"], (c) => ["1001", "1003"].includes(c.id)],
    ["state", "=", "closed", (c) => c.state === "closed"],
    ["state", "!=", "closed", (c) => c.state !== "closed"],
    ["state", "IN", ["open", "snoozed"], (c) => c.state !== "closed"],
    ["open", "=", true, (c) => c.open],
    ["read", "=", false, (c) => !c.read],
    ["priority", "=", "priority", (c) => c.priority === "priority"],
    ["admin_assignee_id", "=", 1234567, (c) => c.admin_assignee_id === 1234567],
    ["admin_assignee_id", "IN", ["1234567", 1234568], (c) => [1234567, 1234568].includes(c.admin_assignee_id)],
    ["admin_assignee_id", "=", 0, (c) => c.admin_assignee_id === null],
    ["admin_assignee_id", "=", null, (c) => c.admin_assignee_id === null],
    ["admin_assignee_id", "!=", 0, (c) => c.admin_assignee_id !== null],
    ["team_assignee_id", "=", TEAM, (c) => c.team_assignee_id === TEAM],
    ["source.author.email", "=", "JOHN@example.com", (c) => c.source.author.email === "john@example.com"],
    ["source.author.email", "$", "@example.com", (c) => c.source.author.email?.endsWith("@example.com")],
    ["source.author.type", "=", "admin", (c) => c.source.author.type === "admin"],
    ["source.delivered_as", "=", "customer_initiated", (c) => c.source.delivered_as === "customer_initiated"],
    ["source.body", "=", "Support", (c) => /\bsupport\b/.test(c.source.body)],
    ["source.body", "!=", "support", (c) => !/\bsupport\b/.test(c.source.body)],
    ["source.body", "~", "请", () => false],
    ["source.body", "~", "求", (c) => c.source.body.includes("求")],
    ["contact_ids", "=", JOHN, (c) => has(c.contacts.contacts, JOHN)],
    ["contact_ids", "IN", [JOHN, LEAD], (c) => has(c.contacts.contacts, JOHN) || has(c.contacts.contacts, LEAD)],
    ["teammate_ids", "=", ADMIN, (c) => has(c.teammates?.teammates ?? [], ADMIN)],
    ["tag_ids", "=", "101", (c) => has(c.tags.tags, "101")],
    ["tag_ids", "!=", "101", (c) => !has(c.tags.tags, "101")],
    ["waiting_since", "=", null, (c) => c.waiting_since === null],
    ["snoozed_until", ">", 4102444800, (c) => c.state === "snoozed"],
    ["custom_attributes.issue_type", "=", "Billing", (c) => c.custom_attributes.issue_type === "Billing"],
  ])("%s %s %j", async (field, operator, value, matches) => {
    const everything = await all();
    const expected = everything.filter(matches).map(({ id }) => id);
    expect((await all(where(field, operator, value))).map(({ id }) => id)).toEqual(expected);
    expect(expected.length).toBeLessThan(48);
    if (value !== "请") expect(expected.length, "the query should find some").toBeGreaterThan(0);
  });

  test("a value of two words matches no body, because each word compares separately", async () => {
    expect((await search(where("source.body", "=", "need"))).body.total_count).toBeGreaterThan(0);
    expect((await search(where("source.body", "=", "need support"))).body.total_count).toBe(0);
  });

  test("compares times by the second, combines groups, and sorts", async () => {
    const times = (await all(undefined, { field: "created_at", order: "ascending" })).map((one) => one.created_at);
    expect(times).toHaveLength(48);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const middle = times[24];
    expect((await all(where("created_at", ">", middle))).length).toBe(times.filter((time) => time >= middle).length);
    expect((await all(where("created_at", "<", String(middle)))).length).toBe(
      times.filter((time) => time <= middle).length,
    );
    const query = {
      operator: "AND",
      value: [
        where("open", "=", true),
        { operator: "OR", value: [where("id", "=", "1001"), where("id", "=", "1002")] },
      ],
    };
    expect(ids(await search(query))).toEqual(["1001"]);
  });

  test("compares ids as numbers, and takes times as floats and strings of digits", async () => {
    const found = [];
    for (let last = ""; ; last = found.at(-1)) {
      const query = { operator: "AND", value: [where("updated_at", ">", 946684800.0), where("id", ">", last)] };
      const page = ids(
        await search(query, { sort: { field: "id", order: "ascending" }, pagination: { per_page: 20 } }),
      );
      if (page.length === 0) break;
      found.push(...page);
    }
    expect(found).toHaveLength(48);
    expect(new Set(found).size).toBe(48);
    for (const path of ["/contacts/search", "/conversations/search"]) {
      const counts = await Promise.all(
        [946684800, 946684800.5, "946684800", "946684800.0"].map(
          async (value) => (await ask("POST", path, { query: where("updated_at", ">", value) })).body.total_count,
        ),
      );
      expect(counts, path).toEqual(Array(4).fill(counts[0]));
      expect(counts[0], path).toBeGreaterThan(40);
    }
  });

  test("rejects an invalid query with the name of the field", async () => {
    await refused(search(where("email", "=", "x")), 400, "parameter_invalid", "field");
    await refused(search(where("created_at", ">=", 1)), 400, "parameter_invalid", "operator");
    await refused(search(where("created_at", ">", "foobar")), 400, "parameter_invalid", "value");
    await refused(search(where("open", "=", "maybe")), 400, "parameter_invalid", "value");
    await refused(search(undefined), 400, "parameter_invalid", "query");
    await refused(
      search(where("open", "=", true), { pagination: { per_page: 151 } }),
      400,
      "parameter_invalid",
      "per_page",
    );
    await refused(
      search(where("open", "=", true), { sort: { field: "tag_ids" } }),
      400,
      "parameter_invalid",
      "sort.field",
    );
  });
});

describe("POST /conversations", () => {
  test("starts a conversation from a contact, as POST /messages does", async () => {
    for (const path of ["/conversations", "/messages"]) {
      const from = { type: "user", id: JOHN };
      const { status, body } = await ask("POST", path, { from, body: "Hello there" });
      expect([status, body]).toEqual([
        200,
        {
          type: "user_message",
          id: expect.any(String),
          created_at: expect.any(Number),
          body: "Hello there",
          message_type: "inapp",
          conversation_id: expect.any(String),
        },
      ]);
      expect(await get(body.conversation_id)).toMatchObject({
        state: "open",
        waiting_since: body.created_at,
        read: false,
        source: { id: body.id, body: "<p>Hello there</p>", author: { type: "user", id: JOHN } },
        conversation_parts: { total_count: 0 },
      });
      expect(ids(await ask("GET", "/conversations?per_page=1"))).toEqual([body.conversation_id]);
    }
    expect((await ask("GET", "/conversations")).body.total_count).toBe(50);
  });

  test("rejects an unknown contact and an absent text", async () => {
    const start = (body) => ask("POST", "/conversations", body);
    await refused(
      start({ from: { type: "user", id: "123_doesnt_exist" }, body: "x" }),
      404,
      "not_found",
      "User Not Found",
    );
    await refused(start({ from: { type: "lead", id: JOHN }, body: "x" }), 404, "not_found", "User Not Found");
    await refused(start({ from: { type: "admin", id: ADMIN }, body: "x" }), 400, "parameter_invalid", "from.type");
    await refused(start({ from: { type: "user" }, body: "x" }), 400, "parameter_invalid", "from.id");
    await refused(start({ from: { type: "user", id: JOHN } }), 400, "parameter_not_found", "body not specified");
    expect((await ask("GET", "/conversations")).body.total_count).toBe(48);
  });
});

describe("POST /conversations/{id}/reply", () => {
  const admin = { message_type: "comment", type: "admin", admin_id: ADMIN, body: "On it" };
  const user = { message_type: "comment", type: "user", intercom_user_id: JOHN, body: "Thanks again :)" };

  test("an admin's comment ends the contact's wait, and a note does not", async () => {
    const noted = await reply("1001", { ...admin, message_type: "note", body: "<b>Hm</b>", admin_id: Number(ADMIN) });
    expect(lastPart(noted)).toMatchObject({
      part_type: "note",
      body: "<b>Hm</b>",
      author: { type: "admin", id: ADMIN },
    });
    expect(noted.body.waiting_since).not.toBeNull();
    const answered = await reply("1001", { ...admin, attachment_urls: ["https://example.com/a.png"] });
    expect(answered.status).toBe(200);
    expect(answered.body).toMatchObject({
      waiting_since: null,
      read: true,
      state: "open",
      conversation_parts: { total_count: 3 },
    });
    expect(lastPart(answered)).toMatchObject({
      part_type: "comment",
      body: "<p>On it</p>",
      attachments: [{ type: "upload", name: "a.png", url: "https://example.com/a.png" }],
    });
    expect(await get("1001")).toEqual(answered.body);
  });

  test.each([
    ["intercom_user_id", JOHN],
    ["user_id", "john_doe"],
    ["email", "john@example.com"],
  ])("a contact, named by %s, replies", async (name, value) => {
    const { intercom_user_id: _, ...body } = user;
    const answered = await reply("1001", { ...body, [name]: value });
    expect(lastPart(answered)).toMatchObject({
      part_type: "comment",
      body: "<p>Thanks again :)</p>",
      author: { type: "user", id: JOHN, email: "john@example.com" },
    });
  });

  test("a contact's reply opens a closed conversation", async () => {
    const answered = await reply("1002", {
      message_type: "comment",
      type: "user",
      email: "twins@example.com",
      body: "Again",
    });
    expect(answered.body).toMatchObject({
      state: "open",
      open: true,
      read: false,
      waiting_since: answered.body.updated_at,
    });
    expect(lastPart(answered)).toMatchObject({ part_type: "open", body: "<p>Again</p>", author: { name: "Ana Twin" } });
  });

  test("last is the last changed conversation of the contact", async () => {
    const { conversation_id } = (await ask("POST", "/conversations", { from: { type: "user", id: JOHN }, body: "One" }))
      .body;
    expect((await reply("last", user)).body.id).toBe(conversation_id);
    await refused(reply("last", admin), 404, "not_found", "Resource Not Found");
    await refused(reply("last", { ...user, intercom_user_id: "nobody" }), 404, "not_found", "User Not Found");
  });

  test.each([
    ["no type", { ...admin, type: undefined }, 400, "parameter_invalid", "type"],
    ["an unknown message_type", { ...admin, message_type: "inapp" }, 400, "parameter_invalid", "message_type"],
    ["a contact's note", { ...user, message_type: "note" }, 400, "parameter_invalid", "message_type"],
    ["no body", { ...admin, body: undefined }, 400, "parameter_not_found", "body not specified"],
    ["no admin", { ...admin, admin_id: undefined }, 400, "parameter_not_found", "admin_id not specified"],
    ["an unknown admin", { ...admin, admin_id: "1" }, 404, "not_found", "Resource Not Found"],
    ["no contact", { ...user, intercom_user_id: undefined }, 400, "parameter_not_found", "user not specified"],
    ["a contact who takes no part", { ...user, intercom_user_id: LEAD }, 404, "not_found", "User Not Found"],
    [
      "eleven files",
      { ...admin, attachment_urls: Array(11).fill("https://example.com/a") },
      400,
      "parameter_invalid",
      "attachment_urls",
    ],
    ["a time that is none", { ...admin, created_at: "today" }, 400, "parameter_invalid", "created_at"],
  ])("rejects %s, and adds no part", async (_, body, status, code, field) => {
    const before = await get("1001");
    await refused(reply("1001", body), status, code, field);
    expect(await get("1001")).toEqual(before);
  });
});

describe("older ways to manage a conversation", () => {
  test.each([
    [
      "snoozed, as Intercom's Node client sends it",
      { message_type: "snoozed", admin_id: ADMIN, snoozed_until: 4102444800 },
      { state: "snoozed", snoozed_until: 4102444800 },
    ],
    ["close", { message_type: "close", type: "admin", admin_id: ADMIN }, { state: "closed", open: false }],
    ["open", { message_type: "open", type: "admin", admin_id: ADMIN }, { state: "open" }],
    [
      "assignment",
      { message_type: "assignment", type: "admin", admin_id: ADMIN, assignee_id: "1234570" },
      { admin_assignee_id: 1234570 },
    ],
  ])("POST /conversations/{id}/reply takes %s", async (_, body, expected) => {
    expect((await reply("1001", body)).body).toMatchObject(expected);
    expect(await get("1001")).toMatchObject(expected);
    await refused(reply("last", body), 404, "not_found", "Resource Not Found");
  });
});

describe("POST /conversations/{id}/parts", () => {
  test("closes and opens a conversation", async () => {
    const closed = await manage("1001", { message_type: "close", type: "admin", body: "Goodbye :)" });
    expect(closed.body).toMatchObject({ state: "closed", open: false, waiting_since: null });
    expect(lastPart(closed)).toMatchObject({
      part_type: "close",
      body: "<p>Goodbye :)</p>",
      author: { type: "admin", id: ADMIN },
    });
    expect(
      ids(await search({ operator: "AND", value: [where("state", "=", "closed"), where("id", "=", "1001")] })),
    ).toEqual(["1001"]);
    const opened = await manage("1001", { message_type: "open" });
    expect(opened.body).toMatchObject({ state: "open", open: true });
    expect(lastPart(opened)).toMatchObject({ part_type: "open", body: null });
  });

  test("snoozes a conversation, which opens at its time", async () => {
    const until = Math.floor(Date.now() / 1000) + 2;
    const snoozed = await manage("1001", { message_type: "snoozed", snoozed_until: until });
    expect(snoozed.body).toMatchObject({ state: "snoozed", open: true, snoozed_until: until });
    expect(lastPart(snoozed)).toMatchObject({ part_type: "snoozed", body: null });
    const sleeping = async () =>
      (await search({ operator: "AND", value: [where("state", "=", "snoozed"), where("id", "=", "1001")] })).body
        .total_count;
    while ((await sleeping()) === 1) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(until);
    expect(await get("1001")).toMatchObject({ state: "open", snoozed_until: null });
  });

  test("assigns to an admin, to a team and to neither, and opens a closed conversation", async () => {
    const assign = (id, assignee_id, type = "admin") => manage(id, { message_type: "assignment", type, assignee_id });
    const mine = await assign("1002", ADMIN);
    expect(mine.body).toMatchObject({ admin_assignee_id: 1234567, state: "open", open: true });
    expect(lastPart(mine)).toMatchObject({
      part_type: "assign_and_reopen",
      body: null,
      assigned_to: { type: "admin", id: ADMIN },
    });
    const team = await assign("1002", TEAM, "team");
    expect(team.body).toMatchObject({ admin_assignee_id: 1234567, team_assignee_id: TEAM });
    expect(lastPart(team)).toMatchObject({ part_type: "assignment", assigned_to: { type: "team", id: String(TEAM) } });
    expect((await assign("1002", "0")).body).toMatchObject({ admin_assignee_id: null, team_assignee_id: null });
    expect(
      ids(await search({ operator: "AND", value: [where("admin_assignee_id", "=", 0), where("id", "=", "1002")] })),
    ).toEqual(["1002"]);
  });

  test.each([
    ["an unknown message_type", { message_type: "explode" }, 400, "parameter_invalid", "message_type"],
    [
      "closing by nobody",
      { message_type: "close", type: "admin", admin_id: null },
      400,
      "parameter_not_found",
      "admin_id not specified",
    ],
    ["closing as a user", { message_type: "close", type: "user" }, 400, "parameter_invalid", "type"],
    ["an unknown admin", { message_type: "open", admin_id: 1 }, 404, "not_found", "Resource Not Found"],
    ["snoozing for ever", { message_type: "snoozed" }, 400, "parameter_invalid", "snoozed_until"],
    [
      "snoozing into the past",
      { message_type: "snoozed", snoozed_until: 1 },
      400,
      "parameter_invalid",
      "snoozed_until",
    ],
    [
      "assigning to somebody unnamed",
      { message_type: "assignment", type: "admin" },
      400,
      "parameter_not_found",
      "assignee_id not specified",
    ],
    [
      "assigning to somebody unknown",
      { message_type: "assignment", type: "admin", assignee_id: "1" },
      404,
      "assignee_not_found",
      "Assignee not found",
    ],
    [
      "assigning to neither admin nor team",
      { message_type: "assignment", assignee_id: ADMIN },
      400,
      "parameter_invalid",
      "type",
    ],
    ["a body that is no text", { message_type: "close", type: "admin", body: 7 }, 400, "parameter_invalid", "body"],
  ])("rejects %s, and changes nothing", async (_, body, status, code, field) => {
    const before = await get("1001");
    await refused(manage("1001", body), status, code, field);
    expect(await get("1001")).toEqual(before);
  });
});

describe("display_as=plaintext", () => {
  test("removes the HTML tags from every text", async () => {
    await reply("1001", {
      message_type: "comment",
      type: "admin",
      admin_id: ADMIN,
      body: "<p>One &amp; <b>two</b></p><p>Three</p>",
    });
    const html = await get("1001");
    const { body } = await ask("GET", "/conversations/1001?display_as=plaintext");
    expect(lastPart({ body }).body).toBe("One & two\nThree");
    expect(`<p>${body.source.body}</p>`).toBe(html.source.body);
    expect((await ask("PUT", "/conversations/1001?display_as=plaintext", { read: true })).body.source.body).toBe(
      body.source.body,
    );
    expect((await get("1001")).source.body).toBe(html.source.body);
  });
});

describe("participants", () => {
  const customers = (method, path, customer) =>
    ask(method, `/conversations/1001/customers${path}`, { admin_id: ADMIN, ...customer });

  test("contacts are added once, by any identifier, and removed except for the last", async () => {
    for (const customer of [
      { intercom_user_id: LEAD },
      { user_id: "twin_one" },
      { email: "collector@example.com" },
      { user_id: "twin_one" },
    ]) {
      expect((await customers("POST", "", { customer })).status).toBe(200);
    }
    const { body } = await customers("POST", "", { customer: { intercom_user_id: LEAD } });
    expect(body.customers.slice(0, 2)).toEqual([
      { type: "user", id: JOHN },
      { type: "lead", id: LEAD },
    ]);
    expect((await get("1001")).contacts.contacts).toHaveLength(4);
    expect(
      ids(await search({ operator: "AND", value: [where("contact_ids", "=", LEAD), where("id", "=", "1001")] })),
    ).toEqual(["1001"]);
    for (const { id } of body.customers.slice(1)) {
      expect((await customers("DELETE", `/${id}`)).body.customers.some((one) => one.id === id)).toBe(false);
    }
    expect((await get("1001")).contacts.contacts).toEqual([{ type: "contact", id: JOHN, external_id: "john_doe" }]);
    await refused(
      customers("DELETE", `/${JOHN}`),
      422,
      "parameter_invalid",
      "Removing the last customer is not allowed",
    );
    await refused(customers("DELETE", `/${LEAD}`), 404, "not_found", "User Not Found");
    await refused(customers("POST", "", { customer: { user_id: "nobody" } }), 404, "not_found", "User Not Found");
    await refused(customers("POST", "", {}), 400, "parameter_not_found", "customer not specified");
    await refused(
      ask("POST", "/conversations/1/customers", { admin_id: ADMIN, customer: { user_id: "twin_one" } }),
      404,
      "not_found",
      "Resource Not Found",
    );
  });

  test("a blocked contact is archived, and its conversations are closed", async () => {
    expect((await ask("POST", `/contacts/${JOHN}/block`)).body).toEqual({
      type: "contact",
      id: JOHN,
      external_id: "john_doe",
      blocked: true,
    });
    expect(await get("1001")).toMatchObject({ state: "closed" });
    await refused(ask("GET", "/contacts/find_by_external_id/john_doe"), 404, "not_found", "User Not Found");
    await refused(ask("POST", "/contacts/1/block"), 404, "not_found", "User Not Found");
  });
});

describe("POST /conversations/redact", () => {
  test("deletes the text of a part and of the first message, and no search finds it", async () => {
    const {
      body: {
        source,
        conversation_parts: {
          conversation_parts: [part],
        },
      },
    } = await ask("GET", "/conversations/1001");
    const redact = (body) => ask("POST", "/conversations/redact", body);
    const gone = { body: "<p><i>This message was deleted</i></p>", attachments: [], redacted: true };
    const { body } = await redact({
      type: "conversation_part",
      conversation_id: 1001,
      conversation_part_id: Number(part.id),
    });
    expect(body.conversation_parts.conversation_parts[0]).toMatchObject(gone);
    expect((await redact({ type: "source", conversation_id: "1001", source_id: source.id })).body.source).toMatchObject(
      gone,
    );
    expect((await get("1001")).source).toMatchObject(gone);
    const word = source.body.match(/\w+/g).find((word) => word.length > 3);
    expect(
      ids(await search({ operator: "AND", value: [where("source.body", "~", word), where("id", "=", "1001")] })),
    ).toEqual([]);
    const missing = [404, "conversation_part_or_message_not_found", "Conversation part or message not found"];
    await refused(
      redact({ type: "conversation_part", conversation_id: "1001", conversation_part_id: "x" }),
      ...missing,
    );
    await refused(redact({ type: "source", conversation_id: "1", source_id: source.id }), ...missing);
    await refused(redact({ type: "other", conversation_id: "1001", source_id: "1" }), 400, "parameter_invalid", "type");
  });
});

describe("other changes of a conversation", () => {
  const put = (id, body) => ask("PUT", `/conversations/${id}`, body);

  test("sets read, title and attributes", async () => {
    const body = { read: true, title: "Invoices", custom_attributes: { issue_type: "Billing", level: 3 } };
    const { status, body: changed } = await put("1001", body);
    expect([status, changed]).toEqual([200, expect.objectContaining(body)]);
    const parts = changed.conversation_parts.conversation_parts.slice(-2);
    expect(
      parts.map(({ part_type, author, event_details }) => [part_type, author.type, event_details.attribute.name]),
    ).toEqual([
      ["conversation_attribute_updated_by_admin", "bot", "issue_type"],
      ["conversation_attribute_updated_by_admin", "bot", "level"],
    ]);
    expect((await put("1001", { title: null })).body).toMatchObject({ title: null, read: true });
    for (const [field, value] of [
      ["read", "yes"],
      ["title", 7],
      ["custom_attributes", []],
    ]) {
      await refused(put("1001", { [field]: value }), 400, "parameter_invalid", field);
    }
  });

  test("adds and removes tags; a renamed tag is renamed, a deleted one is removed", async () => {
    const tags = async () => (await get("1001")).tags.tags.map(({ name }) => name);
    const { body } = await ask("POST", "/conversations/1001/tags", { id: "102", admin_id: "1234568" });
    expect(body).toMatchObject({
      type: "tag",
      id: "102",
      name: "Beta tester",
      applied_at: expect.any(Number),
      applied_by: { type: "admin", id: "1234568" },
    });
    await ask("POST", "/tags", { id: "102", name: "Tester" });
    expect(await tags()).toEqual(["Tester"]);
    const off = (tag) => ask("DELETE", `/conversations/1001/tags/${tag}`, { admin_id: ADMIN });
    expect((await off("102")).body).toMatchObject({ type: "tag", id: "102", name: "Tester" });
    await refused(off("102"), 404, "tag_not_found", "Tag not found");
    await refused(
      ask("POST", "/conversations/1001/tags", { id: "1", admin_id: ADMIN }),
      404,
      "not_found",
      "Resource Not Found",
    );
    await refused(
      ask("POST", "/conversations/1001/tags", { id: "102" }),
      400,
      "parameter_not_found",
      "admin_id not specified",
    );
    expect((await search(where("tag_ids", "=", "101"))).body.total_count).toBe(1);
    await fetch(`${SANDBOX_URL}/tags/101`, { method: "DELETE", headers: { authorization: "Bearer sandbox-token" } });
    expect((await search(where("tag_ids", "=", "101"))).body.total_count).toBe(0);
  });

  test("deletes a conversation", async () => {
    expect((await ask("DELETE", "/conversations/1001")).body).toEqual({
      id: "1001",
      object: "conversation",
      deleted: true,
    });
    await refused(ask("GET", "/conversations/1001"), 404, "not_found", "Resource Not Found");
    expect((await ask("GET", "/conversations")).body.total_count).toBe(47);
  });

  test("moves a conversation from a merged lead to the user", async () => {
    await ask("POST", "/contacts/merge", { from: LEAD, into: JOHN });
    expect((await get("1003")).contacts.contacts).toEqual([{ type: "contact", id: JOHN, external_id: "john_doe" }]);
    expect((await search(where("contact_ids", "=", LEAD))).body.total_count).toBe(0);
  });
});

describe("through the Worker", () => {
  const KEYS = {
    reader: ["conversations:read", "data_attributes:read"],
    writer: ["conversations:write", "data_attributes:write"],
    tagger: ["tags:write"],
  };

  test("each operation needs its scope, and returns the sandbox's response", async () => {
    const worker = await serve("sandbox-conversations", { url: SANDBOX_URL }, { keys: KEYS });
    try {
      const post = (body) => ({ method: "POST", body: JSON.stringify(body) });
      for (const [as, path, init, told] of [
        ["reader", "/conversations?per_page=2", {}, { type: "conversation.list", total_count: 48 }],
        [
          "reader",
          "/conversations/search",
          post({ query: where("id", "=", "1001") }),
          { total_count: 1, conversations: [{ id: "1001" }] },
        ],
        ["reader", "/conversations/1001", {}, { type: "conversation", id: "1001" }],
        ["reader", "/data_attributes?model=contact", {}, { type: "list" }],
        ["writer", "/conversations", post({ from: { type: "user", id: JOHN }, body: "Hi" }), { type: "user_message" }],
        [
          "writer",
          "/conversations/1001/reply",
          post({ message_type: "comment", type: "admin", admin_id: ADMIN, body: "x" }),
          { read: true },
        ],
        [
          "writer",
          "/conversations/1001/parts",
          post({ message_type: "close", type: "admin", admin_id: ADMIN }),
          { state: "closed" },
        ],
        ["writer", "/conversations/1001", { ...post({ title: "T" }), method: "PUT" }, { title: "T" }],
        [
          "writer",
          "/data_attributes",
          post({ name: "Mithril", model: "company", data_type: "string" }),
          { name: "Mithril" },
        ],
        ["writer", "/data_attributes/1", { ...post({ archived: true }), method: "PUT" }, { archived: true }],
        ["tagger", "/conversations/1001/tags", post({ id: "103", admin_id: ADMIN }), { type: "tag", id: "103" }],
        ["writer", "/conversations/1001", { method: "DELETE" }, { deleted: true }],
      ]) {
        const headers = { "intercom-version": "2.14", "content-type": "application/json" };
        for (const other of Object.keys(KEYS).filter((name) => name !== as)) {
          expect((await worker.ask(path, { ...init, headers, as: other })).status, `${path} as ${other}`).toBe(403);
        }
        const answer = await worker.ask(path, { ...init, headers, as });
        expect(answer, `${path} as ${as}`).toMatchObject({ status: 200, body: told });
      }
    } finally {
      await worker.stop();
    }
  });
});
