//! What a task is to do, and what it made: all that passes between a task and its owner.

use super::fold::State;
use super::issue::Findings;
use super::judge::Judgement;
use super::layout::Layout;
use crate::schema::Seen;
use crate::source::Input;
use arrow::array::ArrayRef;
use std::sync::Arc;

/// Where a task's first record begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// Here.
    At(u64),
    /// At the first record start at or behind this byte, wherever that is.
    Behind(u64),
}

/// What a task is to do.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// Which of the scan's sources it is.
    pub(super) source: usize,
    pub(super) input: Arc<Input>,
    pub(super) layout: Arc<Layout>,
    pub(super) start: Start,
    /// Records that begin here or later belong to the next task.
    pub(super) until: u64,
    /// The first records, which are measured and not decoded.
    pub(super) skip: u64,
    /// The records that are wanted behind those; the task ends with the last of them.
    pub(super) take: u64,
    /// The rows that are wanted of what is left where records go for their cells; the task ends with the last of them.
    pub(super) rows: u64,
    /// Whether to decode at all.
    pub(super) decodes: bool,
    /// Whether faults of the structure are new; otherwise an earlier pass has told them.
    pub(super) judges_structure: bool,
    /// The number in the scan of the task's first row, where a judge needs it.
    pub(super) first_row: u64,
}

/// What a task made.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Where its first record began; `None` where a guess found no record.
    pub(super) begin: Option<u64>,
    /// Where the next record begins.
    pub(super) end: u64,
    /// Whether it ended before its time, as it held as many cells as it may.
    pub(super) is_part: bool,
    /// The rows passed, the skipped ones included: every record that is not left out.
    pub(super) rows_passed: u64,
    /// The records that are left out.
    pub(super) left_out: u64,
    /// The lines passed.
    pub(super) lines: u64,
    /// One array a wanted column.
    pub(super) arrays: Vec<ArrayRef>,
    /// The rows of the arrays.
    pub(super) rows: usize,
    /// Which rows these are, counted from the first that was not skipped; `None` without a filter.
    pub(super) kept: Option<Vec<u32>>,
    /// What columns that widen were found to hold beside values of their types; all that columns hold which are only looked at.
    pub(super) misfits: Vec<Seen>,
    /// The most fields of a record, where that is not as many as there are columns.
    pub(super) most_fields: usize,
    /// The cells that were decoded for them.
    pub(super) cells: u64,
    /// What the read's fold made of the arrays, which are empty then.
    pub(super) folded: Option<State>,
    /// What a judge gathered of them.
    pub(super) judgement: Option<Box<dyn Judgement>>,
    /// What was wrong; where it ends the read the arrays are empty.
    pub(super) findings: Findings,
}
