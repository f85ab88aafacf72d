//! Sort orders: brings the rows of a result into their order, the first ones first.

use super::buffer;
use super::cell::{Cell, Value};
use super::dictionary::Dictionary;
use super::error::Error;
use super::radix;
use super::ranks::{NO_RANK, Ranks, Source};
use super::request::{self, element_path};
use super::row_set::RowSet;
use super::schema::{Field, Schema};
use super::segment::{ROW_BITS, ROWS};
use super::sort;
use super::store::Store;
use super::texts::TextField;
use std::cmp::Ordering;

/// The most keys of a sort order.
const MAX_KEYS: usize = 2;
/// A scan over all rows by id is as fast as the comparison of this part of them.
const SCAN: usize = 32;
/// The least number of rows that are sorted at once.
const LEAST: usize = 128;

/// The order of a result's rows.
#[derive(Debug)]
pub enum Order {
    /// Groups of rows, by the ends of the groups. The rows of a group are ordered by id, newest
    /// first.
    Classes([usize; 3]),
    /// By sort keys; then by id, newest first.
    Keys(Vec<SortKey>),
}

/// A field to sort by.
#[derive(Debug)]
pub struct SortKey {
    /// The field, which is no set, or `None` for an attribute that no contact has.
    field: Option<Field>,
    is_descending: bool,
}

impl SortKey {
    /// Reads the sort keys of a request.
    pub fn read(json: Option<&str>, schema: &Schema) -> Result<Vec<Self>, Error> {
        let Some(json) = json.filter(|json| *json != "null") else { return Ok(Vec::new()) };
        let keys = request::elements(json).ok().filter(|keys| keys.len() <= MAX_KEYS);
        let keys = keys.ok_or_else(|| Error::query("sort", "an array of at most 2 fields"))?;
        let key = |(place, json): (usize, &&str)| {
            let invalid = |member: &str, message: &str| {
                Error::query(element_path("sort", place, member), message)
            };
            let [field, order] = request::members(json, ["field", "order"])
                .map_err(|_| invalid("", "an object with field and order"))?;
            let is_descending = match order.map(request::text) {
                None => false,
                Some(order) => match order.as_deref() {
                    Some(b"ascending") => false,
                    Some(b"descending") => true,
                    _ => return Err(invalid(".order", "ascending or descending")),
                },
            };
            let field = read_column(field, &element_path("sort", place, ".field"), schema)?;
            Ok(Self { field, is_descending })
        };
        keys.iter().enumerate().map(key).collect()
    }
}

/// Reads the name of a field that is no set. Returns `None` for an attribute that no contact has.
pub fn read_column(
    json: Option<&str>,
    path: &str,
    schema: &Schema,
) -> Result<Option<Field>, Error> {
    match request::field(json, path, schema)? {
        Some(Field::Set(_)) => Err(Error::query(path, "a field that is no set")),
        field => Ok(field),
    }
}

/// The ranks of the values of columns, and the order of all rows by id. They are kept, and updated
/// when they are needed.
#[derive(Default)]
pub struct Orders {
    /// All rows by id, newest first.
    newest: Vec<u32>,
    /// The rows from this one on are not in `newest`.
    newest_end: u32,
    ids: Ranks,
    texts: [Ranks; 4],
    columns: Vec<ColumnRanks>,
}

/// The ranks of the values of a column.
///
/// Values are ordered by type: bools, numbers, texts, arrays and objects. All are ranked, and the
/// rank of a whole number is computed from the number.
#[derive(Default)]
pub struct ColumnRanks {
    /// The ranks of texts, arrays and objects among themselves.
    texts: Ranks,
    /// The numbers that are no whole numbers, ascending.
    numbers: Vec<f64>,
    /// The rank of each cell that is not a whole number.
    table: Vec<u32>,
}

/// The rank of 0. Before are false and true.
const FIRST_NUMBER: u32 = 2;
/// The number of whole numbers.
const WHOLES: u32 = 1 << 31;

