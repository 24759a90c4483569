//! Numbers written in other ways than digits in a row: groups of three, and zeros in front that are not a number's.
//!
//! Both wrap the kinds of `int.rs` and `float.rs`, which read the digits.

use arrow::array::ArrayRef;
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

use super::Cause;
use super::spelling::{has_zeros_in_front, ungroup};
use super::values::Kind;

/// The bytes before the digits, which a kind may look at, and those of a number that is read so.
const BEFORE: usize = 8;
const ROOM: usize = 40;

/// `data[start..end]` without the bytes between its groups, read by `read`.
///
/// `None` where it has none, where they are not between groups of three, or where it is long.
#[inline]
pub(super) fn read_grouped<T>(
    data: &[u8],
    start: usize,
    end: usize,
    thousands: u8,
    read: impl Fn(&[u8], usize, usize) -> Option<T>,
) -> Option<T> {
    let text = data.get(start..end).filter(|text| text.len() <= ROOM && text.contains(&thousands))?;
    let mut plain = [b'0'; BEFORE + ROOM];
    let mut at = BEFORE;
    ungroup(text, thousands, |byte| {
        plain[at] = byte;
        at += 1;
    })?;
    read(&plain[..at], BEFORE, at)
}

/// Numbers of which one with zeros in front is none: it is an identifier, which would lose them.
#[derive(Clone, Debug)]
pub(super) struct Unpadded<K>(pub(super) K);

impl<K: Kind> Kind for Unpadded<K> {
    type Native = K::Native;

    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<K::Native> {
        if has_zeros_in_front(data.get(start..end)?) {
            return None;
        }
        self.0.fast(data, start, end)
    }

    #[inline(always)]
    fn second(&self, data: &[u8], start: usize, end: usize) -> Option<K::Native> {
        if has_zeros_in_front(data.get(start..end)?) {
            return None;
        }
        self.0.second(data, start, end)
    }

    fn parse(&self, text: &[u8]) -> Result<K::Native, Cause> {
        let blanks = text.iter().take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
        if has_zeros_in_front(&text[blanks..]) { Err(Cause::Cast) } else { self.0.parse(text) }
    }

    fn may_hold(&self, byte: u8) -> bool {
        self.0.may_hold(byte)
    }

    fn fast_may_take(&self, word: &[u8]) -> bool {
        self.0.fast_may_take(word)
    }

    fn array(&self, values: Vec<K::Native>, nulls: Option<NullBuffer>, data_type: &DataType) -> ArrayRef {
        self.0.array(values, nulls, data_type)
    }
}
