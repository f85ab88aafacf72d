// A caller who stores as much as the outbox lets it: it is refused, an admin removes its messages, and
// it sends again.

import { setTimeout as sleep } from "node:timers/promises";
import { PATIENCE_MS } from "./ask.mjs";
import { reached } from "./course.mjs";
import { GREEDY, message } from "./plan.mjs";

/** What a caller may store: the other callers need a third of it, and this one no more than a few messages. */
export const QUOTA = { OUTBOX_MAX_BYTES: "20000000", OUTBOX_CALLER_SHARE: "0.1" };
const TEXT = "How are you ? ".repeat(30_000);
const MOST = 30;

/** Whether an answer says that its caller stores as much as it may. */
export const exceedsQuota = (answer) => answer.body?.errors?.[0]?.code === "outbox_quota_exceeded";

/** Returns the rounds: `{ refusal, again }`, the first answer that refuses a message, and the one after the removal. */
export async function sendGreedily({ insist, course, rounds, seed }) {
  let sent = 0;
  const send = (body) =>
    insist(GREEDY, "/messages", {
      method: "POST",
      headers: { prefer: "respond-async" },
      json: { ...message({ text: `${GREEDY} ${seed} ${sent++}` }), body },
    });
  const done = [];
  for (let round = 0; round < rounds; round += 1) {
    await reached(course, ((round + 0.2) / rounds) * 0.9);
    let refusal;
    for (let at = 0; at < MOST && !refusal; at += 1) {
      const answer = await send(TEXT);
      if (exceedsQuota(answer)) refusal = answer;
    }
    // What is on its way can't be removed yet.
    const deadline = Date.now() + PATIENCE_MS;
    let again;
    do {
      for (const state of ["sent", "failed", "unknown"]) {
        await insist("admin", `/edge/messages?caller=${GREEDY}&state=${state}`, { method: "DELETE" });
      }
      again = await send("How are you ?");
    } while (exceedsQuota(again) && Date.now() < deadline && (await sleep(1_000, true)));
    done.push({ refusal, again });
  }
  return done;
}
