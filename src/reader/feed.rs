//! Sources cut into stretches, one a task: from the bytes of a file, or as an earlier pass has counted them.

use super::faults::Base;
use super::fold::Piece;
use super::head::{self, Head};
use super::layout::Layout;
use crate::error::Result;
use crate::source::{Input, Source};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// The least bytes of a task that is made smaller than it could be to give every thread one.
const LEAST_TASK: u64 = 512 * 1024;

/// A stretch of a file whose records are counted.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) source: usize,
    pub(super) input: Arc<Input>,
    pub(super) layout: Arc<Layout>,
    pub(super) begin: u64,
    /// Whether a record is known to begin there, and what `base` says to be true.
    pub(super) exact: bool,
    pub(super) until: u64,
    pub(super) records: u64,
    pub(super) base: Base,
    pub(super) skip: u64,
    pub(super) take: u64,
    /// Whether no earlier pass has told the faults of its structure.
    pub(super) judges_structure: bool,
}

/// What is to be read, of which stretches are cut one by one.
pub(super) struct Feed {
    from: From,
    open: Option<OpenSource>,
}

enum From {
    /// Whole sources, in order; those before this one are cut.
    Sources(Chosen, usize),
    /// Stretches known from an earlier pass.
    Stretches(VecDeque<Stretch>),
}

/// Some of the sources of a scan, by their places.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) sources: Arc<[Source]>,
    pub(super) which: Vec<usize>,
}

impl Chosen {
    pub(super) fn all(sources: &Arc<[Source]>) -> Chosen {
        Chosen { sources: Arc::clone(sources), which: (0..sources.len()).collect() }
    }
}

/// A source that is being cut.
struct OpenSource {
    source: usize,
    input: Arc<Input>,
    layout: Arc<Layout>,
    next: u64,
    step: Step,
    base: Base,
    is_first: bool,
}

/// The bytes of a task.
#[derive(Clone, Copy)]
enum Step {
    Fixed(u64),
    /// Those of a piece whose state must not depend on the source's length and the threads, up to so many.
    Growing(u64),
}

impl Step {
    fn at(self, begin: u64) -> u64 {
        match self {
            Step::Fixed(bytes) => bytes,
            Step::Growing(largest) => Piece::bytes(begin, largest),
        }
    }
}

/// What comes next of a feed.
pub(super) enum Cut {
    Stretch(Box<Stretch>),
    /// Nothing yet.
    Later,
    End,
}

impl Cut {
    fn stretch(stretch: Stretch) -> Cut {
        Cut::Stretch(Box::new(stretch))
    }
}

impl Feed {
    pub(super) fn of_sources(sources: Chosen) -> Feed {
        Feed { from: From::Sources(sources, 0), open: None }
    }

    pub(super) fn of_stretches(stretches: VecDeque<Stretch>) -> Feed {
        Feed { from: From::Stretches(stretches), open: None }
    }

    /// One source that is open, from its first record on.
    pub(super) fn of_input(layout: Arc<Layout>, input: Arc<Input>, head: &Head) -> Feed {
        let open = OpenSource::new(layout, input, 0, head, 0);
        Feed { from: From::Sources(Chosen { sources: Arc::new([]), which: Vec::new() }, 0), open: Some(open) }
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_none()
            && match &self.from {
                From::Sources(sources, next) => *next == sources.which.len(),
                From::Stretches(stretches) => stretches.is_empty(),
            }
    }

    /// Cuts the next stretch; no more than `wanted` records are. Waits for the bytes of a stream no longer than `patience`.
    pub(super) fn next(&mut self, layout: &Arc<Layout>, wanted: u64, patience: Duration) -> Result<Cut> {
        let (sources, next) = match &mut self.from {
            From::Stretches(stretches) => return Ok(stretches.pop_front().map_or(Cut::End, Cut::stretch)),
            From::Sources(sources, next) => (sources, next),
        };
        while self.open.is_none() {
            let Some(&number) = sources.which.get(*next) else { return Ok(Cut::End) };
            *next += 1;
            self.open = open(layout, &sources.sources[number], number, sources.which.len() - *next)?;
        }
        let Some(open) = &mut self.open else { return Ok(Cut::End) };
        let begin = open.next;
        let step = open.step.at(begin);
        if !open.input.wait_for(begin + step + step / 4, patience) {
            return Ok(Cut::Later);
        }
        let length = open.input.len();
        let until = if length.saturating_sub(begin) <= step + step / 4 { u64::MAX } else { begin + step };
        let stretch = Stretch {
            source: open.source,
            input: Arc::clone(&open.input),
            layout: Arc::clone(&open.layout),
            begin,
            exact: open.is_first,
            until,
            records: 0,
            base: open.base,
            skip: 0,
            take: if *next <= 1 && open.is_first { wanted } else { u64::MAX },
            judges_structure: true,
        };
        open.is_first = false;
        open.next = until;
        if until == u64::MAX {
            self.open = None;
        }
        Ok(Cut::stretch(stretch))
    }
}

/// Opens a source to be cut, behind which so many others come; `None` where it holds nothing and may.
fn open(layout: &Arc<Layout>, source: &Source, number: usize, behind: usize) -> Result<Option<OpenSource>> {
    let options = &layout.options;
    let input = source.open_to_read(options.access())?;
    let Some(mut head) = head::read(options, &input)? else {
        return if options.raise_if_empty { Err(options.no_data(input.name())) } else { Ok(None) };
    };
    let own = head.names.take().map(|header| options.wishes.names(Some(header), 0)).transpose();
    let own = own.and_then(|names| match names {
        Some(names) if names != layout.names => Ok(Arc::new(layout.of_header(names)?)),
        _ => Ok(Arc::clone(layout)),
    });
    let own = own.map_err(|error| error.in_file(input.name()))?;
    Ok(Some(OpenSource::new(own, Arc::new(input), number, &head, behind)))
}

impl OpenSource {
    /// Begins to cut a source, behind which so many others come: where these keep the threads busy, it is cut no more than it must.
    fn new(layout: Arc<Layout>, input: Arc<Input>, source: usize, head: &Head, behind: usize) -> OpenSource {
        let options = &layout.options;
        let length = input.len().saturating_sub(head.start);
        let step = match options.chunk_bytes {
            Some(bytes) => Step::Fixed(bytes as u64),
            None if layout.folder.is_some() => Step::Growing(Piece::largest(layout.columns.len())),
            None if !input.can_seek() || behind >= options.threads => Step::Fixed(layout.task),
            None => {
                Step::Fixed((length / (4 * options.threads as u64)).clamp(LEAST_TASK.min(layout.task), layout.task))
            }
        };
        OpenSource {
            source,
            input,
            layout,
            next: head.start,
            step,
            base: Base { records: 0, lines: head.lines },
            is_first: true,
        }
    }
}
