//! Memory maps.
//!
//! A page of a mapped file that lies behind the file's end kills the process that touches it. So the length is asked again
//! before each window is handed out; a file that is cut in the microseconds between that question and the scan is out of a
//! map's reach, which is why `auto` reads plainly.

use super::file::{Plain, truncated};
use std::io;

/// A mapped file.
pub(super) struct Map {
    file: Plain,
    map: memmap2::Mmap,
}

impl Map {
    #[expect(unsafe_code, reason = "a memory map cannot be made without it")]
    pub(super) fn new(file: Plain) -> io::Result<Map> {
        // SAFETY: the map is only read, and each window is handed out after the file's length was asked again (`window`);
        // the user who asks for a map vouches that nobody writes to the file meanwhile.
        let map = unsafe { memmap2::MmapOptions::new().len(file.len() as usize).map(file.as_file())? };
        #[cfg(unix)]
        map.advise(memmap2::Advice::Sequential)?;
        Ok(Map { file, map })
    }

    pub(super) fn len(&self) -> u64 {
        self.map.len() as u64
    }

    /// The `length` bytes at `at`; the caller keeps them within `len`.
    pub(super) fn window(&self, at: u64, length: usize) -> io::Result<&[u8]> {
        let end = at + length as u64;
        if length > 0 && self.file.as_file().metadata()?.len() < end {
            return Err(truncated());
        }
        let start = (at as usize).min(self.map.len());
        Ok(&self.map[start..start + length])
    }
}
