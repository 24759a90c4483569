//! The fields of a column, held against what is known of it.
//!
//! In come raw fields, out goes the set of classes that they belong to. Most values of a column look like those before them:
//! a field that certainly adds nothing to the type is passed over after a look at its bytes, eight at a time, and any other
//! one is judged exactly, by [`Seen::add`]. A null word need not be told from a value where neither adds anything. Where the
//! fields come from is not known here.

use super::infer::{Look, Seen, Usual};
use crate::decode::has_zeros_in_front;
use crate::dialect::Dialect;
use crate::tokenize::fields::{Fields, Span};
use crate::tokenize::unescape;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How the fields of one column are looked at.
#[derive(Clone, Debug)]
pub struct Observer {
    look: Look,
    null_words: Arc<[Box<[u8]>]>,
    quote: Option<u8>,
    escape: Option<u8>,
    /// Whether the column is known to be text, whatever else it holds.
    settled: Arc<AtomicBool>,
    /// Whether quote and escape are bytes that stand in no number, word of truth or date.
    is_plain: bool,
}

/// The most digits of a number that 64 bits hold whatever they are.
const DIGITS_OF_64_BITS: usize = 18;

impl Observer {
    /// One for a column whose null words are these.
    pub fn new(dialect: &Dialect, look: Look, null_words: Arc<[Box<[u8]>]>) -> Observer {
        let (quote, escape) = (dialect.quote, dialect.escape);
        let may_stand_in_values = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.,:/ ".contains(byte);
        let is_plain = !quote.iter().chain(&escape).any(may_stand_in_values);
        Observer { look, null_words, quote, escape, settled: Arc::default(), is_plain }
    }

    /// Whether no quote and no escape can stand in a number, word of truth or date.
    pub fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Says what was seen of the whole column: of one that is text nothing more need be looked at, in whichever thread.
    pub fn note(&self, seen: Seen) {
        if seen.is_text() {
            self.settled.store(true, Ordering::Relaxed);
        }
    }

    /// Adds what a column's fields show to what was seen of it.
    pub fn observe<F: Fields>(&self, seen: &mut Seen, data: &[u8], fields: F, scratch: &mut Vec<u8>) {
        let mut row = 0;
        if self.settled.load(Ordering::Relaxed) {
            return;
        }
        while !seen.is_text() {
            row = self.pass_over(*seen, data, fields, row);
            if row == fields.len() {
                return;
            }
            let Span { start, end } = fields.span(row);
            if start < end {
                self.add(seen, &data[start as usize..end as usize], scratch);
            }
            row += 1;
        }
    }

    /// Adds one raw field.
    pub fn add(&self, seen: &mut Seen, raw: &[u8], scratch: &mut Vec<u8>) {
        let value = unescape::text(raw, self.quote, self.escape, scratch);
        // An empty field says nothing, a quoted empty one is a text.
        let is_text = self.look.spelling.quoted_words_are_text && raw.first().copied() == self.quote;
        let is_null = |word: &[u8]| *word == *value || self.escape.is_some() && *word == *raw;
        let says_nothing = raw.is_empty() || (!is_text && self.null_words.iter().any(|word| is_null(word)));
        if !says_nothing {
            seen.add(value, &self.look);
        }
    }

    /// The first row from `row` on whose field may change the type; the number of rows where none may.
    fn pass_over<F: Fields>(&self, seen: Seen, data: &[u8], fields: F, row: usize) -> usize {
        if !self.is_plain {
            return row;
        }
        let (mark, keeps_zeros) = (self.look.mark, self.look.spelling.keeps_zeros);
        let starts_well = |start: usize, end: usize| !keeps_zeros || !has_zeros_in_front(&data[start..end]);
        match seen.usual(&self.look) {
            Usual::Nothing => row,
            Usual::Integers => {
                let is_usual = |start, end| is_number::<false>(data, start, end, mark) && starts_well(start, end);
                self.first_unusual(data, fields, row, |start, end| {
                    end - start <= DIGITS_OF_64_BITS && is_usual(start, end)
                })
            }
            Usual::Numbers => self.first_unusual(data, fields, row, |start, end| {
                is_number::<true>(data, start, end, mark) && starts_well(start, end)
            }),
            Usual::Booleans => self.first_unusual(data, fields, row, |start, end| is_boolean(data, start, end)),
            Usual::Dates => {
                self.first_unusual(data, fields, row, |start, end| end - start == 10 && is_date(data, start))
            }
            Usual::Datetimes => self.first_unusual(data, fields, row, |start, end| is_datetime(data, start, end)),
        }
    }

