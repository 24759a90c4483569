//! A profile: what there is in each column, computed in the threads that decode, in one pass and in bounded memory.
//!
//! In comes a [`Scan`], out goes a [`Profile`]. The rows are never handed on: each piece of them leaves what is kept of its
//! columns, some kilobytes each, and these are joined in the order of the file, so that the profile does not depend on the
//! number of threads.
//!
//! # What is exact, and how far off the rest is
//!
//! Counts, nulls, extremes and lengths are exact. Means and deviations are what exact arithmetic gives within a relative error
//! of 10^-12, the deviation's of the greater of itself and the mean times 10^-15. While a column has few distinct
//! values (4096 in a small file, some hundred in each piece of a large one) their number, the quantiles, the histogram and the
//! common values are exact too, and [`is_exact`](ColumnProfile::is_exact) says so. Otherwise
//!
//! * the number of distinct values has a standard error of 1.15% (HyperLogLog);
//! * a quantile is a value whose rank is within 1% of the count of the one asked for, and of millions of values nearly always within 0.3%
//!   (KLL over a sample of one row in up to 32); the same holds for the sums of a histogram's counts up to an edge;
//! * the values that make up at least one in 200 are common, with counts that the same sample suggests.

mod column;
mod dense;
mod distinct;
mod extent;
mod key;
mod moments;
mod numbers;
mod quantiles;
mod ranked;
mod repeats;
mod sample;
mod sorting;
mod table;
mod tally;
mod texts;
mod thinning;
mod vocabulary;
mod words;

use crate::error::Result;
use crate::reader::{Fold, Folding, Next, Piece, Request, Scan};
use crate::scan::Backend;
use arrow::array::ArrayRef;
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use column::{Column, Seen};
use distinct::Spared;
use numbers::{Context, Room};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The quantiles of a profile, as shares of a column's values.
pub const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
/// The common values of a column at most.
const MOST_COMMON: usize = 10;
/// After how many parts the threads hear what is known: to look through it costs something, and it changes little.
const TELLS_EVERY: usize = 4;
/// The columns that are worth a thread of their own when all is read.
const LEAST_SHARE: usize = 64;

/// What there is in the columns of a scan.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The rows that were read.
    pub rows: u64,
    /// The columns, in the order of the read.
    pub columns: Vec<ColumnProfile>,
}

/// What there is in a column.
#[derive(Clone, Debug)]
pub struct ColumnProfile {
    /// Its name and its type, which is that of the arrays below; of words of a dictionary these are texts, and of a type whose
    /// values are only counted they hold nothing but nulls.
    pub field: FieldRef,
    /// The values that are not null.
    pub count: u64,
    /// The nulls.
    pub nulls: u64,
    /// The distinct values, nulls left out; `None` for a type whose values are only counted.
    pub distinct: Option<u64>,
    /// Whether the distinct values, the quantiles, the common values and the histogram are exact; otherwise they are estimates.
    pub is_exact: bool,
    /// The mean of numbers; of booleans, the share of those that are true.
    pub mean: Option<f64>,
    /// The standard deviation of numbers and of booleans as zero and one, with one degree of freedom less than values.
    pub deviation: Option<f64>,
    /// The least and the greatest value, NaN left out. A text of more than 1024 bytes is cut and ends with three dots.
    pub extremes: ArrayRef,
    /// The values nearest to the [`QUANTILES`], of what has an order and is neither text nor boolean; NaN comes last.
    pub quantiles: ArrayRef,
    /// The lengths of the shortest and the longest text, in characters.
    pub lengths: Option<(u64, u64)>,
    /// The most common values, the most common first.
    pub common: ArrayRef,
    /// How often each of these stands in the column.
    pub common_counts: Vec<u64>,
    /// Where the values lie, of what has an order and is neither text nor boolean.
    pub histogram: Option<Histogram>,
}

/// Where the values of a column lie.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// The edges of the bins, one more than there are bins.
    pub edges: ArrayRef,
    /// The values at the lower edge of each bin or above and below its upper edge, which the last bin takes in.
    pub counts: Vec<u64>,
}

