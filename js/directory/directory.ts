// The directory: all contacts in memory, with the state that a page shows. It does not know how they are loaded.

import { flagOf, optionsOf } from "../argument.js";
import { IntercomError, UnauthorizedError } from "../error.js";
import type { Client } from "../intercom.js";
import { type CheckedOptions, checkOptions, checkQuery } from "./checks.js";
import type { Engine } from "./engine.js";
import type { SnapshotFile } from "./protocol.js";
import { remoteSearchOf } from "./remote-search.js";
import { DirectoryResult } from "./result.js";
import { deleteSnapshot } from "./snapshot-file.js";
import { startEngine } from "./start-engine.js";
import { Supply, type SupplyState } from "./supply.js";
import type { DirectoryOptions, DirectoryProgress, DirectoryQuery } from "./types.js";

/** The shortest time between two notifications of the listeners, in milliseconds. */
const NOTIFICATION_INTERVAL = 250;
/** The shortest time between two snapshots, in milliseconds. */
const SAVE_INTERVAL = 300_000;
/** A directory that crashes more often than this within the period does not start again. */
const MAX_CRASHES = 3;
const CRASH_PERIOD = 600_000;
/** How long a search waits for Intercom, in milliseconds. */
const REMOTE_TIMEOUT = 5_000;

/** Opens a directory. @internal */
export async function open<Attributes>(
  intercom: Client<Attributes>,
  options: DirectoryOptions<Attributes> | undefined,
): Promise<Directory<Attributes>> {
  const directory = new Directory<Attributes>(intercom, checkOptions(options as DirectoryOptions<never>));
  await directory.start();
  return directory;
}

/**
 * All contacts of the workspace in the page's memory: searched, filtered, sorted and counted without a request.
 *
 * A directory loads the contacts once, and then follows their changes by live events, or by regular requests where the
 * Worker receives no webhooks. It can be searched from the start. Pass `subscribe` and `getSnapshot` to
 * React's `useSyncExternalStore`. Nothing is written to disk unless the option `keep` says so.
 *
 * Call `close()` when the page no longer needs it, and `close({ forget: true })` at a sign-out. It closes by itself
 * when the Worker answers 401.
 *
 * @example
 * ```ts
 * const directory = await intercom.directory();
 * await directory.loaded();
 * const pros = await directory.search({ where: { custom_attributes: { plan: "pro" } }, sort: { field: "name" } });
 * for (const { name, email } of await pros.slice(0, 50)) console.log(name, email);
 * for (const { value, count } of await pros.count({ by: "location.country" })) console.log(value, count);
 * await directory.close();
 * ```
 */
