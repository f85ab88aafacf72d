/**
 * The entry for Next.js's Edge runtime, which runs only WebAssembly that is part of the build.
 *
 * @packageDocumentation
 */

import * as calls from "./wasm/browser.js";
import browser from "./wasm/browser.wasm?module";
import * as checking from "./wasm/checks.js";
import checks from "./wasm/checks.wasm?module";
import { provide } from "./wasm.js";

provide({ browser: [calls, browser], checks: [checking, checks] });

export * from "./index.js";
export { Intercom } from "./without-directory.js";
