//! Floats, correctly rounded: digits by the word, then one of three ways by how many there are.
//!
//! 1. The dot is found in a word and its gap closed, so that all digits become one integer *m* with *f* of them
//!    behind the dot: the value is m / 10^f.
//! 2. Where m < 2^53 and f ≤ 22, both are exact in a double and one division rounds once (Clinger, 1990).
//! 3. Else, up to 19 digits, m is multiplied by a 128-bit reciprocal of 5^f (Lemire, *Number Parsing at a Gigabyte
//!    per Second*, 2021). For f ≤ 27 the error of the truncated product is below the bits that decide, so that
//!    only an exact half needs care; there the remainder is looked at.
//!
//! Everything else (exponents, `inf`, `nan`, more digits) goes to `fast-float2` by the exact way.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, Float64Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

use super::block::{BLOCK, Block, Float, Long, TWO_WORDS};
use super::digits::{ZEROS, are_digits, head, join, keep_last, number, tail, ten_to};
use super::numbers::read_grouped;
use super::spelling::ungrouped;
use super::values::Kind;
use super::{Cause, parse};
use crate::scan::Backend;

/// A column of doubles, whose whole and broken parts the mark parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Double {
    pub(super) mark: u8,
    pub(super) thousands: Option<u8>,
}

/// Whether a mark is told from the bytes that stand for those which the data do not hold.
#[inline(always)]
fn is_told(mark: u8) -> bool {
    mark.is_ascii_punctuation()
}

/// In narrower vectors long numbers take more instructions than one by one (`benchmarks/instructions.rs`).
const LANES_OF_LONG: usize = 8;

/// A column of singles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Single {
    pub(super) mark: u8,
    pub(super) thousands: Option<u8>,
}

impl Kind for Double {
    type Native = f64;

    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<f64> {
        let (decimal, negative) = Decimal::read(data, start, end, dot_of(self.mark))?;
        let sign = u64::from(negative) << 63;
        Some(f64::from_bits(decimal.round().to_bits() | sign))
    }

    const BLOCKS: bool = true;

    #[inline(always)]
    fn block(&self, backend: Backend, block: &Block<'_>, values: &mut [f64; BLOCK]) -> u64 {
        if !is_told(self.mark) {
            return 0;
        }
        let dot = dot_of(self.mark);
        if block.longest <= TWO_WORDS {
            return block.read(backend, Float { dot }, values);
        }
        if backend.lanes() < LANES_OF_LONG {
            return 0;
        }
        let (long, found) = Long::read(backend, block, dot);
        long.round(backend, values);
        found
    }

    #[inline(always)]
    fn inline(&self, view: u128) -> Option<f64> {
        Decimal::inline((view >> 32) as u64, view as u32 as usize, dot_of(self.mark)).map(Decimal::round)
    }

    #[inline(always)]
    fn second(&self, data: &[u8], start: usize, end: usize) -> Option<f64> {
        read_grouped(data, start, end, self.thousands?, |data, start, end| self.fast(data, start, end))
    }

    fn parse(&self, text: &[u8]) -> Result<f64, Cause> {
        let plain = self.thousands.and_then(|thousands| ungrouped(text, thousands));
        parse::decimal(plain.as_deref().unwrap_or(text), self.mark)
    }

    fn may_hold(&self, byte: u8) -> bool {
        may_hold(byte) || byte == self.mark || self.thousands == Some(byte)
    }

    /// Letters are never taken, so that the null word `nan` costs a column of floats nothing.
    fn fast_may_take(&self, word: &[u8]) -> bool {
        !word.iter().any(u8::is_ascii_alphabetic) && self.parse(word).is_ok()
    }

    fn array(&self, values: Vec<f64>, nulls: Option<NullBuffer>, _: &DataType) -> ArrayRef {
        Arc::new(Float64Array::new(values.into(), nulls))
    }
}

impl Kind for Single {
    type Native = f32;

    /// By way of the double.
    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<f32> {
        let (decimal, negative) = Decimal::read(data, start, end, dot_of(self.mark))?;
        let (value, sure) = single(decimal.round());
        let sign = u32::from(negative) << 31;
        sure.then(|| f32::from_bits(value.to_bits() | sign))
    }

    const BLOCKS: bool = true;

