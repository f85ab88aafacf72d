//! The platform's `fetch` as a [`Transport`], through gloo-net.

use crate::client::{Failure, Request, Response, Transport};
use gloo_net::http::{Method, RequestBuilder};
use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// The version of Intercom's API that the package's types describe.
const VERSION: &str = "2.14";

/// The headers that the package reads.
const READ_HEADERS: [&str; 6] = [
    "retry-after",
    "x-intercom-edge-message",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
];

/// A body as a JavaScript string, which isn't copied into WebAssembly.
#[derive(Debug)]
pub struct Text(pub JsValue);

#[wasm_bindgen]
extern "C" {
    // js_sys's own takes a Rust string: the body would be copied into WebAssembly and back.
    #[wasm_bindgen(js_namespace = JSON, catch)]
    fn parse(text: &JsValue) -> Result<JsValue, JsValue>;
}

impl Text {
    /// The object that it is the JSON of, as the engine parses it.
    pub fn object(&self) -> Result<JsValue, &'static str> {
        match parse(&self.0) {
            Ok(value) if value.is_object() => Ok(value),
            Ok(_) => Err("the body is not a JSON object"),
            Err(_) => Err("the body is not JSON"),
        }
    }
}

/// The way to the Worker for one call.
pub struct Fetch {
    /// The Worker's address.
    pub base_url: String,
    /// Gives the caller key, or a promise of it.
    pub authorize: Function,
    /// Aborts the call. Its reason is an error always: gloo-net takes nothing else.
    pub signal: AbortSignal,
}

impl Transport for Fetch {
    type Body = Text;

    async fn send(&self, request: Request<'_>) -> Result<Response<Text>, Failure> {
        let timeout = AbortSignal::timeout_with_f64(request.timeout.as_millis() as f64);
        self.exchange(request, &timeout).await.map_err(|_| {
            if self.signal.aborted() {
                Failure::Aborted
            } else if timeout.aborted() {
                Failure::Timeout
            } else {
                Failure::Connection
            }
        })
    }
}

impl Fetch {
    async fn exchange(
        &self,
        request: Request<'_>,
        timeout: &AbortSignal,
    ) -> Result<Response<Text>, JsValue> {
        let key = self.authorize.call0(&JsValue::NULL)?;
        let key = JsFuture::from(Promise::resolve(&key)).await?.as_string().unwrap_or_default();
        let signal = AbortSignal::any(&Array::of2(&self.signal, timeout));
        let url = format!("{}{}", self.base_url, request.target);
        let builder = RequestBuilder::new(&url)
            .method(match request.method.as_str() {
                "POST" => Method::POST,
                "PUT" => Method::PUT,
                "DELETE" => Method::DELETE,
                _ => Method::GET,
            })
            .header("accept", "application/json")
            .header("authorization", &format!("Bearer {key}"))
            .header("intercom-version", VERSION)
            .abort_signal(Some(&signal));
        let builder = match request.idempotency_key {
            Some(key) => builder.header("idempotency-key", key),
            None => builder,
        };
        let request = match request.body {
            Some(body) => builder.header("content-type", "application/json").body(body),
            None => builder.build(),
        };
        let answer = request.map_err(lost)?.send().await.map_err(lost)?;
        let headers = READ_HEADERS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), answer.headers().get(name)?)))
            .collect();
        let status = answer.status();
        let text = web_sys::Response::from(answer).text()?;
        Ok(Response { status, headers, body: Text(JsFuture::from(text).await?) })
    }
}

/// Which of gloo-net's errors it was makes no difference: there is no answer.
fn lost(_: gloo_net::Error) -> JsValue {
    JsValue::UNDEFINED
}
