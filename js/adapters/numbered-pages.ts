// Numbered pages over lists that have only cursors. This file knows no resource.

import { ArgumentError, type List, type ListOptions, UpstreamError, ValidationError } from "../index.js";

/** One numbered page of a list. */
export interface NumberedPage<T> {
  /** The items of the page. */
  data: T[];
  /** The number of items on all pages. A lower bound if Intercom does not return it. */
  total: number;
  /** True if there is a page after this one. */
  hasNextPage: boolean;
}

/** A list that is read by cursor. */
export interface CursorList<T> {
  /** The list's name with its filters and sort order: lists with the same key have the same cursors. */
  key: unknown;
  /** Creates the list. */
  list(options: ListOptions): List<T>;
  /** The most items per page. Default: 150. */
  maxPerPage?: number | undefined;
}

/** The most items that Intercom returns per page ("Pagination" in its reference). */
const MAX_PER_PAGE = 150;

/** The number of lists whose cursors are kept, by last use. */
const MAX_LISTS = 50;

/** The known cursors of a list, by the number of items before them. */
type Cursors = Map<number, string>;

/** Checks the number and the size of a page. Both may come from the URL of an app's page. */
export function checkPage(number: number, perPage: number): void {
  for (const [argument, value] of Object.entries({ page: number, perPage })) {
    if (!(Number.isInteger(value) && value >= 1)) throw new ArgumentError(argument, "a whole number from 1");
  }
}

/** Reads numbered pages of lists that have only cursors. Keeps known cursors to reach distant pages faster. */
export class NumberedPages {
  readonly #lists = new Map<string, Cursors>();

  /** Gets a page, counted from 1. */
  async page<T>(
    source: CursorList<T>,
    number: number,
    perPage: number,
    signal: AbortSignal | undefined,
  ): Promise<NumberedPage<T>> {
    checkPage(number, perPage);
    const key = JSON.stringify(source.key);
    // The first page starts without known cursors: new records may have moved the positions.
    const cursors = number > 1 ? this.#lists.get(key) : undefined;
    try {
      return await readPage(source, number, perPage, signal, this.#keep(key, cursors));
    } catch (error) {
      if (!cursors?.size || !(error instanceof ValidationError)) throw error;
      // A cursor has expired: read from the start, once.
      return readPage(source, number, perPage, signal, this.#keep(key));
    }
  }

  #keep(key: string, cursors: Cursors = new Map()): Cursors {
    this.#lists.delete(key);
    this.#lists.set(key, cursors);
    for (const oldest of this.#lists.keys()) if (this.#lists.size > MAX_LISTS) this.#lists.delete(oldest);
    return cursors;
  }
}

/** Reads from the nearest known cursor to the page, in the largest steps that Intercom allows. */
async function readPage<T>(
  source: CursorList<T>,
  number: number,
  perPage: number,
  signal: AbortSignal | undefined,
  cursors: Cursors,
): Promise<NumberedPage<T>> {
  const start = (number - 1) * perPage;
  const end = start + perPage;
  const items: T[] = [];
  let at = Math.max(0, ...[...cursors.keys()].filter((position) => position <= start));
  let cursor = cursors.get(at);
  const seen = new Set([cursor]);
  for (;;) {
    const step = Math.min(at < start ? start - at : end - at, source.maxPerPage ?? MAX_PER_PAGE);
    const page = source.list({ perPage: step, startingAfter: cursor, signal }).page();
    const { data, totalCount, startingAfter } = await page;
    // A page after the last one does not exist: stop before reading the whole list.
    const next = totalCount !== null && totalCount <= start ? null : startingAfter;
    // The pages of companies keep the size of the first page, whatever `perPage` says.
    items.push(...data.slice(Math.max(0, start - at)));
    at += data.length;
    if (next !== null) cursors.set(at, next);
    if (next === null || at >= end) {
      const hasNextPage = next !== null || at > end;
      return { data: items.slice(0, perPage), total: totalCount ?? at + (next === null ? 0 : 1), hasNextPage };
    }
    if (seen.has(next)) throw new UpstreamError("Intercom's list has no end", { status: 200, code: "repeats" });
    seen.add(next);
    cursor = next;
  }
}
