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
use std::cell::Cell;

/// The bits of a hash that choose a register, and the registers.
const BITS: u32 = 13;
const REGISTERS: usize = 1 << BITS;
/// The hashes that are looked at together, and how many such looks are taken at a time.
const LOOK: usize = 16;
const LOOKS: usize = 64;
/// Where hashes that raise a register have no more than one in so many, they are looked for among the others.
const RARE: u32 = 5;
/// The rows of a piece whose hashes are handed on one by one: those of more fill registers of their own.
const FEW: usize = REGISTERS / 16;

/// The registers: of all hashes that chose one, the longest run of leading zeros among the other bits, and one.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Distinct(Box<[u8; REGISTERS]>);

impl Default for Distinct {
    fn default() -> Distinct {
        Distinct(Box::new([0; REGISTERS]))
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
    /// What each makes of one, of few rows: that takes less room.
    Entries(Vec<u32>),
}

thread_local! {
    /// Registers that a thread fills for one column after the other, while they stay in its first cache; zero in between.
    static FILLING: Cell<Option<Distinct>> = const { Cell::new(None) };
}

impl Hashes {
    /// None yet, of so many rows.
    pub(super) fn new(rows: usize) -> Hashes {
        match rows > FEW {
            true => Hashes::Registers(FILLING.take().unwrap_or_default()),
            false => Hashes::Entries(Vec::with_capacity(rows)),
        }
    }

    /// What goes to the thread that joins pieces.
    pub(super) fn end(self) -> Hashes {
        match self {
            Hashes::Registers(mut filled) => {
                let registers = filled.clone();
                filled.0.fill(0);
                FILLING.set(Some(filled));
                Hashes::Registers(registers)
            }
            entries => entries,
        }
    }

    /// Takes hashes that lie side by side. Those that by `spared` raise no register of all pieces need not be among them.
    pub(super) fn extend(&mut self, hashes: &[u64], spared: Spared, backend: Backend) {
        match self {
            Hashes::Registers(registers) if spared.is_worth_a_search() => {
                search(hashes, spared, backend, |hash| registers.insert(hash));
            }
            Hashes::Registers(registers) => registers.extend(hashes, backend),
            Hashes::Entries(entries) if spared.is_worth_a_search() => {
                search(hashes, spared, backend, |hash| entries.push(entry(hash)));
            }
            Hashes::Entries(entries) => {
                let known = entries.len();
                entries.resize(known + hashes.len(), 0);
                backend.run(Packing { hashes, entries: &mut entries[known..] });
            }
        }
    }
}

/// Takes those hashes that have none of the spared bits; most are not looked at one by one.
fn search(hashes: &[u64], spared: Spared, backend: Backend, mut take: impl FnMut(u64)) {
    let (looks, rest) = hashes.as_chunks::<LOOK>();
    for looks in looks.chunks(LOOKS) {
        let mut least = [0; LOOKS];
        backend.run(Search { hashes: looks, bits: spared.0, least: &mut least });
        let found = looks.iter().zip(least).filter(|(_, least)| *least == 0);
        let hashes = found.flat_map(|(hashes, _)| hashes).filter(|hash| **hash & spared.0 == 0);
        hashes.for_each(|hash| take(*hash));
    }
    rest.iter().for_each(|hash| take(*hash));
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

/// Some hashes, of which it is found what each makes of which register.
struct Packing<'a> {
    hashes: &'a [u64],
    entries: &'a mut [u32],
}

impl Loops for Packing<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.entries.iter_mut().zip(self.hashes).for_each(|(packed, hash)| *packed = entry(*hash));
    }
}

