// Keeps an engine supplied: loads all contacts by the export, then follows their changes by live events, or by regular
// requests while no live events arrive. It does not know what is done with the contacts.

import { sleep } from "../abort.js";
import {
  ArgumentError,
  ForbiddenError,
  IntercomError,
  NotFoundError,
  UnauthorizedError,
  ValidationError,
  WebAssemblyError,
} from "../error.js";
import type { Client } from "../intercom.js";
import type { ExportProgress, LiveEventFields } from "../model.js";
import type { ExportOptions } from "../export.js";
import type { LiveOptions } from "../live.js";
import type { Engine } from "./engine.js";
import { type Effects, effectsOf, TOPICS } from "./live-effects.js";

/** What a supply needs, and what it reports. */
export interface SupplyOptions {
  // The supply reads no attribute, so their types do not matter.
  intercom: Client<never>;
  engine: Engine;
  signal: AbortSignal;
  /** The fields of the export. */
  fields: readonly string[];
  /** The segments whose members are loaded. */
  segments: readonly string[];
  /** True if chunks must be small, because they are processed in the page's own thread. */
  inPieces: boolean;
  refreshInterval: number;
  WebSocket: LiveOptions["WebSocket"];
  /** Called when contacts may have changed. */
  onChange(): void;
  /** Called when a fact about the supply changes. */
  onState(state: SupplyState): void;
}

/** The facts that a supply reports. */
export interface SupplyState {
  total?: number | null;
  live?: boolean;
  error?: Error | undefined;
  /** The `since` of an export of later changes, when all contacts were loaded. */
  since?: string;
}

/** The most bytes that the page's own thread processes in one task. */
const PIECE = 256 * 1024;
/** The number of chunks that the engine gets before it has processed the first. */
const WINDOW = 2;
/** The time in milliseconds after which contacts that an event names are loaded, together. */
const LOAD_DELAY = 1_000;
/** The time in milliseconds after which Intercom's searches find a change. */
const SEARCH_DELAY = 5_000;
/** While live events arrive, changes are requested in one of so many intervals: some changes have no event. */
const LIVE_TURNS = 10;
/** The number of contacts up to which each is loaded by a request of its own. */
const FEW = 5;
const PER_PAGE = 50;

interface Identified {
  id: string;
}

/** Supplies one engine until its signal aborts. */
export class Supply {
  readonly #options: SupplyOptions;
  /** The last feeding of the engine: it has one place for a part of a line, so one stream at a time. */
  #feeding: Promise<unknown> = Promise.resolve();
  #since = "";
  #isLive = false;
  /** True if the Worker has received webhooks, so that live events and removals can be expected. */
  #hasWebhooks = false;
  readonly #toLoad = new Set<string>();
  /** The ids of contacts that events changed during the last request for contacts. */
  readonly #overtaken = new Set<string>();
  #isLoading = false;
  #fail!: (error: unknown) => void;
  /** Rejects if a part of the supply that runs in the background fails. */
  readonly #failure: Promise<never>;

  constructor(options: SupplyOptions) {
    this.#options = options;
    this.#failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
  }

  /**
   * Loads all contacts, or with `since` only the changes, and follows their changes. Does not return.
   *
   * @throws the signal's reason, and errors that trying again does not repair
   */
  run(since: string | null): Promise<never> {
    this.#inBackground(this.#loadNames());
    return Promise.race([this.#failure, this.#run(since)]);
  }

  #inBackground(task: Promise<void>): void {
    task.catch(this.#fail);
  }

  async #run(since: string | null): Promise<never> {
    if (since === null) await this.#loadAll();
    else this.#continueFrom(since);
    if (since === null) await this.#loadChanges();
    else await this.#catchUp();
    this.#inBackground(this.#loadSegments());
    return this.#follow();
  }

  #continueFrom(since: string): void {
    this.#since = since;
    this.#options.onState({ since });
  }

