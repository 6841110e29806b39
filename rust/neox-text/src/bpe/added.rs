//! Added tokens: cut out of a text before and after it is normalized.
//!
//! Matching is leftmost, then longest. A match that does not count (not a single word, or a
//! special token that is to be text) is passed over whole, as `tokenizers` does. `lstrip` and
//! `rstrip` let a token swallow the white space beside it.

use super::unicode::{CharTable, Edition, WHITE_CLASS, is_word};
use crate::encode::{AddedToken, Special};
use crate::error::{Error, Result};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use memchr::memmem;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Patterns of so many bytes together may become a DFA.
const DFA_BYTES: usize = 4 << 10;

/// A part of a text: an added token, or what lies between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(Range<usize>),
    /// The bytes it takes up, white space it swallowed among them.
    Token(u32, Range<usize>),
}

#[derive(Clone)]
enum Finder {
    Nothing,
    /// All patterns begin alike.
    Prefix(Box<memmem::Finder<'static>>),
    Automaton(AhoCorasick),
}

/// The tokens that are looked for together.
#[derive(Clone)]
pub(super) struct Matcher {
    finder: Finder,
    /// Pattern, id; the longest first.
    patterns: Vec<(String, u32, AddedToken)>,
}

impl Matcher {
    fn new(mut patterns: Vec<(String, u32, AddedToken)>) -> Result<Self> {
        patterns.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.0.cmp(&b.0)));
        if let Some(pair) = patterns.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let message = format!("two added tokens have the same text {:?}", pair[0].0);
            return Err(Error::format("added_tokens", message));
        }
        let first = patterns.first().map_or("", |pattern| pattern.0.as_str());
        let common = patterns.iter().fold(first.len(), |common, (pattern, ..)| {
            let alike = first.bytes().zip(pattern.bytes()).take_while(|(a, b)| a == b).count();
            common.min(alike)
        });
        let finder = if patterns.is_empty() {
            Finder::Nothing
        } else if common >= 2 && patterns.len() <= 16 {
            Finder::Prefix(Box::new(memmem::Finder::new(&first.as_bytes()[..common]).into_owned()))
        } else {
            // Building a DFA takes time in the square of a pattern's length.
            let total: usize = patterns.iter().map(|pattern| pattern.0.len()).sum();
            let kind = (total > DFA_BYTES).then_some(AhoCorasickKind::ContiguousNFA);
            let automaton = AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .kind(kind)
                .build(patterns.iter().map(|pattern| &pattern.0))
                .map_err(|error| Error::format("added_tokens", error.to_string()))?;
            Finder::Automaton(automaton)
        };
        Ok(Self { finder, patterns })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The next match at or after `from`: which pattern, and where.
    fn next(&self, text: &str, mut from: usize) -> Option<(usize, Range<usize>)> {
        match &self.finder {
            Finder::Nothing => None,
            Finder::Automaton(automaton) => {
                let input = aho_corasick::Input::new(text).range(from..);
                automaton.find(input).map(|m| (m.pattern().as_usize(), m.range()))
            }
            Finder::Prefix(prefix) => loop {
                let at = from + prefix.find(text.as_bytes().get(from..)?)?;
                let rest = &text.as_bytes()[at..];
                let fits = |p: &(String, u32, AddedToken)| rest.starts_with(p.0.as_bytes());
                if let Some(which) = self.patterns.iter().position(fits) {
                    return Some((which, at..at + self.patterns[which].0.len()));
                }
                from = at + 1;
            },
        }
    }

    /// Cut the text into parts, which may overlap where a token swallowed what another is made of.
    pub(super) fn split(
        &self,
        text: &str,
        special: &Special,
        each: &mut dyn FnMut(Part) -> Result<()>,
    ) -> Result<()> {
        let (mut from, mut done) = (0, 0);
        while let Some((which, found)) = self.next(text, from) {
            let (_, id, token) = &self.patterns[which];
            from = found.end;
            let Range { mut start, mut end } = found;
            let as_text = token.special
                && match special {
                    Special::Parse | Special::Error => false,
                    Special::Text => true,
                    Special::Only(ids) => !ids.contains(id),
                };
            if as_text || token.single_word && !is_alone(text, start, end) {
                continue;
            }
            if token.lstrip {
                let before = text.get(done..start).unwrap_or_default();
                start = done + before.trim_end_matches(is_white).len();
            }
            if token.rstrip {
                // Inside of what was swallowed already, the white space ends where that ended.
                let from = end.max(done);
                end = text.len() - text[from..].trim_start_matches(is_white).len();
            }
            if end <= start {
                // All of it was swallowed by the token before.
                continue;
            }
            if done < start {
                each(Part::Text(done..start))?;
            }
            each(Part::Token(*id, start..end))?;
            done = end;
        }
        if done < text.len() {
            each(Part::Text(done..text.len()))?;
        }
        Ok(())
    }
}

