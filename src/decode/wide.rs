//! Integers of 128 bits: as narrower ones, with a second word of digits before the last nineteen.

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeBinaryArray};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::datatypes::DataType;

use super::digits::{number, ten_to};
use super::numbers::read_grouped;
use super::spelling::ungrouped;
use super::values::Kind;
use super::{Cause, parse};

/// A column of signed integers of 128 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed {
    pub(super) thousands: Option<u8>,
}

/// A column of unsigned integers of 128 bits, held as the signed ones of the same bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unsigned {
    pub(super) thousands: Option<u8>,
}

/// The digits that one word of 64 bits surely holds.
const WORD: usize = 19;

/// The number that 1 to 38 digits write.
#[inline(always)]
fn magnitude(data: &[u8], start: usize, end: usize) -> Option<i128> {
    if end.wrapping_sub(start) <= WORD {
        return number(data, start, end).map(i128::from);
    }
    let middle = end.checked_sub(WORD)?;
    let (high, low) = (number(data, start, middle)?, number(data, middle, end)?);
    Some(i128::from(high) * i128::from(ten_to(WORD)) + i128::from(low))
}

/// Whether an integer may hold a byte.
fn may_hold(byte: u8, thousands: Option<u8>) -> bool {
    byte.is_ascii_digit() || b"+- ".contains(&byte) || thousands == Some(byte)
}

impl Kind for Signed {
    type Native = i128;

    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<i128> {
        let negative = *data.get(start)? == b'-';
        let magnitude = magnitude(data, start + usize::from(negative), end)?;
        let sign = -i128::from(negative);
        Some((magnitude ^ sign) - sign)
    }

    #[inline(always)]
    fn second(&self, data: &[u8], start: usize, end: usize) -> Option<i128> {
        read_grouped(data, start, end, self.thousands?, |data, start, end| self.fast(data, start, end))
    }

    fn parse(&self, text: &[u8]) -> Result<i128, Cause> {
        let plain = self.thousands.and_then(|thousands| ungrouped(text, thousands));
        parse::int128(plain.as_deref().unwrap_or(text))
    }

    fn may_hold(&self, byte: u8) -> bool {
        may_hold(byte, self.thousands)
    }

    fn array(&self, values: Vec<i128>, nulls: Option<NullBuffer>, _: &DataType) -> ArrayRef {
        array(values, nulls)
    }
}

impl Kind for Unsigned {
    type Native = i128;

    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<i128> {
        magnitude(data, start, end)
    }

    #[inline(always)]
    fn second(&self, data: &[u8], start: usize, end: usize) -> Option<i128> {
        read_grouped(data, start, end, self.thousands?, |data, start, end| self.fast(data, start, end))
    }

    fn parse(&self, text: &[u8]) -> Result<i128, Cause> {
        let plain = self.thousands.and_then(|thousands| ungrouped(text, thousands));
        parse::uint128(plain.as_deref().unwrap_or(text)).map(u128::cast_signed)
    }

    fn may_hold(&self, byte: u8) -> bool {
        may_hold(byte, self.thousands)
    }

    fn array(&self, values: Vec<i128>, nulls: Option<NullBuffer>, _: &DataType) -> ArrayRef {
        array(values, nulls)
    }
}

/// The numbers as sixteen bytes each, the lowest first, in the buffer that they grew in.
fn array(mut values: Vec<i128>, nulls: Option<NullBuffer>) -> ArrayRef {
    if cfg!(target_endian = "big") {
        values.iter_mut().for_each(|value| *value = value.to_le());
    }
    Arc::new(FixedSizeBinaryArray::new(16, Buffer::from_vec(values), nulls))
}
