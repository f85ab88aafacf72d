// Messages arrive once: many are sent while the Worker's process is killed again and again and the
// sandbox answers with every kind of fault. Each actor has its own file: the callers (caller.mjs), an admin's
// batches and retries, a caller who stores too much (greedy.mjs), and the killer, who moves the clock as well.
// plan.mjs says what they do, checks.mjs what must be true in the end.

import { setTimeout as sleep } from "node:timers/promises";
import { callerKeyEntry, newCallerKey } from "../../cli/keys/caller-key.mjs";
import { duration } from "../../scripts/step.mjs";
import { asking, doors, everything, insisting, intercom } from "./ask.mjs";
import { sendBatches } from "./batches.mjs";
import { deliver } from "./caller.mjs";
import { checks, counts } from "./checks.mjs";
import { newCourse } from "./course.mjs";
import { dice } from "./dice.mjs";
import { QUOTA, sendGreedily } from "./greedy.mjs";
import { killing } from "./killer.mjs";
import { CONVERSATIONS, GREEDY, KINDS, path, plan, planBatches, textOf } from "./plan.mjs";
import { retrying } from "./retries.mjs";
import { broken, restartable } from "./worker.mjs";

const PROGRESS_MS = 5_000;
/** What hangs does so for 30 s, and a window of the limit lasts ten. */
const SETTLED_MS = 120_000;
const LATENCY_MS = 40;
const PEOPLE = 50;

const SENDS = ["messages:send", "messages:read", "conversations:read", "conversations:write"];
const ADMINISTERS = ["messages:admin", "contacts:read", "admins:read", "conversations:read", "conversations:write"];

/**
 * Runs it: `{ results, counts }`, the results `{ what, wrong }` each.
 *
 * `sandbox`: `{ url, token }`. `logs`, `state`: folders for them. `say` is told how it goes on; `running`,
 * a set, has what is to be stopped if the process is to end early.
 */
export async function soak({
  sandbox,
  logs,
  state,
  sends: total,
  callers: many,
  kills,
  seed,
  say = () => {},
  running = new Set(),
}) {
  const door = doors(sandbox);
  const read = intercom(sandbox);
  // A limit that is met now and then.
  await door("POST", "reset", {
    contacts: PEOPLE,
    limit_per_10s: Math.max(100, Math.ceil(total / 4)),
    latency_ms: LATENCY_MS,
  });
  const people = (await read(`/contacts?per_page=${PEOPLE}`)).data.map(({ id }) => id);
  const sends = plan({ sends: total, callers: many, seed });
  const batches = planBatches({ batches: Math.max(3, Math.ceil(total / 60)), people: people.length, seed });
  const names = Array.from({ length: many }, (_, at) => `caller-${at}`);
  const keys = Object.fromEntries([...names, GREEDY, "admin"].map((name) => [name, newCallerKey()]));
  const entry = (name) => callerKeyEntry(name, keys[name], { scopes: name === "admin" ? ADMINISTERS : SENDS });
  const worker = await restartable({
    sandbox,
    logs,
    state,
    running,
    vars: {
      ...QUOTA,
      // Longer than the clock jumps: a repeat without a key stays one.
      OUTBOX_DEDUPE_SECONDS: "86400",
      CALLER_KEYS: JSON.stringify(Object.keys(keys).map(entry)),
    },
  });

  const began = Date.now();
  const course = newCourse(total);
  const flight = { now: 0, begun: 0 };
  const ask = asking(worker.url, keys);
  const insist = insisting(ask);
  const random = (part) => dice(seed + part * 1_000_000);
  const progress = setInterval(() => say(`${course.done} of ${total} sends`), PROGRESS_MS);
  try {
    const life = async (name) => {
      for (const send of sends.filter(({ caller }) => caller === name)) {
        // A fault's path ends after its `*`.
        if (send.fault)
          await door("POST", "faults", {
            method: "POST",
            path: send.conversation ? "/conversations/*" : path(send),
            kind: send.fault,
          });
        await deliver(send, { url: worker.url, key: keys[name], seed, flight });
        course.done += 1;
      }
    };
    const endless = [
      killing({ worker, state, course, flight, kills, latency: LATENCY_MS, random: random(1) }),
      retrying({ ask, course, random: random(3) }),
    ];
    const [quota] = await Promise.race([
      Promise.all([
        sendGreedily({ insist, course, rounds: Math.ceil(total / 400), seed }),
        sendBatches(batches, { insist, people, course, seed, random: random(4) }),
        ...names.map(life),
      ]),
      // Those fail early, or end late.
      Promise.all(endless).then(() => new Promise(() => {})),
    ]);
    course.over = true;
    const [kill, retries] = await Promise.all(endless);
    say(`All were sent after ${duration(Date.now() - began)}; what is on its way settles`);

    await settled(insist);
    const listed = {};
    for (const name of names) listed[name] = (await everything(insist, name, "/edge/messages")).map(({ id }) => id);
    const get = async (path) => (await insist("admin", path)).body;
    const outbox = [];
    for (const { id } of await everything(insist, "admin", "/edge/messages"))
      outbox.push(await get(`/edge/messages/${id}`));
    const made = await everything(insist, "admin", "/edge/messages/batch");
    const { data: left } = await door("GET", "faults");
    const struck = KINDS.filter(
      (kind) => sends.filter(({ fault }) => fault === kind).length > left.filter((fault) => fault.kind === kind).length,
    );

    const seen = {
      sends,
      outbox,
      listed,
      retries,
      batches,
      made,
      quota,
      arrived: await arrived({ door, read, sends }),
    };
    return {
      results: [
        {
          what: `the Worker was killed ${kills} times while it was at work`,
          wrong: kill.busy < kills ? [`${kill.busy} of ${kill.killed}`] : [],
        },
        { what: "every kind of fault struck", wrong: KINDS.filter((kind) => !struck.includes(kind)) },
        { what: "the Worker itself broke nowhere", wrong: broken(logs) },
        ...checks(seen),
      ],
      counts: {
        ...counts(seen),
        kills: kill.killed,
        "clock jumps": kill.jumps,
        faults: sends.filter(({ fault }) => fault).length - left.length,
        seconds: Math.round((Date.now() - began) / 1000),
      },
    };
  } finally {
    course.over = true;
    clearInterval(progress);
    await worker.stop();
  }
}

/** What Intercom took, in its order: `{ text, id }` of each message, `{ text, conversation }` of each reply. */
async function arrived({ door, read, sends }) {
  const messages = (await door("GET", "messages")).data.map(({ request, answer }) => ({
    text: textOf(request),
    id: answer.id,
  }));
  const replies = new Set(sends.filter(({ conversation }) => conversation).map(({ text }) => text));
  for (const conversation of CONVERSATIONS) {
    const { conversation_parts: parts } = await read(`/conversations/${conversation}?display_as=plaintext`);
    // Conversations have texts of their own, too.
    messages.push(
      ...parts.conversation_parts
        .filter(({ body }) => replies.has(body))
        .map(({ body }) => ({ text: body, conversation })),
    );
  }
  return messages;
}

/** Resolves when nothing is on its way, or has been for too long: that is for the checks to say. */
async function settled(insist) {
  const deadline = Date.now() + SETTLED_MS;
  while (Date.now() < deadline) {
    const pages = await Promise.all(
      ["queued", "sending"].map((state) => insist("admin", `/edge/messages?state=${state}&per_page=1`)),
    );
    if (pages.every(({ body }) => body.data.length === 0)) return;
    await sleep(500);
  }
}
