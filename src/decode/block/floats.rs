//! Floats: digits with a dot among them or none. Up to sixteen bytes of them one division rounds; up to twenty become decimals.
//!
//! The steps are those of [`float`](crate::decode::float): the gap of the dot is closed in its word, so that all digits become one
//! integer. Where a double holds both this and the power of ten by which it is divided, that is all (Clinger, 1990); the others are
//! multiplied ([`rounding`]).

use super::{BLOCK, Block, Text, Unsigned, bits, last_bytes, rounding};
use crate::decode::digits::{ZEROS, are_digits, join};
use crate::decode::float::{close_gap, find_dot};
use crate::scan::{Backend, Loops};

/// Floats of up to sixteen bytes and 2^53, whole and broken part taken as one number.
pub(in crate::decode) struct Float {
    /// What the digit 0 makes of the mark, in each byte.
    pub(in crate::decode) dot: u64,
}

const MINUS: u64 = b'-' as u64;

/// The whole numbers below it are doubles.
const HELD: u64 = 1 << 53;

/// A word with the byte of its dot taken out, if it has one, and the bytes behind that.
#[inline(always)]
fn closed(word: u64, dot: u64) -> (u64, u64) {
    // Byte k of these is k, and the dot in byte 7 - k of a word lifts it to the top.
    const BEHIND: u64 = 0x0706_0504_0302_0100;
    let closed = close_gap(word, dot).0;
    (if dot == 0 { word } else { closed }, (dot >> 7).wrapping_mul(BEHIND) >> 56)
}

/// Ten to the power of `exponent`, which is at most 16: products that doubles hold.
#[inline(always)]
fn power(exponent: u64) -> f64 {
    let factor = |bit: u64, ten: f64| if exponent & bit == 0 { 1.0 } else { ten };
    (factor(1, 1e1) * factor(2, 1e2)) * (factor(4, 1e4) * factor(8, 1e8)) * factor(16, 1e16)
}

/// `digits` with so many behind the dot, and 1 where it is a number.
#[inline(always)]
fn rounded(digits: u64, places: u64, negative: u64, fits: bool) -> (f64, u64) {
    let value = digits as i64 as f64 / power(places);
    (f64::from_bits(value.to_bits() | negative << 63), u64::from(fits & (digits < HELD)))
}

impl Text for Float {
    type Value = f64;

    #[inline(always)]
    fn of_one_word(&self, last: u64, length: u64) -> (f64, u64) {
        let number = Unsigned::of_one_word(last, length, MINUS);
        let dot = find_dot(number.low, self.dot);
        let (word, places) = closed(number.low, dot);
        let is_dot_alone = (dot != 0) & (number.count == 1);
        let fits = (length <= 8) & number.is_short(8) & are_digits(word) & !is_dot_alone;
        rounded(join(word), places, number.negative, fits)
    }

    #[inline(always)]
    fn of_two_words(&self, last: u64, before: u64, length: u64) -> (f64, u64) {
        let number = Unsigned::of_two_words(last, before, length, MINUS);
        let low_dot = find_dot(number.low, self.dot);
        // One of the higher bytes beside that is no digit.
        let high_dot = if low_dot == 0 { find_dot(number.high, self.dot) } else { 0 };
        let (low, low_places) = closed(number.low, low_dot);
        let (high, high_places) = closed(number.high, high_dot);
        let digits = join(high) * if low_dot == 0 { 100_000_000 } else { 10_000_000 } + join(low);
        let places = low_places + if high_dot == 0 { 0 } else { 8 + high_places };
        let is_dot_alone = (low_dot != 0) & (number.count == 1);
        let fits = (length <= 16) & number.is_short(16) & are_digits(low) & are_digits(high) & !is_dot_alone;
        rounded(digits, places, number.negative, fits)
    }
}

/// Numbers of up to twenty bytes, as decimals.
pub(in crate::decode) struct Long {
    digits: [u64; BLOCK],
    places: [u64; BLOCK],
    /// 1 where there was a minus.
    negative: [u64; BLOCK],
}

impl Long {
    /// Reads the fields of a block; says which are numbers, one bit each, those behind the last row aside. `dot` is as in [`Float`].
    #[inline(always)]
    pub(in crate::decode) fn read(backend: Backend, block: &Block<'_>, dot: u64) -> (Long, u64) {
        let (none, lanes) = ([0; BLOCK], block.lanes());
        let mut long = Long { digits: none, places: none, negative: none };
        let [before, first] = block.second_and_third();
        let words = [&block.last[..lanes], &before[..lanes], &first[..lanes]];
        let found = backend.run(Reading { lengths: &block.lengths[..lanes], words, dot, long: &mut long });
        (long, found)
    }

    /// Rounds the numbers.
    #[inline(always)]
    pub(in crate::decode) fn round(&self, backend: Backend, values: &mut [f64; BLOCK]) {
        rounding::round(backend, &self.digits, &self.places, &self.negative, values);
    }
}

/// The words of a block, the last ones of each field first, and what takes their numbers.
struct Reading<'a> {
    lengths: &'a [u64],
    words: [&'a [u64]; 3],
    dot: u64,
    long: &'a mut Long,
}

impl Loops for Reading<'_> {
    /// Which fields are numbers, the first in the lowest bit.
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let Reading { lengths, words: [last, before, first], dot, long } = self;
        let Long { digits, places, negative } = long;
        let mut fits = [0; BLOCK];
        let texts = lengths.iter().zip(last.iter().zip(before).zip(first));
        let read = digits.iter_mut().zip(places).zip(negative.iter_mut().zip(&mut fits));
        for (((digits, places), (negative, fit)), (&length, ((&last, &before), &first))) in read.zip(texts) {
            let number = Unsigned::of_three_words([last, before, first], length, MINUS);
            let top = (first ^ ZEROS) & last_bytes(number.count.saturating_sub(16).min(8));
            let low_dot = find_dot(number.low, dot);
            let high_dot = if low_dot == 0 { find_dot(number.high, dot) } else { 0 };
            let top_dot = if low_dot | high_dot == 0 { find_dot(top, dot) } else { 0 };
            let (low, low_places) = closed(number.low, low_dot);
            let (high, high_places) = closed(number.high, high_dot);
            let (top, top_places) = closed(top, top_dot);
            let low_power = if low_dot == 0 { 100_000_000 } else { 10_000_000 };
            let high_power = if high_dot == 0 { 100_000_000 } else { 10_000_000 };
            let upper = join(top).wrapping_mul(high_power).wrapping_add(join(high));
            let behind_high = if high_dot == 0 { 0 } else { 8 + high_places };
            let behind_top = if top_dot == 0 { 0 } else { 16 + top_places };
            let has_dot = u64::from(low_dot | high_dot | top_dot != 0);
            *digits = upper.wrapping_mul(low_power).wrapping_add(join(low));
            *places = low_places + behind_high + behind_top;
            *negative = number.negative;
            // Nineteen digits are below 2^64, and a dot is no number.
            let has_digits = (number.count <= 19 + has_dot) & (number.count.wrapping_sub(1) >= has_dot);
            let is_short = (length <= 24) & number.is_short(20);
            *fit = u64::from(is_short & has_digits & are_digits(low) & are_digits(high) & are_digits(top));
        }
        bits(&fits)
    }
}
