//! The runtime's clock.

use crate::client::Timer;
use js_sys::{Function, Promise};
use std::time::Duration;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

/// The clock of the page, on `Date.now` and `setTimeout`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(run: &Function, milliseconds: f64);
}

impl Timer for Clock {
    fn now(&self) -> Duration {
        Duration::from_millis(js_sys::Date::now() as u64)
    }

    async fn sleep(&self, pause: Duration) {
        let milliseconds = pause.as_millis() as f64;
        let timeout = Promise::new(&mut |resolve, _| set_timeout(&resolve, milliseconds));
        // A promise that only a timer resolves is never rejected.
        let _ = JsFuture::from(timeout).await;
    }
}