/// A profile that is being made.
///
/// ```
/// use fast_csv::profile::Profiling;
/// use fast_csv::{ReaderBuilder, Request, Source};
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// let bytes = Source::Bytes(Arc::new("price,side\n1.5,buy\n2.5,sell\n,buy\n"));
/// let scan = ReaderBuilder::new().resolve(vec![bytes])?;
/// let mut profiling = Profiling::new(&scan, Request::default())?;
/// let profile = loop {
///     if let Some(profile) = profiling.next_within(Duration::from_secs(1))? {
///         break profile;
///     }
/// };
/// let price = &profile.columns[0];
/// assert_eq!((price.count, price.nulls, price.mean), (2, 1, Some(2.0)));
/// assert_eq!(profile.columns[1].common_counts, [2, 1]);
/// # Ok::<(), fast_csv::Error>(())
/// ```
pub struct Profiling {
    folding: Folding<Profiler>,
    profiler: Arc<Profiler>,
    columns: Vec<Column>,
    rows: u64,
    parts: usize,
}

impl Profiling {
    /// Begins a pass over what `request` wants of `scan`.
    ///
    /// # Errors
    ///
    /// As [`Scan::fold`].
    pub fn new(scan: &Scan, request: Request) -> Result<Profiling> {
        let schema: SchemaRef = match &request.projection {
            None => scan.schema(),
            // A column that is not there is told by the pass.
            Some(places) => Arc::new(scan.schema().project(places).unwrap_or_else(|_| Schema::empty())),
        };
        let columns: Vec<Column> = schema.fields().iter().map(Column::new).collect();
        let profiler = Arc::new(Profiler {
            spared: columns.iter().map(|_| AtomicU64::default()).collect(),
            largest: Piece::largest(columns.len()),
        });
        let folding = scan.fold(request, Arc::clone(&profiler))?;
        Ok(Profiling { folding, profiler, columns, rows: 0, parts: 0 })
    }

    /// Goes on, no longer than `patience` and one task; gives the profile once the pass is over, and nothing after that.
    ///
    /// # Errors
    ///
    /// The first fault of the data in file order, or a failure of a source.
    pub fn next_within(&mut self, patience: Duration) -> Result<Option<Profile>> {
        match self.folding.next_within(patience)? {
            Next::Pending => Ok(None),
            Next::Part(part) => {
                self.rows += part.rows as u64;
                for (place, seen) in part.state.into_iter().enumerate() {
                    self.columns[place].merge(seen);
                    if self.parts.is_multiple_of(TELLS_EVERY) {
                        let Spared(bits) = self.columns[place].spared();
                        self.profiler.spared[place].store(bits, Ordering::Relaxed);
                    }
                }
                self.parts += 1;
                Ok(None)
            }
            Next::Done => {
                let columns = std::mem::take(&mut self.columns);
                Ok(Some(Profile { rows: self.rows, columns: finished(columns, self.folding.threads()) }))
            }
        }
    }

    /// The bytes of the input that were read so far.
    pub fn bytes_read(&self) -> u64 {
        self.folding.bytes_read()
    }

    /// The cells that were decoded so far.
    pub fn cells_decoded(&self) -> u64 {
        self.folding.cells_decoded()
    }
}

/// What columns come to; where they are many they are shared out.
fn finished(mut columns: Vec<Column>, threads: usize) -> Vec<ColumnProfile> {
    let share = columns.len().div_ceil(threads.max(1)).max(LEAST_SHARE);
    let finish = |columns: Vec<Column>| columns.into_iter().map(Column::finish).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let mut others = Vec::new();
        while columns.len() > share {
            let last = columns.split_off((columns.len() - 1) / share * share);
            others.push(scope.spawn(move || finish(last)));
        }
        let mut all = finish(columns);
        for other in others.into_iter().rev() {
            all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    })
}

/// Makes of each piece what is kept of its columns.
struct Profiler {
    /// Which hashes cannot matter any more, by those of all pieces so far and by column. A piece that passes over them is joined
    /// with those pieces, and so all comes to the same in the end.
    spared: Vec<AtomicU64>,
    /// The bytes of the largest pieces.
    largest: u64,
}

impl Fold for Profiler {
    type State = Vec<Seen>;

    fn map(&self, piece: &Piece<'_>) -> Result<Vec<Seen>> {
        let backend = Backend::detect();
        let mut room = Room::default();
        let columns = piece.batch.columns().iter().zip(&self.spared).enumerate();
        let seen = columns.map(|(place, (array, spared))| {
            let spared = Spared(spared.load(Ordering::Relaxed));
            let seed = piece.begin ^ (place as u64) << 48;
            let context = Context { begin: piece.begin, piece: self.largest, backend, seed, spared };
            Seen::of(array, piece.batch.schema_ref().field(place), context, &mut room)
        });
        seen.collect()
    }
}
