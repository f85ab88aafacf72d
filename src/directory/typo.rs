//! Words that are similar to those of a query, for searches that find nothing.

use super::buffer;
use super::error::Error;
use super::texts::Letters;
use super::words::{Occurrences, Word, Words};

/// The words of a query, to find similar ones.
pub struct SimilarWords<'w> {
    words: Vec<SimilarWord<'w>>,
    /// A word of a text. It is reused for the next one.
    candidate: Vec<u32>,
}

struct SimilarWord<'w> {
    word: &'w Word<'w>,
    characters: Vec<u32>,
    /// The most edits between the word and a similar one.
    edits: usize,
}

impl<'w> SimilarWords<'w> {
    /// Prepares the words of a query.
    pub fn new(words: &'w Words<'w>) -> Result<Self, Error> {
        let mut similar = Self { words: Vec::new(), candidate: Vec::new() };
        for word in words.iter() {
            let mut characters = Vec::new();
            buffer::reserve(&mut characters, word.text.len())?;
            read_characters(word.text, usize::MAX, &mut characters);
            let edits = match characters.len() {
                0..4 => 0,
                4..8 => 1,
                _ => 2,
            };
            buffer::reserve(&mut similar.candidate, characters.len() + edits + 1)?;
            buffer::push(&mut similar.words, SimilarWord { word, characters, edits })?;
        }
        Ok(similar)
    }

    /// Returns true if a row's letters, and the words that occur in its other values, do not rule
    /// out that all words occur or are similar: each edit replaces or removes one letter at most.
    pub fn may_match(&self, letters: Letters, found: Occurrences) -> bool {
        self.words.iter().all(|similar| {
            let missing = similar.word.letters & !letters.any;
            found & similar.word.bit != 0 || missing.count_ones() as usize <= similar.edits
        })
    }

    /// Returns true if a word may occur in a whole number, or be similar to one: if at most as many
    /// of its characters are no digits as may be edited.
    pub fn may_be_in_number(&self) -> bool {
        self.words.iter().any(|similar| {
            let is_digit = |character: &u32| (48..58).contains(character);
            let others = similar.characters.iter().filter(|character| !is_digit(character));
            others.count() <= similar.edits
        })
    }

    /// Adds the words that occur in an entry, or are similar to a word of it, to those in `found`.
    pub fn find(&mut self, entry: &[u8], mut found: Occurrences) -> Occurrences {
        let Self { words, candidate } = self;
        for similar in words {
            let bit = similar.word.bit;
            let mut occurs = || similar.word.is_in(entry) || similar.is_in(entry, candidate);
            found |= if found & bit != 0 || occurs() { bit } else { 0 };
        }
        found
    }
}

impl SimilarWord<'_> {
    /// Returns true if a word of the entry, or its beginning of the query word's length, is similar.
    fn is_in(&self, entry: &[u8], candidate: &mut Vec<u32>) -> bool {
        let len = self.characters.len();
        self.edits > 0
            && entry
                .split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
                .filter(|text| text.len() + self.edits >= len)
                .any(|text| {
                    read_characters(text, len + self.edits + 1, candidate);
                    is_within(&self.characters, candidate, self.edits)
                        || candidate
                            .get(..len)
                            .filter(|start| start.len() < candidate.len())
                            .is_some_and(|start| is_within(&self.characters, start, self.edits))
                })
    }
}

/// Reads the first characters of a text, as far as `out` has space for them. A character is the
/// number that its bytes make.
fn read_characters(text: &[u8], most: usize, out: &mut Vec<u32>) {
    out.clear();
    let most = most.min(out.capacity());
    for byte in text {
        if byte & 0xc0 != 0x80 {
            if out.len() == most {
                return;
            }
            out.push(u32::from(*byte));
        } else if let Some(character) = out.last_mut() {
            *character = *character << 8 | u32::from(*byte);
        }
    }
}

/// Returns true if at most so many edits turn one text into the other: characters that are inserted,
/// removed or replaced, and neighbours that are swapped.
fn is_within(left: &[u32], right: &[u32], edits: usize) -> bool {
    if left.len().abs_diff(right.len()) > edits {
        return false;
    }
    let same = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    let (left, right) = (left.get(same..), right.get(same..));
    let (Some([first, left_rest @ ..]), Some([other, right_rest @ ..])) = (left, right) else {
        return true;
    };
    let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
    let Some(fewer) = edits.checked_sub(1) else { return false };
    is_within(left_rest, right_rest, fewer)
        || is_within(left_rest, right, fewer)
        || is_within(left, right_rest, fewer)
        || match (left_rest, right_rest) {
            ([second, left @ ..], [another, right @ ..]) => {
                first == another && second == other && is_within(left, right, fewer)
            }
            _ => false,
        }
}
