//! Whether values only rise, or only fall.

use std::cmp::Ordering;

/// Which ways a run of values may still be said to go, as one is looked at after the other.
#[derive(Clone, Copy, Debug)]
pub struct Trend {
    strict: bool,
    rises: bool,
    falls: bool,
}

impl Trend {
    /// Of no value yet. A strict trend has no two equal neighbours.
    #[must_use]
    pub fn new(strict: bool, may_rise: bool, may_fall: bool) -> Trend {
        Trend { strict, rises: may_rise, falls: may_fall }
    }

    /// Whether there is a way left that all values went.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rises | self.falls
    }

    /// Looks at a step from a value to the next one; `None` where they have no order.
    #[inline(always)]
    pub fn step(&mut self, order: Option<Ordering>) {
        let level = !self.strict & (order == Some(Ordering::Equal));
        self.rises &= level | (order == Some(Ordering::Less));
        self.falls &= level | (order == Some(Ordering::Greater));
    }

    /// Looks at all steps between neighbours.
    pub fn run<T: PartialOrd + Copy>(&mut self, values: &[T]) {
        /// Neighbours between two looks at whether it is settled.
        const STRETCH: usize = 4096;
        let mut at = 0;
        while self.holds() && at + 1 < values.len() {
            let stretch = &values[at..values.len().min(at + STRETCH + 1)];
            let (mut rises, mut falls) = (true, true);
            for pair in stretch.windows(2) {
                if self.strict {
                    rises &= pair[0] < pair[1];
                    falls &= pair[0] > pair[1];
                } else {
                    rises &= pair[0] <= pair[1];
                    falls &= pair[0] >= pair[1];
                }
            }
            self.rises &= rises;
            self.falls &= falls;
            at += STRETCH;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Trend;
    use proptest::prelude::*;

    fn trend(values: &[f64], strict: bool) -> (bool, bool) {
        let mut whole = Trend::new(strict, true, true);
        whole.run(values);
        let mut steps = Trend::new(strict, true, true);
        values.windows(2).for_each(|pair| steps.step(pair[0].partial_cmp(&pair[1])));
        assert_eq!((whole.rises, whole.falls), (steps.rises, steps.falls), "{values:?}");
        (whole.rises, whole.falls)
    }

    #[test]
    fn trends() {
        for (values, loose, strict) in [
            (&[][..], (true, true), (true, true)),
            (&[1.0], (true, true), (true, true)),
            (&[1.0, 1.0], (true, true), (false, false)),
            (&[1.0, 2.0, 3.0], (true, false), (true, false)),
            (&[3.0, 2.0, 1.0], (false, true), (false, true)),
            (&[1.0, 1.0, 2.0], (true, false), (false, false)),
            (&[1.0, 2.0, 1.0], (false, false), (false, false)),
            (&[1.0, f64::NAN], (false, false), (false, false)),
        ] {
            assert_eq!(trend(values, false), loose, "{values:?}");
            assert_eq!(trend(values, true), strict, "{values:?}");
        }
        let mut long: Vec<f64> = (0..20_000).map(f64::from).collect();
        assert_eq!(trend(&long, true), (true, false));
        for place in [0, 1, 4095, 4096, 4097, 19_999] {
            let kept = std::mem::replace(&mut long[place], if place == 0 { 5.0 } else { -5.0 });
            assert_eq!(trend(&long, false), (false, false), "{place}");
            long[place] = kept;
        }
    }

    proptest! {
        #[test]
        fn steps_and_runs_agree(values: Vec<i8>, strict: bool) {
            trend(&values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>(), strict);
        }
    }
}
