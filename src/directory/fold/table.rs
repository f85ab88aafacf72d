//! The table of folding: what each character above ASCII becomes, and which characters compose.
//!
//! `scripts/fold-table.mjs` writes `table.bin`, which is unpacked at the first use. The file has five
//! sections of integers; their lengths come first. An integer is in bytes of 7 bits, the lowest
//! first. One that may be negative is doubled, and a negative one is then inverted.
//!
//! 1. Gaps: the distance of each run's first code point from the end of the run before.
//! 2. Shapes: the length of each run times 8, plus its kind. A run of marks also has its class.
//! 3. Targets: the first target of each run of kind 0 to 2, as the difference from the one before.
//! 4. Sequences: all first code points, then all second ones, and so on, as differences.
//! 5. Compositions: first part, second part and composed character, as differences. They are sorted
//!    by the parts.

use std::collections::TryReserveError;
use std::sync::OnceLock;

static PACKED: &[u8] = include_bytes!("table.bin");

/// The code points from here on are left as they are, except for [`TAGS`].
const END: u32 = 0x3_0000;
/// A range of invisible characters.
const TAGS: std::ops::Range<u32> = 0xE_0000..0xE_1000;
/// Code points per page.
const PAGE: usize = 128;

/// What folding does with a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folding<'t> {
    /// Writes the character as it is.
    Plain,
    /// Writes another character instead.
    One(u32),
    /// Writes several characters instead.
    Many(&'t [u32]),
    /// Writes nothing.
    Drop,
    /// Separates words.
    Space,
    /// Keeps a mark, which stands in the order of the classes and may compose with what is before it.
    Mark(u8),
    /// Composes the character with the one right before it, if the two compose.
    Second,
}

/// The kinds of runs in the file, then those of entries in memory.
mod kind {
    // RISING is 0: each target is the code point after the one before.
    /// All targets are the same.
    pub const SAME: u32 = 1;
    /// Every other code point, to every other target.
    pub const ALTERNATE: u32 = 2;
    pub const DROP: u32 = 3;
    pub const SPACE: u32 = 4;
    /// One code point. The length is that of the sequence.
    pub const SEQUENCE: u32 = 5;
    pub const MARK: u32 = 6;
    pub const SECOND: u32 = 7;
    /// One target, in memory.
    pub const ONE: u32 = 8;
}

/// The unpacked table, about 100 KB.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The page of each 128 code points in `entries`. Page 0 changes nothing.
    pages: Vec<u16>,
    /// One entry per code point: the kind in the high 8 bits, then the value. 0 changes nothing.
    entries: Vec<u32>,
    sequences: Vec<u32>,
    /// First part, second part and composed character, sorted.
    compositions: Vec<(u32, u32, u32)>,
}

