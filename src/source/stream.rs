//! Bytes that come one after the other and only once: read ahead by a thread, kept until every reader is past them.
//!
//! Windows of a stream look like those of a file, so that tasks run on it as on any other input. What they cost is one copy,
//! which a file's windows cost too.

use super::{Access, Compression, Decode, magic};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The bytes that a segment has room for: few at first, so that a short stream costs little.
const FIRST_SEGMENT: usize = 64 << 10;
const SEGMENT: usize = 1 << 20;
/// A segment that is filled less than this is copied into one of its size.
const SPARSE: usize = 4;
/// The most segments that are kept to be filled again: first touch of fresh memory costs more than what is done with it.
const SPARE: usize = 8;
/// The bytes that are read ahead of the first that is kept, unless someone waits for more.
const AHEAD: u64 = 32 << 20;

/// A stream that is being read. Dropping it ends its thread once that sees it.
#[derive(Debug)]
pub(super) struct Stream {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Bytes have come, or will not.
    more: Condvar,
    /// There is room for more, or a wish for it.
    room: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What is kept, without gaps.
    segments: VecDeque<Arc<Vec<u8>>>,
    /// Segments that were let go of.
    spare: Vec<Vec<u8>>,
    /// Where the first segment begins and the last one ends.
    begin: u64,
    end: u64,
    /// The end of the furthest window that anyone asked for.
    wanted: u64,
    /// How it ended, if it has.
    ended: Option<Result<(), (io::ErrorKind, String)>>,
    closed: bool,
    /// What the bytes are decoded by.
    decode: Option<Decode>,
}

/// Says to a reader whether anyone still wants its bytes.
#[derive(Clone, Debug)]
pub(super) struct Interest(Arc<Shared>);

impl Interest {
    pub(super) fn is_gone(&self) -> bool {
        self.0.lock().closed
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads to the end, as long as there is interest.
    fn pump(&self, open: impl FnOnce() -> io::Result<Box<dyn Read + Send>>) -> io::Result<()> {
        let mut reader = open()?;
        let mut size = FIRST_SEGMENT;
        let mut segment = vec![0; size];
        loop {
            let filled = match reader.read(&mut segment) {
                Ok(0) => return Ok(()),
                Ok(filled) => filled,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let full = if filled * SPARSE < segment.len() {
                segment[..filled].to_vec()
            } else {
                segment.truncate(filled);
                size = (size * 2).min(SEGMENT);
                std::mem::replace(&mut segment, self.segment(size))
            };
            if !self.push(full) {
                return Ok(());
            }
        }
    }

    /// A segment to fill, of `size` bytes.
    fn segment(&self, size: usize) -> Vec<u8> {
        let spare = self.lock().spare.pop();
        match spare {
            Some(mut segment) if segment.capacity() >= size => {
                segment.resize(size, 0);
                segment
            }
            _ => vec![0; size],
        }
    }

    /// Appends a segment and waits for room; says whether more is wanted.
    fn push(&self, segment: Vec<u8>) -> bool {
        let mut state = self.lock();
        state.end += segment.len() as u64;
        state.segments.push_back(Arc::new(segment));
        self.more.notify_all();
        while !state.closed && state.end - state.begin >= AHEAD && state.end > state.wanted {
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        !state.closed
    }
}

impl State {
    fn is_known_up_to(&self, end: u64) -> bool {
        // One byte more says whether the window is the last one.
        self.end > end || self.ended.is_some() || self.closed
    }
}

impl Stream {
    /// Reads what `open` opens, on a thread of its own.
    pub(super) fn new(
        open: impl FnOnce(Interest) -> io::Result<Box<dyn Read + Send>> + Send + 'static,
    ) -> io::Result<Stream> {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        thread::Builder::new().name("fast-csv-source".into()).spawn(move || {
            let interest = Interest(Arc::clone(&own));
            let ended = own.pump(|| open(interest)).map_err(|error| (error.kind(), error.to_string()));
            own.lock().ended = Some(ended);
            own.more.notify_all();
        })?;
        Ok(Stream { shared })
    }

    /// Reads what `open` opens, decoded as its first bytes ask for.
    pub(super) fn decoding(
        access: Access,
        name: Option<String>,
        open: impl FnOnce(Interest) -> io::Result<Box<dyn Read + Send>> + Send + 'static,
    ) -> io::Result<Stream> {
        Stream::new(move |interest| {
            let mut reader = open(interest.clone())?;
            let mut head = Vec::new();
            (&mut reader).take(magic::LONGEST as u64).read_to_end(&mut head)?;
            let decode = access.decoder(name.as_deref(), &head);
            interest.0.lock().decode = Some(decode);
            let whole = Box::new(io::Cursor::new(head).chain(reader));
            if decode.is_none() { Ok(whole) } else { decode.text(whole) }
        })
    }

    /// Whether the bytes are what the source's were decoded to, as far as is known.
    pub(super) fn is_decoded(&self) -> bool {
        self.shared.lock().decode.is_some_and(|decode| !decode.is_none())
    }

    /// What the bytes are decompressed by, as far as is known.
    pub(super) fn compression(&self) -> Compression {
        self.shared.lock().decode.map_or(Compression::None, |decode| decode.compression)
    }

    /// The number of bytes; [`u64::MAX`] while the end has not come.
    pub(super) fn len(&self) -> u64 {
        let state = self.shared.lock();
        if let Some(Ok(())) = state.ended { state.end } else { u64::MAX }
    }

    /// Waits for the bytes up to `end` and one more, no longer than `patience`; says whether they, or the stream's end, have
    /// come.
    pub(super) fn wait_for(&self, end: u64, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut state = self.wish(end);
        while !state.is_known_up_to(end) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.shared.more.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn wish(&self, end: u64) -> MutexGuard<'_, State> {
        let mut state = self.shared.lock();
        if end >= state.wanted {
            state.wanted = end + 1;
            self.shared.room.notify_all();
        }
        state
    }

    /// Copies up to `length` bytes from `at` on into `buffer`, as soon as they have come; gives how many there are.
    pub(super) fn read_at(&self, buffer: &mut Vec<u8>, at: u64, length: usize) -> io::Result<usize> {
        let goal = at.saturating_add(length as u64);
        let mut state = self.wish(goal);
        while !state.is_known_up_to(goal) {
            state = self.shared.more.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if at < state.begin {
            return Err(io::Error::other("bytes of a stream are asked for that were passed"));
        }
        let end = goal.min(state.end);
        let mut parts = Vec::new();
        let mut start = state.begin;
        for segment in &state.segments {
            let next = start + segment.len() as u64;
            if next > at && start < end {
                parts.push((start, Arc::clone(segment)));
            }
            start = next;
        }
        drop(state);
        let total = end.saturating_sub(at) as usize;
        if buffer.len() < total {
            buffer.resize(total, 0);
        }
        let mut filled = 0;
        for (start, segment) in parts {
            let from = at.saturating_sub(start) as usize;
            let part = &segment[from..segment.len().min((end - start) as usize)];
            buffer[filled..filled + part.len()].copy_from_slice(part);
            filled += part.len();
        }
        Ok(filled)
    }

    /// Why the stream broke off, if it did.
    pub(super) fn failure(&self) -> Option<io::Error> {
        match &self.shared.lock().ended {
            Some(Err((kind, text))) => Some(io::Error::new(*kind, text.clone())),
            _ => None,
        }
    }

    /// Lets go of the bytes before `at`.
    pub(super) fn release(&self, at: u64) {
        let mut state = self.shared.lock();
        while let Some(first) = state.segments.front().map(|first| first.len() as u64)
            && state.begin + first <= at
        {
            state.begin += first;
            let segment = state.segments.pop_front().and_then(Arc::into_inner);
            if state.spare.len() < SPARE {
                state.spare.extend(segment.filter(|segment| segment.capacity() >= SEGMENT));
            }
        }
        self.shared.room.notify_all();
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.room.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives bytes a few at a time, then fails where that is asked for.
    struct Dribble {
        left: Vec<u8>,
        fails: bool,
    }

    impl Read for Dribble {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.left.is_empty() && self.fails {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "torn"));
            }
            let count = self.left.len().min(buffer.len()).min(7_001);
            buffer[..count].copy_from_slice(&self.left[..count]);
            self.left.drain(..count);
            Ok(count)
        }
    }

    fn dribble(bytes: &[u8], fails: bool) -> Stream {
        let reader = Dribble { left: bytes.to_vec(), fails };
        Stream::new(move |_| Ok(Box::new(reader))).unwrap()
    }

    #[test]
    fn windows_are_those_of_the_bytes() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|at| (at % 251) as u8).collect();
        let stream = dribble(&bytes, false);
        let mut buffer = Vec::new();
        for (at, length) in [(0, 10), (5_000, 90_000), (99_990, 10), (99_990, 11), (100_000, 1), (0, 200_000)] {
            let found = stream.read_at(&mut buffer, at as u64, length).unwrap();
            assert_eq!(buffer[..found], bytes[at.min(100_000)..(at + length).min(100_000)]);
            // A window that ends with the stream is known to be the last one.
            assert_eq!(stream.len() == 100_000, at + length >= 100_000 || stream.len() != u64::MAX);
        }
        stream.release(50_000);
        assert!(stream.read_at(&mut buffer, 0, 10).is_err());
        let found = stream.read_at(&mut buffer, 50_000, 100).unwrap();
        assert_eq!(buffer[..found], bytes[50_000..50_100]);
    }

