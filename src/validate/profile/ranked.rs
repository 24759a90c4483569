//! Values by their ranks: which value stands at a rank, and how many stand below a value.
//!
//! Of counted values that is a search in sums of counts. Of what a sketch holds neither the whole is sorted nor its levels: some
//! ten ranks are asked for, and to count what is less than a value takes a vector a cycle. A few values in order show between which
//! two of them a rank lies, and what lies there is sorted.

use crate::scan::{BLOCK, Backend, Loops, bits};

/// Values in order that a search begins with, about.
const PIVOTS: u64 = 256;
/// Values that are looked at together: one a bit.
const LOOK: usize = BLOCK;

/// Weighted values.
#[derive(Clone, Debug)]
pub(super) enum Ranked<K> {
    /// All values, sorted, each with what it and those below stand for.
    Counted(Vec<(K, u64)>),
    /// Some values in any order: one of the list at place `l` stands for `2^l`.
    Weighted(Vec<Vec<K>>),
}

impl<K> Default for Ranked<K> {
    fn default() -> Ranked<K> {
        Ranked::Counted(Vec::new())
    }
}

impl<K: Clone + Ord> Ranked<K> {
    /// Values that do not repeat, sorted, with how often each stands there.
    pub(super) fn of_tally(mut tally: Vec<(K, u64)>) -> Ranked<K> {
        let mut sum = 0;
        for (_, count) in &mut tally {
            sum += *count;
            *count = sum;
        }
        Ranked::Counted(tally)
    }

    /// Values of which one in the list at place `l` stands for `2^l`.
    pub(super) fn of_levels(levels: Vec<Vec<K>>) -> Ranked<K> {
        Ranked::Weighted(levels)
    }

    /// What all values stand for.
    pub(super) fn weight(&self) -> u64 {
        match self {
            Ranked::Counted(values) => values.last().map_or(0, |(_, sum)| *sum),
            Ranked::Weighted(levels) => {
                levels.iter().enumerate().map(|(level, values)| (values.len() as u64) << level).sum()
            }
        }
    }

    /// What those stand for that are less than a value.
    pub(super) fn weight_below(&self, value: &K) -> u64 {
        match self {
            Ranked::Counted(values) => {
                let below = values.partition_point(|(other, _)| other < value);
                below.checked_sub(1).map_or(0, |last| values[last].1)
            }
            Ranked::Weighted(levels) => {
                let backend = Backend::detect();
                let below = |values| backend.run(Below { values, value });
                levels.iter().enumerate().map(|(level, values)| below(values) << level).sum()
            }
        }
    }

    /// The values at the ranks nearest to some shares of the whole: of each, those below stand for no more than its rank and those up
    /// to it for more.
    pub(super) fn at(&self, shares: &[f64]) -> Vec<Option<K>> {
        let Some(last) = self.weight().checked_sub(1) else { return vec![None; shares.len()] };
        let ranks: Vec<u64> = shares.iter().map(|share| (share * last as f64).round() as u64).collect();
        match self {
            Ranked::Counted(values) => {
                let place = |rank| values.partition_point(|(_, sum)| *sum <= rank);
                ranks.into_iter().map(|rank| values.get(place(rank)).map(|(value, _)| value.clone())).collect()
            }
            Ranked::Weighted(levels) => self.search(levels, &ranks),
        }
    }

    fn search(&self, levels: &[Vec<K>], ranks: &[u64]) -> Vec<Option<K>> {
        let mut pivots = pivots(levels, self.weight());
        // The first pivot that is beyond each rank.
        let mut beyond = |rank: u64| {
            let (mut first, mut behind) = (0, pivots.len());
            while first < behind {
                let middle = first.midpoint(behind);
                let (pivot, below) = &mut pivots[middle];
                match *below.get_or_insert_with(|| self.weight_below(pivot)) <= rank {
                    true => first = middle + 1,
                    false => behind = middle,
                }
            }
            first
        };
        let beyond: Vec<usize> = ranks.iter().map(|rank| beyond(*rank)).collect();
        let pivot = |place: usize| pivots.get(place).map(|(pivot, _)| pivot);
        let ranges: Vec<Range<'_, K>> =
            beyond.iter().map(|&place| (place.checked_sub(1).and_then(pivot), pivot(place))).collect();
        let mut between = Vec::new();
        levels.iter().enumerate().for_each(|(level, values)| collect(values, &ranges, 1 << level, &mut between));
        between.sort_unstable();
        let at = |(rank, place): (&u64, &usize)| {
            let from = place.checked_sub(1).map(|place| &pivots[place]);
            let first = from.map_or(0, |(low, _)| between.partition_point(|(value, _)| value < low));
            let mut passed = from.and_then(|(_, below)| *below).unwrap_or_default();
            let is_there = |(_, weight): &&(K, u64)| {
                passed += weight;
                passed > *rank
            };
            between[first..].iter().find(is_there).map(|(value, _)| value.clone())
        };
        ranks.iter().zip(&beyond).map(at).collect()
    }
}

