//! The loop that every type but text and null shares, and what a type brings to it.

use arrow::array::ArrayRef;
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

use super::block::{BLOCK, Block, View};
use super::field::Cells;
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

    /// Whether there is [`Kind::block`].
    const BLOCKS: bool = false;

    /// The values of a block of fields, as far as they are written in the commonest ways; says which are, one bit each. The others
    /// leave any value, those behind the block's last row any bit. A value is the one that [`Kind::parse`] gives.
    #[inline(always)]
    fn block(&self, _backend: Backend, _block: &Block<'_>, _values: &mut [Self::Native; BLOCK]) -> u64 {
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
    pace: Pace,
}

impl<K: Kind> Values<K> {
    pub(super) fn new(kind: K, cells: &Cells, rows: usize) -> Values<K> {
        let quote = u8::try_from(cells.quote_or_none()).ok();
        let mark_in_values = quote.into_iter().chain(cells.escape()).any(|mark| kind.may_hold(mark));
        let word_is_value = cells.null_words().iter().any(|word| kind.fast_may_take(word));
        let (values, exact) = (Vec::with_capacity(rows), mark_in_values || word_is_value);
        Values { kind, values, exact, pace: Pace::default() }
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
        let backend = Backend::detect();
        let in_blocks = K::BLOCKS && !self.exact && fields.len() >= LEAST_BLOCK && backend.lanes() >= LEAST_LANES;
        match (window.quotes, in_blocks) {
            (true, false) => self.run::<F, true>(cells, window, fields),
            (false, false) => self.run::<F, false>(cells, window, fields),
            (true, true) => self.run_blocks::<F, true>(backend, cells, window, fields),
            (false, true) => self.run_blocks::<F, false>(backend, cells, window, fields),
        }
    }

    /// One field after the other.
    fn run<F: Fields, const QUOTES: bool>(
        &mut self,
        cells: &mut Cells,
        window: &Window<'_>,
        fields: F,
    ) -> Result<(), Failure> {
        let before = self.values.len();
        // One that no store to the values can change.
        let kind = self.kind.clone();
        let mut single = Single::new(&self.kind, self.exact, cells, window, before);
        // Of known length, so that no room is written twice; what comes behind a failure is forgotten again.
        self.values.extend((0..fields.len()).map(|row| single.value::<QUOTES>(&kind, fields.span(row), row)));
        let Some(failure) = single.failed else { return Ok(()) };
        self.values.truncate(before + failure.row);
        Err(failure)
    }

    /// Block after block, and one by one the fields that a block leaves.
    fn run_blocks<F: Fields, const QUOTES: bool>(
        &mut self,
        backend: Backend,
        cells: &mut Cells,
        window: &Window<'_>,
        fields: F,
    ) -> Result<(), Failure> {
        let (before, rows) = (self.values.len(), fields.len());
        let kind = self.kind.clone();
        let mut single = Single::new(&self.kind, self.exact, cells, window, before);
        let quote = single.quote;
        let mut block = Block::new(window.data);
        let mut values = [K::Native::default(); BLOCK];
        let mut first = 0;
        while first < rows && single.failed.is_none() {
            let count = self.pace.singles(rows - first);
            if count > 0 {
                let fields = (first..first + count).map(|row| (row, fields.span(row)));
                self.values.extend(fields.map(|(row, span)| single.value::<QUOTES>(&kind, span, row)));
                first += count;
                continue;
            }
            let count = BLOCK.min(rows - first);
            let all = u64::MAX >> (BLOCK - count);
            block.fill(count, fields, first, |span| unquoted::<QUOTES>(window.data, span, quote));
            let found = kind.block(backend, &block, &mut values) & all;
            self.pace.learn(found.count_ones() as usize, count);
            let mut left = !found & all;
            while left != 0 {
                let at = left.trailing_zeros() as usize;
                values[at] = single.value::<QUOTES>(&kind, fields.span(first + at), first + at);
                left &= left - 1;
            }
            self.values.extend_from_slice(&values[..count]);
            first += count;
        }
        let Some(failure) = single.failed else { return Ok(()) };
        self.values.truncate(before + failure.row);
        Err(failure)
    }
}

/// How many fields of a column are read one by one before a block is tried again: the more, the more often that was in vain.
#[derive(Debug, Default)]
struct Pace {
    left: usize,
    last: usize,
}

impl Pace {
    /// The fields that are next, of so many, and are to be read one by one.
    fn singles(&mut self, fields: usize) -> usize {
        let count = self.left.min(fields);
        self.left -= count;
        count
    }

    /// Learns that a block found the values of so many of its fields.
    fn learn(&mut self, found: usize, fields: usize) {
        let longest = 64 * BLOCK;
        self.last = if 2 * found < fields { (2 * self.last).clamp(4 * BLOCK, longest) } else { 0 };
        self.left = self.last;
    }
}

/// Fewer fields are not worth the memory of a block.
const LEAST_BLOCK: usize = BLOCK;

/// In narrower vectors a block takes more instructions than its fields one by one (`benchmarks/instructions.rs`).
const LEAST_LANES: usize = 4;

/// The fields of one call, one by one.
struct Single<'a, 'w, K: Kind> {
    kind: &'a K,
    exact: bool,
    cells: &'a mut Cells,
    window: &'a Window<'w>,
    /// What the common ways read: none where every field takes the exact one, for they fail without.
    data: &'a [u8],
    quote: u16,
    /// The rows before this call's.
    before: usize,
    /// The first that cannot be read; nothing behind it is looked at.
    failed: Option<Failure>,
}

impl<'a, 'w, K: Kind> Single<'a, 'w, K> {
    fn new(kind: &'a K, exact: bool, cells: &'a mut Cells, window: &'a Window<'w>, before: usize) -> Single<'a, 'w, K> {
        let data = if exact { &[] } else { window.data };
        let quote = cells.quote_or_none();
        Single { kind, exact, cells, window, data, quote, before, failed: None }
    }

    /// The value of a field. `kind` is this column's own, or a copy of it that is quicker to reach.
    #[inline(always)]
    fn value<const QUOTES: bool>(&mut self, kind: &K, span: Span, row: usize) -> K::Native {
        let Span { start, end } = unquoted::<QUOTES>(self.data, span, self.quote);
        let (start, end) = (start as usize, end as usize);
        if let Some(value) = kind.fast(self.data, start, end) {
            return value;
        }
        if let Some(value) = kind.second(self.data, start, end) {
            return value;
        }
        self.unusual(span, row)
    }

    #[cold]
    #[inline(never)]
    fn unusual(&mut self, span: Span, row: usize) -> K::Native {
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

/// A field without the quotes around it, where it may have any. A quote between them is left for the kind to stumble over.
#[inline(always)]
fn unquoted<const QUOTES: bool>(data: &[u8], span: Span, quote: u16) -> Span {
    let Span { start, end } = span;
    match data.get(start as usize..end as usize) {
        Some([first, .., last]) if QUOTES && u16::from(*first) == quote && u16::from(*last) == quote => {
            Span { start: start + 1, end: end - 1 }
        }
        _ => span,
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
