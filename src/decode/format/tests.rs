//! Formats against what they say, and against chrono.

use super::{Format, Temporal};
use crate::decode::Cause::{Cast, Overflow};
use crate::decode::moment::Unit;
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use proptest::prelude::*;

fn date(format: &str) -> Format {
    Format::new(format, Temporal::Date).unwrap()
}

fn datetime(format: &str) -> Format {
    Format::new(format, Temporal::Datetime).unwrap()
}

/// Days since 1970.
fn day(year: i32, month: u32, day: u32) -> i32 {
    (NaiveDate::from_ymd_opt(year, month, day).unwrap() - NaiveDate::default()).num_days() as i32
}

#[test]
fn dates_are_what_their_format_says() {
    for (format, text, wanted) in [
        ("%Y-%m-%d", "2020-03-04", Some((2020, 3, 4))),
        ("%Y-%m-%d", "2020-3-4", Some((2020, 3, 4))),
        ("%Y-%m-%d", "20-03-04", None),
        ("%Y-%m-%d", "2020-03-04 ", None),
        ("%Y-%m-%d", " 2020-03-04", None),
        ("%Y-%m-%d", "2020-02-30", None),
        ("%Y-%m-%d", "2020-13-01", None),
        ("%Y-%m-%d", "2020-00-01", None),
        ("%Y-%m-%d", "", None),
        ("%F", "2020-03-04", Some((2020, 3, 4))),
        ("%d/%m/%Y", "04/03/2020", Some((2020, 3, 4))),
        ("%d/%m/%Y", "4/3/2020", Some((2020, 3, 4))),
        ("%d/%m/%Y", "004/3/2020", None),
        ("%m/%d/%Y", "04/03/2020", Some((2020, 4, 3))),
        ("%D", "04/03/20", Some((2020, 4, 3))),
        ("%d.%m.%y", "04.03.69", Some((2069, 3, 4))),
        ("%d.%m.%y", "04.03.70", Some((1970, 3, 4))),
        ("%d.%m.%y", "04.03.1970", None),
        ("%Y%m%d", "20200304", Some((2020, 3, 4))),
        // One digit less, and there would be two ways to part them.
        ("%Y%m%d", "2020304", None),
        ("%y%m%d", "200304", Some((2020, 3, 4))),
        ("%d%b%Y", "04Mar2020", Some((2020, 3, 4))),
        ("%d %B %Y", "4 MARCH 2020", Some((2020, 3, 4))),
        ("%d %B %Y", "4 mar 2020", Some((2020, 3, 4))),
        ("%d %b %Y", "4 march 2020", None),
        ("%v", " 4-Mar-2020", Some((2020, 3, 4))),
        ("%e/%m/%Y", "4/03/2020", Some((2020, 3, 4))),
        ("%a %d %b %Y", "Wed 04 Mar 2020", Some((2020, 3, 4))),
        ("%A, %d %B %Y", "wednesday, 04 March 2020", Some((2020, 3, 4))),
        ("%a %d %b %Y", "Thu 04 Mar 2020", None),
        ("%Y-%j", "2020-064", Some((2020, 3, 4))),
        ("%Y-%j", "2020-366", Some((2020, 12, 31))),
        ("%Y-%j", "2021-366", None),
        ("%Y-%j", "2021-000", None),
        ("%Y%j", "2020064", Some((2020, 3, 4))),
        ("%G-W%V-%u", "2020-W10-3", Some((2020, 3, 4))),
        ("%G-W%V-%u", "2020-W53-5", Some((2021, 1, 1))),
        ("%G-W%V-%u", "2021-W53-5", None),
        ("%G-W%V-%u", "2020-W10-8", None),
        ("%Y-%m", "2020-03", Some((2020, 3, 1))),
        ("%b %Y", "Mar 2020", Some((2020, 3, 1))),
        ("%Y年%m月%d日", "2020年3月4日", Some((2020, 3, 4))),
        ("100%% %Y-%m-%d", "100% 2020-03-04", Some((2020, 3, 4))),
    ] {
        let wanted = wanted.map(|(year, month, its)| day(year, month, its)).ok_or(Cast);
        assert_eq!(date(format).date(text.as_bytes()), wanted, "{format} {text:?}");
    }
}

