// `intercom-edge export` against a real Worker: formats, files, continuing after a kill, changes, pipes and errors.
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe as group, expect, test } from "vitest";
import { describe, ProgressLine } from "../../cli/export/progress.mjs";
import { callerKeyEntry } from "../../cli/keys/caller-key.mjs";
import { startWorker } from "../../cli/serve/worker.mjs";
import { root } from "../../scripts/paths.mjs";
import { scratchFolder } from "./scratch.mjs";

const COMMAND = join(root, "cli/intercom-edge.mjs");
const TAGS_KEY = "the-caller-key-of-this-test-for-tags";
let worker;
let logs;
let sandbox;

beforeAll(async () => {
  logs = mkdtempSync(join(tmpdir(), "intercom-edge-export-"));
  const tags = callerKeyEntry("tags", TAGS_KEY, { scopes: ["tags:read"] });
  worker = await startWorker({ logs, vars: { CALLER_KEYS_2: JSON.stringify([tags]) } });
  process.env.SANDBOX_URL = worker.sandboxUrl;
  sandbox = await import("../sandbox.mjs");
});
afterAll(async () => {
  await worker?.stop();
  rmSync(logs, { recursive: true, force: true });
});
beforeEach(() => sandbox.reset({ search_delay_ms: 0 }));

/** Makes an export so slow that it can be stopped in the middle. Returns the ids of all contacts. */
async function slowly() {
  await sandbox.reset({ search_delay_ms: 0, contacts: 4000 });
  const ids = await allIds();
  await sandbox.reset({ search_delay_ms: 0, contacts: 4000, latency_ms: 600 });
  return ids;
}

/** Starts an export. `exit` resolves to its code, standard output and standard error. */
function begin(folder, args = [], { env = {}, url = worker.url } = {}) {
  const { PORT: _, CALLER_KEY: __, ...inherited } = process.env;
  const child = spawn(process.execPath, [COMMAND, "export", ...(url ? ["--url", url] : []), ...args], {
    cwd: folder,
    env: { ...inherited, CALLER_KEY: worker.callerKey, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (data) => {
      printed[name] += data;
    });
  }
  const exit = new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code: code ?? signal, ...printed }));
  });
  return { child, exit };
}

const run = (folder, args, options) => begin(folder, args, options).exit;

const rowsIn = (text) =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const idsIn = (text) =>
  rowsIn(text)
    .map(({ id }) => id)
    .sort();
const read = (folder, name) => readFileSync(join(folder, name), "utf8");
const mode = (folder, name) => statSync(join(folder, name)).mode & 0o777;

async function idsOf(...roles) {
  const people = await Promise.all(roles.map((role) => sandbox.everybody(role)));
  return people
    .flat()
    .map(({ id }) => id)
    .sort();
}
const allIds = () => idsOf("user", "lead");

/** Waits until an unfinished file has rows, and a position after some of them. */
async function untilInTheMiddle(folder, name) {
  for (;;) {
    const file = join(folder, `${name}.resume`);
    if (existsSync(file) && JSON.parse(readFileSync(file, "utf8")).bytes > 0) return;
    await sleep(20);
  }
}

test("writes every contact once, as JSON lines on standard output, and nothing else there", async () => {
  const { code, stdout, stderr } = await run(scratchFolder());
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^✓ 500 rows in .+\n$/)]);
  expect(idsIn(stdout)).toEqual(await allIds());
  const john = rowsIn(stdout).find(({ id }) => id === "5bb2f45a1e099bf2d553a2d5");
  expect(john).toEqual(await sandbox.intercom("GET", `/contacts/${john.id}`));
});

test("exports users, leads, companies and conversations, with chosen fields", async () => {
  const folder = scratchFolder();
  const users = await run(folder, ["users", "--fields", "email, custom_attributes.plan", "--quiet"]);
  expect([users.code, users.stderr]).toEqual([0, ""]);
  expect(idsIn(users.stdout)).toEqual(await idsOf("user"));
  const names = new Set(rowsIn(users.stdout).flatMap(Object.keys));
  expect([...names].sort()).toEqual(["custom_attributes", "email", "id"]);
  expect(idsIn((await run(folder, ["leads"])).stdout)).toEqual(await idsOf("lead"));
  expect(idsIn((await run(folder, ["companies"])).stdout)).toHaveLength(120);
  expect(idsIn((await run(folder, ["conversations"])).stdout)).toHaveLength(48);
});

test("writes CSV with a header", async () => {
  const { code, stdout } = await run(scratchFolder(), ["--format", "csv", "--fields", "email"]);
  const [header, ...lines] = stdout.split("\r\n").slice(0, -1);
  expect([code, header, lines.length]).toEqual([0, "id,email", 500]);
});

