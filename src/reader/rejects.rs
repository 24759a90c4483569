//! What reads refused without failing: cells and records with their place, what was expected, and what became of them.

use super::faults::{self, Base};
use super::issue::{Action, Issue, Kind};
use super::layout::Layout;
use crate::error::{Code, CsvIssue};
use crate::source::Input;
use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringViewArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Collects what reads refuse. One may serve many reads, each of which is kept apart as a scan, numbered from 0 in the order in
/// which they began.
///
/// ```
/// # use fast_csv::{OnError, ReaderBuilder, Rejects, Request, Source};
/// # use std::sync::Arc;
/// let bytes = Source::Bytes(Arc::new("a,b\n1,x\n2\n"));
/// let scan = ReaderBuilder::new().resolve(vec![bytes])?;
/// let rejects = Arc::new(Rejects::new(None));
/// let request = Request { rejects: Some(Arc::clone(&rejects)), ..Request::default() };
/// assert_eq!(scan.read(request)?.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 2);
/// let padded = &rejects.scan(0).unwrap()[0];
/// assert_eq!((padded.issue.position.line, padded.action.as_str()), (3, "pad"));
/// # Ok::<(), fast_csv::Error>(())
/// ```
#[derive(Debug)]
pub struct Rejects {
    limit: Option<usize>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    scans: Vec<Scan>,
    /// The scans begun so far, those that are forgotten included.
    begun: u64,
}

/// What one read refused.
#[derive(Debug, Default)]
struct Scan {
    number: u64,
    rejects: Vec<Reject>,
    /// All of them, those beyond the limit included, by the source's number and kind.
    counts: BTreeMap<(usize, Kind), Counted>,
}

#[derive(Debug)]
struct Counted {
    file: Option<String>,
    column_name: Option<String>,
    rule: Option<String>,
    count: u64,
}

/// A cell or record that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Which source it is of, counted from 0.
    pub source: usize,
    /// What is wrong, and where.
    pub issue: CsvIssue,
    /// The record's bytes as text, invalid UTF-8 replaced.
    pub raw: String,
    /// Whether `raw` or the value is only the beginning.
    pub truncated: bool,
    /// What became of it.
    pub action: Action,
}

/// How many cells or records of one file, column, code and rule were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The file, where the source is one.
    pub file: Option<String>,
    /// The column's name, where a cell is at fault.
    pub column_name: Option<String>,
    /// What is wrong.
    pub code: Code,
    /// The rule that is broken, if one is.
    pub rule: Option<String>,
    /// How many.
    pub count: u64,
}

impl Rejects {
    /// An empty collection that keeps at most `limit` rejects of each scan; what comes behind is only counted.
    #[must_use]
    pub fn new(limit: Option<usize>) -> Rejects {
        Rejects { limit, inner: Mutex::default() }
    }

    /// The most rejects of a scan that are kept.
    #[must_use]
    pub fn limit(&self) -> Option<usize> {
        self.limit
    }

    /// The number of scans.
    #[must_use]
    pub fn scans(&self) -> usize {
        self.lock().scans.len()
    }

    /// The rejects of a scan in the order of its sources and their records; `None` where there is no such scan.
    #[must_use]
    pub fn scan(&self, scan: usize) -> Option<Vec<Reject>> {
        let mut rejects = self.lock().scans.get(scan)?.rejects.clone();
        rejects.sort_by_key(|reject| (reject.source, reject.issue.position.record, reject.issue.position.byte));
        Some(rejects)
    }

    /// How many a scan refused, exactly, by file, column, code and rule.
    #[must_use]
    pub fn summary(&self, scan: usize) -> Option<Vec<Summary>> {
        let inner = self.lock();
        let counts = inner.scans.get(scan)?.counts.iter();
        Some(
            counts
                .map(|((_, (_, code, _)), counted)| Summary {
                    file: counted.file.clone(),
                    column_name: counted.column_name.clone(),
                    code: *code,
                    rule: counted.rule.clone(),
                    count: counted.count,
                })
                .collect(),
        )
    }

