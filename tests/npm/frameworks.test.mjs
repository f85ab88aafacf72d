// The adapters, in the libraries that they are for: their types, their methods, and the examples as
// pages in Chromium.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { Intercom } from "intercom-edge";
import { intercomQueries } from "intercom-edge/react";
import { dataProvider as reactAdmin } from "intercom-edge/react-admin";
import { dataProvider as refine } from "intercom-edge/refine";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { everybody, fault, messages, requests, reset, intercom as upstream } from "../sandbox.mjs";
import { error, json, silent, standIn } from "../stand-in.mjs";
import { bundled, folder, installFrameworks } from "./framework-modules.mjs";

const { WORKER_URL, CALLER_KEY, CHROMIUM } = process.env;
const intercom = new Intercom({ baseUrl: WORKER_URL, auth: CALLER_KEY });
const john = "5bb2f45a1e099bf2d553a2d5";
const ids = (rows) => rows.map(({ id }) => id);
let browser;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name !== "node_modules") rmSync(join(folder, name), { recursive: true });
  cpSync(join(root, "tests/npm/frameworks"), folder, { recursive: true });
  cpSync(join(root, "examples"), folder, { recursive: true });
  await installFrameworks();
  rmSync(join(folder, "node_modules/intercom-edge"), { recursive: true, force: true });
  symlinkSync(root, join(folder, "node_modules/intercom-edge"), "dir");
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}, 300_000);
afterAll(() => browser?.close());
beforeEach(() => reset());

/** The code in the doc comments of the adapter for TanStack Query, as one module: a function for each piece. */
function documentedHooks() {
  const files = ["react.ts", "queries.ts"].map((name) => readFileSync(join(root, "js/adapters", name), "utf8"));
  const pieces = [...files.join("\n").matchAll(/\* ```tsx\n(.*?)\* ```/gs)];
  const functions = pieces.map(([, code], index) => {
    const lines = code.replace(/^\s*\* ?/gm, "");
    const client = "const queryClient = useQueryClient();";
    return `export function usePiece${index}(id: string, page: number) {\n${client}\n${lines}\n}`;
  });
  const module = `
    import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
    import { Intercom } from "intercom-edge";
    import { intercomQueries } from "intercom-edge/react";
    const intercom = new Intercom({ baseUrl: "https://edge.example", auth: "key" });
    const queries = intercomQueries(intercom);
    ${functions.join("\n")}`;
  return { count: pieces.length, module };
}

test("the code in the adapter's doc comments compiles", async () => {
  const { count, module } = documentedHooks();
  expect(count).toBeGreaterThan(10);
  writeFileSync(join(folder, "documented.tsx"), module);
  const { stdout } = await promisify(execFile)("tsc", ["-p", folder]).catch((error) => error);
  expect(stdout).toBe("");
});

test("the examples and the adapters fit the libraries' own types, in at most 70 lines each", async () => {
  const { stdout } = await promisify(execFile)("tsc", ["-p", folder]).catch((error) => error);
  expect(stdout).toBe("");
  for (const name of readdirSync(join(root, "examples")).filter((name) => name.endsWith(".tsx"))) {
    expect(readFileSync(join(root, "examples", name), "utf8").split("\n").length, name).toBeLessThanOrEqual(70);
  }
});

/** Opens an example as a page of the Worker's origin; `unreachable`: the Worker does not answer. */
async function example(name, use, { key = CALLER_KEY, unreachable = false } = {}) {
  const entry = `import { createRoot } from "react-dom/client";
    import { App } from "./${name}.tsx";
    createRoot(document.querySelector("div")).render(<App />);`;
  writeFileSync(join(folder, `${name}.entry.jsx`), entry);
  const script = await bundled({ entryPoints: [join(folder, `${name}.entry.jsx`)] });
  const page = await browser.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  try {
    if (unreachable) await page.route(`${WORKER_URL}/**`, (route) => route.abort());
    await page.route(`${WORKER_URL}/example/**`, (route) =>
      route.request().url().endsWith(".js")
        ? route.fulfill({ contentType: "text/javascript", body: script })
        : route.fulfill({
            contentType: "text/html",
            body: `<meta charset="utf-8"><link rel="icon" href="data:,">
              <div></div><script type="module" src="/example/page.js"></script>`,
          }),
    );
    await page.addInitScript((key) => sessionStorage.setItem("caller-key", key), key);
    await page.goto(`${WORKER_URL}/example/`);
    await use(page);
    expect(problems).toEqual([]);
  } finally {
    await page.close();
  }
}

/** Whether what asks for a table that doesn't come is given up when `ask` asks for another. */
async function givesUp(page, ask) {
  const given = [];
  page.on("requestfailed", (request) => given.push(request.failure().errorText));
  const before = (await requests()).length;
  await fault("hang", { method: "POST", path: "/contacts/search" });
  await ask(0);
  await expect.poll(async () => (await requests()).length).toBeGreaterThan(before);
  expect(given).toEqual([]);
  await ask(1);
  await expect.poll(() => given).toEqual(["net::ERR_ABORTED"]);
}

