//! Reads single values of a JSON body. Clients write ids as strings or numbers, and times as whole
//! numbers, floats or digit strings.

use crate::http::response::ApiError;
use serde_json::{Map, Value, json};

/// The maximum number of attachments of a reply, from Intercom's reference.
const MAX_ATTACHMENTS: usize = 10;

/// Returns the string of a field; `None` if it is absent or empty.
pub(crate) fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Returns the id of a field, which may be a string or a number.
pub(crate) fn id(body: &Value, name: &str) -> Option<String> {
    match body.get(name)? {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// Returns the id of a field, or 400 `parameter_not_found` that names the field.
pub(crate) fn required_id(body: &Value, name: &str) -> Result<String, ApiError> {
    id(body, name).ok_or_else(|| missing(name))
}

/// Returns the text of a message, or 400 `parameter_not_found` if it is absent or blank.
pub(crate) fn message_text(body: &Value) -> Result<&str, ApiError> {
    let text = text(body, "body").filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| missing("body"))
}

/// Returns the attachments that `attachment_urls` names. The sandbox does not download them.
pub(crate) fn attachments(message: &Value) -> Result<Vec<Value>, ApiError> {
    let name = "attachment_urls";
    let invalid = || {
        let message = format!("{name} must be an array of at most {MAX_ATTACHMENTS} addresses");
        ApiError::invalid(name, message)
    };
    match message.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(urls)) if urls.len() <= MAX_ATTACHMENTS => urls
            .iter()
            .map(|url| {
                let url = url.as_str().ok_or_else(invalid)?;
                let name = url.rsplit('/').next();
                Ok(json!({"type": "upload", "name": name, "url": url}))
            })
            .collect(),
        Some(_) => Err(invalid()),
    }
}

/// Returns the strings of an array; `None` if it is not an array of strings.
pub(crate) fn texts<'a>(body: &'a Value, name: &str) -> Option<Vec<&'a str>> {
    body.get(name)?.as_array()?.iter().map(Value::as_str).collect()
}

/// Returns a time in seconds since 1970; `None` if the value is not a time.
pub(crate) fn seconds(value: &Value) -> Option<i64> {
    /// The largest integer below which every integer is a float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = |number: f64| (number.abs() <= EXACT).then_some(number as i64);
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        _ => None,
    }
}

/// Reads a field that is a time; an absent field and `null` are `None`.
pub(crate) fn time(body: &Value, name: &str) -> Result<Option<i64>, ApiError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(time) => seconds(time)
            .map(Some)
            .ok_or_else(|| ApiError::invalid(name, format!("{name} must be a UNIX timestamp"))),
    }
}

/// Reads a boolean field; an absent field and `null` are `None`.
pub(crate) fn flag(body: &Value, name: &str) -> Result<Option<bool>, ApiError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(ApiError::invalid(name, format!("{name} must be true or false"))),
    }
}

/// Reads a field that is a JSON object; an absent field and `null` are empty objects.
pub(crate) fn object(body: &Value, name: &str) -> Result<Map<String, Value>, ApiError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(_) => Err(ApiError::invalid(name, format!("{name} must be an object"))),
    }
}

/// Writes a field of a JSON object.
pub(crate) fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value.into());
    }
}

/// Returns 400 `parameter_not_found` for a field that a request needs.
pub(crate) fn missing(name: &str) -> ApiError {
    ApiError::new(400, "parameter_not_found", format!("{name} not specified"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_time_may_be_a_float_or_a_digit_string() {
        for time in [json!(946_684_800), json!(946_684_800.0), json!("946684800")] {
            assert_eq!(seconds(&time), Some(946_684_800), "{time}");
        }
        assert_eq!(seconds(&json!("946684800.9")), Some(946_684_800));
        for time in [json!("2000-01-01"), json!(""), json!("NaN"), json!(1e300), json!(true)] {
            assert_eq!(seconds(&time), None, "{time}");
        }
    }

    #[test]
    fn an_id_may_be_a_number() {
        let body = json!({"a": 7, "b": "7", "c": "", "d": null});
        assert_eq!(
            ["a", "b", "c", "d", "e"].map(|name| id(&body, name)),
            [Some("7".to_owned()), Some("7".to_owned()), None, None, None]
        );
    }
}
