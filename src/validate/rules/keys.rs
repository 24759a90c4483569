//! The values of some columns in one row, as bytes that are equal where the values are, and their hashes.

use super::Nulls;
use crate::validate::unique::Key;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, downcast_primitive_array};
use arrow::datatypes::{DataType, Float16Type, Float32Type, Float64Type, ToByteSlice};
use arrow::util::display::array_value_to_string;
use siphasher::sip128::{Hasher128, SipHasher13};
use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};

/// The most bytes of text that a view holds itself.
const INLINE: u32 = 12;

/// Values to be found among.
#[derive(Debug)]
pub struct Keys {
    types: Vec<DataType>,
    rows: HashSet<Box<[u8]>>,
}

impl Keys {
    /// The rows of a frame.
    #[must_use]
    pub fn new(batches: &[RecordBatch]) -> Keys {
        let mut keys = Keys { types: Vec::new(), rows: HashSet::new() };
        let mut key = Vec::new();
        for batch in batches {
            keys.types = batch.columns().iter().map(|column| column.data_type().clone()).collect();
            for row in 0..batch.num_rows() {
                write(batch.columns(), row, &mut key);
                if !keys.rows.contains(key.as_slice()) {
                    keys.rows.insert(key.as_slice().into());
                }
            }
        }
        keys
    }

    pub(super) fn fit(&self, types: &[&DataType]) -> bool {
        self.types.iter().eq(types.iter().copied())
    }

    pub(super) fn contains(&self, key: &[u8]) -> bool {
        self.rows.contains(key)
    }
}

/// Whether a row is compared.
pub(super) fn is_compared(columns: &[ArrayRef], row: usize, nulls: Nulls) -> bool {
    let is_null = |column: &ArrayRef| column.is_null(row) || *column.data_type() == DataType::Null;
    match nulls {
        Nulls::Exempt => !columns.iter().any(is_null),
        Nulls::Equal => true,
        Nulls::EqualUnlessAll => !columns.iter().all(is_null),
    }
}

/// Puts the values of a row into `key`: each behind a byte that says whether it is null, texts behind their length.
pub(super) fn write(columns: &[ArrayRef], row: usize, key: &mut Vec<u8>) {
    key.clear();
    for column in columns {
        if column.is_null(row) || *column.data_type() == DataType::Null {
            key.push(0);
            continue;
        }
        key.push(1);
        match column.data_type() {
            DataType::Utf8View => {
                let text = column.as_string_view().value(row);
                key.extend_from_slice(&(text.len() as u64).to_le_bytes());
                key.extend_from_slice(text.as_bytes());
            }
            DataType::Boolean => key.push(column.as_boolean().value(row).into()),
            DataType::Float16 => key.extend(canonical(column.as_primitive::<Float16Type>().value(row).to_f64())),
            DataType::Float32 => key.extend(canonical(column.as_primitive::<Float32Type>().value(row).into())),
            DataType::Float64 => key.extend(canonical(column.as_primitive::<Float64Type>().value(row))),
            _ => downcast_primitive_array!(
                column => key.extend_from_slice(column.value(row).to_byte_slice()),
                DataType::FixedSizeBinary(_) => key.extend_from_slice(column.as_fixed_size_binary().value(row)),
                _ => {
                    // What is written the same way is the same.
                    let text = array_value_to_string(column, row).unwrap_or_default();
                    key.extend_from_slice(&(text.len() as u64).to_le_bytes());
                    key.extend_from_slice(text.as_bytes());
                }
            ),
        }
    }
}

/// Zero without its sign, and one NaN.
fn canonical(value: f64) -> [u8; 8] {
    if value.is_nan() { f64::NAN.to_le_bytes() } else { (value + 0.0).to_le_bytes() }
}

/// Keys of rows as two words, under a secret that no file knows: hashes of 128 bits, or the value itself where it is no larger,
/// mixed so that nothing of it is lost.
#[derive(Clone, Debug)]
pub(super) struct Hashing {
    secrets: [u64; 2],
}

