//! What becomes of each fault in each mode, and what is recorded of it: the same in every kind of chunk, at any thread count.

mod common;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::DataType::{self, Int8, Int64, Utf8View};
use arrow::util::display::array_value_to_string;
use common::drain;
use fast_csv::predicate::{Comparison, Operand, Predicate, Value};
use fast_csv::{Action, Code, Error, OnError, ReaderBuilder, Rejects, Request, RowIndex, ShortRecords, Source};
use proptest::prelude::*;
use std::sync::Arc;

fn ways(builder: &ReaderBuilder) -> impl Iterator<Item = ReaderBuilder> {
    let chunks = [1, 3, 8, 29, 64, 1 << 20];
    let all = chunks.into_iter().flat_map(|chunk| [1, 2, 4].map(|threads| (chunk, threads)));
    all.map(|(chunk, threads)| builder.clone().with_chunk_bytes(chunk).with_threads(threads))
}

fn typed(types: &[DataType]) -> ReaderBuilder {
    let names = ["a", "b", "c"].map(String::from);
    ReaderBuilder::new().with_schema(names.into_iter().zip(types.iter().cloned()).collect())
}

fn read(builder: &ReaderBuilder, data: &[u8], request: Request) -> Result<RecordBatch, Error> {
    drain(&mut builder.resolve(vec![Source::Bytes(Arc::new(data.to_vec()))])?.read(request)?)
}

/// Rows written as `1|x`, null as `-`.
fn shown(batch: &RecordBatch) -> Vec<String> {
    let cell = |column: &ArrayRef, row| match column.is_null(row) {
        true => "-".to_owned(),
        false => array_value_to_string(column, row).unwrap(),
    };
    let row = |row| batch.columns().iter().map(|column| cell(column, row)).collect::<Vec<_>>().join("|");
    (0..batch.num_rows()).map(row).collect()
}

/// A reject as `line:byte column code action "value" in "raw"`.
fn told(rejects: &Rejects) -> Vec<String> {
    let all = rejects.scan(0).unwrap();
    let line = |reject: &fast_csv::rejects::Reject| {
        let place = &reject.issue.position;
        format!(
            "{}:{} {} {} {} {:?} in {:?}{}",
            place.line,
            place.byte,
            place.column,
            reject.issue.code.as_str(),
            reject.action.as_str(),
            reject.issue.value.as_deref().unwrap_or("-"),
            reject.raw,
            if reject.truncated { "…" } else { "" }
        )
    };
    all.iter().map(line).collect()
}

/// Reads in every way; gives the rows and the rejects, which never differ.
fn rows_and_rejects(builder: &ReaderBuilder, data: &[u8], request: &Request) -> (Vec<String>, Vec<String>) {
    let mut answers = ways(builder).map(|way| {
        let rejects = Arc::new(Rejects::new(None));
        let request = Request { rejects: Some(Arc::clone(&rejects)), ..request.clone() };
        let rows = shown(&read(&way, data, request).unwrap_or_else(|error| panic!("{error}, {way:?}")));
        // They number the records of the file, whatever came of those before.
        let counted: u64 = rejects.summary(0).unwrap().iter().map(|one| one.count).sum();
        assert_eq!(counted, rejects.scan(0).unwrap().len() as u64);
        (rows, told(&rejects), way)
    });
    let (rows, rejects, _) = answers.next().unwrap();
    for (other_rows, other_rejects, way) in answers {
        assert_eq!((&other_rows, &other_rejects), (&rows, &rejects), "{way:?}");
    }
    (rows, rejects)
}

/// One line of the table of what each mode does with each fault.
struct Case {
    builder: ReaderBuilder,
    data: &'static [u8],
    code: Code,
    null: (&'static [&'static str], &'static [&'static str]),
    skip: (&'static [&'static str], &'static [&'static str]),
}

