//! A format's text becomes steps, and is refused where it does not say a whole value.

use super::steps::{Has, Part, Step};
use super::{DIRECTIVES, Temporal};

/// The steps of a text, and what they say of a value; or why it is no format.
pub(super) fn compile(text: &str, of: Temporal) -> Result<(Vec<Step>, Has), String> {
    let mut compiler = Compiler::default();
    compiler.text(text)?;
    compiler.check_neighbours()?;
    check(compiler.has, of)?;
    Ok((compiler.steps, compiler.has))
}

#[derive(Default)]
struct Compiler {
    steps: Vec<Step>,
    has: Has,
}

impl Compiler {
    fn text(&mut self, text: &str) -> Result<(), String> {
        let mut rest = text;
        while let Some(char) = rest.chars().next() {
            if char != '%' {
                self.steps.extend(rest[..char.len_utf8()].bytes().map(Step::Byte));
                rest = &rest[char.len_utf8()..];
                continue;
            }
            let length = directive_length(rest);
            self.directive(&rest[..length])?;
            rest = &rest[length..];
        }
        Ok(())
    }

    fn directive(&mut self, directive: &str) -> Result<(), String> {
        // How a number is padded when it is written bears on blanks alone.
        let (plain, blank) = match directive.as_bytes() {
            [_, b'-' | b'0', name] => (char::from(*name).to_string(), false),
            [_, b'_', name] => (char::from(*name).to_string(), true),
            _ => (directive[1..].to_owned(), false),
        };
        let is_padded = plain.len() + 1 < directive.len();
        let two = |part| Step::Number { part, least: 1, most: 2, blank };
        match &*plain {
            "Y" => self.number(Part::Year, 4, 4, Has::YEAR, directive),
            "y" => self.number(Part::ShortYear, 2, 2, Has::YEAR, directive),
            "G" => self.number(Part::Year, 4, 4, Has::ISO_YEAR, directive),
            "m" => self.add(two(Part::Month), Has::MONTH, directive),
            "d" => self.add(two(Part::Day), Has::DAY, directive),
            "e" => self.blank(Part::Day, Has::DAY, directive),
            "j" => self.number(Part::Ordinal, 1, 3, Has::ORDINAL, directive),
            "V" => self.number(Part::Week, 1, 2, Has::WEEK, directive),
            "u" => self.number(Part::Weekday, 1, 1, Has::WEEKDAY, directive),
            "H" => self.add(two(Part::Hour), Has::HOUR, directive),
            "k" => self.blank(Part::Hour, Has::HOUR, directive),
            "I" => self.add(two(Part::Hour), Has::HOUR.with(Has::HALF_DAY_HOUR), directive),
            "l" => self.blank(Part::Hour, Has::HOUR.with(Has::HALF_DAY_HOUR), directive),
            "M" => self.add(two(Part::Minute), Has::MINUTE, directive),
            "S" => self.add(two(Part::Second), Has::SECOND, directive),
            _ if is_padded => Err(unknown(directive)),
            "b" | "h" => self.add(Step::Name { part: Part::Month, either: false }, Has::MONTH, directive),
            "B" => self.add(Step::Name { part: Part::Month, either: true }, Has::MONTH, directive),
            "a" => self.add(Step::Name { part: Part::Weekday, either: false }, Has::WEEKDAY, directive),
            "A" => self.add(Step::Name { part: Part::Weekday, either: true }, Has::WEEKDAY, directive),
            "p" | "P" => self.add(Step::Meridiem, Has::MERIDIEM, directive),
            "f" if self.steps.last() == Some(&Step::Byte(b'.')) => {
                Err("has %f behind a dot, where Polars counts nanoseconds: %.f reads the dot and a fraction".into())
            }
            "f" => self.add(Step::Fraction(9), Has::FRACTION, directive),
            ".f" => self.add(Step::DotFraction, Has::FRACTION, directive),
            "3f" | "6f" | "9f" => self.add(Step::Fraction(plain.as_bytes()[0] - b'0'), Has::FRACTION, directive),
            ".3f" | ".6f" | ".9f" => {
                self.steps.push(Step::Byte(b'.'));
                self.add(Step::Fraction(plain.as_bytes()[1] - b'0'), Has::FRACTION, directive)
            }
            "z" | ":z" | "#z" => self.add(Step::Zone, Has::ZONE, directive),
            "Z" => self.add(Step::ZoneName, Has::ZONE, directive),
            "s" => self.add(Step::Epoch, Has::EPOCH, directive),
            "F" => self.text("%Y-%m-%d"),
            "D" | "x" => self.text("%m/%d/%y"),
            "v" => self.text("%e-%b-%Y"),
            "T" | "X" => self.text("%H:%M:%S"),
            "R" => self.text("%H:%M"),
            "r" => self.text("%I:%M:%S %p"),
            "c" => self.text("%a %b %e %H:%M:%S %Y"),
            "+" => self.text("%Y-%m-%dT%H:%M:%S%.f%:z"),
            "n" => self.text("\n"),
            "t" => self.text("\t"),
            "%" => {
                self.steps.push(Step::Byte(b'%'));
                Ok(())
            }
            _ => Err(unknown(directive)),
        }
    }

