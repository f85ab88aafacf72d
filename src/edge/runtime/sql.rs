//! The SQLite tables of a Durable Object. A query gives one column, JSON or bytes: a row comes from JavaScript
//! as one text.

use crate::edge::runtime;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::{Error, Result, SqlStorage, SqlStorageValue as Value, State};

#[wasm_bindgen]
extern "C" {
    /// The functions of a Durable Object's storage that `worker` lacks.
    #[derive(Clone, Debug)]
    type Transactions;

    /// Runs a function in a transaction, which is rolled back if the function throws.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Transactions,
        work: &mut dyn FnMut() -> std::result::Result<(), JsValue>,
    ) -> std::result::Result<(), JsValue>;
}

/// The tables of a Durable Object.
#[derive(Debug)]
pub struct Store {
    sql: SqlStorage,
    transactions: Transactions,
}

/// Why an object's tables can't be used.
#[derive(Debug)]
pub enum SchemaError {
    /// A newer version of the Worker wrote the tables.
    Newer { stored: usize, known: usize },
    /// A statement failed.
    Failed(Error),
}

impl Store {
    /// Opens the tables of an object. [`migrate`](Self::migrate) creates them.
    pub fn new(state: &State) -> Self {
        let storage = state.storage();
        let transactions = AsRef::<JsValue>::as_ref(storage.as_raw()).clone().unchecked_into();
        Self { sql: storage.sql(), transactions }
    }

    /// Brings the tables to the newest schema, in one transaction. `steps[n - 1]` turns schema `n - 1`
    /// into schema `n`. The schema's number is in a table of its own, because a Durable Object may not use
    /// `PRAGMA user_version`. Tables of a newer schema stay untouched.
    pub fn migrate(&self, steps: &[&[&str]]) -> std::result::Result<(), SchemaError> {
        self.transaction(|| {
            let stored = self.schema()?;
            for statement in missing(stored, steps)?.iter().copied().flatten() {
                self.run(statement, vec![])?;
            }
            if stored < steps.len() {
                self.run("DELETE FROM schema_number", vec![])?;
                let number = i64::try_from(steps.len()).unwrap_or(i64::MAX);
                self.run("INSERT INTO schema_number VALUES (?)", vec![number.into()])?;
            }
            Ok(())
        })
    }

    /// Gives the number of the stored schema; 0 if there is none.
    fn schema(&self) -> Result<usize> {
        self.run("CREATE TABLE IF NOT EXISTS schema_number (number INTEGER NOT NULL)", vec![])?;
        Ok(self.first("SELECT number FROM schema_number", vec![])?.unwrap_or_default())
    }

    /// Runs several writes in a transaction: all of them, or none if one fails.
    pub fn transaction<T, E: From<Error>>(
        &self,
        work: impl FnOnce() -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut work = Some(work);
        let mut outcome = None;
        let ended = self.transactions.transaction_sync(&mut || {
            let result = work.take().map(|work| work());
            let rolled_back = !matches!(result, Some(Ok(_)));
            outcome = result;
            if rolled_back { Err(JsValue::UNDEFINED) } else { Ok(()) }
        });
        match (outcome, ended) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(Error::from(error).into()),
            (None, Ok(())) => Err(Error::from("the transaction did not run").into()),
        }
    }

    /// Runs a statement without results.
    pub fn run(&self, query: &str, values: Vec<Value>) -> Result<()> {
        let cursor = self.sql.exec(query, values)?;
        // A statement has ended when its rows have been read.
        while cursor.raw().next().transpose()?.is_some() {}
        Ok(())
    }

    /// Reads all rows, each a JSON text.
    pub fn all<T: DeserializeOwned>(&self, query: &str, values: Vec<Value>) -> Result<Vec<T>> {
        let cursor = self.sql.exec(query, values)?;
        let row = |row: Result<Vec<Value>>| match row?.into_iter().next() {
            Some(Value::String(text)) => Ok(serde_json::from_slice(text.as_bytes())?),
            Some(Value::Integer(number)) => {
                Ok(serde_json::from_slice(number.to_string().as_bytes())?)
            }
            _ => Err(Error::from("a row is not JSON")),
        };
        cursor.raw().map(row).collect()
    }

    /// Reads the first rows, each a text, until they have at least `most` bytes. Returns true if rows may follow.
    pub fn texts(
        &self,
        query: &str,
        values: Vec<Value>,
        most: usize,
    ) -> Result<(Vec<String>, bool)> {
        let cursor = self.sql.exec(query, values)?;
        let (mut texts, mut length, mut is_cut) = (Vec::new(), 0, false);
        // A statement has ended when its rows have been read.
        for row in cursor.raw() {
            let Some(Value::String(text)) = row?.into_iter().next() else {
                return Err(Error::from("a row is not a text"));
            };
            is_cut |= length >= most;
            if !is_cut {
                length += text.len();
                texts.push(text);
            }
        }
        Ok((texts, is_cut))
    }

    /// Returns the size of all tables in bytes.
    pub fn size(&self) -> usize {
        self.sql.database_size()
    }

    /// Reads the first row, if there is one.
    pub fn first<T: DeserializeOwned>(&self, query: &str, values: Vec<Value>) -> Result<Option<T>> {
        Ok(self.all(query, values)?.into_iter().next())
    }

    /// Reads the first row's bytes, if there are any.
    pub fn bytes(&self, query: &str, values: Vec<Value>) -> Result<Option<Vec<u8>>> {
        let row = self.sql.exec(query, values)?.raw().next().transpose()?;
        Ok(match row.and_then(|row| row.into_iter().next()) {
            Some(Value::Blob(bytes)) => Some(bytes),
            _ => None,
        })
    }
}

/// Gives the steps from schema `stored` to the newest one.
fn missing<'a>(
    stored: usize,
    steps: &'a [&'a [&'a str]],
) -> std::result::Result<&'a [&'a [&'a str]], SchemaError> {
    steps.get(stored..).ok_or(SchemaError::Newer { stored, known: steps.len() })
}

impl From<Error> for SchemaError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<SchemaError> for Error {
    fn from(error: SchemaError) -> Self {
        match error {
            SchemaError::Newer { stored, known } => Self::from(format!(
                "the stored data has schema {stored}, and this Worker knows {known} at most"
            )),
            SchemaError::Failed(error) => error,
        }
    }
}

/// Gives the time since 1970 in milliseconds, as the tables store it.
pub fn now() -> i64 {
    runtime::now().as_millis().try_into().unwrap_or(i64::MAX)
}

/// Makes a boolean an integer for SQLite: the runtime would store it as a text.
pub fn integer(truth: bool) -> Value {
    Value::Integer(truth.into())
}

#[cfg(test)]
mod tests {
    use super::{SchemaError, missing};

    #[test]
    fn a_store_takes_the_steps_that_it_lacks_and_a_newer_one_is_refused() {
        let steps: &[&[&str]] = &[&["one"], &["two", "three"]];
        assert_eq!(missing(0, steps).unwrap(), steps);
        assert_eq!(missing(1, steps).unwrap(), &steps[1..]);
        assert!(missing(2, steps).unwrap().is_empty());
        let newer = missing(3, steps).unwrap_err();
        assert!(matches!(newer, SchemaError::Newer { stored: 3, known: 2 }));
    }
}