    #[test]
    fn what_came_before_a_failure_is_given() {
        let stream = dribble(&[b'x'; 20_000], true);
        let mut buffer = Vec::new();
        assert_eq!(stream.read_at(&mut buffer, 10_000, 50_000).unwrap(), 10_000);
        assert_eq!(stream.len(), u64::MAX);
        assert_eq!(stream.failure().unwrap().to_string(), "torn");
    }

    #[test]
    fn no_more_is_read_than_is_wanted() {
        let stream = Stream::new(|_| Ok(Box::new(io::repeat(b'x')))).unwrap();
        let mut buffer = Vec::new();
        let kept = |stream: &Stream| {
            let mut before = 0;
            loop {
                thread::sleep(Duration::from_millis(100));
                let state = stream.shared.lock();
                let kept = state.end - state.begin;
                if kept == before {
                    return kept;
                }
                before = kept;
            }
        };
        assert_eq!(stream.read_at(&mut buffer, 0, 10).unwrap(), 10);
        assert!((AHEAD..AHEAD + 2 * SEGMENT as u64).contains(&kept(&stream)));
        // A window beyond comes all the same, and what is let go makes room.
        assert_eq!(stream.read_at(&mut buffer, 2 * AHEAD, 10).unwrap(), 10);
        stream.release(2 * AHEAD);
        assert!((AHEAD..AHEAD + 2 * SEGMENT as u64).contains(&kept(&stream)));
        assert!(!stream.wait_for(u64::MAX / 2, Duration::ZERO));
    }

    #[test]
    fn a_reader_learns_that_nobody_is_left() {
        let (told, waiting) = std::sync::mpsc::channel();
        let stream = Stream::new(move |interest| {
            told.send(interest).unwrap();
            Ok(Box::new(io::empty()))
        });
        let interest = waiting.recv().unwrap();
        assert!(!interest.is_gone());
        drop(stream);
        assert!(interest.is_gone());
    }
}
