//! The filter of a read: the columns that it looks at, and the rows that it leaves.
//!
//! Its columns are decoded in every row, so that a cell of theirs that cannot be read is told wherever it stands; all others
//! are decoded for the rows that are left ([`columns`](super::columns)).

use super::columns::{Broken, View};
use super::judge::{Judgement, Violation};
use super::predicate::Predicate;
use crate::decode::{ColumnSpec, Decoder, Window};
use crate::error::Result;
use arrow::buffer::BooleanBuffer;
use std::collections::HashSet;

/// What a read's filter looks at.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// How each of its columns is decoded.
    pub(super) specs: Vec<ColumnSpec>,
    /// The place of its first column among the layout's.
    pub(super) first: usize,
    /// Whether one of its columns is text.
    pub(super) has_text: bool,
    /// The test, whose columns are numbered by `specs`; `None` where the columns are only to be checked.
    pub(super) test: Option<Predicate>,
}

/// What a filter leaves of a window.
pub(super) enum Left {
    /// Every row.
    All,
    /// These rows, in order.
    Rows(Vec<u32>),
}

impl Filter {
    /// Decodes the filter's columns and evaluates its test. Where a broken cell ends the read, rows from the first one on are
    /// left out: nothing behind it is told or kept. Rows with a cell that was refused are left out where such rows are skipped.
    /// A judgement, if there is one, sees them all, as rows of the source of this number.
    pub(super) fn sift(
        &self,
        view: &View<'_>,
        window: &Window<'_>,
        skips: bool,
        broken: &mut Vec<Broken>,
        judged: Option<(&mut dyn Judgement, &mut Vec<Violation>, usize)>,
    ) -> Result<Left> {
        let (mut rows, known) = (view.rows(), broken.len());
        let mut arrays = Vec::with_capacity(self.specs.len());
        for (at, spec) in self.specs.iter().enumerate() {
            let mut decoder = Decoder::new(spec, view.rows());
            if let Some(row) = view.decode(&mut decoder, window, self.first + at, None, broken) {
                rows = rows.min(row);
            }
            arrays.push(decoder.finish());
        }
        if let Some((judgement, violations, source)) = judged {
            violations.extend(match &view.layout.judged {
                None => judgement.window(&arrays, rows)?,
                Some(judged) => judgement.window(&judged.arrays(&arrays, source, rows)?, rows)?,
            });
        }
        let refused = if skips { &broken[known..] } else { &[] };
        if self.test.is_none() && refused.is_empty() {
            return Ok(Left::All);
        }
        arrays.iter_mut().for_each(|array| *array = array.slice(0, rows));
        let kept = match &self.test {
            Some(test) => test.rows(&arrays, rows)?,
            None => BooleanBuffer::new_set(rows),
        };
        if refused.is_empty() && kept.count_set_bits() == view.rows() {
            return Ok(Left::All);
        }
        let refused: HashSet<usize> = refused.iter().map(|broken| broken.row).collect();
        let left = kept.set_indices().filter(|row| !refused.contains(row));
        Ok(Left::Rows(left.map(|row| row as u32).collect()))
    }
}
