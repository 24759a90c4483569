//! Long work of the core that Python may interrupt.
//!
//! The core's reads stop at a word; its counting and its inference over whole files run on a thread of their own while this one
//! looks at Python's signals. After an interrupt inference is told that nobody waits any more; a count ends by itself: it only
//! reads.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::{self, ThreadId};
use std::time::Duration;

use arrow::error::ArrowError;
use fast_csv::Error;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;

use crate::error;

/// The longest wait before Python may handle a signal.
pub const PATIENCE: Duration = Duration::from_millis(50);

/// Does the work with the interpreter released, and gives up waiting where Python is interrupted; the flag that the work is given
/// is set then.
pub fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce(Arc<AtomicBool>) -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    let (answer, mut waiting) = channel();
    let cancelled = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancelled);
    let spawned = thread::Builder::new().name("fast-csv-wait".into()).spawn(move || {
        // Nobody listens any more where Python was interrupted.
        let _ = answer.send(work(flag));
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
            Err(RecvTimeoutError::Timeout) => {
                py.check_signals().inspect_err(|_| cancelled.store(true, Ordering::Relaxed))?;
            }
            Err(RecvTimeoutError::Disconnected) => return Err(PyRuntimeError::new_err("a reading thread panicked")),
        }
    }
}

/// Python's main thread, the only one in which it handles signals; empty where another one imported this module.
static MAIN: OnceLock<ThreadId> = OnceLock::new();

/// Remembers Python's main thread, if this is it.
pub fn remember_main_thread(py: Python<'_>) -> PyResult<()> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?;
    if threading.call_method0("current_thread")?.is(&main) {
        let _ = MAIN.set(thread::current().id());
    }
    Ok(())
}

/// Lets Python handle its signals, where this is the thread that does; for callers that may or may not hold the interpreter.
///
/// # Errors
///
/// What a handler raised, as text; a keyboard interrupt is raised again once Python code runs.
pub fn check_signals_of_main_thread() -> Result<(), ArrowError> {
    if MAIN.get() != Some(&thread::current().id()) {
        return Ok(());
    }
    Python::attach(|py| {
        py.check_signals().map_err(|raised| {
            let told = ArrowError::ExternalError(raised.to_string().into());
            if raised.is_instance_of::<PyKeyboardInterrupt>(py) {
                // The consumer turns the error of a stream into one of its own, which must not hide the interrupt.
                let _ = py.import("_thread").and_then(|thread| thread.call_method0("interrupt_main"));
            }
            told
        })
    })
}
