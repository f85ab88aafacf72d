// The frameworks that the adapters are for, in a folder of their own: React, TanStack Query, react-admin and refine.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { unlessFresh } from "../../scripts/freshness.mjs";
import { root } from "../../scripts/paths.mjs";

/** The folder of the tests' code for frameworks; its node_modules has the frameworks. */
export const folder = join(root, "build/frameworks");

/** Installs the frameworks, unless they are there. */
export async function installFrameworks() {
  const lock = ["package.json", "package-lock.json"].map((name) => `tests/npm/frameworks/${name}`);
  const outputs = ["build/frameworks/node_modules/react/package.json"];
  await unlessFresh("frameworks", { inputs: lock, outputs }, async () => {
    mkdirSync(folder, { recursive: true });
    for (const file of lock) cpSync(join(root, file), join(folder, basename(file)));
    console.log("Installing react-admin's core, refine and TanStack Query (about 10 s)");
    await promisify(execFile)("npm", ["ci", "--ignore-scripts"], { cwd: folder });
  });
}

/** Bundles a page with the frameworks and returns its script. `entry`: esbuild's `entryPoints` or `stdin`. */
export async function bundled(entry, environment = "production") {
  const { outputFiles } = await build({
    ...entry,
    nodePaths: [join(folder, "node_modules")],
    bundle: true,
    write: false,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": JSON.stringify(environment) },
    logLevel: "silent",
  });
  return outputFiles[0].text;
}
