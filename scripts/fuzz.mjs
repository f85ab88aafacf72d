// `npm test -- fuzz`: schemathesis reads what the Worker says of itself in /edge/openapi.json, makes
// requests up, good ones and bad ones, and holds every answer against it.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { argv, env } from "node:process";
import { Failure, main } from "../cli/failure.mjs";
import { exit } from "../cli/run/process.mjs";
import { startWorker } from "../cli/serve/worker.mjs";
import { logs as allLogs, root } from "./paths.mjs";
import { schemathesis } from "./setup/schemathesis.mjs";

const HELP = `node scripts/fuzz.mjs [more options of schemathesis run]
  Fuzzes the Worker that was built last, with the sandbox behind it. From the environment:
  FUZZ_SECONDS   how long (75)
  FUZZ_SEED      which requests: the same seed makes the same ones up (1), "random" others each time`;

const logs = join(allLogs, "fuzz");
const report = join(logs, "report.json");

/** How long schemathesis may go on past its time, to end a request and write its report. */
const GRACE_MS = 120_000;

async function fuzz() {
  const seconds = Number(env.FUZZ_SECONDS || 75);
  if (!Number.isInteger(seconds) || seconds < 1)
    throw new Failure(`FUZZ_SECONDS=${env.FUZZ_SECONDS} is not a number of seconds`);
  const seed = env.FUZZ_SEED === "random" ? [] : ["--seed", env.FUZZ_SEED || "1"];
  mkdirSync(logs, { recursive: true });
  rmSync(report, { force: true });

  // The document requires the header Intercom-Version, and so does a Worker whose default is none.
  const worker = await startWorker({ logs, vars: { DEFAULT_VERSION: "1.x" } });
  try {
    await prepare(worker);
    const args = [
      "--config-file",
      join(root, "tests/fuzz/schemathesis.toml"),
      "run",
      `${worker.url}/edge/openapi.json`,
      "--max-time",
      String(seconds),
      ...seed,
      "--report",
      "json",
      "--report-json-path",
      report,
      ...argv.slice(2),
    ];
    const child = spawn(schemathesis, args, {
      cwd: logs,
      env: { ...env, CALLER_KEY: worker.callerKey },
      stdio: "inherit",
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000 + GRACE_MS);
    const code = await Promise.race([exit(child), worker.died]);
    clearTimeout(timer);
    if (code instanceof Failure) {
      child.kill("SIGKILL");
      throw code;
    }
    printResult(code);
  } finally {
    await worker.stop();
  }
}

/** Stores the templates that the document's examples name, so that those reach the outbox. */
async function prepare({ url, callerKey }) {
  const body = JSON.stringify({ subject: "Hi", body: "<p>You are on {{ variables.plan | default('free') }}.</p>" });
  const headers = { authorization: `Bearer ${callerKey}`, "content-type": "application/json" };
  for (const name of ["news", "welcome"]) {
    const { status } = await fetch(`${url}/edge/templates/${name}`, { method: "PUT", headers, body });
    if (status !== 201) throw new Failure(`PUT /edge/templates/${name} answered ${status}`);
  }
}

/** Each operation of the document is a test. */
function printResult(code) {
  let result;
  try {
    result = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    throw new Failure(`schemathesis ended with ${code} and without a report`, { why: "The reason is above." });
  }
  const { operations, failures, errors, seed, test_cases: cases, running_time: seconds } = result;
  const failed = new Set([...failures, ...errors].flatMap(({ operations }) => operations ?? ["somewhere"])).size;
  // tests/fuzz/schemathesis.toml leaves some operations out.
  const missed = operations.selected - operations.tested;
  const broken = Math.max(failed + missed, code === 0 ? 0 : 1);
  const spent = `in ${Math.round(seconds)} s with the seed ${seed}`;
  console.log(`\n${cases.generated} requests ${spent}, to ${operations.tested} operations`);
  console.log(`${Math.max(operations.selected - broken, 0)} passed, ${broken} failed`);
  process.exitCode = broken > 0 ? 1 : 0;
}

if (argv.includes("--help") || argv.includes("-h")) console.log(HELP);
else await main(fuzz);
