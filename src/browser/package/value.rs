//! Bodies that the engine's `JSON.parse` reads. Rust keeps a handle, and reads only the fields that
//! it needs.

use super::object::{Handle, ObjectWriter};
use crate::browser::FetchResponse;
use crate::call::Accept;
use crate::client::{Decode, Page, Response};
use crate::model::{Envelope, JsonValue};
use js_sys::{Array, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

/// The result of a call: the parsed body, undefined for an empty body, or the `Response` of a
/// stream.
pub struct CallResult(pub JsValue);

impl Decode<CallResult> for FetchResponse {
    fn decode(&self) -> Result<CallResult, String> {
        if self.accept().is_stream() {
            return Ok(CallResult(self.raw().clone()));
        }
        if self.accept() == Accept::JsonOrNothing && self.text().is_falsy() {
            return Ok(CallResult(JsValue::UNDEFINED));
        }
        let body = parse(self.text()).ok_or_else(|| "not a JSON object".to_owned())?;
        if let Some(id) = self.header("x-intercom-edge-message") {
            // An object that was just parsed takes any member.
            let _ = Reflect::set(&body, &"messageId".into(), &id.into());
        }
        Ok(CallResult(body))
    }
}

#[wasm_bindgen]
extern "C" {
    /// Parses a JavaScript string with the engine's parser.
    #[wasm_bindgen(js_namespace = JSON, js_name = parse, catch)]
    fn parse_json(text: &JsValue) -> Result<JsValue, JsValue>;
}

/// Parses a text that is a JSON object.
fn parse(text: &JsValue) -> Option<JsValue> {
    parse_json(text).ok().filter(|value| value.is_object() && !Array::is_array(value))
}

/// A page of a list. Its items are not read.
pub struct ItemPage(Envelope<ParsedJson>);

impl ItemPage {
    /// Returns the page in the form of the package's `Page`.
    pub fn into_value(self) -> JsValue {
        let Envelope { items, total_count, next, .. } = self.0;
        ObjectWriter::new()
            .with("data", &Handle(&items.0))
            .with("totalCount", &total_count)
            .with("startingAfter", &next)
            .finish()
    }
}

impl Page for ItemPage {
    fn next(&self) -> Option<String> {
        self.0.next.clone()
    }

    fn is_empty(&self) -> bool {
        self.0.length == 0
    }
}

impl Decode<ItemPage> for FetchResponse {
    fn decode(&self) -> Result<ItemPage, String> {
        let body = parse(self.text()).map(ParsedJson);
        let envelope = body.as_ref().and_then(Envelope::read);
        envelope.map(ItemPage).ok_or_else(|| "not a list".to_owned())
    }
}

/// A value from `JSON.parse`. To read it runs no code of the page.
struct ParsedJson(JsValue);

impl JsonValue for ParsedJson {
    fn member(&self, name: &str) -> Option<Self> {
        let value = Reflect::get(&self.0, &name.into()).ok()?;
        (!value.is_undefined()).then_some(Self(value))
    }

    fn as_text(&self) -> Option<String> {
        self.0.as_string()
    }

    fn as_number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn array_length(&self) -> Option<usize> {
        self.0.dyn_ref::<Array>().map(|items| items.length() as usize)
    }
}
