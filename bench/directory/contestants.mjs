// Who takes part, and where they are.
import { join } from "node:path";
import { root } from "../../scripts/paths.mjs";

/** The folder into which the libraries are installed. */
export const LIBRARIES = join(root, "build/directory");
/** The directory's WebAssembly, and the JavaScript that loads it. */
export const PROGRAM = join(root, "dist/wasm/directory.wasm");

export const DIRECTORY = "directory";
/** The array whose answers are the directory's. */
export const SAME_ANSWER = "array, same answer";

export const CONTESTANTS = [
  DIRECTORY,
  SAME_ANSWER,
  "array, simple fold",
  "ufuzzy",
  "sqlite",
  "minisearch",
  "flexsearch",
];

/** The most people of a contestant whose index is too large for more, and why. */
export const LARGEST = {
  minisearch: { people: 300_000, why: "its index has 2.2 KB of heap per person, beside the 2.7 KB of the objects" },
  flexsearch: { people: 300_000, why: "its index has 4.9 KB of heap per person, beside the 2.7 KB of the objects" },
};

/** The files of the contestants that import what is not in the project. */
export const FILES = {
  [DIRECTORY]: "ours.mjs",
  ufuzzy: "ufuzzy.mjs",
  sqlite: "sqlite.mjs",
  minisearch: "minisearch.mjs",
  flexsearch: "flexsearch.mjs",
};
