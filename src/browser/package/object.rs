//! Builds JavaScript objects by serde-wasm-bindgen.

use serde::Serialize;
use serde::ser::SerializeMap;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

/// A builder of a JavaScript object. Its fields are written one by one: structs that derive
/// `Serialize` would add a hash map of field names, 0.7 KB gzipped.
pub struct ObjectWriter(Option<<&'static Serializer as serde::Serializer>::SerializeMap>);

const SERIALIZER: Serializer = Serializer::json_compatible();

impl ObjectWriter {
    pub fn new() -> Self {
        Self(serde::Serializer::serialize_map(&SERIALIZER, None).ok())
    }

    /// Adds a field; `None` becomes null.
    pub fn with(mut self, name: &str, value: &impl Serialize) -> Self {
        // Texts, numbers and handles: nothing here fails to serialise.
        let added = self.0.as_mut().map(|object| object.serialize_entry(name, value));
        debug_assert!(matches!(added, Some(Ok(()))));
        self
    }

    pub fn finish(self) -> JsValue {
        self.0.and_then(|object| object.end().ok()).unwrap_or(JsValue::UNDEFINED)
    }
}

/// A handle to a JavaScript value, which is passed unchanged.
pub struct Handle<'a>(pub &'a JsValue);

impl Serialize for Handle<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_wasm_bindgen::preserve::serialize(self.0, serializer)
    }
}
