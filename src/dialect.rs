//! The bytes that give a file its structure, as data; checks itself.

use crate::error::{Error, Result};
use memchr::{memchr, memchr_iter, memchr2};
use std::fmt;

/// How records and fields are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Ends a field; of a longer delimiter, the last byte.
    pub delimiter: u8,
    /// The bytes of a longer delimiter before its last; usually none.
    pub delimiter_lead: Box<[u8]>,
    /// Opens and closes a quoted field; doubled inside one it stands for itself. `None`: quotes are text.
    pub quote: Option<u8>,
    /// Makes the byte behind it text, whatever it is, inside quotes and outside; at the end of the data it is text itself.
    pub escape: Option<u8>,
    /// Ends a record. Where it is LF, a CR before it belongs to it.
    pub terminator: u8,
    /// A CR that precedes no LF ends a record too; the terminator is LF.
    pub lone_carriage: bool,
    /// A record that begins with these bytes is a comment and no record.
    pub comment: Option<Box<[u8]>>,
    /// A quote in an unquoted field, or text after a closing quote, is an error rather than text.
    pub strict_quotes: bool,
    /// Spaces and tabs around a field are no part of it: a quote behind them opens the field.
    pub trim: bool,
}

/// The most bytes of a delimiter.
const LONGEST_DELIMITER: usize = 8;

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect {
            delimiter: b',',
            delimiter_lead: Box::default(),
            quote: Some(b'"'),
            escape: None,
            terminator: b'\n',
            lone_carriage: false,
            comment: None,
            strict_quotes: false,
            trim: false,
        }
    }
}

/// The dialect in the words of the options.
impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.delimiter_bytes().as_slice() {
            [byte] => write!(f, "separator={:?}", char::from(*byte))?,
            bytes => write!(f, "separator={:?}", String::from_utf8_lossy(bytes))?,
        }
        match self.quote {
            Some(quote) => write!(f, ", quote_char={:?}", char::from(quote))?,
            None => write!(f, ", quote_char=None")?,
        }
        if let Some(escape) = self.escape {
            write!(f, ", escape_char={:?}", char::from(escape))?;
        }
        match self.lone_carriage {
            true => write!(f, ", eol_char=\"any\"")?,
            false => write!(f, ", eol_char={:?}", char::from(self.terminator))?,
        }
        if let Some(comment) = &self.comment {
            write!(f, ", comment_prefix={:?}", String::from_utf8_lossy(comment))?;
        }
        if self.strict_quotes {
            write!(f, ", strict_quotes=True")?;
        }
        if self.trim {
            write!(f, ", trim_whitespace=True")?;
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
        self.check_delimiter()?;
        if self.lone_carriage && self.terminator != b'\n' {
            return Err(Error::argument("eol_char cannot be \"any\" and a byte of its own"));
        }
        let named = [("quote_char", self.quote), ("escape_char", self.escape), ("eol_char", Some(self.terminator))];
        for (i, (name, byte)) in named.iter().enumerate() {
            let Some(byte) = *byte else { continue };
            if !byte.is_ascii() {
                return Err(Error::argument(format!("{name} must be one ASCII character, not byte 0x{byte:02x}")));
            }
            if *name != "eol_char" && self.ends_line(byte) {
                return Err(Error::argument(format!("{name} cannot be {:?}: it ends records", byte as char)));
            }
            if self.delimiter_bytes().contains(&byte) {
                let clash = if self.delimiter_lead.is_empty() {
                    "and separator cannot both be"
                } else {
                    "may not be in the separator:"
                };
                return Err(Error::argument(format!("{name} {clash} {:?}", byte as char)));
            }
            for (other, taken) in &named[..i] {
                if *taken == Some(byte) {
                    return Err(Error::argument(format!("{name} and {other} cannot both be {:?}", byte as char)));
                }
            }
        }
        if let Some(escape) = self.escape.filter(|&escape| self.trim && is_white(escape)) {
            return Err(Error::argument(format!("escape_char cannot be {:?} with trim_whitespace", escape as char)));
        }
        if let Some(quote) = self.quote.filter(|&quote| self.trim && is_white(quote)) {
            return Err(Error::argument(format!("quote_char cannot be {:?} with trim_whitespace", quote as char)));
        }
        match self.comment.as_deref() {
            Some([]) => Err(Error::argument("comment_prefix cannot be empty")),
            Some(prefix) if prefix.contains(&self.terminator) || self.lone_carriage && prefix.contains(&b'\r') => {
                Err(Error::argument("comment_prefix cannot hold the end of a record"))
            }
            Some(prefix)
                if self.delimiter_bytes().starts_with(prefix) || prefix.starts_with(&self.delimiter_bytes()) =>
            {
                Err(Error::argument("comment_prefix and separator cannot begin alike"))
            }
            Some([first, ..]) if Some(*first) == self.quote || Some(*first) == self.escape => Err(Error::argument(
                format!("comment_prefix cannot begin with {:?}: it already has a meaning", *first as char),
            )),
            _ => Ok(()),
        }
    }

    fn check_delimiter(&self) -> Result<()> {
        let delimiter = self.delimiter_bytes();
        if let Some(byte) = delimiter.iter().find(|&&byte| self.ends_line(byte)) {
            return Err(Error::argument(format!("separator cannot hold {:?}: it ends records", *byte as char)));
        }
        if delimiter.len() > LONGEST_DELIMITER {
            return Err(Error::argument(format!("separator must be 1 to {LONGEST_DELIMITER} bytes")));
        }
        match str::from_utf8(&delimiter) {
            Ok(_) => Ok(()),
            Err(_) if delimiter.len() == 1 => Err(Error::argument(format!(
                "separator must be one ASCII character or whole UTF-8 text, not byte 0x{:02x}",
                self.delimiter
            ))),
            Err(_) => Err(Error::argument("separator must be whole UTF-8 text")),
        }
    }

    /// Whether the byte is part of a line end.
    fn ends_line(&self, byte: u8) -> bool {
        byte == self.terminator || self.terminator == b'\n' && byte == b'\r'
    }

    /// All bytes of the delimiter.
    pub fn delimiter_bytes(&self) -> Vec<u8> {
        self.delimiter_lead.iter().copied().chain([self.delimiter]).collect()
    }

    /// Whether the bytes at the start of a record make it a comment.
    pub fn is_comment(&self, record: &[u8]) -> bool {
        self.comment.as_deref().is_some_and(|prefix| record.starts_with(prefix))
    }

    /// Whether a CR before the terminator belongs to it.
    pub fn trims_carriage(&self) -> bool {
        self.terminator == b'\n'
    }

    /// Whether a record ends at this byte, where a field does.
    #[inline(always)]
    pub fn is_terminator(&self, byte: u8) -> bool {
        byte == self.terminator || self.lone_carriage && byte == b'\r'
    }

    /// Whether this byte around a field is no part of it.
    #[inline(always)]
    pub fn is_blank(&self, byte: u8) -> bool {
        self.trim
            && is_white(byte)
            && (byte != self.delimiter || !self.delimiter_lead.is_empty())
            && byte != self.terminator
    }

    /// The bytes that end lines, one of them twice where it is the only one.
    pub fn line_ends(&self) -> [u8; 2] {
        [self.terminator, if self.lone_carriage { b'\r' } else { self.terminator }]
    }

    /// The byte behind the first line of `data`. A CR at their end may be half a line end: it is one where they are the `last`.
    pub fn line(&self, data: &[u8], last: bool) -> Option<usize> {
        if !self.lone_carriage {
            return memchr(self.terminator, data).map(|at| at + 1);
        }
        let at = memchr2(b'\n', b'\r', data)?;
        match (data[at], data.get(at + 1)) {
            (b'\r', None) => last.then_some(at + 1),
            (b'\r', Some(b'\n')) => Some(at + 2),
            _ => Some(at + 1),
        }
    }

    /// The number of line ends in `data`, of which no CR and LF that belong together are cut apart.
    pub fn count_lines(&self, data: &[u8]) -> u64 {
        let lines = memchr_iter(self.terminator, data).count() as u64;
        if !self.lone_carriage {
            return lines;
        }
        lines + memchr_iter(b'\r', data).filter(|at| data.get(at + 1) != Some(&b'\n')).count() as u64
    }

    /// Whether `data[at]` stands behind an escape, none of which begins before `from`.
    pub fn is_escaped(&self, data: &[u8], from: usize, at: usize) -> bool {
        let Some(escape) = self.escape else { return false };
        data[from..at].iter().rev().take_while(|&&byte| byte == escape).count() % 2 == 1
    }
}

