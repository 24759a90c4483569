//! An open source, from which any thread reads any window.

use super::compression::{Compression, Sequential};
use super::stream::Stream;
use super::{Access, SMALL, file, magic, map};
use crate::error::{Error, Result};
use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What so few compressed bytes come to is decoded at once, up to this many.
const SMALL_DECODED: u64 = 1 << 20;

/// An open source.
pub struct Input {
    pub(super) name: Option<String>,
    pub(super) kind: Kind,
    /// Whether its bytes are not the source's own, but what these were decoded to.
    pub(super) decoded: bool,
    /// What it was decompressed by.
    pub(super) compression: Compression,
    /// How many of the source's own bytes were decoded so far.
    pub(super) passed: Option<Arc<AtomicU64>>,
}

pub(super) enum Kind {
    Memory(Arc<dyn AsRef<[u8]> + Send + Sync>),
    /// With a map for glances, unless that is refused.
    File(Arc<file::Plain>, Option<map::Lazy>),
    Map(map::Map),
    Stream(Arc<Stream>),
}

impl Input {
    /// An input without bytes.
    pub fn empty() -> Input {
        let kind = Kind::Memory(Arc::new([]));
        Input { name: None, kind, decoded: false, compression: Compression::None, passed: None }
    }

    /// The input's text, where it is compressed.
    pub(super) fn decode(self, access: Access) -> Result<Input> {
        if matches!(self.kind, Kind::Stream(_)) {
            // A stream decodes itself.
            return Ok(self);
        }
        let decode = access.decoder(self.name(), self.window(0, magic::LONGEST, &mut Vec::new())?);
        if decode.is_none() {
            return Ok(self);
        }
        let name = self.name.clone();
        let named = |error| Error::io(name.as_deref(), error);
        let small = self.len() <= SMALL;
        let raw = Arc::new(self);
        let passed = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&passed);
        let text = move |raw| {
            let raw = Sequential { input: raw, at: 0, passed: Arc::clone(&counted) };
            decode.text(Box::new(raw))
        };
        let mut bytes = Vec::new();
        if small {
            let mut start = text(Arc::clone(&raw)).map_err(named)?.take(SMALL_DECODED + 1);
            start.read_to_end(&mut bytes).map_err(named)?;
        }
        let kind = if small && bytes.len() as u64 <= SMALL_DECODED {
            Kind::Memory(Arc::new(bytes))
        } else {
            Kind::Stream(Arc::new(Stream::new(move |_| text(raw)).map_err(named)?))
        };
        Ok(Input { name, kind, decoded: true, compression: decode.compression, passed: Some(passed) })
    }

    /// The source's name, for errors.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether offsets count in what the source was decoded to.
    pub(crate) fn is_decoded(&self) -> bool {
        match &self.kind {
            Kind::Stream(stream) => self.decoded || stream.is_decoded(),
            _ => self.decoded,
        }
    }

    /// What the source's bytes were decompressed by; of a stream known once its first bytes are.
    pub(crate) fn compression(&self) -> Compression {
        match &self.kind {
            Kind::Stream(stream) if self.compression == Compression::None => stream.compression(),
            _ => self.compression,
        }
    }

    /// The source's own bytes that it took to come as far as `at`, about.
    pub(crate) fn own_bytes(&self, at: u64) -> u64 {
        self.passed.as_ref().map_or(at, |passed| passed.load(Ordering::Relaxed))
    }

    /// Whether any place can be read at any time.
    pub(crate) fn can_seek(&self) -> bool {
        !matches!(self.kind, Kind::Stream(_))
    }

    /// The number of bytes, as it was when the source was opened; [`u64::MAX`] for a stream whose end has not come.
    pub fn len(&self) -> u64 {
        match &self.kind {
            Kind::Memory(bytes) => (**bytes).as_ref().len() as u64,
            Kind::File(file, _) => file.len(),
            Kind::Map(map) => map.len(),
            Kind::Stream(stream) => stream.len(),
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits, no longer than `patience`, until a window that ends at `end` can be read and says whether it is the last one; says
    /// whether that is so.
    pub(crate) fn wait_for(&self, end: u64, patience: Duration) -> bool {
        match &self.kind {
            Kind::Stream(stream) => stream.wait_for(end, patience),
            _ => true,
        }
    }

    /// Whether it holds so little, and at once, that to read it takes no longer than to start a thread for it.
    pub(crate) fn is_small(&self) -> bool {
        self.can_seek() && self.len() <= SMALL
    }

    /// Lets go of the bytes before `at`, where they are kept for those who have not read them.
    pub(crate) fn release(&self, at: u64) {
        if let Kind::Stream(stream) = &self.kind {
            stream.release(at);
        }
    }

    /// Says whether every byte of the windows handed out so far was the source's own: to be asked after a window was used.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) where a mapped file was cut under its reader.
    pub fn check(&self) -> Result<()> {
        let checked = match &self.kind {
            Kind::Map(map) => map.check(),
            Kind::File(_, Some(glances)) => glances.check(),
            Kind::Memory(_) | Kind::File(_, None) | Kind::Stream(_) => Ok(()),
        };
        checked.map_err(|error| Error::io(self.name(), error))
    }

    /// Why there is nothing more where a stream broke off.
    pub(crate) fn failure(&self) -> Option<Error> {
        match &self.kind {
            Kind::Stream(stream) => stream.failure().map(|error| Error::io(self.name(), error)),
            _ => None,
        }
    }

    /// Fills `buffer` from `at` on; gives how many bytes there were, fewer only at the end of an input that is no stream.
    pub(super) fn read(&self, at: u64, buffer: &mut [u8]) -> Result<usize> {
        if let Kind::File(file, _) = &self.kind {
            let known = at.saturating_add(buffer.len() as u64).min(file.len()).saturating_sub(at) as usize;
            file.read_exact_at(&mut buffer[..known], at).map_err(|error| Error::io(self.name(), error))?;
            return Ok(known);
        }
        let mut scratch = Vec::new();
        let window = self.window(at, buffer.len(), &mut scratch)?;
        buffer[..window.len()].copy_from_slice(window);
        Ok(window.len())
    }

    /// Up to `length` bytes from `at` on: fewer only at the end of the input. `buffer` holds them where the source has to be
    /// read.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io), also where the file has become shorter than it was.
    pub fn window<'a>(&'a self, at: u64, length: usize, buffer: &'a mut Vec<u8>) -> Result<&'a [u8]> {
        let window = self.window_or_less(at, length, buffer)?;
        match if window.len() < length { self.failure() } else { None } {
            None => Ok(window),
            Some(failure) => Err(failure),
        }
    }

    /// As [`window`](Input::window) without a copy, where the source allows that at no risk; for a look that makes nothing of
    /// the bytes but a number. Where another process writes to the file they change under the reader's eyes.
    pub(crate) fn glance(&self, at: u64, length: usize) -> Result<Option<&[u8]>> {
        let Kind::File(file, Some(glances)) = &self.kind else { return Ok(None) };
        let Some(map) = glances.get(file) else { return Ok(None) };
        let known = at.saturating_add(length as u64).min(file.len()).saturating_sub(at) as usize;
        map.window(at, known).map(Some).map_err(|error| Error::io(self.name(), error))
    }

    /// As [`window`](Input::window), but where a stream broke off what came before.
    pub(crate) fn window_or_less<'a>(&'a self, at: u64, length: usize, buffer: &'a mut Vec<u8>) -> Result<&'a [u8]> {
        let end = at.saturating_add(length as u64).min(self.len());
        let known = end.saturating_sub(at) as usize;
        let named = |error| Error::io(self.name(), error);
        match &self.kind {
            Kind::Memory(bytes) => Ok(&(**bytes).as_ref()[(end as usize - known)..end as usize]),
            Kind::Map(map) => map.window(at, known).map_err(named),
            Kind::File(file, _) => {
                if buffer.len() < known {
                    buffer.resize(known, 0);
                }
                let window = &mut buffer[..known];
                file.read_exact_at(window, at).map_err(named)?;
                Ok(window)
            }
            Kind::Stream(stream) => {
                let filled = stream.read_at(buffer, at, length).map_err(named)?;
                Ok(&buffer[..filled])
            }
        }
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("name", &self.name).field("len", &self.len()).finish()
    }
}
