//! Text in other encodings than UTF-8, decoded as it is read.

use encoding_rs::{Decoder, DecoderResult, Encoding};
use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

/// A character encoding of the [WHATWG standard](https://encoding.spec.whatwg.org/).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    /// The encoding of a label, in any case: `utf-16le`, `latin1`, `shift_jis`, ...
    ///
    /// ```
    /// use fast_csv::Charset;
    /// assert_eq!(Charset::by_label("latin1").unwrap().name(), "windows-1252");
    /// assert!(Charset::by_label("klingon").is_none());
    /// ```
    #[must_use]
    pub fn by_label(label: &str) -> Option<Charset> {
        // The replacement encoding has a label, and no text.
        Encoding::for_label_no_replacement(label.as_bytes()).map(Charset)
    }

    /// The encoding's name in the standard.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Whether text in it needs no decoding.
    pub(crate) fn is_utf8(self) -> bool {
        self.0 == encoding_rs::UTF_8
    }

    /// The text of the first bytes of a source, up to the first that does not belong to it.
    pub(crate) fn decode_start(self, bytes: &[u8]) -> Vec<u8> {
        let mut decoder = self.0.new_decoder();
        let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(0);
        let mut text = vec![0; room];
        let (_, _, written) = decoder.decode_to_utf8_without_replacement(bytes, &mut text, false);
        text.truncate(written);
        text
    }

    /// Decodes what `reader` gives; a byte order mark says more than the label.
    pub(super) fn decode(self, reader: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        Box::new(Decoding {
            reader,
            name: self.name(),
            decoder: self.0.new_decoder(),
            raw: vec![0; RAW],
            left: 0..0,
            text: Vec::new(),
            ready: 0..0,
            before: 0,
            is_last: false,
            is_done: false,
            failed: None,
        })
    }
}

impl fmt::Debug for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The encoded bytes that are read at once, which stay in a core's second cache with what they come to.
const RAW: usize = 64 << 10;
/// The room that a decoder surely goes on with. A reader that has less is given its bytes through a buffer of this size.
const ROOM: usize = 64;

struct Decoding {
    reader: Box<dyn Read + Send>,
    name: &'static str,
    decoder: Decoder,
    /// What was read, and what of it is not decoded yet.
    raw: Vec<u8>,
    left: Range<usize>,
    /// What was decoded for a reader with little room, and what of it is not given yet.
    text: Vec<u8>,
    ready: Range<usize>,
    /// The bytes that came before `raw`.
    before: u64,
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
            if self.left.is_empty() && !self.is_last {
                if filled > 0 && self.left.end < self.raw.len() {
                    // The rest may be long in coming.
                    break;
                }
                let count = match self.reader.read(&mut self.raw) {
                    // What was decoded before a fault is given first, which comes again or is told here.
                    Err(error) if filled > 0 => {
                        self.failed = Some(error);
                        break;
                    }
                    other => other?,
                };
                self.before += self.left.end as u64;
                self.left = 0..count;
                self.is_last = count == 0;
            }
            let raw = &self.raw[self.left.clone()];
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(raw, &mut text[filled..], self.is_last);
            self.left.start += read;
            filled += written;
            match result {
                DecoderResult::InputEmpty => self.is_done = self.is_last,
                DecoderResult::OutputFull => break,
                DecoderResult::Malformed(length, behind) => {
                    let byte = self.before + self.left.start as u64 - u64::from(length) - u64::from(behind);
                    let text = format!("byte {byte} does not belong to a text in {}", self.name);
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
        assert_eq!(error.to_string(), "byte 5 does not belong to a text in Shift_JIS");
        let error = decoded("utf-16le", b"a\x00b").unwrap_err();
        assert_eq!(error.to_string(), "byte 2 does not belong to a text in UTF-16LE");
    }
}
