// `intercom-edge upgrade`: a project of an older version gets what this version needs, and nothing else changes.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import { exportsOf } from "../../cli/project/module-exports.mjs";
import { missingMigrations } from "../../cli/project/requirements.mjs";
import { withAdded } from "../../cli/project/toml-edit.mjs";
import { root } from "../../scripts/paths.mjs";
import { contentsOf, installIn, intercomEdge, scratchFolder } from "./scratch.mjs";

const OBJECTS = parse(readFileSync(join(root, "wrangler.toml"), "utf8")).durable_objects.bindings;
const CLASSES = OBJECTS.map(({ class_name }) => class_name);

const INDEX = `// Mine.
export { Cursors, default } from "intercom-edge/worker"; // no newline at the end`;

/** A project from the time when the Worker had only the class Cursors. */
const FIRST = `name = "mine" # my Worker
main = "src/index.js"
compatibility_date = "2026-10-01"

[vars]
INTERCOM_API_URL = "https://api.eu.intercom.io"

[assets]
directory = "node_modules/intercom-edge/build/assets"
run_worker_first = ["/*", "!/dashboard", "!/dashboard/*"]

[[durable_objects.bindings]]
name = "CURSORS" # do not change
class_name = "Cursors"

# The class exists.
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Cursors"]

# The second environment has no objects yet.
[env.staging]
name = "mine-staging"

[env.staging.vars]
INTERCOM_API_URL = 'https://api.intercom.io'
`;

function project(config = FIRST, index = INDEX) {
  const folder = scratchFolder({ "wrangler.toml": config, "src/index.js": index, "package.json": '{"private":true}' });
  installIn(folder);
  return folder;
}

/** The lines of `text` that `before` lacks, if `before` is what remains without them. */
function addedLines(before, text) {
  const rest = before.split("\n");
  const added = text.split("\n").filter((line) => {
    if (line !== rest[0]) return true;
    rest.shift();
    return false;
  });
  expect(rest).toEqual([]);
  return added;
}

describe("a project of the first version", () => {
  test("gets bindings, a migration and exports, and can be deployed then", async () => {
    const folder = project();
    const before = await intercomEdge(folder, "deploy", "--dry-run");
    expect(before.stderr).toContain("the binding OUTBOX of a Durable Object is missing");
    expect(before.stderr).toContain("What to do: npx intercom-edge upgrade");

    const { code, stdout, stderr } = await intercomEdge(folder, "upgrade");
    expect([code, stderr]).toEqual([0, ""]);
    const rest = CLASSES.filter((name) => name !== "Cursors").join(", ");
    expect(stdout).toContain(`wrangler.toml: no migration creates the classes ${rest}`);
    expect(stdout).toContain("wrangler.toml: the top level lacks the bindings OUTBOX, SENDERS");
    expect(stdout).toContain("wrangler.toml: [env.staging] lacks the bindings CURSORS, OUTBOX, SENDERS");
    expect(stdout).toContain(`src/index.js: it does not export ${rest}`);

    const after = contentsOf(folder);
    const config = parse(after["wrangler.toml"]);
    expect(config.durable_objects.bindings).toEqual(OBJECTS);
    expect(config.env.staging.durable_objects.bindings).toEqual(OBJECTS);
    expect(config.migrations).toEqual([
      { tag: "v1", new_sqlite_classes: ["Cursors"] },
      { tag: "v2", new_sqlite_classes: CLASSES.filter((name) => name !== "Cursors") },
    ]);
    // Comments and quotes stay.
    expect(addedLines(FIRST, after["wrangler.toml"])).not.toContain("#");
    expect(after["src/index.js"]).toBe(`${INDEX}\nexport * from "intercom-edge/worker";\n`);
    expect(Object.keys(after)).toEqual(["package.json", "src/index.js", "wrangler.toml"]);

    for (const args of [[], ["--env", "staging"]]) {
      const deployed = await intercomEdge(folder, "deploy", "--dry-run", ...args);
      expect(deployed.stderr).toBe("");
      expect(deployed.stdout.match(/ Durable Object$/gm)).toHaveLength(OBJECTS.length);
    }
    const again = await intercomEdge(folder, "upgrade");
    expect(again).toEqual({ code: 0, stderr: "", stdout: "✓ wrangler.toml has all that this version needs.\n" });
    expect(contentsOf(folder)).toEqual(after);
  });

  test("--check reports the same and changes nothing", async () => {
    const folder = project();
    const before = contentsOf(folder);
    const { code, stdout } = await intercomEdge(folder, "upgrade", "--check");
    expect(code).toBe(1);
    expect(stdout).toContain("src/index.js: it does not export");
    expect(stdout).toContain("[env.staging] lacks the bindings");
    expect(contentsOf(folder)).toEqual(before);
  });
});

