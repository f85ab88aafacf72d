//! The npm package's WebAssembly: the rules of a call, which `js/` asks before it sends and after it
//! was answered. Sending is the platform's `fetch`, and objects are made by its `JSON.parse`: neither
//! bodies nor answers come here.
//!
//! A mistake in the caller's arguments is thrown as `[argument, what is expected]`.

use crate::call::{IdempotencyKey, encode, is_of_outbox, is_repeatable};
use crate::client::{Outcome, RateLimit, Retry};
use js_sys::{Array, JsString};
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::Headers;

/// The longest of Intercom's names is far from it, and longer paths are refused by the Worker.
const LONGEST_NAME: u32 = 2048;

/// The path of an operation, such as `GET /contacts/{id}`, its parameters filled with these names.
#[wasm_bindgen]
pub fn target(operation: &str, names: &Array) -> Result<String, JsValue> {
    let (_, pattern) = operation.split_once(' ').unwrap_or_default();
    let mut names = names.iter();
    let mut target = String::with_capacity(pattern.len() + 32);
    for segment in pattern.split('/').skip(1) {
        target.push('/');
        match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
            Some(parameter) => target.extend(encode(&name(parameter, names.next())?)),
            None => target.push_str(segment),
        }
    }
    Ok(target)
}

/// A name that leads to no other path: a URL parser would resolve dots, encoded or not.
fn name(parameter: &str, value: Option<JsValue>) -> Result<String, JsValue> {
    value
        .and_then(|value| value.dyn_into::<JsString>().ok())
        .filter(|name| name.length() <= LONGEST_NAME)
        .map(String::from)
        .filter(|name| !matches!(name.as_str(), "" | "." | ".."))
        .ok_or_else(|| {
            mistake(parameter, "a text of 1 to 2048 characters, neither \".\" nor \"..\"")
        })
}

/// Whether a call may be sent again where nobody knows whether it arrived: it changes nothing, or
/// has a key by which the Worker's outbox knows it again.
#[wasm_bindgen]
pub fn repeatable(method: &str, target: &str, key: Option<String>) -> Result<bool, JsValue> {
    const KEY: &str = "idempotencyKey";
    let Some(key) = key else { return Ok(is_repeatable(method, target)) };
    if !is_of_outbox(method, target) {
        return Err(mistake(KEY, "only for messages: Intercom itself knows no keys"));
    }
    IdempotencyKey::new(key)
        .map(|_| true)
        .map_err(|_| mistake(KEY, "1 to 255 visible ASCII characters"))
}

/// How many milliseconds to wait before a call that may be is sent again; nothing ends the tries.
///
/// `attempt` counts from 1; `elapsed` and `timeout` are milliseconds of all tries; without headers
/// there was no answer.
#[wasm_bindgen]
pub fn pause(
    retries: u32,
    attempt: u32,
    elapsed: f64,
    timeout: f64,
    status: u16,
    headers: Option<Headers>,
) -> Option<f64> {
    let outcome = match &headers {
        Some(headers) => Outcome::of(status, |name| headers.get(name).ok().flatten()),
        None => Outcome::Failed,
    };
    let retry = Retry {
        deadline: milliseconds(timeout),
        after_rate_limit: retries,
        after_failure: retries,
        // Other tabs wait for the same window.
        jitter: milliseconds(js_sys::Math::random() * 1000.0),
    };
    let now = milliseconds(js_sys::Date::now());
    let pause = retry.pause(true, attempt, milliseconds(elapsed), now, &outcome)?;
    Some(pause.as_millis() as f64)
}

/// Where the workspace's limit stands, if an answer says so: requests a window, requests left, and
/// when the next window begins, in milliseconds since 1970.
#[wasm_bindgen(js_name = rateLimit)]
pub fn rate_limit(headers: &Headers) -> Option<Vec<f64>> {
    let limit = RateLimit::from_headers(|name| headers.get(name).ok().flatten())?;
    Some(vec![limit.limit.into(), limit.remaining.into(), limit.reset.as_millis() as f64])
}

/// What is wrong with the caller's arguments.
fn mistake(argument: &str, expected: &str) -> JsValue {
    Array::of2(&JsString::from(argument), &JsString::from(expected)).into()
}

fn milliseconds(number: f64) -> Duration {
    Duration::from_millis(number as u64)
}
