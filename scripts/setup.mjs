// Makes a fresh machine ready: `npm start` and `npm test` call it first, `npm run setup` alone.
// With nothing to do it is done in a fraction of a second.
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { alone } from "./lock.mjs";
import { cache } from "./paths.mjs";
import { main } from "./step.mjs";
import { chromium } from "./setup/chromium.mjs";
import { npmPackages } from "./setup/npm-packages.mjs";
import { prerequisites } from "./setup/prerequisites.mjs";
import { schemathesisReady } from "./setup/schemathesis.mjs";
import { wasmTargetReady } from "./setup/wasm-target.mjs";

/**
 * What only tests need: `browser`, Chromium, whose path is then in the environment; `fuzzer`,
 * schemathesis.
 */
export async function setUp({ browser = false, fuzzer = false } = {}) {
  prerequisites();
  await alone(cache, async () => {
    await npmPackages();
    await wasmTargetReady();
    if (browser) process.env.CHROMIUM = await chromium();
    if (fuzzer) await schemathesisReady();
  });
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await setUp({ browser: argv.includes("--browser"), fuzzer: argv.includes("--fuzzer") });
    console.log("Everything is set up.");
  });
}
