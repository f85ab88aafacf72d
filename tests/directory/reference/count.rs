//! Counts per value, day, week and month.

use super::super::json::Json;
use super::value::{Cell, Value, number};
use super::{Failure, Field, Reference};
use std::cmp::Reverse;
use std::collections::BTreeMap;

const DAY: i64 = 86_400;

impl Reference {
    pub(super) fn counts(&self, slot: Option<usize>, request: &str) -> Result<Json, Failure> {
        let rows: Vec<usize> = match slot {
            Some(slot) => self.result(slot)?.rows.clone(),
            None => self.current.values().copied().collect(),
        };
        let request = Json::parse(request.as_bytes()).map_err(|_| Failure::Query)?;
        let limit = request.get("limit").and_then(Json::as_number).unwrap_or(usize::MAX);
        let by = request.get("by").and_then(Json::as_text).ok_or(Failure::Query)?;
        let counts = match (self.field(request.get("field"))?, by) {
            (Field::Set(set), b"value") => self.by_member(&rows, set),
            (Field::Column(path), b"value") => self.by_value(&rows, &path),
            (Field::Column(path), b"day" | b"week" | b"month") => {
                let offsets = offsets(request.get("time_zone_offsets"));
                self.by_time(&rows, &path, by, &offsets)
            }
            _ => return Err(Failure::Query),
        };
        Ok(Json::list(counts.into_iter().take(limit)))
    }

    fn by_value(&self, rows: &[usize], path: &[u8]) -> Vec<Json> {
        let mut counts: Vec<(Cell, usize)> = Vec::new();
        for cell in rows.iter().map(|row| self.versions[*row].cell(path)) {
            match counts.iter_mut().find(|(counted, _)| counted.value == cell.value) {
                Some((_, count)) => *count += 1,
                None => counts.push((cell.into_owned(), 1)),
            }
        }
        let seed = self.weights.get(path).copied();
        counts.sort_by(|(left, many), (right, more)| {
            // -0 is before 0.
            more.cmp(many)
                .then_with(|| left.compare(right, seed))
                .then_with(|| left.folded.cmp(&right.folded))
        });
        counts.into_iter().map(|(cell, count)| entry(cell.value.json(), count)).collect()
    }

    fn by_member(&self, rows: &[usize], set: usize) -> Vec<Json> {
        let mut counts: BTreeMap<Option<&Vec<u8>>, usize> = BTreeMap::new();
        for members in rows.iter().map(|row| &self.versions[*row].sets[set]) {
            for id in &members.ids {
                *counts.entry(Some(id)).or_default() += 1;
            }
            if members.ids.is_empty() && !members.incomplete {
                *counts.entry(None).or_default() += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(id, count)| (Reverse(*count), id.is_none(), *id));
        let named = |(id, count): (Option<&Vec<u8>>, usize)| {
            let name = id.and_then(|id| self.names[set].get(id)).map(|(name, _)| name);
            let name = name.map(|name| (b"name".to_vec(), Json::text(name)));
            let entry = entry(id.map_or(Json::Null, Json::text), count);
            Json::object(entry.members().iter().cloned().chain(name))
        };
        counts.into_iter().map(named).collect()
    }

    fn by_time(&self, rows: &[usize], path: &[u8], by: &[u8], offsets: &[(i64, i64)]) -> Vec<Json> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut missing = 0;
        for row in rows {
            match &self.versions[*row].cell(path).value {
                Value::Number(text) => match label(number(text), by, offsets) {
                    Some(label) => *counts.entry(label).or_default() += 1,
                    None => missing += 1,
                },
                _ => missing += 1,
            }
        }
        let counts = counts.into_iter().map(|(label, count)| entry(Json::text(label), count));
        counts.chain((missing > 0).then(|| entry(Json::Null, missing))).collect()
    }
}

fn entry(value: Json, count: usize) -> Json {
    Json::object([("value", value), ("count", Json::number(count))])
}

fn offsets(offsets: Option<&Json>) -> Vec<(i64, i64)> {
    let pair = |item: &Json| match item.items()? {
        [Json::Number(from), Json::Number(offset)] => {
            Some((from.parse().ok()?, offset.parse().ok()?))
        }
        _ => None,
    };
    let items = offsets.and_then(Json::items).unwrap_or_default();
    items.iter().filter_map(pair).collect()
}

/// Returns the day, the Monday of the week, or the month of a time, if its local year is between 0 and 9999.
pub fn label(time: f64, by: &[u8], offsets: &[(i64, i64)]) -> Option<String> {
    if !(-1e12..1e12).contains(&time) {
        return None;
    }
    let time = time.floor() as i64;
    let begun = offsets.iter().rev().find(|(from, _)| *from <= time).or(offsets.first());
    let day = (time + begun.map_or(0, |(_, offset)| *offset)).div_euclid(DAY);
    let (year, month, _) = date(day);
    if !(0..=9_999).contains(&year) {
        return None;
    }
    // Day 0 was a Thursday.
    let monday = day - (day + 3).rem_euclid(7);
    Some(match by {
        b"day" => written(date(day)),
        b"week" => written(date(monday)),
        _ => format!("{year:04}-{month:02}"),
    })
}

fn written((year, month, day): (i64, i64, i64)) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

/// Returns the year, month and day of a day since 1970, by counting years and months.
fn date(mut day: i64) -> (i64, i64, i64) {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of = |year| if is_leap(year) { 366 } else { 365 };
    let mut year = 1970;
    while day < 0 {
        year -= 1;
        day += days_of(year);
    }
    while day >= days_of(year) {
        day -= days_of(year);
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    (year, month, day + 1)
}
