//! Reads the parts of a request, which is JSON.

use super::buffer;
use super::error::Error;
use super::json::{Kind, Malformed, Reader, number_value};
use super::schema::{Field, Schema};

/// A value that a filter compares with.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, as it is written.
    Number(&'a str),
    /// A text, in WTF-8.
    Text(Vec<u8>),
}

impl Scalar<'_> {
    /// Returns the text of a text or a number.
    pub fn text(&self) -> Option<&[u8]> {
        match self {
            Self::Number(text) => Some(text.as_bytes()),
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number, also of a text that is a number in JSON.
    pub fn number(&self) -> Option<f64> {
        let number = number_value(std::str::from_utf8(self.text()?).ok()?);
        (!number.is_nan()).then_some(number)
    }
}

/// Reads an object. Returns the texts of the members with these names, as they are written.
pub fn members<'a, const N: usize>(
    json: &'a str,
    names: [&str; N],
) -> Result<[Option<&'a str>; N], Malformed> {
    let mut found = [None; N];
    let mut scratch = Vec::new();
    let mut reader = Reader::new(json.as_bytes());
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        let key = key.content(&mut scratch).map_err(|_| Malformed)?;
        let place = names.iter().position(|name| name.as_bytes() == key);
        match place.and_then(|place| found.get_mut(place)) {
            Some(found) => *found = Some(reader.value_text()?),
            None => reader.skip()?,
        }
    }
    reader.end()?;
    Ok(found)
}

/// Reads an array. Returns the texts of its elements, as they are written.
pub fn elements(json: &str) -> Result<Vec<&str>, Malformed> {
    let mut found = Vec::new();
    let mut reader = Reader::new(json.as_bytes());
    reader.begin_array()?;
    while reader.next_element()? {
        buffer::push(&mut found, reader.value_text()?).map_err(|_| Malformed)?;
    }
    reader.end()?;
    Ok(found)
}

/// Reads `null`, a bool, a number or a text.
pub fn scalar(json: &str) -> Result<Scalar<'_>, Malformed> {
    let mut reader = Reader::new(json.as_bytes());
    let scalar = match reader.peek()? {
        Kind::Null => reader.null().map(|()| Scalar::Null)?,
        Kind::True | Kind::False => Scalar::Bool(reader.bool()?),
        Kind::Number => Scalar::Number(reader.number()?),
        Kind::String => {
            let mut text = Vec::new();
            reader.string()?.append_to(&mut text).map_err(|_| Malformed)?;
            Scalar::Text(text)
        }
        Kind::Object | Kind::Array => return Err(Malformed),
    };
    reader.end()?;
    Ok(scalar)
}

/// Reads a text.
pub fn text(json: &str) -> Option<Vec<u8>> {
    match scalar(json) {
        Ok(Scalar::Text(text)) => Some(text),
        _ => None,
    }
}

/// Reads the name of a field. Returns `None` for a custom attribute that no contact has.
pub fn field(json: Option<&str>, path: &str, schema: &Schema) -> Result<Option<Field>, Error> {
    let name = json.and_then(text).ok_or_else(|| Error::query(path, "the name of a field"))?;
    match schema.field(&name) {
        None if !schema.may_have(&name) => {
            let name = String::from_utf8_lossy(&name);
            Err(Error::query(path, format!("a field of the directory, which {name} is not")))
        }
        field => Ok(field),
    }
}

/// Reads a whole number.
pub fn whole(json: &str) -> Option<i64> {
    let Ok(Scalar::Number(text)) = scalar(json) else { return None };
    let number = number_value(text);
    let whole = number as i64;
    (whole as f64 == number && whole.unsigned_abs() < 1 << 53).then_some(whole)
}

/// Reads the `limit` of a request. Without one, or with `null`, there is no limit.
pub fn limit(json: Option<&str>, field: &str) -> Result<usize, Error> {
    match json {
        None | Some("null") => Ok(usize::MAX),
        Some(json) => whole(json)
            .and_then(|limit| usize::try_from(limit).ok())
            .ok_or_else(|| Error::query(field, "a whole number, or null")),
    }
}

/// Returns the path of an element of an array, such as `sort[0]`.
pub fn element_path(path: &str, place: usize, member: &str) -> String {
    format!("{path}[{place}]{member}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_in_any_order_and_the_last_one_counts() {
        let json = r#"{"b":[1, 2],"c":{},"a":1,"\u0061":"x"}"#;
        assert_eq!(members(json, ["a", "b", "d"]), Ok([Some("\"x\""), Some("[1, 2]"), None]));
        assert_eq!(elements("[1, 2]"), Ok(vec!["1", "2"]));
        assert_eq!(members("[]", ["a"]), Err(Malformed));
    }

    #[test]
    fn scalars_are_read() {
        assert_eq!(scalar("null"), Ok(Scalar::Null));
        assert_eq!(scalar("true"), Ok(Scalar::Bool(true)));
        assert_eq!(scalar("1.50"), Ok(Scalar::Number("1.50")));
        assert_eq!(scalar(r#""1""#).unwrap().number(), Some(1.0));
        assert_eq!(scalar(r#"" 1""#).unwrap().number(), None);
        assert_eq!(scalar("[]"), Err(Malformed));
        assert_eq!(limit(Some("3"), "limit"), Ok(3));
        assert!(limit(Some("-3"), "limit").is_err() && limit(Some("1.5"), "limit").is_err());
        assert_eq!(element_path("sort", 12, ".field"), "sort[12].field");
    }
}