#[test]
fn times_are_what_their_format_says() {
    for (format, text, wanted) in [
        ("%H:%M", "03:04", Some((3, 4, 0, 0))),
        ("%H:%M", "3:04", Some((3, 4, 0, 0))),
        ("%H:%M", "24:00", None),
        ("%T", "23:59:59", Some((23, 59, 59, 0))),
        ("%T", "23:59:60", None),
        ("%H%M%S", "235958", Some((23, 59, 58, 0))),
        ("%H%M%S", "23595", None),
        ("%T%.f", "23:59:58", Some((23, 59, 58, 0))),
        ("%T%.f", "23:59:58.5", Some((23, 59, 58, 500_000_000))),
        ("%T%.f", "23:59:58.123456789", Some((23, 59, 58, 123_456_789))),
        ("%T%.f", "23:59:58.1234567890", None),
        ("%T%.f", "23:59:58.", None),
        ("%T%.3f", "23:59:58.123", Some((23, 59, 58, 123_000_000))),
        ("%T%.3f", "23:59:58.12", None),
        ("%T%.3f", "23:59:58", None),
        ("%T,%3f", "23:59:58,007", Some((23, 59, 58, 7_000_000))),
        ("%T,%6f", "23:59:58,000007", Some((23, 59, 58, 7_000))),
        ("%T,%f", "23:59:58,000000007", Some((23, 59, 58, 7))),
        ("%T,%f", "23:59:58,7", None),
        ("%H%M%S%3f", "235958007", Some((23, 59, 58, 7_000_000))),
        ("%I:%M %p", "12:00 AM", Some((0, 0, 0, 0))),
        ("%I:%M %p", "12:00 pm", Some((12, 0, 0, 0))),
        ("%I:%M %p", "11:59 PM", Some((23, 59, 0, 0))),
        ("%I:%M %p", "00:59 PM", None),
        ("%I:%M %p", "13:59 PM", None),
        ("%r", "01:02:03 PM", Some((13, 2, 3, 0))),
        ("%l:%M%P", " 1:02pm", Some((13, 2, 0, 0))),
        ("%H:%M %p", "13:00 PM", Some((13, 0, 0, 0))),
        ("%H:%M %p", "11:00 PM", None),
        ("%k:%M", " 9:05", Some((9, 5, 0, 0))),
        ("%_H:%M", " 9:05", Some((9, 5, 0, 0))),
        ("%-H:%M", "9:05", Some((9, 5, 0, 0))),
    ] {
        let wanted = wanted.map(|(hour, minute, second, nanos)| {
            i64::from(hour * 3600 + minute * 60 + second) * 1_000_000_000 + i64::from(nanos)
        });
        let format_of = Format::new(format, Temporal::Time).unwrap();
        assert_eq!(format_of.time(text.as_bytes()), wanted.ok_or(Cast), "{format} {text:?}");
    }
}

#[test]
fn datetimes_are_what_their_format_says() {
    let second = i64::from(day(2020, 3, 4)) * 86_400 + 3_723;
    for (format, text, wanted) in [
        ("%Y-%m-%d %H:%M:%S", "2020-03-04 01:02:03", Some(second)),
        ("%Y-%m-%d %H:%M:%S", "2020-03-04  01:02:03", None),
        ("%Y-%m-%d %H:%M:%S", "2020-03-04T01:02:03", None),
        ("%Y-%m-%dT%H:%M:%S", "2020-03-04T01:02:03", Some(second)),
        ("%d/%m/%Y %R", "04/03/2020 01:02", Some(second - 3)),
        ("%m/%d/%Y %I:%M:%S %p", "03/04/2020 01:02:03 AM", Some(second)),
        ("%Y%m%d%H%M%S", "20200304010203", Some(second)),
        ("%Y-%m-%d", "2020-03-04", Some(second - 3_723)),
        ("%FT%T%z", "2020-03-04T01:02:03Z", Some(second)),
        ("%FT%T%z", "2020-03-04T01:02:03+0130", Some(second - 5_400)),
        ("%FT%T%:z", "2020-03-04T01:02:03-01:30", Some(second + 5_400)),
        ("%FT%T%#z", "2020-03-04T01:02:03+01", Some(second - 3_600)),
        ("%FT%T%z", "2020-03-04T01:02:03", None),
        ("%FT%T%z", "2020-03-04T01:02:03+24:00", None),
        ("%FT%T %Z", "2020-03-04T01:02:03 UTC", Some(second)),
        ("%FT%T %Z", "2020-03-04T01:02:03 CET", None),
        ("%FT%T %Z", "2020-03-04T01:02:03 UTCX", None),
        ("%+", "2020-03-04T01:02:03+00:00", Some(second)),
        ("%c", "Wed Mar  4 01:02:03 2020", Some(second)),
        ("%s", "1583283723", Some(second)),
        ("%s", "-1", Some(-1)),
        ("%s", "1e5", None),
        ("%s", "9999999999999999999", None),
    ] {
        let read = datetime(format).datetime(text.as_bytes(), Unit::Milli);
        assert_eq!(read, wanted.map(|seconds| seconds * 1_000).ok_or(Cast), "{format} {text:?}");
    }
    let fine = datetime("%s%.f");
    assert_eq!(fine.datetime(b"1.25", Unit::Milli), Ok(1_250));
    assert_eq!(fine.datetime(b"-1.5", Unit::Milli), Err(Cast));
    assert_eq!(fine.datetime(b"-0.5", Unit::Milli), Err(Cast));
    assert_eq!(fine.datetime(b"1.0001", Unit::Milli), Err(Cast));
    assert_eq!(fine.datetime(b"999999999999", Unit::Nano), Err(Overflow));
}

