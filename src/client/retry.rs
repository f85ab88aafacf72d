//! Decides if and when a call is sent again. It does no I/O.

use super::{RateLimit, WINDOW, http_date};
use std::time::Duration;

/// The failure of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A response with this status, and its rate limit if it has one.
    Status(u16, Option<RateLimit>),
    /// The same call is in progress; its response is available after this time.
    Busy(Duration),
    /// Rejected for now; it can be sent again after this time.
    Later(Duration),
    /// Final: the Worker's outbox stored the response, so a repeat returns the same, or the caller
    /// aborted.
    Settled,
    /// No response arrived.
    Failed,
}

impl Outcome {
    /// Classifies a response outside 200–299 by its status and header fields. `now` is the time
    /// since 1970.
    pub fn of(status: u16, now: Duration, header: impl Fn(&str) -> Option<String>) -> Self {
        let after = header("retry-after").and_then(|after| retry_after(&after, now));
        match (status, after) {
            (409, Some(after)) => Self::Busy(after),
            // The Worker's outbox answered: a repeat of the same message gets the same response.
            _ if header("x-intercom-edge-message").is_some() => Self::Settled,
            // Preferred to the reset, which depends on a correct clock.
            (429 | 503, Some(after)) => Self::Later(after),
            _ => Self::Status(status, RateLimit::from_headers(header)),
        }
    }
}

/// Returns the wait that a 429 or 503 requests: `Retry-After`, or else the time until a used-up
/// rate limit resets. `None` if the response has neither, such as a 429 for a second export while
/// one is running.
///
/// `header` returns a header field by its name in lower case; `now` is the time since 1970.
pub fn requested_wait(now: Duration, header: impl Fn(&str) -> Option<String>) -> Option<Duration> {
    let requested = header("retry-after").and_then(|value| retry_after(&value, now));
    requested.or_else(|| RateLimit::window_left(now, header))
}

/// Reads `Retry-After`: whole seconds, or a date (RFC 9110, section 10.2.3). A number too large for any
/// clock is the longest time.
fn retry_after(value: &str, now: Duration) -> Option<Duration> {
    let value = value.trim_ascii();
    if !value.is_empty() && value.bytes().all(|digit| digit.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    Some(http_date::parse(value)?.saturating_sub(now))
}

/// The retry policy. It applies to calls that read, and to calls with an idempotency key for the
/// Worker's outbox. Other calls are never repeated, because Intercom has no idempotency keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Maximum duration of all attempts together.
    pub deadline: Duration,
    /// Maximum number of retries after a 429, each in the next window.
    pub after_rate_limit: u32,
    /// Maximum number of retries after a 502, 503, 504 or no response.
    pub after_failure: u32,
    /// Addition to the wait after a 429, so that several clients do not return at the same time.
    /// Choose it at random; zero for a single client.
    pub jitter: Duration,
}

/// Retries twice after a rate limit and twice after a failure, within
/// [`DEADLINE`](super::DEADLINE).
impl Default for Retry {
    fn default() -> Self {
        let deadline = super::DEADLINE;
        Self { deadline, after_rate_limit: 2, after_failure: 2, jitter: Duration::ZERO }
    }
}

impl Retry {
    /// Returns the wait before the next attempt; `None` ends the attempts.
    ///
    /// `attempt` counts from 1, `elapsed` runs from the start of the first attempt, `now` is the
    /// time since 1970.
    pub fn pause(
        &self,
        repeatable: bool,
        attempt: u32,
        elapsed: Duration,
        now: Duration,
        outcome: &Outcome,
    ) -> Option<Duration> {
        if !repeatable {
            return None;
        }
        let backoff = Duration::from_millis(250) * 2u32.saturating_pow(attempt.min(8));
        let (tries, pause) = match outcome {
            // The reset is a whole second; the window ends at its start.
            Outcome::Status(429, Some(limit)) => {
                let left = limit.reset.saturating_sub(now);
                // A later reset is not the end of a window, or a clock is wrong.
                if left > WINDOW {
                    return None;
                }
                (self.after_rate_limit, left.max(backoff).saturating_add(self.jitter))
            }
            Outcome::Status(429, None) => {
                (self.after_rate_limit, backoff.saturating_add(self.jitter))
            }
            // Only the deadline limits the number of attempts.
            Outcome::Busy(after) if self.after_failure > 0 => (u32::MAX, backoff.max(*after)),
            Outcome::Later(after) if *after <= WINDOW => {
                (self.after_rate_limit, backoff.max(*after).saturating_add(self.jitter))
            }
            Outcome::Status(502..=504, _) | Outcome::Failed => (self.after_failure, backoff),
            Outcome::Busy(_) | Outcome::Later(_) | Outcome::Settled | Outcome::Status(..) => {
                return None;
            }
        };
        (attempt <= tries && elapsed.saturating_add(pause) < self.deadline).then_some(pause)
    }
}
