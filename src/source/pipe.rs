//! Pipes, devices and standard input, read as long as someone wants their bytes.

use super::stream::Interest;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Opens a pipe by its name, which waits for its other end.
pub(super) fn open(path: &Path, interest: Interest) -> io::Result<Box<dyn Read + Send>> {
    Ok(Box::new(Pipe { file: File::open(path)?, interest }))
}

/// Standard input, as this process has it, past any buffer.
pub(super) fn stdin(interest: Interest) -> io::Result<Box<dyn Read + Send>> {
    #[cfg(unix)]
    let file = File::from(std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned()?);
    #[cfg(windows)]
    let file = File::from(std::os::windows::io::AsHandle::as_handle(&io::stdin()).try_clone_to_owned()?);
    Ok(Box::new(Pipe { file, interest }))
}

/// An end to read from.
struct Pipe {
    file: File,
    interest: Interest,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !is_ready(&self.file)? {
            if self.interest.is_gone() {
                return Ok(0);
            }
        }
        self.file.read(buffer)
    }
}

/// Waits a while for bytes or the end of them; a read that began without them could not be ended.
#[cfg(unix)]
#[expect(unsafe_code, reason = "the standard library has no poll")]
fn is_ready(file: &File) -> io::Result<bool> {
    const WHILE_MS: i32 = 100;
    let mut asked = libc::pollfd { fd: std::os::fd::AsRawFd::as_raw_fd(file), events: libc::POLLIN, revents: 0 };
    // SAFETY: `asked` is one valid pollfd, and the descriptor is open as long as `file` is borrowed.
    match unsafe { libc::poll(&raw mut asked, 1, WHILE_MS) } {
        -1 => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            error => Err(error),
        },
        ready => Ok(ready > 0),
    }
}

#[cfg(not(unix))]
fn is_ready(_: &File) -> io::Result<bool> {
    Ok(true)
}
