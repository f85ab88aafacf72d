//! The outbox's tables as numbered migrations: step `n` turns schema `n - 1` into schema `n`.
//!
//! A released step never changes, because it has made stores that exist. A change of the tables is a new step
//! at the end. `tests/edge/outbox-schema.test.mjs` opens a store of every older schema.

/// The steps in order. A new store takes all of them. The statements of step 1 leave existing
/// tables alone: stores of schema 1 have no number yet.
pub const STEPS: &[&[&str]] = &[SCHEMA_1, SCHEMA_2, SCHEMA_3];

const SCHEMA_1: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS message (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       caller TEXT NOT NULL,
       key TEXT,
       fingerprint TEXT,
       state TEXT NOT NULL,
       waits INTEGER NOT NULL,
       created INTEGER NOT NULL,
       finished INTEGER,
       history TEXT NOT NULL,
       job TEXT NOT NULL,
       made INTEGER NOT NULL,
       body BLOB,
       contact TEXT,
       message TEXT,
       batch TEXT,
       recipient TEXT,
       template TEXT,
       answer TEXT,
       answer_body BLOB,
       UNIQUE (caller, key),
       UNIQUE (batch, recipient),
       UNIQUE (batch, contact)
     )",
    "CREATE INDEX IF NOT EXISTS same ON message (caller, fingerprint) WHERE fingerprint IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS open ON message (state, batch, number) WHERE state IN ('queued', 'sending')",
    "CREATE INDEX IF NOT EXISTS age ON message (created)",
    "CREATE TABLE IF NOT EXISTS batch (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       caller TEXT NOT NULL,
       key TEXT,
       fingerprint TEXT NOT NULL,
       created INTEGER NOT NULL,
       finished INTEGER,
       paused INTEGER NOT NULL DEFAULT 0,
       cancelled INTEGER NOT NULL DEFAULT 0,
       template TEXT NOT NULL,
       sender TEXT NOT NULL,
       variables TEXT NOT NULL,
       search TEXT,
       after TEXT,
       duplicates INTEGER NOT NULL DEFAULT 0,
       cause TEXT,
       UNIQUE (caller, key)
     )",
    "CREATE INDEX IF NOT EXISTS progress ON message (batch, state, finished) WHERE batch IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS template (
       name TEXT NOT NULL,
       version INTEGER NOT NULL,
       subject TEXT NOT NULL,
       body TEXT NOT NULL,
       style TEXT NOT NULL,
       created INTEGER NOT NULL,
       removed INTEGER,
       PRIMARY KEY (name, version)
     ) WITHOUT ROWID",
];

/// The bytes of a row in the quota: the length of the columns that callers fill, and 1 KiB for the other columns
/// and the indexes.
macro_rules! bytes_of {
    ($row:literal: $($column:literal),*) => {
        concat!("1024", $(" + coalesce(octet_length(", $row, $column, "), 0)",)*)
    };
}
macro_rules! bytes_of_message {
    ($row:literal) => {
        bytes_of!($row: "recipient", "job", "body", "answer", "answer_body")
    };
}
macro_rules! bytes_of_message_3 {
    ($row:literal) => {
        bytes_of!($row: "recipient", "job", "body", "answer", "answer_body", "email", "name", "subject")
    };
}
macro_rules! bytes_of_batch {
    ($row:literal) => {
        bytes_of!($row: "variables", "search")
    };
}

/// The triggers that update `usage` when a statement adds rows to a table, removes them, or changes these
/// columns.
macro_rules! counted {
    ($table:literal, $messages:literal, $bytes:ident, $columns:literal) => {
        [
            concat!(
                "CREATE TRIGGER ",
                $table,
                "_added AFTER INSERT ON ",
                $table,
                " BEGIN
                   INSERT OR IGNORE INTO usage VALUES ('', 0, 0), (new.caller, 0, 0);
                   UPDATE usage SET messages = messages + ",
                $messages,
                ", bytes = bytes + ",
                $bytes!("new."),
                "
                     WHERE caller IN ('', new.caller);
                 END"
            ),
            concat!(
                "CREATE TRIGGER ",
                $table,
                "_removed AFTER DELETE ON ",
                $table,
                " BEGIN
                   UPDATE usage SET messages = messages - ",
                $messages,
                ", bytes = bytes - (",
                $bytes!("old."),
                ")
                     WHERE caller IN ('', old.caller);
                   DELETE FROM usage WHERE caller = old.caller AND bytes = 0;
                 END"
            ),
            concat!(
                "CREATE TRIGGER ",
                $table,
                "_changed AFTER UPDATE OF ",
                $columns,
                " ON ",
                $table,
                " BEGIN
                   UPDATE usage SET bytes = bytes + ",
                $bytes!("new."),
                " - (",
                $bytes!("old."),
                ")
                     WHERE caller IN ('', new.caller);
                 END"
            ),
        ]
    };
}
const MESSAGES_COUNTED: [&str; 3] =
    counted!("message", "1", bytes_of_message, "job, body, answer, answer_body");
