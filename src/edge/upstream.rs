//! Asking Intercom: what a request to it ends in, and how often a read is sent again.

use super::answer::Refusal;
use super::runtime::{self, Head};
use super::task::settled;
use super::visit::Visit;
use crate::call::Method;
use crate::client::{DEADLINE, Error, Failure, Request, Response, Retry, Transport};
use js_sys::Uint8Array;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

/// Intercom as a [`Transport`] of bytes, for calls that the Worker decodes.
#[derive(Clone, Copy, Debug)]
pub struct Upstream<'a> {
    visit: &'a Visit<'a>,
}

impl<'a> Upstream<'a> {
    /// Intercom, for one request of a caller's.
    pub const fn of(visit: &'a Visit<'a>) -> Self {
        Self { visit }
    }
}

/// How long an answer may be that the Worker decodes, in bytes.
const ANSWER_LIMIT: u32 = 32 << 20;

impl Transport for Upstream<'_> {
    type Body = Vec<u8>;

    async fn send(&self, request: Request<'_>) -> Result<Response<Vec<u8>>, Failure> {
        let Visit { config, notes, .. } = self.visit;
        let upstream = config.upstream().map_err(|_| Failure::Connection)?;
        if request.method != Method::Get {
            super::cache::written(request.target);
        }
        let begun = runtime::now();
        let answer = upstream.ask(
            request.method.as_str(),
            request.target,
            &config.upstream_version,
            request.body,
            milliseconds(request.timeout),
        );
        let answer = answered(settled(answer).await);
        notes.count(runtime::now().saturating_sub(begun));
        let answer = answer?;
        let head = runtime::head_of(&answer);
        let status = Head::of(&head).status.parse().map_err(|_| Failure::Connection)?;
        let headers = runtime::passed_headers(&answer);
        let left = request.timeout.saturating_sub(runtime::now().saturating_sub(begun));
        let body = runtime::read_answer(&answer, ANSWER_LIMIT, milliseconds(left)).await;
        if body.as_f64() == Some(408.0) {
            return Err(Failure::Timeout);
        }
        let body: Uint8Array = body.dyn_into().map_err(|_| Failure::Connection)?;
        Ok(Response { status, headers, body: body.to_vec() })
    }
}

/// What a request to Intercom ended in.
pub fn answered(outcome: JsValue) -> Result<web_sys::Response, Failure> {
    match outcome.as_f64() {
        None => Ok(outcome.unchecked_into()),
        Some(504.0) => Err(Failure::Timeout),
        Some(_) => Err(Failure::Connection),
    }
}

/// Seconds until the window turns, for a 429; a window is ten seconds.
pub fn retry_after(reset: Option<Duration>, now: Duration) -> u64 {
    let left = reset.map(|reset| reset.saturating_sub(now));
    left.map_or(10, |left| left.as_secs_f64().ceil() as u64).clamp(1, 60)
}

/// A time as the runtime takes it.
pub fn milliseconds(time: Duration) -> u32 {
    time.min(DEADLINE).as_millis().try_into().unwrap_or(u32::MAX)
}

/// When the Worker asks again: a read after a 429, once the window turns. What failed is told to the
/// caller, who knows better than the Worker whether it matters.
pub fn retry(deadline: Duration) -> Retry {
    // Callers who wait for the same window aren't to come back all at once.
    let jitter = Duration::from_millis(500).mul_f64(js_sys::Math::random());
    Retry { deadline, after_rate_limit: 1, after_failure: 0, jitter }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout => Self::uncertain(504, "Intercom didn't answer in time"),
            Failure::Connection | Failure::Aborted => {
                Self::uncertain(502, "The connection to Intercom failed")
            }
        }
    }
}

/// What a caller of a decoded call gets to see of Intercom's errors: those that it can mend, as they
/// came. The rest is the Worker's to explain.
impl From<Error<Vec<u8>>> for Refusal {
    fn from(error: Error<Vec<u8>>) -> Self {
        let answer = match error {
            Error::Status(answer) => answer,
            Error::Failed(failure) => return failure.into(),
            Error::Unreadable { reason } => {
                return Self::uncertain(502, format!("Intercom's answer can't be read: {reason}"));
            }
            Error::Repeats => return Self::uncertain(502, "Intercom's list repeats itself"),
        };
        match answer.status {
            401 => Self::new(
                502,
                "bad_gateway",
                "Intercom refuses the Worker's access token: the operator must renew \
                 INTERCOM_ACCESS_TOKEN",
            ),
            429 => {
                let named = answer.headers.iter().any(|(name, _)| name == "retry-after");
                let reset = answer.rate_limit().map(|limit| limit.reset);
                let refusal = Self::upstream(answer);
                if named {
                    return refusal;
                }
                refusal.with("retry-after", retry_after(reset, runtime::now()).to_string())
            }
            status @ 500.. => Self::uncertain(502, format!("Intercom answered {status}")),
            _ if !answer.errors().details().is_empty() => Self::upstream(answer),
            status => Self::new(502, "bad_gateway", format!("Intercom answered {status}")),
        }
    }
}
