//! Times, which Intercom writes as integers, as digits or in ISO 8601.

use super::{JsonRef, JsonType};
use serde_json::{Number, Value};

/// A time as Intercom writes it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "types", derive(ts_rs::TS), ts(untagged))]
pub enum Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z, the documented form.
    Seconds(Number),
    /// Digits or an ISO 8601 text, as some responses and webhooks have it.
    Text(String),
}

impl Timestamp {
    /// Creates a timestamp from milliseconds since 1970, rounded down to seconds.
    pub fn of_milliseconds(milliseconds: i64) -> Self {
        Self::Seconds(milliseconds.div_euclid(1000).into())
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z, rounded down. `None` for a text that is
    /// neither digits nor ISO 8601, and for a number that is out of range.
    ///
    /// ```
    /// use intercom_edge::model::Timestamp;
    /// let text = Timestamp::Text("2018-10-03T01:02:03+09:00".to_owned());
    /// assert_eq!(text.seconds(), Some(1_538_496_123));
    /// ```
    pub fn seconds(&self) -> Option<i64> {
        match self {
            Self::Seconds(seconds) => seconds.as_i64().or_else(|| rounded_down(seconds.as_f64()?)),
            Self::Text(text) => {
                let text = text.trim();
                let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
                match text.bytes().all(is_digit).then(|| text.parse().ok()).flatten() {
                    Some(seconds) => rounded_down(seconds),
                    None => iso_8601(text),
                }
            }
        }
    }
}

/// Returns a number of seconds without its fraction, if a float is exact to the second there.
fn rounded_down(seconds: f64) -> Option<i64> {
    (seconds.abs() < 9_007_199_254_740_992.0).then(|| seconds.floor() as i64)
}

/// Returns the seconds since 1970 of a date, with or without a time and an offset from UTC. The
/// default offset is UTC.
fn iso_8601(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00"));
    let (sign, date) = date.strip_prefix('-').map_or((1, date), |date| (-1, date));
    let mut date = date.split('-');
    let year = sign * digits(date.next()?, 4)?;
    let (month, day) = (digits(date.next()?, 2)?, digits(date.next()?, 2)?);
    let days = days_of(year, month, day);
    if date.next().is_some() || date_of(days) != (year, month, day) {
        return None;
    }
    let (time, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => (time.get(..at)?.trim_end(), offset(time.get(at..)?)?),
        None => (time, 0),
    };
    let mut time = time.split(':');
    let (hour, minute) = (digits(time.next()?, 2)?, digits(time.next()?, 2)?);
    let second = time.next().unwrap_or("00");
    let second = digits(second.split(['.', ',']).next()?, 2)?;
    if time.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(((days * 24 + hour) * 60 + minute) * 60 + second - offset)
}

/// Returns the seconds of an offset such as `Z`, `+09:00`, `-0500` or `+01`.
fn offset(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let (sign, text) = text.split_at_checked(1)?;
    let (hours, minutes) = text.split_at_checked(2)?;
    let minutes = match minutes.strip_prefix(':').unwrap_or(minutes) {
        "" => 0,
        minutes => digits(minutes, 2)?,
    };
    let seconds = (digits(hours, 2)? * 60 + minutes) * 60;
    Some(if sign == "-" { -seconds } else { seconds })
}

/// Reads a number of exactly `length` digits.
fn digits(text: &str, length: usize) -> Option<i64> {
    let are_digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| text.parse().ok())?
}

// Calendars in eras of 400 years that begin on the 1st of March (Howard Hinnant,
// "chrono-Compatible Low-Level Date Algorithms").

/// Returns the days since 1970-01-01 of a date in the Gregorian calendar.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5 + day - 719_469
}

/// Returns the year, month and day in the Gregorian calendar of a number of days since 1970-01-01,
/// within ±100 million.
pub(crate) fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

impl From<i64> for Timestamp {
    fn from(seconds: i64) -> Self {
        Self::Seconds(seconds.into())
    }
}

impl JsonType for Timestamp {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Number(seconds) => Ok(Self::Seconds(seconds)),
            Value::String(text) => Ok(Self::Text(text)),
            other => Err(other),
        }
    }

    fn json(&self) -> JsonRef<'_> {
        match self {
            Self::Seconds(seconds) => JsonRef::Number(seconds),
            Self::Text(text) => JsonRef::Text(text),
        }
    }
}
