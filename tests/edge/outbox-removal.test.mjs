// Removing messages: docs/messages.md, "Quotas".

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serve, standIn } from "../gate.mjs";
import {
  accepting,
  door,
  email,
  idOf,
  isReplayed,
  refusing,
  seconds,
  send,
  sends,
  shown,
  until,
  withKey,
} from "../outbox.mjs";
import { editing, inserting, storedUsage } from "../storage.mjs";
import { firstError } from "../worker.mjs";

const state = mkdtempSync(join(tmpdir(), "intercom-edge-state-"));
const it = {};
let intercom;
let worker;
beforeAll(async () => {
  intercom = await standIn();
  const keys = {
    all: ["*"],
    operator: ["messages:admin"],
    one: ["messages:send", "messages:read"],
    other: ["messages:send", "messages:read"],
  };
  worker = await serve("outbox-removal", intercom, { state, keys, vars: { SENDER_ADMIN_ID: "1234567" } });
  Object.assign(it, worker, {
    arrived: () => intercom.arrived,
    reply: (reply) => Object.assign(intercom, { reply: typeof reply === "function" ? reply : () => reply }),
  });
});
beforeEach(async () => {
  Object.assign(intercom, { arrived: [], reply: accepting });
  for (const one of ["sent", "failed", "unknown"]) await purge(`state=${one}`);
});
afterAll(async () => {
  await worker?.stop();
  await intercom?.stop();
  rmSync(state, { recursive: true, force: true });
});

const remove = (id, as = "all") => it.ask(`/edge/messages/${id}`, { method: "DELETE", as });
const purge = (query, as = "all") => it.ask(`/edge/messages?${query}`, { method: "DELETE", as });
const isThere = async (id) => (await it.ask(`/edge/messages/${id}`)).status === 200;
const sent = async (as = "one") => idOf(await send(it, email(), { as }));

async function ending(reply, as = "one") {
  it.reply(reply);
  const id = idOf(await send(it, email(), { as }));
  it.reply(accepting);
  return id;
}

const totalsAreRight = () => {
  const { stored, right } = storedUsage(state);
  expect(stored).toEqual(right);
};

describe("DELETE /edge/messages/{id}", () => {
  test.each([
    ["sent", accepting],
    ["failed", refusing(422)],
    ["unknown", { status: 500 }],
  ])("removes one that is %s", async (state, reply) => {
    const id = await ending(reply);
    expect((await shown(it, id)).state).toBe(state);
    const answer = await remove(id, "operator");
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(await isThere(id)).toBe(false);
    expect((await remove(id)).status).toBe(404);
    totalsAreRight();
  });

  test("is 409 while it is on its way, and it is sent", async () => {
    const wait = door();
    it.reply((...request) => wait.opened.then(() => accepting(...request)));
    const asked = send(it, email());
    await until(() => sends(it).length === 1);
    const [{ id }] = (await it.ask("/edge/messages?state=sending")).body.data;
    const answer = await remove(id);
    wait.open();
    expect([answer.status, firstError(answer).code]).toEqual([409, "conflict"]);
    expect(firstError(answer).message).toContain("sending");
    expect([(await asked).status, (await shown(it, id)).state]).toEqual([200, "sent"]);
  });

  test("forgets its key: the same key sends again", async () => {
    const body = email();
    const first = await withKey(it, "forgotten", body);
    expect(isReplayed(await withKey(it, "forgotten", body))).toBe(true);
    await remove(idOf(first));
    const again = await withKey(it, "forgotten", body);
    expect([again.status, isReplayed(again), sends(it).length]).toEqual([200, false, 2]);
  });

  test("is for messages:admin, also of one's own", async () => {
    const id = await sent("one");
    const answer = await remove(id, "one");
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
      403,
      expect.stringContaining("messages:admin"),
    ]);
    expect(await isThere(id)).toBe(true);
  });
});

