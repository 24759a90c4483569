//! Filters, row numbers and what is decoded for them: against a row-by-row reading of the same rules, in every kind of chunk.

mod common;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::DataType::{self, Boolean, Date32, Float64, Int8, Int64, Utf8View};
use arrow::datatypes::{Date32Type, Float64Type, Int64Type, UInt32Type};
use common::drain;
use fast_csv::predicate::{Comparison, Operand, Predicate, Value};
use fast_csv::{Code, Error, ErrorKind, OnError, ReaderBuilder, Request, RowIndex, Source};
use proptest::prelude::*;
use std::cmp::Ordering;
use std::sync::Arc;

const COMPARISONS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
];

/// The columns of the table that is filtered.
const TYPES: [(&str, DataType); 6] =
    [("int", Int64), ("float", Float64), ("text", Utf8View), ("truth", Boolean), ("day", Date32), ("other", Int64)];

fn table() -> ReaderBuilder {
    ReaderBuilder::new().with_schema(TYPES.map(|(name, data_type)| (name.to_owned(), data_type)).to_vec())
}

/// What a read gives: its rows and the cells decoded for them.
fn read(builder: &ReaderBuilder, data: &str, request: &Request) -> Result<(RecordBatch, u64), Error> {
    let source = Source::Bytes(Arc::new(data.as_bytes().to_vec()));
    let mut batches = builder.resolve(vec![source])?.read(request.clone())?;
    Ok((drain(&mut batches)?, batches.cells_decoded()))
}

fn ways(builder: &ReaderBuilder) -> impl Iterator<Item = ReaderBuilder> {
    let chunks = [1, 7, 40, 111, 1 << 20];
    let all = chunks.into_iter().flat_map(|chunk| [1, 2, 4].map(|threads| (chunk, threads)));
    all.map(|(chunk, threads)| builder.clone().with_chunk_bytes(chunk).with_threads(threads))
}

/// A cell as the rules below see it.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Null,
    Is(Value),
}

fn cell(column: &ArrayRef, row: usize) -> Cell {
    if column.is_null(row) {
        return Cell::Null;
    }
    Cell::Is(match column.data_type() {
        Int64 => Value::Integer(column.as_primitive::<Int64Type>().value(row).into()),
        Date32 => Value::Integer(column.as_primitive::<Date32Type>().value(row).into()),
        Float64 => Value::Float(column.as_primitive::<Float64Type>().value(row)),
        Boolean => Value::Boolean(column.as_boolean().value(row)),
        _ => Value::Text(column.as_string_view().value(row).to_owned()),
    })
}

/// The order of two values of one kind: NaN equals itself and is above every number, zeros of either sign are equal.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Value::Float(a), Value::Float(b)) if a.is_nan() || b.is_nan() => a.is_nan().cmp(&b.is_nan()),
        (Value::Float(a), Value::Float(b)) if a == b => Ordering::Equal,
        (Value::Float(a), Value::Float(b)) => {
            if a < b {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        _ => panic!("{a:?} and {b:?} have no order"),
    }
}

fn compares(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
    }
}

/// True, false or unknown for one row.
fn judge(predicate: &Predicate, row: &[Cell]) -> Option<bool> {
    let known = |column: usize| match &row[column] {
        Cell::Null => None,
        Cell::Is(value) => Some(value),
    };
    match predicate {
        Predicate::Constant(value) => Some(*value),
        Predicate::Column(column) => known(*column).map(|value| *value == Value::Boolean(true)),
        Predicate::IsNull(column) => Some(row[*column] == Cell::Null),
        Predicate::IsNan(column) => known(*column).map(|value| matches!(value, Value::Float(value) if value.is_nan())),
        Predicate::Compare { column, comparison, with } => {
            let with = match with {
                Operand::Value(value) => value,
                Operand::Column(other) => known(*other)?,
            };
            Some(compares(*comparison, order(known(*column)?, with)))
        }
        Predicate::IsIn { .. } => unreachable!("told apart below, where the values are known"),
        Predicate::StartsWith { column, prefix } => {
            known(*column).map(|value| matches!(value, Value::Text(text) if text.starts_with(prefix)))
        }
        Predicate::Not(inner) => judge(inner, row).map(|value| !value),
        Predicate::And(parts) => {
            let all: Vec<_> = parts.iter().map(|part| judge(part, row)).collect();
            if all.contains(&Some(false)) { Some(false) } else { (!all.contains(&None)).then_some(true) }
        }
        Predicate::Or(parts) => {
            let all: Vec<_> = parts.iter().map(|part| judge(part, row)).collect();
            if all.contains(&Some(true)) { Some(true) } else { (!all.contains(&None)).then_some(false) }
        }
    }
}

