import { ArgumentError } from "./error.js";
import type { Exchange } from "./exchange.js";
import type { Calls, Instance, Pages } from "./wasm.js";

/** A page of a list. */
export interface Page<T> {
  /** The items of this page. In a search by exact time, a page can be empty although more pages follow. */
  data: T[];
  /** The number of items on all pages. Null if Intercom does not return it, and in a search by exact time. */
  totalCount: number | null;
  /** The cursor of the next page, or null on the last page. */
  startingAfter: string | null;
}

/** Starts reading a list's pages. */
export type Walk = (calls: Calls, exchange: Exchange) => Pages;

/**
 * A list that is iterated by item or by page. It requests each page when the iteration reaches it and stops
 * after `break`. Each new iteration starts from the beginning.
 *
 * Iteration throws {@link IntercomError} if a request fails, and {@link UpstreamError} with the code `repeats` if
 * Intercom's cursors form a loop.
 *
 * @example
 * ```ts
 * for await (const user of intercom.users.list()) console.log(user.name);
 * const newest = await intercom.users.list().toArray({ limit: 10 });
 * ```
 */
export class List<T> implements AsyncIterable<T> {
  readonly #exchange: () => Exchange;
  readonly #walk: Walk;
  readonly #matches: ((item: T) => boolean) | undefined;

  /** @internal */
  constructor(exchange: () => Exchange, walk: Walk, matches?: (item: T) => boolean) {
    this.#exchange = exchange;
    this.#walk = walk;
    this.#matches = matches;
  }

  /** Iterates over the pages. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    const exchange = this.#exchange();
    let walk: { pages: Pages; instance: Instance<Calls> } | undefined;
    try {
      for (;;) {
        const page: Page<T> | undefined = await exchange.run(false, (calls, instance) => {
          // After a trap, a new instance continues from the last cursor.
          if (walk?.instance !== instance) walk = { pages: this.#walk(calls, exchange), instance };
          return walk.pages.next() as Promise<Page<T> | undefined>;
        });
        if (!page) return;
        // Intercom's count includes the items that are left out here.
        yield this.#matches ? { ...page, data: page.data.filter(this.#matches), totalCount: null } : page;
        if (page.startingAfter === null) return;
        exchange.startingAfter = page.startingAfter;
      }
    } finally {
      if (walk?.instance.alive) walk.pages.free();
    }
  }

  /** Gets the first page, or the page at the cursor `startingAfter`. Sends one request. */
  async page(): Promise<Page<T>> {
    for await (const page of this.pages()) return page;
    // Not reached: every list has at least one page.
    return { data: [], totalCount: null, startingAfter: null };
  }

  /** Iterates over the items of all pages. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { data } of this.pages()) yield* data;
  }

  /**
   * Collects items into an array, at most `limit`. The limit is required because a workspace may have millions.
   *
   * @throws {@link ArgumentError} if `limit` is not a whole number or `Infinity`
   */
  async toArray(options: { limit: number }): Promise<T[]> {
    const limit: unknown = options?.limit;
    if (limit !== Infinity && !(Number.isInteger(limit) && (limit as number) >= 0)) {
      throw new ArgumentError("limit", "the most items to return, a whole number or Infinity");
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
