//! When a call is sent again, as tables: no clock, no network.

use intercom_edge::client::{Outcome, RateLimit, Retry, requested_wait};
use std::time::Duration;

const NOW: Duration = Duration::from_secs(1_700_000_000);
const RETRY: Retry = Retry {
    deadline: Duration::from_secs(30),
    after_rate_limit: 3,
    after_failure: 2,
    jitter: Duration::ZERO,
};

/// A limit used up, whose window turns so many seconds from now.
fn turns_in(seconds: u64) -> Option<RateLimit> {
    let reset = NOW + Duration::from_secs(seconds);
    Some(RateLimit { limit: 1667, remaining: 0, reset })
}

/// What a read's policy says at its `attempt`, after so many seconds.
fn read(attempt: u32, elapsed: u64, outcome: Outcome) -> Option<Duration> {
    RETRY.pause(true, attempt, Duration::from_secs(elapsed), NOW, &outcome)
}

#[test]
fn a_write_is_never_sent_again() {
    let statuses = (100..=599).map(|status| Outcome::Status(status, turns_in(1)));
    let bare = (100..=599).map(|status| Outcome::Status(status, None));
    for outcome in statuses.chain(bare).chain([Outcome::Failed]) {
        assert_eq!(RETRY.pause(false, 1, Duration::ZERO, NOW, &outcome), None, "{outcome:?}");
    }
}

#[test]
fn a_read_is_sent_again_after_429_502_503_504_and_no_other_status() {
    for status in 100..=599 {
        let again = read(1, 0, Outcome::Status(status, None)).is_some();
        assert_eq!(again, matches!(status, 429 | 502 | 503 | 504), "{status}");
    }
    assert!(read(1, 0, Outcome::Failed).is_some(), "no answer");
}

#[test]
fn a_429_waits_for_the_window_to_turn() {
    for seconds in [1, 2, 5, 9, 10] {
        let pause = read(1, 0, Outcome::Status(429, turns_in(seconds))).unwrap_or_default();
        let window = Duration::from_secs(seconds);
        assert!(pause >= window, "{pause:?} is before the window turns in {window:?}");
        assert!(pause < window + Duration::from_secs(1), "{pause:?} wastes the window");
    }
}

#[test]
fn a_window_that_turns_after_the_deadline_or_is_none_is_not_waited_for() {
    for (elapsed, turns, waits) in [
        (0, 10, true),
        // Windows last ten seconds.
        (0, 11, false),
        (0, 3_600, false),
        (25, 4, true),
        (25, 5, false),
        (30, 1, false),
    ] {
        let pause = read(1, elapsed, Outcome::Status(429, turns_in(turns)));
        assert_eq!(pause.is_some(), waits, "{elapsed} s gone, the window turns in {turns} s");
    }
}

#[test]
fn a_clock_that_runs_ahead_does_not_make_a_hammer() {
    // By this clock the window has turned already, yet Intercom says 429.
    let past = RateLimit { limit: 83, remaining: 0, reset: NOW - Duration::from_secs(60) };
    let pauses = [1, 2, 3].map(|attempt| read(attempt, 0, Outcome::Status(429, Some(past))));
    assert!(pauses.iter().all(|pause| *pause >= Some(Duration::from_millis(250))), "{pauses:?}");
}

#[test]
fn without_limit_headers_the_pauses_grow() {
    for outcome in [Outcome::Status(429, None), Outcome::Status(503, None), Outcome::Failed] {
        let first = read(1, 0, outcome);
        let second = read(2, 0, outcome);
        assert!(first >= Some(Duration::from_millis(250)), "{outcome:?}: {first:?}");
        assert!(second > first, "{outcome:?}: {first:?} then {second:?}");
    }
}

#[test]
fn the_tries_are_counted() {
    for (outcome, times) in [
        (Outcome::Status(429, turns_in(1)), 3),
        (Outcome::Status(429, None), 3),
        (Outcome::Status(502, None), 2),
        (Outcome::Status(503, turns_in(1)), 2),
        (Outcome::Status(504, None), 2),
        (Outcome::Failed, 2),
    ] {
        for attempt in 1..=10 {
            let again = read(attempt, 0, outcome).is_some();
            assert_eq!(again, attempt <= times, "{outcome:?}, try {attempt}");
        }
    }
}

