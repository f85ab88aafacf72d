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
use super::words::{EQUAL, Entries, MAX_WORDS, Occurrences, Word, Words};
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
        let letter = ExactLetter::new(words);
        for (number, segment) in self.store.segments().iter().enumerate() {
            let mut candidates = self.candidates(number);
            if candidates.iter().all(|word| *word == 0) {
                continue;
            }
            self.read_values(segment, |digits| words.find_any(digits));
            match &letter {
                Some(letter) => letter.search(segment, &mut self.found),
                None => self.search_texts(segment, &mut candidates),
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
        let count: u32 = candidates.iter().map(|word| word.count_ones()).sum();
        if count as usize * 4 >= segment.len() {
            let Some(rarest) = self.words.iter().max_by_key(|word| word.text.len()) else { return };
            let entries = Entries { text: texts.all_folded(), ends: texts.ends() };
            self.words.scan(rarest, entries, &mut self.found);
            if self.words.all() == rarest.bit {
                return;
            }
            for (candidates, found) in candidates.iter_mut().zip(self.found.chunks(64)) {
                *candidates &= flags(found, |found| found & rarest.bit != 0);
            }
        }
        for place in places(candidates) {
            if let Some(found) = self.found.get_mut(place) {
                *found = self.words.find_all(texts.folded(place), *found);
            }
        }
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

/// The search for a single letter or digit, which [`Letters`] know.
struct ExactLetter<'s> {
    word: &'s Word<'s>,
    /// A value that is the letter, between two separators.
    whole: [u8; 3],
}

impl<'s> ExactLetter<'s> {
    fn new(words: &'s Words<'s>) -> Option<Self> {
        let mut words = words.iter();
        match (words.next(), words.next()) {
            (Some(word), None) => match word.text {
                [byte] if Letters::is_exact(char::from(*byte)) => {
                    Some(Self { word, whole: [SEPARATOR, *byte, SEPARATOR] })
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn search(&self, segment: &Segment, found: &mut [Occurrences]) {
        let texts = segment.texts();
        let Self { word, whole } = self;
        for (found, letters) in found.iter_mut().zip(texts.all_letters()) {
            *found |= if letters.any & word.letters == 0 { 0 } else { word.bit };
            *found |= if letters.first & word.letters == 0 { 0 } else { word.start() };
        }
        let (text, ends) = (texts.all_folded(), texts.ends());
        let finder = Finder::new(whole);
        let mut at = 0;
        // Two values share a separator, so the next search begins after the first byte.
        while let Some(offset) = text.get(at..).and_then(|rest| finder.find(rest)) {
            let place = ends.partition_point(|end| *end as usize <= at + offset);
            at += offset + 1;
            found.get_mut(place).into_iter().for_each(|found| *found |= EQUAL);
        }
        // No separator follows the last row.
        if let ([start @ .., _], Some(last)) = (whole, segment.len().checked_sub(1))
            && text.ends_with(start)
        {
            found.get_mut(last).into_iter().for_each(|found| *found |= EQUAL);
        }
    }
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
mod tests {
    use super::*;
    use crate::directory::cell::Value;
    use crate::directory::schema::Schema;
    use crate::directory::segment::Draft;
    use crate::directory::texts::TextField;
    use proptest::prelude::*;

    /// A contact: its texts, its companies' ids, and its searched attributes.
    #[derive(Clone, Debug, Default)]
    struct Person {
        texts: [Option<String>; 4],
        companies: Vec<u8>,
        attributes: [Attribute; 2],
    }

    #[derive(Clone, Debug, Default)]
    enum Attribute {
        #[default]
        Missing,
        Text(String),
        Json(String),
        Bool,
        Number(u32),
    }

    const NAMES: [(&[u8], &str); 3] =
        [(b"0", "Acme Inc"), (b"1", "Bee & Ann Lee"), (b"2", "Łódź 12")];

    fn store(people: &[Person]) -> Store {
        let searched = ["custom_attributes.a", "custom_attributes.b"].map(str::to_owned);
        let mut store = Store::new(Schema::new(None, &searched).unwrap(), 1 << 30).unwrap();
        for (id, person) in people.iter().enumerate() {
            let mut draft = Draft { id: id.to_string().into_bytes(), ..Draft::default() };
            for (text, given) in draft.texts.iter_mut().zip(&person.texts) {
                text.is_given = given.is_some();
                text.text = given.clone().unwrap_or_default().into_bytes();
            }
            let mut parts = store.parts_mut();
            for (path, attribute) in searched.iter().zip(&person.attributes) {
                let column = parts.column(path.as_bytes()).unwrap().unwrap();
                let value = match attribute {
                    Attribute::Missing => Value::Missing,
                    Attribute::Text(text) => Value::Text(text.as_bytes()),
                    Attribute::Json(text) => Value::Json(text.as_bytes()),
                    Attribute::Bool => Value::Bool(true),
                    Attribute::Number(number) => Value::Whole(*number),
                };
                draft
                    .cells
                    .push((column, parts.dictionary(column).unwrap().intern(value).unwrap()));
            }
            let sets = parts.sets(SetKind::Companies).unwrap();
            let ids = person.companies.iter().map(|company| company.to_string());
            let mut members = ids.map(|id| sets.member(id.as_bytes()).unwrap()).collect();
            draft.sets[SetKind::Companies as usize] =
                sets.table_mut().intern(&mut members, false).unwrap();
            store.append(&draft).unwrap();
        }
        let names = NAMES.iter().map(|(id, name)| (*id, name.as_bytes()));
        store.set_names(SetKind::Companies, names).unwrap();
        store
    }

    fn fold(text: &str) -> String {
        let mut folded = Vec::new();
        fold_into(text.as_bytes(), &mut folded).unwrap();
        String::from_utf8(folded).unwrap()
    }

    fn find(store: &Store, text: &str) -> Hits {
        let query = TextQuery::new(text.as_bytes()).unwrap();
        search(store, &query, &RowSet::all_live(store).unwrap()).unwrap()
    }

    /// The search as the interface describes it, over texts.
    fn naive(people: &[Person], text: &str, among: &[u32]) -> Hits {
        let query = fold(text);
        let words: Vec<&str> = query.split(' ').filter(|word| !word.is_empty()).collect();
        let values: Vec<Vec<String>> = people.iter().map(values).collect();
        let mut hits = Hits::default();
        for row in among {
            let values = &values[*row as usize];
            let all = |occurs: fn(&str, &str) -> bool| {
                words.iter().all(|word| values.iter().any(|value| occurs(value, word)))
            };
            let class = match () {
                () if words.is_empty() => 2,
                () if values.contains(&query) => 0,
                () if all(occurs_at_start) => 1,
                () if all(|value, word| value.contains(word)) => 2,
                () => continue,
            };
            hits.classes[class].push(*row);
        }
        if hits.classes.iter().all(Vec::is_empty) {
            for row in among {
                let values = &values[*row as usize];
                let occurs = |word: &&str| {
                    values.iter().any(|value| value.contains(*word) || has_similar(value, word))
                };
                if words.iter().all(occurs) {
                    hits.classes[2].push(*row);
                    hits.typo = true;
                }
            }
        }
        hits
    }

    fn values(person: &Person) -> Vec<String> {
        let texts = person.texts.iter().flatten().map(|text| fold(text));
        let names = person.companies.iter().map(|company| fold(NAMES[*company as usize].1));
        let attributes = person.attributes.iter().filter_map(|attribute| match attribute {
            Attribute::Text(text) => Some(fold(text)),
            Attribute::Number(number) => Some(number.to_string()),
            _ => None,
        });
        texts.chain(names).chain(attributes).collect()
    }

    fn occurs_at_start(value: &str, word: &str) -> bool {
        let starts = |at: usize| match value.as_bytes()[..at].last() {
            None => true,
            Some(before) => before.is_ascii() && !before.is_ascii_alphanumeric(),
        };
        (0..value.len()).any(|at| value.as_bytes()[at..].starts_with(word.as_bytes()) && starts(at))
    }

    fn has_similar(value: &str, word: &str) -> bool {
        let word: Vec<char> = word.chars().collect();
        let most = match word.len() {
            0..4 => return false,
            4..8 => 1,
            _ => 2,
        };
        value.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric()).any(|candidate| {
            let candidate: Vec<char> = candidate.chars().collect();
            let start = &candidate[..candidate.len().min(word.len())];
            distance(&word, &candidate) <= most || distance(&word, start) <= most
        })
    }

    fn distance(left: &[char], right: &[char]) -> usize {
        let mut table = vec![vec![0; right.len() + 1]; left.len() + 1];
        for (i, j) in (0..=left.len()).flat_map(|i| (0..=right.len()).map(move |j| (i, j))) {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = table[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
                let mut least = replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                    least = least.min(table[i - 2][j - 2] + 1);
                }
                least
            };
        }
        table[left.len()][right.len()]
    }

    /// Texts that have much in common.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            6 => "[ab1@. -]{0,6}",
            2 => "(ann|lee|anna|bee|user|12)( |-|@|\\.)?(ann|lee|use|3)?",
            2 => "(alexander|jonathan|michelle|李小龙李|łódź)( lee| ann)?",
            1 => "[aé李日]{1,5}",
        ]
    }

    fn person() -> impl Strategy<Value = Person> {
        let attribute = prop_oneof![
            3 => Just(Attribute::Missing),
            3 => text().prop_map(Attribute::Text),
            1 => text().prop_map(Attribute::Json),
            1 => Just(Attribute::Bool),
            2 => (0u32..500).prop_map(Attribute::Number),
            1 => Just(Attribute::Number(2_147_483_647)),
        ];
        let texts = proptest::array::uniform4(proptest::option::of(text()));
        let attributes = proptest::array::uniform2(attribute);
        let companies = proptest::collection::btree_set(0u8..3, 0..3);
        (texts, companies, attributes).prop_map(|(texts, companies, attributes)| Person {
            texts,
            companies: companies.into_iter().collect(),
            attributes,
        })
    }

    fn question() -> impl Strategy<Value = String> {
        prop_oneof![
            3 => "[ab1@.李é2-]",
            3 => text(),
            3 => (text(), text()).prop_map(|(left, right)| format!("{left} {right}")),
            2 => "(alexnader|alexandr|jonhatan|mchele|micchele|anxn|leee|ussr|lodx|小李龙李|acem)( le)?",
            1 => "[0-9]{1,4}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]
        #[test]
        fn the_search_is_like_a_naive_one(
            people in proptest::collection::vec(person(), 0..70),
            questions in proptest::collection::vec(question(), 8),
            removed in 0u64..3,
        ) {
            let store = store(&people);
            let mut among = RowSet::empty(&store).unwrap();
            let rows = (0..people.len() as u32).filter(|row| u64::from(*row) % 3 >= removed);
            rows.for_each(|row| among.insert(row));
            let rows: Vec<u32> = among.iter().collect();
            for question in questions {
                let hits = search(&store, &TextQuery::new(question.as_bytes()).unwrap(), &among);
                prop_assert_eq!(hits.unwrap(), naive(&people, &question, &rows), "{:?}", question);
            }
        }
    }

    fn named(name: &str) -> Person {
        Person { texts: [Some(name.to_owned()), None, None, None], ..Person::default() }
    }

    #[test]
    fn whole_values_come_before_word_starts_and_other_places() {
        let people = ["Joann", "Ann", "Jo-Ann", "Ann Lee", "ann", "Bob"].map(named);
        let hits = find(&store(&people), "aNN");
        assert_eq!(hits, Hits { classes: [vec![1, 4], vec![2, 3], vec![0]], typo: false });
    }

    #[test]
    fn words_may_occur_in_different_fields() {
        let mut person = named("Ann Lee");
        person.texts[TextField::Email as usize] = Some("xann@example.com".to_owned());
        person.companies = vec![0];
        person.attributes[0] = Attribute::Number(2024);
        let store = store(&[person]);
        for (class, questions) in [
            (0, &["ann lee", "acme inc", "2024", "xann@example.com"][..]),
            (1, &["lee ann", "acme ann", "20 ann exam", "lee 2024", "inc a", "acme"]),
            (2, &["nn acme", "cme", "02 ann", "me"]),
        ] {
            for question in questions {
                let hits = find(&store, question);
                assert_eq!(hits.classes[class], [0], "{question}");
                assert!(!hits.typo);
            }
        }
        for question in ["ann bob", "2024 3", "acme llc", "true"] {
            assert_eq!(find(&store, question), Hits::default(), "{question}");
        }
    }

    #[test]
    fn a_single_letter_finds_whole_values_in_neighbouring_rows() {
        let mut first = named("x");
        first.texts[TextField::ExternalId as usize] = Some("A".to_owned());
        let mut last = named("a b");
        last.texts[TextField::ExternalId as usize] = Some("A".to_owned());
        let store = store(&[first, named("a"), named("ba"), named("b-a"), last]);
        let hits = find(&store, "a");
        assert_eq!(hits, Hits { classes: [vec![0, 1, 4], vec![3], vec![2]], typo: false });
    }

    #[test]
    fn similar_words_count_only_if_nothing_else_is_found() {
        let store = store(&["Alexander Lee", "Aleksandr", "Alexandra", "Bob Stone"].map(named));
        let rows = |text: &str| {
            let hits = find(&store, text);
            assert!(hits.typo && hits.classes[0].is_empty() && hits.classes[1].is_empty());
            hits.classes[2].clone()
        };
        assert_eq!(rows("alexnader"), [0]);
        assert_eq!(rows("alexandxr lee"), [0]);
        assert_eq!(rows("stoen"), [3]);
        assert_eq!(rows("stne bob"), [3]);
        assert!(!find(&store, "alexander").typo);
        for text in ["bop", "stnoa", "tonee", "bbo"] {
            assert_eq!(find(&store, text), Hits::default(), "{text}");
        }
    }

    #[test]
    fn only_the_given_rows_are_searched() {
        let store = store(&["Ann", "Anna", "Ann"].map(named));
        let mut among = RowSet::empty(&store).unwrap();
        among.insert(2);
        let find =
            |text: &str| search(&store, &TextQuery::new(text.as_bytes()).unwrap(), &among).unwrap();
        assert_eq!(find("ann").classes, [vec![2], vec![], vec![]]);
        assert_eq!(find("").classes, [vec![], vec![], vec![2]]);
        assert_eq!(find("anna"), Hits { classes: [vec![], vec![], vec![2]], typo: true });
    }

    #[test]
    fn a_query_has_limits() {
        assert!(TextQuery::new(b" \t ").unwrap().is_empty());
        assert!(TextQuery::new(b"1 2 3 4 5 6 7 8").is_ok());
        assert!(TextQuery::new(&[b'x'; 256]).is_ok());
        for text in [&b"1 2 3 4 5 6 7 8 9"[..], &[b'x'; 257]] {
            assert!(
                matches!(TextQuery::new(text), Err(Error::Query { field, .. }) if field == "text")
            );
        }
    }
}
