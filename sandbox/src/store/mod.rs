//! The database: SQL statements and their rows. It knows no resource but the schema of all.
//!
//! A statement's values are bound as one JSON array, `?1`: the runtime allows a hundred parameters
//! per statement, and a search may have more values than that.

pub(crate) mod schema;

use crate::http::response::ApiError;
use schema::{INDEXES, TABLES, triggers};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use worker::SqlStorage;

/// The database of the Durable Object.
pub(crate) struct Store {
    sql: SqlStorage,
}

/// A row with the one column `entry`.
#[derive(Deserialize)]
struct EntryRow {
    entry: String,
}

/// A row with the one column `n`.
#[derive(Deserialize)]
struct CountRow {
    n: u64,
}

impl Store {
    /// Returns the database of an object.
    pub fn new(sql: SqlStorage) -> Self {
        Self { sql }
    }

    /// Runs a statement.
    pub fn run(&self, sql: &str, values: &[Value]) -> Result<(), ApiError> {
        self.sql.exec(sql, bindings(values)?)?;
        Ok(())
    }

    /// Runs a statement whose values are entities, for example one that inserts them.
    pub fn run_with<T: Serialize>(&self, sql: &str, entities: &[T]) -> Result<(), ApiError> {
        self.sql.exec(sql, vec![serde_json::to_string(entities)?.into()])?;
        Ok(())
    }

    /// Returns all rows of a query.
    pub fn rows<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<T>, ApiError> {
        Ok(self.sql.exec(sql, bindings(values)?)?.to_array()?)
    }

    /// Returns the first row of a query.
    pub fn row<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: &[Value],
    ) -> Result<Option<T>, ApiError> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }

    /// Returns the column `n` of the first row of a query, or 0.
    pub fn count(&self, sql: &str, values: &[Value]) -> Result<u64, ApiError> {
        Ok(self.row::<CountRow>(sql, values)?.map_or(0, |count| count.n))
    }

    /// Returns the column `entry` of all rows of a query, read from JSON.
    pub fn entries<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<T>, ApiError> {
        let rows: Vec<EntryRow> = self.rows(sql, values)?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.entry)?)).collect()
    }

    /// Replaces all tables by empty ones. The indexes and the triggers are separate:
    /// see [`Store::create_indexes_and_triggers`].
    pub fn create_tables(&self) -> Result<(), ApiError> {
        self.run(TABLES, &[])
    }

    /// Creates the indexes and the triggers. Call it after the seed data is in: one sort is quicker
    /// than a hundred thousand insertions, and seed data is no change.
    pub fn create_indexes_and_triggers(&self) -> Result<(), ApiError> {
        self.run(INDEXES, &[])?;
        self.run(&triggers(), &[])
    }
}

fn bindings(values: &[Value]) -> Result<Vec<worker::SqlStorageValue>, ApiError> {
    Ok(if values.is_empty() { Vec::new() } else { vec![serde_json::to_string(values)?.into()] })
}
