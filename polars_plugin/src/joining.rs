//! The batches of a frame become one: each column is copied into one array, by many threads.
//!
//! What is copied is let go of column by column, and its memory, which the allocator keeps, serves the next one.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::concat;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

/// The batches as one, or as they are where there are no two of them, or where a column is made of others or of categories, whose
/// joining is for Polars.
///
/// # Errors
///
/// A column of so many rows or bytes that Arrow cannot hold it in one array.
pub fn joined(batches: Vec<RecordBatch>, threads: usize) -> Result<Vec<RecordBatch>, ArrowError> {
    let is_flat = |data_type: &DataType| !data_type.is_nested() && !matches!(data_type, DataType::Dictionary(..));
    let [first, _, ..] = &*batches else { return Ok(batches) };
    let schema = first.schema();
    if !schema.fields().iter().all(|field| is_flat(field.data_type())) {
        return Ok(batches);
    }
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let mut columns = vec![Vec::with_capacity(batches.len()); schema.fields().len()];
    for batch in batches {
        columns.iter_mut().zip(batch.columns()).for_each(|(parts, part)| parts.push(Arc::clone(part)));
    }
    let threads = threads.min(columns.len());
    let done: Vec<_> = columns.iter().map(|_| Mutex::new(None)).collect();
    let left = Mutex::new(columns.into_iter().zip(&done));
    let work = || {
        // Its own statement, so that the lock is not held while a column is copied.
        while let Some((parts, place)) = { left.lock().unwrap_or_else(PoisonError::into_inner).next() } {
            let column = one(&parts);
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(column);
        }
    };
    thread::scope(|scope| {
        (1..threads).for_each(|_| {
            // Where there is no thread to be had, the others do its work.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        });
        work();
    });
    let column = |place: Mutex<Option<Result<ArrayRef, ArrowError>>>| {
        place.into_inner().unwrap_or_else(PoisonError::into_inner).expect("every column is copied")
    };
    let columns = done.into_iter().map(column).collect::<Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(vec![RecordBatch::try_new_with_options(schema, columns, &options)?])
}

/// One array of several.
fn one(parts: &[ArrayRef]) -> Result<ArrayRef, ArrowError> {
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    concat(&parts)
}
