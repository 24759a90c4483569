//! Records one after the other, by the exact machine: for the head of a file.

use super::head;
use super::options::Options;
use crate::error::{Code, CsvIssue, Error, Excerpt, Position, Result};
use crate::source::Input;
use crate::tokenize::edges;
use crate::tokenize::machine::{self, Met, Step};
use std::ops::Range;

/// The bytes that are read at once.
const WINDOW: usize = 64 * 1024;
/// The most bytes of a faulty record that its error keeps.
const SHOWN: usize = 1024;

/// A place in an input, between two records.
pub(super) struct Cursor<'a> {
    options: &'a Options,
    input: &'a Input,
    /// The window's bytes and where it begins in the input.
    window: Vec<u8>,
    window_at: u64,
    /// The next record, within the window.
    next: usize,
    ends: Vec<u32>,
}

/// A record as bytes.
pub(super) struct Record<'a> {
    /// The bytes of the window that holds it.
    pub(super) data: &'a [u8],
    /// Its first byte.
    pub(super) start: usize,
    /// Its fields, without what belongs to delimiters, terminator and the blanks around them.
    pub(super) fields: Vec<Range<usize>>,
}

impl Record<'_> {
    pub(super) fn is_blank(&self) -> bool {
        matches!(&self.fields[..], [field] if field.is_empty())
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        self.fields.iter().map(|field| &self.data[field.clone()])
    }
}

impl<'a> Cursor<'a> {
    pub(super) fn new(options: &'a Options, input: &'a Input, at: u64) -> Cursor<'a> {
        Cursor { options, input, window: Vec::new(), window_at: at, next: 0, ends: Vec::new() }
    }

    /// Where the next record begins.
    pub(super) fn at(&self) -> u64 {
        self.window_at + self.next as u64
    }

    /// The first byte of the next record or comment; `None` at the end of the input.
    pub(super) fn peek(&mut self) -> Result<Option<u8>> {
        if self.next == self.window.len() {
            self.slide(WINDOW)?;
        }
        Ok(self.window.get(self.next).copied())
    }

    /// Stands before a record that was read already and is still in the window, or just behind it.
    pub(super) fn back_to(&mut self, at: u64) {
        if at >= self.window_at {
            self.next = (at - self.window_at) as usize;
        } else {
            (self.window_at, self.next) = (at, 0);
            self.window.clear();
        }
    }

    /// Passes over `count` lines, whatever they mean.
    pub(super) fn skip_lines(&mut self, mut count: usize) -> Result<()> {
        let dialect = &self.options.dialect;
        let mut last = false;
        while count > 0 {
            let rest = &self.window[self.next..];
            if let Some(line) = dialect.line(rest, last) {
                self.next += line;
                count -= 1;
                continue;
            }
            // Half a line end is looked at again with what follows.
            let half = dialect.lone_carriage && !last && rest.ends_with(b"\r");
            self.next = self.window.len() - usize::from(half);
            if !self.slide(WINDOW)? {
                if last || !half {
                    break;
                }
                last = true;
            }
        }
        Ok(())
    }

    /// The next record, comments passed over; `None` at the end of the input.
    pub(super) fn record(&mut self) -> Result<Option<Record<'_>>> {
        let dialect = &self.options.dialect;
        let mut wanted = WINDOW;
        let start = loop {
            self.ends.clear();
            let start = self.next;
            let step = machine::record(dialect, &self.window, start, &mut self.ends, &mut Met::default());
            match step {
                Step::Record { next } => {
                    self.next = next;
                    break start;
                }
                Step::Comment { next } => self.next = next,
                Step::Unfinished { .. } if self.window.len() - start > self.options.max_record_bytes => {
                    return Err(self.fault(Code::LineTooLong, "the record is longer than max_record_bytes"));
                }
                Step::Unfinished { .. } if self.slide(wanted)? => wanted *= 2,
                Step::Unfinished { .. } if start == self.window.len() || dialect.is_comment(&self.window[start..]) => {
                    self.next = self.window.len();
                    return Ok(None);
                }
                Step::Unfinished { inside: true } => {
                    return Err(self.fault(Code::UnclosedQuote, "a quote opens in this record and never closes"));
                }
                Step::Unfinished { inside: false } => {
                    self.ends.push(self.window.len() as u32);
                    self.next = self.window.len();
                    break start;
                }
            }
        };
        let starts = [start].into_iter().chain(self.ends.iter().map(|&end| end as usize + 1));
        let fields = starts.zip(&self.ends).enumerate().map(|(column, (start, &end))| {
            edges::field(dialect, &self.window, start, end as usize, column + 1 == self.ends.len())
        });
        Ok(Some(Record { data: &self.window, start, fields: fields.collect() }))
    }

    /// Reads the window anew from the next record on, at least `length` bytes; says whether that brought any new byte.
    fn slide(&mut self, length: usize) -> Result<bool> {
        let at = self.at();
        let known = self.window.len() - self.next;
        let mut buffer = Vec::new();
        let window = self.input.window(at, length.max(2 * known), &mut buffer)?;
        let more = window.len() > known;
        if more {
            self.window = window.to_vec();
            self.window_at = at;
            self.next = 0;
        }
        Ok(more)
    }

    /// A fault of the record at which the cursor stands.
    fn fault(&self, code: Code, expected: &str) -> Error {
        let bound = self.options.max_record_bytes.min(SHOWN);
        let end = self.window.len().min(self.next + bound);
        let shown = &self.window[self.next..end];
        let lines = match head::count_lines(self.options, self.input, self.at()) {
            Ok(lines) => lines,
            Err(error) => return error,
        };
        Error::from(CsvIssue {
            code,
            file: self.input.name().map(str::to_owned),
            decoded: self.input.is_decoded(),
            position: Position { byte: self.at(), line: lines + 1, record: 0, column: 1 },
            column_name: None,
            value: Some(String::from_utf8_lossy(shown).into_owned()),
            rule: None,
            expected: expected.into(),
            remedy: match code {
                Code::LineTooLong => "raise max_record_bytes".into(),
                _ => "quote_char=None reads quotes as text".into(),
            },
            excerpt: Some(Excerpt::around(&self.window, self.options.dialect.line_ends(), self.next..end)),
            dialect: Some(self.options.dialect.to_string().into()),
        })
    }
}
