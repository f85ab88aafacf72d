// Every notification that was answered with 200 reaches each reader that selects it, once, while the Worker is killed
// at random times, Intercom repeats notifications and sends them out of order, and readers lose their connections.

import { setTimeout as sleep } from "node:timers/promises";
import { callerKeyEntry, newCallerKey } from "../../cli/keys/caller-key.mjs";
import { CLIENT_SECRET, notification, notify, OPEN, parseId } from "../live.mjs";
import { newCourse, reached } from "./course.mjs";
import { dice } from "./dice.mjs";
import { killing } from "./killer.mjs";
import { broken, restartable } from "./worker.mjs";

const PROGRESS_MS = 5_000;
/** The time without a new event after which the missing ones count as lost. */
const SILENCE_MS = 20_000;
/** The time in which a reader could still get an event twice. */
const LINGER_MS = 1_500;
/** The time after which Intercom sends a notification again. */
const ANSWER_MS = 5_000;
const LATENCY_MS = 10;
/** The deliveries between which two notifications change places, and after which one is repeated. */
const [SHUFFLE, REPEAT] = [40, 400];
const TEN_MINUTES = 600;

/** The topics: the type of the item, and the scope that a reader needs. */
export const TOPICS = {
  "contact.user.created": ["contact", "contacts:read"],
  "contact.user.tag.created": ["contact", "contacts:read"],
  "contact.email.updated": ["contact", "contacts:read"],
  "user.created": ["user", "contacts:read"],
  "company.created": ["company", "companies:read"],
  "company.updated": ["company", "companies:read"],
  "conversation.user.replied": ["conversation", "conversations:read"],
  "conversation.admin.closed": ["conversation", "conversations:read"],
  "ticket.created": ["ticket", "tickets:read"],
  // Intercom may add topics.
  "job.finished": ["job", "edge:admin"],
};

/** The readers. `from`: the share of the sends after which a reader begins, with the first event of the log. */
const READERS = [
  { name: "everything", kind: "socket", scopes: ["*"] },
  { name: "contacts", kind: "socket", scopes: ["*"], topics: ["contact.*"] },
  {
    name: "conversations",
    kind: "socket",
    scopes: ["conversations:read", "companies:read"],
    topics: ["conversation.*", "company.created"],
  },
  { name: "own scope", kind: "socket", scopes: ["contacts:read"] },
  { name: "late", kind: "socket", scopes: ["*"], from: 0.5 },
  { name: "stream", kind: "stream", scopes: ["*"] },
  { name: "stream of companies", kind: "stream", scopes: ["companies:read"], topics: ["company.*"] },
  { name: "late stream", kind: "stream", scopes: ["contacts:read"], from: 0.5 },
];

/** Plans the notifications, and the order of their deliveries, some of which are repeats. */
export function planWebhooks({ notifications: count, seed, app }) {
  const random = dice(seed);
  const began = Math.floor(Date.now() / 1000) - TEN_MINUTES;
  const notifications = Array.from({ length: count }, (_, number) => {
    const topic = random.one(Object.keys(TOPICS));
    const [type] = TOPICS[topic];
    const at = began + Math.floor((number / count) * TEN_MINUTES);
    const text = random.chance(0.02) ? "x".repeat(20_000) : 'a "text" \\ ü 🙂\n';
    const item = { type, id: `${type}-${random.below(20)}`, updated_at: at, number, text };
    return { number, sent: notification({ id: `notif_${seed}_${number}`, topic, item, app, at }) };
  });
  const deliveries = notifications.map((one) => ({ one, place: one.number + random.below(SHUFFLE) }));
  for (const one of notifications)
    if (random.chance(0.15)) deliveries.push({ one, place: one.number + random.below(REPEAT), repeat: true });
  deliveries.sort((a, b) => a.place - b.place);
  return { notifications, deliveries: deliveries.map(({ one, repeat = false }) => ({ one, repeat })) };
}

/**
 * Runs it: `{ results, counts, lines }`, the results `{ what, wrong }` each.
 *
 * `sandbox`: `{ url, token }`. `logs`, `state`: folders for them. `say` gets lines about the progress; `running`, a
 * set, has what must be stopped if the process ends early.
 */
