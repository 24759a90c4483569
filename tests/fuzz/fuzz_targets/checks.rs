//! What is asked of a text: no bytes make a check panic, a column answers as its texts do, in any number of parts, and where the
//! standard library reads the same form, it agrees.
#![no_main]

use arrow::array::StringViewArray;
use arrow::datatypes::{DataType, TimeUnit};
use fast_csv::decode::Spelling;
use fast_csv::validate::{Check, Pattern, Words};
use fast_csv_fuzz::Choices;
use libfuzzer_sys::fuzz_target;
use std::net::{Ipv4Addr, Ipv6Addr};

const ADDRESSES: [u8; 16] = *b"a@.-\"\n\n:/[]1fx%?";
const NUMBERS: [u8; 16] = *b"0123456789:.af\n\n";
const CODES: [u8; 16] = *b"0123456789 -GBX\n";
const PATTERNS: [&str; 6] = ["a", "^a+$", "[0-9]{2,}", "(?i)x|1", "^$", "\\w\\b"];

fn check(choices: &mut Choices<'_>) -> Check {
    let types = [
        DataType::Int8,
        DataType::UInt64,
        DataType::Float64,
        DataType::Boolean,
        DataType::Date32,
        DataType::Decimal128(5, 2),
        DataType::Timestamp(TimeUnit::Nanosecond, None),
    ];
    match choices.byte() % 14 {
        0 => Check::value(&choices.pick(&types), &Spelling::default()).expect("a type of texts"),
        1 => Check::Datetime(Spelling::default()),
        2 => Check::Email,
        3 => Check::Url,
        4 => Check::Uuid,
        5 => Check::Ipv4,
        6 => Check::Ipv6,
        7 => Check::Iban,
        8 => Check::Luhn,
        9 => Check::Ascii,
        10 => Check::Matches(Pattern::new(choices.pick(&PATTERNS)).expect("a pattern")),
        11 => Check::Bytes(choices.up_to(9)..choices.up_to(20)),
        12 => Check::Characters(choices.up_to(9)..choices.up_to(20)),
        _ => Check::OneOf(Words::new(["a", "", "12", "a long word of many"].iter().take(choices.up_to(4)))),
    }
}

fuzz_target!(|input: &[u8]| {
    let mut choices = Choices::new(input);
    let check = check(&mut choices);
    let threads = 1 + choices.up_to(3);
    let data = match choices.byte() % 4 {
        0 => choices.text(),
        1 => choices.text_of(&ADDRESSES),
        2 => choices.text_of(&NUMBERS),
        _ => choices.text_of(&CODES),
    };
    // Those who ask for bytes may hold any.
    for raw in data.split(|&byte| byte == b'\n') {
        let _ = check.holds(raw);
    }
    let texts: Vec<String> =
        data.split(|&byte| byte == b'\n').map(|raw| String::from_utf8_lossy(raw).into_owned()).collect();
    let column = StringViewArray::from_iter_values(&texts);
    let answers = check.column(&column, threads);
    assert_eq!(answers.len(), texts.len());
    for (text, answer) in texts.iter().zip(answers.iter()) {
        let held = check.holds(text.as_bytes());
        assert_eq!(answer, Some(held), "{check:?} of {text:?}");
        let known = match &check {
            Check::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Check::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Check::Ascii => text.is_ascii(),
            Check::Bytes(range) => range.contains(&text.len()),
            Check::Characters(range) => range.contains(&text.chars().count()),
            _ => continue,
        };
        assert_eq!(held, known, "{check:?} of {text:?}");
    }
});
