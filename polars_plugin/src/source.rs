//! What Python names as a source: a path, bytes, a pipe or a file object that are read once, or what Python opens anew.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use fast_csv::Source;
use pyo3::exceptions::{PyFileNotFoundError, PyOSError, PyPermissionError};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::PyBytes;

/// A path, bytes that stay where Python put them, or a pipe.
pub enum SourceArgument<'py> {
    /// What can be read once.
    Pipe(PyRef<'py, Pipe>),
    /// What Python opens each time.
    Opened(PyRef<'py, Opened>),
    /// The content of a file.
    Bytes(PyBackedBytes),
    /// Where a file is.
    Path(PathBuf),
}

impl<'a, 'py> FromPyObject<'a, 'py> for SourceArgument<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        // Asked first what it is: an extraction that fails makes an exception, which takes as long as the look at a small file.
        if object.is_instance_of::<PyBytes>() {
            Ok(SourceArgument::Bytes(object.extract()?))
        } else if object.is_instance_of::<Pipe>() {
            Ok(SourceArgument::Pipe(object.extract()?))
        } else if object.is_instance_of::<Opened>() {
            Ok(SourceArgument::Opened(object.extract()?))
        } else {
            Ok(SourceArgument::Path(object.extract()?))
        }
    }
}

/// The core's view of the arguments.
pub fn sources(arguments: Vec<SourceArgument<'_>>) -> Vec<Source> {
    arguments
        .into_iter()
        .map(|argument| match argument {
            SourceArgument::Pipe(pipe) => pipe.source.clone(),
            SourceArgument::Opened(opened) => opened.source.clone(),
            SourceArgument::Bytes(bytes) => Source::Bytes(Arc::new(bytes)),
            SourceArgument::Path(path) => Source::Path(path),
        })
        .collect()
}

/// Whether to open the sources may take as long as another process pleases.
pub fn may_wait(sources: &[Source]) -> bool {
    sources.iter().any(|source| matches!(source, Source::Once(_) | Source::Stream(_)))
}

/// A named pipe, a device, standard input or a file object: what comes of it comes once.
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

    /// A file object, of which `head` has been read.
    #[staticmethod]
    fn of_file(name: String, head: PyBackedBytes, file: Py<PyAny>) -> Self {
        let source = Source::once(None, move || Ok(Box::new(io::Cursor::new(head).chain(FileObject::new(file)))));
        Pipe { name, source }
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

/// A source that Python opens each time that its bytes are wanted.
#[pyclass(frozen, module = "polars_fast_csv._native")]
pub struct Opened {
    name: String,
    open: Py<PyAny>,
    source: Source,
}

#[pymethods]
impl Opened {
    /// `open` gives an object whose `read` gives bytes.
    #[new]
    fn new(py: Python<'_>, name: String, open: Py<PyAny>) -> Self {
        let opens = open.clone_ref(py);
        let source = Source::stream(Some(name.clone()), move || {
            let file = attached(|py| opens.call0(py))?;
            Ok(Box::new(FileObject::new(file)))
        });
        Opened { name, open, source }
    }

    fn __str__(&self) -> &str {
        &self.name
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyAny>, (String, Py<PyAny>)) {
        (py.get_type::<Opened>().into_any(), (self.name.clone(), self.open.clone_ref(py)))
    }
}

/// What a Python object's `read` gives: bytes, or text, which is UTF-8 here.
struct FileObject {
    file: Py<PyAny>,
    /// What was read and did not fit.
    left: Box<dyn AsRef<[u8]> + Send + Sync>,
    given: usize,
}

impl FileObject {
    fn new(file: Py<PyAny>) -> Self {
        FileObject { file, left: Box::new([]), given: 0 }
    }
}

impl Read for FileObject {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == (*self.left).as_ref().len() {
            self.given = 0;
            self.left = attached(|py| {
                let piece = self.file.call_method1(py, "read", (buffer.len(),))?;
                Ok(match piece.extract::<PyBackedStr>(py) {
                    Ok(text) => Box::new(text) as Box<dyn AsRef<[u8]> + Send + Sync>,
                    Err(_) => Box::new(piece.extract::<PyBackedBytes>(py)?),
                })
            })?;
        }
        let left = &(*self.left).as_ref()[self.given..];
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.given += count;
        Ok(count)
    }
}

/// Does something in Python, on a thread of the core's; what it raises is an error of the system's kind.
fn attached<T>(work: impl FnOnce(Python<'_>) -> PyResult<T>) -> io::Result<T> {
    let done = Python::try_attach(|py| {
        work(py).map_err(|raised| {
            let kind = if raised.is_instance_of::<PyFileNotFoundError>(py) {
                io::ErrorKind::NotFound
            } else if raised.is_instance_of::<PyPermissionError>(py) {
                io::ErrorKind::PermissionDenied
            } else {
                io::ErrorKind::Other
            };
            io::Error::new(kind, told(py, &raised))
        })
    });
    done.unwrap_or_else(|| Err(io::Error::other("Python has ended")))
}

/// What an exception says; of one of the system's, what is not its number and its file, which the core tells.
fn told(py: Python<'_>, raised: &PyErr) -> String {
    if !raised.is_instance_of::<PyOSError>(py) {
        return raised.to_string();
    }
    let reason = raised.value(py).getattr("strerror").and_then(|reason| reason.extract::<String>());
    reason.unwrap_or_else(|_| raised.value(py).to_string())
}
