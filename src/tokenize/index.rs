//! The field index of a window: where every field of every whole record ends.
//!
//! A window is a stretch of bytes that begins with a record. The scan indexes it at memory speed; where its check of the
//! quotes fails, or a comment may begin, the machine reads on from the last record end and the scan resumes behind it. What
//! comes out is exact either way.

use super::edges;
use super::machine::{self, Met, Step};
use crate::dialect::Dialect;
use crate::scan::{Backend, Ends, Marks, Stop};
use std::ops::Range;

/// The bytes that the machine reads before the scan is tried again.
const STRETCH: usize = 64;
/// The most such bytes: where checks keep failing, the machine keeps its lead for longer.
const LONGEST_STRETCH: usize = 16 * 1024;

/// The whole records of a window.
#[derive(Debug, Default)]
pub struct Index {
    /// The end before the first record (its start - 1, wrapping), then the end of every field. The last field of a record
    /// ends at its terminator, or at the end of the data where the last record has none.
    pub ends: Ends,
    /// The record ends in `ends`, those of comments included.
    pub records: usize,
    /// Places in `ends` of comment lines.
    pub comments: Vec<u32>,
    /// What the quotes were like.
    pub met: Met,
    /// Whether a CR may stand before a record end.
    pub carriage: bool,
    /// Where the first byte that is in no indexed record lies.
    pub next: usize,
    /// What follows the last indexed record.
    pub tail: Tail,
}

/// What a window holds behind its last whole record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tail {
    /// Nothing, or records that belong to another.
    #[default]
    Done,
    /// The beginning of a record that the window does not hold whole.
    Unfinished {
        /// Whether the window ends inside a quoted field.
        inside: bool,
    },
}

/// The part of a window that is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Where the first record begins.
    pub from: usize,
    /// Records that begin here or later are left out.
    pub until: usize,
    /// Whether the input ends with these data, so that the last record needs no terminator.
    pub last: bool,
}

impl Index {
    /// Indexes `data` anew.
    pub fn build(&mut self, dialect: &Dialect, backend: Backend, data: &[u8], extent: Extent) {
        self.ends.clear();
        self.comments.clear();
        self.records = 0;
        self.met = Met::default();
        self.carriage = false;
        self.ends.push((extent.from as u32).wrapping_sub(1));
        let inside = self.walk(dialect, backend, data, extent);
        self.close(dialect, data, extent, inside);
    }

    /// Appends field ends up to the end of the data; says whether they end inside quotes.
    fn walk(&mut self, dialect: &Dialect, backend: Backend, data: &[u8], extent: Extent) -> bool {
        let mut at = extent.from;
        if !dialect.delimiter_lead.is_empty() {
            return self.by_machine(dialect, data, data.len()).err().unwrap_or(false);
        }
        let marks = marks(dialect);
        let mut stretch = STRETCH;
        while at < data.len() {
            let found = backend.index(&marks, data, at, &mut self.ends);
            self.records += found.records;
            self.met.quotes |= found.quotes;
            self.met.doubled |= found.doubled;
            self.met.escapes |= found.escapes;
            self.met.blanks |= found.blanks;
            self.carriage |= found.carriage && dialect.trims_carriage();
            let failed = match found.stop {
                Stop::End { inside } => return inside,
                Stop::Check { at } => at,
            };
            stretch = if failed - at < 4 * stretch { (stretch * 2).min(LONGEST_STRETCH) } else { STRETCH };
            self.back_to_record_end(dialect, data);
            at = match self.by_machine(dialect, data, failed + stretch) {
                Ok(next) => next,
                Err(inside) => return inside,
            };
        }
        false
    }

    /// Forgets the fields of an unfinished record.
    fn back_to_record_end(&mut self, dialect: &Dialect, data: &[u8]) {
        while self.ends.len() > 1 && self.ends.last().is_some_and(|&end| !dialect.is_terminator(data[end as usize])) {
            self.ends.pop();
        }
    }

    /// Reads whole records by the machine until one ends at or behind `goal`; the error says whether the data end inside
    /// quotes.
    fn by_machine(&mut self, dialect: &Dialect, data: &[u8], goal: usize) -> Result<usize, bool> {
        let mut at = self.ends.last().map_or(0, |end| end.wrapping_add(1)) as usize;
        while at < goal {
            if at == data.len() {
                return Err(false);
            }
            match machine::record(dialect, data, at, &mut self.ends, &mut self.met) {
                Step::Record { next } => at = next,
                Step::Comment { next } => {
                    self.comments.push(self.ends.len() as u32 - 1);
                    at = next;
                }
                Step::Unfinished { inside } => return Err(inside),
            }
            self.records += 1;
            self.carriage |= dialect.trims_carriage();
        }
        Ok(at)
    }