test("takes the key from a file, from CALLER_KEY, or from the folder of dev, in this order", async () => {
  const [none, fields] = [{ env: { CALLER_KEY: "" } }, ["leads", "--fields", "id", "--quiet"]];
  const folder = scratchFolder({ "key.txt": `${worker.callerKey}\n` });
  expect((await run(folder, [...fields, "--key-file", "key.txt"], { env: { CALLER_KEY: TAGS_KEY } })).code).toBe(0);

  const without = await run(folder, fields, none);
  expect([without.code, without.stderr]).toEqual([1, expect.stringContaining("There is no caller key")]);
  mkdirSync(join(folder, ".intercom-edge"));
  writeFileSync(join(folder, ".intercom-edge/caller-key"), worker.callerKey);
  expect((await run(folder, fields, none)).code).toBe(0);
  const port = new URL(worker.url).port;
  expect((await run(folder, fields, { env: { CALLER_KEY: "", PORT: port }, url: null })).code).toBe(0);
  // The local key is not sent to another host.
  const remote = await run(folder, fields, { ...none, url: "https://intercom-edge.example.workers.dev" });
  expect(remote.stderr).toContain("There is no caller key");
});

group("with --output", () => {
  test("only a complete export gets the file's name, and only this user can read it", async () => {
    const ids = await slowly();
    const folder = scratchFolder({ "all.ndjson": "old" });
    symlinkSync("all.ndjson", join(folder, "link.ndjson"));
    const { child, exit } = begin(folder, ["--output", "link.ndjson"]);
    await untilInTheMiddle(folder, "all.ndjson");
    expect(read(folder, "all.ndjson")).toBe("old");
    for (const name of ["all.ndjson.part", "all.ndjson.resume"]) expect(mode(folder, name), name).toBe(0o600);
    expect(child.exitCode).toBe(null);
    const { code, stdout } = await exit;
    expect([code, stdout]).toEqual([0, ""]);
    expect(read(folder, "link.ndjson")).toBe(read(folder, "all.ndjson"));
    expect(mode(folder, "all.ndjson")).toBe(0o600);
    for (const name of ["all.ndjson.part", "all.ndjson.resume"]) expect(existsSync(join(folder, name))).toBe(false);
    expect(idsIn(read(folder, "all.ndjson"))).toEqual(ids);
  });

  test.each(["SIGKILL", "SIGINT", "SIGTERM"])("continues after %s, and no row comes twice", async (signal) => {
    const ids = await slowly();
    const folder = scratchFolder();
    const args = ["--output", "all.ndjson", "--fields", "email"];
    const { child, exit } = begin(folder, args);
    await untilInTheMiddle(folder, "all.ndjson");
    child.kill(signal);
    const { code, stderr } = await exit;
    expect(code).toBe({ SIGKILL: "SIGKILL", SIGINT: 130, SIGTERM: 143 }[signal]);
    if (signal !== "SIGKILL") expect(stderr).toContain("Stopped. Run the same command to continue.");
    const { bytes } = JSON.parse(read(folder, "all.ndjson.resume"));
    const part = readFileSync(join(folder, "all.ndjson.part"));
    // A mark in the rows so far, which are kept, and a row that a killed process had not finished.
    const kept = part.subarray(0, bytes).toString().replaceAll("@", "#");
    expect(idsIn(kept).length).toBeGreaterThan(0);
    writeFileSync(join(folder, "all.ndjson.part"), `${kept}${part.subarray(bytes)}{"id":"half`);

    const again = await run(folder, args);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain("✓ 4,000 rows");
    expect(idsIn(read(folder, "all.ndjson"))).toEqual(ids);
    expect(read(folder, "all.ndjson").startsWith(kept)).toBe(true);
  });

  test("does not mix two exports: other options are rejected until --restart", async () => {
    await slowly();
    const folder = scratchFolder();
    const { child, exit } = begin(folder, ["users", "--output", "all.ndjson"]);
    await untilInTheMiddle(folder, "all.ndjson");
    child.kill("SIGINT");
    await exit;
    await sandbox.reset();
    for (const other of [["leads"], ["users", "--fields", "email"], ["users", "--since", "2020-01-01T00:00:00Z"]]) {
      const { code, stderr } = await run(folder, [...other, "--output", "all.ndjson"]);
      expect([code, stderr]).toEqual([1, expect.stringContaining("is of an export with other options")]);
      expect(stderr).toContain("objects users");
      expect(stderr).toContain("--restart");
    }
    const { code } = await run(folder, ["leads", "--output", "all.ndjson", "--restart"]);
    expect(code).toBe(0);
    expect(idsIn(read(folder, "all.ndjson"))).toEqual(await idsOf("lead"));
  });

  test.each([
    ["a position after the end", { bytes: 100, resume: "x" }, "does not fit"],
    ["a damaged position", { bytes: 0, resume: "x" }, "The Worker can't continue this export"],
    ["no JSON", undefined, "does not fit"],
  ])("%s is reported, and --restart begins again", async (_, position, words) => {
    const folder = scratchFolder({
      "a.ndjson.part": "{}\n",
      "a.ndjson.resume": position ? JSON.stringify({ ...position, query: { objects: "leads" } }) : "{",
    });
    const { code, stderr } = await run(folder, ["leads", "--output", "a.ndjson"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(words)]);
    expect(stderr).toContain("add --restart");
    expect((await run(folder, ["leads", "--output", "a.ndjson", "--restart"])).code).toBe(0);
    expect(idsIn(read(folder, "a.ndjson"))).toEqual(await idsOf("lead"));
  });

  test("a second export to the same file is refused while the first runs", async () => {
    const ids = await slowly();
    const folder = scratchFolder();
    const args = ["--output", "all.ndjson", "--fields", "email"];
    const first = begin(folder, args);
    await untilInTheMiddle(folder, "all.ndjson");
    const { code, stderr } = await run(folder, args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`It is the process ${first.child.pid}`)]);
    expect((await first.exit).code).toBe(0);
    expect(idsIn(read(folder, "all.ndjson"))).toEqual(ids);
    expect(existsSync(join(folder, "all.ndjson.lock"))).toBe(false);
  });

  test("rows that were moved in the file are noticed", async () => {
    const resume = JSON.stringify({ bytes: 3, resume: "x", query: { objects: "leads" } });
    const folder = scratchFolder({ "a.ndjson.part": "X{}\n", "a.ndjson.resume": resume });
    const { code, stderr } = await run(folder, ["leads", "--output", "a.ndjson"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("does not fit")]);
  });

  test("a position without its file is ignored", async () => {
    const folder = scratchFolder({ "a.ndjson.resume": '{"bytes":5,"resume":"x","query":{}}' });
    expect((await run(folder, ["leads", "--output", "a.ndjson"])).code).toBe(0);
    expect(existsSync(join(folder, "a.ndjson.resume"))).toBe(false);
  });

  test("CSV begins again after Ctrl-C, and says so", async () => {
    await slowly();
    const folder = scratchFolder();
    const args = ["--format", "csv", "--fields", "email", "--output", "all.csv"];
    const { child, exit } = begin(folder, args);
    while (!existsSync(join(folder, "all.csv.part")) || statSync(join(folder, "all.csv.part")).size < 100)
      await sleep(20);
    child.kill("SIGINT");
    const { code, stderr } = await exit;
    expect([code, stderr]).toEqual([130, expect.stringContaining("the same command begins again")]);
    expect(existsSync(join(folder, "all.csv"))).toBe(false);
    await sandbox.reset();
    expect((await run(folder, args)).code).toBe(0);
    expect(read(folder, "all.csv").split("\r\n")).toHaveLength(502);
  });

  test("an export that Intercom ends is continued later", async () => {
    await sandbox.reset({ contacts: 4000, latency_ms: 100 });
    const folder = scratchFolder();
    const args = ["--output", "all.ndjson", "--fields", "id"];
    const first = begin(folder, args);
    while (!existsSync(join(folder, "all.ndjson.part")) || statSync(join(folder, "all.ndjson.part")).size === 0) {
      await sleep(10);
    }
    await sandbox.fault("status:403", { path: "/contacts/search", times: 1 });
    const { code, stderr } = await first.exit;
    expect([code, stderr]).toEqual([1, expect.stringContaining("✗ ")]);
    expect(existsSync(join(folder, "all.ndjson.resume"))).toBe(true);
    expect((await run(folder, args)).code).toBe(0);
    expect(idsIn(read(folder, "all.ndjson"))).toEqual(await allIds());
  });

  test.skipIf(process.platform === "win32")("a full disk is an error, and the export continues", async () => {
    const folder = scratchFolder();
    const args = ["--output", "all.ndjson"];
    // A limit of the size of a file, in blocks of 512 bytes.
    const line = `ulimit -f 1000; exec "${process.execPath}" "${COMMAND}" export --url ${worker.url} ${args.join(" ")}`;
    const child = spawn("sh", ["-c", line], { cwd: folder, env: { ...process.env, CALLER_KEY: worker.callerKey } });
    let stderr = "";
    child.stderr.on("data", (data) => (stderr += data));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, stderr]).toEqual([1, expect.stringContaining("The rows can't be written\n  | EFBIG")]);
    expect((await run(folder, args)).code).toBe(0);
    expect(idsIn(read(folder, "all.ndjson"))).toEqual(await allIds());
  });

  test("names a place that can't be written", async () => {
    const folder = scratchFolder({ "folder/file": "" });
    for (const name of ["folder", "missing/a.ndjson"]) {
      const { code, stderr } = await run(folder, ["--output", name]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/is not a file|can't be written/)]);
      expect(stderr).not.toContain("    at ");
    }
  });
});