fn is_white(c: char) -> bool {
    CharTable::of(Edition::Unicode9).class(u32::from(c)) == WHITE_CLASS
}

fn is_alone(text: &str, start: usize, end: usize) -> bool {
    !text[..start].chars().next_back().is_some_and(is_word)
        && !text[end..].chars().next().is_some_and(is_word)
}

/// All added tokens of a tokenizer.
#[derive(Clone)]
pub(super) struct AddedTokens {
    tokens: BTreeMap<u32, AddedToken>,
    by_content: HashMap<String, u32>,
    pub(super) raw: Matcher,
    pub(super) normalized: Matcher,
    /// Ids of the runs of 2, 3... spaces where these are all there is to look for in normalized
    /// text, so that the scanner finds them by itself.
    pub(super) runs: Vec<u32>,
}

impl AddedTokens {
    /// `normal` gives the normal form of a token's text; `fuse` allows runs to be left to the
    /// scanner.
    pub(super) fn new(
        tokens: Vec<(u32, AddedToken)>,
        changes: bool,
        fuse: bool,
        normal: &dyn Fn(&str) -> String,
    ) -> Result<Self> {
        let (mut raw, mut normalized) = (Vec::new(), Vec::new());
        for (id, token) in &tokens {
            if token.normalized {
                normalized.push((normal(&token.content), *id, token.clone()));
            } else {
                raw.push((token.content.clone(), *id, token.clone()));
            }
        }
        let mut runs = Vec::new();
        if fuse {
            let find = |len: usize| {
                let is_run = |(content, ..): &&(String, u32, AddedToken)| {
                    content.len() == len && content.bytes().all(|byte| byte == b' ')
                };
                normalized.iter().find(is_run)
            };
            let plain = |token: &AddedToken| {
                !(token.special || token.single_word || token.lstrip || token.rstrip)
            };
            while let Some((_, id, _)) = find(runs.len() + 2).filter(|found| plain(&found.2)) {
                runs.push(*id);
            }
            if runs.len() != normalized.len() {
                runs.clear();
            }
        }
        // Where nothing is changed in between, the second pass may do the work of an empty first.
        if !changes && raw.is_empty() && runs.is_empty() {
            std::mem::swap(&mut raw, &mut normalized);
        }
        let by_content = tokens.iter().map(|(id, token)| (token.content.clone(), *id)).collect();
        let raw = Matcher::new(raw)?;
        let normalized = Matcher::new(normalized)?;
        Ok(Self { tokens: tokens.into_iter().collect(), by_content, raw, normalized, runs })
    }

    pub(super) fn get(&self, id: u32) -> Option<&AddedToken> {
        self.tokens.get(&id)
    }

    /// By id.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &AddedToken)> {
        self.tokens.iter().map(|(id, token)| (*id, token))
    }

    pub(super) fn id(&self, content: &str) -> Option<u32> {
        self.by_content.get(content).copied()
    }
}
