//! The options of a read, in arrow-csv's words.

use super::batches::Batches;
use super::options::{Encoding, Inference, OnError, Options, ShortRecords};
use super::prepared::{self, Request, Scan};
use super::sniffing::{self, Sniffed};
use crate::decode::{ColumnType, Truths};
use crate::error::{Error, Result};
use crate::scan::Backend;
use crate::schema::{BinaryEncodings, Formats, NullValues, Overrides};
use crate::sniff::Given;
use crate::source::{Charset, Compression, MemoryMap, Source};
use arrow::array::RecordBatch;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Options for reading CSV; every one has the default that its method names.
///
/// ```
/// use fast_csv::ReaderBuilder;
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("ticks.csv");
/// # std::fs::write(&path, "symbol;price;volume\nA;1.5;10\nB;2.5;20\n").unwrap();
/// let reader = ReaderBuilder::new().with_delimiter(b';').with_projection(["price", "volume"]).open(&path)?;
/// for batch in reader {
///     assert_eq!(batch.unwrap().num_columns(), 2);
/// }
/// # Ok::<(), fast_csv::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ReaderBuilder {
    options: Options,
    projection: Option<Vec<String>>,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident($($field:ident).+: $type:ty);)*) => {
        $($(#[$doc])* #[must_use] pub fn $name(mut self, value: $type) -> Self {
            self.options.$($field).+ = value;
            self
        })*
    };
}

impl ReaderBuilder {
    /// The default options.
    #[must_use]
    pub fn new() -> ReaderBuilder {
        ReaderBuilder::default()
    }

    setters! {
        /// The byte that ends a field: `,`.
        with_delimiter(dialect.delimiter: u8);
        /// Whether the delimiter is guessed from the first source, in place of the one given: no.
        with_sniffed_delimiter(sniffs_delimiter: bool);
        /// The byte that opens and closes quoted fields: `"`. `None`: quotes are text.
        with_quote(dialect.quote: Option<u8>);
        /// The byte that makes the one behind it text, inside quotes and outside: none.
        with_escape(dialect.escape: Option<u8>);
        /// The byte that ends a record: LF, with a CR before it dropped.
        with_terminator(dialect.terminator: u8);
        /// Whether a CR that precedes no LF ends a record too: no, it is text.
        with_lone_carriage(dialect.lone_carriage: bool);
        /// Whether spaces and tabs around fields are dropped, outside quotes: no, they are text.
        with_trim(dialect.trim: bool);
        /// Whether a stray quote is an error: no, it is text.
        with_strict_quotes(dialect.strict_quotes: bool);
        /// Whether the first record holds the names: yes.
        with_header(has_header: bool);
        /// The records before the header that are skipped: 0.
        with_skip_rows(skip_rows: usize);
        /// The lines before the header that are skipped, whatever they hold: 0.
        with_skip_lines(skip_lines: usize);
        /// The records behind the header that are skipped: 0.
        with_skip_rows_after_header(skip_rows_after_header: usize);
        /// The last records of each source that are none of its rows, whatever they hold: 0. Comments are no records; a line on
        /// which a quote opens that never closes is one.
        with_skip_footer(skip_footer: usize);
        /// What types are judged by: a sample of the whole file.
        with_inference(inference: Inference);
        /// Whether types are inferred at all: yes. Without, every column of no given type is text, and the inference only
        /// says how many records tell the number of columns where there is no header.
        with_infer_types(infer_types: bool);
        /// Whether [`Inference::All`], or of more records than the file has, may leave types to the read, which then takes one pass in
        /// place of two: no. Where it may, and the sources and other options allow it, the scan is [provisional](Scan::is_provisional).
        with_types_later(types_later: bool);
        /// The files that are sampled, of many: 10.
        with_infer_files(infer_files: usize);
        /// Whether dates and times are inferred: no.
        with_parse_dates(parse_dates: bool);
        /// The byte between the whole and the broken part of a number: a dot.
        with_decimal_mark(decimal_mark: u8);
        /// The words that mean null: none.
        with_null_values(null_values: NullValues);
        /// Whether a null word between quotes is text: no, it is null.
        with_quoted_nulls_as_text(written.quoted_words_are_text: bool);
        /// The words that are true and false: `true` and `false` in any case. Where they are given, a column of them alone is
        /// inferred as Boolean.
        with_truths(written.truths: Option<Truths>);
        /// The formats of dates: ISO 8601 and its like. Where they are given, a column that fits them is inferred as Date.
        with_date_formats(written.dates: Formats);
        /// The formats of times of day: ISO 8601.
        with_time_formats(written.times: Formats);
        /// The formats of datetimes: ISO 8601 and its like.
        with_datetime_formats(written.datetimes: Formats);
        /// How the bytes of binary columns are written: as they are.
        with_binary_encoding(written.binary: BinaryEncodings);
        /// The byte between groups of three digits: none.
        with_thousands(written.thousands: Option<u8>);
        /// Whether inference leaves numbers with zeros in front as text: no.
        with_keep_leading_zeros(written.keeps_zeros: bool);
        /// Whether an empty unquoted field of a text column is null: yes.
        with_empty_is_null(empty_is_null: bool);
        /// What a fault does: it ends the read.
        with_on_error(on_error: OnError);
        /// Whether surplus fields are dropped: no, they are an error.
        with_truncate_ragged_lines(truncate_ragged_lines: bool);
        /// What a record with too few fields is: one that ends with nulls.
        with_short_records(short_records: ShortRecords);
        /// What the bytes of text are: UTF-8.
        with_encoding(encoding: Encoding);
        /// The most bytes of a record: 64 MiB.
        with_max_record_bytes(max_record_bytes: usize);
        /// Whether files are mapped: where that is safe and measures better, which is nowhere.
        with_memory_map(memory_map: MemoryMap);
        /// How sources are compressed: as their first bytes say.
        with_compression(compression: Compression);
        /// What the text of the sources is written in, where that is not UTF-8.
        with_charset(charset: Option<Charset>);
        /// Whether a source without header and record is an error: yes.
        with_raise_if_empty(raise_if_empty: bool);
        /// The decoding threads: as many as the machine runs at once.
        with_threads(threads: usize);
        /// The most rows of a read, over all sources: all.
        with_limit(limit: Option<u64>);
        /// The scan's back end: the best that runs here.
        with_backend(backend: Backend);
    }

