//! The filter of a read: the columns that it looks at, and the rows that it leaves.
//!
//! Its columns are decoded in every row, so that a cell of theirs that cannot be read is told wherever it stands; all others
//! are decoded for the rows that are left ([`columns`](super::columns)).

use super::columns::{Broken, View};
use super::predicate::Predicate;
use crate::decode::{ColumnSpec, Decoder, Window};
use crate::error::Result;

/// What a read's filter looks at.
#[derive(Debug)]
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
    /// Decodes the filter's columns and evaluates its test. Rows from the first broken cell on are left out: nothing behind it
    /// is told or kept.
    pub(super) fn sift(&self, view: &View<'_>, window: &Window<'_>, broken: &mut Vec<Broken>) -> Result<Left> {
        let mut rows = view.rows();
        let mut arrays = Vec::with_capacity(self.specs.len());
        for (at, spec) in self.specs.iter().enumerate() {
            let mut decoder = Decoder::new(spec, view.rows());
            if let Some(failed) = view.decode(&mut decoder, window, self.first + at, None) {
                rows = rows.min(failed.row);
                broken.push(failed);
            }
            arrays.push(decoder.finish());
        }
        let Some(test) = &self.test else { return Ok(Left::All) };
        arrays.iter_mut().for_each(|array| *array = array.slice(0, rows));
        let kept = test.rows(&arrays, rows)?;
        Ok(if kept.count_set_bits() == view.rows() {
            Left::All
        } else {
            Left::Rows(kept.set_indices().map(|row| row as u32).collect())
        })
    }
}
