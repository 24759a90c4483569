//! Lists of keys that are sorted side by side: in come keys in rows of one key a list, out go the same with each list in order.
//!
//! What sorts them is a network of comparisons (Batcher, "Sorting networks and their applications", 1968), as merge exchange for
//! any number of rows (Knuth, volume 3, 5.2.2, algorithm M): which rows are compared does not depend on the keys, and all lists go
//! through the same, so that a compiler makes vectors of it.

use crate::scan::{Backend, Loops};

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
            (16, 64) => sixteen::<64>(keys),
            (16, 32) => sixteen::<32>(keys),
            (16, 16) => sixteen::<16>(keys),
            (16, 8) => sixteen::<8>(keys),
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

/// Merge exchange of sixteen rows, each in a variable of its own: so a compiler has a lane of a register for each list, and memory
/// is read and written once.
#[expect(clippy::needless_range_loop, reason = "sixteen rows are gone through side by side")]
#[inline(always)]
fn sixteen<const LISTS: usize>(keys: &mut [u64]) {
    let (rows, _) = keys.as_chunks_mut::<LISTS>();
    let Some(rows) = rows.first_chunk_mut::<16>() else { return };
    for list in 0..LISTS {
        let mut a = rows[0][list];
        let mut b = rows[1][list];
        let mut c = rows[2][list];
        let mut d = rows[3][list];
        let mut e = rows[4][list];
        let mut f = rows[5][list];
        let mut g = rows[6][list];
        let mut h = rows[7][list];
        let mut i = rows[8][list];
        let mut j = rows[9][list];
        let mut k = rows[10][list];
        let mut l = rows[11][list];
        let mut m = rows[12][list];
        let mut n = rows[13][list];
        let mut o = rows[14][list];
        let mut p = rows[15][list];
        compare!(
            a i, b j, c k, d l, e m, f n, g o, h p, a e, b f, c g, d h, i m, j n, k o, l p, e i, f j, g k, h l,
            a c, b d, e g, f h, i k, j l, m o, n p, c i, d j, g m, h n, c e, d f, g i, h j, k m, l n, a b, c d,
            e f, g h, i j, k l, m n, o p, b i, d k, f m, h o, b e, d g, f i, h k, j m, l o, b c, d e, f g, h i,
            j k, l m, n o
        );
        rows[0][list] = a;
        rows[1][list] = b;
        rows[2][list] = c;
        rows[3][list] = d;
        rows[4][list] = e;
        rows[5][list] = f;
        rows[6][list] = g;
        rows[7][list] = h;
        rows[8][list] = i;
        rows[9][list] = j;
        rows[10][list] = k;
        rows[11][list] = l;
        rows[12][list] = m;
        rows[13][list] = n;
        rows[14][list] = o;
        rows[15][list] = p;
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
}
