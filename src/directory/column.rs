//! The cells of one column in one segment: a list of the few that have a value, or one cell per
//! row of 1, 2 or 4 bytes.

use super::buffer;
use super::cell::Cell;
use super::error::Error;

/// The cells of up to [`ROWS`](super::segment::ROWS) rows. Rows beyond the last cell are missing.
#[derive(Debug, Default)]
pub struct Column(Cells);

#[derive(Debug)]
enum Cells {
    /// Positions, ascending, with their cells.
    Sparse(Vec<u16>, Vec<u32>),
    Narrow(Vec<u8>),
    Medium(Vec<u16>),
    Wide(Vec<u32>),
}

impl Default for Cells {
    fn default() -> Self {
        Self::Sparse(Vec::new(), Vec::new())
    }
}

/// A list stays a list up to this length, however few rows there are.
const SHORT: usize = 16;

impl Column {
    /// Sets the cell of a row. Rows are set in any order; ascending order is fast.
    pub fn set(&mut self, row: usize, cell: Cell) -> Result<(), Error> {
        let bits = cell.bits();
        if let Cells::Sparse(positions, cells) = &mut self.0 {
            let position = u16::try_from(row).map_err(|_| Error::Memory)?;
            let place = match positions.last() {
                None => Err(0),
                Some(last) if *last < position => Err(positions.len()),
                _ => positions.binary_search(&position),
            };
            match place {
                Ok(found) => cells.get_mut(found).into_iter().for_each(|cell| *cell = bits),
                Err(_) if bits == 0 => {}
                Err(place) => {
                    buffer::reserve(positions, 1)?;
                    buffer::reserve(cells, 1)?;
                    positions.insert(place, position);
                    cells.insert(place, bits);
                    if cells.len() > SHORT && cells.len() * 4 > row {
                        self.make_dense()?;
                    }
                }
            }
            return Ok(());
        }
        self.widen(bits)?;
        match &mut self.0 {
            Cells::Sparse(..) => {}
            Cells::Narrow(cells) => put(cells, row, bits as u8)?,
            Cells::Medium(cells) => put(cells, row, bits as u16)?,
            Cells::Wide(cells) => put(cells, row, bits)?,
        }
        Ok(())
    }

    /// Returns the cell of a row.
    pub fn get(&self, row: usize) -> Cell {
        let bits = match &self.0 {
            Cells::Sparse(positions, cells) => u16::try_from(row)
                .ok()
                .and_then(|row| positions.binary_search(&row).ok())
                .and_then(|found| cells.get(found).copied()),
            Cells::Narrow(cells) => cells.get(row).map(|cell| u32::from(*cell)),
            Cells::Medium(cells) => cells.get(row).map(|cell| u32::from(*cell)),
            Cells::Wide(cells) => cells.get(row).copied(),
        };
        Cell::from_bits(bits.unwrap_or(0))
    }

    /// Copies the cells of all rows into `out`, which is as long as the segment. A query reads a
    /// whole column in this way: the loop over plain cells is then fast.
    pub fn read(&self, out: &mut [Cell]) {
        let len = match &self.0 {
            Cells::Sparse(positions, cells) => {
                out.fill(Cell::MISSING);
                for (position, bits) in positions.iter().zip(cells) {
                    if let Some(cell) = out.get_mut(usize::from(*position)) {
                        *cell = Cell::from_bits(*bits);
                    }
                }
                return;
            }
            Cells::Narrow(cells) => copy(cells, out),
            Cells::Medium(cells) => copy(cells, out),
            Cells::Wide(cells) => copy(cells, out),
        };
        out.get_mut(len..).unwrap_or_default().fill(Cell::MISSING);
    }

    /// Returns true if no row has a value.
    pub fn is_empty(&self) -> bool {
        matches!(&self.0, Cells::Sparse(positions, _) if positions.is_empty())
    }

