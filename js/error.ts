// The errors of the package, and how a failed call becomes one.

/** One of the errors in a response of Intercom or the Worker. */
export interface ErrorDetail {
  /** A machine-readable code, such as `not_found`. */
  code?: string;
  /** A human-readable message. Intercom's messages may contain personal data. */
  message?: string;
  /** The invalid field of the request. */
  field?: string;
  /** The ids of the contacts that share an e-mail address, if there are several. */
  ids?: string[];
}

/** The state of the workspace's rate limit, which all its private apps share. */
export interface RateLimit {
  /** The requests allowed per window of ten seconds. */
  limit: number;
  /** The requests left in the current window. */
  remaining: number;
  /** The start of the next window. */
  resetAt: Date;
}

/** A response as it was received. May contain personal data. */
export interface RawAnswer {
  /** The response's headers. */
  readonly headers: Headers;
  /** The response's body as text. */
  readonly body: string;
}

/** The properties of a new {@link IntercomError}. */
export interface Failure {
  /** The HTTP status. Default: 0, no response. */
  status?: number | undefined;
  /** The error's code. */
  code?: string | null | undefined;
  /** All errors of the response. */
  errors?: ErrorDetail[] | undefined;
  /** Intercom's id of the request. */
  requestId?: string | null | undefined;
  /** The outbox's id of the message. */
  messageId?: string | null | undefined;
  /** The state of the rate limit. */
  rateLimit?: RateLimit | null | undefined;
  /** The response as it was received. */
  raw?: RawAnswer | null | undefined;
  /** The error that caused this one. */
  cause?: unknown;
}

/**
 * The error of a failed call. Its subclass gives the kind of failure.
 *
 * `message` contains no personal data and is safe to log. Intercom's own messages may contain some; they are in
 * `errors`.
 */
export class IntercomError extends Error {
  static {
    // Keeps personal data out of logs: Node 20 prints `errors`, and all versions print the properties of a cause.
    Object.defineProperty(this.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value(
        this: IntercomError,
        _: number,
        options: object,
        inspect: (value: object, options: object) => string,
      ): string {
        const { name: _name, ...facts } = this;
        const cause = this.cause === undefined ? {} : { cause: describeError(this.cause) };
        return `${this.stack} ${inspect({ ...facts, ...cause }, options)}`;
      },
    });
  }
  override name = "IntercomError";
  /**
   * The HTTP status, or 0 without a response. With 0, a message may have been sent. A redirect to a sign-in page counts
   * as 401.
   */
  readonly status: number;
  /**
   * The code of the first error, such as `not_found`, or one of the package's own codes: `timeout`, `network`,
   * `redirect`, `unreadable`, `repeats`, `webassembly`, and for directories `closed`, `memory` and `unsupported`. Null
   * if the response has none.
   */
  readonly code: string | null;
  /** Intercom's id of the request, for Intercom's support. */
  readonly requestId: string | null;
  /** The outbox's id of the message, for `messages.get` and `messages.retry`. Null for other calls. */
  readonly messageId: string | null;
  /** The state of the workspace's rate limit, or null if the response does not say. */
  readonly rateLimit: RateLimit | null;
  readonly #errors: ErrorDetail[];
  readonly #raw: RawAnswer | null;

  /** Creates an error, for your own tests. `message` must not contain personal data. */
  constructor(message: string, { status, code, errors, requestId, messageId, rateLimit, raw, cause }: Failure = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status ?? 0;
    this.code = code ?? null;
    this.#errors = errors ?? [];
    this.requestId = requestId ?? null;
    this.messageId = messageId ?? null;
    this.rateLimit = rateLimit ?? null;
    this.#raw = raw ?? null;
  }

  /** All errors of the response, with Intercom's messages. Not printed when the error is logged. */
  get errors(): ErrorDetail[] {
    return this.#errors;
  }

  /** The response as it was received, or null. Not printed when the error is logged. */
  get raw(): RawAnswer | null {
    return this.#raw;
  }
}

/**
 * Status 401: the user is not signed in, or the caller key or Intercom's access token is not accepted. With the code
 * `redirect`, the response was a redirect, probably to the sign-in page of Cloudflare Access or of your own server.
 */
