//! Offsets, tokens and masks: where each id comes from.

use super::Tokenizer;
use crate::batch::Rows;
use crate::encode::{Encode, Input, Special, Truncation};
use crate::encoding::{Encoding, truncate_pair};
use crate::japanese::codes;
use crate::japanese::marks::{self, Joined};
use crate::japanese::segment::RowIds;
use crate::japanese::vocab::is_tag;
use crate::spans::{self, Lengths};
use crate::text::Text;
use crate::{Error, Result};
use std::sync::Arc;

/// Ids and the partition of the text among them, in characters.
pub(super) struct Traced {
    pub ids: Vec<u32>,
    pub spans: Vec<(u32, u32)>,
}

impl Tokenizer {
    /// The tokens of a text, each with its part of it: the bytes of a character share the first
    /// one's.
    pub(super) fn trace(&self, text: &str, special: &Special) -> Result<Traced> {
        let mut rows = Rows::default();
        self.with_scratch(|scratch| {
            self.run(Text::Utf8(text), special, scratch, &mut RowIds(&mut rows))
        })?;
        let Rows { flat: ids, stretches, .. } = rows;
        let lengths = Lengths { least: &self.least, stretches: &stretches };
        let mut spans = Vec::with_capacity(ids.len());
        lengths.spans(&ids, 0..ids.len(), |start, end| spans.push((start, end)));
        Ok(Traced { ids, spans })
    }

    /// Append start and end of the source of each token, in characters.
    pub(super) fn offsets(&self, text: &str, special: &Special, out: &mut Vec<u32>) -> Result<()> {
        let Traced { spans, .. } = self.trace(text, special)?;
        out.extend(spans::shared(spans.iter().copied()).flat_map(|(start, end)| [start, end]));
        Ok(())
    }

    pub(super) fn details(
        &self,
        first: Input,
        pair: Option<Input>,
        special: &Special,
        truncation: Option<Truncation>,
    ) -> Result<Encoding> {
        let mut first = self.one(first, special)?;
        let mut pair = pair.map(|pair| self.one(pair, special)).transpose()?;
        if let Some(cut) = truncation {
            (first, pair) = truncate_pair(
                first,
                pair,
                cut.max_length,
                cut.strategy,
                cut.stride,
                cut.direction,
            )?;
            if !cut.overflow {
                first.overflowing.clear();
                if let Some(pair) = &mut pair {
                    pair.overflowing.clear();
                }
            }
        }
        let Some(mut pair) = pair else { return Ok(first) };
        first.set_sequence_id(0);
        for part in &mut first.overflowing {
            part.set_sequence_id(0);
        }
        pair.set_sequence_id(1);
        pair.type_ids.fill(1);
        for part in &mut pair.overflowing {
            part.set_sequence_id(1);
            part.type_ids.fill(1);
        }
        first.append(&pair, false);
        Ok(first)
    }

    fn one(&self, input: Input, special: &Special) -> Result<Encoding> {
        match input {
            Input::Text(text) => self.encoding(text, special, 0),
            Input::Words(words) => {
                let word = |(i, word): (usize, &&str)| self.encoding(word, special, i as u32);
                let parts = words.iter().enumerate().map(word).collect::<Result<Vec<_>>>()?;
                Ok(Encoding::merge(parts, false))
            }
        }
    }

    /// A text, which is the whole input or a word of it: there are no smaller words.
    fn encoding(&self, text: &str, special: &Special, word: u32) -> Result<Encoding> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error::argument("a text of 4 GiB and more: cut it into documents"));
        }
        let Traced { ids, spans } = self.trace(text, special)?;
        let count = ids.len();
        // Where each character begins, and the text ends.
        let starts = text.char_indices().map(|(at, _)| at as u32);
        let starts: Vec<u32> = starts.chain([text.len() as u32]).collect();
        let byte_spans: Vec<(u32, u32)> = spans
            .iter()
            .map(|(start, end)| (starts[*start as usize], starts[*end as usize]))
            .collect();
        let offsets = spans::shared(spans.iter().copied()).collect();
        let surfaces = ids
            .iter()
            .zip(&byte_spans)
            .enumerate()
            .filter_map(|(at, (id, span))| {
                let source = &text[span.0 as usize..span.1 as usize];
                let canonical = self.id_to_token(*id).unwrap_or_default();
                let is_added = self.added.tokens.contains_key(id);
                if source == canonical || is_tag(canonical) || is_added || self.is_byte(*id) {
                    return None;
                }
                let surface = self.surface(source);
                (surface != canonical).then(|| (at as u32, Arc::from(surface.as_str())))
            })
            .collect();
        Ok(Encoding {
            type_ids: vec![0; count],
            offsets,
            spans,
            byte_spans,
            word_ids: vec![Some(word); count],
            special_tokens_mask: vec![0; count],
            attention_mask: vec![1; count],
            surfaces,
            ids,
            ..Encoding::default()
        })
    }

    /// The surface that was matched: the text as it is looked up.
    fn surface(&self, source: &str) -> String {
        let mut surface = String::with_capacity(source.len());
        let mut before = None;
        for c in source.chars() {
            match before.and_then(|before| marks::join(before, c, &self.options)) {
                Some(Joined::Composed(composed)) => {
                    surface.pop();
                    surface.push(composed);
                    before = None;
                }
                Some(Joined::Same) => {}
                None => {
                    surface.push(codes::rewritten(c));
                    before = Some(c);
                }
            }
        }
        surface
    }
}
