//! How values are written where that is not the usual way: words of truth, grouped digits, formats of dates and times.
//!
//! What an option says of a column is here; the columns' loops and inference ask it. Which column it is of is not known.

use std::sync::Arc;

use super::Cause;
use super::binary::BinaryEncoding;
use super::format::Format;
use super::moment::{Moment, Unit};
use super::parse;
use crate::error::Error;

/// How the values of a column are written. The default is the usual way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spelling {
    /// The byte between groups of three digits, of numbers.
    pub thousands: Option<u8>,
    /// The words that are true and false; the usual ones where absent.
    pub truths: Option<Truths>,
    /// The formats of dates, of times of day and of datetimes, in the order in which they are tried; the usual ways of
    /// writing them where there is none.
    pub dates: Arc<[Format]>,
    /// See `dates`.
    pub times: Arc<[Format]>,
    /// See `dates`.
    pub datetimes: Arc<[Format]>,
    /// Whether a number with zeros in front, as in `00123`, is none.
    pub keeps_zeros: bool,
    /// Whether a datetime with an offset is none in a column without a zone, nor one without in a column with one.
    pub keeps_zones: bool,
    /// Whether a null word between quotes is text.
    pub quoted_words_are_text: bool,
    /// How bytes are written.
    pub binary: BinaryEncoding,
}

impl Spelling {
    /// Days since 1970 of a date.
    ///
    /// # Errors
    /// [`Cause::Cast`].
    pub fn date(&self, text: &[u8]) -> Result<i32, Cause> {
        first(&self.dates, |format| format.date(text)).unwrap_or_else(|| parse::date(text))
    }

    /// Nanoseconds since midnight of a time of day.
    ///
    /// # Errors
    /// [`Cause::Cast`].
    pub fn time(&self, text: &[u8]) -> Result<i64, Cause> {
        first(&self.times, |format| format.time(text)).unwrap_or_else(|| parse::time(text))
    }

    /// Steps of `unit` since 1970 UTC of a datetime.
    ///
    /// # Errors
    /// [`Cause::Cast`] or [`Cause::Overflow`].
    pub fn datetime(&self, text: &[u8], unit: Unit) -> Result<i64, Cause> {
        self.moment(text)?.timestamp(unit)
    }

    /// A datetime, not yet fitted to a unit.
    ///
    /// # Errors
    /// [`Cause::Cast`].
    pub fn moment(&self, text: &[u8]) -> Result<Moment, Cause> {
        first(&self.datetimes, |format| format.moment(text)).unwrap_or_else(|| parse::moment(text))
    }

    /// Whether a text is true.
    ///
    /// # Errors
    /// [`Cause::Cast`].
    pub fn boolean(&self, text: &[u8]) -> Result<bool, Cause> {
        self.truths.as_ref().map_or_else(|| parse::boolean(text), |truths| truths.read(text).ok_or(Cause::Cast))
    }

    /// Refuses a byte between groups that a number may hold otherwise.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument).
    pub fn check(&self, mark: u8, quote: Option<u8>, terminator: u8) -> Result<(), Error> {
        let Some(thousands) = self.thousands else { return Ok(()) };
        let taken = [Some(mark), quote, Some(terminator)].contains(&Some(thousands));
        if taken || thousands.is_ascii_alphanumeric() || b"+-\r\n".contains(&thousands) || !thousands.is_ascii() {
            return Err(Error::argument(format!(
                "thousands must be one byte that is no letter, digit, sign, quote, end of line or the decimal mark, got {:?}",
                char::from(thousands)
            )));
        }
        Ok(())
    }
}

/// What the first of the formats reads; `None` where there is no format.
#[inline(always)]
pub(super) fn first<T>(formats: &[Format], read: impl Fn(&Format) -> Result<T, Cause>) -> Option<Result<T, Cause>> {
    let mut last = None;
    for format in formats {
        let value = read(format);
        // A value that the type cannot hold is one of this format all the same.
        if value.is_ok() || matches!(value, Err(Cause::Overflow)) {
            return Some(value);
        }
        last = Some(value);
    }
    last
}

