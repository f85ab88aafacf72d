//! Folding normalises texts for searches and comparisons: case, accents, width and kana.
//!
//! - Compatibility forms become the ordinary ones, as in NFKC: full and half width, ligatures,
//!   circled and superscript characters, and decomposed characters are composed.
//! - Upper case becomes lower case, by full case folding: ß becomes ss.
//! - Accents are dropped, and so are all other marks of Latin, Greek, Cyrillic, Arabic and Hebrew
//!   and marks that belong to no one script. The voiced marks of Japanese (が is not か) and the
//!   vowel signs of other scripts are kept.
//! - Eight letters become ordinary ones: ø o, ł l, đ d, ð d, þ th, æ ae, œ oe, ı i.
//! - Katakana becomes hiragana.
//! - White space, control characters and middle dots (U+00B7, U+30FB, U+FF65) become one space.
//!   No space is at the start or the end.
//! - Invisible characters are dropped: soft hyphens, zero-width joiners, marks of direction,
//!   variation selectors.
//!
//! A folded text never changes when it is folded again.

use std::collections::TryReserveError;

use super::wtf8;
use table::{Folding, Table};

mod table;

/// Appends the folded form of a text to `out`.
///
/// `wtf8` is content as [`super::json::Str`] has it. A lone surrogate is left as it is.
pub fn fold_into(wtf8: &[u8], out: &mut Vec<u8>) -> Result<(), TryReserveError> {
    let mut folder = Folder { start: out.len(), out, space: false, marks: Vec::new() };
    let mut rest = folder.ascii(wtf8)?;
    if !rest.is_empty() {
        let table = Table::get()?;
        while !rest.is_empty() {
            rest = folder.other(table, rest)?;
            rest = folder.ascii(rest)?;
        }
    }
    Ok(())
}

struct Folder<'o> {
    out: &'o mut Vec<u8>,
    /// Where this text starts in `out`.
    start: usize,
    /// A space has to be written before the next character.
    space: bool,
    /// Marks after the last character, which are not written yet, with their classes.
    marks: Vec<(u8, u32)>,
}