impl Table {
    /// Returns the table, which is unpacked once.
    #[inline]
    pub fn get() -> Result<&'static Self, TryReserveError> {
        static TABLE: OnceLock<Table> = OnceLock::new();
        match TABLE.get() {
            Some(table) => Ok(table),
            None => {
                let table = Self::unpack()?;
                Ok(TABLE.get_or_init(|| table))
            }
        }
    }

    /// Returns what folding does with a code point.
    #[inline]
    pub fn folding(&self, code: u32) -> Folding<'_> {
        let page = self.pages.get(code as usize / PAGE).copied().unwrap_or_default();
        let index = usize::from(page) * PAGE + code as usize % PAGE;
        let entry = self.entries.get(index).copied().unwrap_or_default();
        let value = entry & 0xFF_FFFF;
        match entry >> 24 {
            0 if TAGS.contains(&code) => Folding::Drop,
            kind::DROP => Folding::Drop,
            kind::SPACE => Folding::Space,
            kind::SEQUENCE => {
                let start = value as usize >> 8;
                let sequence = self.sequences.get(start..start + (value as usize & 0xFF));
                Folding::Many(sequence.unwrap_or_default())
            }
            kind::MARK => Folding::Mark(value as u8),
            kind::SECOND => Folding::Second,
            kind::ONE => Folding::One(value),
            _ => Folding::Plain,
        }
    }

    /// Returns the character that two compose to.
    pub fn composed(&self, first: u32, second: u32) -> Option<u32> {
        let pairs = &self.compositions;
        match pairs.binary_search_by_key(&(first, second), |(first, second, _)| (*first, *second)) {
            Ok(index) => pairs.get(index).map(|(_, _, composed)| *composed),
            Err(_) => hangul(first, second),
        }
    }

    fn unpack() -> Result<Self, TryReserveError> {
        let mut head = Numbers(PACKED);
        let lengths = [(); 5].map(|()| head.unsigned() as usize);
        let mut rest = head.0;
        let [gaps, shapes, targets, sequences, pairs] = lengths.map(|length| {
            let (section, after) = rest.split_at_checked(length).unwrap_or_default();
            rest = after;
            Numbers(section)
        });
        let mut table = Self::default();
        table.pages.try_reserve_exact(END as usize / PAGE)?;
        table.pages.resize(END as usize / PAGE, 0);
        table.add_page()?;
        let lengths = table.unpack_runs(gaps, shapes, targets)?;
        table.unpack_sequences(sequences, &lengths)?;
        table.unpack_compositions(pairs)?;
        Ok(table)
    }

    /// Unpacks all entries, and returns the lengths of the sequences.
    fn unpack_runs(
        &mut self,
        mut gaps: Numbers<'_>,
        mut shapes: Numbers<'_>,
        mut targets: Numbers<'_>,
    ) -> Result<Vec<u32>, TryReserveError> {
        let mut sequences = Vec::new();
        let (mut code, mut target, mut start) = (0x80, 0, 0);
        while !shapes.0.is_empty() {
            let shape = shapes.unsigned();
            let (mut length, kind) = (shape >> 3, shape & 7);
            let (mut entry, mut distance, mut rise) = (kind << 24, 1, 0);
            match kind {
                kind::DROP | kind::SPACE => {}
                kind::MARK => entry |= shapes.unsigned(),
                kind::SEQUENCE => {
                    sequences.try_reserve(1)?;
                    sequences.push(length);
                    entry |= start << 8 | length;
                    start += length;
                    length = 1;
                }
                _ => {
                    entry = kind::ONE << 24 | targets.next(&mut target);
                    distance = if kind == kind::ALTERNATE { 2 } else { 1 };
                    rise = if kind == kind::SAME { 0 } else { distance };
                }
            }
            gaps.next(&mut code);
            for _ in 0..length {
                self.set(code, entry)?;
                code += distance;
                entry += rise;
            }
        }
        Ok(sequences)
    }

    fn unpack_sequences(
        &mut self,
        mut codes: Numbers<'_>,
        lengths: &[u32],
    ) -> Result<(), TryReserveError> {
        let total = lengths.iter().sum::<u32>() as usize;
        self.sequences.try_reserve_exact(total)?;
        self.sequences.resize(total, 0);
        let (mut last, mut column) = (0, 0);
        while !codes.0.is_empty() {
            let mut start = 0;
            for length in lengths {
                if column < *length
                    && let Some(code) = self.sequences.get_mut((start + column) as usize)
                {
                    *code = codes.next(&mut last);
                }
                start += length;
            }
            column += 1;
        }
        Ok(())
    }

    fn unpack_compositions(&mut self, mut pairs: Numbers<'_>) -> Result<(), TryReserveError> {
        let mut last = 0;
        while !pairs.0.is_empty() {
            let [first, second, composed] = [(); 3].map(|()| pairs.next(&mut last));
            self.compositions.try_reserve(1)?;
            self.compositions.push((first, second, composed));
            if self.folding(second) == Folding::Plain {
                self.set(second, kind::SECOND << 24)?;
            }
        }
        for second in (VOWELS..VOWELS + VOWEL_COUNT).chain(FINALS + 1..FINALS + FINAL_COUNT) {
            self.set(second, kind::SECOND << 24)?;
        }
        Ok(())
    }

    fn set(&mut self, code: u32, entry: u32) -> Result<(), TryReserveError> {
        let Some(&page) = self.pages.get(code as usize / PAGE) else { return Ok(()) };
        let page = if page == 0 { self.add_page()? } else { page };
        if let Some(slot) = self.pages.get_mut(code as usize / PAGE) {
            *slot = page;
        }
        if let Some(slot) = self.entries.get_mut(usize::from(page) * PAGE + code as usize % PAGE) {
            *slot = entry;
        }
        Ok(())
    }

    fn add_page(&mut self) -> Result<u16, TryReserveError> {
        let length = self.entries.len();
        self.entries.try_reserve(PAGE)?;
        self.entries.resize(length + PAGE, 0);
        Ok((length / PAGE) as u16)
    }
}

const LEADS: u32 = 0x1100;
const LEAD_COUNT: u32 = 19;
const VOWELS: u32 = 0x1161;
const VOWEL_COUNT: u32 = 21;
/// One before the first final consonant: 0 stands for none.
const FINALS: u32 = 0x11A7;
const FINAL_COUNT: u32 = 28;
const SYLLABLES: u32 = 0xAC00;
const SYLLABLE_COUNT: u32 = LEAD_COUNT * VOWEL_COUNT * FINAL_COUNT;

/// Composes two parts of a Hangul syllable, by the arithmetic of the Unicode Standard, 3.12.
fn hangul(first: u32, second: u32) -> Option<u32> {
    let index =
        |code: u32, base: u32, count: u32| code.checked_sub(base).filter(|index| *index < count);
    if let (Some(lead), Some(vowel)) =
        (index(first, LEADS, LEAD_COUNT), index(second, VOWELS, VOWEL_COUNT))
    {
        return Some(SYLLABLES + (lead * VOWEL_COUNT + vowel) * FINAL_COUNT);
    }
    let syllable = index(first, SYLLABLES, SYLLABLE_COUNT)?;
    let last = index(second, FINALS, FINAL_COUNT)?;
    (syllable % FINAL_COUNT == 0 && last > 0).then_some(first + last)
}

/// Reads integers from a section of the file.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn unsigned(&mut self) -> u32 {
        let (mut value, mut shift) = (0, 0);
        while let Some((byte, rest)) = self.0.split_first() {
            self.0 = rest;
            value |= u32::from(byte & 0x7F) << shift;
            shift += 7;
            if *byte < 0x80 {
                break;
            }
        }
        value
    }

    /// Adds the next difference to `last` and returns the sum.
    fn next(&mut self, last: &mut u32) -> u32 {
        let number = self.unsigned();
        let difference = if number & 1 == 1 { !(number >> 1) } else { number >> 1 };
        *last = last.wrapping_add(difference);
        *last
    }
}
