//! The order of a column's values, from one to the next that is not null.

use crate::error::{Error, Result};
use arrow::array::{Array, ArrayRef, AsArray, make_comparator};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use std::cmp::Ordering;

/// Which way values go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) descending: bool,
    pub(super) strict: bool,
}

/// The values at both ends of a stretch of rows.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The first value and its row, the last one; arrays of one row.
    first: Option<(u64, ArrayRef)>,
    last: Option<ArrayRef>,
}

impl Way {
    fn is_right(self, order: Ordering) -> bool {
        match order {
            Ordering::Less => !self.descending,
            Ordering::Greater => self.descending,
            Ordering::Equal => !self.strict,
        }
    }
}

impl Ends {
    /// Looks at the next rows, the first of which is row `base`, and tells those that go the wrong way.
    pub(super) fn extend(
        &mut self,
        way: Way,
        column: &ArrayRef,
        base: u64,
        found: &mut dyn FnMut(usize),
    ) -> Result<()> {
        let mut last = None;
        let order = comparator(column, column)?;
        let nulls = column.logical_nulls();
        for row in (0..column.len()).filter(|&row| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row))) {
            match last {
                Some(last) if !way.is_right(order(last, row)) => found(row),
                Some(_) => {}
                None => {
                    let one = column.slice(row, 1);
                    if let Some(before) = &self.last
                        && !way.is_right(comparator(before, &one)?(0, 0))
                    {
                        found(row);
                    }
                    self.first.get_or_insert_with(|| (base + row as u64, one));
                }
            }
            last = Some(row);
        }
        if let Some(last) = last {
            self.last = Some(column.slice(last, 1));
        }
        Ok(())
    }

    /// Appends a stretch that begins at row `base`; gives its first row with a value where that goes the wrong way.
    pub(super) fn append(&mut self, way: Way, next: Ends, base: u64) -> Result<Option<u64>> {
        let Some((row, first)) = next.first else { return Ok(None) };
        let wrong = match &self.last {
            Some(last) => !way.is_right(comparator(last, &first)?(0, 0)),
            None => false,
        };
        self.last = next.last;
        Ok(wrong.then_some(base + row))
    }
}

/// Compares a cell of one array with a cell of another; numbers by value, NaN above all.
fn comparator<'a>(left: &'a ArrayRef, right: &'a ArrayRef) -> Result<Box<dyn Fn(usize, usize) -> Ordering + 'a>> {
    let floats = |a: f64, b: f64| a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()));
    Ok(match left.data_type() {
        DataType::Float32 => {
            let (left, right) =
                (left.as_primitive::<Float32Type>().values(), right.as_primitive::<Float32Type>().values());
            Box::new(move |a, b| floats(left[a].into(), right[b].into()))
        }
        DataType::Float64 => {
            let (left, right) =
                (left.as_primitive::<Float64Type>().values(), right.as_primitive::<Float64Type>().values());
            Box::new(move |a, b| floats(left[a], right[b]))
        }
        _ => Box::new(make_comparator(left, right, SortOptions::default()).map_err(Error::internal)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, Int64Array, StringViewArray};
    use std::sync::Arc;

    fn wrong(way: Way, column: &ArrayRef, cuts: &[usize], windows: usize) -> Vec<u64> {
        let (mut all, mut found, mut from) = (Ends::default(), Vec::new(), 0);
        for &until in cuts.iter().chain([&column.len()]) {
            let mut stretch = Ends::default();
            let mut at = from;
            while at < until {
                let rows = windows.min(until - at);
                let note = &mut |row: usize| found.push((at + row) as u64);
                stretch.extend(way, &column.slice(at, rows), (at - from) as u64, note).unwrap();
                at += rows;
            }
            found.extend(all.append(way, stretch, from as u64).unwrap());
            from = until;
        }
        found.sort_unstable();
        found
    }

    #[test]
    fn neighbours_are_held_together_wherever_the_rows_are_cut() {
        let numbers = [Some(1), None, Some(3), Some(3), Some(2), None, None, Some(2), Some(9), Some(8)];
        let columns: [ArrayRef; 3] = [
            Arc::new(Int64Array::from_iter(numbers)),
            Arc::new(Float64Array::from_iter(numbers.iter().map(|each| each.map(|each| each as f64)))),
            Arc::new(StringViewArray::from_iter(numbers.iter().map(|each| each.map(|each| each.to_string())))),
        ];
        for column in &columns {
            for (way, expected) in [
                (Way { descending: false, strict: false }, vec![4, 9]),
                (Way { descending: false, strict: true }, vec![3, 4, 7, 9]),
                (Way { descending: true, strict: false }, vec![2, 8]),
                (Way { descending: true, strict: true }, vec![2, 3, 7, 8]),
            ] {
                for cuts in [&[][..], &[1], &[2], &[5, 6, 7], &[1, 2, 3, 4, 5, 6, 7, 8, 9]] {
                    for windows in [1, 2, 3, 10] {
                        assert_eq!(wrong(way, column, cuts, windows), expected, "{way:?} {cuts:?} {windows}");
                    }
                }
            }
        }
        let zeros: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -0.0, f64::NAN]));
        assert_eq!(wrong(Way { descending: false, strict: false }, &zeros, &[], 9), [0_u64; 0]);
    }
}
