//! What reads refused, as a Python object that the reads of any scan fill.

use std::sync::Arc;

use fast_csv::rejects;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;

use crate::reader::Batch;

/// What reads refused, kept apart by scan.
#[pyclass(frozen, module = "polars_fast_csv._native")]
pub struct Rejects {
    /// Shared with the reads under way.
    pub inner: Arc<fast_csv::Rejects>,
}

/// File, column, code, rule and number of what was refused.
type Counted = (Option<String>, Option<String>, &'static str, Option<String>, u64);

#[pymethods]
impl Rejects {
    #[new]
    #[pyo3(signature = (limit=None))]
    fn new(limit: Option<usize>) -> Self {
        Rejects { inner: Arc::new(fast_csv::Rejects::new(limit)) }
    }

    /// The most rejects of a scan that are kept.
    #[getter]
    fn limit(&self) -> Option<usize> {
        self.inner.limit()
    }

    /// The number of scans.
    #[getter]
    fn scans(&self) -> usize {
        self.inner.scans()
    }

    /// The rejects of a scan, in file order.
    fn frame(&self, py: Python<'_>, scan: usize) -> PyResult<Batch> {
        let batch = py.detach(|| self.inner.scan(scan).map(|rejects| rejects::to_batch(&rejects)));
        batch.map(Batch::new).ok_or_else(|| missing(scan))
    }

    /// How many of each file, column, code and rule a scan refused.
    fn summary(&self, scan: usize) -> PyResult<Vec<Counted>> {
        let summary = self.inner.summary(scan).ok_or_else(|| missing(scan))?;
        Ok(summary.into_iter().map(|one| (one.file, one.column_name, one.code.as_str(), one.rule, one.count)).collect())
    }

    /// Forgets every scan.
    fn clear(&self) {
        self.inner.clear();
    }
}

fn missing(scan: usize) -> PyErr {
    PyIndexError::new_err(format!("there is no scan {scan}"))
}
