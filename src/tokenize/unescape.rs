//! A raw quoted field in, its text out.
//!
//! The meaning is the lenient one, so that no byte is lost: inside the quotes `""` is one quote; a quote that is
//! not followed by a quote closes the field, and what stands after it is text as it is; a field that is never
//! closed is text to its end. Where the field lies, and whether strict reading refuses it, is not known here.

/// The text of `raw`, any field: what stands behind an `escape` is text as it is, and the escape goes, unless it is the last byte.
///
/// ```
/// use fast_csv::tokenize::unescape::text;
///
/// let mut scratch = Vec::new();
/// assert_eq!(text(br#""ab""#, Some(b'"'), None, &mut scratch), b"ab");
/// assert_eq!(text(br#"a\,b\n"#, Some(b'"'), Some(b'\\'), &mut scratch), b"a,bn");
/// assert_eq!(text(br#""a\"b""c""#, Some(b'"'), Some(b'\\'), &mut scratch), br#"a"b"c"#);
/// ```
pub fn text<'a>(raw: &'a [u8], quote: Option<u8>, escape: Option<u8>, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let quote = quote.filter(|quote| raw.first() == Some(quote));
    match (escape, quote) {
        (Some(escape), _) if memchr::memchr(escape, raw).is_some() => unescape_by_both(raw, quote, escape, scratch),
        (_, Some(quote)) => unescape(raw, quote, scratch),
        (_, None) => raw,
    }
}

/// The text of a field that holds an escape; `quote` is there where the field begins with it.
fn unescape_by_both<'a>(raw: &[u8], quote: Option<u8>, escape: u8, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    scratch.clear();
    let mut open = quote.is_some();
    let mut bytes = raw[usize::from(open)..].iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == escape {
            scratch.push(bytes.next().unwrap_or(escape));
        } else if open && Some(byte) == quote {
            match bytes.next_if_eq(&byte) {
                Some(quote) => scratch.push(quote),
                None => open = false,
            }
        } else {
            scratch.push(byte);
        }
    }
    scratch
}

/// The text of `raw`, a field that starts with `quote` (any other field is its own text).
///
/// Borrows from `raw` where the text is one piece of it, else writes into `scratch`, which is cleared first.
///
/// ```
/// use fast_csv::tokenize::unescape::unescape;
///
/// let mut scratch = Vec::new();
/// assert_eq!(unescape(br#""ab""#, b'"', &mut scratch), b"ab");
/// assert_eq!(unescape(br#""a""b""#, b'"', &mut scratch), br#"a"b"#);
/// assert_eq!(unescape(br#""ab"c"d""#, b'"', &mut scratch), br#"abc"d""#);
/// assert_eq!(unescape(br#""ab"#, b'"', &mut scratch), b"ab");
/// ```
pub fn unescape<'a>(raw: &'a [u8], quote: u8, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let Some((&first, body)) = raw.split_first() else {
        return raw;
    };
    if first != quote {
        return raw;
    }
    let Some(at) = memchr::memchr(quote, body) else {
        return body;
    };
    if at + 1 == body.len() {
        return &body[..at];
    }
    scratch.clear();
    let mut rest = body;
    while let Some(at) = memchr::memchr(quote, rest) {
        scratch.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if rest.first() != Some(&quote) {
            break;
        }
        scratch.push(quote);
        rest = &rest[1..];
    }
    scratch.extend_from_slice(rest);
    scratch
}

#[cfg(test)]
mod tests {
    use super::unescape;

    /// The same meaning, one byte at a time.
    fn by_bytes(raw: &[u8], quote: u8) -> Vec<u8> {
        let (mut text, mut closed, mut at) = (Vec::new(), false, 1);
        while at < raw.len() {
            if raw[at] != quote || closed {
                text.push(raw[at]);
            } else if raw.get(at + 1) == Some(&quote) {
                text.push(quote);
                at += 1;
            } else {
                closed = true;
            }
            at += 1;
        }
        text
    }

    #[test]
    fn table() {
        let cases: [(&str, &str); 14] = [
            ("", ""),
            ("ab", "ab"),
            ("'", ""),
            ("''", ""),
            ("'''", "'"),
            ("''''", "'"),
            ("'a'", "a"),
            ("'a", "a"),
            ("'a''", "a'"),
            ("'a''b'", "a'b"),
            ("'a'b", "ab"),
            ("'a'b'c'", "ab'c'"),
            ("'ab'c'd", "abc'd"),
            ("'a''b'c''d'", "a'bc''d'"),
        ];
        let mut scratch = vec![b'x'];
        for (raw, text) in cases {
            assert_eq!(unescape(raw.as_bytes(), b'\'', &mut scratch), text.as_bytes(), "{raw}");
        }
    }

    #[test]
    fn agrees_with_a_byte_at_a_time_on_every_short_field() {
        let mut scratch = Vec::new();
        for length in 0..=10 {
            for bits in 0..1_u32 << length {
                let mut raw = vec![b'"'];
                raw.extend((0..length).map(|bit| if bits >> bit & 1 == 1 { b'"' } else { b'a' }));
                assert_eq!(unescape(&raw, b'"', &mut scratch), by_bytes(&raw, b'"'), "{raw:?}");
            }
        }
    }
}
