//! Rows whose keys are the same, found in bounded memory.
//!
//! In come keys of two words with the numbers of their rows, out go those that share one. A key is a value itself, or its hash:
//! whether values are the same whose hashes are is for others to see. Keys are kept in memory, 24 bytes each, in 256 parts by the
//! first byte, up to a bound; what is more is written to a temporary file, part by part, each of which is looked at alone in the
//! end. Equal values have equal keys, so that no group is missed.

use crate::error::{Error, Result};
use rayon::ThreadPool;
use rayon::prelude::*;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::PathBuf;

/// What stands for the values of a row: evenly spread words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Different for different values.
    Value([u64; 2]),
    /// Different for different values but for one chance in 2^128 a pair.
    Hash([u64; 2]),
}

/// A key and the number of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    key: [u64; 2],
    row: u64,
}

/// Marks the row of a hash. A value's words may be those of a hash, too, so that a group with a mark is one of hashes.
const HASHED: u64 = 1 << 63;

impl Entry {
    /// The key of a row.
    #[inline(always)]
    pub fn new(key: Key, row: u64) -> Entry {
        match key {
            Key::Value(key) => Entry { key, row },
            Key::Hash(key) => Entry { key, row: row | HASHED },
        }
    }

    /// The row.
    pub fn row(&self) -> u64 {
        self.row & !HASHED
    }

    /// Whether rows with this key have the same value.
    pub fn is_value(&self) -> bool {
        self.row & HASHED == 0
    }

    /// The words.
    pub fn key(&self) -> [u64; 2] {
        self.key
    }

    /// The same of a row that comes so many later.
    pub fn later(self, rows: u64) -> Entry {
        Entry { row: self.row + rows, ..self }
    }
}

/// The keys in memory before they are written out: 192 MiB.
const MOST: usize = 8 << 20;
const PARTS: usize = 256;
const BYTES: usize = 24;

/// Keys of rows.
#[derive(Debug)]
pub struct Hashes {
    /// By the first byte.
    held: Vec<Vec<Entry>>,
    /// Those of all parts.
    count: usize,
    most: usize,
    spilled: Option<Spilled>,
}

#[derive(Debug)]
struct Spilled {
    scratch: Scratch,
    length: u64,
    /// Where the pieces of each part lie.
    parts: Vec<Vec<Range<u64>>>,
}

impl Default for Hashes {
    fn default() -> Hashes {
        Hashes::new(MOST)
    }
}

/// A file that nobody else sees and that is gone with its owner.
#[derive(Debug)]
struct Scratch {
    file: File,
    path: PathBuf,
}

