// The sandbox's tickets, with their types, attributes and states.

import { beforeEach, describe, expect, test } from "vitest";
import { ask, reset } from "../sandbox.mjs";

const { SANDBOX_URL } = process.env;
const JOHN = "5bb2f45a1e099bf2d553a2d5";
const ADMIN = "1234567";
const TEAM = "9999999";
const [CUSTOMER, BACK_OFFICE, TRACKER] = ["301", "302", "303"];

const get = async (path) => (await ask("GET", path)).body;
const post = (path, body) => ask("POST", path, body);
const put = (path, body) => ask("PUT", path, body);
const refused = async (answer, ...expected) => {
  const { status, body } = await answer;
  const [{ code, message }] = body.errors;
  expect([status, code, message].slice(0, expected.length)).toEqual(expected);
};
const where = (field, operator, value) => ({ field, operator, value });
const search = (query, more = {}) => post("/tickets/search", { query, ...more });
const found = async (...filter) =>
  (await search(where(...filter), { pagination: { per_page: 150 } })).body.tickets.map(({ id }) => id).sort();
const parts = (ticket) => ticket.ticket_parts.ticket_parts;
const john = [{ external_id: "john_doe" }];
const create = (more = {}) => post("/tickets", { ticket_type_id: CUSTOMER, contacts: john, ...more });
async function until(isSo) {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

beforeEach(() => reset({ limit_per_10s: 100_000 }));

describe("ticket types", () => {
  test("are created with a title and a description, listed, changed and archived", async () => {
    const { body: created } = await post("/ticket_types", {
      name: "Customer issue",
      description: "D",
      icon: "🦁",
      category: "Tracker",
    });
    expect(created).toMatchObject({
      type: "ticket_type",
      name: "Customer issue",
      description: "D",
      icon: "🦁",
      category: "Tracker",
      archived: false,
      is_internal: false,
    });
    expect(created.ticket_type_attributes.data.map(({ name }) => name)).toEqual([
      "_default_title_",
      "_default_description_",
    ]);
    expect(created.ticket_states.data.map(({ category }) => category)).toEqual([
      "submitted",
      "in_progress",
      "waiting_on_customer",
      "resolved",
    ]);
    const path = `/ticket_types/${created.id}`;
    expect(await get(path)).toEqual(created);
    expect((await put(path, { name: "Issue", archived: true })).body).toMatchObject({
      id: created.id,
      name: "Issue",
      description: "D",
      archived: true,
    });
    expect((await get("/ticket_types")).data.map(({ name }) => name)).toEqual([
      "Bug report",
      "Internal task",
      "Outage",
      "Issue",
    ]);
    await refused(post("/ticket_types", {}), 400, "parameter_not_found");
    await refused(put(path, { name: null }), 400, "parameter_not_found");
    await refused(put(path, { category: "None" }), 400, "parameter_invalid");
    await refused(ask("GET", "/ticket_types/1"), 404, "not_found");
  });

  test("have attributes, which are created and changed, and which tickets need", async () => {
    const of = `/ticket_types/${CUSTOMER}/attributes`;
    const severity = {
      name: "Severity",
      description: "How bad",
      data_type: "list",
      list_items: "Low,High",
      required_to_create: true,
    };
    const { body: attribute } = await post(of, severity);
    expect(attribute).toMatchObject({
      type: "ticket_type_attribute",
      name: "Severity",
      data_type: "list",
      order: 2,
      ticket_type_id: 301,
      required_to_create: true,
      default: false,
      input_options: {
        items: [
          { id: "1", name: "Low" },
          { id: "2", name: "High" },
        ],
      },
    });
    expect((await get(`/ticket_types/${CUSTOMER}`)).ticket_type_attributes.data[2]).toEqual(attribute);
    await refused(create(), 400, "parameter_invalid", "Missing required ticket attributes");
    await refused(
      post("/tickets/enqueue", { ticket_type_id: CUSTOMER, contacts: john }),
      400,
      "parameter_invalid",
      "Missing required ticket attributes",
    );
    expect((await create({ ticket_attributes: { Severity: "High" } })).body.ticket_attributes).toEqual({
      Severity: "High",
    });
    const path = `${of}/${attribute.id}`;
    expect((await put(path, { description: "New", required_to_create: false })).body).toMatchObject({
      id: attribute.id,
      name: "Severity",
      description: "New",
    });
    expect((await create()).status).toBe(200);
    await put(path, { archived: true });
    await refused(create({ ticket_attributes: { Severity: "High" } }), 400, "parameter_invalid");
    await refused(post(of, severity), 400, "parameter_invalid", "Name is already taken");
    await refused(post(of, { name: "N", description: "D" }), 400, "parameter_not_found", "data_type not specified");
    await refused(post(of, { name: "N", description: "D", data_type: "colour" }), 400, "parameter_invalid");
    await refused(put(`${of}/1`, {}), 404, "not_found");
  });

  test("are listed with each state", async () => {
    const { data } = await get("/ticket_states");
    expect(data.map(({ category, external_label }) => [category, external_label])).toEqual([
      ["submitted", "Submitted"],
      ["in_progress", "In progress"],
      ["waiting_on_customer", "Waiting on you"],
      ["resolved", "Resolved"],
    ]);
    expect(data[0].ticket_types.data.map(({ id }) => id)).toEqual([CUSTOMER, BACK_OFFICE, TRACKER]);
  });
});

describe("a ticket", () => {
  test("is created and read back", async () => {
    const attributes = { _default_title_: "example", _default_description_: "there is a problem" };
    const { status, body: ticket } = await create({
      ticket_type_id: 302,
      ticket_attributes: attributes,
      created_at: 1700000000,
    });
    expect(status).toBe(200);
    expect(ticket).toMatchObject({
      type: "ticket",
      ticket_attributes: attributes,
      ticket_state: { id: "401", category: "submitted" },
      ticket_type: { id: BACK_OFFICE },
      contacts: { contacts: [{ type: "contact", id: JOHN, external_id: "john_doe" }] },
      admin_assignee_id: "0",
      team_assignee_id: "0",
      open: true,
      category: "Back-office",
      is_shared: false,
      created_at: 1700000000,
      linked_objects: { total_count: 0 },
    });
    expect(parts(ticket)).toMatchObject([
      { part_type: "ticket_state_updated_by_admin", ticket_state: "submitted", author: { type: "bot" } },
    ]);
    expect(await get(`/tickets/${ticket.id}`)).toEqual(ticket);
    expect((await create({ assignment: { admin_assignee_id: ADMIN, team_assignee_id: TEAM } })).body).toMatchObject({
      admin_assignee_id: ADMIN,
      team_assignee_id: TEAM,
      is_shared: true,
    });
  });

  test("has one contact; an unknown e-mail address becomes a lead", async () => {
    const { body } = await create({ contacts: [{ email: "new@example.com" }] });
    const [{ id }] = body.contacts.contacts;
    expect(await get(`/contacts/${id}`)).toMatchObject({ role: "lead", email: "new@example.com" });
    await refused(create({ contacts: [{ id: "1" }] }), 404, "not_found", "User Not Found");
    await refused(create({ contacts: [] }), 400, "parameter_not_found");
    await refused(create({ contacts: [...john, ...john] }), 400, "parameter_invalid");
    await refused(create({ ticket_type_id: undefined }), 400, "parameter_not_found", "ticket_type_id not specified");
    await refused(create({ ticket_type_id: "1" }), 404, "not_found");
    await refused(create({ ticket_attributes: { Colour: "red" } }), 400, "parameter_invalid");
    await refused(create({ conversation_to_link_id: "1" }), 404, "not_found");
  });

  test("and a conversation are linked to each other", async () => {
    const { body: ticket } = await create({ ticket_type_id: TRACKER, conversation_to_link_id: 1001 });
    expect(ticket.linked_objects).toMatchObject({
      total_count: 1,
      data: [{ type: "conversation", id: "1001", category: null }],
    });
    const linked = async () => (await get("/conversations/1001")).linked_objects;
    expect(await linked()).toMatchObject({
      total_count: 1,
      data: [{ type: "ticket", id: ticket.id, category: "Tracker" }],
    });
    await ask("DELETE", `/tickets/${ticket.id}`);
    expect(await linked()).toMatchObject({ total_count: 0, data: [] });
  });

  test("is changed in every way, and each change adds a part", async () => {
    const change = async (body) => {
      const { status, body: ticket } = await put("/tickets/2001", { admin_id: 1234567, ...body });
      expect(status, JSON.stringify(ticket)).toBe(200);
      expect(await get("/tickets/2001")).toEqual(ticket);
      return [ticket, parts(ticket).at(-1)];
    };
    const [named, attribute] = await change({ ticket_attributes: { _default_title_: "Renamed" } });
    expect(named.ticket_attributes).toEqual({ _default_title_: "Renamed", _default_description_: "Please help." });
    expect(attribute).toMatchObject({
      part_type: "ticket_attribute_updated_by_admin",
      updated_attribute_data: { attribute: { id: "_default_title_" }, value: { label: "Renamed" } },
    });
    const [moved, state] = await change({ ticket_state_id: "402" });
    expect(moved.ticket_state).toMatchObject({ id: "402", category: "in_progress" });
    expect(state).toMatchObject({
      ticket_state: "in_progress",
      previous_ticket_state: "submitted",
      author: { type: "admin", id: ADMIN },
    });
    const [mine, assignment] = await change({ assignee_id: "1234570" });
    expect([mine.admin_assignee_id, assignment.assigned_to]).toEqual(["1234570", { type: "admin", id: "1234570" }]);
    expect((await change({ assignee_id: TEAM }))[0]).toMatchObject({
      admin_assignee_id: "1234570",
      team_assignee_id: TEAM,
    });
    expect((await change({ assignee_id: 0 }))[0]).toMatchObject({ admin_assignee_id: "0", team_assignee_id: "0" });
    expect((await change({ snoozed_until: 4102444800 }))[0].snoozed_until).toBe(4102444800);
    const [closed] = await change({ open: false, is_shared: false });
    expect(closed).toMatchObject({ open: false, is_shared: false });
    expect("snoozed_until" in closed).toBe(false);
    expect((await change({ ticket_state_id: 404 }))[0]).toMatchObject({
      open: false,
      ticket_state: { category: "resolved" },
    });
  });

  test("does not change if the body is invalid", async () => {
    const before = await get("/tickets/2001");
    const invalid = "Ticket state id is not valid or is not associated with the ticket type";
    await refused(put("/tickets/2001", { ticket_state_id: 0 }), 400, "ticket_state_id_invalid", invalid);
    await refused(put("/tickets/2001", { assignee_id: 1 }), 404, "assignee_not_found", "Assignee not found");
    await refused(put("/tickets/2001", { admin_id: 1 }), 404, "assignee_not_found", "Assignee not found");
    await refused(put("/tickets/2001", { open: "no" }), 400, "parameter_invalid");
    await refused(put("/tickets/2001", { ticket_attributes: { Colour: 1 } }), 400, "parameter_invalid");
    expect(await get("/tickets/2001")).toEqual(before);
  });

  test("is deleted", async () => {
    const { status, body } = await ask("DELETE", "/tickets/2001");
    expect([status, body]).toEqual([200, { id: "2001", object: "ticket", deleted: true }]);
    for (const answer of [ask("GET", "/tickets/2001"), put("/tickets/2001", {}), ask("DELETE", "/tickets/2001")]) {
      await refused(answer, 404, "ticket_not_found", "Ticket not found");
    }
    expect(await found("id", "=", "2001")).toEqual([]);
  });

  test("is tagged and untagged", async () => {
    const tag = { type: "tag", id: "101", name: "VIP", applied_by: { type: "admin", id: ADMIN } };
    expect((await post("/tickets/2001/tags", { id: 101, admin_id: ADMIN })).body).toMatchObject(tag);
    expect((await ask("DELETE", "/tickets/2001/tags/101", { admin_id: ADMIN })).body).toMatchObject(tag);
    await refused(ask("DELETE", "/tickets/2001/tags/101", { admin_id: ADMIN }), 404, "tag_not_found", "Tag not found");
    await refused(ask("DELETE", "/tickets/2001/tags/1", { admin_id: ADMIN }), 404, "tag_not_found", "Tag not found");
    await refused(post("/tickets/1/tags", { id: "101", admin_id: ADMIN }), 404, "ticket_not_found", "Ticket not found");
    await refused(post("/tickets/2001/tags", { id: "101" }), 400, "parameter_not_found", "admin_id not specified");
  });
});

describe("POST /tickets/{id}/reply", () => {
  const reply = (id, body) => post(`/tickets/${id}/reply`, body);

  test("returns the part that it adds", async () => {
    const admin = { type: "admin", admin_id: ADMIN };
    for (const body of [
      { ...admin, message_type: "comment", body: "Hello" },
      { ...admin, message_type: "note", body: "<h2>Hm</h2>" },
      {
        ...admin,
        message_type: "quick_reply",
        reply_options: [{ text: "Yes", uuid: "0df48b85-9a93-4c66-a167-753eff0baaec" }],
      },
      { type: "user", message_type: "comment", intercom_user_id: JOHN, body: "Thanks again :)" },
      {
        type: "user",
        message_type: "comment",
        email: "john@example.com",
        body: "Bye",
        attachment_urls: ["https://example.com/a.png"],
      },
    ]) {
      const { status, body: part } = await reply("2001", body);
      expect([status, part.type, part.part_type, part.author.type]).toEqual([
        200,
        "ticket_part",
        body.message_type,
        body.type,
      ]);
      expect(parts(await get("/tickets/2001")).at(-1)).toEqual(part);
    }
    expect((await get("/tickets/2001")).ticket_parts.total_count).toBe(6);
  });

  test("rejects with Intercom's errors", async () => {
    const user = { type: "user", message_type: "comment", user_id: "twin_one", body: "x" };
    await refused(reply("2002", user), 400, "parameter_mismatch", "User replies are not allowed on Backoffice tickets");
    await refused(reply("1", user), 404, "not_found", "Resource Not Found");
    await refused(reply("2001", user), 404, "not_found", "User Not Found");
    await refused(reply("2001", { ...user, message_type: "note" }), 400, "parameter_invalid");
    const admin = { type: "admin", admin_id: ADMIN };
    await refused(
      reply("2001", { ...admin, message_type: "comment" }),
      400,
      "parameter_not_found",
      "body not specified",
    );
    await refused(
      reply("2001", { ...admin, message_type: "quick_reply" }),
      400,
      "parameter_not_found",
      "reply_options not specified",
    );
  });
});

describe("POST /tickets/search", () => {
  test.each([
    ["id", "=", "2001", (t) => t.id === "2001"],
    ["id", ">", 2003, (t) => Number(t.id) > 2003],
    ["category", "=", "request", (t) => t.category === "Customer"],
    ["category", "IN", ["task", "tracker"], (t) => t.category !== "Customer"],
    ["ticket_type_id", "=", CUSTOMER, (t) => t.ticket_type.id === CUSTOMER],
    ["ticket_type_id", "!=", 301, (t) => t.ticket_type.id !== CUSTOMER],
    ["state", "=", "submitted", (t) => t.ticket_state.category === "submitted"],
    ["open", "=", false, (t) => !t.open],
    ["title", "~", "export", (t) => t.ticket_attributes._default_title_.includes("export")],
    ["description", "^", "please", () => true],
    ["contact_ids", "=", JOHN, (t) => t.contacts.contacts[0].id === JOHN],
    ["teammate_ids", "=", "1234568", (t) => t.id === "2002"],
    ["admin_assignee_id", "=", "1234568", (t) => t.admin_assignee_id === "1234568"],
    ["admin_assignee_id", "=", 0, (t) => t.admin_assignee_id === "0"],
    [
      "ticket_attribute.3010",
      "=",
      "No e-mail arrives",
      (t) => t.ticket_type.id === CUSTOMER && t.ticket_attributes._default_title_ === "No e-mail arrives",
    ],
  ])("%s %s %j", async (field, operator, value, matches) => {
    const all = (await search(where("created_at", ">", "1306054154"), { pagination: { per_page: 150 } })).body.tickets;
    expect(all).toHaveLength(12);
    expect(await found(field, operator, value)).toEqual(
      all
        .filter(matches)
        .map(({ id }) => id)
        .sort(),
    );
  });

  test("pages by cursor, compares times both ways, and rejects invalid queries", async () => {
    const pages = [];
    for (let starting_after; ; ) {
      const { body } = await search(where("created_at", ">=", 1), { pagination: { per_page: 5, starting_after } });
      expect(body).toMatchObject({ type: "ticket.list", total_count: 12, pages: { per_page: 5, total_pages: 3 } });
      pages.push(...body.tickets);
      starting_after = body.pages.next?.starting_after;
      if (!starting_after) break;
    }
    const times = pages.map(({ created_at }) => created_at);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(new Set(pages.map(({ id }) => id)).size).toBe(12);
    expect(await found("created_at", "<=", times[11])).toEqual([pages[11].id]);
    expect(pages[0]).toEqual(await get(`/tickets/${pages[0].id}`));
    await refused(search(where("created_at", "=", "foobar")), 400, "parameter_invalid");
    await refused(search(where("email", "=", "x")), 400, "parameter_invalid");
    await refused(search(where("ticket_attribute.x", "=", "x")), 400, "parameter_invalid");
  });

  test("finds a new ticket after two seconds", async () => {
    const { body } = await create({ ticket_attributes: { _default_title_: "Brand new" } });
    expect(await found("title", "=", "Brand new")).toEqual([]);
    await until(async () => (await found("title", "=", "Brand new"))[0] === body.id);
  });
});

describe("tickets created in other ways", () => {
  test("a job creates a ticket, and is complete later", async () => {
    const { body: job } = await post("/tickets/enqueue", { ticket_type_id: CUSTOMER, contacts: john });
    const url = `${SANDBOX_URL}/jobs/status/${job.id}`;
    expect(job).toEqual({
      type: "job",
      id: job.id,
      status: "pending",
      url,
      resource_type: "ticket",
      resource_id: null,
      resource_url: null,
    });
    await until(async () => (await get(`/jobs/status/${job.id}`)).status === "success");
    const { resource_id, resource_url } = await get(`/jobs/status/${job.id}`);
    expect([(await get(`/tickets/${resource_id}`)).type, resource_url]).toEqual([
      "ticket",
      `${SANDBOX_URL}/tickets/${resource_id}`,
    ]);
    await refused(ask("GET", "/jobs/status/1"), 404, "job_not_found", "Job Not Found");
  });

  test("a conversation is converted to a ticket with its id, and shows it", async () => {
    const conversation = await get("/conversations/1001");
    const { body: ticket } = await post("/conversations/1001/convert", {
      ticket_type_id: CUSTOMER,
      attributes: { _default_title_: "T" },
    });
    expect(ticket).toMatchObject({
      type: "ticket",
      id: "1001",
      category: "Customer",
      is_shared: true,
      contacts: conversation.contacts,
      ticket_attributes: { _default_title_: "T" },
    });
    expect(parts(ticket).map(({ part_type, body }) => [part_type, body])).toEqual([
      ["comment", conversation.source.body],
      ["ticket_state_updated_by_admin", undefined],
    ]);
    expect(await get("/tickets/1001")).toEqual(ticket);
    expect((await get("/conversations/1001")).ticket).toEqual(ticket);
    expect(
      (await get("/conversations?per_page=150")).conversations.filter((one) => one.ticket).map(({ id }) => id),
    ).toEqual(["1001"]);
    await refused(
      post("/conversations/1002/convert", { ticket_type_id: BACK_OFFICE }),
      400,
      "parameter_invalid",
      "Ticket type is not a customer ticket type",
    );
    await refused(post("/conversations/1001/convert", { ticket_type_id: CUSTOMER }), 400, "parameter_invalid");
    await refused(post("/conversations/1/convert", { ticket_type_id: CUSTOMER }), 404, "not_found");
  });
});
