// Exports that continue after their connection broke: the rest is exactly what is missing.

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { DAY, FIRST_DAY, idsOf, isMarker, isSearch, peopleOf, readExport, searchOf, workspaceOf } from "../export.mjs";
import { gate } from "../gate.mjs";
import { dice } from "../soak/dice.mjs";

const it = gate("export-resume", { keys: { all: ["*"], companies: ["companies:read"] } });
const read = (query, options) => readExport(it, { markers: "true", ...query }, options);
const opened = (token) => JSON.parse(Buffer.from(token, "base64url"))[1];
const closed = (token, version = 2) => Buffer.from(JSON.stringify([version, token])).toString("base64url");
/** The same token with other content: `o` is the origin, `p` the ranges that are left. */
const forged = (token, { o, p, v, ...change }) => {
  const own = opened(token);
  return closed({ ...own, ...change, o: { ...own.o, ...o }, p: { ...own.p, ...p } }, v);
};

/** Some people of many days, and an import that is divided by the ends of ids. */
const PEOPLE = [
  ...peopleOf(1_500, 300),
  ...peopleOf(1_700, 1).map((person) => ({
    ...person,
    id: `f${person.id.slice(1)}`,
    created_at: person.created_at + 400 * DAY,
  })),
];
const workspace = workspaceOf(PEOPLE);

/** Returns the rows that are complete at the last marker, and its `resume`. */
function received({ rows, markers }) {
  const { at, resume, rows: count } = markers.at(-1);
  return { rows: rows.slice(0, at), resume, count };
}

describe("an export that continues", () => {
  test("after any of its markers has exactly the rows that are missing", async () => {
    it.reply(workspace);
    const whole = await read();
    expect(idsOf(whole.rows)).toEqual(idsOf(PEOPLE));
    expect(whole.markers.length).toBeGreaterThan(20);
    for (const { at, resume } of whole.markers.slice(0, -1)) {
      const rest = await read({ resume });
      expect(rest.markers[0]).toMatchObject({ rows: at, total: PEOPLE.length, state: "running" });
      expect(rest.markers.at(-1)).toMatchObject({ rows: PEOPLE.length, total: PEOPLE.length, state: "done" });
      expect(rest.markers.at(-1).ranges_done).toBe(rest.markers.at(-1).ranges);
      expect(idsOf([...whole.rows.slice(0, at), ...rest.rows])).toEqual(idsOf(PEOPLE));
    }
  });

  test("has them without markers and with a role and fields, too", async () => {
    it.reply(workspace);
    const query = { role: "user", fields: "email" };
    const first = await read(query, { leave: (line) => isMarker(line) && line.rows > 500 });
    const { rows, resume } = received(first);
    const rest = await read({ ...query, resume, markers: undefined });
    expect(rest.markers).toEqual([]);
    expect(idsOf([...rows, ...rest.rows])).toEqual(idsOf(PEOPLE.filter(({ role }) => role === "user")));
  });

  test("keeps its next token: the time when it first began", async () => {
    it.reply(workspace);
    const first = await read({}, { leave: isMarker });
    const began = opened(first.markers[0].resume).o.t;
    const rest = await read({ resume: first.markers[0].resume });
    expect(opened(rest.markers.at(-1).next).t).toBe(began);
  });

  test.each([1, 2, 3])("again and again has each row once (seed %i)", async (seed) => {
    it.reply(workspace);
    const random = dice(seed);
    const rows = [];
    let resume;
    for (let connections = 1; ; connections++) {
      let lines = 0;
      const end = 1 + random.below(700);
      const part = await read({ resume }, { leave: () => ++lines > end });
      const complete = received(part);
      rows.push(...complete.rows);
      if (part.markers.at(-1).state === "done") {
        expect(connections).toBeGreaterThan(3);
        break;
      }
      expect(part.left).toBe(true);
      expect(complete.count).toBe(rows.length);
      ({ resume } = complete);
    }
    expect(idsOf(rows)).toEqual(idsOf(PEOPLE));
  });

  test("after the search by the ends of ids was rejected reads the day as a whole again", async () => {
    it.reply((request) =>
      isSearch(request) && request.body.includes('"operator":"$"')
        ? { status: 400, body: { type: "error.list", errors: [{ code: "invalid_field", message: "No" }] } }
        : workspace(request),
    );
    const whole = await read();
    expect(idsOf(whole.rows)).toEqual(idsOf(PEOPLE));
    for (const { at, resume } of whole.markers.slice(0, -1).filter((_, number) => number % 3 === 0)) {
      const rest = await read({ resume });
      expect(rest.markers.at(-1)).toMatchObject({ state: "done" });
      expect(idsOf([...whole.rows.slice(0, at), ...rest.rows])).toEqual(idsOf(PEOPLE));
    }
  });
});

