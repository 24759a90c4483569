//! What a source is, guessed by the core, in the words of the options.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use fast_csv::{Given, Sniffed};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

use crate::options::{self, Options};
use crate::reader::{self, Batch};
use crate::source::{self, SourceArgument};
use crate::{capsule, error, types, waiting};

/// What was guessed.
#[pyclass(frozen, module = "polars_fast_csv._native")]
pub struct Guess {
    sniffed: Sniffed,
}

#[pymethods]
impl Guess {
    /// The values of the options that were guessed, or given.
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        options::described(py, &self.sniffed)
    }

    /// How sure the dialect is, from 0 to 1.
    #[getter]
    fn confidence(&self) -> f64 {
        self.sniffed.confidence
    }

    /// The lines of the head, by what ends them: LF, CR and LF, CR.
    #[getter]
    fn line_ends(&self) -> (usize, usize, usize) {
        let lines = self.sniffed.lines;
        (lines.lf, lines.crlf, lines.cr)
    }

    /// Whether the sample had evidence of the separator, the quote, the header, and the encoding.
    #[getter]
    fn seen(&self) -> (bool, bool, bool, bool) {
        let seen = self.sniffed.seen;
        (seen.delimiter, seen.quote, seen.header, !self.sniffed.charset_guessed)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        capsule::polars_schema(py, &self.sniffed.schema)
    }

    /// The columns' types by their names, as far as names of types say all; `None` otherwise.
    fn plain_schema<'py>(&self, types: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyDict>>> {
        types::plain_schema(&self.sniffed.schema, types)
    }

    /// The columns, without a row.
    fn columns(&self) -> Batch {
        Batch::new(RecordBatch::new_empty(Arc::clone(&self.sniffed.schema)))
    }
}

/// Guesses what of the options is not `given` by name.
#[pyfunction]
pub fn sniff(
    py: Python<'_>,
    sources: Vec<SourceArgument<'_>>,
    options: Options,
    given: HashSet<String>,
) -> PyResult<Guess> {
    let sources = source::sources(sources);
    let has = |names: &[&str]| names.iter().any(|name| given.contains(*name));
    let given = Given {
        delimiter: has(&["separator"]),
        quote: has(&["quote_char"]),
        escape: has(&["escape_char"]),
        terminator: has(&["eol_char"]),
        comment: has(&["comment_prefix"]),
        header: has(&["has_header"]),
        skip: has(&["skip_rows", "skip_lines"]),
        charset: has(&["encoding"]),
    };
    let builder = options.builder;
    let sniffed = if options.looks_far || source::may_wait(&sources) {
        waiting::interruptible(py, move |cancelled| builder.with_cancelled(cancelled).sniff(&given, sources))?
    } else {
        py.detach(|| builder.sniff(&given, sources)).map_err(|error| error::to_python(py, &error))?
    };
    reader::exportable(py, &sniffed.schema)?;
    Ok(Guess { sniffed })
}
