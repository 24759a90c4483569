//! First bytes that say: this is no text.
//!
//! A compressed file that is parsed as text gives no rows or wrong ones, so it is refused by name.

use super::Input;
use crate::error::{ErrorKind, Result};

/// As many bytes as the longest signature has.
pub(super) const LONGEST: usize = 10;

const BINARY: &[(&[u8], &str, &str)] = &[
    (b"\x02\x21\x4c\x18", "lz4-compressed in the legacy format", "decode it first and pass its bytes"),
    (b"PK\x03\x04", "a zip archive", "take the file out of it"),
];

const UTF_16: &[(&[u8], &str, &str)] = &[
    (b"\xff\xfe", "UTF-16 text", "encoding=\"utf-16\" reads it"),
    (b"\xfe\xff", "UTF-16 text", "encoding=\"utf-16\" reads it"),
];

/// Refuses `head`, the first bytes of `input`, where they are a signature.
pub(super) fn check(input: &Input, head: &[u8]) -> Result<()> {
    check_binary(input, head)?;
    refuse(UTF_16, input, head)
}

/// Refuses what is text in no encoding.
pub(super) fn check_binary(input: &Input, head: &[u8]) -> Result<()> {
    refuse(BINARY, input, head)
}

fn refuse(signatures: &[(&[u8], &str, &str)], input: &Input, head: &[u8]) -> Result<()> {
    let found = signatures.iter().find(|(signature, ..)| head.starts_with(signature));
    match found {
        None => Ok(()),
        Some((_, name, remedy)) => {
            let source = input.name().map_or(String::new(), |name| format!("{name}: "));
            let text = format!("{source}the input is {name}, and not read as text: {remedy}");
            Err(ErrorKind::Unsupported(text).into())
        }
    }
}
