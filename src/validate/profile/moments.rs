//! Count, mean and standard deviation, of blocks and of blocks together.
//!
//! A block's deviations are taken from its own mean, with the correction for that mean's rounding (the corrected two-pass
//! algorithm), and blocks are joined as Chan, Golub and LeVeque have it ("Updating formulae and a pairwise algorithm for
//! computing sample variances", 1979). Sums of integers of 64 bits are exact; those of floats carry the rounding error of each
//! addition along (Neumaier 1974). Both are within a few units in the last place of what exact arithmetic gives, whatever the
//! distance of the values from zero. Integers that lie close together are summed up and squared as integers, from the least of them on.

/// Values that are taken at a time; their second pass finds them in the first cache.
pub(super) const BLOCK: usize = 1024;
/// Sums that are built side by side, and the values of each that are taken at a time.
const LANES: usize = 32;
const ROWS: usize = 8;
/// Integers of a block that lie closer together are squared as integers.
const CLOSE: u64 = 1 << 27;

/// What is known of some numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moments {
    pub(super) count: u64,
    /// The sum and what its additions lost.
    sum: f64,
    lost: f64,
    /// The sum of the keys of integers, exactly; they are at most 2^64 values of 64 bits.
    keys: u128,
    /// The sum of squared deviations from the mean.
    squares: f64,
}

impl Moments {
    /// Of a block of values that are added up as floats.
    #[inline(always)]
    pub(super) fn of_floats<T: Copy>(values: &[T], float: impl Fn(T) -> f64) -> Moments {
        if values.is_empty() {
            return Moments::default();
        }
        let count = values.len() as f64;
        let [sum] = lanes(values, |value| [float(value)]);
        let mean = sum / count;
        let distance = |value| float(value) - mean;
        let [squares, rest] = lanes(values, |value| [distance(value) * distance(value), distance(value)]);
        let squares = squares - rest * rest / count;
        // Not below zero, and NaN where it is that.
        let squares = if squares < 0.0 { 0.0 } else { squares };
        Moments { count: values.len() as u64, sum, lost: 0.0, keys: 0, squares }
    }

    /// Of a block of integers, by their keys, and the least and the greatest of these.
    #[inline(always)]
    pub(super) fn of_keys(keys: &[u64], least: u64, greatest: u64) -> Moments {
        if keys.is_empty() {
            return Moments::default();
        }
        let count = keys.len() as u64;
        if greatest - least < CLOSE {
            // Squares below 2^54, of which a block's sum is exact.
            let (sum, squares) = keys.iter().fold((0_u64, 0_u64), |(sum, squares), key| {
                let distance = u64::from((key - least) as u32);
                (sum + distance, squares + distance * distance)
            });
            let squares = u128::from(count) * u128::from(squares) - u128::from(sum) * u128::from(sum);
            let keys = u128::from(least) * u128::from(count) + u128::from(sum);
            return Moments { count, sum: 0.0, lost: 0.0, keys, squares: squares as f64 / count as f64 };
        }
        let (low, high) = keys.iter().fold((0_u64, 0_u64), |(low, high), key| {
            // A block is far too short for either half to overflow.
            (low + (key & u64::from(u32::MAX)), high + (key >> 32))
        });
        let sum = u128::from(low) + (u128::from(high) << 32);
        let mean = (sum / u128::from(count)) as u64;
        let [rest, squares] = if greatest - least <= i64::MAX as u64 {
            let distance = |key: u64| key.wrapping_sub(mean) as i64 as f64;
            lanes(keys, |key| [distance(key), distance(key) * distance(key)])
        } else {
            let distance = |key: u64| key as f64 - mean as f64;
            lanes(keys, |key| [distance(key), distance(key) * distance(key)])
        };
        let squares = (squares - rest * rest / count as f64).max(0.0);
        Moments { count, sum: 0.0, lost: 0.0, keys: sum, squares }
    }

    /// Of integers that lie close together, by their keys, sorted, and how often each is there.
    pub(super) fn of_counts(counts: &[(u64, u64)]) -> Moments {
        let Some((least, _)) = counts.first() else { return Moments::default() };
        let (mut count, mut sum, mut squares) = (0, 0_u128, 0_u128);
        for (key, often) in counts {
            let distance = u128::from(key - least);
            count += often;
            sum += distance * u128::from(*often);
            squares += distance * distance * u128::from(*often);
        }
        let keys = u128::from(*least) * u128::from(count) + sum;
        let squares = u128::from(count) * squares - sum * sum;
        Moments { count, sum: 0.0, lost: 0.0, keys, squares: squares as f64 / count as f64 }
    }

    /// Of so many booleans, of which so many are true.
    pub(super) fn of_booleans(count: u64, ones: u64) -> Moments {
        let share = ones as f64 / count.max(1) as f64;
        let squares = share * (1.0 - share) * count as f64;
        Moments { count, sum: 0.0, lost: 0.0, keys: ones.into(), squares }
    }

