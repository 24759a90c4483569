//! What one dialect makes of a sample, and how good that is.

use super::candidates::belief;
use super::cells::{Kind, closes_at_end};
use super::{Given, Sample};
use crate::dialect::Dialect;
use crate::split::guess_record_start;
use crate::tokenize::edges;
use crate::tokenize::machine::{self, Met, Step};
use std::collections::HashMap;

/// A table of one column is what every file without the delimiter is.
const ONE_COLUMN: f64 = 0.25;
/// The lines before a table that cost it anything, and how much each leaves.
const SKIPPED: (usize, f64) = (10, 0.98);
/// How many numbers of fields are tried, and what a record before the table leaves of it where they are compared.
const WIDTHS: usize = 8;
const BEFORE: f64 = 0.9;
/// What a dialect with something in it that files seldom have is worth.
const COMMENT: f64 = 0.99;
const ESCAPES: f64 = 0.98;
const LONE_CARRIAGES: f64 = 0.98;
const NO_QUOTE: f64 = 0.97;
const OTHER_QUOTE: f64 = 0.95;
/// What is left where comments would be records as good as the others, and where a quote never closes.
const COMMENTS_THAT_FIT: f64 = 0.5;
const UNCLOSED: f64 = 0.1;
/// The records whose cells are judged, the most cells of one, and of all.
const JUDGED: usize = 200;
const CELLS: usize = 256;
const ALL_CELLS: usize = 4_000;

/// A sample read by a dialect.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) dialect: Dialect,
    /// The number of fields of most records.
    pub(super) fields: usize,
    /// The records, without those that are skipped.
    pub(super) records: usize,
    /// The lines before the first of them.
    pub(super) skip_lines: usize,
    /// Whether those lines are blank.
    pub(super) blank_before: bool,
    /// Where that begins.
    pub(super) start: usize,
    /// The share of records with that number of fields.
    pub(super) fit: f64,
    /// The fields between two quotes.
    pub(super) quoted: usize,
    pub(super) score: f64,
}

/// A record of a stretch of bytes.
struct Record {
    start: usize,
    /// Its field ends, as places in [`Records::ends`].
    first: usize,
    fields: usize,
    /// Whether the last of them is empty.
    trails: bool,
}

impl Record {
    /// Its number of fields, where a delimiter at the end of records of `trailing` fields ends the last one.
    fn fields(&self, trailing: Option<usize>) -> usize {
        self.fields - usize::from(self.trails && trailing == Some(self.fields))
    }
}

/// The records of a stretch of bytes that are neither blank nor comments.
#[derive(Default)]
struct Records {
    ends: Vec<u32>,
    records: Vec<Record>,
    /// Whether a blank line comes before the first of them.
    blank_before: bool,
    /// The number of fields that each comment would have as a record.
    comments: Vec<usize>,
    /// Fields that begin with a quote, by whether one ends them.
    quoted: usize,
    broken: usize,
    unclosed: bool,
}

impl Records {
    /// Reads `data` from the start of a record on; `whole` says that the last one is complete.
    fn of(dialect: &Dialect, data: &[u8], mut at: usize, whole: bool) -> Records {
        let mut found = Records::default();
        let without_comments = Dialect { comment: None, ..dialect.clone() };
        while at < data.len() {
            let (start, first) = (at, found.ends.len());
            match machine::record(dialect, data, at, &mut found.ends, &mut Met::default()) {
                Step::Record { next } => at = next,
                Step::Comment { next } => {
                    found.ends.truncate(first);
                    machine::record(&without_comments, &data[..next], at, &mut found.ends, &mut Met::default());
                    found.comments.push(found.ends.len() - first);
                    found.ends.truncate(first);
                    at = next;
                    continue;
                }
                Step::Unfinished { inside } => {
                    // A record that the sample cuts says nothing, unless it is half of it, or all.
                    found.unclosed = inside && (whole || data.len() - start > data.len() / 2);
                    let is_cut = !whole && !found.records.is_empty();
                    if is_cut || dialect.is_comment(&data[start..]) {
                        found.ends.truncate(first);
                        break;
                    }
                    found.ends.push(data.len() as u32);
                    at = data.len();
                }
            }
            let is_blank =
                found.ends.len() == first + 1 && data[start..found.ends[first] as usize].trim_ascii().is_empty();
            if is_blank {
                found.blank_before |= found.records.is_empty();
                found.ends.truncate(first);
            } else {
                found.push(dialect, data, start, first);
            }
        }
        found
    }

