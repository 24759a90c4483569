//! Decimal digits to numbers, eight at a time.
//!
//! A run of digits is read by words that *end* where the run ends, so that one load serves every length up to eight:
//! what lies before the run is masked to zeros, which count nothing at the front of a number. A word is refused
//! where one of its bytes is not a digit. Every function gives `None` where it would have to read outside the data;
//! the caller then takes the exact way.

/// The digit 0 in each byte.
pub(super) const ZEROS: u64 = 0x3030_3030_3030_3030;
const TENS: [u64; 20] = {
    let mut tens = [1; 20];
    let mut at = 1;
    while at < 20 {
        tens[at] = tens[at - 1] * 10;
        at += 1;
    }
    tens
};

/// Ten to the power of `exponent`, which is at most 19.
#[inline(always)]
pub(super) fn ten_to(exponent: usize) -> u64 {
    TENS[exponent]
}

/// The eight bytes that end at `end`, first byte lowest, each less the digit 0.
#[inline(always)]
pub(super) fn tail(data: &[u8], end: usize) -> Option<u64> {
    let bytes = data.get(end.wrapping_sub(8)..end)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?) ^ ZEROS)
}

/// The eight bytes that begin at `start`, first byte lowest, each less the digit 0.
#[inline(always)]
pub(super) fn head(data: &[u8], start: usize) -> Option<u64> {
    let bytes = data.get(start..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*bytes) ^ ZEROS)
}

/// `word` with all but its last `count` bytes (1 to 8) made digits 0.
#[inline(always)]
pub(super) fn keep_last(word: u64, count: usize) -> u64 {
    word & (u64::MAX << (64 - 8 * count as u32))
}

/// Whether every byte of `word` is a digit.
///
/// Adding 0x76 carries a byte above 9 into its top bit. A byte that would carry into its neighbour has its own top
/// bit set, so a false alarm beside it changes nothing.
#[inline(always)]
pub(super) fn are_digits(word: u64) -> bool {
    (word | word.wrapping_add(0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 == 0
}

/// The digits of a word, neighbours joined to pairs, and whether it holds nothing else: a digit less the digit 0 in every byte, but
/// zeros in those that `separators` has ones in.
#[inline(always)]
pub(super) fn pairs(word: u64, separators: u64) -> (u64, bool) {
    // Carries a digit above 9 and a separator's byte above 0 into its top bit.
    let limits = 0x7676_7676_7676_7676 & !separators | 0x7F7F_7F7F_7F7F_7F7F & separators;
    let fits = (word | word.wrapping_add(limits)) & 0x8080_8080_8080_8080 == 0;
    (word.wrapping_mul(10).wrapping_add(word >> 8), fits)
}

/// The pair whose first digit is byte `at`.
#[inline(always)]
pub(super) fn pair(pairs: u64, at: u32) -> u64 {
    pairs >> (8 * at) & 0xFF
}

/// The number that eight digits write: neighbours join to pairs, pairs to fours, fours to eight.
#[inline(always)]
pub(super) fn join(word: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00FF_0000_00FF;
    const OUTER: u64 = 100 + (1_000_000 << 32);
    const INNER: u64 = 1 + (10_000 << 32);
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8);
    let outer = (pairs & PAIRS).wrapping_mul(OUTER);
    let inner = ((pairs >> 16) & PAIRS).wrapping_mul(INNER);
    outer.wrapping_add(inner) >> 32
}

/// The number that the digits of `data[start..end]` write, for 1 to 19 of them.
#[inline(always)]
pub(super) fn number(data: &[u8], start: usize, end: usize) -> Option<u64> {
    let count = end.wrapping_sub(start);
    let last = tail(data, end)?;
    if count.wrapping_sub(1) < 8 {
        let last = keep_last(last, count);
        return are_digits(last).then(|| join(last));
    }
    let middle = tail(data, end.wrapping_sub(8))?;
    if count.wrapping_sub(9) < 8 {
        let middle = keep_last(middle, count - 8);
        let clean = are_digits(last) & are_digits(middle);
        return clean.then(|| join(middle) * 100_000_000 + join(last));
    }
    if count.wrapping_sub(17) < 3 {
        let first = keep_last(tail(data, end.wrapping_sub(16))?, count - 16);
        let clean = are_digits(last) & are_digits(middle) & are_digits(first);
        let front = join(first) * 100_000_000 + join(middle);
        return clean.then(|| front * 100_000_000 + join(last));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{are_digits, number};

    #[test]
    fn every_byte_in_every_place_is_judged() {
        for place in 0..8 {
            for byte in 0..=255_u8 {
                for other in [0, 9] {
                    let mut bytes = [other; 8];
                    bytes[place] = byte;
                    assert_eq!(are_digits(u64::from_le_bytes(bytes)), byte <= 9);
                }
            }
        }
        assert!(!are_digits(u64::MAX));
        assert!(!are_digits(0x8A00));
    }

    #[test]
    fn numbers_of_every_length() {
        let digits = "9182736450918273645";
        for count in 1..=19 {
            let text = format!("________{}", &digits[..count]);
            let value = digits[..count].parse().ok();
            assert_eq!(number(text.as_bytes(), 8, 8 + count), value, "{count}");
            let nines = format!("________{}", "9".repeat(count));
            let value = "9".repeat(count).parse().ok();
            assert_eq!(number(nines.as_bytes(), 8, 8 + count), value, "{count}");
            for place in 8..8 + count {
                let mut broken = text.clone().into_bytes();
                broken[place] = b':';
                assert_eq!(number(&broken, 8, 8 + count), None, "{count} {place}");
                broken[place] = b'/';
                assert_eq!(number(&broken, 8, 8 + count), None, "{count} {place}");
            }
        }
        let data = [b'1'; 64];
        assert_eq!(number(&data, 30, 50), None, "twenty digits");
        assert_eq!(number(&data, 30, 30), None, "no digit");
        assert_eq!(number(&data, 1, 0), None, "missing");
        assert_eq!(number(&data, 60, 65), None, "past the end");
        assert_eq!(number(&data, 0, 5), None, "no room before the field");
    }
}
