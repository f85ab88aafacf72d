//! The rate limit: so many requests in each window of ten seconds.

use super::answer::Refusal;

/// Length of a window in milliseconds.
const WINDOW_MS: u64 = 10_000;

/// The window that runs, and what is used of it. The object holds it in memory only: it is put
/// away after ten idle seconds at the earliest, and by then the window has turned.
#[derive(Clone, Copy, Default)]
pub(super) struct Window {
    number: u64,
    used: u64,
}

/// Where a request stands in its window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    /// How many requests a window allows.
    pub limit: u64,
    /// How many are left.
    pub remaining: u64,
    /// When the window turns, in seconds since 1970.
    pub reset: u64,
    /// Whether this request is over the limit.
    pub over: bool,
}

impl Window {
    /// Counts a request.
    pub fn count(&mut self, now_ms: u64, limit: u64) -> Standing {
        let number = now_ms / WINDOW_MS;
        if number != self.number {
            *self = Self { number, used: 0 };
        }
        let over = self.used >= limit;
        if !over {
            self.used += 1;
        }
        Standing {
            limit,
            remaining: limit.saturating_sub(self.used),
            reset: (number + 1) * WINDOW_MS / 1000,
            over,
        }
    }
}

impl Standing {
    /// Intercom's headers for it.
    pub fn headers(self) -> [(&'static str, String); 3] {
        [
            ("x-ratelimit-limit", self.limit.to_string()),
            ("x-ratelimit-remaining", self.remaining.to_string()),
            ("x-ratelimit-reset", self.reset.to_string()),
        ]
    }

    /// The same with nothing left.
    #[must_use]
    pub fn used_up(self) -> Self {
        Self { remaining: 0, ..self }
    }

    /// What Intercom says to a request over the limit; it sends no `Retry-After`.
    pub fn refusal(self) -> Refusal {
        Refusal::new(
            429,
            "rate_limit_exceeded",
            format!("Exceeded rate limit of {} in 10_seconds", self.limit),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_counts_down_and_then_refuses_until_it_turns() {
        let mut window = Window::default();
        let first = window.count(1_000_003_000, 2);
        assert_eq!(first, Standing { limit: 2, remaining: 1, reset: 1_000_010, over: false });
        assert_eq!(window.count(1_000_003_001, 2).remaining, 0);
        let third = window.count(1_000_009_999, 2);
        assert!(third.over);
        assert_eq!(third.refusal().message, "Exceeded rate limit of 2 in 10_seconds");
        assert!(!window.count(1_000_010_000, 2).over);
    }
}
