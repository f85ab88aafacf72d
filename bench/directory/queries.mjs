// Queries that people type, made from the generated people. The queries of one seed are for choosing between
// versions of the directory, those of the other for reporting.
import { fold } from "./fold.mjs";
import { companies, person } from "./people.mjs";
import { random } from "./random.mjs";

/** Seeds: figures to report never come from the queries that something was tuned with. */
export const SEEDS = { tuning: "A", reporting: "B" };

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const CONSONANTS = "bcdfghjklmnpqrstvwxz";

/**
 * Makes `each` queries of every class for a directory of `count` people: `[{ class, text }]`. A query comes from a
 * name (60 %), an e-mail address (20 %), a company (10 %), or a phone number or external id (10 %).
 */
export function queries(count, seed, each) {
  const all = companies(count);
  const dice = random(`queries ${seed}`, count);
  const anyone = () => person(dice.below(count), all);
  return Object.entries(CLASSES).flatMap(([name, make]) =>
    Array.from({ length: each }, () => ({ class: name, text: make(dice, () => searchedValue(dice, anyone(), all)) })),
  );
}

const CLASSES = {
  "1 letter": (dice, value) => part(dice, value, 1),
  "3 letters": (dice, value) => (dice.is(0.1) ? dice.text(LETTERS, 3) : part(dice, value, 3)),
  "6 letters": (dice, value) => (dice.is(0.1) ? dice.text(LETTERS, 6) : part(dice, value, 6)),
  "2 words": twoWords,
  "2 not Latin": (dice, value) => part(dice, value, 2, /^[^\p{Script=Latin}\p{N}\p{P}\p{S}]+$/u),
  misspelt: (dice, value) => misspelt(dice, part(dice, value, 6, /^[a-z]+$/i)),
  absent: (dice) => dice.text(CONSONANTS, 7),
};

/** A searched value of a person, of those that have one. */
function searchedValue(dice, { name, email, phone, external_id: externalId, companies: theirs }, all) {
  const company = all.find(({ id }) => id === theirs.data[0]?.id)?.name;
  const chance = dice.next();
  const chosen = chance < 0.6 ? name : chance < 0.8 ? email : chance < 0.9 ? company : dice.of([phone, externalId]);
  return chosen ?? name ?? externalId;
}

/** `length` characters of a value: the beginning of a word (80 %) or from inside one. */
function part(dice, value, length, pattern = /^[^ ]+$/u) {
  for (;;) {
    const word = [...dice.of(value().split(/[\s@.・]+/u))];
    const at = dice.is(0.8) ? 0 : dice.below(Math.max(1, word.length - length + 1));
    const text = word.slice(at, at + length).join("");
    if ([...text].length === length && fold(text) && pattern.test(text)) return text;
  }
}

/** Replaces, leaves out, adds or swaps a letter. */
function misspelt(dice, word) {
  const at = 1 + dice.below(word.length - 2);
  const [before, letter, next, after] = [word.slice(0, at), word[at], word[at + 1], word.slice(at + 2)];
  const other = dice.of(LETTERS);
  return dice.of([
    `${before}${other}${next}${after}`,
    `${before}${next}${after}`,
    `${before}${letter}${other}${next}${after}`,
    `${before}${next}${letter}${after}`,
  ]);
}

/** The beginnings of two words of one value (80 %), or of different people. */
function twoWords(dice, value) {
  const starts = (text) => text.split(/[\s@.]+/u).map((word) => [...word].slice(0, 2 + dice.below(5)).join(""));
  for (;;) {
    const first = starts(value());
    const second = dice.is(0.8) ? first : starts(value());
    const text = `${first[0]} ${second.at(-1)}`;
    if (first[0] && second.at(-1) && second.at(-1) !== first[0] && !text.endsWith(" ")) return text;
  }
}
