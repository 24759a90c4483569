//! Profiles of any bytes: no panic, the counts of a read, and the same at any number of threads.

mod common;

use arrow::array::{Array, AsArray};
use arrow::compute::{max, min};
use arrow::datatypes::DataType::{Decimal128, Float32, Float64, Int64, Utf8View};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use common::drain;
use fast_csv::decode::ColumnType;
use fast_csv::profile::{Profile, Profiling, QUANTILES};
use fast_csv::{Encoding, OnError, ReaderBuilder, Request, Result, Source};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

fn bytes(data: &[u8]) -> Vec<Source> {
    vec![Source::Bytes(Arc::new(data.to_vec()))]
}

fn profile(builder: &ReaderBuilder, data: &[u8]) -> Result<Profile> {
    let scan = builder.resolve(bytes(data))?;
    let mut profiling = Profiling::new(&scan, Request::default())?;
    loop {
        if let Some(profile) = profiling.next_within(Duration::from_secs(60))? {
            return Ok(profile);
        }
    }
}

fn of_type(data_type: DataType) -> ReaderBuilder {
    ReaderBuilder::new().with_schema(vec![("a".into(), data_type), ("b".into(), Utf8View)])
}

/// What is the same to the last digit.
fn all(profile: &Profile) -> String {
    format!("{profile:?}")
}

proptest! {
    #[test]
    fn any_bytes_have_a_profile_or_an_error(
        data in prop::collection::vec(prop::sample::select(b"12.-e,\"\nxnai\xff".to_vec()), 0..300),
        is_typed: bool,
    ) {
        let builder = if is_typed { of_type(Int64) } else { ReaderBuilder::new() };
        for on_error in [OnError::Raise, OnError::Null, OnError::Skip] {
            let builder = builder.clone().with_on_error(on_error).with_encoding(Encoding::Utf8Lossy).with_raise_if_empty(false);
            let read = builder.resolve(bytes(&data)).and_then(|scan| drain(&mut scan.read(Request::default())?));
            let found = profile(&builder, &data);
            prop_assert_eq!(found.as_ref().err().map(ToString::to_string), read.as_ref().err().map(ToString::to_string));
            let (Ok(found), Ok(rows)) = (found, read) else { continue };
            prop_assert_eq!(found.rows, rows.num_rows() as u64);
            for (column, array) in found.columns.iter().zip(rows.columns()) {
                prop_assert_eq!(column.nulls, array.logical_null_count() as u64);
                prop_assert_eq!(column.count + column.nulls, found.rows);
                if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
                    let extremes = column.extremes.as_primitive::<Int64Type>();
                    prop_assert_eq!(extremes.iter().collect::<Vec<_>>(), [min(numbers), max(numbers)]);
                }
            }
            let tiny = builder.clone().with_chunk_bytes(20);
            let one = profile(&tiny.clone().with_threads(1), &data).unwrap();
            prop_assert_eq!(all(&profile(&tiny.with_threads(3), &data).unwrap()), all(&one));
        }
    }
}

#[test]
fn columns_of_many_values_do_not_depend_on_the_threads() {
    let mut data = String::from("a,b\n");
    for row in 0..200_000_u64 {
        let mixed = row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        data += &format!("{mixed},text {}\n", mixed % 70_000);
    }
    for data_type in [Int64, Float32, Utf8View] {
        let one = profile(&of_type(data_type.clone()).with_threads(1), data.as_bytes()).unwrap();
        assert!(one.columns.iter().all(|column| !column.is_exact && column.count == 200_000), "{one:?}");
        for threads in [2, 5, 16] {
            let other = profile(&of_type(data_type.clone()).with_threads(threads), data.as_bytes()).unwrap();
            assert_eq!(all(&other), all(&one), "{threads}");
        }
        let text = one.columns[1].distinct.unwrap();
        assert!((48_000..52_500).contains(&text), "{text}");
    }
}