export async function soakWebhooks({
  sandbox,
  logs,
  state,
  notifications: count,
  senders,
  kills,
  seed,
  say = () => {},
  running = new Set(),
}) {
  const began = Date.now();
  const { notifications, deliveries } = planWebhooks({ notifications: count, seed, app: await appOf(sandbox) });
  const readers = READERS.map((reader) => ({ ...reader, key: newCallerKey(), got: [], wrong: [], connections: 0 }));
  const entries = readers.map(({ name, key, scopes }) => callerKeyEntry(name.replaceAll(" ", "-"), key, { scopes }));
  const vars = { CALLER_KEYS: JSON.stringify(entries), INTERCOM_CLIENT_SECRET: CLIENT_SECRET };
  const worker = await restartable({ sandbox, logs, state, running, vars });
  const course = newCourse(deliveries.length);
  const flight = { now: 0, begun: 0 };
  const stop = new AbortController();
  const progress = setInterval(() => say(`${course.done} of ${course.total} deliveries`), PROGRESS_MS);
  try {
    const reading = readers.map((reader, at) =>
      read(reader, { url: worker.url, course, readers, stop: stop.signal, random: dice(seed + 1_000 + at) }),
    );
    const failed = Promise.all(reading).then(() => new Promise(() => {}));
    await Promise.race([failed, whenReady(readers)]);
    const killed = killing({
      worker,
      state,
      course,
      flight,
      kills,
      latency: LATENCY_MS,
      jumps: [0],
      random: dice(seed),
    });
    const queue = deliveries.map((delivery, number) => ({ ...delivery, random: dice(seed + 10_000 + number) }));
    const sending = Array.from({ length: senders }, () => send(queue, { url: worker.url, course, flight }));
    await Promise.race([failed, killed.then(() => new Promise(() => {})), Promise.all(sending)]);
    course.over = true;
    const kill = await killed;
    say("All were sent; the readers get the rest");
    await Promise.race([failed, whenAllArrived(notifications, readers)]);
    stop.abort();
    await Promise.all(reading);
    const seen = { notifications, readers };
    return {
      results: [
        {
          what: `the Worker was killed ${kills} times while it was receiving`,
          wrong: kill.busy < kills ? [`${kill.busy} of ${kill.killed}`] : [],
        },
        { what: "the Worker itself broke nowhere", wrong: broken(logs) },
        ...checkWebhooks(seen),
      ],
      ...counted(seen, { kills: kill.killed, seconds: Math.round((Date.now() - began) / 1000) }),
    };
  } finally {
    course.over = true;
    stop.abort();
    clearInterval(progress);
    await worker.stop();
  }
}

/** Reads the id of the workspace, which every notification names. */
async function appOf({ url, token }) {
  const headers = { authorization: `Bearer ${token}`, "intercom-version": "2.14" };
  const { app } = await (await fetch(`${url}/me`, { headers })).json();
  return app.id_code;
}

/** Delivers what is next in the queue until it is empty, as Intercom does: again until the answer is 200. */
async function send(queue, { url, course, flight }) {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { one, random } = next;
    one.answers ??= [];
    let status;
    do {
      // Intercom does not wait for long; sometimes it does not get the answer.
      const signal = AbortSignal.timeout(random.chance(0.03) ? random.below(20) : ANSWER_MS);
      flight.now += 1;
      flight.begun += 1;
      status = await notify(url, one.sent, { signal });
      flight.now -= 1;
      one.answers.push(status);
      if (status !== 200) await sleep(20 + random.below(200));
    } while (status === undefined || status >= 500);
    course.done += 1;
  }
}

