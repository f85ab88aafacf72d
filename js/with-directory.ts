// The client of the entries that load code when it is first used.

import type { Directory } from "./directory/directory.js";
import type { DirectoryOptions } from "./directory/types.js";
import { Client } from "./intercom.js";

/**
 * A client of Intercom's API through your Worker. Loads its WebAssembly at the first call.
 *
 * The type parameter `Attributes` describes the custom attributes of your contacts.
 *
 * @example
 * ```ts
 * const intercom = new Intercom<{ plan: string }>({ baseUrl: "http://localhost:8787", auth: callerKey });
 * for await (const user of intercom.users.list()) console.log(user.name, user.custom_attributes?.plan);
 * ```
 */
export class Intercom<Attributes = Record<string, unknown>> extends Client<Attributes> {
  /**
   * Opens a directory: all contacts in the page's memory, which are searched, filtered, sorted and counted without a
   * request. Loads its own WebAssembly, and runs it in a Web Worker where one can be started. {@link Directory} has an
   * example.
   *
   * Pages and Node have directories. The entries for Cloudflare's runtime and for Next.js's Edge runtime and
   * `intercom-edge/static` have none.
   *
   * @throws {@link ArgumentError} if an option is invalid
   * @throws {@link WebAssemblyError} if the WebAssembly cannot be loaded
   * @throws {@link IntercomError} with the code `unsupported` in an entry that has no directory
   */
  override async directory(options?: DirectoryOptions<Attributes>): Promise<Directory<Attributes>> {
    return (await import("./directory/directory.js")).open(this, options);
  }
}
