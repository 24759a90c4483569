//! Which numbers lie far from the others.

use std::cmp::Ordering;

/// How far is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The modified z-score of Iglewicz and Hoaglin (*How to Detect and Handle Outliers*, 1993): 0.6745 times the distance from
    /// the median, by the median of all such distances. Where that is 0, because more than half of the numbers are equal, it is
    /// the distance by 1.253314 times the mean of all distances.
    Mad,
    /// The fences of Tukey (*Exploratory Data Analysis*, 1977): the distance from the nearer quartile outwards, by the distance
    /// between the quartiles.
    Iqr,
    /// The distance from the mean by the standard deviation of the sample.
    ZScore,
}

/// A number that may have to be told from one close to it, which takes more bits than a double has.
pub trait Number: Copy + Default {
    /// Whether it is none.
    fn is_nan(self) -> bool;

    /// Whether it is beyond all numbers.
    fn is_infinite(self) -> bool;

    /// How it stands to another one.
    fn order(&self, other: &Self) -> Ordering;

    /// Its distance from zero.
    fn magnitude(self) -> f64;

    /// What is left of it without another one, `scale` times; exact where they are close, and rounded once where not.
    fn minus(self, other: Self, scale: f64) -> f64;
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {
        $(impl Number for $type {
            fn is_nan(self) -> bool {
                false
            }

            fn is_infinite(self) -> bool {
                false
            }

            fn order(&self, other: &Self) -> Ordering {
                self.cmp(other)
            }

            fn magnitude(self) -> f64 {
                self.abs_diff(0) as f64
            }

            #[inline]
            fn minus(self, other: Self, scale: f64) -> f64 {
                let distance = self.abs_diff(other) as f64;
                if self < other { -distance * scale } else { distance * scale }
            }
        })*
    };
}

macro_rules! floats {
    ($($type:ty),*) => {
        $(impl Number for $type {
            fn is_nan(self) -> bool {
                self.is_nan()
            }

            fn is_infinite(self) -> bool {
                self.is_infinite()
            }

            fn order(&self, other: &Self) -> Ordering {
                self.total_cmp(other)
            }

            fn magnitude(self) -> f64 {
                f64::from(self.abs())
            }

            #[inline]
            fn minus(self, other: Self, scale: f64) -> f64 {
                // Each by itself: what lies between two large numbers may be more than a double holds.
                f64::from(self) * scale - f64::from(other) * scale
            }
        })*
    };
}

whole_numbers!(i8, i16, i32, i64, i128, u8, u16, u32, u64);
floats!(f32, f64);

/// A place among numbers, by one of them: what lies near it is measured from there, not from zero.
#[derive(Clone, Copy, Debug)]
struct Point<T> {
    near: T,
    beyond: f64,
}

impl<T: Number> Point<T> {
    /// How far behind it a number lies.
    #[inline]
    fn to(self, number: T, scale: f64) -> f64 {
        number.minus(self.near, scale) - self.beyond
    }
}

/// What the numbers of a column have in common, against which each is held.
#[derive(Clone, Copy, Debug)]
pub struct Fences<T> {
    lower: Point<T>,
    upper: Point<T>,
    spread: f64,
    factor: f64,
    scale: f64,
    threshold: f64,
}

const MAD_FACTOR: f64 = 0.6745;
const MEAN_FACTOR: f64 = 1.253_314;

impl<T: Number> Fences<T> {
    /// Of these numbers, which are finite and are put into another order.
    #[must_use]
    pub fn new(method: Method, threshold: f64, numbers: &mut [T]) -> Fences<T> {
        let scale = scale(method, numbers.iter().map(|number| number.magnitude()).fold(0.0, f64::max));
        let around = |centre, spread, factor| Fences { lower: centre, upper: centre, spread, factor, scale, threshold };
        if numbers.is_empty() {
            return around(Point { near: T::default(), beyond: 0.0 }, f64::INFINITY, 1.0);
        }
        match method {
            Method::Mad => {
                let median = quantile(numbers, 0.5, scale);
                let mut distances: Vec<f64> = numbers.iter().map(|&number| median.to(number, scale).abs()).collect();
                let Point { near, beyond } = quantile(&mut distances, 0.5, 1.0);
                match near + beyond {
                    0.0 => around(median, mean(&distances) * MEAN_FACTOR, 1.0),
                    spread => around(median, spread, MAD_FACTOR),
                }
            }
            Method::Iqr => {
                let (lower, upper) = (quantile(numbers, 0.25, scale), quantile(numbers, 0.75, scale));
                let spread = upper.near.minus(lower.near, scale) + (upper.beyond - lower.beyond);
                Fences { lower, upper, spread, factor: 1.0, scale, threshold }
            }
            Method::ZScore => {
                let median = quantile(numbers, 0.5, scale);
                let mut distances: Vec<f64> = numbers.iter().map(|&number| median.to(number, scale)).collect();
                let mean = mean(&distances);
                distances.iter_mut().for_each(|distance| *distance = (*distance - mean).powi(2));
                let variance = sum(&distances) / (numbers.len() as f64 - 1.0).max(1.0);
                around(Point { beyond: median.beyond + mean, ..median }, variance.sqrt(), 1.0)
            }
        }
    }

