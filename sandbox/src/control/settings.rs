//! The settings of a reset. They are stored with the data that they describe.

use crate::control::seed;
use crate::http::response::ApiError;
use crate::store::Store;
use crate::store::schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The maximum number of contacts.
const MAX_CONTACTS: u64 = 200_000;

/// The settings of a reset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// The number of contacts in the seed data.
    pub contacts: u64,
    /// The seed of the seed data.
    pub seed: u64,
    /// The number of requests that ten seconds allow.
    pub limit_per_10s: u64,
    /// The delay of every response, in milliseconds.
    pub latency_ms: u64,
    /// The number of resets so far, counted from 1. A cursor is valid for one.
    pub generation: u64,
    /// The version of the database schema.
    schema: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            contacts: 500,
            seed: 1,
            limit_per_10s: 1_667,
            latency_ms: 0,
            generation: 1,
            schema: schema::VERSION,
        }
    }
}

impl Settings {
    /// Reads the body of `POST /_sandbox/reset`. An absent field has its default.
    pub fn read(body: &Value, generation: u64) -> Result<Self, ApiError> {
        let number = |name: &str, default: u64, range: std::ops::RangeInclusive<u64>| match body
            .get(name)
        {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value.as_u64().filter(|value| range.contains(value)).ok_or_else(|| {
                let message = format!("{name} must be from {} to {}", range.start(), range.end());
                ApiError::invalid(name, message)
            }),
        };
        let defaults = Self::default();
        Ok(Self {
            contacts: number("contacts", defaults.contacts, 0..=MAX_CONTACTS)?,
            seed: number("seed", defaults.seed, 0..=u64::MAX)?,
            limit_per_10s: number("limit_per_10s", defaults.limit_per_10s, 0..=1_000_000)?,
            latency_ms: number("latency_ms", defaults.latency_ms, 0..=60_000)?,
            generation,
            schema: schema::VERSION,
        })
    }

    /// Returns the current settings. A database without settings, or with another schema, is reset.
    pub fn load(store: &Store) -> Result<Self, ApiError> {
        store.run("CREATE TABLE IF NOT EXISTS setting (entry TEXT NOT NULL)", &[])?;
        let stored: Option<Value> =
            store.entries("SELECT entry FROM setting", &[])?.into_iter().next();
        let stored = stored.and_then(|stored| serde_json::from_value::<Self>(stored).ok());
        match stored.filter(|stored| stored.schema == schema::VERSION) {
            Some(stored) => Ok(stored),
            None => {
                let defaults = Self::default();
                defaults.apply(store)?;
                Ok(defaults)
            }
        }
    }

    /// Replaces all data by the seed data of these settings, and stores them.
    pub fn apply(&self, store: &Store) -> Result<(), ApiError> {
        seed::reset(store, self.seed, self.contacts)?;
        store.run("DELETE FROM setting", &[])?;
        let entry = serde_json::to_string(self)?;
        store.run("INSERT INTO setting (entry) VALUES (?1 ->> '$[0]')", &[entry.into()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_absent_field_has_its_default() {
        assert_eq!(Settings::read(&json!({}), 1), Ok(Settings::default()));
        let read = Settings::read(&json!({"contacts": 0, "seed": 9}), 4);
        let expected = Settings { contacts: 0, seed: 9, generation: 4, ..Settings::default() };
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn an_invalid_field_is_named() {
        for (name, value) in [
            ("contacts", json!(-1)),
            ("contacts", json!(200_001)),
            ("seed", json!("x")),
            ("limit_per_10s", json!(1.5)),
            ("latency_ms", json!(60_001)),
        ] {
            let field = Settings::read(&json!({ name: value }), 1).map_err(|error| error.field);
            assert_eq!(field, Err(Some(name.to_owned())));
        }
    }
}
