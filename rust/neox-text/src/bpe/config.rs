//! Reading and writing: `tokenizer.json`, and `vocab.json` with `merges.txt`.
//!
//! What is read here is checked here, so that every later stage is total. Whatever would be
//! ignored is refused by name, and an error tells its JSON path and what the file looks like.

use super::normalize::Normalizer;
use super::post::PostProcessor;
use super::unicode::Edition;
use super::vocab::{MAX_ID, Vocab, VocabBuilder, byte_char, char_byte};
use crate::encode::AddedToken;
use crate::error::{Error, Result};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// The largest file that is read, in bytes.
pub const MAX_FILE: u64 = 256 << 20;

/// A checked tokenizer as it stands in a file.
#[derive(Clone)]
pub(super) struct Config {
    pub(super) vocab: Arc<Vocab>,
    /// Left, right, product, by rank.
    pub(super) merges: Arc<Vec<(u32, u32, u32)>>,
    pub(super) added: Vec<(u32, AddedToken)>,
    pub(super) normalizer: Normalizer,
    pub(super) add_prefix_space: bool,
    pub(super) post: PostProcessor,
    /// The parts as they stood in the file.
    pub(super) normalizer_json: Value,
    pub(super) pre_tokenizer_json: Value,
    pub(super) decoder_json: Value,
    /// What the file says of the model beside `vocab` and `merges`.
    pub(super) model_json: Map<String, Value>,
}

/// What a file that is no tokenizer looks like.
fn looks_like(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let starts =
        |word: &str| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if text.is_empty() {
        Some("it is empty")
    } else if starts("version https://git-lfs") {
        Some("it is a Git-LFS pointer: fetch the real file with `git lfs pull`")
    } else if starts("<!doctype") || starts("<html") || starts("<") {
        Some("it looks like an HTML page, not a file: was the download an error page?")
    } else if starts("404") || starts("not found") || starts("entry not found") {
        Some("it looks like the page of a 404 error: was the download complete?")
    } else if starts("#version") {
        Some("it looks like a merges.txt: pass it to from_files with its vocab.json")
    } else {
        None
    }
}

/// A text whose bytes were read from a file.
pub(super) fn as_text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|error| {
        Error::format(
            format!("byte {}", error.valid_up_to()),
            "not UTF-8, so not a tokenizer.json: is it compressed, or saved as UTF-16?",
        )
    })
}

/// Where our own visitors leave the error that serde would flatten to a string.
type Caught = RefCell<Option<Error>>;

fn caught<E: serde::de::Error>(cell: &Caught, error: Error) -> E {
    let message = error.to_string();
    cell.borrow_mut().get_or_insert(error);
    E::custom(message)
}

fn parse<'de, T: DeserializeSeed<'de>>(text: &'de str, seed: T, cell: &Caught) -> Result<T::Value> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        if let Some(error) = cell.borrow_mut().take() {
            return error;
        }
        let place = format!("line {} column {}", error.line(), error.column());
        let words = error.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        match looks_like(text) {
            Some(guess) => Error::format(place, format!("no JSON: {guess}")),
            None if error.is_eof() => {
                Error::format(place, format!("{words}: the file is truncated"))
            }
            None => Error::format(place, format!("not a tokenizer.json: {words}")),
        }
    })
}

fn found(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// The members of an object, of which none may be unknown.
pub(super) struct Fields<'v> {
    map: &'v Map<String, Value>,
    place: String,
}

impl<'v> Fields<'v> {
    pub(super) fn new(value: &'v Value, place: &str, known: &[&str]) -> Result<Self> {
        let Value::Object(map) = value else {
            let message = format!("must be an object, not {}", found(value));
            return Err(Error::format(place, message));
        };
        if let Some(key) = map.keys().find(|key| !known.contains(&key.as_str())) {
            let message = format!("the key {key:?} is not known; known are {}", known.join(", "));
            return Err(Error::format(format!("{place}.{key}"), message));
        }
        Ok(Self { map, place: place.to_owned() })
    }

    fn wrong(&self, key: &str, due: &str) -> Error {
        let message = match self.map.get(key) {
            None => format!("is missing; it must be {due}"),
            Some(value) => format!("must be {due}, not {}", found(value)),
        };
        Error::format(format!("{}.{key}", self.place), message)
    }

