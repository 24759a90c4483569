//! A set of rows: one bit for each row up to the last one in it.

use std::ops::Range;

/// Rows by their number in the scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowSet {
    words: Vec<u64>,
}

impl RowSet {
    /// Puts a row in.
    pub fn insert(&mut self, row: u64) {
        let word = (row / 64) as usize;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (row % 64);
    }

    /// Whether a row is in it.
    #[must_use]
    pub fn contains(&self, row: u64) -> bool {
        self.words.get((row / 64) as usize).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The rows in it that lie in a range, in order.
    pub fn within(&self, rows: Range<u64>) -> impl Iterator<Item = u64> + '_ {
        let end = rows.end.min(64 * self.words.len() as u64);
        let first = rows.start / 64;
        let words = first..end.div_ceil(64).max(first);
        words.flat_map(move |at| {
            let mut word = self.words[at as usize];
            if at == first {
                word &= u64::MAX << (rows.start % 64);
            }
            std::iter::from_fn(move || {
                let bit = u64::from(word.trailing_zeros());
                word &= word.wrapping_sub(1);
                (bit < 64).then_some(64 * at + bit)
            })
            .take_while(move |&row| row < end)
        })
    }

    /// How many are in it.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether none is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// The bits, lowest first.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_range_are_given_in_order() {
        let all = [0, 1, 63, 64, 65, 127, 128, 200, 1000];
        let mut set = RowSet::default();
        assert!(set.is_empty() && set.within(0..u64::MAX).next().is_none());
        all.iter().rev().for_each(|&row| set.insert(row));
        assert_eq!(set.len(), all.len() as u64);
        for start in [0, 1, 2, 63, 64, 66, 128, 199, 201, 1000, 1001, 5000] {
            for end in [0, 1, 63, 64, 65, 128, 129, 201, 1000, 1001, 9999] {
                let expected: Vec<u64> = all.into_iter().filter(|row| (start..end).contains(row)).collect();
                assert_eq!(set.within(start..end).collect::<Vec<_>>(), expected, "{start}..{end}");
            }
        }
        assert!((0..1100).all(|row| set.contains(row) == all.contains(&row)));
    }
}
