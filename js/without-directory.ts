// The client of the entries that must not load code by `import()`. Their bundles do not have the code of directories.

import { IntercomError } from "./error.js";
import { Client } from "./intercom.js";

/** A client of Intercom's API through your Worker, as in `intercom-edge`, without directories. */
export class Intercom<Attributes = Record<string, unknown>> extends Client<Attributes> {
  /**
   * Throws: this entry has no directories. Import `intercom-edge` in a page or in Node.
   *
   * @throws {@link IntercomError} with the code `unsupported`
   */
  override async directory(): Promise<never> {
    throw new IntercomError(
      "This entry of intercom-edge has no directories: import intercom-edge in a page or in Node",
      {
        code: "unsupported",
      },
    );
  }
}