impl Scratch {
    fn new() -> std::io::Result<Scratch> {
        let name = RandomState::new().hash_one(std::process::id());
        let path = std::env::temp_dir().join(format!("fast-csv-{name:016x}"));
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        // Where an open file may be removed it is gone at once, however this process ends; elsewhere when it is dropped.
        let _ = std::fs::remove_file(&path);
        Ok(Scratch { file, path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if cfg!(not(unix)) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn part(entry: &Entry) -> usize {
    (entry.key[0] >> 56) as usize
}

fn failed(error: std::io::Error) -> Error {
    Error::io(Some("a temporary file for the keys of rows"), error)
}

impl Hashes {
    /// Keeps at most `most` keys in memory.
    #[must_use]
    pub fn new(most: usize) -> Hashes {
        Hashes { held: vec![Vec::new(); PARTS], count: 0, most, spilled: None }
    }

    /// Adds keys.
    ///
    /// # Errors
    ///
    /// A temporary file cannot be written.
    pub fn extend(&mut self, entries: impl ExactSizeIterator<Item = Entry>) -> Result<()> {
        self.count += entries.len();
        entries.for_each(|entry| self.held[part(&entry)].push(entry));
        if self.count > self.most { self.spill().map_err(failed) } else { Ok(()) }
    }

    fn spill(&mut self) -> std::io::Result<()> {
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            None => {
                self.spilled.insert(Spilled { scratch: Scratch::new()?, length: 0, parts: vec![Vec::new(); PARTS] })
            }
        };
        let mut bytes = Vec::new();
        for (held, pieces) in self.held.iter_mut().zip(&mut spilled.parts) {
            bytes.clear();
            let words = held.iter().flat_map(|entry| [entry.key[0], entry.key[1], entry.row]);
            bytes.extend(words.flat_map(u64::to_le_bytes));
            spilled.scratch.file.write_all(&bytes)?;
            let end = spilled.length + bytes.len() as u64;
            pieces.push(spilled.length..end);
            spilled.length = end;
            held.clear();
        }
        self.count = 0;
        Ok(())
    }

    /// Hands on the keys that come more than once, part by part and sorted, so that equal ones come together; they are found by
    /// the threads of `pool`.
    ///
    /// # Errors
    ///
    /// A temporary file cannot be read, or what `take` says.
    pub fn shared(mut self, pool: &ThreadPool, mut take: impl FnMut(&[Entry]) -> Result<()>) -> Result<()> {
        if self.spilled.is_some() {
            self.spill().map_err(failed)?;
        }
        let Some(mut spilled) = self.spilled else {
            pool.install(|| self.held.par_iter_mut().for_each(keep_shared));
            return self.held.iter().try_for_each(|held| take(held));
        };
        for pieces in std::mem::take(&mut spilled.parts) {
            let mut entries = spilled.read(pieces).map_err(failed)?;
            keep_shared(&mut entries);
            take(&entries)?;
        }
        Ok(())
    }

    /// Both sides' keys, part by part and sorted by the threads of `pool`.
    ///
    /// # Errors
    ///
    /// A temporary file cannot be read, or what `take` says.
    pub fn beside(
        mut self,
        mut other: Hashes,
        pool: &ThreadPool,
        mut take: impl FnMut(&[Entry], &[Entry]) -> Result<()>,
    ) -> Result<()> {
        if self.spilled.is_none() && other.spilled.is_none() {
            let both = self.held.par_iter_mut().chain(&mut other.held);
            pool.install(|| both.for_each(|held| held.sort_unstable()));
            return self.held.iter().zip(&other.held).try_for_each(|(own, others)| take(own, others));
        }
        self.spill().map_err(failed)?;
        other.spill().map_err(failed)?;
        let (Some(mut own), Some(mut others)) = (self.spilled, other.spilled) else { return Ok(()) };
        let theirs = std::mem::take(&mut others.parts);
        for (pieces, their) in std::mem::take(&mut own.parts).into_iter().zip(theirs) {
            let (mut own, mut others) = (own.read(pieces).map_err(failed)?, others.read(their).map_err(failed)?);
            pool.install(|| {
                own.par_sort_unstable();
                others.par_sort_unstable();
            });
            take(&own, &others)?;
        }
        Ok(())
    }
}

/// Leaves the entries whose key comes more than once, sorted.
fn keep_shared(entries: &mut Vec<Entry>) {
    // A place holds the number of an entry and one, or 0; an entry is looked for from the place that its key names.
    let mask = (2 * entries.len()).next_power_of_two() - 1;
    let mut table = vec![0_u32; mask + 1];
    let mut shared = vec![0_u64; entries.len().div_ceil(64)];
    for (at, entry) in entries.iter().enumerate() {
        let mut place = entry.key[0] as usize & mask;
        loop {
            let Some(first) = (table[place] as usize).checked_sub(1) else {
                table[place] = at as u32 + 1;
                break;
            };
            if entries[first].key == entry.key {
                shared[first / 64] |= 1 << (first % 64);
                shared[at / 64] |= 1 << (at % 64);
                break;
            }
            place = (place + 1) & mask;
        }
    }
    let mut at = 0;
    entries.retain(|_| {
        at += 1;
        shared[(at - 1) / 64] >> ((at - 1) % 64) & 1 == 1
    });
    entries.sort_unstable();
}

impl Spilled {
    fn read(&mut self, pieces: Vec<Range<u64>>) -> std::io::Result<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut bytes = Vec::new();
        for piece in pieces {
            bytes.resize((piece.end - piece.start) as usize, 0);
            self.scratch.file.seek(SeekFrom::Start(piece.start))?;
            self.scratch.file.read_exact(&mut bytes)?;
            let word =
                |entry: &[u8], at: usize| u64::from_le_bytes(entry[8 * at..8 * at + 8].try_into().expect("eight"));
            let entry = |bytes: &[u8]| Entry { key: [word(bytes, 0), word(bytes, 1)], row: word(bytes, 2) };
            entries.extend(bytes.chunks_exact(BYTES).map(entry));
        }
        Ok(entries)
    }
}

/// The groups of equal keys among sorted ones.
pub fn groups(entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    entries.chunk_by(|a, b| a.key == b.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(rows: u64, kinds: u64) -> Vec<Entry> {
        let key = |row: u64| [(row % kinds).wrapping_mul(0x9e37_79b9_7f4a_7c15), row % kinds];
        (0..rows).map(|row| Entry::new(if row % 2 == 0 { Key::Value } else { Key::Hash }(key(row)), row)).collect()
    }

    fn pool() -> ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap()
    }

    #[test]
    fn groups_are_the_same_in_memory_and_spilled() {
        let found = |most: usize| {
            let mut hashes = Hashes::new(most);
            entries(5000, 4900).chunks(77).for_each(|chunk| hashes.extend(chunk.iter().copied()).unwrap());
            let mut rows = Vec::new();
            hashes
                .shared(&pool(), |entries| {
                    rows.extend(groups(entries).map(|group| group.iter().map(Entry::row).collect::<Vec<_>>()));
                    Ok(())
                })
                .unwrap();
            rows.sort();
            rows
        };
        let expected: Vec<Vec<u64>> = (0..100).map(|row| vec![row, row + 4900]).collect();
        for most in [1 << 20, 5000, 4999, 1000, 10] {
            assert_eq!(found(most), expected, "{most}");
        }
    }

    #[test]
    fn both_sides_meet_part_by_part() {
        for (most, other_most) in [(1 << 20, 1 << 20), (100, 1 << 20), (1 << 20, 10), (7, 9)] {
            let (mut left, mut right) = (Hashes::new(most), Hashes::new(other_most));
            left.extend(entries(1000, 1000).into_iter()).unwrap();
            right.extend(entries(900, 900).into_iter()).unwrap();
            let mut missing = Vec::new();
            left.beside(right, &pool(), |own, others| {
                let known = |entry: &&Entry| others.binary_search_by(|other| other.key.cmp(&entry.key)).is_err();
                missing.extend(own.iter().filter(known).map(Entry::row));
                Ok(())
            })
            .unwrap();
            missing.sort_unstable();
            assert_eq!(missing, (900..1000).collect::<Vec<u64>>(), "{most} {other_most}");
        }
    }
}
