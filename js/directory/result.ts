// The result of a search in a directory: a snapshot of the contacts that matched.

import { isText } from "../argument.js";
import { ArgumentError } from "../error.js";
import type { Engine } from "./engine.js";
import type { Opened } from "./protocol.js";
import type { CountOptions, DirectoryField, DirectoryRow, ResultChanges, ValueCount } from "./types.js";

const STATES = ["current", "changed", "removed"] as const;

/** The options of `count`, by their names in the engine. */
const COUNT_ARGUMENTS: { [name: string]: string } = {
  "counts.field": "by",
  "counts.by": "per",
  "counts.limit": "limit",
};

/** Frees the memory of results that the caller forgot. */
const forgotten = new FinalizationRegistry<() => void>((close) => close());

/**
 * The result of a search: the contacts that matched at that time, in their order. Changes of the contacts do not
 * change it; `changes()` counts them, and `refresh()` searches again.
 *
 * Its methods throw {@link WebAssemblyError} if the directory crashed meanwhile, and {@link IntercomError} with the
 * code `closed` after `close()`. Search again then.
 */
export class DirectoryResult<Attributes = Record<string, unknown>> {
  readonly #engine: Engine;
  readonly #timeZone: string;
  #opened: Opened;

  /** @internal */
  constructor(engine: Engine, opened: Opened, timeZone: string) {
    this.#engine = engine;
    this.#opened = opened;
    this.#timeZone = timeZone;
    const { result } = opened;
    forgotten.register(this, () => void engine.call("closeResult", [result]).catch(() => {}), this);
  }

  /** The number of contacts that matched. */
  get total(): number {
    return this.#opened.total;
  }

  /** True if nothing matched exactly, and the result has contacts with similar words. */
  get typo(): boolean {
    return this.#opened.typo;
  }

  /**
   * Counts contacts whose tags or companies Intercom returned incompletely. The filter treats the missing ones as
   * absent.
   */
  get incomplete(): number {
    return this.#opened.incomplete;
  }

  /** Gets the contacts at the positions `from` up to `to`, which is not included. */
  async slice(from: number, to: number): Promise<DirectoryRow<Attributes>[]> {
    for (const [name, position] of Object.entries({ from, to })) {
      if (!(Number.isInteger(position) && position >= 0)) throw new ArgumentError(name, "a whole number from 0");
    }
    const [first, end] = [Math.min(from, this.total), Math.min(to, this.total)];
    const { rows, states } = await this.#engine.call("slice", [this.#opened.result, first, end]);
    return rows.map((row, index) => ({ ...row, state: STATES[Number(states[index])] }) as DirectoryRow<Attributes>);
  }

  /**
   * Counts the contacts by the values of a field: the most frequent value first, or days, weeks and months in their
   * order.
   *
   * @throws {@link ArgumentError} if an option is invalid, or the directory has no such field
   */
  async count({ by, per, limit }: CountOptions<Attributes>): Promise<ValueCount[]> {
    if (!isText(by)) throw new ArgumentError("by", "the path of a field");
    if (per !== undefined && !["day", "week", "month"].includes(per)) {
      throw new ArgumentError("per", "day, week, month, or nothing");
    }
    checkLimit(limit);
    const request = { field: by, by: per ?? "value", timeZone: this.#timeZone, limit: limit ?? null } as const;
    try {
      return (await this.#engine.call("counts", [this.#opened.result, request])) as ValueCount[];
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      throw new ArgumentError(COUNT_ARGUMENTS[error.argument] ?? error.argument, error.expected);
    }
  }

  /** Lists the distinct values of a field, most frequent first. Skips contacts without a value. */
  async values(field: DirectoryField<Attributes>, options?: { limit?: number | undefined }): Promise<ValueCount[]> {
    const limit = options?.limit;
    checkLimit(limit);
    // One of the values may be null, which is left out.
    const counts = await this.count({ by: field, limit: limit === undefined ? limit : limit + 1 });
    return counts.filter(({ value }) => value !== null).slice(0, limit);
  }

  /** Gets the ids of all contacts, in order. */
  ids(): Promise<string[]> {
    return this.#engine.call("ids", [this.#opened.result]);
  }

  /** Counts the changes since the search. */
  changes(): Promise<ResultChanges> {
    return this.#engine.call("changes", [this.#opened.result]);
  }

  /** Searches again: the result then has the contacts that match now. */
  async refresh(): Promise<void> {
    this.#opened = await this.#engine.call("refresh", [this.#opened.result]);
  }

  /** Frees the memory of the result. */
  close(): void {
    forgotten.unregister(this);
    this.#engine.call("closeResult", [this.#opened.result]).catch(() => {});
  }
}

function checkLimit(limit: unknown): void {
  const isValid = limit === undefined || (Number.isInteger(limit) && (limit as number) >= 0);
  if (!isValid) throw new ArgumentError("limit", "a whole number from 0");
}
