//! Chance that repeats: the same seed throws the same numbers on every machine.

/// A source of numbers (SplitMix64).
pub(super) struct Dice(u64);

impl Dice {
    /// Dice for one throw-by-throw story; another `index` tells another story of the same seed.
    pub fn new(seed: u64, index: u64) -> Self {
        let mut dice = Self(seed);
        Self(dice.next() ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number under `sides`; 0 if there are no sides.
    pub fn under(&mut self, sides: u64) -> u64 {
        self.next().checked_rem(sides).unwrap_or(0)
    }

    /// Whether something happens that happens to this many in a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.under(100) < chance
    }

    /// A UUID of version 4.
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }

    /// One of them; the default if there are none.
    pub fn one_of<T: Copy + Default>(&mut self, of: &[T]) -> T {
        let index = self.under(of.len() as u64);
        usize::try_from(index).ok().and_then(|index| of.get(index)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_index_throw_the_same_numbers() {
        let throws = |seed, index| {
            let mut dice = Dice::new(seed, index);
            [dice.next(), dice.next(), dice.next()]
        };
        assert_eq!(throws(1, 2), throws(1, 2));
        assert_ne!(throws(1, 2), throws(1, 3));
        assert_ne!(throws(1, 2), throws(2, 2));
    }

    #[test]
    fn nothing_to_choose_from_is_no_panic() {
        let mut dice = Dice::new(1, 1);
        assert_eq!(dice.under(0), 0);
        assert_eq!(dice.one_of::<&str>(&[]), "");
    }
}
