//! What a fuzz input begins with: choices, one byte each; the text follows.

pub mod oracles;
mod texts;

use fast_csv::Dialect;

/// The letters of dense texts: what structures a file, and a little of what does not.
const LETTERS: [u8; 16] = *b"a,\"\n\r#|\"\n;'\\1 x\n";

/// Takes choices off the front of an input.
pub struct Choices<'a> {
    rest: &'a [u8],
}

impl<'a> Choices<'a> {
    /// All of an input.
    pub fn new(input: &'a [u8]) -> Choices<'a> {
        Choices { rest: input }
    }

    /// The next byte; 0 where there is none.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }

    /// One of several.
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()].clone()
    }

    /// Yes or no.
    pub fn flip(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// A number from 0 to `most`.
    pub fn up_to(&mut self, most: usize) -> usize {
        let number = usize::from(self.byte()) << 8 | usize::from(self.byte());
        number % (most + 1)
    }

    /// A dialect that its own check accepts.
    pub fn dialect(&mut self) -> Dialect {
        let delimiters: [&[u8]; 8] = [b",", b",", b",", b";", b"\t", b"a", b"||", b",;,"];
        let (&delimiter, lead) = self.pick(&delimiters).split_last().expect("none is empty");
        let dialect = Dialect {
            delimiter,
            delimiter_lead: lead.into(),
            quote: self.pick(&[Some(b'"'), Some(b'"'), Some(b'"'), Some(b'\''), None]),
            escape: self.pick(&[None, None, None, Some(b'\\'), Some(b'1')]),
            lone_carriage: self.byte() % 4 == 3,
            trim: self.byte() % 4 == 3,
            terminator: self.pick(b"\n\n\n\n\r;"),
            comment: self.pick(&[None, None, Some(&b"#"[..]), Some(b"#\""), Some(b"x,")]).map(Into::into),
            strict_quotes: self.flip(),
        };
        if dialect.check().is_ok() { dialect } else { Dialect::default() }
    }

    /// The rest of the input, such as a file is made of.
    pub fn text(self) -> Vec<u8> {
        self.text_of(&LETTERS)
    }

    /// Texts that are nearly dates, times, datetimes and durations, made of the rest of the input.
    pub fn moments(self) -> Vec<u8> {
        texts::moments(self.rest)
    }

    /// The rest of the input: as it is, or folded onto 16 letters.
    pub fn text_of(mut self, letters: &[u8; 16]) -> Vec<u8> {
        let letter = |byte: &u8| letters[usize::from(byte % 16)];
        match self.byte() % 3 {
            0 => self.rest.to_vec(),
            1 => self.rest.iter().map(letter).collect(),
            // Some letters many times, so that quoted texts and records cross blocks.
            _ => {
                let times = |byte: &u8| 1 + 19 * usize::from((byte / 16).saturating_sub(12));
                self.rest.iter().flat_map(|byte| std::iter::repeat_n(letter(byte), times(byte))).collect()
            }
        }
    }
}
