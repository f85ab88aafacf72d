//! One field of a model, in every state that Intercom's answers show.

use super::Shape;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::{Number, Value};
use std::{fmt, marker::PhantomData};

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

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_unit(),
            Self::Known(value) => value.serialize(serializer),
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Shape> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

/// Reads the value once, straight into its shape; only a value of another shape is kept as JSON.
struct FieldVisitor<T>(PhantomData<T>);

impl<T: Shape> FieldVisitor<T> {
    fn field(read: Result<T, Value>) -> Field<T> {
        match read {
            Ok(value) => Field::Known(value),
            Err(value) => Field::Other(value),
        }
    }
}

impl<'de, T: Shape> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Self::field(T::from_bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Self::field(T::from_number(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Self::field(T::from_number(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(match Number::from_f64(value) {
            Some(number) => Self::field(T::from_number(number)),
            None => Field::Null,
        })
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Self::field(T::from_string(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
        Ok(Self::field(T::from_string(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        T::from_array(items).map(Self::field)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        T::from_object(entries).map(Self::field)
    }
}
