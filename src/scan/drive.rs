//! The walk over the blocks, written once for every back end.
//!
//! In: a way to turn a block into masks ([`Simd`]), the marks, the data, and what is to be done with the masks
//! ([`Sink`]). Out: where the walk stopped and which bytes it met. What this module refuses to know is how a mask is made.
//! The algorithm is told in [`scan`](super).

use super::rule::{Edge, Found, Masks, Rule};
use super::sinks::{Positions, Records};
use super::{Counted, Ends, Indexed, Marks, Stop};

/// Bytes in a block: as many as a mask has bits.
pub const BLOCK: usize = 64;

/// Blocks that are asked together whether they hold a quote.
pub(super) const RUN: usize = 4;

/// What a back end can do with a block. The value is the proof that the machine has the instructions.
///
/// Every method is `#[inline(always)]`: it is compiled as part of the `#[target_feature]` function that drives it.
pub(super) trait Simd: Copy {
    /// Sixty-four bytes in registers.
    type Block: Copy;

    fn load(self, bytes: &[u8; BLOCK]) -> Self::Block;

    /// Where the block holds `byte`.
    fn equal(self, block: Self::Block, byte: u8) -> u64;

    /// Where the block holds `a` or `b`.
    fn either(self, block: Self::Block, a: u8, b: u8) -> u64;

    /// Whether any of the blocks holds `byte`.
    fn any(self, blocks: &[Self::Block; RUN], byte: u8) -> bool;

    /// Bit `i` of the result is the parity of bits `0..=i`.
    fn prefix_xor(self, mask: u64) -> u64;

    /// Whether one instruction does the work of `ranked`.
    const RANKS: bool = false;

    /// The places in `of` whose rank among them, counted from 0, is set in `ranks`.
    fn ranked(self, ranks: u64, of: u64) -> u64 {
        let _ = (ranks, of);
        unreachable!("asked of a machine that does not rank")
    }

    /// Writes `base + i` for each set bit `i`, in order, to the first slots, and gives their number. What it leaves in
    /// the other slots is not specified.
    fn positions(self, mask: u64, base: u32, slots: &mut [u32; BLOCK]) -> usize;
}

/// What is done with the blocks of a walk: a run of them, or less where the walk ends.
pub(super) trait Sink {
    /// Called before each `take_plain` and `take`.
    fn prepare(&mut self);

    /// Takes the run at `at`, all of it outside quotes.
    fn take_plain<S: Simd>(&mut self, simd: S, marks: &Marks, run: &[S::Block; RUN], at: usize);

    /// Takes what was found in the blocks from `at` on.
    fn take<S: Simd>(&mut self, simd: S, found: &[Found], at: usize);
}

/// Does the work of [`Backend::index`](super::Backend::index).
#[inline(always)]
pub(super) fn index<S: Simd>(simd: S, marks: &Marks, data: &[u8], from: usize, ends: &mut Ends) -> Indexed {
    Indexing::new(from, ends).finish(simd, marks, data)
}

/// An index that has come to `at`.
pub(super) struct Indexing<'v> {
    pub(super) at: usize,
    pub(super) edge: Edge,
    pub(super) seen: Seen,
    pub(super) positions: Positions<'v>,
}

impl<'v> Indexing<'v> {
    #[inline(always)]
    pub(super) fn new(from: usize, ends: &'v mut Ends) -> Indexing<'v> {
        let positions = Positions { ends, records: 0 };
        Indexing { at: from, edge: Edge::record_start(), seen: Seen::default(), positions }
    }

    /// Indexes the runs before the first with a quote. Only where `self` is new.
    #[inline(always)]
    pub(super) fn plain<S: Simd>(&mut self, simd: S, marks: &Marks, data: &[u8]) {
        let quote = marks.quote.unwrap_or(0);
        let (runs, _) = data[self.at..].as_chunks::<{ RUN * BLOCK }>();
        for run in runs {
            self.positions.prepare();
            let (bytes, _) = run.as_chunks();
            let blocks = [simd.load(&bytes[0]), simd.load(&bytes[1]), simd.load(&bytes[2]), simd.load(&bytes[3])];
            if simd.any(&blocks, quote) {
                break;
            }
            self.positions.take_plain(simd, marks, &blocks, self.at);
            if self.seen.returns == 0 {
                self.seen.returns = u64::from(simd.any(&blocks, b'\r'));
            }
            self.edge.after_plain(marks, run[RUN * BLOCK - 1]);
            self.at += RUN * BLOCK;
        }
    }

    /// Indexes what is left.
    #[inline(always)]
    pub(super) fn finish<S: Simd>(mut self, simd: S, marks: &Marks, data: &[u8]) -> Indexed {
        let (start, sink) = ((self.at, self.edge), &mut self.positions);
        let (stop, seen) = match marks.is_rich() {
            false => walk::<S, Positions<'_>, false, true>(simd, marks, data, start, sink),
            true => walk::<S, Positions<'_>, true, true>(simd, marks, data, start, sink),
        };
        Indexed {
            stop,
            quotes: (self.seen.quotes | seen.quotes) != 0,
            doubled: (self.seen.doubled | seen.doubled) != 0,
            carriage: (self.seen.returns | seen.returns) != 0,
            escapes: seen.escapes != 0,
            blanks: seen.blanks != 0,
            records: self.positions.records as usize,
        }
    }
}

/// Does the work of [`Backend::count`](super::Backend::count).
#[inline(always)]
pub(super) fn count<S: Simd>(simd: S, marks: &Marks, data: &[u8], from: usize, fields: u32) -> Counted {
    Counting::new(from, fields).finish(simd, marks, data)
}

/// A count that has come to `at`.
pub(super) struct Counting {
    pub(super) at: usize,
    pub(super) edge: Edge,
    pub(super) seen: Seen,
    pub(super) records: Records,
}

impl Counting {
    #[inline(always)]
    pub(super) fn new(from: usize, fields: u32) -> Counting {
        Counting { at: from, edge: Edge::record_start(), seen: Seen::default(), records: Records::new(fields) }
    }

