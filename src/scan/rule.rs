//! The rule of quotes, comments and escapes, for one block at a time.
//!
//! In: where the marks are in a block ([`Masks`]) and what the block before leaves ([`Edge`]). Out: what the marks mean
//! ([`Found`]), and whether the rule is broken. The formulas are told in [`scan`](super).

use super::Marks;
use super::drive::{BLOCK, RUN, Simd};

/// The rule of quotes and comments for certain marks.
pub(super) struct Rule<const RICH: bool> {
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
    pub(super) fn of(marks: &Marks) -> Self {
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
    pub(super) fn needed<S: Simd>(&self, simd: S, blocks: &[S::Block; RUN]) -> bool {
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
    pub(super) fn masks<S: Simd, const RETURNS: bool>(&self, simd: S, block: S::Block, next: Option<u8>) -> Masks {
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
    pub(super) fn read_run<S: Simd, const RETURNS: bool>(
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
    pub(super) fn read<S: Simd>(&self, simd: S, masks: &Masks, edge: &Edge) -> (Found, Edge) {
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
    pub(super) fn record_start() -> Edge {
        Edge { fresh: 1, ended: 1, ..Edge::default() }
    }

    /// Whether the next byte is free of what a closing quote demands of its successors, and of an escape, and the byte before
    /// was no blank.
    #[inline(always)]
    pub(super) fn settled(&self) -> bool {
        self.closed | self.returned | self.escaped | self.blank == 0
    }

    /// Steps over blocks without anything that the rule speaks of, of which `last` is the last byte.
    #[inline(always)]
    pub(super) fn after_plain(&mut self, marks: &Marks, last: u8) {
        let terminator = last == marks.terminator;
        let text = !terminator && last != marks.delimiter;
        self.text = u64::from(text) & !self.inside;
        self.fresh = u64::from(terminator) & !self.inside;
        self.ended = u64::from(!text) & !self.inside;
    }
}

/// Where the marks are in one block.
pub(super) struct Masks {
    /// Delimiters and terminators.
    pub(super) ends: u64,
    pub(super) terminators: u64,
    pub(super) quotes: u64,
    pub(super) returns: u64,
    pub(super) comments: u64,
    pub(super) escapes: u64,
    pub(super) blanks: u64,
}

impl Masks {
    /// The masks of the bytes that `real` selects.
    #[inline(always)]
    pub(super) fn only(self, real: u64) -> Masks {
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
    pub(super) ends: u64,
    /// Terminators outside quotes.
    pub(super) terminators: u64,
    /// Opening quotes that directly follow a closing one.
    pub(super) doubled: u64,
    /// Where the rule is broken.
    pub(super) broken: u64,
    /// Blanks behind an end, and what stands behind blanks before one.
    pub(super) blanks: u64,
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
