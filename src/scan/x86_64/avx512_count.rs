//! The count of records, eight blocks at a time: their masks lie in one register, a block a lane, and the rule of quotes is
//! applied to all of them at once.
//!
//! In: marks that are not [rich](Marks::is_rich). Out: a [`Counting`] that stands behind the last whole stretch
//! that keeps the rule; what follows, a stretch that breaks it included, is left to the walk of [`drive`](crate::scan::drive).
//!
//! The formulas are those of [`scan`](crate::scan). What a shift carries across blocks comes from the lane before (`valignq` and
//! `vpshldq`), parity from a prefix sum of the lanes' own, and the ends since the last terminator from another one.
#![expect(unsafe_code, reason = "intrinsics need features that only the proof in `Avx512` vouches for")]

use std::arch::x86_64::*;

use super::avx512::Avx512;
use crate::scan::Marks;
use crate::scan::drive::{BLOCK, Counting};

/// Blocks in a stretch.
const LANES: usize = 8;
/// Bytes in a stretch.
const STRETCH: usize = LANES * BLOCK;

/// A mask a block.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lanes([u64; LANES]);

impl Lanes {
    /// A lane, by way of memory.
    #[inline(always)]
    fn get(&self, lane: usize) -> u64 {
        // SAFETY: the lane is borrowed. Volatile, since the compiler would otherwise take it out of the register that was stored
        // here, and put the results into another one, at twice the cost.
        unsafe { (&raw const self.0[lane]).read_volatile() }
    }
}

const NONE: Lanes = Lanes([0; LANES]);

/// Where the marks are in a stretch.
struct Masks {
    delimiters: Lanes,
    terminators: Lanes,
    quotes: Lanes,
    returns: Lanes,
}

impl Masks {
    const EMPTY: Masks = Masks { delimiters: NONE, terminators: NONE, quotes: NONE, returns: NONE };

    /// Looks for the marks in a stretch; `QUOTED` and `RETURNS` say whether for quotes and for returns.
    ///
    /// # Safety
    ///
    /// The machine has AVX-512 BW.
    #[inline(always)]
    unsafe fn find<const QUOTED: bool, const RETURNS: bool>(&mut self, marks: &Marks, stretch: &[u8; STRETCH]) {
        let (blocks, _) = stretch.as_chunks::<BLOCK>();
        for (lane, block) in blocks.iter().enumerate() {
            // SAFETY: the caller vouches for AVX-512 BW; a block is as long as the register, and the load needs no alignment.
            unsafe {
                let block = _mm512_loadu_si512(block.as_ptr().cast());
                let equal = |byte: u8| _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(byte as i8));
                self.delimiters.0[lane] = equal(marks.delimiter);
                self.terminators.0[lane] = equal(marks.terminator);
                if QUOTED {
                    self.quotes.0[lane] = equal(marks.quote.unwrap_or(0));
                }
                if RETURNS {
                    self.returns.0[lane] = equal(b'\r');
                }
            }
        }
    }
}

/// Bit `i` of entry `n` is the parity of bits `0..=i` of `n`.
static PARITIES: [u8; 256] = {
    let mut parities = [0; 256];
    let mut n = 0;
    while n < 256 {
        let pairs = n as u8 ^ (n as u8) << 1;
        let fours = pairs ^ pairs << 2;
        parities[n] = fours ^ fours << 4;
        n += 1;
    }
    parities
};

