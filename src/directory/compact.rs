//! Removes what no contact uses any more: dead rows, and values that only they had.

use super::buffer;
use super::cell::Cell;
use super::column::Column;
use super::dictionary::Dictionary;
use super::error::Error;
use super::segment::{ROW_BITS, ROWS, Segment};
use super::sets::{SetKind, SetTable};
use super::store::{Store, row_of};

/// The number of a row that compaction removed.
pub const REMOVED: u32 = u32::MAX;
/// Marks rows that stay, before they have a new number.
const PINNED: u32 = u32::MAX - 1;
/// Fewer values are kept although no contact has them.
const FEW_VALUES: usize = 1_000;

impl Store {
    /// Returns true if so many rows are dead that [`compact`](Self::compact) is worth its time.
    pub fn needs_compaction(&self) -> bool {
        let removable = self.dead.saturating_sub(self.dead_and_pinned);
        removable > ROWS / 8 && removable > self.len() / 4
    }

    /// Removes dead rows, one segment after the other, so that little additional memory is needed.
    /// `pinned` rows stay although they are dead. Returns the new number of each row; a removed row
    /// has [`REMOVED`].
    pub fn compact(&mut self, pinned: &[&[u32]]) -> Result<Vec<u32>, Error> {
        let count = self.segments.len();
        let mut numbers = Vec::new();
        buffer::resize(&mut numbers, count << ROW_BITS, REMOVED)?;
        for row in pinned.iter().copied().flatten() {
            if let Some(number) = numbers.get_mut(*row as usize) {
                *number = PINNED;
            }
        }
        let mut segments = Vec::new();
        buffer::reserve(&mut segments, 2 * count)?;
        for (segment, numbers) in self.segments.drain(..).zip(numbers.chunks_mut(ROWS)) {
            let before = (segments.len(), segments.last().map_or(0, Segment::len));
            if move_rows(&segment, numbers, &mut segments).is_err() {
                // Without memory for the copy, the segment stays as it is.
                segments.truncate(before.0);
                segments.last_mut().into_iter().for_each(|last| last.truncate(before.1));
                for (place, number) in numbers.iter_mut().enumerate() {
                    *number = row_of(segments.len(), place);
                }
                segments.push(segment);
            }
        }
        self.segments = segments;
        self.dead = self.segments.iter().map(|segment| segment.len() - live_rows(segment)).sum();
        self.dead_and_pinned = self.dead;
        self.index.renumber(|row| numbers.get(row as usize).copied().unwrap_or(REMOVED));
        self.version += 1;
        self.headroom = 0;
        // Without memory for it, the values stay.
        let _ = self.drop_values();
        Ok(numbers)
    }

    /// Drops the values of columns, and the sets, of which less than half are used.
    fn drop_values(&mut self) -> Result<(), Error> {
        for column in 0..self.dictionaries.len() {
            let Some(dictionary) = self.dictionaries.get(column) else { continue };
            let used = self.used(dictionary.cells(), |segment| segment.column(column as u32))?;
            let Some(used) = used else { continue };
            let mut values = Dictionary::new(self.schema().is_searched(column as u32));
            let mut cells = Vec::new();
            for (bits, is_used) in (0..).zip(used) {
                let cell = Cell::from_bits(bits);
                let value = dictionary.value(cell);
                buffer::push(
                    &mut cells,
                    if is_used { values.intern(value)? } else { Cell::MISSING },
                )?;
            }
            let columns = self.recoded(&cells, |segment| segment.column(column as u32))?;
            for (segment, recoded) in self.segments.iter_mut().zip(columns) {
                segment
                    .columns_mut()
                    .get_mut(column)
                    .into_iter()
                    .zip(recoded)
                    .for_each(|(to, from)| *to = from);
            }
            if let Some(dictionary) = self.dictionaries.get_mut(column) {
                *dictionary = values;
            }
        }
        for kind in SetKind::ALL {
            let table = self.sets(kind).table();
            let Some(used) = self.used(table.len(), |segment| segment.set(kind))? else { continue };
            let mut sets = SetTable::default();
            let (mut cells, mut members) = (Vec::new(), Vec::new());
            for (position, is_used) in (0..).zip(used) {
                let set = table.set(position);
                members.clear();
                buffer::extend(&mut members, set.members)?;
                let new = if is_used { sets.intern(&mut members, set.has_more)? } else { 0 };
                buffer::push(&mut cells, Cell::from_bits(new))?;
            }
            let columns = self.recoded(&cells, |segment| segment.set(kind))?;
            for (segment, recoded) in self.segments.iter_mut().zip(columns) {
                segment.set_mut(kind).into_iter().zip(recoded).for_each(|(to, from)| *to = from);
            }
            if let Some(of_kind) = self.sets.get_mut(kind as usize) {
                *of_kind.table_mut() = sets;
            }
        }
        Ok(())
    }

