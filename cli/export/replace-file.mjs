// Writes small files that a crash must not leave half written.
import { renameSync, rmSync, writeFileSync } from "node:fs";

/** Replaces a file as a whole. Only this user can read it. */
export function replaceFile(file, text) {
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(unfinished, text, { mode: 0o600, flush: true });
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