impl ColumnRanks {
    fn update(&mut self, dictionary: &Dictionary) -> Result<(), Error> {
        if self.table.len() == dictionary.cells() && !self.table.is_empty() {
            return Ok(());
        }
        self.texts.update(Source::Entries(dictionary))?;
        let values = |cells: usize| {
            (0..cells as u32).map(Cell::from_bits).map(|cell| (cell, dictionary.value(cell)))
        };
        self.numbers.clear();
        for (_, value) in values(dictionary.cells()) {
            if let Value::Number(number, _) = value
                && number != 0.0
            {
                buffer::push(&mut self.numbers, number)?;
            }
        }
        sort::sort_elements(&mut self.numbers, &f64::total_cmp)?;
        let first_text = FIRST_NUMBER + WHOLES + self.numbers.len() as u32;
        let mut table = Vec::new();
        buffer::reserve(&mut table, dictionary.cells())?;
        for (cell, value) in values(dictionary.cells()) {
            table.push(match value {
                Value::Missing => NO_RANK,
                Value::Bool(value) => u32::from(value),
                Value::Whole(number) => self.whole_rank(number),
                Value::Number(0.0, _) => self.whole_rank(0),
                Value::Number(number, _) => {
                    let before = self.numbers.partition_point(|other| *other < number) as u32;
                    // A cast to an integer saturates.
                    FIRST_NUMBER + before + (number.ceil() as u32).min(WHOLES)
                }
                Value::Text(_) | Value::Json(_) => {
                    let rank = cell.as_entry().and_then(|entry| self.texts.get(entry));
                    first_text.saturating_add(rank.unwrap_or(0))
                }
            });
        }
        self.table = table;
        Ok(())
    }

    fn whole_rank(&self, number: u32) -> u32 {
        let before = match self.numbers.is_empty() {
            true => 0,
            false => self.numbers.partition_point(|other| *other < f64::from(number)) as u32,
        };
        FIRST_NUMBER + number + before
    }

    /// Returns the rank of a cell.
    pub fn rank(&self, cell: Cell) -> u32 {
        match cell.as_whole() {
            Some(number) => self.whole_rank(number),
            None => self.table.get(cell.bits() as usize).copied().unwrap_or(NO_RANK),
        }
    }
}

impl Orders {
    /// Brings the rows of a result into order, at least up to `to`. The rows before `ordered` are in
    /// order already, the others are ascending. Returns the number of rows that are now in order.
    pub fn arrange(
        &mut self,
        store: &Store,
        order: &Order,
        rows: &mut [u32],
        ordered: usize,
        to: usize,
    ) -> Result<usize, Error> {
        let to = to.min(rows.len());
        if to <= ordered {
            return Ok(ordered);
        }
        match order {
            Order::Classes(ends) => {
                let mut ordered = ordered;
                for end in ends {
                    if ordered < to && ordered < *end {
                        let class = rows.get_mut(ordered..*end).unwrap_or_default();
                        self.sort_by_id(store, class)?;
                        ordered = *end;
                    }
                }
                Ok(ordered)
            }
            Order::Keys(keys) => {
                let more = to.max(2 * ordered).max(LEAST) - ordered;
                let Some(rest) = rows.get_mut(ordered..) else { return Ok(ordered) };
                if more.saturating_mul(4) < rest.len() {
                    self.sort_first(store, keys, rest, more)?;
                    return Ok(ordered + more);
                }
                self.sort_all(store, keys, rest)?;
                Ok(rows.len())
            }
        }
    }

    /// Brings all rows into order. They are ascending.
    fn sort_all(&mut self, store: &Store, keys: &[SortKey], rows: &mut [u32]) -> Result<(), Error> {
        let ranks = self.keys(store, keys, rows)?;
        let mut pairs = Vec::new();
        buffer::reserve(&mut pairs, rows.len())?;
        if rows.len() < self.newest(store)?.len() / SCAN {
            pairs.extend(ranks.into_iter().zip(rows.iter().copied()));
            sort_pairs(store, &mut pairs)?;
        } else {
            let mut places = Vec::new();
            buffer::resize(&mut places, store.end() as usize, 0u32)?;
            for (row, place) in rows.iter().zip(1..) {
                if let Some(place_of_row) = places.get_mut(*row as usize) {
                    *place_of_row = place;
                }
            }
            for row in &self.newest {
                let place = places.get(*row as usize).and_then(|place| place.checked_sub(1));
                if let Some(rank) = place.and_then(|place| ranks.get(place as usize)) {
                    pairs.push((*rank, *row));
                }
            }
            drop((places, ranks));
            radix::sort(&mut pairs)?;
        }
        for (row, (_, sorted)) in rows.iter_mut().zip(&pairs) {
            *row = *sorted;
        }
        Ok(())
    }

