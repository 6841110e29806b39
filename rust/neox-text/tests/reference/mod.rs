//! Slow twins, written from the definitions alone: what every fast stage must equal.

#![allow(dead_code, clippy::unwrap_used)] // a test file uses some of them

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization_alignments::UnicodeNormalization;

/// NFC with the tables of Unicode 9.
pub fn nfc(text: &str) -> String {
    text.nfc().map(|(c, _)| c).collect()
}

/// Whether a character is of a class of `regex`: `\p{L}`, `\p{N}`, `\s`, `\w`.
pub fn is(class: &str, c: char) -> bool {
    static CLASSES: LazyLock<HashMap<&str, Regex>> = LazyLock::new(|| {
        let classes = [r"\p{L}", r"\p{N}", r"\s", r"\w"];
        classes.map(|class| (class, Regex::new(&format!("^{class}$")).unwrap())).into()
    });
    CLASSES[class].is_match(c.encode_utf8(&mut [0; 4]))
}

/// Pieces of a text as byte ranges:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
pub fn split(text: &str) -> Vec<Range<usize>> {
    let (mut at, mut pieces) = (0, Vec::new());
    while at < text.len() {
        let length = first_piece(&text[at..]);
        pieces.push(at..at + length);
        at += length;
    }
    pieces
}

fn first_piece(text: &str) -> usize {
    let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
    if let Some(found) = contractions.iter().find(|c| text.starts_with(**c)) {
        return found.len();
    }
    let body = text.strip_prefix(' ').unwrap_or(text);
    if let Some(kind) = body.chars().next().map(kind).filter(|kind| *kind != r"\s") {
        return text.len() - body.len() + run(body, kind);
    }
    let spaces = run(text, r"\s");
    let last = text[..spaces].chars().next_back().unwrap().len_utf8();
    if spaces < text.len() && spaces > last { spaces - last } else { spaces }
}

/// The class of a character, empty where it is none of those that the pattern names.
fn kind(c: char) -> &'static str {
    [r"\p{L}", r"\p{N}", r"\s"].into_iter().find(|class| is(class, c)).unwrap_or("")
}

/// Bytes of the characters of one kind at the start of a text.
fn run(text: &str, of: &str) -> usize {
    text.chars().take_while(|c| kind(*c) == of).map(char::len_utf8).sum()
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

/// Learns merges from pieces and their counts as `BpeTrainer` does, every count looked at again for
/// each merge: vocabulary in order of id, merges in order of rank.
pub fn train(
    pieces: &BTreeMap<Vec<u8>, u64>,
    special: &[&str],
    size: usize,
    min_frequency: u64,
) -> (Vec<String>, Vec<(u32, u32)>) {
    let letters = byte_chars();
    let mut vocab: Vec<String> = special.iter().map(ToString::to_string).collect();
    for letter in letters.iter().collect::<BTreeSet<_>>() {
        if !vocab.contains(&letter.to_string()) {
            vocab.push(letter.to_string());
        }
    }
    let id = |vocab: &[String], s: &str| vocab.iter().position(|v| v == s).unwrap() as u32;
    let spell = |piece: &[u8]| {
        piece.iter().map(|b| id(&vocab, &letters[usize::from(*b)].to_string())).collect()
    };
    let mut words: Vec<Vec<u32>> = pieces.keys().map(|piece| spell(piece)).collect();
    let times: Vec<u64> = pieces.values().copied().collect();
    // The reference never takes what it merged from the count of a pair, and it knows a pair by
    // batches: when one was made, with which count, in which words.
    let mut counts: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    let mut batches: Vec<(u64, (u32, u32), BTreeSet<usize>)> = Vec::new();
    let mut merges: Vec<(u32, u32)> = Vec::new();
    let mut made: BTreeMap<(u32, u32), BTreeSet<usize>> = BTreeMap::new();
    for (i, word) in words.iter().enumerate() {
        for pair in word.windows(2).map(|pair| (pair[0], pair[1])) {
            *counts.entry(pair).or_default() += times[i];
            made.entry(pair).or_default().insert(i);
        }
    }
    loop {
        let alive = std::mem::take(&mut made).into_iter().filter(|(pair, _)| counts[pair] > 0);
        batches.extend(alive.map(|(pair, words)| (counts[&pair], pair, words)));
        let first = |i: &usize| (batches[*i].0, std::cmp::Reverse((batches[*i].1, *i)));
        let Some(best) = (0..batches.len()).max_by_key(first) else { break };
        let (count, (left, right), _) = batches[best];
        if vocab.len() >= size {
            break;
        }
        if count != counts[&(left, right)] {
            batches[best].0 = counts[&(left, right)];
            continue;
        }
        if count < min_frequency.max(1) {
            break;
        }
        let text = vocab[left as usize].clone() + &vocab[right as usize];
        if !vocab.contains(&text) {
            vocab.push(text.clone());
        }
        let product = id(&vocab, &text);
        merges.retain(|pair| *pair != (left, right));
        merges.push((left, right));
        for i in batches.remove(best).2 {
            let (word, mut at) = (&mut words[i], 0);
            while at + 1 < word.len() {
                if (word[at], word[at + 1]) == (left, right) {
                    word.splice(at..at + 2, [product]);
                    if at > 0 {
                        *counts.get_mut(&(word[at - 1], left)).unwrap() -= times[i];
                        *counts.entry((word[at - 1], product)).or_default() += times[i];
                        made.entry((word[at - 1], product)).or_default().insert(i);
                    }
                    if at + 1 < word.len() {
                        *counts.get_mut(&(right, word[at + 1])).unwrap() -= times[i];
                        *counts.entry((product, word[at + 1])).or_default() += times[i];
                        made.entry((product, word[at + 1])).or_default().insert(i);
                    }
                }
                at += 1;
            }
        }
    }
    (vocab, merges)
}
