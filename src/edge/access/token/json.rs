//! JSON in which no object names a member twice. Of two readers of one that does, one might check a
//! claim and the other use its twin (RFC 7519, section 4).

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fmt;

/// Reads a document; `None` where it isn't JSON in UTF-8, or names a member twice at any depth.
pub fn parse(text: &[u8]) -> Option<Value> {
    serde_json::from_slice::<Unique>(text).ok()?;
    serde_json::from_slice(text).ok()
}

/// Reads a document that is an object.
pub fn object(text: &[u8]) -> Option<Map<String, Value>> {
    match parse(text)? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// A value in which no object names a member twice. Nothing of it is kept: what serde_json's numbers
/// are to a reader is serde_json's to know.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut names = HashSet::new();
        while let Some((name, Self)) = members.next_entry::<String, Self>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{object, parse};
    use serde_json::{Value, json};

    #[test]
    fn json_comes_through_whole() {
        let text =
            r#" {"a":[1,-2,3.5,null,true,"\u00e9\n"],"b":{"a":{}},"c":18446744073709551615} "#;
        let same: Value = serde_json::from_str(text).unwrap();
        assert_eq!(parse(text.as_bytes()), Some(same));
        assert_eq!(parse(b"[]"), Some(json!([])));
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_at_any_depth_and_however_it_is_written() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"a":3}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
            r#"{"iss":"good","\u0069ss":"evil"}"#,
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        assert!(parse(br#"{"a":{"a":1},"A":2}"#).is_some());
    }

    #[test]
    fn what_is_no_json_in_utf_8_is_refused() {
        for text in [
            b"".as_slice(),
            b"{",
            b"{}{}",
            b"{} x",
            b"{'a':1}",
            b"{\"a\":NaN}",
            b"{\"a\":\"\xff\"}",
            b"{\"a\":\"\\ud800\"}",
            b"\xef\xbb\xbf{}",
            b"\xff\xfe{\0}\0",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(parse(deep.as_bytes()), None);
    }

    #[test]
    fn an_object_is_nothing_else() {
        assert!(object(b"{}").is_some());
        for text in ["[]", "null", "1", "\"{}\"", "true"] {
            assert!(object(text.as_bytes()).is_none(), "{text}");
        }
    }
}
