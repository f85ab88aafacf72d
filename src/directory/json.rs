//! A pull reader of JSON text, and a writer of JSON strings.
//!
//! The reader is strict (RFC 8259): it also checks each value that it skips. It allocates nothing. It
//! knows nothing of contacts.
//!
//! ```ignore
//! let mut reader = Reader::new(line);
//! reader.begin_object()?;
//! while let Some(key) = reader.next_key()? {
//!     match key.content(&mut scratch)? {
//!         b"name" => name = Some(reader.string()?),
//!         _ => reader.skip()?,
//!     }
//! }
//! reader.end()?;
//! ```

use std::collections::TryReserveError;

use memchr::{memchr, memchr2};

use super::wtf8;

/// Objects and arrays may be nested this deep.
pub const MAX_DEPTH: u32 = 128;

/// The text is not JSON, or is nested deeper than [`MAX_DEPTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// The type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

/// Reads one JSON value, part by part.
///
/// After an error the reader must not be used again.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: u32,
    /// A container has just begun, so that no comma stands before its next member.
    first: bool,
    /// The text has bytes below 0x20, so each string has to be searched for them.
    controls: bool,
}

impl<'a> Reader<'a> {
    /// Creates a reader of one value's whole text.
    ///
    /// Bytes that are not UTF-8 make every method fail with [`Malformed`].
    pub fn new(bytes: &'a [u8]) -> Self {
        // No method accepts the text "!".
        let text = std::str::from_utf8(bytes).unwrap_or("!");
        let bytes = text.as_bytes();
        let controls = has_controls(bytes);
        Self { text, bytes, at: 0, depth: 0, first: false, controls }
    }

