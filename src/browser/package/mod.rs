//! The npm package's WebAssembly: one export per call. `js/` checks the page's arguments, and
//! converts returned and thrown values to the package's own classes.
//!
//! These values cross the border: texts (ids, and bodies from `JSON.stringify`), handles to parsed
//! JSON, options on the way in, and page envelopes, rate limits and errors on the way out (by
//! serde-wasm-bindgen). A caller's own object never crosses: to read it runs the caller's code,
//! which may throw through WebAssembly.
//!
//! Options are read by getters: to deserialise six of them, serde-wasm-bindgen adds 16 KB gzipped,
//! most of it to format floating-point numbers in its error messages.

mod calls;
mod exchange;
mod failure;
mod object;
mod pages;
mod value;

use self::exchange::Exchange;
use self::failure::thrown;
use self::value::CallResult;
use super::Fetch;
use crate::call::{Call, IdempotencyKey};
use crate::client::{Client, Retry};
use js_sys::Promise;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// Smaller than the allocator of Rust's standard library, by 2 KB gzipped.
#[cfg(all(target_family = "wasm", not(target_feature = "atomics")))]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The client of one call, or of one list.
type PageClient = Client<Fetch<Exchange>, Exchange>;

/// Sends a call.
fn send<T>(exchange: Exchange, call: Call<T>) -> Promise {
    send_untyped(exchange, call.answering())
}

/// Sends a call of any type. Not generic, so its code is compiled once.
fn send_untyped(exchange: Exchange, call: Call<CallResult>) -> Promise {
    promise(Box::pin(async move {
        let call = with_key(call, exchange.idempotency_key());
        match client_of(exchange).send(&call).await {
            Ok(CallResult(value)) => Ok(value),
            Err(error) => Err(thrown(error, call.operation())),
        }
    }))
}

fn promise(future: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>) -> Promise {
    wasm_bindgen_futures::future_to_promise(future)
}

fn client_of(exchange: Exchange) -> PageClient {
    let retries = exchange.retries();
    let retry = Retry {
        deadline: Duration::from_millis(exchange.timeout() as u64),
        after_rate_limit: retries,
        after_failure: retries,
        // Other tabs wait for the same window.
        jitter: Duration::from_millis((js_sys::Math::random() * 1000.0) as u64),
    };
    let fetch = Fetch::with_hooks(exchange.base_url(), exchange.clone());
    Client::new(fetch, exchange, retry)
}

fn with_key<T>(call: Call<T>, key: Option<String>) -> Call<T> {
    match key.map(IdempotencyKey::new) {
        None => call,
        Some(Ok(key)) => call.with_key(key),
        Some(Err(invalid)) => call.rejecting(invalid),
    }
}