    /// The first row from `row` on with a field that is neither empty nor, without its quotes, usual.
    #[inline(always)]
    fn first_unusual<F: Fields>(
        &self,
        data: &[u8],
        fields: F,
        row: usize,
        is_usual: impl Fn(usize, usize) -> bool,
    ) -> usize {
        let may_change = |&row: &usize| {
            let Span { start, end } = fields.span(row);
            if start >= end {
                return false;
            }
            let (mut start, mut end) = (start as usize, end as usize);
            if Some(data[start]) == self.quote {
                if end - start < 3 || Some(data[end - 1]) != self.quote {
                    return true;
                }
                (start, end) = (start + 1, end - 1);
            }
            !is_usual(start, end)
        };
        (row..fields.len()).find(may_change).unwrap_or(fields.len())
    }
}

/// The eight bytes from `at` on, the first one lowest.
#[inline(always)]
fn word(data: &[u8], at: usize) -> Option<u64> {
    data.get(at..)?.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes))
}

const ZEROS: u64 = u64::from_le_bytes(*b"00000000");
const TOPS: u64 = 0x8080_8080_8080_8080;

/// The top bit of each byte of `word` that is above 9. A byte of 128 or more may have the next one marked as well.
#[inline(always)]
fn above_nine(word: u64) -> u64 {
    (word | word.wrapping_add(0x7676_7676_7676_7676)) & TOPS
}

/// Whether `data[start..end]` is digits behind at most one minus; where `DECIMAL`, one `mark` may stand before, among or behind
/// them. Also false where the data end less than eight bytes behind.
#[inline(always)]
fn is_number<const DECIMAL: bool>(data: &[u8], start: usize, end: usize, mark: u8) -> bool {
    let at = start + usize::from(data[start] == b'-');
    if !DECIMAL {
        return at < end && are_digits(data, at, end);
    }
    let mut whole = at;
    while whole < end {
        let Some(word) = word(data, whole) else { return false };
        let mut others = above_nine(word ^ ZEROS);
        if end - whole < 8 {
            others &= (1 << (8 * (end - whole))) - 1;
        }
        if others != 0 {
            whole += others.trailing_zeros() as usize / 8;
            return data[whole] == mark && end - at > 1 && are_digits(data, whole + 1, end);
        }
        whole += 8;
    }
    at < end
}

/// Whether `data[start..end]`, which may be empty, is all digits: words that may overlap, from both ends. Also false where the
/// data end less than eight bytes behind the start.
#[inline(always)]
fn are_digits(data: &[u8], start: usize, end: usize) -> bool {
    let length = end - start;
    let less = |at: usize| word(data, at).map_or(u64::MAX, |word| word ^ ZEROS);
    if length < 8 {
        // Nothing is left of a word of which no byte counts.
        return above_nine(less(start)) & ((1 << (8 * length)) - 1) == 0;
    }
    let mut others = above_nine(less(start)) | above_nine(less(end - 8)) | above_nine(less((start + 8).min(end - 8)));
    let mut at = start + 16;
    while at + 8 < end {
        others |= above_nine(less(at));
        at += 8;
    }
    others == 0
}

/// Whether `data[start..end]` is `true` or `false` in any case. Also false where the data end less than eight bytes behind.
#[inline(always)]
fn is_boolean(data: &[u8], start: usize, end: usize) -> bool {
    const WORDS: [u64; 2] = [u64::from_le_bytes(*b"true\0\0\0\0"), u64::from_le_bytes(*b"false\0\0\0")];
    let length = end - start;
    let (4 | 5, Some(word)) = (length, word(data, start)) else { return false };
    // No other byte than the two cases of a letter becomes that letter.
    let lower = (word | 0x2020_2020_2020_2020) & (u64::MAX >> (64 - 8 * length));
    lower == WORDS[length - 4]
}

/// The bytes of `word` less those of `pattern`, if each is a digit where the pattern has a `0`, and the same elsewhere.
#[inline(always)]
fn digits_of(word: u64, pattern: [u8; 8]) -> Option<[u8; 8]> {
    let less = word ^ u64::from_le_bytes(pattern);
    let others = pattern.map(|byte| if byte == b'0' { 0 } else { u8::MAX });
    (above_nine(less) == 0 && less & u64::from_le_bytes(others) == 0).then(|| less.to_le_bytes())
}

