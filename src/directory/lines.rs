//! Splits a stream of NDJSON, whose chunks end anywhere, into lines.

use super::buffer;
use super::error::Error;
use memchr::memchr;

/// A longer line is skipped: 32 MiB.
const MAX_LINE: usize = 32 << 20;

/// Splits chunks into lines.
#[derive(Default)]
pub struct Lines {
    /// The beginning of a line whose end is in the next chunk.
    partial: Vec<u8>,
    /// True while the rest of a line is skipped that is too long.
    is_skipping: bool,
}

/// A line of a stream.
pub enum Line<'a> {
    /// A whole line, without its line break.
    Whole(&'a [u8]),
    /// A line that is too long was skipped.
    TooLong,
}

impl Lines {
    /// Calls `handle` with each line that ends in this chunk, until it fails. The rest of the chunk
    /// is then lost.
    pub fn feed(
        &mut self,
        mut chunk: &[u8],
        mut handle: impl FnMut(Line<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        while let Some(end) = memchr(b'\n', chunk) {
            let (line, rest) = chunk.split_at(end);
            chunk = rest.get(1..).unwrap_or_default();
            if self.is_skipping {
                self.is_skipping = false;
                handle(Line::TooLong)?;
            } else if self.partial.is_empty() {
                handle(Line::Whole(line))?;
            } else {
                self.keep(line)?;
                self.flush(&mut handle)?;
            }
        }
        self.keep(chunk)
    }

    /// Calls `handle` with the last line, if it has no line break.
    pub fn flush(
        &mut self,
        mut handle: impl FnMut(Line<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let line = std::mem::take(&mut self.partial);
        if std::mem::take(&mut self.is_skipping) {
            return handle(Line::TooLong);
        }
        if line.is_empty() { Ok(()) } else { handle(Line::Whole(&line)) }
    }

    /// Forgets a line whose end has not arrived, because the connection broke.
    pub fn discard(&mut self) {
        *self = Self::default();
    }

    fn keep(&mut self, part: &[u8]) -> Result<(), Error> {
        if self.is_skipping {
            return Ok(());
        }
        if self.partial.len() + part.len() > MAX_LINE {
            self.discard();
            self.is_skipping = true;
            return Ok(());
        }
        buffer::extend(&mut self.partial, part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_for_all_chunks() {
        let text = b"one\n\ntwo\r\nthree";
        for cut in 0..=text.len() {
            let mut lines = Lines::default();
            let mut found = Vec::new();
            let mut handle = |line: Line<'_>| {
                if let Line::Whole(line) = line {
                    found.push(line.to_vec());
                }
                Ok(())
            };
            let (first, second) = text.split_at(cut);
            lines.feed(first, &mut handle).unwrap();
            lines.feed(second, &mut handle).unwrap();
            lines.flush(&mut handle).unwrap();
            assert_eq!(found, [&b"one"[..], b"", b"two\r", b"three"]);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped() {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        let mut handle = |line: Line<'_>| {
            found.push(match line {
                Line::Whole(line) => line.len(),
                Line::TooLong => usize::MAX,
            });
            Ok(())
        };
        let chunk = vec![b'x'; 20 << 20];
        for chunk in [&b"a\n"[..], &chunk, &chunk, b"\nbc\n"] {
            lines.feed(chunk, &mut handle).unwrap();
        }
        assert_eq!(found, [1, usize::MAX, 2]);
    }
}
