//! The extremes of the texts of one column, and how long they are.
//!
//! Most texts are told from the least and the greatest so far by their first eight bytes, those of a column of times by some more;
//! so few are compared as wholes.

use super::key::{self, Key};
use super::moments::BLOCK;
use super::texts::{INLINE, Text, View};
use std::cmp::Ordering;

/// The least and the greatest of some texts, and their lengths in characters.
pub(super) struct Extent {
    pub(super) least: Text,
    pub(super) greatest: Text,
    pub(super) shortest: u64,
    pub(super) longest: u64,
}

/// Eight bytes of a text from a place on, with zeros behind a shorter one, as a number that has their order.
#[inline(always)]
fn eight(bytes: &[u8], from: usize) -> u64 {
    let word = |bytes: &[u8; 8]| u64::from_be_bytes(*bytes);
    match (bytes.get(from..), bytes.last_chunk()) {
        (None | Some([]), _) => 0,
        (Some(rest), last) => match (rest.first_chunk(), last) {
            (Some(first), _) => word(first),
            (None, Some(last)) => word(last) << (8 * (8 - rest.len())),
            (None, None) => rest.iter().rev().fold(0, |number, byte| (number >> 8) | u64::from(*byte) << 56),
        },
    }
}

type Extreme = (u64, [u64; 2], usize);

/// The extremes of the texts of some rows.
pub(super) struct Extremes {
    /// The rows of the least and the greatest, each with the first eight bytes of its text and the sixteen behind them.
    extremes: Option<(Extreme, Extreme)>,
    /// The bytes of the shortest and the longest.
    shortest: u32,
    longest: u32,
    /// The bytes of texts that lie in their views; those of others lie in buffers.
    inline: u128,
}

impl Extremes {
    pub(super) fn new() -> Extremes {
        Extremes { extremes: None, shortest: u32::MAX, longest: 0, inline: 0 }
    }

    /// Looks at some rows.
    pub(super) fn look(&mut self, view: &View<'_>, rows: impl Iterator<Item = usize>) {
        self.look_at::<false>(view, rows, &mut [0; BLOCK]);
    }

    /// Looks at some rows and, where these are wanted, puts the hashes of their texts one behind the other; says how many these are.
    #[inline(always)]
    pub(super) fn look_at<const HASHES: bool>(
        &mut self,
        view: &View<'_>,
        rows: impl Iterator<Item = usize>,
        hashes: &mut [u64; BLOCK],
    ) -> usize {
        // What gives way to the first text.
        let none = ((u64::MAX, [u64::MAX; 2], usize::MAX), (0, [0; 2], usize::MAX));
        let (mut least, mut greatest) = self.extremes.unwrap_or(none);
        let (mut shortest, mut longest, mut inline, mut many) = (self.shortest, self.longest, self.inline, 0);
        for row in rows {
            let bits = view.views[row];
            let length = bits as u32;
            let first = if length <= INLINE {
                inline |= bits >> 32;
                if HASHES {
                    hashes[many] = bits.mixed();
                }
                ((bits >> 32) as u64).swap_bytes()
            } else {
                let bytes = view.array.value(row).as_bytes();
                if HASHES {
                    hashes[many] = key::of_bytes(bytes);
                }
                eight(bytes, 0)
            };
            many += usize::from(HASHES);
            (shortest, longest) = (shortest.min(length), longest.max(length));
            if first <= least.0 || first >= greatest.0 {
                let found = (first, view.behind_eight(row), row);
                least = if view.is_less(&found, &least) { found } else { least };
                greatest = if greatest.2 == usize::MAX || view.is_less(&greatest, &found) { found } else { greatest };
            }
        }
        self.extremes = (least.2 < usize::MAX).then_some((least, greatest));
        (self.shortest, self.longest, self.inline) = (shortest, longest, inline);
        many
    }

    /// What was seen of these rows.
    pub(super) fn end(self, view: &View<'_>, rows: impl Iterator<Item = usize>) -> Option<Extent> {
        let ((.., least), (.., greatest)) = self.extremes?;
        let (mut shortest, mut longest) = (u64::from(self.shortest), u64::from(self.longest));
        let are_characters = self.inline & 0x8080_8080_8080_8080_8080_8080 == 0
            && view.array.data_buffers().iter().all(|buffer| buffer.as_slice().is_ascii());
        if !are_characters {
            (shortest, longest) = (u64::MAX, 0);
            for row in rows {
                let length = view.array.value(row).chars().count() as u64;
                (shortest, longest) = (shortest.min(length), longest.max(length));
            }
        }
        Some(Extent { least: view.text(least), greatest: view.text(greatest), shortest, longest })
    }
}

impl View<'_> {
    /// The sixteen bytes behind the first eight of a text, as numbers that have their order.
    #[inline(always)]
    fn behind_eight(&self, row: usize) -> [u64; 2] {
        let view = self.views[row];
        if view as u32 <= INLINE {
            // No more than four.
            return [((view >> 96) as u64).swap_bytes(), 0];
        }
        let bytes = self.array.value(row).as_bytes();
        [eight(bytes, 8), eight(bytes, 16)]
    }

    /// Whether one text is less than another one, or that one is none.
    #[inline(always)]
    fn is_less(&self, one: &Extreme, other: &Extreme) -> bool {
        let start = |extreme: &Extreme| (extreme.0, extreme.1);
        match start(one).cmp(&start(other)) {
            Ordering::Equal => other.2 == usize::MAX || self.array.value(one.2) < self.array.value(other.2),
            order => order.is_lt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringViewArray;
    use proptest::prelude::*;

    proptest! {
        /// Texts that share more or less of their beginning, of any length, with zeros among them.
        #[test]
        fn extremes_are_those_of_texts_compared_as_wholes(
            texts in prop::collection::vec((0..40_usize, "[\\x00ab\u{e9}]{0,12}"), 1..60), cut in 0..60_usize,
        ) {
            let texts: Vec<String> = texts.into_iter().map(|(shared, rest)| "abcdefgh".repeat(5)[..shared].to_owned() + &rest).collect();
            let array = StringViewArray::from_iter_values(&texts);
            let view = View { array: &array, views: array.views() };
            let (mut extent, mut hashes) = (Extremes::new(), [0; BLOCK]);
            let cut = cut.min(texts.len());
            extent.look(&view, 0..cut);
            let many = extent.look_at::<true>(&view, cut..texts.len(), &mut hashes);
            let wanted: Vec<u64> = (cut..texts.len()).map(|row| view.hash(row)).collect();
            prop_assert_eq!(&hashes[..many], &wanted[..]);
            let extent = extent.end(&view, 0..texts.len()).unwrap();
            let (least, greatest) = (texts.iter().min().unwrap(), texts.iter().max().unwrap());
            prop_assert_eq!((&*extent.least.shown(), &*extent.greatest.shown()), (least.as_str(), greatest.as_str()));
            let lengths = texts.iter().map(|text| text.chars().count() as u64);
            prop_assert_eq!((Some(extent.shortest), Some(extent.longest)), (lengths.clone().min(), lengths.max()));
        }

        #[test]
        fn eight_bytes_have_the_order_of_texts(text in prop::collection::vec(any::<u8>(), 0..40), from in 0..48_usize) {
            let mut padded = text.clone();
            padded.resize(64, 0);
            prop_assert_eq!(eight(&text, from), u64::from_be_bytes(padded[from..from + 8].try_into().unwrap()));
        }
    }
}
