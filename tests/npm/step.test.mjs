// What a script starts ends with it, however the script ends.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { isAlive } from "../processes.mjs";

const folder = mkdtempSync(join(tmpdir(), "intercom-edge-step-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A script that runs a command which starts another, as worker-build starts cargo; gives both when they run. */
async function script(name, more = "") {
  const file = join(folder, name);
  const code = `
    import { main } from ${JSON.stringify(join(root, "cli/failure.mjs"))};
    import { run } from ${JSON.stringify(join(root, "scripts/step.mjs"))};
    await main(async () => {
      ${more}
      await run("sh", ["-c", 'sleep 600 & echo "$$ $!" > "$0"; wait', ${JSON.stringify(file)}], { log: "step-test" });
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  return {
    child,
    said: () => said,
    started: await until(() =>
      read(file)
        ?.match(/^(\d+) (\d+)\n/)
        ?.slice(1)
        .map(Number),
    ),
  };
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

async function until(what) {
  for (let tries = 0; tries < 300; tries++) {
    const result = what();
    if (result) return result;
    await sleep(100);
  }
  throw new Error("it did not come to that within 30 s");
}

const gone = (pids) => until(() => !pids.some(isAlive));

test.each(["SIGTERM", "SIGKILL"])("a command and what it started end when the script gets %s", async (signal) => {
  const { child, started } = await script(signal);
  expect(started.every(isAlive)).toBe(true);
  child.kill(signal);
  await gone(started);
});

test("they end when nobody reads the output any more, as in `npm start | head`, without a stack", async () => {
  const { child, said, started } = await script("EPIPE", "setInterval(() => console.log('still at it'), 50);");
  child.stdout.destroy();
  await gone(started);
  expect(said()).toBe("");
});
