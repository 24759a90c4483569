//! What a block of fields finds is what the exact way reads, on every back end, wherever a field stands.

use std::fmt::Debug;

use arrow::datatypes::{
    Int8Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    UInt8Type, UInt64Type,
};

use super::lay_out;
use crate::decode::block::{BLOCK, Block};
use crate::decode::float::{Double, Single};
use crate::decode::int::Int;
use crate::decode::temporal::{Day, Stamp};
use crate::decode::values::Kind;
use crate::scan::Backend;

/// The text with each of some other bytes in each of its places, and with each of them behind it and before it.
fn altered(text: &str) -> Vec<Vec<u8>> {
    let mut all = vec![text.as_bytes().to_vec()];
    for &byte in b"0159-+./:, TZe\0\x7f\x80\xff" {
        for place in 0..text.len() {
            let mut other = text.as_bytes().to_vec();
            other[place] = byte;
            all.push(other);
        }
        all.push([text.as_bytes(), &[byte]].concat());
        all.push([&[byte], text.as_bytes()].concat());
    }
    all
}

/// Reads texts in blocks that all begin with the first one; gives how many were found.
fn found<K: Kind<Native: Debug>>(kind: &K, texts: &[Vec<u8>]) -> u32 {
    let (mut all, first) = (0, &texts[0]);
    for between in [&b""[..], b",", b"7", b"-", b",,,,,,,,"] {
        for texts in texts.chunks(BLOCK - 1) {
            let cells: Vec<Option<&[u8]>> =
                [first].into_iter().chain(texts).map(|text| Some(text.as_slice())).collect();
            all += found_in_block(kind, &cells, between);
        }
    }
    all
}

fn found_in_block<K: Kind<Native: Debug>>(kind: &K, cells: &[Option<&[u8]>], between: &[u8]) -> u32 {
    let (data, spans) = lay_out(cells, between);
    let mut answers = Vec::new();
    for backend in Backend::available() {
        let mut block = Block::new(&data);
        let mut values = [K::Native::default(); BLOCK];
        block.fill(spans.len(), &spans[..], 0, |span| span);
        let found = kind.block(backend, &block, &mut values) & (u64::MAX >> (BLOCK - spans.len()));
        for (row, value) in values.iter().enumerate().filter(|(row, _)| found >> row & 1 == 1) {
            let text = cells[row].expect("a missing field is no value");
            let exact = kind.parse(text).map(|exact| format!("{exact:?}"));
            assert_eq!(exact, Ok(format!("{value:?}")), "{:?}", text.escape_ascii().to_string());
        }
        answers.push(found);
    }
    // Narrow vectors leave long numbers to the way of single fields.
    assert!(answers.iter().all(|found| found & !answers[0] == 0), "{answers:?}");
    answers[0].count_ones()
}

/// Texts of digits of every length, with a sign and a mark in every place.
fn numbers() -> Vec<Vec<u8>> {
    let digits = "9172836450918273645091";
    let mut texts = Vec::new();
    for sign in ["", "-", "+", "--"] {
        for count in 0..=digits.len() {
            for digits in [&digits[..count], &"0000000000000000000000"[..count], &"9999999999999999999999"[..count]] {
                texts.push(format!("{sign}{digits}").into_bytes());
                for mark in [".", ",", "..", ".-"] {
                    for place in 0..=count {
                        texts.push(format!("{sign}{}{mark}{}", &digits[..place], &digits[place..]).into_bytes());
                    }
                }
            }
        }
    }
    texts
}

#[test]
fn integers() {
    let mut texts: Vec<Vec<u8>> = ["7", "-1", "-0", "12345678", "-12345678", "123456789", "1234567890123456"]
        .iter()
        .flat_map(|text| altered(text))
        .collect();
    texts.extend(numbers());
    for limit in ["127", "128", "-128", "-129", "255", "256", "2147483647", "2147483648", "-2147483648"] {
        texts.push(limit.into());
    }
    let signed = found(&Int::<Int64Type>::new(None), &texts);
    let unsigned = found(&Int::<UInt64Type>::new(None), &texts);
    assert!(signed > unsigned && unsigned > 1000, "{signed} {unsigned}");
    for small in [found(&Int::<Int8Type>::new(None), &texts), found(&Int::<UInt8Type>::new(None), &texts)] {
        assert!(small > 100 && small < unsigned, "{small}");
    }
    assert!(found(&Int::<Int32Type>::new(None), &texts) > 500);
}

