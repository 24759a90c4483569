//! Text and bytes: views of up to 12 bytes inline, longer ones into buffers of the column's own.
//!
//! A short text is one 16-byte load, a mask and a shift; a long one is copied 32 bytes at a time, past its end,
//! where the next text overwrites the surplus. Near the end of the data, where those reads would leave it, and for
//! whatever is empty, escaped or invalid, the exact way in `field.rs` takes over. Bytes are text that nobody checks.
#![expect(unsafe_code, reason = "views of text that this module wrote and checked need no second check")]

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryViewArray, StringViewArray};
use arrow::buffer::{Buffer, NullBuffer};

use super::field::Cells;
use super::null_words::NullWords;
use super::views::{INLINE, inline};
use super::{Cause, Failure, Window, close_gaps};
use crate::scan::{BLOCK, places};
use crate::tokenize::fields::{Fields, Span};

/// A long text is copied in pieces of this many bytes.
const PIECE: usize = 32;
/// The most bytes of long texts that are made room for before they come.
const EXPECTED: usize = 16 << 20;
/// From this length on the pieces are too many, and one call copies all.
const MANY: usize = 512;
/// A buffer that has grown so far takes no more text: offsets stay below 2 GiB with room to spare.
const FULL: usize = 1 << 30;

/// The texts of a growing column; null rows hold the empty text.
#[derive(Debug)]
pub(super) struct Texts {
    /// Whether they are bytes, which need not be valid UTF-8.
    bytes: bool,
    views: Vec<u128>,
    long: Long,
    null_words: NullWords,
}

/// The bytes of the long texts.
#[derive(Debug, Default)]
struct Long {
    closed: Vec<Buffer>,
    open: Vec<u8>,
}

impl Texts {
    pub(super) fn new(cells: &Cells, rows: usize) -> Texts {
        Texts {
            bytes: false,
            views: Vec::with_capacity(rows),
            long: Long::default(),
            null_words: NullWords::new(cells.null_words()),
        }
    }

    /// A column of bytes.
    pub(super) fn of_bytes(cells: &Cells, rows: usize) -> Texts {
        Texts { bytes: true, ..Texts::new(cells, rows) }
    }

    pub(super) fn len(&self) -> usize {
        self.views.len()
    }

    /// Appends a text.
    pub(super) fn push(&mut self, text: &str) -> Result<(), Cause> {
        let view = self.long.view_of(text.as_bytes())?;
        self.views.push(view);
        Ok(())
    }

    /// Appends a value of a column of bytes.
    ///
    /// # Panics
    /// In a column of text.
    pub(super) fn push_bytes(&mut self, value: &[u8]) -> Result<(), Cause> {
        assert!(self.bytes, "bytes in a column of text");
        let view = self.long.view_of(value)?;
        self.views.push(view);
        Ok(())
    }

    /// Appends a row that holds the empty text.
    pub(super) fn push_null(&mut self) {
        self.views.push(0);
    }

    /// The view of a row.
    #[inline(always)]
    pub(super) fn view(&self, row: usize) -> u128 {
        self.views[row]
    }

    /// Whether the text of a row is longer than a view.
    #[inline]
    pub(super) fn is_long(&self, row: usize) -> bool {
        self.views[row] as u32 as usize > INLINE
    }

    /// The bytes of a row whose text is longer than a view.
    #[inline]
    pub(super) fn long(&self, row: usize) -> &[u8] {
        self.long.get(self.views[row])
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.views.truncate(rows);
    }

    pub(super) fn remove(&mut self, rows: &[usize]) {
        close_gaps(&mut self.views, rows);
    }

    pub(super) fn finish(mut self, nulls: Option<NullBuffer>) -> ArrayRef {
        self.long.close();
        if self.bytes {
            // SAFETY: as below, but that bytes need not be valid UTF-8.
            return Arc::new(unsafe {
                BinaryViewArray::new_unchecked(self.views.into(), self.long.closed.into(), nulls)
            });
        }
        // SAFETY: `views` holds what `inline` and `Long::push` made: views whose padding is zero, or whose offset and
        // length lie in the buffer they name, with its first bytes as prefix. Their bytes are valid UTF-8: each was
        // checked by itself, or lies in a window of valid UTF-8 with its ends on character boundaries (the contract
        // of `Window::utf8`).
        let array = unsafe { StringViewArray::new_unchecked(self.views.into(), self.long.closed.into(), nulls) };
        Arc::new(array)
    }

