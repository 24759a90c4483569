//! Which values there are, and how often: exactly while they are few, by sketches and samples once they are many.
//!
//! In a piece's thread every value goes into a table while its column has few distinct ones there ([`Counting`]). Where that ends
//! all of them are hashed for the number of distinct ones, and a sample says what lies where and what is common ([`Sketch`]).
//! The same holds for all pieces together ([`Gathered`]). Common values of many are kept by the frequent-items sketch of Apache
//! DataSketches (Anderson and others, "A high-performance algorithm for identifying frequent items in data streams", 2017).

use super::distinct::{Distinct, Hashes};
use super::key::Key;
use super::numbers::Context;
use super::quantiles::{Coin, Quantiles, Ranked};
use datasketches::frequencies::{ErrorType, FrequentItemsSketch};
use std::cmp::Reverse;

/// The most distinct values that a piece counts exactly.
pub(super) const MOST_IN_PIECE: usize = 1024;
/// The most distinct values that are counted exactly, and in a piece that has no more rows; and the bytes that they may hold.
pub(super) const MOST: usize = 4096;
const MOST_HELD: usize = 1 << 20;
/// Where a source has been read so far, a piece of few rows may be judged as well: there are many such.
const FAR: u64 = 4 << 20;
/// The rows of a source of which all are in the sample, and those after which it is thinnest.
const ROWS_IN_FULL: u64 = 16 << 10;
const ROWS_IN_PLENTY: u64 = 2 << 20;
/// The rows of a source after which a sample of all rows may be halved.
const ROWS_BEFORE_HALVES: u64 = 4 << 10;
/// The values of a piece's sample at most, and about half as many as are kept of them.
const MOST_SAMPLED: usize = 8192;
const KEPT: usize = 128;
/// The most common values of a piece that are kept, and their places in the sketch of all pieces.
pub(super) const FREQUENT_IN_PIECE: usize = 256;
const FREQUENT_PLACES: usize = 4096;
/// Where not all values are counted, those are common that make up at least one in so many.
const COMMON_SHARE: u64 = 200;

/// The values of a column in one piece.
pub(super) enum Values<K> {
    /// All of them, sorted, with how often each stands there.
    Tally(Vec<(K, u64)>),
    Sketch(Box<Sketch<K>>),
}

/// What is kept of a piece's values where they are many.
pub(super) struct Sketch<K> {
    pub(super) hashes: Hashes,
    /// Sorted values, of which each stands for `2^level`.
    pub(super) sample: Vec<K>,
    pub(super) level: u32,
    /// Values that stand often in the sample, with how often they stand in the piece by that.
    pub(super) frequent: Vec<(K, u64)>,
}

/// Whether a piece of so many rows is judged: the values of others are counted whatever they are.
fn is_judged(rows: usize, begin: u64) -> bool {
    rows > MOST || begin >= FAR
}

/// Whether nearly all of these hashes are distinct, by the bits that they set among many: a look that costs less than a table.
fn are_distinct(hashes: &[u64; STRETCH]) -> bool {
    const WORDS: usize = 64;
    let mut bits = [0_u64; WORDS];
    hashes.iter().for_each(|hash| bits[*hash as usize % WORDS] |= 1 << ((hash >> 6) % 64));
    // Of 256 distinct ones some eight meet others, of 230 some seven.
    bits.iter().map(|word| word.count_ones() as usize).sum::<usize>() > STRETCH - STRETCH / 8
}

/// Whether so many distinct values of a column are too many to be counted one by one, after so many rows of a piece that has
/// `rows` and begins at `begin`.
#[inline]
pub(super) fn are_many(distinct: usize, passed: usize, rows: usize, begin: u64) -> bool {
    is_judged(rows, begin)
        && (distinct > MOST_IN_PIECE
            || (passed >= 1024 && distinct > passed / 2)
            || (passed >= 256 && distinct > passed - passed / 10))
}

/// The values that are counted between two looks at how many distinct ones there are.
const STRETCH: usize = 256;
/// The slots of a table at first, and for each value at least.
const SLOTS: usize = 4 * STRETCH;
const SLOTS_A_VALUE: usize = 2;

