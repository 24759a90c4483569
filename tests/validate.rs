//! Rules held against the rows of a file: what is told of a row is the same in every kind of chunk, at any thread count and on
//! streams, and is what a reading of the cells one by one finds.

mod common;

use arrow::datatypes::DataType::{Float64, Int64, Utf8View};
use common::drain;
use fast_csv::predicate::{Comparison, Operand, Predicate, Value};
use fast_csv::validate::{Keys, Nulls, Outcome, Rule, Test, Validation};
use fast_csv::{OnError, ReaderBuilder, Rejects, ShortRecords, Source};
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::Write;
use std::sync::Arc;

fn rule(name: &str, columns: &[usize], test: Test) -> Rule {
    Rule { name: name.into(), expected: format!("keeps {name}"), columns: columns.into(), test }
}

fn builder() -> ReaderBuilder {
    let columns = [("a", Int64), ("b", Utf8View), ("c", Float64)].map(|(name, kind)| (name.to_owned(), kind));
    ReaderBuilder::new()
        .with_schema(columns.to_vec())
        .with_on_error(OnError::Null)
        .with_short_records(ShortRecords::Raise)
}

fn all_rules() -> Vec<Rule> {
    let compare = |comparison, value| {
        Test::Holds(Predicate::Compare { column: 0, comparison, with: Operand::Value(Value::Integer(value)) })
    };
    vec![
        rule("required", &[1], Test::Required),
        rule("minimum", &[0], compare(Comparison::GreaterOrEqual, 3)),
        rule("length", &[1], Test::Length(1, 2)),
        rule("pattern", &[1], Test::pattern(r"\A[a-cé]*\z").unwrap()),
        rule("rising", &[0], Test::Monotonic { descending: false, strict: false }),
        rule("unique", &[0], Test::Unique { all: false, nulls: Nulls::Exempt }),
        rule("all_unique", &[1], Test::Unique { all: true, nulls: Nulls::Equal }),
        rule("key", &[0, 1], Test::Unique { all: false, nulls: Nulls::EqualUnlessAll }),
        rule("reference", &[0], Test::AmongColumns(vec![0], Nulls::Exempt)),
        rule("elsewhere", &[2, 0], Test::Elsewhere),
    ]
}

type Cells = (Option<i64>, Option<String>);

/// What each of these rules says of rows, cell by cell.
fn expected(rows: &[Cells]) -> BTreeSet<(usize, &'static str)> {
    let mut found = BTreeSet::new();
    let mut count: HashMap<&Option<String>, usize> = HashMap::new();
    rows.iter().for_each(|(_, b)| *count.entry(b).or_default() += 1);
    let (mut seen, mut keys, mut last) = (HashSet::new(), HashSet::new(), None);
    for (row, (a, b)) in rows.iter().enumerate() {
        let mut note = |name: &'static str, wrong: bool| {
            if wrong {
                found.insert((row, name));
            }
        };
        note("required", b.is_none());
        note("minimum", a.is_some_and(|a| a < 3));
        note("length", b.as_ref().is_some_and(|b| b.chars().count() > 2));
        note("pattern", b.as_ref().is_some_and(|b| !b.chars().all(|each| "abcé".contains(each))));
        if let Some(a) = a {
            note("rising", last.is_some_and(|last| *a < last));
            last = Some(*a);
            note("unique", !seen.insert(*a));
        }
        note("all_unique", count[b] > 1);
        note("key", (a.is_some() || b.is_some()) && !keys.insert((a, b)));
        note("elsewhere", row % 3 == 2);
    }
    found
}

