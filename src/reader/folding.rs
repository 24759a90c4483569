//! The states of a fold, handed on as the tasks that they were made in are verified.

use super::feed::{Chosen, Feed};
use super::fold::Fold;
use super::layout::Layout;
use super::meter::{Follower, Meter};
use super::ordered::{Ordered, Step, Verified, Wanted};
use crate::error::{Error, Result};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// One pass over the rows of a [`Scan`](super::Scan) that hands on what a [`Fold`] makes of them.
///
/// Dropping it ends the decoding threads and waits for them.
pub struct Folding<F: Fold> {
    layout: Arc<Layout>,
    ordered: Ordered,
    meter: Option<Arc<Meter>>,
    /// Rows handed on.
    rows: u64,
    fold: PhantomData<fn() -> F>,
}

/// What was made of one piece, and where that piece stands.
#[derive(Clone, Debug)]
pub struct Part<S> {
    /// What the fold made.
    pub state: S,
    /// Which of the scan's sources the rows are of.
    pub source: usize,
    /// The byte at which the first record begins, in the decoded text, and the one behind the last.
    pub bytes: std::ops::Range<u64>,
    /// The records of the source before the piece, the header left out.
    pub records: u64,
    /// The lines of the source before the piece.
    pub lines: u64,
    /// The rows of the pass before the piece, over all sources.
    pub first_row: u64,
    /// The rows of the piece.
    pub rows: usize,
}

/// What [`Folding::next_within`] came to.
#[derive(Debug)]
pub enum Next<S> {
    /// What was made of the next piece.
    Part(Box<Part<S>>),
    /// Nothing yet.
    Pending,
    /// There are no more pieces.
    Done,
}

impl<F: Fold> Folding<F> {
    pub(super) fn new(layout: Layout, sources: Chosen, meter: Option<Arc<Meter>>) -> Folding<F> {
        if let Some(meter) = &meter {
            meter.begin(&sources);
        }
        let limit = layout.options.limit;
        let layout = Arc::new(layout);
        let ordered = Ordered::new(Arc::clone(&layout), Feed::of_sources(sources), true, Wanted::records(limit));
        let ordered = ordered.followed_by(meter.clone().map(Follower::new));
        Folding { layout, ordered, meter, rows: 0, fold: PhantomData }
    }

    /// What was made of the next piece, waiting no longer than `patience`; a single task may take a little longer.
    ///
    /// # Errors
    ///
    /// The first fault of the data in file order, a failure of the source, or an error of the fold.
    pub fn next_within(&mut self, patience: Duration) -> Result<Next<F::State>> {
        let Verified { done, stretch } = match self.ordered.next_within(patience)? {
            Step::Verified(verified) => *verified,
            Step::Pending => return Ok(Next::Pending),
            Step::Done => {
                self.meter.iter().for_each(|meter| meter.finish());
                return Ok(Next::Done);
            }
        };
        let state = done.folded.and_then(|state| state.downcast().ok());
        let state: Box<F::State> = state.ok_or_else(|| Error::internal("a task was not folded"))?;
        let first_row = self.rows;
        self.rows += done.rows as u64;
        Ok(Next::Part(Box::new(Part {
            state: *state,
            source: stretch.source,
            bytes: stretch.begin..done.end,
            records: stretch.base.records,
            lines: stretch.base.lines,
            first_row,
            rows: done.rows,
        })))
    }

    /// The bytes of the input that were read so far.
    pub fn bytes_read(&self) -> u64 {
        self.ordered.bytes()
    }

    /// The cells that were decoded so far.
    pub fn cells_decoded(&self) -> u64 {
        self.ordered.cells()
    }

    /// The decoding threads.
    pub fn threads(&self) -> usize {
        self.layout.options.threads
    }
}
