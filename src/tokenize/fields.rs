//! Where the fields of one column lie: what the decoders are given.
//!
//! A window whose records all have the expected number of fields is [`Regular`]: its columns are strides over the index.
//! Any other window is [`Listed`]: one span a field, made record by record.

/// Where a field's bytes lie in its window; `start > end` says that the record has no such field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The span of a field that a short record does not have.
    pub const MISSING: Span = Span { start: 1, end: 0 };

    /// Whether the record has no such field.
    #[inline(always)]
    pub fn is_missing(self) -> bool {
        self.start > self.end
    }
}

/// The fields of one column, by row. A CR before the record end is trimmed already; quotes are not: a span covers the raw
/// field.
pub trait Fields: Copy {
    /// The number of rows.
    fn len(&self) -> usize;

    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the field of `row` lies; `row < len()`.
    fn span(&self, row: usize) -> Span;

    /// Gives the spans of so many rows from `first` on to `take`, numbered from 0.
    #[inline(always)]
    fn spans(&self, first: usize, rows: usize, mut take: impl FnMut(usize, Span)) {
        (0..rows).for_each(|row| take(row, self.span(first + row)));
    }
}

impl Fields for &[Span] {
    fn len(&self) -> usize {
        <[Span]>::len(self)
    }

    #[inline(always)]
    fn span(&self, row: usize) -> Span {
        self[row]
    }
}

/// One column of a window in which field `f` of record `r` ends at `ends[r * columns + f + 1]`.
#[derive(Clone, Copy, Debug)]
pub struct Regular<'a> {
    data: &'a [u8],
    /// From the entry before this column's first field.
    ends: &'a [u32],
    columns: usize,
    rows: usize,
    trim: bool,
}

impl<'a> Regular<'a> {
    /// The fields of `column` in `rows` records. `ends` holds the end before the first record, then every field's end;
    /// with `trim` a CR at the end of a field is dropped (for the last column of a file with CRLF).
    pub fn new(data: &'a [u8], ends: &'a [u32], columns: usize, column: usize, rows: usize, trim: bool) -> Regular<'a> {
        debug_assert!(column < columns && ends.len() > rows * columns);
        Regular { data, ends: &ends[column..], columns, rows, trim }
    }
}

impl Fields for Regular<'_> {
    fn len(&self) -> usize {
        self.rows
    }

    #[inline(always)]
    fn span(&self, row: usize) -> Span {
        let at = row * self.columns;
        // The end before the first record of a window that begins at 0 is -1, kept as `u32::MAX`.
        let start = self.ends[at].wrapping_add(1);
        let mut end = self.ends[at + 1];
        if self.trim && end > start && self.data[end as usize - 1] == b'\r' {
            end -= 1;
        }
        Span { start, end }
    }

    #[inline(always)]
    fn spans(&self, first: usize, rows: usize, mut take: impl FnMut(usize, Span)) {
        if self.trim {
            return (0..rows).for_each(|row| take(row, self.span(first + row)));
        }
        let ends = &self.ends[first * self.columns..];
        for row in 0..rows {
            let &[before, end] = ends[row * self.columns..].first_chunk().expect("a field has an end before it");
            take(row, Span { start: before.wrapping_add(1), end });
        }
    }
}

/// One column of a window whose fields are listed, record by record.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    spans: &'a [Span],
    columns: usize,
    column: usize,
}

impl<'a> Listed<'a> {
    /// The fields of `column` out of `columns` listed ones.
    pub fn new(spans: &'a [Span], columns: usize, column: usize) -> Listed<'a> {
        debug_assert!(column < columns && spans.len().is_multiple_of(columns));
        Listed { spans, columns, column }
    }
}

impl Fields for Listed<'_> {
    fn len(&self) -> usize {
        self.spans.len() / self.columns
    }

    #[inline(always)]
    fn span(&self, row: usize) -> Span {
        self.spans[row * self.columns + self.column]
    }
}

/// A column that the file does not have, in so many rows.
#[derive(Clone, Copy, Debug)]
pub struct Absent(pub usize);

impl Fields for Absent {
    fn len(&self) -> usize {
        self.0
    }

    #[inline(always)]
    fn span(&self, _row: usize) -> Span {
        Span::MISSING
    }
}

/// Some rows of another column.
#[derive(Clone, Copy, Debug)]
pub struct Chosen<'a, F> {
    fields: F,
    rows: &'a [u32],
}

impl<'a, F: Fields> Chosen<'a, F> {
    /// The fields of `rows`, each a row of `fields`, in that order.
    pub fn new(fields: F, rows: &'a [u32]) -> Chosen<'a, F> {
        debug_assert!(rows.iter().all(|&row| (row as usize) < fields.len()));
        Chosen { fields, rows }
    }
}

impl<F: Fields> Fields for Chosen<'_, F> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    #[inline(always)]
    fn span(&self, row: usize) -> Span {
        self.fields.span(self.rows[row] as usize)
    }
}
