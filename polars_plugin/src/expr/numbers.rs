//! Which texts are numbers.

use super::abi::{Field, PolarsResult, Series, export};
use super::texts;
use fast_csv::decode::parse;
use polars_core::error::polars_bail;
use serde::Deserialize;

export! {
    "_polars_plugin_is_int", "_polars_plugin_field_is_int": is_int_dtype, is_int;
}

#[derive(Deserialize)]
struct IsInt {
    bits: u8,
}

fn is_int_dtype(fields: &[Field]) -> PolarsResult<Field> {
    texts::tested(fields, "is_int")
}

/// Whether each text is an integer of so many bits, as a column of that type reads it.
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
