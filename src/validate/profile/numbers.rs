//! The numbers of one column in one piece: all that is kept of them, in one pass of blocks that stay in the first cache.

use super::dense::{Counts, Dense};
use super::distinct::Spared;
use super::key::{Key, Number};
use super::moments::{BLOCK, Moments};
use super::sample::{self, Drawing, Sample};
use super::tally::{self, Counted, Counting, Gathered, Sketch, Values};
use super::words;
use crate::scan::{Backend, Loops};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use std::convert::Infallible;

/// What is kept of a column's numbers in one piece.
pub(super) struct Numbers<K> {
    pub(super) moments: Moments,
    /// The least and the greatest, NaN left out.
    pub(super) extremes: Option<(K, K)>,
    pub(super) values: Values<K>,
}

/// A type whose values are added up.
pub(super) trait Summed: Number + Default {
    /// Counts of values that lie close together.
    type Counts: Counts<Self::Key>;

    /// The moments of a block.
    fn moments(values: &[Self], keys: &[Self::Key], extremes: (Self::Key, Self::Key)) -> Moments;

    fn mean(moments: &Moments) -> Option<f64>;
}

macro_rules! summed_by_key {
    ($($native:ty)*) => {$(
        impl Summed for $native {
            type Counts = Dense;

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
            type Counts = Infallible;

            #[inline(always)]
            fn moments(values: &[$native], _: &[Self::Key], _: (Self::Key, Self::Key)) -> Moments {
                Moments::of_floats(values, |value| value.float())
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
pub(super) struct Context {
    /// The byte at which it begins.
    pub(super) begin: u64,
    /// The bytes of the largest pieces.
    pub(super) piece: u64,
    /// What loops over numbers run on.
    pub(super) backend: Backend,
    /// What the column's sample is drawn by.
    pub(super) seed: u64,
    /// Which hashes cannot matter any more, by those of pieces before.
    pub(super) spared: Spared,
}

/// Memory that the blocks of one column after the other go through.
#[derive(Default)]
pub(super) struct Room {
    pub(super) narrow: Blocks<u64>,
    pub(super) wide: Blocks<u128>,
    pub(super) texts: Option<Box<words::Block>>,
}

/// What is made of a block.
#[derive(Default)]
pub(super) struct Blocks<K> {
    keys: Vec<K>,
    hashes: Vec<u64>,
}

impl<K: Copy + Default> Blocks<K> {
    /// Room for a block.
    fn both(&mut self) -> (&mut [K], &mut [u64]) {
        self.keys.resize(BLOCK, K::default());
        self.hashes.resize(BLOCK, 0);
        (&mut self.keys, &mut self.hashes)
    }
}

/// A block of values on its way to being known: what all of its values go through.
struct Block<'a, N: Number> {
    values: &'a [N],
    keys: &'a mut [N::Key],
    hashes: &'a mut [u64],
}

impl<N: Summed> Loops for Block<'_, N> {
    type Output = (Moments, Option<(N::Key, N::Key)>);

    #[inline(always)]
    fn run(self) -> Self::Output {
        let Block { values, keys, hashes } = self;
        let found = Keys { values, keys: &mut *keys }.run();
        hashes.iter_mut().zip(&*keys).for_each(|(hash, key)| *hash = key.mixed());
        (N::moments(values, keys, found.unwrap_or_else(|| (keys[0], keys[0]))), found)
    }
}

/// A block of values, of which no more is to be known than their keys and what lies between them.
struct Keys<'a, N: Number> {
    values: &'a [N],
    keys: &'a mut [N::Key],
}

impl<N: Number> Loops for Keys<'_, N> {
    type Output = Option<(N::Key, N::Key)>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        self.keys.iter_mut().zip(self.values).for_each(|(key, value)| *key = value.key());
        if self.keys.is_empty() { None } else { limits::<N>(self.keys) }
    }
}

