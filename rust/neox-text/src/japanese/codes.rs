//! Characters as codes: those that act alike in every surface share one.
//!
//! Whatever a text may become is decided on codes, one for each of its characters, so that places
//! stay those of the text. ASCII keeps its numbers.

use super::classes::{Mix, Sought, classes, mix, pack, sequences, unpack};
use super::clean::{self, OTHER};
use super::fallback::{Fallback, fallback};
use super::marks;
use super::options::Options;
use super::segment::LONG;
use super::trie::Trie;
use super::vocab::{NONE, Surface, TagIds};
use crate::Result;

/// The end of a text; nothing goes on behind it.
pub const ROW: u16 = 128;
/// A character that belongs to the token before.
pub const SKIP: u16 = 129;
/// A character that becomes its bytes.
pub const BYTES: u16 = 130;
const SIGN: u16 = 131;
const SYMBOL: u16 = 132;
/// The tags that cleaning writes, in the order of `CLEANED`.
pub const CLEAN: u16 = 133;
/// The tags of emoji: class 1 is the first.
pub const EMOJI: u16 = CLEAN + CLEANED.len() as u16;
const CLASSES: u16 = 12;
/// The first of characters that are not ASCII.
pub const FIRST: u16 = EMOJI + CLASSES;

/// In the order of their codes.
pub const CLEANED: [clean::Tag; 6] = [
    clean::Tag::Url,
    clean::Tag::Email,
    clean::Tag::Tel,
    clean::Tag::Date,
    clean::Tag::Price,
    clean::Tag::Block,
];

/// What is known of a character: its code, then its kind for cleaning, then what it calls for.
pub type Char = u32;

/// A search for emoji begins here.
pub const TRIGGER: Char = 1 << 24;
/// The character itself must be kept: it may become bytes.
pub const RECORD: Char = 2 << 24;
/// It may join the character before it.
pub const MARK: Char = 4 << 24;
/// No character: half of a surrogate pair.
pub const BROKEN: Char = 8 << 24;
/// Any of these.
pub const CALLS: Char = 0x0F << 24;
/// Some emoji holds it.
pub const PICTURE: Char = 16 << 24;
/// Nothing that cleaning finds holds it.
pub const CLEAR: Char = 32 << 24;

pub fn code(char: Char) -> u16 {
    char as u16
}

pub fn kind(char: Char) -> u8 {
    (char >> 16) as u8
}

/// The character that takes another's place before anything is looked up.
pub fn rewritten(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '—' | '−' => 'ー',
        other => other,
    }
}

const PAGE: usize = 256;

/// What is known of every character.
#[derive(Clone)]
pub struct Codes {
    /// Of the first 65,536.
    low: Vec<Char>,
    /// The page of each 256 others; the first is that of characters nothing is known of.
    pages: Vec<u16>,
    high: Vec<Char>,
}

impl Codes {
    /// `of` tells what is known of a character that has no code of its own.
    fn new(of: &dyn Fn(char) -> Char) -> Self {
        let low = (0..0x1_0000).map(|c| char::from_u32(c).map_or(BROKEN, of)).collect();
        let pages = vec![0; (0x11_0000 - 0x1_0000) / PAGE];
        let high = vec![u32::from(BYTES) | u32::from(OTHER) << 16 | RECORD; PAGE];
        Self { low, pages, high }
    }

    fn set(&mut self, c: char, to: Char) {
        let Some(above) = (c as usize).checked_sub(0x1_0000) else {
            self.low[c as usize] = to;
            return;
        };
        let page = &mut self.pages[above / PAGE];
        if *page == 0 {
            *page = (self.high.len() / PAGE) as u16;
            self.high.extend_from_within(..PAGE);
        }
        self.high[usize::from(*page) * PAGE + above % PAGE] = to;
    }

    /// What is known of a number, which may be no character.
    #[inline]
    pub fn get(&self, c: u32) -> Char {
        match self.low.get(c as usize) {
            Some(char) => *char,
            None => self.get_high(c),
        }
    }

    fn get_high(&self, c: u32) -> Char {
        let above = c as usize - 0x1_0000;
        match self.pages.get(above / PAGE) {
            Some(page) => self.high[usize::from(*page) * PAGE + above % PAGE],
            None => BROKEN,
        }
    }

