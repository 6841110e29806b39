//! The slow and telling way: ids with offsets, words and spans.
//!
//! Goes through the same stages as `Tokenizer::encode_ids`, keeping track of where every byte of
//! every piece comes from. Offsets are those of `tokenizers`: a token reaches from the start of
//! what stands behind its first byte to the end of what stands behind its last.

use super::Tokenizer;
use crate::bpe::added::Part;
use crate::bpe::normalize::Alignment;
use crate::bpe::split::{BATCH, Scanner};
use crate::encode::Special;
use crate::encoding::Encoding;
use crate::error::Result;
use std::ops::Range;
use std::sync::Arc;

/// Characters in front of a byte offset, in constant time.
struct CharIndex<'t> {
    text: &'t [u8],
    /// Characters that begin in front of every 64th byte; empty where bytes are characters.
    counts: Vec<u32>,
}

impl<'t> CharIndex<'t> {
    fn new(text: &'t str) -> Self {
        let mut counts = Vec::new();
        if !text.is_ascii() {
            let mut before = 0;
            for block in text.as_bytes().chunks(64) {
                counts.push(before);
                before += heads(block);
            }
            counts.push(before);
        }
        Self { text: text.as_bytes(), counts }
    }

    fn at(&self, byte: u32) -> u32 {
        if self.counts.is_empty() {
            return byte;
        }
        let block = byte as usize / 64;
        self.counts[block] + heads(&self.text[block * 64..byte as usize])
    }
}

fn heads(bytes: &[u8]) -> u32 {
    bytes.iter().map(|byte| u32::from(byte & 0xC0 != 0x80)).sum()
}

/// A normalized piece of the text and where its bytes come from.
struct Piece<'t> {
    normal: &'t str,
    /// In bytes of the piece; `None`: nothing was changed.
    alignment: Option<&'t Alignment>,
    /// Where in the text it lies.
    range: Range<usize>,
}

impl Piece<'_> {
    /// Original bytes of the text behind a byte of the normal form.
    fn origin(&self, at: usize) -> (u32, u32) {
        let base = self.range.start as u32;
        if let Some(alignment) = self.alignment {
            return (alignment[at].0 + base, alignment[at].1 + base);
        }
        let (start, end) = (self.floor(at), self.ceil(at + 1));
        (start as u32 + base, end as u32 + base)
    }

    fn floor(&self, mut at: usize) -> usize {
        while !self.normal.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn ceil(&self, mut at: usize) -> usize {
        while !self.normal.is_char_boundary(at) {
            at += 1;
        }
        at
    }

    /// Where the span of a token begins that starts at this byte: at the first character that
    /// begins there or later and that no earlier one shares its origin with.
    fn owned_from(&self, at: usize) -> u32 {
        let at = self.ceil(at);
        if at == self.normal.len() {
            return self.range.end as u32;
        }
        let origin = self.origin(at);
        if at > 0 && self.origin(at - 1).0 >= origin.0 { origin.1 } else { origin.0 }
    }
}

/// What is gathered about one text, in bytes.
#[derive(Default)]
struct Trace {
    ids: Vec<u32>,
    offsets: Vec<(u32, u32)>,
    owned_from: Vec<u32>,
    words: Vec<u32>,
    surfaces: Vec<(u32, Arc<str>)>,
    word: u32,
}

impl Trace {
    fn token(&mut self, id: u32, offsets: (u32, u32), owned_from: u32) {
        self.ids.push(id);
        self.offsets.push(offsets);
        self.owned_from.push(owned_from);
        self.words.push(self.word);
    }

    fn added(&mut self, id: u32, known: &str, surface: &str, at: (u32, u32), owned_from: u32) {
        if surface != known {
            self.surfaces.push((self.ids.len() as u32, surface.into()));
        }
        self.token(id, at, owned_from);
        self.word += 1;
    }
}

