//! The records of a window, held against the number of columns.
//!
//! A window in which every record has as many fields as the schema is read in place; any other one is listed record by
//! record, short records padded, long ones cut, each cut or padding named to the caller.

use super::edges;
use super::fields::Span;
use super::index::Index;
use crate::dialect::Dialect;
use std::ops::Range;

/// The records of a window.
#[derive(Debug)]
pub struct Shape {
    /// The number of records that are rows.
    pub rows: usize,
    /// Whether every record has the expected number of fields, none is a comment or left out, and fields need no trimming.
    pub regular: bool,
    /// The records with too many or too few fields.
    pub misfits: Vec<Misfit>,
    /// The records that are left out, by their number among all.
    pub left_out: Vec<usize>,
}

/// A record whose number of fields is not the schema's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The record, counted from the window's first.
    pub record: usize,
    /// Its number of fields.
    pub fields: usize,
    /// Where the record begins.
    pub start: usize,
    /// Where the first surplus field begins, or the record ends.
    pub at: usize,
    /// Where the record ends: at its terminator, or with the data.
    pub end: usize,
}

/// Which records are no rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'a> {
    /// Those with too many fields.
    pub leaves_out_long: bool,
    /// Those with too few.
    pub leaves_out_short: bool,
    /// Those that begin here, in order.
    pub leaves_out: &'a [usize],
}

impl Shape {
    fn empty() -> Shape {
        Shape { rows: 0, regular: false, misfits: Vec::new(), left_out: Vec::new() }
    }

    /// The record that is row `row`.
    pub fn record_of(&self, row: usize) -> usize {
        // The nth record that is left out has so many rows before it as its number is larger than n.
        let mut before = 0..self.left_out.len();
        while !before.is_empty() {
            let middle = before.start + before.len() / 2;
            if self.left_out[middle] - middle <= row { before.start = middle + 1 } else { before.end = middle }
        }
        row + before.start
    }

    /// The rows before a record.
    pub fn rows_before(&self, record: usize) -> usize {
        record - self.left_out.partition_point(|&left_out| left_out < record)
    }
}

/// Measures the index against `columns`; where it is irregular, lists the `wanted` columns' fields in `spans`, row by row.
pub fn measure(
    index: &Index,
    dialect: &Dialect,
    data: &[u8],
    columns: usize,
    wanted: &[usize],
    rules: Rules<'_>,
    spans: &mut Vec<Span>,
) -> Shape {
    spans.clear();
    let is_plain = dialect.delimiter_lead.is_empty() && !index.met.escapes && rules.leaves_out.is_empty();
    let in_place = rules.leaves_out.is_empty() && index.is_bare(dialect);
    if (in_place || is_plain) && index.is_regular(dialect, data, columns) {
        if !in_place {
            trim(index, dialect, data, columns, wanted, spans);
        }
        return Shape { rows: index.records, regular: in_place, ..Shape::empty() };
    }
    let mut lister = Lister { index, dialect, data, columns, wanted, rules, spans, shape: Shape::empty() };
    for (record, places) in index.records(dialect, data).enumerate() {
        lister.record(record, places);
    }
    lister.shape
}

/// Lists the `wanted` columns' fields of regular records without escapes, each without the blanks around it.
fn trim(index: &Index, dialect: &Dialect, data: &[u8], columns: usize, wanted: &[usize], spans: &mut Vec<Span>) {
    // One byte twice where the other is a delimiter or terminator, and a terminator, which no field holds, where both are.
    let mut blanks = [b' ', b'\t'].into_iter().filter(|&byte| dialect.is_blank(byte));
    let first = blanks.next().unwrap_or(dialect.terminator);
    let second = blanks.next().unwrap_or(first);
    let is_blank = |at: usize| data[at] == first || data[at] == second;
    let carriage = index.carriage;
    spans.reserve(index.records * wanted.len());
    // The end before the first record is that of another one's last field.
    for places in index.ends.windows(columns + 1).step_by(columns) {
        spans.extend(wanted.iter().map(|&column| {
            if column >= columns {
                return Span::MISSING;
            }
            let (mut start, mut end) = (places[column].wrapping_add(1) as usize, places[column + 1] as usize);
            if carriage && column + 1 == columns && end > start && data[end - 1] == b'\r' {
                end -= 1;
            }
            while start < end && is_blank(start) {
                start += 1;
            }
            while start < end && is_blank(end - 1) {
                end -= 1;
            }
            Span { start: start as u32, end: end as u32 }
        }));
    }
}

struct Lister<'a> {
    index: &'a Index,
    dialect: &'a Dialect,
    data: &'a [u8],
    columns: usize,
    wanted: &'a [usize],
    rules: Rules<'a>,
    spans: &'a mut Vec<Span>,
    shape: Shape,
}

