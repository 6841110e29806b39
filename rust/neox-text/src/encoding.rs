//! What every encoder returns once details are asked for: ids, and what is known of each of them.
//!
//! Behaves as `Encoding` of `tokenizers` 0.23, to the number, overflowing parts included. Spans are
//! ours: within one sequence they follow each other without gap or overlap, and a token that no
//! text stands behind (a template's special token, padding) has an empty one at its place.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::{Error, Result};

/// The greatest length that [`Encoding::pad`] fills up to.
pub const MAX_PADDING: usize = 1 << 24;

/// The end of a sequence at which tokens are cut off or filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Left,
    Right,
}

/// Which text of a pair gives up tokens when both do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    LongestFirst,
    OnlyFirst,
    OnlySecond,
}

/// The tokens of one text, of one part of it, or of a pair with its special tokens.
///
/// The vectors from `ids` to `attention_mask` have one entry a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    pub ids: Vec<u32>,
    /// 0, or 1 for the second text of a pair, or what the template says.
    pub type_ids: Vec<u32>,
    /// Start and end in characters of the sequence's text (of the word, for pre-tokenized input).
    pub offsets: Vec<(u32, u32)>,
    /// A partition of the sequence's text, in characters.
    pub spans: Vec<(u32, u32)>,
    /// The same partition in UTF-8 bytes.
    pub byte_spans: Vec<(u32, u32)>,
    /// The pre-token, or the word of pre-tokenized input.
    pub word_ids: Vec<Option<u32>>,
    /// 1 for tokens that a template or padding added; special tokens found in the text have 0.
    pub special_tokens_mask: Vec<u8>,
    /// 0 for padding.
    pub attention_mask: Vec<u8>,
    /// Sorted by token: the strings that are not simply the vocabulary's for the id.
    pub surfaces: Vec<(u32, Arc<str>)>,
    /// Sequence to its tokens; empty means one sequence of all tokens.
    pub sequences: BTreeMap<usize, Range<usize>>,
    /// The other parts of what was truncated.
    pub overflowing: Vec<Encoding>,
}

/// Reading.
impl Encoding {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The token's own string, where it is not the vocabulary's.
    pub fn surface(&self, token: usize) -> Option<&str> {
        let found = self.surfaces.binary_search_by_key(&token, |(at, _)| *at as usize).ok()?;
        Some(&self.surfaces[found].1)
    }

    pub fn n_sequences(&self) -> usize {
        self.sequences.len().max(1)
    }

    /// The sequence of each token; `None` for special tokens of a template.
    pub fn sequence_ids(&self) -> Vec<Option<usize>> {
        let mut ids = vec![None; self.len()];
        for sequence in 0..self.n_sequences() {
            if let Some(tokens) = ids.get_mut(self.sequence_range(sequence)) {
                tokens.fill(Some(sequence));
            }
        }
        ids
    }

    /// The tokens of a sequence; of one that is not recorded, all tokens.
    fn sequence_range(&self, sequence: usize) -> Range<usize> {
        self.sequences.get(&sequence).cloned().unwrap_or(0..self.len())
    }

    pub fn token_to_sequence(&self, token: usize) -> Option<usize> {
        if token > self.len() {
            None
        } else if self.sequences.is_empty() {
            Some(0)
        } else {
            let mut sequences = self.sequences.iter();
            sequences.find_map(|(id, tokens)| tokens.contains(&token).then_some(*id))
        }
    }

    /// First token of the word and the one behind its last.
    pub fn word_to_tokens(&self, word: u32, sequence: usize) -> Option<(usize, usize)> {
        let range = self.sequence_range(sequence);
        let words = self.word_ids.get(range.clone())?;
        // A greater word ends the search: words of a second sequence count from 0 again.
        let end = words.iter().position(|found| *found > Some(word)).unwrap_or(words.len());
        let first = words[..end].iter().position(|found| *found == Some(word))?;
        let last = words[..end].iter().rposition(|found| *found == Some(word))?;
        Some((range.start + first, range.start + last + 1))
    }

