//! What every x86-64 machine can do, for code that is not compiled once a back end.
#![expect(unsafe_code, reason = "a load into a register goes through a pointer")]

use std::arch::x86_64::*;

use crate::scan::drive::BLOCK;

/// Bit `i` is set where byte `i` of the block is `byte`.
#[inline(always)]
pub(in crate::scan) fn places(block: &[u8; BLOCK], byte: u8) -> u64 {
    let start: *const __m128i = block.as_ptr().cast();
    // SAFETY: `block` is four registers long, these loads need no alignment, and SSE2 belongs to x86-64.
    unsafe {
        let byte = _mm_set1_epi8(byte as i8);
        let mask = |at: usize| {
            let equal = _mm_cmpeq_epi8(_mm_loadu_si128(start.add(at)), byte);
            u64::from(_mm_movemask_epi8(equal) as u32) << (16 * at)
        };
        mask(0) | mask(1) | mask(2) | mask(3)
    }
}
