//! Emoji as graphemes: what is drawn as one picture is one emoji, whether a table has it or not.
//!
//! The grammar is that of Unicode Technical Standard 51, section 1.4.9, a little wider: an element
//! is a character of emoji with its style, skin tone and tag sequence; elements with joiners
//! between them are one emoji, of the class of the first; so are two regional indicators.

use super::EmojiTable;
use std::collections::{BTreeMap, HashSet};

/// What a character does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    #[default]
    None,
    /// An emoji by itself.
    Base,
    /// An emoji with U+FE0F behind it, else text: ©.
    Styled,
    /// Hair: an emoji behind a joiner, by itself text.
    Part,
    /// A skin tone.
    Tone,
    /// U+FE0E.
    TextStyle,
    /// U+FE0F.
    EmojiStyle,
    /// U+200D.
    Joiner,
    /// A regional indicator.
    Region,
    /// A tag character.
    Tag,
    /// U+E007F.
    EndTag,
}

impl Role {
    /// Whether an emoji can begin here.
    pub(super) fn begins(self) -> bool {
        matches!(self, Self::Base | Self::Styled | Self::Region)
    }
}

/// The role of a character that is no emoji by itself.
fn fixed(c: char) -> Role {
    match c {
        '\u{1F3FB}'..='\u{1F3FF}' => Role::Tone,
        '\u{FE0E}' => Role::TextStyle,
        '\u{FE0F}' => Role::EmojiStyle,
        '\u{200D}' => Role::Joiner,
        '\u{1F1E6}'..='\u{1F1FF}' => Role::Region,
        '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}' => Role::Tag,
        '\u{E007F}' => Role::EndTag,
        '\u{1F9B0}'..='\u{1F9B3}' => Role::Part,
        _ => Role::None,
    }
}

/// Where the element ends that begins at `at`, and none where none does.
fn element_end(role: impl Fn(usize) -> Role, at: usize, joined: bool) -> Option<usize> {
    let mut end = at + 1;
    match role(at) {
        Role::Base => {}
        Role::Part if joined => {}
        Role::Styled if role(end) == Role::EmojiStyle => {}
        _ => return None,
    }
    let is_style = |role| matches!(role, Role::TextStyle | Role::EmojiStyle);
    end += usize::from(is_style(role(end)));
    if role(end) == Role::Tone {
        end += 1;
        end += usize::from(is_style(role(end)));
    }
    if role(end) == Role::Tag {
        let mut tag = end;
        while role(tag) == Role::Tag {
            tag += 1;
        }
        if role(tag) == Role::EndTag {
            end = tag + 1;
        }
    }
    Some(end)
}

/// Where the emoji ends that begins at `at`, and none where none does.
pub(super) fn emoji_end(role: impl Fn(usize) -> Role, at: usize) -> Option<usize> {
    if role(at) == Role::Region {
        return (role(at + 1) == Role::Region).then_some(at + 2);
    }
    let mut end = element_end(&role, at, false)?;
    while role(end) == Role::Joiner {
        match element_end(&role, end + 1, true) {
            Some(next) => end = next,
            None => break,
        }
    }
    Some(end)
}

/// The roles of characters, and the classes of those at which an emoji can begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Grammar {
    roles: BTreeMap<char, (Role, u8)>,
}

impl Grammar {
    /// `all` are sequences with their classes; of two for one character the first counts.
    pub(super) fn new(all: &[(Vec<char>, u8)]) -> Self {
        let is_flag =
            |chars: &[char]| chars.len() == 2 && chars.iter().all(|&c| fixed(c) == Role::Region);
        let flag = all.iter().find(|(chars, _)| is_flag(chars)).map(|(_, class)| *class);
        let fixed_role = |c| match fixed(c) {
            Role::Region => flag.map(|class| (c, (Role::Region, class))),
            role => Some((c, (role, 0))),
        };
        let mut roles: BTreeMap<char, (Role, u8)> =
            fixed_characters().filter_map(fixed_role).collect();
        let built_in: HashSet<char> = EmojiTable::built_in()
            .keys
            .iter()
            .filter_map(|(key, _)| key.trim_end_matches('\u{FE0F}').parse().ok())
            .collect();
        let is_emoji = |c: char| c >= '\u{1F000}' || built_in.contains(&c);
        for (chars, class) in all {
            let found = match chars[..] {
                [c] if is_emoji(c) => Some((c, Role::Base)),
                [c, '\u{FE0F}'] if is_emoji(c) => Some((c, Role::Styled)),
                _ => None,
            };
            if let Some((c, role)) = found.filter(|(c, _)| fixed(*c) == Role::None) {
                let old = roles.entry(c).or_insert((role, *class));
                if old.0 == Role::Styled && role == Role::Base {
                    *old = (role, *class);
                }
            }
        }
        Self { roles }
    }

    /// Characters with role and class.
    pub(super) fn roles(&self) -> impl Iterator<Item = (char, Role, u8)> {
        self.roles.iter().map(|(&c, &(role, class))| (c, role, class))
    }

    /// The class of a sequence that is one emoji of the grammar.
    pub(super) fn whole(&self, chars: &[char]) -> Option<u8> {
        let known = |at: usize| chars.get(at).and_then(|c| self.roles.get(c)).copied();
        let end = emoji_end(|at| known(at).unwrap_or_default().0, 0)?;
        known(0).filter(|_| end == chars.len()).map(|(_, class)| class)
    }
}

fn fixed_characters() -> impl Iterator<Item = char> {
    let ranges = [
        '\u{200D}'..='\u{200D}',
        '\u{FE0E}'..='\u{FE0F}',
        '\u{1F1E6}'..='\u{1F1FF}',
        '\u{1F3FB}'..='\u{1F3FF}',
        '\u{1F9B0}'..='\u{1F9B3}',
        '\u{E0030}'..='\u{E007F}',
    ];
    ranges.into_iter().flatten().filter(|&c| fixed(c) != Role::None)
}
