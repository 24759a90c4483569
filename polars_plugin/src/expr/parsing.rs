//! Texts read as values, by the reader's own decoders.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef};
use arrow::datatypes::{DataType, Field, TimeUnit};
use fast_csv::Truths;
use fast_csv::validate::{Cause, Format, Reading, Spelling, Temporal, parse_texts, reading};
use serde::Deserialize;

use super::abi::{Column, Outcome, export};
use super::columns::{check_text, polars_name, texts, threads};

/// A type that a function reads texts as.
trait Target: serde::de::DeserializeOwned {
    const FUNCTION: &'static str;

    /// # Errors
    /// An argument that makes no type.
    fn data_type(&self) -> Outcome<DataType>;

    /// # Errors
    /// A type that no text is read as.
    fn reading(&self) -> Outcome<Box<dyn Reading>> {
        let data_type = self.data_type()?;
        reading(&data_type, self.decimal_mark(), &self.spelling()?)
            .ok_or_else(|| format!("no text is read as {data_type}"))
    }

    fn decimal_mark(&self) -> u8 {
        b'.'
    }

    /// # Errors
    /// A format that is none.
    fn spelling(&self) -> Outcome<Spelling> {
        Ok(Spelling::default())
    }

    /// Whether a text that is no value is an error, or else null.
    fn strict(&self) -> bool;
}

#[derive(Deserialize)]
struct ParseInt {
    bits: u8,
    signed: bool,
    strict: bool,
}

impl Target for ParseInt {
    const FUNCTION: &'static str = "parse_int";

    fn data_type(&self) -> Outcome<DataType> {
        Ok(match (self.bits, self.signed) {
            (8, true) => DataType::Int8,
            (16, true) => DataType::Int16,
            (32, true) => DataType::Int32,
            (64, true) => DataType::Int64,
            (8, false) => DataType::UInt8,
            (16, false) => DataType::UInt16,
            (32, false) => DataType::UInt32,
            (64, false) => DataType::UInt64,
            (bits, _) => return Err(format!("fast_csv.parse_int knows 8, 16, 32 and 64 bits, got {bits}")),
        })
    }

    fn strict(&self) -> bool {
        self.strict
    }
}

#[derive(Deserialize)]
struct ParseFloat {
    bits: u8,
    decimal_comma: bool,
    strict: bool,
}

impl Target for ParseFloat {
    const FUNCTION: &'static str = "parse_float";

    fn data_type(&self) -> Outcome<DataType> {
        match self.bits {
            32 => Ok(DataType::Float32),
            64 => Ok(DataType::Float64),
            bits => Err(format!("fast_csv.parse_float knows 32 and 64 bits, got {bits}")),
        }
    }

    fn decimal_mark(&self) -> u8 {
        if self.decimal_comma { b',' } else { b'.' }
    }

    fn strict(&self) -> bool {
        self.strict
    }
}

#[derive(Deserialize)]
struct ParseBool {
    true_values: Option<Vec<String>>,
    false_values: Option<Vec<String>>,
    strict: bool,
}

impl Target for ParseBool {
    const FUNCTION: &'static str = "parse_bool";

    fn data_type(&self) -> Outcome<DataType> {
        Ok(DataType::Boolean)
    }

    fn spelling(&self) -> Outcome<Spelling> {
        let truths = match (&self.true_values, &self.false_values) {
            (None, None) => None,
            (truths, falses) => {
                Some(Truths::new(truths.as_deref(), falses.as_deref()).map_err(|error| error.to_string())?)
            }
        };
        Ok(Spelling { truths, ..Spelling::default() })
    }

    fn strict(&self) -> bool {
        self.strict
    }
}

#[derive(Deserialize)]
struct ParseDate {
    formats: Vec<String>,
    strict: bool,
}

impl Target for ParseDate {
    const FUNCTION: &'static str = "parse_date";

    fn data_type(&self) -> Outcome<DataType> {
        Ok(DataType::Date32)
    }

    fn spelling(&self) -> Outcome<Spelling> {
        spelling(&self.formats, Temporal::Date)
    }

    fn strict(&self) -> bool {
        self.strict
    }
}

#[derive(Deserialize)]
struct ParseDatetime {
    formats: Vec<String>,
    time_unit: String,
    time_zone: Option<String>,
    strict: bool,
}