fn is_white(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_has_one_meaning() {
        let good = Dialect::default();
        assert!(good.check().is_ok());
        let long = |text: &[u8]| {
            let (last, lead) = text.split_last().unwrap();
            Dialect { delimiter: *last, delimiter_lead: lead.into(), ..Dialect::default() }
        };
        for bad in [
            Dialect { delimiter: b'"', ..good.clone() },
            Dialect { delimiter: b'\n', ..good.clone() },
            Dialect { delimiter: b'\r', ..good.clone() },
            Dialect { delimiter: 0xa7, ..good.clone() },
            Dialect { quote: Some(b'\n'), ..good.clone() },
            Dialect { escape: Some(b'"'), ..good.clone() },
            Dialect { escape: Some(b','), ..good.clone() },
            Dialect { escape: Some(b'\r'), ..good.clone() },
            Dialect { escape: Some(b' '), trim: true, ..good.clone() },
            Dialect { quote: Some(b' '), trim: true, ..good.clone() },
            Dialect { lone_carriage: true, terminator: b';', ..good.clone() },
            Dialect { comment: Some((*b"").into()), ..good.clone() },
            Dialect { comment: Some((*b"#\n").into()), ..good.clone() },
            Dialect { comment: Some((*b",#").into()), ..good.clone() },
            Dialect { comment: Some((*b"\\#").into()), escape: Some(b'\\'), ..good.clone() },
            Dialect { comment: Some((*b"#\r").into()), lone_carriage: true, ..good.clone() },
            Dialect { comment: Some((*b"|").into()), ..long(b"||") },
            long(b"|\"|"),
            long(b"|\n"),
            long(b"|\r"),
            long(b"123456789"),
            long(b"\xc2\xa7\xc2"),
            Dialect { escape: Some(b'|'), ..long(b"||") },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
        assert!(Dialect { terminator: b'\r', ..good.clone() }.check().is_ok());
        assert!(Dialect { delimiter: b'\n', terminator: b';', ..good }.check().is_ok());
        for delimiter in ["||", "§", "12345678", " | ", "😀"] {
            assert!(long(delimiter.as_bytes()).check().is_ok(), "{delimiter}");
        }
    }

    #[test]
    fn lines_end_where_the_dialect_says() {
        let any = Dialect { lone_carriage: true, ..Dialect::default() };
        assert_eq!(any.count_lines(b"a\rb\r\nc\n\r\r\n"), 5);
        assert_eq!(Dialect::default().count_lines(b"a\rb\r\nc\n"), 2);
        assert_eq!(
            (any.line(b"a\r\nb", false), any.line(b"a\rb", false), any.line(b"a\n\r", false)),
            (Some(3), Some(2), Some(2))
        );
        assert_eq!((any.line(b"a\r", false), any.line(b"a\r", true)), (None, Some(2)));
    }
}
