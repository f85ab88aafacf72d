//! Sends the Worker's own requests to Intercom, repeats reads, and translates Intercom's errors.

use crate::call::{Call, Method, admin};
use crate::client::{
    BufferedResponse, Client, DEADLINE, Decode, Error, Failure, Request, Response, Retry, Timer,
    Transport, WINDOW, requested_wait,
};
use crate::edge::config::Config;
use crate::edge::intercom::cache;
use crate::edge::request::context::{RequestContext, Trace};
use crate::edge::response::{Rejection, rate_limit};
use crate::edge::runtime::clock::{Clock, milliseconds};
use crate::edge::runtime::task::settled;
use crate::edge::runtime::{self, ResponseHead};
use crate::model::{ErrorDetail, Me};
use futures_util::future::{FutureExt, LocalBoxFuture};
use js_sys::{Promise, Uint8Array};
use std::cell::RefCell;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

/// Intercom as a [`Transport`] of bytes, for calls that the Worker decodes.
#[derive(Clone, Copy, Debug)]
struct Upstream<'a> {
    config: &'a Config,
    trace: &'a Trace,
}

/// The longest response that the Worker decodes, in bytes.
const ANSWER_LIMIT: u32 = 32 << 20;

impl Transport for Upstream<'_> {
    type Response = BufferedResponse;

    async fn send(&self, request: Request<'_>) -> Result<BufferedResponse, Failure> {
        let Self { config, trace } = self;
        let upstream = config.upstream().map_err(|_| Failure::Connection)?;
        if request.method() != Method::Get {
            cache::invalidate(request.target);
        }
        let begun = runtime::now();
        let answer = upstream.ask(
            request.method().as_str(),
            request.target,
            &config.upstream_version,
            request.body,
            milliseconds(request.timeout),
        );
        whole(answer, request.timeout, begun, trace).await
    }
}

/// Reads a whole response, within a time that began at `begun`.
pub async fn whole(
    answer: Promise,
    timeout: Duration,
    begun: Duration,
    trace: &Trace,
) -> Result<BufferedResponse, Failure> {
    let answer = response_of(settled(answer).await);
    trace.count(runtime::now().saturating_sub(begun));
    let answer = answer?;
    let head = runtime::response_head(&answer);
    let status = ResponseHead::of(&head).status.parse().map_err(|_| Failure::Connection)?;
    let headers = runtime::response_headers(&answer);
    let left = timeout.saturating_sub(runtime::now().saturating_sub(begun));
    let body = runtime::read_pooled(&answer, ANSWER_LIMIT, milliseconds(left)).await;
    if body.as_f64() == Some(408.0) {
        return Err(Failure::Timeout);
    }
    let body: Uint8Array = body.dyn_into().map_err(|_| Failure::Connection)?;
    let mut bytes = vec![0; body.length() as usize];
    runtime::move_out(&body, &mut bytes);
    Ok(BufferedResponse { status, headers, body: bytes })
}

/// The time that must be left after the preparations of a call, for the call itself.
pub const RESERVE: Duration = Duration::from_secs(10);

/// The addition to an error of a write that Intercom may have carried out.
pub const IN_DOUBT: &str = "the write may have been done: check before you repeat it";

/// Intercom, for the Worker's own requests. All requests of one value share a deadline.
#[derive(Debug)]
pub struct Intercom<'a> {
    upstream: Upstream<'a>,
    /// The deadline, since 1970.
    deadline: Duration,
    /// The number of repeats of a failed read.
    after_failure: u32,
    /// The rate limit headers of Intercom's latest response.
    limits: RefCell<Vec<(String, String)>>,
}

impl<'a> Intercom<'a> {
    /// Makes a connection for a caller's request.
    pub fn of(context: &'a RequestContext<'a>) -> Self {
        Self::until(context.arrived.saturating_add(DEADLINE), context.config, &context.trace)
    }

    /// Makes a connection with a deadline, since 1970.
    pub fn until(deadline: Duration, config: &'a Config, trace: &'a Trace) -> Self {
        let upstream = Upstream { config, trace };
        Self { upstream, deadline, after_failure: 0, limits: RefCell::default() }
    }

    /// Makes failed reads repeat up to two times, for work that no caller waits for.
    #[must_use]
    pub fn patient(self) -> Self {
        Self { after_failure: 2, ..self }
    }

    /// Sends a call and decodes the response.
    pub async fn ask<A>(&self, call: &Call<A>) -> Result<A, Rejection>
    where
        BufferedResponse: Decode<A>,
    {
        let answer = self.fetch(call).await?;
        answer.decode().map_err(Rejection::unreadable)
    }

    /// Asks for Intercom's id of the workspace; `None` if the response has none.
    pub async fn workspace(&self) -> Result<Option<String>, Rejection> {
        let me: Me = self.ask(&admin::me()).await?;
        Ok(me.app.into_known().and_then(|app| app.id_code.into_known()))
    }

    /// Sends a write and decodes the response. If Intercom may have carried it out despite an error, the error
    /// says so.
    pub async fn write<A>(&self, call: &Call<A>) -> Result<A, Rejection>
    where
        BufferedResponse: Decode<A>,
    {
        self.ask(call).await.map_err(|rejection| rejection.of_write(IN_DOUBT))
    }

