// FlexSearch: an index of the beginnings of words (`forward`). It doesn't find a query inside a word, and has its
// own order. An index of all parts of words (`full`) has 21 KB of heap per person.
import { Index } from "flexsearch";
import { fold } from "./fold.mjs";
import { FIRST } from "./tasks.mjs";

export function contestant({ people, texts }) {
  const encode = (text) => text.split(/[^\p{L}\p{N}\p{M}]+/u).filter(Boolean);
  const index = new Index({ tokenize: "forward", encode });
  for (const [id, text] of texts.entries()) index.add(id, text);
  return {
    search(query) {
      const found = index.search(fold(query), { limit: people.length });
      return { total: found.length, rows: found.slice(0, FIRST).map((id) => people[id]) };
    },
  };
}