    /// Whether nothing that is found in a text, but for surfaces, holds both of these neighbours.
    pub fn is_seam(&self, left: u32, right: u32) -> bool {
        let (left, right) = (self.get(left), self.get(right));
        // A mark may make a character of another kind out of the one before it.
        (left | right) & (MARK | BROKEN) == 0 && left & CLEAR != 0 && left & right & PICTURE == 0
    }

    fn each(&mut self, change: impl Fn(&mut Char)) {
        self.low.iter_mut().chain(&mut self.high).for_each(change);
    }

    /// The code of a character.
    pub fn code(&self, c: char) -> u16 {
        code(self.get(u32::from(c)))
    }
}

/// The codes of a vocabulary and what sequences of them mean.
pub struct Compiled {
    pub codes: Codes,
    /// Ids of sequences that are longer than the least for them have [`LONG`] in them.
    pub trie: Trie,
    /// The fewest characters that each id can stand for.
    pub least: Vec<u8>,
    /// The characters of the longest sequence.
    pub longest: usize,
}

/// Compile the surfaces of a vocabulary; `emoji` are the characters of emoji, and whether a search
/// begins at them.
pub fn compile(
    surfaces: &[Surface],
    options: &Options,
    tags: &TagIds,
    emoji: &[(char, bool)],
) -> Result<Compiled> {
    compile_by(surfaces, options, tags, emoji, mix)
}

/// The same by a hash that may be a bad one.
fn compile_by(
    surfaces: &[Surface],
    options: &Options,
    tags: &TagIds,
    emoji: &[(char, bool)],
    mix: Mix,
) -> Result<Compiled> {
    let sought = Sought::new(surfaces, options, tags);
    let emoji: Vec<(char, bool)> =
        emoji.iter().map(|(c, begins)| (rewritten(*c), *begins)).collect();
    let mut own = classes(&sought, &emoji, Some(mix))?;
    let mut found = sequences(&sought, &own);
    if found.is_none() {
        own = classes(&sought, &emoji, None)?;
        found = sequences(&sought, &own);
    }
    let (short, mut long) = found.unwrap_or_default();

    let rules = options.clean.then(|| options.rules());
    let kind_of = |c: char| match rules {
        Some(rules) if !matches!(c, ' ' | '\n' | '\r' | '\t') => clean::kind(rules, c),
        _ => OTHER,
    };
    let lone = |c: char| match fallback(c) {
        Fallback::Sign => SIGN,
        Fallback::Symbol => SYMBOL,
        Fallback::Bytes => BYTES,
    };
    let of = |c: char| {
        let record = if lone(c) == BYTES { RECORD } else { 0 };
        u32::from(lone(c)) | u32::from(kind_of(c)) << 16 | record
    };
    let mut codes = Codes::new(&of);
    for c in ('\u{1_0000}'..=char::MAX).filter(|c| rules.is_some() && kind_of(*c) != OTHER) {
        codes.set(c, of(c));
    }
    for (c, code) in own.iter() {
        codes.set(c, u32::from(code) | u32::from(kind_of(c)) << 16 | RECORD);
    }
    for (surface, _) in sought.short.iter().filter(|found| found.0.char(1).is_none()) {
        if let Some(c) = surface.char(0) {
            codes.set(c, codes.get(u32::from(c)) & !RECORD);
        }
    }
    // Characters that only longer surfaces hold fall back like any other.
    for (c, code) in own.iter() {
        let id = match lone(c) {
            SIGN => tags.sign,
            SYMBOL => tags.symbol,
            _ => continue,
        };
        // With dropout what is in the trie is a candidate, which a fallback is not.
        if options.dropout > 0.0 {
            continue;
        }
        codes.set(c, codes.get(u32::from(c)) & !RECORD);
        let alone = pack(&[code]);
        if short.binary_search_by_key(&alone, |(sequence, _)| *sequence).is_err() {
            long.push((vec![code], id));
        }
    }
    for (c, begins) in &emoji {
        let flags = if *begins { TRIGGER | PICTURE } else { PICTURE };
        codes.set(*c, codes.get(u32::from(*c)) | flags);
    }
    codes.each(|char| {
        if kind(*char) == OTHER {
            *char |= CLEAR;
        }
    });
    for (c, shown) in ['\u{3000}', '—', '−'].map(|c| (c, rewritten(c))) {
        codes.set(c, codes.get(u32::from(shown)));
    }
    for c in marks::all(options) {
        codes.set(c, codes.get(u32::from(c)) | MARK);
    }

    let id_of = |tag: &str| {
        let found = surfaces.binary_search_by(|surface| surface.text.cmp(tag));
        found.map_or(NONE, |found| surfaces[found].id)
    };
    long.push((vec![SIGN], tags.sign));
    long.push((vec![SYMBOL], tags.symbol));
    for (code, tag) in (CLEAN..).zip(CLEANED) {
        long.push((vec![code], id_of(tag.name())));
    }
    for class in 0..CLASSES {
        long.push((vec![EMOJI + class], id_of(&format!("<|emoji{}|>", class + 1))));
    }
    let count = usize::from(own.last.max(FIRST)) + 1;
    let unpacked = short.into_iter().map(|(sequence, id)| (unpack(sequence), id));
    let mut sequences: Vec<(Vec<u16>, u32)> = unpacked.chain(long).collect();
    let least = least_lengths(&sequences, tags);
    let mut longest = 1;
    for (sequence, id) in &mut sequences {
        longest = longest.max(sequence.len());
        if *id != NONE && sequence.len() > usize::from(least[*id as usize]) {
            *id |= LONG;
        }
    }
    Ok(Compiled { codes, trie: Trie::new(count, sequences), least, longest })
}

