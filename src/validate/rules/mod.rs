//! Rules that the rows of a file are held against while it is read.
//!
//! In come [`Rule`]s over the columns of a scan, as data; out go violations with their place in the file, recorded among the
//! rejects of the read, and a bit for each row. What one row shows is told in the pass that decodes it, in the decoding threads
//! (`check`). What takes more than one row (`unique`, keys, `monotonic` across tasks) is gathered there and settled at the end
//! ([`Validation::finish`]), where a second look at the rows in question gives them their place (`locate`). How a rule was
//! written, and what the report looks like, is not known here.

mod check;
mod gather;
mod keys;
mod locate;
mod monotonic;
mod run;
mod sample;

use crate::error::{Code, Error, Result};
use crate::reader::predicate::Predicate;
use crate::validate::{Check, Pattern, Words};
use arrow::datatypes::{DataType, Schema};
pub use keys::Keys;
pub use run::{Outcome, Validation};
pub use sample::Sample;

/// A rule over some columns, each by its place in the schema of the scan.
#[derive(Debug)]
pub struct Rule {
    /// The word by which it is told, such as `minimum`.
    pub name: String,
    /// What would be right, as the end of a sentence that begins with the value.
    pub expected: String,
    /// The columns. A violation of a rule over one column is told at its cell, of any other at the record.
    pub columns: Vec<usize>,
    /// What is tested.
    pub test: Test,
}

/// What a rule asks of the cells of its columns.
#[derive(Debug)]
pub enum Test {
    /// The cell is not null, or not all cells are.
    Required,
    /// Not all cells are null; one that cannot be read is not.
    NotBlank,
    /// The predicate is true or unknown.
    Holds(Predicate),
    /// A text has so many characters, these included; null is right.
    Length(u64, u64),
    /// The same in bytes.
    ByteLength(u64, u64),
    /// The answer for the text is yes; null is right.
    Text(Check),
    /// Each value that is not null is not before the last one (or after it, where `descending`); not equal either if `strict`.
    Monotonic {
        /// Whether values fall.
        descending: bool,
        /// Whether they must differ.
        strict: bool,
    },
    /// No other row has the same values.
    Unique {
        /// Whether every row that shares its values is at fault, or each but the first.
        all: bool,
        /// What nulls are.
        nulls: Nulls,
    },
    /// The values are among these.
    Among(Keys, Nulls),
    /// The values are those of some row in other columns of the file.
    AmongColumns(Vec<usize>, Nulls),
    /// The caller finds the rows that break it ([`Validation::note`]).
    Elsewhere,
}

/// What nulls are where the values of rows are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// A row with one is not compared.
    Exempt,
    /// They are equal to each other.
    Equal,
    /// They are equal to each other, but a row of nulls is not compared.
    EqualUnlessAll,
}

impl Test {
    /// A part of the text matches a regular expression.
    ///
    /// # Errors
    ///
    /// It is none of the syntax of the crate `regex`, or compiles to more than it may.
    pub fn pattern(text: &str) -> Result<Test> {
        let wrong = |error: String| Error::argument(format!("the pattern {text:?}: {error}"));
        Pattern::new(text).map(|pattern| Test::Text(Check::Matches(pattern))).map_err(wrong)
    }

    /// The text is one of some words.
    pub fn words<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> Test {
        Test::Text(Check::OneOf(Words::new(words)))
    }

    /// The text is one of a form, by the word for it; `None` where that is unknown.
    #[must_use]
    pub fn form(word: &str) -> Option<Test> {
        Some(Test::Text(match word {
            "email" => Check::Email,
            "url" => Check::Url,
            "uuid" => Check::Uuid,
            "ipv4" => Check::Ipv4,
            "ipv6" => Check::Ipv6,
            "iban" => Check::Iban,
            "luhn" => Check::Luhn,
            "ascii" => Check::Ascii,
            _ => return None,
        }))
    }
}

impl Rule {
    /// The code of its violations.
    fn code(&self) -> Code {
        match self.test {
            Test::Required if self.columns.len() == 1 => Code::NullInRequired,
            _ => Code::Rule,
        }
    }

    /// Refuses a rule that cannot be tested on columns of these types.
    fn check(&self, schema: &Schema) -> Result<()> {
        let data_type = |column: &usize| match schema.fields().get(*column) {
            Some(field) => Ok(field.data_type()),
            None => Err(Error::argument(format!("rule {:?}: there is no column {column}", self.name))),
        };
        let types = self.columns.iter().map(data_type).collect::<Result<Vec<_>>>()?;
        let wrong = |wanted: &str| {
            let names: Vec<_> = self.columns.iter().map(|&column| schema.field(column).name()).collect();
            let have = types.iter().map(|kind| kind.to_string()).collect::<Vec<_>>().join(", ");
            Err(Error::argument(format!("rule {:?} of {names:?} is for {wanted}, not for {have}", self.name)))
        };
        match &self.test {
            Test::Length(..) | Test::ByteLength(..) | Test::Text(_) if types != [&DataType::Utf8View] => {
                wrong("one text")
            }
            Test::Monotonic { .. } if !matches!(types[..], [kind] if is_ordered(kind)) => {
                wrong("one column with an order")
            }
            Test::Holds(predicate) => predicate.check(schema),
            Test::Among(keys, _) if !keys.fit(&types) => wrong("columns of the types that it refers to"),
            Test::AmongColumns(others, _) => {
                let others = others.iter().map(data_type).collect::<Result<Vec<_>>>()?;
                if others == types { Ok(()) } else { wrong("columns of the types that it refers to") }
            }
            _ if self.columns.is_empty() && !matches!(self.test, Test::Elsewhere) => wrong("one column at least"),
            _ => Ok(()),
        }
    }
}

/// Whether values of this type are compared here: 128-bit integers, which are bytes to Arrow, are not.
fn is_ordered(data_type: &DataType) -> bool {
    data_type.is_primitive() || matches!(data_type, DataType::Utf8View | DataType::Boolean | DataType::Null)
}
