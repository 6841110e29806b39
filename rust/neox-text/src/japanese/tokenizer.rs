//! The stages put together.

mod details;
mod explain;
mod pipeline;

use super::added::Added;
use super::codes::{self, Compiled};
use super::emoji::EmojiMatcher;
use super::files::Files;
use super::options::Options;
use super::vocab::{Decoded, TagIds, is_tag};
use crate::encode::{AddedToken, Encode, Input, Special, Truncation};
use crate::encoding::Encoding;
use crate::pool::Pool;
use crate::text::Text;
use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};

pub use explain::Rewrite;
pub use pipeline::{SURROGATE, Scratch};

/// A Japanese tokenizer; never changes.
pub struct Tokenizer {
    files: Arc<Files>,
    options: Options,
    compiled: Compiled,
    /// The fewest characters that each id can stand for, those of added tokens among them.
    least: Vec<u8>,
    emoji: EmojiMatcher,
    tags: TagIds,
    decoded: Decoded,
    /// Every surface and its id, by surface.
    surfaces: Vec<(Box<str>, u32)>,
    /// The ids of the tags of the vocabulary, which a text may hold.
    tags_found: HashSet<u32>,
    /// These and the added tokens that are special.
    controls: HashSet<u32>,
    /// The ids that decoding skips on request.
    specials: HashSet<u32>,
    added: Added,
    pool: Pool<Scratch>,
    fingerprint: OnceLock<String>,
}

impl Tokenizer {
    /// Make one of the files; errors are about the options.
    pub fn new(files: Arc<Files>, options: Options) -> Result<Self> {
        Self::build(files, options, BTreeMap::new())
    }

    fn build(files: Arc<Files>, options: Options, more: BTreeMap<u32, AddedToken>) -> Result<Self> {
        if !(0.0..=1.0).contains(&options.dropout) {
            let message = format!("dropout={} is no probability: 0 to 1", options.dropout);
            return Err(Error::argument(message));
        }
        let surfaces = files.vocab.surfaces(&options);
        let sorted: Vec<(Box<str>, u32)> =
            surfaces.iter().map(|found| (found.text.into(), found.id)).collect();
        let look_up = |text: &str| look_up(&sorted, text);
        let tags = TagIds::new(&look_up);
        let alphabet = EmojiMatcher::alphabet(&files.table, options.emoji);
        let compiled = codes::compile(&surfaces, &options, &tags, &alphabet)?;
        let code = |c: char| compiled.codes.code(c);
        let emoji = EmojiMatcher::new(&files.table, options.emoji, &code);
        let decoded = Decoded::new(&files.vocab, &options, &files.table.displays);

        let mut tokens = more;
        for (what, name) in [
            ("bos_token", &options.bos_token),
            ("eos_token", &options.eos_token),
            ("unk_token", &options.unk_token),
            ("pad_token", &options.pad_token),
        ] {
            let Some(name) = name else { continue };
            check_content(what, name)?;
            let id = match look_up(name) {
                Some(id) => id,
                None => match tokens.iter().find(|(_, token)| token.content == *name) {
                    Some((id, _)) => *id,
                    None => next_id(&files, &options, &tokens, what, name)?,
                },
            };
            let token = tokens.entry(id).or_insert_with(|| AddedToken::new(name.clone(), true));
            token.special = true;
        }
        let tags_found: HashSet<u32> =
            surfaces.iter().filter(|found| is_tag(found.text)).map(|found| found.id).collect();
        let is_special = |(id, token): (&u32, &AddedToken)| token.special.then_some(*id);
        let specials: HashSet<u32> = tokens.iter().filter_map(is_special).collect();
        let controls = tags_found.union(&specials).copied().collect();
        let mut least = compiled.least.clone();
        for (id, token) in &tokens {
            let at = *id as usize;
            if least.len() <= at {
                least.resize(at + 1, u8::MAX);
            }
            let length = token.content.chars().count().min(usize::from(u8::MAX));
            least[at] = least[at].min(length as u8);
        }
        let added = Added::new(tokens, files.vocab.len())?;
        drop(surfaces);
        Ok(Self {
            options,
            least,
            compiled,
            emoji,
            tags,
            decoded,
            surfaces: sorted,
            tags_found,
            controls,
            specials,
            added,
            pool: Pool::default(),
            fingerprint: OnceLock::new(),
            files,
        })
    }

