//! One in some of many keys: in come keys in any order, out goes a fourth or an eighth of them, of which each stands for so many.
//!
//! Which share it is decides how far off a rank is afterwards. Short lists of keys are sorted and of each every fourth key stays, so
//! that a list has at most three keys too many or too few below any value (the compactor of KLL, see `quantiles.rs`), and of what
//! is left every other one in the same way: in a tenth of the time that it takes to sort all keys. What is to be thinned while it
//! is in the first cache comes in chunks ([`thin`]), in longer lists where it has to err less; of all keys together a sixteenth is
//! sorted at a time ([`thin_all`]).

use super::quantiles::Coin;
use super::sorting::{ROWS, sift_twice, sort_lists};
use crate::scan::Backend;

/// The keys that are thinned together.
pub(super) use super::sorting::CHUNK;

/// The lists that all keys are cut into, and the keys for which that pays.
const LISTS: usize = 16;
const LONG: usize = 256;

/// The fewest lists that are worth it to be sorted at once.
const FEWEST: usize = 8;
/// So many keys are thinned in registers.
const EVEN: [usize; 3] = [CHUNK, 512, 256];

/// How far keys are thinned: by the base-two logarithm of those for which one stays.
pub(super) const GENTLY: u32 = 2;
pub(super) const LEVELS: u32 = 3;

/// The keys of a list and of how many of them one stays, where keys are thinned gently.
const GENTLE: (usize, usize) = (4 * ROWS, 4);

/// Adds a fourth or an eighth of some keys to those that are thinned, and leaves the keys in disorder.
pub(super) fn thin(mut keys: &mut [u64], thinned: &mut Vec<u64>, levels: u32, coin: &mut Coin, backend: Backend) {
    if levels == GENTLY {
        let (rows, step) = GENTLE;
        let kept = pass(keys, rows, step, coin, backend);
        return thinned.extend_from_slice(&keys[..kept]);
    }
    for even in EVEN {
        while keys.len() >= even {
            let (chunk, rest) = keys.split_at_mut(even);
            let firsts = (coin.toss() as usize % 4, coin.toss() as usize % 2);
            let known = thinned.len();
            thinned.resize(known + even / 8, 0);
            sift_twice(chunk, firsts, &mut thinned[known..], backend);
            keys = rest;
        }
    }
    // What is left is a list of its own, which errs less than many short ones do.
    keys.sort_unstable();
    thinned.extend(keys.iter().skip(coin.toss() as usize % 8).step_by(8));
}

/// Leaves one key of every `2^levels`, of so many keys that it pays to sort a sixteenth of them at a time, in any order; of fewer
/// it leaves all, and says so.
pub(super) fn thin_all(keys: &mut Vec<u64>, levels: u32, coin: &mut Coin, backend: Backend) -> bool {
    let is_long = keys.len() >= LONG;
    if is_long {
        let rows = keys.len() / LISTS;
        let kept = pass(keys, rows, 1 << levels, coin, backend);
        keys.truncate(kept);
    }
    is_long
}

/// The mean square by which the rank of a value is off for each key that there was.
#[cfg(test)]
pub(super) fn squares(levels: u32) -> f64 {
    let mut weight = 1.0;
    let a_pass = |&(rows, step): &(usize, usize)| {
        let step = step as f64;
        // Of each list it is off by as much as a step at random is, and each of its keys stands for so many.
        let squares = weight * (step * step - 1.0) / 12.0 / rows as f64;
        weight *= step;
        squares
    };
    let passes: &[(usize, usize)] = if levels == GENTLY { &[GENTLE] } else { &[(ROWS, 4), (ROWS, 2)] };
    passes.iter().map(a_pass).sum()
}