    /// Returns the type of the next value without reading it.
    #[inline(never)]
    pub fn peek(&mut self) -> Result<Kind, Malformed> {
        match self.significant() {
            Some(b'"') => Ok(Kind::String),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't') => Ok(Kind::True),
            Some(b'f') => Ok(Kind::False),
            Some(b'n') => Ok(Kind::Null),
            _ => Err(Malformed),
        }
    }

    /// Reads the start of an object. [`Reader::next_key`] then reads its members.
    #[inline(never)]
    pub fn begin_object(&mut self) -> Result<(), Malformed> {
        self.expect(b'{')?;
        self.enter()
    }

    /// Reads the next key of an object, or its end, which is `None`.
    ///
    /// The caller must read or skip exactly one value after each key. A repeated key is returned again.
    #[inline(never)]
    pub fn next_key(&mut self) -> Result<Option<Str<'a>>, Malformed> {
        if self.ended(b'}')? {
            return Ok(None);
        }
        let key = self.string()?;
        self.expect(b':')?;
        Ok(Some(key))
    }

    /// Reads the start of an array. [`Reader::next_element`] then finds its elements.
    #[inline(never)]
    pub fn begin_array(&mut self) -> Result<(), Malformed> {
        self.expect(b'[')?;
        self.enter()
    }

    /// Goes to the next element of an array, or reads the array's end and returns false.
    ///
    /// The caller must read or skip exactly one value after each `true`.
    #[inline(never)]
    pub fn next_element(&mut self) -> Result<bool, Malformed> {
        Ok(!self.ended(b']')?)
    }

    /// Reads a string.
    #[inline(never)]
    pub fn string(&mut self) -> Result<Str<'a>, Malformed> {
        self.expect(b'"')?;
        let start = self.at;
        let escaped = self.string_end()?;
        let raw = self.bytes.get(start..self.at - 1).ok_or(Malformed)?;
        Ok(Str { raw, escaped })
    }

    /// Reads a number and returns it as it is written. [`number_value`] computes its value.
    #[inline(never)]
    pub fn number(&mut self) -> Result<&'a str, Malformed> {
        self.significant();
        let start = self.at;
        self.number_end()?;
        self.text.get(start..self.at).ok_or(Malformed)
    }

    /// Reads `true` or `false`.
    #[inline(never)]
    pub fn bool(&mut self) -> Result<bool, Malformed> {
        match self.peek()? {
            Kind::True => self.literal("true").map(|()| true),
            _ => self.literal("false").map(|()| false),
        }
    }

    /// Reads `null`.
    #[inline(never)]
    pub fn null(&mut self) -> Result<(), Malformed> {
        self.literal("null")
    }

    /// Reads a value of any type and returns its text as it is written.
    #[inline(never)]
    pub fn value_text(&mut self) -> Result<&'a str, Malformed> {
        self.significant();
        let start = self.at;
        self.skip()?;
        self.text.get(start..self.at).ok_or(Malformed)
    }

    /// Reads a value of any type and checks it.
    #[inline(never)]
    pub fn skip(&mut self) -> Result<(), Malformed> {
        let outer = self.depth;
        // One bit per open container, the innermost the lowest: 1 for an object. MAX_DEPTH fit.
        let mut objects = 0_u128;
        loop {
            match self.significant().ok_or(Malformed)? {
                b'"' => {
                    self.at += 1;
                    self.string_end()?;
                }
                b'{' => {
                    self.begin_object()?;
                    objects = objects << 1 | 1;
                }
                b'[' => {
                    self.begin_array()?;
                    objects <<= 1;
                }
                b'-' | b'0'..=b'9' => self.number_end()?,
                b't' => self.literal("true")?,
                b'f' => self.literal("false")?,
                _ => self.literal("null")?,
            }
            // Goes on to the next value, past the ends of the containers that have no more.
            loop {
                if self.depth == outer {
                    return Ok(());
                }
                let more = if objects & 1 == 1 { self.skip_key()? } else { self.next_element()? };
                if more {
                    break;
                }
                objects >>= 1;
            }
        }
    }

    /// Checks that only white space is left.
    #[inline(never)]
    pub fn end(&mut self) -> Result<(), Malformed> {
        match self.significant() {
            None if self.depth == 0 => Ok(()),
            _ => Err(Malformed),
        }
    }

    /// Like [`Reader::next_key`], without the key.
    #[inline]
    fn skip_key(&mut self) -> Result<bool, Malformed> {
        if self.ended(b'}')? {
            return Ok(false);
        }
        self.expect(b'"')?;
        self.string_end()?;
        self.expect(b':')?;
        Ok(true)
    }

    #[inline]
    fn enter(&mut self) -> Result<(), Malformed> {
        self.depth += 1;
        self.first = true;
        if self.depth > MAX_DEPTH { Err(Malformed) } else { Ok(()) }
    }

    /// Reads the end of a container, or the comma before its next member.
    #[inline]
    fn ended(&mut self, close: u8) -> Result<bool, Malformed> {
        let first = std::mem::take(&mut self.first);
        match self.significant() {
            Some(byte) if byte == close => {
                self.at += 1;
                self.depth = self.depth.checked_sub(1).ok_or(Malformed)?;
                Ok(true)
            }
            Some(b',') if !first => {
                self.at += 1;
                Ok(false)
            }
            Some(_) if first => Ok(false),
            _ => Err(Malformed),
        }
    }

    /// Skips white space and returns the byte after it, which is not read yet.
    #[inline]
    fn significant(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                byte => return byte.copied(),
            }
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.significant() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(Malformed)
    }

    #[inline]
    fn literal(&mut self, word: &str) -> Result<(), Malformed> {
        self.significant();
        let rest = self.bytes.get(self.at..).ok_or(Malformed)?;
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        Err(Malformed)
    }

    /// Reads the rest of a string, up to and with its closing quote. Returns whether it has escapes.
    #[inline]
    fn string_end(&mut self) -> Result<bool, Malformed> {
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(self.at..).ok_or(Malformed)?;
            let length = memchr2(b'"', b'\\', rest).ok_or(Malformed)?;
            if self.controls && rest.iter().take(length).any(|byte| *byte < 0x20) {
                return Err(Malformed);
            }
            self.at += length + 1;
            if rest.get(length) == Some(&b'"') {
                return Ok(escaped);
            }
            escaped = true;
            self.escape_end()?;
        }
    }

    /// Reads the part of an escape that comes after its backslash.
    fn escape_end(&mut self) -> Result<(), Malformed> {
        self.at += match self.bytes.get(self.at..).ok_or(Malformed)? {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 1,
            [b'u', digits @ ..] => {
                hex4(digits).ok_or(Malformed)?;
                5
            }
            _ => return Err(Malformed),
        };
        Ok(())
    }

    #[inline]
    fn number_end(&mut self) -> Result<(), Malformed> {
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// Reads one digit or more.
    #[inline]
    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.bytes.get(self.at) {
            self.at += 1;
        }
        if self.at == start { Err(Malformed) } else { Ok(()) }
    }
}