    pub(super) fn bool(&self, key: &str, default: Option<bool>) -> Result<bool> {
        match (self.map.get(key), default) {
            (Some(Value::Bool(value)), _) => Ok(*value),
            (None, Some(value)) => Ok(value),
            _ => Err(self.wrong(key, "true or false")),
        }
    }

    pub(super) fn string(&self, key: &str) -> Result<&'v str> {
        self.map.get(key).and_then(Value::as_str).ok_or_else(|| self.wrong(key, "a string"))
    }

    pub(super) fn list(&self, key: &str) -> Result<&'v [Value]> {
        let list = self.map.get(key).and_then(Value::as_array);
        list.map(Vec::as_slice).ok_or_else(|| self.wrong(key, "a list"))
    }

    fn id(&self, key: &str) -> Result<u32> {
        let id = self.map.get(key).and_then(Value::as_u64).filter(|id| *id <= u64::from(MAX_ID));
        id.map(|id| id as u32).ok_or_else(|| self.wrong(key, &format!("an id from 0 to {MAX_ID}")))
    }
}

fn kind<'v>(value: &'v Value, place: &str) -> Result<&'v str> {
    if let Some(Value::String(kind)) = value.get("type") {
        return Ok(kind);
    }
    let message = format!("must be an object with a \"type\", not {}", found(value));
    Err(Error::format(place, message))
}

fn refused(place: &str, kind: &str, honoured: &str) -> Error {
    Error::format(place, format!("the kind {kind:?} is not supported here; {honoured}"))
}

/// Whether the normalizer composes; null, NFC, and sequences of them.
fn read_normalizer(value: &Value, place: &str) -> Result<bool> {
    if value.is_null() {
        return Ok(false);
    }
    match kind(value, place)? {
        "NFC" => Fields::new(value, place, &["type"]).map(|_| true),
        "Sequence" => {
            let list = Fields::new(value, place, &["type", "normalizers"])?.list("normalizers")?;
            let mut composes = false;
            for (i, item) in list.iter().enumerate() {
                composes |= read_normalizer(item, &format!("{place}.normalizers[{i}]"))?;
            }
            Ok(composes)
        }
        other => Err(refused(place, other, "supported are null, NFC and a Sequence of them")),
    }
}

const BYTE_LEVEL: [&str; 4] = ["type", "add_prefix_space", "trim_offsets", "use_regex"];

/// Whether a space is put in front: a `ByteLevel` with its own pattern, or a Sequence of just it.
fn read_pre_tokenizer(value: &Value, place: &str) -> Result<bool> {
    if value.is_null() {
        let message = "a byte-level tokenizer needs a ByteLevel pre_tokenizer, not null";
        return Err(Error::format(place, message));
    }
    match kind(value, place)? {
        "ByteLevel" => {
            let fields = Fields::new(value, place, &BYTE_LEVEL)?;
            fields.bool("trim_offsets", Some(true))?;
            if !fields.bool("use_regex", Some(true))? {
                return Err(Error::format(
                    format!("{place}.use_regex"),
                    "false is not supported here: pieces are those of the GPT-2 pattern",
                ));
            }
            fields.bool("add_prefix_space", None)
        }
        "Sequence" => {
            let fields = Fields::new(value, place, &["type", "pretokenizers"])?;
            let list = fields.list("pretokenizers")?;
            for (i, item) in list.iter().enumerate() {
                let place = format!("{place}.pretokenizers[{i}]");
                let kind = kind(item, &place)?;
                if kind != "ByteLevel" {
                    return Err(refused(&place, kind, "supported is ByteLevel alone"));
                }
            }
            match list {
                [only] => read_pre_tokenizer(only, &format!("{place}.pretokenizers[0]")),
                _ => Err(Error::format(place, "a Sequence must hold exactly one ByteLevel")),
            }
        }
        other => Err(refused(place, other, "supported is ByteLevel, with the GPT-2 pattern")),
    }
}

fn read_decoder(value: &Value, place: &str) -> Result<()> {
    if value.is_null() {
        return Err(Error::format(place, "null is not supported here: it must be ByteLevel"));
    }
    match kind(value, place)? {
        "ByteLevel" => {
            let fields = Fields::new(value, place, &BYTE_LEVEL)?;
            for key in &BYTE_LEVEL[1..] {
                fields.bool(key, Some(true))?;
            }
            Ok(())
        }
        "Sequence" => {
            let list = Fields::new(value, place, &["type", "decoders"])?.list("decoders")?;
            match list {
                [only] => read_decoder(only, &format!("{place}.decoders[0]")),
                _ => Err(Error::format(place, "a Sequence must hold exactly one ByteLevel")),
            }
        }
        other => Err(refused(place, other, "supported is ByteLevel")),
    }
}

