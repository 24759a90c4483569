//! The types without a scalar function of their own: a column decoded at once, in two parts and row by row is the same, with the
//! same failures; integers of 128 bits and bytes are those that the standard library reads.
#![no_main]

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray};
use arrow::compute::concat;
use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use fast_csv::ColumnType;
use fast_csv::decode::{BinaryEncoding, Cause, ColumnSpec, Decoder, OnCell, Spelling, Window, supports};
use fast_csv::tokenize::fields::Span;
use fast_csv_fuzz::Choices;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

const NUMBERS: [u8; 16] = *b"0123456789-.e\n\n0";
const CODES: [u8; 16] = *b"0xAf9+/=Zz\\\n\nQ=g";
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

/// The bytes that a text writes, read two digits or four letters at a time.
fn bytes(text: &[u8], encoding: BinaryEncoding) -> Option<Vec<u8>> {
    match encoding {
        BinaryEncoding::Raw => Some(text.to_vec()),
        BinaryEncoding::Hex => {
            let digits = text.strip_prefix(b"0x").or(text.strip_prefix(b"\\x")).unwrap_or(text);
            let digits =
                std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|d| d.is_ascii_hexdigit()))?;
            let is_whole = digits.len() % 2 == 0;
            is_whole.then(|| {
                (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
            })
        }
        BinaryEncoding::Base64 => {
            let letters = text.strip_suffix(b"==").or(text.strip_suffix(b"=")).unwrap_or(text);
            if letters.len() < text.len() && text.len() % 4 != 0 || letters.len() % 4 == 1 {
                return None;
            }
            const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let sextets = letters.iter().map(|letter| ALPHABET.iter().position(|known| known == letter));
            let bits: String = sextets.map(|six| six.map(|six| format!("{six:06b}"))).collect::<Option<_>>()?;
            let (whole, rest) = bits.split_at(bits.len() / 8 * 8);
            let is_clean = rest.bytes().all(|bit| bit == b'0');
            is_clean.then(|| {
                (0..whole.len()).step_by(8).map(|at| u8::from_str_radix(&whole[at..at + 8], 2).unwrap()).collect()
            })
        }
    }
}

/// What an independent reader makes of a field that is not empty, where there is one: a value's bytes, or that there is none.
fn independent(spec: &ColumnSpec, raw: &[u8]) -> Option<Option<Vec<u8>>> {
    let text = || std::str::from_utf8(raw).ok();
    let is_whole = || raw.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+'));
    match &spec.data_type {
        // Other ways to write an integer, such as blanks around it, are not the standard library's.
        ColumnType::Int128 if is_whole() => Some(text()?.parse::<i128>().ok().map(|it| it.to_le_bytes().to_vec())),
        ColumnType::UInt128 if is_whole() && !raw.starts_with(b"-") => {
            Some(text()?.parse::<u128>().ok().map(|it| it.to_le_bytes().to_vec()))
        }
        ColumnType::Plain(DataType::BinaryView) => Some(bytes(raw, spec.spelling.binary)),
        _ => None,
    }
}

fn value(array: &ArrayRef) -> Option<Vec<u8>> {
    if array.is_null(0) {
        return None;
    }
    match array.data_type() {
        DataType::BinaryView => Some(array.as_binary_view().value(0).to_vec()),
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
    let data = match choices.byte() % 5 {
        0 => choices.text(),
        1 => choices.text_of(&NUMBERS),
        2 => choices.text_of(&CODES),
        3 => choices.text_of(&SPANS),
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
