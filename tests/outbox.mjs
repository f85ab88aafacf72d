// Messages as tests send them, before a stand-in for Intercom.

import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { firstError } from "./worker.mjs";

export const V1 = { "intercom-version": "1.4" };
export const V2 = { "intercom-version": "2.14" };
export const ASYNC = { prefer: "respond-async" };

let made = 0;
/** An e-mail of API 2.x that is like no other. */
export const email = (more = {}) => ({
  message_type: "email",
  subject: `Subject ${++made}`,
  body: "How are you ?",
  template: "plain",
  from: { type: "admin", id: "1234567" },
  to: { type: "user", id: "5bb2f45a1e099bf2d553a2d5" },
  ...more,
});
/** The same in API 1.x. */
export const oldEmail = (more = {}) => email({ to: { type: "user", user_id: "john_doe" }, ...more });

/** An Intercom that knows John and accepts every message. */
export function accepting({ url, body }, count) {
  if (!url.startsWith("/messages"))
    return { body: { type: "contact", id: "5bb2f45a1e099bf2d553a2d5", external_id: "john_doe", role: "user" } };
  let asked = {};
  try {
    asked = JSON.parse(body);
  } catch {
    // It takes all that comes.
  }
  return {
    body: {
      type: "admin_message",
      id: String(403_918_396 + count),
      subject: asked?.subject,
      body: asked?.body,
      message_type: "email",
    },
  };
}

export const refusing = (status, code = "not_found") => ({
  status,
  body: { type: "error.list", request_id: "of-intercom", errors: [{ code, message: "No" }] },
});
/** Intercom's 429, whose window turns at a second. */
export const limited = (reset) => ({
  ...refusing(429, "rate_limit_exceeded"),
  headers: { "x-ratelimit-limit": "1667", "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) },
});
/**
 * Answers as `answer` does, with at most `limit` requests in each window of some seconds. `used` returns the number of
 * requests of each window.
 */
export function windowed(limit, length, answer) {
  const windows = new Map();
  const reply = (request, count) => {
    const window = Math.floor(Date.now() / 1000 / length);
    const used = (windows.get(window) ?? 0) + 1;
    windows.set(window, used);
    const reset = (window + 1) * length;
    const headers = {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(Math.max(0, limit - used)),
      "x-ratelimit-reset": String(reset),
    };
    return used > limit ? limited(reset) : { ...answer(request, count), headers };
  };
  return { reply, used: () => [...windows.values()] };
}
export const seconds = (more = 0) => Math.floor(Date.now() / 1000) + more;

/** The messages that arrived at the stand-in. */
export const sends = (it) => it.arrived().filter(({ method, url }) => method === "POST" && url.startsWith("/messages"));
export const subjects = (it) => sends(it).map(({ body }) => JSON.parse(body).subject);

/** Sends a message of API 2.x; `as`, `headers` and the rest as `it.ask` has them. */
export const send = (it, json, { headers, path = "/messages", ...init } = {}) =>
  it.ask(path, { ...init, headers: { ...V2, ...headers }, json });
export const withKey = (it, key, json, { headers, ...init } = {}) =>
  send(it, json, { ...init, headers: { "idempotency-key": key, ...headers } });

export const idOf = ({ headers }) => headers.get("x-intercom-edge-message");
export const isReplayed = ({ headers }) => headers.get("idempotency-replayed") === "true";

/** A message as the outbox shows it. */
export async function shown(it, id, as = "all") {
  const { status, body } = await it.ask(`/edge/messages/${id}`, { as });
  expect(status, id).toBe(200);
  return body;
}
export const states = ({ history }) => history.map(({ state }) => state);

/** Waits until a message is final, or in another state that's named. */
export async function settled(it, id, wanted = ["sent", "failed", "unknown"], patience = 50_000) {
  const deadline = Date.now() + patience;
  for (;;) {
    const message = await shown(it, id);
    if ([wanted].flat().includes(message.state)) return message;
    if (Date.now() > deadline) throw new Error(`The message ${id} is ${message.state} for ${patience} ms`);
    await sleep(50);
  }
}

export function isUnknown(answer, status = 502) {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers.get("x-intercom-edge")).toBe("edge");
  expect(firstError(answer).code).toBe("message_unknown");
}

/** A promise and what keeps it waiting: `reply: () => door.opened.then(…)`. */
export function door() {
  const { promise: opened, resolve: open } = Promise.withResolvers();
  return { opened, open };
}

/** Resolves when something is so. */
export async function until(so, patience = 10_000) {
  const deadline = Date.now() + patience;
  while (!(await so())) {
    if (Date.now() > deadline) throw new Error(`It isn't so after ${patience} ms: ${so}`);
    await sleep(10);
  }
}
