//! One field of a model, in every state that Intercom's answers show.

use super::{Json, Object, Shape};
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// A field that Intercom may leave out, send as `null`, send well formed, or send in a shape that
/// nobody expected. All four survive a decode and an encode.
///
/// ```
/// use intercom_edge::model::{Contact, Field};
///
/// let contact: Contact = serde_json::from_str(r#"{"email":null,"name":"Joe","phone":7}"#)?;
/// assert_eq!(contact.name.as_str(), Some("Joe"));
/// assert_eq!(contact.email, Field::Null);
/// assert_eq!(contact.phone, Field::Other(7.into()));
/// assert_eq!(contact.external_id, Field::Absent);
/// assert_eq!(serde_json::to_value(&contact)?, serde_json::json!({"email": null, "name": "Joe", "phone": 7}));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Field<T> {
    /// The field wasn't there.
    #[default]
    Absent,
    /// The field was `null`.
    Null,
    /// The field, read.
    Known(T),
    /// A value of another shape than documented, as it came.
    Other(Value),
}

impl<T> Field<T> {
    /// The value, if it was there and readable.
    pub const fn get(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    /// The value itself, if it was there and readable.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Whether an encode leaves the field out.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The same field, `null` in place of absent: the dialect of API 1.x names every field.
    #[must_use]
    pub fn or_null(self) -> Self {
        match self {
            Self::Absent => Self::Null,
            other => other,
        }
    }
}

impl Field<String> {
    /// The text, if there is any.
    pub fn as_str(&self) -> Option<&str> {
        self.get().map(String::as_str)
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl From<&str> for Field<String> {
    fn from(value: &str) -> Self {
        Self::Known(value.to_owned())
    }
}

impl<T: Shape> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(serializer)
    }
}

impl<T: Shape> Field<T> {
    /// Reads a value.
    pub(crate) fn read(value: Value) -> Self {
        if value.is_null() {
            return Self::Null;
        }
        T::from_value(value).map_or_else(Self::Other, Self::Known)
    }

    /// Reads a field of an object.
    pub(crate) fn of(object: &Object, name: &str) -> Self {
        object.get(name).cloned().map_or(Self::Absent, Self::read)
    }

    /// Takes a field out of an object.
    pub(crate) fn take(object: &mut Object, name: &str) -> Self {
        object.remove(name).map_or(Self::Absent, Self::read)
    }

    /// What is to be written; `null` where there is nothing.
    pub(crate) fn json(&self) -> Json<'_> {
        match self {
            Self::Absent | Self::Null => Json::Value(&Value::Null),
            Self::Known(value) => value.json(),
            Self::Other(value) => Json::Value(value),
        }
    }

    /// Puts a field into an object that is to be written.
    pub(crate) fn put<'a>(&'a self, object: &mut Vec<(&'a str, Json<'a>)>, name: &'a str) {
        if !self.is_absent() {
            object.push((name, self.json()));
        }
    }
}

impl<'de, T: Shape> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::read)
    }
}
