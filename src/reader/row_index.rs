//! A column of row numbers.

use crate::error::{Error, Result};
use arrow::array::{ArrayRef, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field};
use std::sync::Arc;

/// A column of row numbers, put before all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowIndex {
    /// The column's name.
    pub name: String,
    /// The number of the scan's first row.
    pub offset: u64,
    /// 64-bit numbers; otherwise 32 bits, and a row whose number does not fit is an error.
    pub wide: bool,
}

impl RowIndex {
    pub(super) fn field(&self) -> Field {
        Field::new(&self.name, if self.wide { DataType::UInt64 } else { DataType::UInt32 }, false)
    }

    /// The numbers of `rows` rows, the first of which is the scan's `first` one, or of those `kept` among them.
    pub(super) fn numbers(&self, first: u64, rows: usize, kept: Option<&[u32]>) -> Result<ArrayRef> {
        let first = first + self.offset;
        let end = match kept {
            None => first + rows as u64,
            Some(kept) => first + kept.last().map_or(0, |&last| u64::from(last) + 1),
        };
        if self.wide {
            return Ok(match kept {
                None => Arc::new(UInt64Array::from_iter_values(first..end)),
                Some(kept) => Arc::new(UInt64Array::from_iter_values(kept.iter().map(|&row| first + u64::from(row)))),
            });
        }
        // No number is as large as `end`, which therefore need not fit.
        if end > 1 << 32 {
            return Err(Error::argument("the row index does not fit into 32 bits; a smaller row_index_offset may"));
        }
        Ok(match kept {
            None => Arc::new(UInt32Array::from_iter_values((first..end).map(|number| number as u32))),
            Some(kept) => Arc::new(UInt32Array::from_iter_values(kept.iter().map(|&row| first as u32 + row))),
        })
    }
}
