//! A scan whose rows are held against rules: the pass that reads, then the looks at what takes more than one row.

use super::gather::{Across, Gatherer};
use super::locate::{Locator, Look, Progress};
use super::{Rule, Sample, Test};
use crate::error::Result;
use crate::reader::judge::Judging;
use crate::reader::rejects::Collector;
use crate::reader::{Batches, Meter, Progress as Step, Rejects, Request, Scan};
use crate::validate::rows::RowSet;
use crate::validate::unique::{self, Entry, Hashes};
use arrow::datatypes::SchemaRef;
use rayon::ThreadPool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The groups of rows with the same hash that one look compares: what bounds the memory that their values take.
const MOST_GROUPS: usize = 1 << 20;
/// How long a look goes on before it asks whether anyone still wants it.
const PATIENCE: Duration = Duration::from_millis(50);

/// Rules over a scan.
///
/// ```
/// # use fast_csv::validate::{Nulls, Rule, Test, Validation};
/// # use fast_csv::{OnError, ReaderBuilder, Rejects, ShortRecords, Source};
/// # use std::sync::Arc;
/// let bytes = Source::Bytes(Arc::new("a,b\n1,x\n,y\n1,z\n"));
/// let scan = ReaderBuilder::new().with_on_error(OnError::Null).resolve(vec![bytes])?;
/// let required = Rule { name: "required".into(), expected: "must not be null".into(), columns: vec![0], test: Test::Required };
/// let test = Test::Unique { all: false, nulls: Nulls::Exempt };
/// let unique = Rule { name: "unique".into(), expected: "must not come twice".into(), columns: vec![0], test };
/// let rejects = Arc::new(Rejects::new(None));
/// let validation = Validation::new(scan, vec![required, unique], &rejects)?;
/// assert_eq!(validation.read(Vec::new(), None)?.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 3);
/// let outcome = validation.finish(|| true)?;
/// assert_eq!((outcome.rows, outcome.bad.len(), outcome.broken), (3, 2, vec![1, 1]));
/// let found = rejects.scan(0).unwrap();
/// assert_eq!(found.iter().map(|reject| reject.issue.position.line).collect::<Vec<_>>(), [3, 4]);
/// # Ok::<(), fast_csv::Error>(())
/// ```
#[derive(Debug)]
pub struct Validation {
    scan: Scan,
    gatherer: Arc<Gatherer>,
    collector: Collector,
}

/// What a validation came to; the violations are among the rejects.
#[derive(Debug)]
pub struct Outcome {
    /// The rows read.
    pub rows: u64,
    /// Those with a violation, a broken cell or a broken structure that no option accepts.
    pub bad: RowSet,
    /// How many cells or records break each rule, which its name and column may not tell from another one.
    pub broken: Vec<u64>,
    /// A few values of each column.
    pub samples: Vec<Sample>,
}

impl Validation {
    /// Begins a scan of `rejects`. The scan should null what it cannot read.
    ///
    /// # Errors
    ///
    /// A rule does not suit its columns.
    pub fn new(scan: Scan, rules: Vec<Rule>, rejects: &Arc<Rejects>) -> Result<Validation> {
        let schema = scan.schema();
        rules.iter().try_for_each(|rule| rule.check(&schema))?;
        let name = |rule: &Rule| match rule.columns[..] {
            [column] if scan.is_of_source(column) => Some(schema.field(column).name().clone()),
            _ => None,
        };
        let names = Arc::new(rules.iter().map(name).collect());
        let gatherer = Arc::new(Gatherer::new(Arc::new(rules), names));
        Ok(Validation { scan, gatherer, collector: Collector::new(Arc::clone(rejects)) })
    }

