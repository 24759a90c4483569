//! Columns that no file holds: row numbers before all others, names of files behind them.

use super::row_index::RowIndex;
use crate::error::{ErrorKind, Result};
use arrow::array::{ArrayRef, StringViewArray, StringViewBuilder};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::sync::Arc;

/// The columns beside those of the file.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) row_index: Option<RowIndex>,
    pub(super) file_paths: Option<String>,
}

/// The rows of a batch: how many, which of the task's and their place in the scan, and where they come from.
pub(super) struct Rows<'a> {
    pub(super) first: u64,
    pub(super) count: usize,
    pub(super) kept: Option<&'a [u32]>,
    pub(super) source: Option<&'a str>,
}

impl Beside {
    /// The schema with these columns.
    pub(super) fn schema(&self, schema: &SchemaRef) -> Result<SchemaRef> {
        let index = self.row_index.as_ref().map(|index| Arc::new(index.field()));
        let paths = self.file_paths.as_ref().map(|name| Arc::new(Field::new(name, DataType::Utf8View, false)));
        let fields: Vec<_> = index.into_iter().chain(schema.fields().iter().cloned()).chain(paths).collect();
        for name in [self.row_index.as_ref().map(|index| &index.name), self.file_paths.as_ref()].into_iter().flatten() {
            if fields.iter().filter(|field| field.name() == name).count() > 1 {
                return Err(ErrorKind::Duplicate(format!("there is a column {name:?} already")).into());
            }
        }
        Ok(Arc::new(Schema::new(fields)))
    }

    /// Puts these columns before and behind those of a batch.
    pub(super) fn put(&self, arrays: &mut Vec<ArrayRef>, rows: &Rows<'_>) -> Result<()> {
        if let Some(index) = &self.row_index {
            arrays.insert(0, index.numbers(rows.first, rows.count, rows.kept)?);
        }
        if self.file_paths.is_some() {
            arrays.push(Arc::new(repeated(rows.source.unwrap_or("in-mem"), rows.count)));
        }
        Ok(())
    }
}

/// One text many times, its bytes once.
fn repeated(text: &str, rows: usize) -> StringViewArray {
    let mut one = StringViewBuilder::new();
    one.append_value(text);
    let (views, buffers, _) = one.finish().into_parts();
    let views: ScalarBuffer<u128> = vec![views[0]; rows].into();
    StringViewArray::new(views, buffers, None)
}
