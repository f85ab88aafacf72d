//! Ranges: disjoint parts of all objects, each of which is read by a cursor of its own.
//!
//! A search compares dates by whole day, in the time zone of the workspace. A range ends with the day of a time, and
//! the next one begins after the day of the same time. So ranges are disjoint and complete, in every time zone.

use crate::model::{FilterValue, Group, Operator};
use serde::{Deserialize, Serialize};

/// The seconds of a day.
pub const DAY: i64 = 86_400;

/// The number of objects that a range should have. A larger range has a longer chain of pages, each of which waits for
/// the one before. A smaller range has a larger share of pages that are not full.
const GOAL: u64 = 750;

/// The number of objects above which a range is divided.
pub const MOST: u64 = 2 * GOAL;

/// The most digits of an id by which a day is divided.
const MAX_DIGITS: usize = 4;

/// The times that tokens may have, in seconds since 1970: 5138 AD.
const MAX_TIME: i64 = 100_000_000_000;

/// Objects that were created after the day of a time, and at the latest on the day of another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Range {
    /// The time, in seconds since 1970, whose day comes before the range.
    pub after: i64,
    /// The time, in seconds since 1970, whose day is the last of the range.
    pub until: i64,
    /// The last digits of the ids; empty for all ids.
    pub id_end: String,
}

impl Range {
    /// Returns the filters of a search for the range.
    pub fn filters(&self) -> Vec<Group> {
        let created = |operator, time: i64| {
            Group::filter("created_at", operator, FilterValue::Number(time.into()))
        };
        let until = [Operator::LessThan, Operator::Equals].map(|by| created(by, self.until));
        let mut filters =
            vec![created(Operator::GreaterThan, self.after), Group::any(until.into())];
        if !self.id_end.is_empty() {
            let end = FilterValue::Text(self.id_end.clone());
            filters.push(Group::filter("id", Operator::EndsWith, end));
        }
        filters
    }

    /// Divides the range, which has `total` objects: by days, or one day by the last digits of the ids. Returns `None`
    /// if it can't be divided.
    pub fn divide(&self, total: u64) -> Option<Span> {
        let parts = total.div_ceil(GOAL).max(2);
        if self.until - self.after > DAY && self.id_end.is_empty() {
            return Some(Span::dates(self.after, self.until, parts));
        }
        (self.id_end.len() < MAX_DIGITS).then(|| Span::Ids {
            after: self.after,
            until: self.until,
            id_end: self.id_end.clone(),
            digits: if parts <= 16 { 1 } else { 2 },
            next: 0,
        })
    }
}

/// Ranges that follow each other and have not been started. However many they are, their text is short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// The days after that of `after` until that of `until`, in steps. All are in seconds, and differ by whole days.
    Dates { after: i64, until: i64, step: i64 },
    /// One day by the last digits of the ids: `digits` digits from the number `next` on, before `id_end`.
    Ids { after: i64, until: i64, id_end: String, digits: u8, next: u32 },
}

impl Span {
    /// Divides dates into at most `parts` ranges of whole days.
    pub fn dates(after: i64, until: i64, parts: u64) -> Self {
        let days = (until - after).max(DAY) as u64 / DAY as u64;
        let step = days.div_ceil(parts.max(1)) as i64 * DAY;
        Self::Dates { after, until, step }
    }

    /// Divides the dates of `total` objects.
    pub fn of_all(after: i64, until: i64, total: u64) -> Self {
        Self::dates(after, until, total.div_ceil(GOAL))
    }

    /// Returns the number of ranges.
    pub const fn len(&self) -> u64 {
        match *self {
            Self::Dates { after, until, step } => ((until - after) as u64).div_ceil(step as u64),
            Self::Ids { digits, next, .. } => (1 << (4 * digits as u64)) - next as u64,
        }
    }

    /// Takes the first range; `None` at the end.
    pub fn take(&mut self) -> Option<Range> {
        if self.len() == 0 {
            return None;
        }
        match self {
            Self::Dates { after, until, step } => {
                let end = (*after + *step).min(*until);
                let range = Range { after: *after, until: end, id_end: String::new() };
                *after = end;
                Some(range)
            }
            Self::Ids { after, until, id_end, digits, next } => {
                let id_end = format!("{next:0width$x}{id_end}", width = usize::from(*digits));
                *next += 1;
                Some(Range { after: *after, until: *until, id_end })
            }
        }
    }

