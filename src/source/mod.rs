//! Where bytes come from.
//!
//! A [`Source`] is named by the user; an [`Input`] is the open one, from which any thread reads any window. Nothing here
//! knows what the bytes mean.

mod charset;
mod compression;
mod file;
mod glob;
mod magic;
mod map;
mod once;
mod pipe;
mod stream;

pub use charset::Charset;
pub use compression::Compression;

use crate::error::{Error, Result};
use compression::Sequential;
use once::Once;
use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use stream::Stream;

/// What to read.
#[derive(Clone)]
#[non_exhaustive]
pub enum Source {
    /// A file.
    Path(PathBuf),
    /// Bytes in memory.
    Bytes(Arc<dyn AsRef<[u8]> + Send + Sync>),
    /// What can be read once, in order: [`Source::once`], [`Source::pipe`], [`Source::stdin`].
    Once(Arc<Once>),
}

/// How sources are opened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Access {
    pub(crate) memory_map: MemoryMap,
    pub(crate) compression: Compression,
    /// What the text is written in, where that is not UTF-8.
    pub(crate) charset: Option<Charset>,
}

impl Access {
    /// How a source that begins with `head` becomes text; `None` where it is text.
    fn decoder(self, head: &[u8]) -> Option<Decode> {
        let compression = self.compression.of(head);
        let charset = self.charset.filter(|charset| !charset.is_utf8());
        (compression != Compression::None || charset.is_some()).then_some(Decode { compression, charset })
    }
}

/// What a source's bytes go through to become text.
#[derive(Clone, Copy, Debug)]
struct Decode {
    compression: Compression,
    charset: Option<Charset>,
}

impl Decode {
    fn text(self, reader: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
        let reader = self.compression.decode(reader)?;
        Ok(match self.charset {
            Some(charset) => charset.decode(reader),
            None => reader,
        })
    }
}

/// Whether files are mapped into memory or read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemoryMap {
    /// What measures better and is safe: plain reads into a buffer that each worker uses again.
    #[default]
    Auto,
    /// Mapped.
    Always,
    /// Read.
    Never,
}

impl Source {
    /// The files that match a pattern (`*`, `?`, `[…]`, `**`), sorted by name.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) for a malformed pattern, [`Io`](crate::ErrorKind::Io) (not found) where
    /// nothing matches.
    pub fn expand(pattern: &str) -> Result<Vec<Source>> {
        glob::expand(pattern)
    }

    /// The source's name, for errors: a path, or nothing for bytes.
    pub fn name(&self) -> Option<String> {
        match self {
            Source::Path(path) => Some(path.display().to_string()),
            Source::Bytes(_) => None,
            Source::Once(once) => once.name().map(str::to_owned),
        }
    }

    /// A source that can be read once, such as a pipe: `open` gives its bytes, on a thread of its own, when the first of them
    /// are wanted. `name` is told in errors.
    pub fn once(
        name: Option<String>,
        open: impl FnOnce() -> io::Result<Box<dyn Read + Send>> + Send + 'static,
    ) -> Source {
        Source::Once(Arc::new(Once::new(name, move |_| open())))
    }

    /// A named pipe or a device.
    pub fn pipe(path: PathBuf) -> Source {
        let name = Some(path.display().to_string());
        Source::Once(Arc::new(Once::new(name, move |interest| pipe::open(&path, interest))))
    }

    /// Standard input.
    pub fn stdin() -> Source {
        Source::Once(Arc::new(Once::new(Some("standard input".into()), pipe::stdin)))
    }

