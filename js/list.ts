import { IntercomError } from "./error.js";

/** Options of a call. */
export interface CallOptions {
  /** Gives the call up; what is thrown is the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Options of a list. */
export interface ListOptions extends CallOptions {
  /** Items a page, 1 to 150; 50 unless given. */
  perPage?: number | undefined;
  /** Where to begin: a page's `startingAfter`, kept from before. */
  startingAfter?: string | undefined;
}

/** A page of a list. */
export interface Page<T> {
  /** The items. */
  data: T[];
  /** How many items all pages have, where Intercom tells it. */
  totalCount: number | null;
  /** The cursor of the next page; null on the last. */
  startingAfter: string | null;
}

/**
 * A list, iterated item by item or page by page. Each iteration begins anew, asks for a page when
 * it is needed, and asks for no more after `break`.
 */
export class List<T> implements AsyncIterable<T> {
  readonly #pages: () => AsyncGenerator<Page<T>, void, undefined>;

  /** @internal */
  constructor(pages: () => AsyncGenerator<Page<T>, void, undefined>) {
    this.#pages = pages;
  }

  /** The list's pages. */
  pages(): AsyncIterableIterator<Page<T>> {
    return this.#pages();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.#pages()) yield* page.data;
  }
}

/** Walks from cursor to cursor. */
export async function* pages<T>(
  startingAfter: string | null,
  ask: (startingAfter: string | null) => Promise<unknown>,
): AsyncGenerator<Page<T>, void, undefined> {
  const seen = new Set<string>();
  for (;;) {
    const body = (await ask(startingAfter)) as Envelope<T>;
    const data = body.data ?? body.admins;
    // What isn't a list must not look like an empty one.
    if (!Array.isArray(data)) throw new IntercomError("The answer is not a list", { code: "unreadable" });
    const cursor = body.pages?.next?.starting_after;
    const next = typeof cursor === "string" ? cursor : null;
    yield {
      data,
      totalCount: body.total_count ?? null,
      startingAfter: next,
    };
    if (next === null) return;
    if (seen.has(next)) throw new IntercomError("Intercom's list repeats itself", { code: "repeats" });
    seen.add(next);
    startingAfter = next;
  }
}

/** The envelope of API 2.x, as far as it is read. */
interface Envelope<T> {
  data?: T[];
  admins?: T[];
  total_count?: number | null;
  pages?: { next?: { starting_after?: unknown } | null } | null;
}
