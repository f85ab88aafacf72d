//! A field of a model, in all states that Intercom's responses have.

use super::{JsonRef, JsonType, Object};
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// A field of a model: absent, `null`, of the documented type, or of another type. A decode and an
/// encode keep all four states.
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
    /// The object does not have the field.
    #[default]
    Absent,
    /// The field is `null`.
    Null,
    /// The field has a value of the documented type.
    Known(T),
    /// The field has a value of another type, unchanged.
    Other(Value),
}

impl<T> Field<T> {
    /// Creates a field that is always present: `null` without a value.
    pub fn nullable(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }

    /// Returns the value, if the field has one of the documented type.
    pub const fn get(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the owned value, if the field has one of the documented type.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Returns true if the field is absent; an encode leaves it out.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Returns the same field, with `null` in place of absent: API 1.x writes every field.
    #[must_use]
    pub fn or_null(self) -> Self {
        match self {
            Self::Absent => Self::Null,
            other => other,
        }
    }
}

impl Field<String> {
    /// Returns the text, if the field has one.
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

impl<T: JsonType> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(serializer)
    }
}

impl<T: JsonType> Field<T> {
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

    /// Takes a field out of an object. It is compiled once for each type instead of once for each field: the models
    /// have hundreds of fields.
    #[inline(never)]
    pub(crate) fn take(object: &mut Object, name: &str) -> Self {
        object.remove(name).map_or(Self::Absent, Self::read)
    }

    /// Returns the JSON to write; `null` for an absent field.
    pub(crate) fn json(&self) -> JsonRef<'_> {
        match self {
            Self::Absent | Self::Null => JsonRef::Value(&Value::Null),
            Self::Known(value) => value.json(),
            Self::Other(value) => JsonRef::Value(value),
        }
    }

    /// Adds the field to the entries of an object to write, unless it is absent. As [`take`](Self::take), it is
    /// compiled once for each type.
    #[inline(never)]
    pub(crate) fn put<'a>(&'a self, object: &mut Vec<(&'a str, JsonRef<'a>)>, name: &'a str) {
        if !self.is_absent() {
            object.push((name, self.json()));
        }
    }
}

impl<'de, T: JsonType> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::read)
    }
}
