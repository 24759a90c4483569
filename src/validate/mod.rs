//! What may be asked of a value: checks of one text each, and of columns of texts.
//!
//! The checks are functions of bytes that allocate nothing and cannot fail. They know no column, no null and no rule book:
//! [`Check`] names one and runs it over a column, in parts, on as many threads as are given. What is a number, a date or a truth
//! value is what the reader takes for one ([`crate::decode::parse`]); formats are those of the standards that each module names.
//!
//! [`rules`] are held against the rows of a read in the pass that decodes them; `unique` finds the rows whose keys may be the
//! same. How rules are written and how a report looks is for those who use this crate to say.
//!
//! A [`profile`] asks what a whole pass holds, column by column.

mod check;
pub mod email;
pub mod iban;
pub mod ip;
pub mod luhn;
pub mod order;
pub mod outlier;
mod pattern;
pub mod profile;
pub mod range;
mod rows;
pub mod rules;
mod unique;
pub mod url;
pub mod uuid;

pub use crate::decode::format::{Format, Temporal};
pub use crate::decode::views::{Reading, reading};
pub use crate::decode::words::Words;
pub use crate::decode::{Cause, Spelling};
pub use check::{Check, parse_texts};
pub use pattern::Pattern;
pub use rows::RowSet;
pub use rules::{Keys, Nulls, Outcome, Rule, Sample, Test, Validation};
