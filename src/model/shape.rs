//! How a value is read from each of JSON's kinds, and the macro that declares a model.

use super::{Field, Object};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serialize;
use serde_json::{Number, Value};
use std::borrow::Cow;
use std::fmt;

/// A type that can be read from one or more of JSON's kinds. A kind that doesn't fit gives the
/// value back, so that [`Field`] can keep it.
pub trait Shape: Sized {
    /// Reads `true` or `false`.
    fn from_bool(value: bool) -> Result<Self, Value> {
        Err(Value::Bool(value))
    }

    /// Reads a number.
    fn from_number(value: Number) -> Result<Self, Value> {
        Err(Value::Number(value))
    }

    /// Reads a text.
    fn from_string(value: String) -> Result<Self, Value> {
        Err(Value::String(value))
    }

    /// Reads an array.
    ///
    /// # Errors
    /// Only what the source of the JSON itself reports: malformed text.
    fn from_array<'de, A: SeqAccess<'de>>(mut items: A) -> Result<Result<Self, Value>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element()? {
            values.push(value);
        }
        Ok(Err(Value::Array(values)))
    }

    /// Reads an object.
    ///
    /// # Errors
    /// Only what the source of the JSON itself reports: malformed text.
    fn from_object<'de, A: MapAccess<'de>>(entries: A) -> Result<Result<Self, Value>, A::Error> {
        Ok(Err(Value::Object(read_object(entries)?)))
    }
}

/// A key of an object, borrowed from the body where it holds no escapes.
pub(crate) struct Key<'de>(pub Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

fn read_object<'de, A: MapAccess<'de>>(mut entries: A) -> Result<Object, A::Error> {
    let mut object = Object::new();
    while let Some((key, value)) = entries.next_entry()? {
        object.insert(key, value);
    }
    Ok(object)
}

impl Shape for bool {
    fn from_bool(value: bool) -> Result<Self, Value> {
        Ok(value)
    }
}

impl Shape for i64 {
    fn from_number(value: Number) -> Result<Self, Value> {
        value.as_i64().ok_or(Value::Number(value))
    }
}

impl Shape for Number {
    fn from_number(value: Number) -> Result<Self, Value> {
        Ok(value)
    }
}

impl Shape for String {
    fn from_string(value: String) -> Result<Self, Value> {
        Ok(value)
    }
}

impl Shape for Object {
    fn from_object<'de, A: MapAccess<'de>>(entries: A) -> Result<Result<Self, Value>, A::Error> {
        read_object(entries).map(Ok)
    }
}

impl<T: Shape + Serialize> Shape for Vec<T> {
    fn from_array<'de, A: SeqAccess<'de>>(mut items: A) -> Result<Result<Self, Value>, A::Error> {
        let mut fields = Vec::with_capacity(items.size_hint().unwrap_or(0).min(256));
        let mut known = true;
        while let Some(field) = items.next_element::<Field<T>>()? {
            known &= matches!(field, Field::Known(_));
            fields.push(field);
        }
        Ok(if known {
            Ok(fields.into_iter().filter_map(Field::into_known).collect())
        } else {
            Err(Value::Array(fields.iter().map(to_value).collect()))
        })
    }
}

/// A model encodes to JSON without fail: its keys are texts and its numbers came from JSON.
pub(super) fn to_value<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Declares a model: a struct of [`Field`]s named as Intercom names them, with `type` before and
/// whatever else came in `extra` after them, its decode and its encode.
macro_rules! model {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            /// What kind of object Intercom calls it.
            pub r#type: $crate::model::Field<String>,
            $($(#[$doc])* pub $field: $crate::model::Field<$type>,)*
            /// Everything else, as it came.
            pub extra: $crate::model::Object,
        }

        impl $name {
            /// The first field whose value has another shape than documented.
            pub fn misshapen(&self) -> Option<&'static str> {
                if matches!(self.r#type, $crate::model::Field::Other(_)) {
                    return Some("type");
                }
                $(if matches!(self.$field, $crate::model::Field::Other(_)) {
                    return Some(stringify!($field));
                })*
                None
            }
        }

        impl $crate::model::Shape for $name {
            fn from_object<'de, A: serde::de::MapAccess<'de>>(
                mut entries: A,
            ) -> Result<Result<Self, serde_json::Value>, A::Error> {
                let mut model = Self::default();
                while let Some($crate::model::shape::Key(key)) = entries.next_key()? {
                    match key.as_ref() {
                        "type" => model.r#type = entries.next_value()?,
                        $(stringify!($field) => model.$field = entries.next_value()?,)*
                        _ => {
                            model.extra.insert(key.into_owned(), entries.next_value()?);
                        }
                    }
                }
                Ok(Ok(model))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::model::shape::deserialize_object(deserializer)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                if !self.r#type.is_absent() {
                    map.serialize_entry("type", &self.r#type)?;
                }
                $(if !self.$field.is_absent() {
                    map.serialize_entry(stringify!($field), &self.$field)?;
                })*
                for (key, value) in &self.extra {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    };
}

/// Declares an enum of Intercom's words that stays open to new ones.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// A word that this version of the crate doesn't know, as it came.
            Other(String),
        }

        impl $name {
            /// Intercom's word for it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl $crate::model::Shape for $name {
            fn from_string(value: String) -> Result<Self, serde_json::Value> {
                Ok(Self::from(value.as_str()))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

pub(crate) use {model, words};

/// Reads a model from a whole body, which must be an object.
pub(crate) fn deserialize_object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Shape,
{
    match Field::<T>::deserialize(deserializer)? {
        Field::Known(model) => Ok(model),
        _ => Err(serde::de::Error::custom("the body is not a JSON object")),
    }
}