    /// Brings the first `count` rows to the front and into order. The others stay ascending.
    fn sort_first(
        &mut self,
        store: &Store,
        keys: &[SortKey],
        rows: &mut [u32],
        count: usize,
    ) -> Result<(), Error> {
        let ranks = self.keys(store, keys, rows)?;
        let last = radix::nth(&ranks, count - 1)?;
        let (mut first, mut ties) = (Vec::new(), Vec::new());
        buffer::reserve(&mut first, count)?;
        for (rank, row) in ranks.iter().zip(rows.iter()) {
            if *rank < last {
                buffer::push(&mut first, (*rank, *row))?;
            } else if *rank == last {
                buffer::push(&mut ties, *row)?;
            }
        }
        sort_pairs(store, &mut first)?;
        self.sort_by_id(store, &mut ties)?;
        let ties = ties.get(..count - first.len()).unwrap_or_default();
        let mut chosen = RowSet::empty(store)?;
        ties.iter().for_each(|row| chosen.insert(*row));
        // The others move to the end, from the last one on.
        let mut end = rows.len();
        for place in (0..rows.len()).rev() {
            let (Some(rank), Some(row)) = (ranks.get(place), rows.get(place).copied()) else {
                break;
            };
            if *rank > last || *rank == last && !chosen.contains(row) {
                end -= 1;
                if let Some(target) = rows.get_mut(end) {
                    *target = row;
                }
            }
        }
        let sorted = first.iter().map(|(_, row)| row).chain(ties);
        rows.iter_mut().zip(sorted).for_each(|(row, sorted)| *row = *sorted);
        Ok(())
    }

    /// Sorts rows by id, newest first.
    fn sort_by_id(&mut self, store: &Store, rows: &mut [u32]) -> Result<(), Error> {
        if rows.len() < self.newest(store)?.len() / SCAN {
            let mut sorted = Vec::new();
            buffer::extend(&mut sorted, rows)?;
            sort::sort(&mut sorted, &|left, right| newer_first(store, left, right))?;
            rows.copy_from_slice(&sorted);
            return Ok(());
        }
        let mut set = RowSet::empty(store)?;
        rows.iter().for_each(|row| set.insert(*row));
        let sorted = self.newest.iter().filter(|row| set.contains(**row));
        rows.iter_mut().zip(sorted).for_each(|(row, sorted)| *row = *sorted);
        Ok(())
    }

    /// Returns all rows by id, newest first.
    fn newest(&mut self, store: &Store) -> Result<&[u32], Error> {
        if self.newest_end < store.end() {
            let added = sorted_by_id(store, self.newest_end)?;
            let mut merged = Vec::new();
            merged.try_reserve_exact(self.newest.len() + added.len())?;
            let mut rest = self.newest.as_slice();
            for row in added {
                let id = store.id(row);
                let before = rest.partition_point(|other| store.id(*other) > id);
                let (before, after) = rest.split_at_checked(before).unwrap_or_default();
                merged.extend_from_slice(before);
                merged.push(row);
                rest = after;
            }
            merged.extend_from_slice(rest);
            self.newest = merged;
            self.newest_end = store.end();
        }
        Ok(&self.newest)
    }