group("changes", () => {
  const update = (id, name) => sandbox.intercom("PUT", `/contacts/${id}`, { name });

  test("the second run with --since-file has only what changed, and replaces the token", async () => {
    const folder = scratchFolder();
    const args = ["users", "--fields", "name", "--since-file", "users.token", "--overlap", "0"];
    const first = await run(folder, args);
    expect(idsIn(first.stdout)).toEqual(await idsOf("user"));
    expect(mode(folder, "users.token")).toBe(0o600);
    const token = read(folder, "users.token");

    await sleep(1100);
    await update("5bb2f45a1e099bf2d553a2d5", "John");
    await update("5bb2f45a1e099bf2d553a2d9", "A lead");
    const second = await run(folder, args);
    expect(rowsIn(second.stdout)).toEqual([{ id: "5bb2f45a1e099bf2d553a2d5", name: "John" }]);
    expect(read(folder, "users.token")).not.toBe(token);
  });

  test("an incomplete run keeps the token", async () => {
    const folder = scratchFolder();
    const args = ["users", "--since-file", "users.token", "--output", "changes.ndjson"];
    expect((await run(folder, args)).code).toBe(0);
    const token = read(folder, "users.token");
    await sandbox.fault("status:403", { path: "/contacts/search", times: 1 });
    expect((await run(folder, args)).code).toBe(1);
    expect(read(folder, "users.token")).toBe(token);
  });

  test("a token of other objects, and a file without a token, are reported", async () => {
    const folder = scratchFolder({ "empty.token": "" });
    await run(folder, ["users", "--since-file", "users.token"]);
    const other = await run(folder, ["leads", "--since-file", "users.token"]);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("rejected the token in users.token")]);
    const empty = await run(folder, ["users", "--since-file", "empty.token"]);
    expect([empty.code, empty.stderr]).toEqual([1, expect.stringContaining("does not contain the token")]);
  });

  test("--removals writes the contacts that webhooks report as removed", async () => {
    const folder = scratchFolder();
    const args = ["--since-file", "all.token", "--removals", "removed.ndjson", "--output", "changes.ndjson"];
    const first = await run(folder, args);
    expect([first.code, read(folder, "removed.ndjson"), first.stderr]).toEqual([
      0,
      "",
      expect.stringMatching(/^✓.*\n$/),
    ]);
    const unknown = await run(folder, args);
    expect(unknown.stderr).toContain("Removed contacts are unknown");

    await sandbox.subscribe({ url: `${worker.url}/edge/webhooks/intercom`, secret: worker.clientSecret });
    await sandbox.intercom("POST", "/contacts/5bb2f45a1e099bf2d553a2d9/archive");
    const ids = async () => {
      const { code, stderr } = await run(folder, args);
      return [code, idsIn(read(folder, "removed.ndjson")), stderr.split("\n")[1]];
    };
    const note = "1 contact was archived, deleted or merged. Earlier removals are unknown.";
    await expect.poll(ids, { timeout: 20_000, interval: 100 }).toEqual([0, ["5bb2f45a1e099bf2d553a2d9"], note]);
    expect(rowsIn(read(folder, "removed.ndjson"))[0]).toMatchObject({ type: "edge.removal", reason: "archived" });
    expect([mode(folder, "removed.ndjson"), read(folder, "changes.ndjson")]).toEqual([0o600, ""]);
  });

  test("--since takes a time", async () => {
    const now = new Date(Date.now() - 1000).toISOString();
    await update("5bb2f45a1e099bf2d553a2d9", "A lead");
    const { stdout } = await run(scratchFolder(), ["--since", now, "--fields", "name"]);
    expect(rowsIn(stdout)).toEqual([{ id: "5bb2f45a1e099bf2d553a2d9", name: "A lead" }]);
  });
});

