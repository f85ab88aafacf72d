//! Reads and writes models as JSON, and declares them by two macros.
//!
//! serde's derives were measured in place of this file, gzipped after wasm-opt, with the examples of
//! Intercom's reference decoded on the host:
//!
//! - With a `Field` that reads a `Value` first, decoding takes 1.02 to 1.45 times as long. The Worker
//!   has 50 KB more (632 KB), and checks.wasm 21 KB more (61 KB, of at most 42.5 KB).
//! - With a `Field` that reads each value once, decoding takes 0.67 to 0.84 times as long. The Worker
//!   has 197 KB more (779 KB), with a fallback for bodies in which a field comes twice: derives reject
//!   those.

use super::{Field, Object};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use serde_json::{Number, Value};

/// A type that is read from JSON and written as JSON.
pub trait JsonType: Sized {
    /// Reads a value.
    ///
    /// # Errors
    /// The unchanged value, if it is of another type. [`Field`] keeps it.
    fn from_value(value: Value) -> Result<Self, Value>;

    /// Returns the JSON to write.
    fn json(&self) -> JsonRef<'_>;
}

/// JSON to write, borrowed from a model.
#[derive(Clone, Debug)]
pub enum JsonRef<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(&'a Number),
    /// A string.
    Text(&'a str),
    /// An array.
    Array(Vec<JsonRef<'a>>),
    /// An object; its entries are written in this order.
    Object(Vec<(&'a str, JsonRef<'a>)>),
    /// Any JSON, unchanged.
    Value(&'a Value),
}

impl Serialize for JsonRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(bool) => serializer.serialize_bool(*bool),
            Self::Integer(integer) => serializer.serialize_i64(*integer),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
            }
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

impl JsonType for bool {
    fn from_value(value: Value) -> Result<Self, Value> {
        value.as_bool().ok_or(value)
    }

    fn json(&self) -> JsonRef<'_> {
        JsonRef::Bool(*self)
    }
}

impl JsonType for i64 {
    fn from_value(value: Value) -> Result<Self, Value> {
        value.as_i64().ok_or(value)
    }

    fn json(&self) -> JsonRef<'_> {
        JsonRef::Integer(*self)
    }
}

impl JsonType for Number {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Number(number) => Ok(number),
            other => Err(other),
        }
    }

    fn json(&self) -> JsonRef<'_> {
        JsonRef::Number(self)
    }
}

impl JsonType for String {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        }
    }

    fn json(&self) -> JsonRef<'_> {
        JsonRef::Text(self)
    }
}

impl JsonType for Object {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Object(entries) => Ok(entries),
            other => Err(other),
        }
    }

    fn json(&self) -> JsonRef<'_> {
        JsonRef::Object(entries(self).collect())
    }
}

impl<T: JsonType> JsonType for Vec<T> {
    fn from_value(value: Value) -> Result<Self, Value> {
        let Value::Array(values) = value else { return Err(value) };
        let fields: Vec<_> = values.into_iter().map(Field::<T>::read).collect();
        if fields.iter().all(|field| field.get().is_some()) {
            Ok(fields.into_iter().filter_map(Field::into_known).collect())
        } else {
            Err(Value::Array(fields.iter().map(|field| to_value(field.json())).collect()))
        }
    }

    fn json(&self) -> JsonRef<'_> {
        JsonRef::Array(self.iter().map(T::json).collect())
    }
}

/// Returns the entries of an object, to be written unchanged.
pub(crate) fn entries(object: &Object) -> impl Iterator<Item = (&str, JsonRef<'_>)> {
    object.iter().map(|(key, value)| (key.as_str(), JsonRef::Value(value)))
}

/// Converts JSON to a value. It cannot fail: keys are strings and numbers are from JSON.
fn to_value(json: JsonRef<'_>) -> Value {
    serde_json::to_value(json).unwrap_or_default()
}

/// Describes a model.
#[cfg(feature = "edge")]
pub(crate) trait Described {
    /// The names of the fields, without `type`.
    const FIELD_NAMES: &'static [&'static str];
    /// The values of its `type`, for tests that compare it with other descriptions of the same JSON.
    #[cfg(test)]
    const KINDS: &'static [&'static str];
    /// The name, the type, and the attribute of ts-rs of each field.
    #[cfg(test)]
    const FIELDS: &'static [(&'static str, &'static str, &'static str)];
}

