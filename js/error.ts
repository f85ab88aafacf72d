/** One of the errors that Intercom or the Worker named. */
export interface ErrorDetail {
  /** A word that programs may compare, such as `not_found`. */
  code?: string;
  /** A sentence for people. */
  message?: string;
  /** The field of the request that is at fault. */
  field?: string;
}

/**
 * Why a call failed.
 *
 * `status` is the HTTP status, or 0 where no answer came; a message sent may then have arrived.
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

  constructor(
    message: string,
    { status = 0, code = null, errors = [], requestId = null, cause }: {
      status?: number;
      code?: string | null;
      errors?: ErrorDetail[];
      requestId?: string | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.requestId = requestId;
  }
}

/** What src/browser rejects with. */
interface Failure {
  kind: "aborted" | "invalid" | "network" | "repeats" | "status" | "timeout" | "unreadable";
  message?: string;
  status?: number;
  text?: string;
  requestId?: string | null;
}

/** The error that a caller gets for what WebAssembly rejected with. */
export function errorFrom(rejection: unknown): unknown {
  if (typeof rejection !== "object" || rejection === null || !("kind" in rejection)) {
    // WebAssembly that didn't load, or failed: there is nothing to translate.
    return rejection;
  }
  const { kind, message, status = 0, text = "", requestId = null } = rejection as Failure;
  switch (kind) {
    case "invalid":
      return new TypeError(message);
    case "status":
      return fromAnswer(status, text, requestId);
    case "timeout":
      return new IntercomError("The Worker didn't answer in time", { code: kind });
    case "unreadable":
      return new IntercomError(`The answer can't be read: ${message}`, { code: kind });
    default:
      return new IntercomError("The connection to the Worker failed", { code: kind });
  }
}

function fromAnswer(status: number, text: string, requestId: string | null): IntercomError {
  const body = parse(text);
  const errors = Array.isArray(body["errors"]) ? (body["errors"] as ErrorDetail[]) : [];
  const [first] = errors;
  return new IntercomError(first?.message ?? `The answer is ${status}`, {
    status,
    code: first?.code ?? null,
    errors,
    requestId: typeof body["request_id"] === "string" ? body["request_id"] : requestId,
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
