//! The names, e-mail addresses, phone numbers and external ids of a segment's rows: folded for the
//! search, and as they were where folding changed them.

use super::buffer;
use super::dictionary::SEPARATOR;
use super::error::Error;
use super::fold::fold_into;

/// A field whose text almost every contact has for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextField {
    /// The name.
    Name,
    /// The e-mail address.
    Email,
    /// The phone number.
    Phone,
    /// The id in the user's own product.
    ExternalId,
}

impl TextField {
    /// All fields, in the order in which a row has them.
    pub const ALL: [Self; 4] = [Self::Name, Self::Email, Self::Phone, Self::ExternalId];

    /// Returns the name of the field's column.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::ExternalId => "external_id",
        }
    }

    /// Finds the field of a column.
    pub fn of(path: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.path().as_bytes() == path)
    }
}

/// The letters and digits in a row's folded texts. `a` to `z` and `0` to `9` have a bit each; all
/// other characters share 28 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Letters {
    /// Characters anywhere in the texts.
    pub any: u64,
    /// Characters at the start of a word.
    pub first: u64,
}

impl Letters {
    /// Returns the bit of a character.
    pub fn bit(character: char) -> u64 {
        let place = match character {
            'a'..='z' => character as u32 - 'a' as u32,
            '0'..='9' => 26 + character as u32 - '0' as u32,
            _ => 36 + (character as u32).wrapping_mul(0x9e37_79b1) % 28,
        };
        1 << place
    }

    /// Returns true if one bit belongs to one character only.
    pub const fn is_exact(character: char) -> bool {
        matches!(character, 'a'..='z' | '0'..='9')
    }

    /// Collects the characters of a folded text.
    fn of(folded: &[u8]) -> Self {
        let mut letters = Self::default();
        let mut is_start = true;
        for chunk in folded.utf8_chunks() {
            for character in chunk.valid().chars() {
                let bit = Self::bit(character);
                letters.any |= bit;
                letters.first |= if is_start { bit } else { 0 };
                is_start = character.is_ascii() && !character.is_ascii_alphanumeric();
            }
            // The bytes of a lone surrogate.
            if !chunk.invalid().is_empty() {
                is_start = false;
            }
        }
        letters
    }
}

/// The texts of a segment's rows.
#[derive(Default)]
pub struct Texts {
    /// Per row four folded texts, each after a separator.
    folded: Vec<u8>,
    ends: Vec<u32>,
    /// Per row the texts that folding changed, each after its length.
    originals: Vec<u8>,
    original_ends: Vec<u32>,
    /// Per row two bits for each field: 0 for no text, [`SAME`] or [`CHANGED`].
    states: Vec<u8>,
    letters: Vec<Letters>,
}

/// The text is the folded text.
const SAME: u8 = 1;
/// The text differs from the folded text.
const CHANGED: u8 = 2;

impl Texts {
    /// Appends the texts of the next row, in the order of [`TextField::ALL`]. If it fails,
    /// [`truncate`](Self::truncate) must remove what it added.
    pub fn push(&mut self, texts: [Option<&[u8]>; 4]) -> Result<(), Error> {
        let start = self.folded.len();
        let mut states = 0;
        for (place, text) in texts.into_iter().enumerate() {
            buffer::push(&mut self.folded, SEPARATOR)?;
            let Some(text) = text else { continue };
            let from = self.folded.len();
            // Folding needs one byte more while it writes.
            buffer::reserve(&mut self.folded, text.len() + 1)?;
            fold_into(text, &mut self.folded)?;
            let is_same = self.folded.get(from..) == Some(text);
            if !is_same {
                let len = u32::try_from(text.len()).map_err(|_| Error::Memory)?;
                buffer::push_varint(&mut self.originals, len)?;
                buffer::extend(&mut self.originals, text)?;
            }
            states |= if is_same { SAME } else { CHANGED } << (2 * place);
        }
        let letters = Letters::of(self.folded.get(start..).unwrap_or_default());
        let original_end = u32::try_from(self.originals.len()).map_err(|_| Error::Memory)?;
        let end = u32::try_from(self.folded.len()).map_err(|_| Error::Memory)?;
        self.push_ends(end, original_end, states, letters)
    }

    /// Appends a row of another segment.
    pub fn push_from(&mut self, other: &Self, row: usize) -> Result<(), Error> {
        buffer::extend(&mut self.folded, other.folded(row))?;
        let originals = buffer::span(&other.originals, &other.original_ends, row);
        buffer::extend(&mut self.originals, originals)?;
        let original_end = u32::try_from(self.originals.len()).map_err(|_| Error::Memory)?;
        let end = u32::try_from(self.folded.len()).map_err(|_| Error::Memory)?;
        let states = other.states.get(row).copied().unwrap_or(0);
        self.push_ends(end, original_end, states, other.letters(row))
    }

    fn push_ends(
        &mut self,
        end: u32,
        original_end: u32,
        states: u8,
        letters: Letters,
    ) -> Result<(), Error> {
        buffer::push(&mut self.ends, end)?;
        buffer::push(&mut self.original_ends, original_end)?;
        buffer::push(&mut self.states, states)?;
        buffer::push(&mut self.letters, letters)
    }

