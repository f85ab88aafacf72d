// The cursors of API 1.x's numbered pages keep working when a newer version of the Worker opens them, and an
// older one rejects a newer schema and changes nothing: docs/storage.md, "Versions".

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serve, standIn } from "../gate.mjs";
import { editing, inserting, rowsOf } from "../storage.mjs";
import { firstError } from "../worker.mjs";

/** The table as the first released versions made it (b3d0b3c), without a schema number. */
const SCHEMA_1 = `
CREATE TABLE position (
  list TEXT NOT NULL, "offset" INTEGER NOT NULL, cursor TEXT NOT NULL, expires INTEGER NOT NULL,
  PRIMARY KEY (list, "offset")
) WITHOUT ROWID;`;

const state = mkdtempSync(join(tmpdir(), "intercom-edge-state-"));
let intercom;
let worker;

/** 50 people a page, without an end. */
function page(request) {
  const after = JSON.parse(request.body.length > 0 ? request.body : "{}").pagination?.starting_after ?? "start";
  const data = Array.from({ length: 50 }, (_, at) => ({ type: "contact", id: `${after}-${at}`, role: "user" }));
  return {
    body: { type: "list", data, total_count: 500, pages: { type: "pages", next: { starting_after: `${after}+` } } },
  };
}

beforeAll(async () => {
  intercom = await standIn();
  intercom.reply = page;
  worker = await serve("cursors-schema", intercom, { state });
});
afterAll(async () => {
  await worker?.stop();
  await intercom?.stop();
  rmSync(state, { recursive: true, force: true });
});

const rows = (table) => rowsOf(state, table, "position");
const users = (number) => worker.ask(`/users?page=${number}&per_page=50`, { headers: { "intercom-version": "1.4" } });
/** Restarts the Worker after `work` has changed the stored tables. */
const changed = (work) => worker.restart(() => editing(state, work, "position"));

/** The cursors with which Intercom was asked for one page. */
async function cursorsFor(number) {
  intercom.arrived = [];
  expect((await users(number)).status).toBe(200);
  return intercom.arrived.map(({ body }) => JSON.parse(body).pagination?.starting_after);
}

test("a store of the first releases is brought to the newest schema, and each of its rows is found", async () => {
  expect((await users(1)).status).toBe(200);
  expect((await users(2)).status).toBe(200);
  let stored;
  await changed((database) => {
    stored = database.prepare("SELECT * FROM position").all();
    for (const table of ["position", "schema_number"]) database.exec(`DROP TABLE ${table}`);
    database.exec(SCHEMA_1);
    for (const { offset, ...row } of stored) inserting(database)("position", { ...row, '"offset"': offset });
  });
  expect(stored).toHaveLength(2);
  expect(await cursorsFor(3)).toEqual(["start++"]);
  expect(await cursorsFor(2)).toEqual(["start+"]);
  expect(rows("schema_number")).toEqual([{ number: 1 }]);
  expect(rows("position")).toEqual(
    expect.arrayContaining(stored.map((row) => ({ ...row, expires: expect.any(Number) }))),
  );
});

test("a newer schema is 503 with the reason, nothing is written, and the newer Worker finds everything", async () => {
  await changed((database) => database.exec("UPDATE schema_number SET number = 99"));
  const before = rows("position");
  expect((await users(1)).status, "a first page needs no cursor").toBe(200);
  expect(worker.log()).toMatch(/"cause":"[^"]*schema 99/);
  for (const number of [2, 4]) {
    const rejected = await users(number);
    expect(rejected.status).toBe(503);
    expect(firstError(rejected)).toMatchObject({ code: "service_unavailable" });
    expect(firstError(rejected).message).toContain("schema 99");
  }
  expect((await worker.ask("/admins")).status, "what needs no cursors is served").toBe(200);
  expect(rows("position")).toEqual(before);
  expect(rows("schema_number")).toEqual([{ number: 99 }]);
  await changed((database) => database.exec("UPDATE schema_number SET number = 1"));
  expect(await cursorsFor(3)).toEqual(["start++"]);
});

test("a schema that cannot be read is 503, and the log has the cause", async () => {
  await changed((database) => {
    database.exec("DROP TABLE schema_number");
    database.exec("CREATE VIEW schema_number AS SELECT 1 AS other");
  });
  const rejected = await users(2);
  expect(rejected.status).toBe(503);
  expect(worker.log()).toMatch(/"cause":"SQLITE_ERROR at src/);
});
