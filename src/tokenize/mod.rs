//! Positions become records and fields.
//!
//! [`index`] is the fast way: the ends of all fields of a window, found by the scan and, where the scan cannot vouch for a
//! block, by the exact [`machine`]. [`shape`] holds the index against the number of columns; [`fields`] is what the decoders
//! see of the result; [`edges`] says where its bytes begin and end; [`unescape`] gives a quoted field's text.
//!
//! # Advice for hackers
//!
//! The meaning of a byte is written down three times: in `machine::field` (where fields end), in `unescape` (what they say)
//! and in the rule that `scan::drive` checks. They change together; `tests/tokenize.rs` holds them against each other.

pub mod edges;
pub mod fields;
pub mod index;
pub mod machine;
pub mod shape;
pub mod unescape;
