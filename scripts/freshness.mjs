// What need not be built again: outputs whose inputs are, byte for byte, those of the last success.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./paths.mjs";
import { read } from "./toolchain.mjs";

/**
 * Does `work` unless `outputs` exist and came from these `inputs` (files and folders) and `facts`
 * (texts, such as the compiler's version). Returns whether there was work to do.
 */
export async function unlessFresh(name, { inputs, outputs, facts = [] }, work) {
  const record = join(root, "build/.built-from", name);
  const digest = createHash("sha256").update(JSON.stringify(facts));
  for (const file of inputs.flatMap(filesIn)) {
    digest.update(`\0${relative(root, file)}\0`).update(readFileSync(file));
  }
  const from = digest.digest("hex");
  if (read(record) === from && outputs.every((file) => existsSync(join(root, file)))) return false;

  // Without its record an output that is half made is made again.
  rmSync(record, { force: true });
  await work();
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, from);
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