/// Leaves one key of every `step` in front, by lists of `rows` keys, and says how many these are.
fn pass(keys: &mut [u64], rows: usize, step: usize, coin: &mut Coin, backend: Backend) -> usize {
    let lists = if keys.len() / rows >= FEWEST { keys.len() / rows } else { 0 };
    let (rest, mut kept) = (lists * rows, 0);
    let first = coin.toss() as usize % step;
    sort_lists(&mut keys[..rest], lists, backend);
    for row in (0..rows).step_by(step) {
        // Each part of the lists begins with another key: where lists are alike, what one has too many another has too few.
        for part in 0..step {
            let (from, until) = (part * lists / step, (part + 1) * lists / step);
            let row = row + (part + first) % step;
            if row < rows {
                // What is written lies before what is still to be read: so many rows give way to one.
                let place = row * lists;
                keys.copy_within(place + from..place + until, kept);
                kept += until - from;
            }
        }
    }
    keys[rest..].sort_unstable();
    for from in (rest + coin.toss() as usize % step..keys.len()).step_by(step) {
        keys[kept] = keys[from];
        kept += 1;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How far off the rank of a value is at most, of so many keys in so many calls: a step of what is left over in each, and six
    /// times the root of the mean square.
    fn bound(keys: usize, calls: usize, squares: f64) -> f64 {
        8.0 * calls as f64 + 6.0 * (squares * keys as f64).sqrt()
    }

    fn errors(keys: &[u64], thinned: &[u64], levels: u32) -> f64 {
        let below = |keys: &[u64], value: u64| keys.iter().filter(|key| **key < value).count();
        let error = |value| below(keys, value).abs_diff(below(thinned, value) << levels);
        (0..1000).step_by(100).map(error).max().unwrap_or_default() as f64
    }

    fn keys(count: u64) -> Vec<u64> {
        (0..count).map(|n| n * 7919 % (count | 1) % 1000).collect()
    }

    #[test]
    fn a_share_of_the_keys_stays_and_ranks_with_it() {
        for (backend, levels) in
            Backend::available().into_iter().flat_map(|backend| [(backend, GENTLY), (backend, LEVELS)])
        {
            for count in [0, 1, 2, 127, 128, 129, 1000, CHUNK, 1900, 4096] {
                let (keys, mut thinned, mut coin) = (keys(count as u64), Vec::new(), Coin::new(count as u64));
                keys.clone().chunks_mut(CHUNK).for_each(|chunk| thin(chunk, &mut thinned, levels, &mut coin, backend));
                assert!(thinned.len().abs_diff(count >> levels) <= count.div_ceil(CHUNK), "{count}: {}", thinned.len());
                let (error, bound) =
                    (errors(&keys, &thinned, levels), bound(count, count.div_ceil(CHUNK), squares(levels)));
                assert!(error <= bound, "{count}: {error} > {bound}");
            }
        }
    }

    #[test]
    fn an_eighth_of_all_keys_stays_and_ranks_with_it() {
        for backend in Backend::available() {
            for count in [LONG, 1500, 1503, 4095, 4096, 8192] {
                let keys = keys(count as u64);
                let mut thinned = keys.clone();
                assert!(thin_all(&mut thinned, LEVELS, &mut Coin::new(count as u64), backend));
                assert!(thinned.len().abs_diff(count >> LEVELS) <= LISTS, "{count}: {}", thinned.len());
                // Each list is off by as much as a step at random is.
                let (error, bound) = (errors(&keys, &thinned, LEVELS), bound(LISTS, 1, 63.0 / 12.0));
                assert!(error <= bound, "{count}: {error} > {bound}");
            }
            let mut few = keys(LONG as u64 - 1);
            assert!(!thin_all(&mut few, LEVELS, &mut Coin::new(0), backend) && few == keys(LONG as u64 - 1));
        }
    }

    #[test]
    fn all_back_ends_leave_the_same() {
        let keys: Vec<u64> = (0..1900_u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
        let thinned = |backend| {
            let (mut long, mut short) = (keys.clone(), Vec::new());
            thin_all(&mut long, LEVELS, &mut Coin::new(7), backend);
            thin(&mut keys.clone(), &mut short, LEVELS, &mut Coin::new(7), backend);
            (long, short)
        };
        let all: Vec<_> = Backend::available().into_iter().map(thinned).collect();
        assert!(all.windows(2).all(|two| two[0] == two[1]) && all[0].1.len().abs_diff(237) <= 1);
    }

    /// What stays is drawn without favour: over many coins, as many keys on the whole as an eighth.
    #[test]
    fn as_many_stay_on_the_whole() {
        for count in [3, 15, 100, 1029] {
            let kept = |seed: u64| {
                let (mut keys, mut thinned) = (keys(count), Vec::new());
                thin(&mut keys, &mut thinned, LEVELS, &mut Coin::new(seed * 31), Backend::detect());
                thinned.len()
            };
            let kept: usize = (0..4000).map(kept).sum();
            let wanted = 4000.0 * count as f64 / 8.0;
            assert!((kept as f64 - wanted).abs() < 6.0 * (4000.0_f64 * 8.0).sqrt(), "{count}: {kept} for {wanted}");
        }
    }
}
