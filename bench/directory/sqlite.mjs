// SQLite as WebAssembly, with the trigrams of FTS5. It ranks as the directory does, by one statement. A word of fewer
// than three characters has no trigram: every text is read.
import sqlite3InitModule from "@sqlite.org/sqlite-wasm";
import { fold } from "./fold.mjs";
import { wordsOf } from "./ranking.mjs";
import { FIRST } from "./tasks.mjs";

const TRIGRAM = 3;
/** Before the beginning of a word, as a class of GLOB. */
const BOUNDARY = "[\n -/:-@[-`{-~]";

export async function contestant({ people, texts }) {
  const sqlite = await sqlite3InitModule();
  const database = new sqlite.oo1.DB(":memory:");
  database.exec(`CREATE VIRTUAL TABLE people USING fts5(text, tokenize='trigram case_sensitive 1')`);
  const insert = database.prepare("INSERT INTO people(rowid, text) VALUES (?, ?)");
  database.transaction(() => {
    for (const [index, text] of texts.entries()) insert.bind([index, text]).stepReset();
  });
  insert.finalize();
  const prepared = new Map();

  return {
    memory: () => sqlite.wasm.memory.buffer.byteLength,
    search(query) {
      const folded = fold(query);
      const words = wordsOf(folded);
      const isLong = (word) => [...word].length >= TRIGRAM;
      const [long, short] = [words.filter(isLong), words.filter((word) => !isLong(word))];
      const shape = `${Math.sign(long.length)} ${short.length} ${words.length}`;
      if (!prepared.has(shape)) prepared.set(shape, database.prepare(statement(long, short, words)));
      const select = prepared.get(shape);
      select.bind([
        ...(long.length > 0 ? [long.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ")] : []),
        ...short,
        `\n${folded}\n`,
        ...words.map((word) => `*${BOUNDARY}${word.replace(/[*?[]/g, "[$&]")}*`),
      ]);
      const rows = [];
      let total = 0;
      while (select.step()) {
        rows.push(people[select.getInt(0)]);
        total = select.getInt(1);
      }
      select.reset();
      return { total, rows };
    },
  };
}

function statement(long, short, words) {
  const conditions = [...(long.length > 0 ? ["people MATCH ?"] : []), ...short.map(() => "instr(text, ?)")];
  const beginWords = words.map(() => "text GLOB ?").join(" AND ");
  return `SELECT rowid, count(*) OVER () FROM people WHERE ${conditions.join(" AND ")}
    ORDER BY CASE WHEN instr(text, ?) THEN 0 WHEN ${beginWords} THEN 1 ELSE 2 END, rowid LIMIT ${FIRST}`;
}
