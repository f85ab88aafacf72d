//! The filters and tests that templates have: those that mails need, none that makes a text much longer
//! than what goes in.

use minijinja::{Environment, Error, ErrorKind, Value};
use std::collections::BTreeMap;

/// An object in a template.
pub type Map = BTreeMap<String, Value>;

/// Adds them.
pub fn add_to(environment: &mut Environment<'_>) {
    environment.add_filter("default", default);
    environment.add_filter("upper", |text: String| text.to_uppercase());
    environment.add_filter("lower", |text: String| text.to_lowercase());
    environment.add_filter("capitalize", |text: String| capitalized(&text));
    environment.add_filter("title", |text: String| {
        text.split(' ').map(capitalized).collect::<Vec<_>>().join(" ")
    });
    environment.add_filter("trim", |text: String| text.trim().to_owned());
    environment.add_filter("length", |value: Value| {
        value.len().ok_or_else(|| Error::from(ErrorKind::InvalidOperation))
    });
    environment.add_filter("first", |list: Value| list.try_iter().map(|mut it| it.next()));
    environment.add_filter("join", join);
    environment.add_filter("round", |number: f64| number.round());
    environment.add_filter("date", date);
    environment.add_filter("safe", |text: String| Value::from_safe_string(text));
    environment.add_test("defined", |value: Value| !value.is_undefined());
    environment.add_test("undefined", |value: Value| value.is_undefined());
}

/// A value in place of one that is missing.
fn default(value: Value, other: Value) -> Value {
    if value.is_undefined() { other } else { value }
}

fn capitalized(text: impl AsRef<str>) -> String {
    let mut characters = text.as_ref().chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters.flat_map(char::to_lowercase)).collect()
}

/// The items of a list in one text, escaped by what prints it.
fn join(list: Value, between: Option<String>) -> Result<String, Error> {
    let items = list.try_iter()?.map(|item| match item.as_str() {
        Some(text) => text.to_owned(),
        None => item.to_string(),
    });
    Ok(items.collect::<Vec<_>>().join(between.as_deref().unwrap_or_default()))
}

/// A time of Intercom's, in seconds since 1970, as `2026-11-23`, in UTC.
fn date(seconds: i64) -> String {
    // Days from a civil date, in eras of 400 years that begin on the 1st of March (Howard Hinnant,
    // "chrono-Compatible Low-Level Date Algorithms").
    let days = seconds.div_euclid(86_400).clamp(-100_000_000, 100_000_000) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