    /// Returns true if the numbers are those of a span that [`Range::divide`] makes, and not of a forged token.
    pub fn is_valid(&self) -> bool {
        match *self {
            Self::Dates { after, until, step } => {
                is_valid_time(after, until) && step >= DAY && step % DAY == 0
            }
            Self::Ids { after, until, ref id_end, digits, next } => {
                is_valid_time(after, until)
                    && is_id_end(id_end)
                    && matches!(digits, 1 | 2)
                    && u64::from(next) <= 1 << (4 * u64::from(digits))
            }
        }
    }
}

impl Range {
    /// Returns true if the numbers are those of a range that a [`Span`] gives, and not of a forged token.
    pub fn is_valid(&self) -> bool {
        is_valid_time(self.after, self.until) && is_id_end(&self.id_end)
    }
}

fn is_valid_time(after: i64, until: i64) -> bool {
    -MAX_TIME <= after && after <= until && until <= MAX_TIME && (until - after) % DAY == 0
}

fn is_id_end(text: &str) -> bool {
    text.len() <= MAX_DIGITS + 1 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::{DAY, MOST, Range, Span};
    use proptest::prelude::*;

    fn ranges(mut span: Span) -> Vec<Range> {
        std::iter::from_fn(|| span.take()).collect()
    }

    fn range(days: i64) -> Range {
        Range { after: 0, until: days * DAY, id_end: String::new() }
    }

    proptest! {
        /// Each day is in exactly one range.
        #[test]
        fn dates_are_divided_without_a_gap(days in 2_i64..3000, total in MOST + 1..1_000_000) {
            let span = range(days).divide(total).unwrap();
            prop_assert!(span.is_valid());
            let count = span.len();
            let parts = ranges(span);
            prop_assert_eq!(parts.len() as u64, count);
            prop_assert!(parts.len() > 1);
            let mut end = 0;
            for part in parts {
                prop_assert_eq!(part.after, end);
                prop_assert!(part.until > part.after && part.is_valid());
                end = part.until;
            }
            prop_assert_eq!(end, days * DAY);
        }

        /// Each id is in exactly one range, and a division always ends.
        #[test]
        fn a_day_is_divided_by_the_ends_of_ids(
            id in "[0-9a-f]{24}",
            totals in proptest::collection::vec(MOST + 1..100_000, 5),
        ) {
            let mut day = range(1);
            for total in totals {
                let Some(span) = day.divide(total) else {
                    prop_assert!(day.id_end.len() >= 4);
                    return Ok(());
                };
                let fits: Vec<Range> =
                    ranges(span).into_iter().filter(|part| id.ends_with(&part.id_end)).collect();
                prop_assert_eq!(fits.len(), 1);
                day = fits[0].clone();
                prop_assert!(day.is_valid());
            }
        }
    }

    #[test]
    fn a_range_is_searched_by_the_same_time_at_both_ends() {
        let filters = |range: &Range| serde_json::to_string(&range.filters()).unwrap();
        let [first, second] = [(0, DAY), (DAY, 2 * DAY)]
            .map(|(after, until)| filters(&Range { after, until, id_end: String::new() }));
        assert_eq!(
            first,
            concat!(
                r#"[{"field":"created_at","operator":">","value":0},{"operator":"OR","value":["#,
                r#"{"field":"created_at","operator":"<","value":86400},"#,
                r#"{"field":"created_at","operator":"=","value":86400}]}]"#
            )
        );
        assert!(second.contains(r#"">","value":86400"#));
        let end = filters(&Range { id_end: "0f".to_owned(), ..range(1) });
        assert!(end.ends_with(r#"{"field":"id","operator":"$","value":"0f"}]"#), "{end}");
    }

    #[test]
    fn a_forged_span_is_not_valid() {
        for span in [
            Span::Dates { after: 0, until: 10 * DAY, step: 1 },
            Span::Dates { after: 0, until: 10 * DAY, step: 0 },
            Span::Dates { after: DAY, until: 0, step: DAY },
            Span::Dates { after: i64::MIN, until: 0, step: DAY },
            Span::Ids { after: 0, until: DAY, id_end: "x".to_owned(), digits: 1, next: 0 },
            Span::Ids { after: 0, until: DAY, id_end: String::new(), digits: 9, next: 0 },
            Span::Ids { after: 0, until: DAY, id_end: String::new(), digits: 1, next: 17 },
        ] {
            assert!(!span.is_valid(), "{span:?}");
        }
    }
}
