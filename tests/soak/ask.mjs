// Requests to the Worker, and to the sandbox behind it, as the actors and the checks make them.

import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../cli/failure.mjs";
import { duration } from "../../scripts/step.mjs";

/** How long one thing is tried. */
export const PATIENCE_MS = 150_000;

/** Asks the Worker as one of its callers: `{ status, headers, body }`, or undefined where no answer came. */
export const asking =
  (url, keys) =>
  async (as, path, { json, headers, ...init } = {}) => {
    try {
      const response = await fetch(url + path, {
        ...init,
        headers: {
          authorization: `Bearer ${keys[as]}`,
          "intercom-version": "2.14",
          "content-type": "application/json",
          ...headers,
        },
        ...(json && { body: JSON.stringify(json) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
    } catch (error) {
      // What `fetch` throws where the connection breaks, and where the time of its `signal` is over.
      if (error instanceof TypeError || error.name === "TimeoutError") return undefined;
      throw error;
    }
  };

/** The same, asked again until an answer comes: for requests that may come twice. */
export const insisting = (ask) => async (as, path, options) => {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(100)) {
    const answer = await ask(as, path, options);
    if (answer) return answer;
  }
  throw new Failure(`${path}: no answer in ${duration(PATIENCE_MS)}`);
};

/** Reads every entry of one of the Worker's lists. */
export async function everything(ask, as, path) {
  const entries = [];
  let after = "";
  while (after !== undefined) {
    const { status, body } = await ask(
      as,
      `${path}?per_page=150${after && `&starting_after=${encodeURIComponent(after)}`}`,
    );
    if (status !== 200) throw new Failure(`${path}: ${status}`, { why: JSON.stringify(body) });
    entries.push(...body.data);
    after = body.pages.next?.starting_after;
  }
  return entries;
}

/** The sandbox's own doors. */
export const doors =
  ({ url }) =>
  async (method, path, body) => {
    const response = await fetch(`${url}/_sandbox/${path}`, {
      method,
      ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Failure(`/_sandbox/${path}: ${response.status}`, { why: await response.text() });
    return response.json();
  };

/** Reads from the sandbox as from Intercom, without the Worker; waits where its limit is reached. */
export const intercom =
  ({ url, token }) =>
  async (path) => {
    for (;;) {
      const response = await fetch(url + path, {
        headers: { authorization: `Bearer ${token}`, "intercom-version": "2.14" },
      });
      if (response.ok) return response.json();
      if (response.status !== 429) throw new Failure(`${path}: ${response.status}`, { why: await response.text() });
      await sleep(1_000);
    }
  };
