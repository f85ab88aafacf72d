// Messages arrive once: many are sent while the Worker's process is killed again and again and the
// sandbox answers with every kind of fault.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { callerKeyEntry, newCallerKey } from "../../scripts/caller-key.mjs";
import { claimPorts } from "../../scripts/serve.mjs";
import { Failure, duration } from "../../scripts/step.mjs";
import { startWorkerd } from "../../scripts/workerd.mjs";
import { deliver } from "./caller.mjs";
import { checks, counts } from "./checks.mjs";
import { dice } from "./dice.mjs";
import { KINDS, plan } from "./plan.mjs";

const PROGRESS_MS = 5_000;
/** What hangs does so for 30 s, and a window of the limit lasts ten. */
const SETTLED_MS = 120_000;
const LATENCY_MS = 40;

/**
 * Runs it: `{ results, counts }`, the results `{ what, wrong }` each.
 *
 * `sandbox`: `{ url, token }`. `logs`, `state`: folders for them. `say` is told how it goes on; `running`,
 * a set, has what is to be stopped if the process is to end early.
 */
export async function soak({ sandbox, logs, state, sends: total, callers: many, kills, seed, say = () => {}, running = new Set() }) {
  const door = doors(sandbox);
  // A limit that is met now and then.
  await door("POST", "reset", { contacts: 50, limit_per_10s: Math.max(60, Math.ceil(total / 4)), latency_ms: LATENCY_MS });
  const sends = plan({ sends: total, callers: many, seed });
  const names = Array.from({ length: many }, (_, at) => `caller-${at}`);
  const keys = Object.fromEntries([...names, "admin"].map((name) => [name, newCallerKey()]));
  const entry = (name, scopes) => callerKeyEntry(name, keys[name], { scopes });
  const worker = await restartable({ sandbox, logs, state, running, vars: {
    CALLER_KEYS: JSON.stringify([...names.map((name) => entry(name, ["messages:send", "messages:read"])), entry("admin", ["messages:admin"])]),
  } });

  const began = Date.now();
  const course = { done: 0, killed: 0, busy: 0, over: false };
  const flight = { now: 0, begun: 0 };
  const progress = setInterval(() => say(`${course.done} of ${total} sends, ${course.killed} of ${kills} kills`), PROGRESS_MS);
  try {
    const life = async (name) => {
      for (const send of sends.filter(({ caller }) => caller === name)) {
        if (send.fault) await door("POST", "faults", { method: "POST", path: "/messages", kind: send.fault });
        await deliver(send, { url: worker.url, key: keys[name], seed, flight });
        course.done += 1;
      }
    };
    const killing = killer({ worker, course, flight, kills, total, random: dice(seed + 1_000_000) });
    await Promise.race([Promise.all(names.map(life)), killing.then(() => new Promise(() => {}))]);
    course.over = true;
    await killing;
    say(`All were sent after ${duration(Date.now() - began)}; what is on its way settles`);

    const ask = asking(worker.url, keys);
    await settled(ask);
    const listed = {};
    for (const name of names) listed[name] = (await all(ask, name)).map(({ id }) => id);
    const outbox = [];
    for (const { id } of await all(ask, "admin")) outbox.push(await ask("admin", `/edge/messages/${id}`));
    const { data: ledger } = await door("GET", "messages");
    const { data: left } = await door("GET", "faults");
    const struck = KINDS.filter((kind) =>
      sends.filter(({ fault }) => fault === kind).length > left.filter((fault) => fault.kind === kind).length);

    const seen = { sends, outbox, listed, ledger };
    return {
      results: [
        { what: `the Worker was killed ${kills} times while it was at work`, wrong: course.busy < kills ? [`${course.busy} of ${course.killed}`] : [] },
        { what: "every kind of fault struck", wrong: KINDS.filter((kind) => !struck.includes(kind)) },
        { what: "the Worker itself broke nowhere", wrong: broken(logs) },
        ...checks(seen),
      ],
      counts: { ...counts(seen), kills: course.killed, faults: sends.filter(({ fault }) => fault).length - left.length, seconds: Math.round((Date.now() - began) / 1000) },
    };
  } finally {
    course.over = true;
    clearInterval(progress);
    await worker.stop();
  }
}

/** Kills the Worker at random moments, all through the sends, while requests are on their way. */
async function killer({ worker, course, flight, kills, total, random }) {
  for (let at = 0; at < kills && !course.over; at += 1) {
    const share = (at + 0.2 + random.below(60) / 100) / kills;
    while (course.done < share * total * 0.95 && !course.over) await sleep(5);
    // A moment at which nothing is on its way any more is none: there are others.
    do {
      const { begun } = flight;
      while ((flight.begun === begun || flight.now === 0) && !course.over) await sleep(1);
      await sleep(random.below(3 * LATENCY_MS));
    } while (flight.now === 0 && !course.over);
    if (flight.now > 0) course.busy += 1;
    await worker.restart();
    course.killed += 1;
  }
}

/** The Worker with its objects on disk, at one address whatever happens. */
async function restartable({ sandbox, logs, state, vars, running }) {
  const { port } = await claimPorts({ port: 0 });
  const settings = { INTERCOM_API_URL: sandbox.url, INTERCOM_ACCESS_TOKEN: sandbox.token, REQUEST_LOG: "false", ...vars };
  let starts = 0;
  let worker;
  const begin = async () => {
    worker = await startWorkerd({ name: "The Worker", port, vars: settings, state, log: join(logs, `worker-${starts++}.log`) });
  };
  const stop = () => worker.stop();
  await begin();
  running.add(stop);
  return {
    url: worker.url,
    async restart() {
      await worker.kill();
      await begin();
    },
    stop: () => stop().finally(() => running.delete(stop)),
  };
}

const asking = (url, keys) => async (as, path) => {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${keys[as]}` } });
  if (!response.ok) throw new Failure(`${path}: ${response.status}`, { why: await response.text() });
  return response.json();
};

/** Every message that a caller is shown. */
async function all(ask, as) {
  const messages = [];
  let after;
  do {
    const page = await ask(as, `/edge/messages?per_page=150${after ? `&starting_after=${encodeURIComponent(after)}` : ""}`);
    messages.push(...page.data);
    after = page.pages?.next?.starting_after;
  } while (after);
  return messages;
}

/** Resolves when nothing is on its way, or has been for too long: that is for the checks to say. */
async function settled(ask) {
  const deadline = Date.now() + SETTLED_MS;
  while (Date.now() < deadline) {
    const pages = await Promise.all(["queued", "sending"].map((state) => ask("admin", `/edge/messages?state=${state}&per_page=1`)));
    if (pages.every(({ data }) => data.length === 0)) return;
    await sleep(500);
  }
}

/** What the Worker said of failures of its own. */
const broken = (logs) => readdirSync(logs).filter((file) => file.startsWith("worker-")).flatMap((file) =>
  readFileSync(join(logs, file), "utf8").split("\n").filter((line) => /panic|uncaught|unreachable|internal error/i.test(line))
    .map((line) => `${file}: ${line}`));

/** The sandbox's own doors. */
const doors = ({ url }) => async (method, path, body) => {
  const response = await fetch(`${url}/_sandbox/${path}`, {
    method,
    ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Failure(`/_sandbox/${path}: ${response.status}`, { why: await response.text() });
  return response.json();
};
