//! Tasks in order: cut from the files, run on the pool, verified one after the other.
//!
//! # Why cuts are exact
//!
//! The first task of a file begins at a known place; it ends behind its last whole record, which is where the next one must
//! begin. A task in the middle guesses its begin and is taken only if the guess is that very place; otherwise it runs again
//! from there. So every record is read once, by induction, whatever the guesses were; and since a fault is told only when
//! every task before has been verified, the first fault of the file is the one that is told, with its line and record.

use super::faults::{self, Base};
use super::feed::{Cut, Feed, Stretch};
use super::job::{Done, Job, Start};
use super::layout::Layout;
use super::meter::Follower;
use super::pool;
use super::task;
use crate::error::{Code, Error, ErrorKind, Result};
use crate::schema::Seen;
use crate::source::Input;
use rayon::ThreadPool;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How much is wanted of all sources together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Records, those left out for their structure not counted.
    pub(super) records: u64,
    /// Rows that are left where records go for their cells too.
    pub(super) rows: u64,
    /// The first of the records, which are counted and not decoded.
    pub(super) skip: u64,
}

/// A verified task.
pub(super) struct Verified {
    pub(super) done: Done,
    pub(super) stretch: Stretch,
}

/// The next thing, if there is one yet.
pub(super) enum Step {
    Verified(Box<Verified>),
    Pending,
    Done,
}

/// A task's number, what it was to do and what it came to.
type Arrival = (u64, Job, Result<Done>);

/// Runs tasks and gives them in order.
pub(super) struct Ordered {
    layout: Arc<Layout>,
    feed: Feed,
    decodes: bool,
    /// What is still wanted.
    wanted: Wanted,
    /// Tasks under way, in order; the first has number `first`.
    slots: VecDeque<Slot>,
    first: u64,
    running: usize,
    /// The tasks that may be under way at once.
    width: usize,
    pool: Option<Arc<ThreadPool>>,
    results: (Sender<Arrival>, Receiver<Arrival>),
    cancelled: Arc<AtomicBool>,
    /// Where the next task of the source at hand must begin, and what was counted before it.
    expected: Option<(usize, u64, Base)>,
    /// The rows passed, over all sources.
    rows: u64,
    bytes: u64,
    cells: u64,
    /// What columns that widen were found to hold beside values of their types; all that columns hold which are only looked at.
    misfits: Vec<Seen>,
    /// The most fields of a record, where that is not as many as there are columns.
    most_fields: usize,
    finished: bool,
    /// Whether what was passed may be wanted again.
    retains: bool,
    follower: Option<Follower>,
}

struct Slot {
    stretch: Stretch,
    job: Job,
    result: Option<Result<Done>>,
}

impl Wanted {
    pub(super) const ALL: Wanted = Wanted { records: u64::MAX, rows: u64::MAX, skip: 0 };

    pub(super) fn records(most: Option<u64>) -> Wanted {
        Wanted { records: most.unwrap_or(u64::MAX), ..Wanted::ALL }
    }

    fn is_bounded(self) -> bool {
        self.records.min(self.rows) < u64::MAX
    }
}

impl Ordered {
    pub(super) fn new(layout: Arc<Layout>, feed: Feed, decodes: bool, wanted: Wanted) -> Ordered {
        let widest = layout.options.threads + 2;
        Ordered {
            feed,
            decodes,
            wanted,
            slots: VecDeque::new(),
            first: 0,
            running: 0,
            width: if wanted.is_bounded() { 1 } else { widest },
            pool: None,
            results: channel(),
            cancelled: Arc::default(),
            expected: None,
            rows: 0,
            bytes: 0,
            cells: 0,
            misfits: vec![Seen::default(); layout.noted()],
            most_fields: 0,
            finished: false,
            retains: false,
            follower: None,
            layout,
        }
    }

    /// Keeps the bytes of streams that were passed.
    pub(super) fn retaining(mut self) -> Ordered {
        self.retains = true;
        self
    }

    /// Says how far it came.
    pub(super) fn followed_by(mut self, follower: Option<Follower>) -> Ordered {
        self.follower = follower;
        self
    }

    /// Whether rows are decoded, and not only counted.
    pub(super) fn decodes(&self) -> bool {
        self.decodes
    }

