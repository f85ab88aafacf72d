// A directory with the real WebAssembly, the real Worker and the sandbox: it has what Intercom has, and follows its
// changes, with webhooks and without.

import { setTimeout as sleep } from "node:timers/promises";
import { Intercom } from "intercom-edge";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { everybody, fault, requests, reset, subscribe, intercom as upstream } from "../sandbox.mjs";

const { WORKER_URL, CALLER_KEY, CLIENT_SECRET } = process.env;
const intercom = new Intercom({ baseUrl: WORKER_URL, auth: CALLER_KEY });

/** Opens a directory that is closed after the test. Node has no Web Worker: it runs in this thread. */
async function opened(options) {
  const directory = await intercom.directory({ refreshInterval: 500, ...options });
  onTestFinished(() => directory.close());
  await directory.loaded();
  return directory;
}

const everyone = async () => [...(await everybody("user")), ...(await everybody("lead"))];
const idsOf = (contacts) => contacts.map(({ id }) => id).sort();
const rowsOf = async (directory, query) => {
  const result = await directory.search(query);
  return result.slice(0, result.total);
};
/** Waits until the rows that a query finds are as expected. */
const eventually = (directory, query, check) =>
  vi.waitFor(async () => check(await rowsOf(directory, query)), { timeout: 20_000, interval: 100 });

/** Leaves out what a row does not have: fields without a value. */
const present = (fields) => Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== null));

beforeEach(() => reset({ search_delay_ms: 0 }));

describe("the contacts", () => {
  test("it has all contacts with their fields, and the names of tags and companies", async () => {
    const contacts = await everyone();
    const directory = await opened();
    expect(directory.progress).toMatchObject({ contacts: contacts.length, skipped: 0, inWorker: false });
    const rows = new Map((await rowsOf(directory, {})).map((row) => [row.id, row]));
    expect(rows.size).toBe(contacts.length);
    for (const contact of contacts) {
      const row = rows.get(contact.id);
      for (const name of ["name", "email", "phone", "external_id", "role", "created_at", "last_seen_at", "owner_id"]) {
        expect(row[name] ?? null, `${contact.id} ${name}`).toEqual(contact[name] ?? null);
      }
      expect(row.custom_attributes ?? {}).toEqual(present(contact.custom_attributes));
      expect(row.location?.country ?? null).toBe(contact.location?.country ?? null);
      expect(idsOf(row.tags?.data ?? [])).toEqual(idsOf(contact.tags?.data ?? []));
      expect(idsOf(row.companies?.data ?? [])).toEqual(idsOf(contact.companies?.data ?? []));
    }
    const { data: tags } = await upstream("GET", "/tags");
    const names = new Map(tags.map(({ id, name }) => [id, name]));
    await eventually(directory, "collector@example.com", ([{ tags, companies }]) => {
      for (const { id, name } of tags.data) expect(name).toBe(names.get(id));
      expect(companies.data.every(({ name }) => typeof name === "string")).toBe(true);
      expect(companies.has_more).toBe(true);
    });
  });

  test("searches, filters, sorts and counts are those of the contacts", async () => {
    const contacts = await everyone();
    const directory = await opened({ timeZone: "Asia/Tokyo", locale: "en" });
    const { created_at: middle } = contacts.toSorted((a, b) => a.created_at - b.created_at)[300];
    const where = { role: "user", created_at: { after: middle } };
    const matching = contacts.filter(({ role, created_at }) => role === "user" && created_at > middle);
    const result = await directory.search({ where, sort: { field: "created_at", order: "descending" } });
    expect(result).toMatchObject({ total: matching.length, typo: false, incomplete: 0 });
    const rows = await result.slice(0, 1000);
    expect(idsOf(rows)).toEqual(idsOf(matching));
    expect(rows.map((row) => row.created_at)).toEqual(rows.map((row) => row.created_at).toSorted((a, b) => b - a));
    expect(rows.every(({ state }) => state === "current")).toBe(true);
    expect(await result.ids()).toEqual(rows.map(({ id }) => id));

    const day = (seconds) => new Date((seconds + 9 * 3600) * 1000).toISOString().slice(0, 10);
    const perDay = Object.groupBy(matching, ({ created_at }) => day(created_at));
    expect(await result.count({ by: "created_at", per: "day" })).toEqual(
      Object.entries(perDay)
        .map(([value, { length }]) => ({ value, count: length }))
        .toSorted((a, b) => (a.value < b.value ? -1 : 1)),
    );
    const countries = Map.groupBy(matching, ({ location }) => location?.country ?? null);
    countries.delete(null);
    const values = await result.values("location.country");
    expect(new Map(values.map(({ value, count }) => [value, count]))).toEqual(
      new Map([...countries].map(([value, { length }]) => [value, length])),
    );

    const named = await rowsOf(directory, { where: { name: { not: null } }, sort: { field: "name" } });
    const { compare } = new Intl.Collator("en", { sensitivity: "base" });
    const names = named.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(400);
    expect(names.filter((name, index) => index > 0 && compare(names[index - 1], name) > 0)).toEqual([]);

    expect(idsOf(await rowsOf(directory, "JOHN@example"))).toContain("5bb2f45a1e099bf2d553a2d5");
    expect(await rowsOf(directory, "no such person anywhere")).toEqual([]);
    const rejected = (call, argument) => expect(call).rejects.toMatchObject({ name: "ArgumentError", argument });
    await rejected(directory.search({ where: { shoe_size: 43 } }), "where.field");
    await rejected(directory.search({ sort: { field: "shoe_size" } }), "sort[0].field");
    await rejected(result.count({ by: "shoe_size" }), "by");
    await rejected(result.count({ by: "tags", per: "day" }), "per");
    await rejected(result.count({ by: "name", limit: -1 }), "limit");
    expect(await result.slice(matching.length - 1, 2 ** 40)).toHaveLength(1);
  });

  test("it can filter by segments", async () => {
    const { segments } = await upstream("GET", "/segments");
    const query = { field: "segment_id", operator: "=", value: segments[0].id };
    const { data } = await upstream("POST", "/contacts/search", { query, pagination: { per_page: 150 } });
    const directory = await opened({ fields: ["email"], segments: [segments[0].id] });
    await eventually(directory, { where: { segments: segments[0].id } }, (rows) => {
      expect(rows.length).toBeGreaterThan(0);
      expect(idsOf(rows)).toEqual(idsOf(data));
      expect(rows[0].segments.data).toEqual([expect.objectContaining({ id: segments[0].id, name: segments[0].name })]);
    });
  });

  test("it can be searched from the start", async () => {
    const directory = await intercom.directory({ refreshInterval: 500 });
    onTestFinished(() => directory.close());
    const [john] = await rowsOf(directory, { where: { external_id: "john_doe" } });
    expect(john.email).toBe("john@example.com");
  });

  test("a result keeps its rows while contacts change, until it is refreshed", async () => {
    const directory = await opened();
    const result = await directory.search({ where: { role: "lead" } });
    const { total } = result;
    const [{ id }] = await result.slice(0, 1);
    await intercom.leads.update(id, { name: "Renamed" });
    await eventually(directory, "renamed", (rows) => expect(rows).toHaveLength(1));
    expect((await result.slice(0, 1))[0]).toMatchObject({ id, state: "changed" });
    expect(await result.changes()).toEqual({ changed: 1, removed: 0, added: true });
    await result.refresh();
    expect(result.total).toBe(total);
    expect((await result.slice(0, total)).find((row) => row.id === id)).toMatchObject({
      name: "Renamed",
      state: "current",
    });
  });
});

