//! A sample of a file's records: how many fields they have and what types their texts suggest.
//!
//! The default sample is the head and points spread through the file up to its end. A point in the middle is a guess: only a
//! stretch whose every record has the right number of fields is believed. Where all records are to be looked at, or many, a
//! `survey` does that.

use super::footer::{self, Ahead, Behind};
use super::head::Head;
use super::options::{Inference, Options};
use super::survey::{Survey, Surveyed};
use crate::error::Result;
use crate::schema::{Observer, Seen};
use crate::source::{Input, Source};
use crate::split::guess_record_start;
use crate::tokenize::edges;
use crate::tokenize::index::{Extent, Index, Tail, is_record_end};
use std::sync::Arc;

/// The bytes of the head that the default sample reads.
const HEAD: usize = 64 * 1024;
/// Those of a stream's, of which it is all.
const STREAM_HEAD: usize = 1 << 20;
/// The records that it reads at least.
const HEAD_RECORDS: usize = 100;
/// More of the first records are looked at by a survey.
const NEAR: usize = 1_000;
/// The points behind the head, and the bytes read at each.
const POINTS: u64 = 16;
const POINT: usize = 16 * 1024;
/// The bytes of a window where many records are sampled.
const WINDOW: usize = 256 * 1024;

/// What a sample shows.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    /// The most fields of any record of the head.
    pub(super) fields: usize,
    /// By column.
    pub(super) seen: Vec<Seen>,
    /// The bytes and records that the head of the sample held.
    pub(super) bytes: u64,
    pub(super) records: u64,
    /// Whether the types of more records are left to the read.
    pub(super) is_provisional: bool,
}

/// Samples an input of `source`. `names` gives the columns' names for a number of fields, for their null words.
pub(super) fn take(
    options: &Options,
    source: &Source,
    input: Arc<Input>,
    head: &Head,
    names: impl Fn(usize) -> Result<Vec<String>>,
) -> Result<Sample> {
    let judges = options.infer_types && !options.wishes.are_complete() && options.inference != Inference::Head(0);
    let most = match options.inference {
        Inference::All => Some(None),
        Inference::Head(records) if records > NEAR => Some(Some(records as u64)),
        Inference::Head(_) | Inference::Sample => None,
    };
    match most.filter(|_| judges || (head.names.is_none() && options.wishes.schema.is_none())) {
        // The number of columns is that of the names, and the read may tell the types.
        Some(most) if judges && options.types_later && head.names.is_some() => {
            let near = Options { inference: Inference::Head(NEAR), ..options.clone() };
            let first = sample(&near, &input, head, &names, judges)?;
            match most.is_none_or(|most| first.are_fewer(most, input.len().saturating_sub(head.start))) {
                true => Ok(Sample { is_provisional: true, ..first }),
                false => survey(options, source, input, head, names, judges, most),
            }
        }
        Some(most) => survey(options, source, input, head, names, judges, most),
        None => sample(options, &input, head, names, judges),
    }
}

impl Sample {
    /// Whether records like these that take up so many bytes are, with some room for error, fewer than `most`.
    fn are_fewer(&self, most: u64, bytes: u64) -> bool {
        u128::from(self.records) * u128::from(bytes) / 4 * 5 < u128::from(self.bytes) * u128::from(most)
    }
}

/// Has all records looked at, or many.
fn survey(
    options: &Options,
    source: &Source,
    mut input: Arc<Input>,
    head: &Head,
    names: impl Fn(usize) -> Result<Vec<String>>,
    judges: bool,
    most: Option<u64>,
) -> Result<Sample> {
    let retains = matches!(source, Source::Once(_));
    let mut fields = match &head.names {
        Some(names) => names.len(),
        None => Sampler::new(options, &input, judges).count_fields(head.start, HEAD_RECORDS, false)?,
    };
    loop {
        // Of a stream what was passed is gone.
        let kept = (input.can_seek() || retains).then(|| Arc::clone(&input));
        let survey = Survey { options, head, names: names(fields)?, judges, most, retains };
        let surveyed = survey.run(input)?;
        if head.names.is_some() || surveyed.most_fields <= fields {
            let Surveyed { seen, bytes, records, .. } = surveyed;
            return Ok(Sample { fields, seen, bytes, records, is_provisional: false });
        }
        // A record has more fields than any of the head.
        fields = surveyed.most_fields;
        input = kept.map_or_else(|| source.open(options.access()).map(Arc::new), Ok)?;
    }
}