test("deploy points to upgrade for a missing migration and for a missing export", async () => {
  const folder = scratchFolder();
  await intercomEdge(folder, "init");
  installIn(folder);
  const file = join(folder, "wrangler.toml");
  const text = readFileSync(file, "utf8");
  const migration = `[[migrations]]\ntag = "v2"\nnew_sqlite_classes = ["Outbox", "Sender"]\n`;
  expect(text).toContain(migration);
  writeFileSync(file, text.replace(migration, ""));
  expect((await intercomEdge(folder, "deploy", "--dry-run")).stderr).toMatch(
    /No migration creates Outbox, Sender\.[\s\S]*npx intercom-edge upgrade/,
  );
  expect((await intercomEdge(folder, "upgrade")).code).toBe(0);
  expect(parse(readFileSync(file, "utf8")).migrations.at(-1)).toEqual({
    tag: "v4",
    new_sqlite_classes: ["Outbox", "Sender"],
  });
  expect(addedLines(text.replace(migration, ""), readFileSync(file, "utf8"))).toHaveLength(4);

  writeFileSync(join(folder, "src/index.js"), INDEX);
  const { code, stderr } = await intercomEdge(folder, "deploy", "--dry-run");
  expect(code).toBe(1);
  expect(stderr).toMatch(/not exported in your entrypoint file: Outbox[\s\S]*What to do: npx intercom-edge upgrade/);
});

test("this package's own wrangler.toml and a new project lack nothing", async () => {
  expect(await intercomEdge(root, "upgrade", "--check")).toMatchObject({ code: 0, stderr: "" });
  const folder = scratchFolder();
  await intercomEdge(folder, "init");
  expect(await intercomEdge(folder, "upgrade", "--check")).toMatchObject({ code: 0, stderr: "" });
});

