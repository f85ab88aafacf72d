//! Asking Intercom: what a request to it ends in, and how often a read is sent again.

use crate::call::{Call, Method};
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
use crate::model::ErrorDetail;
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

/// How long an answer may be that the Worker decodes, in bytes.
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

/// The whole of an answer that is on its way, within a time that began at `begun`.
pub async fn whole(
    answer: Promise,
    timeout: Duration,
    begun: Duration,
    trace: &Trace,
) -> Result<BufferedResponse, Failure> {
    let answer = answered(settled(answer).await);
    trace.count(runtime::now().saturating_sub(begun));
    let answer = answer?;
    let head = runtime::response_head(&answer);
    let status = ResponseHead::of(&head).status.parse().map_err(|_| Failure::Connection)?;
    let headers = runtime::passed_headers(&answer);
    let left = timeout.saturating_sub(runtime::now().saturating_sub(begun));
    let body = runtime::read_answer(&answer, ANSWER_LIMIT, milliseconds(left)).await;
    if body.as_f64() == Some(408.0) {
        return Err(Failure::Timeout);
    }
    let body: Uint8Array = body.dyn_into().map_err(|_| Failure::Connection)?;
    Ok(BufferedResponse { status, headers, body: body.to_vec() })
}

/// How much of a call's time must be left, after what leads up to it, for its own page or message.
pub const RESERVE: Duration = Duration::from_secs(10);

/// What is said where Intercom gave no answer that tells whether it wrote.
pub const IN_DOUBT: &str = "it may have been done all the same: look before you ask again";

/// Intercom, for work of the Worker's own: all that it asks shares one deadline.
#[derive(Debug)]
pub struct Intercom<'a> {
    upstream: Upstream<'a>,
    /// When time is over, since 1970.
    deadline: Duration,
    /// How often a read that failed is asked once more.
    after_failure: u32,
    /// Intercom's limit headers of its latest answer.
    limits: RefCell<Vec<(String, String)>>,
}

impl<'a> Intercom<'a> {
    /// Intercom, for one request of a caller's.
    pub fn of(context: &'a RequestContext<'a>) -> Self {
        Self::until(context.arrived.saturating_add(DEADLINE), context.config, &context.trace)
    }

    /// Intercom, until a time since 1970.
    pub fn until(deadline: Duration, config: &'a Config, trace: &'a Trace) -> Self {
        let upstream = Upstream { config, trace };
        Self { upstream, deadline, after_failure: 0, limits: RefCell::default() }
    }

    /// The same for work that nobody waits for: what failed is asked twice more.
    #[must_use]
    pub fn patient(self) -> Self {
        Self { after_failure: 2, ..self }
    }

    /// Asks and reads the answer.
    pub async fn ask<A>(&self, call: &Call<A>) -> Result<A, Rejection>
    where
        BufferedResponse: Decode<A>,
    {
        let answer = self.fetch(call).await?;
        answer.decode().map_err(Rejection::unreadable)
    }

    /// Has Intercom write something; if it may have done so all the same, the error says that.
    pub async fn write<A>(&self, call: &Call<A>) -> Result<A, Rejection>
    where
        BufferedResponse: Decode<A>,
    {
        self.ask(call).await.map_err(|rejection| rejection.of_write(IN_DOUBT))
    }

    /// Asks for the answer as it came, its status within 200–299. Apart from what waits for it: there
    /// are dozens of calls, and one piece of code asks them all.
    pub fn fetch<'b, A>(
        &'b self,
        call: &'b Call<A>,
    ) -> LocalBoxFuture<'b, Result<BufferedResponse, Rejection>> {
        let request = Request::of(call);
        async move { self.exchange(request?).await }.boxed_local()
    }

    async fn exchange(&self, request: Request<'_>) -> Result<BufferedResponse, Rejection> {
        let retry = Retry { after_failure: self.after_failure, ..retry(self.time_left()) };
        let client = Client::new(self.upstream, Clock, retry);
        let answer = client.exchange(request).await?;
        let limits = answer.headers.iter().filter(|(name, _)| name.starts_with("x-ratelimit-"));
        self.limits.replace(limits.cloned().collect());
        Ok(answer)
    }

    /// Intercom's limit headers of its latest answer.
    pub fn limits(&self) -> Vec<(String, String)> {
        self.limits.borrow().clone()
    }

    /// How much time is left.
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_sub(Clock.now())
    }

    /// Refuses to begin what time no longer allows; `nothing` says what wasn't done.
    pub fn in_time(&self, nothing: &str) -> Result<(), Rejection> {
        if self.time_left() >= RESERVE {
            return Ok(());
        }
        let words = format!("Intercom took too long over what leads up to it: {nothing}");
        Err(Rejection::new(504, "gateway_timeout", words))
    }

    /// Waits where work of many requests would take what the workspace's other apps and people need
    /// of this window: a fifth of it stays free.
    pub async fn leave_room(&self) {
        let limit = rate_limit(&self.limits.borrow());
        let pause = limit.map_or(Duration::ZERO, |limit| limit.pause(0.2, Clock.now()));
        if !pause.is_zero() {
            Clock.sleep(pause).await;
        }
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

/// A wait as `Retry-After` has it: whole seconds, at least one.
pub fn retry_after(wait: Duration) -> String {
    let more = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(more).max(1).to_string()
}

/// When the Worker asks again: a read after a 429, once the window turns. What failed is told to the
/// caller, who knows better than the Worker whether it matters.
pub fn retry(deadline: Duration) -> Retry {
    // Callers who wait for the same window aren't to come back all at once.
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

/// What the operator can do where Intercom answers 401.
pub const TOKEN_REFUSED: &str = "Intercom refuses the Worker's access token: the operator must renew \
    INTERCOM_ACCESS_TOKEN, or set INTERCOM_API_URL to the workspace's region";

/// What a caller of a decoded call gets to see of Intercom's errors: those that it can mend, as they
/// came. The rest is the Worker's to explain.
impl From<Error<BufferedResponse>> for Rejection {
    fn from(error: Error<BufferedResponse>) -> Self {
        let answer = match error {
            Error::Status(answer) => answer,
            Error::Failed(failure) => return failure.into(),
            Error::Invalid(invalid) => return invalid.into(),
            Error::Unreadable { reason, .. } => return Self::unreadable(reason),
            Error::Endless => return Self::uncertain(502, "Intercom's list has no end"),
        };
        let response = answer.header("retry-after");
        match answer.status {
            401 => Self::new(502, "bad_gateway", TOKEN_REFUSED).caused(TOKEN_REFUSED),
            429 => {
                let wait = requested_wait(runtime::now(), |name| answer.header(name));
                // An answer of the load balancer has no headers of the limit.
                let limited = |error: &ErrorDetail| error.code() == Some("rate_limit_exceeded");
                let is_limit = answer.errors().details().first().is_some_and(limited);
                let wait = wait.or(is_limit.then_some(WINDOW));
                let rejection = Self::upstream(answer);
                match (response, wait) {
                    (None, Some(wait)) => rejection.with("retry-after", retry_after(wait)),
                    _ => rejection,
                }
            }
            status @ 500.. => {
                let message = format!("Intercom answered {status}");
                let rejection = Self::uncertain(502, message.as_str()).caused(message);
                match response {
                    Some(response) => rejection.with("retry-after", response),
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
