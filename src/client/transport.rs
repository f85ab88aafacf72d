//! What a platform provides: a way to send one request, and a clock.

use super::RateLimit;
use crate::call::{Accept, Call, Method, Operation};
use crate::model::{ErrorList, lenient};
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::Duration;

/// Sends one request and returns the whole response. It neither retries nor judges the status.
///
/// Futures need not be `Send`: JavaScript's aren't.
#[allow(async_fn_in_trait)]
pub trait Transport {
    /// A response on this platform.
    type Response: Response;

    /// Sends the request, and reads the response to its end within the request's time.
    async fn send(&self, request: Request<'_>) -> Result<Self::Response, Failure>;
}

impl<T: Transport> Transport for &T {
    type Response = T::Response;

    async fn send(&self, request: Request<'_>) -> Result<Self::Response, Failure> {
        T::send(self, request).await
    }
}

/// The platform's clock.
#[allow(async_fn_in_trait)]
pub trait Timer {
    /// Returns the time since 1970-01-01T00:00:00Z.
    fn now(&self) -> Duration;

    /// Waits.
    async fn sleep(&self, pause: Duration);
}

impl<C: Timer> Timer for &C {
    fn now(&self) -> Duration {
        C::now(self)
    }

    async fn sleep(&self, pause: Duration) {
        C::sleep(self, pause).await;
    }
}

/// A request, without address, API version and credential, which the transport adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The operation, for logs and hooks.
    pub operation: Operation,
    /// Path and query, percent-encoded.
    pub target: &'a str,
    /// The body, JSON.
    pub body: Option<&'a str>,
    /// The header field `Idempotency-Key`, for the Worker: Intercom knows none.
    pub idempotency_key: Option<&'a str>,
    /// What the response is to be.
    pub accept: Accept,
    /// Whether it may be sent again when nobody knows whether it arrived.
    pub is_repeatable: bool,
    /// How often it has been sent, this time included.
    pub attempt: u32,
    /// How long the response may take.
    pub timeout: Duration,
}

impl<'a> Request<'a> {
    /// Returns the request of a call, with the longest timeout.
    ///
    /// # Errors
    /// An argument that no request can carry.
    pub fn of<T>(call: &'a Call<T>) -> Result<Self, crate::call::InvalidArgument> {
        Ok(Self {
            operation: call.operation(),
            target: call.target()?,
            body: call.body(),
            idempotency_key: call.key(),
            accept: call.accept(),
            is_repeatable: call.is_repeatable(),
            attempt: 1,
            timeout: super::DEADLINE,
        })
    }

    /// Returns the method.
    pub const fn method(&self) -> Method {
        self.operation.method
    }
}

/// A response, whatever its status.
pub trait Response {
    /// Returns the HTTP status.
    fn status(&self) -> u16;

    /// Returns a header field's value, by its name in lower case.
    fn header(&self, name: &str) -> Option<String>;

    /// Returns the state of the workspace's rate limit, if the response has it.
    fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::from_headers(|name| self.header(name))
    }
}

/// A response that was read into memory. Its debug text holds nobody's data.
#[derive(Clone, PartialEq, Eq)]
pub struct BufferedResponse {
    /// The HTTP status.
    pub status: u16,
    /// The header fields that matter to a caller, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for BufferedResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, headers, body } = self;
        write!(formatter, "{status} with {} header fields and {} bytes", headers.len(), body.len())
    }
}

impl Response for BufferedResponse {
    fn status(&self) -> u16 {
        self.status
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
}

impl BufferedResponse {
    /// Returns the errors in the body; none if it has none of Intercom's shapes.
    pub fn errors(&self) -> ErrorList {
        ErrorList::read(&self.body)
    }
}

/// Why there was no response. Whether the request arrived isn't known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The response, or its end, didn't come in time.
    #[error("no response in time")]
    Timeout,
    /// The connection was refused, reset or cut off. Platforms don't tell these apart.
    #[error("the connection failed")]
    Connection,
    /// The caller gave up.
    #[error("aborted")]
    Aborted,
}

/// A response that can be read as a `T`.
pub trait Decode<T> {
    /// Reads the body.
    ///
    /// # Errors
    /// What is wrong with the body, without quoting it: bodies hold people's data.
    fn decode(&self) -> Result<T, String>;
}

impl<T: DeserializeOwned> Decode<T> for BufferedResponse {
    fn decode(&self) -> Result<T, String> {
        decode_json(&self.body)
    }
}

/// Reads JSON of Intercom's, and replaces text that is no JSON ([`lenient::from_slice`]). An empty body
/// is read as `null`: for [`Nothing`](crate::call::Nothing) and for `Option`.
pub(crate) fn decode_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let text = if body.is_empty() { b"null" } else { body };
    lenient::from_slice(text).map_err(|error| {
        if body.is_empty() {
            return "the body is empty".to_owned();
        }
        let (line, column) = (error.line(), error.column());
        if error.is_eof() {
            format!("the JSON ends too early, at line {line} column {column}")
        } else if error.is_syntax() {
            format!("not JSON at line {line} column {column}")
        } else {
            format!("not the expected JSON at line {line} column {column}")
        }
    })
}
