//! Rows whose keys have the same hash, found in bounded memory.
//!
//! In come hashes with the numbers of their rows, out go the groups of rows that share one; whether their values are the same
//! is for others to see. Hashes are kept in memory, 24 bytes each, up to a bound; what is more is written to a temporary file
//! in 256 parts by the first byte of the hash, each of which is looked at alone in the end. Equal values have equal hashes, so
//! that no group is missed.

use crate::error::{Error, Result};
use rayon::slice::ParallelSliceMut;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::PathBuf;

/// A hash and the number of its row.
pub type Entry = (Hash, u64);
/// 128 bits, the higher half first.
pub type Hash = [u64; 2];

/// The hashes in memory before they are written out: 192 MiB.
const MOST: usize = 8 << 20;
const PARTS: usize = 256;
const BYTES: usize = 24;

/// Hashes of rows.
#[derive(Debug)]
pub struct Hashes {
    held: Vec<Entry>,
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
    (entry.0[0] >> 56) as usize
}

fn failed(error: std::io::Error) -> Error {
    Error::io(Some("a temporary file for the keys of rows"), error)
}

impl Hashes {
    /// Keeps at most `most` hashes in memory.
    #[must_use]
    pub fn new(most: usize) -> Hashes {
        Hashes { held: Vec::new(), most, spilled: None }
    }

    /// Adds hashes.
    ///
    /// # Errors
    ///
    /// A temporary file cannot be written.
    pub fn extend(&mut self, entries: impl IntoIterator<Item = Entry>) -> Result<()> {
        self.held.extend(entries);
        if self.held.len() > self.most { self.spill().map_err(failed) } else { Ok(()) }
    }

    fn spill(&mut self) -> std::io::Result<()> {
        self.held.par_sort_unstable();
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            None => {
                self.spilled.insert(Spilled { scratch: Scratch::new()?, length: 0, parts: vec![Vec::new(); PARTS] })
            }
        };
        let mut bytes = Vec::new();
        for piece in self.held.chunk_by(|a, b| part(a) == part(b)) {
            bytes.clear();
            bytes.extend(
                piece.iter().flat_map(|([high, low], row)| [high, low, row]).flat_map(|word| word.to_le_bytes()),
            );
            spilled.scratch.file.write_all(&bytes)?;
            let end = spilled.length + bytes.len() as u64;
            spilled.parts[part(&piece[0])].push(spilled.length..end);
            spilled.length = end;
        }
        self.held.clear();
        Ok(())
    }

    /// Hands the sorted hashes on, part by part; equal ones come together.
    ///
    /// # Errors
    ///
    /// A temporary file cannot be read, or what `take` says.
    pub fn each(mut self, mut take: impl FnMut(&[Entry]) -> Result<()>) -> Result<()> {
        if self.spilled.is_some() {
            self.spill().map_err(failed)?;
        }
        let Some(mut spilled) = self.spilled else {
            self.held.par_sort_unstable();
            return take(&self.held);
        };
        for pieces in std::mem::take(&mut spilled.parts) {
            take(&spilled.read(pieces).map_err(failed)?)?;
        }
        Ok(())
    }

    /// Both sides' hashes, part by part; equal ones come together.
    ///
    /// # Errors
    ///
    /// A temporary file cannot be read, or what `take` says.
    pub fn beside(mut self, mut other: Hashes, mut take: impl FnMut(&[Entry], &[Entry]) -> Result<()>) -> Result<()> {
        if self.spilled.is_none() && other.spilled.is_none() {
            self.held.par_sort_unstable();
            other.held.par_sort_unstable();
            return take(&self.held, &other.held);
        }
        self.spill().map_err(failed)?;
        other.spill().map_err(failed)?;
        let (Some(mut own), Some(mut others)) = (self.spilled, other.spilled) else { return Ok(()) };
        let theirs = std::mem::take(&mut others.parts);
        for (pieces, their) in std::mem::take(&mut own.parts).into_iter().zip(theirs) {
            take(&own.read(pieces).map_err(failed)?, &others.read(their).map_err(failed)?)?;
        }
        Ok(())
    }
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
            entries.extend(bytes.chunks_exact(BYTES).map(|entry| ([word(entry, 0), word(entry, 1)], word(entry, 2))));
        }
        entries.par_sort_unstable();
        Ok(entries)
    }
}

/// The rows of every group of two or more equal hashes among sorted ones.
pub fn groups(entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    entries.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(rows: u64, kinds: u64) -> Vec<Entry> {
        (0..rows).map(|row| ([(row % kinds).wrapping_mul(0x9e37_79b9_7f4a_7c15), row % kinds], row)).collect()
    }

    #[test]
    fn groups_are_the_same_in_memory_and_spilled() {
        let found = |most: usize| {
            let mut hashes = Hashes::new(most);
            entries(5000, 4900).chunks(77).for_each(|chunk| hashes.extend(chunk.iter().copied()).unwrap());
            let mut rows = Vec::new();
            hashes
                .each(|entries| {
                    rows.extend(groups(entries).map(|group| group.iter().map(|entry| entry.1).collect::<Vec<_>>()));
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
            left.extend(entries(1000, 1000)).unwrap();
            right.extend(entries(900, 900)).unwrap();
            let mut missing = Vec::new();
            left.beside(right, |own, others| {
                let known = |entry: &&Entry| others.binary_search_by(|other| other.0.cmp(&entry.0)).is_err();
                missing.extend(own.iter().filter(known).map(|entry| entry.1));
                Ok(())
            })
            .unwrap();
            missing.sort_unstable();
            assert_eq!(missing, (900..1000).collect::<Vec<u64>>(), "{most} {other_most}");
        }
    }
}
