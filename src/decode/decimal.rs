//! Decimals of a fixed number of places: integers of 128 bits that nothing rounds.
//!
//! Digits are read as those of a float and scaled by one multiplication. What is written with more places than the column has,
//! with an exponent or with more than nineteen digits goes the exact way, which takes a number if it is one of the column's.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

use super::Cause;
use super::digits::ten_to;
use super::float::{Decimal, dot_of, may_hold};
use super::numbers::read_grouped;
use super::spelling::ungrouped;
use super::values::Kind;

/// The most digits of a decimal.
pub(super) const MOST: u8 = 38;

/// A column of decimals with `precision` digits, `scale` of them behind the mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixed {
    mark: u8,
    thousands: Option<u8>,
    precision: u8,
    scale: u8,
    /// Ten to the power of the precision, which no value reaches.
    limit: u128,
}

impl Fixed {
    /// `None` where there are no such decimals.
    pub(super) fn new(mark: u8, thousands: Option<u8>, precision: u8, scale: i8) -> Option<Fixed> {
        let scale = u8::try_from(scale).ok()?;
        let real = (1..=MOST).contains(&precision) && scale <= precision;
        real.then(|| Fixed { mark, thousands, precision, scale, limit: 10_u128.pow(precision.into()) })
    }
}

impl Kind for Fixed {
    type Native = i128;

    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<i128> {
        let (Decimal { digits, places }, negative) = Decimal::read(data, start, end, dot_of(self.mark))?;
        let missing = usize::from(self.scale).checked_sub(places)?;
        if missing > 19 {
            return None;
        }
        let magnitude = u128::from(digits) * u128::from(ten_to(missing));
        let sign = -i128::from(negative);
        (magnitude < self.limit).then_some((magnitude as i128 ^ sign) - sign)
    }

    #[inline(always)]
    fn second(&self, data: &[u8], start: usize, end: usize) -> Option<i128> {
        read_grouped(data, start, end, self.thousands?, |data, start, end| self.fast(data, start, end))
    }

    fn may_hold(&self, byte: u8) -> bool {
        may_hold(byte) || byte == self.mark || self.thousands == Some(byte)
    }

    fn parse(&self, text: &[u8]) -> Result<i128, Cause> {
        let plain = self.thousands.and_then(|thousands| ungrouped(text, thousands));
        fixed(plain.as_deref().unwrap_or(text), self.mark, self.precision, self.scale)
    }

    fn array(&self, values: Vec<i128>, nulls: Option<NullBuffer>, data_type: &DataType) -> ArrayRef {
        Arc::new(Decimal128Array::new(values.into(), nulls).with_data_type(data_type.clone()))
    }
}

/// A decimal number with optional sign, mark and exponent, after any blanks, in units of 10^-`scale`.
///
/// # Errors
/// [`Cause::Overflow`] where it has more digits before the mark than `precision` leaves, else [`Cause::Cast`] where it has more
/// than `scale` behind it that are not zeros, or is no number.
pub fn fixed(text: &[u8], mark: u8, precision: u8, scale: u8) -> Result<i128, Cause> {
    let number = Written::read(text, mark).ok_or(Cause::Cast)?;
    if number.digits.is_empty() {
        return Ok(0);
    }
    if number.point > i64::from(precision) - i64::from(scale) {
        return Err(Cause::Overflow);
    }
    let zeros = number.point + i64::from(scale) - number.digits.len() as i64;
    let Ok(zeros) = u32::try_from(zeros) else {
        return Err(Cause::Cast);
    };
    let digits = number.digits.iter().fold(0, |value: i128, digit| value * 10 + i128::from(digit - b'0'));
    let magnitude = digits * 10_i128.pow(zeros);
    Ok(if number.negative { -magnitude } else { magnitude })
}

/// A number as its digits: 0.`digits` times ten to the power of `point`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) negative: bool,
    /// Without zeros in front or behind; none at all is zero.
    pub(super) digits: Vec<u8>,
    pub(super) point: i64,
}

