//! The distinct values of one column, each stored once.

use super::buffer;
use super::cell::{Cell, Value};
use super::error::Error;
use super::fold::fold_into;
use super::positions::Positions;

/// The kind of an entry, its first byte.
const NUMBER: u8 = b'n';
const TEXT: u8 = b't';
const JSON: u8 = b'j';

/// The values of a column that are no constants and no whole numbers. An entry keeps its position.
#[derive(Default)]
pub struct Dictionary {
    /// Per entry: the kind, for a number its eight bytes, and the text.
    bytes: Vec<u8>,
    /// The end of each entry in `bytes`.
    ends: Vec<u32>,
    index: Positions,
    /// The folded texts of all entries, if the text search covers this column.
    folded: Option<Folded>,
}

/// Folded texts, each after a [`SEPARATOR`].
#[derive(Default)]
pub struct Folded {
    /// The texts, one after the other.
    pub text: Vec<u8>,
    /// The end of each text.
    pub ends: Vec<u32>,
}

/// The byte before each folded text. No folded text contains it.
pub const SEPARATOR: u8 = 0x1f;

impl Dictionary {
    /// Creates a dictionary. A `searched` one also keeps its texts folded.
    pub fn new(searched: bool) -> Self {
        Self { folded: searched.then(Folded::default), ..Self::default() }
    }

    /// Returns the cell of a value. Adds the value if it is new.
    pub fn intern(&mut self, value: Value<'_>) -> Result<Cell, Error> {
        match value {
            Value::Missing => Ok(Cell::MISSING),
            Value::Bool(false) => Ok(Cell::FALSE),
            Value::Bool(true) => Ok(Cell::TRUE),
            Value::Whole(number) => Cell::whole(number).ok_or(Error::Memory),
            Value::Number(number, text) => {
                let whole = number as u32;
                match Cell::whole(whole) {
                    Some(cell) if f64::from(whole) == number && !number.is_sign_negative() => {
                        Ok(cell)
                    }
                    _ => self.add(NUMBER, &number.to_le_bytes(), text),
                }
            }
            Value::Text(text) => self.add(TEXT, &[], text),
            Value::Json(text) => self.add(JSON, &[], text),
        }
    }

    /// Numbers with the same value are one entry, whose text is that of the first.
    fn add(&mut self, kind: u8, number: &[u8], text: &[u8]) -> Result<Cell, Error> {
        let key = if kind == NUMBER { number } else { text };
        let hash = self.index.hash(kind, key);
        if let Some(position) = self.find(hash, kind, key) {
            return Cell::entry(position).ok_or(Error::Memory);
        }
        let position = u32::try_from(self.ends.len()).map_err(|_| Error::Memory)?;
        let cell = Cell::entry(position).ok_or(Error::Memory)?;
        let end = self.bytes.len() + 1 + number.len() + text.len();
        let end = u32::try_from(end).map_err(|_| Error::Memory)?;
        // All memory is reserved before anything changes.
        buffer::reserve(&mut self.bytes, 1 + number.len() + text.len())?;
        buffer::reserve(&mut self.ends, 1)?;
        let (bytes, ends) = (&self.bytes, &self.ends);
        self.index.reserve(&|index, position| {
            let (kind, key) = key_of(buffer::span(bytes, ends, position as usize));
            index.hash(kind, key)
        })?;
        if let Some(folded) = &mut self.folded {
            folded.add(if kind == JSON { &[] } else { text })?;
        }
        self.bytes.push(kind);
        self.bytes.extend_from_slice(number);
        self.bytes.extend_from_slice(text);
        self.ends.push(end);
        self.index.insert(hash, position);
        Ok(cell)
    }

    fn find(&self, hash: u64, kind: u8, key: &[u8]) -> Option<u32> {
        self.index.find(hash, &|position| {
            key_of(buffer::span(&self.bytes, &self.ends, position as usize)) == (kind, key)
        })
    }

    /// Returns the position of a text, if the dictionary has it.
    pub fn find_text(&self, text: &[u8]) -> Option<u32> {
        self.find(self.index.hash(TEXT, text), TEXT, text)
    }

