// Installs what a fresh machine lacks: for `npm start` and `npm test`, and alone as `npm run setup`. With nothing to do
// it takes a fraction of a second.
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { main } from "../cli/failure.mjs";
import { alone } from "./lock.mjs";
import { cache } from "./paths.mjs";
import { chromium } from "./setup/chromium.mjs";
import { npmPackages } from "./setup/npm-packages.mjs";
import { checkNode, checkRust } from "./setup/prerequisites.mjs";
import { schemathesisReady } from "./setup/schemathesis.mjs";
import { wasmTargetReady } from "./setup/wasm-target.mjs";

/**
 * Installs the npm packages. `rust`: also checks Rust and adds its WebAssembly target, which a build does by itself if
 * something has changed. For tests: `browser` installs Chromium and puts its path into the environment, and `fuzzer`
 * installs schemathesis.
 */
export async function setUp({ rust = false, browser = false, fuzzer = false } = {}) {
  checkNode();
  if (rust) checkRust();
  await alone(cache, async () => {
    await npmPackages();
    if (rust) await wasmTargetReady();
    if (browser) process.env.CHROMIUM = await chromium();
    if (fuzzer) await schemathesisReady();
  });
}

/** Makes Rust ready for a build. */
export async function rustReady() {
  checkRust();
  await alone(cache, wasmTargetReady);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await setUp({ rust: true, browser: argv.includes("--browser"), fuzzer: argv.includes("--fuzzer") });
    console.log("Everything is set up.");
  });
}
