/**
 * The entry without `import()`, for service workers and the background scripts of browser extensions, which forbid
 * it. Loads everything at once.
 *
 * @packageDocumentation
 */

import * as batch from "./batch.js";
import { provideReader } from "./export.js";
import * as reader from "./export-reader.js";
import { provideBatches } from "./outbox.js";
import * as calls from "./wasm/browser.js";
import browser from "./wasm/browser.inline.js";
import * as checking from "./wasm/checks.js";
import checks from "./wasm/checks.inline.js";
import { provide } from "./wasm.js";

provide({ browser: [calls, browser], checks: [checking, checks] });
provideBatches(batch);
provideReader(reader);

export * from "./index.js";
