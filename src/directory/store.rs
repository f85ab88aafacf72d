//! All contacts, in columns. It knows no JSON and no query.

use super::buffer;

use super::dictionary::Dictionary;
use super::error::Error;
use super::ids::{Id, Index};
use super::schema::Schema;
use super::segment::{Draft, ROW_BITS, ROWS, Segment};
use super::sets::{SetKind, Sets};

/// The contacts of a directory.
///
/// A row is a version of a contact: its number is that of its segment, and its place in the segment.
/// An update appends a row and marks the old one as dead, so the rows of an open result stay as they
/// were. [`compact`](Store::compact) removes dead rows and gives the others new numbers, in the same
/// order.
pub struct Store {
    schema: Schema,
    /// The dictionary of each column.
    pub(super) dictionaries: Vec<Dictionary>,
    pub(super) sets: [Sets; 3],
    pub(super) segments: Vec<Segment>,
    pub(super) index: Index,
    /// The number of rows that are not the current version of a contact.
    pub(super) dead: usize,
    /// The number of those that the last compaction kept, because results have them.
    pub(super) dead_and_pinned: usize,
    pub(super) version: u64,
    /// The most bytes that the store may occupy.
    budget: usize,
    /// The bytes that can be added before the memory is counted again.
    pub(super) headroom: usize,
}

/// The memory that a row needs besides its texts and values, roughly.
const ROW_BYTES: usize = 512;

impl Store {
    /// Creates an empty store that may occupy `budget` bytes.
    pub fn new(schema: Schema, budget: usize) -> Result<Self, Error> {
        let mut store = Self {
            schema,
            dictionaries: Vec::new(),
            sets: Default::default(),
            segments: Vec::new(),
            index: Index::default(),
            dead: 0,
            dead_and_pinned: 0,
            version: 0,
            budget,
            headroom: 0,
        };
        store.parts_mut().add_dictionaries()?;
        Ok(store)
    }

