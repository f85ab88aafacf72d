// Lists 10,000 contacts with each contestant, in turns: in Node and in Chromium, a process or a page of
// its own each time. A ratio is of one round's neighbours.
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { Failure } from "../../cli/failure.mjs";
import { answering, claimPorts } from "../../cli/run/ports.mjs";
import { start } from "../../cli/run/process.mjs";
import { logs as allLogs, root } from "../../scripts/paths.mjs";
import { aligned, keepAs, megabytes, packageVersion, ratio, spread } from "../report.mjs";
import { summary } from "../statistics.mjs";
import { bundles, inPage } from "./chromium.mjs";
import { CONTACTS, PAGES, PER_PAGE } from "./listing.mjs";

const CONTESTANTS = ["loop", "package", "intercom-client"];
const HERE = import.meta.dirname;
/** The project's own Node, whichever runs this. */
const NODE = join(root, "node_modules/.bin/node");
/** How often each lists in one process, after the first time. */
const TIMES = 5;

/** Whether each contestant lists all there is, in each place. */
export async function checks() {
  const results = [];
  await inPlaces(async ({ places }) => {
    for (const [place, run] of Object.entries(places)) {
      for (const name of CONTESTANTS) {
        const { complete } = await run(name, 1);
        results.push({ what: `${name} lists everybody, in ${place}`, wrong: complete ? undefined : "it doesn't" });
      }
    }
  });
  return results;
}

/** Measures; the first round warms the machine and isn't kept. */
export async function listings(rounds) {
  const samples = {};
  let version;
  let crossings;
  await inPlaces(async ({ places, browser, url }) => {
    version = browser.version();
    crossings = await node("crossings.mjs", "package", url);
    for (let round = 0; round <= rounds; round += 1) {
      console.log(round === 0 ? "→ Warming up" : `→ Round ${round} of ${rounds}`);
      for (const [place, run] of Object.entries(places)) {
        for (const turn of CONTESTANTS.keys()) {
          const name = CONTESTANTS[(round + turn) % CONTESTANTS.length];
          const sample = await run(name, TIMES);
          if (!sample.complete) throw new Failure(`${name} didn't list ${CONTACTS} contacts, each once, in ${place}`);
          if (round === 0) continue;
          samples[place] ??= {};
          samples[place][name] ??= [];
          samples[place][name].push(sample);
        }
      }
    }
  });
  const results = Object.entries(samples).flatMap(([place, measured]) =>
    ["again", "first"].map((when) => figures({ place, when, rounds }, measured)),
  );
  return { results, crossings, chromium: version };
}

/** The figures of one place, and of listing from nothing (`first`) or with all loaded (`again`). */
function figures(facts, measured) {
  const of = (name, what) => measured[name].map((sample) => sample[facts.when][what]);
  const ratioTo = (name, other, what) => summary(of(name, what).map((value, round) => value / of(other, what)[round]));
  return {
    ...facts,
    contestants: CONTESTANTS.map((name) => ({
      name,
      cpu: summary(of(name, "cpu")),
      toLoop: ratioTo(name, "loop", "cpu"),
      toIntercomClient: ratioTo(name, "intercom-client", "cpu"),
      wall: summary(of(name, "wall")),
      wallToLoop: ratioTo(name, "loop", "wall"),
      ...(facts.when === "first" && { peakMemory: Math.max(...of(name, "peak")) }),
      samples: measured[name].map((sample) => sample[facts.when]),
    })),
  };
}

export function table({ place, when, rounds, contestants }) {
  const first = when === "first";
  const rows = contestants.map(({ name, cpu, toLoop, toIntercomClient, wall, wallToLoop, peakMemory }) => [
    name,
    spread(cpu),
    ratio(toLoop),
    ratio(toIntercomClient),
    spread(wall),
    ratio(wallToLoop),
    ...(first ? [megabytes(peakMemory)] : []),
  ]);
  const head = [
    "",
    "CPU ms",
    "to loop",
    "to intercom-client",
    "wall ms",
    "wall to loop",
    ...(first ? ["peak memory"] : []),
  ];
  const how = first ? "from nothing" : `once loaded, the mean of ${TIMES}`;
  return aligned(`list, ${place}, ${how}: ${CONTACTS} contacts, ${PER_PAGE} a page; ${rounds} rounds`, head, rows);
}

/** What the listing's crossings come to for a page. */
export function crossed({ into, out }) {
  const perPage = (calls) => (calls / PAGES).toFixed(1);
  return `  package: ${perPage(into)} calls a page go into WebAssembly, ${perPage(out)} come out of it`;
}

/** Keeps a run; returns the file's name. */
export const keep = ({ results, crossings, chromium: version }) =>
  keepAs("-list", {
    versions: { chromium: version, "intercom-client": packageVersion("intercom-client") },
    units: { cpu: "ms of processor time", wall: "ms", peakMemory: "bytes", crossings: "calls a first listing" },
    crossings,
    results,
  });

/** Does the work while the server and Chromium run; `places` says how to run a contestant in each. */
async function inPlaces(work) {
  const folder = join(root, "build/list");
  const logs = join(allLogs, "bench");
  for (const place of [folder, logs]) mkdirSync(place, { recursive: true });
  const { port } = await claimPorts({ port: 0 });
  const url = `http://127.0.0.1:${port}`;
  const server = start(
    "The server of the listings",
    [process.execPath, join(root, "bench/list/server.mjs"), port, folder],
    join(logs, "list.log"),
  );
  const died = server.died.then((failure) => Promise.reject(failure));
  let browser;
  try {
    await Promise.race([died, Promise.all([bundles(CONTESTANTS, folder), answering(`${url}/`)])]);
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--enable-precise-memory-info",
      ],
    });
    const places = {
      node: (name, times) => node("node.mjs", name, url, times),
      chromium: (name, times) => inPage(browser, name, url, times),
    };
    await Promise.race([died, work({ places, browser, url })]);
  } finally {
    await browser?.close();
    await server.stop();
  }
}

/** What one of the scripts here says of a contestant. */
async function node(script, ...args) {
  const { stdout } = await promisify(execFile)(NODE, [join(HERE, script), ...args.map(String)]);
  return JSON.parse(stdout);
}
