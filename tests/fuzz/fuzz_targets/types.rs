//! Types beside those that a Rust program has: a column decoded at once, in two parts and row by row is the same, with the same
//! failures, and its values are those that independent readers name: the standard library, and the crate's oracles.
#![no_main]

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray};
use arrow::compute::concat;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, DurationMillisecondType, DurationNanosecondType,
    Float16Type, IntervalUnit, Time64NanosecondType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType,
};
use fast_csv::ColumnType;
use fast_csv::decode::{BinaryEncoding, Cause, ColumnSpec, Decoder, OnCell, Spelling, Window, supports};
use fast_csv::tokenize::fields::Span;
use fast_csv_fuzz::{Choices, oracles};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

const NUMBERS: [u8; 16] = *b"0123456789-.e\n\n0";
const CODES: [u8; 16] = *b"0xAf9+/=Zz\\\n\nQ=g";
const MOMENTS: [u8; 16] = *b"0123495-/:T.Z\n+ ";
const SPANS: [u8; 16] = *b"PT0123YMDHS.\n\n-W";
const VALUES: [u8; 16] = *b"{}[],:\\a1\n\n-tn 2";

fn types() -> Vec<ColumnType> {
    let plain = ColumnType::from;
    let integer = || plain(DataType::Int8);
    let text = || plain(DataType::Utf8View);
    let fields = || vec![("a".to_owned(), integer()), ("".to_owned(), text())];
    let categories: Arc<[String]> = Arc::from(["1".to_owned(), "a".to_owned(), "".to_owned()]);
    vec![
        ColumnType::Int128,
        ColumnType::UInt128,
        plain(DataType::BinaryView),
        plain(DataType::Float16),
        plain(DataType::Decimal128(1, 0)),
        plain(DataType::Decimal128(9, 2)),
        plain(DataType::Decimal128(38, 38)),
        plain(DataType::Date32),
        plain(DataType::Time64(TimeUnit::Nanosecond)),
        plain(DataType::Timestamp(TimeUnit::Millisecond, None)),
        plain(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
        plain(DataType::Timestamp(TimeUnit::Nanosecond, None)),
        plain(DataType::Duration(TimeUnit::Millisecond)),
        plain(DataType::Duration(TimeUnit::Nanosecond)),
        plain(DataType::Interval(IntervalUnit::DayTime)),
        ColumnType::Categorical { metadata: Default::default() },
        ColumnType::Enum { categories, metadata: Default::default() },
        ColumnType::List(Box::new(integer())),
        ColumnType::List(Box::new(ColumnType::List(Box::new(text())))),
        ColumnType::Array(Box::new(plain(DataType::Float64)), 2),
        ColumnType::Array(Box::new(integer()), 0),
        ColumnType::Struct(fields()),
        ColumnType::List(Box::new(ColumnType::Struct(fields()))),
        ColumnType::Struct(vec![("x".into(), plain(DataType::Date32)), ("y".into(), plain(DataType::Boolean))]),
    ]
}

/// Decodes these fields: the array, and the first that failed.
fn decode(spec: &ColumnSpec, window: &Window<'_>, parts: &[&[Span]]) -> (ArrayRef, Option<(usize, Cause)>) {
    let mut decoder = Decoder::new(spec, parts.iter().map(|part| part.len()).sum());
    let mut failed = None;
    for part in parts {
        let before = decoder.len();
        if let Err(failure) = decoder.extend(window, *part) {
            failed = Some((before + failure.row, failure.cause));
            break;
        }
    }
    let array = decoder.finish();
    array.to_data().validate_full().expect("a valid array");
    (array, failed)
}

/// The nanoseconds of a unit.
fn step(unit: &TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

/// What an independent reader makes of a field that is not empty, where there is one: a value's bytes, or that there is none.
fn independent(spec: &ColumnSpec, raw: &[u8]) -> Option<Option<Vec<u8>>> {
    let Ok(text) = std::str::from_utf8(raw) else {
        let is_binary = spec.data_type == DataType::BinaryView;
        return is_binary.then(|| oracles::bytes(raw, spec.spelling.binary));
    };
    let mark = spec.decimal_mark;
    let integer = |value: Option<i128>| Some(value.map(|value| value.to_le_bytes().to_vec()));
    // Other ways to write a number, such as blanks around it or by name, are not all readers'.
    let is_whole = || raw.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+'));
    let is_number = || raw.iter().all(|byte| byte.is_ascii_digit() || b"+-.,eE".contains(byte));
    match &spec.data_type {
        ColumnType::Int128 if is_whole() => integer(text.parse().ok()),
        ColumnType::UInt128 if is_whole() && !raw.starts_with(b"-") => {
            Some(text.parse::<u128>().ok().map(|value| value.to_le_bytes().to_vec()))
        }
        ColumnType::Plain(data_type) => match data_type {
            DataType::BinaryView => Some(oracles::bytes(raw, spec.spelling.binary)),
            DataType::Float16 if is_number() => integer(oracles::half(text, mark).map(i128::from)),
            DataType::Decimal128(precision, scale) if is_number() => {
                integer(oracles::decimal(text, mark, *precision, *scale))
            }
            DataType::Date32 => integer(oracles::date(text)),
            DataType::Time64(_) => integer(oracles::time(text)),
            DataType::Timestamp(unit, _) => integer(oracles::datetime(text, step(unit))),
            DataType::Duration(_) if is_whole() => integer(text.parse::<i64>().ok().map(i128::from)),
            DataType::Duration(unit) if text.contains('P') => integer(oracles::duration(text, step(unit))),
            _ => None,
        },
        _ => None,
    }
}

/// The only value of an array, as the oracles give it.
fn value(array: &ArrayRef) -> Option<Vec<u8>> {
    if array.is_null(0) {
        return None;
    }
    fn native<T: ArrowPrimitiveType>(array: &ArrayRef) -> T::Native {
        array.as_primitive::<T>().value(0)
    }
    let wide = |value: i64| Some(i128::from(value).to_le_bytes().to_vec());
    match array.data_type() {
        DataType::BinaryView => Some(array.as_binary_view().value(0).to_vec()),
        DataType::Decimal128(..) => Some(native::<Decimal128Type>(array).to_le_bytes().to_vec()),
        DataType::Float16 => wide(native::<Float16Type>(array).to_bits().into()),
        DataType::Date32 => wide(native::<Date32Type>(array).into()),
        DataType::Time64(_) => wide(native::<Time64NanosecondType>(array)),
        DataType::Timestamp(TimeUnit::Millisecond, _) => wide(native::<TimestampMillisecondType>(array)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => wide(native::<TimestampMicrosecondType>(array)),
        DataType::Timestamp(..) => wide(native::<TimestampNanosecondType>(array)),
        DataType::Duration(TimeUnit::Millisecond) => wide(native::<DurationMillisecondType>(array)),
        DataType::Duration(_) => wide(native::<DurationNanosecondType>(array)),
        _ => array.as_any().downcast_ref::<FixedSizeBinaryArray>().map(|array| array.value(0).to_vec()),
    }
}

fuzz_target!(|input: &[u8]| {
    let mut choices = Choices::new(input);
    let words: &[&[u8]] = choices.pick(&[&[][..], &[], &[b"1"], &[b"[]", b"{}", b"0"]]);
    let spec = ColumnSpec {
        data_type: choices.pick(&types()),
        quote: None,
        escape: None,
        null_words: words.iter().map(|word| Box::from(*word)).collect(),
        empty_is_null: choices.flip(),
        lossy: choices.flip(),
        decimal_mark: choices.pick(b"..,"),
        spelling: Spelling {
            binary: choices.pick(&[BinaryEncoding::Raw, BinaryEncoding::Hex, BinaryEncoding::Base64]),
            thousands: choices.pick(&[None, None, Some(b'\''), Some(b' ')]),
            ..Spelling::default()
        },
        on_error: if choices.flip() { OnCell::Raise } else { OnCell::Null },
    };
    if !supports(&spec.data_type) {
        return;
    }
    let cut = choices.up_to(20);
    let data = match choices.byte() % 7 {
        0 => choices.text(),
        1 => choices.text_of(&NUMBERS),
        2 => choices.text_of(&CODES),
        3 => choices.text_of(&SPANS),
        4 => choices.text_of(&MOMENTS),
        5 => choices.moments(),
        _ => choices.text_of(&VALUES),
    };
    let (mut spans, mut start) = (Vec::new(), 0);
    for end in (0..data.len()).filter(|&at| data[at] == b'\n').chain([data.len()]) {
        spans.push(Span { start: start as u32, end: end as u32 });
        start = end + 1;
    }
    let utf8 = std::str::from_utf8(&data).is_ok();
    let window = Window { data: &data, quotes: false, doubled: false, escapes: false, utf8 };
    let (whole, failed) = decode(&spec, &window, &[&spans]);
    let (first, second) = spans.split_at(cut.min(spans.len()));
    let (parts, failed_in_parts) = decode(&spec, &window, &[first, second]);
    assert_eq!(failed_in_parts, failed, "{spec:?}");
    assert_eq!(&parts, &whole, "{spec:?}");
    assert_eq!(whole.len(), failed.map_or(spans.len(), |(row, _)| row));
    let mut rows = Vec::new();
    for (row, span) in spans[..whole.len().min(300)].iter().enumerate() {
        let (alone, failed) = decode(&spec, &window, &[std::slice::from_ref(span)]);
        assert_eq!(failed, None, "row {row} of {spec:?}");
        let raw = &data[span.start as usize..span.end as usize];
        let is_null = raw.is_empty() || spec.null_words.iter().any(|word| **word == *raw);
        if let (false, Some(wanted)) = (is_null || spec.spelling.thousands.is_some(), independent(&spec, raw)) {
            assert_eq!(value(&alone), wanted, "{} as {spec:?}", raw.escape_ascii());
        }
        rows.push(alone);
    }
    // Dictionaries are each decoder's own.
    if !rows.is_empty() && !matches!(whole.data_type(), DataType::Dictionary(..)) {
        let rows: Vec<&dyn Array> = rows.iter().map(AsRef::as_ref).collect();
        assert_eq!(&concat(&rows).unwrap(), &whole.slice(0, rows.len()), "{spec:?}");
    }
});
