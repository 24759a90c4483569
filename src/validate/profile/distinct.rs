//! How many distinct values there are, estimated from their hashes in 8 KiB.
//!
//! The sketch is HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) with the estimator of Ertl, "New cardinality estimation
//! algorithms for HyperLogLog sketches" (2017, algorithm 6), which needs no table of corrections. Its standard error is
//! 1.04 / √8192 = 1.15%, and less where there are few values.
//!
//! It is our own since a profile may cost half a read at most (`benchmarks/profile.py`), which is 3 to 10 ns a value for all that
//! a profile says: the sketches of `cardinality-estimator` and `datasketches` took five to ten times as long a value as this one,
//! which gets hashes and the registers that the pass has filled already, so that it seldom writes.

use crate::scan::{Backend, Loops};

/// The bits of a hash that choose a register, and the registers.
const BITS: u32 = 13;
const REGISTERS: usize = 1 << BITS;
/// The hashes that are looked at together, and how many such looks are taken at a time.
const LOOK: usize = 16;
const LOOKS: usize = 64;

/// The registers: of all hashes that chose one, the longest run of leading zeros among the other bits, and one.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Distinct(Box<[u8; REGISTERS]>);

impl Default for Distinct {
    fn default() -> Distinct {
        Distinct(Box::new([0; REGISTERS]))
    }
}

/// The hashes of a piece.
pub(super) enum Hashes {
    /// Of many rows: the registers of those before and of these, and the bits of which a hash that raises one has none.
    Registers(Distinct, u64),
    /// Of few rows: those that raise a register.
    Raising(Vec<u64>),
}

impl Hashes {
    /// None yet, of so many rows; `known` are the registers of pieces before.
    pub(super) fn new(known: Option<&Distinct>, rows: usize) -> Hashes {
        match rows > REGISTERS / 16 {
            true => {
                let registers = known.cloned().unwrap_or_default();
                let spared = registers.spared();
                Hashes::Registers(registers, spared)
            }
            false => Hashes::Raising(Vec::new()),
        }
    }

    #[inline(always)]
    pub(super) fn extend(&mut self, known: Option<&Distinct>, hashes: impl Iterator<Item = u64>) {
        match self {
            Hashes::Registers(registers, spared) => {
                hashes.filter(|hash| hash & *spared == 0).for_each(|hash| registers.insert(hash));
            }
            Hashes::Raising(raising) => {
                raising.extend(hashes.filter(|hash| known.is_none_or(|known| known.is_raised_by(*hash))));
            }
        }
    }

    /// The same, of hashes that lie side by side: where few of them raise a register, most are not looked at one by one.
    pub(super) fn extend_from(&mut self, known: Option<&Distinct>, hashes: &[u64], backend: Backend) {
        let Hashes::Registers(registers, spared @ 1..) = self else {
            return self.extend(known, hashes.iter().copied());
        };
        let (looks, rest) = hashes.as_chunks::<LOOK>();
        for looks in looks.chunks(LOOKS) {
            let mut least = [0; LOOKS];
            backend.run(Search { hashes: looks, bits: *spared, least: &mut least });
            let found = looks.iter().zip(least).filter(|(_, least)| *least == 0);
            let hashes = found.flat_map(|(hashes, _)| hashes).filter(|hash| **hash & *spared == 0);
            hashes.for_each(|hash| registers.insert(*hash));
        }
        rest.iter().for_each(|hash| registers.insert(*hash));
    }
}

/// Some hashes, of which those are looked for that have none of the bits.
struct Search<'a> {
    hashes: &'a [[u64; LOOK]],
    bits: u64,
    /// For each of them what is least among their bits.
    least: &'a mut [u64],
}

impl Loops for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (least, hashes) in self.least.iter_mut().zip(self.hashes) {
            *least = hashes.iter().fold(u64::MAX, |least, hash| least.min(hash & self.bits));
        }
    }
}

/// The register that a hash chose, and what it makes of it.
#[inline(always)]
fn rank(hash: u64) -> (usize, u8) {
    let rank = ((hash << BITS) | (1 << (BITS - 1))).leading_zeros() as u8 + 1;
    ((hash >> (64 - BITS)) as usize, rank)
}

impl Distinct {
    #[inline(always)]
    pub(super) fn insert(&mut self, hash: u64) {
        let (place, rank) = rank(hash);
        let register = &mut self.0[place];
        // No branch: while registers rise it would be missed every other time.
        *register = rank.max(*register);
    }

    /// The bits that are not set in any hash that raises a register: as many behind those that choose one as the lowest counts.
    fn spared(&self) -> u64 {
        let lowest = self.0.iter().copied().min().map_or(0, u32::from).min(64 - BITS);
        ((1_u64 << lowest) - 1) << (64 - BITS - lowest)
    }

