// Sends notifications as Intercom does, and reads events as many readers at once.

import { Agent, request as open } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../cli/failure.mjs";
import { notification, OPEN, parseId, signed, WEBHOOKS } from "../../tests/live.mjs";
import { APP } from "./workers.mjs";

/** The readers that are opened at the same time. */
const OPENING = 20;
/** The length of a text in each item, so that an event is as long as Intercom's are. */
const TEXT = "x".repeat(1_000);
/** The time without a new event after which the missing ones count as lost. */
const SILENCE_MS = 15_000;

/** Sends the notification of a number, and resolves to the milliseconds until the response was there. */
function send(agent, port, number) {
  const item = { type: "contact", id: `contact-${number}`, updated_at: 1_700_000_000, number, text: TEXT };
  const sent = notification({ id: `notif_${number}`, topic: "contact.user.created", item, app: APP });
  const body = JSON.stringify(sent);
  const headers = { ...signed(body), "content-length": Buffer.byteLength(body) };
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const request = open({ host: "127.0.0.1", port, agent, method: "POST", path: WEBHOOKS, headers }, (response) => {
      response.resume();
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - began);
        else reject(new Failure(`A notification was answered with ${response.statusCode}, not 200`));
      });
    });
    request.once("error", reject).end(body);
  });
}

/**
 * Sends `count` notifications, numbered from `first`, at a rate per second that does not wait for responses. Resolves
 * to `{ times, sent }`: the milliseconds of each response, and when each notification was sent.
 */
export async function sendAtRate({ port }, { first, count, rate }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const began = performance.now();
  const sent = [];
  const times = [];
  for (let number = 0; number < count; number += 1) {
    const left = began + (1000 * number) / rate - performance.now();
    if (left > 0) await sleep(left);
    sent.push(performance.now());
    times.push(send(agent, port, first + number));
  }
  const made = { times: await Promise.all(times), sent };
  agent.destroy();
  return made;
}

/** Sends `count` notifications at once, over many connections. Resolves to the milliseconds until all were stored. */
export async function sendAtOnce({ port }, { first, count, connections }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const began = performance.now();
  await Promise.all(Array.from({ length: count }, (_, number) => send(agent, port, first + number)));
  agent.destroy();
  return performance.now() - began;
}

/** Counts the events that a reader gets: those with numbers from `first` on. */
class Tally {
  received = 0;
  wrong = 0;
  #last = 0;

  constructor(watch) {
    this.watch = watch;
  }

  take({ type, id, item }) {
    if (type !== "edge.event") {
      if (type !== "edge.ready") this.wrong += 1;
      return;
    }
    const { times, first, isOrdered } = this.watch;
    const { sequence } = parseId(id);
    if (isOrdered && sequence <= this.#last) this.wrong += 1;
    this.#last = sequence;
    this.received += 1;
    times?.push([item.number - first, performance.now()]);
  }
}

/**
 * Opens `count` readers of a kind (`socket` or `stream`). Resolves to them: `expect(first)` begins to count events,
 * `received(count)` resolves to what is wrong with each reader's events when all have `count` of them, or get no more.
 */
export async function openReaders({ name, url, key, ticket }, kind, count) {
  const watch = { first: 0, isOrdered: name !== "bare" };
  const readers = [];
  const opening = async () => {
    while (readers.length < count) {
      const tally = new Tally(watch);
      const place = readers.push({ tally }) - 1;
      const reader = await OPEN[kind]({ url, key, ticket, keeps: false, onObject: (object) => tally.take(object) });
      if (reader.rejection) throw new Failure(`A reader was rejected with ${reader.rejection.status}`);
      readers[place].reader = await reader.until(({ ready }) => ready);
    }
  };
  await Promise.all(Array.from({ length: OPENING }, opening));
  const total = () => readers.reduce((sum, { tally }) => sum + tally.received, 0);
  return {
    /** Counts from now on. `times`: a list that gets the number of each event, and when a reader got it. */
    expect(first, times) {
      Object.assign(watch, { first, times });
      for (const { tally } of readers) Object.assign(tally, { received: 0, wrong: 0 });
    },
    /** Resolves to `{ lost, wrong, closed }`, summed over all readers. */
    async received(count) {
      let [seen, at] = [total(), performance.now()];
      while (readers.some(({ tally }) => tally.received < count) && performance.now() - at < SILENCE_MS) {
        await sleep(20);
        if (total() !== seen) [seen, at] = [total(), performance.now()];
      }
      const sum = (value) => readers.reduce((all, reader) => all + value(reader), 0);
      return {
        lost: sum(({ tally }) => Math.max(0, count - tally.received)),
        wrong: sum(({ tally }) => tally.wrong + Math.max(0, tally.received - count)),
        closed: sum(({ reader }) => (reader.end ? 1 : 0)),
      };
    },
    close() {
      for (const { reader } of readers) reader.close();
    },
  };
}
