// Whatever is drawn of sends, replies, batches, retries, cancels, pauses, 429s, failures, kills and jumps
// of the clock, in whatever order: the outbox's promises hold, every batch ends, and the outbox comes to
// rest. `SEED=7 npx vitest run --project=edge tests/edge/outbox-model` draws other ones.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serve, standIn } from "../gate.mjs";
import { refusing, seconds, until, V2 } from "../outbox.mjs";
import { dice } from "../soak/dice.mjs";
import { alarmOf, grown } from "../storage.mjs";

const SEED = Number(process.env.SEED ?? 20261128);
const STEPS = 120;
const MINUTE = 60_000;

const random = dice(SEED);
const state = mkdtempSync(join(tmpdir(), "intercom-edge-state-"));
/** What Intercom took, by the text of the message. */
const taken = new Map();
/** Everything that was sent, by its text: `{ id, key, retried }`. */
const made = new Map();
const batches = [];
let faults = true;
let intercom;
let it;

/** Each text is its message's own. */
const text = () => `Text ${made.size + 1}`;

function answer({ method, url, body }) {
  if (method === "GET")
    return { body: { type: "contact", id: url.split("/").at(-1), role: "user", email: "a@example.com" } };
  const { subject, body: words } = JSON.parse(body);
  const take = () => taken.set(subject ?? words, (taken.get(subject ?? words) ?? 0) + 1);
  const fate = faults ? random.below(10) : 9;
  if (fate < 3)
    return {
      ...refusing(429, "rate_limit_exceeded"),
      headers: { "retry-after": "1", "x-ratelimit-reset": String(seconds(1)) },
    };
  if (fate === 3) return refusing(422);
  if (fate === 4) return { cut: "before" };
  take();
  if (fate === 5) return { status: 502 };
  return { body: { type: "admin_message", id: String(taken.size) } };
}

const json = (path, body, headers) => it.ask(path, { method: "POST", json: body, headers });

/** Sends something; nobody waits for the answer here. */
function sends(path, words, body) {
  const key = random.chance(0.5) ? `key-${made.size}` : undefined;
  const sent = { key };
  made.set(words, sent);
  const headers = {
    ...V2,
    ...(key && { "idempotency-key": key }),
    ...(random.chance(0.5) && { prefer: "respond-async" }),
  };
  const ask = () =>
    json(path, body, headers).then(
      ({ headers }) => (sent.id ??= headers.get("x-intercom-edge-message")),
      () => {},
    );
  sent.again = ask;
  return ask();
}

const steps = {
  message: () => {
    const subject = text();
    sends("/messages", subject, {
      message_type: "email",
      subject,
      body: "b",
      template: "plain",
      from: { type: "admin", id: "1" },
      to: { type: "user", id: "p" },
    });
  },
  reply: () => {
    const body = text();
    sends(`/conversations/${random.below(3)}/reply`, body, {
      message_type: "comment",
      type: "admin",
      admin_id: "1",
      body,
    });
  },
  repeat: () => {
    const keyed = [...made.values()].filter(({ key }) => key);
    if (keyed.length > 0) random.one(keyed).again();
  },
  batch: async () => {
    const to = Array.from({ length: 1 + random.below(8) }, (_, at) => ({ id: `p${at}` }));
    const {
      status,
      body,
      text: problem,
    } = await json("/edge/messages/batch", { template: "news", to, variables: { batch: batches.length } });
    expect(status, problem).toBe(202);
    batches.push({ id: body.id, total: to.length });
  },
  ...Object.fromEntries(
    ["pause", "resume", "cancel"].map((change) => [
      change,
      async () => {
        if (batches.length > 0)
          await it.ask(`/edge/messages/batch/${random.one(batches).id}/${change}`, { method: "POST" });
      },
    ]),
  ),
  retry: async () => {
    const { data } = (await it.ask("/edge/messages?state=unknown")).body;
    if (data.length > 0) retry(random.one(data));
  },
  kill: () => it.restart(),
  clock: () => it.restart(() => grown(state, random.one([-10 * MINUTE, -2_000, 5_000, 10 * MINUTE]))),
  wait: () => sleep(random.below(400)),
};
const OFTEN = {
  message: 6,
  reply: 4,
  repeat: 3,
  batch: 2,
  pause: 2,
  resume: 2,
  cancel: 2,
  retry: 3,
  kill: 1,
  clock: 1,
  wait: 4,
};
const DRAWN = Object.entries(OFTEN).flatMap(([name, often]) => Array(often).fill(name));

