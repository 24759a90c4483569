//! Record batches, handed on as they are verified.

use super::beside::{Beside, Rows};
use super::feed::{Chosen, Feed, Stretch};
use super::layout::Layout;
use super::meter::{Follower, Meter};
use super::ordered::{Ordered, Step, Verified, Wanted};
use super::slicing::{Slicing, cut};
use crate::error::{Code, Error, Result};
use crate::schema::Seen;
use arrow::array::{RecordBatch, RecordBatchOptions, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One pass over the rows of a [`Scan`](super::Scan).
///
/// Decoding threads work ahead of the consumer by a few batches. Dropping it ends them and waits for them.
///
/// ```
/// # use fast_csv::{ReaderBuilder, Source};
/// # use std::sync::Arc;
/// let bytes = Source::Bytes(Arc::new("a,b\n1,x\n2,y\n"));
/// let scan = ReaderBuilder::new().resolve(vec![bytes])?;
/// let rows: usize = scan.read(Default::default())?.map(|batch| batch.unwrap().num_rows()).sum();
/// assert_eq!(rows, 2);
/// # Ok::<(), fast_csv::Error>(())
/// ```
pub struct Batches {
    layout: Arc<Layout>,
    ordered: Ordered,
    survey: Option<Survey>,
    slicing: Option<Slicing>,
    ready: VecDeque<RecordBatch>,
    beside: Beside,
    meter: Option<Arc<Meter>>,
    schema: SchemaRef,
    /// The number of the next record that is decoded, counted over the whole scan.
    row: u64,
}

/// What [`Batches::next_within`] came to.
#[derive(Debug)]
pub enum Progress {
    /// The next rows.
    Batch(RecordBatch),
    /// Nothing yet.
    Pending,
    /// There are no more rows.
    Done,
}

/// A first pass that counts records, so that a slice from the end finds its rows.
struct Survey {
    /// How many of the last rows the slice begins before the end.
    back: u64,
    length: Option<u64>,
    /// The last stretches, which hold as many records, and the records before them.
    stretches: VecDeque<Stretch>,
    before: u64,
    records: u64,
}

impl Survey {
    fn push(&mut self, stretch: Stretch) {
        self.records += stretch.records;
        self.stretches.push_back(stretch);
        while let Some(first) = self.stretches.front().map(|first| first.records)
            && self.records - first >= self.back
            && self.stretches.len() > 1
        {
            self.before += first;
            self.records -= first;
            self.stretches.pop_front();
            self.stretches[0].input.release(self.stretches[0].begin.saturating_sub(1));
        }
    }
}

impl Batches {
    pub(super) fn new(
        layout: Arc<Layout>,
        sources: Chosen,
        slice: Option<(i64, Option<u64>)>,
        beside: Beside,
        meter: Option<Arc<Meter>>,
    ) -> Result<Batches> {
        if let Some(meter) = &meter {
            meter.begin(&sources);
        }
        let limit = layout.options.limit;
        let (offset, length) = slice.unwrap_or((0, None));
        let least = |a: Option<u64>, b: Option<u64>| Wanted::records(a.into_iter().chain(b).min());
        let read = |decodes, wanted| Ordered::new(Arc::clone(&layout), Feed::of_sources(sources), decodes, wanted);
        // Which records go for their cells is known once these are decoded, and not to a survey.
        let slicing = (slice.is_some() && layout.leaves_out(Code::Cast)).then(|| Slicing::new(offset, length));
        let (ordered, survey) = match (&slicing, u64::try_from(offset)) {
            (Some(slicing), _) => {
                (read(true, Wanted { rows: slicing.end().unwrap_or(u64::MAX), ..least(limit, None) }), None)
            }
            // Rows of no column are only counted.
            (None, Ok(0)) if layout.counts_only() => (read(false, least(limit, length)), None),
            (None, Ok(skip)) => {
                let end = length.map(|length| skip.saturating_add(length));
                (read(true, Wanted { skip, ..least(limit, end) }), None)
            }
            (None, Err(_)) => {
                let back = offset.unsigned_abs();
                let survey = Survey { back, length, stretches: VecDeque::new(), before: 0, records: 0 };
                (read(false, least(limit, None)).retaining(), Some(survey))
            }
        };
        let ordered = ordered.followed_by(meter.clone().map(Follower::new));
        let schema = beside.schema(&layout.schema)?;
        Ok(Batches { layout, ordered, survey, slicing, ready: VecDeque::new(), beside, meter, schema, row: 0 })
    }

    /// The next batch, waiting no longer than `patience`; a single task may take a little longer.
    ///
    /// # Errors
    ///
    /// The first fault of the data in file order, or a failure of the source.
    pub fn next_within(&mut self, patience: Duration) -> Result<Progress> {
        // Nothing comes behind a fault, a counted slice neither.
        self.advance(patience).inspect_err(|_| self.survey = None)
    }

    fn advance(&mut self, patience: Duration) -> Result<Progress> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Progress::Batch(batch));
            }
            match self.ordered.next_within(deadline.saturating_duration_since(Instant::now()))? {
                Step::Pending => return Ok(Progress::Pending),
                Step::Done => match (self.survey.take(), self.slicing.take()) {
                    (Some(survey), _) => self.read_surveyed(survey),
                    (None, Some(mut slicing)) => slicing.finish()?.iter().try_for_each(|batch| self.give(batch))?,
                    (None, None) => {
                        self.meter.iter().for_each(|meter| meter.finish());
                        return Ok(Progress::Done);
                    }
                },
                Step::Verified(verified) => match &mut self.survey {
                    Some(survey) => survey.push(verified.stretch),
                    None => self.batch(*verified)?,
                },
            }
            if Instant::now() >= deadline && self.ready.is_empty() {
                return Ok(Progress::Pending);
            }
        }
    }

    /// Makes one batch of a task's arrays, or several where a size is asked for.
    fn batch(&mut self, verified: Verified) -> Result<()> {
        let Verified { mut done, stretch } = verified;
        if !self.ordered.decodes() {
            done.rows = done.rows_passed as usize;
        }
        let first = self.row + stretch.skip;
        self.row += match self.layout.leaves_out(Code::Cast) {
            // Rows that are skipped have no number.
            true => done.rows as u64,
            false => done.rows_passed,
        };
        if done.rows == 0 {
            return Ok(());
        }
        let mut arrays = done.arrays;
        let rows = Rows {
            first,
            count: done.rows,
            kept: done.kept.as_deref(),
            source: stretch.source,
            name: stretch.input.name(),
        };
        self.beside.put(&mut arrays, &rows)?;
        let options = RecordBatchOptions::new().with_row_count(Some(done.rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options);
        let batch = batch.map_err(Error::internal)?;
        match &mut self.slicing {
            None => self.give(&batch),
            Some(slicing) => slicing.take(batch)?.map_or(Ok(()), |batch| self.give(&batch)),
        }
    }

    /// Hands on a batch, in parts where a size is asked for.
    fn give(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = batch.num_rows();
        let size = self.layout.options.batch_rows.unwrap_or(rows);
        if size >= rows {
            self.ready.push_back(batch.clone());
            return Ok(());
        }
        for from in (0..rows).step_by(size) {
            self.ready.push_back(cut(batch, from, size.min(rows - from))?);
        }
        Ok(())
    }

    /// Turns from counting to decoding the stretches in which the slice lies.
    fn read_surveyed(&mut self, survey: Survey) {
        let total = survey.before + survey.records;
        let skip = total.saturating_sub(survey.back);
        // Rows before the frame's first row use up the length of a slice, as they do in polars.
        let before = survey.back.saturating_sub(total);
        let length = survey.length.map_or(u64::MAX, |length| length.saturating_sub(before));
        let end = skip.saturating_add(length).min(total);
        let mut first = survey.before;
        let mut wanted = VecDeque::new();
        for mut stretch in survey.stretches {
            let next = first + stretch.records;
            if first < end && next > skip {
                if wanted.is_empty() {
                    self.row = first;
                }
                stretch.skip = skip.saturating_sub(first);
                stretch.take = end.min(next) - first - stretch.skip;
                stretch.judges_structure = false;
                wanted.push_back(stretch);
            }
            first = next;
        }
        self.ordered = Ordered::new(Arc::clone(&self.layout), Feed::of_stretches(wanted), true, Wanted::ALL);
    }

    /// The columns that hold values behind the sample which do not fit the type that it named, by name, with what they were
    /// found to hold so far; nothing unless the read [widens](super::Request::widens). What was decoded of them is of no use.
    #[must_use]
    pub fn misfits(&self) -> Vec<(String, Seen)> {
        let columns = self.layout.columns.iter().zip(self.ordered.misfits()).enumerate();
        let misfits = columns.filter(|(place, (_, misfits))| self.layout.is_outgrown(*place, **misfits));
        misfits.map(|(_, (column, misfits))| (column.name.clone(), *misfits)).collect()
    }

    /// The schema of the batches.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The cells that were decoded for the rows so far: those of the columns wanted in the rows that the filter left, and the
    /// filter's own in every row.
    pub fn cells_decoded(&self) -> u64 {
        self.ordered.cells()
    }

    /// The bytes of the input that were read so far.
    pub fn bytes_read(&self) -> u64 {
        self.ordered.bytes()
    }

    /// The decoding threads.
    pub fn threads(&self) -> usize {
        self.layout.options.threads
    }
}

impl Iterator for Batches {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_within(Duration::from_secs(3600)) {
                Ok(Progress::Batch(batch)) => return Some(Ok(batch)),
                Ok(Progress::Pending) => {}
                Ok(Progress::Done) => return None,
                Err(error) => return Some(Err(ArrowError::from(error))),
            }
        }
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        Batches::schema(self)
    }
}

impl From<Error> for ArrowError {
    fn from(error: Error) -> ArrowError {
        ArrowError::ExternalError(Box::new(error))
    }
}

/// What a pass that decodes nothing counts.
pub(super) fn count(layout: Layout, sources: Chosen) -> Result<u64> {
    let limit = layout.options.limit;
    let mut ordered = Ordered::new(Arc::new(layout), Feed::of_sources(sources), false, Wanted::records(limit));
    let mut records = 0;
    loop {
        match ordered.next_within(Duration::from_secs(3600))? {
            Step::Verified(verified) => records += verified.done.rows_passed,
            Step::Pending => {}
            Step::Done => return Ok(records),
        }
    }
}
