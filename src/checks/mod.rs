//! The npm package's second WebAssembly, which pages load when they send messages. It checks a
//! message by the Worker's own rules before it is sent.
//!
//! Bodies arrive as JSON text. To read a caller's object can run the caller's code, so that happens
//! in JavaScript.

use crate::model::{InvalidField, NewBatch, NewTemplate, Notification};
use js_sys::{Array, JsString};
use wasm_bindgen::prelude::*;

/// Checks a notification's JSON.
#[wasm_bindgen]
pub fn notification(json: &str) -> Result<(), JsValue> {
    Notification::read(json.as_bytes()).map(drop).map_err(invalid)
}

/// Checks a batch's JSON.
#[wasm_bindgen]
pub fn batch(json: &str) -> Result<(), JsValue> {
    NewBatch::read(json.as_bytes()).map(drop).map_err(invalid)
}

/// Checks a template's JSON.
#[wasm_bindgen]
pub fn template(json: &str) -> Result<(), JsValue> {
    NewTemplate::read(json.as_bytes()).map(drop).map_err(invalid)
}

/// Converts the error to an array of the field and the message.
fn invalid(InvalidField { field, message, .. }: InvalidField) -> JsValue {
    Array::of2(&JsString::from(field), &JsString::from(message)).into()
}
