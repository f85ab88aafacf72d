//! Open results: the rows that a search found, in order, while the contacts change.

use super::buffer;
use super::count;
use super::error::Error;
use super::filter::{Filter, Matches};
use super::order::{Order, Orders, SortKey};
use super::request;
use super::row_set::RowSet;
use super::rows::Layout;
use super::schema::Field;
use super::store::Store;
use super::text::{Hits, TextQuery, search};
use super::write;

/// The open results, and what sorting needs.
#[derive(Default)]
pub struct Results {
    open: Vec<OpenResult>,
    last: u32,
    orders: Orders,
}

/// The rows of a search.
struct OpenResult {
    handle: u32,
    request: String,
    rows: Vec<u32>,
    /// The number of rows that are in order, from the first on. The others are ascending.
    ordered: usize,
    order: Order,
    /// The most rows of slices.
    limit: usize,
    is_typo: bool,
    incomplete: usize,
    /// The end of the store's rows when the result was opened.
    end: u32,
    /// True if rows were appended before the last compaction.
    is_outdated: bool,
}

impl Results {
    /// Searches, and keeps the result. Returns its handle and totals, as JSON.
    pub fn open(&mut self, store: &Store, request: &str) -> Result<String, Error> {
        buffer::reserve(&mut self.open, 1)?;
        let handle = self.last + 1;
        let result = OpenResult::new(store, request, handle)?;
        let totals = result.totals()?;
        self.open.push(result);
        self.last = handle;
        Ok(totals)
    }

    /// Searches again. If it fails, the result stays as it was.
    pub fn refresh(&mut self, store: &Store, handle: u32) -> Result<String, Error> {
        let result = find(&mut self.open, handle)?;
        let new = OpenResult::new(store, &result.request, handle)?;
        let totals = new.totals()?;
        *result = new;
        Ok(totals)
    }

    /// Forgets a result. An unknown one is ignored.
    pub fn close(&mut self, handle: u32) {
        self.open.retain(|result| result.handle != handle);
    }

    /// Returns rows, and for each its state: 0 if it is current, 1 if the contact changed since, 2 if
    /// it was removed.
    pub fn slice(
        &mut self,
        store: &Store,
        handle: u32,
        from: u32,
        to: u32,
    ) -> Result<String, Error> {
        let result = find(&mut self.open, handle)?;
        let rows = result.first(store, &mut self.orders, to as usize)?;
        let rows = rows.get(from as usize..).unwrap_or_default();
        let layout = Layout::new(store.schema(), true)?;
        let mut json = Vec::new();
        buffer::extend(&mut json, b"{\"rows\":[")?;
        for (place, row) in rows.iter().enumerate() {
            if place > 0 {
                buffer::push(&mut json, b',')?;
            }
            layout.write(store, *row, &mut json)?;
        }
        buffer::extend(&mut json, b"],\"states\":\"")?;
        for row in rows {
            buffer::push(&mut json, b'0' + state(store, *row) as u8)?;
        }
        buffer::extend(&mut json, b"\"}")?;
        text(json)
    }

    /// Returns the ids of all rows, in order, as a JSON array.
    pub fn ids(&mut self, store: &Store, handle: u32) -> Result<String, Error> {
        let result = find(&mut self.open, handle)?;
        let rows = result.first(store, &mut self.orders, usize::MAX)?;
        let mut json = Vec::new();
        buffer::reserve(&mut json, 27 * rows.len() + 2)?;
        for row in rows {
            let before = if json.is_empty() { b'[' } else { b',' };
            buffer::push(&mut json, before)?;
            write::id(&mut json, store.id(*row))?;
        }
        let end: &[u8] = if json.is_empty() { b"[]" } else { b"]" };
        buffer::extend(&mut json, end)?;
        text(json)
    }

