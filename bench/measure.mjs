// Measures one case: the Workers take turns within every round, so that whatever else the machine
// does meets all of them alike, and a ratio is one of two neighbours in time.
import { performance } from "node:perf_hooks";
import { forgetPeakMemory, memory, processorTime } from "./accounting.mjs";
import { summary } from "./statistics.mjs";

/**
 * Samples of each Worker by its name, one a round. `workers`: contestants that run, with `pid` and
 * `client`.
 */
export async function sample(workers, test, rounds) {
  for (const { pid, client } of workers) {
    await client.run(test, test.warmUp);
    forgetPeakMemory(pid);
  }
  const samples = Object.fromEntries(workers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const turn of workers.keys()) {
      const worker = workers[(round + turn) % workers.length];
      samples[worker.name].push(await once(worker, test));
    }
  }
  return samples;
}

/** `cpu`: microseconds of processor time a request. `rate`: requests a second. `peak`: bytes. */
async function once({ pid, client }, test) {
  const [ran, began] = [processorTime(pid), performance.now()];
  await client.run(test, test.round);
  const seconds = (performance.now() - began) / 1000;
  return { cpu: (processorTime(pid) - ran) / test.round, rate: test.round / seconds, peak: memory(pid).peak };
}

/** The figures of a case, from the samples of every start of the processes, each as `sample` gives. */
export function figures(test, starts) {
  const all = (name) => starts.flatMap((samples) => samples[name]);
  return {
    name: test.name,
    path: test.path,
    bytes: test.body.length,
    starts: starts.length,
    rounds: starts[0].bare.length,
    requestsPerRound: test.round,
    workers: Object.keys(starts[0]).map((name) => {
      const own = all(name);
      const ratioTo = (other) => summary(own.map(({ cpu }, round) => cpu / all(other)[round].cpu));
      return {
        name,
        cpu: summary(own.map(({ cpu }) => cpu)),
        rate: summary(own.map(({ rate }) => rate)),
        toBare: ratioTo("bare"),
        toHono: ratioTo("hono"),
        peakMemory: Math.max(...own.map(({ peak }) => peak)),
        samples: starts.map((samples) => samples[name]),
      };
    }),
  };
}
