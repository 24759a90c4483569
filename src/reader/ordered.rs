//! Tasks in order: cut from the files, run on the pool, verified one after the other.
//!
//! # Why cuts are exact
//!
//! The first task of a file begins at a known place; it ends behind its last whole record, which is where the next one must
//! begin. A task in the middle guesses its begin and is taken only if the guess is that very place; otherwise it runs again
//! from there. So every record is read once, by induction, whatever the guesses were; and since a fault is told only when
//! every task before has been verified, the first fault of the file is the one that is told, with its line and record.

use super::faults::{self, Base};
use super::head;
use super::layout::Layout;
use super::pool;
use super::task::{self, Done, Job, Start};
use crate::error::{Code, Error, ErrorKind, Result};
use crate::source::{Input, Source};
use rayon::ThreadPool;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// The least bytes of a task that is made smaller than it could be to give every thread one.
const LEAST_TASK: u64 = 512 * 1024;

/// A stretch of a file whose records are counted.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) source: usize,
    pub(super) input: Arc<Input>,
    pub(super) begin: u64,
    pub(super) until: u64,
    pub(super) records: u64,
    pub(super) base: Base,
    pub(super) skip: u64,
    pub(super) take: u64,
    /// Whether no earlier pass has told the faults of its structure.
    pub(super) judges_structure: bool,
}

/// What is to be read.
pub(super) enum Feed {
    /// Whole sources, in order.
    Sources(Arc<[Source]>),
    /// Stretches known from an earlier pass.
    Stretches(VecDeque<Stretch>),
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

/// A task's number and what it came to.
type Arrival = (u64, Result<Done>);

/// Runs tasks and gives them in order.
pub(super) struct Ordered {
    layout: Arc<Layout>,
    feed: Feed,
    decodes: bool,
    /// The records wanted, counted over all sources.
    limit: u64,
    next_source: usize,
    open: Option<OpenSource>,
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
    records: u64,
    bytes: u64,
    cells: u64,
    finished: bool,
}

/// A source that is being cut.
struct OpenSource {
    source: usize,
    input: Arc<Input>,
    next: u64,
    step: u64,
    base: Base,
    is_first: bool,
}

struct Slot {
    stretch: Stretch,
    job: Job,
    /// The stretch's base is known and its begin exact.
    exact: bool,
    result: Option<Result<Done>>,
}

impl Ordered {
    pub(super) fn new(layout: Arc<Layout>, feed: Feed, decodes: bool, limit: Option<u64>) -> Ordered {
        let widest = layout.options.threads + 2;
        Ordered {
            feed,
            decodes,
            limit: limit.unwrap_or(u64::MAX),
            next_source: 0,
            open: None,
            slots: VecDeque::new(),
            first: 0,
            running: 0,
            width: if limit.is_some() { 1 } else { widest },
            pool: None,
            results: channel(),
            cancelled: Arc::default(),
            expected: None,
            records: 0,
            bytes: 0,
            cells: 0,
            finished: false,
            layout,
        }
    }

    /// The bytes of verified tasks.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The cells that verified tasks decoded.
    pub(super) fn cells(&self) -> u64 {
        self.cells
    }

    /// The next verified task; waits no longer than `patience`.
    pub(super) fn next_within(&mut self, patience: Duration) -> Result<Step> {
        let deadline = Instant::now() + patience;
        loop {
            if self.finished || self.records >= self.limit {
                self.stop();
                return Ok(Step::Done);
            }
            self.fill();
            let Some(front) = self.slots.front_mut() else {
                self.finished = true;
                return Ok(Step::Done);
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
                Ok((number, result)) => self.arrived(number, result),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(Step::Pending),
            }
        }
    }

    fn arrived(&mut self, number: u64, result: Result<Done>) {
        self.running -= 1;
        if let Some(slot) = number.checked_sub(self.first).and_then(|at| self.slots.get_mut(at as usize)) {
            slot.result = Some(result);
        }
    }