    pub(super) fn extend<F: Fields>(
        &mut self,
        cells: &mut Cells,
        window: &Window<'_>,
        fields: F,
    ) -> Result<(), Failure> {
        match (window.quotes, window.utf8, window.escapes) {
            (false, true, false) => self.run::<F, false, true, false>(cells, window, fields),
            (true, true, false) => self.run::<F, true, true, false>(cells, window, fields),
            (_, false, false) => self.run::<F, true, false, false>(cells, window, fields),
            (_, true, true) => self.run::<F, true, true, true>(cells, window, fields),
            (_, false, true) => self.run::<F, true, false, true>(cells, window, fields),
        }
    }

    fn run<F: Fields, const QUOTES: bool, const UTF8: bool, const ESCAPES: bool>(
        &mut self,
        cells: &mut Cells,
        window: &Window<'_>,
        fields: F,
    ) -> Result<(), Failure> {
        let before = self.views.len();
        let quote = cells.quote_or_none();
        let escape = cells.escape().unwrap_or_default();
        self.long.expect(before, self.views.capacity());
        let mut views = std::mem::take(&mut self.views);
        let mut failed: Option<Failure> = None;
        // Of known length, so that no room is written twice; what comes behind a failure is forgotten again.
        views.extend((0..fields.len()).map(|row| {
            let span = fields.span(row);
            let holds_escape = ESCAPES && has(escape, window.data, span);
            if !holds_escape && let Some(view) = self.fast::<QUOTES, UTF8>(window, span, quote) {
                return view;
            }
            if failed.is_some() {
                return 0;
            }
            self.unusual(cells, window, span, before + row).unwrap_or_else(|cause| {
                failed = Some(Failure { row, cause });
                0
            })
        }));
        self.views = views;
        let Some(failure) = failed else { return Ok(()) };
        self.views.truncate(before + failure.row);
        Err(failure)
    }

    /// The view of a field that is not empty, or empty between quotes, holds no quote that matters, is no null word
    /// and has room behind it.
    #[inline(always)]
    fn fast<const QUOTES: bool, const UTF8: bool>(
        &mut self,
        window: &Window<'_>,
        span: Span,
        quote: u16,
    ) -> Option<u128> {
        let data = window.data;
        let (mut start, mut end) = (span.start as usize, span.end as usize);
        let raw = data.get(start..end)?;
        let (&first, &last) = (raw.first()?, raw.last()?);
        if QUOTES && u16::from(first) == quote {
            if raw.len() < 2 || u16::from(last) != quote {
                return None;
            }
            (start, end) = (start + 1, end - 1);
            if window.doubled && UTF8 {
                return self.escaped(data, start, end, first);
            }
            if window.doubled && memchr::memchr(first, &data[start..end]).is_some() {
                return None;
            }
        }
        let length = end - start;
        if !UTF8 && simdutf8::basic::from_utf8(&data[start..end]).is_err() {
            return None;
        }
        let word = u128::from_le_bytes(*data.get(start..)?.first_chunk::<16>()?);
        let maybe_null = self.null_words.may_have(length);
        if length <= INLINE {
            let view = (word & MASKS[length]) << 32 | length as u128;
            if maybe_null && self.null_words.have(view) {
                return None;
            }
            Some(view)
        } else if maybe_null {
            None
        } else {
            self.long.copy(data, start, length)
        }
    }

    /// The view of the text between two quotes in which escaped quotes may stand.
    #[inline]
    fn escaped(&mut self, data: &[u8], start: usize, end: usize, quote: u8) -> Option<u128> {
        let offset = self.long.open.len();
        if offset > FULL || !self.long.copy_unescaped(data, start, end, quote) {
            self.long.open.truncate(offset);
            return None;
        }
        let text = &self.long.open[offset..];
        let length = text.len();
        if self.null_words.may_have(length) {
            self.long.open.truncate(offset);
            return None;
        }
        if length <= INLINE {
            let view = inline(text);
            self.long.open.truncate(offset);
            return Some(view);
        }
        Some(self.long.view(text, length, offset))
    }

