//! What is done with the blocks of a walk: positions are written, or records counted.

use super::drive::{BLOCK, RUN, Simd, Sink};
use super::rule::Found;
use super::{Ends, Marks};

/// Appends the position of every end: each run is handed slots for all that it could hold.
pub(super) struct Positions<'v> {
    pub(super) ends: &'v mut Ends,
    /// How many of the positions are terminators.
    pub(super) records: u64,
}

/// Slots for the positions of a run. A byte takes one at most, and `Simd::positions` asks for a whole block's.
const SLOTS: usize = RUN * BLOCK + BLOCK;

impl Positions<'_> {
    #[inline(always)]
    fn write<S: Simd>(&mut self, simd: S, masks: impl Iterator<Item = u64>, at: usize) {
        let slots: &mut [u32; SLOTS] = self.ends.slots().first_chunk_mut().expect("`prepare` made room for the run");
        let mut written = 0;
        let mut base = at as u32;
        for mask in masks {
            let slots = slots[written..].first_chunk_mut().expect("a block writes no more than it has bytes");
            written += simd.positions(mask, base, slots);
            base = base.wrapping_add(BLOCK as u32);
        }
        self.ends.take(written);
    }
}

impl Sink for Positions<'_> {
    #[inline(always)]
    fn prepare(&mut self) {
        self.ends.reserve(SLOTS);
    }

    #[inline(always)]
    fn take_plain<S: Simd>(&mut self, simd: S, marks: &Marks, run: &[S::Block; RUN], at: usize) {
        let masks = [
            simd.either(run[0], marks.delimiter, marks.terminator),
            simd.either(run[1], marks.delimiter, marks.terminator),
            simd.either(run[2], marks.delimiter, marks.terminator),
            simd.either(run[3], marks.delimiter, marks.terminator),
        ];
        let terminators = run.iter().map(|&block| u64::from(simd.equal(block, marks.terminator).count_ones()));
        self.records += terminators.sum::<u64>();
        self.write(simd, masks.into_iter(), at);
    }

    #[inline(always)]
    fn take<S: Simd>(&mut self, simd: S, found: &[Found], at: usize) {
        self.records += found.iter().map(|found| u64::from(found.terminators.count_ones())).sum::<u64>();
        self.write(simd, found.iter().map(|found| found.ends), at);
    }
}

/// Counts the terminators, keeps the block of the last one and holds the ends between two against the number of fields.
pub(super) struct Records {
    pub(super) count: u64,
    pub(super) last: u64,
    pub(super) last_at: usize,
    /// The ends since the last terminator.
    pub(super) open: u32,
    pub(super) fields: u32,
    /// Bit `i` is set where `fields` divides `i`.
    pub(super) multiples: u64,
    /// Not zero once a record had another number of them.
    pub(super) uneven: u64,
}

impl Records {
    #[inline(always)]
    pub(super) fn new(fields: u32) -> Records {
        let multiples = (0..u64::BITS).step_by(fields.max(1) as usize).fold(0, |set, multiple| set | 1 << multiple);
        Records { count: 0, last: 0, last_at: 0, open: 0, fields, multiples, uneven: 0 }
    }

    #[inline(always)]
    fn add<S: Simd>(&mut self, simd: S, ends: u64, terminators: u64, at: usize) {
        let records = terminators.count_ones();
        self.count += u64::from(records);
        if terminators != 0 {
            self.last = terminators;
            self.last_at = at;
        }
        if S::RANKS {
            // Every so manyth end is to be a terminator, and no other: no question that the branch predictor could get wrong.
            // What becomes of `open` once that is not so is of no interest.
            let first = self.fields.wrapping_sub(1).wrapping_sub(self.open);
            let due = self.multiples.checked_shl(first).unwrap_or(0);
            self.uneven |= simd.ranked(due, ends) ^ terminators;
            self.open = self.open.wrapping_add(ends.count_ones().wrapping_sub(records.wrapping_mul(self.fields)));
        } else {
            self.add_by_record(ends, terminators);
        }
    }

    #[inline(always)]
    fn add_by_record(&mut self, ends: u64, terminators: u64) {
        let mut behind = self.open + ends.count_ones();
        if terminators != 0 {
            let mut rest = terminators;
            while rest != 0 {
                // The ends behind this terminator: those before it, and not behind the last one, are its record's.
                let beyond = (ends & !(rest ^ (rest - 1))).count_ones();
                self.uneven |= u64::from((behind - beyond) ^ self.fields);
                behind = beyond;
                rest &= rest - 1;
            }
        }
        self.open = behind;
    }
}

impl Sink for Records {
    #[inline(always)]
    fn prepare(&mut self) {}

    #[inline(always)]
    fn take_plain<S: Simd>(&mut self, simd: S, marks: &Marks, run: &[S::Block; RUN], at: usize) {
        let ends = |block| simd.either(block, marks.delimiter, marks.terminator);
        self.add(simd, ends(run[0]), simd.equal(run[0], marks.terminator), at);
        self.add(simd, ends(run[1]), simd.equal(run[1], marks.terminator), at + BLOCK);
        self.add(simd, ends(run[2]), simd.equal(run[2], marks.terminator), at + 2 * BLOCK);
        self.add(simd, ends(run[3]), simd.equal(run[3], marks.terminator), at + 3 * BLOCK);
    }

    #[inline(always)]
    fn take<S: Simd>(&mut self, simd: S, found: &[Found], at: usize) {
        for (i, found) in found.iter().enumerate() {
            self.add(simd, found.ends, found.terminators, at + i * BLOCK);
        }
    }
}
