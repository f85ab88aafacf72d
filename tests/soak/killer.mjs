// Kills the Worker at random moments, all through the sends, while requests are on their way. At some
// of the kills the clock jumps: what is stored becomes older, or comes from the future.

import { setTimeout as sleep } from "node:timers/promises";
import { grown } from "../storage.mjs";
import { reached } from "./course.mjs";

/** By how many minutes the clock jumps at each kill, in turn. */
const JUMPS = [0, 10, -10, 0, 2, 0, -2];
const MINUTE_MS = 60_000;

/** Returns `{ killed, busy, jumps }`: the number of kills, of kills during a request, and of jumps of the clock. */
export async function killing({ worker, state, course, flight, kills, latency, random, jumps = JUMPS }) {
  const done = { killed: 0, busy: 0, jumps: 0 };
  for (let at = 0; at < kills && !course.over; at += 1) {
    await reached(course, ((at + 0.2 + random.below(60) / 100) / kills) * 0.95);
    // A moment at which nothing is on its way any more is none: there are others.
    do {
      const { begun } = flight;
      while ((flight.begun === begun || flight.now === 0) && !course.over) await sleep(1);
      await sleep(random.below(3 * latency));
    } while (flight.now === 0 && !course.over);
    if (flight.now > 0) done.busy += 1;
    const jump = jumps[at % jumps.length];
    await worker.restart(() => jump && grown(state, jump * MINUTE_MS));
    done.killed += 1;
    if (jump) done.jumps += 1;
  }
  return done;
}
