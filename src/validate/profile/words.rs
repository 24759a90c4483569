//! Texts as words: the first 32 bytes of each as four numbers, with zeros behind a shorter one.
//!
//! Most of what a profile asks of texts these numbers answer, for many texts at a time in the machine's vectors: their hashes, and
//! which of them may be the least. A block of texts is small enough to stay in the first cache between one question and the next.

use super::key::{GOLDEN, ROOT_2, ROOT_3, folded, scrambled};
use crate::scan::{Backend, Loops, bits};
use arrow::array::{ByteView, StringViewArray};
use arrow::buffer::Buffer;
use xxhash_rust::xxh3::xxh3_64;

/// The texts of a block.
pub(super) const TEXTS: usize = 256;
/// The words of a text, and the bytes that these hold.
pub(super) const WORDS: usize = 4;
pub(super) const REACH: u32 = 8 * WORDS as u32;
/// The bytes of a text that lies in its view.
pub(super) const INLINE: u32 = 12;
/// The bytes of a text of which the first two words are all.
const HALF: u32 = REACH / 2;

/// The bits of eight bytes that ASCII has not.
const NOT_ASCII: u64 = 0x8080_8080_8080_8080;

/// For each number of bytes what leaves so many of four words.
const MASKS: [[u64; WORDS]; REACH as usize + 1] = {
    let mut masks = [[0; WORDS]; REACH as usize + 1];
    let mut bytes = 1;
    while bytes < masks.len() {
        masks[bytes] = masks[bytes - 1];
        masks[bytes][(bytes - 1) / 8] |= 0xFF << (8 * ((bytes - 1) % 8));
        bytes += 1;
    }
    masks
};

/// An array as its texts are looked at.
pub(super) struct View<'a> {
    pub(super) array: &'a StringViewArray,
    pub(super) views: &'a [u128],
    buffers: &'a [Buffer],
}

impl<'a> View<'a> {
    pub(super) fn new(array: &'a StringViewArray) -> View<'a> {
        View { array, views: array.views(), buffers: array.data_buffers() }
    }

    #[inline(always)]
    pub(super) fn length(&self, row: usize) -> u32 {
        self.views[row] as u32
    }

    #[inline(always)]
    pub(super) fn bytes(&self, row: usize) -> &'a [u8] {
        self.array.value(row).as_bytes()
    }

    /// The first bytes of a text.
    #[inline(always)]
    pub(super) fn words(&self, row: usize) -> [u64; WORDS] {
        if self.length(row) <= INLINE { self.inline_words(row) } else { self.buffered_words(row) }
    }

    /// The first bytes of a text that lies in its view.
    #[inline(always)]
    fn inline_words(&self, row: usize) -> [u64; WORDS] {
        let view = self.views[row];
        [(view >> 32) as u64, (view >> 96) as u64, 0, 0]
    }

    /// The first bytes of a text that lies in a buffer.
    #[inline(always)]
    fn buffered_words(&self, row: usize) -> [u64; WORDS] {
        let view = ByteView::from(self.views[row]);
        let behind = self.buffers[view.buffer_index as usize].as_slice().get(view.offset as usize..);
        let Some(bytes) = behind.and_then(<[u8]>::first_chunk) else { return padded(self.bytes(row)) };
        let mask = &MASKS[view.length.min(REACH) as usize];
        let words = words(bytes);
        std::array::from_fn(|word| words[word] & mask[word])
    }

    pub(super) fn hash(&self, row: usize) -> u64 {
        self.hash_of(row, self.words(row))
    }

    /// The hash of a text that begins with these words.
    #[inline(always)]
    pub(super) fn hash_of(&self, row: usize, words: [u64; WORDS]) -> u64 {
        let length = self.length(row);
        of_words(words, length, if length > REACH { of_rest(self.bytes(row)) } else { 0 })
    }
}

#[inline(always)]
fn words(bytes: &[u8; REACH as usize]) -> [u64; WORDS] {
    let (eights, _) = bytes.as_chunks();
    std::array::from_fn(|word| u64::from_le_bytes(eights[word]))
}

/// The words of a text behind which no other bytes lie.
#[cold]
fn padded(text: &[u8]) -> [u64; WORDS] {
    let mut bytes = [0; REACH as usize];
    bytes.iter_mut().zip(text).for_each(|(byte, text)| *byte = *text);
    words(&bytes)
}

/// 64 bits that look random, of the words of a text and, where these are not all of it, of what stands for its other bytes:
/// multiplications that vectors of 64 bits have too.
#[inline(always)]
fn of_words(words: [u64; WORDS], length: u32, rest: u64) -> u64 {
    let half = of_half([words[0], words[1]], length);
    let whole = step(step(half, words[2]), words[3]);
    let longer = step(whole, rest);
    finished(if length <= HALF { half } else { if length <= REACH { whole } else { longer } })
}

