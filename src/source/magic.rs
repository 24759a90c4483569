//! First bytes that say: this is no text.
//!
//! A compressed file that is parsed as text gives no rows or wrong ones, so it is refused by name.

use super::Input;
use crate::error::{ErrorKind, Result};

/// As many bytes as the longest signature has.
pub(super) const LONGEST: usize = 10;

const SIGNATURES: &[(&[u8], &str, &str)] = &[
    (b"\x04\x22\x4d\x18", "lz4-compressed", "decode it first and pass its bytes"),
    (b"PK\x03\x04", "a zip archive", "take the file out of it"),
    (b"\xff\xfe", "UTF-16 text", "encoding=\"utf-16\" reads it"),
    (b"\xfe\xff", "UTF-16 text", "encoding=\"utf-16\" reads it"),
];

/// Refuses `head`, the first bytes of `input`, where they are a signature.
pub(super) fn check(input: &Input, head: &[u8]) -> Result<()> {
    let found = SIGNATURES.iter().find(|(signature, ..)| head.starts_with(signature));
    match found {
        None => Ok(()),
        Some((_, name, remedy)) => {
            let source = input.name().map_or(String::new(), |name| format!("{name}: "));
            let text = format!("{source}the input is {name}, and not read as text: {remedy}");
            Err(ErrorKind::Unsupported(text).into())
        }
    }
}
