//! Writes a page of Intercom's as rows: lines of NDJSON or of CSV.

use crate::call::Format;
use crate::edge::csv;
use crate::edge::export::fields::FieldPath;
use crate::edge::export::range::Range;
use crate::model::lenient;
use crate::model::list::RawList;
use crate::model::{Field, Timestamp};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Deserialize as Derive, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The rows that an export has, and their form.
#[derive(Clone, Debug, Derive, Serialize)]
pub struct Selection {
    /// The format.
    pub format: Format,
    /// The fields; `None` for whole objects.
    pub fields: Option<Vec<FieldPath>>,
    /// Only objects that changed after this time, in seconds since 1970.
    pub since: Option<i64>,
    /// Intercom compares the dates of these objects by the second, so objects at the ends of a range are found twice.
    pub exact_dates: bool,
}

/// A page as rows.
#[derive(Debug, Default)]
pub struct Rows {
    /// The lines.
    pub text: Vec<u8>,
    /// The number of rows.
    pub count: u64,
    /// The number of objects in the range, if Intercom counts them.
    pub total: Option<u64>,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// The range has more objects than the limit, so nothing was written.
    pub is_over_limit: bool,
}

impl Selection {
    /// Writes a page. `limit`: the number of objects in the range above which nothing is written.
    ///
    /// # Errors
    /// The reason why the page can't be read, without its content.
    pub fn write(
        &self,
        page: &[u8],
        range: Option<&Range>,
        limit: Option<u64>,
    ) -> Result<Rows, &'static str> {
        // One check of the whole text is faster than one of each item, as it is made for a slice of bytes.
        let text = str::from_utf8(page).ok();
        if let Some(list) = text.and_then(|text| serde_json::from_str(text).ok()) {
            return self.write_list(&list, range, limit);
        }
        let repaired = lenient::repair(page);
        let list = repaired.as_deref().and_then(|page| serde_json::from_str(page).ok());
        self.write_list(&list.ok_or("it is not a list in JSON")?, range, limit)
    }

    fn write_list(
        &self,
        list: &RawList<'_>,
        range: Option<&Range>,
        limit: Option<u64>,
    ) -> Result<Rows, &'static str> {
        let total = list.total_count;
        let next = match &list.scroll_param {
            // The end of a scroll is an empty page.
            Some(scroll) => (!list.items.is_empty()).then(|| scroll.clone()),
            None => list.next.clone(),
        };
        let mut rows = Rows { total, next, ..Rows::default() };
        if limit.zip(total).is_some_and(|(limit, total)| total > limit) {
            rows.is_over_limit = true;
            return Ok(rows);
        }
        rows.text.reserve(list.items.iter().map(|item| item.get().len() + 2).sum());
        for item in &list.items {
            let item = item.get();
            if !item.starts_with('{') {
                return Err("an item is not an object");
            }
            if self.selects(item, range)? {
                self.write_row(item, &mut rows.text)?;
                rows.count += 1;
            }
        }
        Ok(rows)
    }

    /// Returns true if an object belongs to the range and changed after the time.
    fn selects(&self, item: &str, range: Option<&Range>) -> Result<bool, &'static str> {
        let range = range.filter(|_| self.exact_dates);
        if range.is_none() && self.since.is_none() {
            return Ok(true);
        }
        let Times { created_at, updated_at } =
            serde_json::from_str(item).map_err(|_| "an item is not an object")?;
        let seconds = |time: Field<Timestamp>| time.get().and_then(Timestamp::seconds);
        let is_new = |since: i64| seconds(updated_at).is_some_and(|time| time > since);
        let created_at = seconds(created_at).unwrap_or_default();
        let is_in = |range: &Range| created_at > range.after && created_at <= range.until;
        Ok(self.since.is_none_or(is_new) && range.is_none_or(is_in))
    }

    fn write_row(&self, item: &str, text: &mut Vec<u8>) -> Result<(), &'static str> {
        let Some(fields) = &self.fields else {
            // Between its tokens, JSON may have line breaks; in its texts it has none.
            let bytes = item.as_bytes();
            match bytes.contains(&b'\n') || bytes.contains(&b'\r') {
                true => text.extend(one_line(item).into_bytes()),
                false => text.extend_from_slice(bytes),
            }
            text.push(b'\n');
            return Ok(());
        };
        let Members(row) = serde_json::from_str(item).map_err(|_| "an item is not an object")?;
        match self.format {
            Format::Ndjson => write_object(&row, fields, text),
            Format::Csv => write_cells(&row, fields, text),
        }
        Ok(())
    }

    /// Returns the line before the rows of a file in CSV.
    pub fn header(&self) -> Option<String> {
        let fields = self.fields.as_ref().filter(|_| self.format == Format::Csv)?;
        let names = fields.iter().map(|field| csv::cell(&field.path()));
        Some(names.collect::<Vec<_>>().join(",") + "\r\n")
    }
}