impl Folder<'_> {
    /// Folds ASCII, and returns the text from the first other character on.
    #[inline]
    fn ascii<'t>(&mut self, mut text: &'t [u8]) -> Result<&'t [u8], TryReserveError> {
        // One more than the text: a space that is due.
        self.out.try_reserve(text.len() + 1)?;
        while let Some((bytes, rest)) = text.split_first_chunk::<8>() {
            if !self.word(u64::from_le_bytes(*bytes)) {
                let length = self.bytes(bytes);
                if length < bytes.len() {
                    return Ok(text.get(length..).unwrap_or_default());
                }
            }
            text = rest;
        }
        let length = self.bytes(text);
        Ok(text.get(length..).unwrap_or_default())
    }

    /// Folds 8 bytes of ASCII at once. Returns false for those that need a closer look.
    #[inline]
    fn word(&mut self, word: u64) -> bool {
        const HIGH: u64 = 0x8080_8080_8080_8080;
        let all = |byte: u8| u64::from_le_bytes([byte; 8]);
        // All bytes below 0x80, so that no sum here carries into the next byte.
        if word & HIGH != 0 {
            return false;
        }
        // The high bit of each byte that is at least this one.
        let at_least = |byte: u8| (word + all(0x80 - byte)) & HIGH;
        let spaces = at_least(b' ') & !at_least(b' ' + 1);
        let controls = !at_least(b' ') & HIGH | at_least(0x7F);
        if controls != 0 || spaces & spaces << 8 != 0 {
            return false;
        }
        if spaces & 0x80 != 0 && (self.space || self.out.len() == self.start) {
            return false;
        }
        self.due_space();
        let capitals = at_least(b'A') & !at_least(b'Z' + 1);
        self.out.extend_from_slice(&(word | capitals >> 2).to_le_bytes());
        if spaces >> 63 == 1 {
            self.out.pop();
            self.space = true;
        }
        true
    }

    /// Folds ASCII byte by byte, and returns how many bytes it was.
    #[inline]
    fn bytes(&mut self, text: &[u8]) -> usize {
        for (index, byte) in text.iter().enumerate() {
            match byte {
                0..=b' ' | 0x7F => self.space = true,
                0x21..0x7F => {
                    self.due_space();
                    self.out.push(byte.to_ascii_lowercase());
                }
                _ => return index,
            }
        }
        text.len()
    }

    #[inline]
    fn due_space(&mut self) {
        if std::mem::take(&mut self.space) && self.out.len() > self.start {
            self.out.push(b' ');
        }
    }

    /// Folds characters above ASCII, and returns the text from the first ASCII byte on.
    fn other<'t>(&mut self, table: &Table, text: &'t [u8]) -> Result<&'t [u8], TryReserveError> {
        // What stays as it is, is copied together.
        let (mut plain, mut rest) = (text, text);
        while let Some((code @ 0x80.., length)) = wtf8::first(rest) {
            let folding = table.folding(code);
            let after = rest.get(length..).unwrap_or_default();
            if folding != Folding::Plain {
                self.copy(table, plain, rest)?;
                match folding {
                    Folding::One(target) => self.push(table, target)?,
                    Folding::Many(targets) => {
                        for target in targets {
                            self.push(table, *target)?;
                        }
                    }
                    _ => self.put(table, code, folding)?,
                }
                plain = after;
            }
            rest = after;
        }
        self.copy(table, plain, rest)?;
        self.write_marks(table)?;
        Ok(rest)
    }

    /// Copies the part of `plain` that is before `rest`.
    #[inline]
    fn copy(&mut self, table: &Table, plain: &[u8], rest: &[u8]) -> Result<(), TryReserveError> {
        let Some(text @ [_, ..]) = plain.get(..plain.len() - rest.len()) else { return Ok(()) };
        self.write_marks(table)?;
        self.out.try_reserve(text.len() + 1)?;
        self.due_space();
        self.out.extend_from_slice(text);
        Ok(())
    }

    /// Writes a character that is folded already.
    #[inline]
    fn push(&mut self, table: &Table, code: u32) -> Result<(), TryReserveError> {
        let folding = if code == 0x20 { Folding::Space } else { table.folding(code) };
        self.put(table, code, folding)
    }

    fn put(
        &mut self,
        table: &Table,
        code: u32,
        folding: Folding<'_>,
    ) -> Result<(), TryReserveError> {
        match folding {
            Folding::Drop => return Ok(()),
            Folding::Mark(class) => {
                self.marks.try_reserve(1)?;
                self.marks.push((class, code));
                return Ok(());
            }
            _ => self.write_marks(table)?,
        }
        if folding == Folding::Space {
            self.space = true;
            return Ok(());
        }
        if folding == Folding::Second
            && let Some((first, length)) = self.previous()
            && let Some(composed) = table.composed(first, code)
        {
            self.out.truncate(self.out.len() - length);
            return self.write(composed);
        }
        self.write(code)
    }

    /// Returns the character right before the next one, and its length, unless a space is due.
    fn previous(&self) -> Option<(u32, usize)> {
        if self.space { None } else { wtf8::last(self.out.get(self.start..)?) }
    }

    fn write(&mut self, code: u32) -> Result<(), TryReserveError> {
        self.out.try_reserve(5)?;
        self.due_space();
        wtf8::push(self.out, code);
        Ok(())
    }

    /// Writes the marks in canonical order. Those that compose with the character before them do.
    #[inline]
    fn write_marks(&mut self, table: &Table) -> Result<(), TryReserveError> {
        if self.marks.is_empty() { Ok(()) } else { self.write_some_marks(table) }
    }

    fn write_some_marks(&mut self, table: &Table) -> Result<(), TryReserveError> {
        let mut marks = std::mem::take(&mut self.marks);
        if !marks.is_sorted_by_key(|(class, _)| *class) {
            sort(&mut marks)?;
        }
        if let Some((first, length)) = self.previous() {
            let composed = compose(table, first, &mut marks);
            if composed != first {
                self.out.truncate(self.out.len() - length);
                self.write(composed)?;
            }
        }
        for (_, mark) in &marks {
            self.write(*mark)?;
        }
        marks.clear();
        self.marks = marks;
        Ok(())
    }
}

/// Sorts marks by their class and keeps the order of those of one class.
fn sort(marks: &mut Vec<(u8, u32)>) -> Result<(), TryReserveError> {
    let mut sorted = Vec::new();
    sorted.try_reserve_exact(marks.len())?;
    let last = marks.iter().map(|(class, _)| *class).max().unwrap_or_default();
    // There are few classes, and one pass for each is quick for any number of marks.
    for class in 0..=last {
        sorted.extend(marks.iter().filter(|mark| mark.0 == class));
    }
    *marks = sorted;
    Ok(())
}

/// Composes a character with those of its marks that no mark of the same class blocks.
fn compose(table: &Table, mut first: u32, marks: &mut Vec<(u8, u32)>) -> u32 {
    let mut left = 0;
    marks.retain(|(class, mark)| {
        let composed = if *class == left { None } else { table.composed(first, *mark) };
        match composed {
            Some(composed) => first = composed,
            None => left = *class,
        }
        composed.is_none()
    });
    first
}

#[cfg(test)]
mod tests;
