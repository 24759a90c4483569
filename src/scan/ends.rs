//! Positions that a walk appends to, in memory that stays filled.
//!
//! A walk writes positions into slots that are there already, more of them at a time than it needs, so that it asks for no capacity
//! for each. Slots are filled with zeros once and written over from then on: a vector that is cleared and grown anew would be
//! filled with zeros each time, which is an eighth of a walk over short fields (`benchmarks/scan.rs`).

use std::ops::Deref;

/// Positions in order: where fields end.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    slots: Vec<u32>,
    used: usize,
}

impl Ends {
    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.used = 0;
    }

    /// Appends one.
    pub fn push(&mut self, end: u32) {
        self.reserve(1);
        self.slots[self.used] = end;
        self.used += 1;
    }

    /// Takes the last one off.
    pub fn pop(&mut self) -> Option<u32> {
        let last = self.last().copied()?;
        self.used -= 1;
        Some(last)
    }

    /// Leaves the first `length`.
    pub fn truncate(&mut self, length: usize) {
        self.used = self.used.min(length);
    }

    /// Makes slots for as many more.
    #[inline]
    pub(super) fn reserve(&mut self, more: usize) {
        if self.slots.len() - self.used < more {
            self.grow(more);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, more: usize) {
        self.slots.resize((self.used + more).max(self.slots.len() * 2), 0);
    }

    /// The slots behind the positions.
    #[inline(always)]
    pub(super) fn slots(&mut self) -> &mut [u32] {
        &mut self.slots[self.used..]
    }

    /// Appends what stands in the first `count` slots.
    #[inline(always)]
    pub(super) fn take(&mut self, count: usize) {
        self.used += count;
    }
}

impl Deref for Ends {
    type Target = [u32];

    #[inline(always)]
    fn deref(&self) -> &[u32] {
        &self.slots[..self.used]
    }
}

impl Extend<u32> for Ends {
    #[inline]
    fn extend<T: IntoIterator<Item = u32>>(&mut self, ends: T) {
        ends.into_iter().for_each(|end| self.push(end));
    }
}

#[cfg(test)]
mod tests {
    use super::Ends;

    #[test]
    fn positions_come_and_go() {
        let mut ends = Ends::default();
        ends.extend(0..1000);
        assert_eq!((ends.pop(), ends.len(), ends.last()), (Some(999), 999, Some(&998)));
        ends.truncate(3);
        ends.truncate(5);
        assert_eq!(*ends, [0, 1, 2]);
        ends.push(7);
        ends.reserve(10);
        ends.slots()[..2].copy_from_slice(&[8, 9]);
        ends.take(2);
        assert_eq!(*ends, [0, 1, 2, 7, 8, 9]);
        ends.clear();
        assert_eq!((ends.pop(), ends.is_empty()), (None, true));
    }
}
