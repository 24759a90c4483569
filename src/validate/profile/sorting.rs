//! Lists of keys that are sorted side by side: in come keys in rows of one key a list, out go the same with each list in order.
//!
//! What sorts them is a network of comparisons (Batcher, "Sorting networks and their applications", 1968), as merge exchange for
//! any number of rows (Knuth, volume 3, 5.2.2, algorithm M): which rows are compared does not depend on the keys, and all lists go
//! through the same, so that a compiler makes vectors of it.

use crate::scan::{Backend, Loops};

/// The keys of a list that is sorted in registers.
pub(super) const ROWS: usize = 16;
/// The most keys that are sifted twice.
pub(super) const CHUNK: usize = 1024;

/// Sifts lists of sixteen rows, of which every fourth row stays, and such lists of what stayed, of which every other row stays: of
/// 1024, 512 or 256 keys an eighth.
pub(super) fn sift_twice(keys: &[u64], firsts: (usize, usize), kept: &mut [u64], backend: Backend) {
    backend.run(SiftingTwice { keys, firsts, kept });
}

struct SiftingTwice<'a> {
    keys: &'a [u64],
    firsts: (usize, usize),
    kept: &'a mut [u64],
}

impl Loops for SiftingTwice<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let SiftingTwice { keys, firsts: (first, next), kept } = self;
        let mut once = [0; CHUNK / 4];
        match keys.len() {
            CHUNK => {
                sifted::<64, 16, 4>(keys, first, &mut once);
                sifted::<16, 8, 2>(&once, next, kept);
            }
            512 => {
                sifted::<32, 8, 4>(keys, first, &mut once);
                sifted::<8, 4, 2>(&once, next, kept);
            }
            _ => {
                sifted::<16, 4, 4>(keys, first, &mut once);
                sifted::<4, 2, 2>(&once, next, kept);
            }
        };
    }
}

/// Sorts so many lists, of which one has every so manyth key.
pub(super) fn sort_lists(keys: &mut [u64], lists: usize, backend: Backend) {
    if lists > 0 {
        backend.run(Sorting { keys, lists });
    }
}

struct Sorting<'a> {
    keys: &'a mut [u64],
    lists: usize,
}

impl Loops for Sorting<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Sorting { keys, lists } = self;
        // Loops over a known number of keys have no ends to look after.
        match (keys.len() / lists, lists) {
            (16, 16) => sixteen::<16>(keys),
            (64, 16) => {
                // Every fourth row, from each of the first four on, is what longer runs put in order.
                sixteen::<64>(keys);
                merge_exchange(keys, 16, 2);
            }
            (rows, 16) => merge_exchange(keys, 16, rows.next_power_of_two() / 2),
            (rows, lists) => merge_exchange(keys, lists, rows.next_power_of_two() / 2),
        }
    }
}

/// Compares two keys after the other, and has the lesser one first.
macro_rules! compare {
    ($($low:ident $high:ident),*) => {$(
        ($low, $high) = ($low.min($high), $low.max($high));
    )*};
}

