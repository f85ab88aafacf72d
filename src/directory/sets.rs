//! Sets of ids: the tags, companies or segments of contacts. Equal sets are stored once.

use super::buffer;
use super::cell::{Cell, Value};
use super::dictionary::{Dictionary, Folded};
use super::error::Error;
use super::positions::Positions;
use super::sort;

/// The kind of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetKind {
    /// The tags of a contact.
    Tags,
    /// The companies of a contact.
    Companies,
    /// The segments of a contact.
    Segments,
}

impl SetKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Tags, Self::Companies, Self::Segments];

    /// Returns the name of the set's column.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Companies => "companies",
            Self::Segments => "segments",
        }
    }

    /// Returns the type of the set's objects in Intercom.
    pub const fn object(self) -> &'static str {
        match self {
            Self::Tags => "tag",
            Self::Companies => "company",
            Self::Segments => "segment",
        }
    }

    /// Finds the kind of a column, by its path or by the name of Intercom's search field.
    pub fn of(path: &[u8]) -> Option<Self> {
        match path {
            b"tags" | b"tag_id" => Some(Self::Tags),
            b"companies" | b"company_id" => Some(Self::Companies),
            b"segments" | b"segment_id" => Some(Self::Segments),
            _ => None,
        }
    }
}

/// The members of one kind, with their names, and the sets of them. A set is known by its position;
/// the position 0 is the empty set.
#[derive(Default)]
pub struct Sets {
    /// The members' ids. A member is known by the position of its id.
    ids: Dictionary,
    names: Vec<u8>,
    /// The start and end of each member's name in `names`.
    name_spans: Vec<(u32, u32)>,
    folded_names: Folded,
    table: SetTable,
}

/// Distinct sets.
#[derive(Default)]
pub struct SetTable {
    /// The members of each set, ascending. The first number is 1 if the set has more members, which
    /// are not known.
    members: Vec<u32>,
    /// The end of each set in `members`; the empty set is not stored.
    ends: Vec<u32>,
    index: Positions,
}

/// A set of members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set<'a> {
    /// The members, ascending.
    pub members: &'a [u32],
    /// True if the set has more members, which are not known.
    pub has_more: bool,
}

impl Sets {
    /// Returns the member with an id. Adds it if it is new.
    pub fn member(&mut self, id: &[u8]) -> Result<u32, Error> {
        self.ids.intern(Value::Text(id))?.as_entry().ok_or(Error::Memory)
    }

    /// Returns the ids of all members.
    pub fn ids(&self) -> &Dictionary {
        &self.ids
    }

    /// Returns the id of a member.
    pub fn id(&self, member: u32) -> &[u8] {
        match Cell::entry(member).map(|cell| self.ids.value(cell)) {
            Some(Value::Text(id)) => id,
            _ => &[],
        }
    }

    /// Returns the name of a member, if it is known.
    pub fn name(&self, member: u32) -> Option<&[u8]> {
        let (start, end) = *self.name_spans.get(member as usize)?;
        self.names.get(start as usize..end as usize).filter(|_| end > start)
    }

    /// Returns the folded names. Their positions are the members; a name that is not known is empty.
    pub fn folded_names(&self) -> &Folded {
        &self.folded_names
    }

    /// Sets names of members. `names` yields ids and names, in WTF-8.
    pub fn set_names<'a>(
        &mut self,
        names: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<(), Error> {
        let mut first = usize::MAX;
        for (id, name) in names {
            let member = self.member(id)? as usize;
            first = first.min(member);
            buffer::resize(&mut self.name_spans, self.ids.len().max(member + 1), (0, 0))?;
            let start = self.names.len();
            buffer::extend(&mut self.names, name)?;
            let span = (u32::try_from(start), u32::try_from(self.names.len()));
            let (Ok(start), Ok(end)) = span else { return Err(Error::Memory) };
            if let Some(place) = self.name_spans.get_mut(member) {
                *place = (start, end);
            }
        }
        self.fold_names(first)
    }

    /// Folds the names of members from `first` on. If one of them had a name, it folds all names, and
    /// drops those that were replaced.
    fn fold_names(&mut self, first: usize) -> Result<(), Error> {
        let known = self.folded_names.len();
        if first >= known {
            let mut folded = std::mem::take(&mut self.folded_names);
            let mut members = known..self.name_spans.len();
            let added = members
                .try_for_each(|member| folded.add(self.name(member as u32).unwrap_or_default()));
            self.folded_names = folded;
            return added;
        }
        let (mut names, mut spans, mut folded) = (Vec::new(), Vec::new(), Folded::default());
        for member in 0..self.name_spans.len() {
            let name = self.name(member as u32).unwrap_or_default();
            folded.add(name)?;
            let start = names.len() as u32;
            buffer::extend(&mut names, name)?;
            buffer::push(&mut spans, (start, names.len() as u32))?;
        }
        (self.names, self.name_spans, self.folded_names) = (names, spans, folded);
        Ok(())
    }

