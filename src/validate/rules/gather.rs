//! The judge of the pass that reads: tells what one row shows, and gathers what takes more.

use super::keys::Hashing;
use super::monotonic::{Ends, Way};
use super::{Rule, Sample, Test, check};
use crate::error::Result;
use crate::reader::judge::{Judge, Judgement, Told, Violation};
use crate::validate::rows::RowSet;
use crate::validate::unique::{Entry, Hashes};
use arrow::array::ArrayRef;
use std::any::Any;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Holds the rows of a scan against rules.
#[derive(Debug)]
pub(super) struct Gatherer {
    pub(super) rules: Arc<Vec<Rule>>,
    /// Of each rule the name of its column, if that is one of sources.
    pub(super) names: Arc<Vec<Option<String>>>,
    pub(super) hashing: Hashing,
    state: Mutex<Gathered>,
}

/// What the verified tasks have come to.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Of each rule.
    pub(super) rules: Vec<Across>,
    /// Of each rule, the rows that are known to break it and have yet to be placed.
    pub(super) late: Vec<RowSet>,
    /// Of each column.
    pub(super) samples: Vec<Sample>,
    /// The rows so far.
    pub(super) rows: u64,
    /// The bad ones.
    pub(super) bad: RowSet,
}

/// What a rule needs of rows that lie far apart.
#[derive(Debug)]
pub(super) enum Across {
    Nothing,
    Order(Ends, Way),
    Keys(Hashes),
    /// The keys that refer, and those referred to.
    References(Hashes, Hashes),
}

impl Across {
    fn of(rule: &Rule) -> Across {
        match rule.test {
            Test::Monotonic { descending, strict } => Across::Order(Ends::default(), Way { descending, strict }),
            Test::Unique { .. } => Across::Keys(Hashes::default()),
            Test::AmongColumns(..) => Across::References(Hashes::default(), Hashes::default()),
            _ => Across::Nothing,
        }
    }
}

/// The same of one task, rows counted from its begin.
#[derive(Debug)]
enum Part {
    Nothing,
    Order(Ends, Way),
    Keys(Vec<Entry>),
    References(Vec<Entry>, Vec<Entry>),
}

impl Gatherer {
    pub(super) fn new(rules: Arc<Vec<Rule>>, names: Arc<Vec<Option<String>>>) -> Gatherer {
        let state = Gathered {
            rules: rules.iter().map(Across::of).collect(),
            late: vec![RowSet::default(); rules.len()],
            ..Gathered::default()
        };
        Gatherer { rules, names, hashing: Hashing::new(), state: Mutex::new(state) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, Gathered> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Judge for Gatherer {
    fn begin(&self, _first: u64) -> Box<dyn Judgement> {
        let part = |rule: &Rule| match rule.test {
            Test::Monotonic { descending, strict } => Part::Order(Ends::default(), Way { descending, strict }),
            Test::Unique { .. } => Part::Keys(Vec::new()),
            Test::AmongColumns(..) => Part::References(Vec::new(), Vec::new()),
            _ => Part::Nothing,
        };
        let parts = self.rules.iter().map(part).collect();
        Box::new(Task {
            rules: Arc::clone(&self.rules),
            hashing: self.hashing.clone(),
            parts,
            samples: Vec::new(),
            rows: 0,
        })
    }

    fn take(&self, gathered: Box<dyn Judgement>, rows: Range<u64>, bad: &[u64]) -> Result<()> {
        let Ok(task) = gathered.into_any().downcast::<Task>() else { return Ok(()) };
        let mut state = self.state();
        let state = &mut *state;
        state.rows = rows.end;
        bad.iter().for_each(|&row| state.bad.insert(row));
        state.samples.resize(state.samples.len().max(task.samples.len()), Sample::default());
        state.samples.iter_mut().zip(task.samples).for_each(|(all, next)| all.append(next));
        let moved = |entries: Vec<Entry>| entries.into_iter().map(|entry| entry.later(rows.start));
        for (number, (across, part)) in state.rules.iter_mut().zip(task.parts).enumerate() {
            match (across, part) {
                (Across::Order(ends, way), Part::Order(next, _)) => {
                    if let Some(row) = ends.append(*way, next, rows.start)? {
                        state.late[number].insert(row);
                    }
                }
                (Across::Keys(keys), Part::Keys(entries)) => keys.extend(moved(entries))?,
                (Across::References(own, others), Part::References(from, to)) => {
                    own.extend(moved(from))?;
                    others.extend(moved(to))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn told(&self, rule: usize) -> Told<'_> {
        told(&self.rules[rule], self.names[rule].as_deref())
    }
}

pub(super) fn told<'a>(rule: &'a Rule, column: Option<&'a str>) -> Told<'a> {
    Told { name: &rule.name, expected: &rule.expected, code: rule.code(), column }
}

/// The judgement of one task.
#[derive(Debug)]
struct Task {
    rules: Arc<Vec<Rule>>,
    hashing: Hashing,
    parts: Vec<Part>,
    samples: Vec<Sample>,
    rows: u64,
}

impl Judgement for Task {
    fn window(&mut self, columns: &[ArrayRef], rows: usize) -> Result<Vec<Violation>> {
        let mut violations = Vec::new();
        let base = self.rows;
        for (number, (rule, part)) in self.rules.iter().zip(&mut self.parts).enumerate() {
            let column = if let [column] = rule.columns[..] { Some(column) } else { None };
            let if_readable = matches!(rule.test, Test::NotBlank);
            let mut found = |row: usize| violations.push(Violation { rule: number, row, column, if_readable });
            let own = |places: &[usize]| places.iter().map(|&at| ArrayRef::clone(&columns[at])).collect::<Vec<_>>();
            let hashed = |places: &[usize], nulls, entries: &mut Vec<Entry>| {
                entries.reserve(rows);
                self.hashing
                    .each(&own(places), rows, nulls, |row, key| entries.push(Entry::new(key, base + row as u64)));
            };
            match (&rule.test, part) {
                (Test::Monotonic { .. }, Part::Order(ends, way)) => {
                    ends.extend(*way, &columns[rule.columns[0]], base, &mut found)?;
                }
                (Test::Unique { nulls, .. }, Part::Keys(entries)) => hashed(&rule.columns, *nulls, entries),
                (Test::AmongColumns(others, nulls), Part::References(from, to)) => {
                    hashed(&rule.columns, *nulls, from);
                    hashed(others, *nulls, to);
                }
                _ => check::rows(rule, columns, rows, &mut found)?,
            }
        }
        self.samples.resize(columns.len(), Sample::default());
        self.samples.iter_mut().zip(columns).for_each(|(sample, column)| sample.extend(column));
        self.rows += rows as u64;
        Ok(violations)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