fn a_row() -> impl Strategy<Value = String> {
    let int = prop::sample::select(vec!["", "-3", "0", "2", "7", "9223372036854775807"]);
    let float = prop::sample::select(vec!["", "nan", "-0.0", "0", "1.5", "inf", "-inf", "1e300"]);
    let text = prop::sample::select(vec![
        "",
        "a",
        "ab",
        "abcdefghijkl",
        "abcdefghijklm",
        "\"a,b\"",
        "\"a\nb\"",
        "\"say \"\"ab\"\"\"",
        "é",
        "12\" x",
    ]);
    let truth = prop::sample::select(vec!["", "true", "false"]);
    let day = prop::sample::select(vec!["", "1970-01-01", "2024-02-29", "1969-12-31"]);
    let other = prop::sample::select(vec!["", "2", "7", "-3"]);
    let ragged = prop::sample::select(vec![6_usize, 6, 6, 6, 6, 4]);
    (int, float, text, truth, day, other, ragged).prop_map(|(int, float, text, truth, day, other, fields)| {
        [int, float, text, truth, day, other][..fields].join(",")
    })
}

fn a_value(column: usize) -> BoxedStrategy<Value> {
    match column {
        0 | 5 => prop::sample::select(vec![-3_i128, 0, 2, i128::from(i64::MAX), 1 << 70, -(1 << 70)])
            .prop_map(Value::Integer)
            .boxed(),
        1 => prop::sample::select(vec![f64::NAN, -0.0, 0.0, 1.5, f64::INFINITY, 2.0]).prop_map(Value::Float).boxed(),
        2 => prop::sample::select(vec!["", "a", "ab", "abcdefghijkl", "abcdefghijklm", "a,b", "say \"ab\"", "é", "b"])
            .prop_map(|text| Value::Text(text.into()))
            .boxed(),
        3 => any::<bool>().prop_map(Value::Boolean).boxed(),
        _ => prop::sample::select(vec![0_i128, -1, 19_782]).prop_map(Value::Integer).boxed(),
    }
}

fn a_predicate() -> impl Strategy<Value = Predicate> {
    let comparison = prop::sample::select(COMPARISONS.to_vec());
    let leaf = prop_oneof![
        any::<bool>().prop_map(Predicate::Constant),
        Just(Predicate::Column(3)),
        Just(Predicate::IsNan(1)),
        (0..6_usize).prop_map(Predicate::IsNull),
        prop::sample::select(vec!["", "a", "abcdefghijklm", "é"])
            .prop_map(|prefix| Predicate::StartsWith { column: 2, prefix: prefix.into() }),
        (comparison.clone(), prop::sample::select(vec![(0, 5), (5, 0), (1, 1), (2, 2), (3, 3), (4, 4)])).prop_map(
            |(comparison, (column, other))| Predicate::Compare { column, comparison, with: Operand::Column(other) }
        ),
        (0..6_usize, comparison).prop_flat_map(|(column, comparison)| {
            a_value(column).prop_map(move |value| Predicate::Compare {
                column,
                comparison,
                with: Operand::Value(value),
            })
        }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Predicate::Not(Box::new(inner))),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Predicate::And),
            prop::collection::vec(inner, 0..3).prop_map(Predicate::Or),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn filtered_rows_are_those_for_which_the_filter_is_true(
        rows in prop::collection::vec(a_row(), 0..30),
        predicate in a_predicate(),
        projection in prop::collection::vec(0..6_usize, 0..4),
        slice in prop::option::of((-20..20_i64, prop::option::of(0..20_u64))),
    ) {
        let data = format!("int,float,text,truth,day,other\n{}\n", rows.join("\n"));
        let numbered = Some(RowIndex { name: "row".into(), offset: 3, wide: false });
        let unfiltered = Request { slice, row_index: numbered.clone(), ..Request::default() };
        let all = read(&table(), &data, &unfiltered).unwrap().0;
        let cells = |row: usize| all.columns()[1..].iter().map(|column| cell(column, row)).collect::<Vec<_>>();
        let expected: Vec<usize> =
            (0..all.num_rows()).filter(|&row| judge(&predicate, &cells(row)) == Some(true)).collect();
        let request = Request { projection: Some(projection.clone()), filter: Some(predicate), ..unfiltered };
        for way in ways(&table()) {
            let (batch, decoded) = read(&way, &data, &request).unwrap();
            prop_assert_eq!(batch.num_rows(), expected.len());
            for (row, &at) in expected.iter().enumerate() {
                let number = |batch: &RecordBatch, row| batch.column(0).as_primitive::<UInt32Type>().value(row);
                prop_assert_eq!(number(&batch, row), number(&all, at));
                for (place, &column) in projection.iter().enumerate() {
                    let (have, want) = (cell(batch.column(place + 1), row), cell(all.column(column + 1), at));
                    prop_assert_eq!(format!("{have:?}"), format!("{want:?}"));
                }
            }
            // The filter's columns in every row, the others in the rows that are left.
            let least = (expected.len() * projection.len()) as u64;
            let most = least + 6 * all.num_rows() as u64;
            prop_assert!((least..=most).contains(&decoded), "{decoded} cells, expected {least} to {most}");
        }
    }
}

