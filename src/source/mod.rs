//! Where bytes come from.
//!
//! A [`Source`] is named by the user; an [`Input`] is the open one, from which any thread reads any window. Nothing here
//! knows what the bytes mean.

mod charset;
mod compression;
mod file;
mod glob;
mod input;
mod lz4;
mod magic;
mod map;
mod once;
mod pipe;
mod stream;

pub use charset::Charset;
pub use compression::Compression;
pub use input::Input;

use crate::error::{Error, Result};
use input::Kind;
use once::Once;
use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
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
    /// What is read in order, from its beginning each time that it is opened: [`Source::stream`].
    Stream(Arc<Opener>),
}

/// Opens what is read in order, as often as it is asked to.
pub struct Opener {
    name: Option<String>,
    open: Box<dyn Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync>,
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
    /// How a source of this name that begins with `head` becomes text.
    fn decoder(self, name: Option<&str>, head: &[u8]) -> Decode {
        let charset = self.charset.filter(|charset| !charset.is_utf8());
        // In other encodings text may begin with any byte, and a name proves nothing.
        let compression = self.compression.of(name.filter(|_| charset.is_none()), head);
        Decode { compression, charset }
    }
}

/// What a source's bytes go through to become text.
#[derive(Clone, Copy, Debug)]
struct Decode {
    compression: Compression,
    charset: Option<Charset>,
}

impl Decode {
    /// Whether there is nothing to do.
    fn is_none(self) -> bool {
        self.compression == Compression::None && self.charset.is_none()
    }

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
    /// What measures better and is safe: plain reads into a buffer that each worker uses again, and a map where bytes are only
    /// counted.
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
            Source::Stream(opener) => opener.name.clone(),
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

    /// A source that has no places to seek, such as a file on another machine: `open` gives its bytes from the first one on, on a
    /// thread of its own, each time that they are wanted. `name` is told in errors.
    ///
    /// ```
    /// use fast_csv::{ReaderBuilder, Source};
    /// let source = Source::stream(Some("made".into()), || Ok(Box::new(std::io::Cursor::new("a,b\n1,x\n"))));
    /// let scan = ReaderBuilder::new().resolve(vec![source])?;
    /// assert_eq!((scan.count_rows()?, scan.count_rows()?), (1, 1));
    /// # Ok::<(), fast_csv::Error>(())
    /// ```
    pub fn stream(
        name: Option<String>,
        open: impl Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync + 'static,
    ) -> Source {
        Source::Stream(Arc::new(Opener { name, open: Box::new(open) }))
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
        let input = self.open_any(access)?;
        magic::check(&input, input.window(0, magic::LONGEST, &mut Vec::new())?)?;
        Ok(input)
    }

    /// As [`open`](Source::open), whatever its bytes look like.
    fn open_any(&self, access: Access) -> Result<Input> {
        let name = self.name();
        let kind = match self {
            Source::Bytes(bytes) => Kind::Memory(Arc::clone(bytes)),
            Source::Once(once) => Kind::Stream(once.look(access)?),
            Source::Stream(opener) => {
                let opener = Arc::clone(opener);
                let stream = Stream::decoding(access, name.clone(), move |_| (opener.open)());
                Kind::Stream(Arc::new(stream.map_err(|error| Error::io(name.as_deref(), error))?))
            }
            Source::Path(path) => {
                let named = |error| Error::io(name.as_deref(), error);
                let file = file::open(path).map_err(named)?;
                match access.memory_map {
                    MemoryMap::Always => Kind::Map(map::Map::new(Arc::new(file)).map_err(named)?),
                    MemoryMap::Auto | MemoryMap::Never if file.len() <= SMALL => {
                        let mut bytes = vec![0; file.len() as usize];
                        file.read_exact_at(&mut bytes, 0).map_err(named)?;
                        Kind::Memory(Arc::new(bytes))
                    }
                    MemoryMap::Auto => Kind::File(Arc::new(file), Some(map::Lazy::default())),
                    MemoryMap::Never => Kind::File(Arc::new(file), None),
                }
            }
        };
        Input { name, kind, decoded: false, compression: Compression::None, passed: None }.decode(access)
    }

    /// Opens the source to look at its bytes before they are taken for text: decompressed, in whatever encoding.
    ///
    /// # Errors
    ///
    /// As [`open`](Source::open), but for UTF-16.
    pub(crate) fn open_undecoded(&self, access: Access) -> Result<Input> {
        let input = self.open_any(Access { charset: None, ..access })?;
        magic::check_binary(&input, input.window(0, magic::LONGEST, &mut Vec::new())?)?;
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
            Source::Stream(opener) => f.debug_tuple("Stream").field(&opener.name).finish(),
        }
    }
}

/// A file of up to so many bytes is read at once: its head, its sample and its records cost one call.
const SMALL: u64 = 64 * 1024;

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
    fn a_glance_shows_the_window_unless_maps_are_refused() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let text: Vec<u8> = (0..20_000u32).flat_map(|i| format!("{i},x\n").into_bytes()).collect();
        file.write_all(&text).unwrap();
        let path = Source::Path(file.path().into());
        let plain = path.open(by(MemoryMap::Never)).unwrap();
        assert_eq!(plain.glance(0, 10).unwrap(), None);
        let input = path.open(by(MemoryMap::Auto)).unwrap();
        for (at, length) in [(0, 10), (17, 5_000), (text.len() - 3, 100), (text.len(), 5), (text.len() + 9, 5)] {
            let wanted = &text[at.min(text.len())..(at + length).min(text.len())];
            assert_eq!(input.glance(at as u64, length).unwrap(), Some(wanted), "at {at}");
        }
        file.as_file().set_len(10).unwrap();
        let error = input.glance(50_000, 1_000).unwrap_err();
        assert!(error.to_string().contains("shorter"), "{error}");
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        for (bytes, word) in [(&b"PK\x03\x04"[..], "zip"), (b"\x02\x21\x4c\x18", "lz4"), (b"\xff\xfea\x00", "UTF-16")] {
            let error = Source::Bytes(Arc::new(bytes)).open(Access::default()).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Unsupported(text) if text.contains(word)), "{error}");
        }
        let folder = Source::Path(std::env::temp_dir()).open(Access::default()).unwrap_err();
        assert!(matches!(folder.kind(), ErrorKind::Io { .. }), "{folder}");
        let absent = Source::Path("no/such/file.csv".into()).open(Access::default()).unwrap_err();
        assert!(absent.to_string().contains("no/such/file.csv"), "{absent}");
    }
}