    /// Counts what is left.
    #[inline(always)]
    pub(super) fn finish<S: Simd>(mut self, simd: S, marks: &Marks, data: &[u8]) -> Counted {
        let (start, sink) = ((self.at, self.edge), &mut self.records);
        let (stop, seen) = match marks.is_rich() {
            false => walk::<S, Records, false, false>(simd, marks, data, start, sink),
            true => walk::<S, Records, true, false>(simd, marks, data, start, sink),
        };
        let Records { count, last, last_at, open, fields, uneven, .. } = self.records;
        Counted {
            records: count,
            last_end: (last != 0).then(|| last_at + last.ilog2() as usize),
            stop,
            quotes: (self.seen.quotes | seen.quotes) != 0,
            wrapped: (self.seen.wrapped | seen.wrapped) != 0,
            even: uneven == 0 && open < fields,
        }
    }
}

/// Which bytes a walk met: none of them, if zero.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) quotes: u64,
    pub(super) doubled: u64,
    pub(super) returns: u64,
    escapes: u64,
    /// Blanks next to an end.
    blanks: u64,
    /// Terminators inside quotes or behind escapes.
    pub(super) wrapped: u64,
}

impl Seen {
    #[inline(always)]
    fn note(&mut self, masks: &[Masks], found: &[Found]) {
        for (masks, found) in masks.iter().zip(found) {
            self.quotes |= masks.quotes;
            self.doubled |= found.doubled;
            self.wrapped |= masks.terminators ^ found.terminators;
            self.returns |= masks.returns;
            self.escapes |= masks.escapes;
            self.blanks |= found.blanks;
        }
    }
}

/// Walks the blocks from `from`, before which `edge` stands, to the first that breaks the rule. `RICH` says that the marks have more than delimiter, quote and
/// terminator, `RETURNS` that carriage returns are to be noticed.
#[inline(always)]
fn walk<S: Simd, K: Sink, const RICH: bool, const RETURNS: bool>(
    simd: S,
    marks: &Marks,
    data: &[u8],
    (from, mut edge): (usize, Edge),
    sink: &mut K,
) -> (Stop, Seen) {
    let rule = Rule::<RICH>::of(marks);
    let mut seen = Seen::default();
    let mut at = from;
    let (runs, _) = data[from..].as_chunks::<{ RUN * BLOCK }>();
    for run in runs {
        sink.prepare();
        let (bytes, _) = run.as_chunks();
        let blocks = [simd.load(&bytes[0]), simd.load(&bytes[1]), simd.load(&bytes[2]), simd.load(&bytes[3])];
        if edge.settled() && !rule.needed(simd, &blocks) {
            if edge.inside == 0 {
                sink.take_plain(simd, marks, &blocks, at);
            } else {
                seen.wrapped |= u64::from(simd.any(&blocks, marks.terminator));
            }
            if RETURNS && seen.returns == 0 {
                seen.returns = u64::from(simd.any(&blocks, b'\r'));
            }
            edge.after_plain(marks, run[RUN * BLOCK - 1]);
        } else {
            let next = data.get(at + RUN * BLOCK).copied();
            // A run without carriage returns asks nothing of them.
            let read = if RICH || edge.returned != 0 || simd.any(&blocks, b'\r') {
                rule.read_run::<S, true>(simd, &blocks, run, next, &edge)
            } else {
                edge.returned = 0;
                rule.read_run::<S, false>(simd, &blocks, run, next, &edge)
            };
            let Some((masks, found, after)) = read else { break };
            edge = after;
            seen.note(&masks, &found);
            sink.take(simd, &found, at);
        }
        at += RUN * BLOCK;
    }

    // What is left is less than a run, or begins with a run that breaks the rule somewhere: block by block to the end of either.
    let rest = &data[at..data.len().min(at + RUN * BLOCK)];
    let mut padded = [0; RUN * BLOCK];
    padded[..rest.len()].copy_from_slice(rest);
    // A carriage return that ends the data may be half of a line break, and is taken for that.
    if let Some(behind) = padded.get_mut(rest.len()) {
        *behind = b'\n';
    }
    let (blocks, _) = padded.as_chunks();
    for (bytes, start) in blocks.iter().zip((0..rest.len()).step_by(BLOCK)) {
        sink.prepare();
        let real = !0 >> BLOCK.saturating_sub(rest.len() - start);
        let masks = rule.masks::<S, true>(simd, simd.load(bytes), data.get(at + BLOCK).copied()).only(real);
        let (found, after) = rule.read(simd, &masks, &edge);
        if found.broken & real != 0 {
            return (Stop::Check { at }, seen);
        }
        edge = after;
        seen.note(std::slice::from_ref(&masks), std::slice::from_ref(&found));
        sink.take(simd, &[found], at);
        at += BLOCK;
    }
    let inside = edge.inside != 0;
    (Stop::End { inside }, seen)
}
