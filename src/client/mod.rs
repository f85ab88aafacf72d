//! Sends calls through any [`Transport`]: decodes answers, retries what is safe, and walks pages.
//! It doesn't know which platform it is on.

mod error;
mod pages;
mod rate_limit;
mod retry;
mod transport;

pub use error::Error;
pub use pages::{Page, items, pages};
pub use rate_limit::RateLimit;
pub use retry::{Outcome, Retry};
pub use transport::{Decode, Failure, Request, Response, Timer, Transport};

use crate::call::Call;
use std::time::Duration;

/// Sends calls.
#[derive(Clone, Debug)]
pub struct Client<T, C> {
    transport: T,
    timer: C,
    retry: Retry,
}

impl<T: Transport, C: Timer> Client<T, C> {
    /// A client on a transport, which waits by a timer and retries by a policy.
    pub const fn new(transport: T, timer: C, retry: Retry) -> Self {
        Self { transport, timer, retry }
    }

    /// Sends a call and decodes its answer.
    ///
    /// # Errors
    /// No answer, a status outside 200–299, or an answer that can't be read.
    pub async fn send<A>(&self, call: &Call<A>) -> Result<A, Error<T::Body>>
    where
        T::Body: Decode<A>,
    {
        let response = self.fetch(call).await?;
        response.body.decode().map_err(|reason| Error::Unreadable { reason })
    }

    /// Sends a call and gives the answer as it came, its status within 200–299.
    ///
    /// # Errors
    /// No answer, or a status outside 200–299.
    pub async fn fetch<A>(&self, call: &Call<A>) -> Result<Response<T::Body>, Error<T::Body>> {
        self.exchange(Request::of(call), call.is_repeatable()).await
    }

    /// [`fetch`](Self::fetch) of a call whose answer's type doesn't matter: one piece of code for all
    /// of them. The request's own timeout is not looked at.
    ///
    /// # Errors
    /// No answer, or a status outside 200–299.
    pub async fn exchange(
        &self,
        request: Request<'_>,
        repeatable: bool,
    ) -> Result<Response<T::Body>, Error<T::Body>> {
        let started = self.timer.now();
        let mut attempt = 0;
        let elapsed = || self.timer.now().saturating_sub(started);
        loop {
            attempt += 1;
            let timeout = self.retry.deadline.saturating_sub(elapsed());
            let result = self.transport.send(Request { timeout, ..request }).await;
            let outcome = match &result {
                Ok(response) if response.is_success() => return result.map_err(Error::Failed),
                Ok(response) => Outcome::of(response.status, |name| response.header(name)),
                Err(Failure::Aborted) => return result.map_err(Error::Failed),
                Err(_) => Outcome::Failed,
            };
            let now = self.timer.now();
            if let Some(pause) = self.retry.pause(repeatable, attempt, elapsed(), now, &outcome) {
                self.timer.sleep(pause).await;
                // A timer may oversleep, as in a hidden tab: then the answer in hand is the last.
                if elapsed() < self.retry.deadline {
                    continue;
                }
            }
            return match result {
                Ok(response) => Err(Error::Status(response)),
                Err(failure) => Err(Error::Failed(failure)),
            };
        }
    }
}

/// How long one call may take in all, its retries included: Intercom's own limit is 30 seconds.
pub const DEADLINE: Duration = Duration::from_secs(30);