    pub fn word_to_chars(&self, word: u32, sequence: usize) -> Option<(u32, u32)> {
        let (start, end) = self.word_to_tokens(word, sequence)?;
        Some((self.offsets[start].0, self.offsets[end - 1].1))
    }

    /// The offsets of a token; `None` for special tokens of a template and outside.
    pub fn token_to_chars(&self, token: usize) -> Option<(u32, u32)> {
        self.token_to_sequence(token)?;
        self.offsets.get(token).copied()
    }

    pub fn token_to_word(&self, token: usize) -> Option<u32> {
        self.token_to_sequence(token)?;
        self.word_ids.get(token).copied().flatten()
    }

    /// The first token of the sequence whose offsets hold the character.
    pub fn char_to_token(&self, char: u32, sequence: usize) -> Option<usize> {
        let range = self.sequence_range(sequence);
        let mut offsets = self.offsets.get(range.clone())?.iter();
        let found = offsets.position(|(start, end)| (*start..*end).contains(&char))?;
        Some(range.start + found)
    }

    pub fn char_to_word(&self, char: u32, sequence: usize) -> Option<u32> {
        self.token_to_word(self.char_to_token(char, sequence)?)
    }
}

/// Putting together, cutting and filling.
impl Encoding {
    /// Says that all tokens belong to this sequence.
    pub fn set_sequence_id(&mut self, sequence: usize) {
        self.sequences.insert(sequence, 0..self.len());
    }

    /// All encodings one behind the other; see [`Encoding::append`].
    pub fn merge(encodings: impl IntoIterator<Item = Self>, growing_offsets: bool) -> Self {
        let mut encodings = encodings.into_iter();
        let mut merged = encodings.next().unwrap_or_default();
        for other in encodings {
            merged.append(&other, growing_offsets);
        }
        merged
    }

    /// Appends the other's tokens; with `growing_offsets` theirs count on from our last token.
    ///
    /// Overflowing parts become every combination of a part of ours (or ourselves) and a part of
    /// the other's (or itself) but the one that is the result. Each combination overflows in turn
    /// by what its two sides carry.
    pub fn append(&mut self, other: &Self, growing_offsets: bool) {
        let joined = |left: &Self, right: &Self| {
            let mut made = left.clone();
            made.append(right, growing_offsets);
            made
        };
        let mut overflowing = Vec::new();
        for mine in &self.overflowing {
            overflowing.push(joined(mine, other));
            overflowing.extend(other.overflowing.iter().map(|theirs| joined(mine, theirs)));
        }
        overflowing.extend(other.overflowing.iter().map(|theirs| joined(self, theirs)));
        self.overflowing = overflowing;

        let length = self.len();
        let shifted = |(token, surface): &(u32, Arc<str>)| (token + length as u32, surface.clone());
        self.surfaces.extend(other.surfaces.iter().map(shifted));
        for (sequence, tokens) in &other.sequences {
            self.sequences.insert(*sequence, tokens.start + length..tokens.end + length);
        }
        self.ids.extend(&other.ids);
        self.type_ids.extend(&other.type_ids);
        self.word_ids.extend(&other.word_ids);
        self.special_tokens_mask.extend(&other.special_tokens_mask);
        self.attention_mask.extend(&other.attention_mask);
        extend_pairs(&mut self.offsets, &other.offsets, growing_offsets);
        extend_pairs(&mut self.spans, &other.spans, growing_offsets);
        extend_pairs(&mut self.byte_spans, &other.byte_spans, growing_offsets);
    }

