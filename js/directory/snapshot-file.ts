// The file in the Origin Private File System that keeps a directory. Its first bytes are a header in JSON, which is
// written last: a file that was not written to its end has none.

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
  /** The `since` of an export of later changes. */
  since: string;
}

/** A file that a Web Worker writes. Not all versions of TypeScript's own library have it. */
interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

const folder = () => navigator.storage.getDirectory();

/** Reads a snapshot. Deletes a file that is broken, of another version or of another owner. */
export async function readSnapshot(file: SnapshotFile): Promise<{ since: string; bytes: Uint8Array } | undefined> {
  try {
    const handle = await (await folder()).getFileHandle(file.name);
    const content = new Uint8Array(await (await handle.getFile()).arrayBuffer());
    const header = headerIn(content);
    const bytes = content.subarray(HEADER_SIZE);
    const isOwn = header?.version === VERSION && header.owner === file.owner && header.length === bytes.length;
    if (isOwn) return { since: header.since, bytes };
    await deleteSnapshot(file.name);
  } catch {
    // There is no such file, or no file system: the contacts are loaded.
  }
  return undefined;
}

function headerIn(content: Uint8Array): Header | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(content.subarray(0, HEADER_SIZE))) as Header;
  } catch {
    return undefined;
  }
}

/** Writes a snapshot. Returns false if it cannot be written, for example because another page writes it. */
export async function writeSnapshot({ name, owner }: SnapshotFile, since: string, bytes: Uint8Array): Promise<boolean> {
  const header = JSON.stringify({ version: VERSION, owner, length: bytes.length, since } satisfies Header);
  const padded = new TextEncoder().encode(header.padEnd(HEADER_SIZE));
  if (padded.length !== HEADER_SIZE) return false;
  let file: SyncAccessHandle | undefined;
  try {
    const handle = await (await folder()).getFileHandle(name, { create: true });
    file = await (handle as unknown as { createSyncAccessHandle(): Promise<SyncAccessHandle> }).createSyncAccessHandle();
    file.truncate(0);
    file.write(bytes, { at: HEADER_SIZE });
    file.flush();
    file.write(padded, { at: 0 });
    file.flush();
    return true;
  } catch {
    return false;
  } finally {
    file?.close();
  }
}

/** Deletes a snapshot. Waits a moment if the file is in use. */
export async function deleteSnapshot(name: string): Promise<void> {
  for (let attempt = 1; attempt <= 10; attempt++) {
    try {
      await (await folder()).removeEntry(name);
      return;
    } catch (error) {
      // There is no such file, or no file system.
      if ((error as DOMException).name !== "NoModificationAllowedError") return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
