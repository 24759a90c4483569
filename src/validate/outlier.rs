//! Which numbers lie far from the others.

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

/// What the numbers of a column have in common, against which each is held.
#[derive(Clone, Copy, Debug)]
pub struct Fences {
    lower: f64,
    upper: f64,
    spread: f64,
    factor: f64,
    threshold: f64,
}

const MAD_FACTOR: f64 = 0.6745;
const MEAN_FACTOR: f64 = 1.253_314;

impl Fences {
    /// Of these numbers, which are finite and are put into another order.
    #[must_use]
    pub fn new(method: Method, threshold: f64, numbers: &mut [f64]) -> Fences {
        let around = |centre, spread, factor| Fences { lower: centre, upper: centre, spread, factor, threshold };
        match method {
            _ if numbers.is_empty() => around(0.0, f64::INFINITY, 1.0),
            Method::Mad => {
                let median = quantile(numbers, 0.5);
                numbers.iter_mut().for_each(|number| *number = (*number - median).abs());
                match quantile(numbers, 0.5) {
                    0.0 => around(median, mean(numbers) * MEAN_FACTOR, 1.0),
                    spread => around(median, spread, MAD_FACTOR),
                }
            }
            Method::Iqr => {
                let (lower, upper) = (quantile(numbers, 0.25), quantile(numbers, 0.75));
                Fences { lower, upper, spread: upper - lower, factor: 1.0, threshold }
            }
            Method::ZScore => {
                let mean = mean(numbers);
                let squares: Vec<f64> = numbers.iter().map(|number| (number - mean).powi(2)).collect();
                let variance = sum(&squares) / (numbers.len() as f64 - 1.0).max(1.0);
                around(mean, variance.sqrt(), 1.0)
            }
        }
    }

    /// Whether a number lies beyond them.
    #[inline]
    #[must_use]
    pub fn is_outside(&self, number: f64) -> bool {
        // At most one of the two distances is positive. Without any spread every distance is too far.
        let distance = (self.lower - number).max(number - self.upper).max(0.0);
        distance > 0.0 && self.factor * distance / self.spread > self.threshold
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
fn quantile(numbers: &mut [f64], share: f64) -> f64 {
    let place = (numbers.len() - 1) as f64 * share;
    let below = place as usize;
    let (_, &mut lower, rest) = numbers.select_nth_unstable_by(below, f64::total_cmp);
    let part = place - below as f64;
    if part == 0.0 {
        return lower;
    }
    let upper = rest.iter().copied().fold(f64::INFINITY, f64::min);
    // Halves first: the sum of two numbers of the upper end of doubles would be infinite.
    lower * (1.0 - part) + upper * part
}

#[cfg(test)]
mod tests {
    use super::{Fences, Method, quantile, sum};

    fn outliers(method: Method, threshold: f64, numbers: &[f64]) -> Vec<f64> {
        let fences = Fences::new(method, threshold, &mut numbers.to_vec());
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
        assert_eq!(outliers(Method::Mad, 3.5, &[]), [0.0; 0]);
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
    fn quantiles_and_sums() {
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(quantile(&mut [4.0, 1.0, 2.0, 3.0], 0.5), 2.5);
        assert_eq!(quantile(&mut [4.0, 1.0, 2.0, 3.0], 0.25), 1.75);
        assert_eq!(quantile(&mut [f64::MAX, f64::MAX], 0.5), f64::MAX);
        let numbers: Vec<f64> = (1..=10_000).map(f64::from).collect();
        assert_eq!(sum(&numbers), 50_005_000.0);
    }
}
