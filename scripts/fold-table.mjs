// Writes src/directory/fold/table.bin from the Unicode data of this Node. src/directory/fold/table.rs reads it and
// describes its format. Run it when Unicode has a new version, or when a rule changes: node scripts/fold-table.mjs
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "./paths.mjs";

/** Letters that Unicode does not decompose, but that people leave out or write differently. */
const LETTERS = { ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe", ı: "i" };
/** The marks that make が of か and ぱ of は. They are kept. */
const VOICED = /^[\u3099\u309A]$/u;
const SPACE = /^[\p{White_Space}\p{Cc}\u00B7\u30FB\uFF65]$/u;
const INVISIBLE = /^\p{Default_Ignorable_Code_Point}$/u;
/** Accents, vowel points, and marks that several scripts use. The vowel signs of other scripts are kept. */
const ACCENT = /^(?=[\p{Mn}\p{Me}])[\p{sc=Zinh}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Arab}\p{sc=Hebr}]$/u;

// The kinds of entries, as in table.rs.
const [RISING, SAME, ALTERNATE, DROP, BLANK, SEQUENCE, MARK] = [0, 1, 2, 3, 4, 5, 6];

const isSurrogate = (code) => code >= 0xd800 && code <= 0xdfff;
const isHangulSyllable = (code) => code >= 0xac00 && code <= 0xd7a3;
/** Every code point above ASCII. Rust code folds ASCII and composes Hangul. */
const CODES = Array.from({ length: 0x110000 - 0x80 }, (_, index) => index + 0x80).filter(
  (code) => !isSurrogate(code) && !isHangulSyllable(code),
);

/** Folds one character by one rule. */
function step(character) {
  if (SPACE.test(character)) return " ";
  if (INVISIBLE.test(character) || (ACCENT.test(character) && !VOICED.test(character))) return "";
  const code = character.codePointAt(0);
  if (isHangulSyllable(code)) return character;
  const decomposed = character.normalize("NFKD");
  if (decomposed !== character) return decomposed;
  if (Object.hasOwn(LETTERS, character)) return LETTERS[character];
  const isKatakana = (code >= 0x30a1 && code <= 0x30f6) || code === 0x30fd || code === 0x30fe;
  if (isKatakana) return String.fromCodePoint(code - 0x60);
  // Upper case first: it makes SS of ß, and one letter of σ and ς.
  return character.toUpperCase().toLowerCase();
}

/** Folds every character by all rules. The result is decomposed. */
function fold(text) {
  const next = Array.from(text, step).join("");
  return next === text ? text : fold(next);
}

/**
 * The marks that are kept, in classes of Unicode's canonical order. Node does not have the classes, but its normalizer
 * moves a mark before one of a later class.
 */
function markClasses() {
  const precedes = (a, b) => (b + a).normalize("NFD") === a + b;
  const classes = [];
  for (const code of CODES) {
    const mark = String.fromCodePoint(code);
    // U+0345 has the last class.
    if (!precedes(mark, "\u0345") || fold(mark) !== mark) continue;
    const place = classes.findIndex(([first]) => !precedes(first, mark));
    if (place < 0) classes.push([mark]);
    else if (precedes(mark, classes[place][0])) classes.splice(place, 0, [mark]);
    else classes[place].push(mark);
  }
  return classes;
}

/** The composed characters that folding keeps: [first, second, composed], as code points. */
function compositions() {
  const found = [];
  for (const code of CODES) {
    const composed = String.fromCodePoint(code);
    const folded = fold(composed);
    if (folded === composed || folded.normalize("NFC") !== composed) continue;
    const parts = [...composed.normalize("NFD")];
    const second = parts.pop();
    found.push([parts.join("").normalize("NFC"), second, composed].map((part) => part.codePointAt(0)));
  }
  return found.sort(([a, b], [c, d]) => a - c || b - d);
}