/// The id that a token added now gets: its entry's, else the next free one.
pub(super) fn next_id(vocab: &Vocab, added: &[(u32, AddedToken)]) -> u32 {
    let bound = vocab.len() as u32;
    added.iter().map(|(id, _)| id + 1).max().map_or(bound, |next| next.max(bound))
}

fn read_added(value: &Value, vocab: &Vocab) -> Result<Vec<(u32, AddedToken)>> {
    let Value::Array(list) = value else {
        let message = format!("must be a list, not {}", found(value));
        return Err(Error::format("added_tokens", message));
    };
    let known = ["id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"];
    let mut added: Vec<(u32, AddedToken)> = Vec::with_capacity(list.len());
    let mut next = vocab.len() as u32;
    let mut contents = HashSet::new();
    for (i, item) in list.iter().enumerate() {
        let place = format!("added_tokens[{i}]");
        let fields = Fields::new(item, &place, &known)?;
        let id = fields.id("id")?;
        let token = AddedToken {
            content: fields.string("content")?.to_owned(),
            single_word: fields.bool("single_word", None)?,
            lstrip: fields.bool("lstrip", None)?,
            rstrip: fields.bool("rstrip", None)?,
            normalized: fields.bool("normalized", None)?,
            special: fields.bool("special", None)?,
        };
        check_added(vocab, &token, id, next, &place)?;
        if !contents.insert(token.content.clone()) {
            let message = format!("the token {:?} is there twice", token.content);
            return Err(Error::format(place, message));
        }
        next = next.max(id + 1);
        added.push((id, token));
    }
    Ok(added)
}

fn check_added(vocab: &Vocab, token: &AddedToken, id: u32, next: u32, place: &str) -> Result<()> {
    let content = &token.content;
    if content.is_empty() {
        return Err(Error::format(format!("{place}.content"), "an added token must not be empty"));
    }
    if content.len() > super::vocab::MAX_TOKEN {
        let message = format!("{} bytes; the limit is {}", content.len(), super::vocab::MAX_TOKEN);
        return Err(Error::format(format!("{place}.content"), message));
    }
    let place = format!("{place}.id");
    match (vocab.id(content), vocab.string(id)) {
        (Some(entry), _) if entry == id => Ok(()),
        (Some(entry), _) => {
            let message = format!("{content:?} has id {id} here and {entry} in model.vocab");
            Err(Error::format(place, message))
        }
        (None, Some(other)) => {
            let message = format!("{content:?} has the id of {other:?} in model.vocab");
            Err(Error::format(place, message))
        }
        (None, None) if id != next => {
            let message = format!(
                "{content:?} has id {id}; the next free id is {next}, and ids may leave no gap"
            );
            Err(Error::format(place, message))
        }
        (None, None) => Ok(()),
    }
}

/// Every byte that occurs in UTF-8 needs an entry.
fn check_bytes(vocab: &Vocab) -> Result<()> {
    let needed = |byte: &u8| !matches!(byte, 0xC0 | 0xC1 | 0xF5..);
    let missing = |byte: &u8| vocab.id(byte_char(*byte).encode_utf8(&mut [0; 4])).is_none();
    match (0..=255u8).filter(needed).find(missing) {
        None => Ok(()),
        Some(byte) if vocab.len() == 0 => {
            let _ = byte;
            Err(Error::format("model.vocab", "it is empty"))
        }
        Some(byte) => {
            let message = format!(
                "the byte {byte:#04x} has no entry {:?}, so texts that hold it have no ids",
                byte_char(byte)
            );
            Err(Error::format("model.vocab", message))
        }
    }
}

/// Finds the ids of the parts and products of merges.
struct Resolver<'v> {
    vocab: &'v Vocab,
    /// Many parts are one character.
    bytes: [Option<u32>; 256],
    joined: String,
    /// In most files products are numbered in order.
    next: u32,
}

impl<'v> Resolver<'v> {
    fn new(vocab: &'v Vocab) -> Self {
        let mut bytes = [None; 256];
        for byte in 0..=255u8 {
            bytes[usize::from(byte)] = vocab.id(byte_char(byte).encode_utf8(&mut [0; 4]));
        }
        Self { vocab, bytes, joined: String::new(), next: 0 }
    }

