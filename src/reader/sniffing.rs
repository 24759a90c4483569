//! What a source is, guessed from samples of it: takes the samples, has them judged, and resolves the schema with the answer.

use super::options::{Encoding, Options};
use super::prepared;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::sniff::{self, Given, Guess, Lines, Sample, Seen};
use crate::source::{Charset, Compression, Input, Source};
use arrow::datatypes::SchemaRef;
use std::sync::Arc;

/// The bytes of the head that are judged, where a line ends in them; and what is kept of a stream that can be read once to
/// infer its schema.
const HEAD: usize = 48 << 10;
const LONG_HEAD: usize = 512 << 10;
const STREAM_HEAD: usize = 1 << 20;
/// The points behind the head, and the bytes read at each.
const POINTS: u64 = 8;
const POINT: usize = 4 << 10;

/// What a source is, as far as samples of it tell.
#[derive(Clone, Debug)]
pub struct Sniffed {
    /// How records and fields are told apart.
    pub dialect: Dialect,
    /// Whether the first record names the columns.
    pub has_header: bool,
    /// The lines before the header, or the first record, that belong to no table.
    pub skip_lines: usize,
    /// What the text is written in; `None`: UTF-8.
    pub charset: Option<Charset>,
    /// Whether that is a guess.
    pub charset_guessed: bool,
    /// What it is compressed by.
    pub compression: Compression,
    /// How the lines of the head end.
    pub lines: Lines,
    /// The columns and their types.
    pub schema: SchemaRef,
    /// How sure the dialect is, from 0 to 1: see [`Guess::confidence`].
    pub confidence: f64,
    /// For what of the dialect there was evidence.
    pub seen: Seen,
}

/// Guesses all that is not given.
pub(super) fn sniff(mut options: Options, given: &Given, mut sources: Vec<Source>) -> Result<Sniffed> {
    options.check()?;
    let Some(first) = sources.first().cloned() else { return Err(Error::argument("there is no source to read")) };
    let undecoded = first.open_undecoded(options.access())?;
    let text = if given.charset { None } else { Some(encoding(&undecoded)?) };
    let compression = undecoded.compression();
    if let Some(text) = text {
        options.charset = Charset::by_label(text.encoding).filter(|charset| !charset.is_utf8());
        options.encoding = Encoding::Utf8;
    }
    let charset = options.charset;
    if let (Source::Once(_), Some(charset)) = (&first, charset) {
        // The stream was opened without this charset, and cannot be opened again.
        sources[0] = Source::Bytes(Arc::new(head_decoded(&undecoded, charset)?));
        (options.charset, options.compression) = (None, Compression::Infer);
    }
    drop(undecoded);
    let input = sources[0].open(options.access())?;
    let (guess, lines) = judge(&options, &input, given)?;
    drop(input);
    options.dialect = guess.dialect.clone();
    options.has_header = guess.has_header;
    if !given.skip {
        options.skip_lines = guess.skip_lines;
    }
    let scan = prepared::resolve(options, sources)?;
    Ok(Sniffed {
        dialect: guess.dialect,
        has_header: guess.has_header,
        skip_lines: guess.skip_lines,
        charset,
        charset_guessed: text.is_some_and(|text| text.guessed),
        compression,
        lines,
        schema: scan.schema(),
        confidence: guess.confidence,
        seen: guess.seen,
    })
}

/// The delimiter of a source, all else being given.
pub(super) fn delimiter(options: &Options, source: &Source) -> Result<Vec<u8>> {
    let input = source.open(options.access())?;
    Ok(judge(options, &input, &Given::ALL_BUT_DELIMITER)?.0.dialect.delimiter_bytes())
}

fn judge(options: &Options, input: &Input, given: &Given) -> Result<(Guess, Lines)> {
    let bytes = Bytes::of(input)?;
    let mut sample = bytes.sample();
    sample.head = sample.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample.head);
    let lines = sniff::lines(sample.head);
    if given.skip {
        sample.skipped = options.skip_rows;
        for _ in 0..options.skip_lines {
            let length = options.dialect.line(sample.head, true).unwrap_or(sample.head.len());
            sample.head = &sample.head[length..];
        }
    }
    Ok((sniff::guess(&sample, &options.dialect, options.has_header, given), lines))
}

fn encoding(input: &Input) -> Result<sniff::Text> {
    let bytes = Bytes::of(input)?;
    let sample = bytes.sample();
    Ok(sniff::text(sample.head, sample.whole, &sample.points))
}

/// The text of the head of a stream.
fn head_decoded(input: &Input, charset: Charset) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    let head = input.window(0, STREAM_HEAD, &mut buffer)?;
    Ok(charset.decode_start(head))
}

/// The bytes of a sample.
struct Bytes {
    head: Vec<u8>,
    whole: bool,
    points: Vec<Vec<u8>>,
}

impl Bytes {
    /// Reads the head of an input, and points spread through the rest where any place can be read.
    fn of(input: &Input) -> Result<Bytes> {
        let mut buffer = Vec::new();
        let mut wanted = HEAD;
        let mut head = input.window(0, wanted, &mut buffer)?.to_vec();
        if memchr::memchr2(b'\n', b'\r', &head).is_none() {
            wanted = LONG_HEAD;
            head = input.window(0, wanted, &mut buffer)?.to_vec();
        }
        let whole = head.len() < wanted || head.len() as u64 == input.len();
        let mut points = Vec::new();
        if !whole && input.can_seek() {
            let rest = (input.len() - head.len() as u64).saturating_sub(POINT as u64);
            for point in 1..=POINTS {
                let at = head.len() as u64 + rest * point / POINTS;
                points.push(input.window(at, POINT, &mut buffer)?.to_vec());
            }
        }
        input.check()?;
        Ok(Bytes { head, whole, points })
    }

    fn sample(&self) -> Sample<'_> {
        let points = self.points.iter().map(Vec::as_slice).collect();
        Sample { head: &self.head, whole: self.whole, skipped: 0, points }
    }
}
