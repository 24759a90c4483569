//! One read on its way to Python: the core's batches, in the types that were asked for.
//!
//! In come [`fast_csv::Batches`], out go record batches. Of Python it knows only that a wait must end when a signal comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, RecordBatchReader};
use arrow::compute::{CastOptions, can_cast_types, cast_with_options};
use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use fast_csv::schema::Seen;
use fast_csv::{Batches, Error, Progress};
use pyo3::Python;

use crate::telling::Teller;
use crate::waiting::{self, PATIENCE};
use crate::wide::{self, Digits};

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
    /// What the core's batches look like.
    plain: SchemaRef,
    /// What goes out.
    schema: SchemaRef,
    /// The cells that all reads of the scan decoded, and those of this one that are counted there.
    cells: (Arc<AtomicU64>, u64),
    /// Who is told how far it came.
    teller: Option<Arc<Teller>>,
    /// When a stream last looked at Python's signals.
    looked: Instant,
}

impl Reading {
    /// Wraps a read of the core, whose decoded cells are added to `cells`.
    pub fn new(batches: Batches, cells: Arc<AtomicU64>) -> Self {
        let plain = batches.schema();
        Reading { batches, schema: Arc::clone(&plain), plain, cells: (cells, 0), teller: None, looked: Instant::now() }
    }

    /// Has someone told how far it came.
    pub fn telling(mut self, teller: Option<Arc<Teller>>) -> Self {
        self.teller = teller;
        self
    }

    /// Gives text as `LargeUtf8` and bytes as `LargeBinary`, which every kernel of pyarrow knows, in place of views.
    pub fn with_large_text(mut self) -> Self {
        let fields: Vec<FieldRef> = self.plain.fields().iter().map(without_views).collect();
        self.schema = Arc::new(Schema::new(fields));
        self
    }

    /// Gives integers of 128 bits, which Arrow does not know, as decimals of 38 digits.
    pub fn with_decimals(mut self) -> Self {
        self.schema = wide::decimal_schema(&self.plain, Digits::Upto38);
        self
    }

    /// Gives the types of `wanted` where the columns are the same and each cast exists; otherwise nothing changes, as the
    /// PyCapsule protocol leaves it to the consumer to check.
    pub fn with_requested(mut self, wanted: &Schema) -> Self {
        let known = wide::decimal_schema(&self.plain, Digits::Upto39);
        let (ours, theirs) = (known.fields(), wanted.fields());
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

    /// The columns whose type turned out too narrow, where the read takes note of it.
    pub fn misfits(&self) -> Vec<(String, Seen)> {
        self.batches.misfits()
    }

    /// Threads that decode.
    pub fn threads(&self) -> usize {
        self.batches.threads()
    }

    /// Waits for the next batch, but no longer than `patience`.
    pub fn next_within(&mut self, patience: Duration) -> Result<Step, Failure> {
        let progress = self.batches.next_within(patience);
        crate::ALLOC.tend();
        let (all, counted) = &mut self.cells;
        let cells = self.batches.cells_decoded();
        all.fetch_add(cells - *counted, Ordering::Relaxed);
        *counted = cells;
        Ok(match progress? {
            Progress::Batch(batch) => Step::Batch(self.cast(batch)?),
            Progress::Pending => Step::Pending,
            Progress::Done => Step::Done,
        })
    }

    /// Gives a batch the types that were asked for.
    fn cast(&self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        if Arc::ptr_eq(&self.schema, &self.plain) {
            return Ok(batch);
        }
        let mut columns = batch.columns().to_vec();
        for ((column, plain), field) in columns.iter_mut().zip(self.plain.fields()).zip(self.schema.fields()) {
            if wide::is_wide(plain) && !wide::is_wide(field) {
                let narrow = *wide::decimal_field(plain, Digits::Upto38).data_type() == *field.data_type();
                *column = wide::decimals(column, plain, if narrow { Digits::Upto38 } else { Digits::Upto39 })?;
            }
            if column.data_type() != field.data_type() {
                *column = cast(column, field.data_type())?;
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(self.schema(), columns, &options)
    }
}

/// The field with large types for views, in whatever it is made of.
fn without_views(field: &FieldRef) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Utf8View => DataType::LargeUtf8,
        DataType::BinaryView => DataType::LargeBinary,
        DataType::Dictionary(key, _) => DataType::Dictionary(key.clone(), Box::new(DataType::LargeUtf8)),
        DataType::LargeList(item) => DataType::LargeList(without_views(item)),
        DataType::FixedSizeList(item, width) => DataType::FixedSizeList(without_views(item), *width),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(without_views).collect()),
        _ => return Arc::clone(field),
    };
    Arc::new(field.as_ref().clone().with_data_type(data_type))
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
            let step = self.next_within(PATIENCE);
            // A consumer that takes batch after batch may not come back to Python for long.
            if self.looked.elapsed() >= PATIENCE {
                if let Err(interrupt) = waiting::check_signals_of_main_thread() {
                    return Some(Err(interrupt));
                }
                self.looked = Instant::now();
            }
            if let Some(teller) = &self.teller {
                let told = Python::attach(|py| teller.tell(py, matches!(step, Ok(Step::Done))));
                if let Err(raised) = told {
                    return Some(Err(ArrowError::ExternalError(raised.to_string().into())));
                }
            }
            return match step {
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