    /// The tokens of a range, without overflowing parts and without sequences.
    fn part(&self, range: Range<usize>) -> Self {
        let first = self.surfaces.partition_point(|(token, _)| (*token as usize) < range.start);
        let last = self.surfaces.partition_point(|(token, _)| (*token as usize) < range.end);
        let moved =
            |(token, surface): &(u32, Arc<str>)| (token - range.start as u32, surface.clone());
        Self {
            ids: self.ids[range.clone()].to_vec(),
            type_ids: self.type_ids[range.clone()].to_vec(),
            offsets: self.offsets[range.clone()].to_vec(),
            spans: self.spans[range.clone()].to_vec(),
            byte_spans: self.byte_spans[range.clone()].to_vec(),
            word_ids: self.word_ids[range.clone()].to_vec(),
            special_tokens_mask: self.special_tokens_mask[range.clone()].to_vec(),
            attention_mask: self.attention_mask[range.clone()].to_vec(),
            surfaces: self.surfaces[first..last].iter().map(moved).collect(),
            sequences: BTreeMap::new(),
            overflowing: Vec::new(),
        }
    }

    /// Keeps `max_length` tokens; the rest overflows in parts of that length that share `stride`
    /// tokens with the part before. `Direction::Right` cuts at the right end.
    ///
    /// What fits already stays as it is. What is cut forgets its sequences and the overflowing
    /// parts it had; with `max_length` 0 it overflows whole, with them.
    /// `stride >= max_length` is an error where there is something to cut.
    pub fn truncate(
        &mut self,
        max_length: usize,
        stride: usize,
        direction: Direction,
    ) -> Result<()> {
        let length = self.len();
        if length <= max_length {
            return Ok(());
        }
        if max_length == 0 {
            let whole = std::mem::take(self);
            self.overflowing.push(whole);
            return Ok(());
        }
        if stride >= max_length {
            return Err(Error::argument(format!(
                "stride is {stride} and must be less than the {max_length} tokens that truncation \
                 leaves (max_length less special tokens, or its share of a pair)"
            )));
        }
        let step = max_length - stride;
        let part = |number: usize| {
            let start = number * step;
            let end = (start + max_length).min(length);
            match direction {
                Direction::Right => self.part(start..end),
                Direction::Left => self.part(length - end..length - start),
            }
        };
        let last = (length - max_length).div_ceil(step);
        let mut kept = part(0);
        kept.overflowing = (1..=last).map(part).collect();
        *self = kept;
        Ok(())
    }

    /// Fills up to `length` tokens, overflowing parts likewise; what is longer stays as it is.
    ///
    /// A length over [`MAX_PADDING`] is an error.
    pub fn pad(
        &mut self,
        length: usize,
        pad_id: u32,
        pad_type_id: u32,
        pad_token: &str,
        direction: Direction,
    ) -> Result<()> {
        if length > MAX_PADDING {
            return Err(Error::argument(format!(
                "length is {length}, and padding goes up to {MAX_PADDING} tokens"
            )));
        }
        self.fill(length, pad_id, pad_type_id, &Arc::from(pad_token), direction);
        Ok(())
    }

    fn fill(&mut self, length: usize, id: u32, type_id: u32, token: &Arc<str>, to: Direction) {
        for part in &mut self.overflowing {
            part.fill(length, id, type_id, token, to);
        }
        let before = self.len();
        let Some(count) = length.checked_sub(before) else { return };
        let (span, byte_span) = (edge(&self.spans, to), edge(&self.byte_spans, to));
        extend_at(&mut self.spans, count, span, to);
        extend_at(&mut self.byte_spans, count, byte_span, to);
        extend_at(&mut self.ids, count, id, to);
        extend_at(&mut self.type_ids, count, type_id, to);
        extend_at(&mut self.offsets, count, (0, 0), to);
        extend_at(&mut self.word_ids, count, None, to);
        extend_at(&mut self.special_tokens_mask, count, 1, to);
        extend_at(&mut self.attention_mask, count, 0, to);
        let surfaces = |tokens: Range<usize>| tokens.map(|at| (at as u32, token.clone()));
        match to {
            Direction::Right => self.surfaces.extend(surfaces(before..length)),
            Direction::Left => {
                for (at, _) in &mut self.surfaces {
                    *at += count as u32;
                }
                self.surfaces.splice(0..0, surfaces(0..count));
                for tokens in self.sequences.values_mut() {
                    *tokens = tokens.start + count..tokens.end + count;
                }
            }
        }
    }

