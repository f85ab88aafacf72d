// `npm run key`: a new caller's key, and the line for the Worker.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localCallerKey } from "../../cli/caller-key.mjs";
import { settingsFromEnvironment } from "../../cli/settings.mjs";
import { root } from "../../scripts/paths.mjs";
import { serve, standIn } from "../gate.mjs";
import { ask } from "../worker.mjs";

const folder = mkdtempSync(join(tmpdir(), "intercom-edge-key-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the script; gives how it ended and what it said. */
async function run(...args) {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [join(root, "cli/commands/key.mjs"), ...args])) };
  } catch ({ code, stdout, stderr }) {
    return { code, stdout, stderr };
  }
}

/** The key and the line that it printed. */
async function made(...args) {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stderr]).toEqual([0, ""]);
  const key = stdout.match(/^ {2}([\w-]{43})$/m)[1];
  const line = stdout.match(/^ {2}(\[.*\])$/m)[1];
  return { key, line, entries: JSON.parse(line), stdout };
}

async function refused(why, ...args) {
  const { code, stdout, stderr } = await run(...args);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toMatch(why);
  expect(stderr).toContain("What to do: ");
  expect(stderr).not.toMatch(/\n\s+at /);
}

const file = (name, text) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const BASIC = ["--name", "dashboard", "--scopes", "contacts:read"];

test("--help lists every scope, and makes no key", async () => {
  const { code, stdout } = await run("--help");
  expect(code).toBe(0);
  for (const word of [
    "--name",
    "--scopes",
    "--expires",
    "--origins",
    "--add-to",
    "contacts:read",
    "messages:send",
    "edge:admin",
    "workflows:read",
    "CALLER_KEYS_2",
  ]) {
    expect(stdout).toContain(word);
  }
  expect(stdout).not.toMatch(/^ {2}[\w-]{43}$/m);
  const scopes = stdout.split("Scopes:")[1].match(/[a-z_]+:[a-z]+/g);
  expect(scopes.length).toBeGreaterThan(60);
  expect(new Set(scopes).size).toBe(scopes.length);
});

test("the line holds the hash of the key, and the key nowhere", async () => {
  const { key, line, entries, stdout } = await made(...BASIC);
  expect(entries).toEqual([
    { name: "dashboard", sha256: createHash("sha256").update(key).digest("hex"), scopes: ["contacts:read"] },
  ]);
  expect(line).not.toContain(key);
  expect(stdout.split(key)).toHaveLength(2);
  expect((await made(...BASIC)).key).not.toBe(key);
});

test("--expires is a day's start in UTC, or a number of days", async () => {
  const expiry = async (text) => (await made(...BASIC, "--expires", text)).entries[0].expires_at;
  expect(await expiry("2099-12-31")).toBe(Date.UTC(2099, 11, 31) / 1000);
  const before = Math.floor(Date.now() / 1000);
  const days = (await expiry("90d")) - 90 * 86_400;
  expect(days).toBeGreaterThanOrEqual(before);
  expect(days).toBeLessThanOrEqual(Date.now() / 1000);
});

test("--origins may be an app's or an extension's", async () => {
  const origins = ["capacitor://localhost", "chrome-extension://abcdefghijklmnopabcdefghijklmnop"];
  const { entries } = await made("--name", "app", "--scopes", "contacts:read", "--origins", origins.join(","));
  expect(entries[0].origins).toEqual(origins);
});

test("--origins and --scopes are lists, with or without spaces", async () => {
  const { entries } = await made(
    "--name",
    "a.b_c-1",
    "--scopes",
    "contacts:read, *:read ,messages:send",
    "--origins",
    "https://a.example, http://localhost:5173",
  );
  expect(entries[0]).toMatchObject({
    name: "a.b_c-1",
    scopes: ["contacts:read", "*:read", "messages:send"],
    origins: ["https://a.example", "http://localhost:5173"],
  });
});

