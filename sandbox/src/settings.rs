//! What a reset sets, kept with the people it set them for.

use super::answer::Refusal;
use super::store::{SCHEMA, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many people a sandbox takes at most.
const MAX_CONTACTS: u64 = 200_000;

/// What a reset sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Settings {
    /// How many contacts there are at first.
    pub contacts: u64,
    /// Which people they are.
    pub seed: u64,
    /// How many requests ten seconds allow.
    pub limit_per_10s: u64,
    /// How long every answer waits, in milliseconds.
    pub latency_ms: u64,
    /// Which reset it is, counted from 1: cursors are of one reset.
    pub generation: u64,
    /// Which tables it was made for.
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
            schema: SCHEMA,
        }
    }
}

impl Settings {
    /// Reads the body of `POST /_sandbox/reset`: what it doesn't name is as in a fresh sandbox.
    pub fn read(body: &Value, generation: u64) -> Result<Self, Refusal> {
        let number = |name: &str, otherwise: u64, range: std::ops::RangeInclusive<u64>| match body
            .get(name)
        {
            None | Some(Value::Null) => Ok(otherwise),
            Some(value) => value.as_u64().filter(|value| range.contains(value)).ok_or_else(|| {
                let message = format!("{name} must be from {} to {}", range.start(), range.end());
                Refusal::invalid(name, message)
            }),
        };
        let fresh = Self::default();
        Ok(Self {
            contacts: number("contacts", fresh.contacts, 0..=MAX_CONTACTS)?,
            seed: number("seed", fresh.seed, 0..=u64::MAX)?,
            limit_per_10s: number("limit_per_10s", fresh.limit_per_10s, 0..=1_000_000)?,
            latency_ms: number("latency_ms", fresh.latency_ms, 0..=60_000)?,
            generation,
            schema: SCHEMA,
        })
    }

    /// The settings in force; a sandbox that has none, or old tables, is made anew.
    pub fn load(store: &Store) -> Result<Self, Refusal> {
        store.run("CREATE TABLE IF NOT EXISTS setting (entry TEXT NOT NULL)", &[])?;
        let kept: Option<Value> =
            store.entries("SELECT entry FROM setting", &[])?.into_iter().next();
        let kept = kept.and_then(|kept| serde_json::from_value::<Self>(kept).ok());
        match kept.filter(|kept| kept.schema == SCHEMA) {
            Some(kept) => Ok(kept),
            None => {
                let fresh = Self::default();
                fresh.apply(store)?;
                Ok(fresh)
            }
        }
    }

    /// Makes the sandbox anew after these settings.
    pub fn apply(&self, store: &Store) -> Result<(), Refusal> {
        store.settle(self.seed, self.contacts)?;
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
    fn what_a_reset_does_not_name_is_as_in_a_fresh_sandbox() {
        assert_eq!(Settings::read(&json!({}), 1), Ok(Settings::default()));
        let read = Settings::read(&json!({"contacts": 0, "seed": 9}), 4);
        let expected = Settings { contacts: 0, seed: 9, generation: 4, ..Settings::default() };
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn a_bad_field_is_named() {
        for (name, value) in [
            ("contacts", json!(-1)),
            ("contacts", json!(200_001)),
            ("seed", json!("x")),
            ("limit_per_10s", json!(1.5)),
            ("latency_ms", json!(60_001)),
        ] {
            let field = Settings::read(&json!({ name: value }), 1).map_err(|refusal| refusal.field);
            assert_eq!(field, Err(Some(name.to_owned())));
        }
    }
}
