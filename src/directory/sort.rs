//! Sorts numbers by a comparison. Each use of the standard library's sort is compiled for itself,
//! with 5 KB or more; this one is compiled once.

use super::buffer;
use super::error::Error;
use std::cmp::Ordering;

/// The length of the parts that are sorted by insertion.
const PART: usize = 12;

/// Sorts numbers. Equal ones keep their order.
#[inline(never)]
pub fn sort(numbers: &mut Vec<u32>, compare: &dyn Fn(u32, u32) -> Ordering) -> Result<(), Error> {
    for part in numbers.chunks_mut(PART) {
        insert_each(part, compare);
    }
    let len = numbers.len();
    let mut target = Vec::new();
    let mut width = PART;
    while width < len {
        target.clear();
        buffer::reserve(&mut target, len)?;
        for pair in numbers.chunks(2 * width) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            merge(left, right, &mut target, compare);
        }
        std::mem::swap(numbers, &mut target);
        width *= 2;
    }
    Ok(())
}

/// Returns the places of `len` elements in sorted order.
pub fn order(len: usize, compare: &dyn Fn(u32, u32) -> Ordering) -> Result<Vec<u32>, Error> {
    let mut places = Vec::new();
    buffer::reserve(&mut places, len)?;
    places.extend(0..len as u32);
    sort(&mut places, compare)?;
    Ok(places)
}

/// Sorts elements, by way of their places.
pub fn sort_elements<T: Default>(
    elements: &mut Vec<T>,
    compare: &dyn Fn(&T, &T) -> Ordering,
) -> Result<(), Error> {
    let at = |place: u32| elements.get(place as usize);
    let places = order(elements.len(), &|left, right| match (at(left), at(right)) {
        (Some(left), Some(right)) => compare(left, right),
        _ => Ordering::Equal,
    })?;
    let mut sorted = Vec::new();
    buffer::reserve(&mut sorted, places.len())?;
    sorted.extend(
        places.iter().filter_map(|place| elements.get_mut(*place as usize).map(std::mem::take)),
    );
    *elements = sorted;
    Ok(())
}

fn insert_each(part: &mut [u32], compare: &dyn Fn(u32, u32) -> Ordering) {
    for end in 1..part.len() {
        let mut place = end;
        while let Some([left, right]) =
            place.checked_sub(1).and_then(|left| part.get_mut(left..=place))
        {
            if compare(*left, *right).is_le() {
                break;
            }
            std::mem::swap(left, right);
            place -= 1;
        }
    }
}

fn merge(
    mut left: &[u32],
    mut right: &[u32],
    target: &mut Vec<u32>,
    compare: &dyn Fn(u32, u32) -> Ordering,
) {
    while let (Some((first, left_rest)), Some((second, right_rest))) =
        (left.split_first(), right.split_first())
    {
        if compare(*first, *second).is_le() {
            target.push(*first);
            left = left_rest;
        } else {
            target.push(*second);
            right = right_rest;
        }
    }
    target.extend_from_slice(left);
    target.extend_from_slice(right);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_sorted_and_equal_ones_keep_their_order(numbers in proptest::collection::vec(0u32..200, 0..300)) {
            let mut expected = numbers.clone();
            expected.sort_by_key(|number| number / 7);
            let mut sorted = numbers;
            sort(&mut sorted, &|left, right| (left / 7).cmp(&(right / 7))).unwrap();
            prop_assert_eq!(sorted, expected);
        }

        #[test]
        fn elements_are_sorted(mut texts in proptest::collection::vec("[ab]{0,3}", 0..40)) {
            let mut expected = texts.clone();
            expected.sort();
            sort_elements(&mut texts, &|left, right| left.cmp(right)).unwrap();
            prop_assert_eq!(texts, expected);
        }
    }
}
