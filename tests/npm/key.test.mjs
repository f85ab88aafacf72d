// The command `intercom-edge key`: caller keys, the file with the line for the Worker, and the Worker's secret.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localCallerKey } from "../../cli/keys/caller-key.mjs";
import { readKeyFile, writeKeyFile } from "../../cli/keys/file.mjs";
import { PRESETS } from "../../cli/keys/presets.mjs";
import { settingsFromEnvironment } from "../../cli/serve/settings.mjs";
import { root } from "../../scripts/paths.mjs";
import { serve, standIn } from "../gate.mjs";
import { ask } from "../worker.mjs";

const BUILT_SCOPES = JSON.parse(readFileSync(join(root, "build/edge/scopes.json"), "utf8"));
const DEEP = { recursive: true };

const folder = mkdtempSync(join(tmpdir(), "intercom-edge-key-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command. Returns the exit code and the output. */
const run = (...args) => runWith({}, ...args);

function runWith({ input, cwd = folder, env = {} }, ...args) {
  return new Promise((resolve) => {
    const command = [join(root, "cli/intercom-edge.mjs"), "key", ...args];
    const options = { cwd, env: { ...process.env, ...env } };
    const child = execFile(process.execPath, command, options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
    child.stdin.end(input);
  });
}

/** The key in a report. */
const keyIn = (report) => report.match(/^ {2}([\w-]{43})$/m)[1];

/** Creates a key without a file. Returns the key and the line that were printed. */
async function made(...args) {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stderr]).toEqual([0, ""]);
  const line = stdout.match(/^ {2}(\[.*\])$/m)[1];
  return { key: keyIn(stdout), line, entries: JSON.parse(line), stdout };
}

async function rejected(why, ...args) {
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

test("--help lists every option, preset and scope, and creates no key", async () => {
  const { code, stdout } = await run("--help");
  expect(code).toBe(0);
  const options = ["name", "preset", "scopes", "expires", "origins", "same-as", "rotate", "until", "remove", "list"];
  for (const option of [...options, "file", "put", "secret", "env", "config"]) {
    expect(stdout).toMatch(new RegExp(`^  --${option} `, "m"));
  }
  for (const word of ["CALLER_KEYS_2", "npm run key -- ", "Cloudflare does not show a secret again"]) {
    expect(stdout).toContain(word);
  }
  const presets = stdout.split("\nPresets:\n")[1].split("\n\n")[0];
  for (const [name, { description }] of Object.entries(PRESETS)) {
    expect(presets).toContain(`  ${name.padEnd(10)} ${description}\n`);
  }
  expect(stdout).not.toMatch(/^ {2}[\w-]{43}$/m);
  expect(stdout.split("\n").filter((line) => line.length > 120)).toEqual([]);
  const scopes = stdout.split("Scopes:")[1].match(/[a-z_]+:[a-z]+/g);
  expect(scopes).toHaveLength(BUILT_SCOPES.length);
  expect(new Set(scopes)).toEqual(new Set(BUILT_SCOPES));
});

describe("presets", () => {
  test.each(Object.entries(PRESETS))("the built Worker knows each scope of %s", (_, { scopes }) => {
    expect(scopes.filter((scope) => scope !== "*" && !BUILT_SCOPES.includes(scope))).toEqual([]);
  });

  test("docs/deploy.md lists the presets with their scopes", () => {
    const rows = readFileSync(join(root, "docs/deploy.md"), "utf8").split("| preset | scopes |")[1].split("\n\n")[0];
    const listed = rows
      .split("\n")
      .slice(2)
      .map((row) => row.split("|").map((cell) => cell.match(/[^`\s,]+(?=`)/g)));
    expect(Object.fromEntries(listed.map(([, name, scopes]) => [name[0], scopes]))).toEqual(
      Object.fromEntries(Object.entries(PRESETS).map(([name, { scopes }]) => [name, scopes])),
    );
  });

  test("--preset grants its scopes, and --scopes adds others", async () => {
    const scopesOf = async (...args) => (await made("--name", "a", ...args)).entries[0].scopes;
    expect(await scopesOf("--preset", "script")).toEqual(PRESETS.script.scopes);
    expect(await scopesOf("--preset", "script", "--scopes", "tags:read,contacts:read")).toEqual([
      ...PRESETS.script.scopes,
      "tags:read",
    ]);
    expect(await scopesOf("--preset", "admin")).toEqual(["*"]);
  });

  test("a preset with a scope that the built Worker does not know creates no key", async () => {
    const copy = mkdtempSync(join(folder, "package-"));
    for (const part of ["cli", "package.json", "wrangler.toml"]) cpSync(join(root, part), join(copy, part), DEEP);
    mkdirSync(join(copy, "build/edge"), { recursive: true });
    writeFileSync(join(copy, "build/edge/scopes.json"), JSON.stringify(["contacts:read", "messages:read"]));
    const keyOptions = `import { keyOptions } from ${JSON.stringify(join(copy, "cli/keys/options.mjs"))};
      keyOptions(["--name", "a", "--preset", "script"], 0);`;
    const { stderr } = await new Promise((resolve) =>
      execFile(process.execPath, ["--input-type=module", "-e", keyOptions], (_, stdout, stderr) =>
        resolve({ stdout, stderr }),
      ),
    );
    expect(stderr).toContain("The preset script has the scope messages:send, which the built Worker does not know");
  });
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
  ["an empty name", /--name needs a value/, ["--name", "", "--scopes", "*"]],
  ["a name with a space", /--name must have 1 to 64 letters/, ["--name", "a b", "--scopes", "*"]],
  ["a name with a quote", /--name must have 1 to 64 letters/, ["--name", 'a"b', "--scopes", "*"]],
  ["a name with a line break", /--name must have 1 to 64 letters/, ["--name", "a\n", "--scopes", "*"]],
  ["a name of 65 letters", /--name must have 1 to 64 letters/, ["--name", "a".repeat(65), "--scopes", "*"]],
  ["no scopes", /--preset or --scopes is required/, ["--name", "a"]],
  ["empty scopes", /--preset or --scopes is required/, ["--name", "a", "--scopes", " , "]],
  [
    "an unknown scope",
    /Unknown scope contacts:all.*list the scopes with npx intercom-edge key --help/s,
    ["--name", "a", "--scopes", "contacts:read,contacts:all"],
  ],
  ["a scope in capitals", /Unknown scope Contacts:read/, ["--name", "a", "--scopes", "Contacts:read"]],
  ["a day that is past", /--expires must be a future date/, [...BASIC, "--expires", "2020-01-01"]],
  ["a day that isn't", /--expires must be a future date/, [...BASIC, "--expires", "2099-02-30"]],
  ["a month that isn't", /--expires must be a future date/, [...BASIC, "--expires", "2099-13-01"]],
  ["a day in words", /--expires must be a future date/, [...BASIC, "--expires", "tomorrow"]],
  ["a time", /--expires must be a future date/, [...BASIC, "--expires", "2099-01-01T00:00:00Z"]],
  ["no days", /--expires must be a future date/, [...BASIC, "--expires", "0d"]],
  ["an empty day", /--expires needs a value/, [...BASIC, "--expires", ""]],
  ["an origin with a path", /--origins must be like/, [...BASIC, "--origins", "https://a.example/"]],
  ["any origin", /--origins must be like/, [...BASIC, "--origins", "*"]],
  ["an origin with its scheme's port", /--origins must be like/, [...BASIC, "--origins", "https://a.example:443"]],
  ["an origin of a file", /--origins must be like/, [...BASIC, "--origins", "file://a"]],
  ["an origin in capitals", /--origins must be like/, [...BASIC, "--origins", "https://A.example"]],
  ["empty origins", /--origins needs a value/, [...BASIC, "--origins", ""]],
  ["an unknown option", /Unknown option '--scope'/, ["--name", "a", "--scope", "*"]],
  ["a word too many", /Unexpected argument 'x'/, [...BASIC, "x"]],
  ["an option without its value", /--name/, ["--scopes", "*", "--name"]],
  [
    "an unknown preset",
    /Unknown preset sales.*support, dashboard, script, admin/s,
    ["--name", "a", "--preset", "sales"],
  ],
  ["a preset of JavaScript", /Unknown preset constructor/, ["--name", "a", "--preset", "constructor"]],
  ["a removed option", /Unknown option '--add-to'/, [...BASIC, "--add-to", "file"]],
  ["--list without a file", /--list needs --file/, ["--list"]],
  ["--rotate without a file", /--rotate needs --file/, ["--rotate", "a"]],
  ["--remove without a file", /--remove needs --file/, ["--remove", "a"]],
  ["--put without a file", /--put needs --file/, [...BASIC, "--put"]],
  ["--put with standard input", /--put needs a file/, [...BASIC, "--put", "--file", "-"]],
  ["--put with --list", /can't be used with --put/, ["--list", "--put", "--file", "f"]],
  ["two actions", /only one of --rotate and --list/, ["--list", "--rotate", "a", "--file", "f"]],
  ["scopes in a rotation", /--scopes can't be used with --rotate/, ["--rotate", "a", "--scopes", "*", "--file", "f"]],
  ["--until without a rotation", /--until can't be used without --rotate/, [...BASIC, "--until", "7d"]],
  ["--until in the past", /--until must be a future date/, ["--rotate", "a", "--until", "2020-01-01", "--file", "f"]],
  ["a name in a removal", /--name can't be used with --remove/, ["--remove", "a", "--name", "b", "--file", "f"]],
  ["another secret", /--secret must be CALLER_KEYS/, [...BASIC, "--secret", "INTERCOM_ACCESS_TOKEN"]],
  ["a secret with the number 1", /--secret must be CALLER_KEYS/, [...BASIC, "--secret", "CALLER_KEYS_1"]],
])("%s is rejected with a reason, and no key is created", (_, why, args) => rejected(why, ...args));

/** A folder with a Worker's configuration, and a wrangler that records its arguments and its standard input. */
function project() {
  const cwd = realpathSync(mkdtempSync(join(folder, "project-")));
  const wrangler = join(cwd, "node_modules/wrangler");
  mkdirSync(wrangler, DEEP);
  writeFileSync(join(cwd, "wrangler.toml"), 'name = "edge"\n[env.staging]\nname = "edge-staging"\n');
  writeFileSync(join(wrangler, "package.json"), '{ "name": "wrangler", "bin": { "wrangler": "wrangler.mjs" } }');
  writeFileSync(
    join(wrangler, "wrangler.mjs"),
    `import { appendFileSync, readFileSync } from "node:fs";
    const args = process.argv.slice(2);
    const list = args[1] === "list";
    const call = { args, input: list ? "" : readFileSync(0, "utf8") };
    appendFileSync(${JSON.stringify(join(cwd, "calls"))}, JSON.stringify(call) + ",");
    if (list) console.log(process.env.FAKE_SECRETS ?? "[]");
    process.exitCode = Number((list ? process.env.FAKE_LIST_EXIT : process.env.FAKE_EXIT) ?? 0);`,
  );
  return cwd;
}

describe("--file", () => {
  const entry = (name, more) => ({ name, sha256: "0".repeat(64), scopes: ["contacts:read"], ...more });
  const fileOf = (name, ...entries) => file(name, `${JSON.stringify(entries)}\n`);
  const entriesIn = (path) => JSON.parse(readFileSync(path, "utf8"));
  const only = async (...args) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout;
  };
  /** The command is rejected, and the file is unchanged. */
  const unchanged = async (why, path, ...args) => {
    const before = readFileSync(path, "utf8");
    await rejected(why, ...args, "--file", path);
    expect(readFileSync(path, "utf8")).toBe(before);
    expect(existsSync(`${path}.new`)).toBe(false);
  };

  test("is created for a new key, and gets the next one at its end, readable for this user only", async () => {
    const path = join(folder, "new.json");
    const first = await only(...BASIC, "--file", path);
    expect(entriesIn(path)).toEqual([
      {
        name: "dashboard",
        sha256: createHash("sha256").update(keyIn(first)).digest("hex"),
        scopes: ["contacts:read"],
      },
    ]);
    expect(first).toContain(`npx intercom-edge key --put --file ${path}\n`);
    const [one] = entriesIn(path);
    const second = await only("--name", "b", "--preset", "script", "--file", path, "--secret", "CALLER_KEYS_2");
    expect(entriesIn(path)).toEqual([one, { ...entriesIn(path)[1], name: "b", scopes: PRESETS.script.scopes }]);
    expect(second).toContain(`npx intercom-edge key --put --file ${path} --secret CALLER_KEYS_2\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(2);
    for (const report of [first, second]) expect(readFileSync(path, "utf8")).not.toContain(keyIn(report));
    expect(readdirSync(folder).filter((name) => name.startsWith("new.json"))).toEqual(["new.json"]);
  });

  test("keeps fields that this version does not know, also in a rotation", async () => {
    const path = fileOf("later.json", entry("a", { limit: { daily: 5 } }), entry("b", { later: null }));
    await only("--rotate", "a", "--file", path);
    const [old, other, added] = entriesIn(path);
    expect([old.limit, other, added.limit]).toEqual([{ daily: 5 }, entry("b", { later: null }), { daily: 5 }]);
  });

  test("changes the file behind a symbolic link", async () => {
    const path = fileOf("behind.json", entry("a"));
    const link = join(folder, "link.json");
    symlinkSync(path, link);
    await only("--remove", "a", "--file", link);
    expect([entriesIn(path), lstatSync(link).isSymbolicLink()]).toEqual([[], true]);
  });

  test("a file that has something else is an error, and stays as it is", async () => {
    const line = JSON.stringify([entry("a")]);
    const others = ["", "{}", "null", "[1]", "[{}]", '[{"name":"a"}]', `CALLER_KEYS=${line}`, line.slice(0, -1)];
    const fields = [
      { expires_at: "2027-01-31" },
      { expires_at: 1e300 },
      { scopes: "*" },
      { origins: "*" },
      { same_as: 1 },
    ];
    for (const text of [...others, ...fields.map((field) => JSON.stringify([entry("a", field)]))]) {
      const path = file("malformed.json", text);
      for (const args of [BASIC, ["--list"], ["--remove", "a"]]) {
        await unchanged(/does not contain a line of CALLER_KEYS/, path, ...args);
      }
    }
    await unchanged(/two keys with the name a/, fileOf("twice.json", entry("a"), entry("a")), ...BASIC);
  });

  test("a name that is taken, or that another key shares messages with, is rejected", async () => {
    const path = fileOf("taken.json", entry("dashboard"), entry("b-2", { same_as: "b" }));
    await unchanged(/A key with the name dashboard already exists/, path, ...BASIC);
    await unchanged(/The key b-2 shares the messages of the name b/, path, "--name", "b", "--scopes", "*");
    await only("--name", "b", "--scopes", "*", "--same-as", "b-2", "--file", path);
    expect(entriesIn(path)[2].same_as).toBe("b");
  });

  test("a missing file is an error, unless a key is created", async () => {
    for (const args of [["--list"], ["--rotate", "a"], ["--remove", "a"], ["--put"]]) {
      const cwd = project();
      const { code, stderr } = await runWith({ cwd }, ...args, "--file", "none.json");
      expect([code, stderr]).toEqual([1, expect.stringContaining("There is no file none.json")]);
      expect(existsSync(join(cwd, "none.json"))).toBe(false);
    }
    await rejected(/none\/keys.json can't be written/, ...BASIC, "--file", join(folder, "none", "keys.json"));
    await rejected(/can't be read/, ...BASIC, "--file", folder);
  });

  test("an unknown key is named, with those that exist", async () => {
    const path = fileOf("known.json", entry("a"), entry("b"));
    for (const action of ["--rotate", "--remove"]) {
      await unchanged(/no key with the name c\n.*The names are a, b\./s, path, action, "c");
    }
    await unchanged(/no key with the name c\n.*There are no keys\./s, fileOf("none.json"), "--remove", "c");
  });

  test("two commands at a time lose no key", async () => {
    const path = fileOf("both.json", entry("first"));
    const names = ["a", "b", "c", "d"];
    const ended = await Promise.all(names.map((name) => run("--name", name, "--scopes", "*", "--file", path)));
    const done = names.filter((_, at) => ended[at].code === 0);
    expect(done.length).toBeGreaterThan(0);
    expect(new Set(entriesIn(path).map(({ name }) => name))).toEqual(new Set(["first", ...done]));
    for (const { code, stderr } of ended) if (code !== 0) expect(stderr).toMatch(/changed by another command/);

    writeFileSync(`${path}.new`, "");
    await rejected(/is being changed by another command.*remove .*both\.json\.new/s, ...BASIC, "--file", path);
    rmSync(`${path}.new`);
  });

  test("a file that changes between reading and writing is not overwritten", async () => {
    const path = fileOf("meanwhile.json", entry("a"));
    const { text } = await readKeyFile(path);
    writeFileSync(path, "[]");
    expect(() => writeKeyFile(path, "[1]", text)).toThrow("was changed by another command");
    rmSync(path);
    expect(() => writeKeyFile(path, "[1]", text)).toThrow("was changed by another command");
    expect(() => writeKeyFile(path, "[1]", undefined)).not.toThrow();
    expect(() => writeKeyFile(path, "[2]", undefined)).toThrow("was changed by another command");
    expect(readFileSync(path, "utf8")).toBe("[1]\n");
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  test("- reads standard input, and writes only the line to standard output", async () => {
    const input = JSON.stringify([entry("a")]);
    const { code, stdout, stderr } = await runWith({ input }, ...BASIC, "--file", "-");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\[.*\]\n$/);
    const [first, second] = JSON.parse(stdout);
    expect(first).toEqual(entry("a"));
    expect(second.sha256).toBe(createHash("sha256").update(keyIn(stderr)).digest("hex"));
    const listed = await runWith({ input: stdout }, "--list", "--file", "-");
    expect(listed.stdout).toMatch(/^ *a +never/m);
    for (const wrong of ["", "[{}]"]) {
      const result = await runWith({ input: wrong }, ...BASIC, "--file", "-");
      expect(result).toMatchObject({ code: 1, stdout: "" });
      expect(result.stderr).toContain("Standard input does not contain a line of CALLER_KEYS");
    }
  });

  test("the last key can be removed, with a warning", async () => {
    const path = fileOf("last.json", entry("a"), entry("b"));
    expect(await only("--remove", "a", "--file", path)).not.toContain("401");
    expect(await only("--remove", "b", "--file", path)).toMatch(/no keys now\. The Worker then answers .* with 401/);
    expect(readFileSync(path, "utf8")).toBe("[]\n");
  });

  test("warns near the size limit of a secret, and rejects more", async () => {
    const big = (at) => entry(`caller-${at}`, { scopes: ["contacts:read", "messages:send"] });
    const filled = (name, bytes) => {
      const entries = [];
      while (Buffer.byteLength(JSON.stringify([...entries, big(entries.length)])) < bytes)
        entries.push(big(entries.length));
      return fileOf(name, ...entries);
    };
    expect(await only(...BASIC, "--file", filled("some.json", 3000))).not.toContain("CALLER_KEYS_2");
    expect(await only(...BASIC, "--file", filled("many.json", 4500))).toMatch(
      /and 4\d{3} of at most 5120 bytes\. Put the next keys in CALLER_KEYS_2/,
    );
    const full = filled("all.json", 5120);
    await unchanged(/would have \d{4} bytes, and the limit is 5120.*--secret CALLER_KEYS_2/s, full, ...BASIC);
    expect(await only("--list", "--file", full)).toContain("of at most 5120 bytes");
  });
});

describe("--rotate", () => {
  test("creates a key with the same rights, and limits the old one to 7 days", async () => {
    const path = join(folder, "rotate.json");
    await run("--name", "mailer", "--preset", "script", "--origins", "https://a.example", "--file", path);
    const { stdout } = await run("--rotate", "mailer", "--file", path);
    const [old, added] = JSON.parse(readFileSync(path, "utf8"));
    expect(added).toEqual({
      name: "mailer-2",
      sha256: createHash("sha256").update(keyIn(stdout)).digest("hex"),
      scopes: PRESETS.script.scopes,
      origins: ["https://a.example"],
      same_as: "mailer",
    });
    const week = old.expires_at - 7 * 86_400;
    expect(Math.abs(week - Date.now() / 1000)).toBeLessThan(60);
    expect(stdout).toContain("It does not expire.");
    expect(stdout).toMatch(/The old key mailer expires on \d{4}-\d\d-\d\d \d\d:\d\d UTC \(in 7 days\)\./);
    expect(stdout).toContain(`npx intercom-edge key --remove mailer --file ${path}\n`);
  });

  test("takes the dates and the name of its options", async () => {
    const path = join(folder, "dates.json");
    await run("--name", "a", "--scopes", "*", "--file", path);
    const options = ["--until", "2098-01-01", "--expires", "2099-01-01", "--name", "b"];
    await run("--rotate", "a", ...options, "--file", path);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject([
      { name: "a", expires_at: Date.UTC(2098, 0, 1) / 1000 },
      { name: "b", expires_at: Date.UTC(2099, 0, 1) / 1000, same_as: "a" },
    ]);
    const earlier = await run("--rotate", "a", "--until", "2099-01-01", "--expires", "9d", "--file", path);
    expect(earlier.stdout).toContain("The old key a expires on 2098-01-01");
    expect(earlier.stdout).toContain("earlier than --until, so it was not changed");
  });
});

describe("--put", () => {
  const commands = (cwd) => JSON.parse(`[${readFileSync(join(cwd, "calls"), "utf8").replace(/,$/, "")}]`);

  test("sets the secret by wrangler, with the line on standard input", async () => {
    const cwd = project();
    const { code, stdout } = await runWith({ cwd }, ...BASIC, "--file", "keys.json", "--put");
    expect(code).toBe(0);
    const line = readFileSync(join(cwd, "keys.json"), "utf8").trim();
    const config = join(cwd, "wrangler.toml");
    expect(commands(cwd)).toEqual([
      { args: ["secret", "list", "--format", "json", "--config", config, "--env", ""], input: "" },
      { args: ["secret", "put", "CALLER_KEYS", "--config", config, "--env", ""], input: line },
    ]);
    expect(stdout).toContain("The secret CALLER_KEYS has the line in keys.json");
    // The key is known even if wrangler is stopped.
    expect(stdout.indexOf(keyIn(stdout))).toBeLessThan(stdout.indexOf("→ Setting the secret"));
  });

  test("sets the secret of an environment, under another number, from another configuration", async () => {
    const cwd = project();
    const worker = ["--env", "staging", "--config", "other.toml", "--secret", "CALLER_KEYS_3"];
    writeFileSync(join(cwd, "other.toml"), '[env.staging]\nname = "other"\n');
    writeFileSync(join(cwd, "keys.json"), "[]");
    expect((await runWith({ cwd }, ...BASIC, "--file", "keys.json", "--put", ...worker)).code).toBe(0);
    const line = readFileSync(join(cwd, "keys.json"), "utf8").trim();
    const put = ["secret", "put", "CALLER_KEYS_3", "--config", join(cwd, "other.toml"), "--env", "staging"];
    expect(commands(cwd)).toEqual([{ args: put, input: line }]);
    const { stdout } = await runWith({ cwd }, "--rotate", "dashboard", "--file", "keys.json", ...worker);
    expect(stdout).toContain("key --put --file keys.json --secret CALLER_KEYS_3 --env staging --config other.toml\n");
  });

  test("alone, sets the secret to the line as it is", async () => {
    const cwd = project();
    const line = '[{"name":"a","sha256":"0","scopes":["*"],"later":1}]';
    writeFileSync(join(cwd, "keys.json"), `${line}\n`);
    expect((await runWith({ cwd }, "--put", "--file", "keys.json")).code).toBe(0);
    expect(commands(cwd).map(({ input }) => input)).toEqual([line]);
    expect(readFileSync(join(cwd, "keys.json"), "utf8")).toBe(`${line}\n`);
  });

  test("an environment that wrangler.toml lacks is named, and nothing is changed", async () => {
    const cwd = project();
    const env = ["--env", "stagin", "--file", "keys.json"];
    for (const args of [[...BASIC, "--put"], BASIC]) {
      const { code, stdout, stderr } = await runWith({ cwd }, ...args, ...env);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/The environment stagin is missing from wrangler\.toml.*It has staging\./s);
      expect(readdirSync(cwd).sort()).toEqual(["node_modules", "wrangler.toml"]);
    }
  });

  test("if wrangler fails, the file has the new line, and the command to set it is printed", async () => {
    const cwd = project();
    const failed = await runWith({ cwd, env: { FAKE_EXIT: "3" } }, ...BASIC, "--file", "keys.json", "--put");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/wrangler secret put exited with 3.*keys\.json has the new line/s);
    expect(failed.stderr).toContain("npx intercom-edge key --put --file keys.json\n");
    const [entry] = JSON.parse(readFileSync(join(cwd, "keys.json"), "utf8"));
    expect(entry.sha256).toBe(createHash("sha256").update(keyIn(failed.stdout)).digest("hex"));
  });

  test("a new file does not replace a secret that the Worker has", async () => {
    const cwd = project();
    const env = { FAKE_SECRETS: '[{"name":"CALLER_KEYS","type":"secret_text"}]' };
    const taken = await runWith({ cwd, env }, ...BASIC, "--file", "keys.json", "--put");
    expect([taken.code, taken.stdout]).toEqual([1, ""]);
    expect(taken.stderr).toContain("The Worker already has the secret CALLER_KEYS, and there is no file keys.json");
    expect(existsSync(join(cwd, "keys.json"))).toBe(false);
    const offline = await runWith({ cwd, env: { FAKE_LIST_EXIT: "1" } }, ...BASIC, "--file", "keys.json", "--put");
    expect([offline.code, offline.stdout]).toEqual([1, ""]);
    expect(offline.stderr).toContain("wrangler secret list exited with 1");
    expect(existsSync(join(cwd, "keys.json"))).toBe(false);
    const next = ["--secret", "CALLER_KEYS_2", "--file", "keys.json", "--put"];
    expect((await runWith({ cwd, env }, ...BASIC, ...next)).code).toBe(0);
  });
});

describe("the key of intercom-edge dev", () => {
  const place = () => mkdtempSync(join(folder, "dev-"));
  const stored = (place) => readFileSync(join(place, "caller-key"), "utf8").trim();
  const mode = (place) => statSync(join(place, "caller-key")).mode & 0o777;

  test("is created once, and stored for its owner only", () => {
    const dev = place();
    const key = localCallerKey(dev, {});
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(stored(dev)).toBe(key);
    expect(localCallerKey(dev, {})).toBe(key);
    expect(mode(dev)).toBe(0o600);
  });

  // The README reads the key from the file.
  test.each([
    ["new", []],
    ["existing", [{}]],
  ])("is the one in CALLER_KEY, which replaces that of a %s file", (_, before) => {
    const dev = place();
    for (const env of before) localCallerKey(dev, env);
    const key = "k".repeat(32);
    expect(localCallerKey(dev, { CALLER_KEY: key })).toBe(key);
    expect(stored(dev)).toBe(key);
    expect(mode(dev)).toBe(0o600);
    expect(localCallerKey(dev, {})).toBe(key);
  });

  test("is rejected if it is short, and the file keeps its key", () => {
    const dev = place();
    const key = localCallerKey(dev, {});
    expect(() => localCallerKey(dev, { CALLER_KEY: "short" })).toThrow("The caller key in CALLER_KEY is invalid");
    expect(stored(dev)).toBe(key);
  });
});

test("intercom-edge dev takes lines beside its own key, and nothing else", () => {
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
    "CALLER_KEYS_2 is not a line that the command key prints",
  );
  for (const wrong of ["a-key-itself", "{}", "[1]", "null", line("local")]) {
    expect(() => settingsFromEnvironment({ CALLER_KEYS: wrong }), wrong).toThrow(
      "CALLER_KEYS is not a line that the command key prints",
    );
  }
});

describe("a Worker that is given the line", () => {
  let intercom;
  let worker;
  /** The caller keys, and the line in the file. */
  let reader;
  let page;
  let next;
  let line;
  beforeAll(async () => {
    const path = join(folder, "worker.json");
    const add = async (...args) => keyIn((await run(...args, "--file", path)).stdout);
    reader = await add("--name", "reader", "--scopes", "contacts:read,admins:read", "--expires", "30d");
    page = await add("--name", "page", "--scopes", "*", "--origins", "https://a.example");
    next = keyIn((await run("--rotate", "reader", "--expires", "90d", "--file", path)).stdout);
    line = readFileSync(path, "utf8");
    intercom = await standIn();
    worker = await serve("key", intercom, { vars: settingsFromEnvironment({ CALLER_KEYS: line }) });
  });
  afterAll(async () => {
    await worker?.stop();
    await intercom?.stop();
  });

  test("lets the callers in, each to what it may", async () => {
    const as = (key, path, headers) =>
      ask(worker.url + path, { headers: { authorization: `Bearer ${key}`, "intercom-version": "2.14", ...headers } });
    const [{ expires_at: until }, , { expires_at: later }] = JSON.parse(line);
    for (const [key, name, expiry] of [
      [reader, "reader", until],
      [next, "reader-2", later],
    ]) {
      expect((await as(key, "/contacts")).status).toBe(200);
      expect((await as(key, "/tags")).status).toBe(403);
      const { body } = await as(key, "/edge/whoami");
      const scopes = ["admins:read", "contacts:read"];
      expect(body).toEqual({ name, scopes, expires_at: expiry, credential: "key" });
    }
    expect((await as(page, "/tags")).status).toBe(403);
    expect((await as(page, "/tags", { origin: "https://a.example" })).status).toBe(200);
    for (const key of [reader, page, next]) expect(worker.log()).not.toContain(key);
  });
});