    #[inline(always)]
    fn block(&self, backend: Backend, block: &Block<'_>, values: &mut [f32; BLOCK]) -> u64 {
        if !is_told(self.mark) {
            return 0;
        }
        let mut doubles = [0.0; BLOCK];
        let mut found = block.read(backend, Float { dot: dot_of(self.mark) }, &mut doubles);
        for (at, (double, value)) in doubles.into_iter().zip(values).enumerate() {
            let (narrow, sure) = single(double);
            found &= !(u64::from(!sure) << at);
            *value = narrow;
        }
        found
    }

    #[inline(always)]
    fn second(&self, data: &[u8], start: usize, end: usize) -> Option<f32> {
        read_grouped(data, start, end, self.thousands?, |data, start, end| self.fast(data, start, end))
    }

    fn parse(&self, text: &[u8]) -> Result<f32, Cause> {
        let plain = self.thousands.and_then(|thousands| ungrouped(text, thousands));
        parse::decimal(plain.as_deref().unwrap_or(text), self.mark)
    }

    fn may_hold(&self, byte: u8) -> bool {
        may_hold(byte) || byte == self.mark || self.thousands == Some(byte)
    }

    /// Letters are never taken, so that the null word `nan` costs a column of floats nothing.
    fn fast_may_take(&self, word: &[u8]) -> bool {
        !word.iter().any(u8::is_ascii_alphabetic) && self.parse(word).is_ok()
    }

    fn array(&self, values: Vec<f32>, nulls: Option<NullBuffer>, _: &DataType) -> ArrayRef {
        Arc::new(Float32Array::new(values.into(), nulls))
    }
}

/// The single nearest to the number that a double is nearest to, and whether it is sure: unless the double is halfway between two
/// singles, or near to zero.
#[inline(always)]
fn single(value: f64) -> (f32, bool) {
    const DROPPED: u64 = (1 << 29) - 1;
    const HALF: u64 = 1 << 28;
    let normal = (value == 0.0) | (value.abs() >= f64::from(f32::MIN_POSITIVE));
    (value as f32, normal & (value.to_bits() & DROPPED != HALF))
}

/// Whether a number may hold a byte, its mark aside.
pub(super) fn may_hold(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+- ".contains(&byte)
}

/// `digits` / 10^`places`, with at most 19 places.
#[derive(Clone, Copy)]
pub(super) struct Decimal {
    pub(super) digits: u64,
    pub(super) places: usize,
}

/// What the digit 0 in each byte makes of the mark, eight times.
#[inline(always)]
pub(super) fn dot_of(mark: u8) -> u64 {
    u64::from(mark ^ b'0') * 0x0101_0101_0101_0101
}

/// The top bit of the first byte of `word` that is the dot; 0 where none is.
#[inline(always)]
pub(super) fn find_dot(word: u64, dot: u64) -> u64 {
    let zeroed = word ^ dot;
    let found = zeroed.wrapping_sub(0x0101_0101_0101_0101) & !zeroed & 0x8080_8080_8080_8080;
    found & found.wrapping_neg()
}

/// `word` with the byte of its dot taken out: the bytes before it move up, and a zero comes in front. And the number
/// of bytes after the dot.
#[inline(always)]
pub(super) fn close_gap(word: u64, dot: u64) -> (u64, usize) {
    let before = (dot >> 7).wrapping_sub(1);
    let after = !((before << 8) | 0xFF);
    let places = dot.leading_zeros() as usize / 8;
    (((word & before) << 8) | (word & after), places)
}

impl Decimal {
    /// The number of `data[start..end]` without its sign, and whether that is a minus.
    #[inline(always)]
    pub(super) fn read(data: &[u8], start: usize, end: usize, mark: u64) -> Option<(Decimal, bool)> {
        let negative = *data.get(start)? == b'-';
        let start = start + usize::from(negative);
        let length = end.wrapping_sub(start);
        let decimal = if length.wrapping_sub(1) < 8 {
            Decimal::short(keep_last(tail(data, end)?, length), length, mark)
        } else {
            Decimal::long(data, start, end, mark)
        };
        Some((decimal?, negative))
    }

    /// The number of 1 to 8 bytes, without a sign, that a word begins with.
    #[inline(always)]
    pub(super) fn inline(word: u64, length: usize, mark: u64) -> Option<Decimal> {
        if length.wrapping_sub(1) >= 8 {
            return None;
        }
        let first = (word ^ ZEROS) << (64 - 8 * length);
        Decimal::short(first, length, mark)
    }

    /// One word; what lies before the number is zeros already.
    #[inline(always)]
    fn short(word: u64, length: usize, mark: u64) -> Option<Decimal> {
        let dot = find_dot(word, mark);
        let (closed, places) = if dot == 0 { (word, 0) } else { close_gap(word, dot) };
        let dot_alone = (dot != 0) & (length == 1);
        let digits = join(closed);
        (are_digits(closed) & !dot_alone).then_some(Decimal { digits, places })
    }

