//! The texts of one column in one piece.
//!
//! They are counted one by one while they are few ([`Vocabulary`]), a block at a time. From then on a block's hashes say how many
//! distinct ones there are, and those of a sample of rows what is common.

use super::distinct::Hashes;
use super::extent::{Extent, Extremes};
use super::key::Key;
use super::numbers::Context;
use super::repeats;
use super::sample::{self, FREQUENT_IN_SAMPLE, Sample};
use super::tally::{self, Gathered, Sketch, Values};
use super::vocabulary::Vocabulary;
use super::words::{Block, TEXTS, View};
use arrow::array::{Array, StringViewArray};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

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

    pub(super) fn of(view: &View<'_>, row: usize) -> Text {
        Text::new(view.array.value(row), view.hash(row))
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

/// A row by the hash of its text.
#[derive(Clone, Copy)]
struct Hashed {
    hash: u64,
    row: u32,
}

impl PartialEq for Hashed {
    fn eq(&self, other: &Hashed) -> bool {
        self.hash == other.hash
    }
}

impl Eq for Hashed {}

impl PartialOrd for Hashed {
    fn partial_cmp(&self, other: &Hashed) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Hashed {
    fn cmp(&self, other: &Hashed) -> Ordering {
        self.hash.cmp(&other.hash)
    }
}

impl Hash for Hashed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

impl Key for Hashed {
    fn mixed(&self) -> u64 {
        self.hash
    }
}

impl Texts {
    /// What is kept of an array's texts.
    pub(super) fn of(array: &StringViewArray, context: Context, block: &mut Block) -> Texts {
        let view = View::new(array);
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        let rows = array.len();
        let is_there = |row: &usize| nulls.is_none_or(|nulls| nulls.is_valid(*row));
        let (mut vocabulary, mut extremes, backend) = (Vocabulary::new(&view, rows), Extremes::new(), context.backend);
        let (mut counted, mut passed, mut are_many) = (0, 0, false);
        while counted < rows && !are_many {
            let end = rows.min(counted + TEXTS);
            passed += vocabulary.count((counted..end).filter(is_there), block, backend);
            extremes.look(block, &view, backend);
            are_many = tally::are_many(vocabulary.distinct(), passed, rows, context.begin);
            counted = end;
        }
        let entries = vocabulary.end();
        let text = |row: u32, hash: u64| Text::new(array.value(row as usize), hash);
        if !are_many {
            let extent = extremes.end(&view, entries.iter().map(|entry| entry.row as usize));
            let tally = entries.iter().map(|entry| (text(entry.row, entry.hash), entry.count.into()));
            let mut tally: Vec<(Text, u64)> = tally.collect();
            tally.sort_unstable();
            return Texts { extent, values: Values::Tally(tally) };
        }
        let mut hashes = Hashes::new(rows);
        let begun: Vec<u64> = entries.iter().map(|entry| entry.hash).collect();
        hashes.extend(&begun, context.spared, backend);
        let level = sample::level(context, rows, Text::THINS);
        let sampled: Vec<usize> = sample::sampled(rows, level, context.seed).filter(is_there).collect();
        let hashed = |row: usize, hash: u64| Hashed { hash, row: row as u32 };
        let mut sample = Vec::with_capacity(sampled.len());
        sample.extend(sampled.iter().take_while(|row| **row < counted).map(|row| hashed(*row, view.hash(*row))));
        for from in (counted..rows).step_by(TEXTS) {
            let end = rows.min(from + TEXTS);
            block.fill(&view, (from..end).filter(is_there), backend);
            extremes.look(block, &view, backend);
            hashes.extend(block.hashes(), context.spared, backend);
            let sampled = sampled[sample.len()..].iter().take_while(|row| **row < end);
            sample.extend(sampled.filter_map(|row| Some(hashed(*row, block.hash_at(*row)?))));
        }
        let extent = extremes.end(&view, (0..rows).filter(is_there));
        let mut often = repeats::frequent(&sample, sample::least_often(sample.len()));
        often.iter_mut().for_each(|(_, count)| *count <<= level);
        sample::keep_most(&mut often, FREQUENT_IN_SAMPLE);
        let frequent = often.into_iter().map(|(Hashed { hash, row }, count)| (text(row, hash), count)).collect();
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
