//! Values read another way than the decoders': slowly, from the definition of each type, with integers that hold all of them.
//!
//! `None` says that a text is no value of the type.

use fast_csv::decode::BinaryEncoding;

/// The bytes that a text writes, read two digits or four letters at a time.
pub fn bytes(text: &[u8], encoding: BinaryEncoding) -> Option<Vec<u8>> {
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
            if letters.len() < text.len() && !text.len().is_multiple_of(4) || letters.len() % 4 == 1 {
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

/// A number as it is written: its digits without zeros at either end, and the power of ten of the last one.
struct Number {
    negative: bool,
    digits: String,
    power: i64,
}

/// A number of digits, one mark among them, and an exponent.
fn number(text: &str, mark: char) -> Option<Number> {
    let (negative, text) = signed(text);
    let (mantissa, exponent) =
        text.split_once(['e', 'E']).map_or((text, None), |(before, behind)| (before, Some(behind)));
    let (whole, broken) = mantissa.split_once(mark).unwrap_or((mantissa, ""));
    let digits = format!("{whole}{broken}");
    let exponent = match exponent {
        None => 0,
        Some(exponent) => {
            let (negative, digits) = signed(exponent);
            // One too long for 18 digits is as good as any other that is larger than all texts are long.
            let most = 10_i64.pow(18);
            let value = if are_digits(digits) { digits.parse().unwrap_or(most).min(most) } else { return None };
            if negative { -value } else { value }
        }
    };
    if !are_digits(&digits) {
        return None;
    }
    let short = digits.trim_end_matches('0');
    let power = exponent - broken.len() as i64 + (digits.len() - short.len()) as i64;
    Some(Number { negative, digits: short.trim_start_matches('0').into(), power })
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A decimal's integer of 10 to the power of `-scale`: exact, of no more digits than the precision.
pub fn decimal(text: &str, mark: u8, precision: u8, scale: i8) -> Option<i128> {
    let Number { negative, digits, power } = number(text, mark.into())?;
    if digits.is_empty() {
        return Some(0);
    }
    let zeros = usize::try_from(power + i64::from(scale)).ok()?;
    if digits.len().saturating_add(zeros) > precision.into() {
        return None;
    }
    let value: i128 = format!("{digits}{}", "0".repeat(zeros)).parse().ok()?;
    Some(if negative { -value } else { value })
}

/// The bits of the float of sixteen bits that is nearest, of two as near that with an even last bit.
pub fn half(text: &str, mark: u8) -> Option<u16> {
    // What lies halfway between two of them is a multiple of 2 to the power of -25, and so of 10 to that power.
    const PLACES: i64 = 25;
    const STEP: u128 = 10_u128.pow(PLACES as u32) >> 24;
    let scaled = |bits: u16| -> u128 {
        let (exponent, mantissa) = (bits >> 10, u128::from(bits & 0x3FF));
        STEP * if exponent == 0 { mantissa } else { (1024 + mantissa) << (exponent - 1) }
    };
    let Number { negative, digits, power } = number(text, mark.into())?;
    let sign = u16::from(negative) << 15;
    let (whole, has_rest) = match digits.len() as i64 + power + PLACES {
        _ if digits.is_empty() => (0, false),
        // Far above the largest, and far below the least.
        length if length > 32 => return Some(sign | 0x7C00),
        length if length <= 0 => (0, true),
        length => {
            let (kept, rest) = digits.split_at(digits.len().min(length as usize));
            let zeros = "0".repeat(length as usize - kept.len());
            (format!("{kept}{zeros}").parse::<u128>().expect("32 digits"), !rest.is_empty())
        }
    };
    // Twice the value, odd where it lies between two integers.
    let twice = 2 * whole + u128::from(has_rest);
    let (mut low, mut high) = (0_u16, 0x7C00_u16);
    if twice >= 2 * scaled(high) {
        return Some(sign | high);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if 2 * scaled(middle) <= twice { low = middle } else { high = middle }
    }
    let is_up = match twice.cmp(&(scaled(low) + scaled(high))) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => low % 2 == 1,
        std::cmp::Ordering::Greater => true,
    };
    Some(sign | if is_up { high } else { low })
}

/// A number of so many digits, at most `most`.
fn part(text: &str, digits: std::ops::RangeInclusive<usize>, most: i128) -> Option<i128> {
    let fits = are_digits(text) && digits.contains(&text.len());
    text.parse().ok().filter(|value| fits && *value <= most)
}

/// Nanoseconds since midnight of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f`.
pub fn time(text: &str) -> Option<i128> {
    let parts: Vec<&str> = text.split(':').collect();
    let (hour, minute, second) = match *parts {
        [hour, minute] => (hour, minute, "00"),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let (second, nanos) = match second.split_once('.') {
        None => (second, 0),
        Some((second, broken)) => {
            (second, part(&format!("{broken:0<9}"), 9..=9, i128::MAX).filter(|_| !broken.is_empty())?)
        }
    };
    let seconds = part(hour, 2..=2, 23)? * 3_600 + part(minute, 2..=2, 59)? * 60 + part(second, 2..=2, 59)?;
    Some(seconds * 1_000_000_000 + nanos)
}

/// Days since 1970, counted one year and one month at a time.
fn days(year: i128, month: i128, day: i128) -> Option<i128> {
    let is_leap = |year: i128| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let of_month = |month: i128| match month {
        2 => 28 + i128::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month) || !(1..=of_month(month)).contains(&day) {
        return None;
    }
    let of_years = |years: std::ops::Range<i128>| years.map(|year| 365 + i128::from(is_leap(year))).sum::<i128>();
    let before = of_years(1970..year) - of_years(year..1970);
    Some(before + (1..month).map(of_month).sum::<i128>() + day - 1)
}

/// Days since 1970 of a date whose year comes first or last.
pub fn date(text: &str) -> Option<i128> {
    let parts: Vec<&str> = text.split(if text.contains('/') { '/' } else { '-' }).collect();
    let [first, month, last] = *parts else { return None };
    let (year, day) = if first.len() == 4 { (first, last) } else { (last, first) };
    days(part(year, 4..=4, 9_999)?, part(month, 1..=2, 12)?, part(day, 1..=2, 31)?)
}

/// Steps of so many nanoseconds since 1970 of a date, alone or before a time, perhaps with an offset.
pub fn datetime(text: &str, step: i128) -> Option<i128> {
    let Some((day, clock)) = text.split_once(['T', ' ']) else {
        return steps(date(text)? * 86_400_000_000_000, step);
    };
    let end = clock.find(['Z', '+', '-']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(end);
    let east = match zone {
        "" | "Z" => 0,
        _ => {
            let (west, offset) = signed(zone);
            let (hours, minutes) = match offset.split_once(':') {
                Some(parts) => parts,
                None if offset.len() == 2 => (offset, "00"),
                None => offset.split_at_checked(2)?,
            };
            let minutes = part(hours, 2..=2, 23)? * 60 + part(minutes, 2..=2, 59)?;
            if west { -minutes } else { minutes }
        }
    };
    steps(date(day)? * 86_400_000_000_000 + time(clock)? - east * 60_000_000_000, step)
}

/// So many nanoseconds as steps, if they are whole ones of 64 bits.
fn steps(nanos: i128, step: i128) -> Option<i128> {
    (nanos % step == 0 && i64::try_from(nanos / step).is_ok()).then_some(nanos / step)
}

/// Steps of so many nanoseconds that ISO 8601 writes, behind a sign perhaps.
pub fn duration(text: &str, step: i128) -> Option<i128> {
    let (negative, text) = signed(text);
    let text = text.strip_prefix('P')?;
    let (days, clock) = text.split_once('T').map_or((text, None), |(days, clock)| (days, Some(clock)));
    if days.is_empty() && clock.is_none() || clock.is_some_and(str::is_empty) {
        return None;
    }
    let mut nanos = 0;
    for (mut rest, letters) in
        [(days, &[('W', 604_800), ('D', 86_400)][..]), (clock.unwrap_or(""), &[('H', 3_600), ('M', 60), ('S', 1)])]
    {
        for &(letter, seconds) in letters {
            let Some((count, behind)) = rest.split_once(letter) else { continue };
            let (count, broken) = match count.split_once('.') {
                Some((count, broken)) if letter == 'S' && !broken.is_empty() => (count, broken),
                Some(_) => return None,
                None => (count, ""),
            };
            // The most that a count may be is that of 64 bits.
            let count = part(count, 1..=usize::MAX, u64::MAX.into())?;
            nanos += count * seconds * 1_000_000_000 + part(&format!("{broken:0<9}"), 9..=9, i128::MAX)?;
            rest = behind;
        }
        if !rest.is_empty() {
            return None;
        }
    }
    steps(if negative { -nanos } else { nanos }, step)
}
