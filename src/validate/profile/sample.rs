//! The rows that stand for all: which of a piece they are, and what is kept of their values.
//!
//! A sample that is long is settled in the thread that draws it, a short one is handed on and pooled with others first: to sort
//! values costs something however few they are.

use super::key::Key;
use super::numbers::Context;
use super::quantiles::{Coin, Quantiles};
use super::repeats;
use super::thinning::{self, CHUNK};
use crate::reader::Piece;
use crate::scan::Backend;
use std::cmp::Reverse;

/// The rows of a source of which all are in the sample, and those after which it is thinnest.
const ROWS_IN_FULL: u64 = 16 << 10;
const ROWS_IN_PLENTY: u64 = 2 << 20;
/// The rows of a source before which a sample of all rows is thinned gently.
const ROWS_GENTLY: u64 = 4 << 10;
/// The values of a piece's sample at most, and those of one that is handed on as it was drawn.
const MOST_SAMPLED: usize = 12 << 10;
const MOST_POOLED: usize = 1024;
/// The values of a pool that are settled together.
const POOL: usize = 4096;
/// About half as many values as are kept of a piece's sample and of a pool.
const KEPT: usize = 128;
const KEPT_OF_POOL: usize = 512;
/// What stands in a sample no more often than once in so many values is not common.
const RAREST: usize = 1024;
/// The most common values of a sample that are kept.
pub(super) const FREQUENT_IN_SAMPLE: usize = 256;

/// Values of which each stands for `2^level`.
pub(super) struct Sample<K> {
    values: Vec<K>,
    level: u32,
    /// Values that stand often in the sample, with how often they stand in the piece by that; `None` where that is to be found yet.
    frequent: Option<Vec<(K, u64)>>,
}

/// Rows of a piece: one at random of every `2^level`, which differ from column to column and are the same in every run.
pub(super) fn sampled(rows: usize, level: u32, seed: u64) -> impl Iterator<Item = usize> {
    let mut coin = Coin::new(seed);
    let (mut next, mask) = (0, (1_usize << level) - 1);
    // Not one that a compiler makes vectors of: these lack the multiplication.
    std::iter::from_fn(move || {
        let row = next + if mask == 0 { 0 } else { coin.toss() as usize & mask };
        next += mask + 1;
        (row < rows).then_some(row)
    })
}

/// The rows of its source before a piece of so many: judged by the bytes before it and its own rows, of which no piece knows more.
fn rows_before(context: Context, rows: usize) -> u64 {
    let bytes = Piece::bytes(context.begin, context.piece).max(1);
    u64::try_from(u128::from(context.begin) * rows as u128 / u128::from(bytes)).unwrap_or(u64::MAX)
}

/// By how many levels a sample that is every row of a piece is thinned by short lists: by fewer while little has been seen.
fn thinned_by(context: Context, rows: usize) -> u32 {
    let is_little = rows_before(context, rows) < ROWS_GENTLY && rows <= MOST_SAMPLED;
    if is_little { thinning::GENTLY } else { thinning::LEVELS }
}

/// How thin the sample of a piece is: thinner the more rows of its source lie before it, as enough has been seen then. What is thinned
/// by short lists may be so much longer, which errs less than to draw fewer rows.
pub(super) fn level(context: Context, rows: usize, is_thinned: bool) -> u32 {
    let before = rows_before(context, rows);
    let thinnest = if before < ROWS_IN_PLENTY { 4 } else { 5 };
    let by_place = (before / ROWS_IN_FULL).max(1).ilog2().min(thinnest);
    let longest = if by_place == 0 && is_thinned { MOST_SAMPLED << thinning::LEVELS } else { MOST_SAMPLED };
    let by_rows = rows.div_ceil(longest).max(1).next_power_of_two().ilog2();
    by_place.max(by_rows)
}

/// How often what may be common stands in a sample of so many values.
pub(super) fn least_often(values: usize) -> usize {
    (values / RAREST + 1).max(2)
}

impl<K: Key> Sample<K> {
    /// Of values of a piece of which each stands for `2^level`.
    pub(super) fn drawn(values: Vec<K>, level: u32, context: Context) -> Sample<K> {
        let mut sample = Sample { values, level, frequent: None };
        if sample.values.len() > MOST_POOLED {
            let halvings = (sample.values.len() / KEPT).max(1).ilog2();
            sample.settle(halvings, Coin::new(!context.seed), context.backend);
        }
        sample
    }

    /// All values of a piece of few rows.
    pub(super) fn of_all(values: Vec<K>) -> Sample<K> {
        Sample { values, level: 0, frequent: None }
    }

