//! Fields in lock-step: a block of 64 fields in, their values out, and which of them are values.
//!
//! A loop over single fields asks questions of each: how long is it, has it a sign, where is its dot? Here the words that
//! 64 fields end with are gathered first, and then every step is done for all of them, with masks and shifts in place of
//! questions, so that a compiler makes vectors of it ([`Loops`](crate::scan::Loops)). A field that is longer or written in a rarer
//! way is not found, and left to the way of single fields, with which every value found here agrees.
//!
//! `integers`, `floats` and `dates` hold the steps of a type each ([`Text`]); the kinds of `int.rs`, `float.rs` and `temporal.rs` use them.
//! `benchmarks/decode.rs` times them as part of their decoders.

mod dates;
mod floats;
mod integers;
mod rounding;

use super::digits::ZEROS;
use crate::scan::{Backend, Loops, bits};
use crate::tokenize::fields::{Fields, Span};

pub(super) use dates::{Date, Layout};
pub(super) use floats::{Float, Long};
pub(super) use integers::{Integer, Shorts, View};

/// The fields of a block: one a bit of a word.
pub(super) const BLOCK: usize = 64;

/// Fields that a vector holds.
const LANES: usize = 8;

/// The bytes of a word.
const WORD: usize = 8;

/// The bytes of the fields that [`Block::read`] reads.
pub(super) const TWO_WORDS: u32 = 16;

/// The values of fields of up to sixteen bytes, which two words hold.
struct Short<'a, T: Text> {
    lengths: &'a [u64],
    last: &'a [u64],
    /// Nothing where no field has more than eight bytes.
    before: Option<&'a [u64]>,
    values: &'a mut [T::Value],
    text: T,
}

/// How a short text is read, the same steps for every one. What is read comes with 1 where it is a value, and 0 where it is none.
pub(super) trait Text {
    type Value: Copy;

    /// A text of `length` bytes, no more than eight of them, which are the last of `last`.
    fn of_one_word(&self, last: u64, length: u64) -> (Self::Value, u64);

    /// A text of `length` bytes, which are the last of `before` and `last`; of one of more than sixteen it may say anything but 1.
    fn of_two_words(&self, last: u64, before: u64, length: u64) -> (Self::Value, u64);
}

/// Where the fields of a block lie, and the last word of each.
///
/// Words are gathered here, outside of [`Loops`], where a compiler makes instructions of it that gather eight words at a time and
/// take longer than eight loads.
pub(super) struct Block<'a> {
    data: &'a [u8],
    ends: [u32; BLOCK],
    lengths: [u64; BLOCK],
    last: [u64; BLOCK],
    /// The bytes of the longest field.
    pub(super) longest: u32,
    rows: usize,
}

impl<'a> Block<'a> {
    /// No fields yet, of `data`.
    pub(super) fn new(data: &'a [u8]) -> Block<'a> {
        Block { data, ends: [0; BLOCK], lengths: [0; BLOCK], last: [0; BLOCK], longest: 0, rows: 0 }
    }

    /// Takes the fields of a block from `first` on, or of what is left of a column, in place of those before. A missing field has
    /// more bytes than there are.
    #[inline(always)]
    pub(super) fn fill(&mut self, rows: usize, fields: impl Fields, first: usize, unquoted: impl Fn(Span) -> Span) {
        let (mut longest, data) = (0, self.data);
        let ends = &mut self.ends[..rows];
        let (lengths, last) = (&mut self.lengths[..rows], &mut self.last[..rows]);
        fields.spans(first, rows, |row, span| {
            let Span { start, end } = unquoted(span);
            let length = end.wrapping_sub(start);
            longest = length.max(longest);
            (ends[row], lengths[row], last[row]) = (end, length.into(), word_before(data, end as usize));
        });
        (self.longest, self.rows) = (longest, rows);
    }

    /// Reads the fields as texts of up to sixteen bytes; says which are values, one bit each, those behind the last row aside.
    #[inline(always)]
    pub(super) fn read<T: Text>(&self, backend: Backend, text: T, values: &mut [T::Value; BLOCK]) -> u64 {
        let lanes = self.lanes();
        let (lengths, last, values) = (&self.lengths[..lanes], &self.last[..lanes], &mut values[..lanes]);
        if self.longest <= WORD as u32 {
            return backend.run(Short { lengths, last, before: None, values, text });
        }
        let before = self.ending(WORD);
        backend.run(Short { lengths, last, before: Some(&before[..lanes]), values, text })
    }

    /// The word that ends `back` bytes before the end of each field; zero where the data do not hold it.
    #[inline(always)]
    fn ending(&self, back: usize) -> [u64; BLOCK] {
        let mut words = [0; BLOCK];
        let (ends, read) = (&self.ends[..self.rows], &mut words[..self.rows]);
        for (word, end) in read.iter_mut().zip(ends) {
            *word = word_before(self.data, (*end as usize).wrapping_sub(back));
        }
        words
    }

    /// The words that end 8 and 16 bytes before the end of each field, as [`ending`](Self::ending) gives them.
    #[inline(always)]
    fn second_and_third(&self) -> [[u64; BLOCK]; 2] {
        let (mut second, mut third) = ([0; BLOCK], [0; BLOCK]);
        let ends = &self.ends[..self.rows];
        for ((second, third), end) in second[..self.rows].iter_mut().zip(&mut third[..self.rows]).zip(ends) {
            let end = *end as usize;
            // One look at the data, but for fields at the very beginning.
            (*second, *third) = match self.data.get(..end).and_then(<[u8]>::last_chunk::<{ 3 * WORD }>) {
                Some(bytes) => (word(bytes, WORD), word(bytes, 0)),
                None => (word_before(self.data, end.wrapping_sub(WORD)), 0),
            };
        }
        [second, third]
    }

    /// The words that begin at the start of each field and 8 and 16 bytes behind it, in the same way.
    #[inline(always)]
    fn first_three(&self) -> [[u64; BLOCK]; 3] {
        let mut words = [[0; BLOCK]; 3];
        let [first, second, third] = &mut words;
        let words_of_row = first.iter_mut().zip(second).zip(third);
        for (((first, second), third), Span { start, .. }) in words_of_row.zip(self.spans()) {
            let start = start as usize;
            (*first, *second, *third) = match self.data.get(start..).and_then(<[u8]>::first_chunk::<{ 3 * WORD }>) {
                Some(bytes) => (word(bytes, 0), word(bytes, WORD), word(bytes, 2 * WORD)),
                None => (word_before(self.data, start + WORD), word_before(self.data, start + 2 * WORD), 0),
            };
        }
        words
    }

    /// The texts of the fields.
    pub(super) fn texts(&self) -> impl Iterator<Item = &'a [u8]> {
        self.spans().map(|span| self.data.get(span.start as usize..span.end as usize).unwrap_or_default())
    }

