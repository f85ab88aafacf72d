// How much the outbox stores: docs/messages.md, "Quotas".

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serve, standIn } from "../gate.mjs";
import {
  ASYNC,
  accepting,
  door,
  email,
  idOf,
  isReplayed,
  refusing,
  send,
  sends,
  shown,
  until,
  withKey,
} from "../outbox.mjs";
import { everything, storedUsage } from "../storage.mjs";
import { firstError } from "../worker.mjs";

const KEYS = { all: ["*"], one: ["messages:send", "messages:read"], other: ["messages:send", "messages:read"] };

/** A Worker whose storage can be looked at. */
function small(name, vars, state = mkdtempSync(join(tmpdir(), "intercom-edge-state-"))) {
  const it = { state };
  let intercom;
  let worker;
  beforeAll(async () => {
    intercom = await standIn();
    worker = await serve(name, intercom, {
      state,
      keys: KEYS,
      vars: { SENDER_ADMIN_ID: "1234567", OUTBOX_DEDUPE_SECONDS: "0", ...vars },
    });
    Object.assign(it, worker, {
      arrived: () => intercom.arrived,
      reply: (reply) => Object.assign(intercom, { reply: typeof reply === "function" ? reply : () => reply }),
      purge: (query) => it.ask(`/edge/messages?${query}`, { method: "DELETE" }),
    });
  });
  beforeEach(async () => {
    for (const state of ["sent", "failed", "unknown"]) await it.purge(`state=${state}`);
    Object.assign(intercom, { arrived: [], reply: accepting });
  });
  afterAll(async () => {
    await worker?.stop();
    await intercom?.stop();
    rmSync(state, { recursive: true, force: true });
  });
  return it;
}

const long = (kilobytes, more) => email({ body: "x".repeat(kilobytes * 1000), ...more });
const totalsAreRight = (it) => {
  const { stored, right } = storedUsage(it.state);
  expect(stored).toEqual(right);
};

function isOverShare(answer) {
  expect([answer.status, firstError(answer).code], answer.text).toEqual([429, "outbox_quota_exceeded"]);
  expect(answer.headers.get("x-intercom-edge")).toBe("edge");
  // It doesn't come back by waiting.
  expect(answer.headers.get("retry-after")).toBeNull();
  for (const words of ["nothing was sent", "DELETE /edge/messages"])
    expect(firstError(answer).message).toContain(words);
}

describe("a caller's share of the bytes", () => {
  const it = small("quota-bytes", { OUTBOX_MAX_BYTES: "1000000", OUTBOX_KEEP_DAYS: "1" });

  test("is not exceeded: 429 says why, nothing is sent, and others go on", async () => {
    it.reply({ status: 500 });
    for (const _ of [1, 2]) await send(it, long(100), { as: "one" });
    it.reply(accepting);
    const before = sends(it).length;
    isOverShare(await send(it, long(100), { as: "one" }));
    isOverShare(await withKey(it, "over", long(100), { as: "one" }));
    isOverShare(await send(it, long(100), { as: "one", headers: ASYNC }));
    isOverShare(
      await it.ask("/edge/notify", {
        as: "one",
        json: { to: { id: "x" }, subject: "x", body: "x".repeat(100_000), from: { type: "admin", id: "1" } },
      }),
    );
    expect(sends(it)).toHaveLength(before);
    expect((await send(it, long(100), { as: "other" })).status).toBe(200);
    totalsAreRight(it);
    // The key was not used up.
    await it.purge("caller=one&state=unknown");
    const again = await withKey(it, "over", long(100), { as: "one" });
    expect([again.status, isReplayed(again)]).toEqual([200, false]);
  });

  test("has room for what was sent: its text isn't kept where less than a fifth is left", async () => {
    it.reply({ status: 500 });
    for (const _ of [1, 2]) await send(it, long(100), { as: "one" });
    it.reply(accepting);
    for (const _ of [1, 2, 3, 4]) {
      const body = long(20);
      const answer = await send(it, body, { as: "one" });
      expect([answer.status, answer.body.body]).toEqual([200, body.body]);
      expect(await shown(it, idOf(answer))).toMatchObject({ state: "sent", request: null, message_id: answer.body.id });
    }
    totalsAreRight(it);
  });

  test("counts a batch whole, before it begins", async () => {
    await it.ask("/edge/templates/news", { method: "PUT", json: { subject: "News", body: "Hi" } });
    const to = (many) =>
      Array.from({ length: many }, (_, at) => ({ user_id: `person-${at}`, variables: { text: "x".repeat(500) } }));
    const make = (many) => it.ask("/edge/messages/batch", { json: { template: "news", to: to(many) } });
    const batches = async () => (await it.ask("/edge/messages/batch")).body.data.length;
    const before = await batches();
    isOverShare(await make(500));
    expect([await batches(), it.arrived()]).toEqual([before, []]);
    const { status, body } = await make(50);
    expect(status).toBe(202);
    await until(async () => (await it.ask(`/edge/messages/batch/${body.id}`)).body.state === "done", 30_000);
    totalsAreRight(it);
  });

  test("of the people whom a search finds, too", async () => {
    it.reply(({ url }) =>
      url.startsWith("/contacts/search") ? { body: { type: "list", data: [], total_count: 9_000 } } : {},
    );
    isOverShare(
      await it.ask("/edge/messages/batch", {
        json: { template: "news", search: { query: { field: "role", operator: "=", value: "user" } } },
      }),
    );
  });

  test("the totals are right after a kill in the middle of sends", async () => {
    const wait = door();
    it.reply((request, count) =>
      count % 3 === 0 ? wait.opened.then(() => ({})) : count % 3 === 1 ? accepting(request, count) : refusing(422),
    );
    const asked = Array.from({ length: 12 }, () => send(it, long(2), { as: "one" }).catch(() => undefined));
    await until(() => sends(it).length >= 6);
    await it.restart();
    wait.open();
    await Promise.all(asked);
    it.reply(accepting);
    await send(it, long(2), { as: "one" });
    totalsAreRight(it);
  });
});

