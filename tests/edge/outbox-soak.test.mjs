// Messages arrive once, though the Worker's process is killed again and again and everything goes
// wrong that can: the short version of `npm run soak`, and that its checks see what they are for.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { reset } from "../sandbox.mjs";
import { checks } from "../soak/checks.mjs";
import { CONVERSATIONS, GREEDY, KINDS, plan, planBatches } from "../soak/plan.mjs";
import { soak } from "../soak/soak.mjs";

const { ACCESS_TOKEN, LEAKS, SANDBOX_URL } = process.env;

describe("120 sends by 8 callers, batches, retries, a quota, 4 kills, every kind of fault", () => {
  const SEED = 4711;
  let soaked;

  beforeAll(async () => {
    const logs = join(dirname(LEAKS), "soak");
    mkdirSync(logs, { recursive: true });
    const state = mkdtempSync(join(tmpdir(), "intercom-edge-soak-"));
    try {
      soaked = await soak({
        sandbox: { url: SANDBOX_URL, token: ACCESS_TOKEN },
        logs,
        state,
        sends: 120,
        callers: 8,
        kills: 4,
        seed: SEED,
      });
    } finally {
      rmSync(state, { recursive: true, force: true });
      await reset();
    }
    console.log(
      Object.entries(soaked.counts)
        .map(([name, count]) => `${name}: ${count}`)
        .join(", "),
    );
  }, 300_000);

  test("no message is lost, none is sent twice by itself, and each is what its callers were told", () => {
    expect(soaked.results.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
    expect(soaked.counts["in Intercom"]).toBeGreaterThan(60);
  });

  test.each(["replies", "pauses", "cancels", "messages cancelled", "retries", "quota rejections", "clock jumps"])(
    "there were %s",
    (count) => {
      expect(soaked.counts[count]).toBeGreaterThan(0);
    },
  );
});

test("the same seed plans the same, with all faults and all ways to send", () => {
  const made = plan({ sends: 120, callers: 8, seed: 7 });
  expect(plan({ sends: 120, callers: 8, seed: 7 })).toEqual(made);
  expect(plan({ sends: 120, callers: 8, seed: 8 })).not.toEqual(made);
  expect(new Set(made.flatMap(({ fault }) => fault ?? []))).toEqual(new Set(KINDS));
  for (const way of [
    ({ key }) => key,
    ({ key }) => !key,
    ({ sdk }) => sdk,
    ({ old }) => old,
    ({ waits }) => !waits,
    ({ twice }) => twice,
    ({ hangsUp }) => hangsUp,
    ({ again }) => again,
    ({ conversation }) => conversation,
  ]) {
    expect(made.filter(way).length).toBeGreaterThan(0);
  }
  const replies = made.filter(({ conversation }) => conversation);
  expect(CONVERSATIONS).toEqual(expect.arrayContaining(replies.map(({ conversation }) => conversation)));
  // Without a key, a reply that comes twice is two.
  expect(replies.filter(({ once }) => once)).toEqual(replies.filter(({ key }) => !key));
  expect(made.filter(({ once, twice, again, hangsUp }) => once && (twice || again || hangsUp !== undefined))).toEqual(
    [],
  );
  // Names of keys are each caller's own.
  const keys = made.flatMap(({ key }) => key ?? []);
  expect(new Set(keys).size).toBeLessThan(keys.length);
});

test("the same seed plans the same batches, each to people who are there", () => {
  const made = planBatches({ batches: 20, people: 40, seed: 7 });
  expect(planBatches({ batches: 20, people: 40, seed: 7 })).toEqual(made);
  expect(new Set(made.flatMap(({ changes }) => changes))).toEqual(new Set(["pause", "resume", "cancel"]));
  for (const { from, size } of made) expect(from + size).toBeLessThanOrEqual(40);
  // None stays paused.
  for (const { changes } of made) expect(changes.at(-1)).not.toBe("pause");
});

describe("the checks", () => {
  /** What can be seen after some sends, a batch and a caller who stores too much went well, each in its way. */
  function seen() {
    const error = (code) => ({ type: "error.list", errors: [{ code }] });
    const answer = (status, id, body, more) => ({
      status,
      id,
      replayed: false,
      text: JSON.stringify(body),
      body,
      ...more,
    });
    const history = (...states) => states.map((state, at) => ({ state, at }));
    const message = (id, caller, state, subject, more) => ({
      id,
      caller,
      kind: "message",
      state,
      history: history("queued", "sending", state),
      idempotency_key: null,
      message_id: null,
      batch_id: null,
      request: subject && { subject },
      ...more,
    });
    const reply = (id, state, body, more) =>
      message(id, "a", state, undefined, { kind: "conversation", conversation_id: "1001", request: { body }, ...more });
    const sent = answer(200, "m0", { id: "1" });
    const replied = (id) => answer(200, id, { id: "1001" });
    const again = {
      idempotency_key: "k5",
      message_id: "8",
      history: history("queued", "failed", "queued", "sending", "sent"),
    };
    const retried = {
      message_id: "7",
      batch_id: "b",
      history: history("queued", "sending", "unknown", "queued", "sending", "sent"),
    };
    return {
      sends: [
        {
          number: 0,
          waits: true,
          caller: "a",
          key: "k",
          text: "s0",
          cut: 0,
          answers: [sent, { ...sent, replayed: true }],
        },
        {
          number: 1,
          waits: true,
          caller: "b",
          key: "k",
          text: "s1",
          cut: 0,
          answers: [answer(502, "m1", error("message_unknown"))],
        },
        {
          number: 2,
          waits: true,
          caller: "a",
          text: "s2",
          cut: 0,
          answers: [answer(404, "m2", error("not_found")), answer(200, "m3", { id: "3" })],
        },
        { number: 3, waits: false, caller: "b", text: "s3", cut: 1, answers: [answer(202, "m4", { state: "queued" })] },
        {
          number: 4,
          waits: true,
          caller: "a",
          key: "k4",
          conversation: "1001",
          text: "s4",
          cut: 0,
          answers: [replied("r4")],
        },
        {
          number: 5,
          waits: true,
          caller: "a",
          key: "k5",
          text: "s5",
          cut: 0,
          answers: [answer(429, "m5", error("rate_limit_exceeded")), answer(200, "m5", { id: "8" })],
        },
        {
          number: 6,
          waits: true,
          caller: "a",
          once: true,
          conversation: "1001",
          text: "s6",
          cut: 0,
          answers: [replied("r6")],
        },
        { number: 7, waits: true, caller: "a", once: true, conversation: "1001", text: "s7", cut: 1, answers: [] },
      ],
      outbox: [
        message("m0", "a", "sent", "s0", { idempotency_key: "k", message_id: "1" }),
        message("m1", "b", "unknown", "s1", { idempotency_key: "k" }),
        message("m2", "a", "failed", "s2"),
        message("m3", "a", "sent", "s2", { message_id: "3" }),
        message("m4", "b", "sent", "s3", {
          message_id: "4",
          history: history("queued", "sending", "queued", "sending", "sent"),
        }),
        reply("r4", "sent", "s4", { idempotency_key: "k4" }),
        message("m5", "a", "sent", "s5", again),
        reply("r6", "sent", "s6"),
        reply("r7", "unknown", "s7"),
        message("m8", "admin", "sent", "b0 to one", retried),
        message("m9", "admin", "failed", undefined, { batch_id: "b", history: history("queued", "failed") }),
      ],
      listed: { a: ["r7", "r6", "m5", "r4", "m3", "m2", "m0"], b: ["m4", "m1"] },
      arrived: [
        ...[
          ["s0", "1"],
          ["s1", "2"],
          ["s2", "3"],
          ["s3", "4"],
          ["b0 to one", "6"],
          ["b0 to one", "7"],
          ["s5", "8"],
          [`${GREEDY} 0`, "9"],
        ].map(([text, id]) => ({ text, id })),
        ...["s4", "s6", "s7"].map((text) => ({ text, conversation: "1001" })),
      ],
      retries: new Map([["m8", 1]]),
      batches: [{ number: 0, id: "b", listed: 3, done: ["pause", "cancel"] }],
      made: [
        {
          id: "b",
          state: "cancelled",
          finished_at: 1,
          total: 2,
          duplicates: 1,
          queued: 0,
          sending: 0,
          sent: 1,
          failed: 1,
          unknown: 0,
        },
      ],
      quota: [
        {
          refusal: { ...answer(429, null, error("outbox_quota_exceeded")), headers: new Headers() },
          again: answer(202, "g1", {}),
        },
      ],
    };
  }
  const broken = (of) =>
    checks(of)
      .filter(({ wrong }) => wrong.length > 0)
      .map(({ what }) => what);

  test("pass where all is well", () => {
    expect(broken(seen())).toEqual([]);
    const never = seen();
    never.arrived.splice(1, 1);
    expect(broken(never), "what is unknown may not have arrived").toEqual([]);
  });

  /** Ends a message in another state. */
  const ends = (message, state) => {
    message.state = message.history.at(-1).state = state;
  };
  const all = new Set();
  test.each([
    ["each caller was told what became of each send", ({ sends }) => (sends[1].answers = [])],
    ["every answer is one that the outbox gives", ({ sends }) => (sends[1].answers[0].status = 500)],
    ["every answer is one that the outbox gives", ({ sends }) => (sends[3].answers[0].id = null)],
    ["every answer is one that the outbox gives", ({ sends }) => (sends[3].waits = true)],
    ["every answer is one that the outbox gives", ({ sends }) => (sends[1].answers[0].id = null)],
    ["nothing is left on its way", ({ outbox }) => (outbox[4].state = "sending")],
    ["nothing is in Intercom twice, but for what someone retried", ({ arrived }) => arrived.push(arrived[1])],
    ["nothing is in Intercom twice, but for what someone retried", ({ arrived }) => arrived.push(arrived.at(-1))],
    [
      "nothing is in Intercom twice, but for what someone retried",
      ({ arrived }) => arrived.push(arrived.find(({ text }) => text.startsWith(GREEDY))),
    ],
    ["nothing is in Intercom twice, but for what someone retried", ({ retries }) => retries.clear()],
    ["nothing is in Intercom that the outbox doesn't know", ({ arrived }) => arrived.push({ text: "s9", id: "9" })],
    ["nothing is in Intercom that the outbox doesn't know", ({ outbox }) => ends(outbox[1], "failed")],
    ["nothing is in Intercom that the outbox doesn't know", ({ outbox }) => (outbox[5].conversation_id = "1002")],
    ["a message that is `sent` is in Intercom once, under its id", ({ arrived }) => arrived.splice(3, 1)],
    ["a message that is `sent` is in Intercom once, under its id", ({ outbox }) => (outbox[4].message_id = "5")],
    ["a reply that is `sent` is in its conversation", ({ arrived }) => arrived.splice(-3, 1)],
    ["a reply that is `sent` is in its conversation", ({ arrived }) => (arrived.at(-3).conversation = "1002")],
    [
      "a caller's replies are in a conversation in the order in which they were sent",
      ({ arrived }) => arrived.reverse(),
    ],
    ["what only `failed` isn't in Intercom", ({ outbox }) => (outbox[1].state = "failed")],
    ["what was answered is in the outbox, under its caller's name", ({ outbox }) => outbox.splice(1, 1)],
    ["what was answered is in the outbox, under its caller's name", ({ outbox }) => (outbox[1].caller = "a")],
    ["what was accepted is listed to its caller", ({ listed }) => listed.b.shift()],
    ["an answer says what is so, or was", ({ sends }) => (sends[1].answers[0].status = 200)],
    ["an answer says what is so, or was", ({ sends }) => (sends[0].answers[0].body = { id: "2" })],
    ["an answer says what is so, or was", ({ sends }) => (sends[4].answers[0].body = { id: "1002" })],
    [
      "an answer says what is so, or was",
      ({ sends }) => (sends[1].answers[0].body = { errors: [{ code: "upstream_failed" }] }),
    ],
    ["a repeat is answered with the same bytes", ({ sends }) => (sends[0].answers[1].text += " ")],
    ["a repeat is answered with the same bytes", ({ outbox }) => outbox[6].history.splice(1, 1)],
    ["only the first answer to an attempt is no replay", ({ sends }) => (sends[0].answers[1].replayed = false)],
    ["a key has one message", ({ outbox }) => outbox.push({ ...outbox[1], id: "m99", state: "failed" })],
    ["a key has one message", ({ sends }) => (sends[5].answers[0].id = "m99")],
    ["only what failed is tried anew", ({ outbox }) => (outbox[2].state = "unknown")],
    ["a message has its caller's key", ({ outbox }) => (outbox[0].idempotency_key = "other")],
    ["a message has its caller's key", ({ outbox }) => (outbox[4].request.subject = "s2")],
    ["each caller is shown all that is theirs and nothing else", ({ listed }) => listed.b.push("m0")],
    ["each caller is shown all that is theirs and nothing else", ({ listed }) => listed.a.pop()],
    ["each history is one that can be", ({ outbox }) => outbox[0].history.shift()],
    ["each history is one that can be", ({ outbox }) => outbox[0].history.splice(1, 1)],
    ["each history is one that can be", ({ outbox }) => (outbox[0].history[2].at = -1)],
    ["each history is one that can be", ({ outbox }) => (outbox[6].idempotency_key = null)],
    ["each history is one that can be", ({ outbox }) => outbox[6].history.splice(1, 0, { state: "sending", at: 0 })],
    ["what was ever `unknown` never ends `failed`", ({ outbox }) => ends(outbox[9], "failed")],
    ["what is `unknown` is sent again as often as someone retried it, at most", ({ retries }) => retries.clear()],
    ["each batch was taken, and there is one of each", ({ batches }) => (batches[0].refused = { status: 429 })],
    ["each batch was taken, and there is one of each", ({ made }) => made.push({ ...made[0], id: "other" })],
    ["each batch has come to its end", ({ made }) => (made[0].finished_at = null)],
    ["each batch has come to its end", ({ made }) => (made[0].queued = 1)],
    ["each batch's numbers add up", ({ made }) => (made[0].sent = 0)],
    ["each batch's numbers add up", ({ made }) => (made[0].duplicates = 0)],
    ["each batch's numbers add up", ({ outbox }) => outbox.pop()],
    ["a batch is cancelled if someone cancelled it", ({ made }) => (made[0].state = "done")],
    ["a batch is cancelled if someone cancelled it", ({ batches }) => batches[0].done.pop()],
    [
      "who stores too much is refused with the reason, and not told to wait",
      ({ quota }) => (quota[0].refusal = undefined),
    ],
    [
      "who stores too much is refused with the reason, and not told to wait",
      ({ quota }) => quota[0].refusal.headers.set("retry-after", "1"),
    ],
    ["whose messages were removed may send again", ({ quota }) => (quota[0].again = quota[0].refusal)],
    ["nobody else is refused for it", ({ sends, quota }) => sends[0].answers.push({ ...quota[0].refusal, text: "" })],
    ["nobody else is refused for it", ({ batches, quota }) => (batches[0].refused = quota[0].refusal)],
  ])("see it: %s", (what, spoil) => {
    const spoilt = seen();
    spoil(spoilt);
    expect(broken(spoilt)).toContain(what);
    all.add(what);
  });

  test("are all seen to fail", () => {
    expect([...all].sort()).toEqual(
      checks(seen())
        .map(({ what }) => what)
        .sort(),
    );
  });
});
