//! One value from its unquoted, unescaped text: the exact way, byte after byte.
//!
//! The loops of the column decoders fall back on these functions for whatever is not written in the common way, and
//! are tested against them; inference and error messages ask them too. They refuse what is not wholly a value of
//! the type: nothing is cut off, rounded (floats apart) or wrapped.

use super::Cause;
pub use super::decimal::fixed;
pub use super::duration::duration;
pub use super::half::{F16, half};
pub use super::moment::{Moment, Unit, date, datetime, moment, time};

/// An integer type that a column can have.
pub trait Integer: Copy + Default + TryFrom<i128> {}

impl<T: Copy + Default + TryFrom<i128>> Integer for T {}

/// Leading blanks are passed over before a number.
fn skip_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
    &text[blanks..]
}

/// `[+-]?digits` after any blanks; what is an integer and does not fit `T` is [`Cause::Overflow`].
///
/// # Errors
/// [`Cause::Cast`] or [`Cause::Overflow`].
pub fn integer<T: Integer>(text: &[u8]) -> Result<T, Cause> {
    T::try_from(int128(text)?).map_err(|_| Cause::Overflow)
}

/// [`integer`] of 128 bits.
///
/// # Errors
/// [`Cause::Cast`] or [`Cause::Overflow`].
pub fn int128(text: &[u8]) -> Result<i128, Cause> {
    let (negative, magnitude) = split_integer(text)?;
    let value =
        magnitude.and_then(|value| if negative { 0_i128.checked_sub_unsigned(value) } else { value.try_into().ok() });
    value.ok_or(Cause::Overflow)
}

/// [`integer`] of 128 bits without a sign.
///
/// # Errors
/// [`Cause::Cast`] or [`Cause::Overflow`].
pub fn uint128(text: &[u8]) -> Result<u128, Cause> {
    let (negative, magnitude) = split_integer(text)?;
    magnitude.filter(|&value| !negative || value == 0).ok_or(Cause::Overflow)
}

/// Whether there is a minus, and the number that the digits write, if 128 bits hold it.
fn split_integer(text: &[u8]) -> Result<(bool, Option<u128>), Cause> {
    let (negative, digits) = match skip_blanks(text) {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Cause::Cast);
    }
    let step = |value: u128, digit: &u8| value.checked_mul(10)?.checked_add(u128::from(digit - b'0'));
    Ok((negative, digits.iter().try_fold(0, step)))
}

/// [`float`] with another mark than the dot; a dot is then an error, as it may part thousands.
///
/// # Errors
/// [`Cause::Cast`].
pub fn decimal<T: fast_float2::FastFloat>(text: &[u8], mark: u8) -> Result<T, Cause> {
    if mark == b'.' {
        return float(text);
    }
    if text.contains(&b'.') {
        return Err(Cause::Cast);
    }
    let dotted: Vec<u8> = text.iter().map(|&byte| if byte == mark { b'.' } else { byte }).collect();
    float(&dotted)
}

/// A decimal number with optional sign, dot and exponent, or `inf`, `infinity`, `nan` in any case, after any blanks.
/// Correctly rounded; too large is infinite.
///
/// # Errors
/// [`Cause::Cast`].
pub fn float<T: fast_float2::FastFloat>(text: &[u8]) -> Result<T, Cause> {
    fast_float2::parse(skip_blanks(text)).map_err(|_| Cause::Cast)
}

/// `true` or `false` in any case.
///
/// # Errors
/// [`Cause::Cast`].
pub fn boolean(text: &[u8]) -> Result<bool, Cause> {
    if text.eq_ignore_ascii_case(b"true") {
        Ok(true)
    } else if text.eq_ignore_ascii_case(b"false") {
        Ok(false)
    } else {
        Err(Cause::Cast)
    }
}

#[cfg(test)]
mod tests {
    use super::{boolean, float, int128, integer, uint128};
    use crate::decode::Cause::{self, Cast, Overflow};
    use proptest::prelude::*;

