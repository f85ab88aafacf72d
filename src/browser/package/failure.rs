//! Converts errors to objects, from which `js/` makes the package's error classes.

use super::object::{Handle, ObjectWriter};
use crate::browser::FetchResponse;
use crate::call::Operation;
use crate::client::{Error, Response};
use wasm_bindgen::JsValue;

/// Returns the object to throw for an error of an operation.
pub fn thrown(error: Error<FetchResponse>, operation: Operation) -> JsValue {
    let (mut invalid, mut response, mut reason) = (None, None, None);
    let kind = match error {
        Error::Invalid(argument) => {
            invalid = Some(argument);
            "argument"
        }
        Error::Failed(_) => "connection",
        Error::Status(answer) => {
            response = Some(answer);
            "status"
        }
        Error::Unreadable { reason: why, response: answer } => {
            (reason, response) = (Some(why), Some(answer));
            "unreadable"
        }
        Error::Endless => "endless",
    };
    let limit = response.as_ref().and_then(Response::rate_limit);
    let text = response.as_ref().map(|response| response.text().clone());
    let handle = response.map(|response| response.raw().clone());
    ObjectWriter::new()
        .with("kind", &kind)
        .with("operation", &operation.to_string())
        .with("argument", &invalid.map(|invalid| invalid.name))
        .with("expected", &invalid.map(|invalid| invalid.expected))
        .with("reason", &reason)
        .with("limit", &limit.map(|limit| limit.limit))
        .with("remaining", &limit.map(|limit| limit.remaining))
        .with("reset", &limit.map(|limit| limit.reset.as_millis() as f64))
        .with("text", &text.as_ref().map(Handle))
        .with("response", &handle.as_ref().map(Handle))
        .finish()
}