    /// 9 to 20 bytes with the dot among the first or the last eight, or up to 19 digits without one.
    #[inline(always)]
    fn long(data: &[u8], start: usize, end: usize, mark: u64) -> Option<Decimal> {
        let length = end.wrapping_sub(start);
        if length > 20 {
            return None;
        }
        let first = head(data, start)?;
        let dot = find_dot(first, mark);
        if dot != 0 {
            let (closed, places) = close_gap(first, dot);
            let rest = number(data, start + 8, end)?;
            let places = places + length - 8;
            return are_digits(closed).then(|| Decimal { digits: join(closed) * ten_to(length - 8) + rest, places });
        }
        let last = tail(data, end)?;
        let dot = find_dot(last, mark);
        if dot == 0 {
            let digits = number(data, start, end)?;
            return Some(Decimal { digits, places: 0 });
        }
        let (closed, places) = close_gap(last, dot);
        let front = number(data, start, end - 8)?;
        are_digits(closed).then(|| Decimal { digits: front * 10_000_000 + join(closed), places })
    }

    /// The double nearest to this number, ties to even.
    #[inline(always)]
    pub(super) fn round(self) -> f64 {
        if self.digits < 1 << 53 { self.digits as f64 / POWERS[self.places] } else { self.round_many() }
    }

    /// The same for numbers that a double need not hold, without a question whether it does.
    #[inline(always)]
    pub(super) fn round_many(self) -> f64 {
        let zeros = (self.digits | 1).leading_zeros();
        let digits = self.digits << zeros;
        let (reciprocal, exponent) = RECIPROCALS[self.places.min(RECIPROCALS.len() - 1)];
        // The top 64 bits of the reciprocal decide nearly always; 9 more bits all set say that the rest may carry.
        let mut product = u128::from(digits) * (reciprocal >> 64);
        if (product >> 64) as u64 & 0x1FF == 0x1FF {
            product += (u128::from(digits) * (reciprocal & u128::from(u64::MAX))) >> 64;
        }
        let (high, low) = ((product >> 64) as u64, product as u64);
        let upper = (high >> 63) as u32;
        // 53 bits, one that rounds, and none below it but what `high` and `low` still say.
        let shift = 9 + upper;
        let mut mantissa = high >> shift;
        // An exact half: m / 5^f has few bits, and the reciprocal, rounded up, leaves at most 1 below.
        let tie = low <= 1 && self.places <= 4 && mantissa & 3 == 1 && mantissa << shift == high;
        mantissa = (mantissa + u64::from(mantissa & 1 == 1 && !tie)) >> 1;
        // A carry out of the mantissa adds 1 to the exponent, as it should.
        let biased = i64::from(exponent) + i64::from(upper) - i64::from(zeros);
        let bits = ((biased as u64) << 52).wrapping_add(mantissa.wrapping_sub(1 << 52));
        f64::from_bits(if self.digits == 0 { 0 } else { bits })
    }
}

/// Powers of ten that a double holds.
const POWERS: [f64; 20] = {
    let mut powers = [1.0; 20];
    let mut at = 1;
    while at < 20 {
        powers[at] = powers[at - 1] * 10.0;
        at += 1;
    }
    powers
};

/// For each number of places f, 1 / 5^f as 128 bits with the top bit set, rounded up, and the biased exponent of
/// a product whose top bit is not set, for digits without leading zeros.
pub(super) const RECIPROCALS: [(u128, i32); 20] = {
    let mut reciprocals = [(1 << 127, 0); 20];
    let mut power = 1_u64;
    let mut places = 0;
    while places < 20 {
        let bits = if places == 0 { 0 } else { 64 - power.leading_zeros() };
        if places > 0 {
            // Long division of 2^(bits + 127) by the power.
            let (mut quotient, mut rest, mut step) = (0_u128, 1_u64, 0);
            while step < bits + 127 {
                rest *= 2;
                quotient *= 2;
                if rest >= power {
                    rest -= power;
                    quotient += 1;
                }
                step += 1;
            }
            reciprocals[places].0 = quotient + 1;
        }
        // The product stands for itself times 2^-(bits + 63), and 10^f = 5^f 2^f.
        reciprocals[places].1 = 1023 + 63 - bits as i32 - places as i32;
        places += 1;
        power *= 5;
    }
    reciprocals
};