    /// Counts the rows of a result by the values of a field; of all contacts if the handle is 0.
    pub fn counts(&mut self, store: &Store, handle: u32, json: &str) -> Result<String, Error> {
        let rows = match handle {
            0 => RowSet::all_live(store)?,
            _ => {
                let mut rows = RowSet::empty(store)?;
                find(&mut self.open, handle)?.rows.iter().for_each(|row| rows.insert(*row));
                rows
            }
        };
        let request = count::Request::read(json, store)?;
        text(request.count(store, &mut self.orders, &rows)?)
    }

    /// Returns the number of changed and of removed rows since the result was opened, and if contacts
    /// were added or changed, as JSON.
    pub fn changes(&mut self, store: &Store, handle: u32) -> Result<String, Error> {
        let result = find(&mut self.open, handle)?;
        let has_added = result.is_outdated || result.end < store.end();
        // All rows count, in any order, unless there is a limit.
        let ordered = if result.limit < result.rows.len() { result.limit } else { 0 };
        result.first(store, &mut self.orders, ordered)?;
        let (mut changed, mut removed) = (0, 0);
        for row in result.rows.iter().take(result.limit) {
            match state(store, *row) {
                State::Current => {}
                State::Changed => changed += 1,
                State::Removed => removed += 1,
            }
        }
        let mut json = Vec::new();
        buffer::extend(&mut json, b"{\"changed\":")?;
        write::number(&mut json, changed)?;
        buffer::extend(&mut json, b",\"removed\":")?;
        write::number(&mut json, removed)?;
        buffer::extend(
            &mut json,
            if has_added { b",\"added\":true}" } else { b",\"added\":false}" },
        )?;
        text(json)
    }

    /// Returns the characters of a field's texts that need weights before the field is sorted, or an
    /// empty text.
    pub fn ranks_needed(&mut self, store: &Store, field: &str) -> Result<String, Error> {
        match ranked_field(store, field)? {
            Some(field) => self.orders.characters_to_weigh(store, field),
            None => Ok(String::new()),
        }
    }

    /// Sets the weights of the characters that [`ranks_needed`](Self::ranks_needed) returned.
    pub fn set_ranks(&mut self, store: &Store, field: &str, weights: &[u32]) -> Result<(), Error> {
        match ranked_field(store, field)? {
            Some(field) => self.orders.set_weights(store, field, weights),
            None => Ok(()),
        }
    }

    /// Returns the rows of each result: a compaction must keep them.
    pub fn pinned(&self) -> Result<Vec<&[u32]>, Error> {
        let mut pinned = Vec::new();
        buffer::reserve(&mut pinned, self.open.len())?;
        pinned.extend(self.open.iter().map(|result| result.rows.as_slice()));
        Ok(pinned)
    }

    /// Gives rows their new numbers after a compaction.
    pub fn renumber(&mut self, numbers: &[u32], end_before: u32, store: &Store) {
        for result in &mut self.open {
            for row in &mut result.rows {
                *row = numbers.get(*row as usize).copied().unwrap_or(*row);
            }
            result.is_outdated |= result.end < end_before;
            result.end = store.end();
        }
        self.orders.renumber(numbers, store);
    }
}

fn find(open: &mut [OpenResult], handle: u32) -> Result<&mut OpenResult, Error> {
    open.iter_mut().find(|result| result.handle == handle).ok_or(Error::UnknownResult)
}

fn ranked_field(store: &Store, field: &str) -> Result<Option<Field>, Error> {
    match store.schema().field(field.as_bytes()) {
        None if !store.schema().may_have(field.as_bytes()) => {
            Err(Error::query("field", "a field of the directory"))
        }
        field => Ok(field),
    }
}

/// The state of a row of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Current,
    Changed,
    Removed,
}

fn state(store: &Store, row: u32) -> State {
    if store.is_live(row) {
        return State::Current;
    }
    match store.has(row) {
        true => State::Changed,
        false => State::Removed,
    }
}

