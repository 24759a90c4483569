//! A slice of rows that are counted only once they are decoded, as where records go for their cells.

use crate::error::{Error, Result};
use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use std::collections::VecDeque;
use std::sync::Arc;

/// Takes batches in order and leaves of them the rows of a slice.
#[derive(Debug)]
pub(super) struct Slicing {
    /// The first row, from the end where negative.
    offset: i64,
    /// The rows still to give.
    length: u64,
    /// The last rows so far, as many as the offset goes back and a batch more, and their number.
    last: VecDeque<RecordBatch>,
    rows: u64,
}

impl Slicing {
    pub(super) fn new(offset: i64, length: Option<u64>) -> Slicing {
        Slicing { offset, length: length.unwrap_or(u64::MAX), last: VecDeque::new(), rows: 0 }
    }

    /// The rows up to the end of the slice, where that is known.
    pub(super) fn end(&self) -> Option<u64> {
        u64::try_from(self.offset).ok().map(|offset| offset.saturating_add(self.length))
    }

    /// Takes the next batch, and gives what of it is known to lie in the slice.
    pub(super) fn take(&mut self, batch: RecordBatch) -> Result<Option<RecordBatch>> {
        let rows = batch.num_rows() as u64;
        let Ok(offset) = u64::try_from(self.offset) else {
            self.last.push_back(batch);
            self.rows += rows;
            while let Some(first) = self.last.front().map(|first| first.num_rows() as u64)
                && self.rows - first >= self.offset.unsigned_abs()
            {
                self.rows -= first;
                self.last.pop_front();
            }
            return Ok(None);
        };
        let skip = offset.min(rows);
        let taken = self.length.min(rows - skip);
        (self.offset, self.length) = (self.offset - skip as i64, self.length - taken);
        Ok(match taken {
            0 => None,
            all if all == rows => Some(batch),
            _ => Some(cut(&batch, skip as usize, taken as usize)?),
        })
    }

    /// What lies in the slice, now that there are no more batches.
    pub(super) fn finish(&mut self) -> Result<Vec<RecordBatch>> {
        let back = self.offset.unsigned_abs();
        // Rows before the frame's first row use up the length of a slice, as they do in polars.
        self.length = self.length.saturating_sub(back.saturating_sub(self.rows));
        self.offset = self.rows.saturating_sub(back) as i64;
        std::mem::take(&mut self.last).into_iter().filter_map(|batch| self.take(batch).transpose()).collect()
    }
}

/// Some rows of a batch, as a batch that shares none of its text with the others: a consumer that writes or keeps one would
/// otherwise write or keep the text of all.
pub(super) fn cut(batch: &RecordBatch, from: usize, rows: usize) -> Result<RecordBatch> {
    let part = batch.slice(from, rows);
    let own = part.columns().iter().map(|column| match column.as_string_view_opt() {
        Some(texts) if !texts.data_buffers().is_empty() => Arc::new(texts.gc()) as ArrayRef,
        _ => Arc::clone(column),
    });
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(part.schema(), own.collect(), &options).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{AsArray, Int64Array};
    use arrow::datatypes::Int64Type;

    fn batch(rows: std::ops::Range<i64>) -> RecordBatch {
        RecordBatch::try_from_iter([("a", Arc::new(rows.collect::<Int64Array>()) as _)]).unwrap()
    }

    #[test]
    fn slices_are_those_of_the_rows_together() {
        for sizes in [&[][..], &[10], &[1, 2, 3, 4], &[4, 1, 1, 4], &[1; 10]] {
            for offset in [0, 1, 3, 9, 10, 20, -1, -4, -10, -13, i64::MIN] {
                for length in [None, Some(0), Some(1), Some(4), Some(50)] {
                    let mut slicing = Slicing::new(offset, length);
                    let (mut given, mut at) = (Vec::new(), 0);
                    for size in sizes {
                        given.extend(slicing.take(batch(at..at + size)).unwrap());
                        at += size;
                    }
                    given.extend(slicing.finish().unwrap());
                    let first = if offset < 0 { at.saturating_add(offset) } else { offset };
                    let end = length.map_or(at, |length| first.saturating_add(length as i64).min(at));
                    let wanted: Vec<i64> = (first.max(0)..end).collect();
                    let rows: Vec<i64> = given
                        .iter()
                        .flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec())
                        .collect();
                    assert_eq!(rows, wanted, "{offset} {length:?} of {sizes:?}");
                    assert!(given.iter().all(|batch| batch.num_rows() > 0));
                }
            }
        }
    }
}
