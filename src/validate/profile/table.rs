//! Counts of the values of a piece, by their keys.

use super::key::Key;

/// The slots of a table at first, and for each value at least.
const SLOTS: usize = 1024;
const SLOTS_A_VALUE: usize = 2;

/// Counts of values, by open addressing; it grows with them, so that few of them stay in the first cache.
pub(super) struct Table<K> {
    keys: Vec<K>,
    /// 0 where a slot is free.
    counts: Vec<u32>,
    distinct: usize,
}

impl<K: Key + Copy + Default> Table<K> {
    pub(super) fn new() -> Table<K> {
        Table { keys: Vec::new(), counts: Vec::new(), distinct: 0 }
    }

    /// The keys that differ.
    pub(super) fn distinct(&self) -> usize {
        self.distinct
    }

    /// Counts keys, of which these are the hashes.
    #[inline]
    pub(super) fn extend(&mut self, keys: &[K], hashes: &[u64]) {
        let least = SLOTS_A_VALUE * (self.distinct + keys.len());
        if least > self.keys.len() {
            self.grow(least.next_power_of_two().max(SLOTS));
        }
        let mask = self.keys.len() - 1;
        let (slots, counts) = (self.keys.as_mut_slice(), self.counts.as_mut_slice());
        for (key, hash) in keys.iter().zip(hashes) {
            let mut slot = *hash as usize & mask;
            while slots[slot] != *key || counts[slot] == 0 {
                if counts[slot] == 0 {
                    slots[slot] = *key;
                    self.distinct += 1;
                    break;
                }
                slot = (slot + 1) & mask;
            }
            counts[slot] += 1;
        }
    }

    /// Counts a key so often.
    pub(super) fn add(&mut self, key: K, count: u32) {
        if SLOTS_A_VALUE * (self.distinct + 1) > self.keys.len() {
            self.grow((SLOTS_A_VALUE * (self.distinct + 1)).next_power_of_two().max(SLOTS));
        }
        let mask = self.keys.len() - 1;
        let mut slot = key.mixed() as usize & mask;
        while self.counts[slot] != 0 && self.keys[slot] != key {
            slot = (slot + 1) & mask;
        }
        self.distinct += usize::from(self.counts[slot] == 0);
        self.keys[slot] = key;
        self.counts[slot] += count;
    }

    fn grow(&mut self, slots: usize) {
        let (mut keys, mut counts) = (vec![K::default(); slots], vec![0; slots]);
        for (key, count) in self.keys.iter().zip(&self.counts).filter(|(_, count)| **count > 0) {
            let mut slot = key.mixed() as usize & (slots - 1);
            while counts[slot] != 0 {
                slot = (slot + 1) & (slots - 1);
            }
            (keys[slot], counts[slot]) = (*key, *count);
        }
        (self.keys, self.counts) = (keys, counts);
    }

    /// The keys, in no order, and their counts.
    pub(super) fn entries(&self) -> impl Iterator<Item = (K, u64)> + '_ {
        let all = self.keys.iter().zip(&self.counts);
        all.filter(|(_, count)| **count > 0).map(|(key, count)| (*key, u64::from(*count)))
    }
}