/// Every way gives the same rejects, of which each is shown as its record and rule.
fn found(data: &[u8], rules: impl Fn() -> Vec<Rule>, noted: impl Fn(u64) -> Vec<u64>) -> (Vec<String>, Outcome) {
    let sources: Vec<Box<dyn Fn() -> Source>> = vec![
        Box::new(|| Source::Bytes(Arc::new(data.to_vec()))),
        Box::new(|| {
            let mut file = tempfile::NamedTempFile::with_suffix(".gz").unwrap();
            let mut gzip = flate2::write::GzEncoder::new(&mut file, flate2::Compression::fast());
            gzip.write_all(data).unwrap();
            gzip.finish().unwrap();
            Source::Path(file.into_temp_path().keep().unwrap())
        }),
    ];
    let mut answers = Vec::new();
    for chunk in [1, 7, 64, 1 << 20] {
        for threads in [1, 2, 4] {
            for (at, source) in sources.iter().enumerate() {
                if at > 0 && chunk != 64 {
                    continue;
                }
                let way = builder().with_chunk_bytes(chunk).with_threads(threads);
                let source = source();
                let rejects = Arc::new(Rejects::new(None));
                let scan = way.resolve(vec![source.clone()]).unwrap();
                let validation = Validation::new(scan, rules(), &rejects).unwrap();
                let rows = drain(&mut validation.read(vec![0], None).unwrap()).unwrap().num_rows() as u64;
                validation.note(rules().len() - 1, noted(rows));
                let outcome = validation.finish(|| true).unwrap();
                assert_eq!(outcome.rows, rows);
                if let Source::Path(path) = source {
                    std::fs::remove_file(path).unwrap();
                }
                let told = rejects.scan(0).unwrap().into_iter().map(|reject| {
                    let issue = reject.issue;
                    let (place, word) =
                        (issue.position, issue.rule.as_deref().unwrap_or(issue.code.as_str()).to_owned());
                    let begin = place.byte as usize;
                    if place.column > 0 && reject.action != fast_csv::Action::Drop {
                        let value = issue.value.clone().unwrap();
                        let text = String::from_utf8_lossy(&data[begin..]);
                        assert!(
                            text.trim_start_matches('"').starts_with(value.split('"').next().unwrap()),
                            "{value:?}"
                        );
                    }
                    let lines = data[..begin].iter().filter(|&&byte| byte == b'\n').count() as u64;
                    assert_eq!(place.line, lines + 1);
                    format!("{} {word} {}", place.record, reject.action.as_str())
                });
                let mut told: Vec<String> = told.collect();
                told.sort();
                let summary = rejects.summary(0).unwrap();
                assert_eq!(summary.iter().map(|one| one.count).sum::<u64>(), told.len() as u64);
                let ruled: u64 = summary.iter().filter(|one| one.rule.is_some()).map(|one| one.count).sum();
                assert_eq!(outcome.broken.iter().sum::<u64>(), ruled);
                answers.push((told, outcome, (chunk, threads, at)));
            }
        }
    }
    let (told, outcome, _) = answers.swap_remove(0);
    for (other, other_outcome, way) in &answers {
        assert_eq!((other, &other_outcome.bad), (&told, &outcome.bad), "{way:?}");
        assert_eq!(other_outcome.broken, outcome.broken, "{way:?}");
    }
    (told, outcome)
}

fn csv(rows: &[Cells]) -> String {
    let line = |(a, b): &Cells| {
        let b = b.as_ref().map_or(String::new(), |b| format!("\"{b}\""));
        format!("{},{b},1.5\n", a.map_or(String::new(), |a| a.to_string()))
    };
    "a,b,c\n".to_owned() + &rows.iter().map(line).collect::<String>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_rule_finds_what_a_look_at_each_cell_finds(
        rows in prop::collection::vec((prop::option::of(0..9_i64), prop::option::of("[abcdé\n]{1,3}")), 0..60)
    ) {
        let noted = |rows: u64| (0..rows).filter(|row| row % 3 == 2).collect();
        let (told, outcome) = found(csv(&rows).as_bytes(), all_rules, noted);
        let expected = expected(&rows);
        let mut words: Vec<String> =
            expected.iter().map(|(row, rule)| format!("{} {rule} skip", row + 1)).collect();
        words.sort();
        prop_assert_eq!(told, words);
        let broken = all_rules().into_iter().map(|rule| expected.iter().filter(|(_, name)| *name == rule.name).count());
        prop_assert_eq!(outcome.broken, broken.map(|count| count as u64).collect::<Vec<_>>());
        let bad: BTreeSet<u64> = expected.iter().map(|&(row, _)| row as u64).collect();
        prop_assert_eq!(outcome.bad.within(0..u64::MAX).collect::<BTreeSet<_>>(), bad);
    }
}

#[test]
fn rules_of_one_name_and_column_are_counted_apart() {
    let unique = |columns: &[usize]| rule("same", columns, Test::Unique { all: false, nulls: Nulls::Exempt });
    let keys = ["a,b,c", "1,x,3", "1,x,4", "1,y,3", "1,y,,9", "x,y,1", ""].join("\n");
    let rules = || {
        let length = rule("same", &[1], Test::Length(2, 9));
        vec![unique(&[0, 1]), unique(&[0, 2]), length, unique(&[1]), unique(&[1]), rule("same", &[0], Test::Elsewhere)]
    };
    let (_, outcome) = found(keys.as_bytes(), rules, |_| vec![2]);
    assert_eq!(outcome.broken, [2, 1, 5, 3, 3, 1]);
}

