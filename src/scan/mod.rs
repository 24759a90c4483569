//! Finds the bytes that structure a file, sixty-four at a time.
//!
//! In: bytes and the [`Marks`] of a dialect. Out: the position of every delimiter and terminator outside quotes, or their
//! count. This module does not know what a field's text means, how many columns there are or where a record
//! is too long, and it never repairs anything: where the bytes break its rule it stops and says where.
//!
//! # The algorithm
//!
//! Each block of 64 bytes becomes one 64-bit mask a mark, bit `i` for byte `i`:
//!
//! ```text
//! d, n, q, r = where the block holds a delimiter, terminator, quote, carriage return
//! parity     = prefix_xor(q) ^ carried          bit i: an odd number of quotes up to and with byte i
//! ends       = (d | n) & !parity                the positions to write
//! close      = q & !parity                      quotes that end quoted text
//! text       = !(d | n | q | parity)            text outside quotes
//! ```
//!
//! Parity alone is a guess: one stray quote (`12" monitor`) turns every field after it inside out. Parity is right as
//! long as every quote opens or closes a field: an opening quote follows an end, a closing quote or nothing, and a closing quote precedes
//! an end, an opening quote, nothing or a line break. That is checked in each block, with one bit carried from the block before
//! wherever a shift looks across the edge:
//!
//! ```text
//! broken     = text << 1 & q                    a quote after text outside quotes
//!            | close << 1 & text & !r           text after a closing quote
//!            | (close << 1 & r) << 1 & !n       a return after a closing quote that precedes no terminator
//! ```
//!
//! A block with `broken != 0` ends the walk with [`Stop::Check`]; up to the start of that block everything is exact, since the
//! first quote that neither opens nor closes a field is the first one that parity could misread. `""` inside quotes needs no
//! case of its own: the first of the pair closes, the second opens directly after it, and the field goes on. The end of
//! the data may follow a closing quote, and a closing quote and a return.
//!
//! The rule is exact as well as safe: `tests/scan.rs` holds a walk to stop in the very block of the first byte that a lenient
//! reader finds irregular, on all short strings at every edge.
//!
//! # Departures from that sketch
//!
//! 1. Four blocks at a time are asked whether they hold a quote at all. If not, they are either all text (inside
//!    quotes) or all structure (outside), and neither parity nor the rule is computed.
//! 2. Where a comment is set, its first byte at the start of a record breaks the rule too: only the exact machine
//!    can tell whether the whole prefix stands there, and a comment may hold any quotes.
//! 3. A carriage return is excused only where the terminator is a line feed and the return is no mark itself.
//! 4. An escape makes the byte behind it text, whatever it is: bytes behind an odd number of escapes are taken out of all marks
//!    before anything else is asked (the carry of an addition finds them, as in simdjson). Since escapes pair up alike inside
//!    quotes and outside, the rule stays as it is.
//! 5. Where lone carriage returns end records, those that no line feed follows are terminators; one at the end of the data may
//!    be half of a line break, and is none. Where blanks are trimmed, those next to an end are noticed, and those next to a
//!    quote break the rule like any other text.
//! 6. What is less than four blocks, or breaks the rule, is copied, padded and read block by block, with a mask of the real bytes
//!    laid over all others.
//!
//! # The rooms
//!
//! `drive` is the walk, written once, generic over what a machine can do with a block (`Simd`) and what is done with the
//! masks (`Sink`, of which `sinks` has two); `rule` is the sketch above. `portable`, `x86_64` and `aarch64` do that with a block.
//! AVX-512 reads eight blocks at a time where there are no more marks than those of the sketch. [`naive`] is the same contract
//! one byte at a time, as a state machine without parity: the oracle of the tests. `benchmarks/scan.rs` shows the speed of each
//! back end.
//!
//! Everything in `drive`, `rule` and `sinks` is `#[inline(always)]` and reaches machine code only inside the one
//! `#[target_feature]` function a back end has for each job: a step that the compiler outlines loses the features and most of the
//! speed.
#[cfg(target_arch = "aarch64")]
mod aarch64;
mod drive;
mod ends;
pub mod naive;
mod portable;
mod rule;
mod sinks;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use std::sync::OnceLock;

pub use drive::BLOCK;
#[cfg(not(target_arch = "x86_64"))]
use drive::Simd;
pub use ends::Ends;
use portable::Portable;