    /// Where the fields lie.
    #[inline(always)]
    fn spans(&self) -> impl Iterator<Item = Span> {
        let fields = self.ends[..self.rows].iter().zip(&self.lengths[..self.rows]);
        fields.map(|(&end, &length)| Span { start: end.wrapping_sub(length as u32), end })
    }

    /// The fields, with some behind them that fill a vector.
    #[inline(always)]
    fn lanes(&self) -> usize {
        self.rows.next_multiple_of(LANES)
    }
}

/// The word that begins at `at`, which the bytes hold.
#[inline(always)]
fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(*bytes[at..].first_chunk().expect("three words"))
}

/// The eight bytes that end at `end`, first byte lowest; zero where the data do not hold them.
#[inline(always)]
fn word_before(data: &[u8], end: usize) -> u64 {
    data.get(..end).and_then(<[u8]>::last_chunk).map_or(0, |word| u64::from_le_bytes(*word))
}

impl<T: Text> Loops for Short<'_, T> {
    /// Which fields are values, the first in the lowest bit.
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let Short { lengths, last, before, values, text } = self;
        let mut fits = [0; BLOCK];
        let read = values.iter_mut().zip(&mut fits).zip(lengths.iter().zip(last));
        match before {
            None => {
                for ((value, fit), (&length, &last)) in read {
                    (*value, *fit) = text.of_one_word(last, length);
                }
            }
            Some(before) => {
                for (((value, fit), (&length, &last)), &before) in read.zip(before) {
                    (*value, *fit) = text.of_two_words(last, before, length);
                }
            }
        }
        bits(&fits)
    }
}

/// A number without its sign: its last sixteen bytes, each less the digit 0, with digits 0 before them.
struct Unsigned {
    low: u64,
    high: u64,
    /// Its bytes.
    count: u64,
    /// 1 where there was a minus.
    negative: u64,
}

impl Unsigned {
    /// Of a text of one word; `minus` is what its first byte has to be for a minus.
    #[inline(always)]
    fn of_one_word(last: u64, length: u64, minus: u64) -> Unsigned {
        let first = last >> (64_u64.wrapping_sub(8 * length) & 63) & 0xFF;
        let negative = u64::from(first == minus);
        let count = length.wrapping_sub(negative);
        Unsigned { low: (last ^ ZEROS) & last_bytes(count.min(8)), high: 0, count, negative }
    }

    /// Of a text of one word or two.
    #[inline(always)]
    fn of_two_words(last: u64, before: u64, length: u64, minus: u64) -> Unsigned {
        Unsigned::of_three_words([last, before, 0], length, minus)
    }

    /// The last two words of a text of one to three, of which the last comes first.
    #[inline(always)]
    fn of_three_words([last, before, first]: [u64; 3], length: u64, minus: u64) -> Unsigned {
        // The shift of one word is that of all: 128 less 8 a byte, of which the word takes what is below 64.
        let shift = 128_u64.wrapping_sub(8 * length) & 63;
        let upper = if length > 16 { first } else { before };
        let negative = u64::from((if length > 8 { upper } else { last } >> shift) & 0xFF == minus);
        let count = length.wrapping_sub(negative);
        let low = (last ^ ZEROS) & last_bytes(count.min(8));
        let high = (before ^ ZEROS) & last_bytes(count.saturating_sub(8).min(8));
        Unsigned { low, high, count, negative }
    }

    /// Whether anything is left of a text that is no longer than `most`.
    #[inline(always)]
    fn is_short(&self, most: u64) -> bool {
        self.count.wrapping_sub(1) < most
    }
}

/// The bytes of a word that `count` last ones of them, 0 to 8, leave: all ones in those. In two shifts, of which none is as wide as
/// the word.
#[inline(always)]
fn last_bytes(count: u64) -> u64 {
    let half = 4 * (8 - count);
    (u64::MAX << half) << half
}

#[cfg(test)]
mod tests {
    use super::last_bytes;

    #[test]
    fn last_bytes_of_every_count() {
        for count in 0..=8 {
            let bytes: Vec<u8> = (0..8).map(|at| if at + count >= 8 { 0xFF } else { 0 }).collect();
            assert_eq!(last_bytes(count).to_le_bytes(), bytes[..], "{count}");
        }
    }
}