    /// The columns of the scan.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.scan.schema()
    }

    /// Opens the one pass, which has to be read to its end; `projection` says which columns its batches hold, and `meter` is
    /// moved on by it.
    ///
    /// # Errors
    ///
    /// As for [`Scan::read`].
    pub fn read(&self, projection: Vec<usize>, meter: Option<Arc<Meter>>) -> Result<Batches> {
        let judging = Judging {
            judge: Arc::clone(&self.gatherer) as _,
            columns: (0..self.scan.schema().fields().len()).collect(),
            collector: self.collector.clone(),
            locates: false,
        };
        self.scan.read(Request { projection: Some(projection), judging: Some(judging), meter, ..Request::default() })
    }

    /// Says that rows of the pass break a rule.
    pub fn note(&self, rule: usize, rows: impl IntoIterator<Item = u64>) {
        let mut state = self.gatherer.state();
        rows.into_iter().for_each(|row| state.late[rule].insert(row));
    }

    /// Settles what takes more than one row, once the pass has been read. `goes_on` is asked now and then.
    ///
    /// # Errors
    ///
    /// A source cannot be read again, or a temporary file not at all; [`Cancelled`](crate::ErrorKind::Cancelled) where it is
    /// not to go on.
    pub fn finish(&self, mut goes_on: impl FnMut() -> bool) -> Result<Outcome> {
        let (across, mut late, rows, mut bad, samples) = {
            let mut state = self.gatherer.state();
            let (across, late) = (std::mem::take(&mut state.rules), std::mem::take(&mut state.late));
            let samples = std::mem::take(&mut state.samples);
            (across, late, state.rows, std::mem::take(&mut state.bad), samples)
        };
        for (number, across) in across.into_iter().enumerate() {
            match across {
                Across::Keys(keys) => self.repeated(number, keys, &mut late[number], &mut bad, &mut goes_on)?,
                Across::References(own, others) => dangling(own, others, &*self.scan.pool()?, &mut late[number])?,
                Across::Nothing | Across::Order(..) => {}
            }
        }
        let known = late.into_iter().enumerate().filter(|(_, rows)| !rows.is_empty());
        let known: Vec<_> = known.map(|(number, rows)| (number, rows, Look::Place)).collect();
        if !known.is_empty() {
            self.look(known, &Arc::default(), &mut bad, &mut goes_on)?;
        }
        Ok(Outcome { rows, bad, broken: self.collector.broken(self.gatherer.rules.len()), samples })
    }

    /// Finds the rows of equal keys: where a key is a value they are `known` to break the rule; those that share a hash are
    /// looked at, round by round.
    fn repeated(
        &self,
        number: usize,
        keys: Hashes,
        known: &mut RowSet,
        bad: &mut RowSet,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<()> {
        let all = matches!(self.gatherer.rules[number].test, Test::Unique { all: true, .. });
        let (mut rows, mut groups) = (RowSet::default(), 0);
        let mut round = |rows: &mut RowSet| {
            let (progress, rows) = (Arc::default(), std::mem::take(rows));
            if all {
                self.look(vec![(number, rows.clone(), Look::Count)], &progress, bad, goes_on)?;
            }
            let look = if all { Look::Counted } else { Look::Repeated };
            self.look(vec![(number, rows, look)], &progress, bad, goes_on)
        };
        keys.shared(&*self.scan.pool()?, |entries| {
            for group in unique::groups(entries) {
                if group.iter().all(Entry::is_value) {
                    group[usize::from(!all)..].iter().for_each(|entry| known.insert(entry.row()));
                    continue;
                }
                group.iter().for_each(|entry| rows.insert(entry.row()));
                groups += 1;
                if groups == MOST_GROUPS {
                    groups = 0;
                    round(&mut rows)?;
                }
            }
            Ok(())
        })?;
        if groups > 0 { round(&mut rows) } else { Ok(()) }
    }

    /// Goes to some rows again, in file order.
    fn look(
        &self,
        looks: Vec<(usize, RowSet, Look)>,
        progress: &Arc<Mutex<Progress>>,
        bad: &mut RowSet,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<()> {
        let rules = Arc::clone(&self.gatherer.rules);
        let mut columns: Vec<usize> = looks.iter().flat_map(|(rule, ..)| rules[*rule].columns.clone()).collect();
        columns.sort_unstable();
        columns.dedup();
        if columns.iter().all(|&column| self.scan.is_of_source(column)) {
            // A record is placed by one of its fields.
            let of_file = (0..self.scan.schema().fields().len()).find(|&column| !self.scan.is_of_source(column));
            columns.push(of_file.unwrap_or(0));
        }
        let locator = Locator {
            rules,
            names: Arc::clone(&self.gatherer.names),
            columns: columns.clone(),
            looks: Arc::new(looks),
            progress: Arc::clone(progress),
        };
        let judging = Judging { judge: Arc::new(locator), columns, collector: self.collector.clone(), locates: true };
        let request = Request { projection: Some(Vec::new()), judging: Some(judging), ..Request::default() };
        let mut batches = self.scan.read(request)?;
        loop {
            match batches.next_within(PATIENCE)? {
                Step::Done => break,
                Step::Batch(_) | Step::Pending if goes_on() => {}
                Step::Batch(_) | Step::Pending => return Err(crate::ErrorKind::Cancelled.into()),
            }
        }
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        let found = std::mem::take(&mut progress.bad);
        found.within(0..u64::MAX).for_each(|row| bad.insert(row));
        Ok(())
    }
}

/// The rows whose key is none of the others: equal values have equal keys, so that these are surely missing there.
fn dangling(own: Hashes, others: Hashes, pool: &ThreadPool, rows: &mut RowSet) -> Result<()> {
    own.beside(others, pool, |own, others| {
        let mut at = 0;
        for entry in own {
            while others.get(at).is_some_and(|other| other.key() < entry.key()) {
                at += 1;
            }
            if others.get(at).is_none_or(|other| other.key() != entry.key()) {
                rows.insert(entry.row());
            }
        }
        Ok(())
    })
}
