//! Reading an `emoji.json`: `{"emoji": {sequence: tag}, "emoji_inv": {tag: display}}`.

use super::EmojiTable;
use super::sequences::by_rank;
use super::straddle::Tags;
use crate::error::{Error, Result};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::OnceLock;

/// The longest sequence, in characters.
pub(super) const MAX_KEY: usize = 64;
/// The most sequences of a table.
const MAX_KEYS: usize = 1 << 16;

/// Classes are 1 to 12.
const CLASSES: u8 = 12;

const BUILT_IN: &str = include_str!("../../../../../python/neox_text/assets/japanese/emoji.json");

/// The members of an object in the order of the file; of a key that comes twice the last value, at
/// the place of the first, as Python reads it.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> std::result::Result<Self, D::Error> {
        reader.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object of strings for `emoji` and for `emoji_inv`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Members, A::Error> {
        let (mut members, mut places) = (Vec::new(), HashMap::new());
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            let place = *places.entry(key.clone()).or_insert(members.len());
            match members.get_mut(place) {
                Some((_, old)) => *old = value,
                None => members.push((key, value)),
            }
        }
        Ok(Members(members))
    }
}

#[derive(Default)]
struct File {
    emoji: Option<Members>,
    emoji_inv: Option<Members>,
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> std::result::Result<Self, D::Error> {
        reader.deserialize_map(FileVisitor)
    }
}

struct FileVisitor;

impl<'de> Visitor<'de> for FileVisitor {
    type Value = File;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with `emoji` and `emoji_inv`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<File, A::Error> {
        let mut file = File::default();
        while let Some(key) = map.next_key::<String>()? {
            let part = match key.as_str() {
                "emoji" => &mut file.emoji,
                "emoji_inv" => &mut file.emoji_inv,
                _ => {
                    let message = format!("the key {key:?} is not known in an emoji table");
                    return Err(A::Error::custom(message));
                }
            };
            if part.replace(map.next_value()?).is_some() {
                return Err(A::Error::custom(format!("the key {key:?} is there twice")));
            }
        }
        Ok(file)
    }
}

/// The class of a tag: 7 for `<|emoji7|>`.
fn class_of(tag: &str) -> Option<u8> {
    let digits = tag.strip_prefix("<|emoji")?.strip_suffix("|>")?;
    let class: u8 = digits.parse().ok()?;
    ((1..=CLASSES).contains(&class) && digits == class.to_string()).then_some(class)
}

/// The tag of a class.
pub(super) fn tag_of(class: u8) -> String {
    format!("<|emoji{class}|>")
}

/// The beginning of a value, for a message.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// What a file that is no JSON looks like.
fn looks_like(text: &str) -> &'static str {
    let head: String = text.trim_start().chars().take(20).collect::<String>().to_lowercase();
    if head.is_empty() {
        ": it is empty"
    } else if text.starts_with('\u{feff}') {
        ": it begins with a byte order mark, save it as UTF-8 without one"
    } else if head.starts_with("version https://git") {
        ": it is a Git-LFS pointer, fetch the real file with `git lfs pull`"
    } else if head.starts_with("404") || head.starts_with('<') {
        ": it looks like the page of an error, was the download complete?"
    } else {
        ""
    }
}

impl EmojiTable {
    /// Read the text of an `emoji.json`.
    ///
    /// A table is refused, by the name of a sequence, where replacing one sequence after another
    /// would not be the same as searching all of them in the text as it was: where a sequence could
    /// match in a tag that was put there before. So are sequences of more than 64 characters, and
    /// classes other than `<|emoji1|>` to `<|emoji12|>`.
    pub fn from_json(text: &str) -> Result<Self> {
        let file: File = serde_json::from_str(text).map_err(|error| {
            let place = format!("line {} column {}", error.line(), error.column());
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            Error::format(place, format!("no emoji table: {words}{}", looks_like(text)))
        })?;
        let missing = |key: &str| {
            Error::format(
                key,
                "is missing: an emoji table is an object with `emoji` and `emoji_inv`",
            )
        };
        let displays = file.emoji_inv.ok_or_else(|| missing("emoji_inv"));
        let table = Self {
            keys: read_keys(file.emoji.ok_or_else(|| missing("emoji"))?.0)?,
            displays: read_displays(displays?.0)?,
        };
        let known = table.known_classes();
        if let Some((key, class)) = table.keys.iter().find(|(_, class)| !known.contains(class)) {
            let message = format!("has no {}, the class of {key:?}", tag_of(*class));
            return Err(Error::format("emoji_inv", message));
        }
        table.check_order().map(|()| table)
    }

