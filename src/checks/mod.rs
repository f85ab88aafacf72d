//! The npm package's second WebAssembly, loaded by who sends: what the Worker would refuse, by its
//! own rules, before anything is sent.
//!
//! Bodies come as JSON: what a caller's object may do while it is read (throw, recurse) stays in
//! JavaScript.

use crate::model::{Invalid, NewBatch, NewTemplate, Notification};
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

/// The field that is wrong, and why.
fn invalid(Invalid { field, message, .. }: Invalid) -> JsValue {
    Array::of2(&JsString::from(field), &JsString::from(message)).into()
}
