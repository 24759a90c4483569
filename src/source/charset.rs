//! Text in other encodings than UTF-8, decoded as it is read.

use encoding_rs::{Decoder, DecoderResult, Encoding};
use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

/// A character encoding of the [WHATWG standard](https://encoding.spec.whatwg.org/).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Charset {
    encoding: &'static Encoding,
    /// Whether what does not belong to a text becomes U+FFFD, and is no error.
    lossy: bool,
}

/// What stands behind the label of a lossy one.
const LOSSY: &str = "-lossy";

impl Charset {
    /// The encoding of a label, in any case: `utf-16le`, `latin1`, `shift_jis`, ... With `-lossy` behind it, what does not
    /// belong to a text becomes U+FFFD; otherwise it is an error.
    ///
    /// ```
    /// use fast_csv::Charset;
    /// assert_eq!(Charset::by_label("latin1").unwrap().name(), "windows-1252");
    /// assert_eq!(Charset::by_label("Shift_JIS-lossy").unwrap().label(), "shift_jis-lossy");
    /// assert!(Charset::by_label("klingon").is_none());
    /// ```
    #[must_use]
    pub fn by_label(label: &str) -> Option<Charset> {
        let label = label.to_ascii_lowercase();
        let (label, lossy) = label.strip_suffix(LOSSY).map_or((&*label, false), |label| (label, true));
        // The replacement encoding has a label, and no text.
        Encoding::for_label_no_replacement(label.as_bytes()).map(|encoding| Charset { encoding, lossy })
    }

    /// The encoding's name in the standard.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.encoding.name()
    }

    /// A label that says the same.
    #[must_use]
    pub fn label(self) -> String {
        self.name().to_ascii_lowercase() + if self.lossy { LOSSY } else { "" }
    }

    /// Whether text in it needs no decoding.
    pub(crate) fn is_utf8(self) -> bool {
        self.encoding == encoding_rs::UTF_8 && !self.lossy
    }

    /// The text of the first bytes of a source, up to the first that does not belong to it.
    pub(crate) fn decode_start(self, bytes: &[u8]) -> Vec<u8> {
        let mut decoder = self.encoding.new_decoder();
        let room = decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(0);
        let mut text = vec![0; room];
        let written = if self.lossy {
            decoder.decode_to_utf8(bytes, &mut text, false).2
        } else {
            decoder.decode_to_utf8_without_replacement(bytes, &mut text, false).2
        };
        text.truncate(written);
        text
    }

    /// Decodes what `reader` gives; a byte order mark says more than the label.
    pub(super) fn decode(self, reader: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        Box::new(Decoding {
            reader,
            charset: self,
            decoder: self.encoding.new_decoder(),
            owes_mark: false,
            raw: vec![0; RAW],
            left: 0..0,
            text: Vec::new(),
            ready: 0..0,
            before: 0,
            is_short: false,
            is_last: false,
            is_done: false,
            failed: None,
        })
    }
}

impl fmt::Debug for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label())
    }
}

/// The encoded bytes that are read at once, which stay in a core's second cache with what they come to.
const RAW: usize = 64 << 10;
/// The room that a decoder surely goes on with. A reader that has less is given its bytes through a buffer of this size.
const ROOM: usize = 64;
/// The bytes of the longest byte order mark.
const LONGEST_MARK: u64 = 3;

struct Decoding {
    reader: Box<dyn Read + Send>,
    charset: Charset,
    decoder: Decoder,
    /// Whether a U+FFFD comes next.
    owes_mark: bool,
    /// What was read, and what of it is not decoded yet.
    raw: Vec<u8>,
    left: Range<usize>,
    /// What was decoded for a reader with little room, and what of it is not given yet.
    text: Vec<u8>,
    ready: Range<usize>,
    /// The bytes that came before `raw`.
    before: u64,
    /// Whether the last read gave less than was asked for.
    is_short: bool,
    is_last: bool,
    is_done: bool,
    failed: Option<io::Error>,
}