/** What folding makes of each code point that it changes, and the class of each mark. */
function foldings(kept) {
  const classes = new Map(markClasses().flatMap((marks, index) => marks.map((mark) => [mark, index + 1])));
  const found = new Map();
  for (const code of CODES) {
    const character = String.fromCodePoint(code);
    const folded = fold(character);
    const codes = Array.from(folded, (part) => part.codePointAt(0));
    if (kept.has(code)) continue;
    if (classes.has(character)) found.set(code, { kind: MARK, value: classes.get(character) });
    else if (folded === " ") found.set(code, { kind: BLANK });
    else if (folded === "") found.set(code, { kind: DROP });
    else if (codes.length > 1) found.set(code, { kind: SEQUENCE, codes });
    else if (folded !== character) found.set(code, { kind: RISING, value: codes[0] });
  }
  return found;
}

/** Joins neighbours into runs, each with the first code point, the length and the distance of its code points. */
function runs(found) {
  const all = [];
  const length = (code, { kind, value = 0 }, distance, rise) => {
    const continues = (count) => {
      const next = found.get(code + count * distance);
      return next?.kind === kind && kind !== SEQUENCE && (next.value ?? 0) === value + count * rise;
    };
    let count = 1;
    while (continues(count)) count += 1;
    return count;
  };
  // Deleting what is in a run is safe: a map's iteration leaves out what was deleted.
  for (const [code, folding] of found) {
    const shapes = [{ ...folding, distance: 1, length: length(code, folding, 1, 0) }];
    if (folding.kind === RISING) {
      const [same] = shapes;
      same.kind = SAME;
      shapes.unshift({ ...folding, distance: 1, length: length(code, folding, 1, 1) });
      shapes.push({ ...folding, kind: ALTERNATE, distance: 2, length: length(code, folding, 2, 2) });
    }
    const run = shapes.reduce((best, shape) => (shape.length > best.length ? shape : best));
    for (let index = 0; index < run.length; index += 1) found.delete(code + index * run.distance);
    all.push({ code, ...run });
  }
  return all;
}

/** Writes integers of any sign in bytes of 7 bits, small ones in one byte. */
function writer() {
  const bytes = [];
  const unsigned = (value) => {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
    bytes.push(rest);
  };
  return { bytes, unsigned, signed: (value) => unsigned(value < 0 ? -2 * value - 1 : 2 * value) };
}

function encode() {
  const composed = compositions();
  const [gaps, shapes, targets, sequences, pairs] = Array.from({ length: 5 }, writer);
  const listed = [];
  let [next, target, part, last] = [0x80, 0, 0, 0];
  for (const { code, kind, value, codes, distance, length } of runs(
    foldings(new Set(composed.map(([, , code]) => code))),
  )) {
    gaps.signed(code - next);
    next = code + length * distance;
    shapes.unsigned((kind === SEQUENCE ? codes.length : length) * 8 + kind);
    if (kind === MARK) shapes.unsigned(value);
    if (kind <= ALTERNATE) {
      targets.signed(value - target);
      target = value;
    }
    if (kind === SEQUENCE) listed.push(codes);
  }
  for (let column = 0; listed.some((codes) => column < codes.length); column += 1) {
    for (const codes of listed.filter((codes) => column < codes.length)) {
      sequences.signed(codes[column] - part);
      part = codes[column];
    }
  }
  for (const triple of composed) {
    for (const each of triple) {
      pairs.signed(each - last);
      last = each;
    }
  }
  const head = writer();
  const sections = [gaps, shapes, targets, sequences, pairs];
  for (const { bytes } of sections) head.unsigned(bytes.length);
  return Buffer.from([head, ...sections].flatMap(({ bytes }) => bytes));
}

const table = encode();
writeFileSync(join(root, "src/directory/fold/table.bin"), table);
console.log(`src/directory/fold/table.bin: ${table.length} bytes, ${gzipSync(table, { level: 9 }).length} gzipped`);
