//! How a type is read from JSON, and the macro that declares a model.

use super::{Field, Object};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::Serialize;
use serde_json::{Number, Value};

/// A type that can be read from JSON.
pub trait Shape: Sized {
    /// Reads a value. One of another shape comes back, so that [`Field`] can keep it.
    ///
    /// # Errors
    /// The value, as it came.
    fn from_value(value: Value) -> Result<Self, Value>;
}

impl Shape for bool {
    fn from_value(value: Value) -> Result<Self, Value> {
        value.as_bool().ok_or(value)
    }
}

impl Shape for i64 {
    fn from_value(value: Value) -> Result<Self, Value> {
        value.as_i64().ok_or(value)
    }
}

impl Shape for Number {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Number(number) => Ok(number),
            other => Err(other),
        }
    }
}

impl Shape for String {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        }
    }
}

impl Shape for Object {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Object(entries) => Ok(entries),
            other => Err(other),
        }
    }
}

impl<T: Shape + Serialize> Shape for Vec<T> {
    fn from_value(value: Value) -> Result<Self, Value> {
        let Value::Array(values) = value else { return Err(value) };
        let fields: Vec<_> = values.into_iter().map(Field::<T>::read).collect();
        if fields.iter().all(|field| field.get().is_some()) {
            Ok(fields.into_iter().filter_map(Field::into_known).collect())
        } else {
            Err(Value::Array(fields.iter().map(to_value).collect()))
        }
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
            fn from_value(value: serde_json::Value) -> Result<Self, serde_json::Value> {
                let mut entries = $crate::model::Object::from_value(value)?;
                Ok(Self {
                    r#type: $crate::model::Field::take(&mut entries, "type"),
                    $($field: $crate::model::Field::take(&mut entries, stringify!($field)),)*
                    extra: entries,
                })
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
            fn from_value(value: serde_json::Value) -> Result<Self, serde_json::Value> {
                value.as_str().map(Self::from).ok_or(value)
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
    T::from_value(Value::deserialize(deserializer)?)
        .map_err(|_| D::Error::custom("the body is not a JSON object"))
}
