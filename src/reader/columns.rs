//! The columns of a task, which grow window by window.
//!
//! Without a filter each column is one loop over all rows of a window. With one, the filter's columns come first and every
//! other column is decoded for the rows that they leave, from the same index: a field that nobody asked for costs its
//! delimiter.

use super::attention::To;
use super::filter::Left;
use super::judge::{Judgement, Violation};
use super::layout::Layout;
use crate::decode::{Cause, Decoder, Window};
use crate::error::{Code, Result};
use crate::schema::{Column, Observer, Seen};
use crate::tokenize::fields::{Absent, Chosen, Fields, Listed, Regular, Span};
use crate::tokenize::index::Index;
use crate::tokenize::unescape;
use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::DataType;
use std::collections::HashSet;
use std::ops::Range;

/// Where fewer than one row in so many is left, its texts are checked one by one and not with the whole window.
const FEW: usize = 8;

/// The fields of some records of a window, column by column.
pub(super) struct View<'a> {
    pub(super) layout: &'a Layout,
    pub(super) data: &'a [u8],
    pub(super) index: &'a Index,
    /// The wanted columns' fields, where the window is not `regular`.
    pub(super) spans: &'a [Span],
    pub(super) regular: bool,
    pub(super) records: Range<usize>,
}

/// What a view holds that is not as it should be.
#[derive(Default)]
pub(super) struct Found {
    pub(super) broken: Vec<Broken>,
    /// Of rules, their columns numbered by the layout's places.
    pub(super) violations: Vec<Violation>,
}

/// A cell that cannot be read.
pub(super) struct Broken {
    /// The place of its column in the layout.
    pub(super) place: usize,
    /// Its row among those of the view.
    pub(super) row: usize,
    /// Its row among those that were decoded.
    at: usize,
    pub(super) cause: Cause,
    pub(super) span: Span,
}

/// The cells of one column of a view.
enum Cells<'a> {
    Absent(Absent),
    Regular(Regular<'a>),
    Listed(Listed<'a>),
}

impl<'a> View<'a> {
    pub(super) fn rows(&self) -> usize {
        self.records.len()
    }

    /// Where the cell of a row lies.
    pub(super) fn span(&self, place: usize, row: usize) -> Span {
        let (layout, records) = (self.layout, &self.records);
        let column = layout.wanted[place];
        if column == Column::ABSENT {
            Span::MISSING
        } else if self.regular {
            let ends = &self.index.ends[records.start * layout.fields..];
            let trim = self.index.carriage && column + 1 == layout.fields;
            Regular::new(self.data, ends, layout.fields, column, records.len(), trim).span(row)
        } else {
            self.spans[(records.start + row) * layout.wanted.len() + place]
        }
    }

    fn window(&self, utf8: bool) -> Window<'a> {
        let met = self.index.met;
        Window { data: self.data, quotes: met.quotes, doubled: met.doubled, escapes: met.escapes, utf8 }
    }

    fn is_utf8(&self) -> bool {
        simdutf8::basic::from_utf8(&self.data[..self.index.next]).is_ok()
    }

    /// Decodes the column at `place`: all rows, or the `kept` ones. Adds its cells that cannot be read to `broken`; gives the
    /// row of the one that ended the decoding.
    pub(super) fn decode(
        &self,
        decoder: &mut Decoder,
        window: &Window<'_>,
        place: usize,
        kept: Option<&[u32]>,
        broken: &mut Vec<Broken>,
    ) -> Option<usize> {
        match self.column(place) {
            Cells::Absent(fields) => extend(decoder, window, place, fields, kept, broken),
            Cells::Regular(fields) => extend(decoder, window, place, fields, kept, broken),
            Cells::Listed(fields) => extend(decoder, window, place, fields, kept, broken),
        }
    }

    /// Adds what the column at `place` holds to what was seen of it.
    fn observe(&self, observer: &Observer, place: usize, seen: &mut Seen, scratch: &mut Vec<u8>) {
        match self.column(place) {
            Cells::Absent(_) => {}
            Cells::Regular(fields) => observer.observe(seen, self.data, fields, scratch),
            Cells::Listed(fields) => observer.observe(seen, self.data, fields, scratch),
        }
    }

    /// Where the cells of the column at `place` lie.
    fn column(&self, place: usize) -> Cells<'a> {
        let (layout, records) = (self.layout, &self.records);
        let column = layout.wanted[place];
        if column == Column::ABSENT {
            Cells::Absent(Absent(records.len()))
        } else if self.regular {
            let ends = &self.index.ends[records.start * layout.fields..];
            let trim = self.index.carriage && column + 1 == layout.fields;
            Cells::Regular(Regular::new(self.data, ends, layout.fields, column, records.len(), trim))
        } else {
            let width = layout.wanted.len();
            let spans = &self.spans[records.start * width..records.end * width];
            Cells::Listed(Listed::new(spans, width, place))
        }
    }
}