test.each([
  ["nothing", /--name is required/, []],
  ["no name", /--name is required/, ["--scopes", "*"]],
  ["an empty name", /--name is required/, ["--name", "", "--scopes", "*"]],
  ["a name with a space", /--name is required/, ["--name", "a b", "--scopes", "*"]],
  ["a name with a quote", /--name is required/, ["--name", 'a"b', "--scopes", "*"]],
  ["a name with a line break", /--name is required/, ["--name", "a\n", "--scopes", "*"]],
  ["a name of 65 letters", /--name is required/, ["--name", "a".repeat(65), "--scopes", "*"]],
  ["no scopes", /--scopes is required/, ["--name", "a"]],
  ["empty scopes", /--scopes is required/, ["--name", "a", "--scopes", " , "]],
  ["an unknown scope", /Unknown scope contacts:all/, ["--name", "a", "--scopes", "contacts:read,contacts:all"]],
  ["a scope in capitals", /Unknown scope Contacts:read/, ["--name", "a", "--scopes", "Contacts:read"]],
  ["a day that is past", /--expires must be a future date/, [...BASIC, "--expires", "2020-01-01"]],
  ["a day that isn't", /--expires must be a future date/, [...BASIC, "--expires", "2099-02-30"]],
  ["a month that isn't", /--expires must be a future date/, [...BASIC, "--expires", "2099-13-01"]],
  ["a day in words", /--expires must be a future date/, [...BASIC, "--expires", "tomorrow"]],
  ["a time", /--expires must be a future date/, [...BASIC, "--expires", "2099-01-01T00:00:00Z"]],
  ["no days", /--expires must be a future date/, [...BASIC, "--expires", "0d"]],
  ["an empty day", /--expires must be a future date/, [...BASIC, "--expires", ""]],
  ["an origin with a path", /--origins must be like/, [...BASIC, "--origins", "https://a.example/"]],
  ["any origin", /--origins must be like/, [...BASIC, "--origins", "*"]],
  ["an origin with its scheme's port", /--origins must be like/, [...BASIC, "--origins", "https://a.example:443"]],
  ["an origin of a file", /--origins must be like/, [...BASIC, "--origins", "file://a"]],
  ["an origin in capitals", /--origins must be like/, [...BASIC, "--origins", "https://A.example"]],
  ["empty origins", /--origins must be like/, [...BASIC, "--origins", ""]],
  ["an unknown option", /Unknown option '--scope'/, ["--name", "a", "--scope", "*"]],
  ["a word too many", /Unexpected argument 'x'/, [...BASIC, "x"]],
  ["an option without its value", /--name/, ["--scopes", "*", "--name"]],
  ["a file that isn't there", /does not contain a line of CALLER_KEYS/, [...BASIC, "--add-to", "/nowhere"]],
  ["a file without a name", /does not contain a line of CALLER_KEYS/, [...BASIC, "--add-to", ""]],
])("%s is refused in words, and no key is made", (_, why, args) => refused(why, ...args));

describe("--add-to", () => {
  test("keeps what is there, in order, whatever it holds", async () => {
    const first = await made("--name", "first", "--scopes", "*", "--expires", "2099-01-01");
    const second = await made("--name", "second", "--scopes", "admins:read", "--add-to", file("one", first.line));
    expect(second.entries).toEqual([...first.entries, { ...second.entries[1], name: "second" }]);
    expect(second.stdout).toContain("(2 keys)");
    expect(second.stdout).not.toContain("5120");
    expect((await made("--name", "only", "--scopes", "*", "--add-to", file("none", "[]\n"))).entries).toHaveLength(1);
  });

  test("refuses a name that is taken, and a file of something else", async () => {
    const { line } = await made(...BASIC);
    await refused(/A key with the name dashboard already exists/, ...BASIC, "--add-to", file("taken", line));
    for (const [at, text] of [
      "",
      "{}",
      "null",
      "[1]",
      "[{}]",
      '[{"name":"a"}]',
      `CALLER_KEYS=${line}`,
      line.slice(0, -1),
    ].entries()) {
      await refused(/does not contain a line of CALLER_KEYS/, ...BASIC, "--add-to", file(`other-${at}`, text));
    }
  });

  test("warns near what a variable holds, and refuses more", async () => {
    const entry = (at) => ({
      name: `caller-${at}`,
      sha256: "0".repeat(64),
      scopes: ["contacts:read", "messages:send"],
    });
    const line = (count) => JSON.stringify(Array.from({ length: count }, (_, at) => entry(at)));
    const count = (bytes) => {
      let keys = 1;
      while (Buffer.byteLength(line(keys + 1)) < bytes) keys++;
      return keys;
    };
    expect((await made(...BASIC, "--add-to", file("some", line(count(3000))))).stdout).not.toContain("CALLER_KEYS_2");
    const near = await made(...BASIC, "--add-to", file("many", line(count(4500))));
    expect(near.stdout).toMatch(/The line has 4\d{3} of at most 5120 bytes\. Put the next keys in CALLER_KEYS_2/);
    await refused(
      /would have \d{4} bytes, and the limit is 5120/,
      ...BASIC,
      "--add-to",
      file("all", line(count(5120))),
    );
  });
});

