// Measures how long a Worker takes to start: from the start of its workerd process to its first response.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import workerd from "workerd";
import { Failure } from "../cli/failure.mjs";
import { processorTime } from "./accounting.mjs";
import { aligned, ratio, spread } from "./report.mjs";
import { summary } from "./statistics.mjs";

const PATIENCE_MS = 30_000;
const POLL_MS = 0.5;

/**
 * Starts each Worker once a round, the Workers in turn. `workers`: `{ name, config, client }`, with a port of its
 * own each. `path`: what is requested. Returns the samples of each Worker by its name.
 */
export async function startUps(workers, path, rounds) {
  const samples = Object.fromEntries(workers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const turn of workers.keys()) {
      const worker = workers[(round + turn) % workers.length];
      samples[worker.name].push(await startUp(worker, path));
    }
  }
  return samples;
}

/** `time`: milliseconds. `cpu`: milliseconds of processor time that the process has used by then. */
async function startUp({ name, config, client }, path) {
  const began = performance.now();
  const child = spawn(workerd.default, ["serve", config], { stdio: "ignore" });
  const ended = once(child, "exit");
  try {
    while (performance.now() - began < PATIENCE_MS) {
      const status = await client.ask(path).then(
        ({ status }) => status,
        () => undefined,
      );
      if (status === 200) return { time: performance.now() - began, cpu: processorTime(child.pid) / 1000 };
      if (status !== undefined) throw new Failure(`The Worker ${name} responded with ${status} to its first request`);
      await sleep(POLL_MS);
    }
    throw new Failure(`The Worker ${name} did not respond within ${PATIENCE_MS / 1000} s`);
  } finally {
    child.kill("SIGKILL");
    await ended;
    client.close();
  }
}

/** The figures, from the samples that `startUps` gives. */
export function figures(samples) {
  const ratios = (name, other) => summary(samples[name].map(({ time }, round) => time / samples[other][round].time));
  return Object.keys(samples).map((name) => ({
    name,
    time: summary(samples[name].map(({ time }) => time)),
    cpu: summary(samples[name].map(({ cpu }) => cpu)),
    toBare: ratios(name, "bare"),
    toHono: ratios(name, "hono"),
    samples: samples[name],
  }));
}

/** A table of the figures. */
export function table(workers) {
  const title = `start-up: from the start of workerd to its first response; ${workers[0].samples.length} starts each`;
  const rows = workers.map(({ name, time, cpu, toBare, toHono }) => [
    name,
    spread(time),
    spread(cpu),
    ratio(toBare),
    ratio(toHono),
  ]);
  return aligned(title, ["", "ms", "CPU ms", "to bare", "to hono"], rows);
}
