//! What is made of the rows of a task, in the thread that decoded them.
//!
//! In come the arrays of one task, out goes a state: what a consumer wants to know of these rows. The arrays are freed in the
//! thread that made them, so a pass over a file of any size holds a few tasks' rows and their states. What a state is, and
//! how states are joined, only the consumer knows.

use super::beside::{Beside, Rows};
use super::job::{Done, Job};
use crate::error::{Error, Result};
use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// What to make of rows, piece by piece.
///
/// [`Scan::fold`](super::Scan::fold) says what is guaranteed and has an example.
pub trait Fold: Send + Sync + 'static {
    /// What is made of a piece. It should be small: a few of them wait until their turn comes.
    type State: Send + 'static;

    /// Makes a state of a piece, in a decoding thread.
    ///
    /// It must depend on nothing but the piece: a piece may come more than once, and from where no record begins, as the cut
    /// was a guess that turned out wrong; a state made of such a piece is dropped. Hints that change how the state is made
    /// and not what comes of all states together may be shared.
    ///
    /// # Errors
    ///
    /// One of a piece ends the pass when its turn comes.
    fn map(&self, piece: &Piece<'_>) -> Result<Self::State>;
}

/// Rows that stand one behind the other in a source: those of its records that a filter and the rules for faults leave.
#[derive(Debug)]
pub struct Piece<'a> {
    /// The columns of the projection.
    pub batch: &'a RecordBatch,
    /// The byte at which the first record of the piece begins, in the decoded text.
    pub begin: u64,
    /// The name of the source, where it has one.
    pub source: Option<&'a str>,
    /// Which of the records that are no fault of structure these are, counted from the first of the piece; `None`: all.
    pub kept: Option<&'a [u32]>,
}

/// The bytes of the largest pieces, a column's share of them where columns are many, and their bound.
const LARGEST: u64 = 4 << 20;
const A_COLUMN: u64 = 32 << 10;
const LARGEST_WIDE: u64 = 32 << 20;
/// The first pieces of a source are so much smaller than the others.
const FIRST: u64 = 4;

impl Piece<'_> {
    /// The bytes of text that the largest pieces of so many columns come from: what is made of a column in one piece costs
    /// something however few its rows are, so they grow with the number of columns. Nothing else may change them but
    /// [`with_chunk_bytes`](crate::ReaderBuilder::with_chunk_bytes), so that states do not depend on a source's kind or length.
    #[must_use]
    pub fn largest(columns: usize) -> u64 {
        LARGEST.max((A_COLUMN * columns as u64).min(LARGEST_WIDE))
    }

    /// The bytes of the piece that begins at a byte of its source, where the largest ones have so many, whatever the source's length
    /// and the threads: less for the first ones, so that every thread has one of its own early on, and then the most. Of two
    /// sizes, no more, memory serves again for the next piece.
    #[must_use]
    pub fn bytes(begin: u64, largest: u64) -> u64 {
        if begin < largest { largest / FIRST } else { largest }
    }
}

/// A state whose type only its fold knows.
pub(super) type State = Box<dyn Any + Send>;

/// A fold whose type is forgotten.
#[derive(Clone)]
pub(super) struct Folder {
    map: Arc<Map>,
    beside: Arc<Beside>,
    /// What pieces look like.
    schema: SchemaRef,
}

type Map = dyn Fn(&Piece<'_>) -> Result<State> + Send + Sync;

impl fmt::Debug for Folder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Folder")
    }
}

impl Folder {
    pub(super) fn new<F: Fold>(fold: Arc<F>, beside: Beside, schema: &SchemaRef) -> Result<Folder> {
        let schema = beside.schema(schema)?;
        let map = Arc::new(move |piece: &Piece<'_>| fold.map(piece).map(|state| Box::new(state) as State));
        Ok(Folder { map, beside: Arc::new(beside), schema })
    }

    /// Puts a state in the place of the arrays.
    pub(super) fn fold(&self, job: &Job, done: &mut Done) -> Result<()> {
        let options = RecordBatchOptions::new().with_row_count(Some(done.rows));
        let mut arrays = std::mem::take(&mut done.arrays);
        let (count, kept, name) = (done.rows, done.kept.as_deref(), job.input.name());
        self.beside.put(&mut arrays, &Rows { first: 0, count, kept, source: job.source, name })?;
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options);
        let piece = Piece {
            batch: &batch.map_err(Error::internal)?,
            begin: done.begin.unwrap_or_default(),
            source: job.input.name(),
            kept: done.kept.as_deref(),
        };
        done.folded = Some((self.map)(&piece)?);
        Ok(())
    }
}
