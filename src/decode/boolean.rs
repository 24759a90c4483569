//! Booleans: `true` and `false` in any case, a byte each while they grow, a bit each in the end.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::datatypes::DataType;

use super::values::Kind;
use super::{Cause, parse};

/// A boolean column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Truth;

/// Letters to lower case; no other byte becomes a letter.
const LOWER: u64 = 0x2020_2020_2020_2020;
const TRUE: u64 = u64::from_le_bytes(*b"true\0\0\0\0");
const FALSE: u64 = u64::from_le_bytes(*b"false\0\0\0");

impl Kind for Truth {
    /// 0 or 1: stores of whole bytes keep the loop free of a bit that carries from row to row.
    type Native = u8;

    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<u8> {
        let length = end.wrapping_sub(start);
        if length.wrapping_sub(4) > 1 {
            return None;
        }
        let bytes = data.get(end.wrapping_sub(8)..end)?;
        let junk = 64 - 8 * length as u32;
        let word = (u64::from_le_bytes(bytes.try_into().ok()?) | LOWER) >> junk;
        // The length says which word it is to be: of two comparisons a compiler may make a branch, which nobody could predict.
        let odd = length as u64 & 1;
        let expected = TRUE ^ ((TRUE ^ FALSE) & 0_u64.wrapping_sub(odd));
        (word == expected).then_some(1 ^ odd as u8)
    }

    fn parse(&self, text: &[u8]) -> Result<u8, Cause> {
        parse::boolean(text).map(u8::from)
    }

    fn array(&self, values: Vec<u8>, nulls: Option<NullBuffer>, _: &DataType) -> ArrayRef {
        let bits = BooleanBuffer::new(Buffer::from_vec(pack(&values)), 0, values.len());
        Arc::new(BooleanArray::new(bits, nulls))
    }
}

/// Eight bytes of 0 or 1 to one byte, first row lowest.
fn pack(values: &[u8]) -> Vec<u8> {
    // Byte k times 2^(56 - 7k) lands on bit 56 + k, and no two products meet on any bit.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (eights, rest) = values.as_chunks::<8>();
    let mut bits = Vec::with_capacity(values.len().div_ceil(8));
    bits.extend(eights.iter().map(|eight| (u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56) as u8));
    if !rest.is_empty() {
        bits.push(rest.iter().enumerate().fold(0, |byte, (bit, value)| byte | (value << bit)));
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::pack;

    #[test]
    fn every_byte_packs() {
        for byte in 0..=255_u8 {
            let values: Vec<u8> = (0..11).map(|bit| byte.rotate_right(bit) & 1).collect();
            assert_eq!(pack(&values), [byte, byte & 7]);
            assert_eq!(pack(&values[..8]), [byte]);
        }
        assert!(pack(&[]).is_empty());
    }
}