impl Hashing {
    pub(super) fn new() -> Hashing {
        let word = || RandomState::new().hash_one(0_u64);
        Hashing { secrets: [word(), word()] }
    }

    fn hash(&self, bytes: &[u8]) -> Key {
        let mut hasher = SipHasher13::new_with_keys(self.secrets[0], self.secrets[1]);
        hasher.write(bytes);
        let hash = hasher.finish128();
        Key::Hash([hash.h1, hash.h2])
    }

    /// Two rounds of a Feistel network: each can be undone, so that different words stay different.
    #[inline(always)]
    fn mix(&self, [low, high]: [u64; 2]) -> Key {
        let low = low ^ if high == 0 { 0 } else { mixed(high ^ self.secrets[0]) };
        Key::Value([high ^ mixed(low ^ self.secrets[1]), low])
    }

    /// Gives the key of each row that is compared, in order.
    pub(super) fn each(&self, columns: &[ArrayRef], rows: usize, nulls: Nulls, mut found: impl FnMut(usize, Key)) {
        let mut key = Vec::new();
        let mut written = |row: usize| {
            is_compared(columns, row, nulls).then(|| {
                write(columns, row, &mut key);
                self.hash(&key)
            })
        };
        let number = |value: f64| self.mix([word(&canonical(value)), 0]);
        match columns {
            [column] => match column.data_type() {
                DataType::Utf8View => {
                    let texts = column.as_string_view();
                    let of_view = |row: usize| match texts.views()[row] {
                        view if view as u32 <= INLINE => self.mix([view as u64, (view >> 64) as u64]),
                        _ => self.hash(texts.value(row).as_bytes()),
                    };
                    each_or(texts, rows, of_view, written, found);
                }
                DataType::Float32 => {
                    let numbers = column.as_primitive::<Float32Type>();
                    each_or(numbers, rows, |row| number(numbers.value(row).into()), written, found);
                }
                DataType::Float64 => {
                    let numbers = column.as_primitive::<Float64Type>();
                    each_or(numbers, rows, |row| number(numbers.value(row)), written, found);
                }
                kind if kind.primitive_width().is_some_and(|width| width <= 8) && *kind != DataType::Float16 => {
                    downcast_primitive_array!(
                        column => {
                            let values = column.values();
                            each_or(column, rows, |row| self.mix([word(values[row].to_byte_slice()), 0]), written, found);
                        },
                        other => unreachable!("no column has type {other}")
                    );
                }
                _ => (0..rows).for_each(|row| written(row).into_iter().for_each(|key| found(row, key))),
            },
            _ => (0..rows).for_each(|row| written(row).into_iter().for_each(|key| found(row, key))),
        }
    }
}

/// Gives the key of each row: of a valid one by `of`, of a null by `written`, if at all.
#[inline(always)]
fn each_or(
    array: &dyn Array,
    rows: usize,
    of: impl Fn(usize) -> Key,
    mut written: impl FnMut(usize) -> Option<Key>,
    mut found: impl FnMut(usize, Key),
) {
    match array.nulls() {
        None => (0..rows).for_each(|row| found(row, of(row))),
        Some(nulls) => (0..rows).for_each(|row| match nulls.is_valid(row) {
            true => found(row, of(row)),
            false => written(row).into_iter().for_each(|key| found(row, key)),
        }),
    }
}

/// The first eight bytes of a value, or all it has.
#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    let shown = bytes.len().min(8);
    word[..shown].copy_from_slice(&bytes[..shown]);
    u64::from_le_bytes(word)
}

/// The finaliser of MurmurHash3: every bit of a word changes about half of the others, and no two words become one.
#[inline(always)]
fn mixed(mut word: u64) -> u64 {
    word = (word ^ word >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    word = (word ^ word >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    word ^ word >> 33
}
