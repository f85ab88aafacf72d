// `npm run soak`: checks that messages arrive once while the Worker is killed and Intercom fails, that exports are
// exact while contacts change, that webhooks reach all readers once while the Worker is killed, or that the directory
// answers as a naive reference does.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Failure, main } from "../cli/failure.mjs";
import { callerKeyEntry, newCallerKey } from "../cli/keys/caller-key.mjs";
import { claimPorts } from "../cli/run/ports.mjs";
import { SANDBOX_TOKEN, startSandbox } from "../cli/serve/sandbox.mjs";
import { startWorkerd } from "../cli/serve/workerd.mjs";
import { soakDirectory } from "../tests/soak/directory.mjs";
import { LARGE, soakExports } from "../tests/soak/export.mjs";
import { soak } from "../tests/soak/soak.mjs";
import { soakWebhooks } from "../tests/soak/webhooks.mjs";
import { build } from "./build.mjs";
import { logs as allLogs, root } from "./paths.mjs";
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
  --seed <number>     the seed for messages, faults and kills (random; it is printed)

npm run soak -- exports [options]
  Exports the contacts of a sandbox, again and again, while contacts are created, changed, merged, archived
  and deleted. Connections break and are continued. Each contact that is active all the time must be exported
  exactly once, every other contact at most once.

  --runs <number>     the number of small exports (1000)
  --large <number>    the number of large exports (4)
  --people <number>   the size of the largest export, from ${LARGE} (100000)
  --seed <number>     the seed for contacts, changes and breaks (random; it is printed)

npm run soak -- webhooks [options]
  Sends notifications to the Worker as Intercom does: concurrently, in the wrong order, and again if there was no
  answer. Readers of live events lose their connections and resume. The Worker is killed (SIGKILL) and restarted at
  random times. Each notification that was answered with 200 must reach each reader that selects it exactly once.

  --notifications <number>  the number of notifications (5000)
  --senders <number>        the number of concurrent requests (16)
  --kills <number>          how often the Worker is killed (20)
  --seed <number>           the seed for notifications, connections and kills (random; it is printed)

npm run soak -- directory [options]
  Stores, changes and removes random contacts in the directory, and searches, sorts and counts them. Each answer
  must be that of a naive reference. A sequence with a difference is made smaller, printed and written to a file.

  --minutes <number>  the time (60)
  --wasm <number>     the number of sequences that are compared in WebAssembly, too (100)
  --seed <number>     the seed of the first sequence (random; it is printed)`;

/**
 * The kinds of soak tests: the options, each with its default, smallest and largest value. `local`: it needs the
 * package's WebAssembly only.
 */
const KINDS = {
  messages: {
    options: { sends: [1_000, 1], callers: [8, 1], kills: [20, 0] },
    run: ({ sends, callers, kills, seed }, sandbox, state) => {
      console.log(`→ ${sends} sends by ${callers} callers, ${kills} kills, seed ${seed}`);
      return soak({ sandbox, logs, state, sends, callers, kills, seed, running, say });
    },
  },
  exports: {
    options: { runs: [1_000, 0], large: [4, 0], people: [100_000, LARGE, 200_000] },
    run: async ({ runs, large, people, seed }, sandbox) => {
      console.log(`→ ${runs} small exports and ${large} large ones, seed ${seed}`);
      const worker = await startExportWorker(sandbox);
      return soakExports({ worker, sandbox, seed, runs, large, people, say });
    },
  },
  webhooks: {
    options: { notifications: [5_000, 1], senders: [16, 1], kills: [20, 0] },
    run: ({ notifications, senders, kills, seed }, sandbox, state) => {
      console.log(`→ ${notifications} notifications by ${senders} senders, ${kills} kills, seed ${seed}`);
      return soakWebhooks({ sandbox, logs, state, notifications, senders, kills, seed, running, say });
    },
  },
  directory: {
    options: { minutes: [60, 1, 10_000], wasm: [100, 0] },
    local: true,
    run: ({ minutes, wasm, seed }, state) => {
      const folder = join(root, "dist/wasm");
      return soakDirectory({ minutes, wasm, seed, folder, state, running, say });
    },
  },
};

const logs = join(allLogs, "soak");

/** The running processes, which must stop with this one. */
const running = new Set();

const endAll = () => Promise.allSettled([...running].map((stop) => stop()));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => endAll().finally(() => process.exit(130)));
}

const say = (line) => console.log(`  … ${line}`);

await main(async () => {
  const options = given();
  if (options.help) return console.log(HELP);
  await setUp();
  await build(options.local ? ["wasm"] : ["edge", "sandbox"]);
  rmSync(logs, { recursive: true, force: true });
  const state = mkdtempSync(join(tmpdir(), "intercom-edge-soak-"));
  process.once("exit", () => rmSync(state, { recursive: true, force: true }));
  if (options.local) return options.run(options, state);
  let failed;
  try {
    failed = report(await withSandbox((sandbox) => options.run(options, sandbox, state)));
  } finally {
    await endAll();
  }
  process.exit(failed ? 1 : 0);
});

/** Prints the results of a soak test. Returns true if a check failed. */
function report({ results, counts, lines = [] }) {
  console.log("");
  for (const { what, wrong } of results) {
    console.log(`${wrong.length > 0 ? "✗" : "✓"} ${what}`);
    for (const one of wrong.slice(0, 10)) console.log(`  | ${one}`);
    if (wrong.length > 10) console.log(`  | and ${wrong.length - 10} more`);
  }
  if (lines.length > 0) console.log(`\n${lines.map((line) => `  ${line}`).join("\n")}`);
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

/** Starts the Worker for exports. */
async function startExportWorker(sandbox) {
  const { port } = await claimPorts({ port: 0 });
  const key = newCallerKey();
  const vars = {
    INTERCOM_API_URL: sandbox.url,
    INTERCOM_ACCESS_TOKEN: sandbox.token,
    REQUEST_LOG: "false",
    CALLER_KEYS: JSON.stringify([callerKeyEntry("soak", key, { scopes: ["contacts:read"] })]),
  };
  const worker = await startWorkerd({ name: "The Worker", port, vars, log: join(logs, "worker.log") });
  running.add(worker.stop);
  return { url: worker.url, keys: { all: key } };
}

/** Reads the command line: `run` of the kind, and its options as numbers. */
function given() {
  const wrong = (what) => new Failure(what, { todo: "npm run soak -- --help" });
  const [first = "", ...others] = process.argv.slice(2);
  const named = first !== "" && !first.startsWith("-");
  const name = named ? first : "messages";
  const kind = Object.hasOwn(KINDS, name) && KINDS[name];
  if (!kind) throw wrong(`Unknown kind of soak test: ${first}`);
  const limits = { ...kind.options, seed: [Date.now() % 1_000_000, 0] };
  const options = Object.keys(limits).map((name) => [name, { type: "string", default: String(limits[name][0]) }]);
  let values;
  try {
    ({ values } = parseArgs({
      args: named ? others : process.argv.slice(2),
      options: { ...Object.fromEntries(options), help: { type: "boolean", short: "h" } },
    }));
  } catch (error) {
    throw wrong(error.message.split(". ")[0]);
  }
  const numbers = Object.entries(limits).map(([name, [, least, most = 999_999]]) => {
    const number = /^\d{1,6}$/.test(values[name]) ? Number(values[name]) : -1;
    if (number < least || number > most)
      throw wrong(`--${name} must be a number from ${least} to ${most}, not ${values[name]}`);
    return [name, number];
  });
  return { ...Object.fromEntries(numbers), help: values.help, run: kind.run, local: kind.local };
}