#[test]
fn what_says_no_whole_value_is_refused() {
    for (format, of, why) in [
        ("%Q", Temporal::Date, "\"%Q\", which is no directive; there are %Y"),
        ("%d/%m/%", Temporal::Date, "\"%\", which"),
        ("%-", Temporal::Date, "\"%-\", which"),
        ("%-b %Y", Temporal::Date, "\"%-b\", which"),
        ("%é", Temporal::Date, "\"%é\", which"),
        ("%U", Temporal::Date, "\"%U\", which"),
        ("", Temporal::Date, "says no year"),
        ("%d/%m", Temporal::Date, "says no year"),
        ("%Y", Temporal::Date, "either a month"),
        ("%Y-%d", Temporal::Date, "either a month"),
        ("%Y-%j-%d", Temporal::Date, "a day of no month"),
        ("%Y-%m-%j", Temporal::Date, "either a month"),
        ("%Y-%m-%d %H:%M", Temporal::Date, "datetime_format"),
        ("%Y-%m-%d %Y", Temporal::Date, "says twice what %Y says"),
        ("%Y-%y-%m-%d", Temporal::Date, "says twice what %y says"),
        ("%F %V", Temporal::Date, "by its week"),
        ("%G-%V", Temporal::Date, "by its week"),
        ("%d/%m", Temporal::Time, "datetime_format"),
        ("%H", Temporal::Time, "hours"),
        ("%M:%S", Temporal::Time, "hours"),
        ("%I:%M", Temporal::Time, "which half"),
        ("%H:%M%.f", Temporal::Time, "fraction of no second"),
        ("%H:%M %z", Temporal::Time, "datetime_format"),
        ("%s", Temporal::Time, "datetime_format"),
        ("%T.%f", Temporal::Time, "%.f reads"),
        ("%H:%M", Temporal::Datetime, "says no year"),
        ("%F %S", Temporal::Datetime, "hours"),
        ("%F %z", Temporal::Datetime, "hours"),
        ("%s %Y", Temporal::Datetime, "more than seconds"),
        ("%s%3f", Temporal::Datetime, "any length"),
        ("%T%.f%Y%m%d", Temporal::Datetime, "any length"),
    ] {
        let error = Format::new(format, of).unwrap_err().to_string();
        assert!(error.contains(why) && error.starts_with(&format!("the format {format:?} ")), "{format}: {error}");
    }
}

