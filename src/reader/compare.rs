//! The cells of a column against a value, a column or a list: the leaves of a [`Predicate`](super::predicate::Predicate).
//!
//! Each is one loop over a whole column that packs its answers into bits. A null cell compares to unknown. The types have been
//! checked before; a pair that has no order is unknown for every row.

use super::predicate::{Comparison, Members, Value};
use crate::decode::views::Views;
use arrow::array::{Array, ArrayRef, ArrowNativeTypeOp, AsArray, BooleanArray, StringViewArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use std::cmp::Ordering;

/// Runs `$body` with `$kind` as the type of an integer or temporal column; anything else is `$otherwise`.
macro_rules! for_integers {
    ($data_type:expr, $kind:ident => $body:expr, $otherwise:expr) => {
        match $data_type {
            DataType::Int8 => for_integers!(@ $kind, Int8Type, $body),
            DataType::Int16 => for_integers!(@ $kind, Int16Type, $body),
            DataType::Int32 => for_integers!(@ $kind, Int32Type, $body),
            DataType::Int64 => for_integers!(@ $kind, Int64Type, $body),
            DataType::UInt8 => for_integers!(@ $kind, UInt8Type, $body),
            DataType::UInt16 => for_integers!(@ $kind, UInt16Type, $body),
            DataType::UInt32 => for_integers!(@ $kind, UInt32Type, $body),
            DataType::UInt64 => for_integers!(@ $kind, UInt64Type, $body),
            DataType::Date32 => for_integers!(@ $kind, Date32Type, $body),
            DataType::Time64(TimeUnit::Nanosecond) => for_integers!(@ $kind, Time64NanosecondType, $body),
            DataType::Timestamp(TimeUnit::Millisecond, _) => for_integers!(@ $kind, TimestampMillisecondType, $body),
            DataType::Timestamp(TimeUnit::Microsecond, _) => for_integers!(@ $kind, TimestampMicrosecondType, $body),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => for_integers!(@ $kind, TimestampNanosecondType, $body),
            DataType::Duration(TimeUnit::Millisecond) => for_integers!(@ $kind, DurationMillisecondType, $body),
            DataType::Duration(TimeUnit::Microsecond) => for_integers!(@ $kind, DurationMicrosecondType, $body),
            DataType::Duration(TimeUnit::Nanosecond) => for_integers!(@ $kind, DurationNanosecondType, $body),
            _ => $otherwise,
        }
    };
    (@ $kind:ident, $concrete:ty, $body:expr) => {{
        type $kind = $concrete;
        $body
    }};
}

/// Whether cells of this type are held against integers.
pub(super) fn is_integral(data_type: &DataType) -> bool {
    match data_type {
        DataType::Date32 | DataType::Time64(TimeUnit::Nanosecond) => true,
        DataType::Timestamp(unit, _) | DataType::Duration(unit) => *unit != TimeUnit::Second,
        other => other.is_integer(),
    }
}

/// Whether two columns of this type can be held against each other.
pub(super) fn is_ordered(data_type: &DataType) -> bool {
    use DataType::{Boolean, Float32, Float64, Utf8View};
    matches!(data_type, Boolean | Float32 | Float64 | Utf8View) || is_integral(data_type)
}

/// The order of floats in Polars: by value, NaN equal to itself and above every number.
#[inline(always)]
pub(super) fn floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// Each cell against one value.
pub(super) fn with_value(column: &ArrayRef, comparison: Comparison, value: &Value) -> BooleanArray {
    let (rows, nulls) = (column.len(), column.logical_nulls());
    match (column.data_type(), value) {
        (DataType::Boolean, Value::Boolean(value)) => {
            let cells = column.as_boolean().values();
            ordered(rows, nulls, comparison, |row| cells.value(row).cmp(value))
        }
        (DataType::Float32, Value::Float(value)) => {
            let cells = column.as_primitive::<Float32Type>().values();
            ordered(rows, nulls, comparison, |row| floats(cells[row].into(), *value))
        }
        (DataType::Float64, Value::Float(value)) => {
            let cells = column.as_primitive::<Float64Type>().values();
            ordered(rows, nulls, comparison, |row| floats(cells[row], *value))
        }
        (DataType::Utf8View, Value::Text(text)) => text_with_value(column.as_string_view(), comparison, text),
        (data_type, Value::Integer(value)) => {
            for_integers!(data_type, Kind => integers::<Kind>(column, comparison, *value), unknown(rows))
        }
        _ => unknown(rows),
    }
}

fn integers<K: ArrowPrimitiveType>(column: &ArrayRef, comparison: Comparison, value: i128) -> BooleanArray
where
    K::Native: ArrowNativeTypeOp + Ord + TryFrom<i128>,
{
    let array = column.as_primitive::<K>();
    let (rows, nulls, cells) = (array.len(), array.nulls().cloned(), array.values());
    match K::Native::try_from(value) {
        Ok(value) => ordered(rows, nulls, comparison, |row| cells[row].cmp(&value)),
        // No cell reaches a value that the type does not hold.
        Err(_) => {
            let side = if value > 0 { Ordering::Less } else { Ordering::Greater };
            ordered(rows, nulls, comparison, |_| side)
        }
    }
}

fn text_with_value(column: &StringViewArray, comparison: Comparison, text: &str) -> BooleanArray {
    let (rows, nulls) = (column.len(), column.nulls().cloned());
    let same = Sought::new(text);
    match comparison {
        Comparison::Equal => packed(rows, nulls, |row| same.is_at(column, row)),
        Comparison::NotEqual => packed(rows, nulls, |row| !same.is_at(column, row)),
        _ => ordered(rows, nulls, comparison, |row| column.value(row).cmp(text)),
    }
}

/// A text and the beginning of its view: length and first bytes, or all of them where they are at most twelve. Most cells
/// differ there already.
struct Sought<'a> {
    text: &'a str,
    view: u128,
    mask: u128,
}

