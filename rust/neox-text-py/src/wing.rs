//! What the door asks of a tokenizer beyond `Encode`: texts as Python keeps them, and many at once.

use crate::ids::Ids;
use crate::rows::{in_text, input_len, read};
use neox_text::batch::{Rows, map_ranges, map_rows};
use neox_text::encode::{AddedToken, Encode, Id, Input, Special};
use neox_text::spans::Stretch;
use neox_text::text::Text;
use neox_text::{Result, bpe, japanese};
use std::any::Any;

/// The ids of many inputs.
pub struct IdRows {
    pub ids: Ids,
    /// Where the ids of each input begin, and where the last ones end.
    pub offsets: Vec<i64>,
    /// What offsets need beside ids, where they follow from these.
    pub stretches: Option<Vec<Stretch>>,
}

/// A tokenizer of one of the wings. What it does with all ids of a text it does without asking a
/// table of functions for each of them.
pub trait Wing: Encode + Any {
    /// The ids of a text; those of a template are not added.
    fn narrow_ids(&self, text: Text, special: &Special) -> Result<Vec<u16>>;

    /// The same, wide.
    fn wide_ids(&self, text: Text, special: &Special) -> Result<Vec<u32>>;

    /// The ids of a text in the width of this tokenizer.
    fn ids(&self, text: Text, special: &Special) -> Result<Ids> {
        Ok(if self.is_narrow() {
            Ids::Narrow(self.narrow_ids(text, special)?)
        } else {
            Ids::Wide(self.wide_ids(text, special)?)
        })
    }

    /// The ids of many texts, a row each. An error names its text.
    fn rows(
        &self,
        texts: &[Text],
        add_special_tokens: bool,
        special: &Special,
        threads: Option<usize>,
    ) -> Result<IdRows>;

    /// The ids of many inputs that are words.
    fn word_rows(
        &self,
        texts: &[Vec<&str>],
        add_special_tokens: bool,
        special: &Special,
        threads: Option<usize>,
    ) -> Result<IdRows> {
        let size = |words: &Vec<&str>| input_len(&Input::Words(words));
        let each = |(): &mut (), index: usize, words: &Vec<&str>, out: &mut Vec<u32>| {
            let ids = self.encode_input(Input::Words(words), None, add_special_tokens, special);
            out.extend(ids.map_err(|error| in_text(index, texts.len(), error))?);
            Ok(())
        };
        let rows = map_rows(texts, threads, size, || (), each)?;
        Ok(IdRows { ids: Ids::of(self, rows.flat), offsets: rows.offsets, stretches: None })
    }

    /// How many ids each of many texts has, without those of a template.
    fn counts(&self, texts: &[Text]) -> Result<Vec<usize>>;

    /// Whether a text alone keeps just its own ids.
    fn adds_nothing(&self, add_special_tokens: bool) -> bool;

    /// Append what ids add to the decoded text or, `raw`, the bytes that they stand for.
    fn append_bytes(&self, ids: &[u32], skip: bool, raw: bool, out: &mut Vec<u8>) -> Result<()> {
        for &id in ids {
            let bytes = if raw { self.raw_bytes(id)? } else { self.token_bytes(id)? };
            if !(skip && self.is_special(id)) {
                out.extend_from_slice(bytes);
            }
        }
        Ok(())
    }

    /// How many tokens there are, with or without added ones.
    fn vocab_size(&self, with_added: bool) -> usize;

    /// The tokens with their ids.
    fn vocab(&self, with_added: bool) -> Box<dyn Iterator<Item = (&str, u32)> + '_>;

    /// The added tokens by id.
    fn added_tokens(&self) -> Box<dyn Iterator<Item = (u32, &AddedToken)> + '_>;

    /// Whether the other is of the same wing and does the same.
    fn same(&self, other: &dyn Wing) -> bool;
}

fn bpe_ids<I: Id>(tok: &bpe::Tokenizer, text: Text, special: &Special) -> Result<Vec<I>> {
    tok.with_scratch(|scratch| {
        let mut ids = Vec::with_capacity(text.len() / 6 + 8);
        read(text, scratch, |text, scratch| tok.encode_ids(text, special, scratch, &mut ids))?;
        Ok(ids)
    })
}

/// Do `work` for each of many inputs; an error names its input.
fn bpe_rows<I: Sync, T: Send>(
    tok: &bpe::Tokenizer,
    inputs: &[I],
    threads: Option<usize>,
    size: impl Fn(&I) -> usize + Sync,
    work: impl Fn(&I, &mut bpe::Scratch, &mut Vec<T>) -> Result<()> + Sync,
) -> Result<Rows<T>> {
    let each = |(): &mut (), index: usize, input: &I, out: &mut Vec<T>| {
        let done = tok.with_scratch(|scratch| work(input, scratch, out));
        done.map_err(|error| in_text(index, inputs.len(), error))
    };
    map_rows(inputs, threads, size, || (), each)
}

impl Wing for bpe::Tokenizer {
    fn narrow_ids(&self, text: Text, special: &Special) -> Result<Vec<u16>> {
        bpe_ids(self, text, special)
    }

