// A caller of the Worker who behaves: asks again where no answer came, and writes down what did.

import { setTimeout as sleep } from "node:timers/promises";
import { IntercomClient } from "intercom-client";
import { PATIENCE_MS } from "./ask.mjs";
import { dice } from "./dice.mjs";
import { message, path } from "./plan.mjs";

/**
 * Makes one send, however often it has to ask: adds to it `answers`, `{ status, id, replayed, text,
 * body }` each, and `cut`, how many requests had none. `flight` counts what is on its way.
 */
export async function deliver(send, { url, key, seed, flight }) {
  const random = dice(seed + send.number);
  const client = send.sdk && new IntercomClient({ baseUrl: url, token: key, fetch: watched });
  send.answers = [];
  send.cut = 0;

  async function watched(...request) {
    flight.now += 1;
    flight.begun += 1;
    try {
      const response = await fetch(...request);
      const text = await response.clone().text();
      send.answers.push(answer(response, text));
      return response;
    } catch (error) {
      send.cut += 1;
      throw error;
    } finally {
      flight.now -= 1;
    }
  }

  const ask = async (signal) => {
    const idempotency = send.key ? { "idempotency-key": send.key } : {};
    if (client) {
      await client.messages.create(message(send), { headers: idempotency });
      return;
    }
    await watched(url + path(send), {
      method: "POST",
      signal,
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        "intercom-version": send.old ? "1.4" : "2.14",
        ...idempotency,
        ...(send.waits ? {} : { prefer: "respond-async" }),
      },
      body: JSON.stringify(message(send)),
    });
  };
  // What failed is in `answers`, or in `cut`.
  const attempt = (signal) =>
    ask(signal).catch((error) => {
      if (!(error instanceof Error) || error instanceof ReferenceError) throw error;
    });

  const deadline = Date.now() + PATIENCE_MS;
  if (send.hangsUp !== undefined) await attempt(AbortSignal.timeout(send.hangsUp));
  if (send.twice) await Promise.all([attempt(), attempt()]);
  while (!told(send) && Date.now() < deadline) {
    await attempt();
    if (send.once) break;
    // The Worker may be starting.
    if (!told(send)) await sleep(50 + random.below(200));
  }
  if (send.again) await attempt();
}

const inUse = ({ status, body }) => status === 409 && body?.errors?.[0]?.code === "idempotency_key_in_use";

/** Whether a caller was told what they asked for. */
const told = ({ answers }) => answers.some((one) => !inUse(one));

function answer(response, text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return {
    status: response.status,
    id: response.headers.get("x-intercom-edge-message"),
    replayed: response.headers.get("idempotency-replayed") === "true",
    text,
    body,
  };
}
