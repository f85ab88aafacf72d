//! The order of texts: a rank for each row of a text field, or for each entry of a dictionary.
//!
//! Texts are ordered by the weights of their characters, if these are known; then as folded; then as
//! they are written. JavaScript weighs the characters, because it has the rules of the languages.

use super::buffer;
use super::cell::{Cell, Value};
use super::dictionary::Dictionary;
use super::error::Error;
use super::fold::fold_into;
use super::radix;
use super::sort;
use super::store::Store;
use super::texts::TextField;
use super::wtf8;
use std::cmp::Ordering;

/// The rank of a text that does not exist.
pub const NO_RANK: u32 = u32::MAX;

/// The texts that are ranked. Texts are appended, and never change.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// The ids of all rows.
    Ids(&'a Store),
    /// A text field of all rows.
    Rows(&'a Store, TextField),
    /// The texts of a dictionary, and after them its arrays and objects.
    Entries(&'a Dictionary),
}

/// Ranks of texts. Equal texts have the same rank.
#[derive(Default)]
pub struct Ranks {
    /// The rank of each text of the source.
    ranks: Vec<u32>,
    weights: Weights,
}

/// The weights of characters.
#[derive(Default)]
struct Weights {
    /// The number of texts of the source whose characters are known.
    scanned: usize,
    /// The characters of these texts, ascending.
    characters: Vec<char>,
    /// The characters with weights, ascending.
    weighed: Vec<char>,
    /// The weight of each of them: 1 for the smallest weight, and so on.
    weights: Vec<u32>,
}

impl Source<'_> {
    fn len(self) -> usize {
        match self {
            Self::Ids(store) | Self::Rows(store, _) => store.end() as usize,
            Self::Entries(dictionary) => dictionary.len(),
        }
    }

    /// Calls `read` with the text at a place, if there is one. The flag is true for JSON.
    fn with_text<T>(
        self,
        place: usize,
        read: impl FnOnce(&[u8], bool) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match self {
            Self::Ids(store) => {
                let mut id = Vec::new();
                store.id(place as u32).append_to(&mut id)?;
                if id.is_empty() { Ok(None) } else { read(&id, false).map(Some) }
            }
            Self::Rows(store, field) => {
                let text = store
                    .place(place as u32)
                    .and_then(|(segment, place)| segment.texts().get(place, field));
                text.map(|text| read(text, false)).transpose()
            }
            Self::Entries(dictionary) => {
                match Cell::entry(place as u32).map(|cell| dictionary.value(cell)) {
                    Some(Value::Text(text)) => read(text, false).map(Some),
                    Some(Value::Json(text)) => read(text, true).map(Some),
                    _ => Ok(None),
                }
            }
        }
    }
}

/// The first byte of the keys of JSON: no other key begins with it.
const JSON_MARK: u8 = 0xff;
/// Smaller weights are one byte, others are this byte plus their highest bits, and two bytes.
const LONG_WEIGHT: u8 = 0xe0;
/// The byte before a character without a weight: it is after all others.
const NO_WEIGHT: u8 = 0xf2;
/// Ends a part of a key. No part contains it.
const END: u8 = 0;

impl Weights {
    /// Appends bytes whose order is that of the texts.
    fn append_key(&self, text: &[u8], is_json: bool, out: &mut Vec<u8>) -> Result<(), Error> {
        if is_json {
            buffer::push(out, JSON_MARK)?;
            return buffer::extend(out, text);
        }
        if !self.weighed.is_empty() {
            let mut rest = text;
            while let Some((code, length)) = wtf8::first(rest) {
                rest = rest.get(length..).unwrap_or_default();
                self.append_weight(code, out)?;
            }
            buffer::push(out, END)?;
        }
        fold_into(text, out)?;
        buffer::push(out, END)?;
        buffer::extend(out, text)
    }

    fn append_weight(&self, code: u32, out: &mut Vec<u8>) -> Result<(), Error> {
        let found = self.weighed.binary_search_by(|character| u32::from(*character).cmp(&code));
        let weight = found.ok().and_then(|place| self.weights.get(place)).copied();
        buffer::reserve(out, 4)?;
        match weight {
            Some(weight) if weight < u32::from(LONG_WEIGHT) => out.push(weight as u8),
            Some(weight) => {
                out.extend([LONG_WEIGHT + (weight >> 16) as u8, (weight >> 8) as u8, weight as u8])
            }
            None => out.extend([NO_WEIGHT, (code >> 16) as u8, (code >> 8) as u8, code as u8]),
        }
        Ok(())
    }

    /// Adds the characters of texts that were appended since.
    fn scan(&mut self, source: Source<'_>) -> Result<(), Error> {
        if self.scanned == source.len() {
            return Ok(());
        }
        let mut words = Vec::new();
        buffer::resize(&mut words, (char::MAX as usize + 1) / 64, 0u64)?;
        for character in &self.characters {
            insert(&mut words, *character as u32);
        }
        for place in self.scanned..source.len() {
            source.with_text(place, |text, is_json| {
                let mut rest = if is_json { &[] } else { text };
                while let Some((code, length)) = wtf8::first(rest) {
                    insert(&mut words, code);
                    rest = rest.get(length..).unwrap_or_default();
                }
                Ok(())
            })?;
        }
        let mut characters = Vec::new();
        for (place, word) in words.iter().enumerate() {
            for code in super::row_set::bits(place as u32 * 64, *word) {
                if let Some(character) = char::from_u32(code) {
                    buffer::push(&mut characters, character)?;
                }
            }
        }
        self.characters = characters;
        self.scanned = source.len();
        Ok(())
    }
}

fn insert(words: &mut [u64], code: u32) {
    if let Some(word) = words.get_mut(code as usize / 64) {
        *word |= 1 << (code % 64);
    }
}

impl Ranks {
    /// Returns the rank of each text.
    pub fn all(&self) -> &[u32] {
        &self.ranks
    }

    /// Returns the characters that need weights: all characters of the texts. Empty if all of them
    /// have weights.
    pub fn characters_to_weigh(&mut self, source: Source<'_>) -> Result<String, Error> {
        self.weights.scan(source)?;
        let mut characters = String::new();
        if self.weights.weighed != self.weights.characters {
            characters.try_reserve_exact(self.weights.characters.len() * 4)?;
            characters.extend(&self.weights.characters);
        }
        Ok(characters)
    }

    /// Sets the weights of the characters, in the order in which
    /// [`characters_to_weigh`](Self::characters_to_weigh) returned them.
    pub fn set_weights(&mut self, weights: &[u32]) -> Result<(), Error> {
        if weights.len() != self.weights.characters.len() {
            return Err(Error::query("weights", "one weight for each character"));
        }
        let mut distinct = Vec::new();
        buffer::extend(&mut distinct, weights)?;
        sort::sort(&mut distinct, &|left, right| left.cmp(&right))?;
        distinct.dedup();
        let mut dense = Vec::new();
        buffer::reserve(&mut dense, weights.len())?;
        dense.extend(
            weights
                .iter()
                .map(|weight| distinct.binary_search(weight).map_or(0, |place| place as u32 + 1)),
        );
        self.weights.weights = dense;
        self.weights.weighed.clear();
        buffer::extend(&mut self.weights.weighed, &self.weights.characters)?;
        self.ranks.clear();
        Ok(())
    }

    /// Ranks the texts that were appended since.
    pub fn update(&mut self, source: Source<'_>) -> Result<(), Error> {
        let (known, len) = (self.ranks.len(), source.len());
        if known == len {
            return Ok(());
        }
        // To place many texts one by one takes longer than to sort all.
        let known = if (len - known) * 8 > known { 0 } else { known };
        let sorted = Sorted::new(source, known..len, &self.weights)?;
        buffer::resize(&mut self.ranks, len, NO_RANK)?;
        if known == 0 {
            self.ranks.fill(NO_RANK);
            for (item, rank, _) in sorted.iter() {
                set(&mut self.ranks, item, rank);
            }
            return Ok(());
        }
        self.merge(source, &sorted, known)
    }

    /// Ranks a few sorted texts among the ones that have ranks.
    fn merge(&mut self, source: Source<'_>, sorted: &Sorted, known: usize) -> Result<(), Error> {
        let old = first_items(self.ranks.get(..known).unwrap_or_default())?;
        // For each distinct new text: its place among the old ones, and true if it is one of them.
        let mut places: Vec<(usize, bool)> = Vec::new();
        let mut scratch = Vec::new();
        for (_, rank, key) in sorted.iter() {
            if (rank as usize) < places.len() {
                continue;
            }
            let from = places.last().map_or(0, |(place, _)| *place);
            let place = from + search(source, &self.weights, &old, from, key, &mut scratch)?;
            let is_old = old.get(place).is_some_and(|_| scratch == key);
            buffer::push(&mut places, (place, is_old))?;
        }
        let mut new_ranks = Vec::new();
        buffer::resize(&mut new_ranks, old.last().map_or(0, |(rank, _)| *rank as usize + 1), 0)?;
        let mut added = places.iter().filter(|(_, is_old)| !is_old).peekable();
        let mut before = 0;
        for (place, (rank, _)) in old.iter().enumerate() {
            while added.next_if(|(added, _)| *added <= place).is_some() {
                before += 1;
            }
            set(&mut new_ranks, *rank as u32, place as u32 + before);
        }
        for rank in self.ranks.iter_mut().filter(|rank| **rank != NO_RANK) {
            *rank = new_ranks.get(*rank as usize).copied().unwrap_or(NO_RANK);
        }
        let mut ranks = Vec::new();
        buffer::reserve(&mut ranks, places.len())?;
        let mut before = 0;
        for (place, is_old) in places {
            ranks.push(place as u32 + before);
            before += u32::from(!is_old);
        }
        for (item, rank, _) in sorted.iter() {
            set(&mut self.ranks, item, ranks.get(rank as usize).copied().unwrap_or(NO_RANK));
        }
        Ok(())
    }

    /// Returns the rank of a text.
    pub fn get(&self, place: u32) -> Option<u32> {
        self.ranks.get(place as usize).copied().filter(|rank| *rank != NO_RANK)
    }

    /// Gives the rows their new numbers after a compaction, which keeps the order of rows.
    pub fn renumber(&mut self, numbers: &[u32], end: usize) {
        let known = self.ranks.len();
        let mut len = 0;
        for (place, number) in numbers.iter().enumerate().take(known) {
            let number = *number as usize;
            if number >= end {
                continue;
            }
            // A new number is never higher than the old one.
            let rank = self.ranks.get(place).copied().unwrap_or(NO_RANK);
            self.ranks.get_mut(len..number).unwrap_or_default().fill(NO_RANK);
            self.ranks.get_mut(number).into_iter().for_each(|place| *place = rank);
            len = number + 1;
        }
        self.ranks.truncate(len);
        self.weights.scanned = 0;
    }

    /// Forgets the ranks, and keeps the weights.
    pub fn forget(&mut self) {
        self.ranks = Vec::new();
        self.weights.scanned = 0;
    }
}

fn set(ranks: &mut [u32], place: u32, rank: u32) {
    if let Some(place) = ranks.get_mut(place as usize) {
        *place = rank;
    }
}

/// Returns an item of each rank, ascending.
fn first_items(ranks: &[u32]) -> Result<Vec<(u64, u32)>, Error> {
    let mut items = Vec::new();
    buffer::reserve(&mut items, ranks.len())?;
    let ranked = ranks.iter().zip(0..).filter(|(rank, _)| **rank != NO_RANK);
    items.extend(ranked.map(|(rank, item)| (u64::from(*rank), item)));
    radix::sort(&mut items)?;
    items.dedup_by_key(|(rank, _)| *rank);
    Ok(items)
}

/// Returns the number of items from `from` on whose keys are less than a key. `scratch` is then the
/// key of the next one.
fn search(
    source: Source<'_>,
    weights: &Weights,
    items: &[(u64, u32)],
    from: usize,
    key: &[u8],
    scratch: &mut Vec<u8>,
) -> Result<usize, Error> {
    let mut order = |place: usize| -> Result<Ordering, Error> {
        scratch.clear();
        let Some((_, item)) = items.get(place) else { return Ok(Ordering::Greater) };
        source.with_text(*item as usize, |text, is_json| {
            weights.append_key(text, is_json, scratch)
        })?;
        Ok(scratch.as_slice().cmp(key))
    };
    let (mut low, mut high) = (from, items.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if order(middle)?.is_lt() { low = middle + 1 } else { high = middle }
    }
    order(low)?;
    Ok(low - from)
}

/// Texts, sorted by their keys.
struct Sorted {
    keys: Vec<u8>,
    ends: Vec<u32>,
    /// The first item.
    first: usize,
    /// The first bytes of each key, and the item's place among `ends`.
    order: Vec<(u64, u32)>,
}

impl Sorted {
    fn new(
        source: Source<'_>,
        items: std::ops::Range<usize>,
        weights: &Weights,
    ) -> Result<Self, Error> {
        let (mut keys, mut ends, mut order) = (Vec::new(), Vec::new(), Vec::new());
        buffer::reserve(&mut ends, items.len())?;
        let first = items.start;
        for item in items {
            let start = keys.len();
            let found = source
                .with_text(item, |text, is_json| weights.append_key(text, is_json, &mut keys))?;
            if found.is_some() {
                let prefix = prefix(keys.get(start..).unwrap_or_default());
                buffer::push(&mut order, (prefix, ends.len() as u32))?;
            }
            ends.push(u32::try_from(keys.len()).map_err(|_| Error::Memory)?);
        }
        sort_by_key(&mut order, &|left, right| {
            let key = |place: u32| buffer::span(&keys, &ends, place as usize);
            key(left).cmp(key(right))
        })?;
        Ok(Self { keys, ends, first, order })
    }

    /// Returns the items with their ranks and keys, ascending.
    fn iter(&self) -> impl Iterator<Item = (u32, u32, &[u8])> {
        let (mut rank, mut last) = (0, None);
        self.order.iter().map(move |(_, place)| {
            let key = buffer::span(&self.keys, &self.ends, *place as usize);
            if last.is_some_and(|last| last != key) {
                rank += 1;
            }
            last = Some(key);
            (self.first as u32 + place, rank, key)
        })
    }
}

/// Sorts pairs of a prefix and a place by the prefix, and then by `compare`.
fn sort_by_key(
    order: &mut Vec<(u64, u32)>,
    compare: &dyn Fn(u32, u32) -> Ordering,
) -> Result<(), Error> {
    radix::sort(order)?;
    let mut places = Vec::new();
    for same in order.chunk_by_mut(|(left, _), (right, _)| left == right) {
        if same.len() > 1 {
            places.clear();
            buffer::reserve(&mut places, same.len())?;
            places.extend(same.iter().map(|(_, place)| *place));
            sort::sort(&mut places, compare)?;
            same.iter_mut().zip(&places).for_each(|((_, place), sorted)| *place = *sorted);
        }
    }
    Ok(())
}

/// Returns the first eight bytes of a key, so that most keys are compared as numbers.
fn prefix(key: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (byte, value) in bytes.iter_mut().zip(key) {
        *byte = *value;
    }
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dictionary(texts: &[&str]) -> Dictionary {
        let mut dictionary = Dictionary::default();
        for text in texts {
            dictionary.intern(Value::Text(text.as_bytes())).unwrap();
        }
        dictionary
    }

    fn ordered(dictionary: &Dictionary, ranks: &Ranks) -> Vec<String> {
        let mut items: Vec<_> = ranks.all().iter().zip(0u32..).collect();
        items.sort();
        let text = |item: u32| match dictionary.value(Cell::entry(item).unwrap()) {
            Value::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
            other => format!("{other:?}"),
        };
        items.into_iter().map(|(_, item)| text(item)).collect()
    }

    #[test]
    fn texts_are_ordered_as_folded_and_then_as_written() {
        let dictionary = dictionary(&["b", "B", "a", "abc", "Ab", ""]);
        let mut ranks = Ranks::default();
        ranks.update(Source::Entries(&dictionary)).unwrap();
        assert_eq!(ordered(&dictionary, &ranks), ["", "a", "Ab", "abc", "B", "b"]);
    }

    #[test]
    fn weights_decide_before_the_folded_text() {
        let mut dictionary = dictionary(&["b", "ä", "a", "z", "B"]);
        let mut ranks = Ranks::default();
        let needed = ranks.characters_to_weigh(Source::Entries(&dictionary)).unwrap();
        assert_eq!(needed, "Babzä");
        assert!(ranks.set_weights(&[1]).is_err());
        // As in Swedish: ä is after z, and B is b.
        ranks.set_weights(&[20, 10, 20, 30, 70_000]).unwrap();
        ranks.update(Source::Entries(&dictionary)).unwrap();
        assert_eq!(ordered(&dictionary, &ranks), ["a", "B", "b", "z", "ä"]);
        assert_eq!(ranks.characters_to_weigh(Source::Entries(&dictionary)).unwrap(), "");
        dictionary.intern(Value::Text(b"c")).unwrap();
        ranks.update(Source::Entries(&dictionary)).unwrap();
        assert_eq!(ordered(&dictionary, &ranks), ["a", "B", "b", "z", "ä", "c"]);
        let needed = ranks.characters_to_weigh(Source::Entries(&dictionary)).unwrap();
        assert_eq!(needed, "Babczä");
    }

    #[test]
    fn json_is_after_all_texts_and_numbers_have_no_rank() {
        let mut dictionary = dictionary(&["\u{10ffff}"]);
        dictionary.intern(Value::Json(b"[]")).unwrap();
        dictionary.intern(Value::Number(1.5, b"1.5")).unwrap();
        let mut ranks = Ranks::default();
        ranks.update(Source::Entries(&dictionary)).unwrap();
        assert_eq!(ranks.all(), [0, 1, NO_RANK]);
    }

    proptest! {
        #[test]
        fn texts_that_are_placed_later_have_the_same_ranks(
            texts in proptest::collection::vec("[abAB]{0,3}", 30..90),
            cut in 0usize..20,
        ) {
            let mut store = Store::new(crate::directory::schema::Schema::new(None, &[]).unwrap(), 1 << 30).unwrap();
            let mut later = Ranks::default();
            let source = |store| Source::Rows(store, TextField::Name);
            for (place, text) in texts.iter().enumerate() {
                if place + cut >= texts.len() {
                    later.update(Source::Rows(&store, TextField::Name)).unwrap();
                }
                let id = place.to_string().into_bytes();
                let mut draft = crate::directory::segment::Draft { id, ..Default::default() };
                let [name, ..] = &mut draft.texts;
                name.is_given = text != "a";
                name.text = text.clone().into_bytes();
                store.append(&draft).unwrap();
            }
            later.update(source(&store)).unwrap();
            let mut once = Ranks::default();
            once.update(source(&store)).unwrap();
            prop_assert_eq!(later.all(), once.all());
        }
    }
}