export class Directory<Attributes = Record<string, unknown>> {
  readonly #intercom: Client<Attributes>;
  readonly #options: CheckedOptions;
  readonly #listeners = new Set<() => void>();
  #progress: DirectoryProgress = Object.freeze({
    state: "loading",
    contacts: 0,
    total: null,
    skipped: 0,
    memory: 0,
    live: false,
    inWorker: false,
    version: 0,
    error: undefined,
  });
  /** The changes of the progress since the last notification. */
  #changes: Partial<DirectoryProgress> = {};
  #mayHaveChanged = false;
  /** The version of the contacts in the engine. */
  #engineVersion: number | undefined;
  #notifiedAt = -Infinity;
  #notification: ReturnType<typeof setTimeout> | undefined;
  /** The running engine. After a crash, the one that starts. */
  #engine!: Promise<Engine>;
  /** Stops the supply of the running engine. */
  #supplying = new AbortController();
  readonly #closing = new AbortController();
  #crashedAt: number[] = [];
  /** The number of crashes. */
  #crashes = 0;
  /** The queries that Intercom was searched for while the directory loads. */
  readonly #searched = new Set<string>();
  #isInWorker = false;
  /** Receives the name of the file when another tab forgets it. */
  #channel: BroadcastChannel | undefined;
  #fileName: string | undefined;
  #file: SnapshotFile | undefined;
  #since: string | undefined;
  #savedAt = -Infinity;
  #save: ReturnType<typeof setTimeout> | undefined;

  /** @internal */
  constructor(intercom: Client<Attributes>, options: CheckedOptions) {
    this.#intercom = intercom;
    this.#options = options;
  }

  /** Starts the engine and restores the snapshot. @internal */
  async start(): Promise<void> {
    const { signal, keep } = this.#options;
    signal?.throwIfAborted();
    signal?.addEventListener("abort", () => void this.close(), { signal: this.#closing.signal });
    try {
      if (keep) await this.#findFile();
      this.#engine = this.#startEngine();
      await this.#engine;
    } catch (error) {
      this.#end(error);
      throw signal?.aborted ? signal.reason : error;
    }
  }

  /** The state of the directory. Each change makes a new object, at most four times a second. */
  get progress(): DirectoryProgress {
    return this.#progress;
  }

  /** True if all contacts are in the directory. */
  get complete(): boolean {
    return this.#progress.state === "complete";
  }

  /** Returns `progress`, for React's `useSyncExternalStore`. */
  readonly getSnapshot = (): DirectoryProgress => this.#progress;

  /** Calls `listener` after each change of `progress`. Returns a function that unsubscribes the listener. */
  readonly subscribe = (listener: () => void): (() => void) => {
    // A function that subscribes twice is called twice.
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  };

  /**
   * Waits until all contacts are in the directory.
   *
   * @throws {@link IntercomError} if loading fails, or the directory closes first
   */
  async loaded(): Promise<void> {
    for (;;) {
      const { state, error } = this.#progress;
      if (state === "complete") return;
      if (state === "failed" || state === "closed") throw error ?? closed();
      await new Promise<void>((resolve) => {
        const end = this.subscribe(() => {
          end();
          resolve();
        });
      });
    }
  }

  /**
   * Searches by words, filters or both. Until the directory is complete, it also searches Intercom, and stores the
   * contacts that Intercom finds; if that fails, it searches the contacts that were loaded.
   *
   * @example
   * ```ts
   * const directory = await intercom.directory({ fields: ["name", "email", "created_at"] });
   * await directory.loaded();
   * const result = await directory.search({
   *   text: "ann lee",
   *   where: { created_at: { after: new Date("2026-01-01") } },
   *   sort: [{ field: "created_at", order: "descending" }, { field: "name" }],
   * });
   * console.log(result.total, await result.slice(0, 10));
   * await directory.close();
   * ```
   *
   * @throws {@link ArgumentError} if a field is not in the directory, or a part of the query is invalid
   * @throws {@link WebAssemblyError} if the directory crashes; it starts again by itself
   */
  async search(given?: string | DirectoryQuery<Attributes>): Promise<DirectoryResult<Attributes>> {
    const { query, request } = checkQuery(given);
    if (this.#isLoading()) await this.#searchIntercom(query, JSON.stringify([request.text, request.where]));
    const engine = await this.#running();
    return new DirectoryResult(engine, await engine.call("open", [request]), this.#options.timeZone);
  }

  /**
   * Stops all requests and ends the Web Worker, which frees its memory. Without a Web Worker, the garbage collector
   * frees the memory later. Pass `forget: true` when the user signs out: it also deletes the saved snapshot, and closes
   * the directories that other tabs of the origin keep.
   *
   * @throws {@link IntercomError} with the code `snapshot` if the snapshot cannot be deleted
   */
  async close(options?: { forget?: boolean | undefined }): Promise<void> {
    const forget = flagOf("forget", optionsOf(options).forget);
    if (!this.#closing.signal.aborted) {
      const isUnsaved = this.#save !== undefined;
      this.#stop(closed());
      this.#set({ state: "closed", live: false, error: undefined });
      if (!forget && isUnsaved) await this.#write();
      this.#closeEngine(closed());
    }
    if (forget) await forgetSnapshot(await fileNameOf(this.#intercom.baseUrl));
  }

  /** Returns true until all contacts were loaded, also if the listeners were not notified yet. */
  #isLoading(): boolean {
    return this.#progress.state === "loading" && this.#since === undefined;
  }

  #running(): Promise<Engine> {
    if (this.#progress.state === "closed") throw this.#progress.error ?? closed();
    return this.#engine;
  }

  /** Ends everything. Later calls throw the error. */
  #end(error: unknown): void {
    this.#stop(error);
    this.#closeEngine(error);
  }

  /** Ends everything but the engine. */
  #stop(error: unknown): void {
    this.#closing.abort(error);
    this.#supplying.abort(error);
    clearTimeout(this.#notification);
    clearTimeout(this.#save);
    this.#channel?.close();
  }

  #closeEngine(error: unknown): void {
    this.#engine?.then((engine) => engine.close(error)).catch(() => {});
  }

  /** Changes the progress at once. */
  #set(change: Partial<DirectoryProgress>): void {
    this.#progress = Object.freeze({ ...this.#progress, ...change });
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        report(error);
      }
    }
  }

  /** Changes the progress when the listeners are next notified. */
  #note(change: Partial<DirectoryProgress>): void {
    Object.assign(this.#changes, change);
    if (this.#notification !== undefined || this.#closing.signal.aborted) return;
    const pause = this.#notifiedAt + NOTIFICATION_INTERVAL - performance.now();
    this.#notification = setTimeout(() => void this.#notify(), Math.max(pause, 0));
  }

  async #notify(): Promise<void> {
    this.#notifiedAt = performance.now();
    this.#notification = undefined;
    const [change, crashes] = [this.#changes, this.#crashes];
    this.#changes = {};
    if (this.#mayHaveChanged) {
      this.#mayHaveChanged = false;
      Object.assign(change, await this.#readStats());
    }
    const isNew = Object.entries(change).some(([name, value]) => value !== this.#progress[name as keyof typeof change]);
    if (isNew && crashes === this.#crashes && !this.#closing.signal.aborted) this.#set(change);
  }

  /** Reads the numbers of the engine, and plans a snapshot if its contacts changed. */
  async #readStats(): Promise<Partial<DirectoryProgress>> {
    try {
      const { contacts, memory, skipped, version } = await (await this.#engine).call("stats", []);
      const all = Object.values(skipped).reduce((sum, count) => sum + count, 0);
      const hasChanged = version !== this.#engineVersion;
      this.#engineVersion = version;
      if (hasChanged && this.#since !== undefined) this.#saveSoon();
      return { contacts, memory, skipped: all, ...(hasChanged && { version: this.#progress.version + 1 }) };
    } catch {
      // The engine crashed: the next one has other contacts.
      return {};
    }
  }

  async #startEngine(): Promise<Engine> {
    const { worker, fields, search, budget, locales } = this.#options;
    const { signal } = this.#closing;
    const options = { fields, search, budget, locales, file: this.#file };
    const { engine, since, inWorker } = await startEngine(worker, options, signal);
    if (signal.aborted) {
      engine.close(signal.reason);
      throw signal.reason;
    }
    this.#note({ inWorker });
    this.#isInWorker = inWorker;
    void engine.crashed.then((error) => this.#restart(error));
    this.#supply(engine, since, inWorker);
    return engine;
  }

  #supply(engine: Engine, since: string | null, inWorker: boolean): void {
    const { loaded: fields, segments, refreshInterval, WebSocket } = this.#options;
    const supplying = new AbortController();
    this.#supplying = supplying;
    const { signal } = supplying;
    if (since !== null) this.#savedAt = performance.now();
    const supply = new Supply({
      intercom: this.#intercom as Client<never>,
      engine,
      signal,
      fields,
      segments,
      inPieces: !inWorker,
      refreshInterval,
      WebSocket,
      onChange: () => {
        if (!signal.aborted) this.#changed();
      },
      onState: (state) => {
        if (!signal.aborted) this.#supplied(state);
      },
    });
    supply.run(since).catch((error: unknown) => {
      if (!signal.aborted) this.#failed(error);
    });
  }

  #changed(): void {
    this.#mayHaveChanged = true;
    this.#note({});
  }

  #supplied({ since, ...state }: SupplyState): void {
    this.#note(state);
    if (since === undefined) return;
    if (this.#since === undefined) this.#saveSoon();
    this.#since = since;
    this.#note({ state: "complete", total: null });
    this.#changed();
  }

  /** Ends the supply after an error that trying again does not repair. Ends the directory after a sign-out. */
  #failed(error: unknown): void {
    this.#supplying.abort(error);
    if (!(error instanceof UnauthorizedError)) {
      this.#note({ state: "failed", live: false, error: error as Error });
      return;
    }
    this.#end(error);
    this.#set({ state: "closed", live: false, error: error as Error });
    if (this.#fileName !== undefined) forgetSnapshot(this.#fileName).catch(report);
  }

  /** Starts another engine after a crash, and loads the contacts again. */
  #restart(error: Error): void {
    if (this.#closing.signal.aborted) return;
    this.#supplying.abort(error);
    this.#since = undefined;
    this.#engineVersion = undefined;
    this.#changes = {};
    this.#crashes++;
    this.#searched.clear();
    clearTimeout(this.#save);
    this.#save = undefined;
    const now = performance.now();
    this.#crashedAt = [...this.#crashedAt.filter((at) => now - at < CRASH_PERIOD), now];
    if (this.#crashedAt.length > MAX_CRASHES) {
      error.message = "The directory crashed too often and stopped. Open another one";
      this.#set({ state: "failed", live: false, error });
      return;
    }
    this.#set({ state: "loading", live: false, contacts: 0, error });
    // A snapshot may be the reason for the crash.
    const deleted = this.#file ? deleteSnapshot(this.#file.name).catch(() => {}) : Promise.resolve();
    this.#engine = deleted.then(() => this.#startEngine());
    this.#engine.catch((error: unknown) => {
      if (!this.#closing.signal.aborted) this.#failed(error);
    });
  }

  /** Stores the contacts that Intercom finds, if it can be searched. Searches once for each `key`. */
  async #searchIntercom(query: DirectoryQuery, key: string): Promise<void> {
    const search = remoteSearchOf(query);
    if (!search || this.#searched.has(key)) return;
    this.#searched.add(key);
    const { signal } = this.#supplying;
    try {
      const [first] = [query.sort ?? []].flat() as { field: string; order?: "ascending" | "descending" }[];
      const sort = first && { field: first.field, order: first.order ?? "ascending" };
      const options = { sort, perPage: 50, retries: 0, timeout: REMOTE_TIMEOUT, signal };
      const { data } = await this.#intercom.contacts.search(search as never, options).page();
      // Intercom's search may have older contacts than the export.
      if (!this.#isLoading()) return;
      await (await this.#running()).call("put", [JSON.stringify(data)]);
      this.#changed();
    } catch (error) {
      // Intercom may not support the query, or the rate limit is reached.
      if (error instanceof UnauthorizedError && !signal.aborted) this.#failed(error);
    }
  }

  /**
   * Finds the file that keeps the contacts: one for each Worker. It belongs to a caller, so that another caller does
   * not see the contacts.
   */
  async #findFile(): Promise<void> {
    const { fields, search } = this.#options;
    const name = await fileNameOf(this.#intercom.baseUrl);
    if (name === undefined) return;
    this.#fileName = name;
    this.#closeWithOtherTabs(name);
    try {
      const caller = await this.#intercom.whoami({ signal: this.#closing.signal });
      this.#file = { name, owner: await sha256(JSON.stringify([caller.name, fields, search])) };
    } catch (error) {
      // Without the caller's name, nothing is read or written.
      if (!(error instanceof IntercomError)) throw error;
      if (!(error instanceof UnauthorizedError)) return;
      await deleteSnapshot(name).catch(report);
      throw error;
    }
  }

  /** Closes the directory, without a snapshot, when another tab forgets the file. */
  #closeWithOtherTabs(name: string): void {
    if (typeof BroadcastChannel !== "function") return;
    this.#channel = new BroadcastChannel(name);
    // In Node, an open channel would keep the process running.
    (this.#channel as { unref?(): void }).unref?.();
    this.#channel.onmessage = () => {
      this.#end(closed());
      this.#set({ state: "closed", live: false, error: undefined });
    };
  }

  #saveSoon(): void {
    // Only a Web Worker can write files.
    if (!this.#file || !this.#isInWorker || this.#save !== undefined || this.#closing.signal.aborted) return;
    const pause = this.#savedAt + SAVE_INTERVAL - performance.now();
    this.#save = setTimeout(() => void this.#write(), Math.max(pause, 0));
  }

  async #write(): Promise<void> {
    clearTimeout(this.#save);
    this.#save = undefined;
    this.#savedAt = performance.now();
    try {
      await (await this.#engine).call("save", [this.#since ?? ""]);
    } catch {
      // The engine crashed: another one loads the contacts again.
    }
  }
}

const closed = () => new IntercomError("The directory was closed. Open another one", { code: "closed" });

/** Reports an error that no caller receives, as an event target does. */
function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Returns the name of the file that keeps the contacts of a Worker; undefined where the runtime has no digests. */
async function fileNameOf(baseUrl: string): Promise<string | undefined> {
  return globalThis.crypto?.subtle && `intercom-edge-directory-${await sha256(baseUrl)}`;
}

/** Closes the directories that other tabs keep, and deletes the file. */
async function forgetSnapshot(name: string | undefined): Promise<void> {
  if (name === undefined) return;
  if (typeof BroadcastChannel === "function") {
    const channel = new BroadcastChannel(name);
    channel.postMessage(name);
    channel.close();
  }
  try {
    await deleteSnapshot(name);
  } catch (cause) {
    throw new IntercomError("The snapshot of the directory cannot be deleted", { code: "snapshot", cause });
  }
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