proptest! {
    /// What chrono writes is read as what it wrote, and what is read here chrono reads as the same.
    #[test]
    fn as_chrono(
        seconds in -62_167_219_200_i64..253_402_300_800,
        nanos in 0_u32..1_000_000_000,
        at in 0_usize..12,
        noise in prop::option::of((0_usize..32, any::<u8>())),
    ) {
        let format = [
            "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f", "%d/%m/%Y %H:%M:%S%.3f", "%Y%m%d%H%M%S%6f", "%F %T,%9f",
            "%a %d %b %Y %I:%M:%S %p", "%A, %e %B %Y %r", "%Y-%j %T", "%G-W%V-%u %T", "%c", "%s%.f", "%-d.%-m.%Y %-H:%M:%S",
        ][at];
        let written = chrono::DateTime::from_timestamp(seconds, nanos).unwrap().naive_utc();
        // Beyond a year of four digits weeks may lie in another one.
        prop_assume!((1..9999).contains(&written.year()));
        let mut text = written.format(format).to_string().into_bytes();
        if let Some((place, byte)) = noise
            && place < text.len()
        {
            text[place] = byte;
        }
        let ours = datetime(format).moment(&text);
        let theirs = std::str::from_utf8(&text).ok().and_then(|text| NaiveDateTime::parse_from_str(text, format).ok());
        if noise.is_none() && (seconds >= 0 || nanos == 0 || format != "%s%.f") {
            prop_assert!(ours.is_ok(), "{format} {text:?}");
        }
        if let Ok(ours) = ours {
            let theirs = theirs.unwrap_or_else(|| panic!("{format} {:?}", String::from_utf8_lossy(&text)));
            prop_assert_eq!((ours.seconds, ours.nanos), (theirs.and_utc().timestamp(), theirs.nanosecond()));
        }
    }

    #[test]
    fn nothing_panics(format in "(%[-_0.:#369]?[a-zA-Z%+]|[-/ :0-9]){0,8}", text in "[-+0-9 :./A-Za-z]{0,30}") {
        for of in [Temporal::Date, Temporal::Time, Temporal::Datetime] {
            if let Ok(format) = Format::new(&format, of) {
                let _ = (format.date(text.as_bytes()), format.time(text.as_bytes()), format.moment(text.as_bytes()));
            }
        }
    }
}

#[test]
fn a_time_is_as_chrono_has_it() {
    for text in ["00:00:00", "23:59:59.999999999", "12:34:56.5"] {
        let theirs = NaiveTime::parse_from_str(text, "%H:%M:%S%.f").unwrap();
        let nanos = i64::from(theirs.num_seconds_from_midnight()) * 1_000_000_000 + i64::from(theirs.nanosecond());
        assert_eq!(Format::new("%T%.f", Temporal::Time).unwrap().time(text.as_bytes()), Ok(nanos));
    }
}

/// The common way says what the exact way says, or nothing.
#[test]
fn plain_formats_are_read_the_same_by_words() {
    let formats = [
        ("%Y-%m-%d", true),
        ("%d/%m/%Y", true),
        ("%d.%m.%Y", true),
        ("%Y%m%d", true),
        ("%Y-%m-%d %H:%M:%S", true),
        ("%Y-%m-%dT%H:%M", true),
        ("%d/%m/%Y %H:%M:%S", true),
        ("%S.%M.%H %d.%m.%Y", true),
        ("%Y-%m-%dT%H:%M:%S%.f", false),
        ("%y-%m-%d %H:%M", false),
        ("%Y-%j %H:%M:%S", false),
        ("%Y-%m-%d %I:%M %p", false),
        ("%d %b %Y %H:%M", false),
    ];
    let numbers =
        ["0", "1", "00", "01", "02", "09", "12", "13", "23", "24", "28", "29", "30", "31", "59", "60", "99", "ab", ""];
    let years = ["0000", "1969", "1970", "2000", "2023", "2024", "9999", "999", "20a0"];
    for (text, is_plain) in formats {
        let format = Format::new(text, Temporal::Datetime).unwrap();
        assert_eq!(format.plain.is_some(), is_plain, "{text}");
        let mut seen = 0;
        for (at, year) in years.iter().enumerate() {
            for (turn, number) in numbers.iter().enumerate() {
                let other = |by: usize| numbers[(turn * by + at) % numbers.len()];
                for (month, day) in [(*number, other(5)), (other(7), *number), ("02", *number), (*number, "31")] {
                    let written = text.replace("%Y", year).replace("%m", month).replace("%d", day);
                    for (hour, minute, second) in [("00", "00", "00"), (*number, "59", "08"), ("23", *number, other(3))]
                    {
                        let written = written.replace("%H", hour).replace("%M", minute).replace("%S", second);
                        for end in ["", " ", "0"] {
                            let written = format!("{written}{end}");
                            let Some((day, seconds)) = format.plain(written.as_bytes()) else { continue };
                            let exact = format.moment(written.as_bytes()).unwrap();
                            assert_eq!(i64::from(day) * 86_400 + seconds, exact.seconds, "{text} {written}");
                            assert_eq!((exact.nanos, exact.offset), (0, None));
                            seen += 1;
                        }
                    }
                }
            }
        }
        assert_eq!(seen > 0, is_plain, "{text}");
    }
}
