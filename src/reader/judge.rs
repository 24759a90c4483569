//! What looks at the decoded cells of a read while it runs: the seam at which rules meet windows.
//!
//! A [`Judge`] begins a [`Judgement`] for each task, which sees the task's cells window by window in its thread and names the
//! cells and rows that break a rule; the reader gives each its place in the file. What the judgements gathered is handed to the
//! judge in file order. What a rule is, is not known here.

use super::rejects::Collector;
use crate::error::{Code, Result};
use arrow::array::ArrayRef;
use std::any::Any;
use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

/// Holds the rows of a read against rules.
pub trait Judge: Debug + Send + Sync {
    /// Begins a task, whose first row has this number in the scan where that is known, and else 0.
    fn begin(&self, first: u64) -> Box<dyn Judgement>;

    /// Takes what a task gathered, in file order: the numbers of its rows in the scan, and of those among them that are bad.
    fn take(&self, gathered: Box<dyn Judgement>, rows: Range<u64>, bad: &[u64]) -> Result<()>;

    /// How a rule is told.
    fn told(&self, rule: usize) -> Told<'_>;

    /// Whether one of these rows has to be looked at, where the judge [locates](Judging::locates).
    fn wants(&self, rows: Range<u64>) -> bool {
        !rows.is_empty()
    }
}

/// What a judge makes of one task.
pub trait Judgement: Any + Debug + Send {
    /// Looks at the next rows of the task: one array for each column judged. Gives the violations, in any order.
    ///
    /// # Errors
    ///
    /// What ends the read.
    fn window(&mut self, columns: &[ArrayRef], rows: usize) -> Result<Vec<Violation>>;

    /// For the judge to know its own.
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

/// A cell or a row that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule, by the judge's own number.
    pub rule: usize,
    /// The row of the window.
    pub row: usize,
    /// The judged column whose cell is at fault; `None` where the row as a whole is.
    pub column: Option<usize>,
    /// Whether it is none where another cell of the row cannot be read.
    pub if_readable: bool,
}

/// A rule in words.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Its word.
    pub name: &'a str,
    /// What would have been right.
    pub expected: &'a str,
    /// The code of its violations.
    pub code: Code,
    /// The column of sources, which no file holds, at whose name they are told.
    pub column: Option<&'a str>,
}

/// A judge and what it is given.
#[derive(Clone, Debug)]
pub struct Judging {
    /// The judge.
    pub judge: Arc<dyn Judge>,
    /// The columns that it sees, by their place in the schema of the scan.
    pub columns: Vec<usize>,
    /// Where violations and broken cells are recorded.
    pub collector: Collector,
    /// Whether an earlier pass has told all faults but those that the judge [wants](Judge::wants) to place: rows are only
    /// counted but for the tasks that hold some of them, which come to the judge one by one, in file order.
    pub locates: bool,
}
