//! The beginning of a format that has a fixed width, checked by words of eight bytes.
//!
//! As in `temporal.rs`: a word less its pattern holds digits where digits belong and zeros elsewhere, and one addition
//! with one mask checks all eight. What is not written so (a month of one digit) is left to the steps.

use super::steps::{Part, Parts, Step};

/// The bytes that are looked at most.
const MOST: usize = 32;

/// A beginning of 8 to 32 bytes, each a digit or a byte that stands for itself.
#[derive(Clone, Debug)]
pub(super) struct Fixed {
    length: usize,
    /// Where each word begins, what it is less of, and the most that may be left of each byte, up to 0x7F.
    words: Box<[(usize, u64, u64)]>,
    /// Each number's part, place and digits.
    numbers: Box<[(Part, u8, u8)]>,
    /// The place and digits of a fraction.
    fraction: Option<(u8, u8)>,
}

impl Fixed {
    /// What the first steps come to, and how many they are; `None` where they are too short.
    pub(super) fn of(steps: &[Step]) -> Option<(Fixed, usize)> {
        let (mut pattern, mut limits) = (Vec::new(), Vec::new());
        let (mut numbers, mut fraction, mut taken) = (Vec::new(), None, 0);
        for step in steps {
            let at = pattern.len();
            let (byte, count) = match *step {
                Step::Byte(byte) => (byte, 1),
                Step::Number { part, most, blank: false, .. } if part != Part::Ordinal => {
                    numbers.push((part, at as u8, most));
                    (b'0', usize::from(most))
                }
                Step::Fraction(digits) => {
                    fraction = Some((at as u8, digits));
                    (b'0', usize::from(digits))
                }
                _ => break,
            };
            if at + count > MOST {
                numbers.retain(|&(_, place, _)| usize::from(place) < at);
                fraction = fraction.filter(|&(place, _)| usize::from(place) < at);
                break;
            }
            let is_number = !matches!(step, Step::Byte(_));
            pattern.extend(std::iter::repeat_n(byte, count));
            limits.extend(std::iter::repeat_n(if is_number { 0x76_u8 } else { 0x7F }, count));
            taken += 1;
        }
        let length = pattern.len();
        if length < 8 {
            return None;
        }
        let word = |bytes: &[u8], at: usize| bytes[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        let places = (0..length.div_ceil(8)).map(|at| (at * 8).min(length - 8));
        let words = places.map(|at| (at, word(&pattern, at), word(&limits, at))).collect();
        Some((Fixed { length, words, numbers: numbers.into_boxed_slice(), fraction }, taken))
    }

    /// Reads the beginning; gives what follows it.
    #[inline]
    pub(super) fn read<'a>(&self, text: &'a [u8], parts: &mut Parts) -> Option<&'a [u8]> {
        let (text, rest) = text.split_at_checked(self.length)?;
        let mut bad = 0;
        for &(at, pattern, limits) in &self.words {
            let word = u64::from_le_bytes(*text.get(at..)?.first_chunk()?) ^ pattern;
            bad |= word | word.wrapping_add(limits);
        }
        if bad & 0x8080_8080_8080_8080 != 0 {
            return None;
        }
        for &(part, at, count) in &self.numbers {
            let digits = text.get(usize::from(at)..)?;
            let pair = |at: usize| u32::from(digits[at] - b'0') * 10 + u32::from(digits[at + 1] - b'0');
            let value = match count {
                2 => pair(0),
                4 => pair(0) * 100 + pair(2),
                _ => u32::from(digits[0] - b'0'),
            };
            parts.set(part, value);
        }
        if let Some((at, count)) = self.fraction {
            let digits = &text[usize::from(at)..][..usize::from(count)];
            let value = digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
            parts.nanos = value * 10_u32.pow(9 - u32::from(count));
        }
        Some(rest)
    }
}
