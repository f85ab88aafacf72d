// The engine's side: runs the WebAssembly that holds the contacts, in a Web Worker or in the page's thread.

import type {
  CallName,
  CountRequest,
  EngineFailure,
  Opened,
  OpenRequest,
  Reply,
  Request,
  StartOptions,
  Stats,
} from "./protocol.js";
import { isCrash } from "./program.js";
import { openSnapshot, writeSnapshot } from "./snapshot-file.js";
import { weightsOf } from "./text-order.js";
import { offsetsOf } from "./time-zone.js";
import type { Directory as Program } from "../wasm/directory.js";

/** Starts the program with options in JSON. */
export type LoadProgram = () => Promise<(options: string) => Program>;

/** The calls by name. Each returns JSON; nothing counts as `null`. */
type Answers = { [Name in CallName]: (...values: never[]) => string | undefined | Promise<string | undefined> };

/** Answers the requests of one directory. */
export class Host {
  readonly #load: LoadProgram;
  #program: Program | undefined;
  #start: StartOptions | undefined;
  /** The sort keys of the open results. */
  readonly #sorts = new Map<number, OpenRequest["sort"]>();
  /** The reason why the program cannot be used any more. */
  #crash: EngineFailure | undefined;

  constructor(load: LoadProgram) {
    this.#load = load;
  }

  /** Answers a request. Never rejects. */
  async answer({ id, name, values }: Request): Promise<Reply> {
    try {
      if (this.#crash) return { id, error: this.#crash };
      const answer = this.#answers[name] as (...values: readonly unknown[]) => ReturnType<Answers[CallName]>;
      return { id, json: (await answer(...values)) ?? "null" };
    } catch (thrown) {
      const error = failureOf(thrown);
      if (error.code === "crashed") this.#crash = error;
      return { id, error };
    }
  }

  get #running(): Program {
    if (this.#program) return this.#program;
    throw new Error("The engine has not been started");
  }

  readonly #answers: Answers = {
    start: (options: StartOptions) => this.#begin(options),
    feed: (bytes: Uint8Array) => this.#running.feed(bytes) || "[]",
    discard: () => this.#run((program) => program.discard()),
    put: (contacts: string) => String(this.#running.put(contacts)),
    remove: (id: string) => String(this.#running.remove(id)),
    names: (set: string, names: string) => this.#run((program) => program.names(set, names)),
    members: (segment: string, ids: string) => this.#run((program) => program.members(segment, ids)),
    beginLoad: () => this.#run((program) => program.begin_load()),
    endLoad: () => this.#run((program) => program.end_load()),
    open: (request: OpenRequest) => this.#open(request),
    refresh: (result: number) => this.#refresh(result),
    slice: (result: number, from: number, to: number) => this.#running.slice(result, from, to),
    ids: (result: number) => this.#running.ids(result),
    counts: (result: number, request: CountRequest) => this.#counts(result, request),
    changes: (result: number) => this.#running.changes(result),
    closeResult: (result: number) => this.#close(result),
    stats: () => this.#running.stats(),
    save: (since: string) => this.#save(since),
  };

  #run(call: (program: Program) => unknown): undefined {
    call(this.#running);
  }

  async #begin(options: StartOptions): Promise<string> {
    this.#start = options;
    const { fields, search, budget } = options;
    let create: Awaited<ReturnType<LoadProgram>>;
    try {
      create = await this.#load();
    } catch (cause) {
      throw { code: "program", message: String(cause) } satisfies EngineFailure;
    }
    const json = JSON.stringify({ fields, search, budget });
    this.#program = create(json);
    const since = await this.#restore(this.#program);
    // The contacts of a broken snapshot are loaded again, into an empty program.
    if (since === null) this.#program = create(json);
    return JSON.stringify(since ?? null);
  }

  /** Restores the snapshot. Returns its token, undefined if there is no snapshot, and null if it is broken. */
  async #restore(program: Program): Promise<string | null | undefined> {
    const snapshot = this.#start?.file && (await openSnapshot(this.#start.file));
    if (!snapshot) return undefined;
    try {
      for await (const piece of snapshot.pieces) program.feed(piece);
      const { contacts, skipped } = JSON.parse(program.stats()) as Stats;
      const isWhole = contacts === snapshot.contacts && Object.values(skipped).every((count) => count === 0);
      return isWhole ? snapshot.since : null;
    } catch {
      return null;
    }
  }

  #open(request: OpenRequest): string {
    for (const { field } of request.sort) this.#rank(field);
    const opened = this.#running.open(JSON.stringify(request));
    this.#sorts.set((JSON.parse(opened) as Opened).result, request.sort);
    return opened;
  }

  #refresh(result: number): string {
    // Contacts that were added since the search may have characters without a rank.
    for (const { field } of this.#sorts.get(result) ?? []) this.#rank(field);
    return this.#running.refresh(result);
  }

  #close(result: number): undefined {
    this.#sorts.delete(result);
    this.#running.close(result);
  }

  /** Sets the order of the characters in a field. */
  #rank(field: string): void {
    try {
      const characters = this.#running.ranks_needed(field);
      if (characters !== "") this.#running.set_ranks(field, weightsOf(characters, this.#start?.locales ?? []));
    } catch (thrown) {
      // `open` rejects an unknown field with its place in the query.
      if (typeof thrown !== "string") throw thrown;
    }
  }

  #counts(result: number, { timeZone, ...request }: CountRequest): string {
    const time_zone_offsets = request.by === "value" ? null : offsetsOf(timeZone);
    return this.#running.counts(result, JSON.stringify({ ...request, time_zone_offsets }));
  }

  async #save(since: string): Promise<string> {
    const [program, file] = [this.#running, this.#start?.file];
    const read = () => ({ contacts: (JSON.parse(program.stats()) as Stats).contacts, pieces: piecesOf(program) });
    return String(file !== undefined && (await writeSnapshot(file, since, read)));
  }
}

/** Yields the contacts as lines of NDJSON, in pieces. */
function* piecesOf(program: Program): Generator<Uint8Array, void, undefined> {
  for (let from: number | null = 0; from !== null; ) {
    const [bytes, next] = program.snapshot(from) as [Uint8Array, number | null];
    yield bytes;
    from = next;
  }
}

/** Returns the failure of a call: the program throws its own as JSON. Other exceptions reject only the call. */
function failureOf(thrown: unknown): EngineFailure {
  if (typeof thrown === "string") {
    try {
      return JSON.parse(thrown) as EngineFailure;
    } catch {
      // Reported below.
    }
  }
  const { code, message } = thrown as { code?: unknown; message?: unknown };
  const text = String(message ?? thrown);
  if (code === "program") return { code, message: text };
  return isCrash(thrown) ? { code: "crashed", message: text } : { code: "query", message: `a valid call: ${text}` };
}
