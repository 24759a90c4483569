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
//!
//! An escape makes the byte behind it text, inside quotes and outside, and is no part of the text itself. Where blanks are
//! trimmed, a quote behind the blanks at the start of a field opens it, and blanks behind its closing quote are no text.

use crate::dialect::Dialect;
use memchr::{memchr2, memchr3};

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
    /// An escape.
    pub escapes: bool,
    /// A blank at the edge of a field, where these are trimmed.
    pub blanks: bool,
}

/// Walks one record of `data` from its start at `from` and appends the end of each field to `ends`.
pub fn record(dialect: &Dialect, data: &[u8], from: usize, ends: &mut impl Extend<u32>, met: &mut Met) -> Step {
    if dialect.is_comment(&data[from..]) {
        return match dialect.line(&data[from..], false) {
            Some(length) => {
                ends.extend([(from + length - 1) as u32]);
                Step::Comment { next: from + length }
            }
            None => Step::Unfinished { inside: false },
        };
    }
    let mut at = from;
    loop {
        match field(dialect, data, at, met) {
            Ended::At(end) => {
                ends.extend([end as u32]);
                at = end + 1;
                if dialect.is_terminator(data[end]) {
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
            Ended::At(end) if !dialect.is_terminator(data[end]) => at = end + 1,
            _ => return,
        }
    }
}

enum Ended {
    /// At a terminator or the last byte of a delimiter.
    At(usize),
    /// Not in these data.
    Open { inside: bool },
}

/// Finds the end of the field that begins at `start`.
fn field(dialect: &Dialect, data: &[u8], start: usize, met: &mut Met) -> Ended {
    let is_blank = |at: usize| data.get(at).is_some_and(|&byte| dialect.is_blank(byte));
    let opening = if dialect.trim { (start..).find(|&at| !is_blank(at)).unwrap_or(start) } else { start };
    met.blanks |= opening > start;
    let quoted = dialect.quote.is_some() && data.get(opening).copied() == dialect.quote;
    let mut at = start;
    if let (true, Some(quote)) = (quoted, dialect.quote) {
        met.quotes = true;
        match behind_quotes(dialect, quote, data, opening + 1, met) {
            Some(behind) => at = behind,
            None => return Ended::Open { inside: true },
        }
    }
    let found = end(dialect, data, at, met);
    let text_end = match found {
        Some(end) if dialect.is_terminator(data[end]) => end,
        Some(end) => end - dialect.delimiter_lead.len(),
        None => data.len(),
    };
    note_strays(dialect, data, at, text_end, quoted, met);
    if dialect.trim && text_end > start {
        let carriage = dialect.trims_carriage() && data[text_end - 1] == b'\r' && text_end > start + 1;
        met.blanks |= is_blank(text_end - 1 - usize::from(carriage));
    }
    found.map_or(Ended::Open { inside: false }, Ended::At)
}

/// The byte behind the quote that closes a field, whose text begins at `at`.
fn behind_quotes(dialect: &Dialect, quote: u8, data: &[u8], mut at: usize, met: &mut Met) -> Option<usize> {
    loop {
        at += memchr2(quote, dialect.escape.unwrap_or(quote), data.get(at..)?)?;
        if data[at] != quote {
            met.escapes = true;
            at += 2;
            continue;
        }
        at += 1;
        if data.get(at) != Some(&quote) {
            return Some(at);
        }
        met.doubled = true;
        at += 1;
    }
}

/// The end of the unquoted text that goes on at `from`: a terminator or the last byte of a delimiter.
fn end(dialect: &Dialect, data: &[u8], from: usize, met: &mut Met) -> Option<usize> {
    let Dialect { delimiter, delimiter_lead: lead, terminator, escape, lone_carriage, .. } = dialect;
    let first = *lead.first().unwrap_or(delimiter);
    let other = escape.unwrap_or(if *lone_carriage { b'\r' } else { *terminator });
    let mut at = from;
    loop {
        at += match (escape.is_some(), *lone_carriage) {
            (false, false) => memchr2(first, *terminator, &data[at..])?,
            (true, false) | (false, true) => memchr3(first, *terminator, other, data.get(at..)?)?,
            // Four different bytes are more than one search takes.
            (true, true) => data.get(at..)?.iter().position(|byte| [first, b'\n', b'\r', other].contains(byte))?,
        };
        let byte = data[at];
        if byte == *terminator {
            return Some(at);
        }
        if byte == first
            && (lead.is_empty() || data[at..].starts_with(lead) && data.get(at + lead.len()) == Some(delimiter))
        {
            return Some(at + lead.len());
        }
        if Some(byte) == *escape {
            met.escapes = true;
            at += 1;
        } else if *lone_carriage && byte == b'\r' && *data.get(at + 1)? != b'\n' {
            return Some(at);
        }
        at += 1;
    }
}

/// Looks at the unquoted bytes `from..to` of a field: all of it, or what follows its closing quote.
fn note_strays(dialect: &Dialect, data: &[u8], from: usize, to: usize, quoted: bool, met: &mut Met) {
    let first = if quoted {
        // A CR that ends the record is part of its terminator.
        let ends_record = to == data.len() || dialect.is_terminator(data[to]);
        let carriage = dialect.trims_carriage() && ends_record && data[from..to].ends_with(b"\r");
        let carriage = carriage && !dialect.is_escaped(data, from, to - 1);
        let text_end = to - usize::from(carriage);
        met.blanks |= data[from..text_end].iter().any(|&byte| dialect.is_blank(byte));
        (from..text_end).find(|&at| !dialect.is_blank(data[at]))
    } else {
        dialect.quote.and_then(|quote| unescaped(dialect, quote, &data[from..to])).map(|found| from + found)
    };
    if let Some(first) = first {
        met.quotes = true;
        met.doubled |= quoted;
        met.stray.get_or_insert(first);
    }
}

/// The first such byte in a text that is not escaped.
fn unescaped(dialect: &Dialect, byte: u8, text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(byte, dialect.escape.unwrap_or(byte), text.get(at..)?)?;
        if text[at] == byte {
            return Some(at);
        }
        at += 2;
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
