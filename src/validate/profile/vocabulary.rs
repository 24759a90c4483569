//! The distinct texts of one column in one piece, and how often each stands there.

use super::key::GOLDEN;
use super::tally;
use super::words::{Block, INLINE, REACH, TEXTS, View, WORDS};
use crate::scan::Backend;

/// The texts that are told by one look, at least and at most, and the rows of a piece for each.
const LEAST_FAMILIAR: usize = 64;
const MOST_FAMILIAR: usize = 2048;
const ROWS_A_FAMILIAR: usize = 8;

/// Counts of texts.
pub(super) struct Vocabulary<'a> {
    view: &'a View<'a>,
    entries: Vec<Entry>,
    /// Places of entries, and one; 0 where a slot is free. A text's slot is the first free or its own from where its hash says on.
    slots: Vec<u32>,
    inline: Familiar<u128>,
    short: Option<Familiar<([u64; WORDS], u32)>>,
    /// Those of the piece.
    rows: usize,
}

/// A text, a row where it stands, and how often it does.
pub(super) struct Entry {
    pub(super) hash: u64,
    words: [u64; WORDS],
    length: u32,
    pub(super) row: u32,
    pub(super) count: u32,
}

impl<'a> Vocabulary<'a> {
    /// For a piece of so many rows.
    pub(super) fn new(view: &'a View<'a>, rows: usize) -> Vocabulary<'a> {
        let most = if rows > tally::MOST { tally::MOST_IN_PIECE + TEXTS } else { rows };
        Vocabulary {
            view,
            entries: Vec::new(),
            slots: vec![0; (2 * most).next_power_of_two().max(2)],
            inline: Familiar::new(rows),
            short: None,
            rows,
        }
    }

    /// The texts that differ.
    pub(super) fn distinct(&self) -> usize {
        self.entries.len()
    }

    /// Counts the texts of some rows, no more than a block has; says how many these are, and leaves in the block those that
    /// were not familiar, with all that are new among them.
    pub(super) fn count(&mut self, rows: impl Iterator<Item = usize>, block: &mut Block, backend: Backend) -> usize {
        let Vocabulary { view, inline, short, rows: all, .. } = self;
        // Each with what it takes the place of. What its entry is, is found for all of them together.
        let (mut strange, mut many, mut passed) = ([(0, Met::NEVER); TEXTS], 0, 0);
        for row in rows {
            let length = view.length(row);
            let forgotten = if length <= INLINE {
                inline.count(view.views[row], many)
            } else if length <= REACH {
                short.get_or_insert_with(|| Familiar::new(*all)).count((view.words(row), length), many)
            } else {
                Some(Met::NEVER)
            };
            if let Some(forgotten) = forgotten {
                strange[many % TEXTS] = (row, forgotten);
                many += 1;
            }
            passed += 1;
        }
        let strange = &strange[..many];
        block.fill(view, strange.iter().map(|(row, _)| *row), backend);
        let mut found = [0; TEXTS];
        for (place, (row, forgotten)) in strange.iter().enumerate() {
            let (hash, words, length) = (block.hashes()[place], block.words(place), self.view.length(*row));
            found[place] = self.find(Entry { hash, words, length, row: *row as u32, count: 0 });
            let entry = forgotten.entry(&found);
            self.entries[entry as usize].count += forgotten.count;
            if length > REACH {
                self.entries[found[place] as usize].count += 1;
            }
        }
        for (place, (row, _)) in strange.iter().enumerate() {
            match block.text(place).1 {
                ..=INLINE => self.inline.find(self.view.views[*row], place, found[place]),
                length => self.short.iter_mut().for_each(|short| {
                    short.find((block.words(place), length), place, found[place]);
                }),
            }
        }
        passed
    }

    /// Gives the place of a text's entry, which may be a new one.
    #[inline(always)]
    fn find(&mut self, text: Entry) -> u32 {
        let Vocabulary { view, entries, slots, .. } = self;
        let mask = slots.len() - 1;
        let mut slot = text.hash as usize & mask;
        while let Some(place) = slots[slot].checked_sub(1) {
            let entry = &entries[place as usize];
            let is_same = entry.hash == text.hash
                && (entry.words, entry.length).is(&(text.words, text.length))
                && (text.length <= REACH || view.bytes(entry.row as usize) == view.bytes(text.row as usize));
            if is_same {
                return place;
            }
            slot = (slot + 1) & mask;
        }
        entries.push(text);
        slots[slot] = entries.len() as u32;
        entries.len() as u32 - 1
    }

    /// All texts, in the order in which they were met.
    pub(super) fn end(mut self) -> Vec<Entry> {
        self.inline.end(&mut self.entries);
        self.short.iter().for_each(|short| short.end(&mut self.entries));
        self.entries
    }
}

/// Texts that were met last: where these are few or come in runs, most are counted by one comparison.
struct Familiar<T> {
    slots: Vec<(T, Met)>,
    /// By how much a hash is shifted to be a place.
    shift: u32,
}

/// How often a familiar text was met, and the place of its entry or, from [`Met::STRANGE`] on, among those whose entries are to be
/// found yet.
#[derive(Clone, Copy)]
struct Met {
    count: u32,
    place: u32,
}

impl Met {
    const NEVER: Met = Met { count: 0, place: 0 };
    const STRANGE: u32 = 1 << 31;

