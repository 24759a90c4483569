//! The fields of one column in, one Arrow array out, in one tight loop a type.
//!
//! A [`Decoder`] holds one column while it grows over the windows of a batch. The type is chosen once a call of
//! [`Decoder::extend`]; inside, the loop knows its type and whether the window holds quotes, and nothing else. Each
//! type reads the common spelling of a value by words of eight or sixteen bytes, numbers and dates 64 of them in
//! lock-step where the machine's vectors are wide (`block`); what is not written so (empty, quoted, a null word,
//! blanks, a rare spelling, an error) leaves the loop for `field.rs` and the scalar functions of [`parse`], which
//! decide alone what is a value. A common way may only ever agree with them.
//!
//! Where fields lie, which column this is and what becomes of an error are not known here. `benchmarks/decode.rs`
//! times every loop.

mod binary;
mod block;
mod boolean;
mod calendar;
mod column_type;
mod decimal;
mod dictionary;
mod digits;
mod duration;
mod field;
mod float;
pub mod format;
mod formatted;
mod half;
mod int;
mod moment;
mod nested;
mod null;
mod null_words;
mod numbers;
pub mod parse;
mod spelling;
mod temporal;
mod text;
mod values;
pub mod views;
mod wide;
pub mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow::array::{ArrayRef, NullArray};
use arrow::datatypes::{
    DataType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, Int8Type, Int16Type, Int32Type,
    Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};

use crate::tokenize::fields::Fields;
pub use binary::BinaryEncoding;
use binary::Bytes;
pub use column_type::ColumnType;
use decimal::Fixed;
use dictionary::Categories;
use duration::Lapse;
use field::Cells;
use float::{Double, Single};
use format::Format;
use formatted::{Formatted, OfFormat, Worded};
use half::Half;
use int::Int;
use nested::Nested;
pub(crate) use nested::explain;
use numbers::Unpadded;
pub use spelling::{Spelling, Truths};
pub(crate) use spelling::{has_zeros_in_front, ungrouped};
use temporal::{Clock, Day, Stamp};
use text::Texts;
use values::Values;

/// The bytes that fields lie in, and what the scan saw in them.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// The bytes.
    pub data: &'a [u8],
    /// A quote byte occurs.
    pub quotes: bool,
    /// A quoted field may hold `""`, or text may stand after its closing quote.
    pub doubled: bool,
    /// An escape occurs.
    pub escapes: bool,
    /// The whole window is valid UTF-8, and every field begins and ends on a character boundary (as fields do that
    /// ASCII bytes delimit and quote).
    pub utf8: bool,
}

/// How the fields of a column are read.
#[derive(Clone, Debug)]
pub struct ColumnSpec {
    /// What the column becomes; see [`supports`].
    pub data_type: ColumnType,
    /// The byte that quotes a field that starts with it.
    pub quote: Option<u8>,
    /// The byte that makes the one behind it text.
    pub escape: Option<u8>,
    /// Unquoted, unescaped texts that are null.
    pub null_words: Arc<[Box<[u8]>]>,
    /// For text: whether an empty unquoted or missing field is null, or else the empty text. In a column of any other
    /// type what is empty is null.
    pub empty_is_null: bool,
    /// For text: whether invalid UTF-8 becomes U+FFFD, or else an error.
    pub lossy: bool,
    /// For floats: the byte between whole and broken part.
    pub decimal_mark: u8,
    /// How values are written, where that is not the usual way.
    pub spelling: Spelling,
    /// What becomes of a cell that cannot be read.
    pub on_error: OnCell,
}

/// What becomes of a cell that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCell {
    /// Decoding stops with a [`Failure`].
    Raise,
    /// The cell is null, and noted ([`Decoder::take_refused`]).
    Null,
}

/// A cell that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its row: among the fields given where it ends the decoding, in the column where it became null.
    pub row: usize,
    /// What is wrong with it.
    pub cause: Cause,
}

/// What is wrong with a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It is not a value of the type.
    Cast,
    /// It is such a value, but too large or too small.
    Overflow,
    /// It is text, but not UTF-8.
    InvalidUtf8,
}

/// One column that grows over several windows and then finishes into one array.
#[derive(Debug)]
pub struct Decoder {
    data_type: DataType,
    cells: Cells,
    column: Column,
}