export class UnauthorizedError extends IntercomError {
  override name = "UnauthorizedError";
}
/** Status 403: the caller key lacks a scope, or Intercom denies access. */
export class ForbiddenError extends IntercomError {
  override name = "ForbiddenError";
}
/** Status 404: the object does not exist. */
export class NotFoundError extends IntercomError {
  override name = "NotFoundError";
}
/** Status 410: the contact was merged into another. */
export class MergedError extends IntercomError {
  override name = "MergedError";
  /** Intercom's id of the contact that remains, or null if the response does not say. */
  get mergedInto(): string | null {
    const [, link = ""] = /<([^<>]*)>/.exec(this.raw?.headers.get("link") ?? "") ?? [];
    return /\/contacts\/([^/?]+)/.exec(link)?.[1] ?? null;
  }
}
/** Status 429: the rate limit of the workspace is reached. See `rateLimit.resetAt`. */
export class RateLimitError extends IntercomError {
  override name = "RateLimitError";
}
/**
 * Status 400 or 422: the request is invalid. `errors` gives the field. If the package itself found it, nothing was
 * sent.
 */
export class ValidationError extends IntercomError {
  override name = "ValidationError";
}
/** The call's `timeout` expired before the response was complete. */
export class TimeoutError extends IntercomError {
  override name = "TimeoutError";
}
/** The connection failed, or CORS blocked the response. `cause` is the platform's error. */
export class NetworkError extends IntercomError {
  override name = "NetworkError";
}
/** Status 5xx, or a response of any status that cannot be read. */
export class UpstreamError extends IntercomError {
  override name = "UpstreamError";
}
/** The WebAssembly cannot be loaded, compiled or run. If it stopped during a call, a message may have been sent. */
export class WebAssemblyError extends IntercomError {
  override name = "WebAssemblyError";
  /** @internal */
  constructor(part: string, cause: unknown, trapped = false) {
    const name = `${part}.wasm`;
    super(trapped ? `${name} crashed; the next call restarts it` : reasonOf(name, cause), {
      code: "webassembly",
      cause,
    });
  }
}

function reasonOf(name: string, cause: unknown): string {
  if (typeof WebAssembly === "undefined") return `${name} can't be run: this runtime has no WebAssembly`;
  // The messages of Chromium, Firefox and Safari.
  const blocked =
    cause instanceof WebAssembly.CompileError && /security policy|unsafe-eval|csp|embedder/i.test(cause.message);
  const hint = "be compiled: a page's Content-Security-Policy needs 'wasm-unsafe-eval'";
  return `${name} can't ${blocked ? hint : "be loaded"}`;
}

/** An argument is invalid. Thrown before anything is sent. */
export class ArgumentError extends TypeError {
  override name = "ArgumentError";
  /** The name of the argument, such as `created_at.after`. */
  readonly argument: string;
  /** The expected value, in words. */
  readonly expected: string;

  /** Creates an error, for your own tests. `expected` must not contain personal data. */
  constructor(argument: string, expected: string, cause?: unknown) {
    super(`${argument}: expected ${expected}`, cause === undefined ? undefined : { cause });
    this.argument = argument;
    this.expected = expected;
  }
}

const CLASS_BY_STATUS: { [status: number]: typeof IntercomError } = {
  400: ValidationError,
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  410: MergedError,
  422: ValidationError,
  429: RateLimitError,
};

/** A failed call, as src/browser/package/failure.rs throws it. */
interface CallFailure {
  kind: "argument" | "connection" | "status" | "unreadable" | "endless";
  operation: string;
  argument: string | null;
  expected: string | null;
  reason: string | null;
  limit: number | null;
  remaining: number | null;
  /** Milliseconds since 1970. */
  reset: number | null;
  response: Response | null;
  text: string | null;
}

/**
 * Converts a failure of the WebAssembly to an error. `cause` is the error of a failed connection; `hasAuth` is false if
 * the client sends no credential of its own.
 */
export function errorOf(thrown: unknown, cause: unknown, hasAuth: boolean): unknown {
  const failure = (thrown ?? {}) as CallFailure;
  const { kind, operation, argument, expected, reason, response, text } = failure;
  switch (kind) {
    case "argument":
      return new ArgumentError(argument === "Idempotency-Key" ? "idempotencyKey" : argument!, expected!);
    case "connection":
      return new NetworkError("The connection to the Worker failed", { code: "network", cause });
    case "endless":
      return new UpstreamError("Intercom's list has no end", { status: 200, code: "repeats" });
    case "unreadable":
      return new UpstreamError(`The answer is ${reason} (${operation})`, {
        status: response!.status,
        code: "unreadable",
        requestId: identifierOf(response!.headers.get("x-request-id")),
        messageId: response!.headers.get("x-intercom-edge-message"),
        raw: { headers: response!.headers, body: text! },
      });
    case "status":
      return responseError(operation, response!, text!, rateLimitOf(failure), hasAuth);
    default:
      return thrown;
  }
}