    /// Holds a task against the end of the one before it, runs it again where they differ, and tells its fault.
    fn verify(&mut self, slot: Slot, mut done: Done) -> Result<Option<Verified>> {
        let Slot { mut stretch, mut job, exact, .. } = slot;
        if !exact {
            let (_, begin, base) = self.expected.filter(|(source, ..)| *source == stretch.source).unwrap_or_default();
            (stretch.begin, stretch.base) = (begin, base);
            if begin >= stretch.until.min(stretch.input.len()) {
                return Ok(None);
            }
            if done.begin != Some(begin) {
                job.start = Start::At(begin);
                done = self.run_again(&job)?;
            }
        }
        let wanted = self.limit - self.records;
        let surplus = done.rows_passed > wanted && self.must_run_again(&done);
        if surplus || done.findings.issue.as_ref().is_some_and(|issue| issue.row >= wanted) {
            (job.start, job.take) = (Start::At(stretch.begin), wanted);
            done = self.run_again(&job)?;
        }
        if let Some(collector) = &self.layout.rejects {
            let (file, found) = ((stretch.source, stretch.input.name()), std::mem::take(&mut done.findings.rejects));
            collector.add(&self.layout, file, stretch.base, found, &done.findings.counts);
        }
        if let Some(issue) = &done.findings.issue {
            return Err(faults::tell(&self.layout, stretch.input.name(), stretch.base, issue).into());
        }
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
        }
        stretch.records = done.rows_passed;
        let records = stretch.base.records + done.rows_passed + done.left_out;
        let base = Base { records, lines: stretch.base.lines + done.lines };
        self.expected = Some((stretch.source, done.end, base));
        self.records += done.rows_passed;
        self.bytes += done.end - stretch.begin;
        self.cells += done.cells;
        Ok(Some(Verified { done, stretch }))
    }

    /// Whether a task that went further than was wanted cannot just be cut: it recorded what stands behind, or left rows out.
    fn must_run_again(&self, done: &Done) -> bool {
        !done.findings.counts.is_empty() || self.layout.leaves_out(Code::Cast)
    }

    fn run_again(&self, job: &Job) -> Result<Done> {
        task::run(&self.layout, job, &self.cancelled)
    }

    /// Puts tasks under way.
    fn fill(&mut self) {
        while self.slots.len() < self.width {
            let slot = match self.next_slot() {
                Ok(Some(slot)) => slot,
                Ok(None) => break,
                Err(error) => {
                    // A source that cannot be opened is told when its turn comes, and ends the read.
                    self.slots.push_back(Slot::failed(error));
                    self.feed = Feed::Stretches(VecDeque::new());
                    break;
                }
            };
            self.slots.push_back(slot);
            if let Err(error) = self.start_last() {
                self.slots.back_mut().expect("just pushed").result = Some(Err(error));
            }
        }
    }

    /// Starts the last slot's task: on the pool, or here and now where there is nothing to share out.
    fn start_last(&mut self) -> Result<()> {
        let slot = self.slots.back_mut().expect("just pushed");
        if slot.result.is_some() {
            return Ok(());
        }
        let alone =
            self.slots.len() == 1 && self.running == 0 && (self.layout.options.threads == 1 || self.nothing_follows());
        let number = self.first + self.slots.len() as u64 - 1;
        let slot = self.slots.back_mut().expect("just pushed");
        if alone {
            if !slot.exact
                && let Some((source, begin, _)) = self.expected
                && source == slot.stretch.source
            {
                slot.job.start = Start::At(begin);
            }
            slot.result = Some(task::run(&self.layout, &slot.job, &self.cancelled));
            return Ok(());
        }
        if self.pool.is_none() {
            self.pool = Some(pool::get(self.layout.options.threads)?);
        }
        let (layout, job) = (Arc::clone(&self.layout), slot.job.clone());
        let (results, cancelled) = (self.results.0.clone(), Arc::clone(&self.cancelled));
        self.running += 1;
        self.pool.as_ref().expect("made above").spawn(move || {
            let ran = catch_unwind(AssertUnwindSafe(|| task::run(&layout, &job, &cancelled)));
            let result = ran.unwrap_or_else(|_| Err(ErrorKind::Internal("a decoding thread panicked".into()).into()));
            // Nobody listens any more where the read was dropped.
            let _ = results.send((number, result));
        });
        Ok(())
    }

