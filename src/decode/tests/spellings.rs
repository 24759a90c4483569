//! Every common way of writing a value against its exact twin, the standard library and chrono.

use arrow::array::{Array, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, StringViewArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, DurationMillisecondType, DurationNanosecondType, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time64NanosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use proptest::prelude::*;

use super::{decode, lay_out, spec, window};
use crate::decode::parse::{self, Unit};
use crate::decode::{Cause, ColumnSpec, ColumnType, Decoder, Failure};

/// One value a cell that is not null, by the type's scalar twin.
fn assert_twin<T: ArrowPrimitiveType>(
    data_type: DataType,
    cells: &[&str],
    twin: impl Fn(&[u8]) -> Result<T::Native, Cause>,
) {
    assert_twin_of::<T>(spec(data_type), cells, twin);
}

/// The same with a comma for the dot.
fn comma(data_type: DataType) -> ColumnSpec {
    ColumnSpec { decimal_mark: b',', ..spec(data_type) }
}

fn assert_twin_of<T: ArrowPrimitiveType>(
    spec: ColumnSpec,
    cells: &[&str],
    twin: impl Fn(&[u8]) -> Result<T::Native, Cause>,
) {
    for cell in cells {
        let (array, failure) = decode(&spec, &[cell, cell]);
        let expected = if cell.is_empty() { Ok(None) } else { twin(cell.as_bytes()).map(Some) };
        assert_eq!(failure.map(|failure| failure.cause), expected.err(), "{cell:?}");
        assert_eq!(failure.map_or(2, |failure| failure.row), array.len());
        let array: &PrimitiveArray<T> = array.as_primitive();
        for value in array {
            assert_eq!(format!("{value:?}"), format!("{:?}", expected.unwrap()), "{cell:?}");
        }
    }
}

fn assert_all_twins(cells: &[&str]) {
    assert_twin_of::<Float64Type>(comma(DataType::Float64), cells, |text| parse::decimal(text, b','));
    assert_twin_of::<Float32Type>(comma(DataType::Float32), cells, |text| parse::decimal(text, b','));
    let commas: Vec<String> = cells.iter().map(|cell| cell.replace('.', ",")).collect();
    let commas: Vec<&str> = commas.iter().map(String::as_str).collect();
    assert_twin_of::<Float64Type>(comma(DataType::Float64), &commas, |text| parse::decimal(text, b','));
    assert_twin_of::<Float32Type>(comma(DataType::Float32), &commas, |text| parse::decimal(text, b','));
    assert_twin::<Int8Type>(DataType::Int8, cells, parse::integer);
    assert_twin::<Int16Type>(DataType::Int16, cells, parse::integer);
    assert_twin::<Int32Type>(DataType::Int32, cells, parse::integer);
    assert_twin::<Int64Type>(DataType::Int64, cells, parse::integer);
    assert_twin::<UInt8Type>(DataType::UInt8, cells, parse::integer);
    assert_twin::<UInt16Type>(DataType::UInt16, cells, parse::integer);
    assert_twin::<UInt32Type>(DataType::UInt32, cells, parse::integer);
    assert_twin::<UInt64Type>(DataType::UInt64, cells, parse::integer);
    assert_twin::<Float32Type>(DataType::Float32, cells, parse::float);
    assert_twin::<Float64Type>(DataType::Float64, cells, parse::float);
    assert_twin::<Date32Type>(DataType::Date32, cells, parse::date);
    assert_twin::<Time64NanosecondType>(DataType::Time64(TimeUnit::Nanosecond), cells, parse::time);
    assert_twin::<Float16Type>(DataType::Float16, cells, |text| parse::half(text, b'.'));
    assert_twin_of::<Float16Type>(comma(DataType::Float16), &commas, |text| parse::half(text, b','));
    for (precision, scale) in [(38, 0), (38, 38), (38, 20), (19, 2), (5, 5), (1, 0), (20, 18)] {
        let decimal = DataType::Decimal128(precision, scale as i8);
        let twin = |mark| move |text: &[u8]| parse::fixed(text, mark, precision, scale);
        assert_twin::<Decimal128Type>(decimal.clone(), cells, twin(b'.'));
        assert_twin_of::<Decimal128Type>(comma(decimal), &commas, twin(b','));
    }
    assert_twin::<DurationMillisecondType>(DataType::Duration(TimeUnit::Millisecond), cells, |text| {
        parse::duration(text, Unit::Milli)
    });
    assert_twin::<DurationNanosecondType>(DataType::Duration(TimeUnit::Nanosecond), cells, |text| {
        parse::duration(text, Unit::Nano)
    });
    for cell in cells.iter().filter(|cell| !cell.is_empty()) {
        let signed = parse::int128(cell.as_bytes()).map(i128::to_le_bytes);
        let unsigned = parse::uint128(cell.as_bytes()).map(u128::to_le_bytes);
        for (column_type, wanted) in [(ColumnType::Int128, signed), (ColumnType::UInt128, unsigned)] {
            let (array, failure) = decode(&spec(column_type), &[cell]);
            match wanted {
                Ok(bytes) => assert_eq!(array.as_fixed_size_binary().value(0), bytes, "{cell:?}"),
                Err(cause) => assert_eq!(failure, Some(Failure { row: 0, cause }), "{cell:?}"),
            }
        }
    }
    let stamp = |unit| DataType::Timestamp(unit, None);
    assert_twin::<TimestampMillisecondType>(stamp(TimeUnit::Millisecond), cells, |text| {
        parse::datetime(text, Unit::Milli)
    });
    assert_twin::<TimestampMicrosecondType>(stamp(TimeUnit::Microsecond), cells, |text| {
        parse::datetime(text, Unit::Micro)
    });
    assert_twin::<TimestampNanosecondType>(stamp(TimeUnit::Nanosecond), cells, |text| {
        parse::datetime(text, Unit::Nano)
    });
    for cell in cells.iter().filter(|cell| !cell.is_empty()) {
        let (array, failure) = decode(&spec(DataType::Boolean), &[cell]);
        match parse::boolean(cell.as_bytes()) {
            Ok(value) => assert_eq!(array.as_boolean(), &BooleanArray::from(vec![value]), "{cell:?}"),
            Err(cause) => assert_eq!(failure, Some(Failure { row: 0, cause }), "{cell:?}"),
        }
    }
}

#[test]
fn edges_of_every_width() {
    let mut cells: Vec<String> = Vec::new();
    for bits in [7, 8, 15, 16, 31, 32, 63, 64, 126] {
        for near in -2..=2 {
            let value = (1_i128 << bits) + near;
            cells.extend([value.to_string(), format!("-{value}"), format!("000{value}"), format!("+{value}")]);
        }
    }
    cells.extend([
        i128::MAX.to_string(),
        i128::MIN.to_string(),
        u128::MAX.to_string(),
        "340282366920938463463374607431768211456".into(),
    ]);
    cells.extend((1..45).flat_map(|count| ["9", "0", "10"].map(|digit| digit.repeat(count))));
    cells.extend((1..45).map(|count| format!("-{}", "9".repeat(count))));
    assert_all_twins(&cells.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn strange_spellings() {
    assert_all_twins(&[
        " Z--+TZZTZ+0TZ0 00Z",
        "",
        "-",
        "+",
        ".",
        "-.",
        "+.",
        "1.",
        ".5",
        "-.5",
        "..",
        "1..",
        ".1.",
        "1.2.3",
        "1234567.1",
        "12345678.",
        ".12345678",
        "123456789.",
        ".123456789",
        "12345678.1.1",
        "1.2345678.",
        "--1",
        "1-",
        "-1-",
        " 1",
        "\t 1",
        "1 ",
        " ",
        " -1.5",
        "- 1",
        "1e5",
        "1E-5",
        "1e400",
        "-1e400",
        "1e-400",
        "0.000000000000000000000000000001",
        "inf",
        "-INF",
        "Infinity",
        "infinit",
        "9007199254740993",
        "9007199254740992.5",
        "9007199254740993.5",
        "18014398509481985",
        "18014398509481987.0",
        "0.30000000000000004",
        "9999999999999999999",
        "99999999999999999999",
        "9999999.999999999999",
        "1.0000000596046448",
        "16777217",
        "16777219.0",
        "33554435",
        "340282356779733661",
        "1234567890.12345678",
        "12345678901.2345678",
        "0.1_0",
        "0x10",
        "1,5",
        "1:5",
        "+00.0000000000000000",
        "\u{7f}9.99999999999999999",
        "123456789012.+999999",
        "1/5",
        "true",
        "TRUE",
        "False",
        "fALSE",
        "truefalse",
        "rue",
        "alse",
        "ttrue",
        "tru",
        "fals",
        "T\0ue",
        "2020-01-02",
        "2020/01/02",
        "2020-01/02",
        "2020/01-02",
        "02-01-2020",
        "02/01/2020",
        "02/01-2020",
        "02-01/2020",
        "2020-1-2",
        "2021-02-29",
        "2020-02-29",
        "0000-02-29",
        "1900-02-29",
        "2020-00-10",
        "2020-10-00",
        "2020-13-01",
        "31-04-2020",
        "2020.01.02",
        "2020-01-02T03:04:05",
        "2020-01-02 03:04:05",
        "2020-01-02_03:04:05",
        "2020-01-02T03:04",
        "2020-01-02T03:04:05Z",
        "2020-01-02Z",
        "2020-01-02TZ",
        "2020-01-02T03:04:05.Z",
        "2020-01-02T03:04:05.1Z",
        "2020-01-02T03:04:05.123456789Z",
        "2020-01-02T03:04:05.1234567890",
        "2020-01-02T03:04:05.123",
        "2020-01-02T03:04:05.123000000",
        "2020-01-02T03:04:05.123456",
        "2020-01-02T03:04:05.000000001",
        "2020-01-02T03:04:05ZZ",
        "2020-01-02T03:04:05.",
        "2020-01-02T03:04:05,1",
        "2020-01-02T24:00:00",
        "2020-01-02T23:60:00",
        "2020-01-02T23:59:60",
        "2020/01/02T03:04:05.5+01:30",
        "2020-01-02T03:04:05-0130",
        "02-01-2020 03:04:05.25",
        "2020-01-02T",
        "2020-01-02 ",
        "2020-01-02T03/04/05",
        "2020-01-02T03-04-05",
        "2262-04-11T23:47:16.854775807",
        "2262-04-11T23:47:16.854775808",
        "1677-09-21T00:12:43.145224192",
        "1677-09-21T00:12:43.145224191",
        "9999-12-31T23:59:59.999999999",
        "0000-01-01",
        "03:04:05",
        "03:04",
        "3:04:05",
        "03:04:05.5",
        "03:04:05.123456789",
        "03:04:05.1234567890",
        "03:04:05.",
        "24:00:00",
        "00:60:00",
        "00:00:60",
        "03-04-05",
        "03:04:05Z",
        "99:99:99",
        "é",
        "１２",
        "\u{0}",
    ]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn likely_spellings(text in prop_oneof![
        "-?[0-9]{1,21}",
        "-?[0-9]{0,20}\\.[0-9]{0,20}",
        "[-+]?[0-9]{0,3}[.:/-]?[0-9]{0,20}(e-?[0-9]{1,3})?",
        "[0-2][0-9]{3}([-/])[0-1][0-9][-/][0-3][0-9]([T ][0-2][0-9]:[0-5][0-9](:[0-6][0-9](\\.[0-9]{1,10})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?",
        "[0-3][0-9]([-/])[0-1][0-9][-/][0-2][0-9]{3}( [0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?)?",
        "[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,10})?",
        "[0-9.:/T Z+-]{1,30}",
    ]) {
        assert_all_twins(&[&text]);
    }

    #[test]
    fn integers_and_floats_survive_a_round_trip(int: i64, bits: u64, digits in 0..18_usize) {
        let float = f64::from_bits(bits);
        let fixed = format!("{:.digits$}", int as f64 / 1e9);
        let (ints, _) = decode(&spec(DataType::Int64), &[&int.to_string()]);
        prop_assert_eq!(ints.as_primitive::<Int64Type>().value(0), int);
        let (floats, _) = decode(&spec(DataType::Float64), &[&float.to_string(), &fixed]);
        let floats = floats.as_primitive::<Float64Type>();
        prop_assert!(float.is_nan() || floats.value(0).to_bits() == bits);
        prop_assert_eq!(floats.value(1), fixed.parse::<f64>().unwrap());
    }

    #[test]
    fn datetimes_agree_with_chrono(seconds in -62_167_219_200..253_402_300_800_i64, nanos in 0..1_000_000_000_u32) {
        let moment = chrono::DateTime::from_timestamp(seconds, nanos).unwrap();
        let micros = nanos / 1000;
        let text = format!("{}.{micros:06}", moment.format("%Y-%m-%dT%H:%M:%S"));
        let (array, _) = decode(&spec(DataType::Timestamp(TimeUnit::Microsecond, None)), &[&text]);
        let array = array.as_primitive::<TimestampMicrosecondType>();
        prop_assert_eq!(array.value(0), moment.timestamp_micros());
        for format in ["%Y-%m-%d", "%Y/%m/%d", "%d-%m-%Y", "%d/%m/%Y", "%Y-%-m-%-d"] {
            let (array, _) = decode(&spec(DataType::Date32), &[&moment.format(format).to_string()]);
            let days = seconds.div_euclid(86_400) as i32;
            prop_assert_eq!(array.as_primitive::<Date32Type>().value(0), days);
        }
    }

    #[test]
    fn texts_come_back(
        cells in prop::collection::vec("(\"?[a\"é,]{0,3}[a-zé,\"]{0,60}\"?)?", 0..20),
        empty_is_null: bool,
    ) {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let spec = ColumnSpec { empty_is_null, ..spec(DataType::Utf8View) };
        let (array, failure) = decode(&spec, &cells);
        prop_assert_eq!(failure, None);
        let mut scratch = Vec::new();
        let texts: StringViewArray = cells.iter().map(|cell| {
            let text = crate::tokenize::unescape::unescape(cell.as_bytes(), b'"', &mut scratch);
            (!cell.is_empty() || !empty_is_null).then(|| String::from_utf8(text.to_vec()).unwrap())
        }).collect();
        prop_assert_eq!(array.as_string_view(), &texts);
    }
}

#[test]
fn floats_by_the_million_are_rounded_as_the_standard_library_rounds() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut texts = Vec::new();
    for _ in 0..200_000 {
        let (bits, places, more) = (random(), random() as usize % 20, random() % 64);
        // Many digits at any place; a double's own digits; the half between two neighbours, and next to it.
        let digits = format!("{:020}", bits >> more);
        texts.push(format!("{}.{}", &digits[1..20 - places], &digits[20 - places..]));
        let unit = f64::from_bits((bits >> 12) | 0x3FF << 52);
        texts.push(format!("{:.17}", unit - 1.0));
        texts.push((unit * 2.0_f64.powi((bits % 60) as i32)).to_string());
        let odd = (bits >> 10) | 1;
        let half = u128::from(odd) * 5_u128.pow((bits % 5) as u32) * 10_u128.pow((more % 3) as u32);
        for near in [half - 1, half, half + 1] {
            let near = near.to_string();
            if let Some((whole, rest)) = near.split_at_checked(near.len().saturating_sub(bits as usize % 5)) {
                texts.push(format!("{whole}.{rest}"));
            }
        }
    }
    let cells: Vec<_> = texts.iter().map(|text| Some(text.as_bytes())).collect();
    let (data, spans) = lay_out(&cells, b",");
    let mut doubles = Decoder::new(&spec(DataType::Float64), 0);
    doubles.extend(&window(&data), &spans[..]).unwrap();
    let mut singles = Decoder::new(&spec(DataType::Float32), 0);
    singles.extend(&window(&data), &spans[..]).unwrap();
    let (doubles, singles) = (doubles.finish(), singles.finish());
    for (row, text) in texts.iter().enumerate() {
        let double: f64 = text.parse().unwrap();
        assert_eq!(doubles.as_primitive::<Float64Type>().value(row), double, "{text}");
        let single: f32 = text.parse().unwrap();
        assert_eq!(singles.as_primitive::<Float32Type>().value(row), single, "{text}");
    }
}