    /// Returns which of the first `len` cells a column has, or `None` if too few are unused.
    fn used(
        &self,
        len: usize,
        column: impl Fn(&Segment) -> Option<&Column>,
    ) -> Result<Option<Vec<bool>>, Error> {
        if len < FEW_VALUES {
            return Ok(None);
        }
        let mut used = Vec::new();
        buffer::resize(&mut used, len, false)?;
        for segment in &self.segments {
            let Some(column) = column(segment) else { continue };
            for row in 0..segment.len() {
                used.get_mut(column.get(row).bits() as usize)
                    .into_iter()
                    .for_each(|used| *used = true);
            }
        }
        let count = used.iter().filter(|used| **used).count();
        Ok((count < len / 2).then_some(used))
    }

    /// Returns the column of each segment with other cells.
    fn recoded(
        &self,
        cells: &[Cell],
        column: impl Fn(&Segment) -> Option<&Column>,
    ) -> Result<Vec<Option<Column>>, Error> {
        let mut columns = Vec::new();
        for segment in &self.segments {
            let recoded = column(segment).map(|column| {
                let mut recoded = Column::default();
                for row in 0..segment.len() {
                    let cell = column.get(row);
                    recoded.set(row, cells.get(cell.bits() as usize).copied().unwrap_or(cell))?;
                }
                Ok::<_, Error>(recoded)
            });
            buffer::push(&mut columns, recoded.transpose()?)?;
        }
        Ok(columns)
    }
}

/// Appends the rows of a segment that are live or pinned to the last of `segments`, and replaces
/// their numbers.
fn move_rows(
    segment: &Segment,
    numbers: &mut [u32],
    segments: &mut Vec<Segment>,
) -> Result<(), Error> {
    let mut kept = Vec::new();
    buffer::reserve(&mut kept, segment.len())?;
    for (place, number) in numbers.iter().enumerate().take(segment.len()) {
        if segment.is_live(place) || *number == PINNED {
            kept.push(place as u16);
        }
    }
    let mut rest = kept.as_slice();
    while !rest.is_empty() {
        if segments.last().is_none_or(|last| last.len() == ROWS) {
            segments.last_mut().into_iter().for_each(Segment::shrink);
            buffer::push(segments, Segment::default())?;
        }
        let to = segments.len() - 1;
        let Some(target) = segments.last_mut() else { return Err(Error::Memory) };
        let first = target.len();
        let (part, more) = rest.split_at(rest.len().min(ROWS - first));
        target.push_from(segment, part)?;
        for (offset, place) in part.iter().enumerate() {
            if let Some(number) = numbers.get_mut(usize::from(*place)) {
                *number = row_of(to, first + offset);
            }
        }
        rest = more;
    }
    Ok(())
}

