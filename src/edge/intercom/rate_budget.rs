//! The budget of bulk work: Intercom's rate limit, less the share that stays free for others.

use crate::client::{RateLimit, WINDOW};
use std::time::Duration;

/// The most jobs in progress while the limit isn't known yet.
const WITHOUT_LIMIT: u32 = 4;

/// The known part of Intercom's rate limit.
#[derive(Clone, Copy, Debug)]
pub struct RateBudget {
    /// The most requests that a job takes.
    requests_per_job: u32,
    limit: Option<RateLimit>,
    /// After a 429, no request goes out before this time since 1970.
    paused_until: Duration,
}

/// The number of jobs that may start now.
#[derive(Debug, PartialEq, Eq)]
pub enum Allowance {
    /// This many jobs may start.
    Jobs(u32),
    /// No job may start before this time since 1970.
    NoneUntil(Duration),
}

impl RateBudget {
    /// Makes a budget without a known limit. A job takes at most `requests_per_job` requests.
    pub const fn new(requests_per_job: u32) -> Self {
        Self { requests_per_job, limit: None, paused_until: Duration::ZERO }
    }

    /// Updates the limit from a response. Responses may arrive in another order than Intercom counted their
    /// requests.
    pub fn learn(&mut self, limit: RateLimit) {
        match &mut self.limit {
            Some(known) if known.reset == limit.reset => {
                known.remaining = known.remaining.min(limit.remaining);
            }
            Some(known) if known.reset > limit.reset => {}
            known => *known = Some(limit),
        }
    }

    /// Pauses after a 429 for the requested wait, from a second to an hour; for a whole window if the
    /// response requests none.
    pub fn pause(&mut self, wait: Option<Duration>, now: Duration) {
        let wait = wait.unwrap_or(WINDOW).clamp(Duration::from_secs(1), Duration::from_secs(3600));
        self.paused_until = self.paused_until.max(now + wait);
    }

    /// Returns the time since 1970 before which no request may go out.
    pub const fn paused_until(&self) -> Duration {
        self.paused_until
    }

    /// Computes the number of requests at once that use up the limit at an even pace, if each takes `latency`, and a
    /// fifth more; at least six. More would only need more memory. `None` while the limit isn't known.
    pub fn useful_at_once(&self, latency: Duration) -> Option<usize> {
        let per_second = f64::from(self.limit?.limit) / WINDOW.as_secs_f64();
        Some((1.2 * per_second * latency.as_secs_f64()).ceil().max(6.0) as usize)
    }

    /// Computes the number of jobs that may start besides those in progress, if a share of the window (0 to 1) stays
    /// free.
    pub fn allowance(&self, in_progress: u32, free_share: f64, now: Duration) -> Allowance {
        if self.paused_until > now {
            return Allowance::NoneUntil(self.paused_until);
        }
        let left = match self.limit {
            None => WITHOUT_LIMIT,
            Some(RateLimit { limit, remaining, reset }) => {
                let remaining = if reset > now { remaining } else { limit };
                let free = (f64::from(limit) * free_share).ceil() as u32;
                // Even with the smallest limit, one job at a time is done.
                let least = if reset > now { 0 } else { 1 };
                (remaining.saturating_sub(free) / self.requests_per_job.max(1)).max(least)
            }
        };
        match (left.saturating_sub(in_progress), self.limit) {
            (0, Some(RateLimit { reset, .. })) if reset > now && in_progress == 0 => {
                Allowance::NoneUntil(reset)
            }
            (jobs, _) => Allowance::Jobs(jobs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowance, RateBudget};
    use crate::client::RateLimit;
    use std::time::Duration;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn budget(limit: u32, remaining: u32) -> RateBudget {
        let mut budget = RateBudget::new(2);
        budget.learn(RateLimit { limit, remaining, reset: at(110) });
        budget
    }

    #[test]
    fn a_share_of_the_window_stays_free() {
        assert_eq!(budget(100, 100).allowance(0, 0.2, at(100)), Allowance::Jobs(40));
        assert_eq!(budget(100, 40).allowance(0, 0.2, at(100)), Allowance::Jobs(10));
        assert_eq!(budget(100, 40).allowance(7, 0.2, at(100)), Allowance::Jobs(3));
        assert_eq!(budget(100, 20).allowance(3, 0.2, at(100)), Allowance::Jobs(0));
        assert_eq!(budget(100, 20).allowance(0, 0.2, at(100)), Allowance::NoneUntil(at(110)));
        assert_eq!(budget(100, 20).allowance(0, 0.0, at(100)), Allowance::Jobs(10));
    }

    #[test]
    fn the_next_window_is_a_whole_one_and_a_small_one_lets_one_pass() {
        assert_eq!(budget(100, 0).allowance(0, 0.2, at(110)), Allowance::Jobs(40));
        assert_eq!(budget(1, 0).allowance(0, 0.9, at(110)), Allowance::Jobs(1));
        assert_eq!(budget(1, 0).allowance(1, 0.9, at(110)), Allowance::Jobs(0));
    }

    #[test]
    fn little_goes_out_before_the_limit_is_known() {
        assert_eq!(RateBudget::new(2).allowance(0, 0.2, at(100)), Allowance::Jobs(4));
        assert_eq!(RateBudget::new(2).allowance(4, 0.2, at(100)), Allowance::Jobs(0));
    }

    #[test]
    fn an_answer_that_is_late_gives_nothing_back() {
        let mut budget = budget(100, 50);
        budget.learn(RateLimit { limit: 100, remaining: 60, reset: at(110) });
        budget.learn(RateLimit { limit: 100, remaining: 99, reset: at(100) });
        assert_eq!(budget.allowance(0, 0.0, at(101)), Allowance::Jobs(25));
    }

    #[test]
    fn a_429_stops_everything_until_the_window_turns() {
        let mut budget = budget(100, 100);
        budget.pause(Some(at(5)), at(100));
        assert_eq!(budget.allowance(0, 0.2, at(100)), Allowance::NoneUntil(at(105)));
        budget.pause(None, at(100));
        assert_eq!(budget.paused_until(), at(110));
        budget.pause(Some(at(1)), at(100));
        assert_eq!(budget.paused_until(), at(110), "the longest counts");
    }

    #[test]
    fn intercom_is_believed_for_an_hour_and_asked_once_a_second_at_most() {
        for (after, hold) in [(0, 101), (3, 103), (3600, 3700), (1_000_000_000_000, 3700)] {
            let mut budget = RateBudget::new(2);
            budget.pause(Some(at(after)), at(100));
            assert_eq!(budget.paused_until(), at(hold), "{after}");
        }
    }
}
