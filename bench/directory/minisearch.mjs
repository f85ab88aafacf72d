// MiniSearch: an index of words, with prefixes. It doesn't find a query inside a word, and has its own order.
import MiniSearch from "minisearch";
import { fold } from "./fold.mjs";
import { wordsOf } from "./ranking.mjs";
import { FIRST } from "./tasks.mjs";

export function contestant({ people, texts }) {
  const index = new MiniSearch({ fields: ["text"], processTerm: (term) => term });
  index.addAll(texts.map((text, id) => ({ id, text })));
  return {
    search(query) {
      const found = index.search(wordsOf(fold(query)).join(" "), { prefix: true, combineWith: "AND" });
      return { total: found.length, rows: found.slice(0, FIRST).map(({ id }) => people[id]) };
    },
  };
}
