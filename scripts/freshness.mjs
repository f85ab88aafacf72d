// Skips work whose result exists: outputs that were made from the same inputs.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./paths.mjs";
import { read } from "./toolchain.mjs";

/**
 * Does `work` unless `outputs` exist and were made from these `inputs` (files and folders) and `facts` (texts, such as
 * a tool's version) by this `compiler`. Without a compiler any compiler's outputs count, so that a built checkout
 * needs none. Returns whether it did the work.
 */
export async function unlessFresh(name, { inputs, outputs, facts = [], compiler = () => "none" }, work) {
  const record = join(root, "build/.built-from", name);
  const digest = createHash("sha256").update(JSON.stringify(facts));
  for (const file of inputs.flatMap(filesIn)) {
    digest.update(`\0${relative(root, file)}\0`).update(readFileSync(file));
  }
  const from = digest.digest("hex");
  const [madeFrom, madeBy] = read(record)?.split("\n") ?? [];
  const isFresh = madeFrom === from && outputs.every((file) => existsSync(join(root, file)));
  if (isFresh && [undefined, madeBy].includes(compiler())) return false;

  // If the work fails, its outputs do not count.
  rmSync(record, { force: true });
  await work();
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, `${from}\n${compiler()}\n`);
  return true;
}

function filesIn(path) {
  const absolute = join(root, path);
  if (!statSync(absolute).isDirectory()) return [absolute];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
