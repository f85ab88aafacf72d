//! Vectors that grow in small steps and report a failed allocation. An allocation that fails in
//! `Vec::push` traps, and a trap ends the whole program.
//!
//! The functions are not inlined: 200 places call them, and each copy adds to the WebAssembly.

use super::error::Error;

/// Makes room for `additional` elements. Large vectors grow by a quarter, so that little of their
/// memory is unused.
pub(super) fn reserve<T>(vec: &mut Vec<T>, additional: usize) -> Result<(), Error> {
    if vec.capacity() - vec.len() < additional { grow(vec, additional) } else { Ok(()) }
}

#[cold]
#[inline(never)]
fn grow<T>(vec: &mut Vec<T>, additional: usize) -> Result<(), Error> {
    Ok(vec.try_reserve_exact(additional.max(vec.capacity() / 4).max(16))?)
}

/// Appends an element.
#[inline(never)]
pub(super) fn push<T>(vec: &mut Vec<T>, element: T) -> Result<(), Error> {
    reserve(vec, 1)?;
    vec.push(element);
    Ok(())
}

/// Appends elements.
#[inline(never)]
pub(super) fn extend<T: Copy>(vec: &mut Vec<T>, elements: &[T]) -> Result<(), Error> {
    reserve(vec, elements.len())?;
    vec.extend_from_slice(elements);
    Ok(())
}

/// Makes a vector longer. The new elements are `element`.
#[inline(never)]
pub(super) fn resize<T: Copy>(vec: &mut Vec<T>, len: usize, element: T) -> Result<(), Error> {
    reserve(vec, len.saturating_sub(vec.len()))?;
    vec.resize(len, element);
    Ok(())
}

/// Returns the bytes that a vector occupies.
pub(super) fn bytes<T>(vec: &Vec<T>) -> usize {
    vec.capacity() * size_of::<T>()
}

/// Returns the elements at a place, of which `ends` has the end of each place. Another place has none.
pub(super) fn span<'a, T>(elements: &'a [T], ends: &[u32], place: usize) -> &'a [T] {
    let start = place.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    let end = ends.get(place).copied().unwrap_or(0);
    elements.get(start as usize..end as usize).unwrap_or_default()
}

/// Appends a number in 1 to 5 bytes.
#[inline(never)]
pub(super) fn push_varint(vec: &mut Vec<u8>, mut number: u32) -> Result<(), Error> {
    reserve(vec, 5)?;
    while number >= 0x80 {
        vec.push(number as u8 | 0x80);
        number >>= 7;
    }
    vec.push(number as u8);
    Ok(())
}

/// Reads a number that [`push_varint`] wrote, and returns it with the bytes after it.
pub(super) fn read_varint(bytes: &[u8]) -> (u32, &[u8]) {
    let mut number = 0;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        number |= u32::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return (number, bytes.get(index + 1..).unwrap_or_default());
        }
    }
    (0, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_varint_is_read_as_it_was_written() {
        for number in [0, 1, 127, 128, 300, 1 << 21, u32::MAX] {
            let mut bytes = Vec::new();
            push_varint(&mut bytes, number).unwrap();
            bytes.extend_from_slice(b"rest");
            assert_eq!(read_varint(&bytes), (number, &b"rest"[..]));
        }
        assert_eq!(read_varint(&[0x80]), (0, &[][..]));
    }
}
