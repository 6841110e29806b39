//! Emoji, slowly: by replacing one sequence after another, and by the definition of a grapheme.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use neox_text::japanese::emoji::{
    EmojiFound, EmojiMatcher, EmojiScratch, EmojiTable, Matching, emoji_classes,
};
use regex::Regex;

/// Start, end, class.
pub type Span = (usize, usize, u8);

/// The text after white space, dashes and emoji, as the reference goes about it.
pub fn in_turn(table: &EmojiTable, text: &str) -> String {
    let mut text = spaces(text);
    for (key, class) in &table.keys {
        if text.contains(key) {
            text = text.replace(key, &format!("<|emoji{class}|>"));
        }
    }
    text
}

fn spaces(text: &str) -> String {
    let steps = [
        (" ", "<SP>"),
        ("\u{3000}", "<SP>"),
        ("\r\n", "<BR>"),
        ("\n", "<BR>"),
        ("\r", "<BR>"),
        ("\t", "<TAB>"),
        ("\u{2014}", "ー"),
        ("\u{2212}", "ー"),
    ];
    steps.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The text with what was found as tags, and all else as the reference writes it.
pub fn with_tags(text: &str, found: &[Span]) -> String {
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (String::new(), 0);
    for &(start, end, class) in found {
        let before = spaces(&String::from_iter(&chars[at..start]));
        write!(out, "{before}<|emoji{class}|>").unwrap();
        at = end;
    }
    out + &spaces(&String::from_iter(&chars[at..]))
}

/// By rank and place, each place of the text as it was goes to the first that can have it.
pub fn by_definition(table: &EmojiTable, text: &str) -> Vec<Span> {
    let dash = |c| if matches!(c, '\u{2014}' | '\u{2212}') { 'ー' } else { c };
    let chars: Vec<char> = text.chars().map(dash).collect();
    let coded: String = chars.iter().collect();
    let (mut taken, mut found) = (vec![false; chars.len()], Vec::new());
    for (key, class) in table.keys.iter().filter(|(key, _)| coded.contains(key)) {
        let key: Vec<char> = key.chars().collect();
        if key.iter().any(|c| " \u{3000}\r\n\t\u{2014}\u{2212}".contains(*c)) {
            continue;
        }
        for start in 0..chars.len() {
            let end = start + key.len();
            if chars[start..].starts_with(&key) && !taken[start..end].contains(&true) {
                taken[start..end].fill(true);
                found.push((start, end, *class));
            }
        }
    }
    found.sort_unstable();
    found
}

/// A matcher and the codes that it was made for.
pub struct Search {
    codes: HashMap<char, (u16, bool)>,
    matcher: EmojiMatcher,
}

impl Search {
    pub fn new(table: &EmojiTable, matching: Matching) -> Self {
        let alphabet = EmojiMatcher::alphabet(table, matching);
        // Far apart and out of order, as those of a vocabulary.
        let place = |i: usize| (i as u16).wrapping_mul(5).wrapping_add(300) % 20_011;
        let mut codes: HashMap<char, (u16, bool)> =
            alphabet.iter().enumerate().map(|(i, &(c, t))| (c, (place(i), t))).collect();
        assert_eq!(codes.len(), alphabet.len(), "a character is listed twice");
        for (from, to) in [(' ', '\u{3000}'), ('ー', '\u{2014}'), ('ー', '\u{2212}')] {
            assert!(!codes.contains_key(&to), "{to:?} has the code of another");
            if let Some(&code) = codes.get(&from) {
                codes.insert(to, code);
            }
        }
        let matcher = EmojiMatcher::new(table, matching, &|c| codes[&c].0);
        Self { codes, matcher }
    }

    /// The code of a character, and whether it is a trigger; others have codes outside.
    fn code(&self, c: char) -> (u16, bool) {
        self.codes.get(&c).copied().unwrap_or((30_000 + (c as u32 % 20_000) as u16, false))
    }

    pub fn spans(&self, text: &str) -> Vec<Span> {
        self.spans_with(text, &mut EmojiScratch::default())
    }

    pub fn spans_with(&self, text: &str, scratch: &mut EmojiScratch) -> Vec<Span> {
        let codes: Vec<(u16, bool)> = text.chars().map(|c| self.code(c)).collect();
        let triggers: Vec<u32> =
            (0..codes.len() as u32).filter(|&at| codes[at as usize].1).collect();
        let codes: Vec<u16> = codes.into_iter().map(|(code, _)| code).collect();
        let before = EmojiFound { start: 7, end: 8, class: 9 };
        let mut found = vec![before];
        self.matcher.find(&codes, &triggers, scratch, &mut found);
        assert_eq!(found.remove(0), before, "what was there stays");
        found.iter().map(|one| (one.start as usize, one.end as usize, one.class)).collect()
    }
}

/// Graphemes by their definition, a regular expression and all sequences at each place.
pub struct Graphemes {
    keys: HashMap<Vec<char>, u8>,
    longest: usize,
    emoji: Regex,
}

fn coded(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{2014}' | '\u{2212}' => 'ー',
        _ => c,
    }
}