describe("a resume token", () => {
  async function tokenOf(query = {}) {
    it.reply(workspace);
    const { markers } = await read(query, { leave: (line) => isMarker(line) && line.rows > 0 });
    return markers.at(-1).resume;
  }
  async function rejection(query) {
    const { status, body } = await read(query);
    return [status, body?.errors[0].code, body?.errors[0].field];
  }
  const REJECTED = [400, "parameter_invalid", "resume"];

  test.each([
    [{}, { role: "user" }],
    [{ role: "user" }, { role: "lead" }],
    [{}, { fields: "email" }],
    [{}, { since: "2026-01-01" }],
    [{}, { overlap: "5" }],
    [{}, { of: "conversations" }],
  ])("of the export %j is rejected for %j", async (made, used) => {
    const resume = await tokenOf(made);
    const asked = it.arrived().length;
    expect(await rejection({ ...used, resume })).toEqual(REJECTED);
    expect(it.arrived().length - asked).toBeLessThan(20);
  });

  test("of another workspace is rejected", async () => {
    const resume = await tokenOf();
    it.reply(workspaceOf(PEOPLE, { app: "other" }));
    const { status, body } = await read({ resume });
    expect([status, body.errors[0].field]).toEqual([400, "resume"]);
    expect(body.errors[0].message).toContain("another workspace");
  });

  test("of companies is rejected: a scroll can't continue, and ranges are of contacts", async () => {
    const { q } = opened(await tokenOf()).o;
    const day = [FIRST_DAY - DAY, FIRST_DAY + 400 * DAY, 400 * DAY];
    const ranges = { s: [day], e: [], r: [], d: 0, i: false };
    const forgery = (query) => ({ o: { w: "abc123", t: 0, q: query }, n: 0, m: null, p: ranges });
    // Its hash of the query isn't secret: it is in the token of a caller who may read contacts.
    const hashes = [q, createHash("sha256").update("companies\n\n\n\n").digest("hex").slice(0, 16)];
    for (const hash of hashes) {
      const { status, body, rows } = await read(
        { of: "companies", resume: closed(forgery(hash)) },
        { as: "companies" },
      );
      expect([rows.length, status, body?.errors[0].field]).toEqual([0, 400, "resume"]);
    }
  });

  test("that is damaged is rejected", async () => {
    const resume = await tokenOf();
    for (const damaged of [
      resume.slice(0, -2),
      resume.slice(0, 20),
      `x${resume}`,
      `${resume.slice(0, 30)}!${resume.slice(31)}`,
      "e30",
      "x".repeat(15_500),
    ])
      expect(await rejection({ resume: damaged }), damaged.slice(0, 40)).toEqual(REJECTED);
  });

  test("that is forged is rejected, or gives rows, and the Worker lives on", async () => {
    const resume = await tokenOf();
    const { s: spans, r: started } = opened(resume).p;
    for (const change of [
      { p: { s: [[0, DAY * 10, 0]] } },
      { p: { s: [[0, DAY * 10, 1]] } },
      { p: { s: [[DAY, 0, DAY]] } },
      { p: { s: [[-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, DAY]] } },
      { p: { e: [[0, DAY, '"}', 1, 0]] } },
      { p: { e: [[0, DAY, "", 200, 0]] } },
      { p: { e: [[0, DAY, "", 1, 4_000_000_000]] } },
      { p: { r: [[0, DAY, "xyz", null, 0]] } },
      { p: { r: [[DAY, 0, "", null, 0]] } },
      { p: { s: "all" } },
      { p: { d: -1 } },
      { p: { d: Number.MAX_SAFE_INTEGER } },
      { v: "one" },
      { v: 1 },
    ])
      expect(await rejection({ resume: forged(resume, change) }), JSON.stringify(change)).toEqual(REJECTED);
    for (const change of [
      { n: Number.MAX_SAFE_INTEGER, m: 0 },
      { n: 0, m: Number.MAX_SAFE_INTEGER },
      { p: { r: started.map(([after, until, id, cursor]) => [after, until, id, cursor, Number.MAX_SAFE_INTEGER]) } },
      { p: { s: [], r: [] } },
      { o: { t: -Number.MAX_SAFE_INTEGER } },
      { p: { s: [...spans, ...spans] } },
    ]) {
      const { status, markers, broken } = await read({ resume: forged(resume, change) });
      expect([200, 400], JSON.stringify(change)).toContain(status);
      if (status === 200) expect([["done", "failed"].includes(markers.at(-1).state), broken]).toEqual([true, false]);
    }
    it.reply(workspace);
    expect((await read()).markers.at(-1).state).toBe("done");
  });

  test("fits into an address, however large the workspace is", async () => {
    // 10,000,000 people, as many on each day: the stand-in answers with no rows.
    const first = 1_500_000_000;
    it.reply((request) => {
      if (!isSearch(request)) return workspace(request);
      const { isEnd, descending } = searchOf(request);
      const person = { type: "contact", id: "1", created_at: descending ? first + 1_000 * DAY : first };
      return {
        body: { type: "list", data: isEnd ? [person] : [], total_count: isEnd ? 10_000_000 : 1, pages: { next: null } },
      };
    });
    const { markers } = await read();
    expect(markers.at(-1).state).toBe("done");
    for (const { resume } of markers) expect((resume ?? "").length).toBeLessThan(12_000);
  });
});
