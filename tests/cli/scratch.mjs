// Scratch projects in which this package is installed, and the command that runs in them.
import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { root } from "../../scripts/paths.mjs";

/** Creates a folder with files, for one test. */
export function scratchFolder(files = {}) {
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Installs this package in a folder: a link, as npm makes for a folder. */
export function installIn(folder) {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/intercom-edge"));
}

/** Runs `intercom-edge` in a folder, without a terminal. */
export async function intercomEdge(folder, ...args) {
  const child = spawn(process.execPath, [join(root, "cli/intercom-edge.mjs"), ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

/** The text of all files in a folder, by path, except what is installed. */
export function contentsOf(folder) {
  // The installed package is a link to the project, which readdir would follow.
  const own = readdirSync(folder).filter((name) => !["node_modules", ".wrangler"].includes(name));
  const stat = (path) => statSync(join(folder, path), { throwIfNoEntry: false });
  const paths = own.flatMap((name) =>
    stat(name)?.isDirectory()
      ? readdirSync(join(folder, name), { recursive: true }).map((path) => join(name, path))
      : [name],
  );
  const files = paths.filter((path) => stat(path)?.isFile()).sort();
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}
