//! What is asked of texts, one answer each.

use std::ops::Range;

use arrow::datatypes::{DataType, Field};
use fast_csv::validate::{Check, Pattern, Spelling, Temporal, Words};
use serde::Deserialize;

use super::abi::{Column, Outcome, export};
use super::columns::{booleans, check_text, test_texts, threads};
use super::parsing::spelling;

/// A question that is put by a function of the namespace.
trait Question: serde::de::DeserializeOwned {
    const FUNCTION: &'static str;

    /// # Errors
    /// An argument that makes no question.
    fn check(self) -> Outcome<Check>;
}

fn dtype<Q: Question>(field: &Field, _: Q) -> Outcome<Field> {
    check_text(field, Q::FUNCTION)?;
    Ok(booleans(field))
}

fn evaluate<Q: Question>(column: Column, question: Q) -> Outcome<Column> {
    let check = question.check()?;
    test_texts(&column, Q::FUNCTION, |texts| check.column(texts, threads()))
}

/// Exports questions: `name` of the function, its `symbols`, the `type` of its arguments, and the check they make.
macro_rules! questions {
    ($($name:literal $symbol:literal $field_symbol:literal $question:ident { $($argument:ident: $type:ty),* } => $check:expr;)*) => {
        $(
            #[derive(Deserialize)]
            struct $question { $($argument: $type),* }

            impl Question for $question {
                const FUNCTION: &'static str = $name;

                fn check(self) -> Outcome<Check> {
                    let $question { $($argument),* } = self;
                    $check
                }
            }
        )*
        export! {
            $($symbol, $field_symbol: dtype::<$question>, evaluate::<$question>;)*
        }
    };
}

questions! {
    "is_int" "_polars_plugin_is_int" "_polars_plugin_field_is_int" IsInt { bits: u8 } => {
        value(match bits {
            8 => DataType::Int8,
            16 => DataType::Int16,
            32 => DataType::Int32,
            _ => DataType::Int64,
        })
    };
    "is_float" "_polars_plugin_is_float" "_polars_plugin_field_is_float" IsFloat {} => value(DataType::Float64);
    "is_decimal" "_polars_plugin_is_decimal" "_polars_plugin_field_is_decimal" IsDecimal { precision: u8, scale: i8 } => {
        value(DataType::Decimal128(precision, scale))
    };
    "is_bool" "_polars_plugin_is_bool" "_polars_plugin_field_is_bool" IsBool {} => value(DataType::Boolean);
    "is_date" "_polars_plugin_is_date" "_polars_plugin_field_is_date" IsDate { formats: Vec<String> } => {
        written(DataType::Date32, &spelling(&formats, Temporal::Date)?)
    };
    "is_datetime" "_polars_plugin_is_datetime" "_polars_plugin_field_is_datetime" IsDatetime { formats: Vec<String> } => {
        spelling(&formats, Temporal::Datetime).map(Check::Datetime)
    };
    "is_email" "_polars_plugin_is_email" "_polars_plugin_field_is_email" IsEmail {} => Ok(Check::Email);
    "is_url" "_polars_plugin_is_url" "_polars_plugin_field_is_url" IsUrl {} => Ok(Check::Url);
    "is_uuid" "_polars_plugin_is_uuid" "_polars_plugin_field_is_uuid" IsUuid {} => Ok(Check::Uuid);
    "is_ipv4" "_polars_plugin_is_ipv4" "_polars_plugin_field_is_ipv4" IsIpv4 {} => Ok(Check::Ipv4);
    "is_ipv6" "_polars_plugin_is_ipv6" "_polars_plugin_field_is_ipv6" IsIpv6 {} => Ok(Check::Ipv6);
    "is_iban" "_polars_plugin_is_iban" "_polars_plugin_field_is_iban" IsIban {} => Ok(Check::Iban);
    "is_luhn" "_polars_plugin_is_luhn" "_polars_plugin_field_is_luhn" IsLuhn {} => Ok(Check::Luhn);
    "is_ascii" "_polars_plugin_is_ascii" "_polars_plugin_field_is_ascii" IsAscii {} => Ok(Check::Ascii);
    "matches" "_polars_plugin_matches" "_polars_plugin_field_matches" Matches { pattern: String } => {
        Pattern::new(&pattern).map(Check::Matches)
    };
    "length_between" "_polars_plugin_length_between" "_polars_plugin_field_length_between"
    LengthBetween { lo: u64, hi: Option<u64>, bytes: bool } => {
        let lengths = lengths(lo, hi);
        Ok(if bytes { Check::Bytes(lengths) } else { Check::Characters(lengths) })
    };
    "is_one_of" "_polars_plugin_is_one_of" "_polars_plugin_field_is_one_of" IsOneOf { values: Vec<String> } => {
        Ok(Check::OneOf(Words::new(values)))
    };
}

fn value(data_type: DataType) -> Outcome<Check> {
    written(data_type, &Spelling::default())
}

fn written(data_type: DataType, spelling: &Spelling) -> Outcome<Check> {
    Check::value(&data_type, spelling).ok_or_else(|| format!("no text is read as {data_type}"))
}

/// No text is as long as the largest number.
fn lengths(lo: u64, hi: Option<u64>) -> Range<usize> {
    let end = hi.and_then(|hi| usize::try_from(hi).ok()).map_or(usize::MAX, |hi| hi.saturating_add(1));
    usize::try_from(lo).unwrap_or(usize::MAX)..end
}