const BATCHES_COUNTED: [&str; 3] = counted!("batch", "0", bytes_of_batch, "search");

const SCHEMA_2: &[&str] = &[
    "ALTER TABLE message ADD COLUMN kind TEXT NOT NULL DEFAULT 'message'",
    // The conversation that the message replies to. Each index ends with the message's number by itself.
    "ALTER TABLE message ADD COLUMN conversation TEXT",
    "CREATE INDEX replies ON message (conversation)
       WHERE conversation IS NOT NULL AND state IN ('queued', 'sending')",
    // The messages to send that no caller waits for: single ones (batch IS NULL), and those of a batch.
    "DROP INDEX open",
    "CREATE INDEX ready ON message (batch) WHERE state = 'queued' AND NOT waits",
    // The oldest message that may be removed.
    "DROP INDEX age",
    "CREATE INDEX ended ON message (created) WHERE state IN ('sent', 'failed', 'unknown')",
    // Lists: see stores/lists.rs.
    "CREATE INDEX listed ON message (state, kind, created)",
    "CREATE INDEX listed_by_caller ON message (caller, state, kind, created, number)",
    "CREATE INDEX listed_by_batch ON message (batch, state, kind, created, number) WHERE batch IS NOT NULL",
    // What each caller has stored; the row of caller '' is the total.
    "CREATE TABLE usage (
       caller TEXT PRIMARY KEY,
       messages INTEGER NOT NULL,
       bytes INTEGER NOT NULL
     ) WITHOUT ROWID",
    concat!(
        "INSERT INTO usage SELECT caller, sum(messages), sum(bytes) FROM (
           SELECT caller, 1 AS messages, ",
        bytes_of_message!(""),
        " AS bytes FROM message
           UNION ALL SELECT caller, 0, ",
        bytes_of_batch!(""),
        " FROM batch
         ) GROUP BY caller"
    ),
    "INSERT INTO usage
       SELECT '', coalesce(sum(messages), 0), coalesce(sum(bytes), 0) FROM usage",
    MESSAGES_COUNTED[0],
    MESSAGES_COUNTED[1],
    MESSAGES_COUNTED[2],
    BATCHES_COUNTED[0],
    BATCHES_COUNTED[1],
    BATCHES_COUNTED[2],
];

const MESSAGES_COUNTED_3: [&str; 3] = counted!(
    "message",
    "1",
    bytes_of_message_3,
    "job, body, answer, answer_body, email, name, subject"
);

const SCHEMA_3: &[&str] = &[
    // The recipient and the subject, which lists show.
    "ALTER TABLE message ADD COLUMN email TEXT",
    "ALTER TABLE message ADD COLUMN name TEXT",
    "ALTER TABLE message ADD COLUMN subject TEXT",
    // The id of the failed message that this one sends again.
    "ALTER TABLE message ADD COLUMN copy_of TEXT",
    "CREATE INDEX copies ON message (copy_of) WHERE copy_of IS NOT NULL",
    // The name in `template`: a list reads only indexes, which a generated column can't be read from.
    "ALTER TABLE message ADD COLUMN template_name TEXT",
    // Lists: see stores/lists.rs. A contact has few messages, so its index needs no state, which changes.
    "CREATE INDEX listed_by_contact ON message (contact, created) WHERE contact IS NOT NULL",
    "CREATE INDEX listed_by_template ON message (template_name, caller, state, kind, created, number)
       WHERE template_name IS NOT NULL",
    "DROP TRIGGER message_added",
    "DROP TRIGGER message_removed",
    "DROP TRIGGER message_changed",
    MESSAGES_COUNTED_3[0],
    MESSAGES_COUNTED_3[1],
    MESSAGES_COUNTED_3[2],
    // The changes to publish as live events.
    "CREATE TABLE event (number INTEGER PRIMARY KEY, message INTEGER, change INTEGER, batch TEXT)",
    "CREATE TRIGGER message_ended AFTER UPDATE OF state ON message
       WHEN new.state IN ('sent', 'failed', 'unknown') BEGIN
         INSERT INTO event (message, change) VALUES (new.number, json_array_length(new.history));
       END",
    "CREATE TRIGGER batch_progressed AFTER UPDATE OF paused, cancelled, finished, search ON batch
       WHEN (new.paused, new.cancelled, new.finished, new.search IS NULL)
         IS NOT (old.paused, old.cancelled, old.finished, old.search IS NULL) BEGIN
         INSERT INTO event (batch) VALUES (new.id);
       END",
    // The messages up to this number have empty columns, which the alarm fills in small steps: a million texts
    // take longer than a migration may.
    "CREATE TABLE unfilled (number INTEGER NOT NULL)",
    "INSERT INTO unfilled SELECT max(number) FROM message HAVING max(number) IS NOT NULL",
];
