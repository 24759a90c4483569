//! The dialect of a file, guessed from samples of its bytes.
//!
//! In come the head of a file, stretches from the rest of it, and what is known already; out goes the dialect that explains
//! them best, with how sure that is. Where the bytes come from, how they are compressed and what the schema is are not known
//! here.
//!
//! # The method
//!
//! Every candidate dialect reads the samples by the exact [machine](crate::tokenize::machine), and is scored by what it finds:
//! how many records have the same number of fields, and how much the cells look like values (numbers, dates, well-quoted or
//! plain text, rather than text that holds other candidates). That product of a pattern and a type score is the idea of van
//! den Burg, Nazábal and Sutton, [Wrangling messy CSV files by detecting row and type
//! patterns](https://doi.org/10.1007/s10618-019-00646-y) (2019). That lines before the table, whose number of fields is
//! another, are skipped, and that a header is what is of no column's type, is how DuckDB's sniffer has it. The weights are
//! this module's own.

mod candidates;
mod cells;
mod header;
mod reading;
mod text;

pub use text::{Lines, Text, lines, text};

use crate::dialect::Dialect;
use reading::Reading;

/// What of a file is looked at.
#[derive(Clone, Debug)]
pub struct Sample<'a> {
    /// The file's first bytes, without a byte order mark.
    pub head: &'a [u8],
    /// Whether the file ends with them.
    pub whole: bool,
    /// The records that are skipped before the table.
    pub skipped: usize,
    /// Stretches behind the head that begin and end anywhere.
    pub points: Vec<&'a [u8]>,
}

/// What is known before anything is guessed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The byte between fields.
    pub delimiter: bool,
    /// The quote, or that there is none.
    pub quote: bool,
    /// The escape, or that there is none.
    pub escape: bool,
    /// The end of a record.
    pub terminator: bool,
    /// What begins a comment, or that there are none.
    pub comment: bool,
    /// Whether there is a header.
    pub header: bool,
    /// What is skipped before the header.
    pub skip: bool,
    /// What the text is written in.
    pub charset: bool,
}

impl Given {
    /// All but the delimiter.
    pub const ALL_BUT_DELIMITER: Given = Given {
        delimiter: false,
        quote: true,
        escape: true,
        terminator: true,
        comment: true,
        header: true,
        skip: true,
        charset: true,
    };
}

/// What explains a sample best.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// How records and fields are told apart.
    pub dialect: Dialect,
    /// Whether the first record names the columns.
    pub has_header: bool,
    /// The lines before the header, or the first record, that belong to no table.
    pub skip_lines: usize,
    /// The number of fields of most records.
    pub fields: usize,
    /// How sure this is, from 0 to 1: the share of the sampled records that have the table's number of fields, times the lead
    /// over the best reading with another delimiter, `a² / (a² + b²)` of their scores, times `n / (n + 1)` for `n` records.
    pub confidence: f64,
    /// For which of its parts the sample showed something.
    pub seen: Seen,
}

/// What a sample had evidence of; for the rest the default stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Fields that the delimiter ends.
    pub delimiter: bool,
    /// Fields between two quotes.
    pub quote: bool,
    /// A first record that differs from the others in its types, or does not.
    pub header: bool,
}

/// Guesses what is not given; `known` has the values of what is.
pub fn guess(sample: &Sample<'_>, known: &Dialect, has_header: bool, given: &Given) -> Guess {
    let mut best: Option<Reading> = None;
    let mut readings: Vec<(Vec<u8>, f64)> = Vec::new();
    for candidate in candidates::dialects(sample, known, given) {
        let reading = Reading::of(candidate, sample, given);
        readings.push((reading.dialect.delimiter_bytes(), reading.score));
        // The first of equals is the commoner one.
        if best.as_ref().is_none_or(|best| reading.score > best.score) {
            best = Some(reading);
        }
    }
    let Some(best) = best.filter(|best| best.records > 0) else {
        let dialect = known.clone();
        return Guess { dialect, has_header, skip_lines: 0, fields: 0, confidence: 0.0, seen: Seen::default() };
    };
    let delimiter = best.dialect.delimiter_bytes();
    let others = readings.iter().filter(|(other, _)| *other != delimiter);
    let second = others.map(|(_, score)| *score).fold(0.0, f64::max);
    let lead = best.score.powi(2) / (best.score.powi(2) + second.powi(2)).max(f64::MIN_POSITIVE);
    let enough = best.records as f64 / (best.records as f64 + 1.0);
    let header = if given.header {
        header::Header { is_one: has_header, seen: true }
    } else {
        header::of(&best, sample.head, sample.whole)
    };
    Guess {
        has_header: header.is_one,
        // Blank lines before a header are passed over anyway; where there is none they would be records.
        skip_lines: if given.skip || header.is_one && best.blank_before { 0 } else { best.skip_lines },
        fields: best.fields,
        confidence: if given.delimiter { best.fit * enough } else { best.fit * lead * enough },
        seen: Seen { delimiter: best.fields > 1, quote: best.quoted > 0, header: header.seen },
        dialect: best.dialect,
    }
}
