//! The options of a read, checked.

use crate::decode::Spelling;
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::scan::Backend;
use crate::schema::{Look, NullValues, Wishes, Written};
use crate::source::{Access, Charset, Compression, MemoryMap};
use arrow::array::RecordBatch;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

/// What types are judged by where the schema is not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Inference {
    /// The head and points spread through the whole file.
    #[default]
    Sample,
    /// The first records; none of them: every column of no given type is text.
    Head(usize),
    /// All records.
    All,
}

/// What a cell or record does that breaks a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The read fails.
    #[default]
    Raise,
    /// The cell is null, surplus fields go, missing ones are null, and a line that opens a quote for good is dropped.
    Null,
    /// The record is left out; of one that opens a quote for good, the line on which it began. A limit counts the records whose
    /// structure is right.
    Skip,
}

/// What a record with too few fields is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShortRecords {
    /// A record whose last fields are null.
    #[default]
    Null,
    /// An error.
    Raise,
}

/// What the bytes of text are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; anything else is an error.
    #[default]
    Utf8,
    /// UTF-8, in which what is invalid becomes U+FFFD.
    Utf8Lossy,
}

/// Every option of a read. Made by [`ReaderBuilder`](super::ReaderBuilder).
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) dialect: Dialect,
    /// Whether the delimiter is guessed from the first source.
    pub(super) sniffs_delimiter: bool,
    pub(super) has_header: bool,
    pub(super) skip_rows: usize,
    pub(super) skip_lines: usize,
    pub(super) skip_rows_after_header: usize,
    /// The last records of each source that are none of its rows.
    pub(super) skip_footer: usize,
    pub(super) wishes: Wishes,
    pub(super) inference: Inference,
    pub(super) infer_types: bool,
    /// Whether types of many records may be left to the read.
    pub(super) types_later: bool,
    pub(super) infer_files: usize,
    pub(super) parse_dates: bool,
    pub(super) decimal_mark: u8,
    pub(super) null_values: NullValues,
    pub(super) written: Written,
    pub(super) empty_is_null: bool,
    pub(super) on_error: OnError,
    pub(super) truncate_ragged_lines: bool,
    pub(super) short_records: ShortRecords,
    pub(super) encoding: Encoding,
    pub(super) max_record_bytes: usize,
    pub(super) memory_map: MemoryMap,
    pub(super) compression: Compression,
    pub(super) charset: Option<Charset>,
    pub(super) raise_if_empty: bool,
    pub(super) threads: usize,
    pub(super) batch_rows: Option<usize>,
    pub(super) limit: Option<u64>,
    /// Columns with one row a source.
    pub(super) source_columns: Option<RecordBatch>,
    pub(super) backend: Backend,
    /// The bytes of a window; chosen for the cache where absent.
    pub(super) chunk_bytes: Option<usize>,
    /// Set by whoever wants no answer any more of what looks at many records.
    pub(super) cancelled: Option<Arc<AtomicBool>>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            dialect: Dialect::default(),
            sniffs_delimiter: false,
            has_header: true,
            skip_rows: 0,
            skip_lines: 0,
            skip_rows_after_header: 0,
            skip_footer: 0,
            wishes: Wishes::default(),
            inference: Inference::default(),
            infer_types: true,
            types_later: false,
            infer_files: 10,
            parse_dates: false,
            decimal_mark: b'.',
            null_values: NullValues::default(),
            written: Written::default(),
            empty_is_null: true,
            on_error: OnError::default(),
            truncate_ragged_lines: false,
            short_records: ShortRecords::default(),
            encoding: Encoding::default(),
            max_record_bytes: 64 << 20,
            memory_map: MemoryMap::default(),
            compression: Compression::default(),
            charset: None,
            raise_if_empty: true,
            threads: available_threads(),
            batch_rows: None,
            limit: None,
            source_columns: None,
            backend: Backend::detect(),
            chunk_bytes: None,
            cancelled: None,
        }
    }
}

/// The threads that the machine runs at once; asking the system takes longer than reading a small file.
fn available_threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

impl Options {
    /// Whether surplus fields are dropped.
    pub(super) fn truncates(&self) -> bool {
        self.truncate_ragged_lines || self.wishes.ignores_extra
    }

    /// How sources are opened.
    pub(super) fn access(&self) -> Access {
        Access { memory_map: self.memory_map, compression: self.compression, charset: self.charset }
    }

    /// Refuses options that make no sense, before any file is opened.
    pub(super) fn check(&self) -> Result<()> {
        self.dialect.check()?;
        self.wishes.check()?;
        self.check_values()?;
        if self.skip_rows > 0 && self.skip_lines > 0 {
            return Err(Error::argument("only one of skip_rows and skip_lines may be given"));
        }
        for (name, value) in [
            ("n_threads", self.threads),
            ("max_record_bytes", self.max_record_bytes),
            ("batch_size", self.batch_rows.unwrap_or(1)),
            ("infer_schema_files", self.infer_files),
            ("the chunk size", self.chunk_bytes.unwrap_or(1)),
        ] {
            if value == 0 {
                return Err(Error::argument(format!("{name} must be at least 1")));
            }
        }
        if self.max_record_bytes > 1 << 30 {
            return Err(Error::argument("max_record_bytes must be at most 1 GiB"));
        }
        Ok(())
    }

    /// Refuses values that are written in two ways at once.
    fn check_values(&self) -> Result<()> {
        let written = &self.written;
        let digits = Spelling { thousands: written.thousands, ..Spelling::default() };
        digits.check(self.decimal_mark, self.dialect.quote, self.dialect.terminator)?;
        let both = |word: &&str| written.truths.as_ref().is_some_and(|truths| truths.read(word.as_bytes()).is_some());
        match self.null_values.all().find(both) {
            None => Ok(()),
            Some(word) => Err(Error::argument(format!(
                "null_values and true_values or false_values must differ, both have {word:?}"
            ))),
        }
    }

    /// How the values of a column are written.
    pub(super) fn spelling(&self, column: &str) -> Spelling {
        self.written.of(column, self.wishes.guesses(column))
    }

    /// What inference looks at the values of a column for.
    pub(super) fn look(&self, column: &str) -> Look {
        let spelling = self.written.of(column, true);
        Look { dates: self.parse_dates, mark: self.decimal_mark, spelling }
    }

    pub(super) fn is_lossy(&self) -> bool {
        self.encoding == Encoding::Utf8Lossy
    }

    /// The error of a source without header or record.
    pub(super) fn no_data(&self, name: Option<&str>) -> Error {
        let source = name.map_or(String::new(), |name| format!("{name}: "));
        ErrorKind::NoData(format!("{source}empty CSV; raise_if_empty=False gives an empty frame")).into()
    }
}
