//! Floats of sixteen bits, correctly rounded.
//!
//! They are made of doubles, which decide them unless one lies exactly halfway between two: what was rounded to the double may
//! then have been to either side of it, and the digits are looked at.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float16Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Float16Type};

use super::decimal::Written;
use super::float::{Decimal, dot_of, may_hold};
use super::numbers::read_grouped;
use super::spelling::ungrouped;
use super::values::Kind;
use super::{Cause, parse};

/// A float of sixteen bits.
pub type F16 = <Float16Type as ArrowPrimitiveType>::Native;

/// A column of halves, whose whole and broken parts the mark parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Half {
    pub(super) mark: u8,
    pub(super) thousands: Option<u8>,
}

/// Digits behind the dot of the finest number halfway between two halves, 2^-25.
const FINEST: usize = 25;

impl Kind for Half {
    type Native = F16;

    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<F16> {
        const DROPPED: u64 = (1 << 42) - 1;
        const HALF: u64 = 1 << 41;
        const LEAST_NORMAL: f64 = 1.0 / 16384.0;
        let (decimal, negative) = Decimal::read(data, start, end, dot_of(self.mark))?;
        let value = decimal.round();
        let sure = ((value == 0.0) | (value >= LEAST_NORMAL)) & (value.to_bits() & DROPPED != HALF);
        sure.then(|| F16::from_f64(if negative { -value } else { value }))
    }

    #[inline(always)]
    fn second(&self, data: &[u8], start: usize, end: usize) -> Option<F16> {
        read_grouped(data, start, end, self.thousands?, |data, start, end| self.fast(data, start, end))
    }

    fn parse(&self, text: &[u8]) -> Result<F16, Cause> {
        let plain = self.thousands.and_then(|thousands| ungrouped(text, thousands));
        half(plain.as_deref().unwrap_or(text), self.mark)
    }

    fn may_hold(&self, byte: u8) -> bool {
        may_hold(byte) || byte == self.mark || self.thousands == Some(byte)
    }

    /// Letters are never taken, so that the null word `nan` costs a column of floats nothing.
    fn fast_may_take(&self, word: &[u8]) -> bool {
        !word.iter().any(u8::is_ascii_alphabetic) && self.parse(word).is_ok()
    }

    fn array(&self, values: Vec<F16>, nulls: Option<NullBuffer>, _: &DataType) -> ArrayRef {
        Arc::new(Float16Array::new(values.into(), nulls))
    }
}

/// As [`parse::decimal`], to sixteen bits.
///
/// # Errors
/// [`Cause::Cast`].
pub fn half(text: &[u8], mark: u8) -> Result<F16, Cause> {
    let value: f64 = parse::decimal(text, mark)?;
    let nearest = F16::from_f64(value.abs());
    let rounded = match tied(value.abs(), nearest) {
        None => nearest,
        Some((low, high)) => match side(text, mark, value.abs()) {
            Ordering::Less => low,
            Ordering::Equal => nearest,
            Ordering::Greater => high,
        },
    };
    Ok(if value.is_sign_negative() { -rounded } else { rounded })
}

/// The two halves between which a value lies exactly in the middle.
fn tied(value: f64, nearest: F16) -> Option<(F16, F16)> {
    if !value.is_finite() {
        return None;
    }
    // Where the largest finite number ends, its next would be 65,536.
    let as_number = |half: F16| if half.is_infinite() { 65_536.0 } else { half.to_f64() };
    let (low, high) = match as_number(nearest).total_cmp(&value) {
        Ordering::Equal => return None,
        Ordering::Less => (nearest, F16::from_bits(nearest.to_bits() + 1)),
        Ordering::Greater => (F16::from_bits(nearest.to_bits() - 1), nearest),
    };
    (value - as_number(low) == as_number(high) - value).then_some((low, high))
}

/// How the magnitude that is written compares with a value halfway between two halves, which has few digits.
fn side(text: &[u8], mark: u8, value: f64) -> Ordering {
    let exact = format!("{value:.FINEST$}");
    match (Written::read(text, mark), Written::read(exact.as_bytes(), b'.')) {
        (Some(written), Some(exact)) => written.point.cmp(&exact.point).then_with(|| written.digits.cmp(&exact.digits)),
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::{F16, half};
    use crate::decode::Cause;

    #[test]
    fn every_half_and_what_lies_between() {
        for bits in 0..0x7c00_u16 {
            let (low, high) = (F16::from_bits(bits), F16::from_bits(bits + 1));
            let above = if high.is_infinite() { 65_536.0 } else { high.to_f64() };
            let middle = f64::midpoint(low.to_f64(), above);
            let even = if bits % 2 == 0 { low } else { high };
            let exact = format!("{middle:.25}");
            let digits = exact.trim_end_matches('0').trim_end_matches('.');
            let below = format!("{:.25}", f64::from_bits(middle.to_bits() - 1));
            for (text, wanted) in [
                (format!("{:.25}", low.to_f64()), low),
                (exact.clone(), even),
                (format!("{exact}0000000000000000000000000000001"), high),
                (format!("{digits}e0"), even),
                (below, low),
            ] {
                assert_eq!(half(text.as_bytes(), b'.').map(F16::to_bits), Ok(wanted.to_bits()), "{text}");
                let negative = format!("-{text}").replace('.', ",");
                assert_eq!(half(negative.as_bytes(), b',').map(F16::to_bits), Ok((-wanted).to_bits()), "{negative}");
            }
        }
    }

    #[test]
    fn what_no_half_holds() {
        assert_eq!(half(b"65519.999999999999999999999999999999", b'.'), Ok(F16::MAX));
        assert_eq!(half(b"65520", b'.'), Ok(F16::INFINITY));
        assert_eq!(half(b"-1e400", b'.'), Ok(F16::NEG_INFINITY));
        assert_eq!(half(b"1e-400", b'.').map(F16::to_bits), Ok(0));
        assert!(half(b"nan", b'.').is_ok_and(F16::is_nan));
        assert_eq!(half(b"1.5x", b'.'), Err(Cause::Cast));
    }
}
