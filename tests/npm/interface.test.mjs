// Each method of the package, through the real Worker, at the sandbox.

import { Intercom } from "intercom-edge";
import { beforeEach, expect, test } from "vitest";
import { everybody, requests, reset, intercom as upstream } from "../sandbox.mjs";

const { WORKER_URL, CALLER_KEY } = process.env;
const intercom = new Intercom({ baseUrl: WORKER_URL, auth: CALLER_KEY });
const john = "5bb2f45a1e099bf2d553a2d5";
const ids = (people) => people.map(({ id }) => id);
const all = (list) => list.toArray({ limit: Infinity });

beforeEach(() => reset());

test("contacts of both roles, and of one", async () => {
  const [users, leads] = [await everybody("user"), await everybody("lead")];
  expect(new Set(ids(await all(intercom.contacts.list({ perPage: 150 }))))).toEqual(new Set(ids([...users, ...leads])));
  expect(ids(await intercom.contacts.list().toArray({ limit: 3 }))).toHaveLength(3);
  const found = await all(intercom.users.search({ external_id: "john_doe" }));
  expect(ids(found)).toEqual([john]);
  expect(await all(intercom.leads.search({ external_id: "john_doe" }))).toEqual([]);
});

test("a contact from its creation to its end", async () => {
  const lead = await intercom.leads.create({ email: "new@example.com", name: "New" });
  expect(lead).toMatchObject({ type: "contact", role: "lead", email: "new@example.com" });
  expect(await intercom.contacts.get(lead.id)).toMatchObject({ id: lead.id, name: "New" });
  expect(await intercom.contacts.update(lead.id, { name: "Newer", custom_attributes: {} })).toMatchObject({
    name: "Newer",
    email: "new@example.com",
  });
  expect(await intercom.contacts.archive(lead.id)).toMatchObject({ id: lead.id, archived: true });
  expect(await intercom.contacts.unarchive(lead.id)).toMatchObject({ id: lead.id, archived: false });
  expect(await intercom.users.findByExternalId("john_doe")).toMatchObject({ id: john });
  expect((await intercom.contacts.merge({ from: lead.id, into: john })).id).toBe(john);
  const merged = await intercom.contacts.get(lead.id).catch((error) => error);
  expect(merged).toMatchObject({ name: "MergedError", status: 410, mergedInto: john });
  const user = await intercom.users.create({ external_id: "short-lived" });
  expect(user.role).toBe("user");
  await expect(intercom.users.create({ external_id: "short-lived" })).rejects.toMatchObject({ status: 409 });
  expect(await intercom.contacts.delete(user.id)).toMatchObject({ id: user.id, deleted: true });
  await expect(intercom.contacts.get(user.id)).rejects.toMatchObject({ name: "NotFoundError" });
});

test("a contact's tags, companies, notes and segments", async () => {
  const tag = await intercom.tags.create({ name: "beta" });
  expect(tag).toMatchObject({ type: "tag", name: "beta" });
  await intercom.contacts.tags.add(john, tag.id);
  expect(ids(await all(intercom.contacts.tags.list(john)))).toContain(tag.id);
  await intercom.contacts.tags.remove(john, tag.id);
  expect(ids(await all(intercom.contacts.tags.list(john)))).not.toContain(tag.id);

  const company = await intercom.companies.save({ company_id: "acme", name: "Acme" });
  await intercom.contacts.companies.add(john, company.id);
  expect(ids(await all(intercom.contacts.companies.list(john)))).toContain(company.id);
  expect(ids(await all(intercom.companies.contacts(company.id)))).toEqual([john]);
  await intercom.contacts.companies.remove(john, company.id);
  expect(await all(intercom.companies.contacts(company.id))).toEqual([]);

  const bodies = ["One", "Two", "Three"];
  for (const body of bodies) await intercom.contacts.notes.create(john, { body });
  const notes = await all(intercom.contacts.notes.list(john, { perPage: 1 }));
  expect(notes.map(({ body }) => body.replace(/<\/?p>/g, ""))).toEqual(expect.arrayContaining(bodies));
  expect(new Set(ids(notes)).size).toBe(notes.length);
  expect(await intercom.notes.get(notes[0].id)).toMatchObject({ type: "note", id: notes[0].id });
  expect(Array.isArray(await all(intercom.contacts.segments.list(john)))).toBe(true);
});

