/** One of the errors that Intercom or the Worker named. */
export interface ErrorDetail {
  /** A word that programs may compare, such as `not_found`. */
  code?: string;
  /** A sentence for people. Intercom's may name people. */
  message?: string;
  /** The field of the request that is at fault. */
  field?: string;
  /** The contacts who share an e-mail address, where several do. */
  ids?: string[];
}

/** Where the workspace's limit stands, which all its private apps share. */
export interface RateLimit {
  /** Requests a window of ten seconds. */
  limit: number;
  /** Requests left in this one. */
  remaining: number;
  /** When the next begins. */
  resetAt: Date;
}

/** An answer as it came. It may hold people's data. */
export interface RawAnswer {
  readonly headers: Headers;
  readonly body: string;
}

/** What is known of a failure. */
export interface Failure {
  status?: number | undefined;
  code?: string | null | undefined;
  errors?: ErrorDetail[] | undefined;
  requestId?: string | null | undefined;
  messageId?: string | null | undefined;
  rateLimit?: RateLimit | null | undefined;
  raw?: RawAnswer | null | undefined;
  cause?: unknown;
}

/**
 * Why a call failed. A subclass tells which kind of failure it is.
 *
 * `message` holds nobody's data: Intercom's own sentences, which may, are in `errors`.
 */
export class IntercomError extends Error {
  static {
    // Node 20 logs the `errors` of any error, and every Node what a cause holds: bytes of an answer, too.
    Object.defineProperty(this.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value(
        this: IntercomError,
        _: number,
        options: object,
        inspect: (value: object, options: object) => string,
      ): string {
        const { name: _name, ...facts } = this;
        const cause = this.cause === undefined ? {} : { cause: sentenceOf(this.cause) };
        return `${this.stack} ${inspect({ ...facts, ...cause }, options)}`;
      },
    });
  }
  override name = "IntercomError";
  /** HTTP status; 0 where no answer came. A message sent may then have arrived. */
  readonly status: number;
  /**
   * The first error's code: Intercom's, or `timeout`, `network`, `unreadable`, `repeats` or `webassembly`. It is null
   * if Intercom's code is not a single word.
   */
  readonly code: string | null;
  /** Intercom's id of the request, worth quoting to its support. */
  readonly requestId: string | null;
  /** The outbox's id of the message, for `messages.get` and `messages.retry`, where there is one. */
  readonly messageId: string | null;
  /** Where the workspace's limit stands, if the answer said so. */
  readonly rateLimit: RateLimit | null;
  readonly #errors: ErrorDetail[];
  readonly #raw: RawAnswer | null;

  /** For tests of your own; else the package makes them. `message` must hold nobody's data. */
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

  /** All errors named, in Intercom's sentences. Logs of the error leave them out. */
  get errors(): ErrorDetail[] {
    return this.#errors;
  }

  /** The answer as it came, if one did. Logs of the error leave it out. */
  get raw(): RawAnswer | null {
    return this.#raw;
  }
}

/** 401: the caller key isn't accepted, or Intercom's access token isn't. */
export class UnauthorizedError extends IntercomError {
  override name = "UnauthorizedError";
}
/** 403: the caller key lacks a scope, or Intercom refuses. */
export class ForbiddenError extends IntercomError {
  override name = "ForbiddenError";
}
/** 404. */
export class NotFoundError extends IntercomError {
  override name = "NotFoundError";
}
/** 410: the contact was merged into another. */
export class MergedError extends IntercomError {
  override name = "MergedError";
  /** Intercom's id of the contact that stayed, if the answer said it. */
  get mergedInto(): string | null {
    const [, link = ""] = /<([^<>]*)>/.exec(this.raw?.headers.get("link") ?? "") ?? [];
    return /\/contacts\/([^/?]+)/.exec(link)?.[1] ?? null;
  }
}
/** 429: the workspace's limit is reached, until `rateLimit.resetAt`. */
export class RateLimitError extends IntercomError {
  override name = "RateLimitError";
}
/** 400 or 422: `errors` tells which field is wrong. Where the package itself sees it, nothing was sent. */
export class ValidationError extends IntercomError {
  override name = "ValidationError";
}
/** No answer in time. */
export class TimeoutError extends IntercomError {
  override name = "TimeoutError";
}
/** The connection failed. `cause` is what the platform threw. */
export class NetworkError extends IntercomError {
  override name = "NetworkError";
}
/** 5xx, or an answer that can't be read, whatever its status. */
export class UpstreamError extends IntercomError {
  override name = "UpstreamError";
}
/** The WebAssembly can't be fetched, compiled or run. A message that was being sent may have arrived. */
export class WebAssemblyError extends IntercomError {
  override name = "WebAssemblyError";
  /** @internal */
  constructor(part: string, cause: unknown, trapped = false) {
    const name = `${part}.wasm`;
    super(trapped ? `${name} stopped at an error of its own; the next call starts it again` : reasonOf(name, cause), {
      code: "webassembly",
      cause,
    });
  }
}