    #[cold]
    #[inline(never)]
    fn unusual(&mut self, cells: &mut Cells, window: &Window<'_>, span: Span, row: usize) -> Result<u128, Cause> {
        if self.bytes {
            return cells.bytes(window, span, row, |value| self.long.view_of(value));
        }
        cells.text(window, span, row, |text| self.long.view_of(text.as_bytes()))
    }
}

/// Whether a field holds a byte.
#[inline(always)]
pub(super) fn has(byte: u8, data: &[u8], span: Span) -> bool {
    data.get(span.start as usize..span.end as usize).is_some_and(|field| memchr::memchr(byte, field).is_some())
}

/// The bytes that a short text of each length keeps of the 16 loaded.
pub(super) const MASKS: [u128; INLINE + 1] = {
    let mut masks = [0; INLINE + 1];
    let mut length = 0;
    while length <= INLINE {
        masks[length] = (1 << (8 * length)) - 1;
        length += 1;
    }
    masks
};

/// The first quote of each pair, where every run of quotes is made of pairs, but for one that the top bit cuts.
///
/// A run that begins in an even place is told from one in an odd place by adding its beginning to it, which clears the run (Geoff
/// Langdale and Daniel Lemire, *Parsing Gigabytes of JSON per Second*, 2019, find escaped quotes so).
#[inline(always)]
fn pairs(quotes: u64) -> Option<u64> {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let begins = quotes & !(quotes << 1);
    let from_even = quotes & !quotes.wrapping_add(begins & EVEN);
    let firsts = (from_even & EVEN) | (quotes & !from_even & !EVEN);
    (firsts << 1 == quotes & !firsts).then_some(firsts)
}

impl Long {
    /// Makes room for the texts of all `rows`, should they be as long as those of the first `done`: a buffer that grows by
    /// doubling copies everything once, and may end twice as large as what it holds.
    fn expect(&mut self, done: usize, rows: usize) {
        if done > 0 && self.closed.is_empty() {
            let share = self.open.len() / done + 1;
            let rest = share.saturating_mul(rows.saturating_sub(done));
            self.open.reserve_exact((rest + rest / 16).min(EXPECTED));
        }
    }

    /// Copies `data[start..start + length]`, which has at least 16 bytes behind `start`, and gives its view; `None`
    /// where the pieces would leave the data.
    #[inline(always)]
    fn copy(&mut self, data: &[u8], start: usize, length: usize) -> Option<u128> {
        let offset = self.open.len();
        if length > MANY || offset > FULL {
            return self.copy_much(data.get(start..start + length)?);
        }
        let padded = length.next_multiple_of(PIECE);
        let (pieces, _) = data.get(start..start + padded)?.as_chunks::<PIECE>();
        for piece in pieces {
            self.open.extend_from_slice(piece);
        }
        self.open.truncate(offset + length);
        Some(self.view(&pieces[0], length, offset))
    }

    /// Appends `data[start..end]` with one quote for each two, a block at a time. Says no, and leaves a piece of it behind,
    /// where a quote stands alone or a block would leave the data.
    ///
    /// Where the quotes are is known before anything is copied, so that the processor need not guess whether the next bytes
    /// hold one: only how many a block holds takes it by surprise.
    #[inline]
    fn copy_unescaped(&mut self, data: &[u8], start: usize, end: usize, quote: u8) -> bool {
        let mut at = start;
        while at < end {
            let Some(block) = data.get(at..).and_then(|rest| rest.first_chunk::<{ 2 * BLOCK }>()) else { return false };
            let Some(head) = block.first_chunk::<BLOCK>() else { return false };
            let mut length = (end - at).min(BLOCK);
            let Some(mut firsts) = pairs(places(head, quote) & (u64::MAX >> (BLOCK - length))) else { return false };
            if firsts >> (BLOCK - 1) == 1 {
                if at + length == end {
                    return false;
                }
                // The end of the block parts a pair, which belongs to the next one.
                length -= 1;
                firsts &= u64::MAX >> 1;
            }
            let before = self.open.len();
            self.open.extend_from_slice(block);
            let (mut from, mut to) = (0, before);
            while firsts != 0 {
                let past = firsts.trailing_zeros() as usize + 1;
                to += past - from;
                from = past + 1;
                // Whatever is left of the block: a copy of a fixed size asks no question.
                self.open[to..to + BLOCK].copy_from_slice(&block[from..from + BLOCK]);
                firsts &= firsts - 1;
            }
            self.open.truncate(to + length - from);
            at += length;
        }
        true
    }