    /// The place of its entry, where these places were found.
    #[inline(always)]
    fn entry(self, found: &[u32; TEXTS]) -> u32 {
        match self.place.checked_sub(Met::STRANGE) {
            Some(strange) => found[strange as usize % TEXTS],
            None => self.place,
        }
    }
}

/// All that a text is.
trait Whole: Copy {
    /// What no text is.
    const NONE: Self;

    /// Bits that differ where texts do, mostly.
    fn bits(self) -> u64;

    fn is(self, other: &Self) -> bool;
}

/// The view of a text that lies in it.
impl Whole for u128 {
    const NONE: u128 = u128::MAX;

    #[inline(always)]
    fn bits(self) -> u64 {
        self as u64 ^ (self >> 64) as u64
    }

    #[inline(always)]
    fn is(self, other: &u128) -> bool {
        self == *other
    }
}

/// The words of a text that they are all of, and its length.
impl Whole for ([u64; WORDS], u32) {
    const NONE: ([u64; WORDS], u32) = ([0; WORDS], u32::MAX);

    #[inline(always)]
    fn bits(self) -> u64 {
        let [a, b, c, d] = self.0;
        (a ^ d) ^ (b ^ c).rotate_left(32)
    }

    /// Word by word: what was just computed as words is slow to be read as vectors.
    #[inline(always)]
    fn is(self, other: &([u64; WORDS], u32)) -> bool {
        let differ = self.0.iter().zip(&other.0).fold(0, |differ, (word, other)| differ | (word ^ other));
        differ | u64::from(self.1 ^ other.1) == 0
    }
}

impl<T: Whole> Familiar<T> {
    /// For a piece of so many rows.
    fn new(rows: usize) -> Familiar<T> {
        let slots = (rows / ROWS_A_FAMILIAR).next_power_of_two().clamp(LEAST_FAMILIAR, MOST_FAMILIAR);
        Familiar { slots: vec![(T::NONE, Met::NEVER); slots], shift: u64::BITS - slots.ilog2() }
    }

    #[inline(always)]
    fn slot(&mut self, text: T) -> &mut (T, Met) {
        &mut self.slots[(text.bits().wrapping_mul(GOLDEN) >> self.shift) as usize]
    }

    /// Counts a text. One that is not familiar, and has a place among strange ones, becomes it; what it takes the place of is given.
    #[inline(always)]
    fn count(&mut self, text: T, strange: usize) -> Option<Met> {
        let (known, met) = self.slot(text);
        if text.is(known) {
            met.count += 1;
            return None;
        }
        *known = text;
        Some(std::mem::replace(met, Met { count: 1, place: Met::STRANGE + strange as u32 }))
    }

    /// Takes note of the entry of a text that was strange, if it was not forgotten since.
    #[inline(always)]
    fn find(&mut self, text: T, strange: usize, entry: u32) {
        let (_, Met { place, .. }) = self.slot(text);
        *place = if *place == Met::STRANGE + strange as u32 { entry } else { *place };
    }

    /// Adds the counts to those of the entries.
    fn end(&self, entries: &mut [Entry]) {
        for (_, Met { count, place }) in self.slots.iter().filter(|(_, met)| met.count > 0) {
            entries[*place as usize].count += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringViewArray;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    proptest! {
        /// Texts of all three kinds, few and many, in runs and not.
        #[test]
        fn counts_are_those_of_a_map(
            picks in prop::collection::vec((0..3000_usize, 1..5_usize), 1..3000), distinct in 1..3000_usize,
            left_out in 0..14_usize,
        ) {
            let text = |pick: usize| match pick % 4 {
                0 => pick.to_string(),
                1 => format!("{pick}\0"),
                2 => format!("a short text {pick}"),
                _ => format!("a text that is longer than its words are {pick}"),
            };
            let runs = picks.iter().flat_map(|(pick, run)| std::iter::repeat_n(text(pick % distinct), *run));
            let texts: Vec<String> = runs.collect();
            let array = StringViewArray::from_iter_values(&texts);
            let view = View::new(&array);
            let (mut vocabulary, mut wanted) = (Vocabulary::new(&view, texts.len()), BTreeMap::new());
            let most = if texts.len() > tally::MOST { tally::MOST_IN_PIECE } else { usize::MAX };
            let (mut block, rows) = (Block::new(), (0..texts.len()).filter(|row| row % 7 != left_out));
            for rows in rows.collect::<Vec<_>>().chunks(TEXTS) {
                if vocabulary.distinct() > most {
                    break;
                }
                let passed = vocabulary.count(rows.iter().copied(), &mut block, Backend::detect());
                prop_assert_eq!(passed, rows.len());
                let strange: BTreeSet<&String> = (0..block.hashes().len()).map(|place| &texts[block.text(place).0]).collect();
                for row in rows {
                    prop_assert!(wanted.contains_key(&texts[*row]) || strange.contains(&texts[*row]));
                    *wanted.entry(&texts[*row]).or_insert(0) += 1;
                }
            }
            prop_assert_eq!(vocabulary.distinct(), wanted.len());
            let entries = vocabulary.end();
            let counts: BTreeMap<&String, u32> = entries.iter().map(|entry| (&texts[entry.row as usize], entry.count)).collect();
            prop_assert_eq!(counts, wanted);
            prop_assert!(entries.iter().all(|entry| entry.hash == view.hash(entry.row as usize)));
        }
    }
}
