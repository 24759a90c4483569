//! One question, put to a text or to a column of texts.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, BooleanArray, StringViewArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;

use super::email::is_email;
use super::iban::is_iban;
use super::ip::{is_ipv4, is_ipv6};
use super::luhn::is_luhn;
use super::pattern::Pattern;
use super::range::Bounds;
use super::url::is_url;
use super::uuid::is_uuid;
use crate::decode::views::{Reading, Views, in_parts, join, part_of, reading};
use crate::decode::words::Words;
use crate::decode::{Spelling, parse};

/// A question about a text.
#[derive(Debug)]
pub enum Check {
    /// Is it a value of a type, as the reader takes it?
    Value(Box<dyn Reading>),
    /// Is it a datetime of any precision, or a date, written so?
    Datetime(Spelling),
    /// [`is_email`].
    Email,
    /// [`is_url`].
    Url,
    /// [`is_uuid`].
    Uuid,
    /// [`is_ipv4`].
    Ipv4,
    /// [`is_ipv6`].
    Ipv6,
    /// [`is_iban`].
    Iban,
    /// [`is_luhn`].
    Luhn,
    /// Is every byte below 128?
    Ascii,
    /// Does a pattern match somewhere?
    Matches(Arc<Pattern>),
    /// Has it so many bytes?
    Bytes(Range<usize>),
    /// Has it so many characters (Unicode scalar values)?
    Characters(Range<usize>),
    /// Is it one of some words?
    OneOf(Words),
    /// Is it a value between bounds?
    Within(Bounds),
}

impl Check {
    /// Is it a value of this type, written so? `None` for a type that no text is read as.
    #[must_use]
    pub fn value(data_type: &DataType, spelling: &Spelling) -> Option<Check> {
        reading(data_type, b'.', spelling).map(Check::Value)
    }

    /// Answers for one text.
    #[must_use]
    pub fn holds(&self, text: &[u8]) -> bool {
        match self {
            Check::Value(reading) => reading.check(text).is_ok(),
            Check::Datetime(spelling) => spelling.moment(text).is_ok(),
            Check::Email => is_email(text),
            Check::Url => is_url(text),
            Check::Uuid => is_uuid(text),
            Check::Ipv4 => is_ipv4(text),
            Check::Ipv6 => is_ipv6(text),
            Check::Iban => is_iban(text),
            Check::Luhn => is_luhn(text),
            Check::Ascii => text.is_ascii(),
            Check::Matches(pattern) => pattern.is_match(text),
            Check::Bytes(lengths) => lengths.contains(&text.len()),
            Check::Characters(lengths) => lengths.contains(&characters(text)),
            Check::OneOf(words) => words.contains(text),
            Check::Within(bounds) => bounds.contain_text(text),
        }
    }

    /// Answers for every text of a column, on at most so many threads; null where the text is.
    #[must_use]
    pub fn column(&self, texts: &StringViewArray, threads: usize) -> BooleanArray {
        let views = Views::new(texts);
        let part = part_of(views.len(), threads);
        let starts = (0..views.len()).step_by(part).collect();
        let answers = in_parts(starts, |start| self.rows(&views, start..views.len().min(start + part)));
        BooleanArray::new(join(answers), texts.nulls().cloned())
    }

