//! What a caller is told of a read that goes on: the bytes done and those in all.
//!
//! The function that a caller gave runs on the thread that waits for the read's batches, between two of them; what it raises ends
//! the read. Decoding threads never see it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use fast_csv::Meter;
use pyo3::prelude::*;

use crate::waiting::PATIENCE;

/// A function of Python's, and what it is told.
pub struct Teller {
    meter: Arc<Meter>,
    told: Py<PyAny>,
    /// When it was last called, as [`now`] has it.
    last: AtomicU64,
}

impl Teller {
    /// Tells `told` of a new read, which is to be given the meter.
    pub fn new(told: Py<PyAny>) -> Teller {
        Teller { meter: Arc::default(), told, last: AtomicU64::new(now()) }
    }

    /// What the read moves on.
    pub fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// Tells how far it came, if it is time to, or if that was the `end`.
    pub fn tell(&self, py: Python<'_>, end: bool) -> PyResult<()> {
        let now = now();
        let is_due = now.saturating_sub(self.last.load(Ordering::Relaxed)) >= PATIENCE.as_millis() as u64;
        if end || is_due {
            self.last.store(now, Ordering::Relaxed);
            self.told.call1(py, (self.meter.done(), self.meter.total()))?;
        }
        Ok(())
    }
}

/// Milliseconds since the first read.
fn now() -> u64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed().as_millis() as u64
}
