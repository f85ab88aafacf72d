//! An object's SQLite tables. A query gives one column, JSON or bytes: rows cross from JavaScript as
//! one text.

use super::runtime;
use serde::de::DeserializeOwned;
use worker::{Error, Result, SqlStorage, SqlStorageValue as Value, State};

/// The tables.
#[derive(Debug)]
pub struct Store {
    sql: SqlStorage,
}

impl Store {
    /// The tables of an object, made where they aren't there. One that can't be made shows at its
    /// first use.
    pub fn new(state: &State, tables: &[&str]) -> Self {
        let sql = state.storage().sql();
        for table in tables {
            let _ = sql.exec(table, None);
        }
        Self { sql }
    }

    /// Writes.
    pub fn run(&self, query: &str, values: Vec<Value>) -> Result<()> {
        let cursor = self.sql.exec(query, values)?;
        // A statement has ended when its rows have been read.
        while cursor.raw().next().transpose()?.is_some() {}
        Ok(())
    }

    /// Reads rows, each a JSON text.
    pub fn all<T: DeserializeOwned>(&self, query: &str, values: Vec<Value>) -> Result<Vec<T>> {
        let cursor = self.sql.exec(query, values)?;
        let row = |row: Result<Vec<Value>>| match row?.into_iter().next() {
            Some(Value::String(text)) => Ok(serde_json::from_slice(text.as_bytes())?),
            Some(Value::Integer(number)) => {
                Ok(serde_json::from_slice(number.to_string().as_bytes())?)
            }
            _ => Err(Error::from("a row is no JSON")),
        };
        cursor.raw().map(row).collect()
    }

    /// Reads the first row.
    pub fn first<T: DeserializeOwned>(&self, query: &str, values: Vec<Value>) -> Result<Option<T>> {
        Ok(self.all(query, values)?.into_iter().next())
    }

    /// Reads the first row's bytes.
    pub fn bytes(&self, query: &str, values: Vec<Value>) -> Result<Option<Vec<u8>>> {
        let row = self.sql.exec(query, values)?.raw().next().transpose()?;
        Ok(match row.and_then(|row| row.into_iter().next()) {
            Some(Value::Blob(bytes)) => Some(bytes),
            _ => None,
        })
    }
}

/// The time since 1970 in milliseconds, as tables have it.
pub fn now() -> i64 {
    runtime::now().as_millis().try_into().unwrap_or(i64::MAX)
}

/// A truth as SQLite has it: the runtime would store a boolean as a text.
pub fn integer(truth: bool) -> Value {
    Value::Integer(truth.into())
}
