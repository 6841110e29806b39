//! What becomes of a text on its way to tokens, place by place.

use super::Tokenizer;
use super::details::Traced;
use crate::Result;
use crate::encode::{Encode, Special};
use crate::japanese::codes::rewritten;

/// A rewrite on the way from text to tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// Where it begins, in characters.
    pub start: usize,
    pub end: usize,
    /// What stands in the text.
    pub source: String,
    /// What takes its place: tags, or surfaces in their canonical form.
    pub target: String,
    /// `space`, `dash`, `emoji`, `url`, `email`, `tel`, `date`, `price`, `block`, `heterograph`,
    /// `symbol` or `bytes`.
    pub kind: &'static str,
}

fn kind_of(tag: &str) -> &'static str {
    match tag {
        "<SP>" | "<BR>" | "<TAB>" => "space",
        "<URL>" => "url",
        "<EMAIL>" => "email",
        "<TEL>" => "tel",
        "<DATE>" => "date",
        "<PRICE>" => "price",
        "<BLOCK>" => "block",
        "<KIGOU>" | "<U2000U2BFF>" => "symbol",
        tag if tag.starts_with("<|emoji") => "emoji",
        _ => "heterograph",
    }
}

impl Tokenizer {
    /// The rewrites of a text in its order; with them in place it is the canonical surfaces of its
    /// tokens, one behind the other.
    pub fn explain(&self, text: &str) -> Result<Vec<Rewrite>> {
        let Traced { ids, spans } = self.trace(text, &Special::Parse)?;
        let mut rewrites: Vec<Rewrite> = Vec::new();
        let mut chars = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        let (mut passed, mut at) = (0, chars.next().unwrap_or(0));
        for (id, (start, end)) in ids.iter().zip(&spans) {
            let (start, end) = (*start as usize, *end as usize);
            let from = at;
            while passed < end {
                passed += 1;
                at = chars.next().unwrap_or(text.len());
            }
            let source = &text[from..at];
            let target = self.id_to_token(*id).unwrap_or_default();
            if start == end {
                // Another byte of the character before.
                if let Some(last) = rewrites.last_mut() {
                    last.target.push_str(target);
                }
            } else if source != target {
                self.rewrite(*id, start, source, &mut rewrites);
            }
        }
        Ok(rewrites)
    }

    fn rewrite(&self, id: u32, start: usize, source: &str, rewrites: &mut Vec<Rewrite>) {
        let target = self.id_to_token(id).unwrap_or_default();
        let looked_up = source.chars().map(rewritten);
        if looked_up.clone().eq(target.chars()) {
            // Nothing but dashes: each is a rewrite of its own.
            for (at, (c, becomes)) in source.chars().zip(looked_up).enumerate() {
                if c != becomes {
                    rewrites.push(Rewrite {
                        start: start + at,
                        end: start + at + 1,
                        source: c.into(),
                        target: becomes.into(),
                        kind: "dash",
                    });
                }
            }
            return;
        }
        let kind = if self.is_byte(id) { "bytes" } else { kind_of(target) };
        let end = start + source.chars().count();
        let (source, target) = (source.to_owned(), target.to_owned());
        rewrites.push(Rewrite { start, end, source, target, kind });
    }
}
