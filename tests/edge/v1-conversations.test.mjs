// Conversations in the dialect of API 1.x: filtered lists, their shape, and replies.

import Intercom from "intercom-client-2";
import { describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { fault, intercom, requests, reset } from "../sandbox.mjs";
import { ask, firstError } from "../worker.mjs";

const { WORKER_URL, CALLER_KEY } = process.env;
const john = "5bb2f45a1e099bf2d553a2d5";

const put = (path, json) => ask(path, { json, method: "PUT" });
const is = (field, value) => ({ field, operator: "=", value });
/** All conversations that a filter of API 2.x finds, by id. */
async function found(...filters) {
  const query = { operator: "AND", value: filters };
  const { conversations } = await intercom("POST", "/conversations/search", { query, pagination: { per_page: 150 } });
  return conversations.map(({ id }) => id).toSorted();
}
/** All conversations of a list of API 1.x, by `pages.next`. */
async function listed(query) {
  const all = [];
  for (let next = `/conversations?${query}`; next; ) {
    const { status, body } = await ask(next);
    expect(status, next).toBe(200);
    all.push(...body.conversations);
    next = body.pages.next;
  }
  return all;
}
const ids = (conversations) => conversations.map(({ id }) => id).toSorted();

describe("before a scripted Intercom", () => {
  const it = gate("v1-conversations");
  const one = (fields) => ({
    type: "conversation",
    id: "1",
    contacts: { type: "contact.list", contacts: [{ type: "contact", id: "somebody" }] },
    ...fields,
  });
  const list = (...conversations) => ({
    type: "conversation.list",
    conversations,
    total_count: conversations.length,
    pages: { type: "pages", page: 1 },
  });
  const people = (...ids) => ({
    type: "list",
    data: ids.map((id) => ({ type: "contact", id, role: "user", external_id: "u-1" })),
    total_count: ids.length,
  });
  /** Answers by path. */
  const answers = (paths) => it.reply(({ url }) => ({ body: paths[url.split("?")[0]] ?? {} }));
  const asked = () =>
    it.arrived().map(({ method, url, body }) => [`${method} ${url}`, body.length > 0 ? JSON.parse(body) : undefined]);
  const search = (...filters) => ({
    query: { operator: "AND", value: filters },
    sort: { field: "updated_at", order: "descending" },
    pagination: { per_page: 20 },
  });

  test.each([
    ["type=admin&admin_id=7&open=true", [is("admin_assignee_id", 7), is("open", true)]],
    ["type=admin&id=7&open=False", [is("admin_assignee_id", 7), is("open", false)]],
    ["type=admin&admin_id=nobody", [is("admin_assignee_id", 0), is("team_assignee_id", 0)]],
    ["type=user&intercom_user_id=5f&unread=true", [is("read", false), is("contact_ids", "5f")]],
  ])("GET /conversations?%s is a search", async (query, filters) => {
    answers({ "/conversations/search": list(one()) });
    const { status, body } = await it.ask(`/conversations?${query}`);
    expect(status).toBe(200);
    expect(body.conversations.map(({ id }) => id)).toEqual(["1"]);
    expect(asked()).toEqual([["POST /conversations/search", search(...filters)]]);
  });

  test.each([
    [
      "user_id=u-1",
      "user_id=u%2D1",
      ["GET /contacts/find_by_external_id/u-1", undefined],
      { "/contacts/find_by_external_id/u-1": people("5f").data[0] },
    ],
    [
      "email=a%40example.com",
      "email=a%40example%2Ecom",
      ["POST /contacts/search", expect.anything()],
      { "/contacts/search": people("5f") },
    ],
  ])("a person named by %s is looked up first", async (query, repeated, lookup, paths) => {
    answers({
      ...paths,
      "/conversations/search": {
        ...list(one()),
        pages: { type: "pages", page: 1, next: { page: 2, starting_after: "a+b=" } },
      },
    });
    const { body } = await it.ask(`/conversations?type=user&${query}`);
    expect(asked()).toEqual([lookup, ["POST /conversations/search", search(is("contact_ids", "5f"))]]);
    expect(body.pages.next).toBe(
      `${it.url}/conversations?per_page=20&page=2&type=user&${repeated}&starting_after=a%2Bb%3D`,
    );
  });

  test("nobody and several people of a name: no conversations are listed", async () => {
    it.reply(({ url }) =>
      url.includes("find_by_external_id")
        ? { status: 404, body: { type: "error.list", errors: [{ code: "not_found", message: "User Not Found" }] } }
        : { body: people() },
    );
    for (const [query, field] of [
      ["user_id=u-1", "user_id"],
      ["email=a%40example.com", "email"],
    ]) {
      const answer = await it.ask(`/conversations?type=user&${query}`);
      expect([answer.status, firstError(answer).field], query).toEqual([404, field]);
    }
    it.reply({ body: people("5f", "6f") });
    const answer = await it.ask("/conversations?email=a%40example.com");
    expect([answer.status, firstError(answer).field, firstError(answer).ids]).toEqual([409, "email", ["5f", "6f"]]);
    expect(asked().filter(([call]) => call.includes("conversations"))).toEqual([]);
  });

  test.each([
    [400, "company_id", "company_id=5"],
    [400, "state", "type=admin&admin_id=7&state=open"],
    [400, "tag_id", "tag_id=1"],
    [410, "before", "type=admin&id=7&before=1374844930"],
    [400, "admin_id", "type=admin"],
    [400, "intercom_user_id", "type=user"],
    [400, "type", "type=team&id=9"],
    [400, "type", "id=9"],
    [400, "user_id", "type=admin&user_id=5"],
    [400, "email", "type=user&user_id=5&email=a%40example.com"],
    [400, "admin_id", "type=user&admin_id=7"],
    [400, "open", "open=maybe"],
    [400, "unread", "type=user&user_id=5&unread=yes"],
    [400, "sort", "sort=name"],
    [400, "display_as", "display_as=html"],
    [400, "per_page", "per_page=61"],
  ])("%i names %s: GET /conversations?%s asks nothing", async (status, field, query) => {
    const answer = await it.ask(`/conversations?${query}`);
    expect([answer.status, firstError(answer).field]).toEqual([status, field]);
    expect(it.arrived()).toEqual([]);
  });

  test("a list of all is a list, a sorted one a search", async () => {
    answers({ "/conversations": list(one()), "/conversations/search": list(one()) });
    await it.ask("/conversations?per_page=5&display_as=plaintext");
    await it.ask("/conversations?order=asc&sort=created_at");
    expect(asked()).toEqual([
      ["GET /conversations?per_page=5&display_as=plaintext", undefined],
      [
        "POST /conversations/search",
        {
          ...search({ field: "created_at", operator: ">", value: 0 }),
          sort: { field: "created_at", order: "ascending" },
        },
      ],
    ]);
  });

  test("an answer that is no list is 502, not an empty list", async () => {
    for (const body of [{}, { type: "conversation.list" }, []]) {
      it.reply({ body });
      expect((await it.ask("/conversations?type=admin&admin_id=7")).status).toBe(502);
    }
  });

  test("display_as is passed on, and one conversation takes no other parameter", async () => {
    it.reply({ body: one() });
    expect((await it.ask("/conversations/1?display_as=plaintext&id=1")).status).toBe(200);
    expect(asked()).toEqual([["GET /conversations/1?display_as=plaintext", undefined]]);
    for (const [query, field] of [
      ["id=2", "id"],
      ["display_as=text", "display_as"],
      ["user_id=5", "user_id"],
    ]) {
      const answer = await it.ask(`/conversations/1?${query}`);
      expect([answer.status, firstError(answer).field], query).toEqual([400, field]);
    }
    expect(it.arrived()).toHaveLength(1);
  });

  test.each([
    [
      { type: "admin", message_type: "close", admin_id: "7" },
      "parts",
      '{"admin_id":"7","message_type":"close","type":"admin"}',
    ],
    [
      { type: "admin", message_type: "open", admin_id: "7", id: "1" },
      "parts",
      '{"admin_id":"7","message_type":"open","type":"admin"}',
    ],
    [
      { message_type: "snoozed", admin_id: "7", snoozed_until: "4102444800" },
      "parts",
      '{"admin_id":"7","message_type":"snoozed","snoozed_until":4102444800}',
    ],
    [
      { type: "admin", message_type: "assignment", admin_id: 7, assignee_id: 0, body: "Yours" },
      "parts",
      '{"admin_id":7,"assignee_id":0,"body":"Yours","message_type":"assignment","type":"admin"}',
    ],
    [
      { type: "admin", message_type: "comment", admin_id: "7", body: "Hello" },
      "reply",
      '{"type":"admin","message_type":"comment","admin_id":"7","body":"Hello"}',
    ],
    [
      { type: "user", message_type: "comment", email: "a@example.com", body: "Hello" },
      "reply",
      '{"type":"user","message_type":"comment","email":"a@example.com","body":"Hello"}',
    ],
  ])("a reply %j goes to /%s", async (json, path, sent) => {
    it.reply({ body: one({ open: false }) });
    const { status, body } = await it.ask("/conversations/1/reply", { json, method: "POST" });
    expect([status, body.user, body.open]).toEqual([200, { type: "user", id: "somebody" }, false]);
    expect(it.arrived().map(({ method, url, body }) => [`${method} ${url}`, body.toString()])).toEqual([
      [`POST /conversations/1/${path}`, sent],
    ]);
  });

  test("a reply may carry files, and stays as it came", async () => {
    it.reply({ body: one() });
    const files = `[{"name":"a.png","data":"${"x".repeat(2 << 20)}","n":1e3}]`;
    const sent = `{"type":"admin", "message_type":"comment","admin_id":"7","body":"File","attachment_files":${files}}`;
    const answer = await it.ask("/conversations/1/reply", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: sent,
    });
    expect([answer.status, it.arrived()[0].body.equals(Buffer.from(sent))]).toEqual([200, true]);
  });

  test("what closes somebody's last conversation finds it first", async () => {
    answers({ "/conversations/search": list(one({ id: "9" })), "/conversations/9/parts": one({ id: "9" }) });
    const json = { type: "admin", message_type: "close", admin_id: "7", intercom_user_id: "5f" };
    expect((await it.ask("/conversations/last/reply", { json, method: "POST" })).status).toBe(200);
    expect(asked()).toEqual([
      [
        "POST /conversations/search",
        {
          query: is("contact_ids", "5f"),
          sort: { field: "updated_at", order: "descending" },
          pagination: { per_page: 1 },
        },
      ],
      ["POST /conversations/9/parts", { message_type: "close", type: "admin", admin_id: "7" }],
    ]);
    answers({ "/conversations/search": list() });
    expect((await it.ask("/conversations/last/reply", { json, method: "POST" })).status).toBe(404);
    expect(it.arrived()).toHaveLength(3);
  });

  test.each([
    ["1", { type: "admin", message_type: "delete", admin_id: "7" }, "message_type"],
    ["1", { type: "admin", admin_id: "7", body: "x" }, "message_type"],
    ["1", { message_type: ["close"] }, "message_type"],
    ["last", { type: "admin", message_type: "close", admin_id: "7" }, "intercom_user_id"],
    ["last", { message_type: "open", user_id: {} }, "user_id"],
    ["1", [], "body"],
  ])("a reply in %s that can't be meant is 400: %j", async (id, json, field) => {
    const answer = await it.ask(`/conversations/${id}/reply`, { json, method: "POST" });
    expect([answer.status, firstError(answer).field]).toEqual([400, field]);
    expect(it.arrived()).toEqual([]);
  });

  test("a call of API 2.x is none of 1.x", async () => {
    it.reply({ body: { type: "list", data: [] } });
    for (const path of ["/conversations/deleted?per_page=5", "/conversations/attributes"]) {
      const answer = await it.ask(path);
      expect([answer.status, answer.body]).toEqual([200, { type: "list", data: [] }]);
    }
    const pinned = { headers: { "intercom-version": "2.14" } };
    await it.ask("/conversations?type=user&user_id=u-1", pinned);
    expect(asked().map(([call]) => call)).toEqual([
      "GET /conversations/deleted?per_page=5",
      "GET /conversations/attributes",
      "GET /conversations?type=user&user_id=u-1",
    ]);
  });
});

