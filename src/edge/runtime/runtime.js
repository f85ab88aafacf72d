// The Workers runtime, as far as every request needs it. Each function is one crossing from
// WebAssembly: what is asked of a request or an answer comes back in one text, a line for each thing,
// and bodies stay the runtime's own streams and buffers.

/**
 * What the Worker decides by, and nothing that a method has no use for: each header asked for costs more than
 * all of its way through WebAssembly. `runtime.rs` names the lines in this order.
 */
export function request_head({ method, url, headers }) {
  const header = (name) => headers.get(name) ?? "";
  const authorization = header("authorization");
  const assertion = authorization === "" ? header("cf-access-jwt-assertion") : "";
  const who = `${authorization}\n${assertion}\n${header("origin")}\n${header("sec-fetch-site")}`;
  const head = `${Date.now()}\n${method}\n${url}\n${who}\n${header("intercom-version")}`;
  if (method === "GET") return head;
  const body = `${header("content-length")}\n${header("content-type")}\n${header("content-encoding")}`;
  return `${head}\n${body}\n${header("access-control-request-method")}`;
}

/** What tells who made a client, asked for where a request doesn't tell its version: `ClientMarks` of `runtime.rs`. */
export function client_marks({ headers }) {
  const fern = [...headers.keys()].find((name) => name.startsWith("x-fern-"));
  return `${fern ?? ""}\n${headers.get("user-agent") ?? ""}`;
}

/** Headers of the caller's that Intercom gets to see. */
const SENT = ["accept", "accept-language", "if-none-match", "user-agent"];

/** Those of Intercom's SDK, which has all of them or none. */
const SENT_BY_SDK = [
  "x-fern-language",
  "x-fern-runtime",
  "x-fern-runtime-version",
  "x-fern-sdk-name",
  "x-fern-sdk-version",
];

/** Headers of Intercom's that callers get to see; nothing else of its infrastructure passes. */
const PASSED = [
  "content-disposition",
  "content-encoding",
  "content-type",
  "etag",
  "intercom-version",
  "link",
  "request-id",
  "retry-after",
  "x-intercom-version",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-request-id",
];

/**
 * The one way to Intercom: where the access token is added, and time runs out. A redirect isn't followed:
 * the token must not go elsewhere.
 */
export class Upstream {
  #url;
  #own;

  constructor(url, token, agent) {
    this.#url = url;
    this.#own = { accept: "application/json", authorization: `Bearer ${token}`, "user-agent": agent };
  }

  /**
   * Sends a caller's request to `target`, or else to the path and query that begin at `path` in its address; in
   * `version`, or else in that of the request. `body` is one that was kept; without one the request's own streams.
   */
  forward(request, path, target, version, body, milliseconds) {
    const { method, headers: given } = request;
    const headers = { ...this.#own, "intercom-version": version ?? given.get("intercom-version") };
    copy(given, SENT, headers);
    if (given.has(SENT_BY_SDK[0])) copy(given, SENT_BY_SDK, headers);
    // A GET's body means nothing (RFC 9110, section 9.3.1), and fetch takes none.
    if (method === "GET") body = null;
    else {
      copy(given, ["content-type", "content-encoding"], headers);
      body ??= request.body;
    }
    return within(milliseconds, this.#url + (target ?? request.url.slice(path)), {
      method,
      headers,
      body,
      redirect: "manual",
    });
  }

  /** Sends a request of the Worker's own. */
  ask(method, target, version, body, milliseconds) {
    const headers = { ...this.#own, "intercom-version": version };
    if (body !== undefined) headers["content-type"] = "application/json";
    return within(milliseconds, `${this.#url}${target}`, { method, headers, body, redirect: "manual" });
  }

  /** Posts a caller's body with headers of the caller's, which `sent` gave. */
  post(target, version, lines, body, milliseconds) {
    const headers = add({ ...this.#own, "intercom-version": version }, lines);
    // The bytes are WebAssembly's: they may have moved before they are read.
    const init = { method: "POST", headers, body: body.slice(), redirect: "manual" };
    return within(milliseconds, `${this.#url}${target}`, init);
  }
}

/**
 * An answer; or the number 504 where none came in time, and 502 where the connection failed: workerd
 * words refused, reset and cut connections alike. What comes too late is dropped with the request that
 * waited for it, which costs less than a signal for each.
 */
function within(milliseconds, url, init) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds, 504);
    const settle = (outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    fetch(url, init).then(settle, () => settle(502));
  });
}

/** Comes to an end after a while. */
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Whether a caller's call is within the limit that a binding counts. It is no lock: where it fails, calls pass. */
export const within_limit = (limiter, key) =>
  limiter.limit({ key }).then(
    ({ success }) => success,
    () => true,
  );

