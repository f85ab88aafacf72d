//! Sorts rows by keys of 64 bits, without comparisons.

use super::buffer;
use super::error::Error;

/// Sorts pairs of a key and a row by the key. Pairs with the same key keep their order.
pub fn sort(pairs: &mut Vec<(u64, u32)>) -> Result<(), Error> {
    let Some((first, _)) = pairs.first().copied() else { return Ok(()) };
    let mut varying = pairs.iter().fold(0, |bits, (key, _)| bits | (key ^ first));
    let mut target = Vec::new();
    while varying != 0 {
        let shift = varying.trailing_zeros();
        buffer::resize(&mut target, pairs.len(), (0, 0))?;
        sort_by_digit(pairs, &mut target, shift);
        std::mem::swap(pairs, &mut target);
        varying &= !(DIGIT << shift);
    }
    Ok(())
}

/// Returns the key that is at a place when the keys are sorted. A place near the start is faster.
pub fn nth(keys: &[u64], place: usize) -> Result<u64, Error> {
    const EVERY: usize = 16;
    let (mut sample, mut candidates) = (Vec::new(), Vec::new());
    buffer::reserve(&mut sample, keys.len() / EVERY + 1)?;
    sample.extend(keys.iter().step_by(EVERY).copied());
    // The key at this place of the sample is probably a little after the one that is searched.
    let bound = 2 * place / EVERY + EVERY;
    if bound < sample.len() {
        let bound = nth_of_all(&sample, bound);
        for key in keys.iter().filter(|key| **key <= bound) {
            buffer::push(&mut candidates, *key)?;
        }
    }
    let keys = if candidates.len() > place { &candidates } else { keys };
    Ok(nth_of_all(keys, place))
}

/// Counts the keys by their bytes, the highest first.
fn nth_of_all(keys: &[u64], mut place: usize) -> u64 {
    let (mut prefix, mut mask) = (0u64, 0u64);
    let first = keys.first().copied().unwrap_or(0);
    let varying = keys.iter().fold(0, |bits, key| bits | (key ^ first));
    for shift in (0..u64::BITS).step_by(8).rev() {
        if varying >> shift & 0xff == 0 {
            prefix |= first & 0xff << shift;
            mask |= 0xff << shift;
            continue;
        }
        let mut counts = [0usize; 256];
        for key in keys.iter().filter(|key| **key & mask == prefix) {
            if let Some(count) = counts.get_mut((key >> shift) as usize & 0xff) {
                *count += 1;
            }
        }
        let mut byte = 0;
        for count in counts {
            if place < count {
                break;
            }
            place -= count;
            byte += 1;
        }
        prefix |= byte << shift;
        mask |= 0xff << shift;
    }
    prefix
}

/// The bits by which the pairs are sorted at once: 8 KB of counters fit into the nearest cache.
const DIGIT: u64 = (1 << 11) - 1;

fn sort_by_digit(pairs: &[(u64, u32)], target: &mut [(u64, u32)], shift: u32) {
    let mut places = [0u32; DIGIT as usize + 1];
    let digit = |key: u64| (key >> shift & DIGIT) as usize;
    for (key, _) in pairs {
        if let Some(count) = places.get_mut(digit(*key)) {
            *count += 1;
        }
    }
    let mut start = 0;
    for place in &mut places {
        start += std::mem::replace(place, start);
    }
    for pair in pairs {
        let Some(place) = places.get_mut(digit(pair.0)) else { continue };
        if let Some(target) = target.get_mut(*place as usize) {
            *target = *pair;
        }
        *place += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_nth_key_has_that_many_before_it(
            keys in proptest::collection::vec(prop_oneof![0u64..9, any::<u64>()], 200..3_000),
            place in 0usize..200,
        ) {
            let mut sorted = keys.clone();
            sorted.sort_unstable();
            prop_assert_eq!(nth(&keys, place).unwrap(), sorted[place]);
        }

        #[test]
        fn pairs_are_sorted_and_equal_keys_keep_their_order(
            keys in proptest::collection::vec(prop_oneof![0u64..4, any::<u64>(), 0u64..1 << 20], 0..500),
        ) {
            let mut pairs: Vec<_> = keys.into_iter().zip(0..).collect();
            let mut expected = pairs.clone();
            expected.sort_by_key(|(key, _)| *key);
            sort(&mut pairs).unwrap();
            prop_assert_eq!(&pairs, &expected);
            let keys: Vec<u64> = pairs.iter().rev().map(|(key, _)| *key).collect();
            prop_assert!(expected.iter().enumerate().all(|(place, (key, _))| nth_of_all(&keys, place) == *key));
        }
    }
}
