// An admin who sends batches, and pauses, resumes and cancels some of them at random moments.

import { setTimeout as sleep } from "node:timers/promises";
import { reached } from "./course.mjs";
import { SENDER } from "./plan.mjs";

const TEMPLATE = { subject: "Batch {{ variables.batch }} to {{ contact.id }}", body: "<p>How are you?</p>" };
/** The longest time before a change of a batch. */
const PAUSE_MS = 150;

/**
 * Makes the planned batches, one after the other, all through the sends. Adds to each its `id`, `listed`,
 * how many recipients it was given, `refused`, the answer if it wasn't 202, and `done`, the changes that
 * came before its end.
 */
export async function sendBatches(batches, { insist, people, course, seed, random }) {
  await insist("admin", "/edge/templates/soak", { method: "PUT", json: TEMPLATE });
  for (const [at, batch] of batches.entries()) {
    await reached(course, (at / batches.length) * 0.9);
    const to = people.slice(batch.from, batch.from + batch.size).map((id) => ({ id }));
    // One is listed twice.
    to.push(to[0]);
    const { status, body } = await insist("admin", "/edge/messages/batch", {
      method: "POST",
      headers: { "idempotency-key": batch.key },
      json: {
        template: "soak",
        to,
        variables: { batch: `${seed}-${batch.number}` },
        from: { type: "admin", id: SENDER },
      },
    });
    Object.assign(batch, {
      id: body.id,
      listed: to.length,
      refused: status === 202 ? undefined : { status, body },
      done: [],
    });
    for (const change of batch.changes) {
      await sleep(random.below(PAUSE_MS));
      const answer = await insist("admin", `/edge/messages/batch/${batch.id}/${change}`, { method: "POST" });
      if (answer.status === 200 && (change !== "cancel" || answer.body.state === "cancelled")) batch.done.push(change);
    }
  }
}
