import { ArgumentError } from "./error.js";
import { checkKey, Exchange } from "./exchange.js";
import { keepRequest } from "./fetch.js";
import { List, type ListOptions, type Walk } from "./list.js";
import type { Calls } from "./wasm.js";

/** How to reach your Worker. */
export interface IntercomOptions {
  /**
   * The Worker's address, such as `https://intercom-edge.example.workers.dev`, or a path of the page's own origin. A
   * path before the API's own is kept.
   */
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
  /** The operation's name, its method and the pattern of its path: fit for logs. */
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

/** An operation's name: each `{parameter}` of the path stands for a value. */
export type Operation = `${Method} /${string}`;

/** The parts of a request: query and body. */
export interface Content {
  query?: Record<string, string | number | boolean | null | undefined> | undefined;
  body?: unknown;
}

/** How a session's requests are authorised and observed. */
export type Hooks = Pick<IntercomOptions, "auth" | "onRequest" | "onResponse">;

/** Where the Worker is and who calls: the way of every call. */
export class Session {
  readonly baseUrl: string;
  readonly #hooks: Hooks;

  constructor(options: IntercomOptions) {
    const { auth, onRequest, onResponse } = (options ?? {}) as IntercomOptions;
    this.baseUrl = addressOf(options?.baseUrl);
    if (typeof auth !== "function") checkKey(auth);
    for (const [name, hook] of Object.entries({ onRequest, onResponse })) {
      if (hook !== undefined && typeof hook !== "function") throw new ArgumentError(name, "a function");
    }
    this.#hooks = { auth, onRequest, onResponse };
  }

  /** Makes a call; `send` names the crate's. */
  async call<T>(
    options: SendOptions | undefined,
    send: (calls: Calls, exchange: Exchange) => Promise<unknown>,
  ): Promise<T> {
    const exchange = this.#exchange(options);
    return exchange.run(false, (calls) => send(calls, exchange) as Promise<T>);
  }

  /** Gets a response whose body may take as long as it takes: only the signal ends that. */
  async open(
    options: CallOptions | undefined,
    send: (calls: Calls, exchange: Exchange) => Promise<Response>,
  ): Promise<Response> {
    const exchange = this.#exchange(options);
    return keepRequest(await exchange.run(true, (calls) => send(calls, exchange)));
  }

  /** A list; `walk` names the crate's. */
  list<T>(options: ListOptions | undefined, walk: Walk): List<T> {
    // What is wrong with the options is said at once.
    this.#exchange(options);
    return new List<T>(() => this.#exchange(options), walk);
  }

  #exchange(options: (SendOptions & ListOptions) | undefined): Exchange {
    return new Exchange(this.baseUrl, this.#hooks, options);
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