    fn id(&self, part: &str, what: &str, place: &dyn Fn() -> String) -> Result<u32> {
        let mut chars = part.chars();
        let id = match (chars.next().and_then(char_byte), chars.next()) {
            (Some(byte), None) => self.bytes[usize::from(byte)],
            _ => self.vocab.id(part).filter(|_| !part.is_empty()),
        };
        id.ok_or_else(|| {
            Error::format(place(), format!("{what} {part:?} is not in the vocabulary"))
        })
    }

    /// `place` names the merge in errors.
    fn merge(
        &mut self,
        left: &str,
        right: &str,
        place: &dyn Fn() -> String,
    ) -> Result<(u32, u32, u32)> {
        let first = self.id(left, "the part", place)?;
        let second = self.id(right, "the part", place)?;
        let product = if self.vocab.is_joined(self.next, left, right) {
            self.next
        } else {
            self.joined.clear();
            self.joined.push_str(left);
            self.joined.push_str(right);
            self.id(&self.joined, "the product", place)?
        };
        self.next = product + 1;
        Ok((first, second, product))
    }
}

#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A number that may be an id, or what stands in its place.
struct IdValue(std::result::Result<u32, String>);

impl<'de> serde::Deserialize<'de> for IdValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct IdVisitor;
        impl Visitor<'_> for IdVisitor {
            type Value = IdValue;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an id")
            }
            fn visit_u64<E>(self, id: u64) -> std::result::Result<IdValue, E> {
                Ok(IdValue(u32::try_from(id).map_err(|_| id.to_string())))
            }
            fn visit_i64<E>(self, id: i64) -> std::result::Result<IdValue, E> {
                Ok(IdValue(Err(id.to_string())))
            }
            fn visit_f64<E>(self, id: f64) -> std::result::Result<IdValue, E> {
                Ok(IdValue(Err(id.to_string())))
            }
            fn visit_str<E>(self, id: &str) -> std::result::Result<IdValue, E> {
                Ok(IdValue(Err(format!("{:?}", id.chars().take(60).collect::<String>()))))
            }
            fn visit_bool<E>(self, id: bool) -> std::result::Result<IdValue, E> {
                Ok(IdValue(Err(id.to_string())))
            }
            fn visit_unit<E>(self) -> std::result::Result<IdValue, E> {
                Ok(IdValue(Err("null".to_owned())))
            }
        }
        deserializer.deserialize_any(IdVisitor)
    }
}

struct VocabSeed<'c>(&'c Caught, &'static str);

impl<'de> DeserializeSeed<'de> for VocabSeed<'_> {
    type Value = Vocab;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> std::result::Result<Vocab, D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for VocabSeed<'_> {
    type Value = Vocab;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} as an object of entries with their ids", self.1)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Vocab, A::Error> {
        let Self(cell, name) = self;
        let mut vocab = VocabBuilder::new(name);
        let mut entry = String::new();
        while map.next_key_seed(KeySeed(&mut entry))?.is_some() {
            let id = map.next_value::<IdValue>().map_err(|error| {
                let message = error.to_string();
                if message.contains("invalid type") {
                    return caught(cell, vocab.wrong(&entry, "must be an id"));
                }
                error
            })?;
            let inserted = match id.0 {
                Ok(id) => vocab.insert(&entry, id),
                Err(other) => {
                    let message = format!("must be an id from 0 to {MAX_ID}, not {other}");
                    Err(vocab.wrong(&entry, &message))
                }
            };
            inserted.map_err(|error| caught(cell, error))?;
        }
        vocab.build().map_err(|error| caught(cell, error))
    }
}

/// Reads a key into a string that is used again and again.
struct KeySeed<'k>(&'k mut String);

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> std::result::Result<(), D::Error> {
        d.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an entry")
    }
    fn visit_str<E>(self, key: &str) -> std::result::Result<(), E> {
        self.0.clear();
        self.0.push_str(key);
        Ok(())
    }
}

/// Merges as they are read: resolved at once where the vocabulary came first.
enum MergeList {
    Ids(Vec<(u32, u32, u32)>),
    Strings(Vec<(String, String)>),
}

struct MergesSeed<'c>(&'c Caught, Option<&'c Vocab>);

