//! The ids of contacts, in 12 bytes each, and the index that finds a contact by its id.

use super::buffer;
use super::error::Error;
use super::positions::Positions;
use std::cmp::Ordering;

/// An id: 24 hexadecimal digits as 12 bytes, as Intercom makes them, or another text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Id<'a> {
    /// 24 lower-case hexadecimal digits.
    Hex([u8; 12]),
    /// Any other text, in WTF-8.
    Text(&'a [u8]),
}

/// The start of a packed entry that refers to a text. An id that starts with these bytes is kept as
/// a text.
const TEXT_MARK: [u8; 4] = [0xff; 4];

impl<'a> Id<'a> {
    /// Reads an id.
    pub fn new(text: &'a [u8]) -> Self {
        match packed(text) {
            Some(bytes) if !bytes.starts_with(&TEXT_MARK) => Self::Hex(bytes),
            _ => Self::Text(text),
        }
    }

    /// Returns the first 8 and the last 4 bytes of a packed id, as numbers. They have the order of
    /// the ids.
    pub fn high_and_low(&self) -> Option<(u64, u32)> {
        let Self::Hex([high @ .., a, b, c, d]) = self else { return None };
        Some((u64::from_be_bytes(*high), u32::from_be_bytes([*a, *b, *c, *d])))
    }

    /// Appends the id's text.
    pub fn append_to(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Hex(bytes) => buffer::extend(out, &digits(bytes)),
            Self::Text(text) => buffer::extend(out, text),
        }
    }
}

/// Ids are ordered by the bytes of their texts.
impl Ord for Id<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Hex(left), Self::Hex(right)) => left.cmp(right),
            (Self::Hex(left), Self::Text(right)) => digits(left).as_slice().cmp(right),
            (Self::Text(left), Self::Hex(right)) => left.cmp(&&digits(right)[..]),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
        }
    }
}

impl PartialOrd for Id<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn digits(bytes: &[u8; 12]) -> [u8; 24] {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble };
    let mut digits = [0; 24];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        if let [high, low] = pair {
            (*high, *low) = (digit(byte >> 4), digit(byte & 15));
        }
    }
    digits
}

fn packed(text: &[u8]) -> Option<[u8; 12]> {
    let text: &[u8; 24] = text.try_into().ok()?;
    let mut bytes = [0; 12];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        for digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | value;
        }
    }
    Some(bytes)
}

/// The ids of a segment's rows.
#[derive(Default)]
pub struct Ids {
    packed: Vec<[u8; 12]>,
    texts: Vec<u8>,
}

impl Ids {
    /// Appends the id of the next row.
    pub fn push(&mut self, id: Id<'_>) -> Result<(), Error> {
        buffer::reserve(&mut self.packed, 1)?;
        let packed = match id {
            Id::Hex(bytes) => bytes,
            Id::Text(text) => {
                let place = |number: usize| u32::try_from(number).map_err(|_| Error::Memory);
                let (start, len) = (place(self.texts.len())?, place(text.len())?);
                buffer::extend(&mut self.texts, text)?;
                let mut bytes = [0xff; 12];
                for (byte, value) in
                    bytes.iter_mut().skip(4).zip([start, len].iter().flat_map(|n| n.to_le_bytes()))
                {
                    *byte = value;
                }
                bytes
            }
        };
        self.packed.push(packed);
        Ok(())
    }

    /// Returns the id of a row.
    pub fn get(&self, row: usize) -> Id<'_> {
        let Some(bytes) = self.packed.get(row) else { return Id::Text(&[]) };
        match bytes {
            [0xff, 0xff, 0xff, 0xff, a, b, c, d, e, f, g, h] => {
                let start = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
                let len = u32::from_le_bytes([*e, *f, *g, *h]) as usize;
                Id::Text(self.texts.get(start..start + len).unwrap_or_default())
            }
            _ => Id::Hex(*bytes),
        }
    }

    /// Forgets the ids of all rows from `row` on.
    pub fn truncate(&mut self, row: usize) {
        self.packed.truncate(row);
    }

    /// Gives unused memory back.
    pub fn shrink(&mut self) {
        self.packed.shrink_to_fit();
        self.texts.shrink_to_fit();
    }

    /// Returns the bytes that the ids occupy.
    pub fn memory(&self) -> usize {
        buffer::bytes(&self.packed) + buffer::bytes(&self.texts)
    }
}

