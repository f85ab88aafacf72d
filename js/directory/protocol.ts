// The messages between a directory and the engine that holds its contacts: one protocol, with a Web Worker or within a
// thread. Types only.

/** The options with which an engine starts. */
export interface StartOptions {
  /** The paths of the columns; null for those that a directory has by default. */
  fields: readonly string[] | null;
  /** The paths that a search for text covers besides. */
  search: readonly string[];
  /** The most memory, in bytes. */
  budget: number;
  /** The locales whose order sorts texts; empty for the runtime's own. */
  locales: readonly string[];
  /** The file that keeps the contacts; undefined if none does. */
  file: SnapshotFile | undefined;
}

/** A file with a snapshot of the contacts. */
export interface SnapshotFile {
  /** The file's name. */
  name: string;
  /** The caller and the options that the snapshot belongs to. A file of another owner is deleted. */
  owner: string;
}

/** A query of the engine. */
export interface OpenRequest {
  text: string;
  where: unknown;
  sort: readonly { field: string; order: string }[];
  limit: number | null;
}

/** The columns whose values are counted. */
export interface CountRequest {
  field: string;
  by: "value" | "day" | "week" | "month";
  timeZone: string;
  limit: number | null;
}

/** An opened result. */
export interface Opened {
  result: number;
  total: number;
  typo: boolean;
  incomplete: number;
}

/** The state of the engine's memory. */
export interface Stats {
  contacts: number;
  memory: number;
  /** A number that changes with the contacts. */
  version: number;
  skipped: { [reason: string]: number };
}

/** The calls of an engine: the arguments, and the value that the JSON of the reply contains. */
export interface EngineCalls {
  /** Starts the engine. Returns the `since` token of the snapshot that it restored, or null. */
  start(options: StartOptions): string | null;
  /** Stores lines of NDJSON. Returns the markers among them. */
  feed(bytes: Uint8Array): unknown[];
  /** Forgets a part of a line. */
  discard(): void;
  put(contacts: string): number;
  remove(id: string): boolean;
  names(set: string, names: string): void;
  members(segment: string, ids: string): void;
  beginLoad(): void;
  endLoad(): void;
  open(request: OpenRequest): Opened;
  refresh(result: number): Opened;
  slice(result: number, from: number, to: number): { rows: Record<string, unknown>[]; states: string };
  ids(result: number): string[];
  counts(result: number, request: CountRequest): { value: unknown; count: number; name?: string }[];
  changes(result: number): { changed: number; removed: number; added: boolean };
  closeResult(result: number): void;
  stats(): Stats;
  /** Writes a snapshot into the file. Returns false if the file cannot be written. */
  save(since: string): boolean;
}

/** The name of a call. */
export type CallName = keyof EngineCalls;

/** A message to an engine. */
export interface Request {
  id: number;
  name: CallName;
  values: readonly unknown[];
}

/** The error of a call: `crashed` if the engine cannot be used any more, `program` if it cannot be started. */
export interface EngineFailure {
  code: "memory" | "query" | "result" | "crashed" | "program";
  field?: string | null;
  message?: string | null;
}

/** A message from an engine: the JSON of the value, or the error. JSON is faster than a cloned object. */
export type Reply = { id: number; json: string } | { id: number; error: EngineFailure };

/** The part of a `Worker` that a directory uses. */
export interface Port {
  onmessage: ((event: { data: Reply }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onmessageerror?: ((event: unknown) => void) | null;
  postMessage(message: Request, transfer: ArrayBuffer[]): void;
  terminate(): void;
}
