// Reads exports: NDJSON with markers, through connections that break, and NDJSON of messages without. Loaded when first
// used: see deferred.ts.

import { sleep, untilAborted } from "./abort.js";
import { optionsOf } from "./argument.js";
import { ArgumentError, errorOf, NetworkError, UpstreamError } from "./error.js";
import type { ExportRequest } from "./export.js";
import type { ExportProgress, OutboxMessage, Removal } from "./model.js";
import type { CallOptions } from "./options.js";
import type { Filter } from "./outbox.js";
import type { Session } from "./session.js";
import { bytesOf, cutOff, isTransient, pauseAfter, textIn } from "./stream.js";

/** A page of an export: the lines up to a marker, and the marker. `pages` checks the marker. */
export interface MarkedPage {
  marker: ExportProgress;
}

/** A page whose lines were parsed. */
interface ParsedPage<T> extends MarkedPage {
  rows: T[];
  removals: Removal[];
}

/** Yields the rows of an export. Calls `pass` at each marker, when the rows before it were handled. @internal */
export async function* rows<T>(
  session: Session,
  request: ExportRequest,
  pass: (marker: ExportProgress) => void,
): AsyncGenerator<T, void, undefined> {
  const { signal, onProgress, onRemoval } = request;
  const handle = (handled: void | Promise<void>) => (signal ? untilAborted(handled, signal) : handled);
  for await (const { rows, removals, marker } of pages(session, request, parsedPages<T>)) {
    for (const row of rows) {
      if (signal?.aborted) throw signal.reason;
      yield row;
    }
    if (signal?.aborted) throw signal.reason;
    if (onRemoval) for (const removal of removals) await handle(onRemoval(removal));
    pass(marker);
    await handle(onProgress?.(marker));
  }
}

/** Yields the messages of the outbox that a filter selects. @internal */
export async function* messages(
  session: Session,
  filter: Filter,
  options: CallOptions,
): AsyncGenerator<OutboxMessage, void, undefined> {
  const { signal } = options;
  const response = await session.open(options, (calls, exchange) => calls.outbox_export(exchange, filter));
  for await (const lines of linesIn(chunksOf(response))) {
    for (const line of lines) {
      if (signal?.aborted) throw signal.reason;
      yield objectIn(line) as unknown as OutboxMessage;
    }
  }
}

/** Gets an export as CSV. @internal */
export async function csv(session: Session, request: ExportRequest, options?: CallOptions): Promise<Response> {
  const { objects, fields, since, resume, overlap, signal, headers } = request;
  if (resume !== undefined) throw new ArgumentError("resume", "none: a CSV file can't be continued");
  return session.open({ signal, headers, ...optionsOf(options) }, (calls, exchange) =>
    calls.export_start(exchange, objects, true, fields, since, resume, overlap),
  );
}

/**
 * Yields the pages of an export as `read` collects them from each connection, and throws the error of a `failed`
 * marker. Opens broken connections again from the last marker. A page is yielded when its marker has arrived, so a page
 * that breaks off is not yielded twice.
 *
 * @internal
 */
export async function* pages<Page extends MarkedPage>(
  session: Session,
  { objects, fields, since, overlap, signal, headers, retries = 5, ...request }: ExportRequest,
  read: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Page>,
): AsyncGenerator<Page, void, undefined> {
  /** The position to continue from, or null if rows were yielded and there is none. */
  let resume: string | null | undefined = request.resume;
  let last: ExportProgress | undefined;
  let failures = 0;
  for (;;) {
    let pause: number;
    try {
      const response = await session.open({ signal, headers, retries: 0 }, (calls, exchange) =>
        calls.export_start(exchange, objects, false, fields, since, resume ?? undefined, overlap),
      );
      let isFirst = true;
      for await (const page of read(chunksOf(response))) {
        const { marker } = page;
        check(marker);
        // The first marker of another connection repeats the last one of the connection before.
        const isRepeated = isFirst && last && marker.state === "running";
        // While the Worker waits, it sends markers without news. They don't show that the export goes on.
        if (marker.rows > (last?.rows ?? 0) || Number(marker.ranges_done) > Number(last?.ranges_done)) failures = 0;
        [isFirst, last] = [false, marker];
        resume = marker.resume ?? (marker.rows > 0 ? null : resume);
        if (!isRepeated) yield page;
        if (marker.state === "failed") throw failureOf(marker);
        if (marker.state !== "running") return;
      }
      throw cutOff();
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!isTransient(error) || last?.state === "failed") throw error;
      if (resume === null) throw notContinuable(error);
      if (failures === retries) throw error;
      pause = pauseAfter(error, failures++);
    }
    await sleep(pause, signal);
  }
}

/** Yields the rows of one connection, as pages. The first page is the marker in the first line, without rows. */
async function* parsedPages<T>(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ParsedPage<T>, void, undefined> {
  let rows: T[] | undefined;
  let removals: Removal[] = [];
  for await (const lines of linesIn(chunks)) {
    for (const line of lines) {
      const object = objectIn(line);
      if (object["type"] === "edge.export") {
        yield { rows: rows ?? [], removals, marker: object as unknown as ExportProgress };
        [rows, removals] = [[], []];
      } else if (rows && object["type"] === "edge.removal") removals.push(removalIn(object));
      else if (rows) rows.push(object as T);
      else throw unreadable();
    }
  }
}

const chunksOf = (response: Response) => bytesOf(response, "application/x-ndjson");

/** Yields the lines of each chunk of NDJSON. A line without a line break at its end is incomplete and left out. */
async function* linesIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[], void, undefined> {
  let rest = "";
  for await (const text of textIn(chunks)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield lines.filter((line) => line !== "");
  }
}

function objectIn(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Reported below: the engine's own message quotes the line.
  }
  throw unreadable();
}

/** Checks the fields of a marker that the reader uses. */
function check({ state, rows, resume, next, errors }: ExportProgress): void {
  const isKnown = state === "running" || state === "done" || state === "failed";
  const areTexts = [resume, next].every((text) => text === undefined || text === null || typeof text === "string");
  const isList = errors === undefined || errors === null || Array.isArray(errors);
  if (!(isKnown && Number.isInteger(rows) && areTexts && isList)) throw unreadable();
}

function removalIn(removal: Record<string, unknown>): Removal {
  if (typeof removal["id"] === "string" && typeof removal["reason"] === "string") return removal as unknown as Removal;
  throw unreadable();
}

const unreadable = () => new UpstreamError("A line of the export can't be read", { status: 200, code: "unreadable" });

const notContinuable = (cause: unknown) =>
  new NetworkError("The connection broke, and this export can't be continued", { code: "network", cause });

/** The statuses of responses with these error codes. */
const STATUS_BY_CODE: { [code: string]: number } = {
  bad_gateway: 502,
  forbidden: 403,
  gateway_timeout: 504,
  not_found: 404,
  parameter_invalid: 400,
  rate_limit_exceeded: 429,
  service_unavailable: 503,
  unauthorized: 401,
};

/** Creates the error of a `failed` marker: the error that a response with these errors would be. */
function failureOf({ errors }: ExportProgress): unknown {
  const status = STATUS_BY_CODE[errors?.[0]?.code ?? ""] ?? 500;
  const [response, text] = [new Response(null, { status }), JSON.stringify({ errors })];
  return errorOf(
    { kind: "status", operation: "export", response, text, limit: null, remaining: null },
    undefined,
    true,
  );
}
