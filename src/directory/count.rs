//! Counts rows by the values of a field, or by day, week or month.

use super::buffer;
use super::cell::Cell;
use super::error::Error;
use super::order::Orders;
use super::radix;
use super::ranks::NO_RANK;
use super::request;
use super::row_set::{RowSet, bits};
use super::schema::Field;
use super::segment::ROWS;
use super::sets::SetKind;
use super::sort;
use super::store::Store;
use super::write;
use time::{Period, TimeZone};

mod time;

/// A request for counts.
pub struct Request {
    /// The field, or `None` for an attribute that no contact has.
    field: Option<Field>,
    /// The period of times that are counted together; `None` to count values.
    period: Option<Period>,
    zone: TimeZone,
    limit: usize,
}

impl Request {
    /// Reads a request.
    pub fn read(json: &str, store: &Store) -> Result<Self, Error> {
        let names = ["field", "by", "time_zone_offsets", "limit"];
        let [field, by, offsets, limit] = request::members(json, names)
            .map_err(|_| Error::query("counts", "an object with field and by"))?;
        let field = request::field(field, "counts.field", store.schema())?;
        let period = match by.and_then(request::text).as_deref() {
            Some(b"value") => None,
            Some(b"day") => Some(Period::Day),
            Some(b"week") => Some(Period::Week),
            Some(b"month") => Some(Period::Month),
            _ => return Err(Error::query("counts.by", "value, day, week or month")),
        };
        if period.is_some() && matches!(field, Some(Field::Set(_))) {
            return Err(Error::query("counts.by", "value, for a set"));
        }
        let zone = TimeZone::read(offsets)?;
        Ok(Self { field, period, zone, limit: request::limit(limit, "counts.limit")? })
    }

    /// Counts rows. Returns an array of objects with `value` and `count`.
    pub fn count(
        &self,
        store: &Store,
        orders: &mut Orders,
        rows: &RowSet,
    ) -> Result<Vec<u8>, Error> {
        match (self.field, self.period) {
            (Some(Field::Column(column)), Some(period)) => {
                let days = time::Days::count(store, column, rows, &self.zone)?;
                days.write(period, self.limit)
            }
            (Some(Field::Column(column)), None) => {
                let tally = Tally::count(store, column, rows)?;
                self.by_cell(store, orders, column, &tally)
            }
            (Some(Field::Set(kind)), _) => self.by_member(store, kind, rows),
            (Some(Field::Id | Field::Text(_)), None) => self.by_text(store, orders, rows),
            (None | Some(Field::Id | Field::Text(_)), _) => {
                let mut list = List::new(self.limit);
                let count = rows.count();
                if count > 0 {
                    list.add(count, |out| buffer::extend(out, b"null"))?;
                }
                list.finish()
            }
        }
    }

    fn by_cell(
        &self,
        store: &Store,
        orders: &mut Orders,
        column: u32,
        tally: &Tally,
    ) -> Result<Vec<u8>, Error> {
        let Some(dictionary) = store.dictionary(column) else { return List::new(0).finish() };
        let ranks = orders.column(store, column)?;
        let (mut pairs, mut counted) = (Vec::new(), Vec::new());
        for (cell, count) in tally.iter() {
            let place = counted.len() as u32;
            buffer::push(&mut pairs, (sort_key(count, ranks.rank(cell)), place))?;
            buffer::push(&mut counted, (cell, count))?;
        }
        radix::sort(&mut pairs)?;
        let mut list = List::new(self.limit);
        for (_, place) in pairs {
            let Some((cell, count)) = counted.get(place as usize) else { continue };
            list.add(*count as usize, |out| write::value(out, dictionary.value(*cell)))?;
        }
        list.finish()
    }

    /// Counts by id or by a text field.
    fn by_text(&self, store: &Store, orders: &mut Orders, rows: &RowSet) -> Result<Vec<u8>, Error> {
        let field = match self.field {
            Some(Field::Text(field)) => Some(field),
            _ => None,
        };
        let ranks = orders.text_ranks(store, field)?;
        let rank_of = |row: u32| ranks.get(row as usize).copied().unwrap_or(NO_RANK);
        let mut missing = 0;
        // For each rank: the number of rows, and one of them.
        let mut counts = Vec::new();
        let most = ranks.iter().filter(|rank| **rank != NO_RANK).max();
        buffer::resize(&mut counts, most.map_or(0, |rank| *rank as usize + 1), (0u32, 0u32))?;
        for row in rows.iter() {
            match counts.get_mut(rank_of(row) as usize) {
                Some((count, one)) => {
                    *count += 1;
                    *one = row;
                }
                None => missing += 1,
            }
        }
        let mut pairs = Vec::new();
        if missing > 0 {
            buffer::push(&mut pairs, (sort_key(missing, NO_RANK), NO_RANK))?;
        }
        for (rank, (count, row)) in (0..).zip(counts).filter(|(_, (count, _))| *count > 0) {
            buffer::push(&mut pairs, (sort_key(count, rank), row))?;
        }
        radix::sort(&mut pairs)?;
        let mut list = List::new(self.limit);
        for (key, row) in pairs {
            let count = u32::MAX - (key >> 32) as u32;
            list.add(count as usize, |out| {
                if row == NO_RANK {
                    return buffer::extend(out, b"null");
                }
                let Some((segment, place)) = store.place(row) else { return Ok(()) };
                match field.and_then(|field| segment.texts().get(place, field)) {
                    Some(text) => write::string(out, text),
                    None => write::id(out, segment.ids().get(place)),
                }
            })?;
        }
        list.finish()
    }

