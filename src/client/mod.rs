//! Sends calls through any [`Transport`]: decodes responses, retries safe calls, and follows pages.
//! It does not depend on a platform.

mod error;
mod http_date;
mod pages;
mod rate_limit;
mod retry;
mod transport;

pub use error::Error;
pub use pages::{Page, pages};
pub use rate_limit::{RateLimit, WINDOW};
pub use retry::{Outcome, Retry, requested_wait};
#[cfg(any(feature = "browser", feature = "edge"))]
pub(crate) use transport::decode_json;
pub use transport::{BufferedResponse, Decode, Failure, Request, Response, Timer, Transport};

use crate::call::Call;
use std::time::Duration;

/// A client, which sends calls.
#[derive(Clone, Debug)]
pub struct Client<T, C> {
    transport: T,
    timer: C,
    retry: Retry,
}

impl<T: Transport, C: Timer> Client<T, C> {
    /// Makes a client from a transport, a timer and a retry policy.
    pub const fn new(transport: T, timer: C, retry: Retry) -> Self {
        Self { transport, timer, retry }
    }

    /// Sends a call and decodes its response.
    ///
    /// # Errors
    /// An invalid argument, no response, a status outside 200–299, or a response that cannot be
    /// decoded.
    pub async fn send<A>(&self, call: &Call<A>) -> Result<A, Error<T::Response>>
    where
        T::Response: Decode<A>,
    {
        let response = self.exchange(Request::of(call)?).await?;
        response.decode().map_err(|reason| Error::Unreadable { reason, response })
    }

    /// Sends a request, retries if that is safe, and returns the response with a status within
    /// 200–299, undecoded. The rest of the policy's deadline replaces the request's own timeout.
    ///
    /// # Errors
    /// No response, or a status outside 200–299. A read whose deadline passes while it waits for
    /// the rate limit returns the response 429.
    pub async fn exchange(&self, request: Request<'_>) -> Result<T::Response, Error<T::Response>> {
        let started = self.timer.now();
        let elapsed = || self.timer.now().saturating_sub(started);
        let mut attempt = 0;
        let mut limited = None;
        loop {
            attempt += 1;
            let timeout = self.retry.deadline.saturating_sub(elapsed());
            let result = self.transport.send(Request { timeout, attempt, ..request }).await;
            let now = self.timer.now();
            let outcome = match &result {
                Ok(response) if (200..300).contains(&response.status()) => {
                    return result.map_err(Error::Failed);
                }
                Ok(response) => Outcome::of(response.status(), now, |name| response.header(name)),
                Err(Failure::Aborted) => Outcome::Settled,
                Err(_) => Outcome::Failed,
            };
            let pause = self.retry.pause(request.is_repeatable, attempt, elapsed(), now, &outcome);
            if let Some(pause) = pause {
                self.timer.sleep(pause).await;
                // A timer may oversleep, as in a hidden tab: then the response in hand is the last.
                if elapsed() < self.retry.deadline {
                    limited = result.ok().filter(|response| response.status() == 429);
                    continue;
                }
            }
            return Err(match (result, limited) {
                // A repeated write may have succeeded this time, so the 429 would be wrong.
                (Err(Failure::Timeout | Failure::Aborted), Some(limited))
                    if request.idempotency_key.is_none() =>
                {
                    Error::Status(limited)
                }
                (Ok(response), _) => Error::Status(response),
                (Err(failure), _) => Error::Failed(failure),
            });
        }
    }
}

/// The maximum duration of a call with its retries: 30 seconds, as Intercom's own limit.
pub const DEADLINE: Duration = Duration::from_secs(30);
