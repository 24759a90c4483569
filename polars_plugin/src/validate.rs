//! Rules as Python passes them, and the validation that holds a file against them.
//!
//! A rule is a tuple of its name, what it expects, its columns (places in the schema of the scan), its kind and what that takes:
//!
//! | kind | takes |
//! |---|---|
//! | `"required"`, `"not_blank"`, `"elsewhere"` | nothing (`None`) |
//! | `"holds"` | a filter, as `filter.rs` lists them |
//! | `"length"`, `"byte_length"` | the least and the greatest number of characters, of bytes |
//! | `"format"` | the word for a form of text |
//! | `"words"` | a list of texts |
//! | `"pattern"` | a regular expression |
//! | `"monotonic"` | whether it falls, whether it is strict |
//! | `"unique"` | whether all that share a value are at fault, and what nulls are |
//! | `"among"` | a frame of the values, and what nulls are |
//! | `"among_columns"` | columns, and what nulls are |

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::{BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use fast_csv::validate::{Keys, Nulls, Outcome, Rule, Test};
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;

use crate::filter::Filter;
use crate::reader::{Batch, Batches, Scan};
use crate::rejects::Rejects;
use crate::telling::Teller;
use crate::{capsule, error, waiting};

/// Rules over a scan, for one pass.
#[pyclass(frozen, module = "polars_fast_csv._native")]
pub struct Validation {
    validation: Arc<fast_csv::validate::Validation>,
    rules: usize,
}

/// The number of rows, the bad ones, how often each rule is broken, and a sample of each column with the nulls in it.
type Settled = (u64, RowSet, Vec<u64>, Vec<(Vec<f64>, u64)>);

type RuleArgument<'py> = (String, String, Vec<usize>, String, Bound<'py, PyAny>);

#[pymethods]
impl Validation {
    #[new]
    fn new(
        py: Python<'_>,
        scan: PyRef<'_, Scan>,
        rules: Vec<RuleArgument<'_>>,
        rejects: PyRef<'_, Rejects>,
    ) -> PyResult<Self> {
        let schema = scan.scan.schema();
        let rules = rules.into_iter().map(|argument| rule(&schema, argument)).collect::<PyResult<Vec<_>>>()?;
        let count = rules.len();
        let validation = fast_csv::validate::Validation::new(scan.scan.clone(), rules, &rejects.inner);
        let validation = validation.map_err(|error| error::to_python(py, &error))?;
        Ok(Validation { validation: Arc::new(validation), rules: count })
    }

    /// Opens the one pass; its batches hold these columns. `progress` is told how far it has come.
    #[pyo3(signature = (columns, *, progress=None))]
    fn read(&self, py: Python<'_>, columns: Vec<usize>, progress: Option<Py<PyAny>>) -> PyResult<Batches> {
        let teller = progress.map(|told| Arc::new(Teller::new(told)));
        let meter = teller.as_ref().map(|teller| teller.meter());
        let batches = py.detach(|| self.validation.read(columns, meter));
        batches.map(|batches| Batches::new(batches, teller)).map_err(|error| error::to_python(py, &error))
    }

    /// Says that rows of the pass break a rule.
    fn note(&self, rule: usize, rows: Vec<u64>) -> PyResult<()> {
        if rule >= self.rules {
            return Err(PyIndexError::new_err(format!("there is no rule {rule}")));
        }
        self.validation.note(rule, rows);
        Ok(())
    }

    /// Settles what takes more than one row, once the pass has been read: the number of rows, which of them are bad, how many
    /// cells or records break each rule, and of each column a few values as numbers and the nulls among those looked at.
    fn finish(&self, py: Python<'_>) -> PyResult<Settled> {
        let validation = Arc::clone(&self.validation);
        let finish = move |stopped: Arc<AtomicBool>| validation.finish(|| !stopped.load(Ordering::Relaxed));
        let outcome = waiting::interruptible(py, finish);
        outcome.map(|Outcome { rows, bad, broken, samples }| {
            let samples = samples.into_iter().map(|sample| (sample.values, sample.nulls)).collect();
            (rows, RowSet { rows: bad }, broken, samples)
        })
    }
}

