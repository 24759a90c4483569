//! The loops of every type give what the scalar functions give, field by field, however values are written.
#![no_main]

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time64NanosecondType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use fast_csv::decode::format::{Format, Temporal};
use fast_csv::decode::{Cause, ColumnSpec, Decoder, OnCell, Spelling, Truths, Window, parse};
use fast_csv::tokenize::fields::Span;
use fast_csv_fuzz::Choices;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

const NUMBERS: [u8; 16] = *b"0123456789-.e\n\n\"";
const MOMENTS: [u8; 16] = *b"0123456912-:T.Z\n";
const WORDS: [u8; 16] = *b"trueFALSENn\"\n\n\" ";

/// A cell's value, in a form that all types share; `None` is null.
#[derive(Debug, PartialEq)]
enum Value {
    Whole(i128),
    Bits(u64),
    Text(String),
}

/// One NaN for all.
fn bits(value: f64) -> Value {
    Value::Bits(if value.is_nan() { u64::MAX } else { value.to_bits() })
}

/// A number without what stands between its groups of three digits: written another way than the decoder's own.
fn ungrouped(text: &[u8], thousands: u8) -> Option<Vec<u8>> {
    let start = text.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
    let start = start + usize::from(matches!(text[start], b'+' | b'-'));
    let is_whole = |byte: &u8| byte.is_ascii_digit() || *byte == thousands;
    let end = start + text[start..].iter().take_while(|byte| is_whole(byte)).count();
    let groups: Vec<&[u8]> = text[start..end].split(|&byte| byte == thousands).collect();
    let (first, others) = groups.split_first()?;
    let right = !others.is_empty()
        && (1..=3).contains(&first.len())
        && first[0] != b'0'
        && others.iter().all(|group| group.len() == 3)
        && !text[end..].contains(&thousands);
    right.then(|| [&text[..start], &groups.concat(), &text[end..]].concat())
}

