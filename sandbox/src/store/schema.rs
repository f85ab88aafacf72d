//! The tables, indexes and triggers. An entity is one JSON text; the columns that queries need are generated
//! from it, so that no value is stored twice.

/// The version of the schema. Increase it with every change here: a sandbox with another version
/// is reset.
pub(crate) const VERSION: u32 = 8;

/// Creates all tables, empty.
pub(crate) const TABLES: &str = "
    DROP TABLE IF EXISTS contact;
    DROP TABLE IF EXISTS message;
    DROP TABLE IF EXISTS request;
    DROP TABLE IF EXISTS fault;
    DROP TABLE IF EXISTS scroll;
    DROP TABLE IF EXISTS tag;
    DROP TABLE IF EXISTS company;
    DROP TABLE IF EXISTS event;
    DROP TABLE IF EXISTS visitor;
    DROP TABLE IF EXISTS conversation;
    DROP TABLE IF EXISTS data_attribute;
    DROP TABLE IF EXISTS object;
    DROP TABLE IF EXISTS change;
    DROP TABLE IF EXISTS subscription;
    DROP TABLE IF EXISTS delivery;
    CREATE TABLE contact (
        id TEXT GENERATED ALWAYS AS (body ->> '$.id') STORED,
        role TEXT GENERATED ALWAYS AS (body ->> '$.role') STORED,
        external_id TEXT GENERATED ALWAYS AS (body ->> '$.external_id') STORED,
        email TEXT COLLATE NOCASE GENERATED ALWAYS AS (body ->> '$.email') STORED,
        name TEXT GENERATED ALWAYS AS (body ->> '$.name') STORED,
        phone TEXT GENERATED ALWAYS AS (body ->> '$.phone') STORED,
        owner_id INTEGER GENERATED ALWAYS AS (body ->> '$.owner_id') STORED,
        created_at INTEGER GENERATED ALWAYS AS (body ->> '$.created_at') STORED,
        indexed_updated_at INTEGER GENERATED ALWAYS AS (coalesce(old_updated_at, body ->> '$.updated_at')) STORED,
        signed_up_at INTEGER GENERATED ALWAYS AS (body ->> '$.signed_up_at') STORED,
        last_seen_at INTEGER GENERATED ALWAYS AS (body ->> '$.last_seen_at') STORED,
        last_contacted_at INTEGER GENERATED ALWAYS AS (body ->> '$.last_contacted_at') STORED,
        tags TEXT GENERATED ALWAYS AS (body -> '$.tags') STORED,
        segments TEXT GENERATED ALWAYS AS (body -> '$.segments') STORED,
        companies TEXT GENERATED ALWAYS AS (body -> '$.companies') STORED,
        state TEXT NOT NULL,
        merged_into TEXT,
        inserted_at_ms INTEGER NOT NULL,
        unindexed_since_ms INTEGER,
        old_updated_at INTEGER,
        body TEXT NOT NULL
    );
    CREATE TABLE message (number INTEGER PRIMARY KEY, entry TEXT NOT NULL);
    CREATE TABLE request (number INTEGER PRIMARY KEY, entry TEXT NOT NULL);
    CREATE TABLE fault (number INTEGER PRIMARY KEY, entry TEXT NOT NULL);
    CREATE TABLE scroll (entry TEXT NOT NULL);
    CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE);
    CREATE TABLE company (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT GENERATED ALWAYS AS (entry ->> '$.id') STORED UNIQUE,
        entry TEXT NOT NULL
    );
    CREATE TABLE event (number INTEGER PRIMARY KEY, contact TEXT NOT NULL, entry TEXT NOT NULL);
    CREATE TABLE visitor (
        id TEXT GENERATED ALWAYS AS (entry ->> '$.id') STORED UNIQUE,
        user_id TEXT GENERATED ALWAYS AS (entry ->> '$.user_id') STORED UNIQUE,
        email TEXT GENERATED ALWAYS AS (entry ->> '$.email') STORED,
        entry TEXT NOT NULL
    );
    CREATE TABLE conversation (
        id TEXT GENERATED ALWAYS AS (body ->> '$.id') STORED UNIQUE,
        words TEXT NOT NULL,
        body TEXT NOT NULL
    );
    CREATE TABLE data_attribute (id INTEGER PRIMARY KEY, entry TEXT NOT NULL);
    CREATE TABLE object (
        number INTEGER PRIMARY KEY,
        resource TEXT NOT NULL,
        id TEXT GENERATED ALWAYS AS (body ->> '$.id') STORED,
        inserted_at_ms INTEGER NOT NULL,
        body TEXT NOT NULL
    );
    CREATE INDEX object_id ON object (resource, id);
    CREATE TABLE change (
        number INTEGER PRIMARY KEY,
        resource TEXT NOT NULL,
        id TEXT NOT NULL,
        before TEXT,
        after TEXT,
        UNIQUE (resource, id)
    );
    CREATE TABLE subscription (entry TEXT NOT NULL);
    CREATE TABLE delivery (
        number INTEGER PRIMARY KEY,
        id TEXT,
        topic TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        due_ms INTEGER NOT NULL,
        first_sent_at INTEGER,
        status INTEGER,
        error TEXT,
        entry TEXT NOT NULL
    );
    CREATE INDEX delivery_due_ms ON delivery (due_ms, number) WHERE state = 'pending';
    CREATE INDEX delivery_state ON delivery (state);
