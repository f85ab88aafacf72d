// The file in the Origin Private File System that keeps a directory. Its first bytes are a header in JSON, which is
// written last: a file that was not written to its end has none.

import { isCrash } from "./program.js";
import type { SnapshotFile } from "./protocol.js";

/** The version of the files. A file of another version is deleted. */
const VERSION = 1;
/** The size of the header in bytes. */
const HEADER_SIZE = 8192;

interface Header {
  version: number;
  owner: string;
  /** The number of bytes after the header. */
  length: number;
  /** The number of contacts. */
  contacts: number;
  /** The `since` of an export of later changes. */
  since: string;
}

/** The contacts in a file: lines of NDJSON, in pieces. */
export interface Snapshot {
  since: string;
  contacts: number;
  pieces: AsyncIterable<Uint8Array>;
}

/** The size of a piece that is read, in bytes. */
const PIECE = 2 ** 20;

/** A file that a Web Worker writes. Not all versions of TypeScript's own library have it. */
interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

const folder = () => navigator.storage.getDirectory();

/** Opens a snapshot. Deletes a file that is broken, of another version or of another owner. */
export async function openSnapshot({ name, owner }: SnapshotFile): Promise<Snapshot | undefined> {
  try {
    const file = await (await (await folder()).getFileHandle(name)).getFile();
    const header = headerIn(await file.slice(0, HEADER_SIZE).text());
    const isOwn = header?.version === VERSION && header.owner === owner && header.length === file.size - HEADER_SIZE;
    if (isOwn) return { since: header.since, contacts: header.contacts, pieces: piecesOf(file) };
    await deleteSnapshot(name);
  } catch {
    // There is no such file, or no file system: the contacts are loaded.
  }
  return undefined;
}

function headerIn(text: string): Header | undefined {
  try {
    return JSON.parse(text) as Header;
  } catch {
    return undefined;
  }
}

async function* piecesOf(file: File): AsyncGenerator<Uint8Array, void, undefined> {
  for (let from = HEADER_SIZE; from < file.size; from += PIECE) {
    yield new Uint8Array(await file.slice(from, from + PIECE).arrayBuffer());
  }
}

/** Writes a snapshot. Returns false if it cannot be written, for example because another page writes it. */
export async function writeSnapshot(
  { name, owner }: SnapshotFile,
  since: string,
  read: () => { contacts: number; pieces: Iterable<Uint8Array> },
): Promise<boolean> {
  let file: SyncAccessHandle | undefined;
  try {
    const handle = await (await folder()).getFileHandle(name, { create: true });
    file = await (
      handle as unknown as { createSyncAccessHandle(): Promise<SyncAccessHandle> }
    ).createSyncAccessHandle();
    file.truncate(0);
    let length = 0;
    // All pieces are written in one task, in which no contact changes.
    const { contacts, pieces } = read();
    for (const piece of pieces) length += file.write(piece, { at: HEADER_SIZE + length });
    file.flush();
    const header = { version: VERSION, owner, length, contacts, since } satisfies Header;
    const padded = new TextEncoder().encode(JSON.stringify(header).padEnd(HEADER_SIZE));
    if (padded.length === HEADER_SIZE) file.write(padded, { at: 0 });
    file.flush();
    return padded.length === HEADER_SIZE;
  } catch (error) {
    if (isCrash(error)) throw error;
    return false;
  } finally {
    file?.close();
  }
}

/**
 * Deletes a snapshot, if there is one. Waits up to a second while the file is in use.
 *
 * @throws the file system's error if the file cannot be deleted
 */
export async function deleteSnapshot(name: string): Promise<void> {
  let files: FileSystemDirectoryHandle;
  try {
    files = await folder();
  } catch {
    // Without a file system there is no file.
    return;
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await files.removeEntry(name);
    } catch (error) {
      const { name: reason } = error as DOMException;
      if (reason === "NotFoundError") return;
      if (reason !== "NoModificationAllowedError" || attempt >= 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