fn extend<F: Fields>(
    decoder: &mut Decoder,
    window: &Window<'_>,
    place: usize,
    fields: F,
    kept: Option<&[u32]>,
    broken: &mut Vec<Broken>,
) -> Option<usize> {
    let before = decoder.len();
    let decoded = match kept {
        None => decoder.extend(window, fields),
        Some(rows) => decoder.extend(window, Chosen::new(fields, rows)),
    };
    let mut note = |at: usize, cause: Cause| {
        let row = kept.map_or(at, |rows| rows[at] as usize);
        broken.push(Broken { place, row, at, cause, span: fields.span(row) });
        row
    };
    for refused in decoder.take_refused() {
        note(refused.row - before, refused.cause);
    }
    decoded.err().map(|failure| note(failure.row, failure.cause))
}

/// The decoders of the columns that are handed on, and what they have taken.
pub(super) struct Columns<'a> {
    layout: &'a Layout,
    source: usize,
    decoders: Vec<Decoder>,
    /// Rows seen and rows left.
    seen: usize,
    rows: usize,
    /// The rows that were left, counted among those seen; `None` without a filter.
    kept: Option<Vec<u32>>,
    cells: u64,
    /// What each column was found to hold beside values of its type, where that widens it; all that it holds, where it is only
    /// looked at.
    misfits: Vec<Seen>,
    scratch: Vec<u8>,
    judgement: Option<Box<dyn Judgement>>,
}

/// What the columns came to.
pub(super) struct Finished {
    pub(super) arrays: Vec<ArrayRef>,
    pub(super) rows: usize,
    pub(super) kept: Option<Vec<u32>>,
    pub(super) misfits: Vec<Seen>,
    pub(super) judgement: Option<Box<dyn Judgement>>,
}

