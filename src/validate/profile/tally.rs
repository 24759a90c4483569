//! Which values there are, and how often: exactly while they are few, by sketches and samples once they are many.
//!
//! In a piece's thread every value goes into a table while its column has few distinct ones there ([`Counting`]). Where that ends
//! all of them are hashed for the number of distinct ones, and a sample says what lies where and what is common ([`Sketch`]).
//! The same holds for all pieces together ([`Gathered`]). Common values of many are kept by the frequent-items sketch of Apache
//! DataSketches (Anderson and others, "A high-performance algorithm for identifying frequent items in data streams", 2017).

use super::distinct::{Distinct, Hashes, Spared};
use super::key::Key;
use super::numbers::Context;
use super::quantiles::Quantiles;
use super::ranked::Ranked;
use super::sample::{self, Pool, Sample, keep_most};
use super::table::Table;
use datasketches::frequencies::{ErrorType, FrequentItemsSketch};

/// The most distinct values that a piece counts exactly.
pub(super) const MOST_IN_PIECE: usize = 1024;
/// The most distinct values that are counted exactly, and in a piece that has no more rows; and the bytes that they may hold.
pub(super) const MOST: usize = 4096;
const MOST_HELD: usize = 1 << 20;
/// Where a source has been read so far, a piece of few rows may be judged as well: there are many such.
const FAR: u64 = 4 << 20;
/// The places of common values in the sketch of all pieces.
const FREQUENT_PLACES: usize = 4096;
/// Where not all values are counted, those are common that make up at least one in so many.
const COMMON_SHARE: u64 = 200;

/// The values of a column in one piece.
pub(super) enum Values<K> {
    /// All of them, sorted, with how often each stands there.
    Tally(Vec<(K, u64)>),
    /// All of them, in any order, as nearly all differ.
    Uncounted(Vec<K>),
    Sketch(Box<Sketch<K>>),
}

/// What is kept of a piece's values where they are many.
pub(super) struct Sketch<K> {
    pub(super) hashes: Hashes,
    pub(super) sample: Sample<K>,
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
        && (distinct > MOST_IN_PIECE || (passed >= 1024 && distinct > passed / 2) || nearly_all(distinct, passed))
}

/// Whether so many distinct values among so many show that nearly all are.
pub(super) fn nearly_all(distinct: usize, passed: usize) -> bool {
    passed >= 256 && distinct > passed - passed / 10
}

/// The values that are counted between two looks at how many distinct ones there are.
const STRETCH: usize = 256;

/// The values of a piece on their way: counted one by one as long as they are few, hashed from then on.
pub(super) struct Counting<K> {
    table: Table<K>,
    hashes: Option<Hashes>,
    /// All values, where they are few that nearly all differ: who joins pieces sees whether it is worth it to count them.
    uncounted: Option<Vec<K>>,
    passed: usize,
    rows: usize,
}

/// What counting came to.
pub(super) enum Counted<K> {
    /// All values, sorted, with how often each stands there.
    Few(Vec<(K, u64)>),
    /// All values, in any order.
    Uncounted(Vec<K>),
    Many(Hashes),
}

impl<K: Key + Copy + Default> Counting<K> {
    /// For a piece of so many rows.
    pub(super) fn new(rows: usize) -> Counting<K> {
        Counting { table: Table::new(), hashes: None, uncounted: None, passed: 0, rows }
    }

    /// Takes keys and their hashes.
    #[inline]
    pub(super) fn extend(&mut self, keys: &[K], hashes: &[u64], context: Context) {
        if let (None, 0, Some(first)) = (&self.hashes, self.passed, hashes.first_chunk())
            && are_distinct(first)
        {
            match is_judged(self.rows, context.begin) {
                true => self.hashes = Some(Hashes::new(self.rows)),
                false => self.uncounted = Some(Vec::with_capacity(self.rows)),
            }
        }
        if let Some(uncounted) = &mut self.uncounted {
            uncounted.extend_from_slice(keys);
            self.passed += keys.len();
            return;
        }
        let mut counted = 0;
        while self.hashes.is_none() && counted < keys.len() {
            let stretch = counted..keys.len().min(counted + STRETCH);
            self.table.extend(&keys[stretch.clone()], &hashes[stretch.clone()]);
            self.passed += stretch.len();
            counted = stretch.end;
            if are_many(self.table.distinct(), self.passed, self.rows, context.begin) {
                self.hashes = Some(hashed(self.table.entries().map(|(key, _)| key), self.rows, context));
            }
        }
        if let Some(many) = &mut self.hashes {
            many.extend(&hashes[counted..], context.spared, context.backend);
        }
    }

    /// Takes keys that are counted already, before any other.
    pub(super) fn begin(&mut self, counts: Vec<(K, u64)>, context: Context) {
        self.passed = counts.iter().map(|(_, count)| *count as usize).sum();
        if are_many(counts.len(), self.passed, self.rows, context.begin) {
            self.hashes = Some(hashed(counts.into_iter().map(|(key, _)| key), self.rows, context));
        } else {
            counts.into_iter().for_each(|(key, count)| self.table.add(key, count as u32));
        }
    }

    /// Whether values are too many to be counted one by one.
    #[inline]
    pub(super) fn is_given_up(&self) -> bool {
        self.hashes.is_some()
    }

    pub(super) fn end(self) -> Counted<K> {
        match (self.hashes, self.uncounted) {
            (Some(hashes), _) => Counted::Many(hashes.end()),
            (None, Some(uncounted)) => Counted::Uncounted(uncounted),
            (None, None) => {
                let mut all: Vec<_> = self.table.entries().collect();
                all.sort_unstable();
                Counted::Few(all)
            }
        }
    }
}

