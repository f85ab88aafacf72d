//! Whether to send a call again, and when: a decision without I/O.

use super::{RateLimit, WINDOW, http_date};
use std::time::Duration;

/// How one attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With this status, and the rate limit if the response has it.
    Status(u16, Option<RateLimit>),
    /// The same call is in progress, and its response can be had after this long.
    Busy(Duration),
    /// Rejected for now: it may be sent again after this long.
    Later(Duration),
    /// Finally: with a response that the Worker's outbox stored, so that a repeat gets the same, or
    /// because the caller gave up.
    Settled,
    /// With no response.
    Failed,
}

impl Outcome {
    /// Judges a response outside 200–299 by its status and header fields. `now` is the time since
    /// 1970.
    pub fn of(status: u16, now: Duration, header: impl Fn(&str) -> Option<String>) -> Self {
        let after = header("retry-after").and_then(|after| retry_after(&after, now));
        match (status, after) {
            (409, Some(after)) => Self::Busy(after),
            // The Worker's outbox answered: a repeat of the same message gets the same response.
            _ if header("x-intercom-edge-message").is_some() => Self::Settled,
            // It needs no clock of ours to be right, as the reset does.
            (429 | 503, Some(after)) => Self::Later(after),
            _ => Self::Status(status, RateLimit::from_headers(header)),
        }
    }
}

/// Returns how long a 429 or 503 asks its client to wait: what `Retry-After` says, or else, where the
/// workspace's rate limit is used up, until its window turns. `None` if the response doesn't say when to
/// come back, such as a 429 for a second export while one is running.
///
/// `header` gives a header field by its name in lower case; `now` is the time since 1970.
pub fn requested_wait(now: Duration, header: impl Fn(&str) -> Option<String>) -> Option<Duration> {
    let told = header("retry-after").and_then(|value| retry_after(&value, now));
    told.or_else(|| RateLimit::window_left(now, header))
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

/// When a call is sent again that may be: one that reads, or that has a key by which the Worker's
/// outbox recognises it. Others never are: Intercom has no idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How long all attempts together may take.
    pub deadline: Duration,
    /// How many retries follow a 429, each in the next window.
    pub after_rate_limit: u32,
    /// How many retries follow a 502, 503, 504 or no response.
    pub after_failure: u32,
    /// How much is added to the wait after a 429, so that not all who waited return at once. Draw it
    /// at random; zero if nobody else waits.
    pub jitter: Duration,
}

/// Twice after a rate limit and twice after a failure, within [`DEADLINE`](super::DEADLINE).
impl Default for Retry {
    fn default() -> Self {
        let deadline = super::DEADLINE;
        Self { deadline, after_rate_limit: 2, after_failure: 2, jitter: Duration::ZERO }
    }
}

impl Retry {
    /// Returns how long to wait before the next attempt; `None` ends the attempts.
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
            // The reset is a whole second: the window turns at its start.
            Outcome::Status(429, Some(limit)) => {
                let left = limit.reset.saturating_sub(now);
                // What turns later is no window, or a clock is wrong.
                if left > WINDOW {
                    return None;
                }
                (self.after_rate_limit, left.max(backoff).saturating_add(self.jitter))
            }
            Outcome::Status(429, None) => {
                (self.after_rate_limit, backoff.saturating_add(self.jitter))
            }
            // Until it is there: only the deadline ends these, where anything is sent again at all.
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
