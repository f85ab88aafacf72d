//! The options of each call from `js/`, its signal, and the page's hooks and credential.

use crate::browser::{Clock, Hooks};
use crate::client::{Failure, Request, Timer};
use js_sys::Promise;
use std::time::Duration;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, Response};

#[wasm_bindgen]
extern "C" {
    /// `Exchange` of js/exchange.ts, which has checked the options. `before`, `renew` and `after`
    /// return a promise only if the page's own code is asynchronous. The promise rejects when the
    /// call is aborted. `Exchange` keeps an error that the page's code throws.
    #[derive(Clone, Debug)]
    pub type Exchange;

    /// Returns the Worker's address, without a slash at its end.
    #[wasm_bindgen(method, getter, js_name = baseUrl)]
    pub fn base_url(this: &Exchange) -> String;

    /// Returns the maximum duration of all attempts in milliseconds.
    #[wasm_bindgen(method, getter)]
    pub fn timeout(this: &Exchange) -> f64;

    /// Returns the maximum number of retries.
    #[wasm_bindgen(method, getter)]
    pub fn retries(this: &Exchange) -> u32;

    /// Returns the idempotency key for the Worker's outbox.
    #[wasm_bindgen(method, getter, js_name = idempotencyKey)]
    pub fn idempotency_key(this: &Exchange) -> Option<String>;

    /// Returns the number of items per page.
    #[wasm_bindgen(method, getter, js_name = perPage)]
    pub fn per_page(this: &Exchange) -> Option<u32>;

    /// Returns the cursor of a list's first page.
    #[wasm_bindgen(method, getter, js_name = startingAfter)]
    pub fn starting_after(this: &Exchange) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    fn signal(this: &Exchange) -> AbortSignal;

    #[wasm_bindgen(method)]
    fn before(
        this: &Exchange,
        operation: &str,
        method: &str,
        url: &str,
        attempt: u32,
        headers: &Headers,
    ) -> Option<Promise>;

    #[wasm_bindgen(method)]
    fn renew(this: &Exchange, headers: &Headers) -> Option<Promise>;

    #[wasm_bindgen(method)]
    fn after(this: &Exchange, response: &Response) -> Option<Promise>;

    #[wasm_bindgen(method)]
    fn failed(this: &Exchange, cause: JsValue);

    #[wasm_bindgen(method, catch)]
    async fn sleep(this: &Exchange, milliseconds: f64) -> Result<JsValue, JsValue>;
}

/// Waits for the page's own code, if it is asynchronous.
async fn done(promise: Option<Promise>) -> Result<JsValue, Failure> {
    match promise {
        Some(promise) => JsFuture::from(promise).await.map_err(|_| Failure::Aborted),
        None => Ok(JsValue::UNDEFINED),
    }
}

impl Hooks for Exchange {
    const ABORTED: Failure = Failure::Aborted;

    fn signal(&self, _: Duration) -> AbortSignal {
        self.signal()
    }

    async fn before(
        &self,
        request: &Request<'_>,
        url: &str,
        headers: &Headers,
    ) -> Result<(), Failure> {
        let (operation, method) = (request.operation.to_string(), request.method().as_str());
        done(self.before(&operation, method, url, request.attempt, headers)).await.map(drop)
    }

    async fn renew(&self, headers: &Headers) -> Result<bool, Failure> {
        done(self.renew(headers)).await.map(|renewed| renewed.is_truthy())
    }

    async fn after(&self, response: &Response) -> Result<(), Failure> {
        done(self.after(response)).await.map(drop)
    }

    fn failed(&self, cause: JsValue) {
        self.failed(cause);
    }
}

impl Timer for Exchange {
    fn now(&self) -> Duration {
        Clock.now()
    }

    async fn sleep(&self, pause: Duration) {
        // It rejects only if the call is aborted; the next request then fails.
        let _ = self.sleep(pause.as_millis() as f64).await;
    }
}
