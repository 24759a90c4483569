//! The steps of a compiled format, taken one after the other.

/// One thing that a format wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// This byte.
    Byte(u8),
    /// A number of at least and at most so many digits, with a blank for the first one perhaps.
    Number { part: Part, least: u8, most: u8, blank: bool },
    /// The name of a month, or of a day of the week: the short one, or either.
    Name { part: Part, either: bool },
    /// AM or PM in any case.
    Meridiem,
    /// Exactly so many digits of a fraction.
    Fraction(u8),
    /// A dot and one to nine digits, or nothing.
    DotFraction,
    /// `Z` or an offset.
    Zone,
    /// A name of UTC.
    ZoneName,
    /// Seconds since 1970.
    Epoch,
}

/// The parts of a value that are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    /// Two digits.
    ShortYear,
    Month,
    Day,
    Ordinal,
    Week,
    Weekday,
    Hour,
    Minute,
    Second,
}

/// What a format says of a value, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Has(u32);

impl Has {
    pub(super) const YEAR: Has = Has(1);
    pub(super) const ISO_YEAR: Has = Has(1 << 1);
    pub(super) const MONTH: Has = Has(1 << 2);
    pub(super) const DAY: Has = Has(1 << 3);
    pub(super) const ORDINAL: Has = Has(1 << 4);
    pub(super) const WEEK: Has = Has(1 << 5);
    pub(super) const WEEKDAY: Has = Has(1 << 6);
    pub(super) const HOUR: Has = Has(1 << 7);
    pub(super) const HALF_DAY_HOUR: Has = Has(1 << 8);
    pub(super) const MERIDIEM: Has = Has(1 << 9);
    pub(super) const MINUTE: Has = Has(1 << 10);
    pub(super) const SECOND: Has = Has(1 << 11);
    pub(super) const FRACTION: Has = Has(1 << 12);
    pub(super) const ZONE: Has = Has(1 << 13);
    pub(super) const EPOCH: Has = Has(1 << 14);
    /// What dates are made of.
    pub(super) const OF_DATES: Has = Has((1 << 7) - 1);

    #[inline(always)]
    pub(super) fn contains(self, other: Has) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn meets(self, other: Has) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn with(self, other: Has) -> Has {
        Has(self.0 | other.0)
    }

    pub(super) fn without(self, other: Has) -> Has {
        Has(self.0 & !other.0)
    }
}

/// What was read so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) year: u32,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) ordinal: u32,
    pub(super) week: u32,
    /// From 1, Monday.
    pub(super) weekday: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) nanos: u32,
    pub(super) afternoon: bool,
    /// Seconds east of UTC.
    pub(super) offset: i32,
    /// Seconds since 1970.
    pub(super) epoch: i64,
}

impl Parts {
    #[inline(always)]
    pub(super) fn set(&mut self, part: Part, value: u32) {
        match part {
            Part::Year => self.year = value,
            Part::ShortYear => self.year = value + if value < 70 { 2000 } else { 1900 },
            Part::Month => self.month = value,
            Part::Day => self.day = value,
            Part::Ordinal => self.ordinal = value,
            Part::Week => self.week = value,
            Part::Weekday => self.weekday = value,
            Part::Hour => self.hour = value,
            Part::Minute => self.minute = value,
            Part::Second => self.second = value,
        }
    }
}

