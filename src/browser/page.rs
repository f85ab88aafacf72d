//! Answers as the engine parsed them.

use super::fetch::Text;
use crate::client::{Decode, Page};
use js_sys::Reflect;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    // js_sys's own takes a Rust string: the body would be copied into WebAssembly and back.
    #[wasm_bindgen(js_namespace = JSON, catch)]
    fn parse(text: &JsValue) -> Result<JsValue, JsValue>;
}

/// A parsed body, which stays on the JavaScript side.
#[derive(Debug)]
pub struct Parsed(JsValue);

impl Parsed {
    /// The object itself.
    pub fn into_value(self) -> JsValue {
        self.0
    }
}

impl Decode<Parsed> for Text {
    fn decode(self) -> Result<Parsed, String> {
        match parse(&self.0) {
            Ok(value) if value.is_object() => Ok(Parsed(value)),
            Ok(_) => Err("the body is not a JSON object".to_owned()),
            Err(_) => Err("the body is not JSON".to_owned()),
        }
    }
}

impl Page for Parsed {
    fn next(&self) -> Option<String> {
        let get = |value: &JsValue, key: &str| Reflect::get(value, &JsValue::from_str(key)).ok();
        get(&get(&get(&self.0, "pages")?, "next")?, "starting_after")?.as_string()
    }
}