#[test]
fn every_fault_does_in_every_mode_what_the_table_says() {
    let cases = [
        Case {
            builder: typed(&[Int64, Utf8View]),
            data: b"a,b\n1,x\nno,y\n3,z\n",
            code: Code::Cast,
            null: (&["1|x", "-|y", "3|z"], &["3:8 1 cast null \"no\" in \"no,y\""]),
            skip: (&["1|x", "3|z"], &["3:8 1 cast skip \"no\" in \"no,y\""]),
        },
        Case {
            builder: typed(&[Int8, Utf8View]),
            data: b"a,b\r\n1,x\r\n300,y\r\n",
            code: Code::Overflow,
            null: (&["1|x", "-|y"], &["3:10 1 overflow null \"300\" in \"300,y\""]),
            skip: (&["1|x"], &["3:10 1 overflow skip \"300\" in \"300,y\""]),
        },
        Case {
            builder: typed(&[Utf8View, Int64]),
            data: b"a,b\n\xff,1\nx,2",
            code: Code::InvalidUtf8,
            null: (&["-|1", "x|2"], &["2:4 1 invalid_utf8 null \"\u{fffd}\" in \"\u{fffd},1\""]),
            skip: (&["x|2"], &["2:4 1 invalid_utf8 skip \"\u{fffd}\" in \"\u{fffd},1\""]),
        },
        Case {
            builder: typed(&[Int64, Utf8View]),
            data: b"a,b\n1,\"x\ny\",3,4\n2,z\n",
            code: Code::TooManyFields,
            null: (&["1|x\ny", "2|z"], &["3:12 3 too_many_fields truncate \"3,4\" in \"1,\\\"x\\ny\\\",3,4\""]),
            skip: (&["2|z"], &["3:12 3 too_many_fields skip \"3,4\" in \"1,\\\"x\\ny\\\",3,4\""]),
        },
        // What is surplus goes on where a line ends inside it.
        Case {
            builder: typed(&[Int64, Utf8View]),
            data: b"a,b\r\n1,x,\"3\n4\",5\r\n2,z,\"\n\"",
            code: Code::TooManyFields,
            null: (
                &["1|x", "2|z"],
                &[
                    "2:9 3 too_many_fields truncate \"\\\"3\\n4\\\",5\" in \"1,x,\\\"3\\n4\\\",5\"",
                    "4:22 3 too_many_fields truncate \"\\\"\\n\\\"\" in \"2,z,\\\"\\n\\\"\"",
                ],
            ),
            skip: (
                &[],
                &[
                    "2:9 3 too_many_fields skip \"\\\"3\\n4\\\",5\" in \"1,x,\\\"3\\n4\\\",5\"",
                    "4:22 3 too_many_fields skip \"\\\"\\n\\\"\" in \"2,z,\\\"\\n\\\"\"",
                ],
            ),
        },
        Case {
            builder: typed(&[Int64, Utf8View]).with_short_records(ShortRecords::Raise),
            data: b"a,b\n1\n2,z\n",
            code: Code::TooFewFields,
            null: (&["1|-", "2|z"], &["2:4 2 too_few_fields pad \"1\" in \"1\""]),
            skip: (&["2|z"], &["2:4 2 too_few_fields skip \"1\" in \"1\""]),
        },
        Case {
            builder: typed(&[Utf8View, Utf8View]).with_strict_quotes(true),
            data: b"a,b\nq\"r,\"s\"t\nu,v\n",
            code: Code::StrayQuote,
            null: (
                &["q\"r|st", "u|v"],
                &[
                    "2:4 1 stray_quote keep \"q\\\"r\" in \"q\\\"r,\\\"s\\\"t\"",
                    "2:8 2 stray_quote keep \"\\\"s\\\"t\" in \"q\\\"r,\\\"s\\\"t\"",
                ],
            ),
            skip: (
                &["u|v"],
                &[
                    "2:4 1 stray_quote skip \"q\\\"r\" in \"q\\\"r,\\\"s\\\"t\"",
                    "2:8 2 stray_quote skip \"\\\"s\\\"t\" in \"q\\\"r,\\\"s\\\"t\"",
                ],
            ),
        },
        Case {
            builder: typed(&[Int64, Utf8View]),
            data: b"a,b\n1,x\n2,\"y\n3,z\n4,w\n",
            code: Code::UnclosedQuote,
            null: (&["1|x", "3|z", "4|w"], &["3:10 2 unclosed_quote drop \"\\\"y\" in \"2,\\\"y\""]),
            skip: (&["1|x", "3|z", "4|w"], &["3:10 2 unclosed_quote drop \"\\\"y\" in \"2,\\\"y\""]),
        },
        Case {
            builder: typed(&[Int64, Utf8View]).with_max_record_bytes(6),
            data: b"a,b\n1,x\n2,longer\n3,z\n",
            code: Code::LineTooLong,
            null: (&["1|x", "3|z"], &["3:8 1 line_too_long drop \"2,long\" in \"2,long\"…"]),
            skip: (&["1|x", "3|z"], &["3:8 1 line_too_long drop \"2,long\" in \"2,long\"…"]),
        },
    ];
    for Case { builder, data, code, null, skip } in cases {
        for way in ways(&builder) {
            let error = read(&way, data, Request::default()).err().unwrap_or_else(|| panic!("{code:?} passed"));
            assert_eq!(error.issue().map(|issue| issue.code), Some(code), "{way:?}");
        }
        for (mode, (rows, rejects)) in [(OnError::Null, null), (OnError::Skip, skip)] {
            let found = rows_and_rejects(&builder.clone().with_on_error(mode), data, &Request::default());
            assert_eq!(found.0, rows, "{code:?} {mode:?}");
            assert_eq!(found.1, rejects, "{code:?} {mode:?}");
        }
    }
}

