//! The text search: finds the rows in which every word of a query occurs, and ranks them.

use super::buffer;
use super::cell::Cell;
use super::dictionary::{Folded, SEPARATOR};
use super::error::Error;
use super::fold::fold_into;
use super::row_set::{RowSet, SEGMENT_WORDS, bits};
use super::segment::{ROWS, Segment};
use super::sets::SetKind;
use super::store::{Store, row_of};
use super::texts::Letters;
use super::typo::SimilarWords;
use super::words::{EQUAL, Entries, MAX_WORDS, Occurrences, Words};
use memchr::memmem::Finder;

/// The most bytes of a folded query.
const MAX_BYTES: usize = 256;

/// The text of a search, folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextQuery {
    folded: Vec<u8>,
}

impl TextQuery {
    /// Folds the text of a search, in WTF-8. Fails if it has more than 8 words, or more than 256
    /// bytes after folding.
    pub fn new(text: &[u8]) -> Result<Self, Error> {
        let mut folded = Vec::new();
        fold_into(text, &mut folded)?;
        if folded.len() > MAX_BYTES {
            return Err(Error::query("text", format!("at most {MAX_BYTES} bytes")));
        }
        let words = folded.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        if words.count() > MAX_WORDS {
            return Err(Error::query("text", format!("at most {MAX_WORDS} words")));
        }
        Ok(Self { folded })
    }

    /// Returns true if the text has no word, so that all rows match.
    pub fn is_empty(&self) -> bool {
        self.folded.is_empty()
    }
}

/// The rows that a search found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// The rows of each class, ascending: those where a whole value is the query, those where every
    /// word occurs at the start of a word, and the others.
    pub classes: [Vec<u32>; 3],
    /// True if no row matches, so that similar words count as well. All rows are then in the last
    /// class.
    pub typo: bool,
}

impl Hits {
    fn is_empty(&self) -> bool {
        self.classes.iter().all(Vec::is_empty)
    }
}

/// Finds the rows of `among` that match a query. A query without words finds all of them, in the
/// last class.
pub fn search(store: &Store, query: &TextQuery, among: &RowSet) -> Result<Hits, Error> {
    let words = Words::new(&query.folded)?;
    if query.is_empty() {
        let mut hits = Hits::default();
        let [.., rows] = &mut hits.classes;
        buffer::reserve(rows, among.count())?;
        rows.extend(among.iter());
        return Ok(hits);
    }
    let mut hits = Search::new(store, &words, among)?.run()?;
    if hits.is_empty() && !among.is_empty() {
        hits = Search::new(store, &words, among)?.run_similar()?;
    }
    Ok(hits)
}

struct Search<'s> {
    store: &'s Store,
    words: &'s Words<'s>,
    among: &'s RowSet,
    values: Vec<Values>,
    /// The cells of one column in one segment.
    cells: Vec<Cell>,
    /// The occurrences in each row of one segment.
    found: Vec<Occurrences>,
    hits: Hits,
}

/// The values that several rows share, of one column: the occurrences in each.
struct Values {
    source: Source,
    /// By the bits of a cell.
    found: Vec<Occurrences>,
    /// True if a word may occur in a whole number, which is in no dictionary.
    has_numbers: bool,
}

#[derive(Clone, Copy)]
enum Source {
    Companies,
    Column(u32),
}

impl<'s> Search<'s> {
    fn new(store: &'s Store, words: &'s Words<'s>, among: &'s RowSet) -> Result<Self, Error> {
        let mut search = Self {
            store,
            words,
            among,
            values: Vec::new(),
            cells: Vec::new(),
            found: Vec::new(),
            hits: Hits::default(),
        };
        buffer::resize(&mut search.cells, ROWS, Cell::MISSING)?;
        buffer::resize(&mut search.found, ROWS, 0)?;
        Ok(search)
    }

    /// Finds the rows in which every word occurs.
    fn run(mut self) -> Result<Hits, Error> {
        let words = self.words;
        let has_numbers = words.iter().any(|word| word.text.iter().all(u8::is_ascii_digit));
        self.search_values(has_numbers, |entries, found| {
            words.iter().for_each(|word| words.scan(word, entries, found));
        })?;
        let whole = whole_value(words)?;
        for (number, segment) in self.store.segments().iter().enumerate() {
            let mut candidates = self.candidates(number);
            if candidates.iter().all(|word| *word == 0) {
                continue;
            }
            self.read_values(segment, |digits| words.find_any(digits));
            self.search_texts(segment, &mut candidates);
            if !whole.is_empty() {
                self.find_whole(segment, &Finder::new(&whole));
            }
            self.add_hits(number, &candidates)?;
        }
        Ok(self.hits)
    }