    /// No values but those that stand often.
    pub(super) fn of_frequent(frequent: Vec<(K, u64)>) -> Sample<K> {
        Sample { values: Vec::new(), level: 0, frequent: Some(frequent) }
    }

    /// Finds which values stand often, and leaves some of all.
    fn settle(&mut self, halvings: u32, mut coin: Coin, backend: Backend) {
        let mut frequent = repeats::frequent(&self.values, least_often(self.values.len()));
        frequent.iter_mut().for_each(|(_, count)| *count <<= self.level);
        keep_most(&mut frequent, FREQUENT_IN_SAMPLE);
        self.frequent = Some(frequent);
        K::halve(&mut self.values, halvings, &mut coin, backend);
        self.level += halvings;
    }
}

/// The sample of a piece while its blocks pass by, in whatever order: all of its keys, or one in some of them.
pub(super) struct Drawing<K> {
    /// By how many levels keys are thinned.
    levels: u32,
    rows: usize,
    /// What is kept, and what has not come to a chunk that is thinned.
    values: Vec<K>,
    pending: Vec<K>,
    coin: Coin,
    backend: Backend,
}

impl<K: Key + Copy> Drawing<K> {
    /// Of all rows of a piece of so many; `None` where the sample is to be thinner than what passes by can be.
    pub(super) fn of_all(rows: usize, context: Context) -> Option<Drawing<K>> {
        let levels = if K::THINS { thinned_by(context, rows) } else { 0 };
        (level(context, rows, K::THINS) == 0).then(|| Drawing {
            levels,
            rows,
            values: Vec::new(),
            pending: Vec::new(),
            coin: Coin::new(context.seed),
            backend: context.backend,
        })
    }

    /// Takes some keys, no more than a chunk, and leaves them in disorder.
    pub(super) fn extend(&mut self, keys: &mut [K]) {
        if self.values.capacity() == 0 {
            self.values.reserve_exact((self.rows >> self.levels) + self.rows.div_ceil(CHUNK));
        }
        if self.levels == 0 {
            return self.values.extend_from_slice(keys);
        }
        if self.pending.is_empty() && keys.len() == CHUNK {
            return K::thin(keys, &mut self.values, self.levels, &mut self.coin, self.backend);
        }
        self.pending.extend_from_slice(keys);
        if self.pending.len() >= CHUNK {
            K::thin(&mut self.pending[..CHUNK], &mut self.values, self.levels, &mut self.coin, self.backend);
            self.pending.drain(..CHUNK);
        }
    }

    pub(super) fn end(mut self, context: Context) -> Sample<K> {
        K::thin(&mut self.pending, &mut self.values, self.levels, &mut self.coin, self.backend);
        Sample::drawn(self.values, self.levels, context)
    }
}

/// Samples of one level on their way to a sketch.
pub(super) struct Pool<K> {
    level: u32,
    values: Vec<K>,
    /// The pools that were settled.
    settled: u64,
}

impl<K: Key> Pool<K> {
    pub(super) fn new() -> Pool<K> {
        Pool { level: 0, values: Vec::new(), settled: 0 }
    }

    /// Takes a sample; hands what is settled to a sketch, and gives the values that stand often in that.
    pub(super) fn extend(&mut self, mut sample: Sample<K>, quantiles: &mut Quantiles<K>) -> Vec<(K, u64)> {
        if let Some(frequent) = sample.frequent {
            quantiles.extend(sample.level, sample.values);
            return frequent;
        }
        let frequent = if sample.level != self.level {
            // What stands for fewer is thinned to the same level: many values that weigh little say no more.
            self.settle(sample.level.saturating_sub(self.level), quantiles)
        } else if self.values.len() + sample.values.len() > POOL {
            self.settle((self.values.len() / KEPT_OF_POOL).max(1).ilog2(), quantiles)
        } else {
            Vec::new()
        };
        self.level = sample.level;
        if self.values.capacity() == 0 {
            self.values.reserve_exact(POOL.max(sample.values.len()));
        }
        self.values.append(&mut sample.values);
        frequent
    }

    /// Hands all that is left to a sketch.
    pub(super) fn end(&mut self, quantiles: &mut Quantiles<K>) -> Vec<(K, u64)> {
        self.settle(0, quantiles)
    }

    fn settle(&mut self, halvings: u32, quantiles: &mut Quantiles<K>) -> Vec<(K, u64)> {
        let mut pooled = Sample { values: std::mem::take(&mut self.values), level: self.level, frequent: None };
        pooled.settle(halvings, Coin::new(!self.settled), Backend::detect());
        self.settled += 1;
        quantiles.extend(pooled.level, pooled.values);
        pooled.frequent.unwrap_or_default()
    }
}

