//! The index of fields, a stretch of eight blocks at a time ([`avx512_lanes`](super::avx512_lanes)).
//!
//! In: marks with a quote that are not [rich](Marks::is_rich). Out: an [`Indexing`] that stands behind the last whole stretch
//! that keeps the rule; what follows, a stretch that breaks it included, is left to the walk of [`drive`](crate::scan::drive).
#![expect(unsafe_code, reason = "intrinsics need features that only the proof in `Avx512` vouches for")]

use std::arch::x86_64::*;

use super::avx512::Avx512;
use super::avx512_lanes::{Carry, LANES, Masks, STRETCH, loaded, stored};
use crate::scan::Marks;
use crate::scan::drive::{BLOCK, Indexing, Simd};

/// Slots for the positions of a stretch. A byte takes one at most, and `Simd::positions` asks for a whole block's.
const SLOTS: usize = STRETCH + BLOCK;

/// Indexes whole stretches from where `indexing` stands.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,avx512vpopcntdq,vpclmulqdq")]
#[target_feature(enable = "bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
pub(super) fn stretches(simd: Avx512, marks: &Marks, data: &[u8], indexing: &mut Indexing<'_>) {
    let rest = |indexing: &Indexing<'_>| data[indexing.at..].as_chunks::<STRETCH>().0;
    walk::<false>(simd, marks, rest(indexing), indexing);
    // Returns are looked for by their places from the first on.
    if marks.excuse_return() {
        walk::<true>(simd, marks, rest(indexing), indexing);
    }
}

/// Indexes stretches up to the first that breaks the rule, and without `RETURNS` to the first that holds a carriage return.
#[inline(always)]
fn walk<const RETURNS: bool>(simd: Avx512, marks: &Marks, stretches: &[[u8; STRETCH]], indexing: &mut Indexing<'_>) {
    let Some(first) = stretches.first() else { return };
    let mut walked = stretches.len();
    let mut masks = [Masks::EMPTY; 2];
    let mut at = indexing.at;
    // SAFETY: `simd` proves every feature that `stretches` enables.
    unsafe {
        let none = _mm512_setzero_si512();
        let mut carry = Carry::of(&indexing.edge);
        let (mut records, mut seen_quotes, mut doubled, mut returns) = (none, none, none, none);
        masks[0].find::<true, RETURNS>(marks, first);
        for (i, stretch) in stretches.iter().enumerate() {
            if !RETURNS && holds(stretch, b'\r') {
                walked = i;
                break;
            }
            if let Some(next) = stretches.get(i + 1) {
                masks[(i + 1) % 2].find::<true, RETURNS>(marks, next);
            }
            let masks = &masks[i % 2];
            let mut terminators = loaded(&masks.terminators);
            let mut ends = _mm512_or_si512(loaded(&masks.delimiters), terminators);
            let quotes = loaded(&masks.quotes);
            if carry.concerns(quotes) {
                let Some(read) = carry.read::<RETURNS>(masks, quotes, ends, terminators) else {
                    walked = i;
                    break;
                };
                seen_quotes = _mm512_or_si512(seen_quotes, quotes);
                doubled = _mm512_or_si512(doubled, read.doubled);
                ends = _mm512_andnot_si512(read.parity, ends);
                terminators = _mm512_andnot_si512(read.parity, terminators);
            } else {
                carry.after_plain(ends);
            }
            if RETURNS {
                returns = _mm512_or_si512(returns, loaded(&masks.returns));
            }
            records = _mm512_add_epi64(records, _mm512_popcnt_epi64(terminators));
            let ends = stored(ends);
            let positions = &mut indexing.positions.ends;
            positions.reserve(SLOTS);
            let slots: &mut [u32; SLOTS] = positions.slots().first_chunk_mut().expect("room was made for the stretch");
            let mut written = 0;
            for lane in 0..LANES {
                let slots = slots[written..].first_chunk_mut().expect("a block writes no more than it has bytes");
                written += simd.positions(ends.get(lane), (at + lane * BLOCK) as u32, slots);
            }
            positions.take(written);
            at += STRETCH;
        }
        carry.hand_to(&mut indexing.edge);
        indexing.seen.quotes |= _mm512_reduce_or_epi64(seen_quotes) as u64;
        indexing.seen.doubled |= _mm512_reduce_or_epi64(doubled) as u64;
        indexing.seen.returns |= _mm512_reduce_or_epi64(returns) as u64;
        indexing.positions.records += _mm512_reduce_add_epi64(records) as u64;
    }
    indexing.at += walked * STRETCH;
}

/// Whether a stretch holds a byte: the least byte of each place, combined with that one, is zero where one of them is it.
///
/// # Safety
///
/// The machine has AVX-512 BW.
#[inline(always)]
unsafe fn holds(stretch: &[u8; STRETCH], byte: u8) -> bool {
    // SAFETY: the caller vouches for AVX-512 BW; a block is as long as the register, and the load needs no alignment.
    unsafe {
        let byte = _mm512_set1_epi8(byte as i8);
        let (blocks, _) = stretch.as_chunks::<BLOCK>();
        let mut least = _mm512_set1_epi8(-1);
        for block in blocks {
            let block = _mm512_loadu_si512(block.as_ptr().cast());
            least = _mm512_min_epu8(least, _mm512_xor_si512(block, byte));
        }
        _mm512_testn_epi8_mask(least, least) != 0
    }
}
