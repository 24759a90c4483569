//! Where the bytes of a field begin and end: between two ends of the index, without what belongs to delimiter, terminator or the
//! blanks around it.

use crate::dialect::Dialect;
use std::ops::Range;

/// The bytes of the field that begins at `start` and whose end is indexed at `end`: without the rest of a longer delimiter, or, as
/// the last one of its record, the CR of its terminator, and without blanks where these are trimmed.
pub fn field(dialect: &Dialect, data: &[u8], start: usize, end: usize, is_last: bool) -> Range<usize> {
    let end = match is_last {
        true => without_carriage(dialect, data, start, end),
        false => end - dialect.delimiter_lead.len(),
    };
    if dialect.trim { trimmed(dialect, data, start, end) } else { start..end }
}

/// Where the text of a record or line that begins at `start` ends: before a CR that belongs to its terminator.
pub fn without_carriage(dialect: &Dialect, data: &[u8], start: usize, end: usize) -> usize {
    let carriage = dialect.trims_carriage() && end > start && data[end - 1] == b'\r';
    if carriage && !dialect.is_escaped(data, start, end - 1) { end - 1 } else { end }
}

/// A field without the blanks around it; an escaped one is text.
fn trimmed(dialect: &Dialect, data: &[u8], mut start: usize, mut end: usize) -> Range<usize> {
    while start < end && dialect.is_blank(data[start]) {
        start += 1;
    }
    while end > start && dialect.is_blank(data[end - 1]) {
        end -= 1;
    }
    // What was taken last may have been escaped.
    let escaped = data.get(end).is_some_and(|&byte| dialect.is_blank(byte)) && dialect.is_escaped(data, start, end);
    start..end + usize::from(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_no_part_of_a_field() {
        let plain = Dialect::default();
        let trims = Dialect { trim: true, escape: Some(b'\\'), ..plain.clone() };
        let long = Dialect { delimiter_lead: (*b"||").into(), delimiter: b'|', ..plain.clone() };
        for (dialect, data, is_last, text) in [
            (&plain, &b" a \r"[..], true, &b" a "[..]),
            (&plain, b" a \r", false, b" a \r"),
            (&trims, b" \t a b\t \r", true, b"a b"),
            (&trims, b" \\ a\\ \t\t", false, b"\\ a\\ "),
            (&trims, b"a\\\\ ", false, b"a\\\\"),
            (&trims, b"a\\\r", true, b"a\\\r"),
            (&trims, b" \t ", false, b""),
            (&long, b"a||", false, b"a"),
        ] {
            let range = field(dialect, data, 0, data.len(), is_last);
            assert_eq!(data[range].escape_ascii().to_string(), text.escape_ascii().to_string());
        }
    }
}
