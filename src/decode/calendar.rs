//! A day of the calendar in, days since 1970 out: two table look-ups, since divisions would be most of a date's cost.

/// Days since 1970 of a day of the proleptic Gregorian calendar; `None` where there is no such day.
#[inline(always)]
pub(super) fn days(year: u32, month: u32, day: u32) -> Option<i32> {
    let year = YEARS.get(year as usize)?;
    let leap = (year & 1) as usize;
    let (before, last) = MONTHS[leap].get(month as usize)?;
    let real = day.wrapping_sub(1) < u32::from(*last);
    real.then(|| (year >> 1) + i32::from(*before) + day as i32)
}

/// The day of the week of a day since 1970: 1, Monday, to 7.
#[inline]
pub(super) fn weekday(day: i32) -> u32 {
    (day + 3).rem_euclid(7) as u32 + 1
}

/// Days since 1970 of a day of a week of ISO 8601; `None` where there is no such week or day.
pub(super) fn iso_day(year: u32, week: u32, weekday: u32) -> Option<i32> {
    if !(1..=53).contains(&week) || !(1..=7).contains(&weekday) {
        return None;
    }
    // The first week is the one that holds the fourth of January.
    let monday = |fourth: i32| fourth - self::weekday(fourth) as i32 + 1;
    let first = monday(days(year, 1, 4)?);
    let day = first + (week as i32 - 1) * 7;
    // The fourth of January of the year behind the last is as many days behind the 28th of December as in every year.
    let is_of_next = day >= monday(days(year, 12, 28)? + 7);
    (!is_of_next).then_some(day + weekday as i32 - 1)
}

/// For each year: days from 1970 to the last day before it, shifted up by one bit, which says whether it is leap.
static YEARS: [i32; 10_000] = {
    let mut years = [0; 10_000];
    let (mut year, mut before) = (0, -719_529);
    while year < 10_000 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        years[year] = before << 1 | leap as i32;
        before += 365 + leap as i32;
        year += 1;
    }
    years
};

/// For common and leap years and each two-digit month: the days of the year before it, and how many it has.
static MONTHS: [[(u16, u8); 100]; 2] = {
    let mut months = [[(0, 0); 100]; 2];
    let mut leap = 0;
    while leap < 2 {
        let lasts = [31, 28 + leap as u8, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let (mut month, mut before) = (1, 0);
        while month <= 12 {
            months[leap][month] = (before, lasts[month - 1]);
            before += lasts[month - 1] as u16;
            month += 1;
        }
        leap += 1;
    }
    months
};

#[cfg(test)]
mod tests {
    use super::days;

    #[test]
    fn every_day_of_ten_thousand_years() {
        let mut expected = -719_528;
        for year in 0..=9999 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let february = if leap { 29 } else { 28 };
            for (month, last) in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().enumerate() {
                for day in 1..=last {
                    assert_eq!(days(year, month as u32 + 1, day), Some(expected));
                    expected += 1;
                }
                for day in [0, last + 1, 32, 99] {
                    assert_eq!(days(year, month as u32 + 1, day), None);
                }
            }
            assert_eq!(days(year, 0, 1), None);
            (13..100).for_each(|month| assert_eq!(days(year, month, 1), None));
        }
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(days(9999, 12, 31), Some(expected - 1));
    }
}