    fn number(&mut self, part: Part, least: u8, most: u8, says: Has, directive: &str) -> Result<(), String> {
        self.add(Step::Number { part, least, most, blank: false }, says, directive)
    }

    /// Two places, of which the first may be blank; one digit alone will do, as it does for chrono.
    fn blank(&mut self, part: Part, says: Has, directive: &str) -> Result<(), String> {
        self.add(Step::Number { part, least: 1, most: 2, blank: true }, says, directive)
    }

    fn add(&mut self, step: Step, says: Has, directive: &str) -> Result<(), String> {
        if self.has.meets(says) {
            return Err(format!("says twice what {directive} says"));
        }
        self.has = self.has.with(says);
        self.steps.push(step);
        Ok(())
    }

    /// Digits that adjoin others have their full number, so that there is one way to part them.
    fn check_neighbours(&mut self) -> Result<(), String> {
        let takes_digits = |step: &Step| match step {
            Step::Byte(byte) => byte.is_ascii_digit(),
            Step::Number { .. } | Step::Fraction(_) | Step::Epoch => true,
            _ => false,
        };
        for at in 0..self.steps.len() {
            let before = at > 0 && takes_digits(&self.steps[at - 1]);
            let behind = self.steps.get(at + 1).is_some_and(takes_digits);
            match &mut self.steps[at] {
                Step::Number { least, most, .. } if before || behind => *least = *most,
                Step::Epoch | Step::DotFraction | Step::Zone if behind => {
                    return Err("has digits behind a number of any length".into());
                }
                Step::Epoch if before => return Err("has digits before a number of any length".into()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The bytes of the directive in front: `%`, what modifies it, and its letter.
fn directive_length(text: &str) -> usize {
    let behind = &text[1..];
    let modified = [".3f", ".6f", ".9f", ".f", "3f", "6f", "9f", ":z", "#z"];
    if let Some(name) = modified.into_iter().find(|name| behind.starts_with(name)) {
        return 1 + name.len();
    }
    let padding = usize::from(behind.starts_with(['-', '_', '0']));
    let letter = behind[padding..].chars().next().map_or(0, char::len_utf8);
    1 + padding + letter
}

fn unknown(directive: &str) -> String {
    format!("has {directive:?}, which is no directive; there are {DIRECTIVES}")
}

/// Refuses what does not say a whole value, or says more than one.
fn check(has: Has, of: Temporal) -> Result<(), String> {
    let refuse = |why: &str| Err(why.to_owned());
    let of_times = has.without(Has::OF_DATES);
    match of {
        Temporal::Date if of_times != Has::default() => {
            return refuse("says a time, which no date has: that is a datetime_format");
        }
        Temporal::Time if has.meets(Has::OF_DATES) => {
            return refuse("says a day, which no time has: that is a datetime_format");
        }
        Temporal::Time if has.meets(Has::ZONE.with(Has::EPOCH)) => {
            return refuse("says an offset or seconds since 1970, which no time has: that is a datetime_format");
        }
        _ => {}
    }
    if has.contains(Has::EPOCH) {
        let more = has.without(Has::EPOCH.with(Has::FRACTION).with(Has::ZONE)) != Has::default();
        return if more || has.contains(Has::ZONE) { refuse("says more than seconds since 1970") } else { Ok(()) };
    }
    if of != Temporal::Time {
        let iso = Has::ISO_YEAR.with(Has::WEEK);
        if has.meets(iso) {
            if !has.contains(iso.with(Has::WEEKDAY)) || has.meets(Has::YEAR.with(Has::MONTH).with(Has::ORDINAL)) {
                return refuse("does not say a day by its week: that takes %G, %V and %u, and nothing else");
            }
        } else if !has.contains(Has::YEAR) {
            return refuse("says no year: %Y or %y");
        } else if has.contains(Has::MONTH) == has.contains(Has::ORDINAL) {
            return refuse("has to say either a month (%m, %b, %B) or a day of the year (%j)");
        }
        if has.contains(Has::DAY) && !has.contains(Has::MONTH) {
            return refuse("says a day of no month: %m, %b or %B");
        }
    }
    if of_times == Has::default() && of != Temporal::Time {
        return Ok(());
    }
    if !has.contains(Has::HOUR.with(Has::MINUTE)) {
        return refuse("does not say a time: that takes hours (%H, or %I with %p) and minutes (%M)");
    }
    if has.contains(Has::HALF_DAY_HOUR) && !has.contains(Has::MERIDIEM) {
        return refuse("does not say which half of the day: %I and %l take %p");
    }
    if has.contains(Has::FRACTION) && !has.contains(Has::SECOND) {
        return refuse("says a fraction of no second: %S");
    }
    Ok(())
}
