//! The expression namespace `.fast_csv`: functions that Polars calls on columns.
//!
//! Polars loads them by name from this very module, two exported symbols a function: one that evaluates, one that tells the
//! dtype. Each takes one column and gives one; it keeps the column's chunks and nulls. What is asked of a value is the core's to
//! answer (`fast_csv::validate`); here arguments become questions, and arrays are handed over.

mod abi;
mod columns;
mod parsing;
mod range;
mod texts;
mod whole;
