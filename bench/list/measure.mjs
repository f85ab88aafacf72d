// Lists 10,000 contacts with each contestant, in turns: in Node and in Chromium, a process or a page of
// its own each time. A ratio is of one round's neighbours.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { logs as allLogs } from "../../scripts/paths.mjs";
import { answering, claimPorts, start } from "../../scripts/serve.mjs";
import { Failure } from "../../scripts/step.mjs";
import { summary } from "../statistics.mjs";
import { bundles, inPage } from "./chromium.mjs";
import { CONTACTS, PER_PAGE } from "./listing.mjs";

const CONTESTANTS = ["loop", "package", "intercom-client"];

/** Whether each contestant lists all there is, in each place. */
export async function checks() {
  const results = [];
  await inPlaces(async (places) => {
    for (const [place, run] of Object.entries(places)) {
      for (const name of CONTESTANTS) {
        const { complete } = await run(name);
        results.push({ what: `${name} lists everybody, in ${place}`, wrong: complete ? undefined : "it doesn't" });
      }
    }
  });
  return results;
}

/** Samples of every place, contestant and round; the first round warms the machine and isn't kept. */
export async function listings(rounds, tell) {
  const samples = {};
  await inPlaces(async (places) => {
    for (let round = 0; round <= rounds; round += 1) {
      tell(round === 0 ? "→ Warming up" : `→ Round ${round} of ${rounds}`);
      for (const [place, run] of Object.entries(places)) {
        for (const turn of CONTESTANTS.keys()) {
          const name = CONTESTANTS[(round + turn) % CONTESTANTS.length];
          const sample = await run(name);
          if (!sample.complete) throw new Failure(`${name} didn't list ${CONTACTS} contacts, each once, in ${place}`);
          if (round > 0) ((samples[place] ??= {})[name] ??= []).push(sample);
        }
      }
    }
  });
  return samples;
}

/** Does the work while the server and Chromium run; `work` gets how to run a contestant in each place. */
async function inPlaces(work) {
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-list-"));
  const logs = join(allLogs, "bench");
  mkdirSync(logs, { recursive: true });
  const { port } = await claimPorts({ port: 0 });
  const url = `http://127.0.0.1:${port}`;
  const server = start("The server of the listings", ["node", "bench/list/server.mjs", port, folder], join(logs, "list.log"));
  let browser;
  try {
    await Promise.all([bundles(CONTESTANTS, folder), answering(`${url}/`)]);
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--enable-precise-memory-info"],
    });
    await work({ node: (name) => inNode(name, url), chromium: (name) => inPage(browser, name, url) });
  } finally {
    await browser?.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inNode(name, url) {
  const args = ["--expose-gc", join(import.meta.dirname, "node.mjs"), name, url];
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
}

/** A table of each place. */
export function tables(samples) {
  return Object.entries(samples).map(([place, measured]) => {
    const contestants = Object.fromEntries(CONTESTANTS.map((name) => [name, measured[name]]));
    const ratio = (name, other, of) => summary(contestants[name].map((sample, round) => of(sample) / of(contestants[other][round])));
    const shown = ({ median, quartiles: [low, high] }) => `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
    const median = (name, of) => Math.round(summary(contestants[name].map(of)).median).toString();
    const [cpu, wall, whole, peak] = [({ cpu }) => cpu, ({ wall }) => wall, ({ whole }) => whole.cpu, ({ peak }) => peak / 2 ** 20];
    const rows = Object.keys(contestants).map((name) => [
      name, median(name, cpu), shown(ratio(name, "loop", cpu)), shown(ratio(name, "intercom-client", cpu)), shown(ratio(name, "loop", wall)),
      median(name, whole), shown(ratio(name, "loop", whole)), shown(ratio(name, "intercom-client", whole)), `${median(name, peak)} MB`,
    ]);
    const head = ["", "CPU ms", "to loop", "to intercom-client", "wall to loop", "whole run ms", "to loop", "to intercom-client", "peak"];
    const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
    const line = (row) => row.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join("   ");
    const rounds = contestants.loop.length;
    return [`list, ${place}: ${CONTACTS} contacts, ${PER_PAGE} a page, ${rounds} rounds`, line(head), ...rows.map(line)].map((text) => `  ${text}`.trimEnd()).join("\n");
  });
}
