//! From a text to its tokens, section by section of the reference's behaviour: slow, plain, and
//! written from the rules alone.
//!
//! The text is a list of characters, each with the part of the source it came from. Every rule
//! replaces some of them by a tag, one rule after the other, as the reference does with strings.

use super::patterns;
use neox_text::encode::{AddedToken, Special};
use neox_text::japanese::clean::{self, Rules};
use neox_text::japanese::emoji::{EmojiFound, EmojiMatcher, EmojiScratch, EmojiTable, Matching};
use neox_text::japanese::{Match, Options, heterographs};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// The longest surface without `<` that is looked for where the longest is taken.
const LONGEST: usize = 64;

/// A character on its way, with the part of the text that it came from, in characters.
#[derive(Clone, Copy, Debug)]
struct Unit {
    c: char,
    start: usize,
    end: usize,
    /// Whether it belongs to a tag that a rule wrote, and not to the text.
    made: bool,
}

/// An id and its part of the text; where tokens share a character the first has it.
pub type Token = (u32, usize, usize);

/// The first tag in a text that must not have any, and its place.
pub type Refused = (String, usize);

/// What a part of a text is to added tokens.
enum Part {
    Text,
    Token(u32),
    Refused(u32),
}

/// The two files and the options.
pub struct Twin {
    pub rows: Vec<Vec<String>>,
    pub ids: HashMap<String, u32>,
    /// Characters of the longest surface.
    longest: usize,
    pub table: EmojiTable,
    pub options: Options,
    pub added: BTreeMap<u32, AddedToken>,
    /// Whether every place that has a choice drops its best candidate.
    pub drops: bool,
}

pub fn is_tag(surface: &str) -> bool {
    surface.len() > 2 && surface.starts_with('<') && surface.ends_with('>')
}

impl Twin {
    pub fn new(vocab: &str, table: EmojiTable, options: Options) -> Self {
        let whole = vocab.strip_suffix('\n').unwrap_or(vocab);
        let count = whole.split('\n').count();
        let row = |(at, line): (usize, &str)| {
            let last = at + 1 == count && whole.len() == vocab.len();
            if line == "," && (options.comma || last) {
                return vec![",".to_owned()];
            }
            line.split(',').map(str::to_owned).collect()
        };
        let rows: Vec<Vec<String>> = whole.split('\n').enumerate().map(row).collect();
        let mut ids = HashMap::new();
        // Later lines win; where layers decide, a canonical form keeps its own line.
        for canonical in [false, true] {
            for (id, row) in (0..).zip(&rows) {
                for (at, surface) in row.iter().enumerate() {
                    let known = at == 0 || is_same(surface, &row[0]);
                    let counts = !options.layers || known && (at == 0) == canonical;
                    if counts && !surface.is_empty() {
                        ids.insert(surface.clone(), id);
                    }
                }
            }
        }
        let longest = ids.keys().map(|surface| surface.chars().count()).max().unwrap();
        Self { rows, ids, longest, table, options, added: BTreeMap::new(), drops: false }
    }

    /// With more added tokens, whose ids follow the last line.
    pub fn with_added(mut self, tokens: &[AddedToken]) -> Self {
        for token in tokens {
            let known = self.ids.get(&token.content).copied();
            let next = (self.rows.len()..).map(|id| id as u32);
            let id = known.or_else(|| next.into_iter().find(|id| !self.added.contains_key(id)));
            self.added.insert(id.unwrap(), token.clone());
        }
        self
    }

    /// The ids of what a text must not hold where `special` says so.
    pub fn controls(&self) -> HashSet<u32> {
        let tags = self.ids.iter().filter(|(surface, _)| is_tag(surface)).map(|(_, id)| *id);
        let options = &self.options;
        let named =
            [&options.bos_token, &options.eos_token, &options.unk_token, &options.pad_token]
                .into_iter()
                .flatten()
                .filter_map(|name| self.ids.get(name.as_str()).copied());
        let added = self.added.iter().filter(|(_, token)| token.special).map(|(id, _)| *id);
        tags.chain(named).chain(added).collect()
    }

    pub fn tokens(&self, text: &str, special: &Special) -> Result<Vec<Token>, Refused> {
        let text: Vec<char> = text.chars().collect();
        let mut tokens = Vec::new();
        for (range, part) in self.parts(&text, special) {
            match part {
                Part::Token(id) => tokens.push((id, range.start, range.end)),
                Part::Text => tokens.extend(self.part(&text, range, special)?),
                Part::Refused(id) => return Err((self.added[&id].content.clone(), range.start)),
            }
        }
        Ok(tokens)
    }

    pub fn ids(&self, text: &str, special: &Special) -> Result<Vec<u32>, Refused> {
        Ok(self.tokens(text, special)?.into_iter().map(|token| token.0).collect())
    }

