//! Categories: each row a key, each distinct text once.
//!
//! A text is looked up in a table with open addressing, a short one by its view and a long one by its bytes. Most texts of
//! such a column have been seen before, so that one of them costs a hash and a comparison, and is never checked again for
//! UTF-8. The dictionary is that of a batch: however many texts a file holds, it is never larger than the batch's own. The
//! hash has a seed of its own in every column, so that no file can be written to make its texts collide.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::UInt32Type;

use super::field::Cells;
use super::null_words::NullWords;
use super::text::{MASKS, Texts, has};
use super::views::{INLINE, inline};
use super::{Cause, Failure, Window, close_gaps};
use crate::tokenize::fields::{Fields, Span};

/// The keys of a growing column; null rows hold any key.
#[derive(Debug)]
pub(super) struct Categories {
    keys: Vec<u32>,
    words: Words,
    /// Whether a text that is not there yet is added, or else an error.
    grows: bool,
    null_words: NullWords,
}

impl Categories {
    /// A column whose texts become categories as they come.
    pub(super) fn open(cells: &Cells, rows: usize) -> Categories {
        Categories {
            keys: Vec::with_capacity(rows),
            words: Words::new(cells),
            grows: true,
            null_words: NullWords::new(cells.null_words()),
        }
    }

    /// A column of these categories and no others, whose keys are their places. `None` where one is too long for a text.
    pub(super) fn closed(categories: &[String], cells: &Cells, rows: usize) -> Option<Categories> {
        let mut column = Categories::open(cells, rows);
        for category in categories {
            column.words.add(category).ok()?;
        }
        column.grows = false;
        Some(column)
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
    }

    pub(super) fn remove(&mut self, rows: &[usize]) {
        close_gaps(&mut self.keys, rows);
    }

    /// Appends a row that holds any key.
    pub(super) fn push_null(&mut self) {
        self.keys.push(0);
    }

    pub(super) fn finish(self, nulls: Option<NullBuffer>) -> ArrayRef {
        let keys = PrimitiveArray::<UInt32Type>::new(self.keys.into(), nulls);
        Arc::new(DictionaryArray::new(keys, self.words.texts.finish(None)))
    }

    pub(super) fn extend<F: Fields>(
        &mut self,
        cells: &mut Cells,
        window: &Window<'_>,
        fields: F,
    ) -> Result<(), Failure> {
        if window.quotes {
            self.run::<F, true>(cells, window, fields)
        } else {
            self.run::<F, false>(cells, window, fields)
        }
    }

    fn run<F: Fields, const QUOTES: bool>(
        &mut self,
        cells: &mut Cells,
        window: &Window<'_>,
        fields: F,
    ) -> Result<(), Failure> {
        let before = self.keys.len();
        let quote = cells.quote_or_none();
        let escape = cells.escape().unwrap_or_default();
        for row in 0..fields.len() {
            let span = fields.span(row);
            let is_plain = !window.escapes || !has(escape, window.data, span);
            let fast = if is_plain { self.fast::<QUOTES>(window, span, quote) } else { None };
            let key = match fast {
                Some(key) => key,
                None => self.unusual(cells, window, span, before + row).map_err(|cause| Failure { row, cause })?,
            };
            self.keys.push(key);
        }
        Ok(())
    }

