import { ArgumentError, UpstreamError } from "./error.js";
import type { CallOptions } from "./session.js";

/** Options of a list. */
export interface ListOptions extends CallOptions {
  /** Items a page, 1 to 150, of companies 60 at most; unless given 50 for people, companies and conversations, and as many as the API likes for others. */
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
 *
 * @example
 * ```ts
 * for await (const user of intercom.users.list()) console.log(user.name);
 * const newest = await intercom.users.list().toArray({ limit: 10 });
 * ```
 */
export class List<T> implements AsyncIterable<T> {
  readonly #ask: (startingAfter: string | null) => Promise<unknown>;
  readonly #startingAfter: string | null;

  /** @internal */
  constructor(startingAfter: string | undefined, ask: (startingAfter: string | null) => Promise<unknown>) {
    this.#ask = ask;
    this.#startingAfter = startingAfter ?? null;
  }

  /** The list's pages. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    const seen = new Set([this.#startingAfter]);
    let empty = 0;
    for (let cursor = this.#startingAfter; ; ) {
      const page = pageOf<T>(await this.#ask(cursor));
      yield page;
      cursor = page.startingAfter;
      if (cursor === null) return;
      empty = page.data.length > 0 ? 0 : empty + 1;
      if (seen.has(cursor) || empty > EMPTY) throw new UpstreamError("Intercom's list has no end", { status: 200, code: "repeats" });
      seen.add(cursor);
    }
  }

  /** The first page alone: with `startingAfter`, the one that the cursor leads to. */
  async page(): Promise<Page<T>> {
    return pageOf<T>(await this.#ask(this.#startingAfter));
  }

  /** The items, page after page. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { data } of this.pages()) yield* data;
  }

  /** The first items, at most `limit`: a workspace may have millions. */
  async toArray(options: { limit: number }): Promise<T[]> {
    const limit: unknown = options?.limit;
    if (limit !== Infinity && !(Number.isInteger(limit) && (limit as number) >= 0)) {
      throw new ArgumentError("limit", "how many items at most, a whole number or Infinity");
    }
    const items: T[] = [];
    if (limit !== 0) {
      for await (const { data } of this.pages()) {
        for (const item of data) if (items.length < options.limit) items.push(item);
        if (items.length >= options.limit) break;
      }
    }
    return items;
  }
}

/** Empty pages in a row after which a list has no end. */
const EMPTY = 20;

/** Keys under which items come: `data` in most of API 2.x, the plural elsewhere. */
const ITEMS = ["data", "admins", "companies", "conversations", "segments", "tags", "notes", "contacts", "events"];

/** Reads the envelope, in each of Intercom's shapes. What isn't a list must not look like an empty one. */
function pageOf<T>(body: unknown): Page<T> {
  const envelope = (body ?? {}) as Record<string, unknown>;
  const data = ITEMS.map((key) => envelope[key]).find(Array.isArray) as T[] | undefined;
  if (!data) throw new UpstreamError("The answer is not a list", { status: 200, code: "unreadable" });
  const total = envelope["total_count"];
  return { data, totalCount: typeof total === "number" ? total : null, startingAfter: cursorOf(envelope["pages"]) };
}

/** The next page's cursor: Intercom's own, or the whole query where a list has numbered pages. */
function cursorOf(pages: unknown): string | null {
  const { next, page, per_page, total_pages } = (pages ?? {}) as Record<string, unknown>;
  if (typeof next === "string") return /\?.+/s.exec(next)?.[0] ?? null;
  const cursor = (next as { starting_after?: unknown } | null | undefined)?.starting_after;
  if (typeof cursor === "string") return cursor;
  const numbered = typeof page === "number" && typeof total_pages === "number" && page < total_pages;
  if (!numbered) return null;
  return `?page=${page + 1}${typeof per_page === "number" ? `&per_page=${per_page}` : ""}`;
}
