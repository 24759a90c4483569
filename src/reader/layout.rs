//! What a read makes of each record: the columns wanted and how each is decoded.

use super::attention::{Attention, To};
use super::filter::Filter;
use super::fold::Folder;
use super::issue::Action;
use super::judge::Judging;
use super::judged::Judged;
use super::options::{OnError, Options, ShortRecords};
use super::predicate::Predicate;
use super::rejects::Collector;
use crate::decode::{ColumnSpec, ColumnType, OnCell};
use crate::error::{Code, Result};
use crate::schema::{Column, Look, Observer, Seen};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use std::collections::HashMap;
use std::sync::Arc;

/// The columns of a read, shared by the tasks of every source that has the same columns.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) options: Options,
    /// The number of fields that a record should have.
    pub(super) fields: usize,
    /// The names of the file's columns, in the file's order.
    pub(super) names: Vec<String>,
    /// The result's columns in its order, then those of the filter.
    pub(super) columns: Vec<Column>,
    /// Their places in a record.
    pub(super) wanted: Vec<usize>,
    /// How each of the result's columns is decoded.
    pub(super) specs: Vec<ColumnSpec>,
    pub(super) schema: SchemaRef,
    /// What the sample showed of each column whose type it named.
    pub(super) guesses: Arc<[Option<Guess>]>,
    /// Whether such columns take note of what does not fit their type, instead of ending the read.
    pub(super) widens: bool,
    /// What is to be learnt of the result's columns, where the read names their types.
    pub(super) attention: Arc<[Option<Attention>]>,
    /// How the columns are looked at, in a pass that names types and decodes none.
    pub(super) observers: Option<Arc<[Observer]>>,
    /// Whether one of the result's columns is text, so that UTF-8 matters.
    pub(super) has_text: bool,
    pub(super) filter: Option<Filter>,
    /// Where faults are recorded that do not end the read.
    pub(super) rejects: Option<Collector>,
    /// What is made of the rows in place of handing them on.
    pub(super) folder: Option<Folder>,
    /// Who sees the cells of the filter's columns.
    pub(super) judging: Option<Judging>,
    /// Where its columns come from, if not all are decoded.
    pub(super) judged: Option<Judged>,
    /// The bytes of a window and of a task.
    pub(super) window: usize,
    pub(super) task: u64,
    /// The records that a task may take.
    pub(super) most_records: usize,
}

/// What is known of every file of a scan.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) options: Options,
    /// The names of its columns.
    pub(super) names: Vec<String>,
    /// What the sample showed of each.
    pub(super) seen: Vec<Seen>,
    /// The mean length of a record, as sampled.
    pub(super) record_bytes: u64,
}

/// A column whose type a sample named.
#[derive(Debug)]
pub(super) struct Guess {
    /// What it was seen to hold.
    pub(super) seen: Seen,
    /// What values are looked at for.
    pub(super) look: Look,
}

impl Guess {
    /// The guess at a column of `data_type`; nothing is wider than text.
    fn of(file: &File, column: &Column) -> Option<Guess> {
        let Column { name, data_type, field } = column;
        let is_guess =
            *field != Column::ABSENT && *data_type != DataType::Utf8View && file.options.wishes.guesses(name);
        is_guess.then(|| Guess { seen: file.seen_in(column), look: file.options.look(name) })
    }

    /// The type that holds this value beside those seen.
    pub(super) fn wider(&self, data_type: &ColumnType, value: &[u8]) -> ColumnType {
        let mut seen = Seen::default();
        seen.add(value, &self.look);
        wider(self.seen, seen, data_type)
    }
}

/// The type that holds what was seen and, of a column of `data_type`, what was found not to fit.
pub(super) fn wider(seen: Seen, misfits: Seen, data_type: &ColumnType) -> ColumnType {
    let mut all = seen;
    all.join(misfits);
    match all.data_type() {
        // What is told from others only by a decoder is text.
        same if same == *data_type => DataType::Utf8View.into(),
        wider => wider,
    }
}

impl File {
    /// What the sample showed of a column, or what its type says of it.
    pub(super) fn seen_in(&self, column: &Column) -> Seen {
        let seen = self.seen.get(column.field).copied().filter(|seen| seen.data_type() == column.data_type);
        seen.unwrap_or_else(|| Seen::of(&column.data_type))
    }
}

