// Exports of the sandbox's contacts, companies and conversations: which rows a caller gets, and in which form.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { idsOf, openExport, parsedCsv, readExport } from "../export.mjs";
import { serve } from "../gate.mjs";
import { ask, everybody, intercom, reset } from "../sandbox.mjs";
import { firstError } from "../worker.mjs";

const { SANDBOX_URL } = process.env;
const PROGRESS = JSON.parse(readFileSync(new URL("../../src/edge/openapi.json", import.meta.url), "utf8")).components
  .schemas.ExportProgress;

let worker;
beforeAll(async () => {
  worker = await serve("export", { url: SANDBOX_URL });
});
beforeEach(() => reset({ contacts: 300, search_delay_ms: 0, limit_per_10s: 100_000 }));
afterAll(() => worker?.stop());

const read = (query, options) => readExport(worker, query, options);

/** Reads an export that has to be complete. */
async function complete(query) {
  const exported = await read(query);
  expect([exported.status, exported.broken], JSON.stringify(exported.body)).toEqual([200, false]);
  return exported;
}

/** Reads a file of CSV: its names and its rows, each an object of cells. */
async function table(query = {}) {
  const response = await openExport(worker, { format: "csv", ...query });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  expect(text.replaceAll(/"(?:[^"]|"")*"/g, "").replaceAll("\r\n", "")).not.toContain("\n");
  const [names, ...rows] = parsedCsv(text);
  for (const row of rows) expect(row).toHaveLength(names.length);
  return { response, names, rows: rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]]))) };
}

const everyone = async () => [...(await everybody("user")), ...(await everybody("lead"))];

describe("contacts", () => {
  test.each([-720, -480, 0, 330, 540, 840])(
    "are all exported once, where the workspace is %i minutes ahead of UTC",
    async (utc_offset_minutes) => {
      await reset({ contacts: 3_000, search_delay_ms: 0, limit_per_10s: 100_000, utc_offset_minutes });
      const { rows } = await complete();
      expect(rows).toHaveLength(3_000);
      expect(idsOf(rows)).toEqual(idsOf(await everyone()));
    },
  );

  test("are Intercom's objects, unchanged, one on each line", async () => {
    const { rows, headers } = await complete();
    expect(headers.get("content-type")).toBe("application/x-ndjson");
    const byId = new Map((await everyone()).map((person) => [person.id, person]));
    expect(rows).toHaveLength(byId.size);
    for (const row of rows) expect(row).toEqual(byId.get(row.id));
  });

  test.each(["user", "lead"])("have the role %s, if it is chosen", async (role) => {
    const { rows } = await complete({ role });
    expect(idsOf(rows)).toEqual(idsOf(await everybody(role)));
    expect(new Set(rows.map((row) => row.role))).toEqual(new Set([role]));
  });

  test("are none in an empty workspace, also as CSV", async () => {
    await reset({ contacts: 0, search_delay_ms: 0 });
    const { rows, markers } = await complete({ markers: "true" });
    expect(rows).toEqual([]);
    expect(markers.map(({ state, total }) => [state, total])).toEqual([
      ["running", 0],
      ["done", 0],
    ]);
    expect((await table({ fields: "email" })).rows).toEqual([]);
  });

  test("that are archived or merged are left out", async () => {
    const [first, second] = await everybody("user");
    const [lead] = await everybody("lead");
    await intercom("POST", `/contacts/${first.id}/archive`);
    await intercom("POST", "/contacts/merge", { from: lead.id, into: second.id });
    const ids = idsOf((await complete()).rows);
    expect(ids).toHaveLength(298);
    expect(ids).not.toContain(first.id);
    expect(ids).not.toContain(lead.id);
    expect(ids).toContain(second.id);
  });
});

describe("fields", () => {
  test("are those that were chosen, and the id", async () => {
    const { rows } = await complete({
      fields: "email,location.country,custom_attributes.plan,custom_attributes.seats",
    });
    const byId = new Map((await everyone()).map((person) => [person.id, person]));
    expect(rows).toHaveLength(300);
    for (const row of rows) {
      const { id, email, location, custom_attributes } = byId.get(row.id);
      const pick = (object, names) =>
        Object.fromEntries(names.filter((name) => name in object).map((name) => [name, object[name]]));
      const attributes = pick(custom_attributes, ["plan", "seats"]);
      expect(row).toEqual({
        id,
        email,
        location: pick(location, ["country"]),
        ...(Object.keys(attributes).length > 0 && { custom_attributes: attributes }),
      });
    }
  });

  test("may be a whole object, which includes its members", async () => {
    const { rows } = await complete({ fields: "location.city,location,custom_attributes" });
    const byId = new Map((await everyone()).map((person) => [person.id, person]));
    for (const row of rows) {
      const { id, location, custom_attributes } = byId.get(row.id);
      expect(row).toEqual({ id, location, custom_attributes });
    }
  });

  test.each([
    ["emial", "contacts"],
    ["location.planet", "contacts"],
    ["email.domain", "contacts"],
    ["", "contacts"],
    ["custom_attributes.nothing", "contacts"],
    ["email", "companies"],
    ["email", "conversations"],
  ])("of the name %j are rejected for %s", async (fields, of) => {
    const { status, body } = await read({ fields, of });
    expect([status, body.type, body.errors[0].code, body.errors[0].field]).toEqual([
      400,
      "error.list",
      "parameter_invalid",
      "fields",
    ]);
    expect(body.errors[0].message).toContain(`field ${fields}`);
  });
});

