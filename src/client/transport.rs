//! What a platform brings: a way to send one request, and a clock.

use super::RateLimit;
use crate::call::{Call, IdempotencyKey, Method};
use crate::model::ErrorList;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Sends one request and gives the whole answer. It neither retries nor judges the status.
///
/// Futures need not be `Send`: JavaScript's aren't.
#[allow(async_fn_in_trait)]
pub trait Transport {
    /// What a body is on this platform: bytes, or a value that the engine has parsed.
    type Body;

    /// Sends the request, and reads the answer to its end within the request's time.
    async fn send(&self, request: Request<'_>) -> Result<Response<Self::Body>, Failure>;
}

impl<T: Transport> Transport for &T {
    type Body = T::Body;

    async fn send(&self, request: Request<'_>) -> Result<Response<Self::Body>, Failure> {
        T::send(self, request).await
    }
}

/// The platform's clock.
#[allow(async_fn_in_trait)]
pub trait Timer {
    /// Time since 1970-01-01T00:00:00Z.
    fn now(&self) -> Duration;

    /// Waits.
    async fn sleep(&self, pause: Duration);
}

/// A request, without address, version and credential, which are the transport's to add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// Path and query, percent-encoded.
    pub target: &'a str,
    /// The body, JSON.
    pub body: Option<&'a str>,
    /// The header `Idempotency-Key`, for the Worker: Intercom knows none.
    pub idempotency_key: Option<&'a str>,
    /// How long the answer may take.
    pub timeout: Duration,
}

impl<'a> Request<'a> {
    /// The request of a call, with the longest of times.
    pub fn of<T>(call: &'a Call<T>) -> Self {
        let (target, body) = (&call.target, call.body.as_deref());
        let idempotency_key = call.key.as_ref().map(IdempotencyKey::as_str);
        Self { method: call.method, target, body, idempotency_key, timeout: super::DEADLINE }
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<B> {
    /// HTTP status.
    pub status: u16,
    /// Headers that matter to a caller, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: B,
}

impl<B> Response<B> {
    /// Whether the status is within 200–299.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Where the workspace's limit stands, if the answer says so.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::from_headers(|name| self.header(name))
    }
}

impl Response<Vec<u8>> {
    /// The errors in the body; none where it isn't one of Intercom's shapes.
    pub fn errors(&self) -> ErrorList {
        ErrorList::read(&self.body)
    }
}

/// Why there was no answer. Whether the request arrived isn't known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The answer, or its end, didn't come in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection was refused, reset or cut off. Platforms word these alike.
    #[error("the connection failed")]
    Connection,
    /// The caller gave up.
    #[error("aborted")]
    Aborted,
}

/// A body that can be read as a `T`.
pub trait Decode<T> {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with the body, without quoting it: bodies hold people's data.
    fn decode(self) -> Result<T, String>;
}

impl<T: DeserializeOwned> Decode<T> for Vec<u8> {
    fn decode(self) -> Result<T, String> {
        serde_json::from_slice(&self).map_err(|error| {
            if self.is_empty() {
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
}
