//! The loop that every type but text and null shares, and what a type brings to it.

use arrow::array::ArrayRef;
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

use super::field::Cells;
use super::short::{BLOCK, View};
use super::{Cause, Failure, Window, close_gaps};
use crate::scan::Backend;
use crate::tokenize::fields::{Fields, Span};

/// A type of value: how it is commonly written, how it is written at all, and the array it fills.
pub(super) trait Kind: Clone + 'static {
    type Native: Copy + Default;

    /// The value of `data[start..end]`, where it is written in the common way.
    ///
    /// `None` says only that the exact way must look. A missing field (`start > end`) and a field past the data's
    /// end give `None`.
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<Self::Native>;

    /// The value of `data[start..end]`, where it is written in another way that a column may be full of.
    #[inline(always)]
    fn second(&self, _data: &[u8], _start: usize, _end: usize) -> Option<Self::Native> {
        None
    }

    /// The value of the text of a view, where it is short and written in the common way.
    #[inline(always)]
    fn inline(&self, _view: u128) -> Option<Self::Native> {
        None
    }

    /// The values of a block of texts, as far as these are short and written in the commonest way; says which are, one bit each. The
    /// others leave any value.
    #[inline(always)]
    fn shorts(&self, _backend: Backend, _views: &[View; BLOCK], _values: &mut [Self::Native; BLOCK]) -> u64 {
        0
    }

    /// Whether neighbours in a column are often the same text, and reading one costs more than holding it against the last.
    const REPEATS: bool = false;

    /// The value of an unquoted text, the exact way.
    fn parse(&self, text: &[u8]) -> Result<Self::Native, Cause>;

    /// Whether a value that [`Kind::fast`] or [`Kind::second`] takes may hold this byte.
    fn may_hold(&self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || b"+-.,:/ ".contains(&byte)
    }

    /// Whether [`Kind::fast`] may read this null word as a value.
    fn fast_may_take(&self, word: &[u8]) -> bool {
        self.parse(word).is_ok()
    }

    fn array(&self, values: Vec<Self::Native>, nulls: Option<NullBuffer>, data_type: &DataType) -> ArrayRef;
}

/// The values of a growing column; null rows hold any value.
#[derive(Debug)]
pub(super) struct Values<K: Kind> {
    kind: K,
    values: Vec<K::Native>,
    /// Every field takes the exact way: a null word, the quote or the escape could pass for part of a value.
    exact: bool,
}

impl<K: Kind> Values<K> {
    pub(super) fn new(kind: K, cells: &Cells, rows: usize) -> Values<K> {
        let quote = u8::try_from(cells.quote_or_none()).ok();
        let mark_in_values = quote.into_iter().chain(cells.escape()).any(|mark| kind.may_hold(mark));
        let word_is_value = cells.null_words().iter().any(|word| kind.fast_may_take(word));
        Values { kind, values: Vec::with_capacity(rows), exact: mark_in_values || word_is_value }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Appends a row that holds any value.
    pub(super) fn push_null(&mut self) {
        self.values.push(K::Native::default());
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
    }

    pub(super) fn remove(&mut self, rows: &[usize]) {
        close_gaps(&mut self.values, rows);
    }

    pub(super) fn finish(self, nulls: Option<NullBuffer>, data_type: &DataType) -> ArrayRef {
        self.kind.array(self.values, nulls, data_type)
    }

    pub(super) fn extend<F: Fields>(
        &mut self,
        cells: &mut Cells,
        window: &Window<'_>,
        fields: F,
    ) -> Result<(), Failure> {
        if window.quotes {
            self.run::<F, true>(cells, window, fields)
        } else {
            self.run::<F, false>(cells, window, fields)
        }
    }

    fn run<F: Fields, const QUOTES: bool>(
        &mut self,
        cells: &mut Cells,
        window: &Window<'_>,
        fields: F,
    ) -> Result<(), Failure> {
        let before = self.values.len();
        // Without data the common way fails for every field.
        let exact = self.exact;
        let data = if exact { &[] } else { window.data };
        let quote = cells.quote_or_none();
        // One that no store to the values can change.
        let kind = self.kind.clone();
        let mut rest = Rest { kind: &self.kind, exact, cells, window, before, failed: None };
        // Of known length, so that no room is written twice; what comes behind a failure is forgotten again.
        self.values.extend((0..fields.len()).map(|row| {
            let span = fields.span(row);
            let (mut start, mut end) = (span.start as usize, span.end as usize);
            if QUOTES && is_between_quotes(data, start, end, quote) {
                (start, end) = (start + 1, end - 1);
            }
            if let Some(value) = kind.fast(data, start, end) {
                return value;
            }
            if let Some(value) = kind.second(data, start, end) {
                return value;
            }
            rest.value(span, row)
        }));
        let Some(failure) = rest.failed else { return Ok(()) };
        self.values.truncate(before + failure.row);
        Err(failure)
    }
}

/// The fields of one call that are not written in a common way.
struct Rest<'a, 'w, K: Kind> {
    kind: &'a K,
    exact: bool,
    cells: &'a mut Cells,
    window: &'a Window<'w>,
    /// The rows before this call's.
    before: usize,
    /// The first that cannot be read; nothing behind it is looked at.
    failed: Option<Failure>,
}

impl<K: Kind> Rest<'_, '_, K> {
    #[cold]
    #[inline(never)]
    fn value(&mut self, span: Span, row: usize) -> K::Native {
        if self.failed.is_some() {
            return K::Native::default();
        }
        let value = unusual(self.kind, self.exact, self.cells, self.window, span, self.before + row);
        value.unwrap_or_else(|cause| {
            self.failed = Some(Failure { row, cause });
            K::Native::default()
        })
    }
}

/// Whether a field has a quote at each end. A quote between them is left for the kind to stumble over.
#[inline(always)]
fn is_between_quotes(data: &[u8], start: usize, end: usize, quote: u16) -> bool {
    match data.get(start..end) {
        Some([first, .., last]) => (u16::from(*first) == quote) & (u16::from(*last) == quote),
        _ => false,
    }
}

fn unusual<K: Kind>(
    kind: &K,
    exact: bool,
    cells: &mut Cells,
    window: &Window<'_>,
    span: Span,
    row: usize,
) -> Result<K::Native, Cause> {
    if span.start >= span.end {
        cells.nulls.push(row);
        return Ok(K::Native::default());
    }
    cells.is_unusual(row);
    cells.value(window, span, row, |text| {
        // The null words have been looked at, so that the common way is open again, if the text lies in the window.
        let as_it_lies = exact && text.len() == (span.end - span.start) as usize;
        let common = as_it_lies.then(|| kind.fast(window.data, span.start as usize, span.end as usize));
        common.flatten().map_or_else(|| kind.parse(text), Ok)
    })
}