/// Rows by their number in a scan.
#[pyclass(frozen, module = "polars_fast_csv._native")]
pub struct RowSet {
    rows: fast_csv::validate::RowSet,
}

#[pymethods]
impl RowSet {
    fn __len__(&self) -> usize {
        self.rows.len() as usize
    }

    /// Whether each of `count` rows from `first` on is not in it, as a column `left`.
    fn left(&self, first: u64, count: usize) -> PyResult<Batch> {
        let mut left = vec![true; count];
        for row in self.rows.within(first..first + count as u64) {
            left[(row - first) as usize] = false;
        }
        let column = BooleanArray::new(BooleanBuffer::from(left), None);
        let schema = Schema::new(vec![Field::new("left", DataType::Boolean, false)]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(column)]);
        batch.map(Batch::new).map_err(capsule::arrow_error)
    }
}

fn rule(schema: &Schema, (name, expected, columns, kind, takes): RuleArgument<'_>) -> PyResult<Rule> {
    let test = match kind.as_str() {
        "required" => Test::Required,
        "not_blank" => Test::NotBlank,
        "elsewhere" => Test::Elsewhere,
        "holds" => Test::Holds(takes.extract::<Filter>()?.0),
        "length" => {
            let (least, most) = takes.extract()?;
            Test::Length(least, most)
        }
        "byte_length" => {
            let (least, most) = takes.extract()?;
            Test::ByteLength(least, most)
        }
        "format" => {
            let word = takes.extract::<String>()?;
            Test::form(&word).ok_or_else(|| PyValueError::new_err(format!("{word:?} is no format of text")))?
        }
        "words" => Test::words(takes.extract::<Vec<String>>()?),
        "pattern" => {
            Test::pattern(&takes.extract::<String>()?).map_err(|error| PyValueError::new_err(error.to_string()))?
        }
        "monotonic" => {
            let (descending, strict) = takes.extract()?;
            Test::Monotonic { descending, strict }
        }
        "unique" => {
            let (all, nulls) = takes.extract::<(bool, String)>()?;
            Test::Unique { all, nulls: self::nulls(&nulls)? }
        }
        "among" => {
            let (frame, nulls) = takes.extract::<(Bound<'_, PyAny>, String)>()?;
            Test::Among(keys(schema, &columns, &frame)?, self::nulls(&nulls)?)
        }
        "among_columns" => {
            let (others, nulls) = takes.extract::<(Vec<usize>, String)>()?;
            Test::AmongColumns(others, self::nulls(&nulls)?)
        }
        _ => return Err(PyValueError::new_err(format!("{kind:?} is no kind of rule"))),
    };
    Ok(Rule { name, expected, columns, test })
}

fn nulls(word: &str) -> PyResult<Nulls> {
    match word {
        "exempt" => Ok(Nulls::Exempt),
        "equal" => Ok(Nulls::Equal),
        "equal_unless_all" => Ok(Nulls::EqualUnlessAll),
        _ => Err(PyValueError::new_err(format!("{word:?} is not what nulls are"))),
    }
}

/// The values of a frame, in the types of the columns that refer to them.
fn keys(schema: &Schema, columns: &[usize], frame: &Bound<'_, PyAny>) -> PyResult<Keys> {
    let fields = columns.iter().map(|&column| schema.field(column).clone()).collect::<Vec<_>>();
    let wanted = Arc::new(Schema::new(fields));
    let mut batches = vec![RecordBatch::new_empty(Arc::clone(&wanted))];
    for batch in capsule::import_batches(frame)? {
        let typed = batch.columns().iter().zip(wanted.fields()).map(|(column, field)| cast(column, field.data_type()));
        let typed = typed.collect::<Result<_, _>>().map_err(capsule::arrow_error)?;
        batches.push(RecordBatch::try_new(Arc::clone(&wanted), typed).map_err(capsule::arrow_error)?);
    }
    Ok(Keys::new(&batches))
}