#[test]
fn membership_is_equality_with_any_member() {
    let data =
        "int,float,text,truth,day,other\n1,0.0,a,true,1970-01-02,\n,,,,,\n2,nan,abcdefghijklmn,false,1970-01-03,\n";
    for (column, values, expected) in [
        (0, vec![Value::Integer(2), Value::Integer(1 << 80)], vec![2]),
        (0, vec![], vec![]),
        (1, vec![Value::Float(-0.0), Value::Float(f64::NAN)], vec![0, 2]),
        (2, vec![Value::Text("abcdefghijklmn".into()), Value::Text(String::new())], vec![2]),
        (3, vec![Value::Boolean(true)], vec![0]),
        (4, vec![Value::Integer(1), Value::Integer(2)], vec![0, 2]),
    ] {
        let is_in = Predicate::IsIn { column, values: values.into_iter().collect() };
        for (filter, expected) in [
            (is_in.clone(), expected.clone()),
            // A null is in no list, and not out of one either.
            (Predicate::Not(Box::new(is_in)), [0, 2].into_iter().filter(|row| !expected.contains(row)).collect()),
        ] {
            let row_index = Some(RowIndex { name: "row".into(), offset: 0, wide: false });
            let request = Request { projection: Some(vec![]), row_index, filter: Some(filter), ..Request::default() };
            for way in ways(&table()) {
                let (batch, _) = read(&way, data, &request).unwrap();
                assert_eq!(batch.column(0).as_primitive::<UInt32Type>().values(), &expected[..], "column {column}");
            }
        }
    }
}

#[test]
fn only_what_is_asked_for_is_decoded() {
    let rows: String = (0..1000).map(|row| format!("{row},{row}.5,t{row},true,2024-01-01,{row}\n")).collect();
    let data = format!("int,float,text,truth,day,other\n{rows}");
    let above = |bound| Predicate::Compare {
        column: 0,
        comparison: Comparison::GreaterOrEqual,
        with: Operand::Value(Value::Integer(bound)),
    };
    let decoded = |request: Request| {
        let counts = ways(&table()).map(|way| read(&way, &data, &request).unwrap().1).collect::<Vec<_>>();
        assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
        counts[0]
    };
    let all = Request::default;
    assert_eq!(decoded(all()), 6000);
    assert_eq!(decoded(Request { projection: Some(vec![2, 0]), ..all() }), 2000);
    assert_eq!(decoded(Request { projection: Some(vec![]), ..all() }), 0);
    assert_eq!(decoded(Request { filter: Some(above(990)), ..all() }), 1000 + 60);
    assert_eq!(decoded(Request { filter: Some(above(2000)), ..all() }), 1000);
    assert_eq!(decoded(Request { filter: Some(Predicate::Constant(false)), ..all() }), 0);
    assert_eq!(decoded(Request { filter: Some(above(990)), checked: vec![0, 4], ..all() }), 2000 + 60);
    assert_eq!(decoded(Request { checked: vec![4], ..all() }), 6000);
    assert_eq!(decoded(Request { checked: vec![4], projection: Some(vec![0]), ..all() }), 2000);
    assert_eq!(decoded(Request { slice: Some((-5, None)), ..all() }), 30);
    assert_eq!(decoded(Request { slice: Some((500, Some(10))), filter: Some(above(505)), ..all() }), 10 + 30);
}

/// The error of a read, as code, record and column; the same for every way.
fn fault(builder: &ReaderBuilder, data: &str, request: &Request) -> Option<(Code, u64, String)> {
    let mut faults = ways(builder).map(|way| {
        let error = read(&way, data, request).err()?;
        let issue = error.issue().unwrap_or_else(|| panic!("{error}"));
        Some((issue.code, issue.position.record, issue.column_name.clone().unwrap_or_default()))
    });
    let first = faults.next().unwrap();
    assert!(faults.all(|fault| fault == first), "{first:?}");
    first
}

