//! One task: the records of one stretch of one file become arrays.
//!
//! A task runs alone. Where it does not know where its first record begins it guesses, and says where it began and ended, so
//! that its owner can verify. It moves over its stretch window by window: each is indexed, measured against the number of
//! columns, and decoded column by column behind what the windows before it gave.

use super::columns::{Columns, Finished, Found, View};
use super::footer::{self, Ahead, Behind};
use super::issue::{Fault, Place};
use super::job::{Done, Job, Start};
use super::judge::Violation;
use super::layout::Layout;
use super::structure;
use crate::decode::Cause;
use crate::error::{Code, ErrorKind, Result};
use crate::scan::Stop;
use crate::split::guess_record_start;
use crate::tokenize::fields::Span;
use crate::tokenize::index::{Extent, Index, marks};
use crate::tokenize::machine::{self, Met};
use crate::tokenize::shape::{self, Rules, Shape};
use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The bytes that a window reads beyond its task, to hold the last record whole.
const BEYOND: usize = 16 * 1024;
/// Windows shorter than this are not worth a count of their own.
const LEAST_COUNTED: usize = 64;
/// How long a task waits for a stream before it looks whether anyone still wants it.
const PATIENCE: Duration = Duration::from_millis(20);
/// Buffers larger than this are given back after a task.
const KEPT_BUFFER: usize = 8 << 20;

/// Memory that a thread uses again for every task.
#[derive(Default)]
struct Scratch {
    buffer: Vec<u8>,
    index: Index,
    spans: Vec<Span>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Runs a task.
pub(super) fn run(job: &Job, cancelled: &AtomicBool) -> Result<Done> {
    let (layout, mut scratch) = (&*job.layout, SCRATCH.take());
    let mut task = Task {
        layout,
        job,
        columns: Columns::new(layout, job.source, job.first_row),
        faults: Vec::new(),
        drops: false,
        ahead: Ahead::new(&layout.options, &job.input, Some(cancelled)),
        done: Done::default(),
        index: std::mem::take(&mut scratch.index),
        spans: std::mem::take(&mut scratch.spans),
    };
    let result = task.walk(cancelled, &mut scratch.buffer);
    let (mut done, index, mut spans) = task.finish();
    if scratch.buffer.capacity() > KEPT_BUFFER {
        scratch.buffer = Vec::new();
    }
    if spans.capacity() * size_of::<Span>() > KEPT_BUFFER {
        spans = Vec::new();
    }
    SCRATCH.set(Scratch { buffer: scratch.buffer, index, spans });
    result?;
    job.input.check()?;
    if let Some(folder) = &layout.folder
        && done.findings.issue.is_none()
    {
        folder.fold(job, &mut done)?;
    }
    Ok(done)
}

struct Task<'a> {
    layout: &'a Layout,
    job: &'a Job,
    columns: Columns<'a>,
    /// The faults of the window at hand.
    faults: Vec<Fault>,
    /// Whether the line at hand is to be passed over.
    drops: bool,
    /// Looks for the records that are none of the source's rows.
    ahead: Option<Ahead<'a>>,
    done: Done,
    index: Index,
    spans: Vec<Span>,
}

