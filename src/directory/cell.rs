//! The value of one field of one contact, in 32 bits.

/// A value as a column stores it: a constant, a whole number, or the position of a value in the
/// column's [`Dictionary`](super::dictionary::Dictionary). In one column, equal values have equal
/// cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell(u32);

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// The field is absent or `null`.
    Missing,
    /// True or false.
    Bool(bool),
    /// A whole number from 0 to 2,147,483,647, such as a time in seconds since 1970.
    Whole(u32),
    /// Another number: its value, and its text in JSON.
    Number(f64, &'a [u8]),
    /// A text, in WTF-8.
    Text(&'a [u8]),
    /// An array or an object, as its text in JSON.
    Json(&'a [u8]),
}

const WHOLE: u32 = 1 << 31;
const CONSTANTS: u32 = 3;

impl Cell {
    /// The field is absent or `null`.
    pub const MISSING: Self = Self(0);
    /// False.
    pub const FALSE: Self = Self(1);
    /// True.
    pub const TRUE: Self = Self(2);

    /// Creates the cell of the number 0 to 2,147,483,647.
    pub const fn whole(number: u32) -> Option<Self> {
        if number < WHOLE { Some(Self(number | WHOLE)) } else { None }
    }

    /// Creates the cell of a dictionary's entry.
    pub const fn entry(position: u32) -> Option<Self> {
        if position < WHOLE - CONSTANTS { Some(Self(position + CONSTANTS)) } else { None }
    }

    /// Returns the number, if the cell is a whole number.
    pub const fn as_whole(self) -> Option<u32> {
        if self.0 >= WHOLE { Some(self.0 & !WHOLE) } else { None }
    }

    /// Returns the position in the dictionary, if the cell has one.
    pub const fn as_entry(self) -> Option<u32> {
        if self.0 >= CONSTANTS && self.0 < WHOLE { Some(self.0 - CONSTANTS) } else { None }
    }

    /// Returns the cell's 32 bits. All cells that are not whole numbers are below
    /// [`Dictionary::cells`](super::dictionary::Dictionary::cells).
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Creates a cell from the bits that [`bits`](Self::bits) returned.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}