const MONTHS: [&[u8]; 12] = [
    b"january",
    b"february",
    b"march",
    b"april",
    b"may",
    b"june",
    b"july",
    b"august",
    b"september",
    b"october",
    b"november",
    b"december",
];
const WEEKDAYS: [&[u8]; 7] = [b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday"];

/// Takes the steps; `None` where the text is not made so, or goes on behind them.
pub(super) fn read(steps: &[Step], mut text: &[u8], mut parts: Parts) -> Option<Parts> {
    for &step in steps {
        text = match step {
            Step::Byte(byte) => text.strip_prefix(&[byte])?,
            Step::Number { part, least, most, blank } => {
                let (value, rest) = number(text, least.into(), most.into(), blank)?;
                parts.set(part, value);
                rest
            }
            Step::Name { part, either } => {
                let names: &[&[u8]] = if part == Part::Month { &MONTHS } else { &WEEKDAYS };
                let (at, rest) = name(text, names, either)?;
                parts.set(part, at as u32 + 1);
                rest
            }
            Step::Meridiem => {
                let (word, rest) = text.split_at_checked(2)?;
                parts.afternoon = word.eq_ignore_ascii_case(b"pm");
                (parts.afternoon || word.eq_ignore_ascii_case(b"am")).then_some(rest)?
            }
            Step::Fraction(digits) => {
                let (value, rest) = number(text, digits.into(), digits.into(), false)?;
                parts.nanos = value * 10_u32.pow(9 - u32::from(digits));
                rest
            }
            Step::DotFraction => match text {
                [b'.', rest @ ..] => {
                    let (value, behind) = number(rest, 1, 9, false)?;
                    parts.nanos = value * 10_u32.pow(9 - (rest.len() - behind.len()) as u32);
                    behind
                }
                rest => rest,
            },
            Step::Zone => {
                let (offset, rest) = zone(text)?;
                parts.offset = offset;
                rest
            }
            Step::ZoneName => zone_name(text)?,
            Step::Epoch => {
                let (seconds, rest) = epoch(text)?;
                parts.epoch = seconds;
                rest
            }
        };
    }
    text.is_empty().then_some(parts)
}

#[inline]
fn number(text: &[u8], least: usize, most: usize, blank: bool) -> Option<(u32, &[u8])> {
    let skipped = usize::from(blank && text.first() == Some(&b' '));
    let (text, least, most) = (&text[skipped..], least.saturating_sub(skipped).max(1), most - skipped);
    let mut value = 0;
    let mut count = 0;
    while count < most
        && let Some(digit @ b'0'..=b'9') = text.get(count)
    {
        value = value * 10 + u32::from(digit - b'0');
        count += 1;
    }
    (count >= least).then(|| (value, &text[count..]))
}

/// The name in front, the longer one first.
fn name<'a>(text: &'a [u8], names: &[&[u8]], either: bool) -> Option<(usize, &'a [u8])> {
    let after = |name: &[u8]| {
        let (front, rest) = text.split_at_checked(name.len())?;
        front.eq_ignore_ascii_case(name).then_some(rest)
    };
    let whole = |name: &[u8]| if either { after(name) } else { None };
    names.iter().enumerate().find_map(|(at, name)| Some((at, whole(name).or_else(|| after(&name[..3]))?)))
}

fn zone(text: &[u8]) -> Option<(i32, &[u8])> {
    let (sign, text) = match text {
        [b'Z', rest @ ..] => return Some((0, rest)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = number(text, 2, 2, false)?;
    let (minutes, rest) = match rest {
        [b':', rest @ ..] => number(rest, 2, 2, false)?,
        [b'0'..=b'9', ..] => number(rest, 2, 2, false)?,
        rest => (0, rest),
    };
    (hours < 24 && minutes < 60).then(|| (sign * (hours * 3600 + minutes * 60) as i32, rest))
}

fn zone_name(text: &[u8]) -> Option<&[u8]> {
    let rest = [&b"UTC"[..], b"GMT", b"UT", b"Z"].into_iter().find_map(|name| text.strip_prefix(name))?;
    // A longer word is another zone.
    (!rest.first().is_some_and(u8::is_ascii_alphanumeric)).then_some(rest)
}

fn epoch(text: &[u8]) -> Option<(i64, &[u8])> {
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        digits => (1, digits),
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=18).contains(&count) {
        return None;
    }
    let value = digits[..count].iter().fold(0_i64, |value, digit| value * 10 + i64::from(digit - b'0'));
    (sign > 0 || value > 0).then(|| (sign * value, &digits[count..]))
}
