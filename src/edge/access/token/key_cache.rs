//! Decides when an issuer's keys are fetched, used again, waited for or given up. Nothing here does I/O.

use crate::edge::access::token::algorithm::Algorithm;
use crate::edge::access::token::check::FailedCheck;
use crate::edge::access::token::key::{Key, Material, choose};
use crate::edge::runtime::clock::{is_ahead, is_within};
use std::rc::Rc;
use std::time::Duration;

/// The time in which keys are used without another fetch.
const FRESH: Duration = Duration::from_secs(3600);
/// The time in which keys are used while the issuer's server fails.
const STALE: Duration = Duration::from_secs(2 * 3600);
/// The wait before the next fetch for a key that the issuer didn't have, or while keys are at hand.
const AGAIN: Duration = Duration::from_secs(60);
/// The wait before the next fetch without any key to use.
const RETRY: Duration = Duration::from_secs(10);
/// The time limit of a fetch.
pub const TIME: Duration = Duration::from_secs(5);
/// The time after which a fetch is lost: the runtime drops the work of a caller who disconnects.
const LOST: Duration = Duration::from_secs(6);

/// The keys of one address. Times are since 1970.
#[derive(Debug, Default)]
pub struct KeyCache {
    keys: Vec<Key>,
    /// The start of the fetch that gave the keys.
    fetched: Option<Duration>,
    /// The start of the last fetch.
    asked: Option<Duration>,
    /// The start of the last fetch that looked for a missing key.
    missed: Option<Duration>,
    /// The last fetch hasn't ended.
    under_way: bool,
    /// Why the last fetch failed.
    failure: Option<&'static str>,
}

/// The next step of checking a token.
#[derive(Debug)]
pub enum Next {
    /// Check the signature with this key.
    Use(Rc<Material>),
    /// Reject the token.
    Reject(FailedCheck),
    /// Fetch the keys, and decide again.
    Fetch,
    /// Another request is fetching the keys: decide again in a moment.
    Wait,
    /// The issuer's server must answer first: why it didn't, and how long to wait.
    Unavailable(&'static str, Duration),
}

impl KeyCache {
    /// Gives the next step for a token of this algorithm and key, whose request came in at `arrived`.
    pub fn next(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        arrived: Duration,
        now: Duration,
    ) -> Next {
        let within =
            |time: Option<Duration>, span| time.is_some_and(|time| is_within(time, span, now));
        let fresh = within(self.fetched, FRESH);
        let at_hand = within(self.fetched, STALE);
        let known = at_hand.then(|| choose(&self.keys, algorithm, kid)).flatten();
        let known = known.map(|found| found.map_or_else(Next::Reject, Next::Use));
        let (asked, pause) = if fresh {
            (self.missed, AGAIN)
        } else {
            (self.asked, if at_hand { AGAIN } else { RETRY })
        };
        match known {
            Some(known) if fresh => known,
            known if self.under_way && within(self.asked, LOST) => known.unwrap_or(Next::Wait),
            // Keys that were fetched since the request came in are as new as any.
            known if within(asked, pause) || (fresh && self.fetched >= Some(arrived)) => {
                known.unwrap_or_else(|| self.unknown(fresh, asked, pause, now))
            }
            _ => Next::Fetch,
        }
    }

    fn unknown(
        &self,
        fresh: bool,
        asked: Option<Duration>,
        pause: Duration,
        now: Duration,
    ) -> Next {
        match self.failure {
            None if fresh => Next::Reject(FailedCheck::KeyUnknown),
            failure => {
                let waited = now.saturating_sub(asked.unwrap_or(now));
                Next::Unavailable(
                    failure.unwrap_or("it didn't answer"),
                    pause.saturating_sub(waited),
                )
            }
        }
    }

