//! Compressed text: recognised by its first bytes and decoded as it is read.

use super::{Input, lz4};
use crate::error::{Error, ErrorKind};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How a source's bytes are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// As its first bytes say; where they say nothing and are no text, as its name does.
    #[default]
    Infer,
    /// Not at all.
    None,
    /// gzip ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)), of any number of members.
    Gzip,
    /// zlib ([RFC 1950](https://www.rfc-editor.org/rfc/rfc1950)).
    Zlib,
    /// Zstandard ([RFC 8878](https://www.rfc-editor.org/rfc/rfc8878)), of any number of frames.
    Zstd,
    /// bzip2, of any number of streams.
    Bzip2,
    /// xz, of any number of streams.
    Xz,
    /// lz4, of any number of frames.
    Lz4,
}

/// First bytes of what can be decoded. The second of zlib is a check of the first and the level; `x^`, which is one of the four,
/// is how a text may well begin, and no common encoder writes it.
const SIGNATURES: [(&[u8], Compression); 8] = [
    (b"\x1f\x8b", Compression::Gzip),
    (b"\x28\xb5\x2f\xfd", Compression::Zstd),
    (b"\x78\x01", Compression::Zlib),
    (b"\x78\x9c", Compression::Zlib),
    (b"\x78\xda", Compression::Zlib),
    (b"\xfd7zXZ\x00", Compression::Xz),
    (b"BZh", Compression::Bzip2),
    (b"\x04\x22\x4d\x18", Compression::Lz4),
];

/// How names of files end, in any case.
const EXTENSIONS: [(&str, Compression); 10] = [
    ("gz", Compression::Gzip),
    ("gzip", Compression::Gzip),
    ("zz", Compression::Zlib),
    ("zlib", Compression::Zlib),
    ("zst", Compression::Zstd),
    ("zstd", Compression::Zstd),
    ("bz2", Compression::Bzip2),
    ("bzip2", Compression::Bzip2),
    ("xz", Compression::Xz),
    ("lz4", Compression::Lz4),
];

impl Compression {
    /// What a source of this name that begins with `head` is to be decoded by; never [`Infer`](Compression::Infer).
    pub(super) fn of(self, name: Option<&str>, head: &[u8]) -> Compression {
        match self {
            Compression::Infer => match Compression::by_bytes(head) {
                // A text that was unpacked on its way here often keeps the name that it had.
                Compression::None if !looks_like_text(head) => Compression::by_name(name),
                found => found,
            },
            named => named,
        }
    }

    fn by_name(name: Option<&str>) -> Compression {
        let extension = name.and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
        let known = |&&(known, _): &&(&str, Compression)| extension.is_some_and(|own| own.eq_ignore_ascii_case(known));
        EXTENSIONS.iter().find(known).map_or(Compression::None, |&(_, compression)| compression)
    }

    fn by_bytes(head: &[u8]) -> Compression {
        SIGNATURES
            .iter()
            .find(|(signature, _)| head.starts_with(signature))
            // Text may well begin with these three letters, but not with the first block's mark behind them.
            .filter(|(_, found)| *found != Compression::Bzip2 || head.get(4..).is_some_and(is_bzip2_block))
            .map_or(Compression::None, |&(_, compression)| compression)
    }

    /// Decodes what `reader` gives.
    pub(super) fn decode(self, reader: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Compression::Infer | Compression::None => reader,
            Compression::Gzip => named("gzip", MultiGzDecoder::new(reader)),
            Compression::Zlib => named("zlib", ZlibDecoder::new(reader)),
            Compression::Zstd => named("zstd", zstd::Decoder::new(reader)?),
            Compression::Bzip2 => named("bzip2", bzip2::read::MultiBzDecoder::new(reader)),
            Compression::Xz => named("xz", liblzma::read::XzDecoder::new_multi_decoder(reader)),
            Compression::Lz4 => named("lz4", lz4::Frames::new(reader)),
        })
    }
}

/// Whether bytes may be the beginning of a text: UTF-8 without control characters but those of lines and
/// tabs, or with the mark of UTF-16.
fn looks_like_text(head: &[u8]) -> bool {
    let is_utf8 = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    let marked = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    marked || is_utf8 && head.iter().all(|&byte| byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r'))
}

/// What follows a bzip2 stream's first four bytes: the mark of a block, or of the end.
fn is_bzip2_block(bytes: &[u8]) -> bool {
    bytes.starts_with(b"1AY&SY") || bytes.starts_with(b"\x17\x72\x45\x38\x50\x90")
}

/// Bytes that fail say by which decoder.
struct Named<R> {
    name: &'static str,
    reader: R,
    failed: Option<io::Error>,
}

fn named<R: Read + Send + 'static>(name: &'static str, reader: R) -> Box<dyn Read + Send> {
    Box::new(Named { name, reader, failed: None })
}

impl<R: Read> Read for Named<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Decoders give what one piece of their input comes to; a full buffer costs its reader less.
        let mut filled = 0;
        while filled < buffer.len() && self.failed.is_none() {
            match self.reader.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failed = Some(self.told(&error)),
            }
        }
        // What was decoded before the fault is given first.
        if filled > 0 { Ok(filled) } else { self.failed.take().map_or(Ok(0), Err) }
    }
}

impl<R> Named<R> {
    fn told(&self, error: &io::Error) -> io::Error {
        let name = self.name;
        let text = match error.kind() {
            io::ErrorKind::UnexpectedEof => format!("the {name} stream ends too early"),
            _ => format!("the {name} stream is broken: {error}"),
        };
        io::Error::new(error.kind(), text)
    }
}

/// The bytes of an input, one after the other.
pub(super) struct Sequential {
    pub(super) input: Arc<Input>,
    pub(super) at: u64,
    /// How many were given, for others to see.
    pub(super) passed: Arc<AtomicU64>,
}

impl Read for Sequential {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(self.at, buffer).map_err(|error| match error.into_kind() {
            ErrorKind::Io { source, .. } => source,
            other => io::Error::other(Error::from(other)),
        })?;
        self.at += read as u64;
        self.passed.store(self.at, Ordering::Relaxed);
        Ok(read)
    }
}
