//! The words of a text search, and how they occur in folded texts.

use super::buffer;
use super::dictionary::SEPARATOR;
use super::error::Error;
use super::texts::Letters;
use memchr::memmem::Finder;
use std::cmp::Reverse;

/// The most words of a query.
pub const MAX_WORDS: usize = 8;

/// How the words of a query occur in a text, or in several texts: the bits of all of them together.
///
/// Bit `n` is set if word `n` occurs, and bit `8 + n` if it occurs at the start of a word.
/// [`EQUAL`] is set if a whole text is the query.
pub type Occurrences = u32;

/// A whole text is the query.
pub const EQUAL: Occurrences = 1 << (2 * MAX_WORDS);

/// A word of a query.
pub struct Word<'q> {
    /// The word, folded.
    pub text: &'q [u8],
    /// The letters of the word, as in [`Letters::any`].
    pub letters: u64,
    /// The bit that is set where the word occurs.
    pub bit: Occurrences,
    /// The word's place in the query.
    offset: usize,
    finder: Finder<'q>,
}

/// The words of a query, longest first. Where the first one occurs, the whole query may be.
pub struct Words<'q> {
    query: &'q [u8],
    words: Vec<Word<'q>>,
    all: Occurrences,
}

/// Folded texts, one after the other. An entry has one text or more, each after a [`SEPARATOR`].
#[derive(Clone, Copy)]
pub struct Entries<'a> {
    /// The texts.
    pub text: &'a [u8],
    /// The end of each entry.
    pub ends: &'a [u32],
}

impl<'q> Words<'q> {
    /// Splits a folded query. Further words than [`MAX_WORDS`] are ignored.
    pub fn new(query: &'q [u8]) -> Result<Self, Error> {
        let mut words = Vec::new();
        buffer::reserve(&mut words, MAX_WORDS)?;
        let mut offset = 0;
        for text in query.split(|byte| *byte == b' ').take(MAX_WORDS) {
            let letters = letters_of(text);
            words.push(Word { text, letters, bit: 0, offset, finder: Finder::new(text) });
            offset += text.len() + 1;
        }
        words.retain(|word| !word.text.is_empty());
        let key = |word: &Word<'_>| (word.exact_letter().is_some(), Reverse(word.text.len()));
        // At most MAX_WORDS.
        for end in 1..words.len() {
            let is_before =
                |pair: &[Word<'_>]| matches!(pair, [left, right] if key(right) < key(left));
            let mut place = end;
            while place > 0 && words.get(place - 1..=place).is_some_and(is_before) {
                words.swap(place - 1, place);
                place -= 1;
            }
        }
        for (number, word) in words.iter_mut().enumerate() {
            word.bit = 1 << number;
        }
        let all = words.iter().fold(0, |all, word| all | word.bit);
        Ok(Self { query, words, all })
    }

    /// Returns the whole query.
    pub fn query(&self) -> &'q [u8] {
        self.query
    }

    /// Returns the words, in the order of their bits. Those that are an exact letter are the last.
    pub fn iter(&self) -> std::slice::Iter<'_, Word<'q>> {
        self.words.iter()
    }

    /// Returns the bits of all words, where they occur anywhere.
    pub fn all(&self) -> Occurrences {
        self.all
    }

    /// Returns the class of a contact by the occurrences in all its texts: 0 if a text is the query,
    /// 1 if all words occur at word starts, 2 if all words occur, else `None`.
    pub fn class(&self, found: Occurrences) -> Option<usize> {
        if found & self.all != self.all {
            None
        } else if found & EQUAL != 0 {
            Some(0)
        } else if found >> MAX_WORDS & self.all == self.all {
            Some(1)
        } else {
            Some(2)
        }
    }

    /// Adds the occurrences of a word in each entry to those in `found`.
    pub fn scan(&self, word: &Word<'q>, entries: Entries<'_>, found: &mut [Occurrences]) {
        let Entries { text, ends } = entries;
        let mut entries = ends.iter().zip(found);
        let Some((mut end, mut found)) = entries.next() else { return };
        let mut at = 0;
        while let Some(offset) = text.get(at..).and_then(|rest| word.finder.find(rest)) {
            let hit = at + offset;
            while *end as usize <= hit {
                let Some(next) = entries.next() else { return };
                (end, found) = next;
            }
            let here = self.at(word, text, hit);
            *found |= here;
            at = if word.is_best(here) { *end as usize } else { hit + 1 };
        }
    }

    /// Returns the occurrences of a word in an entry.
    pub fn find(&self, word: &Word<'q>, entry: &[u8]) -> Occurrences {
        let mut found = [0];
        self.scan(word, Entries { text: entry, ends: &[entry.len() as u32] }, &mut found);
        let [found] = found;
        found
    }

    /// Returns the occurrences of the words in an entry.
    pub fn find_any(&self, entry: &[u8]) -> Occurrences {
        self.words.iter().fold(0, |found, word| found | self.find(word, entry))
    }

    /// Returns the occurrence of a word at a position of a text.
    #[inline]
    fn at(&self, word: &Word<'_>, text: &[u8], position: usize) -> Occurrences {
        let before = position.checked_sub(1).and_then(|before| text.get(before));
        let before = before.copied().unwrap_or(SEPARATOR);
        let before_word = if word.offset == 0 { SEPARATOR } else { b' ' };
        if word.bit == 1 && before == before_word {
            let start = position.checked_sub(word.offset);
            if start.is_some_and(|start| is_whole(text, start, self.query)) {
                return EQUAL | self.all;
            }
        }
        let starts = before.is_ascii() && !before.is_ascii_alphanumeric();
        word.bit | if starts { word.start() } else { 0 }
    }
}

impl Word<'_> {
    /// Returns the bit that is set where the word occurs at the start of a word.
    pub fn start(&self) -> Occurrences {
        self.bit << MAX_WORDS
    }

    /// Returns true if no other occurrence of the word in the entry can improve the row's class.
    fn is_best(&self, found: Occurrences) -> bool {
        let best = if self.bit == 1 { EQUAL } else { self.start() };
        found & best != 0
    }

    /// Returns the bit of the word's letter, if the word is one letter or digit, so that [`Letters`]
    /// have all its occurrences.
    pub fn exact_letter(&self) -> Option<u64> {
        match self.text {
            [byte] if Letters::is_exact(char::from(*byte)) => Some(self.letters),
            _ => None,
        }
    }

    /// Returns true if the word occurs in a text.
    pub fn is_in(&self, text: &[u8]) -> bool {
        self.finder.find(text).is_some()
    }
}

/// Returns true if the query is at a position of a text, between separators.
fn is_whole(text: &[u8], position: usize, query: &[u8]) -> bool {
    let before = position.checked_sub(1).and_then(|before| text.get(before));
    let rest = text.get(position..).and_then(|text| text.strip_prefix(query));
    before.is_none_or(|byte| *byte == SEPARATOR)
        && rest.is_some_and(|rest| rest.first().is_none_or(|byte| *byte == SEPARATOR))
}

fn letters_of(word: &[u8]) -> u64 {
    let characters = word.utf8_chunks().flat_map(|chunk| chunk.valid().chars());
    characters.fold(0, |letters, character| letters | Letters::bit(character))
}
