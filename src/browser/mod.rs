//! The npm package's WebAssembly: what `js/` calls. It builds requests, retries reads and finds
//! the way to the next page; the engine's own `JSON.parse` makes the objects, and Rust reads no more than the envelope.

mod clock;
mod fetch;
mod page;

use crate::call::{Call, admin, contact, message};
use crate::client::{Client, DEADLINE, Error, Failure, Page, Retry};
use crate::model::{Group, NewMessage, Search};
use clock::Clock;
use fetch::{Fetch, Text};
use js_sys::Function;
use page::Parsed;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

/// A connection to one Worker.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Connection {
    base_url: String,
    authorize: Function,
}

#[wasm_bindgen]
impl Connection {
    /// `authorize` gives the caller key, or a promise of it, each time a request is sent.
    #[wasm_bindgen(constructor)]
    pub fn new(base_url: String, authorize: Function) -> Self {
        Self { base_url, authorize }
    }

    /// A page of people of a role; resolves to `{ body, next }`.
    pub async fn people(
        &self,
        role: String,
        per_page: f64,
        starting_after: Option<String>,
        signal: AbortSignal,
    ) -> Result<JsValue, JsValue> {
        if per_page.fract() != 0.0 || !(1.0..=150.0).contains(&per_page) {
            return Err(invalid("perPage is a whole number from 1 to 150"));
        }
        let search = Search { query: Group::equals("role", role).into(), ..Search::default() };
        let page = search.page(per_page as i64, starting_after.as_deref());
        self.page(contact::search(&page), signal).await
    }

    /// All admins; resolves to `{ body, next }`.
    pub async fn admins(&self, signal: AbortSignal) -> Result<JsValue, JsValue> {
        self.page(admin::list(), signal).await
    }

    /// The admin whom the access token belongs to.
    pub async fn me(&self, signal: AbortSignal) -> Result<JsValue, JsValue> {
        self.ask(admin::me(), signal).await.map(Parsed::into_value)
    }

    /// Sends a message, once. It comes as JSON: what a caller's object may do while it is read
    /// (throw, recurse) stays in JavaScript.
    pub async fn send(&self, message: String, signal: AbortSignal) -> Result<JsValue, JsValue> {
        let message: NewMessage = serde_json::from_str(&message)
            .map_err(|_| invalid("A message is an object, nested no deeper than 100 levels"))?;
        self.ask(message::create(&message), signal).await.map(Parsed::into_value)
    }

    async fn page<T>(&self, call: Call<T>, signal: AbortSignal) -> Result<JsValue, JsValue> {
        let page = self.ask(call, signal).await?;
        let next = page.next().map_or(JsValue::NULL, JsValue::from);
        Ok(object(&[("body", page.into_value()), ("next", next)]))
    }

    async fn ask<T>(&self, call: Call<T>, signal: AbortSignal) -> Result<Parsed, JsValue> {
        let fetch = Fetch { base_url: &self.base_url, authorize: &self.authorize, signal };
        let retry = Retry {
            deadline: DEADLINE,
            after_rate_limit: 2,
            after_failure: 2,
            jitter: Duration::ZERO,
        };
        Client::new(fetch, Clock, retry).send(&call.answering::<Parsed>()).await.map_err(failed)
    }
}

/// What went wrong, as `js/error.ts` reads it.
fn failed(error: Error<Text>) -> JsValue {
    match error {
        Error::Failed(failure) => object(&[(
            "kind",
            match failure {
                Failure::Timeout => "timeout",
                Failure::Aborted => "aborted",
                Failure::Connection => "network",
            }
            .into(),
        )]),
        Error::Status(answer) => {
            let request_id = answer.header("x-request-id").map_or(JsValue::NULL, JsValue::from);
            object(&[
                ("kind", "status".into()),
                ("status", answer.status.into()),
                ("text", answer.body.0),
                ("requestId", request_id),
            ])
        }
        Error::Unreadable { reason } => {
            object(&[("kind", "unreadable".into()), ("message", reason.into())])
        }
        Error::Repeats => object(&[("kind", "repeats".into())]),
    }
}

/// A mistake in the arguments, before anything is sent.
fn invalid(message: &str) -> JsValue {
    object(&[("kind", "invalid".into()), ("message", message.into())])
}

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (key, value) in entries {
        // A plain object takes every property.
        let _ = js_sys::Reflect::set(&object, &JsValue::from_str(key), value);
    }
    object.into()
}
