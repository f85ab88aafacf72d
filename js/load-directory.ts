// Loads the code of directories when one is first opened.

import { IntercomError } from "./error.js";

let load = () => import("./directory/directory.js");

/** Loads the code of directories. */
export const loadDirectory = () => load();

/** Forbids directories, for an entry that must not load code by `import()`. */
export function forbidDirectory(): void {
  load = () =>
    Promise.reject(
      new IntercomError("This entry of intercom-edge has no directory: import intercom-edge in a page or in Node", {
        code: "unsupported",
      }),
    );
}