    /// Added tokens and what lies between them: at each place the longest, and the first place
    /// first; a match that does not count is passed over whole.
    fn parts(&self, text: &[char], special: &Special) -> Vec<(Range<usize>, Part)> {
        let (mut parts, mut done, mut at) = (Vec::new(), 0, 0);
        let is_word = |at: usize| text.get(at).is_some_and(|c| c.is_alphanumeric() || *c == '_');
        while at < text.len() {
            let fits = |token: &AddedToken| {
                let content: Vec<char> = token.content.chars().collect();
                text[at..].starts_with(&content).then_some(content.len())
            };
            let all = self.added.iter().filter_map(|(id, t)| Some((fits(t)?, *id, t)));
            let Some((length, id, token)) = all.max_by_key(|found| found.0) else {
                at += 1;
                continue;
            };
            let (mut start, mut end) = (at, at + length);
            at = end;
            let counts = match special {
                Special::Parse | Special::Error => true,
                Special::Text => !token.special,
                Special::Only(ids) => !token.special || ids.contains(&id),
            };
            let alone = (start == 0 || !is_word(start - 1)) && !is_word(end);
            if start < done || !counts || token.single_word && !alone {
                continue;
            }
            if token.special && *special == Special::Error {
                parts.push((done..start, Part::Text));
                parts.push((start..end, Part::Refused(id)));
                return parts;
            }
            while token.lstrip && start > done && text[start - 1].is_whitespace() {
                start -= 1;
            }
            while token.rstrip && text.get(end).is_some_and(|c| c.is_whitespace()) {
                end += 1;
            }
            if done < start {
                parts.push((done..start, Part::Text));
            }
            parts.push((start..end, Part::Token(id)));
            done = end;
        }
        if done < text.len() {
            parts.push((done..text.len(), Part::Text));
        }
        parts
    }

    fn part(
        &self,
        text: &[char],
        range: Range<usize>,
        special: &Special,
    ) -> Result<Vec<Token>, Refused> {
        let unit = |at: usize| Unit { c: text[at], start: at, end: at + 1, made: false };
        let mut units: Vec<Unit> = range.map(unit).collect();
        if self.options.emoji == Matching::Grapheme {
            self.graphemes(&mut units);
        }
        spaces(&mut units);
        if self.options.emoji == Matching::Rank {
            for (key, class) in &self.table.keys {
                let key: Vec<char> = key.chars().collect();
                let found = occurrences(&units, &key);
                swap(&mut units, &found, &format!("<|emoji{class}|>"));
            }
        }
        self.marks(&mut units);
        if self.options.clean {
            self.clean(&mut units, special);
        }
        self.segment(&units, special)
    }

    /// Emoji of the other kind, which are found before spaces are tags: by the room itself.
    fn graphemes(&self, units: &mut Vec<Unit>) {
        let mut codes: HashMap<char, u16> = HashMap::new();
        let mut triggers = HashSet::new();
        for (c, begins) in EmojiMatcher::alphabet(&self.table, Matching::Grapheme) {
            let next = codes.len() as u16 + 1;
            codes.entry(written(c)).or_insert(next);
            if begins {
                triggers.insert(written(c));
            }
        }
        let code = |c: char| codes.get(&written(c)).copied().unwrap_or(0);
        let text: Vec<u16> = units.iter().map(|unit| code(unit.c)).collect();
        let places: Vec<u32> = (0..)
            .zip(&*units)
            .filter(|(_, unit)| triggers.contains(&written(unit.c)))
            .map(|(at, _)| at)
            .collect();
        let matcher = EmojiMatcher::new(&self.table, Matching::Grapheme, &code);
        let mut found = Vec::new();
        matcher.find(&text, &places, &mut EmojiScratch::default(), &mut found);
        let tag = |class: u8| format!("<|emoji{class}|>");
        let range = |place: &EmojiFound| place.start as usize..place.end as usize;
        swap_each(units, found.iter().map(|place| (range(place), tag(place.class))));
    }

