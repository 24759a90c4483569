//! What one row shows: a column's cells against a test, in one loop over the column.

use super::keys::{self, is_compared};
use super::{Rule, Test};
use crate::error::Result;
use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::datatypes::DataType;

/// Tells the rows that break a rule which one row shows; rules that take more are passed over.
pub(super) fn rows(rule: &Rule, columns: &[ArrayRef], rows: usize, found: &mut dyn FnMut(usize)) -> Result<()> {
    let column = |at: usize| &columns[rule.columns[at]];
    match &rule.test {
        Test::Required | Test::NotBlank => {
            let is_null = |at: usize, row: usize| column(at).is_null(row) || *column(at).data_type() == DataType::Null;
            let may = (0..rule.columns.len())
                .all(|at| column(at).null_count() > 0 || *column(at).data_type() == DataType::Null);
            if may {
                let all = |&row: &usize| (0..rule.columns.len()).all(|at| is_null(at, row));
                (0..rows).filter(all).for_each(found);
            }
        }
        Test::Holds(predicate) => predicate.failing(columns, rows)?.set_indices().for_each(found),
        Test::Length(least, most) => texts(column(0), found, |texts, row| is_within(texts, row, *least, *most)),
        Test::ByteLength(least, most) => {
            texts(column(0), found, |texts, row| (*least..=*most).contains(&bytes(texts, row)))
        }
        Test::Text(check) => {
            let texts = column(0).as_string_view();
            let right = check.column(texts, 1);
            (0..rows).filter(|&row| texts.is_valid(row) && !right.value(row)).for_each(found);
        }
        Test::Among(known, nulls) => {
            let own: Vec<ArrayRef> = rule.columns.iter().map(|&column| ArrayRef::clone(&columns[column])).collect();
            let mut key = Vec::new();
            for row in (0..rows).filter(|&row| is_compared(&own, row, *nulls)) {
                keys::write(&own, row, &mut key);
                if !known.contains(&key) {
                    found(row);
                }
            }
        }
        Test::Monotonic { .. } | Test::Unique { .. } | Test::AmongColumns(..) | Test::Elsewhere => {}
    }
    Ok(())
}

#[inline(always)]
fn texts(column: &ArrayRef, found: &mut dyn FnMut(usize), is_right: impl Fn(&StringViewArray, usize) -> bool) {
    let texts = column.as_string_view();
    match texts.nulls() {
        None => (0..texts.len()).filter(|&row| !is_right(texts, row)).for_each(found),
        Some(nulls) => nulls.valid_indices().filter(|&row| !is_right(texts, row)).for_each(found),
    }
}

/// The bytes of a text, with which its view begins.
#[inline(always)]
fn bytes(texts: &StringViewArray, row: usize) -> u64 {
    u64::from(texts.views()[row] as u32)
}

/// Whether a text has `least` to `most` characters.
#[inline(always)]
fn is_within(texts: &StringViewArray, row: usize, least: u64, most: u64) -> bool {
    // Of a character there are one to four bytes.
    let bytes = bytes(texts, row);
    if bytes < least || bytes.div_ceil(4) > most {
        return false;
    }
    (bytes <= most && bytes.div_ceil(4) >= least) || {
        let characters = texts.value(row).chars().count() as u64;
        least <= characters && characters <= most
    }
}
