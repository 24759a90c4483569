//! From sources to record batches: the room in which all others meet.
//!
//! [`ReaderBuilder`] takes the options; [`ReaderBuilder::resolve`] opens the sources, reads their `head`, takes a
//! `sample`, has a `survey` look at all records, or leaves that to the read's `attention`, and gives a [`Scan`], which can be read any number of times. A read cuts its files into tasks; a `task`
//! indexes and decodes one stretch of one file, alone; `ordered` runs tasks on the `pool`, verifies in file order that
//! each began where the one before ended, and `batches` hands on what they made. Where only
//! something about the rows is wanted, a `fold` makes it of each task's rows in the task's own thread, and `folding` hands
//! that on.

mod attention;
mod batches;
mod beside;
mod builder;
mod columns;
mod compare;
mod cursor;
mod faults;
mod feed;
mod filter;
mod fold;
mod folding;
mod footer;
mod head;
mod issue;
mod job;
pub mod judge;
mod judged;
mod layout;
mod meter;
mod options;
mod ordered;
mod pool;
pub mod predicate;
mod prepared;
pub mod rejects;
mod row_index;
mod sample;
mod slicing;
mod sniffing;
mod structure;
mod survey;
mod task;

pub use batches::{Batches, Progress};
pub use builder::ReaderBuilder;
pub use fold::{Fold, Piece};
pub use folding::{Folding, Next, Part};
pub use issue::Action;
pub use meter::Meter;
pub use options::{Encoding, Inference, OnError, ShortRecords};
pub use prepared::{Request, Scan, count_records, records};
pub use rejects::Rejects;
pub use row_index::RowIndex;
pub use sniffing::Sniffed;
