import { binary } from "#binary";
import type * as Glue from "./wasm/intercom_edge.js";

let loaded: Promise<typeof Glue> | undefined;

/** Loads the WebAssembly, once. A load that failed is tried anew by the next call. */
export function load(): Promise<typeof Glue> {
  loaded ??= (async () => {
    const glue = await import("./wasm/intercom_edge.js");
    await glue.default({ module_or_path: await binary() });
    return glue;
  })();
  loaded.catch(() => {
    loaded = undefined;
  });
  return loaded;
}
