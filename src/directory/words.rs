//! The words of a text search, and how they occur in folded texts.

use super::buffer;
use super::dictionary::SEPARATOR;
use super::error::Error;
use super::texts::Letters;
use memchr::memmem::Finder;

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
    finder: Finder<'q>,
}

/// The words of a query.
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
        let texts = query.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        for (number, text) in texts.take(MAX_WORDS).enumerate() {
            let letters = letters_of(text);
            words.push(Word { text, letters, bit: 1 << number, finder: Finder::new(text) });
        }
        let all = words.iter().fold(0, |all, word| all | word.bit);
        Ok(Self { query, words, all })
    }

    /// Returns the words, in the order of their bits.
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
            at = if here & EQUAL == 0 { hit + 1 } else { *end as usize };
        }
    }

    /// Adds the occurrences of the words in an entry to those in `found`. Returns 0 if a word occurs
    /// in neither.
    pub fn find_all(&self, entry: &[u8], mut found: Occurrences) -> Occurrences {
        for word in &self.words {
            let mut at = 0;
            while let Some(offset) = entry.get(at..).and_then(|rest| word.finder.find(rest)) {
                let hit = at + offset;
                found |= self.at(word, entry, hit);
                // The first word is where the whole query may be, so its first start is not enough.
                let is_enough =
                    if word.bit == 1 { found & EQUAL } else { found & word.start() } != 0;
                if is_enough {
                    break;
                }
                at = hit + 1;
            }
            if found & word.bit == 0 {
                return 0;
            }
        }
        found
    }

    /// Returns the occurrences of the words in an entry.
    pub fn find_any(&self, entry: &[u8]) -> Occurrences {
        let entries = Entries { text: entry, ends: &[entry.len() as u32] };
        let mut found = [0];
        self.words.iter().for_each(|word| self.scan(word, entries, &mut found));
        let [found] = found;
        found
    }

    /// Returns the occurrence of a word at a position of a text.
    #[inline]
    fn at(&self, word: &Word<'_>, text: &[u8], position: usize) -> Occurrences {
        let before = position.checked_sub(1).and_then(|before| text.get(before));
        let before = before.copied().unwrap_or(SEPARATOR);
        if before == SEPARATOR && word.bit == 1 && is_whole(text, position, self.query) {
            return EQUAL | self.all;
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

    /// Returns true if the word occurs in a text.
    pub fn is_in(&self, text: &[u8]) -> bool {
        self.finder.find(text).is_some()
    }
}

/// Returns true if the text at a position is the query.
fn is_whole(text: &[u8], position: usize, query: &[u8]) -> bool {
    let rest = text.get(position..).and_then(|text| text.strip_prefix(query));
    rest.is_some_and(|rest| rest.first().is_none_or(|byte| *byte == SEPARATOR))
}

fn letters_of(word: &[u8]) -> u64 {
    let characters = word.utf8_chunks().flat_map(|chunk| chunk.valid().chars());
    characters.fold(0, |letters, character| letters | Letters::bit(character))
}
