// Live events as their two sides see them: Intercom, which sends signed notifications, and readers by WebSocket or
// event stream.

import { createHmac } from "node:crypto";
import http from "node:http";

/** The Worker's INTERCOM_CLIENT_SECRET. */
export const CLIENT_SECRET = "live-client-secret";
/** The path that receives notifications. */
export const WEBHOOKS = "/edge/webhooks/intercom";
/** The close code after an `edge.end`. */
export const ENDED = 4000;
/** A reader acknowledges after so many events at the latest. */
const ACKNOWLEDGE_AFTER = 32;
const PATIENCE_MS = 20_000;

/** A notification as Intercom sends it. `item`: its `data.item`. */
export function notification({ id, topic, item, app, at = Math.floor(Date.now() / 1000), ...more }) {
  const data = { type: "notification_event_data", item };
  return {
    type: "notification_event",
    app_id: app,
    id,
    topic,
    data,
    links: {},
    self: null,
    created_at: at,
    first_sent_at: at,
    delivery_attempts: 1,
    delivery_status: null,
    delivered_at: 0,
    ...more,
  };
}

/** The headers of a notification with a body. */
export const signed = (body, secret = CLIENT_SECRET) => ({
  "content-type": "application/json",
  "user-agent": "intercom-parrot-service-client/1.0",
  "x-hub-signature": `sha1=${createHmac("sha1", secret).update(body).digest("hex")}`,
});

/** Sends a notification once. Resolves to the status; to `undefined` if there was no response. */
export async function notify(url, sent, { signal } = {}) {
  const body = JSON.stringify(sent);
  try {
    const response = await fetch(url + WEBHOOKS, { method: "POST", body, headers: signed(body), signal });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    // `fetch` throws these if the connection breaks, and after the signal.
    if (error instanceof TypeError || ["AbortError", "TimeoutError"].includes(error.name)) return undefined;
    throw error;
  }
}

/** Splits the id of an event into its log and its number. */
export function parseId(id) {
  const [log, sequence] = id.split("-");
  return { log, sequence: Number(sequence) };
}

/** Requests a ticket. Resolves to `{ status, headers, body }`. */
export async function requestTicket({ url, key, topics, after, signal }) {
  const response = await fetch(`${url}/edge/live/tickets`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ topics, last_event_id: after }),
    signal,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Sends the handshake of a WebSocket with its own hands. Resolves to `{ status, text, socket }`. */
export const handshake = (url, path, headers = {}) =>
  new Promise((resolve, reject) => {
    const request = http.request(url + path, {
      agent: false,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": Buffer.from("0123456789abcdef").toString("base64"),
        ...headers,
      },
    });
    request.on("upgrade", (response, socket, head) => {
      socket.on("error", () => {});
      resolve({ status: response.statusCode, socket, head });
    });
    request.on("response", (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode, text }));
    });
    request.on("error", reject).end();
  });

const ticketPath = (ticket) => `/edge/live?ticket=${ticket}`;

/**
 * A reader. `objects` has all that it got, unless it only passes them on; `ended` resolves to `{ code, reason }` when
 * the connection is over. `rejection` is the response `{ status, body }`, if there is no connection.
 */
class Reader {
  objects = [];
  /** The `edge.ready`. */
  ready = undefined;
  rejection = undefined;
  #watchers = new Set();

  constructor({ onObject, keeps = true }) {
    Object.assign(this, { onObject, keeps });
    this.ended = new Promise((resolve) => {
      this.over = (end) => {
        this.end ??= end;
        resolve(this.end);
        this.look();
      };
    });
  }

  add(object) {
    if (object.type === "edge.ready") this.ready = object;
    if (this.keeps) this.objects.push(object);
    this.onObject?.(object);
    this.look();
  }

