// `npm run bench`: compares our Worker with a bare one and one on Hono, our package with a loop and Intercom's SDK, and
// its directory with arrays and search libraries.
// bench/README.md explains the measurements and how to read them.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { cases, requestHeaders } from "../bench/cases.mjs";
import { checkCase, checkFeatures } from "../bench/checks.mjs";
import { newCallerKey } from "../cli/keys/caller-key.mjs";
import { Failure, main } from "../cli/failure.mjs";
import { claimPorts } from "../cli/run/ports.mjs";
import { start as startPart } from "../cli/run/process.mjs";
import { build } from "./build.mjs";
import { logs as allLogs, root } from "./paths.mjs";
import { setUp } from "./setup.mjs";

/** The time from the start of a Worker's process to its first response. */
const START_UP = "start-up";
/** How often each Worker is started for one of `--starts`. */
const START_UPS = 6;
/** What can be measured. */
const PARTS = ["worker", "list", "export", "live", "directory"];
const CASES = [...cases.map(({ name }) => name), START_UP];

const HELP = `npm run bench [-- worker | list | export | live | directory] [options]
  worker  measures the processor time of a forwarded call: our Worker, a bare one that only forwards, and
          one on Hono with the same features. Each runs in its own workerd, in front of the same upstream.
  list    measures listing 10,000 contacts in Node and in Chromium: our package, a loop with fetch, and
          Intercom's SDK.
  export  measures exporting 100,000 contacts in Node: our package through the Worker, a parallel loop
          with fetch, and the iterator of Intercom's SDK.
  live    measures webhooks and live events: the time of a response, the time until 100 readers have an
          event, and the memory of 1,000 readers; our Worker, and a bare one that stores and sends.
  directory  measures searching, filtering and counting people in Node and in Chromium: our directory,
          arrays, MiniSearch, FlexSearch, uFuzzy, and SQLite as WebAssembly.
  Without a name all are measured; with --case or --with only the Workers. The results are printed and
  written to bench/results/.

  --case <name>         measures only this case; repeatable: ${CASES.join(", ")}
  --starts <number>     how often all processes are restarted (5)
  --rounds <number>     the number of rounds; for worker, per start (5)
  --with <name>=<path>  another Worker to compare: a folder with index.js and its imports, which gets the
                        same bindings as ours; repeatable
  --people <number>     for directory: the number of people (100000)
  --tuning              for directory: the queries for choosing between versions, not those for reporting
  --smoke               measures nothing, but checks that all give the same responses`;

const READY_MS = 30_000;

/** The running processes, which must stop with this one. */
const running = new Set();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => Promise.all([...running].map((stop) => stop())).finally(() => process.exit(130)));
}

await main(async () => {
  const options = given();
  if (options.help) return console.log(HELP);
  await setUp({ browser: options.list || options.directory });
  await build([
    ...(options.worker || options.export || options.live ? ["edge"] : []),
    ...(options.list || options.export || options.directory ? ["wasm", "types", "package"] : []),
  ]);
  const failed = options.smoke ? await smoke(options) : await measured(options);
  process.exit(failed ? 1 : 0);
});

function given() {
  const wrong = (what) => new Failure(what, { todo: "npm run bench -- --help" });
  let values;
  let positionals;
  try {
    const many = { type: "string", multiple: true, default: [] };
    const flag = { type: "boolean", default: false };
    const count = { type: "string", default: "5" };
    const people = { type: "string", default: "100000" };
    ({ values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        case: many,
        with: many,
        starts: count,
        rounds: count,
        people,
        tuning: flag,
        smoke: flag,
        help: { ...flag, short: "h" },
      },
    }));
  } catch (error) {
    throw wrong(error.message.split(". ")[0]);
  }
  const nothing = positionals.find((name) => !PARTS.includes(name));
  if (nothing) throw wrong(`Unknown benchmark ${nothing}: use ${PARTS.slice(0, -1).join(", ")} or ${PARTS.at(-1)}`);
  const unknown = values.case.find((name) => !CASES.includes(name));
  if (unknown) throw wrong(`Unknown case ${unknown}`);
  const odd = ["starts", "rounds", "people"].find((name) => !/^[1-9]\d*$/.test(values[name]));
  if (odd) throw wrong(`--${odd} must be a number, not ${values[odd]}`);
  const others = values.with.map((other) => other.split(/=(.*)/s).slice(0, 2));
  if (others.some(([name, place]) => !/^[\w.-]+$/.test(name) || !place)) throw wrong("--with must be <name>=<folder>");
  const all = positionals.length === 0;
  // --case and --with apply to Workers only.
  const isWhole = all && values.case.length + others.length === 0;
  const parts = Object.fromEntries(PARTS.map((part) => [part, isWhole || positionals.includes(part)]));
  if (all) parts.worker = true;
  return {
    ...values,
    ...parts,
    starts: Number(values.starts),
    rounds: Number(values.rounds),
    people: Number(values.people),
    cases: cases.filter(({ name }) => values.case.length === 0 || values.case.includes(name)),
    startUp: values.case.length === 0 || values.case.includes(START_UP),
    others: others.map(([name, place]) => [name, resolve(place)]),
  };
}