impl<'de> DeserializeSeed<'de> for MergesSeed<'_> {
    type Value = MergeList;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> std::result::Result<MergeList, D::Error> {
        let cell = self.0;
        d.deserialize_seq(self).map_err(|error: D::Error| {
            let message = error.to_string();
            if message.contains("invalid type") && cell.borrow().is_none() {
                return caught(cell, Error::format("model.merges", "must be a list"));
            }
            error
        })
    }
}

impl<'de> Visitor<'de> for MergesSeed<'_> {
    type Value = MergeList;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("model.merges as a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<MergeList, A::Error> {
        let (mut ids, mut strings) = (Vec::new(), Vec::new());
        if let Some(vocab) = self.1 {
            ids.reserve(vocab.len());
        }
        let mut resolver = self.1.map(Resolver::new);
        let mut index = 0;
        loop {
            let place = || format!("model.merges[{index}]");
            let mut take = |left: &str, right: &str| {
                match &mut resolver {
                    Some(resolver) => ids.push(resolver.merge(left, right, &place)?),
                    None => strings.push((left.to_owned(), right.to_owned())),
                }
                Ok(())
            };
            let seed = MergeSeed { cell: self.0, index, take: &mut take };
            if seq.next_element_seed(seed)?.is_none() {
                break;
            }
            index += 1;
        }
        Ok(if resolver.is_some() { MergeList::Ids(ids) } else { MergeList::Strings(strings) })
    }
}

struct MergeSeed<'c> {
    cell: &'c Caught,
    index: usize,
    take: &'c mut dyn FnMut(&str, &str) -> Result<()>,
}

impl<'de> DeserializeSeed<'de> for MergeSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> std::result::Result<(), D::Error> {
        let (cell, index) = (self.cell, self.index);
        d.deserialize_any(self).map_err(|error: D::Error| {
            let message = error.to_string();
            if message.contains("invalid type") || message.contains("invalid length") {
                let due = "a merge must be a string \"left right\" or a list of two strings";
                return caught(cell, Error::format(format!("model.merges[{index}]"), due));
            }
            error
        })
    }
}

fn in_two(line: &str) -> Option<(&str, &str)> {
    line.split_once(' ')
        .filter(|(left, right)| !left.is_empty() && !right.is_empty() && !right.contains(' '))
}

const NOT_TWO: &str = "a merge must be two parts with one space between them";

impl<'de> Visitor<'de> for MergeSeed<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a merge")
    }
    fn visit_str<E: serde::de::Error>(self, line: &str) -> std::result::Result<(), E> {
        let place = || format!("model.merges[{}]", self.index);
        let taken = match in_two(line) {
            Some((left, right)) => (self.take)(left, right),
            None => Err(Error::format(place(), NOT_TWO)),
        };
        taken.map_err(|error| caught(self.cell, error))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<(), A::Error> {
        let short = |n| A::Error::invalid_length(n, &"two parts");
        let Text(left) = seq.next_element()?.ok_or_else(|| short(0))?;
        let Text(right) = seq.next_element()?.ok_or_else(|| short(1))?;
        if seq.next_element::<IgnoredAny>()?.is_some() {
            return Err(short(3));
        }
        (self.take)(&left, &right).map_err(|error| caught(self.cell, error))
    }
}

struct Model {
    vocab: Vocab,
    merges: Vec<(u32, u32, u32)>,
    rest: Map<String, Value>,
}

struct ModelSeed<'c>(&'c Caught);

impl<'de> DeserializeSeed<'de> for ModelSeed<'_> {
    type Value = Model;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> std::result::Result<Model, D::Error> {
        let cell = self.0;
        d.deserialize_map(self).map_err(|error: D::Error| {
            let message = error.to_string();
            if message.contains("invalid type") && cell.borrow().is_none() {
                let what = message.split(" at line ").next().unwrap_or_default();
                return caught(cell, Error::format("model", what));
            }
            error
        })
    }
}