/// Returns whether a byte is below 0x20. Without an early exit the compiler uses SIMD.
fn has_controls(bytes: &[u8]) -> bool {
    bytes.chunks(256).any(|chunk| chunk.iter().fold(false, |found, byte| found | (*byte < 0x20)))
}

/// A string of a JSON text.
///
/// Its content is WTF-8: a lone surrogate such as `\ud800` becomes 3 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Str<'a> {
    /// The text between the quotes, whose escapes have been checked.
    raw: &'a [u8],
    escaped: bool,
}

impl<'a> Str<'a> {
    /// Returns the content, for which `scratch` is overwritten if the string has escapes.
    #[inline(never)]
    pub fn content<'s>(self, scratch: &'s mut Vec<u8>) -> Result<&'s [u8], TryReserveError>
    where
        'a: 's,
    {
        if !self.escaped {
            return Ok(self.raw);
        }
        scratch.clear();
        self.append_to(scratch)?;
        Ok(scratch)
    }

    /// Appends the content to `out`.
    pub fn append_to(self, out: &mut Vec<u8>) -> Result<(), TryReserveError> {
        // An escape is never shorter than what it stands for.
        out.try_reserve(self.raw.len())?;
        let mut rest = self.raw;
        while let Some((plain, escape)) =
            memchr(b'\\', rest).and_then(|length| rest.split_at_checked(length))
        {
            out.extend_from_slice(plain);
            let (code, length) = unescape(escape);
            wtf8::push(out, code);
            rest = escape.get(length..).unwrap_or_default();
        }
        out.extend_from_slice(rest);
        Ok(())
    }
}

/// Returns the code point that an escape stands for, and the length of the escape.
fn unescape(text: &[u8]) -> (u32, usize) {
    let code = match text {
        [_, b'b', ..] => 0x8,
        [_, b'f', ..] => 0xC,
        [_, b'n', ..] => 0xA,
        [_, b'r', ..] => 0xD,
        [_, b't', ..] => 0x9,
        [_, b'u', digits @ ..] => return unescape_unicode(digits),
        [_, byte, ..] => u32::from(*byte),
        _ => return (0xFFFD, text.len()),
    };
    (code, 2)
}

/// Like [`unescape`], of the text after `\u`. Two halves of a surrogate pair are one code point.
fn unescape_unicode(digits: &[u8]) -> (u32, usize) {
    let unit = hex4(digits).unwrap_or(0xFFFD);
    if let (0xD800..0xDC00, Some([b'\\', b'u', low @ ..])) = (unit, digits.get(4..))
        && let Some(low @ 0xDC00..0xE000) = hex4(low)
    {
        return (0x1_0000 + ((unit - 0xD800) << 10 | (low - 0xDC00)), 12);
    }
    (unit, 6)
}