/// A register and what a hash makes of it, in one number.
#[inline(always)]
fn entry(hash: u64) -> u32 {
    let (place, rank) = rank(hash);
    (place << 8) as u32 | u32::from(rank)
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
        *register = rank.max(*register);
    }

    fn extend(&mut self, hashes: &[u64], backend: Backend) {
        let mut entries = [0; LOOK * LOOKS];
        for hashes in hashes.chunks(LOOK * LOOKS) {
            let entries = &mut entries[..hashes.len()];
            backend.run(Packing { hashes, entries: &mut *entries });
            self.fill(entries);
        }
    }

    fn fill(&mut self, entries: &[u32]) {
        for entry in entries {
            let register = &mut self.0[(entry >> 8) as usize % REGISTERS];
            // No branch: while registers rise it would be missed every other time.
            *register = (*register).max(*entry as u8);
        }
    }

    /// The bits that are not set in any hash that raises a register: as many behind those that choose one as the lowest counts.
    pub(super) fn spared(&self) -> Spared {
        let lowest = self.0.iter().copied().min().map_or(0, u32::from).min(64 - BITS);
        Spared(((1_u64 << lowest) - 1) << (64 - BITS - lowest))
    }

    /// Takes what a piece has seen.
    pub(super) fn merge(&mut self, hashes: &Hashes) {
        match hashes {
            Hashes::Entries(entries) => self.fill(entries),
            Hashes::Registers(other) => {
                self.0.iter_mut().zip(other.0.iter()).for_each(|(ours, theirs)| *ours = (*ours).max(*theirs));
            }
        }
    }

    /// The number of distinct hashes, as estimated.
    pub(super) fn estimate(&self) -> f64 {
        const LONGEST: usize = 64 - BITS as usize;
        // Lanes take turns: an addition has to wait for the one before to the same place.
        let mut lanes = [[0_u32; 4]; LONGEST + 2];
        let (registers, _) = self.0.as_chunks::<4>();
        for four in registers {
            four.iter().enumerate().for_each(|(lane, register)| lanes[usize::from(*register)][lane] += 1);
        }
        let counts = lanes.map(|lanes| lanes.iter().sum::<u32>());
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
    use super::super::words::View;
    use super::*;
    use arrow::array::StringViewArray;
    use std::collections::HashSet;

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
    fn estimates_of_texts_are_within_five_standard_errors() {
        for length in [6, 13, 16, 20, 23, 32, 33, 60, 100, 140] {
            let texts: [fn(usize, u64) -> String; 3] = [
                |length, n| format!("{n:0length$}"),
                |length, n| format!("{n:x<length$}"),
                |length, n| {
                    let second = n % 60;
                    let mut text = format!("2024-{:02}:{second:02}.{n:0>length$}", n / 60 % 60);
                    text.truncate(length.max(20));
                    text
                },
            ];
            for (at, text) in texts.into_iter().enumerate() {
                let texts: Vec<String> = (0..40_000).map(|n| text(length, n)).collect();
                let array = StringViewArray::from_iter_values(&texts);
                let view = View::new(&array);
                let mut distinct = Distinct::default();
                (0..texts.len()).for_each(|row| distinct.insert(view.hash(row)));
                let all: HashSet<String> = texts.into_iter().collect();
                let (estimate, count) = (distinct.estimate(), all.len() as f64);
                assert!((estimate - count).abs() <= 0.0575 * count, "{estimate} for {count} of {at}, {length} bytes");
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
                    merged.merge(&hashes.end());
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
                search(&hashes, spared, backend, |hash| found.insert(hash));
                let raising = hashes.iter().filter(|hash| **hash & spared.0 == 0);
                raising.for_each(|hash| wanted.insert(*hash));
                hashes[hashes.len() / LOOK * LOOK..].iter().for_each(|hash| wanted.insert(*hash));
                assert!(found == wanted);
            }
            let (mut merged, mut whole) = (many.clone(), many.clone());
            let mut registers = Hashes::new(hashes.len());
            registers.extend(&hashes, spared, backend);
            merged.merge(&registers.end());
            hashes.iter().for_each(|hash| whole.insert(*hash));
            assert!(merged == whole);
        }
    }
}
