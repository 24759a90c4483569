//! What is asked of a column as a whole: its order, and what lies outside of it.

use std::sync::Arc;

use arrow::array::types::{
    Date32Type, Decimal128Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::array::{Array as _, ArrayRef, ArrowPrimitiveType, AsArray as _, BooleanArray, downcast_primitive};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{DataType, Field, TimeUnit};
use fast_csv::validate::order::Trend;
use fast_csv::validate::outlier::{Fences, Method, Number};
use serde::Deserialize;

use super::abi::{Column, Outcome, export};
use super::columns::{booleans, check_text, polars_name, texts};

export! {
    "_polars_plugin_is_monotonic", "_polars_plugin_field_is_monotonic": is_monotonic_dtype, is_monotonic;
    "_polars_plugin_is_outlier", "_polars_plugin_field_is_outlier": is_outlier_dtype, is_outlier;
}

#[derive(Deserialize)]
struct Monotonic {
    strict: bool,
    rises: bool,
    falls: bool,
}

fn is_monotonic_dtype(field: &Field, _: Monotonic) -> Outcome<Field> {
    let kind = field.data_type();
    let ordered = check_text(field, "").is_ok() || kind.is_primitive() || *kind == DataType::Boolean;
    if ordered { Ok(booleans(field)) } else { Err(without_order(kind)) }
}

fn without_order(data_type: &DataType) -> String {
    format!("fast_csv.is_monotonic looks at values with an order, got a column of {}", polars_name(data_type))
}

/// One answer for the column. Nulls are passed over; a NaN has no order.
fn is_monotonic(column: Column, asked: Monotonic) -> Outcome<Column> {
    let trend = Trend::new(asked.strict, asked.rises, asked.falls);
    let field = booleans(&column.field);
    macro_rules! run {
        ($type:ty, $chunks:expr) => {
            Ok(of_values(trend, $chunks.iter().map(valid::<$type>)))
        };
    }
    let chunks = &column.chunks;
    let trend = match column.field.data_type() {
        _ if check_text(&column.field, "").is_ok() => {
            let texts = chunks.iter().map(|chunk| texts(chunk).rows()).collect::<Outcome<Vec<_>>>()?;
            let texts = texts.iter().map(|texts| texts.iter().flatten().map(str::as_bytes).collect());
            Ok(of_values(trend, texts))
        }
        DataType::Boolean => {
            Ok(of_values(trend, chunks.iter().map(|chunk| chunk.as_boolean().iter().flatten().collect())))
        }
        data_type => downcast_primitive! {
            data_type => (run, chunks),
            other => Err(without_order(other))
        },
    }?;
    Ok(Column { field, chunks: vec![Arc::new(BooleanArray::from(vec![trend.holds()]))] })
}

fn of_values<T: PartialOrd + Copy>(mut trend: Trend, chunks: impl Iterator<Item = Vec<T>>) -> Trend {
    let mut last: Option<T> = None;
    for chunk in chunks {
        if let (Some(last), Some(first)) = (last, chunk.first()) {
            trend.step(last.partial_cmp(first));
        }
        trend.run(&chunk);
        last = chunk.last().copied().or(last);
    }
    trend
}

/// The values that are not null.
fn valid<T: ArrowPrimitiveType>(chunk: &ArrayRef) -> Vec<T::Native> {
    let values = chunk.as_primitive::<T>();
    match values.null_count() {
        0 => values.values().to_vec(),
        _ => values.iter().flatten().collect(),
    }
}

#[derive(Deserialize)]
struct Outlier {
    method: String,
    threshold: f64,
}

impl Outlier {
    fn method(&self) -> Outcome<Method> {
        match self.method.as_str() {
            "mad" => Ok(Method::Mad),
            "iqr" => Ok(Method::Iqr),
            "zscore" => Ok(Method::ZScore),
            method => Err(format!("fast_csv.is_outlier knows the methods mad, iqr and zscore, got {method:?}")),
        }
    }
}

fn is_outlier_dtype(field: &Field, asked: Outlier) -> Outcome<Field> {
    outliers(field.data_type(), &[], asked.method()?, asked.threshold)?;
    Ok(booleans(field))
}

/// One answer a row: null where the value is null or not a number.
fn is_outlier(column: Column, asked: Outlier) -> Outcome<Column> {
    let chunks = outliers(column.field.data_type(), &column.chunks, asked.method()?, asked.threshold)?;
    Ok(Column { field: booleans(&column.field), chunks })
}

fn outliers(data_type: &DataType, chunks: &[ArrayRef], method: Method, threshold: f64) -> Outcome<Vec<ArrayRef>> {
    macro_rules! of {
        ($type:ty) => {
            outliers_of::<$type>(chunks, method, threshold)
        };
    }
    use TimeUnit::{Microsecond, Millisecond, Nanosecond};
    Ok(match data_type {
        DataType::Null => {
            chunks.iter().map(|chunk| Arc::new(BooleanArray::new_null(chunk.len())) as ArrayRef).collect()
        }
        DataType::Int8 => of!(Int8Type),
        DataType::Int16 => of!(Int16Type),
        DataType::Int32 => of!(Int32Type),
        DataType::Int64 => of!(Int64Type),
        DataType::UInt8 => of!(UInt8Type),
        DataType::UInt16 => of!(UInt16Type),
        DataType::UInt32 => of!(UInt32Type),
        DataType::UInt64 => of!(UInt64Type),
        DataType::Float32 => of!(Float32Type),
        DataType::Float64 => of!(Float64Type),
        DataType::Decimal128(..) => of!(Decimal128Type),
        DataType::Date32 => of!(Date32Type),
        DataType::Time64(Nanosecond) => of!(Time64NanosecondType),
        DataType::Timestamp(Millisecond, _) => of!(TimestampMillisecondType),
        DataType::Timestamp(Microsecond, _) => of!(TimestampMicrosecondType),
        DataType::Timestamp(Nanosecond, _) => of!(TimestampNanosecondType),
        DataType::Duration(Millisecond) => of!(DurationMillisecondType),
        DataType::Duration(Microsecond) => of!(DurationMicrosecondType),
        DataType::Duration(Nanosecond) => of!(DurationNanosecondType),
        other => {
            return Err(format!("fast_csv.is_outlier looks at numbers, got a column of {}", polars_name(other)));
        }
    })
}

fn outliers_of<T: ArrowPrimitiveType<Native: Number>>(
    chunks: &[ArrayRef],
    method: Method,
    threshold: f64,
) -> Vec<ArrayRef> {
    let is_finite = |number: &T::Native| !number.is_nan() && !number.is_infinite();
    let mut finite: Vec<T::Native> = chunks.iter().flat_map(valid::<T>).filter(is_finite).collect();
    let fences = Fences::new(method, threshold, &mut finite);
    let answers = chunks.iter().map(|chunk| {
        let (numbers, nulls) = (chunk.as_primitive::<T>().values(), chunk.nulls());
        let answers = BooleanBuffer::collect_bool(numbers.len(), |row| fences.is_outside(numbers[row]));
        let there = NullBuffer::new(BooleanBuffer::collect_bool(numbers.len(), |row| !numbers[row].is_nan()));
        Arc::new(BooleanArray::new(answers, NullBuffer::union(nulls, Some(&there)))) as ArrayRef
    });
    answers.collect()
}