describe("a file of CSV", () => {
  const custom = (names) => names.filter((name) => name.startsWith("custom_attributes."));

  test("has the same header every time, with a column for each custom attribute", async () => {
    const first = await table();
    expect(first.response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(first.rows).toHaveLength(300);
    expect(first.names[0]).toBe("id");
    expect(first.names).toEqual(expect.arrayContaining(["email", "created_at", "location.country"]));
    expect(custom(first.names)).toEqual(
      ["budget", "plan", "renewal_at", "seats", "trial"].map((name) => `custom_attributes.${name}`),
    );
    await reset({ contacts: 5, seed: 9, search_delay_ms: 0 });
    expect((await table()).names).toEqual(first.names);
    await intercom("POST", "/data_attributes", { name: "color", model: "contact", data_type: "string" });
    const more = (await table()).names;
    expect(more).toHaveLength(first.names.length + 1);
    expect(custom(more)).toEqual(custom(more).toSorted());
    expect(more.filter((name) => name !== "custom_attributes.color")).toEqual(first.names);
  });

  test("has the values of the contacts, and no text that a spreadsheet runs", async () => {
    const odd = [
      "=1+1",
      "+44 20",
      "-1",
      "@SUM(A1)",
      "\t=1",
      "\r=1",
      "\n=1",
      'say "hi"',
      "a,b",
      "two\nlines",
      "two\r\nlines",
      "a;b",
      "ö 日本 🎉",
    ];
    const people = (await everybody("user")).slice(0, odd.length);
    for (const [at, name] of odd.entries())
      await intercom("PUT", `/contacts/${people[at].id}`, { name, custom_attributes: { plan: name, seats: -at } });
    const { rows } = await table({ fields: "name,custom_attributes.plan,custom_attributes.seats" });
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const [at, name] of odd.entries()) {
      const cell = /^[=+\-@\t\r\n]/.test(name) ? `'${name}` : name;
      expect(byId.get(people[at].id)).toEqual({
        id: people[at].id,
        name: cell,
        "custom_attributes.plan": cell,
        // A number is no formula.
        "custom_attributes.seats": String(-at),
      });
    }
  });

  test("has numbers, truth values, dates and lists as JSON, and nothing for null", async () => {
    const { rows } = await table({
      fields: "email,created_at,unsubscribed_from_emails,tags,custom_attributes.trial,custom_attributes.budget",
    });
    const byId = new Map((await everyone()).map((person) => [person.id, person]));
    const json = (value) => (value === null || value === undefined ? "" : JSON.stringify(value));
    for (const row of rows) {
      const { email, created_at, unsubscribed_from_emails, tags, custom_attributes } = byId.get(row.id);
      expect(row).toMatchObject({
        email: email ?? "",
        created_at: String(created_at),
        unsubscribed_from_emails: String(unsubscribed_from_emails),
        "custom_attributes.trial": json(custom_attributes.trial),
        "custom_attributes.budget": json(custom_attributes.budget),
      });
      expect(JSON.parse(row.tags)).toEqual(tags);
    }
    expect(rows.some((row) => row["custom_attributes.trial"] === "")).toBe(true);
    expect(rows.some((row) => row["custom_attributes.trial"] === "true")).toBe(true);
  });

  test.each(["companies", "conversations"])("of %s has a row for each", async (of) => {
    const { rows, names } = await table({ of });
    expect(names[0]).toBe("id");
    expect(idsOf(rows)).toEqual(idsOf((await complete({ of })).rows));
  });
});

describe("conversations", () => {
  test("are all exported once", async () => {
    const { rows } = await complete({ of: "conversations" });
    const found = await intercom("GET", "/conversations?per_page=150");
    expect(found.conversations.length).toBe(48);
    expect(idsOf(rows)).toEqual(idsOf(found.conversations));
    expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(["conversation"]));
  });
});

