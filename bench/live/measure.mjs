// Measures webhooks and live events: our Worker beside a bare one, which stores each notification and sends it to all
// WebSockets. Each has a workerd of its own; senders and readers are in this process.

import { setTimeout as sleep } from "node:timers/promises";
import { handshake, requestTicket } from "../../tests/live.mjs";
import { forgetPeakMemory, memory } from "../accounting.mjs";
import { aligned, keepAs, packageVersion, ratio } from "../report.mjs";
import { quantile, summary } from "../statistics.mjs";
import { openReaders, sendAtOnce, sendAtRate } from "./load.mjs";
import { withWorker, WORKERS } from "./workers.mjs";

const NAMES = Object.keys(WORKERS);
const WARM_UP = 400;
/** The webhooks without readers: their rate per second, and for how many seconds. */
const RECEIVING = { rate: 200, seconds: 10 };
/** The events to readers: their rate per second, for how many seconds, and the number of readers. */
const DELIVERING = { rate: 10, seconds: 10, readers: 100 };
/** The readers that share a Worker, and the events that all of them get in a burst. */
const CROWD = { readers: 1_000, events: 200 };
/** The notifications at once, the connections that they come over, and the readers of each kind. */
const FLOOD = { notifications: 10_000, connections: 256, readers: 5 };
/** The time in which a reader that does not read is ended, and a little more. */
const SLOW_MS = 75_000;

/** Checks that a few events reach a few readers of each Worker. */
export async function checks() {
  const results = [];
  for (const name of NAMES)
    await withWorker(name, async (worker) => {
      for (const kind of kindsOf(name)) {
        const readers = await openReaders(worker, kind, 5);
        const first = kind === "socket" ? 0 : 50;
        readers.expect(first);
        await sendAtOnce(worker, { first, count: 50, connections: 8 });
        const { lost, wrong, closed } = await readers.received(50);
        const failed = lost + wrong + closed > 0 ? `lost ${lost}, wrong ${wrong}, closed ${closed}` : undefined;
        results.push({ what: `${name}: 5 readers by ${kind} get 50 events each, once`, wrong: failed });
        readers.close();
      }
    });
  return results;
}

/** The bare Worker has no event streams. */
const kindsOf = (name) => (name === "ours" ? ["socket", "stream"] : ["socket"]);

/** Measures everything, the first two in `rounds` rounds. */
export async function live(rounds) {
  const [received, delivered] = [[], []];
  for (let round = 1; round <= rounds; round += 1) {
    console.log(`→ Round ${round} of ${rounds}`);
    const order = round % 2 ? NAMES : NAMES.toReversed();
    const made = [{}, {}];
    for (const name of order)
      await withWorker(name, async (worker) => {
        await sendAtOnce(worker, { first: 0, count: WARM_UP, connections: 8 });
        made[0][name] = await receiving(worker);
        Object.assign(made[1], await delivering(worker));
      });
    received.push(made[0]);
    delivered.push(made[1]);
  }
  console.log(`→ ${CROWD.readers} readers`);
  const crowds = {};
  for (const name of NAMES) crowds[name] = await withWorker(name, crowd);
  console.log(`→ ${FLOOD.notifications} notifications at once`);
  const floods = {};
  for (const name of NAMES) floods[name] = await withWorker(name, flood);
  return { received, delivered, crowds, floods };
}

