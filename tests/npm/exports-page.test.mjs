// The code in docs/exports.md, run unchanged with the real Worker. The nightly jobs are killed in the middle, and then
// have what Intercom has.

import { execFile, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { everybody, intercom, requests, reset, subscribe } from "../sandbox.mjs";

const { WORKER_URL, CALLER_KEY, CLIENT_SECRET } = process.env;
const run = promisify(execFile);
const page = readFileSync(join(root, "docs/exports.md"), "utf8");
const hasPython = spawnSync("python3", ["--version"]).status === 0;

/** The pieces of code in a language, for this run's Worker. */
const pieces = (language) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, code]) =>
    code.replaceAll("http://localhost:8787", WORKER_URL),
  );
const piece = (language, part) => pieces(language).find((code) => code.includes(part));

/** Creates a folder in which imports find the package. */
function folder() {
  const place = mkdtempSync(join(root, "build/exports-page-"));
  onTestFinished(() => rmSync(place, { recursive: true }));
  return place;
}

/** Returns the contacts that the Worker knows to be removed. */
async function removals() {
  const since = Math.floor(Date.now() / 1000) - 86_400;
  const response = await fetch(`${WORKER_URL}/edge/export?markers=true&fields=id&since=${since}`, {
    headers: { authorization: `Bearer ${CALLER_KEY}` },
  });
  return linesOf(await response.text()).filter((line) => JSON.parse(line).type === "edge.removal");
}

const everyone = async () => [...(await everybody("user")), ...(await everybody("lead"))];
const byId = (contacts) => new Map(contacts.map((contact) => [contact.id, contact]));
const linesOf = (text) => text.split("\n").slice(0, -1);
const options = (cwd) => ({ cwd, env: { ...process.env, CALLER_KEY, WORKER_URL } });

/** Runs lines of a shell, in which `npx intercom-edge` is this package's command. */
async function shell(cwd, lines) {
  const command = `"${process.execPath}" "${join(root, "cli/intercom-edge.mjs")}" export --url ${WORKER_URL}`;
  const code = lines
    .replaceAll("npx intercom-edge export", command)
    .replace("$(cat .intercom-edge/caller-key)", CALLER_KEY);
  return (await run("bash", ["-euc", code], options(cwd))).stdout;
}

beforeEach(() => reset({ search_delay_ms: 0 }));

test("the curl lines", async () => {
  const place = folder();
  await shell(place, piece("sh", "-o contacts.ndjson"));
  const contacts = linesOf(readFileSync(join(place, "contacts.ndjson"), "utf8")).map((line) => JSON.parse(line));
  expect(byId(contacts)).toEqual(byId(await everyone()));
  const [header, ...users] = readFileSync(join(place, "users.csv"), "utf8").trimEnd().split("\r\n");
  expect(header).toBe("id,email,name,custom_attributes.plan");
  expect(users).toHaveLength((await everybody("user")).length);
});

test("the command's lines", async () => {
  const place = folder();
  const printed = await shell(place, piece("sh", "export companies"));
  expect(linesOf(readFileSync(join(place, "contacts.ndjson"), "utf8"))).toHaveLength(500);
  expect(readFileSync(join(place, "users.csv"), "utf8")).toMatch(/^id,email,name\r\n/);
  expect(
    linesOf(printed)
      .slice(0, 3)
      .map((line) => JSON.parse(line).type),
  ).toEqual(Array(3).fill("company"));

  await shell(place, piece("sh", "--since-file contacts.token"));
  const first = linesOf(readFileSync(join(place, "first.ndjson"), "utf8"));
  expect(first).toHaveLength(500);
  expect(readFileSync(join(place, "changes.ndjson"), "utf8")).toBe("");
  await shell(place, piece("sh", "--removals removed.ndjson"));
  expect(existsSync(join(place, "removed.ndjson"))).toBe(true);
});

test("the package's lines", async () => {
  const place = folder();
  const code = `const callerKey = process.env.CALLER_KEY;\n${piece("js", "intercom.users.export")}`;
  writeFileSync(join(place, "export.mjs"), code);
  const { stdout } = await run(process.execPath, ["export.mjs"], options(place));
  const users = await everybody("user");
  expect(linesOf(stdout)).toHaveLength(users.length + 1);
  expect(linesOf(stdout).at(-1)).toBe(`done ${users.length}`);
});

test.skipIf(!hasPython)("Python's lines", async () => {
  const { stdout } = await run("python3", ["-c", piece("python", "The export is incomplete")], options(folder()));
  expect(linesOf(stdout)).toHaveLength((await everybody("user")).length);
});

test("a marker has the fields that the page shows", async () => {
  const response = await fetch(`${WORKER_URL}/edge/export?markers=true&fields=id`, {
    headers: { authorization: `Bearer ${CALLER_KEY}` },
  });
  const [first] = linesOf(await response.text());
  const [shown] = pieces("json");
  expect(Object.keys(JSON.parse(first))).toEqual(Object.keys(JSON.parse(shown)));
});

/**
 * The nightly jobs. `resumes`: true if a run would continue after some rows. `mark`: changes a row that is stored,
 * which a run that continues does not repeat; returns its id. `copy`: the contacts of the copy.
 */
