//! Numbers that a Durable Object stores by key, beside its tables. They have no schema: an older version of the
//! Worker leaves the keys alone that it does not know.

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::{Result, State};

#[wasm_bindgen]
extern "C" {
    /// The part of a Durable Object's storage that has values by key. `worker` reads them with a deserializer, which
    /// would make the program larger.
    #[derive(Clone, Debug)]
    type Values;

    #[wasm_bindgen(method)]
    fn get(this: &Values, key: &str) -> Promise;

    #[wasm_bindgen(method)]
    fn put(this: &Values, key: &str, value: f64) -> Promise;
}

/// The numbers that an object stores by key.
#[derive(Clone, Debug)]
pub struct Numbers(Values);

impl Numbers {
    /// Opens the numbers of an object.
    pub fn new(state: &State) -> Self {
        Self(AsRef::<JsValue>::as_ref(state.storage().as_raw()).clone().unchecked_into())
    }

    /// Reads the number of a key, if there is one.
    pub async fn get(&self, key: &str) -> Result<Option<f64>> {
        Ok(JsFuture::from(self.0.get(key)).await?.as_f64())
    }

    /// Stores the number of a key.
    pub async fn put(&self, key: &str, value: f64) -> Result<()> {
        JsFuture::from(self.0.put(key, value)).await?;
        Ok(())
    }
}