/** Reads until the end, over one connection after the other: each breaks after a while. */
async function read(reader, { url, course, readers, stop, random }) {
  const { kind, key, topics, from } = reader;
  if (from !== undefined) {
    await Promise.race([reached(course, from), aborted(stop)]);
    const { log } = parseId(readers.find(({ last }) => last).last);
    reader.last = `${log}-0`;
  }
  while (!stop.aborted) {
    reader.connections += 1;
    // A connection that was given up may still get events.
    let open = true;
    const onObject = (object) => open && take(reader, object);
    const connection = await OPEN[kind]({ url, key, topics, after: reader.last, onObject }).catch((error) => {
      if (error instanceof TypeError || error instanceof SyntaxError) return undefined;
      throw error;
    });
    if (connection === undefined || connection.rejection) {
      const status = connection?.rejection.status ?? 503;
      if (status < 500) reader.wrong.push(`The Worker rejected the reader with ${status}`);
      await sleep(50 + random.below(100));
      continue;
    }
    await Promise.race([connection.ended, sleep(300 + random.below(5_000)), aborted(stop)]);
    open = false;
    connection.close();
  }
}

/** Takes an object: an event and its id at once, as a reader with a database would. */
function take(reader, object) {
  const { type, id } = object;
  if (type === "edge.gap") reader.wrong.push(`A gap: ${object.reason}`);
  else if (type === "edge.end" && object.reason !== "time_limit") reader.wrong.push(`Ended: ${object.reason}`);
  else if (type === "edge.event") reader.got.push(object);
  if (type === "edge.event" || type === "edge.ready") reader.last = id;
}

const aborted = (signal) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", resolve, { once: true });
  });

/** Resolves when the readers from the beginning have a position in the log. */
async function whenReady(readers) {
  while (readers.some(({ from, last }) => from === undefined && last === undefined)) await sleep(10);
}

/** Resolves when all readers have all events, or get no more. */
async function whenAllArrived(notifications, readers) {
  const expected = readers.map((reader) => selected(notifications, reader).length);
  const arrived = () => readers.reduce((sum, { got }) => sum + got.length, 0);
  let [count, at] = [arrived(), Date.now()];
  while (readers.some(({ got }, reader) => got.length < expected[reader]) && Date.now() - at < SILENCE_MS) {
    await sleep(100);
    if (arrived() !== count) [count, at] = [arrived(), Date.now()];
  }
  await sleep(LINGER_MS);
}

/** Finds the accepted notifications that a reader gets. */
function selected(notifications, { scopes, topics = ["*"] }) {
  const fits = (topic, pattern) => (pattern.endsWith("*") ? topic.startsWith(pattern.slice(0, -1)) : topic === pattern);
  const mayRead = (topic) => scopes.includes("*") || scopes.includes(TOPICS[topic][1]);
  return notifications.filter(
    ({ answers, sent: { topic } }) =>
      answers?.includes(200) && mayRead(topic) && topics.some((pattern) => fits(topic, pattern)),
  );
}

const idOf = ({ sent }) => sent.id;

/** Counts how often a reader got each notification. */
function timesOf({ got }) {
  const times = new Map();
  for (const { notification_id: id } of got) times.set(id, (times.get(id) ?? 0) + 1);
  return times;
}

const lost = (notifications, reader) => {
  const times = timesOf(reader);
  return selected(notifications, reader)
    .map(idOf)
    .filter((id) => !times.has(id));
};
const duplicates = (reader) => [...timesOf(reader)].filter(([, times]) => times > 1).map(([id]) => id);