    /// Returns one number per row, in whose order the keys bring the rows. The rows are ascending.
    fn keys(&mut self, store: &Store, keys: &[SortKey], rows: &[u32]) -> Result<Vec<u64>, Error> {
        let mut out = Vec::new();
        buffer::resize(&mut out, rows.len(), 0u64)?;
        for key in keys {
            let is_descending = key.is_descending;
            self.ranks(store, key.field, rows, &mut out, |key, rank| {
                let is_reversed = is_descending && rank != NO_RANK;
                let rank = if is_reversed { NO_RANK - 1 - rank } else { rank };
                *key = *key << 32 | u64::from(rank);
            })?;
        }
        Ok(out)
    }

    /// Calls `write` with an element of `out` and the rank of its row. The rows are ascending.
    pub fn ranks<T>(
        &mut self,
        store: &Store,
        field: Option<Field>,
        rows: &[u32],
        out: &mut [T],
        write: impl Fn(&mut T, u32),
    ) -> Result<(), Error> {
        let ranks = match field {
            None | Some(Field::Set(_)) => &[],
            Some(Field::Id) => self.text_ranks(store, None)?,
            Some(Field::Text(field)) => self.text_ranks(store, Some(field))?,
            Some(Field::Column(column)) => {
                return self.column_ranks(store, column, rows, out, write);
            }
        };
        for (row, out) in rows.iter().zip(out) {
            write(out, ranks.get(*row as usize).copied().unwrap_or(NO_RANK));
        }
        Ok(())
    }

    /// Returns the rank of each row by its text of a field, or by its id.
    pub fn text_ranks(&mut self, store: &Store, field: Option<TextField>) -> Result<&[u32], Error> {
        let (ranks, source) =
            match field.and_then(|field| Some((self.texts.get_mut(field as usize)?, field))) {
                Some((ranks, field)) => (ranks, Source::Rows(store, field)),
                None => (&mut self.ids, Source::Ids(store)),
            };
        ranks.update(source)?;
        Ok(ranks.all())
    }

    /// Returns the ranks of a column's values.
    pub fn column(&mut self, store: &Store, column: u32) -> Result<&ColumnRanks, Error> {
        let ranks = ranks_of_column(&mut self.columns, column)?;
        if let Some(dictionary) = store.dictionary(column) {
            ranks.update(dictionary)?;
        }
        Ok(ranks)
    }

    fn column_ranks<T>(
        &mut self,
        store: &Store,
        column: u32,
        rows: &[u32],
        mut out: &mut [T],
        write: impl Fn(&mut T, u32),
    ) -> Result<(), Error> {
        let ranks = self.column(store, column)?;
        let mut cells = Vec::new();
        buffer::resize(&mut cells, ROWS, Cell::MISSING)?;
        for rows in rows.chunk_by(|left, right| left >> ROW_BITS == right >> ROW_BITS) {
            let (part, rest) =
                std::mem::take(&mut out).split_at_mut_checked(rows.len()).unwrap_or_default();
            out = rest;
            let segment =
                rows.first().and_then(|row| store.place(*row)).map(|(segment, _)| segment);
            match segment.and_then(|segment| segment.column(column)) {
                Some(column) => column.read(&mut cells),
                None => cells.fill(Cell::MISSING),
            }
            for (row, out) in rows.iter().zip(part) {
                let cell = cells.get(*row as usize % ROWS).copied().unwrap_or_default();
                write(out, ranks.rank(cell));
            }
        }
        Ok(())
    }

    /// Returns the characters of a field's texts that need weights, or an empty text.
    pub fn characters_to_weigh(&mut self, store: &Store, field: Field) -> Result<String, Error> {
        match self.ranks_of(store, field)? {
            Some((ranks, source)) => ranks.characters_to_weigh(source),
            None => Ok(String::new()),
        }
    }

    /// Sets the weights of a field's characters.
    pub fn set_weights(
        &mut self,
        store: &Store,
        field: Field,
        weights: &[u32],
    ) -> Result<(), Error> {
        if let Some((ranks, _)) = self.ranks_of(store, field)? {
            ranks.set_weights(weights)?;
        }
        if let Field::Column(column) = field
            && let Some(ranks) = self.columns.get_mut(column as usize)
        {
            ranks.table.clear();
        }
        Ok(())
    }