#[test]
fn a_policy_of_no_retries_has_none() {
    let never = Retry { after_rate_limit: 0, after_failure: 0, ..RETRY };
    for outcome in [
        Outcome::Status(429, turns_in(1)),
        Outcome::Status(503, None),
        Outcome::Failed,
        Outcome::Later(Duration::from_secs(1)),
        Outcome::Busy(Duration::from_secs(1)),
    ] {
        assert_eq!(never.pause(true, 1, Duration::ZERO, NOW, &outcome), None, "{outcome:?}");
    }
}

#[test]
fn no_pause_reaches_the_deadline() {
    for elapsed in 0..=40 {
        for outcome in
            [Outcome::Status(429, turns_in(3)), Outcome::Status(502, None), Outcome::Failed]
        {
            if let Some(pause) = read(1, elapsed, outcome) {
                let end = Duration::from_secs(elapsed) + pause;
                assert!(end < RETRY.deadline, "{outcome:?} after {elapsed} s would end at {end:?}");
            }
        }
    }
}

#[test]
fn no_number_overflows() {
    let far = RateLimit { limit: u32::MAX, remaining: 0, reset: Duration::from_secs(u64::MAX) };
    let lasting = Retry {
        deadline: Duration::MAX,
        after_rate_limit: u32::MAX,
        after_failure: u32::MAX,
        jitter: Duration::MAX,
    };
    for retry in [RETRY, lasting] {
        for outcome in
            [Outcome::Status(429, Some(far)), Outcome::Status(503, None), Outcome::Failed]
        {
            for elapsed in [Duration::ZERO, Duration::from_secs(30), NOW] {
                for now in [Duration::ZERO, NOW] {
                    let _ = retry.pause(true, u32::MAX, elapsed, now, &outcome);
                }
            }
        }
    }
}

/// The value of one of these headers.
fn header(headers: &[(&str, &str)], name: &str) -> Option<String> {
    headers.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

/// Reads a limit from these headers.
fn limit(headers: &[(&str, &str)]) -> Option<RateLimit> {
    RateLimit::from_headers(|name| header(headers, name))
}

#[test]
fn the_limit_is_read_from_its_three_headers() {
    let headers = [
        ("x-ratelimit-limit", "1667"),
        ("x-ratelimit-remaining", " 1665 "),
        ("x-ratelimit-reset", "1700000010"),
    ];
    let read = RateLimit { limit: 1667, remaining: 1665, reset: NOW + Duration::from_secs(10) };
    assert_eq!(limit(&headers), Some(read));
}

#[test]
fn a_limit_header_that_is_missing_or_unreadable_means_no_limit() {
    let whole = [
        ("x-ratelimit-limit", "1667"),
        ("x-ratelimit-remaining", "1665"),
        ("x-ratelimit-reset", "1700000010"),
    ];
    for missing in 0..whole.len() {
        let rest: Vec<_> = whole
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != missing)
            .map(|(_, header)| *header)
            .collect();
        assert_eq!(limit(&rest), None, "{rest:?}");
        for bad in ["", "soon", "-1", "1e9", "99999999999999999999"] {
            let mut headers = rest.clone();
            headers.extend(whole.get(missing).map(|(name, _)| (*name, bad)));
            assert_eq!(limit(&headers), None, "{headers:?}");
        }
    }
    assert_eq!(limit(&[]), None);
}

#[test]
fn bulk_work_leaves_people_their_share_of_the_window() {
    let reset = NOW + Duration::from_secs(4);
    let wait = Duration::from_secs(4);
    for (remaining, free_share, pause) in [
        (1000, 0.2, Duration::ZERO),
        (201, 0.2, Duration::ZERO),
        (200, 0.2, wait),
        (0, 0.2, wait),
        (1, 0.0, Duration::ZERO),
        (0, 0.0, wait),
        (1000, 1.0, wait),
    ] {
        let limit = RateLimit { limit: 1000, remaining, reset };
        assert_eq!(
            limit.pause(free_share, NOW),
            pause,
            "{remaining} left, {free_share} stays free"
        );
    }
    let turned = RateLimit { limit: 1000, remaining: 0, reset: NOW };
    assert_eq!(turned.pause(0.2, NOW + wait), Duration::ZERO, "the window has turned");
}