    /// The key of a field that is written as its text, holds no quote or escape that matters and is no null word; a new text only where
    /// it is valid and categories are added.
    #[inline(always)]
    fn fast<const QUOTES: bool>(&mut self, window: &Window<'_>, span: Span, quote: u16) -> Option<u32> {
        let data = window.data;
        let (mut start, mut end) = (span.start as usize, span.end as usize);
        let raw = data.get(start..end)?;
        let (&first, &last) = (raw.first()?, raw.last()?);
        if QUOTES && u16::from(first) == quote {
            if raw.len() < 2 || u16::from(last) != quote {
                return None;
            }
            (start, end) = (start + 1, end - 1);
            if window.doubled && memchr::memchr(first, &data[start..end]).is_some() {
                return None;
            }
        }
        let text = &data[start..end];
        let maybe_null = self.null_words.may_have(text.len());
        let found = if text.len() <= INLINE {
            let word = u128::from_le_bytes(*data.get(start..)?.first_chunk::<16>()?);
            let view = (word & MASKS[text.len()]) << 32 | text.len() as u128;
            if maybe_null && self.null_words.have(view) {
                return None;
            }
            self.words.find_short(view)
        } else if maybe_null {
            return None;
        } else {
            self.words.find_long(text)
        };
        match found {
            Ok(key) => Some(key),
            Err(_) if self.grows => self.words.add(simdutf8::basic::from_utf8(text).ok()?).ok(),
            Err(_) => None,
        }
    }

    #[cold]
    #[inline(never)]
    fn unusual(&mut self, cells: &mut Cells, window: &Window<'_>, span: Span, row: usize) -> Result<u32, Cause> {
        cells.text(window, span, row, |text| match self.words.find(text.as_bytes()) {
            Ok(key) => Ok(key),
            Err(_) if self.grows => self.words.add(text),
            Err(_) => Err(Cause::Cast),
        })
    }
}

/// Distinct texts, and where each is found.
#[derive(Debug)]
struct Words {
    texts: Texts,
    /// Keys, by hash; a power of two of them, half of them at least [`FREE`].
    table: Vec<u32>,
    seeds: [u64; 2],
}

/// No key.
const FREE: u32 = u32::MAX;
/// The slots of a table to begin with.
const SLOTS: usize = 64;

impl Words {
    fn new(cells: &Cells) -> Words {
        let random = RandomState::new();
        Words { texts: Texts::new(cells, 0), table: vec![FREE; SLOTS], seeds: [random.hash_one(0), random.hash_one(1)] }
    }

    /// The key of a text, or the slot where it belongs.
    fn find(&self, text: &[u8]) -> Result<u32, usize> {
        if text.len() <= INLINE { self.find_short(inline(text)) } else { self.find_long(text) }
    }

    #[inline(always)]
    fn find_short(&self, view: u128) -> Result<u32, usize> {
        self.probe(self.hash_short(view), |key| self.texts.view(key) == view)
    }

    #[inline]
    fn find_long(&self, text: &[u8]) -> Result<u32, usize> {
        self.probe(self.hash_long(text), |key| self.texts.is_long(key) && self.texts.long(key) == text)
    }

