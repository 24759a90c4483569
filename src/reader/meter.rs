//! How far a read has come, for whoever waits for it.
//!
//! In come the places that verified tasks reached, out go numbers that any thread may look at. They count the bytes of the sources
//! as they are, compressed ones included, and bear on nothing.

use super::feed::Chosen;
use crate::source::{Input, Source};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the bytes of a read's sources that are done.
#[derive(Debug)]
pub struct Meter {
    done: AtomicU64,
    /// [`u64::MAX`] where it is not known.
    total: AtomicU64,
}

impl Default for Meter {
    fn default() -> Meter {
        Meter { done: AtomicU64::new(0), total: AtomicU64::new(u64::MAX) }
    }
}

impl Meter {
    /// The bytes done.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// The bytes in all; `None` where a source cannot say, or before a read began.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        Some(self.total.load(Ordering::Relaxed)).filter(|&total| total < u64::MAX)
    }

    pub(super) fn begin(&self, sources: &Chosen) {
        let length = |&source: &usize| match &sources.sources[source] {
            Source::Path(path) => std::fs::metadata(path).ok().map(|file| file.len()),
            Source::Bytes(bytes) => Some((**bytes).as_ref().len() as u64),
            Source::Once(_) | Source::Stream(_) => None,
        };
        let total = sources.which.iter().map(length).sum::<Option<u64>>();
        self.total.store(total.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// What is left of the sources is not wanted.
    pub(super) fn finish(&self) {
        if let Some(total) = self.total() {
            self.done.fetch_max(total, Ordering::Relaxed);
        }
    }
}

/// Follows a read from source to source.
#[derive(Clone, Debug)]
pub(super) struct Follower {
    meter: Arc<Meter>,
    source: usize,
    /// The bytes of the sources before, and those of the one at hand.
    before: u64,
    own: u64,
}

impl Follower {
    pub(super) fn new(meter: Arc<Meter>) -> Follower {
        Follower { meter, source: 0, before: 0, own: 0 }
    }

    /// A task of this source was verified that ended here.
    pub(super) fn reached(&mut self, source: usize, input: &Input, end: u64) {
        if source != self.source {
            (self.source, self.before, self.own) = (source, self.before + self.own, 0);
        }
        self.own = self.own.max(input.own_bytes(end));
        // A slice from the end goes over its sources twice.
        self.meter.done.fetch_max(self.before + self.own, Ordering::Relaxed);
    }
}
