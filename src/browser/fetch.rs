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

/// A transport, which sends requests to a Worker of intercom-edge with the runtime's `fetch`. The
/// hooks `H` add the credential.
#[derive(Clone, Debug)]
pub struct Fetch<H = CallerKey> {
    base_url: String,
    hooks: H,
}

impl Fetch {
    /// Makes a transport from the Worker's address and a caller key of that Worker.
    ///
    /// # Errors
    /// The address does not begin with `http://` or `https://`, or has a query, or the key has a
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
    /// Makes a transport from an address without a slash at its end, and hooks.
    pub(super) const fn with_hooks(base_url: String, hooks: H) -> Self {
        Self { base_url, hooks }
    }
}

/// The hooks of a transport, which run around each request.
#[allow(async_fn_in_trait)]
pub trait Hooks {
    /// The failure of an aborted request.
    const ABORTED: Failure;

    /// Returns the signal that aborts the request, at the latest after `timeout`.
    fn signal(&self, timeout: Duration) -> AbortSignal;

    /// Adds the credential, and other header fields, to a request.
    async fn before(
        &self,
        request: &Request<'_>,
        url: &str,
        headers: &Headers,
    ) -> Result<(), Failure>;

    /// Replaces a credential that the Worker rejected (401). Returns false if there is no other
    /// credential.
    async fn renew(&self, _headers: &Headers) -> Result<bool, Failure> {
        Ok(false)
    }

    /// Runs when the header fields of a response have arrived.
    async fn after(&self, _response: &web_sys::Response) -> Result<(), Failure> {
        Ok(())
    }

    /// Receives the cause of a failed connection: JavaScript's error, or the request that failed.
    fn failed(&self, _cause: JsValue) {}
}

/// The hooks that send a caller key in the header field `Authorization`.
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
    /// Sends one request. gloo-net's own builder would create two `Request`s and encode the query
    /// again.
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
        // A redirect would send the key and the message to another server.
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

/// A response of `fetch`. Its body is read as text, except for a stream. Its debug text has no
/// personal data.
#[derive(Clone)]
pub struct FetchResponse {
    response: web_sys::Response,
    /// Text of the body, as a JavaScript value; undefined for a stream.
    text: JsValue,
    accept: Accept,
}

impl FetchResponse {
    /// Returns JavaScript's `Response`. The body of a stream is unread.
    pub fn raw(&self) -> &JsValue {
        &self.response
    }

    /// Returns the requested format of the response.
    #[cfg(feature = "package")]
    pub(super) const fn accept(&self) -> Accept {
        self.accept
    }

    /// Returns the text of the body, as a JavaScript value; undefined for a stream.
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
