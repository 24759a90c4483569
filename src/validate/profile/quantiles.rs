//! Quantiles of any number of values, in some thousand of them.
//!
//! The sketch is KLL (Karnin, Lang, Liberty, "Optimal quantile approximation in streams", 2016): levels of values, each of which
//! stands for twice as many as one of the level below; a level that is full is sorted, and every other value of it goes up.
//! The sampler with which that paper replaces the lowest levels is the sample of each piece.
//!
//! It is our own since the sketch of `datasketches` tosses its coins by the system's randomness, so that a file would have other
//! quantiles in every run, and takes no weighted values, which a sampler makes.

use super::key::scrambled;
use super::ranked::Ranked;

/// Values of the highest level; with them the rank of a quantile is off by some hundredths of a percent of the count.
const WIDEST: usize = 2048;
/// Values of a level at least.
const NARROWEST: usize = 8;
/// Values of all levels: a little more than these may hold by themselves.
const ROOM: usize = 3 * WIDEST + 64 * NARROWEST;

/// Weighted values.
#[derive(Clone, Debug)]
pub(super) struct Quantiles<K> {
    /// A value of level `l` stands for `2^l`.
    levels: Vec<Vec<K>>,
    coin: Coin,
}

/// Random bits that are the same in every run.
#[derive(Clone, Debug)]
pub(super) struct Coin(u64);

impl Coin {
    pub(super) fn new(seed: u64) -> Coin {
        Coin(seed)
    }

    /// The next 64 (SplitMix64, Steele, Lea, Flood 2014).
    pub(super) fn toss(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        scrambled(self.0)
    }
}

impl<K: Clone + Ord> Quantiles<K> {
    pub(super) fn new() -> Quantiles<K> {
        Quantiles { levels: Vec::new(), coin: Coin::new(0) }
    }

    /// Takes values of which each stands for `2^level`.
    pub(super) fn extend(&mut self, level: u32, mut values: Vec<K>) {
        let known = self.level(level as usize);
        if known.len() < values.len() {
            std::mem::swap(known, &mut values);
        }
        known.append(&mut values);
        self.compress();
    }

    /// Takes values with how often each stands there.
    pub(super) fn extend_weighted(&mut self, values: &[(K, u64)]) {
        for (value, count) in values {
            let mut left = *count;
            while left > 0 {
                self.level(left.trailing_zeros() as usize).push(value.clone());
                left &= left - 1;
            }
        }
        self.compress();
    }

    fn level(&mut self, level: usize) -> &mut Vec<K> {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Vec::new);
        }
        &mut self.levels[level]
    }

    /// The values that a level may hold, two thirds of the one above.
    fn room(&self, level: usize) -> usize {
        let below = (self.levels.len() - 1 - level).min(64) as i32;
        ((WIDEST as f64 * (2.0_f64 / 3.0).powi(below)) as usize).max(NARROWEST)
    }

    /// Makes room where all levels together hold too much; until then even a level that is full loses nothing.
    fn compress(&mut self) {
        while self.levels.iter().map(Vec::len).sum::<usize>() > ROOM {
            let Some(level) = (0..self.levels.len()).find(|&level| self.levels[level].len() > self.room(level)) else {
                return;
            };
            let mut full = std::mem::take(&mut self.levels[level]);
            full.sort_unstable();
            // What has no neighbour stays.
            let rest = (full.len() % 2 == 1).then(|| full.pop()).flatten();
            let first = (self.coin.toss() & 1) as usize;
            self.level(level + 1).extend(full.iter().skip(first).step_by(2).cloned());
            full.clear();
            full.extend(rest);
            self.levels[level] = full;
        }
    }

    /// All values, by their ranks.
    pub(super) fn ranked(self) -> Ranked<K> {
        Ranked::of_levels(self.levels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_kept_as_they_are() {
        let mut quantiles = Quantiles::new();
        quantiles.extend(0, (0..1001_u64).rev().collect());
        let ranked = quantiles.clone().ranked();
        assert_eq!(ranked.at(&[0.0, 0.25, 0.5, 1.0]), [0, 250, 500, 1000].map(Some));
        assert_eq!(Quantiles::<u64>::new().ranked().at(&[0.5]), [None]);
        quantiles.extend_weighted(&[(5000, 1000)]);
        assert_eq!(quantiles.ranked().at(&[0.49, 0.51]), [Some(980), Some(5000)]);
    }

    #[test]
    fn ranks_are_within_half_a_percent_of_a_million() {
        for (name, value) in [
            ("rising", (|n| n) as fn(u64) -> u64),
            ("falling", |n| 999_999 - n),
            ("mixed", |n| n * 611_953 % 1_000_003),
        ] {
            let mut quantiles = Quantiles::new();
            for from in (0..1_000_000).step_by(700) {
                quantiles.extend(0, (from..(from + 700).min(1_000_000)).map(value).collect());
            }
            let values: usize = quantiles.levels.iter().map(Vec::len).sum();
            assert!(values < 4 * WIDEST, "{values}");
            let ranked = quantiles.ranked();
            assert_eq!(ranked.weight(), 1_000_000);
            for share in [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] {
                let found = ranked.at(&[share])[0].unwrap() as f64 / 1e6;
                assert!((found - share).abs() < 0.005, "{name}: {found} for {share}");
            }
        }
    }
}
