//! Universally unique identifiers: the textual form of RFC 4122 (section 3), 32 hexadecimal digits of either case in groups of
//! 8, 4, 4, 4 and 12 with hyphens between them.
//!
//! Every version and variant is taken, the nil and the max UUID included (RFC 9562, sections 5.9 and 5.10). Braces and the prefix
//! `urn:uuid:` are no part of it.

/// Whether the text is such an identifier.
///
/// ```
/// use fast_csv::validate::uuid::is_uuid;
/// assert!(is_uuid(b"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"));
/// ```
#[must_use]
pub fn is_uuid(text: &[u8]) -> bool {
    let Ok(text) = <&[u8; 36]>::try_from(text) else {
        return false;
    };
    let hyphens = (text[8] == b'-') & (text[13] == b'-') & (text[18] == b'-') & (text[23] == b'-');
    let digits = text.iter().map(|&byte| usize::from(HEX[usize::from(byte)])).sum::<usize>();
    // 32 digits beside four hyphens in their places are all there is.
    hyphens & (digits == 32)
}

static HEX: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_hexdigit() as u8;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::is_uuid;

    #[test]
    fn published_identifiers() {
        for text in [
            // RFC 4122, sections 3, 4.1.7, and appendices B and C.
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            "00000000-0000-0000-0000-000000000000",
            "7d444840-9dc0-11d1-b245-5ffdce74fad2",
            "e902893a-9d22-3c7e-a7b8-d6e313b71d9f",
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            // RFC 9562, section 5.10 and appendix A.
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "C232AB00-9414-11EC-B3C8-9F6BDECED846",
            "5df41881-3aed-3515-88a7-2f4a814cf09e",
            "919108f7-52d1-4320-9bac-f847db4148a8",
            "2ed6657d-e927-568b-95e1-2665a8aea6a2",
            "1EC9414C-232A-6B00-B3C8-9F6BDECED846",
            "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
        ] {
            assert!(is_uuid(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "f81d4fae7dec11d0a76500a0c91e6bf6",
            "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}",
            "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6a",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bfg",
            "f81d4fae-7dec-11d0-a765000a0c91e6bf6",
            "f81d4fa-e7dec-11d0-a765-00a0c91e6bf6",
            "f81d4fae-7dec-11d0-a765--0a0c91e6bf6",
            "f81d4fae 7dec-11d0-a765-00a0c91e6bf6",
            "f81d4fae-7dec-11d0-a765-00a0c91e6b\u{e9}",
        ] {
            assert!(!is_uuid(text.as_bytes()), "{text}");
        }
    }
}
