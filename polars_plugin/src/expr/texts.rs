//! Columns of text, however Polars keeps them.

use polars_core::error::polars_bail;
use polars_core::prelude::*;

/// The dtype that an elementwise test of `function` gives.
///
/// # Errors
/// A column that holds no text, named by its dtype; Polars tells this when it resolves the query's schema.
pub fn tested(fields: &[Field], function: &str) -> PolarsResult<Field> {
    let [field] = fields else {
        polars_bail!(InvalidOperation: "fast_csv.{function} takes one column, got {}", fields.len());
    };
    check(field.dtype(), function)?;
    Ok(Field::new(field.name().clone(), DataType::Boolean))
}

/// Calls `test` on every text that is not null. Categories and enums are tested by their words.
///
/// # Errors
/// A column that holds no text.
pub fn test(series: &Series, function: &str, test: impl Fn(&[u8]) -> bool) -> PolarsResult<Series> {
    check(series.dtype(), function)?;
    let cast;
    let texts = match series.dtype() {
        DataType::String => series.str()?,
        _ => {
            cast = series.cast(&DataType::String)?;
            cast.str()?
        }
    };
    let tested: BooleanChunked = arity::unary_elementwise_values(texts, |text: &str| test(text.as_bytes()));
    Ok(tested.into_series())
}

fn check(dtype: &DataType, function: &str) -> PolarsResult<()> {
    match dtype {
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) | DataType::Null => Ok(()),
        _ => polars_bail!(
            InvalidOperation: "fast_csv.{function} looks at text, got a column of {dtype}; cast it to pl.String first"
        ),
    }
}
