//! Values as keys: what sketches and tallies hold in place of values of many types.
//!
//! Keys of a column have the order of its values, NaN last, and are equal where the values are.

use super::quantiles::Coin;
use super::thinning;
use crate::scan::Backend;
use std::hash::Hash;

/// What stands for a value.
pub(super) trait Key: Clone + Ord + Hash + Send + 'static {
    /// Whether anybody asks what their ranks are.
    const RANKED: bool = true;

    /// 64 bits that look random and are the same in every run.
    fn mixed(&self) -> u64;

    /// 64 bits of which the first differ for most values: less than [`mixed`](Self::mixed), and sooner there.
    #[inline(always)]
    fn spread(&self) -> u64 {
        self.mixed()
    }

    /// Whether keys are thinned as they pass by: not where that costs as much as it saves.
    const THINS: bool = false;

    /// Adds a few of some keys, which stand so many levels higher, to those that are thinned; leaves the keys in disorder.
    fn thin(keys: &mut [Self], thinned: &mut Vec<Self>, _levels: u32, _coin: &mut Coin, _backend: Backend) {
        thinned.extend_from_slice(keys);
    }

    /// Leaves one key of every `2^halvings` of the sorted keys, in any order.
    fn halve(keys: &mut Vec<Self>, halvings: u32, coin: &mut Coin, _backend: Backend) {
        halve_sorted(keys, halvings, coin);
    }

    /// The bytes that it holds elsewhere.
    fn held(&self) -> usize {
        0
    }
}

/// Leaves one of every `2^halvings` of the sorted keys, from one of the first so many on.
fn halve_sorted<K: Key>(keys: &mut Vec<K>, halvings: u32, coin: &mut Coin) {
    if halvings > 0 {
        keys.sort_unstable();
        let first = coin.toss() as usize & ((1 << halvings) - 1);
        *keys = std::mem::take(keys).into_iter().skip(first).step_by(1 << halvings).collect();
    }
}

/// Bits of which each depends on all bits (the finaliser of SplitMix64, Steele, Lea, Flood 2014): all that it does vectors of
/// 64 bits can do.
#[inline(always)]
pub(super) const fn scrambled(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// A product of 64 by 64 bits, folded: the step of wyhash.
#[inline(always)]
pub(super) fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

// Odd constants without a pattern: the fractions of the golden ratio and of the roots of 2 and 3.
pub(super) const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
pub(super) const ROOT_2: u64 = 0x6A09_E667_F3BC_C909;
pub(super) const ROOT_3: u64 = 0xBB67_AE85_84CA_A73B;

impl Key for u64 {
    #[inline(always)]
    fn mixed(&self) -> u64 {
        scrambled(self ^ GOLDEN)
    }

    #[inline(always)]
    fn spread(&self) -> u64 {
        self.wrapping_mul(GOLDEN)
    }

    const THINS: bool = true;

    fn thin(keys: &mut [u64], thinned: &mut Vec<u64>, levels: u32, coin: &mut Coin, backend: Backend) {
        thinning::thin(keys, thinned, levels, coin, backend);
    }

    fn halve(keys: &mut Vec<u64>, halvings: u32, coin: &mut Coin, backend: Backend) {
        let levels = halvings.min(thinning::LEVELS);
        let is_done = levels > 0 && thinning::thin_all(keys, levels, coin, backend);
        halve_sorted(keys, if is_done { halvings - levels } else { halvings }, coin);
    }
}

impl Key for u128 {
    #[inline(always)]
    fn mixed(&self) -> u64 {
        let (low, high) = (*self as u64, (*self >> 64) as u64);
        folded(folded(low ^ GOLDEN, high ^ ROOT_2) ^ low, ROOT_3 ^ high.rotate_left(32))
    }
}

/// A native type of arrays as keys, and as a number.
pub(super) trait Number: Copy + Send + 'static {
    type Key: Key + Copy;

    /// The key of NaN, where there is one: it is no extreme.
    const NAN: Option<Self::Key> = None;

    fn key(self) -> Self::Key;
    fn of_key(key: Self::Key) -> Self;
    /// The value, rounded.
    fn float(self) -> f64;
    /// The edges of `most` steps of one length or fewer, from the least to the greatest; none where these have no distance.
    fn edges(least: Self, greatest: Self, most: usize) -> Vec<Self>;
}

/// The sign bit, which puts negative keys before the others.
const SIGN: u64 = 1 << 63;