/// The times of an object.
#[derive(Derive)]
struct Times {
    #[serde(default)]
    created_at: Field<Timestamp>,
    #[serde(default)]
    updated_at: Field<Timestamp>,
}

/// The members of an object, as they came.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    members.push(entry);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn member<'a>(members: &[(Cow<'_, str>, &'a RawValue)], name: &str) -> Option<&'a str> {
    members.iter().find(|(known, _)| known == name).map(|(_, value)| value.get())
}

/// Returns the value of a field.
fn value<'a>(row: &[(Cow<'_, str>, &'a RawValue)], field: &FieldPath) -> Option<&'a str> {
    let value = member(row, &field.name)?;
    let Some(name) = &field.member else { return Some(value) };
    let Members(members) = serde_json::from_str(value).ok()?;
    member(&members, name)
}

/// Writes the fields as an object on one line. Members of an object stay in their object.
fn write_object(row: &[(Cow<'_, str>, &RawValue)], fields: &[FieldPath], text: &mut Vec<u8>) {
    let mut entries: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    for field in fields {
        let Some(value) = value(row, field) else { continue };
        let entry = (field.member.as_deref().unwrap_or_default(), value);
        match entries.iter_mut().find(|(name, _)| *name == field.name) {
            // The whole object includes its members.
            Some((_, members))
                if field.member.is_some() && members.iter().all(|(name, _)| !name.is_empty()) =>
            {
                members.push(entry);
            }
            Some((_, members)) if field.member.is_none() => *members = vec![entry],
            Some(_) => {}
            None => entries.push((&field.name, vec![entry])),
        }
    }
    let name_of = |name: &str| serde_json::to_string(name).unwrap_or_default();
    let written = entries.iter().map(|(name, members)| {
        let value = match members.as_slice() {
            [("", whole)] => one_line(whole),
            members => {
                let members = members
                    .iter()
                    .map(|(name, value)| [&*name_of(name), ":", &one_line(value)].concat());
                ["{", &members.collect::<Vec<_>>().join(","), "}"].concat()
            }
        };
        [&*name_of(name), ":", &value].concat()
    });
    let object = ["{", &written.collect::<Vec<_>>().join(","), "}\n"].concat();
    text.extend(object.into_bytes());
}

fn one_line(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}

/// Writes the fields as a line of CSV. Lists and objects are written as JSON.
fn write_cells(row: &[(Cow<'_, str>, &RawValue)], fields: &[FieldPath], text: &mut Vec<u8>) {
    for (number, field) in fields.iter().enumerate() {
        if number > 0 {
            text.push(b',');
        }
        let cell = match value(row, field) {
            None | Some("null") => String::new(),
            Some(json) if json.starts_with('"') => {
                let text: Option<String> = lenient::from_slice(json.as_bytes()).ok();
                csv::cell(text.as_deref().unwrap_or(json))
            }
            Some(json) => csv::quoted(json),
        };
        text.extend(cell.into_bytes());
    }
    text.extend(b"\r\n");
}
