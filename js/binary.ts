/** Where pages and bundlers find the WebAssembly. */
export const binary = async (): Promise<URL | Uint8Array<ArrayBuffer>> =>
  new URL("./wasm/intercom_edge_bg.wasm", import.meta.url);
