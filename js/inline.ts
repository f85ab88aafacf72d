// Unpacks the WebAssembly that is embedded in a JavaScript module.

interface Zlib {
  inflateRawSync(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
}
const { process } = globalThis as { process?: { getBuiltinModule?(name: string): Zlib } };

/** Decodes a deflated program in Base64. */
export async function inflate(text: string): Promise<BufferSource> {
  const deflated = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  // In Node, zlib starts faster than DecompressionStream.
  const zlib = process?.getBuiltinModule?.("node:zlib");
  if (zlib) return zlib.inflateRawSync(deflated);
  const bytes = new Response(deflated).body!.pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(bytes).arrayBuffer();
}