    /// The same from the bytes of a file, which must be UTF-8.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes);
        Self::from_json(text.map_err(|error| Error::utf8(error.valid_up_to()))?)
    }

    /// The table of this library: all emoji of Unicode 18 and the best known kaomoji.
    pub fn built_in() -> &'static Self {
        static TABLE: OnceLock<EmojiTable> = OnceLock::new();
        TABLE.get_or_init(|| Self::from_json(BUILT_IN).unwrap_or_default())
    }

    /// The classes that have a display.
    pub(super) fn known_classes(&self) -> Vec<u8> {
        self.displays.iter().filter_map(|(tag, _)| class_of(tag)).collect()
    }

    /// Whether no sequence can match where a tag was put in before its turn came.
    fn check_order(&self) -> Result<()> {
        if self.first_touched(|_| true).is_none() {
            return Ok(());
        }
        // Only what is ever found puts a tag into a text.
        let found: HashSet<u32> = by_rank(self).iter().map(|sequence| sequence.rank).collect();
        let Some((key, tag)) = self.first_touched(|rank| found.contains(&(rank as u32))) else {
            return Ok(());
        };
        let message = format!(
            "the sequence {key:?} could match in {tag}, which stands in the text when its turn \
             comes: take it out, or put it before the sequences of that class"
        );
        Err(Error::format("emoji", message))
    }

    /// The first sequence that can match in a tag, and the tag.
    fn first_touched(&self, is_found: impl Fn(usize) -> bool) -> Option<(&str, String)> {
        let mut tags = Tags::default();
        self.keys.iter().enumerate().find_map(|(rank, (key, class))| {
            let touched = tags.touched(key).map(|tag| (key.as_str(), tag.to_owned()));
            if is_found(rank) {
                tags.add(*class);
            }
            touched
        })
    }
}

fn read_keys(members: Vec<(String, Value)>) -> Result<Vec<(String, u8)>> {
    if members.len() > MAX_KEYS {
        let message = format!("{} sequences: at most {MAX_KEYS} are taken", members.len());
        return Err(Error::format("emoji", message));
    }
    let mut keys = Vec::with_capacity(members.len());
    for (key, value) in members {
        if key.is_empty() {
            return Err(Error::format("emoji", "there is an empty sequence \"\": take it out"));
        }
        if key.chars().count() > MAX_KEY {
            let begin: String = key.chars().take(20).collect();
            let message = format!("the sequence {begin:?}... has more than {MAX_KEY} characters");
            return Err(Error::format("emoji", message));
        }
        let Some(class) = value.as_str().and_then(class_of) else {
            let message = format!(
                "the class of {key:?} must be a tag, \"<|emoji1|>\" to \"<|emoji12|>\", not {}",
                shown(&value)
            );
            return Err(Error::format("emoji", message));
        };
        keys.push((key, class));
    }
    Ok(keys)
}

fn read_displays(members: Vec<(String, Value)>) -> Result<Vec<(String, String)>> {
    let mut displays = Vec::with_capacity(members.len());
    for (tag, value) in members {
        if class_of(&tag).is_none() {
            let message = format!("{tag:?} is no tag: tags are \"<|emoji1|>\" to \"<|emoji12|>\"");
            return Err(Error::format("emoji_inv", message));
        }
        let Value::String(display) = value else {
            let message = format!("the display of {tag} must be a string, not {}", shown(&value));
            return Err(Error::format("emoji_inv", message));
        };
        displays.push((tag, display));
    }
    Ok(displays)
}
