// The directory's tolerance of typos, in JavaScript: for texts that match no one.

/** A word of a folded text. */
const WORD = /[a-z0-9\u0080-\uFFFF]+/g;
const TOLERANT_FROM = 4;
const TWO_TYPOS_FROM = 8;

/** The distinct words of all texts, each with the indexes of its texts. */
export function vocabulary(texts) {
  const known = new Map();
  for (const [index, text] of texts.entries()) {
    for (const word of text.match(WORD) ?? []) {
      const indexes = known.get(word);
      if (!indexes) known.set(word, [index]);
      else if (indexes.at(-1) !== index) indexes.push(index);
    }
  }
  return known;
}

/** The indexes of the texts that have each word, or one that is nearly written like it. */
export function nearly(texts, known, words) {
  const [first, ...others] = words.map((word) => matching(texts, known, word));
  return [...first].filter((index) => others.every((found) => found.has(index))).sort((one, other) => one - other);
}

function matching(texts, known, word) {
  const found = new Set();
  for (const [index, text] of texts.entries()) if (text.includes(word)) found.add(index);
  const wanted = [...word];
  if (wanted.length < TOLERANT_FROM) return found;
  const most = wanted.length < TWO_TYPOS_FROM ? 1 : 2;
  for (const [candidate, indexes] of known) {
    if (isNear(wanted, candidate, most)) for (const index of indexes) found.add(index);
  }
  return found;
}

/** Whether a word, or its beginning of the wanted length, has at most so many typos. */
function isNear(wanted, candidate, most) {
  const letters = [...candidate];
  if (letters.length < wanted.length - most) return false;
  return isWithin(wanted, letters.slice(0, wanted.length), most) || isWithin(wanted, letters, most);
}

/** Whether at most so many letters are missing, added, replaced or swapped (optimal string alignment). */
function isWithin(one, other, most) {
  if (Math.abs(one.length - other.length) > most) return false;
  let beforeLast = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = last[column - 1] + (one[row - 1] === other[column - 1] ? 0 : 1);
      next[column] = Math.min(replaced, last[column] + 1, next[column - 1] + 1);
      const isSwapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (isSwapped) next[column] = Math.min(next[column], beforeLast[column - 2] + 1);
    }
    // Of two rows that have more, a swap can't have less.
    if (Math.min(...last, ...next) > most) return false;
    [beforeLast, last] = [last, next];
  }
  return last[other.length] <= most;
}
