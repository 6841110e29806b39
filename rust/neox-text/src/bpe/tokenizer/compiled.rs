//! A compiled tokenizer: one file that loads without parsing, checked before it is believed.
//!
//! Magic and version, SHA-256 of the rest, then fields, each a length of 8 bytes (little endian)
//! and its bytes: the parts of the configuration as JSON, a string of the caller's, entries
//! (id, length, string), merges (left, right, product), all integers u32 little endian.

use super::Tokenizer;
use crate::bpe::config::Config;
use crate::bpe::normalize::Normalizer;
use crate::bpe::post::PostProcessor;
use crate::bpe::unicode::Edition;
use crate::bpe::vocab::{Vocab, VocabBuilder};
use crate::encode::AddedToken;
use crate::error::{Error, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const MAGIC: &[u8; 16] = b"neox-text bpe\0\0\x01";
const HEAD: usize = MAGIC.len() + 32;

fn broken(place: &str) -> Error {
    Error::format(place, "not a compiled tokenizer, or not a whole one: compile it again")
}

fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, len: usize, place: &str) -> Result<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or_else(|| broken(place))?;
        self.0 = rest;
        Ok(taken)
    }

    fn field(&mut self, place: &str) -> Result<&'b [u8]> {
        let len = self.take(8, place)?.try_into().map_or(u64::MAX, u64::from_le_bytes);
        self.take(usize::try_from(len).map_err(|_| broken(place))?, place)
    }

    fn number(&mut self, place: &str) -> Result<u32> {
        Ok(self.take(4, place)?.try_into().map_or(0, u32::from_le_bytes))
    }
}

impl Tokenizer {
    /// The bytes of a compiled tokenizer; `note` is kept for the caller.
    pub fn compile(&self, note: &str) -> Vec<u8> {
        let config = self.config();
        let edition = match config.normalizer {
            Normalizer::None => 0,
            Normalizer::Nfc(Edition::Unicode9) => 9,
            Normalizer::Nfc(Edition::Unicode17) => 17,
        };
        let added: Vec<Value> = config
            .added
            .iter()
            .map(|(id, t)| {
                json!([id, t.content, t.single_word, t.lstrip, t.rstrip, t.normalized, t.special])
            })
            .collect();
        let parts = json!({
            "edition": edition, "prefix": config.add_prefix_space, "added": added,
            "normalizer": config.normalizer_json, "pre_tokenizer": config.pre_tokenizer_json,
            "post": config.post.to_json(), "decoder": config.decoder_json,
            "model": config.model_json,
        });
        let mut payload = Vec::new();
        field(&mut payload, parts.to_string().as_bytes());
        field(&mut payload, note.as_bytes());
        let mut packed = Vec::new();
        for (string, id) in config.vocab.iter() {
            packed.extend_from_slice(&id.to_le_bytes());
            packed.extend_from_slice(&(string.len() as u32).to_le_bytes());
            packed.extend_from_slice(string.as_bytes());
        }
        field(&mut payload, &packed);
        packed.clear();
        for (left, right, product) in config.merges.iter() {
            for id in [left, right, product] {
                packed.extend_from_slice(&id.to_le_bytes());
            }
        }
        field(&mut payload, &packed);
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&Sha256::digest(&payload));
        out.extend_from_slice(&payload);
        out
    }

    /// Read what `compile` gave, and the note. Anything else is an error, whatever it holds.
    pub fn from_compiled(bytes: &[u8]) -> Result<(Self, String)> {
        if bytes.len() < HEAD || &bytes[..13] != b"neox-text bpe" {
            return Err(broken("header"));
        }
        if &bytes[..MAGIC.len()] != MAGIC {
            let message = "compiled by another version of neox-text: compile it again";
            return Err(Error::format("header", message));
        }
        let payload = &bytes[HEAD..];
        if Sha256::digest(payload)[..] != bytes[MAGIC.len()..HEAD] {
            return Err(broken("checksum"));
        }
        let mut reader = Reader(payload);
        let parts: Value =
            serde_json::from_slice(reader.field("parts")?).map_err(|_| broken("parts"))?;
        let note = reader.field("note")?;
        let note = String::from_utf8(note.to_vec()).map_err(|_| broken("note"))?;
        let mut entries = Reader(reader.field("entries")?);
        let mut vocab = VocabBuilder::new("entries");
        while !entries.0.is_empty() {
            let id = entries.number("entries")?;
            let len = entries.number("entries")? as usize;
            let string = std::str::from_utf8(entries.take(len, "entries")?);
            vocab.insert(string.map_err(|_| broken("entries"))?, id)?;
        }
        let vocab = vocab.build()?;
        let mut rest = Reader(reader.field("merges")?);
        let mut merges = Vec::with_capacity(rest.0.len() / 12);
        while !rest.0.is_empty() {
            let mut id = || {
                rest.number("merges")
                    .and_then(|id| vocab.string(id).map(|_| id).ok_or_else(|| broken("merges")))
            };
            merges.push((id()?, id()?, id()?));
        }
        if !reader.0.is_empty() {
            return Err(broken("end"));
        }
        let config = Self::unpack(&parts, vocab, merges).ok_or_else(|| broken("parts"))??;
        Ok((Self::from_config(config.checked()?)?, note))
    }

    fn unpack(parts: &Value, vocab: Vocab, merges: Vec<(u32, u32, u32)>) -> Option<Result<Config>> {
        let mut added = Vec::new();
        for token in parts.get("added")?.as_array()? {
            let flag = |i: usize| token.get(i)?.as_bool();
            added.push((
                u32::try_from(token.get(0)?.as_u64()?).ok()?,
                AddedToken {
                    content: token.get(1)?.as_str()?.to_owned(),
                    single_word: flag(2)?,
                    lstrip: flag(3)?,
                    rstrip: flag(4)?,
                    normalized: flag(5)?,
                    special: flag(6)?,
                },
            ));
        }
        let post = match PostProcessor::from_json(parts.get("post")?, "post_processor") {
            Ok(post) => post,
            Err(error) => return Some(Err(error)),
        };
        Some(Ok(Config {
            vocab: Arc::new(vocab),
            merges: Arc::new(merges),
            added,
            normalizer: match parts.get("edition")?.as_u64()? {
                0 => Normalizer::None,
                9 => Normalizer::Nfc(Edition::Unicode9),
                17 => Normalizer::Nfc(Edition::Unicode17),
                _ => return None,
            },
            add_prefix_space: parts.get("prefix")?.as_bool()?,
            post,
            normalizer_json: parts.get("normalizer")?.clone(),
            pre_tokenizer_json: parts.get("pre_tokenizer")?.clone(),
            decoder_json: parts.get("decoder")?.clone(),
            model_json: parts.get("model")?.as_object()?.clone(),
        }))
    }
}
