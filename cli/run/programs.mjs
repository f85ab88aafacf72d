// The programs that run a Worker: workerd, which is the runtime, and wrangler, Cloudflare's command-line tool.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Failure } from "../failure.mjs";
import { cacheFolder, packageFolder, peerDependencies } from "../package.mjs";
import { exit } from "./process.mjs";

/** The oldest Node that wrangler supports. */
const WRANGLER_NODE = 22;

/** Returns the command that runs wrangler: that of the project in this folder, or else the one beside this package. */
export function wranglerCommand() {
  const found = resolve("wrangler/package.json");
  if (!found) {
    throw new Failure("wrangler is not installed", {
      why: "This command needs Cloudflare's wrangler, which this package does not install by itself (212 MB).",
      todo: `npm install --save-dev "wrangler@${peerDependencies.wrangler}"`,
    });
  }
  if (Number(process.versions.node.split(".")[0]) < WRANGLER_NODE) {
    throw new Failure(`wrangler needs Node ${WRANGLER_NODE} or newer; this is ${process.versions.node}`, {
      todo: "install Node 24 from https://nodejs.org",
    });
  }
  const { bin } = JSON.parse(readFileSync(found, "utf8"));
  return [process.execPath, join(dirname(found), bin.wrangler)];
}

/**
 * Returns the path of workerd's program: that of the project in this folder, the one that came with wrangler, or else
 * one that npm downloads once into the user's cache.
 */
export function workerdProgram() {
  program ??= findWorkerd();
  return program;
}

/** The path once it is known, or the download that is running. */
let program;

async function findWorkerd() {
  const range = peerDependencies.workerd;
  const folder = join(cacheFolder, `workerd-${range.replace(/[^\d.]/g, "")}`);
  const found = installedWorkerd(process.cwd()) ?? installedWorkerd(packageFolder) ?? installedWorkerd(folder);
  if (found) return found;
  console.log(`→ Downloading workerd, Cloudflare's runtime, into ${folder} (once, about 40 MB)`);
  mkdirSync(dirname(folder), { recursive: true });
  // Other processes must not see a half of it.
  const unfinished = mkdtempSync(`${folder}-`);
  process.once("exit", () => rmSync(unfinished, { recursive: true, force: true }));
  try {
    await downloadWorkerd(range, unfinished);
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another process has downloaded it meanwhile.
    if (!installedWorkerd(folder)) throw error;
  }
  return installedWorkerd(folder);
}

async function downloadWorkerd(range, folder) {
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  // Its install script only checks the program that npm has already unpacked.
  const args = ["install", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts", `workerd@${range}`];
  const npm = spawn(...npmCommand(args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] }));
  const code = await exit(npm);
  if (code !== 0 || !installedWorkerd(folder)) {
    throw new Failure("workerd could not be downloaded", {
      why: `npm install ended with ${code}.`,
      todo: `check the network, or install it yourself: npm install --save-dev "workerd@${range}"`,
    });
  }
}

/** workerd in the `node_modules` that a folder sees, directly or as a dependency of wrangler. */
function installedWorkerd(folder) {
  const own = resolveFrom(folder, "workerd");
  if (own) return programOf(own);
  const wrangler = resolveFrom(folder, "wrangler/package.json");
  const nested = wrangler && resolveFrom(dirname(wrangler), "workerd");
  return nested && programOf(nested);
}

/** The main module of the package `workerd` exports the path of the program for this system. */
function programOf(main) {
  try {
    const file = createRequire(main)(main).default;
    return existsSync(file) ? file : undefined;
  } catch {
    // npm omitted optional packages, or there is no workerd for this system.
    return undefined;
  }
}

const resolve = (name) => resolveFrom(process.cwd(), name) ?? resolveFrom(packageFolder, name);

function resolveFrom(folder, name) {
  try {
    return createRequire(join(folder, "package.json")).resolve(name);
  } catch {
    return undefined;
  }
}

/** Returns the arguments of `spawn` for npm. The npm that runs this command is used if there is one. */
function npmCommand(args, options) {
  const { npm_execpath: npm } = process.env;
  if (npm?.endsWith(".js")) return [process.execPath, [npm, ...args], options];
  // On Windows npm is a script of the shell.
  return ["npm", args, { ...options, shell: process.platform === "win32" }];
}