#[test]
fn padding_and_cutting_are_recorded_where_nothing_fails() {
    let builder = typed(&[Int64, Utf8View]).with_truncate_ragged_lines(true);
    let (rows, rejects) = rows_and_rejects(&builder, b"a,b\n1\n2,x,y\n\n", &Request::default());
    assert_eq!(rows, ["1|-", "2|x", "-|-"]);
    assert_eq!(
        rejects,
        [
            "2:4 2 too_few_fields pad \"1\" in \"1\"",
            "3:10 3 too_many_fields truncate \"y\" in \"2,x,y\"",
            "4:12 2 too_few_fields pad \"\" in \"\"",
        ]
    );
}

#[test]
fn what_stands_before_an_error_is_recorded_and_nothing_behind() {
    for way in ways(&typed(&[Int64, Int64])) {
        let rejects = Arc::new(Rejects::new(None));
        let request = Request { rejects: Some(Arc::clone(&rejects)), ..Request::default() };
        let error = read(&way, b"a,b\n1\n2\n3,x\n4\n", request).err().unwrap();
        assert_eq!(error.issue().map(|issue| issue.position.line), Some(4));
        let lines: Vec<_> = rejects.scan(0).unwrap().iter().map(|reject| reject.issue.position.line).collect();
        assert_eq!(lines, [2, 3], "{way:?}");
    }
}

#[test]
fn slices_filters_and_projections_record_what_they_ask_for() {
    let data = b"a,b,c\n1,x,1\n2,2,2,2\n3\n4,y,z\n5,5,5\n";
    let null = typed(&[Int64, Int64, Int64]).with_on_error(OnError::Null);
    let lines = |builder: &ReaderBuilder, request: Request| {
        let (rows, rejects) = rows_and_rejects(builder, data, &request);
        (
            rows.len(),
            rejects
                .into_iter()
                .map(|reject| reject.split(' ').take(3).collect::<Vec<_>>().join(" "))
                .collect::<Vec<_>>(),
        )
    };
    let of = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let structure = ["3:18 4 too_many_fields", "4:20 2 too_few_fields"];
    assert_eq!(
        lines(&null, Request::default()),
        (5, of(&["2:8 2 cast", structure[0], structure[1], "5:24 2 cast", "5:26 3 cast"]))
    );
    let only_c = Request { projection: Some(vec![2]), ..Request::default() };
    assert_eq!(lines(&null, only_c.clone()), (5, of(&[structure[0], structure[1], "5:26 3 cast"])));
    assert_eq!(lines(&null, Request { slice: Some((0, Some(2))), ..only_c.clone() }), (2, of(&structure[..1])));
    assert_eq!(
        lines(&null, Request { slice: Some((3, Some(1))), ..only_c.clone() }),
        (1, of(&[structure[0], structure[1], "5:26 3 cast"]))
    );
    assert_eq!(lines(&null, Request { slice: Some((-1, None)), ..only_c.clone() }), (1, of(&structure)));
    let limited = null.clone().with_limit(Some(1));
    assert_eq!(lines(&limited, Request::default()), (1, of(&["2:8 2 cast"])));
    let filter = Predicate::Compare {
        column: 0,
        comparison: Comparison::GreaterOrEqual,
        with: Operand::Value(Value::Integer(4)),
    };
    let filtered = Request { filter: Some(filter), ..Request::default() };
    assert_eq!(lines(&null, filtered.clone()), (2, of(&[structure[0], structure[1], "5:24 2 cast", "5:26 3 cast"])));
    // A broken cell of the filter's own column is told once, in every row.
    let by_b = Request { filter: Some(Predicate::IsNull(1)), ..Request::default() };
    assert_eq!(
        lines(&null, by_b.clone()).1,
        of(&["2:8 2 cast", structure[0], structure[1], "5:24 2 cast", "5:26 3 cast"])
    );
    let skip = null.with_on_error(OnError::Skip);
    assert_eq!(
        lines(&skip, Request::default()),
        (2, of(&["2:8 2 cast", structure[0], structure[1], "5:24 2 cast", "5:26 3 cast"]))
    );
    assert_eq!(lines(&skip, only_c), (3, of(&[structure[0], structure[1], "5:26 3 cast"])));
    assert_eq!(lines(&skip, filtered), (1, of(&[structure[0], structure[1], "5:24 2 cast", "5:26 3 cast"])));
    assert_eq!(lines(&skip, by_b), (1, of(&["2:8 2 cast", structure[0], structure[1], "5:24 2 cast"])));
    // Rows that are left out have no number.
    let numbered = Request {
        row_index: Some(RowIndex { name: "row".into(), offset: 0, wide: false }),
        projection: Some(vec![0]),
        ..Request::default()
    };
    assert_eq!(rows_and_rejects(&skip, data, &numbered).0, ["0|1", "1|3", "2|4", "3|5"]);
}