impl Written {
    /// `None` where the text is not a number: a sign perhaps, digits, of which some or all may stand behind the mark, and
    /// perhaps an exponent, after any blanks.
    pub(super) fn read(text: &[u8], mark: u8) -> Option<Written> {
        let blanks = text.iter().take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
        let (negative, rest) = split_sign(&text[blanks..]);
        let (whole, rest) = split_digits(rest);
        let (broken, rest) = match rest {
            [first, rest @ ..] if *first == mark => split_digits(rest),
            rest => (&[][..], rest),
        };
        if whole.is_empty() && broken.is_empty() {
            return None;
        }
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', rest @ ..] => {
                let (negative, rest) = split_sign(rest);
                let (digits, rest) = split_digits(rest);
                if digits.is_empty() || !rest.is_empty() {
                    return None;
                }
                // Beyond the length of any text, so that what is cut off says the same.
                const FAR: i64 = 1 << 40;
                let far = |value: i64, digit: &u8| (value * 10 + i64::from(digit - b'0')).min(FAR);
                let magnitude = digits.iter().fold(0, far);
                if negative { -magnitude } else { magnitude }
            }
            _ => return None,
        };
        let mut digits: Vec<u8> = [whole, broken].concat();
        let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
        digits.drain(..zeros);
        let kept = digits.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1);
        digits.truncate(kept);
        let point = if kept == 0 { 0 } else { whole.len() as i64 - zeros as i64 + exponent };
        Some(Written { negative, digits, point })
    }
}

fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    }
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

#[cfg(test)]
mod tests {
    use super::fixed;
    use crate::decode::Cause::{self, Cast, Overflow};

    #[test]
    fn nothing_is_rounded() {
        let cases: [(&str, Result<i128, Cause>); 38] = [
            ("0", Ok(0)),
            ("-0", Ok(0)),
            ("1", Ok(100)),
            ("1.5", Ok(150)),
            ("+1.25", Ok(125)),
            ("-1.25", Ok(-125)),
            (".5", Ok(50)),
            ("5.", Ok(500)),
            ("1.550", Ok(155)),
            ("1.555", Err(Cast)),
            ("0.00001", Err(Cast)),
            ("0.000", Ok(0)),
            ("999.99", Ok(99_999)),
            ("-999.99", Ok(-99_999)),
            ("1000", Err(Overflow)),
            ("1000.001", Err(Overflow)),
            ("999.995", Err(Cast)),
            ("1e2", Ok(10_000)),
            ("1E+2", Ok(10_000)),
            ("1e3", Err(Overflow)),
            ("1e-2", Ok(1)),
            ("1e-3", Err(Cast)),
            ("12345e-2", Ok(12_345)),
            ("0.0012e4", Ok(1_200)),
            ("0e999999999999999999999", Ok(0)),
            ("1e999999999999999999999", Err(Overflow)),
            ("1e-999999999999999999999", Err(Cast)),
            ("0000000000000000000000000000000000000000000000000000001.5", Ok(150)),
            ("1.50000000000000000000000000000000000000000000000000000", Ok(150)),
            (" \t1.5", Ok(150)),
            ("1.5 ", Err(Cast)),
            ("", Err(Cast)),
            (".", Err(Cast)),
            ("-", Err(Cast)),
            ("e5", Err(Cast)),
            ("1e", Err(Cast)),
            ("inf", Err(Cast)),
            ("1,5", Err(Cast)),
        ];
        for (text, value) in cases {
            assert_eq!(fixed(text.as_bytes(), b'.', 5, 2), value, "{text:?}");
        }
        let most = "9".repeat(38);
        assert_eq!(fixed(most.as_bytes(), b'.', 38, 0), most.parse().map_err(|_| Cast));
        assert_eq!(fixed(b"1e38", b'.', 38, 0), Err(Overflow));
        assert_eq!(fixed(format!("0.{most}").as_bytes(), b'.', 38, 38), most.parse().map_err(|_| Cast));
        assert_eq!(fixed(b"1", b'.', 38, 38), Err(Overflow));
        assert_eq!(fixed(b"1,5", b',', 5, 2), Ok(150));
        assert_eq!(fixed(b"1.5", b',', 5, 2), Err(Cast));
    }
}
