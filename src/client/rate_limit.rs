//! Intercom's rate limit headers.

use std::time::Duration;

/// The length of a window of Intercom's rate limit (Intercom's reference, "Rate Limiting").
pub const WINDOW: Duration = Duration::from_secs(10);

/// The state of the workspace's rate limit. Intercom counts requests in windows of [`WINDOW`],
/// which all private apps of the workspace share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests per window (`X-RateLimit-Limit`).
    pub limit: u32,
    /// Requests left in this window (`X-RateLimit-Remaining`).
    pub remaining: u32,
    /// Start of the next window, as time since 1970 (`X-RateLimit-Reset`).
    pub reset: Duration,
}

impl RateLimit {
    /// Reads the header fields; `None` if they are missing, as on responses of the load balancer.
    pub fn from_headers(header: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let number = |name| header(name)?.trim_ascii().parse::<u64>().ok();
        Some(Self {
            limit: number("x-ratelimit-limit")?.try_into().ok()?,
            remaining: number("x-ratelimit-remaining")?.try_into().ok()?,
            reset: Duration::from_secs(number("x-ratelimit-reset")?),
        })
    }

    /// Returns the time until a used-up rate limit resets; `None` if requests are left. A reset
    /// that is missing, past or more than a minute away is replaced by the length of a window.
    pub(super) fn window_left(
        now: Duration,
        header: impl Fn(&str) -> Option<String>,
    ) -> Option<Duration> {
        let number = |name| header(name)?.trim_ascii().parse::<u64>().ok();
        if number("x-ratelimit-remaining")? > 0 {
            return None;
        }
        let reset = number("x-ratelimit-reset").map(Duration::from_secs);
        let left = reset.and_then(|reset| reset.checked_sub(now));
        let is_possible = |left: &Duration| !left.is_zero() && *left <= Duration::from_secs(60);
        Some(left.filter(is_possible).unwrap_or(WINDOW))
    }

    /// Returns the wait of bulk work before its next request, so that a share of the window (0 to
    /// 1) stays free for other requests.
    ///
    /// ```
    /// use intercom_edge::client::RateLimit;
    /// use std::time::Duration;
    /// let reset = Duration::from_secs(1_000);
    /// let limit = RateLimit { limit: 100, remaining: 30, reset };
    /// let now = Duration::from_secs(996);
    /// assert_eq!(limit.pause(0.2, now), Duration::ZERO);
    /// assert_eq!(limit.pause(0.5, now), Duration::from_secs(4));
    /// ```
    pub fn pause(&self, free_share: f64, now: Duration) -> Duration {
        if f64::from(self.remaining) > f64::from(self.limit) * free_share {
            Duration::ZERO
        } else {
            self.reset.saturating_sub(now)
        }
    }
}
