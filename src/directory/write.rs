//! Writes JSON into a vector, without the formatting of the standard library: that would add 30 KB
//! to the WebAssembly.

use super::buffer;
use super::cell::Value;
use super::error::Error;
use super::ids::Id;
use super::json;

/// Appends a string, which is WTF-8, with its quotes.
pub(super) fn string(out: &mut Vec<u8>, wtf8: &[u8]) -> Result<(), Error> {
    buffer::reserve(out, wtf8.len() + 2)?;
    Ok(json::write_string(out, wtf8)?)
}

/// Appends an id as a string.
pub(super) fn id(out: &mut Vec<u8>, id: Id<'_>) -> Result<(), Error> {
    match id {
        Id::Text(text) => string(out, text),
        // Digits need no escapes.
        Id::Hex(_) => {
            buffer::push(out, b'"')?;
            id.append_to(out)?;
            buffer::push(out, b'"')
        }
    }
}

/// Appends the digits of a number.
pub(super) fn number(out: &mut Vec<u8>, number: u64) -> Result<(), Error> {
    padded(out, number, 1)
}

/// Appends the digits of a number, with zeros before them up to a number of digits.
pub(super) fn padded(out: &mut Vec<u8>, mut number: u64, digits: usize) -> Result<(), Error> {
    let mut reversed = [b'0'; 20];
    let mut len = 0;
    for digit in &mut reversed {
        if number == 0 && len >= digits {
            break;
        }
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        len += 1;
    }
    buffer::reserve(out, len)?;
    out.extend(reversed.iter().take(len).rev());
    Ok(())
}

/// Appends a value as the contact has it in JSON.
pub(super) fn value(out: &mut Vec<u8>, value: Value<'_>) -> Result<(), Error> {
    match value {
        Value::Missing => buffer::extend(out, b"null"),
        Value::Bool(false) => buffer::extend(out, b"false"),
        Value::Bool(true) => buffer::extend(out, b"true"),
        Value::Whole(whole) => number(out, u64::from(whole)),
        Value::Number(_, text) => buffer::extend(out, text),
        Value::Json(text) => {
            let start = out.len();
            buffer::extend(out, text)?;
            // Line breaks are outside of texts. In NDJSON they would end the line.
            let written = out.get_mut(start..).unwrap_or_default();
            written
                .iter_mut()
                .filter(|byte| matches!(byte, b'\n' | b'\r'))
                .for_each(|byte| *byte = b' ');
            Ok(())
        }
        Value::Text(text) => string(out, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_decimal() {
        for case in [0, 7, 10, 4_294_967_295, u64::MAX] {
            let mut out = Vec::new();
            number(&mut out, case).unwrap();
            assert_eq!(out, case.to_string().as_bytes());
        }
        let mut out = Vec::new();
        padded(&mut out, 42, 4).unwrap();
        assert_eq!(out, b"0042");
    }
}