/// The state behind two words.
#[inline(always)]
fn of_half(words: [u64; WORDS / 2], length: u32) -> u64 {
    step(step(u64::from(length) ^ ROOT_2, words[0]), words[1])
}

#[inline(always)]
fn step(state: u64, word: u64) -> u64 {
    let product = (state ^ word).wrapping_mul(GOLDEN);
    product ^ (product >> 32)
}

#[inline(always)]
fn finished(state: u64) -> u64 {
    let product = state.wrapping_mul(ROOT_3);
    product ^ (product >> 29)
}

/// 64 bits that stand for the bytes of a text behind its words, of which there are some. No step waits for the one before, and
/// how many there are no branch asks up to 128 bytes but one: some bytes are taken twice.
#[inline(always)]
fn of_rest(text: &[u8]) -> u64 {
    /// The numbers that a step's bytes are mixed with.
    const SALTS: [[u64; 2]; 6] = {
        let mut salts = [[GOLDEN, ROOT_2]; 6];
        let mut at = 1;
        while at < salts.len() {
            salts[at] = [scrambled(salts[at - 1][0]), scrambled(salts[at - 1][1])];
            at += 1;
        }
        salts
    };
    let sixteen = |salt: usize, at: usize| {
        let both = text.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u128::from_le_bytes(*bytes));
        folded(both as u64 ^ SALTS[salt][0], (both >> 64) as u64 ^ SALTS[salt][1])
    };
    let (words, end) = (REACH as usize, text.len());
    match end {
        ..65 => sixteen(0, words.min(end - 16)).wrapping_add(sixteen(1, end - 16)),
        65..129 => {
            let first = sixteen(0, words).wrapping_add(sixteen(1, words + 16));
            (2..6).fold(first, |sum, step| sum.wrapping_add(sixteen(step, end - 16 * (step - 1))))
        }
        _ => xxh3_64(&text[words..]),
    }
}

/// Some texts.
pub(super) struct Block {
    /// The first words of all, the second ones, and so on.
    words: [[u64; TEXTS]; WORDS],
    lengths: [u32; TEXTS],
    hashes: [u64; TEXTS],
    /// Where they stand.
    rows: [u32; TEXTS],
    /// How many they are.
    texts: usize,
    /// The bytes of the shortest and the longest.
    pub(super) shortest: u32,
    pub(super) longest: u32,
    /// Whether all bytes in their words are ASCII.
    pub(super) is_ascii: bool,
}

impl Block {
    pub(super) fn new() -> Box<Block> {
        Box::new(Block {
            words: [[0; TEXTS]; WORDS],
            lengths: [0; TEXTS],
            hashes: [0; TEXTS],
            rows: [0; TEXTS],
            texts: 0,
            shortest: u32::MAX,
            longest: 0,
            is_ascii: true,
        })
    }

    /// Takes the texts of some rows, in place of those that it had.
    pub(super) fn fill(&mut self, view: &View<'_>, rows: impl Iterator<Item = usize>, backend: Backend) {
        backend.run(Filling { block: self, view, rows });
    }

    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes[..self.texts]
    }

    /// The hash of the text of a row, where that is one of its rows, which it got in order.
    #[inline(always)]
    pub(super) fn hash_at(&self, row: usize) -> Option<u64> {
        let rows = &self.rows[..self.texts];
        // Mostly no row is left out.
        let place = row.wrapping_sub(*rows.first()? as usize);
        let is_here = rows.get(place).is_some_and(|other| *other as usize == row);
        let place = if is_here { place } else { rows.binary_search(&u32::try_from(row).ok()?).ok()? };
        Some(self.hashes[place])
    }

    /// The words of a text.
    #[inline(always)]
    pub(super) fn words(&self, place: usize) -> [u64; WORDS] {
        std::array::from_fn(|word| self.words[word][place])
    }

    /// The row and the length of a text.
    #[inline(always)]
    pub(super) fn text(&self, place: usize) -> (usize, u32) {
        (self.rows[place] as usize, self.lengths[place])
    }

    /// Which texts have the first words of all, and these words as numbers that have their order; `None` where the words
    /// `known` come before. With `BACKWARDS` the last ones, by words whose bits are turned over.
    pub(super) fn first<const BACKWARDS: bool>(&self, known: &Start, backend: Backend) -> Option<First> {
        backend.run(Search::<BACKWARDS> { block: self, known })
    }
}

struct Filling<'a, 'b, Rows> {
    block: &'a mut Block,
    view: &'a View<'b>,
    rows: Rows,
}