test("a reader that has enough ends the export without a message", async () => {
  const folder = scratchFolder();
  const line = `"${process.execPath}" "${COMMAND}" export --url ${worker.url} --quiet | head -n 1`;
  const child = spawn("sh", ["-c", line], { cwd: folder, env: { ...process.env, CALLER_KEY: worker.callerKey } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => (stdout += data));
  child.stderr.on("data", (data) => (stderr += data));
  await new Promise((resolve) => child.on("close", resolve));
  expect(rowsIn(stdout)).toHaveLength(1);
  expect(stderr).toBe("");
});

test.runIf(existsSync("/dev/full"))("a full disk is an error", async () => {
  const line = `"${process.execPath}" "${COMMAND}" export --url ${worker.url} > /dev/full`;
  const child = spawn("sh", ["-c", line], { env: { ...process.env, CALLER_KEY: worker.callerKey } });
  let stderr = "";
  child.stderr.on("data", (data) => (stderr += data));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect([code, stderr]).toEqual([1, expect.stringContaining("The output can't be written\n  | ENOSPC")]);
});

test.each([
  [["--key", "secret"], {}, "Unknown option '--key'"],
  [["orders"], {}, "There is no export of orders"],
  [["--format", "xml"], {}, "--format must be ndjson or csv, not xml"],
  [["--fields", "email,nope"], {}, "no field nope"],
  [["--fields", ","], {}, "--help"],
  [["--overlap", "1h"], {}, "--overlap must be a whole number of seconds"],
  [["--since", "yesterday"], {}, "since is a time"],
  [["--since", "1", "--since-file", "a"], {}, "either --since or --since-file"],
  [["companies", "--since", "1"], {}, "can't search companies"],
  [["--format", "csv", "--since-file", "a"], {}, "--since-file needs NDJSON"],
  [["--restart"], {}, "--restart needs --output"],
  [["--removals", "a"], {}, "--removals is for exports of contacts that changed"],
  [["conversations", "--since", "1", "--removals", "a"], {}, "--removals is for exports of contacts that changed"],
  [["--since", "1", "--format", "csv", "--removals", "a"], {}, "--removals is for exports of contacts that changed"],
  [["--since", "1", "--output", "a", "--removals", "./a"], {}, "must be two files"],
  [["--key-file", "none.txt"], {}, "none.txt can't be read"],
  [[], { url: "localhost:8787" }, "--url is the address of a Worker"],
  [[], { url: "http://localhost:9" }, "is the Worker running?"],
  [[], { env: { CALLER_KEY: "two words" } }, "The caller key in CALLER_KEY is invalid"],
  [[], { env: { CALLER_KEY: "an-unknown-caller-key-of-this-test" } }, "The Worker rejected the caller key"],
  [["users"], { env: { CALLER_KEY: TAGS_KEY } }, "--scopes contacts:read"],
  [["companies"], { env: { CALLER_KEY: TAGS_KEY } }, "--scopes companies:read"],
])("%j with %j is refused in words", async (args, options, why) => {
  const { code, stdout, stderr } = await run(scratchFolder(), args, options);
  expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining(why)]);
  expect(stderr).not.toContain("    at ");
});