describe("companies", () => {
  test("are all exported once, as a scroll", async () => {
    const { rows, markers } = await complete({ of: "companies", markers: "true" });
    expect(rows).toHaveLength(120);
    const all = Array.from({ length: 120 }, (_, at) => `company-${at + 1}`);
    expect(rows.map(({ company_id }) => company_id).sort()).toEqual(all.sort());
    for (const { resume, total, ranges } of markers) expect([resume, total, ranges]).toEqual([null, null, 1]);
    expect(markers.at(-1)).toMatchObject({ state: "done", rows: 120, ranges_done: 1 });
  });

  test("are rejected with Intercom's error while another scroll is open", async () => {
    await ask("GET", "/companies/scroll");
    const { body, markers, rows, status } = await read({ of: "companies", markers: "true" });
    expect([status, rows.length]).toEqual([200, 0]);
    expect(body).toBeUndefined();
    expect(markers.at(-1)).toMatchObject({ state: "failed", resume: null, errors: [{ code: "scroll_exists" }] });
  });

  test.each([{ since: "2026-01-01" }, { role: "user" }])("can't be selected by %j", async (query) => {
    const { status, body } = await read({ of: "companies", ...query });
    expect([status, body.errors[0].field]).toEqual([400, Object.keys(query)[0]]);
  });
});

describe("markers", () => {
  /** Checks a marker by the description in OpenAPI. */
  function expectDescribed({ at, ...marker }) {
    const types = {
      integer: Number.isInteger,
      null: (value) => value === null,
      string: (value) => typeof value === "string",
      array: Array.isArray,
    };
    for (const name of PROGRESS.required) expect(marker).toHaveProperty(name);
    for (const [name, value] of Object.entries(marker)) {
      const { type, const: only, enum: names, minimum } = PROGRESS.properties[name] ?? {};
      if (type)
        expect(
          [type].flat().some((one) => types[one](value)),
          `${name}: ${value}`,
        ).toBe(true);
      else expect(names ?? [only]).toContain(value);
      if (minimum !== undefined) expect(value).toBeGreaterThanOrEqual(minimum);
    }
  }

  test("are as OpenAPI describes them: the first, one after each page, and the last", async () => {
    await reset({ contacts: 1_000, search_delay_ms: 0, limit_per_10s: 100_000 });
    const { rows, markers } = await complete({ markers: "true" });
    for (const marker of markers) {
      expectDescribed(marker);
      expect(marker.rows).toBe(marker.at);
      expect(marker.total).toBe(1_000);
      expect(marker.ranges_done).toBeLessThanOrEqual(marker.ranges);
    }
    const first = markers[0];
    expect(first).toMatchObject({ at: 0, rows: 0, state: "running", estimated_end_at: null, next: null });
    const last = markers.at(-1);
    expect(last).toMatchObject({ at: 1_000, rows: 1_000, state: "done", resume: null, next: expect.any(String) });
    expect(last.ranges_done).toBe(last.ranges);
    for (const marker of markers.slice(0, -1))
      expect(marker).toMatchObject({ state: "running", next: null, resume: expect.any(String) });
    // No page has more rows than a page of Intercom.
    for (const [before, { at }] of markers.slice(1).entries()) expect(at - markers[before].at).toBeLessThanOrEqual(150);
    expect(rows).toHaveLength(1_000);
  });

  test("are left out unless they are requested", async () => {
    for (const markers of [undefined, "false"]) expect((await complete({ markers })).markers).toEqual([]);
  });
});

describe("a request", () => {
  test.each(["HEAD", "POST", "PUT", "DELETE"])("of the method %s is 405", async (method) => {
    const answer = await worker.ask("/edge/export", { method });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET"]);
  });

  test.each([
    ["limit=5", "limit"],
    ["of=people", "of"],
    ["of=", "of"],
    ["role=visitor", "role"],
    ["of=conversations&role=user", "role"],
    ["format=xml", "format"],
    ["markers=yes", "markers"],
    ["format=csv&markers=true", "markers"],
    ["format=csv&resume=x", "resume"],
    ["since=yesterday", "since"],
    ["overlap=-1", "overlap"],
    ["overlap=86401", "overlap"],
    ["resume=", "resume"],
  ])("with %s is 400, and names the parameter", async (query, field) => {
    const answer = await worker.ask(`/edge/export?${query}`);
    expect(answer.status, answer.text).toBe(400);
    expect([answer.body.type, firstError(answer).code, firstError(answer).field]).toEqual([
      "error.list",
      "parameter_invalid",
      field,
    ]);
  });

  test("is 503, and names the binding, where EXPORTERS is missing", async () => {
    const unbound = await serve("export-unbound", { url: SANDBOX_URL }, { unbound: ["EXPORTERS"] });
    try {
      const answer = await unbound.ask("/edge/export");
      expect([answer.status, firstError(answer).code]).toEqual([503, "service_unavailable"]);
      expect(firstError(answer).message).toBe("The Worker is not set up: the binding EXPORTERS is missing");
      const { body } = await unbound.ask("/edge/health");
      expect([body.status, body.missing_bindings]).toEqual(["failing", ["EXPORTERS"]]);
      expect((await unbound.ask("/contacts", { headers: { "intercom-version": "2.14" } })).status).toBe(200);
    } finally {
      await unbound.stop();
    }
  });

  test("needs a caller key", async () => {
    expect((await worker.ask("/edge/export", { as: null })).status).toBe(401);
  });
});