const retries = new Map();
function retry({ id }) {
  retries.set(id, (retries.get(id) ?? 0) + 1);
  return json(`/edge/messages/${id}/retry`, undefined, random.chance(0.5) ? { prefer: "respond-async" } : {}).catch(
    () => {},
  );
}

/** All messages, each with its request. */
async function everyMessage() {
  const all = [];
  for (let query = "?per_page=150"; query; ) {
    const { data, pages } = (await it.ask(`/edge/messages${query}`)).body;
    all.push(...data);
    query = pages.next && `?per_page=150&starting_after=${pages.next.starting_after}`;
  }
  return Promise.all(all.map(async ({ id }) => (await it.ask(`/edge/messages/${id}`)).body));
}

beforeAll(async () => {
  intercom = await standIn();
  intercom.reply = answer;
  it = await serve("outbox-model", intercom, { state, vars: { SENDER_ADMIN_ID: "1" } });
  const template = { subject: "B{{ variables.batch }} {{ contact.id }}", body: "b" };
  expect((await it.ask("/edge/templates/news", { method: "PUT", json: template })).status).toBe(201);
});
afterAll(async () => {
  await it?.stop();
  await intercom?.stop();
  rmSync(state, { recursive: true, force: true });
});

test(`${STEPS} steps, seed ${SEED}: nothing is sent twice by itself, batches end, the outbox is idle`, async () => {
  const course = [];
  for (let step = 0; step < STEPS; step += 1) {
    const name = random.one(DRAWN);
    course.push(name);
    await steps[name]();
  }
  faults = false;
  for (const { id } of batches) await it.ask(`/edge/messages/batch/${id}/resume`, { method: "POST" });
  const open = async () =>
    (await Promise.all(["queued", "sending"].map((state) => it.ask(`/edge/messages?state=${state}`)))).flatMap(
      ({ body }) => body.data,
    );
  await until(async () => (await open()).length === 0, 100_000);

  for (const { id, total } of batches) {
    const progress = (await it.ask(`/edge/messages/batch/${id}`)).body;
    expect(progress.finished_at, `${course}`).not.toBeNull();
    const { queued, sending, sent, failed, unknown } = progress;
    expect({ queued, sending, total: sent + failed + unknown }, `${course}`).toEqual({ queued: 0, sending: 0, total });
  }

  const messages = await everyMessage();
  for (const { id, state, history, request } of messages) {
    const words = request?.subject ?? request?.body;
    const states = history.map((step) => step.state);
    const attempts = states.filter((one) => one === "unknown").length + (state === "sent" ? 1 : 0);
    const times = taken.get(words) ?? 0;
    // Nothing but someone's retry sends again what may have been sent.
    expect(times, `${words}: ${states}`).toBeLessThanOrEqual(Math.min(attempts, 1 + (retries.get(id) ?? 0)));
    if (state === "sent") expect(times, `${words}: ${states}`).toBeGreaterThanOrEqual(1);
    if (state === "failed") expect(states, words).not.toContain("unknown");
  }
  // A message of its own for each text, however often its key came.
  for (const [words, { key }] of made) {
    const same = messages.filter(({ request }) => (request?.subject ?? request?.body) === words);
    if (key) expect(same.length, words).toBeLessThanOrEqual(1);
  }

  // The next alarm is the one that removes what is old.
  const arrived = intercom.arrived.length;
  await sleep(1_500);
  expect(intercom.arrived).toHaveLength(arrived);
  let left;
  const stopped = () => {
    left = alarmOf(state) - Date.now();
  };
  await it.restart(stopped);
  if (left < MINUTE) {
    // It is still set for the case that the last delivery died: it finds nothing, and sets the next.
    await it.restart(() => grown(state, MINUTE));
    await sleep(1_500);
    expect(intercom.arrived).toHaveLength(arrived);
    await it.restart(stopped);
  }
  expect(left, `${course}`).toBeGreaterThan(60 * MINUTE);
}, 240_000);
