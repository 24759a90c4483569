//! The bytes that give a file its structure, as data; checks itself.

use crate::error::{Error, Result};
use std::fmt;

/// How records and fields are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Ends a field.
    pub delimiter: u8,
    /// Opens and closes a quoted field; doubled inside one it stands for itself. `None`: quotes are text.
    pub quote: Option<u8>,
    /// Ends a record. Where it is LF, a CR before it belongs to it.
    pub terminator: u8,
    /// A record that begins with these bytes is a comment and no record.
    pub comment: Option<Box<[u8]>>,
    /// A quote in an unquoted field, or text after a closing quote, is an error rather than text.
    pub strict_quotes: bool,
}

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect { delimiter: b',', quote: Some(b'"'), terminator: b'\n', comment: None, strict_quotes: false }
    }
}

/// The dialect in the words of the options.
impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "separator={:?}", char::from(self.delimiter))?;
        match self.quote {
            Some(quote) => write!(f, ", quote_char={:?}", char::from(quote))?,
            None => write!(f, ", quote_char=None")?,
        }
        write!(f, ", eol_char={:?}", char::from(self.terminator))?;
        if let Some(comment) = &self.comment {
            write!(f, ", comment_prefix={:?}", String::from_utf8_lossy(comment))?;
        }
        if self.strict_quotes {
            write!(f, ", strict_quotes=True")?;
        }
        Ok(())
    }
}

impl Dialect {
    /// Refuses a dialect in which one byte would mean two things, or that would cut a UTF-8 character.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument), in the words of the options.
    pub fn check(&self) -> Result<()> {
        let named =
            [("separator", Some(self.delimiter)), ("quote_char", self.quote), ("eol_char", Some(self.terminator))];
        for (i, (name, byte)) in named.iter().enumerate() {
            let Some(byte) = byte else { continue };
            if !byte.is_ascii() {
                return Err(Error::argument(format!("{name} must be one ASCII character, not byte 0x{byte:02x}")));
            }
            if *name != "eol_char" && (*byte == b'\r' || *byte == b'\n') && self.terminator == b'\n' {
                return Err(Error::argument(format!("{name} cannot be {:?}: it ends records", *byte as char)));
            }
            for (other, taken) in &named[..i] {
                if *taken == Some(*byte) {
                    return Err(Error::argument(format!("{name} and {other} cannot both be {:?}", *byte as char)));
                }
            }
        }
        match self.comment.as_deref() {
            Some([]) => Err(Error::argument("comment_prefix cannot be empty")),
            Some(prefix) if prefix.contains(&self.terminator) => {
                Err(Error::argument("comment_prefix cannot hold the end of a record"))
            }
            Some([first, ..]) if Some(*first) == self.quote || *first == self.delimiter => Err(Error::argument(
                format!("comment_prefix cannot begin with {:?}: it already has a meaning", *first as char),
            )),
            _ => Ok(()),
        }
    }

    /// Whether the bytes at the start of a record make it a comment.
    pub fn is_comment(&self, record: &[u8]) -> bool {
        self.comment.as_deref().is_some_and(|prefix| record.starts_with(prefix))
    }

    /// Whether a CR before the terminator belongs to it.
    pub fn trims_carriage(&self) -> bool {
        self.terminator == b'\n'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_has_one_meaning() {
        let good = Dialect::default();
        assert!(good.check().is_ok());
        for bad in [
            Dialect { delimiter: b'"', ..good.clone() },
            Dialect { delimiter: b'\n', ..good.clone() },
            Dialect { delimiter: b'\r', ..good.clone() },
            Dialect { delimiter: 0xa7, ..good.clone() },
            Dialect { quote: Some(b'\n'), ..good.clone() },
            Dialect { comment: Some((*b"").into()), ..good.clone() },
            Dialect { comment: Some((*b"#\n").into()), ..good.clone() },
            Dialect { comment: Some((*b",#").into()), ..good.clone() },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
        assert!(Dialect { terminator: b'\r', ..good.clone() }.check().is_ok());
        assert!(Dialect { delimiter: b'\n', terminator: b';', ..good }.check().is_ok());
    }
}
