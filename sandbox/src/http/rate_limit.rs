//! The rate limit: a number of requests in each window of ten seconds.

use crate::http::response::ApiError;

/// The length of a window, in milliseconds.
const WINDOW_MS: u64 = 10_000;

/// The current window. The object holds it in memory only: the runtime removes an idle object after
/// ten seconds at the earliest, and by then the window is over.
#[derive(Clone, Copy, Default)]
pub(crate) struct Window {
    number: u64,
    used: u64,
}

/// The rate limit as one request sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RateLimit {
    /// The number of requests that a window allows.
    pub limit: u64,
    /// The number of requests that are left.
    pub remaining: u64,
    /// When the window ends, in seconds since 1970.
    pub reset: u64,
    /// True if this request is over the limit.
    pub exceeded: bool,
}

impl Window {
    /// Counts a request.
    pub fn count(&mut self, now_ms: u64, limit: u64) -> RateLimit {
        let number = now_ms / WINDOW_MS;
        if number != self.number {
            *self = Self { number, used: 0 };
        }
        let exceeded = self.used >= limit;
        if !exceeded {
            self.used += 1;
        }
        RateLimit {
            limit,
            remaining: limit.saturating_sub(self.used),
            reset: (number + 1) * WINDOW_MS / 1000,
            exceeded,
        }
    }
}

impl RateLimit {
    /// Returns Intercom's headers for the limit.
    pub fn headers(self) -> [(&'static str, String); 3] {
        [
            ("x-ratelimit-limit", self.limit.to_string()),
            ("x-ratelimit-remaining", self.remaining.to_string()),
            ("x-ratelimit-reset", self.reset.to_string()),
        ]
    }

    /// Returns the limit with no requests left.
    #[must_use]
    pub fn exhausted(self) -> Self {
        Self { remaining: 0, ..self }
    }

    /// Returns the error for a request over the limit. Intercom sends no `Retry-After`.
    pub fn error(self) -> ApiError {
        ApiError::new(
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
    fn a_window_counts_down_and_rejects_until_it_ends() {
        let mut window = Window::default();
        let first = window.count(1_000_003_000, 2);
        assert_eq!(first, RateLimit { limit: 2, remaining: 1, reset: 1_000_010, exceeded: false });
        assert_eq!(window.count(1_000_003_001, 2).remaining, 0);
        let third = window.count(1_000_009_999, 2);
        assert!(third.exceeded);
        assert_eq!(third.error().message, "Exceeded rate limit of 2 in 10_seconds");
        assert!(!window.count(1_000_010_000, 2).exceeded);
    }
}
