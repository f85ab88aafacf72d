//! The writable and the required fields of a resource.

use crate::html::paragraph;
use crate::http::body::set;
use crate::http::response::ApiError;
use serde_json::Value;

/// The values that a field accepts.
#[derive(Clone, Copy)]
pub(crate) enum FieldType {
    /// A string; `null` empties the field.
    Text,
    /// A string that is stored as HTML.
    Html,
    /// A boolean.
    Flag,
    /// A JSON object; `null` empties the field.
    Object,
    /// A value that another resource checks. `read` returns the value as it is stored.
    Checked {
        /// Returns `None` for an invalid value.
        read: fn(&Value) -> Option<Value>,
        /// The valid values, for the error message.
        expected: &'static str,
    },
    /// An id, stored as a string; `null` empties the field.
    Id,
    /// One of these strings.
    OneOf(&'static [&'static str]),
}

impl FieldType {
    /// Returns the value as it is stored; an `Err` has the valid values.
    fn read(self, value: &Value) -> Result<Value, String> {
        let nullable = matches!(self, Self::Text | Self::Object | Self::Id);
        if nullable && value.is_null() {
            return Ok(Value::Null);
        }
        let (read, expected) = match self {
            Self::Text => (value.as_str().map(Value::from), "a string"),
            Self::Html => (value.as_str().map(|text| paragraph(text).into()), "a string"),
            Self::Flag => (value.as_bool().map(Value::from), "true or false"),
            Self::Object => (value.is_object().then(|| value.clone()), "an object"),
            Self::Checked { read, expected } => (read(value), expected),
            Self::Id => match value {
                Value::String(_) => (Some(value.clone()), "an id"),
                Value::Number(id) => (Some(id.to_string().into()), "an id"),
                _ => (None, "an id"),
            },
            Self::OneOf(words) => {
                let is_known = value.as_str().is_some_and(|word| words.contains(&word));
                return is_known.then(|| value.clone()).ok_or_else(|| words.join(" or "));
            }
        };
        read.ok_or_else(|| expected.to_owned())
    }
}

/// Writes the writable fields of a body. Like Intercom, it ignores other fields.
pub(crate) fn write(
    fields: &[(&str, FieldType)],
    body: &Value,
    object: &mut Value,
) -> Result<(), ApiError> {
    for (name, field_type) in fields {
        if let Some(value) = body.get(*name) {
            let value = field_type.read(value).map_err(|expected| {
                ApiError::invalid(name, format!("{name} must be {expected}"))
            })?;
            set(object, name, value);
        }
    }
    Ok(())
}

/// Returns 400 with the message of the first required field that is missing.
pub(crate) fn require(required: &[(&str, &str)], body: &Value) -> Result<(), ApiError> {
    let is_missing = |name: &str| match body.get(name) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    };
    match required.iter().find(|(name, _)| is_missing(name)) {
        Some((_, message)) => Err(ApiError::new(400, "parameter_not_found", *message)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NUMBER: FieldType = FieldType::Checked {
        read: |value| value.as_str()?.parse::<u64>().ok().map(Value::from),
        expected: "digits",
    };

    const FIELDS: &[(&str, FieldType)] = &[
        ("title", FieldType::Text),
        ("body", FieldType::Html),
        ("on", FieldType::Flag),
        ("author_id", NUMBER),
        ("parent_id", FieldType::Id),
        ("state", FieldType::OneOf(&["draft", "published"])),
    ];

    fn written(body: &Value) -> Result<Value, (Option<String>, String)> {
        let mut object = json!({});
        write(FIELDS, body, &mut object)
            .map(|()| object)
            .map_err(|error| (error.field, error.message))
    }

    #[test]
    fn writable_fields_are_stored_in_one_form() {
        assert_eq!(
            written(&json!({
                "title": "T", "body": "B", "on": true, "author_id": "1234567", "parent_id": 7,
                "state": "draft", "id": "mine", "unknown": 1,
            })),
            Ok(json!({
                "title": "T", "body": "<p>B</p>", "on": true, "author_id": 1_234_567,
                "parent_id": "7", "state": "draft",
            }))
        );
        assert_eq!(written(&json!({"title": null})), Ok(json!({"title": null})));
    }

    #[test]
    fn a_value_of_another_type_is_an_error_with_its_field() {
        for (name, value) in [
            ("title", json!(1)),
            ("body", json!(null)),
            ("on", json!("true")),
            ("author_id", json!(1)),
            ("parent_id", json!({})),
            ("state", json!("done")),
        ] {
            let field = written(&json!({ name: value })).map_err(|(field, _)| field);
            assert_eq!(field, Err(Some(name.to_owned())), "{name}");
        }
        let message = written(&json!({"state": "x"})).map_err(|(_, message)| message);
        assert_eq!(message, Err("state must be draft or published".to_owned()));
    }

    #[test]
    fn the_first_missing_field_has_its_message() {
        let required = [("a", "No a"), ("b", "No b")];
        let message = |body| require(&required, &body).map_err(|error| error.message);
        assert_eq!(message(json!({"a": 1, "b": false})), Ok(()));
        assert_eq!(message(json!({"a": 1})), Err("No b".to_owned()));
        assert_eq!(message(json!({"a": " ", "b": 1})), Err("No a".to_owned()));
        assert_eq!(message(json!({"b": 1, "a": null})), Err("No a".to_owned()));
    }
}