    /// Puts the empty spans of template tokens where their neighbours meet: behind the token
    /// before them, or in front of the first token of a text.
    pub(crate) fn place_specials(&mut self) {
        for part in &mut self.overflowing {
            part.place_specials();
        }
        let is_special = |token: usize| self.special_tokens_mask[token] == 1;
        let text = (0..self.len()).find(|token| !is_special(*token));
        let mut at = text.map_or((0, 0), |token| (self.spans[token].0, self.byte_spans[token].0));
        for token in 0..self.len() {
            if is_special(token) {
                self.spans[token] = (at.0, at.0);
                self.byte_spans[token] = (at.1, at.1);
            } else {
                at = (self.spans[token].1, self.byte_spans[token].1);
            }
        }
    }
}

fn extend_pairs(pairs: &mut Vec<(u32, u32)>, others: &[(u32, u32)], growing: bool) {
    let by = if growing { pairs.last().map_or(0, |pair| pair.1) } else { 0 };
    pairs.extend(
        others.iter().map(|(start, end)| (start.saturating_add(by), end.saturating_add(by))),
    );
}

fn extend_at<T: Copy>(values: &mut Vec<T>, count: usize, value: T, direction: Direction) {
    match direction {
        Direction::Right => values.resize(values.len() + count, value),
        Direction::Left => drop(values.splice(0..0, std::iter::repeat_n(value, count))),
    }
}

/// The empty span at one end of a partition.
fn edge(spans: &[(u32, u32)], direction: Direction) -> (u32, u32) {
    let at = match direction {
        Direction::Right => spans.last().map_or(0, |span| span.1),
        Direction::Left => spans.first().map_or(0, |span| span.0),
    };
    (at, at)
}

/// Cuts a text, or a pair, to `max_length` tokens together (special tokens still to come are for
/// the caller to take off); see [`Encoding::truncate`] for `stride` and `direction`.
///
/// `LongestFirst` shortens the longer text down to the shorter one, then both alike. With the
/// other two strategies it is an error where the text that may be cut has too few tokens or is
/// not there; `max_length` 0 lets everything overflow under each strategy.
pub fn truncate_pair(
    mut encoding: Encoding,
    mut pair: Option<Encoding>,
    max_length: usize,
    strategy: Strategy,
    stride: usize,
    direction: Direction,
) -> Result<(Encoding, Option<Encoding>)> {
    let second = pair.as_ref().map_or(0, Encoding::len);
    let lengths = (encoding.len(), second);
    let too_many = (lengths.0 + lengths.1).saturating_sub(max_length);
    let (first, second) = match strategy {
        _ if max_length == 0 => (0, 0),
        _ if too_many == 0 => lengths,
        Strategy::LongestFirst => {
            let shorter = lengths.0.min(lengths.1).min(max_length / 2);
            if lengths.0 <= lengths.1 {
                (shorter, max_length - shorter)
            } else {
                (max_length - shorter, shorter)
            }
        }
        Strategy::OnlyFirst => (shortened(lengths.0, too_many, "only_first")?, lengths.1),
        Strategy::OnlySecond if pair.is_none() => {
            return Err(Error::argument(
                "truncation \"only_second\" needs a pair of texts; there is one",
            ));
        }
        Strategy::OnlySecond => (lengths.0, shortened(lengths.1, too_many, "only_second")?),
    };
    encoding.truncate(first, stride, direction)?;
    if let Some(pair) = &mut pair {
        pair.truncate(second, stride, direction)?;
    }
    Ok((encoding, pair))
}

fn shortened(length: usize, too_many: usize, strategy: &str) -> Result<usize> {
    length.checked_sub(too_many).filter(|rest| *rest > 0).ok_or_else(|| {
        Error::argument(format!(
            "truncation \"{strategy}\" has {too_many} tokens to take off a text that has {length}; \
             raise max_length or use \"longest_first\""
        ))
    })
}
