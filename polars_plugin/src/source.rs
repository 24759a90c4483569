//! What Python names as a source: a path, bytes, or a pipe that is read once.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use fast_csv::Source;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

/// A path, bytes that stay where Python put them, or a pipe.
#[derive(FromPyObject)]
pub enum SourceArgument<'py> {
    /// What can be read once.
    Pipe(PyRef<'py, Pipe>),
    /// The content of a file.
    Bytes(PyBackedBytes),
    /// Where a file is.
    Path(PathBuf),
}

/// The core's view of the arguments.
pub fn sources(arguments: Vec<SourceArgument<'_>>) -> Vec<Source> {
    arguments
        .into_iter()
        .map(|argument| match argument {
            SourceArgument::Pipe(pipe) => pipe.source.clone(),
            SourceArgument::Bytes(bytes) => Source::Bytes(Arc::new(bytes)),
            SourceArgument::Path(path) => Source::Path(path),
        })
        .collect()
}

/// Whether to open the sources may take as long as another process pleases.
pub fn may_wait(sources: &[Source]) -> bool {
    sources.iter().any(|source| matches!(source, Source::Once(_)))
}

/// A named pipe, a device or standard input: what comes of it comes once.
#[pyclass(frozen, module = "polars_fast_csv._native")]
pub struct Pipe {
    name: String,
    source: Source,
}

#[pymethods]
impl Pipe {
    /// The pipe at a path; standard input where there is none.
    #[new]
    #[pyo3(signature = (path=None))]
    fn new(path: Option<PathBuf>) -> Self {
        match path {
            Some(path) => Pipe { name: path.display().to_string(), source: Source::pipe(path) },
            None => Pipe { name: "standard input".into(), source: Source::stdin() },
        }
    }

    fn __str__(&self) -> &str {
        &self.name
    }

    /// What is left of a pipe in a pickled copy of its query: an error for whoever reads it.
    #[staticmethod]
    fn left_behind(name: String) -> Self {
        let told = "is read once, where the query was made, and not by a copy that was pickled or serialized: \
                    save it to a file for that";
        let source = Source::once(Some(name.clone()), move || Err(io::Error::other(told)));
        Pipe { name, source }
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Pipe>().getattr("left_behind")?, (self.name.clone(),)))
    }
}
