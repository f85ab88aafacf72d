import browser from "./wasm/browser.wasm";
import checks from "./wasm/checks.wasm";

/** One of the package's two WebAssembly programs. */
export type Part = "browser" | "checks";

const modules: { [Name in Part]: WebAssembly.Module } = { browser, checks };

/** Cloudflare's runtime compiles what was deployed, and nothing else. */
export async function load(name: Part): Promise<WebAssembly.Module | BufferSource> {
  return modules[name];
}
