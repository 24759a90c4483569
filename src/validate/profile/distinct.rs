//! How many distinct values there are, estimated from their hashes in 8 KiB.
//!
//! The sketch is HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) with the estimator of Ertl, "New cardinality estimation
//! algorithms for HyperLogLog sketches" (2017, algorithm 6), which needs no table of corrections. Its standard error is
//! 1.04 / √8192 = 1.15%, and less where there are few values.
//!
//! It is our own since a profile may cost half a read at most (`benchmarks/profile.py`), which is 3 to 10 ns a value for all that
//! a profile says: the sketches of `cardinality-estimator` and `datasketches` took five to ten times as long a value as this one,
//! which gets hashes and, of what the pass has filled already, which of them cannot matter any more.

use crate::scan::{Backend, Loops};
use std::sync::{Mutex, PoisonError};

/// The bits of a hash that choose a register, and the registers.
const BITS: u32 = 13;
const REGISTERS: usize = 1 << BITS;
/// The hashes that are looked at together, and how many such looks are taken at a time.
const LOOK: usize = 16;
const LOOKS: usize = 64;
/// Where hashes that raise a register have no more than one in so many, they are looked for among the others.
const RARE: u32 = 5;
/// The hashes of a piece that are handed on as they are: those of more fill registers.
const FEW: usize = REGISTERS / 16;

/// The registers: of all hashes that chose one, the longest run of leading zeros among the other bits, and one.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Distinct(Option<Box<[u8; REGISTERS]>>);

/// Registers that serve again: every piece has some for each column, made in one thread and joined in another, and an allocator
/// gives the pages of so many back as soon as they are free (`benchmarks/NOTES.md`).
static SPARE: Mutex<Vec<Box<[u8; REGISTERS]>>> = Mutex::new(Vec::new());
/// 16 MiB.
const MOST_SPARE: usize = 2048;

impl Default for Distinct {
    fn default() -> Distinct {
        let spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let registers = spare.map_or_else(
            || Box::new([0; REGISTERS]),
            |mut registers| {
                registers.fill(0);
                registers
            },
        );
        Distinct(Some(registers))
    }
}

impl Drop for Distinct {
    fn drop(&mut self) {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < MOST_SPARE {
            spare.extend(self.0.take());
        }
    }
}

/// The bits of which a hash has none that raises a register that pieces before have filled: none where little is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spared(pub(super) u64);

impl Spared {
    /// Whether hashes that raise a register are so few that to look for them costs less than to try all.
    fn is_worth_a_search(self) -> bool {
        self.0.count_ones() >= RARE
    }
}

/// The hashes of a piece.
pub(super) enum Hashes {
    /// What they make of registers.
    Registers(Distinct),
    /// All of them: of few rows.
    Few(Vec<u64>),
}

impl Hashes {
    /// None yet, of so many rows.
    pub(super) fn new(rows: usize) -> Hashes {
        match rows > FEW {
            true => Hashes::Registers(Distinct::default()),
            false => Hashes::Few(Vec::with_capacity(rows)),
        }
    }