describe("the key of npm start", () => {
  const place = () => join(mkdtempSync(join(folder, "start-")), ".caller-key");
  const stored = (file) => readFileSync(file, "utf8").trim();

  test("is created once, and stored for its owner only", () => {
    const file = place();
    const key = localCallerKey({}, file);
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(stored(file)).toBe(key);
    expect(localCallerKey({}, file)).toBe(key);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  // The README reads the key with `KEY=$(cat .caller-key)`.
  test.each([
    ["new", []],
    ["existing", [{}]],
  ])("is the one in CALLER_KEY, which replaces that of a %s file", (_, before) => {
    const file = place();
    for (const env of before) localCallerKey(env, file);
    const key = "k".repeat(32);
    expect(localCallerKey({ CALLER_KEY: key }, file)).toBe(key);
    expect(stored(file)).toBe(key);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(localCallerKey({}, file)).toBe(key);
  });

  test("is rejected if it is short, and the file keeps its key", () => {
    const file = place();
    const key = localCallerKey({}, file);
    expect(() => localCallerKey({ CALLER_KEY: "short" }, file)).toThrow("The caller key in CALLER_KEY is invalid");
    expect(stored(file)).toBe(key);
  });
});

test("npm start takes lines beside its own key, and nothing else", () => {
  const line = (...names) => JSON.stringify(names.map((name) => ({ name, sha256: "0".repeat(64), scopes: ["*"] })));
  expect(settingsFromEnvironment({ CALLER_KEYS: line("a"), CALLER_KEYS_2: line("b") })).toEqual({
    CALLER_KEYS_2: line("a"),
    CALLER_KEYS_3: line("b"),
  });
  // A gap between them does not end the list.
  expect(settingsFromEnvironment({ CALLER_KEYS_10: line("c"), CALLER_KEYS_2: line("b") })).toEqual({
    CALLER_KEYS_2: line("b"),
    CALLER_KEYS_3: line("c"),
  });
  expect(() => settingsFromEnvironment({ CALLER_KEYS_2: "a-key-itself" })).toThrow(
    "CALLER_KEYS_2 is not a line that npm run key prints",
  );
  for (const wrong of ["a-key-itself", "{}", "[1]", "null", line("local")]) {
    expect(() => settingsFromEnvironment({ CALLER_KEYS: wrong }), wrong).toThrow(
      "CALLER_KEYS is not a line that npm run key prints",
    );
  }
});

describe("a Worker that is given the line", () => {
  let intercom;
  let worker;
  let made1;
  let made2;
  beforeAll(async () => {
    made1 = await made("--name", "reader", "--scopes", "contacts:read,admins:read", "--expires", "30d");
    made2 = await made(
      "--name",
      "page",
      "--scopes",
      "*",
      "--origins",
      "https://a.example",
      "--add-to",
      file("line", made1.line),
    );
    intercom = await standIn();
    worker = await serve("key", intercom, { vars: settingsFromEnvironment({ CALLER_KEYS: made2.line }) });
  });
  afterAll(async () => {
    await worker?.stop();
    await intercom?.stop();
  });

  test("lets the callers in, each to what it may", async () => {
    const as = (key, path, headers) =>
      ask(worker.url + path, { headers: { authorization: `Bearer ${key}`, "intercom-version": "2.14", ...headers } });
    expect((await as(made1.key, "/contacts")).status).toBe(200);
    expect((await as(made1.key, "/tags")).status).toBe(403);
    const { body } = await as(made1.key, "/edge/whoami");
    expect(body).toEqual({
      name: "reader",
      scopes: ["admins:read", "contacts:read"],
      expires_at: made1.entries[0].expires_at,
      credential: "key",
    });
    expect((await as(made2.key, "/tags")).status).toBe(403);
    expect((await as(made2.key, "/tags", { origin: "https://a.example" })).status).toBe(200);
    expect(worker.log()).not.toContain(made1.key);
  });
});
