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
    /// The objects are read as a single list.
    is_list: bool,
}

/// [`Pending`] as a token has it. Spans and ranges are arrays of their fields, so that the token is short.
#[derive(Debug, Deserialize, Serialize)]
pub struct Remainder {
    /// [`Span::Dates`].
    #[serde(rename = "s")]
    dates: Vec<(i64, i64, i64)>,
    /// [`Span::Ids`].
    #[serde(rename = "e")]
    ids: Vec<(i64, i64, String, u8, u32)>,
    /// The ranges that were started: [`Range`], cursor and pages.
    #[serde(rename = "r")]
    started: Vec<(i64, i64, String, Option<String>, u64)>,
    #[serde(rename = "d")]
    done: u64,
    #[serde(rename = "i")]
    ids_accepted: bool,
}

impl Pending {
    /// Makes the plan of an export by ranges.
    pub fn of(spans: Vec<Span>) -> Self {
        Self { spans, ..Self::default() }
    }

    /// Makes the plan of an export that reads a single list.
    pub fn single() -> Self {
        let list = Reading { range: None, cursor: None, pages: 0, attempts: 0 };
        let mut pending = Self { is_list: true, ..Self::default() };
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

    /// Records that the rows of a page were written. `next`: the cursor of the next page. Returns false if the pages
    /// have no end: the cursor repeats, or there are many more pages than `total` objects fill.
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
        // A scroll has the same name on every page, and no number of objects.
        let is_endless = |total| next == reading.cursor || reading.pages > 20 + total / 50;
        if total.is_some_and(is_endless) {
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
        if self.is_list {
            return None;
        }
        let started = self.started.values().map(|reading| {
            let Range { after, until, id_end } = reading.range.clone()?;
            Some((after, until, id_end, reading.cursor.clone(), reading.pages))
        });
        let started = started.collect::<Option<_>>()?;
        let (mut dates, mut ids) = (Vec::new(), Vec::new());
        for span in self.spans.iter().filter(|span| span.len() > 0) {
            match span {
                Span::Dates { after, until, step } => dates.push((*after, *until, *step)),
                Span::Ids { after, until, id_end, digits, next } => {
                    ids.push((*after, *until, id_end.clone(), *digits, *next));
                }
            }
        }
        let (done, ids_accepted) = (self.done, self.ids_accepted);
        Some(Remainder { dates, ids, started, done, ids_accepted })
    }

    /// Continues from a token. Returns `None` if the token is forged or damaged.
    pub fn resume(remainder: Remainder) -> Option<Self> {
        let Remainder { dates, ids, started, done, ids_accepted } = remainder;
        let dates =
            dates.into_iter().map(|(after, until, step)| Span::Dates { after, until, step });
        let ids = ids.into_iter().map(|(after, until, id_end, digits, next)| Span::Ids {
            after,
            until,
            id_end,
            digits,
            next,
        });
        let spans: Vec<_> = dates.chain(ids).collect();
        let is_valid = spans.len() + started.len() <= MAX_ENTRIES
            && spans.iter().all(Span::is_valid)
            && done < u64::from(u32::MAX);
        let mut pending = Self { spans, done, ids_accepted, ..Self::default() };
        for (after, until, id_end, cursor, pages) in started {
            let range = Some(Range { after, until, id_end }).filter(Range::is_valid)?;
            pending.open(Reading { range: Some(range), cursor, pages, attempts: 0 });
        }
        is_valid.then_some(pending)
    }
}

#[cfg(test)]
mod tests {
    use super::{Number, Pending, Reading, Remainder};
    use crate::edge::export::range::{DAY, Range, Span};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// The objects on a page of the model.
    const PER_PAGE: usize = 3;

    /// An object: the time of its creation, and its id.
    type Person = (i64, String);

