//! First bytes that say: this is no text.
//!
//! A compressed file that is parsed as text gives no rows or wrong ones, so it is refused by name.

use super::Input;
use crate::error::{ErrorKind, Result};

/// As many bytes as the longest signature has.
pub(super) const LONGEST: usize = 10;

const SIGNATURES: &[(&[u8], &str)] = &[
    (b"\xfd7zXZ\x00", "xz-compressed"),
    (b"\x04\x22\x4d\x18", "lz4-compressed"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
];

/// Refuses `head`, the first bytes of `input`, where they are a signature.
pub(super) fn check(input: &Input, head: &[u8]) -> Result<()> {
    let bzip2 = head.starts_with(b"BZh") && head.get(4..).is_some_and(|rest| rest.starts_with(b"1AY&SY"));
    let found = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)).map(|(_, name)| *name);
    match found.or(bzip2.then_some("bzip2-compressed")) {
        None => Ok(()),
        Some(name) => {
            let source = input.name().map_or(String::new(), |name| format!("{name}: "));
            let text =
                format!("{source}the input is {name}, which is not decoded here: decode it first and pass its bytes");
            Err(ErrorKind::Unsupported(text).into())
        }
    }
}
