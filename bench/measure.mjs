// Measures one case: the Workers take turns within every round, so that whatever else the machine
// does meets all of them alike, and a ratio is one of two neighbours in time.
import { performance } from "node:perf_hooks";
import { forgetPeakMemory, memory, processorTime } from "./accounting.mjs";
import { summary } from "./statistics.mjs";

/** `workers`: contestants that run, with `pid` and `client`. `told` hears of progress. */
export async function measure(workers, test, rounds, told) {
  for (const { pid, client } of workers) {
    await client.run(test, test.warmUp);
    forgetPeakMemory(pid);
  }
  const samples = new Map(workers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    told(`${test.name}: round ${round + 1} of ${rounds}`);
    for (const turn of workers.keys()) {
      const worker = workers[(round + turn) % workers.length];
      samples.get(worker.name).push(await sample(worker, test));
    }
  }
  return {
    name: test.name,
    path: test.path,
    bytes: test.body.length,
    rounds,
    requestsPerRound: test.round,
    workers: workers.map(({ name, pid }) => {
      const own = samples.get(name);
      const ratioTo = (other) => summary(own.map(({ cpu }, round) => cpu / samples.get(other)[round].cpu));
      return {
        name,
        cpu: summary(own.map(({ cpu }) => cpu)),
        rate: summary(own.map(({ rate }) => rate)),
        toBare: ratioTo("bare"),
        toHono: ratioTo("hono"),
        peakMemory: memory(pid).peak,
        samples: own,
      };
    }),
  };
}

/** `cpu`: microseconds of processor time a request. `rate`: requests a second. */
async function sample({ pid, client }, test) {
  const [ran, began] = [processorTime(pid), performance.now()];
  await client.run(test, test.round);
  const seconds = (performance.now() - began) / 1000;
  return { cpu: (processorTime(pid) - ran) / test.round, rate: test.round / seconds, seconds };
}