    /// Returns the value of a cell.
    pub fn value(&self, cell: Cell) -> Value<'_> {
        if let Some(number) = cell.as_whole() {
            return Value::Whole(number);
        }
        match cell {
            Cell::MISSING => Value::Missing,
            Cell::FALSE => Value::Bool(false),
            Cell::TRUE => Value::Bool(true),
            _ => cell.as_entry().map_or(Value::Missing, |position| self.entry_value(position)),
        }
    }

    fn entry_value(&self, position: u32) -> Value<'_> {
        match buffer::span(&self.bytes, &self.ends, position as usize).split_first() {
            Some((&NUMBER, rest)) => match rest.split_first_chunk() {
                Some((number, text)) => Value::Number(f64::from_le_bytes(*number), text),
                None => Value::Missing,
            },
            Some((&TEXT, text)) => Value::Text(text),
            Some((&JSON, text)) => Value::Json(text),
            _ => Value::Missing,
        }
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the bits above those of all cells that are not whole numbers: the length of a table
    /// that has an answer for each of them.
    pub fn cells(&self) -> usize {
        self.ends.len() + 3
    }

    /// Returns the folded texts, if the text search covers the column. Their positions are those of
    /// the entries.
    pub fn folded(&self) -> Option<&Folded> {
        self.folded.as_ref()
    }

    /// Returns the bytes that the dictionary occupies.
    pub fn memory(&self) -> usize {
        let folded = self.folded.as_ref().map_or(0, Folded::memory);
        buffer::bytes(&self.bytes) + buffer::bytes(&self.ends) + self.index.memory() + folded
    }
}

impl Folded {
    /// Folds a text, and appends it.
    pub(super) fn add(&mut self, text: &[u8]) -> Result<(), Error> {
        buffer::reserve(&mut self.ends, 1)?;
        let start = self.text.len();
        buffer::push(&mut self.text, SEPARATOR)?;
        let added = fold_into(text, &mut self.text).map_err(Error::from);
        match (added, u32::try_from(self.text.len())) {
            (Ok(()), Ok(end)) => self.ends.push(end),
            _ => {
                self.text.truncate(start);
                return Err(Error::Memory);
            }
        }
        Ok(())
    }

    /// Returns the number of texts.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the bytes that the texts occupy.
    pub(super) fn memory(&self) -> usize {
        buffer::bytes(&self.text) + buffer::bytes(&self.ends)
    }

    /// Returns the text at a position.
    pub fn get(&self, position: u32) -> &[u8] {
        buffer::span(&self.text, &self.ends, position as usize).get(1..).unwrap_or_default()
    }
}

/// Returns the kind of an entry, and the part by which entries are equal.
fn key_of(entry: &[u8]) -> (u8, &[u8]) {
    match entry.split_first() {
        Some((&NUMBER, rest)) => (NUMBER, rest.get(..8).unwrap_or_default()),
        Some((&kind, text)) => (kind, text),
        None => (0, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_cells() {
        let mut dictionary = Dictionary::default();
        let mut cell = |value| dictionary.intern(value).unwrap();
        assert_eq!(cell(Value::Text(b"pro")), cell(Value::Text(b"pro")));
        assert_ne!(cell(Value::Text(b"pro")), cell(Value::Json(b"pro")));
        assert_ne!(cell(Value::Text(b"1.5")), cell(Value::Number(1.5, b"1.5")));
        assert_eq!(cell(Value::Number(1.5, b"1.5")), cell(Value::Number(1.5, b"1.50")));
        assert_eq!(cell(Value::Number(7.0, b"7.0")), cell(Value::Whole(7)));
        assert_ne!(cell(Value::Number(-0.0, b"-0")), cell(Value::Whole(0)));
        assert_eq!(cell(Value::Bool(true)), Cell::TRUE);
        assert_eq!(cell(Value::Missing), Cell::MISSING);
    }

    #[test]
    fn values_are_returned_as_they_were_added() {
        let mut dictionary = Dictionary::new(true);
        let values = [
            Value::Text("Ann".as_bytes()),
            Value::Number(-2.5e300, b"-2.5e300"),
            Value::Number(2_147_483_648.0, b"2147483648"),
            Value::Whole(2_147_483_647),
            Value::Json(b"[1]"),
            Value::Text(b""),
        ];
        let cells = values.map(|value| dictionary.intern(value).unwrap());
        for (cell, value) in cells.into_iter().zip(values) {
            assert_eq!(dictionary.value(cell), value);
        }
        assert_eq!(dictionary.len(), 5);
        assert_eq!(dictionary.folded().unwrap().get(0), b"ann");
        assert_eq!(dictionary.folded().unwrap().get(1), b"-2.5e300");
        assert_eq!(dictionary.folded().unwrap().get(3), b"");
    }
}
