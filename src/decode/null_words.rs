//! The null words of a column of texts, as its common way asks for them: by the view of a short text, by the length of any.

use super::views::{INLINE, inline};

/// Null words.
#[derive(Debug)]
pub(super) struct NullWords {
    /// The views of the short ones.
    views: Vec<u128>,
    /// Bit n is set where there is one of n bytes; bit 63 stands for all from 63 up.
    lengths: u64,
}

impl NullWords {
    pub(super) fn new(words: &[Box<[u8]>]) -> NullWords {
        NullWords {
            views: words.iter().filter(|word| word.len() <= INLINE).map(|word| inline(word)).collect(),
            lengths: words.iter().fold(0, |lengths, word| lengths | 1 << word.len().min(63)),
        }
    }

    /// Whether a text of so many bytes may be one.
    #[inline(always)]
    pub(super) fn may_have(&self, length: usize) -> bool {
        self.lengths >> length.min(63) & 1 == 1
    }

    /// Whether the text of a view is one.
    #[inline(always)]
    pub(super) fn have(&self, view: u128) -> bool {
        self.views.contains(&view)
    }
}
