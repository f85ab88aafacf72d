// What a Worker's Durable Objects have written down: SQLite files of workerd's, in the folder that is
// its `state`.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const databases = (state) => readdirSync(state, { recursive: true }).filter((file) => file.endsWith(".sqlite")).map((file) => join(state, file));

function reading(file, work, options = {}) {
  // A process that was killed may hold it for a moment more.
  const database = new DatabaseSync(file, { timeout: 5_000, ...options });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** Every value in every table, as texts. */
export const everything = (state) => databases(state).flatMap((file) => reading(file, (database) => {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return tables.flatMap(({ name }) => {
    const rows = database.prepare(`SELECT * FROM "${name}"`);
    // workerd's times are too large for numbers.
    rows.setReadBigInts(true);
    return rows.all().flatMap(Object.values);
  });
}, { readOnly: true })).map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : String(value)));

/** As though so many milliseconds had passed since everything was written down; for a Worker that's stopped. */
export function grown(state, milliseconds) {
  for (const file of databases(state)) {
    reading(file, (database) => {
      const has = (table) => database.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(table);
      const less = `- ${Math.round(milliseconds)}`;
      if (has("message")) database.exec(`UPDATE message SET created = created ${less}, finished = finished ${less}`);
      // When the alarm goes off is written down twice by workerd, in nanoseconds.
      if (has("_cf_ALARM")) database.exec(`UPDATE _cf_ALARM SET scheduled_time = scheduled_time ${less} * 1000000`);
      if (has("_cf_METADATA")) database.exec(`UPDATE _cf_METADATA SET value = value ${less} * 1000000 WHERE key = 1 AND typeof(value) = 'integer'`);
    });
  }
}
