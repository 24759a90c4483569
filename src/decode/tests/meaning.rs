//! What quotes, null words, empty fields and errors mean in every type.

use arrow::array::{Array, AsArray, BooleanArray, PrimitiveArray, StringViewArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimeUnit};

use super::{decode, decode_bytes, lay_out, spec, window, with_null_words};
use crate::decode::Cause::{Cast, InvalidUtf8, Overflow};
use crate::decode::{ColumnSpec, ColumnType, Decoder, Failure, OnCell, supports};

#[test]
fn quoted_values_of_every_type() {
    let cells = ["\"1\"", "1", "\"\"", "", "\"2", "\"3\"4", "\"-5\""];
    let (array, failure) = decode(&spec(DataType::Int64), &cells);
    assert_eq!(failure, None);
    let expected = PrimitiveArray::<Int64Type>::from(vec![Some(1), Some(1), None, None, Some(2), Some(34), Some(-5)]);
    assert_eq!(array.as_primitive::<Int64Type>(), &expected);
    let (array, _) = decode(&spec(DataType::Boolean), &["\"true\"", "\"fal\"se"]);
    assert_eq!(array.as_boolean(), &BooleanArray::from(vec![true, false]));
    let (array, _) = decode(&spec(DataType::Float64), &["\"1.25\"", "\" 1.5\"", "\"1e3\""]);
    assert_eq!(array.as_primitive::<Float64Type>().values()[..], [1.25, 1.5, 1000.0]);
    let (array, _) = decode(&spec(DataType::Date32), &["\"1970-01-02\"", "\"1970-1-3\""]);
    assert_eq!(array.as_primitive::<Date32Type>().values()[..], [1, 2]);
    let (_, failure) = decode(&spec(DataType::Int64), &["\"1\"", "\"\"\"1\"\"\""]);
    assert_eq!(failure, Some(Failure { row: 1, cause: Cast }));
    let unquoted = ColumnSpec { quote: None, ..spec(DataType::Int64) };
    let (_, failure) = decode(&unquoted, &["\"1\""]);
    assert_eq!(failure, Some(Failure { row: 0, cause: Cast }));
}

#[test]
fn a_quote_that_could_stand_in_a_value() {
    let by_zero = ColumnSpec { quote: Some(b'0'), ..spec(DataType::Int64) };
    let (array, failure) = decode(&by_zero, &["0120", "010020", "12", "100"]);
    assert_eq!(failure, None);
    assert_eq!(array.as_primitive::<Int64Type>().values()[..], [12, 102, 12, 100]);
    let by_dot = ColumnSpec { quote: Some(b'.'), ..spec(DataType::Float64) };
    let (array, failure) = decode(&by_dot, &[".5.", "1.5"]);
    assert_eq!(failure, None);
    assert_eq!(array.as_primitive::<Float64Type>().values()[..], [5.0, 1.5]);
}

#[test]
fn null_words_come_before_values_and_cost_other_columns_nothing() {
    let ints = with_null_words(spec(DataType::Int64), &["-1", "NA"]);
    let (array, failure) = decode(&ints, &["1", "-1", "NA", "\"-1\"", "-01", "\"NA\"", ""]);
    assert_eq!(failure, None);
    let expected = PrimitiveArray::<Int64Type>::from(vec![Some(1), None, None, None, Some(-1), None, None]);
    assert_eq!(array.as_primitive::<Int64Type>(), &expected);
    let floats = with_null_words(spec(DataType::Float64), &["NaN", "1e3", "0.0"]);
    let (array, _) = decode(&floats, &["NaN", "nan", "1e3", "1000", "0.0", "0.00"]);
    assert_eq!(array.nulls().unwrap().iter().collect::<Vec<_>>(), [false, true, false, true, false, true]);
    let dates = with_null_words(spec(DataType::Date32), &["9999-12-31"]);
    let (array, _) = decode(&dates, &["9999-12-31", "9999-12-30"]);
    assert!(array.is_null(0) && array.is_valid(1));
    let booleans = with_null_words(spec(DataType::Boolean), &["false"]);
    let (array, _) = decode(&booleans, &["false", "FALSE"]);
    assert!(array.is_null(0) && array.is_valid(1));
}