impl<Rows: Iterator<Item = usize>> Loops for Filling<'_, '_, Rows> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Filling { block, view, rows } = self;
        // A text that is longer than the others, or no longer, is nothing that could be foreseen: no branch asks here.
        let (mut texts, mut longer, mut many_longer) = (0, [0_u8; TEXTS], 0);
        for (place, row) in (0..TEXTS).zip(rows) {
            let length = view.length(row);
            (block.lengths[place], block.rows[place]) = (length, row as u32);
            let mut put = |words: [u64; WORDS]| {
                block.words.iter_mut().zip(words).for_each(|(of_all, word)| of_all[place] = word);
            };
            if length <= INLINE {
                put(view.inline_words(row));
            } else {
                put(view.buffered_words(row));
                longer[many_longer % TEXTS] = place as u8;
                many_longer += usize::from(length > REACH);
            }
            texts = place + 1;
        }
        for place in &longer[..many_longer] {
            let place = usize::from(*place);
            block.hashes[place] = of_rest(view.bytes(block.rows[place] as usize));
        }
        let lengths = &block.lengths[..texts];
        block.texts = texts;
        block.shortest = lengths.iter().copied().fold(u32::MAX, u32::min);
        block.longest = lengths.iter().copied().fold(0, u32::max);
        let used = if block.longest <= HALF { WORDS / 2 } else { WORDS };
        let words = block.words[..used].iter().flat_map(|of_all| &of_all[..texts]);
        let bits = words.fold(0, |bits, word| bits | word);
        let texts = lengths.iter().zip(&mut block.hashes);
        let [a, b, c, d] = &block.words;
        if block.longest <= HALF {
            for ((a, b), (length, hash)) in a.iter().zip(b).zip(texts) {
                *hash = finished(of_half([*a, *b], *length));
            }
        } else {
            for (((a, b), (c, d)), (length, hash)) in a.iter().zip(b).zip(c.iter().zip(d)).zip(texts) {
                *hash = of_words([*a, *b, *c, *d], *length, *hash);
            }
        }
        block.is_ascii = bits & NOT_ASCII == 0;
    }
}

/// The words of a text as numbers that have its order.
pub(super) type Start = [u64; WORDS];

/// The texts of a block that begin with the same words, before which no other ones come.
pub(super) struct First {
    pub(super) start: Start,
    /// A bit for each.
    texts: [u64; TEXTS / 64],
}

impl First {
    /// The places of the texts.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> + use<> {
        let texts = self.texts.into_iter().enumerate();
        texts.flat_map(|(word, mut bits)| {
            std::iter::from_fn(move || {
                let place = (bits != 0).then(|| word * 64 + bits.trailing_zeros() as usize);
                bits &= bits.wrapping_sub(1);
                place
            })
        })
    }
}

struct Search<'a, const BACKWARDS: bool> {
    block: &'a Block,
    known: &'a Start,
}

