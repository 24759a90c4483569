//! The extremes of the texts of one column, and how long they are.
//!
//! Of a block of texts those are found that begin with the least words, which are hardly ever more than a few; these alone are
//! compared as wholes.

use super::texts::Text;
use super::words::{Block, REACH, Start, View, WORDS};
use crate::scan::Backend;

/// The least and the greatest of some texts, and their lengths in characters.
pub(super) struct Extent {
    pub(super) least: Text,
    pub(super) greatest: Text,
    pub(super) shortest: u64,
    pub(super) longest: u64,
}

/// The least or the greatest of some texts.
struct Extreme {
    start: Start,
    row: usize,
}

/// The extremes of the texts of some rows.
pub(super) struct Extremes {
    least: Option<Extreme>,
    greatest: Option<Extreme>,
    /// The bytes of the shortest and the longest.
    shortest: u32,
    longest: u32,
    /// Whether the first bytes of all are ASCII.
    are_ascii: bool,
}

impl Extremes {
    pub(super) fn new() -> Extremes {
        Extremes { least: None, greatest: None, shortest: u32::MAX, longest: 0, are_ascii: true }
    }

    /// Looks at the texts of a block.
    #[inline]
    pub(super) fn look(&mut self, block: &Block, view: &View<'_>, backend: Backend) {
        self.shortest = self.shortest.min(block.shortest);
        self.longest = self.longest.max(block.longest);
        self.are_ascii &= block.is_ascii;
        look_for::<false>(&mut self.least, block, view, backend);
        look_for::<true>(&mut self.greatest, block, view, backend);
    }

    /// What was seen of these rows.
    pub(super) fn end(self, view: &View<'_>, rows: impl Iterator<Item = usize>) -> Option<Extent> {
        let (least, greatest) = self.least.zip(self.greatest)?;
        let (mut shortest, mut longest) = (u64::from(self.shortest), u64::from(self.longest));
        let is_rest_ascii =
            || self.longest <= REACH || view.array.data_buffers().iter().all(|buffer| buffer.as_slice().is_ascii());
        if !self.are_ascii || !is_rest_ascii() {
            (shortest, longest) = (u64::MAX, 0);
            for row in rows {
                let length = view.array.value(row).chars().count() as u64;
                (shortest, longest) = (shortest.min(length), longest.max(length));
            }
        }
        Some(Extent { least: Text::of(view, least.row), greatest: Text::of(view, greatest.row), shortest, longest })
    }
}

/// Looks in a block for a text that comes before the one that is known, or with `BACKWARDS` behind it.
#[inline]
fn look_for<const BACKWARDS: bool>(known: &mut Option<Extreme>, block: &Block, view: &View<'_>, backend: Backend) {
    let none = [u64::MAX; WORDS];
    let Some(first) = block.first::<BACKWARDS>(known.as_ref().map_or(&none, |known| &known.start), backend) else {
        return;
    };
    for place in first.places() {
        let (row, length) = block.text(place);
        let is_nearer = known.as_ref().is_none_or(|known| {
            if first.start != known.start {
                return true;
            }
            let is_same = length <= REACH && length == view.length(known.row);
            let (text, known) = (view.bytes(row), view.bytes(known.row));
            !is_same && if BACKWARDS { text > known } else { text < known }
        });
        if is_nearer {
            *known = Some(Extreme { start: first.start, row });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::TEXTS;
    use super::*;
    use arrow::array::StringViewArray;
    use proptest::prelude::*;

    proptest! {
        /// Texts that share more or less of their beginning, of any length, with zeros among them.
        #[test]
        fn extremes_are_those_of_texts_compared_as_wholes(
            texts in prop::collection::vec((0..40_usize, "[\\x00ab\u{e9}]{0,12}"), 1..600),
        ) {
            let texts: Vec<String> = texts.into_iter().map(|(shared, rest)| "abcdefgh".repeat(5)[..shared].to_owned() + &rest).collect();
            let array = StringViewArray::from_iter_values(&texts);
            let view = View::new(&array);
            for backend in Backend::available() {
                let (mut extremes, mut block) = (Extremes::new(), Block::new());
                for from in (0..texts.len()).step_by(TEXTS) {
                    block.fill(&view, from..texts.len(), backend);
                    extremes.look(&block, &view, backend);
                }
                let extent = extremes.end(&view, 0..texts.len()).unwrap();
                let (least, greatest) = (texts.iter().min().unwrap(), texts.iter().max().unwrap());
                prop_assert_eq!((&*extent.least.shown(), &*extent.greatest.shown()), (least.as_str(), greatest.as_str()));
                let lengths = texts.iter().map(|text| text.chars().count() as u64);
                prop_assert_eq!((Some(extent.shortest), Some(extent.longest)), (lengths.clone().min(), lengths.max()));
            }
        }
    }
}