    /// Forgets the cells of all rows from `row` on.
    pub fn truncate(&mut self, row: usize) {
        match &mut self.0 {
            Cells::Sparse(positions, cells) => {
                let kept = positions.partition_point(|position| usize::from(*position) < row);
                positions.truncate(kept);
                cells.truncate(kept);
            }
            Cells::Narrow(cells) => cells.truncate(row),
            Cells::Medium(cells) => cells.truncate(row),
            Cells::Wide(cells) => cells.truncate(row),
        }
    }

    /// Gives unused memory back, when the segment has all its rows.
    pub fn shrink(&mut self) {
        match &mut self.0 {
            Cells::Sparse(positions, cells) => {
                positions.shrink_to_fit();
                cells.shrink_to_fit();
            }
            Cells::Narrow(cells) => cells.shrink_to_fit(),
            Cells::Medium(cells) => cells.shrink_to_fit(),
            Cells::Wide(cells) => cells.shrink_to_fit(),
        }
    }

    /// Returns the bytes that the column occupies.
    pub fn memory(&self) -> usize {
        match &self.0 {
            Cells::Sparse(positions, cells) => buffer::bytes(positions) + buffer::bytes(cells),
            Cells::Narrow(cells) => buffer::bytes(cells),
            Cells::Medium(cells) => buffer::bytes(cells),
            Cells::Wide(cells) => buffer::bytes(cells),
        }
    }

    fn make_dense(&mut self) -> Result<(), Error> {
        let Cells::Sparse(positions, cells) = &self.0 else { return Ok(()) };
        let mut dense = Self(Cells::Narrow(Vec::new()));
        for (position, bits) in positions.iter().zip(cells) {
            dense.set(usize::from(*position), Cell::from_bits(*bits))?;
        }
        *self = dense;
        Ok(())
    }

    /// Makes the cells wide enough for a value.
    fn widen(&mut self, bits: u32) -> Result<(), Error> {
        match &self.0 {
            Cells::Narrow(cells) if bits > 0xffff => self.0 = Cells::Wide(widened(cells)?),
            Cells::Narrow(cells) if bits > 0xff => self.0 = Cells::Medium(widened(cells)?),
            Cells::Medium(cells) if bits > 0xffff => self.0 = Cells::Wide(widened(cells)?),
            _ => {}
        }
        Ok(())
    }
}

fn put<T: Copy + Default>(cells: &mut Vec<T>, row: usize, bits: T) -> Result<(), Error> {
    if row >= cells.len() {
        buffer::resize(cells, row + 1, T::default())?;
    }
    if let Some(cell) = cells.get_mut(row) {
        *cell = bits;
    }
    Ok(())
}

fn copy<T: Copy + Into<u32>>(cells: &[T], out: &mut [Cell]) -> usize {
    for (cell, out) in cells.iter().zip(out) {
        *out = Cell::from_bits((*cell).into());
    }
    cells.len()
}

fn widened<From: Copy, To: std::convert::From<From>>(cells: &[From]) -> Result<Vec<To>, Error> {
    let mut wider = Vec::new();
    wider.try_reserve_exact(cells.len() + cells.len() / 4)?;
    wider.extend(cells.iter().map(|cell| To::from(*cell)));
    Ok(wider)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_column_is_like_a_list_of_cells(sets in proptest::collection::vec((0usize..300, 0u32..4), 0..400)) {
            let mut column = Column::default();
            let mut list = vec![Cell::MISSING; 300];
            for (row, width) in sets {
                let cell = Cell::from_bits([0, 7, 700, 70_000][width as usize] + row as u32 % 3);
                column.set(row, cell).unwrap();
                list[row] = cell;
            }
            let mut read = vec![Cell::TRUE; 300];
            column.read(&mut read);
            prop_assert_eq!(&read, &list);
            prop_assert!(list.iter().enumerate().all(|(row, cell)| column.get(row) == *cell));
            column.truncate(100);
            prop_assert_eq!(column.get(99), list[99]);
            prop_assert_eq!(column.get(100), Cell::MISSING);
        }
    }
}
