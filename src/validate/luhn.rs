//! The check digit of identification numbers: formula of Luhn, ISO/IEC 7812-1, annex B.

/// Whether the text is two digits or more, the last of which is their check digit: with every second digit from the right
/// doubled, and the digits of the doubled summed, the sum is a multiple of ten.
///
/// ```
/// use fast_csv::validate::luhn::is_luhn;
/// assert!(is_luhn(b"79927398713"));
/// assert!(!is_luhn(b"79927398714"));
/// ```
#[must_use]
pub fn is_luhn(text: &[u8]) -> bool {
    const DOUBLED: [u8; 10] = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
    if text.len() < 2 {
        return false;
    }
    let mut sum = 0_u64;
    for (place, byte) in text.iter().rev().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        let Some(doubled) = DOUBLED.get(usize::from(digit)) else {
            return false;
        };
        sum += u64::from(if place % 2 == 1 { *doubled } else { digit });
    }
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::is_luhn;

    #[test]
    fn published_numbers() {
        for text in [
            // The example of most descriptions of the formula, and test numbers of card schemes and of an IMEI.
            "79927398713",
            "4111111111111111",
            "5555555555554444",
            "378282246310005",
            "6011111111111117",
            "490154203237518",
            "00",
            "18",
        ] {
            assert!(is_luhn(text.as_bytes()), "{text}");
        }
        for check in ["0", "1", "2", "4", "5", "6", "7", "8", "9"] {
            assert!(!is_luhn(format!("7992739871{check}").as_bytes()), "{check}");
        }
        for text in
            ["", "0", "4111 1111 1111 1111", "4111-1111-1111-1111", "411111111111111a", "-18", "+18", "\u{661}8"]
        {
            assert!(!is_luhn(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn one_wrong_digit_is_always_seen() {
        let number = b"4556737586899855";
        assert!(is_luhn(number));
        for place in 0..number.len() {
            for digit in (b'0'..=b'9').filter(|digit| *digit != number[place]) {
                let mut wrong = *number;
                wrong[place] = digit;
                assert!(!is_luhn(&wrong), "{place} {digit}");
            }
        }
    }
}
