import { json, objectOf, optionsOf } from "./argument.js";
import { ArgumentError, fromAnswer, IntercomError, NetworkError, type RateLimit, TimeoutError, UpstreamError } from "./error.js";
import { List, type ListOptions } from "./list.js";
import { part } from "./wasm.js";

/** How to reach your Worker. */
export interface IntercomOptions {
  /** The Worker's address, such as `https://intercom-edge.example.workers.dev`, or a path of the page's own origin. A path before the API's own is kept. */
  baseUrl: string | URL;
  /**
   * A caller key of the Worker's, or a function that gives one whenever a request is sent, and is asked
   * again, once a call and with the key that was refused, where the Worker answers 401. Never Intercom's access token.
   */
  auth: string | ((refused?: string) => string | Promise<string>);
  /**
   * Called before each request, also of those that are sent again; may change its headers. One that is
   * sent again because `auth` gave another key counts as the same.
   */
  onRequest?: ((request: RequestEvent) => void | Promise<void>) | undefined;
  /** Called with each answer. */
  onResponse?: ((response: ResponseEvent) => void | Promise<void>) | undefined;
}

/** A request that is about to be sent. */
export interface RequestEvent {
  /** As Intercom's reference names it, such as `GET /contacts/{id}`: fit for logs. */
  operation: string;
  method: Method;
  url: string;
  /** The headers, without the caller key. */
  headers: Headers;
  /** 1, or how often it is sent by now. */
  attempt: number;
}

/** An answer that has begun to arrive. */
export interface ResponseEvent extends RequestEvent {
  status: number;
  /** The answer's headers. */
  headers: Headers;
}

/** Options of a call. */
export interface CallOptions {
  /** Gives the call up; what is thrown is the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that the call may take in all, the answer's body and all tries included; 35,000 unless given. */
  timeout?: number | undefined;
  /** Further headers. */
  headers?: HeadersInit | undefined;
  /**
   * How often a call that reads is sent again after a 429, 502, 503, 504 or no answer; 2 unless given.
   * `/companies/scroll` isn't, which every request moves on.
   * One that writes is never sent again, unless it takes an `idempotencyKey` and has one.
   */
  retries?: number | undefined;
}

/** Options of a call that writes. */
export interface SendOptions extends CallOptions {
  /**
   * 1 to 255 visible ASCII characters. With a key the call acts once, however often it is made: a
   * repeat gets the first answer. The package itself repeats it where the connection fails.
   *
   * @example `order-4711`
   */
  idempotencyKey?: string | undefined;
}

/** The HTTP methods that Intercom knows. */
export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** An operation as Intercom's reference writes it: each `{parameter}` stands for a name. */
export type Operation = `${Method} /${string}`;

/** What of a call isn't an option. */
export interface Content {
  query?: Record<string, string | number | boolean | null | undefined> | undefined;
  body?: unknown;
}

/** A call as the package's own methods make it. */
export interface Call extends Content {
  /** The body's JSON, where it was made before. */
  text?: string;
  /** Whether an answer may be empty. */
  empty?: true;
}

/** The version of Intercom's API that the package's types describe. */
const VERSION = "2.14";

/** Longer than the Worker waits for Intercom: what it says then is worth having. */
const TIMEOUT = 35_000;

/** Where the Worker is and who calls: the way of every call. */
export class Session {
  readonly baseUrl: string;
  readonly #options: IntercomOptions;

  constructor(options: IntercomOptions) {
    const { auth, onRequest, onResponse } = (options ?? {}) as IntercomOptions;
    this.baseUrl = addressOf(options?.baseUrl);
    if (typeof auth !== "function" && !isKey(auth)) throw new ArgumentError("auth", A_KEY);
    for (const [name, hook] of Object.entries({ onRequest, onResponse })) {
      if (hook !== undefined && typeof hook !== "function") throw new ArgumentError(name, "a function");
    }
    this.#options = { baseUrl: this.baseUrl, auth, onRequest, onResponse };
  }

  /** Makes a call whose answer is a JSON object, or nothing; `names` fill the operation's path, or are the path itself. */
  async call<T>(operation: Operation, names: string[] | string, content: Call = {}, options?: SendOptions): Promise<T> {
    return this.exchange(operation, names, content, options, async (response) => {
      const text = await response.text();
      if (text === "" && content.empty) return undefined as T;
      const answer = parse<T>(text, operation, response);
      const messageId = response.headers.get("x-intercom-edge-message");
      return messageId === null ? answer : { ...answer, messageId };
    });
  }