/// The fewest characters that each id can stand for, up to 255.
fn least_lengths(sequences: &[(Vec<u16>, u32)], tags: &TagIds) -> Vec<u8> {
    let own = sequences.iter().map(|(sequence, id)| (*id, sequence.len()));
    // A byte stands for the character that it begins, or goes on with one.
    let begins = |byte: usize| usize::from(!(0x80..0xC0).contains(&byte));
    let bytes = tags.bytes.iter().enumerate().map(|(byte, id)| (*id, begins(byte)));
    let all: Vec<(u32, usize)> = own.chain(bytes).filter(|(id, _)| *id != NONE).collect();
    let count = all.iter().map(|(id, _)| *id as usize + 1).max().unwrap_or_default();
    let mut least = vec![u8::MAX; count];
    for (id, length) in all {
        let least = &mut least[id as usize];
        *least = (*least).min(length.min(usize::from(u8::MAX)) as u8);
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn ids(compiled: &Compiled, text: &str) -> Vec<(usize, u32)> {
        let codes: Vec<u16> = text.chars().map(|c| compiled.codes.code(c)).chain([ROW]).collect();
        let walk = |at: usize| {
            let (length, id) = compiled.trie.walk(&codes[at..], compiled.trie.first(codes[at]));
            (length, if id == NONE { id } else { id & !LONG })
        };
        (0..codes.len() - 1).map(walk).collect()
    }

    fn number(compiled: &Compiled) -> usize {
        let letters = "あいうえおかきく".chars();
        letters.map(|c| compiled.codes.code(c)).collect::<std::collections::HashSet<_>>().len()
    }

    proptest! {
        /// Characters that only seem alike get codes of their own, and nothing else changes.
        #[test]
        fn hashes_may_collide(
            surfaces in prop::collection::btree_map("[あいうえおかきく]{1,4}", 0u32..6, 1..40),
            text in "[あいうえおかきくけ]{0,30}",
            emoji in prop::collection::vec("[あ-く]".prop_map(|c| (c.chars().next().unwrap(), false)), 0..2),
        ) {
            let surfaces: BTreeMap<String, u32> = surfaces;
            let surfaces: Vec<Surface> =
                surfaces.iter().map(|(text, id)| Surface { text, id: *id }).collect();
            let (options, tags) = (Options::default(), TagIds::new(&|_| Some(9)));
            let made = |mix| compile_by(&surfaces, &options, &tags, &emoji, mix).unwrap();
            let [good, zero, bit] = [made(mix), made(|_| 0), made(|number| number & 1)];
            for bad in [&zero, &bit] {
                prop_assert_eq!(ids(bad, &text), ids(&good, &text));
                prop_assert!(number(bad) >= number(&good));
            }
        }
    }

    #[test]
    fn a_collision_gives_each_its_own() {
        let surface = |text, id| Surface { text, id };
        let surfaces = ["あ", "い", "うあ", "え"].iter().zip([1, 1, 2, 1]);
        let surfaces: Vec<Surface> = surfaces.map(|(text, id)| surface(text, id)).collect();
        let tags = TagIds::new(&|_| Some(9));
        let made = |mix| compile_by(&surfaces, &Options::default(), &tags, &[], mix).unwrap();
        // い and え are alike, あ is not; a hash that says so of all is found out.
        assert_eq!((number(&made(mix)), number(&made(|_| 0))), (4, 5));
    }
}