impl<const BACKWARDS: bool> Loops for Search<'_, BACKWARDS> {
    type Output = Option<First>;

    #[inline(always)]
    fn run(self) -> Option<First> {
        let (texts, turned) = (self.block.texts, if BACKWARDS { u64::MAX } else { 0 });
        let ordered = |word: u64| word.swap_bytes() ^ turned;
        // All bits of those are set that do not begin as the first ones do.
        let mut others = [0; TEXTS];
        let (mut start, mut is_before) = ([0; WORDS], false);
        for (level, words) in self.block.words.iter().enumerate() {
            let (words, others) = (&words[..texts], &mut others[..texts]);
            let least =
                words.iter().zip(&*others).fold(u64::MAX, |least, (word, other)| least.min(ordered(*word) | other));
            if !is_before && least > self.known[level] {
                return None;
            }
            is_before |= least < self.known[level];
            start[level] = least;
            others.iter_mut().zip(words).for_each(|(other, word)| {
                *other |= if ordered(*word) == least { 0 } else { u64::MAX };
            });
        }
        others[texts..].fill(u64::MAX);
        let mut found = First { start, texts: [0; TEXTS / 64] };
        for (found, others) in found.texts.iter_mut().zip(others.as_chunks().0) {
            *found = bits(&others.map(|other| !other & 1));
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeSet, HashSet};

    /// Texts that lie in their views, in their words or beyond, with zeros among them, some of which share a beginning.
    fn texts() -> impl Strategy<Value = Vec<String>> {
        let text = (0..180_usize, "[\\x00ab\u{e9}]{0,12}");
        let text = text.prop_map(|(shared, rest)| "abcdefgh".repeat(23)[..shared].to_owned() + &rest);
        prop::collection::vec(text, 1..400)
    }

    proptest! {
        #[test]
        fn a_block_says_of_texts_what_each_says_of_itself(texts in texts(), left_out in 0..4_usize) {
            let array = StringViewArray::from_iter_values(&texts);
            let view = View::new(&array);
            let rows: Vec<usize> = (0..texts.len()).filter(|row| row % 4 >= left_out).collect();
            for backend in Backend::available() {
                let mut block = Block::new();
                for rows in rows.chunks(TEXTS) {
                    block.fill(&view, rows.iter().copied(), backend);
                    let hashes: Vec<u64> = rows.iter().map(|row| view.hash(*row)).collect();
                    prop_assert_eq!(block.hashes(), &hashes);
                    for (place, row) in rows.iter().enumerate() {
                        prop_assert_eq!(block.text(place), (*row, texts[*row].len() as u32));
                        prop_assert_eq!(block.hash_at(*row), Some(hashes[place]));
                    }
                    prop_assert_eq!(block.hash_at(rows[0] + 4 * TEXTS), None);
                    let lengths = || rows.iter().map(|row| texts[*row].len() as u32);
                    prop_assert_eq!((Some(block.shortest), Some(block.longest)), (lengths().min(), lengths().max()));
                    let starts = || rows.iter().map(|row| &texts[*row].as_bytes()[..texts[*row].len().min(REACH as usize)]);
                    prop_assert_eq!(block.is_ascii, starts().all(<[u8]>::is_ascii));
                }
            }
        }

        #[test]
        fn words_have_the_order_of_the_first_bytes(texts in texts()) {
            let array = StringViewArray::from_iter_values(&texts);
            let view = View::new(&array);
            let texts = &texts[..texts.len().min(TEXTS)];
            let start = |text: &String| {
                let mut bytes = text.clone().into_bytes();
                bytes.resize(REACH as usize, 0);
                bytes
            };
            let words = |start: &[u8], turned: u64| -> Start {
                std::array::from_fn(|word| u64::from_be_bytes(start[8 * word..8 * word + 8].try_into().unwrap()) ^ turned)
            };
            let starts: BTreeSet<Vec<u8>> = texts.iter().map(start).collect();
            let places = |of: &[u8]| (0..texts.len()).filter(|place| start(&texts[*place]) == of).collect::<Vec<_>>();
            let (least, greatest) = (starts.first().unwrap(), starts.last().unwrap());
            for backend in Backend::available() {
                let mut block = Block::new();
                block.fill(&view, 0..texts.len(), backend);
                // As near as the known one is near enough, what comes behind it is not.
                for known in [words(least, 0), [u64::MAX; WORDS]] {
                    let first = block.first::<false>(&known, backend).unwrap();
                    prop_assert_eq!((first.start, first.places().collect()), (words(least, 0), places(least)));
                }
                for known in [words(greatest, u64::MAX), [u64::MAX; WORDS]] {
                    let last = block.first::<true>(&known, backend).unwrap();
                    prop_assert_eq!((last.start, last.places().collect()), (words(greatest, u64::MAX), places(greatest)));
                }
                if let Some(before) = words(least, 0)[3].checked_sub(1) {
                    let known = [words(least, 0)[0], words(least, 0)[1], words(least, 0)[2], before];
                    prop_assert!(block.first::<false>(&known, backend).is_none());
                }
            }
        }
    }

    #[test]
    fn texts_that_differ_in_a_few_bytes_have_hashes_of_their_own() {
        for length in [4, 7, 8, 12, 13, 16, 17, 24, 31, 32, 33, 47, 48, 49, 64, 65, 80, 96, 97, 128, 129, 200] {
            // A number at each place in turn, in its first two bytes or its digits.
            let mut texts = Vec::new();
            for place in (0..=length - 4).step_by(3) {
                for n in 0..400_u16 {
                    let mut bytes = vec![b'0'; length];
                    bytes[place..place + 2].copy_from_slice(&[(n + 1) as u8 & 0x7F, ((n + 1) >> 7) as u8]);
                    texts.push(String::from_utf8(bytes.clone()).unwrap());
                    bytes[place..place + 4].copy_from_slice(format!("z{n:03}").as_bytes());
                    texts.push(String::from_utf8(bytes).unwrap());
                }
            }
            let array = StringViewArray::from_iter_values(&texts);
            let view = View::new(&array);
            let hashes: HashSet<u64> = (0..texts.len()).map(|row| view.hash(row)).collect();
            assert_eq!(hashes.len(), texts.iter().collect::<HashSet<_>>().len(), "{length}");
            // Their bits look random: as many are set as not.
            let ones: u64 = hashes.iter().map(|hash| u64::from(hash.count_ones())).sum();
            let (all, many) = (64.0 * hashes.len() as f64, ones as f64);
            assert!((many - all / 2.0).abs() < 6.0 * all.sqrt() / 2.0, "{length}: {many} of {all}");
        }
    }
}
