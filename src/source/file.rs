//! Plain reads: any thread, any place, no shared cursor.

use std::fs::File;
use std::io;
use std::path::Path;

/// An open file and the length it had.
pub(super) struct Plain {
    file: File,
    length: u64,
}

/// Opens a regular file.
pub(super) fn open(path: &Path) -> io::Result<Plain> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
    }
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "is no regular file: read it and pass its bytes"));
    }
    Ok(Plain { file, length: metadata.len() })
}

/// What a read answers that finds less than the file's length promised.
pub(super) fn truncated() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the file has become shorter while it was read")
}

impl Plain {
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    pub(super) fn as_file(&self) -> &File {
        &self.file
    }

    /// Fills `buffer` from `at` on.
    pub(super) fn read_exact_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        let mut filled = 0;
        while filled < buffer.len() {
            match read_at(&self.file, &mut buffer[filled..], at + filled as u64) {
                Ok(0) => return Err(truncated()),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}