#[test]
fn broken_cells_and_records_are_told_once_and_their_other_cells_judged() {
    let data = b"a,b,c\n1,x,1\nx,,2\n5\n6,a,1,9\n7,ab,y\n\"8,a,1\n9,a,1\n";
    let rules = || {
        vec![
            rule("required", &[0], Test::Required),
            rule("required", &[1], Test::Required),
            rule("length", &[1], Test::Length(2, 9)),
            rule("elsewhere", &[2], Test::Elsewhere),
        ]
    };
    let (told, outcome) = found(data, rules, |_| Vec::new());
    let expected = [
        "1 length skip",
        // Its first cell is no number, and not told as null.
        "2 cast skip",
        "2 required skip",
        // Fields that are missing are told as such.
        "3 too_few_fields skip",
        "4 length skip",
        "4 too_many_fields skip",
        "5 cast skip",
        "6 unclosed_quote drop",
        "7 length skip",
    ];
    assert_eq!(told, expected);
    // The line that was dropped is no row.
    assert_eq!(outcome.rows, 6);
    assert_eq!(outcome.bad.within(0..9).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn what_an_option_accepts_is_not_bad() {
    let rejects = Arc::new(Rejects::new(None));
    let data = Source::Bytes(Arc::new("a,b,c\n1\n2,x,1,9\n3,y,1\n"));
    let way = builder().with_short_records(ShortRecords::Null).with_truncate_ragged_lines(true);
    let rules = vec![rule("required", &[1], Test::Required)];
    let validation = Validation::new(way.resolve(vec![data]).unwrap(), rules, &rejects).unwrap();
    drain(&mut validation.read(Vec::new(), None).unwrap()).unwrap();
    let outcome = validation.finish(|| true).unwrap();
    let told: Vec<_> =
        rejects.scan(0).unwrap().iter().map(|reject| (reject.issue.code.as_str(), reject.action)).collect();
    use fast_csv::Action::{Pad, Skip, Truncate};
    assert_eq!(told, [("too_few_fields", Pad), ("null_in_required", Skip), ("too_many_fields", Truncate)]);
    assert_eq!(outcome.bad.within(0..9).collect::<Vec<_>>(), [0]);
}

#[test]
fn references_to_a_frame_and_to_other_columns_go_by_value() {
    let column = |values: &[i64]| Arc::new(arrow::array::Int64Array::from(values.to_vec())) as _;
    let frame = arrow::array::RecordBatch::try_from_iter([("id", column(&[1, 2, 3]))]).unwrap();
    let rules = || {
        vec![
            rule("frame", &[0], Test::Among(Keys::new(std::slice::from_ref(&frame)), Nulls::Exempt)),
            rule("file", &[0], Test::AmongColumns(vec![1], Nulls::Exempt)),
        ]
    };
    let columns = ["a", "b"].map(|name| (name.to_owned(), Int64));
    let data = Source::Bytes(Arc::new("a,b\n1,2\n2,9\n4,\n,4\n9,7\n7,-1\n"));
    for chunk in [1, 16, 1 << 20] {
        let way =
            ReaderBuilder::new().with_schema(columns.to_vec()).with_on_error(OnError::Null).with_chunk_bytes(chunk);
        let rejects = Arc::new(Rejects::new(None));
        let scan = way.resolve(vec![data.clone()]).unwrap();
        let validation = Validation::new(scan, rules(), &rejects).unwrap();
        drain(&mut validation.read(Vec::new(), None).unwrap()).unwrap();
        validation.finish(|| true).unwrap();
        let all = rejects.scan(0).unwrap();
        let told: Vec<_> =
            all.iter().map(|reject| (reject.issue.position.line, reject.issue.rule.as_deref().unwrap())).collect();
        assert_eq!(told, [(2, "file"), (4, "frame"), (6, "frame"), (7, "frame")]);
    }
}

#[test]
fn a_rule_that_does_not_suit_its_column_is_refused() {
    let scan = || builder().resolve(vec![Source::Bytes(Arc::new("a,b,c\n"))]).unwrap();
    for (test, columns, text) in [
        (Test::Length(0, 1), &[0][..], "is for one text, not for Int64"),
        (Test::pattern("a").unwrap(), &[2], "is for one text, not for Float64"),
        (Test::Required, &[7], "there is no column 7"),
        (Test::Required, &[], "at least one column"),
        (Test::AmongColumns(vec![1], Nulls::Exempt), &[0], "of the types that it refers to"),
    ] {
        let refused = Validation::new(scan(), vec![rule("r", columns, test)], &Arc::new(Rejects::new(None)));
        let said = refused.unwrap_err().to_string();
        assert!(said.contains(text) || said.contains("one column at least"), "{said}");
    }
    assert!(Test::pattern("a(").unwrap_err().to_string().contains("the pattern \"a(\""));
}