#[test]
fn floats() {
    let mut texts: Vec<Vec<u8>> = ["1.5", "-.5", "123456.78", "-0.12345678901234567", "12345678.90123456789", "0.1"]
        .iter()
        .flat_map(|text| altered(text))
        .collect();
    texts.extend(numbers());
    // About what a double holds, and half-way between two of them.
    for near in [
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "9007199254740995",
        "900719925474099.3",
        "4503599627370496.5",
        "4503599627370497.5",
        "0.500000000000000166",
        "1.00000000000000011102",
        "-0.0",
        "0.000",
    ] {
        texts.push(near.into());
        texts.push(format!("-{near}").into());
    }
    for mark in [b'.', b','] {
        let doubles = found(&Double { mark, thousands: None }, &texts);
        let singles = found(&Single { mark, thousands: None }, &texts);
        assert!(doubles > singles && singles > 1000, "{doubles} {singles}");
    }
}

#[test]
fn shortest_floats_come_back() {
    // Bits without a pattern, of the sizes that a dot among seventeen digits writes.
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 11
    };
    let texts: Vec<Vec<u8>> = (0..20_000)
        .map(|at| {
            let value = next() as f64 / (1_u64 << 53) as f64 * 10_f64.powi(at % 9 - 3);
            format!("{}{value}", if at % 5 == 0 { "-" } else { "" }).into_bytes()
        })
        .collect();
    let kind = Double { mark: b'.', thousands: None };
    let cells: Vec<Option<&[u8]>> = texts.iter().map(|text| Some(text.as_slice())).collect();
    let found: u32 = cells.chunks(BLOCK).map(|cells| found_in_block(&kind, cells, b",")).sum();
    assert!(found > 15_000, "{found}");
}

#[test]
fn dates() {
    let texts: Vec<Vec<u8>> = ["2024-02-29", "1900-02-28", "0000-01-01", "9999-12-31", "2023-04-30", "2026/11/30"]
        .iter()
        .flat_map(|text| altered(text))
        .collect();
    assert!(found(&Day, &texts) > 100);
}

#[test]
fn datetimes() {
    let texts = [
        "2026-11-22 09:30:59",
        "2026-11-22T23:59:00Z",
        "2024/02/29 00:00:59.5",
        "1969-12-31T23:59:59.123",
        "1677-09-21 00:12:43.145224",
        "2262-04-11T23:47:16.85477580Z",
        "0000-01-01 00:00:00.000000",
        "9999-12-31T23:59:59.999Z",
    ];
    for text in texts {
        let texts = altered(text);
        found(&Stamp::<TimestampMillisecondType>::KIND, &texts);
        found(&Stamp::<TimestampNanosecondType>::KIND, &texts);
        let micros = found(&Stamp::<TimestampMicrosecondType>::KIND, &texts);
        assert!(micros > 50 || text.len() > 27, "{text}: {micros}");
    }
}

#[test]
fn the_first_text_of_a_block_may_be_none() {
    let cells = [None, Some(&b"NA"[..]), Some(b"2026-11-22 09:30:59"), Some(b"2026-11-22 09:31:00"), None];
    assert_eq!(found_in_block(&Stamp::<TimestampMillisecondType>::KIND, &cells, b",,,,,,,,"), 2);
}

#[test]
fn bytes_before_the_data_are_no_mark() {
    let cells = [Some(&b"123456789"[..]), Some(b"-12345678"), Some(b"12345678901234567")];
    for cells in cells.map(|first| [first, Some(b"1")]) {
        for mark in [0, b'.'] {
            found_in_block(&Double { mark, thousands: None }, &cells, b"");
        }
    }
}

#[test]
fn missing_and_empty_fields_are_no_values() {
    let cells = [Some(&b"12"[..]), None, Some(b""), Some(b"13"), None];
    // No field has a whole word before its end unless something stands there.
    let between = b",,,,,,,,";
    assert_eq!(found_in_block(&Int::<Int64Type>::new(None), &cells, between), 2);
    assert_eq!(found_in_block(&Double { mark: b'.', thousands: None }, &cells, between), 2);
    assert_eq!(found_in_block(&Day, &cells, between), 0);
    assert_eq!(found_in_block(&Stamp::<TimestampMillisecondType>::KIND, &cells, between), 0);
}
