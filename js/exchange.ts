// A call in progress: the options, signal, hooks and caller key that the WebAssembly reads.

import { sleep, until, within } from "./abort.js";
import { isText, optionsOf } from "./argument.js";
import { ArgumentError, errorOf } from "./error.js";
import { causeOf } from "./fetch.js";
import type { Hooks, ListOptions, Method, RequestEvent, SendOptions } from "./options.js";
import { type Calls, type Instance, instanceOf } from "./wasm.js";

/** Longer than the Worker waits for Intercom: what it says then is worth having. */
const TIMEOUT = 35_000;

/** The options of one call or of one list, checked, and what the call needs of its session. */
export class Exchange {
  readonly baseUrl: string;
  readonly timeout: number;
  readonly retries: number;
  readonly idempotencyKey: string | undefined;
  readonly perPage: number | undefined;
  startingAfter: string | undefined;
  /** Of the call, or of the list's page, that is on its way. */
  signal!: AbortSignal;
  readonly #given: AbortSignal | undefined;
  readonly #hooks: Hooks;
  readonly #headers: [string, string][];
  #giveUp!: (reason: unknown) => void;
  #request!: RequestEvent;
  #cause: unknown;
  #key = "";
  #renewed = false;

  /** @throws {@link ArgumentError} */
  constructor(baseUrl: string, hooks: Hooks, options: (SendOptions & ListOptions) | undefined) {
    const {
      signal,
      timeout = TIMEOUT,
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
    this.#given = signal;
    this.#hooks = hooks;
    this.#headers = headersOf(headers);
  }

  /** Has the WebAssembly send something, until it is there or the time is over. */
  run<T>(streams: boolean, send: (calls: Calls, instance: Instance<Calls>) => Promise<T>): Promise<T> {
    return within(this.#given, this.timeout, streams, async (ended, giveUp) => {
      const instance = await instanceOf("browser");
      ended.throwIfAborted();
      [this.signal, this.#giveUp, this.#renewed] = [ended, giveUp, false];
      try {
        return await instance.run((calls) => send(calls, instance));
      } catch (thrown) {
        throw errorOf(thrown, this.#cause);
      }
    });
  }

  /** Completes a request's header fields. */
  before(operation: string, method: Method, url: string, attempt: number, headers: Headers): Promise<void> | undefined {
    const { auth, onRequest } = this.#hooks;
    this.#request = { operation, method, url, headers, attempt };
    for (const [name, value] of this.#headers) {
      if (!(OURS.has(name) && headers.has(name))) headers.set(name, value);
    }
    if (onRequest || typeof auth === "function") return this.#prepare(headers);
    this.#authorize(headers, auth);
    return undefined;
  }

  async #prepare(headers: Headers): Promise<void> {
    const { onRequest } = this.#hooks;
    if (onRequest) {
      headers.delete("authorization");
      // The hook gets a copy: a hook that stores its headers never stores the key.
      const given = new Headers(headers);
      this.#request.headers = given;
      await this.#call(() => onRequest(this.#request));
      for (const [name] of [...headers]) headers.delete(name);
      for (const [name, value] of given) headers.set(name, value);
    }
    this.#authorize(headers, await this.#call(() => this.#credential()));
  }

  #authorize(headers: Headers, key: string): void {
    this.#key = key;
    headers.set("authorization", `Bearer ${key}`);
  }

  /** Asks for another key, once a call, after the Worker refused the first. */
  renew(headers: Headers): Promise<boolean> | undefined {
    if (typeof this.#hooks.auth !== "function" || this.#renewed) return undefined;
    this.#renewed = true;
    const refused = this.#key;
    return this.#call(() => this.#credential(refused)).then((key) => {
      this.#authorize(headers, key);
      return key !== refused;
    });
  }

  /** Tells the page of a response. */
  after({ status, headers }: Response): Promise<void> | undefined {
    const { onResponse } = this.#hooks;
    return onResponse && this.#call(() => onResponse({ ...this.#request, status, headers }));
  }

  /** Keeps why the connection failed. */
  failed(cause: unknown): void {
    this.#cause = causeOf(cause);
    // Node keeps bytes of the answer in its parser's errors, and prints them where nobody catches.
    for (let error = this.#cause, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
      if ("data" in error) delete error.data;
    }
  }

  /** Waits between two attempts. */
  sleep(milliseconds: number): Promise<void> {
    return sleep(milliseconds, this.signal);
  }

  /** Calls the page's own code: what it throws is what the call throws. */
  async #call<T>(call: () => T | PromiseLike<T>): Promise<T> {
    try {
      return await until(call(), this.signal);
    } catch (reason) {
      this.#giveUp(reason);
      throw reason;
    }
  }

  #credential(refused?: string): string | Promise<string> {
    const { auth } = this.#hooks;
    return typeof auth === "function" ? Promise.resolve(auth(refused)).then(checkKey) : auth;
  }
}

/** Header fields that say what the body is. */
const OURS = new Set(["content-type", "idempotency-key"]);

/** A page's own header fields, as HTTP can carry them. */
function headersOf(headers: HeadersInit | undefined): [string, string][] {
  try {
    return headers === undefined ? [] : [...new Headers(headers)];
  } catch {
    // What the platform says of it quotes the value.
    throw new ArgumentError("headers", "names and values that HTTP can carry");
  }
}

/** A caller key that can stand in a header at all. */
export function checkKey(key: unknown): string {
  if (typeof key === "string" && /^[\x21-\x7e]+$/.test(key)) return key;
  throw new ArgumentError(
    "auth",
    "a caller key of your Worker (visible ASCII characters, no line break at its end), or a function that gives one",
  );
}
