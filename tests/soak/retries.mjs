// An operator who retries unknown messages, whichever comes to hand.

import { setTimeout as sleep } from "node:timers/promises";
import { GREEDY } from "./plan.mjs";

/** After how long the operator hangs up. */
const PATIENCE_MS = 3_000;

/** Returns how often each message may have been sent again, by its id. */
export async function retrying({ ask, course, random }) {
  const retries = new Map();
  while (!course.over) {
    await sleep(200 + random.below(1_000));
    const listed = await ask("admin", "/edge/messages?state=unknown&per_page=150");
    const unknown = (listed?.body.data ?? []).filter(({ caller }) => caller !== GREEDY);
    if (unknown.length === 0) continue;
    const { id } = random.one(unknown);
    const headers = random.chance(0.5) ? { prefer: "respond-async" } : {};
    const answer = await ask("admin", `/edge/messages/${id}/retry`, {
      method: "POST",
      headers,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    // 409: it was not unknown any more. Where no answer came, it may have been sent.
    if (answer?.status !== 409) retries.set(id, (retries.get(id) ?? 0) + 1);
  }
  return retries;
}
