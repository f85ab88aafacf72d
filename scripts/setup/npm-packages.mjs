// The npm packages of the lock file. On Linux the Node that everything runs on is among them
// (scripts/node); elsewhere it is the machine's own.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../cli/failure.mjs";
import { isExecutable, root } from "../paths.mjs";
import { run, step } from "../step.mjs";
import { read } from "../toolchain.mjs";

const lockFile = join(root, "package-lock.json");
const installedFrom = join(root, "node_modules/.installed-from");
const node = join(root, "node_modules/.bin/node");

export async function npmPackages() {
  const wanted = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
  if (read(installedFrom) !== wanted) {
    if (!installedByHand()) {
      await step("Installing the npm packages", { takes: "1 min" }, () => run("npm", ["ci"], { log: "npm-ci" }));
    }
    writeFileSync(installedFrom, wanted);
  }
  if (process.platform === "linux" && !isExecutable(node)) {
    throw new Failure("The project's own Node is not installed", {
      why: `There is no ${node}: npm was told to omit optional packages, or none exists for ${process.arch}.`,
      todo: "npm ci --include=optional",
    });
  }
}

/** npm writes its own record last: when it is newer than the lock file, `npm ci` has been run. */
function installedByHand() {
  const record = join(root, "node_modules/.package-lock.json");
  return !existsSync(installedFrom) && existsSync(record) && statSync(record).mtimeMs > statSync(lockFile).mtimeMs;
}