    /// Whether a number lies beyond them, as an infinite one does.
    #[inline]
    #[must_use]
    pub fn is_outside(&self, number: T) -> bool {
        // At most one of the two distances is positive. Without any spread every distance is too far.
        let distance = (-self.lower.to(number, self.scale)).max(self.upper.to(number, self.scale)).max(0.0);
        number.is_infinite() || (distance > 0.0 && self.factor * distance / self.spread > self.threshold)
    }
}

/// The power of two by which numbers up to this magnitude are multiplied, so that no sum of them and no square is more than a
/// double holds, and no square less.
fn scale(method: Method, most: f64) -> f64 {
    let two = |power| 2.0_f64.powi(power);
    match method {
        Method::Mad | Method::Iqr if most > two(950) => two(-64),
        Method::ZScore if most > two(480) => two(-600),
        Method::ZScore if most < two(-400) => two(600),
        _ => 1.0,
    }
}

fn mean(numbers: &[f64]) -> f64 {
    sum(numbers) / numbers.len() as f64
}

/// The sum by halves, whose rounding errors grow with the logarithm of the count (Higham, 1993).
fn sum(numbers: &[f64]) -> f64 {
    const PLAIN: usize = 128;
    if numbers.len() <= PLAIN {
        return numbers.iter().sum();
    }
    let (one, other) = numbers.split_at(numbers.len() / 2);
    sum(one) + sum(other)
}

/// The quantile by linear interpolation between the two numbers next to its place.
fn quantile<T: Number>(numbers: &mut [T], share: f64, scale: f64) -> Point<T> {
    let place = (numbers.len() - 1) as f64 * share;
    let below = place as usize;
    let (_, &mut near, above) = numbers.select_nth_unstable_by(below, T::order);
    let next = above.iter().min_by(|one, other| one.order(other)).copied().unwrap_or(near);
    Point { near, beyond: next.minus(near, scale) * (place - below as f64) }
}

#[cfg(test)]
mod tests {
    use super::{Fences, Method, Number, quantile, sum};

    fn outliers<T: Number>(method: Method, threshold: f64, numbers: &[T]) -> Vec<T> {
        let is_finite = |number: &T| !number.is_nan() && !number.is_infinite();
        let mut finite: Vec<T> = numbers.iter().copied().filter(is_finite).collect();
        let fences = Fences::new(method, threshold, &mut finite);
        numbers.iter().copied().filter(|&number| fences.is_outside(number)).collect()
    }

