//! The parts that a platform provides: a transport for requests, and a timer.

use super::RateLimit;
use crate::call::{Accept, Call, Method, Operation};
use crate::model::{ErrorList, lenient};
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::Duration;

/// A transport, which sends one request and returns the whole response. It does not retry, and
/// returns responses of any status.
///
/// Futures need not be `Send`, because JavaScript's are not.
#[allow(async_fn_in_trait)]
pub trait Transport {
    /// A response on this platform.
    type Response: Response;

    /// Sends the request, and reads the whole response within the request's timeout.
    async fn send(&self, request: Request<'_>) -> Result<Self::Response, Failure>;
}

impl<T: Transport> Transport for &T {
    type Response = T::Response;

    async fn send(&self, request: Request<'_>) -> Result<Self::Response, Failure> {
        T::send(self, request).await
    }
}

/// A timer: the platform's clock.
#[allow(async_fn_in_trait)]
pub trait Timer {
    /// Returns the time since 1970-01-01T00:00:00Z.
    fn now(&self) -> Duration;

    /// Waits for a duration.
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

/// A request. The transport adds the address, the API version and the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The operation, for logs and hooks.
    pub operation: Operation,
    /// Path and query, percent-encoded.
    pub target: &'a str,
    /// Body as JSON.
    pub body: Option<&'a str>,
    /// Header field `Idempotency-Key` for the Worker; Intercom ignores it.
    pub idempotency_key: Option<&'a str>,
    /// Format of the response.
    pub accept: Accept,
    /// True if it can be repeated although an earlier attempt may have succeeded.
    pub is_repeatable: bool,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// Maximum time until the end of the response.
    pub timeout: Duration,
}

impl<'a> Request<'a> {
    /// Makes the request of a call, with the longest timeout.
    ///
    /// # Errors
    /// An invalid argument of the call.
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

/// A response of any status.
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

/// A response in memory. Its debug text has no personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct BufferedResponse {
    /// HTTP status.
    pub status: u16,
    /// Header fields that matter to a caller; names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
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
    /// Returns the errors in the body; none if it has none of Intercom's forms.
    pub fn errors(&self) -> ErrorList {
        ErrorList::read(&self.body)
    }
}

/// The reason for a missing response. The request may or may not have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The response did not arrive completely in time.
    #[error("no response in time")]
    Timeout,
    /// The connection was refused, reset or cut off. Platforms do not distinguish these.
    #[error("the connection failed")]
    Connection,
    /// The caller aborted the call.
    #[error("aborted")]
    Aborted,
}

/// A response that can be read as a `T`.
pub trait Decode<T> {
    /// Reads the body.
    ///
    /// # Errors
    /// The reason, without quoting the body, because bodies have personal data.
    fn decode(&self) -> Result<T, String>;
}

impl<T: DeserializeOwned> Decode<T> for BufferedResponse {
    fn decode(&self) -> Result<T, String> {
        decode_json(&self.body)
    }
}

/// Decodes JSON from Intercom, and replaces invalid text ([`lenient::from_slice`]). An empty body
/// counts as `null`, for [`Nothing`](crate::call::Nothing) and `Option`.
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
