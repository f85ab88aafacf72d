// Node's fetch reads no files.
// @ts-ignore: the package's types ask for no @types/node
import { readFile } from "node:fs/promises";

/** Where Node finds the WebAssembly. */
export const binary = async (): Promise<URL | Uint8Array<ArrayBuffer>> =>
  readFile(new URL("./wasm/intercom_edge_bg.wasm", import.meta.url));