describe("changes", () => {
  const john = "5bb2f45a1e099bf2d553a2d5";

  /** Returns the number of requests that reached the sandbox, when no request came for a while. */
  async function requestsWhenQuiet() {
    for (let before = -1; ; ) {
      const { length } = await requests();
      if (length === before) return length;
      before = length;
      await sleep(1500);
    }
  }

  // Tests before this one may have sent webhooks to the Worker, which remembers it. The sandbox sends none now.
  test("without webhooks, they come by regular requests", async () => {
    const directory = await opened();
    const { id } = await intercom.users.create({ external_id: "new-1", email: "new-1@example.com" });
    await intercom.users.update(john, { name: "John Changed" });
    await eventually(directory, "new-1@example.com", (rows) => expect(idsOf(rows)).toEqual([id]));
    await eventually(directory, "john changed", (rows) => expect(idsOf(rows)).toEqual([john]));
  });

  test("a request that Intercom rejects is sent again", async () => {
    const directory = await opened();
    await fault("status:500", { path: "/contacts/search", times: 3 });
    await intercom.users.update(john, { name: "John After" });
    await eventually(directory, "john after", (rows) => expect(rows).toHaveLength(1));
    expect(directory.progress).toMatchObject({ state: "complete", error: undefined });
  });

  test("with webhooks, they come as live events", async () => {
    await subscribe({ url: `${WORKER_URL}/edge/webhooks/intercom`, secret: CLIENT_SECRET });
    // The Worker knows that it has webhooks when the first one has arrived.
    await intercom.users.update(john, { name: "John First" });
    const directory = await opened({ refreshInterval: 1000 });
    await vi.waitFor(() => expect(directory.progress.live).toBe(true), { timeout: 20_000 });
    const before = await requestsWhenQuiet();
    await intercom.users.update(john, { name: "John Second", custom_attributes: { plan: "gold" } });
    await eventually(directory, "john second", (rows) => expect(rows[0]?.custom_attributes.plan).toBe("gold"));
    expect(await requestsWhenQuiet()).toBe(before + 1);
    const { id } = await intercom.users.create({ external_id: "new-2", email: "new-2@example.com" });
    await eventually(directory, "new-2@example.com", (rows) => expect(idsOf(rows)).toEqual([id]));
    await intercom.contacts.tags.add(id, "101");
    await eventually(directory, { where: { external_id: "new-2", tags: "101" } }, (rows) => {
      expect(idsOf(rows)).toEqual([id]);
      expect(rows[0].tags.data[0].name).toBeTypeOf("string");
    });
    // New contacts are removed: the Worker keeps the removals, and other tests have the same first contacts.
    const { id: archived } = await intercom.users.create({ external_id: "new-3", email: "new-3@example.com" });
    await eventually(directory, "new-3@example.com", (rows) => expect(idsOf(rows)).toEqual([archived]));
    await intercom.users.delete(id);
    await intercom.contacts.archive(archived);
    await eventually(directory, "new-2@example.com", (rows) => expect(rows).toEqual([]));
    await eventually(directory, { where: { id: archived } }, (rows) => expect(rows).toEqual([]));
  });
});