describe("DELETE /edge/messages", () => {
  const counts = { sent: 3, failed: 2, unknown: 1 };
  const replies = { sent: accepting, failed: refusing(422), unknown: { status: 500 } };
  async function fill() {
    const ids = { sent: [], failed: [], unknown: [] };
    for (const [state, many] of Object.entries(counts))
      for (let made = 0; made < many; made += 1) ids[state].push(await ending(replies[state]));
    return ids;
  }
  const left = async () => (await it.ask("/edge/messages")).body.data.map(({ id }) => id).sort();

  test.each([
    ["state=failed", ["failed"]],
    ["state=sent", ["sent"]],
    ["state=unknown", ["unknown"]],
    ["caller=one", ["sent", "failed"]],
    [`created_before=${seconds(3600)}`, ["sent", "failed"]],
    ["created_after=0&kind=message", ["sent", "failed"]],
    ["caller=other", []],
    ["created_before=1", []],
    ["batch_id=none", []],
    ["kind=conversation", []],
  ])("?%s removes what is %j", async (query, gone) => {
    const ids = await fill();
    const answer = await purge(query);
    const removed = gone.flatMap((state) => ids[state]);
    expect(answer.body, answer.text).toEqual({ type: "edge.purge", removed: removed.length, more: false });
    expect(await left()).toEqual(
      Object.values(ids)
        .flat()
        .filter((id) => !removed.includes(id))
        .sort(),
    );
    totalsAreRight();
  });

  test.each([
    ["", undefined],
    ["state=queued", "state"],
    ["state=sending", "state"],
    ["state=done", "state"],
    ["all=true", "all"],
    ["per_page=1", "per_page"],
    ["caller=one&created_before=soon", "created_before"],
  ])("?%s is 400 and removes nothing", async (query, field) => {
    const ids = await fill();
    const answer = await purge(query);
    expect([answer.status, firstError(answer).field]).toEqual([400, field]);
    expect(await left()).toEqual(Object.values(ids).flat().sort());
  });

  test("is for messages:admin; replies go only where they may be seen", async () => {
    expect((await purge("state=sent", "one")).status).toBe(403);
    expect((await purge("kind=conversation", "operator")).status).toBe(403);
    const id = await sent();
    await worker.restart(() => editing(state, (database) => database.exec("UPDATE message SET kind = 'conversation'")));
    expect((await purge("state=sent", "operator")).body.removed).toBe(0);
    expect((await remove(id, "operator")).status).toBe(403);
    expect((await purge("state=sent")).body.removed).toBe(1);
  });

  test("removes thousands in bounded steps, and says whether there are more", async () => {
    await worker.restart(() =>
      editing(state, (database) => {
        const insert = inserting(database);
        database.exec("BEGIN");
        for (let number = 0; number < 7_000; number += 1)
          insert("message", {
            id: `m-${number}`,
            caller: "one",
            state: "sent",
            waits: 0,
            created: Date.now() - 60_000,
            history: "[]",
            job: '"notification"',
            made: 1,
          });
        database.exec("COMMIT");
      }),
    );
    expect((await purge("state=sent")).body).toEqual({ type: "edge.purge", removed: 5_000, more: true });
    expect((await purge("state=sent")).body).toEqual({ type: "edge.purge", removed: 2_000, more: false });
    totalsAreRight();
  });

  test("leaves those of a batch that has not ended, so that nobody gets two", async () => {
    await it.ask("/edge/templates/news", { method: "PUT", json: { subject: "News", body: "Hi" } });
    const wait = door();
    const person = (name) => ({ body: { type: "contact", id: `id-${name}`, external_id: name, role: "user" } });
    it.reply((request, count) => {
      const [, name] = /find_by_external_id\/(\w+)/.exec(request.url) ?? [];
      if (name) return person(name);
      return JSON.parse(request.body).to.id === "id-ben"
        ? wait.opened.then(() => accepting(request, count))
        : accepting(request, count);
    });
    const {
      body: { id },
    } = await it.ask("/edge/messages/batch", {
      json: { template: "news", to: [{ user_id: "ann" }, { user_id: "ben" }] },
    });
    await until(async () => (await it.ask(`/edge/messages/batch/${id}`)).body.sent === 1);
    const [{ id: anns }] = (await it.ask(`/edge/messages?batch_id=${id}&state=sent`)).body.data;
    expect((await purge(`batch_id=${id}`)).body.removed).toBe(0);
    const answer = await remove(anns);
    expect([answer.status, firstError(answer).message]).toEqual([409, expect.stringContaining("batch")]);
    wait.open();
    await until(async () => (await it.ask(`/edge/messages/batch/${id}`)).body.state === "done");
    expect((await purge(`batch_id=${id}`)).body.removed).toBe(2);
    totalsAreRight();
  });
});