    /// Opens the source to look at it: what can be read once can still be read. Refuses what is plainly no text.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io), or [`Unsupported`](crate::ErrorKind::Unsupported) for a directory, UTF-16 or a compression
    /// that is not decoded.
    pub(crate) fn open(&self, access: Access) -> Result<Input> {
        let name = self.name();
        let kind = match self {
            Source::Bytes(bytes) => Kind::Memory(Arc::clone(bytes)),
            Source::Once(once) => Kind::Stream(once.look(access)?),
            Source::Path(path) => {
                let named = |error| Error::io(name.as_deref(), error);
                let file = file::open(path).map_err(named)?;
                match access.memory_map {
                    MemoryMap::Always => Kind::Map(map::Map::new(file).map_err(named)?),
                    MemoryMap::Auto | MemoryMap::Never if file.len() <= SMALL => {
                        let mut bytes = vec![0; file.len() as usize];
                        file.read_exact_at(&mut bytes, 0).map_err(named)?;
                        Kind::Memory(Arc::new(bytes))
                    }
                    MemoryMap::Auto | MemoryMap::Never => Kind::File(file),
                }
            }
        };
        let input = Input { name, kind, decoded: false }.decode(access)?;
        magic::check(&input, input.window(0, magic::LONGEST, &mut Vec::new())?)?;
        Ok(input)
    }

    /// Opens the source to read it, which what can be read once allows no second time.
    pub(crate) fn open_to_read(&self, access: Access) -> Result<Input> {
        let input = self.open(access)?;
        if let Source::Once(once) = self {
            once.take()?;
        }
        Ok(input)
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Source {
        Source::Path(path)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Source::Bytes(bytes) => write!(f, "Bytes({})", (**bytes).as_ref().len()),
            Source::Once(once) => f.debug_tuple("Once").field(once).finish(),
        }
    }
}

/// A file of up to so many bytes is read at once: its head, its sample and its records cost one call.
const SMALL: u64 = 64 * 1024;

/// What so few compressed bytes come to is decoded at once, up to this many.
const SMALL_DECODED: u64 = 1 << 20;

/// An open source.
pub struct Input {
    name: Option<String>,
    kind: Kind,
    /// Whether its bytes are not the source's own, but what these were decoded to.
    decoded: bool,
}

enum Kind {
    Memory(Arc<dyn AsRef<[u8]> + Send + Sync>),
    File(file::Plain),
    Map(map::Map),
    Stream(Arc<Stream>),
}

impl Input {
    /// An input without bytes.
    pub fn empty() -> Input {
        Input { name: None, kind: Kind::Memory(Arc::new([])), decoded: false }
    }