/// Declares the types a column can have, and `each!`, which runs one expression on whichever it is.
macro_rules! columns {
    ($($name:ident($kind:ty),)*) => {
        #[derive(Debug)]
        enum Column {
            Null(usize),
            Utf8View(Texts),
            Binary(Bytes),
            Dictionary(Categories),
            Nested(Nested),
            $($name(Values<$kind>),)*
        }

        macro_rules! each {
            ($column:expr, null $rows:pat => $null:expr, text $texts:pat => $text:expr, $values:pat => $value:expr) => {
                match $column {
                    Column::Null($rows) => $null,
                    Column::Utf8View($texts) => $text,
                    Column::Binary($texts) => $text,
                    Column::Dictionary($texts) => $text,
                    Column::Nested($texts) => $text,
                    $(Column::$name($values) => $value,)*
                }
            };
        }
    };
}

columns! {
    Int8(Int<Int8Type>),
    Int16(Int<Int16Type>),
    Int32(Int<Int32Type>),
    Int64(Int<Int64Type>),
    UInt8(Int<UInt8Type>),
    UInt16(Int<UInt16Type>),
    UInt32(Int<UInt32Type>),
    UInt64(Int<UInt64Type>),
    Int128(wide::Signed),
    UInt128(wide::Unsigned),
    Float16(Half),
    Float32(Single),
    Float64(Double),
    Boolean(boolean::Truth),
    Date(Day),
    Time(Clock),
    Milli(Stamp<TimestampMillisecondType>),
    Micro(Stamp<TimestampMicrosecondType>),
    Nano(Stamp<TimestampNanosecondType>),
    UnpaddedInt64(Unpadded<Int<Int64Type>>),
    UnpaddedInt128(Unpadded<wide::Signed>),
    UnpaddedFloat64(Unpadded<Double>),
    WordedBoolean(Worded),
    FormattedDate(Formatted<Day>),
    FormattedTime(Formatted<Clock>),
    FormattedMilli(Formatted<Stamp<TimestampMillisecondType>>),
    FormattedMicro(Formatted<Stamp<TimestampMicrosecondType>>),
    FormattedNano(Formatted<Stamp<TimestampNanosecondType>>),
    MilliLapse(Lapse<DurationMillisecondType>),
    MicroLapse(Lapse<DurationMicrosecondType>),
    NanoLapse(Lapse<DurationNanosecondType>),
    Decimal(Fixed),
}

impl Column {
    /// `None` where the type is not one of [`supports`].
    fn new(spec: &ColumnSpec, cells: &Cells, rows: usize) -> Option<Column> {
        if let Some(column) = Column::spelled(spec, cells, rows) {
            return Some(column);
        }
        let thousands = spec.spelling.thousands;
        Some(match &spec.data_type {
            ColumnType::Int128 => Column::Int128(Values::new(wide::Signed { thousands }, cells, rows)),
            ColumnType::UInt128 => Column::UInt128(Values::new(wide::Unsigned { thousands }, cells, rows)),
            ColumnType::Categorical { .. } => Column::Dictionary(Categories::open(cells, rows)),
            ColumnType::Enum { categories, .. } => Column::Dictionary(Categories::closed(categories, cells, rows)?),
            ColumnType::List(_) | ColumnType::Array(..) | ColumnType::Struct(_) => Column::Nested(Nested::new(spec)?),
            ColumnType::Plain(data_type) => return Column::plain(data_type, spec, cells, rows),
        })
    }

