//! Up to 8,192 rows. Rows are appended and never changed; a row that was updated or removed is only
//! marked as dead.

use super::buffer;
use super::cell::Cell;
use super::column::Column;
use super::error::Error;
use super::ids::{Id, Ids};
use super::sets::SetKind;
use super::texts::Texts;

/// The most rows of a segment.
pub const ROWS: usize = 1 << ROW_BITS;
/// The bits of a row's number that are its place in the segment.
pub const ROW_BITS: u32 = 13;

/// The rows of a segment.
#[derive(Default)]
pub struct Segment {
    ids: Ids,
    texts: Texts,
    columns: Vec<Column>,
    sets: [Column; 3],
    /// One bit per row: set while the row is the current version of its contact.
    live: Vec<u64>,
    len: usize,
}

/// A row that is about to be appended. It is reused for the next one.
#[derive(Default)]
pub struct Draft {
    /// The contact's id.
    pub id: Vec<u8>,
    /// The texts, in the order of [`TextField::ALL`](super::texts::TextField::ALL).
    pub texts: [DraftText; 4],
    /// Columns with the row's cells. A column may occur twice; the last cell counts.
    pub cells: Vec<(u32, Cell)>,
    /// The positions of the row's sets, in the order of [`SetKind::ALL`].
    pub sets: [u32; 3],
}

/// A text of a draft.
#[derive(Default)]
pub struct DraftText {
    /// True if the contact has the text.
    pub is_given: bool,
    /// The text, in WTF-8.
    pub text: Vec<u8>,
}

impl Draft {
    /// Empties the draft.
    pub fn clear(&mut self) {
        self.id.clear();
        for text in &mut self.texts {
            text.is_given = false;
            text.text.clear();
        }
        self.cells.clear();
        self.sets = [0; 3];
    }
}

impl Segment {
    /// Appends a row. If it fails, the segment is as before.
    pub fn push(&mut self, draft: &Draft) -> Result<(), Error> {
        let len = self.len;
        let pushed = self.try_push(draft);
        if pushed.is_err() {
            self.truncate(len);
        }
        pushed
    }

    fn try_push(&mut self, draft: &Draft) -> Result<(), Error> {
        let row = self.len;
        self.texts.push(
            draft.texts.each_ref().map(|text| text.is_given.then_some(text.text.as_slice())),
        )?;
        for (column, cell) in &draft.cells {
            self.column_mut(*column)?.set(row, *cell)?;
        }
        for (column, set) in self.sets.iter_mut().zip(draft.sets) {
            column.set(row, Cell::from_bits(set))?;
        }
        self.ids.push(Id::new(&draft.id))?;
        self.finish_row()
    }

    /// Appends rows of another segment. If it fails, the segment is as before.
    pub fn push_from(&mut self, other: &Self, rows: &[u16]) -> Result<(), Error> {
        let len = self.len;
        let pushed = self.try_push_from(other, rows);
        if pushed.is_err() {
            self.truncate(len);
        }
        pushed
    }

    fn try_push_from(&mut self, other: &Self, rows: &[u16]) -> Result<(), Error> {
        let first = self.len;
        let copy = |from: &Column, to: &mut Column| {
            let cells = rows
                .iter()
                .enumerate()
                .map(|(place, row)| (first + place, from.get(usize::from(*row))));
            for (row, cell) in cells.filter(|(_, cell)| *cell != Cell::MISSING) {
                to.set(row, cell)?;
            }
            Ok::<(), Error>(())
        };
        for (number, column) in
            other.columns.iter().enumerate().filter(|(_, column)| !column.is_empty())
        {
            copy(column, self.column_mut(number as u32)?)?;
        }
        for (from, to) in other.sets.iter().zip(&mut self.sets) {
            copy(from, to)?;
        }
        for row in rows {
            self.texts.push_from(&other.texts, usize::from(*row))?;
            self.ids.push(other.ids.get(usize::from(*row)))?;
        }
        for row in rows {
            self.finish_row()?;
            if !other.is_live(usize::from(*row)) {
                self.kill(self.len - 1);
            }
        }
        Ok(())
    }

    fn finish_row(&mut self) -> Result<(), Error> {
        if self.len.is_multiple_of(64) {
            buffer::push(&mut self.live, 0)?;
        }
        if let Some(word) = self.live.get_mut(self.len / 64) {
            *word |= 1 << (self.len % 64);
        }
        self.len += 1;
        Ok(())
    }

    /// Removes all rows from `len` on, and what a failed append added.
    pub fn truncate(&mut self, len: usize) {
        self.len = len;
        self.live.truncate(len.div_ceil(64));
        if let Some(word) = self.live.last_mut().filter(|_| !len.is_multiple_of(64)) {
            *word &= (1 << (len % 64)) - 1;
        }
        self.texts.truncate(len);
        self.ids.truncate(len);
        self.columns.iter_mut().chain(&mut self.sets).for_each(|column| column.truncate(len));
    }

    fn column_mut(&mut self, column: u32) -> Result<&mut Column, Error> {
        let place = column as usize;
        if place >= self.columns.len() {
            let more = place + 1 - self.columns.len();
            buffer::reserve(&mut self.columns, more)?;
            self.columns.resize_with(place + 1, Column::default);
        }
        self.columns.get_mut(place).ok_or(Error::Memory)
    }

    /// Marks a row as dead. Returns true if it was live.
    pub fn kill(&mut self, row: usize) -> bool {
        let was_live = self.is_live(row);
        if let Some(word) = self.live.get_mut(row / 64) {
            *word &= !(1 << (row % 64));
        }
        was_live
    }

    /// Returns true if the row is the current version of its contact.
    pub fn is_live(&self, row: usize) -> bool {
        self.live.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Returns one bit per row: set if the row is live.
    pub fn live(&self) -> &[u64] {
        &self.live
    }

    /// Returns the number of rows, dead ones included.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns the ids of the rows.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Returns the texts of the rows.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Returns a column, or `None` if no row has a value in it.
    pub fn column(&self, column: u32) -> Option<&Column> {
        self.columns.get(column as usize)
    }

    /// Returns the columns, by number.
    pub fn columns_mut(&mut self) -> &mut [Column] {
        &mut self.columns
    }

    /// Returns the column of a set. Its cells' bits are positions of sets.
    pub fn set(&self, kind: SetKind) -> Option<&Column> {
        self.sets.get(kind as usize)
    }

    /// Returns the column of a set, to replace it.
    pub fn set_mut(&mut self, kind: SetKind) -> Option<&mut Column> {
        self.sets.get_mut(kind as usize)
    }

    /// Replaces a set of a row.
    pub fn replace_set(&mut self, row: usize, kind: SetKind, set: u32) -> Result<(), Error> {
        match self.sets.get_mut(kind as usize) {
            Some(column) => column.set(row, Cell::from_bits(set)),
            None => Ok(()),
        }
    }

    /// Gives unused memory back, when no row is appended any more.
    pub fn shrink(&mut self) {
        self.ids.shrink();
        self.texts.shrink();
        self.columns.shrink_to_fit();
        self.columns.iter_mut().chain(&mut self.sets).for_each(Column::shrink);
        self.live.shrink_to_fit();
    }

    /// Returns the bytes that the segment occupies.
    pub fn memory(&self) -> usize {
        let columns: usize = self.columns.iter().chain(&self.sets).map(Column::memory).sum();
        self.ids.memory()
            + self.texts.memory()
            + columns
            + buffer::bytes(&self.columns)
            + buffer::bytes(&self.live)
    }
}