    /// The input's text, where it is compressed.
    fn decode(self, access: Access) -> Result<Input> {
        if matches!(self.kind, Kind::Stream(_)) {
            // A stream decodes itself.
            return Ok(self);
        }
        let Some(decode) = access.decoder(self.window(0, magic::LONGEST, &mut Vec::new())?) else { return Ok(self) };
        let name = self.name.clone();
        let named = |error| Error::io(name.as_deref(), error);
        let small = self.len() <= SMALL;
        let raw = Arc::new(self);
        let text = move |raw| decode.text(Box::new(Sequential { input: raw, at: 0, buffer: Vec::new() }));
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
        Ok(Input { name, kind, decoded: true })
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

    /// Whether any place can be read at any time.
    pub(crate) fn can_seek(&self) -> bool {
        !matches!(self.kind, Kind::Stream(_))
    }

    /// The number of bytes, as it was when the source was opened; [`u64::MAX`] for a stream whose end has not come.
    pub fn len(&self) -> u64 {
        match &self.kind {
            Kind::Memory(bytes) => (**bytes).as_ref().len() as u64,
            Kind::File(file) => file.len(),
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
        match &self.kind {
            Kind::Map(map) => map.check().map_err(|error| Error::io(self.name(), error)),
            Kind::Memory(_) | Kind::File(_) | Kind::Stream(_) => Ok(()),
        }
    }

    /// Why there is nothing more where a stream broke off.
    pub(crate) fn failure(&self) -> Option<Error> {
        match &self.kind {
            Kind::Stream(stream) => stream.failure().map(|error| Error::io(self.name(), error)),
            _ => None,
        }
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

    /// As [`window`](Input::window), but where a stream broke off what came before.
    pub(crate) fn window_or_less<'a>(&'a self, at: u64, length: usize, buffer: &'a mut Vec<u8>) -> Result<&'a [u8]> {
        let end = at.saturating_add(length as u64).min(self.len());
        let known = end.saturating_sub(at) as usize;
        let named = |error| Error::io(self.name(), error);
        match &self.kind {
            Kind::Memory(bytes) => Ok(&(**bytes).as_ref()[(end as usize - known)..end as usize]),
            Kind::Map(map) => map.window(at, known).map_err(named),
            Kind::File(file) => {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use std::io::Write;

    fn by(memory_map: MemoryMap) -> Access {
        Access { memory_map, ..Access::default() }
    }

    #[test]
    fn every_kind_of_source_gives_the_same_windows() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let text: Vec<u8> = (0..10_000u32).flat_map(|i| format!("{i},x\n").into_bytes()).collect();
        file.write_all(&text).unwrap();
        let path = Source::Path(file.path().into());
        let inputs = [
            Source::Bytes(Arc::new(text.clone())).open(Access::default()).unwrap(),
            path.open(by(MemoryMap::Never)).unwrap(),
            path.open(by(MemoryMap::Always)).unwrap(),
        ];
        let mut buffer = Vec::new();
        for input in &inputs {
            assert_eq!(input.len(), text.len() as u64);
            for (at, length) in [(0, 10), (17, 5_000), (text.len() - 3, 100), (text.len(), 5), (text.len() + 9, 5)] {
                let wanted = &text[at.min(text.len())..(at + length).min(text.len())];
                assert_eq!(input.window(at as u64, length, &mut buffer).unwrap(), wanted, "{input:?} at {at}");
            }
        }
    }

    #[test]
    fn a_file_cut_while_it_is_read_is_an_error() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![b'x'; 100_000]).unwrap();
        for memory_map in [MemoryMap::Never, MemoryMap::Always] {
            file.as_file().set_len(100_000).unwrap();
            let input = Source::Path(file.path().into()).open(by(memory_map)).unwrap();
            file.as_file().set_len(10).unwrap();
            let error = input.window(50_000, 1_000, &mut Vec::new()).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Io { .. }), "{error}");
            assert!(error.to_string().contains("shorter"), "{error}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_window_of_a_map_outlives_its_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![b'x'; 100_000]).unwrap();
        let input = Source::Path(file.path().into()).open(by(MemoryMap::Always)).unwrap();
        let mut buffer = Vec::new();
        let window = input.window(0, 100_000, &mut buffer).unwrap();
        file.as_file().set_len(10).unwrap();
        assert_eq!(window.iter().map(|&byte| usize::from(byte == b'x')).sum::<usize>(), 10);
        assert!(matches!(input.check().unwrap_err().kind(), ErrorKind::Io { .. }));
        drop(input);
        let whole = Source::Path(file.path().into()).open(by(MemoryMap::Always)).unwrap();
        assert_eq!(whole.window(0, 100, &mut buffer).unwrap(), b"xxxxxxxxxx");
        assert!(whole.check().is_ok());
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        for (bytes, word) in [
            (&b"PK\x03\x04"[..], "zip"),
            (b"\x04\x22\x4d\x18", "lz4"),
            (b"\x04\x22\x4d\x18", "lz4"),
            (b"\xff\xfea\x00", "UTF-16"),
        ] {
            let error = Source::Bytes(Arc::new(bytes)).open(Access::default()).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Unsupported(text) if text.contains(word)), "{error}");
        }
        let folder = Source::Path(std::env::temp_dir()).open(Access::default()).unwrap_err();
        assert!(matches!(folder.kind(), ErrorKind::Io { .. }), "{folder}");
        let absent = Source::Path("no/such/file.csv".into()).open(Access::default()).unwrap_err();
        assert!(absent.to_string().contains("no/such/file.csv"), "{absent}");
    }
}
