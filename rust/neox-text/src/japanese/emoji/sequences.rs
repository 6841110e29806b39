//! What of a table can be found in a text, and the trigger of each sequence.

use super::grapheme::Grammar;
use super::straddle::is_dead;
use super::trie::Trie;
use super::{EmojiTable, Matching};
use std::collections::{BTreeMap, HashSet};

/// A sequence to search for.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    pub(super) chars: Vec<char>,
    pub(super) class: u8,
    /// Its place in the table; of two that overlap the lower one is found.
    pub(super) rank: u32,
    /// Where in it the trigger stands.
    pub(super) trigger: u8,
}

impl Sequence {
    fn new(chars: Vec<char>, class: u8, rank: usize) -> Self {
        let rarest = |&(at, &c): &(usize, &char)| (commonness(c), at);
        let trigger = chars.iter().enumerate().min_by_key(rarest).map_or(0, |(at, _)| at as u8);
        Self { chars, class, rank: rank as u32, trigger }
    }
}

/// What is searched for.
#[derive(Clone, Debug, Default)]
pub(super) struct Sequences {
    pub(super) list: Vec<Sequence>,
    /// What the characters of emoji do in a grapheme; empty where sequences are all there is.
    pub(super) grammar: Grammar,
}

impl Sequences {
    pub(super) fn new(table: &EmojiTable, matching: Matching) -> Self {
        match matching {
            Matching::Rank => Self { list: by_rank(table), grammar: Grammar::default() },
            Matching::Grapheme => by_grapheme(table),
        }
    }

    /// The characters that matter, and whether each is a trigger.
    pub(super) fn alphabet(&self) -> BTreeMap<char, bool> {
        let mut found: BTreeMap<char, bool> =
            self.grammar.roles().map(|(c, role, _)| (c, role.begins())).collect();
        for sequence in &self.list {
            for (at, &c) in sequence.chars.iter().enumerate() {
                *found.entry(c).or_default() |= at == usize::from(sequence.trigger);
            }
        }
        found
    }
}

/// Signs of ASCII in which kaomoji are written, the rarest in prose and code first.
const SIGNS: &str = "^~@?+;|*!_#`\\<>/='\"(-,.):";

/// How often a character is met in text of any kind; the lower, the better a trigger.
fn commonness(c: char) -> usize {
    if let Some(at) = SIGNS.find(c) {
        return 10 + at;
    }
    match c {
        '（' | '）' | '！' | '？' | '～' | '、' | '。' | '・' | 'ー' => 60,
        '\u{200D}' | '\u{FE0E}' | '\u{FE0F}' => 19, // no better than a sign
        '\u{C0}'..='\u{24F}' | '\u{370}'..='\u{52F}' | '\u{2010}'..='\u{2026}' => 18,
        '○' | '◎' | '●' | '□' | '☆' | '★' | '\u{A1}'..='\u{BF}' | '\u{FF01}'..='\u{FF9F}' => {
            1
        }
        '\u{4E00}'..='\u{9FFF}' => 70,
        '\u{3041}'..='\u{309A}' | '\u{30A1}'..='\u{30FA}' => 80,
        _ if c.is_ascii() => 90,
        _ => 0,
    }
}

/// The sequences of the reference: each place of a text goes to the first that can have it.
///
/// One that holds another of lower rank is never found: when its turn comes, the characters of the
/// other are taken, be it by the other or by what kept the other away.
pub(super) fn by_rank(table: &EmojiTable) -> Vec<Sequence> {
    let alive = table.keys.iter().enumerate().filter(|(_, (key, _))| !is_dead(key));
    let list: Vec<Sequence> = alive
        .map(|(rank, (key, class))| Sequence::new(key.chars().collect(), *class, rank))
        .collect();
    let labels = |s: &Sequence| s.chars.iter().map(|&c| u32::from(c)).collect();
    let trie = Trie::new(list.iter().map(|s| (labels(s), s.rank)).collect());
    let holds_lower = |sequence: &Sequence| {
        let labels: Vec<u32> = labels(sequence);
        (0..labels.len()).any(|from| {
            let mut inside = trie.beginnings(0, labels[from..].iter().copied());
            inside.any(|(_, rank)| rank < sequence.rank)
        })
    };
    let found: Vec<bool> = list.iter().map(|sequence| !holds_lower(sequence)).collect();
    list.into_iter().zip(found).filter_map(|(sequence, found)| found.then_some(sequence)).collect()
}

/// The emoji of the table as a grammar, and what the grammar does not give. Characters of emoji and
/// keycaps that the table lacks come from the table of this library, if the table has their class.
fn by_grapheme(table: &EmojiTable) -> Sequences {
    let known = table.known_classes();
    let more = EmojiTable::built_in().keys.iter();
    let more = more.filter(|(key, class)| known.contains(class) && is_part(key));
    let all: Vec<(Vec<char>, u8)> = table
        .keys
        .iter()
        .chain(more)
        .filter_map(|(key, class)| Some((as_searched(key)?, *class)))
        .collect();
    let grammar = Grammar::new(&all);
    let mut seen = HashSet::with_capacity(all.len());
    let others = all.iter().enumerate().filter(|(_, (chars, class))| {
        seen.insert(chars.as_slice()) && grammar.whole(chars) != Some(*class)
    });
    let list = others.map(|(rank, (chars, class))| Sequence::new(chars.clone(), *class, rank));
    Sequences { list: list.collect(), grammar }
}

/// Whether this is what emoji are made of: a character with or without style, a keycap, a flag.
fn is_part(key: &str) -> bool {
    let mut chars = key.chars();
    let (first, rest) = (chars.next(), chars.as_str());
    let is_flag = matches!(first, Some('\u{1F1E6}'..='\u{1F1FF}'));
    is_flag || matches!(rest, "" | "\u{FE0F}" | "\u{20E3}" | "\u{FE0F}\u{20E3}")
}

/// A sequence as the codes of a text have it: one space, one dash, none of either around it.
fn as_searched(key: &str) -> Option<Vec<char>> {
    let code = |c| match c {
        '\u{3000}' => ' ',
        '\u{2014}' | '\u{2212}' => 'ー',
        _ => c,
    };
    let chars: Vec<char> = key.trim_matches([' ', '\u{3000}']).chars().map(code).collect();
    let is_mark = matches!(chars[..], [] | ['©' | '®' | '™']);
    (!is_mark && !key.contains(['\r', '\n', '\t'])).then_some(chars)
}
