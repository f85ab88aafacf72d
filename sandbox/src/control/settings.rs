//! The settings of a reset. They are stored with the data that they describe.

use crate::control::seed;
use crate::http::response::ApiError;
use crate::store::Store;
use crate::store::schema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Display;
use std::ops::RangeInclusive;

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
    /// The delay until a search finds a new or changed object, in milliseconds.
    pub search_delay_ms: u64,
    /// The difference of the workspace's time zone from UTC, which decides when a day begins.
    pub utc_offset_minutes: i64,
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
            search_delay_ms: 2_000,
            utc_offset_minutes: 0,
            generation: 1,
            schema: schema::VERSION,
        }
    }
}

impl Settings {
    /// Reads the body of `POST /_sandbox/reset`. An absent field has its default.
    pub fn read(body: &Value, generation: u64) -> Result<Self, ApiError> {
        let defaults = Self::default();
        let limit = defaults.limit_per_10s;
        let delay = defaults.search_delay_ms;
        let offset = defaults.utc_offset_minutes;
        Ok(Self {
            contacts: number(body, "contacts", defaults.contacts, 0..=MAX_CONTACTS)?,
            seed: number(body, "seed", defaults.seed, 0..=u64::MAX)?,
            limit_per_10s: number(body, "limit_per_10s", limit, 0..=1_000_000)?,
            latency_ms: number(body, "latency_ms", defaults.latency_ms, 0..=60_000)?,
            search_delay_ms: number(body, "search_delay_ms", delay, 0..=3_600_000)?,
            utc_offset_minutes: number(body, "utc_offset_minutes", offset, -720..=840)?,
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

/// Reads a whole number; 400 if it is not in the range. An absent field has its default.
fn number<T: DeserializeOwned + Display + PartialOrd>(
    body: &Value,
    name: &str,
    default: T,
    range: RangeInclusive<T>,
) -> Result<T, ApiError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => {
            let number = T::deserialize(value).ok().filter(|number| range.contains(number));
            number.ok_or_else(|| {
                let message = format!("{name} must be from {} to {}", range.start(), range.end());
                ApiError::invalid(name, message)
            })
        }
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
        let read = Settings::read(&json!({"utc_offset_minutes": -720, "search_delay_ms": 0}), 1);
        let expected =
            Settings { utc_offset_minutes: -720, search_delay_ms: 0, ..Settings::default() };
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
            ("search_delay_ms", json!(-1)),
            ("search_delay_ms", json!(3_600_001)),
            ("utc_offset_minutes", json!(-721)),
            ("utc_offset_minutes", json!(841)),
            ("utc_offset_minutes", json!("540")),
        ] {
            let field = Settings::read(&json!({ name: value }), 1).map_err(|error| error.field);
            assert_eq!(field, Err(Some(name.to_owned())));
        }
    }
}
