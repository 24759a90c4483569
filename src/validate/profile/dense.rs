//! Counts of integers that lie close together: each is counted at its distance from the least of them, which takes neither a hash nor
//! a comparison, and says all that there is to know of them.

use super::moments::Moments;
use std::convert::Infallible;
use std::ops::Range;

/// The distances that are counted at first, at least, and at most.
const NARROWEST: usize = 256;
const WIDEST: usize = 16 << 10;
/// Counts of each value, which take turns where there are few values: an addition has to wait for the one before to the same place.
const LANES: usize = 4;
const WIDEST_IN_LANES: usize = 1024;

/// Counts of the keys of a piece, as far as its type has them.
pub(super) trait Counts<K>: Sized {
    /// None yet, of a piece of so many rows.
    fn new(rows: usize) -> Option<Self>;

    /// Counts a block of keys, of which these are the least and the greatest; does nothing and says so where keys lie too far apart.
    fn extend(&mut self, keys: &[K], least: K, greatest: K) -> bool;

    /// The keys that are there, sorted, with how often each is.
    fn entries(&self) -> Vec<(K, u64)>;

    /// What such entries come to.
    fn moments(entries: &[(K, u64)]) -> Moments;
}

/// Of a type that has none.
impl<K> Counts<K> for Infallible {
    fn new(_: usize) -> Option<Infallible> {
        None
    }

    fn extend(&mut self, _: &[K], _: K, _: K) -> bool {
        match *self {}
    }

    fn entries(&self) -> Vec<(K, u64)> {
        match *self {}
    }

    fn moments(_: &[(K, u64)]) -> Moments {
        Moments::default()
    }
}

/// Counts of keys, and the least key that has one.
pub(super) struct Dense {
    least: u64,
    /// As many distances as there are, a power of two; each in lanes where they are few.
    width: usize,
    counts: Vec<u32>,
    /// Between which distances all counts lie.
    used: Range<usize>,
    /// The distances of a piece of this many rows: to clear and to collect more counts than rows does not pay.
    widest: usize,
}

impl Counts<u64> for Dense {
    fn new(rows: usize) -> Option<Dense> {
        let widest = (rows / 2).next_power_of_two().clamp(NARROWEST, WIDEST);
        Some(Dense { least: 0, width: 0, counts: Vec::new(), used: 0..0, widest })
    }

    fn extend(&mut self, keys: &[u64], least: u64, greatest: u64) -> bool {
        if !self.holds(least, greatest) && !self.widen(least, greatest) {
            return false;
        }
        let first = self.least;
        let (from, to) = ((least - first) as usize, (greatest - first) as usize + 1);
        self.used = match self.used.is_empty() {
            true => from..to,
            false => self.used.start.min(from)..self.used.end.max(to),
        };
        if least == greatest {
            let place = (least - first) as usize * self.lanes();
            self.counts[place] += keys.len() as u32;
        } else if self.lanes() == 1 {
            keys.iter().for_each(|key| self.counts[(key - first) as usize] += 1);
        } else {
            let (groups, rest) = keys.as_chunks::<LANES>();
            for group in groups {
                for (lane, key) in group.iter().enumerate() {
                    self.counts[(key - first) as usize * LANES + lane] += 1;
                }
            }
            rest.iter().for_each(|key| self.counts[(key - first) as usize * LANES] += 1);
        }
        true
    }

    fn entries(&self) -> Vec<(u64, u64)> {
        let lanes = self.lanes();
        let counts = self.counts[self.used.start * lanes..self.used.end * lanes].chunks_exact(lanes);
        let counts = counts.map(|lanes| lanes.iter().map(|count| u64::from(*count)).sum::<u64>());
        let (mut entries, mut kept) = (vec![(0, 0); self.used.len()], 0);
        for (count, distance) in counts.zip(self.used.clone()) {
            // No branch: which distances have a count follows no pattern.
            entries[kept] = (self.least + distance as u64, count);
            kept += usize::from(count > 0);
        }
        entries.truncate(kept);
        entries
    }

    fn moments(entries: &[(u64, u64)]) -> Moments {
        Moments::of_counts(entries)
    }
}

impl Dense {
    fn holds(&self, least: u64, greatest: u64) -> bool {
        least >= self.least && greatest.checked_sub(self.least).is_some_and(|distance| distance < self.width as u64)
    }

    fn lanes(&self) -> usize {
        if self.width <= WIDEST_IN_LANES { LANES } else { 1 }
    }

    /// Makes room for keys from `least` to `greatest` beside those that are there.
    fn widen(&mut self, mut least: u64, mut greatest: u64) -> bool {
        let known = self.entries();
        if let (Some((first, _)), Some((last, _))) = (known.first(), known.last()) {
            (least, greatest) = (least.min(*first), greatest.max(*last));
        }
        if greatest - least >= self.widest as u64 {
            return false;
        }
        let distances = (greatest - least) as usize + 1;
        self.width = (2 * distances).next_power_of_two().clamp(NARROWEST, self.widest);
        // As much room below as above, where there are keys.
        self.least = least.saturating_sub((self.width - distances) as u64 / 2).min(u64::MAX - (self.width as u64 - 1));
        let lanes = self.lanes();
        self.counts = vec![0; self.width * lanes];
        let distance = |key: u64| (key - self.least) as usize;
        self.used =
            known.first().zip(known.last()).map_or(0..0, |(first, last)| distance(first.0)..distance(last.0) + 1);
        known.iter().for_each(|(key, count)| self.counts[distance(*key) * lanes] = *count as u32);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn counts_are_those_of_a_map_until_keys_lie_too_far_apart(
            blocks in prop::collection::vec((any::<u64>(), 0..9000_u64, 1..200_usize), 1..6), rows in 1..30_000_usize, near: bool,
        ) {
            let mut dense = Dense::new(rows).unwrap();
            let mut counts = BTreeMap::new();
            for (from, distance, length) in blocks {
                let from = if near { from % 3000 } else { from };
                let keys: Vec<u64> =
                    (0..length as u64).map(|at| from.saturating_add(at * 7919 % (distance + 1))).collect();
                let (least, greatest) = (*keys.iter().min().unwrap(), *keys.iter().max().unwrap());
                let all = |end: Option<&u64>, key: u64| end.copied().unwrap_or(key);
                let (first, last) = (least.min(all(counts.keys().next(), least)), greatest.max(all(counts.keys().last(), greatest)));
                let fits = dense.extend(&keys, least, greatest);
                prop_assert_eq!(fits, last - first < dense.widest as u64);
                if fits {
                    keys.iter().for_each(|key| *counts.entry(*key).or_insert(0) += 1);
                }
                prop_assert_eq!(dense.entries(), counts.iter().map(|(key, count)| (*key, *count)).collect::<Vec<_>>());
            }
        }
    }
}
