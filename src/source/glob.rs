//! Patterns of file names.

use super::Source;
use crate::error::{Error, Result};
use std::io;

/// The files that match, sorted. Where some hold a byte, those that do not are none of them.
pub(super) fn expand(pattern: &str) -> Result<Vec<Source>> {
    let malformed = |error| Error::argument(format!("the pattern {pattern:?} is malformed: {error}"));
    let (mut paths, mut empty) = (Vec::new(), Vec::new());
    for entry in glob::glob(pattern).map_err(malformed)? {
        let path = entry.map_err(|error| Error::io(Some(&error.path().display().to_string()), error.into()))?;
        match path.metadata() {
            Ok(found) if found.is_dir() => {}
            Ok(found) if found.is_file() && found.len() == 0 => empty.push(path),
            _ => paths.push(path),
        }
    }
    if paths.is_empty() {
        paths = empty;
    }
    if paths.is_empty() {
        return Err(Error::io(Some(pattern), io::Error::new(io::ErrorKind::NotFound, "no file matches the pattern")));
    }
    // Byte by byte, separators included, as polars has them: `a-1/x` stands before `a/x`.
    paths.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    Ok(paths.into_iter().map(Source::Path).collect())
}
