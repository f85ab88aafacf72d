//! Counts times by day, week or month of a time zone.

use super::{List, read_cells};
use crate::directory::buffer;
use crate::directory::cell::{Cell, Value};
use crate::directory::error::Error;
use crate::directory::json::Malformed;
use crate::directory::request;
use crate::directory::row_set::RowSet;
use crate::directory::sort;
use crate::directory::store::Store;
use crate::directory::write;

/// The seconds of a day.
const DAY: i64 = 86_400;
/// Days before 1970 that have a place in a table, and those beyond the last whole number.
const MARGIN: i64 = 1_000;
/// The days of whole numbers.
const DAYS: i64 = (1 << 31) / DAY + 1;
/// The seconds of a block of time, as a number of bits: 12 days.
const BLOCK_BITS: u32 = 20;
/// Earlier and later times, in seconds, have no date.
const MOST: f64 = 1e12;

/// The times that are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A day.
    Day,
    /// A week, which begins on Monday.
    Week,
    /// A month.
    Month,
}

/// The offset of a time zone over time.
pub struct TimeZone {
    /// Times and the offsets that begin there, in seconds, ascending.
    offsets: Vec<(i64, i64)>,
    /// For each block of time from 1970 on: the number of offsets that begin before it.
    blocks: Vec<u32>,
}

impl TimeZone {
    /// Reads `time_zone_offsets`.
    pub fn read(json: Option<&str>) -> Result<Self, Error> {
        let path = "counts.time_zone_offsets";
        let invalid = |_| Error::query(path, "an array of [from, offset], in seconds, ascending");
        let mut offsets = Vec::new();
        let json = json.filter(|json| *json != "null").unwrap_or("[]");
        for pair in request::elements(json).map_err(invalid)? {
            let pair = request::elements(pair).map_err(invalid)?;
            let [from, offset] = pair.as_slice() else { return Err(invalid(Malformed)) };
            let pair = request::whole(from).zip(request::whole(offset));
            buffer::push(&mut offsets, pair.ok_or(Malformed).map_err(invalid)?)?;
        }
        if !offsets.is_sorted_by_key(|(from, _)| *from) {
            return Err(invalid(Malformed));
        }
        let mut blocks = Vec::new();
        if offsets.len() > 1 {
            let count = 1 << (31 - BLOCK_BITS);
            buffer::reserve(&mut blocks, count)?;
            for block in 0..count as i64 {
                let start = block << BLOCK_BITS;
                blocks.push(offsets.partition_point(|(from, _)| *from <= start) as u32);
            }
        }
        Ok(Self { offsets, blocks })
    }

    /// Returns the offset at a time.
    fn offset(&self, time: i64) -> i64 {
        let begun = self.offsets.partition_point(|(from, _)| *from <= time);
        self.nth(begun)
    }

    /// Returns the offset at a whole number of seconds, faster.
    fn offset_of_whole(&self, time: u32) -> i64 {
        let begun = self.blocks.get((time >> BLOCK_BITS) as usize).copied().unwrap_or(0) as usize;
        let later = self.offsets.get(begun..).unwrap_or_default();
        let more = later.iter().take_while(|(from, _)| *from <= i64::from(time)).count();
        self.nth(begun + more)
    }

    /// Returns the offset of which `begun` offsets have begun. Before the first one, it is the first.
    fn nth(&self, begun: usize) -> i64 {
        self.offsets.get(begun.saturating_sub(1)).map_or(0, |(_, offset)| *offset)
    }
}

/// The number of rows by local day.
pub struct Days {
    /// By day since 1970, plus [`MARGIN`].
    table: Vec<u32>,
    /// Other days and their counts.
    others: Vec<(i64, u32)>,
    /// The number of rows that have no time.
    missing: u32,
}

impl Days {
    /// Counts rows by a column.
    pub fn count(
        store: &Store,
        column: u32,
        rows: &RowSet,
        zone: &TimeZone,
    ) -> Result<Self, Error> {
        let mut table = Vec::new();
        buffer::resize(&mut table, (DAYS + 2 * MARGIN) as usize, 0u32)?;
        let (mut others, mut missing) = (Vec::new(), 0);
        let dictionary = store.dictionary(column);
        let mut cells = Vec::new();
        buffer::resize(&mut cells, dictionary.map_or(1, |values| values.cells()), 0u32)?;
        read_cells(
            store,
            rows,
            |segment| segment.column(column),
            |cell| {
                if let Some(time) = cell.as_whole() {
                    let local = i64::from(time) + zone.offset_of_whole(time);
                    let place = (local + MARGIN * DAY) as u64 / DAY as u64;
                    match table.get_mut(place as usize) {
                        Some(count) => *count += 1,
                        None => buffer::push(&mut others, (local.div_euclid(DAY), 1))?,
                    }
                } else if let Some(count) = cells.get_mut(cell.bits() as usize) {
                    *count += 1;
                }
                Ok(())
            },
        )?;
        for (bits, count) in (0..).zip(cells).filter(|(_, count)| *count > 0) {
            let value = dictionary.map(|values| values.value(Cell::from_bits(bits)));
            match value {
                Some(Value::Number(number, _)) if (-MOST..MOST).contains(&number) => {
                    let time = number.floor() as i64;
                    let local = time + zone.offset(time);
                    buffer::push(&mut others, (local.div_euclid(DAY), count))?;
                }
                _ => missing += count,
            }
        }
        Ok(Self { table, others, missing })
    }