impl Decoding {
    /// Decodes into `text`, which has room for some characters, until it has no more, or there is nothing left or a fault; gives
    /// the bytes of it that are text.
    fn fill(&mut self, text: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while text.len() - filled >= ROOM && !self.is_done && self.failed.is_none() {
            if std::mem::take(&mut self.owes_mark) {
                filled += char::REPLACEMENT_CHARACTER.encode_utf8(&mut text[filled..]).len();
                continue;
            }
            if self.left.is_empty() && !self.is_last {
                if filled > 0 && self.is_short {
                    // The rest may be long in coming.
                    break;
                }
                // Before that the decoder may hold back what begins like a byte order mark.
                let is_begun = self.before + self.left.end as u64 >= LONGEST_MARK;
                let is_plain = is_begun && self.decoder.encoding().is_single_byte();
                let place = text[filled..].get_mut(..RAW).filter(|_| is_plain);
                let is_in_place = place.is_some();
                let count = match self.reader.read(place.unwrap_or(&mut self.raw)) {
                    // What was decoded before a fault is given first, which comes again or is told here.
                    Err(error) if filled > 0 => {
                        self.failed = Some(error);
                        break;
                    }
                    other => other?,
                };
                self.before += self.left.end as u64;
                (self.left, self.is_last, self.is_short) = (0..count, count == 0, count < RAW);
                if is_in_place && count > 0 {
                    let piece = &text[filled..filled + count];
                    if piece.is_ascii() {
                        // Such a piece is its own text in every encoding of single bytes.
                        self.left.start = count;
                        filled += count;
                        continue;
                    }
                    self.raw[..count].copy_from_slice(piece);
                }
            }
            let raw = &self.raw[self.left.clone()];
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(raw, &mut text[filled..], self.is_last);
            self.left.start += read;
            filled += written;
            match result {
                DecoderResult::InputEmpty => self.is_done = self.is_last,
                DecoderResult::OutputFull => break,
                DecoderResult::Malformed(..) if self.charset.lossy => self.owes_mark = true,
                DecoderResult::Malformed(length, behind) => {
                    let name = self.charset.name();
                    let byte = self.before + self.left.start as u64 - u64::from(length) - u64::from(behind);
                    let remedy = format!("encoding=\"{}{LOSSY}\" replaces it", self.charset.label());
                    let text = format!("byte {byte} does not belong to a text in {name}; {remedy}");
                    self.failed = Some(io::Error::new(io::ErrorKind::InvalidData, text));
                }
            }
        }
        Ok(filled)
    }
}

