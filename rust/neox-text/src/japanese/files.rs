//! `vocab.txt` and `emoji.json` together.

use super::emoji::EmojiTable;
use super::vocab::Vocab;
use crate::{Error, Result};
use std::collections::BTreeSet;
use std::path::Path;

/// The two files, as read; shared by the tokenizers made of them.
pub struct Files {
    vocab_bytes: Vec<u8>,
    emoji_bytes: Vec<u8>,
    pub(super) vocab: Vocab,
    pub(super) table: EmojiTable,
}

impl Files {
    /// Read both; an error names the file by these paths.
    pub fn new(vocab: Vec<u8>, emoji: Vec<u8>, paths: Option<(&Path, &Path)>) -> Result<Self> {
        let of_vocab = |error| match paths {
            Some((path, _)) => Error::with_path(error, path),
            None => error,
        };
        let of_emoji = |error| match paths {
            Some((_, path)) => Error::with_path(error, path),
            None => error,
        };
        let read = Vocab::from_bytes(&vocab).map_err(of_vocab)?;
        let table = EmojiTable::from_bytes(&emoji).map_err(of_emoji)?;
        // Whole graphemes may be of a class that no key has.
        let tags: BTreeSet<String> = table
            .keys
            .iter()
            .map(|(_, class)| format!("<|emoji{class}|>"))
            .chain(table.displays.iter().map(|(tag, _)| tag.clone()))
            .collect();
        for tag in tags {
            if !read.has_line(&tag) {
                let message = format!("no line is {tag}, which the emoji table asks for");
                return Err(of_vocab(Error::format("", message)));
            }
        }
        Ok(Self { vocab_bytes: vocab, emoji_bytes: emoji, vocab: read, table })
    }

    /// The bytes of `vocab.txt`.
    pub fn vocab_bytes(&self) -> &[u8] {
        &self.vocab_bytes
    }

    /// The bytes of `emoji.json`.
    pub fn emoji_bytes(&self) -> &[u8] {
        &self.emoji_bytes
    }
}