    fn by_member(&self, store: &Store, kind: SetKind, rows: &RowSet) -> Result<Vec<u8>, Error> {
        let sets = store.sets(kind);
        let mut of_sets = Vec::new();
        buffer::resize(&mut of_sets, sets.table().len(), 0u32)?;
        read_cells(
            store,
            rows,
            |segment| segment.set(kind),
            |cell| {
                if let Some(count) = of_sets.get_mut(cell.bits() as usize) {
                    *count += 1;
                }
                Ok(())
            },
        )?;
        let mut of_members = Vec::new();
        buffer::resize(&mut of_members, sets.ids().len(), 0u32)?;
        for (set, count) in (0..).zip(&of_sets) {
            for member in sets.table().set(set).members {
                if let Some(of_member) = of_members.get_mut(*member as usize) {
                    *of_member += count;
                }
            }
        }
        let mut counted = Vec::new();
        for (member, count) in (0..).zip(of_members).filter(|(_, count)| *count > 0) {
            buffer::push(&mut counted, (count, Some(member)))?;
        }
        if let Some(empty) = of_sets.first().filter(|count| **count > 0) {
            buffer::push(&mut counted, (*empty, None))?;
        }
        let id = |member: Option<u32>| member.map(|member| sets.id(member));
        sort::sort_elements(&mut counted, &|(left_count, left), (right_count, right)| {
            let keys = |member| (id(member).is_none(), id(member));
            right_count.cmp(left_count).then_with(|| keys(*left).cmp(&keys(*right)))
        })?;
        let mut list = List::new(self.limit);
        for (count, member) in counted {
            let Some(member) = member else {
                list.add(count as usize, |out| buffer::extend(out, b"null"))?;
                continue;
            };
            list.add_named(count as usize, sets.name(member), |out| {
                write::string(out, sets.id(member))
            })?;
        }
        list.finish()
    }
}

/// Higher counts are first, then values by rank.
fn sort_key(count: u32, rank: u32) -> u64 {
    u64::from(u32::MAX - count) << 32 | u64::from(rank)
}

/// Calls `handle` with the cell of each row.
fn read_cells<'a>(
    store: &'a Store,
    rows: &RowSet,
    column: impl Fn(&'a super::segment::Segment) -> Option<&'a super::column::Column>,
    mut handle: impl FnMut(Cell) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut cells = Vec::new();
    buffer::resize(&mut cells, ROWS, Cell::MISSING)?;
    for (number, segment) in store.segments().iter().enumerate() {
        match column(segment) {
            Some(column) => column.read(&mut cells),
            None => cells.fill(Cell::MISSING),
        }
        for (word, cells) in rows.words(number).iter().zip(cells.chunks(64)) {
            if *word == u64::MAX {
                for cell in cells {
                    handle(*cell)?;
                }
                continue;
            }
            for place in bits(0, *word) {
                handle(cells.get(place as usize).copied().unwrap_or_default())?;
            }
        }
    }
    Ok(())
}

/// The number of rows for each cell of a column.
struct Tally {
    /// By the cell's bits, for cells that are not whole numbers.
    table: Vec<u32>,
    /// The whole numbers of all rows, ascending.
    wholes: Vec<(u64, u32)>,
}

impl Tally {
    fn count(store: &Store, column: u32, rows: &RowSet) -> Result<Self, Error> {
        let mut table = Vec::new();
        let cells = store.dictionary(column).map_or(1, |dictionary| dictionary.cells());
        buffer::resize(&mut table, cells, 0u32)?;
        let mut wholes = Vec::new();
        read_cells(
            store,
            rows,
            |segment| segment.column(column),
            |cell| {
                if let Some(count) = table.get_mut(cell.bits() as usize) {
                    *count += 1;
                    return Ok(());
                }
                match cell.as_whole() {
                    Some(number) => buffer::push(&mut wholes, (u64::from(number), 0)),
                    None => Ok(()),
                }
            },
        )?;
        radix::sort(&mut wholes)?;
        Ok(Self { table, wholes })
    }

    fn iter(&self) -> impl Iterator<Item = (Cell, u32)> {
        let table = (0..).zip(&self.table).filter(|(_, count)| **count > 0);
        let table = table.map(|(bits, count)| (Cell::from_bits(bits), *count));
        let same = self.wholes.chunk_by(|(left, _), (right, _)| left == right);
        table.chain(same.filter_map(|same| {
            let (number, _) = same.first()?;
            Some((Cell::whole(*number as u32)?, same.len() as u32))
        }))
    }
}

/// An array of counts, as JSON.
struct List {
    json: Vec<u8>,
    rest: usize,
}

impl List {
    fn new(limit: usize) -> Self {
        Self { json: Vec::new(), rest: limit }
    }

    fn add(
        &mut self,
        count: usize,
        write_value: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.add_named(count, None, write_value)
    }

    fn add_named(
        &mut self,
        count: usize,
        name: Option<&[u8]>,
        write_value: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.rest == 0 {
            return Ok(());
        }
        self.rest -= 1;
        let start: &[u8] = if self.json.is_empty() { b"[{\"value\":" } else { b",{\"value\":" };
        buffer::extend(&mut self.json, start)?;
        write_value(&mut self.json)?;
        if let Some(name) = name {
            buffer::extend(&mut self.json, b",\"name\":")?;
            write::string(&mut self.json, name)?;
        }
        buffer::extend(&mut self.json, b",\"count\":")?;
        write::number(&mut self.json, count as u64)?;
        buffer::push(&mut self.json, b'}')
    }

    fn finish(mut self) -> Result<Vec<u8>, Error> {
        let end: &[u8] = if self.json.is_empty() { b"[]" } else { b"]" };
        buffer::extend(&mut self.json, end)?;
        Ok(self.json)
    }
}

#[cfg(test)]
mod tests;
