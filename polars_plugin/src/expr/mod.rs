//! The expression namespace `.fast_csv`: functions that Polars calls on columns.
//!
//! Polars loads them by name from this very module, two exported symbols a function: one that evaluates, one that tells the
//! dtype. Each takes its columns as series and gives one series; it keeps their chunks and their nulls, and what it says of a
//! text is what the core's scalar parsers say.

mod abi;
mod numbers;
mod texts;
