// Messages without an Idempotency-Key, and their repeats: docs/messages.md, "Without a key".

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { gate, serve, standIn } from "../gate.mjs";
import {
  ASYNC,
  accepting,
  door,
  email,
  idOf,
  isReplayed,
  isUnknown,
  oldEmail,
  refusing,
  send,
  sends,
  settled,
  until,
  V1,
  V2,
  withKey,
} from "../outbox.mjs";

const it = gate("outbox-repeats", { keys: { all: ["*"], one: ["messages:send"], other: ["messages:send"] } });

beforeEach(() => it.reply(accepting));

/** Makes every answer wait until `open`. */
function waiting(of = it) {
  const wait = door();
  of.reply((...request) => wait.opened.then(() => accepting(...request)));
  return wait.open;
}

describe("a repeat while the first is in flight", () => {
  test.each([[2], [20]])("joins it: one request at Intercom, the same answer for all %i", async (many) => {
    const [body, open] = [email(), waiting()];
    const asked = Array.from({ length: many }, () => send(it, body));
    await until(() => sends(it).length > 0);
    await sleep(100);
    open();
    const answers = await Promise.all(asked);
    expect(sends(it)).toHaveLength(1);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0].status).toBe(200);
    expect(new Set(answers.map(idOf)).size).toBe(1);
    expect(answers.filter((answer) => !isReplayed(answer))).toHaveLength(1);
  });

  test("joins a failure, too", async () => {
    const wait = door();
    it.reply(() => wait.opened.then(() => refusing(404)));
    const body = email();
    const asked = [send(it, body), send(it, body)];
    await until(() => sends(it).length > 0);
    await sleep(100);
    wait.open();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(answers[0].text).toBe(answers[1].text);
    expect(sends(it)).toHaveLength(1);
  });

  test("joins it though its path has a slash at the end or two at the front", async () => {
    for (const headers of [V2, V1]) {
      it.arrived().length = 0;
      const body = headers === V1 ? oldEmail() : email();
      const first = await send(it, body, { headers });
      for (const path of ["/messages/", "//messages", "//messages/"]) {
        const answer = await send(it, body, { headers, path });
        expect([idOf(answer), isReplayed(answer)], path).toEqual([idOf(first), true]);
      }
      expect(sends(it).map(({ url }) => url)).toEqual(["/messages"]);
    }
  });

  test("joins one in API 1.x: one lookup, one message", async () => {
    const [body, open] = [oldEmail(), waiting()];
    const asked = [1, 2, 3].map(() => send(it, body, { headers: V1 }));
    await until(() => it.arrived().length > 0);
    await sleep(100);
    open();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(it.arrived()).toHaveLength(2);
  });

  test("joins one whose caller has hung up, and one that nobody waits for", async () => {
    for (const init of [{ signal: AbortSignal.timeout(200) }, { headers: ASYNC }]) {
      const [body, open] = [email(), waiting()];
      const before = sends(it).length;
      const first = send(it, body, init).catch(() => undefined);
      await until(() => sends(it).length > before);
      await first;
      const asked = send(it, body);
      await sleep(100);
      open();
      const answer = await asked;
      expect([answer.status, answer.body.subject]).toEqual([200, body.subject]);
      expect(sends(it)).toHaveLength(before + 1);
    }
  });

  test("doesn't join another caller's, another request, or one with a key of its own", async () => {
    const [body, open] = [email(), waiting()];
    const asked = [
      send(it, body, { as: "one" }),
      send(it, body, { as: "other" }),
      send(it, body, { as: "one", path: "/messages?a=1" }),
      send(it, body, { as: "one", headers: { "intercom-version": "2.13" } }),
      withKey(it, "own", body, { as: "one" }),
    ];
    await until(() => sends(it).length === asked.length);
    open();
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(idOf)).size).toBe(asked.length);
    expect(answers.map(isReplayed)).toEqual(asked.map(() => false));
  });
});