    /// The bytes of verified tasks.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What verified tasks found columns that widen to hold beside values of their types, or all that they found where they only
    /// look; what stands before a fault counts.
    pub(super) fn misfits(&self) -> &[Seen] {
        &self.misfits
    }

    /// The most fields of a record in verified tasks, where that is not as many as there are columns.
    pub(super) fn most_fields(&self) -> usize {
        self.most_fields
    }

    /// The cells that verified tasks decoded.
    pub(super) fn cells(&self) -> u64 {
        self.cells
    }

    /// The next verified task; waits no longer than `patience`.
    pub(super) fn next_within(&mut self, patience: Duration) -> Result<Step> {
        let deadline = Instant::now() + patience;
        loop {
            if self.finished || self.wanted.records == 0 || self.wanted.rows == 0 {
                self.stop();
                return Ok(Step::Done);
            }
            let mut later = self.fill(Duration::ZERO);
            if later && self.slots.is_empty() {
                later = self.fill(deadline.saturating_duration_since(Instant::now()));
            }
            let Some(front) = self.slots.front_mut() else {
                self.finished = !later;
                return Ok(if later { Step::Pending } else { Step::Done });
            };
            if let Some(result) = front.result.take() {
                let slot = self.slots.pop_front().expect("the front is there");
                self.first += 1;
                let verified = result.and_then(|done| self.verify(slot, done)).inspect_err(|_| self.finished = true)?;
                self.width = (self.width * 2).min(self.layout.options.threads + 2);
                if let Some(verified) = verified {
                    return Ok(Step::Verified(Box::new(verified)));
                }
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.results.1.recv_timeout(left) {
                Ok((number, job, result)) => self.arrived(number, &job, result),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(Step::Pending),
            }
        }
    }

    fn arrived(&mut self, number: u64, job: &Job, result: Result<Done>) {
        self.running -= 1;
        let slot = number.checked_sub(self.first).and_then(|at| self.slots.get_mut(at as usize));
        // What only counted is of no use where the task has since been told to decode.
        if let Some(slot) = slot.filter(|slot| slot.job.decodes == job.decodes) {
            slot.result = Some(result);
        }
    }

    /// Holds a task against the end of the one before it, runs it again where they differ, and tells its fault.
    fn verify(&mut self, slot: Slot, mut done: Done) -> Result<Option<Verified>> {
        let Slot { mut stretch, mut job, .. } = slot;
        if !stretch.exact {
            let (_, begin, base) = self.expected.filter(|(source, ..)| *source == stretch.source).unwrap_or_default();
            (stretch.begin, stretch.exact, stretch.base) = (begin, true, base);
            if begin >= stretch.until.min(stretch.input.len()) {
                return Ok(None);
            }
            if done.begin != Some(begin) {
                job.start = Start::At(begin);
                done = self.run_again(&job)?;
            }
        }
        if self.decodes && self.wanted.skip > 0 {
            let skip = self.wanted.skip.min(done.rows_passed);
            self.wanted.skip -= skip;
            if done.rows_passed > skip {
                (stretch.skip, job.skip, job.decodes, job.start) = (skip, skip, true, Start::At(stretch.begin));
                job.take = job.take.min(self.wanted.records.saturating_sub(skip));
                done = self.run_again(&job)?;
            }
            if self.wanted.skip == 0 {
                self.decode_what_follows();
            }
        }
        let Wanted { records: wanted, rows, .. } = self.wanted;
        // One that passed as many rows as are wanted may have gone on to a record behind them that is none.
        let is_cut = job.skip.saturating_add(job.take) <= wanted;
        let surplus = done.rows_passed >= wanted && !is_cut && self.must_run_again(&done);
        let beyond = done.findings.issue.as_ref().is_some_and(|issue| issue.row >= wanted);
        if surplus || beyond || (done.rows as u64 >= rows && job.rows > rows) {
            (job.start, job.take, job.rows) =
                (Start::At(stretch.begin), job.take.min(wanted.saturating_sub(job.skip)), rows);
            done = self.run_again(&job)?;
        }
        let rows = self.rows..self.rows + done.rows_passed.min(wanted);
        if let Some(judging) = self.layout.judging.as_ref().filter(|judging| judging.locates)
            && judging.judge.wants(rows.clone())
        {
            (job.start, job.decodes, job.first_row) = (Start::At(stretch.begin), true, self.rows);
            done = self.run_again(&job)?;
        }
        if let Some(collector) = &self.layout.rejects {
            let (file, found) = ((stretch.source, &*stretch.input), std::mem::take(&mut done.findings.rejects));
            collector.add(&stretch.layout, file, stretch.base, found, &done.findings.counts);
        }
        self.misfits.iter_mut().zip(&done.misfits).for_each(|(known, found)| known.join(*found));
        self.most_fields = self.most_fields.max(done.most_fields);
        if let Some(issue) = &done.findings.issue {
            return Err(faults::tell(&stretch.layout, &stretch.input, stretch.base, issue).into());
        }
        self.judge(&mut done)?;
        if done.rows_passed > wanted {
            let left = (wanted - job.skip.min(wanted)) as usize;
            done.rows = match &mut done.kept {
                None => done.rows.min(left),
                Some(kept) => {
                    kept.truncate(kept.partition_point(|&row| (row as usize) < left));
                    kept.len()
                }
            };
            done.arrays.iter_mut().for_each(|array| *array = array.slice(0, done.rows));
            done.rows_passed = wanted;
            done.cells = self.layout.cells(left, done.rows);
        }
        stretch.records = done.rows_passed;
        let records = stretch.base.records + done.rows_passed + done.left_out;
        let base = Base { records, lines: stretch.base.lines + done.lines };
        self.expected = Some((stretch.source, done.end, base));
        self.wanted.records -= done.rows_passed;
        self.wanted.rows = self.wanted.rows.saturating_sub(done.rows as u64);
        self.bytes += done.end - stretch.begin;
        if let Some(follower) = &mut self.follower {
            follower.reached(stretch.source, &stretch.input, done.end);
        }
        if !self.retains {
            // The next task looks at the byte before its stretch.
            stretch.input.release(done.end.min(stretch.until.saturating_sub(1)));
        }
        self.cells += done.cells;
        if done.is_part {
            self.go_on(&stretch, &done, base);
        }
        Ok(Some(Verified { done, stretch }))
    }

    /// Hands what a task gathered for the judge to it, in file order.
    fn judge(&mut self, done: &mut Done) -> Result<()> {
        let rows = self.rows..self.rows + done.rows_passed;
        self.rows = rows.end;
        let Some(judging) = &self.layout.judging else { return Ok(()) };
        let mut bad = std::mem::take(&mut done.findings.bad);
        bad.iter_mut().for_each(|row| *row += rows.start);
        match done.judgement.take() {
            Some(judgement) => judging.judge.take(judgement, rows, &bad),
            None => Ok(()),
        }
    }

    /// Has the tasks under way, which were to count, decode.
    fn decode_what_follows(&mut self) {
        for at in 0..self.slots.len() {
            if !matches!(self.slots[at].result, Some(Err(_))) {
                (self.slots[at].job.decodes, self.slots[at].result) = (true, None);
                self.start(at);
            }
        }
    }

    /// Puts what a task left of its stretch before all others.
    fn go_on(&mut self, stretch: &Stretch, done: &Done, base: Base) {
        let mut rest = stretch.clone();
        (rest.begin, rest.exact, rest.base) = (done.end, true, base);
        rest.skip = stretch.skip.saturating_sub(done.rows_passed);
        rest.take = stretch.take.saturating_sub(done.rows_passed.saturating_sub(stretch.skip));
        self.first -= 1;
        self.slots.push_front(Slot::new(rest, self.decodes_now(), self.wanted.rows));
        self.start(0);
    }

    /// Whether a task that went further than was wanted cannot just be cut: it recorded or looked at what stands behind, left rows
    /// out, or folded them.
    fn must_run_again(&self, done: &Done) -> bool {
        let misfits = done.misfits.iter().any(|misfits| *misfits != Seen::default());
        misfits
            || !done.findings.counts.is_empty()
            || self.layout.leaves_out(Code::Cast)
            || self.layout.folder.is_some()
            || self.layout.observers.is_some()
            || done.judgement.is_some()
    }

    fn run_again(&self, job: &Job) -> Result<Done> {
        task::run(job, &self.cancelled)
    }

    /// Puts tasks under way; says whether more will be cut, once their bytes have come. Waits for them as long as `patience`.
    fn fill(&mut self, patience: Duration) -> bool {
        while self.slots.len() < self.width {
            match self.feed.next(&self.layout, self.wanted.records, patience) {
                Ok(Cut::Stretch(mut stretch)) => {
                    stretch.judges_structure &= !self.locates();
                    self.slots.push_back(Slot::new(*stretch, self.decodes_now(), self.wanted.rows));
                    self.start(self.slots.len() - 1);
                }
                Ok(Cut::Later) => return true,
                Ok(Cut::End) => break,
                Err(error) => {
                    // A source that cannot be opened is told when its turn comes, and ends the read.
                    self.slots.push_back(Slot::failed(error, &self.layout));
                    self.feed = Feed::of_stretches(VecDeque::new());
                    break;
                }
            }
        }
        false
    }

    /// Whether an earlier pass has told the structure's faults.
    fn locates(&self) -> bool {
        self.layout.judging.as_ref().is_some_and(|judging| judging.locates)
    }

    /// Whether a task that begins now decodes.
    fn decodes_now(&self) -> bool {
        self.decodes && self.wanted.skip == 0
    }

    /// Starts a slot's task: on the pool, or here and now where there is nothing to share out.
    fn start(&mut self, at: usize) {
        if let Err(error) = self.try_start(at) {
            self.slots[at].result = Some(Err(error));
        }
    }

    fn try_start(&mut self, at: usize) -> Result<()> {
        let is_only = self.slots.len() == 1 && self.running == 0;
        let shares = self.layout.options.threads > 1 && !self.feed.is_empty();
        let number = self.first + at as u64;
        let slot = &mut self.slots[at];
        // A task that may have to wait for its bytes does so elsewhere.
        if is_only && !shares && slot.job.input.can_seek() {
            if !slot.stretch.exact
                && let Some((source, begin, _)) = self.expected
                && source == slot.stretch.source
            {
                slot.job.start = Start::At(begin);
            }
            slot.result = Some(task::run(&slot.job, &self.cancelled));
            return Ok(());
        }
        if self.pool.is_none() {
            self.pool = Some(pool::get(self.layout.options.threads)?);
        }
        let job = slot.job.clone();
        let (results, cancelled) = (self.results.0.clone(), Arc::clone(&self.cancelled));
        self.running += 1;
        self.pool.as_ref().expect("made above").spawn(move || {
            let ran = catch_unwind(AssertUnwindSafe(|| task::run(&job, &cancelled)));
            let result = ran.unwrap_or_else(|_| Err(ErrorKind::Internal("a decoding thread panicked".into()).into()));
            // Nobody listens any more where the read was dropped.
            let _ = results.send((number, job, result));
        });
        Ok(())
    }

    /// Has the tasks under way end, and waits for them.
    fn stop(&mut self) {
        self.finished = true;
        self.cancelled.store(true, Ordering::Relaxed);
        while self.running > 0 && self.results.1.recv().is_ok() {
            self.running -= 1;
        }
        self.slots.clear();
    }
}

impl Drop for Ordered {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Slot {
    fn new(stretch: Stretch, decodes: bool, rows: u64) -> Slot {
        let job = Job {
            source: stretch.source,
            input: Arc::clone(&stretch.input),
            layout: Arc::clone(&stretch.layout),
            start: if stretch.exact { Start::At(stretch.begin) } else { Start::Behind(stretch.begin) },
            until: stretch.until,
            skip: stretch.skip,
            take: stretch.take,
            rows,
            decodes,
            judges_structure: stretch.judges_structure,
            first_row: 0,
        };
        Slot { stretch, job, result: None }
    }

    fn failed(error: Error, layout: &Arc<Layout>) -> Slot {
        let input = Arc::new(Input::empty());
        let stretch = Stretch {
            source: usize::MAX,
            input,
            layout: Arc::clone(layout),
            begin: 0,
            exact: true,
            until: 0,
            records: 0,
            base: Base::default(),
            skip: 0,
            take: 0,
            judges_structure: true,
        };
        Slot { result: Some(Err(error)), ..Slot::new(stretch, false, 0) }
    }
}
