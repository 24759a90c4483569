//! The values of some columns in one row, as bytes that are equal where the values are, and their hashes.

use super::Nulls;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, downcast_primitive_array};
use arrow::datatypes::{DataType, Float16Type, Float32Type, Float64Type, ToByteSlice};
use arrow::util::display::array_value_to_string;
use siphasher::sip128::{Hasher128, SipHasher13};
use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};

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

/// Hashes of 128 bits under a key that no file knows.
#[derive(Clone, Debug)]
pub(super) struct Hashing {
    keys: (u64, u64),
}

impl Hashing {
    pub(super) fn new() -> Hashing {
        let word = || RandomState::new().hash_one(0_u64);
        Hashing { keys: (word(), word()) }
    }

    fn hash(&self, bytes: &[u8]) -> u128 {
        let mut hasher = SipHasher13::new_with_keys(self.keys.0, self.keys.1);
        hasher.write(bytes);
        hasher.finish128().as_u128()
    }

    /// Gives the hash of each row that is compared, in order.
    pub(super) fn each(&self, columns: &[ArrayRef], rows: usize, nulls: Nulls, mut found: impl FnMut(usize, u128)) {
        // The most common key, without a detour over its bytes.
        if let ([column], Nulls::Exempt) = (columns, nulls) {
            let is_left = |row: usize| column.is_valid(row);
            match column.data_type() {
                DataType::Utf8View => {
                    let texts = column.as_string_view();
                    (0..rows)
                        .filter(|&row| is_left(row))
                        .for_each(|row| found(row, self.hash(texts.value(row).as_bytes())));
                    return;
                }
                kind if kind.is_integer() || matches!(kind, DataType::Date32 | DataType::Timestamp(..)) => {
                    downcast_primitive_array!(
                        column => {
                            let values = column.values();
                            let left = (0..rows).filter(|&row| is_left(row));
                            left.for_each(|row| found(row, self.hash(values[row].to_byte_slice())));
                        },
                        other => unreachable!("no column has type {other}")
                    );
                    return;
                }
                _ => {}
            }
        }
        let mut key = Vec::new();
        for row in 0..rows {
            if is_compared(columns, row, nulls) {
                write(columns, row, &mut key);
                found(row, self.hash(&key));
            }
        }
    }
}