    /// Sends a call and gives the undecoded response, with a status of 200 to 299. It is boxed, so that the code
    /// exists once for all types of calls.
    pub fn fetch<'b, A>(
        &'b self,
        call: &'b Call<A>,
    ) -> LocalBoxFuture<'b, Result<BufferedResponse, Rejection>> {
        let request = Request::of(call);
        async move { self.exchange(request?).await }.boxed_local()
    }

    async fn exchange(&self, request: Request<'_>) -> Result<BufferedResponse, Rejection> {
        // A transport's failure has no cause: say here what isn't set up.
        self.upstream.config.upstream()?;
        let retry = Retry { after_failure: self.after_failure, ..retry(self.time_left()) };
        let client = Client::new(self.upstream, Clock, retry);
        let answer = client.exchange(request).await?;
        let limits = answer.headers.iter().filter(|(name, _)| name.starts_with("x-ratelimit-"));
        self.limits.replace(limits.cloned().collect());
        Ok(answer)
    }

    /// Gives the rate limit headers of Intercom's latest response.
    pub fn limits(&self) -> Vec<(String, String)> {
        self.limits.borrow().clone()
    }

    /// Gives the time until the deadline.
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_sub(Clock.now())
    }

    /// Rejects a step that the time left is too short for. `nothing` says what wasn't done.
    pub fn in_time(&self, nothing: &str) -> Result<(), Rejection> {
        if self.time_left() >= RESERVE {
            return Ok(());
        }
        let message =
            format!("Intercom took too long to answer the first requests of this call: {nothing}");
        Err(Rejection::new(504, "gateway_timeout", message))
    }

    /// Waits if a call of many requests would use up the rate limit: a fifth of each window stays free for other
    /// apps and people.
    pub async fn leave_room(&self) {
        let limit = rate_limit(&self.limits.borrow());
        let pause = limit.map_or(Duration::ZERO, |limit| limit.pause(0.2, Clock.now()));
        if !pause.is_zero() {
            Clock.sleep(pause).await;
        }
    }
}

/// Gives the response of a request to Intercom, or why there is none.
pub fn response_of(outcome: JsValue) -> Result<web_sys::Response, Failure> {
    match outcome.as_f64() {
        None => Ok(outcome.unchecked_into()),
        Some(504.0) => Err(Failure::Timeout),
        Some(_) => Err(Failure::Connection),
    }
}

/// Gives the value of `Retry-After`: whole seconds, at least one.
pub fn retry_after(wait: Duration) -> String {
    let more = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(more).max(1).to_string()
}

/// Gives the rule for repeating requests: a read is repeated once after a 429, in the next rate limit window.
/// Other failures go to the caller, who knows whether to repeat.
pub fn retry(deadline: Duration) -> Retry {
    // Callers that wait for the same window must not all come back at once.
    let jitter = Duration::from_millis(500).mul_f64(js_sys::Math::random());
    Retry { deadline, after_rate_limit: 1, after_failure: 0, jitter }
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        let (status, message) = match failure {
            Failure::Timeout => (504, "Intercom didn't answer in time"),
            Failure::Connection | Failure::Aborted => (502, "The connection to Intercom failed"),
        };
        Self::uncertain(status, message).caused(message)
    }
}

/// The message for Intercom's 401, which the operator must fix.
pub const TOKEN_REJECTED: &str = "Intercom rejects the Worker's access token: the operator must renew \
    INTERCOM_ACCESS_TOKEN, or set INTERCOM_API_URL to the workspace's region";

/// Translates Intercom's errors for the caller of a decoded call. Errors that the caller can fix pass unchanged;
/// the Worker explains the others.
impl From<Error<BufferedResponse>> for Rejection {
    fn from(error: Error<BufferedResponse>) -> Self {
        let answer = match error {
            Error::Status(answer) => answer,
            Error::Failed(failure) => return failure.into(),
            Error::Invalid(invalid) => return invalid.into(),
            Error::Unreadable { reason, .. } => return Self::unreadable(reason),
            Error::Endless => {
                let message = "Intercom's list has no end";
                return Self::uncertain(502, message).caused(message);
            }
        };
        let retry = answer.header("retry-after");
        match answer.status {
            401 => Self::new(502, "bad_gateway", TOKEN_REJECTED).caused(TOKEN_REJECTED),
            429 => {
                let wait = requested_wait(runtime::now(), |name| answer.header(name));
                // A response of the load balancer has no rate limit headers.
                let limited = |error: &ErrorDetail| error.code() == Some("rate_limit_exceeded");
                let is_limit = answer.errors().details().first().is_some_and(limited);
                let wait = wait.or(is_limit.then_some(WINDOW));
                let rejection = Self::upstream(answer);
                match (retry, wait) {
                    (None, Some(wait)) => rejection.with("retry-after", retry_after(wait)),
                    _ => rejection,
                }
            }
            status @ 500.. => {
                let message = format!("Intercom answered {status}");
                let rejection = Self::uncertain(502, message.as_str()).caused(message);
                match retry {
                    Some(retry) => rejection.with("retry-after", retry),
                    None => rejection,
                }
            }
            _ if !answer.errors().details().is_empty() => Self::upstream(answer),
            status => {
                let message = format!("Intercom answered {status}");
                Self::new(502, "bad_gateway", message.as_str()).caused(message)
            }
        }
    }
}
