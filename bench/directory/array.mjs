// An array of objects with `filter` and `includes`, over texts that are folded once: what a page can do without a
// library.
import { fold, foldSimply } from "./fold.mjs";
import { FIRST, tasks } from "./tasks.mjs";
import { nearly, vocabulary } from "./typos.mjs";
import { ranked, searchedText, wordsOf } from "./ranking.mjs";

/** Folds texts and tolerates typos as the directory does. */
export const folded = ({ people, companyNames }) => contestant(people, companyNames, { fold, tolerant: true });

/** Searches with a fold of one line, which gives the same answer for queries in ASCII. No tolerance of typos. */
export const simple = ({ people, companyNames }) => ({
  search: contestant(people, companyNames, { fold: foldSimply }).search,
});

function contestant(people, companyNames, { fold, tolerant = false }) {
  const texts = people.map((person) => flat(searchedText(person, companyNames, fold)));
  const known = tolerant && vocabulary(texts);
  const collator = new Intl.Collator("en");
  return {
    texts,
    search(query) {
      const whole = fold(query);
      const words = wordsOf(whole);
      const isMatch = (text) => words.every((word) => text.includes(word));
      let found = ranked(indexes(texts, isMatch), texts, whole, words);
      const typo = tolerant && found.length === 0;
      if (typo) found = nearly(texts, known, words);
      return { total: found.length, rows: found.slice(0, FIRST).map((index) => people[index]), typo };
    },
    tasks: tasks.map(({ matches, order = [], by, isMiddle }) => {
      const compare = comparison(order, collator);
      return () => {
        const found = matches ? people.filter(matches) : people;
        if (by) return { counts: counted(found, by) };
        const from = isMiddle ? Math.floor(found.length / 2) : 0;
        return { total: found.length, rows: found.toSorted(compare).slice(from, from + FIRST) };
      };
    }),
  };
}

function indexes(texts, isMatch) {
  const found = [];
  for (let index = 0; index < texts.length; index += 1) if (isMatch(texts[index])) found.push(index);
  return found;
}

/** Makes one piece of a text that the engine holds as several, as the first search would. */
function flat(text) {
  text.includes("\0");
  return text;
}

/** Compares by several columns; a missing value is last in both directions. */
function comparison(order, collator) {
  return (one, other) => {
    for (const { of, descending } of order) {
      const [left, right] = [of(one), of(other)];
      if (left === right) continue;
      if (left === null || right === null) return left === null ? 1 : -1;
      const difference = typeof left === "string" ? collator.compare(left, right) : left - right;
      if (difference !== 0) return descending ? -difference : difference;
    }
    // People are in the order of their ids, and sorting is stable.
    return 0;
  };
}

/** The values and how many people have each, as the directory counts. */
function counted(people, { of, isDay }) {
  const counts = new Map();
  for (const person of people) {
    const value = of(person);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value: isDay ? new Date(value * 864e5).toISOString().slice(0, 10) : value, count }))
    .sort((one, other) => (isDay ? 0 : other.count - one.count) || (one.value < other.value ? -1 : 1));
}
