//! Emoji and kaomoji: sequences of characters that become one of a few classes.
//!
//! A table of sequences is read (`table`), what can be found of it is listed with a trigger for
//! each sequence (`sequences`), and laid out over codes (`matcher`), where a search looks around
//! the triggers alone and settles what overlaps (`settle`).

mod grapheme;
mod matcher;
mod sequences;
mod settle;
mod spans;
mod straddle;
mod table;
mod trie;

pub use matcher::EmojiMatcher;
pub use settle::EmojiScratch;
pub use spans::emoji_classes;

/// How sequences are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Matching {
    /// As the reference: one key after another in the order of the file.
    #[default]
    Rank,
    /// Whole graphemes, the longest sequence at each place.
    Grapheme,
}

/// An `emoji.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmojiTable {
    /// Sequence and class (1 to 12), in the order of the file.
    pub keys: Vec<(String, u8)>,
    /// What a class is shown as: tag (`<|emoji1|>`) and text.
    pub displays: Vec<(String, String)>,
}

/// A place that an emoji takes up, in units of what was searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmojiFound {
    pub start: u32,
    pub end: u32,
    /// 1 to 12.
    pub class: u8,
}