    #[inline(always)]
    fn is_raised_by(&self, hash: u64) -> bool {
        let (place, rank) = rank(hash);
        rank > self.0[place]
    }

    /// Takes what a piece has seen.
    pub(super) fn merge(&mut self, hashes: &Hashes) {
        match hashes {
            Hashes::Raising(hashes) => hashes.iter().for_each(|hash| self.insert(*hash)),
            Hashes::Registers(other, _) => {
                self.0.iter_mut().zip(other.0.iter()).for_each(|(ours, theirs)| *ours = (*ours).max(*theirs));
            }
        }
    }

    /// The number of distinct hashes, as estimated.
    pub(super) fn estimate(&self) -> f64 {
        const LONGEST: usize = 64 - BITS as usize;
        let mut counts = [0_u32; LONGEST + 2];
        self.0.iter().for_each(|&register| counts[usize::from(register)] += 1);
        let registers = REGISTERS as f64;
        let mut sum = registers * tau(1.0 - f64::from(counts[LONGEST + 1]) / registers);
        for count in counts[1..=LONGEST].iter().rev() {
            sum = 0.5 * (sum + f64::from(*count));
        }
        sum += registers * sigma(f64::from(counts[0]) / registers);
        registers * registers / (2.0 * std::f64::consts::LN_2 * sum)
    }
}

/// Σ x^(2^k) 2^(k-1) over k ≥ 1, and x.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * y;
        y += y;
        if sum == before {
            return sum;
        }
    }
}

/// (1 - x - Σ (1 - x^(2^-k))² 2^-k) / 3 over k ≥ 1.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        y *= 0.5;
        sum -= (1.0 - x).powi(2) * y;
        if sum == before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Key;
    use super::*;

    fn estimate(keys: impl Iterator<Item = u64>) -> f64 {
        let mut distinct = Distinct::default();
        keys.for_each(|key| distinct.insert(key.mixed()));
        distinct.estimate()
    }

    #[test]
    fn estimates_are_within_five_standard_errors() {
        for count in [0, 1, 2, 10, 1000, 8192, 40_000, 1_000_000] {
            let patterns: [fn(u64) -> u64; 6] = [
                |n| n,
                |n| n | 1 << 63,
                |n| n << 40,
                |n| n.wrapping_mul(1000),
                |n| (n as f64 / 100.0).to_bits(),
                |n| (n as f64).to_bits() | 1 << 63,
            ];
            for (at, pattern) in patterns.into_iter().enumerate() {
                let estimate = estimate((0..count).map(pattern));
                let error = (estimate - count as f64).abs();
                assert!(error <= 0.0575 * count as f64, "{estimate} for {count} of pattern {at}");
            }
        }
    }

    #[test]
    fn parts_in_any_order_are_the_whole() {
        let all: Vec<u64> = (0..30_000).collect();
        let sketch = |keys: &[u64]| {
            let mut distinct = Distinct::default();
            keys.iter().for_each(|key| distinct.insert(key.mixed()));
            distinct
        };
        let whole = sketch(&all);
        let mut parts: Vec<_> = all.chunks(7000).map(sketch).collect();
        parts.reverse();
        let mut merged = Distinct::default();
        for part in parts {
            merged.merge(&Hashes::Registers(part, 0));
        }
        assert!(merged == whole && merged.estimate().to_bits() == whole.estimate().to_bits());
        let mut merged = Distinct::default();
        for few in all.chunks(1000).rev() {
            let mut hashes = Hashes::new(None, few.len());
            hashes.extend(Some(&merged), few.iter().map(Key::mixed));
            merged.merge(&hashes);
        }
        assert!(merged == whole);
        for length in [500, 7000] {
            let mut merged = Distinct::default();
            for backend in Backend::available() {
                for some in all.chunks(length) {
                    let mut hashes = Hashes::new(Some(&merged), some.len());
                    let mixed: Vec<u64> = some.iter().map(Key::mixed).collect();
                    hashes.extend_from(Some(&merged), &mixed, backend);
                    merged.merge(&hashes);
                }
                assert!(merged == whole, "{length}");
            }
        }
        let many = sketch(&(0..1_000_000).collect::<Vec<_>>());
        assert!(
            many.spared() != 0
                && (0..1_000_000).all(|key: u64| {
                    let hash = key.mixed();
                    let mut one = Distinct::default();
                    one.insert(hash);
                    hash & many.spared() == 0 || !many.is_raised_by(hash)
                })
        );
    }
}