/// The words that are true and false.
///
/// ```
/// use fast_csv::decode::Truths;
/// let truths = Truths::new(Some(&["yes", "1"]), None)?;
/// assert_eq!(truths.read(b"1"), Some(true));
/// assert_eq!(truths.read(b"FALSE"), Some(false));
/// assert_eq!(truths.read(b"true"), None);
/// # Ok::<(), fast_csv::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Truths {
    words: Arc<[(Box<[u8]>, bool)]>,
    /// The words of up to eight bytes: as a number, their length, whether they are true.
    short: Arc<[(u64, u8, bool)]>,
    /// Whether `true` and `false` in any case count.
    usual: [bool; 2],
}

impl Truths {
    /// Takes the words of each side; `true` or `false` in any case where there are none.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) for a word on both sides, an empty one, or an empty list.
    pub fn new<S: AsRef<str>>(truths: Option<&[S]>, falses: Option<&[S]>) -> Result<Truths, Error> {
        let words_of = |words: Option<&[S]>, is_true: bool| -> Vec<(Box<[u8]>, bool)> {
            let words = words.unwrap_or_default().iter();
            words.map(|word| (word.as_ref().as_bytes().into(), is_true)).collect()
        };
        for (name, words) in [("true_values", truths), ("false_values", falses)] {
            if words.is_some_and(<[S]>::is_empty) {
                return Err(Error::argument(format!("{name} must hold at least one word; None is the usual one")));
            }
            if words.unwrap_or_default().iter().any(|word| word.as_ref().is_empty()) {
                return Err(Error::argument(format!("{name} must not hold the empty text, which is null")));
            }
        }
        let usual = [truths.is_none(), falses.is_none()];
        let (own, other) = (words_of(truths, true), words_of(falses, false));
        let is_usual = |word: &[u8]| parse::boolean(word).ok();
        let both = own
            .iter()
            .map(|(word, _)| word)
            .find(|word| other.iter().any(|(other, _)| other == *word) || (usual[1] && is_usual(word) == Some(false)));
        let both =
            both.or_else(|| other.iter().map(|(word, _)| word).find(|word| usual[0] && is_usual(word) == Some(true)));
        if let Some(word) = both {
            let word = String::from_utf8_lossy(word);
            return Err(Error::argument(format!("true_values and false_values must differ, both have {word:?}")));
        }
        let words: Arc<[(Box<[u8]>, bool)]> = own.into_iter().chain(other).collect();
        let number = |word: &[u8]| word.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
        let short = words.iter().filter(|(word, _)| word.len() <= 8);
        let short = short.map(|(word, is_true)| (number(word), word.len() as u8, *is_true)).collect();
        Ok(Truths { words, short, usual })
    }

    /// Whether a text is true; `None` where it is neither.
    #[must_use]
    pub fn read(&self, text: &[u8]) -> Option<bool> {
        let own = self.words.iter().find(|(word, _)| **word == *text).map(|(_, is_true)| *is_true);
        own.or_else(|| parse::boolean(text).ok().filter(|&is_true| self.usual[usize::from(!is_true)]))
    }

    /// The same for `data[start..end]`, where it is one of the short words and has room before it.
    #[inline(always)]
    pub(super) fn read_short(&self, data: &[u8], start: usize, end: usize) -> Option<bool> {
        let length = end.wrapping_sub(start);
        if length.wrapping_sub(1) > 7 {
            return None;
        }
        let bytes = data.get(end.wrapping_sub(8)..end)?;
        let word = u64::from_le_bytes(bytes.try_into().ok()?) >> (64 - 8 * length as u32);
        let found = self.short.iter().find(|&&(own, its, _)| own == word && usize::from(its) == length);
        found.map(|&(_, _, is_true)| is_true)
    }

    /// Whether a word holds a byte.
    pub(super) fn may_hold(&self, byte: u8) -> bool {
        byte.is_ascii_alphabetic() || self.words.iter().any(|(word, _)| word.contains(&byte))
    }

