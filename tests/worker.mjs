// The Worker as its callers see it: plain requests with a caller key.

import { watch } from "./canary.mjs";

const { WORKER_URL, CALLER_KEY } = process.env;

/** Requests a path of the Worker's; `headers` with the value null are left out. */
export async function ask(path, { headers = {}, json, ...init } = {}) {
  const all = { authorization: `Bearer ${CALLER_KEY}`, ...headers };
  if (json !== undefined) {
    all["content-type"] ??= "application/json";
    init = { method: "POST", body: JSON.stringify(json), ...init };
  }
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  const response = await fetch(path.startsWith("/") ? WORKER_URL + path : path, {
    redirect: "manual",
    ...init,
    headers: sent,
  });
  const text = await response.text();
  watch(text + JSON.stringify([...response.headers]), `the answer to ${init.method ?? "GET"} ${path}`);
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, headers: response.headers, text, body };
}

/** The first error of an answer in Intercom's shape. */
export const firstError = ({ body }) => body?.errors?.[0];
