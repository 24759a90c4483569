//! The types of many records: a pass that looks at every field and decodes none.
//!
//! It is cut into tasks and verified as any read is, so a record is here what it is to the read, whatever the number of threads,
//! and of a file of any size a few tasks' bytes are held. Where the read would go on behind a fault it goes on; where the read
//! would end it ends quietly, for the read tells that.

use super::feed::Feed;
use super::head::Head;
use super::layout::{File, Layout, Sifted};
use super::options::{OnError, Options, ShortRecords};
use super::ordered::{Ordered, Step, Wanted};
use crate::decode::ColumnType;
use crate::error::{ErrorKind, Result};
use crate::schema::{Column, Overrides, Seen};
use crate::source::Input;
use arrow::datatypes::DataType;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long it is waited for a task before it is asked whether anyone still wants the answer.
const PATIENCE: Duration = Duration::from_millis(20);

/// What is to be looked at.
pub(super) struct Survey<'a> {
    pub(super) options: &'a Options,
    pub(super) head: &'a Head,
    /// The columns' names.
    pub(super) names: Vec<String>,
    /// Whether their types are wanted, or only how many there are.
    pub(super) judges: bool,
    /// The first records, or all.
    pub(super) most: Option<u64>,
    /// Whether the bytes of a stream that were passed are wanted again.
    pub(super) retains: bool,
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Surveyed {
    /// By column.
    pub(super) seen: Vec<Seen>,
    /// The most fields of a record that has not as many as there are columns.
    pub(super) most_fields: usize,
    /// The bytes and the records, up to where nothing more could be learnt.
    pub(super) bytes: u64,
    pub(super) records: u64,
}

impl Survey<'_> {
    /// Looks at the records of an input.
    pub(super) fn run(self, input: Arc<Input>) -> Result<Surveyed> {
        let (width, places) = (self.names.len(), self.places());
        let column = |&place: &usize| Column {
            name: self.names[place].clone(),
            data_type: ColumnType::from(DataType::Utf8View),
            field: place,
        };
        let columns = places.iter().map(column).collect();
        let mut options = self.options.clone();
        // The number of fields and stray quotes are no faults here.
        (options.truncate_ragged_lines, options.short_records) = (true, ShortRecords::Null);
        options.dialect.strict_quotes = false;
        if options.on_error == OnError::Skip {
            options.on_error = OnError::Null;
        }
        let file = File { options, names: self.names, seen: Vec::new(), record_bytes: 0 };
        let layout = Arc::new(Layout::new(file, columns, Sifted::default(), None).observing());
        let observers = layout.observers.clone().unwrap_or_default();
        let feed = Feed::of_input(Arc::clone(&layout), input, self.head);
        let mut ordered = Ordered::new(layout, feed, true, Wanted::records(self.most));
        if self.retains {
            ordered = ordered.retaining();
        }
        let mut surveyed = Surveyed::default();
        loop {
            match ordered.next_within(PATIENCE) {
                Ok(Step::Verified(verified)) => surveyed.records += verified.done.rows_passed,
                Ok(Step::Pending) => {}
                Ok(Step::Done) => break,
                Err(fault) if fault.issue().is_some() => break,
                Err(error) => return Err(error),
            }
            if self.options.cancelled.as_ref().is_some_and(|cancelled| cancelled.load(Ordering::Relaxed)) {
                return Err(ErrorKind::Cancelled.into());
            }
            observers.iter().zip(ordered.misfits()).for_each(|(observer, seen)| observer.note(*seen));
            let is_named = self.head.names.is_some();
            if is_named && ordered.misfits().iter().all(|seen| seen.is_text()) {
                break;
            }
        }
        (surveyed.bytes, surveyed.most_fields) = (ordered.bytes(), ordered.most_fields());
        surveyed.seen = vec![Seen::default(); width];
        places.iter().zip(ordered.misfits()).for_each(|(&place, seen)| surveyed.seen[place] = *seen);
        Ok(surveyed)
    }

    /// The columns whose types are not given.
    fn places(&self) -> Vec<usize> {
        let is_given = |name: &String| match &self.options.wishes.overrides {
            Some(Overrides::ByName(types)) => types.iter().any(|(given, _)| given == name),
            _ => false,
        };
        (0..self.names.len()).filter(|&place| self.judges && !is_given(&self.names[place])).collect()
    }
}
