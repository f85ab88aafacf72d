//! Spaces out lists, so that they don't hold up the sending of messages.

use crate::client::Timer;
use crate::edge::response::Rejection;
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::sql::now;
use std::cell::Cell;
use std::time::Duration;

/// The time between the starts of two lists, in milliseconds. The object computes one thing at a time:
/// readers must not hold up senders.
const INTERVAL_MS: i64 = 20;

/// The longest that a list waits for its start, in milliseconds.
const MAX_WAIT_MS: i64 = 5000;

/// Computes the start of a list that is requested at `now`. `last`: the start of the list before it. `None`:
/// it would wait too long.
fn next_start(last: i64, now: i64) -> Option<i64> {
    let latest = now.saturating_add(MAX_WAIT_MS);
    // A clock that was set back must not hold up lists.
    let at = if last > latest { now } else { now.max(last.saturating_add(INTERVAL_MS)) };
    (at <= latest).then_some(at)
}

/// Spaces out lists.
#[derive(Debug, Default)]
pub struct ListPacer {
    /// The start of the last list, which may lie ahead, in milliseconds since 1970.
    last: Cell<i64>,
}

impl ListPacer {
    /// Waits until a list may start.
    pub async fn wait(&self) -> Result<(), Rejection> {
        let now = now();
        let at = next_start(self.last.get(), now).ok_or_else(|| {
            let words = "Too many lists are being read: the outbox's own limit, not Intercom's";
            Rejection::new(429, "rate_limit_exceeded", words).with("retry-after", "1")
        })?;
        self.last.set(at);
        if let Some(wait) = u64::try_from(at - now).ok().filter(|wait| *wait > 0) {
            Clock.sleep(Duration::from_millis(wait)).await;
        }
        Ok(())
    }

    /// Delays the next list, in milliseconds.
    pub fn delay(&self, milliseconds: i64) {
        self.last.set(self.last.get().saturating_add(milliseconds));
    }
}

#[cfg(test)]
mod tests {
    use super::{INTERVAL_MS, MAX_WAIT_MS, next_start};

    #[test]
    fn lists_start_one_after_another_and_wait_only_so_long() {
        assert_eq!(next_start(0, 1000), Some(1000));
        assert_eq!(next_start(1000, 1000), Some(1000 + INTERVAL_MS));
        assert_eq!(next_start(1000 + MAX_WAIT_MS - INTERVAL_MS, 1000), Some(1000 + MAX_WAIT_MS));
        assert_eq!(next_start(1000 + MAX_WAIT_MS, 1000), None);
        assert_eq!(next_start(1_000_000, 1000), Some(1000));
        let mut last = 0;
        let begun = std::iter::from_fn(|| next_start(last, 0).inspect(|at| last = *at));
        assert_eq!(begun.count() as i64, MAX_WAIT_MS / INTERVAL_MS);
    }
}