impl Tokenizer {
    /// The tokens of one text, without special tokens of the template and before offsets are
    /// trimmed. `word`: all tokens belong to this word of pre-tokenized input.
    pub(super) fn trace(
        &self,
        text: &str,
        special: &Special,
        word: Option<u32>,
    ) -> Result<Encoding> {
        let mut trace = Trace::default();
        let mut pieces = Vec::new();
        self.added().raw.split(text, special, &mut |part| {
            match part {
                Part::Token(id, range) => {
                    let at = (range.start as u32, range.end as u32);
                    let known = self.added_content(id);
                    trace.added(id, known, &text[range], at, at.0);
                }
                Part::Text(range) => {
                    let aligned = self.normalizer().align(&text[range.clone()]);
                    let piece = Piece {
                        normal: aligned.as_ref().map_or(&text[range.clone()], |a| a.0.as_str()),
                        alignment: aligned.as_ref().map(|a| &a.1),
                        range,
                    };
                    self.trace_piece(&piece, special, &mut pieces, &mut trace)?;
                }
            }
            Ok(())
        })?;

        let chars = CharIndex::new(text);
        let n = trace.ids.len();
        let mut starts = trace.owned_from;
        let mut least = 0;
        for start in &mut starts {
            least = least.max(*start);
            *start = least;
        }
        if let Some(first) = starts.first_mut() {
            *first = 0;
        }
        starts.push(text.len() as u32);
        let byte_spans: Vec<(u32, u32)> =
            starts.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let both = |pair: &(u32, u32)| (chars.at(pair.0), chars.at(pair.1));
        Ok(Encoding {
            type_ids: vec![0; n],
            offsets: trace.offsets.iter().map(both).collect(),
            spans: byte_spans.iter().map(both).collect(),
            byte_spans,
            word_ids: trace.words.iter().map(|own| Some(word.unwrap_or(*own))).collect(),
            special_tokens_mask: vec![0; n],
            attention_mask: vec![1; n],
            surfaces: trace.surfaces,
            ids: trace.ids,
            ..Encoding::default()
        })
    }

    fn trace_piece(
        &self,
        piece: &Piece,
        special: &Special,
        ids: &mut Vec<u32>,
        trace: &mut Trace,
    ) -> Result<()> {
        self.added().normalized.split(piece.normal, special, &mut |part| {
            match part {
                Part::Token(id, range) => {
                    let at = (piece.origin(range.start).0, piece.origin(range.end - 1).1);
                    let owned_from = piece.owned_from(range.start);
                    let known = self.added_content(id);
                    trace.added(id, known, &piece.normal[range], at, owned_from);
                }
                Part::Text(range) => self.trace_section(piece, &range, ids, trace),
            }
            Ok(())
        })
    }

    /// One section: pieces of the pattern, each with its ids.
    fn trace_section(
        &self,
        piece: &Piece,
        range: &Range<usize>,
        ids: &mut Vec<u32>,
        trace: &mut Trace,
    ) {
        let section = &piece.normal[range.clone()];
        let prefixed;
        let (bytes, shift) = if self.add_prefix_space() && !section.starts_with(' ') {
            prefixed = format!(" {section}");
            (prefixed.as_bytes(), 1)
        } else {
            (section.as_bytes(), 0)
        };
        let place = |at: usize| range.start + at.saturating_sub(shift);
        let mut scanner = Scanner::new(bytes, self.table(), self.words().backend(), 0);
        let mut starts = [0; BATCH + 1];
        let mut from = 0;
        let mut word = |start: usize, end: usize| {
            ids.clear();
            self.words().merges().merge(&bytes[start..end], ids);
            let mut at = start;
            for &id in ids.iter() {
                let len = self.token_len(id);
                let offsets = (piece.origin(place(at)).0, piece.origin(place(at + len - 1)).1);
                trace.token(id, offsets, piece.owned_from(place(at)));
                at += len;
            }
            trace.word += 1;
        };
        while !scanner.is_done() {
            let n = scanner.fill(&mut starts, 0);
            for &start in &starts[..n] {
                if start > 0 {
                    word(from, start as usize);
                }
                from = start as usize;
            }
        }
        word(from, bytes.len());
    }
}