// What a response says of the time to come back.

/// The headers of a limit whose window turns in ten seconds.
const LIMIT: [(&str, &str); 3] = [
    ("x-ratelimit-limit", "1667"),
    ("x-ratelimit-remaining", "0"),
    ("x-ratelimit-reset", "1700000010"),
];

/// Judges a response with this `Retry-After` and the headers of a limit.
fn outcome(status: u16, retry_after: &str) -> Outcome {
    let headers: Vec<_> = LIMIT.into_iter().chain([("retry-after", retry_after)]).collect();
    Outcome::of(status, NOW, |name| header(&headers, name))
}

/// `NOW` is 22:13:20 on this day.
fn date(time: &str) -> String {
    format!("Tue, 14 Nov 2023 {time} GMT")
}

#[test]
fn a_retry_after_in_seconds_is_waited_for() {
    for (value, seconds) in [("0", 0), ("3", 3), (" 3 ", 3), ("10", 10), ("3600", 3600)] {
        let after = Duration::from_secs(seconds);
        assert_eq!(outcome(429, value), Outcome::Later(after), "{value}");
        assert_eq!(outcome(503, value), Outcome::Later(after), "{value}");
        assert_eq!(outcome(409, value), Outcome::Busy(after), "{value}");
    }
}

#[test]
fn a_date_three_seconds_ahead_is_waited_for() {
    let after = Duration::from_secs(3);
    for (status, judged) in
        [(429, Outcome::Later(after)), (503, Outcome::Later(after)), (409, Outcome::Busy(after))]
    {
        for value in [date("22:13:23"), format!(" {} ", date("22:13:23"))] {
            assert_eq!(outcome(status, &value), judged);
        }
        assert_eq!(read(1, 0, judged), Some(after), "{status}");
    }
}

#[test]
fn a_date_in_the_past_is_no_wait_and_no_hammer() {
    for past in [date("22:13:20"), date("22:13:19"), "Sun, 06 Nov 1994 08:49:37 GMT".to_owned()] {
        for (status, judged) in [
            (429, Outcome::Later(Duration::ZERO)),
            (503, Outcome::Later(Duration::ZERO)),
            (409, Outcome::Busy(Duration::ZERO)),
        ] {
            assert_eq!(outcome(status, &past), judged, "{past}");
            let pauses = [1, 2].map(|attempt| read(attempt, 0, judged));
            assert!(pauses[0] >= Some(Duration::from_millis(250)), "{past}: {pauses:?}");
            assert!(pauses[1] > pauses[0], "{past}: {pauses:?}");
            assert!(pauses[1] < Some(Duration::from_secs(3)), "{past}: {pauses:?}");
        }
    }
}

#[test]
fn a_date_far_ahead_is_not_waited_for() {
    for (far, seconds) in [
        (date("22:13:31"), 11),
        (date("23:13:20"), 3_600),
        ("Fri, 31 Dec 9999 23:59:59 GMT".to_owned(), 253_402_300_799 - NOW.as_secs()),
    ] {
        for status in [429, 503] {
            let judged = outcome(status, &far);
            assert_eq!(judged, Outcome::Later(Duration::from_secs(seconds)), "{far}");
            assert_eq!(read(1, 0, judged), None, "{far}");
        }
    }
    let judged = outcome(409, &date("22:13:50"));
    assert_eq!(judged, Outcome::Busy(Duration::from_secs(30)));
    assert_eq!(read(1, 0, judged), None, "the deadline is there first");
}

#[test]
fn a_retry_after_that_is_neither_seconds_nor_a_date_is_as_none() {
    for garbage in [
        "",
        "soon",
        "-1",
        "1e12",
        ".5",
        "1.5",
        "3 seconds",
        "2023-11-14T22:13:23Z",
        "1700000003000Z",
        "Tue, 14 Nov 2023 22:13:23 CET",
        "Tue, 14 Nov 2023 22:13:23",
        "Tuesday, 14-Nov-23 22:13:23 GMT",
        "Tue Nov 14 22:13:23 2023",
        "Tue, 14 Foo 2023 22:13:23 GMT",
        "Tue, 14 Nov 99999999999999999999 22:13:23 GMT",
        "Tue, 14 Nov 2023 25:13:23 GMT",
        "Wed, 31 Dec 1969 23:59:59 GMT",
        "é",
        "\0",
    ] {
        for status in [409, 429, 503] {
            let judged = outcome(status, garbage);
            assert_eq!(judged, Outcome::Status(status, limit(&LIMIT)), "{garbage}");
        }
        assert_eq!(read(1, 0, outcome(409, garbage)), None, "another conflict is final");
    }
}

