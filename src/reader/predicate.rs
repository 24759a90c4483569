//! What a row must be like to be read.
//!
//! A predicate is true, false or unknown for a row, in the logic of three values that SQL and Polars use: a null is unknown,
//! and only rows for which the predicate is true are kept. Values compare as in Polars: numbers by value, NaN equal to
//! itself and above every other, text by its bytes, `false` below `true`, dates and times in their column's unit.

use super::compare;
use crate::decode::words::Words;
use crate::error::{Error, Result};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{and_kleene, is_null, not, or_kleene};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Schema};

/// A test of each row. Columns are places in the schema of the scan.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// The same for every row.
    Constant(bool),
    /// The value of a boolean column.
    Column(usize),
    /// Whether a cell is null.
    IsNull(usize),
    /// Whether a cell of a float column is NaN.
    IsNan(usize),
    /// A column against a value or another column.
    Compare {
        /// The left side.
        column: usize,
        /// How the sides compare.
        comparison: Comparison,
        /// The right side.
        with: Operand,
    },
    /// Whether a column's value is one of these.
    IsIn {
        /// The column.
        column: usize,
        /// The values; there may be none.
        values: Members,
    },
    /// Whether a text begins with this one.
    StartsWith {
        /// The column.
        column: usize,
        /// The beginning.
        prefix: String,
    },
    /// The opposite; unknown stays unknown.
    Not(Box<Predicate>),
    /// All of these; true where there are none.
    And(Vec<Predicate>),
    /// Any of these; false where there are none.
    Or(Vec<Predicate>),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The right side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// The same value for every row.
    Value(Value),
    /// A column of the same type as the left side.
    Column(usize),
}

/// A value that cells are held against.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// For a boolean column.
    Boolean(bool),
    /// For an integer column, or the ticks of a date, a time or a timestamp in the column's unit (days for a date).
    Integer(i128),
    /// For a float column.
    Float(f64),
    /// For a text column.
    Text(String),
}

/// Values to be found among: numbers sorted, texts as a set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members {
    pub(super) booleans: Vec<bool>,
    pub(super) integers: Vec<i128>,
    pub(super) floats: Vec<f64>,
    pub(super) texts: Words,
}

impl FromIterator<Value> for Members {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Members {
        let (mut members, mut texts) = (Members::default(), Vec::new());
        for value in values {
            match value {
                Value::Boolean(value) => members.booleans.push(value),
                Value::Integer(value) => members.integers.push(value),
                Value::Float(value) => members.floats.push(value),
                Value::Text(value) => texts.push(value),
            }
        }
        members.integers.sort_unstable();
        members.floats.sort_unstable_by(|a, b| compare::floats(*a, *b));
        members.texts = Words::new(texts);
        members
    }
}

impl Members {
    fn fits(&self, data_type: &DataType) -> bool {
        let (booleans, integers) = (self.booleans.is_empty(), self.integers.is_empty());
        let (floats, texts) = (self.floats.is_empty(), self.texts.is_empty());
        let fits = |none: bool, value: Value| none || value.fits(data_type);
        fits(booleans, Value::Boolean(false))
            && fits(integers, Value::Integer(0))
            && fits(floats, Value::Float(0.0))
            && fits(texts, Value::Text(String::new()))
    }
}

impl Value {
    /// Whether cells of this type can be held against the value.
    fn fits(&self, data_type: &DataType) -> bool {
        match self {
            Value::Boolean(_) => *data_type == DataType::Boolean,
            Value::Integer(_) => compare::is_integral(data_type),
            Value::Float(_) => is_float(data_type),
            Value::Text(_) => *data_type == DataType::Utf8View,
        }
    }
}

impl Predicate {
    /// Refuses a column that is not there, or that cannot be held against what it is held against.
    pub(crate) fn check(&self, schema: &Schema) -> Result<()> {
        let data_type = |column: usize| {
            let fields = schema.fields();
            let field = fields.get(column);
            let missing =
                || Error::argument(format!("there is no column {column} to filter; there are {}", fields.len()));
            field.map(|field| field.data_type()).ok_or_else(missing)
        };
        let demand = |fits: bool, column: usize| {
            if fits {
                return Ok(());
            }
            let field = schema.field(column);
            Err(Error::argument(format!(
                "the filter does not fit column {:?} of type {}",
                field.name(),
                field.data_type()
            )))
        };
        match self {
            Predicate::Constant(_) => Ok(()),
            Predicate::IsNull(column) => data_type(*column).map(|_| ()),
            Predicate::Column(column) => demand(*data_type(*column)? == DataType::Boolean, *column),
            Predicate::IsNan(column) => demand(is_float(data_type(*column)?), *column),
            Predicate::Compare { column, with: Operand::Value(value), .. } => {
                demand(value.fits(data_type(*column)?), *column)
            }
            Predicate::Compare { column, with: Operand::Column(other), .. } => {
                let fits = data_type(*column)? == data_type(*other)? && compare::is_ordered(data_type(*column)?);
                demand(fits, *column)
            }
            Predicate::IsIn { column, values } => demand(values.fits(data_type(*column)?), *column),
            Predicate::StartsWith { column, .. } => demand(*data_type(*column)? == DataType::Utf8View, *column),
            Predicate::Not(inner) => inner.check(schema),
            Predicate::And(parts) | Predicate::Or(parts) => parts.iter().try_for_each(|part| part.check(schema)),
        }
    }

