//! A hash table of positions. The values themselves are elsewhere: functions say which value a
//! position has. These are passed by reference, so that the table is compiled once.

use super::error::Error;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::{BuildHasher, Hasher};

/// Finds positions by the hash of their values.
#[derive(Default)]
pub struct Positions {
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Positions {
    /// Returns the hash of bytes that have a kind.
    #[inline(never)]
    pub fn hash(&self, kind: u8, bytes: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u8(kind);
        hasher.write(bytes);
        hasher.finish()
    }

    /// Returns the hash of numbers.
    #[inline(never)]
    pub fn hash_numbers(&self, numbers: &[u32]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        numbers.iter().for_each(|number| hasher.write_u32(*number));
        hasher.finish()
    }

    /// Returns the position whose value has this hash and `is_equal`.
    #[inline(never)]
    pub fn find(&self, hash: u64, is_equal: &dyn Fn(u32) -> bool) -> Option<u32> {
        self.table.find(hash, |position| is_equal(*position)).copied()
    }

    /// Makes room for one more position.
    #[inline(never)]
    pub fn reserve(&mut self, hash_of: &dyn Fn(&Self, u32) -> u64) -> Result<(), Error> {
        if self.table.len() < self.table.capacity() {
            return Ok(());
        }
        // The hashes need the hasher, which the table does not have.
        let mut table = std::mem::take(&mut self.table);
        let reserved = table.try_reserve(1, |position| hash_of(self, *position));
        self.table = table;
        Ok(reserved?)
    }

    /// Adds a position, for which there is room.
    #[inline(never)]
    pub fn insert(&mut self, hash: u64, position: u32) {
        if self.table.len() < self.table.capacity() {
            self.table.insert_unique(hash, position, |_| 0);
        }
    }

    /// Replaces the position whose value has this hash and `is_equal`. Returns the old one.
    #[inline(never)]
    pub fn replace(
        &mut self,
        hash: u64,
        position: u32,
        is_equal: &dyn Fn(u32) -> bool,
    ) -> Option<u32> {
        let found = self.table.find_mut(hash, |position| is_equal(*position))?;
        Some(std::mem::replace(found, position))
    }

    /// Removes the position whose value has this hash and `is_equal`.
    #[inline(never)]
    pub fn remove(&mut self, hash: u64, is_equal: &dyn Fn(u32) -> bool) -> Option<u32> {
        let entry = self.table.find_entry(hash, |position| is_equal(*position)).ok()?;
        Some(entry.remove().0)
    }

    /// Keeps the positions for which `keep` returns true.
    pub fn retain(&mut self, keep: impl Fn(u32) -> bool) {
        self.table.retain(|position| keep(*position));
    }

    /// Replaces all positions.
    pub fn renumber(&mut self, number: impl Fn(u32) -> u32) {
        self.table.iter_mut().for_each(|position| *position = number(*position));
    }

    /// Returns the number of positions.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Returns the bytes that the table occupies.
    pub fn memory(&self) -> usize {
        self.table.allocation_size()
    }
}
