//! The npm package's WebAssembly: what `js/` calls. It builds and checks requests, and repeats those
//! that may be; the engine's own `JSON.parse` makes the objects, which Rust doesn't read.

mod clock;
mod fetch;

use crate::call::{Call, IdempotencyKey, Method, admin, contact, notify};
use crate::client::{Client, DEADLINE, Error, Failure, Retry};
use crate::model::{Cursor, Field, Group, Invalid, Notification, Object, Search};
use clock::Clock;
use fetch::{Fetch, Text};
use js_sys::{Function, Promise};
use serde_json::Value;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortSignal;

/// A connection to one Worker. Its calls resolve to the answer's object, or to nothing where the
/// answer has no body.
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

    /// A page of people of a role.
    pub fn people(
        &self,
        role: &str,
        per_page: f64,
        starting_after: Option<String>,
        signal: AbortSignal,
    ) -> Result<Promise, JsValue> {
        if per_page.fract() != 0.0 || !(1.0..=150.0).contains(&per_page) {
            return Err(mistake("perPage is a whole number from 1 to 150"));
        }
        let page = Cursor {
            per_page: (per_page as i64).into(),
            starting_after: starting_after.map_or(Field::Absent, Field::from),
            ..Cursor::default()
        };
        let query = Group::equals("role", role).into();
        let search = Search { query, pagination: page.into(), ..Search::default() };
        Ok(self.start(contact::search(&search), signal))
    }

    /// All admins.
    pub fn admins(&self, signal: AbortSignal) -> Promise {
        self.start(admin::list(), signal)
    }

    /// The admin whom the access token belongs to.
    pub fn me(&self, signal: AbortSignal) -> Promise {
        self.start(admin::me(), signal)
    }

    /// Sends a message as it is, without a key once. It comes as JSON: what a caller's object may do
    /// while it is read (throw, recurse) stays in JavaScript.
    pub fn send(
        &self,
        message: String,
        key: Option<String>,
        signal: AbortSignal,
    ) -> Result<Promise, JsValue> {
        if !matches!(serde_json::from_slice(message.as_bytes()), Ok(Value::Object(_))) {
            return Err(mistake("A message is an object, nested no deeper than 100 levels"));
        }
        self.call("POST", "/messages".to_owned(), Some(message), key, signal)
    }

    /// Sends an e-mail to one person, if nothing is wrong with it.
    pub fn notify(
        &self,
        notification: &str,
        key: Option<String>,
        signal: AbortSignal,
    ) -> Result<Promise, JsValue> {
        let notification = Notification::read(notification.as_bytes()).map_err(invalid)?;
        Ok(self.start(notify::send(&notification, checked(key)?), signal))
    }

    /// Any call, of a path that is percent-encoded. One that writes is repeated only with a key.
    pub fn call(
        &self,
        method: &str,
        target: String,
        body: Option<String>,
        key: Option<String>,
        signal: AbortSignal,
    ) -> Result<Promise, JsValue> {
        let method = match method {
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "DELETE" => Method::Delete,
            _ => Method::Get,
        };
        let call = Call::<Object>::of(method, target, body).with_key(checked(key)?);
        Ok(self.start(call, signal))
    }

    fn start<T>(&self, call: Call<T>, signal: AbortSignal) -> Promise {
        // One piece of code for all of them: how the answer is read is not Rust's to decide here.
        self.run(call.answering(), signal)
    }

    fn run(&self, call: Call<()>, signal: AbortSignal) -> Promise {
        let (base_url, authorize) = (self.base_url.clone(), self.authorize.clone());
        let retry = Retry {
            // The Worker waits as long for a message's answer, and what it says then is worth having.
            deadline: if call.read { DEADLINE } else { DEADLINE + Duration::from_secs(5) },
            after_rate_limit: 2,
            after_failure: 2,
            jitter: Duration::ZERO,
        };
        let client = Client::new(Fetch { base_url, authorize, signal }, Clock, retry);
        future_to_promise(async move {
            let answer = client.fetch(&call).await.map_err(failed)?;
            if answer.status == 204 {
                return Ok(JsValue::UNDEFINED);
            }
            let unreadable = |reason: &str| failed(Error::Unreadable { reason: reason.to_owned() });
            answer.body.object().map_err(unreadable)
        })
    }
}

/// A key, if one was given and is one.
fn checked(key: Option<String>) -> Result<Option<IdempotencyKey>, JsValue> {
    key.map(IdempotencyKey::new).transpose().map_err(|error| mistake(&error.message))
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
            let header = |name| answer.header(name).map_or(JsValue::NULL, JsValue::from);
            let (request_id, message_id) =
                (header("x-request-id"), header("x-intercom-edge-message"));
            object(&[
                ("kind", "status".into()),
                ("status", answer.status.into()),
                ("text", answer.body.0),
                ("requestId", request_id),
                ("messageId", message_id),
            ])
        }
        Error::Unreadable { reason } => {
            object(&[("kind", "unreadable".into()), ("message", reason.into())])
        }
        Error::Repeats => object(&[("kind", "repeats".into())]),
    }
}

/// A mistake in the arguments, before anything is sent.
fn mistake(message: &str) -> JsValue {
    object(&[("kind", "mistake".into()), ("message", message.into())])
}

/// What the Worker would refuse, before anything is sent.
fn invalid(invalid: Invalid) -> JsValue {
    object(&[
        ("kind", "invalid".into()),
        ("field", invalid.field.into()),
        ("message", invalid.message.into()),
    ])
}

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (key, value) in entries {
        // A plain object takes every property.
        let _ = js_sys::Reflect::set(&object, &JsValue::from_str(key), value);
    }
    object.into()
}