    /// The files that it was made of.
    pub fn files(&self) -> &Arc<Files> {
        &self.files
    }

    /// The options that it was made with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// A new tokenizer with other options and the same added tokens.
    pub fn with_options(&self, options: Options) -> Result<Self> {
        let named = [&self.options.bos_token, &self.options.eos_token]
            .into_iter()
            .chain([&self.options.unk_token, &self.options.pad_token]);
        let named: Vec<&String> = named.flatten().collect();
        let mine = self.added.tokens.iter().filter(|(_, token)| !named.contains(&&token.content));
        let mut made = Self::new(self.files.clone(), options)?;
        let mine: Vec<AddedToken> = mine.map(|(_, token)| token.clone()).collect();
        if !mine.is_empty() {
            made = made.with_added_tokens(&mine)?;
        }
        Ok(made)
    }

    /// A new tokenizer with more added tokens. One that is an entry keeps its id, one that is
    /// there already is replaced, the others are numbered on; it is an error if that number is
    /// another entry's.
    pub fn with_added_tokens(&self, tokens: &[AddedToken]) -> Result<Self> {
        let mut all = self.added.tokens.clone();
        for token in tokens {
            check_content("an added token", &token.content)?;
            let known = self.added.id(&token.content).or_else(|| self.token_to_id(&token.content));
            let known = known.or_else(|| {
                all.iter().find(|(_, other)| other.content == token.content).map(|(id, _)| *id)
            });
            let id = match known {
                Some(id) => id,
                None => {
                    next_id(&self.files, &self.options, &all, "an added token", &token.content)?
                }
            };
            all.insert(id, token.clone());
        }
        Self::build(self.files.clone(), self.options.clone(), all)
    }

    /// The added tokens by id: the named ones (bos, eos...) and those added later.
    pub fn added_tokens(&self) -> impl Iterator<Item = (u32, &AddedToken)> {
        self.added.tokens.iter().map(|(id, token)| (*id, token))
    }

    /// Use a kept scratch.
    pub fn with_scratch<T>(&self, work: impl FnOnce(&mut Scratch) -> T) -> T {
        self.pool.with(work)
    }

    // The vocabulary

    /// How many ids there are, with or without added tokens.
    pub fn vocab_size(&self, with_added: bool) -> usize {
        let own = size(&self.files, &self.options);
        let lines = self.files.vocab.len();
        let more = self.added.tokens.keys().filter(|id| **id as usize >= lines).count();
        own + if with_added { more } else { 0 }
    }

    /// Every surface with its id.
    pub fn vocab(&self, with_added: bool) -> impl Iterator<Item = (&str, u32)> {
        let added = self.added.tokens.iter().filter(move |_| with_added);
        let own = self.surfaces.iter().map(|(text, id)| (&**text, *id));
        own.chain(added.map(|(id, token)| (token.content.as_str(), *id)))
    }

    /// Whether the id is that of a byte token.
    fn is_byte(&self, id: u32) -> bool {
        self.decoded.is_byte(id)
    }
}

fn look_up(surfaces: &[(Box<str>, u32)], text: &str) -> Option<u32> {
    let found = surfaces.binary_search_by(|(surface, _)| (**surface).cmp(text)).ok()?;
    Some(surfaces[found].1)
}

/// Refuse what no added token may be.
fn check_content(what: &str, content: &str) -> Result<()> {
    const MOST: usize = 64 << 10;
    if content.is_empty() {
        return Err(Error::argument(format!("{what} must not be empty")));
    }
    if content.len() > MOST {
        let message = format!("{what} has {} bytes; the limit is 64 KiB", content.len());
        return Err(Error::argument(message));
    }
    Ok(())
}

fn size(files: &Files, options: &Options) -> usize {
    if options.distinct_ids { files.vocab.len() } else { files.vocab.distinct() }
}

/// The number that a new token gets, if it is free.
fn next_id(
    files: &Files,
    options: &Options,
    tokens: &BTreeMap<u32, AddedToken>,
    what: &str,
    name: &str,
) -> Result<u32> {
    let lines = files.vocab.len();
    let more = tokens.keys().filter(|id| **id as usize >= lines).count();
    let next = size(files, options) + more;
    if next < lines {
        let taken = files.vocab.canonical(next as u32, options.comma).unwrap_or_default();
        return Err(Error::argument(format!(
            "{what}: {name:?} would get the id {next}, which is {taken:?}; pass distinct_ids=True, \
             and new ids follow the last line"
        )));
    }
    Ok(next as u32)
}