    /// Returns the schema.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the schema, the dictionary of each column and the sets, for a reader of contacts.
    pub fn parts_mut(&mut self) -> Parts<'_> {
        Parts {
            schema: &mut self.schema,
            dictionaries: &mut self.dictionaries,
            sets: &mut self.sets,
        }
    }

    /// Appends a row. It replaces the row with the same id, if there is one.
    pub fn append(&mut self, draft: &Draft) -> Result<(), Error> {
        let Self { index, segments, .. } = self;
        index.reserve(|row| id_of(segments, row))?;
        if segments.last().is_none_or(|segment| segment.len() == ROWS) {
            buffer::reserve(segments, 1)?;
            segments.last_mut().into_iter().for_each(Segment::shrink);
            segments.push(Segment::default());
        }
        let number = segments.len() - 1;
        let Some(segment) = segments.last_mut() else { return Err(Error::Memory) };
        let row = row_of(number, segment.len());
        let id = Id::new(&draft.id);
        segment.push(draft)?;
        if let Some(old) = index.insert(id, row, |row| id_of(segments, row)) {
            self.kill(old);
            self.keep_segments_of(old, row)?;
        }
        self.version += 1;
        Ok(())
    }

    /// A contact's JSON has no segments, so a new version keeps those of the old one.
    fn keep_segments_of(&mut self, old: u32, new: u32) -> Result<(), Error> {
        let set = self.set_of(old, SetKind::Segments);
        if set == 0 || self.set_of(new, SetKind::Segments) != 0 {
            return Ok(());
        }
        self.replace_set(new, SetKind::Segments, set)
    }

    /// Removes a contact. Returns false if no contact has this id.
    pub fn remove(&mut self, id: &[u8]) -> bool {
        let Self { index, segments, .. } = self;
        let Some(row) = index.remove(Id::new(id), |row| id_of(segments, row)) else { return false };
        self.kill(row);
        self.version += 1;
        true
    }

    /// Removes all contacts whose row has a lower number. Returns how many.
    pub fn remove_before(&mut self, row: u32) -> u32 {
        let before = self.index.len();
        self.index.remove_before(row);
        let removed = before - self.index.len();
        for number in 0..self.segments.len() {
            let first = row_of(number, 0);
            let end = row.saturating_sub(first).min(ROWS as u32);
            (first..first + end).for_each(|row| self.kill(row));
        }
        self.version += 1;
        removed as u32
    }

    fn kill(&mut self, row: u32) {
        let killed = self
            .segments
            .get_mut(segment_of(row))
            .is_some_and(|segment| segment.kill(place_of(row)));
        self.dead += usize::from(killed);
    }

    /// Returns the number of contacts.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Returns the number of dead rows.
    #[cfg(test)]
    pub fn dead(&self) -> usize {
        self.dead
    }

    /// Returns a number that is another one after each change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns the segments. A row's number is [`row_of`] its segment and place.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns the number of the row that is appended next. All rows have lower numbers.
    pub fn end(&self) -> u32 {
        let last = self.segments.last();
        last.map_or(0, |segment| row_of(self.segments.len() - 1, segment.len()))
    }

    /// Returns the segment of a row, and the row's place in it.
    pub fn place(&self, row: u32) -> Option<(&Segment, usize)> {
        self.segments.get(segment_of(row)).map(|segment| (segment, place_of(row)))
    }

    /// Returns the id of a row.
    pub fn id(&self, row: u32) -> Id<'_> {
        id_of(&self.segments, row)
    }

    /// Returns the row of a contact.
    pub fn find(&self, id: &[u8]) -> Option<u32> {
        self.index.get(Id::new(id), |row| id_of(&self.segments, row))
    }

    /// Returns true if the store has the contact of a row, perhaps in another row.
    pub fn has(&self, row: u32) -> bool {
        self.index.get(self.id(row), |row| id_of(&self.segments, row)).is_some()
    }

    /// Returns true if the row is the current version of its contact.
    pub fn is_live(&self, row: u32) -> bool {
        self.place(row).is_some_and(|(segment, place)| segment.is_live(place))
    }

    /// Returns the dictionary of a column.
    pub fn dictionary(&self, column: u32) -> Option<&Dictionary> {
        self.dictionaries.get(column as usize)
    }

    /// Returns the sets of a kind.
    pub fn sets(&self, kind: SetKind) -> &Sets {
        let [tags, companies, segments] = &self.sets;
        match kind {
            SetKind::Tags => tags,
            SetKind::Companies => companies,
            SetKind::Segments => segments,
        }
    }

    /// Returns the position of a row's set.
    pub fn set_of(&self, row: u32, kind: SetKind) -> u32 {
        let column = self.place(row).and_then(|(segment, place)| Some((segment.set(kind)?, place)));
        column.map_or(0, |(column, place)| column.get(place).bits())
    }

    fn replace_set(&mut self, row: u32, kind: SetKind, set: u32) -> Result<(), Error> {
        match self.segments.get_mut(segment_of(row)) {
            Some(segment) => segment.replace_set(place_of(row), kind, set),
            None => Ok(()),
        }
    }

    /// Sets names of tags, companies or segments.
    pub fn set_names<'a>(
        &mut self,
        kind: SetKind,
        names: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<(), Error> {
        self.version += 1;
        match self.sets.get_mut(kind as usize) {
            Some(sets) => sets.set_names(names),
            None => Ok(()),
        }
    }

    /// Replaces the members of one of Intercom's segments: the contacts with these ids.
    pub fn set_members(&mut self, segment: &[u8], ids: &[&[u8]]) -> Result<(), Error> {
        let [.., sets] = &mut self.sets;
        let member = sets.member(segment)?;
        let mut is_member = Vec::new();
        buffer::resize(&mut is_member, self.segments.len() << ROW_BITS, false)?;
        for row in ids.iter().filter_map(|id| self.find(id)) {
            if let Some(flag) = is_member.get_mut(row as usize) {
                *flag = true;
            }
        }
        self.version += 1;
        for number in 0..self.segments.len() {
            let len = self.segments.get(number).map_or(0, Segment::len);
            for row in (0..len).map(|place| row_of(number, place)) {
                if !self.is_live(row) {
                    continue;
                }
                let belongs = is_member.get(row as usize).copied().unwrap_or(false);
                self.set_member(row, member, belongs)?;
            }
        }
        Ok(())
    }

    fn set_member(&mut self, row: u32, member: u32, belongs: bool) -> Result<(), Error> {
        let [.., sets] = &mut self.sets;
        let column =
            self.segments.get(segment_of(row)).and_then(|segment| segment.set(SetKind::Segments));
        let old = column.map_or(0, |column| column.get(place_of(row)).bits());
        let set = sets.table().set(old);
        if set.members.contains(&member) == belongs {
            return Ok(());
        }
        let mut members = Vec::new();
        buffer::extend(&mut members, set.members)?;
        let has_more = set.has_more;
        if belongs {
            buffer::push(&mut members, member)?;
        } else {
            members.retain(|other| *other != member);
        }
        let new = sets.table_mut().intern(&mut members, has_more)?;
        self.replace_set(row, SetKind::Segments, new)
    }

    /// Checks that the budget has room for what `json_bytes` of JSON may add: texts and values, each
    /// also folded.
    pub fn check_budget(&mut self, json_bytes: usize) -> Result<(), Error> {
        let additional = 2 * json_bytes + ROW_BYTES;
        if self.headroom < additional {
            let free = self.budget.saturating_sub(self.memory());
            if free < additional {
                return Err(Error::Memory);
            }
            self.headroom = free.min(COUNT_EVERY.max(additional));
        }
        self.headroom -= additional;
        Ok(())
    }

    /// Returns the bytes that the store occupies.
    pub fn memory(&self) -> usize {
        self.dictionaries.iter().map(Dictionary::memory).sum::<usize>()
            + self.sets.iter().map(Sets::memory).sum::<usize>()
            + self.segments.iter().map(Segment::memory).sum::<usize>()
            + self.index.memory()
    }
}

