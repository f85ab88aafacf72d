import type { Parts } from "./wasm.js";

const texts: { [Name in keyof Parts]: () => Promise<{ default: string }> } = {
  browser: () => import("./wasm/browser.inline.js"),
  checks: () => import("./wasm/checks.inline.js"),
};

/** The bytes of a part: a module of JavaScript holds them, which every bundler and runtime finds. */
export async function inlined(name: keyof Parts): Promise<ArrayBuffer> {
  const { default: text } = await texts[name]();
  const deflated = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  // No Blob: jsdom's, which many tests of pages run on, has no stream.
  const bytes = new Response(deflated).body!.pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(bytes).arrayBuffer();
}