    /// Returns the folded texts of all rows, one after the other.
    pub fn all_folded(&self) -> &[u8] {
        &self.folded
    }

    /// Returns the end of each row in [`all_folded`](Self::all_folded).
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// Returns the folded texts of a row: four, each after a separator.
    pub fn folded(&self, row: usize) -> &[u8] {
        buffer::span(&self.folded, &self.ends, row)
    }

    /// Returns the folded text of a field; empty if the row has none.
    pub fn folded_field(&self, row: usize, field: TextField) -> &[u8] {
        self.folded(row)
            .split(|byte| *byte == SEPARATOR)
            .nth(1 + field as usize)
            .unwrap_or_default()
    }

    /// Returns the text of a field, in WTF-8, or `None` if the row has none.
    pub fn get(&self, row: usize, field: TextField) -> Option<&[u8]> {
        let states = self.states.get(row).copied().unwrap_or(0);
        match state(states, field) {
            SAME => Some(self.folded_field(row, field)),
            CHANGED => {
                let mut originals = buffer::span(&self.originals, &self.original_ends, row);
                for other in TextField::ALL {
                    if state(states, other) != CHANGED {
                        continue;
                    }
                    let (len, rest) = buffer::read_varint(originals);
                    let (text, rest) = rest.split_at_checked(len as usize)?;
                    if other == field {
                        return Some(text);
                    }
                    originals = rest;
                }
                None
            }
            _ => None,
        }
    }

    /// Returns true if the row has a text in the field.
    pub fn has(&self, row: usize, field: TextField) -> bool {
        state(self.states.get(row).copied().unwrap_or(0), field) != 0
    }

    /// Returns the letters of a row.
    pub fn letters(&self, row: usize) -> Letters {
        self.letters.get(row).copied().unwrap_or_default()
    }

    /// Returns the letters of all rows.
    pub fn all_letters(&self) -> &[Letters] {
        &self.letters
    }

    /// Forgets the texts of all rows from `row` on.
    pub fn truncate(&mut self, row: usize) {
        for vec in [&mut self.ends, &mut self.original_ends] {
            vec.truncate(row);
        }
        self.states.truncate(row);
        self.letters.truncate(row);
        self.folded.truncate(self.ends.last().map_or(0, |end| *end as usize));
        self.originals.truncate(self.original_ends.last().map_or(0, |end| *end as usize));
    }

    /// Gives unused memory back.
    pub fn shrink(&mut self) {
        for vec in [&mut self.folded, &mut self.originals, &mut self.states] {
            vec.shrink_to_fit();
        }
        for vec in [&mut self.ends, &mut self.original_ends] {
            vec.shrink_to_fit();
        }
        self.letters.shrink_to_fit();
    }

    /// Returns the bytes that the texts occupy.
    pub fn memory(&self) -> usize {
        let bytes = [&self.folded, &self.originals, &self.states].map(buffer::bytes);
        let ends = [&self.ends, &self.original_ends].map(buffer::bytes);
        bytes.iter().chain(&ends).sum::<usize>() + buffer::bytes(&self.letters)
    }
}

fn state(states: u8, field: TextField) -> u8 {
    states >> (2 * field as usize) & 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_returned_as_they_were_added() {
        let rows: [[Option<&[u8]>; 4]; 4] = [
            [Some("Zoë Ån".as_bytes()), Some(b"zoe@example.com"), None, Some(b"")],
            [None, None, None, None],
            [Some(b"\x1f"), Some(b"A"), Some(b"+1 2"), Some(b" x ")],
            [Some(b"lone \xed\xa0\x80"), None, Some(b"7"), None],
        ];
        let mut texts = Texts::default();
        for row in rows {
            texts.push(row).unwrap();
        }
        let mut copy = Texts::default();
        for row in [0, 1, 2, 3] {
            copy.push_from(&texts, row).unwrap();
        }
        for (place, row) in rows.into_iter().enumerate() {
            for (field, text) in TextField::ALL.into_iter().zip(row) {
                assert_eq!(texts.get(place, field), text);
                assert_eq!(copy.get(place, field), text);
                assert_eq!(texts.has(place, field), text.is_some());
            }
        }
        assert_eq!(texts.folded(0), b"\x1fzoe an\x1fzoe@example.com\x1f\x1f");
        assert_eq!(texts.folded_field(2, TextField::ExternalId), b"x");
        texts.truncate(2);
        assert_eq!(texts.folded(0), b"\x1fzoe an\x1fzoe@example.com\x1f\x1f");
        assert_eq!(texts.get(2, TextField::Email), None);
    }

    #[test]
    fn letters_say_where_a_word_begins() {
        let letters = Letters::of("\x1fann o'hara\x1fq7".as_bytes());
        for (character, first) in
            [('a', true), ('o', true), ('h', true), ('n', false), ('q', true), ('7', false)]
        {
            assert_eq!(letters.any & Letters::bit(character), Letters::bit(character));
            assert_eq!(letters.first & Letters::bit(character) != 0, first, "{character}");
        }
        assert_eq!(letters.any & Letters::bit('z'), 0);
    }
}