/// The bytes that structure a file, as data.
///
/// Delimiter, quote and terminator are distinct; the dialect sees to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Ends a field.
    pub delimiter: u8,
    /// Opens and closes a quoted field, and escapes itself; `None` where no byte does.
    pub quote: Option<u8>,
    /// Ends a record, usually a line feed.
    pub terminator: u8,
    /// The first byte of the comment prefix. Where it begins a record, a walk stops with [`Stop::Check`].
    pub comment: Option<u8>,
    /// Makes the byte behind it text.
    pub escape: Option<u8>,
    /// A carriage return that precedes no line feed ends a record too; the terminator is a line feed.
    pub lone_carriage: bool,
    /// Spaces and tabs next to an end are to be noticed.
    pub blanks: bool,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks {
            delimiter: b',',
            quote: Some(b'"'),
            terminator: b'\n',
            comment: None,
            escape: None,
            lone_carriage: false,
            blanks: false,
        }
    }
}

impl Marks {
    /// Whether a carriage return between a closing quote and a terminator belongs to the line break.
    #[inline]
    fn excuse_return(&self) -> bool {
        self.terminator == b'\n' && self.delimiter != b'\r' && self.quote != Some(b'\r')
    }

    /// Whether more is asked than delimiters, quotes and terminators.
    #[inline]
    fn is_rich(&self) -> bool {
        self.comment.is_some() || self.escape.is_some() || self.lone_carriage || self.blanks
    }

    fn distinct(&self) -> bool {
        let bytes = [Some(self.delimiter), Some(self.terminator), self.quote, self.escape];
        (0..bytes.len()).all(|i| bytes[i].is_none() || !bytes[..i].contains(&bytes[i]))
            && !(self.lone_carriage && (self.terminator != b'\n' || bytes.contains(&Some(b'\r'))))
    }
}

/// Bit `i` is set where byte `i` of the block is `byte`: one look at a block, by what every machine of the target has.
#[inline(always)]
pub fn places(block: &[u8; BLOCK], byte: u8) -> u64 {
    #[cfg(target_arch = "x86_64")]
    return x86_64::places(block, byte);
    #[cfg(not(target_arch = "x86_64"))]
    {
        #[cfg(target_arch = "aarch64")]
        let simd = aarch64::Neon;
        #[cfg(not(target_arch = "aarch64"))]
        let simd = Portable;
        simd.equal(simd.load(block), byte)
    }
}

/// Where a walk came to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The data is used up.
    End {
        /// It ended inside a quoted field.
        inside: bool,
    },
    /// A block breaks the rule, or holds a candidate for a comment. Nothing at or after `at` has been reported.
    Check {
        /// The start of that block: `at - from` is a multiple of 64.
        at: usize,
    },
}

/// What [`Backend::index`] learned beside the positions. All of it speaks of `data[from..stop)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Indexed {
    /// Where the walk came to rest.
    pub stop: Stop,
    /// A quote was seen.
    pub quotes: bool,
    /// A closing quote directly followed by an opening one was seen: an escaped quote. The pair `""` of an empty field is none.
    pub doubled: bool,
    /// A carriage return was seen.
    pub carriage: bool,
    /// An escape was seen.
    pub escapes: bool,
    /// A blank directly behind an end or the start was seen, or one before an end or a carriage return.
    pub blanks: bool,
    /// How many of the appended positions are terminators.
    pub records: usize,
}

/// What [`Backend::count`] learned. All of it speaks of `data[from..stop)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Counted {
    /// How many records ended. A last one without a terminator is not among them.
    pub records: u64,
    /// The position of the last terminator outside quotes.
    pub last_end: Option<usize>,
    /// Where the walk came to rest.
    pub stop: Stop,
    /// A quote was seen.
    pub quotes: bool,
    /// A terminator was seen inside quotes, or behind an escape.
    pub wrapped: bool,
    /// Each of these records had as many fields as was asked, and the one behind them that did not end has no more.
    pub even: bool,
}

/// Loops over plain numbers that a compiler makes vectors of, as wide as the machine has them.
///
/// What `run` calls must be `#[inline(always)]` down to the innermost step: a function of its own has the narrowest vectors of
/// the target. The result must not depend on how wide they are, as that of sums in lanes does not.
pub(crate) trait Loops {
    /// What comes of them.
    type Output;

    /// Runs them; to be marked `#[inline(always)]`.
    fn run(self) -> Self::Output;
}