/// Takes a sample.
fn sample(
    options: &Options,
    input: &Input,
    head: &Head,
    names: impl Fn(usize) -> Result<Vec<String>>,
    judges: bool,
) -> Result<Sample> {
    // Of a stream the head is all that can be looked at before the rest is read, and so it is a longer one.
    let brief = judges && options.inference == Inference::Sample;
    let spread = brief && input.can_seek();
    let brief = brief.then_some(if spread { HEAD } else { STREAM_HEAD });
    let most = match options.inference {
        Inference::Sample if judges => usize::MAX,
        Inference::Head(records) if records > 0 => records,
        Inference::Sample | Inference::Head(_) | Inference::All => HEAD_RECORDS,
    };
    let mut sampler = Sampler::new(options, input, judges);
    let fields = match &head.names {
        Some(names) => names.len(),
        // A schema says how many columns there are; that the first record has no more is the only question.
        None if options.wishes.schema.is_some() => sampler.count_fields(head.start, 1, false)?,
        None if options.inference == Inference::Sample => sampler.count_fields(head.start, usize::MAX, true)?,
        None => sampler.count_fields(head.start, most, false)?,
    };
    let names = names(fields)?;
    let observer = |name: &String| Observer::new(&options.dialect, options.look(name), options.null_values.words(name));
    sampler.observers = names.iter().map(observer).collect();
    sampler.sample.fields = fields;
    sampler.sample.seen = vec![Seen::default(); fields];
    let behind = sampler.head(head.start, most, brief)?;
    if spread {
        // The head is the sample's whatever the limit is, as its types are those of the file; what lies far behind it says
        // nothing of the rows that are read. A read of no rows at all is made for its schema.
        let end = match options.limit.filter(|&limit| limit > 0) {
            Some(limit) => sampler.end_of(head.start, limit)?,
            None => input.len(),
        };
        let points = (1..=POINTS).map(|point| {
            let last = end.saturating_sub(POINT as u64);
            behind + last.saturating_sub(behind) * point / POINTS
        });
        for at in points.filter(|&at| at > behind && at < end) {
            sampler.point(at, end)?;
        }
    }
    Ok(sampler.sample)
}

/// Cuts records of the footer off the index of the window at `at`; says whether there are any.
fn cut_footer(
    options: &Options,
    ahead: &mut Option<Ahead<'_>>,
    index: &mut Index,
    data: &[u8],
    at: u64,
) -> Result<bool> {
    let Some(ahead) = ahead else { return Ok(false) };
    let records = index.records - index.comments.len();
    let rows = ahead.rows(records, at + index.next as u64)?;
    if rows < records {
        index.cut_behind(&options.dialect, data, rows);
    }
    Ok(rows < records)
}

/// Where there is a footer, cuts a record that is too long off the index of a window, and all behind it, as its lines are records of
/// their own there; says whether it is the first.
fn is_too_long(options: &Options, ahead: &Option<Ahead<'_>>, index: &mut Index, data: &[u8], last: bool) -> bool {
    ahead.is_some() && matches!(footer::behind(options, index, data, last), Behind::TooLong)
}

struct Sampler<'a> {
    options: &'a Options,
    input: &'a Input,
    judges: bool,
    /// How columns are looked at.
    observers: Vec<Observer>,
    sample: Sample,
    index: Index,
    buffer: Vec<u8>,
    scratch: Vec<u8>,
}

