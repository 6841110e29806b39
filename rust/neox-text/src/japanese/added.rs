//! Added tokens: cut out of a text before anything else is done with it.

use super::vocab::{NONE, is_tag};
use crate::encode::{AddedToken, Special};
use crate::{Error, Result};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::BTreeMap;
use std::ops::Range;

/// Tokens of so many bytes together may become a DFA.
const DFA_BYTES: usize = 4 << 10;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Text(Range<usize>),
    /// The bytes it takes up, white space it swallowed among them.
    Token(u32, Range<usize>),
}

/// The tokens that are not simply tags of the vocabulary.
#[derive(Clone, Default)]
pub struct Added {
    pub tokens: BTreeMap<u32, AddedToken>,
    finder: Option<AhoCorasick>,
    /// The ids, by the number of the pattern.
    sought: Vec<u32>,
}

impl Added {
    /// `lines` is how many entries the vocabulary has: its plain tags are found without us.
    pub fn new(tokens: BTreeMap<u32, AddedToken>, lines: usize) -> Result<Self> {
        let sought: Vec<u32> = tokens
            .iter()
            .filter(|(id, token)| {
                let is_plain = !(token.lstrip || token.rstrip || token.single_word);
                (**id as usize) >= lines || !is_plain || !is_tag(&token.content)
            })
            .map(|(id, _)| *id)
            .collect();
        let finder = if sought.is_empty() {
            None
        } else {
            // Building a DFA takes time in the square of a pattern's length.
            let total: usize = sought.iter().map(|id| tokens[id].content.len()).sum();
            let kind = (total > DFA_BYTES).then_some(AhoCorasickKind::ContiguousNFA);
            let made = AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .kind(kind)
                .build(sought.iter().map(|id| tokens[id].content.as_str()));
            Some(made.map_err(|error| Error::argument(format!("added tokens: {error}")))?)
        };
        Ok(Self { tokens, finder, sought })
    }

    /// Whether texts need not be cut.
    pub fn is_empty(&self) -> bool {
        self.sought.is_empty()
    }

    /// The id of an added token.
    pub fn id(&self, content: &str) -> Option<u32> {
        self.tokens.iter().find(|(_, token)| token.content == content).map(|(id, _)| *id)
    }

    /// Cut a text into parts, in order and without gaps.
    pub fn split(
        &self,
        text: &str,
        special: &Special,
        each: &mut dyn FnMut(Part) -> Result<()>,
    ) -> Result<()> {
        let mut done = 0;
        let matches = self.finder.iter().flat_map(|finder| finder.find_iter(text));
        for found in matches {
            let id = self.sought.get(found.pattern().as_usize()).copied().unwrap_or(NONE);
            let Some(token) = self.tokens.get(&id) else { continue };
            let Range { mut start, mut end } = found.range();
            let as_text = token.special
                && match special {
                    Special::Parse | Special::Error => false,
                    Special::Text => true,
                    Special::Only(ids) => !ids.contains(&id),
                };
            if start < done || as_text || token.single_word && !is_alone(text, start, end) {
                continue;
            }
            if token.special && *special == Special::Error {
                // What lies before it is looked at first, so that the first of all is told.
                if done < start {
                    each(Part::Text(done..start))?;
                }
                let place = format!("character {}", text[..start].chars().count());
                return Err(refused(place, &token.content));
            }
            if token.lstrip {
                start = done + text[done..start].trim_end().len();
            }
            if token.rstrip {
                end = text.len() - text[end..].trim_start().len();
            }
            if done < start {
                each(Part::Text(done..start))?;
            }
            each(Part::Token(id, start..end))?;
            done = end;
        }
        if done < text.len() {
            each(Part::Text(done..text.len()))?;
        }
        Ok(())
    }
}

/// The error of a special token where none may be.
pub fn refused(place: String, token: &str) -> Error {
    let message = format!(
        "the text holds the special token {token:?}; pass special=\"text\" to take it as text"
    );
    Error::argument_at(place, message)
}

fn is_alone(text: &str, start: usize, end: usize) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    !text[..start].chars().next_back().is_some_and(is_word)
        && !text[end..].chars().next().is_some_and(is_word)
}
