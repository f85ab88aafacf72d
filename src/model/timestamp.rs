//! Moments, which come as integers, digit strings or ISO-8601.

use super::{Json, Shape};
use serde_json::{Number, Value};

/// A moment as Intercom wrote it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(untagged))]
pub enum Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z, the documented form.
    Seconds(Number),
    /// Digits or ISO-8601 text, as some answers and webhooks have it.
    Text(String),
}

impl Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z; `None` for ISO-8601 text, which is kept as it came.
    pub fn seconds(&self) -> Option<i64> {
        match self {
            Self::Seconds(seconds) => seconds.as_i64(),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

impl From<i64> for Timestamp {
    fn from(seconds: i64) -> Self {
        Self::Seconds(seconds.into())
    }
}

impl Shape for Timestamp {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Number(seconds) => Ok(Self::Seconds(seconds)),
            Value::String(text) => Ok(Self::Text(text)),
            other => Err(other),
        }
    }

    fn json(&self) -> Json<'_> {
        match self {
            Self::Seconds(seconds) => Json::Number(seconds),
            Self::Text(text) => Json::Text(text),
        }
    }
}
