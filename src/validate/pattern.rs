//! Regular expressions over columns of short texts.
//!
//! The syntax and the meaning are those of the `regex` crate. That crate picks an engine anew for each text, which costs more
//! than a short text does; here the automaton of a pattern, where it is small, is written out as a table of states by bytes and
//! walked without a question on the way: states that settle the answer lead to themselves. A pattern with a large automaton, and
//! a text with non-ASCII characters where these would make it large, are left to the crate.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arrow::buffer::BooleanBuffer;
use memchr::memmem::Finder;
use regex_automata::Input;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};

use crate::decode::views::Views;

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    text: String,
    regex: regex::bytes::Regex,
    /// Where the pattern stands for itself.
    finder: Option<Finder<'static>>,
    walk: OnceLock<Option<Walk>>,
}

/// An automaton that is walked byte after byte. A state is a row of the table, by its number times 256.
struct Walk {
    table: Box<[u16; STATES * 256]>,
    start: u16,
    /// What each state says at the end of a text.
    ends: Vec<Option<bool>>,
}

/// Texts that are walked at once.
const ABREAST: usize = 4;
/// Bytes between two looks at whether the answer is settled.
const STRETCH: usize = 64;
/// The most states, so that a state and a byte fit the index of a table of 128 KiB.
const STATES: usize = 256;
/// The states that settle the answer.
const NO: u16 = 0;
const YES: u16 = 1 << 8;
const UNKNOWN: u16 = 2 << 8;
/// The most bytes of memory while an automaton is made.
const MAKING: usize = 1 << 22;

impl std::fmt::Debug for Walk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Walk({} states)", self.ends.len())
    }
}

impl Pattern {
    /// Compiles a pattern, or finds it among the latest compiled.
    ///
    /// # Errors
    /// What is wrong with it, in several lines that point at the place.
    pub fn new(text: &str) -> Result<Arc<Pattern>, String> {
        const KEPT: usize = 16;
        static LATEST: Mutex<VecDeque<Arc<Pattern>>> = Mutex::new(VecDeque::new());
        let latest = || LATEST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = latest().iter().find(|known| known.text == text) {
            return Ok(Arc::clone(known));
        }
        let regex = regex::bytes::Regex::new(text).map_err(|error| error.to_string())?;
        let stands_for_itself = regex::escape(text) == text;
        let finder = stands_for_itself.then(|| Finder::new(text.as_bytes()).into_owned());
        let pattern = Arc::new(Pattern { text: text.to_owned(), regex, finder, walk: OnceLock::new() });
        let mut latest = latest();
        latest.push_front(Arc::clone(&pattern));
        latest.truncate(KEPT);
        Ok(pattern)
    }

    /// Whether the pattern matches somewhere in the text.
    #[must_use]
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.regex.is_match(text)
    }

    /// How to ask for a whole column.
    pub(super) fn matcher(&self) -> Matcher<'_> {
        let finder = self.finder.as_ref();
        let walk = match finder {
            Some(_) => None,
            None => self.walk.get_or_init(|| Walk::new(&self.text)).as_ref(),
        };
        Matcher { regex: &self.regex, finder, walk }
    }
}

/// A pattern in use by one thread.
#[derive(Clone, Debug)]
pub(super) struct Matcher<'a> {
    regex: &'a regex::bytes::Regex,
    finder: Option<&'a Finder<'static>>,
    walk: Option<&'a Walk>,
}

impl Matcher<'_> {
    /// Answers for some rows.
    pub(super) fn rows(&self, texts: &Views<'_>, rows: Range<usize>) -> BooleanBuffer {
        let Some(walk) = self.walk else {
            return BooleanBuffer::collect_bool(rows.len(), |row| self.is_match(texts.text(rows.start + row)));
        };
        const BITS: usize = u64::BITS as usize;
        let mut words = Vec::with_capacity(rows.len().div_ceil(BITS));
        for start in rows.clone().step_by(BITS) {
            let end = rows.end.min(start + BITS);
            let mut word = 0_u64;
            for four in (start..end).step_by(ABREAST) {
                // Behind the last row the empty text is walked, and its answer dropped.
                let row = |lane: usize| if four + lane < end { texts.text(four + lane) } else { &[] };
                let texts = [row(0), row(1), row(2), row(3)];
                for (lane, answer) in walk.abreast(texts).into_iter().enumerate() {
                    let answer = answer.unwrap_or_else(|| self.regex.is_match(texts[lane]));
                    word |= u64::from(answer & (four + lane < end)) << (four + lane - start);
                }
            }
            words.push(word);
        }
        BooleanBuffer::new(words.into(), 0, rows.len())
    }

    fn is_match(&self, text: &[u8]) -> bool {
        match self.finder {
            Some(finder) => finder.find(text).is_some(),
            None => self.regex.is_match(text),
        }
    }
}

