// Asynchronous messages and Intercom's rate limit: docs/messages.md, "Synchronous or asynchronous", "Rate limit (429)".

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
  limited,
  oldEmail,
  refusing,
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
import { firstError } from "../worker.mjs";

const it = gate("outbox-async", {
  keys: { all: ["*"], sender: ["messages:send"], one: ["messages:send", "messages:read"] },
});

beforeEach(() => it.reply(accepting));

const post = (json, { headers, ...init } = {}) => send(it, json, { ...init, headers: { ...ASYNC, ...headers } });

function isAccepted(answer) {
  expect(answer.status, answer.text).toBe(202);
  expect(answer.headers.get("location")).toBe(`/edge/messages/${idOf(answer)}`);
  expect(answer.headers.get("preference-applied")).toBe("respond-async");
  expect(answer.headers.get("x-intercom-edge")).toBe("edge");
  expect(answer.body).toMatchObject({ type: "edge.message", id: idOf(answer) });
  expect(["queued", "sending"]).toContain(answer.body.state);
}

describe("Prefer: respond-async", () => {
  test("answers at once, before Intercom does, and the message is sent", async () => {
    const wait = door();
    it.reply((...request) => wait.opened.then(() => accepting(...request)));
    const body = email();
    const answer = await post(body, { as: "one" });
    isAccepted(answer);
    await until(() => sends(it).length === 1);
    wait.open();
    const message = await settled(it, idOf(answer));
    expect(message).toMatchObject({ state: "sent", request: body, caller: "one" });
    expect(states(message)).toEqual(["queued", "sending", "sent"]);
    expect((await it.ask(answer.headers.get("location"), { as: "one" })).body.state).toBe("sent");
    expect(sends(it)).toHaveLength(1);
  });

  test("needs no more than messages:send; to look needs messages:read", async () => {
    const answer = await post(email(), { as: "sender" });
    isAccepted(answer);
    expect((await it.ask(answer.headers.get("location"), { as: "sender" })).status).toBe(403);
    await settled(it, idOf(answer));
  });

  test.each([["Respond-Async"], ["wait=5, respond-async"], ["respond-async, wait=5"]])(
    "is understood as %s",
    async (prefer) => {
      const answer = await send(it, email(), { headers: { prefer } });
      isAccepted(answer);
      await settled(it, idOf(answer));
    },
  );

  test.each([["wait=5"], ["return=minimal"], ["respond-asynchronously"], [""]])("isn't %j", async (prefer) => {
    const answer = await send(it, email(), { headers: { prefer } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("preference-applied")).toBeNull();
  });

  test("in API 1.x, too, and what can be seen to be wrong is said at once", async () => {
    const answer = await post(oldEmail(), { headers: V1 });
    isAccepted(answer);
    expect(await settled(it, idOf(answer))).toMatchObject({ state: "sent", contact_id: "5bb2f45a1e099bf2d553a2d5" });
    const wrong = await post(oldEmail({ body: "" }), { headers: V1 });
    expect([400, 422]).toContain(wrong.status);
    expect(firstError(wrong).field).toBe("body");
    expect(idOf(wrong)).toBeNull();
  });

  test("to nobody fails later", async () => {
    it.reply(({ url }) => (url.startsWith("/messages") ? accepting({ url }, 1) : refusing(404)));
    const answer = await post(oldEmail(), { headers: V1 });
    isAccepted(answer);
    expect(await settled(it, idOf(answer))).toMatchObject({ state: "failed", answer: { status: 404 } });
    expect(sends(it)).toEqual([]);
  });

  test.each([
    [refusing(422), "failed"],
    [{ status: 503 }, "unknown"],
    [{ cut: "before" }, "unknown"],
  ])("comes to the same end as one that's waited for: %j", async (reply, state) => {
    it.reply(reply);
    const message = await settled(it, idOf(await post(email())));
    expect(message.state).toBe(state);
    await sleep(300);
    expect(sends(it)).toHaveLength(1);
  });

  test("with a key: the repeat is the same message", async () => {
    const body = email();
    const first = await withKey(it, "async-1", body, { headers: ASYNC });
    const again = await withKey(it, "async-1", body, { headers: ASYNC });
    expect(idOf(again)).toBe(idOf(first));
    expect(isReplayed(again)).toBe(true);
    const { message_id } = await settled(it, idOf(first));
    const late = await withKey(it, "async-1", body);
    expect([late.status, late.body.id, isReplayed(late)]).toEqual([200, message_id, true]);
    const other = await withKey(it, "async-1", email(), { headers: ASYNC });
    expect([other.status, firstError(other).code]).toEqual([422, "idempotency_key_reused"]);
    expect(sends(it)).toHaveLength(1);
  });

  test("without a key: the repeat is the same message", async () => {
    const body = email();
    const [first, again] = [await post(body), await post(body)];
    expect(idOf(again)).toBe(idOf(first));
    expect(isReplayed(again)).toBe(true);
    await settled(it, idOf(first));
    expect(sends(it)).toHaveLength(1);
  });

  test("fifty at once are all sent, each once", async () => {
    const bodies = Array.from({ length: 50 }, () => email());
    const answers = await Promise.all(bodies.map((body) => post(body)));
    answers.forEach(isAccepted);
    for (const answer of answers) await settled(it, idOf(answer));
    expect(subjects(it).sort()).toEqual(bodies.map(({ subject }) => subject).sort());
  });

  test("one that Intercom is slow about doesn't hold up the next", async () => {
    const wait = door();
    const [slow, quick] = [email(), email()];
    it.reply((request, count) =>
      JSON.parse(request.body).subject === slow.subject
        ? wait.opened.then(() => accepting(request, count))
        : accepting(request, count),
    );
    const held = idOf(await post(slow));
    await until(() => sends(it).length === 1);
    try {
      const next = await settled(it, idOf(await post(quick)), "sent", 5_000);
      expect(next.state).toBe("sent");
      expect((await shown(it, held)).state).toBe("sending");
    } finally {
      wait.open();
      await settled(it, held);
    }
  });
});

test("150 callers who wait at once are all served, each message once", async () => {
  it.reply((...request) => sleep(100).then(() => accepting(...request)));
  const bodies = Array.from({ length: 150 }, () => email());
  const answers = await Promise.all(bodies.map((body) => send(it, body)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(answers.map(({ body }) => body.subject)).toEqual(bodies.map(({ subject }) => subject));
  expect(subjects(it).sort()).toEqual(bodies.map(({ subject }) => subject).sort());
});

describe("a 429", () => {
  test("is followed by another try when the window turns, and its caller gets Intercom's answer", async () => {
    const reset = seconds(2);
    it.reply((request, count) => (count <= 1 ? limited(reset) : accepting(request, count)));
    const body = email();
    const answer = await send(it, body);
    expect([answer.status, answer.body.subject]).toEqual([200, body.subject]);
    const [first, second, ...more] = sends(it);
    expect(more).toEqual([]);
    expect(second.body.equals(first.body)).toBe(true);
    expect(second.at).toBeGreaterThan(reset * 1000 - 50);
    expect(states(await shown(it, idOf(answer)))).toEqual(["queued", "sending", "queued", "sending", "sent"]);
  });

  test("in API 1.x, over the lookup or over the message", async () => {
    for (const place of ["/contacts", "/messages"]) {
      let refused = 0;
      const reset = seconds(1);
      it.reply((request, count) =>
        request.url.startsWith(place) && refused++ === 0 ? limited(reset) : accepting(request, count),
      );
      const answer = await send(it, oldEmail(), { headers: V1 });
      expect(answer.status, answer.text).toBe(200);
      expect(states(await shown(it, idOf(answer))).at(-1)).toBe("sent");
    }
  });

  test("holds up the others, too, until the window turns", async () => {
    const reset = seconds(2);
    it.reply((request, count) => (count <= 1 ? limited(reset) : accepting(request, count)));
    const first = send(it, email());
    await until(() => sends(it).length === 1);
    await sleep(100);
    const answers = await Promise.all([first, send(it, email()), send(it, email())]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const { at } of sends(it).slice(1)) expect(at).toBeGreaterThan(reset * 1000 - 50);
    expect(sends(it)).toHaveLength(4);
  });

  test("leaves what nobody waits for queued, and it is sent when the window turns", async () => {
    const reset = seconds(3);
    it.reply((request, count) => (count <= 1 ? limited(reset) : accepting(request, count)));
    const id = idOf(await post(email()));
    await until(() => sends(it).length === 1);
    const message = await settled(it, id, "queued", 1_000);
    expect(states(message)).toEqual(["queued", "sending", "queued"]);
    expect(message.history.at(-1).cause).toContain("429");
    const others = [idOf(await post(email())), idOf(await post(email()))];
    await sleep(500);
    expect(sends(it)).toHaveLength(1);
    for (const one of [id, ...others]) expect((await settled(it, one)).state).toBe("sent");
    for (const { at } of sends(it).slice(1)) expect(at).toBeGreaterThan(reset * 1000 - 50);
    expect(sends(it)).toHaveLength(4);
  });
});

const slow = { seen: {}, parts: [] };

/** Four messages of which nothing good comes for half a minute. */
async function halfAMinute({ seen, parts }) {
  const intercom = await standIn();
  parts.push(intercom);
  const hangs = new Promise(() => {});
  const bodies = { hang: email(), limit: email(), queued: email(), asyncHang: email() };
  const of = (request) => Object.entries(bodies).find(([, { subject }]) => request.body.includes(`"${subject}"`))?.[0];
  const end = Date.now() + 31_500;
  intercom.reply = (request, count) => {
    switch (of(request)) {
      case "hang":
      case "asyncHang":
        return hangs;
      case "limit":
      case "queued":
        return Date.now() < end ? limited(seconds(1)) : accepting(request, count);
      default:
        return accepting(request, count);
    }
  };
  const [hanging, refusing] = await Promise.all([
    serve("outbox-hang", intercom, {}),
    serve("outbox-limit", intercom, {}),
  ]);
  parts.push(hanging, refusing);
  const timed = async (asked) => {
    const began = Date.now();
    const answer = await asked;
    return { answer, took: Date.now() - began };
  };
  const tries = (name) => intercom.arrived.filter((request) => of(request) === name).length;
  const asyncHang = idOf(await send(hanging, bodies.asyncHang, { headers: ASYNC }));
  const queued = idOf(await send(refusing, bodies.queued, { headers: ASYNC }));
  const [hang, limit] = await Promise.all([timed(send(hanging, bodies.hang)), timed(send(refusing, bodies.limit))]);
  Object.assign(seen, { hang, limit, tries: { limit: tries("limit"), queued: tries("queued") } });
  seen.hangMessage = await shown(hanging, idOf(hang.answer));
  seen.limitMessage = await shown(refusing, idOf(limit.answer));
  seen.queuedThen = await shown(refusing, queued);
  seen.asyncHang = await settled(hanging, asyncHang, ["unknown"], 20_000);
  seen.queued = await settled(refusing, queued, ["sent"], 15_000);
  seen.later = tries("limit");
  seen.hangs = [tries("hang"), tries("asyncHang")];
}

beforeAll(() => {
  slow.over = halfAMinute(slow);
  // Whoever waits for it hears of it.
  slow.over.catch(() => {});
});
afterAll(async () => {
  await slow.over.catch(() => {});
  for (const part of slow.parts.toReversed()) await part.stop();
});

// What takes half a minute goes on while the tests above run, with Workers of its own.
describe("after 30 seconds", () => {
  const { seen } = slow;
  beforeAll(() => slow.over);

  test("without an answer: 504 with message_unknown", () => {
    isUnknown(seen.hang.answer, 504);
    expect(seen.hang.took).toBeGreaterThan(28_000);
    expect(seen.hang.took).toBeLessThan(33_000);
    expect(seen.hangMessage).toMatchObject({ state: "unknown", message_id: null, answer: { status: 504 } });
    expect(seen.hangs[0]).toBe(1);
  });

  test("of 429: the 429, and the message is failed and never sent later", () => {
    const { answer, took } = seen.limit;
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toMatch(/^[1-9]\d?$/);
    expect(firstError(answer).code).toBe("rate_limit_exceeded");
    expect(took, "it waits for a window first").toBeGreaterThan(5_000);
    expect(took).toBeLessThan(33_000);
    expect(seen.limitMessage).toMatchObject({ state: "failed", message_id: null });
    expect(seen.tries.limit).toBeGreaterThan(5);
    expect(seen.later).toBe(seen.tries.limit);
  });

  test("of 429, where nobody waits: still queued, and sent in the end", () => {
    expect(["queued", "sending"]).toContain(seen.queuedThen.state);
    expect(seen.tries.queued).toBeGreaterThan(5);
    expect(seen.queued.state).toBe("sent");
  });

  test("without an answer, where nobody waits: unknown, not sent again", () => {
    expect(seen.asyncHang.state).toBe("unknown");
    expect(seen.hangs[1]).toBe(1);
  });
});