impl<'a> Sampler<'a> {
    fn new(options: &'a Options, input: &'a Input, judges: bool) -> Sampler<'a> {
        Sampler {
            options,
            input,
            judges,
            observers: Vec::new(),
            sample: Sample::default(),
            index: Index::default(),
            buffer: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// The most fields that any of the first records has; with `brief` those of the default sample's head.
    fn count_fields(&mut self, start: u64, records: usize, brief: bool) -> Result<usize> {
        let (mut most, mut count, mut last_end, mut window) = (1, 0, 0, 0);
        self.walk(start, records.max(1), HEAD, |_, record, _| {
            let end = record[record.len() - 1];
            window += usize::from(end < last_end);
            last_end = end;
            if brief && window > 0 && count >= HEAD_RECORDS {
                return false;
            }
            count += 1;
            most = most.max(record.len() - 1);
            true
        })?;
        Ok(most)
    }

    /// Judges the first records; with `brief` only as many as a head of so many bytes has. Gives the byte behind them.
    fn head(&mut self, start: u64, most: usize, brief: Option<usize>) -> Result<u64> {
        if !self.judges {
            // The records are measured all the same: tasks are cut by their size.
            return self.measure(start, most.min(HEAD_RECORDS));
        }
        let mut records = 0;
        let window = brief.unwrap_or(WINDOW);
        let behind = self.walk(start, most, window, |sampler, record, data| {
            records += 1;
            sampler.judge(record, data);
            brief.is_none_or(|head| records < HEAD_RECORDS || (record[record.len() - 1] as usize) < head - POINT)
        })?;
        (self.sample.bytes, self.sample.records) = (behind - start, records as u64);
        Ok(behind)
    }

    fn measure(&mut self, start: u64, most: usize) -> Result<u64> {
        let mut records = 0;
        let behind = self.walk(start, most, HEAD, |_, _, _| {
            records += 1;
            true
        })?;
        (self.sample.bytes, self.sample.records) = (behind - start, records);
        Ok(behind)
    }

    /// Gives each of up to `most` records from `at` on to `visit`, until it answers no. A record is the end before it and the
    /// ends of its fields. Stops quietly at a record that has no end: the read itself tells of it.
    fn walk(
        &mut self,
        mut at: u64,
        most: usize,
        window: usize,
        mut visit: impl FnMut(&mut Self, &[u32], &[u8]) -> bool,
    ) -> Result<u64> {
        let mut left = most;
        let mut length = window;
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut index = std::mem::take(&mut self.index);
        let mut ahead = Ahead::new(self.options, self.input, None);
        while left > 0 && at < self.input.len() {
            let data = self.input.window(at, length, &mut buffer)?;
            let last = at + data.len() as u64 == self.input.len();
            let extent = Extent { from: 0, until: data.len(), last };
            index.build(&self.options.dialect, self.options.backend, data, extent);
            if index.next == 0 {
                if last || data.len() > self.options.max_record_bytes {
                    break;
                }
                length *= 2;
                continue;
            }
            length = window;
            if is_too_long(self.options, &ahead, &mut index, data, last) {
                break;
            }
            let mut first = 0;
            let mut stopped = cut_footer(self.options, &mut ahead, &mut index, data, at)?;
            let mut behind = index.next;
            let mut enough = false;
            for place in 1..index.ends.len() {
                if !is_record_end(&self.options.dialect, data, index.ends[place]) {
                    continue;
                }
                let is_comment = index.comments.binary_search(&(place as u32)).is_ok();
                if !is_comment {
                    left -= 1;
                    enough = !visit(self, &index.ends[first..=place], data) || left == 0;
                }
                first = place;
                if enough {
                    stopped = true;
                    behind = (index.ends[place] as usize + 1).min(data.len());
                    break;
                }
            }
            at += behind as u64;
            if stopped || (last && index.tail != Tail::Done) {
                break;
            }
        }
        (self.buffer, self.index) = (buffer, index);
        Ok(at)
    }

    /// Adds the fields of a record to what is known of the columns.
    fn judge(&mut self, record: &[u32], data: &[u8]) {
        let dialect = &self.options.dialect;
        for ((column, ends), observer) in record.windows(2).enumerate().zip(&self.observers) {
            let seen = &mut self.sample.seen[column];
            if seen.is_text() {
                continue;
            }
            let (start, end) = (ends[0].wrapping_add(1) as usize, ends[1] as usize);
            let raw = &data[edges::field(dialect, data, start, end, column + 2 == record.len())];
            observer.add(seen, raw, &mut self.scratch);
        }
    }

    /// Judges some records around `at`, if what is found there looks like records of this file.
    fn point(&mut self, at: u64, end: u64) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut index = std::mem::take(&mut self.index);
        let data = self.input.window(at - 1, POINT.min((end - at) as usize) + 1, &mut buffer)?;
        if let Some(from) = guess_record_start(&self.options.dialect, data, 1).filter(|&from| from < data.len()) {
            let last = at - 1 + data.len() as u64 == self.input.len();
            index.build(&self.options.dialect, self.options.backend, data, Extent { from, until: data.len(), last });
            let fields = self.sample.fields;
            let mut ahead = Ahead::new(self.options, self.input, None);
            let is_too_long = is_too_long(self.options, &ahead, &mut index, data, last);
            cut_footer(self.options, &mut ahead, &mut index, data, at - 1)?;
            if !is_too_long && index.is_regular(&self.options.dialect, data, fields) {
                for first in (0..index.ends.len() - 1).step_by(fields) {
                    self.judge(&index.ends[first..=first + fields], data);
                }
            }
        }
        (self.buffer, self.index) = (buffer, index);
        Ok(())
    }

    /// A place at or before the end of the first `records` records: no record has more lines than terminators.
    fn end_of(&mut self, start: u64, records: u64) -> Result<u64> {
        let (mut at, mut left) = (start, records);
        while at < self.input.len() {
            let window = self.input.window(at, WINDOW, &mut self.buffer)?;
            let lines = self.options.dialect.count_lines(window);
            if lines > left {
                break;
            }
            left -= lines;
            at += window.len() as u64;
        }
        Ok(at)
    }
}
