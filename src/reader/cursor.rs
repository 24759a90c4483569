//! Records one after the other, by the exact machine: for the head of a file.

use super::head;
use super::options::Options;
use crate::error::{Code, CsvIssue, Error, Excerpt, Position, Result};
use crate::source::Input;
use crate::tokenize::machine::{self, Met, Step};

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
    /// Where its fields end; a CR before the terminator is trimmed.
    pub(super) ends: &'a [u32],
}

impl Record<'_> {
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.ends, [end] if *end as usize == self.start)
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = self.start;
        self.ends.iter().map(move |&end| {
            let field = &self.data[start..end as usize];
            start = end as usize + 1;
            field
        })
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
        while count > 0 {
            match memchr::memchr(self.options.dialect.terminator, &self.window[self.next..]) {
                Some(at) => {
                    self.next += at + 1;
                    count -= 1;
                }
                None => {
                    self.next = self.window.len();
                    if !self.slide(WINDOW)? {
                        break;
                    }
                }
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
        let field_start = match *self.ends {
            [.., before, _] => before as usize + 1,
            _ => start,
        };
        let last = self.ends.last_mut().expect("a record has a field");
        if dialect.trims_carriage() && *last as usize > field_start && self.window[*last as usize - 1] == b'\r' {
            *last -= 1;
        }
        Ok(Some(Record { data: &self.window, start, ends: &self.ends }))
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
            expected: expected.into(),
            remedy: match code {
                Code::LineTooLong => "raise max_record_bytes".into(),
                _ => "quote_char=None reads quotes as text".into(),
            },
            excerpt: Some(Excerpt::around(&self.window, self.options.dialect.terminator, self.next..end)),
            dialect: Some(self.options.dialect.to_string()),
        })
    }
}
