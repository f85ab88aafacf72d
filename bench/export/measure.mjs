// Exports 100,000 contacts with each contestant, in turns: a process of its own each time, before a flat stand-in for
// Intercom. Then exports with a small rate limit, and counts the requests of each window.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { callerKeyEntry, newCallerKey } from "../../cli/keys/caller-key.mjs";
import { Failure } from "../../cli/failure.mjs";
import { answering, claimPorts } from "../../cli/run/ports.mjs";
import { start } from "../../cli/run/process.mjs";
import { startWorkerd } from "../../cli/serve/workerd.mjs";
import { root } from "../../scripts/paths.mjs";
import { descendant, forgetPeakMemory, memory, processorTime } from "../accounting.mjs";
import { aligned, keepAs, megabytes, packageVersion } from "../report.mjs";

const CONTESTANTS = ["package", "loop", "intercom-client"];
const CONTACTS = 100_000;
const LATENCY_MS = 100;
/** Intercom's limit of an app: 10,000 requests a minute. */
const LIMIT = 1_667;
const SMALL_LIMIT = 300;
const NODE = join(root, "node_modules/.bin/node");
const HERE = import.meta.dirname;

/** Whether each contestant exports all contacts. */
export async function checks() {
  const results = [];
  await withParts({ contacts: 2_000, latency: 0, limit: LIMIT }, async (parts) => {
    for (const name of CONTESTANTS) {
      const { isComplete } = await sample(name, parts);
      results.push({ what: `${name} exports everybody`, wrong: isComplete ? undefined : "it doesn't" });
    }
  });
  return results;
}

/** Measures the contestants in turns, and then the use of a small limit. */
export async function exports(rounds) {
  const samples = Object.fromEntries(CONTESTANTS.map((name) => [name, []]));
  await withParts({ contacts: CONTACTS, latency: LATENCY_MS, limit: LIMIT }, async (parts) => {
    for (let round = 1; round <= rounds; round += 1) {
      console.log(`→ Round ${round} of ${rounds}`);
      for (const turn of CONTESTANTS.keys()) {
        const name = CONTESTANTS[(round + turn) % CONTESTANTS.length];
        await parts.nextWindow();
        const figures = await sample(name, parts);
        if (!figures.isComplete) throw new Failure(`${name} didn't export ${CONTACTS} contacts, each once`);
        samples[name].push(figures);
      }
    }
  });
  console.log(`→ With ${SMALL_LIMIT} requests in ten seconds`);
  let windows = [];
  await withParts(
    { contacts: CONTACTS, latency: LATENCY_MS, limit: SMALL_LIMIT, vars: { EXPORT_FREE_SHARE: "0" } },
    async (parts) => {
      await parts.nextWindow();
      const { isComplete } = await sample("package", parts);
      if (!isComplete) throw new Failure(`The package didn't export ${CONTACTS} contacts with a small limit`);
      windows = await (await fetch(`${parts.options.intercom}/windows`)).json();
    },
  );
  return { samples, windows };
}

async function sample(name, { options, pid }) {
  forgetPeakMemory(pid);
  const [idle, before] = [memory(pid).now, processorTime(pid)];
  const command = [join(HERE, "node.mjs"), name, JSON.stringify(options)];
  const { stdout } = await promisify(execFile)(NODE, command, { maxBuffer: 1 << 24 });
  const worker = { cpu: (processorTime(pid) - before) / 1000, peak: memory(pid).peak - idle };
  return { ...JSON.parse(stdout), worker };
}

/** Does the work while the stand-in and the Worker run. */
async function withParts({ contacts, latency, limit, vars = {} }, work) {
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-export-"));
  const ports = await claimPorts({ intercom: 0, worker: 0 });
  const intercom = `http://127.0.0.1:${ports.intercom}`;
  const command = [NODE, join(HERE, "server.mjs"), ports.intercom, contacts, latency, limit].map(String);
  const server = start("The stand-in for Intercom", command, join(folder, "server.log"));
  const key = newCallerKey();
  let worker;
  try {
    await answering(`${intercom}/windows`);
    worker = await startWorkerd({
      name: "The Worker",
      port: ports.worker,
      log: join(folder, "worker.log"),
      vars: {
        INTERCOM_API_URL: intercom,
        INTERCOM_ACCESS_TOKEN: "bench",
        REQUEST_LOG: "false",
        CALLER_KEYS: JSON.stringify([callerKeyEntry("bench", key, { scopes: ["*"] })]),
        ...vars,
      },
    });
    const pid = descendant(worker.pid, "workerd");
    const nextWindow = () => new Promise((resolve) => setTimeout(resolve, 10_000 - (Date.now() % 10_000)));
    await work({ options: { intercom, worker: worker.url, key, contacts }, pid, nextWindow });
  } finally {
    await worker?.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];

/** A table of the contestants, and the use of the small limit. */
export function table({ samples, windows }) {
  const of = (name, value) => median(samples[name].map(value));
  const ratio = (value, other) => (name) =>
    median(samples[name].map((one, round) => value(one) / value(samples[other][round]))).toFixed(2);
  const cpu = ({ cpu, worker }) => cpu + worker.cpu;
  const [faster, cpuRatio] = [ratio(({ wall }) => 1 / wall, "intercom-client"), ratio(cpu, "loop")];
  const rows = CONTESTANTS.map((name) => [
    name,
    `${(of(name, ({ wall }) => wall) / 1000).toFixed(1)} s`,
    faster(name),
    `${Math.round(of(name, ({ cpu }) => cpu))}`,
    name === "package" ? `${Math.round(of(name, ({ worker }) => worker.cpu))}` : "",
    cpuRatio(name),
    megabytes(of(name, ({ peak }) => peak)),
    name === "package" ? megabytes(of(name, ({ worker }) => worker.peak)) : "",
  ]);
  const head = ["", "time", "× the SDK", "CPU ms", "Worker's CPU ms", "CPU to loop", "memory", "Worker's memory"];
  const title = `export: ${CONTACTS} contacts, ${LATENCY_MS} ms a request, ${LIMIT} requests in ten seconds`;
  const whole = windows.slice(1, -1);
  const used = whole.map((count) => `${Math.round((100 * count) / SMALL_LIMIT)} %`).join(", ");
  const small = `  With ${SMALL_LIMIT} requests in ten seconds: ${windows.join(", ")}; whole windows used: ${used}`;
  return `${aligned(title, head, rows)}\n\n${small}`;
}

/** Keeps a run. */
export const keep = ({ samples, windows }) =>
  keepAs("-export", {
    versions: { "intercom-client": packageVersion("intercom-client") },
    units: { wall: "ms", cpu: "ms", peak: "bytes above idle" },
    exports: samples,
    windows,
  });
