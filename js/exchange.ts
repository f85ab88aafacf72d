// A call in progress: the options, signal, hooks and caller key that the WebAssembly reads.

import { sleep, untilAborted, withTimeout } from "./abort.js";
import { isText, optionsOf } from "./argument.js";
import { ArgumentError, errorOf } from "./error.js";
import { causeOf } from "./fetch.js";
import type { Hooks, ListOptions, Method, RequestEvent, SendOptions } from "./options.js";
import { type Calls, type Instance, instanceOf } from "./wasm.js";

/** The default timeout in milliseconds. Longer than the Worker's own, so that the Worker's error arrives. */
const DEFAULT_TIMEOUT = 35_000;

/** The checked options of one call or list, with the callbacks that the WebAssembly uses during it. */
export class Exchange {
  readonly baseUrl: string;
  readonly timeout: number;
  readonly retries: number;
  readonly idempotencyKey: string | undefined;
  readonly perPage: number | undefined;
  startingAfter: string | undefined;
  /** Aborts the current call, or the current page of a list. */
  signal!: AbortSignal;
  readonly #callerSignal: AbortSignal | undefined;
  readonly #hooks: Hooks;
  readonly #headers: [string, string][];
  #giveUp!: (reason: unknown) => void;
  #request!: RequestEvent;
  #cause: unknown;
  #key = "";
  #renewed = false;

  /** @throws {@link ArgumentError} if an option is invalid */
  constructor(baseUrl: string, hooks: Hooks, options: (SendOptions & ListOptions) | undefined) {
    const {
      signal,
      timeout = DEFAULT_TIMEOUT,
      headers,
      retries = 2,
      idempotencyKey,
      perPage,
      startingAfter,
    } = optionsOf<SendOptions & ListOptions>(options);
    const isSignal =
      signal === undefined || (signal?.aborted !== undefined && typeof signal.addEventListener === "function");
    if (!isSignal) throw new ArgumentError("signal", "an AbortSignal");
    if (typeof timeout !== "number" || !(timeout > 0)) throw new ArgumentError("timeout", "milliseconds above 0");
    if (!(Number.isInteger(retries) && retries >= 0)) throw new ArgumentError("retries", "a whole number from 0");
    if (idempotencyKey !== undefined && typeof idempotencyKey !== "string")
      throw new ArgumentError("idempotencyKey", "a text");
    const isSize = perPage === undefined || (Number.isInteger(perPage) && perPage >= 1 && perPage <= 150);
    if (!isSize) throw new ArgumentError("perPage", "a whole number from 1 to 150");
    if (startingAfter !== undefined && !isText(startingAfter)) {
      throw new ArgumentError("startingAfter", "a page's startingAfter, a text");
    }
    this.baseUrl = baseUrl;
    this.timeout = timeout;
    this.retries = Math.min(retries, 1000);
    this.idempotencyKey = idempotencyKey;
    this.perPage = perPage;
    this.startingAfter = startingAfter;
    this.#callerSignal = signal;
    this.#hooks = hooks;
    this.#headers = headersOf(headers);
  }

  /** Runs a call of the WebAssembly, within the timeout. */
  run<T>(streams: boolean, send: (calls: Calls, instance: Instance<Calls>) => Promise<T>): Promise<T> {
    return withTimeout(this.#callerSignal, this.timeout, streams, async (signal, giveUp) => {
      const instance = await instanceOf("browser");
      signal.throwIfAborted();
      [this.signal, this.#giveUp, this.#renewed] = [signal, giveUp, false];
      try {
        return await instance.run((calls) => send(calls, instance));
      } catch (thrown) {
        throw errorOf(thrown, this.#cause, this.#hooks.auth !== undefined);
      }
    });
  }

  /** Adds the caller's headers and the key, if there is one, to a request, and calls `onRequest`. */
  before(operation: string, method: Method, url: string, attempt: number, headers: Headers): Promise<void> | undefined {
    const { auth, onRequest } = this.#hooks;
    this.#request = { operation, method, url, headers, attempt };
    for (const [name, value] of this.#headers) {
      if (!(BODY_HEADERS.has(name) && headers.has(name))) headers.set(name, value);
    }
    if (onRequest || typeof auth === "function") return this.#prepare(headers);
    this.#authorize(headers, auth);
    return undefined;
  }

  async #prepare(headers: Headers): Promise<void> {
    const { onRequest } = this.#hooks;
    if (onRequest) {
      headers.delete("authorization");
      // The hook gets a copy, so that a stored `headers` never contains the key.
      const given = new Headers(headers);
      this.#request.headers = given;
      await this.#call(() => onRequest(this.#request));
      for (const [name] of [...headers]) headers.delete(name);
      for (const [name, value] of given) headers.set(name, value);
    }
    this.#authorize(headers, await this.#call(() => this.#credential()));
  }

  #authorize(headers: Headers, key: string | undefined): void {
    if (key === undefined) return;
    this.#key = key;
    headers.set("authorization", `Bearer ${key}`);
  }

  /** Calls `auth` again after a 401, once per call. Resolves to true if it returned a different key. */
  renew(headers: Headers): Promise<boolean> | undefined {
    if (typeof this.#hooks.auth !== "function" || this.#renewed) return undefined;
    this.#renewed = true;
    const rejectedKey = this.#key;
    return this.#call(() => this.#credential(rejectedKey)).then((key) => {
      this.#authorize(headers, key);
      return key !== rejectedKey;
    });
  }

  /** Calls `onResponse`. */
  after({ status, headers }: Response): Promise<void> | undefined {
    const { onResponse } = this.#hooks;
    return onResponse && this.#call(() => onResponse({ ...this.#request, status, headers }));
  }

  /** Stores the cause of a failed connection. */
  failed(cause: unknown): void {
    this.#cause = causeOf(cause);
    // Node's parser errors contain bytes of the response, which Node prints for uncaught errors.
    for (let error = this.#cause, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
      if ("data" in error) delete error.data;
    }
  }

  /** Waits between two attempts. */
  sleep(milliseconds: number): Promise<void> {
    return sleep(milliseconds, this.signal);
  }

  /** Calls a hook or `auth`. The call rejects with the error that it throws. */
  async #call<T>(call: () => T | PromiseLike<T>): Promise<T> {
    try {
      return await untilAborted(call(), this.signal);
    } catch (reason) {
      this.#giveUp(reason);
      throw reason;
    }
  }

  #credential(rejectedKey?: string): string | undefined | Promise<string> {
    const { auth } = this.#hooks;
    return typeof auth === "function" ? Promise.resolve(auth(rejectedKey)).then(checkKey) : auth;
  }
}

/** The headers that describe the body: those of the call win over the caller's. */
const BODY_HEADERS = new Set(["content-type", "idempotency-key"]);

/** Checks the caller's headers. */
function headersOf(headers: HeadersInit | undefined): [string, string][] {
  try {
    return headers === undefined ? [] : [...new Headers(headers)];
  } catch {
    // The platform's own message quotes the value.
    throw new ArgumentError("headers", "valid HTTP headers");
  }
}

/** Checks that a caller key can be sent in a header. */
export function checkKey(key: unknown): string {
  if (typeof key === "string" && /^[\x21-\x7e]+$/.test(key)) return key;
  throw new ArgumentError(
    "auth",
    "a caller key (visible ASCII characters, no line break), or a function that returns one",
  );
}
