//! The whole reader, with rejects on, against the exact machine: any bytes, every mode, every kind of chunk.
//!
//! The oracle walks record by record, asks the machine where fields end, and does by hand what the modes say.

use arrow::array::{Array, AsArray};
use arrow::datatypes::DataType;
use fast_csv::tokenize::machine::{self, Met, Step};
use fast_csv::tokenize::{edges, unescape};
use fast_csv::{
    Action, Code, Dialect, ErrorKind, OnError, Progress, ReaderBuilder, Rejects, Request, ShortRecords, Source,
};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// Record, line, byte, code and action of what was refused.
type Found = (u64, u64, u64, Code, Action);
type Row = Vec<Option<String>>;

#[derive(Clone, Copy, Debug)]
struct Mode {
    columns: usize,
    on_error: OnError,
    short_records: ShortRecords,
    truncates: bool,
    strict: bool,
}

impl Mode {
    fn action(self, code: Code) -> Option<Action> {
        let by_mode = |null| match self.on_error {
            OnError::Raise => Action::Raise,
            OnError::Null => null,
            OnError::Skip => Action::Skip,
        };
        match code {
            Code::TooManyFields if self.truncates => Some(Action::Truncate),
            Code::TooManyFields => Some(by_mode(Action::Truncate)),
            Code::TooFewFields if self.short_records == ShortRecords::Null => Some(Action::Pad),
            Code::TooFewFields => Some(by_mode(Action::Pad)),
            Code::StrayQuote => self.strict.then(|| by_mode(Action::Keep)),
            _ => Some(if self.on_error == OnError::Raise { Action::Raise } else { Action::Drop }),
        }
    }
}

/// What the rows and the rejects must be; where a fault ends the read, the rejects up to that one and no rows.
fn oracle(dialect: &Dialect, data: &[u8], from: usize, mode: Mode) -> (Option<Vec<Row>>, Vec<Found>) {
    let (mut rows, mut found, mut at, mut record) = (Vec::new(), Vec::new(), from, 0);
    let ends_line = |at: usize| {
        let lone = dialect.lone_carriage && data[at] == b'\r' && data.get(at + 1) != Some(&b'\n');
        lone || data[at] == dialect.terminator
    };
    let line = |byte: usize| (0..byte).filter(|&at| ends_line(at)).count() as u64 + 1;
    while at < data.len() {
        let mut ends = Vec::new();
        let next = match machine::record(dialect, data, at, &mut ends, &mut Met::default()) {
            Step::Comment { next } => {
                at = next;
                continue;
            }
            Step::Record { next } => next,
            Step::Unfinished { inside: false } if dialect.is_comment(&data[at..]) => break,
            Step::Unfinished { inside: false } => {
                ends.push(data.len() as u32);
                data.len()
            }
            Step::Unfinished { inside: true } => {
                record += 1;
                let start = ends.last().map_or(at, |&end| end as usize + 1);
                let action = mode.action(Code::UnclosedQuote).unwrap();
                found.push((record, line(start), start as u64, Code::UnclosedQuote, action));
                if action == Action::Raise {
                    return (None, found);
                }
                at = (at..data.len()).find(|&at| ends_line(at)).map_or(data.len(), |end| end + 1);
                continue;
            }
        };
        record += 1;
        let starts: Vec<usize> = std::iter::once(at).chain(ends.iter().map(|&end| end as usize + 1)).collect();
        let mut faults = Vec::new();
        if ends.len() > mode.columns {
            faults.push((starts[mode.columns], mode.columns, Code::TooManyFields));
        } else if ends.len() < mode.columns {
            faults.push((at, ends.len(), Code::TooFewFields));
        }
        let mut strays = Vec::new();
        machine::strays(dialect, data, at, &mut strays);
        for stray in strays {
            let field = ends.iter().filter(|&&end| (end as usize) < stray).count();
            faults.push((starts[field], field, Code::StrayQuote));
        }
        // At one byte a field that is there comes before one that is missing.
        faults.sort_by_key(|&(byte, field, _)| (byte, field));
        let mut skipped = false;
        for (byte, _, code) in faults {
            let Some(action) = mode.action(code) else { continue };
            found.push((record, line(byte), byte as u64, code, action));
            if action == Action::Raise {
                return (None, found);
            }
            skipped |= action == Action::Skip;
        }
        if !skipped {
            let cell = |column: usize| {
                let end = *ends.get(column)? as usize;
                let raw = &data[edges::field(dialect, data, starts[column], end, column + 1 == ends.len())];
                let mut scratch = Vec::new();
                let text = unescape::text(raw, dialect.quote, dialect.escape, &mut scratch);
                (!raw.is_empty()).then(|| String::from_utf8(text.to_vec()).unwrap())
            };
            rows.push((0..mode.columns).map(cell).collect());
        }
        at = next;
    }
    (Some(rows), found)
}