    /// Returns the people whom Intercom finds in a range, in their order. A time in the first `zone` seconds of a day
    /// belongs to the day before.
    fn found<'a>(people: &'a [Person], range: &Range, zone: i64) -> Vec<&'a Person> {
        let day = |time: i64| (time - zone).div_euclid(DAY);
        let is_in = |(created_at, id): &&Person| {
            let created = day(*created_at);
            created > day(range.after)
                && (created < day(range.until) || created == day(range.until))
                && id.ends_with(&range.id_end)
        };
        people.iter().filter(is_in).collect()
    }

    /// Reads the page of a range: the people, and the cursor of the next page.
    fn page<'a>(
        people: &'a [Person],
        reading: &Reading,
        zone: i64,
    ) -> (Vec<&'a Person>, Option<String>, usize) {
        let Some(range) = &reading.range else { return (Vec::new(), None, 0) };
        let all = found(people, range, zone);
        let is_after = |person: &&&Person| {
            reading
                .cursor
                .as_ref()
                .is_none_or(|cursor| cursor.as_str() < &*format!("{:020} {}", person.0, person.1))
        };
        let left: Vec<_> = all.iter().filter(is_after).copied().collect();
        let rows: Vec<_> = left.iter().take(PER_PAGE).copied().collect();
        let next = rows.last().filter(|_| left.len() > PER_PAGE);
        (rows.clone(), next.map(|(time, id)| format!("{time:020} {id}")), all.len())
    }

    fn people() -> impl Strategy<Value = Vec<Person>> {
        let person = (0..20 * DAY, "[0-9a-f]{6}");
        // On one day are more people than a range may have.
        let import = (7 * DAY..7 * DAY + 3, "[0-9a-f]{6}");
        (proptest::collection::vec(person, 0..60), proptest::collection::vec(import, 0..60))
            .prop_map(|(some, more)| {
                let mut people: Vec<Person> = some.into_iter().chain(more).collect();
                people.sort_unstable();
                people.dedup_by(|one, other| one.1 == other.1);
                let mut ids = std::collections::BTreeSet::new();
                people.retain(|(_, id)| ids.insert(id.clone()));
                people
            })
    }

    /// An event of an export.
    #[derive(Clone, Copy, Debug)]
    enum Event {
        /// The oldest page that is being read arrives, or the newest.
        Page { newest: bool },
        /// The request for a page fails.
        Failure,
        /// The connection breaks; the caller continues with the last marker.
        Disconnect,
        /// Intercom rejects a search by the end of an id.
        IdsRejected,
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            8 => any::<bool>().prop_map(|newest| Event::Page { newest }),
            2 => Just(Event::Failure),
            1 => Just(Event::Disconnect),
            1 => Just(Event::IdsRejected),
        ]
    }

    fn round_trip(pending: &Pending) -> Pending {
        let token = serde_json::to_string(&pending.remainder()).unwrap();
        Pending::resume(serde_json::from_str::<Remainder>(&token).unwrap()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Whatever fails and in which order pages arrive, each person is written once.
        #[test]
        fn each_person_is_written_once(
            people in people(),
            zone in -12 * 3600..14 * 3600_i64,
            events in proptest::collection::vec(event(), 0..400),
            parts in 1..30_u64,
            limit in 1..12_usize,
            at_once in 1..6_usize,
        ) {
            let mut pending = Pending::of(vec![Span::dates(-2 * DAY, 23 * DAY, parts)]);
            let mut reading: Vec<(Number, Reading)> = Vec::new();
            let mut written: BTreeMap<String, u32> = BTreeMap::new();
            let mut events = events.into_iter();
            let mut ids_rejected = false;
            for _ in 0..20_000 {
                while reading.len() < at_once && let Some(started) = pending.start() {
                    reading.push(started);
                }
                if reading.is_empty() {
                    break;
                }
                let event = events.next().unwrap_or(Event::Page { newest: false });
                if let Event::Disconnect = event {
                    pending = round_trip(&pending);
                    reading.clear();
                    continue;
                }
                let at = if let Event::Page { newest: true } = event { reading.len() - 1 } else { 0 };
                let (number, page_read) = reading.remove(at);
                if !pending.has(number) {
                    continue;
                }
                let by_id = page_read.range.as_ref().is_some_and(|range| !range.id_end.is_empty());
                ids_rejected |= matches!(event, Event::IdsRejected) && by_id && !pending.ids_accepted;
                if ids_rejected && by_id {
                    prop_assert!(pending.without_ids(number));
                    continue;
                }
                if let Event::Failure = event {
                    pending.repeat(number);
                    continue;
                }
                let (rows, next, total) = page(&people, &page_read, zone);
                if pending.limit(&page_read).is_some() && total > limit {
                    // The model's limit is smaller than the real one.
                    pending.divide(number, 751.max(total as u64));
                    continue;
                }
                for (_, id) in rows {
                    *written.entry(id.clone()).or_default() += 1;
                }
                prop_assert!(pending.written(number, next, Some(total as u64)));
            }
            prop_assert!(pending.is_empty());
            prop_assert_eq!(written.len(), people.len());
            prop_assert!(written.values().all(|times| *times == 1), "{:?}", written);
            let (done, all) = pending.counts();
            prop_assert_eq!(done, all);
        }

        #[test]
        fn a_forged_token_never_panics(text in "\\PC{0,200}", numbers in any::<[i64; 4]>(), digits: u8, next: u32) {
            let _ = serde_json::from_str::<Remainder>(&text).ok().and_then(Pending::resume);
            let [after, until, step, _] = numbers;
            let token = serde_json::json!({
                "s": [{"d": {"after": after, "until": until, "step": step}},
                    {"i": {"after": after, "until": until, "id_end": "", "digits": digits, "next": next}}],
                "r": [], "d": 0, "i": false,
            });
            let pending = serde_json::from_value::<Remainder>(token).ok().and_then(Pending::resume);
            if let Some(mut pending) = pending {
                pending.counts();
                pending.start();
            }
        }
    }

    #[test]
    fn a_cursor_that_repeats_is_noticed() {
        let mut pending = Pending::of(vec![Span::dates(0, DAY, 1)]);
        for cursor in ["a", "b"] {
            let (number, _) = pending.start().unwrap();
            assert!(pending.written(number, Some(cursor.to_owned()), Some(500)));
        }
        let (number, _) = pending.start().unwrap();
        assert!(!pending.written(number, Some("b".to_owned()), Some(500)));
        let mut pending = Pending::of(vec![Span::dates(0, DAY, 1)]);
        let endless = (0..1000).find(|page| {
            let (number, _) = pending.start().unwrap();
            !pending.written(number, Some(format!("{}", page % 3)), Some(500))
        });
        assert_eq!(endless, Some(30));
    }

    #[test]
    fn a_single_list_cannot_be_continued() {
        let mut pending = Pending::single();
        assert!(pending.remainder().is_none());
        for _ in 0..100 {
            let (number, reading) = pending.start().unwrap();
            assert_eq!(pending.limit(&reading), None);
            assert!(pending.written(number, Some("scroll".to_owned()), None));
        }
        let (number, _) = pending.start().unwrap();
        assert!(pending.written(number, None, None));
        assert!(pending.is_empty());
        assert!(pending.remainder().is_none());
    }
}
