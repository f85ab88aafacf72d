// The file that an export writes. The rows go to FILE.part. FILE.resume has the position up to which they are complete,
// so that the same command continues after a crash. FILE.lock has the process that writes. The rows are personal data:
// only this user can read the files.
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { Failure } from "../failure.mjs";
import { replaceFile } from "./replace-file.mjs";

const BUFFER_LENGTH = 65_536;

/** How often the position is stored. Each time, the disk must have the rows before it. */
const SAVE_INTERVAL_MS = 1000;

/** The unfinished file of an export, and the position in it. */
export class ExportFile {
  #file;
  #part;
  #handle;
  #query;
  #buffer = "";
  #bytes;
  /** The last position to continue from. */
  #position;
  #saved;
  #savedAt = 0;

  /** Use {@link openExportFile}. */
  constructor({ file, part, handle, query, position }) {
    this.#file = file;
    this.#part = part;
    this.#handle = handle;
    this.#query = query;
    this.#bytes = position?.bytes ?? 0;
    this.#position = position;
    this.#saved = position;
  }

  /** The `resume` of the last position, or undefined if the export begins at its start. */
  get resume() {
    return this.#position?.resume;
  }

  /** Writes text. Resolves when there is room for more. */
  async write(text) {
    this.#buffer += text;
    if (this.#buffer.length >= BUFFER_LENGTH) await this.#flush();
  }

  /** Writes bytes. */
  async writeBytes(bytes) {
    await this.#handle.writeFile(bytes);
    this.#bytes += bytes.length;
  }

  /** Marks the end of a page of rows as the position to continue from. Without `resume` there is none. */
  async mark(resume) {
    await this.#flush();
    this.#position = resume ? { resume, bytes: this.#bytes, query: this.#query } : undefined;
    if (Date.now() - this.#savedAt >= SAVE_INTERVAL_MS) await this.save();
  }

  /** Stores the last position. Returns true if the export can continue from it. */
  async save() {
    const isNew = this.#position !== this.#saved;
    if (isNew && this.#position) {
      // After a power failure the file must not be shorter than the position says.
      await this.#handle.datasync();
      replaceFile(resumeFile(this.#file), `${JSON.stringify(this.#position)}\n`);
    }
    [this.#saved, this.#savedAt] = [this.#position, Date.now()];
    return this.#position !== undefined;
  }

  /** Puts the complete file in the place of FILE. */
  async finish() {
    await this.#flush();
    await this.#handle.datasync();
    await this.#handle.close();
    renameSync(this.#part, this.#file);
    rmSync(resumeFile(this.#file), { force: true });
  }

  async #flush() {
    const bytes = Buffer.from(this.#buffer);
    this.#buffer = "";
    await this.writeBytes(bytes);
  }
}

/**
 * Opens the unfinished file of an export for writing. Continues it if its position is of an export with the same
 * `query`; `restart` begins again. With `query` undefined the export cannot be continued.
 */
export async function openExportFile(name, { query, restart }) {
  try {
    if (existsSync(name) && !statSync(name).isFile()) throw new Failure(`${name} is not a file`);
    // A rename would replace a symbolic link itself.
    const file = existsSync(name) ? realpathSync(name) : name;
    const part = `${file}.part`;
    lock(file);
    if (restart || !existsSync(part)) rmSync(resumeFile(file), { force: true });
    const position = positionIn(file, query);
    if (position) truncateSync(part, position.bytes);
    else rmSync(resumeFile(file), { force: true });
    const handle = await open(part, position ? "a" : "w", 0o600);
    await handle.chmod(0o600);
    return new ExportFile({ file, part, handle, query, position });
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${name} can't be written`, { why: error.message, todo: "use another --output" });
  }
}

const resumeFile = (file) => `${file}.resume`;

/** Rejects a second export to the same file, until this process has ended. */
function lock(file) {
  const name = `${file}.lock`;
  for (;;) {
    try {
      writeFileSync(name, `${process.pid}\n`, { flag: "wx", mode: 0o600 });
      process.once("exit", () => rmSync(name, { force: true }));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const other = Number(readFileSync(name, "utf8"));
    // In a container, each run may have the same number.
    if (other !== process.pid && isRunning(other)) {
      throw new Failure(`Another export writes to ${file}`, {
        why: `It is the process ${other}.`,
        todo: `wait for its end, or use another --output; if it is no export, remove ${name}`,
      });
    }
    // The process was killed.
    rmSync(name, { force: true });
  }
}

function isRunning(pid) {
  try {
    return Number.isInteger(pid) && pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Returns true if the rows in a file end at a position: after a line break, or at the start. */
function endsAt(part, bytes) {
  if (!Number.isSafeInteger(bytes) || bytes < 0 || statSync(part).size < bytes) return false;
  const last = Buffer.alloc(1);
  const handle = openSync(part);
  try {
    return bytes === 0 || (readSync(handle, last, 0, 1, bytes - 1) === 1 && last[0] === 10);
  } finally {
    closeSync(handle);
  }
}

/** Reads the position in an unfinished file; undefined if there is none. */
function positionIn(file, query) {
  const resume = resumeFile(file);
  if (!existsSync(resume)) return undefined;
  const position = parsed(readFileSync(resume, "utf8"));
  if (!endsAt(`${file}.part`, position?.bytes) || typeof position.resume !== "string") {
    throw new Failure(`${resume} does not fit ${file}.part`, {
      why: "One of them was changed, or the disk has lost a part of it.",
      todo: "add --restart to begin again",
    });
  }
  if (isDeepStrictEqual(position.query, query)) return position;
  throw new Failure(`${file}.part is of an export with other options`, {
    why: `It was begun with:\n${Object.entries(position.query ?? {})
      .map(([name, value]) => `${name} ${value}`)
      .join("\n")}`,
    todo: "run the same command as before to continue it, or add --restart to begin again",
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
