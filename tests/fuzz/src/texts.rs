//! Texts that are nearly values: what letters in any order seldom come to, parts of dates and durations in their places, within
//! their bounds or just beyond.

/// The bytes that one field is made of.
const BYTES: usize = 10;

/// Dates, times of day, datetimes and durations, one a line, each made of some bytes of the input.
pub fn moments(input: &[u8]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for bytes in input.as_chunks::<BYTES>().0 {
        let mut line = match bytes[0] % 8 {
            0 | 1 => duration(bytes),
            2 => clock(bytes),
            3 => date(bytes),
            _ => format!("{}{}{}{}", date(bytes), if bytes[0] > 99 { 'T' } else { ' ' }, clock(bytes), zone(bytes)),
        }
        .into_bytes();
        if bytes[9] > 240 {
            let at = usize::from(bytes[8]) % line.len();
            line[at] = b"0 -:.TZPS1"[usize::from(bytes[9] - 240) % 10];
        }
        lines.push(line);
    }
    lines.join(&b'\n')
}

fn date(bytes: &[u8; BYTES]) -> String {
    let [form, year, month, day, ..] = *bytes;
    let year = match year % 3 {
        0 => 1_900 + u32::from(year),
        1 => 4 * u32::from(year),
        _ => u32::from(year) * 10_000 / 256,
    };
    let (month, day) = match form & 16 {
        0 => (format!("{:02}", month % 14), format!("{:02}", day % 33)),
        _ => ((month % 14).to_string(), (day % 33).to_string()),
    };
    let mark = if form & 32 == 0 { '-' } else { '/' };
    match form & 64 {
        0 => format!("{year:04}{mark}{month}{mark}{day}"),
        _ => format!("{day}{mark}{month}{mark}{year:04}"),
    }
}

fn clock(bytes: &[u8; BYTES]) -> String {
    let [_, _, _, form, hour, minute, second, fraction, ..] = *bytes;
    let minutes = format!("{:02}:{:02}", hour % 25, minute % 61);
    let digits = format!("{:010}", u64::from(fraction) * 39_847_261);
    match form % 4 {
        0 => minutes,
        1 => format!("{minutes}:{:02}", second % 61),
        // As many as there may be, or one more.
        _ => format!("{minutes}:{:02}.{}", second % 61, &digits[..usize::from(fraction) % 11]),
    }
}

fn zone(bytes: &[u8; BYTES]) -> String {
    let [.., form, hour] = *bytes;
    let (sign, hour, minute) = (if form & 8 == 0 { '+' } else { '-' }, hour % 25, form % 61);
    match form % 6 {
        0 | 1 => String::new(),
        2 => "Z".into(),
        3 => format!("{sign}{hour:02}"),
        4 => format!("{sign}{hour:02}{minute:02}"),
        _ => format!("{sign}{hour:02}:{minute:02}"),
    }
}

fn duration(bytes: &[u8; BYTES]) -> String {
    let [_, parts, order, counts @ ..] = *bytes;
    let sign = ["", "-", "+", ""][usize::from(order % 4)];
    let large = [1, 1, 1_000_003, 7_000_000_019][usize::from(order / 4 % 4)];
    let count = |at: usize| u64::from(counts[at]) * large;
    let some = |bit: u8, text: String| if parts & bit == 0 { String::new() } else { text };
    let days = some(1, format!("{}W", count(0))) + &some(2, format!("{}D", count(1)));
    let second = match parts & 64 {
        0 => format!("{}S", count(4)),
        _ => format!("{}.{:09}S", count(4), counts[5])[..].replace("000S", "S"),
    };
    let clock = some(8, format!("{}H", count(2))) + &some(16, format!("{}M", count(3))) + &some(32, second);
    let mark = if clock.is_empty() && parts & 4 == 0 { "" } else { "T" };
    format!("{sign}P{days}{mark}{clock}")
}