/// Reads 4 hexadecimal digits.
#[inline]
fn hex4(text: &[u8]) -> Option<u32> {
    let digits = text.first_chunk::<4>()?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    digits.iter().try_fold(0, |code, byte| Some(code << 4 | digit(*byte)?))
}

/// Computes the value of a number, as JavaScript's `Number` does.
///
/// `text` is a JSON number. Another text is NaN. A number too large for 64 bits is infinite.
pub fn number_value(text: &str) -> f64 {
    let mut reader = Reader::new(text.as_bytes());
    match reader.number() {
        Ok(number) if number.len() == text.len() => {
            short_number(text).unwrap_or_else(|| long_number(text))
        }
        _ => f64::NAN,
    }
}

/// The powers of ten that 64-bit floats hold exactly.
const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Computes the value of a number of at most 15 digits and a small exponent, with one exact rounding.
fn short_number(text: &str) -> Option<f64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (digits, exponent) = match digits.split_once(['e', 'E']) {
        // Longer exponents are left to the exact conversion.
        Some((digits, exponent)) if exponent.len() <= 4 => (digits, exponent.parse().ok()?),
        Some(_) => return None,
        None => (digits, 0_i32),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() > 15 {
        return None;
    }
    let mantissa = whole
        .bytes()
        .chain(fraction.bytes())
        .fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
    // At most 15 digits: a 64-bit float holds them exactly, and the cast to i32 cannot overflow.
    let (mantissa, exponent) = (mantissa as f64, exponent - fraction.len() as i32);
    let power = *POWERS_OF_TEN.get(usize::try_from(exponent.unsigned_abs()).ok()?)?;
    let value = if exponent < 0 { mantissa / power } else { mantissa * power };
    Some(if negative { -value } else { value })
}

/// Rust's own conversion would add about 30 KB to the WebAssembly.
#[cfg(target_arch = "wasm32")]
fn long_number(text: &str) -> f64 {
    js_sys::Number::parse_float(text)
}

#[cfg(not(target_arch = "wasm32"))]
fn long_number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// Appends a string as JSON text, with its quotes. A lone surrogate is written as an escape.
///
/// `wtf8` is content as [`Str`] has it.
pub fn write_string(out: &mut Vec<u8>, wtf8: &[u8]) -> Result<(), TryReserveError> {
    // Escapes, which are rare, reserve more.
    out.try_reserve(wtf8.len() + 2)?;
    out.push(b'"');
    let mut rest = wtf8;
    while let Some((plain, special)) = rest
        .iter()
        .position(|byte| is_special(*byte))
        .and_then(|length| rest.split_at_checked(length))
    {
        out.try_reserve(plain.len() + 6)?;
        out.extend_from_slice(plain);
        let length = write_special(out, special);
        rest = special.get(length..).unwrap_or_default();
    }
    out.try_reserve(rest.len() + 1)?;
    out.extend_from_slice(rest);
    out.push(b'"');
    Ok(())
}

/// Returns whether a byte needs an escape, or starts a code point that may need one.
#[inline]
fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\' || byte == 0xED
}

/// Writes the first code point of `text`, escaped where it has to be, and returns its length.
fn write_special(out: &mut Vec<u8>, text: &[u8]) -> usize {
    let Some((code, length)) = wtf8::first(text) else { return 1 };
    let short = match code {
        0x8 => b'b',
        0x9 => b't',
        0xA => b'n',
        0xC => b'f',
        0xD => b'r',
        0x22 => b'"',
        0x5C => b'\\',
        0..0x20 | 0xD800..0xE000 => {
            out.extend_from_slice(b"\\u");
            // 4 bits are always a digit.
            let digit =
                |shift: u32| char::from_digit(code >> shift & 0xF, 16).map_or(b'0', |c| c as u8);
            out.extend([12, 8, 4, 0].map(digit));
            return length;
        }
        _ => {
            wtf8::push(out, code);
            return length;
        }
    };
    out.extend([b'\\', short]);
    length
}

#[cfg(test)]
mod tests;