impl<'de> Visitor<'de> for ModelSeed<'_> {
    type Value = Model;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("model as an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Model, A::Error> {
        let cell = self.0;
        let (mut vocab, mut merges, mut rest) = (None, None, Map::new());
        while let Some(Text(key)) = map.next_key::<Text>()? {
            let twice = match &*key {
                "vocab" => {
                    vocab.replace(map.next_value_seed(VocabSeed(cell, "model.vocab"))?).is_some()
                }
                "merges" => {
                    let seed = MergesSeed(cell, vocab.as_ref());
                    merges.replace(map.next_value_seed(seed)?).is_some()
                }
                _ => rest.insert(key.to_string(), map.next_value()?).is_some(),
            };
            if twice {
                let place = format!("model.{key}");
                return Err(caught(cell, Error::format(place, "this key is there twice")));
            }
        }
        let checked = check_model(&rest).and_then(|()| {
            let missing = |key| Error::format(format!("model.{key}"), "is missing");
            let vocab = vocab.ok_or_else(|| missing("vocab"))?;
            check_bytes(&vocab)?;
            let merges = match merges.ok_or_else(|| missing("merges"))? {
                MergeList::Ids(merges) => merges,
                MergeList::Strings(pairs) => {
                    let (mut resolver, mut merges) = (Resolver::new(&vocab), Vec::new());
                    for (i, (left, right)) in pairs.iter().enumerate() {
                        let place = || format!("model.merges[{i}]");
                        merges.push(resolver.merge(left, right, &place)?);
                    }
                    merges
                }
            };
            Ok((vocab, merges))
        });
        let (vocab, merges) = checked.map_err(|error| caught(cell, error))?;
        Ok(Model { vocab, merges, rest })
    }
}

/// What a model says beside its entries and merges.
fn check_model(rest: &Map<String, Value>) -> Result<()> {
    for (key, value) in rest {
        let (null, flag) = (value.is_null(), value.is_boolean());
        let (fine, due) = match key.as_str() {
            "type" => (value == "BPE", "is not supported here: only BPE is"),
            "dropout" => (
                null || value.as_f64() == Some(0.0),
                "is not supported here: dropout must be null or 0",
            ),
            // All bytes have entries, so nothing is ever unknown.
            "unk_token" => (null || value.is_string(), "must be a string or null"),
            "fuse_unk" | "byte_fallback" => (null || flag, "must be true or false"),
            "ignore_merges" => {
                (null || value == false, "is not supported here: ids are made by merges")
            }
            "continuing_subword_prefix" | "end_of_word_suffix" => {
                (null || value == "", "is not supported here: it must be null or empty")
            }
            _ => (false, "is the value of a key that is not known"),
        };
        if !fine {
            return Err(Error::format(format!("model.{key}"), format!("{} {due}", found(value))));
        }
    }
    Ok(())
}

struct FileSeed<'c>(&'c Caught);

struct File {
    model: Option<Model>,
    parts: Map<String, Value>,
}

impl<'de> DeserializeSeed<'de> for FileSeed<'_> {
    type Value = File;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> std::result::Result<File, D::Error> {
        d.deserialize_map(self)
    }
}

const PARTS: [&str; 8] = [
    "version",
    "truncation",
    "padding",
    "added_tokens",
    "normalizer",
    "pre_tokenizer",
    "post_processor",
    "decoder",
];

impl<'de> Visitor<'de> for FileSeed<'_> {
    type Value = File;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with a model")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<File, A::Error> {
        let cell = self.0;
        let (mut model, mut parts) = (None, Map::new());
        while let Some(Text(key)) = map.next_key::<Text>()? {
            let twice = match &*key {
                "model" => model.replace(map.next_value_seed(ModelSeed(cell))?).is_some(),
                known if PARTS.contains(&known) => {
                    parts.insert(key.to_string(), map.next_value()?).is_some()
                }
                _ => {
                    let value: Value = map.next_value()?;
                    let message = if value.is_number() {
                        "this file looks like a vocab.json: pass it to from_files with its \
                         merges.txt"
                            .to_owned()
                    } else {
                        format!("the key {key:?} is not known in a tokenizer.json")
                    };
                    let place = if key.is_empty() { Cow::Borrowed("\"\"") } else { key };
                    return Err(caught(cell, Error::format(place, message)));
                }
            };
            if twice {
                return Err(caught(cell, Error::format(key, "this key is there twice")));
            }
        }
        Ok(File { model, parts })
    }
}

