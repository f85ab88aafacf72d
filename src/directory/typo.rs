//! Words that are similar to those of a query, for searches that find nothing.

use super::buffer;
use super::error::Error;
use super::row_set::bits;
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
    /// The letters with which a similar word begins, if its first letter is in the word at all.
    starts: u64,
    /// The letters after the first one.
    rest: u64,
    /// By byte: [`IN_TEXT`] if the byte is part of words, and [`IN_WORD`] if its character may be in
    /// this word.
    flags: [u64; 256],
}

const IN_WORD: u64 = 1;
const IN_TEXT: u64 = 1 << BLOCK;
const LOW: u64 = IN_TEXT - 1;
/// Texts are searched in blocks of so many bytes.
const BLOCK: usize = 32;

impl<'w> SimilarWords<'w> {
    /// Prepares the words of a query.
    pub fn new(words: &'w Words<'w>) -> Result<Self, Error> {
        let mut similar = Self { words: Vec::new(), candidate: Vec::new() };
        buffer::reserve(&mut similar.words, words.iter().len())?;
        for word in words.iter() {
            let word = SimilarWord::new(word)?;
            buffer::reserve(&mut similar.candidate, word.characters.len() + word.edits + 1)?;
            similar.words.push(word);
        }
        Ok(similar)
    }

    /// Returns true if a word may occur in a whole number, or be similar to one: if at most as many
    /// of its characters are no digits as may be edited.
    pub fn may_be_in_number(&self) -> bool {
        self.words.iter().any(|similar| {
            let others = similar.word.text.iter().filter(|byte| !byte.is_ascii_digit());
            others.count() <= similar.edits
        })
    }

    /// Returns true if the letters of a row do not rule out that all words that are not in `found`
    /// occur in its texts, or are similar to words of them.
    pub fn may_match(&self, letters: Letters, found: Occurrences) -> bool {
        self.words.iter().all(|similar| found & similar.word.bit != 0 || similar.may_be_in(letters))
    }

    /// Returns the words that occur in an entry, or are similar to a word of it.
    pub fn find_any(&mut self, entry: &[u8]) -> Occurrences {
        let Self { words, candidate } = self;
        words.iter().fold(0, |found, similar| {
            let occurs = similar.word.is_in(entry) || similar.is_in(entry, candidate);
            found | if occurs { similar.word.bit } else { 0 }
        })
    }

    /// Adds the words that occur in an entry, or are similar to a word of it, to those in `found`.
    /// Stops at a word that does not.
    pub fn find_all(&mut self, entry: &[u8], mut found: Occurrences) -> Occurrences {
        let Self { words, candidate } = self;
        // A query of one word was searched before.
        let is_only = words.len() == 1;
        for similar in words {
            let bit = similar.word.bit;
            if found & bit == 0 {
                let occurs = similar.is_in(entry, candidate);
                if !occurs && (is_only || !similar.word.is_in(entry)) {
                    return 0;
                }
                found |= bit;
            }
        }
        found
    }
}

impl<'w> SimilarWord<'w> {
    fn new(word: &'w Word<'w>) -> Result<Self, Error> {
        let mut characters = Vec::new();
        buffer::reserve(&mut characters, word.text.len())?;
        read_characters(word.text.iter(), usize::MAX, &mut characters);
        let edits = match characters.len() {
            0..4 => 0,
            4..8 => 1,
            _ => 2,
        };
        let mut flags = [0; 256];
        for (byte, flags) in (0..=u8::MAX).zip(&mut flags) {
            let is_continuation = (0x80..0xc0).contains(&byte);
            if is_continuation || word.text.contains(&byte) {
                *flags |= IN_WORD;
            }
            if is_part_of_word(byte) {
                *flags |= IN_TEXT;
            }
        }
        let (starts, rest) = match str::from_utf8(word.text) {
            Ok(text) => (
                text.chars().take(edits + 1).fold(0, |all, first| all | Letters::bit(first)),
                text.chars().skip(1).fold(0, |all, other| all | Letters::bit(other)),
            ),
            // A lone surrogate is no letter.
            Err(_) => (u64::MAX, 0),
        };
        Ok(Self { word, characters, edits, starts, rest, flags })
    }

