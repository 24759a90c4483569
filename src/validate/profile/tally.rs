//! Which values there are, and how often: exactly while they are few, by sketches and samples once they are many.
//!
//! In a piece's thread every value goes into a table while its column has few distinct ones there ([`Table`]). Where that ends
//! all of them are hashed for the number of distinct ones, and a sample says what lies where and what is common ([`Sketch`]).
//! The same holds for all pieces together ([`Gathered`]). Common values of many are kept by the frequent-items sketch of Apache
//! DataSketches (Anderson and others, "A high-performance algorithm for identifying frequent items in data streams", 2017).

use super::distinct::{Distinct, Hashes};
use super::key::Key;
use super::quantiles::{Coin, Quantiles};
use datasketches::frequencies::{ErrorType, FrequentItemsSketch};
use std::cmp::Reverse;

/// The most distinct values that a piece counts exactly.
pub(super) const MOST_IN_PIECE: usize = 1024;
/// The most distinct values that are counted exactly, and in a piece that has no more rows; and the bytes that they may hold.
pub(super) const MOST: usize = 4096;
const MOST_HELD: usize = 1 << 20;
/// Where a source has been read so far, a piece of few rows may be judged as well: there are many such.
const FAR: u64 = 4 << 20;
/// The bytes of most pieces, and the rows of a source of which all are in the sample.
const USUAL_PIECE: u64 = 4 << 20;
const ROWS_IN_FULL: u64 = 16 << 10;
/// The values of a piece's sample at most, and about half as many as are kept of them.
const MOST_SAMPLED: usize = 8192;
const KEPT: usize = 512;
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

/// Whether so many distinct values of a column are too many to be counted one by one, after so many rows of a piece that has
/// `rows` and begins at `begin`.
#[inline]
pub(super) fn are_many(distinct: usize, passed: usize, rows: usize, begin: u64) -> bool {
    let is_judged = rows > MOST || begin >= FAR;
    is_judged
        && (distinct > MOST_IN_PIECE
            || (passed >= 1024 && distinct > passed / 2)
            || (passed >= 256 && distinct > passed - passed / 10))
}

/// Counts of values, by open addressing.
pub(super) struct Table<K> {
    keys: Vec<K>,
    /// 0 where a slot is free.
    counts: Vec<u32>,
    distinct: usize,
    last: usize,
}

impl<K: Key + Copy + Default> Table<K> {
    /// For a piece of so many rows.
    pub(super) fn new(rows: usize) -> Table<K> {
        let most = if rows > MOST { MOST_IN_PIECE + super::moments::BLOCK } else { rows };
        let slots = (2 * most).next_power_of_two().max(2);
        Table { keys: vec![K::default(); slots], counts: vec![0; slots], distinct: 0, last: 0 }
    }

    pub(super) fn distinct(&self) -> usize {
        self.distinct
    }

    /// Counts the keys of a block.
    #[inline]
    pub(super) fn extend(&mut self, keys: &[K]) {
        let (mask, mut last) = (self.keys.len() - 1, self.last);
        let (slots, counts) = (self.keys.as_mut_slice(), self.counts.as_mut_slice());
        for key in keys {
            if slots[last] != *key || counts[last] == 0 {
                last = key.mixed() as usize & mask;
                while counts[last] != 0 && slots[last] != *key {
                    last = (last + 1) & mask;
                }
                if counts[last] == 0 {
                    slots[last] = *key;
                    self.distinct += 1;
                }
            }
            counts[last] += 1;
        }
        self.last = last;
    }

    /// The keys, in no order, and their counts.
    pub(super) fn entries(&self) -> impl Iterator<Item = (K, u64)> + '_ {
        let all = self.keys.iter().zip(&self.counts);
        all.filter(|(_, count)| **count > 0).map(|(key, count)| (*key, u64::from(*count)))
    }

    pub(super) fn sorted(&self) -> Vec<(K, u64)> {
        let mut all: Vec<_> = self.entries().collect();
        all.sort_unstable();
        all
    }
}

/// Rows of a piece: one at random of every `2^level`, which differ from column to column and are the same in every run.
pub(super) fn sampled(rows: usize, level: u32, seed: u64) -> impl Iterator<Item = usize> {
    let mut coin = Coin::new(seed);
    let mask = (1_usize << level) - 1;
    (0..rows).step_by(mask + 1).map(move |first| first + (coin.toss() as usize & mask)).filter(move |row| *row < rows)
}

/// How thin the sample of a piece is: thinner the more rows of its source lie before it, as enough has been seen then. How many
/// these are is judged by the bytes before it and its own rows, of which no piece knows more.
pub(super) fn level(begin: u64, rows: usize) -> u32 {
    let before = (begin / USUAL_PIECE).saturating_mul(rows as u64);
    let by_place = (before / ROWS_IN_FULL).max(1).ilog2().min(4);
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
        let mut coin = Coin::new(!seed);
        while sample.len() > 2 * KEPT {
            let mut is_kept = coin.toss() & 1 == 0;
            sample.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
            level += 1;
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
    /// Values with what each stands for, sorted.
    pub(super) sorted: Vec<(K, u64)>,
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
                whole.quantiles.extend(sketch.level, sketch.sample);
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
            return Summary { distinct: self.tally.len() as u64, is_exact: true, sorted: self.tally, common };
        };
        let rows = whole.frequent.frequent_items(ErrorType::NoFalseNegatives);
        let mut common: Vec<(K, u64)> = rows
            .iter()
            .filter(|row| row.estimate() >= (count / COMMON_SHARE).max(2))
            .map(|row| (row.item().clone(), row.estimate().min(count)))
            .collect();
        keep_most(&mut common, most);
        let distinct = (whole.distinct.estimate().round() as u64).clamp(1, count.max(1));
        Summary { distinct, is_exact: false, sorted: whole.quantiles.sorted(), common }
    }
}

impl<K: Key> Whole<K> {
    fn tally(&mut self, tally: &[(K, u64)]) {
        tally.iter().for_each(|(key, _)| self.distinct.insert(key.mixed()));
        self.quantiles.extend_weighted(tally);
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
