//! The beginning of a format that has a fixed width, checked by words of eight bytes.
//!
//! As in `temporal.rs`: a word less its pattern holds digits where digits belong and zeros elsewhere, and one addition
//! with one mask checks all eight. What is not written so (a month of one digit) is left to the steps.

use super::super::calendar::days;
use super::steps::{Part, Parts, Step};

/// The bytes that are looked at most.
const MOST: usize = 32;

/// A beginning of 8 to 32 bytes, each a digit or a byte that stands for itself.
#[derive(Clone, Debug)]
pub(super) struct Fixed {
    length: usize,
    /// Where each word begins, what it is less of, and the most that may be left of each byte, up to 0x7F.
    words: Box<[(usize, u64, u64)]>,
    /// Each number's part, place and digits.
    numbers: Box<[(Part, u8, u8)]>,
    /// The place and digits of a fraction.
    fraction: Option<(u8, u8)>,
}

/// The places of the numbers that most formats are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    of_date: [u8; 3],
    of_clock: OfClock,
}

#[derive(Clone, Copy, Debug)]
enum OfClock {
    None,
    Minutes([u8; 2]),
    Seconds([u8; 3]),
}

impl Fixed {
    /// What the first steps come to, and how many they are; `None` where they are too short.
    pub(super) fn of(steps: &[Step]) -> Option<(Fixed, usize)> {
        let (mut pattern, mut limits) = (Vec::new(), Vec::new());
        let (mut numbers, mut fraction, mut taken) = (Vec::new(), None, 0);
        for step in steps {
            let at = pattern.len();
            let (byte, count) = match *step {
                Step::Byte(byte) => (byte, 1),
                Step::Number { part, most, blank: false, .. } if part != Part::Ordinal => {
                    numbers.push((part, at as u8, most));
                    (b'0', usize::from(most))
                }
                Step::Fraction(digits) => {
                    fraction = Some((at as u8, digits));
                    (b'0', usize::from(digits))
                }
                _ => break,
            };
            if at + count > MOST {
                numbers.retain(|&(_, place, _)| usize::from(place) < at);
                fraction = fraction.filter(|&(place, _)| usize::from(place) < at);
                break;
            }
            let is_number = !matches!(step, Step::Byte(_));
            pattern.extend(std::iter::repeat_n(byte, count));
            limits.extend(std::iter::repeat_n(if is_number { 0x76_u8 } else { 0x7F }, count));
            taken += 1;
        }
        let length = pattern.len();
        if length < 8 {
            return None;
        }
        let word = |bytes: &[u8], at: usize| bytes[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        let places = (0..length.div_ceil(8)).map(|at| (at * 8).min(length - 8));
        let words = places.map(|at| (at, word(&pattern, at), word(&limits, at))).collect();
        Some((Fixed { length, words, numbers: numbers.into_boxed_slice(), fraction }, taken))
    }

    /// Whether every byte is one that may stand at its place.
    #[inline(always)]
    fn check(&self, text: &[u8]) -> Option<()> {
        let mut bad = 0;
        for &(at, pattern, limits) in &self.words {
            let word = u64::from_le_bytes(*text.get(at..)?.first_chunk()?) ^ pattern;
            bad |= word | word.wrapping_add(limits);
        }
        (bad & 0x8080_8080_8080_8080 == 0).then_some(())
    }

    /// Where the numbers lie, if they are those of a date, alone or with hours and minutes, or seconds, too.
    pub(super) fn plain(&self) -> Option<Plain> {
        let place = |wanted: Part| self.numbers.iter().find(|(part, ..)| *part == wanted).map(|(_, at, _)| *at);
        let of_date = [place(Part::Year)?, place(Part::Month)?, place(Part::Day)?];
        let of_clock = match (place(Part::Hour), place(Part::Minute), place(Part::Second)) {
            (None, None, None) => OfClock::None,
            (Some(hour), Some(minute), None) => OfClock::Minutes([hour, minute]),
            (Some(hour), Some(minute), Some(second)) => OfClock::Seconds([hour, minute, second]),
            _ => return None,
        };
        let count = 3 + match of_clock {
            OfClock::None => 0,
            OfClock::Minutes(_) => 2,
            OfClock::Seconds(_) => 3,
        };
        // Each part once, in all its digits.
        let in_full = self.numbers.iter().all(|(part, _, digits)| *digits == if *part == Part::Year { 4 } else { 2 });
        let is_plain = in_full && self.numbers.len() == count && self.fraction.is_none();
        is_plain.then_some(Plain { of_date, of_clock })
    }

    /// Days since 1970 and seconds since midnight of a text that is this beginning and nothing more; `None` where another way
    /// has to look.
    #[inline(always)]
    pub(super) fn read_plain(&self, plain: &Plain, text: &[u8]) -> Option<(i32, i64)> {
        if text.len() != self.length {
            return None;
        }
        self.check(text)?;
        let pair = |at: u8| {
            let at = usize::from(at);
            let [tens, ones] = *text[at..].first_chunk()?;
            Some(u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
        };
        let [year, month, day] = plain.of_date;
        let day = days(pair(year)? * 100 + pair(year + 2)?, pair(month)?, pair(day)?)?;
        let [hour, minute, second] = match plain.of_clock {
            OfClock::None => [0; 3],
            OfClock::Minutes([hour, minute]) => [pair(hour)?, pair(minute)?, 0],
            OfClock::Seconds([hour, minute, second]) => [pair(hour)?, pair(minute)?, pair(second)?],
        };
        let real = (hour < 24) & (minute < 60) & (second < 60);
        real.then(|| (day, i64::from(hour * 3600 + minute * 60 + second)))
    }

    /// Reads the beginning; gives what follows it.
    #[inline]
    pub(super) fn read<'a>(&self, text: &'a [u8], parts: &mut Parts) -> Option<&'a [u8]> {
        let (text, rest) = text.split_at_checked(self.length)?;
        self.check(text)?;
        for &(part, at, count) in &self.numbers {
            let digits = text.get(usize::from(at)..)?;
            let pair = |at: usize| u32::from(digits[at] - b'0') * 10 + u32::from(digits[at + 1] - b'0');
            let value = match count {
                2 => pair(0),
                4 => pair(0) * 100 + pair(2),
                _ => u32::from(digits[0] - b'0'),
            };
            parts.set(part, value);
        }
        if let Some((at, count)) = self.fraction {
            let digits = &text[usize::from(at)..][..usize::from(count)];
            let value = digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
            parts.nanos = value * 10_u32.pow(9 - u32::from(count));
        }
        Some(rest)
    }
}
