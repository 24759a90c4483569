//! Which texts are numbers.

use super::texts;
use fast_csv::decode::parse;
use polars::prelude::*;
use pyo3_polars::derive::polars_expr;
use serde::Deserialize;

#[derive(Deserialize)]
struct IsInt {
    bits: u8,
}

fn is_int_dtype(fields: &[Field]) -> PolarsResult<Field> {
    texts::tested(fields, "is_int")
}

/// Whether each text is an integer of so many bits, as a column of that type reads it.
#[polars_expr(output_type_func=is_int_dtype)]
fn is_int(inputs: &[Series], kwargs: IsInt) -> PolarsResult<Series> {
    let test: fn(&[u8]) -> bool = match kwargs.bits {
        8 => |text| parse::integer::<i8>(text).is_ok(),
        16 => |text| parse::integer::<i16>(text).is_ok(),
        32 => |text| parse::integer::<i32>(text).is_ok(),
        64 => |text| parse::integer::<i64>(text).is_ok(),
        bits => polars_bail!(InvalidOperation: "fast_csv.is_int knows 8, 16, 32 and 64 bits, got {bits}"),
    };
    texts::test(&inputs[0], "is_int", test)
}
