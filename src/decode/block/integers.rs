//! Integers: up to sixteen digits, or those of a short text that lies in its view.

use super::{BLOCK, Text, Unsigned, bits};
use crate::decode::digits::{are_digits, join};
use crate::scan::Loops;

/// Integers of up to sixteen bytes.
pub(in crate::decode) struct Integer {
    minus: u64,
}

impl Integer {
    /// `signed` says whether a minus may stand before the digits.
    #[inline(always)]
    pub(in crate::decode) fn new(signed: bool) -> Integer {
        Integer { minus: if signed { u64::from(b'-') } else { u64::MAX } }
    }
}

impl Text for Integer {
    type Value = i64;

    #[inline(always)]
    fn of_one_word(&self, last: u64, length: u64) -> (i64, u64) {
        let number = Unsigned::of_one_word(last, length, self.minus);
        let fits = (length <= 8) & number.is_short(8) & are_digits(number.low);
        (signed(join(number.low), number.negative), u64::from(fits))
    }

    #[inline(always)]
    fn of_two_words(&self, last: u64, before: u64, length: u64) -> (i64, u64) {
        let number = Unsigned::of_two_words(last, before, length, self.minus);
        let fits = (length <= 16) & number.is_short(16) & are_digits(number.low) & are_digits(number.high);
        let magnitude = join(number.high) * 100_000_000 + join(number.low);
        (signed(magnitude, number.negative), u64::from(fits))
    }
}

/// `magnitude`, or its negative where `negative` is 1.
#[inline(always)]
fn signed(magnitude: u64, negative: u64) -> i64 {
    (magnitude ^ negative.wrapping_neg()).wrapping_add(negative) as i64
}

/// A view as it lies in memory: the length of its text, and the text where it is short.
pub(in crate::decode) type View = [u8; 16];

/// The integers of a block of views, of texts of up to eight bytes.
pub(in crate::decode) struct Shorts<'a> {
    pub(in crate::decode) views: &'a [View; BLOCK],
    /// Takes the numbers; what is none leaves any.
    pub(in crate::decode) values: &'a mut [i64; BLOCK],
    /// Whether a minus may stand before the digits.
    pub(in crate::decode) signed: bool,
}

impl Loops for Shorts<'_> {
    /// Which texts are numbers, the first in the lowest bit.
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let integer = Integer::new(self.signed);
        let mut fits = [0; BLOCK];
        for ((view, value), fit) in self.views.iter().zip(self.values).zip(&mut fits) {
            let [low, high] = words(view);
            let length = low & u64::from(u32::MAX);
            let text = low >> 32 | high << 32;
            // What lies behind the text is shifted out.
            let last = text << (64_u64.wrapping_sub(8 * length) & 63);
            (*value, *fit) = integer.of_one_word(last, length);
        }
        bits(&fits)
    }
}

#[inline(always)]
fn words(view: &View) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = *view;
    [u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes(rest)]
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Shorts};
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
