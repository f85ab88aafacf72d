// The adapters, in the libraries that they are for: their types, their methods, and the examples as
// pages in Chromium.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { Intercom } from "intercom-edge";
import { intercomQueries } from "intercom-edge/react";
import { dataProvider as reactAdmin } from "intercom-edge/react-admin";
import { dataProvider as refine } from "intercom-edge/refine";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { unlessFresh } from "../../scripts/freshness.mjs";
import { root } from "../../scripts/paths.mjs";
import { everybody, fault, messages, requests, reset, intercom as upstream } from "../sandbox.mjs";
import { error, json, silent, standIn } from "../stand-in.mjs";

const { WORKER_URL, CALLER_KEY, CHROMIUM } = process.env;
const folder = join(root, "build/frameworks");
const intercom = new Intercom({ baseUrl: WORKER_URL, auth: CALLER_KEY });
const john = "5bb2f45a1e099bf2d553a2d5";
const ids = (rows) => rows.map(({ id }) => id);
let browser;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name !== "node_modules") rmSync(join(folder, name), { recursive: true });
  cpSync(join(root, "tests/npm/frameworks"), folder, { recursive: true });
  cpSync(join(root, "examples"), folder, { recursive: true });
  const lock = ["package.json", "package-lock.json"].map((name) => `tests/npm/frameworks/${name}`);
  await unlessFresh(
    "frameworks",
    { inputs: lock, outputs: ["build/frameworks/node_modules/react/package.json"] },
    async () => {
      console.log("Installing react-admin's core, refine and TanStack Query (about 10 s)");
      await promisify(execFile)("npm", ["ci", "--ignore-scripts"], { cwd: folder });
    },
  );
  rmSync(join(folder, "node_modules/intercom-edge"), { recursive: true, force: true });
  symlinkSync(root, join(folder, "node_modules/intercom-edge"), "dir");
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}, 300_000);
afterAll(() => browser?.close());
beforeEach(() => reset());

test("the examples and the adapters fit the libraries' own types, in at most 70 lines each", async () => {
  const { stdout } = await promisify(execFile)("tsc", ["-p", folder]).catch((error) => error);
  expect(stdout).toBe("");
  for (const name of readdirSync(join(root, "examples")).filter((name) => name.endsWith(".tsx"))) {
    expect(readFileSync(join(root, "examples", name), "utf8").split("\n").length, name).toBeLessThanOrEqual(70);
  }
});

/** Opens an example as a page of the Worker's origin. */
async function example(name, use, { key = CALLER_KEY } = {}) {
  const entry = `import { createRoot } from "react-dom/client";
    import { App } from "./${name}.tsx";
    createRoot(document.querySelector("div")).render(<App />);`;
  writeFileSync(join(folder, `${name}.entry.jsx`), entry);
  const { outputFiles } = await build({
    entryPoints: [join(folder, `${name}.entry.jsx`)],
    bundle: true,
    write: false,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent",
  });
  const page = await browser.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  try {
    await page.route(`${WORKER_URL}/example/**`, (route) =>
      route.request().url().endsWith(".js")
        ? route.fulfill({ contentType: "text/javascript", body: outputFiles[0].text })
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
    const { users, leads, contacts, companies, conversations, admins, tags, segments, me } = queries;
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
    expect(await list(users.tags(john))).toBe("tag");
    expect((await first(users.companies(john))).id).toBe(company.id);
    expect((await first(users.notes(john))).body).toBe("<p>Called back</p>");
    expect(await one(companies.get(company.id))).toBe("company");
    const { id: conversation } = await first(conversations.list());
    expect(await one(conversations.get(conversation))).toBe("conversation");
    const [admin] = await client.fetchQuery(admins.list());
    expect(await one(admins.get(admin.id))).toBe("admin");
    expect((await client.fetchQuery(segments.list()))[0].type).toBe("segment");
    const [message] = (await client.fetchInfiniteQuery(queries.messages.list({ state: "sent" }))).pages[0].data;
    expect((await client.fetchQuery(queries.messages.get(message.id))).answer.body.id).toBe(sent.id);
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

  test("a contact's notes and companies", async () => {
    const of = (resource, page, perPage) =>
      provider.getManyReference(resource, { target: "contact_id", id: john, pagination: { page, perPage } });
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

  test("records from creation to end; only what changed is sent", async () => {
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
      [() => provider.delete("admins", { id: "1" }), "Intercom can't delete admins"],
      [() => provider.update("conversations", { id: "1", data: {} }), "Intercom can't update conversations"],
      [
        () => list("companies", 1, 5, { sort: { field: "name", order: "ASC" } }),
        "filters companies only by contact_id, and doesn't sort",
      ],
      [() => list("companies", 1, 5, { filter: { name: "Acme" } }), "filters companies only by contact_id"],
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

  test("records, any other call, and failures by field", async () => {
    const { data: made } = await provider.create({ resource: "users", variables: { external_id: "made" } });
    expect((await provider.update({ resource: "users", id: made.id, variables: { name: "Made" } })).data.name).toBe(
      "Made",
    );
    expect((await provider.getOne({ resource: "users", id: made.id })).data.name).toBe("Made");
    expect(await provider.deleteOne({ resource: "users", id: made.id })).toEqual({ data: { id: made.id } });
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
      [() => provider.deleteOne({ resource: "segments", id: "1" }), "can't delete segments"],
      [() => provider.custom({ url: "https://evil.example/x", method: "get" }), "path"],
    ])
      await expect(call()).rejects.toThrow(words);
  });
});
