// Exports while contacts are created, changed, merged, archived and deleted, and connections break: the short version
// of `npm run soak -- exports`. `SEED=7 npx vitest run --project=edge tests/edge/export-model` draws other exports.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve } from "../gate.mjs";
import { reset } from "../sandbox.mjs";
import { check, soakExports } from "../soak/export.mjs";

const { ACCESS_TOKEN, SANDBOX_URL } = process.env;
const SEED = Number(process.env.SEED ?? 20261128);

let worker;
beforeAll(async () => {
  worker = await serve("export-model", { url: SANDBOX_URL });
});
afterAll(async () => {
  await worker?.stop();
  await reset();
});

test(`24 exports are exact, whatever changes (seed ${SEED})`, { timeout: 300_000 }, async () => {
  const sandbox = { url: SANDBOX_URL, token: ACCESS_TOKEN };
  const { results, counts } = await soakExports({ worker, sandbox, seed: SEED, runs: 24 });
  console.log(
    Object.entries(counts)
      .map(([name, count]) => `${name}: ${count}`)
      .join(", "),
  );
  expect(results.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  expect(counts).toMatchObject({ runs: 24, missing: 0, duplicates: 0 });
  // Most exports are read in parts, and many changes are made to each.
  expect(counts.connections).toBeGreaterThan(30);
  expect(counts.changes).toBeGreaterThan(1_000);
});

describe("the check", () => {
  const person = (id, more) => ({ id, role: "user", updated_at: 100, ...more });
  const before = ["a", "b", "c", "d"].map((id) => person(id));
  /** Checks an export of everyone in `before`, except for what is given. */
  const checked = (given) =>
    check({
      before,
      gone: new Set(["g", "h"]),
      left: new Set(["d"]),
      restored: new Set(["h"]),
      created: new Set(["n"]),
      rows: ["a", "b", "c"].map((id) => person(id)),
      ...given,
    });
  const rows = (...ids) => ids.map((id) => person(id));
  const none = { missing: [], duplicates: [], "gone before": [], unknown: [], "not selected": [] };

  test.each([
    ["those that stay", { rows: rows("c", "a", "b") }],
    ["one that left", { rows: rows("a", "b", "c", "d") }],
    ["a new and a restored one", { rows: rows("a", "b", "c", "n", "h") }],
    ["only one role", { role: "user", before: [...before, person("l", { role: "lead" })] }],
    ["only what changed", { since: 99, before: [...before, person("o", { updated_at: 99 })] }],
  ])("accepts an export with %s", (_, given) => {
    expect(checked(given)).toEqual(none);
  });

  test.each([
    ["a row that is missing", { rows: rows("a", "c") }, { missing: ["b"] }],
    ["a row that comes twice", { rows: rows("a", "b", "c", "a") }, { duplicates: ["a"] }],
    ["a new contact that comes twice", { rows: rows("a", "b", "c", "n", "n") }, { duplicates: ["n"] }],
    ["one that left and comes twice", { rows: rows("a", "b", "c", "d", "d") }, { duplicates: ["d"] }],
    ["one that was gone before", { rows: rows("a", "b", "c", "g") }, { "gone before": ["g"] }],
    ["an unknown one", { rows: rows("a", "b", "c", "x") }, { unknown: ["x"] }],
    [
      "another role",
      { role: "user", rows: [...rows("a", "b", "c"), person("n", { role: "lead" })] },
      { "not selected": ["n"] },
    ],
    [
      "an old one",
      { since: 99, rows: [...rows("a", "b", "c"), person("n", { updated_at: 99 })] },
      { "not selected": ["n"] },
    ],
  ])("finds %s", (_, given, wrong) => {
    expect(checked(given)).toEqual({ ...none, ...wrong });
  });
});