    fn push(&mut self, dialect: &Dialect, data: &[u8], start: usize, first: usize) {
        let mut record = Record { start, first, fields: self.ends.len() - first, trails: false };
        let (mut quoted, mut broken, mut trails) = (0, 0, false);
        for field in self.fields(dialect, &record, data) {
            trails = field.is_empty();
            if let Some(quote) = dialect.quote.filter(|quote| field.first() == Some(quote)) {
                let closes = closes_at_end(field, quote, dialect.escape);
                quoted += usize::from(closes);
                broken += usize::from(!closes);
            }
        }
        record.trails = trails;
        self.quoted += quoted;
        self.broken += broken;
        self.records.push(record);
    }

    /// The fields of a record, without the CR that ends it.
    fn fields<'d>(&self, dialect: &Dialect, record: &Record, data: &'d [u8]) -> impl Iterator<Item = &'d [u8]> {
        let mut start = record.start;
        let ends = &self.ends[record.first..record.first + record.fields];
        ends.iter().enumerate().map(move |(at, &end)| {
            let field = edges::field(dialect, data, start, end as usize, at + 1 == ends.len());
            start = end as usize + 1;
            &data[field]
        })
    }
}

impl Reading {
    /// Reads and scores a sample.
    pub(super) fn of(dialect: Dialect, sample: &Sample<'_>, given: &Given) -> Reading {
        let mut head = Records::of(&dialect, sample.head, 0, sample.whole);
        head.records.drain(..sample.skipped.min(head.records.len()));
        let points: Vec<(&[u8], Records)> = sample
            .points
            .iter()
            .filter(|point| !point.is_empty())
            .filter_map(|point| {
                let start = guess_record_start(&dialect, point, 1)?;
                Some((*point, Records::of(&dialect, point, start, false)))
            })
            .collect();
        let elsewhere: Vec<&Record> = points.iter().flat_map(|(_, found)| &found.records).collect();
        let table = Table::of(&head.records, &elsewhere, given.skip);
        let (fields, first) = (table.fields, table.first);
        let start = head.records.get(first).map_or(0, |record| record.start);
        let skip_lines = match first {
            0 if !head.blank_before => 0,
            _ => lines_before(&dialect, &sample.head[..start]),
        };
        let mut cells = Cells::default();
        let cells_of_all = table.records * fields.min(CELLS);
        let step = (table.records / JUDGED).max(cells_of_all / ALL_CELLS).max(1);
        let judged = |record: &&Record| table.fits(record);
        for record in head.records[first..].iter().filter(judged).step_by(step) {
            cells.judge(&dialect, head.fields(&dialect, record, sample.head));
        }
        for (data, found) in &points {
            for record in found.records.iter().filter(judged).step_by(step) {
                cells.judge(&dialect, found.fields(&dialect, record, data));
            }
        }
        let width =
            if fields <= 1 { ONE_COLUMN } else { belief(&dialect.delimiter_bytes()) * (1.0 - 1.0 / fields as f64) };
        let mut score = table.pattern * width * cells.score();
        score *= SKIPPED.1.powi(first.min(SKIPPED.0) as i32);
        score *= if dialect.comment.is_some() && !given.comment { COMMENT } else { 1.0 };
        score *= if dialect.escape.is_some() && !given.escape { ESCAPES } else { 1.0 };
        score *= if dialect.lone_carriage && !given.terminator { LONE_CARRIAGES } else { 1.0 };
        score *= match dialect.quote {
            _ if given.quote => 1.0,
            None => NO_QUOTE,
            Some(b'"') => 1.0,
            Some(_) => OTHER_QUOTE,
        };
        let all = || std::iter::once(&head).chain(points.iter().map(|(_, found)| found));
        let sum = |of: fn(&Records) -> usize| all().map(of).sum::<usize>();
        let (quoted, broken) = (sum(|found| found.quoted), sum(|found| found.broken));
        if broken > 0 {
            score *= 1.0 - 0.5 * broken as f64 / (quoted + broken) as f64;
        }
        let fitting = head.comments.iter().filter(|&&count| count == fields && fields > 1).count();
        if 2 * fitting > head.comments.len() {
            score *= COMMENTS_THAT_FIT;
        }
        if head.unclosed {
            score *= UNCLOSED;
        }
        let blank_before = head.blank_before;
        Reading {
            dialect,
            fields,
            records: table.records,
            skip_lines,
            blank_before: first == 0 && blank_before,
            start,
            fit: table.fit,
            quoted,
            score,
        }
    }

    /// The fields of the table's first records, without blank ones and comments.
    pub(super) fn rows<'a>(&self, head: &'a [u8], whole: bool) -> Vec<Vec<&'a [u8]>> {
        let found = Records::of(&self.dialect, head, self.start, whole);
        let records = found.records.iter().take(JUDGED);
        records.map(|record| found.fields(&self.dialect, record, head).collect()).collect()
    }
}