/// The columns that a filter looks at, and its test, numbered by them.
#[derive(Debug, Default)]
pub(super) struct Sifted {
    pub(super) columns: Vec<Column>,
    pub(super) test: Option<Predicate>,
}

/// The bytes of a window: with its index it stays in a core's second cache.
const WINDOW: usize = 256 * 1024;
/// The rows that a window should hold where rows are long, as columns are decoded in blocks of 64, and the bytes that it may grow to
/// for them.
const WINDOW_ROWS: u64 = 256;
const LONGEST_WINDOW: u64 = 8 << 20;
/// The bytes of a task, which makes one batch.
const TASK: u64 = 4 << 20;
/// The rows that a task should hold where rows are long, and the bytes that it may grow to for them.
const TASK_ROWS: u64 = 4096;
const LONGEST_TASK: u64 = 32 << 20;
/// The cells that a task may hold, whatever its bytes: a blank line stands for as many as there are columns.
const MOST_CELLS: usize = 4 << 20;

impl Layout {
    pub(super) fn new(file: File, columns: Vec<Column>, sifted: Sifted, rejects: Option<Collector>) -> Layout {
        let guesses = columns.iter().chain(&sifted.columns).map(|column| Guess::of(&file, column)).collect();
        let File { options, names, record_bytes, .. } = file;
        let on_error = match options.on_error {
            OnError::Raise => OnCell::Raise,
            OnError::Null | OnError::Skip => OnCell::Null,
        };
        let spec = |column: &Column| ColumnSpec {
            data_type: column.data_type.clone(),
            quote: options.dialect.quote,
            escape: options.dialect.escape,
            null_words: options.null_values.words(&column.name),
            empty_is_null: options.empty_is_null || column.field == Column::ABSENT,
            lossy: options.is_lossy(),
            decimal_mark: options.decimal_mark,
            spelling: options.spelling(&column.name),
            on_error,
        };
        let is_text = |column: &Column| column.data_type == DataType::Utf8View;
        let fields = columns.iter().map(|column| column.data_type.field(&column.name));
        let long = (record_bytes * WINDOW_ROWS).min(LONGEST_WINDOW) as usize;
        let window = options.chunk_bytes.unwrap_or(WINDOW.max(long));
        let task = match options.chunk_bytes {
            Some(bytes) => bytes as u64,
            None => TASK.max((record_bytes * TASK_ROWS).min(LONGEST_TASK)),
        };
        let filter = (!sifted.columns.is_empty() || sifted.test.is_some()).then(|| Filter {
            specs: sifted.columns.iter().map(spec).collect(),
            first: columns.len(),
            has_text: sifted.columns.iter().any(is_text),
            test: sifted.test,
        });
        let (specs, has_text) = (columns.iter().map(spec).collect(), columns.iter().any(is_text));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let columns: Vec<Column> = columns.into_iter().chain(sifted.columns).collect();
        Layout {
            most_records: (MOST_CELLS / columns.len().max(1)).max(1),
            specs,
            wanted: columns.iter().map(|column| column.field).collect(),
            schema,
            guesses,
            widens: false,
            attention: Arc::default(),
            observers: None,
            has_text,
            filter,
            rejects,
            folder: None,
            judging: None,
            judged: None,
            fields: names.len(),
            names,
            columns,
            options,
            window,
            task,
        }
    }

    /// The layout of a source whose header has these columns: each is found by its name.
    pub(super) fn of_header(&self, names: Vec<String>) -> Result<Layout> {
        self.options.wishes.match_header(&self.names, &names)?;
        let places: HashMap<&str, usize> = names.iter().enumerate().map(|(place, name)| (&**name, place)).collect();
        let mut layout = self.clone();
        for column in &mut layout.columns {
            column.field = places.get(&*column.name).copied().unwrap_or(Column::ABSENT);
        }
        let specs = layout.specs.iter_mut().chain(layout.filter.iter_mut().flat_map(|filter| &mut filter.specs));
        for (spec, column) in specs.zip(&layout.columns) {
            spec.empty_is_null = self.options.empty_is_null || column.field == Column::ABSENT;
        }
        layout.wanted = layout.columns.iter().map(|column| column.field).collect();
        (layout.fields, layout.names) = (names.len(), names);
        Ok(layout)
    }