function reasonOf(name: string, cause: unknown): string {
  if (typeof WebAssembly === "undefined") return `${name} can't be run: this runtime has no WebAssembly`;
  // As Chromium, Firefox and Safari word it.
  const blocked =
    cause instanceof WebAssembly.CompileError && /security policy|unsafe-eval|csp|embedder/i.test(cause.message);
  const hint = "be compiled: a page's Content-Security-Policy needs 'wasm-unsafe-eval'";
  return `${name} can't ${blocked ? hint : "be loaded"}`;
}

/** A wrong argument, told before anything is sent. */
export class ArgumentError extends TypeError {
  override name = "ArgumentError";
  /** Which one, such as `created_at.after`. */
  readonly argument: string;
  /** What it has to be. */
  readonly expected: string;

  /** As {@link IntercomError}'s. */
  constructor(argument: string, expected: string, cause?: unknown) {
    super(`${argument}: expected ${expected}`, cause === undefined ? undefined : { cause });
    this.argument = argument;
    this.expected = expected;
  }
}

const OF_STATUS: { [status: number]: typeof IntercomError } = {
  400: ValidationError,
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  410: MergedError,
  422: ValidationError,
  429: RateLimitError,
};

/** Why a call failed: the object that src/browser/package/failure.rs throws. */
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

/** The error that the WebAssembly's failure is; `cause` is why the connection failed. */
export function errorOf(thrown: unknown, cause: unknown): unknown {
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
        requestId: wordOf(response!.headers.get("x-request-id")),
        messageId: response!.headers.get("x-intercom-edge-message"),
        raw: { headers: response!.headers, body: text! },
      });
    case "status":
      return fromResponse(operation, response!, text!, rateLimitOf(failure));
    default:
      return thrown;
  }
}

function rateLimitOf({ limit, remaining, reset }: CallFailure): RateLimit | null {
  const resetAt = new Date(reset ?? NaN);
  return limit === null || remaining === null || Number.isNaN(resetAt.getTime()) ? null : { limit, remaining, resetAt };
}

function fromResponse(
  operation: string,
  { status, headers }: Response,
  body: string,
  rateLimit: RateLimit | null,
): IntercomError {
  const read = parse(body);
  const errors = detailsOf(read);
  // That there is no such thing is said in JSON; anything else is an address where no Worker is.
  const nowhere = status === 404 && Object.keys(read).length === 0;
  const code = nowhere ? "unreadable" : wordOf(errors[0]?.code);
  // The Worker's own sentences name nobody.
  const own = headers.get("x-intercom-edge") === "edge" ? errors[0]?.message : undefined;
  const Class = nowhere ? UpstreamError : (OF_STATUS[status] ?? (status >= 500 ? UpstreamError : IntercomError));
  // A page isn't told where a redirect leads, nor its status.
  const said = status === 0 ? "A redirect, which isn't followed" : status;
  return new Class(own ?? [said, code, `(${operation})`].filter(Boolean).join(" "), {
    status,
    code,
    errors,
    requestId: wordOf(read["request_id"]) ?? wordOf(headers.get("x-request-id")),
    messageId: headers.get("x-intercom-edge-message"),
    rateLimit,
    raw: { headers, body },
  });
}

/** What an error and its causes say, without what they hold. */
function sentenceOf(error: unknown, depth = 3): string {
  if (!isError(error)) return typeof error;
  const said = `${error.name}: ${error.message}`;
  return error.cause === undefined || depth === 0 ? said : `${said}; ${sentenceOf(error.cause, depth - 1)}`;
}

/** Returns whether it is an error of any realm: a test in Jest has its own, and Node's `fetch` throws Node's errors. */
const isError = (value: unknown): value is Error =>
  value instanceof Error || /^\[object (?:Error|DOMException)\]$/.test(Object.prototype.toString.call(value));

/** A word, which names nobody. */
const wordOf = (text: unknown) => (typeof text === "string" && /^[\w.-]{1,64}$/.test(text) ? text : null);

/** What the Worker would refuse, by its own rules. */
export function refused(field: string, message: string): ValidationError {
  const code = "parameter_invalid";
  return new ValidationError(message, { status: 422, code, errors: [{ code, message, ...(field && { field }) }] });
}

/** The errors in each of Intercom's shapes: a list, one, or sentences by field. */
function detailsOf({ errors, message, error_key: code }: Record<string, unknown>): ErrorDetail[] {
  if (Array.isArray(errors)) return errors.filter((error) => typeof error === "object" && error !== null).map(detailOf);
  if (typeof errors !== "object" || errors === null)
    return typeof message === "string" ? [detailOf({ code, message })] : [];
  return Object.entries(errors).map(([field, message]) => detailOf({ field, message }));
}

/** What of an error is as documented. Old answers call the code `type`. */
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

function parse(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
