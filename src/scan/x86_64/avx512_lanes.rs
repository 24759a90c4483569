//! The rule of quotes for eight blocks at a time: their masks lie in one register, a block a lane.
//!
//! In: marks that are not [rich](Marks::is_rich). The formulas are those of [`scan`](crate::scan). What a shift carries across
//! blocks comes from the lane before (`valignq` and `vpshldq`), parity from a table of the lanes' own.
//!
//! Masks go through memory: those of the next stretch are on their way there while this one's are read from there as vectors.
#![expect(unsafe_code, reason = "intrinsics need features that only the proof in `Avx512` vouches for")]

use std::arch::x86_64::*;

use crate::scan::Marks;
use crate::scan::drive::BLOCK;
use crate::scan::rule::Edge;

/// Blocks in a stretch.
pub(super) const LANES: usize = 8;
/// Bytes in a stretch.
pub(super) const STRETCH: usize = LANES * BLOCK;

/// A mask a block.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Lanes(pub(super) [u64; LANES]);

impl Lanes {
    pub(super) const NONE: Lanes = Lanes([0; LANES]);

    /// A lane, by way of memory.
    #[inline(always)]
    pub(super) fn get(&self, lane: usize) -> u64 {
        // SAFETY: the lane is borrowed. Volatile, since the compiler would otherwise take it out of the register that was stored
        // here, and put the results into another one, at twice the cost.
        unsafe { (&raw const self.0[lane]).read_volatile() }
    }
}

/// Where the marks are in a stretch.
pub(super) struct Masks {
    pub(super) delimiters: Lanes,
    pub(super) terminators: Lanes,
    pub(super) quotes: Lanes,
    pub(super) returns: Lanes,
}

impl Masks {
    pub(super) const EMPTY: Masks =
        Masks { delimiters: Lanes::NONE, terminators: Lanes::NONE, quotes: Lanes::NONE, returns: Lanes::NONE };

