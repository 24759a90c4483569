//! The last records of a source, where these are none of its rows.
//!
//! In: places at which records begin, in order. Out: how many records follow each, as far as that matters. A record is what it is to
//! a task: a line on which a quote opens that never closes, or on which a record begins that is too long, is one by itself, and
//! comments are none. What the records hold is not known here.
//!
//! A task asks before it takes a record. It looks ahead by as many records as the footer has, and nobody has to know beforehand
//! where a source ends: the answer is the same for files and streams, whatever their pieces, and what is kept of it is one number
//! a record of the footer.

use super::options::Options;
use crate::error::{ErrorKind, Result};
use crate::source::Input;
use crate::tokenize::index::{Extent, Index, Tail};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The bytes that are looked at together.
const WINDOW: usize = 16 * 1024;
/// How long it is waited for bytes of a stream before it is asked whether anyone still wants them.
const PATIENCE: Duration = Duration::from_millis(20);

/// What stands behind the records of a window.
pub(super) enum Behind {
    /// Nothing, or what the next window begins with.
    Next,
    /// The record is longer than the window.
    Longer,
    /// The first record has no end.
    Unclosed,
    /// The first record is longer than records may be.
    TooLong,
}

/// Judges what the index left of a window; a record that is too long is cut off the index, and all behind it.
pub(super) fn behind(options: &Options, index: &mut Index, data: &[u8], last: bool) -> Behind {
    let longest = options.max_record_bytes;
    if index.next > longest {
        match index.cut_before_longer(&options.dialect, data, longest) {
            Some(0) => return Behind::TooLong,
            Some(_) => return Behind::Next,
            None => {}
        }
    }
    match index.tail {
        Tail::Unfinished { .. } if index.next > 0 => Behind::Next,
        Tail::Unfinished { .. } if data.len() > longest => Behind::TooLong,
        Tail::Unfinished { .. } if !last => Behind::Longer,
        Tail::Unfinished { .. } => Behind::Unclosed,
        Tail::Done => Behind::Next,
    }
}

/// Looks ahead in a source.
pub(super) struct Ahead<'a> {
    options: &'a Options,
    input: &'a Input,
    cancelled: Option<&'a AtomicBool>,
    /// Where the records begin that have been seen, from the place on that was asked about last.
    starts: VecDeque<u64>,
    /// How far it has looked.
    at: u64,
    /// Whether the rest of a line there is to be passed over.
    drops: bool,
    index: Index,
    buffer: Vec<u8>,
}

impl<'a> Ahead<'a> {
    /// Looks ahead for a footer, if there is one.
    pub(super) fn new(options: &'a Options, input: &'a Input, cancelled: Option<&'a AtomicBool>) -> Option<Ahead<'a>> {
        (options.skip_footer > 0).then(|| Ahead {
            options,
            input,
            cancelled,
            starts: VecDeque::new(),
            at: 0,
            drops: false,
            index: Index::default(),
            buffer: Vec::new(),
        })
    }

    /// How many of `records` that end at `end`, where another one may begin, come before the footer. Places are asked about in order.
    pub(super) fn rows(&mut self, records: usize, end: u64) -> Result<usize> {
        let footer = self.options.skip_footer;
        let following = self.following(end, footer)?;
        Ok(records.saturating_sub(footer - following))
    }

    /// Whether the record that begins at `place` belongs to the footer.
    pub(super) fn is_footer(&mut self, place: u64) -> Result<bool> {
        let footer = self.options.skip_footer;
        Ok(self.following(place, footer.saturating_add(1))? <= footer)
    }

    /// The records that begin at `place` or behind it, counted up to `most`.
    fn following(&mut self, place: u64, most: usize) -> Result<usize> {
        while self.starts.front().is_some_and(|&start| start < place) {
            self.starts.pop_front();
        }
        if self.at < place {
            (self.at, self.drops) = (place, false);
        }
        let mut length = WINDOW;
        while self.starts.len() < most && self.at < self.input.len() {
            length = if self.look(length)? { WINDOW } else { length.saturating_mul(2) };
        }
        Ok(self.starts.len().min(most))
    }

    /// Looks at the next window; says whether that brought anything.
    fn look(&mut self, length: usize) -> Result<bool> {
        let (options, input) = (self.options, self.input);
        while !input.wait_for(self.at.saturating_add(length as u64), PATIENCE) {
            if self.cancelled.is_some_and(|cancelled| cancelled.load(Ordering::Relaxed)) {
                return Err(ErrorKind::Cancelled.into());
            }
        }
        let data = input.window(self.at, length, &mut self.buffer)?;
        let last = self.at + data.len() as u64 == input.len();
        if self.drops {
            let line = options.dialect.line(data, last);
            self.drops = line.is_none() && !last;
            let half = self.drops && options.dialect.lone_carriage && data.ends_with(b"\r");
            let passed = line.unwrap_or(data.len() - usize::from(half));
            self.at += passed as u64;
            return Ok(passed > 0);
        }
        let extent = Extent { from: 0, until: data.len(), last };
        self.index.build(&options.dialect, options.backend, data, extent);
        match behind(options, &mut self.index, data, last) {
            Behind::Longer => return Ok(false),
            Behind::Unclosed | Behind::TooLong => {
                self.starts.push_back(self.at);
                self.drops = true;
            }
            Behind::Next => {
                let records = self.index.records(&options.dialect, data);
                self.starts.extend(records.map(|places| self.at + self.index.start(places.start) as u64));
                self.at += self.index.next as u64;
            }
        }
        Ok(true)
    }
}
