// What a page loads of the package, as a bundler cuts it: at the start, and when it first needs more.

import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../..", import.meta.url));
export const folder = join(root, "build/size");

/** The parts that a page loads later, by the beginning of their files' names. */
const LATER = { checks: "checks", batch: "batch", export: "export-reader" };

/** Bundles the page; gives the files of each part. A file that several parts share counts in each. */
export async function parts() {
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: [join(root, "tests/npm/size/page.js")],
    outdir: folder,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    logLevel: "silent",
    metafile: true,
  });
  const outputs = Object.fromEntries(Object.entries(metafile.outputs).map(([path, made]) => [basename(path), made]));
  const files = Object.keys(outputs);
  const isOf = (word) => (file) => file.startsWith(`${word}-`) || file.startsWith(`${word}.`);
  const isLater = (file) => Object.values(LATER).some((word) => isOf(word)(file));

  /** These files, and those that they import. */
  const loadedWith = (entries) => {
    const loaded = new Set(entries);
    for (const file of loaded) {
      const imports = outputs[file].imports.filter(({ kind }) => kind === "import-statement");
      for (const { path } of imports) loaded.add(basename(path));
    }
    return [...loaded];
  };
  const page = loadedWith(files.filter((file) => !isLater(file) && !isOf("chunk")(file)));
  const partOf = (word) => loadedWith(files.filter(isOf(word))).filter((file) => !page.includes(file));
  return { page, ...Object.fromEntries(Object.entries(LATER).map(([name, word]) => [name, partOf(word)])) };
}
