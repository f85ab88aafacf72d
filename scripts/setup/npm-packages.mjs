// The npm packages of the lock file, and among them the Node that everything runs on.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isExecutable, root } from "../paths.mjs";
import { Failure, run, step } from "../step.mjs";
import { read } from "../toolchain.mjs";

const lockFile = join(root, "package-lock.json");
const installedFrom = join(root, "node_modules/.installed-from");
const node = join(root, "node_modules/node/bin/node");

export async function npmPackages() {
  const wanted = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
  if (read(installedFrom) !== wanted) {
    if (!installedByHand()) {
      await step("Installing the npm packages", { takes: "1 min" }, () => run("npm", ["ci"], { log: "npm-ci" }));
    }
    writeFileSync(installedFrom, wanted);
  }
  // Some set-ups of npm run no install scripts, and Node's binary comes by one.
  if (!isExecutable(node)) {
    await step("Installing Node 24 for the project's own use", { takes: "10 s" }, () =>
      run("npm", ["rebuild", "node", "--ignore-scripts=false"], { log: "npm-node" }));
  }
  if (!isExecutable(node)) {
    throw new Failure("The npm package `node` came without its program", {
      why: `There is no ${node}: npm did not run the package's install script.`,
      todo: "npm rebuild node --ignore-scripts=false",
    });
  }
}

/** npm writes its own record last: when it is newer than the lock file, `npm ci` has been run. */
function installedByHand() {
  const record = join(root, "node_modules/.package-lock.json");
  return !existsSync(installedFrom) && existsSync(record) && statSync(record).mtimeMs > statSync(lockFile).mtimeMs;
}
