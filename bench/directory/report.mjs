// The tables of the directory's bench. A megabyte is 10^6 bytes here, as in the sizes of files.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { aligned, keepAs, ratio } from "../report.mjs";
import { quantile, summary } from "../statistics.mjs";
import { DIRECTORY, PROGRAM, SAME_ANSWER } from "./contestants.mjs";

const MB = 1e6;

/** All tables of a run, and what it says about the directory alone. */
export function tables(run) {
  const leftOut = run.leftOut.map(({ name, why }) => `  ${name} is left out: ${why}.`);
  const ofPlaces = Object.entries(run.places).flatMap(([place, figures]) => [
    searches(run, place, figures),
    ratios(run, place, figures),
    answers(run, place, figures),
    tasks(run, place, figures),
    ...(figures.loads[DIRECTORY] ? [directory(place, figures)] : []),
  ]);
  return [...ofPlaces, ...leftOut];
}

const title = ({ count, rounds, seed }, place, what) =>
  `directory, ${place}, ${what}: ${count} people, ${rounds} rounds, queries ${seed}`;

function searches(run, place, { searches: times }) {
  const kinds = Object.keys(times);
  const rows = names(times).map((name) => [name, ...kinds.map((kind) => p50p95(times[kind][name]))]);
  return aligned(title(run, place, "searching, total and 50 rows, ms p50/p95"), ["", ...kinds], rows);
}

/** How many times longer each takes than the directory, query by query of a round. */
function ratios(run, place, { searches: times }) {
  const kinds = Object.keys(times);
  const base = names(times).includes(DIRECTORY) ? DIRECTORY : SAME_ANSWER;
  const rows = names(times)
    .filter((name) => name !== base)
    .map((name) => [name, ...kinds.map((kind) => to(times[kind][name], times[kind][base]))]);
  return aligned(title(run, place, `times the ${base}, median and quartiles`), ["", ...kinds], rows);
}

function answers(run, place, { same, loads }) {
  const rows = Object.entries(same).map(([name, kinds]) => {
    const sum = (key) => Object.values(kinds).reduce((total, counts) => total + counts[key], 0);
    const { ms, heap, wasm, wasmPeak } = loads[name];
    const isSame = sum("first") === sum("of") ? "yes" : "no";
    const counts = [`${sum("totals")} of ${sum("of")}`, `${sum("first")} of ${sum("of")}`];
    const plain = `${sum("plainFirst")} of ${sum("plain")}`;
    return [name, isSame, ...counts, plain, seconds(ms), megabytes(heap), wasm ? megabytes(wasmPeak) : ""];
  });
  const { ms, heap } = loads.objects;
  rows.push(["(objects of all but the directory)", "", "", "", "", seconds(ms), megabytes(heap), ""]);
  const head = ["", "same", "totals", "first 50", "ASCII, no typo", "load", "heap", "WebAssembly"];
  return aligned(title(run, place, "answers and loading"), head, rows);
}

function tasks(run, place, { tasks: times, sameTasks }) {
  const all = Object.entries(times);
  const columns = Object.keys(all[0][1]).sort().reverse();
  const rows = all.map(([task, samples]) => [
    task,
    ...columns.map((name) => p50p95(samples[name])),
    samples[DIRECTORY] ? to(samples[SAME_ANSWER], samples[DIRECTORY]) : "",
    sameTasks[task] ? `${sameTasks[task].same} of ${sameTasks[task].of}` : "",
  ]);
  const head = ["", ...columns, `${SAME_ANSWER} to ${DIRECTORY}`, "same"];
  return aligned(title(run, place, "filters, orders and counts, ms p50/p95"), head, rows);
}

function directory(place, { loads, ranks, longTasks }) {
  const { decoding, bytes, loaded, wasmPeak } = loads[DIRECTORY];
  const perSecond = (bytes / MB / (decoding / 1000)).toFixed(0);
  const pauses = longTasks && `; long tasks of the page meanwhile: ${longTasks.length}`;
  return [
    `  directory, ${place}, alone:`,
    `  decoding: ${megabytes(bytes)} in ${seconds(decoding)}, ${perSecond} MB/s${pauses ?? ""}`,
    `  memory: ${megabytes(loaded)} when loaded, ${megabytes(wasmPeak)} at most`,
    `  ranking the names for sorting, once: ${ranks.toFixed(0)} ms`,
    `  WebAssembly, gzipped: ${(gzipped() / 1000).toFixed(1)} KB`,
  ].join("\n");
}

const gzipped = () => gzipSync(readFileSync(PROGRAM), { level: 9 }).length;

const names = (times) => Object.keys(Object.values(times)[0]).sort();

const p50p95 = (samples) => `${short(quantile(samples, 0.5))}/${short(quantile(samples, 0.95))}`;
const short = (value) => (value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0));
const to = (samples, others) => ratio(summary(samples.map((value, index) => value / others[index])));
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
const megabytes = (bytes) => `${(bytes / MB).toFixed(1)} MB`;

/** Keeps a run; returns the file's name. */
export function keep({ chromium, ...run }) {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, "package.json"), "utf8"));
  return keepAs("-directory", {
    versions: { chromium, ...dependencies },
    units: { searches: "ms", tasks: "ms", heap: "bytes", wasm: "bytes", decoding: "ms", ranks: "ms" },
    ...run,
  });
}