impl Config {
    /// Check what reading a `tokenizer.json` would have checked, for one that was not read so.
    pub(super) fn checked(self) -> Result<Self> {
        check_bytes(&self.vocab)?;
        check_model(&self.model_json)?;
        let mut next = self.vocab.len() as u32;
        for (i, (id, token)) in self.added.iter().enumerate() {
            check_added(&self.vocab, token, *id, next, &format!("added_tokens[{i}]"))?;
            next = next.max(id + 1);
        }
        let string = |id| self.vocab.string(id).unwrap_or_default();
        for (rank, &(left, right, product)) in self.merges.iter().enumerate() {
            let (left, right) = (string(left), string(right));
            let split = string(product).split_at_checked(left.len());
            if left.is_empty() || right.is_empty() || split != Some((left, right)) {
                let message = "the product is not made of the two parts";
                return Err(Error::format(format!("model.merges[{rank}]"), message));
            }
        }
        let composes = read_normalizer(&self.normalizer_json, "normalizer")?;
        let prefix = read_pre_tokenizer(&self.pre_tokenizer_json, "pre_tokenizer")?;
        read_decoder(&self.decoder_json, "decoder")?;
        if composes != (self.normalizer != Normalizer::None) || prefix != self.add_prefix_space {
            return Err(Error::format("parts", "the parts contradict each other"));
        }
        Ok(self)
    }

    /// Read a `tokenizer.json`.
    pub(super) fn from_json(text: &str, edition: Edition) -> Result<Self> {
        let cell = Caught::default();
        let mut file = parse(text, FileSeed(&cell), &cell)?;
        let model = file.model.ok_or_else(|| {
            Error::format("model", "is missing: this is no tokenizer.json, or a part of one")
        })?;
        let mut part = |key: &str| file.parts.remove(key).unwrap_or(Value::Null);
        match part("version") {
            Value::Null => {}
            Value::String(version) if version == "1.0" => {}
            other => {
                let message = format!("{} is not known: only \"1.0\" is", found(&other));
                return Err(Error::format("version", message));
            }
        }
        for (key, call) in [("truncation", "truncation=True, max_length="), ("padding", "padding=")]
        {
            let value = part(key);
            if !value.is_null() {
                let message = format!(
                    "{} would change every result unseen: set {key} to null in the file, and pass \
                     {call} to the call where you want it",
                    found(&value)
                );
                return Err(Error::format(key, message));
            }
        }
        let (normalizer_json, pre_tokenizer_json) = (part("normalizer"), part("pre_tokenizer"));
        let (post_json, decoder_json) = (part("post_processor"), part("decoder"));
        let composes = read_normalizer(&normalizer_json, "normalizer")?;
        let add_prefix_space = read_pre_tokenizer(&pre_tokenizer_json, "pre_tokenizer")?;
        let post = PostProcessor::from_json(&post_json, "post_processor")?;
        read_decoder(&decoder_json, "decoder")?;
        let added = match part("added_tokens") {
            Value::Null => Vec::new(),
            list => read_added(&list, &model.vocab)?,
        };
        Ok(Self {
            vocab: Arc::new(model.vocab),
            merges: Arc::new(model.merges),
            added,
            normalizer: if composes { Normalizer::Nfc(edition) } else { Normalizer::None },
            add_prefix_space,
            post,
            normalizer_json,
            pre_tokenizer_json,
            decoder_json,
            model_json: model.rest,
        })
    }

    /// Read `vocab.json` and `merges.txt`; what `GPTNeoXTokenizerFast` of transformers builds of them.
    pub(super) fn from_vocab_and_merges(
        vocab: &str,
        merges: &str,
        options: &FromFiles,
    ) -> Result<Self> {
        let vocab = Self::vocab_from_json(vocab)?;
        let lines = merges
            .lines()
            .enumerate()
            .filter(|(i, line)| !(line.starts_with("#version") && *i == 0 || line.is_empty()));
        let (mut resolver, mut resolved) = (Resolver::new(&vocab), Vec::new());
        for (i, line) in lines {
            let (left, right) = in_two(line).ok_or_else(|| {
                let guess = looks_like(merges).map(|guess| format!("; {guess}"));
                Error::format(
                    format!("line {}", i + 1),
                    format!("{NOT_TWO}{}", guess.unwrap_or_default()),
                )
            })?;
            resolved.push(resolver.merge(left, right, &|| format!("line {}", i + 1))?);
        }
        let merges = resolved;
        let byte_level = |prefix: bool| {
            json!({"type": "ByteLevel", "add_prefix_space": prefix,
                   "trim_offsets": options.trim_offsets, "use_regex": true})
        };
        let post_json = byte_level(true);
        let mut added: Vec<(u32, AddedToken)> = Vec::new();
        for content in &options.special_tokens {
            if !added.iter().any(|(_, token)| token.content == *content) {
                let id = vocab.id(content).unwrap_or_else(|| next_id(&vocab, &added));
                let token = AddedToken::new(content, true);
                check_added(&vocab, &token, id, id, "special_tokens")?;
                added.push((id, token));
            }
        }
        Ok(Self {
            vocab: Arc::new(vocab),
            merges: Arc::new(merges),
            added,
            normalizer: options.normalizer,
            add_prefix_space: options.add_prefix_space,
            post: PostProcessor::from_json(&post_json, "post_processor")?,
            normalizer_json: match options.normalizer {
                Normalizer::None => Value::Null,
                Normalizer::Nfc(_) => json!({"type": "NFC"}),
            },
            pre_tokenizer_json: byte_level(options.add_prefix_space),
            decoder_json: json!({"type": "ByteLevel", "add_prefix_space": true,
                                 "trim_offsets": true, "use_regex": true}),
            model_json: Map::from_iter([("type".to_owned(), json!("BPE"))]),
        })
    }