test("companies, page by page, by id, by what they are called", async () => {
  for (const name of ["a", "b", "c"])
    await intercom.companies.save({ company_id: `made-${name}`, name: `Made ${name}` });
  const few = await all(intercom.companies.list({ perPage: 2 }));
  const many = await all(intercom.companies.list());
  expect(new Set(ids(few))).toEqual(new Set(ids(many)));
  expect(few).toHaveLength(many.length);
  const [first] = many;
  expect(await intercom.companies.get(first.id)).toMatchObject({ id: first.id });
  expect(await intercom.companies.find({ companyId: "made-a" })).toMatchObject({ name: "Made a" });
  expect(await intercom.companies.update(first.id, { name: "Renamed" })).toMatchObject({
    id: first.id,
    name: "Renamed",
  });
});

test("a list goes on from a kept cursor, numbered pages too", async () => {
  for (const list of [
    (options) => intercom.contacts.list(options),
    (options) => intercom.companies.list(options),
    (options) => intercom.users.list(options),
  ]) {
    const pages = await Array.fromAsync(list({ perPage: 40 }).pages());
    const second = await list({ perPage: 40, startingAfter: pages[0].startingAfter }).pages().next();
    if (pages.length > 1) expect(ids(second.value.data)).toEqual(ids(pages[1].data));
    expect(pages.at(-1).startingAfter).toBeNull();
  }
});

test("admins, tags, segments, events", async () => {
  const { admins } = await upstream("GET", "/admins");
  expect(ids(await all(intercom.admins.list()))).toEqual(ids(admins));
  expect(await intercom.admins.get(admins[0].id)).toMatchObject({ id: admins[0].id });
  const tag = await intercom.tags.create({ name: "gone soon" });
  expect(ids(await all(intercom.tags.list()))).toContain(tag.id);
  expect(await intercom.tags.get(tag.id)).toMatchObject({ name: "gone soon" });
  await intercom.tags.delete(tag.id);
  expect(ids(await all(intercom.tags.list()))).not.toContain(tag.id);
  const [segment] = await all(intercom.segments.list({ includeCount: true }));
  expect(typeof segment.count).toBe("number");
  expect(await intercom.segments.get(segment.id)).toMatchObject({ id: segment.id });
  expect(
    await intercom.events.create({
      event_name: "ordered",
      created_at: 1_700_000_000,
      id: john,
      metadata: { price: 7 },
    }),
  ).toBeUndefined();
  expect((await all(intercom.events.list(john))).map((event) => event.event_name)).toContain("ordered");
});

test("conversations, answered, assigned and closed", async () => {
  const by = (await all(intercom.admins.list()))[0].id;
  const list = await all(intercom.conversations.list({ perPage: 5 }));
  expect(new Set(ids(list)).size).toBe(list.length);
  expect(list.length).toBeGreaterThan(5);
  const open = await all(intercom.conversations.search({ state: "open" }, { perPage: 3 }));
  expect(new Set(ids(open))).toEqual(new Set(ids(list.filter(({ state }) => state === "open"))));
  const { id } = open[0];
  const answered = await intercom.conversations.reply(id, {
    type: "admin",
    admin_id: by,
    message_type: "comment",
    body: "On it",
  });
  expect(answered.conversation_parts.conversation_parts.at(-1)).toMatchObject({
    part_type: "comment",
    body: expect.stringContaining("On it"),
  });
  expect(String((await intercom.conversations.assign(id, { to: by, by })).admin_assignee_id)).toBe(by);
  expect((await intercom.conversations.assign(id, { to: "0", by })).admin_assignee_id).toBeNull();
  expect(await intercom.conversations.close(id, { by, body: "Done" })).toMatchObject({
    id,
    state: "closed",
    open: false,
  });
  expect(await intercom.conversations.open(id, { by })).toMatchObject({ id, state: "open", open: true });
  expect(await intercom.conversations.get(id)).toMatchObject({ type: "conversation", id, state: "open" });
  await expect(intercom.conversations.get("999999")).rejects.toMatchObject({ name: "NotFoundError" });
});