/// The records that make a table: those from one on, most of which have as many fields as it.
#[derive(Clone, Copy)]
struct Table {
    fields: usize,
    /// The number of fields of records that all end with a delimiter, which begins no field of its own.
    trailing: Option<usize>,
    /// The first record of the head that belongs to it.
    first: usize,
    /// The records from there on, those from elsewhere included.
    records: usize,
    fit: f64,
    /// How alike they are, from 0 to 1.
    pattern: f64,
}

impl Table {
    /// The best of the tables that a commoner number of fields suggests.
    fn of(head: &[Record], elsewhere: &[&Record], skips_none: bool) -> Table {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        head.iter().chain(elsewhere.iter().copied()).for_each(|record| *counts.entry(record.fields).or_default() += 1);
        let mut common: Vec<(usize, usize)> = counts.into_iter().map(|(fields, count)| (count, fields)).collect();
        common.sort_unstable_by(|a, b| b.cmp(a));
        let tables = common.iter().take(WIDTHS).map(|&(_, fields)| Table::with(fields, head, elsewhere, skips_none));
        let worth = |table: &Table| {
            let width = if table.fields <= 1 { ONE_COLUMN } else { 1.0 - 1.0 / table.fields as f64 };
            table.pattern * width * BEFORE.powi(table.first as i32)
        };
        // The first of equals is the commonest.
        let best = tables.reduce(|best, table| if worth(&table) > worth(&best) { table } else { best });
        best.unwrap_or(Table { fields: 0, trailing: None, first: 0, records: 0, fit: 0.0, pattern: 0.0 })
    }

    fn with(most: usize, head: &[Record], elsewhere: &[&Record], skips_none: bool) -> Table {
        let all = || head.iter().chain(elsewhere.iter().copied());
        let ends = all().all(|record| record.trails || record.fields != most);
        // The names of a header have no delimiter behind them as a rule.
        let is_trailing = most > 2 && ends && all().any(|record| record.fields + 1 == most);
        let trailing = is_trailing.then_some(most);
        let fields = most - usize::from(is_trailing);
        let mut table = Table { fields, trailing, first: 0, records: 0, fit: 0.0, pattern: 0.0 };
        table.first = if skips_none { 0 } else { table.first_of(head) };
        let records = || head[table.first..].iter().chain(elsewhere.iter().copied());
        table.records = records().count();
        table.fit = records().filter(|record| table.fits(record)).count() as f64 / table.records as f64;
        table.pattern = table.fit / variety(records().map(|record| record.fields(trailing)));
        table
    }

    fn fits(&self, record: &Record) -> bool {
        record.fields(self.trailing) == self.fields
    }

    /// The lines before the table have fewer fields; its first record and the next one as many as most.
    fn first_of(&self, records: &[Record]) -> usize {
        match records.iter().position(|record| self.fits(record)) {
            Some(first)
                if self.fields > 1
                    && records[..first].iter().all(|record| record.fields < self.fields)
                    && records.get(first + 1).is_some_and(|next| self.fits(next)) =>
            {
                first
            }
            _ => 0,
        }
    }
}

/// The lines of `data`, which end with one.
fn lines_before(dialect: &Dialect, mut data: &[u8]) -> usize {
    let mut lines = 0;
    while let Some(length) = dialect.line(data, true) {
        data = &data[length..];
        lines += 1;
    }
    lines
}

/// How many numbers of fields there are, each counted by its share: the exponential of Shannon's entropy.
fn variety(fields: impl Iterator<Item = usize>) -> f64 {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    fields.for_each(|fields| *counts.entry(fields).or_default() += 1);
    let all = counts.values().sum::<usize>() as f64;
    let mut shares: Vec<f64> = counts.into_values().map(|count| count as f64 / all).collect();
    // Floating-point sums depend on their order.
    shares.sort_by(f64::total_cmp);
    shares.iter().map(|share| -share * share.ln()).sum::<f64>().exp()
}

/// What the judged cells are worth.
#[derive(Default)]
struct Cells {
    count: usize,
    weight: f64,
}

impl Cells {
    fn judge<'a>(&mut self, dialect: &Dialect, fields: impl Iterator<Item = &'a [u8]>) {
        for raw in fields.take(CELLS) {
            let kind = Kind::of(raw, dialect.quote, dialect.escape);
            let is_loose = dialect.delimiter == b' '
                && dialect.delimiter_lead.is_empty()
                && matches!(kind, Kind::Plain | Kind::Empty);
            self.count += 1;
            // Words between spaces are a sentence sooner than a record.
            self.weight += if is_loose { 0.5 } else { kind.weight() };
        }
    }

    fn score(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.weight / self.count as f64 }
    }
}