/// Where records go, rows are counted once they are gone, and what is recorded ends with the last row of a slice.
#[test]
fn a_slice_of_what_is_left_records_nothing_behind_it() {
    let mut data = String::from("a,b,c\n");
    for line in 2..60 {
        data += &match line % 9 {
            0 | 1 => format!("{line},x,{line}\n"),
            2 => format!("{line},{line},{line},{line}\n"),
            3 => format!("{line}\n"),
            4 => format!("{line},-,y\n"),
            _ => format!("{line},{line},{line}\n"),
        };
    }
    // The line that a quote opens is no row; the rest of the file is read.
    data += "60,\"60,60\n61,61,61\n62,z,62\n";
    let skip = typed(&[Int64, Int64, Int64]).with_on_error(OnError::Skip).with_short_records(ShortRecords::Raise);
    let line = |shown: &str| shown.split(['|', ':']).next().unwrap().parse::<i64>().unwrap();
    let (all, found) = rows_and_rejects(&skip, data.as_bytes(), &Request::default());
    assert_eq!((all.len(), found.len()), (26, 42));
    for offset in [0, 1, 7, 25, 26, 40, -1, -9, -26, -30] {
        for length in [None, Some(0), Some(1), Some(5), Some(19), Some(40)] {
            let first = if offset < 0 { all.len() as i64 + offset } else { offset };
            let end = length.map_or(26, |length| first + length as i64).clamp(0, 26);
            let rows = &all[first.clamp(0, end) as usize..end as usize];
            // From the end of the file nothing is behind it, and behind the last row is what is asked for beyond that.
            let last = match end {
                _ if offset < 0 => i64::MAX,
                0 => 0,
                _ if length.is_none_or(|length| offset + length as i64 > 26) => i64::MAX,
                end => line(&all[end as usize - 1]),
            };
            // Rows before a slice of none are read as any others.
            let last = if length == Some(0) && offset >= 26 { line(&all[25]).max(last) } else { last };
            let rejects: Vec<String> = found.iter().filter(|reject| line(reject) <= last).cloned().collect();
            for row_index in [None, Some(RowIndex { name: "row".into(), offset: 0, wide: false })] {
                let numbered = row_index.is_some();
                let request = Request { slice: Some((offset, length)), row_index, ..Request::default() };
                let (part, told) = rows_and_rejects(&skip, data.as_bytes(), &request);
                let number = |(at, row): (usize, &String)| match numbered {
                    true => format!("{}|{row}", first.max(0) as usize + at),
                    false => row.clone(),
                };
                assert_eq!(part, rows.iter().enumerate().map(number).collect::<Vec<_>>(), "{offset} {length:?}");
                assert_eq!(told, rejects, "{offset} {length:?}");
            }
        }
    }
    // A limit counts the records whose structure is right, and a slice what is left of them.
    let request = Request { slice: Some((1, Some(100))), ..Request::default() };
    let (part, told) = rows_and_rejects(&skip.clone().with_limit(Some(10)), data.as_bytes(), &request);
    assert_eq!(part, all[1..6]);
    assert_eq!(told.iter().map(|told| line(told)).max(), Some(13));
    // Which of the rows left out by a filter would be skipped is not known.
    let scan = skip.resolve(vec![Source::Bytes(Arc::new(data.into_bytes()))]).unwrap();
    let filter = Some(Predicate::IsNull(0));
    let error = scan.read(Request { filter, slice: Some((0, Some(1))), ..Request::default() }).err().unwrap();
    assert!(error.to_string().contains("may be skipped"), "{error}");
}

#[test]
fn a_record_behind_the_last_row_that_is_none_is_not_recorded() {
    let data = b"a,b\n1,x\n2,2\n3,3\n\"4,4\n5,5\n";
    for mode in [OnError::Null, OnError::Skip] {
        let builder = typed(&[Int64, Int64]).with_on_error(mode);
        for slice in [Some((0, Some(2))), Some((0, Some(3))), Some((1, Some(2))), Some((3, Some(0))), None] {
            // The answers of all chunks and thread counts are held against each other.
            let request = Request { slice, ..Request::default() };
            rows_and_rejects(&builder, data, &request);
            rows_and_rejects(&builder.clone().with_limit(Some(3)), data, &request);
        }
        let (_, told) = rows_and_rejects(&builder.with_limit(Some(3)), data, &Request::default());
        assert_eq!(told.len(), 1, "{told:?}");
    }
}