fn live_rows(segment: &Segment) -> usize {
    segment.live().iter().map(|word| word.count_ones() as usize).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::cell::Value;
    use crate::directory::schema::{Field, Schema};
    use crate::directory::segment::Draft;
    use crate::directory::texts::TextField;

    fn store() -> Store {
        Store::new(Schema::new(None, &[]).unwrap(), 1 << 30).unwrap()
    }

    /// A contact with a name and a role of its own, and one tag.
    fn append(store: &mut Store, id: u32, role: &str) {
        let mut draft = Draft { id: format!("{id:024x}").into_bytes(), ..Draft::default() };
        let [name, ..] = &mut draft.texts;
        name.is_given = true;
        name.text = format!("Person {id}").into_bytes();
        let Some(Field::Column(column)) = store.schema().field(b"role") else { panic!() };
        let mut parts = store.parts_mut();
        draft.cells.push((
            column,
            parts.dictionary(column).unwrap().intern(Value::Text(role.as_bytes())).unwrap(),
        ));
        let sets = parts.sets(SetKind::Tags).unwrap();
        let tag = sets.member(role.as_bytes()).unwrap();
        draft.sets[0] = sets.table_mut().intern(&mut vec![tag], false).unwrap();
        store.append(&draft).unwrap();
    }

    fn id(number: u32) -> Vec<u8> {
        format!("{number:024x}").into_bytes()
    }

    fn name(store: &Store, row: u32) -> String {
        let (segment, place) = store.place(row).unwrap();
        String::from_utf8(segment.texts().get(place, TextField::Name).unwrap().to_vec()).unwrap()
    }

    /// The role and the tag of a contact.
    fn role(store: &Store, row: u32) -> (String, String) {
        let Some(Field::Column(column)) = store.schema().field(b"role") else { panic!() };
        let (segment, place) = store.place(row).unwrap();
        let Value::Text(role) =
            store.dictionary(column).unwrap().value(segment.column(column).unwrap().get(place))
        else {
            panic!()
        };
        let sets = store.sets(SetKind::Tags);
        let tag = sets.id(sets.table().set(store.set_of(row, SetKind::Tags)).members[0]);
        (String::from_utf8(role.to_vec()).unwrap(), String::from_utf8(tag.to_vec()).unwrap())
    }

    #[test]
    fn compaction_keeps_the_order_and_pinned_rows() {
        let mut store = store();
        for number in 0..20_000 {
            append(&mut store, number, "user");
        }
        for number in (0..20_000).filter(|number| number % 3 != 0) {
            store.remove(&id(number));
        }
        append(&mut store, 3, "user");
        assert!(store.needs_compaction());
        let before = store.memory();
        let numbers = store.compact(&[&[1, 3, 3]]).unwrap();
        assert_eq!(numbers[..7], [0, 1, REMOVED, 2, REMOVED, REMOVED, 3]);
        assert_eq!((store.len(), store.dead()), (6_667, 2));
        assert_eq!(name(&store, 1), "Person 1");
        assert_eq!(store.find(&id(3)), Some(6_668));
        for number in (0..20_000).step_by(3) {
            assert_eq!(name(&store, store.find(&id(number)).unwrap()), format!("Person {number}"));
        }
        assert!(store.memory() < before / 2);
        assert!(!store.needs_compaction());
    }

    #[test]
    fn compaction_drops_values_that_no_contact_has() {
        let mut store = store();
        for round in 0..5 {
            for number in 0..1_000 {
                append(&mut store, number, &format!("role {round} {number}"));
            }
        }
        store.compact(&[&[7]]).unwrap();
        let Some(Field::Column(column)) = store.schema().field(b"role") else { panic!() };
        assert_eq!(store.dictionary(column).unwrap().len(), 1_001);
        assert_eq!(store.sets(SetKind::Tags).table().len(), 1_002);
        assert_eq!(role(&store, 0), ("role 0 7".into(), "role 0 7".into()));
        for number in 0..1_000 {
            let expected = format!("role 4 {number}");
            assert_eq!(
                role(&store, store.find(&id(number)).unwrap()),
                (expected.clone(), expected)
            );
        }
    }
}