/// Finds the row of an id. It stores rows only; `id_of` returns the id of a row.
#[derive(Default)]
pub struct Index {
    rows: Positions,
}

impl Index {
    /// Returns the row of an id.
    pub fn get<'a>(&self, id: Id<'_>, id_of: impl Fn(u32) -> Id<'a>) -> Option<u32> {
        self.rows.find(hash(&self.rows, id), &|row| id_of(row) == id)
    }

    /// Makes room for one more row.
    pub fn reserve<'a>(&mut self, id_of: impl Fn(u32) -> Id<'a>) -> Result<(), Error> {
        self.rows.reserve(&|rows, row| hash(rows, id_of(row)))
    }

    /// Sets the row of an id, and returns the row that it had before. There must be room for one
    /// more row.
    pub fn insert<'a>(
        &mut self,
        id: Id<'_>,
        row: u32,
        id_of: impl Fn(u32) -> Id<'a>,
    ) -> Option<u32> {
        let hash = hash(&self.rows, id);
        let old = self.rows.replace(hash, row, &|row| id_of(row) == id);
        if old.is_none() {
            self.rows.insert(hash, row);
        }
        old
    }

    /// Removes an id, and returns its row.
    pub fn remove<'a>(&mut self, id: Id<'_>, id_of: impl Fn(u32) -> Id<'a>) -> Option<u32> {
        self.rows.remove(hash(&self.rows, id), &|row| id_of(row) == id)
    }

    /// Removes all ids whose row has a lower number.
    pub fn remove_before(&mut self, row: u32) {
        self.rows.retain(|other| other >= row);
    }

    /// Gives all rows other numbers.
    pub fn renumber(&mut self, number: impl Fn(u32) -> u32) {
        self.rows.renumber(number);
    }

    /// Returns the number of ids.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the bytes that the index occupies.
    pub fn memory(&self) -> usize {
        self.rows.memory()
    }
}

fn hash(rows: &Positions, id: Id<'_>) -> u64 {
    match id {
        Id::Hex(bytes) => rows.hash(0, &bytes),
        Id::Text(text) => rows.hash(1, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [&[u8]; 6] = [
        b"5f3b1c2d4e5f6a7b8c9d0e1f",
        b"5F3B1C2D4E5F6A7B8C9D0E1F",
        b"ffffffff4e5f6a7b8c9d0e1f",
        b"",
        b"user-1",
        b"5f3b1c2d4e5f6a7b8c9d0e2f",
    ];

    #[test]
    fn ids_are_returned_as_they_were_added() {
        let mut ids = Ids::default();
        for id in IDS {
            ids.push(Id::new(id)).unwrap();
        }
        for (row, id) in IDS.into_iter().enumerate() {
            let mut text = Vec::new();
            ids.get(row).append_to(&mut text).unwrap();
            assert_eq!(text, id);
            assert_eq!(ids.get(row), Id::new(id));
        }
    }

    #[test]
    fn ids_are_ordered_by_their_texts() {
        for left in IDS {
            for right in IDS {
                assert_eq!(Id::new(left).cmp(&Id::new(right)), left.cmp(right));
            }
        }
    }

    #[test]
    fn the_index_finds_the_last_row_of_an_id() {
        let id_of = |row: u32| Id::new(IDS[row as usize % 6]);
        let mut index = Index::default();
        for row in 0..12 {
            index.reserve(id_of).unwrap();
            assert_eq!(index.insert(id_of(row), row, id_of), row.checked_sub(6));
        }
        assert_eq!(index.get(Id::new(b"user-1"), id_of), Some(10));
        assert_eq!(index.remove(Id::new(b"user-1"), id_of), Some(10));
        assert_eq!(index.get(Id::new(b"user-1"), id_of), None);
        index.renumber(|row| row - 6);
        assert_eq!(index.get(Id::new(b""), id_of), Some(3));
        assert_eq!(index.len(), 5);
    }
}