    /// The words, as an error tells them.
    #[must_use]
    pub fn told(&self) -> String {
        let of = |wanted: bool| {
            let words: Vec<String> = self
                .words
                .iter()
                .filter(|(_, is_true)| *is_true == wanted)
                .map(|(word, _)| format!("{:?}", String::from_utf8_lossy(word)))
                .collect();
            if words.is_empty() { format!("\"{wanted}\" in any case") } else { words.join(", ") }
        };
        format!("true_values {}, false_values {}", of(true), of(false))
    }
}

/// A number without the bytes between its groups of three digits, handed to `put` byte by byte; `None` where it has none of
/// these, or one that is not between groups of a number.
///
/// Blanks and a sign may come first, and whatever follows the whole digits stays. A grouped number has no zero in front:
/// `0,123` is one with a decimal comma more likely than 123.
pub(super) fn ungroup(text: &[u8], thousands: u8, mut put: impl FnMut(u8)) -> Option<()> {
    let blanks = text.iter().take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
    let signed = usize::from(matches!(text.get(blanks), Some(b'+' | b'-')));
    let (front, digits) = text.split_at(blanks + signed);
    front[blanks..].iter().for_each(|&byte| put(byte));
    let first = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=3).contains(&first) || digits.get(first) != Some(&thousands) || digits[0] == b'0' {
        return None;
    }
    digits[..first].iter().for_each(|&byte| put(byte));
    let mut rest = &digits[first..];
    while let Some((&byte, behind)) = rest.split_first()
        && byte == thousands
    {
        let (group, behind) = behind.split_at_checked(3)?;
        if !group.iter().all(u8::is_ascii_digit) {
            return None;
        }
        group.iter().for_each(|&byte| put(byte));
        rest = behind;
    }
    if rest.first().is_some_and(u8::is_ascii_digit) || rest.contains(&thousands) {
        return None;
    }
    rest.iter().for_each(|&byte| put(byte));
    Some(())
}

/// The same as a text of its own.
pub(crate) fn ungrouped(text: &[u8], thousands: u8) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    ungroup(text, thousands, |byte| plain.push(byte))?;
    Some(plain)
}

/// Whether zeros stand in front of a number's first digit, as in `007` and `-00.5`.
#[inline(always)]
pub(crate) fn has_zeros_in_front(text: &[u8]) -> bool {
    let digits = match text {
        [b'+' | b'-', digits @ ..] => digits,
        digits => digits,
    };
    matches!(digits, [b'0', b'0'..=b'9', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_three_digits() {
        for (text, plain) in [
            ("1,234", Some("1234")),
            ("12,345", Some("12345")),
            ("123,456,789", Some("123456789")),
            ("-1,234.5", Some("-1234.5")),
            ("+1,234.", Some("+1234.")),
            ("  1,234e5", Some("1234e5")),
            ("1,234x", Some("1234x")),
            ("1234", None),
            ("12,34", None),
            ("1,2345", None),
            ("1234,567", None),
            (",123", None),
            ("1,,234", None),
            ("1,234,", None),
            ("1,23", None),
            ("0,123", None),
            ("1.5,000", None),
            ("1,234.5,678", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(ungrouped(text.as_bytes(), b','), plain.map(|plain| plain.as_bytes().to_vec()), "{text:?}");
        }
        assert_eq!(ungrouped(b"1 234 567", b' '), Some(b"1234567".to_vec()));
    }

    #[test]
    fn words_of_both_sides_differ() {
        let read =
            |truths: Option<&[&str]>, falses: Option<&[&str]>| Truths::new(truths, falses).unwrap_err().to_string();
        assert!(read(Some(&["1", "x"]), Some(&["0", "x"])).contains("both have \"x\""));
        assert!(read(Some(&["False"]), None).contains("both have \"False\""));
        assert!(read(None, Some(&["TRUE"])).contains("both have \"TRUE\""));
        assert!(read(Some(&[]), None).contains("true_values"));
        assert!(read(None, Some(&[""])).contains("false_values"));
        let both = Truths::new(Some(&["ja"]), Some(&["a long word for no"])).unwrap();
        assert_eq!(
            ["ja", "JA", "true", "a long word for no"].map(|word| both.read(word.as_bytes())),
            [Some(true), None, None, Some(false)]
        );
    }
}