test("exports give the same objects as lists, each once, then those that changed, and a file", async () => {
  await reset({ search_delay_ms: 0 });
  for (const resource of ["contacts", "users", "leads", "companies", "conversations"]) {
    const exported = await Array.fromAsync(intercom[resource].export());
    const listed = await all(intercom[resource].list());
    expect(ids(exported).sort(), resource).toEqual(ids(listed).sort());
    expect(exported.length).toBeGreaterThan(2);
  }
  const people = intercom.contacts.export({ fields: ["email"] });
  const rows = await Array.fromAsync(people);
  expect(people.progress).toMatchObject({ state: "done", rows: rows.length, resume: null });
  for (const row of rows) expect(Object.keys(row).filter((name) => !["id", "email"].includes(name))).toEqual([]);

  await intercom.contacts.update(john, { name: "Changed" });
  const changed = await Array.fromAsync(intercom.contacts.changedSince(people.progress.next, { overlap: 0 }));
  expect(changed.map(({ id, name }) => [id, name])).toEqual([[john, "Changed"]]);

  const file = await (await intercom.users.export({ fields: ["email"] }).csv()).text();
  const lines = file.trimEnd().split("\r\n");
  expect(lines[0]).toBe("id,email");
  expect(lines).toHaveLength(1 + (await everybody("user")).length);
});

test("an export that is left after each page in turn continues where it was, and gives each person once", async () => {
  const seen = [];
  let resume;
  let rounds = 0;
  for (; rounds < 200 && resume !== null; rounds++) {
    const people = intercom.users.export({ fields: ["email"], resume });
    const before = seen.length;
    for await (const { id } of people) {
      // The first row after a complete page: the export that continues gives it again.
      if (people.progress.rows > before) break;
      seen.push(id);
    }
    resume = people.progress.resume;
  }
  expect(rounds).toBeGreaterThan(2);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.sort()).toEqual(ids(await everybody("user")).sort());
});

test("data attributes, standard and custom", async () => {
  const custom = await intercom.dataAttributes.create({
    name: "favourite_colour",
    model: "contact",
    data_type: "string",
  });
  expect(custom).toMatchObject({ type: "data_attribute", name: "favourite_colour", custom: true });
  const contact = await all(intercom.dataAttributes.list({ model: "contact" }));
  expect(contact.every(({ model }) => model === "contact")).toBe(true);
  expect(contact.map(({ name }) => name)).toEqual(expect.arrayContaining(["favourite_colour", "email"]));
  expect(await intercom.dataAttributes.update(String(custom.id), { archived: true })).toMatchObject({ archived: true });
  expect((await all(intercom.dataAttributes.list())).map(({ name }) => name)).not.toContain("favourite_colour");
  expect((await all(intercom.dataAttributes.list({ includeArchived: true }))).map(({ name }) => name)).toContain(
    "favourite_colour",
  );
});

test("any other operation, and an address that Intercom gave", async () => {
  const { tags } = await intercom.contacts.get(john);
  expect(await intercom.request("GET", `https://api.intercom.io${tags.url}`)).toMatchObject({ type: "list" });
  expect(
    await intercom.request("POST", "/contacts/search", {
      body: { query: { field: "external_id", operator: "=", value: "john_doe" } },
    }),
  ).toMatchObject({ total_count: 1 });
  await expect(intercom.request("GET", "/users-of-old")).rejects.toMatchObject({ name: "NotFoundError" });
  expect((await requests()).length).toBeGreaterThan(0);
});

test("a list that is left stops asking, and the limit is kept", async () => {
  expect(await intercom.users.list({ perPage: 5 }).toArray({ limit: 7 })).toHaveLength(7);
  expect((await requests()).filter(({ path }) => path.startsWith("/contacts/search"))).toHaveLength(2);
  await reset();
  expect(await intercom.users.list().toArray({ limit: 0 })).toEqual([]);
  expect(await requests()).toEqual([]);
});