    /// Whether the task at hand is the last one.
    fn nothing_follows(&self) -> bool {
        self.open.is_none()
            && match &self.feed {
                Feed::Sources(sources) => self.next_source == sources.len(),
                Feed::Stretches(stretches) => stretches.is_empty(),
            }
    }

    /// Cuts the next task.
    fn next_slot(&mut self) -> Result<Option<Slot>> {
        if let Feed::Stretches(stretches) = &mut self.feed {
            return Ok(stretches.pop_front().map(|stretch| Slot::new(stretch, Start::At, self.decodes)));
        }
        while self.open.is_none() {
            let Feed::Sources(sources) = &self.feed else { return Ok(None) };
            let Some(source) = sources.get(self.next_source) else { return Ok(None) };
            self.open = open(&self.layout, source, self.next_source)?;
            self.next_source += 1;
        }
        let Some(open) = &mut self.open else { return Ok(None) };
        let (begin, length) = (open.next, open.input.len());
        let until = if length - begin <= open.step + open.step / 4 { u64::MAX } else { begin + open.step };
        let stretch = Stretch {
            source: open.source,
            input: Arc::clone(&open.input),
            begin,
            until,
            records: 0,
            base: open.base,
            skip: 0,
            take: if self.next_source == 1 && open.is_first { self.limit } else { u64::MAX },
            judges_structure: true,
        };
        let start = if open.is_first { Start::At } else { Start::Behind };
        open.is_first = false;
        open.next = until;
        if until == u64::MAX {
            self.open = None;
        }
        Ok(Some(Slot::new(stretch, start, self.decodes)))
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
    fn new(stretch: Stretch, start: fn(u64) -> Start, decodes: bool) -> Slot {
        let start = start(stretch.begin);
        let job = Job {
            input: Arc::clone(&stretch.input),
            start,
            until: stretch.until,
            skip: stretch.skip,
            take: stretch.take,
            decodes,
            judges_structure: stretch.judges_structure,
        };
        Slot { exact: matches!(start, Start::At(_)), stretch, job, result: None }
    }

    fn failed(error: Error) -> Slot {
        let input = Arc::new(Input::empty());
        let stretch = Stretch {
            source: usize::MAX,
            input,
            begin: 0,
            until: 0,
            records: 0,
            base: Base::default(),
            skip: 0,
            take: 0,
            judges_structure: true,
        };
        Slot { result: Some(Err(error)), ..Slot::new(stretch, Start::At, false) }
    }
}

/// Opens a source to be cut; `None` where it holds nothing and may.
fn open(layout: &Layout, source: &Source, number: usize) -> Result<Option<OpenSource>> {
    let options = &layout.options;
    let input = source.open(options.memory_map)?;
    let Some(head) = head::read(options, &input)? else {
        return if options.raise_if_empty { Err(options.no_data(input.name())) } else { Ok(None) };
    };
    if let Some(header) = head.names {
        let names = options.wishes.names(Some(header), 0)?;
        if names != layout.names {
            let name = input.name().map_or(String::new(), |name| format!("{name}: "));
            return Err(Error::schema(format!(
                "{name}the header's columns are {names:?}, expected {:?}, as in the first file",
                layout.names
            )));
        }
    }
    let length = input.len() - head.start;
    let step = match options.chunk_bytes {
        Some(bytes) => bytes as u64,
        None => (length / (4 * options.threads as u64)).clamp(LEAST_TASK.min(layout.task), layout.task),
    };
    Ok(Some(OpenSource {
        source: number,
        input: Arc::new(input),
        next: head.start,
        step,
        base: Base { records: 0, lines: head.lines },
        is_first: true,
    }))
}
