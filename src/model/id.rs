//! Ids, which Intercom writes as strings or as numbers.

use super::{JsonRef, JsonType};
use serde_json::{Number, Value};
use std::fmt;

/// An id as Intercom writes it: a text, or in older responses a whole number (a contact's
/// `owner_id` is a number up to API 2.15 and a text from 2.16). Both forms mean the same id. A
/// number keeps all its digits; a number with a fraction or an exponent is not an id.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(untagged))]
pub enum Id {
    /// An id written as a text.
    Text(String),
    /// An id written as a number.
    Number(Number),
}

impl Id {
    /// Returns true if the text is this id, in either form.
    ///
    /// ```
    /// use intercom_edge::model::Id;
    /// assert!(Id::from(7).is("7") && Id::from("7").is("7"));
    /// ```
    pub fn is(&self, text: &str) -> bool {
        match self {
            Self::Text(id) => id == text,
            Self::Number(id) => id.to_string() == text,
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(id) => formatter.write_str(id),
            Self::Number(id) => id.fmt(formatter),
        }
    }
}

impl From<&str> for Id {
    fn from(id: &str) -> Self {
        Self::Text(id.to_owned())
    }
}

impl From<String> for Id {
    fn from(id: String) -> Self {
        Self::Text(id)
    }
}

impl From<i64> for Id {
    fn from(id: i64) -> Self {
        Self::Number(id.into())
    }
}

impl JsonType for Id {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::String(id) => Ok(Self::Text(id)),
            Value::Number(id) if is_whole(&id) => Ok(Self::Number(id)),
            other => Err(other),
        }
    }

    fn json(&self) -> JsonRef<'_> {
        match self {
            Self::Text(id) => JsonRef::Text(id),
            Self::Number(id) => JsonRef::Number(id),
        }
    }
}

/// Returns true if a number is written with digits only. `1e3` and `1000.0` would otherwise be
/// other ids than `1000`.
fn is_whole(number: &Number) -> bool {
    number.to_string().trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit())
}
