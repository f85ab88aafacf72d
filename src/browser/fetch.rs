//! A [`Transport`] on gloo-net, which calls the runtime's `fetch`.

use crate::call::{Accept, InvalidArgument};
use crate::client::{Decode, Failure, Request, Response, Transport, decode_json};
use gloo_net::http;
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::Duration;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect};

/// The version of Intercom's API that the models describe.
const API_VERSION: &str = "2.14";

/// Sends requests to a Worker of intercom-edge by the runtime's `fetch`. `H` says what else a request
/// needs: a caller key at least.
#[derive(Clone, Debug)]
pub struct Fetch<H = CallerKey> {
    base_url: String,
    hooks: H,
}

impl Fetch {
    /// Makes a transport to the Worker at an address, for a caller key of that Worker.
    ///
    /// # Errors
    /// The address doesn't begin with `http://` or `https://` or has a query, or the key has a
    /// character that is not visible ASCII.
    pub fn new(base_url: &str, caller_key: &str) -> Result<Self, InvalidArgument> {
        let has_scheme = base_url.starts_with("https://") || base_url.starts_with("http://");
        if !has_scheme || base_url.contains(['?', '#', '@']) {
            let expected =
                "the address of your Worker, beginning with http:// or https://, without query";
            return Err(InvalidArgument { name: "base_url", expected });
        }
        if caller_key.is_empty() || !caller_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let expected = "a caller key of your Worker: visible ASCII characters";
            return Err(InvalidArgument { name: "caller_key", expected });
        }
        let hooks = CallerKey(format!("Bearer {caller_key}"));
        Ok(Self::with_hooks(base_url.trim_end_matches('/').to_owned(), hooks))
    }
}

impl<H: Hooks> Fetch<H> {
    /// Makes a transport to an address without a slash at its end, with hooks.
    pub(super) const fn with_hooks(base_url: String, hooks: H) -> Self {
        Self { base_url, hooks }
    }
}

/// What is done around each request.
#[allow(async_fn_in_trait)]
pub trait Hooks {
    /// What an aborted request means.
    const ABORTED: Failure;

    /// Returns the signal that aborts the request, at the latest after `timeout`.
    fn signal(&self, timeout: Duration) -> AbortSignal;

    /// Completes the header fields of a request, at least by the credential.
    async fn before(
        &self,
        request: &Request<'_>,
        url: &str,
        headers: &Headers,
    ) -> Result<(), Failure>;

    /// Replaces a credential that the Worker rejected (401). Returns false if there is no other.
    async fn renew(&self, _headers: &Headers) -> Result<bool, Failure> {
        Ok(false)
    }

    /// Sees a response as soon as its header fields are there.
    async fn after(&self, _response: &web_sys::Response) -> Result<(), Failure> {
        Ok(())
    }

    /// Sees why the connection failed: what JavaScript threw, or the request that failed.
    fn failed(&self, _cause: JsValue) {}
}

/// A caller key, as the header field `Authorization` has it.
#[derive(Clone)]
pub struct CallerKey(String);

impl fmt::Debug for CallerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CallerKey")
    }
}

impl Hooks for CallerKey {
    const ABORTED: Failure = Failure::Timeout;

    fn signal(&self, timeout: Duration) -> AbortSignal {
        AbortSignal::timeout_with_u32(timeout.as_millis().try_into().unwrap_or(u32::MAX))
    }

    async fn before(&self, _: &Request<'_>, _: &str, headers: &Headers) -> Result<(), Failure> {
        set(headers, "authorization", &self.0)
    }
}

impl<H: Hooks> Transport for Fetch<H> {
    type Response = FetchResponse;

