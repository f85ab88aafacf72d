//! Reads the value of a filter.

use crate::http::body;
use crate::http::response::ApiError;
use crate::search::field::Comparison;
use serde_json::Value;

/// Returns a filter's value in the form that SQL compares; 400 if it has the wrong type.
pub(crate) fn operand(
    comparison: Comparison,
    name: &str,
    value: &Value,
) -> Result<Value, ApiError> {
    let (operand, expected) = match comparison {
        Comparison::Id | Comparison::Text => (value.as_str().map(Value::from), "a text"),
        Comparison::NumberId if value.is_number() => (Some(value.to_string().into()), "an id"),
        Comparison::NumberId => (value.as_str().map(Value::from), "an id"),
        Comparison::Assignee if value.is_null() => (Some(0.into()), "a number"),
        Comparison::Integer | Comparison::Assignee => (number(value), "a number"),
        Comparison::Date | Comparison::Time => {
            (body::seconds(value).map(Value::from), "a UNIX timestamp")
        }
        Comparison::Flag => {
            let flag = match value {
                Value::Bool(flag) => Some(*flag),
                Value::String(text) => text.parse::<bool>().ok(),
                _ => None,
            };
            (flag.map(|flag| u8::from(flag).into()), "true or false")
        }
        // The form of a member in the text of a JSON array.
        Comparison::Members => match value {
            Value::String(_) => (Some(value.to_string().into()), "an id"),
            Value::Number(_) => (Some(format!("\"{value}\"").into()), "an id"),
            _ => (None, "an id"),
        },
        Comparison::Words => {
            let word = value.as_str().map(|word| Value::from(word.to_lowercase()).to_string());
            (word.map(Value::from), "a text")
        }
        Comparison::Attribute => {
            let scalar = value.is_string() || value.is_number() || value.is_boolean();
            (scalar.then(|| value.clone()), "a text, a number, true or false")
        }
    };
    operand.ok_or_else(|| {
        ApiError::invalid("value", format!("The value for '{name}' must be {expected}"))
    })
}

/// Returns a number; Intercom's examples also write digits in a string.
fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(number) => Some(number.into()),
            Err(_) => text.trim().parse::<f64>().ok().filter(|n| n.is_finite()).map(Value::from),
        },
        _ => None,
    }
}