    #[test]
    fn integers() {
        let cases: [(&str, Result<i8, Cause>); 22] = [
            ("0", Ok(0)),
            ("-0", Ok(0)),
            ("+7", Ok(7)),
            ("127", Ok(127)),
            ("128", Err(Overflow)),
            ("-128", Ok(-128)),
            ("-129", Err(Overflow)),
            ("000000000000000000000000000000000000000000000001", Ok(1)),
            ("99999999999999999999999999999999999999999999999", Err(Overflow)),
            ("-9999999999999999999999999999999999999999999999", Err(Overflow)),
            ("9999999999999999999999999999999999999999999999x", Err(Cast)),
            (" \t5", Ok(5)),
            ("5 ", Err(Cast)),
            ("+ 5", Err(Cast)),
            ("", Err(Cast)),
            (" ", Err(Cast)),
            ("-", Err(Cast)),
            ("+", Err(Cast)),
            ("+-1", Err(Cast)),
            ("1.0", Err(Cast)),
            ("1e2", Err(Cast)),
            ("1_0", Err(Cast)),
        ];
        for (text, value) in cases {
            assert_eq!(integer(text.as_bytes()), value, "{text:?}");
        }
        assert_eq!(integer::<u8>(b"-1"), Err(Overflow));
        assert_eq!(integer::<u8>(b"-0"), Ok(0));
        assert_eq!(integer::<u64>(b"18446744073709551615"), Ok(u64::MAX));
        assert_eq!(integer::<u64>(b"18446744073709551616"), Err(Overflow));
        assert_eq!(integer::<i64>(b"-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(int128(i128::MIN.to_string().as_bytes()), Ok(i128::MIN));
        assert_eq!(int128(i128::MAX.to_string().as_bytes()), Ok(i128::MAX));
        assert_eq!(int128(b"170141183460469231731687303715884105728"), Err(Overflow));
        assert_eq!(int128(b"-170141183460469231731687303715884105729"), Err(Overflow));
        assert_eq!(uint128(u128::MAX.to_string().as_bytes()), Ok(u128::MAX));
        assert_eq!(uint128(b"340282366920938463463374607431768211456"), Err(Overflow));
        assert_eq!(uint128(b"-0"), Ok(0));
        assert_eq!(uint128(b"-1"), Err(Overflow));
        assert_eq!(uint128(b"1.0"), Err(Cast));
    }

    #[test]
    fn booleans() {
        for text in ["true", "TRUE", "True", "tRuE"] {
            assert_eq!(boolean(text.as_bytes()), Ok(true));
        }
        assert_eq!(boolean(b"FALSE"), Ok(false));
        for text in ["", "t", "T", "1", "yes", " true", "true ", "falsee", "tru"] {
            assert_eq!(boolean(text.as_bytes()), Err(Cast), "{text:?}");
        }
    }

    /// The standard library accepts the same words and rounds right.
    fn by_std(text: &str) -> Option<u64> {
        text.parse::<f64>().ok().map(f64::to_bits)
    }

    #[test]
    fn floats() {
        for text in [
            "1",
            "1.",
            ".5",
            "-.5",
            "+1.5",
            "1e5",
            "1E5",
            "1.e5",
            "1.5e-3",
            "1e400",
            "-1e400",
            "1e-400",
            "5e-324",
            "2.4703282292062327e-324",
            "inf",
            "-inf",
            "+inf",
            "Infinity",
            "INF",
            "0x10",
            "1_0",
            "",
            ".",
            "-",
            "e5",
            "1e",
            "1e+",
            ".e5",
            "1f",
            "--1",
            "infin",
            "9007199254740993",
            "1.7976931348623159e308",
            "179769313486231580793728971405301199999999999",
            "1 ",
            "1,5",
            "0.1e0",
            "00001.50",
            "nan1",
            "in",
        ] {
            let value = float::<f64>(text.as_bytes()).ok().map(f64::to_bits);
            assert_eq!(value, by_std(text), "{text:?}");
        }
        for text in ["nan", "NaN", "NAN", "-nan", "+NaN"] {
            assert!(float::<f64>(text.as_bytes()).is_ok_and(f64::is_nan), "{text}");
        }
        assert_eq!(float::<f64>(b" \t1.5"), Ok(1.5));
        assert_eq!(float::<f64>(b"1.5 "), Err(Cast));
    }

    proptest! {
        #[test]
        fn integers_agree_with_std(value: i64) {
            prop_assert_eq!(integer::<i64>(value.to_string().as_bytes()), Ok(value));
            let narrow = i32::try_from(value).map_err(|_| Overflow);
            prop_assert_eq!(integer::<i32>(value.to_string().as_bytes()), narrow);
        }

        #[test]
        fn floats_agree_with_std(bits: u64, text in "[-+]?[0-9]{0,25}[.]?[0-9]{0,25}(e[-+]?[0-9]{0,3})?") {
            let value = f64::from_bits(bits);
            if value.is_finite() {
                prop_assert_eq!(float::<f64>(format!("{value:e}").as_bytes()), Ok(value));
            }
            prop_assert_eq!(float::<f64>(text.as_bytes()).ok().map(f64::to_bits), by_std(&text));
        }
    }
}