/// What the reader makes of it.
fn reader(builder: &ReaderBuilder, data: &[u8]) -> (Option<Vec<Row>>, Vec<Found>) {
    let rejects = Arc::new(Rejects::new(None));
    let request = Request { rejects: Some(Arc::clone(&rejects)), ..Request::default() };
    let scan = builder.resolve(vec![Source::Bytes(Arc::new(data.to_vec()))]).unwrap();
    let mut batches = scan.read(request).unwrap();
    let mut rows = Some(Vec::new());
    let mut raised = None;
    loop {
        match batches.next_within(Duration::from_secs(60)) {
            Ok(Progress::Batch(batch)) => {
                let columns: Vec<_> = batch.columns().iter().map(|column| column.as_string_view()).collect();
                let cell = |row: usize, column: &&arrow::array::StringViewArray| {
                    column.is_valid(row).then(|| column.value(row).to_owned())
                };
                let row = |row| columns.iter().map(|column| cell(row, column)).collect();
                rows.as_mut().unwrap().extend((0..batch.num_rows()).map(row));
            }
            Ok(Progress::Pending) => panic!("a minute passed without a batch"),
            Ok(Progress::Done) => break,
            Err(error) => {
                let ErrorKind::Csv(issue) = error.kind() else { panic!("{error}") };
                raised =
                    Some((issue.position.record, issue.position.line, issue.position.byte, issue.code, Action::Raise));
                rows = None;
                break;
            }
        }
    }
    let found = rejects.scan(0).unwrap();
    let found = found.iter().map(|reject| {
        let place = &reject.issue.position;
        (place.record, place.line, place.byte, reject.issue.code, reject.action)
    });
    (rows, found.chain(raised).collect())
}

fn a_mode() -> impl Strategy<Value = Mode> {
    let on_error =
        prop::sample::select(vec![OnError::Raise, OnError::Null, OnError::Skip, OnError::Null, OnError::Skip]);
    let short_records = prop::sample::select(vec![ShortRecords::Null, ShortRecords::Raise]);
    (1..4_usize, on_error, short_records, any::<bool>(), any::<bool>()).prop_map(
        |(columns, on_error, short_records, truncates, strict)| Mode {
            columns,
            on_error,
            short_records,
            truncates,
            strict,
        },
    )
}

/// Dialects in which the letters of the texts have every meaning.
fn dialects() -> Vec<Dialect> {
    let plain = Dialect::default();
    let comments = Dialect { comment: Some((*b"#").into()), ..plain.clone() };
    let all = Dialect { escape: Some(b'b'), lone_carriage: true, trim: true, ..comments.clone() };
    vec![
        plain.clone(),
        comments,
        Dialect { escape: Some(b'#'), ..plain.clone() },
        Dialect { lone_carriage: true, ..plain.clone() },
        Dialect { trim: true, ..plain.clone() },
        Dialect { delimiter_lead: (*b",").into(), ..plain },
        Dialect { delimiter_lead: (*b",").into(), ..all.clone() },
        all,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn rows_and_rejects_are_the_machines(
        text in prop::collection::vec(prop::sample::select(b"aaa,,,\"\"\n\n\r# b".to_vec()), 0..60),
        mode in a_mode(),
        dialect in prop::sample::select(dialects()),
        (chunk, threads) in (1..90_usize, 1..4_usize),
    ) {
        let delimiter = String::from_utf8(dialect.delimiter_bytes()).unwrap();
        let header = ["c0", "c1", "c2"][..mode.columns].join(&delimiter) + "\n";
        let data = [header.as_bytes(), &text].concat();
        let dialect = Dialect { strict_quotes: mode.strict, ..dialect };
        let schema = (0..mode.columns).map(|column| (format!("c{column}"), DataType::Utf8View)).collect();
        let builder = ReaderBuilder::new()
            .with_schema(schema)
            .with_long_delimiter(&delimiter)
            .with_escape(dialect.escape)
            .with_lone_carriage(dialect.lone_carriage)
            .with_trim(dialect.trim)
            .with_comment(dialect.comment.clone().map(Vec::from))
            .with_strict_quotes(mode.strict)
            .with_on_error(mode.on_error)
            .with_short_records(mode.short_records)
            .with_truncate_ragged_lines(mode.truncates)
            .with_chunk_bytes(chunk)
            .with_threads(threads);
        let (rows, found) = oracle(&dialect, &data, header.len(), mode);
        let (have_rows, have_found) = reader(&builder, &data);
        prop_assert_eq!(&have_found, &found, "{}", data.escape_ascii());
        prop_assert_eq!(have_rows, rows, "{}", data.escape_ascii());
    }
}
