//! The numbers of one column in one piece: all that is kept of them, in one pass of blocks that stay in the first cache.

use super::distinct::{Distinct, Hashes};
use super::key::{Key, Number};
use super::moments::{BLOCK, Moments};
use super::tally::{self, Gathered, Sketch, Table, Values};
use arrow::buffer::{BooleanBuffer, NullBuffer};

/// What is kept of a column's numbers in one piece.
pub(super) struct Numbers<K> {
    pub(super) moments: Moments,
    /// The least and the greatest, NaN left out.
    pub(super) extremes: Option<(K, K)>,
    pub(super) values: Values<K>,
}

/// A type whose values are added up.
pub(super) trait Summed: Number + Default {
    /// The moments of a block.
    fn moments(values: &[Self], keys: &[Self::Key], extremes: (Self::Key, Self::Key)) -> Moments;

    fn mean(moments: &Moments) -> Option<f64>;
}

macro_rules! summed_by_key {
    ($($native:ty)*) => {$(
        impl Summed for $native {
            #[inline(always)]
            fn moments(_: &[$native], keys: &[u64], (least, greatest): (u64, u64)) -> Moments {
                Moments::of_keys(keys, least, greatest)
            }

            fn mean(moments: &Moments) -> Option<f64> {
                moments.mean_of_keys(<$native>::default().key())
            }
        }
    )*};
}

summed_by_key! { i8 i16 i32 i64 u8 u16 u32 u64 }

macro_rules! summed_as_floats {
    ($($native:ty)*) => {$(
        impl Summed for $native {
            #[inline(always)]
            fn moments(values: &[$native], _: &[Self::Key], _: (Self::Key, Self::Key)) -> Moments {
                let mut floats = [0.0; BLOCK];
                floats.iter_mut().zip(values).for_each(|(float, value)| *float = value.float());
                Moments::of_floats(&floats[..values.len()])
            }

            fn mean(moments: &Moments) -> Option<f64> {
                moments.mean_of_floats()
            }
        }
    )*};
}

summed_as_floats! { f32 f64 i128 u128 }

/// Where a piece stands and what is known already.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The byte at which it begins.
    pub(super) begin: u64,
    /// What the column's sample is drawn by.
    pub(super) seed: u64,
    /// The hashes of pieces before, where their values are many: what they hold need not be written again.
    pub(super) known: Option<&'a Distinct>,
}

impl<K: Key + Copy + Default> Numbers<K> {
    /// What is kept of an array's values.
    pub(super) fn of<N: Summed<Key = K>>(values: &[N], nulls: Option<&NullBuffer>, context: Context<'_>) -> Numbers<K> {
        let rows = values.len();
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        let mut moments = Moments::default();
        let mut extremes: Option<(K, K)> = None;
        let mut table = Table::new(rows);
        let mut hashes: Option<Hashes> = None;
        let mut passed = 0;
        let (mut dense, mut keys) = ([N::default(); BLOCK], [K::default(); BLOCK]);
        for (at, block) in values.chunks(BLOCK).enumerate() {
            let block = match nulls {
                None => block,
                Some(nulls) => pack(block, nulls.inner(), at * BLOCK, &mut dense),
            };
            if block.is_empty() {
                continue;
            }
            let keys = &mut keys[..block.len()];
            keys.iter_mut().zip(block).for_each(|(key, value)| *key = value.key());
            let found = limits::<N>(keys);
            moments.merge(&N::moments(block, keys, found.unwrap_or_else(|| (keys[0], keys[0]))));
            extremes = match (extremes, found) {
                (Some((least, greatest)), Some((low, high))) => Some((least.min(low), greatest.max(high))),
                (known, found) => known.or(found),
            };
            passed += block.len();
            match &mut hashes {
                Some(hashes) => hashes.extend(context.known, keys.iter().map(Key::mixed)),
                None => {
                    table.extend(keys);
                    if tally::are_many(table.distinct(), passed, rows, context.begin) {
                        let mut begun = Hashes::new(context.known, rows);
                        begun.extend(context.known, table.entries().map(|(key, _)| key.mixed()));
                        hashes = Some(begun);
                    }
                }
            }
        }
        let values = match hashes {
            None => Values::Tally(table.sorted()),
            Some(hashes) => {
                let level = tally::level(context.begin, rows);
                let is_there = |row: &usize| nulls.is_none_or(|nulls| nulls.is_valid(*row));
                let rows = tally::sampled(rows, level, context.seed).filter(is_there);
                let sample = rows.map(|row| values[row].key()).collect();
                Values::Sketch(Box::new(Sketch::new(hashes, sample, level, context.seed)))
            }
        };
        Numbers { moments, extremes, values }
    }
}

impl Numbers<u64> {
    /// Of booleans, as 0 and 1.
    pub(super) fn of_booleans(values: &BooleanBuffer, nulls: Option<&NullBuffer>) -> Numbers<u64> {
        let (count, ones) = match nulls {
            None => (values.len(), values.count_set_bits()),
            Some(nulls) => (nulls.len() - nulls.null_count(), (nulls.inner() & values).count_set_bits()),
        };
        let counts = [(0, (count - ones) as u64), (1, ones as u64)];
        let there: Vec<(u64, u64)> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        let extremes = there.first().zip(there.last()).map(|((least, _), (greatest, _))| (*least, *greatest));
        Numbers { moments: Moments::of_booleans(count as u64, ones as u64), extremes, values: Values::Tally(there) }
    }
}

/// The least and the greatest of a block, which has one key at least; `None` where all are NaN.
#[inline(always)]
fn limits<N: Number>(keys: &[N::Key]) -> Option<(N::Key, N::Key)> {
    let first = keys[0];
    let least = keys.iter().fold(first, |least, key| if *key < least { *key } else { least });
    let greatest = match N::NAN {
        None => keys.iter().fold(first, |greatest, key| if *key > greatest { *key } else { greatest }),
        // NaN is the greatest key: what is below it is a number.
        Some(nan) if least == nan => return None,
        Some(nan) => keys.iter().fold(least, |most, key| if *key > most && *key != nan { *key } else { most }),
    };
    Some((least, greatest))
}

/// The values of a block that are there, one behind the other.
fn pack<'a, N: Copy>(block: &[N], valid: &BooleanBuffer, from: usize, dense: &'a mut [N; BLOCK]) -> &'a [N] {
    let valid = valid.slice(from, block.len());
    let mut count = 0;
    for row in valid.set_indices() {
        dense[count] = block[row];
        count += 1;
    }
    &dense[..count]
}

/// The numbers of a column in all pieces so far.
pub(super) struct AllNumbers<K> {
    pub(super) moments: Moments,
    pub(super) extremes: Option<(K, K)>,
    pub(super) gathered: Gathered<K>,
}

impl<K: Key + Copy> AllNumbers<K> {
    pub(super) fn new() -> AllNumbers<K> {
        AllNumbers { moments: Moments::default(), extremes: None, gathered: Gathered::new() }
    }

    pub(super) fn merge(&mut self, next: Numbers<K>) {
        self.moments.merge(&next.moments);
        self.extremes = match (self.extremes, next.extremes) {
            (Some((least, greatest)), Some((low, high))) => Some((least.min(low), greatest.max(high))),
            (known, found) => known.or(found),
        };
        self.gathered.merge(next.values);
    }
}
