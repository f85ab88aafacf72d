//! Values that query parameters, and fields of the same meaning, may have.

use crate::edge::response::Rejection;
use crate::model::strict::{is_id, is_user_id};

/// Rejects each of these parameters beside one that can't be combined with it.
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

/// A text to look something up by: 1 to 255 characters.
pub fn text<'a>(name: &str, value: &'a str) -> Result<&'a str, Rejection> {
    if !(1..=255).contains(&value.chars().count()) || value.chars().any(char::is_control) {
        return Err(Rejection::parameter(name, "Give 1 to 255 characters"));
    }
    Ok(value)
}

/// The value of a parameter; the last of the same name counts.
pub fn last<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// One of Intercom's ids.
pub fn id<'a>(name: &str, value: &'a str) -> Result<&'a str, Rejection> {
    if is_id(value) {
        return Ok(value);
    }
    Err(Rejection::parameter(name, "An id is 1 to 128 letters, digits, - or _"))
}

/// An id of the caller's own product.
pub fn user_id<'a>(name: &str, value: &'a str) -> Result<&'a str, Rejection> {
    if is_user_id(value) {
        return Ok(value);
    }
    Err(Rejection::parameter(
        name,
        "A user_id is 1 to 255 letters, digits, spaces and visible ASCII characters without /, \\ and %",
    ))
}

/// A cursor of Intercom's: any text. Intercom alone knows what is in it, and it never becomes part of
/// a path.
pub fn cursor<'a>(name: &str, value: &'a str) -> Result<&'a str, Rejection> {
    if value.is_empty() {
        return Err(Rejection::parameter(name, "This is no cursor that a page of this list gave"));
    }
    Ok(value)
}

/// A whole number within bounds.
pub fn whole(name: &str, value: &str, least: i64, most: i64) -> Result<i64, Rejection> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse() {
        Ok(number) if digits && (least..=most).contains(&number) => Ok(number),
        _ => Err(Rejection::parameter(
            name,
            format!("{name} is a whole number from {least} to {most}"),
        )),
    }
}