/// Declares a model: a struct of [`Field`]s with the names of Intercom's API, `type` before them and
/// all unknown fields in `extra` after them.
///
/// Two things are for TypeScript only: the values of `type`, as in `pub struct Contact = "contact"`,
/// and fields that are always present, as in `#[ts(as = "Role")] role: Role`.
macro_rules! model {
    (
        $(#[doc = $about:literal])* $(#[ts($($option:tt)*)])?
        pub struct $name:ident $(= $($kind:literal)|+)? {
            $($(#[doc = $doc:literal])* $(#[ts($($ts:tt)*)])? $field:ident: $type:ty,)*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[cfg_attr(feature = "types", derive(ts_rs::TS), ts(optional_fields = nullable))]
        $(#[cfg_attr(feature = "types", ts($($option)*))])?
        pub struct $name {
            /// Name of the type of the object.
            #[cfg_attr(feature = "types", ts(as = "crate::model::types::TypeField<Self>"))]
            pub r#type: $crate::model::Field<String>,
            $(
                $(#[doc = $doc])*
                $(#[cfg_attr(feature = "types", ts($($ts)*))])?
                pub $field: $crate::model::Field<$type>,
            )*
            /// All other fields, unchanged.
            #[cfg_attr(feature = "types", ts(skip))]
            pub extra: $crate::model::Object,
        }

        #[cfg(feature = "types")]
        impl $crate::model::types::TypeNames for $name {
            const TYPE_NAMES: &[&str] = &[$($($kind),+)?];
        }

        #[cfg(feature = "edge")]
        impl $crate::model::json::Described for $name {
            const FIELD_NAMES: &'static [&'static str] = &[$(stringify!($field)),*];
            #[cfg(test)]
            const KINDS: &'static [&'static str] = &[$($($kind),+)?];
            #[cfg(test)]
            const FIELDS: &'static [(&'static str, &'static str, &'static str)] = &[$((
                stringify!($field),
                stringify!($type),
                concat!($(stringify!($($ts)*))?),
            )),*];
        }

        impl $name {
            /// Returns the name of the first field whose value is not of the documented type.
            pub fn invalid_field(&self) -> Option<&'static str> {
                if matches!(self.r#type, $crate::model::Field::Other(_)) {
                    return Some("type");
                }
                $(if matches!(self.$field, $crate::model::Field::Other(_)) {
                    return Some(stringify!($field));
                })*
                None
            }
        }

        impl $crate::model::JsonType for $name {
            fn from_value(value: serde_json::Value) -> Result<Self, serde_json::Value> {
                let mut entries = $crate::model::Object::from_value(value)?;
                Ok(Self {
                    r#type: $crate::model::Field::take(&mut entries, "type"),
                    $($field: $crate::model::Field::take(&mut entries, stringify!($field)),)*
                    extra: entries,
                })
            }

            fn json(&self) -> $crate::model::JsonRef<'_> {
                let mut entries = Vec::new();
                self.r#type.put(&mut entries, "type");
                $(self.$field.put(&mut entries, stringify!($field));)*
                entries.extend($crate::model::json::entries(&self.extra));
                $crate::model::JsonRef::Object(entries)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::model::json::deserialize_object(deserializer)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::model::JsonType::json(self).serialize(serializer)
            }
        }
    };
}

/// Declares an enum of names in Intercom's API. It stays open to new names.
macro_rules! open_enum {
    (
        $(#[doc = $about:literal])*
        pub enum $name:ident { $($(#[doc = $doc:literal])* $variant:ident = $text:literal,)* }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $doc])* $variant,)*
            /// A name that this version of the crate does not know, unchanged.
            Other(String),
        }

        impl $name {
            /// All values that this version of the crate knows.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the name that Intercom's API uses.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl $crate::model::JsonType for $name {
            fn from_value(value: serde_json::Value) -> Result<Self, serde_json::Value> {
                value.as_str().map(Self::from).ok_or(value)
            }

            fn json(&self) -> $crate::model::JsonRef<'_> {
                $crate::model::JsonRef::Text(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(|word| Self::from(word.as_str()))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "types")]
        impl ts_rs::TS for $name {
            type WithoutGenerics = Self;
            type OptionInnerType = Self;

            fn docs() -> Option<String> {
                Some($crate::model::types::docs(&[$($about),*]))
            }

            fn ident(_: &ts_rs::Config) -> String {
                stringify!($name).to_owned()
            }

            fn name(config: &ts_rs::Config) -> String {
                format!("Word<{}>", Self::ident(config))
            }

            fn inline(_: &ts_rs::Config) -> String {
                let names: &[(&[&str], &str)] = &[$((&[$($doc),*], $text)),*];
                $crate::model::types::union(names)
            }

            fn output_path() -> Option<std::path::PathBuf> {
                Some($crate::model::types::FILE.into())
            }
        }
    };
}

pub(crate) use {model, open_enum};

/// Deserializes a model from a whole body, which must be an object.
pub(crate) fn deserialize_object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: JsonType,
{
    T::from_value(Value::deserialize(deserializer)?)
        .map_err(|_| D::Error::custom("the body is not a JSON object"))
}