    /// Records that a fetch begins.
    pub fn begin(&mut self, now: Duration) {
        // Keys from before the clock was set back must not block new ones.
        self.fetched = self.fetched.filter(|fetched| !is_ahead(*fetched, now));
        if self.fetched.is_some_and(|fetched| is_within(fetched, FRESH, now)) {
            self.missed = Some(now);
        }
        self.asked = Some(now);
        self.under_way = true;
    }

    /// Records the result of the fetch that began at `began`.
    pub fn end(&mut self, began: Duration, result: Result<Vec<Key>, &'static str>) {
        if self.asked == Some(began) {
            self.under_way = false;
            self.failure = result.as_ref().err().copied();
        }
        // A slow fetch must not replace the keys of a later one.
        if let Ok(keys) = result
            && self.fetched <= Some(began)
        {
            self.keys = keys;
            self.fetched = Some(began);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, Duration, Key, KeyCache, Next};
    use crate::edge::access::token::key::read_set;

    const START: u64 = 1_800_000_000;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(START + seconds)
    }

    fn keys(kids: &[&str]) -> Vec<Key> {
        let coordinate = "A".repeat(43);
        let key = |kid: &&str| {
            format!(
                r#"{{"kty":"EC","crv":"P-256","kid":"{kid}","x":"{coordinate}","y":"{coordinate}"}}"#
            )
        };
        let list = kids.iter().map(key).collect::<Vec<_>>().join(",");
        read_set(format!(r#"{{"keys":[{list}]}}"#).as_bytes()).unwrap()
    }

    /// The next step for a request that comes in at this second.
    fn next(kept: &KeyCache, kid: &str, seconds: u64) -> &'static str {
        later(kept, kid, seconds, seconds)
    }

    fn later(kept: &KeyCache, kid: &str, arrived: u64, seconds: u64) -> &'static str {
        match kept.next(Algorithm::Es256, Some(kid), at(arrived), at(seconds)) {
            Next::Use(_) => "use",
            Next::Reject(_) => "reject",
            Next::Fetch => "fetch",
            Next::Wait => "wait",
            Next::Unavailable(..) => "unavailable",
        }
    }

    fn fetched(kids: &[&str], seconds: u64) -> KeyCache {
        let mut kept = KeyCache::default();
        kept.begin(at(seconds));
        kept.end(at(seconds), Ok(keys(kids)));
        kept
    }

    #[test]
    fn keys_are_fetched_once_and_used_for_an_hour() {
        assert_eq!(next(&KeyCache::default(), "a", 0), "fetch");
        let kept = fetched(&["a"], 0);
        for seconds in [0, 1, 60, 3599] {
            assert_eq!(next(&kept, "a", seconds), "use", "{seconds}");
        }
        assert_eq!(next(&kept, "a", 3600), "fetch");
    }

    /// Else they would be used for as long as the clock was set back, and a revoked key with them.
    #[test]
    fn keys_are_fetched_again_if_the_clock_was_set_back() {
        assert_eq!(next(&fetched(&["a"], 100), "a", 99), "use");
        let mut kept = fetched(&["a"], 10_000);
        assert_eq!(next(&kept, "a", 6_000), "fetch");
        kept.begin(at(6_000));
        kept.end(at(6_000), Ok(keys(&["b"])));
        assert_eq!((next(&kept, "b", 6_000), next(&kept, "b", 9_599)), ("use", "use"));
        assert_eq!(later(&kept, "a", 6_000, 6_001), "reject");
        assert_eq!(next(&kept, "b", 9_600), "fetch");
    }

    #[test]
    fn others_wait_for_a_fetch_and_take_over_where_it_is_lost() {
        let mut kept = KeyCache::default();
        kept.begin(at(0));
        assert_eq!(next(&kept, "a", 0), "wait");
        assert_eq!(later(&kept, "a", 0, 5), "wait");
        assert_eq!(later(&kept, "a", 0, 10), "fetch");
    }

