//! Every other one of some keys: in come keys in any order, out go half of them, of which each stands for two.
//!
//! Which half it is decides how far off a rank is afterwards. Blocks of keys are sorted and of each every other key stays, so that
//! a block has at most one key too many or too few below any value (the compactor of KLL, see `quantiles.rs`), in a tenth of the time that
//! it takes to sort all keys. Blocks stand side by side, and what sorts them is a network of comparisons (Batcher, "Sorting
//! networks and their applications", 1968), the same for all, so that a compiler makes vectors of a key of each.

use super::quantiles::Coin;
use crate::scan::{Backend, Loops};

/// The keys of a block.
pub(super) const ROWS: usize = 16;
/// Blocks that the widest vectors take at once.
const LANES: usize = 8;

/// Leaves half of the keys.
pub(super) fn halve(keys: &mut Vec<u64>, coin: &mut Coin, backend: Backend) {
    let blocks = keys.len() / (ROWS * LANES) * LANES;
    let (in_blocks, rest) = keys.split_at_mut(blocks * ROWS);
    backend.run(Sorting { keys: in_blocks, blocks });
    rest.sort_unstable();
    let (first, behind) = (coin.toss() as usize & 1, blocks * ROWS);
    let mut kept = 0;
    for row in (0..ROWS).step_by(2) {
        for block in 0..blocks {
            // Neighbours begin at different keys: where blocks are alike, what one has too many the next has too few.
            keys[kept] = keys[(row + (block + first) % 2) * blocks + block];
            kept += 1;
        }
    }
    for from in (behind + first..keys.len()).step_by(2) {
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
    fn half_of_the_keys_stay_and_ranks_with_them() {
        for backend in Backend::available() {
            for count in [0, 1, 2, 127, 128, 129, 1900, 4096] {
                let keys: Vec<u64> = (0..count).map(|n| n * 7919 % (count | 1) % 1000).collect();
                let mut halved = keys.clone();
                halve(&mut halved, &mut Coin::new(count), backend);
                assert!(halved.len() == keys.len() / 2 || halved.len() == keys.len().div_ceil(2));
                for value in (0..1000).step_by(100) {
                    let below = |keys: &[u64]| keys.iter().filter(|key| **key < value).count();
                    let error = below(&keys).abs_diff(2 * below(&halved));
                    // One a block, and one of the rest; of many blocks about the root of that.
                    assert!(error <= 2 + (count as usize / ROWS).isqrt() * 4, "{count}, {value}: {error}");
                }
            }
        }
    }

    #[test]
    fn all_back_ends_leave_the_same() {
        let keys: Vec<u64> = (0..1900_u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
        let halved = |backend| {
            let mut keys = keys.clone();
            halve(&mut keys, &mut Coin::new(7), backend);
            keys
        };
        let all: Vec<_> = Backend::available().into_iter().map(halved).collect();
        assert!(all.windows(2).all(|two| two[0] == two[1]) && all[0].len() == 950);
    }
}
