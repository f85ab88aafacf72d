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
    spread(worker.cpu),
    Math.round(worker.rate.median).toString(),
    ratio(worker.toBare),
    ratio(worker.toHono),
    ...(name === "large" ? [megabytes(worker.peakMemory)] : []),
  ]);
  const head = ["", "CPU µs/request", "req/s", "to bare", "to hono", ...(name === "large" ? ["peak memory"] : [])];
  const load = `${starts} × ${rounds} rounds of ${requestsPerRound} requests on ${CONNECTIONS} connections`;
  const title = `${name}: GET ${path}, ${bytes} bytes; ${load}`;
  return aligned(title, head, rows);
}

/** Rows below their heads, below a title. */
export function aligned(title, head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (row) =>
    row.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join("   ");
  return [title, line(head), ...rows.map(line)].map((text) => `  ${text}`.trimEnd()).join("\n");
}

/** Keeps a run of the Workers; returns the file's name. */
export const keep = (results, { settings, workers }) =>
  keepAs("", {
    versions: {
      workerd: ask(join(root, "node_modules/.bin/workerd"), "--version"),
      hono: packageVersion("hono"),
      zod: packageVersion("zod"),
    },
    compatibilityDate: settings.compatibility_date,
    workers: workers.map(({ name, what }) => ({ name, what })),
    units: { cpu: "µs of processor time a request", rate: "requests/s", peakMemory: "bytes" },
    cases: results,
  });

/** Keeps a run's facts, and when and where it ran, in a file whose name has `suffix`; returns its name. */
export function keepAs(suffix, { versions, ...facts }) {
  const date = new Date();
  const folder = join(root, "bench/results");
  const file = join(folder, `${date.toISOString().slice(0, 19).replaceAll(":", "")}Z${suffix}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify(
      {
        date: date.toISOString(),
        commit: ask("git", "describe", "--always", "--dirty"),
        machine: { processor: cpus()[0].model.trim(), cores: cpus().length, kernel: ask("uname", "-r") },
        versions: { node: process.version, ...versions },
        ...facts,
      },
      undefined,
      1,
    )}\n`,
  );
  return relative(root, file);
}

/** The median of the rounds, and the least and the most. */
export const spread = ({ median, min, max }) => `${rounded(median)} (${rounded(min)}–${rounded(max)})`;

/** Of three digits and more none is a fraction. */
const rounded = (value) => (value < 100 ? value.toFixed(1) : Math.round(value).toString());

/** The median of the rounds' ratios, and where their middle half lies. */
export const ratio = ({ median, quartiles: [low, high] }) =>
  `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;

export const megabytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MB`;

function ask(command, ...args) {
  try {
    return execFileSync(command, args, { cwd: root, encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

export const packageVersion = (name) =>
  JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