describe("a message that was not sent", () => {
  const it = small("quota-rejected", {});

  test.each([
    ["refused by Intercom", refusing(422), {}],
    [
      "refused in many words",
      {
        status: 400,
        body: { type: "error.list", errors: [{ code: "parameter_invalid", message: "y".repeat(50_000) }] },
      },
      {},
    ],
    ["refused by something in between", { status: 403, body: "y".repeat(50_000) }, {}],
  ])("keeps its text, and of the response its cause: %s", async (_, reply) => {
    it.reply(reply);
    const body = long(900, { subject: "Popocatepetl" });
    const answer = await withKey(it, `rejected-${_.length}`, body);
    const message = await shown(it, idOf(answer));
    expect(message).toMatchObject({ state: "failed", request: body, answer: { status: answer.status } });
    expect(message.history.at(-1).cause).toContain(String(answer.status));
    expect(everything(it.state).filter((value) => value.includes("y".repeat(5_000)))).toEqual([]);
    totalsAreRight(it);
    // The same key has the same end.
    expect((await withKey(it, `rejected-${_.length}`, body)).status).toBe(answer.status);
  });
});

describe("the limits of the whole outbox", () => {
  const it = small("quota-messages", { OUTBOX_MAX_MESSAGES: "10", OUTBOX_CALLER_SHARE: "0.6" });

  test("are 507 for everybody, and the log warns from 80 % on", async () => {
    const statuses = [];
    for (const as of ["one", "one", "one", "one", "one", "one", "other", "other", "other", "other"])
      statuses.push((await send(it, email(), { as })).status);
    expect(statuses).toEqual(Array(10).fill(200));
    const before = sends(it).length;
    isOverShare(await send(it, email(), { as: "one" }));
    const full = await send(it, email(), { as: "other" });
    expect([full.status, firstError(full).code]).toEqual([507, "outbox_full"]);
    expect(firstError(full).message).toContain("nothing was sent");
    expect(sends(it)).toHaveLength(before);
    const warnings = it
      .log()
      .split("\n")
      .filter((line) => line.includes('"warning"'))
      .map((line) => JSON.parse(line));
    expect(warnings.map(({ outbox }) => outbox.fill).slice(0, 3)).toEqual([0.8, 0.9, 1]);
    expect(warnings[0].outbox).toMatchObject({ messages: 8, max_messages: 10, max_bytes: 1_000_000_000 });
    await it.purge("caller=one");
    expect((await send(it, email(), { as: "other" })).status).toBe(200);
  });
});

// A file system of 6 MB: only root can make one.
const disk = mkdtempSync(join(tmpdir(), "intercom-edge-disk-"));
const mounted =
  process.platform === "linux" && spawnSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", disk]).status === 0;
afterAll(() => {
  if (mounted) spawnSync("umount", [disk]);
  rmSync(disk, { recursive: true, force: true });
});

describe.skipIf(!mounted)("a disk without room", () => {
  const state = join(disk, "state");
  mkdirSync(state, { recursive: true });
  const it = {};
  let intercom;
  beforeAll(async () => {
    intercom = await standIn();
    Object.assign(it, await serve("quota-disk", intercom, { state, keys: KEYS }), { arrived: () => intercom.arrived });
    intercom.reply = accepting;
  });
  afterAll(async () => {
    await it.stop?.();
    await intercom?.stop();
  });

  test("is 507, nothing is sent, and with room all goes on", async () => {
    const { status, body } = await send(it, email());
    expect(status).toBe(200);
    const filler = join(disk, "filler");
    spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4k"]);
    // Some room is needed to open the file at all.
    truncateSync(filler, statSync(filler).size - 200_000);
    const full = long(300);
    const answer = await withKey(it, "full", full);
    expect([answer.status, firstError(answer).code], answer.text).toEqual([507, "outbox_full"]);
    expect(firstError(answer).message).toContain("nothing was sent");
    // The outbox was stopped, and can't set its alarm either.
    expect([502, 507]).toContain((await send(it, long(300))).status);
    expect(sends(it)).toHaveLength(1);
    rmSync(filler);
    expect((await withKey(it, "full", full)).status).toBe(200);
    expect((await it.ask("/edge/messages")).body.data.map((message) => message.message_id)).toContain(body.id);
  });
});
