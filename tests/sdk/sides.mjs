// The two sides of a call: what Intercom got, and what the SDK got.
import { IntercomClient } from "intercom-client";
import { outcome } from "./call.mjs";

/** What Intercom decides by. The credential is compared apart. */
const SENT = [
  "accept",
  "accept-language",
  "content-type",
  "intercom-version",
  "user-agent",
  "x-fern-language",
  "x-fern-runtime",
  "x-fern-runtime-version",
  "x-fern-sdk-name",
  "x-fern-sdk-version",
];
/** What callers decide by. */
const ANSWERED = [
  "content-disposition",
  "content-type",
  "etag",
  "intercom-version",
  "link",
  "location",
  "request-id",
  "retry-after",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-request-id",
];

/** An SDK, and what it got byte for byte. */
export function watchedClient({ url, token }) {
  const got = [];
  const watching = async (...request) => {
    const response = await fetch(...request);
    got.push({
      url: response.url,
      status: response.status,
      headers: response.headers,
      body: Buffer.from(await response.clone().arrayBuffer()),
    });
    return response;
  };
  const client = new IntercomClient({ baseUrl: url, token, maxRetries: 0, fetch: watching });
  return { client, take: () => got.splice(0) };
}

/** Calls a method and gives all that came of it. */
export async function sides({ client, take }, recorder, method) {
  const { value, error } = await outcome(client, method);
  return { value, error, upstream: recorder.take(), answers: take() };
}

/** A request as Intercom saw it; its body as latin1, so that a difference can be read. */
export const request = ({ method, target, headers, body }) => ({
  method,
  target,
  headers: chosen(SENT, (name) => headers[name]),
  // No length and a length of 0 say the same; any other body must say its length, as it came.
  length: Number(headers["content-length"] ?? (headers["transfer-encoding"] ? NaN : 0)),
  body: body.toString("latin1"),
});

/** An answer as the SDK saw it. */
export const answer = ({ status, headers, body }) => ({
  status,
  headers: chosen(ANSWERED, (name) => headers.get(name)),
  body: body.toString("latin1"),
});

const chosen = (names, value) => Object.fromEntries(names.map((name) => [name, value(name) ?? undefined]));
