// The functions of the Workers runtime that requests need. Each function is one call from WebAssembly:
// its results come back in one text, a line for each part, and bodies stay the runtime's streams and
// buffers.

/**
 * Gives the parts of a request that the Worker's decisions need, and no more: reading one header costs more than
 * the rest of the call. `mod.rs` names the lines in this order.
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

/** Gives the headers that identify a client library, `ClientMarks` of `mod.rs`. */
export function client_marks({ headers }) {
  const fern = [...headers.keys()].find((name) => name.startsWith("x-fern-"));
  return `${fern ?? ""}\n${headers.get("user-agent") ?? ""}`;
}

/** The headers that are forwarded to Intercom. */
const REQUEST_HEADERS = ["accept", "accept-language", "if-none-match", "user-agent"];

/** The headers of Intercom's SDK, which sends all of them or none. */
const SDK_HEADERS = [
  "x-fern-language",
  "x-fern-runtime",
  "x-fern-runtime-version",
  "x-fern-sdk-name",
  "x-fern-sdk-version",
];

/** Intercom's headers that callers may see. Headers of its infrastructure are dropped. */
const RESPONSE_HEADERS = [
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
 * The connection to Intercom: adds the access token, and ends requests that take too long. A redirect isn't
 * followed, because the token must not go elsewhere.
 */
export class Upstream {
  #url;
  #own;

  constructor(url, token, agent) {
    this.#url = url;
    this.#own = { accept: "application/json", authorization: `Bearer ${token}`, "user-agent": agent };
  }

  /**
   * Sends a caller's request to `target`, or else to the path and query that begin at `path` in its address, with
   * `version`, or else with the request's own version. Without `body`, the request's own body streams.
   */
  forward(request, path, target, version, body, milliseconds) {
    const { method, headers: given } = request;
    const headers = { ...this.#own, "intercom-version": version ?? given.get("intercom-version") };
    copy(given, REQUEST_HEADERS, headers);
    if (given.has(SDK_HEADERS[0])) copy(given, SDK_HEADERS, headers);
    // A GET's body has no meaning (RFC 9110, section 9.3.1), and fetch rejects one.
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

  /** Sends a request of the Worker. */
  ask(method, target, version, body, milliseconds) {
    const headers = { ...this.#own, "intercom-version": version };
    if (body !== undefined) headers["content-type"] = "application/json";
    return within(milliseconds, `${this.#url}${target}`, { method, headers, body, redirect: "manual" });
  }

  /** Posts a caller's body with the caller's headers, in lines from `request_headers`. */
  post(target, version, lines, body, milliseconds) {
    const headers = add({ ...this.#own, "intercom-version": version }, lines);
    // The bytes are in WebAssembly's memory, which may move before they are read.
    const init = { method: "POST", headers, body: body.slice(), redirect: "manual" };
    return within(milliseconds, `${this.#url}${target}`, init);
  }
}

/**
 * Resolves to the response, to 504 if it took too long, or to 502 if the connection failed: workerd reports
 * refused, reset and cut connections alike. A response that comes too late is dropped with the request that
 * waited for it, which costs less than a signal for each request.
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

/** Resolves after some time. */
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Counts a call against a caller's limit; resolves to true within the limit, and if the binding fails. */
export const within_limit = (limiter, key) =>
  limiter.limit({ key }).then(
    ({ success }) => success,
    () => true,
  );

/** Resumes a task when a promise, which never rejects, is settled. */
export const resume_after = (promise, task) => promise.then((value) => task.resume(value));

/** Gives the parts of Intercom's response that the Worker's decisions need. `mod.rs` names the lines in this order. */
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

/** Gives the headers that callers may see, as alternating lines of name and value. */
export const response_headers = ({ headers }) => linesOf(copy(headers, RESPONSE_HEADERS, {}));

/** Gives the headers that are forwarded to Intercom, as alternating lines of name and value. */
export const request_headers = ({ headers }) =>
  linesOf(copy(headers, [...REQUEST_HEADERS, ...SDK_HEADERS, "content-type"], {}));

/** The headers that a page of another origin may read (the Fetch standard's CORS). */
const EXPOSED = [
  ...RESPONSE_HEADERS,
  "idempotency-replayed",
  "location",
  "preference-applied",
  "server-timing",
  "x-intercom-edge",
  "x-intercom-edge-message",
]
  .filter((name) => name !== "content-encoding" && name !== "content-type")
  .join(", ");

/** Passes Intercom's response on, with its body's stream untouched. The other parameters are those of `respond`. */
export function pass(answer, cors, upstream, edge, more) {
  const headers = common_headers(cors, upstream, edge);
  copy(answer.headers, RESPONSE_HEADERS, headers);
  headers["x-intercom-edge"] = "upstream";
  return new Response(answer.body, { status: answer.status, headers: add(headers, more) });
}

/**
 * Makes a response of the Worker. `cors`: the request, if its page may read the response; `upstream`, `edge`:
 * milliseconds; `more`: headers, as alternating lines of name and value.
 */
export function respond(status, body, cors, upstream, edge, more) {
  return new Response(body ?? null, { status, headers: add(common_headers(cors, upstream, edge), more) });
}

/** Makes the headers of every response. */
function common_headers(cors, upstream, edge) {
  const headers = {
    "cache-control": "no-store",
    "server-timing": `upstream;dur=${upstream}, edge;dur=${edge}`,
    vary: "Origin",
    "x-content-type-options": "nosniff",
  };
  if (cors !== undefined) {
    headers["access-control-allow-origin"] = cors.headers.get("origin");
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
 * Reads a whole body. Resolves to its bytes, to 413 if it is longer than `limit` bytes, to 408 if it takes too
 * long, or to 400 if it is cut off.
 */
export const read = (message, limit, milliseconds) =>
  collect(message, limit, milliseconds, (_, reader) => {
    reader.cancel().catch(() => {});
    return 413;
  });

/** Reads a body as `read` does; resolves to a stream of all its bytes if it is longer than `limit`. */
export const read_or_stream = (message, limit, milliseconds) =>
  collect(message, limit, milliseconds, (chunks, reader) => {
    reader.releaseLock();
    return rejoined(chunks, message.body);
  });

async function collect({ body, headers }, limit, milliseconds, longer, spare) {
  if (body === null) return new Uint8Array();
  // Most bodies are short. One that is read to its end by one call of the runtime needs room for one byte more.
  const declared = Number(headers.get("content-length"));
  let buffer = spare ?? new ArrayBuffer(declared > 0 ? Math.min(declared, limit) + 1 : 1 << 14);
  const reader = body.getReader({ mode: "byob" });
  let length = 0;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    reader.cancel().catch(() => {});
  }, milliseconds);
  try {
    for (;;) {
      if (length === buffer.byteLength) buffer = grown(buffer);
      const room = buffer.byteLength - length;
      // The runtime fills the whole room before it calls back. It gives the buffer back as another object.
      const { done, value } = await reader.readAtLeast(room, new Uint8Array(buffer, length));
      if (late) return 408;
      if (value !== undefined) buffer = value.buffer;
      if (done) return new Uint8Array(buffer, 0, length);
      length += value.byteLength;
      if (length > limit) return longer([new Uint8Array(buffer, 0, length)], reader);
    }
  } catch {
    return late ? 408 : 400;
  } finally {
    clearTimeout(timer);
  }
}

function grown(buffer) {
  const larger = new Uint8Array(2 * buffer.byteLength);
  larger.set(new Uint8Array(buffer));
  return larger.buffer;
}

/**
 * Buffers for bodies that WebAssembly reads or writes. They are used again, because the runtime collects large ones
 * late: an export took 40 MB more without them.
 */
const spares = [];
const [MAX_SPARES, MAX_SPARE_LENGTH] = [64, 1 << 21];

/** Reads a body as `read` does, into a buffer that `move_out` takes back. */
export const read_pooled = (message, limit, milliseconds) =>
  collect(
    message,
    limit,
    milliseconds,
    (_, reader) => {
      reader.cancel().catch(() => {});
      return 413;
    },
    spares.pop(),
  );

/** Copies bytes of `read_pooled` into WebAssembly's memory, and takes their buffer back. */
export function move_out(bytes, memory) {
  memory.set(bytes);
  release(bytes);
}

function release({ buffer }) {
  if (spares.length < MAX_SPARES && buffer.byteLength <= MAX_SPARE_LENGTH) spares.push(buffer);
}

/** Makes a stream of bytes; nothing of none. */
export function pooled_stream(bytes) {
  if (bytes.byteLength === 0) return undefined;
  let spare = spares.pop();
  if (spare === undefined || spare.byteLength < bytes.byteLength) spare = new ArrayBuffer(bytes.byteLength);
  const copy = new Uint8Array(spare, 0, bytes.byteLength);
  copy.set(bytes);
  const { readable, writable } = new FixedLengthStream(bytes.byteLength);
  const writer = writable.getWriter();
  writer
    .write(copy)
    .finally(() => release(copy))
    .then(() => writer.close())
    // The reader has left.
    .catch(() => {});
  return readable;
}

/** Makes a stream of the chunks that were read, and of the rest of the body. */
function rejoined(chunks, body) {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const pump = async () => {
    try {
      for (const chunk of chunks) await writer.write(chunk);
    } catch (error) {
      // The reader has cancelled the stream.
      return body.cancel(error);
    }
    writer.releaseLock();
    return body.pipeTo(writable);
  };
  // The stream's reader gets the error.
  pump().catch(() => {});
  return readable;
}

export const random_uuid = () => crypto.randomUUID();

/** Lets work go on after the response of a request. A Worker that wraps this one may have left the context out. */
export const wait_until = (execution, work) => execution?.waitUntil(work);

export const log = (line) => console.log(line);
