// What becomes of messages when the Worker's process is killed: docs/messages.md, "States".

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serve, standIn } from "../gate.mjs";
import {
  ASYNC,
  accepting,
  email,
  idOf,
  isReplayed,
  isUnknown,
  limited,
  oldEmail,
  seconds,
  send,
  sends,
  settled,
  shown,
  states,
  subjects,
  until,
  V1,
  withKey,
} from "../outbox.mjs";
import { grown, withAlarm } from "../storage.mjs";

let intercom;
let it;
const state = mkdtempSync(join(tmpdir(), "intercom-edge-state-"));

beforeAll(async () => {
  intercom = await standIn();
  it = await serve("outbox-restart", intercom, { state });
  Object.assign(it, { arrived: () => intercom.arrived });
});
beforeEach(() => Object.assign(intercom, { arrived: [], reply: accepting }));
afterAll(async () => {
  await it?.stop();
  await intercom?.stop();
  rmSync(state, { recursive: true, force: true });
});

const never = new Promise(() => {});
const newest = async () => (await it.ask("/edge/messages?per_page=1")).body.data[0];

/** Sends a message that nothing answers, and kills the Worker when its bytes have arrived. */
async function killedOnItsWay(ask, meanwhile) {
  intercom.reply = (request) => (request.url.startsWith("/messages") ? never : accepting(request, 1));
  const before = sends(it).length;
  const first = ask().catch(() => "cut");
  await until(() => sends(it).length > before);
  await it.restart(async () => {
    expect(await first).toBe("cut");
    meanwhile?.();
  });
  intercom.reply = accepting;
}

describe("a message whose bytes were on their way", () => {
  test.each([
    ["with a key", { headers: { "idempotency-key": "killed" } }],
    ["without one", {}],
  ])("%s is unknown: its caller's repeat says so, and it isn't sent again", async (_, init) => {
    const body = email();
    await killedOnItsWay(() => send(it, body, init));
    for (let time = 0; time < 2; time += 1) {
      const again = await send(it, body, init);
      isUnknown(again);
      expect(isReplayed(again)).toBe(true);
      const message = await shown(it, idOf(again));
      expect(states(message)).toEqual(["queued", "sending", "unknown"]);
      expect(message.request).toEqual(body);
    }
    expect(sends(it)).toHaveLength(1);
  });

  test("can be sent once more when a person says so, though it was killed", async () => {
    const body = oldEmail();
    await killedOnItsWay(() => send(it, body, { headers: V1 }));
    const { id } = await newest();
    const answer = await it.ask(`/edge/messages/${id}/retry`, { method: "POST" });
    expect([answer.status, answer.body.subject]).toEqual([200, body.subject]);
    const [first, second] = sends(it);
    expect(second.body.equals(first.body)).toBe(true);
  });

  test("is killed in the middle of a retry: unknown again", async () => {
    intercom.reply = () => ({ status: 500 });
    const id = idOf(await send(it, email()));
    await killedOnItsWay(() => it.ask(`/edge/messages/${id}/retry`, { method: "POST" }));
    expect(states(await shown(it, id))).toEqual(["queued", "sending", "unknown", "queued", "sending", "unknown"]);
    expect(sends(it)).toHaveLength(2);
  });
});

describe("a message that was sent", () => {
  test("is known after a restart, with its answer", async () => {
    const body = email();
    const first = await withKey(it, "before", body);
    await it.restart();
    const again = await withKey(it, "before", body);
    expect([again.status, again.text, isReplayed(again)]).toEqual([200, first.text, true]);
    const plain = email();
    const sent = await send(it, plain);
    await it.restart();
    expect((await send(it, plain)).text).toBe(sent.text);
    expect(sends(it)).toHaveLength(2);
  });
});

describe("a message that waited for the limit", () => {
  test("and that nobody waits for is sent after the restart, though nobody asks for anything", async () => {
    const reset = seconds(3);
    intercom.reply = (_, count) => (count === 1 ? limited(reset) : accepting(_, count));
    const [first, second] = [email(), email()];
    const ids = [idOf(await send(it, first, { headers: ASYNC }))];
    await until(() => sends(it).length === 1);
    ids.push(idOf(await send(it, second, { headers: ASYNC })));
    await settled(it, ids[0], "queued");
    await it.restart();
    // Nobody speaks with the outbox here.
    await until(() => new Set(subjects(it)).size === 2 && sends(it).length >= 3, 30_000);
    for (const id of ids) expect((await settled(it, id)).state).toBe("sent");
    expect(subjects(it).sort()).toEqual([first.subject, first.subject, second.subject].sort());
  });

  test("and whose caller was cut off fails or is sent, and no later", async () => {
    const reset = seconds(4);
    intercom.reply = (_, count) => (count === 1 ? limited(reset) : accepting(_, count));
    const body = email();
    const first = send(it, body).catch(() => "cut");
    await until(() => sends(it).length === 1);
    await sleep(200);
    await it.restart(async () => expect(await first).toBe("cut"));
    const { id } = await newest();
    const { state } = await settled(it, id);
    expect(state).toBe("failed");
    await sleep(Math.max(0, reset * 1000 + 1000 - Date.now()));
    expect(sends(it)).toHaveLength(1);
    // Nothing went out: to send it now is no repeat.
    const again = await send(it, body);
    expect([again.status, isReplayed(again)]).toEqual([200, false]);
  });
});

describe("an alarm that never goes off", () => {
  /** A message that nobody waits for, queued because Intercom's limit is reached; and the Worker is stopped. */
  async function queued(meanwhile) {
    intercom.reply = () => ({ ...limited(seconds(30)), headers: { "retry-after": "30" } });
    const body = email();
    const id = idOf(await send(it, body, { headers: ASYNC }));
    await settled(it, id, "queued");
    await until(() => sends(it).length === 1);
    await it.restart(meanwhile);
    intercom.reply = accepting;
    return id;
  }

  test.each([
    ["in the past, as in a copy that was restored", -10 * 60_000],
    ["an hour ahead, as after a clock that was set back", 60 * 60_000],
  ])("because its time is %s, is set again by the next request", async (_, away) => {
    const id = await queued(() => withAlarm(state, Date.now() + away));
    expect((await settled(it, id, "sent", 15_000)).state).toBe("sent");
    expect(sends(it)).toHaveLength(2);
  });
});

test("what was on its way is settled within a minute, though nobody asks for anything", async () => {
  const body = email();
  await killedOnItsWay(
    () => send(it, body),
    () => grown(state, 60_000),
  );
  await sleep(3_000);
  const asked = seconds();
  const { history } = await newest();
  expect(history.map(({ state }) => state)).toEqual(["queued", "sending", "unknown"]);
  expect(history.at(-1).at).toBeLessThan(asked - 1);
  expect(sends(it)).toHaveLength(1);
});