    /// Answers for some rows, with the question settled before the loop.
    fn rows(&self, texts: &Views<'_>, rows: Range<usize>) -> BooleanBuffer {
        let each = |row: usize| texts.text(rows.start + row);
        match self {
            Check::Value(reading) => reading.test(texts, rows),
            Check::Datetime(spelling) if !spelling.datetimes.is_empty() => {
                BooleanBuffer::collect_bool(rows.len(), |row| spelling.moment(each(row)).is_ok())
            }
            Check::Datetime(_) => BooleanBuffer::collect_bool(rows.len(), |row| {
                texts.micros(rows.start + row).is_some() || parse::moment(each(row)).is_ok()
            }),
            Check::Email => BooleanBuffer::collect_bool(rows.len(), |row| is_email(each(row))),
            Check::Url => BooleanBuffer::collect_bool(rows.len(), |row| is_url(each(row))),
            Check::Uuid => BooleanBuffer::collect_bool(rows.len(), |row| is_uuid(each(row))),
            Check::Iban => BooleanBuffer::collect_bool(rows.len(), |row| is_iban(each(row))),
            Check::Luhn => BooleanBuffer::collect_bool(rows.len(), |row| is_luhn(each(row))),
            Check::Ascii => BooleanBuffer::collect_bool(rows.len(), |row| each(row).is_ascii()),
            Check::Matches(pattern) => pattern.matcher().rows(texts, rows),
            Check::Bytes(lengths) => {
                BooleanBuffer::collect_bool(rows.len(), |row| lengths.contains(&texts.length(rows.start + row)))
            }
            Check::Characters(lengths) => {
                BooleanBuffer::collect_bool(rows.len(), |row| lengths.contains(&characters(each(row))))
            }
            Check::OneOf(words) => words.contain(texts, rows),
            Check::Within(bounds) => bounds.contain_texts(texts, rows),
            Check::Ipv4 | Check::Ipv6 => BooleanBuffer::collect_bool(rows.len(), |row| self.holds(each(row))),
        }
    }
}

/// The characters of valid UTF-8: every byte but those that continue one.
fn characters(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte as i8 >= -0x40).count()
}