describe("a repeat after the end", () => {
  test("of what was sent gets the stored answer", async () => {
    const body = email();
    const first = await send(it, body);
    const again = await send(it, body);
    expect([again.status, again.text, idOf(again)]).toEqual([200, first.text, idOf(first)]);
    expect([isReplayed(first), isReplayed(again)]).toEqual([false, true]);
    expect(sends(it)).toHaveLength(1);
  });

  test.each([
    ["a 500", { status: 500 }],
    ["a 502", { status: 502, body: "<html>" }],
    ["a 408", { status: 408 }],
    ["a connection that was cut", { cut: "before" }],
    ["an empty answer", { body: "" }],
  ])("of what is unknown after %s gets the stored answer, and nothing is sent again", async (_, reply) => {
    const body = email();
    it.reply(reply);
    const first = await send(it, body);
    isUnknown(first);
    it.reply(accepting);
    for (let time = 0; time < 3; time += 1) {
      const again = await send(it, body);
      isUnknown(again);
      expect([again.text, idOf(again), isReplayed(again)]).toEqual([first.text, idOf(first), true]);
    }
    expect(sends(it)).toHaveLength(1);
  });

  test.each([404, 400, 403, 422])("of what failed with %i is tried anew, as a message of its own", async (status) => {
    const body = email();
    it.reply(refusing(status));
    const first = await send(it, body);
    expect(first.status).toBe(status);
    it.reply(accepting);
    const again = await send(it, body);
    expect([again.status, isReplayed(again)]).toEqual([200, false]);
    expect(idOf(again)).not.toBe(idOf(first));
    expect((await settled(it, idOf(first))).state).toBe("failed");
    expect(sends(it)).toHaveLength(2);
    // And from now on it is the one that was sent.
    expect(await send(it, body)).toMatchObject({ status: 200, text: again.text });
    expect(sends(it)).toHaveLength(2);
  });

  test("cures Intercom's 404 for a contact who was created a second ago, in API 1.x", async () => {
    const body = oldEmail();
    it.reply(({ url }) => (url.startsWith("/messages") ? refusing(404) : accepting({ url })));
    expect((await send(it, body, { headers: V1 })).status).toBe(404);
    it.reply(accepting);
    expect((await send(it, body, { headers: V1 })).status).toBe(200);
  });

  test("of another caller is another message", async () => {
    const body = email();
    const [first, other] = [await send(it, body, { as: "one" }), await send(it, body, { as: "other" })];
    expect(isReplayed(other)).toBe(false);
    expect(other.text).not.toBe(first.text);
    expect(sends(it)).toHaveLength(2);
  });

  test.each([
    ["body", { json: email() }],
    ["query", { path: "/messages?b=1" }],
    ["version", { headers: { "intercom-version": "2.13" } }],
  ])("with another %s is another message", async (_, { path = "/messages", json, headers }) => {
    const body = email();
    await send(it, body);
    const other = await it.ask(path, { headers: { ...V2, ...headers }, json: json ?? body });
    expect([other.status, isReplayed(other)]).toEqual([200, false]);
    expect(sends(it)).toHaveLength(2);
  });
});

describe("OUTBOX_DEDUPE_SECONDS", () => {
  let intercom;
  let short;
  let none;
  const of = (worker) => ({ ...worker, arrived: () => intercom.arrived });
  beforeAll(async () => {
    intercom = await standIn();
    short = of(await serve("outbox-dedupe-2", intercom, { vars: { OUTBOX_DEDUPE_SECONDS: "2" } }));
    none = of(await serve("outbox-dedupe-0", intercom, { vars: { OUTBOX_DEDUPE_SECONDS: "0" } }));
  });
  beforeEach(() => Object.assign(intercom, { arrived: [], reply: accepting }));
  afterAll(async () => {
    await short?.stop();
    await none?.stop();
    await intercom?.stop();
  });

  test("counts from the end of the first", async () => {
    intercom.reply = (...request) => sleep(2500).then(() => accepting(...request));
    const body = email();
    const first = await send(short, body);
    await sleep(1000);
    const soon = await send(short, body);
    expect([soon.text, isReplayed(soon)]).toEqual([first.text, true]);
    intercom.reply = accepting;
    // A repeat doesn't make it longer.
    await sleep(1500);
    const late = await send(short, body);
    expect([late.status, isReplayed(late)]).toEqual([200, false]);
    expect(idOf(late)).not.toBe(idOf(first));
    expect(sends(short)).toHaveLength(2);
  });

  test("of 0: the same text is another message each time, in flight and after", async () => {
    const body = email();
    const answers = await Promise.all([1, 2, 3].map(() => send(none, body)));
    answers.push(await send(none, body));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.map(isReplayed)).toEqual([false, false, false, false]);
    expect(new Set(answers.map(idOf)).size).toBe(4);
    expect(sends(none)).toHaveLength(4);
  });

  test("of 0 leaves keys as they are", async () => {
    const body = email();
    const first = await withKey(none, "kept", body);
    const again = await withKey(none, "kept", body);
    expect([again.text, isReplayed(again)]).toEqual([first.text, true]);
    expect(sends(none)).toHaveLength(1);
  });
});
