import { objectOf, optionsOf } from "./argument.js";
import type { ContactField } from "./contacts.js";
import { ArgumentError, IntercomError, NetworkError, UpstreamError } from "./error.js";
import { events } from "./event-stream.js";
import type { List } from "./list.js";
import type { BatchFields, BatchProgress, BatchRecipient, OneOf } from "./model.js";
import { sleep } from "./abort.js";
import type { CallOptions, ListOptions, SendOptions } from "./options.js";
import type { Session } from "./session.js";
import { queryOf, type Search, type SearchOptions } from "./search.js";
import { check } from "./wasm.js";

/** A template to many people: those listed, or those whom a search finds. */
export type NewBatch = BatchFields &
  OneOf<
    | {
        /** 1 to 10,000 people. One listed twice gets one message. */
        to: BatchRecipient[];
      }
    | {
        /** Those whom filters describe, as `contacts.search` takes them, and in which order. */
        search: Search<ContactField> & { sort?: SearchOptions["sort"] };
      }
  >;

/** How long a stream may be silent before it is asked for anew. */
const SILENCE = 60_000;

/** How often in a row a stream may fail that tells nothing. */
const FAILURES = 5;

/**
 * A batch. Iterated, it tells its progress whenever that changes, through broken connections, until
 * the batch is done or cancelled; `break` ends only the watching.
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

  /** Its id: `messages.batches.get(id)` finds the batch again. */
  get id(): string {
    return this.#progress.id;
  }

  /** What was last told of it; asks for nothing. */
  get progress(): BatchProgress {
    return this.#progress;
  }

  /** {@link Batch.watch}, without a signal. */
  [Symbol.asyncIterator](): AsyncGenerator<BatchProgress, void, undefined> {
    return this.watch();
  }

  /**
   * The progress, as the batch itself is iterated, until a signal ends it.
   *
   * @throws {@link IntercomError} where the Worker refuses, or can't be reached for a while
   */
  async *watch(options?: CallOptions): AsyncGenerator<BatchProgress, void, undefined> {
    const { signal } = optionsOf(options);
    let told: string | undefined;
    let failures = 0;
    for (;;) {
      const attempt = new AbortController();
      const ended = AbortSignal.any(signal ? [signal, attempt.signal] : [attempt.signal]);
      const began = performance.now();
      let silence: ReturnType<typeof setTimeout> | undefined;
      const heard = () => {
        clearTimeout(silence);
        silence = setTimeout(() => attempt.abort(), SILENCE);
        // Who leaves the progress in the middle doesn't keep Node for that long.
        (silence as { unref?(): void }).unref?.();
      };
      try {
        const response = await this.#session.open({ retries: 0, signal: ended }, (calls, exchange) =>
          calls.batch_watch(exchange, this.id),
        );
        heard();
        for await (const { type, data } of events(streamOf(response), heard)) {
          if (type !== "progress" || data === told) continue;
          failures = 0;
          told = data;
          this.#progress = progressOf(data);
          yield this.#progress;
          if (this.#progress.state === "done" || this.#progress.state === "cancelled") return;
        }
        throw new NetworkError("The event stream broke off", { code: "network" });
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        // A stream that lived tells that all is well, even where nothing changed.
        if (performance.now() - began > SILENCE) failures = 0;
        if (!isPassing(error) || failures === FAILURES) throw error;
      } finally {
        clearTimeout(silence);
        attempt.abort();
      }
      await sleep(500 * 2 ** failures++, signal);
    }
  }

  /** Sends nothing more until it is resumed. */
  pause(options?: CallOptions): Promise<BatchProgress> {
    return this.#turn("pause", options);
  }

  /** Goes on after a pause. */
  resume(options?: CallOptions): Promise<BatchProgress> {
    return this.#turn("resume", options);
  }

  /** Gives up what isn't sent yet; what is on its way goes on. */
  cancel(options?: CallOptions): Promise<BatchProgress> {
    return this.#turn("cancel", options);
  }

  /**
   * What became of each recipient, a line each, as `fetch` gives it: `text()` for all of it, `blob()`
   * to save it, `body` to read it as it comes.
   */
  async result(format: "csv" | "ndjson", options?: CallOptions): Promise<Response> {
    if (format !== "csv" && format !== "ndjson") throw new ArgumentError("format", "csv or ndjson");
    return this.#session.open(options, (calls, exchange) =>
      format === "csv" ? calls.batch_result_csv(exchange, this.id) : calls.batch_result_ndjson(exchange, this.id),
    );
  }

  async #turn(verb: "pause" | "resume" | "cancel", options?: CallOptions): Promise<BatchProgress> {
    this.#progress = await this.#session.call(options, (calls, exchange) => calls[`batch_${verb}`](exchange, this.id));
    return this.#progress;
  }
}

/** Batches that were made before. */
export interface Batches {
  /** Lists them, the newest first. */
  list(options?: ListOptions): List<BatchProgress>;
  /**
   * Finds one again, as after a reload of the page.
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

/** Makes a batch. @internal */
export async function start(session: Session, batch: NewBatch, options?: SendOptions): Promise<Batch> {
  let body: unknown = batch;
  if (objectOf("batch", batch)["search"] !== undefined) {
    const { sort, ...filters } = objectOf("search", batch.search);
    body = { ...batch, search: { query: queryOf(filters), sort } };
  }
  const text = await check("batch", body);
  return new Batch(session, await session.call(options, (calls, exchange) => calls.batch_create(exchange, text)));
}

/** Finds a batch again. @internal */
export async function find(session: Session, id: string, options?: CallOptions): Promise<Batch> {
  return new Batch(session, await session.call(options, (calls, exchange) => calls.batch_get(exchange, id)));
}

function streamOf({ body, headers, status }: Response): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (body && headers.get("content-type")?.startsWith("text/event-stream")) return body;
  throw new UpstreamError("The answer is no event stream", { status, code: "unreadable" });
}

function progressOf(data: string): BatchProgress {
  try {
    const progress: unknown = JSON.parse(data);
    if (typeof progress === "object" && progress !== null) return progress as BatchProgress;
  } catch {
    // Said below: the engine's own words quote the text.
  }
  throw new UpstreamError("The event is not a JSON object", { status: 200, code: "unreadable" });
}

/** Whether the same request may be answered in a while. */
function isPassing(error: unknown): boolean {
  return error instanceof IntercomError && [0, 429, 502, 503, 504].includes(error.status);
}