impl Lister<'_> {
    /// Lists the record whose fields end at `places`, unless it is no row.
    fn record(&mut self, record: usize, places: Range<usize>) {
        let (ends, first, fields) = (&self.index.ends, places.start, places.len());
        let start = |field: usize| ends[first + field - 1].wrapping_add(1);
        let begin = start(0) as usize;
        let mut leaves_out = self.rules.leaves_out.binary_search(&begin).is_ok();
        if fields != self.columns {
            let is_long = fields > self.columns;
            let end = ends[places.end - 1] as usize;
            let at = if is_long { start(self.columns) as usize } else { end };
            self.shape.misfits.push(Misfit { record, fields, start: begin, at, end });
            leaves_out |= if is_long { self.rules.leaves_out_long } else { self.rules.leaves_out_short };
        }
        if leaves_out {
            self.shape.left_out.push(record);
            return;
        }
        for &column in self.wanted {
            if column >= fields {
                self.spans.push(Span::MISSING);
                continue;
            }
            let (start, end) = (start(column) as usize, ends[first + column] as usize);
            let field = edges::field(self.dialect, self.data, start, end, column + 1 == fields);
            self.spans.push(Span { start: field.start as u32, end: field.end as u32 });
        }
        self.shape.rows += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::Backend;
    use crate::tokenize::index::Extent;

    fn measured(data: &[u8], columns: usize, wanted: &[usize], rules: Rules<'_>) -> (Shape, Vec<Span>) {
        let dialect = Dialect { comment: Some((*b"#").into()), ..Dialect::default() };
        let mut index = Index::default();
        index.build(&dialect, Backend::detect(), data, Extent { from: 0, until: usize::MAX, last: true });
        let mut spans = Vec::new();
        (measure(&index, &dialect, data, columns, wanted, rules, &mut spans), spans)
    }

    #[test]
    fn regular_windows_are_read_in_place() {
        let (shape, spans) = measured(b"a,b\nc,d\r\ne,", 2, &[0, 1], Rules::default());
        assert!(shape.regular && spans.is_empty());
        assert_eq!(shape.rows, 3);
    }

    #[test]
    fn a_short_record_and_a_long_one_do_not_make_two_regular_ones() {
        let (shape, spans) = measured(b"a\nb,c,d\n", 2, &[1], Rules::default());
        assert!(!shape.regular);
        let short = Misfit { record: 0, fields: 1, start: 0, at: 1, end: 1 };
        assert_eq!(shape.misfits, [short, Misfit { record: 1, fields: 3, start: 2, at: 6, end: 7 }]);
        assert_eq!(spans, [Span::MISSING, Span { start: 4, end: 5 }]);
        let (shape, _) = measured(b"a\nb\n", 2, &[], Rules::default());
        assert!(!shape.regular && shape.rows == 2);
    }

    #[test]
    fn a_surplus_field_may_hold_a_terminator() {
        let (shape, _) = measured(b"a,\"b\nc\",d\ne,\"f\ng\"", 1, &[0], Rules::default());
        let first = Misfit { record: 0, fields: 3, start: 0, at: 2, end: 9 };
        assert_eq!(shape.misfits, [first, Misfit { record: 1, fields: 2, start: 10, at: 12, end: 17 }]);
    }

    #[test]
    fn comments_are_left_out() {
        let (shape, spans) = measured(b"#x\na,b\r\n#\n\n", 2, &[0, 1], Rules::default());
        assert_eq!((shape.rows, shape.misfits[0].record), (2, 1));
        assert_eq!(
            spans,
            [Span { start: 3, end: 4 }, Span { start: 5, end: 6 }, Span { start: 10, end: 10 }, Span::MISSING]
        );
    }

    #[test]
    fn records_that_are_no_rows_keep_their_number() {
        let rules = Rules { leaves_out_long: true, leaves_out_short: false, leaves_out: &[4] };
        let (shape, spans) = measured(b"a,b\nc,d\ne,f,g\nh\n1,2,3\ni,j\n", 2, &[0], rules);
        assert_eq!((shape.rows, &shape.left_out[..]), (3, &[1, 2, 4][..]));
        assert_eq!(shape.misfits.iter().map(|misfit| misfit.record).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(spans.iter().map(|span| span.start).collect::<Vec<_>>(), [0, 14, 22]);
        assert_eq!([0, 1, 2].map(|row| shape.record_of(row)), [0, 3, 5]);
        assert_eq!([0, 1, 2, 3, 4, 5].map(|record| shape.rows_before(record)), [0, 1, 1, 1, 2, 2]);
    }
}
