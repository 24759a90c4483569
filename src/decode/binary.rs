//! Bytes: those of the field, or those that its digits write.

use arrow::array::ArrayRef;
use arrow::buffer::NullBuffer;

use super::field::Cells;
use super::text::Texts;
use super::{Cause, Failure, Window};
use crate::tokenize::fields::Fields;

/// How the bytes of a binary column are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BinaryEncoding {
    /// As they are: the unquoted field.
    #[default]
    Raw,
    /// Two hexadecimal digits a byte, in either case, after `0x` or `\x` perhaps.
    Hex,
    /// By the alphabet of RFC 4648, section 4; the padding may be left out.
    Base64,
}

/// The bytes of a growing column.
#[derive(Debug)]
pub(super) struct Bytes {
    values: Texts,
    encoding: BinaryEncoding,
    scratch: Vec<u8>,
}

impl Bytes {
    pub(super) fn new(encoding: BinaryEncoding, cells: &Cells, rows: usize) -> Bytes {
        Bytes { values: Texts::of_bytes(cells, rows), encoding, scratch: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
    }

    pub(super) fn remove(&mut self, rows: &[usize]) {
        self.values.remove(rows);
    }

    pub(super) fn push_null(&mut self) {
        self.values.push_null();
    }

    pub(super) fn finish(self, nulls: Option<NullBuffer>) -> ArrayRef {
        self.values.finish(nulls)
    }

    pub(super) fn extend<F: Fields>(
        &mut self,
        cells: &mut Cells,
        window: &Window<'_>,
        fields: F,
    ) -> Result<(), Failure> {
        let decode = match self.encoding {
            // What is no text need not be valid as such.
            BinaryEncoding::Raw => return self.values.extend(cells, &Window { utf8: true, ..*window }, fields),
            BinaryEncoding::Hex => hex,
            BinaryEncoding::Base64 => base64,
        };
        for row in 0..fields.len() {
            let (scratch, place) = (&mut self.scratch, self.values.len());
            let refused = |cause| Failure { row, cause };
            let written = |text: &[u8]| {
                scratch.clear();
                decode(text, scratch).then_some(true).ok_or(Cause::Cast)
            };
            if cells.bytes(window, fields.span(row), place, written).map_err(refused)? {
                self.values.push_bytes(&self.scratch).map_err(refused)?;
            } else {
                self.values.push_null();
            }
        }
        Ok(())
    }
}

/// Appends the bytes that hexadecimal digits write; says no where they are none.
fn hex(text: &[u8], bytes: &mut Vec<u8>) -> bool {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"\\x")).unwrap_or(text);
    let (pairs, rest) = digits.as_chunks::<2>();
    bytes.extend(pairs.iter().map(|[high, low]| HEX[usize::from(*high)] << 4 | HEX[usize::from(*low)] & 15));
    // A byte that is no digit has the upper bits of its value set.
    rest.is_empty() && digits.iter().all(|&digit| HEX[usize::from(digit)] < 16)
}

/// Appends the bytes that base 64 writes; says no where it does not. Bits that no byte takes must be zeros.
fn base64(text: &[u8], bytes: &mut Vec<u8>) -> bool {
    let digits = match text {
        [digits @ .., b'=', b'='] if text.len().is_multiple_of(4) => digits,
        [digits @ .., b'='] if text.len().is_multiple_of(4) => digits,
        digits => digits,
    };
    let (fours, rest) = digits.as_chunks::<4>();
    for four in fours {
        let word = four.iter().fold(0, |word, &digit| word << 6 | u32::from(BASE64[usize::from(digit)]));
        bytes.extend_from_slice(&word.to_be_bytes()[1..]);
    }
    let word = rest.iter().fold(0, |word, &digit| word << 6 | u32::from(BASE64[usize::from(digit)]));
    let is_whole = match rest.len() {
        0 => true,
        2 => {
            bytes.push((word >> 4) as u8);
            word & 15 == 0
        }
        3 => {
            bytes.extend_from_slice(&((word >> 2) as u16).to_be_bytes());
            word & 3 == 0
        }
        _ => false,
    };
    is_whole && digits.iter().all(|&digit| BASE64[usize::from(digit)] < 64)
}

/// The value of each hexadecimal digit; of other bytes one that is too large.
static HEX: [u8; 256] = values(b"0123456789abcdef", true);
/// The value of each digit of base 64; of other bytes one that is too large.
static BASE64: [u8; 256] = values(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", false);

const fn values(digits: &[u8], any_case: bool) -> [u8; 256] {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < digits.len() {
        values[digits[value] as usize] = value as u8;
        if any_case {
            values[digits[value].to_ascii_uppercase() as usize] = value as u8;
        }
        value += 1;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::{base64, hex};

    fn decoded(decode: fn(&[u8], &mut Vec<u8>) -> bool, text: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        decode(text.as_bytes(), &mut bytes).then_some(bytes)
    }

    #[test]
    fn hexadecimal_digits() {
        assert_eq!(decoded(hex, "00ff7Fa0"), Some(vec![0, 255, 127, 160]));
        assert_eq!(decoded(hex, "0xDE"), Some(vec![0xde]));
        assert_eq!(decoded(hex, "\\xdead"), Some(vec![0xde, 0xad]));
        assert_eq!(decoded(hex, ""), Some(vec![]));
        assert_eq!(decoded(hex, "0x"), Some(vec![]));
        for text in ["0", "abc", "0g", "g0", "ab ", " ab", "0X00", "x00", "é0"] {
            assert_eq!(decoded(hex, text), None, "{text}");
        }
    }

    #[test]
    fn base_64() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zg", b"f"),
            ("Zm8=", b"fo"),
            ("Zm8", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYg==", b"foob"),
            ("Zm9vYmE=", b"fooba"),
            ("Zm9vYmFy", b"foobar"),
            ("+/+/", &[0xfb, 0xff, 0xbf]),
            ("AAAA", &[0, 0, 0]),
        ] {
            assert_eq!(decoded(base64, text).as_deref(), Some(bytes), "{text}");
        }
        for text in
            ["Z", "Zg=", "Zg===", "=", "====", "Zm9vZ", "Zh==", "Zm9=", "Zm9v\n", "Zm-_", "Zg==Zg==", "Z===", " Zg="]
        {
            assert_eq!(decoded(base64, text), None, "{text}");
        }
    }
}
