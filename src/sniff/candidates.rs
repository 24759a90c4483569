//! The dialects that may explain a sample: those whose bytes it holds.

use super::text::{Lines, lines};
use super::{Given, Sample};
use crate::dialect::Dialect;

/// The delimiters that are tried, the common ones first, with how much each is believed before anything was read: some bytes
/// stand in texts, times and paths as often as between fields.
pub(super) const DELIMITERS: [(u8, f64); 11] = [
    (b',', 1.0),
    (b';', 1.0),
    (b'\t', 1.0),
    (b'|', 1.0),
    (0x01, 0.95),
    (0x1f, 0.95),
    (b'^', 0.8),
    (b'~', 0.8),
    (b'!', 0.4),
    (b':', 0.35),
    (b' ', 0.35),
];

const QUOTES: [u8; 2] = [b'"', b'\''];

/// What comment lines begin with.
const COMMENTS: [&[u8]; 3] = [b"#", b"//", b"%"];

/// How much a delimiter is believed beforehand.
pub(super) fn belief(delimiter: u8) -> f64 {
    DELIMITERS.iter().find(|(known, _)| *known == delimiter).map_or(1.0, |(_, belief)| *belief)
}

/// The candidates, the commonest first; each is a dialect that checks.
pub(super) fn dialects(sample: &Sample<'_>, known: &Dialect, given: &Given) -> Vec<Dialect> {
    let holds = |byte: u8| memchr::memchr(byte, sample.head).is_some();
    let terminator = if given.terminator { known.terminator } else { terminator(lines(sample.head)) };
    let delimiters: Vec<u8> = match given.delimiter {
        true => vec![known.delimiter],
        false => DELIMITERS.iter().map(|(byte, _)| *byte).filter(|&byte| byte == b',' || holds(byte)).collect(),
    };
    let quotes: Vec<Option<u8>> = match given.quote {
        true => vec![known.quote],
        false => {
            let mut quotes: Vec<Option<u8>> =
                QUOTES.into_iter().filter(|&quote| quote == b'"' || holds(quote)).map(Some).collect();
            if holds(b'"') {
                quotes.push(None);
            }
            quotes
        }
    };
    let comments: Vec<Option<&[u8]>> = match given.comment {
        true => vec![known.comment.as_deref()],
        false => {
            let begins = |prefix: &&[u8]| {
                sample.head.starts_with(prefix)
                    || memchr::memmem::find_iter(sample.head, prefix)
                        .any(|at| at > 0 && sample.head[at - 1] == terminator)
            };
            std::iter::once(None).chain(COMMENTS.into_iter().filter(begins).map(Some)).collect()
        }
    };
    let mut dialects = Vec::new();
    for &delimiter in &delimiters {
        for &quote in &quotes {
            for &comment in &comments {
                let comment = comment.map(Into::into);
                let dialect = Dialect { delimiter, quote, terminator, comment, ..known.clone() };
                if dialect.check().is_ok() {
                    dialects.push(dialect);
                }
            }
        }
    }
    dialects
}

/// What ends records where lines end so.
fn terminator(lines: Lines) -> u8 {
    if lines.lf + lines.crlf == 0 && lines.cr > 0 { b'\r' } else { b'\n' }
}
