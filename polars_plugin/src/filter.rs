//! A filter as Python passes it: nested tuples, the first item of each its kind.
//!
//! | kind | further items |
//! |---|---|
//! | `"constant"` | bool |
//! | `"column"`, `"is_null"`, `"is_nan"` | column |
//! | `"=="`, `"!="`, `"<"`, `"<="`, `">"`, `">="` | column, value |
//! | the same with `":"` behind | column, column |
//! | `"is_in"` | column, list of values |
//! | `"starts_with"` | column, text |
//! | `"not"` | filter |
//! | `"and"`, `"or"` | list of filters |
//!
//! A column is its place in the scan's schema; a value is a bool, an int (for dates and times the ticks of the column's unit), a
//! float or a text.

use fast_csv::predicate::{Comparison, Operand, Predicate, Value};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyString, PyTuple};

/// A predicate of the core that Python can pass.
pub struct Filter(pub Predicate);

impl<'py> FromPyObject<'_, 'py> for Filter {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        predicate(&object).map(Filter)
    }
}

fn predicate(object: &Bound<'_, PyAny>) -> PyResult<Predicate> {
    let tuple = object.cast::<PyTuple>()?;
    let kind: String = tuple.get_item(0)?.extract()?;
    let first = tuple.get_item(1)?;
    let second = || tuple.get_item(2);
    Ok(match kind.as_str() {
        "constant" => Predicate::Constant(first.extract()?),
        "column" => Predicate::Column(first.extract()?),
        "is_null" => Predicate::IsNull(first.extract()?),
        "is_nan" => Predicate::IsNan(first.extract()?),
        "not" => Predicate::Not(Box::new(predicate(&first)?)),
        "and" => Predicate::And(parts(&first)?),
        "or" => Predicate::Or(parts(&first)?),
        "is_in" => {
            let values = second()?;
            let values = values.cast::<PyList>()?.iter().map(|item| value(&item)).collect::<PyResult<_>>()?;
            Predicate::IsIn { column: first.extract()?, values }
        }
        "starts_with" => Predicate::StartsWith { column: first.extract()?, prefix: second()?.extract()? },
        _ => {
            let (sign, with) = match kind.strip_suffix(':') {
                Some(sign) => (sign, Operand::Column(second()?.extract()?)),
                None => (kind.as_str(), Operand::Value(value(&second()?)?)),
            };
            Predicate::Compare { column: first.extract()?, comparison: comparison(sign)?, with }
        }
    })
}

fn parts(object: &Bound<'_, PyAny>) -> PyResult<Vec<Predicate>> {
    object.cast::<PyList>()?.iter().map(|item| predicate(&item)).collect()
}

fn comparison(sign: &str) -> PyResult<Comparison> {
    Ok(match sign {
        "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return Err(PyTypeError::new_err(format!("{sign:?} is no kind of filter"))),
    })
}

fn value(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    // A bool is an int to Python.
    Ok(if object.is_instance_of::<PyBool>() {
        Value::Boolean(object.extract()?)
    } else if object.is_instance_of::<PyInt>() {
        Value::Integer(object.extract()?)
    } else if object.is_instance_of::<PyFloat>() {
        Value::Float(object.extract()?)
    } else if object.is_instance_of::<PyString>() {
        Value::Text(object.extract()?)
    } else {
        return Err(PyTypeError::new_err(format!("{} is no value of a filter", object.get_type())));
    })
}
