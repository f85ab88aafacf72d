// The directory's folding of text, written in JavaScript: what `src/directory/fold.rs` does, for the contestants.

/** The scripts whose combining marks are accents. Those of Indian scripts are vowels. */
const ACCENTED = ["Inherited", "Latin", "Greek", "Cyrillic", "Arabic", "Hebrew"]
  .map((script) => `\\p{Script=${script}}`)
  .join("");
/** Accents. Japanese voiced marks are not among them: they make another letter. */
const ACCENTS = new RegExp(`[[[\\p{Mn}\\p{Me}]&&[${ACCENTED}]]--[\\u3099\\u309A]]`, "gv");

const LETTERS = { ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe", ı: "i" };
const ANY_LETTER = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "gu");

/** Everything that becomes one space: white space, control characters and middle dots. */
const SPACES = /[\p{White_Space}\p{Cc}\u00B7\u30FB\uFF65]+/gu;

const KATAKANA = /[\u30A1-\u30F6\u30FD\u30FE]/g;
const hiragana = (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60);

/** Characters that are not visible, such as soft hyphens. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}+/gu;

/** Folds a text as the directory does, so that every script is compared in the same way. */
export function fold(text) {
  const ascii = /^[\x21-\x7E]*$/.test(text);
  if (ascii) return text.toLowerCase();
  return (
    text
      .normalize("NFKD")
      .replace(ACCENTS, "")
      .replace(INVISIBLE, "")
      .normalize("NFC")
      // Upper case first: it makes SS of ß, and one letter of σ and ς.
      .toUpperCase()
      .toLowerCase()
      .replace(ANY_LETTER, (letter) => LETTERS[letter])
      .replace(KATAKANA, hiragana)
      .replace(SPACES, " ")
      .trim()
  );
}

/** Folds a text as is usual. Japanese voiced letters become unvoiced, and Hangul is cut into letters. */
export function foldSimply(text) {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toUpperCase()
    .toLowerCase()
    .replace(ANY_LETTER, (letter) => LETTERS[letter])
    .replace(SPACES, " ")
    .trim();
}
