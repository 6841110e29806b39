//! Cleaning: web addresses, e-mail addresses, telephone numbers, dates, prices and box drawing.

mod better;
mod block;
mod date;
mod email;
mod kinds;
mod page;
mod price;
mod tel;
mod url;

use crate::{Error, MAX_TEXT, Result};
pub use kinds::{OTHER, kind};
use page::Page;

/// What a place of a text becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    Url,
    Email,
    Tel,
    Date,
    Price,
    Block,
}

impl Tag {
    /// All tags, in the order of the rules.
    pub const ALL: [Self; 6] =
        [Self::Url, Self::Email, Self::Tel, Self::Date, Self::Price, Self::Block];

    /// The tag as the text has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Url => "<URL>",
            Self::Email => "<EMAIL>",
            Self::Tel => "<TEL>",
            Self::Date => "<DATE>",
            Self::Price => "<PRICE>",
            Self::Block => "<BLOCK>",
        }
    }
}

/// A place that a rule found, in units of what was searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub start: u32,
    pub end: u32,
    pub tag: Tag,
}

/// Which of the references' patterns finds prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Price {
    #[default]
    Hf,
    HfPy310,
    Original,
}

/// The rules: those of a reference, or our own, which are told by example in `clean/better.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rules {
    Reference(Price),
    Better,
}

/// Find what the rules find, in the order of the text, without overlap, and append it to `found`.
///
/// `kinds` has the kind of each unit and is used up. `literal` says whether `<BLOCK>` that stands
/// in the text joins a run of blocks.
pub fn find(rules: Rules, kinds: &mut [u8], literal: bool, found: &mut Vec<Found>) {
    let before = found.len();
    let page = &mut Page { kinds, found };
    match rules {
        Rules::Reference(price) => {
            url::reference(page);
            email::reference(page);
            tel::reference(page);
            date::reference(page);
            price::reference(page, price);
        }
        Rules::Better => better::find(page),
    }
    block::find(page, literal);
    found[before..].sort_by_key(|found| found.start); // a merge: each rule's finds are in order
}

/// The characters searched at once, at least: what the caches of the machine hold.
const CHUNK: usize = 1 << 14;

/// What the rules find in a text as it is, in characters.
pub fn find_in(text: &str, rules: Rules) -> Result<Vec<Found>> {
    if text.len() > MAX_TEXT {
        let message =
            format!("a text of {} bytes is too long: give at most {MAX_TEXT}", text.len());
        return Err(Error::argument(message));
    }
    let (mut found, mut kinds, mut base) = (Vec::new(), Vec::new(), 0);
    let mut search = |kinds: &mut Vec<u8>| {
        let before = found.len();
        find(rules, kinds, true, &mut found);
        for place in &mut found[before..] {
            place.start += base;
            place.end += base;
        }
        base += kinds.len() as u32;
        kinds.clear();
    };
    for c in text.chars() {
        let kind = kind(rules, c);
        kinds.push(kind);
        if kind == OTHER && kinds.len() >= CHUNK {
            search(&mut kinds); // nothing that is found holds a character of this kind
        }
    }
    search(&mut kinds);
    Ok(found)
}

/// How often each tag of [`Tag::ALL`] was found.
pub fn count(found: &[Found]) -> [usize; Tag::ALL.len()] {
    Tag::ALL.map(|tag| found.iter().filter(|place| place.tag == tag).count())
}

/// The text with a tag in the place of each find; these are in order, in characters.
pub fn replace(text: &str, found: &[Found]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    let mut at = 0;
    for place in found {
        out.extend(chars.by_ref().take(place.start.saturating_sub(at) as usize));
        out.push_str(place.tag.name());
        chars.by_ref().take(place.end.saturating_sub(place.start) as usize).for_each(drop);
        at = place.end;
    }
    out.push_str(chars.as_str());
    out
}

/// The text with what was found replaced by tags.
pub fn clean_text(text: &str, rules: Rules) -> Result<String> {
    Ok(replace(text, &find_in(text, rules)?))
}