    /// Leaves whole records that begin before `extent.until`, and says what follows.
    fn close(&mut self, dialect: &Dialect, data: &[u8], extent: Extent, inside: bool) {
        let is_record_end = |end| is_record_end(dialect, data, end);
        // The first record end that makes the next record begin at or behind `until`.
        let bound = self.ends[1..].partition_point(|&end| (end as usize) + 1 < extent.until) + 1;
        if let Some(more) = self.ends[bound..].iter().position(|&end| is_record_end(end)) {
            let cut = bound + more + 1;
            self.records -= self.ends[cut..].iter().filter(|&&end| is_record_end(end)).count();
            self.ends.truncate(cut);
            self.comments.retain(|&at| (at as usize) <= bound + more);
            self.next = self.ends[bound + more] as usize + 1;
            self.tail = Tail::Done;
            return;
        }
        let record_ends = self.ends.iter().skip(1).rposition(|&end| is_record_end(end)).map_or(1, |at| at + 2);
        let next = self.ends[record_ends - 1].wrapping_add(1) as usize;
        if next >= data.len() || next >= extent.until {
            self.next = next;
            self.tail = Tail::Done;
        } else if extent.last && !inside {
            self.end_with_data(dialect, data, next, record_ends);
        } else {
            self.ends.truncate(record_ends);
            self.next = next;
            self.tail = Tail::Unfinished { inside };
        }
    }

    /// Ends the last record of the input, which has no terminator, with the data.
    fn end_with_data(&mut self, dialect: &Dialect, data: &[u8], start: usize, record_ends: usize) {
        if dialect.is_comment(&data[start..]) {
            self.ends.truncate(record_ends);
            self.comments.push(record_ends as u32);
        } else if data.last() == Some(&b'\r') {
            self.carriage |= dialect.trims_carriage();
        }
        self.met.blanks |= dialect.trim;
        self.ends.push(data.len() as u32);
        self.records += 1;
        self.next = data.len();
        self.tail = Tail::Done;
    }

    /// Cuts the index before its first record longer than `longest` bytes, and gives that record's start.
    pub fn cut_before_longer(&mut self, dialect: &Dialect, data: &[u8], longest: usize) -> Option<usize> {
        let (mut start, mut first) = (self.ends[0].wrapping_add(1) as usize, 1);
        for place in 1..self.ends.len() {
            if !is_record_end(dialect, data, self.ends[place]) {
                continue;
            }
            let end = self.ends[place] as usize;
            if end - start > longest {
                self.cut(dialect, data, first);
                return Some(start);
            }
            (start, first) = (end + 1, place + 1);
        }
        None
    }

    /// Cuts the index behind its first `records` records, which are fewer than it has.
    pub fn cut_behind(&mut self, dialect: &Dialect, data: &[u8], records: usize) {
        let cut = self.records(dialect, data).take(records).last().map_or(1, |last| last.end);
        self.cut(dialect, data, cut);
    }

    /// Leaves the first `places` of the ends, which are those of whole records.
    fn cut(&mut self, dialect: &Dialect, data: &[u8], places: usize) {
        self.records -= self.ends[places..].iter().filter(|&&end| is_record_end(dialect, data, end)).count();
        self.ends.truncate(places);
        self.comments.retain(|&at| (at as usize) < places);
        self.next = self.ends[places - 1].wrapping_add(1) as usize;
    }

    /// The records, comments left out, each as the places in `ends` of its fields' ends.
    pub fn records<'a>(&'a self, dialect: &'a Dialect, data: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        let mut comments = self.comments.iter().peekable();
        let mut first = 1;
        (1..self.ends.len()).filter_map(move |place| {
            if comments.next_if(|&&comment| comment as usize == place).is_some() {
                first = place + 1;
                return None;
            }
            if !is_record_end(dialect, data, self.ends[place]) {
                return None;
            }
            let record = first..place + 1;
            first = place + 1;
            Some(record)
        })
    }

    /// Where the field begins that ends at `place`.
    pub fn start(&self, place: usize) -> usize {
        self.ends[place - 1].wrapping_add(1) as usize
    }

    /// The bytes of the field that ends at `place`, a CR before the record end and blanks included.
    pub fn field(&self, dialect: &Dialect, data: &[u8], place: usize) -> Range<usize> {
        let is_last = is_record_end(dialect, data, self.ends[place]);
        let lead = if is_last { 0 } else { dialect.delimiter_lead.len() };
        self.start(place)..self.ends[place] as usize - lead
    }

    /// The bytes of the record that holds byte `at`, without its terminator and the CR that belongs to that.
    pub fn record_around(&self, dialect: &Dialect, data: &[u8], at: usize) -> Range<usize> {
        let is_end = |&end: &u32| is_record_end(dialect, data, end);
        let place = self.ends[1..].partition_point(|&end| (end as usize) < at) + 1;
        let start = self.ends[1..place].iter().rev().find(|end| is_end(end)).unwrap_or(&self.ends[0]);
        let end = self.ends[place..].iter().find(|end| is_end(end)).map_or(data.len(), |&end| end as usize);
        let start = start.wrapping_add(1) as usize;
        start..edges::without_carriage(dialect, data, start, end)
    }

    /// Whether every record has `columns` fields, and none is a comment.
    pub fn is_regular(&self, dialect: &Dialect, data: &[u8], columns: usize) -> bool {
        // Where there are as many record ends as rows and every `columns`-th end is one, no other end is.
        self.comments.is_empty()
            && self.ends.len() - 1 == self.records * columns
            && self.ends[1..].chunks_exact(columns).all(|record| is_record_end(dialect, data, record[columns - 1]))
    }

    /// Whether a field is all that lies between two ends, but for a CR before a record end.
    pub fn is_bare(&self, dialect: &Dialect) -> bool {
        // A CR may be escaped.
        dialect.delimiter_lead.is_empty() && !self.met.blanks && !(self.met.escapes && self.carriage)
    }

    /// The number of lines that the indexed bytes hold: terminators, quoted and escaped ones included.
    pub fn lines(&self, dialect: &Dialect, data: &[u8]) -> u64 {
        // Without quotes and escapes every line is a record or a comment.
        match self.met.quotes || self.met.escapes {
            true => dialect.count_lines(&data[..self.next]),
            false => self.records as u64,
        }
    }
}