#[test]
fn null_words_in_text() {
    let long = "a null word of more than twelve bytes";
    let very_long = "n".repeat(100);
    let words = ["NA", "", long, "a \"b\"", &very_long];
    let cells = [
        "NA",
        "\"NA\"",
        "NAN",
        "",
        "\"\"",
        long,
        "a null word of more than twelve byteS",
        "\"a \"\"b\"\"\"",
        &very_long,
    ];
    for empty_is_null in [true, false] {
        let spec = ColumnSpec { empty_is_null, ..with_null_words(spec(DataType::Utf8View), &words) };
        let (array, failure) = decode(&spec, &cells);
        assert_eq!(failure, None);
        let valid: Vec<usize> = array.nulls().unwrap().valid_indices().collect();
        assert_eq!(valid, [2, 6]);
    }
}

#[test]
fn empty_and_missing() {
    let cells = [Some(&b"a"[..]), Some(b""), None, Some(b"\"\"")];
    let (array, _) = decode_bytes(&spec(DataType::Utf8View), &cells);
    assert_eq!(array.as_string_view(), &StringViewArray::from(vec![Some("a"), None, None, Some("")]));
    let kept = ColumnSpec { empty_is_null: false, ..spec(DataType::Utf8View) };
    let (array, _) = decode_bytes(&kept, &cells);
    assert_eq!(array.as_string_view(), &StringViewArray::from(vec![Some("a"), Some(""), Some(""), Some("")]));
    for data_type in all_types() {
        let (array, failure) = decode_bytes(&spec(data_type.clone()), &[None, Some(b""), None]);
        assert_eq!((array.logical_null_count(), failure), (3, None), "{data_type}");
    }
    let (array, failure) =
        decode_bytes(&with_null_words(spec(DataType::Null), &["NA"]), &[None, Some(b"\"\""), Some(b"NA"), Some(b"x")]);
    assert_eq!((array.len(), failure), (3, Some(Failure { row: 3, cause: Cast })));
}

fn all_types() -> Vec<DataType> {
    use DataType::*;
    let mut types = vec![
        Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, Float32, Float64, Boolean, Date32, Utf8View, Null,
    ];
    types.extend([Time64(TimeUnit::Nanosecond), Float16, Decimal128(10, 2), Decimal128(38, 38)]);
    for unit in [TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond] {
        types.extend([Timestamp(unit, None), Timestamp(unit, Some("Europe/Paris".into())), Duration(unit)]);
    }
    types
}

#[test]
fn arrays_have_the_type_asked_for() {
    for data_type in all_types() {
        assert!(supports(&data_type.clone().into()));
        assert_eq!(Decoder::new(&spec(data_type.clone()), 3).finish().data_type(), &data_type);
    }
    for column_type in [ColumnType::Int128, ColumnType::UInt128] {
        assert!(supports(&column_type));
        let array = Decoder::new(&spec(column_type.clone()), 3).finish();
        assert_eq!(array.data_type(), &column_type.data_type());
    }
    for refused in [
        DataType::Timestamp(TimeUnit::Second, None),
        DataType::Duration(TimeUnit::Second),
        DataType::Utf8,
        DataType::Decimal128(0, 0),
        DataType::Decimal128(39, 0),
        DataType::Decimal128(5, 6),
        DataType::Decimal128(5, -1),
    ] {
        assert!(!supports(&refused.clone().into()), "{refused}");
    }
}

