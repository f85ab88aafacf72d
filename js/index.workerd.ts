/**
 * The package under Cloudflare's runtime, which compiles what was deployed and nothing else.
 *
 * @packageDocumentation
 */

import browser from "./wasm/browser.wasm";
import * as rules from "./wasm/browser.js";
import checks from "./wasm/checks.wasm";
import * as checking from "./wasm/checks.js";
import { provide } from "./wasm.js";

// Values at once: a promise of one request's would be none of another's. A second time does nothing.
provide({
  browser: () => (rules.initSync({ module: browser }), rules),
  checks: () => (checking.initSync({ module: checks }), checking),
});

export * from "./index.js";
