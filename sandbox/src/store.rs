//! The tables, and the few ways to ask them.
//!
//! A person is one JSON text; the columns that searches need are generated from it, so that there
//! is one truth. Whatever a statement needs is bound as one JSON array, `?1`: the runtime allows a
//! hundred parameters a statement, and a search may have more values than that.

use super::activity_log::ActivityLog;
use super::admins::{Admins, AwayStatusReasons};
use super::answer::Refusal;
use super::articles::{Articles, InternalArticles};
use super::collection::{self, settle};
use super::help_center::{HelpCenterCollection, HelpCenters};
use super::people::{JOHN_ID, People};
use super::subscriptions::SubscriptionTypes;
use super::teams::Teams;
use super::ticket_types::{TicketStates, TicketTypes};
use super::tickets::Tickets;
use super::workspace::{COMPANIES, Company, TAGS, VISITORS};
use super::{backlog, conversations, data_attributes, inbox, visitors};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use worker::SqlStorage;

/// Counts up with every change of the tables, so that a sandbox from before it begins anew.
pub(super) const SCHEMA: u32 = 4;

const TABLES: &str = "
    DROP TABLE IF EXISTS contact;
    DROP TABLE IF EXISTS message;
    DROP TABLE IF EXISTS arrival;
    DROP TABLE IF EXISTS fault;
    DROP TABLE IF EXISTS scroll;
    DROP TABLE IF EXISTS tag;
    DROP TABLE IF EXISTS company;
    DROP TABLE IF EXISTS event;
    DROP TABLE IF EXISTS visitor;
    DROP TABLE IF EXISTS conversation;
    DROP TABLE IF EXISTS data_attribute;
    DROP TABLE IF EXISTS object;
    CREATE TABLE contact (
        id TEXT GENERATED ALWAYS AS (body ->> '$.id') STORED,
        role TEXT GENERATED ALWAYS AS (body ->> '$.role') STORED,
        external_id TEXT GENERATED ALWAYS AS (body ->> '$.external_id') STORED,
        email TEXT COLLATE NOCASE GENERATED ALWAYS AS (body ->> '$.email') STORED,
        name TEXT GENERATED ALWAYS AS (body ->> '$.name') STORED,
        phone TEXT GENERATED ALWAYS AS (body ->> '$.phone') STORED,
        owner_id INTEGER GENERATED ALWAYS AS (body ->> '$.owner_id') STORED,
        created_at INTEGER GENERATED ALWAYS AS (body ->> '$.created_at') STORED,
        updated_at INTEGER GENERATED ALWAYS AS (body ->> '$.updated_at') STORED,
        signed_up_at INTEGER GENERATED ALWAYS AS (body ->> '$.signed_up_at') STORED,
        last_seen_at INTEGER GENERATED ALWAYS AS (body ->> '$.last_seen_at') STORED,
        last_contacted_at INTEGER GENERATED ALWAYS AS (body ->> '$.last_contacted_at') STORED,
        tags TEXT GENERATED ALWAYS AS (body -> '$.tags') STORED,
        segments TEXT GENERATED ALWAYS AS (body -> '$.segments') STORED,
        companies TEXT GENERATED ALWAYS AS (body -> '$.companies') STORED,
        state TEXT NOT NULL,
        merged_into TEXT,
        made_at_ms INTEGER NOT NULL,
        body TEXT NOT NULL
    );
    CREATE TABLE message (number INTEGER PRIMARY KEY, entry TEXT NOT NULL);
    CREATE TABLE arrival (number INTEGER PRIMARY KEY, entry TEXT NOT NULL);
    CREATE TABLE fault (number INTEGER PRIMARY KEY, entry TEXT NOT NULL);
    CREATE TABLE scroll (entry TEXT NOT NULL);
    CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE);
    CREATE TABLE company (
        number INTEGER PRIMARY KEY,
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
        kind TEXT NOT NULL,
        id TEXT GENERATED ALWAYS AS (body ->> '$.id') STORED,
        made_at_ms INTEGER NOT NULL,
        body TEXT NOT NULL
    );
    CREATE INDEX object_id ON object (kind, id);
";

/// Made after the people are in: one sort is quicker than a hundred thousand insertions.
const INDEXES: &str = "
    CREATE UNIQUE INDEX contact_id ON contact (id);
    CREATE INDEX contact_external_id ON contact (external_id);
    CREATE INDEX contact_email ON contact (email);
    CREATE INDEX contact_created_at ON contact (created_at, id, role, made_at_ms) WHERE state = 'active';
    CREATE INDEX contact_updated_at ON contact (updated_at, id, role, made_at_ms) WHERE state = 'active';
    CREATE INDEX contact_signed_up_at ON contact (coalesce(signed_up_at, -1), id, role, made_at_ms)
        WHERE state = 'active';
    CREATE INDEX contact_last_seen_at ON contact (coalesce(last_seen_at, -1), id, role, made_at_ms)
        WHERE state = 'active';