/// Bit `i` is entry `i`, which is 0 or 1.
#[inline(always)]
pub(crate) fn bits(fits: &[u64; BLOCK]) -> u64 {
    // As many as a vector holds.
    const LANES: usize = 8;
    let mut lanes = [0; LANES];
    for (step, fits) in fits.as_chunks::<LANES>().0.iter().enumerate() {
        for (lane, fit) in fits.iter().enumerate() {
            lanes[lane] |= fit << (step * LANES + lane);
        }
    }
    lanes.iter().fold(0, |bits, lane| bits | lane)
}

/// One of the ways this machine can scan. To hold one is proof that the machine can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backend(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    #[cfg(target_arch = "x86_64")]
    Avx512(x86_64::Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(x86_64::Avx2),
    #[cfg(target_arch = "aarch64")]
    Neon(aarch64::Neon),
    Portable(Portable),
}

impl Backend {
    /// The best back end of this machine, or the one that the environment variable `FAST_CSV_BACKEND` names, if this
    /// machine has it. Decided once a process.
    pub fn detect() -> Backend {
        static CHOICE: OnceLock<Backend> = OnceLock::new();
        *CHOICE.get_or_init(|| {
            std::env::var("FAST_CSV_BACKEND")
                .ok()
                .and_then(|name| Backend::by_name(&name))
                .unwrap_or_else(|| Backend::available()[0])
        })
    }

    /// What this machine can run, best first. `portable` is always there, and last.
    pub fn available() -> Vec<Backend> {
        let found = [
            #[cfg(target_arch = "x86_64")]
            x86_64::Avx512::new().map(Kind::Avx512),
            #[cfg(target_arch = "x86_64")]
            x86_64::Avx2::new().map(Kind::Avx2),
            #[cfg(target_arch = "aarch64")]
            Some(Kind::Neon(aarch64::Neon)),
            Some(Kind::Portable(Portable)),
        ];
        found.into_iter().flatten().map(Backend).collect()
    }

    /// The back end of that [name](Backend::name), if this machine can run it.
    pub fn by_name(name: &str) -> Option<Backend> {
        Backend::available().into_iter().find(|backend| backend.name() == name)
    }

    /// `avx512`, `avx2`, `neon` or `portable`.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(_) => "avx2",
            #[cfg(target_arch = "aarch64")]
            Kind::Neon(_) => "neon",
            Kind::Portable(_) => "portable",
        }
    }

    /// Appends to `ends` the position in `data` of every delimiter and terminator outside quotes in `data[from..]`, in
    /// order, and stops before the first block that breaks the rule.
    ///
    /// `from` is the start of a record, and at most `data.len()`, which is below 2³²: positions are 32 bits wide, and
    /// would wrap.
    pub fn index(self, marks: &Marks, data: &[u8], from: usize, ends: &mut Ends) -> Indexed {
        debug_assert!(u32::try_from(data.len()).is_ok(), "a chunk of 4 GiB or more");
        debug_assert!(marks.distinct(), "one byte with two meanings: {marks:?}");
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(simd) => simd.index(marks, data, from, ends),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(simd) => simd.index(marks, data, from, ends),
            #[cfg(target_arch = "aarch64")]
            Kind::Neon(simd) => simd.index(marks, data, from, ends),
            Kind::Portable(simd) => simd.index(marks, data, from, ends),
        }
    }

    /// The same walk as [`index`](Backend::index), but only counts the terminators outside quotes, remembers the last one and
    /// says whether every record had `fields` fields, which are one at least.
    /// `data` may be of any length.
    pub fn count(self, marks: &Marks, data: &[u8], from: usize, fields: u32) -> Counted {
        debug_assert!(marks.distinct(), "one byte with two meanings: {marks:?}");
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(simd) => simd.count(marks, data, from, fields),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(simd) => simd.count(marks, data, from, fields),
            #[cfg(target_arch = "aarch64")]
            Kind::Neon(simd) => simd.count(marks, data, from, fields),
            Kind::Portable(simd) => simd.count(marks, data, from, fields),
        }
    }

    /// The numbers of 64 bits that its vectors hold.
    #[inline]
    pub(crate) fn lanes(self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(_) => 8,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(_) => 4,
            #[cfg(target_arch = "aarch64")]
            Kind::Neon(_) => 2,
            Kind::Portable(_) => 1,
        }
    }

    /// Runs loops over numbers with the vectors of this back end.
    #[inline]
    pub(crate) fn run<L: Loops>(self, loops: L) -> L::Output {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(simd) => simd.run(loops),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(simd) => simd.run(loops),
            // NEON belongs to the target.
            #[cfg(target_arch = "aarch64")]
            Kind::Neon(_) => loops.run(),
            Kind::Portable(_) => loops.run(),
        }
    }
}
