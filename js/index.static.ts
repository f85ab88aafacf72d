/**
 * The entry without `import()`, for service workers and the background scripts of browser extensions, which forbid
 * it. Loads everything at once.
 *
 * @packageDocumentation
 */

import { provideDeferred } from "./load-deferred.js";
import * as deferred from "./deferred.js";
import * as calls from "./wasm/browser.js";
import browser from "./wasm/browser.inline.js";
import * as checking from "./wasm/checks.js";
import checks from "./wasm/checks.inline.js";
import { provide } from "./wasm.js";

provide({ browser: [calls, browser], checks: [checking, checks] });
provideDeferred(deferred);

export * from "./index.js";
export { Intercom } from "./without-directory.js";
