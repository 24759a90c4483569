//! A source whose bytes come once: looked at when a schema is resolved, read by the first read, and by no other.

use super::Access;
use super::stream::{Interest, Stream};
use crate::error::{Error, Result};
use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

type Open = Box<dyn FnOnce(Interest) -> io::Result<Box<dyn Read + Send>> + Send>;

/// A pipe, a socket or the like.
pub struct Once {
    name: Option<String>,
    state: Mutex<State>,
}

enum State {
    Closed(Open),
    Open(Arc<Stream>),
    Taken,
}

impl Once {
    pub(super) fn new(
        name: Option<String>,
        open: impl FnOnce(Interest) -> io::Result<Box<dyn Read + Send>> + Send + 'static,
    ) -> Once {
        Once { name, state: Mutex::new(State::Closed(Box::new(open))) }
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The stream, from its first byte on.
    pub(super) fn look(&self, access: Access) -> Result<Arc<Stream>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = match std::mem::replace(&mut *state, State::Taken) {
            State::Taken => return Err(self.gone()),
            State::Open(stream) => stream,
            State::Closed(open) => {
                let named = |error| Error::io(self.name(), error);
                Arc::new(Stream::decoding(access, self.name.clone(), open).map_err(named)?)
            }
        };
        *state = State::Open(Arc::clone(&stream));
        Ok(stream)
    }

    /// Has no one look at it again.
    pub(super) fn take(&self) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Taken) {
            State::Taken => Err(self.gone()),
            State::Open(_) | State::Closed(_) => Ok(()),
        }
    }

    fn gone(&self) -> Error {
        let name = self.name().unwrap_or("the source");
        Error::argument(format!("{name} can be read once, and has been read: save it to a file to read it again"))
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").field("name", &self.name).finish_non_exhaustive()
    }
}