/// The values of a piece on their way: counted one by one as long as they are few, hashed from then on.
pub(super) struct Counting<K> {
    table: Table<K>,
    hashes: Option<Hashes>,
    passed: usize,
    rows: usize,
}

/// What counting came to.
pub(super) enum Counted<K> {
    /// All values, sorted, with how often each stands there.
    Few(Vec<(K, u64)>),
    Many(Hashes),
}

impl<K: Key + Copy + Default> Counting<K> {
    /// For a piece of so many rows.
    pub(super) fn new(rows: usize) -> Counting<K> {
        Counting { table: Table::new(), hashes: None, passed: 0, rows }
    }

    /// Takes keys and their hashes.
    #[inline]
    pub(super) fn extend(&mut self, keys: &[K], hashes: &[u64], context: Context<'_>) {
        if let (None, 0, Some(first)) = (&self.hashes, self.passed, hashes.first_chunk())
            && is_judged(self.rows, context.begin)
            && are_distinct(first)
        {
            self.hashes = Some(Hashes::new(context.known, self.rows));
        }
        let mut counted = 0;
        while self.hashes.is_none() && counted < keys.len() {
            let stretch = counted..keys.len().min(counted + STRETCH);
            self.table.extend(&keys[stretch.clone()], &hashes[stretch.clone()]);
            self.passed += stretch.len();
            counted = stretch.end;
            if are_many(self.table.distinct, self.passed, self.rows, context.begin) {
                let mut begun = Hashes::new(context.known, self.rows);
                begun.extend(context.known, self.table.entries().map(|(key, _)| key.mixed()));
                self.hashes = Some(begun);
            }
        }
        if let Some(many) = &mut self.hashes {
            many.extend_from(context.known, &hashes[counted..], context.backend);
        }
    }

    pub(super) fn end(self) -> Counted<K> {
        match self.hashes {
            Some(hashes) => Counted::Many(hashes),
            None => {
                let mut all: Vec<_> = self.table.entries().collect();
                all.sort_unstable();
                Counted::Few(all)
            }
        }
    }
}

/// Counts of values, by open addressing; it grows with them, so that few of them stay in the first cache.
struct Table<K> {
    keys: Vec<K>,
    /// 0 where a slot is free.
    counts: Vec<u32>,
    distinct: usize,
}

impl<K: Key + Copy + Default> Table<K> {
    fn new() -> Table<K> {
        Table { keys: Vec::new(), counts: Vec::new(), distinct: 0 }
    }

    /// Counts keys, of which these are the hashes.
    #[inline]
    fn extend(&mut self, keys: &[K], hashes: &[u64]) {
        let least = SLOTS_A_VALUE * (self.distinct + keys.len());
        if least > self.keys.len() {
            self.grow(least.next_power_of_two().max(SLOTS));
        }
        let mask = self.keys.len() - 1;
        let (slots, counts) = (self.keys.as_mut_slice(), self.counts.as_mut_slice());
        for (key, hash) in keys.iter().zip(hashes) {
            let mut slot = *hash as usize & mask;
            while slots[slot] != *key || counts[slot] == 0 {
                if counts[slot] == 0 {
                    slots[slot] = *key;
                    self.distinct += 1;
                    break;
                }
                slot = (slot + 1) & mask;
            }
            counts[slot] += 1;
        }
    }

    fn grow(&mut self, slots: usize) {
        let (mut keys, mut counts) = (vec![K::default(); slots], vec![0; slots]);
        for (key, count) in self.keys.iter().zip(&self.counts).filter(|(_, count)| **count > 0) {
            let mut slot = key.mixed() as usize & (slots - 1);
            while counts[slot] != 0 {
                slot = (slot + 1) & (slots - 1);
            }
            (keys[slot], counts[slot]) = (*key, *count);
        }
        (self.keys, self.counts) = (keys, counts);
    }

    /// The keys, in no order, and their counts.
    fn entries(&self) -> impl Iterator<Item = (K, u64)> + '_ {
        let all = self.keys.iter().zip(&self.counts);
        all.filter(|(_, count)| **count > 0).map(|(key, count)| (*key, u64::from(*count)))
    }
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
fn rows_before(context: Context<'_>, rows: usize) -> u64 {
    (context.begin / context.piece.max(1)).saturating_mul(rows as u64)
}