    #[inline(always)]
    fn probe(&self, hash: u64, is_it: impl Fn(usize) -> bool) -> Result<u32, usize> {
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.table[slot] {
                FREE => return Err(slot),
                key if is_it(key as usize) => return Ok(key),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// The key of a text that is new, or that of one that is not.
    #[cold]
    #[inline(never)]
    fn add(&mut self, text: &str) -> Result<u32, Cause> {
        if (self.texts.len() + 1) * 2 > self.table.len() {
            self.grow();
        }
        match self.find(text.as_bytes()) {
            Ok(key) => Ok(key),
            Err(slot) => {
                let key = u32::try_from(self.texts.len()).ok().filter(|&key| key != FREE).ok_or(Cause::Overflow)?;
                self.texts.push(text)?;
                self.table[slot] = key;
                Ok(key)
            }
        }
    }

    fn grow(&mut self) {
        self.table = vec![FREE; self.table.len() * 2];
        for key in 0..self.texts.len() {
            let hash = match self.texts.is_long(key) {
                true => self.hash_long(self.texts.long(key)),
                false => self.hash_short(self.texts.view(key)),
            };
            if let Err(slot) = self.probe(hash, |_| false) {
                self.table[slot] = key as u32;
            }
        }
    }

    #[inline(always)]
    fn hash_short(&self, view: u128) -> u64 {
        fold(view as u64 ^ self.seeds[0], (view >> 64) as u64 ^ self.seeds[1])
    }

    fn hash_long(&self, text: &[u8]) -> u64 {
        let (words, rest) = text.as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        let words = words.iter().chain([&last]).map(|word| u64::from_le_bytes(*word));
        words.fold(text.len() as u64, |hash, word| fold(hash ^ self.seeds[0], word ^ self.seeds[1]))
    }
}

/// Both halves of a product, which every bit of either factor moves.
#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray, DictionaryArray};
    use arrow::datatypes::UInt32Type;
    use std::collections::HashMap;

    use crate::decode::tests::{decode, decode_bytes, spec, with_null_words};
    use crate::decode::{Cause, ColumnSpec, ColumnType, Failure, OnCell};

    fn open() -> ColumnType {
        ColumnType::Categorical { metadata: HashMap::new() }
    }

    fn closed(categories: &[&str]) -> ColumnType {
        let categories = categories.iter().map(|category| (*category).to_owned()).collect();
        ColumnType::Enum { categories, metadata: HashMap::new() }
    }

    fn texts(array: &dyn Array) -> Vec<Option<String>> {
        let array: &DictionaryArray<UInt32Type> = array.as_dictionary();
        let values = array.values().as_string_view();
        array.keys().iter().map(|key| key.map(|key| values.value(key as usize).to_owned())).collect()
    }

    #[test]
    fn each_text_is_held_once() {
        let long = "a text of more than twelve bytes";
        let cells = [
            "b",
            "",
            long,
            "\"b\"",
            "\"\"",
            "\"a \"\"b\"\"\"",
            long,
            "NA",
            "NAN",
            "\"a text of more than twelve bytes\"",
        ];
        let (array, failure) = decode(&with_null_words(spec(open()), &["NA"]), &cells);
        assert_eq!(failure, None);
        let wanted = ["b", "", long, "b", "", "a \"b\"", long, "", "NAN", long];
        for (row, text) in texts(&array).into_iter().enumerate() {
            assert_eq!(text.as_deref(), (row != 1 && row != 7).then_some(wanted[row]), "{row}");
        }
        assert_eq!(array.as_dictionary::<UInt32Type>().values().len(), 5);
    }

    #[test]
    fn tables_grow() {
        let words: Vec<String> = (0..3000).map(|at| format!("{at}{}", "x".repeat(at % 20))).collect();
        let cells: Vec<&str> = words.iter().chain(&words).map(String::as_str).collect();
        let (array, _) = decode(&spec(open()), &cells);
        assert_eq!(array.as_dictionary::<UInt32Type>().values().len(), 3000);
        let wanted: Vec<_> = cells.iter().map(|cell| Some((*cell).to_owned())).collect();
        assert_eq!(texts(&array), wanted);
    }

    #[test]
    fn other_texts_than_the_categories_are_refused() {
        let (array, failure) = decode(&spec(closed(&["y", "x"])), &["x", "y", "", "z", "x"]);
        assert_eq!(failure, Some(Failure { row: 3, cause: Cause::Cast }));
        assert_eq!(array.as_dictionary::<UInt32Type>().keys().values()[..2], [1, 0]);
        let nulled = ColumnSpec { on_error: OnCell::Null, ..spec(closed(&[])) };
        let (array, failure) = decode(&nulled, &["x", ""]);
        assert_eq!((array.null_count(), failure), (2, None));
    }

    #[test]
    fn what_is_no_text_is_refused_or_replaced() {
        let cells = [Some(&b"a"[..]), Some(b"\xff")];
        let (_, failure) = decode_bytes(&spec(open()), &cells);
        assert_eq!(failure, Some(Failure { row: 1, cause: Cause::InvalidUtf8 }));
        let (array, _) = decode_bytes(&ColumnSpec { lossy: true, ..spec(open()) }, &cells);
        assert_eq!(texts(&array), [Some("a".into()), Some("\u{fffd}".into())]);
    }
}