const JOBS = {
  "mirror.mjs": {
    language: "js",
    program: process.execPath,
    resumes: (place) => state(place)?.resume !== undefined && state(place).bytes > 0,
    mark(place) {
      const file = join(place, "contacts.new.ndjson");
      const [first, ...others] = readFileSync(file, "utf8").split("\n");
      const { id } = JSON.parse(first);
      const marked = JSON.stringify({ id, marked: true });
      const padded = marked.padEnd(Buffer.byteLength(first));
      // A row that was not finished stands after the position.
      writeFileSync(file, [padded, ...others, '{"id":"half'].join("\n"));
      return id;
    },
    async copy(place) {
      const lines = linesOf(readFileSync(join(place, "contacts.ndjson"), "utf8"));
      const newest = byId(lines.map((line) => JSON.parse(line)));
      const copy = new Map([...newest].filter(([, { type }]) => type !== "edge.removal"));
      writeFileSync(join(place, "read.mjs"), piece("js", "// read.mjs"));
      const { stdout } = await run(process.execPath, ["read.mjs"], options(place));
      expect(stdout).toBe(`${copy.size} contacts\n`);
      return copy;
    },
  },
  "mirror.py": {
    language: "python",
    program: "python3",
    resumes: (place) => select(place, STORED_ROWS)[0] > 0,
    mark: (place) => select(place, MARK)[0],
    copy: async (place) => byId(select(place, "SELECT json FROM contact").map((json) => JSON.parse(json))),
  },
};

function state(place) {
  const file = join(place, "contacts.state.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

/** The number of rows of a run that can be continued. */
const STORED_ROWS = `SELECT count(*) FROM contact, state
  WHERE run = state.json ->> '$.run' AND state.json ->> '$.resume' IS NOT NULL`;

const MARK = `UPDATE contact SET json = json_object('id', id, 'marked', json('true'))
  WHERE id = (SELECT min(id) FROM contact) RETURNING id`;

/** Reads a column of the copy in SQLite; empty while there is no such table. */
function select(place, query) {
  const code = `
import json, sqlite3, sys
try:
    with sqlite3.connect("contacts.sqlite") as db:
        print(json.dumps([row[0] for row in db.execute(sys.argv[1]).fetchall()]))
except sqlite3.OperationalError:
    print("[]")`;
  const { stdout } = spawnSync("python3", ["-c", code, query], { cwd: place, encoding: "utf8", maxBuffer: 2 ** 28 });
  return JSON.parse(stdout);
}

/** Kills a job in the middle: after some rows, before the end. */
async function interrupt(job, place, args, signal) {
  const child = spawn(job.program, args, { ...options(place), stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("exit", (code, by) => resolve(by ?? code)));
  while (!job.resumes(place)) await sleep(20);
  child.kill(signal);
  return ended;
}

describe.each(Object.entries(JOBS))("%s", (name, job) => {
  test.skipIf(job.program === "python3" && !hasPython)("is killed in the middle, and keeps a copy", async () => {
    const settings = { contacts: 4000, search_delay_ms: 0 };
    await reset(settings);
    const expected = byId(await everyone());
    await reset({ ...settings, latency_ms: 300 });
    const place = folder();
    writeFileSync(join(place, name), piece(job.language, ` ${name}: `));
    const finish = (...args) => run(job.program, [name, ...args], options(place));

    expect(await interrupt(job, place, [name], "SIGKILL")).toBe("SIGKILL");
    const marked = job.mark(place);
    const original = expected.get(marked);
    expected.set(marked, { id: marked, marked: true });
    expect((await finish()).stdout).toBe("4000 rows\n");
    expect(await job.copy(place)).toEqual(expected);

    const [changed, archived, reported] = [...expected.keys()].filter((id) => id !== marked);
    const created = await intercom("POST", "/contacts", { role: "user", email: "new@example.com" });
    await intercom("PUT", `/contacts/${changed}`, { name: "Changed" });
    await intercom("POST", `/contacts/${archived}/archive`);
    for (const id of [created.id, changed]) expected.set(id, await intercom("GET", `/contacts/${id}`));
    const before = (await requests()).length;
    expect((await finish()).stdout).toBe("2 rows\n");
    expect(await job.copy(place)).toEqual(expected);
    expect((await requests()).length - before).toBeLessThan(10);

    // A run removes a contact of which a webhook says that it was archived.
    await subscribe({ url: `${WORKER_URL}/edge/webhooks/intercom`, secret: CLIENT_SECRET });
    await intercom("POST", `/contacts/${reported}/archive`);
    expected.delete(reported);
    const copied = async () => {
      expect((await finish()).stdout).toBe("2 rows\n");
      return job.copy(place);
    };
    await expect.poll(copied, { timeout: 20_000, interval: 200 }).toEqual(expected);

    // Only a full run shows that a contact was archived if no webhook does.
    expect(await interrupt(job, place, [name, "--full"], "SIGINT")).not.toBe(0);
    expect((await job.copy(place)).has(archived)).toBe(true);
    expect((await finish()).stdout).toBe("3999 rows\n");
    expected.delete(archived);
    expected.set(marked, original);
    expect(await job.copy(place)).toEqual(expected);

    // The Worker keeps what webhooks report, and the next test has the same contacts.
    await intercom("POST", `/contacts/${reported}/unarchive`);
    const own = async () => (await removals()).filter((line) => line.includes(reported));
    await expect.poll(own, { timeout: 20_000, interval: 200 }).toEqual([]);
  });
});
