//! Record-safe cuts of a byte range, for parallel and for distributed readers.
//!
//! A reader that starts in the middle of a file must find the start of a record without reading what lies before. Whether
//! the middle lies inside quotes cannot be known, only judged; this module judges by the quotes that follow. Whoever uses a
//! guess verifies it: the reader of the bytes before ends exactly where the next record begins, and a guess that differs is
//! read again. A wrong guess costs time and never a row.

use crate::dialect::Dialect;
use memchr::memchr_iter;

/// Guesses where the first record that begins at or behind `from` begins. `data[from - 1]` must be there; `None` where these
/// data hold no record end.
///
/// Both assumptions, that `from - 1` lies outside quotes and that it lies inside, are followed through the data until one of
/// them meets a quote that could not stand where it stands. Where neither does, outside it is.
pub fn guess_record_start(dialect: &Dialect, data: &[u8], from: usize) -> Option<usize> {
    debug_assert!(from > 0 && from <= data.len());
    let first = from - 1;
    let mut inside = dialect.quote.is_some_and(|quote| begins_inside(dialect, quote, data, first));
    let mut from = first;
    loop {
        let to = from + dialect.line(&data[from..], false)?;
        // Without a line end, the first byte of which is all that an escape covers.
        let half = dialect.lone_carriage && data[from..to].ends_with(b"\r\n");
        let end = to - 1 - usize::from(half);
        if let Some(quote) = dialect.quote {
            inside ^= quotes(dialect, quote, &data[from..end]).count() % 2 == 1;
        }
        if !inside && (half || !dialect.is_escaped(data, first, end)) {
            return Some(to);
        }
        from = to;
    }
}

/// The places of quotes that are not escaped.
fn quotes<'a>(dialect: &'a Dialect, quote: u8, data: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    memchr_iter(quote, data).filter(move |&at| !dialect.is_escaped(data, 0, at))
}

/// Judges whether `data[first]` lies inside quotes.
fn begins_inside(dialect: &Dialect, quote: u8, data: &[u8], first: usize) -> bool {
    let starts_delimiter = *dialect.delimiter_lead.first().unwrap_or(&dialect.delimiter);
    let ends_field = |byte: u8| byte == dialect.delimiter || dialect.is_terminator(byte);
    let follows = |byte: u8| byte == starts_delimiter || dialect.is_terminator(byte) || dialect.is_blank(byte);
    let (mut outside_holds, mut inside_holds) = (true, true);
    let mut opens = true;
    for at in quotes(dialect, quote, &data[first..]) {
        let at = first + at;
        let before = at.checked_sub(1).map(|before| data[before]);
        let may_open = before.is_none_or(|byte| ends_field(byte) || byte == quote || dialect.is_blank(byte));
        let may_close = data.get(at + 1).is_none_or(|&byte| follows(byte) || byte == quote || byte == b'\r');
        // The assumption `outside` takes the first quote for an opener, the third, and so on; `inside` the others.
        if opens {
            outside_holds &= may_open;
            inside_holds &= may_close;
        } else {
            outside_holds &= may_close;
            inside_holds &= may_open;
        }
        match (outside_holds, inside_holds) {
            (true, true) => opens = !opens,
            (false, true) => return true,
            (true, false) | (false, false) => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_tell_on_which_side_they_stand() {
        let plain = Dialect::default();
        let data = b"1,\"one\ntwo\",x\n2,\"three\",y\n";
        for (from, start) in [(1, 14), (5, 14), (7, 14), (12, 14), (14, 14), (15, 26), (17, 26)] {
            assert_eq!(guess_record_start(&plain, data, from), Some(start), "from {from}");
        }
        assert_eq!(guess_record_start(&plain, b"abc", 1), None);
        assert_eq!(guess_record_start(&Dialect { quote: None, ..plain }, data, 5), Some(7));
    }
}