/// What a stretch leaves to the next one, and what was found so far.
#[derive(Clone, Copy)]
struct State {
    /// All ones inside quotes, else zero.
    inside: u8,
    /// Structure outside quotes: what a quote may open behind. The highest bit of the last lane is what counts.
    opened: __m512i,
    /// Closing quotes; the same bit counts.
    closed: __m512i,
    /// Excused returns; the same bit counts.
    returned: __m512i,
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
        let ones = _mm512_set1_epi64(-1);
        let top = _mm512_maskz_set1_epi64(1 << 7, i64::MIN);
        let every = _mm512_set1_epi64(i64::from(fields));
        let behind_all = _mm512_set1_epi64(i64::from(fields) - 1);
        let multiples = _mm512_set1_epi64(counting.records.multiples as i64);
        masks[0].find::<QUOTED, RETURNS>(marks, first);
        for i in 0..stretches.len() {
            // The masks of the next stretch are on their way to memory while this one's are read from there as vectors.
            if let Some(next) = stretches.get(i + 1) {
                masks[(i + 1) % 2].find::<QUOTED, RETURNS>(marks, next);
            }
            let masks = &masks[i % 2];
            let mut terminators = loaded(&masks.terminators);
            let mut ends = _mm512_or_si512(loaded(&masks.delimiters), terminators);
            let mut next = state;
            next.opened = ends;
            let quotes = if QUOTED { loaded(&masks.quotes) } else { _mm512_setzero_si512() };
            let closed = _mm512_and_si512(_mm512_or_si512(state.closed, state.returned), top);
            if QUOTED && (state.inside != 0 || any(_mm512_or_si512(closed, quotes))) {
                let low = _mm512_clmulepi64_epi128::<0>(quotes, ones);
                let high = _mm512_clmulepi64_epi128::<1>(quotes, ones);
                let parity = _mm512_unpacklo_epi64(low, high);
                let odd = PARITIES[usize::from(_mm512_movepi64_mask(parity))];
                let parity = _mm512_mask_xor_epi64(parity, odd << 1 ^ state.inside, parity, ones);
                next.inside = ((odd as i8) >> 7) as u8 ^ state.inside;

                let structure = _mm512_or_si512(ends, quotes);
                next.opened = _mm512_andnot_si512(parity, structure);
                next.closed = _mm512_andnot_si512(parity, quotes);
                let openings = _mm512_and_si512(quotes, parity);
                let strays = _mm512_andnot_si512(shifted(next.opened, state.opened), openings);
                let text = _mm512_andnot_si512(structure, shifted(next.closed, state.closed));
                let broken = if RETURNS {
                    let returns = loaded(&masks.returns);
                    next.returned = _mm512_and_si512(text, returns);
                    let torn = _mm512_andnot_si512(terminators, shifted(next.returned, state.returned));
                    _mm512_or_si512(_mm512_or_si512(strays, torn), _mm512_andnot_si512(returns, text))
                } else {
                    _mm512_or_si512(strays, text)
                };
                if any(broken) {
                    walked = i;
                    break;
                }
                next.quotes = _mm512_or_si512(state.quotes, quotes);
                next.wrapped = _mm512_or_si512(state.wrapped, _mm512_and_si512(parity, terminators));
                ends = _mm512_andnot_si512(parity, ends);
                terminators = _mm512_andnot_si512(parity, terminators);
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
        let edge = &counting.edge;
        // SAFETY: the caller vouches for AVX-512 F.
        unsafe {
            let top = |bit: u64| _mm512_set1_epi64((bit << 63) as i64);
            let none = _mm512_setzero_si512();
            State {
                inside: edge.inside as u8,
                opened: top(!(edge.text | edge.inside) & 1),
                closed: top(edge.closed),
                returned: top(edge.returned),
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
        // SAFETY: the caller vouches for AVX-512 F.
        unsafe {
            let top = |lanes: __m512i| stored(lanes).0[LANES - 1] >> 63;
            let Counting { edge, seen, records, .. } = counting;
            edge.inside = 0_u64.wrapping_sub(u64::from(self.inside & 1));
            edge.text = !(top(self.opened) | edge.inside) & 1;
            edge.closed = top(self.closed);
            edge.returned = top(self.returned);
            seen.quotes |= _mm512_reduce_or_epi64(self.quotes) as u64;
            seen.wrapped |= _mm512_reduce_or_epi64(self.wrapped) as u64;
            records.count += _mm512_reduce_add_epi64(self.records) as u64;
            records.open = stored(self.open).0[0] as u32;
            records.uneven |= self.uneven;
        }
    }
}

/// # Safety
///
/// The machine has AVX-512 F.
#[inline(always)]
unsafe fn loaded(lanes: &Lanes) -> __m512i {
    // SAFETY: the caller vouches for AVX-512 F; lanes are as long as the register and aligned to it.
    unsafe { _mm512_load_si512((&raw const lanes.0).cast()) }
}

/// # Safety
///
/// The machine has AVX-512 F.
#[inline(always)]
unsafe fn stored(lanes: __m512i) -> Lanes {
    let mut stored = NONE;
    // SAFETY: the caller vouches for AVX-512 F; lanes are as long as the register and aligned to it.
    unsafe { _mm512_store_si512((&raw mut stored.0).cast(), lanes) };
    stored
}

/// Whether any bit is set.
///
/// # Safety
///
/// The machine has AVX-512 F.
#[inline(always)]
unsafe fn any(lanes: __m512i) -> bool {
    // SAFETY: the caller vouches for AVX-512 F.
    unsafe { _mm512_test_epi64_mask(lanes, lanes) != 0 }
}

/// The bits, all as one number, one place higher; the lowest is the highest of `before`.
///
/// # Safety
///
/// The machine has AVX-512 F and VBMI2.
#[inline(always)]
unsafe fn shifted(lanes: __m512i, before: __m512i) -> __m512i {
    // SAFETY: the caller vouches for AVX-512 F and VBMI2.
    unsafe { _mm512_shldi_epi64::<1>(lanes, _mm512_alignr_epi64::<7>(lanes, before)) }
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
