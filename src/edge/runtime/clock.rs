//! The Workers runtime's clock.

use crate::client::{DEADLINE, Timer};
use crate::edge::runtime;
use crate::edge::runtime::task::settled;
use std::time::Duration;

/// Time as the runtime tells it: it stands still while code computes and moves on with I/O.
#[derive(Clone, Copy, Debug)]
pub struct Clock;

impl Timer for Clock {
    fn now(&self) -> Duration {
        runtime::now()
    }

    /// Not `worker::Delay`, which tells its end only to whoever polled it first: [`task`](crate::edge::runtime::task)
    /// may have passed the request on since.
    async fn sleep(&self, pause: Duration) {
        let milliseconds = pause.as_millis().try_into().unwrap_or(u32::MAX);
        settled(runtime::pause(milliseconds)).await;
    }
}

/// A time as the runtime takes it.
pub fn milliseconds(time: Duration) -> u32 {
    time.min(DEADLINE).as_millis().try_into().unwrap_or(u32::MAX)
}

/// How far the times of requests that run beside each other may differ.
const SKEW: Duration = Duration::from_secs(1);

/// Whether a time lies ahead: the clock was set back since, and how long ago that was can't be known.
pub fn is_ahead(time: Duration, now: Duration) -> bool {
    time > now.saturating_add(SKEW)
}

/// Whether a time lies less than a span back; one that lies ahead doesn't.
pub fn is_within(time: Duration, span: Duration, now: Duration) -> bool {
    !is_ahead(time, now) && now.saturating_sub(time) < span
}

#[cfg(test)]
mod tests {
    use super::is_within;
    use std::time::Duration;

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