test("a permission that Intercom's app lacks is not a missing scope", async () => {
  await sandbox.fault("status:403", { path: "/me" });
  const { code, stderr } = await run(scratchFolder(), ["users"]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("permissions of the app in Intercom's Developer Hub")]);
});

test("the sandbox is not a Worker", async () => {
  const { code, stderr } = await run(scratchFolder(), [], { url: worker.sandboxUrl });
  expect([code, stderr]).toEqual([1, expect.stringContaining("There is no Worker of intercom-edge at")]);
});

group("progress", () => {
  const marker = { rows: 4500, total: 100_000, ranges_done: 6, ranges: 134, estimated_end_at: 1_000_095 };

  test("has rows, per cent, ranges and the time that is left", () => {
    expect(describe(marker, 1e9)).toBe("4,500 of 100,000 rows (4 %), 6 of 134 ranges, about 1 min 35 s left");
    expect(describe({ ...marker, total: null, ranges: 1, estimated_end_at: null })).toBe("4,500 rows");
  });

  test("is one line on a terminal, and a line every ten seconds elsewhere", () => {
    let written = "";
    const write = (text) => (written += text);
    const line = new ProgressLine({ shown: true, terminal: true, write });
    line.show("1 row");
    line.show("2 rows");
    line.finish("2 rows");
    const [before, first, last] = written.split("\r\x1b[2K");
    expect([before, first, last]).toEqual(["", "1 row", expect.stringMatching(/^✓ 2 rows in \d\.\d s\n$/)]);
    written = "";
    new ProgressLine({ shown: true, terminal: false, write }).show("1 row");
    new ProgressLine({ shown: false, terminal: true, write }).finish("2 rows");
    expect(written).toBe("");
  });
});
