//! The filters and tests that templates have: those that e-mails need, and none that makes a text much longer
//! than its input.

use crate::model::Timestamp;
use crate::model::timestamp::date_of;
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Value};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// An object in a template.
pub type Map = BTreeMap<String, Value>;

/// Adds the filters and tests to an environment.
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
    environment.add_filter("round", |number: Value| match number.is_integer() {
        true => Ok(number),
        false => f64::try_from(number).map(|number| printed(Value::from(number.round()))),
    });
    environment.add_filter("date", date);
    environment.add_filter("safe", |text: String| Value::from_safe_string(text));
    environment.add_test("defined", |value: Value| !value.is_undefined());
    environment.add_test("undefined", |value: Value| value.is_undefined());
}

/// Replaces a missing value.
fn default(value: Value, other: Value) -> Value {
    if value.is_undefined() { other } else { value }
}

fn capitalized(text: impl AsRef<str>) -> String {
    let mut characters = text.as_ref().chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters.flat_map(char::to_lowercase)).collect()
}

/// Joins the items of a list into one text. It is escaped when it is printed.
fn join(list: Value, between: Option<String>) -> Result<String, Error> {
    let items = list.try_iter()?.map(|item| match item.as_str() {
        Some(text) => text.to_owned(),
        None => printed(item).to_string(),
    });
    Ok(items.collect::<Vec<_>>().join(between.as_deref().unwrap_or_default()))
}

/// Writes a day as `2026-11-23`, in UTC. The time is in any of Intercom's formats, or in milliseconds.
fn date(time: Value) -> Result<String, Error> {
    let invalid = || Error::from(ErrorKind::InvalidOperation);
    let time = match (time.as_str(), time.kind()) {
        (Some(text), _) => Timestamp::Text(text.to_owned()),
        (None, ValueKind::Number) => match i64::try_from(time.clone()) {
            Ok(seconds) => Timestamp::from(seconds),
            Err(_) => Timestamp::Text(time.to_string()),
        },
        _ => return Err(invalid()),
    };
    let seconds = time.seconds().ok_or_else(invalid)?;
    let in_years = |seconds: &i64| YEARS.contains(seconds);
    let seconds = Some(seconds).filter(in_years).or(Some(seconds / 1000).filter(in_years));
    let days = seconds.ok_or_else(invalid)?.div_euclid(86_400);
    let (year, month, day) = date_of(days);
    // ISO 8601 writes a year before 0 with a sign.
    let width = if year < 0 { 5 } else { 4 };
    Ok(format!("{year:0width$}-{month:02}-{day:02}"))
}

/// The seconds from -9999-01-01 to 9999-12-31: a year has four digits. Numbers outside aren't seconds.
const YEARS: RangeInclusive<i64> = -377_705_116_800..=253_402_300_799;

/// Prepares a number for printing: a whole one has no fraction, however it was written or computed.
pub fn printed(number: Value) -> Value {
    match f64::try_from(number.clone()) {
        Ok(float) if !number.is_integer() && float.fract() == 0.0 && float.abs() < EXACT => {
            Value::from(float as i64)
        }
        _ => number,
    }
}

/// The limit below which a float can hold every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Turns a JSON number into a value for templates: a number if a type holds all its digits or it is a fraction,
/// or else its text.
pub fn number(number: &serde_json::Number) -> Value {
    let text = number.to_string();
    match whole(&text).and_then(|digits| digits.parse::<i128>().ok()) {
        Some(whole) => i64::try_from(whole).map_or_else(|_| Value::from(whole), Value::from),
        None => match number.as_f64() {
            Some(float) if float.abs() < EXACT => Value::from(float),
            _ => Value::from(text),
        },
    }
}

/// Returns the digits of a whole number, which may be written with a fraction or an exponent such as `1e3`;
/// `None` for another number, or for one that is too long.
fn whole(text: &str) -> Option<String> {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |text| ("-", text));
    let (text, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (before, after) = text.split_once('.').unwrap_or((text, ""));
    let point = i32::try_from(before.len()).ok()?.checked_add(exponent.parse().ok()?)?;
    let point = usize::try_from(point).ok().filter(|point| *point <= MAX_DIGITS)?;
    let digits = [before, after].concat();
    let is_zero = |digits: &str| digits.bytes().all(|digit| digit == b'0');
    match digits.split_at_checked(point) {
        Some((digits, rest)) if is_zero(rest) => Some(format!("{sign}0{digits}")),
        Some(_) => None,
        None => Some(format!("{sign}{digits:0<point$}")),
    }
}

/// The most digits of a number in a template; i128 holds 38.
const MAX_DIGITS: usize = 40;