    /// Takes hashes that lie side by side. Those that by `spared` raise no register of all pieces need not be among them.
    pub(super) fn extend(&mut self, hashes: &[u64], spared: Spared, backend: Backend) {
        match self {
            Hashes::Registers(registers) if spared.is_worth_a_search() => registers.search(hashes, spared, backend),
            Hashes::Registers(registers) => registers.extend(hashes, backend),
            Hashes::Few(few) => few.extend_from_slice(hashes),
        }
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

/// Some hashes on their way to their registers: where each goes is found for many at once.
struct Filling<'a> {
    hashes: &'a [u64],
    registers: &'a mut [u8; REGISTERS],
}

impl Loops for Filling<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut entries = [0_u32; LOOK * LOOKS];
        for hashes in self.hashes.chunks(LOOK * LOOKS) {
            for (entry, hash) in entries.iter_mut().zip(hashes) {
                let (place, rank) = rank(*hash);
                *entry = (place << 8) as u32 | u32::from(rank);
            }
            for entry in &entries[..hashes.len()] {
                let register = &mut self.registers[(entry >> 8) as usize % REGISTERS];
                // No branch: while registers rise it would be missed every other time.
                *register = (*register).max(*entry as u8);
            }
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
    fn registers(&self) -> &[u8; REGISTERS] {
        self.0.as_deref().expect("there until it is dropped")
    }

    #[inline(always)]
    fn registers_mut(&mut self) -> &mut [u8; REGISTERS] {
        self.0.as_deref_mut().expect("there until it is dropped")
    }

    #[inline(always)]
    pub(super) fn insert(&mut self, hash: u64) {
        let (place, rank) = rank(hash);
        let register = &mut self.registers_mut()[place];
        *register = rank.max(*register);
    }

    fn extend(&mut self, hashes: &[u64], backend: Backend) {
        backend.run(Filling { hashes, registers: self.registers_mut() });
    }

    /// Takes those hashes that have none of the spared bits; most are not looked at one by one.
    fn search(&mut self, hashes: &[u64], spared: Spared, backend: Backend) {
        let (looks, rest) = hashes.as_chunks::<LOOK>();
        for looks in looks.chunks(LOOKS) {
            let mut least = [0; LOOKS];
            backend.run(Search { hashes: looks, bits: spared.0, least: &mut least });
            let found = looks.iter().zip(least).filter(|(_, least)| *least == 0);
            let hashes = found.flat_map(|(hashes, _)| hashes).filter(|hash| **hash & spared.0 == 0);
            hashes.for_each(|hash| self.insert(*hash));
        }
        rest.iter().for_each(|hash| self.insert(*hash));
    }

    /// The bits that are not set in any hash that raises a register: as many behind those that choose one as the lowest counts.
    pub(super) fn spared(&self) -> Spared {
        let lowest = self.registers().iter().copied().min().map_or(0, u32::from).min(64 - BITS);
        Spared(((1_u64 << lowest) - 1) << (64 - BITS - lowest))
    }

    /// Takes what a piece has seen.
    pub(super) fn merge(&mut self, hashes: &Hashes) {
        match hashes {
            Hashes::Few(hashes) => hashes.iter().for_each(|hash| self.insert(*hash)),
            Hashes::Registers(other) => {
                self.registers_mut()
                    .iter_mut()
                    .zip(other.registers())
                    .for_each(|(ours, theirs)| *ours = (*ours).max(*theirs));
            }
        }
    }

    /// The number of distinct hashes, as estimated.
    pub(super) fn estimate(&self) -> f64 {
        const LONGEST: usize = 64 - BITS as usize;
        let mut counts = [0_u32; LONGEST + 2];
        self.registers().iter().for_each(|&register| counts[usize::from(register)] += 1);
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
        let all: Vec<u64> = (0..30_000_u64).map(|key| key.mixed()).collect();
        let sketch = |hashes: &[u64]| {
            let mut distinct = Distinct::default();
            hashes.iter().for_each(|hash| distinct.insert(*hash));
            distinct
        };
        let whole = sketch(&all);
        let mut parts: Vec<_> = all.chunks(7000).map(sketch).collect();
        parts.reverse();
        let mut merged = Distinct::default();
        for part in parts {
            merged.merge(&Hashes::Registers(part));
        }
        assert!(merged == whole && merged.estimate().to_bits() == whole.estimate().to_bits());
        for length in [1, 500, 1000, 7000] {
            let mut merged = Distinct::default();
            for backend in Backend::available() {
                for some in all.chunks(length).rev() {
                    let mut hashes = Hashes::new(some.len());
                    hashes.extend(some, merged.spared(), backend);
                    merged.merge(&hashes);
                }
                assert!(merged == whole, "{length}");
            }
        }
    }

    #[test]
    fn hashes_that_raise_no_register_may_be_passed_over() {
        let mut many = Distinct::default();
        (0..1_000_000_u64).for_each(|key| many.insert(key.mixed()));
        let spared = many.spared();
        assert!(spared.is_worth_a_search() || spared.0 != 0);
        // With bits enough that a search is worth it, whatever these registers have come to.
        let deep = Spared(((1 << RARE) - 1) << (64 - BITS - RARE));
        let hashes: Vec<u64> = (2_000_000..3_000_000_u64).map(|key| key.mixed()).collect();
        for backend in Backend::available() {
            for spared in [spared, deep] {
                let (mut found, mut wanted) = (Distinct::default(), Distinct::default());
                found.search(&hashes, spared, backend);
                let raising = hashes.iter().filter(|hash| **hash & spared.0 == 0);
                raising.for_each(|hash| wanted.insert(*hash));
                hashes[hashes.len() / LOOK * LOOK..].iter().for_each(|hash| wanted.insert(*hash));
                assert!(found == wanted);
            }
            let (mut merged, mut whole) = (many.clone(), many.clone());
            let mut registers = Hashes::new(hashes.len());
            registers.extend(&hashes, spared, backend);
            merged.merge(&registers);
            hashes.iter().for_each(|hash| whole.insert(*hash));
            assert!(merged == whole);
        }
    }
}
