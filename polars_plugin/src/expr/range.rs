//! Whether each value lies between bounds.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, BooleanArray};
use arrow::datatypes::{DataType, Field};
use fast_csv::validate::Check;
use fast_csv::validate::range::{Bounds, Interval, Numbers};
use serde::Deserialize;

use super::abi::{Column, Outcome, export};
use super::columns::{booleans, check_text, polars_name, test_texts, threads};

export! {
    "_polars_plugin_in_range", "_polars_plugin_field_in_range": in_range_dtype, in_range;
}

type Written = (String, u32, bool);

/// Bounds as Python found them; whole numbers of any size are written out.
#[derive(Deserialize)]
struct Range {
    kind: String,
    /// The least and the greatest whole number inside.
    whole: (Option<String>, Option<String>),
    /// The least and the greatest double inside.
    float: (Option<f64>, Option<f64>),
    /// The bounds themselves: digits, how many of them stand behind the dot, and whether they are inside.
    exact: (Option<Written>, Option<Written>),
}

impl Range {
    fn bounds(self) -> Outcome<Bounds> {
        let whole = Interval {
            lo: self.whole.0.as_deref().map_or(-i128::MAX, saturated),
            hi: self.whole.1.as_deref().map_or(i128::MAX, saturated),
        };
        Ok(match self.kind.as_str() {
            "numbers" => {
                let exact =
                    |bound: Option<Written>| bound.map(|(digits, places, inside)| (saturated(&digits), places, inside));
                Bounds::Numbers(Numbers {
                    whole,
                    float: Interval {
                        lo: self.float.0.unwrap_or(f64::NEG_INFINITY),
                        hi: self.float.1.unwrap_or(f64::INFINITY),
                    },
                    lo: exact(self.exact.0),
                    hi: exact(self.exact.1),
                })
            }
            "instants" => Bounds::Instants(whole),
            "clock" => Bounds::Clock(whole),
            "durations" => Bounds::Durations(whole),
            kind => return Err(format!("fast_csv.in_range knows no bounds of the kind {kind:?}")),
        })
    }
}

/// A whole number, as far as 128 bits reach.
fn saturated(digits: &str) -> i128 {
    let furthest = if digits.starts_with('-') { -i128::MAX } else { i128::MAX };
    digits.parse().unwrap_or(furthest)
}

fn in_range_dtype(field: &Field, range: Range) -> Outcome<Field> {
    let bounds = range.bounds()?;
    let suits = match field.data_type() {
        DataType::Null => true,
        _ if check_text(field, "").is_ok() => bounds.suit_text(),
        kind => bounds.contain_values(&arrow::array::new_empty_array(kind)).is_some(),
    };
    if suits { Ok(booleans(field)) } else { Err(unsuited(&bounds, field)) }
}

fn unsuited(bounds: &Bounds, field: &Field) -> String {
    let kind = bounds.kind();
    format!(
        "fast_csv.in_range holds text or {kind} against these bounds, got a column of {}",
        polars_name(field.data_type())
    )
}

fn in_range(column: Column, range: Range) -> Outcome<Column> {
    let bounds = range.bounds()?;
    if check_text(&column.field, "").is_ok() {
        if !bounds.suit_text() {
            return Err(unsuited(&bounds, &column.field));
        }
        let check = Check::Within(bounds);
        return test_texts(&column, "in_range", |texts| check.column(texts, threads()));
    }
    let answers = column.chunks.iter().map(|chunk| {
        let inside = bounds.contain_values(chunk).ok_or_else(|| unsuited(&bounds, &column.field))?;
        Ok(Arc::new(BooleanArray::new(inside, chunk.nulls().cloned())) as ArrayRef)
    });
    Ok(Column { field: booleans(&column.field), chunks: answers.collect::<Outcome<_>>()? })
}
