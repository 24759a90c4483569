//! Columns that no file holds: row numbers before all others, values of sources among them, names of files behind them.

use super::row_index::RowIndex;
use crate::error::{Error, ErrorKind, Result};
use arrow::array::{ArrayRef, RecordBatch, StringViewArray, StringViewBuilder, UInt32Array};
use arrow::buffer::ScalarBuffer;
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use std::sync::Arc;

/// The columns beside those of the file.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) row_index: Option<RowIndex>,
    pub(super) file_paths: Option<String>,
    /// Columns with one row a source, and where each of those wanted stands among the columns asked for.
    pub(super) by_source: Option<RecordBatch>,
    pub(super) of_source: Vec<(usize, usize)>,
}

/// The rows of a batch: how many, which of the task's and their place in the scan, and where they come from.
pub(super) struct Rows<'a> {
    pub(super) first: u64,
    pub(super) count: usize,
    pub(super) kept: Option<&'a [u32]>,
    pub(super) source: usize,
    pub(super) name: Option<&'a str>,
}

impl Beside {
    /// The schema with these columns.
    pub(super) fn schema(&self, schema: &SchemaRef) -> Result<SchemaRef> {
        let index = self.row_index.as_ref().map(|index| Arc::new(index.field()));
        let paths = self.file_paths.as_ref().map(|name| Arc::new(Field::new(name, DataType::Utf8View, false)));
        let mut own = schema.fields().to_vec();
        for (at, (field, _)) in self.of_source() {
            own.insert(at, Arc::clone(field));
        }
        let fields: Vec<_> = index.into_iter().chain(own).chain(paths).collect();
        for name in [self.row_index.as_ref().map(|index| &index.name), self.file_paths.as_ref()].into_iter().flatten() {
            if fields.iter().filter(|field| field.name() == name).count() > 1 {
                return Err(ErrorKind::Duplicate(format!("there is a column {name:?} already")).into());
            }
        }
        Ok(Arc::new(Schema::new(fields)))
    }

    /// The columns of sources that are wanted, each with its place.
    fn of_source(&self) -> impl Iterator<Item = (usize, (&FieldRef, &ArrayRef))> {
        self.by_source.iter().flat_map(|batch| {
            let fields = batch.schema_ref().fields();
            self.of_source.iter().map(|&(at, column)| (at, (&fields[column], batch.column(column))))
        })
    }

    /// Puts these columns before and behind those of a batch.
    pub(super) fn put(&self, arrays: &mut Vec<ArrayRef>, rows: &Rows<'_>) -> Result<()> {
        if !self.of_source.is_empty() {
            let source = UInt32Array::from(vec![rows.source as u32; rows.count]);
            for (at, (_, values)) in self.of_source() {
                arrays.insert(at, take(&**values, &source, None).map_err(Error::internal)?);
            }
        }
        if let Some(index) = &self.row_index {
            arrays.insert(0, index.numbers(rows.first, rows.count, rows.kept)?);
        }
        if self.file_paths.is_some() {
            arrays.push(Arc::new(repeated(rows.name.unwrap_or("in-mem"), rows.count)));
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