    #[test]
    fn an_unknown_key_has_them_fetched_once_a_minute() {
        let mut kept = fetched(&["a"], 0);
        // For the very request that had them fetched there is nothing newer.
        assert_eq!(later(&kept, "b", 0, 1), "reject");
        assert_eq!(next(&kept, "b", 1), "fetch");
        kept.begin(at(1));
        assert_eq!((next(&kept, "b", 1), next(&kept, "a", 1)), ("wait", "use"));
        kept.end(at(1), Ok(keys(&["a", "b"])));
        assert_eq!((later(&kept, "b", 1, 2), later(&kept, "c", 1, 2)), ("use", "reject"));
        for seconds in [2, 30, 60] {
            assert_eq!(next(&kept, "c", seconds), "reject", "{seconds}");
        }
        assert_eq!(next(&kept, "c", 61), "fetch");
    }

    #[test]
    fn a_key_that_is_withdrawn_is_forgotten_with_the_next_fetch() {
        let mut kept = fetched(&["a"], 0);
        kept.begin(at(3600));
        kept.end(at(3600), Ok(keys(&["b"])));
        assert_eq!(later(&kept, "a", 3600, 3601), "reject");
        kept.begin(at(7300));
        kept.end(at(7300), Ok(keys(&[])));
        assert_eq!(later(&kept, "b", 7300, 7301), "reject");
    }

    #[test]
    fn while_the_server_fails_keys_are_used_for_one_hour_more() {
        let mut kept = fetched(&["a"], 0);
        kept.begin(at(3600));
        // Nobody waits for it who needn't.
        assert_eq!((next(&kept, "a", 3601), next(&kept, "b", 3601)), ("use", "wait"));
        kept.end(at(3600), Err("it failed"));
        assert_eq!((next(&kept, "a", 3602), next(&kept, "b", 3602)), ("use", "unavailable"));
        assert_eq!(next(&kept, "a", 3660), "fetch");
        kept.begin(at(7190));
        kept.end(at(7190), Err("it failed"));
        assert_eq!(next(&kept, "a", 7199), "use");
        assert_eq!(next(&kept, "a", 7200), "fetch");
        kept.begin(at(7200));
        kept.end(at(7200), Err("it failed"));
        assert_eq!(next(&kept, "a", 7201), "unavailable");
    }

    #[test]
    fn a_server_that_fails_is_asked_every_ten_seconds() {
        let mut kept = KeyCache::default();
        kept.begin(at(0));
        kept.end(at(0), Err("it failed"));
        let met = kept.next(Algorithm::Es256, None, at(4), at(4));
        assert!(
            matches!(met, Next::Unavailable("it failed", pause) if pause == Duration::from_secs(6))
        );
        assert_eq!(next(&kept, "a", 9), "unavailable");
        assert_eq!(next(&kept, "a", 10), "fetch");
        kept.begin(at(10));
        kept.end(at(10), Ok(keys(&["a"])));
        assert_eq!(next(&kept, "a", 11), "use");
    }

    #[test]
    fn where_the_newest_keys_cannot_be_had_an_unknown_one_is_not_called_wrong() {
        let mut kept = fetched(&["a"], 0);
        kept.begin(at(100));
        kept.end(at(100), Err("it failed"));
        assert_eq!((next(&kept, "a", 101), next(&kept, "b", 101)), ("use", "unavailable"));
        assert_eq!(next(&kept, "b", 160), "fetch");
    }

    #[test]
    fn a_fetch_that_comes_late_puts_nothing_back() {
        let mut kept = KeyCache::default();
        kept.begin(at(0));
        kept.begin(at(7));
        kept.end(at(7), Ok(keys(&["b"])));
        kept.end(at(0), Ok(keys(&["a"])));
        assert_eq!((next(&kept, "b", 8), later(&kept, "a", 0, 8)), ("use", "reject"));
        // Nor does its failure count.
        kept.end(at(0), Err("it failed"));
        assert_eq!(later(&kept, "a", 0, 8), "reject");
    }
}