    /// Has columns of inferred types take note of what does not fit them.
    pub(super) fn widening(mut self) -> Layout {
        self.widens = true;
        for (spec, _) in self.specs.iter_mut().zip(self.guesses.iter()).filter(|(_, guess)| guess.is_some()) {
            spec.on_error = OnCell::Null;
        }
        self
    }

    /// Has such columns learn of their types what a survey of all records of `file` would.
    pub(super) fn attending(mut self, file: &File) -> Layout {
        self.attention = self.columns[..self.specs.len()].iter().map(|column| Attention::of(file, column)).collect();
        self.widening()
    }

    /// Whether what was found in the column at `place` makes it one of another type.
    pub(super) fn is_outgrown(&self, place: usize, found: Seen) -> bool {
        match self.attention.get(place) {
            Some(Some(attention)) if attention.to == To::All => attention.is_outgrown_by(found),
            _ => found != Seen::default(),
        }
    }

    /// Has columns be looked at, and none decoded.
    pub(super) fn observing(mut self) -> Layout {
        let observer = |column: &Column| {
            let options = &self.options;
            Observer::new(&options.dialect, options.look(&column.name), options.null_values.words(&column.name))
        };
        self.observers = Some(self.columns.iter().map(observer).collect());
        self.specs.clear();
        self
    }

    /// The columns of which it is noted what they hold.
    pub(super) fn noted(&self) -> usize {
        match &self.observers {
            Some(observers) => observers.len(),
            None if self.widens => self.specs.len(),
            None => 0,
        }
    }

    /// Whether a read of all rows need not decode any.
    pub(super) fn counts_only(&self) -> bool {
        match &self.judging {
            Some(judging) => judging.locates,
            None => self.columns.is_empty() && self.filter.is_none(),
        }
    }

    /// What becomes of a fault; `None` where it is none.
    pub(super) fn action(&self, code: Code) -> Option<Action> {
        let options = &self.options;
        let by_mode = |null: Action| match options.on_error {
            OnError::Raise => Action::Raise,
            OnError::Null => null,
            OnError::Skip => Action::Skip,
        };
        Some(match code {
            Code::Cast | Code::Overflow | Code::InvalidUtf8 => by_mode(Action::Null),
            Code::TooManyFields if options.truncates() => Action::Truncate,
            Code::TooManyFields => by_mode(Action::Truncate),
            Code::TooFewFields if options.short_records == ShortRecords::Null => Action::Pad,
            Code::TooFewFields => by_mode(Action::Pad),
            Code::StrayQuote if !options.dialect.strict_quotes => return None,
            Code::StrayQuote => by_mode(Action::Keep),
            Code::NullInRequired | Code::Rule => by_mode(Action::Keep),
            Code::UnclosedQuote | Code::LineTooLong => match options.on_error {
                OnError::Raise => Action::Raise,
                OnError::Null | OnError::Skip => Action::Drop,
            },
        })
    }

    /// Whether an option says that records with this fault are as good as others.
    pub(super) fn accepts(&self, code: Code) -> bool {
        match code {
            Code::TooManyFields => self.options.truncates(),
            Code::TooFewFields => self.options.short_records == ShortRecords::Null,
            _ => false,
        }
    }

    /// The cells that are decoded for `records` of which the filter leaves `rows`.
    pub(super) fn cells(&self, records: usize, rows: usize) -> u64 {
        let looked_at = self.filter.as_ref().map_or(0, |filter| filter.specs.len() * records);
        (looked_at + self.specs.len() * rows) as u64
    }

    /// Whether the filter looks at a field.
    pub(super) fn filter_looks_at(&self, field: usize) -> bool {
        self.filter.as_ref().is_some_and(|filter| self.wanted[filter.first..].contains(&field))
    }

    /// Whether records with this fault are no rows.
    pub(super) fn leaves_out(&self, code: Code) -> bool {
        self.action(code) == Some(Action::Skip)
    }

    /// Whether records with any number of fields are rows of which nothing is told.
    pub(super) fn takes_any_number_of_fields(&self) -> bool {
        [Code::TooManyFields, Code::TooFewFields].into_iter().all(|code| !self.leaves_out(code) && !self.notes(code))
    }

    /// Whether a fault of this kind is told or recorded.
    pub(super) fn notes(&self, code: Code) -> bool {
        self.action(code).is_some_and(|action| action == Action::Raise || self.rejects.is_some())
    }
}
