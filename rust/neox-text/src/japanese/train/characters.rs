//! Which characters have an entry of their own, whatever the texts hold.

use super::jis;
use super::reader::Reader;
use std::collections::{HashMap, HashSet};

/// The tags that end every vocabulary, without those of bytes.
const TAGS: [&str; 11] = [
    "<BR>",
    "<SP>",
    "<TAB>",
    "<URL>",
    "<EMAIL>",
    "<TEL>",
    "<DATE>",
    "<PRICE>",
    "<BLOCK>",
    "<KIGOU>",
    "<U2000U2BFF>",
];
const CONTROLS: [&str; 4] = ["<|startoftext|>", "<|separator|>", "<|nottoken|>", "<|endoftext|>"];

/// The tags in the order of the published vocabularies, but with all 256 bytes.
pub(super) fn tags() -> Vec<String> {
    let emoji = (1..=12).map(|class| format!("<|emoji{class}|>"));
    let bytes = (0..256).map(|byte| format!("<|byte{byte}|>"));
    let tags = TAGS.into_iter().map(str::to_owned).chain(emoji).chain(bytes);
    tags.chain(CONTROLS.into_iter().map(str::to_owned)).collect()
}

/// Characters that have an entry in every vocabulary: ASCII, kana, Japanese punctuation and the
/// wide forms of ASCII.
pub(super) fn required(reader: &Reader) -> Vec<char> {
    // With smallest ids, ｶﾞ is ガ only where ガ comes before カ.
    let is_voiced = |c: &char| reader.forms.half_voiced(*c).is_some();
    let (voiced, other): (Vec<char>, Vec<char>) = jis::KANA.chars().partition(is_voiced);
    let half_width = '\u{ff61}'..='\u{ff9f}';
    let all = voiced.into_iter().chain(other).chain(jis::SYMBOLS.chars());
    let all = all.chain('\u{ff01}'..='\u{ff5e}').chain(half_width).chain('!'..='~');
    own(all, reader)
}

/// Characters that have an entry as far as there is room, the most frequent first: kanji of levels
/// 1 and 2, other alphabets and symbols, and what else the texts hold at least `least` times.
pub(super) fn optional(reader: &Reader, times: &HashMap<char, u64>, least: u64) -> Vec<char> {
    let listed = [jis::LEVEL_1, jis::LEVEL_2, jis::OTHERS].into_iter().flat_map(str::chars);
    let mut seen: Vec<char> = times
        .iter()
        .filter(|(c, times)| **times >= least && is_visible(**c))
        .map(|(c, _)| *c)
        .collect();
    seen.sort_unstable();
    let required: HashSet<char> = required(reader).into_iter().collect();
    let mut found = own(listed.chain(seen), reader);
    found.retain(|c| !required.contains(c));
    found.sort_by_key(|c| u64::MAX - times.get(c).copied().unwrap_or(0));
    found
}

/// The characters that stand for themselves, each once.
fn own(chars: impl Iterator<Item = char>, reader: &Reader) -> Vec<char> {
    let mut seen = HashSet::new();
    let mut buffer = [0; 4];
    chars
        .map(|c| reader.forms.of(c))
        .filter(|c| seen.insert(*c) && !reader.is_taken(c.encode_utf8(&mut buffer)))
        .collect()
}

/// Whether a character shows something by itself, and is not rewritten.
fn is_visible(c: char) -> bool {
    matches!(c, '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{bf}' | '\u{2010}'..='\u{2013}'
        | '\u{2015}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{20a0}'..='\u{20cf}'
        | '\u{2100}'..='\u{2211}' | '\u{2213}'..='\u{2bff}' | '\u{3001}'..='\u{3098}'
        | '\u{309b}'..='\u{33ff}' | '\u{ffe0}'..='\u{ffee}')
        || c.is_alphanumeric()
}