impl Encode for Tokenizer {
    fn encode_input(
        &self,
        first: Input,
        pair: Option<Input>,
        _add_special_tokens: bool,
        special: &Special,
    ) -> Result<Vec<u32>> {
        let mut ids = Vec::new();
        self.with_scratch(|scratch| {
            for input in [Some(first), pair].into_iter().flatten() {
                match input {
                    Input::Text(text) => {
                        self.encode_ids(Text::Utf8(text), special, scratch, &mut ids)?;
                    }
                    Input::Words(words) => {
                        for word in words {
                            self.encode_ids(Text::Utf8(word), special, scratch, &mut ids)?;
                        }
                    }
                }
            }
            Ok(ids)
        })
    }

    fn encode_details(
        &self,
        first: Input,
        pair: Option<Input>,
        _add_special_tokens: bool,
        special: &Special,
        truncation: Option<Truncation>,
    ) -> Result<Encoding> {
        self.details(first, pair, special, truncation)
    }

    fn encode_offsets(
        &self,
        input: Input,
        _add_special_tokens: bool,
        special: &Special,
        out: &mut Vec<u32>,
    ) -> Result<()> {
        match input {
            Input::Text(text) => self.offsets(text, special, out),
            Input::Words(words) => {
                words.iter().try_for_each(|word| self.offsets(word, special, out))
            }
        }
    }

    fn least_lengths(&self) -> Option<&[u8]> {
        Some(&self.least)
    }

    fn is_narrow(&self) -> bool {
        let last = self.added.tokens.keys().next_back().copied().unwrap_or(0) as usize;
        self.files.vocab.len().max(last + 1) <= usize::from(u16::MAX) + 1
    }

    fn num_added_tokens(&self, _is_pair: bool) -> usize {
        0
    }

    fn token_bytes(&self, id: u32) -> Result<&[u8]> {
        let own = self.decoded.text(id);
        own.or_else(|| self.added_bytes(id)).ok_or_else(|| self.no_id(id))
    }

    fn raw_bytes(&self, id: u32) -> Result<&[u8]> {
        let own = self.decoded.raw(id);
        own.or_else(|| self.added_bytes(id)).ok_or_else(|| self.no_id(id))
    }

    fn strips(&self) -> bool {
        self.options.strip
    }

    fn is_special(&self, id: u32) -> bool {
        self.specials.contains(&id)
    }

    fn is_control(&self, id: u32) -> bool {
        self.controls.contains(&id)
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        look_up(&self.surfaces, token).or_else(|| self.added.id(token))
    }

    fn id_to_token(&self, id: u32) -> Option<&str> {
        let own = self.files.vocab.canonical(id, self.options.comma);
        own.or_else(|| self.added.tokens.get(&id).map(|token| token.content.as_str()))
    }

    fn fingerprint(&self) -> &str {
        // Made without a lock: a process may fork in the middle of it.
        if let Some(made) = self.fingerprint.get() {
            return made;
        }
        let mut hash = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        field(b"neox-text japanese 1");
        field(self.files.vocab_bytes());
        field(self.files.emoji_bytes());
        field(format!("{:?}", self.options).as_bytes());
        for (id, token) in &self.added.tokens {
            field(format!("{id} {token:?}").as_bytes());
        }
        let digits = b"0123456789abcdef";
        let hex = |byte: &u8| [byte >> 4, byte & 15].map(|d| char::from(digits[usize::from(d)]));
        let made = hash.finalize().iter().flat_map(hex).collect();
        self.fingerprint.get_or_init(|| made)
    }
}

impl Tokenizer {
    fn added_bytes(&self, id: u32) -> Option<&[u8]> {
        self.added.tokens.get(&id).map(|token| token.content.as_bytes())
    }

    fn no_id(&self, id: u32) -> Error {
        let size = self.files.vocab.len();
        Error::argument(format!("the id {id} is none of this tokenizer, which has {size} entries"))
    }
}

impl PartialEq for Tokenizer {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.fingerprint() == other.fingerprint()
    }
}