/// Makes a text of JSON.
fn text(json: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(json).map_err(|_| Error::Memory)
}

impl OpenResult {
    fn new(store: &Store, json: &str, handle: u32) -> Result<Self, Error> {
        let [text, filter, sort, limit] =
            request::members(json, ["text", "where", "sort", "limit"]).map_err(|_| {
                Error::query("request", "an object with text, where, sort and limit")
            })?;
        let limit = request::limit(limit, "limit")?;
        let keys = SortKey::read(sort, store.schema())?;
        let query = match text.map(request::scalar) {
            None | Some(Ok(request::Scalar::Null)) => TextQuery::new(b"")?,
            Some(Ok(request::Scalar::Text(text))) => TextQuery::new(&text)?,
            _ => return Err(Error::query("text", "a text, or null")),
        };
        let Matches { rows, incomplete } = match filter.filter(|filter| *filter != "null") {
            Some(filter) => Filter::read(filter, "where", store.schema())?.evaluate(store)?,
            None => Matches { rows: RowSet::all_live(store)?, incomplete: 0 },
        };
        let hits = search(store, &query, &rows)?;
        let is_typo = hits.typo;
        let (rows, order) = match keys.is_empty() {
            true => classed(hits)?,
            false => (ascending(store, hits)?, Order::Keys(keys)),
        };
        let mut request = String::new();
        request.try_reserve_exact(json.len())?;
        request.push_str(json);
        Ok(Self {
            handle,
            request,
            rows,
            ordered: 0,
            order,
            limit,
            is_typo,
            incomplete,
            end: store.end(),
            is_outdated: false,
        })
    }

    fn totals(&self) -> Result<String, Error> {
        let mut json = Vec::new();
        buffer::extend(&mut json, b"{\"result\":")?;
        write::number(&mut json, u64::from(self.handle))?;
        buffer::extend(&mut json, b",\"total\":")?;
        write::number(&mut json, self.rows.len() as u64)?;
        buffer::extend(
            &mut json,
            if self.is_typo { b",\"typo\":true" } else { b",\"typo\":false" },
        )?;
        buffer::extend(&mut json, b",\"incomplete\":")?;
        write::number(&mut json, self.incomplete as u64)?;
        buffer::push(&mut json, b'}')?;
        text(json)
    }

    /// Returns the first rows, at most the limit.
    fn first(&mut self, store: &Store, orders: &mut Orders, to: usize) -> Result<&[u32], Error> {
        let to = to.min(self.limit).min(self.rows.len());
        self.ordered = orders.arrange(store, &self.order, &mut self.rows, self.ordered, to)?;
        Ok(self.rows.get(..to).unwrap_or_default())
    }
}

/// Puts the rows of all classes into one list.
fn classed(hits: Hits) -> Result<(Vec<u32>, Order), Error> {
    let [mut rows, second, third] = hits.classes;
    let mut ends = [rows.len(); 3];
    let [_, second_end, third_end] = &mut ends;
    if rows.is_empty() && second.is_empty() {
        let end = third.len();
        return Ok((third, Order::Classes([0, 0, end])));
    }
    buffer::extend(&mut rows, &second)?;
    *second_end = rows.len();
    buffer::extend(&mut rows, &third)?;
    *third_end = rows.len();
    Ok((rows, Order::Classes(ends)))
}

/// Returns the rows of all classes, ascending.
fn ascending(store: &Store, hits: Hits) -> Result<Vec<u32>, Error> {
    let [first, second, third] = hits.classes;
    if first.is_empty() && second.is_empty() {
        return Ok(third);
    }
    let mut set = RowSet::empty(store)?;
    let all = first.iter().chain(&second).chain(&third);
    all.for_each(|row| set.insert(*row));
    let mut rows = first;
    rows.clear();
    buffer::reserve(&mut rows, set.count())?;
    rows.extend(set.iter());
    Ok(rows)
}

#[cfg(test)]
mod tests;
