//! The texts of one column in one piece.
//!
//! A text of 12 bytes or fewer lies in its view and is hashed and compared as the number that the view is; of a longer one
//! every byte is.

use super::distinct::Hashes;
use super::extent::{Extent, Extremes};
use super::key::Key;
use super::numbers::Context;
use super::repeats;
use super::sample::{self, FREQUENT_IN_SAMPLE, Sample};
use super::tally::{self, Gathered, Sketch, Values};
use super::words::{Block, INLINE, REACH, TEXTS, View, WORDS};
use arrow::array::{Array, StringViewArray};
use std::borrow::Cow;

/// The bytes of a text that are kept. What is kept of the least text is the least that is kept of any.
const KEPT: usize = 1024;

/// A text, or the beginning of a long one with the length and the hash of the whole.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Text {
    kept: Box<str>,
    length: usize,
    hash: u64,
}

impl Text {
    fn new(text: &str, hash: u64) -> Text {
        Text { kept: text[..text.floor_char_boundary(KEPT)].into(), length: text.len(), hash }
    }

    /// The text; where it was cut, with three dots.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        match self.length > self.kept.len() {
            true => Cow::Owned(format!("{}…", self.kept)),
            false => Cow::Borrowed(&self.kept),
        }
    }
}

impl Key for Text {
    const RANKED: bool = false;

    fn mixed(&self) -> u64 {
        self.hash
    }

    fn held(&self) -> usize {
        self.kept.len()
    }
}

/// What is kept of a column's texts in one piece.
pub(super) struct Texts {
    extent: Option<Extent>,
    values: Values<Text>,
}

impl View<'_> {
    #[inline(always)]
    fn is_same(&self, row: usize, other: usize) -> bool {
        let (ours, theirs) = (self.views[row], self.views[other]);
        match ours as u32 <= INLINE {
            true => ours == theirs,
            // Length and first bytes.
            false => ours as u64 == theirs as u64 && self.bytes(row) == self.bytes(other),
        }
    }

    pub(super) fn text(&self, row: usize) -> Text {
        Text::new(self.array.value(row), self.hash(row))
    }
}

/// A text's hash, a row where it stands, and how often it does.
struct Entry {
    hash: u64,
    row: u32,
    count: u32,
}

/// Counts of texts, by open addressing.
struct Table {
    /// Places of entries, and one; 0 where a slot is free.
    slots: Vec<u32>,
    entries: Vec<Entry>,
}

impl Table {
    fn new(rows: usize) -> Table {
        let most = if rows > tally::MOST { tally::MOST_IN_PIECE + 1 } else { rows };
        Table { slots: vec![0; (2 * most).next_power_of_two().max(2)], entries: Vec::new() }
    }

    /// Counts a text; gives the place of its entry.
    #[inline(always)]
    fn count(&mut self, view: &View<'_>, row: usize) -> u32 {
        let (hash, mask) = (view.hash(row), self.slots.len() - 1);
        let mut slot = hash as usize & mask;
        while let Some(place) = self.slots[slot].checked_sub(1) {
            let entry = &mut self.entries[place as usize];
            if entry.hash == hash && view.is_same(entry.row as usize, row) {
                entry.count += 1;
                return place;
            }
            slot = (slot + 1) & mask;
        }
        self.entries.push(Entry { hash, row: row as u32, count: 1 });
        self.slots[slot] = self.entries.len() as u32;
        self.entries.len() as u32 - 1
    }
}

/// Short texts, each where its first look says: where they are few, most are counted by one comparison.
struct Familiar<T> {
    texts: Box<[T; FAMILIAR]>,
    /// How often each was met here, and the place of its entry.
    counts: Box<[(u32, u32); FAMILIAR]>,
}

const FAMILIAR: usize = 512;

/// All that a short text is.
trait Short: Copy + PartialEq {
    /// What no text is.
    const NONE: Self;

    /// Bits that differ where texts do, mostly.
    fn bits(self) -> u64;
}

/// The view of a text that lies in it.
impl Short for u128 {
    const NONE: u128 = u128::MAX;

    #[inline(always)]
    fn bits(self) -> u64 {
        self as u64 ^ (self >> 64) as u64
    }
}

/// The words of a text that they are all of, and its length.
impl Short for ([u64; WORDS], u32) {
    const NONE: ([u64; WORDS], u32) = ([0; WORDS], u32::MAX);

    #[inline(always)]
    fn bits(self) -> u64 {
        let [a, b, c, d] = self.0;
        (a ^ d) ^ (b ^ c).rotate_left(32)
    }
}

impl<T: Short> Familiar<T> {
    fn new() -> Familiar<T> {
        Familiar { texts: Box::new([T::NONE; FAMILIAR]), counts: Box::new([(0, 0); FAMILIAR]) }
    }

