// The file with the line of a secret CALLER_KEYS. Cloudflare does not show a secret again, so a change must not lose
// the file: it is replaced as a whole, and only if it still has the text that was read.
import { existsSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { text as textOf } from "node:stream/consumers";
import { Failure } from "../failure.mjs";
import { entriesOf } from "./caller-key.mjs";

/** The name of standard input and output. */
export const STANDARD = "-";

/**
 * Reads the entries of a file, or of standard input. Returns `{ text, entries }`; both are undefined if there is no
 * such file.
 */
export async function readKeyFile(file) {
  const text = file === STANDARD ? await textOf(process.stdin) : textIn(file);
  if (text === undefined) return {};
  const name = file === STANDARD ? "Standard input" : file;
  const entries = entriesOf(text);
  if (!entries) {
    throw new Failure(`${name} does not contain a line of CALLER_KEYS`, {
      why: "The line is a JSON array of entries with name, sha256 and scopes. An array without entries is [].",
      todo: "correct it, or use another file; nothing was changed",
    });
  }
  const names = entries.map((entry) => entry.name);
  const twice = names.find((one, at) => names.indexOf(one) !== at);
  if (twice !== undefined) {
    throw new Failure(`${name} has two keys with the name ${twice}`, {
      todo: "rename one of them, or remove it; nothing was changed",
    });
  }
  return { text, entries };
}

/** Writes the line to a file that only this user can read. `before` is the text that was read from it. */
export function writeKeyFile(file, line, before) {
  // A rename would replace a symbolic link itself.
  const target = existsSync(file) ? realpathSync(file) : file;
  // It cannot be created twice, so two commands at a time do not overwrite each other's change.
  const unfinished = `${target}.new`;
  create(unfinished, file);
  try {
    if (textIn(file) !== before) {
      throw new Failure(`${file} was changed by another command`, { todo: "run this again; nothing was changed" });
    }
    writeFileSync(unfinished, `${line}\n`, { flush: true });
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error instanceof Failure ? error : notWritten(file, error);
  }
}

function create(unfinished, file) {
  try {
    writeFileSync(unfinished, "", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (error.code !== "EEXIST") throw notWritten(file, error);
    throw new Failure(`${file} is being changed by another command`, {
      why: `That command has created ${unfinished}.`,
      todo: `try again; if no other command is running, remove ${unfinished}`,
    });
  }
}

const notWritten = (file, error) =>
  new Failure(`${file} can't be written`, { why: error.message, todo: "use another --file" });

function textIn(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw new Failure(`${file} can't be read`, { why: error.message, todo: "use another --file" });
  }
}
