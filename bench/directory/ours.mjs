// The directory of the npm package: its WebAssembly as built in dist/wasm/, without the package around it.
import { weightsOf } from "../../dist/directory/text-order.js";
import { connect } from "../../dist/wasm/directory.js";
import { FIRST, tasks } from "./tasks.mjs";

const OPEN = { text: "", where: null, sort: [], limit: null };

/** `program` is the WebAssembly, as bytes. */
export async function contestant({ program, source, companies, tags }) {
  const { imports, start } = connect({ fetch });
  const { instance } = await WebAssembly.instantiate(program, imports);
  const memory = () => instance.exports.memory.buffer.byteLength;
  const options = { fields: null, search: [], budget: 2 ** 31 };
  const directory = start(instance.exports).open_directory(JSON.stringify(options));

  directory.names("companies", JSON.stringify(companies));
  directory.names("tags", JSON.stringify(tags));
  let [decoding, bytes] = [0, 0];
  for await (const chunk of source()) {
    const began = performance.now();
    directory.feed(chunk);
    decoding += performance.now() - began;
    bytes += chunk.length;
  }
  const loaded = memory();

  const answer = (request, isMiddle) => {
    const { result, total, typo } = JSON.parse(directory.open(JSON.stringify({ ...OPEN, ...request })));
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
      if (characters) directory.set_ranks(field, weightsOf(characters, ["en"]));
    },
    search: (query) => answer({ text: query }),
    tasks: tasks.map(({ request, count, isMiddle }) => {
      if (!count) return () => answer(request, isMiddle);
      const text = JSON.stringify({ ...count, limit: null });
      return () => ({ counts: JSON.parse(directory.counts(0, text)) });
    }),
  };
}
