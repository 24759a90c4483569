//! A pass that folds sees each row once, in pieces that depend on the bytes alone.

use arrow::array::AsArray;
use arrow::compute::concat_batches;
use arrow::datatypes::DataType::{Int64, Utf8View};
use arrow::datatypes::Int64Type;
use fast_csv::predicate::{Comparison, Operand, Predicate, Value};
use fast_csv::{Error, ErrorKind, Fold, Next, OnError, Part, Piece, ReaderBuilder, Rejects, Request, Result, Source};
use std::io::{Cursor, Read};
use std::sync::Arc;
use std::time::Duration;

/// The records of a source in some tests.
const ROWS: usize = 400;

/// Keeps the numbers of the first column.
struct Numbers;

#[derive(Clone, Debug, PartialEq)]
struct Seen {
    numbers: Vec<Option<i64>>,
    begin: u64,
    kept: Option<Vec<u32>>,
}

impl Fold for Numbers {
    type State = Seen;

    fn map(&self, piece: &Piece<'_>) -> Result<Seen> {
        let numbers = piece.batch.column(0).as_primitive::<Int64Type>();
        assert_eq!(numbers.len(), piece.batch.num_rows());
        Ok(Seen { numbers: numbers.iter().collect(), begin: piece.begin, kept: piece.kept.map(<[u32]>::to_vec) })
    }
}

/// Fails at a number.
struct FailsAt(i64);

impl Fold for FailsAt {
    type State = usize;

    fn map(&self, piece: &Piece<'_>) -> Result<usize> {
        let numbers = piece.batch.column(0).as_primitive::<Int64Type>();
        match numbers.iter().flatten().any(|number| number == self.0) {
            true => Err(ErrorKind::Argument("a number that it does not like".into()).into()),
            false => Ok(numbers.len()),
        }
    }
}

fn drain<F: Fold>(
    builder: &ReaderBuilder,
    source: Vec<Source>,
    request: Request,
    fold: F,
) -> Result<Vec<Part<F::State>>> {
    let mut folding = builder.resolve(source)?.fold(request, Arc::new(fold))?;
    let mut parts = Vec::new();
    loop {
        match folding.next_within(Duration::from_secs(60))? {
            Next::Part(part) => parts.push(*part),
            Next::Pending => panic!("a minute passed without a part"),
            Next::Done => return Ok(parts),
        }
    }
}

fn bytes(data: &str) -> Source {
    Source::Bytes(Arc::new(data.as_bytes().to_vec()))
}

fn piped(data: &str) -> Source {
    let data = data.as_bytes().to_vec();
    Source::once(None, move || Ok(Box::new(Cursor::new(data)) as Box<dyn Read + Send>))
}

/// Records of which some look like others when a cut falls inside their quotes.
fn lines(rows: usize) -> String {
    let mut text = String::from("a,b\n");
    for row in 0..rows {
        text += &match row % 7 {
            3 => format!("{row},\"x\n{row},y\"\n"),
            5 => format!(",{row}\n"),
            _ => format!("{row},{}\n", "z".repeat(row % 50)),
        };
    }
    text
}

fn numbers(parts: &[Part<Seen>]) -> Vec<Option<i64>> {
    parts.iter().flat_map(|part| part.state.numbers.clone()).collect()
}

fn read(builder: &ReaderBuilder, data: &str) -> Vec<Option<i64>> {
    let scan = builder.resolve(vec![bytes(data)]).unwrap();
    let batches: Vec<_> = scan.read(Request::default()).unwrap().map(|batch| batch.unwrap()).collect();
    let all = concat_batches(&scan.schema(), &batches).unwrap();
    all.column(0).as_primitive::<Int64Type>().iter().collect()
}

#[test]
fn every_row_is_in_one_piece_and_the_places_add_up() {
    let data = lines(ROWS);
    for chunk in [1, 17, 100, 4096, 1 << 20] {
        for threads in [1, 2, 5] {
            let builder = ReaderBuilder::new().with_chunk_bytes(chunk).with_threads(threads);
            let parts = drain(&builder, vec![bytes(&data), bytes(&data)], Request::default(), Numbers).unwrap();
            let one = read(&builder, &data);
            assert_eq!(numbers(&parts), [one.clone(), one].concat(), "{chunk} {threads}");
            let mut row = 0;
            for pair in parts.windows(2) {
                if pair[0].source == pair[1].source {
                    assert_eq!(pair[0].bytes.end, pair[1].bytes.start);
                }
            }
            for part in &parts {
                assert_eq!((part.first_row, part.rows), (row, part.state.numbers.len()));
                assert_eq!(part.records, row - ROWS as u64 * part.source as u64);
                assert_eq!(part.bytes.start, part.state.begin);
                assert_eq!(part.lines, data[..part.bytes.start as usize].matches('\n').count() as u64);
                row += part.rows as u64;
            }
        }
    }
}