    /// Other names for columns, by the names that they have; wherever a column is named, it is by the new one.
    #[must_use]
    pub fn with_renames(mut self, renames: HashMap<String, String>) -> Self {
        self.options.wishes.renames = Some(renames);
        self
    }

    /// Columns that no file holds, with one row a source, in the order of the sources: what its path says, for example. They
    /// stand behind the files' columns; where a file has one of the same name, in its place.
    #[must_use]
    pub fn with_source_columns(mut self, columns: RecordBatch) -> Self {
        self.options.source_columns = Some(columns);
        self
    }

    /// Whether columns of a header that the schema does not name are passed over, as surplus fields of records are: no, either
    /// is an error.
    #[must_use]
    pub fn with_extra_columns_ignored(mut self, ignored: bool) -> Self {
        self.options.wishes.ignores_extra = ignored;
        self
    }

    /// Whether columns of the schema that a header does not name are null: no, they are an error.
    #[must_use]
    pub fn with_missing_columns_inserted(mut self, inserted: bool) -> Self {
        self.options.wishes.inserts_missing = inserted;
        self
    }

    /// The rows of a batch at most: as many as suit the caches.
    #[must_use]
    pub fn with_batch_size(mut self, rows: usize) -> Self {
        self.options.batch_rows = Some(rows);
        self
    }

    /// The bytes that end a field, one to eight: `,`.
    #[must_use]
    pub fn with_long_delimiter(mut self, delimiter: &str) -> Self {
        let (last, lead) = delimiter.as_bytes().split_last().unwrap_or((&0, &[]));
        (self.options.dialect.delimiter, self.options.dialect.delimiter_lead) = (*last, lead.into());
        self
    }