describe("before the sandbox", () => {
  test("lists hold whom their filters mean, and nobody else", async () => {
    await reset();
    for (const [query, filters] of [
      ["type=user&user_id=john_doe", [is("contact_ids", john)]],
      ["type=user&email=john%40example.com&per_page=1", [is("contact_ids", john)]],
      [`type=user&intercom_user_id=${john}&unread=true`, [is("contact_ids", john), is("read", false)]],
      ["type=admin&admin_id=1234567", [is("admin_assignee_id", 1234567)]],
      ["type=admin&id=1234567&open=True&per_page=3", [is("admin_assignee_id", 1234567), is("open", true)]],
      ["type=admin&admin_id=nobody", [is("admin_assignee_id", 0), is("team_assignee_id", 0)]],
    ]) {
      const [here, there] = [await listed(query), await found(...filters)];
      expect(ids(here), query).toEqual(there);
      expect(there.length, query).toBeGreaterThan(0);
      expect(there.length, query).toBeLessThan(48);
    }
    expect((await ask("/conversations?type=user&user_id=nobody")).status).toBe(404);
    expect((await ask("/conversations?type=user&email=twins%40example.com")).status).toBe(409);
  });

  test("pages are numbered, by pages.next or by their number, and end", async () => {
    await reset();
    const all = await listed("");
    expect(new Set(ids(all)).size).toBe(48);
    const { body } = await ask("/conversations");
    expect(body).toMatchObject({
      type: "conversation.list",
      total_count: 48,
      pages: {
        type: "pages",
        page: 1,
        per_page: 20,
        total_pages: 3,
        next: expect.stringMatching(`^${WORKER_URL}/conversations\\?`),
      },
    });
    const third = await ask("/conversations?page=3");
    expect([third.body.conversations.map(({ id }) => id), third.body.pages.next]).toEqual([
      all.slice(40).map(({ id }) => id),
      null,
    ]);
    const past = await ask("/conversations?page=99&per_page=20");
    expect([past.status, past.body.conversations, past.body.total_count, past.body.pages.next]).toEqual([
      200,
      [],
      48,
      null,
    ]);
    const sorted = await listed("order=asc&sort=created_at&per_page=30");
    const times = sorted.map(({ created_at: time }) => time);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(ids(sorted)).toEqual(ids(all));
  });

  test("one has the shape of 1.x, in each answer", async () => {
    await reset();
    const { body } = await ask("/conversations/1001");
    const now = await intercom("GET", "/conversations/1001");
    expect(body).toMatchObject({
      type: "conversation",
      id: "1001",
      user: { type: "user", id: john, user_id: "john_doe" },
      customers: [{ type: "user", id: john }],
      conversation_message: { type: "conversation", body: now.source.body, author: { type: "user", id: john } },
      assignee: { type: "nobody_admin", id: null },
      open: true,
      read: false,
      customer_first_reply: now.first_contact_reply,
      tags: { type: "tag.list" },
      conversation_parts: {
        type: "conversation_part.list",
        total_count: 1,
        conversation_parts: [{ part_type: "note" }],
      },
    });
    for (const gone of ["source", "contacts", "first_contact_reply"]) expect(body).not.toHaveProperty(gone);
    // What API 2.x has besides stays.
    expect(body.statistics).toEqual(now.statistics);
    const [first] = await listed("type=user&user_id=john_doe");
    expect(first).toMatchObject({ user: { id: john }, conversation_message: { type: expect.any(String) } });
    expect(await put("/conversations/1001", { read: true })).toMatchObject({
      status: 200,
      body: { read: true, user: { id: john } },
    });
    expect((await ask("/conversations/1")).status).toBe(404);
  });

  test("intercom-client 2 lists, reads, replies, assigns, closes, opens and marks as read", async () => {
    await reset();
    const { conversations } = new Intercom.Client({ token: CALLER_KEY })
      .usePromises()
      .useRequestOpts({ baseUrl: WORKER_URL });
    const { body: page } = await conversations.list({ type: "admin", admin_id: 1234567 });
    expect(page.conversations.every(({ assignee }) => assignee.id === "1234567")).toBe(true);
    expect((await conversations.find({ id: "1001" })).body.conversation_message.body).toContain("<p>");
    const reply = async (fields) => (await conversations.reply({ id: "1001", ...fields })).body;
    const parts = ({ conversation_parts: { conversation_parts: all } }) => all.at(-1).part_type;
    expect(parts(await reply({ type: "user", message_type: "comment", intercom_user_id: john, body: "Hi" }))).toBe(
      "comment",
    );
    expect(parts(await reply({ type: "admin", message_type: "note", admin_id: "1234567", body: "Hi" }))).toBe("note");
    expect(
      (await reply({ type: "admin", message_type: "assignment", admin_id: "1234567", assignee_id: "1234568" }))
        .assignee,
    ).toEqual({ type: "admin", id: "1234568" });
    expect(
      (await reply({ type: "admin", message_type: "assignment", admin_id: "1234567", assignee_id: "0" })).assignee,
    ).toEqual({ type: "nobody_admin", id: null });
    expect(await reply({ type: "admin", message_type: "close", admin_id: "1234567" })).toMatchObject({
      open: false,
      state: "closed",
    });
    expect(await reply({ type: "admin", message_type: "open", admin_id: "1234567" })).toMatchObject({
      open: true,
      state: "open",
    });
    expect(await reply({ message_type: "snoozed", admin_id: "1234567", snoozed_until: "4102444800" })).toMatchObject({
      state: "snoozed",
      snoozed_until: 4102444800,
    });
    expect((await conversations.markAsRead({ id: "1001" })).body.read).toBe(true);
  });

  test("the last conversation of a person is answered and closed", async () => {
    await reset();
    const last = (json) => ask("/conversations/last/reply", { json });
    const { body } = await last({ type: "user", user_id: "john_doe", message_type: "comment", body: "Hello" });
    expect(body.user.id).toBe(john);
    const closed = await last({ type: "admin", admin_id: "1234567", email: "john@example.com", message_type: "close" });
    expect(closed).toMatchObject({ status: 200, body: { id: body.id, open: false } });
    expect((await last({ type: "admin", admin_id: "1234567", user_id: "nobody", message_type: "close" })).status).toBe(
      404,
    );
  });

  test("a reply goes through the outbox: one that may have arrived is not sent again by itself", async () => {
    await reset();
    await fault("accept_then:502", { path: "/conversations/1001/reply" });
    const reply = () =>
      ask("/conversations/1001/reply", {
        json: { type: "admin", admin_id: "1234567", message_type: "comment", body: "Once" },
      });
    const [first, again] = [await reply(), await reply()];
    for (const answer of [first, again])
      expect([answer.status, firstError(answer).code]).toEqual([502, "message_unknown"]);
    expect((await requests()).filter(({ path }) => path === "/conversations/1001/reply")).toHaveLength(1);
  });

  test("a reply with a key is answered in the shape of 1.x each time", async () => {
    await reset();
    const reply = (body, key) =>
      ask("/conversations/1001/reply", {
        json: { type: "admin", admin_id: "1234567", message_type: "comment", body },
        headers: { "idempotency-key": key },
      });
    const answers = [await reply("Hi", "v1-1"), await reply("Hi", "v1-1")];
    for (const { status, body } of answers)
      expect([status, body.user.id, body.conversation_parts.total_count]).toEqual([200, john, 2]);
    expect(answers[1].headers.get("idempotency-replayed")).toBe("true");
    expect((await reply("x".repeat(1 << 20), "v1-2")).status).toBe(413);
    const asked = await ask("/conversations/1001/reply", {
      json: { type: "admin", admin_id: "1234567", message_type: "comment", body: "Later" },
      headers: { prefer: "respond-async" },
    });
    expect(asked.status).toBe(202);
  });
});