impl<K: Key + Copy + Default> Numbers<K> {
    /// What is kept of an array's values.
    pub(super) fn of<N: Summed<Key = K>>(
        values: &[N],
        nulls: Option<&NullBuffer>,
        context: Context,
        blocks: &mut Blocks<K>,
    ) -> Numbers<K> {
        let rows = values.len();
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        let mut moments = Moments::default();
        let mut extremes: Option<(K, K)> = None;
        let mut counting = Counting::new(rows);
        let mut dense = N::Counts::new(rows);
        let (mut drawing, mut not_drawn) = (Drawing::of_all(rows, context), rows);
        let mut packed = vec![N::default(); if nulls.is_some() { BLOCK } else { 0 }];
        let (keys, hashes) = blocks.both();
        for (at, block) in values.chunks(BLOCK).enumerate() {
            let block = there(block, nulls, at, &mut packed);
            if block.is_empty() {
                continue;
            }
            let (keys, hashes) = (&mut keys[..block.len()], &mut hashes[..block.len()]);
            if let Some(counts) = &mut dense {
                let limits = context.backend.run(Keys { values: block, keys: &mut *keys });
                let fits = limits.is_some_and(|(least, greatest)| counts.extend(keys, least, greatest));
                // What is hardly ever counted twice is no longer counted, which the first block shows.
                if fits && (at > 0 || !tally::nearly_all(counts.entries().len(), keys.len())) {
                    continue;
                }
                // From here on they are counted as all others.
                let counts = counts.entries();
                (moments, extremes) = (N::Counts::moments(&counts), ends(&counts));
                counting.begin(counts, context);
                dense = None;
                if fits {
                    continue;
                }
            }
            let (found, limits) = context.backend.run(Block { values: block, keys: &mut *keys, hashes: &mut *hashes });
            moments.merge(&found);
            extremes = match (extremes, limits) {
                (Some((least, greatest)), Some((low, high))) => Some((least.min(low), greatest.max(high))),
                (known, found) => known.or(found),
            };
            counting.extend(keys, hashes, context);
            if let Some(drawing) = drawing.as_mut().filter(|_| counting.is_given_up()) {
                not_drawn = not_drawn.min(at * BLOCK);
                drawing.extend(keys);
            }
        }
        let counted = match &dense {
            None => counting.end(),
            Some(counts) => {
                let counts = counts.entries();
                (moments, extremes) = (N::Counts::moments(&counts), ends(&counts));
                tally::judged(counts, rows, context)
            }
        };
        let values = match counted {
            Counted::Few(tally) => Values::Tally(tally),
            Counted::Uncounted(keys) => Values::Uncounted(keys),
            Counted::Many(hashes) => {
                let sample = match drawing {
                    None => drawn(values, nulls, sample::level(context, rows, K::THINS), context),
                    Some(mut drawing) => {
                        // The blocks that passed before it was known that values are many.
                        for (at, block) in values[..not_drawn].chunks(BLOCK).enumerate() {
                            let block = there(block, nulls, at, &mut packed);
                            let keys = &mut keys[..block.len()];
                            context.backend.run(Keys { values: block, keys: &mut *keys });
                            drawing.extend(keys);
                        }
                        drawing.end(context)
                    }
                };
                Values::Sketch(Box::new(Sketch { hashes, sample }))
            }
        };
        Numbers { moments, extremes, values }
    }
}

/// The least and the greatest of sorted values.
fn ends<K: Copy>(counts: &[(K, u64)]) -> Option<(K, K)> {
    counts.first().zip(counts.last()).map(|((least, _), (greatest, _))| (*least, *greatest))
}

/// The sample of one row in some.
fn drawn<N: Number>(values: &[N], nulls: Option<&NullBuffer>, level: u32, context: Context) -> Sample<N::Key> {
    let mut keys = Vec::with_capacity((values.len() >> level) + 1);
    let there = |row: &usize| nulls.is_none_or(|nulls| nulls.is_valid(*row));
    keys.extend(sample::sampled(values.len(), level, context.seed).filter(there).map(|row| values[row].key()));
    Sample::drawn(keys, level, context)
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
        // What NaN gives way to does not wait for the greatest so far.
        Some(nan) => keys.iter().map(|key| if *key == nan { least } else { *key }).fold(least, N::Key::max),
    };
    Some((least, greatest))
}

/// The values of a block at its place that are there.
fn there<'a, N: Copy>(block: &'a [N], nulls: Option<&NullBuffer>, at: usize, packed: &'a mut [N]) -> &'a [N] {
    match nulls {
        None => block,
        Some(nulls) => pack(block, nulls.inner(), at * BLOCK, packed),
    }
}

/// The values of a block that are there, one behind the other.
fn pack<'a, N: Copy>(block: &[N], valid: &BooleanBuffer, from: usize, packed: &'a mut [N]) -> &'a [N] {
    let valid = valid.slice(from, block.len());
    let mut count = 0;
    for (values, word) in block.chunks(64).zip(valid.bit_chunks().iter_padded()) {
        if word.count_ones() as usize == values.len() {
            packed[count..count + values.len()].copy_from_slice(values);
            count += values.len();
            continue;
        }
        for (bit, value) in values.iter().enumerate() {
            // Each is written; one that is not there gives way to the next. No more are written than were looked at.
            packed[count] = *value;
            count += (word >> bit) as usize & 1;
        }
    }
    &packed[..count]
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
