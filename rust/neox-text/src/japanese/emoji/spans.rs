//! Emoji of a text by themselves, without a vocabulary.

use super::matcher::EmojiMatcher;
use super::sequences::Sequences;
use super::settle::EmojiScratch;
use super::{EmojiTable, Matching};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The code of all characters that no sequence has.
const OTHER: u16 = 0;
/// The bit that says that a code is a trigger.
const TRIGGER: u16 = 1 << 15;

/// Codes by character: the upper bits choose a block of 256.
struct Codes {
    blocks: Vec<u16>,
    codes: Vec<u16>,
}

impl Codes {
    fn new(alphabet: &BTreeMap<char, bool>) -> Self {
        let mut made = Self { blocks: Vec::new(), codes: vec![OTHER; 256] };
        for (code, (&c, &trigger)) in (1..TRIGGER).zip(alphabet) {
            made.set(c, code | if trigger { TRIGGER } else { 0 });
        }
        for (from, to) in [(' ', '\u{3000}'), ('ー', '\u{2014}'), ('ー', '\u{2212}')] {
            made.set(to, made.get(from));
        }
        made
    }

    fn set(&mut self, c: char, code: u16) {
        let at = c as usize >> 8;
        if self.blocks.len() <= at {
            self.blocks.resize(at + 1, 0);
        }
        if self.blocks[at] == 0 {
            self.blocks[at] = (self.codes.len() >> 8) as u16;
            self.codes.resize(self.codes.len() + 256, OTHER);
        }
        self.codes[usize::from(self.blocks[at]) << 8 | c as usize & 0xFF] = code;
    }

    fn get(&self, c: char) -> u16 {
        let block = self.blocks.get(c as usize >> 8).copied().unwrap_or_default();
        self.codes.get(usize::from(block) << 8 | c as usize & 0xFF).copied().unwrap_or_default()
    }
}

struct Spans {
    codes: Codes,
    matcher: EmojiMatcher,
}

impl Spans {
    fn new(table: &EmojiTable) -> Self {
        let sequences = Sequences::new(table, Matching::Grapheme);
        let codes = Codes::new(&sequences.alphabet());
        let code = |c| codes.get(c) & !TRIGGER;
        let matcher = EmojiMatcher::compile(&sequences, Matching::Grapheme, &code);
        Self { codes, matcher }
    }
}

/// About as many characters are searched at a time; no sequence holds a line feed.
const CHUNK: usize = 1 << 14;

/// The emoji and kaomoji of a text: start and end in characters, and the class, 1 to 12.
///
/// They are found as whole graphemes with the table of this library ([`EmojiTable::built_in`]).
pub fn emoji_classes(text: &str) -> Vec<(usize, usize, u8)> {
    static SPANS: OnceLock<Spans> = OnceLock::new();
    let Spans { codes, matcher } = SPANS.get_or_init(|| Spans::new(EmojiTable::built_in()));
    let (mut units, mut triggers) = (Vec::new(), Vec::new());
    let (mut scratch, mut found) = (EmojiScratch::default(), Vec::new());
    let (mut classes, mut base) = (Vec::new(), 0);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let code = codes.get(c);
        if code & TRIGGER != 0 {
            triggers.push(units.len() as u32);
        }
        units.push(code & !TRIGGER);
        if chars.peek().is_none() || (c == '\n' && units.len() >= CHUNK) {
            matcher.find(&units, &triggers, &mut scratch, &mut found);
            let span = |at: u32| base + at as usize;
            classes.extend(found.drain(..).map(|one| (span(one.start), span(one.end), one.class)));
            base += units.len();
            units.clear();
            triggers.clear();
        }
    }
    classes
}
