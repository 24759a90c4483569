//! A second look at rows that the first pass has named: those known to break a rule are placed, and those whose keys have the
//! same hash are held together by their values, so that no hash alone ever makes a row bad.

use super::gather::told;
use super::{Rule, keys};
use crate::error::Result;
use crate::reader::judge::{Judge, Judgement, Told, Violation};
use crate::validate::rows::RowSet;
use arrow::array::ArrayRef;
use std::any::Any;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Looks at some rows again.
#[derive(Debug)]
pub(super) struct Locator {
    pub(super) rules: Arc<Vec<Rule>>,
    /// Of each rule the name of its column, if that is one of sources.
    pub(super) names: Arc<Vec<Option<String>>>,
    /// The columns judged, by their place in the schema.
    pub(super) columns: Vec<usize>,
    /// A rule and the rows that it is about.
    pub(super) looks: Arc<Vec<(usize, RowSet, Look)>>,
    pub(super) progress: Arc<Mutex<Progress>>,
}

/// Why a rule's rows are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// They break the rule.
    Place,
    /// Their values are counted, and nothing is told.
    Count,
    /// Those are told whose values were counted more than once.
    Counted,
    /// Those are told whose values have come before.
    Repeated,
}

/// What the looks so far have seen.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// How often the values of a rule's rows came.
    seen: HashMap<usize, HashMap<Box<[u8]>, u64>>,
    pub(super) bad: RowSet,
}

impl Judge for Locator {
    fn begin(&self, first: u64) -> Box<dyn Judgement> {
        Box::new(Stretch {
            rules: Arc::clone(&self.rules),
            columns: self.columns.clone(),
            looks: Arc::clone(&self.looks),
            progress: Arc::clone(&self.progress),
            next: first,
        })
    }

    fn take(&self, _gathered: Box<dyn Judgement>, _rows: Range<u64>, bad: &[u64]) -> Result<()> {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        bad.iter().for_each(|&row| progress.bad.insert(row));
        Ok(())
    }

    fn told(&self, rule: usize) -> Told<'_> {
        told(&self.rules[rule], self.names[rule].as_deref())
    }

    fn wants(&self, rows: Range<u64>) -> bool {
        self.looks.iter().any(|(_, wanted, _)| wanted.within(rows.clone()).next().is_some())
    }
}

/// The judgement of a stretch of rows.
#[derive(Debug)]
struct Stretch {
    rules: Arc<Vec<Rule>>,
    columns: Vec<usize>,
    looks: Arc<Vec<(usize, RowSet, Look)>>,
    progress: Arc<Mutex<Progress>>,
    /// The number of the next row.
    next: u64,
}

impl Judgement for Stretch {
    fn window(&mut self, columns: &[ArrayRef], rows: usize) -> Result<Vec<Violation>> {
        let mut violations = Vec::new();
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let base = self.next;
        self.next += rows as u64;
        let mut key = Vec::new();
        for (number, wanted, look) in self.looks.iter() {
            let rule = &self.rules[*number];
            let place = |column: &usize| self.columns.iter().position(|known| known == column);
            let places: Vec<usize> = rule.columns.iter().filter_map(place).collect();
            let own: Vec<ArrayRef> = places.iter().map(|&at| ArrayRef::clone(&columns[at])).collect();
            let column = if let [column] = places[..] { Some(column) } else { None };
            let seen = progress.seen.entry(*number).or_default();
            for row in wanted.within(base..self.next).map(|row| (row - base) as usize) {
                let is_wrong = *look == Look::Place || {
                    keys::write(&own, row, &mut key);
                    let known = seen.get(key.as_slice()).copied().unwrap_or(0);
                    if *look != Look::Counted {
                        *seen.entry(key.as_slice().into()).or_default() += 1;
                    }
                    match look {
                        Look::Place | Look::Count => false,
                        Look::Counted => known > 1,
                        Look::Repeated => known > 0,
                    }
                };
                if is_wrong {
                    violations.push(Violation { rule: *number, row, column, if_readable: false });
                }
            }
        }
        Ok(violations)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