/// The scalar functions' answer for a text that is neither empty nor null.
fn scalar(spec: &ColumnSpec, text: &[u8]) -> Result<Value, Cause> {
    fn whole<T: Into<i128>>(value: Result<T, Cause>) -> Result<Value, Cause> {
        value.map(|value| Value::Whole(value.into()))
    }
    let ColumnSpec { decimal_mark, spelling, .. } = spec;
    let (data_type, mark) = (&spec.data_type.data_type(), *decimal_mark);
    let is_number = data_type.is_numeric();
    let bare = text.trim_ascii_start();
    let digits = bare.strip_prefix(b"-").or(bare.strip_prefix(b"+")).unwrap_or(bare);
    let is_padded = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
    if spelling.keeps_zeros && matches!(data_type, DataType::Int64 | DataType::Float64) && is_padded {
        return Err(Cause::Cast);
    }
    let plain = spelling.thousands.filter(|_| is_number).and_then(|thousands| ungrouped(text, thousands));
    let text = plain.as_deref().unwrap_or(text);
    match data_type {
        DataType::Int8 => whole(parse::integer::<i8>(text)),
        DataType::Int16 => whole(parse::integer::<i16>(text)),
        DataType::Int32 => whole(parse::integer::<i32>(text)),
        DataType::Int64 => whole(parse::integer::<i64>(text)),
        DataType::UInt8 => whole(parse::integer::<u8>(text)),
        DataType::UInt16 => whole(parse::integer::<u16>(text)),
        DataType::UInt32 => whole(parse::integer::<u32>(text)),
        DataType::UInt64 => whole(parse::integer::<u64>(text)),
        DataType::Float32 => parse::decimal::<f32>(text, mark).map(|value| bits(value.into())),
        DataType::Float64 => parse::decimal::<f64>(text, mark).map(bits),
        DataType::Boolean => whole(spelling.boolean(text).map(u8::from)),
        DataType::Date32 => whole(spelling.date(text)),
        DataType::Time64(_) => whole(spelling.time(text)),
        DataType::Timestamp(TimeUnit::Millisecond, _) => whole(spelling.datetime(text, parse::Unit::Milli)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => whole(spelling.datetime(text, parse::Unit::Micro)),
        DataType::Timestamp(..) => whole(spelling.datetime(text, parse::Unit::Nano)),
        _ => Err(Cause::Cast),
    }
}

/// The text of a raw field, byte by byte.
fn unquoted(raw: &[u8], quote: Option<u8>, escape: Option<u8>) -> Vec<u8> {
    let quoted = !raw.is_empty() && raw.first().copied() == quote;
    let (mut text, mut at, mut closed) = (Vec::new(), usize::from(quoted), !quoted);
    while at < raw.len() {
        if Some(raw[at]) == escape {
            at += usize::from(at + 1 < raw.len());
            text.push(raw[at]);
        } else if closed || Some(raw[at]) != quote {
            text.push(raw[at]);
        } else if raw.get(at + 1).copied() == quote {
            text.push(raw[at]);
            at += 1;
        } else {
            closed = true;
        }
        at += 1;
    }
    text
}

/// What a field is, before it is known what becomes of a fault.
fn cell(spec: &ColumnSpec, data: &[u8], span: Span) -> Result<Option<Value>, Cause> {
    let is_text = spec.data_type == DataType::Utf8View;
    if span.is_missing() {
        return Ok((is_text && !spec.empty_is_null).then(|| Value::Text(String::new())));
    }
    let raw = &data[span.start as usize..span.end as usize];
    let text = unquoted(raw, spec.quote, spec.escape);
    let is_quoted = spec.quote.is_some() && raw.first().copied() == spec.quote;
    let takes_words = !(is_quoted && spec.spelling.quoted_words_are_text);
    if takes_words && spec.escape.is_some() && spec.null_words.iter().any(|word| **word == *raw) {
        return Ok(None);
    }
    if takes_words && spec.null_words.iter().any(|word| **word == *text) {
        return Ok(None);
    }
    match String::from_utf8(text) {
        Ok(text) if is_text => Ok((!raw.is_empty() || !spec.empty_is_null).then_some(Value::Text(text))),
        Err(error) if is_text && spec.lossy => {
            Ok(Some(Value::Text(String::from_utf8_lossy(error.as_bytes()).into_owned())))
        }
        Err(_) if is_text => Err(Cause::InvalidUtf8),
        text => {
            let text = text.map_or_else(|error| error.into_bytes(), String::into_bytes);
            if text.is_empty() { Ok(None) } else { scalar(spec, &text).map(Some) }
        }
    }
}

/// The cells of an array.
fn cells(array: &ArrayRef) -> Vec<Option<Value>> {
    fn whole<T: ArrowPrimitiveType<Native: Into<i128>>>(array: &ArrayRef) -> Vec<Option<Value>> {
        array.as_primitive::<T>().iter().map(|value| value.map(|value| Value::Whole(value.into()))).collect()
    }
    match array.data_type() {
        DataType::Int8 => whole::<Int8Type>(array),
        DataType::Int16 => whole::<Int16Type>(array),
        DataType::Int32 => whole::<Int32Type>(array),
        DataType::Int64 => whole::<Int64Type>(array),
        DataType::UInt8 => whole::<UInt8Type>(array),
        DataType::UInt16 => whole::<UInt16Type>(array),
        DataType::UInt32 => whole::<UInt32Type>(array),
        DataType::UInt64 => whole::<UInt64Type>(array),
        DataType::Date32 => whole::<Date32Type>(array),
        DataType::Time64(_) => whole::<Time64NanosecondType>(array),
        DataType::Timestamp(TimeUnit::Millisecond, _) => whole::<TimestampMillisecondType>(array),
        DataType::Timestamp(TimeUnit::Microsecond, _) => whole::<TimestampMicrosecondType>(array),
        DataType::Timestamp(..) => whole::<TimestampNanosecondType>(array),
        DataType::Float32 => {
            array.as_primitive::<Float32Type>().iter().map(|value| value.map(|value| bits(value.into()))).collect()
        }
        DataType::Float64 => array.as_primitive::<Float64Type>().iter().map(|value| value.map(bits)).collect(),
        DataType::Boolean => {
            array.as_boolean().iter().map(|value| value.map(|value| Value::Whole(value.into()))).collect()
        }
        DataType::Utf8View => {
            array.as_string_view().iter().map(|text| text.map(|text| Value::Text(text.into()))).collect()
        }
        _ => (0..array.len()).map(|_| None).collect(),
    }
}

fn types() -> [DataType; 18] {
    use DataType::{
        Boolean, Date32, Float32, Float64, Int8, Int16, Int32, Int64, Null, Time64, Timestamp, UInt8, UInt16, UInt32,
        UInt64, Utf8View,
    };
    use TimeUnit::{Microsecond, Millisecond, Nanosecond};
    [
        Null,
        Utf8View,
        Int8,
        Int16,
        Int32,
        Int64,
        UInt8,
        UInt16,
        UInt32,
        UInt64,
        Float32,
        Float64,
        Boolean,
        Date32,
        Time64(Nanosecond),
        Timestamp(Millisecond, None),
        Timestamp(Microsecond, Some("UTC".into())),
        Timestamp(Nanosecond, None),
    ]
}

fn formats(choices: &mut Choices<'_>, of: Temporal, known: &[&[&str]]) -> Arc<[Format]> {
    choices.pick(known).iter().map(|text| Format::new(text, of).expect("a format")).collect()
}

fn spelling(choices: &mut Choices<'_>) -> Spelling {
    if choices.flip() {
        return Spelling::default();
    }
    let truths = choices.pick(&[
        None,
        Some((Some(&["1", "t"][..]), Some(&["0", "F", "a long word"][..]))),
        Some((Some(&["e\"", "-"][..]), None)),
    ]);
    Spelling {
        thousands: choices.pick(&[None, Some(b','), Some(b'.'), Some(b' ')]),
        truths: truths.map(|(truths, falses)| Truths::new(truths, falses).expect("words")),
        dates: formats(choices, Temporal::Date, &[&[], &["%Y%m%d"], &["%d/%m/%Y", "%y-%j", "%Y.%m.%d"], &["%e%b%Y"]]),
        times: formats(choices, Temporal::Time, &[&[], &["%H.%M"], &["%I:%M%p", "%T%.f"], &["\"%H\"%M"]]),
        datetimes: formats(
            choices,
            Temporal::Datetime,
            &[&[], &["%s%.f"], &["%Y-%m-%dT%H:%M:%S", "%FT%R%z", "%Y%m%d%H%M"], &["%G-%V-%u %T%3f"]],
        ),
        keeps_zeros: choices.flip(),
        quoted_words_are_text: choices.flip(),
        ..Spelling::default()
    }
}

fuzz_target!(|input: &[u8]| {
    let mut choices = Choices::new(input);
    let words: &[&[u8]] =
        choices.pick(&[&[][..], &[b"N"], &[b"", b"nan", b"0"], &[b"a long word of null", b"1.5", b"true"]]);
    let mut spec = ColumnSpec {
        data_type: choices.pick(&types()).into(),
        quote: choices.pick(&[Some(b'"'), None]),
        escape: choices.pick(&[None, None, Some(b'\\')]),
        null_words: words.iter().map(|word| Box::from(*word)).collect::<Arc<[_]>>(),
        empty_is_null: choices.flip(),
        decimal_mark: choices.pick(b"..,"),
        lossy: choices.flip(),
        spelling: spelling(&mut choices),
        on_error: if choices.flip() { OnCell::Raise } else { OnCell::Null },
    };
    // No number has one byte for both.
    spec.spelling.thousands = spec.spelling.thousands.filter(|&thousands| thousands != spec.decimal_mark);
    let (missing, cut, kept) = (choices.byte(), choices.up_to(40), choices.up_to(60));
    let data = match choices.byte() % 4 {
        0 => choices.text(),
        1 => choices.text_of(&NUMBERS),
        2 => choices.text_of(&MOMENTS),
        _ => choices.text_of(&WORDS),
    };
    let (mut spans, mut start) = (Vec::new(), 0);
    for end in (0..data.len()).filter(|&at| data[at] == b'\n').chain([data.len()]) {
        spans.push(Span { start: start as u32, end: end as u32 });
        if missing > 200 && spans.len() % 3 == 0 {
            spans.push(Span::MISSING);
        }
        start = end + 1;
    }
    // A quoted field comes closed: one that is not never reaches a decoder.
    let closed = |span: &Span| {
        let raw = if span.is_missing() { &[][..] } else { &data[span.start as usize..span.end as usize] };
        raw.is_empty()
            || raw.first().copied() != spec.quote
            || raw.iter().filter(|&&byte| Some(byte) == spec.quote).count() >= 2
    };
    spans.retain(closed);
    let inner = |span: &Span| {
        !span.is_missing()
            && span.end - span.start > 2
            && data[span.start as usize + 1..span.end as usize - 1].iter().any(|&byte| Some(byte) == spec.quote)
    };
    let window = Window {
        data: &data,
        quotes: spec.quote.is_some_and(|quote| data.contains(&quote)),
        doubled: spans.iter().any(inner),
        escapes: spec.escape.is_some_and(|escape| data.contains(&escape)),
        utf8: std::str::from_utf8(&data).is_ok(),
    };
    let mut decoder = Decoder::new(&spec, spans.len());
    let mut wanted: Vec<Option<Value>> = Vec::new();
    let (first, second) = spans.split_at(cut.min(spans.len()));
    for (part, kept) in [(first, kept), (second, usize::MAX)] {
        let (before, mut failed) = (decoder.len(), None);
        for (row, &span) in part.iter().enumerate() {
            match cell(&spec, &data, span) {
                Ok(value) => wanted.push(value),
                Err(_) if spec.on_error == OnCell::Null => wanted.push(None),
                Err(cause) => {
                    failed = Some((row, cause));
                    break;
                }
            }
        }
        let told = decoder.extend(&window, part).err().map(|failure| (failure.row, failure.cause));
        assert_eq!(told, failed, "{spec:?}");
        assert_eq!(decoder.len(), before + failed.map_or(part.len(), |(row, _)| row));
        decoder.truncate(kept);
        wanted.truncate(kept);
    }
    let array = decoder.finish();
    array.to_data().validate_full().expect("a valid array");
    assert_eq!(array.data_type(), &spec.data_type.data_type());
    assert_eq!(cells(&array), wanted, "{spec:?}");
});
