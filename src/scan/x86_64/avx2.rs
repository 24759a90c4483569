//! Two 32-byte registers a block; positions one by one, eight before the first question.
#![expect(unsafe_code, reason = "intrinsics need features that only the proof in `Avx2` vouches for")]

use std::arch::is_x86_feature_detected as has;
use std::arch::x86_64::*;

use crate::scan::drive::{self, BLOCK, RUN, Simd};
use crate::scan::{Counted, Ends, Indexed, Loops, Marks};

/// Proof that this machine has AVX2, BMI1, BMI2, LZCNT, POPCNT and PCLMULQDQ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scan) struct Avx2(());

impl Avx2 {
    pub(in crate::scan) fn new() -> Option<Avx2> {
        let found =
            has!("avx2") && has!("bmi1") && has!("bmi2") && has!("lzcnt") && has!("popcnt") && has!("pclmulqdq");
        found.then_some(Avx2(()))
    }

    pub(in crate::scan) fn index(self, marks: &Marks, data: &[u8], from: usize, ends: &mut Ends) -> Indexed {
        // SAFETY: `self` exists, so `new` has found every feature that `index` enables.
        unsafe { index(self, marks, data, from, ends) }
    }

    pub(in crate::scan) fn count(self, marks: &Marks, data: &[u8], from: usize, fields: u32) -> Counted {
        // SAFETY: `self` exists, so `new` has found every feature that `count` enables.
        unsafe { count(self, marks, data, from, fields) }
    }

    #[inline]
    pub(in crate::scan) fn run<L: Loops>(self, loops: L) -> L::Output {
        // SAFETY: `self` exists, so `new` has found every feature that `run` enables.
        unsafe { run(loops) }
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
fn index(simd: Avx2, marks: &Marks, data: &[u8], from: usize, ends: &mut Ends) -> Indexed {
    drive::index(simd, marks, data, from, ends)
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
fn count(simd: Avx2, marks: &Marks, data: &[u8], from: usize, fields: u32) -> Counted {
    drive::count(simd, marks, data, from, fields)
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn run<L: Loops>(loops: L) -> L::Output {
    loops.run()
}

impl Simd for Avx2 {
    type Block = [__m256i; 2];

    #[inline(always)]
    fn load(self, bytes: &[u8; BLOCK]) -> [__m256i; 2] {
        let start: *const __m256i = bytes.as_ptr().cast();
        // SAFETY: `bytes` is two registers long, these loads need no alignment, and `self` proves AVX2.
        unsafe { [_mm256_loadu_si256(start), _mm256_loadu_si256(start.add(1))] }
    }

    #[inline(always)]
    fn equal(self, [low, high]: [__m256i; 2], byte: u8) -> u64 {
        // SAFETY: `self` proves AVX2.
        unsafe {
            let byte = _mm256_set1_epi8(byte as i8);
            join(_mm256_cmpeq_epi8(low, byte), _mm256_cmpeq_epi8(high, byte))
        }
    }

    #[inline(always)]
    fn either(self, [low, high]: [__m256i; 2], a: u8, b: u8) -> u64 {
        // SAFETY: `self` proves AVX2.
        unsafe {
            let a = _mm256_set1_epi8(a as i8);
            let b = _mm256_set1_epi8(b as i8);
            join(
                _mm256_or_si256(_mm256_cmpeq_epi8(low, a), _mm256_cmpeq_epi8(low, b)),
                _mm256_or_si256(_mm256_cmpeq_epi8(high, a), _mm256_cmpeq_epi8(high, b)),
            )
        }
    }

    #[inline(always)]
    fn any(self, blocks: &[[__m256i; 2]; RUN], byte: u8) -> bool {
        // SAFETY: `self` proves AVX2.
        unsafe {
            let byte = _mm256_set1_epi8(byte as i8);
            let mut found = _mm256_setzero_si256();
            for &register in blocks.as_flattened() {
                found = _mm256_or_si256(found, _mm256_cmpeq_epi8(register, byte));
            }
            _mm256_movemask_epi8(found) != 0
        }
    }

    #[inline(always)]
    fn prefix_xor(self, mask: u64) -> u64 {
        // SAFETY: `self` proves PCLMULQDQ.
        unsafe { carryless(mask) }
    }

    #[inline(always)]
    fn positions(self, mut mask: u64, base: u32, slots: &mut [u32; BLOCK]) -> usize {
        let count = mask.count_ones() as usize;
        for slots in slots.as_chunks_mut::<8>().0 {
            for slot in slots {
                // A mask that is used up gives 64 without end, in slots that do not count.
                let position = base.wrapping_add(mask.trailing_zeros());
                // SAFETY: the slot is borrowed. Volatile, since the compiler would otherwise gather eight positions in a
                // register for one store, at twice the cost.
                unsafe { (&raw mut *slot).write_volatile(position) };
                mask &= mask.wrapping_sub(1);
            }
            if mask == 0 {
                break;
            }
        }
        count
    }
}

/// The highest bit of each of the 64 bytes.
///
/// # Safety
///
/// The machine has AVX2.
#[inline(always)]
unsafe fn join(low: __m256i, high: __m256i) -> u64 {
    // SAFETY: the caller vouches for AVX2.
    unsafe {
        let low = _mm256_movemask_epi8(low) as u32;
        let high = _mm256_movemask_epi8(high) as u32;
        u64::from(high) << 32 | u64::from(low)
    }
}

/// The parity of bits `0..=i` in bit `i`: the low half of the product with all ones, without carries.
///
/// # Safety
///
/// The machine has PCLMULQDQ.
#[inline(always)]
pub(super) unsafe fn carryless(mask: u64) -> u64 {
    // SAFETY: the caller vouches for PCLMULQDQ; the rest is SSE2, which x86-64 always has.
    unsafe {
        let product = _mm_clmulepi64_si128::<0>(_mm_cvtsi64_si128(mask as i64), _mm_set1_epi8(-1));
        _mm_cvtsi128_si64(product) as u64
    }
}
