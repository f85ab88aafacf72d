import { ArgumentError } from "./error.js";
import type { Exchange } from "./exchange.js";
import type { CallOptions } from "./session.js";
import type { Calls, Instance, Pages } from "./wasm.js";

/** Options of a list. */
export interface ListOptions extends CallOptions {
  /**
   * Items per page, 1 to 150, of companies at most 60. The default is 50 for people, companies and conversations, and
   * Intercom's own default for all others.
   */
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

/** Begins to walk through a list. */
export type Walk = (calls: Calls, exchange: Exchange) => Pages;

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
  readonly #exchange: () => Exchange;
  readonly #walk: Walk;

  /** @internal */
  constructor(exchange: () => Exchange, walk: Walk) {
    this.#exchange = exchange;
    this.#walk = walk;
  }

  /** The list's pages. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    const exchange = this.#exchange();
    let walk: { pages: Pages; instance: Instance<Calls> } | undefined;
    try {
      for (;;) {
        const page: Page<T> | undefined = await exchange.run(false, (calls, instance) => {
          // After a trap the walk goes on in the next instance.
          if (walk?.instance !== instance) walk = { pages: this.#walk(calls, exchange), instance };
          return walk.pages.next() as Promise<Page<T> | undefined>;
        });
        if (!page) return;
        yield page;
        if (page.startingAfter === null) return;
        exchange.startingAfter = page.startingAfter;
      }
    } finally {
      if (walk?.instance.alive) walk.pages.free();
    }
  }

  /** The first page alone: with `startingAfter`, the one that the cursor leads to. */
  async page(): Promise<Page<T>> {
    for await (const page of this.pages()) return page;
    // A list has a page, if only an empty one.
    return { data: [], totalCount: null, startingAfter: null };
  }

  /** The items, page after page. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { data } of this.pages()) yield* data;
  }

  /** The first items, at most `limit`: a workspace may have millions. */
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