    /// Looks for the marks in a stretch; `QUOTED` and `RETURNS` say whether for quotes and for returns.
    ///
    /// # Safety
    ///
    /// The machine has AVX-512 BW.
    #[inline(always)]
    pub(super) unsafe fn find<const QUOTED: bool, const RETURNS: bool>(
        &mut self,
        marks: &Marks,
        stretch: &[u8; STRETCH],
    ) {
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

/// What a stretch leaves to the next one.
#[derive(Clone, Copy)]
pub(super) struct Carry {
    /// All ones inside quotes, else zero.
    inside: u8,
    /// Structure outside quotes: what a quote may open behind. The highest bit of the last lane is what counts.
    opened: __m512i,
    /// Closing quotes; the same bit counts.
    closed: __m512i,
    /// Excused returns; the same bit counts.
    returned: __m512i,
}

/// What the quotes of a stretch mean.
pub(super) struct Read {
    /// What is inside quotes, opening ones with it.
    pub(super) parity: __m512i,
    /// Opening quotes that directly follow a closing one.
    pub(super) doubled: __m512i,
}

impl Carry {
    /// # Safety
    ///
    /// The machine has AVX-512 F.
    #[inline(always)]
    pub(super) unsafe fn of(edge: &Edge) -> Carry {
        // SAFETY: the caller vouches for AVX-512 F.
        unsafe {
            let top = |bit: u64| _mm512_set1_epi64((bit << 63) as i64);
            Carry {
                inside: edge.inside as u8,
                opened: top(!(edge.text | edge.inside) & 1),
                closed: top(edge.closed),
                returned: top(edge.returned),
            }
        }
    }

    /// # Safety
    ///
    /// The machine has AVX-512 F.
    #[inline(always)]
    pub(super) unsafe fn hand_to(&self, edge: &mut Edge) {
        // SAFETY: the caller vouches for AVX-512 F.
        let top = |lanes: __m512i| unsafe { stored(lanes).0[LANES - 1] >> 63 };
        edge.inside = 0_u64.wrapping_sub(u64::from(self.inside & 1));
        edge.text = !(top(self.opened) | edge.inside) & 1;
        edge.closed = top(self.closed);
        edge.returned = top(self.returned);
    }

    /// Whether a stretch of those quotes needs to be read: without quotes, and outside of them, all that it holds is structure.
    ///
    /// # Safety
    ///
    /// The machine has AVX-512 F.
    #[inline(always)]
    pub(super) unsafe fn concerns(&self, quotes: __m512i) -> bool {
        // SAFETY: the caller vouches for AVX-512 F.
        unsafe {
            let top = _mm512_maskz_set1_epi64(1 << 7, i64::MIN);
            let closed = _mm512_and_si512(_mm512_or_si512(self.closed, self.returned), top);
            self.inside != 0 || any(_mm512_or_si512(closed, quotes))
        }
    }

    /// Steps over a stretch that is of no [concern](Self::concerns).
    #[inline(always)]
    pub(super) fn after_plain(&mut self, ends: __m512i) {
        self.opened = ends;
    }

    /// Tells inside from outside and applies the rule; nothing where it is broken. `RETURNS` says that there may be
    /// carriage returns, and that one behind a closing quote is excused.
    ///
    /// # Safety
    ///
    /// The machine has the features of `Avx512`.
    #[inline(always)]
    pub(super) unsafe fn read<const RETURNS: bool>(
        &mut self,
        masks: &Masks,
        quotes: __m512i,
        ends: __m512i,
        terminators: __m512i,
    ) -> Option<Read> {
        // SAFETY: the caller vouches for the features.
        unsafe {
            let ones = _mm512_set1_epi64(-1);
            let low = _mm512_clmulepi64_epi128::<0>(quotes, ones);
            let high = _mm512_clmulepi64_epi128::<1>(quotes, ones);
            let parity = _mm512_unpacklo_epi64(low, high);
            let odd = PARITIES[usize::from(_mm512_movepi64_mask(parity))];
            let parity = _mm512_mask_xor_epi64(parity, odd << 1 ^ self.inside, parity, ones);

            let structure = _mm512_or_si512(ends, quotes);
            let opened = _mm512_andnot_si512(parity, structure);
            let closed = _mm512_andnot_si512(parity, quotes);
            let openings = _mm512_and_si512(quotes, parity);
            let strays = _mm512_andnot_si512(shifted(opened, self.opened), openings);
            let after_closed = shifted(closed, self.closed);
            let text = _mm512_andnot_si512(structure, after_closed);
            let mut returned = _mm512_setzero_si512();
            let broken = if RETURNS {
                let returns = loaded(&masks.returns);
                returned = _mm512_and_si512(text, returns);
                let torn = _mm512_andnot_si512(terminators, shifted(returned, self.returned));
                _mm512_or_si512(_mm512_or_si512(strays, torn), _mm512_andnot_si512(returns, text))
            } else {
                _mm512_or_si512(strays, text)
            };
            if any(broken) {
                return None;
            }
            *self = Carry { inside: ((odd as i8) >> 7) as u8 ^ self.inside, opened, closed, returned };
            Some(Read { parity, doubled: _mm512_and_si512(after_closed, openings) })
        }
    }
}

/// # Safety
///
/// The machine has AVX-512 F.
#[inline(always)]
pub(super) unsafe fn loaded(lanes: &Lanes) -> __m512i {
    // SAFETY: the caller vouches for AVX-512 F; lanes are as long as the register and aligned to it.
    unsafe { _mm512_load_si512((&raw const lanes.0).cast()) }
}

/// # Safety
///
/// The machine has AVX-512 F.
#[inline(always)]
pub(super) unsafe fn stored(lanes: __m512i) -> Lanes {
    let mut stored = Lanes::NONE;
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
pub(super) unsafe fn any(lanes: __m512i) -> bool {
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