impl Read for Decoding {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ready.is_empty() {
            let filled = if buffer.len() >= ROOM {
                self.fill(buffer)?
            } else {
                let mut text = std::mem::take(&mut self.text);
                text.resize(ROOM, 0);
                let filled = self.fill(&mut text);
                (self.text, self.ready) = (text, 0..*filled.as_ref().unwrap_or(&0));
                filled?
            };
            // What was decoded before a fault is given first.
            if filled == 0 {
                return self.failed.take().map_or(Ok(0), Err);
            }
            if self.ready.is_empty() {
                return Ok(filled);
            }
        }
        let count = self.ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.text[self.ready.start..self.ready.start + count]);
        self.ready.start += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(label: &str, bytes: &[u8]) -> io::Result<String> {
        let mut text = Vec::new();
        let mut reader = Charset::by_label(label).unwrap().decode(Box::new(io::Cursor::new(bytes.to_vec())));
        let mut buffer = [0; 7];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(String::from_utf8(text).unwrap()),
                count => text.extend_from_slice(&buffer[..count]),
            }
        }
    }

    #[test]
    fn text_is_decoded_as_its_label_says() {
        let long = "é,ü\n".repeat(50_000);
        let utf16: Vec<u8> = long.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded("utf-16le", &utf16).unwrap(), long);
        assert_eq!(decoded("latin1", b"caf\xe9").unwrap(), "café");
        assert_eq!(decoded("shift_jis", b"\x93\xfa\x96\x7b").unwrap(), "日本");
        // A byte order mark goes, and says more than the label.
        assert_eq!(decoded("utf-16", b"\xfe\xff\x00a\x00,").unwrap(), "a,");
        assert_eq!(decoded("latin1", b"\xef\xbb\xbf\xc3\xa9").unwrap(), "é");
    }

    #[test]
    fn what_does_not_belong_to_the_text_has_its_place() {
        let error = decoded("shift_jis", b"abc\x93\xfa\xff,").unwrap_err();
        let told = "byte 5 does not belong to a text in Shift_JIS; encoding=\"shift_jis-lossy\" replaces it";
        assert_eq!(error.to_string(), told);
        let error = decoded("utf-16le", b"a\x00b").unwrap_err();
        assert!(error.to_string().starts_with("byte 2 does not belong to a text in UTF-16LE;"), "{error}");
    }

    #[test]
    fn a_lossy_label_marks_what_does_not_belong_to_the_text() {
        for (label, bytes) in [
            ("shift_jis-lossy", &b"abc\x93\xfa\xff,\x93"[..]),
            ("UTF-16LE-Lossy", b"\x00\xd8a\x00b"),
            ("utf-8-lossy", b"\xe9,\xf0\x9f,a\xf0\x9f"),
            ("euc-kr-lossy", b"a\xff\xa1\xa1\xa1"),
        ] {
            let charset = Charset::by_label(label).unwrap();
            for long in [bytes.to_vec(), [bytes, &[b' '; RAW]].concat().repeat(3), bytes.repeat(ROOM)] {
                let (wanted, _) = charset.encoding.decode_with_bom_removal(&long);
                assert_eq!(decoded(label, &long).unwrap(), wanted, "{label}");
                let start = charset.decode_start(&long);
                assert!(!start.is_empty() && wanted.as_bytes().starts_with(&start), "{label}");
            }
        }
    }

    #[test]
    fn pieces_of_all_lengths_are_decoded_whatever_stands_before_them() {
        let mut bytes = vec![b'a'; 3 * RAW + 17];
        bytes[0] = 0xef;
        for at in [5, RAW - 1, 2 * RAW + 9, 3 * RAW + 16] {
            bytes[at] = 0xe9;
        }
        let wanted: String = bytes.iter().map(|&byte| char::from(byte)).collect();
        for room in [1, ROOM - 1, ROOM, RAW - 1, RAW, RAW + 1, 2 * RAW + 5, 1 << 20] {
            for most in [1, 1_000, RAW, usize::MAX] {
                let reader = Dribble { bytes: bytes.clone(), at: 0, most };
                let mut reader = Charset::by_label("latin1").unwrap().decode(Box::new(reader));
                let (mut text, mut buffer) = (Vec::new(), vec![0; room]);
                loop {
                    match reader.read(&mut buffer).unwrap() {
                        0 => break,
                        count => text.extend_from_slice(&buffer[..count]),
                    }
                }
                assert!(text == wanted.as_bytes(), "{room} {most}");
            }
        }
    }

    #[test]
    fn what_has_come_is_not_kept_for_what_has_not() {
        let reader = Dribble { bytes: b"ab\xe9cdef".to_vec(), at: 0, most: 3 };
        let mut reader = Charset::by_label("latin1").unwrap().decode(Box::new(reader));
        let mut buffer = vec![0; 1 << 20];
        for piece in ["abé", "cde", "f"] {
            let count = reader.read(&mut buffer).unwrap();
            assert_eq!(&buffer[..count], piece.as_bytes());
        }
    }

    /// Gives at most so many bytes at once.
    struct Dribble {
        bytes: Vec<u8>,
        at: usize,
        most: usize,
    }

    impl Read for Dribble {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(self.most).min(self.bytes.len() - self.at);
            buffer[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
            self.at += count;
            Ok(count)
        }
    }
}
