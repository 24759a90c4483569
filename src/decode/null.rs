//! Which rows are null, kept so that a column without nulls pays nothing.

use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};

/// The null rows of a growing column: a bitmap of the valid ones that reaches to the last null and no further.
#[derive(Debug, Default)]
pub(super) struct Nulls {
    valid: Vec<u8>,
}

impl Nulls {
    /// Says that `row` is null. Rows may be marked in any order.
    #[inline]
    pub(super) fn push(&mut self, row: usize) {
        let byte = row / 8;
        if byte >= self.valid.len() {
            self.valid.resize(byte + 1, u8::MAX);
        }
        self.valid[byte] &= !(1 << (row % 8));
    }

    /// Forgets every row from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        if rows / 8 < self.valid.len() {
            self.valid.truncate(rows / 8 + 1);
            self.valid[rows / 8] |= u8::MAX << (rows % 8);
        }
    }

    /// Takes out sorted `rows`; the rows behind them move up.
    pub(super) fn remove(&mut self, rows: &[usize]) {
        let Some(&first) = rows.first() else { return };
        let is_null = |row: &usize| self.valid[row / 8] >> (row % 8) & 1 == 0;
        let behind: Vec<usize> = (first..self.valid.len() * 8).filter(is_null).collect();
        self.truncate(first);
        for row in behind {
            if let Err(gaps) = rows.binary_search(&row) {
                self.push(row - gaps);
            }
        }
    }

    /// The buffer of a column of `rows` rows; `None` where no row is null.
    pub(super) fn finish(mut self, rows: usize) -> Option<NullBuffer> {
        if self.valid.is_empty() {
            return None;
        }
        self.valid.resize(rows.div_ceil(8), u8::MAX);
        let nulls = NullBuffer::new(BooleanBuffer::new(Buffer::from_vec(self.valid), 0, rows));
        (nulls.null_count() > 0).then_some(nulls)
    }
}

#[cfg(test)]
mod tests {
    use super::Nulls;

    #[test]
    fn truncated_rows_are_forgotten() {
        for kept in 0..40 {
            let mut nulls = Nulls::default();
            (0..40).filter(|row| row % 3 == 0).for_each(|row| nulls.push(row));
            nulls.truncate(kept);
            nulls.push(50);
            let valid = nulls.finish(60).expect("row 50 is null");
            for row in 0..60 {
                let null = row == 50 || (row < kept && row % 3 == 0);
                assert_eq!(valid.is_null(row), null, "kept {kept}, row {row}");
            }
        }
    }

    #[test]
    fn removed_rows_leave_no_gap() {
        for gaps in [&[][..], &[0], &[7, 8, 9], &[3, 20, 39], &[41], &[0, 59]] {
            let mut nulls = Nulls::default();
            (0..60).filter(|row| row % 3 == 0).for_each(|row| nulls.push(row));
            nulls.remove(gaps);
            let left: Vec<bool> = (0..60).filter(|row| !gaps.contains(row)).map(|row| row % 3 == 0).collect();
            let valid = nulls.finish(left.len()).unwrap();
            assert_eq!((0..left.len()).map(|row| valid.is_null(row)).collect::<Vec<_>>(), left, "{gaps:?}");
        }
    }

    #[test]
    fn a_clean_column_has_no_buffer() {
        assert!(Nulls::default().finish(9).is_none());
        let mut nulls = Nulls::default();
        nulls.push(8);
        nulls.truncate(8);
        assert!(nulls.finish(9).is_none());
    }
}
