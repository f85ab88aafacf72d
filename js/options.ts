// The options of a client, of a call and of a list, and what the hooks get. Types only.

/** Options of {@link Intercom}: the Worker's address, the credential and the hooks. */
export interface IntercomOptions {
  /**
   * The Worker's URL, such as `https://intercom-edge.example.workers.dev`, or an absolute path on the page's own
   * origin, such as `/intercom`. Request paths are appended to it.
   */
  baseUrl: string | URL;
  /**
   * A caller key of the Worker, or a sign-in token, or a function that returns one. Never Intercom's access token.
   *
   * The function is called before each request. After a 401 it is called once more per call, with the rejected key;
   * the request is sent again if the function returns a different key.
   *
   * Without `auth` the package sends no credential of its own. The browser sends the cookies of the page's origin, so
   * omit `auth` if `baseUrl` is on this origin and Cloudflare Access or your own server adds the credential.
   */
  auth?: string | ((rejectedKey?: string) => string | Promise<string>) | undefined;
  /**
   * Called before each attempt of a request; may change the request's headers. A request that is repeated with a
   * new key after a 401 counts as the same attempt. An error that the hook throws ends the call and is passed on.
   */
  onRequest?: ((request: RequestEvent) => void | Promise<void>) | undefined;
  /** Called with each response, before its body is read. An error that it throws ends the call and is passed on. */
  onResponse?: ((response: ResponseEvent) => void | Promise<void>) | undefined;
}

/** A request that is about to be sent, as `onRequest` gets it. */
export interface RequestEvent {
  /** The method and the path pattern, such as `GET /contacts/{contact_id}`. Contains no ids, so it is safe to log. */
  operation: string;
  /** The HTTP method. */
  method: Method;
  /** The full URL. Its query may contain personal data. */
  url: string;
  /** The request's headers, without the caller key. */
  headers: Headers;
  /** The number of this attempt: 1 for the first. */
  attempt: number;
}

/** A response whose headers have arrived, as `onResponse` gets it. */
export interface ResponseEvent extends RequestEvent {
  /** The HTTP status. */
  status: number;
  /** The response's headers. */
  headers: Headers;
}

/** Options of a call. */
export interface CallOptions {
  /** Aborts the call, which then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** The timeout in milliseconds for the whole call, including all retries and the response body. Default: 35,000. */
  timeout?: number | undefined;
  /** Additional request headers. */
  headers?: HeadersInit | undefined;
  /**
   * How many times a read is retried after a 429, 502, 503, 504 or a failed connection. Default: 2.
   *
   * Writes are retried only if the method takes an `idempotencyKey` and one is given. `GET /companies/scroll` is never
   * retried, because each request advances the scroll.
   */
  retries?: number | undefined;
}

/** Options of a call that sends a message or a reply. */
export interface SendOptions extends CallOptions {
  /**
   * An idempotency key: 1 to 255 visible ASCII characters. Calls with the same key send one message; repeated calls
   * get the first response. With a key, the package retries after connection failures.
   *
   * @example `order-4711`
   */
  idempotencyKey?: string | undefined;
}

/** Options of a list. `timeout` and `retries` apply to each page. */
export interface ListOptions extends CallOptions {
  /**
   * Items per page: 1 to 150, for companies at most 60. Default: 50 for contacts, companies and conversations;
   * Intercom's default for other lists.
   */
  perPage?: number | undefined;
  /** The cursor to start from: the `startingAfter` of an earlier page. */
  startingAfter?: string | undefined;
}

/** The HTTP methods of Intercom's API. */
export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** An operation: a method and a path pattern in which each `{name}` is a path parameter. */
export type Operation = `${Method} /${string}`;

/** The parts of a request: query and body. */
export interface Content {
  /** The query parameters. Those that are `null` or `undefined` are left out. */
  query?: Record<string, string | number | boolean | null | undefined> | undefined;
  /** The JSON body. */
  body?: unknown;
}

/** How a session's requests are authorised and observed. */
export type Hooks = Pick<IntercomOptions, "auth" | "onRequest" | "onResponse">;
