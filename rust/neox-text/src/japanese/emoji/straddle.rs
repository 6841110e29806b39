//! Which sequences could match where a tag was put into the text.
//!
//! The reference replaces one sequence after another, so a sequence sees the tags that were put in
//! before its turn: those of white space, and those of the sequences before it. A sequence that can
//! lie over none of them, not even in part, finds there just what it finds in the text as it was,
//! where no character is taken yet.

use super::table::tag_of;

/// Characters that are replaced before emoji are looked for.
const REPLACED: [char; 7] = [' ', '\u{3000}', '\r', '\n', '\t', '\u{2014}', '\u{2212}'];

/// Whether no text can hold this sequence when emoji are looked for.
pub(super) fn is_dead(key: &str) -> bool {
    key.contains(REPLACED)
}

/// The tags that stand in a text.
pub(super) struct Tags {
    tags: Vec<String>,
    classes: Vec<u8>,
}

impl Default for Tags {
    fn default() -> Self {
        Self { tags: ["<SP>", "<BR>", "<TAB>"].map(str::to_owned).to_vec(), classes: Vec::new() }
    }
}

impl Tags {
    /// From now on the tag of this class can be there.
    pub(super) fn add(&mut self, class: u8) {
        if !self.classes.contains(&class) {
            self.classes.push(class);
            self.tags.push(tag_of(class));
        }
    }

    /// A tag in which a sequence could match, in part or as a whole.
    pub(super) fn touched(&self, key: &str) -> Option<&str> {
        let in_tag =
            |byte: Option<&u8>| byte.is_some_and(|b| b"<|>SPBRTAemoji0123456789".contains(b));
        let bytes = key.as_bytes();
        let may = in_tag(bytes.first()) || in_tag(bytes.last()) || key.contains('<');
        if !may || is_dead(key) {
            return None;
        }
        self.tags.iter().map(String::as_str).find(|tag| meet(key, tag))
    }
}

/// Whether two strings can lie over each other and agree where both are.
fn meet(key: &str, tag: &str) -> bool {
    let ends_in =
        |a: &str, b: &str| (1..a.len()).any(|at| a.is_char_boundary(at) && b.starts_with(&a[at..]));
    key.contains(tag) || tag.contains(key) || ends_in(key, tag) || ends_in(tag, key)
}