/** Checks what the readers got. Returns `{ what, wrong }` for each promise. */
export function checkWebhooks({ notifications, readers }) {
  const all = new Map(notifications.map((one) => [one.sent.id, one]));
  const answered = notifications.flatMap(({ answers = [] }) => answers);
  /** Names what is wrong with each reader. */
  const each = (find) =>
    readers.flatMap((reader) => {
      const wrong = find(reader);
      const examples = wrong.slice(0, 3).join(", ");
      return wrong.length > 0 ? [`${reader.name}: ${wrong.length}, such as ${examples}`] : [];
    });
  const sequences = (reader) => reader.got.map(({ id }) => parseId(id).sequence);
  const ids = new Map();
  return [
    {
      what: "every notification was accepted in the end",
      wrong: notifications.filter(({ answers }) => !answers?.includes(200)).map(idOf),
    },
    {
      what: "every answer was a 200, a 503 or none at all",
      wrong: [...new Set(answered.filter((status) => ![200, 503, undefined].includes(status)))],
    },
    {
      what: "some notifications had no answer, and some were repeated after a 200",
      wrong: [
        answered.includes(undefined) ? [] : ["none without an answer"],
        notifications.some(({ answers = [] }) => answers.indexOf(200) < answers.length - 1) ? [] : ["none repeated"],
      ].flat(),
    },
    { what: "no accepted notification is lost", wrong: each((reader) => lost(notifications, reader)) },
    { what: "no reader got a notification twice", wrong: each(duplicates) },
    {
      what: "no reader got what it may not read or did not select",
      wrong: each((reader) => {
        const expected = new Set(selected(notifications, reader).map(idOf));
        return [...timesOf(reader).keys()].filter((id) => !expected.has(id));
      }),
    },
    {
      what: "each reader got its events in the order of their ids",
      wrong: each((reader) => sequences(reader).filter((sequence, at, list) => at > 0 && sequence <= list[at - 1])),
    },
    {
      what: "a notification has the same id for all readers, and it is of one log",
      wrong: each(({ got }) =>
        got
          .filter(({ id, notification_id }) => {
            const { log } = parseId(id);
            if (!ids.has("log")) ids.set("log", log);
            if (!ids.has(notification_id)) ids.set(notification_id, id);
            return ids.get(notification_id) !== id || ids.get("log") !== log;
          })
          .map(({ id }) => id),
      ),
    },
    {
      what: "topic, time and item are those that were sent",
      wrong: each(({ got }) => got.filter((event) => !isAsSent(event, all.get(event.notification_id))).map(idOfEvent)),
    },
    {
      what: "an event is outdated if a newer state of its item came before",
      wrong: each((reader) => (isComplete(reader) ? wronglyDated(reader.got) : [])),
    },
    {
      what: "no connection ended for a reason of the Worker's, and no events were missing",
      wrong: each(({ wrong }) => wrong),
    },
  ];
}

const idOfEvent = ({ id }) => id;
const isComplete = ({ scopes, topics }) => scopes.includes("*") && !topics;

const isAsSent = ({ topic, created_at, item }, one) =>
  one !== undefined &&
  topic === one.sent.topic &&
  created_at === one.sent.created_at &&
  JSON.stringify(item) === JSON.stringify(one.sent.data.item);

/** Finds the events whose `outdated` is wrong, in all events of a log. */
function wronglyDated(events) {
  const newest = new Map();
  return events
    .filter(({ outdated, item: { id, updated_at: at } }) => {
      const expected = (newest.get(id) ?? 0) > at;
      newest.set(id, Math.max(newest.get(id) ?? 0, at));
      return outdated !== expected;
    })
    .map(idOfEvent);
}

/** Counts everything, and writes a line for each reader. */
function counted({ notifications, readers }, more) {
  const answers = notifications.flatMap(({ answers = [] }) => answers);
  const accepted = notifications.filter(({ answers = [] }) => answers.includes(200)).length;
  const perReader = readers.map((reader) => ({
    name: reader.name,
    selected: selected(notifications, reader).length,
    delivered: reader.got.length,
    lost: lost(notifications, reader).length,
    duplicates: duplicates(reader).length,
    connections: reader.connections,
  }));
  const sum = (name) => perReader.reduce((total, reader) => total + reader[name], 0);
  return {
    lines: perReader.map(
      ({ name, ...counts }) =>
        `${name}: ${Object.entries(counts)
          .map(([what, count]) => `${what} ${count}`)
          .join(", ")}`,
    ),
    counts: {
      sent: answers.length,
      "no answer": answers.filter((status) => status === undefined).length,
      notifications: notifications.length,
      accepted,
      delivered: sum("delivered"),
      lost: sum("lost"),
      duplicates: sum("duplicates"),
      outdated: readers[0].got.filter(({ outdated }) => outdated).length,
      connections: sum("connections"),
      ...more,
    },
  };
}
