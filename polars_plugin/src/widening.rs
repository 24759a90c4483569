//! Columns that were read again take the places of those whose type turned out too narrow.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;

/// Puts the columns of `again` in the places of those that bear their names. Both hold the same rows, cut into batches in
/// different places: a batch of the result ends where either does, so that nothing is copied.
///
/// # Errors
///
/// The rows are not as many, as the source has changed in between.
pub fn replaced(
    schema: &Schema,
    batches: &[RecordBatch],
    again: (&Schema, &[RecordBatch]),
) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
    let (new_schema, again) = again;
    let place = |name: &str| new_schema.fields().iter().position(|field| field.name() == name);
    let fields = schema.fields().iter();
    let fields = fields.map(|field| place(field.name()).map_or(field, |at| &new_schema.fields()[at]).clone());
    let schema = Arc::new(Schema::new(fields.collect::<Vec<FieldRef>>()));
    let rows = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
    if rows(batches) != rows(again) {
        return Err(ArrowError::CsvError("the source has changed while it was read".into()));
    }
    let mut cut = Vec::new();
    let mut new = Parts { batches: again, at: 0 };
    for batch in batches {
        let mut from = 0;
        while from < batch.num_rows() {
            let (length, replacing) = new.next(batch.num_rows() - from);
            let column = |at: usize| -> ArrayRef {
                match place(schema.field(at).name()) {
                    Some(at) => Arc::clone(replacing.column(at)),
                    None => batch.column(at).slice(from, length),
                }
            };
            let columns = (0..schema.fields().len()).map(column).collect();
            let options = RecordBatchOptions::new().with_row_count(Some(length));
            cut.push(RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?);
            from += length;
        }
    }
    Ok((schema, cut))
}

/// Batches that are handed on in parts.
struct Parts<'a> {
    batches: &'a [RecordBatch],
    /// The rows of the first one that have been handed on.
    at: usize,
}

impl Parts<'_> {
    /// The next rows of one batch, at most so many. There are some.
    fn next(&mut self, most: usize) -> (usize, RecordBatch) {
        while self.batches[0].num_rows() == self.at {
            (self.batches, self.at) = (&self.batches[1..], 0);
        }
        let length = most.min(self.batches[0].num_rows() - self.at);
        let part = self.batches[0].slice(self.at, length);
        self.at += length;
        (length, part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{AsArray, Int64Array, StringArray};
    use arrow::datatypes::{DataType, Field, Int64Type};

    fn batches(name: &str, lengths: &[usize]) -> (Schema, Vec<RecordBatch>) {
        let schema =
            Schema::new(vec![Field::new("kept", DataType::Int64, true), Field::new(name, DataType::Int64, true)]);
        let mut first = 0;
        let batch = |&length: &usize| {
            let values: ArrayRef = Arc::new(Int64Array::from_iter_values(first..first + length as i64));
            first += length as i64;
            RecordBatch::try_new(Arc::new(schema.clone()), vec![Arc::clone(&values), values]).unwrap()
        };
        let batches = lengths.iter().map(batch).collect();
        (schema, batches)
    }

    #[test]
    fn rows_stay_beside_each_other() {
        let (schema, old) = batches("x", &[3, 0, 5, 1]);
        let new_schema = Schema::new(vec![Field::new("x", DataType::Utf8, true)]);
        let mut row = 0;
        let new: Vec<RecordBatch> = [1, 4, 0, 4]
            .into_iter()
            .map(|length| {
                let texts = (row..row + length).map(|row| row.to_string());
                row += length;
                let array: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
                RecordBatch::try_new(Arc::new(new_schema.clone()), vec![array]).unwrap()
            })
            .collect();
        let (schema, cut) = replaced(&schema, &old, (&new_schema, &new)).unwrap();
        assert_eq!(schema.field(1).data_type(), &DataType::Utf8);
        let mut row = 0;
        for batch in &cut {
            let (kept, texts) = (batch.column(0).as_primitive::<Int64Type>(), batch.column(1).as_string::<i32>());
            for at in 0..batch.num_rows() {
                assert_eq!((kept.value(at), texts.value(at)), (row, &*row.to_string()));
                row += 1;
            }
        }
        assert_eq!(row, 9);
        assert!(replaced(&schema, &old, (&new_schema, &new[..1])).is_err());
    }
}