/** Goes on with a request when a promise, which never rejects, has come to something. */
export const resume_after = (promise, task) => promise.then((value) => task.resume(value));

/** What the Worker decides by in an answer; `runtime.rs` names the lines in this order. */
export function response_head({ status, headers }) {
  const header = (name) => headers.get(name) ?? "";
  const head = `${status}\n${header("x-request-id")}\n${header("content-length")}`;
  if (status === 200) return head;
  if (status < 400) return `${head}\n${header("location")}`;
  if (status === 410) return `${head}\n\n${header("link")}`;
  if (status !== 429) return head;
  return [
    head,
    "",
    "",
    ...["retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"].map(header),
  ].join("\n");
}

/** The headers that callers get to see, in lines of name and value by turns. */
export const passed = ({ headers }) => linesOf(copy(headers, PASSED, {}));

/** The headers that Intercom gets to see, in lines of name and value by turns. */
export const sent = ({ headers }) => linesOf(copy(headers, [...SENT, ...SENT_BY_SDK, "content-type"], {}));

/** Headers that a page of another origin gets to see (the Fetch standard's CORS). */
const EXPOSED = [
  ...PASSED,
  "idempotency-replayed",
  "location",
  "preference-applied",
  "server-timing",
  "x-intercom-edge",
  "x-intercom-edge-message",
]
  .filter((name) => name !== "content-encoding" && name !== "content-type")
  .join(", ");

/** Intercom's answer as callers get to see it, its body's stream untouched; the rest as `respond` takes it. */
export function pass(answer, shown, upstream, edge, more) {
  const headers = always(shown, upstream, edge);
  copy(answer.headers, PASSED, headers);
  headers["x-intercom-edge"] = "upstream";
  return new Response(answer.body, { status: answer.status, headers: add(headers, more) });
}

/**
 * An answer of the Worker's own. `shown`: the request, if its page may see the answer; `upstream`, `edge`:
 * milliseconds; `more`: headers, in lines of name and value by turns.
 */
export function respond(status, body, shown, upstream, edge, more) {
  return new Response(body ?? null, { status, headers: add(always(shown, upstream, edge), more) });
}

/** The headers of every answer. */
function always(shown, upstream, edge) {
  const headers = {
    "cache-control": "no-store",
    "server-timing": `upstream;dur=${upstream}, edge;dur=${edge}`,
    vary: "Origin",
    "x-content-type-options": "nosniff",
  };
  if (shown !== undefined) {
    headers["access-control-allow-origin"] = shown.headers.get("origin");
    headers["access-control-expose-headers"] = EXPOSED;
  }
  return headers;
}

function copy(from, names, to) {
  for (const name of names) {
    const value = from.get(name);
    if (value !== null) to[name] = value;
  }
  return to;
}

const linesOf = (headers) => Object.entries(headers).flat().join("\n");

function add(headers, lines) {
  if (lines === undefined) return headers;
  const parts = lines.split("\n");
  for (let at = 0; at + 1 < parts.length; at += 2) headers[parts[at]] = parts[at + 1];
  return headers;
}

/**
 * A request's or an answer's whole body; or a number: 413 where it is longer than `limit` bytes, 408
 * where it takes too long, 400 where it is cut off.
 */
export const read = ({ body }, limit, milliseconds) =>
  collect(body, limit, milliseconds, (_, reader) => {
    reader.cancel().catch(() => {});
    return 413;
  });

/** The same; a body that is longer is given back as a stream of all its bytes. */
export const keep = ({ body }, limit, milliseconds) =>
  collect(body, limit, milliseconds, (chunks, reader) => {
    reader.releaseLock();
    return rejoined(chunks, body);
  });

async function collect(body, limit, milliseconds, longer) {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const chunks = [];
  let length = 0;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    reader.cancel().catch(() => {});
  }, milliseconds);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (late) return 408;
      if (done) break;
      chunks.push(value);
      length += value.byteLength;
      if (length > limit) return longer(chunks, reader);
    }
  } catch {
    return late ? 408 : 400;
  } finally {
    clearTimeout(timer);
  }
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** A stream of what was read of a body, and of the rest as it comes. */
function rejoined(chunks, body) {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const pump = async () => {
    try {
      for (const chunk of chunks) await writer.write(chunk);
    } catch (error) {
      // Nobody wants it any more.
      return body.cancel(error);
    }
    writer.releaseLock();
    return body.pipeTo(writable);
  };
  // Whoever reads the stream learns of a failure.
  pump().catch(() => {});
  return readable;
}

export const random_uuid = () => crypto.randomUUID();

export const log = (line) => console.log(line);
