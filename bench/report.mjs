// The figures, for people and for programs.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, relative } from "node:path";
import { root } from "../scripts/paths.mjs";
import { CONNECTIONS } from "./load.mjs";

/** A table of one case. */
export function table({ name, path, bytes, starts, rounds, requestsPerRound, workers }) {
  const rows = workers.map((worker) => [
    worker.name,
    `${micro(worker.cpu.median)} (${micro(worker.cpu.min)}–${micro(worker.cpu.max)})`,
    Math.round(worker.rate.median).toString(),
    ratio(worker.toBare),
    ratio(worker.toHono),
    ...(name === "large" ? [`${Math.round(worker.peakMemory / 2 ** 20)} MB`] : []),
  ]);
  const head = ["", "CPU µs/request", "req/s", "to bare", "to hono", ...(name === "large" ? ["peak memory"] : [])];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (row) => row.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join("   ");
  const title = `${name}: GET ${path}, ${bytes} bytes; ${starts} × ${rounds} rounds of ${requestsPerRound} requests on ${CONNECTIONS} connections`;
  return [title, line(head), ...rows.map(line)].map((text) => `  ${text}`.trimEnd()).join("\n");
}

/** Keeps a run; returns the file's name. */
export function keep(results, { settings, workers }) {
  const date = new Date();
  const folder = join(root, "bench/results");
  const file = join(folder, `${date.toISOString().slice(0, 19).replaceAll(":", "")}Z.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify({
    date: date.toISOString(),
    commit: ask("git", "describe", "--always", "--dirty"),
    machine: { processor: cpus()[0].model.trim(), cores: cpus().length, kernel: ask("uname", "-r") },
    versions: {
      node: process.version,
      workerd: ask(join(root, "node_modules/.bin/workerd"), "--version"),
      hono: packageVersion("hono"),
      zod: packageVersion("zod"),
    },
    compatibilityDate: settings.compatibility_date,
    workers: workers.map(({ name, what }) => ({ name, what })),
    units: { cpu: "µs of processor time a request", rate: "requests/s", peakMemory: "bytes" },
    cases: results,
  }, undefined, 1)}\n`);
  return relative(root, file);
}

const micro = (value) => (value < 100 ? value.toFixed(1) : Math.round(value).toString());

/** The median of the rounds' ratios, and where their middle half lies. */
const ratio = ({ median, quartiles: [low, high] }) => `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;

function ask(command, ...args) {
  try {
    return execFileSync(command, args, { cwd: root, encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

const packageVersion = (name) => JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