    fn vocab_from_json(text: &str) -> Result<Vocab> {
        let cell = Caught::default();
        let vocab = parse(text, VocabSeed(&cell, "vocab"), &cell)?;
        check_bytes(&vocab).map(|()| vocab)
    }

    /// Write a `tokenizer.json`, on one line or indented.
    pub(super) fn to_json(&self, pretty: bool) -> Result<String> {
        let added: Vec<Value> = self
            .added
            .iter()
            .map(|(id, token)| {
                json!({"id": id, "content": token.content, "single_word": token.single_word,
                       "lstrip": token.lstrip, "rstrip": token.rstrip,
                       "normalized": token.normalized, "special": token.special})
            })
            .collect();
        let file = FileOut {
            version: "1.0",
            truncation: Value::Null,
            padding: Value::Null,
            added_tokens: added,
            normalizer: &self.normalizer_json,
            pre_tokenizer: &self.pre_tokenizer_json,
            post_processor: self.post.to_json(),
            decoder: &self.decoder_json,
            model: ModelOut(self),
        };
        let written =
            if pretty { serde_json::to_string_pretty(&file) } else { serde_json::to_string(&file) };
        written.map_err(|error| Error::format("tokenizer.json", error.to_string()))
    }
}

/// What `from_files` is told beside the two files.
#[derive(Clone, Debug)]
pub struct FromFiles {
    /// NFC, or nothing.
    pub normalizer: Normalizer,
    /// Special tokens, in the order in which those without an entry get ids.
    pub special_tokens: Vec<String>,
    /// Whether a space is put in front of every text that has none.
    pub add_prefix_space: bool,
    /// Whether offsets leave out the white space of a token.
    pub trim_offsets: bool,
}

#[derive(serde::Serialize)]
struct FileOut<'c> {
    version: &'static str,
    truncation: Value,
    padding: Value,
    added_tokens: Vec<Value>,
    normalizer: &'c Value,
    pre_tokenizer: &'c Value,
    post_processor: Value,
    decoder: &'c Value,
    model: ModelOut<'c>,
}

struct ModelOut<'c>(&'c Config);

impl serde::Serialize for ModelOut<'_> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        struct Entries<'c>(&'c Vocab);
        impl serde::Serialize for Entries<'_> {
            fn serialize<S: serde::Serializer>(
                &self,
                s: S,
            ) -> std::result::Result<S::Ok, S::Error> {
                s.collect_map(self.0.iter())
            }
        }
        struct Pairs<'c>(&'c Config);
        impl serde::Serialize for Pairs<'_> {
            fn serialize<S: serde::Serializer>(
                &self,
                s: S,
            ) -> std::result::Result<S::Ok, S::Error> {
                let string = |id: u32| self.0.vocab.string(id).unwrap_or_default();
                s.collect_seq(self.0.merges.iter().map(|m| (string(m.0), string(m.1))))
            }
        }
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("type", "BPE")?;
        for (key, value) in self.0.model_json.iter().filter(|(key, _)| *key != "type") {
            map.serialize_entry(key, value)?;
        }
        map.serialize_entry("vocab", &Entries(&self.0.vocab))?;
        map.serialize_entry("merges", &Pairs(self.0))?;
        map.end()
    }
}
