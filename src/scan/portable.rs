//! The back end for any machine: eight bytes in each 64-bit word, no intrinsics.

use super::drive::{self, BLOCK, RUN, Simd};
use super::{Counted, Ends, Indexed, Marks};

/// A one in the lowest bit of each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// All but the highest bit of each byte.
const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Portable;

impl Portable {
    pub(super) fn index(self, marks: &Marks, data: &[u8], from: usize, ends: &mut Ends) -> Indexed {
        drive::index(self, marks, data, from, ends)
    }

    pub(super) fn count(self, marks: &Marks, data: &[u8], from: usize, fields: u32) -> Counted {
        drive::count(self, marks, data, from, fields)
    }
}

/// The highest bit of each byte of `word` that equals `byte`.
///
/// Adding `LOW` to seven bits carries into the eighth unless they are zero, and never out of the byte, so that a match does not
/// disturb its neighbours.
#[inline(always)]
fn matches(word: u64, byte: u8) -> u64 {
    let differs = word ^ (ONES * u64::from(byte));
    !(((differs & LOW) + LOW) | differs) & !LOW
}

/// Gathers the highest bits of the eight bytes into the lowest eight bits.
#[inline(always)]
fn gather(highest: u64) -> u64 {
    // Bit 8i moves to bit 56 + i: the product sums shifts by 56 - 7i, no two of which meet in one bit.
    (highest >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[inline(always)]
fn mask(block: &[u64; 8], test: impl Fn(u64) -> u64) -> u64 {
    let mut mask = 0;
    for (i, &word) in block.iter().enumerate() {
        mask |= gather(test(word)) << (8 * i);
    }
    mask
}

/// The parity of bits `0..=i` in bit `i`, by doubling.
#[inline(always)]
pub(super) fn prefix_xor(mut mask: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        mask ^= mask << shift;
    }
    mask
}

/// Writes the positions one by one.
#[inline(always)]
pub(super) fn positions(mut mask: u64, base: u32, slots: &mut [u32; BLOCK]) -> usize {
    let mut written = 0;
    for slot in slots {
        if mask == 0 {
            break;
        }
        *slot = base + mask.trailing_zeros();
        mask &= mask - 1;
        written += 1;
    }
    written
}

impl Simd for Portable {
    type Block = [u64; 8];

    #[inline(always)]
    fn load(self, bytes: &[u8; BLOCK]) -> [u64; 8] {
        let (words, _) = bytes.as_chunks::<8>();
        std::array::from_fn(|i| u64::from_le_bytes(words[i]))
    }

    #[inline(always)]
    fn equal(self, block: [u64; 8], byte: u8) -> u64 {
        mask(&block, |word| matches(word, byte))
    }

    #[inline(always)]
    fn either(self, block: [u64; 8], a: u8, b: u8) -> u64 {
        mask(&block, |word| matches(word, a) | matches(word, b))
    }

    #[inline(always)]
    fn any(self, blocks: &[[u64; 8]; RUN], byte: u8) -> bool {
        let mut found = 0;
        for &word in blocks.as_flattened() {
            found |= matches(word, byte);
        }
        found != 0
    }

    #[inline(always)]
    fn prefix_xor(self, mask: u64) -> u64 {
        prefix_xor(mask)
    }

    #[inline(always)]
    fn positions(self, mask: u64, base: u32, slots: &mut [u32; BLOCK]) -> usize {
        positions(mask, base, slots)
    }
}
