// A batch goes on where it was when the Worker's process is killed: docs/messages.md, "Batches".

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { serve, standIn } from "../gate.mjs";
import { door, sends, until } from "../outbox.mjs";
import { grown } from "../storage.mjs";

let intercom;
let it;
const state = mkdtempSync(join(tmpdir(), "intercom-edge-state-"));

const person = (name) => ({ type: "contact", id: `id-${name}`, external_id: name, role: "user" });
async function workspace({ url }, count) {
  const [, name] = /^\/contacts\/(?:id-|find_by_external_id\/)([^/?]+)$/.exec(url) ?? [];
  // So slow that a kill meets some on their way.
  await sleep(30);
  return { body: name ? person(name) : { type: "admin_message", id: `m-${count}` } };
}

beforeAll(async () => {
  intercom = await standIn();
  it = await serve("batch-restart", intercom, { state, vars: { SENDER_ADMIN_ID: "1234567" } });
  Object.assign(it, { arrived: () => intercom.arrived });
  await it.ask("/edge/templates/news", { method: "PUT", json: { subject: "News", body: "Hi" } });
});
beforeEach(() => Object.assign(intercom, { arrived: [], reply: workspace }));
afterAll(async () => {
  await it?.stop();
  await intercom?.stop();
  rmSync(state, { recursive: true, force: true });
});

const make = async (json) => {
  const { status, text, body } = await it.ask("/edge/messages/batch", { json: { template: "news", ...json } });
  expect(status, text).toBe(202);
  return body.id;
};
const read = async (id) => (await it.ask(`/edge/messages/batch/${id}`)).body;
const results = async (id) =>
  (await it.ask(`/edge/messages/batch/${id}/result.ndjson`)).text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const readers = () => sends(it).map(({ body }) => JSON.parse(body).to.id);
let made = 0;
const people = (many) => Array.from({ length: many }, () => ({ user_id: `user${++made}` }));

/** What must be so of a batch at its end, whatever was killed. */
async function everybodyOnce(id, total) {
  await until(async () => (await read(id)).state === "done", 40_000);
  const end = await read(id);
  expect(end).toMatchObject({ total, queued: 0, sending: 0, failed: 0 });
  expect(end.sent + end.unknown).toBe(total);
  const arrived = readers();
  expect(new Set(arrived).size, "nobody got two").toBe(arrived.length);
  const found = await results(id);
  expect(found).toHaveLength(total);
  for (const { state, contact_id } of found) {
    if (state === "sent") expect(arrived).toContain(contact_id);
    else expect(state).toBe("unknown");
  }
  expect(arrived.length).toBeGreaterThanOrEqual(end.sent);
  return end;
}

test("killed three times in the middle: everybody gets one or is unknown, and none gets two", async () => {
  const id = await make({ to: people(200) });
  for (const many of [20, 70]) {
    await until(() => sends(it).length >= many);
    await it.restart();
    expect(await read(id)).toMatchObject({ state: "sending", sending: 0, total: 200 });
  }
  await until(() => sends(it).length >= 130);
  // This time nobody speaks with the outbox until all is over; it is woken within a minute, which is over.
  await it.restart(() => grown(state, 60_000));
  let before = -1;
  await until(async () => {
    const rests = sends(it).length === before;
    before = sends(it).length;
    await sleep(1_000);
    return rests && before > 130;
  }, 40_000);
  const end = await everybodyOnce(id, 200);
  expect(end.unknown).toBeGreaterThan(0);
  expect(end.unknown).toBeLessThan(3 * 60);
  expect(end.sent).toBeGreaterThan(50);
  await it.restart();
  expect((await read(id)).state).toBe("done");
  expect(readers()).toHaveLength(new Set(readers()).size);
});

test("killed while people are being found: the search goes on, and nobody gets two", async () => {
  let pages = 0;
  const wait = door();
  intercom.reply = async (request, count) => {
    if (request.url !== "/contacts/search") return workspace(request, count);
    const {
      pagination: { per_page, starting_after },
    } = JSON.parse(request.body);
    // The first asks how many there are, then come the pages: the kill meets the third.
    pages += 1;
    if (pages === 4) await wait.opened;
    const from = Number(starting_after ?? 0);
    const end = Math.min(400, from + per_page);
    const data = Array.from({ length: end - from }, (_, at) => person(`found${from + at}`));
    return {
      body: {
        type: "list",
        data,
        total_count: 400,
        pages: { type: "pages", next: end < 400 ? { per_page, starting_after: String(end) } : undefined },
      },
    };
  };
  const id = await make({ search: { query: { field: "role", operator: "=", value: "user" } } });
  await until(() => pages === 4);
  await it.restart();
  wait.open();
  expect((await read(id)).total).toBeGreaterThanOrEqual(150);
  await everybodyOnce(id, 400);
});

test("a batch that is paused stays so, and one that is cancelled", async () => {
  const wait = door();
  intercom.reply = (...request) =>
    request[0].url === "/messages" ? wait.opened.then(() => workspace(...request)) : workspace(...request);
  const [paused, cancelled] = [await make({ to: people(30) }), await make({ to: people(30) })];
  await until(() => sends(it).length > 0);
  await it.ask(`/edge/messages/batch/${paused}/pause`, { method: "POST" });
  await it.ask(`/edge/messages/batch/${cancelled}/cancel`, { method: "POST" });
  await it.restart();
  wait.open();
  const before = sends(it).length;
  await sleep(1_500);
  expect(sends(it)).toHaveLength(before);
  expect(await read(paused)).toMatchObject({ state: "paused", sending: 0 });
  expect(await read(cancelled)).toMatchObject({ state: "cancelled", sending: 0, queued: 0 });
  await it.ask(`/edge/messages/batch/${paused}/resume`, { method: "POST" });
  await until(async () => (await read(paused)).state === "done", 40_000);
  expect(new Set(readers()).size).toBe(readers().length);
});
