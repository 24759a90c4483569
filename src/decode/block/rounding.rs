//! The doubles nearest to decimals of a block, in lock-step.
//!
//! The steps are those of [`Decimal::round_many`](crate::decode::float::Decimal), which multiplies by the reciprocal of a power of
//! five (Lemire, *Number Parsing at a Gigabyte per Second*, 2021); no vector multiplies 64 bits by 64, so the product is put
//! together of halves. Numbers that need more of the reciprocal than its top word, one in 512 and those of few bits, are rounded one
//! by one.

use super::{BLOCK, bits};
use crate::decode::float::{Decimal, RECIPROCALS};
use crate::scan::{Backend, Loops};

/// The numbers `digits` / 10^`places`, with what takes their doubles.
struct Rounding<'a> {
    digits: &'a [u64; BLOCK],
    places: &'a [u64; BLOCK],
    /// The top words of the reciprocals.
    reciprocals: &'a [u64; BLOCK],
    /// 1 where the number is below zero.
    negative: &'a [u64; BLOCK],
    values: &'a mut [f64; BLOCK],
}

/// Rounds the numbers of a block, of which each that is none may become anything.
#[inline(always)]
pub(super) fn round(
    backend: Backend,
    digits: &[u64; BLOCK],
    places: &[u64; BLOCK],
    negative: &[u64; BLOCK],
    values: &mut [f64; BLOCK],
) {
    let mut reciprocals = [0; BLOCK];
    // Outside of the loops, as the words of a block are (`Block`).
    for (reciprocal, &places) in reciprocals.iter_mut().zip(places) {
        *reciprocal = TOPS[(places as usize).min(TOPS.len() - 1)];
    }
    let mut left = backend.run(Rounding { digits, places, reciprocals: &reciprocals, negative, values });
    while left != 0 {
        let at = left.trailing_zeros() as usize;
        let nearest = Decimal { digits: digits[at], places: places[at] as usize }.round_many();
        values[at] = f64::from_bits(nearest.to_bits() | negative[at] << 63);
        left &= left - 1;
    }
}

const TOPS: [u64; RECIPROCALS.len()] = {
    let mut tops = [0; RECIPROCALS.len()];
    let mut places = 0;
    while places < tops.len() {
        tops[places] = (RECIPROCALS[places].0 >> 64) as u64;
        places += 1;
    }
    tops
};

/// The bits of 5 to the power of `places`, for up to 20 of them; 1 for none.
#[inline(always)]
const fn bits_of_five(places: u64) -> u64 {
    // 2^19 times the logarithm of 5 to the base of 2.
    (((places & 0xFF) * 1_217_359) >> 19) + 1
}

const _: () = {
    let mut places = 0;
    while places < RECIPROCALS.len() as u64 {
        let exponent = 1086 - places - bits_of_five(places) + (places == 0) as u64;
        assert!(exponent == RECIPROCALS[places as usize].1 as u64);
        places += 1;
    }
};

/// The product, its upper word first.
#[inline(always)]
fn product(a: u64, b: u64) -> (u64, u64) {
    const LOW: u64 = u32::MAX as u64;
    let (a, a_high, b, b_high) = (a & LOW, a >> 32, b & LOW, b >> 32);
    let (low, high) = (a * b, a_high * b_high);
    let (first, second) = (a * b_high, a_high * b);
    let middle = (low >> 32) + (first & LOW) + (second & LOW);
    (high + (first >> 32) + (second >> 32) + (middle >> 32), middle << 32 | low & LOW)
}

impl Loops for Rounding<'_> {
    /// Which numbers need more of their reciprocals, the first in the lowest bit.
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let Rounding { digits, places, reciprocals, negative, values } = self;
        let mut unsure = [0; BLOCK];
        let numbers = digits.iter().zip(places).zip(reciprocals.iter().zip(negative));
        for ((value, unsure), ((&digits, &places), (&reciprocal, &negative))) in
            values.iter_mut().zip(&mut unsure).zip(numbers)
        {
            let zeros = u64::from((digits | 1).leading_zeros());
            let (high, low) = product(digits << zeros, reciprocal);
            *unsure = u64::from(high & 0x1FF == 0x1FF);
            let upper = high >> 63;
            let shift = 9 + upper;
            let mantissa = high >> shift;
            let tie = (low <= 1) & (places <= 4) & (mantissa & 3 == 1) & (mantissa << shift == high);
            let mantissa = (mantissa + (mantissa & u64::from(!tie))) >> 1;
            let exponent = 1086 + upper + u64::from(places == 0) - places - bits_of_five(places) - zeros;
            let nearest = (exponent << 52).wrapping_add(mantissa.wrapping_sub(1 << 52));
            *value = f64::from_bits(if digits == 0 { 0 } else { nearest } | negative << 63);
        }
        bits(&unsure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree(numbers: &[(u64, u64)]) {
        let (mut digits, mut places, mut negative) = ([0; BLOCK], [0; BLOCK], [0; BLOCK]);
        for (at, &number) in numbers.iter().enumerate() {
            (digits[at], places[at]) = number;
            negative[at] = at as u64 & 1;
        }
        for backend in Backend::available() {
            let mut values = [0.0; BLOCK];
            round(backend, &digits, &places, &negative, &mut values);
            for (at, &(digits, places)) in numbers.iter().enumerate() {
                let sign = if at & 1 == 1 { "-" } else { "" };
                let expected: f64 = format!("{sign}{digits}e-{places}").parse().unwrap();
                assert_eq!(values[at].to_bits(), expected.to_bits(), "{expected:?}, {}", backend.name());
            }
        }
    }

    /// Halves between two doubles and their neighbours, for as many places as such have, and the edges of the words.
    #[test]
    fn halves_and_edges() {
        let mut numbers = vec![0, 1, u64::MAX, u64::MAX / 2];
        for power in 0..64 {
            for off in -2..=2_i64 {
                numbers.push((1_u64 << power).wrapping_add_signed(off));
                numbers.push(((1_u64 << 53) | 1).wrapping_shl(power % 11).wrapping_add_signed(off));
                numbers.push(((1_u64 << 54) - 1).wrapping_shl(power % 10).wrapping_add_signed(off));
                numbers.push(10_u64.pow(power % 20).wrapping_add_signed(off));
                numbers.push((5_u64.pow(power % 27).wrapping_mul(2 * u64::from(power) + 1)).wrapping_add_signed(off));
            }
        }
        for places in 0..20 {
            for numbers in numbers.chunks(BLOCK) {
                agree(&numbers.iter().map(|&digits| (digits, places)).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn random_numbers() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..2000 {
            agree(&[(); BLOCK].map(|()| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                (random >> (random % 60), random / 64 % 20)
            }));
        }
    }
}
