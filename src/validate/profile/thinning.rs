//! One in eight of some keys: in come keys in any order, out goes an eighth of them, of which each stands for eight.
//!
//! Which eighth it is decides how far off a rank is afterwards. Blocks of keys are sorted and of each every fourth key stays, so that
//! a block has at most three keys too many or too few below any value (the compactor of KLL, see `quantiles.rs`), and of what is left
//! every other one by blocks once more: in a tenth of the time that it takes to sort all keys. Blocks stand side by side, and what sorts them is a network of comparisons (Batcher, "Sorting
//! networks and their applications", 1968), the same for all, so that a compiler makes vectors of a key of each.

use super::quantiles::Coin;
use crate::scan::{Backend, Loops};

/// The keys of a block.
pub(super) const ROWS: usize = 16;
/// Blocks that the widest vectors take at once.
const LANES: usize = 8;

/// The base-two logarithm of the keys for which one that stays stands.
pub(super) const LEVELS: u32 = 3;
/// The keys of a block of which one stays, pass by pass.
const STEPS: [usize; 2] = [4, 2];
/// The first key that stays of one block and of its neighbours: where blocks are alike, what one has too many the next has too few.
const FIRST: [usize; 4] = [0, 3, 1, 2];

/// Leaves an eighth of the keys.
pub(super) fn thin(keys: &mut Vec<u64>, coin: &mut Coin, backend: Backend) {
    STEPS.iter().for_each(|&step| pass(keys, step, coin, backend));
}

/// The mean square by which the rank of a value is off for each key that there was.
#[cfg(test)]
pub(super) fn squares() -> f64 {
    let mut weight = 1.0;
    let a_pass = |&step: &usize| {
        let step = step as f64;
        // Of each block it is off by as much as a step at random is, and each of its keys stands for so many.
        let squares = weight * (step * step - 1.0) / 12.0 / ROWS as f64;
        weight *= step;
        squares
    };
    STEPS.iter().map(a_pass).sum()
}

/// Leaves one key of every so many.
fn pass(keys: &mut Vec<u64>, step: usize, coin: &mut Coin, backend: Backend) {
    let blocks = keys.len() / (ROWS * LANES) * LANES;
    let (in_blocks, rest) = keys.split_at_mut(blocks * ROWS);
    backend.run(Sorting { keys: in_blocks, blocks });
    rest.sort_unstable();
    let (first, behind) = (coin.toss() as usize % FIRST.len(), blocks * ROWS);
    let mut kept = 0;
    for row in (0..ROWS).step_by(step) {
        for block in 0..blocks {
            // What is written lies before what is still to be read: so many rows of blocks give way to one.
            keys[kept] = keys[(row + FIRST[(block + first) % FIRST.len()] % step) * blocks + block];
            kept += 1;
        }
    }
    for from in (behind + first % step..keys.len()).step_by(step) {
        keys[kept] = keys[from];
        kept += 1;
    }
    keys.truncate(kept);
}

/// Sorts so many blocks, of which one has every so manyth key.
struct Sorting<'a> {
    keys: &'a mut [u64],
    blocks: usize,
}

impl Loops for Sorting<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for &(low, high) in &NETWORK {
            let (front, back) = self.keys.split_at_mut(high * self.blocks);
            let (lows, highs) = (&mut front[low * self.blocks..][..self.blocks], &mut back[..self.blocks]);
            for (low, high) in lows.iter_mut().zip(highs) {
                (*low, *high) = ((*low).min(*high), (*low).max(*high));
            }
        }
    }
}

/// Batcher's merge exchange for a block: which of its keys are compared, one after the other.
static NETWORK: [(usize, usize); 63] = {
    let mut network = [(0, 0); 63];
    let (mut count, mut half) = (0, 1);
    while half < ROWS {
        let mut step = half;
        while step > 0 {
            let mut from = step % half;
            while from + step < ROWS {
                let mut at = 0;
                while at < step && from + at + step < ROWS {
                    // Only within one of the two runs that are being merged.
                    if (from + at) / (2 * half) == (from + at + step) / (2 * half) {
                        network[count] = (from + at, from + at + step);
                        count += 1;
                    }
                    at += 1;
                }
                from += 2 * step;
            }
            step /= 2;
        }
        half *= 2;
    }
    assert!(count == network.len());
    network
};

#[cfg(test)]
mod tests {
    use super::*;

    /// A network sorts everything if it sorts all zeros and ones (Knuth, volume 3, 5.3.4).
    #[test]
    fn the_network_sorts() {
        for bits in 0..1_u32 << ROWS {
            let mut rows: [u32; ROWS] = std::array::from_fn(|row| bits >> row & 1);
            for &(low, high) in &NETWORK {
                (rows[low], rows[high]) = (rows[low].min(rows[high]), rows[low].max(rows[high]));
            }
            assert!(rows.is_sorted(), "{bits:b}");
        }
    }

    #[test]
    fn an_eighth_of_the_keys_stays_and_ranks_with_it() {
        for backend in Backend::available() {
            for count in [0, 1, 2, 127, 128, 129, 1900, 4096] {
                let keys: Vec<u64> = (0..count).map(|n| n * 7919 % (count | 1) % 1000).collect();
                let mut thinned = keys.clone();
                thin(&mut thinned, &mut Coin::new(count), backend);
                assert!(thinned.len().abs_diff(keys.len() >> LEVELS) <= 1);
                for value in (0..1000).step_by(100) {
                    let below = |keys: &[u64]| keys.iter().filter(|key| **key < value).count();
                    let error = below(&keys).abs_diff(below(&thinned) << LEVELS);
                    // A step of the rest, and six times the root of the mean square.
                    let bound = 8.0 + 6.0 * (squares() * count as f64).sqrt();
                    assert!(error as f64 <= bound, "{count}, {value}: {error} > {bound}");
                }
            }
        }
    }

    #[test]
    fn all_back_ends_leave_the_same() {
        let keys: Vec<u64> = (0..1900_u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
        let thinned = |backend| {
            let mut keys = keys.clone();
            thin(&mut keys, &mut Coin::new(7), backend);
            keys
        };
        let all: Vec<_> = Backend::available().into_iter().map(thinned).collect();
        assert!(all.windows(2).all(|two| two[0] == two[1]) && all[0].len().abs_diff(237) <= 1);
    }
}