    /// Returns true if the letters of a row do not rule out that the word occurs, or is similar.
    /// Each edit makes up for one missing letter. If a similar word begins with another letter than
    /// the first ones of this word, it takes an edit.
    fn may_be_in(&self, letters: Letters) -> bool {
        let missing = |needed: u64| (needed & !letters.any).count_ones() as usize;
        missing(self.word.letters) <= self.edits
            && (letters.first & self.starts != 0 || missing(self.rest) < self.edits.max(1))
    }

    /// Returns true if a word of the entry, or its beginning of this word's length, is similar.
    fn is_in(&self, entry: &[u8], candidate: &mut Vec<u32>) -> bool {
        if self.edits == 0 {
            return false;
        }
        let mut blocks = entry.chunks(BLOCK).map(|block| self.flags_of(block));
        let mut block = blocks.next().unwrap_or(0);
        let mut was_in_text = 0;
        for at in (0..entry.len()).step_by(BLOCK) {
            let next = blocks.next().unwrap_or(0);
            let in_text = block >> BLOCK | next & !LOW;
            let in_word = block & LOW | next << BLOCK;
            let starts = in_text & !(in_text << 1 | was_in_text) & LOW;
            let starts = starts & !self.differs(in_text, in_word);
            let mut starts = bits(at as u32, starts);
            if starts.any(|start| {
                let text = entry.get(start as usize..).unwrap_or_default();
                self.is_similar(text, candidate)
            }) {
                return true;
            }
            was_in_text = in_text >> (BLOCK - 1) & 1;
            block = next;
        }
        false
    }

    /// Returns the flags of up to 32 bytes: for byte `n`, bit `n` is [`IN_WORD`], and bit `32 + n`
    /// is [`IN_TEXT`].
    fn flags_of(&self, block: &[u8]) -> u64 {
        let flags = |byte: &u8| self.flags.get(usize::from(*byte)).copied().unwrap_or(0);
        block.iter().enumerate().fold(0, |all, (place, byte)| all | flags(byte) << place)
    }

    /// Returns the positions at which a text has so many characters that are not in this word, or is
    /// so much shorter, that it is not similar: each takes an edit.
    fn differs(&self, in_text: u64, in_word: u64) -> u64 {
        let mut same = u64::MAX;
        let (mut one, mut two, mut three) = (0, 0, 0);
        for place in 0..self.characters.len().min(BLOCK) {
            same &= in_text >> place;
            let differs = !(same & in_word >> place);
            three |= two & differs;
            two |= one & differs;
            one |= differs;
        }
        if self.edits == 1 { two } else { three }
    }

    /// Returns true if the word at the start of a text, or its beginning of this word's length, is
    /// similar.
    fn is_similar(&self, text: &[u8], candidate: &mut Vec<u32>) -> bool {
        let len = self.characters.len();
        let word = text.iter().take_while(|byte| is_part_of_word(**byte));
        let most = len + self.edits + 1;
        read_characters(word, most, candidate);
        let start = candidate.get(..len).filter(|start| start.len() < candidate.len());
        is_within(&self.characters, candidate, self.edits)
            || start.is_some_and(|start| is_within(&self.characters, start, self.edits))
    }
}

fn is_part_of_word(byte: u8) -> bool {
    !byte.is_ascii() || byte.is_ascii_alphanumeric()
}

/// Reads at most so many characters, as far as `out` has space for them. A character is the number that its bytes
/// make.
fn read_characters<'t>(text: impl Iterator<Item = &'t u8>, most: usize, out: &mut Vec<u32>) {
    out.clear();
    for byte in text {
        if !(0x80..0xc0).contains(byte) {
            if out.len() == most.min(out.capacity()) {
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
    let left = left.get(same..).unwrap_or_default();
    let right = right.get(same..).unwrap_or_default();
    let ([first, left_rest @ ..], [other, right_rest @ ..]) = (left, right) else { return true };
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
