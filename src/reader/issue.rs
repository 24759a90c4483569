//! What a task found wrong: each fault with its place, counted from the task's begin, and what became of it.

use super::layout::Layout;
use crate::dialect::Dialect;
use crate::error::{Code, Excerpt};
use crate::tokenize::index::Index;
use memchr::memchr2;
use std::collections::BTreeMap;
use std::ops::Range;

/// What becomes of a faulty cell or record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The read ends.
    Raise,
    /// The cell is null.
    Null,
    /// The record is no row.
    Skip,
    /// The surplus fields are left out.
    Truncate,
    /// The missing fields are null.
    Pad,
    /// The field is text as it stands.
    Keep,
    /// The line on which the record began is passed over.
    Drop,
}

impl Action {
    /// The word in a frame of rejects.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Raise => "raise",
            Action::Null => "null",
            Action::Skip => "skip",
            Action::Truncate => "truncate",
            Action::Pad => "pad",
            Action::Keep => "keep",
            Action::Drop => "drop",
        }
    }
}

/// A fault as the task sees it: places count from the task's begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Issue {
    pub(super) code: Code,
    pub(super) action: Action,
    /// The field's first byte in the file.
    pub(super) byte: u64,
    /// Records of the task before the faulty one.
    pub(super) record: u64,
    /// Rows of the task before it.
    pub(super) row: u64,
    /// Lines of the task before the field.
    pub(super) line: u64,
    /// The field's place in the record.
    pub(super) field: usize,
    /// The wanted column, where the fault is a cell's.
    pub(super) column: Option<usize>,
    /// The number of fields, where that is the fault.
    pub(super) fields: usize,
    /// The rule that is broken, by its judge's number.
    pub(super) rule: Option<usize>,
    /// The raw bytes of the field, bounded.
    pub(super) raw: Vec<u8>,
    /// The raw bytes of the record, bounded; nothing where the fault ends the read.
    pub(super) whole: Vec<u8>,
    /// Whether a bound cut either.
    pub(super) truncated: bool,
    /// The line around the field, where the fault ends the read.
    pub(super) excerpt: Option<Excerpt>,
}

/// A fault in a window.
pub(super) struct Fault {
    pub(super) code: Code,
    /// Records and rows of the window before it.
    pub(super) record: usize,
    pub(super) row: usize,
    pub(super) field: usize,
    pub(super) column: Option<usize>,
    pub(super) fields: usize,
    pub(super) rule: Option<usize>,
    /// The field's bytes in the window.
    pub(super) raw: Range<usize>,
}

/// Where a window lies in its task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Its first byte in the file.
    pub(super) byte: u64,
    /// Records, rows and lines of the task before it.
    pub(super) records: u64,
    pub(super) rows: u64,
    pub(super) lines: u64,
}

/// What a task has found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// The first fault that ends the read.
    pub(super) issue: Option<Issue>,
    /// Those before it that are to be recorded, as many as are kept.
    pub(super) rejects: Vec<Issue>,
    /// How many there were.
    pub(super) counts: BTreeMap<Kind, u64>,
    /// The rows of the task that have one, in order, where a judge wants to know.
    pub(super) bad: Vec<u64>,
}

/// What faults are counted by: the field of a faulty cell, the code and the rule.
pub(super) type Kind = (Option<usize>, Code, Option<usize>);

/// The most raw bytes of a field and of a record that an issue keeps.
const KEPT: usize = 1024;
const KEPT_RECORD: usize = 4096;

impl Findings {
    /// Takes the faults of a window, in any order: the first in the file that ends the read is kept as such, those before it
    /// are recorded where that is asked for. At one place the structure's comes before the cell's.
    pub(super) fn settle(
        &mut self,
        layout: &Layout,
        index: &Index,
        data: &[u8],
        place: Place,
        faults: &mut Vec<Fault>,
    ) {
        if faults.is_empty() {
            return;
        }
        faults.sort_by_key(|fault| (fault.raw.start, fault.column.is_some(), fault.field));
        let line_ends = layout.options.dialect.line_ends();
        let (mut seen, mut lines) = (0, place.lines);
        for fault in faults.drain(..) {
            let Some(action) = layout.action(fault.code) else { continue };
            let raises = action == Action::Raise;
            if !raises && layout.rejects.is_none() || self.issue.is_some() {
                continue;
            }
            if !raises {
                let column = fault.column.map(|_| fault.field);
                *self.counts.entry((column, fault.code, fault.rule)).or_default() += 1;
                self.note_bad(layout, place.rows + fault.row as u64, fault.code, action);
                if self.rejects.len() >= layout.rejects.as_ref().map_or(0, |rejects| rejects.limit()) {
                    continue;
                }
            }
            lines += layout.options.dialect.count_lines(&data[seen..fault.raw.start]);
            seen = fault.raw.start;
            // A record that is too long is known up to its limit, whatever the window holds of it.
            let known = &data[..data.len().min(seen.saturating_add(layout.options.max_record_bytes))];
            let dialect = &layout.options.dialect;
            let (whole, end) = match fault.code {
                // Of these the line goes on which the record began.
                Code::UnclosedQuote | Code::LineTooLong => {
                    (0..line_end(dialect, known, 0), line_end(dialect, known, seen))
                }
                _ => {
                    let record = index.record_around(dialect, data, seen);
                    (record.clone(), record.end)
                }
            };
            let all = fault.raw.start..fault.raw.end.min(end).max(fault.raw.start);
            let raw = bounded(data, all.clone(), KEPT.min(layout.options.max_record_bytes));
            let shown = bounded(data, whole.clone(), KEPT_RECORD);
            let issue = Issue {
                code: fault.code,
                action,
                byte: place.byte + seen as u64,
                record: place.records + fault.record as u64,
                row: place.rows + fault.row as u64,
                line: lines,
                field: fault.field,
                column: fault.column,
                fields: fault.fields,
                rule: fault.rule,
                // One that is too long is longer than what is known of it.
                truncated: fault.code == Code::LineTooLong || raw.len() < all.len() || shown.len() < whole.len(),
                raw: data[raw.clone()].to_vec(),
                whole: if raises { Vec::new() } else { data[shown].to_vec() },
                excerpt: raises.then(|| Excerpt::around(known, line_ends, raw)),
            };
            if raises {
                self.issue = Some(issue);
            } else {
                self.rejects.push(issue);
            }
        }
    }
}

impl Findings {
    /// Notes the row of a fault that no option accepts.
    fn note_bad(&mut self, layout: &Layout, row: u64, code: Code, action: Action) {
        if layout.judging.is_some() && !layout.accepts(code) && action != Action::Drop && self.bad.last() != Some(&row)
        {
            self.bad.push(row);
        }
    }
}

/// Where the line that holds `from` ends, without a CR that belongs to its terminator.
fn line_end(dialect: &Dialect, data: &[u8], from: usize) -> usize {
    let [one, other] = dialect.line_ends();
    let end = memchr2(one, other, &data[from..]).map_or(data.len(), |end| from + end);
    end - usize::from(dialect.trims_carriage() && data[from..end].ends_with(b"\r"))
}

/// The first `most` bytes of a range, or a few less, so that no character is cut.
fn bounded(data: &[u8], range: Range<usize>, most: usize) -> Range<usize> {
    let mut end = range.end.min(range.start.saturating_add(most));
    if end < range.end {
        // A character has at most three bytes behind its first.
        let inside = data[range.start..=end].iter().rev().take_while(|&&byte| byte & 0xc0 == 0x80).count();
        end -= if inside > 3 { 0 } else { inside.min(end - range.start) };
    }
    range.start..end
}