    fn plain(data_type: &DataType, spec: &ColumnSpec, cells: &Cells, rows: usize) -> Option<Column> {
        let (mark, thousands) = (spec.decimal_mark, spec.spelling.thousands);
        Some(match data_type {
            DataType::Null => Column::Null(0),
            DataType::Utf8View => Column::Utf8View(Texts::new(cells, rows)),
            DataType::BinaryView => Column::Binary(Bytes::new(spec.spelling.binary, cells, rows)),
            DataType::Int8 => Column::Int8(Values::new(Int::new(thousands), cells, rows)),
            DataType::Int16 => Column::Int16(Values::new(Int::new(thousands), cells, rows)),
            DataType::Int32 => Column::Int32(Values::new(Int::new(thousands), cells, rows)),
            DataType::Int64 => Column::Int64(Values::new(Int::new(thousands), cells, rows)),
            DataType::UInt8 => Column::UInt8(Values::new(Int::new(thousands), cells, rows)),
            DataType::UInt16 => Column::UInt16(Values::new(Int::new(thousands), cells, rows)),
            DataType::UInt32 => Column::UInt32(Values::new(Int::new(thousands), cells, rows)),
            DataType::UInt64 => Column::UInt64(Values::new(Int::new(thousands), cells, rows)),
            DataType::Float16 => Column::Float16(Values::new(Half { mark, thousands }, cells, rows)),
            DataType::Float32 => Column::Float32(Values::new(Single { mark, thousands }, cells, rows)),
            DataType::Float64 => Column::Float64(Values::new(Double { mark, thousands }, cells, rows)),
            DataType::Boolean => Column::Boolean(Values::new(boolean::Truth, cells, rows)),
            DataType::Date32 => Column::Date(Values::new(Day, cells, rows)),
            DataType::Time64(TimeUnit::Nanosecond) => Column::Time(Values::new(Clock, cells, rows)),
            DataType::Timestamp(unit, zone) => match unit {
                TimeUnit::Millisecond => Column::Milli(Values::new(stamp(spec, zone), cells, rows)),
                TimeUnit::Microsecond => Column::Micro(Values::new(stamp(spec, zone), cells, rows)),
                TimeUnit::Nanosecond => Column::Nano(Values::new(stamp(spec, zone), cells, rows)),
                TimeUnit::Second => return None,
            },
            DataType::Duration(unit) => match unit {
                TimeUnit::Millisecond => Column::MilliLapse(Values::new(Lapse::KIND, cells, rows)),
                TimeUnit::Microsecond => Column::MicroLapse(Values::new(Lapse::KIND, cells, rows)),
                TimeUnit::Nanosecond => Column::NanoLapse(Values::new(Lapse::KIND, cells, rows)),
                TimeUnit::Second => return None,
            },
            DataType::Decimal128(precision, scale) => {
                Column::Decimal(Values::new(Fixed::new(mark, thousands, *precision, *scale)?, cells, rows))
            }
            _ => return None,
        })
    }

    /// A column of values that an option says how to read; `None` where it says nothing of this type.
    fn spelled(spec: &ColumnSpec, cells: &Cells, rows: usize) -> Option<Column> {
        fn by<K: OfFormat>(kind: K, formats: &Arc<[Format]>, cells: &Cells, rows: usize) -> Values<Formatted<K>> {
            Values::new(Formatted::new(kind, formats), cells, rows)
        }
        let Spelling { thousands, truths, dates, times, datetimes, keeps_zeros, .. } = &spec.spelling;
        let (mark, thousands) = (spec.decimal_mark, *thousands);
        let data_type = match &spec.data_type {
            ColumnType::Plain(data_type) => data_type,
            ColumnType::Int128 if *keeps_zeros => {
                return Some(Column::UnpaddedInt128(Values::new(Unpadded(wide::Signed { thousands }), cells, rows)));
            }
            _ => return None,
        };
        Some(match data_type {
            DataType::Int64 if *keeps_zeros => {
                Column::UnpaddedInt64(Values::new(Unpadded(Int::new(thousands)), cells, rows))
            }
            DataType::Float64 if *keeps_zeros => {
                Column::UnpaddedFloat64(Values::new(Unpadded(Double { mark, thousands }), cells, rows))
            }
            DataType::Boolean => Column::WordedBoolean(Values::new(Worded(truths.clone()?), cells, rows)),
            DataType::Date32 if !dates.is_empty() => Column::FormattedDate(by(Day, dates, cells, rows)),
            DataType::Time64(TimeUnit::Nanosecond) if !times.is_empty() => {
                Column::FormattedTime(by(Clock, times, cells, rows))
            }
            DataType::Timestamp(unit, zone) if !datetimes.is_empty() => match unit {
                TimeUnit::Millisecond => Column::FormattedMilli(by(stamp(spec, zone), datetimes, cells, rows)),
                TimeUnit::Microsecond => Column::FormattedMicro(by(stamp(spec, zone), datetimes, cells, rows)),
                TimeUnit::Nanosecond => Column::FormattedNano(by(stamp(spec, zone), datetimes, cells, rows)),
                TimeUnit::Second => return None,
            },
            _ => return None,
        })
    }
}

/// The datetimes of a column with this time zone, or none.
fn stamp<T, Z>(spec: &ColumnSpec, zone: &Option<Z>) -> Stamp<T> {
    Stamp::zoned(spec.spelling.keeps_zones.then_some(zone.is_some()))
}

/// Whether a column of this type can be decoded.
#[must_use]
pub fn supports(column_type: &ColumnType) -> bool {
    let spec = ColumnSpec {
        data_type: column_type.clone(),
        quote: None,
        escape: None,
        null_words: Arc::default(),
        empty_is_null: true,
        lossy: false,
        decimal_mark: b'.',
        spelling: Spelling::default(),
        on_error: OnCell::Raise,
    };
    Column::new(&spec, &Cells::new(&spec), 0).is_some()
}

