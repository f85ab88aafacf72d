//! The rules for values of query parameters, and of body fields with the same meaning.

use crate::edge::response::Rejection;
use crate::model::Timestamp;
use crate::model::strict::{is_id, is_user_id};

/// Rejects a parameter beside one of the `others`, which can't be combined with it.
pub fn alone(
    parameters: &[(String, String)],
    name: &str,
    others: &[&str],
) -> Result<(), Rejection> {
    let given = |name: &str| last(parameters, name).is_some();
    match others.iter().find(|other| **other != name && given(name) && given(other)) {
        None => Ok(()),
        Some(other) => {
            let words = format!("{other} can't be combined with {name}: leave one of them out");
            Err(Rejection::parameter(other, words))
        }
    }
}

/// Checks a text to search for: 1 to 255 characters.
pub fn text<'a>(name: &str, value: &'a str) -> Result<&'a str, Rejection> {
    if !(1..=255).contains(&value.chars().count()) || value.chars().any(char::is_control) {
        return Err(Rejection::parameter(name, "Give 1 to 255 characters"));
    }
    Ok(value)
}

/// Gives the value of a parameter. Of several with one name, the last counts.
pub fn last<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Checks an id of Intercom's.
pub fn id<'a>(name: &str, value: &'a str) -> Result<&'a str, Rejection> {
    if is_id(value) {
        return Ok(value);
    }
    Err(Rejection::parameter(name, "An id is 1 to 128 letters, digits, - or _"))
}

/// Checks an id of the caller's own product.
pub fn user_id<'a>(name: &str, value: &'a str) -> Result<&'a str, Rejection> {
    if is_user_id(value) {
        return Ok(value);
    }
    Err(Rejection::parameter(
        name,
        "A user_id is 1 to 255 letters, digits, spaces and visible ASCII characters without /, \\ and %",
    ))
}

/// Checks a cursor: any text. Only Intercom knows its content, and it never becomes part of a path.
pub fn cursor<'a>(name: &str, value: &'a str) -> Result<&'a str, Rejection> {
    if value.is_empty() {
        return Err(Rejection::parameter(
            name,
            "A cursor comes from the page before, and isn't empty",
        ));
    }
    Ok(value)
}

/// Reads a whole number within bounds: digits without a sign.
pub fn whole_number(name: &str, value: &str, least: i64, most: i64) -> Result<i64, Rejection> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse() {
        Ok(number) if digits && (least..=most).contains(&number) => Ok(number),
        _ => Err(Rejection::parameter(
            name,
            format!("{name} is a whole number from {least} to {most}"),
        )),
    }
}

/// Reads a time: seconds since 1970, or a day or a time in ISO 8601.
pub fn moment(name: &str, value: &str) -> Result<i64, Rejection> {
    let is_iso_8601 = value.as_bytes().get(4) == Some(&b'-');
    let seconds = match is_iso_8601 {
        true => Timestamp::Text(value.to_owned()).seconds(),
        false => whole_number(name, value, 0, i64::MAX).ok(),
    };
    seconds.ok_or_else(|| {
        let words = format!(
            "{name} is a time in seconds since 1970 or in ISO 8601, such as 2026-11-28 or \
             2026-11-28T09:00:00Z"
        );
        Rejection::parameter(name, words)
    })
}

#[cfg(test)]
mod tests {
    use super::{id, moment, user_id, whole_number};

    #[test]
    fn a_whole_number_has_digits_only_and_is_within_its_bounds() {
        assert_eq!(whole_number("page", "60", 1, 60).unwrap(), 60);
        for value in ["", "0", "61", "+1", "-1", "1.0", " 1", "1e1", "99999999999999999999"] {
            let rejection = whole_number("page", value, 1, 60).unwrap_err();
            assert_eq!(rejection.message(), Some("page is a whole number from 1 to 60"), "{value}");
        }
    }

    #[test]
    fn a_moment_is_in_seconds_a_day_or_a_time() {
        for (value, seconds) in [
            ("0", 0),
            ("1764288000", 1_764_288_000),
            ("2025-11-28", 1_764_288_000),
            ("2025-11-28T01:00:00+01:00", 1_764_288_000),
            ("2025-11-28T00:00:00.999Z", 1_764_288_000),
        ] {
            assert_eq!(moment("created_after", value).unwrap(), seconds, "{value}");
        }
        for value in ["", "-1", "1.5", "2025-13-01", "2025-11-28T25:00Z", "1e9", "2025-ü"] {
            assert_eq!(moment("created_after", value).unwrap_err().status(), 400, "{value}");
        }
    }

    #[test]
    fn ids_cannot_leave_their_place() {
        for bad in ["", "a/b", "a%2Fb", "..", "a\tb", "\0", "💥", &"x".repeat(300)] {
            assert!(id("id", bad).is_err() && user_id("user_id", bad).is_err(), "{bad:?}");
        }
        assert!(id("id", "5bb2f45a1e099bf2d553a2d5").is_ok());
        assert!(id("id", "a b").is_err());
        assert!(user_id("user_id", "auth0|john@example.com").is_ok());
        assert!(user_id("user_id", "ユーザー 1").is_ok());
    }
}