/// What counts of distinct keys come to in a piece of so many rows: sorted, and counted already, so that more of them are few.
pub(super) fn judged<K: Key>(counts: Vec<(K, u64)>, rows: usize, context: Context) -> Counted<K> {
    match is_judged(rows, context.begin) && counts.len() > MOST.min(rows / 4) {
        true => Counted::Many(hashed(counts.into_iter().map(|(key, _)| key), rows, context).end()),
        false => Counted::Few(counts),
    }
}

/// The hashes of the keys of a piece of so many rows.
pub(super) fn hashed<K: Key>(keys: impl Iterator<Item = K>, rows: usize, context: Context) -> Hashes {
    let all: Vec<u64> = keys.map(|key| key.mixed()).collect();
    let mut hashes = Hashes::new(rows);
    hashes.extend(&all, context.spared, context.backend);
    hashes
}

/// The values of a column in all pieces so far.
pub(super) struct Gathered<K> {
    /// All of them while they are few: those that are counted, sorted, and others.
    tally: Vec<(K, u64)>,
    uncounted: Vec<K>,
    whole: Option<Box<Whole<K>>>,
}

struct Whole<K> {
    distinct: Distinct,
    pool: Pool<K>,
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
        Gathered { tally: Vec::new(), uncounted: Vec::new(), whole: None }
    }

    /// Takes the values of the next piece.
    pub(super) fn merge(&mut self, values: Values<K>) {
        match values {
            Values::Tally(tally) if self.whole.is_none() => self.count(tally),
            Values::Tally(tally) => self.whole().tally(&tally),
            Values::Uncounted(values) if self.whole.is_none() => {
                self.uncounted.extend(values);
                if self.uncounted.len() > MOST {
                    self.count(Vec::new());
                }
            }
            Values::Uncounted(values) => self.whole().take(values),
            Values::Sketch(sketch) => {
                let whole = self.whole();
                whole.distinct.merge(&sketch.hashes);
                whole.pool(sketch.sample);
            }
        }
    }

    /// Counts what is not counted yet, together with a tally; goes over to sketches where that is too much.
    fn count(&mut self, tally: Vec<(K, u64)>) {
        let mut values = std::mem::take(&mut self.uncounted);
        values.sort_unstable();
        let runs = values.chunk_by(PartialEq::eq).map(|run| (run[0].clone(), run.len() as u64));
        self.tally = joined(joined(std::mem::take(&mut self.tally), runs.collect()), tally);
        let held = || self.tally.iter().map(|(key, _)| key.held()).sum::<usize>();
        if self.tally.len() > MOST || held() > MOST_HELD {
            self.whole();
        }
    }

    /// Which hashes cannot matter any more.
    pub(super) fn spared(&self) -> Spared {
        self.whole.as_ref().map_or(Spared::default(), |whole| whole.distinct.spared())
    }

    /// Goes over to sketches.
    fn whole(&mut self) -> &mut Whole<K> {
        let Gathered { tally, uncounted, whole } = self;
        whole.get_or_insert_with(|| {
            let mut whole = Box::new(Whole {
                distinct: Distinct::default(),
                pool: Pool::new(),
                quantiles: Quantiles::new(),
                frequent: FrequentItemsSketch::new(FREQUENT_PLACES).expect("a power of two"),
            });
            whole.tally(&std::mem::take(tally));
            whole.take(std::mem::take(uncounted));
            whole
        })
    }

    /// What all pieces came to; `count` values were in them, and `most` common ones are wanted.
    pub(super) fn finish(mut self, count: u64, most: usize) -> Summary<K> {
        if self.whole.is_none() && !self.uncounted.is_empty() {
            self.count(Vec::new());
        }
        let Some(mut whole) = self.whole else {
            let mut common = self.tally.clone();
            keep_most(&mut common, most);
            let distinct = self.tally.len() as u64;
            let ranked = if K::RANKED { Ranked::of_tally(self.tally) } else { Ranked::default() };
            return Summary { distinct, is_exact: true, ranked, common };
        };
        let frequent = whole.pool.end(&mut whole.quantiles);
        whole.count(frequent);
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
    /// Takes values that are not counted.
    fn take(&mut self, values: Vec<K>) {
        values.iter().for_each(|key| self.distinct.insert(key.mixed()));
        self.pool(Sample::of_all(values));
    }

    fn pool(&mut self, sample: Sample<K>) {
        let frequent = self.pool.extend(sample, &mut self.quantiles);
        self.count(frequent);
    }

    fn tally(&mut self, tally: &[(K, u64)]) {
        tally.iter().for_each(|(key, _)| self.distinct.insert(key.mixed()));
        if K::RANKED {
            sample::extend_by_counts(&mut self.quantiles, tally);
        }
        let all: u64 = tally.iter().map(|(_, count)| count).sum();
        let least = sample::least_often(all as usize) as u64;
        let mut frequent: Vec<_> = tally.iter().filter(|(_, count)| *count >= least).cloned().collect();
        keep_most(&mut frequent, FREQUENT_PLACES / 2);
        self.count(frequent);
    }

    fn count(&mut self, frequent: Vec<(K, u64)>) {
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
    use super::*;

    #[test]
    fn few_and_many_are_told_apart_by_a_look() {
        let hashes = |distinct: u64| std::array::from_fn(|at| (at as u64 % distinct).mixed());
        assert!(are_distinct(&hashes(256)) && are_distinct(&hashes(250)));
        assert!(!are_distinct(&hashes(200)) && !are_distinct(&hashes(1)));
    }
}