function rateLimitOf({ limit, remaining, reset }: CallFailure): RateLimit | null {
  const resetAt = new Date(reset ?? NaN);
  return limit === null || remaining === null || Number.isNaN(resetAt.getTime()) ? null : { limit, remaining, resetAt };
}

function responseError(
  operation: string,
  { status: received, headers }: Response,
  body: string,
  rateLimit: RateLimit | null,
  hasAuth: boolean,
): IntercomError {
  const read = objectIn(body);
  const errors = detailsOf(read);
  const source = headers.get("x-intercom-edge");
  // A redirect that does not come from the Worker. In a browser, it has the status 0 and no headers.
  const redirected = received < 400 && !source;
  const status = redirected ? 401 : received;
  // Intercom and the Worker answer 404 in JSON; without JSON there is no Worker at `baseUrl`.
  const noWorker = status === 404 && Object.keys(read).length === 0;
  const code = redirected ? "redirect" : noWorker ? "unreadable" : identifierOf(errors[0]?.code);
  // The Worker's own messages contain no personal data.
  const own = source === "edge" ? errors[0]?.message : undefined;
  const Class = noWorker ? UpstreamError : (CLASS_BY_STATUS[status] ?? (status >= 500 ? UpstreamError : IntercomError));
  const label = redirected ? "A redirect, probably to a sign-in page" : status;
  const message = own ?? [label, !redirected && code, `(${operation})`].filter(Boolean).join(" ");
  const todo = status === 401 && !hasAuth ? ". Sign in again, or set `auth`" : "";
  return new Class(message + todo, {
    status,
    code,
    errors,
    requestId: identifierOf(read["request_id"]) ?? identifierOf(headers.get("x-request-id")),
    messageId: headers.get("x-intercom-edge-message"),
    rateLimit,
    raw: { headers, body },
  });
}

/** Returns the names and messages of an error and its causes, without other properties. */
function describeError(error: unknown, depth = 3): string {
  if (!isError(error)) return typeof error;
  const text = `${error.name}: ${error.message}`;
  return error.cause === undefined || depth === 0 ? text : `${text}; ${describeError(error.cause, depth - 1)}`;
}

/** Returns true for an error of any realm: in Jest, Node's `fetch` throws errors of another realm. */
const isError = (value: unknown): value is Error =>
  value instanceof Error || /^\[object (?:Error|DOMException)\]$/.test(Object.prototype.toString.call(value));

/** Returns a code or an id, or null for text that may contain personal data. */
const identifierOf = (text: unknown) => (typeof text === "string" && /^[\w.-]{1,64}$/.test(text) ? text : null);

/** Creates the error of a body that the Worker would reject. */
export function invalidField(field: string, message: string): ValidationError {
  const code = "parameter_invalid";
  return new ValidationError(message, { status: 422, code, errors: [{ code, message, ...(field && { field }) }] });
}

/** Reads the errors in each of Intercom's formats: a list, one error, or messages by field. */
function detailsOf({ errors, message, error_key: code }: Record<string, unknown>): ErrorDetail[] {
  if (Array.isArray(errors)) return errors.filter((error) => typeof error === "object" && error !== null).map(detailOf);
  if (typeof errors !== "object" || errors === null)
    return typeof message === "string" ? [detailOf({ code, message })] : [];
  return Object.entries(errors).map(([field, message]) => detailOf({ field, message }));
}

/** Keeps the documented fields of an error. Older responses call the code `type`. */
function detailOf({ code, type, message, field, ids }: Record<string, unknown>): ErrorDetail {
  const texts = { code: typeof code === "string" ? code : type, message, field };
  const kept = Object.entries(texts).filter(([, value]) => typeof value === "string");
  return {
    ...Object.fromEntries(kept),
    ...(Array.isArray(ids) && {
      ids: ids.filter((id) => typeof id === "string" || typeof id === "number").map(String),
    }),
  };
}

/** Parses a JSON object. Returns an empty object for anything else. */
function objectIn(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