impl Target for ParseDatetime {
    const FUNCTION: &'static str = "parse_datetime";

    fn data_type(&self) -> Outcome<DataType> {
        let unit = match self.time_unit.as_str() {
            "ms" => TimeUnit::Millisecond,
            "us" => TimeUnit::Microsecond,
            "ns" => TimeUnit::Nanosecond,
            unit => return Err(format!("fast_csv.parse_datetime knows the units ms, us and ns, got {unit:?}")),
        };
        Ok(DataType::Timestamp(unit, self.time_zone.as_deref().map(Into::into)))
    }

    fn spelling(&self) -> Outcome<Spelling> {
        spelling(&self.formats, Temporal::Datetime)
    }

    fn strict(&self) -> bool {
        self.strict
    }
}

export! {
    "_polars_plugin_parse_int", "_polars_plugin_field_parse_int": dtype::<ParseInt>, evaluate::<ParseInt>;
    "_polars_plugin_parse_float", "_polars_plugin_field_parse_float": dtype::<ParseFloat>, evaluate::<ParseFloat>;
    "_polars_plugin_parse_bool", "_polars_plugin_field_parse_bool": dtype::<ParseBool>, evaluate::<ParseBool>;
    "_polars_plugin_parse_date", "_polars_plugin_field_parse_date": dtype::<ParseDate>, evaluate::<ParseDate>;
    "_polars_plugin_parse_datetime", "_polars_plugin_field_parse_datetime":
        dtype::<ParseDatetime>, evaluate::<ParseDatetime>;
}

/// How dates or datetimes of these formats are written.
pub fn spelling(formats: &[String], of: Temporal) -> Outcome<Spelling> {
    let compiled = formats.iter().map(|format| Format::new(format, of)).collect::<Result<Arc<[_]>, _>>();
    let compiled = compiled.map_err(|error| error.to_string())?;
    Ok(match of {
        Temporal::Date => Spelling { dates: compiled, ..Spelling::default() },
        Temporal::Time => Spelling { times: compiled, ..Spelling::default() },
        Temporal::Datetime => Spelling { datetimes: compiled, ..Spelling::default() },
    })
}

fn dtype<T: Target>(field: &Field, target: T) -> Outcome<Field> {
    check_text(field, T::FUNCTION)?;
    Ok(Field::new(field.name(), target.data_type()?, true))
}

fn evaluate<T: Target>(column: Column, target: T) -> Outcome<Column> {
    check_text(&column.field, T::FUNCTION)?;
    let data_type = target.data_type()?;
    let reading = target.reading()?;
    let mut before = 0;
    let mut chunks = Vec::with_capacity(column.chunks.len());
    for chunk in &column.chunks {
        let chunk_texts = texts(chunk);
        let values = chunk_texts.answer(&data_type, |texts| parse_texts(texts, &*reading, threads()))?;
        if target.strict()
            && let Some(row) = first_refused(chunk, &values)
        {
            return Err(refusal::<T>(&*reading, before + row, chunk_texts.text(row), &data_type));
        }
        before += chunk.len();
        chunks.push(values);
    }
    Ok(Column { field: Field::new(column.field.name(), data_type, true), chunks })
}

/// The first row that has a text and no value.
fn first_refused(texts: &ArrayRef, values: &ArrayRef) -> Option<usize> {
    let missing = values.logical_nulls()?;
    let given = texts.logical_nulls();
    let is_text = |row: usize| given.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    (0..missing.len()).find(|&row| missing.is_null(row) && is_text(row))
}

/// Why a text is no value, with the value and its place.
fn refusal<T: Target>(reading: &dyn Reading, row: usize, text: &str, data_type: &DataType) -> String {
    const SHOWN: usize = 40;
    let shown = &text[..text.floor_char_boundary(SHOWN)];
    let more = if shown.len() < text.len() { "…" } else { "" };
    let name = polars_name(data_type);
    let reason = match reading.check(text.as_bytes()) {
        Err(Cause::Overflow) => format!("does not fit {name}"),
        _ => format!("is not {} {name}", if name.starts_with(['A', 'E', 'I', 'O']) { "an" } else { "a" }),
    };
    format!("fast_csv.{}: row index {row}: {shown:?}{more} {reason}; strict=False makes it null", T::FUNCTION)
}
