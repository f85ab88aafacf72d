//! Reads single values of a JSON body. Clients write ids as strings or numbers, and times as whole
//! numbers, floats or digit strings.

use super::answer::Refusal;
use serde_json::Value;

/// Returns the string of a field; `None` if it is absent or empty.
pub(super) fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Returns the id of a field, which may be a string or a number.
pub(super) fn id(body: &Value, name: &str) -> Option<String> {
    match body.get(name)? {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// Returns the id of a field, or 400 `parameter_not_found` that names the field.
pub(super) fn required_id(body: &Value, name: &str) -> Result<String, Refusal> {
    id(body, name).ok_or_else(|| missing(name))
}

/// Returns the strings of an array; `None` if it is not an array of strings.
pub(super) fn texts<'a>(body: &'a Value, name: &str) -> Option<Vec<&'a str>> {
    body.get(name)?.as_array()?.iter().map(Value::as_str).collect()
}

/// Returns a time in seconds since 1970; `None` if the value is not a time.
pub(super) fn seconds(value: &Value) -> Option<i64> {
    /// The largest whole number that every float up to it can tell from its neighbours.
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
pub(super) fn time(body: &Value, name: &str) -> Result<Option<i64>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(time) => seconds(time)
            .map(Some)
            .ok_or_else(|| Refusal::invalid(name, format!("{name} must be a UNIX timestamp"))),
    }
}

/// Reads a field that is true or false; an absent field and `null` are `None`.
pub(super) fn flag(body: &Value, name: &str) -> Result<Option<bool>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Refusal::invalid(name, format!("{name} must be true or false"))),
    }
}

/// Writes a field of a JSON object.
pub(super) fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value.into());
    }
}

/// Returns 400 `parameter_not_found` for a field that a request needs.
pub(super) fn missing(name: &str) -> Refusal {
    Refusal::new(400, "parameter_not_found", format!("{name} not specified"))
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
