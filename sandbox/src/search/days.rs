//! The days that a filter on a date matches. A day begins at midnight in the workspace's time zone.

const DAY: i64 = 86_400;

/// A span of whole days, in seconds since 1970. `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Days {
    /// The first second.
    from: Option<i64>,
    /// The first second after the span.
    until: Option<i64>,
}

impl Days {
    /// Returns the days that a filter matches; `None` if dates do not support the operator.
    pub fn of(operator: &str, time: i64, utc_offset_minutes: i64) -> Option<Self> {
        let offset = utc_offset_minutes.saturating_mul(60);
        let local_day = time.saturating_add(offset).div_euclid(DAY).saturating_mul(DAY);
        let day = local_day.saturating_sub(offset);
        let next_day = day.saturating_add(DAY);
        match operator {
            "=" => Some(Self { from: Some(day), until: Some(next_day) }),
            ">" => Some(Self { from: Some(next_day), until: None }),
            "<" => Some(Self { from: None, until: Some(day) }),
            _ => None,
        }
    }

    /// Returns one span that covers both; `None` if there is a gap between them.
    pub fn union(self, other: Self) -> Option<Self> {
        let reaches = |until: Option<i64>, from: Option<i64>| {
            until.zip(from).is_none_or(|(until, from)| from <= until)
        };
        if !reaches(self.until, other.from) || !reaches(other.until, self.from) {
            return None;
        }
        Some(Self {
            from: self.from.zip(other.from).map(|(one, other)| one.min(other)),
            until: self.until.zip(other.until).map(|(one, other)| one.max(other)),
        })
    }

    /// Returns SQL that is true if a time is in the span.
    pub fn sql(self, time: &str) -> String {
        match (self.from, self.until) {
            (Some(from), Some(until)) => format!("({time} >= {from} AND {time} < {until})"),
            (Some(from), None) => format!("({time} >= {from})"),
            (None, Some(until)) => format!("({time} < {until})"),
            (None, None) => format!("({time} IS NOT NULL)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2020-01-01, 0:00 UTC.
    const MIDNIGHT: i64 = 1_577_836_800;

    fn sql(operator: &str, time: i64, utc_offset_minutes: i64) -> Option<String> {
        Days::of(operator, time, utc_offset_minutes).map(|days| days.sql("t"))
    }

    #[test]
    fn a_day_begins_at_midnight_in_the_time_zone() {
        let noon = MIDNIGHT + DAY / 2;
        for (utc_offset_minutes, start) in [
            (0, MIDNIGHT),
            (540, MIDNIGHT - 9 * 3_600),
            (330, MIDNIGHT - 11 * 1_800),
            (-480, MIDNIGHT + 8 * 3_600),
            // In the farthest zones, noon UTC is on another date.
            (840, MIDNIGHT + 10 * 3_600),
            (-720, MIDNIGHT + 12 * 3_600),
        ] {
            let sql = |operator| sql(operator, noon, utc_offset_minutes);
            let end = start + DAY;
            let expected = Some(format!("(t >= {start} AND t < {end})"));
            assert_eq!(sql("="), expected, "{utc_offset_minutes}");
            assert_eq!(sql(">"), Some(format!("(t >= {end})")), "{utc_offset_minutes}");
            assert_eq!(sql("<"), Some(format!("(t < {start})")), "{utc_offset_minutes}");
        }
        assert_eq!(sql(">=", noon, 0), None);
    }

    #[test]
    fn spans_join_if_there_is_no_gap() {
        let union = |one: (&str, i64), other: (&str, i64)| {
            let (one, other) = (Days::of(one.0, one.1, 0)?, Days::of(other.0, other.1, 0)?);
            assert_eq!(one.union(other), other.union(one));
            one.union(other).map(|days| days.sql("t"))
        };
        let (day, next) = (MIDNIGHT, MIDNIGHT + DAY);
        assert_eq!(union(("<", day), ("=", day)), Some(format!("(t < {next})")));
        assert_eq!(union((">", day), ("=", day)), Some(format!("(t >= {day})")));
        assert_eq!(
            union(("=", day), ("=", next)),
            Some(format!("(t >= {day} AND t < {})", next + DAY))
        );
        assert_eq!(union(("<", next), (">", day)), Some("(t IS NOT NULL)".into()));
        assert_eq!(union(("<", day), (">", day)), None);
        assert_eq!(union(("=", day), ("=", next + DAY)), None);
    }

    #[test]
    fn no_time_overflows() {
        for time in [i64::MIN, i64::MAX] {
            assert!(sql("=", time, 840).is_some() && sql(">", time, -720).is_some());
        }
    }
}
