//! The decoders as a whole. [`blocks`] holds fields in lock-step against the exact way, [`meaning`] what quotes, nulls and errors
//! mean in every type, [`spellings`] every common way of writing a value against its exact twin.

mod blocks;
mod meaning;
mod spellings;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};

use super::block::BLOCK;
use super::{ColumnSpec, ColumnType, Decoder, Failure, OnCell, Spelling, Window};
use crate::tokenize::fields::Span;

pub(super) fn spec(data_type: impl Into<ColumnType>) -> ColumnSpec {
    ColumnSpec {
        data_type: data_type.into(),
        quote: Some(b'"'),
        escape: None,
        null_words: Arc::default(),
        empty_is_null: true,
        lossy: false,
        decimal_mark: b'.',
        spelling: Spelling::default(),
        on_error: OnCell::Raise,
    }
}

pub(super) fn with_null_words(mut spec: ColumnSpec, words: &[&str]) -> ColumnSpec {
    spec.null_words = words.iter().map(|word| word.as_bytes().into()).collect();
    spec
}

/// The cells one after the other, `between` them and at both ends; `None` is a missing field.
pub(super) fn lay_out(cells: &[Option<&[u8]>], between: &[u8]) -> (Vec<u8>, Vec<Span>) {
    let mut data = between.to_vec();
    let spans = cells
        .iter()
        .map(|cell| {
            let Some(cell) = cell else {
                return Span::MISSING;
            };
            let start = data.len() as u32;
            data.extend_from_slice(cell);
            let end = data.len() as u32;
            data.extend_from_slice(between);
            Span { start, end }
        })
        .collect();
    (data, spans)
}

pub(super) fn window(data: &[u8]) -> Window<'_> {
    let quotes = data.contains(&b'"');
    Window { data, quotes, doubled: quotes, escapes: false, utf8: std::str::from_utf8(data).is_ok() }
}

/// Decodes the cells in several surroundings and checks that these make no difference.
pub(super) fn decode_bytes(spec: &ColumnSpec, cells: &[Option<&[u8]>]) -> (ArrayRef, Option<Failure>) {
    let mut answers: Vec<(ArrayRef, Option<Failure>)> = Vec::new();
    let padding = [b','; 40];
    for between in [&b""[..], b",", b"7", b"\"", &padding] {
        let (data, spans) = lay_out(cells, between);
        for quotes in [true, false] {
            let window = window(&data);
            if window.quotes && !quotes {
                continue;
            }
            let window = Window { quotes: window.quotes || quotes, ..window };
            let mut decoder = Decoder::new(spec, cells.len());
            let failure = decoder.extend(&window, &spans[..]).err();
            let rows = failure.map_or(cells.len(), |failure| failure.row);
            assert_eq!(decoder.len(), rows);
            answers.push((decoder.finish(), failure));
        }
    }
    for answer in &answers[1..] {
        assert_eq!(answer.1, answers[0].1, "{cells:?}");
        assert_eq!(format!("{:?}", answer.0), format!("{:?}", answers[0].0), "{cells:?}");
        answer.0.to_data().validate_full().expect("a valid array");
    }
    many_times(spec, cells, &answers[0]);
    answers.swap_remove(0)
}

/// Decodes the cells again and again, so that there are blocks of them, and checks that they stay what they are.
fn many_times(spec: &ColumnSpec, cells: &[Option<&[u8]>], (array, failure): &(ArrayRef, Option<Failure>)) {
    let times = 2 * BLOCK / cells.len().max(1) + 2;
    let (data, spans) = lay_out(&cells.repeat(times), b",,,,,,,,");
    let mut decoder = Decoder::new(spec, spans.len());
    assert_eq!(decoder.extend(&window(&data), &spans[..]).err(), *failure, "{cells:?}");
    let decoded = decoder.finish();
    for part in 0..if failure.is_some() { 1 } else { times } {
        let part = decoded.slice(part * cells.len(), array.len());
        assert_eq!(format!("{part:?}"), format!("{array:?}"), "{cells:?}");
    }
}

pub(super) fn decode(spec: &ColumnSpec, cells: &[&str]) -> (ArrayRef, Option<Failure>) {
    let cells: Vec<_> = cells.iter().map(|cell| Some(cell.as_bytes())).collect();
    decode_bytes(spec, &cells)
}
