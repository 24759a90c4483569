//! Four 16-byte registers a block.
//!
//! NEON belongs to every 64-bit ARM machine that the standard library runs on: [`Neon`] needs no proof of it. It cannot move a mask to
//! a general register: one bit a byte is summed pairwise instead, once for each mask, which is why [`Simd::either`] and
//! [`Simd::any`] join registers before that. Parity is found by doubling, since carry-less multiplication is not in every machine.
#![expect(unsafe_code, reason = "intrinsics ask their caller for NEON, even where the target always has it")]

use std::arch::aarch64::*;

use crate::scan::drive::{self, BLOCK, RUN, Simd};
use crate::scan::portable;
use crate::scan::{Counted, Ends, Indexed, Marks};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scan) struct Neon;

impl Neon {
    pub(in crate::scan) fn index(self, marks: &Marks, data: &[u8], from: usize, ends: &mut Ends) -> Indexed {
        drive::index(self, marks, data, from, ends)
    }

    pub(in crate::scan) fn count(self, marks: &Marks, data: &[u8], from: usize, fields: u32) -> Counted {
        drive::count(self, marks, data, from, fields)
    }
}

impl Simd for Neon {
    type Block = [uint8x16_t; 4];

    #[inline(always)]
    fn load(self, bytes: &[u8; BLOCK]) -> [uint8x16_t; 4] {
        let start = bytes.as_ptr();
        // SAFETY: `bytes` is four registers long, these loads need no alignment, and the target has NEON.
        unsafe { [vld1q_u8(start), vld1q_u8(start.add(16)), vld1q_u8(start.add(32)), vld1q_u8(start.add(48))] }
    }

    #[inline(always)]
    fn equal(self, [a, b, c, d]: [uint8x16_t; 4], byte: u8) -> u64 {
        // SAFETY: the target has NEON.
        unsafe {
            let byte = vdupq_n_u8(byte);
            gather([vceqq_u8(a, byte), vceqq_u8(b, byte), vceqq_u8(c, byte), vceqq_u8(d, byte)])
        }
    }

    #[inline(always)]
    fn either(self, [a, b, c, d]: [uint8x16_t; 4], first: u8, second: u8) -> u64 {
        // SAFETY: the target has NEON.
        unsafe {
            let first = vdupq_n_u8(first);
            let second = vdupq_n_u8(second);
            gather([
                vorrq_u8(vceqq_u8(a, first), vceqq_u8(a, second)),
                vorrq_u8(vceqq_u8(b, first), vceqq_u8(b, second)),
                vorrq_u8(vceqq_u8(c, first), vceqq_u8(c, second)),
                vorrq_u8(vceqq_u8(d, first), vceqq_u8(d, second)),
            ])
        }
    }

    #[inline(always)]
    fn any(self, blocks: &[[uint8x16_t; 4]; RUN], byte: u8) -> bool {
        // SAFETY: the target has NEON.
        unsafe {
            let byte = vdupq_n_u8(byte);
            let mut found = vdupq_n_u8(0);
            for &register in blocks.as_flattened() {
                found = vorrq_u8(found, vceqq_u8(register, byte));
            }
            vmaxvq_u8(found) != 0
        }
    }

    #[inline(always)]
    fn prefix_xor(self, mask: u64) -> u64 {
        portable::prefix_xor(mask)
    }

    #[inline(always)]
    fn positions(self, mask: u64, base: u32, slots: &mut [u32; BLOCK]) -> usize {
        portable::positions(mask, base, slots)
    }
}

/// Bit `i` of the result is set where byte `i` of the four registers is all ones; the others are zero.
///
/// # Safety
///
/// The machine has NEON.
#[inline(always)]
unsafe fn gather([a, b, c, d]: [uint8x16_t; 4]) -> u64 {
    // SAFETY: the caller vouches for NEON.
    unsafe {
        // Bit `i % 8` stays of byte `i`; three rounds of sums of neighbours bring eight bytes into one.
        let weights = vreinterpretq_u8_u64(vdupq_n_u64(0x8040_2010_0804_0201));
        let first = vpaddq_u8(vandq_u8(a, weights), vandq_u8(b, weights));
        let second = vpaddq_u8(vandq_u8(c, weights), vandq_u8(d, weights));
        let sums = vpaddq_u8(first, second);
        let sums = vpaddq_u8(sums, sums);
        vgetq_lane_u64::<0>(vreinterpretq_u64_u8(sums))
    }
}
