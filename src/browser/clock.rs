//! The JavaScript engine's clock.

use crate::client::Timer;
use js_sys::{Function, Promise};
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: f64) -> JsValue;
}

/// `Date.now` and `setTimeout`, which pages, Node and workers all have.
#[derive(Clone, Copy, Debug)]
pub struct Clock;

impl Timer for Clock {
    fn now(&self) -> Duration {
        Duration::from_millis(js_sys::Date::now() as u64)
    }

    async fn sleep(&self, pause: Duration) {
        let milliseconds = pause.as_millis() as f64;
        let slept = Promise::new(&mut |resolve, _| drop(set_timeout(&resolve, milliseconds)));
        // Nothing rejects it.
        let _ = JsFuture::from(slept).await;
    }
}
