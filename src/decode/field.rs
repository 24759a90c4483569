//! The way of a field that is not written as its column usually is: empty, quoted, a null word, or wrong.
//!
//! All types share it. It settles what a raw field means before any type looks at it, and what becomes of a cell
//! that cannot be read.

use std::sync::Arc;

use super::null::Nulls;
use super::{Cause, ColumnSpec, Failure, OnCell, Window};
use crate::tokenize::fields::Span;
use crate::tokenize::unescape;

/// What a growing column of any type knows besides its values.
#[derive(Debug)]
pub(super) struct Cells {
    pub(super) nulls: Nulls,
    quote: Option<u8>,
    escape: Option<u8>,
    null_words: Arc<[Box<[u8]>]>,
    /// Whether these mean nothing between quotes.
    quoted_words_are_text: bool,
    empty_is_null: bool,
    lossy: bool,
    on_error: OnCell,
    /// The cells that are null because they could not be read, in order.
    refused: Vec<Failure>,
    /// The cells of any type but text that are not written in the common way, in order, where these are noted.
    unusual: Option<Vec<usize>>,
    scratch: Vec<u8>,
}

/// What a raw field turned out to be.
enum Meaning<'a> {
    Missing,
    Null,
    Text(&'a [u8]),
}

impl Cells {
    pub(super) fn new(spec: &ColumnSpec) -> Cells {
        Cells {
            nulls: Nulls::default(),
            quote: spec.quote,
            escape: spec.escape,
            null_words: Arc::clone(&spec.null_words),
            quoted_words_are_text: spec.spelling.quoted_words_are_text,
            empty_is_null: spec.empty_is_null,
            lossy: spec.lossy,
            on_error: spec.on_error,
            refused: Vec::new(),
            unusual: None,
            scratch: Vec::new(),
        }
    }

    /// The quote byte, or a number that no byte equals.
    pub(super) fn quote_or_none(&self) -> u16 {
        self.quote.map_or(u16::MAX, u16::from)
    }

    /// The byte that escapes another.
    pub(super) fn escape(&self) -> Option<u8> {
        self.escape
    }

    pub(super) fn null_words(&self) -> &[Box<[u8]>] {
        &self.null_words
    }

    pub(super) fn take_refused(&mut self) -> Vec<Failure> {
        std::mem::take(&mut self.refused)
    }

    /// Has cells be noted that are not written in the common way.
    pub(super) fn note_unusual(&mut self) {
        self.unusual = Some(Vec::new());
    }

    /// Notes such a cell.
    pub(super) fn is_unusual(&mut self, row: usize) {
        if let Some(unusual) = &mut self.unusual {
            unusual.push(row);
        }
    }

    pub(super) fn take_unusual(&mut self) -> Vec<usize> {
        self.unusual.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.nulls.truncate(rows);
        let kept = self.refused.partition_point(|refused| refused.row < rows);
        self.refused.truncate(kept);
    }

    /// A cell of any type but text, read by `parse` from its unquoted text.
    #[inline]
    pub(super) fn value<T: Default>(
        &mut self,
        window: &Window<'_>,
        span: Span,
        row: usize,
        parse: impl FnOnce(&[u8]) -> Result<T, Cause>,
    ) -> Result<T, Cause> {
        let words = (&*self.null_words, self.quoted_words_are_text);
        let marks = (self.quote, self.escape);
        let parsed = match meaning(marks, words, window.data, span, &mut self.scratch) {
            Meaning::Missing | Meaning::Null | Meaning::Text([]) => None,
            Meaning::Text(text) => Some(parse(text)),
        };
        match parsed {
            Some(Ok(value)) => Ok(value),
            Some(Err(cause)) => self.refuse(row, cause).map(|()| T::default()),
            None => {
                self.nulls.push(row);
                Ok(T::default())
            }
        }
    }

    /// A text cell: handed to `keep` as valid UTF-8, or null.
    pub(super) fn text<T: Default>(
        &mut self,
        window: &Window<'_>,
        span: Span,
        row: usize,
        keep: impl FnOnce(&str) -> Result<T, Cause>,
    ) -> Result<T, Cause> {
        let lossy = self.lossy;
        self.bytes(window, span, row, |text| match simdutf8::basic::from_utf8(text) {
            Ok(text) => keep(text),
            Err(_) if lossy => keep(&String::from_utf8_lossy(text)),
            Err(_) => Err(Cause::InvalidUtf8),
        })
    }

    /// A cell of bytes, which need be no text: handed to `keep`, or null.
    pub(super) fn bytes<T: Default>(
        &mut self,
        window: &Window<'_>,
        span: Span,
        row: usize,
        keep: impl FnOnce(&[u8]) -> Result<T, Cause>,
    ) -> Result<T, Cause> {
        let empty = span.is_missing() || span.start == span.end;
        let words = (&*self.null_words, self.quoted_words_are_text);
        let marks = (self.quote, self.escape);
        let text = match meaning(marks, words, window.data, span, &mut self.scratch) {
            Meaning::Missing if !self.empty_is_null => &[],
            Meaning::Text(text) if !(empty && self.empty_is_null) => text,
            _ => {
                self.nulls.push(row);
                return Ok(T::default());
            }
        };
        keep(text).or_else(|cause| self.refuse(row, cause).map(|()| T::default()))
    }

    fn refuse(&mut self, row: usize, cause: Cause) -> Result<(), Cause> {
        match self.on_error {
            OnCell::Raise => Err(cause),
            OnCell::Null => {
                self.nulls.push(row);
                self.refused.push(Failure { row, cause });
                Ok(())
            }
        }
    }
}

/// What a field means; `marks` are the quote and the escape.
fn meaning<'a>(
    (quote, escape): (Option<u8>, Option<u8>),
    (null_words, not_between_quotes): (&[Box<[u8]>], bool),
    data: &'a [u8],
    span: Span,
    scratch: &'a mut Vec<u8>,
) -> Meaning<'a> {
    if span.is_missing() {
        return Meaning::Missing;
    }
    let raw = &data[span.start as usize..span.end as usize];
    if not_between_quotes && raw.first().copied() == quote && quote.is_some() {
        return Meaning::Text(unescape::text(raw, quote, escape, scratch));
    }
    // Before its escapes are gone a field may be such a word, too: `\N`.
    let is_null = |text: &[u8]| null_words.iter().any(|word| **word == *text);
    if escape.is_some() && is_null(raw) {
        return Meaning::Null;
    }
    let text = unescape::text(raw, quote, escape, scratch);
    if is_null(text) {
        return Meaning::Null;
    }
    Meaning::Text(text)
}
