//! The extension module `polars_fast_csv._native`.
//!
//! In come Python objects, out go Arrow C capsules and exceptions. This crate never parses a byte: it turns options into a
//! [`fast_csv::ReaderBuilder`], waits for record batches with the interpreter released, and hands them over without a copy.

mod capsule;
mod error;
mod expr;
mod filter;
mod joining;
mod options;
mod profile;
mod reader;
mod reading;
mod rejects;
mod renamed;
mod sniffing;
mod source;
mod telling;
mod types;
mod validate;
mod waiting;
mod wide;
mod widening;

use fast_csv::recycling::Recycler;
use fast_csv::{Backend, Charset, Source};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3_polars::PolarsAllocator;

/// Column buffers are allocated here and freed by Polars: with one allocator the pages are recycled on both sides, and large
/// blocks go from one read to the next.
#[global_allocator]
static ALLOC: Recycler<PolarsAllocator> = Recycler::new(PolarsAllocator::new());

/// The native half of `polars_fast_csv`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::options::Parsed;
    #[pymodule_export]
    use super::reader::{Batch, Batches, Frame, Scan};
    #[pymodule_export]
    use super::rejects::Rejects;
    #[pymodule_export]
    use super::sniffing::{Guess, sniff};
    #[pymodule_export]
    use super::source::{Opened, Pipe};
    #[pymodule_export]
    use super::validate::{RowSet, Validation};
    #[pymodule_export]
    use super::{
        backend, backends, charset, check_format, check_pattern, check_truths, count_records, expand_glob, is_debug,
    };
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::waiting::remember_main_thread(module.py())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

/// Counts the data records of some sources without decoding a field.
#[pyfunction]
#[pyo3(signature = (sources, options, progress=None))]
fn count_records(
    py: Python<'_>,
    sources: Vec<source::SourceArgument<'_>>,
    options: options::Options,
    progress: Option<Py<PyAny>>,
) -> PyResult<u64> {
    let sources = source::sources(sources);
    let Some(progress) = progress else {
        return waiting::interruptible(py, move |_| fast_csv::count_records(&options.builder, sources));
    };
    let scan = waiting::interruptible(py, move |_| fast_csv::records(&options.builder, sources))?;
    reader::Scan::new_of(scan).count(py, progress)
}

/// The paths that a glob pattern stands for, sorted.
#[pyfunction]
fn expand_glob(py: Python<'_>, pattern: &str) -> PyResult<Vec<std::path::PathBuf>> {
    let found = py.detach(|| Source::expand(pattern)).map_err(|error| error::to_python(py, &error))?;
    Ok(found
        .into_iter()
        .filter_map(|source| match source {
            Source::Path(path) => Some(path),
            _ => None,
        })
        .collect())
}

/// The name of the back end that scans here.
#[pyfunction]
fn backend() -> &'static str {
    Backend::detect().name()
}

/// The names of all back ends that this machine can run, best first.
#[pyfunction]
fn backends() -> Vec<&'static str> {
    Backend::available().into_iter().map(Backend::name).collect()
}

/// The label of the encoding that a label of the WHATWG standard, perhaps with `-lossy` behind it, stands for.
#[pyfunction]
fn charset(label: &str) -> Option<String> {
    Charset::by_label(label).map(Charset::label)
}

/// Fails where a text is no format of dates (or else of datetimes), and says why.
#[pyfunction]
fn check_format(format: &str, of_dates: bool) -> PyResult<()> {
    use fast_csv::validate::{Format, Temporal};
    let of = if of_dates { Temporal::Date } else { Temporal::Datetime };
    Format::new(format, of).map(drop).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Fails where a text is no regular expression, and points at the place.
#[pyfunction]
fn check_pattern(pattern: &str) -> PyResult<()> {
    fast_csv::validate::Pattern::new(pattern).map(drop).map_err(PyValueError::new_err)
}

/// Fails where words that are true and words that are false are none, or not told apart.
#[pyfunction]
fn check_truths(true_values: Option<Vec<String>>, false_values: Option<Vec<String>>) -> PyResult<()> {
    let truths = fast_csv::Truths::new(true_values.as_deref(), false_values.as_deref());
    truths.map(drop).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Whether this module was built without optimisation.
#[pyfunction]
fn is_debug() -> bool {
    cfg!(debug_assertions)
}