impl Task<'_> {
    fn walk(&mut self, cancelled: &AtomicBool, buffer: &mut Vec<u8>) -> Result<()> {
        let begin = match self.job.start {
            Start::At(at) => Some(at),
            Start::Behind(at) => self.guess(at, cancelled, buffer)?,
        };
        let Some(begin) = begin else { return Ok(()) };
        self.done.begin = Some(begin);
        let (mut at, mut length) = (begin, self.layout.window);
        while (at < self.job.until || self.drops) && at < self.job.input.len() && self.wants_more() {
            if cancelled.load(Ordering::Relaxed) {
                return Err(ErrorKind::Cancelled.into());
            }
            let left = usize::try_from(self.job.until.saturating_sub(at)).unwrap_or(usize::MAX);
            let wanted = if length > self.layout.window { length } else { length.min(left.saturating_add(BEYOND)) };
            let glances = !self.job.decodes && !self.drops;
            let glance = if glances { self.job.input.glance(at, left.min(wanted))? } else { None };
            if let Some(data) = glance {
                let counted = self.count(at, data)?;
                if counted > 0 {
                    at += counted as u64;
                    continue;
                }
            }
            let is_seen = glance.is_some();
            let data = self.window_at(at, wanted, cancelled, buffer)?;
            if data.is_empty() {
                match self.job.input.failure() {
                    Some(failure) => return Err(failure),
                    None => break,
                }
            }
            if self.drops {
                let last = at + data.len() as u64 == self.job.input.len();
                match self.drop_line(data, last) {
                    0 => length = length.max(data.len()).saturating_mul(2),
                    passed => (at, length) = (at + passed as u64, self.layout.window),
                }
                continue;
            }
            let counted = if self.job.decodes || is_seen { 0 } else { self.count(at, &data[..left.min(data.len())])? };
            if counted > 0 {
                at += counted as u64;
                continue;
            }
            let last = at + data.len() as u64 == self.job.input.len();
            let extent = Extent { from: 0, until: left.min(data.len()), last };
            self.index.build(&self.layout.options.dialect, self.layout.options.backend, data, extent);
            match footer::behind(&self.layout.options, &mut self.index, data, last) {
                Behind::Longer => {
                    if data.len() < wanted
                        && let Some(failure) = self.job.input.failure()
                    {
                        return Err(failure);
                    }
                    length = length.max(data.len()).saturating_mul(2);
                    continue;
                }
                Behind::Unclosed | Behind::TooLong if self.is_footer(at)? => {
                    at = self.job.input.len();
                    break;
                }
                Behind::Unclosed => self.broken(Code::UnclosedQuote, at, data),
                Behind::TooLong => self.broken(Code::LineTooLong, at, data),
                Behind::Next => {
                    self.done.is_part = self.bound(data);
                    let was_cut = self.cut_footer(at, data)?;
                    at += self.window(at, begin, data)? as u64;
                    if was_cut {
                        at = self.job.input.len();
                        self.done.is_part = false;
                        break;
                    }
                }
            }
            length = self.layout.window;
            if self.done.findings.issue.is_some() || self.done.is_part {
                break;
            }
        }
        self.done.end = at;
        Ok(())
    }

    fn wants_more(&self) -> bool {
        self.done.rows_passed < self.job.skip.saturating_add(self.job.take)
            && (self.columns.rows() as u64) < self.job.rows
    }

    /// Cuts the index where it would take the task beyond the cells that it may hold, and says whether it did.
    fn bound(&mut self, data: &[u8]) -> bool {
        let room =
            self.layout.most_records.saturating_sub((self.done.rows_passed + self.done.left_out) as usize).max(1);
        let is_beyond = self.job.decodes && self.index.records > room;
        if is_beyond {
            self.index.cut_behind(&self.layout.options.dialect, data, room);
        }
        is_beyond
    }

    /// Cuts records of the footer off the index of the window at `at`, and says whether there are any: all that follows is footer.
    fn cut_footer(&mut self, at: u64, data: &[u8]) -> Result<bool> {
        let Some(ahead) = &mut self.ahead else { return Ok(false) };
        let records = self.index.records - self.index.comments.len();
        let rows = ahead.rows(records, at + self.index.next as u64)?;
        let is_cut = rows < records;
        if is_cut {
            self.index.cut_behind(&self.layout.options.dialect, data, rows);
        }
        Ok(is_cut)
    }

    /// Whether the record at `at` is one of the footer.
    fn is_footer(&mut self, at: u64) -> Result<bool> {
        self.ahead.as_mut().map_or(Ok(false), |ahead| ahead.is_footer(at))
    }

    /// A window of the input, once its bytes have come.
    fn window_at<'a>(&self, at: u64, length: usize, cancelled: &AtomicBool, buffer: &'a mut Vec<u8>) -> Result<&'a [u8]>
    where
        Self: 'a,
    {
        let input = &self.job.input;
        while !input.wait_for(at.saturating_add(length as u64), PATIENCE) {
            if cancelled.load(Ordering::Relaxed) {
                return Err(ErrorKind::Cancelled.into());
            }
        }
        input.window_or_less(at, length, buffer)
    }

    /// Looks for the first record start at or behind `at`; gives up where a few windows hold none.
    fn guess(&self, at: u64, cancelled: &AtomicBool, buffer: &mut Vec<u8>) -> Result<Option<u64>> {
        let mut length = self.layout.window.clamp(64, 64 * 1024);
        loop {
            // A guess is verified, whatever bytes it was made of.
            let glance = if self.job.decodes { None } else { self.job.input.glance(at - 1, length)? };
            let data = match glance {
                Some(data) => data,
                None => self.window_at(at - 1, length, cancelled, buffer)?,
            };
            if data.is_empty() {
                return Ok(None);
            }
            let found = guess_record_start(&self.layout.options.dialect, data, 1);
            if found.is_some() || length > self.layout.window || at - 1 + data.len() as u64 == self.job.input.len() {
                return Ok(found.map(|found| at - 1 + found as u64));
            }
            length *= 4;
        }
    }

    /// Counts whole records without an index, where they are as the schema has them and all of them are wanted; gives the bytes
    /// to move on by, 0 where it takes a closer look.
    fn count(&mut self, at: u64, data: &[u8]) -> Result<usize> {
        let options = &self.layout.options;
        let is_plain = options.dialect.delimiter_lead.is_empty();
        if data.len() < LEAST_COUNTED || data.len() > options.max_record_bytes || !is_plain {
            return Ok(0);
        }
        let counted = options.backend.count(&marks(&options.dialect), data, 0, self.layout.fields as u32);
        let (Stop::End { .. }, Some(last)) = (counted.stop, counted.last_end) else { return Ok(0) };
        let wanted = self.job.skip.saturating_add(self.job.take) - self.done.rows_passed;
        if counted.records > wanted || !(counted.even || self.layout.takes_any_number_of_fields()) {
            return Ok(0);
        }
        let end = last + 1;
        if let Some(ahead) = &mut self.ahead
            && ahead.rows(1, at + end as u64)? == 0
        {
            return Ok(0);
        }
        self.done.rows_passed += counted.records;
        self.done.lines += match counted.wrapped {
            true => options.dialect.count_lines(&data[..end]),
            false => counted.records,
        };
        Ok(end)
    }

    /// Notes a record that breaks a rule as a whole; where that does not end the read, the line on which it began goes.
    fn broken(&mut self, code: Code, at: u64, data: &[u8]) {
        let options = &self.layout.options;
        let (mut field, mut start) = (0, 0);
        if code == Code::UnclosedQuote {
            // The field that never closes is the last one that begins.
            let mut ends = Vec::new();
            machine::record(&options.dialect, data, 0, &mut ends, &mut Met::default());
            (field, start) = (ends.len(), ends.last().map_or(0, |&end| end as usize + 1));
        }
        if self.job.judges_structure {
            let fault =
                Fault { code, record: 0, row: 0, field, column: None, fields: 0, rule: None, raw: start..data.len() };
            self.faults.push(fault);
            self.settle(at, data);
        }
        if self.done.findings.issue.is_none() {
            self.drops = true;
            self.done.left_out += 1;
        }
    }

    /// Tells the faults of the window at hand.
    fn settle(&mut self, at: u64, data: &[u8]) {
        let done = &mut self.done;
        let place =
            Place { byte: at, records: done.rows_passed + done.left_out, rows: done.rows_passed, lines: done.lines };
        done.findings.settle(self.layout, &self.index, data, place, &mut self.faults);
    }

    /// Passes over the rest of a line; gives the bytes to move on by, none where these are half of a line end.
    fn drop_line(&mut self, data: &[u8], last: bool) -> usize {
        let dialect = &self.layout.options.dialect;
        let Some(end) = dialect.line(data, last) else {
            let half = dialect.lone_carriage && !last && data.ends_with(b"\r");
            return data.len() - usize::from(half);
        };
        self.drops = false;
        self.done.lines += 1;
        end
    }

    /// Measures and decodes the records of a window; gives the bytes to move on by.
    fn window(&mut self, at: u64, begin: u64, data: &[u8]) -> Result<usize> {
        let layout = self.layout;
        let dialect = &layout.options.dialect;
        let strays = structure::strays(layout, &self.index, data);
        let mut stray_records: Vec<usize> = Vec::new();
        if layout.leaves_out(Code::StrayQuote) {
            stray_records.extend(strays.iter().map(|stray| stray.record_start));
            stray_records.dedup();
        }
        let rules = Rules {
            leaves_out_long: layout.leaves_out(Code::TooManyFields),
            leaves_out_short: layout.leaves_out(Code::TooFewFields),
            leaves_out: &stray_records,
        };
        let shape = shape::measure(&self.index, dialect, data, layout.fields, &layout.wanted, rules, &mut self.spans);
        let passed = self.done.rows_passed;
        let left = self.job.skip.saturating_add(self.job.take).saturating_sub(passed);
        let bound = left.min(shape.rows as u64) as usize;
        let skipped = self.job.skip.saturating_sub(passed).min(bound as u64) as usize;
        let wanted = shape.misfits.iter().filter(|misfit| shape.rows_before(misfit.record) < bound);
        let most_fields = wanted.map(|misfit| misfit.fields).max();
        self.done.most_fields = self.done.most_fields.max(most_fields.unwrap_or_default());
        if self.job.judges_structure {
            let left = usize::try_from(left).unwrap_or(usize::MAX);
            structure::judge(layout, &shape, &strays, left, &mut self.faults);
        }
        if self.job.decodes && bound > skipped {
            self.decode(begin, data, &shape, skipped..bound)?;
        }
        self.settle(at, data);
        self.done.rows_passed += bound as u64;
        self.done.left_out += shape.left_out.len() as u64;
        self.done.lines += self.index.lines(dialect, data);
        Ok(self.index.next)
    }

    /// The rows that the task will hold, judged by its first window.
    fn expected_rows(&self, begin: u64, rows: usize) -> usize {
        let bytes = self.job.until.min(self.job.input.len()).saturating_sub(begin).max(self.index.next as u64);
        let all = rows as u128 * u128::from(bytes) / (self.index.next as u128).max(1);
        (all + all / 32 + 8).min(u128::from(self.job.take)).min(self.layout.most_records as u128) as usize
    }

    fn decode(&mut self, begin: u64, data: &[u8], shape: &Shape, rows: Range<usize>) -> Result<()> {
        let expected = self.expected_rows(begin, shape.rows);
        let view = View {
            layout: self.layout,
            data,
            index: &self.index,
            spans: &self.spans,
            regular: shape.regular,
            records: rows.clone(),
        };
        let Found { broken: mut found, violations } = self.columns.extend(&view, expected)?;
        let broken = self.violated(&view, data, shape, &violations);
        self.faults.extend(broken);
        if let Some(last) = self.columns.cut(view.rows(), self.job.rows, &found) {
            // What stands behind the last row that is wanted is nobody's concern.
            found.retain(|broken| broken.row <= last);
            self.faults.retain(|fault| fault.row <= rows.start + last);
        }
        for broken in found {
            let code = match broken.cause {
                Cause::Cast => Code::Cast,
                Cause::Overflow => Code::Overflow,
                Cause::InvalidUtf8 => Code::InvalidUtf8,
            };
            let span = broken.span;
            let row = rows.start + broken.row;
            self.faults.push(Fault {
                code,
                record: shape.record_of(row),
                row,
                field: self.layout.wanted[broken.place],
                column: Some(broken.place),
                fields: 0,
                rule: None,
                raw: if span.is_missing() { 0..0 } else { span.start as usize..span.end as usize },
            });
        }
        Ok(())
    }

    /// The faults that are violations of rules, at their cell or, where the row as a whole is at fault, at the record.
    fn violated(&self, view: &View<'_>, data: &[u8], shape: &Shape, violations: &[Violation]) -> Vec<Fault> {
        let Some(judging) = &self.layout.judging else { return Vec::new() };
        let dialect = &self.layout.options.dialect;
        let records = OnceCell::new();
        let record_at = |record: usize| {
            let records = records.get_or_init(|| self.index.records(dialect, data).collect::<Vec<_>>());
            let places = &records[record];
            self.index.record_around(dialect, data, self.index.field(dialect, data, places.start).start)
        };
        let fault = |&Violation { rule, row, column, .. }: &Violation| {
            let record = shape.record_of(view.records.start + row);
            let raw = match column.map(|place| view.span(place, row)) {
                None => record_at(record),
                Some(span) if !span.is_missing() => span.start as usize..span.end as usize,
                // A field that a record lacks has been told as such, unless that is accepted.
                Some(_) if !self.layout.accepts(Code::TooFewFields) => return None,
                Some(_) => record_at(record).end..record_at(record).end,
            };
            Some(Fault {
                code: judging.judge.told(rule).code,
                record,
                row: view.records.start + row,
                field: column.map_or(0, |place| self.layout.wanted[place]),
                column,
                fields: 0,
                rule: Some(rule),
                raw,
            })
        };
        violations.iter().filter_map(fault).collect()
    }

    /// What the task made, its scratch memory aside.
    fn finish(self) -> (Done, Index, Vec<Span>) {
        let Task { mut done, columns, index, spans, job, layout, .. } = self;
        if layout.observers.is_some() {
            // What stands before the fault that ends a pass is seen all the same.
            done.misfits = columns.finish().misfits;
        } else if done.findings.issue.is_none() && job.decodes {
            done.cells = columns.cells();
            let Finished { arrays, rows, kept, misfits, judgement } = columns.finish();
            (done.arrays, done.rows, done.kept, done.misfits, done.judgement) =
                (arrays, rows, kept, misfits, judgement);
        }
        (done, index, spans)
    }
}
