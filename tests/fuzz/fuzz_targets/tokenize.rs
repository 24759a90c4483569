//! The index of every back end, and the fields made of it, are those of the exact machine.
#![no_main]

use fast_csv::Dialect;
use fast_csv::scan::Backend;
use fast_csv::tokenize::edges;
use fast_csv::tokenize::fields::{Fields, Listed, Regular, Span};
use fast_csv::tokenize::index::{Extent, Index, Tail};
use fast_csv::tokenize::machine::{self, Met, Step};
use fast_csv::tokenize::shape::{Rules, measure};
use fast_csv_fuzz::Choices;
use libfuzzer_sys::fuzz_target;

/// What the machine makes of an extent.
#[derive(Default)]
struct Walked {
    ends: Vec<u32>,
    comments: Vec<u32>,
    /// The fields of each record, a CR before the terminator and blanks trimmed.
    records: Vec<Vec<Span>>,
    next: usize,
    tail: Tail,
    met: Met,
}

fn walk(dialect: &Dialect, data: &[u8], extent: Extent) -> Walked {
    let mut walked =
        Walked { ends: vec![(extent.from as u32).wrapping_sub(1)], next: extent.from, ..Walked::default() };
    while walked.next < extent.until.min(data.len()) {
        let (start, fields, met) = (walked.next, walked.ends.len(), walked.met);
        match machine::record(dialect, data, start, &mut walked.ends, &mut walked.met) {
            Step::Record { next } => walked.next = next,
            Step::Comment { next } => {
                walked.comments.push(fields as u32);
                walked.next = next;
                continue;
            }
            Step::Unfinished { inside: false } if extent.last => {
                if dialect.is_comment(&data[start..]) {
                    walked.comments.push(fields as u32);
                    walked.ends.truncate(fields);
                }
                walked.ends.push(data.len() as u32);
                walked.next = data.len();
                if dialect.is_comment(&data[start..]) {
                    continue;
                }
            }
            Step::Unfinished { inside } => {
                walked.ends.truncate(fields);
                walked.met = met;
                walked.tail = Tail::Unfinished { inside };
                break;
            }
        }
        let mut begin = start as u32;
        let mut record: Vec<Span> = Vec::new();
        let count = walked.ends.len() - fields;
        for (at, &end) in walked.ends[fields..].iter().enumerate() {
            let field = edges::field(dialect, data, begin as usize, end as usize, at + 1 == count);
            record.push(Span { start: field.start as u32, end: field.end as u32 });
            begin = end + 1;
        }
        walked.records.push(record);
    }
    walked
}

fuzz_target!(|input: &[u8]| {
    let mut choices = Choices::new(input);
    let dialect = choices.dialect();
    let (from, until, last, columns) = (choices.up_to(9), choices.up_to(4000), choices.flip(), 1 + choices.up_to(4));
    let data = choices.text();
    // The extent begins at one of the first records.
    let mut extent = Extent { from: 0, until: usize::MAX, last };
    for _ in 0..from {
        match machine::record(&dialect, &data, extent.from, &mut Vec::new(), &mut Met::default()) {
            Step::Record { next } | Step::Comment { next } => extent.from = next,
            Step::Unfinished { .. } => break,
        }
    }
    if until < 2000 {
        extent.until = extent.from + 1 + until;
    }
    let wanted = walk(&dialect, &data, extent);
    let columns = if columns == 5 { wanted.records.first().map_or(1, Vec::len) } else { columns };
    let order: Vec<usize> = (0..columns).rev().collect();
    let (mut index, mut spans) = (Index::default(), Vec::new());
    for backend in Backend::available() {
        index.build(&dialect, backend, &data, extent);
        let name = backend.name();
        assert_eq!((&*index.ends, &index.comments), (&*wanted.ends, &wanted.comments), "{name}");
        assert_eq!((index.next, index.tail), (wanted.next, wanted.tail), "{name}");
        assert!(index.met.quotes || !wanted.met.quotes, "{name}");
        assert!(index.met.doubled || !wanted.met.doubled, "{name}");
        assert_eq!(index.met.stray.filter(|&at| at < index.next), wanted.met.stray, "{name}");
        let shape = measure(&index, &dialect, &data, columns, &order, Rules::default(), &mut spans);
        assert_eq!(shape.rows, wanted.records.len(), "{name}");
        for (slot, &column) in order.iter().enumerate() {
            for (row, record) in wanted.records.iter().enumerate() {
                let span = if shape.regular {
                    let trim = index.carriage && column + 1 == columns;
                    Regular::new(&data, &index.ends, columns, column, shape.rows, trim).span(row)
                } else {
                    Listed::new(&spans, columns, slot).span(row)
                };
                assert_eq!(
                    span,
                    record.get(column).copied().unwrap_or(Span::MISSING),
                    "{name}, row {row}, column {column}"
                );
            }
        }
    }
});