/// Hands sorted values with how often each stands there to a sketch: those that are many and often by a sample.
pub(super) fn extend_by_counts<K: Key>(quantiles: &mut Quantiles<K>, counts: &[(K, u64)]) {
    let all: u64 = counts.iter().map(|(_, count)| count).sum();
    let level = (all / KEPT_OF_POOL as u64).max(1).ilog2();
    if counts.len() <= KEPT_OF_POOL || level == 0 {
        return quantiles.extend_weighted(counts);
    }
    // One value at random of the first so many, and every so manyth from there.
    let mut next = Coin::new(all).toss() & ((1 << level) - 1);
    let mut passed = 0;
    let mut sample = Vec::with_capacity((all >> level) as usize + 1);
    for (key, count) in counts {
        passed += count;
        while next < passed {
            sample.push(key.clone());
            next += 1 << level;
        }
    }
    quantiles.extend(level, sample);
}

/// Leaves the values that stand most often; of those that stand as often, the first.
pub(super) fn keep_most<K: Ord>(values: &mut Vec<(K, u64)>, most: usize) {
    let by_count =
        |(a, many): &(K, u64), (b, often): &(K, u64)| Reverse(many).cmp(&Reverse(often)).then_with(|| a.cmp(b));
    if values.len() > most {
        values.select_nth_unstable_by(most, by_count);
        values.truncate(most);
    }
    values.sort_unstable_by(by_count);
}

#[cfg(test)]
mod tests {
    use super::super::distinct::Spared;
    use super::*;

    #[test]
    fn samples_weigh_as_much_as_the_stated_error_takes() {
        // The bytes of the largest pieces and the rows in them, of narrow and of wide tables.
        for (piece, rows) in
            [(4_u64 << 20, 98_000_usize), (4 << 20, 20_000), (4 << 20, 478), (16 << 20, 1_900), (32 << 20, 60)]
        {
            for total in [30_000, 300_000, 3_000_000, 20_000_000] {
                let (mut begin, mut all, mut squares) = (0, 0, 0.0);
                while all < total {
                    let bytes = Piece::bytes(begin, piece);
                    let rows = rows * bytes as usize / piece as usize;
                    let spared = Spared::default();
                    let context = Context { begin, piece, backend: Backend::detect(), seed: begin, spared };
                    let level = level(context, rows, true);
                    let sampled = sampled(rows, level, begin).count();
                    let longest = if level == 0 { MOST_SAMPLED << thinning::LEVELS } else { MOST_SAMPLED };
                    assert!(sampled <= longest && sampled >= rows >> level, "{rows}, {sampled}, {level}");
                    let weight = f64::from(1 << level);
                    squares += weight * (weight - 1.0) * sampled as f64;
                    if level == 0 {
                        squares += 4.0 * thinning::squares(thinned_by(context, rows)) * rows as f64;
                    }
                    all += rows;
                    begin += bytes;
                }
                // The standard deviation of the median's rank.
                let deviation = 0.5 * f64::sqrt(squares) / all as f64;
                assert!(deviation <= 0.0027, "{piece}, {rows}, {total}: {deviation}");
            }
        }
    }

    #[test]
    fn pooled_samples_are_the_whole() {
        let context = Context { begin: 0, piece: 1, backend: Backend::detect(), seed: 5, spared: Spared::default() };
        let (mut pool, mut quantiles, mut often) = (Pool::new(), Quantiles::new(), Vec::new());
        let mut all: Vec<u64> = Vec::new();
        for part in 0..60_u64 {
            let values: Vec<u64> = (0..300).map(|n| if n % 10 == 0 { 7 } else { 1000 * (part + 1) + n }).collect();
            all.extend(&values);
            let sample = Sample::drawn(values, 0, context);
            assert!(sample.frequent.is_none());
            often.extend(pool.extend(sample, &mut quantiles));
        }
        often.extend(pool.end(&mut quantiles));
        assert_eq!(often.iter().filter(|(key, _)| *key == 7).map(|(_, count)| *count).sum::<u64>(), 60 * 30);
        all.sort_unstable();
        let ranked = quantiles.ranked();
        assert!(ranked.weight().abs_diff(all.len() as u64) < 32);
        for share in [0.2, 0.5, 0.9] {
            let found = ranked.at(&[share])[0].unwrap();
            let rank = all.partition_point(|value| *value < found) as f64 / all.len() as f64;
            assert!((rank - share).abs() < 0.002, "{rank} for {share}");
        }
    }
}
