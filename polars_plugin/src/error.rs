//! Errors of the core as Python exceptions.
//!
//! Each kind keeps the class that a Python caller expects: what the file says is a `CsvError`, what the system says an
//! `OSError`, what the caller says a `ValueError`, and what the schema says Polars' own exception.

use std::io;

use fast_csv::{CsvIssue, Error, ErrorKind};
use pyo3::exceptions::{
    PyFileNotFoundError, PyNotImplementedError, PyOSError, PyPermissionError, PyRuntimeError, PyValueError,
};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyType};

/// "No such file or directory" on every system.
const ENOENT: i32 = 2;
/// "Permission denied" on every system.
const EACCES: i32 = 13;

/// The Python exception for an error of the core.
pub fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    let text = error.to_string();
    match error.kind() {
        ErrorKind::Csv(issue) => csv(py, &text, issue),
        ErrorKind::Io { path, source } => match source.raw_os_error() {
            // Python picks the subclass (FileNotFoundError, PermissionError, ...) by the number.
            Some(number) => PyOSError::new_err((number, reason(source), path.clone())),
            // An `io::Error` of the core's own, such as a pattern that matches nothing, has no number.
            None if source.kind() == io::ErrorKind::NotFound => {
                PyFileNotFoundError::new_err((ENOENT, reason(source), path.clone()))
            }
            None if source.kind() == io::ErrorKind::PermissionDenied => {
                PyPermissionError::new_err((EACCES, reason(source), path.clone()))
            }
            None => PyOSError::new_err(text),
        },
        ErrorKind::Argument(_) => PyValueError::new_err(text),
        ErrorKind::Schema(_) => columns(py, text),
        ErrorKind::Duplicate(_) => of_polars(py, "DuplicateError", text),
        ErrorKind::NoData(_) => of_polars(py, "NoDataError", text),
        ErrorKind::Unsupported(_) => PyNotImplementedError::new_err(text),
        _ => PyRuntimeError::new_err(text),
    }
}

/// The system's words without the number that `OSError` prints by itself.
fn reason(source: &io::Error) -> String {
    let text = source.to_string();
    match text.rfind(" (os error") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

fn csv(py: Python<'_>, text: &str, issue: &CsvIssue) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let build = || -> PyResult<PyErr> {
        let class = CLASS.import(py, "polars_fast_csv._errors", "CsvError")?;
        let place = &issue.position;
        let attributes = [
            ("path", issue.file.as_deref().into_pyobject(py)?.into_any()),
            ("line", place.line.into_pyobject(py)?.into_any()),
            ("record", place.record.into_pyobject(py)?.into_any()),
            ("column", place.column.into_pyobject(py)?.into_any()),
            ("column_name", issue.column_name.as_deref().into_pyobject(py)?.into_any()),
            ("byte", place.byte.into_pyobject(py)?.into_any()),
            ("value", issue.value.as_deref().into_pyobject(py)?.into_any()),
            ("code", issue.code.as_str().into_pyobject(py)?.into_any()),
        ]
        .into_py_dict(py)?;
        Ok(PyErr::from_value(class.call((text,), Some(&attributes))?))
    };
    build().unwrap_or_else(|failure| failure)
}

fn columns(py: Python<'_>, text: String) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = CLASS.import(py, "polars_fast_csv._errors", "ColumnsError");
    class.and_then(|class| class.call1((text,))).map_or_else(|failure| failure, PyErr::from_value)
}

/// An exception of `polars.exceptions`, by name.
pub fn of_polars(py: Python<'_>, name: &str, text: String) -> PyErr {
    let build = || -> PyResult<PyErr> {
        let class = py.import("polars.exceptions")?.getattr(name)?;
        Ok(PyErr::from_value(class.call1((text,))?))
    };
    build().unwrap_or_else(|failure| failure)
}