macro_rules! integers {
    ($($native:ty, $wide:ty, $key:ty, $flip:expr;)*) => {$(
        impl Number for $native {
            type Key = $key;

            #[inline(always)]
            fn key(self) -> $key {
                self as $wide as $key ^ $flip
            }

            #[inline(always)]
            fn of_key(key: $key) -> $native {
                (key ^ $flip) as $wide as $native
            }

            #[inline(always)]
            fn float(self) -> f64 {
                self as f64
            }

            fn edges(least: $native, greatest: $native, most: usize) -> Vec<$native> {
                // Steps are whole numbers, the last one may be shorter.
                let (least, greatest) = (least.key(), greatest.key());
                let step = ((greatest - least) / most as $key).saturating_add(1);
                let steps = (greatest - least) / step + 1;
                let edge = |at| least.saturating_add(step.saturating_mul(at)).min(greatest);
                (0..=steps).map(|at| <$native>::of_key(edge(at))).collect()
            }
        }
    )*};
}

integers! {
    i8, i64, u64, SIGN;
    i16, i64, u64, SIGN;
    i32, i64, u64, SIGN;
    i64, i64, u64, SIGN;
    u8, u64, u64, 0;
    u16, u64, u64, 0;
    u32, u64, u64, 0;
    u64, u64, u64, 0;
    i128, i128, u128, 1 << 127;
    u128, u128, u128, 0;
}

impl Number for f64 {
    type Key = u64;

    const NAN: Option<u64> = Some(f64::NAN.to_bits() | SIGN);

    #[inline(always)]
    fn key(self) -> u64 {
        // Both zeros are one value, and so are all NaN.
        let bits = if self.is_nan() { f64::NAN.to_bits() & !SIGN } else { (self + 0.0).to_bits() };
        // All bits of a negative number are turned over, of another one the sign alone.
        bits ^ ((bits as i64 >> 63) as u64 | SIGN)
    }

    #[inline(always)]
    fn of_key(key: u64) -> f64 {
        f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
    }

    #[inline(always)]
    fn float(self) -> f64 {
        self
    }

    fn edges(least: f64, greatest: f64, most: usize) -> Vec<f64> {
        match least.is_finite() && greatest.is_finite() {
            true if least == greatest => vec![least, greatest],
            true => {
                // The distance of the two may be more than a float holds.
                let edge = |at: usize| {
                    let share = at as f64 / most as f64;
                    least * (1.0 - share) + greatest * share
                };
                let inner = (1..most).map(|at| edge(at).clamp(least, greatest));
                std::iter::once(least).chain(inner).chain([greatest]).collect()
            }
            false => Vec::new(),
        }
    }
}

impl Number for f32 {
    type Key = u64;

    const NAN: Option<u64> = <f64 as Number>::NAN;

    #[inline(always)]
    fn key(self) -> u64 {
        f64::from(self).key()
    }

    #[inline(always)]
    fn of_key(key: u64) -> f32 {
        f64::of_key(key) as f32
    }

    #[inline(always)]
    fn float(self) -> f64 {
        f64::from(self)
    }

    fn edges(least: f32, greatest: f32, most: usize) -> Vec<f32> {
        f64::edges(least.into(), greatest.into(), most).into_iter().map(|edge| edge as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_have_the_order_of_their_values(a: i64, b: i64, x: f64, y: f64, u: u64, v: u64, s: i8, t: i8) {
            prop_assert_eq!(a.key().cmp(&b.key()), a.cmp(&b));
            prop_assert_eq!(u.key().cmp(&v.key()), u.cmp(&v));
            prop_assert_eq!(s.key().cmp(&t.key()), s.cmp(&t));
            prop_assert_eq!(x.key().cmp(&y.key()), x.partial_cmp(&y).unwrap());
            prop_assert_eq!((i64::of_key(a.key()), i8::of_key(s.key()), u64::of_key(u.key())), (a, s, u));
            prop_assert_eq!(f64::of_key(x.key()), x);
            prop_assert_eq!(f32::of_key((x as f32).key()), x as f32);
            prop_assert_eq!(i128::of_key(i128::from(a).key()), i128::from(a));
        }

        #[test]
        fn edges_lead_from_the_least_to_the_greatest(a: i64, b: i64, x: f64, y: f64) {
            let edges = i64::edges(a.min(b), a.max(b), 20);
            prop_assert!((2..=21).contains(&edges.len()) && edges.is_sorted());
            prop_assert_eq!((edges[0], edges[edges.len() - 1]), (a.min(b), a.max(b)));
            let edges = f64::edges(x.min(y), x.max(y), 20);
            prop_assert_eq!((edges[0], edges[edges.len() - 1]), (x.min(y), x.max(y)));
            prop_assert!(edges.is_sorted() && edges.iter().all(|edge| edge.is_finite()));
        }
    }

    #[test]
    fn zeros_are_one_value_and_nan_comes_last() {
        assert_eq!(0.0_f64.key(), (-0.0_f64).key());
        assert_eq!(Some(f64::NAN.key()), <f64 as Number>::NAN);
        assert_eq!(f64::NAN.key(), (-f64::NAN).key());
        assert!(f64::NAN.key() > f64::INFINITY.key() && f64::NEG_INFINITY.key() < f64::MIN.key());
        assert!(f64::of_key(f64::NAN.key()).is_nan());
    }
}