/// Whether a sample that is every row of a piece may be halved by small blocks, as enough has been seen whose error is less.
pub(super) fn may_be_halved(context: Context<'_>, rows: usize) -> bool {
    rows_before(context, rows) >= ROWS_BEFORE_HALVES
}

/// How thin the sample of a piece is: thinner the more rows of its source lie before it, as enough has been seen then.
pub(super) fn level(context: Context<'_>, rows: usize) -> u32 {
    let before = rows_before(context, rows);
    let thinnest = if before < ROWS_IN_PLENTY { 4 } else { 5 };
    let by_place = (before / ROWS_IN_FULL).max(1).ilog2().min(thinnest);
    let by_rows = rows.div_ceil(MOST_SAMPLED).max(1).next_power_of_two().ilog2();
    by_place.max(by_rows)
}

impl<K: Key> Sketch<K> {
    /// Of sampled values, each of which stands for `2^level`.
    pub(super) fn new(hashes: Hashes, mut sample: Vec<K>, mut level: u32, seed: u64) -> Sketch<K> {
        sample.sort_unstable();
        let mut frequent: Vec<(K, u64)> = Vec::new();
        for run in sample.chunk_by(PartialEq::eq).filter(|run| run.len() > 1) {
            frequent.push((run[0].clone(), (run.len() as u64) << level));
        }
        keep_most(&mut frequent, FREQUENT_IN_PIECE);
        let halvings = (sample.len() / KEPT).max(1).ilog2();
        if halvings > 0 {
            let first = Coin::new(!seed).toss() as usize & ((1 << halvings) - 1);
            sample = sample.into_iter().skip(first).step_by(1 << halvings).collect();
            level += halvings;
        }
        Sketch { hashes, sample, level, frequent }
    }
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

/// The values of a column in all pieces so far.
pub(super) struct Gathered<K> {
    /// All of them, sorted, while they are few.
    tally: Vec<(K, u64)>,
    whole: Option<Box<Whole<K>>>,
}

struct Whole<K> {
    distinct: Distinct,
    quantiles: Quantiles<K>,
    frequent: FrequentItemsSketch<K>,
}

/// What the values of a column came to.
pub(super) struct Summary<K> {
    pub(super) distinct: u64,
    /// Whether all values were counted, and nothing is estimated.
    pub(super) is_exact: bool,
    /// Values with what each stands for, where their ranks matter.
    pub(super) ranked: Ranked<K>,
    /// The most common values with how often they stand there, the most common first.
    pub(super) common: Vec<(K, u64)>,
}

impl<K: Key> Gathered<K> {
    pub(super) fn new() -> Gathered<K> {
        Gathered { tally: Vec::new(), whole: None }
    }

    /// Takes the values of the next piece.
    pub(super) fn merge(&mut self, values: Values<K>) {
        match values {
            Values::Tally(tally) if self.whole.is_none() => {
                self.tally = joined(std::mem::take(&mut self.tally), tally);
                let held = || self.tally.iter().map(|(key, _)| key.held()).sum::<usize>();
                if self.tally.len() > MOST || held() > MOST_HELD {
                    self.whole();
                }
            }
            Values::Tally(tally) => self.whole().tally(&tally),
            Values::Sketch(sketch) => {
                let whole = self.whole();
                whole.distinct.merge(&sketch.hashes);
                if K::RANKED {
                    whole.quantiles.extend(sketch.level, sketch.sample);
                }
                sketch.frequent.into_iter().for_each(|(key, count)| whole.frequent.update_with_count(key, count));
            }
        }
    }

    /// The hashes so far, where values are many.
    pub(super) fn distinct(&self) -> Option<&Distinct> {
        self.whole.as_ref().map(|whole| &whole.distinct)
    }

    /// Goes over to sketches.
    fn whole(&mut self) -> &mut Whole<K> {
        let tally = std::mem::take(&mut self.tally);
        let whole = self.whole.get_or_insert_with(|| {
            Box::new(Whole {
                distinct: Distinct::default(),
                quantiles: Quantiles::new(),
                frequent: FrequentItemsSketch::new(FREQUENT_PLACES).expect("a power of two"),
            })
        });
        whole.tally(&tally);
        whole
    }

