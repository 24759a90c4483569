//! The numbers of one column in one piece: all that is kept of them, in one pass of blocks that stay in the first cache.

use super::distinct::Distinct;
use super::key::{Key, Number};
use super::moments::{BLOCK, Moments};
use super::quantiles::Coin;
use super::tally::{self, Counted, Counting, Gathered, Sketch, Values};
use crate::scan::{Backend, Loops};
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
    /// The bytes of the largest pieces.
    pub(super) piece: u64,
    /// What loops over numbers run on.
    pub(super) backend: Backend,
    /// What the column's sample is drawn by.
    pub(super) seed: u64,
    /// The hashes of pieces before, where their values are many: what they hold need not be written again.
    pub(super) known: Option<&'a Distinct>,
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
        keys.iter_mut().zip(values).for_each(|(key, value)| *key = value.key());
        hashes.iter_mut().zip(&*keys).for_each(|(hash, key)| *hash = key.mixed());
        let found = limits::<N>(keys);
        (N::moments(values, keys, found.unwrap_or_else(|| (keys[0], keys[0]))), found)
    }
}

impl<K: Key + Copy + Default> Numbers<K> {
    /// What is kept of an array's values.
    pub(super) fn of<N: Summed<Key = K>>(values: &[N], nulls: Option<&NullBuffer>, context: Context<'_>) -> Numbers<K> {
        let rows = values.len();
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        let mut moments = Moments::default();
        let mut extremes: Option<(K, K)> = None;
        let mut counting = Counting::new(rows);
        let level = tally::level(context, rows);
        let mut sampled = tally::sampled(rows, level, context.seed).peekable();
        let mut sample = Vec::with_capacity((rows >> level) + 1);
        let (mut dense, mut keys, mut hashes) = ([N::default(); BLOCK], [K::default(); BLOCK], [0; BLOCK]);
        for (at, block) in values.chunks(BLOCK).enumerate() {
            let block = match nulls {
                None => block,
                Some(nulls) => pack(block, nulls.inner(), at * BLOCK, &mut dense),
            };
            if block.is_empty() {
                continue;
            }
            let (keys, hashes) = (&mut keys[..block.len()], &mut hashes[..block.len()]);
            let (found, limits) = context.backend.run(Block { values: block, keys: &mut *keys, hashes: &mut *hashes });
            // The sample is drawn while they are at hand, whether it will be wanted or not.
            let end = at * BLOCK + BLOCK;
            let drawn = std::iter::from_fn(|| sampled.next_if(|row| *row < end));
            match nulls {
                None if level == 0 => sample.extend_from_slice(keys),
                None => drawn.for_each(|row| sample.push(keys[row % BLOCK])),
                Some(nulls) => {
                    drawn.filter(|row| nulls.is_valid(*row)).for_each(|row| sample.push(values[row].key()));
                }
            }
            moments.merge(&found);
            extremes = match (extremes, limits) {
                (Some((least, greatest)), Some((low, high))) => Some((least.min(low), greatest.max(high))),
                (known, found) => known.or(found),
            };
            counting.extend(keys, hashes, context);
        }
        let values = match counting.end() {
            Counted::Few(tally) => Values::Tally(tally),
            Counted::Many(hashes) => {
                let is_halved = level == 0
                    && tally::may_be_halved(context, rows)
                    && K::halve(&mut sample, &mut Coin::new(context.seed), context.backend);
                Values::Sketch(Box::new(Sketch::new(hashes, sample, level + u32::from(is_halved), context.seed)))
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