impl Decoder {
    /// An empty column with room for `rows` rows.
    ///
    /// # Panics
    /// Where the type is not one that [`supports`] accepts.
    #[must_use]
    pub fn new(spec: &ColumnSpec, rows: usize) -> Decoder {
        Decoder::try_new(spec, rows).unwrap_or_else(|| panic!("no decoder for {}", spec.data_type))
    }

    /// The same; `None` where the type has no decoder.
    fn try_new(spec: &ColumnSpec, rows: usize) -> Option<Decoder> {
        let cells = Cells::new(spec);
        let column = Column::new(spec, &cells, rows)?;
        Some(Decoder { data_type: spec.data_type.data_type(), column, cells })
    }

    /// Appends a null row.
    fn push_null(&mut self) {
        self.cells.nulls.push(self.len());
        each!(
            &mut self.column,
            null rows => *rows += 1,
            text texts => texts.push_null(),
            values => values.push_null()
        );
    }

    /// Rows so far.
    #[must_use]
    pub fn len(&self) -> usize {
        each!(&self.column, null rows => *rows, text texts => texts.len(), values => values.len())
    }

    /// Whether there is no row yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends one value a field.
    ///
    /// # Errors
    /// The first cell that cannot be read, unless [`OnCell::Null`] has it nulled; the decoder then holds exactly the
    /// rows before it.
    ///
    /// # Panics
    /// May panic where a field ends past the window's data.
    pub fn extend<F: Fields>(&mut self, window: &Window<'_>, fields: F) -> Result<(), Failure> {
        let cells = &mut self.cells;
        each!(
            &mut self.column,
            null rows => extend_nulls(rows, cells, window, fields),
            text texts => texts.extend(cells, window, fields),
            values => values.extend(cells, window, fields)
        )
    }

    /// Forgets every row from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        if rows < self.len() {
            self.cells.truncate(rows);
            each!(
                &mut self.column,
                null count => *count = rows,
                text texts => texts.truncate(rows),
                values => values.truncate(rows)
            );
        }
    }

    /// Takes out `rows`, which are sorted; the rows behind them move up.
    pub fn remove(&mut self, rows: &[usize]) {
        self.cells.nulls.remove(rows);
        each!(
            &mut self.column,
            null count => *count -= rows.len(),
            text texts => texts.remove(rows),
            values => values.remove(rows)
        );
    }

    /// The cells that became null because they could not be read ([`OnCell::Null`]) since the last call, by their row in the
    /// column.
    pub fn take_refused(&mut self) -> Vec<Failure> {
        self.cells.take_refused()
    }

    /// Has the decoder note the cells, neither empty nor missing, that are not written in the common way of its type: integers of
    /// 64 bits, doubles, booleans, dates and times of day that are digits, or `true` and `false`, without a rarer sign or mark.
    pub fn note_unusual(&mut self) {
        self.cells.note_unusual();
    }

    /// The cells that were noted since the last call, by their row in the column.
    pub fn take_unusual(&mut self) -> Vec<usize> {
        self.cells.take_unusual()
    }

    /// The column as an array of the specified type.
    #[must_use]
    pub fn finish(self) -> ArrayRef {
        let rows = self.len();
        let nulls = self.cells.nulls.finish(rows);
        each!(
            self.column,
            null rows => Arc::new(NullArray::new(rows)),
            text texts => texts.finish(nulls),
            values => values.finish(nulls, &self.data_type)
        )
    }
}

/// Takes sorted `rows` out of the values of a column.
fn close_gaps<T: Copy>(values: &mut Vec<T>, rows: &[usize]) {
    let Some(&first) = rows.first() else { return };
    let mut to = first;
    for (at, gap) in rows.iter().enumerate() {
        let end = rows.get(at + 1).copied().unwrap_or(values.len());
        values.copy_within(gap + 1..end, to);
        to += end - gap - 1;
    }
    values.truncate(to);
}

/// A column of type null takes what is null and nothing else.
fn extend_nulls<F: Fields>(rows: &mut usize, cells: &mut Cells, window: &Window<'_>, fields: F) -> Result<(), Failure> {
    for row in 0..fields.len() {
        let span = fields.span(row);
        if span.start < span.end {
            cells
                .value(window, span, *rows, |_| Err::<(), Cause>(Cause::Cast))
                .map_err(|cause| Failure { row, cause })?;
        }
        *rows += 1;
    }
    Ok(())
}
