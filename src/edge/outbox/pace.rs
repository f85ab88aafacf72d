//! How fast messages go out: Intercom's limit, and the share of it that stays free.

use crate::client::{RateLimit, WINDOW};
use std::time::Duration;

/// How many requests a message takes at most: one finds its reader, one sends it.
const REQUESTS: u32 = 2;

/// How many messages go out at once while nothing is known of the limit.
const UNKNOWN: u32 = 4;

/// What is known of Intercom's limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    limit: Option<RateLimit>,
    /// Intercom has said 429: nothing goes out before this time since 1970.
    hold: Duration,
}

/// What may be begun now.
#[derive(Debug, PartialEq, Eq)]
pub enum Room {
    /// So many messages.
    For(u32),
    /// None before this time since 1970.
    At(Duration),
}

impl Pace {
    /// Learns from an answer. Answers may come in another order than their requests were counted in.
    pub fn learn(&mut self, limit: RateLimit) {
        match &mut self.limit {
            Some(known) if known.reset == limit.reset => {
                known.remaining = known.remaining.min(limit.remaining);
            }
            Some(known) if known.reset > limit.reset => {}
            known => *known = Some(limit),
        }
    }

    /// Learns of a 429: how long it asks to wait, of which an hour at most is believed, or a window where
    /// it doesn't say. Intercom isn't asked more than once a second.
    pub fn stop(&mut self, wait: Option<Duration>, now: Duration) {
        let wait = wait.unwrap_or(WINDOW).clamp(Duration::from_secs(1), Duration::from_secs(3600));
        self.hold = self.hold.max(now + wait);
    }

    /// When the next request may go out.
    pub const fn hold(&self) -> Duration {
        self.hold
    }

    /// What bulk work may begin besides the messages that are on their way, if a share of the window
    /// (0 to 1) is to stay free.
    pub fn room(&self, on_their_way: u32, free_share: f64, now: Duration) -> Room {
        if self.hold > now {
            return Room::At(self.hold);
        }
        let left = match self.limit {
            None => UNKNOWN,
            Some(RateLimit { limit, remaining, reset }) => {
                let remaining = if reset > now { remaining } else { limit };
                let free = (f64::from(limit) * free_share).ceil() as u32;
                // However small the limit, one message at a time is sent.
                let least = if reset > now { 0 } else { 1 };
                (remaining.saturating_sub(free) / REQUESTS).max(least)
            }
        };
        match (left.saturating_sub(on_their_way), self.limit) {
            (0, Some(RateLimit { reset, .. })) if reset > now && on_their_way == 0 => {
                Room::At(reset)
            }
            (room, _) => Room::For(room),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Pace, Room};
    use crate::client::RateLimit;
    use std::time::Duration;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn pace(limit: u32, remaining: u32) -> Pace {
        let mut pace = Pace::default();
        pace.learn(RateLimit { limit, remaining, reset: at(110) });
        pace
    }

    #[test]
    fn a_share_of_the_window_stays_free() {
        assert_eq!(pace(100, 100).room(0, 0.2, at(100)), Room::For(40));
        assert_eq!(pace(100, 40).room(0, 0.2, at(100)), Room::For(10));
        assert_eq!(pace(100, 40).room(7, 0.2, at(100)), Room::For(3));
        assert_eq!(pace(100, 20).room(3, 0.2, at(100)), Room::For(0));
        assert_eq!(pace(100, 20).room(0, 0.2, at(100)), Room::At(at(110)));
        assert_eq!(pace(100, 20).room(0, 0.0, at(100)), Room::For(10));
    }

    #[test]
    fn the_next_window_is_a_whole_one_and_a_small_one_lets_one_pass() {
        assert_eq!(pace(100, 0).room(0, 0.2, at(110)), Room::For(40));
        assert_eq!(pace(1, 0).room(0, 0.9, at(110)), Room::For(1));
        assert_eq!(pace(1, 0).room(1, 0.9, at(110)), Room::For(0));
    }

    #[test]
    fn little_goes_out_before_the_limit_is_known() {
        assert_eq!(Pace::default().room(0, 0.2, at(100)), Room::For(4));
        assert_eq!(Pace::default().room(4, 0.2, at(100)), Room::For(0));
    }

    #[test]
    fn an_answer_that_is_late_gives_nothing_back() {
        let mut pace = pace(100, 50);
        pace.learn(RateLimit { limit: 100, remaining: 60, reset: at(110) });
        pace.learn(RateLimit { limit: 100, remaining: 99, reset: at(100) });
        assert_eq!(pace.room(0, 0.0, at(101)), Room::For(25));
    }

    #[test]
    fn a_429_stops_everything_until_the_window_turns() {
        let mut pace = pace(100, 100);
        pace.stop(Some(at(5)), at(100));
        assert_eq!(pace.room(0, 0.2, at(100)), Room::At(at(105)));
        pace.stop(None, at(100));
        assert_eq!(pace.hold(), at(110));
        pace.stop(Some(at(1)), at(100));
        assert_eq!(pace.hold(), at(110), "the longest counts");
    }

    #[test]
    fn intercom_is_believed_for_an_hour_and_asked_once_a_second_at_most() {
        for (after, hold) in [(0, 101), (3, 103), (3600, 3700), (1_000_000_000_000, 3700)] {
            let mut pace = Pace::default();
            pace.stop(Some(at(after)), at(100));
            assert_eq!(pace.hold(), at(hold), "{after}");
        }
    }
}