impl Walk {
    /// `None` where the automaton is large, even without the characters outside of ASCII.
    fn new(pattern: &str) -> Option<Walk> {
        Walk::of(pattern, false).or_else(|| Walk::of(pattern, true))
    }

    fn of(pattern: &str, only_ascii: bool) -> Option<Walk> {
        let mut config = DFA::config()
            .unicode_word_boundary(true)
            .cache_capacity(MAKING)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(0));
        if only_ascii {
            config = (128..=u8::MAX).fold(config, |config, byte| config.quit(byte, true));
        }
        let dfa = DFA::builder().configure(config).build(pattern).ok()?;
        let mut cache = dfa.create_cache();
        let mut making = Making { dfa: &dfa, cache: &mut cache, known: HashMap::new(), found: Vec::new() };
        let start = dfa.start_state_forward(making.cache, &Input::new("")).ok()?;
        let start = making.number(start)?;
        making.write_out(start)
    }

    /// Walks four texts at once, so that the look-ups of one are made while those of the others are waited for. `None` where
    /// the automaton cannot tell.
    #[inline(always)]
    fn abreast(&self, texts: [&[u8]; ABREAST]) -> [Option<bool>; ABREAST] {
        let mut states = [self.start; ABREAST];
        let shared = texts.iter().map(|text| text.len()).min().unwrap_or_default();
        // A long walk together would go on behind the last settled answer.
        let shared = if shared > STRETCH { 0 } else { shared };
        let [one, two, three, four] = texts.map(|text| &text[..shared]);
        for (((one, two), three), four) in one.iter().zip(two).zip(three).zip(four) {
            let [a, b, c, d] = states;
            states = [self.step(a, *one), self.step(b, *two), self.step(c, *three), self.step(d, *four)];
        }
        let mut answers = [None; ABREAST];
        for lane in 0..ABREAST {
            answers[lane] = self.walk(states[lane], &texts[lane][shared..]);
        }
        answers
    }

    #[inline(always)]
    fn step(&self, state: u16, byte: u8) -> u16 {
        self.table[usize::from(state | u16::from(byte))]
    }

    #[inline(always)]
    fn walk(&self, mut state: u16, text: &[u8]) -> Option<bool> {
        for stretch in text.chunks(STRETCH) {
            for &byte in stretch {
                state = self.step(state, byte);
            }
            if state <= UNKNOWN {
                break;
            }
        }
        self.ends[usize::from(state >> 8)]
    }
}

/// A table while its states are found.
struct Making<'a> {
    dfa: &'a DFA,
    cache: &'a mut Cache,
    known: HashMap<LazyStateID, u16>,
    /// The states behind those that settle the answer, in the order of their numbers.
    found: Vec<LazyStateID>,
}