    /// Writes the counts of the periods, ascending, and then those of rows without a time.
    pub fn write(mut self, period: Period, limit: usize) -> Result<Vec<u8>, Error> {
        let mut periods: Vec<(i64, u32)> = Vec::new();
        for (place, count) in (0..).zip(&self.table).filter(|(_, count)| **count > 0) {
            buffer::push(&mut self.others, (place - MARGIN, *count))?;
        }
        sort::sort_elements(&mut self.others, &|left, right| left.cmp(right))?;
        for (day, count) in self.others {
            let (year, month, _) = date(day);
            if !(0..10_000).contains(&year) {
                self.missing += count;
                continue;
            }
            let start = match period {
                Period::Day => day,
                // Day 0 was a Thursday.
                Period::Week => day - (day + 3).rem_euclid(7),
                Period::Month => year * 12 + month - 1,
            };
            match periods.last_mut().filter(|(last, _)| *last == start) {
                Some((_, total)) => *total += count,
                None => buffer::push(&mut periods, (start, count))?,
            }
        }
        let mut list = List::new(limit);
        for (start, count) in periods {
            list.add(count as usize, |out| write_period(out, period, start))?;
        }
        if self.missing > 0 {
            list.add(self.missing as usize, |out| buffer::extend(out, b"null"))?;
        }
        list.finish()
    }
}

fn write_period(out: &mut Vec<u8>, period: Period, start: i64) -> Result<(), Error> {
    let (year, month, day) = match period {
        Period::Month => (start.div_euclid(12), start.rem_euclid(12) + 1, None),
        _ => {
            let (year, month, day) = date(start);
            (year, month, Some(day))
        }
    };
    buffer::push(out, b'"')?;
    if year < 0 {
        buffer::push(out, b'-')?;
    }
    // The week of 1 January 0000 begins in the year before.
    write::padded(out, year.unsigned_abs(), if year < 0 { 3 } else { 4 })?;
    for part in [Some(month), day].into_iter().flatten() {
        buffer::push(out, b'-')?;
        write::padded(out, part.unsigned_abs(), 2)?;
    }
    buffer::push(out, b'"')
}

/// Returns the year, month and day of a day since 1970, in the Gregorian calendar.
///
/// A cycle of the calendar is 400 years. The years in here begin in March, so that the day that a
/// leap year has more is the last one.
fn date(day: i64) -> (i64, i64, i64) {
    const CYCLE: i64 = 146_097;
    let day = day + 719_468;
    let cycle = day.div_euclid(CYCLE);
    let day = day.rem_euclid(CYCLE);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + cycle * 400 + i64::from(month <= 2), month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_the_dates_of_the_calendar() {
        let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let mut day = -719_528;
        for year in 0..2_500 {
            for month in 1..=12 {
                let days = match month {
                    2 => 28 + i64::from(is_leap(year)),
                    4 | 6 | 9 | 11 => 30,
                    _ => 31,
                };
                for of_month in 1..=days {
                    assert_eq!(date(day), (year, month, of_month));
                    day += 1;
                }
            }
        }
        assert_eq!(date(0), (1970, 1, 1));
    }

    #[test]
    fn the_last_offset_that_has_begun_counts() {
        let zone = TimeZone::read(Some("[[100,3600],[200,7200],[2000000,-60]]")).unwrap();
        let offsets =
            [(0, 3600), (100, 3600), (199, 3600), (200, 7200), (1_999_999, 7200), (2_000_000, -60)];
        for (time, offset) in offsets {
            assert_eq!(zone.offset(time), offset);
            assert_eq!(zone.offset_of_whole(time as u32), offset, "{time}");
        }
        assert_eq!(TimeZone::read(None).unwrap().offset_of_whole(7), 0);
        for invalid in ["{}", "[1]", "[[1]]", "[[1,\"2\"]]", "[[2,0],[1,0]]"] {
            assert!(TimeZone::read(Some(invalid)).is_err());
        }
    }
}