impl Sought<'_> {
    fn new(text: &str) -> Sought<'_> {
        let shown = if text.len() <= 12 { text.len() } else { 4 };
        let mut view = [0; 16];
        // A length that 32 bits do not hold is no cell's.
        view[..4].copy_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
        view[4..4 + shown].copy_from_slice(&text.as_bytes()[..shown]);
        let mask = if text.len() <= 12 { u128::MAX } else { u128::from(u64::MAX) };
        Sought { text, view: u128::from_le_bytes(view), mask }
    }

    #[inline(always)]
    fn is_at(&self, column: &StringViewArray, row: usize) -> bool {
        column.views()[row] & self.mask == self.view && (self.mask == u128::MAX || column.value(row) == self.text)
    }
}

/// Each cell against the cell of another column of the same type.
pub(super) fn with_column(column: &ArrayRef, comparison: Comparison, other: &ArrayRef) -> BooleanArray {
    let rows = column.len();
    let nulls = NullBuffer::union(column.logical_nulls().as_ref(), other.logical_nulls().as_ref());
    match column.data_type() {
        DataType::Boolean => {
            let (a, b) = (column.as_boolean().values(), other.as_boolean().values());
            ordered(rows, nulls, comparison, |row| a.value(row).cmp(&b.value(row)))
        }
        DataType::Float32 => {
            let (a, b) = (column.as_primitive::<Float32Type>().values(), other.as_primitive::<Float32Type>().values());
            ordered(rows, nulls, comparison, |row| floats(a[row].into(), b[row].into()))
        }
        DataType::Float64 => {
            let (a, b) = (column.as_primitive::<Float64Type>().values(), other.as_primitive::<Float64Type>().values());
            ordered(rows, nulls, comparison, |row| floats(a[row], b[row]))
        }
        DataType::Utf8View => {
            let (a, b) = (column.as_string_view(), other.as_string_view());
            ordered(rows, nulls, comparison, |row| a.value(row).cmp(b.value(row)))
        }
        data_type => for_integers!(data_type, Kind => {
            let (a, b) = (column.as_primitive::<Kind>().values(), other.as_primitive::<Kind>().values());
            ordered(rows, nulls, comparison, |row| a[row].cmp(&b[row]))
        }, unknown(rows)),
    }
}

/// Whether each cell is among the members.
pub(super) fn is_in(column: &ArrayRef, members: &Members) -> BooleanArray {
    let (rows, nulls) = (column.len(), column.logical_nulls());
    match column.data_type() {
        DataType::Boolean => {
            let cells = column.as_boolean().values();
            packed(rows, nulls, |row| members.booleans.contains(&cells.value(row)))
        }
        DataType::Float32 => {
            let cells = column.as_primitive::<Float32Type>().values();
            packed(rows, nulls, |row| {
                members.floats.binary_search_by(|member| floats(*member, cells[row].into())).is_ok()
            })
        }
        DataType::Float64 => {
            let cells = column.as_primitive::<Float64Type>().values();
            packed(rows, nulls, |row| members.floats.binary_search_by(|member| floats(*member, cells[row])).is_ok())
        }
        DataType::Utf8View => {
            BooleanArray::new(members.texts.contain(&Views::new(column.as_string_view()), 0..rows), nulls)
        }
        data_type => for_integers!(data_type, Kind => {
            let cells = column.as_primitive::<Kind>().values();
            packed(rows, nulls, |row| members.integers.binary_search(&i128::from(cells[row])).is_ok())
        }, unknown(rows)),
    }
}

/// Whether each text begins with `prefix`.
pub(super) fn starts_with(column: &StringViewArray, prefix: &str) -> BooleanArray {
    packed(column.len(), column.nulls().cloned(), |row| column.value(row).starts_with(prefix))
}

#[inline(always)]
fn ordered(
    rows: usize,
    nulls: Option<NullBuffer>,
    comparison: Comparison,
    order: impl Fn(usize) -> Ordering,
) -> BooleanArray {
    match comparison {
        Comparison::Equal => packed(rows, nulls, |row| order(row).is_eq()),
        Comparison::NotEqual => packed(rows, nulls, |row| order(row).is_ne()),
        Comparison::Less => packed(rows, nulls, |row| order(row).is_lt()),
        Comparison::LessOrEqual => packed(rows, nulls, |row| order(row).is_le()),
        Comparison::Greater => packed(rows, nulls, |row| order(row).is_gt()),
        Comparison::GreaterOrEqual => packed(rows, nulls, |row| order(row).is_ge()),
    }
}

#[inline(always)]
fn packed(rows: usize, nulls: Option<NullBuffer>, answer: impl Fn(usize) -> bool) -> BooleanArray {
    BooleanArray::new(BooleanBuffer::collect_bool(rows, answer), nulls)
}

fn unknown(rows: usize) -> BooleanArray {
    BooleanArray::new_null(rows)
}
