//! Integers of 128 bits on their way out: as Polars knows them, and as the decimals that other consumers of Arrow know.
//!
//! The core gives them as sixteen bytes each, in fields that bear an extension name. Polars' C interface has formats of its own
//! for exactly these buffers. Elsewhere they are `decimal128(38, 0)`, which holds all but the longest, or `decimal256(39, 0)`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Decimal256Array, FixedSizeListArray, LargeListArray, StructArray,
};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, i256};
use arrow::error::ArrowError;
use fast_csv::ColumnType;

/// The key of a field's metadata that names its extension type.
const EXTENSION: &str = "ARROW:extension:name";

/// The decimals that such integers become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// `decimal128(38, 0)`; a number of 39 digits is an error.
    Upto38,
    /// `decimal256(39, 0)`, which holds all of them.
    Upto39,
}

/// Polars' own format of a field whose values are such integers.
pub fn polars_format(field: &Field) -> Option<&'static str> {
    match field.metadata().get(EXTENSION)?.as_str() {
        ColumnType::INT128 => Some("_pli128"),
        ColumnType::UINT128 => Some("_plu128"),
        _ => None,
    }
}

/// The fields of which a field is made.
pub fn children(field: &Field) -> &[FieldRef] {
    match field.data_type() {
        DataType::LargeList(item) | DataType::FixedSizeList(item, _) => std::slice::from_ref(item),
        DataType::Struct(fields) => fields,
        _ => &[],
    }
}

/// Whether a field or one within it holds such integers.
pub fn is_wide(field: &Field) -> bool {
    polars_format(field).is_some() || children(field).iter().any(|child| is_wide(child))
}

/// The field with decimals for such integers.
pub fn decimal_field(field: &FieldRef, digits: Digits) -> FieldRef {
    if !is_wide(field) {
        return Arc::clone(field);
    }
    let inner = |child: &FieldRef| decimal_field(child, digits);
    let data_type = match field.data_type() {
        DataType::LargeList(item) => DataType::LargeList(inner(item)),
        DataType::FixedSizeList(item, width) => DataType::FixedSizeList(inner(item), *width),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        _ if digits == Digits::Upto38 => DataType::Decimal128(38, 0),
        _ => DataType::Decimal256(39, 0),
    };
    Arc::new(field.as_ref().clone().with_data_type(data_type).with_metadata(HashMap::new()))
}

/// The schema with decimals for such integers.
pub fn decimal_schema(schema: &SchemaRef, digits: Digits) -> SchemaRef {
    if !schema.fields().iter().any(|field| is_wide(field)) {
        return Arc::clone(schema);
    }
    Arc::new(Schema::new(schema.fields().iter().map(|field| decimal_field(field, digits)).collect::<Vec<_>>()))
}

/// The array of a field with decimals for such integers.
pub fn decimals(array: &ArrayRef, field: &Field, digits: Digits) -> Result<ArrayRef, ArrowError> {
    if !is_wide(field) {
        return Ok(Arc::clone(array));
    }
    let nulls = array.nulls().cloned();
    let item = |array: &ArrayRef| {
        let item = &children(field)[0];
        Ok::<_, ArrowError>((decimal_field(item, digits), decimals(array, item, digits)?))
    };
    Ok(match field.data_type() {
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().zip(fields);
            let columns = columns.map(|(column, field)| decimals(column, field, digits)).collect::<Result<_, _>>()?;
            let fields = fields.iter().map(|field| decimal_field(field, digits)).collect();
            Arc::new(StructArray::try_new_with_length(fields, columns, nulls, array.len())?)
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let (item, values) = item(list.values())?;
            Arc::new(LargeListArray::try_new(item, list.offsets().clone(), values, nulls)?)
        }
        DataType::FixedSizeList(_, width) => {
            let (item, values) = item(array.as_fixed_size_list().values())?;
            Arc::new(FixedSizeListArray::try_new_with_length(item, *width, values, nulls, array.len())?)
        }
        _ => numbers(array, field, digits)?,
    })
}

fn numbers(array: &ArrayRef, field: &Field, digits: Digits) -> Result<ArrayRef, ArrowError> {
    if digits == Digits::Upto39 {
        let wide = values(array, field).collect::<Vec<i256>>();
        return Ok(Arc::new(
            Decimal256Array::new(wide.into(), array.nulls().cloned()).with_precision_and_scale(39, 0)?,
        ));
    }
    let narrow = |(row, value): (usize, i256)| match value.to_i128().filter(|value| value.unsigned_abs() < LIMIT) {
        Some(value) => Ok(value),
        None if array.is_null(row) => Ok(0),
        None => Err(ArrowError::ComputeError(format!(
            "column {:?}: {value} does not fit decimal128(38, 0); a requested schema of decimal256(39, 0) would hold it",
            field.name()
        ))),
    };
    let values = values(array, field).enumerate().map(narrow).collect::<Result<Vec<i128>, _>>()?;
    Ok(Arc::new(Decimal128Array::new(values.into(), array.nulls().cloned()).with_precision_and_scale(38, 0)?))
}

/// Ten to the power of 38.
const LIMIT: u128 = 10_u128.pow(38);

/// The numbers of all rows; those of null ones mean nothing.
fn values<'a>(array: &'a ArrayRef, field: &Field) -> impl Iterator<Item = i256> + 'a {
    let signed = polars_format(field) == Some("_pli128");
    let bytes = array.as_fixed_size_binary();
    (0..bytes.len()).map(move |row| {
        let mut value = [0; 16];
        value.copy_from_slice(bytes.value(row));
        if signed {
            i256::from_i128(i128::from_le_bytes(value))
        } else {
            i256::from_parts(u128::from_le_bytes(value), 0)
        }
    })
}

/// Whether every number fits in 38 digits.
pub fn fits_38(array: &ArrayRef, field: &Field) -> bool {
    match field.data_type() {
        DataType::Struct(fields) => {
            array.as_struct().columns().iter().zip(fields).all(|(column, field)| fits_38(column, field))
        }
        DataType::LargeList(item) => fits_38(array.as_list::<i64>().values(), item),
        DataType::FixedSizeList(item, _) => fits_38(array.as_fixed_size_list().values(), item),
        _ if polars_format(field).is_none() => true,
        _ => values(array, field).enumerate().all(|(row, value)| {
            array.is_null(row) || value.to_i128().is_some_and(|value| value.unsigned_abs() < LIMIT)
        }),
    }
}
