//! Integers of texts that lie in their views: a block of 64 views in, their numbers out, and which of them are numbers.
//!
//! A view holds a text of up to twelve bytes behind its length. Those of up to eight are one word, which a shift puts where a run
//! of digits ends; from there on all steps are the same for every text, so that a compiler makes vectors of them. What is longer
//! or written otherwise is left to the caller.

use super::digits::{ZEROS, are_digits, join};
use crate::scan::Loops;

/// The texts of a block: one a bit of a word.
pub(super) const BLOCK: usize = 64;

/// A view as it lies in memory: the length of its text, and the text where it is short.
pub(super) type View = [u8; 16];

/// The integers of a block of views.
pub(super) struct Shorts<'a> {
    pub(super) views: &'a [View; BLOCK],
    /// Takes the numbers; what is none leaves any.
    pub(super) values: &'a mut [i64; BLOCK],
    /// Whether a minus may stand before the digits.
    pub(super) signed: bool,
}

impl Loops for Shorts<'_> {
    /// Which texts are numbers, the first in the lowest bit.
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let minus = if self.signed { u64::from(b'-') } else { u64::MAX };
        let mut found = [0_u64; BLOCK];
        for ((view, value), found) in self.views.iter().zip(&mut *self.values).zip(&mut found) {
            let [low, high] = words(view);
            let length = low & u64::from(u32::MAX);
            let text = low >> 32 | high << 32;
            let negative = u64::from(text & 0xFF == minus);
            // A minus becomes a zero, which counts nothing at the front. What lies behind the text is shifted out.
            let digits = text ^ ZEROS ^ (negative * u64::from(b'-' ^ b'0'));
            let word = digits << (64_u64.wrapping_sub(8 * length) & 63);
            let fits = (length <= 8) & (length > negative) & are_digits(word);
            *value = (join(word) ^ negative.wrapping_neg()).wrapping_add(negative) as i64;
            *found = u64::from(fits);
        }
        found.iter().enumerate().fold(0, |all, (at, found)| all | found << at)
    }
}

#[inline(always)]
fn words(view: &View) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = *view;
    [u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes(rest)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Cause;
    use crate::decode::parse::{Integer, integer};
    use crate::scan::Backend;
    use arrow::array::StringViewArray;

    /// Texts of every length with each of some bytes in every place, digits elsewhere and behind a sign.
    fn texts() -> Vec<String> {
        let digits = "91827364509182";
        let mut texts = vec![String::new()];
        for sign in ["", "-", "+", "--"] {
            for count in 0..=digits.len() {
                let text = format!("{sign}{}", &digits[..count]);
                for place in 0..text.len() {
                    texts.extend("-+/: 0\u{0}\u{7f}".chars().map(|other| {
                        let mut text: Vec<char> = text.chars().collect();
                        text[place] = other;
                        text.into_iter().collect()
                    }));
                }
                texts.push(text);
            }
        }
        texts
    }

    fn exact<T: Integer + Into<i128>>(text: &str) -> Result<i128, Cause> {
        integer::<T>(text.as_bytes()).map(Into::into)
    }

    #[test]
    fn what_is_found_is_what_the_exact_way_says() {
        let texts = texts();
        for backend in Backend::available() {
            for signed in [true, false] {
                let mut all_found = 0;
                for texts in texts.chunks(BLOCK) {
                    let padded: StringViewArray = (0..BLOCK).map(|at| texts.get(at).map(String::as_str)).collect();
                    let views = padded.views().inner().as_slice().as_chunks().0.first_chunk().unwrap();
                    let mut values = [0; BLOCK];
                    let found = backend.run(Shorts { views, values: &mut values, signed });
                    for (at, value) in values.iter().enumerate() {
                        let expected = texts.get(at).map_or(Err(Cause::Cast), |text| match signed {
                            true => exact::<i64>(text),
                            false => exact::<u64>(text),
                        });
                        let is_found = found >> at & 1 == 1;
                        assert!(!is_found || expected == Ok((*value).into()), "{:?}", texts.get(at));
                        let is_plain = texts.get(at).is_some_and(|text| {
                            let digits = text.strip_prefix('-').filter(|_| signed).unwrap_or(text);
                            text.len() <= 8 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
                        });
                        assert_eq!(is_found, is_plain, "{:?}", texts.get(at));
                        all_found += u32::from(is_found);
                    }
                }
                assert!(all_found > 50, "{all_found}");
            }
        }
    }
}