    /// Joins what is known of other numbers of the same type; the same parts in the same order give the same digits.
    pub(super) fn merge(&mut self, other: &Moments) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let (ours, theirs) = (self.count as f64, other.count as f64);
        let distance = match self.keys | other.keys {
            0 => (other.sum + other.lost) / theirs - (self.sum + self.lost) / ours,
            _ => self.distance_of_keys(other),
        };
        self.squares += other.squares + distance * distance * (ours * theirs / (ours + theirs));
        let sum = self.sum + other.sum;
        let lost = match self.sum.abs() >= other.sum.abs() {
            true => (self.sum - sum) + other.sum,
            false => (other.sum - sum) + self.sum,
        };
        // Of infinite sums nothing is lost that could be added again.
        self.lost += other.lost + if sum.is_finite() { lost } else { 0.0 };
        self.sum = sum;
        self.keys += other.keys;
        self.count += other.count;
    }

    /// The distance of the means, whose whole parts may be far greater than it.
    fn distance_of_keys(&self, other: &Moments) -> f64 {
        let (ours, theirs) = (u128::from(self.count), u128::from(other.count));
        let whole = (other.keys / theirs) as i128 - (self.keys / ours) as i128;
        let part = (other.keys % theirs) as f64 / theirs as f64 - (self.keys % ours) as f64 / ours as f64;
        whole as f64 + part
    }

    /// The mean of floats.
    pub(super) fn mean_of_floats(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.sum + self.lost) / self.count as f64)
    }

    /// The mean of integers whose keys begin at `zero`.
    pub(super) fn mean_of_keys(&self, zero: u64) -> Option<f64> {
        (self.count > 0).then(|| {
            let sum = self.keys.wrapping_sub(u128::from(zero) * u128::from(self.count)) as i128;
            sum as f64 / self.count as f64
        })
    }

    /// The standard deviation of a sample, of two values at least.
    pub(super) fn deviation(&self) -> Option<f64> {
        (self.count > 1).then(|| (self.squares / (self.count - 1) as f64).sqrt())
    }
}

/// Sums in lanes, which round less than one after another. Where one lane goes through some rows at a time, a compiler makes
/// vectors of the lanes, and those of several are under way at once.
#[inline(always)]
fn lanes<T: Copy, const SUMS: usize>(values: &[T], terms: impl Fn(T) -> [f64; SUMS]) -> [f64; SUMS] {
    let mut sums = [[0.0; LANES]; SUMS];
    let (rows, rest) = values.as_chunks::<LANES>();
    let (some, few) = rows.as_chunks::<ROWS>();
    for rows in some {
        for lane in 0..LANES {
            let mut lanes: [f64; SUMS] = std::array::from_fn(|sum| sums[sum][lane]);
            for row in rows {
                let terms = terms(row[lane]);
                (0..SUMS).for_each(|sum| lanes[sum] += terms[sum]);
            }
            (0..SUMS).for_each(|sum| sums[sum][lane] = lanes[sum]);
        }
    }
    for row in few.iter().map(<[T; LANES]>::as_slice).chain([rest]) {
        for (lane, value) in row.iter().enumerate() {
            let terms = terms(*value);
            (0..SUMS).for_each(|sum| sums[sum][lane] += terms[sum]);
        }
    }
    let mut left = LANES;
    while left > 1 {
        left /= 2;
        for lanes in &mut sums {
            let (ours, theirs) = lanes.split_at_mut(left);
            ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours += *theirs);
        }
    }
    sums.map(|lanes| lanes[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_near_and_far_have_the_moments_of_exact_arithmetic() {
        let blocks: [fn(u64) -> u64; 4] = [
            |n| n * 7919 % 1000,
            |n| (1 << 63) + n * 7919 % CLOSE,
            |n| (1 << 62) + n * 7919 % (4 * CLOSE),
            |n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        ];
        for (at, key) in blocks.into_iter().enumerate() {
            for length in [1, 2, 7, BLOCK as u64] {
                let keys: Vec<u64> = (0..length).map(key).collect();
                let (least, greatest) = (*keys.iter().min().unwrap(), *keys.iter().max().unwrap());
                let found = Moments::of_keys(&keys, least, greatest);
                let sum: u128 = keys.iter().map(|key| u128::from(*key)).sum();
                assert_eq!((found.count, found.keys), (length, sum));
                let count = i128::from(length);
                let distance = |key: &u64| (i128::from(*key) * count - sum as i128) as f64 / count as f64;
                let squares: f64 = keys.iter().map(distance).map(|distance| distance * distance).sum();
                let error = (found.squares - squares).abs();
                assert!(error <= 1e-12 * squares, "block {at} of {length}: {} for {squares}", found.squares);
                if greatest - least < CLOSE {
                    let mut sorted = keys.clone();
                    sorted.sort_unstable();
                    let counts = sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64));
                    assert_eq!(Moments::of_counts(&counts.collect::<Vec<_>>()), found);
                }
            }
        }
    }
}