/** Does the work while the stand-in for Intercom and every contestant run. */
function withWorkers(options, work) {
  return withParts(options, start, work);
}

/** Does the work while the parts run that `begin` starts. */
async function withParts(options, begin, work) {
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-bench-"));
  const parts = [];
  const stop = async () => {
    await Promise.all(parts.map((part) => part.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  running.add(stop);
  try {
    const bench = await begin(options, folder, parts);
    const died = Promise.race(parts.map((part) => part.died)).then((failure) => Promise.reject(failure));
    return await Promise.race([died, work(bench)]);
  } finally {
    await stop();
    running.delete(stop);
  }
}

/**
 * Starts the stand-in for Intercom; adds it to `parts`, whose members are stopped in the end. Returns its port, and
 * the contestants, each with a port and a client.
 */
async function prepare(options, folder, parts) {
  // What only a bench needs is loaded by no other command.
  const { unstable_readConfig: readConfig } = await import("wrangler");
  const { contestants } = await import("../bench/contestants.mjs");
  const { client } = await import("../bench/load.mjs");

  const settings = readConfig({ config: join(root, "wrangler.toml") });
  const logs = join(allLogs, "bench");
  mkdirSync(logs, { recursive: true });

  const callerKey = newCallerKey();
  const headers = requestHeaders(callerKey);
  const { intercom } = await claimPorts({ intercom: 0 });
  const made = await contestants({
    settings,
    intercom: `http://127.0.0.1:${intercom}`,
    callerKey,
    folder,
    others: options.others,
  });
  const ports = await claimPorts(Object.fromEntries(made.map(({ name }) => [name, 0])));
  const upstream = [process.execPath, join(root, "bench/upstream.mjs"), intercom];
  parts.push(startPart("The stand-in for Intercom", upstream, join(logs, "intercom.log")));
  const workers = made.map((contestant) => {
    const port = ports[contestant.name];
    return { ...contestant, port, client: client(port, headers) };
  });
  await ready(parts, [intercom]);
  return { settings, headers, logs, folder, workers };
}

/** Resolves when all ports are listened on; a part that dies is the error. */
async function ready(parts, ports) {
  const failure = await Promise.race([...parts.map((part) => part.died), Promise.all(ports.map(listening))]);
  if (failure instanceof Failure) throw failure;
}

/** Starts every contestant as well; adds all to `parts`. */
async function start(options, folder, parts) {
  const { startWorkerd } = await import("../bench/workerd.mjs");
  const { settings, headers, logs, workers } = await prepare(options, folder, parts);
  const starting = workers.map(async (worker) => {
    const log = join(logs, `${worker.name}.log`);
    const part = await startWorkerd(worker, { settings, port: worker.port, folder, log });
    parts.push(part);
    return { ...worker, tether: part.pid };
  });
  const started = await Promise.all(starting);
  await ready(
    parts,
    workers.map(({ port }) => port),
  );
  return { workers: started, settings, headers, cases: options.cases };
}

async function checks({ cases, headers }, worker) {
  const results = [];
  for (const test of cases) results.push(...(await checkCase(worker, worker.client, test)));
  if (worker.features) results.push(...(await checkFeatures(worker, worker.client, { path: cases[0].path, headers })));
  return results;
}

/** Runs the checks only; returns true if one failed. */
async function smoke(options) {
  const results = [];
  if (options.worker) {
    await withWorkers(options, async (bench) => {
      for (const worker of bench.workers) results.push(...(await checks(bench, worker)));
    });
  }
  if (options.list) results.push(...(await (await import("../bench/list/measure.mjs")).checks()));
  if (options.export) results.push(...(await (await import("../bench/export/measure.mjs")).checks()));
  if (options.live) results.push(...(await (await import("../bench/live/measure.mjs")).checks()));
  if (options.directory) results.push(...(await (await import("../bench/directory/measure.mjs")).checks()));
  for (const { what, wrong } of results) console.log(wrong ? `✗ ${what}: ${wrong}` : `✓ ${what}`);
  const failed = results.filter(({ wrong }) => wrong).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  return failed > 0;
}

async function measured(options) {
  if (options.worker && options.cases.length > 0) await forwarded(options);
  if (options.worker && options.startUp) await startedUp(options);
  if (options.list) await listed(options);
  if (options.export) await exported(options);
  if (options.live) await delivered(options);
  if (options.directory) await searched(options);
}

async function searched({ people, rounds, tuning }) {
  const { directories } = await import("../bench/directory/measure.mjs");
  const { keep, tables } = await import("../bench/directory/report.mjs");
  const made = await directories({ count: people, rounds, isTuning: tuning });
  for (const table of tables(made)) console.log(`\n${table}`);
  console.log(`\n  → ${keep(made)}`);
}

async function delivered({ rounds }) {
  const { keep, live, table } = await import("../bench/live/measure.mjs");
  const made = await live(rounds);
  console.log(`\n${table(made)}\n\n  → ${keep(made)}`);
}

async function exported({ rounds }) {
  const { exports, keep, table } = await import("../bench/export/measure.mjs");
  const made = await exports(rounds);
  console.log(`\n${table(made)}\n\n  → ${keep(made)}`);
}

async function listed({ rounds }) {
  const { crossed, keep, listings, table } = await import("../bench/list/measure.mjs");
  const made = await listings(rounds);
  for (const result of made.results) console.log(`\n${table(result)}`);
  console.log(`\n${crossed(made.crossings)}\n\n  → ${keep(made)}`);
}

async function forwarded(options) {
  const { figures } = await import("../bench/measure.mjs");
  const { keep, table } = await import("../bench/report.mjs");
  const samples = new Map(options.cases.map((test) => [test, []]));
  let made;
  for (let at = 1; at <= options.starts; at += 1) {
    console.log(`→ Start ${at} of ${options.starts}`);
    await withWorkers(options, async (bench) => {
      made = bench;
      await collect(bench, options, samples);
    });
  }
  const results = options.cases.map((test) => figures(test, samples.get(test)));
  for (const result of results) console.log(`\n${table(result)}`);
  console.log(`\n  → ${keep(results, made)}`);
}

/** Measures how long the Workers take to start; all of them have the features of ours that Hono's has. */
async function startedUp(options) {
  const { configure } = await import("../bench/workerd.mjs");
  const { figures, startUps, table } = await import("../bench/start-up.mjs");
  const { keepAs } = await import("../bench/report.mjs");
  const rounds = options.starts * START_UPS;
  console.log(`→ ${rounds} starts of each Worker`);
  await withParts(options, prepare, async ({ settings, folder, workers }) => {
    const configured = workers.map((worker) => ({
      ...worker,
      config: configure(worker, { settings, port: worker.port, folder }),
    }));
    const results = figures(await startUps(configured, cases[0].path, rounds));
    console.log(
      `\n${table(results)}\n\n  → ${keepAs("-start-up", { units: { time: "ms", cpu: "ms" }, workers: results })}`,
    );
  });
}

/** Adds each case's samples to `samples`. */
async function collect(bench, { rounds }, samples) {
  const { descendant } = await import("../bench/accounting.mjs");
  const { sample } = await import("../bench/measure.mjs");
  // Workers that respond differently can't be compared.
  for (const worker of bench.workers) {
    const broken = (await checks(bench, worker)).find(({ wrong }) => wrong);
    if (broken) throw new Failure(`The Workers differ, so nothing was measured: ${broken.what}: ${broken.wrong}`);
  }
  const workers = bench.workers.map((worker) => ({ ...worker, pid: descendant(worker.tether, "workerd") }));
  for (const test of bench.cases) samples.get(test).push(await sample(workers, test, rounds));
}

async function listening(port) {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    const connected = await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (connected) return;
    await sleep(50);
  }
  throw new Failure(`Nothing listens on port ${port} after ${READY_MS / 1000} s`);
}
