// The directory's answer to a text, in JavaScript. All contestants that can give the same answer rank with this.
//
// A person is one folded text here: the searched values, each between line breaks. People are in the order of their
// ids, newest first, so that equal ranks need no sorting.

/** The searched values of a person, as one text. */
export function searchedText({ name, email, phone, external_id: externalId, companies }, companyNames, fold) {
  const values = [name, email, phone, externalId, ...companies.data.map(({ id }) => companyNames.get(id))];
  return `\n${values.flatMap((value) => (value ? [fold(value)] : [])).join("\n")}\n`;
}

/** The words of a folded query. */
export const wordsOf = (folded) => folded.split(" ").filter(Boolean);

/** The matching people, best first: a value equals the query, each word begins a word, any other. */
export function ranked(matching, texts, folded, words) {
  const ranks = [[], [], []];
  const whole = `\n${folded}\n`;
  for (const index of matching) {
    const text = texts[index];
    const rank = text.includes(whole) ? 0 : words.every((word) => beginsWord(text, word)) ? 1 : 2;
    ranks[rank].push(index);
  }
  return ranks.flat();
}

function beginsWord(text, word) {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (isBoundary(text.charCodeAt(at - 1))) return true;
  }
  return false;
}

/** ASCII, and neither a letter nor a digit. */
const isBoundary = (code) => code < 0x30 || (code > 0x39 && code < 0x61) || (code > 0x7a && code < 0x80);