    /// Forgets every scan; what one that is under way refuses from now on is kept.
    pub fn clear(&self) {
        self.lock().scans.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The part of a collection that one read fills.
#[derive(Clone, Debug)]
pub struct Collector {
    rejects: Arc<Rejects>,
    number: u64,
}

impl Collector {
    /// Begins a scan.
    #[must_use]
    pub fn new(rejects: Arc<Rejects>) -> Collector {
        let mut inner = rejects.lock();
        let number = inner.begun;
        inner.begun += 1;
        inner.scans.push(Scan { number, ..Scan::default() });
        drop(inner);
        Collector { rejects, number }
    }

    /// The most rejects that are kept.
    pub(super) fn limit(&self) -> usize {
        self.rejects.limit.unwrap_or(usize::MAX)
    }

    /// Adds what a verified task found.
    pub(super) fn add(
        &self,
        layout: &Layout,
        (source, input): (usize, &Input),
        base: Base,
        found: Vec<Issue>,
        counts: &BTreeMap<Kind, u64>,
    ) {
        if counts.is_empty() {
            return;
        }
        let rejects: Vec<Reject> = found.into_iter().map(|issue| reject(layout, source, input, base, issue)).collect();
        let mut inner = self.rejects.lock();
        let known = inner.scans.iter().position(|scan| scan.number == self.number);
        let at = known.unwrap_or_else(|| {
            inner.scans.push(Scan { number: self.number, ..Scan::default() });
            inner.scans.len() - 1
        });
        let scan = &mut inner.scans[at];
        let room = self.limit() - scan.rejects.len().min(self.limit());
        scan.rejects.extend(rejects.into_iter().take(room));
        for (kind @ (column, _, rule), count) in counts {
            let told = layout.judging.as_ref().zip(*rule).map(|(judging, rule)| judging.judge.told(rule));
            let counted = scan.counts.entry((source, *kind)).or_insert_with(|| Counted {
                file: input.name().map(str::to_owned),
                column_name: match column {
                    Some(column) => layout.names.get(*column).cloned(),
                    None => told.and_then(|told| told.column).map(str::to_owned),
                },
                rule: told.map(|told| told.name.into()),
                count: 0,
            });
            counted.count += count;
        }
    }

    /// How many cells and records break each of so many rules, by the numbers of their judge.
    pub(crate) fn broken(&self, rules: usize) -> Vec<u64> {
        let mut broken = vec![0; rules];
        let inner = self.rejects.lock();
        let counts = inner.scans.iter().filter(|scan| scan.number == self.number).flat_map(|scan| &scan.counts);
        for ((_, (_, _, rule)), counted) in counts {
            if let Some(rule) = *rule {
                broken[rule] += counted.count;
            }
        }
        broken
    }
}

fn reject(layout: &Layout, source: usize, input: &Input, base: Base, issue: Issue) -> Reject {
    Reject {
        source,
        issue: faults::tell(layout, input, base, &issue),
        raw: String::from_utf8_lossy(&issue.whole).into_owned(),
        truncated: issue.truncated,
        action: match issue.action {
            // What a judge finds bad is not among the good rows.
            action if layout.judging.is_some() && !layout.accepts(issue.code) && action != Action::Drop => Action::Skip,
            action => action,
        },
    }
}

/// The number of the column, where one is at fault.
fn column_number(reject: &Reject) -> Option<u64> {
    Some(reject.issue.position.column as u64).filter(|&column| column > 0)
}

/// The rejects as the columns `file, record, line, byte, column, column_name, code, rule, value, expected, raw, truncated,
/// action`.
#[must_use]
pub fn to_batch(rejects: &[Reject]) -> RecordBatch {
    let texts = |text: &dyn Fn(&Reject) -> Option<String>| -> ArrayRef {
        Arc::new(rejects.iter().map(text).collect::<StringViewArray>())
    };
    let numbers = |number: &dyn Fn(&CsvIssue) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(rejects.iter().map(|reject| number(&reject.issue))))
    };
    let columns: Vec<(&str, DataType, ArrayRef)> = vec![
        ("file", DataType::Utf8View, texts(&|reject| reject.issue.file.clone())),
        ("record", DataType::UInt64, numbers(&|issue| issue.position.record)),
        ("line", DataType::UInt64, numbers(&|issue| issue.position.line)),
        ("byte", DataType::UInt64, numbers(&|issue| issue.position.byte)),
        ("column", DataType::UInt64, Arc::new(rejects.iter().map(column_number).collect::<UInt64Array>())),
        ("column_name", DataType::Utf8View, texts(&|reject| reject.issue.column_name.clone())),
        ("code", DataType::Utf8View, texts(&|reject| Some(reject.issue.code.as_str().into()))),
        ("rule", DataType::Utf8View, texts(&|reject| reject.issue.rule.as_deref().map(str::to_owned))),
        ("value", DataType::Utf8View, texts(&|reject| reject.issue.value.clone())),
        ("expected", DataType::Utf8View, texts(&|reject| Some(reject.issue.expected.clone()))),
        ("raw", DataType::Utf8View, texts(&|reject| Some(reject.raw.clone()))),
        (
            "truncated",
            DataType::Boolean,
            Arc::new(BooleanArray::from(rejects.iter().map(|reject| reject.truncated).collect::<Vec<_>>())),
        ),
        ("action", DataType::Utf8View, texts(&|reject| Some(reject.action.as_str().into()))),
    ];
    let fields: Vec<Field> =
        columns.iter().map(|(name, data_type, _)| Field::new(*name, data_type.clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, _, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("every column has one value a reject")
}
