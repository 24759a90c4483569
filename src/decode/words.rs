//! Sets of words, asked for the texts of columns.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use arrow::buffer::BooleanBuffer;

use super::views::{INLINE, Views, inline};

/// A set of words. The short ones are kept as the views of an array hold them, so that most texts need no comparison of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// A table of views by their hash, with room for twice as many; the next free place holds what has no place of its own.
    short: Vec<u128>,
    long: HashSet<Box<[u8]>>,
}

/// So many words are compared one by one.
const FEW: usize = 4;
/// No view of a short text.
const FREE: u128 = u128::MAX;

impl Words {
    /// A set of these words.
    pub fn new<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> Words {
        // In order, so that equal sets have equal tables.
        let (mut short, mut long) = (BTreeSet::new(), HashSet::new());
        for word in words {
            let word = word.as_ref();
            match view(word) {
                Some(view) => _ = short.insert(view),
                None => _ = long.insert(Box::from(word)),
            }
        }
        let mut table = vec![FREE; (2 * short.len()).next_power_of_two()];
        for view in short {
            let place = free_or(&table, view);
            table[place] = view;
        }
        Words { short: table, long }
    }

    /// Whether a text is among them.
    #[must_use]
    pub fn contains(&self, text: &[u8]) -> bool {
        match view(text) {
            Some(view) => self.contains_view(view),
            None => self.long.contains(text),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.long.is_empty() && self.short.iter().all(|&view| view == FREE)
    }

    /// Which of the texts of `rows` are among them.
    #[must_use]
    pub fn contain(&self, texts: &Views<'_>, rows: Range<usize>) -> BooleanBuffer {
        match self.few() {
            Some([one, two, three, four]) => BooleanBuffer::collect_bool(rows.len(), |row| {
                let view = texts.view(rows.start + row);
                (view == one) | (view == two) | (view == three) | (view == four)
            }),
            None => BooleanBuffer::collect_bool(rows.len(), |row| {
                let row = rows.start + row;
                if texts.length(row) <= INLINE {
                    self.contains_view(texts.view(row))
                } else {
                    self.long.contains(texts.text(row))
                }
            }),
        }
    }

    /// The words, the last one repeated, where they are few and short.
    fn few(&self) -> Option<[u128; FEW]> {
        let mut views = self.short.iter().copied().filter(|&view| view != FREE);
        let last = views.clone().next_back().filter(|_| self.long.is_empty())?;
        let few = [(); FEW].map(|()| views.next().unwrap_or(last));
        views.next().is_none().then_some(few)
    }

    /// Whether the short text of a view is among them.
    #[inline(always)]
    fn contains_view(&self, view: u128) -> bool {
        self.short[free_or(&self.short, view)] == view
    }
}

impl Default for Words {
    fn default() -> Words {
        Words::new::<&[u8]>([])
    }
}

/// The view of a short text.
fn view(text: &[u8]) -> Option<u128> {
    (text.len() <= INLINE).then(|| inline(text))
}

/// The place of a view, or the free place where it would be.
#[inline(always)]
fn free_or(table: &[u128], view: u128) -> usize {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mixed = (view as u64).wrapping_mul(ODD) ^ (view >> 64) as u64;
    let mut place = (mixed.wrapping_mul(ODD) >> 32) as usize & (table.len() - 1);
    while table[place] != view && table[place] != FREE {
        place = (place + 1) & (table.len() - 1);
    }
    place
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn members_and_others() {
        let none = Words::new::<&str>([]);
        assert!(!none.contains(b"") && none.is_empty() && none == Words::default());
        assert!(!none.contains(b"a long word that no view holds"));
        let words: Vec<String> = (0..1000).map(|number| format!("{number}")).collect();
        let long: Vec<String> = (0..1000).map(|number| format!("a longer word {number}")).collect();
        let set = Words::new(words.iter().chain(&long).chain([&String::new(), &words[0]]));
        assert!(words.iter().chain(&long).all(|word| set.contains(word.as_bytes())));
        assert!(set.contains(b""));
        for other in ["1000", "00", "a", "1\0", "a longer word", "a longer word 1000", "999999999999", "\0"] {
            assert!(!set.contains(other.as_bytes()), "{other:?}");
        }
        assert!(none.few().is_none() && set.few().is_none());
        assert!(Words::new(["a long word that no view holds", "a"]).few().is_none());
        assert!(Words::new(["a", "b", "c", "d", "e"]).few().is_none());
        let [a, b, c] = ["a", "b", ""].map(|word| super::view(word.as_bytes()).unwrap());
        let few = Words::new(["a", "b", ""]).few().unwrap();
        assert!([a, b, c].iter().all(|word| few.contains(word)) && few.iter().all(|word| [a, b, c].contains(word)));
        let edges = Words::new(["123456789012", "1234567890123"]);
        assert!(edges.contains(b"123456789012") && edges.contains(b"1234567890123"));
        assert!(!edges.contains(b"12345678901") && !edges.contains(b"12345678901234"));
    }
}
