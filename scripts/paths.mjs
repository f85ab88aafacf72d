// Where things are, and which programs a script finds first.
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../", import.meta.url));

/** What a second checkout can use again: tools that take minutes to compile. */
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "intercom-edge");

export const logs = join(root, "logs");

export const rustupHome = process.env.RUSTUP_HOME || join(homedir(), ".rustup");
export const cargoHome = process.env.CARGO_HOME || join(homedir(), ".cargo");

/**
 * The project's own programs come first, Node 24 among them, so that everything runs on the same
 * versions. Then rustup's: a shell opened before rustup was installed does not know them yet, and
 * Debian's compiler in /usr/bin must not hide them.
 */
export const path = [join(root, "node_modules/.bin"), join(cargoHome, "bin"), process.env.PATH].join(delimiter);

export function which(program) {
  return path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
