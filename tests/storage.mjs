// What a Worker's Durable Objects have written down: SQLite files of workerd's, in the folder that is
// its `state`.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const databases = (state) =>
  readdirSync(state, { recursive: true })
    .filter((file) => file.endsWith(".sqlite"))
    .map((file) => join(state, file));

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
export const everything = (state) =>
  databases(state)
    .flatMap((file) =>
      reading(
        file,
        (database) => {
          const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
          return tables.flatMap(({ name }) => {
            const rows = database.prepare(`SELECT * FROM "${name}"`);
            // workerd's times are too large for numbers.
            rows.setReadBigInts(true);
            return rows.all().flatMap(Object.values);
          });
        },
        { readOnly: true },
      ),
    )
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : String(value)));

const hasTable = (database, table) =>
  database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined;

/** Opens the file of the object that has a table. */
const inObject = (state, table, work, options) => {
  for (const file of databases(state)) {
    const found = reading(file, (database) => hasTable(database, table) && { result: work(database) }, options);
    if (found) return found.result;
  }
  throw new Error(`No object has stored a table ${table}`);
};

/** Opens the outbox's file: the one that has its messages. */
const inOutbox = (state, work, options) => inObject(state, "message", work, options);

/** Changes an object's tables, the outbox's unless another one's `table` is named; for a Worker that's stopped. */
export const editing = (state, work, table = "message") => inObject(state, table, work);

/** Inserts rows into a table: `inserting(database)("message", { id, … })`. */
export const inserting = (database) => (table, row) => {
  const columns = Object.keys(row);
  database.prepare(`INSERT INTO ${table} (${columns}) VALUES (${columns.map(() => "?")})`).run(...Object.values(row));
};

/** The rows of one of the tables of the object that has the table `beside`: the outbox, unless it is named. */
export const rowsOf = (state, table, beside = "message") =>
  inObject(state, beside, (database) => database.prepare(`SELECT * FROM ${table}`).all(), { readOnly: true }).map(
    (row) => ({ ...row }),
  );

/** The running totals of what callers have stored, without those that are 0, and what they have to be. */
export function storedUsage(state) {
  const sums = {};
  const add = (caller, messages, bytes) => {
    for (const name of ["", caller]) {
      sums[name] ??= { caller: name, messages: 0, bytes: 0 };
      sums[name].messages += messages;
      sums[name].bytes += bytes;
    }
  };
  const length = (value) => (value === null ? 0 : Buffer.from(value).length);
  const counted = ["recipient", "job", "body", "answer", "answer_body", "email", "name", "subject"];
  for (const row of rowsOf(state, "message"))
    add(row.caller, 1, 1024 + counted.map((column) => length(row[column])).reduce((a, b) => a + b));
  for (const { caller, variables, search } of rowsOf(state, "batch"))
    add(caller, 0, 1024 + length(variables) + length(search));
  const byName = (a, b) => (a.caller < b.caller ? -1 : 1);
  return {
    stored: rowsOf(state, "usage")
      .filter(({ caller, bytes }) => caller || bytes)
      .sort(byName),
    right: Object.values(sums).sort(byName),
  };
}

/** As though so many milliseconds had passed since everything was written down; for a Worker that's stopped. */
export function grown(state, milliseconds) {
  for (const file of databases(state)) {
    reading(file, (database) => {
      const has = (table) => hasTable(database, table);
      const less = `- ${Math.round(milliseconds)}`;
      if (has("message")) database.exec(`UPDATE message SET created = created ${less}, finished = finished ${less}`);
      // When the alarm goes off is written down twice by workerd, in nanoseconds.
      if (has("_cf_ALARM")) database.exec(`UPDATE _cf_ALARM SET scheduled_time = scheduled_time ${less} * 1000000`);
      if (has("_cf_METADATA"))
        database.exec(
          `UPDATE _cf_METADATA SET value = value ${less} * 1000000 WHERE key = 1 AND typeof(value) = 'integer'`,
        );
    });
  }
}

/** When the outbox's alarm goes off, in milliseconds since 1970; for a Worker that's stopped. */
export const alarmOf = (state) =>
  inOutbox(
    state,
    (database) => {
      const alarm = database.prepare("SELECT value FROM _cf_METADATA WHERE key = 1");
      alarm.setReadBigInts(true);
      return Number((alarm.get()?.value ?? 0n) / 1_000_000n);
    },
    { readOnly: true },
  );

/** The time of the alarms as it is written down, though nothing goes off then; for a Worker that's stopped. */
export function withAlarm(state, at) {
  for (const file of databases(state)) {
    reading(file, (database) => {
      // What workerd itself goes by.
      if (hasTable(database, "_cf_ALARM")) database.exec("DELETE FROM _cf_ALARM");
      if (hasTable(database, "_cf_METADATA"))
        database.exec(`UPDATE _cf_METADATA SET value = ${Math.round(at)} * 1000000 WHERE key = 1`);
    });
  }
}