const REGION: &str = "[\u{1F1E6}-\u{1F1FF}]";

impl Graphemes {
    pub fn new(table: &EmojiTable) -> Self {
        let built_in = EmojiTable::built_in();
        let mut keys = HashMap::new();
        let shown =
            |class: u8| table.displays.iter().any(|(tag, _)| *tag == format!("<|emoji{class}|>"));
        let part = |key: &str| {
            let first = key.chars().next().unwrap();
            let rest = &key[first.len_utf8()..];
            matches!(rest, "" | "\u{FE0F}" | "\u{20E3}" | "\u{FE0F}\u{20E3}")
                || ('\u{1F1E6}'..='\u{1F1FF}').contains(&first)
        };
        let more = built_in.keys.iter().filter(|(key, class)| shown(*class) && part(key));
        for (key, class) in table.keys.iter().chain(more) {
            let key: String = key.trim_matches([' ', '\u{3000}']).chars().map(coded).collect();
            if !key.is_empty()
                && !["©", "®", "™"].contains(&&*key)
                && !key.contains(['\n', '\r', '\t'])
            {
                keys.entry(key.chars().collect::<Vec<char>>()).or_insert(*class);
            }
        }
        let pictures: HashSet<&str> =
            built_in.keys.iter().map(|(key, _)| key.trim_end_matches('\u{FE0F}')).collect();
        let fixed = "🦰🦱🦲🦳\u{1F3FB}\u{1F3FC}\u{1F3FD}\u{1F3FE}\u{1F3FF}";
        let emoji = |c: &char| {
            (*c >= '\u{1F000}' || pictures.contains(&*c.to_string()))
                && !fixed.contains(*c)
                && !('\u{1F1E6}'..='\u{1F1FF}').contains(c)
                && !('\u{E0030}'..='\u{E007F}').contains(c)
        };
        let any_of = |found: HashSet<char>| {
            let mut found: Vec<String> = found.iter().map(char::to_string).collect();
            found.push("(?-u:\\b\\B)".to_owned()); // never empty
            found.join("|")
        };
        let of = |tail: &[char]| -> HashSet<char> {
            let begins = keys.keys().filter_map(|key| key.split_first());
            begins.filter(|(_, rest)| *rest == tail).map(|(&c, _)| c).filter(emoji).collect()
        };
        let (base, styled) = (of(&[]), of(&['\u{FE0F}']));
        let (base, styled) = (any_of(base), any_of(styled));
        let style = "[\u{FE0E}\u{FE0F}]";
        let tail = format!(
            "(?:[\u{1F3FB}-\u{1F3FF}]{style}?)?(?:[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]+\u{E007F})?"
        );
        let first = format!("(?:(?:{base}){style}?|(?:{styled})\u{FE0F}){tail}");
        let later = format!("(?:{first}|[🦰-🦳]{style}?{tail})");
        let flags = if keys.keys().any(|key| flag(key)) {
            format!("|{REGION}{REGION}")
        } else {
            String::new()
        };
        let pattern = format!("^(?:{first}(?:\u{200D}{later})*{flags})");
        let longest = keys.keys().map(Vec::len).max().unwrap_or(0);
        let emoji = Regex::new(&pattern).unwrap();
        Self { keys, longest, emoji }
    }

    fn class(&self, emoji: &[char]) -> u8 {
        if flag(&emoji[..2.min(emoji.len())]) {
            let mut flags = self.keys.iter().filter(|(key, _)| flag(key)).map(|(_, class)| *class);
            return flags.next().unwrap();
        }
        let styled = [emoji[0], '\u{FE0F}'];
        *self.keys.get(&emoji[..1]).or_else(|| self.keys.get(&styled[..])).unwrap()
    }

    pub fn spans(&self, text: &str) -> Vec<Span> {
        let chars: Vec<char> = text.chars().collect();
        let (mut found, mut at) = (Vec::new(), 0);
        while at < chars.len() {
            let rest: Vec<char> = chars[at..].iter().copied().map(coded).collect();
            let known = (1..=self.longest.min(rest.len()))
                .rev()
                .find_map(|size| self.keys.get(&rest[..size]).map(|class| (size, *class)));
            let drawn = self.emoji.find(&String::from_iter(&chars[at..])).map(|emoji| {
                let size = emoji.as_str().chars().count();
                (size, self.class(&chars[at..at + size]))
            });
            let best = match (known, drawn) {
                (Some(known), Some(drawn)) if drawn.0 > known.0 => Some(drawn),
                (known, drawn) => known.or(drawn),
            };
            let Some((size, class)) = best else {
                at += 1;
                continue;
            };
            found.push((at, at + size, class));
            at += size;
        }
        found
    }
}

fn flag(key: &[char]) -> bool {
    key.len() == 2 && key.iter().all(|c| ('\u{1F1E6}'..='\u{1F1FF}').contains(c))
}

pub fn classes(text: &str) -> Vec<u8> {
    emoji_classes(text).into_iter().map(|(_, _, class)| class).collect()
}