  look() {
    for (const watcher of this.#watchers) watcher();
  }

  /** The events. */
  get events() {
    return this.objects.filter(({ type }) => type === "edge.event");
  }

  /** The id of the last object. */
  get last() {
    return this.objects.at(-1)?.id;
  }

  /** Resolves when `test` of this reader is true; fails after a while. */
  async until(test, patience = PATIENCE_MS) {
    if (test(this)) return this;
    const { promise, resolve, reject } = Promise.withResolvers();
    const watcher = () => test(this) && resolve();
    const timer = setTimeout(() => {
      const got = this.objects.slice(-3).map((object) => JSON.stringify(object).slice(0, 300));
      reject(new Error(`${this.objects.length} objects in ${patience} ms, ended: ${!!this.end}: ${got.join(" ")}`));
    }, patience);
    this.#watchers.add(watcher);
    await promise.finally(() => {
      this.#watchers.delete(watcher);
      clearTimeout(timer);
    });
    return this;
  }

  /** Resolves when there are `count` events. */
  untilEvents(count, patience) {
    return this.until(() => this.events.length >= count, patience);
  }
}

/**
 * Opens a WebSocket by a ticket, and resolves when it is open or rejected. It acknowledges what it got, unless
 * `acknowledges` is false. `keeps`: false if objects are only passed on to `onObject`.
 */
export async function openSocket({ url, key, topics, after, ticket, acknowledges = true, onObject, keeps, signal }) {
  const reader = new Reader({ onObject, keeps });
  if (ticket === undefined) {
    const { status, body } = await requestTicket({ url, key, topics, after, signal });
    if (status !== 201) return Object.assign(reader, { rejection: { status, body } });
    ticket = body.ticket;
  }
  const socket = new WebSocket(url.replace("http", "ws") + ticketPath(ticket));
  let processed = 0;
  let acknowledged = 0;
  const acknowledge = () => {
    if (acknowledged === processed || socket.readyState !== WebSocket.OPEN) return;
    acknowledged = processed;
    socket.send(String(processed));
  };
  reader.texts = [];
  socket.addEventListener("message", ({ data }) => {
    if (data === "pong") return reader.texts.push(data);
    const object = JSON.parse(data);
    reader.add(object);
    if (object.type !== "edge.event") return;
    processed += 1;
    if (!acknowledges) return;
    if (processed - acknowledged >= ACKNOWLEDGE_AFTER) acknowledge();
    else setImmediate(acknowledge);
  });
  reader.send = (text) => socket.send(text);
  reader.acknowledge = acknowledge;
  reader.close = () => socket.close();
  const opened = new Promise((resolve) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", resolve);
    socket.addEventListener("close", resolve);
  });
  socket.addEventListener("close", ({ code, reason }) => reader.over({ code, reason }));
  socket.addEventListener("error", () => reader.over({ code: 1006, reason: "" }));
  signal?.addEventListener("abort", () => socket.close(), { once: true });
  await opened;
  return reader;
}

/**
 * Opens an event stream, and resolves when it is open or rejected. `resume`: how it sends its last event id (`header`
 * or `parameter`). `comments` has the stream's comments.
 */
export async function openStream({ url, key, topics, after, resume = "header", onObject, keeps }) {
  const reader = new Reader({ onObject, keeps });
  const abort = new AbortController();
  const query = new URLSearchParams();
  if (topics) query.set("topics", topics.join(","));
  if (after !== undefined && resume === "parameter") query.set("last_event_id", after);
  const headers = { authorization: `Bearer ${key}`, accept: "text/event-stream" };
  if (after !== undefined && resume === "header") headers["last-event-id"] = after;
  const response = await fetch(`${url}/edge/live${query.size > 0 ? `?${query}` : ""}`, {
    headers,
    signal: abort.signal,
  });
  reader.close = () => abort.abort();
  if (response.status !== 200) {
    return Object.assign(reader, { rejection: { status: response.status, body: await response.json() } });
  }
  Object.assign(reader, { headers: response.headers, comments: [], names: [] });
  readStream(response.body, reader).then(
    () => reader.over({ code: ENDED, reason: "" }),
    () => reader.over({ code: 1006, reason: "" }),
  );
  return reader;
}

async function readStream(body, reader) {
  let text = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split("\n\n");
    text = parts.pop();
    for (const part of parts) readPart(part, reader);
  }
}

/** Reads an event of an event stream, or a comment. */
function readPart(part, reader) {
  if (part.startsWith(":")) {
    reader.comments.push(part);
    return reader.look();
  }
  const fields = Object.fromEntries(part.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
  const object = JSON.parse(fields.data);
  if (fields.id !== object.id) throw new Error(`The id of the stream is ${fields.id}, of the object ${object.id}`);
  reader.names.push(fields.event);
  reader.add(object);
}

/** The two ways to read, by name. */
export const OPEN = { socket: openSocket, stream: openStream };