describe("TanStack Query", () => {
  test("an infinite list goes on page by page, and a mutation sends once", () =>
    example("react", async (page) => {
      const rows = page.locator("li");
      for (const count of [20, 40, 60]) {
        await expect.poll(() => rows.count()).toBe(count);
        if (count < 60) await page.getByRole("button", { name: "More" }).click();
      }
      const names = (await everybody("user")).slice(0, 60).map(({ name }) => name ?? "");
      expect((await rows.allInnerTexts()).map((text) => text.replace(/\s*Welcome$/, ""))).toEqual(names);
      const welcome = rows.first().getByRole("button");
      await welcome.click();
      await expect.poll(() => page.locator("output").innerText()).toMatch(/^\d+$/);
      await welcome.click();
      await expect.poll(async () => (await messages()).length).toBe(1);
    }));

  test("a table with numbered pages keeps its rows while the next page loads; a tag that is added appears", () =>
    example("react-details", async (page) => {
      const tag = await intercom.tags.create({ name: "Added in the page" });
      const all = await everybody("user");
      const names = all.map(({ id, name }) => name ?? id);
      const users = page.locator("button[name=user]");
      const next = page.getByRole("button", { name: "Next" });
      await expect.poll(() => users.allInnerTexts()).toEqual(names.slice(0, 10));
      await next.click();
      await expect.poll(() => users.allInnerTexts()).toEqual(names.slice(10, 20));
      expect(await page.locator("output").innerText()).toBe(`Page 2 of ${Math.ceil(all.length / 10)}`);
      await fault("hang", { method: "POST", path: "/contacts/search" });
      const before = (await requests()).length;
      await next.click();
      await expect.poll(async () => (await requests()).length).toBeGreaterThan(before);
      expect(await users.count(), "the old rows stay").toBe(10);
      await page.getByRole("button", { name: "Previous" }).click();
      await expect.poll(() => users.allInnerTexts()).toEqual(names.slice(10, 20));
      await users.first().click();
      const select = page.getByLabel("Add a tag");
      await expect.poll(() => select.locator("option").allInnerTexts()).toContain("Added in the page");
      await select.selectOption(tag.id);
      await expect.poll(() => page.locator("li").allInnerTexts()).toContain("Added in the page");
    }));

  test("a key that isn't accepted is told", () =>
    example(
      "react",
      async (page) => {
        await page.getByRole("alert").waitFor();
        expect(await page.getByRole("alert").innerText()).toBe("This Worker doesn't know this caller key");
      },
      { key: "not-a-key" },
    ));

  test("keys are told apart, and begin with what they are of", () => {
    const { users, leads, me, notify } = intercomQueries(intercom);
    const keys = [
      users.list(),
      users.list({ perPage: 5 }),
      users.get("1"),
      users.search({ role: "user" }),
      leads.list(),
      me(),
    ].map(({ queryKey }) => JSON.stringify(queryKey));
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(key).toMatch(/^\["intercom","(users|leads|me)"/);
    expect(users.page({ page: 1 }).queryKey).not.toEqual(users.page({ page: 2 }).queryKey);
    for (const { queryKey } of [users.get("1"), users.tags.list("1"), users.notes.list("1"), users.segments.list("1")])
      expect(queryKey.slice(0, 3), "one record, one prefix").toEqual(["intercom", "users", "1"]);
    const { templates } = intercomQueries(intercom);
    expect(templates.list().queryKey, "a template may be called list").not.toEqual(templates.get("list").queryKey);
    expect(users.list().queryKey, "one list, one key").toEqual(users.list({}).queryKey);
    const other = intercomQueries(new Intercom({ baseUrl: "https://other.example", auth: "key" }));
    expect(users.get("1").queryKey, "another workspace, another key").not.toEqual(other.users.get("1").queryKey);
    expect([users.list().retry, notify().retry]).toEqual([false, false]);
  });

  test("a query that is cancelled ends its request", async () => {
    const { CancelledError, QueryClient } = createRequire(join(folder, "package.json"))("@tanstack/react-query");
    const worker = await standIn();
    worker.answers = [silent];
    const client = new QueryClient();
    const { me } = intercomQueries(new Intercom({ baseUrl: worker.url, auth: CALLER_KEY }));
    const asked = client.fetchQuery(me()).catch((error) => error);
    await expect.poll(() => worker.open.size).toBe(1);
    await client.cancelQueries({ queryKey: ["intercom", "me"] });
    expect(await asked).toBeInstanceOf(CancelledError);
    await expect.poll(() => worker.open.size).toBe(0);
    worker.close();
  });

  test("each query asks for what it is called", async () => {
    const { QueryClient } = createRequire(join(folder, "package.json"))("@tanstack/react-query");
    const client = new QueryClient();
    const queries = intercomQueries(intercom);
    const { users, leads, contacts, companies, conversations, admins, tags, segments, events, me } = queries;
    const sent = await queries.notify().mutationFn({ message: { to: { id: john }, subject: "Hi", body: "Hi" } });
    await intercom.contacts.notes.create(john, { body: "Called back" });
    const one = async (query) => (await client.fetchQuery(query)).type;
    const first = async (query) => (await client.fetchInfiniteQuery(query)).pages[0].data[0];
    const list = async (query) => (await first(query)).type;
    const company = await first(companies.list());
    await intercom.contacts.companies.add(john, company.id);
    await intercom.contacts.tags.add(john, (await client.fetchQuery(tags.list()))[0].id);
    expect(await one(me())).toBe("admin");
    expect((await first(users.list())).role).toBe("user");
    expect((await first(leads.search({ email: { contains: "@" } }))).role).toBe("lead");
    expect(await list(contacts.list())).toBe("contact");
    expect(await one(contacts.get(john))).toBe("contact");
    const whole = (query) => client.fetchQuery(query);
    expect((await whole(users.tags.list(john))).map(({ type }) => type)).toContain("tag");
    expect(ids(await whole(users.companies.list(john)))).toEqual([company.id]);
    expect((await whole(users.notes.list(john))).map(({ body }) => body)).toContain("<p>Called back</p>");
    expect(Array.isArray(await whole(users.segments.list(john)))).toBe(true);
    await intercom.events.create({ event_name: "invited", created_at: 1_700_000_000, id: john });
    expect((await first(events.list(john))).event_name).toBe("invited");
    expect(await one(companies.get(company.id))).toBe("company");
    const { id: conversation } = await first(conversations.list());
    expect(await one(conversations.get(conversation))).toBe("conversation");
    const [admin] = await client.fetchQuery(admins.list());
    expect(await one(admins.get(admin.id))).toBe("admin");
    expect((await client.fetchQuery(segments.list()))[0].type).toBe("segment");
    const [message] = (await client.fetchInfiniteQuery(queries.messages.list({ state: "sent" }))).pages[0].data;
    expect((await client.fetchQuery(queries.messages.get(message.id))).answer.body.id).toBe(sent.id);
  });

  test("each mutation makes the call that it is named after", async () => {
    const { MutationObserver, QueryClient } = createRequire(join(folder, "package.json"))("@tanstack/react-query");
    const client = new QueryClient();
    const mutate = (options, variables) => new MutationObserver(client, options).mutate(variables);
    const { users, leads, contacts, companies, conversations, tags, messages, templates } = intercomQueries(intercom);
    const get = (id) => client.fetchQuery(contacts.get(id));

    const lead = await mutate(leads.create(), { contact: { email: "made@example.com" } });
    expect(lead).toMatchObject({ role: "lead", email: "made@example.com" });
    await mutate(leads.update(), { id: lead.id, contact: { name: "Made" } });
    expect(await get(lead.id)).toMatchObject({ name: "Made", email: "made@example.com" });
    expect(await mutate(leads.archive(), { id: lead.id })).toMatchObject({ archived: true });
    expect(await mutate(leads.unarchive(), { id: lead.id })).toMatchObject({ archived: false });
    expect((await mutate(contacts.merge(), { from: lead.id, into: john })).id).toBe(john);
    const user = await mutate(users.create(), { contact: { external_id: "made" } });
    expect(await mutate(users.delete(), { id: user.id })).toMatchObject({ deleted: true });

    const tag = await mutate(tags.create(), { tag: { name: "made" } });
    const tagsOfJohn = async () => ids(await client.fetchQuery(users.tags.list(john)));
    await mutate(users.tags.add(), { contactId: john, id: tag.id });
    expect(await tagsOfJohn()).toContain(tag.id);
    await mutate(users.tags.remove(), { contactId: john, id: tag.id });
    expect(await tagsOfJohn()).not.toContain(tag.id);
    await mutate(tags.delete(), { id: tag.id });
    expect(ids(await client.fetchQuery(tags.list()))).not.toContain(tag.id);
    const note = await mutate(users.notes.create(), { contactId: john, note: { body: "Called back" } });
    expect(ids(await client.fetchQuery(users.notes.list(john)))).toContain(note.id);

    const company = await mutate(companies.save(), { company: { company_id: "made", name: "Made" } });
    expect(await mutate(companies.update(), { id: company.id, company: { name: "Again" } })).toMatchObject({
      name: "Again",
    });
    await mutate(users.companies.add(), { contactId: john, id: company.id });
    expect(ids(await client.fetchQuery(users.companies.list(john)))).toContain(company.id);
    await mutate(users.companies.remove(), { contactId: john, id: company.id });
    expect(ids(await client.fetchQuery(users.companies.list(john)))).not.toContain(company.id);

    const by = (await upstream("GET", "/admins")).admins[0].id;
    const [{ id }] = (await client.fetchInfiniteQuery(conversations.search({ state: "open" }))).pages[0].data;
    const reply = { type: "admin", admin_id: by, message_type: "comment", body: "On it" };
    for (let time = 0; time < 2; time++) await mutate(conversations.reply(), { id, reply, idempotencyKey: "reply-1" });
    const parts = (await client.fetchQuery(conversations.get(id))).conversation_parts.conversation_parts;
    expect(parts.filter(({ body }) => body?.includes("On it"))).toHaveLength(1);
    expect(String((await mutate(conversations.assign(), { id, to: by, by })).admin_assignee_id)).toBe(by);
    expect(await mutate(conversations.close(), { id, by })).toMatchObject({ state: "closed" });
    expect(await mutate(conversations.open(), { id, by })).toMatchObject({ state: "open" });

    const template = { subject: "Hi {{ contact.name | default('there') }}", body: "{{ variables.plan }}" };
    expect(await mutate(templates.put(), { name: "made-here", template })).toMatchObject({ name: "made-here" });
    expect((await client.fetchQuery(templates.list())).map(({ name }) => name)).toContain("made-here");
    expect(await client.fetchQuery(templates.get("made-here", { version: 1 }))).toMatchObject({
      subject: template.subject,
    });
    expect(await client.fetchQuery(templates.preview("made-here", { variables: { plan: "pro" } }))).toMatchObject({
      subject: "Hi there",
      body: expect.stringContaining("pro"),
    });
    await expect(client.fetchQuery(templates.preview("made-here"))).rejects.toMatchObject({ status: 422 });
    await mutate(templates.delete(), { name: "made-here" });
    await expect(client.fetchQuery(templates.get("made-here"))).rejects.toMatchObject({ name: "NotFoundError" });

    const inapp = {
      message_type: "inapp",
      body: "Sent once",
      from: { type: "admin", id: by },
      to: { type: "user", id: john },
    };
    const send = () => mutate(messages.send(), { message: inapp, idempotencyKey: "mutation-1" });
    expect((await send()).messageId).toBe((await send()).messageId);
    await fault("status:500", { method: "POST", path: "/messages" });
    const message = { to: { id: john }, subject: "Hi", body: "Not answered" };
    const { messageId } = await mutate(intercomQueries(intercom).notify(), { message }).catch((error) => error);
    expect(await client.fetchQuery(messages.get(messageId))).toMatchObject({ state: "unknown" });
    expect(await mutate(messages.retry(), { id: messageId })).toMatchObject({ messageId });
  });

  test("pages by their numbers, filtered and sorted", async () => {
    const { QueryClient } = createRequire(join(folder, "package.json"))("@tanstack/react-query");
    const client = new QueryClient();
    const { users, leads, contacts, companies, conversations, messages } = intercomQueries(intercom);
    const page = (query) => client.fetchQuery(query);
    const all = ids(await everybody("user"));
    for (const number of [3, 1, 2]) {
      const { data, total, hasNextPage } = await page(users.page({ page: number, perPage: 10 }));
      expect(ids(data)).toEqual(all.slice(number * 10 - 10, number * 10));
      expect([total, hasNextPage]).toEqual([all.length, true]);
    }
    expect((await page(users.page({ page: 1 }))).data).toHaveLength(50);
    const byName = { page: 1, perPage: 150, sort: { field: "name", order: "ascending" } };
    const rolesOf = async (query) => new Set((await page(query)).data.map(({ role }) => role));
    expect(await rolesOf(leads.page(byName))).toEqual(new Set(["lead"]));
    expect(await rolesOf(contacts.page(byName))).toEqual(new Set(["user", "lead"]));
    const unsortable = users.page({ page: 1, sort: { field: "custom_attributes.plan", order: "ascending" } });
    await expect(page(unsortable)).rejects.toMatchObject({
      name: "ValidationError",
      message: "Intercom can't sort users by custom_attributes.plan",
    });
    const search = { external_id: "john_doe" };
    expect(await page(users.page({ page: 1, search }))).toMatchObject({ data: [{ id: john }], total: 1 });
    const raw = { query: { field: "external_id", operator: "=", value: "john_doe" } };
    expect((await page(users.page({ page: 1, search: raw }))).total).toBe(1);
    const sort = { field: "created_at", order: "ascending" };
    const times = (await page(conversations.page({ page: 1, sort }))).data.map(({ created_at }) => created_at);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    const first = await page(companies.page({ page: 1, perPage: 5 }));
    const second = await page(companies.page({ page: 2, perPage: 5 }));
    expect(new Set(ids([...first.data, ...second.data])).size).toBe(10);
    for (const number of [1, 2, 3])
      await intercom.notify(
        { to: { id: john }, subject: "Hi", body: String(number) },
        { idempotencyKey: `page-${number}` },
      );
    const sent = await page(messages.page({ page: 2, perPage: 1, state: "sent" }));
    expect(sent).toMatchObject({ data: [{ state: "sent" }], hasNextPage: true });
    expect((await page(messages.page({ page: 1, state: "failed", batchId: "none" }))).data).toEqual([]);
    await expect(page(users.page({ page: 0 }))).rejects.toMatchObject({ name: "ArgumentError", argument: "page" });
    await expect(page(users.page({ page: 1, search: { created_at: { after: 1 } } }))).rejects.toThrow(
      "greaterThan, by whole day for contacts: no exact time is possible in numbered pages",
    );
  });

  test("a search of conversations is sorted as it is asked", async () => {
    const { queryFn, initialPageParam } = intercomQueries(intercom).conversations.search(
      { state: ["open", "closed"] },
      { sort: { field: "created_at", order: "ascending" } },
    );
    const { data } = await queryFn({ pageParam: initialPageParam, signal: new AbortController().signal });
    const times = data.map(({ created_at }) => created_at);
    expect(times.length).toBeGreaterThan(1);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });
});

describe("react-admin", () => {
  const provider = reactAdmin(intercom);
  const list = (resource, page, perPage, more = {}) =>
    provider.getList(resource, {
      pagination: { page, perPage },
      sort: { field: "id", order: "ASC" },
      filter: {},
      ...more,
    });

  test("a table is paged and searched, and a form tells what is wrong with which field", () =>
    example("react-admin", async (page) => {
      const leads = await everybody("lead");
      const links = page.locator("li a");
      await expect.poll(() => links.count()).toBe(5);
      expect(await page.locator("output").innerText()).toBe(`Page 1, ${leads.length} in all`);
      await page.getByRole("button", { name: "Next" }).click();
      await expect.poll(() => page.locator("output").innerText()).toContain("Page 2");
      const { email } = leads.find(({ email }) => email);
      await page.getByLabel("Search").fill(email);
      await expect.poll(() => links.allInnerTexts()).toEqual(expect.arrayContaining([email]));
      await links.first().click();
      const field = page.getByLabel("email");
      await field.waitFor();
      await field.fill("not an address");
      await page.getByRole("button", { name: "Save" }).click();
      await expect.poll(() => page.getByRole("alert").innerText()).not.toBe("");
    }));

  test("a table that nobody waits for is given up", () =>
    example("react-admin", async (page) => {
      await expect.poll(() => page.locator("li a").count()).toBe(5);
      await givesUp(page, (time) => page.getByLabel("Search").fill(["never", "comes"][time]));
    }));

  test("pages by their numbers, in any order", async () => {
    const all = ids(await everybody("user"));
    for (const number of [4, 1, 2, 7, 3]) {
      const { data, total, pageInfo } = await list("users", number, 10);
      expect(ids(data), `page ${number}`).toEqual(all.slice(number * 10 - 10, number * 10));
      expect(total).toBe(all.length);
      expect(pageInfo).toEqual({ hasNextPage: number * 10 < all.length, hasPreviousPage: number > 1 });
    }
    const asked = async (call) => {
      const before = (await requests()).length;
      await call();
      return (await requests()).length - before;
    };
    expect(await asked(() => list("users", 7, 10)), "of pages seen the way is known").toBe(1);
    // New cursors: those kept are refused, and it is walked again.
    await reset();
    expect(ids((await list("users", 3, 10)).data)).toEqual(all.slice(20, 30));
    const last = Math.ceil(all.length / 10);
    expect((await list("users", last + 3, 10)).data).toEqual([]);
    const unseen = reactAdmin(intercom);
    const far = () =>
      unseen.getList("users", {
        pagination: { page: last, perPage: 10 },
        sort: { field: "id", order: "ASC" },
        filter: {},
      });
    expect(await asked(far), "the way to a page is walked in long steps").toBeLessThanOrEqual(
      1 + Math.ceil(all.length / 150),
    );
    expect(ids((await far()).data)).toEqual(all.slice(last * 10 - 10));
  });

  test("pages longer than Intercom's, as an export asks for them", async () => {
    const people = ids(await everybody("user"));
    expect(people.length).toBeGreaterThan(300);
    expect(ids((await list("users", 1, 1000)).data)).toEqual(people.slice(0, 1000));
    expect(ids((await list("users", 2, 160)).data)).toEqual(people.slice(160, 320));
    const first = await list("companies", 1, 1000);
    expect(first.data).toHaveLength(first.total);
    expect(first.total).toBeGreaterThan(60);
    for (const [number, perPage] of [
      [2, 70],
      [3, 25],
      [8, 10],
    ]) {
      const { data, total, pageInfo } = await list("companies", number, perPage);
      expect(ids(data), `page ${number}`).toEqual(ids(first.data.slice((number - 1) * perPage, number * perPage)));
      expect([total, pageInfo.hasNextPage]).toEqual([first.total, number * perPage < first.total]);
    }
  });

  test("a cursor that is refused each time is walked to twice, not for ever", async () => {
    const worker = await standIn();
    const odd = reactAdmin(new Intercom({ baseUrl: worker.url, auth: CALLER_KEY }));
    const page = json(200, {
      type: "list",
      data: [{ id: "1" }],
      total_count: 9,
      pages: { next: { starting_after: "a" } },
    });
    const refused = error(400, { code: "client_error", message: "bad 'starting_after' parameter" });
    worker.answers = [page, refused, refused, page, refused];
    const third = { pagination: { page: 3, perPage: 1 }, sort: { field: "id", order: "ASC" }, filter: {} };
    await expect(odd.getList("users", third)).rejects.toMatchObject({ status: 400 });
    expect(worker.seen).toHaveLength(2);
    await expect(odd.getList("users", third)).rejects.toMatchObject({ status: 400 });
    expect(worker.seen).toHaveLength(5);
    worker.answers = [page];
    await expect(odd.getList("users", { ...third, pagination: { page: 9, perPage: 1 } })).rejects.toThrow("has no end");
    const empty = (cursor) =>
      json(200, { type: "list", data: [], total_count: 9, pages: { next: { starting_after: cursor } } });
    const last = json(200, { type: "list", data: [], total_count: 9, pages: { next: null } });
    worker.answers = [empty("a"), empty("b"), empty("a"), empty("b"), last];
    await expect(odd.getList("leads", third)).rejects.toThrow("has no end");
    worker.close();
  });

  test("a page that there isn't is no way through the whole list", async () => {
    const { total } = await list("users", 1, 10);
    const before = (await requests()).length;
    const { data, ...rest } = await list("users", 99_999, 10);
    expect([data, rest]).toEqual([[], { total, pageInfo: { hasNextPage: false, hasPreviousPage: true } }]);
    expect((await requests()).length - before).toBe(1);
    for (const [page, perPage, argument] of [
      [0, 5, "page"],
      [-1, 5, "page"],
      [NaN, 5, "page"],
      [1, 0, "perPage"],
      [1, 2.5, "perPage"],
    ]) {
      for (const resource of ["users", "admins"])
        await expect(list(resource, page, perPage)).rejects.toMatchObject({ name: "ArgumentError", argument });
    }
  });

  test("sorted and filtered, by Intercom or, of what comes whole, here", async () => {
    const sorted = await list("contacts", 1, 150, { sort: { field: "created_at", order: "ASC" } });
    const times = sorted.data.map((row) => row.created_at);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(ids((await list("users", 1, 10, { filter: { external_id: "john_doe" } })).data)).toEqual([john]);
    expect((await list("leads", 1, 10, { filter: { external_id: "john_doe" } })).total).toBe(0);
    const { admins } = await upstream("GET", "/admins");
    const byName = await list("admins", 1, 2, { sort: { field: "name", order: "DESC" } });
    expect(byName.total).toBe(admins.length);
    expect(byName.data[0].name).toBe(
      admins
        .map(({ name }) => name)
        .toSorted()
        .at(-1),
    );
    expect(ids((await provider.getMany("admins", { ids: [admins[0].id, admins[1].id] })).data).toSorted()).toEqual(
      ids(admins.slice(0, 2)).toSorted(),
    );
    expect(
      ids(
        (
          await provider.getManyReference("users", {
            target: "external_id",
            id: "john_doe",
            pagination: { page: 1, perPage: 5 },
          })
        ).data,
      ),
    ).toEqual([john]);
    const [{ name }] = admins;
    expect((await list("admins", 1, 50, { filter: { q: name.toUpperCase() } })).data.map((row) => row.name)).toEqual([
      name,
    ]);
    expect((await list("tags", 1, 50, { filter: { q: "no tag is called so" } })).total).toBe(0);
    expect(
      (await list("conversations", 1, 5, { filter: { state: "closed" } })).data.every(
        ({ state }) => state === "closed",
      ),
    ).toBe(true);
    const {
      data: [conversation],
    } = await list("conversations", 1, 1);
    const [word] = /[a-z]{5,}/i.exec(conversation.source.body.replace(/<[^>]*>/g, " "));
    const said = await list("conversations", 1, 150, { filter: { q: word } });
    expect(ids(said.data)).toContain(conversation.id);
    expect(said.total).toBeLessThan((await list("conversations", 1, 1)).total);
  });

  test("a user's form shows tags, companies and notes, and at its field that an address is taken", () =>
    example("react-admin-details", async (page) => {
      const tag = await intercom.tags.create({ name: "Shown in the page" });
      const company = await intercom.companies.save({ company_id: "shown", name: "Shown too" });
      await intercom.contacts.tags.add(john, tag.id);
      await intercom.contacts.companies.add(john, company.id);
      await intercom.contacts.notes.create(john, { body: "Called back" });
      const tags = await intercom.contacts.tags.list(john).toArray({ limit: 150 });
      await page.getByText("Choose a user").waitFor();
      await page.evaluate((id) => Object.assign(location, { hash: `#/users/${id}` }), john);
      const shown = (name) => page.getByRole("list", { name }).locator("li").allInnerTexts();
      await expect.poll(() => shown("tags")).toEqual(tags.map(({ name }) => name));
      await expect.poll(() => shown("companies")).toEqual(["Shown too"]);
      await expect.poll(() => shown("notes")).toContain("<p>Called back</p>");
      const other = (await everybody("user")).find(({ id, email }) => id !== john && email);
      await page.getByLabel("email").fill(other.email);
      await page.getByRole("button", { name: "Save" }).click();
      await expect.poll(() => page.locator("label em").innerText()).toContain("already exists");
    }));

  test("a Worker that doesn't answer is shown as an error", () =>
    example("react-admin", (page) => page.getByText("The connection to the Worker failed").waitFor(), {
      unreachable: true,
    }));

  test("a contact's tags, segments, notes and companies", async () => {
    const of = (resource, page, perPage, more = {}) =>
      provider.getManyReference(resource, { target: "contact_id", id: john, pagination: { page, perPage }, ...more });
    const { data: tag } = await provider.create("tags", { data: { name: "z", contact_id: john } });
    const { data: second } = await provider.create("tags", { data: { name: "a", contact_id: john } });
    const expected = await intercom.contacts.tags.list(john).toArray({ limit: 150 });
    expect(expected.length).toBeLessThan((await list("tags", 1, 150)).total);
    const names = expected.map(({ name }) => name).toSorted();
    const sorted = { sort: { field: "name", order: "ASC" } };
    expect((await of("tags", 1, 150, sorted)).data.map(({ name }) => name)).toEqual(names);
    expect((await of("tags", 2, 1, sorted)).data.map(({ name }) => name)).toEqual(names.slice(1, 2));
    expect(ids((await of("tags", 1, 5, { filter: { q: "z" } })).data)).toContain(tag.id);
    expect(ids((await of("tags", 1, 5, { filter: { name: "a" } })).data)).toEqual([second.id]);
    const segments = await intercom.contacts.segments.list(john).toArray({ limit: 150 });
    expect(ids((await of("segments", 1, 150)).data)).toEqual(ids(segments));
    const talks = await intercom.conversations.search({ contact_ids: john }).toArray({ limit: 150 });
    expect(talks.length).toBeGreaterThan(0);
    expect(ids((await of("conversations", 1, 150)).data)).toEqual(ids(talks));
    expect((await of("conversations", 1, 5, { filter: { state: "open" } })).total).toBeLessThanOrEqual(talks.length);
    const before = (await of("notes", 1, 5)).total;
    const { data: note } = await provider.create("notes", { data: { contact_id: john, body: "Called back" } });
    for (const body of ["Called again", "And again"])
      await provider.create("notes", { data: { contact_id: john, body } });
    const all = ids((await of("notes", 1, 150)).data);
    expect(all).toHaveLength(before + 3);
    expect(all).toContain(note.id);
    expect(ids((await of("notes", 2, 2)).data)).toEqual(all.slice(2, 4));
    expect((await provider.getOne("notes", { id: note.id })).data.body).toBe("<p>Called back</p>");
    await expect(provider.create("notes", { data: { body: "Of nobody" } })).rejects.toMatchObject({
      name: "ArgumentError",
    });
    const {
      data: [company],
    } = await list("companies", 1, 1);
    await intercom.contacts.companies.add(john, company.id);
    expect(ids((await of("companies", 1, 150)).data)).toContain(company.id);
    expect((await of("companies", 1, 150)).total).toBeLessThan((await list("companies", 1, 1)).total);
  });

  test("messages: sent once by form, listed by state, time and caller, retried", async () => {
    const { name: caller } = await intercom.request("GET", "/edge/whoami");
    const data = { to: { id: john }, subject: "Hi", body: "Hi", idempotency_key: crypto.randomUUID() };
    const { data: sent } = await provider.create("messages", { data });
    expect((await provider.create("messages", { data })).data.id).toBe(sent.id);
    expect(await messages()).toHaveLength(1);
    const { data: found } = await provider.getOne("messages", { id: sent.id });
    expect(found).toMatchObject({ id: sent.id, message_id: sent.message_id, state: "sent" });
    const by = (await upstream("GET", "/admins")).admins[0].id;
    const inapp = {
      message_type: "inapp",
      body: "Hi",
      from: { type: "admin", id: by },
      to: { type: "user", id: john },
    };
    const { data: second } = await provider.create("messages", { data: inapp });
    expect(ids((await provider.getMany("messages", { ids: [sent.id, second.id] })).data)).toEqual([sent.id, second.id]);
    const newest = await list("messages", 1, 1, { sort: { field: "created_at", order: "DESC" } });
    expect([ids(newest.data), newest.pageInfo.hasNextPage]).toEqual([[second.id], true]);
    expect(ids((await list("messages", 2, 1)).data)).toEqual([sent.id]);

    await fault("status:500", { method: "POST", path: "/messages" });
    const unanswered = { ...inapp, body: "Not answered" };
    const lost = await provider.create("messages", { data: unanswered }).catch((error) => error);
    expect(lost).toMatchObject({ name: "HttpError", status: 502 });
    const unknown = await list("messages", 1, 5, { filter: { state: "unknown" } });
    expect(ids(unknown.data)).toEqual([lost.cause.messageId]);
    const past = { state: "unknown", created_at: { lessThan: 1_700_000_000 } };
    expect((await list("messages", 1, 5, { filter: past })).data).toEqual([]);
    const now = { state: "unknown", created_at: { greaterThan: 1_700_000_000 } };
    expect((await list("messages", 1, 5, { filter: now })).data).toHaveLength(1);
    expect((await list("messages", 1, 5, { filter: { caller: "nobody" } })).data).toEqual([]);
    expect(ids((await list("messages", 1, 5, { filter: { caller } })).data)).toContain(second.id);
    expect((await provider.retryMessage({ id: lost.cause.messageId })).data.id).toBe(lost.cause.messageId);
    expect((await provider.getOne("messages", { id: lost.cause.messageId })).data.state).toBe("sent");
    await expect(provider.retryMessage({ id: sent.id })).rejects.toMatchObject({ name: "HttpError", status: 409 });
  });

  test("templates have their name as id; a form sends what changed", async () => {
    const { data: made } = await provider.create("templates", {
      data: { name: "made", subject: "Hi", body: "Hi", style: "personal" },
    });
    expect(made).toMatchObject({ id: "made", version: 1, style: "personal" });
    const { data: again } = await provider.update("templates", {
      id: "made",
      data: { ...made, subject: "Hello" },
      previousData: made,
    });
    expect(again).toMatchObject({ id: "made", version: 2, subject: "Hello", body: made.body, style: "personal" });
    expect((await provider.getOne("templates", { id: "made" })).data).toEqual(again);
    expect((await provider.getMany("templates", { ids: ["made"] })).data).toMatchObject([{ id: "made" }]);
    const { data } = await list("templates", 1, 5, { filter: { q: "hell" } });
    expect(data).toMatchObject([{ id: "made", name: "made" }]);
    const wrong = { id: "made", data: { ...again, subject: "" }, previousData: again };
    await expect(provider.update("templates", wrong)).rejects.toMatchObject({
      status: 422,
      body: { errors: { subject: expect.any(String) } },
    });
    await expect(provider.update("templates", { id: "made", data: { name: "other" } })).rejects.toMatchObject({
      body: { errors: { name: expect.any(String) } },
    });
    await provider.delete("templates", { id: "made" });
    await expect(provider.getOne("templates", { id: "made" })).rejects.toMatchObject({ status: 404 });
  });

  test("a deleted contact is archived, unless the app wants it deleted permanently", async () => {
    const { data: lead } = await provider.create("leads", { data: { email: "archived@example.com" } });
    await provider.delete("leads", { id: lead.id, previousData: lead });
    expect(await intercom.contacts.unarchive(lead.id)).toMatchObject({ id: lead.id, archived: false });
    await provider.deleteMany("contacts", { ids: [lead.id] });
    expect(await intercom.contacts.unarchive(lead.id)).toMatchObject({ archived: false });
    await reactAdmin(intercom, { delete: "delete" }).delete("leads", { id: lead.id });
    await expect(intercom.contacts.unarchive(lead.id)).rejects.toMatchObject({ status: 404 });
    for (const make of [reactAdmin, refine])
      expect(() => make(intercom, { delete: "forever" })).toThrow("delete: expected archive or delete");
  });

  test("an error is at the field that it belongs to", async () => {
    const [one, other] = (await everybody("user")).filter(({ id, email }) => id !== john && email);
    const change = (data) =>
      provider.update("users", { id: one.id, data }).catch(({ body }) => Object.keys(body.errors));
    expect(await change({ email: other.email, name: "New" })).toEqual(["email"]);
    expect(await change({ external_id: "john_doe" })).toEqual(["external_id"]);
    // Both may be taken: the contact that has one of them decides.
    expect(await change({ email: other.email.toUpperCase(), external_id: "is-free" })).toEqual(["email"]);
    expect(await change({ email: "is-free@example.com", external_id: "john_doe" })).toEqual(["external_id"]);
    expect(await change({ email: "not an address" })).toEqual(["email"]);
    const worker = await standIn();
    const alone = reactAdmin(new Intercom({ baseUrl: worker.url, auth: CALLER_KEY }));
    worker.answers = [
      error(409, { code: "conflict", message: "No" }),
      error(403, { code: "forbidden", message: "No" }),
    ];
    await expect(alone.create("users", { data: { name: "New" } })).rejects.toMatchObject({
      message: "409 conflict (POST /contacts)",
      body: { errors: { root: { serverError: "No" } } },
    });
    await expect(alone.create("users", { data: { name: "New" } })).rejects.toMatchObject({ body: { errors: {} } });
    const conflict = error(409, { code: "conflict", message: "A contact already exists with id=5f" });
    worker.answers = [conflict, error(404, { code: "not_found", message: "No" })];
    const both = { email: "a@example.com", external_id: "a" };
    const { body } = await alone.create("users", { data: both }).catch((error) => error);
    expect(Object.keys(body.errors), "the other contact can't be read").toEqual(["email", "external_id"]);
    expect(worker.seen.at(-1).url).toBe("/contacts/5f");
    worker.close();
  });

  test("the role is in each query once", async () => {
    const sort = { field: "name", order: "ASC" };
    for (const request of [
      {},
      { sort },
      { filter: { role: "user" } },
      { filter: { q: "example" } },
      { filter: { name: "x", role: "user" }, sort },
    ]) {
      await list("users", 1, 5, request);
      const { body } = (await requests()).findLast(({ path }) => path.startsWith("/contacts/search"));
      expect(body.match(/"role"/g), body).toHaveLength(1);
    }
  });

  test("records from creation to end; only what changed is sent", async () => {
    const provider = reactAdmin(intercom, { delete: "delete" });
    const { data: made } = await provider.create("leads", { data: { email: "made@example.com" } });
    expect(made.role).toBe("lead");
    expect((await provider.getOne("leads", { id: made.id })).data.email).toBe("made@example.com");
    await provider.update("leads", { id: made.id, data: { ...made, name: "Made" }, previousData: made });
    expect(JSON.parse((await requests()).findLast(({ method }) => method === "PUT").body)).toEqual({ name: "Made" });
    await provider.updateMany("leads", { ids: [made.id], data: { name: "Again" } });
    expect((await provider.getMany("leads", { ids: [made.id, john] })).data.map(({ name }) => name)).toContain("Again");
    expect(await provider.delete("leads", { id: made.id, previousData: made })).toEqual({ data: made });
    await expect(provider.getOne("leads", { id: made.id })).rejects.toMatchObject({ name: "HttpError", status: 404 });
    expect(
      ids((await provider.getMany("leads", { ids: [made.id, john] })).data),
      "who is gone takes nobody along",
    ).toEqual([john]);
    expect((await provider.getMany("admins", { ids: [] })).data).toEqual([]);
    const { data: tag } = await provider.create("tags", { data: { name: "made" } });
    expect(await provider.deleteMany("tags", { ids: [tag.id] })).toEqual({ data: [tag.id] });
  });

  test("what can't be done is said, and an abort is an abort", async () => {
    for (const [call, words] of [
      [() => list("tickets", 1, 5), "no resource tickets; there are users, leads"],
      [() => list("constructor", 1, 5), "no resource constructor"],
      [() => provider.delete("admins", { id: "1" }), "The resource admins has no delete; it has list, get"],
      [() => provider.update("conversations", { id: "1", data: {} }), "conversations has no update; it has list, get"],
      [() => provider.delete("messages", { id: "1" }), "messages has no delete; it has list, get, create"],
      [
        () => list("companies", 1, 5, { sort: { field: "name", order: "ASC" } }),
        "companies can't be sorted by name, ascending. Its order is fixed",
      ],
      [
        () => list("companies", 1, 5, { filter: { name: "Acme" } }),
        "by name; it can by contact_id, tag_id, segment_id",
      ],
      [() => list("companies", 1, 5, { filter: { tag_id: "1", or: [{ tag_id: "2" }] } }), "one filter by tag_id"],
      [
        () => list("companies", 1, 5, { filter: { contact_id: john, name: "Acme" } }),
        "companies of a contact can't be filtered by name",
      ],
      [
        () => list("notes", 1, 5, { filter: { contact_id: john }, sort: { field: "body", order: "ASC" } }),
        "notes of a contact can't be sorted by body, ascending. Its order is fixed",
      ],
      [
        () => list("messages", 1, 5, { sort: { field: "created_at", order: "ASC" } }),
        "messages can't be sorted by created_at, ascending. Its order is fixed: by created_at, descending",
      ],
      [() => list("messages", 1, 5, { filter: { subject: "Hi" } }), "messages can't be filtered by subject; it can by"],
      [() => list("messages", 1, 5, { filter: { state: ["sent", "failed"] } }), "can't be filtered by state IN"],
      [() => list("messages", 1, 5, { filter: { or: [{ state: "sent" }, { state: "failed" }] } }), "filtered by OR"],
      [() => list("messages", 1, 5, { filter: { q: "Hi" } }), "messages has no text search"],
      [
        () => list("tags", 1, 5, { filter: { colour: "red" } }),
        "can't be filtered or sorted by colour; it can by id, name",
      ],
      [
        () => list("admins", 1, 5, { sort: { field: "colour", order: "ASC" } }),
        "can't be filtered or sorted by colour",
      ],
      [
        () => list("admins", 1, 5, { filter: { or: [{ name: "Ann" }, { contact_id: john }] } }),
        "can't be filtered or sorted by contact_id",
      ],
      [
        () => list("users", 1, 5, { sort: { field: "custom_attributes.plan", order: "ASC" } }),
        "Intercom can't sort users by custom_attributes.plan",
      ],
      [() => list("users", 1, 5, { filter: { colour: "red" } }), "Intercom rejects the filter of users by colour"],
      [
        () => list("conversations", 1, 5, { sort: { field: "title", order: "ASC" } }),
        "Intercom can't sort conversations by title",
      ],
      [() => list("notes", 1, 5), "filter them by contact_id"],
      [() => list("users", 1, 5, { filter: { email: { matches: "x" } } }), "an operator"],
      [() => list("admins", 1, 5, { filter: { email: { matches: "x" } } }), "an operator"],
      [() => list("users", 1, 5, { filter: { external_id: 7n } }), "external_id: expected a text"],
    ])
      await expect(call()).rejects.toThrow(words);
    await expect(provider.getOne("users", { id: john, signal: AbortSignal.abort("gone") })).rejects.toBe("gone");
    // Intercom's sentence names the person there is: fit for eyes, not for logs.
    const taken = await provider.create("users", { data: { external_id: "john_doe" } }).catch((error) => error);
    expect(taken).toMatchObject({ name: "HttpError", status: 409, message: "409 conflict (POST /contacts)" });
    expect(taken.cause.errors[0].message).toContain(john);
  });
});

describe("refine", () => {
  const provider = refine(intercom);

  test("a table is paged, filtered and changed", () =>
    example("refine", async (page) => {
      const rows = page.locator("li");
      await expect.poll(() => rows.count()).toBe(10);
      const count = (await everybody("user")).length + (await everybody("lead")).length;
      expect(await page.locator("output").innerText()).toBe(`Page 1 of ${Math.ceil(count / 10)}`);
      const first = await rows.allInnerTexts();
      await page.getByRole("button", { name: "Next" }).click();
      await expect.poll(() => page.locator("output").innerText()).toContain("Page 2");
      await expect.poll(() => rows.allInnerTexts()).not.toEqual(first);
      await page.getByLabel("Role").selectOption("lead");
      await expect
        .poll(async () => new Set(await rows.evaluateAll((found) => found.map(({ dataset }) => dataset.role))))
        .toEqual(new Set(["lead"]));
      await page.getByLabel("Role").selectOption("");
      await expect
        .poll(async () => (await page.locator("output").innerText()).replace("Page 1 of ", ""))
        .toBe(String(Math.ceil(count / 10)));
      await page.getByRole("button", { name: "Louder" }).first().click();
      await expect.poll(async () => (await requests()).some(({ method }) => method === "PUT")).toBe(true);
    }));

  test("a Worker that doesn't answer is shown as an error", () =>
    example(
      "refine",
      async (page) => {
        expect(await page.getByRole("alert").innerText()).toBe("The connection to the Worker failed");
        expect(await page.locator("output").innerText()).toBe("");
      },
      { unreachable: true },
    ));

  test("a table that nobody waits for is given up", () =>
    example("refine", async (page) => {
      await expect.poll(() => page.locator("li").count()).toBe(10);
      await givesUp(page, (time) => page.getByLabel("Role").selectOption(["user", "lead"][time]));
    }));

  test("lists, with filters in groups and without pages", async () => {
    const all = await everybody("user");
    const { data, total } = await provider.getList({ resource: "users", pagination: { currentPage: 3, pageSize: 7 } });
    expect([ids(data), total]).toEqual([ids(all.slice(14, 21)), all.length]);
    expect(ids((await provider.getList({ resource: "users", pagination: { mode: "off" } })).data)).toEqual(ids(all));
    const filters = [
      {
        operator: "or",
        value: [
          { field: "external_id", operator: "eq", value: "john_doe" },
          { field: "external_id", operator: "startswith", value: "john_d" },
        ],
      },
    ];
    expect(ids((await provider.getList({ resource: "contacts", filters })).data)).toEqual([john]);
    const { admins } = await upstream("GET", "/admins");
    const whole = await provider.getList({
      resource: "admins",
      sorters: [{ field: "name", order: "asc" }],
      filters: [{ field: "id", operator: "in", value: ids(admins) }],
      pagination: { currentPage: 1, pageSize: 2 },
    });
    expect([whole.data.length, whole.total]).toEqual([2, admins.length]);
    const either = [
      {
        operator: "or",
        value: [
          { field: "id", operator: "eq", value: admins[0].id },
          { field: "name", operator: "startswith", value: admins[1].name },
        ],
      },
    ];
    expect(ids((await provider.getList({ resource: "admins", filters: either })).data).toSorted()).toEqual(
      ids(admins.slice(0, 2)).toSorted(),
    );
    expect(ids((await provider.getMany({ resource: "admins", ids: [admins[1].id] })).data)).toEqual([admins[1].id]);
  });

  test("messages, templates, and the tags of a contact", async () => {
    await provider.create({ resource: "templates", variables: { name: "of-refine", subject: "Hi", body: "Hi" } });
    const variables = { name: "of-refine", version: 7, subject: "Hi", body: "Hello" };
    const { data: template } = await provider.update({ resource: "templates", id: "of-refine", variables });
    expect(template).toMatchObject({ id: "of-refine", version: 2, body: "Hello" });
    const notification = { to: { id: john }, template: "of-refine" };
    const { data: sent } = await provider.create({ resource: "messages", variables: notification });
    await fault("status:500", { method: "POST", path: "/messages" });
    const again = { ...notification, idempotency_key: crypto.randomUUID() };
    await expect(provider.create({ resource: "messages", variables: again })).rejects.toMatchObject({
      statusCode: 502,
    });
    const byState = (value) => [{ field: "state", operator: "eq", value }];
    const listed = async (filters) => (await provider.getList({ resource: "messages", filters })).data;
    expect(ids(await listed(byState("sent")))).toContain(sent.id);
    const [unknown] = await listed(byState("unknown"));
    await provider.custom({ url: `/edge/messages/${unknown.id}/retry`, method: "post" });
    expect((await provider.getOne({ resource: "messages", id: unknown.id })).data.state).toBe("sent");
    await provider.deleteOne({ resource: "templates", id: "of-refine" });

    const { data: tag } = await provider.create({ resource: "tags", variables: { name: "made", contact_id: john } });
    const ofJohn = [{ field: "contact_id", operator: "eq", value: john }];
    const { data: tags, total } = await provider.getList({ resource: "tags", filters: ofJohn });
    expect(ids(tags)).toContain(tag.id);
    expect(total).toBe((await intercom.contacts.tags.list(john).toArray({ limit: 150 })).length);
  });

  test("records, any other call, and failures by field", async () => {
    const { data: made } = await provider.create({ resource: "users", variables: { external_id: "made" } });
    expect((await provider.update({ resource: "users", id: made.id, variables: { name: "Made" } })).data.name).toBe(
      "Made",
    );
    expect((await provider.getOne({ resource: "users", id: made.id })).data.name).toBe("Made");
    expect(await provider.deleteOne({ resource: "users", id: made.id })).toEqual({ data: { id: made.id } });
    expect(await intercom.contacts.unarchive(made.id)).toMatchObject({ archived: false });
    const permanent = refine(intercom, { delete: "delete" });
    expect(await permanent.deleteOne({ resource: "users", id: made.id })).toEqual({ data: { id: made.id } });
    await expect(intercom.contacts.unarchive(made.id)).rejects.toMatchObject({ status: 404 });
    const { data: note } = await provider.create({
      resource: "notes",
      variables: { contact_id: john, body: "Called back" },
    });
    const ofContact = [{ field: "contact_id", operator: "eq", value: john }];
    expect(ids((await provider.getList({ resource: "notes", filters: ofContact })).data)).toContain(note.id);
    expect(provider.getApiUrl()).toBe(WORKER_URL);
    expect(
      (
        await provider.custom({
          url: `${provider.getApiUrl()}/contacts/${john}/tags`,
          method: "get",
          query: { per_page: 1 },
        })
      ).data.type,
    ).toBe("list");
    await expect(provider.getOne({ resource: "users", id: "nobody" })).rejects.toMatchObject({
      name: "HttpError",
      statusCode: 404,
      message: "404 not_found (GET /contacts/{contact_id})",
      cause: { name: "NotFoundError" },
    });
    await expect(
      provider.update({ resource: "users", id: john, variables: { email: "not an address" } }),
    ).rejects.toMatchObject({ statusCode: 400, errors: { email: expect.any(String) } });
    const taken = (await everybody("user")).find(({ id, email }) => id !== john && email);
    await expect(
      provider.update({ resource: "users", id: john, variables: { external_id: "john_doe", email: taken.email } }),
    ).rejects.toMatchObject({ statusCode: 409, errors: { email: expect.stringContaining("already exists") } });
    for (const [call, words] of [
      [
        () => provider.getList({ resource: "users", filters: [{ field: "name", operator: "between", value: [1, 2] }] }),
        "can't filter by between",
      ],
      [
        () =>
          provider.getList({
            resource: "users",
            sorters: [
              { field: "a", order: "asc" },
              { field: "b", order: "asc" },
            ],
          }),
        "sorts by one field",
      ],
      [() => provider.deleteOne({ resource: "segments", id: "1" }), "segments has no delete; it has list, get"],
      [
        () => provider.getList({ resource: "tags", filters: [{ field: "colour", operator: "eq", value: "red" }] }),
        "can't be filtered or sorted by colour",
      ],
      [() => provider.custom({ url: "https://evil.example/x", method: "get" }), "path"],
    ])
      await expect(call()).rejects.toThrow(words);
  });
});
