/**
 * The entry for Cloudflare's runtime, which runs only WebAssembly that was deployed.
 *
 * @packageDocumentation
 */

import browser from "./wasm/browser.wasm";
import * as calls from "./wasm/browser.js";
import checks from "./wasm/checks.wasm";
import * as checking from "./wasm/checks.js";
import { provide } from "./wasm.js";

provide({ browser: [calls, browser], checks: [checking, checks] });

export * from "./index.js";
export { Intercom } from "./without-directory.js";