impl Making<'_> {
    /// The number of a state; `None` where there are too many.
    fn number(&mut self, state: LazyStateID) -> Option<u16> {
        // A match is told one byte late, and nothing that follows takes it back.
        if state.is_match() {
            return Some(YES);
        }
        if state.is_dead() {
            return Some(NO);
        }
        if state.is_quit() {
            return Some(UNKNOWN);
        }
        if let Some(&number) = self.known.get(&state) {
            return Some(number);
        }
        let place = usize::from(UNKNOWN >> 8) + 1 + self.found.len();
        let number = (place < STATES).then_some((place as u16) << 8)?;
        self.known.insert(state, number);
        self.found.push(state);
        Some(number)
    }

    fn write_out(mut self, start: u16) -> Option<Walk> {
        let mut table: Box<[u16; STATES * 256]> = vec![NO; STATES * 256].try_into().ok()?;
        for settled in [YES, UNKNOWN] {
            table[usize::from(settled)..][..256].fill(settled);
        }
        let mut ends = vec![Some(false), Some(true), None];
        let mut at = 0;
        while let Some(&state) = self.found.get(at) {
            let row = usize::from(self.known[&state]);
            for byte in 0..=u8::MAX {
                let next = self.dfa.next_state(self.cache, state, byte).ok()?;
                table[row | usize::from(byte)] = self.number(next)?;
            }
            ends.push(Some(self.dfa.next_eoi_state(self.cache, state).ok()?.is_match()));
            at += 1;
        }
        Some(Walk { table, start, ends })
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::StringViewArray;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{Pattern, Walk};
    use crate::decode::views::Views;

    const PATTERNS: [&str; 24] = [
        "",
        "a",
        "^$",
        "^a",
        "a$",
        "abc",
        "^[a-z]+$",
        r"^\d{3}-\d{4}$",
        r"^[\w.+-]+@\w+\.\w{2,}$",
        "(?i)straße",
        r"\bword\b",
        r"\Bx",
        "a|b|cd",
        "^(a|ab)(c|bcd)$",
        "(?m)^b$",
        "(?s)a.b",
        "a.b",
        "[^a]",
        r"\p{Greek}",
        r"\s$",
        "x*",
        "(?-u:b)c",
        "é",
        "^.{2}$",
    ];

    fn agree(pattern: &Pattern, texts: &[&str]) {
        let column: StringViewArray = texts.iter().copied().map(Some).collect();
        let answers = pattern.matcher().rows(&Views::new(&column), 0..texts.len());
        for (text, answer) in texts.iter().zip(&answers) {
            assert_eq!(answer, pattern.is_match(text.as_bytes()), "{pattern:?} {text:?}");
        }
    }

    #[test]
    fn a_walk_says_what_the_crate_says() {
        for pattern in PATTERNS {
            let pattern = Pattern::new(pattern).unwrap();
            let texts = [
                "",
                "a",
                "b",
                "ab",
                "ba",
                "abc",
                "abcd",
                "xabcx",
                "word",
                "a word b",
                "swordé",
                "é word",
                "wordé",
                "STRASSE",
                "STRAßE",
                "a\nb",
                "b\na",
                "a\nb\nc",
                "555-1234",
                "x@y.zz",
                "é",
                "éé",
                "α",
                " ",
                "\u{a0}",
                "bc",
                "\n",
                "a text that is longer than what two looks at the answer are apart, with a word in it and abc at its end",
            ];
            agree(&pattern, &texts);
            (0..6).for_each(|count| agree(&pattern, &texts[..count]));
            agree(&pattern, &[texts[texts.len() - 1]; 5]);
        }
    }

    #[test]
    fn small_patterns_are_walked_and_large_ones_are_not() {
        for pattern in ["^[a-z]+$", "", r"\bword\b", r"^[\w.+-]+@[\w-]+\.[\w.]+$", "abc|def"] {
            assert!(Walk::new(pattern).is_some(), "{pattern}");
        }
        assert!(Walk::new("^[a-zé]{300}$").is_none());
        agree(&Pattern::new(r"^\w{50}$").unwrap(), &["é".repeat(50).as_str(), "a", "é", "é"]);
        agree(&Pattern::new("^[a-zé]{300}$").unwrap(), &["é".repeat(300).as_str(), "a", "é"]);
    }

    #[test]
    fn what_is_no_pattern() {
        assert!(Pattern::new("a(b").unwrap_err().contains("unclosed group"));
        assert!(Pattern::new(r"(a)\1").unwrap_err().contains("backreferences"));
    }

    #[test]
    fn a_pattern_is_compiled_once() {
        let one = Pattern::new("only once").unwrap();
        assert!(std::ptr::eq(&*one, &*Pattern::new("only once").unwrap()));
    }

    proptest! {
        #[test]
        fn every_text(at in 0..PATTERNS.len(), texts in vec("[a-dx0-9@. \n\u{e9}\u{3b1}-]{0,12}", 0..70)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            agree(&Pattern::new(PATTERNS[at]).unwrap(), &texts);
        }
    }
}