";

/// Creates the indexes of contacts.
pub(crate) const INDEXES: &str = "
    CREATE UNIQUE INDEX contact_id ON contact (id);
    CREATE INDEX contact_external_id ON contact (external_id);
    CREATE INDEX contact_email ON contact (email);
    CREATE INDEX contact_created_at ON contact (created_at, id, role, inserted_at_ms, indexed_updated_at)
        WHERE state = 'active';
    CREATE INDEX contact_updated_at ON contact (indexed_updated_at, id, role, inserted_at_ms)
        WHERE state = 'active';
    CREATE INDEX contact_unindexed_since_ms ON contact (unindexed_since_ms) WHERE unindexed_since_ms IS NOT NULL;
    CREATE INDEX contact_signed_up_at ON contact (coalesce(signed_up_at, -1), id, role, inserted_at_ms)
        WHERE state = 'active';
    CREATE INDEX contact_last_seen_at ON contact (coalesce(last_seen_at, -1), id, role, inserted_at_ms)
        WHERE state = 'active';
";

/// A table whose changes are written to the table `change`. In the SQL of a field, `ROW` stands for
/// the row before or after the change.
struct WatchedTable {
    table: &'static str,
    /// The column that identifies a row.
    id: &'static str,
    /// The name of the resource.
    resource: &'static str,
    /// The row as JSON; null if there is no such object.
    json: &'static str,
    /// The rows that are watched.
    rows: &'static str,
}

const fn watched(table: &'static str, resource: &'static str, json: &'static str) -> WatchedTable {
    WatchedTable { table, id: "id", resource, json, rows: "true" }
}

/// The tables whose changes become webhooks.
const WATCHED: [WatchedTable; 7] = [
    watched(
        "contact",
        "'contact'",
        "json_object('state', ROW.state, 'merged_into', ROW.merged_into, 'contact', json(ROW.body))",
    ),
    watched("company", "'company'", "ROW.entry"),
    watched("conversation", "'conversation'", "ROW.body"),
    watched("visitor", "'visitor'", "ROW.entry"),
    watched(
        "tag",
        "'tag'",
        "json_object('type', 'tag', 'id', CAST(ROW.id AS TEXT), 'name', ROW.name)",
    ),
    WatchedTable { id: "number", ..watched("event", "'event'", "ROW.entry") },
    WatchedTable {
        rows: "ROW.resource IN ('activity_log', 'admin', 'article', 'job', 'ticket')",
        ..watched("object", "ROW.resource", "iif(ROW.resource = 'deleted', NULL, ROW.body)")
    },
];

/// Returns the triggers that write changes to the table `change`. An object that changes several
/// times in a request has one row there: how it was first, and how it is now.
pub(crate) fn triggers() -> String {
    WATCHED.iter().map(triggers_of).collect()
}

fn triggers_of(WatchedTable { table, id, resource, json, rows }: &WatchedTable) -> String {
    let old = |sql: &str| sql.replace("ROW.", "OLD.");
    let new = |sql: &str| sql.replace("ROW.", "NEW.");
    let insert = |row: &str, before: &str, after: &str| {
        let resource = resource.replace("ROW.", &format!("{row}."));
        format!(
            "INSERT INTO change (resource, id, before, after)
             VALUES ({resource}, {row}.{id}, {before}, {after})
             ON CONFLICT (resource, id) DO UPDATE SET after = excluded.after;"
        )
    };
    let (before, after) = (old(json), new(json));
    let (old_rows, new_rows) = (old(rows), new(rows));
    let inserted = insert("NEW", "NULL", &after);
    let updated = insert("OLD", &before, &after);
    let deleted = insert("OLD", &before, "NULL");
    format!(
        "CREATE TRIGGER {table}_inserted AFTER INSERT ON {table} WHEN {new_rows}
         BEGIN {inserted} END;
         CREATE TRIGGER {table}_updated AFTER UPDATE ON {table}
         WHEN {old_rows} AND {before} IS NOT {after} BEGIN {updated} END;
         CREATE TRIGGER {table}_deleted AFTER DELETE ON {table} WHEN {old_rows}
         BEGIN {deleted} END;"
    )
}
