//! The columns that a judge sees: those that are decoded, and among them those of sources, which no file holds.

use crate::error::{Error, Result};
use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;

/// Where the columns of a judge come from.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub(super) columns: Vec<Origin>,
}

/// Where one comes from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// The decoded column of this number.
    Decoded(usize),
    /// These values, one a source.
    Sources(ArrayRef),
}

impl Judged {
    /// All columns of some rows of a source.
    pub(super) fn arrays(&self, decoded: &[ArrayRef], source: usize, rows: usize) -> Result<Vec<ArrayRef>> {
        let sources = UInt32Array::from(vec![source as u32; rows]);
        let array = |origin: &Origin| match origin {
            Origin::Decoded(at) => Ok(ArrayRef::clone(&decoded[*at])),
            Origin::Sources(values) => take(&**values, &sources, None).map_err(Error::internal),
        };
        self.columns.iter().map(array).collect()
    }

    /// The number among the decoded columns, where a column is one of them.
    pub(super) fn decoded(&self, column: usize) -> Option<usize> {
        match self.columns.get(column) {
            Some(Origin::Decoded(at)) => Some(*at),
            _ => None,
        }
    }
}
