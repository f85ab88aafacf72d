// Exports: all contacts, companies or conversations as one stream. The page gets only the options and their checks; the
// reader is loaded when an export is first iterated.

import { isText, optionsOf, secondsOf, textOf } from "./argument.js";
import { ArgumentError } from "./error.js";
import type { MarkedPage } from "./export-reader.js";
import { loadDeferred } from "./load-deferred.js";
import type { ExportProgress, Removal } from "./model.js";
import type { CallOptions } from "./options.js";
import type { Session } from "./session.js";

/** Options of an export. Without options it exports all objects with all fields. */
export interface ExportOptions extends Pick<CallOptions, "signal" | "headers"> {
  /** The fields of each row, such as `["email", "custom_attributes.plan"]`. `id` is always included. Default: all. */
  fields?: readonly string[] | undefined;
  /**
   * Exports only objects that changed after this time: a `Date`, an ISO 8601 string, Unix seconds, or the `next` of an
   * earlier export's progress. Not for companies.
   */
  since?: Date | number | string | undefined;
  /** The overlap with the earlier export that a token in `since` continues, in seconds: 0 to 86,400. Default: 900. */
  overlap?: number | undefined;
  /** Continues an interrupted export: the `resume` of its progress. Takes the same `fields` and `since` as before. */
  resume?: string | undefined;
  /**
   * Called after each page of rows, and every 15 seconds without rows, when the caller has handled all rows that it
   * counts. The export waits for its promise. An error that it throws ends the export and is passed on.
   */
  onProgress?: ((progress: ExportProgress) => void | Promise<void>) | undefined;
  /**
   * Called for each contact that was archived, deleted or merged into another after `since`: remove it from a copy. The
   * calls come after the rows. Some removals come again in the next export. The export waits for the promise. An error
   * that it throws ends the export and is passed on. Then `progress.removals` shows if all removals are known.
   */
  onRemoval?: ((removal: Removal) => void | Promise<void>) | undefined;
  /** How many times in a row a broken connection is opened again without new rows. Default: 5. */
  retries?: number | undefined;
}

/** What to export: the checked options, as the reader needs them. @internal */
export interface ExportRequest extends Omit<ExportOptions, "fields" | "since"> {
  objects: string;
  fields: string | undefined;
  since: string | undefined;
}

/**
 * An export of contacts, companies or conversations. Iterating over it yields each object once, in no particular
 * order, and reconnects if the connection breaks. `break` ends the request. Each new iteration starts from the
 * beginning.
 *
 * Iteration throws {@link IntercomError} if the export fails; `progress.resume` can then continue it. Memory stays
 * flat: the Worker sends only as fast as the rows are read.
 *
 * @example
 * ```ts
 * const everyone = intercom.contacts.export({ fields: ["email"] });
 * for await (const { id, email } of everyone) console.log(id, email);
 * console.log(everyone.progress?.state); // → done
 * ```
 */
export class Export<T> implements AsyncIterable<T> {
  readonly #session: Session;
  readonly #request: ExportRequest;
  #progress: ExportProgress | undefined;

  /** @internal */
  constructor(session: Session, objects: string, options: ExportOptions | undefined) {
    const { fields, since, ...others } = optionsOf(options);
    const { overlap, resume, onProgress, onRemoval } = others;
    const areNames = Array.isArray(fields) && fields.every((name) => isText(name) && /^[^,]+$/.test(name));
    if (fields !== undefined && !(areNames && fields.length > 0))
      throw new ArgumentError("fields", "a list of field names");
    const isOverlap = Number.isInteger(overlap) && overlap! >= 0 && overlap! <= 86_400;
    if (overlap !== undefined && !isOverlap) throw new ArgumentError("overlap", "whole seconds from 0 to 86400");
    if (resume !== undefined) textOf("resume", resume);
    if (onProgress !== undefined && typeof onProgress !== "function")
      throw new ArgumentError("onProgress", "a function");
    if (onRemoval !== undefined && typeof onRemoval !== "function") throw new ArgumentError("onRemoval", "a function");
    session.check(others);
    this.#request = {
      ...others,
      objects,
      fields: fields?.join(),
      since: since === undefined ? since : momentOf(since),
    };
    this.#session = session;
  }

  /**
   * The progress at the last marker that the iteration passed, or undefined before the first. All rows that it counts
   * were handled. After the end, `state` is `done`, and `next` is the `since` of an export of later changes.
   */
  get progress(): ExportProgress | undefined {
    return this.#progress;
  }

  /**
   * Yields the rows.
   *
   * @throws {@link IntercomError} if the export fails or `retries` connections in a row break
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* (await loadDeferred()).rows<T>(this.#session, this.#request, (progress) => {
      this.#progress = progress;
    });
  }

  /** Yields the pages of the export as `read` collects them from each connection, for the directory. @internal */
  async *pages<Page extends MarkedPage>(
    read: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Page>,
  ): AsyncGenerator<Page, void, undefined> {
    yield* (await loadDeferred()).pages(this.#session, this.#request, read);
  }

  /**
   * Gets the export as a CSV file: a `Response` whose `body` is a stream. The file cannot be continued; if the export
   * fails, the body breaks off with an error.
   *
   * @example
   * ```ts
   * const { headers, body } = await intercom.users.export({ fields: ["email", "name"] }).csv();
   * console.log(headers.get("content-type"), body !== null);
   * ```
   *
   * @throws {@link ArgumentError} if the export has the option `resume`
   */
  async csv(options?: CallOptions): Promise<Response> {
    return (await loadDeferred()).csv(this.#session, this.#request, options);
  }
}

/** Converts `since` to a query parameter. A text that is no date is a token, which the Worker checks. */
function momentOf(since: unknown): string {
  const isToken = typeof since === "string" && !/^\d{4}(?:-|$)/.test(since);
  // Null is no number: it is rejected, not sent.
  return isToken ? textOf("since", since) : String(Math.floor(Number(secondsOf("since", since ?? NaN))));
}
