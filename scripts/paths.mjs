// The project's folders, and the programs that its scripts run.
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { cacheFolder, packageFolder } from "../cli/package.mjs";

export const root = packageFolder;

/** The folder of tools that take minutes to compile, which all checkouts share. */
export const cache = cacheFolder;

export const logs = join(root, "logs");

export const rustupHome = process.env.RUSTUP_HOME || join(homedir(), ".rustup");
export const cargoHome = process.env.CARGO_HOME || join(homedir(), ".cargo");

/**
 * The PATH of all scripts. The project's own programs come first, Node 24 among them, so that everything runs on the
 * same versions. Then rustup's: a shell opened before rustup was installed does not know them yet, and Debian's
 * compiler in /usr/bin must not hide them.
 */
export const path = [join(root, "node_modules/.bin"), join(cargoHome, "bin"), process.env.PATH].join(delimiter);

/** Returns the path of a program in `path`. */
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