    fn ranks_of<'a>(
        &'a mut self,
        store: &'a Store,
        field: Field,
    ) -> Result<Option<(&'a mut Ranks, Source<'a>)>, Error> {
        Ok(match field {
            Field::Set(_) => None,
            Field::Id => Some((&mut self.ids, Source::Ids(store))),
            Field::Text(field) => {
                self.texts.get_mut(field as usize).map(|ranks| (ranks, Source::Rows(store, field)))
            }
            Field::Column(column) => {
                let ranks = ranks_of_column(&mut self.columns, column)?;
                store.dictionary(column).map(|values| (&mut ranks.texts, Source::Entries(values)))
            }
        })
    }

    /// Gives rows their new numbers after a compaction, which also replaces the dictionaries.
    pub fn renumber(&mut self, numbers: &[u32], store: &Store) {
        let new = |row: &u32| numbers.get(*row as usize).copied().filter(|new| *new != NO_RANK);
        self.newest.retain_mut(|row| match new(row) {
            Some(new) => {
                *row = new;
                true
            }
            None => false,
        });
        let known = numbers.iter().take(self.newest_end as usize).filter(|new| **new != NO_RANK);
        self.newest_end = known.max().map_or(0, |last| last + 1).min(store.end());
        for ranks in self.texts.iter_mut().chain([&mut self.ids]) {
            ranks.renumber(numbers, store.end() as usize);
        }
        for ranks in &mut self.columns {
            ranks.table.clear();
            ranks.texts.forget();
        }
    }
}

fn ranks_of_column(columns: &mut Vec<ColumnRanks>, column: u32) -> Result<&mut ColumnRanks, Error> {
    let len = columns.len().max(column as usize + 1);
    let missing = len - columns.len();
    buffer::reserve(columns, missing)?;
    columns.resize_with(len, ColumnRanks::default);
    columns.get_mut(column as usize).ok_or(Error::Memory)
}

/// Returns the rows from `first` on by id, newest first.
fn sorted_by_id(store: &Store, first: u32) -> Result<Vec<u32>, Error> {
    let mut rows = Vec::new();
    let mut keys = Vec::new();
    let mut are_packed = true;
    for (number, segment) in store.segments().iter().enumerate() {
        let start = super::store::row_of(number, 0);
        let places = (first.saturating_sub(start) as usize).min(segment.len())..segment.len();
        buffer::reserve(&mut rows, places.len())?;
        buffer::reserve(&mut keys, places.len())?;
        for place in places {
            rows.push(start + place as u32);
            match segment.ids().get(place).high_and_low() {
                Some((high, low)) => keys.push((high, low)),
                None => are_packed = false,
            }
        }
    }
    if !are_packed {
        sort::sort(&mut rows, &|left, right| newer_first(store, left, right))?;
        return Ok(rows);
    }
    let mut pairs = Vec::new();
    buffer::reserve(&mut pairs, rows.len())?;
    pairs.extend(keys.iter().zip(0..).map(|((_, low), place)| (u64::from(!low), place)));
    radix::sort(&mut pairs)?;
    for (key, place) in &mut pairs {
        *key = keys.get(*place as usize).map_or(0, |(high, _)| !high);
    }
    radix::sort(&mut pairs)?;
    for (key, place) in &mut pairs {
        *key = u64::from(rows.get(*place as usize).copied().unwrap_or(0));
    }
    for (row, (sorted, _)) in rows.iter_mut().zip(&pairs) {
        *row = *sorted as u32;
    }
    Ok(rows)
}

/// Sorts rows by their keys, and then by id, newest first.
fn sort_pairs(store: &Store, pairs: &mut Vec<(u64, u32)>) -> Result<(), Error> {
    sort::sort_elements(pairs, &|(left_key, left), (right_key, right)| {
        left_key.cmp(right_key).then_with(|| newer_first(store, *left, *right))
    })
}

fn newer_first(store: &Store, left: u32, right: u32) -> Ordering {
    store.id(right).cmp(&store.id(left))
}

#[cfg(test)]
mod tests;