  /** A list; `search` is the body of one that is posted. */
  list<T>(
    operation: Operation,
    names: string[] = [],
    options?: ListOptions,
    { query, search }: { query?: Content["query"]; search?: Record<string, unknown> } = {},
  ): List<T> {
    const { perPage, startingAfter, ...more } = optionsOf(options);
    if (perPage !== undefined && !(Number.isInteger(perPage) && perPage >= 1 && perPage <= 150)) {
      throw new ArgumentError("perPage", "a whole number from 1 to 150");
    }
    if (startingAfter !== undefined && typeof startingAfter !== "string") {
      throw new ArgumentError("startingAfter", "a page's startingAfter, a text");
    }
    return new List<T>(startingAfter, (cursor) => {
      const page = { per_page: perPage, starting_after: cursor ?? undefined };
      if (search) return this.call(operation, names, { body: { ...search, pagination: page } }, more);
      // A list that is numbered, or goes on by time, has its whole query in the cursor.
      const whole = cursor?.startsWith("?") ? Object.fromEntries(new URLSearchParams(cursor)) : page;
      return this.call(operation, names, { query: { ...whole, ...query } }, more);
    });
  }

  /** Gets an answer whose body may take as long as it takes: only the signal ends that. */
  open(operation: Operation, names: string[], accept: string, options?: CallOptions): Promise<Response> {
    return this.exchange(operation, names, {}, options, async (response) => response, accept);
  }

  /** Sends a request, again where that is safe, and reads the answer to its end within the time. */
  async exchange<T>(
    operation: Operation,
    names: string[] | string,
    content: Call,
    options: SendOptions | undefined,
    read: (response: Response) => Promise<T>,
    stream?: string,
  ): Promise<T> {
    const { signal, timeout = TIMEOUT, headers, retries = 2, idempotencyKey: key }: SendOptions = optionsOf(options);
    if (signal !== undefined && !(signal?.aborted !== undefined && typeof signal.addEventListener === "function")) throw new ArgumentError("signal", "an AbortSignal");
    if (typeof timeout !== "number" || !(timeout > 0)) throw new ArgumentError("timeout", "milliseconds above 0");
    if (!(Number.isInteger(retries) && retries >= 0)) throw new ArgumentError("retries", "a whole number from 0");
    if (key !== undefined && typeof key !== "string") throw new ArgumentError("idempotencyKey", "a text");
    const text = "body" in content ? json("body", content.body) : content.text;
    const given = headersOf(stream, text, key, headers);
    const [method] = operation.split(" ", 1) as [Method];
    let limited: IntercomError | undefined;

    const outcome = within(signal, timeout, stream !== undefined, async (ended) => {
      const rules = await part("browser");
      ended.throwIfAborted();
      const path = typeof names === "string" ? names : told(() => rules.target(operation, names));
      const target = path + queryOf(content.query, path);
      const repeatable = told(() => rules.repeatable(method, target, key));
      const keys = { renewed: false };
      const began = performance.now();
      for (let attempt = 1; ; attempt++) {
        const request = { operation, method, url: this.baseUrl + target, attempt };
        let { response, failure } = await this.#send(request, given, text, keys, ended);
        let answer: string | undefined;
        try {
          if (response?.ok) return await read(response);
          answer = await response?.text();
        } catch (error) {
          // What was read and isn't right is no broken connection.
          if (ended.aborted || error instanceof IntercomError) throw error;
          [response, failure] = [undefined, error];
        }
        const elapsed = performance.now() - began;
        const pause = repeatable
          ? rules.pause(Math.min(retries, 1000), attempt, elapsed, timeout, response?.status ?? 0, response?.headers)
          : undefined;
        const error =
          response && answer !== undefined
            ? fromAnswer(operation, response, answer, limitOf(rules.rateLimit(response.headers)))
            : new NetworkError("The connection to the Worker failed", { code: "network", cause: failure });
        if (pause === undefined) throw error;
        // A write that was sent again may have arrived this time: of that a limit says nothing.
        limited = error.status === 429 && key === undefined ? error : undefined;
        await sleep(pause, ended);
      }
    });
    // A limit that outlasted the time says more than that the time is over.
    return outcome.catch((error: unknown) => {
      throw limited && error instanceof TimeoutError ? limited : error;
    });
  }

  /** One request; a caller key that is refused is asked for anew, once. */
  async #send(
    request: Omit<RequestEvent, "headers">,
    given: Record<string, string>,
    body: string | undefined,
    keys: { renewed: boolean },
    signal: AbortSignal,
  ): Promise<Sent> {
    const { onRequest, onResponse, auth } = this.#options;
    if (onRequest) {
      const headers = new Headers(given);
      await onRequest({ ...request, headers });
      given = Object.fromEntries(headers);
    }
    const { url, method } = request;
    const once = (key: string): Promise<Sent> => {
      const headers = { ...given, authorization: `Bearer ${key}` };
      // The Worker has no reason to send the key and the message elsewhere.
      return fetch(url, { method, headers, signal, redirect: "manual", ...(body !== undefined && { body }) }).then(
        (response) => ({ response }),
        (failure: unknown) => ({ failure }),
      );
    };
    const key = await this.#key();
    let sent = await once(key);
    if (sent.response?.status === 401 && typeof auth === "function" && !keys.renewed) {
      keys.renewed = true;
      const renewed = await this.#key(key);
      if (renewed !== key) {
        // It may have failed meanwhile.
        await sent.response.body?.cancel().catch(() => {});
        sent = await once(renewed);
      }
    }
    const { response } = sent;
    if (response) await onResponse?.({ ...request, status: response.status, headers: response.headers });
    return sent;
  }

  async #key(refused?: string): Promise<string> {
    const { auth } = this.#options;
    const key = typeof auth === "function" ? await auth(refused) : auth;
    if (!isKey(key)) throw new ArgumentError("auth", A_KEY);
    return key;
  }
}