#[test]
fn values_that_nearly_all_differ_are_counted_while_they_are_few() {
    for (distinct, rows) in [(300_u64, 300_u64), (2000, 2000), (1500, 4000), (4096, 4096)] {
        let value = |row: u64| (row % distinct) * 7919 % distinct;
        let data: String =
            std::iter::once("a\n".to_owned()).chain((0..rows).map(|row| format!("{}.5\n", value(row)))).collect();
        let mut values: Vec<u64> = (0..rows).map(value).collect();
        values.sort_unstable();
        for chunk in [2000, 1 << 20] {
            let builder = ReaderBuilder::new().with_schema(vec![("a".into(), Float64)]).with_chunk_bytes(chunk);
            let found = &profile(&builder, data.as_bytes()).unwrap().columns[0];
            assert!(found.is_exact && found.distinct == Some(distinct), "{distinct} of {rows}: {found:?}");
            let quantiles = found.quantiles.as_primitive::<Float64Type>();
            for (share, quantile) in QUANTILES.iter().zip(quantiles.values()) {
                let rank = (share * (rows - 1) as f64).round() as usize;
                assert_eq!(*quantile, values[rank] as f64 + 0.5, "{share} of {distinct} in {rows}");
            }
            assert!(found.common_counts.iter().all(|count| *count == rows.div_ceil(distinct)), "{found:?}");
        }
    }
}

/// So many columns that pieces are large and of few rows, of which each is thinned: with values that rise, that fall in a few places, and
/// that are as good as random, and one value that stands in every fiftieth row.
#[test]
fn columns_of_wide_tables_are_ranked_within_a_percent() {
    const COLUMNS: usize = 60;
    const COMMON: f64 = 5e5;
    let value = |row: usize, column: usize| match (row % 50, column % 3) {
        (7, _) => COMMON,
        (_, 0) => row as f64,
        (_, 1) => (row % 16 * 2500 + row / 16) as f64 * -0.5,
        _ => ((row * COLUMNS + column) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) as f64 / 1e14,
    };
    let names: Vec<String> = (0..COLUMNS).map(|column| format!("c{column}")).collect();
    let builder = ReaderBuilder::new().with_schema(names.iter().map(|name| (name.clone(), Float64)).collect());
    for rows in [4500, 8000, 30_000] {
        let mut data = names.join(",") + "\n";
        for row in 0..rows {
            let cells: Vec<String> = (0..COLUMNS).map(|column| value(row, column).to_string()).collect();
            data += &(cells.join(",") + "\n");
        }
        let found = profile(&builder.clone().with_threads(2), data.as_bytes()).unwrap();
        for (column, found) in found.columns.iter().enumerate() {
            let mut values: Vec<f64> = (0..rows).map(|row| value(row, column)).collect();
            values.sort_unstable_by(f64::total_cmp);
            let rank = |value: f64| {
                let (low, high) =
                    (values.partition_point(|other| *other < value), values.partition_point(|other| *other <= value));
                (low as f64 / rows as f64, high as f64 / rows as f64)
            };
            for (share, quantile) in QUANTILES.iter().zip(found.quantiles.as_primitive::<Float64Type>().values()) {
                let (low, high) = rank(*quantile);
                assert!(
                    low - 0.01 <= *share && *share <= high + 0.01,
                    "{share} in {column} of {rows}: {low} to {high}"
                );
            }
            let common = found.common.as_primitive::<Float64Type>();
            let place = common.values().iter().position(|value| *value == COMMON);
            let count = place.map_or(0, |place| found.common_counts[place]);
            assert!((rows as u64 / 50).abs_diff(count) < rows as u64 / 200, "{count} in {column} of {rows}");
            let histogram = found.histogram.as_ref().unwrap();
            let (mut passed, mut counts) = (0, histogram.counts.iter());
            for edge in &histogram.edges.as_primitive::<Float64Type>().values()[1..20] {
                passed += counts.next().unwrap();
                let share = passed as f64 / rows as f64;
                assert!((share - rank(*edge).0).abs() < 0.01, "{edge} in {column} of {rows}");
            }
        }
    }
}

#[test]
fn decimals_and_wide_integers_have_moments() {
    let builder = ReaderBuilder::new()
        .with_schema(vec![("a".into(), Decimal128(20, 2).into()), ("b".into(), ColumnType::Int128)]);
    let wide = i128::MAX;
    let found = profile(&builder, format!("a,b\n1.50,{wide}\n2.50,-{wide}\n,\n").as_bytes()).unwrap();
    let [a, b] = found.columns.as_slice() else { panic!("{found:?}") };
    assert_eq!((a.count, a.mean, a.distinct, b.count, b.mean), (2, Some(2.0), Some(2), 2, Some(0.0)));
    assert_eq!(b.extremes.as_fixed_size_binary().value(1), wide.to_le_bytes());
    assert_eq!(b.histogram.as_ref().map(|histogram| histogram.counts.iter().sum::<u64>()), Some(2));
}
