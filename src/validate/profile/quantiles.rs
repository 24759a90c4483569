//! Quantiles of any number of values, in some thousand of them.
//!
//! The sketch is KLL (Karnin, Lang, Liberty, "Optimal quantile approximation in streams", 2016): levels of values, each of which
//! stands for twice as many as one of the level below; a level that is full is sorted, and every other value of it goes up.
//! The sampler with which that paper replaces the lowest levels is the sample of each piece.
//!
//! It is our own since the sketch of `datasketches` tosses its coins by the system's randomness, so that a file would have other
//! quantiles in every run, and takes no weighted values, which a sampler makes.

use super::key::scrambled;

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
    pub(super) fn extend(&mut self, level: u32, values: impl IntoIterator<Item = K>) {
        self.level(level as usize).extend(values);
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
            // Most of it came in sorted runs, which a stable sort merges.
            full.sort();
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
        let mut levels: Vec<_> =
            self.levels.into_iter().enumerate().map(|(level, values)| Level { weight: 1 << level, values }).collect();
        levels.retain(|level| !level.values.is_empty());
        // They came in sorted runs, which a stable sort merges.
        levels.iter_mut().for_each(|level| level.values.sort());
        Ranked(levels)
    }
}

/// Values that are sorted, those that stand for as many in one list: to merge the lists would take longer than all that is asked
/// of them.
#[derive(Clone, Debug)]
pub(super) struct Ranked<K>(Vec<Level<K>>);

#[derive(Clone, Debug)]
struct Level<K> {
    weight: u64,
    values: Vec<K>,
}

impl<K> Default for Ranked<K> {
    fn default() -> Ranked<K> {
        Ranked(Vec::new())
    }
}

impl<K: Clone + Ord> Ranked<K> {
    /// Values that do not repeat, sorted, with how often each stands there.
    pub(super) fn of_tally(tally: Vec<(K, u64)>) -> Ranked<K> {
        let mut levels: Vec<Level<K>> = Vec::new();
        for (value, count) in tally {
            let mut left = count;
            while left > 0 {
                let weight = 1 << left.trailing_zeros();
                left -= weight;
                match levels.iter_mut().find(|level| level.weight == weight) {
                    Some(level) => level.values.push(value.clone()),
                    None => levels.push(Level { weight, values: vec![value.clone()] }),
                }
            }
        }
        Ranked(levels)
    }

    /// What all values stand for.
    pub(super) fn weight(&self) -> u64 {
        self.0.iter().map(|level| level.weight * level.values.len() as u64).sum()
    }

    /// What those stand for that are less than a value.
    pub(super) fn weight_below(&self, value: &K) -> u64 {
        self.0.iter().map(|level| level.weight * level.values.partition_point(|other| other < value) as u64).sum()
    }

    /// The values at the ranks nearest to some shares of the whole.
    pub(super) fn at(&self, shares: &[f64]) -> Vec<Option<K>> {
        let total = self.weight();
        let rank = |share: &f64| Some((share * total.checked_sub(1)? as f64).round() as u64);
        shares.iter().map(|share| self.at_rank(rank(share)?)).collect()
    }

    /// The value of which those below stand for no more than `rank` and those up to it for more.
    fn at_rank(&self, rank: u64) -> Option<K> {
        // In each list, where the value may still be.
        let mut ranges: Vec<_> = self.0.iter().map(|level| 0..level.values.len()).collect();
        loop {
            let (widest, range) = ranges.iter().enumerate().max_by_key(|(_, range)| range.len())?;
            let pivot = self.0[widest].values.get(range.start + range.len() / 2).filter(|_| !range.is_empty())?;
            let (mut below, mut up_to) = (0, 0);
            let cuts: Vec<(usize, usize)> = self
                .0
                .iter()
                .zip(&ranges)
                .map(|(level, range)| {
                    let values = &level.values[range.clone()];
                    let less = range.start + values.partition_point(|value| value < pivot);
                    let equal = level.values[less..range.end].partition_point(|value| value <= pivot);
                    below += level.weight * less as u64;
                    up_to += level.weight * (less + equal) as u64;
                    (less, less + equal)
                })
                .collect();
            let cuts = ranges.iter_mut().zip(cuts);
            match () {
                () if below > rank => cuts.for_each(|(range, (less, _))| range.end = less),
                () if up_to > rank => return Some(pivot.clone()),
                () => cuts.for_each(|(range, (_, up_to))| range.start = up_to),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_kept_as_they_are() {
        let mut quantiles = Quantiles::new();
        quantiles.extend(0, (0..1001_u64).rev());
        let ranked = quantiles.clone().ranked();
        assert_eq!(ranked.at(&[0.0, 0.25, 0.5, 1.0]), [0, 250, 500, 1000].map(Some));
        assert_eq!(Quantiles::<u64>::new().ranked().at(&[0.5]), [None]);
        quantiles.extend_weighted(&[(5000, 1000)]);
        assert_eq!(quantiles.ranked().at(&[0.49, 0.51]), [Some(980), Some(5000)]);
    }

    #[test]
    fn ranks_of_a_tally_are_those_of_its_values_one_by_one() {
        let tally: Vec<(u64, u64)> = (0..100).map(|n| (n * 3, n * n % 17)).filter(|(_, count)| *count > 0).collect();
        let all: Vec<u64> = tally.iter().flat_map(|&(value, count)| (0..count).map(move |_| value)).collect();
        let ranked = Ranked::of_tally(tally);
        assert_eq!(ranked.weight(), all.len() as u64);
        for value in 0..310 {
            assert_eq!(ranked.weight_below(&value), all.partition_point(|other| *other < value) as u64);
        }
        for (rank, value) in all.iter().enumerate() {
            assert_eq!(ranked.at_rank(rank as u64), Some(*value));
        }
        assert_eq!(ranked.at_rank(all.len() as u64), None);
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
                quantiles.extend(0, (from..(from + 700).min(1_000_000)).map(value));
            }
            let ranked = quantiles.ranked();
            let values: usize = ranked.0.iter().map(|level| level.values.len()).sum();
            assert!(values < 4 * WIDEST, "{values}");
            assert_eq!(ranked.weight(), 1_000_000);
            for share in [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] {
                let found = ranked.at(&[share])[0].unwrap() as f64 / 1e6;
                assert!((found - share).abs() < 0.005, "{name}: {found} for {share}");
            }
        }
    }
}
