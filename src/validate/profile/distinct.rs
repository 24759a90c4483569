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

/// The hashes of a piece, as they are handed on.
pub(super) enum Ended {
    Packed(Packed),
    Entries(Vec<u32>),
}

/// Registers of four bits, two in a byte, which nearly all ranks of a piece fit into, as in HLL_4 of Apache DataSketches: what is handed on
/// waits in memory until its turn comes, and is half as much so.
pub(super) struct Packed {
    /// The lower half of a byte is a register of the first half of all, the upper one of the second half.
    halves: Box<[u8; REGISTERS / 2]>,
    /// The registers that hold more than four bits do, and how much; they are the greatest there.
    beyond: Vec<(u16, u8)>,
}

/// The greatest number of four bits.
const GREATEST: u8 = 15;

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
    pub(super) fn end(self) -> Ended {
        match self {
            Hashes::Registers(mut filled) => {
                let packed = filled.packed();
                filled.0.fill(0);
                FILLING.set(Some(filled));
                Ended::Packed(packed)
            }
            Hashes::Entries(entries) => Ended::Entries(entries),
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

    fn packed(&self) -> Packed {
        let mut halves = Box::new([0; REGISTERS / 2]);
        let (low, high) = self.0.split_at(REGISTERS / 2);
        let mut most = 0;
        for (half, (low, high)) in halves.iter_mut().zip(low.iter().zip(high)) {
            *half = (*low).min(GREATEST) | (*high).min(GREATEST) << 4;
            most = most.max(*low).max(*high);
        }
        let is_beyond = |(_, rank): &(u16, u8)| *rank > GREATEST;
        let beyond = match most > GREATEST {
            true => (0..).zip(self.0.iter().copied()).filter(is_beyond).collect(),
            false => Vec::new(),
        };
        Packed { halves, beyond }
    }

    fn unpack(&mut self, packed: &Packed) {
        let (low, high) = self.0.split_at_mut(REGISTERS / 2);
        for (half, (low, high)) in packed.halves.iter().zip(low.iter_mut().zip(high)) {
            *low = (*low).max(half & GREATEST);
            *high = (*high).max(half >> 4);
        }
        for (place, rank) in &packed.beyond {
            let register = &mut self.0[usize::from(*place)];
            *register = (*register).max(*rank);
        }
    }

    /// The bits that are not set in any hash that raises a register: as many behind those that choose one as the lowest counts.
    pub(super) fn spared(&self) -> Spared {
        let lowest = self.0.iter().copied().min().map_or(0, u32::from).min(64 - BITS);
        Spared(((1_u64 << lowest) - 1) << (64 - BITS - lowest))
    }

    /// Takes what a piece has seen.
    pub(super) fn merge(&mut self, hashes: &Ended) {
        match hashes {
            Ended::Entries(entries) => self.fill(entries),
            Ended::Packed(packed) => self.unpack(packed),
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
            merged.merge(&Ended::Packed(part.packed()));
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
    fn registers_beyond_four_bits_are_handed_on_whole() {
        // A run of every length, in registers of both halves.
        let mut filled = Distinct::default();
        let last = REGISTERS as u64 - 1;
        for (place, zeros) in (0..=last).zip((0..64 - BITS).cycle()).step_by(37).chain([(0, 50), (last, 50)]) {
            filled.insert(place << (64 - BITS) | 1 << (63 - BITS - zeros));
        }
        assert_eq!((filled.0[0], filled.0[REGISTERS - 1]), (51, 51));
        let packed = filled.packed();
        assert!(packed.beyond.len() > 50 && packed.beyond.len() < REGISTERS / 37);
        let (mut merged, mut other) = (Distinct::default(), Distinct::default());
        merged.merge(&Ended::Packed(packed));
        assert!(merged == filled);
        // What is known already is not lowered.
        other.insert(1);
        merged.merge(&Ended::Packed(other.packed()));
        assert!(merged == filled);
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
