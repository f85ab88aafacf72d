//! The queries of a directory.

use super::Directory;
use super::error::Error;

impl Directory {
    /// Searches, filters and sorts. `request` is a JSON object with `text`, `where` (Intercom's
    /// search language), `sort` (at most 2 objects with `field` and `order`) and `limit`, each of
    /// which may be absent or `null`. Returns a JSON object with the handle `result`, the number
    /// `total` of contacts, `typo` and `incomplete`.
    ///
    /// The result keeps its rows while contacts change, until [`close`](Self::close).
    pub fn open(&mut self, request: &str) -> Result<String, Error> {
        self.results.open(&self.store, request)
    }

    /// Returns rows of a result: a JSON object with `rows`, which are contacts, and `states`, which
    /// has for each row 0 if it is current, 1 if the contact changed since, or 2 if it was removed.
    pub fn slice(&mut self, result: u32, from: u32, to: u32) -> Result<String, Error> {
        self.results.slice(&self.store, result, from, to)
    }

    /// Returns the ids of all rows of a result, in order, as a JSON array.
    pub fn ids(&mut self, result: u32) -> Result<String, Error> {
        self.results.ids(&self.store, result)
    }

    /// Counts the rows of a result, or all contacts if `result` is 0. `request` is a JSON object with
    /// `field`, `by` (value, day, week or month), `time_zone_offsets` and `limit`. Returns a JSON
    /// array of objects with `value` and `count`.
    pub fn counts(&mut self, result: u32, request: &str) -> Result<String, Error> {
        self.results.counts(&self.store, result, request)
    }

    /// Returns how many rows of a result changed or were removed since it was opened, and if contacts
    /// were added or changed, as a JSON object.
    pub fn changes(&mut self, result: u32) -> Result<String, Error> {
        self.results.changes(&self.store, result)
    }

    /// Searches again, with the same request and handle. Returns the same as [`open`](Self::open).
    pub fn refresh(&mut self, result: u32) -> Result<String, Error> {
        self.results.refresh(&self.store, result)
    }

    /// Forgets a result. An unknown one is ignored.
    pub fn close(&mut self, result: u32) {
        self.results.close(result);
    }

    /// Returns the characters whose weights are needed to sort by a field in the order of a
    /// language. Empty if none are needed.
    pub fn ranks_needed(&mut self, field: &str) -> Result<String, Error> {
        self.results.ranks_needed(&self.store, field)
    }

    /// Sets the weights of the characters that [`ranks_needed`](Self::ranks_needed) returned. Equal
    /// weights are equal letters.
    pub fn set_ranks(&mut self, field: &str, weights: &[u32]) -> Result<(), Error> {
        self.results.set_ranks(&self.store, field, weights)
    }

    /// Returns contacts as NDJSON, about 1 MB from a position on, and the position of the next piece.
    /// The first position is 0. [`feed`](Self::feed) reads the pieces.
    pub fn snapshot(&mut self, from: u32) -> Result<(Vec<u8>, Option<u32>), Error> {
        self.snapshot.piece(&self.store, from)
    }
}
