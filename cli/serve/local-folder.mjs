// The folder of local data: `.intercom-edge` in the folder where a command runs.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../failure.mjs";

/** Creates `.intercom-edge` in `folder`, which git ignores, and returns its path. */
export function localFolder(folder = process.cwd()) {
  const place = join(folder, ".intercom-edge");
  try {
    // It contains the bodies of messages.
    mkdirSync(place, { recursive: true, mode: 0o700 });
    writeFileSync(join(place, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if (error.code !== "EEXIST" || !statSync(place).isDirectory()) {
      throw new Failure(`${place} can't be written`, { why: error.message, todo: "run this in a folder of your own" });
    }
  }
  return place;
}
