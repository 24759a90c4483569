//! The walk over the blocks, written once for every back end.
//!
//! In: a way to turn a block into masks ([`Simd`]), the marks, the data, and what is to be done with the masks
//! ([`Sink`]). Out: where the walk stopped and which bytes it met. What this module refuses to know is how a mask is made.
//! The algorithm is told in [`scan`](super).

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
    let mut sink = Positions { ends, records: 0 };
    let start = (from, Edge::record_start());
    let (stop, seen) = match marks.is_rich() {
        false => walk::<S, Positions<'_>, false, true>(simd, marks, data, start, &mut sink),
        true => walk::<S, Positions<'_>, true, true>(simd, marks, data, start, &mut sink),
    };
    Indexed {
        stop,
        quotes: seen.quotes != 0,
        doubled: seen.doubled != 0,
        carriage: seen.returns != 0,
        escapes: seen.escapes != 0,
        blanks: seen.blanks != 0,
        records: sink.records as usize,
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
    doubled: u64,
    returns: u64,
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

/// The rule of quotes and comments for certain marks.
struct Rule<const RICH: bool> {
    marks: Marks,
    quote: u8,
    comment: u8,
    escape: u8,
    /// All ones where there is a comment, an escape; where lone returns end records, where blanks are noticed; else zero.
    commented: u64,
    escaping: u64,
    lone: u64,
    blanks: u64,
    /// All ones where there is a quote, else zero.
    quoted: u64,
    /// All ones where a return between a closing quote and a terminator is excused, else zero.
    excuse: u64,
}

impl<const RICH: bool> Rule<RICH> {
    #[inline(always)]
    fn of(marks: &Marks) -> Self {
        let all_if = |condition: bool| 0_u64.wrapping_sub(u64::from(condition));
        Rule {
            marks: *marks,
            quote: marks.quote.unwrap_or(0),
            comment: marks.comment.unwrap_or(0),
            escape: marks.escape.unwrap_or(0),
            commented: all_if(marks.comment.is_some()),
            escaping: all_if(marks.escape.is_some()),
            lone: all_if(marks.lone_carriage),
            blanks: all_if(marks.blanks),
            quoted: all_if(marks.quote.is_some()),
            excuse: all_if(marks.excuse_return()),
        }
    }

    /// Whether these blocks hold anything that the rule speaks of.
    #[inline(always)]
    fn needed<S: Simd>(&self, simd: S, blocks: &[S::Block; RUN]) -> bool {
        let asked = |mask: u64, byte: u8| mask != 0 && simd.any(blocks, byte);
        asked(self.quoted, self.quote)
            || RICH
                && (asked(self.commented, self.comment)
                    || asked(self.escaping, self.escape)
                    || asked(self.lone, b'\r')
                    || asked(self.blanks, b' ')
                    || asked(self.blanks, b'\t'))
    }

    /// The masks of a block; `next` is the byte behind it, `None` at the end of the data.
    #[inline(always)]
    fn masks<S: Simd, const RETURNS: bool>(&self, simd: S, block: S::Block, next: Option<u8>) -> Masks {
        let mut masks = Masks {
            ends: simd.either(block, self.marks.delimiter, self.marks.terminator),
            terminators: simd.equal(block, self.marks.terminator),
            quotes: simd.equal(block, self.quote) & self.quoted,
            returns: if RETURNS { simd.equal(block, b'\r') } else { 0 },
            comments: 0,
            escapes: 0,
            blanks: 0,
        };
        if RICH {
            let breaks = u64::from(next.is_none_or(|next| next == b'\n')) << 63;
            let lone = masks.returns & !(masks.terminators >> 1 | breaks) & self.lone;
            masks.terminators |= lone;
            masks.ends |= lone;
            masks.comments = simd.equal(block, self.comment) & self.commented;
            masks.escapes = simd.equal(block, self.escape) & self.escaping;
            masks.blanks = simd.either(block, b' ', b'\t') & !masks.ends & self.blanks;
        }
        masks
    }

    /// Reads the blocks of a run; nothing where one of them breaks the rule. `RETURNS` says that there may be carriage returns.
    #[inline(always)]
    fn read_run<S: Simd, const RETURNS: bool>(
        &self,
        simd: S,
        blocks: &[S::Block; RUN],
        run: &[u8; RUN * BLOCK],
        next: Option<u8>,
        edge: &Edge,
    ) -> Option<([Masks; RUN], [Found; RUN], Edge)> {
        // Spelled out, with a question after each block: a loop sends the masks through memory, and without the questions the
        // compiler packs masks of two blocks into one vector. Both cost a third of the speed (`benchmarks/scan.rs`, quoted).
        let masks_a = self.masks::<S, RETURNS>(simd, blocks[0], Some(run[BLOCK]));
        let (a, after_a) = self.read(simd, &masks_a, edge);
        if a.broken != 0 {
            return None;
        }
        let masks_b = self.masks::<S, RETURNS>(simd, blocks[1], Some(run[2 * BLOCK]));
        let (b, after_b) = self.read(simd, &masks_b, &after_a);
        if b.broken != 0 {
            return None;
        }
        let masks_c = self.masks::<S, RETURNS>(simd, blocks[2], Some(run[3 * BLOCK]));
        let (c, after_c) = self.read(simd, &masks_c, &after_b);
        if c.broken != 0 {
            return None;
        }
        let masks_d = self.masks::<S, RETURNS>(simd, blocks[3], next);
        let (d, after_d) = self.read(simd, &masks_d, &after_c);
        if d.broken != 0 {
            return None;
        }
        Some(([masks_a, masks_b, masks_c, masks_d], [a, b, c, d], after_d))
    }

    /// Tells inside from outside and applies the rule. The second result is of use only where the first is not broken.
    #[inline(always)]
    fn read<S: Simd>(&self, simd: S, masks: &Masks, edge: &Edge) -> (Found, Edge) {
        let (escaped, escapes_next) = if RICH { escaped(masks.escapes, edge.escaped) } else { (0, 0) };
        let quotes = masks.quotes & !escaped;
        let parity = simd.prefix_xor(quotes) ^ edge.inside;
        // After its byte, the text is outside quotes: the byte is a closing quote, an end, or text.
        let outside = !(parity | escaped);
        let close = quotes & outside;
        let ends = masks.ends & outside;
        let text = !(quotes | ends | parity);
        let terminators = masks.terminators & outside;

        let after_text = text << 1 | edge.text;
        let after_close = close << 1 | edge.closed;
        // A return that ends a record needs no excuse.
        let excused = after_close & masks.returns & if RICH { text & self.excuse } else { self.excuse };
        let after_return = excused << 1 | edge.returned;
        let mut broken = after_text & quotes | after_close & text & !excused | after_return & !masks.terminators;
        let mut blanks = 0;
        if RICH {
            broken |= (terminators << 1 | edge.fresh) & masks.comments;
            let before = (masks.blanks << 1 | edge.blank) & (ends | masks.returns);
            blanks = (ends << 1 | edge.ended) & masks.blanks | before;
        }
        let found = Found { ends, terminators, doubled: after_close & quotes, broken, blanks };
        let edge = Edge {
            escaped: escapes_next,
            ended: ends >> 63,
            blank: masks.blanks >> 63,
            inside: ((parity as i64) >> 63) as u64,
            text: text >> 63,
            fresh: terminators >> 63,
            closed: close >> 63,
            returned: excused >> 63,
        };
        (found, edge)
    }
}

/// What the last byte of a block says about the first of the next. All but `inside` are a single low bit.
#[derive(Default)]
pub(super) struct Edge {
    /// All ones inside quotes, else zero.
    pub(super) inside: u64,
    /// The byte before is text outside quotes, which no quote may follow.
    pub(super) text: u64,
    /// A record starts here.
    fresh: u64,
    /// The byte before is a closing quote.
    pub(super) closed: u64,
    /// The bytes before are a closing quote and a carriage return.
    pub(super) returned: u64,
    /// The byte before escapes the next one.
    escaped: u64,
    /// A field starts here.
    ended: u64,
    /// The byte before is a blank.
    blank: u64,
}

impl Edge {
    #[inline(always)]
    fn record_start() -> Edge {
        Edge { fresh: 1, ended: 1, ..Edge::default() }
    }

    /// Whether the next byte is free of what a closing quote demands of its successors, and of an escape, and the byte before
    /// was no blank.
    #[inline(always)]
    fn settled(&self) -> bool {
        self.closed | self.returned | self.escaped | self.blank == 0
    }

    /// Steps over blocks without anything that the rule speaks of, of which `last` is the last byte.
    #[inline(always)]
    fn after_plain(&mut self, marks: &Marks, last: u8) {
        let terminator = last == marks.terminator;
        let text = !terminator && last != marks.delimiter;
        self.text = u64::from(text) & !self.inside;
        self.fresh = u64::from(terminator) & !self.inside;
        self.ended = u64::from(!text) & !self.inside;
    }
}

/// Where the marks are in one block.
struct Masks {
    /// Delimiters and terminators.
    ends: u64,
    terminators: u64,
    quotes: u64,
    returns: u64,
    comments: u64,
    escapes: u64,
    blanks: u64,
}

impl Masks {
    /// The masks of the bytes that `real` selects.
    #[inline(always)]
    fn only(self, real: u64) -> Masks {
        Masks {
            ends: self.ends & real,
            terminators: self.terminators & real,
            quotes: self.quotes & real,
            returns: self.returns & real,
            comments: self.comments & real,
            escapes: self.escapes & real,
            blanks: self.blanks & real,
        }
    }
}

/// What the marks of one block mean.
pub(super) struct Found {
    /// Delimiters and terminators outside quotes.
    ends: u64,
    /// Terminators outside quotes.
    terminators: u64,
    /// Opening quotes that directly follow a closing one.
    doubled: u64,
    /// Where the rule is broken.
    broken: u64,
    /// Blanks behind an end, and what stands behind blanks before one.
    blanks: u64,
}

/// The bytes behind an odd number of escapes, and whether the first byte of the next block is one of them. `carried` says that of
/// this block's first.
///
/// A run of escapes that begins at an even place escapes at odd ones and the reverse; where it begins at an odd place, an addition
/// carries through it and marks its end (Langdale and Lemire, *Parsing Gigabytes of JSON per Second*, 2019).
#[inline(always)]
fn escaped(escapes: u64, carried: u64) -> (u64, u64) {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let escapes = escapes & !carried;
    let follows = escapes << 1 | carried;
    let odd_starts = escapes & !EVEN & !follows;
    let (even_runs, carries) = odd_starts.overflowing_add(escapes);
    ((EVEN ^ (even_runs << 1)) & follows, u64::from(carries))
}

/// Appends the position of every end: each run is handed slots for all that it could hold.
struct Positions<'v> {
    ends: &'v mut Ends,
    /// How many of the positions are terminators.
    records: u64,
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
    fn new(fields: u32) -> Records {
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
