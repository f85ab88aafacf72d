interface Zlib {
  inflateRawSync(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
}
const { process } = globalThis as { process?: { getBuiltinModule?(name: string): Zlib } };

/** The bytes of a program that a module of JavaScript holds, deflated and in Base64. */
export async function inflate(text: string): Promise<BufferSource> {
  const deflated = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  // Node has this at once; its streams of the web's kind take a while to load.
  const zlib = process?.getBuiltinModule?.("node:zlib");
  if (zlib) return zlib.inflateRawSync(deflated);
  const bytes = new Response(deflated).body!.pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(bytes).arrayBuffer();
}
