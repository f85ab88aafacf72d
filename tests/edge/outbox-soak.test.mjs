// Messages arrive once, though the Worker's process is killed again and again and everything goes
// wrong that can: the short version of `npm run soak`, and that its checks see what they are for.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { checks } from "../soak/checks.mjs";
import { KINDS, plan } from "../soak/plan.mjs";
import { soak } from "../soak/soak.mjs";
import { reset } from "../sandbox.mjs";

const { ACCESS_TOKEN, LEAKS, SANDBOX_URL } = process.env;

describe("120 sends by 8 callers, 4 kills, every kind of fault", () => {
  const SEED = 4711;
  let soaked;

  beforeAll(async () => {
    const logs = join(dirname(LEAKS), "soak");
    mkdirSync(logs, { recursive: true });
    const state = mkdtempSync(join(tmpdir(), "intercom-edge-soak-"));
    try {
      soaked = await soak({ sandbox: { url: SANDBOX_URL, token: ACCESS_TOKEN }, logs, state, sends: 120, callers: 8, kills: 4, seed: SEED });
    } finally {
      rmSync(state, { recursive: true, force: true });
      await reset();
    }
    console.log(Object.entries(soaked.counts).map(([name, count]) => `${name}: ${count}`).join(", "));
  }, 300_000);

  test("no message is lost, none is sent twice, and each is what its callers were told", () => {
    expect(soaked.results.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
    expect(soaked.counts["in the ledger"]).toBeGreaterThan(60);
  });
});

test("the same seed plans the same, with all faults and all ways to send", () => {
  const made = plan({ sends: 120, callers: 8, seed: 7 });
  expect(plan({ sends: 120, callers: 8, seed: 7 })).toEqual(made);
  expect(plan({ sends: 120, callers: 8, seed: 8 })).not.toEqual(made);
  expect(new Set(made.flatMap(({ fault }) => fault ?? []))).toEqual(new Set(KINDS));
  for (const way of [({ key }) => key, ({ key }) => !key, ({ sdk }) => sdk, ({ old }) => old, ({ waits }) => !waits, ({ twice }) => twice, ({ hangsUp }) => hangsUp]) {
    expect(made.filter(way).length).toBeGreaterThan(0);
  }
  // Names of keys are each caller's own.
  const keys = made.flatMap(({ key }) => key ?? []);
  expect(new Set(keys).size).toBeLessThan(keys.length);
});

describe("the checks", () => {
  /** What can be seen after four sends went well, each in its way. */
  function seen() {
    const error = (code) => ({ type: "error.list", errors: [{ code }] });
    const answer = (status, id, body, more) => ({ status, id, replayed: false, text: JSON.stringify(body), body, ...more });
    const history = (...states) => states.map((state, at) => ({ state, at }));
    const message = (id, caller, state, send, more) => ({
      id, caller, state, history: history("queued", "sending", state), idempotency_key: null, message_id: null, request: { subject: send }, ...more,
    });
    const sent = answer(200, "m0", { id: "1" });
    return {
      sends: [
        { number: 0, waits: true, caller: "a", key: "k", subject: "s0", cut: 0, answers: [sent, { ...sent, replayed: true }] },
        { number: 1, waits: true, caller: "b", key: "k", subject: "s1", cut: 0, answers: [answer(502, "m1", error("message_unknown"))] },
        { number: 2, waits: true, caller: "a", subject: "s2", cut: 0, answers: [answer(404, "m2", error("not_found")), answer(200, "m3", { id: "3" })] },
        { number: 3, waits: false, caller: "b", subject: "s3", cut: 1, answers: [answer(202, "m4", { state: "queued" })] },
      ],
      outbox: [
        message("m0", "a", "sent", "s0", { idempotency_key: "k", message_id: "1" }),
        message("m1", "b", "unknown", "s1", { idempotency_key: "k" }),
        message("m2", "a", "failed", "s2"),
        message("m3", "a", "sent", "s2", { message_id: "3" }),
        message("m4", "b", "sent", "s3", { message_id: "4", history: history("queued", "sending", "queued", "sending", "sent") }),
      ],
      listed: { a: ["m3", "m2", "m0"], b: ["m4", "m1"] },
      ledger: [["s0", "1"], ["s1", "2"], ["s2", "3"], ["s3", "4"]].map(([subject, id]) => ({ request: { subject }, answer: { id } })),
    };
  }
  const broken = (of) => checks(of).filter(({ wrong }) => wrong.length > 0).map(({ what }) => what);

  test("pass where all is well", () => {
    expect(broken(seen())).toEqual([]);
    const never = seen();
    never.ledger.splice(1, 1);
    expect(broken(never), "what is unknown may not have arrived").toEqual([]);
  });

  const all = new Set();
  test.each([
    ["each caller was told what became of each send", ({ sends }) => sends[1].answers = []],
    ["every answer is one that the outbox gives", ({ sends }) => sends[1].answers[0].status = 500],
    ["every answer is one that the outbox gives", ({ sends }) => sends[3].answers[0].id = null],
    ["every answer is one that the outbox gives", ({ sends }) => sends[3].waits = true],
    ["every answer is one that the outbox gives", ({ sends }) => sends[1].answers[0].id = null],
    ["nothing is left on its way", ({ outbox }) => outbox[4].state = "sending"],
    ["nothing is in Intercom twice", ({ ledger }) => ledger.push(ledger[1])],
    ["nothing is in Intercom that the outbox doesn't know", ({ ledger }) => ledger.push({ request: { subject: "s9" }, answer: { id: "9" } })],
    ["nothing is in Intercom that the outbox doesn't know", ({ outbox }) => outbox[1].state = "failed"],
    ["what is `sent` is in Intercom once, under its id", ({ ledger }) => ledger.pop()],
    ["what is `sent` is in Intercom once, under its id", ({ outbox }) => outbox[4].message_id = "5"],
    ["what only `failed` isn't in Intercom", ({ outbox }) => outbox[1].state = "failed"],
    ["what was answered is in the outbox, under its caller's name", ({ outbox }) => outbox.splice(1, 1)],
    ["what was answered is in the outbox, under its caller's name", ({ outbox }) => outbox[1].caller = "a"],
    ["what was accepted is listed to its caller", ({ listed }) => listed.b.shift()],
    ["an answer says what is so", ({ sends }) => sends[1].answers[0].status = 200],
    ["an answer says what is so", ({ sends }) => sends[0].answers[0].body = { id: "2" }],
    ["an answer says what is so", ({ sends }) => sends[1].answers[0].body = { errors: [{ code: "upstream_failed" }] }],
    ["a repeat is answered with the same bytes", ({ sends }) => sends[0].answers[1].text += " "],
    ["only the first answer of a message is no replay", ({ sends }) => sends[0].answers[1].replayed = false],
    ["a key has one message", ({ outbox }) => outbox.push({ ...outbox[1], id: "m9", state: "failed" })],
    ["only what failed is tried anew", ({ outbox }) => outbox[2].state = "unknown"],
    ["a message has its caller's key", ({ outbox }) => outbox[0].idempotency_key = "other"],
    ["a message has its caller's key", ({ outbox }) => outbox[4].request.subject = "s2"],
    ["each caller is shown all that is theirs and nothing else", ({ listed }) => listed.b.push("m0")],
    ["each caller is shown all that is theirs and nothing else", ({ listed }) => listed.a.pop()],
    ["each history is one that can be", ({ outbox }) => outbox[0].history.shift()],
    ["each history is one that can be", ({ outbox }) => outbox[0].history.splice(1, 1)],
    ["each history is one that can be", ({ outbox }) => outbox[0].history[2].at = -1],
  ])("see it: %s", (what, spoil) => {
    const spoilt = seen();
    spoil(spoilt);
    expect(broken(spoilt)).toContain(what);
    all.add(what);
  });

  test("are all seen to fail", () => {
    expect([...all].sort()).toEqual(checks(seen()).map(({ what }) => what).sort());
  });
});
