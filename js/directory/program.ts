// Starts the WebAssembly of directories.

import type * as Glue from "../wasm/directory.js";

/** Returns a function that starts an instance of a program with options in JSON. */
export function programOf(connect: typeof Glue.connect, module: WebAssembly.Module) {
  return (options: string): Glue.Directory => {
    const { imports, start } = connect({ fetch: globalThis.fetch });
    return start(new WebAssembly.Instance(module, imports).exports).open_directory(options);
  };
}