    /// Voicing marks join kana, and selectors leave ideographs.
    fn marks(&self, units: &mut Vec<Unit>) {
        let mut kept: Vec<Unit> = Vec::new();
        // Whether the last one kept has a mark of its own already.
        let mut voiced = false;
        for unit in units.drain(..) {
            if let Some(before) = kept.last_mut().filter(|before| !before.made && !unit.made) {
                let composed = (self.options.compose && !voiced)
                    .then(|| compose(before.c, unit.c))
                    .flatten()
                    .filter(|_| before.end == unit.start);
                if let Some(c) = composed {
                    (before.c, before.end) = (c, unit.end);
                    voiced = true;
                    continue;
                }
                let selector =
                    matches!(unit.c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
                if self.options.strip_ivs && selector && is_ideograph(before.c) {
                    before.end = unit.end;
                    continue;
                }
            }
            voiced = false;
            kept.push(unit);
        }
        *units = kept;
    }

    fn clean(&self, units: &mut Vec<Unit>, special: &Special) {
        let Rules::Reference(price) = self.options.rules() else {
            return Self::clean_better(units, special);
        };
        for (find, tag) in patterns::rules(price) {
            let text: String = units.iter().map(|unit| unit.c).collect();
            let found = patterns::in_chars(&text, &find(&text));
            swap(units, &found, tag);
        }
        blocks(units, *special == Special::Parse);
    }

    /// Cleaning by our own rules has a twin of its own; here the room itself does it.
    fn clean_better(units: &mut Vec<Unit>, special: &Special) {
        let kind = |unit: &Unit| match unit {
            Unit { made: true, .. } => clean::OTHER,
            Unit { c, .. } => clean::kind(Rules::Better, *c),
        };
        let mut kinds: Vec<u8> = units.iter().map(kind).collect();
        let mut found = Vec::new();
        clean::find(Rules::Better, &mut kinds, *special == Special::Parse, &mut found);
        let range = |place: &clean::Found| place.start as usize..place.end as usize;
        swap_each(units, found.iter().map(|place| (range(place), place.tag.name().to_owned())));
    }

    fn segment(&self, units: &[Unit], special: &Special) -> Result<Vec<Token>, Refused> {
        let controls = self.controls();
        let (mut tokens, mut at) = (Vec::new(), 0);
        while at < units.len() {
            let unit = units[at];
            let found = self.best(units, at, &controls, special);
            let length = found.map_or(1, |found| found.0);
            let end = units[at + length - 1].end;
            at += length;
            let Some((_, id)) = found else {
                let mut start = unit.start;
                for id in self.fallback(unit.c) {
                    tokens.push((id, start, end));
                    start = end;
                }
                continue;
            };
            let checks = *special == Special::Error && unit.c == '<' && !unit.made;
            if checks && controls.contains(&id) {
                return Err((self.rows[id as usize][0].clone(), unit.start));
            }
            tokens.push((id, unit.start, end));
        }
        Ok(tokens)
    }

    /// The length and id of the best candidate at a place.
    fn best(
        &self,
        units: &[Unit],
        at: usize,
        controls: &HashSet<u32>,
        special: &Special,
    ) -> Option<(usize, u32)> {
        let mut all = self.candidates(units, at);
        let checks = units[at].c == '<' && !units[at].made;
        if checks {
            all.retain(|(_, id)| match special {
                Special::Parse | Special::Error => true,
                Special::Text => !controls.contains(id),
                Special::Only(ids) => !controls.contains(id) || ids.contains(id),
            });
        }
        let begins = units[at].c == '<';
        let wins = |(length, _): &(usize, u32)| begins && *length > 2;
        if self.options.matching == Match::Longest || all.iter().any(wins) {
            all.sort_by_key(|(length, _)| usize::MAX - length);
        } else {
            all.sort_by_key(|(length, id)| (*id, usize::MAX - length));
        }
        let drops = self.drops && !begins && all.len() > 1;
        all.get(usize::from(drops)).copied()
    }

    fn candidates(&self, units: &[Unit], at: usize) -> Vec<(usize, u32)> {
        let most = match self.options.matching {
            _ if units[at].c == '<' => self.longest,
            Match::Smallest => 3,
            Match::Longest => self.longest.min(LONGEST),
        };
        let (mut found, mut surface) = (Vec::new(), String::new());
        for (length, unit) in (1..=most).zip(&units[at..]) {
            surface.push(unit.c);
            found.extend(self.ids.get(&surface).map(|id| (length, *id)));
        }
        found
    }

    fn fallback(&self, c: char) -> Vec<u32> {
        let tag = match u32::from(c) {
            0xA1..=0xBF | 0x1C0..=0x1C3 | 0x2B9..=0x2FF | 0x300..=0x362 => "<KIGOU>",
            0x2000..=0x2BFF => "<U2000U2BFF>",
            _ => {
                let bytes = c.to_string().into_bytes();
                return bytes.iter().map(|byte| self.ids[&format!("<|byte{byte}|>")]).collect();
            }
        };
        vec![self.ids[tag]]
    }

    /// The text of ids.
    pub fn decode(&self, ids: &[u32]) -> String {
        let mut bytes = Vec::new();
        for id in ids {
            let Some(row) = self.rows.get(*id as usize) else {
                bytes.extend_from_slice(self.added[id].content.as_bytes());
                continue;
            };
            let surface = row[0].as_str();
            let byte = surface.strip_prefix("<|byte").and_then(|rest| rest.strip_suffix("|>"));
            if let Some(byte) = byte.and_then(|digits| digits.parse::<u8>().ok()) {
                match byte {
                    0x80.. if !self.options.lossless => bytes.extend("\u{fffd}".bytes()),
                    _ => bytes.push(byte),
                }
                continue;
            }
            let shown = self.table.displays.iter().find(|(tag, _)| tag == surface);
            bytes.extend_from_slice(match surface {
                "<SP>" => b" ",
                "<BR>" => b"\n",
                "<TAB>" => b"\t",
                "<BLOCK>" => "▀".as_bytes(),
                "<KIGOU>" => "ǀ".as_bytes(),
                "<U2000U2BFF>" => "‖".as_bytes(),
                other => shown.map_or(other, |(_, text)| text).as_bytes(),
            });
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Whether a layer knows an alternate; of those that would be `<KIGOU>` or `<U2000U2BFF>`, any.
fn is_same(alternate: &str, canonical: &str) -> bool {
    let is_sign = |c: char| {
        matches!(u32::from(c),
            0xA1..=0xBF | 0x1C0..=0x1C3 | 0x2B9..=0x2FF | 0x300..=0x362 | 0x2000..=0x2BFF)
    };
    heterographs::same_surface(alternate, canonical)
        || alternate.chars().all(is_sign) && heterographs::same(alternate, canonical)
}

/// A character as step 7 and 8 have it; spaces are alike.
fn written(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '—' | '−' => 'ー',
        other => other,
    }
}

/// Steps 1 to 8.
fn spaces(units: &mut Vec<Unit>) {
    for (key, tag) in [
        (" ", "<SP>"),
        ("\u{3000}", "<SP>"),
        ("\r\n", "<BR>"),
        ("\n", "<BR>"),
        ("\r", "<BR>"),
        ("\t", "<TAB>"),
    ] {
        let key: Vec<char> = key.chars().collect();
        let found = occurrences(units, &key);
        swap(units, &found, tag);
    }
    for unit in units {
        unit.c = written(unit.c);
    }
}

/// Where a key stands, from the left and without overlap.
fn occurrences(units: &[Unit], key: &[char]) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at + key.len() <= units.len() {
        if units[at..].iter().zip(key).all(|(unit, c)| unit.c == *c) {
            found.push(at..at + key.len());
            at += key.len();
        } else {
            at += 1;
        }
    }
    found
}

/// Put a tag in the place of each range; they are in order.
fn swap(units: &mut Vec<Unit>, ranges: &[Range<usize>], tag: &str) {
    swap_each(units, ranges.iter().map(|range| (range.clone(), tag.to_owned())));
}

fn swap_each(units: &mut Vec<Unit>, places: impl Iterator<Item = (Range<usize>, String)>) {
    let (mut out, mut done) = (Vec::with_capacity(units.len()), 0);
    for (range, tag) in places {
        out.extend_from_slice(&units[done..range.start]);
        let (start, end) = (units[range.start].start, units[range.end - 1].end);
        // The first character of the tag has the source, the others nothing.
        let first = |at: usize| if at == 0 { start } else { end };
        let made = tag.chars().enumerate();
        out.extend(made.map(|(at, c)| Unit { c, start: first(at), end, made: true }));
        done = range.end;
    }
    out.extend_from_slice(&units[done..]);
    *units = out;
}

/// Rules 7 and 8: box drawing, and runs of its tag.
fn blocks(units: &mut Vec<Unit>, literal: bool) {
    let tag: Vec<char> = "<BLOCK>".chars().collect();
    let (mut ranges, mut at): (Vec<Range<usize>>, usize) = (Vec::new(), 0);
    while at < units.len() {
        let rest = &units[at..];
        let is_literal = literal
            && rest.len() >= tag.len()
            && rest.iter().zip(&tag).all(|(unit, c)| unit.c == *c);
        let length = match rest[0].c {
            '\u{2500}'..='\u{259f}' => 1,
            _ if is_literal => tag.len(),
            _ => {
                at += 1;
                continue;
            }
        };
        match ranges.last_mut().filter(|range| range.end == at) {
            Some(range) => range.end += length,
            None => ranges.push(at..at + length),
        }
        at += length;
    }
    swap(units, &ranges, "<BLOCK>");
}

/// A kana and a voicing mark as one, if there is such a kana.
fn compose(before: char, mark: char) -> Option<char> {
    let mark = match mark {
        '\u{3099}' | '゛' | 'ﾞ' => '\u{3099}',
        '\u{309a}' | '゜' | 'ﾟ' => '\u{309a}',
        _ => return None,
    };
    if !matches!(before, 'ぁ'..='ヿ' | '\u{ff66}'..='\u{ff9d}') {
        return None;
    }
    let mut chars = [before, mark].into_iter().nfkc();
    chars.next().filter(|_| chars.next().is_none())
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '々' | '〆' | '〇' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