/// The bytes of a dialect that a scan looks for.
pub fn marks(dialect: &Dialect) -> Marks {
    Marks {
        delimiter: dialect.delimiter,
        quote: dialect.quote,
        terminator: dialect.terminator,
        comment: dialect.comment.as_deref().map(|prefix| prefix[0]),
        escape: dialect.escape,
        lone_carriage: dialect.lone_carriage,
        blanks: dialect.trim,
    }
}

/// Whether the field that ends at `end` is the last of its record: the terminator stands there, or the data end.
#[inline(always)]
pub fn is_record_end(dialect: &Dialect, data: &[u8], end: u32) -> bool {
    data.get(end as usize).is_none_or(|&byte| dialect.is_terminator(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(data: &[u8], dialect: &Dialect, extent: Extent) -> Vec<Index> {
        Backend::available()
            .into_iter()
            .map(|backend| {
                let mut index = Index::default();
                index.build(dialect, backend, data, extent);
                index
            })
            .collect()
    }

    #[test]
    fn only_whole_records_count_unless_the_input_ends() {
        let plain = Dialect::default();
        for (data, until, last, ends, next, tail) in [
            (&b"a,b\nc,d\ne"[..], 99, false, &[u32::MAX, 1, 3, 5, 7][..], 8, Tail::Unfinished { inside: false }),
            (b"a,b\nc,d\ne", 99, true, &[u32::MAX, 1, 3, 5, 7, 9], 9, Tail::Done),
            (b"a,b\nc,d\ne", 4, true, &[u32::MAX, 1, 3], 4, Tail::Done),
            (b"a,b\nc,d\ne", 5, true, &[u32::MAX, 1, 3, 5, 7], 8, Tail::Done),
            (b"a,\"b\nc", 99, true, &[u32::MAX], 0, Tail::Unfinished { inside: true }),
            (b"a,b\"\n\"x\"y,\n", 99, false, &[u32::MAX, 1, 4, 9, 10], 11, Tail::Done),
            (b"a,", 99, true, &[u32::MAX, 1, 2], 2, Tail::Done),
            (b"", 99, true, &[u32::MAX], 0, Tail::Done),
        ] {
            for index in built(data, &plain, Extent { from: 0, until, last }) {
                let shown = data.escape_ascii().to_string();
                assert_eq!((&*index.ends, index.next, index.tail), (ends, next, tail), "{shown}");
            }
        }
    }

    #[test]
    fn comments_are_listed_by_their_place() {
        let hash = Dialect { comment: Some((*b"#").into()), ..Dialect::default() };
        for index in built(b"#\"\na,b\n# x,y\nc\n#", &hash, Extent { from: 0, until: 99, last: true }) {
            assert_eq!(*index.ends, [u32::MAX, 2, 4, 6, 12, 14, 16]);
            assert_eq!(index.comments, [1, 4, 6]);
        }
    }

    #[test]
    fn strays_far_apart_and_close_together_give_the_machines_answer() {
        let plain = Dialect::default();
        for every in [1, 2, 3, 7, 50, 400] {
            let mut data = Vec::new();
            for row in 0..2_000 {
                let text: &[u8] = if row % every == 0 { b"12\" x,\"a\nb\"\n" } else { b"3,\"c, \"\"d\"\"\"\n" };
                data.extend_from_slice(text);
            }
            let (mut exact, mut met, mut at) = (vec![u32::MAX], Met::default(), 0);
            while let Step::Record { next } = machine::record(&plain, &data, at, &mut exact, &mut met) {
                at = next;
                if at == data.len() {
                    break;
                }
            }
            for index in built(&data, &plain, Extent { from: 0, until: usize::MAX, last: true }) {
                assert_eq!(*index.ends, exact, "a stray every {every} records");
            }
        }
    }
}
