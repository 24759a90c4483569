//! One 64-byte register a block, and positions sixteen at a time: the numbers 0 to 63 are compressed by the mask, widened and
//! shifted to the block's place.
#![expect(unsafe_code, reason = "intrinsics need features that only the proof in `Avx512` vouches for")]

use std::arch::is_x86_feature_detected as has;
use std::arch::x86_64::*;

use super::avx2::carryless;
use super::{avx512_count, avx512_index};
use crate::scan::drive::{BLOCK, Counting, Indexing, RUN, Simd};
use crate::scan::{Counted, Ends, Indexed, Loops, Marks};

/// Proof that this machine has AVX-512 F, BW, CD, DQ, VL, VBMI2 and VPOPCNTDQ, BMI1, BMI2, LZCNT, POPCNT, PCLMULQDQ and VPCLMULQDQ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scan) struct Avx512(());

impl Avx512 {
    pub(in crate::scan) fn new() -> Option<Avx512> {
        let found = has!("avx512f")
            && has!("avx512bw")
            && has!("avx512cd")
            && has!("avx512dq")
            && has!("avx512vl")
            && has!("avx512vbmi2")
            && has!("avx512vpopcntdq")
            && has!("vpclmulqdq")
            && has!("bmi1")
            && has!("bmi2")
            && has!("lzcnt")
            && has!("popcnt")
            && has!("pclmulqdq");
        found.then_some(Avx512(()))
    }

    pub(in crate::scan) fn index(self, marks: &Marks, data: &[u8], from: usize, ends: &mut Ends) -> Indexed {
        // SAFETY: `self` exists, so `new` has found every feature that `index` enables.
        unsafe {
            let mut indexing = Indexing::new(from, ends);
            if !marks.is_rich() && marks.quote.is_some() {
                plain(self, marks, data, &mut indexing);
                avx512_index::stretches(self, marks, data, &mut indexing);
            }
            index(self, marks, data, indexing)
        }
    }

    pub(in crate::scan) fn count(self, marks: &Marks, data: &[u8], from: usize, fields: u32) -> Counted {
        // SAFETY: `self` exists, so `new` has found every feature that `count` enables.
        unsafe {
            let mut counting = Counting::new(from, fields);
            if !marks.is_rich() {
                avx512_count::stretches(self, marks, data, &mut counting);
            }
            count(self, marks, data, counting)
        }
    }

    #[inline]
    pub(in crate::scan) fn run<L: Loops>(self, loops: L) -> L::Output {
        // SAFETY: `self` exists, so `new` has found every feature that `run` enables.
        unsafe { run(loops) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
fn plain(simd: Avx512, marks: &Marks, data: &[u8], indexing: &mut Indexing<'_>) {
    indexing.plain(simd, marks, data);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
fn index(simd: Avx512, marks: &Marks, data: &[u8], indexing: Indexing<'_>) -> Indexed {
    indexing.finish(simd, marks, data)
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
fn count(simd: Avx512, marks: &Marks, data: &[u8], counting: Counting) -> Counted {
    counting.finish(simd, marks, data)
}

#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,bmi1,bmi2,lzcnt,popcnt")]
fn run<L: Loops>(loops: L) -> L::Output {
    loops.run()
}

/// The place of each byte in its block.
static PLACES: [u8; BLOCK] = {
    let mut places = [0; BLOCK];
    let mut i = 0;
    while i < BLOCK {
        places[i] = i as u8;
        i += 1;
    }
    places
};

impl Simd for Avx512 {
    type Block = __m512i;

    #[inline(always)]
    fn load(self, bytes: &[u8; BLOCK]) -> __m512i {
        // SAFETY: `bytes` is as long as the register, the load needs no alignment, and `self` proves AVX-512 F.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }

    #[inline(always)]
    fn equal(self, block: __m512i, byte: u8) -> u64 {
        // SAFETY: `self` proves AVX-512 BW.
        unsafe { _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(byte as i8)) }
    }

    #[inline(always)]
    fn either(self, block: __m512i, a: u8, b: u8) -> u64 {
        self.equal(block, a) | self.equal(block, b)
    }

    // The least byte of each place, combined with `byte`, is zero where one of them is `byte`: one mask in place of four, which are
    // made by fewer units than numbers are.
    #[inline(always)]
    fn any(self, blocks: &[__m512i; RUN], byte: u8) -> bool {
        // SAFETY: `self` proves AVX-512 F and BW.
        unsafe {
            let byte = _mm512_set1_epi8(byte as i8);
            let [a, b, c, d] = blocks.map(|block| _mm512_xor_si512(block, byte));
            let least = _mm512_min_epu8(_mm512_min_epu8(a, b), _mm512_min_epu8(c, d));
            _mm512_testn_epi8_mask(least, least) != 0
        }
    }

    #[inline(always)]
    fn prefix_xor(self, mask: u64) -> u64 {
        // SAFETY: `self` proves PCLMULQDQ.
        unsafe { carryless(mask) }
    }

    // Every machine with VBMI2 has a fast `pdep`; of those with BMI2 alone some take a hundred times as long.
    const RANKS: bool = true;

    #[inline(always)]
    fn ranked(self, ranks: u64, of: u64) -> u64 {
        // SAFETY: `self` proves BMI2.
        unsafe { _pdep_u64(ranks, of) }
    }

    #[inline(always)]
    fn positions(self, mask: u64, base: u32, slots: &mut [u32; BLOCK]) -> usize {
        let count = mask.count_ones() as usize;
        let [first, second, third, fourth] = quarters(slots);
        // SAFETY: `self` proves AVX-512 F and VBMI2.
        unsafe {
            let places = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(PLACES.as_ptr().cast()));
            let base = _mm512_set1_epi32(base as i32);
            widen(_mm512_castsi512_si128(places), base, first);
            if count > 16 {
                widen(_mm512_extracti32x4_epi32::<1>(places), base, second);
                if count > 32 {
                    widen(_mm512_extracti32x4_epi32::<2>(places), base, third);
                    widen(_mm512_extracti32x4_epi32::<3>(places), base, fourth);
                }
            }
        }
        count
    }
}

#[inline(always)]
fn quarters(slots: &mut [u32; BLOCK]) -> &mut [[u32; 16]; 4] {
    let (quarters, _) = slots.as_chunks_mut();
    quarters.first_chunk_mut().expect("a block has four quarters")
}

/// Writes `base` plus each of the sixteen bytes.
///
/// # Safety
///
/// The machine has AVX-512 F.
#[inline(always)]
unsafe fn widen(places: __m128i, base: __m512i, slots: &mut [u32; 16]) {
    // SAFETY: the caller vouches for AVX-512 F, and `slots` is as long as the store, which needs no alignment.
    unsafe {
        let positions = _mm512_add_epi32(_mm512_cvtepu8_epi32(places), base);
        _mm512_storeu_si512(slots.as_mut_ptr().cast(), positions);
    }
}
