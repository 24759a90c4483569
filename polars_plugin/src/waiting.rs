//! Long work of the core that Python may interrupt.
//!
//! The core's reads stop at a word; its counting and its inference over whole files do not. They run on a thread of their own
//! while this one looks at Python's signals. After an interrupt that thread ends by itself: it only reads.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use fast_csv::Error;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::error;

/// The longest wait before Python may handle a signal.
pub const PATIENCE: Duration = Duration::from_millis(50);

/// Does the work with the interpreter released, and gives up waiting where Python is interrupted.
pub fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    let (answer, mut waiting) = channel();
    let spawned = std::thread::Builder::new().name("fast-csv-wait".into()).spawn(move || {
        // Nobody listens any more where Python was interrupted.
        let _ = answer.send(work());
    });
    spawned.map_err(|error| PyRuntimeError::new_err(format!("no thread to read with: {error}")))?;
    loop {
        let received;
        (waiting, received) = py.detach(move || {
            let received = waiting.recv_timeout(PATIENCE);
            (waiting, received)
        });
        match received {
            Ok(result) => return result.map_err(|error| error::to_python(py, &error)),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => return Err(PyRuntimeError::new_err("a reading thread panicked")),
        }
    }
}
