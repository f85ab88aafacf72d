// uFuzzy filters, and the directory's ranking in JavaScript orders what it finds: its own order is for at most 1,000.
import uFuzzy from "@leeoniya/ufuzzy";
import { fold } from "./fold.mjs";
import { ranked, wordsOf } from "./ranking.mjs";
import { FIRST } from "./tasks.mjs";

/** Takes letters of all scripts without the slower flag `u` of regular expressions. */
const LETTERS = "a-z\\u0080-\\uFFFF";

export function contestant({ people, texts }) {
  const fuzzy = new uFuzzy({ alpha: LETTERS });
  return {
    search(query) {
      const folded = fold(query);
      const words = wordsOf(folded);
      let found = null;
      for (const word of words) found = fuzzy.filter(texts, word, found) ?? [];
      const best = ranked(found, texts, folded, words);
      return { total: best.length, rows: best.slice(0, FIRST).map((index) => people[index]) };
    },
  };
}
