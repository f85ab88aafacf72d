// `npm run soak`: checks that messages arrive once while the Worker is killed and Intercom fails.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Failure, main } from "../cli/failure.mjs";
import { claimPorts } from "../cli/run/ports.mjs";
import { SANDBOX_TOKEN, startSandbox } from "../cli/serve/sandbox.mjs";
import { soak } from "../tests/soak/soak.mjs";
import { build } from "./build.mjs";
import { logs as allLogs } from "./paths.mjs";
import { setUp } from "./setup.mjs";

const HELP = `npm run soak [-- options]
  Sends messages, replies and batches through the Worker to a sandbox that answers with every kind of
  fault. The Worker is killed (SIGKILL) and restarted at random times. Meanwhile batches are paused and
  cancelled, unknown messages are retried, one caller exceeds its quota, and the clock jumps. At the end,
  the sandbox must have received each message that was reported as sent, and no message more often than
  once plus once per retry.

  --sends <number>    the number of messages and replies (1000)
  --callers <number>  the number of concurrent callers (8)
  --kills <number>    how often the Worker is killed (20)
  --seed <number>     the seed for messages, faults and kills (random; it is printed)`;

const logs = join(allLogs, "soak");

/** The running processes, which must stop with this one. */
const running = new Set();

const endAll = () => Promise.allSettled([...running].map((stop) => stop()));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => endAll().finally(() => process.exit(130)));
}

await main(async () => {
  const options = given();
  if (options.help) return console.log(HELP);
  await setUp();
  await build(["edge", "sandbox"]);
  rmSync(logs, { recursive: true, force: true });
  const state = mkdtempSync(join(tmpdir(), "intercom-edge-soak-"));
  process.once("exit", () => rmSync(state, { recursive: true, force: true }));
  let failed;
  try {
    failed = await withSandbox((sandbox) => run(options, sandbox, state));
  } finally {
    await endAll();
  }
  process.exit(failed ? 1 : 0);
});

/** Runs the soak test; returns true if a check failed. */
async function run({ sends, callers, kills, seed }, sandbox, state) {
  console.log(`→ ${sends} sends by ${callers} callers, ${kills} kills, seed ${seed}`);
  const { results, counts } = await soak({
    sandbox,
    logs,
    state,
    sends,
    callers,
    kills,
    seed,
    running,
    say: (line) => console.log(`  … ${line}`),
  });
  console.log("");
  for (const { what, wrong } of results) {
    console.log(`${wrong.length > 0 ? "✗" : "✓"} ${what}`);
    for (const one of wrong.slice(0, 10)) console.log(`  | ${one}`);
    if (wrong.length > 10) console.log(`  | and ${wrong.length - 10} more`);
  }
  console.log(
    `\n${Object.entries(counts)
      .map(([name, count]) => `${name}: ${count}`)
      .join(", ")}`,
  );
  const failed = results.filter(({ wrong }) => wrong.length > 0).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  return failed > 0;
}

/** Does the work while the sandbox runs, behind the process that can cut connections. */
async function withSandbox(work) {
  const { port } = await claimPorts({ port: 0 });
  const sandbox = await startSandbox({ port, logs });
  running.add(sandbox.stop);
  const died = sandbox.died.then((failure) => Promise.reject(failure));
  return Promise.race([died, work({ url: sandbox.url, token: SANDBOX_TOKEN })]);
}

function given() {
  const wrong = (what) => new Failure(what, { todo: "npm run soak -- --help" });
  const number = (value) => ({ type: "string", default: String(value) });
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        sends: number(1000),
        callers: number(8),
        kills: number(20),
        seed: number(Date.now() % 1_000_000),
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    throw wrong(error.message.split(". ")[0]);
  }
  const least = { sends: 1, callers: 1, kills: 0, seed: 0 };
  const numbers = Object.fromEntries(
    Object.keys(least).map((name) => [name, /^\d{1,6}$/.test(values[name]) ? Number(values[name]) : -1]),
  );
  const odd = Object.keys(least).find((name) => numbers[name] < least[name]);
  if (odd) throw wrong(`--${odd} must be a number from ${least[odd]} to 999999, not ${values[odd]}`);
  return { ...values, ...numbers };
}