#[test]
fn other_statuses_are_judged_without_retry_after() {
    for status in (300..=599).filter(|status| !matches!(status, 409 | 429 | 503)) {
        let judged = outcome(status, "3");
        assert_eq!(judged, Outcome::Status(status, limit(&LIMIT)));
    }
}

#[test]
fn what_the_outbox_stored_is_settled_unless_it_is_busy() {
    let judge = |status, retry_after: Option<&'static str>| {
        let headers: Vec<_> = LIMIT
            .into_iter()
            .chain([("x-intercom-edge-message", "m1")])
            .chain(retry_after.map(|after| ("retry-after", after)))
            .collect();
        Outcome::of(status, NOW, |name| header(&headers, name))
    };
    for status in 300..=599 {
        assert_eq!(judge(status, None), Outcome::Settled, "{status}");
        if status != 409 {
            assert_eq!(judge(status, Some("3")), Outcome::Settled, "{status}");
        }
    }
    assert_eq!(judge(409, Some("3")), Outcome::Busy(Duration::from_secs(3)));
}

#[test]
fn a_retry_after_is_never_read_as_less_than_it_says() {
    for (value, seconds) in [
        ("20", 20),
        ("1000000000000", 1_000_000_000_000),
        ("99999999999999999999", u64::MAX),
        ("18446744073709551615", u64::MAX),
    ] {
        let after = Duration::from_secs(seconds);
        assert_eq!(outcome(429, value), Outcome::Later(after), "{value}");
        let wait = requested_wait(NOW, |name| (name == "retry-after").then(|| value.to_owned()));
        assert_eq!(wait, Some(after), "{value}");
    }
}

#[test]
fn a_wait_is_requested_by_retry_after_or_by_a_limit_that_is_used_up() {
    let (remaining, reset) = ("x-ratelimit-remaining", "x-ratelimit-reset");
    for (headers, seconds) in [
        (vec![("retry-after", "3600"), (remaining, "0"), (reset, "1700000004")], Some(3_600)),
        (vec![("retry-after", "soon"), (remaining, "0"), (reset, "1700000004")], Some(4)),
        (vec![(remaining, "0"), (reset, "1700000060")], Some(60)),
        (vec![(remaining, "0")], Some(10)),
        // A reset that can't be right: past, of this second, in milliseconds, no number.
        (vec![(remaining, "0"), (reset, "1699999999")], Some(10)),
        (vec![(remaining, "0"), (reset, "1700000000")], Some(10)),
        (vec![(remaining, "0"), (reset, "1700000004000")], Some(10)),
        (vec![(remaining, "0"), (reset, "18446744073709551615")], Some(10)),
        (vec![(remaining, "0"), (reset, "soon")], Some(10)),
        // Not because of the rate limit.
        (vec![(remaining, "12"), (reset, "1700000004")], None),
        (vec![(remaining, "-1"), (reset, "1700000004")], None),
        (vec![(reset, "1700000004")], None),
        (vec![("retry-after", "-1")], None),
        (vec![], None),
    ] {
        let wait = requested_wait(NOW, |name| header(&headers, name));
        assert_eq!(wait, seconds.map(Duration::from_secs), "{headers:?}");
    }
}

#[test]
fn no_retry_after_overflows() {
    let lasting = Retry { deadline: Duration::MAX, jitter: Duration::MAX, ..RETRY };
    for value in ["18446744073709551615", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        for status in [409, 429, 503] {
            let judged = outcome(status, value);
            for retry in [RETRY, lasting] {
                let _ = retry.pause(true, u32::MAX, Duration::from_secs(30), NOW, &judged);
            }
        }
    }
}