/// The memory is counted after so many bytes at the latest.
const COUNT_EVERY: usize = 1 << 20;

/// The parts of a store that a reader of contacts adds to.
pub struct Parts<'a> {
    schema: &'a mut Schema,
    dictionaries: &'a mut Vec<Dictionary>,
    sets: &'a mut [Sets; 3],
}

impl Parts<'_> {
    /// Returns the schema.
    pub fn schema(&self) -> &Schema {
        self.schema
    }

    /// Finds the column of a path. Adds it if it is a custom attribute that is kept.
    pub fn column(&mut self, path: &[u8]) -> Result<Option<u32>, Error> {
        let column = self.schema.column(path)?;
        self.add_dictionaries()?;
        Ok(column)
    }

    /// Returns the dictionary of a column.
    pub fn dictionary(&mut self, column: u32) -> Option<&mut Dictionary> {
        self.dictionaries.get_mut(column as usize)
    }

    /// Returns the sets of a kind.
    pub fn sets(&mut self, kind: SetKind) -> Option<&mut Sets> {
        self.sets.get_mut(kind as usize)
    }

    fn add_dictionaries(&mut self) -> Result<(), Error> {
        let known = self.dictionaries.len();
        for column in known..self.schema.paths().len() {
            let dictionary = Dictionary::new(self.schema.is_searched(column as u32));
            buffer::push(self.dictionaries, dictionary)?;
        }
        Ok(())
    }
}

/// Returns the number of a row.
pub const fn row_of(segment: usize, place: usize) -> u32 {
    // Added, because the place after the last of a full segment is one of the next segment.
    ((segment as u32) << ROW_BITS) + place as u32
}

const fn segment_of(row: u32) -> usize {
    (row >> ROW_BITS) as usize
}

const fn place_of(row: u32) -> usize {
    row as usize & (ROWS - 1)
}

fn id_of(segments: &[Segment], row: u32) -> Id<'_> {
    segments.get(segment_of(row)).map_or(Id::Text(&[]), |segment| segment.ids().get(place_of(row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> Store {
        Store::new(Schema::new(None, &[]).unwrap(), 1 << 30).unwrap()
    }

    fn draft(id: u32) -> Draft {
        let mut draft = Draft { id: format!("{id:024x}").into_bytes(), ..Draft::default() };
        let [name, ..] = &mut draft.texts;
        name.is_given = true;
        name.text = format!("Person {id}").into_bytes();
        draft.cells.push((0, crate::directory::cell::Cell::whole(id).unwrap()));
        draft
    }

    #[test]
    fn a_new_version_replaces_the_old_one() {
        let mut store = store();
        for id in [1, 2, 1] {
            store.append(&draft(id)).unwrap();
        }
        assert_eq!((store.len(), store.dead()), (2, 1));
        assert_eq!(store.find(&draft(1).id), Some(2));
        assert!(store.remove(&draft(1).id) && !store.remove(&draft(1).id));
        assert_eq!((store.len(), store.dead()), (1, 2));
    }

    #[test]
    fn a_spent_budget_is_an_error_and_changes_nothing() {
        let mut store = Store::new(Schema::new(None, &[]).unwrap(), 100_000).unwrap();
        let mut id = 0;
        while store.check_budget(100).is_ok() {
            store.append(&draft(id)).unwrap();
            id += 1;
        }
        assert!((50..5_000).contains(&id), "{id}");
        assert_eq!(store.len(), id as usize);
        assert!(store.memory() <= 150_000);
        assert_eq!(store.check_budget(100), Err(Error::Memory));
        assert!(store.remove(&draft(0).id));
    }

    #[test]
    fn the_end_of_full_segments_is_the_start_of_the_next_one() {
        let mut store = store();
        for segments in [1, 2, 3] {
            while store.len() < segments * ROWS {
                store.append(&draft(store.len() as u32)).unwrap();
            }
            assert_eq!(store.end() as usize, segments * ROWS);
        }
        assert_eq!(store.remove_before(store.end()), 3 * ROWS as u32);
    }

    #[test]
    fn members_of_a_segment_are_replaced() {
        let mut store = store();
        for id in [1, 2, 3] {
            store.append(&draft(id)).unwrap();
        }
        let ids = [1, 2].map(|id| draft(id).id);
        store.set_members(b"s1", &[&ids[0], &ids[1], b"unknown"]).unwrap();
        store.set_members(b"s2", &[&ids[0]]).unwrap();
        store.set_members(b"s1", &[&ids[0]]).unwrap();
        store.append(&draft(1)).unwrap();
        let members = |row| {
            store
                .sets(SetKind::Segments)
                .table()
                .set(store.set_of(row, SetKind::Segments))
                .members
                .len()
        };
        assert_eq!([members(3), members(1), members(2)], [2, 0, 0]);
    }
}