#[test]
fn pieces_depend_neither_on_the_threads_nor_on_the_kind_of_source() {
    let data = lines(400_000);
    let cut = |threads: usize, source: Source| {
        let builder = ReaderBuilder::new().with_threads(threads);
        let parts = drain(&builder, vec![source], Request::default(), Numbers).unwrap();
        parts.into_iter().map(|part| (part.bytes, part.state)).collect::<Vec<_>>()
    };
    let one = cut(1, bytes(&data));
    assert!(one.len() > 5, "{}", one.len());
    for threads in [2, 3, 8, 40] {
        assert!(cut(threads, bytes(&data)) == one, "{threads}");
        assert!(cut(threads, piped(&data)) == one, "{threads}, as a stream");
    }
}

#[test]
fn limits_filters_and_faults_are_those_of_a_read() {
    let data = lines(300) + "x,1\n7,8\n";
    for threads in [1, 3] {
        for chunk in [30, 1000, 1 << 20] {
            let builder = ReaderBuilder::new()
                .with_chunk_bytes(chunk)
                .with_threads(threads)
                .with_schema(vec![("a".into(), Int64), ("b".into(), Utf8View)]);
            for limit in [0, 1, 5, 99, 300] {
                let builder = builder.clone().with_limit(Some(limit));
                let parts = drain(&builder, vec![bytes(&data)], Request::default(), Numbers).unwrap();
                assert_eq!(numbers(&parts), read(&builder, &data), "{limit}");
            }
            let failure = drain(&builder, vec![bytes(&data)], Request::default(), Numbers).unwrap_err();
            assert_eq!(failure.issue().map(|issue| issue.position.record), Some(301));
            for on_error in [OnError::Null, OnError::Skip] {
                let builder = builder.clone().with_on_error(on_error);
                let rejects = Arc::new(Rejects::new(None));
                let request = Request { rejects: Some(Arc::clone(&rejects)), ..Request::default() };
                let parts = drain(&builder, vec![bytes(&data)], request, Numbers).unwrap();
                assert_eq!(numbers(&parts), read(&builder, &data));
            }
            let few = builder.clone().with_limit(Some(300));
            let test = Predicate::Compare {
                column: 0,
                comparison: Comparison::Less,
                with: Operand::Value(Value::Integer(20)),
            };
            let request = Request { filter: Some(test), ..Request::default() };
            let parts = drain(&few, vec![bytes(&data)], request, Numbers).unwrap();
            let wanted: Vec<_> =
                read(&few, &data).into_iter().filter(|number| number.is_some_and(|n| n < 20)).collect();
            assert_eq!(numbers(&parts), wanted);
        }
    }
}

#[test]
fn an_error_of_the_fold_is_told_in_its_turn() {
    let data = lines(300);
    for threads in [1, 3] {
        let builder = ReaderBuilder::new().with_chunk_bytes(100).with_threads(threads);
        let scan = builder.resolve(vec![bytes(&data)]).unwrap();
        let mut folding = scan.fold(Request::default(), Arc::new(FailsAt(249))).unwrap();
        let mut rows = 0;
        let error: Error = loop {
            match folding.next_within(Duration::from_secs(60)) {
                Ok(Next::Part(part)) => rows += part.state,
                Ok(_) => panic!("no error came"),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("does not like"), "{error}");
        assert!((230..=250).contains(&rows), "{rows}");
        assert!(matches!(folding.next_within(Duration::ZERO), Ok(Next::Done)));
    }
}

#[test]
fn what_a_fold_cannot_give_is_refused() {
    let scan = ReaderBuilder::new().resolve(vec![bytes("a\n1\n")]).unwrap();
    let sliced = Request { slice: Some((0, None)), ..Request::default() };
    let named = Request { file_paths: Some("path".into()), ..Request::default() };
    let beyond = Request { projection: Some(vec![1]), ..Request::default() };
    for request in [sliced, named, beyond] {
        let error = scan.fold(request, Arc::new(Numbers)).err().expect("an error");
        assert!(matches!(error.kind(), ErrorKind::Argument(_)), "{error}");
    }
}

#[test]
fn a_source_without_a_row_gives_none() {
    let builder = ReaderBuilder::new().with_schema(vec![("a".into(), Int64)]);
    let parts = drain(&builder, vec![bytes("a\n")], Request::default(), FailsAt(0)).unwrap();
    assert_eq!(parts.iter().map(|part| part.rows).sum::<usize>(), 0);
}
