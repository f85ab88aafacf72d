// Adds tables to an array in a TOML text, and keeps everything else byte for byte: comments, order and line ends. It
// expects valid TOML and knows nothing of wrangler.
import { isDeepStrictEqual } from "node:util";

const SPACE = /(?:\s|#[^\n]*)+/y;
const STRING = /"""(?:\\[\s\S]|[^\\])*?"""(?:"{0,2})|'''[\s\S]*?'''(?:'{0,2})|"(?:\\.|[^"\\\n])*"|'[^'\n]*'/y;
const KEY = /"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[\w-]+/y;
/** A number, a boolean, a key of an inline table, or a date, which may contain one space. */
const BARE = /[^,=\]}#\s]+(?: \d\d:[\d:.Z+-]+)?/y;

/**
 * Returns `text` with `tables` at the end of the array at `path`, such as `["durable_objects", "bindings"]`. The array
 * may be written as `[ … ]` or as `[[path]]` blocks, or may be missing. The values of a table are strings or lists of
 * strings. Parse the result: an array inside an inline table, for example, gives invalid TOML.
 */
export function withAdded(text, path, tables) {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const statements = statementsOf(text);
  const at = (kind, wanted) =>
    statements.findLastIndex((each) => each.kind === kind && isDeepStrictEqual(each.path, wanted));

  const array = statements[at("pair", path)]?.array;
  if (array) return withElements(text, array, tables, eol);

  const block = at("element", path);
  if (block >= 0) {
    const { end } = lastOfBlock(statements, block);
    return insertedAfterLine(text, end, eol + blocks(path, tables, eol), eol);
  }
  const [parent, key] = [path.slice(0, -1), path.at(-1)];
  const list = `${key} = [${eol}${tables.map((table) => `  ${inline(table)},${eol}`).join("")}]${eol}`;
  const header = at("table", parent);
  if (header >= 0) return insertedAfterLine(text, statements[header].end, list, eol);

  const added = parent.length > 0 ? `[${dotted(parent)}]${eol}${list}` : blocks(path, tables, eol);
  return text === "" ? added : insertedAfterLine(text, text.length, eol + added, eol);
}

/** Adds elements before the closing bracket: each on its own line if the bracket is on its own line. */
function withElements(text, { close, last, comma }, tables, eol) {
  const own = /\n[ \t]*$/.test(text.slice(0, close));
  if (!own) {
    const before = last ? text.slice(0, last.end) + (comma ? "" : ",") : text.slice(0, close).trimEnd();
    // A comma that is already there stays where it is.
    const kept = comma ? text.slice(last.end, close).trimEnd() : "";
    return `${before}${kept} ${tables.map(inline).join(", ")} ${text.slice(close)}`;
  }
  const head = last && !comma ? `${text.slice(0, last.end)},${text.slice(last.end, close)}` : text.slice(0, close);
  const indent = last ? /[ \t]*$/.exec(text.slice(0, last.start))[0] || "  " : "  ";
  const line = head.lastIndexOf("\n") + 1;
  const lines = tables.map((table) => `${indent}${inline(table)},${eol}`).join("");
  return head.slice(0, line) + lines + head.slice(line) + text.slice(close);
}

/** The last statement of a `[[path]]` block, including the tables inside it. */
function lastOfBlock(statements, at) {
  const { path } = statements[at];
  const within = (other) => other.kind === "pair" || (other.path.length > path.length && startsWith(other.path, path));
  const next = statements.findIndex((other, index) => index > at && !within(other));
  return statements[(next < 0 ? statements.length : next) - 1];
}

const startsWith = (path, start) => isDeepStrictEqual(path.slice(0, start.length), start);

/** Inserts lines after the line of a position. */
function insertedAfterLine(text, position, lines, eol) {
  const end = text.indexOf("\n", position);
  if (end < 0) return text.endsWith("\n") ? text + lines : text + eol + lines;
  return text.slice(0, end + 1) + lines + text.slice(end + 1);
}

const value = (given) => (Array.isArray(given) ? `[${given.map(value).join(", ")}]` : JSON.stringify(given));

const pairs = (table) => Object.entries(table).map(([key, given]) => `${key} = ${value(given)}`);

const inline = (table) => `{ ${pairs(table).join(", ")} }`;

const blocks = (path, tables, eol) =>
  tables.map((table) => [`[[${dotted(path)}]]`, ...pairs(table), ""].join(eol)).join(eol);

const dotted = (path) => path.map((key) => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key))).join(".");

/**
 * Lists the headers (`table`, or `element` for `[[…]]`) and the key-value pairs (`pair`), with their full path and
 * their end. A pair whose value is an array has its `array`.
 */
function statementsOf(text) {
  const scanner = new Scanner(text);
  const statements = [];
  let table = [];
  for (scanner.take(SPACE); scanner.at < text.length; scanner.take(SPACE)) {
    const header = scanner.take(/\[\[?/y);
    const path = scanner.path();
    if (header) {
      scanner.expect(/\s*\]\]?/y);
      table = path;
      statements.push({ kind: header === "[[" ? "element" : "table", path, end: scanner.at });
    } else {
      scanner.expect(/\s*=\s*/y);
      const array = scanner.value();
      statements.push({ kind: "pair", path: [...table, ...path], end: scanner.at, array });
    }
  }
  return statements;
}

/** Reads TOML from left to right. */
class Scanner {
  at = 0;

  constructor(text) {
    this.text = text;
  }

  /** Reads what matches a sticky pattern here; returns undefined if nothing does. */
  take(pattern) {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match?.[0];
  }

  expect(pattern) {
    const taken = this.take(pattern);
    if (taken === undefined)
      throw new Error(`Unexpected TOML at ${this.at}: ${this.text.slice(this.at, this.at + 20)}`);
    return taken;
  }

  path() {
    const keys = [];
    do {
      this.take(/\s*/y);
      const key = this.expect(KEY);
      keys.push(key.startsWith('"') ? JSON.parse(key) : key.replace(/^'(.*)'$/, "$1"));
    } while (this.take(/\s*\./y));
    return keys;
  }

  /** Reads a value. Returns the positions in it if it is an array. */
  value() {
    if (this.take(STRING) !== undefined) return undefined;
    const bracket = this.take(/[[{]/y);
    if (!bracket) return void this.expect(BARE);
    const list = this.elements();
    return bracket === "[" ? list : undefined;
  }

  /** Reads up to the closing bracket. `comma` is true if a comma follows the `last` element. */
  elements() {
    let last;
    let comma = false;
    for (;;) {
      this.take(SPACE);
      const start = this.at;
      if (this.take(/[\]}]/y)) return { close: start, last, comma };
      if (this.take(/,/y)) comma = true;
      else if (!this.take(/=/y)) {
        this.value();
        last = { start, end: this.at };
        comma = false;
      }
    }
  }
}
