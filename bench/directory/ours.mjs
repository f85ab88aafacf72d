// The directory of the npm package: its WebAssembly as built in dist/wasm/, without the package around it.
import { connect } from "../../dist/wasm/directory.js";
import { FIRST, tasks } from "./tasks.mjs";

/** `program` is the WebAssembly, as bytes. */
export async function contestant({ program, source, companies, tags }) {
  const { imports, start } = connect({ fetch });
  const { instance } = await WebAssembly.instantiate(program, imports);
  const { Directory } = start(instance.exports);
  const memory = () => instance.exports.memory.buffer.byteLength;
  const directory = new Directory(JSON.stringify({ fields: null, search: [], budget: 2 ** 31 }));

  directory.names("companies", JSON.stringify(companies));
  directory.names("tags", JSON.stringify(tags));
  let [decoding, bytes] = [0, 0];
  for await (const chunk of source()) {
    const began = performance.now();
    directory.feed(chunk);
    decoding += performance.now() - began;
    bytes += chunk.length;
  }
  directory.flush();
  const loaded = memory();

  const answer = (request, isMiddle) => {
    const { result, total, typo } = JSON.parse(directory.open(JSON.stringify({ text: "", ...request })));
    const from = isMiddle ? Math.floor(total / 2) : 0;
    const { rows } = JSON.parse(directory.slice(result, from, from + FIRST));
    directory.close(result);
    return { total, rows, typo };
  };
  return {
    memory,
    facts: { loaded, decoding, bytes, stats: JSON.parse(directory.stats()) },
    ranks: (field) => {
      const characters = directory.ranks_needed(field);
      if (characters) directory.set_ranks(field, weights(characters));
    },
    search: (query) => answer({ text: query }),
    tasks: tasks.map(({ request, count, isMiddle }) => {
      if (!count) return () => answer(request, isMiddle);
      const text = JSON.stringify(count);
      return () => ({ counts: JSON.parse(directory.counts(0, text)) });
    }),
  };
}

/** The place of each character among all of them, in the order of a language. Equal characters have one place. */
function weights(characters) {
  const { compare } = new Intl.Collator("en");
  const places = new Map();
  let place = 0;
  let previous;
  for (const character of [...characters].sort(compare)) {
    if (previous === undefined || compare(character, previous) !== 0) place += 1;
    places.set(character, place);
    previous = character;
  }
  return Uint32Array.from(characters, (character) => places.get(character));
}