    async fn send(&self, request: Request<'_>) -> Result<FetchResponse, Failure> {
        let signal = self.hooks.signal(request.timeout);
        if signal.aborted() {
            return Err(H::ABORTED);
        }
        let url = [&self.base_url, request.target].concat();
        let headers = headers_of(&request)?;
        self.hooks.before(&request, &url, &headers).await?;
        let mut response = self.fetch(&request, &url, &headers, &signal).await?;
        if response.status() == 401 && self.hooks.renew(&headers).await? {
            if let Some(body) = response.body() {
                // The connection may have failed meanwhile.
                let _ = JsFuture::from(body.cancel()).await;
            }
            response = self.fetch(&request, &url, &headers, &signal).await?;
        }
        self.hooks.after(&response).await?;
        let text = if request.accept.is_stream() && response.ok() {
            JsValue::UNDEFINED
        } else {
            let text = response.text().map_err(|_| Failure::Connection)?;
            JsFuture::from(text).await.map_err(|cause| self.failure(&signal, cause))?
        };
        Ok(FetchResponse { response, text, accept: request.accept })
    }
}

impl<H: Hooks> Fetch<H> {
    /// Sends one request. gloo-net's own builder would make two `Request`s and encode the query again.
    async fn fetch(
        &self,
        request: &Request<'_>,
        url: &str,
        headers: &Headers,
        signal: &AbortSignal,
    ) -> Result<web_sys::Response, Failure> {
        let init = RequestInit::new();
        init.set_method(request.method().as_str());
        init.set_headers(headers);
        init.set_signal(Some(signal));
        // The Worker has no reason to send the key and the message elsewhere.
        init.set_redirect(RequestRedirect::Manual);
        if let Some(body) = request.body {
            init.set_body(&JsValue::from_str(body));
        }
        let raw = web_sys::Request::new_with_str_and_init(url, &init)
            .map_err(|cause| self.failure(signal, cause))?;
        match http::Request::from(Clone::clone(&raw)).send().await {
            Ok(response) => Ok(response.into()),
            Err(_) => Err(self.failure(signal, raw.into())),
        }
    }

    fn failure(&self, signal: &AbortSignal, cause: JsValue) -> Failure {
        if signal.aborted() {
            return H::ABORTED;
        }
        self.hooks.failed(cause);
        Failure::Connection
    }
}

fn headers_of(request: &Request<'_>) -> Result<Headers, Failure> {
    let headers = Headers::new().map_err(|_| Failure::Connection)?;
    set(&headers, "accept", request.accept.as_str())?;
    set(&headers, "intercom-version", API_VERSION)?;
    if request.body.is_some() {
        set(&headers, "content-type", "application/json")?;
    }
    if let Some(key) = request.idempotency_key {
        set(&headers, "idempotency-key", key)?;
    }
    Ok(headers)
}

fn set(headers: &Headers, name: &str, value: &str) -> Result<(), Failure> {
    headers.set(name, value).map_err(|_| Failure::Connection)
}

/// A response of `fetch`, its body read as text, unless the call asked for a stream. Its debug text
/// holds nobody's data.
#[derive(Clone)]
pub struct FetchResponse {
    response: web_sys::Response,
    /// The body's text, which stays JavaScript's; undefined for a stream.
    text: JsValue,
    accept: Accept,
}

impl FetchResponse {
    /// Returns the `Response` itself; its body is unread if the call asked for a stream.
    pub fn raw(&self) -> &JsValue {
        &self.response
    }

    /// Returns what the response was to be.
    #[cfg(feature = "package")]
    pub(super) const fn accept(&self) -> Accept {
        self.accept
    }

    /// Returns the body's text as a value of JavaScript; undefined for a stream.
    pub const fn text(&self) -> &JsValue {
        &self.text
    }
}

impl fmt::Debug for FetchResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FetchResponse({})", self.response.status())
    }
}

impl Response for FetchResponse {
    fn status(&self) -> u16 {
        self.response.status()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name).ok().flatten()
    }
}

impl<T: DeserializeOwned> Decode<T> for FetchResponse {
    fn decode(&self) -> Result<T, String> {
        let text = self.text.as_string().ok_or("the body is a stream")?;
        decode_json(text.as_bytes())
    }
}
