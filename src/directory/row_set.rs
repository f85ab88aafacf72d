//! A set of rows: one bit per row.

use super::error::Error;
use super::segment::{ROWS, Segment};
use super::store::Store;

/// The words of 64 bits that a segment's rows take.
pub const SEGMENT_WORDS: usize = ROWS / 64;

/// Rows of a store. The bit of a row is at the row's number, so each segment has
/// [`SEGMENT_WORDS`] words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowSet {
    words: Vec<u64>,
}

impl RowSet {
    /// Creates a set without rows, with space for all rows of the store.
    pub fn empty(store: &Store) -> Result<Self, Error> {
        let mut words = Vec::new();
        let len = store.segments().len() * SEGMENT_WORDS;
        words.try_reserve_exact(len)?;
        words.resize(len, 0);
        Ok(Self { words })
    }

    /// Creates the set of all live rows.
    pub fn all_live(store: &Store) -> Result<Self, Error> {
        let mut set = Self::empty(store)?;
        let targets = set.words.chunks_exact_mut(SEGMENT_WORDS);
        for (target, live) in targets.zip(store.segments().iter().map(Segment::live)) {
            for (word, live) in target.iter_mut().zip(live) {
                *word = *live;
            }
        }
        Ok(set)
    }

    /// Returns true if the row is in the set.
    pub fn contains(&self, row: u32) -> bool {
        self.words.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Adds a row. A row beyond the set's space is ignored.
    pub fn insert(&mut self, row: u32) {
        if let Some(word) = self.words.get_mut(row as usize / 64) {
            *word |= 1 << (row % 64);
        }
    }

    /// Returns the number of rows.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Returns true if the set has no row.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Returns the rows, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(place, word)| bits(place as u32 * 64, *word))
    }

    /// Returns the words of a segment: one bit per place.
    pub fn words(&self, segment: usize) -> &[u64] {
        let start = segment * SEGMENT_WORDS;
        self.words.get(start..start + SEGMENT_WORDS).unwrap_or_default()
    }

    /// Returns the words of a segment, to change them.
    pub fn words_mut(&mut self, segment: usize) -> &mut [u64] {
        let start = segment * SEGMENT_WORDS;
        self.words.get_mut(start..start + SEGMENT_WORDS).unwrap_or_default()
    }
}

/// Returns the positions of a word's bits, ascending, each plus `first`.
pub fn bits(first: u32, mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        if word == 0 {
            return None;
        }
        let bit = word.trailing_zeros();
        word &= word - 1;
        Some(first + bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::schema::Schema;
    use crate::directory::segment::Draft;

    fn store(rows: u32) -> Store {
        let mut store = Store::new(Schema::new(None, &[]).unwrap(), 1 << 30).unwrap();
        for id in 0..rows {
            let draft = Draft { id: id.to_string().into_bytes(), ..Draft::default() };
            store.append(&draft).unwrap();
        }
        store
    }

    #[test]
    fn live_rows_of_all_segments_are_in_the_set() {
        let mut store = store(8_200);
        store.remove(b"0");
        store.remove(b"8193");
        let live = RowSet::all_live(&store).unwrap();
        assert_eq!(live.count(), 8_198);
        assert!(live.iter().eq((1..8_193).chain(8_194..8_200)));
        assert_eq!(live.words(1)[..2], [0b1111_1101, 0]);
        assert!(live.words(2).is_empty());
        assert!(live.contains(1) && !live.contains(0) && !live.contains(1 << 20));
    }
}
