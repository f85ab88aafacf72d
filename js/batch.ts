import { errorFrom, IntercomError } from "./error.js";
import { events } from "./events.js";
import type { CallOptions, List, ListOptions } from "./list.js";
import type { Open, Sender, Timestamp, Word } from "./model.js";
import type { To, Variables } from "./notification.js";
import { path } from "./path.js";
import type { Session } from "./session.js";

/** A template to many people: those listed, or those whom a search finds. */
export type NewBatch = {
  /** The template's name. */
  template: string;
  /** An older version of it; the newest unless given. */
  version?: number;
  /** For everybody; a recipient's own come before these. */
  variables?: Variables;
  /** The admin who sends; the Worker's own sender without one. */
  from?: Sender;
} & (
  | {
      /** 1 to 10,000 people. One listed twice gets one message. */
      to: BatchRecipient[];
      search?: never;
    }
  | {
      /** The body of Intercom's `POST /contacts/search`, without pages. */
      search: { query: Record<string, unknown>; sort?: Record<string, unknown> };
      to?: never;
    }
);

/** One of a batch's people. */
export type BatchRecipient = To & {
  /** What the template is filled with for this person. */
  variables?: Variables;
};

/** `collecting` finds a search's people; `done` and `cancelled` are for good. */
export type BatchState = "collecting" | "sending" | "paused" | "done" | "cancelled";

/** How a batch is getting on. */
export interface BatchProgress extends Open {
  type: "edge.batch";
  id: string;
  /** The caller who made it. */
  caller: string;
  state: Word<BatchState>;
  created_at: Timestamp;
  finished_at?: Timestamp | null;
  template: { name: string; version: number };
  /** How many people it has, each counted once. */
  total: number;
  queued: number;
  sending: number;
  sent: number;
  failed: number;
  /** Of how many nobody knows whether they arrived. */
  unknown: number;
  /** How many were listed again. */
  duplicates: number;
  /** Messages a second, of late. */
  rate?: number | null;
  estimated_end_at?: Timestamp | null;
}

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
 * for await (const { sent, total } of batch) console.log(`${sent} of ${total}`);
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

  [Symbol.asyncIterator](): AsyncGenerator<BatchProgress, void, undefined> {
    return this.watch();
  }

  /**
   * The progress, as the batch itself is iterated, until a signal ends it.
   *
   * @throws {@link IntercomError} where the Worker refuses, or can't be reached for a while
   */
  async *watch({ signal }: CallOptions = {}): AsyncGenerator<BatchProgress, void, undefined> {
    let told: string | undefined;
    let failures = 0;
    for (;;) {
      const attempt = new AbortController();
      const ended = AbortSignal.any(signal ? [signal, attempt.signal] : [attempt.signal]);
      let silence: ReturnType<typeof setTimeout> | undefined;
      const heard = () => {
        clearTimeout(silence);
        silence = setTimeout(() => attempt.abort(), SILENCE);
      };
      try {
        const response = await this.#session.fetch(this.#path(), "text/event-stream", ended);
        heard();
        for await (const { type, data } of events(streamOf(response), heard)) {
          failures = 0;
          if (type !== "progress" || data === told) continue;
          told = data;
          this.#progress = progressOf(data);
          yield this.#progress;
          if (this.#progress.state === "done" || this.#progress.state === "cancelled") return;
        }
        throw errorFrom({ kind: "network" });
      } catch (error) {
        signal?.throwIfAborted();
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
  async result(format: "csv" | "ndjson", { signal }: CallOptions = {}): Promise<Response> {
    return this.#session.fetch(this.#path(`result.${format}`), "*/*", signal);
  }

  async #turn(verb: string, { signal }: CallOptions = {}): Promise<BatchProgress> {
    this.#progress = await this.#session.ask<BatchProgress>("POST", this.#path(verb), { signal });
    return this.#progress;
  }

  #path(...more: string[]): string {
    return path("edge", "messages", "batch", this.id, ...more);
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
   * const batch = await intercom.messages.batches.get(sessionStorage.batch);
   * for await (const { state } of batch) console.log(state);
   * ```
   */
  get(id: string, options?: CallOptions): Promise<Batch>;
}

/** The calls of batches. @internal */
export const batches = (session: Session): Batches => ({
  list: (options) => session.list("/edge/messages/batch", options),
  get: async (id, { signal } = {}) =>
    new Batch(session, await session.ask<BatchProgress>("GET", path("edge", "messages", "batch", id), { signal })),
});

function streamOf({ body, headers }: Response): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (body && headers.get("content-type")?.startsWith("text/event-stream")) return body;
  throw errorFrom({ kind: "unreadable", message: "it is no event stream" });
}

function progressOf(data: string): BatchProgress {
  try {
    const progress: unknown = JSON.parse(data);
    if (typeof progress === "object" && progress !== null) return progress as BatchProgress;
  } catch {
    // Said below.
  }
  throw errorFrom({ kind: "unreadable", message: "the event is not a JSON object" });
}

/** Whether the same request may be answered in a while. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof IntercomError &&
    (error.status === 0 ? error.code !== "unreadable" : [429, 502, 503, 504].includes(error.status))
  );
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
