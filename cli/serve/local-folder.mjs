// The folder of local data: `.intercom-edge` in the folder where a command runs.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Creates `.intercom-edge` in `folder`, which git ignores, and returns its path. */
export function localFolder(folder = process.cwd()) {
  const place = join(folder, ".intercom-edge");
  mkdirSync(place, { recursive: true });
  try {
    writeFileSync(join(place, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  return place;
}