impl<'a> Columns<'a> {
    /// `first_row` is the number of the first row in the scan, and `source` that of the source, for a judge.
    pub(super) fn new(layout: &'a Layout, source: usize, first_row: u64) -> Columns<'a> {
        let filters = layout.filter.as_ref().is_some_and(|filter| filter.test.is_some());
        let judgement = layout.judging.as_ref().map(|judging| judging.judge.begin(first_row));
        Columns {
            layout,
            source,
            decoders: Vec::new(),
            seen: 0,
            rows: 0,
            kept: filters.then(Vec::new),
            cells: 0,
            misfits: vec![Seen::default(); layout.noted()],
            scratch: Vec::new(),
            judgement,
        }
    }

    /// Cells that were decoded, those of the filter included.
    pub(super) fn cells(&self) -> u64 {
        self.cells
    }

    /// Decodes the records of a view; gives what a judge says of them and the cells that cannot be read, of each column the first one that ends the read, or
    /// all that became null or have their row skipped. `expected` records are to come in all, these included.
    pub(super) fn extend(&mut self, view: &View<'_>, expected: usize) -> Result<Found> {
        let layout = self.layout;
        let (mut broken, mut violations) = (Vec::new(), Vec::new());
        let rows = view.rows();
        if let Some(observers) = &layout.observers {
            for (place, (observer, seen)) in observers.iter().zip(&mut self.misfits).enumerate() {
                view.observe(observer, place, seen, &mut self.scratch);
            }
            return Ok(Found::default());
        }
        let mut utf8 = None;
        let mut left = Left::All;
        let skips = layout.leaves_out(Code::Cast);
        if let Some(filter) = &layout.filter {
            utf8 = filter.has_text.then(|| view.is_utf8());
            let source = self.source;
            let judged = self.judgement.as_deref_mut().map(|judgement| (judgement, &mut violations, source));
            left = filter.sift(view, &view.window(utf8.unwrap_or(true)), skips, &mut broken, judged)?;
            self.cells += (filter.specs.len() * rows) as u64;
        }
        let kept = match &left {
            Left::All => None,
            Left::Rows(rows) => Some(rows.as_slice()),
        };
        let taken = kept.map_or(rows, <[u32]>::len);
        if taken > 0 && self.decoders.is_empty() {
            let expected = (expected as u128 * taken as u128 / rows as u128) as usize;
            self.decoders = layout.specs.iter().map(|spec| Decoder::new(spec, expected)).collect();
            self.note_unusual();
        }
        let mut late = Vec::new();
        if taken > 0 {
            let checks_whole = layout.has_text && utf8.is_none() && taken * FEW >= rows;
            let window = view.window(utf8.unwrap_or_else(|| !layout.has_text || (checks_whole && view.is_utf8())));
            for (place, decoder) in self.decoders.iter_mut().enumerate() {
                let becomes_text = self.misfits.get(place).is_some_and(|misfits| misfits.is_text());
                if becomes_text && layout.specs[place].data_type != DataType::Utf8View {
                    // The column becomes text, whatever else it holds: what is decoded of it is thrown away.
                    continue;
                }
                let before = decoder.len();
                view.decode(decoder, &window, place, kept, &mut late);
                let Some(Some(attention)) = layout.attention.get(place) else { continue };
                let found = &mut self.misfits[place];
                match attention.to {
                    To::All => view.observe(&attention.observer, place, found, &mut self.scratch),
                    To::Unusual => decoder.take_unusual().into_iter().for_each(|row| {
                        let Span { start, end } = view.span(place, row - before);
                        attention.add(found, &view.data[start as usize..end as usize], &mut self.scratch);
                    }),
                }
            }
            self.cells += (self.decoders.len() * taken) as u64;
        }
        if layout.widens {
            late.retain(|broken| !self.widen(view, broken));
        }
        let mut gaps = Vec::new();
        if skips {
            gaps.extend(late.iter().map(|broken: &Broken| broken.at));
            gaps.sort_unstable();
            gaps.dedup();
            self.remove(taken, &gaps);
        }
        self.note_kept(rows, kept, &gaps);
        self.rows += taken - gaps.len();
        self.seen += rows;
        // A cell of the filter that is also wanted has been told already.
        broken.extend(late.into_iter().filter(|broken| !layout.filter_looks_at(layout.wanted[broken.place])));
        if let (Some(judging), Some(filter)) = (&layout.judging, &layout.filter) {
            settle(layout, filter.first, judging.locates, &mut broken, &mut violations);
        }
        Ok(Found { broken, violations })
    }

    /// Has the decoders note what their columns' types may depend on.
    fn note_unusual(&mut self) {
        for (decoder, attention) in self.decoders.iter_mut().zip(self.layout.attention.iter()) {
            if attention.as_ref().is_some_and(|attention| attention.to == To::Unusual) {
                decoder.note_unusual();
            }
        }
    }

    /// Takes note of a cell that does not fit the type that a sample named; says whether it is one.
    fn widen(&mut self, view: &View<'_>, broken: &Broken) -> bool {
        let guess = self.layout.guesses[broken.place].as_ref();
        let (Some(guess), Some(misfits)) = (guess, self.misfits.get_mut(broken.place)) else { return false };
        let raw = &view.data[broken.span.start as usize..broken.span.end as usize];
        if let Some(Some(attention)) = self.layout.attention.get(broken.place) {
            let mut found = Seen::default();
            attention.add(&mut found, raw, &mut self.scratch);
            misfits.join(found);
            // A value that no wider type would hold is a fault all the same.
            return found != Seen::default();
        }
        let dialect = &self.layout.options.dialect;
        let value = unescape::text(raw, dialect.quote, dialect.escape, &mut self.scratch);
        misfits.add(value, &guess.look);
        true
    }

    /// Leaves the first `most` rows; where there are as many, gives the last of them as a row of the view, which had `seen` of
    /// them and no filter. `broken` are the cells for which rows of the view went.
    pub(super) fn cut(&mut self, seen: usize, most: u64, broken: &[Broken]) -> Option<usize> {
        let surplus = self.rows.checked_sub(usize::try_from(most).ok()?)?;
        let gone: HashSet<usize> = broken.iter().map(|broken| broken.row).collect();
        let mut left = (0..seen).rev().filter(|row| !gone.contains(row));
        for decoder in &mut self.decoders {
            let rows = decoder.len();
            decoder.remove(&(rows - surplus..rows).collect::<Vec<_>>());
        }
        self.rows -= surplus;
        left.nth(surplus)
    }

    /// The rows so far.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Takes rows out of the `taken` last ones of every column.
    fn remove(&mut self, taken: usize, gaps: &[usize]) {
        if gaps.is_empty() {
            return;
        }
        for decoder in &mut self.decoders {
            let before = decoder.len() - taken;
            decoder.remove(&gaps.iter().map(|gap| before + gap).collect::<Vec<_>>());
        }
    }

    fn note_kept(&mut self, rows: usize, kept: Option<&[u32]>, gaps: &[usize]) {
        let Some(known) = &mut self.kept else { return };
        let seen = self.seen as u32;
        let is_left = |at: &usize| gaps.binary_search(at).is_err();
        match kept {
            Some(kept) => known.extend((0..kept.len()).filter(is_left).map(|at| seen + kept[at])),
            None => known.extend((0..rows).filter(is_left).map(|at| seen + at as u32)),
        }
    }

    /// The arrays of all rows.
    pub(super) fn finish(self) -> Finished {
        let mut decoders = self.decoders;
        if decoders.is_empty() {
            decoders = self.layout.specs.iter().map(|spec| Decoder::new(spec, 0)).collect();
        }
        let rows = self.rows;
        let array = |decoder: Decoder| match decoder.finish() {
            array if array.len() == rows => array,
            given_up => new_null_array(given_up.data_type(), rows),
        };
        Finished {
            arrays: decoders.into_iter().map(array).collect(),
            rows,
            kept: self.kept,
            misfits: self.misfits,
            judgement: self.judgement,
        }
    }
}

/// Numbers the columns of violations by the layout's places, and leaves out those of cells that cannot be read, which are told
/// as such.
fn settle(layout: &Layout, first: usize, locates: bool, broken: &mut Vec<Broken>, violations: &mut Vec<Violation>) {
    for violation in violations.iter_mut() {
        let decoded = |column: usize| layout.judged.as_ref().map_or(Some(column), |judged| judged.decoded(column));
        violation.column = violation.column.and_then(decoded).map(|column| first + column);
    }
    if !violations.is_empty() && !broken.is_empty() {
        let known: HashSet<(usize, usize)> =
            broken.iter().map(|broken| (layout.wanted[broken.place], broken.row)).collect();
        let rows: HashSet<usize> = broken.iter().map(|broken| broken.row).collect();
        let is_known = |violation: &Violation| match violation.column {
            Some(place) => known.contains(&(layout.wanted[place], violation.row)),
            None => violation.if_readable && rows.contains(&violation.row),
        };
        violations.retain(|violation| !is_known(violation));
    }
    if locates {
        broken.clear();
    }
}
