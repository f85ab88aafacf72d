//! The Workers runtime's clock.

use crate::client::{DEADLINE, Timer};
use crate::edge::runtime;
use crate::edge::runtime::task::settled;
use futures_util::future::{self, Either};
use std::pin::pin;
use std::time::Duration;

/// The runtime's clock, which advances only with I/O.
#[derive(Clone, Copy, Debug)]
pub struct Clock;

impl Timer for Clock {
    fn now(&self) -> Duration {
        runtime::now()
    }

    /// Waits. `worker::Delay` can't be used: it wakes only the executor that polled it first, and
    /// [`task`](crate::edge::runtime::task) may move a request to another one.
    async fn sleep(&self, pause: Duration) {
        let milliseconds = pause.as_millis().try_into().unwrap_or(u32::MAX);
        settled(runtime::pause(milliseconds)).await;
    }
}

/// Waits for work until a time limit. Returns `None` if the work has not ended by then, and drops it.
pub async fn with_limit<T>(
    timer: &impl Timer,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    match future::select(pin!(work), pin!(timer.sleep(limit))).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(_) => None,
    }
}

/// Gives a time in milliseconds, at most the deadline of a request.
pub fn milliseconds(time: Duration) -> u32 {
    time.min(DEADLINE).as_millis().try_into().unwrap_or(u32::MAX)
}

/// Gives the day of a time in UTC, counted from 1970.
pub const fn day(time: Duration) -> u64 {
    time.as_secs() / 86_400
}

/// The greatest difference between the times of concurrent requests.
const SKEW: Duration = Duration::from_secs(1);

/// Returns true if a time is in the future. The clock was set back then, and the time's age is unknown.
pub fn is_ahead(time: Duration, now: Duration) -> bool {
    time > now.saturating_add(SKEW)
}

/// Returns true if a time is at most `span` in the past. A time in the future isn't.
pub fn is_within(time: Duration, span: Duration, now: Duration) -> bool {
    !is_ahead(time, now) && now.saturating_sub(time) < span
}

#[cfg(test)]
mod tests {
    use super::{Timer, day, is_within, with_limit};
    use futures_util::future::{FutureExt, pending, ready};
    use std::time::Duration;

    /// A clock on which this time has passed.
    struct Passed(Duration);

    impl Timer for Passed {
        fn now(&self) -> Duration {
            self.0
        }

        async fn sleep(&self, pause: Duration) {
            if pause > self.0 {
                pending::<()>().await;
            }
        }
    }

    #[test]
    fn work_that_hangs_ends_at_its_limit() {
        let (before, limit) = (Duration::from_millis(9_999), Duration::from_secs(10));
        let hanging = |passed| with_limit(&Passed(passed), limit, pending::<()>()).now_or_never();
        assert_eq!(hanging(before), None, "it still waits");
        assert_eq!(hanging(limit), Some(None));
        let done = with_limit(&Passed(before), limit, ready(7)).now_or_never();
        assert_eq!(done, Some(Some(7)));
    }

    #[test]
    fn a_day_begins_at_midnight_utc() {
        // 23 November 2026, 00:00 UTC.
        let midnight = Duration::from_secs(1_795_392_000);
        assert_eq!(day(midnight), 20_780);
        assert_eq!(day(midnight + Duration::from_secs(86_399)), 20_780);
        assert_eq!(day(midnight - Duration::from_millis(1)), 20_779);
    }

    #[test]
    fn a_time_before_a_clock_was_set_back_is_not_recent() {
        let at = Duration::from_secs;
        for (now, within) in
            [(100, true), (159, true), (160, false), (99, true), (98, false), (0, false)]
        {
            assert_eq!(is_within(at(100), at(60), at(now)), within, "{now}");
        }
        assert!(!is_within(Duration::MAX, at(60), at(100)));
        assert!(is_within(at(100), Duration::MAX, Duration::MAX));
    }
}