/// Merge exchange of sixteen keys, each in a variable of its own: where lists go through it in a loop, a compiler has a lane of a
/// register for each, and memory is read and written once.
#[inline(always)]
fn in_order(keys: [u64; ROWS]) -> [u64; ROWS] {
    let [
        mut a,
        mut b,
        mut c,
        mut d,
        mut e,
        mut f,
        mut g,
        mut h,
        mut i,
        mut j,
        mut k,
        mut l,
        mut m,
        mut n,
        mut o,
        mut p,
    ] = keys;
    compare!(
        a i, b j, c k, d l, e m, f n, g o, h p, a e, b f, c g, d h, i m, j n, k o, l p, e i, f j, g k, h l,
        a c, b d, e g, f h, i k, j l, m o, n p, c i, d j, g m, h n, c e, d f, g i, h j, k m, l n, a b, c d,
        e f, g h, i j, k l, m n, o p, b i, d k, f m, h o, b e, d g, f i, h k, j m, l o, b c, d e, f g, h i,
        j k, l m, n o
    );
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

/// Sorts lists of sixteen rows.
#[inline(always)]
fn sixteen<const LISTS: usize>(keys: &mut [u64]) {
    let (rows, _) = keys.as_chunks_mut::<LISTS>();
    let Some(rows) = rows.first_chunk_mut::<ROWS>() else { return };
    for list in 0..LISTS {
        let sorted = in_order(std::array::from_fn(|row| rows[row][list]));
        rows.iter_mut().zip(sorted).for_each(|(row, key)| row[list] = key);
    }
}

/// Keeps every `STEP`th row of lists of sixteen rows as they would be sorted, and writes no others: from the `first` one on in the
/// first of `STEP` parts of the lists, which are `PART` wide, and from the next one on in each further part.
#[inline(always)]
fn sifted<const LISTS: usize, const PART: usize, const STEP: usize>(keys: &[u64], first: usize, kept: &mut [u64]) {
    let Some(rows) = keys.as_chunks::<LISTS>().0.first_chunk::<ROWS>() else { return };
    let kept = &mut kept.as_chunks_mut::<PART>().0[..ROWS];
    for part in 0..STEP {
        match (part + first) % STEP {
            0 => every::<LISTS, PART, STEP, 0>(rows, part, kept),
            1 => every::<LISTS, PART, STEP, 1>(rows, part, kept),
            2 => every::<LISTS, PART, STEP, 2>(rows, part, kept),
            _ => every::<LISTS, PART, STEP, 3>(rows, part, kept),
        }
    }
}

/// Keeps every row of a part of the lists, from one on.
#[inline(always)]
fn every<const LISTS: usize, const PART: usize, const STEP: usize, const FROM: usize>(
    rows: &[[u64; LISTS]; ROWS],
    part: usize,
    kept: &mut [[u64; PART]],
) {
    let mut found = [[0; PART]; ROWS];
    for list in 0..PART {
        let sorted = in_order(std::array::from_fn(|row| rows[row][part * PART + list]));
        for place in 0..ROWS / STEP {
            found[place][list] = sorted[FROM % STEP + place * STEP];
        }
    }
    for place in 0..ROWS / STEP {
        kept[place * STEP + part] = found[place];
    }
}

/// Merge exchange by runs of so many rows and fewer.
#[inline(always)]
fn merge_exchange(keys: &mut [u64], lists: usize, mut run: usize) {
    let rows = keys.len() / lists;
    let widest = rows.next_power_of_two() / 2;
    while run > 0 {
        let (mut reach, mut first, mut distance) = (widest, 0, run);
        loop {
            // A run of rows is compared with the one at a distance, every other run from the first on.
            for from in (first..rows.saturating_sub(distance)).step_by(2 * run) {
                let many = run.min(rows - distance - from) * lists;
                let (front, back) = keys.split_at_mut((from + distance) * lists);
                let (lows, highs) = (&mut front[from * lists..][..many], &mut back[..many]);
                for (low, high) in lows.iter_mut().zip(highs) {
                    (*low, *high) = ((*low).min(*high), (*low).max(*high));
                }
            }
            if reach == run {
                break;
            }
            (distance, reach, first) = (reach - run, reach / 2, run);
        }
        run /= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network sorts everything if it sorts all zeros and ones (Knuth, volume 3, 5.3.4).
    #[test]
    fn zeros_and_ones_are_sorted() {
        for rows in 1..=16 {
            let all: Vec<u32> = (0..1 << rows).collect();
            for lists in all.chunks(1 << 12) {
                let mut keys: Vec<u64> = Vec::new();
                for row in 0..rows {
                    keys.extend(lists.iter().map(|bits| u64::from(bits >> row & 1)));
                }
                sort_lists(&mut keys, lists.len(), Backend::detect());
                assert!(
                    keys.chunks(lists.len()).is_sorted_by(|a, b| a.iter().zip(b.iter()).all(|(a, b)| a <= b)),
                    "{rows}"
                );
            }
        }
    }

    #[test]
    fn all_back_ends_sort_lists_of_any_length() {
        for (rows, lists) in [
            (0, 16),
            (1, 3),
            (2, 64),
            (3, 5),
            (16, 64),
            (16, 32),
            (16, 16),
            (16, 8),
            (16, 39),
            (64, 16),
            (64, 14),
            (64, 5),
            (64, 1),
            (37, 16),
            (256, 16),
            (512, 16),
        ] {
            let keys: Vec<u64> = (0..(rows * lists) as u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
            let mut wanted = keys.clone();
            for list in 0..lists {
                let mut sorted: Vec<u64> = keys.iter().skip(list).step_by(lists).copied().collect();
                sorted.sort_unstable();
                wanted.iter_mut().skip(list).step_by(lists).zip(sorted).for_each(|(place, key)| *place = key);
            }
            for backend in Backend::available() {
                let mut found = keys.clone();
                sort_lists(&mut found, lists, backend);
                assert!(found == wanted, "{rows} rows of {lists} lists");
            }
        }
    }

    #[test]
    fn what_is_sifted_are_rows_of_sorted_lists() {
        // Every `step`th row of sorted lists, each part of which begins with another one.
        let once = |keys: &[u64], step: usize, first: usize| {
            let (mut sorted, lists) = (keys.to_vec(), keys.len() / ROWS);
            sort_lists(&mut sorted, lists, Backend::detect());
            let rows = (0..ROWS).step_by(step).flat_map(|row| (0..step).map(move |part| (row, part)));
            let kept = rows.flat_map(|(row, part)| {
                let row = row + (part + first) % step;
                sorted[row * lists..][part * lists / step..(part + 1) * lists / step].to_vec()
            });
            kept.collect::<Vec<u64>>()
        };
        for many in [CHUNK, 512, 256] {
            let keys: Vec<u64> = (0..many as u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
            for (first, next) in (0..4).flat_map(|first| [(first, 0), (first, 1)]) {
                let wanted = once(&once(&keys, 4, first), 2, next);
                for backend in Backend::available() {
                    let mut kept = vec![0; many / 8];
                    sift_twice(&keys, (first, next), &mut kept, backend);
                    assert!(kept == wanted, "{many} keys from {first} and {next} on");
                }
            }
        }
    }
}