    /// Returns the distinct sets.
    pub fn table(&self) -> &SetTable {
        &self.table
    }

    /// Returns the distinct sets, to add one.
    pub fn table_mut(&mut self) -> &mut SetTable {
        &mut self.table
    }

    /// Returns the bytes that the sets occupy.
    pub fn memory(&self) -> usize {
        self.ids.memory()
            + buffer::bytes(&self.names)
            + buffer::bytes(&self.name_spans)
            + self.folded_names.memory()
            + self.table.memory()
    }
}

impl SetTable {
    /// Returns the position of a set. Adds the set if it is new. `members` is sorted.
    pub fn intern(&mut self, members: &mut Vec<u32>, has_more: bool) -> Result<u32, Error> {
        sort::sort(members, &|left, right| left.cmp(&right))?;
        members.dedup();
        if members.is_empty() && !has_more {
            return Ok(0);
        }
        let key = (u32::from(has_more), members.as_slice());
        let hash = self.index.hash_numbers(members);
        let (all, ends) = (&self.members, &self.ends);
        if let Some(set) = self.index.find(hash, &|set| key_of(all, ends, set) == key) {
            return Ok(set);
        }
        let set = u32::try_from(self.ends.len() + 1).map_err(|_| Error::Memory)?;
        let end =
            u32::try_from(self.members.len() + 1 + members.len()).map_err(|_| Error::Memory)?;
        buffer::reserve(&mut self.members, 1 + members.len())?;
        buffer::reserve(&mut self.ends, 1)?;
        let (all, ends) = (&self.members, &self.ends);
        self.index.reserve(&|index, set| index.hash_numbers(key_of(all, ends, set).1))?;
        self.members.push(key.0);
        self.members.extend_from_slice(members);
        self.ends.push(end);
        self.index.insert(hash, set);
        Ok(set)
    }

    /// Returns the set at a position.
    pub fn set(&self, position: u32) -> Set<'_> {
        let (has_more, members) = key_of(&self.members, &self.ends, position);
        Set { members, has_more: has_more == 1 }
    }

    /// Returns the number of sets, with the empty set: the length of a table that has an answer for
    /// each of them.
    pub fn len(&self) -> usize {
        self.ends.len() + 1
    }

    /// Returns the bytes that the sets occupy.
    fn memory(&self) -> usize {
        buffer::bytes(&self.members) + buffer::bytes(&self.ends) + self.index.memory()
    }
}

fn key_of<'a>(members: &'a [u32], ends: &[u32], set: u32) -> (u32, &'a [u32]) {
    let Some(place) = (set as usize).checked_sub(1) else { return (0, &[]) };
    match buffer::span(members, ends, place).split_first() {
        Some((has_more, members)) => (*has_more, members),
        None => (0, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_have_one_position() {
        let mut sets = Sets::default();
        let [a, b] = [b"a", b"b"].map(|id| sets.member(id).unwrap());
        let both = sets.table.intern(&mut vec![b, a, b], false).unwrap();
        assert_eq!(sets.table.intern(&mut vec![a, b], false).unwrap(), both);
        assert_ne!(sets.table.intern(&mut vec![a, b], true).unwrap(), both);
        assert_eq!(sets.table.intern(&mut vec![], false).unwrap(), 0);
        let unknown = sets.table.intern(&mut vec![], true).unwrap();
        assert_eq!(sets.table.set(both), Set { members: &[a, b], has_more: false });
        assert_eq!(sets.table.set(unknown), Set { members: &[], has_more: true });
        assert_eq!(sets.table.set(0), Set::default());
        assert_eq!(sets.table.len(), 4);
    }

    #[test]
    fn names_are_replaced_and_folded() {
        let mut sets = Sets::default();
        let member = sets.member(b"7").unwrap();
        assert_eq!(sets.name(member), None);
        sets.set_names([(&b"9"[..], "Éclair".as_bytes()), (b"7", b"Old")]).unwrap();
        sets.set_names([(&b"7"[..], &b"ACME Inc"[..])]).unwrap();
        assert_eq!(sets.name(member), Some(&b"ACME Inc"[..]));
        assert_eq!(sets.folded_names().get(member), b"acme inc");
        assert_eq!(sets.folded_names().get(sets.ids().len() as u32 - 1), b"eclair");
        assert_eq!(sets.id(member), b"7");
    }
}
