/** One of the errors that Intercom or the Worker named. */
export interface ErrorDetail {
  /** A word that programs may compare, such as `not_found`. */
  code?: string;
  /** A sentence for people. */
  message?: string;
  /** The field of the request that is at fault. */
  field?: string;
  /** The contacts who share an e-mail address, where several do. */
  ids?: string[];
}

/**
 * Why a call failed.
 *
 * `status` is the HTTP status, or 0 where no answer came; a message sent may then have arrived.
 * What is wrong with an argument of {@link Intercom.notify} is the error that the Worker would answer,
 * status 422 and the field in `errors`, before anything is sent.
 */
export class IntercomError extends Error {
  override readonly name = "IntercomError";
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The first error's code: Intercom's word, or `timeout`, `network`, `unreadable`. */
  readonly code: string | null;
  /** All errors named. */
  readonly errors: ErrorDetail[];
  /** Intercom's id of the request, worth quoting to its support. */
  readonly requestId: string | null;
  /** The outbox's id of the message, for `messages.get` and `messages.retry`, where there is one. */
  readonly messageId: string | null;

  constructor(
    message: string,
    { status = 0, code = null, errors = [], requestId = null, messageId = null, cause }: {
      status?: number;
      code?: string | null;
      errors?: ErrorDetail[];
      requestId?: string | null;
      messageId?: string | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.requestId = requestId;
    this.messageId = messageId;
  }
}

/** What src/browser rejects with. */
interface Failure {
  kind: "aborted" | "invalid" | "mistake" | "network" | "repeats" | "status" | "timeout" | "unreadable";
  message?: string;
  field?: string;
  status?: number;
  text?: string;
  requestId?: string | null;
  messageId?: string | null;
  cause?: unknown;
}

/** The error that a caller gets for what WebAssembly rejected with. */
export function errorFrom(rejection: unknown): unknown {
  if (typeof rejection !== "object" || rejection === null || !("kind" in rejection)) {
    // WebAssembly that didn't load, or failed: there is nothing to translate.
    return rejection;
  }
  const { kind, message = "", field, status = 0, text = "", requestId, messageId, cause } = rejection as Failure;
  switch (kind) {
    case "mistake":
      return new TypeError(message);
    case "invalid":
      return invalid(message, field);
    case "status":
      return fromAnswer(status, text, (name) => (name === "x-request-id" ? requestId : messageId) ?? null);
    case "timeout":
      return new IntercomError("The Worker didn't answer in time", { code: kind });
    case "unreadable":
      return new IntercomError(`The answer can't be read: ${message}`, { code: kind });
    default:
      return new IntercomError("The connection to the Worker failed", { code: kind, cause });
  }
}

function invalid(message: string, field?: string): IntercomError {
  const code = "parameter_invalid";
  return new IntercomError(message, { status: 422, code, errors: [{ code, message, ...(field && { field }) }] });
}

/** The error that an answer is. */
export function fromAnswer(status: number, text: string, header: (name: string) => string | null): IntercomError {
  const body = parse(text);
  const errors = Array.isArray(body["errors"]) ? (body["errors"] as ErrorDetail[]) : [];
  const [first] = errors;
  return new IntercomError(first?.message ?? `The answer is ${status}`, {
    status,
    code: first?.code ?? null,
    errors,
    requestId: typeof body["request_id"] === "string" ? body["request_id"] : header("x-request-id"),
    messageId: header("x-intercom-edge-message"),
  });
}

function parse(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