    /// Calls `visit` with every column that is looked at.
    fn visit_columns(&mut self, visit: &mut impl FnMut(&mut usize)) {
        match self {
            Predicate::Constant(_) => {}
            Predicate::Column(column) | Predicate::IsNull(column) | Predicate::IsNan(column) => visit(column),
            Predicate::Compare { column, with, .. } => {
                visit(column);
                if let Operand::Column(other) = with {
                    visit(other);
                }
            }
            Predicate::IsIn { column, .. } | Predicate::StartsWith { column, .. } => visit(column),
            Predicate::Not(inner) => inner.visit_columns(visit),
            Predicate::And(parts) | Predicate::Or(parts) => {
                parts.iter_mut().for_each(|part| part.visit_columns(visit));
            }
        }
    }

    /// Numbers the columns by their place in `columns`, to which those that are not there yet are added.
    pub(super) fn renumber(&mut self, columns: &mut Vec<usize>) {
        self.visit_columns(&mut |column| {
            let known = columns.iter().position(|known| known == column);
            *column = known.unwrap_or_else(|| {
                columns.push(*column);
                columns.len() - 1
            });
        });
    }

    /// The rows of checked `columns` for which the predicate is true.
    pub(super) fn rows(&self, columns: &[ArrayRef], rows: usize) -> Result<BooleanBuffer> {
        let (values, nulls) = self.evaluate(columns, rows)?.into_parts();
        Ok(match nulls {
            Some(nulls) => &values & nulls.inner(),
            None => values,
        })
    }

    /// The rows of checked `columns` for which the predicate is false, and not unknown.
    pub(crate) fn failing(&self, columns: &[ArrayRef], rows: usize) -> Result<BooleanBuffer> {
        let (values, nulls) = self.evaluate(columns, rows)?.into_parts();
        Ok(match nulls {
            Some(nulls) => &!&values & nulls.inner(),
            None => !&values,
        })
    }

    fn evaluate(&self, columns: &[ArrayRef], rows: usize) -> Result<BooleanArray> {
        let constant = |value: bool| {
            let values = if value { BooleanBuffer::new_set(rows) } else { BooleanBuffer::new_unset(rows) };
            BooleanArray::new(values, None)
        };
        Ok(match self {
            Predicate::Constant(value) => constant(*value),
            Predicate::Column(column) => columns[*column].as_boolean().clone(),
            Predicate::IsNull(column) => is_null(&columns[*column]).map_err(Error::internal)?,
            Predicate::IsNan(column) => is_nan(&columns[*column]),
            Predicate::Compare { column, comparison, with: Operand::Value(value) } => {
                compare::with_value(&columns[*column], *comparison, value)
            }
            Predicate::Compare { column, comparison, with: Operand::Column(other) } => {
                compare::with_column(&columns[*column], *comparison, &columns[*other])
            }
            Predicate::IsIn { column, values } => compare::is_in(&columns[*column], values),
            Predicate::StartsWith { column, prefix } => compare::starts_with(columns[*column].as_string_view(), prefix),
            Predicate::Not(inner) => not(&inner.evaluate(columns, rows)?).map_err(Error::internal)?,
            Predicate::And(parts) => parts.iter().try_fold(constant(true), |all, part| {
                and_kleene(&all, &part.evaluate(columns, rows)?).map_err(Error::internal)
            })?,
            Predicate::Or(parts) => parts.iter().try_fold(constant(false), |any, part| {
                or_kleene(&any, &part.evaluate(columns, rows)?).map_err(Error::internal)
            })?,
        })
    }
}

fn is_float(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Float32 | DataType::Float64)
}

fn is_nan(array: &ArrayRef) -> BooleanArray {
    match array.data_type() {
        DataType::Float32 => BooleanArray::from_unary(array.as_primitive::<Float32Type>(), f32::is_nan),
        _ => BooleanArray::from_unary(array.as_primitive::<Float64Type>(), f64::is_nan),
    }
}
