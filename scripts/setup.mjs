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
import { wasmTargetReady } from "./setup/wasm-target.mjs";
import { wasmToolsReady } from "./setup/wasm-tools.mjs";

/** `browser`: Chromium too, which only tests need; its path is then in the environment. */
export async function setUp({ browser = false } = {}) {
  prerequisites();
  await alone(cache, async () => {
    await npmPackages();
    await wasmTargetReady();
    await wasmToolsReady();
    if (browser) process.env.CHROMIUM = await chromium();
  });
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await setUp({ browser: argv.includes("--browser") });
    console.log("Everything is set up.");
  });
}