    fn wide_ids(&self, text: Text, special: &Special) -> Result<Vec<u32>> {
        bpe_ids(self, text, special)
    }

    fn rows(
        &self,
        texts: &[Text],
        add_special_tokens: bool,
        special: &Special,
        threads: Option<usize>,
    ) -> Result<IdRows> {
        // Ids of a template may be few and wide; texts alone may be narrow.
        if self.is_narrow() && self.adds_nothing(add_special_tokens) {
            let rows = bpe_rows(self, texts, threads, Text::len, |text, scratch, out| {
                read(*text, scratch, |text, scratch| self.encode_ids(text, special, scratch, out))
            })?;
            let ids = Ids::Narrow(rows.flat);
            return Ok(IdRows { ids, offsets: rows.offsets, stretches: None });
        }
        let rows = bpe_rows(self, texts, threads, Text::len, |text, scratch, out| {
            read(*text, scratch, |text, scratch| {
                let (input, add) = (Input::Text(text), add_special_tokens);
                self.encode_input(input, None, add, special, scratch, out)
            })
        })?;
        Ok(IdRows { ids: Ids::of(self, rows.flat), offsets: rows.offsets, stretches: None })
    }

    fn counts(&self, texts: &[Text]) -> Result<Vec<usize>> {
        let counts = bpe_rows(self, texts, None, Text::len, |text, scratch, out| {
            let mut ids = Vec::<u32>::with_capacity(text.len() / 4 + 8);
            read(*text, scratch, |text, scratch| {
                self.encode_ids(text, &Special::Parse, scratch, &mut ids)
            })?;
            out.push(ids.len());
            Ok(())
        })?;
        Ok(counts.flat)
    }

    fn adds_nothing(&self, add_special_tokens: bool) -> bool {
        self.adds_nothing(add_special_tokens)
    }

    fn vocab_size(&self, with_added: bool) -> usize {
        self.vocab_size(with_added)
    }

    fn vocab(&self, with_added: bool) -> Box<dyn Iterator<Item = (&str, u32)> + '_> {
        Box::new(self.vocab(with_added))
    }

    fn added_tokens(&self) -> Box<dyn Iterator<Item = (u32, &AddedToken)> + '_> {
        Box::new(self.added_tokens())
    }

    fn same(&self, other: &dyn Wing) -> bool {
        (other as &dyn Any).downcast_ref::<Self>().is_some_and(|other| self == other)
    }
}

fn japanese_ids<I: Id>(tok: &japanese::Tokenizer, text: Text, special: &Special) -> Result<Vec<I>> {
    tok.with_scratch(|scratch| {
        let mut ids = Vec::with_capacity(text.len() / 2 + 8);
        tok.encode_ids(text, special, scratch, &mut ids)?;
        Ok(ids)
    })
}

fn japanese_rows<I: Id>(
    tok: &japanese::Tokenizer,
    texts: &[Text],
    special: &Special,
    threads: Option<usize>,
) -> Result<Rows<I>> {
    map_ranges(
        texts,
        threads,
        Text::len,
        || (),
        |(), range, rows| {
            let first = (texts.len() > 1).then_some(range.start);
            let texts = &texts[range];
            tok.with_scratch(|scratch| tok.encode_rows(texts, first, special, scratch, rows))
        },
    )
}

impl Wing for japanese::Tokenizer {
    fn narrow_ids(&self, text: Text, special: &Special) -> Result<Vec<u16>> {
        japanese_ids(self, text, special)
    }

    fn wide_ids(&self, text: Text, special: &Special) -> Result<Vec<u32>> {
        japanese_ids(self, text, special)
    }

    fn rows(
        &self,
        texts: &[Text],
        _add_special_tokens: bool,
        special: &Special,
        threads: Option<usize>,
    ) -> Result<IdRows> {
        let (ids, offsets, stretches) = if self.is_narrow() {
            let rows = japanese_rows(self, texts, special, threads)?;
            (Ids::Narrow(rows.flat), rows.offsets, rows.stretches)
        } else {
            let rows = japanese_rows(self, texts, special, threads)?;
            (Ids::Wide(rows.flat), rows.offsets, rows.stretches)
        };
        Ok(IdRows { ids, offsets, stretches: Some(stretches) })
    }

    fn counts(&self, texts: &[Text]) -> Result<Vec<usize>> {
        let rows = self.rows(texts, false, &Special::Parse, None)?;
        Ok(rows.offsets.windows(2).map(|pair| (pair[1] - pair[0]) as usize).collect())
    }

    fn adds_nothing(&self, _add_special_tokens: bool) -> bool {
        true
    }

    fn vocab_size(&self, with_added: bool) -> usize {
        self.vocab_size(with_added)
    }

    fn vocab(&self, with_added: bool) -> Box<dyn Iterator<Item = (&str, u32)> + '_> {
        Box::new(self.vocab(with_added))
    }

    fn added_tokens(&self) -> Box<dyn Iterator<Item = (u32, &AddedToken)> + '_> {
        Box::new(self.added_tokens())
    }

    fn same(&self, other: &dyn Wing) -> bool {
        (other as &dyn Any).downcast_ref::<Self>().is_some_and(|other| self == other)
    }
}
