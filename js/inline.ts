import type { Parts } from "./wasm.js";

const texts: { [Name in keyof Parts]: () => Promise<{ default: string }> } = {
  browser: () => import("./wasm/browser.inline.js"),
  checks: () => import("./wasm/checks.inline.js"),
};

interface Zlib {
  inflateRawSync(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
}
const { process } = globalThis as { process?: { getBuiltinModule?(name: string): Zlib } };

/** The bytes of a part: a module of JavaScript holds them, which every bundler and runtime finds. */
export async function inlined(name: keyof Parts): Promise<BufferSource> {
  const { default: text } = await texts[name]();
  const deflated = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  // Node has this at once; its streams of the web's kind take a while to load.
  const zlib = process?.getBuiltinModule?.("node:zlib");
  if (zlib) return zlib.inflateRawSync(deflated);
  const bytes = new Response(deflated).body!.pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(bytes).arrayBuffer();
}