/** What came of one request. */
interface Sent {
  response?: Response;
  failure?: unknown;
}

/**
 * Runs what ends at once when a signal aborts, by throwing its reason, whatever that is, or when the
 * time is over.
 */
async function within<T>(
  signal: AbortSignal | undefined,
  timeout: number,
  streams: boolean,
  run: (ended: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw signal.reason;
  const controller = new AbortController();
  const { signal: ended } = controller;
  const abort = () => controller.abort(signal?.reason);
  const late = () => controller.abort(new TimeoutError("The Worker didn't answer in time", { code: "timeout" }));
  if (signal) listen(signal, abort);
  const timer = setTimeout(late, Math.min(timeout, 2 ** 31 - 1));
  let giveUp = () => {};
  try {
    const result = await new Promise<T>((resolve, reject) => {
      giveUp = () => reject(ended.reason);
      ended.addEventListener("abort", giveUp);
      run(ended).then(resolve, reject);
    });
    // A stream's body is ended by the same signal, for as long as it takes.
    if (signal && !streams) unlisten(signal, abort);
    return result;
  } catch (error) {
    if (signal) unlisten(signal, abort);
    // What nobody reads any more ends.
    controller.abort();
    throw error;
  } finally {
    clearTimeout(timer);
    // Node's fetch keeps the signal for a while, and a listener would keep the answer with it.
    ended.removeEventListener("abort", giveUp);
  }
}

/** What ends with a caller's signal. Each has one listener of ours: Node warns of more than ten. */
const listening = new WeakMap<AbortSignal, Set<() => void>>();

function listen(signal: AbortSignal, abort: () => void): void {
  listening.set(signal, (listening.get(signal) ?? new Set()).add(abort));
  signal.addEventListener("abort", abortAll);
}

function unlisten(signal: AbortSignal, abort: () => void): void {
  const aborts = listening.get(signal);
  aborts?.delete(abort);
  if (aborts?.size === 0) signal.removeEventListener("abort", abortAll);
}

function abortAll(this: AbortSignal): void {
  for (const abort of listening.get(this) ?? []) abort();
}

/** Waits, unless the call ends before. */
export function sleep(milliseconds: number, ended?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    ended?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(ended?.reason);
    };
    const timer = setTimeout(() => {
      ended?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    ended?.addEventListener("abort", abort, { once: true });
  });
}

/** What the WebAssembly says; it throws the argument that is wrong and what was expected. */
function told<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (Array.isArray(error)) throw new ArgumentError(String(error[0]), String(error[1]));
    throw error;
  }
}

function limitOf(facts: ArrayLike<number> | undefined): RateLimit | null {
  if (!facts) return null;
  const [limit = 0, remaining = 0, reset = 0] = Array.from(facts);
  const resetAt = new Date(reset);
  return Number.isNaN(resetAt.getTime()) ? null : { limit, remaining, resetAt };
}

/** The JSON object that a text is. */
export function parse<T>(text: string, operation: string, { status, headers }: Response): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below: the engine's own words quote the text, which may name people.
  }
  if (typeof value === "object" && value !== null) return value as T;
  throw new UpstreamError(`The answer is not a JSON object (${operation})`, {
    status,
    code: "unreadable",
    raw: { headers, body: text },
  });
}

function queryOf(query: Content["query"], path: string): string {
  // What is iterated instead would be empty, and a filter that is left out finds everybody.
  if (query && Symbol.iterator in objectOf("query", query)) throw new ArgumentError("query", "an object of names and values");
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null);
  if (given.length === 0) return "";
  return (path.includes("?") ? "&" : "?") + new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
}

function headersOf(accept = "application/json", body?: string, key?: string, more?: HeadersInit): Record<string, string> {
  try {
    return {
      accept,
      "intercom-version": VERSION,
      ...(more && Object.fromEntries(new Headers(more))),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(key !== undefined && { "idempotency-key": key }),
    };
  } catch {
    // What the platform says of it quotes the value.
    throw new ArgumentError("headers", "names and values that HTTP can carry");
  }
}

/** An address without a scheme would be a path of the page's, and the key would go there. */
function addressOf(baseUrl: unknown): string {
  const text = String(baseUrl);
  const page = /^\/(?![/\\])/.test(text) ? globalThis.location?.href : undefined;
  let url: URL | undefined;
  try {
    url = new URL(text, page);
  } catch {
    // Said below.
  }
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw new ArgumentError("baseUrl", "the address of your Worker, beginning with http:// or https://, without query");
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

const A_KEY = "a caller key of your Worker (visible ASCII characters, no line break at its end), or a function that gives one";

/** Whether it can stand in a header at all. */
const isKey = (key: unknown): key is string => typeof key === "string" && /^[\x21-\x7e]+$/.test(key);
