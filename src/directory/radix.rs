//! Sorts rows by keys of 64 bits, without comparisons.

use super::buffer;
use super::error::Error;

/// Sorts pairs of a key and a row by the key. Pairs with the same key keep their order.
pub fn sort(pairs: &mut Vec<(u64, u32)>) -> Result<(), Error> {
    let Some((first, _)) = pairs.first().copied() else { return Ok(()) };
    let varying = pairs.iter().fold(0, |bits, (key, _)| bits | (key ^ first));
    let mut target = Vec::new();
    for shift in (0..u64::BITS).step_by(8).filter(|shift| varying >> shift & 0xff != 0) {
        buffer::resize(&mut target, pairs.len(), (0, 0))?;
        sort_by_byte(pairs, &mut target, shift);
        std::mem::swap(pairs, &mut target);
    }
    Ok(())
}

/// Returns the key that is at a place when the keys are sorted.
pub fn nth(keys: &[u64], mut place: usize) -> u64 {
    let (mut prefix, mut mask) = (0u64, 0u64);
    for shift in (0..u64::BITS).step_by(8).rev() {
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

fn sort_by_byte(pairs: &[(u64, u32)], target: &mut [(u64, u32)], shift: u32) {
    let mut places = [0u32; 256];
    let byte = |key: u64| (key >> shift) as u8;
    for (key, _) in pairs {
        if let Some(count) = places.get_mut(usize::from(byte(*key))) {
            *count += 1;
        }
    }
    let mut start = 0;
    for place in &mut places {
        start += std::mem::replace(place, start);
    }
    for pair in pairs {
        let Some(place) = places.get_mut(usize::from(byte(pair.0))) else { continue };
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
        fn pairs_are_sorted_and_equal_keys_keep_their_order(
            keys in proptest::collection::vec(prop_oneof![0u64..4, any::<u64>(), 0u64..1 << 20], 0..500),
        ) {
            let mut pairs: Vec<_> = keys.into_iter().zip(0..).collect();
            let mut expected = pairs.clone();
            expected.sort_by_key(|(key, _)| *key);
            sort(&mut pairs).unwrap();
            prop_assert_eq!(&pairs, &expected);
            let keys: Vec<u64> = pairs.iter().rev().map(|(key, _)| *key).collect();
            prop_assert!(expected.iter().enumerate().all(|(place, (key, _))| nth(&keys, place) == *key));
        }
    }
}