/// Whether a date begins there that is written `2024-12-28`, on a day that every month has.
#[inline(always)]
fn is_date(data: &[u8], start: usize) -> bool {
    let Some([.., m1, m2, _]) = word(data, start).and_then(|word| digits_of(word, *b"0000-00-")) else { return false };
    let Some(&[d1, d2]) = data.get(start + 8..).and_then(|rest| rest.first_chunk::<2>()) else { return false };
    let is_day = d1.is_ascii_digit() && d2.is_ascii_digit();
    let (month, day) = (m1 * 10 + m2, d1.wrapping_sub(b'0').wrapping_mul(10).wrapping_add(d2.wrapping_sub(b'0')));
    is_day && (1..=12).contains(&month) && (1..=28).contains(&day)
}

/// Whether `data[start..end]` is such a date, `T` or a blank, and a time as in `23:59:59`, perhaps with up to six digits behind
/// a dot.
#[inline(always)]
fn is_datetime(data: &[u8], start: usize, end: usize) -> bool {
    if !(end - start == 19 || (21..=26).contains(&(end - start))) || !matches!(data[start + 10], b'T' | b' ') {
        return false;
    }
    let Some([h1, h2, _, m1, m2, _, s1, _]) = word(data, start + 11).and_then(|word| digits_of(word, *b"00:00:00"))
    else {
        return false;
    };
    let is_time = h1 * 10 + h2 < 24 && m1 * 10 + m2 < 60 && s1 < 6;
    let fraction = &data[start + 19..end];
    let is_fraction = fraction.is_empty() || fraction[0] == b'.' && fraction[1..].iter().all(u8::is_ascii_digit);
    is_time && is_fraction && is_date(data, start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Truths;
    use crate::decode::format::{Format, Temporal};
    use crate::decode::{Spelling, parse};
    use proptest::prelude::*;

    /// The same, field by field.
    fn plainly(observer: &Observer, data: &[u8], spans: &[Span]) -> Seen {
        let mut seen = Seen::default();
        let present = spans.iter().filter(|span| !span.is_missing());
        present
            .for_each(|span| observer.add(&mut seen, &data[span.start as usize..span.end as usize], &mut Vec::new()));
        seen
    }

    fn looks() -> Vec<Look> {
        let format = |text, of| [Format::new(text, of).unwrap()].into();
        let spellings = [
            Spelling::default(),
            Spelling { keeps_zeros: true, ..Spelling::default() },
            Spelling { thousands: Some(b'\''), quoted_words_are_text: true, ..Spelling::default() },
            Spelling { truths: Some(Truths::new(Some(&["1", "yes"]), None).unwrap()), ..Spelling::default() },
            Spelling { dates: format("%Y%m%d", Temporal::Date), ..Spelling::default() },
            Spelling { times: format("%H.%M", Temporal::Time), ..Spelling::default() },
            Spelling { datetimes: format("%d/%m/%Y %R", Temporal::Datetime), ..Spelling::default() },
        ];
        let with = |spelling: &Spelling, dates, mark| Look { dates, mark, spelling: spelling.clone() };
        let each = spellings.iter();
        each.flat_map(|it| [with(it, false, b'.'), with(it, true, b'.'), with(it, true, b',')]).collect()
    }

    /// What values of one kind are written like, and others that differ from them by little.
    const KINDS: [&str; 11] = [
        "-?[0-9]{1,20}",
        "-?[0-9]{0,9}[.,][0-9]{0,18}",
        "[+-]?[0-9]{1,3}[.,][0-9]{1,3}(e[+-]?[0-9]{1,2})?",
        "0{0,2}[0-9]{1,40}",
        "0{0,2}[1-9]([.][0-9])?",
        "(true|false|True|FALSE|t|yes|1|nan|NaN|inf|NA)",
        "[0-9]{4}-[01][0-9]-[0-3][0-9]",
        "[0-9]{4}-0[1-9]-[0-2][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]([.][0-9]{0,9})?(Z|[+]01:00)?",
        "[0-2][0-9][:.][0-5][0-9](:[0-5][0-9])?",
        "[0-9]{1,3}('[0-9]{3}){1,3}",
        "20[0-9]{6}",
    ];

    /// The fields of a column of one kind, with perhaps one of another.
    fn fields() -> impl Strategy<Value = Vec<String>> {
        let raw = |value: String, form: u8| match form {
            0 => format!("\"{value}\""),
            1 => String::new(),
            _ => value,
        };
        let of_kind = |kind: usize| proptest::collection::vec((KINDS[kind], 0..9u8), 1..16);
        let other = prop_oneof!["[-0-9.,:T e'\"\\\\é\u{b0}]{0,12}", (0..KINDS.len()).prop_flat_map(|kind| KINDS[kind])];
        let other = proptest::option::of((other, 0..16usize));
        ((0..KINDS.len()).prop_flat_map(of_kind), other).prop_map(move |(values, other)| {
            let mut fields: Vec<String> = values.into_iter().map(|(value, form)| raw(value, form)).collect();
            if let Some((other, at)) = other {
                fields.insert(at.min(fields.len()), other);
            }
            fields
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// Columns of one kind, in which another value may come late, are of the type that a look at every value names.
        #[test]
        fn what_is_passed_over_adds_nothing(
            fields in fields(), which in 0..21usize, escapes in any::<bool>(),
            quote in prop_oneof![4 => Just(Some(b'"')), 1 => Just(None), 1 => Just(Some(b'5')), 1 => Just(Some(b'-'))],
        ) {
            let (mut data, mut spans) = (Vec::new(), vec![Span::MISSING]);
            for field in fields {
                let start = data.len() as u32;
                data.extend_from_slice(field.as_bytes());
                spans.push(Span { start, end: data.len() as u32 });
                data.push(b',');
            }
            data.extend_from_slice(&[b'x'; 8]);
            let dialect = Dialect { quote, escape: escapes.then_some(b'\\'), ..Dialect::default() };
            let words: Arc<[Box<[u8]>]> = [(*b"NA").into(), (*b"-1").into()].into();
            let observer = Observer::new(&dialect, looks()[which].clone(), words);
            let mut seen = Seen::default();
            observer.observe(&mut seen, &data, spans.as_slice(), &mut Vec::new());
            prop_assert_eq!(seen.data_type(), plainly(&observer, &data, &spans).data_type());
        }
    }

    #[test]
    fn numbers_are_told_at_every_length_and_from_every_byte() {
        for length in 1..30 {
            for minus in ["", "-"] {
                let digits = format!("{minus}{}", "9".repeat(length));
                let data = format!("{digits}........").into_bytes();
                assert!(is_number::<false>(&data, 0, digits.len(), b'.'));
                for place in 0..digits.len() {
                    for byte in 0..=255_u8 {
                        let mut data = data.clone();
                        data[place] = byte;
                        let text = &data[..digits.len()];
                        let magnitude = text.strip_prefix(b"-").unwrap_or(text);
                        let all_digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
                        let is_integer = !magnitude.is_empty() && all_digits(magnitude);
                        assert_eq!(is_number::<false>(&data, 0, digits.len(), b'.'), is_integer, "{text:?}");
                        let parts: Vec<&[u8]> = magnitude.splitn(2, |&byte| byte == b'.').collect();
                        let is_decimal = magnitude.len() >= parts.len() && parts.iter().all(|part| all_digits(part));
                        assert_eq!(is_number::<true>(&data, 0, digits.len(), b'.'), is_decimal, "{text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn words_of_truth_are_told_from_every_other_byte() {
        for text in ["true", "FALSE", "tRuE", "fALSE", "tru", "truee", "falsee", "", "t"] {
            for place in 0..text.len().max(1) {
                for byte in 0..=255_u8 {
                    let mut data = format!("{text}........").into_bytes();
                    data[place] = byte;
                    let is_word = parse::boolean(&data[..text.len()]).is_ok();
                    assert_eq!(is_boolean(&data, 0, text.len()), is_word, "{data:?}");
                }
            }
        }
    }

    #[test]
    fn dates_and_times_are_the_exact_ones() {
        let mut usual = 0;
        for (month, day, hour, second) in all_fours(&[0, 1, 9, 12, 13, 28, 29, 31, 60]) {
            for (mark, end) in [('T', ""), (' ', ".5"), (' ', ".123456"), ('T', ".1234567"), ('x', ""), (' ', ".")] {
                let date = format!("2023-{month:02}-{day:02}");
                let text = format!("{date}{mark}{hour:02}:{second:02}:{second:02}{end}");
                let data = format!("{text}........").into_bytes();
                if is_date(&data, 0) {
                    assert!(parse::date(date.as_bytes()).is_ok(), "{date}");
                }
                if is_datetime(&data, 0, text.len()) {
                    usual += 1;
                    let moment = parse::moment(text.as_bytes()).unwrap();
                    assert!(moment.has_time && moment.offset.is_none() && moment.nanos.is_multiple_of(1_000), "{text}");
                }
            }
        }
        // Of the nine numbers three are months, five days and hours, eight minutes and seconds, in three of the forms.
        assert_eq!(usual, 3 * 5 * 5 * 8 * 3);
    }

    fn all_fours(of: &[u32]) -> Vec<(u32, u32, u32, u32)> {
        let pairs = || of.iter().flat_map(|&a| of.iter().map(move |&b| (a, b)));
        pairs().flat_map(|(a, b)| pairs().map(move |(c, d)| (a, b, c, d))).collect()
    }
}