#[test]
fn an_error_leaves_the_rows_before_it() {
    for (data_type, good, bad, cause) in [
        (DataType::Int8, "1", "128", Overflow),
        (DataType::UInt64, "1", "-1", Overflow),
        (DataType::Float64, "1", "1.x", Cast),
        (DataType::Boolean, "true", "yes", Cast),
        (DataType::Date32, "2020-01-01", "2020-02-30", Cast),
        (DataType::Timestamp(TimeUnit::Nanosecond, None), "2020-01-01", "2500-01-01", Overflow),
        (DataType::Null, "", "x", Cast),
    ] {
        let (array, failure) = decode(&spec(data_type.clone()), &[good, "", good, bad, "", good]);
        assert_eq!(failure, Some(Failure { row: 3, cause }), "{data_type}");
        assert_eq!(array.len(), 3);
        let nulled = ColumnSpec { on_error: OnCell::Null, ..spec(data_type.clone()) };
        let (data, spans) = lay_out(&[good, "", bad, good].map(|cell| Some(cell.as_bytes())), b",");
        let mut decoder = Decoder::new(&nulled, 0);
        decoder.extend(&window(&data), &spans[..]).unwrap();
        assert_eq!((decoder.len(), decoder.take_refused()), (4, vec![Failure { row: 2, cause }]));
        decoder.extend(&window(&data), &spans[..]).unwrap();
        decoder.extend(&window(&data), &spans[..]).unwrap();
        decoder.truncate(8);
        assert_eq!((decoder.len(), decoder.take_refused()), (8, vec![Failure { row: 6, cause }]));
        decoder.remove(&[2, 6, 7]);
        assert_eq!((decoder.len(), decoder.take_refused()), (5, vec![]));
        let array = decoder.finish();
        if data_type != DataType::Null {
            let valid: Vec<usize> = array.nulls().unwrap().valid_indices().collect();
            assert_eq!(valid, [0, 2, 3], "{data_type}");
        }
    }
}

#[test]
fn invalid_utf8_is_refused_replaced_or_nulled() {
    let long = [&[b'a'; 40][..], b"\xC3"].concat();
    let cells: [Option<&[u8]>; 6] =
        [Some(b"ok"), Some("é".as_bytes()), Some(b"\xFF"), Some(b"\"\xE2\x82\""), Some(&long), Some(&[b'b'; 600])];
    let (array, failure) = decode_bytes(&spec(DataType::Utf8View), &cells);
    assert_eq!((array.len(), failure), (2, Some(Failure { row: 2, cause: InvalidUtf8 })));
    let lossy = ColumnSpec { lossy: true, ..spec(DataType::Utf8View) };
    let (array, failure) = decode_bytes(&lossy, &cells);
    assert_eq!(failure, None);
    let texts: Vec<&str> = array.as_string_view().iter().flatten().collect();
    let (a, b) = (format!("{}\u{FFFD}", "a".repeat(40)), "b".repeat(600));
    assert_eq!(texts, ["ok", "é", "\u{FFFD}", "\u{FFFD}", &a, &b]);
    let nulled = ColumnSpec { on_error: OnCell::Null, ..spec(DataType::Utf8View) };
    let (array, _) = decode_bytes(&nulled, &cells);
    assert_eq!(array.nulls().unwrap().valid_indices().collect::<Vec<_>>(), [0, 1, 5]);
}

#[test]
fn texts_of_every_length_over_several_windows() {
    let texts: Vec<String> =
        (1..700).map(|length| "xyz0123456789".chars().cycle().skip(length % 13).take(length).collect()).collect();
    let mut decoder = Decoder::new(&spec(DataType::Utf8View), 0);
    for _ in 0..2 {
        for part in texts.chunks(100) {
            let cells: Vec<_> = part.iter().map(|text| Some(text.as_bytes())).collect();
            let (data, spans) = lay_out(&cells, b",");
            decoder.extend(&window(&data), &spans[..]).unwrap();
        }
    }
    decoder.truncate(1000);
    let array = decoder.finish();
    array.to_data().validate_full().unwrap();
    let expected: StringViewArray = texts.iter().chain(&texts).take(1000).map(Some).collect();
    assert_eq!(array.as_string_view(), &expected);
}
