//! A few values of each column as numbers, spread evenly over its rows: what a small picture of the column takes.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};

/// The rows of a task's first window that are looked at, and the values that are kept of a whole file.
const OF_WINDOW: usize = 32;
const MOST: usize = 8192;

/// The values of one column: numbers, ticks of dates and times, the characters of texts, 0 and 1 for booleans.
#[derive(Clone, Debug)]
pub struct Sample {
    /// In the order of the file.
    pub values: Vec<f64>,
    /// Of those looked at, the ones that are null.
    pub nulls: u64,
    /// Of those that come, each so many-th is kept.
    stride: usize,
    next: usize,
    /// Of the rows of windows, each so many-th is looked at, in long windows as in short ones; the first window says which.
    step: Option<usize>,
    /// The rows to pass over before the next one is looked at.
    skip: usize,
}

impl Default for Sample {
    fn default() -> Sample {
        Sample { values: Vec::new(), nulls: 0, stride: 1, next: 0, step: None, skip: 0 }
    }
}

impl Sample {
    /// Looks at some rows of a window.
    pub(super) fn extend(&mut self, column: &ArrayRef) {
        let step = *self.step.get_or_insert((column.len() / OF_WINDOW).max(1));
        let mut row = self.skip;
        while row < column.len() {
            match number(column, row) {
                Some(value) => self.push(value),
                None => self.nulls += 1,
            }
            row += step;
        }
        self.skip = row - column.len();
    }

    /// Appends those of the rows that follow.
    pub(super) fn append(&mut self, next: Sample) {
        self.nulls += next.nulls;
        next.values.into_iter().for_each(|value| self.push(value));
    }

    fn push(&mut self, value: f64) {
        if self.next == 0 {
            self.values.push(value);
            self.next = self.stride;
        }
        self.next -= 1;
        if self.values.len() > MOST {
            let mut at = 0;
            self.values.retain(|_| {
                at += 1;
                at % 2 == 1
            });
            self.stride *= 2;
        }
    }
}

fn number(column: &ArrayRef, row: usize) -> Option<f64> {
    if column.is_null(row) {
        return None;
    }
    match column.data_type() {
        DataType::Null => None,
        DataType::Utf8View => Some(column.as_string_view().value(row).chars().count() as f64),
        DataType::Boolean => Some(column.as_boolean().value(row).into()),
        kind if kind.is_numeric() => cast(&column.slice(row, 1), &DataType::Float64)
            .ok()
            .map(|one| one.as_primitive::<Float64Type>().value(0))
            .filter(|value| value.is_finite()),
        _ => cast(&column.slice(row, 1), &DataType::Int64)
            .ok()
            .map(|one| one.as_primitive::<Int64Type>().value(0) as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Date32Array, Float64Array, StringViewArray};
    use std::sync::Arc;

    #[test]
    fn values_are_spread_and_bounded() {
        let mut all = Sample::default();
        for task in 0..100_u32 {
            let mut sample = Sample::default();
            for window in 0..16 {
                let first = f64::from(task * 16 + window) * 1000.0;
                sample.extend(
                    &(Arc::new(Float64Array::from_iter_values((0..1000).map(|at| first + f64::from(at)))) as _),
                );
            }
            all.append(sample);
        }
        assert!((MOST / 2..=MOST).contains(&all.values.len()), "{}", all.values.len());
        assert!(all.values.is_sorted() && all.values[0] == 0.0 && all.values[all.values.len() - 1] > 1_590_000.0);
    }

    #[test]
    fn short_windows_have_no_more_than_their_share() {
        let mut sample = Sample::default();
        for (first, rows) in [(0_u32, 3200_u32), (3200, 7), (3207, 3200), (6407, 40)] {
            let values = (first..first + rows).map(f64::from);
            sample.extend(&(Arc::new(Float64Array::from_iter_values(values)) as _));
        }
        assert_eq!(sample.values, (0..6447).step_by(100).map(f64::from).collect::<Vec<_>>());
    }

    #[test]
    fn what_has_no_number_is_null() {
        let sampled = |column: ArrayRef| {
            let mut sample = Sample::default();
            sample.extend(&column);
            (sample.values, sample.nulls)
        };
        assert_eq!(sampled(Arc::new(Date32Array::from(vec![Some(7), None]))), (vec![7.0], 1));
        assert_eq!(sampled(Arc::new(StringViewArray::from(vec!["", "é"]))), (vec![0.0, 1.0], 0));
        assert_eq!(sampled(Arc::new(Float64Array::from(vec![f64::NAN, -1.5]))), (vec![-1.5], 1));
    }
}