#[test]
fn a_cell_can_fail_where_the_filter_looks_or_leaves_the_row() {
    let builder = ReaderBuilder::new().with_schema(vec![("a".into(), Int64), ("b".into(), Int8), ("c".into(), Int64)]);
    let keeps = |value: i128| Request {
        filter: Some(Predicate::Compare {
            column: 0,
            comparison: Comparison::Equal,
            with: Operand::Value(Value::Integer(value)),
        }),
        ..Request::default()
    };
    let named = |code, record, column: &str| Some((code, record, column.to_owned()));
    let data = "a,b,c\n1,1,1\n2,x,1\n3,300,1\n1,1,1\n";
    assert_eq!(fault(&builder, data, &keeps(1)), None);
    assert_eq!(fault(&builder, data, &keeps(2)), named(Code::Cast, 2, "b"));
    assert_eq!(fault(&builder, data, &keeps(3)), named(Code::Overflow, 3, "b"));
    // Another filter looks at that column, so every row's cell counts.
    assert_eq!(fault(&builder, data, &Request { checked: vec![1], ..keeps(1) }), named(Code::Cast, 2, "b"));
    // The filter's own cell comes later in the file than one of a row that it leaves, or earlier.
    let data = "a,b,c\n1,1,1\n1,x,1\ny,1,1\n1,1,z\n";
    assert_eq!(fault(&builder, data, &keeps(1)), named(Code::Cast, 2, "b"));
    assert_eq!(fault(&builder, data, &keeps(5)), named(Code::Cast, 3, "a"));
    let only_c = Request { projection: Some(vec![2]), ..keeps(1) };
    assert_eq!(fault(&builder, data, &only_c), named(Code::Cast, 3, "a"));
    // Rows behind the slice do not count, for filter or cell.
    assert_eq!(fault(&builder, data, &Request { slice: Some((0, Some(2))), ..only_c.clone() }), None);
    assert_eq!(fault(&builder, data, &Request { slice: Some((3, None)), ..only_c }), named(Code::Cast, 4, "c"));
    // The structure counts in every row.
    let long = "a,b,c\n1,1,1\n2,1,1,9\n1,x,1\n";
    assert_eq!(fault(&builder, long, &keeps(1)).map(|fault| fault.0), Some(Code::TooManyFields));
    // A cell that becomes null is unknown to the filter.
    let nulls = builder.with_on_error(OnError::Null);
    assert_eq!(fault(&nulls, data, &keeps(1)), None);
    let (batch, _) = read(&nulls, data, &keeps(1)).unwrap();
    assert_eq!(batch.num_rows(), 3);
}

#[test]
fn a_filter_that_makes_no_sense_is_refused() {
    let value =
        |column, value| Predicate::Compare { column, comparison: Comparison::Less, with: Operand::Value(value) };
    for filter in [
        Predicate::IsNull(6),
        Predicate::Column(0),
        Predicate::IsNan(0),
        value(0, Value::Float(1.0)),
        value(1, Value::Integer(1)),
        value(2, Value::Boolean(true)),
        value(4, Value::Text("2024-01-01".into())),
        Predicate::Compare { column: 0, comparison: Comparison::Less, with: Operand::Column(1) },
        Predicate::StartsWith { column: 0, prefix: "1".into() },
        Predicate::IsIn { column: 3, values: [Value::Integer(1)].into_iter().collect() },
        Predicate::Not(Box::new(Predicate::And(vec![Predicate::Or(vec![Predicate::IsNull(9)])]))),
    ] {
        let request = Request { filter: Some(filter.clone()), ..Request::default() };
        let error = read(&table(), "int,float,text,truth,day,other\n", &request).err().unwrap();
        assert!(matches!(error.kind(), ErrorKind::Argument(_)), "{filter:?}: {error}");
    }
    let named = RowIndex { name: "int".into(), offset: 0, wide: true };
    let request = Request { row_index: Some(named), ..Request::default() };
    let error = read(&table(), "int,float,text,truth,day,other\n", &request).err().unwrap();
    assert!(matches!(error.kind(), ErrorKind::Duplicate(_)), "{error}");
}

#[test]
fn a_batch_holds_no_text_of_another() {
    let rows: String = (0..100).map(|row| format!("{row},,a text of some length {row:04},,,\n")).collect();
    let data = format!("int,float,text,truth,day,other\n{rows}");
    let source = Source::Bytes(Arc::new(data.into_bytes()));
    let scan = table().with_batch_size(10).resolve(vec![source]).unwrap();
    for batch in scan.read(Request::default()).unwrap() {
        let batch = batch.unwrap();
        let texts = batch.column(2).as_string_view();
        let held: usize = texts.data_buffers().iter().map(|buffer| buffer.len()).sum();
        assert_eq!(held, texts.iter().map(|text| text.unwrap().len()).sum::<usize>());
    }
}