    /// Finds the rows in which every word occurs or is similar.
    fn run_similar(mut self) -> Result<Hits, Error> {
        let mut similar = SimilarWords::new(self.words)?;
        let has_numbers = similar.may_be_in_number();
        self.search_values(has_numbers, |entries, found| {
            let mut start = 0;
            for (end, found) in entries.ends.iter().zip(found) {
                let entry = entries.text.get(start..*end as usize).unwrap_or_default();
                *found = similar.find_any(entry);
                start = *end as usize;
            }
        })?;
        for (number, segment) in self.store.segments().iter().enumerate() {
            let candidates = self.candidates(number);
            self.read_values(segment, |digits| similar.find_any(digits));
            let texts = segment.texts();
            for place in places(&candidates) {
                let Some(found) = self.found.get_mut(place) else { continue };
                if similar.may_match(texts.letters(place), *found) {
                    *found = similar.find_all(texts.folded(place), *found);
                }
            }
            self.add_hits(number, &candidates)?;
        }
        self.hits.typo = !self.hits.is_empty();
        Ok(self.hits)
    }

    fn candidates(&self, segment: usize) -> [u64; SEGMENT_WORDS] {
        let mut candidates = [0; SEGMENT_WORDS];
        for (candidates, among) in candidates.iter_mut().zip(self.among.words(segment)) {
            *candidates = *among;
        }
        candidates
    }