describe("what it can't edit is printed and left alone", () => {
  test("an array in an inline table", async () => {
    const config = FIRST.replace(/\[\[durable_objects.bindings\]\]\n.*\n.*\n/, "").replace(
      "[vars]",
      'durable_objects = { bindings = [{ name = "CURSORS", class_name = "Cursors" }] }\n[vars]',
    );
    const folder = project(config);
    const before = contentsOf(folder);
    const { code, stderr } = await intercomEdge(folder, "upgrade");
    expect(code).toBe(1);
    expect(stderr).toContain("Nothing was changed.");
    expect(stderr).toContain('{ name = "OUTBOX", class_name = "Outbox" },');
    expect(stderr).toContain('export * from "intercom-edge/worker";');
    expect(contentsOf(folder)).toEqual(before);
  });

  test("wrangler.jsonc", async () => {
    const config = `{
      // A comment, and "a string // in quotes"
      "main": "src/index.js", "name": "a//b",
      "durable_objects": { "bindings": [{ "name": "CURSORS", "class_name": "Cursors" }], },
      "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Cursors"] }]
    }`;
    const folder = scratchFolder({ "wrangler.jsonc": config, "src/index.js": INDEX });
    const { code, stdout, stderr } = await intercomEdge(folder, "upgrade");
    expect(code).toBe(1);
    expect(stdout).toContain("wrangler.jsonc: the top level lacks the bindings OUTBOX");
    expect(stderr).toContain("This command can change only wrangler.toml");
    expect(stderr).toContain('{"name":"OUTBOX","class_name":"Outbox"},');
    expect(contentsOf(folder)).toEqual({ "wrangler.jsonc": config, "src/index.js": INDEX });
  });

  test.each([
    ["no configuration", {}, /wrangler\.toml can't be read/],
    ["invalid TOML", { "wrangler.toml": "[" }, /wrangler\.toml is not valid TOML/],
    ["no main module", { "wrangler.toml": 'name = "a"' }, /wrangler\.toml has no main module/],
    ["a main module that is missing", { "wrangler.toml": 'main = "src/a.js"' }, /src\/a\.js can't be read/],
  ])("%s", async (_, files, why) => {
    const folder = scratchFolder(files);
    const { code, stderr } = await intercomEdge(folder, "upgrade");
    expect(code).toBe(1);
    expect(stderr).toMatch(why);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(contentsOf(folder)).toEqual(files);
    expect(existsSync(join(folder, "wrangler.toml.tmp"))).toBe(false);
  });
});

describe("the edit of TOML", () => {
  const TABLE = { name: "B", class_name: "C" };
  const PATH = ["durable_objects", "bindings"];
  const B = '{ name = "B", class_name = "C" }';
  const TRICKY = `a = """\n[durable_objects]\n"""\nb = '''x"'''\nd = 2026-10-01 07:00:00Z\n`;
  const BLOCK = '[[durable_objects.bindings]]\nname = "B"\nclass_name = "C"\n';

  test.each([
    ["an empty text", "", `[durable_objects]\nbindings = [\n  ${B},\n]\n`],
    ["no section", "a = 1", `a = 1\n\n[durable_objects]\nbindings = [\n  ${B},\n]\n`],
    [
      "a section without the array",
      "[durable_objects]\nx = 1\n",
      `[durable_objects]\nbindings = [\n  ${B},\n]\nx = 1\n`,
    ],
    ["an empty array", "[durable_objects]\nbindings = []", `[durable_objects]\nbindings = [ ${B} ]`],
    ["one line", "durable_objects.bindings = [{ a = 1 }] # c\n", `durable_objects.bindings = [{ a = 1 }, ${B} ] # c\n`],
    ["a comma at the end", "durable_objects.bindings = [{a=1}, ]", `durable_objects.bindings = [{a=1}, ${B} ]`],
    [
      "several lines with a comma",
      "[durable_objects]\nbindings = [\n\t{ a = 1 }, # one\n\t# two\n]\n[x]\n",
      `[durable_objects]\nbindings = [\n\t{ a = 1 }, # one\n\t# two\n\t${B},\n]\n[x]\n`,
    ],
    [
      "several lines without a comma",
      "[durable_objects]\nbindings = [\n    { a = 1 } # ], }\n  ]\n",
      `[durable_objects]\nbindings = [\n    { a = 1 }, # ], }\n    ${B},\n  ]\n`,
    ],
    [
      "blocks",
      '[[durable_objects.bindings]]\nname = "A" # c\n\n# about x\n[x]\ny = 1\n',
      `[[durable_objects.bindings]]\nname = "A" # c\n\n${BLOCK}\n# about x\n[x]\ny = 1\n`,
    ],
    ["a block at the end", "[[durable_objects.bindings]]\na = 1", `[[durable_objects.bindings]]\na = 1\n\n${BLOCK}`],
    [
      "strings and dates that look like TOML",
      `${TRICKY}"durable_objects"."bindings" = []\n`,
      `${TRICKY}"durable_objects"."bindings" = [ ${B} ]\n`,
    ],
  ])("adds to %s", (_, before, after) => {
    const result = withAdded(before, PATH, [TABLE]);
    expect(result).toBe(after);
    expect(parse(result).durable_objects.bindings.at(-1)).toEqual(TABLE);
    // Windows writes other line ends.
    expect(withAdded(before.replaceAll("\n", "\r\n"), PATH, [TABLE])).toBe(
      before.includes("\n") ? after.replaceAll("\n", "\r\n") : after,
    );
  });
});

test("the classes of all migrations, and a tag that does not collide", () => {
  const required = ["A", "B", "C", "D"].map((name) => ({ name, class_name: name }));
  const migrations = [
    { tag: "v1", new_classes: ["A", "X"] },
    { tag: "v7", renamed_classes: [{ from: "X", to: "B" }], deleted_classes: ["A"] },
    { tag: "later", transferred_classes: [{ from: "Y", from_script: "z", to: "C" }] },
  ];
  expect(missingMigrations({ migrations }, required)).toEqual([{ section: "", tag: "v8", classes: ["A", "D"] }]);
  expect(missingMigrations({}, required)).toMatchObject([{ tag: "v1", classes: ["A", "B", "C", "D"] }]);
  // An environment has the migrations of the top level, or its own. A class of another Worker needs none.
  const bindings = [
    { name: "A", class_name: "A", script_name: "other" },
    { name: "B", class_name: "Renamed" },
  ];
  const own = { migrations: [{ tag: "v1", new_sqlite_classes: ["C"] }], durable_objects: { bindings } };
  expect(missingMigrations({ migrations, env: { own, none: {} } }, required)).toEqual([
    { section: "", tag: "v8", classes: ["A", "D"] },
    { section: "own", tag: "v2", classes: ["Renamed", "D"] },
  ]);
});

test.each([
  ["export { A, x as B } from './a.js'", ["A", "B"]],
  ["export class A {}\nexport const B = 1; export async function C() {}", ["A", "B", "C"]],
  ["export const { A, x: B } = program", ["A", "B"]],
  ["// export class A {}\n/* export class B {} */ const text = `export class C {}`", []],
  ["export*from'known'", ["Known"]],
  ["export type { A } from './a.js'", []],
])("the exports of %j", (code, names) => {
  expect([...exportsOf("/main.js", code, { known: ["Known"] })]).toEqual(names);
});

test("the exports of files that the main module re-exports", () => {
  const folder = scratchFolder({
    "a.js": 'export * from "./b.js"; export class A {}',
    "b.js": 'export * from "./a.js"; export * from "missing"; export class B {}',
  });
  const main = 'export * from "./a.js";';
  expect([...exportsOf(join(folder, "index.js"), main, {})].sort()).toEqual(["A", "B"]);
});
