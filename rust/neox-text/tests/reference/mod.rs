//! Slow twins, written from the definitions alone: what every fast stage must equal.

#![allow(dead_code, clippy::unwrap_used)] // a test file uses some of them

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use regex::Regex;
use unicode_normalization_alignments::UnicodeNormalization;

/// NFC with the tables of Unicode 9.
pub fn nfc(text: &str) -> String {
    text.nfc().map(|(c, _)| c).collect()
}

/// Tells whether a character is of a class such as `\p{L}`.
pub fn class(pattern: &str) -> impl Fn(char) -> bool + use<> {
    let class = Regex::new(&format!("^{pattern}$")).unwrap();
    move |c| class.is_match(c.encode_utf8(&mut [0; 4]))
}

/// Pieces of a text as byte ranges:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
pub struct Gpt2 {
    classes: HashMap<char, usize>,
    tests: [Box<dyn Fn(char) -> bool>; 3],
}

impl Gpt2 {
    pub fn new() -> Self {
        let tests = [r"\p{L}", r"\p{N}", r"\s"];
        Self { classes: HashMap::new(), tests: tests.map(|t| Box::new(class(t)) as _) }
    }

    /// 0 letter, 1 number, 2 whitespace, 3 anything else.
    fn class(&mut self, c: char) -> usize {
        let tests = &self.tests;
        *self.classes.entry(c).or_insert_with(|| tests.iter().position(|t| t(c)).unwrap_or(3))
    }

    pub fn split(&mut self, text: &str) -> Vec<Range<usize>> {
        let (mut at, mut pieces) = (0, Vec::new());
        while at < text.len() {
            let length = self.first_piece(&text[at..]);
            pieces.push(at..at + length);
            at += length;
        }
        pieces
    }

    fn first_piece(&mut self, text: &str) -> usize {
        let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
        if let Some(found) = contractions.iter().find(|c| text.starts_with(**c)) {
            return found.len();
        }
        let body = text.strip_prefix(' ').unwrap_or(text);
        let space = text.len() - body.len();
        if let Some(kind) = body.chars().next().map(|c| self.class(c)).filter(|kind| *kind != 2) {
            return space + self.run(body, kind);
        }
        let run = self.run(text, 2);
        let last = text[..run].chars().next_back().unwrap().len_utf8();
        if run < text.len() && run > last { run - last } else { run }
    }

    /// Bytes of the characters of one class at the start of a text.
    fn run(&mut self, text: &str, kind: usize) -> usize {
        text.chars().take_while(|c| self.class(*c) == kind).map(char::len_utf8).sum()
    }
}

/// An added token; `normalized` is for the caller, who knows which text is searched.
#[derive(Clone, Debug)]
pub struct Added {
    pub id: u32,
    pub content: String,
    pub lstrip: bool,
    pub rstrip: bool,
    pub single_word: bool,
}

/// Cuts added tokens out of a text, leftmost and longest first. A token that is refused
/// (`single_word`) hides what it covers all the same.
pub fn cut_added(text: &str, tokens: &[Added]) -> Vec<(Option<u32>, Range<usize>)> {
    let (word, space) = (LazyCell::new(|| class(r"\w")), LazyCell::new(|| class(r"\s")));
    let (mut parts, mut from, mut end_of_last) = (Vec::new(), 0, 0);
    while let Some(c) = text[from..].chars().next() {
        let here = tokens.iter().filter(|t| text[from..].starts_with(&t.content));
        let Some(token) = here.max_by_key(|t| t.content.len()) else {
            from += c.len_utf8();
            continue;
        };
        let (mut start, mut end) = (from, from + token.content.len());
        from = end;
        let (before, after) = (text[..start].chars().next_back(), text[end..].chars().next());
        if token.single_word && (before.is_some_and(&*word) || after.is_some_and(&*word)) {
            continue;
        }
        if token.lstrip {
            start = text[..start].trim_end_matches(&*space).len().max(end_of_last);
        }
        if token.rstrip {
            end = text.len() - text[end..].trim_start_matches(&*space).len();
        }
        if end <= start {
            continue; // the token before swallowed it
        }
        if end_of_last < start {
            parts.push((None, end_of_last..start));
        }
        parts.push((Some(token.id), start..end));
        end_of_last = end;
    }
    if end_of_last < text.len() {
        parts.push((None, end_of_last..text.len()));
    }
    parts
}

/// Merges the symbols of one piece: the lowest rank first, of equal ranks the leftmost.
/// `ranks` gives rank and product of a pair.
pub fn bpe(mut ids: Vec<u32>, ranks: &HashMap<(u32, u32), (u32, u32)>) -> Vec<u32> {
    loop {
        let found = ids.windows(2).enumerate().filter_map(|(at, pair)| {
            ranks.get(&(pair[0], pair[1])).map(|(rank, product)| (*rank, at, *product))
        });
        let Some((_, at, product)) = found.min() else { return ids };
        ids.splice(at..at + 2, [product]);
    }
}

/// The character of each byte in a byte-level vocabulary.
pub fn byte_chars() -> Vec<char> {
    let seen = |byte: &u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let mut next = '\u{100}'..;
    (0..=255u8).map(|b| if seen(&b) { char::from(b) } else { next.next().unwrap() }).collect()
}

/// Learns merges from pieces and their counts: as long as there is room, the pair that occurs most
/// often is merged, of equal ones that with the lowest ids. Gives the vocabulary in order of id and
/// the merges in order of rank.
pub fn train(
    pieces: &BTreeMap<Vec<u8>, u64>,
    special: &[&str],
    size: usize,
    min_frequency: u64,
) -> (Vec<String>, Vec<(u32, u32)>) {
    let letters = byte_chars();
    let sorted: BTreeSet<String> = letters.iter().map(char::to_string).collect();
    let mut vocab: Vec<String> = special.iter().map(ToString::to_string).collect();
    vocab.extend(sorted.into_iter().filter(|letter| !special.contains(&letter.as_str())));
    let id = |vocab: &[String], s: &str| vocab.iter().position(|v| v == s).unwrap() as u32;
    let spell = |byte: &u8| id(&vocab, &letters[usize::from(*byte)].to_string());
    let mut words: Vec<(Vec<u32>, u64)> =
        pieces.iter().map(|(piece, times)| (piece.iter().map(spell).collect(), *times)).collect();
    let mut merges = Vec::new();
    while vocab.len() < size {
        let mut counts: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (word, times) in &words {
            for pair in word.windows(2) {
                *counts.entry((pair[0], pair[1])).or_default() += times;
            }
        }
        let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
        let Some((pair, _)) = most.filter(|(_, count)| *count >= min_frequency) else { break };
        let text = vocab[pair.0 as usize].clone() + &vocab[pair.1 as usize];
        if !vocab.contains(&text) {
            vocab.push(text.clone());
        }
        merges.push(pair);
        for (word, _) in &mut words {
            let mut at = 0;
            while at + 1 < word.len() {
                if (word[at], word[at + 1]) == pair {
                    word.splice(at..at + 2, [id(&vocab, &text)]);
                }
                at += 1;
            }
        }
    }
    (vocab, merges)
}
