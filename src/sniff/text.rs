//! What a file's bytes are as text: its encoding, and how its lines end.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

/// An encoding, and where it is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its name in the WHATWG standard.
    pub encoding: &'static str,
    /// Whether it is a guess: nothing in the bytes says so, they are only likelier in it than in others.
    pub guessed: bool,
}

const UTF8: Text = Text { encoding: "UTF-8", guessed: false };

/// The share of zero bytes in one half of UTF-16 text that is mostly ASCII; the other half has none.
const ZEROS: f64 = 0.4;

/// Judges the encoding of a file from its head (`whole` where the file ends with it), and stretches that begin and end anywhere.
///
/// A byte order mark says it; so do zeros in every second byte; text that is UTF-8 throughout is taken for that. Anything else is
/// a guess by the frequencies of letters ([`chardetng`]).
pub fn text(head: &[u8], whole: bool, points: &[&[u8]]) -> Text {
    match head {
        [0xef, 0xbb, 0xbf, ..] => return UTF8,
        [0xff, 0xfe, ..] => return Text { encoding: "UTF-16LE", guessed: false },
        [0xfe, 0xff, ..] => return Text { encoding: "UTF-16BE", guessed: false },
        _ => {}
    }
    if let Some(encoding) = by_zeros(head) {
        return Text { encoding, guessed: true };
    }
    if is_utf8(head, false, !whole) && points.iter().all(|point| is_utf8(point, true, true)) {
        return UTF8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, false);
    points.iter().for_each(|point| _ = detector.feed(point, false));
    detector.feed(b"", true);
    Text { encoding: detector.guess(None, Utf8Detection::Deny).name(), guessed: true }
}

/// UTF-16 without a mark, by where the zeros of its ASCII letters stand.
fn by_zeros(head: &[u8]) -> Option<&'static str> {
    let pairs = head.chunks_exact(2);
    let count = pairs.len() as f64;
    let zeros = |half: usize| pairs.clone().filter(|pair| pair[half] == 0).count() as f64;
    match (zeros(0), zeros(1)) {
        (0.0, odd) if odd > ZEROS * count && count > 1.0 => Some("UTF-16LE"),
        (even, 0.0) if even > ZEROS * count && count > 1.0 => Some("UTF-16BE"),
        _ => None,
    }
}

/// Whether bytes are UTF-8, where their first or last character may have been cut.
fn is_utf8(bytes: &[u8], cut_before: bool, cut_behind: bool) -> bool {
    let skipped = if cut_before { bytes.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count() } else { 0 };
    match simdutf8::compat::from_utf8(&bytes[skipped..]) {
        Ok(_) => true,
        Err(error) => cut_behind && error.error_len().is_none(),
    }
}

/// How many lines end how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// By LF alone.
    pub lf: usize,
    /// By CR and LF.
    pub crlf: usize,
    /// By CR alone; one at the end of the bytes is left out, as LF may follow.
    pub cr: usize,
}

/// Counts the line ends, those in quotes too.
pub fn lines(bytes: &[u8]) -> Lines {
    let mut lines = Lines::default();
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\n', _) if at > 0 && bytes[at - 1] == b'\r' => lines.crlf += 1,
            (b'\n', _) => lines.lf += 1,
            (_, Some(b'\n') | None) => {}
            _ => lines.cr += 1,
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> (&'static str, bool) {
        let text = text(bytes, true, &[]);
        (text.encoding, text.guessed)
    }

    #[test]
    fn marks_zeros_and_utf8_say_the_encoding() {
        assert_eq!(of(b""), ("UTF-8", false));
        assert_eq!(of(b"a,b\n1,2\n"), ("UTF-8", false));
        assert_eq!(of("\u{feff}a".as_bytes()), ("UTF-8", false));
        assert_eq!(of("größe,日本\n".as_bytes()), ("UTF-8", false));
        assert_eq!(of(b"\xff\xfea\0"), ("UTF-16LE", false));
        assert_eq!(of(b"\xfe\xff\0a"), ("UTF-16BE", false));
        assert_eq!(of(b"a\0,\0b\0\n\0"), ("UTF-16LE", true));
        assert_eq!(of(b"\0a\0,\0b\0\n"), ("UTF-16BE", true));
    }

    #[test]
    fn what_is_not_utf8_is_guessed() {
        assert_eq!(of(b"ville,pays\nOrl\xe9ans,France\nM\xfcnchen,Deutschland\n"), ("windows-1252", true));
        let (russian, ..) = encoding_rs::WINDOWS_1251.encode("город,страна\nМосква,Россия\nНовосибирск,Россия\n");
        assert_eq!(of(&russian), ("windows-1251", true));
        let (japanese, ..) = encoding_rs::SHIFT_JIS.encode("都市,国\n東京,日本\n大阪,日本\nひらがな,カタカナ\n");
        assert_eq!(of(&japanese), ("Shift_JIS", true));
    }

    #[test]
    fn a_cut_character_is_no_fault() {
        let text = "größe,größe".as_bytes();
        assert!(is_utf8(&text[3..4], true, true) && is_utf8(&text[..3], false, true));
        assert!(!is_utf8(&text[..3], false, false) && !is_utf8(&text[3..], false, false));
        assert!(super::text(b"a,b\n", false, &[&text[3..9], b"\xff\xff"]).guessed);
        assert_eq!(super::text(&text[..3], false, &[&text[3..9]]), UTF8);
    }

    #[test]
    fn lines_are_counted_by_their_ends() {
        assert_eq!(lines(b"a\r\nb\nc\rd\r\n\r\n\r"), Lines { lf: 1, crlf: 3, cr: 1 });
    }
}
