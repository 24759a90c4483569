//! The records of a window, held against the number of columns.
//!
//! A window in which every record has as many fields as the schema is read in place; any other one is listed record by
//! record, short records padded, long ones cut, each cut or padding named to the caller.

use super::fields::Span;
use super::index::{Index, is_record_end};
use crate::dialect::Dialect;

/// The records of a window.
#[derive(Debug)]
pub struct Shape {
    /// The number of records.
    pub rows: usize,
    /// Whether every record has the expected number of fields, and none is a comment.
    pub regular: bool,
    /// The first record with too many fields.
    pub long: Option<Misfit>,
    /// The first record with too few fields.
    pub short: Option<Misfit>,
}

/// A record whose number of fields is not the schema's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The record, counted from the window's first.
    pub row: usize,
    /// Its number of fields.
    pub fields: usize,
    /// Where the record begins.
    pub start: usize,
    /// Where the first surplus field begins, or the record ends.
    pub at: usize,
}

/// Measures the index against `columns`; where it is irregular, lists the `wanted` columns' fields in `spans`, row by row.
pub fn measure(
    index: &Index,
    dialect: &Dialect,
    data: &[u8],
    columns: usize,
    wanted: &[usize],
    spans: &mut Vec<Span>,
) -> Shape {
    spans.clear();
    let ends = &index.ends;
    if index.is_regular(dialect, data, columns) {
        return Shape { rows: index.records, regular: true, long: None, short: None };
    }
    let mut lister = Lister {
        index,
        data,
        columns,
        wanted,
        spans,
        shape: Shape { rows: 0, regular: false, long: None, short: None },
    };
    let mut comments = index.comments.iter().peekable();
    let mut first = 1;
    for (at, &end) in ends.iter().enumerate().skip(1) {
        if comments.next_if(|&&comment| comment as usize == at).is_some() {
            first = at + 1;
        } else if is_record_end(dialect, data, end) {
            lister.record(first, at + 1, dialect.trims_carriage());
            first = at + 1;
        }
    }
    lister.shape
}

struct Lister<'a> {
    index: &'a Index,
    data: &'a [u8],
    columns: usize,
    wanted: &'a [usize],
    spans: &'a mut Vec<Span>,
    shape: Shape,
}

impl Lister<'_> {
    /// Lists the record whose fields end at `ends[first..after]`.
    fn record(&mut self, first: usize, after: usize, trims_carriage: bool) {
        let ends = &self.index.ends;
        let fields = after - first;
        let start = |field: usize| ends[first + field - 1].wrapping_add(1);
        if fields != self.columns {
            let row = self.shape.rows;
            let begin = start(0) as usize;
            if fields > self.columns {
                let at = start(self.columns) as usize;
                self.shape.long.get_or_insert(Misfit { row, fields, start: begin, at });
            } else {
                let at = ends[after - 1] as usize;
                self.shape.short.get_or_insert(Misfit { row, fields, start: begin, at });
            }
        }
        for &column in self.wanted {
            if column >= fields {
                self.spans.push(Span::MISSING);
                continue;
            }
            let (start, mut end) = (start(column), ends[first + column]);
            if trims_carriage && column + 1 == fields && end > start && self.data[end as usize - 1] == b'\r' {
                end -= 1;
            }
            self.spans.push(Span { start, end });
        }
        self.shape.rows += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::Backend;
    use crate::tokenize::index::Extent;

    fn measured(data: &[u8], columns: usize, wanted: &[usize]) -> (Shape, Vec<Span>) {
        let dialect = Dialect { comment: Some((*b"#").into()), ..Dialect::default() };
        let mut index = Index::default();
        index.build(&dialect, Backend::detect(), data, Extent { from: 0, until: usize::MAX, last: true });
        let mut spans = Vec::new();
        (measure(&index, &dialect, data, columns, wanted, &mut spans), spans)
    }

    #[test]
    fn regular_windows_are_read_in_place() {
        let (shape, spans) = measured(b"a,b\nc,d\r\ne,", 2, &[0, 1]);
        assert!(shape.regular && spans.is_empty());
        assert_eq!(shape.rows, 3);
    }

    #[test]
    fn a_short_record_and_a_long_one_do_not_make_two_regular_ones() {
        let (shape, spans) = measured(b"a\nb,c,d\n", 2, &[1]);
        assert!(!shape.regular);
        assert_eq!(shape.short, Some(Misfit { row: 0, fields: 1, start: 0, at: 1 }));
        assert_eq!(shape.long, Some(Misfit { row: 1, fields: 3, start: 2, at: 6 }));
        assert_eq!(spans, [Span::MISSING, Span { start: 4, end: 5 }]);
        let (shape, _) = measured(b"a\nb\n", 2, &[]);
        assert!(!shape.regular && shape.rows == 2);
    }

    #[test]
    fn comments_are_left_out() {
        let (shape, spans) = measured(b"#x\na,b\r\n#\n\n", 2, &[0, 1]);
        assert_eq!((shape.rows, shape.short.map(|misfit| misfit.row)), (2, Some(1)));
        assert_eq!(
            spans,
            [Span { start: 3, end: 4 }, Span { start: 5, end: 6 }, Span { start: 10, end: 10 }, Span::MISSING]
        );
    }
}