/// Some values in order, of which about as much lies between each two, and what those below each stand for, once that is known.
fn pivots<K: Clone + Ord>(levels: &[Vec<K>], weight: u64) -> Vec<(K, Option<u64>)> {
    let some = levels.iter().enumerate().flat_map(|(level, values)| {
        let step = ((weight / PIVOTS) >> level).max(1);
        values.iter().step_by(usize::try_from(step).unwrap_or(usize::MAX))
    });
    let mut pivots: Vec<K> = some.cloned().collect();
    pivots.sort_unstable();
    pivots.dedup();
    pivots.into_iter().map(|pivot| (pivot, None)).collect()
}

/// The values between two others, the upper one left out; `None` for one that is beyond all.
type Range<'a, K> = (Option<&'a K>, Option<&'a K>);

/// Adds those values with their weight that lie in one of the ranges.
fn collect<K: Clone + Ord>(values: &[K], ranges: &[Range<'_, K>], weight: u64, between: &mut Vec<(K, u64)>) {
    let backend = Backend::detect();
    let (looks, rest) = values.as_chunks();
    for values in looks {
        let mut found = backend.run(Looking { values, ranges });
        while found != 0 {
            between.push((values[found.trailing_zeros() as usize].clone(), weight));
            found &= found - 1;
        }
    }
    let is_found = |value: &&K| ranges.iter().any(|range| lies_in(*value, range));
    between.extend(rest.iter().filter(is_found).map(|value| (value.clone(), weight)));
}

#[inline(always)]
fn lies_in<K: Ord>(value: &K, (low, high): &Range<'_, K>) -> bool {
    low.is_none_or(|low| value >= low) && high.is_none_or(|high| value < high)
}

/// Some values, of which those are counted that are less than another one.
struct Below<'a, K> {
    values: &'a [K],
    value: &'a K,
}

impl<K: Ord> Loops for Below<'_, K> {
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        self.values.iter().fold(0, |count, value| count + u64::from(value < self.value))
    }
}

/// Some values, of which it is found which lie in one of the ranges: one bit each, the first in the lowest.
struct Looking<'a, K> {
    values: &'a [K; LOOK],
    ranges: &'a [Range<'a, K>],
}

impl<K: Ord> Loops for Looking<'_, K> {
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let mut found = [0; LOOK];
        for range in self.ranges {
            // Neither question waits for the other.
            match *range {
                (Some(low), Some(high)) => mark(self.values, &mut found, |value| (value >= low) & (value < high)),
                (Some(low), None) => mark(self.values, &mut found, |value| value >= low),
                (None, Some(high)) => mark(self.values, &mut found, |value| value < high),
                (None, None) => found = [1; LOOK],
            }
        }
        bits(&found)
    }
}

#[inline(always)]
fn mark<K>(values: &[K; LOOK], found: &mut [u64; LOOK], is_found: impl Fn(&K) -> bool) {
    found.iter_mut().zip(values).for_each(|(found, value)| *found |= u64::from(is_found(value)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranks_of_a_tally_are_those_of_its_values_one_by_one() {
        let tally: Vec<(u64, u64)> = (0..100).map(|n| (n * 3, n * n % 17)).filter(|(_, count)| *count > 0).collect();
        let all: Vec<u64> = tally.iter().flat_map(|&(value, count)| (0..count).map(move |_| value)).collect();
        are_those(&Ranked::of_tally(tally), all);
    }

    proptest! {
        #[test]
        fn ranks_of_a_sketch_are_those_of_its_values_one_by_one(
            levels in prop::collection::vec(prop::collection::vec(0..400_u64, 0..200), 0..5), spread in 1..400_u64,
        ) {
            let levels: Vec<Vec<u64>> = levels.into_iter().map(|level| level.into_iter().map(|n| n % spread).collect()).collect();
            let all = levels.iter().enumerate().flat_map(|(level, values)| values.iter().flat_map(move |value| vec![*value; 1 << level]));
            are_those(&Ranked::of_levels(levels.clone()), all.collect());
        }
    }

    fn are_those(ranked: &Ranked<u64>, mut all: Vec<u64>) {
        all.sort_unstable();
        assert_eq!(ranked.weight(), all.len() as u64);
        for value in 0..410 {
            assert_eq!(ranked.weight_below(&value), all.partition_point(|other| *other < value) as u64);
        }
        let shares: Vec<f64> = (0..all.len()).map(|rank| rank as f64 / (all.len().max(2) - 1) as f64).collect();
        assert_eq!(ranked.at(&shares), all.iter().copied().map(Some).collect::<Vec<_>>());
        if all.is_empty() {
            assert_eq!(ranked.at(&[0.5]), [None]);
        }
    }
}
