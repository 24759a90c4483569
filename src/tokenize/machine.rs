//! The exact machine: what the bytes mean, one record at a time, in any dialect.
//!
//! It is the reference for the fast index and takes over wherever the index cannot vouch for a block. It comes with bytes
//! and the start of a record; it gives the ends of the record's fields. It knows nothing of columns or types.
//!
//! # The grammar
//!
//! A field that begins with the quote is quoted: a doubled quote is one quote, a single one closes the field, and what
//! follows up to the next delimiter or terminator is text that belongs to it. A quote anywhere else is text. RFC 4180 knows
//! only the fields without such stray quotes; what readers make of the others is the behaviour of Python's `csv` and of
//! pyarrow.

use crate::dialect::Dialect;
use memchr::{memchr, memchr2};

/// How far one step of the machine came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A whole record; `next` is the byte after its terminator.
    Record {
        /// Where the next record begins.
        next: usize,
    },
    /// A comment line, up to `next`. Nothing but its end was appended.
    Comment {
        /// Where the next record begins.
        next: usize,
    },
    /// The data end before the record does; the ends of its complete fields were appended.
    Unfinished {
        /// Whether the data end inside a quoted field.
        inside: bool,
    },
}

/// What a walk met that matters later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// A quote byte.
    pub quotes: bool,
    /// A quoted field that is more than its text between two quotes: an escaped quote, or text after the closing quote.
    pub doubled: bool,
    /// The first stray quote: one inside an unquoted field, or the byte that follows a closing quote though it is text.
    pub stray: Option<usize>,
}

/// Walks one record of `data` from its start at `from` and appends the end of each field to `ends`.
pub fn record(dialect: &Dialect, data: &[u8], from: usize, ends: &mut Vec<u32>, met: &mut Met) -> Step {
    if dialect.is_comment(&data[from..]) {
        return match memchr(dialect.terminator, &data[from..]) {
            Some(at) => {
                ends.push((from + at) as u32);
                Step::Comment { next: from + at + 1 }
            }
            None => Step::Unfinished { inside: false },
        };
    }
    let mut at = from;
    loop {
        match field(dialect, data, at, met) {
            Ended::At(end) => {
                ends.push(end as u32);
                at = end + 1;
                if data[end] == dialect.terminator {
                    return Step::Record { next: at };
                }
            }
            Ended::Open { inside } => return Step::Unfinished { inside },
        }
    }
}

/// Appends the place of the first stray quote of every field of the record that begins at `from`.
pub fn strays(dialect: &Dialect, data: &[u8], from: usize, found: &mut Vec<usize>) {
    let mut at = from;
    loop {
        let mut met = Met::default();
        let ended = field(dialect, data, at, &mut met);
        found.extend(met.stray);
        match ended {
            Ended::At(end) if data[end] != dialect.terminator => at = end + 1,
            _ => return,
        }
    }
}

enum Ended {
    /// At a delimiter or terminator.
    At(usize),
    /// Not in these data.
    Open { inside: bool },
}

/// Finds the end of the field that begins at `start`.
fn field(dialect: &Dialect, data: &[u8], start: usize, met: &mut Met) -> Ended {
    let mut at = start;
    let quoted = dialect.quote.is_some() && data.get(start).copied() == dialect.quote;
    if let (true, Some(quote)) = (quoted, dialect.quote) {
        met.quotes = true;
        at += 1;
        loop {
            let Some(found) = memchr(quote, &data[at..]) else { return Ended::Open { inside: true } };
            at += found + 1;
            if data.get(at) != Some(&quote) {
                break;
            }
            met.doubled = true;
            at += 1;
        }
    }
    let Some(found) = memchr2(dialect.delimiter, dialect.terminator, &data[at..]) else {
        note_strays(dialect, data, at, data.len(), quoted, met);
        return Ended::Open { inside: false };
    };
    note_strays(dialect, data, at, at + found, quoted, met);
    Ended::At(at + found)
}

/// Looks at the unquoted bytes `from..to` of a field: all of it, or what follows its closing quote.
fn note_strays(dialect: &Dialect, data: &[u8], from: usize, to: usize, quoted: bool, met: &mut Met) {
    let text = &data[from..to];
    let first = if quoted {
        // A CR that ends the record is part of its terminator.
        let ends_record = to == data.len() || data[to] == dialect.terminator;
        let carriage = dialect.trims_carriage() && ends_record && text == b"\r";
        (!text.is_empty() && !carriage).then_some(from)
    } else {
        dialect.quote.and_then(|quote| memchr(quote, text)).map(|found| from + found)
    };
    if let Some(first) = first {
        met.quotes = true;
        met.doubled |= quoted;
        met.stray.get_or_insert(first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(data: &[u8], dialect: &Dialect) -> (Vec<u32>, Step, Met) {
        let (mut ends, mut met) = (Vec::new(), Met::default());
        let step = record(dialect, data, 0, &mut ends, &mut met);
        (ends, step, met)
    }

    #[test]
    fn records_end_where_their_meaning_says() {
        let plain = Dialect::default();
        for (data, wanted, next) in [
            (&b"a,b\nc"[..], &[1, 3][..], 4),
            (b"\n", &[0], 1),
            (b",\n", &[0, 1], 2),
            (b"\"a,\n\"\"b\",c\nd", &[8, 10], 11),
            (b"12\" x,\"ab\"c,d\n", &[5, 11, 13], 14),
            (b"\"ab\"c\"d,e\"\n", &[7, 10], 11),
            (b"a\r\n", &[2], 3),
        ] {
            let (ends, step, _) = ends(data, &plain);
            assert_eq!(
                (ends.as_slice(), step),
                (wanted, Step::Record { next }),
                "{:?}",
                data.escape_ascii().to_string()
            );
        }
        assert_eq!(ends(b"a,b", &plain).1, Step::Unfinished { inside: false });
        assert_eq!(ends(b"a,\"b", &plain).1, Step::Unfinished { inside: true });
        assert_eq!(ends(b"a,\"b\"", &plain).1, Step::Unfinished { inside: false });
    }

    #[test]
    fn strays_are_noted() {
        let plain = Dialect::default();
        for (data, stray, doubled) in [
            (&b"12\" x,b\n"[..], Some(2), false),
            (b"\"ab\"c,d\n", Some(4), true),
            (b"\"ab\"\r\n", None, false),
            (b"\"ab\"\r", None, false),
            (b"\"ab\"\r,c\n", Some(4), true),
            (b"\"a\"\"b\"\n", None, true),
        ] {
            let met = ends(data, &plain).2;
            assert_eq!((met.stray, met.doubled), (stray, doubled), "{:?}", data.escape_ascii().to_string());
        }
    }

    #[test]
    fn every_field_with_a_stray_is_told() {
        let mut found = Vec::new();
        strays(&Dialect::default(), b"12\" x\",\"ab\"c,d,\"e\"\"\",f\"\ng\"", 0, &mut found);
        assert_eq!(found, [2, 11, 22]);
    }

    #[test]
    fn comments_are_no_records() {
        let hash = Dialect { comment: Some((*b"//").into()), ..Dialect::default() };
        assert_eq!(ends(b"//a,\"b\nc", &hash), (vec![6], Step::Comment { next: 7 }, Met::default()));
        assert_eq!(ends(b"/a,b\n", &hash).1, Step::Record { next: 5 });
        let none = Dialect { quote: None, ..Dialect::default() };
        assert_eq!(ends(b"\"a,b\n", &none).0, [2, 4]);
    }
}