    #[inline(always)]
    fn slot(text: T) -> usize {
        (text.bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - FAMILIAR.ilog2())) as usize
    }

    /// Counts a text that is known here; otherwise says no.
    #[inline(always)]
    fn count(&mut self, text: T) -> bool {
        let slot = Self::slot(text);
        let is_known = self.texts[slot] == text;
        self.counts[slot].0 += u32::from(is_known);
        is_known
    }

    /// Takes note of a text and its entry, unless another one stands there.
    #[inline(always)]
    fn meet(&mut self, text: T, entry: u32) {
        let slot = Self::slot(text);
        if self.texts[slot] == T::NONE {
            (self.texts[slot], self.counts[slot]) = (text, (0, entry));
        }
    }

    /// Adds the counts to those of the entries.
    fn end(&self, entries: &mut [Entry]) {
        for (count, place) in self.counts.iter().filter(|(count, _)| *count > 0) {
            entries[*place as usize].count += count;
        }
    }
}

impl Texts {
    /// What is kept of an array's texts.
    pub(super) fn of(array: &StringViewArray, context: Context, block: &mut Block) -> Texts {
        let view = View::new(array);
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        let rows = array.len();
        let is_there = |row: &usize| nulls.is_none_or(|nulls| nulls.is_valid(*row));
        let mut there = (0..rows).filter(is_there);
        let mut table = Table::new(rows);
        let (mut inside, mut longer) = (Familiar::<u128>::new(), None::<Familiar<([u64; WORDS], u32)>>);
        let mut counted = None;
        for (passed, row) in there.by_ref().enumerate() {
            let (known, bits) = (table.entries.len(), view.views[row]);
            let length = bits as u32;
            if length <= INLINE {
                if inside.count(bits) {
                    continue;
                }
                let entry = table.count(&view, row);
                inside.meet(bits, entry);
            } else if length <= REACH {
                let (longer, text) = (longer.get_or_insert_with(Familiar::new), (view.words(row), length));
                if longer.count(text) {
                    continue;
                }
                let entry = table.count(&view, row);
                longer.meet(text, entry);
            } else {
                table.count(&view, row);
            }
            if table.entries.len() > known && tally::are_many(known + 1, passed + 1, rows, context.begin) {
                counted = Some(row + 1);
                break;
            }
        }
        let (mut extremes, backend) = (Extremes::new(), context.backend);
        let begun: Vec<usize> = table.entries.iter().map(|entry| entry.row as usize).collect();
        for rows in begun.chunks(TEXTS) {
            block.fill(&view, rows.iter().copied(), backend);
            extremes.look(block, &view, backend);
        }
        let Some(counted) = counted else {
            inside.end(&mut table.entries);
            longer.iter().for_each(|longer| longer.end(&mut table.entries));
            let extent = extremes.end(&view, begun.into_iter());
            let mut tally: Vec<(Text, u64)> =
                table.entries.iter().map(|entry| (view.text(entry.row as usize), entry.count.into())).collect();
            tally.sort_unstable();
            return Texts { extent, values: Values::Tally(tally) };
        };
        let mut hashes = Hashes::new(rows);
        let begun: Vec<u64> = table.entries.iter().map(|entry| entry.hash).collect();
        hashes.extend(&begun, context.spared, backend);
        let level = sample::level(context, rows, Text::THINS);
        let sampled: Vec<usize> = sample::sampled(rows, level, context.seed).filter(is_there).collect();
        let mut sampled_hashes = Vec::with_capacity(sampled.len());
        sampled_hashes.extend(sampled.iter().take_while(|row| **row < counted).map(|row| view.hash(*row)));
        for from in (counted..rows).step_by(TEXTS) {
            let end = rows.min(from + TEXTS);
            block.fill(&view, (from..end).filter(is_there), backend);
            extremes.look(block, &view, backend);
            hashes.extend(block.hashes(), context.spared, backend);
            let sampled = sampled[sampled_hashes.len()..].iter().take_while(|row| **row < end);
            sampled_hashes.extend(sampled.filter_map(|row| block.hash_at(*row)));
        }
        let extent = extremes.end(&view, (0..rows).filter(is_there));
        let mut often = repeats::frequent(&sampled_hashes, sample::least_often(sampled.len()));
        often.iter_mut().for_each(|(_, count)| *count <<= level);
        sample::keep_most(&mut often, FREQUENT_IN_SAMPLE);
        let text = |hash: u64| sampled_hashes.iter().position(|other| *other == hash).map(|at| view.text(sampled[at]));
        let frequent = often.into_iter().filter_map(|(hash, count)| text(hash).zip(Some(count))).collect();
        let sketch = Sketch { hashes: hashes.end(), sample: Sample::of_frequent(frequent) };
        Texts { extent, values: Values::Sketch(Box::new(sketch)) }
    }
}

/// The texts of a column in all pieces so far.
pub(super) struct AllTexts {
    pub(super) extent: Option<Extent>,
    pub(super) gathered: Gathered<Text>,
}

impl AllTexts {
    pub(super) fn new() -> AllTexts {
        AllTexts { extent: None, gathered: Gathered::new() }
    }

    pub(super) fn merge(&mut self, next: Texts) {
        self.extent = match (self.extent.take(), next.extent) {
            (Some(known), Some(found)) => Some(Extent {
                least: known.least.min(found.least),
                greatest: known.greatest.max(found.greatest),
                shortest: known.shortest.min(found.shortest),
                longest: known.longest.max(found.longest),
            }),
            (known, found) => known.or(found),
        };
        self.gathered.merge(next.values);
    }
}