#[test]
fn memory_is_bounded_by_the_limit_and_the_rest_is_counted() {
    let rows: String = (0..2_000).map(|row| format!("{row},x{row}\n")).collect();
    let data = format!("a,b\n{rows}");
    for way in
        ways(&typed(&[Int64, Int64]).with_on_error(OnError::Null)).filter(|way| format!("{way:?}").contains("1048576"))
    {
        let rejects = Arc::new(Rejects::new(Some(3)));
        let scan = way.resolve(vec![Source::Bytes(Arc::new(data.clone().into_bytes()))]).unwrap();
        for _ in 0..2 {
            let request = Request { rejects: Some(Arc::clone(&rejects)), ..Request::default() };
            scan.read(request).unwrap().for_each(drop);
        }
        assert_eq!(rejects.scans(), 2);
        let lines: Vec<_> = rejects.scan(1).unwrap().iter().map(|reject| reject.issue.position.line).collect();
        assert_eq!(lines, [2, 3, 4]);
        let summary = rejects.summary(1).unwrap();
        assert_eq!(summary.len(), 1);
        assert_eq!(
            (summary[0].code, summary[0].count, summary[0].column_name.as_deref()),
            (Code::Cast, 2_000, Some("b"))
        );
        rejects.clear();
        assert_eq!((rejects.scans(), rejects.scan(0)), (0, None));
    }
}

#[test]
fn a_long_cell_is_recorded_in_part() {
    let builder = typed(&[Int64, Int64]).with_on_error(OnError::Null);
    let data = format!("a,b\n1,{}\n", "x".repeat(100_000));
    let rejects = Arc::new(Rejects::new(None));
    let request = Request { rejects: Some(Arc::clone(&rejects)), ..Request::default() };
    read(&builder, data.as_bytes(), request).unwrap();
    let reject = &rejects.scan(0).unwrap()[0];
    assert!(reject.truncated && reject.raw.len() == 4096 && reject.issue.value.as_ref().unwrap().len() == 1024);
    assert_eq!(reject.action, Action::Null);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Faults planted in a table are found where they were planted, and nothing else is.
    #[test]
    fn planted_faults_are_found_and_nothing_else(
        rows in prop::collection::vec((0..9_u8, any::<bool>()), 0..60),
        skips in any::<bool>(),
        crlf in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut data = format!("a,b,c{end}");
        let (mut line, mut expected, mut kept) = (2, Vec::new(), 0);
        for (record, &(kind, multiline)) in rows.iter().enumerate() {
            // A newline in quotes, so that lines and records part.
            let text = if multiline { "\"t\n,\"\"u\"" } else { "t" };
            let byte = data.len();
            let inner = if multiline { 1 } else { 0 };
            let (written, fault) = match kind {
                0 => (format!("x,{text},1"), Some((0, 0, 1, Code::Cast))),
                1 => (format!("1,{text},999"), Some((3 + text.len(), inner, 3, Code::Overflow))),
                2 => (format!("1,{text},1,extra"), Some((5 + text.len(), inner, 4, Code::TooManyFields))),
                3 => (format!("1,{text}"), Some((0, 0, 3, Code::TooFewFields))),
                _ => (format!("1,{text},1"), None),
            };
            data.push_str(&written);
            data.push_str(end);
            if let Some((at, lines, column, code)) = fault {
                expected.push((record as u64 + 1, line + lines, (byte + at) as u64, column, code));
            }
            kept += usize::from(fault.is_none() || !skips || kind == 3);
            line += 1 + inner;
        }
        let builder = typed(&[Int64, Utf8View, Int8]).with_on_error(if skips { OnError::Skip } else { OnError::Null });
        for way in ways(&builder) {
            let rejects = Arc::new(Rejects::new(None));
            let request = Request { rejects: Some(Arc::clone(&rejects)), ..Request::default() };
            let batch = read(&way, data.as_bytes(), request).unwrap();
            prop_assert_eq!(batch.num_rows(), kept);
            let found: Vec<_> = rejects.scan(0).unwrap().iter().map(|reject| {
                let place = &reject.issue.position;
                (place.record, place.line, place.byte, place.column, reject.issue.code)
            }).collect();
            prop_assert_eq!(&found, &expected);
        }
    }
}
