//! What the user says of how values are written, for all columns or by their names.

use crate::decode::format::Format;
use crate::decode::{BinaryEncoding, Spelling, Truths};
use std::sync::Arc;

/// Formats of dates, times or datetimes, in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Formats {
    /// The usual ways of writing them.
    #[default]
    Usual,
    /// The same for every column.
    All(Arc<[Format]>),
    /// By column name; columns that are not named are written in the usual ways.
    PerColumn(Vec<(String, Arc<[Format]>)>),
}

impl Formats {
    /// The formats of a column.
    fn of(&self, column: &str) -> Arc<[Format]> {
        match self {
            Formats::Usual => Arc::default(),
            Formats::All(formats) => Arc::clone(formats),
            Formats::PerColumn(columns) => columns
                .iter()
                .find(|(name, _)| name == column)
                .map(|(_, formats)| Arc::clone(formats))
                .unwrap_or_default(),
        }
    }
}

/// How the bytes of binary columns are written.
#[derive(Clone, Debug, PartialEq)]
pub enum BinaryEncodings {
    /// The same in every column.
    All(BinaryEncoding),
    /// By column name; raw in columns that are not named.
    PerColumn(Vec<(String, BinaryEncoding)>),
}

impl Default for BinaryEncodings {
    fn default() -> BinaryEncodings {
        BinaryEncodings::All(BinaryEncoding::Raw)
    }
}

impl BinaryEncodings {
    /// The encoding of a column.
    fn of(&self, column: &str) -> BinaryEncoding {
        match self {
            BinaryEncodings::All(encoding) => *encoding,
            BinaryEncodings::PerColumn(columns) => {
                columns.iter().find(|(name, _)| name == column).map(|(_, encoding)| *encoding).unwrap_or_default()
            }
        }
    }
}

/// How values are written, in every column.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The byte between groups of three digits.
    pub thousands: Option<u8>,
    /// The words that are true and false.
    pub truths: Option<Truths>,
    /// The formats of dates.
    pub dates: Formats,
    /// The formats of times of day.
    pub times: Formats,
    /// The formats of datetimes.
    pub datetimes: Formats,
    /// Whether inference leaves numbers with zeros in front as text.
    pub keeps_zeros: bool,
    /// Whether a null word between quotes is text.
    pub quoted_words_are_text: bool,
    /// How bytes are written.
    pub binary: BinaryEncodings,
}

impl Written {
    /// How the values of a column are written; of one whose type was inferred where `inferred`.
    pub fn of(&self, column: &str, inferred: bool) -> Spelling {
        Spelling {
            thousands: self.thousands,
            truths: self.truths.clone(),
            dates: self.dates.of(column),
            times: self.times.of(column),
            datetimes: self.datetimes.of(column),
            keeps_zeros: self.keeps_zeros && inferred,
            // Inference takes such a mixture for text.
            keeps_zones: inferred,
            quoted_words_are_text: self.quoted_words_are_text,
            binary: self.binary.of(column),
        }
    }
}
