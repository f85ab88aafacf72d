// Starts every call: holds the Worker's address and the hooks. It knows no resource of Intercom.

import { ArgumentError } from "./error.js";
import { checkKey, Exchange } from "./exchange.js";
import { keepRequest } from "./fetch.js";
import { List, type Walk } from "./list.js";
import type { CallOptions, Hooks, IntercomOptions, ListOptions, SendOptions } from "./options.js";
import type { Calls } from "./wasm.js";

/** Starts calls to one Worker with one set of hooks. */
export class Session {
  readonly baseUrl: string;
  readonly #hooks: Hooks;

  constructor(options: IntercomOptions) {
    const { auth, onRequest, onResponse } = (options ?? {}) as IntercomOptions;
    this.baseUrl = normalizedUrl(options?.baseUrl);
    if (auth !== undefined && typeof auth !== "function") checkKey(auth);
    for (const [name, hook] of Object.entries({ onRequest, onResponse })) {
      if (hook !== undefined && typeof hook !== "function") throw new ArgumentError(name, "a function");
    }
    this.#hooks = { auth, onRequest, onResponse };
  }

  /** Makes a call. `send` runs the function of the WebAssembly that makes the request. */
  async call<T>(
    options: SendOptions | undefined,
    send: (calls: Calls, exchange: Exchange) => Promise<unknown>,
  ): Promise<T> {
    const exchange = this.#exchange(options);
    return exchange.run(false, (calls) => send(calls, exchange) as Promise<T>);
  }

  /** Gets a response as a stream. The timeout covers the headers only; the signal also ends the body. */
  async open(
    options: CallOptions | undefined,
    send: (calls: Calls, exchange: Exchange) => Promise<Response>,
  ): Promise<Response> {
    const exchange = this.#exchange(options);
    return keepRequest(await exchange.run(true, (calls) => send(calls, exchange)));
  }

  /**
   * Creates a list. `walk` runs the function of the WebAssembly that reads its pages. `matches` selects the items, all
   * by default.
   */
  list<T>(options: ListOptions | undefined, walk: Walk, matches?: (item: T) => boolean): List<T> {
    // Invalid options throw here, before the list is iterated.
    this.#exchange(options);
    return new List<T>(() => this.#exchange(options), walk, matches);
  }

  /**
   * Checks the options of a call that is made later.
   *
   * @throws {@link ArgumentError} if an option is invalid
   */
  check(options: CallOptions): void {
    this.#exchange(options);
  }

  #exchange(options: (SendOptions & ListOptions) | undefined): Exchange {
    return new Exchange(this.baseUrl, this.#hooks, options);
  }
}

/**
 * Checks and normalises `baseUrl`. A URL without a scheme is rejected: it would resolve against the page, which would
 * then get the key.
 */
function normalizedUrl(baseUrl: unknown): string {
  const text = String(baseUrl);
  const page = /^\/(?![/\\])/.test(text) ? globalThis.location?.href : undefined;
  let url: URL | undefined;
  try {
    url = new URL(text, page);
  } catch {
    // Reported below.
  }
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw new ArgumentError("baseUrl", "the Worker's http:// or https:// URL, without a query");
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}
