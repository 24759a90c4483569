//! The texts of one column in one piece.
//!
//! A text of 12 bytes or fewer lies in its view and is hashed and compared as the number that the view is; of a longer one
//! every byte is.

use super::distinct::Hashes;
use super::key::Key;
use super::numbers::Context;
use super::tally::{self, FREQUENT_IN_PIECE, Gathered, Sketch, Values};
use arrow::array::{Array, StringViewArray};
use std::borrow::Cow;
use xxhash_rust::xxh3::xxh3_64;

/// The bytes of a text that are kept. What is kept of the least text is the least that is kept of any.
const KEPT: usize = 1024;
/// The bytes of a text that lies in its view.
const INLINE: u32 = 12;

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

/// The least and the greatest of some texts, and their lengths in characters.
pub(super) struct Extent {
    pub(super) least: Text,
    pub(super) greatest: Text,
    pub(super) shortest: u64,
    pub(super) longest: u64,
}

/// What is kept of a column's texts in one piece.
pub(super) struct Texts {
    extent: Option<Extent>,
    values: Values<Text>,
}

/// An array as its texts are looked at.
struct View<'a> {
    array: &'a StringViewArray,
    views: &'a [u128],
}

impl View<'_> {
    #[inline(always)]
    fn hash(&self, row: usize) -> u64 {
        let view = self.views[row];
        if view as u32 <= INLINE { view.mixed() } else { xxh3_64(self.array.value(row).as_bytes()) }
    }

    #[inline(always)]
    fn is_same(&self, row: usize, other: usize) -> bool {
        let (ours, theirs) = (self.views[row], self.views[other]);
        match ours as u32 <= INLINE {
            true => ours == theirs,
            // Length and first bytes.
            false => ours as u64 == theirs as u64 && self.array.value(row) == self.array.value(other),
        }
    }

    fn text(&self, row: usize) -> Text {
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

    #[inline(always)]
    fn count(&mut self, view: &View<'_>, row: usize) {
        let (hash, mask) = (view.hash(row), self.slots.len() - 1);
        let mut slot = hash as usize & mask;
        while let Some(place) = self.slots[slot].checked_sub(1) {
            let entry = &mut self.entries[place as usize];
            if entry.hash == hash && view.is_same(entry.row as usize, row) {
                entry.count += 1;
                return;
            }
            slot = (slot + 1) & mask;
        }
        self.entries.push(Entry { hash, row: row as u32, count: 1 });
        self.slots[slot] = self.entries.len() as u32;
    }
}

impl Texts {
    /// What is kept of an array's texts.
    pub(super) fn of(array: &StringViewArray, context: Context<'_>) -> Texts {
        let view = View { array, views: array.views() };
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        let rows = array.len();
        let is_there = |row: &usize| nulls.is_none_or(|nulls| nulls.is_valid(*row));
        let mut there = (0..rows).filter(is_there);
        let mut table = Table::new(rows);
        let mut hashes: Option<Hashes> = None;
        for (passed, row) in there.by_ref().enumerate() {
            table.count(&view, row);
            if tally::are_many(table.entries.len(), passed + 1, rows, context.begin) {
                let mut begun = Hashes::new(context.known, rows);
                begun.extend(context.known, table.entries.iter().map(|entry| entry.hash));
                hashes = Some(begun);
                break;
            }
        }
        let Some(mut hashes) = hashes else {
            let extent = extent(&view, table.entries.iter().map(|entry| entry.row as usize));
            let mut tally: Vec<(Text, u64)> =
                table.entries.iter().map(|entry| (view.text(entry.row as usize), entry.count.into())).collect();
            tally.sort_unstable();
            return Texts { extent, values: Values::Tally(tally) };
        };
        hashes.extend(context.known, there.map(|row| view.hash(row)));
        let extent = extent(&view, (0..rows).filter(is_there));
        let level = tally::level(context, rows);
        let sampled = tally::sampled(rows, level, context.seed).filter(is_there);
        let mut sampled: Vec<(u64, usize)> = sampled.map(|row| (view.hash(row), row)).collect();
        sampled.sort_unstable();
        let runs = sampled.chunk_by(|(a, _), (b, _)| a == b).filter(|run| run.len() > 1);
        let mut often: Vec<(usize, u64)> = runs.map(|run| (run[0].1, (run.len() as u64) << level)).collect();
        tally::keep_most(&mut often, FREQUENT_IN_PIECE);
        let frequent = often.into_iter().map(|(row, count)| (view.text(row), count)).collect();
        let sketch = Sketch { hashes, sample: Vec::new(), level: 0, frequent };
        Texts { extent, values: Values::Sketch(Box::new(sketch)) }
    }
}

/// The extremes of the texts of some rows.
fn extent(view: &View<'_>, rows: impl Iterator<Item = usize> + Clone) -> Option<Extent> {
    // The first four bytes of a text, as a number that has their order.
    let prefix = |row: usize| ((view.views[row] >> 32) as u32).swap_bytes();
    let first = rows.clone().next()?;
    let (mut least, mut greatest) = ((prefix(first), first), (prefix(first), first));
    let (mut shortest, mut longest) = (u32::MAX, 0);
    // The bytes of texts that lie in their views; those of others lie in buffers.
    let mut inline = 0;
    for row in rows.clone() {
        let (start, length) = (prefix(row), view.views[row] as u32);
        if start < least.0 || (start == least.0 && view.array.value(row) < view.array.value(least.1)) {
            least = (start, row);
        }
        if start > greatest.0 || (start == greatest.0 && view.array.value(row) > view.array.value(greatest.1)) {
            greatest = (start, row);
        }
        (shortest, longest) = (shortest.min(length), longest.max(length));
        inline |= if length <= INLINE { view.views[row] >> 32 } else { 0 };
    }
    let (mut shortest, mut longest) = (u64::from(shortest), u64::from(longest));
    let are_characters = inline & 0x8080_8080_8080_8080_8080_8080 == 0
        && view.array.data_buffers().iter().all(|buffer| buffer.as_slice().is_ascii());
    if !are_characters {
        (shortest, longest) = (u64::MAX, 0);
        for row in rows {
            let length = view.array.value(row).chars().count() as u64;
            (shortest, longest) = (shortest.min(length), longest.max(length));
        }
    }
    Some(Extent { least: view.text(least.1), greatest: view.text(greatest.1), shortest, longest })
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