    /// The bytes that begin a comment line: none.
    #[must_use]
    pub fn with_comment(mut self, prefix: Option<Vec<u8>>) -> Self {
        self.options.dialect.comment = prefix.map(Vec::into_boxed_slice);
        self
    }

    /// Every column's name and type: by name where there is a header, by position where there is none.
    #[must_use]
    pub fn with_schema<T: Into<ColumnType>>(mut self, schema: Vec<(String, T)>) -> Self {
        self.options.wishes.schema =
            Some(schema.into_iter().map(|(name, column_type)| (name, column_type.into())).collect());
        self
    }

    /// The columns whose types are given and were inferred all the same, by a scan that this one is to be a copy of: none.
    #[must_use]
    pub fn with_guessed(mut self, columns: Vec<String>) -> Self {
        self.options.wishes.guessed = columns;
        self
    }

    /// Types for some columns.
    #[must_use]
    pub fn with_overrides(mut self, overrides: Overrides) -> Self {
        self.options.wishes.overrides = Some(overrides);
        self
    }

    /// New names for all columns.
    #[must_use]
    pub fn with_new_columns(mut self, names: Vec<String>) -> Self {
        self.options.wishes.new_columns = Some(names);
        self
    }

    /// The bytes of a window and of a task: chosen for the caches. Any size gives the same rows; tests use tiny ones.
    #[must_use]
    pub fn with_chunk_bytes(mut self, bytes: usize) -> Self {
        self.options.chunk_bytes = Some(bytes);
        self
    }

    /// A flag for another thread to set where nobody waits any more: inference over many records then ends in
    /// [`Cancelled`](crate::ErrorKind::Cancelled), at once or nearly so.
    #[must_use]
    pub fn with_cancelled(mut self, cancelled: Arc<AtomicBool>) -> Self {
        self.options.cancelled = Some(cancelled);
        self
    }

    /// The columns that [`open`](Self::open) reads, in this order: all.
    #[must_use]
    pub fn with_projection<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.projection = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// Checks the options, as [`resolve`](Self::resolve) does before it opens a source.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) or [`Duplicate`](crate::ErrorKind::Duplicate).
    pub fn check(&self) -> Result<()> {
        self.options.check()
    }

    /// Checks the options, reads the heads of `sources` and resolves the schema.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) before any source is opened; then what the sources and their heads give
    /// rise to.
    pub fn resolve(&self, sources: Vec<Source>) -> Result<Scan> {
        prepared::resolve(self.options.clone(), sources)
    }

    /// Guesses from samples of `sources` what of these options is not `given`: the dialect, the header and the encoding by the
    /// first source, the schema by all that inference looks at.
    ///
    /// ```
    /// use fast_csv::{Given, ReaderBuilder, Source};
    /// use std::sync::Arc;
    ///
    /// let source = Source::Bytes(Arc::new("name;price\n'Oslo; Bergen';1.5\nParis;2.5\n"));
    /// let sniffed = ReaderBuilder::new().sniff(&Given::default(), vec![source])?;
    /// assert_eq!((sniffed.dialect.delimiter, sniffed.dialect.quote), (b';', Some(b'\'')));
    /// assert!(sniffed.has_header && sniffed.schema.fields().len() == 2);
    /// # Ok::<(), fast_csv::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve) with what was guessed.
    pub fn sniff(&self, given: &Given, sources: Vec<Source>) -> Result<Sniffed> {
        sniffing::sniff(self.options.clone(), given, sources)
    }

    /// Opens one file and reads it.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve), and [`Argument`](crate::ErrorKind::Argument) for a column that is not there.
    pub fn open(&self, path: impl Into<PathBuf>) -> Result<Batches> {
        let scan = self.resolve(vec![Source::Path(path.into())])?;
        let schema = scan.schema();
        let places = self.projection.as_ref().map(|names| {
            let place = |name: &String| {
                schema.index_of(name).map_err(|_| {
                    let known: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
                    Error::argument(format!("there is no column {name:?}; there are {known:?}"))
                })
            };
            names.iter().map(place).collect::<Result<Vec<usize>>>()
        });
        scan.read(Request { projection: places.transpose()?, ..Request::default() })
    }
}
