//! What every tokenizer does, and the words for asking it.

use crate::Result;
use crate::encoding::{Direction, Encoding, Strategy};
use std::collections::HashSet;

/// A token on top of the vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddedToken {
    /// Its text.
    pub content: String,
    /// Whether it only counts where no word character touches it.
    pub single_word: bool,
    /// Whether it swallows the white space on its left.
    pub lstrip: bool,
    /// Whether it swallows the white space on its right.
    pub rstrip: bool,
    /// Whether its normal form is looked for in the normalized text.
    pub normalized: bool,
    /// Whether it is for control rather than text: skipped in decoding on request.
    pub special: bool,
}

impl AddedToken {
    /// A token with the flags that `tokenizers` gives a plain string.
    pub fn new(content: impl Into<String>, special: bool) -> Self {
        Self {
            content: content.into(),
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: !special,
            special,
        }
    }
}

/// What to do with special tokens in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Special {
    /// They become their ids.
    #[default]
    Parse,
    /// They are text like any other.
    Text,
    /// They are refused.
    Error,
    /// Those with these ids become their ids; the others are text.
    Only(HashSet<u32>),
}

/// One input of `encode`.
#[derive(Clone, Copy, Debug)]
pub enum Input<'t> {
    /// A text.
    Text(&'t str),
    /// Words that are encoded one by one.
    Words(&'t [&'t str]),
}

/// How many tokens to keep.
#[derive(Clone, Copy, Debug)]
pub struct Truncation {
    /// At most so many tokens, those of the template among them.
    pub max_length: usize,
    /// Which text of a pair is cut.
    pub strategy: Strategy,
    /// Tokens that an overflowing part repeats.
    pub stride: usize,
    /// The side that is cut.
    pub direction: Direction,
    /// Whether what is cut off is kept, in overflowing parts. Those of a pair are many.
    pub overflow: bool,
}

/// An id as it is written out.
pub trait Id: Copy + Send + Sync + 'static {
    /// The greatest id this type can hold.
    const MAX: u32;
    /// The id in this type; ids are checked against `MAX` before.
    fn from_id(id: u32) -> Self;
}

impl Id for u16 {
    const MAX: u32 = u16::MAX as u32;
    #[inline]
    fn from_id(id: u32) -> Self {
        id as Self
    }
}

impl Id for u32 {
    const MAX: u32 = Self::MAX;
    #[inline]
    fn from_id(id: u32) -> Self {
        id
    }
}

/// A tokenizer, whatever its algorithm: what an `Encoding`, a batch or a stream asks it later.
pub trait Encode: Send + Sync {
    /// The ids of an input, those of a template among them.
    fn encode_input(
        &self,
        first: Input,
        pair: Option<Input>,
        add_special_tokens: bool,
        special: &Special,
    ) -> Result<Vec<u32>>;

    /// The same ids with offsets, words and masks.
    fn encode_details(
        &self,
        first: Input,
        pair: Option<Input>,
        add_special_tokens: bool,
        special: &Special,
        truncation: Option<Truncation>,
    ) -> Result<Encoding>;

    /// Append start and end of each of these ids, in characters: the offsets of the details.
    fn encode_offsets(
        &self,
        input: Input,
        add_special_tokens: bool,
        special: &Special,
        out: &mut Vec<u32>,
    ) -> Result<()> {
        let details = self.encode_details(input, None, add_special_tokens, special, None)?;
        out.extend(details.offsets.iter().flat_map(|(start, end)| [*start, *end]));
        Ok(())
    }

    /// The fewest characters that each id can stand for, where offsets follow from these and the
    /// stretches of rows.
    fn least_lengths(&self) -> Option<&[u8]> {
        None
    }

    /// Whether every id fits into 16 bits.
    fn is_narrow(&self) -> bool;

    /// How many tokens a template adds.
    fn num_added_tokens(&self, is_pair: bool) -> usize;

    /// What an id adds to the decoded text, which is the UTF-8 of all of them, joined.
    fn token_bytes(&self, id: u32) -> Result<&[u8]>;

    /// The bytes that an id stands for, where decoding makes something else of them.
    fn raw_bytes(&self, id: u32) -> Result<&[u8]> {
        self.token_bytes(id)
    }

    /// Whether decoding takes white space off both ends.
    fn strips(&self) -> bool {
        false
    }

    /// Whether an id is skipped in decoding on request.
    fn is_special(&self, id: u32) -> bool;

    /// Whether `special` may name the token.
    fn is_control(&self, id: u32) -> bool {
        self.is_special(id)
    }

    fn token_to_id(&self, token: &str) -> Option<u32>;

    fn id_to_token(&self, id: u32) -> Option<&str>;

    /// SHA-256 of what decides ids.
    fn fingerprint(&self) -> &str;
}
