//! The part of an export that is left: ranges that have not been started, and those that are being read.

use crate::edge::export::range::{MOST, Range, Span};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// The most entries that a token may have.
const MAX_ENTRIES: usize = 10_000;

/// A range that is being read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Reading {
    /// The range; `None` for objects that are read as a single list.
    pub range: Option<Range>,
    /// The cursor of the next page; `None` for the first page.
    pub cursor: Option<String>,
    /// The number of pages that were written.
    pages: u64,
    /// The number of failed attempts at the next page.
    #[serde(skip)]
    attempts: u32,
}

/// The number of a range that is being read.
pub type Number = u64;

/// The part of an export that is left.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    /// The ranges that have not been started. The last one is started first.
    spans: Vec<Span>,
    /// The ranges that were started: a range stays until its last page was written.
    started: BTreeMap<Number, Reading>,
    /// Of the started ranges, those whose next page is to be requested.
    ready: VecDeque<Number>,
    /// The number of ranges that are complete.
    done: u64,
    numbers: Number,
    /// Intercom rejects searches by the end of an id.
    ids_rejected: bool,
    /// A page of a range by the end of an id was written.
    ids_accepted: bool,
}

/// [`Pending`] as a token has it.
#[derive(Debug, Deserialize, Serialize)]
pub struct Remainder {
    #[serde(rename = "s")]
    spans: Vec<Span>,
    #[serde(rename = "r")]
    started: Vec<(i64, i64, String, Option<String>, u64)>,
    #[serde(rename = "d")]
    done: u64,
}

impl Pending {
    /// Makes the plan of an export by ranges.
    pub fn of(spans: Vec<Span>) -> Self {
        Self { spans, ..Self::default() }
    }

    /// Makes the plan of an export that reads a single list.
    pub fn single() -> Self {
        let list = Reading { range: None, cursor: None, pages: 0, attempts: 0 };
        let mut pending = Self::default();
        pending.open(list);
        pending
    }

    /// Starts to read the next page. Ranges that were started come first, so that few are unfinished.
    pub fn start(&mut self) -> Option<(Number, Reading)> {
        if self.ready.is_empty() {
            while let Some(span) = self.spans.last_mut() {
                match span.take() {
                    Some(range) => {
                        self.open(Reading {
                            range: Some(range),
                            cursor: None,
                            pages: 0,
                            attempts: 0,
                        });
                        break;
                    }
                    None => drop(self.spans.pop()),
                }
            }
        }
        let number = self.ready.pop_front()?;
        Some((number, self.started.get(&number)?.clone()))
    }

    fn open(&mut self, reading: Reading) {
        self.numbers += 1;
        self.started.insert(self.numbers, reading);
        self.ready.push_back(self.numbers);
    }

    /// Returns the number of objects above which a range is divided instead of read; `None` for a range that is read
    /// whatever its size.
    pub fn limit(&self, reading: &Reading) -> Option<u64> {
        let range = reading.range.as_ref().filter(|_| reading.cursor.is_none())?;
        let span = range.divide(MOST + 1)?;
        let allowed = !(self.ids_rejected && matches!(span, Span::Ids { .. }));
        allowed.then_some(MOST)
    }

    /// Returns [`limit`](Self::limit) of a range that was started.
    pub fn limit_of(&self, number: Number) -> Option<u64> {
        self.limit(self.started.get(&number)?)
    }

    /// Divides a range that has too many objects. None of its rows may have been written.
    pub fn divide(&mut self, number: Number, total: u64) {
        let span = self.started.get(&number).and_then(|it| it.range.as_ref()?.divide(total));
        if let Some(span) = span {
            self.started.remove(&number);
            self.spans.push(span);
        }
    }

    /// Records that the rows of a page were written. `next`: the cursor of the next page. Returns false if the pages have no
    /// end: the cursor repeats, or there are many more pages than `total` objects fill.
    pub fn written(&mut self, number: Number, next: Option<String>, total: Option<u64>) -> bool {
        let Some(reading) = self.started.get_mut(&number) else { return true };
        self.ids_accepted |= reading.range.as_ref().is_some_and(|range| !range.id_end.is_empty());
        reading.pages += 1;
        reading.attempts = 0;
        if next.is_none() {
            self.started.remove(&number);
            self.done += 1;
            return true;
        }
        let most = total.map_or(u64::MAX, |total| 20 + total / 50);
        if next == reading.cursor || reading.pages > most {
            return false;
        }
        reading.cursor = next;
        self.ready.push_front(number);
        true
    }

    /// Has a page requested once more after a failure. Returns the number of failures.
    pub fn repeat(&mut self, number: Number) -> u32 {
        let Some(reading) = self.started.get_mut(&number) else { return 0 };
        reading.attempts += 1;
        self.ready.push_back(number);
        reading.attempts
    }

    /// Reads the day of a range as a whole, because Intercom rejects a search by the end of an id. Returns false if the
    /// search is not by the end of an id, or if some of the day's rows were written.
    pub fn without_ids(&mut self, number: Number) -> bool {
        let range = self.started.get(&number).and_then(|it| it.range.clone());
        let Some(Range { after, until, id_end }) = range else { return false };
        if id_end.is_empty() || self.ids_accepted {
            return false;
        }
        self.ids_rejected = true;
        let is_of_day = |range: &Range| range.after == after && range.until == until;
        self.spans.retain(|span| !matches!(span, Span::Ids { after: a, until: u, .. } if (*a, *u) == (after, until)));
        let started = &mut self.started;
        started.retain(|_, it| !it.range.as_ref().is_some_and(is_of_day));
        self.ready.retain(|number| started.contains_key(number));
        let whole = Range { after, until, id_end: String::new() };
        self.open(Reading { range: Some(whole), cursor: None, pages: 0, attempts: 0 });
        true
    }

    /// Returns true if a range is still being read: [`without_ids`](Self::without_ids) may have dropped it.
    pub fn has(&self, number: Number) -> bool {
        self.started.contains_key(&number)
    }

    /// Returns true if all rows were written.
    pub fn is_empty(&self) -> bool {
        self.started.is_empty() && self.spans.iter().all(|span| span.len() == 0)
    }

    /// Returns the number of ranges that are complete, and of all.
    pub fn counts(&self) -> (u64, u64) {
        let left: u64 = self.spans.iter().map(Span::len).sum();
        (self.done, self.done + self.started.len() as u64 + left)
    }

    /// Returns what a token needs to continue from here; `None` for a single list, which can't be continued.
    pub fn remainder(&self) -> Option<Remainder> {
        let started = self.started.values().map(|reading| {
            let Range { after, until, id_end } = reading.range.clone()?;
            Some((after, until, id_end, reading.cursor.clone(), reading.pages))
        });
        let spans = self.spans.iter().filter(|span| span.len() > 0).cloned().collect();
        Some(Remainder { spans, started: started.collect::<Option<_>>()?, done: self.done })
    }

    /// Continues from a token. Returns `None` if the token is forged or damaged.
    pub fn resume(remainder: Remainder) -> Option<Self> {
        let Remainder { spans, started, done } = remainder;
        let is_valid = spans.len() + started.len() <= MAX_ENTRIES
            && spans.iter().all(Span::is_valid)
            && done < u64::from(u32::MAX);
        let mut pending = Self { spans, done, ..Self::default() };
        for (after, until, id_end, cursor, pages) in started {
            let range = Some(Range { after, until, id_end }).filter(Range::is_valid)?;
            pending.ids_accepted |= !range.id_end.is_empty();
            pending.open(Reading { range: Some(range), cursor, pages, attempts: 0 });
        }
        is_valid.then_some(pending)
    }
}