    #[cold]
    #[inline(never)]
    fn copy_much(&mut self, text: &[u8]) -> Option<u128> {
        self.push(text).ok()
    }

    /// The view of any text, which is appended where a view cannot hold it.
    fn view_of(&mut self, text: &[u8]) -> Result<u128, Cause> {
        if text.len() <= INLINE { Ok(inline(text)) } else { self.push(text) }
    }

    /// The bytes of a view that one of these buffers holds.
    fn get(&self, view: u128) -> &[u8] {
        let (length, buffer, offset) = (view as u32 as usize, (view >> 64) as u32 as usize, (view >> 96) as usize);
        let bytes = self.closed.get(buffer).map_or(&self.open[..], |closed| closed.as_slice());
        &bytes[offset..offset + length]
    }

    /// Appends a text longer than [`INLINE`] and gives its view.
    fn push(&mut self, text: &[u8]) -> Result<u128, Cause> {
        if i32::try_from(text.len()).is_err() {
            return Err(Cause::Overflow);
        }
        if self.open.len() > FULL || self.open.len() + text.len() > i32::MAX as usize {
            self.close();
        }
        let offset = self.open.len();
        self.open.extend_from_slice(text);
        Ok(self.view(text, text.len(), offset))
    }

    /// The view of `length` bytes at `offset` of the open buffer; `text` holds its first bytes at least.
    #[inline(always)]
    fn view(&self, text: &[u8], length: usize, offset: usize) -> u128 {
        let prefix = u32::from_le_bytes([text[0], text[1], text[2], text[3]]);
        length as u128 | u128::from(prefix) << 32 | (self.closed.len() as u128) << 64 | (offset as u128) << 96
    }

    /// Ends the open buffer, if it holds anything.
    fn close(&mut self) {
        if !self.open.is_empty() {
            self.closed.push(Buffer::from_vec(std::mem::take(&mut self.open)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Long};

    /// One quote for each two; `None` where one stands alone.
    fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
        let mut plain = Vec::new();
        let mut rest = text;
        while let [first, behind @ ..] = rest {
            plain.push(*first);
            rest = match (first, behind) {
                (b'"', [b'"', behind @ ..]) => behind,
                (b'"', _) => return None,
                _ => behind,
            };
        }
        Some(plain)
    }

    #[test]
    fn every_pattern_of_quotes_at_every_edge_of_a_block() {
        for before in (0..3).chain(BLOCK - 10..BLOCK + 2).chain(2 * BLOCK - 9..2 * BLOCK) {
            for pattern in 0..1_u32 << 9 {
                for after in [0, 1, BLOCK] {
                    let quotes = (0..9).map(|bit| if pattern >> bit & 1 == 1 { b'"' } else { b'-' });
                    let text: Vec<u8> =
                        (0..before).map(|_| b'b').chain(quotes).chain((0..after).map(|_| b'a')).collect();
                    let data = [text.as_slice(), &[b'"'; 2 * BLOCK]].concat();
                    let mut long = Long { open: b"open".to_vec(), ..Long::default() };
                    let done = long.copy_unescaped(&data, 0, text.len(), b'"');
                    let expected = unescaped(&text);
                    assert_eq!(done, expected.is_some(), "{}", String::from_utf8_lossy(&text));
                    if let Some(expected) = expected {
                        assert_eq!(long.open, [b"open", expected.as_slice()].concat());
                    }
                }
            }
        }
    }
}
