//! Whether to send a call again, and when: a decision without I/O.

use super::RateLimit;
use std::time::Duration;

/// How one try ended short of success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With this status, and the limit if the answer told it.
    Status(u16, Option<RateLimit>),
    /// The same call is on its way already, and its answer can be had after this long.
    Busy(Duration),
    /// Refused for now: it may be sent again after this long.
    Later(Duration),
    /// With an answer that the Worker's outbox has written down: a repeat would get the same.
    Settled,
    /// With no answer.
    Failed,
}

impl Outcome {
    /// What an answer short of success is, by its status and its headers' values.
    pub fn of<S: AsRef<str>>(status: u16, header: impl Fn(&str) -> Option<S>) -> Self {
        let seconds = header("retry-after").and_then(|after| after.as_ref().parse().ok());
        match (status, seconds.map(Duration::from_secs)) {
            (409, Some(after)) => Self::Busy(after),
            // The Worker's outbox answered: a repeat of the same message gets the same answer.
            _ if header("x-intercom-edge-message").is_some() => Self::Settled,
            // It needs no clock of ours to be right, as the reset does.
            (429 | 503, Some(after)) => Self::Later(after),
            _ => Self::Status(status, RateLimit::from_headers(header)),
        }
    }
}

/// When a call is sent again that may be: one that reads, or that has a key by which the Worker's
/// outbox knows it again. Others never are: Intercom has no idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How long all tries together may take.
    pub deadline: Duration,
    /// How often it is sent again after a 429, once the window has turned.
    pub after_rate_limit: u32,
    /// How often it is sent again after a 502, 503, 504 or no answer.
    pub after_failure: u32,
    /// How much later than it could it is sent again after a 429, so that not everybody who
    /// waited comes back at once. Draw it at random; zero where nobody else waits.
    pub jitter: Duration,
}

/// How long a window of Intercom's limit lasts.
const WINDOW: Duration = Duration::from_secs(10);

impl Retry {
    /// How long to wait before the next try; `None` ends the tries.
    ///
    /// `attempt` counts from 1, `elapsed` runs from the first try's start, `now` is the time since
    /// 1970.
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
