//! What a read makes of each record: the columns wanted and how each is decoded.

use super::options::{OnError, Options, ShortRecords};
use crate::decode::{ColumnSpec, OnCell};
use crate::schema::Column;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::sync::Arc;

/// The columns of a read, shared by its tasks.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) options: Options,
    /// The number of fields that a record should have.
    pub(super) fields: usize,
    /// The names of the file's columns, in the file's order.
    pub(super) names: Vec<String>,
    /// The wanted columns, in the result's order.
    pub(super) columns: Vec<Column>,
    /// How each wanted column is decoded.
    pub(super) specs: Vec<ColumnSpec>,
    /// The wanted columns' places in a record.
    pub(super) wanted: Vec<usize>,
    pub(super) schema: SchemaRef,
    /// Whether a wanted column is text, so that UTF-8 matters.
    pub(super) has_text: bool,
    /// The bytes of a window and of a task.
    pub(super) window: usize,
    pub(super) task: u64,
}

/// The bytes of a window: with its index it stays in a core's second cache.
const WINDOW: usize = 256 * 1024;
/// The bytes of a task, which makes one batch.
const TASK: u64 = 4 << 20;
/// The rows that a task should hold where rows are long, and the bytes that it may grow to for them.
const TASK_ROWS: u64 = 2048;
const LONGEST_TASK: u64 = 32 << 20;

impl Layout {
    pub(super) fn new(options: Options, names: Vec<String>, columns: Vec<Column>, record_bytes: u64) -> Layout {
        let on_error = match options.on_error {
            OnError::Raise => OnCell::Raise,
            OnError::Null => OnCell::Null,
        };
        let specs = columns.iter().map(|column| ColumnSpec {
            data_type: column.data_type.clone(),
            quote: options.dialect.quote,
            null_words: options.null_values.words(&column.name),
            empty_is_null: options.empty_is_null,
            lossy: options.is_lossy(),
            on_error,
        });
        let fields = columns.iter().map(|column| Field::new(&column.name, column.data_type.clone(), true));
        let window = options.chunk_bytes.unwrap_or(WINDOW);
        let task = match options.chunk_bytes {
            Some(bytes) => bytes as u64,
            None => TASK.max((record_bytes * TASK_ROWS).min(LONGEST_TASK)),
        };
        Layout {
            specs: specs.collect(),
            wanted: columns.iter().map(|column| column.field).collect(),
            schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            has_text: columns.iter().any(|column| column.data_type == DataType::Utf8View),
            fields: names.len(),
            names,
            columns,
            options,
            window,
            task,
        }
    }

    /// Whether a record with too many fields is an error.
    pub(super) fn refuses_long(&self) -> bool {
        !self.options.truncate_ragged_lines && self.options.on_error == OnError::Raise
    }

    /// Whether a record with too few fields is an error.
    pub(super) fn refuses_short(&self) -> bool {
        self.options.short_records == ShortRecords::Raise && self.options.on_error == OnError::Raise
    }

    /// Whether a stray quote is an error.
    pub(super) fn refuses_strays(&self) -> bool {
        self.options.dialect.strict_quotes && self.options.on_error == OnError::Raise
    }
}
