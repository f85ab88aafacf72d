//! Reads numbers from settings.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Reads a whole number; `usual` if the setting is empty. `text` gives a setting. The error names it.
pub fn whole(
    text: impl Fn(&str) -> String,
    name: &str,
    usual: i64,
    least: i64,
    most: i64,
) -> Result<i64, String> {
    read(&text(name), name, "a whole number", usual, least..=most)
}

/// Reads a share, as [`whole`] does.
pub fn share(
    text: impl Fn(&str) -> String,
    name: &str,
    usual: f64,
    least: f64,
    most: f64,
) -> Result<f64, String> {
    read(&text(name), name, "a number", usual, least..=most)
}

fn read<T: Copy + Display + FromStr + PartialOrd>(
    text: &str,
    name: &str,
    kind: &str,
    usual: T,
    range: RangeInclusive<T>,
) -> Result<T, String> {
    match text.trim() {
        "" => Ok(usual),
        given => given.parse().ok().filter(|it| range.contains(it)).ok_or_else(|| {
            format!("{name} must be {kind} from {} to {}", range.start(), range.end())
        }),
    }
}
