// The code of batches, exports and live events, which few pages need. It is one module, so that bundlers make one file
// of it: two would share code with each other and with the page, and a file for that code would add 0.5 kB to the page.

export { find, start } from "./batch.js";
export { csv, messages, pages, rows } from "./export-reader.js";
export { events } from "./live-reader.js";
