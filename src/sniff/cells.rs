//! How much a cell looks like one.

use crate::schema::{Look, Seen};
use std::sync::LazyLock;

/// Words that stand for nothing.
const NULLS: [&[u8]; 9] = [b"NA", b"N/A", b"n/a", b"NULL", b"null", b"None", b"nan", b"\\N", b"-"];

/// Dates and times are values here, whether or not the schema is to have them.
static LOOK: LazyLock<Look> = LazyLock::new(|| Look { dates: true, ..Look::default() });

/// What a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing, or a word for it.
    Empty,
    /// A number, a boolean, a date or a time.
    Value,
    /// Text between two quotes.
    Quoted,
    /// Text of letters, digits and common signs.
    Plain,
    /// Text with signs that separate or quote elsewhere.
    Odd,
    /// A quote that opens and does not close where the cell ends, or stands in its middle.
    Broken,
}

impl Kind {
    /// The kind of a field as it stands in the file, without a CR that ends its record.
    pub(super) fn of(raw: &[u8], quote: Option<u8>, escape: Option<u8>) -> Kind {
        if let Some(quote) = quote.filter(|quote| raw.first() == Some(quote)) {
            return if closes_at_end(raw, quote, escape) { Kind::Quoted } else { Kind::Broken };
        }
        let text = raw.trim_ascii();
        if is_null(text) {
            return Kind::Empty;
        }
        if !types(text).is_text() || is_written_number(text) {
            return Kind::Value;
        }
        let odd = |byte: &u8| matches!(byte, b',' | b';' | b'\t' | b'|' | b'"' | b'^' | b'~' | 0x00..=0x1f);
        // A sign within a text is no sign of a wrong cut, one at its edge is.
        let edge = |byte: Option<&u8>| matches!(byte, Some(b'\'' | b':' | b'='));
        if text.iter().any(odd) || edge(text.first()) || edge(text.last()) { Kind::Odd } else { Kind::Plain }
    }

    /// How much a cell of this kind speaks for the dialect that cut it out.
    pub(super) fn weight(self) -> f64 {
        match self {
            Kind::Value | Kind::Quoted => 1.0,
            Kind::Empty => 0.9,
            Kind::Plain => 0.8,
            Kind::Odd => 0.4,
            Kind::Broken => 0.1,
        }
    }
}

/// Whether a text stands for nothing.
pub(super) fn is_null(text: &[u8]) -> bool {
    text.is_empty() || NULLS.contains(&text)
}

/// The types that inference sees in a text.
pub(super) fn types(text: &[u8]) -> Seen {
    let mut seen = Seen::default();
    seen.add(text, &LOOK);
    seen
}

/// Whether a field that begins with the quote ends with the one that closes it.
pub(super) fn closes_at_end(raw: &[u8], quote: u8, escape: Option<u8>) -> bool {
    let mut rest = &raw[1..];
    while let Some(at) = memchr::memchr2(quote, escape.unwrap_or(quote), rest) {
        match rest.get(at + 1) {
            _ if rest[at] != quote => rest = rest.get(at + 2..).unwrap_or_default(),
            None => return true,
            Some(&next) if next == quote => rest = &rest[at + 2..],
            Some(_) => return rest[at + 1..].trim_ascii().is_empty(),
        }
    }
    false
}

/// Whether a text is a number as people write it: `1.234,5`, `12,5`, `$3.50`, `40%`, `1 000`.
fn is_written_number(text: &[u8]) -> bool {
    let text = text.strip_suffix(b"%").unwrap_or(text);
    let text = text.strip_prefix(b"$").or(text.strip_prefix("€".as_bytes())).unwrap_or(text);
    let text = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    let mut groups = text.split(|byte| matches!(byte, b',' | b'.' | b'\'' | b' '));
    let digits = |group: &[u8]| !group.is_empty() && group.iter().all(u8::is_ascii_digit);
    let Some(first) = groups.next().filter(|group| digits(group)) else { return false };
    let rest: Vec<&[u8]> = groups.collect();
    match rest.split_last() {
        None => true,
        Some((last, between)) => {
            digits(last) && (between.is_empty() || first.len() <= 3) && between.iter().all(|group| group.len() == 3)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_of_kinds() {
        for (raw, kind) in [
            (&b""[..], Kind::Empty),
            (b"NA", Kind::Empty),
            (b"12", Kind::Value),
            (b" 1.5 ", Kind::Value),
            (b"1.234,5", Kind::Value),
            (b"12,5", Kind::Value),
            (b"40%", Kind::Value),
            (b"1,2,3", Kind::Odd),
            (b"2024-01-02", Kind::Value),
            (b"12:30:00", Kind::Value),
            (b"true", Kind::Value),
            (b"New York", Kind::Plain),
            (b"O'Brien", Kind::Plain),
            (b"http://example.com/?a=b", Kind::Plain),
            (b"a;b", Kind::Odd),
            (b"'a'", Kind::Odd),
            (b"12\" x", Kind::Odd),
            (b"\"a,b\"", Kind::Quoted),
            (b"\"a\"\"b\"", Kind::Quoted),
            (b"\"a\" ", Kind::Quoted),
            (b"\"a\"b", Kind::Broken),
            (b"\"a", Kind::Broken),
        ] {
            assert_eq!(Kind::of(raw, Some(b'"'), None), kind, "{}", raw.escape_ascii());
        }
        assert_eq!(Kind::of(b"\"a\"", None, None), Kind::Odd);
        assert_eq!(Kind::of(b"'a'", Some(b'\''), None), Kind::Quoted);
        assert_eq!(Kind::of(br#""a\"b""#, Some(b'"'), Some(b'\\')), Kind::Quoted);
        assert_eq!(Kind::of(br#""a\""#, Some(b'"'), Some(b'\\')), Kind::Broken);
    }
}