/// The values that a column of texts writes; null where a text is none.
#[must_use]
pub fn parse_texts(texts: &StringViewArray, reading: &dyn Reading, threads: usize) -> ArrayRef {
    reading.read(&Views::new(texts), texts.nulls(), threads)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, AsArray, Int64Array, StringViewArray};
    use arrow::datatypes::{DataType, Int64Type};

    use super::{Check, parse_texts};
    use crate::validate::range::{Bounds, Interval, Numbers};
    use crate::validate::{Format, Pattern, Spelling, Temporal, Words, reading};

    fn checks() -> Vec<Check> {
        let types = [
            DataType::Int8,
            DataType::Int64,
            DataType::Float64,
            DataType::Boolean,
            DataType::Date32,
            DataType::Decimal128(5, 2),
        ];
        let numbers = |lo: i128, hi: i128| {
            Bounds::Numbers(Numbers {
                whole: Interval { lo, hi },
                float: Interval { lo: lo as f64, hi: hi as f64 },
                lo: Some((lo, 0, true)),
                hi: Some((hi, 0, true)),
            })
        };
        let formats = |of| [Format::new("%Y-%m-%d", of).unwrap()].into();
        let formatted =
            Spelling { dates: formats(Temporal::Date), datetimes: formats(Temporal::Datetime), ..Spelling::default() };
        let mut checks: Vec<Check> =
            types.iter().map(|kind| Check::value(kind, &Spelling::default()).unwrap()).collect();
        checks.extend([
            Check::Datetime(Spelling::default()),
            Check::Datetime(formatted.clone()),
            Check::value(&DataType::Date32, &formatted).unwrap(),
            Check::Email,
            Check::Url,
            Check::Uuid,
            Check::Ipv4,
            Check::Ipv6,
            Check::Iban,
            Check::Luhn,
            Check::Ascii,
            Check::Matches(Pattern::new(r"^[\w.]+@\w+\b").unwrap()),
            Check::Bytes(1..11),
            Check::Characters(1..11),
            Check::OneOf(Words::new(["12", "::1"])),
            Check::OneOf(Words::new(["12", "a@b.cc", "2020-01-01T10:00:00"])),
            Check::Within(numbers(-5, 12)),
            Check::Within(numbers(-5, i128::from(i64::MAX))),
            Check::Within(Bounds::Instants(Interval { lo: 0, hi: 1_600_000_000_000_000_000 })),
            Check::Within(Bounds::Clock(Interval { lo: 0, hi: 50_000_000_000_000 })),
        ]);
        checks
    }

    const TEXTS: &str = "|12| 12|-7|1e1|-4.5|128|nan|inf|9007199254740993|99999999999999999999|true|FALSE|2020-01-01|2020-01-01T10:00:00|\
        2020-01-01 10:00:00.123456789+01:00|13:45:00|10:00|a@b.cc|a.b@c|user.name@sub.example.com|http://example.com/x|\
        f81d4fae-7dec-11d0-a765-00a0c91e6bf6|127.0.0.1|::1|GB82WEST12345698765432|79927398713|\u{e9}|\u{e9}@b|\u{3b1}\u{3b2}\u{3b3}\u{3b4}\u{3b5}\u{3b6}";

    /// What a column is told is what each text is told, whatever surrounds it and however many threads there are.
    #[test]
    fn columns_and_texts_agree() {
        let texts: Vec<Option<&str>> = TEXTS.split('|').map(Some).chain([None]).collect();
        let few: StringViewArray = texts.iter().copied().collect();
        let many: StringViewArray = texts.iter().copied().cycle().take(300_000).collect();
        for check in checks() {
            let expected = |at: usize| texts[at % texts.len()].map(|text| check.holds(text.as_bytes()));
            let agree = |array: &StringViewArray, from: usize, threads: usize| {
                let answers = check.column(array, threads);
                for (row, answer) in answers.iter().enumerate() {
                    assert_eq!(answer, expected(from + row), "{check:?} {:?}", texts[(from + row) % texts.len()]);
                }
            };
            for from in 0..few.len() {
                agree(&few.slice(from, few.len() - from), from, 1);
            }
            agree(&many, 0, 3);
            agree(&many.slice(77, 299_900), 77, 3);
            agree(&few.slice(0, 0), 0, 3);
        }
    }

    /// Where neighbours are the same text the answer of the last is the answer, wherever a null lies between.
    #[test]
    fn repeated_texts_are_read_as_single_ones() {
        let texts =
            ["2020-01-01", "2020-01-01", "x", "x", "", "2020-02-30", "1999-12-31", "1999-12-31", "a date of no kind"];
        let texts: Vec<Option<&str>> = texts.into_iter().flat_map(|text| [Some(text), None, Some(text)]).collect();
        let array: StringViewArray = texts.iter().copied().collect();
        let dates: Arc<[Format]> = [Format::new("%Y-%m-%d", Temporal::Date).unwrap()].into();
        for spelling in [Spelling::default(), Spelling { dates, ..Spelling::default() }] {
            let reading = reading(&DataType::Date32, b'.', &spelling).unwrap();
            let days = parse_texts(&array, &*reading, 2);
            let answers = Check::value(&DataType::Date32, &spelling).unwrap().column(&array, 2);
            for (row, text) in texts.iter().enumerate() {
                let is_day = text.map(|text| reading.check(text.as_bytes()).is_ok());
                assert_eq!(answers.is_valid(row).then(|| answers.value(row)), is_day, "{row}");
                assert_eq!(days.is_valid(row), is_day == Some(true), "{row}");
            }
        }
    }

    #[test]
    fn values_and_nulls() {
        let texts: StringViewArray = [Some("1"), None, Some("x"), Some(""), Some("-9")].into_iter().collect();
        let numbers = parse_texts(&texts, &*reading(&DataType::Int64, b'.', &Spelling::default()).unwrap(), 2);
        let expected: Int64Array = [Some(1), None, None, None, Some(-9)].into_iter().collect();
        assert_eq!(numbers.as_primitive::<Int64Type>(), &expected);
        let many: StringViewArray = (0..300_000).map(|row| Some(row.to_string())).collect();
        let numbers = parse_texts(&many, &*reading(&DataType::Int64, b'.', &Spelling::default()).unwrap(), 2);
        assert_eq!(numbers.null_count(), 0);
        assert_eq!(&numbers, &(Arc::new(Int64Array::from_iter_values(0..300_000)) as Arc<dyn Array>));
    }
}
