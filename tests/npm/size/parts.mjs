// What a page loads of the package, as a bundler cuts it: at the start, and when it first needs more.

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../..", import.meta.url));
export const folder = join(root, "build/size");

/** Bundles the page; gives the files of each part. */
export async function parts() {
  rmSync(folder, { recursive: true, force: true });
  await build({
    entryPoints: [join(root, "tests/npm/size/page.js")],
    outdir: folder,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    logLevel: "silent",
  });
  const files = readdirSync(folder);
  const named = (word) => files.filter((file) => file.startsWith(word));
  const [checks, deferred] = [named("checks"), named("deferred")];
  // esbuild does not bundle the Web Worker, which loads the same program.
  const directory = named("directory");
  const others = [...checks, ...deferred, ...directory];
  return { page: files.filter((file) => !others.includes(file)), checks, deferred, directory };
}
