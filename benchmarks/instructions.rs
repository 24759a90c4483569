//! Reads whose instructions are counted: `instructions CASE READS` reads a small text of that case so many times.
//!
//! `instructions.py` runs this under callgrind, with reads and without, and holds the difference against a committed baseline.
//! Time does not matter here, so each answer is checked in the same run. Without arguments it lists the cases.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, Int64Array};
use arrow::datatypes::{DataType, TimeUnit};
use fast_csv::predicate::{Comparison, Operand, Predicate, Value};
use fast_csv::{ReaderBuilder, Request, Source};

/// Cells of a text: enough that what a read costs once does not count.
const CELLS: usize = 40_000;

struct Case {
    name: &'static str,
    columns: usize,
    kind: DataType,
    cell: fn(&mut Random, &mut String),
    want: Want,
}

/// What a read asks for.
#[derive(Clone, Copy)]
enum Want {
    All,
    /// The first columns.
    Columns(usize),
    /// All columns of the rows whose first number is below this.
    Below(i64),
    Count,
}

/// A fixed sequence of numbers without a pattern.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn cases() -> Vec<Case> {
    use DataType::{Boolean, Date32, Float64, Int64, UInt8, Utf8View};
    let number: fn(&mut Random, &mut String) = |random, text| put(text, random.below(10_000_000));
    let case = |name, columns, kind, cell, want| Case { name, columns, kind, cell, want };
    vec![
        case("int64", 8, Int64, number, Want::All),
        case("uint8", 8, UInt8, |random, text| put(text, random.below(256)), Want::All),
        case("float64, 17 digits", 8, Float64, |random, text| put(text, random.below(1 << 53) as f64 / 1e9), Want::All),
        case(
            "float64, 2 decimals",
            8,
            Float64,
            |random, text| put(text, random.below(1 << 20) as f64 / 100.0),
            Want::All,
        ),
        case("boolean", 8, Boolean, |random, text| put(text, random.below(2) == 0), Want::All),
        case("date", 8, Date32, date, Want::All),
        case(
            "datetime",
            8,
            DataType::Timestamp(TimeUnit::Microsecond, None),
            |random, text| {
                date(random, text);
                write!(
                    text,
                    " {:02}:{:02}:{:02}.{:06}",
                    random.below(24),
                    random.below(60),
                    7,
                    random.below(1_000_000)
                )
                .expect("a string takes everything");
            },
            Want::All,
        ),
        case(
            "text, 8 bytes",
            8,
            Utf8View,
            |random, text| put(text, format_args!("w{:07}", random.below(10_000_000))),
            Want::All,
        ),
        case(
            "text, 20 bytes, quoted",
            8,
            Utf8View,
            |random, text| put(text, format_args!("\"of, {:016}\"", random.below(1 << 50))),
            Want::All,
        ),
        case(
            "text, escaped",
            8,
            Utf8View,
            |random, text| put(text, format_args!("\"a \"\"{:08}\"\" or\nso\"", random.below(1 << 24))),
            Want::All,
        ),
        case(
            "some empty",
            8,
            Int64,
            |random, text| match random.below(5) {
                0 => {}
                _ => put(text, random.below(1000)),
            },
            Want::All,
        ),
        case("1,000 columns", 1000, Float64, |random, text| put(text, random.below(1 << 20) as f64 / 100.0), Want::All),
        case(
            "3 of 1,000 columns",
            1000,
            Float64,
            |random, text| put(text, random.below(1 << 20) as f64 / 100.0),
            Want::Columns(3),
        ),
        case("2 of 16 columns", 16, Int64, number, Want::Columns(2)),
        case("a filter that keeps 1 of 100", 16, Int64, number, Want::Below(100_000)),
        case("a filter that keeps half", 16, Int64, number, Want::Below(5_000_000)),
        case("a count", 8, Int64, number, Want::Count),
        case(
            "a count of quoted records",
            8,
            Utf8View,
            |random, text| put(text, format_args!("\"of\n{:016}\"", random.below(1 << 50))),
            Want::Count,
        ),
    ]
}

fn put(text: &mut String, value: impl std::fmt::Display) {
    write!(text, "{value}").expect("a string takes everything");
}

fn date(random: &mut Random, text: &mut String) {
    put(text, format_args!("{}-{:02}-{:02}", 1970 + random.below(60), 1 + random.below(12), 1 + random.below(28)));
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [name, reads] = arguments.as_slice() else {
        cases().iter().for_each(|case| println!("{}\t{}", case.name, CELLS / case.columns * case.columns));
        return;
    };
    let case = cases().into_iter().find(|case| case.name == name).expect("the name of a case");
    let rows = CELLS / case.columns;
    let mut random = Random(88_172_645_463_325_252);
    let mut text = String::new();
    for _ in 0..rows {
        for column in 0..case.columns {
            if column > 0 {
                text.push(',');
            }
            (case.cell)(&mut random, &mut text);
        }
        text.push('\n');
    }
    let schema = (0..case.columns).map(|column| (format!("c{column}"), case.kind.clone())).collect();
    let scan = ReaderBuilder::new()
        .with_header(false)
        .with_schema(schema)
        .with_threads(1)
        .resolve(vec![Source::Bytes(Arc::new(text))])
        .expect("the text has the schema's columns");
    for _ in 0..reads.parse().expect("a number of reads") {
        let mut found = 0;
        let request = match case.want {
            Want::Count => {
                assert_eq!(scan.count_rows().expect("the text is sound"), rows as u64);
                continue;
            }
            Want::All => Request::default(),
            Want::Columns(columns) => Request { projection: Some((0..columns).collect()), ..Request::default() },
            Want::Below(limit) => {
                let with = Operand::Value(Value::Integer(limit.into()));
                let below = Predicate::Compare { column: 0, comparison: Comparison::Less, with };
                Request { filter: Some(below), ..Request::default() }
            }
        };
        for batch in scan.read(request).expect("the columns are there") {
            let batch = batch.expect("the text is sound");
            if let Want::Below(limit) = case.want {
                let numbers = batch.column(0).as_any().downcast_ref::<Int64Array>().expect("numbers");
                assert!(numbers.values().iter().all(|&number| number < limit));
            }
            found += batch.num_rows();
        }
        match case.want {
            Want::Below(_) => assert!(found > 0 && found < rows),
            _ => assert_eq!(found, rows),
        }
    }
}
