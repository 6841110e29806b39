//! What a trained tokenizer does with the texts it was trained on.

use super::Trained;
use crate::Result;
use crate::encode::{Encode, Input, Special};
use crate::japanese::heterographs::{LAYERS, normalize};
use crate::japanese::vocab::is_tag;

/// What training came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Entries whose text does not become their id; tags are not counted.
    pub dead_ids: Vec<u32>,
    /// Characters of the lines for each token, without the ends of lines.
    pub chars_per_token: f64,
    /// The share of lines that [`normalize`] finds unchanged after encoding and decoding, a wide
    /// space counted as a space. It is measured on 8,192 different lines, those with the smallest
    /// hashes, and of a long one on the first 4 KiB.
    pub round_trip_rate: f64,
    /// Lines that were read, without empty ones.
    pub lines: u64,
    /// Their characters.
    pub characters: u64,
    /// The tokens that they become.
    pub tokens: u64,
    /// Entries of several characters.
    pub ngrams: usize,
    /// Entries of one character.
    pub single_characters: usize,
}

impl Trained {
    /// Measure the tokenizer that was made of `vocab`.
    pub fn report(&self, tokenizer: &dyn Encode) -> Result<Report> {
        let mut dead_ids = Vec::new();
        for id in 0..self.vocab.lines().count() as u32 {
            let surface = tokenizer.id_to_token(id).unwrap_or_default();
            if !is_tag(surface) && encode(tokenizer, surface)? != [id] {
                dead_ids.push(id);
            }
        }
        let (mut lines, mut same) = (0, 0);
        for line in self.sample.lines() {
            lines += 1;
            same += u64::from(folded(line) == folded(&decode(tokenizer, line)?));
        }
        Ok(Report {
            dead_ids,
            chars_per_token: share(self.text_characters, self.text_tokens).unwrap_or(0.0),
            round_trip_rate: share(same, lines).unwrap_or(1.0),
            lines: self.lines,
            characters: self.text_characters,
            tokens: self.text_tokens,
            ngrams: self.ngrams,
            single_characters: self.characters,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share of 2^53 is exact enough")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn encode(tokenizer: &dyn Encode, text: &str) -> Result<Vec<u32>> {
    tokenizer.encode_input(Input::Text(text), None, false, &Special::Text)
}

/// What a text comes back as.
fn decode(tokenizer: &dyn Encode, text: &str) -> Result<String> {
    let ids = tokenizer.encode_input(Input::Text(text), None, false, &Special::Parse)?;
    let mut bytes = Vec::new();
    for id in ids {
        bytes.extend_from_slice(tokenizer.token_bytes(id)?);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn folded(text: &str) -> String {
    normalize(&text.replace('\u{3000}', " "), &LAYERS)
}
