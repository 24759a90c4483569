//! The types of columns as Python passes them: tuples, the first item of each the name that Polars' type has.
//!
//! | name | further items |
//! |---|---|
//! | `"Null"`, `"Boolean"`, `"String"`, `"Date"`, `"Time"`, `"Int8"` to `"UInt128"`, `"Float16"` to `"Float64"` | |
//! | `"Datetime"` | unit, time zone or `None` |
//! | `"Duration"` | unit |
//! | `"Decimal"` | precision, scale |
//! | `"Binary"` | |
//! | `"Categorical"` | metadata of the field |
//! | `"Enum"` | categories, metadata of the field |
//! | `"List"` | type of the items |
//! | `"Array"` | type of the items, their number |
//! | `"Struct"` | list of names and types |

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use fast_csv::ColumnType;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// A type of a column that Python can pass.
pub struct Type(pub ColumnType);

impl<'py> FromPyObject<'_, 'py> for Type {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        column_type(&object).map(Type)
    }
}

fn column_type(object: &Bound<'_, PyAny>) -> PyResult<ColumnType> {
    let tuple = object.cast::<PyTuple>()?;
    let name: String = tuple.get_item(0)?.extract()?;
    let item = |at: usize| tuple.get_item(at);
    let plain = match name.as_str() {
        "Null" => DataType::Null,
        "Boolean" => DataType::Boolean,
        "String" => DataType::Utf8View,
        "Binary" => DataType::BinaryView,
        "Date" => DataType::Date32,
        "Time" => DataType::Time64(TimeUnit::Nanosecond),
        "Int8" => DataType::Int8,
        "Int16" => DataType::Int16,
        "Int32" => DataType::Int32,
        "Int64" => DataType::Int64,
        "UInt8" => DataType::UInt8,
        "UInt16" => DataType::UInt16,
        "UInt32" => DataType::UInt32,
        "UInt64" => DataType::UInt64,
        "Float16" => DataType::Float16,
        "Float32" => DataType::Float32,
        "Float64" => DataType::Float64,
        "Categorical" => return Ok(ColumnType::Categorical { metadata: item(1)?.extract()? }),
        "Enum" => {
            let categories: Vec<String> = item(1)?.extract()?;
            return Ok(ColumnType::Enum { categories: categories.into(), metadata: item(2)?.extract()? });
        }
        "List" => return Ok(ColumnType::List(Box::new(column_type(&item(1)?)?))),
        "Array" => return Ok(ColumnType::Array(Box::new(column_type(&item(1)?)?), item(2)?.extract()?)),
        "Struct" => {
            let fields: Vec<(String, Type)> = item(1)?.extract()?;
            return Ok(ColumnType::Struct(fields.into_iter().map(|(name, Type(inner))| (name, inner)).collect()));
        }
        "Int128" => return Ok(ColumnType::Int128),
        "UInt128" => return Ok(ColumnType::UInt128),
        "Datetime" => {
            let zone: Option<String> = item(2)?.extract()?;
            DataType::Timestamp(unit(&item(1)?)?, zone.map(Into::into))
        }
        "Duration" => DataType::Duration(unit(&item(1)?)?),
        "Decimal" => DataType::Decimal128(item(1)?.extract()?, item(2)?.extract()?),
        _ => return Err(PyTypeError::new_err(format!("{name:?} is no type of a column"))),
    };
    Ok(plain.into())
}

/// The types of columns by their names, in the objects that `types` has for the names of types; `None` where that is not all
/// there is to say of one.
pub fn plain_schema<'py>(schema: &Schema, types: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let columns = PyDict::new(types.py());
    for field in schema.fields() {
        let Some(plain) = plain_name(field).map(|name| types.get_item(name)).transpose()?.flatten() else {
            return Ok(None);
        };
        columns.set_item(field.name(), plain)?;
    }
    Ok(Some(columns))
}

fn plain_name(field: &Field) -> Option<&'static str> {
    // Metadata make another type of it.
    Some(match field.data_type() {
        _ if !field.metadata().is_empty() => return None,
        DataType::Null => "Null",
        DataType::Boolean => "Boolean",
        DataType::Utf8View => "String",
        DataType::BinaryView => "Binary",
        DataType::Date32 => "Date",
        DataType::Time64(TimeUnit::Nanosecond) => "Time",
        DataType::Int8 => "Int8",
        DataType::Int16 => "Int16",
        DataType::Int32 => "Int32",
        DataType::Int64 => "Int64",
        DataType::UInt8 => "UInt8",
        DataType::UInt16 => "UInt16",
        DataType::UInt32 => "UInt32",
        DataType::UInt64 => "UInt64",
        DataType::Float32 => "Float32",
        DataType::Float64 => "Float64",
        DataType::Timestamp(TimeUnit::Microsecond, None) => "Datetime",
        _ => return None,
    })
}

fn unit(object: &Bound<'_, PyAny>) -> PyResult<TimeUnit> {
    Ok(match object.extract::<&str>()? {
        "ms" => TimeUnit::Millisecond,
        "us" => TimeUnit::Microsecond,
        "ns" => TimeUnit::Nanosecond,
        other => return Err(PyTypeError::new_err(format!("{other:?} is no unit of time"))),
    })
}
