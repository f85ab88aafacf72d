//! WTF-8: UTF-8 that can also hold a lone surrogate, as JavaScript's strings do. It takes 3 bytes.

/// Encodes a code point, which may be a surrogate.
///
/// The bytes are the first ones of the array. The second part of the result counts them.
#[inline]
pub fn encode(code: u32) -> ([u8; 4], usize) {
    // The casts keep the low 8 bits of values that have no others.
    let tail = |shift: u32| 0x80 | (code >> shift & 0x3F) as u8;
    match code {
        0..0x80 => ([code as u8, 0, 0, 0], 1),
        0x80..0x800 => ([0xC0 | (code >> 6) as u8, tail(0), 0, 0], 2),
        0x800..0x1_0000 => ([0xE0 | (code >> 12) as u8, tail(6), tail(0), 0], 3),
        _ => ([0xF0 | (code >> 18 & 7) as u8, tail(12), tail(6), tail(0)], 4),
    }
}

/// Appends a code point, which may be a surrogate. The caller has reserved the space.
#[inline]
pub fn push(out: &mut Vec<u8>, code: u32) {
    let (bytes, length) = encode(code);
    out.extend_from_slice(bytes.get(..length).unwrap_or_default());
}

/// Decodes the first code point and returns it with its length in bytes.
///
/// Returns `None` at the end. A byte that starts no code point is U+FFFD, one byte long.
#[inline]
pub fn first(bytes: &[u8]) -> Option<(u32, usize)> {
    let (&lead, rest) = bytes.split_first()?;
    let tail = |index: usize| match rest.get(index) {
        Some(&byte) if byte & 0xC0 == 0x80 => Some(u32::from(byte & 0x3F)),
        _ => None,
    };
    let lead = u32::from(lead);
    let decoded = match lead {
        0..0x80 => return Some((lead, 1)),
        0xC2..0xE0 => tail(0).map(|a| ((lead & 0x1F) << 6 | a, 2)),
        0xE0..0xF0 => tail(0).zip(tail(1)).map(|(a, b)| ((lead & 0xF) << 12 | a << 6 | b, 3)),
        0xF0..0xF5 => tail(0)
            .zip(tail(1))
            .zip(tail(2))
            .map(|((a, b), c)| ((lead & 7) << 18 | a << 12 | b << 6 | c, 4)),
        _ => None,
    };
    Some(decoded.unwrap_or((0xFFFD, 1)))
}

/// Decodes the last code point and returns it with its length in bytes. Returns `None` at the start.
#[inline]
pub fn last(bytes: &[u8]) -> Option<(u32, usize)> {
    let lead = bytes.iter().rev().take(4).position(|byte| byte & 0xC0 != 0x80)?;
    first(bytes.get(bytes.len() - lead - 1..)?)
}
