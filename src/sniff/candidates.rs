//! The dialects that may explain a sample: those whose bytes it holds.

use super::text::{Lines, lines};
use super::{Given, Sample};
use crate::dialect::Dialect;

/// The delimiters that are tried, the common ones first, with how much each is believed before anything was read: some bytes
/// stand in texts, times and paths as often as between fields.
const DELIMITERS: [(&[u8], f64); 15] = [
    (b",", 1.0),
    (b";", 1.0),
    (b"\t", 1.0),
    (b"|", 1.0),
    (b"||", 1.0),
    (b"\x01", 0.95),
    (b"\x1f", 0.95),
    ("§".as_bytes(), 0.95),
    ("¦".as_bytes(), 0.95),
    (b"^", 0.8),
    (b"~", 0.8),
    (b"::", 0.8),
    (b"!", 0.4),
    (b":", 0.35),
    (b" ", 0.35),
];

const QUOTES: [u8; 2] = [b'"', b'\''];

const ESCAPE: u8 = b'\\';

/// What comment lines begin with.
const COMMENTS: [&[u8]; 3] = [b"#", b"//", b"%"];

/// How much a delimiter is believed beforehand.
pub(super) fn belief(delimiter: &[u8]) -> f64 {
    DELIMITERS.iter().find(|(known, _)| *known == delimiter).map_or(1.0, |(_, belief)| *belief)
}

/// Whether a delimiter may be that of `head`: it is there, and where it is one byte twice, or half of such, that byte never stands
/// alone, or does.
fn may_be(delimiter: &[u8], head: &[u8]) -> bool {
    let first = delimiter[0];
    let count = memchr::memmem::find_iter(head, delimiter).count();
    let bytes = || memchr::memchr_iter(first, head).count();
    match delimiter {
        [b','] => true,
        [b'|' | b':'] => count > 0 && 2 * memchr::memmem::find_iter(head, &[first, first]).count() != count,
        [_, second] if first == *second => count > 0 && bytes() == 2 * count,
        _ => count > 0,
    }
}

/// The candidates, the commonest first; each is a dialect that checks.
pub(super) fn dialects(sample: &Sample<'_>, known: &Dialect, given: &Given) -> Vec<Dialect> {
    let holds = |byte: u8| memchr::memchr(byte, sample.head).is_some();
    let (terminator, lone_carriages) = match given.terminator {
        true => (known.terminator, vec![known.lone_carriage]),
        false => line_ends(lines(sample.head)),
    };
    let delimiters: Vec<Vec<u8>> = match given.delimiter {
        true => vec![known.delimiter_bytes()],
        false => {
            let tried = DELIMITERS.iter().filter(|(delimiter, _)| may_be(delimiter, sample.head));
            tried.map(|(delimiter, _)| delimiter.to_vec()).collect()
        }
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
    // An escape shows where it keeps a quote from being one.
    let escapes = |quote: Option<u8>| match (given.escape, quote) {
        (true, _) => vec![known.escape],
        (false, Some(quote)) if memchr::memmem::find(sample.head, &[ESCAPE, quote]).is_some() => {
            vec![None, Some(ESCAPE)]
        }
        _ => vec![None],
    };
    let mut dialects = Vec::new();
    for delimiter in &delimiters {
        let Some((&delimiter, lead)) = delimiter.split_last() else { continue };
        for &quote in &quotes {
            for escape in escapes(quote) {
                for &comment in &comments {
                    for &lone_carriage in &lone_carriages {
                        let comment = comment.map(Into::into);
                        let delimiter_lead = lead.into();
                        let base = known.clone();
                        let dialect = Dialect {
                            delimiter,
                            delimiter_lead,
                            quote,
                            escape,
                            terminator,
                            lone_carriage,
                            comment,
                            ..base
                        };
                        if dialect.check().is_ok() {
                            dialects.push(dialect);
                        }
                    }
                }
            }
        }
    }
    dialects
}

/// What ends records where lines end so, and whether lone carriage returns may.
fn line_ends(lines: Lines) -> (u8, Vec<bool>) {
    match (lines.lf + lines.crlf, lines.cr) {
        (0, 1..) => (b'\r', vec![false]),
        (_, 0) => (b'\n', vec![false]),
        _ => (b'\n', vec![false, true]),
    }
}
