//! One read on its way to Python: the core's batches, with a row index in front and in the types that were asked for.
//!
//! In come [`fast_csv::Batches`], out go record batches. This module knows nothing of Python.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, RecordBatchReader, UInt32Array, UInt64Array};
use arrow::compute::{CastOptions, can_cast_types, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use fast_csv::{Batches, Error, Progress};

/// How long the reader of a C stream sleeps at a time; it cannot see signals, so this only bounds one wait.
const STREAM_WAIT: Duration = Duration::from_secs(1);

/// A column of row numbers, put before all others.
pub struct RowIndex {
    /// The column's name.
    pub name: String,
    /// The number of the scan's first row.
    pub offset: u64,
    /// 64-bit numbers, for a Polars whose index type is that wide.
    pub wide: bool,
}

/// What a read says when it is asked for more.
pub enum Step {
    /// The next rows.
    Batch(RecordBatch),
    /// Nothing yet.
    Pending,
    /// All rows have come.
    Done,
}

/// Why a read ended early.
pub enum Failure {
    /// The file, the system or an option.
    Csv(Error),
    /// A conversion of what was read.
    Arrow(ArrowError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Csv(error)
    }
}

impl From<ArrowError> for Failure {
    fn from(error: ArrowError) -> Self {
        Failure::Arrow(error)
    }
}

/// A read in progress. Dropping it cancels the decoding threads and joins them.
pub struct Reading {
    batches: Batches,
    index: Option<RowIndex>,
    /// Rows that have come, counted from the first row of this read.
    rows: u64,
    /// The core's columns after the row index, before any cast.
    plain: SchemaRef,
    /// What goes out.
    schema: SchemaRef,
}

impl Reading {
    /// Wraps a read of the core.
    pub fn new(batches: Batches, index: Option<RowIndex>) -> Self {
        let columns = batches.schema();
        let plain = match &index {
            None => columns,
            Some(index) => {
                let kind = match index.wide {
                    true => DataType::UInt64,
                    false => DataType::UInt32,
                };
                let number = Arc::new(Field::new(&index.name, kind, false));
                let rest = columns.fields().iter().cloned();
                Arc::new(Schema::new(std::iter::once(number).chain(rest).collect::<Vec<_>>()))
            }
        };
        Reading { batches, index, rows: 0, schema: Arc::clone(&plain), plain }
    }

    /// Gives text as `LargeUtf8`, which every kernel of pyarrow knows, in place of `Utf8View`.
    pub fn with_large_text(mut self) -> Self {
        let fields = self.plain.fields().iter().map(|field| match field.data_type() {
            DataType::Utf8View => Arc::new(field.as_ref().clone().with_data_type(DataType::LargeUtf8)),
            _ => Arc::clone(field),
        });
        self.schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        self
    }

    /// Gives the types of `wanted` where the columns are the same and each cast exists; otherwise nothing changes, as the
    /// PyCapsule protocol leaves it to the consumer to check.
    pub fn with_requested(mut self, wanted: &Schema) -> Self {
        let (ours, theirs) = (self.plain.fields(), wanted.fields());
        let fits = ours.len() == theirs.len()
            && ours
                .iter()
                .zip(theirs)
                .all(|(our, their)| our.name() == their.name() && can_cast_types(our.data_type(), their.data_type()));
        if fits {
            let fields = ours
                .iter()
                .zip(theirs)
                .map(|(our, their)| our.as_ref().clone().with_data_type(their.data_type().clone()));
            self.schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        }
        self
    }

    /// What the batches look like.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Threads that decode.
    pub fn threads(&self) -> usize {
        self.batches.threads()
    }

    /// Waits for the next batch, but no longer than `patience`.
    pub fn next_within(&mut self, patience: Duration) -> Result<Step, Failure> {
        Ok(match self.batches.next_within(patience)? {
            Progress::Batch(batch) => Step::Batch(self.dress(batch)?),
            Progress::Pending => Step::Pending,
            Progress::Done => Step::Done,
        })
    }

    /// Adds the row index and casts.
    fn dress(&mut self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        let rows = batch.num_rows();
        let first = self.rows;
        self.rows += rows as u64;
        if self.index.is_none() && Arc::ptr_eq(&self.schema, &self.plain) {
            return Ok(batch);
        }
        let mut columns = Vec::with_capacity(self.plain.fields().len());
        if let Some(index) = &self.index {
            let start = self.batches.start_row().unwrap_or(0) + first + index.offset;
            columns.push(numbers(start, rows, index.wide)?);
        }
        columns.extend(batch.columns().iter().cloned());
        for (column, field) in columns.iter_mut().zip(self.schema.fields()) {
            if column.data_type() != field.data_type() {
                *column = cast(column, field.data_type())?;
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(self.schema(), columns, &options)
    }
}

fn numbers(start: u64, rows: usize, wide: bool) -> Result<ArrayRef, ArrowError> {
    let end = start + rows as u64;
    if wide {
        return Ok(Arc::new(UInt64Array::from_iter_values(start..end)));
    }
    let too_many = || ArrowError::ArithmeticOverflow("the row index does not fit into 32 bits".into());
    // The number after the last one need not fit, so the range is closed.
    let last = u32::try_from(end.saturating_sub(1)).map_err(|_| too_many())?;
    match rows {
        0 => Ok(Arc::new(UInt32Array::from_iter_values(0..0))),
        _ => Ok(Arc::new(UInt32Array::from_iter_values(start as u32..=last))),
    }
}

/// A cast in which a value that does not fit is an error, never a null.
fn cast(column: &ArrayRef, kind: &DataType) -> Result<ArrayRef, ArrowError> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(column, kind, &options)
}

impl Iterator for Reading {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            return match self.next_within(STREAM_WAIT) {
                Ok(Step::Batch(batch)) => Some(Ok(batch)),
                Ok(Step::Pending) => continue,
                Ok(Step::Done) => None,
                Err(Failure::Csv(error)) => Some(Err(ArrowError::CsvError(error.to_string()))),
                Err(Failure::Arrow(error)) => Some(Err(error)),
            };
        }
    }
}

impl RecordBatchReader for Reading {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