/** Measures how fast notifications are answered. */
async function receiving(worker) {
  const { rate, seconds } = RECEIVING;
  const { times } = await sendAtRate(worker, { first: 10_000, count: rate * seconds, rate });
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** Measures the time from a webhook to its readers, for each kind of reader. */
async function delivering(worker) {
  const { rate, seconds, readers: number } = DELIVERING;
  const made = {};
  for (const [at, kind] of kindsOf(worker.name).entries()) {
    const readers = await openReaders(worker, kind, number);
    const [first, count, times] = [20_000 + at * 1_000, rate * seconds, []];
    readers.expect(first, times);
    const { sent } = await sendAtRate(worker, { first, count, rate });
    const outcome = await readers.received(count);
    const took = times.map(([event, at]) => at - sent[event]);
    made[`${worker.name}, ${kind}s`] = { p50: quantile(took, 0.5), p95: quantile(took, 0.95), ...outcome };
    readers.close();
    await sleep(500);
  }
  return made;
}

/** Measures the memory of many readers, one of which does not read, and whether they get a burst. */
async function crowd(worker) {
  const { readers: number, events } = CROWD;
  const burst = (first) => sendAtOnce(worker, { first, count: events, connections: 16 });
  // The same load with a few readers, so that code and buffers are there before.
  const few = await openReaders(worker, "socket", 10);
  few.expect(0);
  await burst(0);
  await few.received(events);
  few.close();
  await sleep(2_000);
  const alone = memory(worker.pid).now;
  const readers = await openReaders(worker, "socket", number);
  const slow = worker.ticket ? undefined : await openSlow(worker);
  await sleep(1_000);
  const connected = memory(worker.pid).now;
  forgetPeakMemory(worker.pid);
  readers.expect(1_000);
  const began = performance.now();
  await burst(1_000);
  const outcome = await readers.received(events);
  const time = performance.now() - began;
  const { peak } = memory(worker.pid);
  const perReader = (bytes) => (bytes - alone) / number;
  const made = { ...outcome, time, connected: perReader(connected), peak: perReader(peak) };
  if (slow) {
    await sleep(SLOW_MS);
    made.slow = await slow.end();
    made.closed = (await readers.received(events)).closed;
  }
  readers.close();
  return made;
}

/** Opens a reader that does not read. `end` resolves to the reason of its end, and the events that it got. */
async function openSlow({ url, key }) {
  const { body } = await requestTicket({ url, key });
  const { socket, head } = await handshake(url, `/edge/live?ticket=${body.ticket}`);
  socket.pause();
  return {
    async end() {
      let text = head.toString("latin1");
      socket.on("data", (chunk) => (text += chunk.toString("latin1"))).resume();
      await sleep(1_000);
      socket.destroy();
      const [, reason = "none"] = text.match(/"type":"edge\.end".*?"reason":"(\w+)"/) ?? [];
      return { reason, events: text.split('"type":"edge.event"').length - 1 };
    },
  };
}

/** Measures many notifications at once. */
async function flood(worker) {
  const { notifications, connections, readers: number } = FLOOD;
  const groups = [];
  for (const kind of kindsOf(worker.name)) groups.push(await openReaders(worker, kind, number));
  for (const group of groups) group.expect(0);
  const began = performance.now();
  const stored = await sendAtOnce(worker, { first: 0, count: notifications, connections });
  const outcomes = [];
  for (const group of groups) outcomes.push(await group.received(notifications));
  const made = { stored, delivered: performance.now() - began };
  for (const name of ["lost", "wrong", "closed"]) made[name] = outcomes.reduce((sum, one) => sum + one[name], 0);
  for (const group of groups) group.close();
  return made;
}

const milliseconds = (value) => `${value.toFixed(1)} ms`;
const seconds = (value) => `${(value / 1000).toFixed(1)} s`;
const kibibytes = (value) => `${Math.round(value / 1024)} KiB`;
const delivery = ({ lost, wrong, closed }) => [lost, wrong, closed].map(String);
const DELIVERY = ["lost", "wrong", "closed"];

/** Tables of all measurements. */
export function table({ received, delivered, crowds, floods }) {
  const rows = (rounds, base, values) =>
    Object.keys(rounds[0]).map((name) => {
      const times = values.map((value) => milliseconds(summary(rounds.map((round) => round[name][value])).median));
      const last = values.at(-1);
      const ratios = summary(rounds.map((round) => round[name][last] / round[base][last]));
      return [name, ...times, ratio(ratios)];
    });
  const counted = (name) =>
    DELIVERY.map((what) => String(delivered.reduce((sum, round) => sum + round[name][what], 0)));
  const rate = ({ rate, seconds }) => `${rate} a second for ${seconds} s`;
  return [
    aligned(
      `webhooks without readers, ${rate(RECEIVING)}: the time of the response`,
      ["", "p50", "p99", "p99 to bare"],
      rows(received, "bare", ["p50", "p99"]),
    ),
    aligned(
      `webhooks to ${DELIVERING.readers} readers, ${rate(DELIVERING)}: from the request until a reader has the event`,
      ["", "p50", "p95", "p95 to bare", ...DELIVERY],
      rows(delivered, "bare, sockets", ["p50", "p95"]).map((row) => [...row, ...counted(row[0])]),
    ),
    aligned(
      `${CROWD.readers} readers by WebSocket, ${CROWD.events} events at once: memory per reader`,
      ["", "connected", "at most", "time", ...DELIVERY, "the reader that does not read"],
      NAMES.map((name) => {
        const { connected, peak, time, slow, ...outcome } = crowds[name];
        const end = slow ? `${slow.reason} after ${slow.events} events` : "";
        return [name, kibibytes(connected), kibibytes(peak), seconds(time), ...delivery(outcome), end];
      }),
    ),
    aligned(
      `${FLOOD.notifications} notifications at once, over ${FLOOD.connections} connections`,
      ["", "stored", "delivered", ...DELIVERY],
      NAMES.map((name) => {
        const { stored, delivered, ...outcome } = floods[name];
        return [name, seconds(stored), seconds(delivered), ...delivery(outcome)];
      }),
    ),
  ].join("\n\n");
}

/** Keeps a run. */
export const keep = (made) =>
  keepAs("-live", {
    versions: { workerd: packageVersion("workerd") },
    units: { p50: "ms", p95: "ms", p99: "ms", connected: "bytes", peak: "bytes", time: "ms", stored: "ms" },
    ...made,
  });
