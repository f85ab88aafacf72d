//! Reads dates of HTTP (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, the one format
//! that a sender may use. The usual crate would add 3 KB gzipped to the npm package.

use std::time::Duration;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Returns the time of a date since 1970; `None` if it is in another format or before 1970.
pub(super) fn parse(date: &str) -> Option<Duration> {
    let number = |from: usize, to: usize| -> Option<u64> { date.get(from..to)?.parse().ok() };
    let [day, year, hour, minute, second] =
        [number(5, 7)?, number(12, 16)?, number(17, 19)?, number(20, 22)?, number(23, 25)?];
    let name = date.get(8..11)?;
    let month = MONTHS.iter().position(|month| *month == name)? as u64 + 1;
    let is_possible = (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 61;
    if year < 1970 || !is_possible || date.get(25..) != Some(" GMT") {
        return None;
    }
    // Days since 1970-01-01 in the Gregorian calendar; the year begins in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    let days = days.checked_sub(719_469)?;
    Some(Duration::from_secs(((days * 24 + hour) * 60 + minute) * 60 + second))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::time::Duration;

    #[test]
    fn a_date_is_its_seconds_since_1970() {
        for (date, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Fri, 27 Nov 2026 21:37:45 GMT", 1_795_815_465),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ] {
            assert_eq!(parse(date), Some(Duration::from_secs(seconds)), "{date}");
        }
    }

    #[test]
    fn anything_else_is_no_date() {
        for text in [
            "",
            "soon",
            "-1",
            "1e3",
            "Sun, 06 Nov 1994",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Wed, 31 Dec 1969 23:59:59 GMT",
            "Sun, 99999999999999999999 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
