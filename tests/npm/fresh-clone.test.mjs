// A newcomer: clones the project, types `npm start`, and pastes the lines that it prints.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { targetFolder, wasmTarget } from "../../scripts/toolchain.mjs";

const root = new URL("../..", import.meta.url).pathname;
const run = promisify(execFile);
let folder;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "intercom-edge-clone-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  // What cargo compiled of the clone's crate names the clone's files, and looks to it like this checkout's.
  const fingerprints = join(targetFolder, wasmTarget, "release", ".fingerprint");
  const own = (await readdir(fingerprints)).filter((name) => name.startsWith("intercom-edge-"));
  for (const name of own) await rm(join(fingerprints, name), { recursive: true });
});

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "localhost", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

test("clone, npm start, and the lines that it prints", { timeout: 25 * 60_000 }, async () => {
  const { stdout: changes } = await run("git", ["status", "--porcelain"], { cwd: root });
  if (changes) process.stderr.write(`The clone has the last commit, without what isn't committed:\n${changes}`);
  await run("git", ["clone", "--quiet", root, folder]);

  const [port, sandboxPort] = [await freePort(), await freePort()];
  const { WORKER_URL, SANDBOX_URL, CALLER_KEY, CHROMIUM, ...env } = process.env;
  const npm = spawn("npm", ["start"], {
    cwd: folder,
    // What cargo compiled for this checkout's dependencies may serve the clone's as well.
    env: { ...env, CARGO_TARGET_DIR: targetFolder, PORT: port, SANDBOX_PORT: sandboxPort },
    detached: true,
  });
  let printed = "";
  const exit = new Promise((resolve) => npm.on("exit", (code, signal) => resolve(code ?? signal)));
  const ready = new Promise((resolve, reject) => {
    npm.stdout.on("data", (data) => {
      printed += data;
      if (/Ctrl-C ends it/.test(printed)) resolve();
    });
    npm.stderr.on("data", (data) => (printed += data));
    exit.then((code) => reject(new Error(`npm start ended with ${code}:\n${printed}`)));
  });
  try {
    await ready;
    expect(printed.split(`Ready on http://localhost:${port}\n`)).toHaveLength(2);

    const lines = printed.split("\n").filter((line) => line.startsWith("  curl "));
    expect(lines).toHaveLength(5);
    const live = lines.pop();
    const answers = [];
    for (const line of lines) answers.push(JSON.parse((await run("bash", ["-c", `${line} -sS`])).stdout));
    expect(answers.map(({ type }) => type)).toEqual(["user.list", "contact.list", "admin.list", "admin_message"]);
    const ledger = await (await fetch(`http://localhost:${sandboxPort}/_sandbox/messages`)).text();
    expect(ledger).toContain(answers[3].id);
    // The stream has no end, so curl ends with an error.
    const { stdout: stream } = await run("bash", ["-c", `${live} -sS --max-time 2`]).catch((reason) => reason);
    expect(stream).toContain('"type":"edge.ready"');

    const [link] = printed.match(/http:\/\/localhost:\d+\/dashboard\/#key=\S+/);
    const page = await fetch(link);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  } finally {
    process.kill(-npm.pid, "SIGINT");
  }
  expect(await exit).toBe(0);
  await expect(fetch(`http://localhost:${port}/edge/health`)).rejects.toThrow();
});