    #[test]
    fn modified_z_scores() {
        // The example of the NIST/SEMATECH e-Handbook, section 1.3.5.17, and of Iglewicz and Hoaglin.
        let numbers = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3];
        assert_eq!(outliers(Method::Mad, 3.5, &numbers), [8.2, 8.3]);
        assert_eq!(outliers(Method::Mad, 3.5, &[1.0, 2.0, 3.0, 4.0, 100.0]), [100.0]);
        assert_eq!(outliers(Method::Mad, 3.5, &[1.0, 2.0, 3.0]), [0.0; 0]);
        assert_eq!(outliers(Method::Mad, 3.5, &[5.0; 9]), [0.0; 0]);
        assert_eq!(outliers::<f64>(Method::Mad, 3.5, &[]), [0.0; 0]);
        assert_eq!(outliers(Method::Mad, 3.5, &[7.0]), [0.0; 0]);
        // Half of them are equal: the mean distance is 10, and 100 / 12.5 is 8.
        assert_eq!(outliers(Method::Mad, 3.5, &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 100.0]), [100.0]);
    }

    #[test]
    fn fences_and_z_scores() {
        let numbers = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 30.0];
        assert_eq!(outliers(Method::Iqr, 1.5, &numbers), [30.0]);
        assert_eq!(outliers(Method::Iqr, 7.0, &numbers), [0.0; 0]);
        assert_eq!(outliers(Method::Iqr, 1.5, &[-30.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), [-30.0]);
        assert_eq!(outliers(Method::ZScore, 2.0, &numbers), [30.0]);
        assert_eq!(outliers(Method::ZScore, 3.5, &numbers), [0.0; 0]);
        assert_eq!(outliers(Method::ZScore, 0.5, &[1.0]), [0.0; 0]);
        assert_eq!(outliers(Method::Iqr, 1.5, &[0.0, 0.0, 0.0, 0.0, 0.0, 1.0]), [1.0]);
    }

    #[test]
    fn infinite_numbers_lie_far_from_whatever_there_is() {
        const INFINITE: [f64; 2] = [f64::INFINITY, f64::NEG_INFINITY];
        for method in [Method::Mad, Method::Iqr, Method::ZScore] {
            for threshold in [0.0, 3.5, f64::MAX, f64::INFINITY] {
                assert_eq!(outliers(method, threshold, &INFINITE), INFINITE);
                assert_eq!(outliers(method, threshold, &[INFINITE[0], 1.0, f64::NAN, INFINITE[1]]), INFINITE);
                assert_eq!(outliers(method, threshold, &[f32::INFINITY]), [f32::INFINITY]);
            }
            assert_eq!(outliers(method, 0.0, &[f64::NAN]).len(), 0);
        }
    }

    #[test]
    fn numbers_at_the_ends_of_doubles_are_measured_as_any_others() {
        let powers = [-1060, -600, -450, -350, 0, 100, 470, 490, 900, 940, 960, 1000, 1019];
        let numbers = [8.0, 13.0, 8.0, 12.0, -8.0, 8.0, -13.0, -8.0, 12.0, 8.0, 9.0, -16.0, 9.0, 0.0];
        for method in [Method::Mad, Method::Iqr, Method::ZScore] {
            for threshold in [0.0, 0.25, 0.5, 1.0, 1.5] {
                let expected = outliers(method, threshold, &numbers);
                for power in powers {
                    // A power of two below those of normal numbers is itself the product of two.
                    let by = 2.0_f64.powi(power / 2) * 2.0_f64.powi(power - power / 2);
                    let scaled = numbers.map(|number| number * by);
                    let found: Vec<f64> =
                        outliers(method, threshold, &scaled).iter().map(|number| number / by).collect();
                    assert_eq!(found, expected, "{method:?} {threshold} {power}");
                }
            }
        }
        let large = [1e308, 1.7e308, 1e308, 1.5e308].repeat(3);
        assert_eq!(outliers(Method::ZScore, 1.0, &large), [1.7e308; 3]);
        let apart = [&[-1e308, 1e308].repeat(4)[..], &[1.7e308]].concat();
        assert_eq!(outliers(Method::Iqr, 0.25, &apart), [1.7e308]);
    }

    #[test]
    fn numbers_are_told_from_those_close_to_them() {
        for method in [Method::Mad, Method::Iqr, Method::ZScore] {
            for alike in [0.1, 0.7, 1e-300, 1e300, -3.3] {
                assert_eq!(outliers(method, 0.0, &vec![alike; 300]), [0.0; 0], "{alike}");
            }
        }
        let close = [1e16, 1e16 + 2.0, 1e16 + 2.0, 1e16 + 4.0];
        assert_eq!(outliers(Method::ZScore, 1.0, &close.repeat(3)), [close[0], close[3]].repeat(3));
        assert_eq!(
            outliers(Method::Iqr, 1.5, &[&[close[1]; 8][..], &[close[0], close[3]]].concat()),
            [close[0], close[3]]
        );
    }

    #[test]
    fn what_is_far_hides_nothing_of_what_is_near() {
        let far = 2_i64.pow(51) + 1;
        assert_eq!(outliers(Method::Iqr, 0.0, &[far, 0, 0, 0, 0, 1]), [far, 1]);
        // On either side, beyond the bits of a double.
        let (least, most) = (i64::MIN, i64::MAX);
        assert_eq!(outliers(Method::Iqr, 0.0, &[least, least + 1, least + 1, most, most]), [least]);
        assert_eq!(outliers(Method::Iqr, 0.0, &[least, least, most - 1, most - 1, most]), [most]);
        assert_eq!(outliers(Method::Mad, 3.5, &[least, 5, 5, 5, 5, 6, 4, most]), [least, most]);
        assert_eq!(outliers(Method::Iqr, 1.5, &[i128::MIN, 1, 2, 3, i128::MAX]), [i128::MIN, i128::MAX]);
        assert_eq!(outliers(Method::Mad, 3.5, &[u64::MAX, 1, 2, 3, 0]), [u64::MAX]);
    }

    #[test]
    fn quantiles_and_sums() {
        let at = |numbers: &mut [f64], share| {
            let point = quantile(numbers, share, 1.0);
            point.near + point.beyond
        };
        assert_eq!(at(&mut [3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(at(&mut [4.0, 1.0, 2.0, 3.0], 0.5), 2.5);
        assert_eq!(at(&mut [4.0, 1.0, 2.0, 3.0], 0.25), 1.75);
        assert_eq!(at(&mut [f64::MAX, f64::MAX], 0.5), f64::MAX);
        let numbers: Vec<f64> = (1..=10_000).map(f64::from).collect();
        assert_eq!(sum(&numbers), 50_005_000.0);
    }
}
