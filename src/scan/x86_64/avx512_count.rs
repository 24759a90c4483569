//! The count of records, a stretch of eight blocks at a time ([`avx512_lanes`](super::avx512_lanes)).
//!
//! In: marks that are not [rich](Marks::is_rich). Out: a [`Counting`] that stands behind the last whole stretch
//! that keeps the rule; what follows, a stretch that breaks it included, is left to the walk of [`drive`](crate::scan::drive).
//!
//! The ends since the last terminator come from a prefix sum over the lanes.
#![expect(unsafe_code, reason = "intrinsics need features that only the proof in `Avx512` vouches for")]

use std::arch::x86_64::*;

use super::avx512::Avx512;
use super::avx512_lanes::{Carry, LANES, Lanes, Masks, STRETCH, any, loaded, stored};
use crate::scan::Marks;
use crate::scan::drive::{BLOCK, Counting};

/// What a stretch leaves to the next one, and what was found so far.
#[derive(Clone, Copy)]
struct State {
    carry: Carry,
    /// The ends since the last terminator, in each lane.
    open: __m512i,
    /// The terminators that each lane has had.
    records: __m512i,
    /// The quotes and the terminators inside quotes, all stretches over each other.
    quotes: __m512i,
    wrapped: __m512i,
    /// Not zero once a record had another number of fields.
    uneven: u64,
}

/// Counts whole stretches from where `counting` stands.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,avx512vpopcntdq,vpclmulqdq")]
#[target_feature(enable = "bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
pub(super) fn stretches(simd: Avx512, marks: &Marks, data: &[u8], counting: &mut Counting) {
    let rest = |counting: &Counting| data[counting.at..].as_chunks::<STRETCH>().0;
    if marks.quote.is_none() {
        return walk::<false, false>(simd, marks, rest(counting), counting);
    }
    walk::<true, false>(simd, marks, rest(counting), counting);
    // Returns are looked at from the first on that follows a closing quote.
    if marks.excuse_return() && !rest(counting).is_empty() {
        walk::<true, true>(simd, marks, rest(counting), counting);
    }
}

/// Counts stretches up to the first that breaks the rule. `RETURNS` says that a return behind a closing quote may be excused.
#[inline(always)]
fn walk<const QUOTED: bool, const RETURNS: bool>(
    _simd: Avx512,
    marks: &Marks,
    stretches: &[[u8; STRETCH]],
    counting: &mut Counting,
) {
    let Some(first) = stretches.first() else { return };
    let fields = counting.records.fields;
    let mut last = None;
    let mut walked = stretches.len();
    let mut masks = [Masks::EMPTY; 2];
    // SAFETY: `_simd` proves every feature that `stretches` enables.
    unsafe {
        let mut state = State::of(counting);
        let every = _mm512_set1_epi64(i64::from(fields));
        let behind_all = _mm512_set1_epi64(i64::from(fields) - 1);
        let multiples = _mm512_set1_epi64(counting.records.multiples as i64);
        masks[0].find::<QUOTED, RETURNS>(marks, first);
        for i in 0..stretches.len() {
            if let Some(next) = stretches.get(i + 1) {
                masks[(i + 1) % 2].find::<QUOTED, RETURNS>(marks, next);
            }
            let masks = &masks[i % 2];
            let mut terminators = loaded(&masks.terminators);
            let mut ends = _mm512_or_si512(loaded(&masks.delimiters), terminators);
            let mut next = state;
            let quotes = if QUOTED { loaded(&masks.quotes) } else { _mm512_setzero_si512() };
            if QUOTED && state.carry.concerns(quotes) {
                let Some(read) = next.carry.read::<RETURNS>(masks, quotes, ends, terminators) else {
                    walked = i;
                    break;
                };
                next.quotes = _mm512_or_si512(state.quotes, quotes);
                next.wrapped = _mm512_or_si512(state.wrapped, _mm512_and_si512(read.parity, terminators));
                ends = _mm512_andnot_si512(read.parity, ends);
                terminators = _mm512_andnot_si512(read.parity, terminators);
            } else {
                next.carry.after_plain(ends);
            }

            let records = _mm512_popcnt_epi64(terminators);
            next.records = _mm512_add_epi64(state.records, records);
            let gained = _mm512_sub_epi64(_mm512_popcnt_epi64(ends), _mm512_mul_epu32(records, every));
            let sums = summed(gained);
            next.open = _mm512_add_epi64(state.open, _mm512_permutexvar_epi64(_mm512_set1_epi64(7), sums));
            // As in `drive`: every so manyth end is due to be a terminator, and no other.
            let before = _mm512_add_epi64(state.open, _mm512_sub_epi64(sums, gained));
            let due = stored(_mm512_sllv_epi64(multiples, _mm512_sub_epi64(behind_all, before)));
            let (lanes, all) = (stored(terminators), stored(ends));
            for lane in 0..LANES {
                next.uneven |= _pdep_u64(due.get(lane), all.get(lane)) ^ lanes.get(lane);
            }
            if any(terminators) {
                last = Some((i, lanes));
            }
            state = next;
        }
        state.hand_to(counting);
    }
    if let Some((stretch, Lanes(terminators))) = last {
        let lane = terminators.iter().rposition(|&mask| mask != 0).expect("a stretch with a terminator");
        counting.records.last = terminators[lane];
        counting.records.last_at = counting.at + stretch * STRETCH + lane * BLOCK;
    }
    counting.at += walked * STRETCH;
}

impl State {
    /// # Safety
    ///
    /// The machine has AVX-512 F.
    #[inline(always)]
    unsafe fn of(counting: &Counting) -> State {
        // SAFETY: the caller vouches for AVX-512 F.
        unsafe {
            let none = _mm512_setzero_si512();
            State {
                carry: Carry::of(&counting.edge),
                open: _mm512_set1_epi64(i64::from(counting.records.open)),
                records: none,
                quotes: none,
                wrapped: none,
                uneven: 0,
            }
        }
    }

    /// # Safety
    ///
    /// The machine has AVX-512 F.
    #[inline(always)]
    unsafe fn hand_to(&self, counting: &mut Counting) {
        let Counting { edge, seen, records, .. } = counting;
        // SAFETY: the caller vouches for AVX-512 F.
        unsafe {
            self.carry.hand_to(edge);
            seen.quotes |= _mm512_reduce_or_epi64(self.quotes) as u64;
            seen.wrapped |= _mm512_reduce_or_epi64(self.wrapped) as u64;
            records.count += _mm512_reduce_add_epi64(self.records) as u64;
            records.open = stored(self.open).0[0] as u32;
            records.uneven |= self.uneven;
        }
    }
}

/// Each lane plus all lanes before it.
///
/// # Safety
///
/// The machine has AVX-512 F.
#[inline(always)]
unsafe fn summed(lanes: __m512i) -> __m512i {
    // SAFETY: the caller vouches for AVX-512 F.
    unsafe {
        let none = _mm512_setzero_si512();
        let lanes = _mm512_add_epi64(lanes, _mm512_alignr_epi64::<7>(lanes, none));
        let lanes = _mm512_add_epi64(lanes, _mm512_alignr_epi64::<6>(lanes, none));
        _mm512_add_epi64(lanes, _mm512_alignr_epi64::<4>(lanes, none))
    }
}