  /** Loads all contacts, and removes those that no longer exist. */
  async #loadAll(): Promise<void> {
    const { engine } = this.#options;
    await this.#feed(async () => {
      let resume: string | undefined;
      for (;;) {
        if (resume === undefined) await engine.call("beginLoad", []);
        try {
          const { next } = await this.#read({ resume }, (marker) => {
            resume = marker.resume ?? undefined;
            this.#options.onState({ total: marker.total ?? null, error: undefined });
          });
          await engine.call("endLoad", []);
          return this.#continueFrom(next ?? "");
        } catch (error) {
          // The Worker may no longer know the position: the load begins again.
          if (error instanceof ValidationError && resume !== undefined) resume = undefined;
          else await this.#pauseAfter(error);
        }
      }
    });
  }

  /** Loads all contacts, and the changes during that time. */
  async #reload(): Promise<void> {
    await this.#loadAll();
    try {
      await this.#readChanges();
    } catch (error) {
      this.#report(error);
    }
  }

  /** Loads the changes since the last export. Reports an error, because the next request has the changes. */
  async #loadChanges(): Promise<void> {
    try {
      await this.#readChanges();
    } catch (error) {
      // The token is too old, or the Worker does not know it any more.
      if (error instanceof ValidationError) await this.#reload();
      else this.#report(error);
    }
  }

  /** Loads the changes since the last export, with all removals. Tries again after an error that may pass. */
  async #catchUp(): Promise<void> {
    for (;;) {
      try {
        // Without all removals, contacts that no longer exist may still be there.
        if ((await this.#readChanges()) !== "complete") await this.#reload();
        return;
      } catch (error) {
        if (error instanceof ValidationError) return this.#reload();
        await this.#pauseAfter(error);
      }
    }
  }

  /** Loads the changes since the last export. Returns how many of the removals are known. */
  async #readChanges(): Promise<string | null | undefined> {
    const { next, removals } = await this.#feed(() => this.#read({ since: this.#since }));
    if (next) this.#continueFrom(next);
    this.#hasWebhooks = removals !== "unknown";
    this.#options.onState({ error: undefined });
    return removals;
  }

  /** Feeds an export to the engine. Returns its last marker. */
  async #read(options: ExportOptions, onMarker?: (marker: ExportProgress) => void): Promise<ExportProgress> {
    const { intercom, fields, signal, onChange } = this.#options;
    const pages = intercom.contacts.export({ ...options, fields, signal }).pages((chunks) => this.#markersIn(chunks));
    let last: ExportProgress | undefined;
    try {
      for await (const { marker } of pages) {
        last = marker;
        onMarker?.(marker);
        onChange();
      }
    } catch (error) {
      throw error instanceof EngineError ? error.cause : error;
    }
    return last!;
  }

  /** Feeds the chunks of one connection to the engine, and yields the markers that it finds in them. */
  async *#markersIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ marker: ExportProgress }, void, undefined> {
    const { engine, inPieces, onChange } = this.#options;
    const fed: Promise<unknown[]>[] = [];
    const next = async () => {
      try {
        const markers = await fed.shift()!;
        onChange();
        return markers.map((marker) => ({ marker: marker as ExportProgress }));
      } catch (cause) {
        throw new EngineError("The engine failed", { cause });
      }
    };
    let broken: { error: unknown } | undefined;
    try {
      await engine.call("discard", []);
      for await (const chunk of chunks) {
        for (const piece of inPieces ? piecesOf(chunk) : [ownBufferOf(chunk)]) {
          const feeding = engine.call("feed", [piece], inPieces ? [] : [piece.buffer as ArrayBuffer]);
          feeding.catch(() => {});
          fed.push(feeding);
          if (fed.length >= WINDOW) yield* await next();
        }
      }
    } catch (error) {
      // The contacts of the chunk are missing, so no later marker counts.
      if (error instanceof EngineError) throw error;
      broken = { error };
    }
    // The export continues after the last marker, also that of a connection that broke.
    while (fed.length > 0) yield* await next();
    if (broken) throw broken.error;
  }

  /** Runs a task when no other one feeds the engine. */
  #feed<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#feeding.then(task, task);
    this.#feeding = result.catch(() => {});
    return result;
  }

  async #follow(): Promise<never> {
    const { signal, refreshInterval } = this.#options;
    let isListening = false;
    for (let turn = 1; ; turn++) {
      if (this.#hasWebhooks && !isListening) {
        isListening = true;
        this.#inBackground(this.#listen());
      }
      // Without jitter, all pages that were opened together would ask together.
      await sleep(refreshInterval * (0.8 + 0.4 * Math.random()), signal);
      if (!this.#isLive || turn % LIVE_TURNS === 0) await this.#loadChanges();
    }
  }

  /** Applies live events. Returns if there are none: the caller key may not read them, or there are no WebSockets. */
  async #listen(): Promise<void> {
    const { intercom, signal, WebSocket } = this.#options;
    let caughtUp: Promise<unknown> | undefined;
    const live = intercom.live({
      topics: TOPICS,
      signal,
      WebSocket,
      // An error here ends the supply. The connection would hide it.
      onGap: () => this.#catchUp().catch(this.#fail),
      onConnection: (state) => {
        this.#isLive = state === "open";
        this.#options.onState({ live: this.#isLive });
        // Changes before the connection have no event. The events wait, because they are newer.
        if (this.#isLive) caughtUp ??= this.#loadChanges().catch(this.#fail);
      },
    });
    try {
      for await (const event of live) {
        await caughtUp;
        // An export that is being fed has older contacts.
        await this.#feed(() => this.#apply(effectsOf(event as LiveEventFields))).catch(this.#fail);
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      // A runtime without WebSockets, or a caller key that may not read live events.
      const isExpected = error instanceof ArgumentError || (error instanceof IntercomError && !isOfEngine(error));
      if (!isExpected || error instanceof UnauthorizedError) throw error;
    }
  }

  async #apply({ put, load, remove, names }: Effects): Promise<void> {
    const { engine, onChange } = this.#options;
    for (const id of [...remove, (put as { id?: string } | undefined)?.id])
      if (id !== undefined) this.#overtaken.add(id);
    for (const id of remove) await engine.call("remove", [id]);
    if (put) await engine.call("put", [JSON.stringify(put)]);
    if (names) await engine.call("names", [names.set, JSON.stringify([names.named])]);
    if (load !== undefined) {
      this.#toLoad.add(load);
      this.#inBackground(this.#loadNamed());
    }
    onChange();
  }

  /** Loads the contacts that events named by their ids. */
  async #loadNamed(): Promise<void> {
    const { engine, signal, onChange } = this.#options;
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      while (this.#toLoad.size > 0) {
        await sleep(this.#toLoad.size > FEW ? SEARCH_DELAY : LOAD_DELAY, signal);
        const ids = [...this.#toLoad].slice(0, this.#toLoad.size > FEW ? PER_PAGE : FEW);
        // An event during the request adds the id again.
        for (const id of ids) this.#toLoad.delete(id);
        this.#overtaken.clear();
        const contacts = ids.length > FEW ? await this.#find(ids) : await Promise.all(ids.map((id) => this.#get(id)));
        const isLatest = ({ id }: Identified) => !this.#toLoad.has(id) && !this.#overtaken.has(id);
        const put = () => engine.call("put", [JSON.stringify(contacts.filter((one) => one && isLatest(one)))]);
        await this.#feed(put);
        onChange();
      }
    } catch (error) {
      // The next request for changes has them.
      this.#toLoad.clear();
      this.#report(error);
      await this.#loadChanges();
    } finally {
      this.#isLoading = false;
    }
  }

  async #find(ids: string[]): Promise<Identified[]> {
    const { intercom, signal } = this.#options;
    const search = { query: { field: "id", operator: "IN", value: ids } };
    return (await intercom.contacts.search(search, { perPage: PER_PAGE, signal }).page()).data;
  }

  async #get(id: string): Promise<Identified | undefined> {
    const { intercom, engine, signal } = this.#options;
    try {
      return await intercom.contacts.get(id, { signal });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      await engine.call("remove", [id]);
      return undefined;
    }
  }

  /** Loads the names of tags, segments and companies. Does without those that the caller key may not read. */
  async #loadNames(): Promise<void> {
    const { intercom, engine, signal, fields, onChange } = this.#options;
    const load = async (set: string, named: () => Promise<unknown[]>) => {
      for (;;) {
        try {
          await engine.call("names", [set, JSON.stringify(await named())]);
          return onChange();
        } catch (error) {
          if (error instanceof ForbiddenError) return;
          this.#report(error);
          if (!mayPass(error)) return;
        }
        await sleep(this.#options.refreshInterval, signal);
      }
    };
    const all = { limit: Infinity };
    if (fields.includes("tags")) await load("tags", () => intercom.tags.list({ signal }).toArray(all));
    const companies = async () => {
      const rows: unknown[] = [];
      for await (const row of intercom.companies.export({ fields: ["company_id", "name"], signal })) rows.push(row);
      return rows;
    };
    if (fields.includes("companies")) await load("companies", companies);
  }

  /** Loads the names and the members of segments, again and again: no event reports a change. */
  async #loadSegments(): Promise<void> {
    const { intercom, engine, segments, signal, refreshInterval, onChange } = this.#options;
    while (segments.length > 0) {
      try {
        const names = await intercom.segments.list({ signal }).toArray({ limit: Infinity });
        await engine.call("names", ["segments", JSON.stringify(names)]);
        for (const id of segments) {
          const search = { query: { field: "segment_id", operator: "=", value: id } };
          const members = await intercom.contacts.search(search, { perPage: 150, signal }).toArray({ limit: Infinity });
          await engine.call("members", [id, JSON.stringify(members.map((contact) => contact.id))]);
        }
        onChange();
      } catch (error) {
        this.#report(error);
      }
      await sleep(LIVE_TURNS * refreshInterval, signal);
    }
  }

  /** Waits before another attempt, if that may succeed. */
  async #pauseAfter(error: unknown): Promise<void> {
    const { signal, refreshInterval } = this.#options;
    if (!mayPass(error)) throw error;
    this.#report(error);
    await sleep(Math.min(refreshInterval, 30_000), signal);
  }

  /** Reports an error after which the supply goes on. Throws any other. */
  #report(error: unknown): void {
    if (this.#options.signal.aborted) throw this.#options.signal.reason;
    if (!(error instanceof IntercomError) || error instanceof UnauthorizedError || isOfEngine(error)) throw error;
    this.#options.onState({ error });
  }
}

/** An error of the engine, which is not one of the connection: the export must not connect again. */
class EngineError extends Error {}

const isOfEngine = (error: unknown): boolean =>
  error instanceof WebAssemblyError || (error instanceof IntercomError && error.code === "memory");

/** Returns true if another attempt may succeed. */
const mayPass = (error: unknown): boolean =>
  error instanceof IntercomError &&
  !isOfEngine(error) &&
  (error.status === 0 || error.status === 429 || error.status >= 500);

function* piecesOf(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let from = 0; from < chunk.length; from += PIECE) yield chunk.subarray(from, from + PIECE);
}

/** Returns a chunk that has its buffer to itself: a transfer would take other chunks in the buffer away. */
const ownBufferOf = (chunk: Uint8Array): Uint8Array =>
  chunk.byteLength === chunk.buffer.byteLength ? chunk : chunk.slice();
