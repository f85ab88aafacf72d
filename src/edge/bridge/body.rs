//! Bodies of API 1.x: read whole, and what is wrong with one is said before anything goes to
//! Intercom.

use super::super::answer::Refusal;
use super::super::body;
use super::super::visit::Visit;
use crate::call::JsonText;
use crate::model::Object;
use serde::de::DeserializeOwned;

/// Reads a body, which must be a JSON object.
pub(super) async fn object<T: DeserializeOwned>(visit: &Visit<'_>) -> Result<T, Refusal> {
    read(&body::json(visit).await?)
}

/// Reads a JSON object.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let reason = if error.is_data() {
            "The body is not a JSON object".to_owned()
        } else {
            format!("The body is not JSON: line {line}, column {column}")
        };
        Refusal::new(400, "bad_request", reason).naming("body")
    })
}

/// A JSON object that goes on as it stands.
pub(super) fn json_text(body: Vec<u8>) -> Result<JsonText, Refusal> {
    read::<Object>(&body)?;
    // JSON is UTF-8, so this holds.
    String::from_utf8(body).map(JsonText).map_err(|_| invalid("body", "The body is not UTF-8"))
}

/// A field that can't be meant so.
pub(super) fn invalid(field: &str, message: &str) -> Refusal {
    Refusal::new(422, "parameter_invalid", message).naming(field)
}

/// A field that must be there.
pub(super) fn missing(field: &str, message: &str) -> Refusal {
    Refusal::new(422, "parameter_not_found", message).naming(field)
}

/// Refuses a model one of whose fields has another shape than documented.
pub(super) fn well_formed(within: &str, misshapen: Option<&str>) -> Result<(), Refusal> {
    match misshapen {
        Some(name) => Err(invalid(&path(within, name), &format!("{name} has the wrong type"))),
        None => Ok(()),
    }
}

/// The name of a field within another, or by itself.
pub(super) fn path(within: &str, name: &str) -> String {
    if within.is_empty() { name.to_owned() } else { format!("{within}.{name}") }
}
