// Starts the WebAssembly of directories.

import type * as Glue from "../wasm/directory.js";

/**
 * Returns true for a trap and for a stack overflow, after which the program's memory may be inconsistent. Firefox
 * reports a stack overflow as an InternalError.
 */
export function isCrash(thrown: unknown): boolean {
  if (thrown instanceof WebAssembly.RuntimeError) return true;
  const { name, message } = (thrown ?? {}) as Partial<Error>;
  return name === "InternalError" || (thrown instanceof RangeError && /call stack/i.test(String(message)));
}

/** Returns a function that starts an instance of a program with options in JSON. */
export function programOf(connect: typeof Glue.connect, module: WebAssembly.Module) {
  return (options: string): Glue.Directory => {
    const { imports, start } = connect({ fetch: globalThis.fetch });
    return start(new WebAssembly.Instance(module, imports).exports).open_directory(options);
  };
}