    /// Searches the values that several rows share: the names of companies, and columns.
    fn search_values(
        &mut self,
        has_numbers: bool,
        mut search: impl FnMut(Entries<'_>, &mut [Occurrences]),
    ) -> Result<(), Error> {
        let sets = self.store.sets(SetKind::Companies);
        let mut names = Vec::new();
        search_entries(sets.folded_names(), &mut names, 0, &mut search)?;
        if names.iter().any(|found| *found != 0) {
            let mut found = Vec::new();
            buffer::reserve(&mut found, sets.table().len())?;
            found.extend((0..sets.table().len() as u32).map(|set| {
                let members = sets.table().set(set).members.iter();
                members.filter_map(|member| names.get(*member as usize)).fold(0, |a, b| a | b)
            }));
            let values = Values { source: Source::Companies, found, has_numbers: false };
            buffer::push(&mut self.values, values)?;
        }
        for column in self.store.schema().searched() {
            let folded = self.store.dictionary(*column).and_then(|dictionary| dictionary.folded());
            let Some(folded) = folded else { continue };
            let constants = Cell::entry(0).map_or(0, Cell::bits) as usize;
            let mut found = Vec::new();
            search_entries(folded, &mut found, constants, &mut search)?;
            if has_numbers || found.iter().any(|found| *found != 0) {
                let values = Values { source: Source::Column(*column), found, has_numbers };
                buffer::push(&mut self.values, values)?;
            }
        }
        Ok(())
    }

    /// Reads the occurrences in the shared values of a segment's rows.
    fn read_values(
        &mut self,
        segment: &Segment,
        mut find_in_number: impl FnMut(&[u8]) -> Occurrences,
    ) {
        self.found.fill(0);
        for values in &self.values {
            let column = match values.source {
                Source::Companies => segment.set(SetKind::Companies),
                Source::Column(column) => segment.column(column),
            };
            let Some(column) = column.filter(|column| !column.is_empty()) else { continue };
            column.read(&mut self.cells);
            for (found, cell) in self.found.iter_mut().zip(&self.cells) {
                *found |= values.found.get(cell.bits() as usize).copied().unwrap_or(0);
            }
            if values.has_numbers {
                for (found, cell) in self.found.iter_mut().zip(&self.cells) {
                    if let Some(number) = cell.as_whole() {
                        *found |= find_in_number(write_digits(number, &mut [0; 10]));
                    }
                }
            }
        }
    }

    /// Searches the texts of a segment, and removes rows that cannot match from the candidates.
    fn search_texts(&mut self, segment: &Segment, candidates: &mut [u64; SEGMENT_WORDS]) {
        let texts = segment.texts();
        self.filter_by_letters(texts.all_letters(), candidates);
        for word in self.words.iter() {
            if let Some(letter) = word.exact_letter() {
                for (found, letters) in self.found.iter_mut().zip(texts.all_letters()) {
                    *found |= if letters.any & letter == 0 { 0 } else { word.bit };
                    *found |= if letters.first & letter == 0 { 0 } else { word.start() };
                }
                continue;
            }
            let count: u32 = candidates.iter().map(|word| word.count_ones()).sum();
            if count as usize * 4 >= segment.len() {
                let entries = Entries { text: texts.all_folded(), ends: texts.ends() };
                self.words.scan(word, entries, &mut self.found);
            } else {
                for place in places(candidates) {
                    if let Some(found) = self.found.get_mut(place) {
                        *found |= self.words.find(word, texts.folded(place));
                    }
                }
            }
            if word.bit == self.words.all() {
                return;
            }
            for (candidates, found) in candidates.iter_mut().zip(self.found.chunks(64)) {
                *candidates &= flags(found, |found| found & word.bit != 0);
            }
        }
    }

    /// Finds the rows of which a whole text is the query, which is between two separators in
    /// `whole`.
    fn find_whole(&mut self, segment: &Segment, whole: &Finder<'_>) {
        let (text, ends) = (segment.texts().all_folded(), segment.texts().ends());
        let all = EQUAL | self.words.all();
        let mut at = 0;
        // Two values share a separator, so the next search begins after the first byte.
        while let Some(offset) = text.get(at..).and_then(|rest| whole.find(rest)) {
            let place = ends.partition_point(|end| *end as usize <= at + offset);
            at += offset + 1;
            self.found.get_mut(place).into_iter().for_each(|found| *found |= all);
        }
        // No separator follows the last row.
        let last = segment.len().checked_sub(1).and_then(|last| self.found.get_mut(last));
        let start = whole.needle().split_last().map_or(&[][..], |(_, start)| start);
        last.into_iter().filter(|_| text.ends_with(start)).for_each(|found| *found |= all);
    }

    /// Removes the rows from the candidates that lack a letter of a word.
    fn filter_by_letters(&self, letters: &[Letters], candidates: &mut [u64; SEGMENT_WORDS]) {
        let parts = candidates.iter_mut().zip(letters.chunks(64));
        if self.values.is_empty() {
            let all = self.words.iter().fold(0, |all, word| all | word.letters);
            for (candidates, letters) in parts {
                *candidates &= flags(letters, |letters| letters.any & all == all);
            }
            return;
        }
        // The letters of all words that are missing, by their bits.
        let mut needed = [0; 1 << MAX_WORDS];
        for (missing, needed) in needed.iter_mut().enumerate() {
            let words = self.words.iter().filter(|word| missing as u32 & word.bit != 0);
            *needed = words.fold(0, |all, word| all | word.letters);
        }
        for ((candidates, letters), found) in parts.zip(self.found.chunks(64)) {
            let rows = letters.iter().zip(found).enumerate();
            *candidates &= rows.fold(0, |flags, (place, (letters, found))| {
                let missing = !found & self.words.all();
                let needed = needed.get(missing as usize).copied().unwrap_or(0);
                flags | u64::from(letters.any & needed == needed) << place
            });
        }
    }

    /// Adds the candidates of a segment to the hits, by their classes.
    fn add_hits(&mut self, segment: usize, candidates: &[u64; SEGMENT_WORDS]) -> Result<(), Error> {
        for place in places(candidates) {
            let found = self.found.get(place).copied().unwrap_or(0);
            let class = self.words.class(found).and_then(|class| self.hits.classes.get_mut(class));
            if let Some(rows) = class {
                buffer::push(rows, row_of(segment, place))?;
            }
        }
        Ok(())
    }
}

/// Returns the query between two separators if all its words are exact letters, so that the texts
/// are not searched for them.
fn whole_value(words: &Words<'_>) -> Result<Vec<u8>, Error> {
    let mut whole = Vec::new();
    if words.iter().all(|word| word.exact_letter().is_some()) {
        for part in [&[SEPARATOR], words.query(), &[SEPARATOR]] {
            buffer::extend(&mut whole, part)?;
        }
    }
    Ok(whole)
}

/// Searches the texts of a dictionary. The first text's occurrences are at `start` in `found`.
fn search_entries(
    folded: &Folded,
    found: &mut Vec<Occurrences>,
    start: usize,
    search: &mut impl FnMut(Entries<'_>, &mut [Occurrences]),
) -> Result<(), Error> {
    buffer::resize(found, start + folded.ends.len(), 0)?;
    let entries = Entries { text: &folded.text, ends: &folded.ends };
    search(entries, found.get_mut(start..).unwrap_or_default());
    Ok(())
}

/// Writes the digits of a number.
fn write_digits(mut number: u32, digits: &mut [u8; 10]) -> &[u8] {
    let mut start = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        start -= 1;
        if number == 0 {
            break;
        }
    }
    digits.get(start..).unwrap_or_default()
}

/// Returns 64 flags as the bits of a word.
fn flags<T>(rows: &[T], is_set: impl Fn(&T) -> bool) -> u64 {
    let rows = rows.iter().enumerate();
    rows.fold(0, |flags, (place, row)| flags | u64::from(is_set(row)) << place)
}

/// Returns the places of a segment whose bits are set, ascending.
fn places(words: &[u64; SEGMENT_WORDS]) -> impl Iterator<Item = usize> {
    let words = words.iter().enumerate();
    words.flat_map(|(place, word)| bits(place as u32 * 64, *word)).map(|place| place as usize)
}

#[cfg(test)]
mod tests;