";

/// How many people one statement takes: together they stay under the runtime's 2 MB a value.
const BATCH: u64 = 1_000;

/// The tables.
pub(super) struct Store {
    sql: SqlStorage,
}

/// One text of a row.
#[derive(Deserialize)]
struct Entry {
    entry: String,
}

/// One number of a row.
#[derive(Deserialize)]
struct Count {
    n: u64,
}

impl Store {
    /// The tables of an object.
    pub fn new(sql: SqlStorage) -> Self {
        Self { sql }
    }

    /// Runs a statement whose values are in `?1`, if it has any.
    pub fn run(&self, sql: &str, values: &[Value]) -> Result<(), Refusal> {
        self.sql.exec(sql, bindings(values)?)?;
        Ok(())
    }

    /// The rows that a statement gives.
    pub fn rows<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<T>, Refusal> {
        Ok(self.sql.exec(sql, bindings(values)?)?.to_array()?)
    }

    /// The first row that a statement gives.
    pub fn row<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: &[Value],
    ) -> Result<Option<T>, Refusal> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }

    /// The number that a statement gives as `n`.
    pub fn count(&self, sql: &str, values: &[Value]) -> Result<u64, Refusal> {
        Ok(self.row::<Count>(sql, values)?.map_or(0, |count| count.n))
    }

    /// What a statement gives as `entry`, read from JSON.
    pub fn entries<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<T>, Refusal> {
        let rows: Vec<Entry> = self.rows(sql, values)?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.entry)?)).collect()
    }

    /// Empties all tables and moves this many people of a seed in.
    pub fn settle(&self, seed: u64, contacts: u64) -> Result<(), Refusal> {
        self.run(TABLES, &[])?;
        let people = People::of(seed);
        for first in (0..contacts).step_by(BATCH as usize) {
            let batch: Vec<_> =
                (first..contacts.min(first + BATCH)).map(|number| people.person(number)).collect();
            self.sql.exec(
                "INSERT INTO contact (state, made_at_ms, body) SELECT 'active', 0, value FROM json_each(?1)",
                vec![serde_json::to_string(&batch)?.into()],
            )?;
        }
        if contacts > 0 {
            let body = serde_json::to_string(&people.merged())?;
            self.run(
                "INSERT INTO contact (state, merged_into, made_at_ms, body)
                 VALUES ('merged', ?1 ->> '$[0]', 0, ?1 ->> '$[1]')",
                &[JOHN_ID.into(), body.into()],
            )?;
        }
        self.run(
            "INSERT INTO tag (id, name) SELECT value ->> '$.id', value ->> '$.name' FROM json_each(?1)",
            &TAGS.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?,
        )?;
        let companies = (0..COMPANIES).filter_map(Company::number).map(serde_json::to_value);
        self.run(
            "INSERT INTO company (entry) SELECT value FROM json_each(?1)",
            &companies.collect::<Result<Vec<_>, _>>()?,
        )?;
        let visitors = VISITORS.iter().map(|(id, user_id)| visitors::fresh(id, user_id));
        self.run(
            "INSERT INTO visitor (entry) SELECT value FROM json_each(?1)",
            &visitors.collect::<Vec<_>>(),
        )?;
        for conversation in inbox::fresh(seed, contacts) {
            conversations::insert(self, &conversation)?;
        }
        for attribute in &data_attributes::CUSTOM {
            data_attributes::insert(self, attribute.into())?;
        }
        settle::<Admins>(self)?;
        settle::<AwayStatusReasons>(self)?;
        settle::<ActivityLog>(self)?;
        settle::<Teams>(self)?;
        settle::<SubscriptionTypes>(self)?;
        settle::<HelpCenters>(self)?;
        settle::<HelpCenterCollection>(self)?;
        settle::<Articles>(self)?;
        settle::<InternalArticles>(self)?;
        settle::<TicketTypes>(self)?;
        settle::<TicketStates>(self)?;
        for ticket in backlog::fresh(seed, contacts)? {
            collection::insert::<Tickets>(self, &ticket, 0)?;
        }
        self.run(INDEXES, &[])
    }
}

fn bindings(values: &[Value]) -> Result<Vec<worker::SqlStorageValue>, Refusal> {
    Ok(if values.is_empty() { Vec::new() } else { vec![serde_json::to_string(values)?.into()] })
}
