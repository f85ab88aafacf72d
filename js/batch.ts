// Batches: one template to many people. Loaded when first used: see deferred.ts.

import { objectOf, optionsOf } from "./argument.js";
import type { ContactField } from "./contacts.js";
import { ArgumentError, UpstreamError } from "./error.js";
import { events } from "./event-stream.js";
import type { List } from "./list.js";
import type { BatchFields, BatchProgress, BatchRecipient, OneOf } from "./model.js";
import { sleep } from "./abort.js";
import type { CallOptions, ListOptions, SendOptions } from "./options.js";
import type { Session } from "./session.js";
import { queryOf, type Search, type SearchOptions } from "./search.js";
import { bytesOf, cutOff, isTransient, pauseAfter, SILENCE_TIMEOUT, textIn } from "./stream.js";
import { validate } from "./wasm.js";

/** A batch to create: a template, and the recipients as a list or as a search. */
export type NewBatch = BatchFields &
  OneOf<
    | {
        /** The recipients, 1 to 10,000. A person who is listed twice gets one message. */
        to: BatchRecipient[];
      }
    | {
        /** A search for the recipients, as in `contacts.search`, without `after` and `before`. `sort` is optional. */
        search: Search<ContactField> & { sort?: SearchOptions["sort"] };
      }
  >;

/** The number of consecutive failures after which watching ends. */
const MAX_FAILURES = 5;

/**
 * A batch of messages. Iterating over it yields its progress after each change until the batch is done or
 * cancelled, and reconnects if the connection breaks. `break` stops watching; the batch goes on.
 *
 * @example
 * ```ts
 * const batch = await intercom.messages.batch({ template: "news", to: [{ user_id: "john_doe" }] });
 * for await (const { sent, total } of batch) console.log(`${sent} of ${total}`);
 * console.log(await (await batch.result("csv")).text());
 * ```
 */
export class Batch implements AsyncIterable<BatchProgress> {
  readonly #session: Session;
  #progress: BatchProgress;

  /** @internal */
  constructor(session: Session, progress: BatchProgress) {
    this.#session = session;
    this.#progress = progress;
  }

  /** The batch's id, for `messages.batches.get(id)`. */
  get id(): string {
    return this.#progress.id;
  }

  /** The last known progress. Sends no request. */
  get progress(): BatchProgress {
    return this.#progress;
  }

  /** Yields the progress after each change: {@link Batch.watch} without options. */
  [Symbol.asyncIterator](): AsyncGenerator<BatchProgress, void, undefined> {
    return this.watch();
  }

  /**
   * Yields the batch's progress after each change until the batch is done or cancelled, or the signal aborts.
   *
   * @throws {@link IntercomError} if the Worker rejects the request, or after six failed connections in a row
   */
  async *watch(options?: CallOptions): AsyncGenerator<BatchProgress, void, undefined> {
    const { signal } = optionsOf(options);
    let lastData: string | undefined;
    let failures = 0;
    for (;;) {
      const began = performance.now();
      let pause: number;
      try {
        const response = await this.#session.open({ retries: 0, signal }, (calls, exchange) =>
          calls.batch_watch(exchange, this.id),
        );
        for await (const { type, data } of events(textIn(bytesOf(response, "text/event-stream")))) {
          if (type !== "progress" || data === lastData) continue;
          failures = 0;
          lastData = data;
          this.#progress = progressOf(data);
          yield this.#progress;
          if (this.#progress.state === "done" || this.#progress.state === "cancelled") return;
        }
        throw cutOff();
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        // A stream that stayed open counts as a success, even if nothing changed.
        if (performance.now() - began > SILENCE_TIMEOUT) failures = 0;
        if (!isTransient(error) || failures === MAX_FAILURES) throw error;
        pause = pauseAfter(error, failures++);
      }
      await sleep(pause, signal);
    }
  }

  /** Pauses the batch. Messages that are being sent are finished. */
  pause(options?: CallOptions): Promise<BatchProgress> {
    return this.#changeState("pause", options);
  }

  /** Resumes the batch after a pause. */
  resume(options?: CallOptions): Promise<BatchProgress> {
    return this.#changeState("resume", options);
  }

  /** Cancels the messages that are not sent yet. Messages that are being sent are finished. */
  cancel(options?: CallOptions): Promise<BatchProgress> {
    return this.#changeState("cancel", options);
  }

  /**
   * Gets the result for each recipient as a `Response`, one line each. Read it by `text()`, `blob()` or the stream
   * `body`.
   *
   * @throws {@link ArgumentError} if `format` is neither `csv` nor `ndjson`
   */
  async result(format: "csv" | "ndjson", options?: CallOptions): Promise<Response> {
    if (format !== "csv" && format !== "ndjson") throw new ArgumentError("format", "csv or ndjson");
    return this.#session.open(options, (calls, exchange) =>
      format === "csv" ? calls.batch_result_csv(exchange, this.id) : calls.batch_result_ndjson(exchange, this.id),
    );
  }

  async #changeState(verb: "pause" | "resume" | "cancel", options?: CallOptions): Promise<BatchProgress> {
    this.#progress = await this.#session.call(options, (calls, exchange) => calls[`batch_${verb}`](exchange, this.id));
    return this.#progress;
  }
}

/** The batches of the Worker. */
export interface Batches {
  /** Lists batches, newest first. */
  list(options?: ListOptions): List<BatchProgress>;
  /**
   * Gets a batch by its id, for example after a page reload.
   *
   * @throws {@link NotFoundError} if there is no such batch
   *
   * @example
   * ```ts
   * const { id } = await intercom.messages.batch({ template: "news", to: [{ user_id: "john_doe" }] });
   * const batch = await intercom.messages.batches.get(id);
   * for await (const { state } of batch) console.log(state);
   * ```
   */
  get(id: string, options?: CallOptions): Promise<Batch>;
}

/** Creates a batch. @internal */
export async function start(session: Session, batch: NewBatch, options?: SendOptions): Promise<Batch> {
  let body: unknown = batch;
  if (objectOf("batch", batch)["search"] !== undefined) {
    const { sort, ...filters } = objectOf("search", batch.search);
    body = { ...batch, search: { query: queryOf(filters, "in a batch"), sort } };
  }
  const text = await validate("batch", body);
  return new Batch(session, await session.call(options, (calls, exchange) => calls.batch_create(exchange, text)));
}

/** Gets a batch by its id. @internal */
export async function find(session: Session, id: string, options?: CallOptions): Promise<Batch> {
  return new Batch(session, await session.call(options, (calls, exchange) => calls.batch_get(exchange, id)));
}

function progressOf(data: string): BatchProgress {
  try {
    const progress: unknown = JSON.parse(data);
    if (typeof progress === "object" && progress !== null) return progress as BatchProgress;
  } catch {
    // Reported below: the engine's own message quotes the data.
  }
  throw new UpstreamError("The event is not a JSON object", { status: 200, code: "unreadable" });
}