    /// What all pieces came to; `count` values were in them, and `most` common ones are wanted.
    pub(super) fn finish(self, count: u64, most: usize) -> Summary<K> {
        let Some(whole) = self.whole else {
            let mut common = self.tally.clone();
            keep_most(&mut common, most);
            let distinct = self.tally.len() as u64;
            let ranked = if K::RANKED { Ranked::of_tally(self.tally) } else { Ranked::default() };
            return Summary { distinct, is_exact: true, ranked, common };
        };
        let rows = whole.frequent.frequent_items(ErrorType::NoFalseNegatives);
        let mut common: Vec<(K, u64)> = rows
            .iter()
            .filter(|row| row.estimate() >= (count / COMMON_SHARE).max(2))
            .map(|row| (row.item().clone(), row.estimate().min(count)))
            .collect();
        keep_most(&mut common, most);
        let distinct = (whole.distinct.estimate().round() as u64).clamp(1, count.max(1));
        Summary { distinct, is_exact: false, ranked: whole.quantiles.ranked(), common }
    }
}

impl<K: Key> Whole<K> {
    fn tally(&mut self, tally: &[(K, u64)]) {
        tally.iter().for_each(|(key, _)| self.distinct.insert(key.mixed()));
        if K::RANKED {
            self.quantiles.extend_weighted(tally);
        }
        let mut frequent: Vec<_> = tally.iter().filter(|(_, count)| *count > 1).cloned().collect();
        keep_most(&mut frequent, FREQUENT_PLACES / 2);
        frequent.into_iter().for_each(|(key, count)| self.frequent.update_with_count(key, count));
    }
}

/// Two sorted tallies as one.
fn joined<K: Ord>(ours: Vec<(K, u64)>, theirs: Vec<(K, u64)>) -> Vec<(K, u64)> {
    let mut all = Vec::with_capacity(ours.len().max(theirs.len()));
    let (mut ours, mut theirs) = (ours.into_iter().peekable(), theirs.into_iter().peekable());
    loop {
        match (ours.peek(), theirs.peek()) {
            (Some((a, _)), Some((b, _))) => match a.cmp(b) {
                std::cmp::Ordering::Less => all.extend(ours.next()),
                std::cmp::Ordering::Greater => all.extend(theirs.next()),
                std::cmp::Ordering::Equal => {
                    let both = ours.next().zip(theirs.next());
                    all.extend(both.map(|((key, many), (_, more))| (key, many + more)));
                }
            },
            (Some(_), None) => all.extend(ours.by_ref()),
            (None, Some(_)) => all.extend(theirs.by_ref()),
            (None, None) => return all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::halves;
    use super::*;
    use crate::scan::Backend;

    #[test]
    fn samples_weigh_as_much_as_the_stated_error_takes() {
        // The bytes of the largest pieces and the rows in them, of narrow and of wide tables.
        for (piece, rows) in
            [(4_u64 << 20, 98_000_usize), (4 << 20, 20_000), (4 << 20, 478), (16 << 20, 1_900), (32 << 20, 60)]
        {
            for total in [30_000, 300_000, 3_000_000, 20_000_000] {
                let (mut begin, mut all, mut squares) = (0, 0, 0.0);
                while all < total {
                    let bytes = (begin / 4).clamp(piece / 8, piece);
                    let rows = rows * bytes as usize / piece as usize;
                    let context = Context { begin, piece, backend: Backend::detect(), seed: begin, known: None };
                    let level = level(context, rows);
                    let sampled = sampled(rows, level, begin).count();
                    assert!(sampled <= MOST_SAMPLED && sampled >= rows >> level, "{rows}, {sampled}, {level}");
                    let weight = f64::from(1 << level);
                    squares += weight * (weight - 1.0) * sampled as f64;
                    if level == 0 && may_be_halved(context, rows) {
                        // Of each block the rank is off by one at most, this way or that.
                        squares += 4.0 * (rows / halves::ROWS) as f64;
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
    fn few_and_many_are_told_apart_by_a_look() {
        let hashes = |distinct: u64| std::array::from_fn(|at| (at as u64 % distinct).mixed());
        assert!(are_distinct(&hashes(256)) && are_distinct(&hashes(250)));
        assert!(!are_distinct(&hashes(200)) && !are_distinct(&hashes(1)));
    }
}
